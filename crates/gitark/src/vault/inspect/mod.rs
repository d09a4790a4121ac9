//! Whether a place can hold a vault, and what to do about what it cannot.

mod bucket;
mod directory;
mod lifecycle;
mod trial;

use crate::{
    cause,
    finding::{About, Tell},
    vault::{Error, RunId, Storage, Vault, is_harmless, run_record},
};

pub use directory::inspect_directory;

/// How to look.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Write nothing.
    pub read_only: bool,
}

/// Looks at the vault in `storage`, or the place for one, and tells each thing as it is found.
///
/// Unless it is to write nothing, it leaves a start record under `runs/`, as every run does: that is what proves that
/// create-only puts are kept. What it puts under `cache/` it deletes again.
pub async fn inspect(storage: &Storage, options: &Options, tell: &mut Tell<'_>) {
    if let Some(root) = storage.root() {
        directory::look(root, options, &mut About::new(storage.location(), tell));
    }
    let about = &mut About::new(storage.location(), tell);
    let place = vault(storage, about).await;
    if place != Place::Good {
        for check in ["create-only", "read and list"] {
            about.skipped(check, "the place cannot be used as it is", None);
        }
    } else if options.read_only {
        for check in ["create-only", "read and list"] {
            about.skipped(check, "nothing may be written (--read-only)", None);
        }
    } else {
        create_only(storage, about).await;
        trial::look(storage, about).await;
    }
    match (storage.bucket(), storage.root()) {
        (Some(_), _) if place == Place::OutOfReach => about.skipped("bucket", "it is out of reach", None),
        (Some(found), _) => bucket::look(found, about).await,
        (None, None) => about.skipped("bucket", "how it is set up can be asked of S3 alone", None),
        (None, Some(_)) => {}
    }
}

/// What a place is good for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// A vault is there, or could be.
    Good,
    /// What is there is no vault, or none that can be used.
    Bad,
    /// Nothing is known of it.
    OutOfReach,
}

/// Whether a vault is there, or could be.
async fn vault(storage: &Storage, about: &mut About<'_, '_>) -> Place {
    let error = match Vault::open(storage.clone()).await {
        Ok(vault) => {
            let document = vault.document();
            about.ok(
                "vault",
                format!(
                    "format {}, made on {}, id {}",
                    document.format,
                    document.created.strftime("%Y-%m-%d"),
                    document.vault_id
                ),
            );
            return Place::Good;
        }
        Err(Error::NotAVault { .. }) => match storage.list_level("").await {
            Ok((folders, objects)) => match folders.iter().chain(&objects).find(|name| !is_harmless(name)) {
                None => {
                    about.ok("vault", "empty: the first backup makes a vault of it");
                    return Place::Good;
                }
                Some(name) => {
                    let found = format!("no vault.json, but other things, {name} among them");
                    about.problem("vault", found, "name an empty place, or check the path");
                    return Place::Bad;
                }
            },
            Err(error) => error,
        },
        Err(error) => error,
    };
    about.problem("vault", cause::chain(&error), advice(&error));
    match error {
        Error::Damaged(_) | Error::NewerFormat { .. } | Error::Forbidden { .. } => Place::Bad,
        _ => Place::OutOfReach,
    }
}

/// Proves create-only puts as every run does.
async fn create_only(storage: &Storage, about: &mut About<'_, '_>) {
    let run = RunId::new(jiff::Timestamp::now());
    match run_record::probe_create_only(storage, &run).await {
        Ok(()) => about.ok("create-only", "a second put of one key is refused (a start record stays under runs/)"),
        Err(Error::NoCreateOnly { .. }) => about.problem(
            "create-only",
            "a second put of one key replaces the first: two runs could harm each other",
            "use another store; or --allow-overwriting-store, if no two runs ever overlap",
        ),
        Err(error) => about.problem("create-only", cause::chain(&error), advice(&error)),
    }
}

/// What to do about a failure of the store.
fn advice(error: &Error) -> &'static str {
    match error {
        Error::Forbidden { .. } => "give these credentials the rights to list, read and put (docs/s3.md)",
        Error::Unauthenticated { .. } => "check the credentials (AWS_ACCESS_KEY_ID, AWS_PROFILE), and the clock",
        Error::NoBucket { .. } => "make the bucket, or check its name",
        Error::AnotherRegion { .. } => "name the bucket's region: ?region=… in the URL, or AWS_REGION",
        Error::NewerFormat { .. } => "update gitark",
        Error::Damaged(_) => "bring vault.json back from a copy of the vault",
        _ => "check the path or the endpoint, the permissions, and whether there is room",
    }
}
