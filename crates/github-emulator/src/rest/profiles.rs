//! What accounts say about themselves.

use serde_json::{Value, json};

use super::Call;
use super::answer::Answer;
use crate::account::Account;
use crate::git::FIRST_DATE;
use crate::representation::{self, time};
use crate::settings::Holder;
use crate::state::State;

impl Call<'_> {
    /// A user, or an organization as if it were one; more when `own`.
    pub(super) fn profile(&self, state: &State, account: &Account, own: bool) -> Value {
        let holder = Holder::Account(account.id);
        let mut value = representation::owner(account, &self.base);
        for name in ["name", "company"] {
            value[name] = Value::Null;
        }
        value["blog"] = json!("");
        for name in ["location", "email", "hireable", "bio", "twitter_username"] {
            value[name] = Value::Null;
        }
        self.count(state, account, &mut value);
        if own {
            let private = state.by_name(Some(&account.login)).filter(|entry| entry.is_private()).count();
            let secret = state.newest_gists().filter(|gist| gist.owner == account.login && !gist.public).count();
            value["private_gists"] = json!(secret);
            value["total_private_repos"] = json!(private);
            value["owned_private_repos"] = json!(private);
            value["disk_usage"] = json!(0);
            value["collaborators"] = json!(0);
            value["two_factor_authentication"] = json!(true);
            value["plan"] =
                json!({ "name": "free", "space": 976_562_499, "collaborators": 0, "private_repos": 10_000 });
        }
        state.override_fields(holder, &mut value, &self.base);
        value
    }

    /// An organization, with its settings for members whose tokens may read them.
    pub(super) fn organization_profile(&self, wanted: impl FnOnce(&State) -> Option<&Account>) -> Answer {
        let state = self.github.state();
        let Some(account) = wanted(&state).filter(|account| account.is_organization()) else {
            return Answer::not_found();
        };
        let mut value = representation::organization(account, &self.base);
        value["is_verified"] = json!(false);
        value["has_organization_projects"] = json!(true);
        value["has_repository_projects"] = json!(true);
        self.count(&state, account, &mut value);
        value["html_url"] = json!(format!("{}/{}", self.base.origin, account.login));
        value["archived_at"] = Value::Null;
        value["type"] = json!("Organization");
        let inside = self.caller.token().is_some_and(|held| {
            state.is_member(&account.login, &held.login)
                && held.token.has_scope(&["admin:org"])
                && held.token.has_permission("organization_administration")
        });
        let mut set = Value::Object(serde_json::Map::new());
        state.override_fields(Holder::Account(account.id), &mut set, &self.base);
        if inside {
            settings(&mut value);
        } else if let Some(set) = set.as_object_mut() {
            // What outsiders are not shown is not shown to them for having been set.
            let mut hidden = json!({});
            settings(&mut hidden);
            set.retain(|name, _| hidden.get(name).is_none());
        }
        if let (Some(value), Value::Object(set)) = (value.as_object_mut(), set) {
            value.extend(set);
        }
        Answer::ok(value)
    }

    /// Adds the numbers and times of an account.
    fn count(&self, state: &State, account: &Account, value: &mut Value) {
        let holder = Holder::Account(account.id);
        let repositories = state.by_name(Some(&account.login)).filter(|entry| !entry.is_private()).count();
        let gists = state.newest_gists().filter(|gist| gist.owner == account.login && gist.public).count();
        value["public_repos"] = json!(repositories);
        value["public_gists"] = json!(gists);
        value["followers"] = json!(state.count_setting(holder, "followers"));
        value["following"] = json!(state.count_setting(holder, "following"));
        value["created_at"] = json!(time(FIRST_DATE));
        value["updated_at"] = json!(time(FIRST_DATE));
    }
}

/// Adds what an organization shows to those who run it.
fn settings(value: &mut Value) {
    for (name, setting) in [
        ("total_private_repos", json!(0)),
        ("owned_private_repos", json!(0)),
        ("private_gists", json!(0)),
        ("disk_usage", json!(0)),
        ("collaborators", json!(0)),
        ("billing_email", Value::Null),
        ("default_repository_permission", json!("read")),
        ("members_can_create_repositories", json!(true)),
        ("two_factor_requirement_enabled", json!(false)),
        ("members_allowed_repository_creation_type", json!("all")),
        ("members_can_create_public_repositories", json!(true)),
        ("members_can_create_private_repositories", json!(true)),
        ("members_can_create_internal_repositories", json!(false)),
        ("members_can_create_pages", json!(true)),
        ("members_can_create_public_pages", json!(true)),
        ("members_can_create_private_pages", json!(true)),
        ("members_can_fork_private_repositories", json!(false)),
        ("members_can_delete_repositories", json!(true)),
        ("members_can_change_repo_visibility", json!(true)),
        ("members_can_invite_outside_collaborators", json!(true)),
        ("members_can_delete_issues", json!(false)),
        ("members_can_create_teams", json!(true)),
        ("readers_can_create_discussions", json!(true)),
        ("web_commit_signoff_required", json!(false)),
        ("deploy_keys_enabled_for_repositories", json!(true)),
        ("advanced_security_enabled_for_new_repositories", json!(false)),
        ("dependabot_alerts_enabled_for_new_repositories", json!(false)),
        ("dependabot_security_updates_enabled_for_new_repositories", json!(false)),
        ("dependency_graph_enabled_for_new_repositories", json!(false)),
        ("secret_scanning_enabled_for_new_repositories", json!(false)),
        ("secret_scanning_push_protection_enabled_for_new_repositories", json!(false)),
        (
            "plan",
            json!({ "name": "team", "space": 976_562_499, "private_repos": 999_999, "filled_seats": 1, "seats": 5 }),
        ),
    ] {
        value[name] = setting;
    }
}
