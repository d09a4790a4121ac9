//! Which proxy requests go through.

use hyper_util::client::proxy::matcher::Matcher;
use url::Url;

/// The proxy between here and `url`, by the same rules as the HTTP client's (`HTTPS_PROXY`, `NO_PROXY`, the system's
/// settings), without user and password.
pub(super) fn in_force(url: &str) -> Option<String> {
    let proxy = Matcher::from_system().intercept(&url.parse().ok()?)?;
    let mut proxy = Url::parse(&proxy.uri().to_string()).ok()?;
    // Neither has a meaning in a proxy's address but for who we are.
    let _ = proxy.set_username("");
    let _ = proxy.set_password(None);
    Some(proxy.as_str().trim_end_matches('/').to_owned())
}
