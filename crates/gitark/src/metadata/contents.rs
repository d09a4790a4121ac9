//! How much there is of each kind of file, of what is no repository: an account's own data, a gist's comments.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Error, Snapshot};

/// How many things a snapshot has by what they are called: `starred`, `public-keys`. Those of which there is one, as
/// `profile`, count one.
///
/// # Errors
/// Damage, or the store's failure.
pub async fn contents(snapshot: &Snapshot) -> Result<BTreeMap<String, u64>, Error> {
    let mut files = snapshot.files();
    let (mut contents, mut single) = (BTreeMap::new(), Vec::new());
    for (path, id) in files.below("").await? {
        match path.split_once('/') {
            Some((directory, _)) => *contents.entry(directory.to_owned()).or_default() += 1,
            None => single.push((path.trim_end_matches(".json").to_owned(), id)),
        }
    }
    for (name, id) in single {
        let items = files.values(&[id]).await?.pop();
        let count = items.as_ref().and_then(Value::as_array).map_or(1, Vec::len);
        contents.insert(name, count as u64);
    }
    Ok(contents)
}
