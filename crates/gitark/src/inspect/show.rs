//! One backup of a repository: its names, and every reference that it has.

use gix_hash::ObjectId;
use jiff::Timestamp;
use serde::Serialize;

use crate::{
    git::refs::{self, Head, RefValue, hex_id},
    identity::RepositoryId,
    vault::{
        self, BareRepository,
        key::Kind,
        log::PackRecord,
        lookup::{At, Found},
    },
};

/// A repository as it was at one backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// `OWNER/REPO` as it was called at that backup.
    pub repository: String,
    /// What it is called in the newest backup, where that differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name_now: Option<String>,
    /// What it was called before, oldest first.
    pub former_names: Vec<String>,
    /// GitHub's numeric id.
    pub id: RepositoryId,
    /// Code or wiki.
    pub kind: Kind,
    /// The folder of its host, e.g. `github.com`.
    pub host: String,
    /// The bare repository's key in the vault.
    pub path: String,
    /// The log's entry.
    pub entry: u64,
    /// The server's clock at that backup.
    pub observed: Timestamp,
    /// Whether that backup stopped half way.
    pub partial: bool,
    /// What `HEAD` said.
    pub head: Head,
    /// What it led to; absent for an unborn branch.
    #[serde(with = "hex_id::optional", skip_serializing_if = "Option::is_none")]
    pub head_oid: Option<ObjectId>,
    /// How many of each.
    pub counts: Counts,
    /// Whether a pack was known to be damaged.
    pub damaged: bool,
    /// Every reference by name, lost and parked ones too.
    pub refs: Vec<ShownRef>,
}

/// How many of each a backup has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// `refs/heads/*`.
    pub branches: u64,
    /// `refs/tags/*`.
    pub tags: u64,
    /// Heads of pull requests.
    pub pulls: u64,
    /// Notes and whatever else upstream has.
    pub other: u64,
    /// Old tips that upstream no longer names.
    pub lost: u64,
    /// Upstream's own `refs/replace/*` and `refs/gitark/*`.
    pub parked: u64,
    /// Packs.
    pub packs: u64,
    /// Objects in all packs; one that is in two counts twice.
    pub objects: u64,
    /// Bytes of packs and indexes.
    pub pack_bytes: u64,
}

/// A reference of a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ShownRef {
    /// Its full name in the vault.
    pub name: String,
    /// What it points to.
    #[serde(flatten)]
    pub value: RefValue,
    /// Which sort it is of.
    pub class: Class,
}

/// Sorts of references.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// A branch.
    Branch,
    /// A tag.
    Tag,
    /// The head of a pull request.
    Pull,
    /// Anything else of upstream's.
    Other,
    /// An old tip that upstream no longer names.
    Lost,
    /// Upstream's, kept under another name because it would change what git shows.
    Parked,
}

impl Class {
    /// The sort of the reference that the vault calls `name`.
    pub fn of(name: &str) -> Self {
        const PREFIXES: [(&str, Class); 5] = [
            (refs::LOST, Class::Lost),
            (refs::PARKED, Class::Parked),
            ("refs/heads/", Class::Branch),
            ("refs/tags/", Class::Tag),
            ("refs/pull/", Class::Pull),
        ];
        PREFIXES.iter().find(|(prefix, _)| name.starts_with(prefix)).map_or(Class::Other, |(_, class)| *class)
    }
}

/// Shows `repository`, which `found` names, at one backup.
///
/// # Errors
/// [`vault::Error::NoSuchBackup`], [`vault::Error::Damaged`], or the store's failure.
pub async fn show(found: &Found, repository: &BareRepository, at: At) -> Result<Shown, vault::Error> {
    let state = repository.state_of(at).await?;
    let name = state.repository.name.clone();
    let mut former_names = repository.names_up_to(state.sequence).await?;
    former_names.retain(|former| *former != name);
    let refs: Vec<ShownRef> = state
        .published_refs()
        .into_iter()
        .map(|(name, value)| ShownRef { class: Class::of(&name), name, value })
        .collect();
    let count = |class| refs.iter().filter(|shown| shown.class == class).count() as u64;
    let packs = &state.live.packs;
    Ok(Shown {
        name_now: (found.name != name).then(|| found.name.clone()),
        repository: name,
        former_names,
        id: state.repository.id.clone(),
        kind: repository.kind(),
        host: found.host().to_owned(),
        path: repository.bare().to_owned(),
        entry: state.sequence,
        observed: state.observed,
        partial: state.partial,
        head_oid: state.head.tip(&state.live.refs),
        head: state.head.clone(),
        counts: Counts {
            branches: count(Class::Branch),
            tags: count(Class::Tag),
            pulls: count(Class::Pull),
            other: count(Class::Other),
            lost: count(Class::Lost),
            parked: count(Class::Parked),
            packs: packs.len() as u64,
            objects: packs.iter().map(|pack| pack.objects).fold(0, u64::saturating_add),
            pack_bytes: PackRecord::bytes_of(packs),
        },
        damaged: state.is_damaged(),
        refs,
    })
}
