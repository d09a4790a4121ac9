//! `ls-refs`: what upstream has (gitprotocol-v2(5), "ls-refs").

use std::collections::BTreeSet;

use gix_hash::ObjectId;
use gix_packetline::blocking_io::encode::{delim_to_write, flush_to_write, text_to_write};
use jiff::Timestamp;

use super::{
    Error,
    refs::{self, Head, RefValue, Refs},
    remote::{self, AGENT, Discovery, Remote},
};

/// Upstream's references, as they will be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upstream {
    /// References by their name in the vault.
    pub refs: Refs,
    /// What `HEAD` says.
    pub head: Head,
    /// The server's clock when it answered.
    pub observed: Timestamp,
}

impl Upstream {
    /// Every object that a reference or a detached `HEAD` names.
    pub fn tips(&self) -> BTreeSet<ObjectId> {
        let detached = match &self.head {
            Head::Detached(oid) => Some(*oid),
            Head::Symbolic(_) => None,
        };
        self.refs.values().map(|value| value.oid).chain(detached).collect()
    }

    /// Names in the vault of the references that are parked.
    pub fn parked(&self) -> Vec<String> {
        self.refs.keys().filter(|name| name.starts_with(refs::PARKED)).cloned().collect()
    }
}

impl Remote {
    /// Lists upstream's references.
    ///
    /// # Errors
    /// The HTTP kinds of [`Error`], [`Error::Protocol`] for an answer that is cut off or not understood, and
    /// [`Error::BadReference`] for names that git would not accept.
    pub async fn ls_refs(&self, discovery: &Discovery) -> Result<Upstream, Error> {
        let mut words = vec![format!("agent={AGENT}"), "object-format=sha1".into()];
        words.retain(|word| discovery.capability(word.split('=').next().unwrap_or_default()).is_some());
        let unborn = discovery.capability("ls-refs").is_some_and(|words| words.contains("unborn"));
        let request = (|| -> std::io::Result<Vec<u8>> {
            let mut body = Vec::new();
            text_to_write(b"command=ls-refs", &mut body)?;
            for word in &words {
                text_to_write(word.as_bytes(), &mut body)?;
            }
            delim_to_write(&mut body)?;
            for argument in ["peel", "symrefs"].into_iter().chain(unborn.then_some("unborn")) {
                text_to_write(argument.as_bytes(), &mut body)?;
            }
            flush_to_write(&mut body)?;
            Ok(body)
        })();
        let request = request.map_err(|source| Error::io("write a request", source))?;
        let response = self.command(discovery, request, "list the references").await?;
        let observed = crate::http::server_time(&response);
        let body = self.body(response, "read the references").await?;
        parse(&body, observed)
    }
}

/// Reads the answer to `ls-refs`.
pub(crate) fn parse(body: &[u8], observed: Timestamp) -> Result<Upstream, Error> {
    let mut kept = Refs::new();
    let mut head = None;
    for line in remote::text_lines(body)? {
        if line.is_empty() {
            continue;
        }
        let mut words = line.split(' ');
        let (Some(oid), Some(name)) = (words.next(), words.next()) else {
            return Err(Error::Protocol(format!("{line:?} is no reference")));
        };
        let (mut peeled, mut target) = (None, None);
        for word in words {
            if let Some(id) = word.strip_prefix("peeled:") {
                peeled = Some(parse_id(id)?);
            } else if let Some(name) = word.strip_prefix("symref-target:") {
                target = Some(name.to_owned());
            }
        }
        if name == "HEAD" {
            head = Some(match target {
                Some(target) if refs::is_valid(&target) => Head::Symbolic(refs::vault_name(&target)),
                Some(target) => return Err(Error::BadReference(target)),
                None => Head::Detached(parse_id(oid)?),
            });
            continue;
        }
        if !refs::is_valid(name) {
            return Err(Error::BadReference(name.chars().take(200).collect()));
        }
        if refs::is_kept(name) {
            let value = RefValue { oid: parse_id(oid)?, peeled };
            if kept.insert(refs::vault_name(name), value).is_some() {
                return Err(Error::Protocol(format!("it lists {name} twice")));
            }
        }
    }
    if let Some((_, longer)) = refs::directory_conflict(&kept) {
        return Err(Error::BadReference(longer.to_owned()));
    }
    Ok(Upstream { refs: kept, head: head.unwrap_or_default(), observed })
}

fn parse_id(text: &str) -> Result<ObjectId, Error> {
    match ObjectId::from_hex(text.as_bytes()) {
        Ok(id) if !id.is_null() && id.kind() == gix_hash::Kind::Sha1 => Ok(id),
        _ => Err(Error::Protocol(format!("{text:?} is no object id"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(lines: &[&str]) -> Vec<u8> {
        let lines = lines.iter().map(|line| format!("{:04x}{line}\n", line.len() + 5));
        (lines.collect::<String>() + "0000").into_bytes()
    }

    fn example() -> Vec<u8> {
        let (commit, tag) = ("c2a0a9e6c3a2e0b1f9d8c7b6a5f4e3d2c1b0a9f8", "d2a0a9e6c3a2e0b1f9d8c7b6a5f4e3d2c1b0a9f8");
        answer(&[
            &format!("{commit} HEAD symref-target:refs/heads/main"),
            &format!("{commit} refs/heads/main"),
            &format!("{tag} refs/tags/v1 peeled:{commit}"),
        ])
    }

    #[test]
    fn an_answer_is_read() {
        let upstream = parse(&example(), Timestamp::UNIX_EPOCH).expect("an answer");
        assert_eq!(upstream.head, Head::Symbolic("refs/heads/main".into()));
        assert_eq!(upstream.refs.len(), 2);
        assert_eq!(upstream.refs["refs/tags/v1"].peeled, Some(upstream.refs["refs/heads/main"].oid));
        let unborn = parse(&answer(&["unborn HEAD symref-target:refs/heads/x"]), Timestamp::UNIX_EPOCH);
        assert_eq!(unborn.expect("an answer").head, Head::Symbolic("refs/heads/x".into()));
    }

    #[test]
    fn no_changed_or_missing_byte_panics_or_hides_that_the_answer_is_cut() {
        let whole = example();
        for at in 0..whole.len() {
            assert!(parse(&whole[..at], Timestamp::UNIX_EPOCH).is_err(), "cut at {at}");
            for bit in 0..8 {
                let mut changed = whole.clone();
                changed[at] ^= 1 << bit;
                // Some changes make another good answer; none may panic.
                let _ = parse(&changed, Timestamp::UNIX_EPOCH);
            }
        }
    }
}
