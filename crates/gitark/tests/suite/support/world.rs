//! An upstream, a vault directory, and backups from one to the other.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use gitark::{
    backup::{self, Options, report::RepositoryReport, report::RunReport},
    github::{self, Source},
    http,
    monitor::Silent,
    restore,
    retry::RetryPolicy,
    vault::{BareRepository, Storage, Vault, key::Kind, lookup::At},
    verify::{self, VerifyReport},
};
use github_emulator::{Emulator, GitHub, Repository};
use object_store::local::LocalFileSystem;
use tokio_util::sync::CancellationToken;

use super::{FaultyStore, Plan, git};

/// The repository that most tests use.
pub(crate) const REPOSITORY: &str = "octocat/hello";

/// Everything that a test needs.
pub(crate) struct World {
    emulator: Emulator,
    pub(crate) upstream: GitHub,
    pub(crate) client: github::GitHub,
    pub(crate) vault: PathBuf,
    pub(crate) options: Options,
    _directory: tempfile::TempDir,
}

impl World {
    /// An upstream without repositories, and an empty vault on a disk.
    pub(crate) async fn new() -> Self {
        let upstream = GitHub::new();
        let emulator = Emulator::start(upstream.clone()).await.expect("the emulator starts");
        let directory = tempfile::tempdir().expect("a directory");
        let vault = directory.path().join("vault");
        std::fs::create_dir(&vault).expect("a vault");
        let client = client(&emulator, None, 1);
        let temporary = directory.path().to_owned();
        let options = Options { temporary, resources: Vec::new(), ..Options::default() };
        Self { emulator, upstream, client, vault, options, _directory: directory }
    }

    /// One with [`REPOSITORY`] holding a few commits, a branch and a tag.
    pub(crate) async fn with_repository() -> (Self, Repository) {
        let world = Self::new().await;
        let repository = world.upstream.create_repository(REPOSITORY);
        repository.commit("main", &[("README.md", "one\n"), ("src/lib.rs", "fn one() {}\n")], "First");
        let second = repository.commit("main", &[("src/lib.rs", "fn two() {}\n")], "Second");
        repository.commit("topic", &[("topic.txt", "topic\n")], "Topic");
        repository.create_annotated_tag("v1", &second, "Version 1");
        (world, repository)
    }

    /// The same with another number of tries after the first.
    pub(crate) fn with_retries(mut self, retries: usize) -> Self {
        self.client = client(&self.emulator, None, retries);
        self
    }

    /// A client with a token.
    pub(crate) fn client_with_token(&self, token: &str) -> github::GitHub {
        client(&self.emulator, Some(http::Token::new(token)), 1)
    }

    /// Where the pages of this GitHub are, and its API.
    pub(crate) fn url(&self) -> String {
        self.emulator.url()
    }

    /// The host of files.
    pub(crate) fn files_url(&self) -> String {
        self.emulator.files_url()
    }

    /// Where git finds the repository `name` (`OWNER/REPO`, or `OWNER/REPO.wiki`).
    pub(crate) fn clone_url(&self, name: &str) -> String {
        format!("{}/{name}.git", self.emulator.url())
    }

    pub(crate) fn storage(&self) -> Storage {
        Storage::local(&self.vault).expect("the vault's directory")
    }

    /// A store for `vault` that fails as planned. It need not survive a power cut: nothing is synced.
    pub(crate) fn faulty_storage(vault: &Path, plan: Plan) -> (Storage, FaultyStore) {
        let local = LocalFileSystem::new_with_prefix(vault).expect("the vault's directory");
        let faulty = FaultyStore::new(Arc::new(local), plan);
        (Storage::new(Arc::new(faulty.clone()), Some(vault.to_owned()), "faulty vault".into()), faulty)
    }

    /// Backs up all of octocat.
    pub(crate) async fn backup_to(&self, storage: Storage) -> Result<RunReport, backup::Error> {
        self.backup_with(storage, &self.options).await
    }

    pub(crate) async fn backup_with(&self, storage: Storage, options: &Options) -> Result<RunReport, backup::Error> {
        run(&self.client, storage, options).await
    }

    /// Backs up to the vault on disk; everything must be stored.
    #[track_caller]
    pub(crate) fn backup(&self) -> impl Future<Output = RunReport> {
        let (storage, caller) = (self.storage(), std::panic::Location::caller());
        async move {
            let report = self.backup_to(storage).await.expect("a run");
            for row in &report.repositories {
                assert!(row.is_good(), "{caller}: {row:?}");
            }
            report
        }
    }

    /// Backs up what `listing` names, whatever GitHub says now.
    pub(crate) async fn backup_listed(&self, listing: &backup::Listing) -> RunReport {
        let cancel = CancellationToken::new();
        backup::run(&self.client, listing, self.storage(), &self.options, Arc::new(Silent), &cancel)
            .await
            .expect("a run")
    }

    /// Backs up with `--refetch`.
    pub(crate) async fn refetch(&self) -> RunReport {
        let options = Options { refetch: true, ..self.options.clone() };
        self.backup_with(self.storage(), &options).await.expect("a run")
    }

    /// The bare repository of [`REPOSITORY`]'s code on the disk.
    pub(crate) fn bare(&self) -> PathBuf {
        Self::bare_in(&self.vault)
    }

    pub(crate) fn bare_in(vault: &Path) -> PathBuf {
        vault.join("127.0.0.1/octocat/hello/hello.git")
    }

    pub(crate) async fn open(&self) -> Vault {
        Vault::open(self.storage()).await.expect("a vault")
    }

