//! The views against the log: they are a hint, but they are what plain git reads.

use crate::vault::{self, BareRepository, Damage, head::HeadDocument, key, state::State, views};

/// What is wrong with the views of one bare repository, and what is only odd.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) damage: Vec<Damage>,
    pub(super) notes: Vec<String>,
}

/// Compares every view with what the log says.
pub(super) async fn check(
    repository: &BareRepository,
    head: Option<&HeadDocument>,
    state: &State,
) -> Result<Found, vault::Error> {
    let bare = repository.bare();
    let mut row = Found::default();
    if let Some(head) = head
        && head.sequence < state.sequence
    {
        // A run was stopped between the commit and the views, or is at work now.
        row.notes.push(format!(
            "plain git sees entry {} or the one before; the next backup shows it entry {}",
            head.sequence, state.sequence
        ));
        return Ok(row);
    }
    if head != Some(&HeadDocument::new(state)) {
        let problem = if head.is_some() { "it does not match the log" } else { "it is missing or cannot be read" };
        row.damage.push(Damage { key: key::head(bare), problem: problem.into() });
    }
    let on_disk = repository.storage().root().is_some();
    let packs = repository.visible_packs(state).await?;
    let live: Vec<String> =
        state.live.packs.iter().map(|pack| format!("P {}", key::pack_file(&pack.id, "pack"))).collect();
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
    Ok(row)
}

/// On a disk the owner may add to `config`. Git's own maintenance lists packs in another order, and a pack that no log
/// names (its writer was stopped, or another was faster) may have come after the list was written.
fn is_as_good(path: &str, found: &str, expected: &str, live: &[String]) -> bool {
    match path {
        views::CONFIG_FILE => views::is_config_good(found),
        views::INFO_PACKS => {
            let present: Vec<&str> = expected.lines().filter(|line| !line.is_empty()).collect();
            let listed: Vec<&str> = found.lines().filter(|line| !line.is_empty()).collect();
            let names_every_live_pack =
                live.iter().filter(|pack| present.contains(&pack.as_str())).all(|pack| listed.contains(&pack.as_str()));
            names_every_live_pack && listed.iter().all(|line| present.contains(line))
        }
        _ => false,
    }
}
