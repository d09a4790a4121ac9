//! Public halves of keys.

use crate::github::resources::{
    Absent, Asked, Pace, Resource, Way,
    document::{Document, Form},
};

pub(super) const PUBLIC_KEYS: Resource = Resource {
    name: "public-keys",
    what: "public keys for SSH",
    endpoint: "GET /users/{username}/keys",
    permission: "metadata",
    pace: Pace::FullPass,
    asked: Asked::InBulk,
    changes: "ETag; when a key was last used makes no new version",
    files: "public-keys.json",
    way: Way::Document(Document {
        path: "keys",
        file: "public-keys.json",
        form: Form::List,
        volatile: &["last_used"],
        absent: Absent::Nothing,
    }),
};

pub(super) const GPG_KEYS: Resource = Resource {
    name: "gpg-keys",
    what: "public keys for GPG",
    endpoint: "GET /users/{username}/gpg_keys",
    permission: "metadata",
    pace: Pace::FullPass,
    asked: Asked::InBulk,
    changes: "ETag",
    files: "gpg-keys.json",
    way: Way::Document(Document {
        path: "gpg_keys",
        file: "gpg-keys.json",
        form: Form::List,
        volatile: &[],
        absent: Absent::Nothing,
    }),
};

pub(super) const SIGNING_KEYS: Resource = Resource {
    name: "ssh-signing-keys",
    what: "public keys that sign with SSH",
    endpoint: "GET /users/{username}/ssh_signing_keys",
    permission: "metadata",
    pace: Pace::FullPass,
    asked: Asked::InBulk,
    changes: "ETag",
    files: "ssh-signing-keys.json",
    way: Way::Document(Document {
        path: "ssh_signing_keys",
        file: "ssh-signing-keys.json",
        form: Form::List,
        volatile: &[],
        absent: Absent::Nothing,
    }),
};
