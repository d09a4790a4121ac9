//! Secrets by reference: where a secret is, instead of the secret. Nothing here shows what it read.

mod aws;
mod backup;

use std::path::PathBuf;

use gitark::{backup::Reason, http::Token};

pub(crate) use backup::BackupSecret;

use crate::exit::{Exit, Failure};

/// What a reference looks like, for messages.
const FORMS: &str = "secretsmanager:NAME#KEY, ssm:NAME, env:NAME or file:PATH";

/// Where a secret is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Reference {
    /// AWS Secrets Manager: a name or an ARN; one key of a JSON object, or all of the text.
    SecretsManager { name: String, key: Option<String> },
    /// AWS Systems Manager Parameter Store: a name or an ARN.
    Parameter { name: String },
    /// A variable.
    Variable(String),
    /// A file.
    File(PathBuf),
}

/// Reads the secret that `text` refers to; `flag` is what it was given with.
pub(crate) async fn read(text: &str, flag: &str) -> Result<Token, Failure> {
    // What is given may be the secret itself, by mistake: it is not shown.
    let reference = Reference::parse(text)
        .ok_or_else(|| Failure::new(Exit::Usage, format!("{flag}: a reference is expected: {FORMS}")))?;
    let found = reference.text().await.map_err(|problem| unusable(&format!("{flag}: {problem}")))?;
    match found.trim() {
        "" => Err(unusable(&format!("{flag}: {} is empty", reference.shown()))),
        text => Ok(Token::new(text)),
    }
}

/// A secret that cannot be read or used.
fn unusable(problem: &str) -> Failure {
    Failure::new(Exit::Failed, gitark::cause::printable(problem)).because(Reason::BadSecret)
}

impl Reference {
    fn parse(text: &str) -> Option<Self> {
        let (form, rest) = text.split_once(':')?;
        if rest.is_empty() {
            return None;
        }
        let rest = rest.to_owned();
        Some(match form {
            "secretsmanager" => match rest.rsplit_once('#') {
                Some(("", _) | (_, "")) => return None,
                Some((name, key)) => Self::SecretsManager { name: name.to_owned(), key: Some(key.to_owned()) },
                None => Self::SecretsManager { name: rest, key: None },
            },
            "ssm" => Self::Parameter { name: rest },
            "env" => Self::Variable(rest),
            "file" => Self::File(rest.into()),
            _ => return None,
        })
    }

    /// What it refers to, for messages.
    fn shown(&self) -> String {
        match self {
            Self::SecretsManager { name, key: None } => format!("the secret {name}"),
            Self::SecretsManager { name, key: Some(key) } => format!("{key} of the secret {name}"),
            Self::Parameter { name } => format!("the parameter {name}"),
            Self::Variable(name) => format!("the variable {name}"),
            Self::File(path) => format!("the file {}", path.display()),
        }
    }

    /// The secret; the error says what is wrong, without it.
    async fn text(&self) -> Result<String, String> {
        match self {
            Self::SecretsManager { name, key: None } => aws::secret(name).await,
            Self::SecretsManager { name, key: Some(key) } => {
                let fields = backup::fields(name, &aws::secret(name).await?)?;
                backup::text(&fields, name, key).map(str::to_owned)
            }
            Self::Parameter { name } => aws::parameter(name).await,
            Self::Variable(name) => std::env::var(name).map_err(|error| match error {
                std::env::VarError::NotPresent => format!("{} is not set", self.shown()),
                // Its own words show the value.
                std::env::VarError::NotUnicode(_) => format!("{} is no text", self.shown()),
            }),
            Self::File(path) => {
                std::fs::read_to_string(path).map_err(|error| format!("{} cannot be read: {error}", self.shown()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_names_its_place() {
        let secret = |name: &str, key: Option<&str>| {
            Some(Reference::SecretsManager { name: name.into(), key: key.map(str::to_owned) })
        };
        let arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:prod/github-backup-AbCdEf";
        assert_eq!(Reference::parse(&format!("secretsmanager:{arn}#TOKEN_GITHUB")), secret(arn, Some("TOKEN_GITHUB")));
        assert_eq!(Reference::parse("secretsmanager:plain"), secret("plain", None));
        assert_eq!(Reference::parse("ssm:/github-token"), Some(Reference::Parameter { name: "/github-token".into() }));
        assert_eq!(Reference::parse("env:MY_TOKEN"), Some(Reference::Variable("MY_TOKEN".into())));
        assert_eq!(Reference::parse("file:/run/secrets/token"), Some(Reference::File("/run/secrets/token".into())));
        for bad in ["", "ghp_abc", "ssm:", "secretsmanager:#K", "secretsmanager:name#", "vault:x", "SSM:x"] {
            assert_eq!(Reference::parse(bad), None, "{bad}");
        }
    }
}
