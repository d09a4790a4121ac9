//! Starred repositories.

use serde_json::json;

use super::Call;
use super::answer::Answer;
use crate::entry::Entry;
use crate::representation;
use crate::star::Star;

impl Call<'_> {
    pub(super) fn own_stars(&self) -> Answer {
        match self.caller.login() {
            Some(login) => self.stars(login, "/user/starred"),
            None => Answer::unauthenticated(),
        }
    }

    pub(super) fn stars_of(&self, login: &str) -> Answer {
        let id = self.github.state().account(login).map(|account| account.id);
        match id {
            Some(id) => self.stars(login, &format!("/user/{id}/starred")),
            None => Answer::not_found(),
        }
    }

    /// What a user has starred and the caller can see, the newest star first.
    fn stars(&self, login: &str, path: &str) -> Answer {
        let state = self.github.state();
        let mut found: Vec<(&Star, &Entry)> = state
            .stars(login)
            .iter()
            .filter_map(|star| Some((star, state.repositories.get(&star.repository)?)))
            .filter(|(_, entry)| !entry.vanished && state.can_see(self.caller, entry))
            .filter(|(_, entry)| state.requires_sso(self.caller, &entry.owner).is_none())
            .collect();
        if self.parameter("direction") != Some("asc") {
            found.reverse();
        }
        let with_time = self.accept.contains("star+json");
        self.page(path, found, |(star, entry)| {
            let repository = self.representation(&state, entry)?;
            let at = representation::time(star.at);
            Some(if with_time { json!({ "starred_at": at, "repo": repository }) } else { repository })
        })
    }
}
