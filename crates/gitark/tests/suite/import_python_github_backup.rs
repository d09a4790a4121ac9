//! Backups of python-github-backup that become first backups.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};

use gitark::{
    backup::{
        Reason,
        report::{Outcome, RunReport},
    },
    git::refs::Head,
    import::{self, Form, Options, Source},
    monitor::Silent,
    vault::{Storage, Vault, key::Kind, lookup::At},
};
use github_emulator::Repository;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::support::{Plan, REPOSITORY, World, git};

/// An output directory with one repository.
struct Fixture {
    world: World,
    repository: Repository,
    directory: tempfile::TempDir,
}

impl Fixture {
    /// A clone with a working copy, an issue, a pull request and labels.
    async fn new() -> Self {
        let (world, repository) = World::with_repository().await;
        let fixture = Self { world, repository, directory: tempfile::tempdir().expect("a directory") };
        fs::create_dir_all(fixture.folder()).expect("made");
        git::git(&fixture.folder(), &["clone", "-q", &fixture.world.clone_url(REPOSITORY), "repository"]);
        let said = |id: u64| json!({ "body": "Words", "id": id, "user": { "login": "ada" } });
        fixture.put("issues/1.json", &json!({ "comment_data": [said(10)], "number": 1, "title": "One" }));
        fixture.put(
            "pulls/2.json",
            &json!({
                "comment_data": [said(11)],
                "comment_regular_data": [said(12)],
                "commit_data": [],
                "number": 2,
                "review_data": [said(13)],
                "temp_clone_token": "SECRET",
            }),
        );
        fixture.put("labels/labels.json", &json!([{ "id": 5, "name": "bug" }]));
        fixture
    }

    fn folder(&self) -> PathBuf {
        self.directory.path().join("repositories/hello")
    }

    fn clone(&self) -> PathBuf {
        self.folder().join("repository")
    }

    fn put(&self, path: &str, value: &Value) {
        let path = self.folder().join(path);
        fs::create_dir_all(path.parent().expect("a directory")).expect("made");
        fs::write(path, value.to_string()).expect("written");
    }

    async fn import_to(&self, storage: Storage) -> Result<RunReport, import::Error> {
        let form = Form::PythonGithubBackup;
        let source = Source { directory: self.directory.path().to_owned(), form, ..Source::default() };
        let plan = import::plan(&self.world.client, None, &[source]).await?;
        let options = Options { temporary: self.directory.path().to_owned(), ..Options::default() };
        import::import(&plan, storage, &options, Arc::new(Silent), &CancellationToken::new()).await
    }

    async fn import(&self) -> RunReport {
        self.import_to(self.world.storage()).await.expect("an import")
    }

    /// The branches and tags that upstream had when it was cloned.
    fn wanted(&self) -> BTreeMap<String, String> {
        git::refs(&self.repository.path())
    }
}

fn metadata_in(vault: &Path) -> PathBuf {
    World::bare_in(vault).with_file_name("hello.meta.git")
}

fn tree(vault: &Path) -> Vec<String> {
    let listed = git::git(&metadata_in(vault), &["ls-tree", "-r", "--name-only", "main"]);
    listed.lines().map(str::to_owned).collect()
}

const FILES: [&str; 8] = [
    "issues/000/1/comments/10.json",
    "issues/000/1/issue.json",
    "labels.json",
    "pulls/000/2/comments/12.json",
    "pulls/000/2/imported/commit_data.json",
    "pulls/000/2/pull.json",
    "pulls/000/2/review-comments/11.json",
    "pulls/000/2/reviews/13.json",
];

