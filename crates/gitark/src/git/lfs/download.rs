//! The content of an object, from where a link leads.

use reqwest::{
    Response,
    header::{ACCEPT_ENCODING, CONTENT_RANGE, HeaderMap, RANGE, USER_AGENT},
};
use url::Url;

use super::{
    Error,
    batch::{Action, Lfs},
    error::is_quota,
};
use crate::{
    git::{Error as GitError, remote::AGENT},
    http::{self, REDIRECTS, redirect_target, same_origin},
};

impl Lfs<'_> {
    /// Begins to read an object at byte `from`, or before it when the server does not give a part: the answer, and the
    /// byte at which its body begins.
    ///
    /// The action's headers go to the action's origin and nowhere else; the token of the git server goes nowhere.
    ///
    /// # Errors
    /// Any [`Error`]; [`Error::Expired`] when another link may work.
    pub(crate) async fn open(&self, action: &Action, from: u64) -> Result<(Response, u64), Error> {
        let mut url = action.url.clone();
        for _ in 0..=REDIRECTS {
            self.check(&url).await?;
            let headers = if same_origin(&url, &action.url) { action.headers.clone() } else { HeaderMap::new() };
            let mut request = self.remote.http().get(url.clone()).headers(headers);
            // A compressed answer has no ranges that mean anything.
            request = request.header(ACCEPT_ENCODING, "identity").header(USER_AGENT, AGENT);
            if from > 0 {
                request = request.header(RANGE, format!("bytes={from}-"));
            }
            let response = tokio::select! {
                biased;
                () = self.remote.cancel().cancelled() => return Err(GitError::Cancelled.into()),
                response = request.send() => response,
            };
            let response = response.map_err(|error| GitError::network(doing(&url), error.without_url()))?;
            match redirect_target(&url, &response) {
                Some(target) => url = target,
                None => return checked(response, &url, from),
            }
        }
        Err(GitError::Protocol(format!("the link redirects more than {REDIRECTS} times")).into())
    }
}

fn doing(url: &Url) -> String {
    format!("ask for {}", http::shown_link(url))
}

fn checked(response: Response, url: &Url, from: u64) -> Result<(Response, u64), Error> {
    match response.status().as_u16() {
        200 => Ok((response, 0)),
        206 => {
            let range = response.headers().get(CONTENT_RANGE).and_then(|range| range.to_str().ok());
            let first = range.and_then(|range| range.strip_prefix("bytes ")?.split('-').next()?.parse::<u64>().ok());
            match first {
                Some(first) if first <= from => Ok((response, first)),
                _ => Err(GitError::Protocol("the part that came is not the one that was asked for".into()).into()),
            }
        }
        // Stores answer 403, or 400, to links that are too old.
        status @ (400 | 401 | 403) => Err(Error::Expired(status)),
        status @ (404 | 410) => Err(Error::Object { code: status, message: "the link leads to nothing".into() }),
        416 => Err(Error::Mismatch(format!("it has no more than {from} bytes"))),
        status if is_quota(status, "") => Err(Error::Quota(format!("the link answers {status}"))),
        status => {
            let retry_after = http::retry_after(response.headers());
            Err(GitError::Status { url: http::shown_link(url), status, retry_after }.into())
        }
    }
}
