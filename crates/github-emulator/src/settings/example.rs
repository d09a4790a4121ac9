//! An example of everything that can be set.
//!
//! The examples are those of GitHub's OpenAPI description (MIT licensed, Copyright (c) 2020 GitHub; `components/examples` in
//! the npm package `@octokit/openapi` 23.0.2), cut to one or two items, with addresses made ours, and
//! mended where they do not fit the description themselves.

use serde_json::{Map, Value};

use super::Noun;
use crate::github::GitHub;
use crate::repository::Repository;

/// What `*` stands for in the examples of a pattern.
const NAMES: [(&str, &str); 4] = [
    ("environments/*", "environments/staging"),
    ("packages/*/*", "packages/container/hello_docker"),
    ("rulesets/*", "rulesets/42"),
    ("teams/*", "teams/justice-league"),
];

fn examples(noun: Noun) -> Map<String, Value> {
    let text = match noun {
        Noun::Repository => include_str!("examples/repository.json"),
        Noun::Organization => include_str!("examples/organization.json"),
        Noun::User | Noun::Viewer => include_str!("examples/user.json"),
        Noun::Gist => include_str!("examples/gist.json"),
    };
    serde_json::from_str(text).expect("the examples are JSON")
}

impl Repository {
    /// Sets an example for every endpoint below the repository, or below a gist; its default
    /// branch gets the protection.
    pub fn fill_settings(&self) {
        let is_gist = self.github().state().gists.contains_key(&self.id());
        let noun = if is_gist { Noun::Gist } else { Noun::Repository };
        let branch = crate::references::default_branch(&self.path());
        for (pattern, example) in examples(noun) {
            let path = concrete(&pattern).replace("branches/*", &format!("branches/{branch}"));
            self.set_settings(&path, example);
        }
        if !is_gist {
            self.set_settings("vulnerability-alerts", Value::Bool(true));
        }
    }
}

impl GitHub {
    /// Sets an example for every endpoint below every repository, gist and account there is.
    pub fn fill_settings(&self) {
        let state = self.state();
        let ids: Vec<u64> = state.repositories.keys().chain(state.gists.keys()).copied().collect();
        let logins: Vec<String> = state.accounts.iter().map(|account| account.login.clone()).collect();
        drop(state);
        for id in ids {
            Repository::new(self.clone(), id, false).fill_settings();
        }
        for login in logins {
            self.fill_account_settings(&login);
        }
    }

    /// Sets an example for every endpoint below an account, which is made when unknown.
    pub fn fill_account_settings(&self, login: &str) {
        let is_organization = self.state().account(login).is_some_and(|account| account.is_organization());
        let noun = if is_organization { Noun::Organization } else { Noun::User };
        for (pattern, example) in examples(noun) {
            self.set_account_settings(login, &concrete(&pattern), example);
        }
    }
}

fn concrete(pattern: &str) -> String {
    NAMES.iter().fold(pattern.to_owned(), |path, (wild, name)| path.replace(wild, name))
}
