//! Reactions.

use serde_json::{Map, Value, json};

use super::scene::Scene;
use crate::representation::time;
use crate::rest::Call;
use crate::rest::answer::Answer;
use crate::tracker::{REACTIONS, Reaction};

impl Call<'_> {
    pub(super) fn reactions(&self, scene: &Scene<'_>, path: &str, reactions: &[Reaction]) -> Answer {
        let wanted = |reaction: &&Reaction| {
            self.parameter("content").is_none_or(|content| {
                // A plus is a space in a query.
                content == reaction.content || content.replace(' ', "+") == reaction.content
            })
        };
        let found: Vec<&Reaction> = reactions.iter().filter(wanted).collect();
        self.list(scene, path, &found, |reaction| {
            Some(json!({
                "id": scene.id(reaction.serial),
                "node_id": scene.node_id("REA", reaction.serial),
                "user": scene.user(Some(&reaction.author)),
                "content": reaction.content,
                "created_at": time(reaction.created_at),
            }))
        })
    }
}

impl Scene<'_> {
    /// How many reactions of each kind there are to what has this address.
    pub(super) fn reaction_rollup(&self, url: &str, reactions: &[Reaction]) -> Value {
        let mut rollup = Map::new();
        rollup.insert("url".to_owned(), json!(format!("{url}/reactions")));
        rollup.insert("total_count".to_owned(), json!(reactions.len()));
        for (name, _) in REACTIONS {
            let count = reactions.iter().filter(|reaction| reaction.content == name).count();
            rollup.insert(name.to_owned(), json!(count));
        }
        rollup.into()
    }
}
