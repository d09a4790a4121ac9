//! What kind each object of a pack is, from the headers of its entries alone: a delta is of its base's kind.

use std::collections::HashMap;

use gix_object::Kind;
use gix_pack::{Bundle, data::entry::Header};

use super::{Error, pack::one_line};

/// An object of a pack.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    /// Where it begins in the pack.
    pub(super) offset: u64,
    /// Its place in the index.
    pub(super) at: u32,
    /// Its kind.
    pub(super) kind: Kind,
}

/// The objects of a pack in the order in which they lie there. `place` finds an object's place in the index.
///
/// # Errors
/// [`Error::BadPack`] for a delta whose base is not in the pack.
pub(super) fn entries(bundle: &Bundle, place: impl Fn(&gix_hash::oid) -> Option<usize>) -> Result<Vec<Entry>, Error> {
    let bad = |error| Error::BadPack(one_line(&error));
    let index = &bundle.index;
    let mut order: Vec<(u64, u32)> = (0..index.num_objects()).map(|at| (index.pack_offset_at_index(at), at)).collect();
    order.sort_unstable();
    let mut kinds: Vec<Option<Kind>> = vec![None; order.len()];
    // Places in `order`: a delta, and the base that comes after it.
    let mut forward = Vec::new();
    let rank = |offset: u64| order.binary_search_by_key(&offset, |(offset, _)| *offset).ok();
    for (here, (offset, _)) in order.iter().enumerate() {
        let base = match bundle.pack.entry(*offset).map_err(bad)?.header {
            Header::OfsDelta { base_distance } => offset.checked_sub(base_distance).and_then(rank),
            Header::RefDelta { base_id } => place(&base_id)
                .and_then(|at| u32::try_from(at).ok())
                .and_then(|at| rank(index.pack_offset_at_index(at))),
            whole => {
                kinds[here] = whole.as_kind();
                continue;
            }
        };
        let base = base.ok_or_else(|| Error::BadPack("a delta's base is not in it".into()))?;
        match kinds[base] {
            Some(kind) => kinds[here] = Some(kind),
            None => forward.push((here, base)),
        }
    }
    settle(&mut kinds, &forward)?;
    let entries = order.into_iter().zip(kinds);
    Ok(entries.filter_map(|((offset, at), kind)| kind.map(|kind| Entry { offset, at, kind })).collect())
}

/// Gives each delta of `forward` (a place, and its base's) the kind at the end of its chain, in one step for each: a
/// server can send a chain of as many deltas as it likes, each before its base.
fn settle(kinds: &mut [Option<Kind>], forward: &[(usize, usize)]) -> Result<(), Error> {
    let bases: HashMap<usize, usize> = forward.iter().copied().collect();
    for (here, _) in forward {
        let (mut chain, mut at) = (Vec::new(), *here);
        while kinds[at].is_none() {
            chain.push(at);
            match bases.get(&at).filter(|_| chain.len() <= forward.len()) {
                Some(base) => at = *base,
                None => return Err(Error::BadPack("deltas are each other's bases".into())),
            }
        }
        for link in chain {
            kinds[link] = kinds[at];
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_chain_of_deltas_before_their_bases_is_settled_at_once() {
        const LENGTH: usize = 1 << 19;
        let mut kinds = vec![None; LENGTH];
        kinds.push(Some(Kind::Tree));
        let forward: Vec<_> = (0..LENGTH).map(|here| (here, here + 1)).collect();
        settle(&mut kinds, &forward).expect("a chain");
        assert!(kinds.iter().all(|kind| *kind == Some(Kind::Tree)));
        assert!(settle(&mut [None, None, None], &[(0, 1), (1, 2), (2, 1)]).is_err());
    }
}
