//! What is gone upstream, which no list tells: a full reading met everything that is there.
//!
//! What it did not meet leaves the newest tree; history keeps it. Of an issue, a pull request or a discussion a file in
//! `gone/` says where it went. The same walk counts what is kept, which must not be less than GitHub counts.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Unread, content::content, pass::Pass};
use crate::{
    backup::{Error, Reason, report::Shrunk},
    github::resources::{Overview, Whereabouts},
    metadata_path::{GONE, directory},
    monitor::Event,
};

/// Those of which GitHub is asked in one pass where they are; others wait for the next one.
const ASKED_AT_MOST: usize = 100;
/// Under which name it is remembered how much there was.
const COUNTS: &str = "~counts";

/// What a full reading met of each resource; none where it cannot tell.
#[derive(Debug, Default)]
pub(super) struct Met(BTreeMap<&'static str, Option<BTreeSet<u64>>>);

impl Met {
    /// A reading from the start begins.
    pub(super) fn begin(&mut self, resource: &'static str) {
        self.0.insert(resource, Some(BTreeSet::new()));
    }

    /// A step of a reading met these.
    pub(super) fn add(&mut self, resource: &'static str, met: Option<Vec<u64>>) {
        if let Some(known) = self.0.get_mut(resource) {
            match (known.as_mut(), met) {
                (Some(known), Some(met)) => known.extend(met),
                _ => *known = None,
            }
        }
    }

    /// A reading did not come to its end.
    pub(super) fn give_up(&mut self, resource: &str) {
        self.0.remove(resource);
    }

    /// Whether a reading of the resource, from the start to the end, met `number`; none where nothing can tell.
    fn has(&self, resource: &str, number: u64) -> Option<bool> {
        self.0.get(resource)?.as_ref().map(|met| met.contains(&number))
    }

    fn lacks(&self, resource: &str, number: u64) -> bool {
        self.has(resource, number) == Some(false)
    }

    /// Whether the resource was read from the start to the end.
    fn is_whole(&self, resource: &str) -> bool {
        self.0.contains_key(resource)
    }
}

/// What a walk through everything that is kept found.
#[derive(Debug, Default)]
struct Walk {
    /// How many there are of each resource.
    counts: BTreeMap<&'static str, u64>,
    /// Kinds and numbers that a reading did not meet.
    missing: BTreeSet<(&'static str, u64)>,
    /// Comments that are gone.
    gone: Vec<String>,
}

impl Walk {
    fn look(&mut self, path: &str, met: &Met) {
        let parts: Vec<&str> = path.split('/').collect();
        let id = |file: &str| file.strip_suffix(".json").and_then(|id| id.parse::<u64>().ok());
        match parts[..] {
            ["issues", _, number, "issue.json"] => self.number("issues", "issues", number, met),
            // Issues are counted without pull requests.
            ["pulls", _, number, "issue.json"] => self.missing("pulls", "issues", number, met),
            ["pulls", _, number, "pull.json"] => self.number("pulls", "pulls", number, met),
            ["discussions", _, number, "discussion.json"] => self.number("discussions", "discussions", number, met),
            ["issues" | "pulls", _, _, "comments", file]
                if id(file).is_some_and(|id| met.lacks("issue-comments", id)) =>
            {
                self.gone.push(path.to_owned());
            }
            ["pulls", _, _, "review-comments", file] if id(file).is_some_and(|id| met.lacks("review-comments", id)) => {
                self.gone.push(path.to_owned());
            }
            _ => {}
        }
    }

    fn number(&mut self, kind: &'static str, resource: &'static str, number: &str, met: &Met) {
        *self.counts.entry(resource).or_default() += 1;
        self.missing(kind, resource, number, met);
    }

    fn missing(&mut self, kind: &'static str, resource: &str, number: &str, met: &Met) {
        if let Ok(number) = number.parse()
            && met.lacks(resource, number)
        {
            self.missing.insert((kind, number));
        }
    }
}

impl Pass<'_> {
    /// Finds what is gone, and what should be here and is not. `before` is what GitHub counted before the reading.
    pub(super) async fn take_census(&mut self, before: Overview) -> Result<(), Error> {
        let met = std::mem::take(&mut self.met);
        let mut walk = Walk::default();
        for kind in ["issues", "pulls", "discussions"] {
            for shelf in self.draft.shelves(kind) {
                for path in self.draft.files(&shelf).await? {
                    walk.look(&path, &met);
                }
                self.draft.close(&shelf);
            }
        }
        walk.counts.insert("releases", self.draft.files("releases").await?.len() as u64);
        for path in &walk.gone {
            self.draft.remove(path).await?;
        }
        self.mark_what_is_back(&met).await?;
        for (kind, number) in walk.missing.iter().take(ASKED_AT_MOST) {
            self.mark_what_is_gone(kind, *number).await?;
        }
        self.count(&walk.counts, &met, before).await
    }

    /// Asks where something is, and says so in its place when it is not here any more.
    async fn mark_what_is_gone(&mut self, kind: &'static str, number: u64) -> Result<(), Error> {
        let asked = match kind {
            "discussions" => self.job.reader.discussion_whereabouts(number).await,
            _ => self.job.reader.issue_whereabouts(number).await,
        };
        let (how, url) = match asked {
            // It moved in the list while that was read.
            Ok(Whereabouts::Here) => return Ok(()),
            Ok(Whereabouts::Moved(url)) => ("transferred", Value::from(url)),
            Ok(Whereabouts::Nowhere) => ("deleted", Value::Null),
            Err(error) => {
                let error = Error::from(error);
                self.done.unread.push(Unread {
                    resource: kind.into(),
                    reason: error.reason(),
                    message: format!("number {number} is not listed any more: {}", crate::cause::chain(&error)),
                });
                return Ok(());
            }
        };
        for path in self.draft.files(&directory(kind, number)).await? {
            self.draft.remove(&path).await?;
        }
        let noticed = self.observed.unwrap_or_else(Timestamp::now);
        let told = json!({ "number": number, "kind": kind, "gone": how, "url": url, "noticed": noticed });
        self.draft.put(vec![(format!("{GONE}/{number}.json"), content(told))]).await?;
        Ok(())
    }

    /// What was gone and is met again is not gone.
    async fn mark_what_is_back(&mut self, met: &Met) -> Result<(), Error> {
        for path in self.draft.files(GONE).await? {
            let name = path.rsplit('/').next().and_then(|file| file.strip_suffix(".json"));
            let is_back =
                |number| ["issues", "discussions"].iter().any(|resource| met.has(resource, number) == Some(true));
            if name.and_then(|name| name.parse().ok()).is_some_and(is_back) {
                self.draft.remove(&path).await?;
            }
        }
        Ok(())
    }

    /// Compares what is kept with what GitHub counts, and with what it was before.
    async fn count(&mut self, kept: &BTreeMap<&'static str, u64>, met: &Met, before: Overview) -> Result<(), Error> {
        // A check that cannot be made is made by the next full pass.
        let Ok(after) = self.job.reader.look_over().await else { return Ok(()) };
        let mut remembered = self.draft.memory(COUNTS);
        for resource in ["issues", "pulls", "discussions", "releases"] {
            let is_read = met.is_whole(resource);
            let (Some(first), Some(last), true) = (before.total(resource), after.total(resource), is_read) else {
                continue;
            };
            let kept = kept.get(resource).copied().unwrap_or_default();
            let expected = first.min(last);
            if kept < expected {
                self.done.unread.push(Unread {
                    resource: resource.into(),
                    reason: Reason::Protocol,
                    message: format!("GitHub counts {expected} and its lists hold {kept}"),
                });
            }
            let was = remembered.get(resource).and_then(Value::as_u64).unwrap_or_default();
            if self.job.options.has_shrunk(was, last) {
                let source = format!("{} of {}", resource, self.job.identity.name);
                let shrunk = Shrunk { source, before: was, now: last };
                let text = format!("{resource} shrank from {was} to {last}; what is gone stays in history");
                self.job.monitor.event(Event::Warning { repository: self.job.label(), text });
                self.done.shrunk.push(shrunk);
            }
            remembered[resource] = last.into();
        }
        if !remembered.is_null() {
            self.draft.remember(COUNTS, remembered);
        }
        Ok(())
    }
}
