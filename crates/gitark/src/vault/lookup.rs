//! Finding a repository by the name that people know, and an entry by number or time.

use std::collections::HashSet;

use futures::{StreamExt as _, TryStreamExt as _, stream};
use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::{
    BareRepository, Error, Vault,
    claim::Claim,
    head::HeadDocument,
    key::{self, Kind},
    state::State,
};

/// Repositories that are looked at at once.
const READS_AT_ONCE: usize = 16;

/// A repository of the vault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its claim.
    pub claim: Claim,
    /// Its newest name: the log's, or the claim's before the first backup.
    pub name: String,
    /// `head.json` of its main kind, or what it would say by the log; none before the first backup's end.
    pub head: Option<HeadDocument>,
}

impl Found {
    /// The host's folder, e.g. `github.com`.
    pub fn host(&self) -> &str {
        self.claim.folder.split('/').next().unwrap_or_default()
    }

    /// The kind without which there is nothing else: of an account what is around its code.
    pub fn main_kind(&self) -> Kind {
        Kind::main_of(&self.claim.folder)
    }

    /// The kinds that there can be of it, in the order in which they are backed up.
    pub fn kinds(&self) -> &'static [Kind] {
        if self.main_kind() == Kind::Code { &Kind::ALL } else { &[Kind::Meta] }
    }

    /// How people know one of its bare repositories.
    pub fn label(&self, kind: Kind) -> String {
        kind.label(&self.name)
    }
}

/// Which backup is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// The newest complete one.
    Latest,
    /// Entry number N of the log.
    Number(u64),
    /// The last complete one observed at this time or before.
    Time(Timestamp),
}

impl std::str::FromStr for At {
    type Err = String;

    /// Reads `latest`, a number, a date (the end of that day, UTC), or a time (RFC 3339).
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "latest" {
            return Ok(At::Latest);
        }
        if let Ok(number) = text.parse() {
            return Ok(At::Number(number));
        }
        if let Ok(time) = text.parse::<Timestamp>() {
            return Ok(At::Time(time));
        }
        let end_of_day = text
            .parse::<Date>()
            .ok()
            .filter(|_| text.len() == 10)
            .and_then(|date| date.at(23, 59, 59, 999_999_999).to_zoned(TimeZone::UTC).ok());
        match end_of_day {
            Some(end) => Ok(At::Time(end.timestamp())),
            None => Err(format!(
                "{text:?} is no entry number, date (2026-11-21), time (2026-11-21T05:00:00Z) or \"latest\""
            )),
        }
    }
}

impl std::fmt::Display for At {
    /// As it stands behind "no backup at".
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            At::Latest => f.write_str("any time"),
            At::Number(number) => write!(f, "number {number}"),
            At::Time(time) => write!(f, "or before {time:.0}"),
        }
    }
}

impl Vault {
    /// Every repository of the vault by name, and the damage of claims that cannot be read.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn repositories(&self) -> Result<(Vec<Found>, Vec<super::Damage>), Error> {
        let (mut found, mut damage) = (Vec::new(), Vec::new());
        let mut claims = Vec::new();
        for claim in self.claims().await? {
            match claim {
                Ok(claim) => claims.push(claim),
                Err(found) => damage.push(found),
            }
        }
        // Futures do nothing until they are polled. (A closure over `self` would make this future not `Send`.)
        let mut reads = Vec::with_capacity(claims.len());
        for claim in claims {
            reads.push(self.found(claim));
        }
        let mut reads = stream::iter(reads).buffered(READS_AT_ONCE);
        while let Some(read) = reads.try_next().await? {
            found.push(read);
        }
        found.sort_by(|a, b| (a.host(), a.name.to_lowercase()).cmp(&(b.host(), b.name.to_lowercase())));
        Ok((found, damage))
    }

    /// What is known of a claimed repository.
    async fn found(&self, claim: Claim) -> Result<Found, Error> {
        let repository = self.repository(&claim.folder, Kind::main_of(&claim.folder));
        let head = match repository.tip().await?.head {
            Some(head) => Some(head),
            None => repository.newest_head().await?,
        };
        let name = head.as_ref().map_or(claim.name.clone(), |head| head.repository.name.clone());
        Ok(Found { claim, name, head })
    }

    /// The repositories called `name` (`OWNER/REPO`, `HOST/OWNER/REPO`, `OWNER/~account`, in any case): those with this name now, else
    /// those that had it when they were first backed up, else those that had it between, by their logs. Or those with an
    /// id, by `id:NUMBER`.
    ///
    /// # Errors
    /// [`Error::BadName`], [`Error::Store`].
    pub async fn find(&self, name: &str) -> Result<Vec<Found>, Error> {
        if let Some(id) = name.strip_prefix("id:") {
            let (mut all, _) = self.repositories().await?;
            all.retain(|found| found.claim.repository_id.to_string() == id);
            return Ok(all);
        }
        let (host, plain) = match name.split('/').count() {
            3 => name.split_once('/').map(|(host, rest)| (Some(host), rest)).unwrap_or((None, name)),
            _ => (None, name),
        };
        key::split_name(plain)?;
        let (mut all, _) = self.repositories().await?;
        all.retain(|found| host.is_none_or(|host| found.host().eq_ignore_ascii_case(host)));
        let has_now = |found: &&Found| found.name.eq_ignore_ascii_case(plain);
        let had_once = |found: &&Found| found.claim.name.eq_ignore_ascii_case(plain);
        let now: Vec<_> = all.iter().filter(has_now).cloned().collect();
        if !now.is_empty() {
            return Ok(now);
        }
        let once: Vec<_> = all.iter().filter(had_once).cloned().collect();
        if once.is_empty() { self.called_between(&all, plain).await } else { Ok(once) }
    }
}

