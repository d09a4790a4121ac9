//! Listing repositories.

use serde::Deserialize;
use serde_json::Value;

use super::{Error, GitHub};

/// What to list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// All that the token's owner can reach: own, as collaborator, and as member of organisations.
    Mine,
    /// All of a user or an organisation.
    Account(String),
    /// One repository, by owner and name.
    Repository(String, String),
}

impl std::str::FromStr for Source {
    type Err = String;

    /// Reads `OWNER` or `OWNER/REPO`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_name = |part: &str| {
            !part.is_empty()
                && part != "."
                && part != ".."
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
        };
        match text.split_once('/') {
            None if is_name(text) => Ok(Source::Account(text.to_owned())),
            Some((owner, name)) if is_name(owner) && is_name(name) => {
                Ok(Source::Repository(owner.to_owned(), name.strip_suffix(".git").unwrap_or(name).to_owned()))
            }
            _ => Err(format!("{text:?} is no OWNER or OWNER/REPO")),
        }
    }
}

/// What a listing holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Repositories {
    /// The repositories, in the order in which GitHub lists them.
    pub found: Vec<Repository>,
    /// Items that are no repositories: a name as far as there is one, and what is wrong.
    pub odd: Vec<(String, String)>,
}

/// A repository as the API lists it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Repository {
    /// Its identity: names come and go.
    pub id: u64,
    /// `OWNER/REPO` in GitHub's spelling.
    pub full_name: String,
    /// Whether a wiki is switched on; it may never have been made.
    #[serde(default)]
    pub has_wiki: bool,
}

impl GitHub {
    /// The repositories of `source`. One odd item does not hide the others.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn repositories(&self, source: &Source) -> Result<Repositories, Error> {
        let url = match source {
            Source::Mine if !self.has_token() => return Err(Error::TokenNeeded),
            Source::Mine => self.url(&["user", "repos"]),
            Source::Account(login) => self.account_repositories(login).await?,
            Source::Repository(owner, name) => {
                let found = vec![self.repository(owner, name).await?];
                return Ok(Repositories { found, odd: Vec::new() });
            }
        };
        let mut listed = Repositories::default();
        for item in self.get_all(url.clone()).await? {
            let name = item.get("full_name").and_then(Value::as_str).unwrap_or("(an item without a name)").to_owned();
            match parse(item, url.as_str()) {
                Ok(repository) => listed.found.push(repository),
                Err(error) => listed.odd.push((name, crate::cause::chain(&error))),
            }
        }
        Ok(listed)
    }

    async fn repository(&self, owner: &str, name: &str) -> Result<Repository, Error> {
        let url = self.url(&["repos", owner, name]);
        match self.get(url.clone()).await {
            Ok(item) => parse(item, url.as_str()),
            Err(Error::Status { status: status @ (403 | 404 | 451), .. }) => {
                Err(Error::GoneOrForbidden { name: format!("{owner}/{name}"), status })
            }
            Err(error) => Err(error),
        }
    }

    /// Where an account's repositories are listed: the organisation's list and the token owner's own one show private
    /// repositories, a user's public list never does.
    async fn account_repositories(&self, login: &str) -> Result<url::Url, Error> {
        let account: Value = match self.get(self.url(&["users", login])).await {
            Err(Error::Status { status: 404, .. }) => {
                return Err(Error::NoSuchAccount { name: login.to_owned(), host: self.host().to_owned() });
            }
            result => result?,
        };
        if account.get("type").and_then(Value::as_str) == Some("Organization") {
            return Ok(self.url(&["orgs", login, "repos"]));
        }
        if self.has_token() {
            let me: Value = self.get(self.url(&["user"])).await?;
            let is_me = me.get("login").and_then(Value::as_str).is_some_and(|me| me.eq_ignore_ascii_case(login));
            if is_me {
                let mut url = self.url(&["user", "repos"]);
                url.query_pairs_mut().append_pair("affiliation", "owner");
                return Ok(url);
            }
        }
        Ok(self.url(&["users", login, "repos"]))
    }
}

fn parse(item: Value, url: &str) -> Result<Repository, Error> {
    serde_json::from_value(item)
        .map_err(|error| Error::Answer { url: url.to_owned(), problem: format!("a repository in it is odd: {error}") })
}
