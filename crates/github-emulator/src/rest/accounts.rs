//! Accounts.

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
        self.account(|state| state.account(login))
    }

    pub(super) fn account(&self, wanted: impl FnOnce(&State) -> Option<&Account>) -> Answer {
        let state = self.github.state();
        let Some(account) = wanted(&state) else {
            return Answer::not_found();
        };
        let public = state.by_name(Some(&account.login)).filter(|entry| !entry.is_private()).count();
        Answer::ok(representation::account(account, public, &self.base))
    }
}
