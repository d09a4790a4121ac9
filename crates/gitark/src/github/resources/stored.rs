//! Files that are received and stored as they are, when what names them changed.

use super::{Asked, Pace, Resource, Way};

pub(super) const RELEASE_ASSETS: Resource = Resource {
    name: "release-assets",
    what: "the files of releases",
    endpoint: "GET /repos/{owner}/{repo}/releases/assets/{asset_id}",
    permission: "contents",
    pace: Pace::EachPass,
    asked: Asked::OneByOne,
    changes: "a new asset in a release that changed; what is there is never asked for again",
    files: "release-assets/<id>.json; the bytes in files/assets/<id>/",
    way: Way::Stored,
};

pub(super) const ATTACHMENTS: Resource = Resource {
    name: "attachments",
    what: "files that people dropped into texts",
    endpoint: "the addresses in texts",
    permission: "contents",
    pace: Pace::EachPass,
    asked: Asked::OneByOne,
    changes: "a new address in a text that changed; what is there is never asked for again",
    files: "attachments/<thousand>/<number>/<hash>.json; the bytes in files/attachments/<hash>/",
    way: Way::Stored,
};
