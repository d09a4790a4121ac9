//! Lists into which users sort what they have starred.

use crate::github::GitHub;
use crate::state::{Lookup, State};

/// A list of starred repositories.
#[derive(Clone, Debug)]
pub(crate) struct StarList {
    /// Its number among all lists.
    pub(crate) number: u64,
    pub(crate) name: String,
    pub(crate) private: bool,
    /// The ids of its repositories.
    pub(crate) repositories: Vec<u64>,
    pub(crate) at: i64,
}

impl StarList {
    /// The name in an address.
    pub(crate) fn slug(&self) -> String {
        let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
        self.name.chars().map(plain).collect()
    }
}

impl GitHub {
    /// Lets a user, who is created when unknown, have a list of these repositories.
    pub fn create_star_list(&self, login: &str, name: &str, private: bool, full_names: &[&str]) {
        let mut state = self.state();
        let id = |full_name: &&str| match state.lookup(full_name) {
            Lookup::Found(entry) => entry.id,
            _ => panic!("there is no repository {full_name}"),
        };
        let repositories = full_names.iter().map(id).collect();
        let login = state.ensure_account(login).to_ascii_lowercase();
        let number = state.star_lists.values().map(Vec::len).sum::<usize>() as u64 + 1;
        let list = StarList { number, name: name.to_owned(), private, repositories, at: state.tick() };
        state.star_lists.entry(login).or_default().push(list);
    }
}

impl State {
    /// The lists of a user, the oldest first.
    pub(crate) fn star_lists(&self, login: &str) -> &[StarList] {
        self.star_lists.get(&login.to_ascii_lowercase()).map_or(&[], Vec::as_slice)
    }

    /// The list of a number, and whose it is.
    pub(crate) fn star_list(&self, number: u64) -> Option<(&str, &StarList)> {
        let mut all = self.star_lists.iter().flat_map(|(login, lists)| lists.iter().map(move |list| (login, list)));
        all.find(|(_, list)| list.number == number).map(|(login, list)| (login.as_str(), list))
    }
}
