//! GitHub's REST API: what there is to back up. Nothing here knows the vault.

mod client;
mod error;
mod repositories;

pub use client::GitHub;
pub use error::Error;
pub use repositories::{Repositories, Repository, Source};
