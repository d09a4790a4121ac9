//! One repository of a vault, by name.

use std::collections::BTreeSet;

use clap::Args;
use gitark::vault::{self, BareRepository, Vault, key::Kind, lookup::Found};

use super::VaultPlace;
use crate::exit::{Exit, Failure};

/// One repository of a vault.
#[derive(Args, Debug)]
pub(crate) struct OneRepository {
    /// OWNER/REPO, its newest name or an old one, or id:NUMBER; OWNER/REPO.wiki for the wiki, OWNER/REPO.meta
    /// for what is around the code, OWNER/~account for an account's own data
    #[arg(value_name = "OWNER/REPO")]
    repository: String,
    #[command(flatten)]
    place: VaultPlace,
}

impl OneRepository {
    /// The vault's repository of that name.
    pub(crate) async fn open(&self) -> Result<(Found, BareRepository), Failure> {
        let (vault, (found, kind)) = self.named().await?;
        let repository = vault.repository(&found.claim.folder, kind);
        Ok((found, repository))
    }

    /// The vault, what is of that name in it, and which of its bare repositories the name says.
    pub(crate) async fn named(&self) -> Result<(Vault, (Found, Kind)), Failure> {
        let vault = self.place.vault.open("--vault").await?;
        let named = find(&vault, &self.repository).await?;
        Ok((vault, named))
    }
}

/// The one repository called `name`, with the kind that its ending says.
pub(crate) async fn find(vault: &Vault, name: &str) -> Result<(Found, Kind), Failure> {
    let mut found = vault.find(name).await?;
    let mut kind = Kind::main_of(name);
    if let (true, Some((plain, ending))) = (found.is_empty(), Kind::split(name)) {
        found = vault.find(plain).await?;
        kind = ending;
    }
    match found.len() {
        0 => Err(vault::Error::NoSuchRepository { name: name.to_owned() }.into()),
        1 => {
            let found = found.swap_remove(0);
            // `id:` says nothing of it.
            let kind = if found.kinds().contains(&kind) { kind } else { found.main_kind() };
            Ok((found, kind))
        }
        _ => Err(Failure::new(Exit::Usage, ambiguous(name, &found))),
    }
}

/// What to say instead of `name`: the host too, or the id where names say no more.
fn ambiguous(name: &str, found: &[Found]) -> String {
    let hosts: BTreeSet<&str> = found.iter().map(Found::host).collect();
    let each = found.iter().map(|one| match hosts.len() == found.len() {
        true => format!("{}/{}", one.host(), one.name),
        false => format!("id:{} ({})", one.claim.repository_id, one.name),
    });
    format!("{name} is in this vault more than once; say which: {}", each.collect::<Vec<_>>().join(", "))
}