impl Vault {
    /// The repositories called `names`, each as [`Vault::find`] and by its wiki's name too; all when none is named.
    ///
    /// # Errors
    /// [`Error::NoSuchRepository`], the damage of a claim when all are meant, [`Error::Store`].
    pub async fn chosen(&self, names: &[String]) -> Result<Vec<Found>, Error> {
        if names.is_empty() {
            let (all, damage) = self.repositories().await?;
            return damage.into_iter().next().map_or(Ok(all), |damage| Err(Error::Damaged(damage)));
        }
        let mut chosen: Vec<Found> = Vec::new();
        for name in names {
            let mut found = self.find(name).await?;
            if let (true, Some((plain, _))) = (found.is_empty(), Kind::split(name)) {
                // What is beside the code goes with its repository.
                found = self.find(plain).await?;
            }
            if found.is_empty() {
                return Err(Error::NoSuchRepository { name: name.clone() });
            }
            found.retain(|found| !chosen.contains(found));
            chosen.extend(found);
        }
        Ok(chosen)
    }
}

impl BareRepository {
    /// The state at the backup that `at` means.
    ///
    /// # Errors
    /// [`Error::NoSuchBackup`], and as [`BareRepository::sequence_at`] and [`BareRepository::state_at`].
    pub async fn state_of(&self, at: At) -> Result<State, Error> {
        let state = match self.sequence_at(at).await? {
            Some(sequence) => self.state_at(sequence).await?,
            None => None,
        };
        state.ok_or_else(|| Error::NoSuchBackup { path: self.bare().to_owned(), at: at.to_string() })
    }

    /// The number of the entry of `beside`, the wiki or what is around the code, that goes with what `at` means of this
    /// code; none when there was none then.
    ///
    /// Each log has numbers of its own. A number means the code's entry, so the other is taken as the same run saw it, a
    /// moment after the code, else as it was at that entry's time.
    ///
    /// # Errors
    /// As [`BareRepository::sequence_at`].
    pub async fn sequence_beside(&self, beside: &BareRepository, at: At) -> Result<Option<u64>, Error> {
        let At::Number(number) = at else {
            return beside.sequence_at(at).await;
        };
        let Some((of_code, ..)) = self.entry(number).await? else { return Ok(None) };
        for number in beside.sequences().await?.into_iter().rev() {
            let entry = match beside.entry(number).await {
                // Whether it matters, the look-up by time decides.
                Err(Error::Damaged(_)) => continue,
                entry => entry?,
            };
            match entry {
                Some((entry, ..)) if entry.run_id == of_code.run_id && !entry.partial => return Ok(Some(number)),
                Some((entry, ..)) if entry.observed < of_code.observed => break,
                _ => {}
            }
        }
        beside.sequence_at(At::Time(of_code.observed)).await
    }

    /// The number of the entry that `at` means; `None` when there is none.
    ///
    /// # Errors
    /// [`Error::Damaged`] when an entry that must be looked at cannot be read, [`Error::Store`].
    pub async fn sequence_at(&self, at: At) -> Result<Option<u64>, Error> {
        let numbers = self.sequences().await?;
        if let At::Number(number) = at {
            return Ok(numbers.contains(&number).then_some(number));
        }
        if at == At::Latest
            && let Some(head) = self.tip().await?.head
            && numbers.last().is_none_or(|newest| *newest < head.sequence)
        {
            return Err(Error::damaged(key::log_entry(self.bare(), head.sequence), "it is missing"));
        }
        let mut stood_for = HashSet::new();
        // What cannot be read may be what is asked for, until an older entry turns out to be later than that.
        let mut unreadable = None;
        for number in numbers.into_iter().rev() {
            if stood_for.contains(&number) {
                continue;
            }
            let entry = match self.entry(number).await {
                Ok(Some((entry, ..))) => entry,
                Ok(None) => continue,
                Err(Error::Damaged(damage)) => {
                    unreadable = Some(damage);
                    continue;
                }
                Err(error) => return Err(error),
            };
            let in_time = match at {
                At::Time(time) => entry.observed <= time,
                _ => true,
            };
            match unreadable.take() {
                Some(damage) if in_time => return Err(Error::Damaged(damage)),
                _ if in_time && !entry.partial => return Ok(Some(number)),
                _ => {}
            }
            // A repair stands for entries before it that cannot be read.
            stood_for.extend(entry.repair.into_iter().flat_map(|repair| repair.damaged_entries));
        }
        match unreadable {
            Some(damage) => Err(Error::Damaged(damage)),
            None => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_means_the_end_of_that_day() {
        let at = |text: &str| text.parse::<At>().expect("a point in time");
        assert_eq!(at("latest"), At::Latest);
        assert_eq!(at("12"), At::Number(12));
        let time = |text: &str| At::Time(text.parse().expect("a time"));
        assert_eq!(at("2026-11-21"), time("2026-11-21T23:59:59.999999999Z"));
        assert_eq!(at("2026-11-21T05:00:00+09:00"), time("2026-11-20T20:00:00Z"));
        for bad in ["yesterday", "2026-13-01", "", "-1", "2026-11"] {
            assert!(bad.parse::<At>().is_err(), "{bad}");
        }
    }
}
