//! GitHub's API: what there is to back up. Nothing here knows the vault.
//!
//! A [`GitHub`] is asked with one or more credentials. Each has a session (`session`), which carries its token, follows
//! pages (`pages`) and redirects, and keeps to its budget (`budget`, `limits`).

mod accounts;
mod answer;
mod app;
pub(crate) mod attachments;
mod budget;
mod client;
mod credential;
pub(crate) mod download;
mod error;
mod gists;
mod inspect;
mod limits;
mod news;
pub(crate) mod pages;
mod probe;
#[cfg(test)]
mod queries;
mod repositories;
pub mod resources;
mod session;
mod source;

pub use accounts::{Account, Owners};
pub use app::{App, BadKey};
pub use budget::{Patience, Share};
pub use client::{GitHub, Options};
pub use credential::Credential;
pub use error::Error;
pub use inspect::{Inspection, inspect};
pub use probe::Probe;
pub use repositories::{Gist, Listed, Repository};
pub use source::{Affiliation, Source};
