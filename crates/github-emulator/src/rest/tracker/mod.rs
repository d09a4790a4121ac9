//! The tracker of a repository: issues, pull requests and what goes with them.

mod comments;
mod commit_comments;
mod events;
mod issues;
mod labels;
mod list;
mod milestones;
mod pull_requests;
mod pushed;
mod reactions;
mod review_comments;
mod reviews;
mod scene;
mod timeline;

use axum::http::StatusCode;
use serde_json::json;

pub(crate) use self::events::node_kind as event_node_kind;
use self::scene::Scene;
use super::Call;
use super::answer::Answer;
use crate::state::Lookup;
use crate::tracker::{Gone, Issue, adopt};

/// What is below the address of a repository.
const NOUNS: [&str; 5] = ["issues", "pulls", "labels", "milestones", "comments"];

/// Whether the tracker answers for a path below a repository's.
pub(super) fn serves(rest: &[&str]) -> bool {
    rest.first().is_some_and(|noun| NOUNS.contains(noun))
}

/// The permission which a fine-grained token needs for a path below a repository's. What is in
/// issues and pull requests both may be read with that for either.
pub(super) fn permission(rest: &[&str]) -> &'static str {
    match rest {
        ["pulls", ..] => "pull_requests",
        ["comments", ..] => "contents",
        _ => "issues",
    }
}

impl Call<'_> {
    /// An answer about the tracker of the repository of a name.
    pub(super) fn tracker(&self, full_name: &str, rest: &[&str]) -> Answer {
        let state = self.github.state();
        let id = match state.lookup(full_name) {
            Lookup::Found(entry) => entry.id,
            Lookup::Moved(entry) if state.can_see(self.caller, entry) => {
                return self.moved(&format!("/repositories/{}/{}", entry.id, rest.join("/")));
            }
            Lookup::Moved(_) | Lookup::Unknown => return Answer::not_found(),
        };
        drop(state);
        self.tracker_of(id, rest)
    }

    /// An answer about the tracker of the repository of an id.
    pub(super) fn tracker_by_id(&self, id: &str, rest: &[&str]) -> Answer {
        id.parse().map_or_else(|_| Answer::not_found(), |id| self.tracker_of(id, rest))
    }

    fn tracker_of(&self, id: u64, rest: &[&str]) -> Answer {
        let directory = self.github.directory();
        let mut state = self.github.state();
        let Some(entry) = state.repositories.get(&id) else {
            return Answer::not_found();
        };
        if !state.can_see(self.caller, entry) || !entry.is_served(directory, false) {
            return Answer::not_found();
        }
        if let Some(answer) = self.refuse_sso(&state, &entry.owner) {
            return answer;
        }
        adopt(&mut state, directory, id);
        let authenticated = self.caller.is_authenticated();
        let scene = Scene::new(&state, state.entry(id), &self.base, directory, authenticated);
        match rest {
            ["issues", rest @ ..] => self.issues(&scene, rest),
            ["pulls", rest @ ..] => self.pulls(&scene, rest),
            ["labels"] => self.labels(&scene),
            ["labels", name] => scene.label_of(name).map_or_else(Answer::not_found, Answer::ok),
            ["milestones"] => self.milestones(&scene),
            ["milestones", number] => scene.milestone_of(number).map_or_else(Answer::not_found, Answer::ok),
            ["comments", rest @ ..] => self.commit_comments(&scene, rest),
            _ => Answer::not_found(),
        }
    }

    fn issues(&self, scene: &Scene<'_>, rest: &[&str]) -> Answer {
        match *rest {
            [] => self.issue_list(scene),
            ["comments"] => self.comments(scene),
            ["comments", id] => self.single_comment(scene, id),
            ["comments", id, "reactions"] => self.comment_reactions(scene, id),
            ["events"] => self.events(scene),
            ["events", id] => self.single_event(scene, id),
            [number, ref rest @ ..] => match self.issue(scene, number) {
                Ok(issue) => self.issue_part(scene, issue, rest),
                Err(answer) => answer,
            },
        }
    }

    fn issue_part(&self, scene: &Scene<'_>, issue: &Issue, rest: &[&str]) -> Answer {
        match rest {
            [] => Answer::ok(scene.issue(issue)),
            ["comments"] => self.comments_of(scene, issue),
            ["events"] => self.events_of(scene, issue),
            ["timeline"] => self.timeline(scene, issue),
            ["labels"] => self.labels_of(scene, issue),
            ["reactions"] => self.reactions(scene, &format!("issues/{}/reactions", issue.number()), &issue.reactions),
            _ => Answer::not_found(),
        }
    }

    /// An issue or pull request, or the answer which says what became of it.
    fn issue<'s>(&self, scene: &Scene<'s>, number: &str) -> Result<&'s Issue, Answer> {
        let number: u64 = number.parse().map_err(|_| Answer::not_found())?;
        let tracker = scene.tracker();
        tracker.issues.get(&number).ok_or_else(|| match tracker.gone.get(&number) {
            None => Answer::not_found(),
            Some(Gone::Deleted) => {
                let mut answer = Answer::error(StatusCode::GONE, "This issue was deleted");
                answer.body["documentation_url"] = json!("https://docs.github.com/rest/issues/issues#get-an-issue");
                answer
            }
            Some(Gone::Transferred { repository, number }) => {
                self.moved(&format!("/repositories/{repository}/issues/{number}"))
            }
        })
    }
}
