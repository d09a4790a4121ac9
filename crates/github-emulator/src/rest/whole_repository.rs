//! What a repository by itself says beyond what it says in listings.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::Call;
use crate::entry::Entry;
use crate::representation;
use crate::settings::Holder;
use crate::state::State;

/// Seconds after which a token to clone with is another.
const CLONE_TOKEN_LIFETIME: i64 = 3600;

impl Call<'_> {
    /// Adds what only a single repository says, and puts in what was set.
    pub(super) fn complete(&self, state: &State, entry: &Entry, value: &mut Value) {
        let holder = Holder::Entry(entry.id);
        let owner = state.account(&entry.owner);
        let organization = owner.filter(|owner| owner.is_organization());
        let subscribers = state.count_setting(holder, "subscribers");
        let set = |value: &mut Value, name: &str, field: Value| value[name] = field;
        if self.caller.is_authenticated() {
            set(value, "temp_clone_token", json!(clone_token(state, entry)));
            for (name, default) in [
                ("allow_squash_merge", json!(true)),
                ("allow_merge_commit", json!(true)),
                ("allow_rebase_merge", json!(true)),
                ("allow_auto_merge", json!(false)),
                ("delete_branch_on_merge", json!(false)),
                ("allow_update_branch", json!(false)),
                ("use_squash_pr_title_as_default", json!(false)),
                ("squash_merge_commit_message", json!("COMMIT_MESSAGES")),
                ("squash_merge_commit_title", json!("COMMIT_OR_PR_TITLE")),
                ("merge_commit_message", json!("PR_TITLE")),
                ("merge_commit_title", json!("MERGE_MESSAGE")),
                (
                    "security_and_analysis",
                    json!({
                        "secret_scanning": { "status": "disabled" },
                        "secret_scanning_push_protection": { "status": "disabled" },
                        "dependabot_security_updates": { "status": "disabled" },
                        "secret_scanning_non_provider_patterns": { "status": "disabled" },
                        "secret_scanning_validity_checks": { "status": "disabled" },
                    }),
                ),
            ] {
                set(value, name, default);
            }
        }
        set(value, "custom_properties", self.custom_properties(state, holder));
        if let Some(organization) = organization {
            set(value, "organization", representation::owner(organization, &self.base));
        }
        set(value, "network_count", json!(0));
        set(value, "subscribers_count", json!(subscribers));
        state.override_fields(holder, value, &self.base);
    }

    /// The properties an organization has given to a repository, by their names.
    fn custom_properties(&self, state: &State, holder: Holder) -> Value {
        let values = state.setting(holder, "properties/values", &self.base);
        let values = values.as_ref().and_then(Value::as_array).into_iter().flatten();
        let named =
            values.filter_map(|value| Some((value["property_name"].as_str()?.to_owned(), value["value"].clone())));
        Value::Object(named.collect())
    }
}

/// A token to clone a private repository with, which changes by the hour; nothing for a public one.
fn clone_token(state: &State, entry: &Entry) -> String {
    if !entry.is_private() {
        return String::new();
    }
    let hour = (Timestamp::now().as_second() + state.clock_offset) / CLONE_TOKEN_LIFETIME;
    format!("A{:012X}{hour:012X}", entry.id)
}
