//! What is around the code, at a backup that a command names.

use gitark::{
    metadata::{Error, Snapshot},
    vault::{
        BareRepository, Vault,
        key::Kind,
        lookup::{At, Found},
    },
};

use crate::exit::Failure;

/// What is around the code of `found` at a backup: the bare repository and its files; none when nothing was kept by then.
///
/// A number means the code's entry, unless the name itself was that of the metadata (`OWNER/REPO.meta`).
pub(super) async fn metadata(
    vault: &Vault,
    (found, kind): &(Found, Kind),
    at: At,
) -> Result<Option<(BareRepository, Snapshot)>, Failure> {
    let beside = vault.repository(&found.claim.folder, Kind::Meta);
    let entry = match kind {
        Kind::Meta => beside.sequence_at(at).await?,
        Kind::Code => vault.repository(&found.claim.folder, *kind).sequence_beside(&beside, at).await?,
        Kind::Wiki => None,
    };
    match entry {
        Some(entry) => {
            let snapshot = Snapshot::open(&beside, At::Number(entry)).await?;
            Ok(Some((beside, snapshot)))
        }
        None => Ok(None),
    }
}

/// The same, where there must be something.
pub(super) async fn some_metadata(
    vault: &Vault,
    named: &(Found, Kind),
    at: At,
) -> Result<(BareRepository, Snapshot), Failure> {
    metadata(vault, named, at).await?.ok_or_else(|| {
        let repository = named.0.name.clone();
        let at = if at == At::Latest { "in this vault".into() } else { format!("at {at}") };
        Error::NoMetadata { repository, at }.into()
    })
}
