//! Many issues, pull requests and comments at once.

use std::fmt::Write;

use super::review_comment::Remark;
use super::{Changes, Comment, Issue, PullRequest, ReviewState};
use crate::history::signature;
use crate::repository::Repository;

/// The seconds between two things that are made.
const STEP: i64 = 5;

/// The users who take part.
const PEOPLE: [&str; 5] = ["ada", "brian", "edsger", "grace", "tony"];

/// The labels which some issues get.
const LABELS: [&str; 3] = ["bug", "enhancement", "question"];

/// How many of each are made at once.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Fill {
    /// Issues.
    pub issues: u64,
    /// Pull requests.
    pub pull_requests: u64,
    /// Comments in issues and pull requests, spread over them.
    pub comments: u64,
    /// Comments on lines, spread over the pull requests.
    pub review_comments: u64,
}

impl Repository {
    /// Makes many issues, pull requests and comments quickly, each with a time of its own. Some
    /// are closed, have labels and are assigned. A pull request comes with a commit.
    pub fn fill_tracker(&self, fill: Fill) {
        self.ensure_accounts(PEOPLE.map(str::to_owned));
        let first = self.look(|tracker| tracker.last_number) + 1;
        let heads = self.write_heads(first + fill.issues, fill.pull_requests);
        let mut state = self.github().state();
        let mut at = state.tick();
        let mut next = || {
            at += STEP;
            at
        };
        let entry = state.entry_mut(self.id());
        let id = entry.id;
        let tracker = entry.tracker_mut();
        LABELS.iter().for_each(|label| tracker.ensure_label(label));
        let mut numbers = Vec::new();
        for index in 0..fill.issues + fill.pull_requests {
            let (number, serial, author) = (tracker.next_number(), tracker.next_serial(), person(index));
            let title = format!("Something to be done, number {number}");
            let body = format!("It is the case that *{number}* things are not as they should be.\n\nCan this be done?");
            let mut issue = Issue::new(number, serial, &title, &body, next(), author);
            if index % 4 == 0 {
                issue.labels.push(LABELS[usize::try_from(index / 4).unwrap_or_default() % LABELS.len()].to_owned());
                issue.assignees.push(person(index + 1).to_owned());
            }
            if let Some(head) = index.checked_sub(fill.issues).and_then(|index| heads.get(usize::try_from(index).ok()?))
            {
                let head_ref = format!("topic-{number}");
                let pull_request = PullRequest::new(
                    id,
                    tracker.next_serial(),
                    (&head_ref, &head.commit),
                    (&head.base_ref, &head.base),
                );
                let changes = Changes { commits: 1, additions: 1, deletions: 0, files: 1 };
                tracker.changes.insert(&pull_request, changes);
                issue.pull_request = Some(Box::new(pull_request));
            }
            numbers.push(number);
            tracker.issues.insert(number, issue);
        }
        let spread = |index: u64, numbers: &[u64]| numbers[usize::try_from(index).unwrap_or_default() % numbers.len()];
        for index in 0..fill.comments {
            let number = spread(index, &numbers);
            let (serial, at) = (tracker.next_serial(), next());
            let body = format!("Comment {index}: the same here, see #{number}.");
            tracker.comments.insert(serial, Comment::new(number, &body, at, person(index + 2)));
            let issue = tracker.issue_mut(number);
            issue.comments.push(serial);
            issue.updated_at = at;
        }
        let pulls = &numbers[usize::try_from(fill.issues).unwrap_or_default()..];
        for index in 0..fill.review_comments {
            let (number, author, at) = (spread(index, pulls), person(index + 3), next());
            let reviews = &tracker.pull_request_mut(number).reviews;
            let review = match reviews.last() {
                Some(&review) => review,
                None => tracker.add_review(number, ReviewState::Commented, "Some remarks.", at, author),
            };
            let body = format!("Remark {index}: can this be simpler?");
            let remark = Remark { path: "file.txt", line: index % 50 + 1, body: &body, in_reply_to: None };
            tracker.add_review_comment(review, &remark, at, author);
        }
        for (index, &number) in numbers.iter().enumerate().filter(|(index, _)| index % 3 == 1) {
            let (at, issue) = (next(), tracker.issue_mut(number));
            issue.state = super::IssueState::Closed;
            issue.state_reason = issue.pull_request.is_none().then(|| "completed".to_owned());
            issue.closed_at = Some(at);
            issue.closed_by = Some(person(index as u64).to_owned());
            issue.updated_at = at;
            let moment = super::Moment { at, actor: person(index as u64).to_owned() };
            let reason = super::EventDetail::StateReason(issue.state_reason.clone());
            tracker.add_event(number, "closed", reason, &moment);
        }
        let last = at;
        state.advance(last);
    }

    /// Writes the heads of pull requests with numbers from `first` on, a commit each on top of
    /// the default branch.
    fn write_heads(&self, first: u64, count: u64) -> Vec<Head> {
        if count == 0 {
            return Vec::new();
        }
        let base_ref = self.run(&["symbolic-ref", "--short", "HEAD"], &[]);
        let base = self
            .resolve(&format!("refs/heads/{base_ref}"))
            .unwrap_or_else(|| self.commit(&base_ref, &[("file.txt", "A line\n")], "Begin"));
        let mut script = String::new();
        for number in first..first + count {
            let signature = signature(self.next_date());
            let message = format!("Topic {number}\n");
            let content = format!("Topic {number}\n");
            writeln!(
                script,
                "commit refs/pull/{number}/head\nmark :{number}\nauthor {signature}\ncommitter {signature}\n\
                 data {}\n{message}from {base}\nM 100644 inline topic-{number}.txt\ndata {}\n{content}\n\
                 get-mark :{number}",
                message.len(),
                content.len(),
            )
            .expect("writing to a string");
        }
        script.push_str("done\n");
        let commits = self.run(&["fast-import", "--quiet", "--force", "--done"], script.as_bytes());
        self.run(&["pack-refs", "--all"], &[]);
        self.github().state().entry_mut(self.id()).forget_size();
        let head = |commit: &str| Head { commit: commit.to_owned(), base: base.clone(), base_ref: base_ref.clone() };
        commits.lines().map(head).collect()
    }
}

/// The head of a pull request.
struct Head {
    commit: String,
    base: String,
    base_ref: String,
}

fn person(index: u64) -> &'static str {
    PEOPLE[usize::try_from(index).unwrap_or_default() % PEOPLE.len()]
}
