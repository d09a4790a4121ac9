//! Reads what lies below the address of one repository, account or gist.

use std::sync::Arc;

use jiff::Timestamp;
use reqwest::header::{ETAG, HeaderMap};
use serde_json::{Value, json};
use tokio::sync::OnceCell;
use url::Url;

use super::{graphql::Told, overview::Overview};
use crate::{
    cause,
    github::{
        Account, Error, GitHub, Repository,
        pages::{self, Walk},
        session::{self, Session},
    },
    http::{self, shown},
};

/// What stands before the name of a repository in addresses.
const REPOSITORIES: &str = "repos";
/// Items of a page; GitHub gives no more.
pub(super) const PAGE_ITEMS: usize = 100;

/// Reads the resources of one repository, account or gist, with a credential that sees it.
#[derive(Clone, Debug)]
pub struct Reader {
    session: Arc<Session>,
    base: Vec<String>,
    /// How much there is, once that was asked.
    pub(super) overview: Arc<OnceCell<Overview>>,
    /// The form of answers.
    accept: &'static str,
}

/// One page of a list.
pub(super) struct Page {
    pub(super) items: Vec<Value>,
    /// The page behind it.
    pub(super) next: Option<Url>,
    pub(super) etag: Option<String>,
    pub(super) observed: Option<Timestamp>,
}

impl GitHub {
    /// Reads what is around the code of `repository`, which may be a gist.
    pub fn reader(&self, repository: &Repository) -> Reader {
        let base = match &repository.gist {
            Some(_) => vec!["gists".to_owned(), repository.id.to_string()],
            None => [REPOSITORIES].into_iter().chain(repository.full_name.split('/')).map(str::to_owned).collect(),
        };
        Reader { session: self.session_for(repository), base, accept: session::JSON, overview: Arc::default() }
    }

    /// Reads the own data of `account`.
    pub fn account_reader(&self, account: &Account) -> Reader {
        let kind = if account.is_organization { "orgs" } else { "users" };
        let base = vec![kind.to_owned(), account.login.clone()];
        Reader { session: self.session_of(account), base, accept: session::JSON, overview: Arc::default() }
    }
}

impl Reader {
    /// `OWNER/REPO`.
    pub(super) fn full_name(&self) -> String {
        self.base.get(1..).unwrap_or_default().join("/")
    }

    /// The session that asks.
    pub(in crate::github) fn session(&self) -> &Arc<Session> {
        &self.session
    }

    /// The address of the bytes of a release asset.
    pub(in crate::github) fn asset(&self, id: u64) -> Url {
        self.url(&format!("releases/assets/{id}"), &[])
    }

    /// The address of the zip archive of the default branch.
    pub(in crate::github) fn zipball(&self) -> Url {
        self.url("zipball", &[])
    }

    /// Whether there is no token.
    pub(super) fn is_anonymous(&self) -> bool {
        self.session.is_anonymous()
    }

    /// The same with answers in another form.
    pub(super) fn accepting(&self, accept: &'static str) -> Self {
        Self { accept, ..self.clone() }
    }

    /// Whether it reads a repository, which has more than an account or a gist.
    pub(super) fn is_of_repository(&self) -> bool {
        self.base.first().is_some_and(|first| first == REPOSITORIES)
    }

    /// The login of the account that it reads.
    pub(super) fn login(&self) -> &str {
        self.base.last().map(String::as_str).unwrap_or_default()
    }

    /// The address of `path` below the repository or account, or below the API where it begins with a slash.
    pub(super) fn url(&self, path: &str, query: &[(&str, &str)]) -> Url {
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        if path.starts_with('/') {
            return with_query(self.session.url(&parts), query);
        }
        self.url_of(&parts, query)
    }

    /// The same by the parts of the path, in which a slash is one of a name.
    pub(super) fn url_of(&self, parts: &[&str], query: &[(&str, &str)]) -> Url {
        let segments: Vec<&str> = self.base.iter().map(String::as_str).chain(parts.iter().copied()).collect();
        with_query(self.session.url(&segments), query)
    }

    /// One answer; none when it is what `etag` stands for.
    pub(super) async fn get(&self, url: Url, etag: Option<&str>) -> Result<Option<(Value, HeaderMap)>, Error> {
        self.session.get_unless_same(url, self.accept, etag).await
    }

    /// What GraphQL answers, where that is anything.
    pub(super) async fn query(&self, query: &str, variables: Value) -> Result<Told, Error> {
        if self.session.is_anonymous() {
            return Err(self.query_error(Some("FORBIDDEN"), "GraphQL needs a token"));
        }
        let (mut answer, headers) = self.session.query(query, variables).await?;
        let data = answer.get_mut("data").map(Value::take).unwrap_or_default();
        let errors = match answer.get_mut("errors").map(Value::take) {
            Some(Value::Array(errors)) => errors,
            _ => Vec::new(),
        };
        let told = Told { data, observed: http::date(&headers), errors };
        if told.data.is_null() { Err(self.refused(&told)) } else { Ok(told) }
    }

