//! The files of a bare repository that plain git reads, made from the log.
//!
//! Formats: gitrepository-layout(5), git-pack-refs(1), git-update-server-info(1).

use std::fmt::Write as _;

use gix_hash::ObjectId;

use super::state::State;
use crate::git::refs::{self, RefValue, Refs};

/// The repository's `config`. Without the last three lines git could delete what no reference names yet.
pub const CONFIG: &str = "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n\
                          [gc]\n\tauto = 0\n\tpruneExpire = never\n[maintenance]\n\tauto = false\n";

/// Where the configuration is in a bare repository.
pub const CONFIG_FILE: &str = "config";
/// Where the list of packs is.
pub const INFO_PACKS: &str = "objects/info/packs";

/// Whether a `config` has every line that keeps git from deleting; the owner may have added others.
pub fn is_config_good(found: &str) -> bool {
    CONFIG.lines().all(|line| found.lines().any(|known| known.trim() == line.trim()))
}

/// The views that show entry `state`, as (path in the bare repository, content), in the order in which they are
/// written: what names objects comes after what finds them. `packs` are the names to list in `objects/info/packs`.
pub fn render(state: &State, packs: &[String]) -> Vec<(&'static str, String)> {
    let published = state.published_refs();
    vec![
        (CONFIG_FILE, CONFIG.to_owned()),
        (INFO_PACKS, info_packs(packs)),
        ("packed-refs", packed_refs(&published)),
        ("HEAD", state.head.to_file()),
        ("info/refs", info_refs(&published)),
    ]
}

/// `objects/info/packs`: what dumb HTTP may ask for.
fn info_packs(packs: &[String]) -> String {
    let mut listing = String::new();
    for pack in packs {
        // Writing to a String cannot fail, here and below.
        let _ = writeln!(listing, "P {pack}");
    }
    listing.push('\n');
    listing
}

/// `packed-refs`, every tag with what it leads to.
pub fn packed_refs(refs: &Refs) -> String {
    let mut text = String::from("# pack-refs with: peeled fully-peeled sorted \n");
    for (name, value) in refs {
        let _ = writeln!(text, "{} {name}", value.oid);
        if let Some(peeled) = value.peeled {
            let _ = writeln!(text, "^{peeled}");
        }
    }
    text
}

/// What a `packed-refs` says, as far as it can be read.
pub fn parse_packed_refs(text: &str) -> Refs {
    let mut found = Refs::new();
    let mut last: Option<String> = None;
    for line in text.lines() {
        if let Some(peeled) = line.strip_prefix('^') {
            let value = last.as_ref().and_then(|name| found.get_mut(name));
            if let (Some(value), Ok(id)) = (value, ObjectId::from_hex(peeled.as_bytes())) {
                value.peeled = Some(id);
            }
            continue;
        }
        last = None;
        let Some((oid, name)) = line.split_once(' ') else { continue };
        if let (Ok(oid), true) = (ObjectId::from_hex(oid.as_bytes()), refs::is_valid(name)) {
            found.insert(name.to_owned(), RefValue { oid, peeled: None });
            last = Some(name.to_owned());
        }
    }
    found
}

/// `info/refs`: what dumb HTTP shows.
fn info_refs(refs: &Refs) -> String {
    let mut text = String::new();
    for (name, value) in refs {
        let _ = writeln!(text, "{}\t{name}", value.oid);
        if let Some(peeled) = value.peeled {
            let _ = writeln!(text, "{peeled}\t{name}^{{}}");
        }
    }
    text
}
