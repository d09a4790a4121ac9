//! The new directory or file that a command writes.

use std::path::Path;

use crate::exit::{Exit, Failure};

/// Refuses the current directory: what is written takes its place, which would pull it from under the caller's feet.
pub(super) fn refuse_here(target: &Path) -> Result<(), Failure> {
    let here = std::env::current_dir().and_then(std::fs::canonicalize);
    match (here, std::fs::canonicalize(target)) {
        (Ok(here), Ok(there)) if here == there => {
            let message = format!("{} is the current directory; name a new one", target.display());
            Err(Failure::new(Exit::Usage, message))
        }
        _ => Ok(()),
    }
}
