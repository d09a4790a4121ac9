//! A small object is written, replaced, read, listed and deleted, as views are.

use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use crate::{
    cause,
    finding::About,
    vault::{Error, Storage, document, key},
};

/// A store whose clock differs by more seconds is told.
const DIFFERENCE_TOLD: i64 = 60;

/// Whether what is written can be read and listed at once, and whether it may be deleted.
pub(super) async fn look(storage: &Storage, about: &mut About<'_, '_>) {
    let id = Uuid::new_v4().to_string();
    let key = key::trial(&id);
    match write_and_read(storage, &key).await {
        Ok(None) => about.ok("read and list", "what is written is read and listed at once"),
        Ok(Some(problem)) => about.problem(
            "read and list",
            problem,
            "use a store that shows what was written at once; runs build on what they read",
        ),
        Err(error) => {
            about.problem("read and list", cause::chain(&error), super::advice(&error));
            about.skipped("delete", "nothing could be written", None);
            return;
        }
    }
    clock(storage, &key, about).await;
    match storage.delete(&key).await {
        Ok(()) => match storage.length(&key).await {
            Ok(None) => about.ok("delete", "allowed; only compact and --refetch delete"),
            Ok(Some(_)) => about.warning("delete", "what was deleted is still there", "see the store's settings"),
            Err(error) => about.warning("delete", cause::chain(&error), super::advice(&error)),
        },
        Err(Error::Forbidden { .. }) => {
            about.ok("delete", format!("not allowed, nor needed: only compact and --refetch delete ({key} stays)"));
        }
        Err(error) => about.warning("delete", cause::chain(&error), "backups work; compact and --refetch delete"),
    }
}

/// What is wrong with reading back, if anything.
async fn write_and_read(storage: &Storage, key: &str) -> Result<Option<String>, Error> {
    for attempt in 1..=2 {
        let bytes = document::encode(&json!({ "trial": attempt }));
        storage.replace(key, bytes.clone()).await?;
        match storage.read(key).await? {
            Some(read) if read == bytes => {}
            Some(_) => return Ok(Some("a read shows other bytes than were just written".into())),
            None => return Ok(Some("a read does not find what was just written".into())),
        }
    }
    let (folder, name) = key.rsplit_once('/').unwrap_or(("", key));
    let (_, listed) = storage.list_level(folder).await?;
    let is_listed = listed.iter().any(|found| found == name);
    Ok((!is_listed).then(|| "a listing does not show what was just written".into()))
}

/// The store's clock by what it says of the object.
async fn clock(storage: &Storage, key: &str, about: &mut About<'_, '_>) {
    let Ok(Some(written)) = storage.written(key).await else {
        about.skipped("clock", "the store does not tell its time", None);
        return;
    };
    let apart = written.saturating_sub(Timestamp::now().as_second()).abs();
    if apart > DIFFERENCE_TOLD {
        let found = format!("the store's and this machine's are {apart} seconds apart");
        about.warning("clock", found, "let NTP keep both; S3 refuses requests above 15 minutes");
    } else {
        about.ok("clock", "it agrees with the store's");
    }
}
