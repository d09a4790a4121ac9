//! The folder of one repository: its clones, and the JSON files around them.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
};

use serde_json::Value;

use super::{
    item::{Item, Items, Sort},
    names,
};
use crate::{
    backup::{Reason, metadata::Unread},
    cause,
    import::{Problem, files, mirror::Mirror, origin::Origin},
    vault::key::Kind,
};

/// The clone of the code, and that of the wiki.
const CLONES: [(&str, Kind); 2] = [("repository", Kind::Code), ("wiki", Kind::Wiki)];
/// The directories with JSON files.
const PLACES: [(&str, Sort); 8] = [
    ("issues", Sort::Issue),
    ("pulls", Sort::Pull),
    ("discussions", Sort::Discussion),
    ("labels", Sort::Labels),
    ("milestones", Sort::Milestone),
    ("releases", Sort::Release),
    ("hooks", Sort::Hooks),
    ("security-advisories", Sort::Advisory),
];
/// Files in which that tool remembers how far it read.
const CHECKPOINTS: [&str; 2] = ["last_update", "reviews_last_update"];
/// In the directories of issues, pull requests and discussions: a directory for each that has attachments.
const ATTACHMENTS: &str = "attachments";
/// What tells of the attachments there.
const MANIFEST: &str = "manifest.json";
/// Files that are looked at for the repository's name or id, at most.
const LOOKED_AT: usize = 100;

/// What is wrong with a name.
const ODD_NAME: &str = "its name is none of that tool's";

/// The folder of one repository.
#[derive(Clone, Debug)]
pub(in crate::import) struct Folder {
    /// As the caller named it.
    pub(in crate::import) named: PathBuf,
    /// Where it is, without links.
    pub(in crate::import) directory: PathBuf,
}

/// What a look at a folder found.
#[derive(Debug)]
pub(in crate::import) struct Looked {
    /// The clones that can be imported, and what each is of.
    pub(in crate::import) clones: Vec<(Mirror, Kind)>,
    /// What cannot be imported, and why.
    pub(in crate::import) failures: Vec<(PathBuf, Problem)>,
    /// Whether there are JSON files, or what should be.
    pub(in crate::import) has_metadata: bool,
    /// Where it comes from.
    pub(in crate::import) origin: Option<Origin>,
    /// GitHub's id and the name that it had then, by pull requests.
    pub(in crate::import) identity: Option<(u64, String)>,
}

impl Folder {
    /// Whether `directory` looks like the folder of a repository.
    pub(super) fn is_one(directory: &Path) -> bool {
        let mut names = CLONES.iter().map(|(name, _)| name).chain(PLACES.iter().map(|(name, _)| name));
        names.any(|name| directory.join(name).symlink_metadata().is_ok())
    }

    /// Looks what can be imported of it, and of which repository it is.
    pub(in crate::import) fn look(&self) -> Looked {
        let mut looked =
            Looked { clones: Vec::new(), failures: Vec::new(), has_metadata: false, origin: None, identity: None };
        for (name, kind) in CLONES {
            let (named, path) = (self.named.join(name), self.directory.join(name));
            let found = match files::directory(&path) {
                Ok(None) => continue,
                Ok(Some(_)) => Mirror::open_any(&path),
                Err(_) => Err(Problem::Link),
            };
            match found {
                Ok(mirror) => {
                    let origin = mirror.origin.as_deref().and_then(Origin::parse);
                    looked.origin = looked.origin.take().or(origin);
                    looked.clones.push((Mirror { named, ..mirror }, kind));
                }
                Err(problem) => looked.failures.push((named, problem)),
            }
        }
        let items = self.items();
        looked.has_metadata = !(items.list.is_empty() && items.unread.is_empty());
        let values = |sort: Option<Sort>| {
            let wanted = items.list.iter().filter(move |item| sort.is_none_or(|sort| item.sort == sort));
            wanted.take(LOOKED_AT).filter_map(|item| item.value().ok())
        };
        if looked.origin.is_none() {
            looked.origin = values(None).find_map(|(value, _)| origin(&value));
        }
        looked.identity = values(Some(Sort::Pull)).find_map(|(pull, _)| {
            let repository = pull.pointer("/base/repo")?;
            Some((repository.get("id")?.as_u64()?, repository.get("full_name")?.as_str()?.to_owned()))
        });
        looked
    }

