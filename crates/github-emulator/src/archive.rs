//! Zip archives of a repository's files, made by git when they are asked for, as GitHub's codeload does.

use std::path::Path;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use futures::stream;

use crate::git;
use crate::git_http::plain;
use crate::github::GitHub;
use crate::state::Lookup;

/// What is sent at once.
const CHUNK: usize = 64 << 10;

/// The commit of a branch, a tag or a commit's id, or `HEAD`.
pub(crate) fn commit(directory: &Path, reference: &str) -> Option<String> {
    let mut command = git::command_in_repository(directory);
    command.args(["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{reference}^{{commit}}")]);
    git::attempt(command, &[]).ok()
}

/// The repository and the version that a path on the host of files names.
pub(crate) fn target(path: &str) -> Option<(String, String)> {
    let (repository, reference) = path.trim_start_matches('/').split_once("/legacy.zip/")?;
    (repository.split('/').count() == 2).then(|| (repository.to_owned(), reference.to_owned()))
}

/// Sends the archive, without saying how long it is.
pub(crate) fn serve(github: &GitHub, repository: &str, reference: &str) -> Response {
    let not_there = || plain(StatusCode::NOT_FOUND, "404: Not Found");
    let found = match github.state().lookup(repository) {
        Lookup::Found(entry) => Some((entry.path(github.directory(), false), entry.full_name())),
        _ => None,
    };
    let Some((directory, full_name)) = found else { return not_there() };
    let Some(commit) = commit(&directory, reference) else { return not_there() };
    let name = format!("{}-{}", full_name.replace('/', "-"), &commit[..7]);
    let mut command = git::command_in_repository(&directory);
    command.args(["archive", "--format=zip", &format!("--prefix={name}/"), &commit]);
    let Ok(output) = command.output() else { return not_there() };
    let bytes = Bytes::from(output.stdout);
    let chunks: Vec<_> =
        (0..bytes.len()).step_by(CHUNK).map(|at| bytes.slice(at..bytes.len().min(at + CHUNK))).collect();
    let mut response = Response::new(Body::from_stream(stream::iter(chunks.into_iter().map(Ok::<_, std::io::Error>))));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/zip"));
    if let Ok(value) = HeaderValue::try_from(format!("attachment; filename={name}.zip")) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    response
}
