//! `docs/format.md` against what is written.

use std::sync::Arc;

use gitark::{
    backup::{self, ListOptions, Options, Reason, fleet},
    github::{Source, resources},
    monitor::Silent,
};
use github_emulator::lfs_pointer;
use tokio_util::sync::CancellationToken;

use crate::support::{World, git};

/// The patterns of the table under "## Keys".
fn patterns() -> Vec<String> {
    let text = include_str!("../../../../docs/format.md");
    let (_, after) = text.split_once("\n## Keys\n").expect("the section is there");
    let section = after.split_once("\n## ").map_or(after, |(section, _)| section);
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`').map(|(pattern, _)| pattern));
    rows.map(str::to_owned).collect()
}

/// Whether `key` is of the form `pattern`.
fn matches(pattern: &str, key: &str) -> bool {
    let Some((literal, rest)) = pattern.split_once('<') else {
        return pattern == key;
    };
    let Some(key) = key.strip_prefix(literal) else { return false };
    let (placeholder, rest) = rest.split_once('>').expect("a placeholder ends");
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let folder = |text: &str| !text.is_empty() && !text.contains('/') && text == text.to_lowercase();
    let fits = |text: &str| match placeholder {
        "id" => digits(text),
        "sequence" => digits(text) && text.len() >= 8,
        "aa" | "bb" => text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_hexdigit()),
        "sha256" | "oid" => text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()),
        "hash" => text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit()),
        "host" => folder(text) && (text.contains('.') || text.starts_with('~')),
        "owner" | "name" => folder(text) && !text.starts_with('~'),
        "bare" => {
            let parts: Vec<&str> = text.split('/').collect();
            parts.len() == 4
                && parts.iter().all(|part| folder(part))
                && !parts[1].starts_with('~')
                && parts[3].ends_with(".git")
        }
        "day" => text.len() == 10 && text.split('-').all(digits),
        "date" => text.len() == 10 && text.split('/').all(digits),
        "time" => text.len() == 7 && text.ends_with('Z') && digits(&text[..6]),
        "run" | "worker" => text.len() == 36 && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-'),
        "file" => !text.is_empty() && !text.contains('/'),
        "any" => !text.is_empty(),
        other => panic!("the placeholder <{other}> is not known"),
    };
    (1..=key.len()).filter(|at| key.is_char_boundary(*at)).any(|at| fits(&key[..at]) && matches(rest, &key[at..]))
}

#[test]
fn a_pattern_is_told_from_another() {
    assert!(matches(
        "<bare>/gitark/log/<sequence>.json",
        "github.com/octocat/hello/hello.git/gitark/log/00000042.json"
    ));
    assert!(!matches("<bare>/gitark/log/<sequence>.json", "github.com/octocat/hello/hello.git/gitark/log/42.json"));
    assert!(!matches("<bare>/HEAD", "github.com/octocat/Hello/Hello.git/HEAD"));
    assert!(!matches("vault.json", "vault.json2"));
}

/// Backs up as many workers do.
async fn share_a_run(world: &World) {
    let (cancel, silent) = (CancellationToken::new(), || Arc::new(Silent));
    let source = Source::Account("octocat".into());
    let listing = backup::list(&world.client, &[source], &ListOptions::default(), &Silent).await.expect("a listing");
    let (client, options) = (&world.client, &world.options);
    let begun = fleet::list(client, &listing, world.storage(), 2, options, silent(), &cancel).await.expect("a list");
    let source = Source::Repository("octocat".into(), "hello".into());
    let synced = fleet::sync(client, &source, world.storage(), &begun.run, options, silent(), &cancel).await;
    assert_eq!(synced.expect("rows").len(), 1);
    fleet::finish(world.storage(), &begun.run, options, &Silent).await.expect("a report");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_key_of_a_vault_matches_exactly_one_documented_pattern() {
    let (world, repository) = World::with_repository().await;
    let wiki = repository.create_wiki();
    wiki.commit("master", &[("Home.md", "# Home\n")], "Home");
    world.backup().await;
    repository.force_push("main", &[("a.txt", "a\n")], "Forced");
    world.backup().await;
    world.refetch().await;
    repository.vanish();
    let again = world.upstream.create_repository("octocat/hello");
    again.commit("main", &[("b.txt", "b\n")], "Again");
    world.upstream.create_repository("octocat/aux");
    world.backup().await;
    let other_host = Options { host: Some("localhost".into()), ..world.options.clone() };
    world.backup_with(world.storage(), &other_host).await.expect("a run");
    let again = world.upstream.repository("octocat/aux").expect("there");
    let oid = again.add_made_up_lfs_object(1000, 1);
    again.commit("main", &[("large.bin", &lfs_pointer(&oid, 1000))], "Large");
    let asset = again.create_release("v1");
    again.upload_asset(asset, "a.zip", *b"bytes");
    let attached = world.upstream.attach_file("log.txt", "Lines\n");
    again.open_issue("See", &format!("{}{attached}", world.url()));
    let archives = Some("archives".to_owned());
    let everything = resources::everything().into_iter().map(|(resource, _)| resource).collect();
    let with_metadata = Options { resources: everything, archives, ..world.options.clone() };
    for _ in 0..2 {
        world.backup_with(world.storage(), &with_metadata).await.expect("a run");
    }
    share_a_run(&world).await;
    let verified = World::verify_vault(&world.open().await, true, true).await;
    assert!(verified.damage.is_empty(), "{verified:?}");

    let patterns = patterns();
    assert!(patterns.len() > 10, "{patterns:?}");
    let keys = world.storage().list("").await.expect("a listing");
    assert!(keys.len() > 60, "{} keys", keys.len());
    for (key, _) in &keys {
        let found: Vec<&String> = patterns.iter().filter(|pattern| matches(pattern, key)).collect();
        assert_eq!(found.len(), 1, "{key} matches {found:?}");
        assert!(!key.contains(':'), "{key}");
    }
    for pattern in patterns.iter().filter(|pattern| !pattern.starts_with("cache/")) {
        assert!(keys.iter().any(|(key, _)| matches(pattern, key)), "nothing matches {pattern}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn jq_reads_the_documents_and_sha256sum_proves_them() {
    let (world, _) = World::with_repository().await;
    world.backup().await;
    let text = std::fs::read_to_string(world.bare().join("gitark/log/00000001.json")).expect("the entry");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 2);
    let proof: serde_json::Value = serde_json::from_str(lines[1]).expect("JSON");
    // git hash-object is no SHA-256; the library's own digest is checked by an independent one.
    use sha2::Digest as _;
    let digest: String = sha2::Sha256::digest(lines[0].as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(proof["sha256"], digest.as_str());
    let entry: serde_json::Value = serde_json::from_str(lines[0]).expect("JSON");
    assert_eq!(entry["sequence"], 1);
    assert_eq!(
        entry["checkpoint"]["refs"]["refs/heads/main"]["oid"],
        git::refs(&world.bare())["refs/heads/main"].as_str()
    );
}

/// The Rust files below `folder`, one after the other.
fn sources(folder: &std::path::Path) -> String {
    let mut text = String::new();
    for entry in std::fs::read_dir(folder).expect("a folder of tests") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            text.push_str(&sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text.push_str(&std::fs::read_to_string(path).expect("a test file"));
        }
    }
    text
}

/// What stands in backticks behind "Test:" or "Tests:", up to the end of the paragraph, and in the last column of tables.
fn tests_in(text: &str) -> impl Iterator<Item = &str> {
    let lists = text.split("\nTest").filter(|after| after.starts_with(": ") || after.starts_with("s: "));
    let lists = lists.flat_map(|after| after.split("\n\n").take(1));
    let cells = text.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |")?.rsplit(" | ").next());
    lists.chain(cells).flat_map(|list| list.split('`').skip(1).step_by(2))
}

