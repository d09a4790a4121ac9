//! Which id lives in which folder. Identity is the id: names come and go, ids never do.
//!
//! A folder belongs to the id named in its marker (`hello.git/refs/gitark.lock`), which is created only once. The claim
//! `~id/<id>.json` is the index from id to folder. The marker comes first, so that of two ids that want one name at
//! the same moment exactly one gets it; a run that is stopped between the two finds its own marker and goes on.

use std::collections::HashSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Created, Error, Vault, document, key};
use crate::identity::{AccountId, RepositoryId};

/// The content of a claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// Format number.
    pub format: u32,
    /// GitHub's id of the repository, gist or account.
    pub repository_id: RepositoryId,
    /// Its folder for ever, from the root of the vault.
    pub folder: String,
    /// GitHub's spelling of the name when it was claimed.
    pub name: String,
    /// When it was claimed.
    pub created: Timestamp,
}

/// The line in the marker of a folder that belongs to `id`.
fn marker_line(id: &RepositoryId) -> String {
    let (noun, id) = match id {
        RepositoryId::Account(AccountId(number)) => ("account", number.to_string()),
        id => ("repository", id.to_string()),
    };
    format!("This folder belongs to the {noun} with GitHub's id {id}. Written once by gitark; git skips it.\n")
}

/// The bare repository whose marker says whose `folder` is.
fn main(folder: &str) -> String {
    key::bare(folder, key::Kind::main_of(folder))
}

fn another_repository(key: String) -> super::Damage {
    super::Damage { key, problem: "it names another repository".into() }
}

impl Vault {
    /// The claim of `id`, or `None`.
    ///
    /// # Errors
    /// [`Error::Damaged`] for one that cannot be read, [`Error::Store`].
    pub async fn claim(&self, host_folder: &str, id: &RepositoryId) -> Result<Option<Claim>, Error> {
        let key = key::claim(host_folder, id);
        match self.claim_at(host_folder, &key).await? {
            Some(claim) if claim.repository_id != *id => Err(Error::Damaged(another_repository(key))),
            found => Ok(found),
        }
    }

    /// The claim at `key`, whoever it is of.
    async fn claim_at(&self, host_folder: &str, key: &str) -> Result<Option<Claim>, Error> {
        let Some(bytes) = self.storage().read(key).await? else {
            return Ok(None);
        };
        let claim: Claim = document::decode(key, &bytes)?;
        if !claim.folder.starts_with(&format!("{host_folder}/")) {
            return Err(Error::Damaged(another_repository(key.to_owned())));
        }
        Ok(Some(claim))
    }

    /// The folder of repository `id`, claimed now if it has none: its name's, or `<name>~<id>` when that is taken.
    ///
    /// With `repair`, a claim that cannot be read is written again from the folder's marker.
    ///
    /// # Errors
    /// [`Error::BadName`], [`Error::Damaged`], [`Error::Store`].
    pub async fn claim_folder(
        &self,
        host_folder: &str,
        id: &RepositoryId,
        name: &str,
        now: Timestamp,
        repair: bool,
    ) -> Result<Claim, Error> {
        let wanted = key::repository_folder(host_folder, name)?;
        let damaged = match self.claim(host_folder, id).await {
            Ok(Some(claim)) => return Ok(claim),
            Ok(None) => false,
            Err(Error::Damaged(_)) if repair => true,
            Err(error) => return Err(error),
        };
        // The repository may have been renamed since its folder was taken.
        let marked = if repair { self.marked_folder(host_folder, id).await? } else { None };
        let folder = match marked {
            Some(folder) => folder,
            None if self.take_folder(&wanted, id).await? => wanted,
            None => {
                let folder = match id {
                    RepositoryId::Account(AccountId(number)) => format!("{wanted}~{number}"),
                    id => format!("{wanted}~{id}"),
                };
                if !self.take_folder(&folder, id).await? {
                    let marker = key::marker(&main(&folder));
                    return Err(Error::damaged(marker, format!("it does not name repository {id}")));
                }
                folder
            }
        };
        let claim =
            Claim { format: super::FORMAT, repository_id: id.clone(), folder, name: name.to_owned(), created: now };
        let key = key::claim(host_folder, id);
        let bytes = document::encode(&claim);
        if damaged {
            self.storage().replace(&key, bytes).await?;
            return Ok(claim);
        }
        match self.storage().create(&key, bytes).await? {
            Created::New => Ok(claim),
            // Another run was faster; its folder is the one.
            Created::Exists(found) => document::decode(&key, &found),
        }
    }

