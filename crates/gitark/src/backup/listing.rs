//! What there is to back up, what is left out, and what has not moved.

use std::collections::HashSet;

use super::{Error, Reason, Selection, selection::LeftOut};
use crate::{
    cause,
    github::{self, Account, GitHub, Listed, Owners, Probe, Repository, Source},
    monitor::{Event, Monitor},
};

/// Up to so many repositories are looked at in full each time: that costs a few seconds.
const FEW: usize = 50;

/// How repositories are looked at that may not have changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Check {
    /// As `Fast` when there are many, but each in full once in a while.
    #[default]
    Auto,
    /// By what the listing and one GraphQL query for a hundred of them say. A repository whose last look is not
    /// remembered is looked at in full.
    Fast,
    /// Each one's references are read.
    Full,
}

/// How to list.
#[derive(Clone, Debug, Default)]
pub struct ListOptions {
    /// An empty listing is fine.
    pub allow_empty: bool,
    /// Which of the repositories are meant.
    pub selection: Selection,
    /// How the repositories will be looked at.
    pub check: Check,
}

/// What there is to back up, each repository once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// What was asked for, and how many repositories were listed for it.
    pub sources: Vec<(String, usize)>,
    /// The repositories.
    pub repositories: Vec<Repository>,
    /// The accounts whose own data are meant.
    pub accounts: Vec<Account>,
    /// Those that are not meant, and why.
    pub left_out: Vec<(Repository, LeftOut)>,
    /// What was asked for and could not be listed: the name and why.
    pub failures: Vec<(String, Reason, String)>,
    /// The filters that the repositories passed, each in words; none when all are meant.
    pub filters: Vec<String>,
    /// What the repositories looked like to a fast look, if one was taken.
    pub probe: Option<Probe>,
}

/// Asks GitHub what there is. Nothing is written. A source that fails is noted when others remain.
///
/// # Errors
/// The failure of the only source, a refused token, [`Error::Empty`] or [`Error::AllLeftOut`].
pub async fn list(
    github: &GitHub,
    sources: &[Source],
    options: &ListOptions,
    monitor: &dyn Monitor,
) -> Result<Listing, Error> {
    let mut listing = Listing { filters: options.selection.words(), ..Listing::default() };
    let mut seen = HashSet::new();
    let named = sources.iter().filter(|source| source.is_named()).count();
    let owners = match sources.iter().any(Source::is_of_the_owner) {
        true => github.owners().await?,
        false => Owners::default(),
    };
    for source in sources {
        let name = source.name(owners.name.as_deref());
        match github.repositories(source).await {
            Ok(listed) => {
                let own: &[Account] = if matches!(source, Source::Mine(_)) { &owners.accounts } else { &[] };
                for account in listed.accounts.iter().chain(own) {
                    let id = account.identity();
                    if options.selection.is_of_shard(&id) && seen.insert(id) {
                        listing.accounts.push(account.clone());
                    }
                }
                listing.sources.push((name.clone(), listed.found.len()));
                listing.note(&name, &listed);
                for repository in listed.found.into_iter().filter(|repository| seen.insert(repository.id.clone())) {
                    match options.selection.leaves_out(&repository) {
                        None => listing.repositories.push(repository),
                        Some(why) => listing.left_out.push((repository, why)),
                    }
                }
            }
            Err(error @ (github::Error::Unauthorized { .. } | github::Error::Cancelled)) => return Err(error.into()),
            // With one account its gists and stars need not be tried.
            Err(error) if source.is_named() && named < 2 => return Err(error.into()),
            Err(error) => {
                let text = cause::chain(&error);
                listing.failures.push((name, Error::from(error).reason(), text));
            }
        }
    }
    let is_of_data_alone = sources.iter().all(|source| matches!(source, Source::AccountData(_)));
    if listing.repositories.is_empty() && listing.failures.is_empty() && !options.allow_empty && !is_of_data_alone {
        match &listing.left_out[..] {
            [] => return Err(Error::Empty),
            // Of few repositories a shard may get none.
            left_out if left_out.iter().any(|(_, why)| *why == LeftOut::AnotherShard) => {}
            left_out => return Err(Error::AllLeftOut { repositories: left_out.len() }),
        }
    }
    if options.check == Check::Fast || listing.repositories.len() > FEW {
        let all: Vec<&Repository> = listing.repositories.iter().collect();
        listing.probe = match github.probe(&all).await {
            Ok(probe) => Some(probe),
            Err(github::Error::Cancelled) => return Err(github::Error::Cancelled.into()),
            Err(error) => {
                let text = format!("cannot take a fast look, each repository is looked at: {}", cause::chain(&error));
                monitor.event(Event::Warning { repository: "all".into(), text });
                None
            }
        };
    }
    Ok(listing)
}

impl Listing {
    /// Notes what a source's listing lacks.
    fn note(&mut self, source: &str, listed: &Listed) {
        let odd = listed.odd.iter().map(|(name, why)| (cause::printable(name), Reason::Protocol, why.clone()));
        self.failures.extend(odd);
        for organisation in &listed.without_sign_on {
            let text = format!(
                "the listing leaves out the organisation with number {organisation}: authorise the token for its single \
                 sign-on in GitHub's settings"
            );
            self.failures.push((source.to_owned(), Reason::SignOnNeeded, text));
        }
    }
}
