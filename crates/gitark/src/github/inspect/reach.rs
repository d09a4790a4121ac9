//! The way to the API, what answers there, and its clock.

use std::{error::Error as StdError, io};

use jiff::{SignedDuration, Timestamp};
use reqwest::{StatusCode, header::HeaderMap};
use rustls::CertificateError;
use serde_json::Value;

use super::{
    super::{Credential, Error, client::Server, session::Session},
    Inspection,
};
use crate::{cause, finding::About, http};

/// A clock that differs by more is told.
const DIFFERENCE_TOLD: SignedDuration = SignedDuration::from_mins(1);
/// An app whose clock differs by more signs what GitHub refuses.
const DIFFERENCE_OF_APPS: SignedDuration = SignedDuration::from_mins(5);

/// What answers at the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Cloud,
    Enterprise,
    Unknown,
}

/// What the API's first answer told.
pub(super) struct Reached {
    /// Where people see the pages of this GitHub.
    pub(super) page: String,
    /// GitHub's clock then.
    pub(super) clock: Option<Timestamp>,
}

/// Reaches the API. `None` when it cannot be reached, which is told.
pub(super) async fn reach(
    server: &Server,
    session: &Session,
    inspection: &Inspection,
    is_app: bool,
    about: &mut About<'_, '_>,
) -> Result<Option<Reached>, Error> {
    if let Some(proxy) = &inspection.proxy {
        about.ok("proxy", format!("requests go through {proxy}"));
    }
    let before = Timestamp::now();
    // It costs nothing, whatever is left of the hour's requests.
    let (status, answer) = match session.look(server.url(&["rate_limit"]), None, None).await {
        Ok(looked) => looked,
        Err(Error::Cancelled) => return Err(Error::Cancelled),
        Err(Error::Network { source, .. }) => {
            let (found, advice) = why(&source, inspection.proxy.as_deref());
            about.problem("reached", found, advice);
            return Ok(None);
        }
        Err(error) => {
            about.problem("reached", cause::chain(&error), "check --api-url");
            return Ok(None);
        }
    };
    let now = Timestamp::now();
    if status.is_server_error() || status == StatusCode::PROXY_AUTHENTICATION_REQUIRED {
        about.problem(
            "reached",
            format!("it answers {status}"),
            "see www.githubstatus.com, or ask who runs the server",
        );
        return Ok(None);
    }
    let safe = if server.api.scheme() == "https" { "the certificate is trusted" } else { "without TLS" };
    if server.api.scheme() == "https" || is_this_machine(server) {
        about.ok("reached", format!("it answers; {safe}"));
    } else {
        about.warning(
            "reached",
            "it answers without TLS: the token can be read on the way",
            "use https:// in --api-url",
        );
    }
    let clock = http::date(&answer.headers);
    tell_clock(clock, before, now, is_app, about);
    let kind = kind(server, session, inspection, &answer.headers, about).await?;
    let mut page = server.url(&[]);
    page.set_path("");
    let page = match kind {
        Kind::Cloud => format!("https://{}", server.host()),
        _ => page.as_str().trim_end_matches('/').to_owned(),
    };
    Ok(Some(Reached { page, clock }))
}

