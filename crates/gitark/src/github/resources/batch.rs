//! Resources without a list in bulk: GraphQL is asked for what many issues, pull requests or discussions have, at once.
//!
//! Issues are read as REST lists are that take `since`; the others, which can only be had with the newest first, down to
//! what is known. <https://docs.github.com/en/graphql/reference/objects#repository>

use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{
    FULL, Step, Trail,
    graphql::{Connection, List, complete},
    is_full,
    keyset::settled,
    reader::Reader,
    trail::Seen,
};
use crate::{digest::hex, github::Error, metadata_path::directory};

/// Pull requests of the first page where some are known: few change from one backup to the next.
const NEWS: u64 = 5;
/// Parents whose marks are asked for at once.
const MARKS_AT_ONCE: u64 = 100;
/// Pages behind cursors, at most: no repository has as many pull requests.
const MAXIMUM_PAGES: u64 = 100_000;
/// GitHub's type of error for a cursor that it does not take.
const BAD_CURSOR: &str = "INVALID_CURSOR_ARGUMENTS";
/// The field of a memory that says how many parents can be asked about at once, where that is fewer than usual.
const FEWER: &str = "fewer";
/// The field of a memory that says that marks are asked for.
const MARKED: &str = "marked";

/// What many issues, pull requests or discussions have.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) parents: Parents,
    /// How many parents are asked about at once.
    pub(super) at_once: u64,
    /// What is asked of each beside `id`, `number` and `updatedAt`.
    pub(super) fields: &'static str,
    /// Lists of each.
    pub(super) lists: &'static [List],
    /// What tells that something of one differs, for less than all of it.
    pub(super) mark: Option<Mark>,
    /// Puts the files of one, which are below the directory, into a step.
    pub(super) files: fn(directory: &str, parent: Value, step: &mut Step),
}

/// What full readings ask first, and only for what differs everything.
#[derive(Debug)]
pub(super) struct Mark {
    /// What is asked of each parent.
    pub(super) fields: &'static str,
    /// The same of an answer with everything.
    pub(super) of: fn(&Value) -> Value,
}

/// What has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parents {
    Issues,
    PullRequests,
    Discussions,
}

impl Batch {
    pub(super) async fn step(&self, reader: &Reader, memory: &Value, trail: &mut Trail) -> Result<Step, Error> {
        if let Some(step) = self.without_news(reader, memory).await? {
            return Ok(step);
        }
        let mark = self.mark.as_ref().filter(|_| is_marked(memory, trail));
        let (found, mut step) = match self.ask(reader, memory, mark).await {
            // A cursor of long ago: the list is begun anew.
            Err(Error::Query { kind: Some(kind), .. }) if kind == BAD_CURSOR && memory.get("after").is_some() => {
                return Ok(Step { memory: without_cursor(memory), is_more: true, ..Step::default() });
            }
            asked => asked?,
        };
        let time = |at: Option<&Value>| at?.get("updatedAt")?.as_str().map(str::to_owned);
        let (newest, last) = (time(found.nodes.first()), time(found.nodes.last()));
        let text = |field| memory.get(field).and_then(Value::as_str);
        let page = memory.get("page").and_then(Value::as_u64).unwrap_or_default() + 1;
        if found.next.is_some() && (found.next.as_deref() == text("after") || page > MAXIMUM_PAGES) {
            return Err(reader.odd_answer("it never ends".into()));
        }
        let fewer = step.memory.get(FEWER).cloned();
        match self.parents {
            Parents::Issues => {
                let since = text("since");
                step.is_more = found.next.is_some();
                step.memory = match (found.next, last) {
                    (Some(_), Some(last)) if since.is_none_or(|since| since < last.as_str()) => {
                        json!({ "since": last })
                    }
                    // More of one second than a page has.
                    (Some(next), _) => json!({ "since": since, "after": next, "page": page }),
                    (None, last) => json!({ "since": settled(last.as_deref().or(since), step.observed) }),
                };
            }
            Parents::PullRequests | Parents::Discussions => {
                let until = text("until");
                let newest = text("newest").map(str::to_owned).or(newest);
                let moment = |time: Option<&str>| time?.parse::<Timestamp>().ok();
                let is_known = moment(last.as_deref()).zip(moment(until)).is_some_and(|(last, until)| last < until);
                step.is_more = found.next.is_some() && !is_known;
                step.memory = match found.next {
                    Some(next) if step.is_more => {
                        json!({ "until": until, "after": next, "newest": newest, "page": page })
                    }
                    _ => json!({ "until": settled(newest.as_deref().or(until), step.observed) }),
                };
            }
        }
        if let Some(fewer) = fewer.filter(|_| step.is_more) {
            step.memory[FEWER] = fewer;
        }
        if is_full(memory) && step.is_more {
            step.memory[FULL] = true.into();
            if mark.is_some() {
                step.memory[MARKED] = true.into();
            }
        }
        if is_full(memory) {
            step.met = Some(found.nodes.iter().filter_map(number).collect());
        }
        let parents = match mark {
            Some(mark) => self.differing(reader, found.nodes, mark, trail).await?,
            None => found.nodes,
        };
        for mut parent in parents {
            let Some(number) = number(&parent) else {
                step.odd.push(format!("GraphQL tells of a {} without a number", self.parents.kind()));
                continue;
            };
            complete(reader, &mut parent, self.lists).await?;
            if let Some(mark) = self.mark.as_ref().filter(|_| is_full(memory)) {
                let seen = Seen { etag: digest(mark, &parent), memory: Value::Null, is_more: false, items: None };
                trail.leave(number.to_string(), Some(seen));
            }
            if let Some(fields) = parent.as_object_mut().filter(|_| self.parents != Parents::Discussions) {
                // It has its place in what REST says; here it would be a new version of what is as it was.
                fields.shift_remove("updatedAt");
            }
            (self.files)(&directory(self.parents.directory(), number), parent, &mut step);
        }
        Ok(step)
    }

