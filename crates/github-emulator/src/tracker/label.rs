//! Labels.

use serde_json::{Map, Value};

use super::{EventDetail, Tracker};
use crate::repository::Repository;

/// The colour of a label about which nothing is said.
const USUAL_COLOR: &str = "ededed";

/// A label.
#[derive(Clone, PartialEq, Debug)]
pub struct Label {
    /// The name.
    pub name: String,
    /// The colour: six hexadecimal digits.
    pub color: String,
    /// What it is for.
    pub description: Option<String>,
    /// Whether GitHub gave it to the new repository.
    pub default: bool,
    /// Fields to add to it in REST answers.
    pub extra: Map<String, Value>,
    pub(crate) serial: u64,
}

impl Repository {
    /// Makes a label.
    pub fn create_label(&self, name: &str, color: &str, description: &str) {
        self.change_tracker(|tracker, _| {
            assert!(!tracker.labels.iter().any(|label| label.name == name), "the label {name} exists");
            tracker.ensure_label(name);
            let label = tracker.labels.last_mut().expect("the label just made");
            label.color = color.to_owned();
            label.description = Some(description).filter(|text| !text.is_empty()).map(str::to_owned);
        });
    }

    /// Changes a label, perhaps its name. Issues which have it are not updated by that.
    pub fn edit_label(&self, name: &str, change: impl FnOnce(&mut Label)) {
        self.change_tracker(|tracker, _| {
            let label = tracker.labels.iter_mut().find(|label| label.name == name).expect("a label which is there");
            change(label);
            let new = label.name.clone();
            if new != name {
                let labels = tracker.issues.values_mut().flat_map(|issue| &mut issue.labels);
                labels.filter(|label| *label == name).for_each(|label| label.clone_from(&new));
            }
        });
    }

    /// Deletes a label, also where issues have it.
    pub fn delete_label(&self, name: &str) {
        self.change_tracker(|tracker, _| {
            tracker.labels.retain(|label| label.name != name);
            tracker.issues.values_mut().for_each(|issue| issue.labels.retain(|label| label != name));
        });
    }
}

impl Tracker {
    /// Makes a label unless there is one of that name.
    pub(super) fn ensure_label(&mut self, name: &str) {
        if self.labels.iter().any(|label| label.name == name) {
            return;
        }
        let label = Label {
            name: name.to_owned(),
            color: USUAL_COLOR.to_owned(),
            description: None,
            default: false,
            extra: Map::new(),
            serial: self.next_serial(),
        };
        self.labels.push(label);
    }

    /// A label as events tell it.
    pub(super) fn label_detail(&self, name: &str) -> EventDetail {
        let label = self.labels.iter().find(|label| label.name == name);
        let color = label.map_or(USUAL_COLOR, |label| label.color.as_str()).to_owned();
        EventDetail::Label { name: name.to_owned(), color }
    }
}
