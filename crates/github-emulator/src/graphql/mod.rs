//! The GraphQL API: a subset of GitHub's schema.
//!
//! The documents are parsed by `graphql-parser` and carried out by a small executor: a server
//! library would give GitHub's errors another shape, and cost every build of what links the
//! emulator more than the subset is worth. What is not in the subset is an error, as a field which
//! GitHub does not have would be; below a null it goes unnoticed.

mod account;
mod arguments;
mod connection;
mod execution;
mod page;
mod project;
mod query;
mod release;
mod repository;
mod tracker;
mod value;

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::caller::Caller;
use crate::github::GitHub;
use crate::limits::Budget;
use crate::representation::Base;
use crate::rest::Answer;

/// The page which says how to authenticate.
const AUTHENTICATION: &str =
    "https://docs.github.com/graphql/guides/forming-calls-with-graphql#authenticating-with-graphql";

/// Where GraphQL is answered, on github.com and on a GitHub Enterprise Server.
const PATHS: [&str; 2] = ["/graphql", "/api/graphql"];

/// What a query is about.
pub(crate) struct Context<'a> {
    pub(crate) github: &'a GitHub,
    pub(crate) caller: &'a Caller,
    pub(crate) base: Base,
    pub(crate) budget: Budget,
}

/// Whether a path is that of the GraphQL API.
pub(crate) fn is_path(path: &str) -> bool {
    PATHS.contains(&path)
}

/// Answers a query.
pub(crate) fn answer(context: &Context<'_>, body: &[u8]) -> Answer {
    if !context.caller.is_authenticated() {
        let mut answer = Answer::error(StatusCode::UNAUTHORIZED, "This endpoint requires you to be authenticated.");
        answer.body["documentation_url"] = json!(AUTHENTICATION);
        return answer;
    }
    let Ok(request) = serde_json::from_slice::<Value>(body) else {
        return Answer::error(StatusCode::BAD_REQUEST, "Problems parsing JSON");
    };
    let Some(text) = request["query"].as_str() else {
        return Answer::ok(
            json!({ "errors": [{ "message": "A query attribute must be specified and must be a string." }] }),
        );
    };
    Answer::ok(execution::execute(context, text, &request["variables"], request["operationName"].as_str()))
}
