//! Reviews of pull requests.

use super::said::{Said, minimized};
use super::{Place, pull_request, review_comment};
use crate::graphql::Context;
use crate::graphql::arguments::Arguments;
use crate::graphql::page::KeyedList;
use crate::graphql::query::nullable;
use crate::graphql::value::{Failure, Fields, Outcome, Resolved};
use crate::representation::time;
use crate::tracker::{PullRequest, ReviewState};

#[derive(Debug)]
struct ReviewNode {
    place: Place,
    serial: u64,
}

pub(super) fn node(place: &Place, serial: u64) -> Resolved {
    Resolved::lazy(ReviewNode { place: place.clone(), serial })
}

/// The reviews of a pull request.
pub(super) fn list(place: &Place, arguments: &Arguments<'_>, pull_request: &PullRequest) -> Outcome {
    arguments.only(&["first", "after", "last", "before", "states", "author"])?;
    let (states, author) = (arguments.texts("states")?, arguments.text("author")?);
    let wanted = |serial: &&u64| {
        let review = place.tracker().reviews.get(serial);
        review.is_some_and(|review| {
            states.as_ref().is_none_or(|states| states.iter().any(|state| state == review.state.as_str()))
                && author.is_none_or(|author| review.author.as_deref() == Some(author))
        })
    };
    let serials: Vec<u64> = pull_request.reviews.iter().filter(wanted).copied().collect();
    page(place, arguments, &serials)
}

/// The last review of each reviewer.
pub(super) fn latest(place: &Place, arguments: &Arguments<'_>, pull_request: &PullRequest) -> Outcome {
    arguments.only(&["first", "after", "last", "before", "writersOnly"])?;
    let author = |serial: &u64| place.tracker().reviews.get(serial).and_then(|review| review.author.clone());
    let is_last = |index: usize, serial: &u64| {
        pull_request.reviews[index + 1..].iter().all(|later| author(later) != author(serial))
    };
    let serials = pull_request.reviews.iter().enumerate().filter(|(index, serial)| is_last(*index, serial));
    let serials: Vec<u64> = serials.map(|(_, &serial)| serial).collect();
    page(place, arguments, &serials)
}

fn page(place: &Place, arguments: &Arguments<'_>, serials: &[u64]) -> Outcome {
    let list = KeyedList { keys: serials.iter().map(|&serial| (0, serial)).collect(), descending: false };
    list.page(("PullRequestReviewConnection", "PullRequestReviewEdge"), arguments, |index| node(place, serials[index]))
}

/// What the reviews of a pull request come to.
pub(super) fn decision(place: &Place, pull_request: &PullRequest) -> Resolved {
    let mut states = pull_request.reviews.iter().filter_map(|serial| Some(place.tracker().reviews.get(serial)?.state));
    let last = states.rfind(|state| matches!(state, ReviewState::Approved | ReviewState::ChangesRequested));
    nullable(last.map(ReviewState::as_str))
}

impl Fields for ReviewNode {
    fn type_name(&self) -> &'static str {
        "PullRequestReview"
    }

    fn resolve(&self, context: &Context<'_>, arguments: &Arguments<'_>) -> Result<Option<Resolved>, Failure> {
        let place = &self.place;
        let Some(review) = place.tracker().reviews.get(&self.serial) else {
            return Ok(None);
        };
        let leaf = match arguments.field {
            "state" => review.state.as_str().into(),
            "submittedAt" => nullable(review.submitted_at.map(time)),
            "commit" => Resolved::optional(review.commit.as_deref().map(pull_request::commit)),
            "pullRequest" => Resolved::optional(place.subject(review.pull_request)),
            "authorCanPushToRepository" => false.into(),
            "onBehalfOf" => super::subject::nothing(arguments, ("TeamConnection", "TeamEdge"))?,
            "comments" => return review_comment::of_review(place, arguments, review, self.serial).map(Some),
            field => match minimized(field, None) {
                Some(resolved) => resolved,
                None => {
                    let id = place.0.tracker_id(self.serial);
                    let said = Said {
                        kind: "PRR",
                        number: self.serial,
                        serial: self.serial,
                        author: review.author.as_deref(),
                        body: &review.body,
                        created_at: review.submitted_at.unwrap_or(review.updated_at),
                        updated_at: review.updated_at,
                        is_edited_when_updated: true,
                        reactions: &[],
                        path: format!("/pull/{}#pullrequestreview-{id}", review.pull_request),
                    };
                    return said.resolve(context, place, arguments);
                }
            },
        };
        Ok(Some(leaf))
    }
}
