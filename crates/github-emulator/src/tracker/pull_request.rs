//! What pull requests have beyond issues.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Value};

use super::{EventDetail, Issue, IssueState, Moment, Tracker};
use crate::git;
use crate::repository::Repository;

/// What a pull request has beyond an issue. Times are seconds since the epoch, people are named
/// by their logins.
#[derive(Clone, PartialEq, Debug)]
pub struct PullRequest {
    /// The branch it comes from.
    pub head_ref: String,
    /// The commit it comes to.
    pub head_sha: String,
    /// The id of the repository it comes from; none when that fork is gone.
    pub head_repository: Option<u64>,
    /// The branch it is for.
    pub base_ref: String,
    /// The tip of that branch when it was opened.
    pub base_sha: String,
    /// Whether it is a draft.
    pub draft: bool,
    /// When it was merged.
    pub merged_at: Option<i64>,
    /// Who merged it.
    pub merged_by: Option<String>,
    /// The commit which merged it.
    pub merge_commit: Option<String>,
    /// Whose reviews are asked for.
    pub requested_reviewers: Vec<String>,
    /// Whether those who maintain the repository may push to its branch.
    pub maintainer_can_modify: bool,
    /// Fields to add to it in REST answers about pull requests.
    pub extra: Map<String, Value>,
    /// Pull requests have ids of their own beside those of issues.
    pub(crate) serial: u64,
    /// The reviews and the comments on lines, the oldest first.
    pub(crate) reviews: Vec<u64>,
    pub(crate) review_comments: Vec<u64>,
}

impl PullRequest {
    pub(super) fn new(repository: u64, serial: u64, head: (&str, &str), base: (&str, &str)) -> PullRequest {
        PullRequest {
            head_ref: head.0.to_owned(),
            head_sha: head.1.to_owned(),
            head_repository: Some(repository),
            base_ref: base.0.to_owned(),
            base_sha: base.1.to_owned(),
            draft: false,
            merged_at: None,
            merged_by: None,
            merge_commit: None,
            requested_reviewers: Vec::new(),
            maintainer_can_modify: false,
            extra: Map::new(),
            serial,
            reviews: Vec::new(),
            review_comments: Vec::new(),
        }
    }
}

impl Repository {
    /// Opens a pull request of one branch for another, with its `refs/pull/<number>/head`: its
    /// number.
    pub fn open_pull_request(&self, title: &str, base: &str, head: &str) -> u64 {
        let base_sha = self.existing(&format!("refs/heads/{base}"));
        let head_sha = self.existing(&format!("refs/heads/{head}"));
        let number = self.change_tracker(|tracker, moment| {
            let (number, serial) = (tracker.next_number(), tracker.next_serial());
            let mut issue = Issue::new(number, serial, title, "", moment.at, &moment.actor);
            let pull_request = PullRequest::new(self.id(), tracker.next_serial(), (head, &head_sha), (base, &base_sha));
            issue.pull_request = Some(Box::new(pull_request));
            tracker.issues.insert(number, issue);
            number
        });
        self.run(&["update-ref", &format!("refs/pull/{number}/head"), &head_sha], &[]);
        self.github().state().entry_mut(self.id()).forget_size();
        number
    }

    /// Lets a pull request come to another commit, as a push to its branch does.
    pub fn push_to_pull_request(&self, number: u64, commit: &str) {
        self.update_ref(&format!("refs/pull/{number}/head"), commit);
    }

    /// Merges the branch of a pull request with a true merge commit: the commit's oid.
    pub fn merge_pull_request(&self, number: u64) -> String {
        let pull_request = self.issue(number).and_then(|issue| issue.pull_request).expect("a pull request");
        let commit = self.merge(&pull_request.base_ref, &pull_request.head_ref);
        self.edit_issue(number, |issue| {
            let author = issue.author.clone();
            issue.state = IssueState::Closed;
            let pull_request = issue.pull_request.as_mut().expect("a pull request");
            pull_request.merged_at = Some(i64::MAX);
            pull_request.merged_by = author;
            pull_request.merge_commit = Some(commit.clone());
        });
        commit
    }
}

impl Tracker {
    pub(super) fn pull_request_mut(&mut self, number: u64) -> &mut PullRequest {
        self.issue_mut(number).pull_request.as_mut().expect("a pull request")
    }

    /// Notes the events which a change of a pull request is.
    pub(super) fn note_pull_request(&mut self, before: &Issue, after: &Issue, moment: &Moment) {
        let (Some(old), Some(new)) = (&before.pull_request, &after.pull_request) else {
            return;
        };
        let number = after.number;
        for login in new.requested_reviewers.iter().filter(|login| !old.requested_reviewers.contains(login)) {
            self.add_event(number, "review_requested", EventDetail::ReviewRequest(login.clone()), moment);
        }
        for login in old.requested_reviewers.iter().filter(|login| !new.requested_reviewers.contains(login)) {
            self.add_event(number, "review_request_removed", EventDetail::ReviewRequest(login.clone()), moment);
        }
        if old.draft != new.draft {
            let event = if new.draft { "convert_to_draft" } else { "ready_for_review" };
            self.add_event(number, event, EventDetail::None, moment);
        }
        if new.merged_at.is_some() && old.merged_at.is_none() {
            let pull_request = self.pull_request_mut(number);
            if pull_request.merged_at == Some(i64::MAX) {
                pull_request.merged_at = Some(moment.at);
                pull_request.merged_by = Some(moment.actor.clone());
            }
            let commit = new.merge_commit.clone().map_or(EventDetail::None, EventDetail::Commit);
            self.add_event(number, "merged", commit, moment);
        }
    }
}

/// What the commits of a pull request change.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Changes {
    pub(crate) commits: u64,
    pub(crate) additions: u64,
    pub(crate) deletions: u64,
    pub(crate) files: u64,
}

/// The changes between commits which were counted.
#[derive(Clone, Default, Debug)]
pub(super) struct CountedChanges(Arc<Mutex<HashMap<(String, String), Changes>>>);

impl CountedChanges {
    /// Notes the changes of a pull request which are known.
    pub(super) fn insert(&self, pull_request: &PullRequest, changes: Changes) {
        let key = (pull_request.base_sha.clone(), pull_request.head_sha.clone());
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key, changes);
    }
}

impl Tracker {
    /// The changes of a pull request in the repository at a path, as git counts them.
    pub(crate) fn changes(&self, pull_request: &PullRequest, path: &Path) -> Changes {
        let key = (pull_request.base_sha.clone(), pull_request.head_sha.clone());
        let mut counted = self.changes.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counted.entry(key).or_insert_with_key(|(base, head)| count_changes(base, head, path))
    }
}

fn count_changes(base: &str, head: &str, path: &Path) -> Changes {
    let mut log = git::command_in_repository(path);
    log.args(["rev-list", "--count", &format!("{base}..{head}")]);
    let mut diff = git::command_in_repository(path);
    diff.args(["diff", "--numstat", &format!("{base}...{head}")]);
    let mut changes = Changes {
        commits: git::attempt(log, &[]).ok().and_then(|count| count.parse().ok()).unwrap_or_default(),
        ..Changes::default()
    };
    for line in git::attempt(diff, &[]).unwrap_or_default().lines() {
        let mut columns = line.split('\t').map(|column| column.parse::<u64>().unwrap_or_default());
        changes.additions += columns.next().unwrap_or_default();
        changes.deletions += columns.next().unwrap_or_default();
        changes.files += 1;
    }
    changes
}
