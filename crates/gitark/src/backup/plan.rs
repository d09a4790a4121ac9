//! What a backup would do, without doing it.

use std::{collections::HashSet, time::Duration};

use serde::Serialize;

use super::{Error, Listing, Options, one::is_unmoved};
use crate::{
    github::{GitHub, Repository},
    vault::{Vault, cache::Known},
};

/// What the time is reckoned with, in bytes a second: what git servers send to one client, as a rule.
const BYTES_A_SECOND: u64 = 10 << 20;
/// Requests to the git server for a repository that is new: capabilities, references, pack.
const REQUESTS_OF_NEW: u64 = 3;

/// What a backup would do with one repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Planned {
    /// It is not in the vault: all of it is fetched.
    New,
    /// Its references are read, and what is new is fetched.
    Look,
    /// A fast look says that nothing has moved.
    Unmoved,
}

/// What a backup would do.
#[derive(Clone, Debug)]
pub struct Plan<'a> {
    /// The repositories that are meant, in the listing's order.
    pub repositories: Vec<(&'a Repository, Planned)>,
    /// Requests to the API: as many as making the plan took.
    pub api_requests: u64,
    /// Requests to the git server, without those for what is new in repositories that are there already.
    pub git_requests: u64,
    /// Bytes to fetch of new repositories, as GitHub counts them.
    pub new_bytes: u64,
    /// How long it takes, reckoned from how long GitHub's answers took.
    pub duration: Duration,
}

/// Tells what a backup of `listing` into `vault` (none: an empty one) would do. Nothing is written.
///
/// # Errors
/// The vault's.
pub async fn plan<'a>(
    github: &GitHub,
    listing: &'a Listing,
    vault: Option<&Vault>,
    options: &Options,
) -> Result<Plan<'a>, Error> {
    let (host, gist_host) = options.host_folders(github)?;
    let there = match vault {
        Some(vault) => Some((There::read(vault, &host).await?, There::read(vault, &gist_host).await?)),
        None => None,
    };
    let mut plan = Plan {
        repositories: Vec::with_capacity(listing.repositories.len()),
        api_requests: 0,
        git_requests: 0,
        new_bytes: 0,
        duration: Duration::ZERO,
    };
    for repository in &listing.repositories {
        let there = there.as_ref().map(|(code, gists)| if repository.gist.is_some() { gists } else { code });
        let planned = there.map_or(Planned::New, |there| there.planned(repository, listing, options));
        let wiki = u64::from(options.wikis && repository.has_wiki);
        plan.git_requests += match planned {
            Planned::New => REQUESTS_OF_NEW + wiki,
            Planned::Look => 1 + wiki,
            Planned::Unmoved => 0,
        };
        if planned == Planned::New {
            plan.new_bytes = plan.new_bytes.saturating_add(repository.size.saturating_mul(1024));
        }
        plan.repositories.push((repository, planned));
    }
    let (requests, answer) = github.traffic();
    plan.api_requests = requests;
    let rounds = plan.git_requests.div_ceil(options.concurrency.max(1) as u64);
    plan.duration = answer.saturating_mul(u32::try_from(requests + rounds).unwrap_or(u32::MAX))
        + Duration::from_secs(plan.new_bytes / BYTES_A_SECOND);
    Ok(plan)
}

/// What a vault has of one host.
struct There<'a> {
    claimed: HashSet<String>,
    known: Known<'a>,
}

impl<'a> There<'a> {
    async fn read(vault: &'a Vault, host: &'a str) -> Result<Self, Error> {
        Ok(Self { claimed: vault.claimed_ids(host).await?, known: Known::read(vault, host).await? })
    }

    fn planned(&self, repository: &Repository, listing: &Listing, options: &Options) -> Planned {
        if !self.claimed.contains(&repository.id.to_string()) {
            return Planned::New;
        }
        let known = self.known.get(&repository.id);
        match known.is_some_and(|known| is_unmoved(repository, listing.probe.as_ref(), &known, options)) {
            true => Planned::Unmoved,
            false => Planned::Look,
        }
    }
}
