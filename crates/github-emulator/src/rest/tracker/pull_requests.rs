//! Pull requests.

use serde_json::{Value, json};

use super::scene::{Scene, optional_time, with};
use crate::representation::time;
use crate::rest::Call;
use crate::rest::answer::Answer;
use crate::tracker::{By, Issue, PullRequest};

impl Call<'_> {
    pub(super) fn pulls(&self, scene: &Scene<'_>, rest: &[&str]) -> Answer {
        let (number, rest) = match *rest {
            [] => return self.pull_list(scene),
            ["comments"] => return self.review_comments(scene),
            ["comments", id] => return self.single_review_comment(scene, id),
            ["comments", id, "reactions"] => return self.review_comment_reactions(scene, id),
            [number, ref rest @ ..] => (number, rest),
        };
        let issue = number.parse::<u64>().ok().and_then(|number| scene.tracker().issues.get(&number));
        let Some((issue, pull_request)) = issue.and_then(|issue| Some((issue, issue.pull_request.as_deref()?))) else {
            return Answer::not_found();
        };
        match *rest {
            [] => Answer::ok(scene.pull_request(issue, pull_request)),
            ["commits"] => self.pushed_commits(scene, issue.number(), pull_request),
            ["files"] => self.pushed_files(scene, issue.number(), pull_request),
            ["comments"] => self.review_comments_of(scene, issue.number(), pull_request),
            ["reviews"] => self.reviews(scene, issue.number(), pull_request),
            ["reviews", id] => self.single_review(scene, pull_request, id),
            ["reviews", id, "comments"] => self.comments_of_review(scene, issue.number(), pull_request, id),
            ["requested_reviewers"] => {
                Answer::ok(json!({ "users": scene.users(&pull_request.requested_reviewers), "teams": [] }))
            }
            _ => Answer::not_found(),
        }
    }

    fn pull_list(&self, scene: &Scene<'_>) -> Answer {
        let tracker = scene.tracker();
        let (by, sort) = match self.parameter("sort") {
            None => (By::Created, true),
            Some("updated") => (By::Updated, false),
            Some("popularity") => (By::Comments, false),
            Some(_) => (By::Created, false),
        };
        let wanted = |issue: &Issue, pull_request: &PullRequest| {
            let label = format!("{}:{}", scene.entry.owner, pull_request.head_ref);
            self.is_wanted_state(issue)
                && self.parameter("base").is_none_or(|base| base == pull_request.base_ref)
                && self.parameter("head").is_none_or(|head| head == label)
        };
        let sorted = tracker.orders().pull_requests(tracker, by);
        let found = sorted.iter().filter_map(|number| {
            let issue = tracker.issues.get(number)?;
            let pull_request = issue.pull_request.as_deref()?;
            wanted(issue, pull_request).then_some((issue, pull_request))
        });
        let mut found: Vec<(&Issue, &PullRequest)> = found.collect();
        if self.is_descending(sort) {
            found.reverse();
        }
        self.list(scene, "pulls", &found, |(issue, pull_request)| {
            let value = scene.pull_request_in_short(issue, pull_request);
            Some(with(value, &pull_request.extra))
        })
    }
}

impl Scene<'_> {
    /// A pull request by itself.
    fn pull_request(&self, issue: &Issue, pull_request: &PullRequest) -> Value {
        let changes = self.tracker().changes(pull_request, &self.entry.path(self.directory, false));
        let merged = pull_request.merged_at.is_some();
        let mut value = self.pull_request_in_short(issue, pull_request);
        value["merged"] = json!(merged);
        value["mergeable"] = json!(issue.is_open().then_some(true));
        value["rebaseable"] = json!(issue.is_open().then_some(true));
        value["mergeable_state"] = json!(if issue.is_open() { "clean" } else { "unknown" });
        value["merged_by"] = self.user(pull_request.merged_by.as_deref());
        value["comments"] = json!(issue.comments.len());
        value["review_comments"] = json!(pull_request.review_comments.len());
        value["maintainer_can_modify"] = json!(pull_request.maintainer_can_modify);
        value["commits"] = json!(changes.commits);
        value["additions"] = json!(changes.additions);
        value["deletions"] = json!(changes.deletions);
        value["changed_files"] = json!(changes.files);
        with(value, &pull_request.extra)
    }

    /// A pull request in a list.
    fn pull_request_in_short(&self, issue: &Issue, pull_request: &PullRequest) -> Value {
        let number = issue.number();
        let url = self.url(&format!("/pulls/{number}"));
        let html = self.html(&format!("/pull/{number}"));
        let issue_url = self.url(&format!("/issues/{number}"));
        let statuses = self.url(&format!("/statuses/{}", pull_request.head_sha));
        let review_comment = self.url("/pulls/comments{/number}");
        let assignees = self.users(&issue.assignees);
        let side = |repository: Option<u64>, branch: &str, commit: &str| {
            let repository = repository.map_or(Value::Null, |id| self.repository(id));
            let owner = repository["owner"]["login"].as_str().unwrap_or("unknown");
            let owner = owner.to_owned();
            json!({
                "label": format!("{owner}:{branch}"),
                "ref": branch,
                "sha": commit,
                "user": self.user(Some(&owner)),
                "repo": repository,
            })
        };
        json!({
            "url": url,
            "id": self.id(pull_request.serial),
            "node_id": self.node_id("PR", number),
            "html_url": html,
            "diff_url": format!("{html}.diff"),
            "patch_url": format!("{html}.patch"),
            "issue_url": issue_url,
            "number": number,
            "state": issue.state.as_str(),
            "locked": issue.locked,
            "title": issue.title,
            "user": self.user(issue.author.as_deref()),
            "body": issue.body,
            "created_at": time(issue.created_at),
            "updated_at": time(issue.updated_at),
            "closed_at": optional_time(issue.closed_at),
            "merged_at": optional_time(pull_request.merged_at),
            "merge_commit_sha": pull_request.merge_commit,
            "assignees": assignees,
            "requested_reviewers": self.users(&pull_request.requested_reviewers),
            "requested_teams": [],
            "labels": self.labels(&issue.labels),
            "milestone": self.optional_milestone(issue.milestone),
            "draft": pull_request.draft,
            "commits_url": format!("{url}/commits"),
            "review_comments_url": format!("{url}/comments"),
            "review_comment_url": review_comment,
            "comments_url": format!("{issue_url}/comments"),
            "statuses_url": statuses,
            "head": side(pull_request.head_repository, &pull_request.head_ref, &pull_request.head_sha),
            "base": side(Some(self.entry.id), &pull_request.base_ref, &pull_request.base_sha),
            "_links": {
                "self": { "href": url },
                "html": { "href": html },
                "issue": { "href": issue_url },
                "comments": { "href": format!("{issue_url}/comments") },
                "review_comments": { "href": format!("{url}/comments") },
                "review_comment": { "href": review_comment },
                "commits": { "href": format!("{url}/commits") },
                "statuses": { "href": statuses },
            },
            "author_association": self.association(issue.author.as_deref()),
            "auto_merge": null,
            "assignee": assignees.get(0),
            "active_lock_reason": issue.lock_reason,
        })
    }
}
