//! Apps and their installations.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::Call;
use super::answer::Answer;
use crate::app::{Installation, InstallationToken};
use crate::caller::Caller;
use crate::entry::Entry;
use crate::representation::{self, node_id, time};
use crate::state::State;

/// GitHub's words to who does not come with a web token.
const APP_REQUIRED: &str = "A JSON web token could not be decoded";

/// GitHub's words about a suspended installation.
pub(super) const SUSPENDED: &str = "This installation has been suspended";

/// GitHub's words to an installation which asks for what it has no permission for, or what only
/// users have.
pub(super) const NOT_ACCESSIBLE: &str = "Resource not accessible by integration";

impl Call<'_> {
    pub(super) fn app(&self) -> Answer {
        let state = self.github.state();
        let Some(app) = self.app_id().and_then(|id| state.apps.apps.get(&id)) else {
            return app_required();
        };
        let count = state.apps.installations.values().filter(|installation| installation.app == app.id).count();
        Answer::ok(json!({
            "id": app.id,
            "slug": app.slug,
            "node_id": node_id("Integration", app.id),
            "client_id": format!("Iv1.{:016x}", app.id),
            "owner": null,
            "name": app.slug,
            "description": null,
            "external_url": self.base.origin,
            "html_url": format!("{}/apps/{}", self.base.origin, app.slug),
            "created_at": time(crate::git::FIRST_DATE),
            "updated_at": time(crate::git::FIRST_DATE),
            "permissions": {},
            "events": [],
            "installations_count": count,
        }))
    }

    pub(super) fn installations(&self) -> Answer {
        let Some(app) = self.app_id() else {
            return app_required();
        };
        let state = self.github.state();
        let found = state.apps.installations.values().filter(|installation| installation.app == app).collect();
        self.page("/app/installations", found, |installation| Some(self.show(&state, installation)))
    }

    /// The app's installation which is wanted.
    pub(super) fn installation(&self, wanted: impl Fn(&State, &Installation) -> bool) -> Answer {
        let Some(app) = self.app_id() else {
            return app_required();
        };
        let state = self.github.state();
        let mut installations = state.apps.installations.values();
        let found = installations.find(|installation| installation.app == app && wanted(&state, installation));
        found.map_or_else(Answer::not_found, |installation| Answer::ok(self.show(&state, installation)))
    }

    /// Makes a token for an installation, perhaps for some of its repositories.
    pub(super) fn create_access_token(&self, id: &str, body: &[u8]) -> Answer {
        let Some(app) = self.app_id() else {
            return app_required();
        };
        let now = self.github.now();
        let mut state = self.github.state();
        let installation = id.parse::<u64>().ok().and_then(|id| state.apps.installations.get(&id));
        let Some(installation) = installation.filter(|installation| installation.app == app).cloned() else {
            return Answer::not_found();
        };
        if installation.suspended_at.is_some() {
            return Answer::error(StatusCode::FORBIDDEN, SUSPENDED);
        }
        let request: Value = serde_json::from_slice(body).unwrap_or_default();
        let Ok(repositories) = chosen(&state, &installation, &request) else {
            let message = "There is at least one repository that does not exist or is not accessible to the parent \
                installation.";
            return Answer::error(StatusCode::UNPROCESSABLE_ENTITY, message);
        };
        let lifetime = i64::try_from(state.apps.lifetime.as_secs()).unwrap_or(i64::MAX);
        let token = InstallationToken {
            secret: format!("ghs_{:036}", state.apps.tokens.len() + 1),
            installation: installation.id,
            expires_at: now.saturating_add(lifetime),
            repositories,
        };
        let selection = if token.repositories.is_some() { "selected" } else { installation.selection() };
        let mut answer = Answer::ok(json!({
            "token": token.secret,
            "expires_at": time(token.expires_at),
            "permissions": installation.permissions,
            "repository_selection": selection,
        }));
        answer.status = StatusCode::CREATED;
        state.apps.tokens.insert(token.secret.clone(), token.into());
        answer
    }

    /// The repositories of the installation whose token is used.
    pub(super) fn installation_repositories(&self) -> Answer {
        let Caller::Installation(token) = self.caller else {
            return Answer::error(
                StatusCode::FORBIDDEN,
                "You must authenticate with an installation access token in order to list repositories for an \
                 installation.",
            );
        };
        let state = self.github.state();
        let Some(installation) = state.installation(token) else {
            return Answer::not_found();
        };
        let reached = |entry: &&Entry| state.installation_reaches(token, entry);
        let found: Vec<&Entry> = state.by_name(Some(&installation.account)).filter(reached).collect();
        let count = found.len();
        let mut answer = self.page("/installation/repositories", found, |entry| self.representation(&state, entry));
        let selection = if token.repositories.is_some() { "selected" } else { installation.selection() };
        answer.body = json!({
            "total_count": count,
            "repository_selection": selection,
            "repositories": answer.body,
        });
        answer
    }

    fn app_id(&self) -> Option<u64> {
        match self.caller {
            Caller::App(id) => Some(*id),
            _ => None,
        }
    }

    fn show(&self, state: &State, installation: &Installation) -> Value {
        let Installation { id, app, account, .. } = installation;
        let account = state.account(account);
        let slug = state.apps.apps.get(app).map(|app| app.slug.as_str());
        json!({
            "id": id,
            "account": account.map(|account| representation::owner(account, &self.base)),
            "repository_selection": installation.selection(),
            "access_tokens_url": self.base.api(&format!("/app/installations/{id}/access_tokens")),
            "repositories_url": self.base.api("/installation/repositories"),
            "html_url": format!("{}/settings/installations/{id}", self.base.origin),
            "app_id": app,
            "app_slug": slug,
            "target_id": account.map(|account| account.id),
            "target_type": account.map(|account| account.kind.as_str()),
            "permissions": installation.permissions,
            "events": [],
            "created_at": time(installation.created_at),
            "updated_at": time(installation.created_at),
            "single_file_name": null,
            "has_multiple_single_files": false,
            "single_file_paths": [],
            "suspended_by": null,
            "suspended_at": installation.suspended_at.map(time),
        })
    }
}

/// The repositories a request for a token names, if it does, or an error when one is not the
/// installation's.
fn chosen(state: &State, installation: &Installation, request: &Value) -> Result<Option<BTreeSet<u64>>, ()> {
    let names = request["repositories"].as_array();
    let ids = request["repository_ids"].as_array();
    if names.is_none() && ids.is_none() {
        return Ok(None);
    }
    let reached = || state.by_name(Some(&installation.account)).filter(|entry| installation.reaches(entry));
    let by_name = names.into_iter().flatten().map(|name| {
        let name = name.as_str().unwrap_or_default();
        reached().find(|entry| entry.name.eq_ignore_ascii_case(name))
    });
    let by_id = ids.into_iter().flatten().map(|id| reached().find(|entry| Some(entry.id) == id.as_u64()));
    by_name.chain(by_id).map(|entry| entry.map(|entry| entry.id).ok_or(())).collect::<Result<_, _>>().map(Some)
}

fn app_required() -> Answer {
    Answer::error(StatusCode::UNAUTHORIZED, APP_REQUIRED)
}
