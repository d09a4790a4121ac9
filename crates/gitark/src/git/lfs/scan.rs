//! The pointer files of a pack. `.gitattributes` does not matter: `git lfs fetch` takes whatever looks like a pointer.

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicBool, Ordering},
};

use gix_pack::{Bundle, cache::lru::StaticLinkedList, data::decode::header::ResolvedBase};

use super::{
    Pointer,
    pointer::{SHORTEST, TOO_LONG},
};
use crate::git::{Error, pack::one_line};

/// Bytes of objects that are kept because the next one may be a delta of them.
const CACHE_BYTES: usize = 16 << 20;

/// The pointers among the blobs at these places of the index, which are best in the order in which they lie in the
/// pack. Of most blobs only the size is read.
pub(in crate::git) fn pointers(
    bundle: &Bundle,
    blobs: impl Iterator<Item = u32>,
    interrupt: &AtomicBool,
) -> Result<BTreeSet<Pointer>, Error> {
    let bad = |error| Error::BadPack(one_line(&error));
    let (index, pack) = (&bundle.index, &bundle.pack);
    let base = |id: &gix_hash::oid| match index.lookup(id) {
        Some(at) => pack.entry(index.pack_offset_at_index(at)).map(|entry| Some(ResolvedBase::InPack(entry))),
        None => Ok(None),
    };
    let mut found = BTreeSet::new();
    let (mut content, mut inflate) = (Vec::new(), gix::zlib::Inflate::default());
    let mut cache = StaticLinkedList::<64>::new(CACHE_BYTES);
    for at in blobs {
        if interrupt.load(Ordering::Relaxed) {
            return Err(Error::Cancelled);
        }
        let entry = pack.entry(index.pack_offset_at_index(at)).map_err(bad)?;
        let header = pack.decode_header(entry, &mut inflate, &base).map_err(bad)?;
        if (SHORTEST as u64..TOO_LONG as u64).contains(&header.object_size) {
            let object = bundle.get_object_by_index(at, &mut content, &mut inflate, &mut cache).map_err(bad)?;
            found.extend(Pointer::parse(object.0.data));
        }
    }
    Ok(found)
}
