//! Stars: what users want to find again.

use crate::github::GitHub;
use crate::state::{Lookup, State};

/// A star of a repository.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Star {
    pub(crate) repository: u64,
    pub(crate) at: i64,
}

impl GitHub {
    /// Lets a user, who is created when unknown, star a repository.
    pub fn star(&self, login: &str, full_name: &str) {
        let mut state = self.state();
        let Lookup::Found(entry) = state.lookup(full_name) else { panic!("there is no repository {full_name}") };
        let repository = entry.id;
        let login = state.ensure_account(login).to_ascii_lowercase();
        let at = state.tick();
        state.stars.entry(login).or_default().push(Star { repository, at });
        state.entry_mut(repository).attributes.stars += 1;
    }

    /// Lets a user take a star of a repository back.
    pub fn unstar(&self, login: &str, full_name: &str) {
        let mut state = self.state();
        let Lookup::Found(entry) = state.lookup(full_name) else { panic!("there is no repository {full_name}") };
        let repository = entry.id;
        if let Some(stars) = state.stars.get_mut(&login.to_ascii_lowercase()) {
            stars.retain(|star| star.repository != repository);
        }
        let attributes = &mut state.entry_mut(repository).attributes;
        attributes.stars = attributes.stars.saturating_sub(1);
    }

    /// Lets a user, who is created when unknown, star a gist.
    pub fn star_gist(&self, login: &str, id: &str) {
        let mut state = self.state();
        assert!(state.gist(id).is_some(), "there is no gist {id}");
        let login = state.ensure_account(login).to_ascii_lowercase();
        state.gist_stars.entry(login).or_default().push(id.to_owned());
    }
}

impl State {
    /// The stars of a user, the oldest first.
    pub(crate) fn stars(&self, login: &str) -> &[Star] {
        self.stars.get(&login.to_ascii_lowercase()).map_or(&[], Vec::as_slice)
    }

    /// The ids of the gists a user has starred, the oldest star first.
    pub(crate) fn gist_stars(&self, login: &str) -> &[String] {
        self.gist_stars.get(&login.to_ascii_lowercase()).map_or(&[], Vec::as_slice)
    }
}
