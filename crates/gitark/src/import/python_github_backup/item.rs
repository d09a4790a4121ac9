//! A JSON file, and the files that a backup would have made of it.

use std::{
    collections::HashSet,
    ffi::OsStr,
    path::{Component, Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
    time::SystemTime,
};

use serde_json::Value;
use url::Url;

use super::{conversation, folder::unread};
use crate::{
    backup::metadata::{Unread, Wanted, content, wanted_asset, wanted_attachment},
    import::{Problem, files},
    metadata_path::{IMPORTED, directory, file_name, problem_of_name},
};

/// The longest file that is read: an issue with all that GitHub lets people say under it has less.
const FILE_BYTES: u64 = 1 << 30;
/// Bytes of files that are read together.
const BATCH_BYTES: usize = 4 << 20;

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    Issue,
    Pull,
    Discussion,
    Labels,
    Milestone,
    Release,
    Hooks,
    Advisory,
    /// The attachments of something, in the document that tells of it.
    Attachments(&'static str, &'static str),
}

/// A file whose name is as it should be.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) sort: Sort,
    /// Its name without the ending.
    stem: String,
    /// How people know it: `issues/7.json`.
    shown: String,
    path: PathBuf,
}

/// The files of a folder, which are read one after the other.
#[derive(Debug, Default)]
pub(in crate::import) struct Items {
    pub(super) list: Vec<Item>,
    /// How many of them were read.
    read: usize,
    /// Those that cannot be understood.
    pub(in crate::import) unread: Vec<Unread>,
    /// What is not imported, in words.
    pub(in crate::import) left_out: Vec<String>,
    /// When the newest was written.
    pub(in crate::import) newest: Option<SystemTime>,
    /// Release assets and attachments, as far as they were read of.
    pub(in crate::import) attached: Vec<Attached>,
    /// The ids of releases that were read.
    releases: HashSet<u64>,
}

/// Paths in the vault and contents, of some files.
pub(in crate::import) type Batch = Vec<(String, Vec<u8>)>;

/// The things of one file, by their paths in the vault.
#[derive(Debug, Default)]
pub(super) struct Things {
    pub(super) list: Vec<(String, Value)>,
    /// What is odd and was kept all the same, in words.
    pub(super) odd: Vec<&'static str>,
    attached: Vec<Attached>,
}

/// A release asset or an attachment, which need not be there.
#[derive(Clone, Debug)]
pub(in crate::import) struct Attached {
    /// How people know it: `releases/v1.0/hello.zip`.
    pub(in crate::import) shown: String,
    pub(in crate::import) path: PathBuf,
    /// Where its record goes.
    pub(in crate::import) record: String,
    pub(in crate::import) wanted: Wanted,
}

impl Item {
    /// The file called `name`; none when that tool does not call one so.
    pub(super) fn new(sort: Sort, name: &OsStr, shown: String, path: PathBuf) -> Option<Self> {
        let stem = name.to_str()?.strip_suffix(".json")?.to_owned();
        let is_number = stem.parse::<u64>().is_ok_and(|number| number.to_string() == stem);
        let is_right = match sort {
            Sort::Issue | Sort::Pull | Sort::Discussion | Sort::Milestone => is_number,
            Sort::Labels => stem == "labels",
            Sort::Hooks => stem == "hooks",
            Sort::Release | Sort::Advisory => true,
            Sort::Attachments(..) => false,
        };
        is_right.then_some(Self { sort, stem, shown, path })
    }

    /// The file at `path` that tells of the attachments of `number`.
    pub(super) fn manifest(of: Sort, number: &OsStr, shown: String, path: PathBuf) -> Option<Self> {
        let (kind, file) = match of {
            Sort::Issue => ("issues", "issue.json"),
            Sort::Pull => ("pulls", "pull.json"),
            Sort::Discussion => ("discussions", "discussion.json"),
            _ => return None,
        };
        let stem = number.to_str()?.to_owned();
        let is_number = stem.parse::<u64>().is_ok_and(|number| number.to_string() == stem);
        is_number.then_some(Self { sort: Sort::Attachments(kind, file), stem, shown, path })
    }

    /// What it holds, how many bytes that is and when it was written.
    pub(super) fn value(&self) -> Result<(Value, (usize, Option<SystemTime>)), Problem> {
        let (content, found) = files::read(&self.path, FILE_BYTES)?.ok_or(Problem::Changed)?;
        let value = serde_json::from_slice(&content).map_err(Problem::NotJson)?;
        Ok((value, (content.len(), found.modified().ok())))
    }

    /// The things in `value`, which it holds. `releases` has those that newer files hold.
    fn things(&self, value: Value, releases: &mut HashSet<u64>) -> Result<Things, Problem> {
        let mut things = Things::default();
        match self.sort {
            Sort::Issue => conversation::issue(self.number(&value)?, value, &mut things)?,
            Sort::Pull => conversation::pull(self.number(&value)?, value, &mut things)?,
            Sort::Discussion => conversation::discussion(self.number(&value)?, value, &mut things)?,
            Sort::Labels if value.is_array() => things.put("labels.json".into(), value),
            Sort::Milestone => things.put(format!("milestones/{}.json", self.number(&value)?), value),
            Sort::Release => {
                let id = value.get("id").and_then(Value::as_u64).ok_or(Problem::Unlike("it has no id"))?;
                let path = match releases.insert(id) {
                    true => format!("releases/{id}.json"),
                    false => format!("{IMPORTED}/releases/{}.json", file_name(&self.stem)),
                };
                self.assets(&path, &value, &mut things);
                things.put(path, value);
            }
            Sort::Hooks if value.is_array() => {
                if let Some(rest) = things.put_each("webhooks", value) {
                    things.put(format!("{IMPORTED}/hooks.json"), rest);
                }
            }
            Sort::Advisory => {
                let id = value.get("ghsa_id").and_then(Value::as_str).ok_or(Problem::Unlike("it has no ghsa_id"))?;
                things.put(format!("security-advisories/{}.json", file_name(id)), value);
            }
            Sort::Attachments(kind, file) => self.attachments(kind, file, &value, &mut things)?,
            Sort::Labels | Sort::Hooks => return Err(Problem::Unlike("it is no list")),
        }
        Ok(things)
    }

