//! What GitHub knows a repository by for ever: names come and go, ids never do.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The id of a repository or of a gist. In JSON a repository's is a number, a gist's a string.
///
/// A wiki has its repository's.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum RepositoryId {
    /// A repository's numeric id.
    Number(u64),
    /// A gist's id.
    Gist(GistId),
}

/// The id of a gist: 32 hexadecimal digits, or 20, or a decimal number for the first ones.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct GistId(String);

/// Longest id that is taken for one.
const MAXIMUM_GIST_ID_BYTES: usize = 64;

impl TryFrom<String> for GistId {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let is_id = (1..=MAXIMUM_GIST_ID_BYTES).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        if is_id { Ok(Self(text)) } else { Err(format!("{:?} is no gist's id", crate::cause::printable(&text))) }
    }
}

impl From<GistId> for String {
    fn from(id: GistId) -> Self {
        id.0
    }
}

impl From<u64> for RepositoryId {
    fn from(id: u64) -> Self {
        RepositoryId::Number(id)
    }
}

impl fmt::Display for RepositoryId {
    /// As it stands in keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RepositoryId::Number(id) => id.fmt(f),
            RepositoryId::Gist(id) => f.write_str(&id.0),
        }
    }
}

impl RepositoryId {
    /// Which of `count` parts it belongs to, from 0; the same for ever. Numbers are spread evenly, and so are hashes.
    pub fn part(&self, count: u64) -> u64 {
        let number = match self {
            RepositoryId::Number(id) => *id,
            RepositoryId::Gist(id) => {
                id.0.bytes().fold(0_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()))
            }
        };
        number % count.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_and_a_gist_of_the_same_digits_are_two() {
        let number: RepositoryId = serde_json::from_str("42").expect("a number");
        let gist: RepositoryId = serde_json::from_str("\"42\"").expect("a gist");
        assert_ne!(number, gist);
        assert_eq!(serde_json::to_string(&gist).expect("JSON"), "\"42\"");
        assert_eq!((number.to_string(), gist.to_string()), ("42".into(), "42".into()));
    }

    #[test]
    fn what_could_leave_the_vault_is_no_id() {
        for bad in ["\"\"", "\"../x\"", "\"a/b\"", "\"AB\"", "-1", "1.5", "null"] {
            assert!(serde_json::from_str::<RepositoryId>(bad).is_err(), "{bad}");
        }
    }
}
