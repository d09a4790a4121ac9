//! Pointer files, read as git-lfs reads them (its `docs/spec.md` and `lfs/pointer.go`).

use super::Oid;

/// git-lfs takes no file of so many bytes or more for a pointer.
pub(super) const TOO_LONG: usize = 1024;
/// No pointer is shorter: the shortest version, the object id and a size of one digit.
pub(super) const SHORTEST: usize = 114;

/// Versions that all mean the same.
const VERSIONS: [&str; 3] =
    ["https://git-lfs.github.com/spec/v1", "https://hawser.github.com/spec/v1", "http://git-media.io/v/2"];

/// What a pointer file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pointer {
    /// SHA-256 of the content.
    pub oid: Oid,
    /// Its bytes.
    pub size: u64,
    /// Whether programs of the user's must change the content before it is a file (`ext-…` lines).
    pub has_extensions: bool,
}

impl Pointer {
    /// What the pointer file `content` says; `None` when git-lfs would not take it for one. Files that git-lfs reads
    /// and would write in another way (line ends of Windows, blank lines, an old version) are pointers too.
    pub fn parse(content: &[u8]) -> Option<Self> {
        if !(SHORTEST..TOO_LONG).contains(&content.len()) {
            return None;
        }
        let text = std::str::from_utf8(content).ok()?.trim();
        let mut lines =
            text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)).filter(|line| !line.is_empty());
        let mut priorities = Vec::new();
        let mut value = |key: &str| {
            for line in lines.by_ref() {
                let (found, value) = line.split_once(' ')?;
                if found == key {
                    return Some(value);
                }
                let priority = extension(found)?;
                if priorities.contains(&priority) || sha256(value).is_none() {
                    return None;
                }
                priorities.push(priority);
            }
            None
        };
        let (version, oid, size) = (value("version")?, value("oid")?, value("size")?);
        let is_known = VERSIONS.contains(&version) && lines.next().is_none();
        let size = u64::try_from(size.parse::<i64>().ok()?).ok()?;
        is_known.then_some(Self { oid: sha256(oid)?, size, has_extensions: !priorities.is_empty() })
    }
}

/// The priority in the key of an extension, `ext-0-name`.
fn extension(key: &str) -> Option<u8> {
    let (priority, name) = key.strip_prefix("ext-")?.split_once('-')?;
    let is_word = |first: char| first.is_ascii_alphanumeric() || first == '_';
    match priority.as_bytes() {
        [digit @ b'0'..=b'9'] if name.starts_with(is_word) => Some(*digit),
        _ => None,
    }
}

fn sha256(value: &str) -> Option<Oid> {
    Oid::from_hex(value.strip_prefix("sha256:")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_says_which_bytes_it_stands_for() {
        let oid = "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393";
        let text = format!("version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize 12345\n");
        let pointer = Pointer::parse(text.as_bytes()).expect("a pointer");
        assert_eq!((pointer.oid.to_string().as_str(), pointer.size, pointer.has_extensions), (oid, 12345, false));
        let shortest = format!("version http://git-media.io/v/2\noid sha256:{oid}\nsize 1");
        assert_eq!(shortest.len(), SHORTEST);
        assert!(Pointer::parse(shortest.as_bytes()).is_some());
    }
}
