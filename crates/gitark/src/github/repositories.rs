//! Listing repositories.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
};

use jiff::Timestamp;
use reqwest::header::HeaderMap;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::{
    Account, Affiliation, Error, GitHub, Source,
    accounts::{self, Seen},
    session::Session,
};
use crate::{cause, http, identity::RepositoryId};

/// What a listing holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listed {
    /// The repositories, in the order in which GitHub lists them.
    pub found: Vec<Repository>,
    /// The accounts that were listed.
    pub accounts: Vec<Account>,
    /// What is odd in it: a name as far as there is one, and what is wrong.
    pub odd: Vec<(String, String)>,
    /// Organisations (their numbers) that the answer leaves out because the token lacks their single sign-on.
    pub without_sign_on: Vec<String>,
}

/// A repository, or a gist, as the API lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    /// Its identity: names come and go.
    pub id: RepositoryId,
    /// Its id for GraphQL; empty where that is not told.
    pub node_id: String,
    /// `OWNER/REPO` in GitHub's spelling; of a gist `OWNER/ID`.
    pub full_name: String,
    /// What is told of gists only.
    pub gist: Option<Gist>,
    /// Whether a wiki is switched on; it may never have been made.
    pub has_wiki: bool,
    /// `public`, `private` or `internal`.
    pub visibility: String,
    /// Whether it is a fork.
    pub fork: bool,
    /// Whether it is archived.
    pub archived: bool,
    /// Whether GitHub disabled it.
    pub disabled: bool,
    /// Whether it is a template.
    pub is_template: bool,
    /// Its main language.
    pub language: Option<String>,
    /// Its topics.
    pub topics: Vec<String>,
    /// Its size on GitHub's disks, in KiB, as GitHub counts it from time to time.
    pub size: u64,
    /// When something was last pushed to it; of a gist, when it last changed.
    pub pushed_at: Option<Timestamp>,
    /// Its default branch.
    pub default_branch: Option<String>,
    /// GitHub's clock when it said so.
    pub listed_at: Timestamp,
    /// The credentials that see it.
    pub(super) seen_by: Vec<u16>,
}

/// What is told of gists only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gist {
    /// Whether its git address is below `gist.HOST`, and not below `HOST/gist`.
    pub(super) has_own_host: bool,
    /// How many comments it has.
    pub comments: u64,
}

/// A repository in an answer.
#[derive(Deserialize)]
struct Item {
    id: u64,
    #[serde(default)]
    node_id: String,
    full_name: String,
    #[serde(default)]
    has_wiki: bool,
    #[serde(default)]
    private: bool,
    #[serde(default)]
    visibility: Option<String>,
    #[serde(default)]
    fork: bool,
    #[serde(default)]
    archived: bool,
    #[serde(default)]
    disabled: bool,
    #[serde(default)]
    is_template: Option<bool>,
    #[serde(default)]
    language: Option<String>,
    #[serde(default)]
    topics: Option<Vec<String>>,
    #[serde(default)]
    size: Option<u64>,
    #[serde(default)]
    pushed_at: Option<Timestamp>,
    #[serde(default)]
    default_branch: Option<String>,
}

impl Repository {
    /// A repository that nothing but id and name is known of.
    pub fn new(id: u64, full_name: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            node_id: String::new(),
            full_name: full_name.into(),
            gist: None,
            has_wiki: false,
            visibility: "public".into(),
            fork: false,
            archived: false,
            disabled: false,
            is_template: false,
            language: None,
            topics: Vec::new(),
            size: 0,
            pushed_at: None,
            default_branch: None,
            listed_at: Timestamp::now(),
            seen_by: Vec::new(),
        }
    }

    fn parse(item: Value, url: &Url, listed_at: Timestamp) -> Result<Self, Error> {
        let item: Item = serde_json::from_value(item).map_err(|error| Error::Answer {
            url: url.to_string(),
            problem: format!("a repository in it is odd: {error}"),
        })?;
        let visibility = item.visibility.unwrap_or_else(|| if item.private { "private" } else { "public" }.into());
        Ok(Self {
            node_id: item.node_id,
            has_wiki: item.has_wiki,
            visibility,
            fork: item.fork,
            archived: item.archived,
            disabled: item.disabled,
            is_template: item.is_template.unwrap_or_default(),
            language: item.language,
            topics: item.topics.unwrap_or_default(),
            size: item.size.unwrap_or_default(),
            pushed_at: item.pushed_at,
            default_branch: item.default_branch,
            listed_at,
            ..Self::new(item.id, item.full_name)
        })
    }
}

/// A list while its pages come.
#[derive(Default)]
pub(super) struct Gathered {
    pub(super) listed: Listed,
    seen: HashMap<RepositoryId, usize>,
}

impl Gathered {
    /// Adds a repository that credential `session` sees. Whether it is new to the list.
    pub(super) fn add(&mut self, session: usize, mut repository: Repository) -> bool {
        let session = u16::try_from(session).unwrap_or_default();
        match self.seen.entry(repository.id.clone()) {
            Entry::Occupied(known) => {
                if let Some(known) = self.listed.found.get_mut(*known.get())
                    && !known.seen_by.contains(&session)
                {
                    known.seen_by.push(session);
                    return true;
                }
                false
            }
            Entry::Vacant(new) => {
                new.insert(self.listed.found.len());
                repository.seen_by = vec![session];
                self.listed.found.push(repository);
                true
            }
        }
    }

