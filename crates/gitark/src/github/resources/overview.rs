//! How much there is, and how new it is, before anything is read: what has no news need not be asked for.

use serde_json::{Value, json};

use super::{batch::Parents, reader::Reader};
use crate::github::{Error, news, news::News};

/// How many things of each kind a repository has; none where the token may not know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Overview {
    issues: Option<News>,
    pulls: Option<News>,
    discussions: Option<News>,
    releases: Option<News>,
}

impl Overview {
    fn of(repository: &Value) -> Self {
        let of = |field| News::of(repository, field);
        Self {
            issues: of("issues"),
            pulls: of("pullRequests"),
            discussions: of("discussions"),
            releases: of("releases"),
        }
    }

    /// What is known of these parents.
    pub(super) fn news(&self, parents: Parents) -> Option<News> {
        match parents {
            Parents::Issues => self.issues,
            Parents::PullRequests => self.pulls,
            Parents::Discussions => self.discussions,
        }
    }

    /// How many there are of what the resource of this name lists.
    pub fn total(&self, resource: &str) -> Option<u64> {
        let news = match resource {
            "issues" => self.issues,
            "pulls" => self.pulls,
            "discussions" => self.discussions,
            "releases" => self.releases,
            _ => None,
        };
        news.map(|news| news.total)
    }
}

/// The query, without some of its fields.
pub(in crate::github) fn overview_query(without: &[&str]) -> String {
    let news = news::selection(without);
    format!("query($owner: String!, $name: String!) {{ repository(owner: $owner, name: $name) {{ id{news} }} }}")
}

impl Reader {
    /// How much there is, as it was when it was first asked for.
    ///
    /// # Errors
    /// As [`Reader::look_over`].
    pub async fn overview(&self) -> Result<Overview, Error> {
        self.overview.get_or_try_init(|| self.look_over()).await.copied()
    }

    /// How much there is now. Nothing is known without a token, of a server without GraphQL, and of what is no repository.
    ///
    /// # Errors
    /// What ends everything: a limit that lasts, a cancelled run, a refused token, or no connection.
    pub async fn look_over(&self) -> Result<Overview, Error> {
        if !self.is_of_repository() {
            return Ok(Overview::default());
        }
        let mut without = Vec::new();
        loop {
            let told = match self.query_repository(&overview_query(&without), json!({})).await {
                Ok(told) => told,
                Err(Error::Query { .. } | Error::Status { .. } | Error::Answer { .. }) => {
                    return Ok(Overview::default());
                }
                Err(error) => return Err(error),
            };
            let refused = news::refused(&told.errors, &without);
            if refused.is_empty() {
                return Ok(Overview::of(&told.data["repository"]));
            }
            without.extend(refused);
        }
    }
}
