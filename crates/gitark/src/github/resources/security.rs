//! What GitHub watches over by itself.

use super::{
    Absent, Asked, Pace, Resource, Way,
    document::{Document, Form},
};

pub(super) const VULNERABILITY_ALERTS: Resource = Resource {
    name: "vulnerability-alerts",
    what: "whether alerts about dependencies are on",
    endpoint: "GET /repos/{owner}/{repo}/vulnerability-alerts",
    permission: "administration",
    pace: Pace::FullPass,
    asked: Asked::Once,
    changes: "ETag",
    files: "vulnerability-alerts.json",
    way: Way::Document(Document {
        path: "vulnerability-alerts",
        file: "vulnerability-alerts.json",
        form: Form::Flag,
        volatile: &[],
        absent: Absent::Hidden,
    }),
};

pub(super) const SECURITY_FIXES: Resource = Resource {
    name: "automated-security-fixes",
    what: "whether Dependabot opens pull requests",
    endpoint: "GET /repos/{owner}/{repo}/automated-security-fixes",
    permission: "administration",
    pace: Pace::FullPass,
    asked: Asked::Once,
    changes: "ETag",
    files: "automated-security-fixes.json",
    way: Way::Document(Document {
        path: "automated-security-fixes",
        file: "automated-security-fixes.json",
        form: Form::Object,
        volatile: &[],
        absent: Absent::Nothing,
    }),
};

pub(super) const VULNERABILITY_REPORTING: Resource = Resource {
    name: "private-vulnerability-reporting",
    what: "whether weaknesses can be told in private",
    endpoint: "GET /repos/{owner}/{repo}/private-vulnerability-reporting",
    permission: "metadata",
    pace: Pace::FullPass,
    asked: Asked::Once,
    changes: "ETag",
    files: "private-vulnerability-reporting.json",
    way: Way::Document(Document {
        path: "private-vulnerability-reporting",
        file: "private-vulnerability-reporting.json",
        form: Form::Object,
        volatile: &[],
        absent: Absent::Nothing,
    }),
};

pub(super) const IMMUTABLE_RELEASES: Resource = Resource {
    name: "immutable-releases",
    what: "whether releases can be changed",
    endpoint: "GET /repos/{owner}/{repo}/immutable-releases",
    permission: "administration",
    pace: Pace::FullPass,
    asked: Asked::Once,
    changes: "ETag",
    files: "immutable-releases.json",
    way: Way::Document(Document {
        path: "immutable-releases",
        file: "immutable-releases.json",
        form: Form::Object,
        volatile: &[],
        absent: Absent::Nothing,
    }),
};
