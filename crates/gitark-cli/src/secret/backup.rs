//! A secret of Secrets Manager that holds all settings of a backup: a JSON object with a token, whose repositories, and
//! the place in S3.

use gitark::http::Token;
use serde_json::{Map, Value};

use super::{aws, unusable};
use crate::{
    exit::{Exit, Failure},
    place::Place,
};

const TOKEN: &str = "TOKEN_GITHUB";
const ONLY_OWNER: &str = "BACKUP_ONLY_OWNER_REPOS";
const BUCKET: &str = "BACKUP_S3_BUCKET";
const PREFIX: &str = "BACKUP_S3_PREFIX";

/// What the secret says.
#[derive(Clone, Debug)]
pub(crate) struct BackupSecret {
    /// The secret's name or ARN.
    name: String,
    /// The token.
    pub(crate) token: Token,
    /// Only what the token's owner owns.
    pub(crate) only_owner: bool,
    bucket: String,
    vault: Place,
}

impl BackupSecret {
    /// Reads the secret of this name or ARN. A key that is missing or malformed is named.
    pub(crate) async fn read(name: &str) -> Result<Self, Failure> {
        let read = async { Self::parse(name, &aws::secret(name).await?) };
        read.await.map_err(|problem| unusable(&format!("--secret: {problem}")))
    }

    fn parse(name: &str, text: &str) -> Result<Self, String> {
        let fields = fields(name, text)?;
        let malformed = |key: &str, expected: &str| format!("{key} of the secret {name} is malformed; {expected}");
        let token = self::text(&fields, name, TOKEN)?.trim();
        if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(malformed(TOKEN, "a token without spaces is expected"));
        }
        let only_owner = match fields.get(ONLY_OWNER) {
            Some(Value::Bool(only)) => *only,
            _ => match self::text(&fields, name, ONLY_OWNER)?.trim().to_ascii_lowercase().as_str() {
                "true" => true,
                "false" => false,
                _ => return Err(malformed(ONLY_OWNER, "true or false is expected")),
            },
        };
        let bucket = self::text(&fields, name, BUCKET)?.trim();
        let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte);
        if bucket.is_empty() || !bucket.bytes().all(is_name) {
            return Err(malformed(BUCKET, "the name of a bucket is expected"));
        }
        let prefix = self::text(&fields, name, PREFIX)?.trim().trim_matches('/');
        let is_plain = !prefix.contains(['?', '#']) && prefix.split('/').all(|part| part != "." && part != "..");
        let vault = format!("s3://{bucket}/{prefix}").parse::<Place>().ok().filter(|_| is_plain);
        let vault = vault.ok_or_else(|| malformed(PREFIX, "a prefix without special characters is expected"))?;
        let (name, bucket) = (name.to_owned(), bucket.to_owned());
        Ok(Self { name, token: Token::new(token), only_owner, bucket, vault })
    }

    /// Where to back up to: the secret's place when no vault is named. A vault in another bucket is refused.
    pub(crate) fn places(&self, named: &[Place]) -> Result<Vec<Place>, Failure> {
        if named.is_empty() {
            return Ok(vec![self.vault.clone()]);
        }
        let other = named.iter().find(|place| place.s3_bucket().is_some_and(|bucket| bucket != self.bucket));
        match other {
            None => Ok(named.to_vec()),
            Some(place) => {
                let Self { name, bucket, .. } = self;
                let message = format!(
                    "{place} is not in the bucket {bucket}, which {BUCKET} of the secret {name} names; make them the same"
                );
                Err(Failure { exit: Exit::Usage, ..unusable(&message) })
            }
        }
    }
}

/// The fields of a secret that is a JSON object. The parser's own words could show what is in it.
pub(super) fn fields(name: &str, text: &str) -> Result<Map<String, Value>, String> {
    match serde_json::from_str(text) {
        Ok(Value::Object(fields)) => Ok(fields),
        _ => Err(format!("the secret {name} is no JSON object of keys and values")),
    }
}

