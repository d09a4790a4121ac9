//! How many requests may be made.

use axum::http::{HeaderMap, HeaderName, HeaderValue};

use crate::caller::Caller;
use crate::clock;

/// Requests per hour with and without a token.
const RATE_LIMITS: (u64, u64) = (5000, 60);

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
    /// What is told while no limit is set.
    pub(crate) fn unlimited(caller: &Caller, resource: &'static str) -> Budget {
        let limit = if caller.is_authenticated() { RATE_LIMITS.0 } else { RATE_LIMITS.1 };
        Budget { resource, limit, used: 1, reset: clock::now() + 3600 }
    }

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