fn is_this_machine(server: &Server) -> bool {
    matches!(server.api.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"))
}

/// How far the clocks are apart. `Date` has whole seconds.
fn tell_clock(clock: Option<Timestamp>, before: Timestamp, now: Timestamp, is_app: bool, about: &mut About<'_, '_>) {
    let Some(clock) = clock else {
        about.skipped("clock", "the server does not tell its time", None);
        return;
    };
    // The answer was made between the two.
    let apart = if clock < before { before.duration_since(clock) } else { clock.duration_since(now) };
    let apart = SignedDuration::from_secs(apart.as_secs().max(0));
    let which = if clock < before { "ahead of" } else { "behind" };
    let found = format!("this machine's is {} {which} GitHub's", length(apart));
    let advice = "set this machine's clock; let NTP keep it (timedatectl set-ntp true)";
    if apart > DIFFERENCE_OF_APPS && is_app {
        about.problem("clock", format!("{found}: GitHub refuses what an app signs"), advice);
    } else if apart > DIFFERENCE_TOLD {
        about.warning("clock", found, advice);
    } else {
        about.ok("clock", "it agrees with GitHub's");
    }
}

/// `90 seconds`, `12 minutes`, `3 hours`.
fn length(time: SignedDuration) -> String {
    let seconds = time.as_secs();
    match seconds {
        ..120 => format!("{seconds} seconds"),
        120..7200 => format!("{} minutes", seconds / 60),
        7200..172_800 => format!("{} hours", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// What kind of GitHub it is.
async fn kind(
    server: &Server,
    session: &Session,
    inspection: &Inspection,
    headers: &HeaderMap,
    about: &mut About<'_, '_>,
) -> Result<Kind, Error> {
    let host = server.host();
    if host == "github.com" {
        about.ok("server", "github.com");
        return Ok(Kind::Cloud);
    }
    if host.ends_with(".ghe.com") {
        about.ok("server", format!("GitHub Enterprise Cloud at {host}"));
        return Ok(Kind::Cloud);
    }
    let version = headers.get("x-github-enterprise-version").and_then(|value| value.to_str().ok());
    let mut version = version.and_then(|value| value.rsplit('@').next()).map(str::to_owned);
    let url = server.url(&["meta"]);
    let token = inspection.credentials.iter().find_map(|credential| match credential {
        Credential::Token(token) => Some(token),
        Credential::App { .. } => None,
    });
    // A server in private mode tells it to its users alone, and nobody with a wrong token.
    for token in [token, None] {
        match session.look(url.clone(), None, token).await {
            Ok((status, answer)) if status.is_success() => {
                let said: Value = answer.value();
                version = said["installed_version"].as_str().map(str::to_owned).or(version);
                break;
            }
            Err(Error::Cancelled) => return Err(Error::Cancelled),
            _ => {}
        }
    }
    match version {
        Some(version) => {
            about.ok("server", format!("GitHub Enterprise Server {version}"));
            Ok(Kind::Enterprise)
        }
        None => {
            let advice = "check --api-url; GitHub Enterprise Server has its API at https://HOST/api/v3";
            about.warning("server", format!("{host} does not say which GitHub it is"), advice);
            Ok(Kind::Unknown)
        }
    }
}

/// Why a server cannot be reached, and what to do.
fn why(error: &reqwest::Error, proxy: Option<&str>) -> (String, String) {
    let host = "the host in --api-url";
    let by_proxy = proxy.map(|proxy| format!(" (by way of the proxy {proxy})")).unwrap_or_default();
    let says = cause::chain(error);
    if let Some(tls) = find::<rustls::Error>(error) {
        let (problem, advice) = tls_problem(tls);
        return (format!("TLS fails{by_proxy}: {problem}"), advice.to_owned());
    }
    let lower = says.to_ascii_lowercase();
    let (problem, advice) = if ["dns error", "lookup address", "name resolution", "name or service"]
        .iter()
        .any(|words| lower.contains(words))
    {
        ("its name is not found by DNS".to_owned(), format!("check {host}, and this machine's DNS"))
    } else if error.is_timeout() {
        ("it is silent".to_owned(), "check firewalls, and whether a proxy is needed (HTTPS_PROXY)".to_owned())
    } else if find::<io::Error>(error).is_some_and(|error| error.kind() == io::ErrorKind::ConnectionRefused) {
        ("it refuses connections".to_owned(), format!("check {host} and its port, and firewalls"))
    } else {
        (says, "check the network, and whether a proxy is needed (HTTPS_PROXY)".to_owned())
    };
    match proxy {
        Some(proxy) => (format!("{problem}{by_proxy}"), format!("check the proxy {proxy} (HTTPS_PROXY, NO_PROXY)")),
        None => (problem, advice),
    }
}

/// What a failure of TLS means.
fn tls_problem(error: &rustls::Error) -> (String, &'static str) {
    let clock = "check this machine's clock; else the server's owner must renew it";
    let name = "check the host in --api-url, and who answers there";
    let issuer = "name the authority's certificate with --ca-file (a company's proxy has its own)";
    match error {
        rustls::Error::InvalidCertificate(problem) => match problem {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                ("the certificate has expired".into(), clock)
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                ("the certificate is not valid yet".into(), clock)
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                ("the certificate is another host's".into(), name)
            }
            CertificateError::Revoked => ("the certificate is revoked".into(), name),
            CertificateError::UnknownIssuer => {
                ("the certificate is of an authority that is not trusted".into(), issuer)
            }
            // A certificate that signed itself is one of these.
            CertificateError::Other(problem) => (format!("the certificate cannot be verified ({problem})"), issuer),
            other => (format!("the certificate is refused ({other})"), issuer),
        },
        rustls::Error::InvalidMessage(_) => {
            ("what answers does not speak TLS".into(), "check the scheme and port in --api-url, and the proxy")
        }
        other => (other.to_string(), "ask who runs the server, or the proxy before it"),
    }
}

/// The first cause of this type.
fn find<'a, T: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        // What an I/O error wraps is not its source.
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = match wrapped {
            Some(wrapped) => Some(wrapped as &(dyn StdError + 'static)),
            None => error.source(),
        };
    }
    None
}
