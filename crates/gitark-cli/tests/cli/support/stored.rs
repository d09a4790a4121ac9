//! What a vault holds, to prove later that it still does.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde_json::Value;

use super::World;

/// Every file of a vault that is written once, with its bytes.
pub(crate) struct Stored(BTreeMap<PathBuf, Vec<u8>>);

/// What is written again: the views, and what may be deleted at any time.
const VIEWS: [&str; 5] = ["HEAD", "packed-refs", "info/refs", "info/packs", "gitark/head.json"];

impl Stored {
    pub(crate) fn of(world: &World) -> Self {
        let vault = world.vault();
        let is_kept = |path: &Path| !path.starts_with("cache") && !VIEWS.iter().any(|view| path.ends_with(view));
        let files = files(&vault).into_iter().map(|path| path.strip_prefix(&vault).unwrap().to_owned());
        Self(
            files
                .filter(|path| is_kept(path))
                .map(|path| (path.clone(), std::fs::read(vault.join(&path)).unwrap()))
                .collect(),
        )
    }

    /// Asserts that every file is as it was.
    #[track_caller]
    pub(crate) fn is_kept(&self, world: &World) {
        assert!(!self.0.is_empty());
        for (path, bytes) in &self.0 {
            let now = std::fs::read(world.vault().join(path)).unwrap_or_default();
            assert!(now == *bytes, "{} changed", path.display());
        }
    }
}

/// All files below a directory.
pub(crate) fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            found.extend(files(&entry.path()));
        } else {
            found.push(entry.path());
        }
    }
    found.sort();
    found
}

/// Flips a byte in the middle of the first pack of a bare repository: the pack's path.
pub(crate) fn flip_a_byte(bare: &Path) -> PathBuf {
    let pack = packs(bare).remove(0);
    let mut bytes = std::fs::read(&pack).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    // Object stores have no read-only files, and neither does whoever flips bits.
    std::fs::remove_file(&pack).unwrap();
    std::fs::write(&pack, bytes).unwrap();
    pack
}

/// The packs of a bare repository.
pub(crate) fn packs(bare: &Path) -> Vec<PathBuf> {
    let mut found = files(&bare.join("objects/pack"));
    found.retain(|path| path.extension().is_some_and(|extension| extension == "pack"));
    found
}

impl World {
    /// All files of the vault.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        files(&self.vault())
    }

    /// The same as the command gives it out: with the name of the vault.
    pub(crate) fn newest_report_of_vault(&self) -> Value {
        let mut report = self.newest_report();
        report["vault"] = self.vault().to_str().unwrap().into();
        report
    }

    /// The report of the newest run in the vault.
    pub(crate) fn newest_report(&self) -> Value {
        let reports = files(&self.vault().join("runs"));
        let reports = reports.into_iter().filter(|path| !path.ends_with("start.json"));
        let reports = reports.map(|path| {
            let text = std::fs::read_to_string(path).unwrap();
            serde_json::from_str::<Value>(text.lines().next().unwrap()).unwrap()
        });
        reports.max_by_key(|report| report["finished"].as_str().unwrap().to_owned()).unwrap()
    }
}

/// The row of a repository's code in a report.
pub(crate) fn row<'a>(report: &'a Value, full_name: &str) -> &'a Value {
    let rows = report["repositories"].as_array().unwrap();
    rows.iter().find(|row| row["repository"] == full_name && row["kind"] == "code").unwrap()
}
