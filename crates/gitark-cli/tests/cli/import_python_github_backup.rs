//! `gitark import --from python-github-backup`.

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::{Value, json};

use crate::{
    metadata::{back_up, talk},
    metadata_export::{TOOL, run_tool, tree},
    support::{HELLO, Ran, SPOON, World, git, row},
};

const FROM: [&str; 2] = ["--from", "python-github-backup"];

impl World {
    fn import_output(&self, directory: &str) -> Ran {
        self.run(&["import", directory, FROM[0], FROM[1]])
    }
}

/// A world with all that an output directory can hold, and both see the same of it.
fn world_of_all(world: &World) -> (u64, u64) {
    let (repository, issue, pull) = talk(world);
    repository.create_wiki().commit("master", &[("Home.md", "# Home\n")], "Home");
    repository.acting_as("grace").comment(issue, "Words with \"quotes\", é and \u{1f600}");
    repository.acting_as("grace").comment(pull, "More words");
    let discussion = repository.open_discussion("Q&A", "How does it work?", "I wonder.");
    let comment = repository.acting_as("hubot").comment_on_discussion(discussion, "Like this");
    repository.reply_in_discussion(comment, "Thanks");
    repository.set_settings("hooks", json!([{ "id": 7, "name": "web", "config": { "url": "https://example.com" } }]));
    world.github.set_token("ghp_both", "octocat");
    (issue, pull)
}

/// What is around the code in an output directory.
fn around(files: &BTreeMap<String, Vec<u8>>) -> BTreeMap<String, String> {
    let is_of_another = |path: &str| ["/repository/", "/wiki/", "/attachments/"].iter().any(|it| path.contains(it));
    let is_around = |path: &str| path.ends_with(".json") && !is_of_another(path);
    let files = files.iter().filter(|(path, _)| is_around(path));
    files.map(|(path, bytes)| (path.clone(), String::from_utf8(bytes.clone()).unwrap())).collect()
}

/// What was told holds all of these words.
fn tells(ran: &Ran, words: &[&str]) {
    for words in words {
        assert!(ran.stderr.contains(words), "{words:?} is not in:\n{}", ran.stderr);
    }
}

