//! Accounts and repositories as the REST API shows them.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::account::Account;
use crate::entry::Entry;
use crate::references;
use crate::repository_urls;

/// Where the emulator is, as its client sees it.
#[derive(Clone, Debug)]
pub(crate) struct Base {
    /// `http://host:port`, where the web pages and git repositories are.
    pub(crate) origin: String,
    /// The host of files: `http://host:port`.
    pub(crate) files: String,
    /// Where the API is below the origin: nowhere, or `/api/v3`.
    pub(crate) prefix: &'static str,
}

impl Base {
    /// The address of an API path.
    pub(crate) fn api(&self, path: &str) -> String {
        format!("{}{}{path}", self.origin, self.prefix)
    }
}

/// An account in short, as the owner of a repository.
pub(crate) fn owner(account: &Account, base: &Base) -> Value {
    let url = base.api(&format!("/users/{}", account.login));
    json!({
        "login": account.login,
        "id": account.id,
        "node_id": node_id(account.kind.as_str(), account.id),
        "avatar_url": format!("{}/avatars/u/{}?v=4", base.origin, account.id),
        "gravatar_id": "",
        "url": url,
        "html_url": format!("{}/{}", base.origin, account.login),
        "followers_url": format!("{url}/followers"),
        "following_url": format!("{url}/following{{/other_user}}"),
        "gists_url": format!("{url}/gists{{/gist_id}}"),
        "starred_url": format!("{url}/starred{{/owner}}{{/repo}}"),
        "subscriptions_url": format!("{url}/subscriptions"),
        "organizations_url": format!("{url}/orgs"),
        "repos_url": format!("{url}/repos"),
        "events_url": format!("{url}/events{{/privacy}}"),
        "received_events_url": format!("{url}/received_events"),
        "type": account.kind.as_str(),
        "user_view_type": "public",
        "site_admin": false,
    })
}

/// An organization in short.
pub(crate) fn organization(account: &Account, base: &Base) -> Value {
    let url = base.api(&format!("/orgs/{}", account.login));
    json!({
        "login": account.login,
        "id": account.id,
        "node_id": node_id(account.kind.as_str(), account.id),
        "url": url,
        "repos_url": format!("{url}/repos"),
        "events_url": format!("{url}/events"),
        "hooks_url": format!("{url}/hooks"),
        "issues_url": format!("{url}/issues"),
        "members_url": format!("{url}/members{{/member}}"),
        "public_members_url": format!("{url}/public_members{{/member}}"),
        "avatar_url": format!("{}/avatars/u/{}?v=4", base.origin, account.id),
        "description": null,
    })
}

/// A repository.
pub(crate) fn repository(entry: &Entry, account: &Account, directory: &Path, permissions: bool, base: &Base) -> Value {
    let attributes = &entry.attributes;
    let full_name = entry.full_name();
    let html_url = format!("{}/{full_name}", base.origin);
    let url = base.api(&format!("/repos/{full_name}"));
    let host = base.origin.split_once("://").map_or(base.origin.as_str(), |(_, host)| host);
    let mut value = json!({
        "id": entry.id,
        "node_id": node_id("Repository", entry.id),
        "name": entry.name,
        "full_name": full_name,
        "private": entry.is_private(),
        "owner": owner(account, base),
        "html_url": html_url,
        "description": attributes.description,
        "fork": attributes.fork,
        "url": url,
        "created_at": time(attributes.created_at),
        "updated_at": time(attributes.updated_at),
        "pushed_at": time(attributes.pushed_at),
        "git_url": format!("git://{host}/{full_name}.git"),
        "ssh_url": format!("git@{host}:{full_name}.git"),
        "clone_url": format!("{html_url}.git"),
        "svn_url": html_url,
        "homepage": null,
        "size": entry.size(directory),
        "stargazers_count": attributes.stars,
        "watchers_count": attributes.stars,
        "language": attributes.language,
        "has_issues": true,
        "has_projects": true,
        "has_downloads": true,
        "has_wiki": attributes.has_wiki,
        "has_pages": false,
        "has_discussions": false,
        "forks_count": 0,
        "mirror_url": null,
        "archived": attributes.archived,
        "disabled": attributes.disabled,
        "open_issues_count": entry.tracker.open_count(),
        "license": null,
        "allow_forking": true,
        "is_template": attributes.template,
        "web_commit_signoff_required": false,
        "topics": attributes.topics,
        "visibility": attributes.visibility.as_str(),
        "forks": 0,
        "open_issues": entry.tracker.open_count(),
        "watchers": attributes.stars,
        "default_branch": references::default_branch(&entry.path(directory, false)),
    });
    if let Some(value) = value.as_object_mut() {
        value.extend(repository_urls::urls(&url));
    }
    if permissions {
        value["permissions"] = json!({
            "admin": true,
            "maintain": true,
            "push": true,
            "triage": true,
            "pull": true,
        });
    }
    value
}

/// A global id in the manner of GitHub.
pub(crate) fn node_id(kind: &str, id: u64) -> String {
    STANDARD.encode(format!("{:03}:{kind}{id}", kind.len()))
}

/// What stands in global ids of the newer kind between the kind and what it names.
const NODE_MARK: &str = "_kwDO";

/// The global id of a thing in the tracker of a repository, of the newer kind.
pub(crate) fn tracker_node_id(kind: &str, repository: u64, number: u64) -> String {
    let mut bytes = repository.to_be_bytes()[2..].to_vec();
    bytes.extend(&number.to_be_bytes()[2..]);
    format!("{kind}{NODE_MARK}{}", URL_SAFE_NO_PAD.encode(bytes))
}

/// The kind, the repository and the number of a global id of a thing in a tracker.
pub(crate) fn tracker_node(id: &str) -> Option<(&str, u64, u64)> {
    let (kind, encoded) = id.split_once(NODE_MARK)?;
    let bytes: [u8; 12] = URL_SAFE_NO_PAD.decode(encoded).ok()?.try_into().ok()?;
    let number = |bytes: &[u8]| bytes.iter().fold(0, |number, &byte| number << 8 | u64::from(byte));
    Some((kind, number(&bytes[..6]), number(&bytes[6..])))
}

/// The global id of a gist.
pub(crate) fn gist_node_id(id: &str) -> String {
    STANDARD.encode(format!("{:03}:Gist{id}", "Gist".len()))
}

/// The kind and the number of a global id.
pub(crate) fn number_of_node(id: &str) -> Option<(&'static str, u64)> {
    let decoded = String::from_utf8(STANDARD.decode(id).ok()?).ok()?;
    ["Repository", "UserList", "User", "Organization"].into_iter().find_map(|kind| {
        let number = decoded.strip_prefix(&format!("{:03}:{kind}", kind.len()))?;
        Some((kind, number.parse().ok()?))
    })
}

/// A time as the API writes it.
pub(crate) fn time(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).expect("a time in this era").to_string()
}