    /// The same, with the variables `owner` and `name` for the repository.
    pub(super) async fn query_repository(&self, query: &str, mut variables: Value) -> Result<Told, Error> {
        if let [_, owner, name] = self.base.as_slice() {
            (variables["owner"], variables["name"]) = (owner.as_str().into(), name.as_str().into());
        }
        self.query(query, variables).await
    }

    /// Why an answer lacks what was asked for.
    pub(super) fn refused(&self, told: &Told) -> Error {
        let Some(error) = told.errors.first() else { return self.odd_answer("it holds nothing".into()) };
        let text = |field| error.get(field).and_then(Value::as_str);
        self.query_error(text("type"), text("message").unwrap_or("no message"))
    }

    fn query_error(&self, kind: Option<&str>, message: &str) -> Error {
        let message = cause::printable(message).chars().take(200).collect();
        Error::Query { url: shown(&self.session.graphql_url()), kind: kind.map(cause::printable), message }
    }

    /// An answer of GraphQL that makes no sense.
    pub(super) fn odd_answer(&self, problem: String) -> Error {
        Error::Answer { url: shown(&self.session.graphql_url()), problem }
    }

    /// One page of a list; none when it is what `etag` stands for. `wrapped` is the field that holds the items, where the
    /// answer is no array.
    pub(super) async fn page(
        &self,
        url: &Url,
        wrapped: Option<&str>,
        etag: Option<&str>,
    ) -> Result<Option<Page>, Error> {
        let Some((mut answer, headers)) = self.get(url.clone(), etag).await? else { return Ok(None) };
        let odd = |problem: String| Error::Answer { url: shown(url), problem };
        let items = match wrapped {
            Some(field) => answer.get_mut(field).map(Value::take),
            None => Some(answer),
        };
        let Some(Value::Array(items)) = items else {
            return Err(odd("a list is expected".into()));
        };
        let next = pages::next(url, &headers).map_err(odd)?;
        Ok(Some(Page { items, next, etag: etag_of(&headers), observed: http::date(&headers) }))
    }

    /// All pages of a list that is read to its end; none when each is what `pages` says that it was.
    pub(super) async fn list(&self, url: Url, wrapped: Option<&str>, pages: &Value) -> Result<Option<List>, Error> {
        self.lists(vec![url], wrapped, pages).await
    }

    /// The same of several lists, one after the other, whose addresses differ in their queries.
    pub(super) async fn lists(
        &self,
        urls: Vec<Url>,
        wrapped: Option<&str>,
        pages: &Value,
    ) -> Result<Option<List>, Error> {
        if let Some(url) = urls.first()
            && self.is_same(url, wrapped, pages).await?
        {
            return Ok(None);
        }
        let mut list = List::default();
        for url in urls {
            let (mut walk, mut next) = (Walk::default(), Some(url));
            while let Some(url) = next.take() {
                walk.enter(&url).map_err(|problem| Error::Answer { url: shown(&url), problem })?;
                let Some(page) = self.page(&url, wrapped, None).await? else { break };
                list.items.extend(page.items);
                list.pages.push(json!([url.query(), page.etag]));
                list.observed = list.observed.or(page.observed);
                next = page.next;
            }
        }
        Ok(Some(list))
    }

    /// Whether the pages are those of the last time. So is their number: a full page may get another behind it, but then
    /// its link to that one is new.
    pub(super) async fn is_same(&self, url: &Url, wrapped: Option<&str>, pages: &Value) -> Result<bool, Error> {
        let pages = pages.as_array().map(Vec::as_slice).unwrap_or_default();
        for page in pages {
            let text = |at: usize| page.get(at).and_then(Value::as_str);
            let (Some(query), Some(etag)) = (text(0), text(1)) else { return Ok(false) };
            let mut url = url.clone();
            url.set_query(Some(query));
            if self.page(&url, wrapped, Some(etag)).await?.is_some() {
                return Ok(false);
            }
        }
        Ok(!pages.is_empty())
    }
}

/// An address with more in its query.
fn with_query(mut url: Url, query: &[(&str, &str)]) -> Url {
    if !query.is_empty() {
        url.query_pairs_mut().extend_pairs(query);
    }
    url
}

/// All items of a list.
#[derive(Default)]
pub(super) struct List {
    pub(super) items: Vec<Value>,
    /// The query and the `ETag` of each page.
    pub(super) pages: Vec<Value>,
    /// GitHub's clock at the first page.
    pub(super) observed: Option<Timestamp>,
}

/// The `ETag` of an answer.
pub(super) fn etag_of(headers: &HeaderMap) -> Option<String> {
    headers.get(ETAG).and_then(|etag| etag.to_str().ok()).map(str::to_owned)
}
