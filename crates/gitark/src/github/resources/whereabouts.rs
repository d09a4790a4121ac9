//! Where something is that a list does not have any more.

use serde_json::{Value, json};

use super::reader::Reader;
use crate::github::Error;

/// Whether a discussion is there.
pub(in crate::github) const DISCUSSION_QUERY: &str = "query($owner: String!, $name: String!, $number: Int!) { \
    repository(owner: $owner, name: $name) { discussion(number: $number) { number } } }";

/// Where an issue, a pull request or a discussion is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whereabouts {
    /// Where it was.
    Here,
    /// In another repository, or another number: its address for people.
    Moved(String),
    /// Nowhere that the token may see.
    Nowhere,
}

impl Reader {
    /// Where the issue or pull request with this number is. GitHub leads from one that was transferred to where it is now.
    ///
    /// # Errors
    /// Any [`Error`] but that it is not there.
    pub async fn issue_whereabouts(&self, number: u64) -> Result<Whereabouts, Error> {
        let issue = match self.get(self.url(&format!("issues/{number}"), &[]), None).await {
            Ok(answer) => answer.map(|(issue, _)| issue).unwrap_or_default(),
            Err(Error::Status { status: 404 | 410, .. }) => return Ok(Whereabouts::Nowhere),
            Err(error) => return Err(error),
        };
        let text = |field| issue.get(field).and_then(Value::as_str).unwrap_or_default();
        let ours = self.full_name().to_ascii_lowercase();
        let is_ours = text("repository_url").to_ascii_lowercase().ends_with(&format!("/repos/{ours}"));
        let is_it = issue.get("number").and_then(Value::as_u64) == Some(number);
        Ok(if is_ours && is_it { Whereabouts::Here } else { Whereabouts::Moved(text("html_url").to_owned()) })
    }

    /// Where the discussion with this number is.
    ///
    /// # Errors
    /// Any [`Error`] but that it is not there.
    pub async fn discussion_whereabouts(&self, number: u64) -> Result<Whereabouts, Error> {
        let told = self.query_repository(DISCUSSION_QUERY, json!({ "number": number })).await?;
        let is_missing = told.errors.iter().any(|error| error.get("type").is_some_and(|kind| kind == "NOT_FOUND"));
        match told.data.pointer("/repository/discussion") {
            Some(Value::Object(_)) => Ok(Whereabouts::Here),
            Some(Value::Null) if told.errors.is_empty() || is_missing => Ok(Whereabouts::Nowhere),
            _ => Err(self.refused(&told)),
        }
    }
}
