//! Whether the state object that the next backup goes on from, and all lists that it names, are there.

use gix_hash::ObjectId;

use crate::{
    git::trees,
    vault::{BareRepository, Damage, Error, key, state::State},
};

/// Looks at the state object and lists of the newest entry: what is damaged, and the tree that they describe.
///
/// # Errors
/// [`Error::Store`].
pub(crate) async fn check(repository: &BareRepository, state: &State) -> Result<Vec<Damage>, Error> {
    let Some(name) = &state.metadata_state else { return Ok(Vec::new()) };
    let mut damage = Vec::new();
    let mut note = |error: Error| match error {
        Error::Damaged(found) => {
            damage.push(found);
            Ok(())
        }
        error => Err(error),
    };
    let known = match repository.metadata_state(name).await {
        Ok(known) => known,
        Err(error) => {
            note(error)?;
            return Ok(damage);
        }
    };
    for (shelf, described) in &known.shelves {
        let list = match repository.metadata_list(&described.list).await {
            Ok(list) => list,
            Err(error) => {
                note(error)?;
                continue;
            }
        };
        for part in list.parts.values() {
            if let Err(error) = repository.metadata_list(part).await {
                note(error)?;
            }
        }
        if tree_of(&list) != Some(described.tree) {
            let key = key::state_object(repository.bare(), &described.list);
            note(Error::damaged(key, format!("it does not describe the tree of {shelf}")))?;
        }
    }
    Ok(damage)
}

/// The tree that a list describes.
fn tree_of(list: &super::List) -> Option<ObjectId> {
    if list.numbers.is_empty() {
        let files = list.files.iter().map(|(path, id)| (path.as_str(), *id)).collect();
        return trees::nested(&files, &mut |_, _| Ok(())).ok();
    }
    let numbers = list.numbers.iter().map(|(number, id)| (number.as_str(), *id));
    trees::tree([], numbers).ok().map(|(id, _)| id)
}
