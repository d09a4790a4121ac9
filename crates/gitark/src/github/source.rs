//! What to list.

use std::fmt;

use crate::identity::GistId;

/// What stands behind an owner's name for the account's own data; no repository can be called so.
const OWN_DATA: &str = "~account";

/// What to list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// All that the token's owner can reach, by these ways (all when empty); of an app, all that it is installed for.
    Mine(Vec<Affiliation>),
    /// All of a user or an organisation.
    Account(String),
    /// The own data of a user or an organisation, without repositories.
    AccountData(String),
    /// One repository, by owner and name.
    Repository(String, String),
    /// One gist.
    Gist(GistId),
    /// All gists of a user, or of the token's owner (secret ones too).
    Gists(Option<String>),
    /// The repositories that a user, or the token's owner, has starred.
    Starred(Option<String>),
    /// The gists that the token's owner has starred.
    StarredGists,
}

/// Why the token's owner can reach a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Affiliation {
    /// It is their own.
    Owner,
    /// They were asked to collaborate.
    Collaborator,
    /// They are in the organisation that owns it.
    OrganizationMember,
}

impl Affiliation {
    /// GitHub's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Affiliation::Owner => "owner",
            Affiliation::Collaborator => "collaborator",
            Affiliation::OrganizationMember => "organization_member",
        }
    }
}

impl Source {
    /// Whether it is more than what belongs to an account besides its repositories.
    pub fn is_named(&self) -> bool {
        !matches!(self, Source::Gists(_) | Source::Starred(_) | Source::StarredGists)
    }
}

impl Source {
    /// As a listing and its report name it: what is the token owner's own, with `owner`, where that is known.
    pub fn name(&self, owner: Option<&str>) -> String {
        match owner {
            Some(owner) if self.is_of_the_owner() => format!("{owner}/{self}"),
            _ => self.to_string(),
        }
    }

    /// Whether it is something else for each token.
    pub fn is_of_the_owner(&self) -> bool {
        matches!(self, Source::Mine(_) | Source::Gists(None) | Source::Starred(None) | Source::StarredGists)
    }
}

impl std::str::FromStr for Source {
    type Err = String;

    /// Reads `OWNER`, `OWNER/REPO`, `OWNER/~account`, `gist:ID`, or the address of a page of one.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_name = |part: &str| {
            !part.is_empty()
                && part != "."
                && part != ".."
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
        };
        if let Some(id) = text.strip_prefix("gist:") {
            return Ok(Source::Gist(id.to_owned().try_into()?));
        }
        // The host is that of --api-url.
        let plain = match text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")) {
            Some(address) => address.split_once('/').map_or("", |(_, path)| path).trim_end_matches('/'),
            None => text,
        };
        match plain.split_once('/') {
            None if is_name(plain) => Ok(Source::Account(plain.to_owned())),
            Some((owner, OWN_DATA)) if is_name(owner) => Ok(Source::AccountData(owner.to_owned())),
            Some((owner, name)) if is_name(owner) && is_name(name) => {
                Ok(Source::Repository(owner.to_owned(), name.strip_suffix(".git").unwrap_or(name).to_owned()))
            }
            _ => Err(format!("{text:?} is no OWNER, OWNER/REPO or gist:ID")),
        }
    }
}

impl fmt::Display for Source {
    /// As reports name it; what is the token owner's own begins with `~`, which no name does.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Mine(ways) if ways.is_empty() => f.write_str("~mine"),
            Source::Mine(ways) => {
                let ways: Vec<&str> = ways.iter().map(|way| way.as_str()).collect();
                write!(f, "~mine:{}", ways.join(","))
            }
            Source::Account(login) => f.write_str(login),
            Source::AccountData(login) => write!(f, "{login}/{OWN_DATA}"),
            Source::Repository(owner, name) => write!(f, "{owner}/{name}"),
            Source::Gist(id) => write!(f, "gist:{}", String::from(id.clone())),
            Source::Gists(login) => write!(f, "{}/~gists", login.as_deref().unwrap_or("~mine")),
            Source::Starred(login) => write!(f, "{}/~starred", login.as_deref().unwrap_or("~mine")),
            Source::StarredGists => f.write_str("~mine/~starred-gists"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses_of_pages_are_read() {
        let read = |text: &str| text.parse::<Source>().map(|source| source.to_string());
        for (text, name) in [
            ("octocat", "octocat"),
            ("octocat/~account", "octocat/~account"),
            ("octocat/hello", "octocat/hello"),
            ("octocat/hello.git", "octocat/hello"),
            ("https://github.com/octocat/hello", "octocat/hello"),
            ("https://github.com/octocat/hello.git", "octocat/hello"),
            ("https://github.com/octocat/", "octocat"),
            ("gist:5b0e0062eb8e9654adad7bb1d81cc75f", "gist:5b0e0062eb8e9654adad7bb1d81cc75f"),
        ] {
            assert_eq!(read(text), Ok(name.to_owned()), "{text}");
        }
        for bad in ["", "a/b/c", "..", "octocat/..", "a b", "gist:", "gist:../x", "https://github.com", "/"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
