//! Which files documents name, and which of them are to be had yet.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    github::{attachments::Attachments, resources::Document},
    vault::{
        Error,
        files::{self, ASSETS, ATTACHMENTS},
        metadata::Draft,
    },
};

/// A file to be had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Wanted {
    /// Its address.
    pub(crate) url: String,
    /// Where its bytes go, below the repository's folder.
    pub(crate) file: String,
    /// The document that names it.
    pub(crate) found_in: String,
    /// The id of a release asset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) asset: Option<u64>,
    /// Its bytes, as GitHub says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) size: Option<u64>,
    /// Its SHA-256 in hex, as GitHub says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) sha256: Option<String>,
}

/// A kind of files: release assets, or attachments. It stands in the table of resources under the name of the directory
/// that has its records.
#[derive(Clone, Debug, Default)]
pub(super) struct Kind {
    pub(super) name: &'static str,
    /// Whether this run is to have them.
    pub(super) is_chosen: bool,
    /// Whether all documents up to now were looked at.
    pub(super) is_scanned: bool,
    /// Files to be had, by the paths of their records.
    pub(super) pending: BTreeMap<String, Wanted>,
    /// Files that could not be had: full passes try again.
    pub(super) missing: BTreeMap<String, Wanted>,
}

/// What a resource of files remembers.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Memory {
    is_scanned: bool,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pending: BTreeMap<String, Wanted>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    missing: BTreeMap<String, Wanted>,
}

impl Kind {
    /// As the draft remembers it.
    pub(super) fn remembered(name: &'static str, is_chosen: bool, draft: &Draft) -> Self {
        let Memory { is_scanned, pending, missing } = serde_json::from_value(draft.memory(name)).unwrap_or_default();
        Self { name, is_chosen, is_scanned, pending, missing }
    }

    /// Lets the draft remember it.
    pub(super) fn remember(&self, draft: &mut Draft) {
        let Self { is_scanned, pending, missing, .. } = self.clone();
        if is_scanned || !pending.is_empty() || !missing.is_empty() {
            draft.remember(self.name, json!(Memory { is_scanned, pending, missing }));
        } else if !draft.memory(self.name).is_null() {
            draft.remember(self.name, Value::Null);
        }
    }

    /// Takes what a document names: to be had, unless there is a record of it. What is not to be had now is looked for in
    /// all documents when it is.
    pub(super) async fn take(&mut self, record: String, wanted: Wanted, draft: &mut Draft) -> Result<(), Error> {
        if !self.is_chosen {
            self.is_scanned = false;
        } else if !draft.contains(&record).await? {
            self.pending.insert(record, wanted);
        }
        Ok(())
    }
}

/// The files of this kind that a document names, with the paths of their records.
pub(super) fn in_document(kind: &str, attachments: &Attachments, path: &str, value: &Value) -> Vec<(String, Wanted)> {
    match kind {
        ASSETS if path.starts_with("releases/") => assets(path, value),
        ATTACHMENTS => {
            let found = attachments.in_document(value).into_iter().map(String::from);
            found.map(|url| wanted_attachment(path, url)).collect()
        }
        _ => Vec::new(),
    }
}

/// The same of what a step brought.
pub(super) fn in_documents(
    kind: &str,
    attachments: &Attachments,
    documents: &[Document],
) -> Vec<(String, String, Wanted)> {
    let mut found = Vec::new();
    for Document { path, value } in documents {
        let named = in_document(kind, attachments, path, value).into_iter();
        found.extend(named.map(|(record, wanted)| (path.clone(), record, wanted)));
    }
    found
}

fn assets(path: &str, release: &Value) -> Vec<(String, Wanted)> {
    let assets = release.get("assets").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    assets.iter().filter_map(|asset| wanted_asset(path, asset)).collect()
}

/// The attachment at an address.
pub(crate) fn wanted_attachment(path: &str, url: String) -> (String, Wanted) {
    let (record, file) = (files::attachment_record(&url), files::attachment_file(&url));
    (record, Wanted { url, file, found_in: path.to_owned(), asset: None, size: None, sha256: None })
}

/// An asset whose upload is done; the others are no files yet.
pub(crate) fn wanted_asset(path: &str, asset: &Value) -> Option<(String, Wanted)> {
    let text = |field: &str| asset.get(field).and_then(Value::as_str);
    if text("state").is_some_and(|state| state != "uploaded") {
        return None;
    }
    let id = asset.get("id")?.as_u64()?;
    let sha256 = text("digest").and_then(|digest| digest.strip_prefix("sha256:")).map(str::to_ascii_lowercase);
    let wanted = Wanted {
        url: text("url").unwrap_or_default().to_owned(),
        file: files::asset_file(id, text("name").unwrap_or_default()),
        found_in: path.to_owned(),
        asset: Some(id),
        size: asset.get("size").and_then(Value::as_u64),
        sha256,
    };
    Some((files::asset_record(id), wanted))
}
