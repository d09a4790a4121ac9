//! Resources that are one file.

use serde_json::{Value, json};

use super::{
    Absent, Document as File, Step,
    lasting::lasting,
    reader::{Reader, etag_of},
};
use crate::{github::Error, http};

/// One file, from one answer or from all pages of a list.
#[derive(Debug)]
pub(super) struct Document {
    /// The address below the repository's.
    pub(super) path: &'static str,
    /// The file.
    pub(super) file: &'static str,
    /// What the answer is.
    pub(super) form: Form,
    /// Fields that alone make no new version: they change all the time.
    pub(super) volatile: &'static [&'static str],
    /// What "not found" means.
    pub(super) absent: Absent,
}

/// What an answer is.
#[derive(Debug)]
pub(super) enum Form {
    /// One object.
    Object,
    /// No content when it is so, "not found" when not.
    Flag,
    /// Pages of a list.
    List,
    /// Pages of a list in this field of an object.
    Wrapped(&'static str),
}

impl Document {
    pub(super) async fn step(&self, reader: &Reader, memory: &Value) -> Result<Step, Error> {
        let (value, mut memory_now, observed) = match self.form {
            Form::Object | Form::Flag => {
                let url = reader.url(self.path, &[]);
                let answer = reader.get(url, memory.get("etag").and_then(Value::as_str)).await;
                match answer {
                    Ok(None) => return Ok(Step::same(memory)),
                    Ok(Some((value, headers))) => {
                        let value = if matches!(self.form, Form::Flag) { json!({ "enabled": true }) } else { value };
                        (value, json!({ "etag": etag_of(&headers) }), http::date(&headers))
                    }
                    Err(Error::Status { status: 404, .. }) if matches!(self.form, Form::Flag) => {
                        (json!({ "enabled": false }), json!({}), None)
                    }
                    Err(error) => return Err(error),
                }
            }
            Form::List | Form::Wrapped(_) => {
                let wrapped = match self.form {
                    Form::Wrapped(field) => Some(field),
                    _ => None,
                };
                let url = reader.url(self.path, &[("per_page", "100")]);
                match reader.list(url, wrapped, &memory["pages"]).await? {
                    None => return Ok(Step::same(memory)),
                    Some(list) => (Value::Array(list.items), json!({ "pages": list.pages }), list.observed),
                }
            }
        };
        let mut documents = Vec::new();
        let lasting = lasting(&value, self.volatile);
        if lasting.is_none() || lasting.as_deref() != memory.get("lasting").and_then(Value::as_str) {
            documents.push(File { path: self.file.to_owned(), value });
        }
        if let Some(lasting) = lasting {
            memory_now["lasting"] = lasting.into();
        }
        Ok(Step { documents, memory: memory_now, observed, ..Step::default() })
    }
}