#[tokio::test(flavor = "multi_thread")]
async fn a_clone_is_imported_with_the_references_that_upstream_has() {
    let fixture = Fixture::new().await;
    let (world, clone) = (&fixture.world, fixture.clone());
    let wanted = fixture.wanted();
    // What is its owner's alone, and another remote's.
    git::git(&clone, &["config", "user.name", "a"]);
    git::git(&clone, &["config", "user.email", "a"]);
    git::git(&clone, &["checkout", "-q", "-b", "mine"]);
    fs::write(clone.join("mine.txt"), "mine\n").expect("written");
    git::git(&clone, &["add", "."]);
    git::git(&clone, &["commit", "-q", "-m", "Mine"]);
    fs::write(clone.join("mine.txt"), "stashed\n").expect("written");
    git::git(&clone, &["stash"]);
    git::git(&clone, &["update-ref", "refs/remotes/theirs/main", "HEAD"]);
    git::git(&clone, &["update-ref", "refs/notes/commits", "HEAD"]);
    let note = git::git(&clone, &["rev-parse", "mine"]);
    git::git(&clone, &["pack-refs", "--all"]);
    let report = fixture.import().await;
    assert!(report.repositories.iter().all(|row| row.outcome == Outcome::New && row.is_good()), "{report:?}");
    let mut wanted = wanted;
    wanted.insert("refs/notes/commits".into(), note);
    assert_eq!(git::refs(&world.bare()), wanted);
    let (entry, ..) = world.repository().await.entry(1).await.expect("an entry").expect("there");
    assert_eq!((entry.imported, &entry.head), (true, &Head::Symbolic("refs/heads/main".into())));
    World::assert_whole(&world.vault).await;

    // A plain import still refuses it.
    let source = Source { directory: clone, ..Source::default() };
    let refused = import::plan(&world.client, None, &[source]).await.expect_err("a refusal");
    assert_eq!(refused.reason(), Reason::UnusableMirror);
}

#[tokio::test(flavor = "multi_thread")]
async fn metadata_has_the_form_of_a_backup_and_the_time_of_the_newest_file() {
    let fixture = Fixture::new().await;
    let vault = &fixture.world.vault;
    let set = |path: &str, seconds: u64| {
        let file = fs::File::open(fixture.folder().join(path)).expect("a file");
        file.set_modified(UNIX_EPOCH + Duration::from_secs(seconds)).expect("a time");
    };
    for (path, seconds) in [("issues/1.json", 1_000), ("pulls/2.json", 3_000), ("labels/labels.json", 2_000)] {
        set(path, seconds);
    }
    fixture.import().await;
    assert_eq!(tree(vault), FILES);
    let bare = metadata_in(vault);
    let issue = git::git(&bare, &["show", "main:issues/000/1/issue.json"]);
    assert_eq!(issue, "{\n  \"number\": 1,\n  \"title\": \"One\"\n}");
    let pull = git::git(&bare, &["show", "main:pulls/000/2/pull.json"]);
    assert!(pull.contains("(masked)") && !pull.contains("SECRET"), "{pull}");
    assert_eq!(git::git(&bare, &["log", "-1", "--format=%ct", "main"]), "3000");
    let metadata = fixture.world.open().await.repository("127.0.0.1/octocat/hello", Kind::Meta);
    let (entry, ..) = metadata.entry(1).await.expect("an entry").expect("there");
    assert_eq!((entry.imported, entry.partial, entry.observed.as_second()), (true, false, 3_000));
    World::assert_whole(vault).await;

    // A clock that is ahead would stop the time of all later backups.
    set("issues/1.json", 100_000_000_000);
    let storage = Storage::memory();
    fixture.import_to(storage.clone()).await.expect("an import");
    let metadata = Vault::open(storage).await.expect("a vault").repository("127.0.0.1/octocat/hello", Kind::Meta);
    let (entry, ..) = metadata.entry(1).await.expect("an entry").expect("there");
    assert!(entry.observed <= jiff::Timestamp::now());
}