    pub(crate) async fn repository(&self) -> BareRepository {
        self.open().await.repository("127.0.0.1/octocat/hello", Kind::Code)
    }

    /// `verify --full`, or the quick check; nothing is written.
    pub(crate) async fn verify_at(vault: &Path, full: bool) -> VerifyReport {
        let vault = Vault::open(Storage::local(vault).expect("a directory")).await.expect("a vault");
        Self::verify_vault(&vault, full, false).await
    }

    pub(crate) async fn verify_vault(vault: &Vault, full: bool, record: bool) -> VerifyReport {
        let options = verify::Options { full, record, temporary: std::env::temp_dir(), object_bytes: 1 << 30 };
        let cancel = CancellationToken::new();
        verify::verify(vault, &[], &options, Arc::new(Silent), &cancel).await.expect("a check")
    }

    /// The vault must be whole.
    #[track_caller]
    pub(crate) fn assert_whole(vault: &Path) -> impl Future<Output = ()> {
        Self::assert_whole_in(Storage::local(vault).expect("a directory"))
    }

    /// The same of a vault anywhere.
    #[track_caller]
    pub(crate) fn assert_whole_in(storage: Storage) -> impl Future<Output = ()> {
        let caller = std::panic::Location::caller();
        async move {
            let vault = Vault::open(storage).await.expect("a vault");
            let report = Self::verify_vault(&vault, true, false).await;
            assert!(!report.has_damage() && !report.has_unreachable(), "{caller}: {report:?}");
        }
    }

    /// What the log of [`REPOSITORY`] names must be there, every byte of it; views may be behind.
    pub(crate) async fn assert_named_content_is_whole(storage: Storage) {
        let vault = Vault::open(storage).await.expect("a vault");
        let report = Self::verify_vault(&vault, true, false).await;
        let is_view = |key: &str| !key.contains("/objects/") && !key.contains("/log/");
        let found = report.repositories.iter().flat_map(|row| &row.damage).find(|damage| !is_view(&damage.key));
        assert!(found.is_none() && !report.has_unreachable(), "{found:?}");
    }

    /// Repairs the vault and restores the newest backup of [`REPOSITORY`]; its references.
    pub(crate) async fn restored_refs_of_refetched(world: &World) -> std::collections::BTreeMap<String, String> {
        world.refetch().await;
        Self::assert_whole(&world.vault).await;
        Self::restored_refs(&world.vault, At::Latest).await
    }

    /// Restores [`REPOSITORY`] bare from `vault`; its references.
    pub(crate) async fn restored_refs(vault: &Path, at: At) -> std::collections::BTreeMap<String, String> {
        Self::restored_refs_from(Storage::local(vault).expect("a directory"), at).await
    }

    /// The same from a vault anywhere.
    pub(crate) async fn restored_refs_from(storage: Storage, at: At) -> std::collections::BTreeMap<String, String> {
        Self::restored(storage, at, git::fsck).await
    }

    /// The same for real histories, old ones of which do not please `fsck --strict`.
    pub(crate) async fn restored_refs_unchecked(vault: &Path, at: At) -> std::collections::BTreeMap<String, String> {
        let check =
            |directory: &Path| drop(git::attempt(directory, &["fsck", "--connectivity-only"], b"").expect("whole"));
        Self::restored(Storage::local(vault).expect("a directory"), at, check).await
    }

    async fn restored(storage: Storage, at: At, check: impl Fn(&Path)) -> std::collections::BTreeMap<String, String> {
        let vault = Vault::open(storage).await.expect("a vault");
        let repository = vault.repository("127.0.0.1/octocat/hello", Kind::Code);
        let target = tempfile::tempdir().expect("a directory");
        let directory = target.path().join("restored.git");
        let options = restore::Options::new(restore::Format::Bare, at);
        restore::restore(&repository, &directory, &options, &tokio_util::sync::CancellationToken::new())
            .await
            .expect("a restore");
        check(&directory);
        git::refs(&directory)
    }
}

/// A client of the emulator that does not wait between tries.
fn client(emulator: &Emulator, token: Option<http::Token>, retries: usize) -> github::GitHub {
    let http = http::client(Duration::from_secs(20), b"").expect("an HTTP client");
    let retry = RetryPolicy { retries, first_wait: Duration::from_millis(1) };
    let options = github::Options { retry, ..Default::default() };
    github::GitHub::new(http, &emulator.url(), token, options).expect("a client")
}

/// Backs up all of octocat, as `client` sees it.
pub(crate) async fn run(
    client: &github::GitHub,
    storage: Storage,
    options: &Options,
) -> Result<RunReport, backup::Error> {
    run_of(client, &[Source::Account("octocat".into())], storage, options).await
}

/// Backs up what `sources` name.
pub(crate) async fn run_of(
    client: &github::GitHub,
    sources: &[Source],
    storage: Storage,
    options: &Options,
) -> Result<RunReport, backup::Error> {
    let listing = backup::list(client, sources, &Default::default(), &Silent).await?;
    backup::run(client, &listing, storage, options, Arc::new(Silent), &CancellationToken::new()).await
}

/// The row of a repository's code.
#[track_caller]
pub(crate) fn row<'a>(report: &'a RunReport, name: &str) -> &'a RepositoryReport {
    let found = report.repositories.iter().find(|row| row.repository == name && row.kind == Kind::Code);
    found.unwrap_or_else(|| panic!("no row for {name} in {report:?}"))
}

/// Copies a directory and all in it.
pub(crate) fn copy_tree(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a directory");
    for entry in std::fs::read_dir(from).expect("a directory") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            copy_tree(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), &target).expect("a copy");
        }
    }
}
