//! Projects of users and organizations.

use serde_json::Value;

use crate::github::GitHub;

impl GitHub {
    /// Sets the projects of an account, as GraphQL has them: each object has its `__typename`, and where GraphQL has a
    /// connection there is a list of its nodes. Fields that are not there are null.
    pub fn set_projects(&self, login: &str, projects: Vec<Value>) {
        let mut state = self.state();
        let login = state.ensure_account(login).to_ascii_lowercase();
        state.projects.insert(login, projects);
    }
}
