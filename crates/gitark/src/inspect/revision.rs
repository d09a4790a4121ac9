//! From what people call a version to its files.

use std::collections::HashMap;

use gix_hash::ObjectId;
use gix_object::Kind;

use super::{Error, near::near};
use crate::{
    git::{
        links::{self, Expected},
        refs::{self, Head},
    },
    vault::{self, BareRepository, key, log::PackRecord, object_reader::ObjectReader, state::State},
};

/// The longest chain of tags that is followed.
const MAXIMUM_TAGS: usize = 32;
/// The fewest digits that name an object.
const FEWEST_DIGITS: usize = 4;

/// A version of the files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Revision {
    /// What it is called: a full reference name, `HEAD`, or an id.
    pub(crate) name: String,
    /// The commit; none when a reference leads to a tree.
    pub(crate) commit: Option<ObjectId>,
    /// The top tree.
    pub(crate) tree: ObjectId,
    /// The committer's date in seconds since 1970.
    pub(crate) seconds: Option<i64>,
}

/// The packs in which objects of `state` are looked for, oldest first: the newest entry's, which are what is left after
/// repairs and compactions, and those of `state` that these replaced.
pub(crate) async fn packs(repository: &BareRepository, state: &State) -> Result<Vec<PackRecord>, vault::Error> {
    let tip = repository.tip().await?;
    if tip.is_current && tip.head.as_ref().is_some_and(|head| head.sequence == state.sequence) {
        return Ok(state.live.packs.clone());
    }
    let newest = match repository.load(tip.head.as_ref()).await {
        // What is damaged after the wanted entry does not concern it.
        Ok(None) | Err(vault::Error::Damaged(_)) => return Ok(state.live.packs.clone()),
        newest => newest?.map(|newest| newest.live.packs).unwrap_or_default(),
    };
    let is_gone = |pack: &&PackRecord| newest.iter().all(|live| live.id != pack.id);
    Ok(state.live.packs.iter().filter(is_gone).chain(&newest).cloned().collect())
}

/// The version called `reference` in `state`; see [`resolve`].
///
/// # Errors
/// Any [`Error`].
pub(crate) async fn revision(
    repository: &BareRepository,
    state: &State,
    reference: Option<&str>,
) -> Result<Revision, Error> {
    let (packs, no_commits) = (packs(repository, state).await?, HashMap::new());
    let mut reader = ObjectReader::new(repository.storage(), repository.bare(), &packs, &no_commits);
    resolve(repository, state, &mut reader, reference).await
}

/// The version called `reference`: a branch, a tag, a full reference name of the vault or upstream, or the id of an
/// object or its beginning; `HEAD` when none is named.
pub(super) async fn resolve(
    repository: &BareRepository,
    state: &State,
    reader: &mut ObjectReader<'_>,
    reference: Option<&str>,
) -> Result<Revision, Error> {
    let (name, id) = match reference.filter(|name| *name != "HEAD") {
        None => match (state.head.tip(&state.live.refs), &state.head) {
            (Some(id), _) => ("HEAD".to_owned(), id),
            (None, Head::Symbolic(branch)) => {
                let (path, branch) = (repository.bare().to_owned(), branch.clone());
                return Err(Error::Unborn { path, entry: state.sequence, branch });
            }
            (None, Head::Detached(id)) => ("HEAD".to_owned(), *id),
        },
        Some(reference) => named(repository, state, reader, reference).await?,
    };
    peel(repository, reader, name, id).await
}

/// Finds the object that `reference` names, in git's order (gitrevisions(7)).
async fn named(
    repository: &BareRepository,
    state: &State,
    reader: &mut ObjectReader<'_>,
    reference: &str,
) -> Result<(String, ObjectId), Error> {
    let published = state.published_refs();
    for prefix in ["", "refs/", "refs/tags/", "refs/heads/"] {
        let name = format!("{prefix}{reference}");
        // Upstream's own name of what is parked will do, too.
        for name in [name.clone(), refs::vault_name(&name)] {
            if let Some(value) = published.get(&name) {
                return Ok((name, value.oid));
            }
        }
    }
    let digits = reference.to_ascii_lowercase();
    if (FEWEST_DIGITS..=40).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        let mut found: Vec<ObjectId> = reader.with_prefix(&digits).await?.into_iter().collect();
        found.sort();
        match found[..] {
            [id] => return Ok((id.to_string(), id)),
            [] => {}
            _ => return Err(Error::Ambiguous { reference: reference.to_owned(), objects: found }),
        }
    }
    let short = |name: &String| match name.strip_prefix("refs/heads/").or_else(|| name.strip_prefix("refs/tags/")) {
        Some(short) => short.to_owned(),
        None => name.clone(),
    };
    Err(Error::NoSuchReference {
        path: repository.bare().to_owned(),
        entry: state.sequence,
        reference: reference.to_owned(),
        near: near(reference, published.keys().map(short)),
    })
}

/// Follows tags to a commit, and that to its tree.
async fn peel(
    repository: &BareRepository,
    reader: &mut ObjectReader<'_>,
    name: String,
    id: ObjectId,
) -> Result<Revision, Error> {
    let mut revision = Revision { name, commit: None, tree: id, seconds: None };
    let mut id = id;
    for _ in 0..MAXIMUM_TAGS {
        let object = reader.object(id).await?.ok_or_else(|| missing(repository, id))?;
        let mut next = None;
        match object.kind {
            Kind::Tree => return Ok(Revision { tree: id, ..revision }),
            Kind::Commit => {
                revision.commit = Some(id);
                revision.seconds = links::commit_links(&object.content).map(|links| links.seconds);
            }
            Kind::Tag => {}
            Kind::Blob => return Err(Error::NoFiles { reference: revision.name, kind: object.kind }),
        }
        links::each_link(object.kind, &object.content, |id, expected| {
            if next.is_none() && expected != Expected::Commit || object.kind == Kind::Tag {
                next = Some(id.to_owned());
            }
        });
        id = next.ok_or_else(|| missing(repository, id))?;
    }
    Err(Error::NoFiles { reference: revision.name, kind: Kind::Tag })
}

/// What is named and in no pack is damage: a backup is whole when it is made.
pub(super) fn missing(repository: &BareRepository, id: ObjectId) -> vault::Error {
    vault::Error::damaged(key::packs(repository.bare()), format!("object {id} is missing or malformed"))
}
