//! What is around the code, for people: one issue as it was, and what changed.

use github_emulator::{ReactionSubject, Repository, ReviewState};

use crate::support::{HELLO, Ran, World};

/// Backs up with everything that is around the code.
pub(crate) fn back_up(world: &World) {
    world.backup(&[HELLO, "--only", "metadata"]).exits(0);
}

/// A repository where people talked: an issue, a pull request, a release, a label and a milestone.
pub(crate) fn talk(world: &World) -> (Repository, u64, u64) {
    let repository = world.repository(HELLO);
    repository.create_label("bug", "d73a4a", "Something is wrong");
    repository.create_milestone("First", "All that must be");
    let ada = repository.acting_as("ada");
    let issue = ada.open_issue("It does not work", "Since *yesterday*:\n\n```\nsome code\n```\r\nWhat now?");
    ada.edit_issue(issue, |issue| {
        issue.labels = vec!["bug".into()];
        issue.assignees = vec!["grace".into()];
        issue.milestone = Some(1);
    });
    repository.commit("topic", &[("topic.txt", "topic\n")], "Topic");
    let pull = ada.open_pull_request("Make it work", "main", "topic");
    repository.acting_as("grace").review(pull, ReviewState::Approved, "Well done");
    repository.acting_as("grace").review_comment(pull, "topic.txt", 1, "Is this a topic?");
    let release = repository.create_release("v1/0");
    repository.edit_release(release, |release| {
        release.name = Some("The first".into());
        release.body = Some("Notes of the release".into());
    });
    (repository, issue, pull)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_is_shown_as_it_was_at_any_backup() {
    let world = World::start().await;
    let (repository, issue, pull) = talk(&world);
    let grace = repository.acting_as("grace");
    let comment = grace.comment(issue, &format!("The first words, {}", "which are many ".repeat(12)));
    repository.react(ReactionSubject::Issue(issue), "tony", "heart");
    back_up(&world);
    grace.edit_comment(comment, |comment| comment.body = "Other words \u{1b}[31mred\u{7}\u{202e}".into());
    repository.push(&world);
    repository.close_issue(issue);
    back_up(&world);

    let number = issue.to_string();
    let text = world.run(&["show", HELLO, "issue", &number]).exits(0).stdout;
    for words in [
        "octocat/hello issue 1: It does not work\n",
        "closed (completed)",
        "author     ada",
        "labels     bug",
        "assignees  grace",
        "milestone  First",
        "heart 1",
        "  Since *yesterday*:",
        "comment, by grace, ",
        ", edited",
        "Other words  [31mred",
    ] {
        assert!(text.contains(words), "{words:?} is not in:\n{text}");
    }
    assert!(!text.contains(|c: char| c.is_control() && c != '\n' || c == '\u{202e}'), "{text:?}");
    let before = world.run(&["show", HELLO, "issue", &number, "--at", "1"]).exits(0).stdout;
    assert!(before.contains("The first words") && before.contains("state      open"), "{before}");
    for text in [&text, &before] {
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    }
    let json = world.run(&["show", HELLO, "issue", &number, "--json"]).exits(0).json().remove(0);
    assert_eq!((&json["issue"]["number"], &json["comments"][0]["id"]), (&issue.into(), &comment.into()));

    let text = world.run(&["show", HELLO, "pull", &pull.to_string()]).exits(0).stdout;
    for words in ["pull request 2: Make it work", "topic into ", "topic.txt:1, by grace", "Is this a topic?"] {
        assert!(text.contains(words), "{words:?} is not in:\n{text}");
    }
    for (kind, name, words) in [
        ("release", "v1/0", "Notes of the release"),
        ("label", "BUG", "Something is wrong"),
        ("milestone", "1", "All that must be"),
    ] {
        let text = world.run(&["show", HELLO, kind, name]).exits(0).stdout;
        assert!(text.contains(words), "{words:?} is not in:\n{text}");
    }
    let text = world.run(&["show", HELLO]).exits(0).stdout;
    assert!(text.contains("metadata  1 issue (0 open), 1 pull (1 open), 1 release\n  as of     "), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_said_with_when_it_was() {
    let world = World::start().await;
    let (repository, issue, _) = talk(&world);
    world.backup(&[HELLO]).exits(0);
    world.run(&["show", HELLO, "issue", "1"]).exits(1).says(&["octocat/hello has no metadata", "--skip metadata"]);
    back_up(&world);
    let other = repository.open_issue("Another", "");
    repository.delete_issue(other);
    repository.delete_issue(issue);
    let last = repository.open_issue("The last", "");
    world.backup(&[HELLO, "--only", "metadata", "--check", "full"]).exits(0);
    world.run(&["show", HELLO, "issue", &other.to_string()]).exits(1).says(&["has no issue 3", "no backup"]);
    let gone = ["has no issue 1", "deleted upstream", "octocat/hello.meta --at 1"];
    world.run(&["show", HELLO, "issue", &issue.to_string()]).exits(1).says(&gone);
    world.run(&["show", HELLO, "pull", &last.to_string()]).exits(1).says(&["number 4", "is an issue"]);
    world.run(&["show", HELLO, "issue", "words"]).exits(2).says(&["\"words\"", "123"]);
    world.run(&["show", HELLO, "commit", "1"]).exits(2).says(&["\"commit\"", "issue, pull, discussion, release"]);
    world.run(&["show", HELLO, "label", "nothing"]).exits(1).says(&["has no label nothing"]);
    repository.delete_label("bug");
    back_up(&world);
    world.run(&["show", HELLO, "label", "bug"]).exits(1).says(&[
        "has no label bug",
        "the backup of",
        "octocat/hello.meta --at 2",
    ]);
    world.run(&["show", "octocat/hello.meta", "label", "bug", "--at", "2"]).exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn diff_says_what_changed_around_the_code() {
    let world = World::start().await;
    let (repository, issue, _) = talk(&world);
    let comment = repository.comment(issue, "Words");
    back_up(&world);
    repository.edit_comment(comment, |comment| comment.body = "Better words".into());
    repository.edit_issue(issue, |issue| issue.title = "It works".into());
    repository.close_issue(issue);
    let new = repository.open_issue(&format!("A long title {}", "and so on ".repeat(20)), "");
    repository.edit_label("bug", |label| label.color = "000000".into());
    repository.set_attributes(|attributes| attributes.description = Some("New".into()));
    repository.push(&world);
    back_up(&world);
    let text = world.run(&["diff", HELLO, "1", "latest"]).exits(0).stdout;
    for words in [
        "refs/heads/main",
        "2 issues: 1 new, 1 changed\n",
        "  changed  #1  It works (open -> closed, title)\n",
        "1 comment: 1 changed\n",
        "#1  Better words",
        "1 label: 1 changed\n",
        "repository.json (description)",
    ] {
        assert!(text.contains(words), "{words:?} is not in:\n{text}");
    }
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    let json = world.run(&["diff", HELLO, "1", "latest", "--json"]).exits(0).json().remove(0);
    let changes = json["metadata"]["changes"].as_array().unwrap();
    let change = |kind: &str, name: &str| {
        changes.iter().find(|change| change["kind"] == kind && change["name"] == name).unwrap().clone()
    };
    assert_eq!(change("issue", &new.to_string())["action"], "added");
    let words = change("comment", &issue.to_string());
    assert_eq!((&words["before"], &words["after"]), (&"Words".into(), &"Better words".into()));
    assert!(world.run(&["diff", HELLO, "latest", "latest"]).exits(0).stdout.ends_with("no difference\n"));
}

/// Something for the code's log, so that numbers of it tell the backups apart.
trait Push {
    fn push(&self, world: &World);
}

impl Push for Repository {
    fn push(&self, world: &World) {
        world.push(&self.full_name());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_discussion_is_shown_with_replies_behind_what_they_reply_to() {
    let world = World::start().await;
    let repository = world.repository(HELLO);
    let number = repository.acting_as("ada").open_discussion("Q&A", "How does it work?", "I *wonder*.");
    let first = repository.acting_as("grace").comment_on_discussion(number, "Like this");
    repository.acting_as("tony").comment_on_discussion(number, "Or like that");
    repository.acting_as("ada").reply_in_discussion(first, "Thanks");
    repository.edit_discussion(number, |discussion| discussion.answer = Some(first));
    world.github.set_token("ghp_reader", "octocat");
    let back_up = || {
        let mut backup = world.backup_command(&[HELLO, "--only", "discussions"]);
        Ran::of(backup.env("GITHUB_TOKEN", "ghp_reader")).exits(0);
    };
    back_up();
    let number = number.to_string();
    let text = world.run(&["show", HELLO, "discussion", &number]).exits(0).stdout;
    let places = ["Q&A", "I *wonder*.", "comment, by grace", "Like this", "reply, by ada", "Thanks", "Or like that"];
    let places = places.map(|words| text.find(words).unwrap_or_else(|| panic!("{words:?} is not in:\n{text}")));
    assert!(places.is_sorted(), "{text}");
    assert!(
        text.contains("octocat/hello discussion 1: How does it work?\n") && text.contains("open, answered"),
        "{text}"
    );
    assert!(world.run(&["show", HELLO]).exits(0).stdout.contains("1 discussion"));

    repository.acting_as("grace").edit_discussion_comment(first, |comment| comment.body = "Like so".into());
    back_up();
    let text = world.run(&["diff", HELLO, "1", "latest"]).exits(0).stdout;
    assert!(text.contains("comment: 1 changed") && text.contains("Like so"), "{text}");
    world.run(&["export", HELLO, "pages", "--layout", "markdown"]).exits(0);
    let page = std::fs::read_to_string(world.path("pages/discussions/1.md")).unwrap();
    assert!(page.contains("category: \"Q&A\"") && page.contains("**ada** replied ("), "{page}");
    world.run(&["export", HELLO, "theirs", "--layout", "python-github-backup"]).exits(0);
    let file = std::fs::read(world.path("theirs/repositories/hello/discussions/1.json")).unwrap();
    let file: serde_json::Value = serde_json::from_slice(&file).unwrap();
    assert_eq!(
        (&file["comment_count"], &file["comment_data"][0]["reply_data"][0]["body"]),
        (&2.into(), &"Thanks".into())
    );
}
