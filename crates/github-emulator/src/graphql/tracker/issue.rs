//! Issues.

use super::{Place, subject};
use crate::graphql::Context;
use crate::graphql::arguments::Arguments;
use crate::graphql::query::nullable;
use crate::graphql::value::{Failure, Fields, Resolved};

/// An issue.
#[derive(Debug)]
pub(super) struct IssueNode {
    pub(super) place: Place,
    pub(super) number: u64,
}

impl Fields for IssueNode {
    fn type_name(&self) -> &'static str {
        "Issue"
    }

    fn resolve(&self, context: &Context<'_>, arguments: &Arguments<'_>) -> Result<Option<Resolved>, Failure> {
        let Some(issue) = self.place.issue(self.number) else {
            return Ok(None);
        };
        let resolved = match arguments.field {
            "state" => issue.state.as_str().to_ascii_uppercase().into(),
            "stateReason" => {
                arguments.only(&["enableDuplicate"])?;
                nullable(issue.state_reason.as_ref().map(|reason| reason.to_ascii_uppercase()))
            }
            "isPinned" => false.into(),
            "parent" | "issueType" | "duplicateOf" => Resolved::NULL,
            "subIssuesSummary" => Resolved::object(
                "SubIssuesSummary",
                [("total", 0.into()), ("completed", 0.into()), ("percentCompleted", 0.into())],
            ),
            "trackedIssuesCount" => 0.into(),
            "closedByPullRequestsReferences" => {
                let known = ["includeClosedPrs", "orderByState", "userLinkedOnly", "first", "after", "last", "before"];
                arguments.only(&known)?;
                self.closing_pull_requests(arguments)?
            }
            "subIssues" | "trackedIssues" | "trackedInIssues" | "blockedBy" | "blocking" => {
                subject::nothing(arguments, ("IssueConnection", "IssueEdge"))?
            }
            "linkedBranches" => subject::nothing(arguments, ("LinkedBranchConnection", "LinkedBranchEdge"))?,
            _ => return subject::resolve(context, &self.place, issue, arguments),
        };
        Ok(Some(resolved))
    }
}

impl IssueNode {
    /// The pull requests whose text says that they close this issue.
    fn closing_pull_requests(&self, arguments: &Arguments<'_>) -> Result<Resolved, Failure> {
        let closed = arguments.flag("includeClosedPrs")?.unwrap_or(false);
        let issues = &self.place.tracker().issues;
        let found = issues.values().filter(|issue| {
            issue.pull_request.is_some()
                && (closed || issue.is_open())
                && closes(issue.body.as_deref().unwrap_or_default()).any(|number| number == self.number)
        });
        let keys = found.map(|issue| (issue.created_at, issue.number())).collect();
        let list = crate::graphql::page::KeyedList { keys, descending: false };
        list.page(("PullRequestConnection", "PullRequestEdge"), arguments, |index| {
            Resolved::optional(self.place.subject(list.keys[index].1))
        })
    }
}

/// The numbers of the issues which a pull request with this text closes.
pub(super) fn closes(body: &str) -> impl Iterator<Item = u64> {
    let words: Vec<&str> = body.split_whitespace().collect();
    let numbers: Vec<u64> = words
        .windows(2)
        .filter(|pair| ["closes", "fixes", "resolves"].contains(&pair[0].to_ascii_lowercase().as_str()))
        .filter_map(|pair| pair[1].trim_end_matches(['.', ',']).strip_prefix('#')?.parse().ok())
        .collect();
    numbers.into_iter()
}