    /// The JSON files, in the order in which they are read.
    pub(in crate::import) fn items(&self) -> Items {
        let mut items = Items::default();
        for (place, sort) in PLACES {
            let directory = self.directory.join(place);
            let names = match names(&directory) {
                Ok(names) => names,
                Err(problem) => {
                    items.unread.push(unread(place, &problem));
                    continue;
                }
            };
            let mut list = Vec::new();
            for name in names {
                let (shown, path) = (format!("{place}/{}", name.to_string_lossy()), directory.join(&name));
                if is_passed_over(&name) {
                    continue;
                }
                match path.symlink_metadata() {
                    Ok(found) if found.is_file() => match Item::new(sort, &name, shown.clone(), path) {
                        Some(item) => list.push((std::cmp::Reverse(found.modified().ok()), item)),
                        None => items.unread.push(unread(&shown, &Problem::Unlike(ODD_NAME))),
                    },
                    // With the assets of a release, which tells of them.
                    Ok(found) if found.is_dir() && sort == Sort::Release => {}
                    Ok(found) if found.is_dir() && name == ATTACHMENTS => items.list_attachments(sort, &shown, &path),
                    Ok(_) => items.unread.push(unread(&shown, &Problem::Link)),
                    Err(error) => items.unread.push(unread(&shown, &Problem::io("look at it", error))),
                }
            }
            if sort == Sort::Release {
                // Where a release got another tag, the newest file counts.
                list.sort_by_key(|(modified, _)| *modified);
            }
            items.list.extend(list.into_iter().map(|(_, item)| item));
        }
        self.look_for_others(&mut items);
        items
    }

    /// What is no part of the layout is told.
    fn look_for_others(&self, items: &mut Items) {
        for name in names(&self.directory).unwrap_or_default() {
            let mut known = CLONES.iter().map(|(name, _)| name).chain(PLACES.iter().map(|(name, _)| name));
            if !is_passed_over(&name) && !known.any(|known| name == *known) {
                items.left_out.push(format!("{} is not imported", cause::printable(&name.to_string_lossy())));
            }
        }
    }
}

impl Items {
    /// Lists what tells of the attachments below `path`.
    fn list_attachments(&mut self, of: Sort, shown: &str, path: &Path) {
        for number in names(path).unwrap_or_default() {
            let shown = format!("{shown}/{}", number.to_string_lossy());
            let directory = path.join(&number);
            match files::directory(&directory).and_then(|_| files::file(&directory.join(MANIFEST))) {
                Ok(None) => {}
                Ok(Some(_)) => {
                    match Item::manifest(of, &number, format!("{shown}/{MANIFEST}"), directory.join(MANIFEST)) {
                        Some(item) => self.list.push(item),
                        None => self.unread.push(unread(&shown, &Problem::Unlike(ODD_NAME))),
                    }
                }
                Err(_) => self.unread.push(unread(&shown, &Problem::Link)),
            }
        }
    }
}

/// What that tool and file systems leave.
fn is_passed_over(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    name.starts_with('.') || name.ends_with(".temp") || CHECKPOINTS.contains(&name.as_ref())
}

/// What cannot be understood.
pub(in crate::import) fn unread(path: &str, problem: &Problem) -> Unread {
    Unread { resource: cause::printable(path), reason: Reason::ImportIncomplete, message: cause::chain(problem) }
}

/// The repository that an answer of GitHub, or the first of a list, belongs to.
fn origin(value: &Value) -> Option<Origin> {
    let value = value.as_array().and_then(|list| list.first()).unwrap_or(value);
    let address = |field| Origin::of_answer(value.get(field)?.as_str()?);
    address("repository_url").or_else(|| address("url"))
}
