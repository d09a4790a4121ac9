//! Mirrors that become first backups.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use futures::FutureExt as _;
use gitark::{
    backup::{
        Reason,
        report::{Outcome, RepositoryReport, RunReport},
    },
    git::refs::Head,
    import::{self, Error, Options, Problem, Source},
    monitor::Silent,
    vault::{Storage, Vault, key::Kind, lookup::At},
};
use github_emulator::{Repository, RequestClass};
use tokio_util::sync::CancellationToken;

use crate::support::{Plan, REPOSITORY, World, copy_tree, git};

/// A directory with a mirror of [`REPOSITORY`] in `hello.git`.
struct Fixture {
    world: World,
    repository: Repository,
    directory: tempfile::TempDir,
}

impl Fixture {
    /// A mirror as git clones it: one pack.
    async fn cloned() -> Self {
        let (world, repository) = World::with_repository().await;
        let fixture = Self { world, repository, directory: tempfile::tempdir().expect("a directory") };
        fixture.clone(REPOSITORY, "hello.git");
        fixture
    }

    /// A mirror after some nights: two packs, loose objects, packed and loose references.
    async fn used() -> Self {
        let fixture = Self::cloned().await;
        fixture.repository.commit("main", &[("src/lib.rs", "fn three() {}\n")], "Third");
        fixture.fetch("fetch.unpackLimit=1");
        fixture.repository.commit("main", &[("src/lib.rs", "fn four() {}\n")], "Fourth");
        let main = fixture.repository.resolve("refs/heads/main").expect("main");
        fixture.repository.create_annotated_tag("v2", &main, "Version 2");
        fixture.repository.update_ref("refs/pull/7/head", &main);
        fixture.repository.update_ref("refs/pull/7/merge", &main);
        fixture.fetch("fetch.unpackLimit=1000");
        assert!(git::git(&fixture.mirror(), &["count-objects", "-v"]).contains("packs: 2"));
        assert!(fixture.mirror().join("refs/heads/main").is_file() && fixture.mirror().join("packed-refs").is_file());
        fixture
    }

    fn clone(&self, name: &str, directory: &str) {
        git::git(self.directory.path(), &["clone", "-q", "--mirror", &self.world.clone_url(name), directory]);
    }