#[tokio::test(flavor = "multi_thread")]
async fn i3_an_import_of_code_and_metadata_stopped_at_any_store_call_is_finished_by_the_next() {
    let fixture = Fixture::new().await;
    let wanted = fixture.wanted();
    let mut stops = 0;
    for plan in [Plan::StopBefore, Plan::StopAfter, Plan::LoseReply] {
        for at in 0.. {
            let stop = format!("{:?}", plan(at));
            let directory = tempfile::tempdir().expect("a directory");
            let vault = directory.path();
            let (storage, faulty) = World::faulty_storage(vault, plan(at));
            let result = fixture.import_to(storage).await;
            if faulty.changes() <= at {
                assert!(result.is_ok_and(|report| report.repositories.iter().all(|row| row.is_good())), "{stop}");
                break;
            }
            stops += 1;
            let storage = World::faulty_storage(vault, Plan::Work).0;
            let report = fixture.import_to(storage).await.expect("the next import");
            for row in &report.repositories {
                assert!(matches!(row.outcome, Outcome::New | Outcome::Unchanged), "{stop}: {row:?}");
            }
            assert_eq!(World::restored_refs(vault, At::Latest).await, wanted, "{stop}");
            assert_eq!(tree(vault), FILES, "{stop}");
            for bare in [World::bare_in(vault), metadata_in(vault)] {
                assert!(!bare.join("gitark/log/00000002.json").exists(), "{stop}: imported twice");
                git::fsck(&bare);
            }
            World::assert_whole(vault).await;
        }
    }
    assert!(stops > 50, "only {stops} places to stop at were found");
}

