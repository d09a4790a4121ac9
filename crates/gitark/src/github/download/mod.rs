//! Bytes of files: release assets and attachments.
//!
//! GitHub answers with a redirect to a store of its own, by a link that is good for some minutes. The token goes to GitHub
//! and never where it leads.

mod error;

use std::sync::Arc;

use reqwest::{
    Response,
    header::{
        ACCEPT, ACCEPT_ENCODING, CONTENT_RANGE, ETAG, HeaderMap, HeaderName, HeaderValue, IF_RANGE, LAST_MODIFIED,
        RANGE,
    },
};
use url::Url;

pub(crate) use self::error::Error;
use super::{attachments::Attachments, resources::Reader, session::Session};
use crate::{
    github,
    http::{REDIRECTS, redirect_target, shown_link},
    reach::Judge,
    retry::RetryPolicy,
};

/// Reads the files of one repository, with a credential that sees it.
#[derive(Debug)]
pub(crate) struct Downloads {
    reader: Reader,
    judge: Judge,
}

/// An answer whose bytes come.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) response: Response,
    /// The byte of the file with which it begins.
    pub(crate) first: u64,
    /// The bytes of the whole file, where that is said.
    pub(crate) total: Option<u64>,
    /// What tells this version of the file from another.
    pub(crate) tag: Option<String>,
}

/// What was read so far of a file, to go on from.
#[derive(Clone, Debug, Default)]
pub(crate) struct Progress {
    pub(crate) received: u64,
    pub(crate) tag: Option<String>,
}

impl Reader {
    /// Reads files.
    pub(crate) fn downloads(&self) -> Downloads {
        Downloads { judge: Judge::new(self.session().server().web()), reader: self.clone() }
    }

    /// Finds attachments.
    pub(crate) fn attachments(&self) -> Attachments {
        Attachments::of(self.session().server().web())
    }
}

impl Downloads {
    /// How failures are tried again.
    pub(crate) fn retry(&self) -> RetryPolicy {
        self.session().server().retry
    }

    fn session(&self) -> &Arc<Session> {
        self.reader.session()
    }

    /// The address of a release asset's bytes.
    pub(crate) fn asset(&self, id: u64) -> Url {
        self.reader.asset(id)
    }

    /// Begins to read the zip archive of the default branch, which GitHub makes when it is asked for.
    ///
    /// # Errors
    /// Any [`Error`].
    pub(crate) async fn open_archive(&self) -> Result<Opened, Error> {
        // GitHub refuses to be asked for another kind of answer here.
        let accept = HeaderValue::from_static("application/vnd.github+json");
        let progress = Progress::default();
        match self.open_as(&self.reader.zipball(), &progress, accept.clone()).await {
            // Its link is good for some minutes, and may have been used up by a pause.
            Err(Error::Expired(_)) => self.open_as(&self.reader.zipball(), &progress, accept).await,
            opened => opened,
        }
    }

    /// Begins to read what is at `link`, behind what there is of it already where the server can.
    ///
    /// # Errors
    /// Any [`Error`]; [`Error::Expired`] when the same may work at once.
    pub(crate) async fn open(&self, link: &Url, so_far: &Progress) -> Result<Opened, Error> {
        self.open_as(link, so_far, HeaderValue::from_static("application/octet-stream")).await
    }

    async fn open_as(&self, link: &Url, so_far: &Progress, accept: HeaderValue) -> Result<Opened, Error> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, accept);
        // A compressed answer has no ranges that mean anything.
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        let tag = so_far.tag.as_deref().and_then(|tag| HeaderValue::from_str(tag).ok());
        if let (1.., Some(tag)) = (so_far.received, tag) {
            if let Ok(range) = HeaderValue::from_str(&format!("bytes={}-", so_far.received)) {
                headers.insert(RANGE, range);
            }
            headers.insert(IF_RANGE, tag);
        }
        let mut url = link.clone();
        for _ in 0..=REDIRECTS {
            let is_ours = self.session().server().is_ours(&url);
            let response = if is_ours {
                self.session().open(&url, &headers).await?
            } else {
                if let Some(objection) = self.judge.objection(&url).await {
                    return Err(Error::Unsafe(format!("{}, {objection}", shown_link(&url))));
                }
                self.elsewhere(&url, &headers).await?
            };
            match redirect_target(&url, &response) {
                Some(target) => url = target,
                None => return opened(response, &url, is_ours),
            }
        }
        Err(Error::Protocol(format!("it redirects more than {REDIRECTS} times")))
    }

    /// Asks another host, which gets no token.
    async fn elsewhere(&self, url: &Url, headers: &HeaderMap) -> Result<Response, Error> {
        let server = self.session().server();
        let request = server.http.get(url.clone()).headers(headers.clone());
        let response = tokio::select! {
            biased;
            () = server.cancel.cancelled() => return Err(github::Error::Cancelled.into()),
            response = request.send() => response,
        };
        response.map_err(|source| Error::Network { url: shown_link(url), source: source.without_url() })
    }
}

fn opened(response: Response, url: &Url, is_ours: bool) -> Result<Opened, Error> {
    let text = |name: HeaderName| response.headers().get(name).and_then(|value| value.to_str().ok());
    let strong = text(ETAG).filter(|tag| !tag.starts_with("W/"));
    let tag = strong.or_else(|| text(LAST_MODIFIED)).map(str::to_owned);
    match response.status().as_u16() {
        200 => Ok(Opened { first: 0, total: response.content_length(), tag, response }),
        206 => {
            let range = text(CONTENT_RANGE).and_then(|range| range.strip_prefix("bytes ")?.split_once('/'));
            let first = range.and_then(|(range, _)| range.split('-').next()?.parse::<u64>().ok());
            let total = range.and_then(|(_, total)| total.parse::<u64>().ok());
            let Some(first) = first else {
                return Err(Error::Protocol(format!("{} does not say which part came", shown_link(url))));
            };
            Ok(Opened { first, total, tag, response })
        }
        // Stores answer 403, or 400, to links that are too old.
        status @ (400 | 401 | 403 | 409) if !is_ours => Err(Error::Expired(status)),
        status => Err(Error::Status { url: shown_link(url), status }),
    }
}
