//! The names that repositories had, by their logs: each entry has the name of its time.

use std::collections::BTreeSet;

use futures::{StreamExt as _, stream};

use super::{BareRepository, Error, Vault, lookup::Found};

/// Log entries that are read at once.
const READS_AT_ONCE: usize = 16;
/// The most entries that are read to find a name. Of a vault with more, those of its first repositories are.
const MOST_ENTRIES: u64 = 20_000;

impl BareRepository {
    /// The names in the entries up to `newest`, oldest first, each once. An entry that cannot be read tells none: whether
    /// it matters is not decided here.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn names_up_to(&self, newest: u64) -> Result<Vec<String>, Error> {
        let numbers = self.sequences().await?;
        // Futures do nothing until they are polled. (A closure over references would make this future not `Send`.)
        let mut reads = Vec::with_capacity(numbers.len());
        for number in numbers.into_iter().filter(|number| *number <= newest) {
            reads.push(self.name_in(number));
        }
        let mut reads = stream::iter(reads).buffered(READS_AT_ONCE);
        let (mut names, mut seen) = (Vec::new(), BTreeSet::new());
        while let Some(read) = reads.next().await {
            names.extend(read?.filter(|name| seen.insert(name.clone())));
        }
        Ok(names)
    }

    /// The name in one entry; none when it cannot be read.
    async fn name_in(&self, number: u64) -> Result<Option<String>, Error> {
        match self.entry(number).await {
            Ok(found) => Ok(found.map(|(entry, ..)| entry.repository.name)),
            Err(Error::Damaged(_) | Error::NewerFormat { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Vault {
    /// Those of `all` that were called `name` between their first and their newest entry.
    pub(super) async fn called_between(&self, all: &[Found], name: &str) -> Result<Vec<Found>, Error> {
        let mut left = MOST_ENTRIES;
        let mut found = Vec::new();
        for candidate in all {
            // The first name and the newest are known, so there must be an entry between.
            let newest = candidate.head.as_ref().map_or(0, |head| head.sequence);
            if newest < 3 {
                continue;
            }
            if newest > left {
                break;
            }
            left -= newest;
            let names = self.repository(&candidate.claim.folder, candidate.main_kind()).names_up_to(newest).await?;
            if names.iter().any(|had| had.eq_ignore_ascii_case(name)) {
                found.push(candidate.clone());
            }
        }
        Ok(found)
    }
}
