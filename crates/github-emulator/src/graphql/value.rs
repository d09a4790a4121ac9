//! What fields give.

use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::Context;
use super::arguments::Arguments;
use super::{project, tracker};
use crate::entry::Entry;

/// What a field gives.
#[derive(Clone, Debug)]
pub(super) enum Resolved {
    /// A scalar, an enum's value or null.
    Leaf(Value),
    Object(Object),
    List(Vec<Outcome>),
}

/// What a field gives, or why it does not.
pub(super) type Outcome = Result<Resolved, Failure>;

/// An object, whose fields are asked for.
#[derive(Clone, Debug)]
pub(super) enum Object {
    /// The root.
    Query,
    /// A repository, with fields which cost something.
    Repository(Box<Entry>),
    /// One whose fields are made when they are asked for.
    Lazy(Arc<dyn Fields>),
    /// Any other, whole.
    Plain { name: &'static str, fields: Vec<(&'static str, Resolved)> },
}

/// An object whose fields are made when they are asked for.
pub(super) trait Fields: fmt::Debug + Send + Sync {
    /// The name of the type.
    fn type_name(&self) -> &'static str;

    /// A field, if there is one of that name.
    fn resolve(&self, context: &Context<'_>, arguments: &Arguments<'_>) -> Result<Option<Resolved>, Failure>;
}

/// Why a field gives nothing.
#[derive(Clone, Debug)]
pub(super) enum Failure {
    /// The query is not valid: nothing at all is answered.
    Invalid { message: String, code: &'static str },
    /// The field is null, and this is told.
    Field { kind: &'static str, message: String, extensions: Option<Value> },
}

impl Resolved {
    pub(super) const NULL: Resolved = Resolved::Leaf(Value::Null);

    /// An object with all its fields.
    pub(super) fn object<const N: usize>(name: &'static str, fields: [(&'static str, Resolved); N]) -> Resolved {
        Resolved::Object(Object::Plain { name, fields: fields.into() })
    }

    /// An object whose fields are made when they are asked for.
    pub(super) fn lazy(fields: impl Fields + 'static) -> Resolved {
        Resolved::Object(Object::Lazy(Arc::new(fields)))
    }

    /// An object unless there is none.
    pub(super) fn optional(resolved: Option<Resolved>) -> Resolved {
        resolved.unwrap_or(Resolved::NULL)
    }
}

impl<T: Into<Value>> From<T> for Resolved {
    fn from(value: T) -> Resolved {
        Resolved::Leaf(value.into())
    }
}

impl Object {
    /// The name of the type.
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Object::Query => "Query",
            Object::Repository(_) => "Repository",
            Object::Lazy(fields) => fields.type_name(),
            Object::Plain { name, .. } => name,
        }
    }

    /// Whether the object is of a type or has an interface of that name.
    pub(super) fn is(&self, name: &str) -> bool {
        let own = self.type_name();
        let interfaces: &[&str] = match own {
            "Repository" => &["Node", "RepositoryInfo", "Starrable", "UniformResourceLocatable"],
            "User" | "Organization" => &["Node", "Actor", "RepositoryOwner", "ProfileOwner", "ProjectV2Owner"],
            "Ref" | "Language" | "Release" | "UserList" => &["Node"],
            "Commit" => &["Node", "GitObject"],
            name if name.starts_with("ProjectV2") || name == "DraftIssue" => project::interfaces(name),
            _ => tracker::interfaces(own),
        };
        own == name || interfaces.contains(&name)
    }
}

impl Failure {
    pub(super) fn invalid(code: &'static str, message: impl Into<String>) -> Failure {
        Failure::Invalid { message: message.into(), code }
    }

    pub(super) fn field(kind: &'static str, message: impl Into<String>) -> Failure {
        Failure::Field { kind, message: message.into(), extensions: None }
    }

    /// Whether nothing at all is answered: the query is not valid, or `nodes`, which cannot be
    /// null, is refused.
    pub(super) fn is_fatal(&self) -> bool {
        matches!(self, Failure::Invalid { .. } | Failure::Field { kind: "ARGUMENT_LIMIT", .. })
    }

    /// The entry of `errors`.
    pub(super) fn error(&self, path: Vec<Value>, location: (usize, usize)) -> Value {
        let mut error = Map::new();
        let locations = json!([{ "line": location.0, "column": location.1 }]);
        let (message, extensions) = match self {
            Failure::Invalid { message, code } => {
                let mut whole = vec![json!("query")];
                whole.extend(path);
                error.insert("path".to_owned(), whole.into());
                (message, Some(json!({ "code": code })))
            }
            Failure::Field { kind, message, extensions } => {
                error.insert("type".to_owned(), json!(kind));
                error.insert("path".to_owned(), path.into());
                (message, extensions.clone())
            }
        };
        error.extend(extensions.map(|extensions| ("extensions".to_owned(), extensions)));
        error.insert("locations".to_owned(), locations);
        error.insert("message".to_owned(), json!(message));
        error.into()
    }
}
