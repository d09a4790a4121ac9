//! How many requests may be made, and how long they take.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde_json::json;

use crate::caller::Caller;
use crate::github::GitHub;
use crate::rest::Answer;
use crate::state::State;

/// Requests per hour with and without a token, told while no limit is set.
const RATE_LIMITS: (u64, u64) = (5000, 60);

const PRIMARY_DOCUMENTATION: &str = "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api";
const SECONDARY_DOCUMENTATION: &str =
    "https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits";

/// How GitHub defends itself beside the rate limit. Requests beyond it are answered by `status`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SecondaryLimit {
    /// The most API requests in flight at once, whoever makes them.
    pub concurrent: Option<usize>,
    /// The most points of a credential within the window: one for each REST or GraphQL request.
    pub points: Option<usize>,
    /// The time within which points count, a minute on GitHub.
    pub window: Duration,
    /// The status which refuses, 403 or 429.
    pub status: u16,
    /// The `Retry-After` header.
    pub retry_after: Option<Duration>,
}

impl Default for SecondaryLimit {
    fn default() -> SecondaryLimit {
        SecondaryLimit {
            concurrent: None,
            points: None,
            window: Duration::from_secs(60),
            status: StatusCode::FORBIDDEN.as_u16(),
            retry_after: None,
        }
    }
}

/// The limits which are set, and what of them is used.
#[derive(Default)]
pub(crate) struct Limits {
    rate: Option<(u64, Duration)>,
    secondary: Option<SecondaryLimit>,
    latency: Option<Duration>,
    /// By credential and resource the requests used, and when they count anew in seconds.
    used: HashMap<(String, &'static str), (u64, i64)>,
    /// By credential the times of the points.
    points: HashMap<String, VecDeque<Instant>>,
}

/// What of a rate limit is used.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    /// What the requests are for: `core` or `graphql`.
    pub(crate) resource: &'static str,
    pub(crate) limit: u64,
    pub(crate) used: u64,
    /// When the requests count anew, in seconds since the epoch.
    pub(crate) reset: i64,
}

impl Budget {
    pub(crate) fn remaining(&self) -> u64 {
        self.limit.saturating_sub(self.used)
    }

    /// Adds the headers which say how many requests are left, unless they are there.
    pub(crate) fn insert_missing(&self, headers: &mut HeaderMap) {
        let numbers = [
            ("x-ratelimit-limit", self.limit),
            ("x-ratelimit-remaining", self.remaining()),
            ("x-ratelimit-used", self.used),
            ("x-ratelimit-reset", self.reset.try_into().unwrap_or_default()),
        ];
        for (name, number) in numbers {
            headers.entry(HeaderName::from_static(name)).or_insert(HeaderValue::from(number));
        }
        headers.entry("x-ratelimit-resource").or_insert(HeaderValue::from_static(self.resource));
    }
}

impl GitHub {
    /// Lets each credential make this many REST requests within a window, and as many GraphQL
    /// requests; those without credentials share one. A window begins with the first request and
    /// ends at a full second. Answers with status 304 are free.
    pub fn set_rate_limit(&self, requests: u64, window: Duration) {
        let mut state = self.state();
        state.limits.rate = Some((requests, window));
        state.limits.used.clear();
    }

    /// Takes the rate limit away.
    pub fn clear_rate_limit(&self) {
        self.state().limits.rate = None;
    }

    /// Sets the secondary limit, or takes it away.
    pub fn set_secondary_limit(&self, limit: Option<SecondaryLimit>) {
        let mut state = self.state();
        state.limits.secondary = limit;
        state.limits.points.clear();
    }

    /// Lets every answer, of any class, begin only after this time.
    pub fn set_latency(&self, latency: Duration) {
        self.state().limits.latency = Some(latency).filter(|latency| !latency.is_zero());
    }

    /// The time before each answer.
    pub(crate) fn latency(&self) -> Option<Duration> {
        self.state().limits.latency
    }

    /// What of a rate limit is used, without using it.
    pub(crate) fn budget(&self, caller: &Caller, resource: &'static str) -> Budget {
        let now = self.now_in_milliseconds();
        self.state().limits.budget(caller, resource, now)
    }

