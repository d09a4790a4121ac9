//! What must hold in the end.

use std::path::Path;

use gitark::{
    restore,
    vault::{Storage, Vault, key::Kind, lookup::At},
};
use tokio_util::sync::CancellationToken;

use super::{
    History,
    mirror::{self, Seen},
};
use crate::support::{World, git};

/// Backups that are given back: the newest, and some of the others.
const RESTORED: usize = 4;

impl History<'_> {
    /// Gives backups back from the vault in `vault` and compares each with what real git kept.
    pub(super) async fn check_backups(&mut self, vault: &Path) {
        let mut others: Vec<u64> = self.mirror.backups.keys().copied().collect();
        let newest = others.pop().expect("a backup");
        self.check_backup(vault, newest).await;
        for _ in 1..RESTORED.min(self.mirror.backups.len()) {
            let sequence = others.swap_remove(self.random.below(others.len()));
            self.check_backup(vault, sequence).await;
        }
    }

    async fn check_backup(&mut self, vault: &Path, sequence: u64) {
        self.tell(format!("restore --at {sequence}"));
        let wanted = &self.mirror.backups[&sequence];
        let target = tempfile::tempdir().expect("a directory");
        let directory = target.path().join("restored");
        restore(vault, sequence, true, &directory).await;
        assert_eq!(Seen::of(&directory), *wanted, "backup {sequence}");
        let (found, kept) = (mirror::objects(&directory), self.mirror.objects(&wanted.tips()));
        assert!(
            found == kept,
            "backup {sequence}: missing {:?}, not expected {:?}",
            kept.difference(&found).collect::<Vec<_>>(),
            found.difference(&kept).collect::<Vec<_>>()
        );
        git::fsck(&directory);
        let branch = wanted.head.strip_prefix("ref: ").is_none_or(|target| wanted.refs.contains_key(target));
        if branch && self.random.one_in(3) {
            let directory = target.path().join("checked out");
            restore(vault, sequence, false, &directory).await;
            // Upstream's refs/replace are back, and show what they replace.
            assert_eq!(git::git(&directory, &["status", "--porcelain"]), "", "the working copy of {sequence}");
        }
    }

    /// The vault must be whole, and plain git must reach all that was ever backed up in it.
    pub(super) async fn check_vault(&self, vault: &Path) {
        World::assert_whole(vault).await;
        let bare = World::bare_in(vault);
        let found = mirror::objects(&bare);
        let lost: Vec<_> = self.mirror.objects(&self.mirror.tips()).difference(&found).cloned().collect();
        assert!(lost.is_empty(), "no reference of the vault leads to {lost:?}");
        let clone = git::mirror_and_fsck(&bare.display().to_string());
        assert_eq!(git::refs(&clone.path().join("clone")), git::refs(&bare), "a mirror of the vault");
    }
}

/// Gives one backup back.
async fn restore(vault: &Path, sequence: u64, bare: bool, directory: &Path) {
    let vault = Vault::open(Storage::local(vault).expect("a directory")).await.expect("a vault");
    let repository = vault.repository("127.0.0.1/octocat/hello", Kind::Code);
    let format = if bare { restore::Format::Bare } else { restore::Format::Checkout };
    let options = restore::Options::new(format, At::Number(sequence));
    restore::restore(&repository, directory, &options, &CancellationToken::new()).await.expect("a restore");
}