    /// The assets of a release, which are in a directory of its name.
    fn assets(&self, document: &str, release: &Value, things: &mut Things) {
        let directory = self.path.with_file_name(&self.stem);
        match files::directory(&directory) {
            Ok(None) => return,
            Ok(Some(_)) => {}
            Err(_) => return things.odd.push("its assets are behind a link, and links are not followed"),
        }
        for asset in release.get("assets").and_then(Value::as_array).into_iter().flatten() {
            let Some(wanted) = wanted_asset(document, asset) else { continue };
            let name = asset.get("name").and_then(Value::as_str).unwrap_or_default();
            things.attach(&directory, &format!("releases/{}", self.stem), name, wanted);
        }
    }

    /// The attachments of one issue, pull request or discussion.
    fn attachments(&self, kind: &str, file: &str, manifest: &Value, things: &mut Things) -> Result<(), Problem> {
        let list = manifest.get("attachments").and_then(Value::as_array);
        let list = list.ok_or(Problem::Unlike("it has no list of attachments"))?;
        let number = self.stem.parse().unwrap_or_default();
        let document = format!("{}/{file}", directory(kind, number));
        let (folder, shown) = (self.path.with_file_name(""), format!("{kind}/attachments/{}", self.stem));
        for one in list.iter().filter(|one| one.get("success").and_then(Value::as_bool) == Some(true)) {
            let text = |field| one.get(field).and_then(Value::as_str).unwrap_or_default();
            let Ok(mut url) = Url::parse(text("url")) else {
                things.odd.push("an address in it is none");
                continue;
            };
            // As a backup names it: what follows gives access for minutes.
            url.set_query(None);
            url.set_fragment(None);
            things.attach(&folder, &shown, text("saved_as"), wanted_attachment(&document, url.into()));
        }
        Ok(())
    }

    /// Its number, which must be the one that `value` says.
    fn number(&self, value: &Value) -> Result<u64, Problem> {
        let said = value.get("number").and_then(Value::as_u64);
        said.filter(|number| number.to_string() == self.stem).ok_or(Problem::Unlike("it lacks the number of its name"))
    }
}

impl Items {
    /// Reads some more; nothing when all were read.
    pub(in crate::import) fn next(&mut self, interrupt: &AtomicBool) -> Option<Batch> {
        let (mut batch, mut bytes) = (Batch::new(), 0);
        let begun = self.read;
        while let Some(item) = self.list.get(self.read).filter(|_| bytes < BATCH_BYTES) {
            if interrupt.load(Ordering::Relaxed) {
                break;
            }
            self.read += 1;
            let things = item.value().and_then(|(value, (length, modified))| {
                bytes += length;
                self.newest = self.newest.max(modified);
                item.things(value, &mut self.releases)
            });
            match things {
                Ok(things) => {
                    let odd = things.odd.into_iter().map(|odd| unread(&item.shown, &Problem::Unlike(odd)));
                    self.unread.extend(odd);
                    self.attached.extend(things.attached);
                    batch.extend(things.list.into_iter().map(|(path, value)| (path, content(value))));
                }
                Err(problem) => self.unread.push(unread(&item.shown, &problem)),
            }
        }
        (self.read > begun).then_some(batch)
    }
}

impl Things {
    /// Notes a file in a directory, which that tool called `name`.
    fn attach(&mut self, directory: &Path, shown: &str, name: &str, (record, wanted): (String, Wanted)) {
        let mut parts = Path::new(name).components();
        if !matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None)) {
            return self.odd.push("a file that it tells of has an odd name");
        }
        let (shown, path) = (format!("{shown}/{name}"), directory.join(name));
        self.attached.push(Attached { shown, path, record, wanted });
    }

    /// Puts a thing at a path, where it can be kept there.
    pub(super) fn put(&mut self, path: String, value: Value) {
        if path.split('/').any(|name| problem_of_name(name).is_some()) {
            self.odd.push("something in it has a name that cannot be kept");
        } else {
            self.list.push((path, value));
        }
    }

    /// Puts each thing of a list into a directory, by its id. What has no place there.
    pub(super) fn put_each(&mut self, directory: &str, list: Value) -> Option<Value> {
        let Value::Array(list) = list else {
            self.odd.push("what should be a list in it is none");
            return Some(list);
        };
        let mut rest = Vec::new();
        for one in list {
            match one.get("id").and_then(Value::as_u64) {
                Some(id) => self.put(format!("{directory}/{id}.json"), one),
                None => rest.push(one),
            }
        }
        if rest.is_empty() {
            return None;
        }
        self.odd.push("something in it has no id");
        Some(rest.into())
    }
}
