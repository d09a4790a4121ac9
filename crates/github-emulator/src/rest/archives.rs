//! Zip archives of a repository's files, which another host gives away.

use axum::http::{StatusCode, header};
use serde_json::Value;

use super::Call;
use super::answer::Answer;

impl Call<'_> {
    /// Where the zip archive of a branch, tag or commit is; of the default branch where none is named.
    pub(super) fn zipball(&self, owner: &str, name: &str, reference: &str) -> Answer {
        let mut path = None;
        let mut answer = self.in_repository(owner, name, |_, entry| {
            let directory = entry.path(self.github.directory(), false);
            let reference = if reference.is_empty() { "HEAD" } else { reference };
            // An empty repository has none.
            if crate::archive::commit(&directory, reference).is_none() {
                return Answer::not_found();
            }
            path = Some(format!("/{}/legacy.zip/{reference}", entry.full_name()));
            Answer::ok(Value::Null)
        });
        if let Some(path) = path {
            answer.status = StatusCode::FOUND;
            answer.headers.push((header::LOCATION, format!("{}{}", self.base.files, self.github.sign(&path))));
        }
        answer
    }
}
