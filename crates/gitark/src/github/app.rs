//! A GitHub App: it proves itself with a signed token of its own, and gets one for each installation.
//!
//! Source: "Generating a JSON Web Token (JWT) for a GitHub App", "Generating an installation access token for a GitHub
//! App" in GitHub's documentation; RFC 7519.

use std::{collections::BTreeMap, fmt, sync::Arc};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use reqwest::header::HeaderMap;
use ring::{
    rand::SystemRandom,
    signature::{RSA_PKCS1_SHA256, RsaKeyPair},
};
use rustls::pki_types::{PrivateKeyDer, pem::PemObject as _};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Error, accounts, session::Session};
use crate::http::{Token, shown};

/// How long a token of the app itself is good for; GitHub takes ten minutes at most.
const LIFETIME: SignedDuration = SignedDuration::from_mins(9);
/// It is dated back a little, for clocks that differ.
const BACKDATED: SignedDuration = SignedDuration::from_secs(60);

/// A GitHub App.
#[derive(Clone)]
pub struct App {
    /// The app's id, or its client id.
    id: String,
    key: Arc<RsaKeyPair>,
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Why a key is none.
#[derive(Debug, thiserror::Error)]
pub enum BadKey {
    /// It is not PEM with a private key in it.
    #[error("it is no private key in PEM form, as GitHub gives it for download")]
    NotPem,
    /// It is a key that GitHub Apps do not have.
    #[error("it is no RSA key of 2048 bits or more")]
    NotRsa,
}

impl App {
    /// The app with this id (or client id) and private key, in the PEM file that GitHub gives.
    ///
    /// # Errors
    /// [`BadKey`].
    pub fn new(id: impl Into<String>, pem: &[u8]) -> Result<Self, BadKey> {
        let key = match PrivateKeyDer::from_pem_slice(pem).map_err(|_| BadKey::NotPem)? {
            PrivateKeyDer::Pkcs1(key) => RsaKeyPair::from_der(key.secret_pkcs1_der()),
            PrivateKeyDer::Pkcs8(key) => RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()),
            _ => return Err(BadKey::NotRsa),
        };
        Ok(Self { id: id.into(), key: Arc::new(key.map_err(|_| BadKey::NotRsa)?) })
    }

    /// Its id, as it was given.
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// A token of the app itself, signed `now` (RS256).
    pub(super) fn sign(&self, now: Timestamp) -> Option<Token> {
        let seconds = |time: Result<Timestamp, jiff::Error>| time.unwrap_or(now).as_second();
        let claims = json!({
            "iat": seconds(now.checked_sub(BACKDATED)),
            "exp": seconds(now.checked_add(LIFETIME)),
            "iss": self.id,
        });
        let header = json!({ "alg": "RS256", "typ": "JWT" });
        let [header, claims] = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
        let signed = format!("{header}.{claims}");
        let mut signature = vec![0; self.key.public().modulus_len()];
        // It fails for want of random numbers alone, which blind the key.
        self.key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature).ok()?;
        Some(Token::new(&format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))))
    }
}

/// One account's installation of an app.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Installation {
    pub(super) id: u64,
    pub(super) account: accounts::Item,
    /// When its owner stopped it for a while.
    #[serde(default)]
    pub(super) suspended_at: Option<String>,
    /// What the app may do there: `contents` and the like, with `read`, `write` or `admin`.
    #[serde(default)]
    pub(super) permissions: BTreeMap<String, String>,
}

impl Installation {
    /// Whether `name` (a login, or a number) means it.
    pub(super) fn is_called(&self, name: &str) -> bool {
        self.account.login.eq_ignore_ascii_case(name) || self.id.to_string() == name
    }
}

impl Session {
    /// Everywhere that the app which asks is installed.
    pub(super) async fn installations(&self) -> Result<Vec<Installation>, Error> {
        let url = self.url(&["app", "installations"]);
        let (mut found, mut odd) = (Vec::<Installation>::new(), None);
        let take = |page: Vec<Value>, _: &HeaderMap| {
            let known = found.len();
            for item in page {
                match serde_json::from_value::<Installation>(item) {
                    Ok(item) if found.iter().any(|known| known.id == item.id) => {}
                    Ok(item) => found.push(item),
                    Err(error) => odd = Some(error),
                }
            }
            found.len() - known
        };
        self.pages(url.clone(), None, take).await?;
        match odd {
            Some(error) => {
                Err(Error::Answer { url: shown(&url), problem: format!("an installation in it is odd: {error}") })
            }
            None => Ok(found),
        }
    }
}

/// GitHub's answer to the request for an installation's token.
#[derive(Deserialize)]
pub(super) struct Minted {
    pub(super) token: String,
    pub(super) expires_at: Timestamp,
}
