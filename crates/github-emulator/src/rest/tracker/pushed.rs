//! The commits and files of pull requests, as git tells them.

use serde_json::{Value, json};

use super::scene::Scene;
use crate::git;
use crate::representation::time;
use crate::rest::Call;
use crate::rest::answer::Answer;
use crate::tracker::PullRequest;

/// The fields of a commit between NUL bytes, which end with one that no text has.
const FORMAT: &str = "--format=%H%x00%T%x00%P%x00%an%x00%ae%x00%at%x00%cn%x00%ce%x00%ct%x00%B%x01";

/// A commit as git tells it.
pub(super) struct Commit {
    pub(super) oid: String,
    pub(super) tree: String,
    pub(super) parents: Vec<String>,
    pub(super) author: Signature,
    pub(super) committer: Signature,
    pub(super) message: String,
}

/// Who made a commit, and when.
pub(super) struct Signature {
    name: String,
    email: String,
    pub(super) date: i64,
}

impl Signature {
    pub(super) fn show(&self) -> Value {
        json!({ "name": self.name, "email": self.email, "date": time(self.date) })
    }
}

impl Call<'_> {
    pub(super) fn pushed_commits(&self, scene: &Scene<'_>, number: u64, pull_request: &PullRequest) -> Answer {
        let commits = scene.commits(pull_request);
        let commits: Vec<&Commit> = commits.iter().collect();
        self.list(scene, &format!("pulls/{number}/commits"), &commits, |commit| Some(scene.commit(commit)))
    }

    pub(super) fn pushed_files(&self, scene: &Scene<'_>, number: u64, pull_request: &PullRequest) -> Answer {
        let path = scene.entry.path(scene.directory, false);
        let range = format!("{}...{}", pull_request.base_sha, pull_request.head_sha);
        let tell = |options: &[&str]| {
            let mut command = git::command_in_repository(&path);
            command.args(["diff", "--no-renames"]).args(options).arg(&range);
            git::attempt(command, &[]).unwrap_or_default()
        };
        let raw = tell(&["--raw", "--no-abbrev"]);
        let numbers = tell(&["--numstat"]);
        let files: Vec<Value> = raw
            .lines()
            .zip(numbers.lines())
            .filter_map(|(raw, numbers)| scene.file(raw, numbers, &pull_request.head_sha))
            .collect();
        let files: Vec<&Value> = files.iter().collect();
        self.list(scene, &format!("pulls/{number}/files"), &files, |file| Some(file.clone()))
    }
}

impl Scene<'_> {
    /// The commits of a pull request, the oldest first.
    pub(super) fn commits(&self, pull_request: &PullRequest) -> Vec<Commit> {
        let mut command = git::command_in_repository(&self.entry.path(self.directory, false));
        let range = format!("{}..{}", pull_request.base_sha, pull_request.head_sha);
        command.args(["log", "--reverse", "--topo-order", FORMAT, &range]);
        let told = git::attempt(command, &[]).unwrap_or_default();
        told.split('\u{1}').filter_map(|commit| parse(commit.trim_start_matches('\n'))).collect()
    }

    fn commit(&self, commit: &Commit) -> Value {
        let url = self.url(&format!("/commits/{}", commit.oid));
        let parent = |oid: &String| {
            json!({
                "sha": oid,
                "url": self.url(&format!("/commits/{oid}")),
                "html_url": self.html(&format!("/commit/{oid}")),
            })
        };
        json!({
            "sha": commit.oid,
            "node_id": crate::representation::node_id("Commit", self.entry.id) + &commit.oid,
            "commit": {
                "author": commit.author.show(),
                "committer": commit.committer.show(),
                "message": commit.message,
                "tree": { "sha": commit.tree, "url": self.url(&format!("/git/trees/{}", commit.tree)) },
                "url": self.url(&format!("/git/commits/{}", commit.oid)),
                "comment_count": 0,
                "verification": unsigned(),
            },
            "url": url,
            "html_url": self.html(&format!("/commit/{}", commit.oid)),
            "comments_url": format!("{url}/comments"),
            "author": null,
            "committer": null,
            "parents": commit.parents.iter().map(parent).collect::<Value>(),
        })
    }

    /// A file of a line each of `git diff --raw` and `--numstat`.
    fn file(&self, raw: &str, numbers: &str, head: &str) -> Option<Value> {
        let (objects, name) = raw.split_once('\t')?;
        let mut objects = objects.split(' ').skip(3);
        let (blob, kind) = (objects.next()?, objects.next()?);
        let mut numbers = numbers.split('\t').map(|number| number.parse::<u64>().unwrap_or_default());
        let (additions, deletions) = (numbers.next()?, numbers.next()?);
        let status = match kind {
            "A" => "added",
            "D" => "removed",
            _ => "modified",
        };
        Some(json!({
            "sha": blob,
            "filename": name,
            "status": status,
            "additions": additions,
            "deletions": deletions,
            "changes": additions + deletions,
            "blob_url": self.html(&format!("/blob/{head}/{name}")),
            "raw_url": self.html(&format!("/raw/{head}/{name}")),
            "contents_url": self.url(&format!("/contents/{name}?ref={head}")),
        }))
    }
}

/// What is said of a commit without a signature.
pub(super) fn unsigned() -> Value {
    json!({ "verified": false, "reason": "unsigned", "signature": null, "payload": null, "verified_at": null })
}

fn parse(commit: &str) -> Option<Commit> {
    let mut fields = commit.split('\0');
    let mut next = || fields.next().map(str::to_owned);
    let (oid, tree, parents) = (next()?, next()?, next()?);
    let author = Signature { name: next()?, email: next()?, date: next()?.parse().ok()? };
    let committer = Signature { name: next()?, email: next()?, date: next()?.parse().ok()? };
    let parents = parents.split_whitespace().map(str::to_owned).collect();
    Some(Commit { oid, tree, parents, author, committer, message: next()?.trim_end().to_owned() })
}