    /// The step of a reading for which there is nothing: none of it exists, or nothing changed since the last one.
    async fn without_news(&self, reader: &Reader, memory: &Value) -> Result<Option<Step>, Error> {
        let text = |field| memory.get(field).and_then(Value::as_str);
        if text("after").is_some() {
            return Ok(None);
        }
        let Some(news) = reader.overview().await?.news(self.parents) else { return Ok(None) };
        let field = if self.parents == Parents::Issues { "since" } else { "until" };
        let known = text(field).and_then(|known| known.parse::<Timestamp>().ok());
        let has_none = news.total == 0 && known.is_none();
        if has_none {
            let met = is_full(memory).then(Vec::new);
            return Ok(Some(Step { memory: json!({ field: null }), met, ..Step::default() }));
        }
        let is_known = !is_full(memory) && news.newest.zip(known).is_some_and(|(newest, known)| newest <= known);
        Ok(is_known.then(|| Step::same(memory)))
    }

    /// Everything of those `parents` that have another mark than in `trail`.
    async fn differing(
        &self,
        reader: &Reader,
        parents: Vec<Value>,
        mark: &Mark,
        trail: &Trail,
    ) -> Result<Vec<Value>, Error> {
        let differs = |parent: &Value| {
            let number = number(parent).unwrap_or_default().to_string();
            trail.seen(&number).is_none_or(|seen| seen.etag != digest(mark, parent))
        };
        let ids: Vec<Value> =
            parents.iter().filter(|parent| differs(parent)).filter_map(|parent| parent.get("id").cloned()).collect();
        let query = self.query_by_ids();
        let mut whole = Vec::new();
        for ids in ids.chunks(usize::try_from(self.at_once).unwrap_or(1)) {
            let mut told = reader.query(&query, json!({ "ids": ids })).await?;
            let Some(Value::Array(nodes)) = told.data.get_mut("nodes").map(Value::take) else {
                return Err(reader.refused(&told));
            };
            // One that went meanwhile is null.
            whole.extend(nodes.into_iter().filter(|node| !node.is_null()));
        }
        Ok(whole)
    }

