//! Releases and their assets.

use axum::body::Bytes;

use crate::content::Content;
use crate::entry::Entry;
use crate::repository::Repository;
use crate::state::State;

/// What can be changed of a release.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReleaseAttributes {
    /// The tag, which need not exist.
    pub tag: String,
    /// What the tag is made from where it does not exist: a branch or a commit.
    pub target: String,
    /// The title.
    pub name: Option<String>,
    /// The notes, in Markdown.
    pub body: Option<String>,
    /// Whether it is not published; only those who may push see it.
    pub draft: bool,
    /// Whether it is not ready for production.
    pub prerelease: bool,
    /// Whether its tag and its assets are locked.
    pub immutable: bool,
    /// The login of who made it.
    pub author: String,
}

/// A release.
#[derive(Clone, Debug)]
pub(crate) struct Release {
    pub(crate) id: u64,
    pub(crate) attributes: ReleaseAttributes,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
    pub(crate) published_at: Option<i64>,
    pub(crate) assets: Vec<Asset>,
}

/// A file of a release. Its bytes never change.
#[derive(Clone, Debug)]
pub(crate) struct Asset {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) label: Option<String>,
    pub(crate) uploader: String,
    pub(crate) content: Content,
    /// What the API says in place of the size, and of the digest.
    pub(crate) claimed_size: Option<u64>,
    pub(crate) claimed_digest: Option<String>,
    pub(crate) has_digest: bool,
    pub(crate) at: i64,
}

impl Asset {
    pub(crate) fn size(&self) -> u64 {
        self.claimed_size.unwrap_or_else(|| self.content.size())
    }

    pub(crate) fn digest(&self) -> Option<String> {
        let real = || self.has_digest.then(|| format!("sha256:{}", self.content.sha256()));
        self.claimed_digest.clone().or_else(real)
    }

    /// Where the bytes are on the host of files.
    pub(crate) fn path(&self, repository: u64) -> String {
        format!("/github-production-release-asset/{repository}/{}", uuid(self.id))
    }
}

impl Repository {
    /// Publishes a release of a tag, without a title and notes: the release's id.
    pub fn create_release(&self, tag: &str) -> u64 {
        let mut state = self.github().state();
        let now = state.tick();
        let target = crate::references::default_branch(&state.entry(self.id()).path(self.github().directory(), false));
        let author = state.author_in(self.id());
        let id = state.files.next_id();
        let attributes = ReleaseAttributes {
            tag: tag.to_owned(),
            target,
            name: None,
            body: None,
            draft: false,
            prerelease: false,
            immutable: false,
            author,
        };
        let release =
            Release { id, attributes, created_at: now, updated_at: now, published_at: Some(now), assets: Vec::new() };
        state.releases_mut(self.id()).push(release);
        id
    }

    /// Changes a release.
    pub fn edit_release(&self, id: u64, change: impl FnOnce(&mut ReleaseAttributes)) {
        let mut author = String::new();
        self.change_release(id, |release, now| {
            change(&mut release.attributes);
            author.clone_from(&release.attributes.author);
            release.published_at = match release.attributes.draft {
                true => None,
                false => release.published_at.or(Some(now)),
            };
        });
        self.github().state().ensure_account(&author);
    }

    /// Deletes a release with its assets.
    pub fn delete_release(&self, id: u64) {
        self.github().state().releases_mut(self.id()).retain(|release| release.id != id);
    }

    /// Adds a file to a release: the asset's id.
    pub fn upload_asset(&self, release: u64, name: &str, bytes: impl Into<Vec<u8>>) -> u64 {
        self.add_asset(release, name, Content::Bytes(Bytes::from(bytes.into())))
    }

    /// Adds a file of that size to a release, whose bytes are made while they are sent, always the
    /// same and kept nowhere: the asset's id. Its digest is found when it is first shown.
    pub fn upload_large_asset(&self, release: u64, name: &str, size: u64) -> u64 {
        self.add_asset(release, name, Content::generated(size, release))
    }

