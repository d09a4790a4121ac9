//! Listing gists. Each is a git repository with comments, without issues or a wiki, and its id is no number.

use jiff::Timestamp;
use reqwest::header::HeaderMap;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::{
    Error, GitHub, Source,
    repositories::{Gathered, Gist, Repository, found},
    session::Session,
};
use crate::{
    http,
    identity::{GistId, RepositoryId},
};

/// The owner of gists that have none: no login has a `_`.
const NOBODY: &str = "_anonymous";

/// A gist in an answer.
#[derive(Deserialize)]
struct Item {
    id: GistId,
    #[serde(default)]
    node_id: String,
    #[serde(default)]
    git_pull_url: String,
    #[serde(default)]
    public: bool,
    #[serde(default)]
    updated_at: Option<Timestamp>,
    #[serde(default)]
    comments: u64,
    #[serde(default)]
    owner: Option<Owner>,
}

#[derive(Deserialize)]
struct Owner {
    login: String,
}

impl GitHub {
    /// Gathers gists that one credential sees.
    pub(super) async fn gather_gists(
        &self,
        source: &Source,
        number: usize,
        session: &Session,
        gathered: &mut Gathered,
    ) -> Result<(), Error> {
        // An app is nobody who could have gists; those of its account are public.
        let is_app = session.installation().is_some();
        let url = match source {
            Source::Gist(id) => {
                let id = String::from(id.clone());
                let url = session.url(&["gists", &id]);
                let (item, headers) = found(session.get_with_headers(url.clone()).await, || format!("gist:{id}"))?;
                gathered.add(number, self.gist(item, &url, &headers)?);
                return Ok(());
            }
            Source::StarredGists if !is_app => session.url(&["gists", "starred"]),
            Source::Gists(None) if !is_app => session.url(&["gists"]),
            Source::Gists(Some(login)) => session.url(&["users", login, "gists"]),
            _ => return Ok(()),
        };
        let list = url.clone();
        let take = |page: Vec<Value>, headers: &HeaderMap| {
            let mut new = 0;
            for item in page {
                let name = item.get("id").and_then(Value::as_str).unwrap_or("(a gist without an id)").to_owned();
                match self.gist(item, &list, headers) {
                    Ok(gist) => new += usize::from(gathered.add(number, gist)),
                    Err(error) => {
                        new += 1;
                        gathered.odd(format!("gist:{name}"), &error);
                    }
                }
            }
            new
        };
        let listed = session.pages(url, None, take).await;
        match (source, listed) {
            // That there is no such account is told where its repositories are listed; a server may have no gists.
            (Source::Gists(_), Err(Error::Status { status: 404, .. })) => Ok(()),
            (_, listed) => listed,
        }
    }

    fn gist(&self, item: Value, url: &Url, headers: &HeaderMap) -> Result<Repository, Error> {
        let item: Item = serde_json::from_value(item).map_err(|error| Error::Answer {
            url: url.to_string(),
            problem: format!("a gist in it is odd: {error}"),
        })?;
        let owner = item.owner.map_or(NOBODY.to_owned(), |owner| owner.login);
        let full_name = format!("{owner}/{}", String::from(item.id.clone()));
        // Of the address only this is taken: a token must not follow an answer to another host.
        let own_host = format!("gist.{}", self.host());
        let has_own_host = Url::parse(&item.git_pull_url).is_ok_and(|url| url.host_str() == Some(&*own_host));
        Ok(Repository {
            id: RepositoryId::Gist(item.id),
            node_id: item.node_id,
            gist: Some(Gist { has_own_host, comments: item.comments }),
            visibility: if item.public { "public" } else { "secret" }.into(),
            pushed_at: item.updated_at,
            listed_at: http::date(headers).unwrap_or_else(Timestamp::now),
            ..Repository::new(0, full_name)
        })
    }
}