/// All that tests are in.
fn tests() -> String {
    let workspace = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the workspace");
    let folders =
        ["crates/gitark/tests/suite", "crates/gitark/src", "crates/gitark-cli/tests/cli", "crates/gitark-cli/src"];
    folders.map(|folder| sources(&workspace.join(folder))).concat()
}

#[test]
fn every_promise_names_a_test_that_exists() {
    let promises = include_str!("../../../../docs/semantics.md");
    let sources = tests();
    for test in tests_in(promises) {
        assert!(sources.contains(&format!("fn {test}(")), "{test} does not exist");
    }
    for number in 1..=13 {
        let (_, after) = promises.split_once(&format!("\n### I{number}: ")).expect("a section for each invariant");
        let section = after.split_once("\n#").map_or(after, |(section, _)| section);
        let mut tests = tests_in(section);
        assert!(tests.any(|test| test.starts_with(&format!("i{number}_"))), "I{number} names no test");
    }
}

/// Every reason, by its word: serde names them all when it meets another one.
fn reasons() -> Vec<String> {
    let error = serde_json::from_str::<Reason>("\"?\"").expect_err("no reason").to_string();
    let (_, expected) = error.split_once("expected one of").expect("a list");
    expected.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn every_reason_is_explained_and_names_a_test_that_produces_it() {
    let page = include_str!("../../../../docs/reasons.md");
    let (explained, tested) = page.split_once("\n## Tests\n").expect("a section of tests");
    let sources = tests();
    let reasons = reasons();
    assert!(reasons.len() > 20, "{reasons:?}");
    for reason in &reasons {
        let row = |text: &'static str| text.lines().find_map(|line| line.strip_prefix(&format!("| `{reason}` | ")));
        assert!(row(explained).is_some(), "{reason} is not explained");
        let test = row(tested).and_then(|rest| rest.strip_suffix(" |")).map(|test| test.trim_matches('`'));
        let test = test.unwrap_or_else(|| panic!("{reason} names no test"));
        let (_, body) = sources.split_once(&format!("fn {test}(")).unwrap_or_else(|| panic!("{test} does not exist"));
        let body = body.split_once("\n}\n").map_or(body, |(body, _)| body);
        let variant: String = reason.split('_').map(capitalised).collect();
        let expects = [format!("\"{reason}\""), format!("Reason::{variant})")];
        assert!(expects.iter().any(|words| body.contains(words)), "{test} does not expect {reason}");
    }
    let listed = tested.lines().filter(|line| line.starts_with("| `")).count();
    assert_eq!(listed, reasons.len(), "a reason that does not exist names a test");
}

fn capitalised(word: &str) -> String {
    word[..1].to_uppercase() + &word[1..]
}