    /// Uses one of a caller's requests: what is left, or the answer when none is left.
    pub(crate) fn take_request(
        &self,
        caller: &Caller,
        resource: &'static str,
        api_requests: usize,
    ) -> (Budget, Option<Answer>) {
        let now = self.now_in_milliseconds();
        let mut state = self.state();
        let mut budget = state.limits.budget(caller, resource, now);
        if let Some(answer) = state.limits.refuse_secondary(caller, api_requests) {
            return (budget, Some(answer));
        }
        if state.limits.rate.is_none() {
            return (budget, None);
        }
        if budget.remaining() == 0 {
            let answer = exceeded(&state, caller, resource);
            return (budget, Some(answer));
        }
        budget.used += 1;
        state.limits.used.insert((caller.credential(), resource), (budget.used, budget.reset));
        (budget, None)
    }

    /// Takes back what a request used.
    pub(crate) fn give_back(&self, caller: &Caller, budget: &mut Budget) {
        let mut state = self.state();
        let used = state.limits.used.get_mut(&(caller.credential(), budget.resource));
        if let Some((used, _)) = used.filter(|(_, reset)| *reset == budget.reset) {
            *used = used.saturating_sub(1);
            budget.used = budget.used.saturating_sub(1);
        }
    }
}

impl Limits {
    fn budget(&self, caller: &Caller, resource: &'static str, now: i64) -> Budget {
        let Some((limit, window)) = self.rate else {
            let limit = if caller.is_authenticated() { RATE_LIMITS.0 } else { RATE_LIMITS.1 };
            return Budget { resource, limit, used: 1, reset: now / 1000 + 3600 };
        };
        let known = self.used.get(&(caller.credential(), resource)).filter(|(_, reset)| reset * 1000 > now);
        let (used, reset) = known.copied().unwrap_or_else(|| {
            let window = i64::try_from(window.as_millis()).unwrap_or(i64::MAX / 2);
            (0, now.saturating_add(window).saturating_add(999) / 1000)
        });
        Budget { resource, limit, used, reset }
    }

    /// The answer to a request beyond the secondary limit.
    fn refuse_secondary(&mut self, caller: &Caller, api_requests: usize) -> Option<Answer> {
        let limit = self.secondary.as_ref()?;
        let now = Instant::now();
        let points = self.points.entry(caller.credential()).or_default();
        while points.front().is_some_and(|&point| now.duration_since(point) >= limit.window) {
            points.pop_front();
        }
        let too_many = limit.concurrent.is_some_and(|concurrent| api_requests > concurrent)
            || limit.points.is_some_and(|limit| points.len() >= limit);
        if !too_many {
            points.push_back(now);
            return None;
        }
        let message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again. \
            If you reach out to GitHub Support for help, please include the request ID.";
        let status = StatusCode::from_u16(limit.status).expect("a status is between 100 and 999");
        let mut answer = Answer::error(status, message);
        answer.body["documentation_url"] = json!(SECONDARY_DOCUMENTATION);
        let seconds = limit.retry_after.map(|after| after.as_millis().div_ceil(1000).to_string());
        answer.headers.extend(seconds.map(|seconds| (header::RETRY_AFTER, seconds)));
        Some(answer)
    }
}

/// The answer to a request beyond the rate limit.
fn exceeded(state: &State, caller: &Caller, resource: &str) -> Answer {
    let user = caller.login().and_then(|login| state.account(login));
    let message = match user {
        Some(user) => format!(
            "API rate limit exceeded for user ID {}. If you reach out to GitHub Support for help, please include \
             the request ID.",
            user.id
        ),
        None => "API rate limit exceeded for 127.0.0.1. (But here's the good news: Authenticated requests get a \
            higher rate limit. Check out the documentation for more details.)"
            .to_owned(),
    };
    if resource == "graphql" {
        return Answer::ok(json!({ "errors": [{ "type": "RATE_LIMITED", "message": message }] }));
    }
    let mut answer = Answer::error(StatusCode::FORBIDDEN, &message);
    answer.body["documentation_url"] = json!(PRIMARY_DOCUMENTATION);
    answer
}
