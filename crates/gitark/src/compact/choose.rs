//! Which packs to join.

use gix_hash::ObjectId;

use crate::vault::log::PackRecord;

/// A pack stays as it is while it has this many times the objects of all smaller ones together: so a large pack is
/// rewritten seldom, and the number of packs grows with the logarithm of the number of objects (git-repack(1),
/// `--geometric`).
const FACTOR: u64 = 2;

/// The packs of `packs` to join into one, by id; empty when nothing is gained. With `all`, every pack.
pub(super) fn choose(packs: &[PackRecord], all: bool) -> Vec<ObjectId> {
    let mut by_size: Vec<&PackRecord> = packs.iter().collect();
    by_size.sort_by_key(|pack| (pack.objects, pack.id));
    let mut joined = 0;
    let mut objects = 0;
    for (at, pack) in by_size.iter().enumerate() {
        let must_join = all || pack.objects < FACTOR * objects;
        objects += pack.objects;
        if must_join {
            joined = at + 1;
        }
    }
    if joined < 2 { Vec::new() } else { by_size[..joined].iter().map(|pack| pack.id).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(objects: &[u64], all: bool) -> Vec<u64> {
        let packs: Vec<PackRecord> = objects
            .iter()
            .zip(1u8..)
            .map(|(objects, number)| PackRecord {
                id: ObjectId::from_bytes_or_panic(&[number; 20]),
                objects: *objects,
                pack_bytes: 0,
                pack_sha256: String::new(),
                index_bytes: 0,
                index_sha256: String::new(),
            })
            .collect();
        let chosen = choose(&packs, all);
        packs.iter().filter(|pack| chosen.contains(&pack.id)).map(|pack| pack.objects).collect()
    }

    #[test]
    fn small_packs_are_joined_and_a_large_one_is_left() {
        assert_eq!(joined(&[90_000, 7, 12, 5, 30], false), [7, 12, 5, 30]);
        assert_eq!(joined(&[1000, 400, 10], false), [0; 0], "each is more than twice all that is smaller");
        assert_eq!(joined(&[1000, 900, 10], false), [1000, 900, 10]);
        assert_eq!(joined(&[1000, 400, 10], true), [1000, 400, 10]);
        assert_eq!(joined(&[1000], true), [0; 0]);
        assert_eq!(joined(&[], true), [0; 0]);
    }
}
