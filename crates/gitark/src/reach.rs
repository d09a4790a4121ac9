//! Where links may lead. A server on the internet must not send us to this machine or into its network: what answers
//! there was not meant for it, and what it says would end up in the backup's report.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::{Mutex, PoisonError},
};

use url::{Host, Url};

use crate::http;

/// How near an address is, the nearest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Scope {
    /// Of this link only, as the metadata service of clouds.
    Link,
    /// This machine.
    Machine,
    /// A private network.
    Private,
    /// The internet.
    Global,
}

/// Judges where the server at one address sends us.
#[derive(Debug)]
pub(crate) struct Judge {
    home: Url,
    known: Mutex<HashMap<String, Scope>>,
}

impl Judge {
    /// Judges for the server at `home`.
    pub(crate) fn new(home: &Url) -> Self {
        Self { home: home.clone(), known: Mutex::default() }
    }

    /// Why the server may not send us to `url`, if so: it is nearer than the server is itself, or not encrypted.
    pub(crate) async fn objection(&self, url: &Url) -> Option<&'static str> {
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Some("which is no address of the web");
        }
        if http::same_origin(url, &self.home) {
            return None;
        }
        if self.home.scheme() == "https" && url.scheme() != "https" {
            return Some("which is not encrypted");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Some("with credentials in the address");
        }
        match (self.scope(url).await, self.scope(&self.home).await) {
            (Scope::Link, _) => Some("which only this machine's network has"),
            (there, home) if there < home => Some("which is in a private network or on this machine"),
            _ => None,
        }
    }

    /// The nearest address of a host. One that cannot be looked up is a proxy's to find.
    async fn scope(&self, url: &Url) -> Scope {
        let host = match url.host() {
            Some(Host::Ipv4(address)) => return of_v4(address),
            Some(Host::Ipv6(address)) => return of(IpAddr::V6(address)),
            Some(Host::Domain(name)) => name.trim_end_matches('.').to_ascii_lowercase(),
            None => return Scope::Link,
        };
        if host == "localhost" || host.ends_with(".localhost") {
            return Scope::Machine;
        }
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&host).copied();
        if let Some(known) = known {
            return known;
        }
        let port = url.port_or_known_default().unwrap_or(443);
        let found = tokio::net::lookup_host((host.as_str(), port)).await;
        let scope = found.ok().and_then(|found| found.map(|address| of(address.ip())).min()).unwrap_or(Scope::Global);
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(host, scope);
        scope
    }
}

fn of(address: IpAddr) -> Scope {
    match address {
        IpAddr::V4(address) => of_v4(address),
        IpAddr::V6(address) => match inner(&address) {
            Some(inner) => of_v4(inner),
            None if address.is_loopback() || address.is_unspecified() => Scope::Machine,
            None if address.is_unicast_link_local() || address.is_multicast() => Scope::Link,
            None if address.is_unique_local() => Scope::Private,
            None => Scope::Global,
        },
    }
}

/// The address of version 4 that one of version 6 stands for: mapped, or by NAT64 (RFC 6052).
fn inner(address: &Ipv6Addr) -> Option<Ipv4Addr> {
    let nat64 = || match address.octets() {
        [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, a, b, c, d] => Some(Ipv4Addr::new(a, b, c, d)),
        _ => None,
    };
    address.to_ipv4_mapped().or_else(nat64)
}

fn of_v4(address: Ipv4Addr) -> Scope {
    let [first, second, ..] = address.octets();
    if address.is_loopback() || first == 0 {
        Scope::Machine
    } else if address.is_link_local() || address.is_multicast() || address.is_broadcast() {
        Scope::Link
    } else if address.is_private() || (first == 100 && (64..128).contains(&second)) {
        // RFC 1918, and RFC 6598 for the networks of carriers.
        Scope::Private
    } else {
        Scope::Global
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn may(home: &str, target: &str) -> bool {
        let url = |text: &str| Url::parse(text).expect("an address");
        Judge::new(&url(home)).objection(&url(target)).await.is_none()
    }

    #[tokio::test]
    async fn a_server_sends_nobody_nearer_than_it_is_itself() {
        const FAR: &str = "https://203.0.114.1/octocat/hello.git";
        for (home, target, allowed) in [
            (FAR, "https://198.51.101.7/object", true),
            (FAR, "http://198.51.101.7/object", false),
            (FAR, "https://127.0.0.1/object", false),
            (FAR, "https://0.0.0.0/object", false),
            (FAR, "https://[::1]/object", false),
            (FAR, "https://[::ffff:127.0.0.1]/object", false),
            (FAR, "https://[64:ff9b::7f00:1]/object", false),
            (FAR, "https://[fd00::1]/object", false),
            (FAR, "https://localhost/object", false),
            (FAR, "https://10.1.2.3/object", false),
            (FAR, "https://100.64.0.1/object", false),
            (FAR, "https://169.254.169.254/latest/meta-data", false),
            (FAR, "https://user:secret@198.51.101.7/object", false),
            (FAR, "file:///etc/passwd", false),
            ("https://10.0.0.1/a/b.git", "https://10.9.9.9/object", true),
            ("https://10.0.0.1/a/b.git", "https://127.0.0.1/object", false),
            ("http://127.0.0.1:8080/a/b.git", "http://127.0.0.1:9090/object", true),
            ("http://127.0.0.1:8080/a/b.git", "http://169.254.169.254/object", false),
        ] {
            assert_eq!(may(home, target).await, allowed, "{home} to {target}");
        }
    }
}
