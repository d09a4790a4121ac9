//! The rules by which a bucket deletes and moves objects by itself.

use serde::Deserialize;

use super::bucket::{Told, ask};
use crate::{finding::About, vault::storage::Bucket};

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct LifecycleConfiguration {
    rule: Vec<Rule>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Rule {
    #[serde(rename = "ID")]
    id: String,
    status: String,
    /// In the older form.
    prefix: Option<String>,
    filter: Option<Filter>,
    expiration: Option<Expiration>,
    transition: Vec<Transition>,
    abort_incomplete_multipart_upload: Option<Abort>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Filter {
    prefix: Option<String>,
    and: Option<And>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct And {
    prefix: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Expiration {
    days: Option<u32>,
    date: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Transition {
    storage_class: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Abort {
    days_after_initiation: Option<u32>,
}

impl Rule {
    fn is_on(&self) -> bool {
        self.status == "Enabled"
    }

    /// What the keys that it is for begin with.
    fn prefix(&self) -> &str {
        let of_filter = self.filter.as_ref().and_then(|filter| {
            filter.prefix.as_deref().or_else(|| filter.and.as_ref().and_then(|and| and.prefix.as_deref()))
        });
        of_filter.or(self.prefix.as_deref()).unwrap_or_default()
    }

    /// Whether it is for objects of a vault whose keys begin so.
    fn touches(&self, vault: &str) -> bool {
        let rule = self.prefix();
        rule.starts_with(vault) || vault.starts_with(rule)
    }
}

/// Looks at the rules that are for the vault.
pub(super) async fn look(bucket: &Bucket, about: &mut About<'_, '_>) {
    let (check, unset) = ("lifecycle", "NoSuchLifecycleConfiguration");
    let told: Told<LifecycleConfiguration> =
        ask(bucket, "lifecycle", check, "s3:GetLifecycleConfiguration", unset, about).await;
    let rules = match told {
        Told::Not => return,
        Told::NotSet => Vec::new(),
        Told::Set(set) => set.rule,
    };
    let vault = match bucket.prefix().trim_matches('/') {
        "" => String::new(),
        prefix => format!("{prefix}/"),
    };
    let mut is_well = true;
    for rule in rules.iter().filter(|rule| rule.is_on() && rule.touches(&vault)) {
        let id = &rule.id;
        if rule.expiration.as_ref().is_some_and(|end| end.days.is_some() || end.date.is_some()) {
            is_well = false;
            let found = format!("the rule {id:?} deletes objects of the vault when they are old");
            about.problem(check, found, "take the rule away, or give it a prefix that is not the vault's");
        }
        let thaws = |transition: &&Transition| matches!(&*transition.storage_class, "GLACIER" | "DEEP_ARCHIVE");
        if let Some(transition) = rule.transition.iter().find(thaws) {
            is_well = false;
            let class = &transition.storage_class;
            let found = format!("the rule {id:?} moves objects to {class}, where they cannot be read at once");
            about.problem(check, found, "move them to GLACIER_IR or STANDARD_IA instead");
        }
    }
    let aborts = |rule: &&Rule| {
        let days = rule.abort_incomplete_multipart_upload.as_ref().and_then(|abort| abort.days_after_initiation);
        rule.is_on() && vault.starts_with(rule.prefix()) && days.is_some()
    };
    if !rules.iter().any(|rule| aborts(&rule)) {
        let found = "no rule aborts incomplete uploads: their parts are paid for, and no listing shows them";
        about.warning(check, found, "add a rule that aborts them after 7 days (docs/s3.md)");
    } else if is_well {
        about.ok(check, "incomplete uploads are aborted, and nothing of the vault is deleted");
    }
}
