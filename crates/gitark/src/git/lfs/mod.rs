//! Git LFS without git-lfs: pointer files, the Batch API, and downloads by its links.
//!
//! Sources: git-lfs' `docs/spec.md`, `docs/api/batch.md` and `docs/api/basic-transfers.md`. `.lfsconfig` is not read: a
//! repository does not say where its content is asked for, nor who gets a token.

mod batch;
mod download;
mod error;
mod oid;
mod pointer;
pub(in crate::git) mod scan;

pub(crate) use batch::{Action, BATCH, Lfs};
pub use error::{Absence, Error};
pub use oid::Oid;
pub use pointer::Pointer;
