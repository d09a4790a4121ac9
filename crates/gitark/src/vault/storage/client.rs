//! How to talk to an object store over HTTP.

use std::time::Duration;

use object_store::ClientOptions;

/// A server that says nothing for so long has failed. Long enough to send one part over a slow line.
const SILENCE: Duration = Duration::from_secs(120);
const CONNECT: Duration = Duration::from_secs(20);

/// Options for the client of any store: a limit on silence and none on total time, as packs are large. With `plain`,
/// `http://` is taken as it is. The cryptography of TLS is chosen on the way, without which no client can be built.
pub fn client_options(plain: bool) -> ClientOptions {
    crate::http::install_crypto();
    ClientOptions::new()
        .with_timeout_disabled()
        .with_connect_timeout(CONNECT)
        .with_read_timeout(SILENCE)
        .with_allow_http(plain)
}
