//! The views against the log: they are a hint, but they are what plain git reads.

use super::RepositoryVerdict;
use crate::vault::{
    self, BareRepository, Damage, document,
    head::{HeadDocument, ViewState},
    key,
    state::State,
    views,
};

/// Reads `head.json`; damage to it goes into `row`.
pub(super) async fn head(
    repository: &BareRepository,
    row: &mut RepositoryVerdict,
) -> Result<Option<HeadDocument>, vault::Error> {
    let key = key::head(repository.bare());
    match repository.storage().read(&key).await? {
        None => Ok(None),
        Some(bytes) => match document::decode(&key, &bytes) {
            Ok(head) => Ok(Some(head)),
            Err(vault::Error::Damaged(damage)) => {
                row.damage.push(damage);
                Ok(None)
            }
            Err(error) => Err(error),
        },
    }
}

/// Compares every view with what the log says.
pub(super) async fn check(
    repository: &BareRepository,
    head: Option<&HeadDocument>,
    state: &State,
    row: &mut RepositoryVerdict,
) -> Result<(), vault::Error> {
    let bare = repository.bare();
    let Some(head) = head else {
        let key = key::head(bare);
        if !row.damage.iter().any(|damage| damage.key == key) {
            row.damage.push(Damage { key, problem: "it is missing".into() });
        }
        return Ok(());
    };
    if head.sequence < state.sequence || head.state == ViewState::Writing {
        // A run was stopped between the commit and the views, or is at work now.
        row.notes.push(format!(
            "plain git sees entry {} or the one before; the next backup shows it entry {}",
            head.sequence, state.sequence
        ));
        return Ok(());
    }
    if *head != HeadDocument::new(state, ViewState::Done) {
        row.damage.push(Damage { key: key::head(bare), problem: "it does not match the log".into() });
    }
    let on_disk = repository.storage().root().is_some();
    let packs = repository.visible_packs(state).await?;
    let live: Vec<String> = state.live.packs.iter().map(|pack| format!("P pack-{}.pack", pack.id)).collect();
    for (path, expected) in views::render(state, &packs) {
        let key = format!("{bare}/{path}");
        let problem = match repository.storage().read(&key).await? {
            None => "it is missing".to_owned(),
            Some(found) if found == expected.as_bytes() => continue,
            Some(found) if on_disk && is_as_good(path, &String::from_utf8_lossy(&found), &expected, &live) => continue,
            Some(_) => format!("it does not show entry {}", state.sequence),
        };
        row.damage.push(Damage { key, problem });
    }
    if on_disk {
        for (key, _) in repository.storage().list(&format!("{bare}/refs")).await? {
            if key != key::marker(bare) {
                row.notes.push(format!("{key} is not gitark's; git shows it before what was backed up"));
            }
        }
    }
    Ok(())
}

/// On a disk the owner may add to `config`. Git's own maintenance lists packs in another order, and a pack that no log
/// names (its writer was stopped, or another was faster) may have come after the list was written.
fn is_as_good(path: &str, found: &str, expected: &str, live: &[String]) -> bool {
    match path {
        "config" => {
            let has = |line: &str| found.lines().any(|known| known.trim() == line.trim());
            expected.lines().all(has)
        }
        "objects/info/packs" => {
            let present: Vec<&str> = expected.lines().filter(|line| !line.is_empty()).collect();
            let listed: Vec<&str> = found.lines().filter(|line| !line.is_empty()).collect();
            let names_every_live_pack =
                live.iter().filter(|pack| present.contains(&pack.as_str())).all(|pack| listed.contains(&pack.as_str()));
            names_every_live_pack && listed.iter().all(|line| present.contains(line))
        }
        _ => false,
    }
}
