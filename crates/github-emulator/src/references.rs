//! Refs read without running git, for answers about many repositories.

use std::collections::BTreeMap;
use std::path::Path;

/// The refs of a repository in git's `files` format with the objects they name. Symbolic refs
/// below `refs/` are left out.
pub(crate) fn read(path: &Path) -> BTreeMap<String, String> {
    let mut refs = BTreeMap::new();
    let packed = std::fs::read_to_string(path.join("packed-refs")).unwrap_or_default();
    for line in packed.lines().filter(|line| !line.starts_with(['#', '^'])) {
        if let Some((oid, name)) = line.split_once(' ') {
            refs.insert(name.to_owned(), oid.to_owned());
        }
    }
    let mut directories = vec!["refs".to_owned()];
    while let Some(directory) = directories.pop() {
        let Ok(entries) = std::fs::read_dir(path.join(&directory)) else {
            continue;
        };
        for entry in entries.filter_map(Result::ok) {
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            let name = format!("{directory}/{name}");
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                directories.push(name);
            } else if let Some(oid) = loose(path, &name) {
                refs.insert(name, oid);
            }
        }
    }
    refs
}

/// The object a ref names.
pub(crate) fn resolve(path: &Path, name: &str) -> Option<String> {
    loose(path, name).or_else(|| {
        let packed = std::fs::read_to_string(path.join("packed-refs")).ok()?;
        let found = packed.lines().find_map(|line| line.strip_suffix(name)?.strip_suffix(' '));
        found.map(str::to_owned)
    })
}

/// The branch HEAD points to, without `refs/heads/`.
pub(crate) fn default_branch(path: &Path) -> String {
    let head = std::fs::read_to_string(path.join("HEAD")).unwrap_or_default();
    head.trim().strip_prefix("ref: refs/heads/").unwrap_or("main").to_owned()
}

/// The object a loose ref names.
fn loose(path: &Path, name: &str) -> Option<String> {
    if name.ends_with(".lock") {
        return None;
    }
    let text = std::fs::read_to_string(path.join(name)).ok()?;
    let oid = text.trim();
    oid.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| oid.to_owned()).filter(|oid| oid.len() >= 40)
}
