//! Issues, and pull requests as issues.

use serde_json::{Value, json};

use super::scene::{Scene, optional_time, with};
use crate::representation::time;
use crate::rest::Call;
use crate::rest::answer::Answer;
use crate::tracker::{By, Issue};

impl Call<'_> {
    /// The issues and pull requests of a repository.
    pub(super) fn issue_list(&self, scene: &Scene<'_>) -> Answer {
        let since = match self.since() {
            Ok(since) => since,
            Err(answer) => return answer,
        };
        let by = match self.parameter("sort") {
            Some("updated") => By::Updated,
            Some("comments") => By::Comments,
            _ => By::Created,
        };
        let tracker = scene.tracker();
        let sorted = tracker.orders().issues(tracker, by);
        let issue = |number: &u64| &tracker.issues[number];
        let mut found: &[u64] = &sorted;
        if let (Some(since), By::Updated) = (since, by) {
            found = &found[found.partition_point(|number| issue(number).updated_at < since)..];
        }
        let all = self.parameter("state") == Some("all")
            && ["labels", "assignee", "creator", "milestone"].into_iter().all(|name| self.parameter(name).is_none());
        let mut found: Vec<u64> = match (all, since, by) {
            (true, None, _) | (true, _, By::Updated) => found.to_vec(),
            _ => {
                let recent = |issue: &Issue| since.is_none_or(|since| issue.updated_at >= since);
                let wanted =
                    found.iter().filter(|&number| recent(issue(number)) && self.is_wanted_issue(issue(number)));
                wanted.copied().collect()
            }
        };
        let descending = self.is_descending(true);
        if descending {
            found.reverse();
        }
        let key = |number: u64| {
            let issue = &tracker.issues[&number];
            match by {
                By::Created => issue.created_at,
                By::Updated => issue.updated_at,
                By::Comments => i64::try_from(issue.comments.len()).unwrap_or(i64::MAX),
            }
        };
        self.cursor_list(scene, "issues", &found, (descending, key), |number| Some(scene.issue(issue(&number))))
    }

    /// Whether the parameters let an issue into a list.
    fn is_wanted_issue(&self, issue: &Issue) -> bool {
        let is = |name: &str, holds: &dyn Fn(&str) -> bool| self.parameter(name).is_none_or(holds);
        let has = |value: &str, found: Option<String>| match value {
            "*" => found.is_some(),
            "none" => found.is_none(),
            value => found.is_some_and(|found| found.eq_ignore_ascii_case(value)),
        };
        self.is_wanted_state(issue)
            && is("labels", &|labels| {
                labels.split(',').all(|wanted| issue.labels.iter().any(|label| label.eq_ignore_ascii_case(wanted)))
            })
            && is("assignee", &|login| {
                let found = issue.assignees.iter().find(|assignee| assignee.eq_ignore_ascii_case(login));
                has(login, found.or(issue.assignees.first()).cloned())
            })
            && is("creator", &|login| has(login, issue.author.clone()))
            && is("milestone", &|number| has(number, issue.milestone.map(|number| number.to_string())))
    }

    /// Whether the parameter `state` lets an issue or pull request into a list.
    pub(super) fn is_wanted_state(&self, issue: &Issue) -> bool {
        match self.parameter("state") {
            Some("all") => true,
            Some("closed") => !issue.is_open(),
            _ => issue.is_open(),
        }
    }
}

impl Scene<'_> {
    /// An issue, or a pull request as an issue.
    pub(super) fn issue(&self, issue: &Issue) -> Value {
        let number = issue.number();
        let url = self.url(&format!("/issues/{number}"));
        let kind = if issue.pull_request.is_some() { "PR" } else { "I" };
        let page = if issue.pull_request.is_some() { "pull" } else { "issues" };
        let assignees = self.users(&issue.assignees);
        let mut value = json!({
            "url": url,
            "repository_url": self.url(""),
            "labels_url": format!("{url}/labels{{/name}}"),
            "comments_url": format!("{url}/comments"),
            "events_url": format!("{url}/events"),
            "html_url": self.html(&format!("/{page}/{number}")),
            "id": self.id(issue.serial),
            "node_id": self.node_id(kind, number),
            "number": number,
            "title": issue.title,
            "user": self.user(issue.author.as_deref()),
            "labels": self.labels(&issue.labels),
            "state": issue.state.as_str(),
            "locked": issue.locked,
            "assignees": assignees,
            "milestone": self.optional_milestone(issue.milestone),
            "comments": issue.comments.len(),
            "created_at": time(issue.created_at),
            "updated_at": time(issue.updated_at),
            "closed_at": optional_time(issue.closed_at),
            "assignee": assignees.get(0),
            "author_association": self.association(issue.author.as_deref()),
            "type": null,
            "active_lock_reason": issue.lock_reason,
        });
        match &issue.pull_request {
            Some(pull_request) => {
                let page = self.html(&format!("/pull/{number}"));
                value["draft"] = json!(pull_request.draft);
                value["pull_request"] = json!({
                    "url": self.url(&format!("/pulls/{number}")),
                    "html_url": page,
                    "diff_url": format!("{page}.diff"),
                    "patch_url": format!("{page}.patch"),
                    "merged_at": optional_time(pull_request.merged_at),
                });
            }
            None => {
                value["sub_issues_summary"] = json!({ "total": 0, "completed": 0, "percent_completed": 0 });
                value["issue_dependencies_summary"] =
                    json!({ "blocked_by": 0, "total_blocked_by": 0, "blocking": 0, "total_blocking": 0 });
            }
        }
        value["body"] = json!(issue.body);
        value["closed_by"] = self.user(issue.closed_by.as_deref());
        value["reactions"] = self.reaction_rollup(&url, &issue.reactions);
        value["timeline_url"] = json!(format!("{url}/timeline"));
        value["performed_via_github_app"] = Value::Null;
        value["state_reason"] = json!(issue.state_reason);
        with(value, &issue.extra)
    }
}
