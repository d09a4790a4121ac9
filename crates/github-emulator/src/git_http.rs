//! Smart HTTP by `git upload-pack`.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::Response;
use futures::{StreamExt, stream};
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command};
use tokio_util::io::ReaderStream;

use crate::app::Installation;
use crate::caller::Caller;
use crate::entry::Entry;
use crate::git;
use crate::github::GitHub;
use crate::lfs;
use crate::pkt_line::SERVICE_HEADER;
use crate::state::{Lookup, State};

/// Where gists are, in the place of an owner.
const GISTS: &str = "gist";

/// What a git client asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Endpoint {
    InfoRefs,
    UploadPack,
    ReceivePack,
    /// The Batch API of Git LFS.
    LfsBatch,
}

/// The repository and the endpoint of a git path.
pub(crate) struct Target<'a> {
    pub(crate) endpoint: Endpoint,
    owner: &'a str,
    /// The name as in the path, perhaps with `.git`.
    name: &'a str,
    /// The path behind the name.
    rest: &'a str,
}

impl<'a> Target<'a> {
    /// What a path at a host is about, unless it is not one of git's.
    pub(crate) fn parse(host: &str, path: &'a str) -> Option<Target<'a>> {
        let path = path.strip_prefix('/')?;
        let (owner, rest) = match host.starts_with("gist.") {
            true if !path.starts_with("gist/") => (GISTS, path),
            _ => path.split_once('/')?,
        };
        let (name, rest) = rest.split_once('/')?;
        let endpoint = match rest {
            "info/refs" => Endpoint::InfoRefs,
            "git-upload-pack" => Endpoint::UploadPack,
            "git-receive-pack" => Endpoint::ReceivePack,
            "info/lfs/objects/batch" => Endpoint::LfsBatch,
            _ => return None,
        };
        let is_api = owner == "repos" || owner == "users" || owner == "orgs";
        (!is_api && !owner.is_empty() && !name.is_empty()).then_some(Target { endpoint, owner, name, rest })
    }

    /// The directory of the gist meant, which whoever knows its id may read.
    fn gist(&self, state: &State, directory: &Path) -> Option<PathBuf> {
        let id = self.name.strip_suffix(".git").unwrap_or(self.name);
        let gist = state.gist(id).filter(|_| self.owner == GISTS)?;
        Some(gist.entry.path(directory, false))
    }

    /// Finds the repository, which may have moved, and whether its wiki is meant.
    fn lookup<'s>(&self, state: &'s State) -> (Lookup<'s>, bool) {
        let name = self.name.strip_suffix(".git").unwrap_or(self.name);
        let exact = state.lookup(&format!("{}/{name}", self.owner));
        match (exact, name.strip_suffix(".wiki")) {
            (Lookup::Unknown, Some(parent)) => (state.lookup(&format!("{}/{parent}", self.owner)), true),
            (exact, _) => (exact, false),
        }
    }

    /// The same path of a repository which has moved.
    fn moved_to(&self, entry: &Entry, wiki: bool) -> String {
        let wiki = if wiki { ".wiki" } else { "" };
        let suffix = if self.name.ends_with(".git") { ".git" } else { "" };
        format!("/{}{wiki}{suffix}/{}", entry.full_name(), self.rest)
    }
}

/// A request to a git endpoint. The body is inflated already.
pub(crate) struct GitCall<'a> {
    pub(crate) target: Target<'a>,
    pub(crate) method: &'a Method,
    pub(crate) uri: &'a Uri,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) origin: String,
}

/// Answers a request to a git endpoint.
pub(crate) fn answer(github: &GitHub, call: GitCall<'_>, caller: &Caller) -> Response {
    if matches!(caller, Caller::Refused(_)) {
        return unauthorized("Invalid username or token.");
    }
    let state = github.state();
    if let Some(path) = call.target.gist(&state, github.directory()) {
        drop(state);
        return serve(&path, call, caller);
    }
    let (found, wiki) = call.target.lookup(&state);
    let entry = match found {
        Lookup::Found(entry) if state.can_see(caller, entry) => entry,
        Lookup::Moved(entry) if state.can_see(caller, entry) => {
            let path = call.target.moved_to(entry, wiki);
            return redirect(StatusCode::MOVED_PERMANENTLY, &call.absolute(&path));
        }
        _ => return unknown(caller),
    };
    if !entry.is_served(github.directory(), wiki) {
        return unknown(caller);
    }
    if let Some(organization) = state.requires_sso(caller, &entry.owner) {
        let message = format!(
            "The '{}' organization has enabled or enforced SAML SSO.\n\
             To access this repository, you must use the HTTPS remote with a personal access token or SSH with an \
             SSH key and passphrase that has been authorized for this organization.",
            organization.login
        );
        return plain(StatusCode::FORBIDDEN, &message);
    }
    if let Caller::Installation(token) = caller {
        let installation = state.installation(token);
        let usable = |found: &Installation| found.suspended_at.is_none() && found.permissions.contains_key("contents");
        if entry.is_private() && !installation.is_some_and(usable) {
            return plain(StatusCode::FORBIDDEN, "Write access to repository not granted.");
        }
    }
    if entry.is_private() && caller.token().is_some_and(|held| !held.token.has_permission("contents")) {
        return plain(StatusCode::FORBIDDEN, "Write access to repository not granted.");
    }
    let (path, id) = (entry.path(github.directory(), wiki), entry.id);
    drop(state);
    if call.target.endpoint == Endpoint::LfsBatch && call.method == Method::POST {
        return lfs::answer_batch(&mut github.state().lfs, id, call.headers, &call.body, &call.origin);
    }
    serve(&path, call, caller)
}

