//! What GitHub knows repositories, gists and accounts by for ever: names come and go, ids never do.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The id of a repository, of a gist, or of an account. In JSON a repository's is a number, the others are strings.
///
/// A wiki has its repository's.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum RepositoryId {
    /// A repository's numeric id.
    Number(u64),
    /// A gist's id.
    Gist(GistId),
    /// An account's id.
    Account(AccountId),
}

/// The id of a gist: 32 hexadecimal digits, or 20, or a decimal number for the first ones.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct GistId(String);

/// The numeric id of a user or an organisation, which may be that of a repository too: it is written `account-583231`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AccountId(pub u64);

/// What stands before the number of an account's id. It has letters that no gist's id has.
const ACCOUNT: &str = "account-";

impl TryFrom<String> for AccountId {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let number = text.strip_prefix(ACCOUNT).and_then(|number| number.parse().ok());
        let id = number.map(Self).filter(|id| id.to_string() == text);
        id.ok_or_else(|| format!("{:?} is no account's id", crate::cause::printable(&text)))
    }
}

impl From<AccountId> for String {
    fn from(id: AccountId) -> Self {
        id.to_string()
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{ACCOUNT}{}", self.0)
    }
}

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
            RepositoryId::Account(id) => id.fmt(f),
        }
    }
}

impl RepositoryId {
    /// Which of `count` parts it belongs to, from 0; the same for ever. Numbers are spread evenly, and so are hashes.
    pub fn part(&self, count: u64) -> u64 {
        let number = match self {
            RepositoryId::Number(id) | RepositoryId::Account(AccountId(id)) => *id,
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
    fn a_number_a_gist_and_an_account_of_the_same_digits_are_three() {
        let read = |text: &str| serde_json::from_str::<RepositoryId>(text).expect("an id");
        let (number, gist, account) = (read("42"), read("\"42\""), read("\"account-42\""));
        assert!(number != gist && gist != account && number != account);
        assert_eq!(account, RepositoryId::Account(AccountId(42)));
        for (id, text) in [(&number, "42"), (&gist, "\"42\""), (&account, "\"account-42\"")] {
            assert_eq!(serde_json::to_string(id).expect("JSON"), text);
            assert_eq!(id.to_string(), text.trim_matches('"'));
        }
    }

    #[test]
    fn what_could_leave_the_vault_is_no_id() {
        for bad in [
            "\"\"",
            "\"../x\"",
            "\"a/b\"",
            "\"AB\"",
            "\"account-\"",
            "\"account-+1\"",
            "\"account-01\"",
            "-1",
            "1.5",
            "null",
        ] {
            assert!(serde_json::from_str::<RepositoryId>(bad).is_err(), "{bad}");
        }
    }
}
