//! What the list of pull requests leaves out.

use serde_json::Value;

use super::{
    Asked, Document, Pace, Resource, Step, Way,
    batch::{Batch, Parents},
    graphql::List,
};

pub(super) const PULL_DETAILS: Resource = Resource {
    name: "pull-details",
    what: "what the list of pull requests leaves out: who merged, lines and files changed, issues that it closes",
    endpoint: "POST /graphql: repository.pullRequests",
    permission: "pull_requests",
    pace: Pace::EachPass,
    asked: Asked::InBatches,
    changes: "the newest down to what was read",
    files: "pulls/<thousand>/<number>/details.json",
    way: Way::Batch(Batch {
        parents: Parents::PullRequests,
        at_once: 50,
        // Whether it can be merged is of the moment, and GitHub finds it out only when asked: it would make versions.
        fields: "additions deletions changedFiles merged mergedBy { __typename login } maintainerCanModify \
            isCrossRepository reviewDecision lastEditedAt editor { __typename login } comments { totalCount } \
            commits { totalCount }",
        lists: &[List {
            of: "PullRequest",
            name: "closingIssuesReferences",
            first: 25,
            fields: &["number repository { nameWithOwner }"],
            lists: &[],
        }],
        mark: None,
        files,
    }),
};

fn files(directory: &str, pull: Value, step: &mut Step) {
    step.documents.push(Document { path: format!("{directory}/details.json"), value: pull });
}
