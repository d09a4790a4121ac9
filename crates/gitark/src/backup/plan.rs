//! What a backup would do, without doing it.

use std::{collections::HashSet, time::Duration};

use serde::Serialize;

use super::{Error, Listing, Options, one::is_unmoved};
use crate::{
    github::{Account, GitHub, Repository, resources::Scope},
    identity::RepositoryId,
    vault::{Vault, cache::Known},
};

/// What the time is reckoned with, in bytes a second: what git servers send to one client, as a rule.
const BYTES_A_SECOND: u64 = 10 << 20;
/// Calls to the store of a first backup: of code or a wiki, and of what is around the code.
const CALLS_OF_NEW: [Calls; 2] = [Calls { writes: 15, reads: 10 }, Calls { writes: 13, reads: 7 }];
/// The same of one without news.
const CALLS_OF_UNCHANGED: [Calls; 2] = [Calls { writes: 0, reads: 2 }, Calls { writes: 0, reads: 5 }];
/// The same of the run itself: the start record, the report, what is remembered.
const CALLS_OF_RUN: Calls = Calls { writes: 4, reads: 4 };
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

/// Calls to a store, as object stores charge for them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Calls {
    /// Puts and listings.
    pub writes: u64,
    /// Gets and heads.
    pub reads: u64,
}

impl std::ops::AddAssign for Calls {
    fn add_assign(&mut self, more: Self) {
        self.writes += more.writes;
        self.reads += more.reads;
    }
}

/// What a backup would do.
#[derive(Clone, Debug)]
pub struct Plan<'a> {
    /// The repositories that are meant, in the listing's order.
    pub repositories: Vec<(&'a Repository, Planned)>,
    /// The accounts whose own data are meant.
    pub accounts: Vec<(&'a Account, Planned)>,
    /// Requests to the API: as many as making the plan took, and one for each resource that is read for the first time.
    /// Many issues and pull requests take more.
    pub api_requests: u64,
    /// Calls to the store, where nothing is new in repositories that are there already.
    pub store_calls: Calls,
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
        accounts: Vec::new(),
        api_requests: 0,
        store_calls: CALLS_OF_RUN,
        git_requests: 0,
        new_bytes: 0,
        duration: Duration::ZERO,
    };
    for account in &listing.accounts {
        let resources: usize = account.scopes().iter().map(|scope| scope.among(&options.resources).len()).sum();
        if resources > 0 {
            let is_there = there.as_ref().is_some_and(|(code, _)| code.has(&account.identity()));
            let planned = if is_there { Planned::Look } else { Planned::New };
            // One that is there is as it was, which does not count.
            plan.api_requests += if is_there { 0 } else { resources as u64 };
            let [_, metadata] = if is_there { CALLS_OF_UNCHANGED } else { CALLS_OF_NEW };
            plan.store_calls += metadata;
            plan.accounts.push((account, planned));
        }
    }
    for repository in &listing.repositories {
        let there = there.as_ref().map(|(code, gists)| if repository.gist.is_some() { gists } else { code });
        let planned = there.map_or(Planned::New, |there| there.planned(repository, listing, options));
        let wiki = u64::from(options.wikis && repository.has_wiki);
        plan.git_requests += match planned {
            Planned::New => REQUESTS_OF_NEW + wiki,
            Planned::Look => 1 + wiki,
            Planned::Unmoved => 0,
        };
        let scope = if repository.gist.is_some() { Scope::Gist } else { Scope::Repository };
        let resources = scope.among(&options.resources).len() as u64;
        let [code, metadata] = match planned {
            Planned::New => CALLS_OF_NEW,
            Planned::Look => CALLS_OF_UNCHANGED,
            Planned::Unmoved => Default::default(),
        };
        (0..=wiki).for_each(|_| plan.store_calls += code);
        if resources > 0 {
            plan.store_calls += metadata;
            plan.api_requests += match planned {
                Planned::New => resources,
                // How much there is; the rest is as it was, and does not count.
                Planned::Look if scope == Scope::Repository => 1,
                Planned::Look | Planned::Unmoved => 0,
            };
        }
        if planned == Planned::New {
            plan.new_bytes = plan.new_bytes.saturating_add(repository.size.saturating_mul(1024));
        }
        plan.repositories.push((repository, planned));
    }
    let (requests, answer) = github.traffic();
    let rounds = (plan.git_requests + plan.api_requests).div_ceil(options.concurrency.max(1) as u64);
    plan.api_requests += requests;
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

    fn has(&self, id: &RepositoryId) -> bool {
        self.claimed.contains(&id.to_string())
    }

    fn planned(&self, repository: &Repository, listing: &Listing, options: &Options) -> Planned {
        if !self.has(&repository.id) {
            return Planned::New;
        }
        let known = self.known.get(&repository.id);
        match known.is_some_and(|known| is_unmoved(repository, listing.probe.as_ref(), &known, options)) {
            true => Planned::Unmoved,
            false => Planned::Look,
        }
    }
}
