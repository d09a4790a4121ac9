//! Which of the things around the code, and of accounts.

use clap::Args;
use gitark::github::resources::{self, Resource, Scope};

use super::selection::parse_size;
use crate::settings::nearest;

/// The word for everything that is around the code, and of accounts and gists.
const ALL: &str = "metadata";
/// The word for everything that accounts have.
const OF_ACCOUNTS: &str = "account";

/// Which of the things around the code, and of accounts.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Resources {
    /// Of what is around the code, only this: issues, pulls … (docs/coverage.md), account for all that accounts have, or
    /// metadata for everything
    #[arg(long, value_name = "RESOURCE", value_delimiter = ',', value_parser = resource)]
    only: Vec<String>,
    /// All but this
    #[arg(long, value_name = "RESOURCE", value_delimiter = ',', value_parser = resource)]
    skip: Vec<String>,
    /// Leave release assets and attachments out that are larger, e.g. 500M or 2G
    #[arg(long, value_name = "SIZE", value_parser = parse_bytes)]
    max_file_size: Option<u64>,
}

/// Reads a size; [`parse_size`] gives KiB.
fn parse_bytes(text: &str) -> Result<u64, String> {
    let size = parse_size(text)?;
    size.checked_mul(1 << 10).ok_or_else(|| "it is too large".into())
}

impl Resources {
    /// The largest release asset or attachment, in bytes.
    pub(crate) fn max_file_bytes(&self) -> Option<u64> {
        self.max_file_size
    }

    /// The chosen ones.
    pub(crate) fn chosen(&self) -> Vec<&'static Resource> {
        let is_named = |words: &[String], resource: &Resource, scopes: &[Scope]| {
            let is_of_accounts = scopes.iter().all(|scope| scope.is_account());
            words.iter().any(|word| word == resource.name || word == ALL || word == OF_ACCOUNTS && is_of_accounts)
        };
        let is_chosen = |resource: &Resource, scopes: &[Scope]| {
            let is_wanted = self.only.is_empty()
                || is_named(&self.only, resource, scopes)
                // Releases tell of their assets.
                || resource.name == "releases" && self.only.iter().any(|word| word == "release-assets");
            is_wanted && !is_named(&self.skip, resource, scopes)
        };
        let all = resources::everything().into_iter();
        all.filter(|(resource, scopes)| is_chosen(resource, scopes)).map(|(resource, _)| resource).collect()
    }
}

/// A resource's name.
fn resource(name: &str) -> Result<String, String> {
    if [ALL, OF_ACCOUNTS].contains(&name) || resources::find(name).is_some() {
        return Ok(name.to_owned());
    }
    let names = resources::everything().into_iter().map(|(resource, _)| resource.name).chain([ALL, OF_ACCOUNTS]);
    Err(match nearest(name, names) {
        Some(nearest) => format!("there is no such resource; did you mean {nearest}?"),
        None => "there is no such resource; docs/coverage.md has all".into(),
    })
}
