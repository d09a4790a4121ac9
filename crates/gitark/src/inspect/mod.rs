//! Looking into a vault: what a backup holds, and how two of them differ. Objects are read one at a time from where
//! they are stored, so that the cost follows what is looked at.

mod diff;
mod error;
mod files;
mod lfs;
mod near;
mod revision;
mod show;
mod stored_files;

pub use diff::{Difference, Side, diff};
pub use error::Error;
pub use files::{File, Listing, Query, files, read};
pub(crate) use files::{MOST_FILES, MOST_FOLDERS};
pub use lfs::content as lfs_content;
pub(crate) use revision::{Revision, packs, revision};
pub use show::{Class, Counts, Shown, ShownRef, show};
pub(crate) use stored_files::{each_document, file_records};