#[tokio::test(flavor = "multi_thread")]
async fn i12_json_of_any_shape_is_kept_or_told() {
    let fixture = Fixture::new().await;
    fs::remove_dir_all(fixture.clone()).expect("removed");
    fixture.put("pulls/2.json", &json!({ "number": 2, "url": "http://127.0.0.1/repos/octocat/hello/pulls/2" }));
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let long = "x".repeat(300);
    let lists = [
        json!(null),
        json!("words"),
        json!({}),
        json!([null, 1, [], {}]),
        json!([{ "id": -1 }, { "id": "7" }, { "id": 1e300 }, { "databaseId": 7, "reply_data": 1 }]),
        json!([{ "id": "../../x", "reply_data": [{ "id": long, "replyTo": 7 }, null], "reply_count": "many" }]),
    ];
    let plain = ["", "{", "nul", "7", "NaN", "\u{feff}{}", "[]", "{}", &deep];
    let mut texts: Vec<String> = plain.into_iter().map(str::to_owned).collect();
    for list in lists {
        let mut fields =
            json!({ "number": 7, "id": 7, "tag_name": 7, "ghsa_id": "../x", "pull_request": list.clone() });
        let names = [
            "comment_data",
            "comment_regular_data",
            "review_data",
            "event_data",
            "../x_data",
            "_data",
            "comment_count",
        ];
        for name in names {
            fields[name] = list.clone();
        }
        fields[format!("{long}_data")] = list.clone();
        texts.extend([fields.to_string(), list.to_string()]);
    }
    let places = [
        "issues/7.json",
        "pulls/7.json",
        "discussions/7.json",
        "milestones/7.json",
        "labels/labels.json",
        "hooks/hooks.json",
        "releases/7.json",
        "security-advisories/7.json",
    ];
    let mut told = 0;
    for text in texts {
        for place in places {
            let path = fixture.folder().join(place);
            fs::create_dir_all(path.parent().expect("a directory")).expect("made");
            fs::write(path, &text).expect("written");
        }
        let vault = tempfile::tempdir().expect("a directory");
        let report = fixture.import_to(Storage::local(vault.path()).expect("a directory")).await.expect("a run");
        let [row] = &report.repositories[..] else { panic!("{report:?}") };
        assert_eq!((row.kind, row.outcome), (Kind::Meta, Outcome::New), "{row:?}");
        told += row.work.metadata.as_ref().map_or(0, |done| done.unread.len());
        let files = tree(vault.path());
        assert!(
            files.contains(&"issues/000/1/issue.json".to_owned())
                && files.iter().all(|path| !path.split('/').any(|name| name == ".."))
        );
        World::assert_whole(vault.path()).await;
    }
    assert!(told > 100, "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_that_got_another_tag_is_kept_in_both_versions() {
    let fixture = Fixture::new().await;
    fixture.put("releases/new.json", &json!({ "id": 3, "tag_name": "new" }));
    fixture.put("releases/old__1.json", &json!({ "id": 3, "tag_name": "old/1" }));
    let old = fs::File::open(fixture.folder().join("releases/old__1.json")).expect("a file");
    old.set_modified(UNIX_EPOCH).expect("a time");
    fixture.import().await;
    let bare = metadata_in(&fixture.world.vault);
    assert!(git::git(&bare, &["show", "main:releases/3.json"]).contains("\"new\""));
    assert!(git::git(&bare, &["show", "main:imported/releases/old__1.json"]).contains("old/1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn release_assets_and_attachments_that_lie_there_are_stored() {
    let fixture = Fixture::new().await;
    let vault = &fixture.world.vault;
    let asset = |id: u64, name: &str, size: u64| json!({ "id": id, "name": name, "size": size, "state": "uploaded", "url": format!("http://127.0.0.1/{id}") });
    let mut assets = vec![asset(70, "hello.zip", 5), asset(71, "cut.zip", 9), asset(72, "link.zip", 6)];
    assets.extend([asset(73, "../issues/1.json", 7), asset(74, "not-there.zip", 7), asset(75, "wrong.zip", 5)]);
    assets[5]["digest"] = format!("sha256:{}", "0".repeat(64)).into();
    fixture.put("releases/v1__0.json", &json!({ "assets": assets, "id": 7, "tag_name": "v1/0" }));
    let (releases, secret) = (fixture.folder().join("releases/v1__0"), fixture.directory.path().join("secret"));
    fs::create_dir(&releases).expect("made");
    fs::write(&secret, "secret").expect("written");
    for name in ["hello.zip", "cut.zip", "wrong.zip"] {
        fs::write(releases.join(name), "12345").expect("written");
    }
    std::os::unix::fs::symlink(&secret, releases.join("link.zip")).expect("a link");
    let url = "https://github.com/user-attachments/files/9/log.txt";
    let attachment =
        |success: bool, name: &str| json!({ "success": success, "saved_as": name, "url": format!("{url}?jwt=SECRET") });
    let list = [attachment(true, "log.txt"), attachment(false, "x"), attachment(true, "../manifest.json")];
    fixture.put("issues/attachments/1/manifest.json", &json!({ "attachments": list }));
    fs::write(fixture.folder().join("issues/attachments/1/log.txt"), "log").expect("written");

    let report = fixture.import().await;
    let row = report.repositories.iter().find(|row| row.kind == Kind::Meta).expect("a row");
    assert_eq!((row.outcome, row.reason), (Outcome::New, Some(Reason::ImportIncomplete)), "{row:?}");
    let metadata = row.work.metadata.clone().expect("metadata");
    let told: Vec<&str> = metadata.unread.iter().map(|unread| unread.resource.as_str()).collect();
    let of_the_release = ["cut.zip", "link.zip", "wrong.zip"].map(|name| format!("releases/v1__0/{name}"));
    assert!(of_the_release.iter().all(|name| told.contains(&name.as_str())), "{told:?}");
    assert_eq!((metadata.stored_files, told.len()), (2, 5), "{told:?}");
    let folder = metadata_in(vault).parent().expect("a folder").to_owned();
    assert_eq!(fs::read_to_string(folder.join("files/assets/70/hello.zip")).expect("a file"), "12345");
    assert_eq!(fs::read_dir(folder.join("files/assets")).expect("files").count(), 1);
    let records: Vec<String> = tree(vault).into_iter().filter(|path| path.starts_with("attachments/")).collect();
    let [record] = &records[..] else { panic!("{records:?}") };
    let bare = metadata_in(vault);
    let record: Value = serde_json::from_str(&git::git(&bare, &["show", &format!("main:{record}")])).expect("JSON");
    assert_eq!((&record["url"], &record["size"]), (&url.into(), &3.into()), "{record}");
    assert_eq!(record["found_in"], "issues/000/1/issue.json");
    let record = git::git(&bare, &["show", "main:release-assets/70.json"]);
    assert!(record.contains("files/assets/70/hello.zip") && record.contains("releases/7.json"), "{record}");
    World::assert_whole(vault).await;
    let report = fixture.import().await;
    assert!(report.repositories.iter().all(|row| row.outcome == Outcome::Unchanged), "{report:?}");
}
