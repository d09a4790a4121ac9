//! Labels.

use serde_json::{Value, json};

use super::scene::{Scene, with};
use crate::rest::Call;
use crate::rest::answer::Answer;
use crate::tracker::{Issue, Label};

impl Call<'_> {
    pub(super) fn labels(&self, scene: &Scene<'_>) -> Answer {
        let labels: Vec<&Label> = scene.tracker().labels.iter().collect();
        self.list(scene, "labels", &labels, |label| Some(scene.label(label)))
    }

    pub(super) fn labels_of(&self, scene: &Scene<'_>, issue: &Issue) -> Answer {
        let names: Vec<&String> = issue.labels.iter().collect();
        let path = format!("issues/{}/labels", issue.number());
        self.list(scene, &path, &names, |name| scene.label_named(name))
    }
}

impl Scene<'_> {
    /// The label in the path of a request.
    pub(super) fn label_of(&self, segment: &str) -> Option<Value> {
        let found = |label: &&Label| label.name == segment || percent_encoded(&label.name) == segment;
        self.tracker().labels.iter().find(found).map(|label| self.label(label))
    }

    pub(super) fn labels(&self, names: &[String]) -> Value {
        names.iter().filter_map(|name| self.label_named(name)).collect()
    }

    fn label_named(&self, name: &str) -> Option<Value> {
        self.tracker().labels.iter().find(|label| label.name == name).map(|label| self.label(label))
    }

    fn label(&self, label: &Label) -> Value {
        let value = json!({
            "id": self.id(label.serial),
            "node_id": self.node_id("LA", label.serial),
            "url": self.url(&format!("/labels/{}", percent_encoded(&label.name))),
            "name": label.name,
            "color": label.color,
            "default": label.default,
            "description": label.description,
        });
        with(value, &label.extra)
    }
}

/// A text as it is in the path of an address.
fn percent_encoded(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b':' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}
