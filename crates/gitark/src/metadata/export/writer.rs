//! Writes the files of an export.

use std::{collections::BTreeMap, path::PathBuf};

use serde_json::Value;

use super::{Group, Layout, markdown, names::Names, python_github_backup};
use crate::{
    metadata::{Kept, Snapshot},
    restore,
    vault::{
        self,
        key::{self, Kind},
    },
};

/// Files below a directory.
pub(super) struct Writer {
    root: PathBuf,
    layout: Layout,
    snapshot: Snapshot,
    pub(super) names: Names,
    /// What is one file of many things in the layout, by its path: webhooks, stars.
    pub(super) gathered: BTreeMap<&'static str, Vec<Value>>,
    files: u64,
    bytes: u64,
}

impl Writer {
    pub(super) fn new(root: PathBuf, layout: Layout, snapshot: &Snapshot) -> Result<Self, restore::Error> {
        let root = match layout {
            Layout::PythonGithubBackup => match key::split_name(snapshot.repository())? {
                (_, key::ACCOUNT) => root.join("account"),
                (_, name) => root.join("repositories").join(name),
            },
            _ => root,
        };
        std::fs::create_dir_all(&root).map_err(|source| restore::Error::io("make", &root, source))?;
        let (names, gathered) = (Names::default(), BTreeMap::new());
        Ok(Self { root, layout, snapshot: snapshot.clone(), names, gathered, files: 0, bytes: 0 })
    }

    /// Writes groups whose files have these bytes.
    pub(super) async fn write(self, groups: Vec<Group>, read: Vec<Vec<u8>>) -> Result<Self, restore::Error> {
        let work = tokio::task::spawn_blocking(move || self.write_all(groups, read)).await;
        work.unwrap_or_else(|panic| Err(restore::Error::Checkout(panic.to_string())))
    }

    fn write_all(mut self, groups: Vec<Group>, read: Vec<Vec<u8>>) -> Result<Self, restore::Error> {
        let mut read = read.into_iter();
        for group in groups {
            let contents: Vec<Vec<u8>> = read.by_ref().take(group.files.len()).collect();
            if self.layout == Layout::Json {
                for ((path, _), bytes) in group.files.iter().zip(contents) {
                    self.put(path, &bytes)?;
                }
                continue;
            }
            let mut values = Vec::with_capacity(contents.len());
            for ((path, _), bytes) in group.files.iter().zip(contents) {
                let value = serde_json::from_slice(&bytes);
                values.push(value.map_err(|_| vault::Error::damaged(path.clone(), "it is no JSON"))?);
            }
            let is_alone = group.directory.is_empty();
            match (self.layout, is_alone) {
                (Layout::Markdown, true) => markdown::file(&mut self, &group, values)?,
                (Layout::Markdown, false) => {
                    let kept = Kept::of(&self.snapshot, &group.directory, &group.files, values);
                    let page = markdown::conversation(&kept, group.number);
                    self.put(&format!("{}/{}.md", group.kind, group.number), page.as_bytes())?;
                }
                (_, true) => python_github_backup::file(&mut self, &group, values)?,
                (_, false) => {
                    let kept = Kept::of(&self.snapshot, &group.directory, &group.files, values);
                    python_github_backup::conversation(&mut self, &group, kept)?;
                }
            }
        }
        Ok(self)
    }

    /// Whether an account's own data are written.
    pub(super) fn is_of_account(&self) -> bool {
        Kind::main_of(self.snapshot.repository()) == Kind::Meta
    }

    /// Writes a file. The path is made of plain names: those of the vault were looked at, others are made safe.
    pub(super) fn put(&mut self, path: &str, content: &[u8]) -> Result<(), restore::Error> {
        let path = self.root.join(path);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(|source| restore::Error::io("make", parent, source))?;
        }
        std::fs::write(&path, content).map_err(|source| restore::Error::io("write", &path, source))?;
        self.files += 1;
        self.bytes += content.len() as u64;
        Ok(())
    }

    /// Writes what was gathered: how many files there are, and how many bytes they have.
    pub(super) fn finish(mut self) -> Result<(u64, u64), restore::Error> {
        if self.layout == Layout::PythonGithubBackup {
            python_github_backup::finish(&mut self)?;
        }
        Ok((self.files, self.bytes))
    }
}
