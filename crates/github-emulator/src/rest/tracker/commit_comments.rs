//! Comments on commits.

use serde_json::{Value, json};

use super::scene::{Scene, with};
use crate::representation::time;
use crate::rest::Call;
use crate::rest::answer::Answer;
use crate::tracker::CommitComment;

impl Call<'_> {
    pub(super) fn commit_comments(&self, scene: &Scene<'_>, rest: &[&str]) -> Answer {
        let comments = &scene.tracker().commit_comments;
        let find = |id: &str| {
            let serial = scene.serial(id)?;
            Some((serial, comments.get(&serial)?))
        };
        match *rest {
            [] => {
                let serials: Vec<u64> = comments.keys().copied().collect();
                let cap = scene.state.page_caps.comments;
                self.capped_list(scene, "comments", &serials, cap, |serial| {
                    Some(scene.commit_comment(serial, &comments[&serial]))
                })
            }
            [id] => find(id)
                .map_or_else(Answer::not_found, |(serial, comment)| Answer::ok(scene.commit_comment(serial, comment))),
            [id, "reactions"] => find(id).map_or_else(Answer::not_found, |(_, comment)| {
                self.reactions(scene, &format!("comments/{id}/reactions"), &comment.reactions)
            }),
            _ => Answer::not_found(),
        }
    }
}

impl Scene<'_> {
    fn commit_comment(&self, serial: u64, comment: &CommitComment) -> Value {
        let id = self.id(serial);
        let url = self.url(&format!("/comments/{id}"));
        let value = json!({
            "url": url,
            "html_url": self.html(&format!("/commit/{}#commitcomment-{id}", comment.commit)),
            "id": id,
            "node_id": self.node_id("CC", serial),
            "user": self.user(comment.author.as_deref()),
            "position": comment.line,
            "line": comment.line,
            "path": comment.path,
            "commit_id": comment.commit,
            "created_at": time(comment.created_at),
            "updated_at": time(comment.updated_at),
            "author_association": self.association(comment.author.as_deref()),
            "body": comment.body,
            "reactions": self.reaction_rollup(&url, &comment.reactions),
        });
        with(value, &comment.extra)
    }
}
