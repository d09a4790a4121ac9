//! Pull requests which come to be by their `refs/pull/<number>/head` alone.

use std::collections::BTreeMap;
use std::path::Path;

use super::{Issue, PullRequest, Tracker};
use crate::entry::Entry;
use crate::references;
use crate::repository::Repository;
use crate::state::State;

/// The number of the pull request whose head a ref is.
pub(crate) fn number_of_head(name: &str) -> Option<u64> {
    name.strip_prefix("refs/pull/")?.strip_suffix("/head")?.parse().ok()
}

/// Brings the pull requests of a repository up to the heads on disk. A head we were not told of
/// came with something else that was pushed.
pub(crate) fn adopt(state: &mut State, directory: &Path, id: u64) {
    let entry = state.entry(id);
    let path = entry.path(directory, false);
    let heads: BTreeMap<u64, String> =
        references::read(&path).into_iter().filter_map(|(name, head)| Some((number_of_head(&name)?, head))).collect();
    let tracker = &entry.tracker;
    let gone: Vec<u64> = tracker.adopted.iter().copied().filter(|number| !heads.contains_key(number)).collect();
    let changed: Vec<(u64, String)> =
        heads.into_iter().filter(|(number, head)| tracker.is_news(*number, head)).collect();
    if gone.is_empty() && changed.is_empty() {
        return;
    }
    let at = entry.attributes.pushed_at;
    let base = base(&path);
    let entry = state.entry_mut(id);
    for number in gone {
        entry.tracker_mut().abandon(number);
    }
    for (number, head) in changed {
        entry.set_head(number, &head, &base, at);
    }
}

/// The default branch with its tip.
fn base(path: &Path) -> (String, Option<String>) {
    let branch = references::default_branch(path);
    let tip = references::resolve(path, &format!("refs/heads/{branch}"));
    (branch, tip)
}

impl Entry {
    /// Sets the head of a pull request, which is opened when there is none of that number.
    fn set_head(&mut self, number: u64, head: &str, base: &(String, Option<String>), at: i64) {
        let (id, owner) = (self.id, self.owner.clone());
        let tracker = self.tracker_mut();
        if let Some(issue) = tracker.issues.get_mut(&number) {
            if let Some(pull_request) = &mut issue.pull_request {
                pull_request.head_sha = head.to_owned();
                issue.updated_at = at;
            }
            return;
        }
        tracker.last_number = tracker.last_number.max(number);
        let mut issue = Issue::new(number, tracker.next_serial(), &format!("Pull request {number}"), "", at, &owner);
        let tip = base.1.as_deref().unwrap_or(head);
        let pull_request =
            PullRequest::new(id, tracker.next_serial(), (&format!("patch-{number}"), head), (&base.0, tip));
        issue.pull_request = Some(Box::new(pull_request));
        tracker.issues.insert(number, issue);
        tracker.adopted.insert(number);
    }
}

impl Tracker {
    /// Whether a head is not that of its pull request.
    fn is_news(&self, number: u64, head: &str) -> bool {
        match self.issues.get(&number) {
            Some(issue) => issue.pull_request.as_ref().is_some_and(|pull_request| pull_request.head_sha != head),
            None => !self.gone.contains_key(&number),
        }
    }

    /// Forgets a pull request which was there by its head alone.
    fn abandon(&mut self, number: u64) {
        if self.adopted.remove(&number) {
            self.take_issue(number);
        }
    }
}

impl Repository {
    /// Notes a change of one ref. A head of a pull request comes with a push to a fork: it
    /// leaves the time of the repository's own last push alone.
    pub(crate) fn ref_changed(&self, name: &str, head: Option<String>) {
        let Some(number) = number_of_head(name).filter(|_| !self.is_wiki()) else {
            self.pushed();
            return;
        };
        let directory = self.github().directory();
        self.change(|entry, now| {
            entry.forget_size();
            match head {
                Some(head) => {
                    let base = base(&entry.path(directory, false));
                    entry.set_head(number, &head, &base, now);
                }
                None => entry.tracker_mut().abandon(number),
            }
        });
    }
}
