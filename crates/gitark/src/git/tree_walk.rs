//! What a commit's trees name, in one pack.

use std::collections::{HashSet, VecDeque};

use gix_hash::ObjectId;
use gix_object::Kind;
use gix_pack::Bundle;

use super::{
    Error,
    links::{self, Expected},
    pack::one_line,
};

/// The first `most` trees and blobs that the tree of `commit` leads to, top folders first, as far as they are in
/// `bundle`.
///
/// # Errors
/// [`Error::BadPack`] for an object that cannot be decoded.
pub(crate) fn tree_walk(bundle: &Bundle, commit: ObjectId, most: usize) -> Result<Vec<ObjectId>, Error> {
    let (mut found, mut seen) = (Vec::new(), HashSet::new());
    let mut todo = VecDeque::from([commit]);
    let (mut buffer, mut inflate) = (Vec::new(), gix::zlib::Inflate::default());
    while let Some(id) = todo.pop_front() {
        let object = bundle.find(&id, &mut buffer, &mut inflate, &mut gix_pack::cache::Never);
        let Some((object, _)) = object.map_err(|error| Error::BadPack(one_line(&error)))? else {
            continue;
        };
        if object.kind == Kind::Tag {
            continue;
        }
        links::each_link(object.kind, object.data, |id, expected| {
            let is_wanted = matches!(expected, Expected::Tree | Expected::Blob);
            if is_wanted && found.len() < most && seen.insert(id.to_owned()) {
                found.push(id.to_owned());
                if expected == Expected::Tree {
                    todo.push_back(id.to_owned());
                }
            }
        });
        if found.len() >= most {
            break;
        }
    }
    Ok(found)
}
