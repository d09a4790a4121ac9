//! What kind each object of a pack is, from the headers of its entries alone: a delta is of its base's kind.

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
    // Each round settles at least one, or what is left is a circle.
    while !forward.is_empty() {
        let before = forward.len();
        forward.retain(|(here, base)| {
            kinds[*here] = kinds[*base];
            kinds[*here].is_none()
        });
        if forward.len() == before {
            return Err(Error::BadPack("deltas are each other's bases".into()));
        }
    }
    let entries = order.into_iter().zip(kinds);
    Ok(entries.filter_map(|((offset, at), kind)| kind.map(|kind| Entry { offset, at, kind })).collect())
}
