//! Alerts of Dependabot, code scanning and secret scanning.

use super::{
    Absent, Asked, Pace, Resource, Way,
    files::{Files, number},
};

pub(super) const DEPENDABOT_ALERTS: Resource = Resource {
    name: "dependabot-alerts",
    what: "alerts about dependencies",
    endpoint: "GET /repos/{owner}/{repo}/dependabot/alerts",
    permission: "vulnerability_alerts",
    pace: Pace::FullPass,
    asked: Asked::InBulk,
    changes: "ETag",
    files: "alerts-dependabot/<number>.json",
    way: Way::Files(Files {
        path: "dependabot/alerts",
        query: &[],
        wrapped: None,
        directory: "alerts-dependabot",
        name: number,
        detail: None,
        absent: Absent::Nothing,
    }),
};

pub(super) const CODE_SCANNING_ALERTS: Resource = Resource {
    name: "code-scanning-alerts",
    what: "alerts of code scanning",
    endpoint: "GET /repos/{owner}/{repo}/code-scanning/alerts",
    permission: "security_events",
    pace: Pace::FullPass,
    asked: Asked::InBulk,
    changes: "ETag",
    files: "alerts-code-scanning/<number>.json",
    way: Way::Files(Files {
        path: "code-scanning/alerts",
        query: &[],
        wrapped: None,
        directory: "alerts-code-scanning",
        name: number,
        detail: None,
        absent: Absent::Nothing,
    }),
};

pub(super) const SECRET_SCANNING_ALERTS: Resource = Resource {
    name: "secret-scanning-alerts",
    what: "alerts about secrets, which are left out",
    endpoint: "GET /repos/{owner}/{repo}/secret-scanning/alerts?hide_secret=true",
    permission: "secret_scanning_alerts",
    pace: Pace::FullPass,
    asked: Asked::InBulk,
    changes: "ETag",
    files: "alerts-secret-scanning/<number>.json",
    way: Way::Files(Files {
        path: "secret-scanning/alerts",
        query: &[("hide_secret", "true")],
        wrapped: None,
        directory: "alerts-secret-scanning",
        name: number,
        detail: None,
        absent: Absent::Nothing,
    }),
};
