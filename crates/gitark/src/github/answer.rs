//! A body of JSON, decoded within bounds.

use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use super::Error;
use crate::http::shown;

/// Most values in one answer: a page of a hundred repositories has some ten thousand. Two bytes of text are a value of
/// seventy in memory.
const MAXIMUM_VALUES: usize = 1_000_000;

/// The answer of `url`.
///
/// # Errors
/// [`Error::CutOff`], [`Error::Answer`].
pub(super) fn decode<T: DeserializeOwned>(body: &[u8], url: &Url) -> Result<T, Error> {
    let odd = |problem| Error::Answer { url: shown(url), problem };
    if has_too_many_values(body) {
        return Err(odd(format!("it has more than {MAXIMUM_VALUES} values")));
    }
    serde_json::from_slice(body).map_err(|error| match error.is_eof() {
        true => Error::CutOff { url: shown(url) },
        false => odd(error.to_string()),
    })
}

/// The answer, where it is JSON.
pub(super) fn value(body: &[u8]) -> Option<Value> {
    if has_too_many_values(body) { None } else { serde_json::from_slice(body).ok() }
}

/// Whether more values would come of `body` than any honest answer has. Each but the first of a list or an object has
/// a comma in front.
fn has_too_many_values(body: &[u8]) -> bool {
    let (mut is_text, mut is_escaped, mut values) = (false, false, 0);
    for byte in body {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = is_text,
            b'"' => is_text = !is_text,
            b',' | b'[' | b'{' if !is_text => values += 1,
            _ => {}
        }
    }
    values > MAXIMUM_VALUES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_counted_and_text_is_not() {
        assert!(has_too_many_values(format!("[{}0]", "0,".repeat(MAXIMUM_VALUES)).as_bytes()));
        assert!(has_too_many_values("{\"a\":[".repeat(MAXIMUM_VALUES).as_bytes()));
        assert!(!has_too_many_values(format!("[{}0]", "0,".repeat(MAXIMUM_VALUES - 1)).as_bytes()));
        assert!(!has_too_many_values(format!("[\"{}\\\",\"]", "[{,".repeat(MAXIMUM_VALUES)).as_bytes()));
    }
}