    /// Adds a page of repositories; how many were new to the list.
    fn add_page(&mut self, session: usize, page: Vec<Value>, url: &Url, headers: &HeaderMap) -> usize {
        self.note_sign_on(headers);
        let listed_at = http::date(headers).unwrap_or_else(Timestamp::now);
        let mut new = 0;
        for item in page {
            let name = item.get("full_name").and_then(Value::as_str).unwrap_or("(an item without a name)").to_owned();
            match Repository::parse(item, url, listed_at) {
                Ok(repository) => new += usize::from(self.add(session, repository)),
                Err(error) => {
                    new += 1;
                    self.odd(name, &error);
                }
            }
        }
        new
    }

    pub(super) fn add_account(&mut self, account: Option<Account>) {
        if let Some(account) = account {
            accounts::add(&mut self.listed.accounts, account);
        }
    }

    pub(super) fn odd(&mut self, name: String, error: &Error) {
        self.listed.odd.push((name, cause::chain(error)));
    }

    /// `X-GitHub-SSO: partial-results; organizations=1,2`.
    fn note_sign_on(&mut self, headers: &HeaderMap) {
        let value = headers.get("x-github-sso").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let Some((_, numbers)) = value.split_once("organizations=").filter(|_| value.starts_with("partial-results"))
        else {
            return;
        };
        for number in numbers
            .split(',')
            .map(str::trim)
            .filter(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
        {
            if !self.listed.without_sign_on.iter().any(|known| known == number) {
                self.listed.without_sign_on.push(number.to_owned());
            }
        }
    }
}

impl GitHub {
    /// What `source` holds, as all credentials together see it. One odd item does not hide the others.
    ///
    /// # Errors
    /// Any [`Error`]: of a credential that could not be asked, or of all when none sees the source.
    pub async fn repositories(&self, source: &Source) -> Result<Listed, Error> {
        let mut gathered = Gathered::default();
        let (mut unseen, mut seen) = (None, false);
        for (number, session) in self.sessions().iter().enumerate() {
            match self.gather(source, number, session, &mut gathered).await {
                Ok(()) => seen = true,
                // Another credential may see it.
                Err(
                    error @ (Error::NoSuchAccount { .. } | Error::GoneOrForbidden { .. } | Error::SingleSignOn { .. }),
                ) => unseen = Some(error),
                Err(error) => return Err(error),
            }
            // One credential is enough for what all see.
            if seen && matches!(source, Source::Repository(..) | Source::Gist(_)) {
                break;
            }
        }
        match unseen {
            Some(error) if !seen => Err(error),
            _ => Ok(gathered.listed),
        }
    }

    /// What one credential sees of `source`.
    async fn gather(
        &self,
        source: &Source,
        number: usize,
        session: &Arc<Session>,
        gathered: &mut Gathered,
    ) -> Result<(), Error> {
        let (url, items) = match source {
            Source::Mine(_) | Source::Gists(None) | Source::Starred(None) | Source::StarredGists
                if session.is_anonymous() =>
            {
                return Err(Error::TokenNeeded);
            }
            Source::Gist(_) | Source::Gists(_) | Source::StarredGists => {
                return self.gather_gists(source, number, session, gathered).await;
            }
            // An app has no stars of its own.
            Source::Starred(None) if session.installation().is_some() => return Ok(()),
            Source::Mine(_) if session.installation().is_some() => {
                (session.url(&["installation", "repositories"]), Some("repositories"))
            }
            Source::Mine(affiliations) => (mine(session, affiliations), None),
            Source::AccountData(login) => {
                gathered.add_account(self.account(login, number, session).await?.account);
                return Ok(());
            }
            // An organisation's list and the token owner's own one show private repositories, a user's public list never
            // does.
            Source::Account(login) => {
                let Seen { is_organization, is_own, account } = self.account(login, number, session).await?;
                gathered.add_account(account);
                match session.installation() {
                    Some(own) if own.eq_ignore_ascii_case(login) => {
                        (session.url(&["installation", "repositories"]), Some("repositories"))
                    }
                    _ if is_organization => (session.url(&["orgs", login, "repos"]), None),
                    _ if is_own => (mine(session, &[Affiliation::Owner]), None),
                    _ => (session.url(&["users", login, "repos"]), None),
                }
            }
            Source::Starred(Some(login)) => (session.url(&["users", login, "starred"]), None),
            Source::Starred(None) => (session.url(&["user", "starred"]), None),
            Source::Repository(owner, name) => {
                let url = session.url(&["repos", owner, name]);
                let (item, headers) = found(session.get_with_headers(url.clone()).await, || format!("{owner}/{name}"))?;
                let listed_at = http::date(&headers).unwrap_or_else(Timestamp::now);
                gathered.add(number, Repository::parse(item, &url, listed_at)?);
                return Ok(());
            }
        };
        let list = url.clone();
        session.pages(url, items, |page, headers| gathered.add_page(number, page, &list, headers)).await
    }
}

/// Where the token owner's repositories are listed.
fn mine(session: &Session, affiliations: &[Affiliation]) -> Url {
    let mut url = session.url(&["user", "repos"]);
    if !affiliations.is_empty() {
        let words: Vec<_> = affiliations.iter().map(|affiliation| affiliation.as_str()).collect();
        url.query_pairs_mut().append_pair("affiliation", &words.join(","));
    }
    url
}

/// The answer about one thing: refusals say that it is gone, or not to be seen.
pub(super) fn found<T>(answer: Result<T, Error>, name: impl Fn() -> String) -> Result<T, Error> {
    match answer {
        Err(Error::Status { status: status @ (403 | 404 | 410 | 451), .. }) => {
            Err(Error::GoneOrForbidden { name: name(), status })
        }
        answer => answer,
    }
}
