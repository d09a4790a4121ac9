//! Git without a local repository: the wire protocol, packs and the checks made on them.
//!
//! Nothing here knows GitHub or the vault, and no `git` binary is used.

pub mod ancestry;
pub mod closure;
pub mod delta;
mod error;
pub mod fetch;
mod kinds;
pub mod lfs;
pub mod links;
pub mod ls_refs;
pub mod pack;
pub mod pack_writer;
pub mod refs;
pub mod remote;
pub mod repack;
pub(crate) mod sideband;
pub(crate) mod tree_walk;
pub mod trees;

pub use error::{Error, Recourse};
pub use gix_hash::ObjectId;
