//! Which repository something belongs to, by the address that it was cloned from or that GitHub gave it.

use url::Url;

use crate::vault::key::{self, Kind};

/// A repository on a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    /// In lower case, without user and port.
    pub(super) host: String,
    /// `OWNER/REPO`.
    pub(super) name: String,
    pub(super) kind: Kind,
}

impl Origin {
    /// Reads the addresses that GitHub shows, with or without `.git`: `https://github.com/octocat/hello.git`,
    /// `ssh://git@github.com/octocat/hello`, `git@github.com:octocat/hello.wiki.git`.
    pub(super) fn parse(address: &str) -> Option<Self> {
        let (host, path) = match address.split_once("://") {
            Some(("https" | "http" | "ssh" | "git" | "git+ssh", _)) => {
                let url = Url::parse(address).ok()?;
                (url.host_str()?.to_owned(), url.path().to_owned())
            }
            Some(_) => return None,
            // As scp has it; a path on this machine has a slash before any colon.
            None => {
                let (host, path) = address.split_once(':').filter(|(host, _)| !host.contains('/'))?;
                (host.rsplit('@').next()?.to_owned(), path.to_owned())
            }
        };
        let name = path.trim_matches('/');
        let name = name.strip_suffix(".git").unwrap_or(name);
        let (name, kind) = match name.strip_suffix(Kind::Wiki.infix()) {
            Some(name) => (name, Kind::Wiki),
            None => (name, Kind::Code),
        };
        key::split_full_name(name).ok()?;
        Some(Self { host: host.to_ascii_lowercase(), name: name.to_owned(), kind })
    }

    /// Reads the address of something of a repository, as GitHub's answers have it:
    /// `https://api.github.com/repos/octocat/hello/issues/7`, `https://HOST/api/v3/repos/…`, and of a discussion
    /// `https://github.com/octocat/hello/discussions/7`.
    pub(super) fn of_answer(address: &str) -> Option<Self> {
        let url = Url::parse(address).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
        let host = url.host_str()?;
        let parts: Vec<&str> = url.path_segments()?.collect();
        let (["repos", parts @ ..] | ["api", "v3", "repos", parts @ ..] | parts) = &parts[..];
        let name = parts.get(..2)?.join("/");
        key::split_full_name(&name).ok()?;
        let host = host.strip_prefix("api.").unwrap_or(host).to_ascii_lowercase();
        Some(Self { host, name, kind: Kind::Code })
    }

    /// Whether it is on the GitHub whose git host is `host`. Some have ssh on a host of its own.
    pub(super) fn is_on(&self, host: &str) -> bool {
        let own = self.host.strip_prefix("ssh.").unwrap_or(&self.host);
        self.host.eq_ignore_ascii_case(host) || own.eq_ignore_ascii_case(host)
    }
}

/// An address in words: what stands before an `@` or behind a `?` may be a secret.
pub(super) fn shown(address: &str) -> String {
    let address = address.split(['?', '#']).next().unwrap_or_default();
    let address = match (address.split_once("://"), address.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://{rest}"),
        (None, Some((_, rest))) => rest.to_owned(),
        _ => address.to_owned(),
    };
    crate::cause::printable(&address).chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_a_github_are_read() {
        for (address, kind) in [
            ("https://github.com/octocat/hello.git", Kind::Code),
            ("https://github.com/octocat/hello", Kind::Code),
            ("https://x-access-token:secret@github.com/octocat/hello.git/", Kind::Code),
            ("http://github.com:8080/octocat/hello", Kind::Code),
            ("ssh://git@github.com/octocat/hello.git", Kind::Code),
            ("ssh://git@ssh.github.com:443/octocat/hello.git", Kind::Code),
            ("git@github.com:octocat/hello.git", Kind::Code),
            ("GitHub.com:/octocat/hello", Kind::Code),
            ("git://github.com/octocat/hello.wiki.git", Kind::Wiki),
            ("git@github.com:octocat/hello.wiki", Kind::Wiki),
        ] {
            let origin = Origin::parse(address).unwrap_or_else(|| panic!("{address}"));
            assert_eq!((origin.name.as_str(), origin.kind), ("octocat/hello", kind), "{address}");
            assert!(origin.is_on("github.com") && !origin.is_on("example.com"), "{address}");
        }
    }

    #[test]
    fn other_addresses_name_nothing() {
        for address in [
            "",
            "/srv/mirrors/hello.git",
            "../hello.git",
            "./a:b/c",
            "file:///octocat/hello.git",
            "https://github.com/octocat",
            "https://gitlab.com/group/sub/hello.git",
            "https://github.com/octocat/..",
            "git@github.com:hello.git",
            "C:\\mirrors\\hello.git",
            "https://github.com/octocat/hel%20lo",
        ] {
            assert_eq!(Origin::parse(address), None, "{address}");
        }
    }

    #[test]
    fn addresses_in_answers_are_read() {
        for (address, host) in [
            ("https://api.github.com/repos/octocat/hello", "github.com"),
            ("https://api.github.com/repos/octocat/hello/issues/7", "github.com"),
            ("https://github.example.com/api/v3/repos/octocat/hello/labels/bug", "github.example.com"),
            ("https://github.com/octocat/hello/discussions/7", "github.com"),
        ] {
            let origin = Origin::of_answer(address).unwrap_or_else(|| panic!("{address}"));
            assert_eq!((origin.name.as_str(), origin.host.as_str()), ("octocat/hello", host), "{address}");
        }
        for address in ["", "octocat/hello", "file:///octocat/hello", "https://api.github.com/repos/octocat"] {
            assert_eq!(Origin::of_answer(address), None, "{address}");
        }
    }

    #[test]
    fn secrets_are_not_shown() {
        for address in ["https://user:secret@x@host/a", "secret@host:a", "https://host/a?token=secret"] {
            assert!(!shown(address).contains("secret"), "{address}");
        }
        assert_eq!(shown("/srv/hello.git"), "/srv/hello.git");
    }
}