/// Answers a request for the repository in a directory.
fn serve(path: &Path, call: GitCall<'_>, caller: &Caller) -> Response {
    let query = call.uri.query().unwrap_or_default();
    let service = query.split('&').find_map(|parameter| parameter.strip_prefix("service="));
    match (call.target.endpoint, service) {
        (Endpoint::InfoRefs, Some("git-upload-pack")) if call.method == Method::GET => {
            upload_pack(path, call.headers, None)
        }
        (Endpoint::UploadPack, _) if call.method == Method::POST => upload_pack(path, call.headers, Some(call.body)),
        (Endpoint::ReceivePack, _) | (Endpoint::InfoRefs, Some("git-receive-pack")) => {
            if *caller == Caller::Anonymous {
                unauthorized("No anonymous write access.")
            } else {
                plain(StatusCode::FORBIDDEN, "Write access to repository not granted.")
            }
        }
        (Endpoint::InfoRefs, _) => plain(StatusCode::FORBIDDEN, "Please upgrade your git client."),
        // Gists have no LFS.
        (Endpoint::LfsBatch, _) => plain(StatusCode::NOT_FOUND, "Not found."),
        (Endpoint::UploadPack, _) => plain(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed."),
    }
}

impl GitCall<'_> {
    /// An address here with the query of this request.
    fn absolute(&self, path: &str) -> String {
        let query = self.uri.query().map(|query| format!("?{query}"));
        format!("{}{path}{}", self.origin, query.unwrap_or_default())
    }
}

/// Starts `git upload-pack`, which answers while the body is read. Without a request it
/// advertises.
fn upload_pack(path: &Path, headers: &HeaderMap, request: Option<Bytes>) -> Response {
    let mut command = git::command(path);
    command.args(["upload-pack", "--stateless-rpc"]);
    if request.is_none() {
        command.arg("--http-backend-info-refs");
    }
    command.arg(path);
    if let Some(protocol) = headers.get("git-protocol").and_then(|value| value.to_str().ok()) {
        command.env("GIT_PROTOCOL", protocol);
    }
    let (kind, head) = if request.is_some() {
        ("application/x-git-upload-pack-result", None)
    } else {
        ("application/x-git-upload-pack-advertisement", Some(Ok(Bytes::from_static(SERVICE_HEADER))))
    };
    let mut command = Command::from(command);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
    let output = match command.spawn() {
        Ok(child) => output(child, request.unwrap_or_default()),
        Err(error) => return plain(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    };
    let body = Body::from_stream(stream::iter(head).chain(output));
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    no_cache(headers);
    response
}

/// The output of a child which is given `input`. The child is killed when the output is dropped.
fn output(mut child: Child, input: Bytes) -> impl futures::Stream<Item = io::Result<Bytes>> + Send + use<> {
    let stdin = child.stdin.take();
    let stdout = child.stdout.take().map(ReaderStream::new);
    tokio::spawn(async move {
        if let Some(mut stdin) = stdin {
            // upload-pack need not read everything; what it thinks of it is in its output.
            let _ = stdin.write_all(&input).await;
        }
    });
    stream::unfold((stdout, child), |(stdout, mut child)| async move {
        let mut stdout = stdout?;
        match stdout.next().await {
            Some(piece) => Some((piece, (Some(stdout), child))),
            None => {
                let _ = child.wait().await;
                None
            }
        }
    })
}

/// Whoever does not say who he is might be allowed to see the repository.
fn unknown(caller: &Caller) -> Response {
    if *caller == Caller::Anonymous {
        unauthorized("Repository not found.")
    } else {
        plain(StatusCode::NOT_FOUND, "Repository not found.")
    }
}

fn unauthorized(message: &str) -> Response {
    let mut response = plain(StatusCode::UNAUTHORIZED, message);
    response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"GitHub\""));
    response
}

/// A redirect to `location`.
pub(crate) fn redirect(status: StatusCode, location: &str) -> Response {
    let mut response = plain(status, "");
    if let Ok(location) = HeaderValue::try_from(location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

/// An answer in plain text.
pub(crate) fn plain(status: StatusCode, text: &str) -> Response {
    let mut response = Response::new(Body::from(text.to_owned()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    no_cache(headers);
    response
}

fn no_cache(headers: &mut HeaderMap) {
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache, max-age=0, must-revalidate"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    headers.insert(header::EXPIRES, HeaderValue::from_static("Fri, 01 Jan 1980 00:00:00 GMT"));
}