    /// One page of parents, or of their marks.
    async fn ask(&self, reader: &Reader, memory: &Value, mark: Option<&Mark>) -> Result<(Connection, Step), Error> {
        let text = |field| memory.get(field).and_then(Value::as_str);
        let mut first = match (text("until"), text("after")) {
            (Some(_), None) => NEWS,
            _ if mark.is_some() => MARKS_AT_ONCE,
            _ => memory.get(FEWER).and_then(Value::as_u64).unwrap_or(self.at_once).clamp(1, self.at_once),
        };
        let mut fewer = memory.get(FEWER).cloned().unwrap_or_default();
        let query = self.query(mark);
        loop {
            let mut variables = json!({ "first": first, "after": text("after") });
            if self.parents == Parents::Issues {
                variables["since"] = json!(text("since"));
            }
            let mut told = match reader.query_repository(&query, variables).await {
                // It took too long.
                Err(Error::Status { status: 502 | 504, .. } | Error::Query { kind: None, .. }) if first > 1 => {
                    first = first.div_ceil(4);
                    fewer = first.into();
                    continue;
                }
                told => told?,
            };
            let parents = told.data.pointer_mut("/repository/parents").map(Value::take);
            let Some(found) = parents.and_then(Connection::of) else { return Err(reader.refused(&told)) };
            let memory = if fewer.is_null() { Value::Null } else { json!({ FEWER: fewer }) };
            return Ok((found, Step { observed: told.observed, memory, ..Step::default() }));
        }
    }

    fn query(&self, mark: Option<&Mark>) -> String {
        let (variables, list) = match self.parents {
            Parents::Issues => (
                "$since: DateTime",
                "issues(first: $first, after: $after, filterBy: {since: $since}, \
                 orderBy: {field: UPDATED_AT, direction: ASC})",
            ),
            Parents::PullRequests => {
                ("", "pullRequests(first: $first, after: $after, orderBy: {field: UPDATED_AT, direction: DESC})")
            }
            Parents::Discussions => {
                ("", "discussions(first: $first, after: $after, orderBy: {field: UPDATED_AT, direction: DESC})")
            }
        };
        let selection = self.selection(mark);
        format!(
            "query($owner: String!, $name: String!, $first: Int!, $after: String {variables}) {{ \
             repository(owner: $owner, name: $name) {{ parents: {list} {{ \
             pageInfo {{ hasNextPage endCursor }} nodes {{ {selection} }} }} }} }}"
        )
    }

    /// The query of everything of parents that are known.
    fn query_by_ids(&self) -> String {
        let (kind, selection) = (self.parents.kind(), self.selection(None));
        format!("query($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on {kind} {{ {selection} }} }} }}")
    }

    /// All that it asks.
    #[cfg(test)]
    pub(super) fn queries(&self) -> Vec<String> {
        let own = [self.query(None), self.query_by_ids()].into_iter();
        own.chain(self.mark.as_ref().map(|mark| self.query(Some(mark))))
            .chain(self.lists.iter().flat_map(List::queries))
            .collect()
    }

    /// What is asked of each parent.
    fn selection(&self, mark: Option<&Mark>) -> String {
        if let Some(mark) = mark {
            return format!("id number updatedAt {}", mark.fields);
        }
        let lists: String = self.lists.iter().map(|list| format!(" {}", list.selection())).collect();
        format!("id number updatedAt {}{lists}", self.fields)
    }
}

fn number(parent: &Value) -> Option<u64> {
    parent.get("number")?.as_u64()
}

/// Whether marks are asked for: by a full reading of what another one read before it.
fn is_marked(memory: &Value, trail: &Trail) -> bool {
    let is_beginning = ["since", "until", "after"].iter().all(|field| memory.get(*field).is_none_or(Value::is_null));
    let goes_on = memory.get(MARKED).and_then(Value::as_bool).unwrap_or_default();
    is_full(memory) && if is_beginning { !trail.is_empty() } else { goes_on }
}

/// The memory of a reading that begins.
fn without_cursor(memory: &Value) -> Value {
    let mut memory = memory.clone();
    if let Some(fields) = memory.as_object_mut() {
        fields.retain(|field, _| !["after", "newest", "page"].contains(&field.as_str()));
    }
    memory
}

fn digest(mark: &Mark, parent: &Value) -> String {
    hex(&Sha256::digest((mark.of)(parent).to_string()))[..16].to_owned()
}

impl Parents {
    /// The type of each.
    fn kind(self) -> &'static str {
        match self {
            Parents::Issues => "Issue",
            Parents::PullRequests => "PullRequest",
            Parents::Discussions => "Discussion",
        }
    }

    fn directory(self) -> &'static str {
        match self {
            Parents::Issues => "issues",
            Parents::PullRequests => "pulls",
            Parents::Discussions => "discussions",
        }
    }
}
