//! The bodies of the fuzz targets in `fuzz/`: everything that reads bytes from outside, one function a kind. The tests
//! drive them too. Each must come to an end without a panic, whatever it is given.

use std::io::Read as _;

use jiff::Timestamp;
use reqwest::header::{HeaderMap, HeaderValue, LINK};
use url::Url;

use crate::{
    digest::sha256,
    git::{ls_refs, refs, remote, sideband::SidebandReader},
    github::pages,
    http,
    vault::{
        claim::Claim,
        document,
        head::HeadDocument,
        log::Entry,
        state::State,
        views::{self, parse_packed_refs},
    },
};

/// An answer of a git server: capabilities, references, or a pack in side-band lines.
pub fn packet_lines(bytes: &[u8]) {
    let _ = remote::parse_capabilities(bytes);
    if let Ok(upstream) = ls_refs::parse(bytes, Timestamp::UNIX_EPOCH) {
        let text = views::packed_refs(&upstream.refs);
        assert_eq!(parse_packed_refs(&text), upstream.refs, "what is written is read");
        assert!(upstream.refs.keys().all(|name| refs::is_valid(name)), "{text}");
    }
    if let Ok(mut reader) = SidebandReader::open(bytes, |_: &[u8]| {}) {
        let mut pack = Vec::new();
        let _ = reader.read_to_end(&mut pack);
        assert!(pack.len() <= bytes.len(), "nothing is made up");
        let _ = reader.take_failure();
        let _ = reader.finish();
    }
}

/// A log, an entry a line, each with the right checksum behind it: what they fold to, and the views of that.
pub fn log_entries(bytes: &[u8]) {
    let mut state = None;
    for line in bytes.split(|byte| *byte == b'\n') {
        let proof = sha256(line);
        let document = [line, format!("\n{{\"sha256\":\"{proof}\"}}\n").as_bytes()].concat();
        let Ok(entry) = document::decode::<Entry>("log/1", &document) else { continue };
        let length = document.len() as u64;
        let Ok(next) = State::advance(state.clone(), "log/1", &entry, proof, length) else { continue };
        let _ = (next.wants_checkpoint(), next.is_damaged(), next.published_refs());
        let _ = views::render(&next, &[]);
        let _ = document::encode(&HeadDocument::new(&next));
        state = Some(next);
    }
}

/// The other files of a vault: views, claims, with and without a right checksum.
pub fn vault_files(bytes: &[u8]) {
    let _ = parse_packed_refs(&String::from_utf8_lossy(bytes));
    let _ = views::is_config_good(&String::from_utf8_lossy(bytes));
    let proven = [bytes, format!("\n{{\"sha256\":\"{}\"}}\n", sha256(bytes)).as_bytes()].concat();
    for bytes in [bytes, &proven] {
        let _ = document::decode::<Claim>("claim", bytes);
        let _ = document::decode::<HeadDocument>("head", bytes);
        let _ = document::decode::<serde_json::Value>("vault", bytes);
    }
}

/// A header `Link`: what it leads to is on the same origin, without credentials of its own.
pub fn link_header(bytes: &[u8]) {
    let (Ok(value), Ok(url)) = (HeaderValue::from_bytes(bytes), Url::parse("https://api.github.com/user/repos")) else {
        return;
    };
    if let Ok(Some(next)) = pages::next(&url, &HeaderMap::from_iter([(LINK, value)])) {
        assert!(http::same_origin(&next, &url) && next.username().is_empty() && next.password().is_none(), "{next}");
    }
}
