//! How much there is around the code, in a line.

use gix_hash::ObjectId;
use jiff::Timestamp;
use serde::Serialize;

use super::{
    Error, Snapshot, field,
    snapshot::{Files, Node},
};
use crate::vault;

/// Issues and pull requests that are read to learn whether they are open; of more, only the number is told.
const MOST_READ: usize = 500;

/// How much there is around the code at a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// The entry in the log of the metadata.
    pub entry: u64,
    /// The server's clock at that backup.
    pub observed: Timestamp,
    /// Issues.
    pub issues: u64,
    /// Open ones; absent where there are too many to look.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open_issues: Option<u64>,
    /// Pull requests.
    pub pulls: u64,
    /// Open ones; absent where there are too many to look.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open_pulls: Option<u64>,
    /// Discussions.
    pub discussions: u64,
    /// Releases.
    pub releases: u64,
}

/// Counts what a snapshot has.
///
/// # Errors
/// Damage, or the store's failure.
pub async fn summary(snapshot: &Snapshot) -> Result<Summary, Error> {
    let mut files = snapshot.files();
    let (issues, open_issues) = numbers(&mut files, "issues").await?;
    let (pulls, open_pulls) = numbers(&mut files, "pulls").await?;
    let discussions = directories(&mut files, "discussions").await?.len() as u64;
    let releases = match files.find("releases").await?.filter(|node| node.is_tree) {
        Some(node) => files.tree(node.id).await?.len() as u64,
        None => 0,
    };
    let (entry, observed) = (snapshot.entry(), snapshot.observed());
    Ok(Summary { entry, observed, issues, open_issues, pulls, open_pulls, discussions, releases })
}

/// The directories of all numbers of a kind.
async fn directories(files: &mut Files<'_>, kind: &str) -> Result<Vec<ObjectId>, vault::Error> {
    let Some(top) = files.find(kind).await? else { return Ok(Vec::new()) };
    let thousands: Vec<_> = files.tree(top.id).await?.into_iter().map(|(_, node)| node.id).collect();
    Ok(files.trees(&thousands).await?.into_iter().flatten().map(|(_, node)| node.id).collect())
}

/// How many numbers there are of a kind, and how many of them are open.
async fn numbers(files: &mut Files<'_>, kind: &str) -> Result<(u64, Option<u64>), vault::Error> {
    let numbers = directories(files, kind).await?;
    let count = numbers.len() as u64;
    if numbers.len() > MOST_READ {
        return Ok((count, None));
    }
    let trees = files.trees(&numbers).await?;
    let file = |tree: &Vec<(String, Node)>| {
        // Who backs up pull requests alone has not the issues that they are.
        let named = |wanted: &str| tree.iter().find(|(name, _)| name == wanted).map(|(_, node)| node.id);
        named("issue.json").or_else(|| named("pull.json"))
    };
    let issues: Vec<_> = trees.iter().filter_map(file).collect();
    let open =
        files.values(&issues).await?.iter().filter(|issue| field::text(issue, &["state"]) == Some("open")).count();
    Ok((count, Some(open as u64)))
}
