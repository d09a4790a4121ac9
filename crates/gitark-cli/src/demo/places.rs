//! Where the demo puts things.

use std::path::{Path, PathBuf};

use crate::exit::{Exit, Failure};

/// The directories that the demo makes. None of them existed before.
pub(super) struct Places {
    pub(super) vault: PathBuf,
    pub(super) restored: PathBuf,
    pub(super) clone: PathBuf,
}

impl Places {
    /// The vault, and the others beside it.
    pub(super) fn new(vault: &Path) -> Result<Self, Failure> {
        let places = Self {
            vault: vault.to_owned(),
            restored: vault.with_file_name("demo-restored"),
            clone: vault.with_file_name("demo-clone"),
        };
        let wiki = vault.with_file_name("demo-restored.wiki");
        for place in [&places.vault, &places.restored, &wiki, &places.clone] {
            // A link that leads nowhere is in the way too.
            if place.symlink_metadata().is_ok() {
                let message = format!("{} exists; delete it, or name another place with --vault", place.display());
                return Err(Failure::new(Exit::Usage, message));
            }
        }
        if places.restored == places.vault || places.clone == places.vault || wiki == places.vault {
            let message = format!("{} is for something else of the demo; name another --vault", vault.display());
            return Err(Failure::new(Exit::Usage, message));
        }
        Ok(places)
    }

    /// The bare repository of `OWNER/REPO`'s code in the vault.
    pub(super) fn bare(&self, full_name: &str) -> PathBuf {
        let name = full_name.rsplit('/').next().unwrap_or(full_name);
        self.vault.join("127.0.0.1").join(full_name).join(format!("{name}.git"))
    }
}
