//! Where the token comes from.

use std::path::Path;

use gitark::http::Token;

use crate::exit::{Exit, Failure};

/// The variables that may hold the token; the first one that is not empty counts.
const VARIABLES: [&str; 2] = ["GITHUB_TOKEN", "GH_TOKEN"];

/// The token in `file`, which must hold one, else that of the environment, else none.
pub(crate) fn find(file: Option<&Path>) -> Result<Option<Token>, Failure> {
    match file {
        Some(file) => from_file(file).map(Some),
        None => from_environment(),
    }
}

fn from_file(file: &Path) -> Result<Token, Failure> {
    let usage = |problem: String| Failure::new(Exit::Usage, format!("the token file {} {problem}", file.display()));
    let text = std::fs::read(file).map_err(|error| usage(format!("cannot be read: {error}")))?;
    match check(&text) {
        Some(token) => Ok(Token::new(token)),
        None if text.trim_ascii().is_empty() => Err(usage("is empty; write the token in it".into())),
        None => Err(usage("holds more than a token; write nothing but the token in it".into())),
    }
}

fn from_environment() -> Result<Option<Token>, Failure> {
    for variable in VARIABLES {
        let Some(text) = std::env::var_os(variable) else { continue };
        let text = text.as_encoded_bytes();
        if text.trim_ascii().is_empty() {
            continue;
        }
        let Some(token) = check(text) else {
            let message = format!("{variable} holds characters that no token has; check what it is set to");
            return Err(Failure::new(Exit::Usage, message));
        };
        return Ok(Some(Token::new(token)));
    }
    Ok(None)
}

/// What can be a token: it goes into a header as it is.
fn check(text: &[u8]) -> Option<&str> {
    let text = text.trim_ascii();
    let is_plain = !text.is_empty() && text.iter().all(u8::is_ascii_graphic);
    if is_plain { std::str::from_utf8(text).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn a_token_is_one_word() {
        assert_eq!(check(b" ghp_abc\n"), Some("ghp_abc"));
        for bad in ["", " \n", "two words", "two\nlines", "caf\u{e9}"] {
            assert_eq!(check(bad.as_bytes()), None, "{bad:?}");
        }
    }
}
