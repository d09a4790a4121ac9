//! Signed links to files: whoever has one may read the file until the link expires.

use std::collections::HashMap;

use jiff::Timestamp;
use ring::digest::{SHA256, digest};

use crate::content::hexadecimal;
use crate::github::GitHub;

/// How long links are good when nothing else was said, as on GitHub.
pub(crate) const LIFETIME: i64 = 300;

/// What only the emulator knows.
const KEY: &str = "github-emulator";

/// What is wrong with a link.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum LinkFault {
    NotSigned,
    Expired,
}

impl GitHub {
    /// Lets signed links to files, which redirects lead to, expire after these seconds from when
    /// they are made, 300 to begin with; 0 lets every one be expired at once.
    pub fn set_link_lifetime(&self, seconds: i64) {
        self.state().files.link_lifetime = seconds;
    }

    /// A path with the query which lets it be read for some time.
    pub(crate) fn sign(&self, path: &str) -> String {
        let now = self.now();
        let expiry = now.saturating_add(self.state().files.link_lifetime);
        let until = Timestamp::from_second(expiry).map(|time| time.to_string()).unwrap_or_default();
        format!(
            "{path}?sp=r&sv=2018-11-09&sr=b&spr=https&se={}&sig={}",
            until.replace(':', "%3A"),
            signature(path, &until)
        )
    }

    /// Whether the query of a path lets it be read now.
    pub(crate) fn check_link(&self, path: &str, query: &HashMap<String, String>) -> Result<(), LinkFault> {
        let until = query.get("se").map(String::as_str).unwrap_or_default();
        if query.get("sig") != Some(&signature(path, until)) {
            return Err(LinkFault::NotSigned);
        }
        let expiry = until.parse::<Timestamp>().map_err(|_| LinkFault::NotSigned)?;
        if self.now() < expiry.as_second() { Ok(()) } else { Err(LinkFault::Expired) }
    }
}

fn signature(path: &str, until: &str) -> String {
    hexadecimal(&digest(&SHA256, format!("{KEY}\n{path}\n{until}").as_bytes()).as_ref()[..16])
}
