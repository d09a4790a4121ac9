//! The repository which a path is below of.

use axum::http::{StatusCode, header};
use serde_json::json;

use super::Call;
use super::answer::Answer;
use crate::entry::Entry;
use crate::state::{Lookup, State};

impl Call<'_> {
    /// The answer about a repository which the caller may see.
    pub(super) fn in_repository(
        &self,
        owner: &str,
        name: &str,
        answer: impl FnOnce(&State, &Entry) -> Answer,
    ) -> Answer {
        let state = self.github.state();
        match state.lookup(&format!("{owner}/{name}")) {
            Lookup::Found(entry) if state.can_see(self.caller, entry) => {
                if !entry.is_served(self.github.directory(), false) {
                    return Answer::not_found();
                }
                self.refuse_sso(&state, &entry.owner).unwrap_or_else(|| answer(&state, entry))
            }
            Lookup::Moved(entry) if state.can_see(self.caller, entry) => self.moved_repository(entry),
            Lookup::Found(_) | Lookup::Moved(_) | Lookup::Unknown => Answer::not_found(),
        }
    }

    /// The redirect to the same below a repository's id.
    fn moved_repository(&self, entry: &Entry) -> Answer {
        let rest = self.path.splitn(4, '/').nth(3).map(|rest| format!("/{rest}")).unwrap_or_default();
        let query = self.raw_query.map(|query| format!("?{query}")).unwrap_or_default();
        self.moved(&format!("/repositories/{}{rest}{query}", entry.id))
    }

    /// The redirect to a path.
    pub(super) fn moved(&self, path: &str) -> Answer {
        let url = self.base.api(path);
        let mut answer = Answer::error(StatusCode::MOVED_PERMANENTLY, "Moved Permanently");
        answer.body["url"] = json!(url);
        answer.headers.push((header::LOCATION, url));
        answer
    }

    /// The segments of a path below an id with the name in its place: what is below
    /// `repositories/ID`, `organizations/ID` and `user/ID`.
    pub(super) fn named(&self, segments: &[&str]) -> Option<Vec<String>> {
        let state = self.github.state();
        let (named, rest) = match *segments {
            ["repositories", id, ref rest @ ..] if !rest.is_empty() => {
                let entry = state.repositories.get(&id.parse().ok()?).filter(|entry| !entry.vanished)?;
                (vec!["repos".to_owned(), entry.owner.clone(), entry.name.clone()], rest)
            }
            ["organizations", id, ref rest @ ..] if !rest.is_empty() => {
                let account = state.account_by_id(id.parse().ok()?)?;
                (vec!["orgs".to_owned(), account.login.clone()], rest)
            }
            ["user", id, ref rest @ ..] if !rest.is_empty() => {
                let account = state.account_by_id(id.parse().ok()?)?;
                (vec!["users".to_owned(), account.login.clone()], rest)
            }
            _ => return None,
        };
        Some(named.into_iter().chain(rest.iter().map(|&segment| segment.to_owned())).collect())
    }
}
