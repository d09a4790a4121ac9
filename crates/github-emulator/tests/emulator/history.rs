//! Scripted changes of repositories.

use github_emulator::GitHub;

#[test]
fn history_is_the_same_every_time() {
    let script = || {
        let repository = GitHub::new().create_repository("mona/hello");
        repository.commit("main", &[("a", "1\n"), ("d/b \"c\"", "2\n")], "One");
        repository.commit("main", &[("a", "3\n")], "Two");
        repository.create_annotated_tag("v1", "main", "Version 1");
        repository.refs()
    };
    assert_eq!(script(), script());
}

#[test]
fn commits_build_on_the_branch() {
    let repository = GitHub::new().create_repository("mona/hello");
    let first = repository.commit("main", &[("a", "1\n"), ("d/b \"c\"", "2\n")], "One");
    let second = repository.commit("main", &[("a", "3\n")], "Two");
    assert_eq!(repository.resolve("main").unwrap(), second);
    assert_eq!(repository.resolve("main^").unwrap(), first);
    assert_eq!(repository.git(&["show", "main:a"]), "3");
    assert_eq!(repository.git(&["show", "main:d/b \"c\""]), "2");
    let dates = repository.git(&["log", "--format=%at %ct", "main"]);
    assert_eq!(dates, "1700000060 1700000060\n1700000000 1700000000");
    assert_eq!(repository.git(&["log", "-1", "--format=%B", &first]), "One");

    let replaced = repository.force_push("main", &[("x", "1\n")], "Three");
    assert_eq!(repository.git(&["log", "--format=%s", "main"]), "Three\nOne");
    assert_eq!(repository.resolve("main").unwrap(), replaced);
    repository.git(&["fsck", "--strict"]);
}

#[test]
fn the_only_commit_is_replaced_by_a_root() {
    let repository = GitHub::new().create_repository("mona/hello");
    repository.commit("main", &[("a", "1\n")], "One");
    repository.force_push("main", &[("b", "1\n")], "Two");
    assert_eq!(repository.git(&["log", "--format=%s", "main"]), "Two");
    assert_eq!(repository.git(&["ls-tree", "--name-only", "main"]), "b");
}

#[test]
fn a_merge_has_both_parents_and_all_files() {
    let repository = GitHub::new().create_repository("mona/hello");
    let main = repository.commit("main", &[("a", "1\n")], "One");
    let topic = repository.commit("topic", &[("d/b", "1\n")], "Two");
    let merge = repository.merge("main", "topic");
    assert_eq!(repository.resolve("main").unwrap(), merge);
    let parents = repository.git(&["log", "-1", "--format=%P", "main"]);
    assert_eq!(parents, format!("{main} {topic}"));
    assert_eq!(repository.git(&["ls-tree", "-r", "--name-only", "main"]), "a\nd/b");
}

#[test]
fn tags_can_be_of_anything_and_move() {
    let repository = GitHub::new().create_repository("mona/hello");
    let first = repository.commit("main", &[("a", "1\n")], "One");
    let second = repository.commit("main", &[("a", "2\n")], "Two");
    repository.create_tag("light", &first);
    repository.move_tag("light", "main");
    assert_eq!(repository.resolve("light").unwrap(), second);
    let tag = repository.create_annotated_tag("v1", "main", "Version 1");
    repository.create_annotated_tag("nested", "v1", "A tag");
    repository.create_annotated_tag("tree", "main^{tree}", "A tree");
    repository.create_annotated_tag("blob", "main:a", "A blob");
    assert_eq!(repository.resolve("v1").unwrap(), tag);
    for (name, kind) in [("nested", "tag"), ("tree", "tree"), ("blob", "blob")] {
        let text = repository.git(&["cat-file", "tag", name]);
        assert_eq!(text.lines().nth(1).unwrap(), format!("type {kind}"));
    }
    repository.git(&["fsck", "--strict"]);
}

#[test]
fn branches_are_renamed_and_deleted() {
    let repository = GitHub::new().create_repository("mona/hello");
    let tip = repository.commit("main", &[("a", "1\n")], "One");
    repository.rename_branch("main", "trunk");
    assert_eq!(repository.git(&["symbolic-ref", "HEAD"]), "refs/heads/trunk");
    repository.update_ref("refs/pull/1/head", &tip);
    let names: Vec<_> = repository.refs().into_keys().collect();
    assert_eq!(names, ["refs/heads/trunk", "refs/pull/1/head"]);
    repository.delete_ref("refs/heads/trunk");
    assert_eq!(repository.refs().len(), 1);
    assert_eq!(repository.resolve("HEAD"), None);
}

#[test]
fn a_repository_or_bundle_is_imported() {
    let github = GitHub::new();
    let source = github.create_repository("mona/source");
    source.commit("trunk", &[("a", "1\n")], "One");
    source.commit("other", &[("b", "1\n")], "Two");
    source.set_default_branch("trunk");
    source.create_tag("v1", "other");
    let directory = tempfile::tempdir().unwrap();
    let bundle = directory.path().join("source.bundle");
    source.git(&["bundle", "create", "--quiet", bundle.to_str().unwrap(), "HEAD", "--all"]);

    for (name, path) in [("mona/one", source.path()), ("mona/two", bundle)] {
        let target = github.create_repository(name);
        target.commit("main", &[("gone", "1\n")], "Gone");
        target.import(&path);
        assert_eq!(target.refs(), source.refs());
        assert_eq!(target.git(&["symbolic-ref", "HEAD"]), "refs/heads/trunk");
    }
}

#[test]
#[should_panic(expected = "bad revision")]
fn a_failing_git_command_panics() {
    let repository = GitHub::new().create_repository("mona/hello");
    repository.git(&["log", "nothing", "--"]);
}

#[test]
fn a_repository_follows_its_name() {
    let github = GitHub::new();
    let repository = github.create_repository("mona/old");
    let tip = repository.commit("main", &[("a", "1\n")], "One");
    repository.rename("acme/new");
    assert_eq!(repository.full_name(), "acme/new");
    assert!(repository.path().ends_with("acme/new.git"));
    assert_eq!(repository.resolve("main").unwrap(), tip);
    assert!(github.repository("mona/old").is_none());
    assert_eq!(github.repository("Acme/New").unwrap().id(), repository.id());
    repository.vanish();
    assert_eq!(repository.resolve("main").unwrap(), tip);
}
