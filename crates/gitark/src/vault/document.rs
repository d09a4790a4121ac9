//! JSON objects that prove themselves: the object on one line, its SHA-256 on the next.
//!
//! `jq` reads such a file as it is; [`decode`] refuses one in which a byte was changed or is missing.

use bytes::Bytes;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::Error;
use crate::digest::sha256;

/// The two lines of `value`, and the digest in the second.
#[expect(clippy::expect_used, reason = "the documents of this module have string keys and no failing serializer")]
pub fn encode_with_digest<T: Serialize>(value: &T) -> (Bytes, String) {
    let first = serde_json::to_string(value).expect("a document can be serialized");
    let proof = sha256(first.as_bytes());
    (format!("{first}\n{{\"sha256\":\"{proof}\"}}\n").into(), proof)
}

/// The two lines of `value`.
pub fn encode<T: Serialize>(value: &T) -> Bytes {
    encode_with_digest(value).0
}

/// A plain JSON array without a proof, for readers that are not ours.
#[expect(clippy::expect_used, reason = "the items have string keys and no failing serializer")]
pub fn encode_array<T: Serialize>(items: &[T]) -> Bytes {
    serde_json::to_vec(items).expect("items can be serialized").into()
}

/// Whether a number need not be in a document.
pub(crate) fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// The digest that the second line of `bytes` states, checked against the first line.
///
/// # Errors
/// [`Error::Damaged`] when the two lines are not exactly what [`encode`] writes.
pub fn check<'a>(key: &str, bytes: &'a [u8]) -> Result<(&'a [u8], String), Error> {
    let split = bytes.iter().position(|&byte| byte == b'\n');
    let Some((first, rest)) = split.map(|at| (&bytes[..at], &bytes[at..])) else {
        return Err(Error::damaged(key, "it is cut off"));
    };
    let proof = sha256(first);
    if rest != format!("\n{{\"sha256\":\"{proof}\"}}\n").as_bytes() {
        return Err(Error::damaged(key, "its content does not match its checksum"));
    }
    Ok((first, proof))
}

/// The number that every document of ours has.
#[derive(Deserialize)]
struct Format {
    #[serde(default)]
    format: u64,
}

/// The value in `bytes`.
///
/// # Errors
/// [`Error::Damaged`] when the checksum does not match or the JSON is not of the expected form,
/// [`Error::NewerFormat`] when a newer gitark wrote it.
pub fn decode<T: DeserializeOwned>(key: &str, bytes: &[u8]) -> Result<T, Error> {
    Ok(decode_with_digest(key, bytes)?.0)
}

/// The same, and the digest in the second line.
///
/// # Errors
/// As [`decode`].
pub fn decode_with_digest<T: DeserializeOwned>(key: &str, bytes: &[u8]) -> Result<(T, String), Error> {
    let (first, proof) = check(key, bytes)?;
    let odd = |error| Error::damaged(key, format!("its JSON is not understood ({error})"));
    // The number is looked at before the rest, which a newer format may have changed.
    let Format { format } = serde_json::from_slice(first).map_err(odd)?;
    if format > u64::from(super::FORMAT) {
        return Err(Error::NewerFormat { location: key.to_owned(), format });
    }
    Ok((serde_json::from_slice(first).map_err(odd)?, proof))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flipped_or_missing_byte_is_found() {
        let bytes = encode(&serde_json::json!({"format": 1, "name": "octocat/hello"}));
        assert!(decode::<serde_json::Value>("k", &bytes).is_ok());
        for at in 0..bytes.len() {
            let mut flipped = bytes.to_vec();
            flipped[at] ^= 1;
            assert!(decode::<serde_json::Value>("k", &flipped).is_err(), "flip at {at}");
            assert!(decode::<serde_json::Value>("k", &bytes[..at]).is_err(), "cut at {at}");
        }
    }
}