fn outcomes(world: &World) -> Vec<String> {
    let report = world.newest_report();
    let rows = report["repositories"].as_array().unwrap();
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    rows.iter().map(|row| format!("{} {}", word(&row["kind"]), word(&row["outcome"]))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_that_tool_wrote_is_imported_and_given_back_byte_by_byte() {
    let Some(tool) = std::env::var_os(TOOL) else {
        eprintln!("skipped: {TOOL} names no directory with github_backup 0.65.0");
        return;
    };
    for bare in [&[][..], &["--bare"]] {
        let world = World::start().await;
        let (issue, _) = world_of_all(&world);
        let what = [
            "--repositories",
            "--wikis",
            "--issues",
            "--issue-comments",
            "--issue-events",
            "--issue-timeline",
            "--pulls",
            "--pull-comments",
            "--pull-reviews",
            "--pull-commits",
            "--pull-details",
            "--discussions",
            "--milestones",
            "--labels",
            "--hooks",
            "--releases",
            "--security-advisories",
        ];
        run_tool(&world, &tool, &[&what[..], bare].concat());
        world.import_output("theirs").exits(0);
        let mut rows = outcomes(&world);
        rows.sort();
        assert_eq!(rows, ["code new", "code new", "meta new", "meta new", "wiki new"], "{bare:?}");
        world.run(&["verify", "--full"]).exits(0);
        let main = world.repository(HELLO).resolve("refs/heads/main").unwrap();
        world.restores(HELLO, &main);
        let text = world.run(&["show", HELLO, "issue", &issue.to_string()]).exits(0).stdout;
        assert!(text.contains("Words with \"quotes\"") && text.contains("by grace"), "{text}");
        world.import_output("theirs").exits(0);
        assert!(outcomes(&world).iter().all(|row| row.ends_with("unchanged")), "{:?}", outcomes(&world));

        let theirs = around(&tree(&world.path("theirs")));
        world.run(&["export", HELLO, "ours", "--layout", "python-github-backup"]).exits(0);
        let ours = around(&tree(&world.path("ours")));
        let theirs: BTreeMap<_, _> =
            theirs.into_iter().filter(|(path, _)| path.starts_with("repositories/hello/")).collect();
        assert_eq!(ours.keys().collect::<Vec<_>>(), theirs.keys().collect::<Vec<_>>());
        for (path, content) in &theirs {
            assert_eq!(&ours[path], content, "{path}");
        }

        world.repository(HELLO).comment(issue, "Afterwards");
        let mut backup = world.backup_command(&["octocat", "--only", "metadata"]);
        Ran::of(backup.env("GITHUB_TOKEN", "ghp_both")).exits(0);
        let text = world.run(&["show", HELLO, "issue", &issue.to_string()]).exits(0).stdout;
        assert!(text.contains("Words with \"quotes\"") && text.contains("Afterwards"), "{text}");
        world.run(&["verify", "--full"]).exits(0);
    }
}

/// An output directory: clones by git, and around the code what an export has.
fn output(world: &World, directory: &str) {
    let other = world.path("other");
    let mut backup = world.backup_command(&[HELLO, "--only", "metadata"]);
    Ran::of(backup.env("GITHUB_TOKEN", "ghp_both").env("GITARK_VAULT", &other)).exits(0);
    let mut export = world.command(&["export", HELLO, directory, "--layout", "python-github-backup"]);
    Ran::of(export.env("GITARK_VAULT", &other)).exits(0);
    let folder = world.path(directory).join("repositories/hello");
    let url = |name: &str| format!("{}/{name}.git", world.emulator.url());
    git(&folder, &["clone", "-q", &url(HELLO), "repository"]);
    git(&folder, &["clone", "-q", "--mirror", &url("octocat/hello.wiki"), "wiki"]);
    // Reviews come in that tool's form, and there is more than a backup has a place for.
    edit(&folder.join("pulls/2.json"), |pull| {
        pull["review_data"] = json!([{ "id": 80, "state": "APPROVED", "user": { "login": "grace" }, "body": "Fine" }]);
        pull["commit_data"] = json!([{ "sha": "0".repeat(40) }]);
    });
    edit(&folder.join("issues/1.json"), |issue| {
        issue["event_data"] = json!([{ "event": "labeled", "id": 9 }]);
        issue["timeline_data"] = json!([]);
    });
}

/// Changes a JSON file, and writes it as that tool would.
fn edit(path: &Path, change: impl FnOnce(&mut Value)) {
    let mut value: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    change(&mut value);
    value.sort_all_objects();
    let mut bytes = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    serde::Serialize::serialize(&value, &mut serde_json::Serializer::with_formatter(&mut bytes, formatter)).unwrap();
    fs::write(path, bytes).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_output_directory_becomes_code_wiki_and_metadata_and_the_next_backup_goes_on_from_it() {
    let world = World::start().await;
    let (issue, pull) = world_of_all(&world);
    let repository = world.repository(HELLO);
    output(&world, "dir");
    let ran = world.import_output("dir").exits(0).sums(&[("new", "3")]);
    assert!(ran.stderr.contains("octocat/hello.meta: new, "), "{}", ran.stderr);
    assert_eq!(outcomes(&world), ["code new", "wiki new", "meta new"]);
    let log = world.run(&["log", "octocat/hello.meta", "--json"]).exits(0).json();
    assert_eq!((&log[0]["imported"], log.len()), (&true.into(), 1));
    let main = repository.resolve("refs/heads/main").unwrap();
    world.restores(HELLO, &main);
    let bare = world.bare(HELLO);
    assert_eq!(git(&bare, &["for-each-ref", "--format=%(refname)"]), "refs/heads/main\nrefs/heads/topic");
    assert_eq!(fs::read_to_string(bare.join("HEAD")).unwrap(), "ref: refs/heads/main\n");

    let text = world.run(&["show", HELLO, "issue", &issue.to_string()]).exits(0).stdout;
    assert!(text.contains("comment, by grace, ") && text.contains("Words with \"quotes\""), "{text}");
    let text = world.run(&["show", HELLO, "pull", &pull.to_string()]).exits(0).stdout;
    assert!(text.contains("More words") && text.contains("Fine") && text.contains("Is this a topic?"), "{text}");
    let text = world.run(&["show", HELLO, "discussion", "3"]).exits(0).stdout;
    assert!(text.contains("Like this") && text.contains("Thanks"), "{text}");
    let json = world.run(&["show", HELLO, "issue", "1", "--json"]).exits(0).json().remove(0);
    assert_eq!(json["more"]["imported/event_data.json"][0]["event"], "labeled");

    // It is given back as it came.
    world.run(&["export", HELLO, "back", "--layout", "python-github-backup"]).exits(0);
    assert_eq!(around(&tree(&world.path("back"))), around(&tree(&world.path("dir"))));

    // The same again, then only what is new.
    world.import_output("dir").exits(0);
    assert_eq!(outcomes(&world), ["code unchanged", "wiki unchanged", "meta unchanged"]);
    repository.comment(issue, "Afterwards");
    repository.open_issue("Another", "");
    let mut backup = world.backup_command(&[HELLO, "--only", "issues,issue-comments,labels,releases"]);
    Ran::of(backup.env("GITHUB_TOKEN", "ghp_both")).exits(0);
    let changes = world.run(&["diff", "octocat/hello.meta", "1", "2", "--json"]).exits(0).json().remove(0);
    let changes = changes["metadata"]["changes"].as_array().unwrap().clone();
    let named: Vec<String> = changes.iter().map(|change| format!("{} {}", change["kind"], change["name"])).collect();
    // The issue that a pull request is, too: that tool does not write it beside the pull request.
    assert_eq!(named, ["\"issue\" \"4\"", "\"pull\" \"2\"", "\"comment\" \"1\""], "{changes:?}");
    // The backup brought the heads of pull requests, which a clone does not have.
    tells(&world.import_output("dir").exits(3), &["octocat/hello.meta: FAILED", "has backups already"]);
    assert_eq!(outcomes(&world), ["code failed", "wiki unchanged", "meta failed"]);
    world.run(&["verify", "--full"]).exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_imported_and_is_gone_upstream_is_found_by_the_next_backup() {
    let world = World::start().await;
    let (issue, _) = world_of_all(&world);
    output(&world, "dir");
    world.import_output("dir").exits(0);
    world.repository(HELLO).delete_issue(issue);
    world.repository(HELLO).open_issue("Another", "");
    back_up(&world);
    world.run(&["show", HELLO, "issue", "1"]).exits(1).says(&["deleted upstream", "octocat/hello.meta --at 1"]);
    world.run(&["show", "octocat/hello.meta", "issue", "1", "--at", "1"]).exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_understood_is_told_and_the_rest_is_imported() {
    let world = World::start().await;
    world_of_all(&world);
    output(&world, "dir");
    let folder = world.path("dir/repositories/hello");
    let secret = world.path("secret.json");
    fs::write(&secret, "{\"number\": 90, \"title\": \"secret words\"}").unwrap();
    fs::write(folder.join("issues/50.json"), "{\"number\": 50, ").unwrap();
    fs::write(folder.join("issues/51.json"), "[51]").unwrap();
    fs::write(folder.join("issues/52.json"), "{\"number\": 53}").unwrap();
    fs::write(folder.join("issues/a\u{1b}[31m.json"), "{}").unwrap();
    fs::write(folder.join("issues/54.json"), "{\"number\": 54, \"comment_data\": [{\"body\": \"no id\"}, 7]}").unwrap();
    fs::write(folder.join("issues/55.json"), "{\"number\": 55, \"comment_data\": \"words\"}").unwrap();
    fs::write(folder.join("issues/last_update"), "2026-11-21T00:00:00Z").unwrap();
    fs::write(folder.join("issues/56.json.temp"), "{").unwrap();
    fs::write(folder.join("releases/x.json"), "{\"tag_name\": \"x\"}").unwrap();
    fs::create_dir(folder.join("releases/v1__0")).unwrap();
    fs::write(folder.join("hooks/hooks.json"), "{}").unwrap();
    std::os::unix::fs::symlink(&secret, folder.join("issues/90.json")).unwrap();
    std::os::unix::fs::symlink(world.directory.path(), folder.join("security-advisories")).unwrap();
    std::os::unix::fs::symlink(folder.join("wiki"), world.path("dir/repositories/linked")).unwrap();
    fs::create_dir(world.path("dir/gists")).unwrap();
    let ran = world.import_output("dir").exits(3);
    tells(
        &ran,
        &[
            "issues/50.json: it is no JSON",
            "issues/51.json: it lacks the number",
            "issues/52.json: it lacks the number",
            "issues/54.json: something in it has no id",
            "issues/55.json: what should be a list",
            "issues/90.json: it is no plain file",
            "security-advisories: it is no plain file",
            "releases/x.json: it has no id",
            "hooks/hooks.json: it is no list",
            "dir/gists",
            "dir/repositories/linked",
            "import_incomplete",
        ],
    );
    assert!(!ran.stderr.contains('\u{1b}') && !ran.stderr.contains("last_update"), "{}", ran.stderr);
    let report = world.newest_report();
    let meta = report["repositories"].as_array().unwrap().iter().find(|row| row["kind"] == "meta").unwrap();
    assert_eq!((&meta["outcome"], &meta["reason"]), (&"new".into(), &"import_incomplete".into()));
    assert_eq!(meta["metadata"]["unread"].as_array().unwrap().len(), 10);
    assert_eq!(row(&report, "dir/repositories/linked")["reason"], "unusable_mirror");
    let meta = world.bare(HELLO).with_file_name("hello.meta.git");
    let kept = git(&meta, &["ls-tree", "-r", "--name-only", "main"]);
    assert!(kept.contains("issues/000/1/issue.json") && !kept.contains("/90/"), "{kept}");
    let rest = git(&meta, &["show", "main:issues/000/54/imported/comment_data.json"]);
    assert_eq!(serde_json::from_str::<Value>(&rest).unwrap(), json!([{ "body": "no id" }, 7]));
    // The same again tells the same.
    tells(&world.import_output("dir").exits(3), &["issues/50.json"]);
    world.run(&["verify", "--full"]).exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_repository_is_known_by_its_clone_by_its_files_or_by_what_is_said() {
    let world = World::start().await;
    world_of_all(&world);
    output(&world, "dir");
    let folder = world.path("dir/repositories/hello");
    // One folder alone, without clones: the files say whose it is, and when GitHub does not know it any more, its id.
    for name in ["repository", "wiki"] {
        fs::remove_dir_all(folder.join(name)).unwrap();
    }
    let id = world.repository(HELLO).id();
    world.repository(HELLO).vanish();
    let ran = world.import_output("dir/repositories/hello").exits(0);
    tells(&ran, &["GitHub does not show it any more", "octocat/hello.meta: new, "]);
    assert!(world.vault().join(format!("127.0.0.1/~id/{id}.json")).exists());

    // Without pull requests nobody knows the id.
    fs::remove_dir_all(world.vault()).unwrap();
    fs::remove_dir_all(folder.join("pulls")).unwrap();
    world.import_output("dir").exits(1).says(&[HELLO, "--id N"]);
    assert!(!world.vault().exists());
    let run = |more: &[&str]| world.run(&[&["import", "dir", FROM[0], FROM[1]], more].concat());
    run(&["--id", "77", "--name", "octocat/other"]).exits(0);
    assert!(world.vault().join("127.0.0.1/octocat/other/other.meta.git/HEAD").exists());

    // What cannot be meant.
    run(&["--kind", "wiki"]).exits(2).says(&["--kind"]);
    world.run(&["import", "vault", FROM[0], FROM[1]]).exits(1).says(&["no output directory of python-github-backup"]);
    fs::create_dir_all(world.path("dir/repositories/spoon/labels")).unwrap();
    run(&["--id", "77"]).exits(2).says(&["2 are here"]);
    git(
        &world.path("dir/repositories/spoon"),
        &["clone", "-q", &format!("{}/{SPOON}.git", world.emulator.url()), "repository"],
    );
    tells(&run(&[]).exits(3), &["dir/repositories/hello", "octocat/spoon: new, "]);
    world.run(&["verify", "--full"]).exits(0);
}