/// The text of one key.
pub(super) fn text<'a>(fields: &'a Map<String, Value>, name: &str, key: &str) -> Result<&'a str, String> {
    match fields.get(key) {
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(format!("{key} of the secret {name} is malformed; a text is expected")),
        None => Err(format!("{key} is missing in the secret {name}")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const MARK: &str = "ghp_TheSecretOfThisTest";

    fn whole() -> Value {
        json!({TOKEN: MARK, ONLY_OWNER: "True", BUCKET: "backups", PREFIX: "/github/all/"})
    }

    fn parse(value: &Value) -> Result<BackupSecret, String> {
        BackupSecret::parse("prod/github-backup", &value.to_string())
    }

    #[test]
    fn the_secret_gives_token_owner_and_vault() {
        let secret = parse(&whole()).expect("a secret");
        assert_eq!((secret.token.secret(), secret.only_owner), (MARK, true));
        assert_eq!(secret.vault.to_string(), "s3://backups/github/all");
        for (text, only_owner) in [("FALSE", false), ("false", false), ("tRuE", true)] {
            let mut value = whole();
            value[ONLY_OWNER] = text.into();
            assert_eq!(parse(&value).expect("a secret").only_owner, only_owner, "{text}");
        }
        let mut value = whole();
        value[PREFIX] = "".into();
        assert_eq!(parse(&value).expect("a secret").vault.to_string(), "s3://backups/");
    }

    #[test]
    fn a_key_that_is_missing_or_malformed_is_named() {
        for key in [TOKEN, ONLY_OWNER, BUCKET, PREFIX] {
            let mut value = whole();
            value.as_object_mut().expect("an object").remove(key);
            assert_eq!(parse(&value).expect_err(key), format!("{key} is missing in the secret prod/github-backup"));
            value[key] = json!([MARK]);
            let problem = parse(&value).expect_err(key);
            assert!(problem.starts_with(&format!("{key} of the secret")) && !problem.contains(MARK), "{problem}");
        }
        for (key, text) in [(TOKEN, "two words"), (ONLY_OWNER, "yes"), (BUCKET, "a/b"), (PREFIX, "a?b"), (PREFIX, "..")]
        {
            let mut value = whole();
            value[key] = text.into();
            assert!(parse(&value).expect_err(text).starts_with(key), "{key} {text}");
        }
    }

    #[test]
    fn i11_a_secret_that_is_no_object_is_not_shown() {
        for text in [MARK.to_owned(), format!("{MARK} \u{1}"), json!([MARK]).to_string(), json!(MARK).to_string()] {
            let problem = BackupSecret::parse("prod/github-backup", &text).expect_err("no object");
            assert!(problem.contains("no JSON object") && !problem.contains(MARK), "{problem}");
        }
        let shown = format!("{:?} {:#?}", parse(&whole()), parse(&whole()));
        assert!(!shown.contains(MARK), "{shown}");
    }

    #[test]
    fn a_vault_in_another_bucket_is_refused() {
        let secret = parse(&whole()).expect("a secret");
        let places = |named: &[&str]| {
            let named: Vec<Place> = named.iter().map(|place| place.parse().expect("a place")).collect();
            secret.places(&named).map(|places| places.iter().map(ToString::to_string).collect::<Vec<_>>())
        };
        assert_eq!(places(&[]).expect("a place"), ["s3://backups/github/all"]);
        assert_eq!(places(&["s3://backups/other", "/mnt/efs"]).expect("places"), ["s3://backups/other", "/mnt/efs"]);
        let refused = places(&["/mnt/efs", "s3://elsewhere/x"]).expect_err("another bucket");
        assert!(
            refused.message.contains("s3://elsewhere/x") && refused.message.contains(BUCKET),
            "{}",
            refused.message
        );
    }
}