    fn fetch(&self, setting: &str) {
        git::git(&self.mirror(), &["-c", "gc.auto=0", "-c", setting, "fetch", "-q", "--prune"]);
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn mirror(&self) -> PathBuf {
        self.path("hello.git")
    }

    /// A copy of the mirror to harm.
    fn copy(&self, name: &str) -> PathBuf {
        copy_tree(&self.mirror(), &self.path(name));
        self.path(name)
    }

    async fn import(&self) -> RepositoryReport {
        self.import_to(&self.mirror(), self.world.storage()).await.expect("an import")
    }

    /// Imports one mirror; its row, or why there is none.
    async fn import_to(&self, mirror: &Path, storage: Storage) -> Result<RepositoryReport, Error> {
        let source = Source { directory: mirror.to_owned(), ..Source::default() };
        self.import_as(source, storage).await
    }

    async fn import_as(&self, source: Source, storage: Storage) -> Result<RepositoryReport, Error> {
        let mut report = self.run(&[source], storage, &CancellationToken::new()).await?;
        assert_eq!(report.repositories.len(), 1);
        Ok(report.repositories.remove(0))
    }

    async fn run(&self, sources: &[Source], storage: Storage, cancel: &CancellationToken) -> Result<RunReport, Error> {
        let plan = import::plan(&self.world.client, None, sources).await?;
        let options = Options { temporary: self.directory.path().to_owned(), ..Options::default() };
        import::import(&plan, storage, &options, Arc::new(Silent), cancel).await
    }

    /// The words of the fetches since the record was cleared.
    fn fetches(&self) -> Vec<Vec<String>> {
        let requests = self.world.upstream.requests().into_iter();
        requests.filter(|request| request.class == RequestClass::Fetch).map(|request| request.words).collect()
    }

    /// What is kept of the mirror's references.
    fn wanted(&self) -> BTreeMap<String, String> {
        let mut refs = git::refs(&self.mirror());
        refs.retain(|name, _| !name.ends_with("/merge"));
        refs
    }
}

/// The mirror's only pack.
fn only_pack(repository: &Path) -> PathBuf {
    let files = fs::read_dir(repository.join("objects/pack")).expect("packs").map(|entry| entry.expect("one").path());
    let packs: Vec<_> = files.filter(|path| path.extension().is_some_and(|end| end == "pack")).collect();
    let [pack] = &packs[..] else { panic!("one pack was expected: {packs:?}") };
    pack.clone()
}

/// Every file below a directory, with its bytes.
fn files(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => drop(found.insert(path.clone(), fs::read(&path).expect("a file"))),
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_used_mirror_becomes_the_first_backup_and_the_next_one_fetches_only_what_is_new() {
    let fixture = Fixture::used().await;
    let (world, mirror) = (&fixture.world, files(&fixture.mirror()));
    world.upstream.clear_requests();
    let row = fixture.import().await;
    assert_eq!((row.outcome, row.work.changed_refs, row.work.received_bytes), (Outcome::New, 5, 0), "{row:?}");
    assert!(world.upstream.requests().iter().all(|request| request.class == RequestClass::Api), "git was asked");
    assert!(mirror == files(&fixture.mirror()), "the mirror is only read");

    assert_eq!(git::refs(&world.bare()), fixture.wanted());
    assert_eq!(git::objects(&world.bare()), git::objects(&fixture.mirror()));
    git::mirror_and_fsck(&world.bare().display().to_string());
    World::assert_whole(&world.vault).await;
    assert_eq!(World::restored_refs(&world.vault, At::Number(1)).await, fixture.wanted());
    let (entry, ..) = world.repository().await.entry(1).await.expect("an entry").expect("there");
    assert!(entry.imported && entry.packs.len() == 1 && entry.checkpoint.is_some());
    only_pack(&world.bare());

    // Upstream as it was: nothing to do. Then something new: only that.
    let report = world.backup().await;
    assert_eq!(report.repositories[0].outcome, Outcome::Unchanged, "{report:?}");
    assert_eq!(fixture.fetches().len(), 0);
    let old = fixture.repository.resolve("refs/heads/main").expect("main");
    let new = fixture.repository.commit("main", &[("src/lib.rs", "fn five() {}\n")], "Fifth");
    let report = world.backup().await;
    assert_eq!(report.repositories[0].outcome, Outcome::Changed);
    let fetches = fixture.fetches();
    assert_eq!(fetches.len(), 1);
    assert!(fetches[0].contains(&format!("want {new}")) && fetches[0].contains(&format!("have {old}")), "{fetches:?}");
    let (entry, ..) = world.repository().await.entry(2).await.expect("an entry").expect("there");
    assert_eq!((entry.imported, entry.packs[0].objects), (false, 4), "a commit, two trees and a blob");
    assert_eq!(git::objects(&world.bare()), git::objects(&fixture.repository.path()));
    World::assert_whole(&world.vault).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mirror_of_one_pack_is_stored_byte_by_byte() {
    let fixture = Fixture::cloned().await;
    let row = fixture.import().await;
    assert_eq!(row.outcome, Outcome::New, "{row:?}");
    let (theirs, ours) = (only_pack(&fixture.mirror()), only_pack(&fixture.world.bare()));
    for extension in ["pack", "idx"] {
        let read = |path: &Path| fs::read(path.with_extension(extension)).expect("a file");
        assert!(read(&theirs) == read(&ours), "{extension}");
    }
    assert_eq!(fixture.world.backup().await.repositories[0].outcome, Outcome::Unchanged);

    // Deltas that name their bases, as old git made them.
    let old = fixture.copy("old.git");
    git::git(&old, &["-c", "repack.useDeltaBaseOffset=false", "repack", "-adfq"]);
    let row = fixture.import_to(&old, Storage::memory()).await.expect("an import");
    assert_eq!(row.outcome, Outcome::New, "{row:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn i3_an_import_stopped_at_any_store_call_is_finished_by_the_next() {
    let fixture = Fixture::used().await;
    let wanted = fixture.wanted();
    let mut stops = 0;
    for plan in [Plan::StopBefore, Plan::StopAfter, Plan::LoseReply] {
        for at in 0.. {
            let stop = format!("{:?}", plan(at));
            let directory = tempfile::tempdir().expect("a directory");
            let vault = directory.path();
            let (storage, faulty) = World::faulty_storage(vault, plan(at));
            let result = fixture.import_to(&fixture.mirror(), storage).await;
            if faulty.changes() <= at {
                assert!(result.is_ok_and(|row| row.is_good()), "{stop}");
                break;
            }
            stops += 1;
            // Git takes it for a repository once there is a HEAD.
            if World::bare_in(vault).join("HEAD").exists() {
                git::fsck(&World::bare_in(vault));
            }
            let storage = || World::faulty_storage(vault, Plan::Work).0;
            let row = fixture.import_to(&fixture.mirror(), storage()).await.expect("the next import");
            assert!(matches!(row.outcome, Outcome::New | Outcome::Unchanged), "{stop}: {row:?}");
            assert_eq!(git::refs(&World::bare_in(vault)), wanted, "{stop}");
            assert_eq!(World::restored_refs(vault, At::Latest).await, wanted, "{stop}");
            assert!(!World::bare_in(vault).join("gitark/log/00000002.json").exists(), "{stop}: imported twice");
            World::assert_whole(vault).await;
        }
    }
    assert!(stops > 30, "only {stops} places to stop at were found");
}

#[tokio::test(flavor = "multi_thread")]
async fn i5_a_mirror_that_changes_while_it_is_read_is_imported_whole_or_not_at_all() {
    let fixture = Arc::new(Fixture::used().await);
    let (mut changed_after, mut refused) = (0, 0);
    for at in 0.. {
        let mirror = fixture.copy(&format!("{at}.git"));
        // Everything that was there is gone from where it was, some of it for good.
        let change = {
            let (fixture, mirror) = (fixture.clone(), mirror.clone());
            move || {
                fixture.repository.force_push("topic", &[("topic.txt", &format!("{at}\n"))], "Again");
                git::git(&mirror, &["fetch", "-q", "--prune"]);
                git::git(&mirror, &["reflog", "expire", "--expire=now", "--all"]);
                git::git(&mirror, &["gc", "-q", "--prune=now"]);
            }
        };
        let vault = tempfile::tempdir().expect("a directory");
        let (storage, faulty) = World::faulty_storage(vault.path(), Plan::Work);
        faulty.before_each_call(move |number, _| {
            let change = change.clone();
            async move {
                if number == at {
                    tokio::task::spawn_blocking(change).await.expect("a change");
                }
            }
            .boxed()
        });
        let before = git::refs(&mirror)["refs/heads/topic"].clone();
        let row = fixture.import_to(&mirror, storage).await.expect("a run");
        if faulty.calls() <= at {
            break;
        }
        match row.outcome {
            Outcome::New => {
                World::assert_whole(vault.path()).await;
                let topic = World::restored_refs(vault.path(), At::Latest).await["refs/heads/topic"].clone();
                let after = git::refs(&mirror)["refs/heads/topic"].clone();
                assert!(topic == before || topic == after, "{topic} is neither {before} nor {after}");
                changed_after += usize::from(topic == before);
            }
            _ => {
                assert!(!World::bare_in(vault.path()).join("gitark/log/00000001.json").exists(), "{row:?}");
                refused += 1;
            }
        }
        fs::remove_dir_all(&mirror).expect("removed");
    }
    assert!(changed_after > 0 && refused > 0, "{changed_after} {refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_is_for_the_first_entry() {
    let fixture = Fixture::used().await;
    let world = &fixture.world;
    // The same again is no failure: an earlier run may not have told how it ended.
    assert_eq!(fixture.import().await.outcome, Outcome::New);
    assert_eq!(fixture.import().await.outcome, Outcome::Unchanged);
    let stored = files(&world.bare());
    fixture.repository.commit("main", &[("more.txt", "more\n")], "More");
    fixture.fetch("gc.auto=0");
    let row = fixture.import().await;
    assert_eq!(row.reason, Some(Reason::AlreadyBackedUp), "{row:?}");
    assert!(row.message.is_some_and(|message| message.contains("has backups already")));
    assert!(stored == files(&world.bare()));
    world.backup().await;
    assert_eq!(fixture.import().await.reason, Some(Reason::AlreadyBackedUp));
    World::assert_whole(&world.vault).await;

    // A name that another id has: its own folder, as ever.
    let source = Source { directory: fixture.mirror(), id: Some(77), ..Source::default() };
    let row = fixture.import_as(source, world.storage()).await.expect("an import");
    assert_eq!(row.path.as_deref(), Some("127.0.0.1/octocat/hello~77/hello.git"));
    World::assert_whole(&world.vault).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wikis_and_mirrors_without_anything_are_imported() {
    let fixture = Fixture::cloned().await;
    let world = &fixture.world;
    // First a backup that remembers that there is no wiki.
    fixture.repository.enable_wiki();
    world.backup().await;
    let wiki = fixture.repository.create_wiki();
    fixture.clone("octocat/hello.wiki", "empty.wiki.git");
    let storage = Storage::memory();
    let row = fixture.import_to(&fixture.path("empty.wiki.git"), storage.clone()).await.expect("an import");
    assert_eq!((row.outcome, row.kind, row.work.stored_bytes), (Outcome::New, Kind::Wiki, 0), "{row:?}");
    let vault = Vault::open(storage).await.expect("a vault");
    let empty = vault.repository("127.0.0.1/octocat/hello", Kind::Wiki);
    let (entry, ..) = empty.entry(1).await.expect("an entry").expect("there");
    assert_eq!(entry.head, Head::Symbolic("refs/heads/master".into()), "unborn as upstream");
    assert!(!World::verify_vault(&vault, true, false).await.has_damage());

    wiki.commit("master", &[("Home.md", "# Home\n")], "Home");
    fixture.clone("octocat/hello.wiki", "hello.wiki.git");
    let row = fixture.import_to(&fixture.path("hello.wiki.git"), world.storage()).await.expect("an import");
    assert_eq!((row.outcome, row.kind), (Outcome::New, Kind::Wiki), "{row:?}");
    let report = world.backup().await;
    assert!(report.repositories.iter().all(|row| row.outcome == Outcome::Unchanged), "{report:?}");
    assert_eq!(report.repositories.len(), 2);
    // A wiki that was backed up and is gone is a failure, whatever was remembered of it before.
    wiki.vanish();
    let report = world.backup_to(world.storage()).await.expect("a run");
    assert_eq!(report.repositories[1].reason, Some(Reason::GoneOrForbidden), "{report:?}");
    World::assert_whole(&world.vault).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn references_are_read_as_a_backup_would_find_them() {
    let fixture = Fixture::used().await;
    let (world, repository) = (&fixture.world, &fixture.repository);
    let main = repository.resolve("refs/heads/main").expect("main");
    let topic = repository.resolve("refs/heads/topic").expect("topic");
    repository.update_ref(&format!("refs/replace/{topic}"), &main);
    repository.update_ref("refs/gitark/lost/1/heads/x", &main);
    repository.update_ref("refs/remotes/theirs/main", &main);
    let tag = repository.create_annotated_tag("of-a-tag", "refs/tags/v2", "A tag of a tag");
    repository.update_ref("refs/heads/ünïcode/🦀", &main);
    repository.git(&["update-ref", "--no-deref", "HEAD", &main]);
    fixture.fetch("gc.auto=0");
    let mirror = fixture.mirror();
    git::git(&mirror, &["update-ref", "--no-deref", "HEAD", &main]);
    // Left by others, which git skips too.
    fs::write(mirror.join("refs/heads/.nfs0001"), "junk").expect("written");
    fs::write(mirror.join("refs/heads/main.lock"), "junk").expect("written");
    fs::create_dir(mirror.join("refs/heads/empty")).expect("made");
    fs::write(mirror.join("objects/pack/tmp_pack_x"), "junk").expect("written");
    fs::create_dir_all(mirror.join("objects/ab")).expect("made");
    fs::write(mirror.join("objects/ab/tmp_obj_x"), "junk").expect("written");
    let row = fixture.import().await;
    assert_eq!(row.outcome, Outcome::New, "{row:?}");
    let (entry, ..) = world.repository().await.entry(1).await.expect("an entry").expect("there");
    assert_eq!(entry.head.to_file(), format!("{main}\n"));
    assert_eq!(entry.parked.len(), 2, "{entry:?}");
    let refs = entry.checkpoint.expect("a checkpoint").refs;
    let value = refs["refs/tags/of-a-tag"];
    assert_eq!((value.oid.to_string(), value.peeled.map(|id| id.to_string())), (tag, Some(main)));
    // The server's answer has the same digest: references, what tags lead to, and HEAD.
    world.upstream.clear_requests();
    assert_eq!(world.backup().await.repositories[0].outcome, Outcome::Unchanged);
    World::assert_whole(&world.vault).await;

    // References to references, one of which leads nowhere: a server shows the first as what it leads to.
    let symbolic = fixture.copy("symbolic.git");
    git::git(&symbolic, &["symbolic-ref", "refs/heads/alias", "refs/heads/topic"]);
    git::git(&symbolic, &["symbolic-ref", "refs/heads/dangling", "refs/heads/nothing"]);
    git::git(&symbolic, &["symbolic-ref", "refs/heads/circle", "refs/heads/circle"]);
    let storage = Storage::memory();
    fixture.import_to(&symbolic, storage.clone()).await.expect("an import");
    let vault = Vault::open(storage).await.expect("a vault");
    let state = vault.repository("127.0.0.1/octocat/hello", Kind::Code).load(None).await.expect("a state");
    let refs = state.expect("a backup").live.refs;
    assert_eq!(refs["refs/heads/alias"], refs["refs/heads/topic"]);
    assert!(!refs.contains_key("refs/heads/dangling") && !refs.contains_key("refs/heads/circle"));
}

#[tokio::test(flavor = "multi_thread")]
async fn observed_is_when_the_mirror_last_heard_from_upstream() {
    let fixture = Fixture::used().await;
    let mirror = fixture.mirror();
    let set = |name: &str, seconds: u64| {
        let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
        fs::File::open(mirror.join(name)).expect("a file").set_modified(time).expect("a time");
    };
    let observed = async || {
        let storage = Storage::memory();
        fixture.import_to(&mirror, storage.clone()).await.expect("an import");
        let vault = Vault::open(storage).await.expect("a vault");
        let repository = vault.repository("127.0.0.1/octocat/hello", Kind::Code);
        repository.entry(1).await.expect("an entry").expect("there").0.observed
    };
    for name in git::refs(&mirror).keys().filter(|name| mirror.join(name).is_file()) {
        set(name, 2_000);
    }
    set("packed-refs", 3_000);
    set("HEAD", 1_000);
    set("FETCH_HEAD", 4_000);
    assert_eq!(observed().await.as_second(), 4_000);
    // A fetch that failed empties it.
    fs::write(mirror.join("FETCH_HEAD"), "").expect("written");
    assert_eq!(observed().await.as_second(), 3_000);
    set("refs/heads/main", 3_500);
    assert_eq!(observed().await.as_second(), 3_500);
    // A clock that is ahead would stop the time of all later backups.
    set("refs/heads/main", 100_000_000_000);
    assert!(observed().await <= jiff::Timestamp::now());
}

#[tokio::test(flavor = "multi_thread")]
async fn borrowed_objects_are_imported_too() {
    let fixture = Fixture::used().await;
    let mirror = fixture.mirror();
    let url = fixture.world.clone_url(REPOSITORY);
    let reference = mirror.display().to_string();
    git::git(fixture.directory.path(), &["clone", "-q", "--mirror", "--reference", &reference, &url, "borrower.git"]);
    let borrower = fixture.path("borrower.git");
    // A circle, itself, a comment, and a way that leads nowhere.
    let own = borrower.join("objects").display().to_string();
    fs::write(mirror.join("objects/info/alternates"), format!("{own}\n../../borrower.git/objects\n")).expect("written");
    let listed = fs::read_to_string(borrower.join("objects/info/alternates")).expect("alternates");
    fs::write(borrower.join("objects/info/alternates"), format!("# one\n{own}\n/nowhere/objects\n{listed}"))
        .expect("written");
    let row = fixture.import_to(&borrower, fixture.world.storage()).await.expect("an import");
    assert_eq!(row.outcome, Outcome::New, "{row:?}");
    assert!(row.work.warnings.iter().any(|warning| warning.contains("/nowhere/objects")), "{row:?}");
    fs::remove_dir_all(&mirror).expect("the lender goes");
    git::fsck(&fixture.world.bare());
    World::assert_whole(&fixture.world.vault).await;

    // Without the lender there is not enough, and what is borrowed from is told.
    let row = fixture.import_to(&borrower, Storage::memory()).await.expect("a run");
    assert_eq!(row.reason, Some(Reason::DamagedPack), "{row:?}");
    let message = row.message.expect("a message");
    assert!(message.contains("objects missing"), "{message}");
}

/// Expects that `directory` is refused before anything is written.
async fn assert_refused(fixture: &Fixture, directory: &Path, expected: fn(&Problem) -> bool) {
    let vault = tempfile::tempdir().expect("a directory");
    let result = fixture.import_to(directory, Storage::local(vault.path()).expect("a directory")).await;
    match &result {
        Err(Error::Mirror { problem, .. }) if expected(problem) => {}
        _ => panic!("{}: {result:?}", directory.display()),
    }
    assert_eq!(files(vault.path()).len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_whole_mirror_is_refused() {
    let fixture = Fixture::used().await;
    let root = fixture.directory.path();
    let url = fixture.world.clone_url(REPOSITORY);
    let clone = |options: &[&str], name: &str| {
        git::git(root, &[&["clone", "-q"], options, &[url.as_str(), name]].concat());
        fixture.path(name)
    };
    let configured = |name: &str, arguments: &[&str]| {
        let copy = fixture.copy(name);
        git::git(&copy, &[&["config"], arguments].concat());
        copy
    };

    let working = clone(&[], "working");
    assert_refused(&fixture, &working, |problem| matches!(problem, Problem::WorkingCopy)).await;
    assert_refused(&fixture, &working.join(".git"), |problem| matches!(problem, Problem::WorkingCopy)).await;
    git::git(&working, &["worktree", "add", "-q", "../linked"]);
    assert_refused(&fixture, &fixture.path("linked"), |problem| matches!(problem, Problem::WorkingCopy)).await;
    let linked = working.join(".git/worktrees/linked");
    assert_refused(&fixture, &linked, |problem| matches!(problem, Problem::NotGit)).await;
    assert_refused(&fixture, root, |problem| matches!(problem, Problem::NotGit)).await;
    assert_refused(&fixture, &fixture.mirror().join("HEAD"), |problem| matches!(problem, Problem::NotGit)).await;
    assert_refused(&fixture, &root.join("nothing"), |problem| matches!(problem, Problem::Io { .. })).await;

    let shallow = clone(&["--mirror", "--depth=1"], "shallow.git");
    assert_refused(&fixture, &shallow, |problem| matches!(problem, Problem::Shallow)).await;
    fixture.repository.git(&["config", "uploadpack.allowFilter", "true"]);
    let partial = clone(&["--mirror", "--filter=blob:none"], "partial.git");
    assert_refused(&fixture, &partial, |problem| matches!(problem, Problem::Partial)).await;
    git::git(root, &["init", "-q", "--bare", "--object-format=sha256", "sha256.git"]);
    assert_refused(
        &fixture,
        &fixture.path("sha256.git"),
        |problem| matches!(problem, Problem::Git(gitark::git::Error::ObjectFormat(format)) if format == "sha256"),
    )
    .await;
    let table = configured("table.git", &["extensions.refStorage", "reftable"]);
    assert_refused(&fixture, &table, |problem| matches!(problem, Problem::Extension(_))).await;
    fs::write(table.join("config"), "[core]\nrepositoryFormatVersion = 1\n[extensions]\nfuture\n").expect("written");
    assert_refused(&fixture, &table, |problem| matches!(problem, Problem::Extension(_))).await;

    let origin = |name, url: &str| configured(name, &["remote.origin.url", url]);
    for (name, url) in [("a.git", "https://user:secret@gitlab.com/octocat/hello.git"), ("b.git", "git@gitlab.com:a/b")]
    {
        assert_refused(&fixture, &origin(name, url), |problem| match problem {
            Problem::AnotherHost { found, .. } => found == "gitlab.com",
            _ => false,
        })
        .await;
    }
    for (name, url) in [("c.git", "/srv/hello.git"), ("d.git", "https://x:secret@127.0.0.1/a/b/c?token=secret")] {
        assert_refused(&fixture, &origin(name, url), |problem| match problem {
            Problem::NoName(Some(shown)) => !shown.contains("secret"),
            _ => false,
        })
        .await;
    }

    // These show when everything is read. The claim is there then, and no backup.
    let bare = clone(&["--bare"], "bare.git");
    git::git(&bare, &["config", "remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*"]);
    git::git(&bare, &["fetch", "-q"]);
    let row = fixture.import_to(&bare, fixture.world.storage()).await.expect("a run");
    assert_eq!(row.reason, Some(Reason::UnusableMirror), "{row:?}");
    assert!(row.message.is_some_and(|message| message.contains("git clone --mirror")));
    // A bare clone has upstream's names, and is as good.
    let bare = clone(&["--bare"], "plain.git");
    assert_eq!(fixture.import_to(&bare, fixture.world.storage()).await.expect("a run").outcome, Outcome::New);
    fixture.world.backup().await;
    World::assert_whole(&fixture.world.vault).await;
}

/// A way to spoil a mirror, and what must be said of it.
type Spoil<'a> = (&'a str, Reason, &'a str, Box<dyn Fn(&Path) + 'a>);

#[tokio::test(flavor = "multi_thread")]
async fn i12_a_damaged_or_hostile_mirror_ends_in_a_clear_error() {
    let fixture = Fixture::used().await;
    let secret = fixture.path("secret");
    fs::write(&secret, "secret").expect("written");
    let loose = |mirror: &Path, revision: &str| {
        let id = git::git(mirror, &["rev-parse", revision]);
        mirror.join("objects").join(&id[..2]).join(&id[2..])
    };
    let write = |path: PathBuf, content: &[u8]| {
        let _ = fs::remove_file(&path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        fs::write(path, content).expect("written");
    };
    let flip = |path: &Path| {
        let mut bytes = fs::read(path).expect("a file");
        let middle = bytes.len() / 2;
        bytes[middle] ^= 0x10;
        let _ = fs::remove_file(path);
        fs::write(path, bytes).expect("written");
    };
    let link = |target: &Path, path: PathBuf| {
        let _ = fs::remove_file(&path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        std::os::unix::fs::symlink(target, path).expect("a link");
    };
    let missing = "1234567890123456789012345678901234567890";
    let cases: Vec<Spoil<'_>> = vec![
        (
            "a missing blob",
            Reason::DamagedPack,
            "1 object missing",
            Box::new(|mirror| {
                fs::remove_file(loose(mirror, "main:src/lib.rs")).expect("removed");
            }),
        ),
        (
            "a damaged blob",
            Reason::DamagedPack,
            "cannot be used",
            Box::new(|mirror| {
                flip(&loose(mirror, "main:src/lib.rs"));
            }),
        ),
        (
            "another object's content",
            Reason::DamagedPack,
            "does not match its name",
            Box::new(|mirror| {
                let content = fs::read(loose(mirror, "main:src")).expect("a tree");
                write(loose(mirror, "main:src/lib.rs"), &content);
            }),
        ),
        (
            "an object that is cut off",
            Reason::DamagedPack,
            "cannot be used",
            Box::new(|mirror| {
                let path = loose(mirror, "main:src/lib.rs");
                let content = fs::read(&path).expect("a blob");
                write(path, &content[..content.len() - 5]);
            }),
        ),
        (
            "a damaged pack",
            Reason::DamagedPack,
            "cannot be used",
            Box::new(|mirror| {
                for entry in fs::read_dir(mirror.join("objects/pack")).expect("packs") {
                    let path = entry.expect("an entry").path();
                    if path.extension().is_some_and(|end| end == "pack") {
                        flip(&path);
                    }
                }
            }),
        ),
        (
            "a damaged single pack",
            Reason::DamagedPack,
            "cannot be used",
            Box::new(|mirror| {
                git::git(mirror, &["repack", "-adq"]);
                git::git(mirror, &["prune-packed"]);
                flip(&only_pack(mirror));
            }),
        ),
        (
            "a reference to nothing",
            Reason::DamagedPack,
            "missing",
            Box::new(|mirror| {
                write(mirror.join("refs/heads/nothing"), format!("{missing}\n").as_bytes());
            }),
        ),
        (
            "a detached HEAD of nothing",
            Reason::DamagedPack,
            missing,
            Box::new(|mirror| {
                write(mirror.join("HEAD"), format!("{missing}\n").as_bytes());
            }),
        ),
        (
            "no objects",
            Reason::DamagedPack,
            "missing",
            Box::new(|mirror| {
                fs::remove_dir_all(mirror.join("objects")).expect("removed");
                fs::create_dir(mirror.join("objects")).expect("made");
            }),
        ),
        (
            "an empty reference",
            Reason::BadReference,
            "refs/heads/empty",
            Box::new(|mirror| {
                write(mirror.join("refs/heads/empty"), b"");
            }),
        ),
        (
            "a reference that is no id",
            Reason::BadReference,
            "refs/heads/odd",
            Box::new(|mirror| {
                write(mirror.join("refs/heads/odd"), b"not an id\n");
            }),
        ),
        (
            "a null id",
            Reason::BadReference,
            "refs/heads/null",
            Box::new(|mirror| {
                write(mirror.join("refs/heads/null"), format!("{}\n", "0".repeat(40)).as_bytes());
            }),
        ),
        (
            "a name that git refuses",
            Reason::BadReference,
            "refs/heads/a..b",
            Box::new(|mirror| {
                write(mirror.join("refs/heads/a..b"), format!("{missing}\n").as_bytes());
            }),
        ),
        (
            "a name that leaves the vault",
            Reason::BadReference,
            "packed-refs",
            Box::new(|mirror| {
                write(mirror.join("packed-refs"), format!("{missing} refs/heads/../../../x\n").as_bytes());
            }),
        ),
        (
            "packed-refs of junk",
            Reason::BadReference,
            "packed-refs",
            Box::new(|mirror| {
                write(mirror.join("packed-refs"), b"\x1b[31mjunk\n\0\n");
            }),
        ),
        (
            "a name below another",
            Reason::BadReference,
            "refs/heads/main/below",
            Box::new(|mirror| {
                let main = git::git(mirror, &["rev-parse", "main"]);
                write(mirror.join("packed-refs"), format!("{main} refs/heads/main/below\n").as_bytes());
            }),
        ),
        (
            "a HEAD that leads out",
            Reason::BadReference,
            "HEAD",
            Box::new(|mirror| {
                write(mirror.join("HEAD"), b"ref: ../../secret\n");
            }),
        ),
        (
            "a linked reference",
            Reason::UnusableMirror,
            "links",
            Box::new(|mirror| {
                link(&secret, mirror.join("refs/heads/link"));
            }),
        ),
        (
            "a linked folder of references",
            Reason::UnusableMirror,
            "links",
            Box::new(|mirror| {
                link(fixture.directory.path(), mirror.join("refs/heads/folder"));
            }),
        ),
        (
            "a linked HEAD",
            Reason::UnusableMirror,
            "links",
            Box::new(|mirror| {
                link(Path::new("refs/heads/main"), mirror.join("HEAD"));
            }),
        ),
        (
            "a linked object",
            Reason::UnusableMirror,
            "links",
            Box::new(|mirror| {
                link(&secret, loose(mirror, "main:src/lib.rs"));
            }),
        ),
        (
            "a linked pack",
            Reason::UnusableMirror,
            "links",
            Box::new(|mirror| {
                link(&secret, mirror.join("objects/pack/pack-x.pack"));
                write(mirror.join("objects/pack/pack-x.idx"), b"junk");
            }),
        ),
        (
            "linked alternates",
            Reason::UnusableMirror,
            "links",
            Box::new(|mirror| {
                link(&secret, mirror.join("objects/info/alternates"));
            }),
        ),
        (
            "an index of junk",
            Reason::DamagedPack,
            "pack-x",
            Box::new(|mirror| {
                write(mirror.join("objects/pack/pack-x.pack"), b"junk");
                write(mirror.join("objects/pack/pack-x.idx"), b"junk");
            }),
        ),
        (
            "many alternates",
            Reason::UnusableMirror,
            "64",
            Box::new(|mirror| {
                let mut text = String::new();
                for number in 0..100 {
                    let path = fixture.path(&format!("many/{number}"));
                    fs::create_dir_all(&path).expect("made");
                    text.push_str(&format!("{}\n", path.display()));
                }
                write(mirror.join("objects/info/alternates"), text.as_bytes());
            }),
        ),
    ];
    for (number, (name, reason, words, spoil)) in cases.iter().enumerate() {
        let mirror = fixture.copy(&format!("{number}.git"));
        spoil(&mirror);
        let row = fixture.import_to(&mirror, fixture.world.storage()).await.expect("a run");
        let message = row.message.clone().unwrap_or_default();
        assert_eq!((row.outcome, row.reason), (Outcome::Failed, Some(*reason)), "{name}: {row:?}");
        assert!(
            message.contains(words) && !message.contains('\x1b') && message.lines().count() == 1,
            "{name}: {message}"
        );
        assert!(message.starts_with(&mirror.display().to_string()), "{name}: {message}");
        assert!(!fixture.world.bare().join("gitark/log").exists(), "{name}");
    }
    // What it was not, the next backup is.
    fixture.world.backup().await;
    World::assert_whole(&fixture.world.vault).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn i12_a_mirrors_config_runs_and_redirects_nothing() {
    let fixture = Fixture::used().await;
    let mirror = fixture.mirror();
    let ran = fixture.path("ran");
    let evil = fixture.path("evil");
    fs::write(
        &evil,
        "[remote \"origin\"]\n\turl = https://127.0.0.1/octocat/spoon.git\n[extensions]\n\tpartialClone = x\n",
    )
    .expect("written");
    let mut config = fs::read_to_string(mirror.join("config")).expect("a config");
    config.push_str(&format!(
        "[include]\n\tpath = config\n\tpath = {0}\n[includeIf \"gitdir:/\"]\n\tpath = {0}\n\
         [core]\n\tfsmonitor = touch {1}\n\thooksPath = /\n\tworktree = /\n\tgitProxy = touch {1}\n\
         [url \"https://127.0.0.1/octocat/spoon.git\"]\n\tinsteadOf = http\n\
         [remote \"origin\"]\n\tuploadpack = touch {1}\n\tvcs = touch {1}\n\
         [extensions]\n\tworktreeConfig = true\n",
        evil.display(),
        ran.display(),
    ));
    fs::write(mirror.join("config"), config).expect("written");
    fs::write(mirror.join("config.worktree"), "[extensions]\n\tobjectFormat = sha256\n").expect("written");
    let row = fixture.import().await;
    assert_eq!((row.outcome, row.repository.as_str()), (Outcome::New, REPOSITORY), "{row:?}");
    assert!(!ran.exists());

    for broken in ["[core", "\u{0}\u{0}", "[core]\n\trepositoryFormatVersion = many\n"] {
        fs::write(mirror.join("config"), broken).expect("written");
        assert_refused(&fixture, &mirror, |problem| matches!(problem, Problem::Config(_))).await;
    }
    fs::remove_file(mirror.join("config")).expect("removed");
    std::os::unix::fs::symlink(&evil, mirror.join("config")).expect("a link");
    assert_refused(&fixture, &mirror, |problem| matches!(problem, Problem::NotPlain(_))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_bad_mirror_does_not_stop_the_others_and_a_cancel_begins_no_more() {
    let fixture = Fixture::used().await;
    let source = |directory: PathBuf| Source { directory, ..Source::default() };
    let bad = fixture.copy("bad.git");
    fs::remove_file(bad.join("HEAD")).expect("removed");
    let sources = [source(bad), source(fixture.mirror())];
    let cancel = CancellationToken::new();
    let report = fixture.run(&sources, fixture.world.storage(), &cancel).await.expect("a run");
    assert_eq!(report.sources.len(), 2);
    assert_eq!((report.count(Outcome::New), report.count(Outcome::Failed)), (1, 1), "{report:?}");

    cancel.cancel();
    let vault = tempfile::tempdir().expect("a directory");
    let storage = Storage::local(vault.path()).expect("a directory");
    let report = fixture.run(&sources[1..], storage, &cancel).await.expect("a run");
    assert_eq!(report.repositories[0].reason, Some(Reason::Cancelled));
    assert!(report.cancelled && !vault.path().join("127.0.0.1").exists());
}
