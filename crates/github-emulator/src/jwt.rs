//! The JSON web tokens with which apps say who they are.
//!
//! <https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app>

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use serde_json::Value;

use crate::state::State;

/// How far the clocks may be apart, and how long a token may be good, in seconds.
const CLOCK_LIMIT: i64 = 60;
const LIFETIME_LIMIT: i64 = 600;

/// The algorithm `rsaEncryption` without parameters, in DER, as it stands before the key.
const RSA_ENCRYPTION: [u8; 13] = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];

const UNDECODABLE: &str = "A JSON web token could not be decoded";
const ISSUED_AT: &str =
    "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued";
const EXPIRED: &str = "'Expiration time' claim ('exp') must be a numeric value representing the future time at which \
    the assertion expires";
const TOO_FAR: &str = "'Expiration time' claim ('exp') is too far in the future";

/// Whether credentials look like a web token.
pub(crate) fn is_one(credentials: &str) -> bool {
    credentials.split('.').count() == 3 && credentials.starts_with("ey")
}

/// The id of the app which signed a web token, or GitHub's words about what is wrong with it.
pub(crate) fn app(state: &State, token: &str, now: i64) -> Result<u64, &'static str> {
    let (signed, signature) = token.rsplit_once('.').ok_or(UNDECODABLE)?;
    let (header, claims) = signed.split_once('.').ok_or(UNDECODABLE)?;
    let (header, claims) = (json(header).ok_or(UNDECODABLE)?, json(claims).ok_or(UNDECODABLE)?);
    if header["alg"] != "RS256" {
        return Err(UNDECODABLE);
    }
    let issuer = claims["iss"].as_u64().or_else(|| claims["iss"].as_str()?.parse().ok());
    let app = issuer.and_then(|issuer| state.apps.apps.get(&issuer)).ok_or("Integration not found")?;
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| UNDECODABLE)?;
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &app.public_key)
        .verify(signed.as_bytes(), &signature)
        .map_err(|_| UNDECODABLE)?;
    let issued_at = claims["iat"].as_i64().ok_or(ISSUED_AT)?;
    let expires_at = claims["exp"].as_i64().ok_or(EXPIRED)?;
    if issued_at > now.saturating_add(CLOCK_LIMIT) {
        Err(ISSUED_AT)
    } else if expires_at <= now {
        Err(EXPIRED)
    } else if expires_at > now.saturating_add(LIFETIME_LIMIT) {
        Err(TOO_FAR)
    } else {
        Ok(app.id)
    }
}

fn json(part: &str) -> Option<Value> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

/// The RSA public key of a PEM file, as PKCS #1 has it in DER.
pub(crate) fn public_key(pem: &str) -> Option<Vec<u8>> {
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).map(str::trim).collect();
    let der = STANDARD.decode(body).ok()?;
    if pem.contains("BEGIN RSA PUBLIC KEY") {
        return Some(der);
    }
    // What follows the algorithm is a bit string: its tag, its length, no unused bits, the key.
    let algorithm = der.windows(RSA_ENCRYPTION.len()).position(|part| part == RSA_ENCRYPTION)?;
    let rest = der.get(algorithm + RSA_ENCRYPTION.len()..)?;
    let long = rest.get(1).filter(|&&length| length >= 0x80).map_or(0, |length| usize::from(length & 0x7f));
    rest.get(2 + long + 1..).map(<[u8]>::to_vec)
}