    /// Replaces a file of a release, as GitHub's clients do: it is deleted, and another of that
    /// name added: the id of that one.
    pub fn replace_asset(&self, id: u64, bytes: impl Into<Vec<u8>>) -> u64 {
        let mut state = self.github().state();
        let releases = state.releases_mut(self.id()).iter();
        let found = releases.flat_map(|release| release.assets.iter().map(move |asset| (release.id, asset)));
        let (release, asset) = found.into_iter().find(|(_, asset)| asset.id == id).expect("an asset's id");
        let name = asset.name.clone();
        drop(state);
        self.delete_asset(id);
        self.upload_asset(release, &name, bytes)
    }

    /// Deletes a file of a release.
    pub fn delete_asset(&self, id: u64) {
        let mut state = self.github().state();
        let now = state.tick();
        for release in state.releases_mut(self.id()) {
            let before = release.assets.len();
            release.assets.retain(|asset| asset.id != id);
            if release.assets.len() != before {
                release.updated_at = now;
            }
        }
    }

    /// Lets the API be wrong about a file of a release: its size, and its digest with `sha256:`
    /// before it. The bytes stay what they are.
    pub fn misreport_asset(&self, id: u64, size: Option<u64>, digest: Option<&str>) {
        self.change_asset(id, |asset| {
            asset.claimed_size = size;
            asset.claimed_digest = digest.map(str::to_owned);
        });
    }

    /// Lets the API say nothing of a file's digest, as of those uploaded before June 2025.
    pub fn hide_asset_digest(&self, id: u64) {
        self.change_asset(id, |asset| asset.has_digest = false);
    }

    fn change_asset(&self, id: u64, change: impl FnOnce(&mut Asset)) {
        let mut state = self.github().state();
        let releases = state.releases_mut(self.id()).iter_mut();
        let asset = releases.flat_map(|release| &mut release.assets).find(|asset| asset.id == id);
        change(asset.expect("an asset's id"));
    }

    fn add_asset(&self, release: u64, name: &str, content: Content) -> u64 {
        let id = self.github().state().files.next_id();
        self.change_release(release, |release, now| {
            assert!(release.assets.iter().all(|asset| asset.name != name), "the asset {name} exists already");
            release.assets.push(Asset {
                id,
                name: name.to_owned(),
                label: None,
                uploader: release.attributes.author.clone(),
                content,
                claimed_size: None,
                claimed_digest: None,
                has_digest: true,
                at: now,
            });
        });
        id
    }

    fn change_release(&self, id: u64, change: impl FnOnce(&mut Release, i64)) {
        let mut state = self.github().state();
        let now = state.tick();
        let release = state.releases_mut(self.id()).iter_mut().find(|release| release.id == id);
        let release = release.expect("a release's id");
        change(release, now);
        release.updated_at = now;
    }
}

impl State {
    /// The releases of a repository which a caller sees, the newest first.
    pub(crate) fn releases(&self, entry: &Entry, with_drafts: bool) -> Vec<&Release> {
        let releases = self.files.releases.get(&entry.id).map(Vec::as_slice).unwrap_or_default();
        releases.iter().rev().filter(|release| with_drafts || !release.attributes.draft).collect()
    }

    fn releases_mut(&mut self, repository: u64) -> &mut Vec<Release> {
        self.files.releases.entry(repository).or_default()
    }

    /// The user to whom is put down what is made in a repository: its owner, or someone of the
    /// organization.
    pub(crate) fn author_in(&mut self, repository: u64) -> String {
        let owner = self.entry(repository).owner.clone();
        let member = self.members(&owner).first().map(|member| member.login.clone());
        match self.account(&owner) {
            Some(account) if account.is_organization() => {
                member.unwrap_or_else(|| self.ensure_account(&format!("{owner}-member")))
            }
            _ => owner,
        }
    }
}

/// A UUID made of a number.
pub(crate) fn uuid(number: u64) -> String {
    let spread = u128::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
    let digits = format!("{spread:032x}");
    let part = |range| digits.get(range).unwrap_or_default();
    format!("{}-{}-4{}-a{}-{}", part(0..8), part(8..12), part(13..16), part(17..20), part(20..32))
}