    /// The folder whose marker or newest backup names `id`, found by looking at all.
    async fn marked_folder(&self, host_folder: &str, id: &RepositoryId) -> Result<Option<String>, Error> {
        let mut marked = None;
        for folder in self.folders(host_folder).await? {
            let repository = self.repository(&folder, key::Kind::main_of(&folder));
            if repository.tip().await?.head.is_some_and(|head| head.repository.id == *id) {
                return Ok(Some(folder));
            }
            if self.check_marker(repository.bare(), id).await.is_ok() {
                marked = Some(folder);
            }
        }
        Ok(marked)
    }

    /// The repositories' folders of a host, claimed or not.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn folders(&self, host_folder: &str) -> Result<Vec<String>, Error> {
        let mut folders = Vec::new();
        let (owners, _) = self.storage().list_level(host_folder).await?;
        for owner in owners.iter().filter(|owner| *owner != key::CLAIMS) {
            let (names, _) = self.storage().list_level(&format!("{host_folder}/{owner}")).await?;
            folders.extend(names.iter().map(|name| format!("{host_folder}/{owner}/{name}")));
        }
        Ok(folders)
    }

    /// Puts our marker in `folder`; false when the folder belongs to another id.
    async fn take_folder(&self, folder: &str, id: &RepositoryId) -> Result<bool, Error> {
        let key = key::marker(&main(folder));
        let line = marker_line(id);
        match self.storage().create(&key, line.clone().into()).await? {
            Created::New => Ok(true),
            Created::Exists(found) => Ok(found == line.as_bytes()),
        }
    }

    /// Puts the marker of `id` in a bare repository, so that git finds a `refs/` directory there.
    ///
    /// # Errors
    /// [`Error::Damaged`] when the folder belongs to another id.
    pub(crate) async fn mark(&self, bare: &str, id: &RepositoryId, repair: bool) -> Result<(), Error> {
        let key = key::marker(bare);
        let line = marker_line(id);
        match self.storage().create(&key, line.clone().into()).await? {
            Created::Exists(found) if found != line.as_bytes() => {
                if !repair {
                    return Err(Error::damaged(key, format!("it does not name repository {id}")));
                }
                self.storage().replace(&key, line.into()).await
            }
            _ => Ok(()),
        }
    }

    /// Puts a claim of another copy of this vault here, and the marker of its bare repository `bare`.
    ///
    /// # Errors
    /// [`Error::Damaged`] when the id or the folder is taken by something else.
    pub(crate) async fn copy_claim(&self, claim: &Claim, bare: &str) -> Result<(), Error> {
        self.mark(bare, &claim.repository_id, false).await?;
        let host = claim.folder.split('/').next().unwrap_or_default();
        let key = key::claim(host, &claim.repository_id);
        match self.storage().create(&key, document::encode(claim)).await? {
            Created::Exists(_) => Err(Error::damaged(key, "the copy has another claim there")),
            Created::New => Ok(()),
        }
    }

    /// Whether the marker of a bare repository says what it must.
    ///
    /// # Errors
    /// [`Error::Damaged`] when it does not, [`Error::Store`].
    pub async fn check_marker(&self, bare: &str, id: &RepositoryId) -> Result<(), Error> {
        let key = key::marker(bare);
        match self.storage().read(&key).await? {
            Some(found) if found == marker_line(id).as_bytes() => Ok(()),
            Some(_) => Err(Error::damaged(key, format!("it does not name repository {id}"))),
            None => Err(Error::damaged(key, "it is missing")),
        }
    }

    /// The folders of hosts in this vault, e.g. `github.com`.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn hosts(&self) -> Result<Vec<String>, Error> {
        let (folders, _) = self.storage().list_level("").await?;
        Ok(folders
            .into_iter()
            .filter(|name| name.contains('.') && !name.starts_with('.') || name.starts_with('~'))
            .collect())
    }

    /// The ids that have a claim below a host, as they stand in keys. One listing; no claim is read.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn claimed_ids(&self, host_folder: &str) -> Result<HashSet<String>, Error> {
        let keys = self.storage().list(&format!("{host_folder}/{}", key::CLAIMS)).await?;
        let id = |key: &str| Some(key.rsplit('/').next()?.strip_suffix(".json")?.to_owned());
        Ok(keys.iter().filter_map(|(key, _)| id(key)).collect())
    }

    /// Every claim of the vault, damaged ones as the damage.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn claims(&self) -> Result<Vec<Result<Claim, super::Damage>>, Error> {
        let mut claims = Vec::new();
        for host in self.hosts().await? {
            for (key, _) in self.storage().list(&format!("{host}/{}", key::CLAIMS)).await? {
                if !key.ends_with(".json") {
                    continue;
                }
                match self.claim_at(&host, &key).await {
                    Ok(Some(claim)) if key == key::claim(&host, &claim.repository_id) => claims.push(Ok(claim)),
                    Ok(Some(_)) => claims.push(Err(another_repository(key))),
                    Ok(None) => {}
                    Err(Error::Damaged(damage)) => claims.push(Err(damage)),
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(claims)
    }
}
