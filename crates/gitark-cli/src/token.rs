//! Where the token comes from.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use gitark::{backup::Reason, http::Token};
use url::Url;

use crate::{
    exit::{Exit, Failure},
    secret,
};

/// The variables that may hold the token; the first one that is not empty counts.
const VARIABLES: [&str; 2] = ["GITHUB_TOKEN", "GH_TOKEN"];

/// The tokens in `files`, each of which must hold one; without files that of the environment, else that of the command
/// `gh` for the host of `api_url`, else none.
pub(crate) fn find(files: &[PathBuf], api_url: &str) -> Result<Vec<Token>, Failure> {
    if !files.is_empty() {
        return files.iter().map(|file| from_file(file)).collect();
    }
    let found = match from_environment()? {
        Some(token) => Some(token),
        None => from_gh(api_url),
    };
    Ok(found.into_iter().collect())
}

/// The variable that holds a token, if one does.
pub(crate) fn variable() -> Option<&'static str> {
    let is_filled =
        |name: &&str| std::env::var_os(name).is_some_and(|text| !text.as_encoded_bytes().trim_ascii().is_empty());
    VARIABLES.into_iter().find(is_filled)
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

/// The token that a reference of `--token-from` leads to.
pub(crate) async fn from(reference: &str) -> Result<Token, Failure> {
    let found = secret::read(reference, "--token-from").await?;
    let token = check(found.secret().as_bytes()).map(Token::new);
    token.ok_or_else(|| {
        let message = "--token-from: there is more than a token; keep nothing but the token there, or name its #KEY";
        Failure::new(Exit::Failed, message).because(Reason::BadSecret)
    })
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

/// What `gh auth token` prints, where `gh` is there and logged in.
fn from_gh(api_url: &str) -> Option<Token> {
    let url = Url::parse(api_url).ok()?;
    let host = url.host_str()?;
    let host = if url.path() == "/" { host.strip_prefix("api.").unwrap_or(host) } else { host };
    let gh = Command::new("gh")
        .args(["auth", "token", "--hostname", host])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()
        .filter(|gh| gh.status.success())?;
    let token = check(&gh.stdout)?;
    tracing::info!("the token is that of gh for {host}; --no-token goes without");
    Some(Token::new(token))
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
