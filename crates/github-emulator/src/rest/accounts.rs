//! Accounts.

use axum::http::StatusCode;

use super::Call;
use super::answer::Answer;
use crate::account::Account;
use crate::representation;
use crate::state::State;

impl Call<'_> {
    pub(super) fn authenticated_user(&self) -> Answer {
        let Some(login) = self.caller.login() else {
            return Answer::unauthenticated();
        };
        let state = self.github.state();
        state.account(login).map_or_else(Answer::not_found, |account| Answer::ok(self.profile(&state, account, true)))
    }

    pub(super) fn account(&self, wanted: impl FnOnce(&State) -> Option<&Account>) -> Answer {
        let state = self.github.state();
        let Some(account) = wanted(&state) else {
            return Answer::not_found();
        };
        Answer::ok(self.profile(&state, account, false))
    }

    /// The organizations of the caller.
    pub(super) fn own_organizations(&self) -> Answer {
        let Some(held) = self.caller.token() else {
            return Answer::unauthenticated();
        };
        if !held.token.has_scope(&["admin:org", "read:org", "repo", "user", "write:org"]) {
            let message = "You need at least read:org scope or user scope to list your organizations.";
            return Answer::error(StatusCode::FORBIDDEN, message);
        }
        let state = self.github.state();
        let organizations = state.accounts.iter().filter(|account| account.is_organization());
        let own = organizations.filter(|organization| state.is_member(&organization.login, &held.login));
        self.page("/user/orgs", own.collect(), |organization| {
            Some(representation::organization(organization, &self.base))
        })
    }

    /// The members of an organization, as far as they were named.
    pub(super) fn members(&self, organization: &str) -> Answer {
        let state = self.github.state();
        let Some(account) = state.account(organization).filter(|account| account.is_organization()) else {
            return Answer::not_found();
        };
        if let Some(answer) = self.refuse_sso(&state, organization) {
            return answer;
        }
        let members = state.members(organization);
        let path = format!("/organizations/{}/members", account.id);
        self.page(&path, members, |member| Some(representation::owner(member, &self.base)))
    }
}
