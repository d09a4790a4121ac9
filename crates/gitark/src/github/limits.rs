//! What an answer says about GitHub's limits.
//!
//! Source: "Rate limits for the REST API", "Rate limits and query limits for the GraphQL API" in GitHub's
//! documentation.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::{StatusCode, header::HeaderMap};
use serde_json::Value;

use super::answer;
use crate::http;

/// What is counted apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Resource {
    /// REST, which GitHub calls `core`.
    Rest,
    /// GraphQL.
    GraphQl,
}

/// A pause that GitHub asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Limit {
    /// The hour's requests are used up; they come back after this time.
    Primary(Duration),
    /// Too much at once. How long to wait, where GitHub says it.
    Secondary(Option<Duration>),
}

/// The pause that a refusal asks for; none when it is no matter of limits.
pub(super) fn refused(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Option<Limit> {
    let retry_after = http::retry_after(headers);
    if status.is_server_error() {
        // GitHub sends it with 503 too.
        return retry_after.map(|pause| Limit::Secondary(Some(pause)));
    }
    if !matches!(status, StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS) {
        return None;
    }
    if retry_after.is_some() {
        return Some(Limit::Secondary(retry_after));
    }
    if let Some(pause) = used_up(headers) {
        return Some(Limit::Primary(pause));
    }
    let is_secondary = status == StatusCode::TOO_MANY_REQUESTS || names_secondary_limit(body);
    is_secondary.then_some(Limit::Secondary(None))
}

/// When the hour's requests are used up: how long until they come back, by the server's clock.
pub(super) fn used_up(headers: &HeaderMap) -> Option<Duration> {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<i64>().ok();
    if number("x-ratelimit-remaining")? > 0 {
        return None;
    }
    let reset = number("x-ratelimit-reset").and_then(|second| Timestamp::from_second(second).ok());
    // Without a time GitHub's advice is a minute. The end of a second is waited for.
    let pause = reset.map(|reset| reset.duration_since(http::date(headers).unwrap_or_else(Timestamp::now)));
    let pause = pause.map_or(Duration::from_secs(60), |pause| Duration::try_from(pause).unwrap_or_default());
    Some(pause.min(http::LONGEST_PAUSE))
}

/// The pause that a GraphQL answer asks for inside a 200.
pub(super) fn refused_query(errors: &Value) -> Option<Limit> {
    let is_limit = |error: &Value| error.get("type").and_then(Value::as_str) == Some("RATE_LIMITED");
    errors.as_array()?.iter().any(is_limit).then_some(Limit::Secondary(None))
}

/// A secondary limit without any header is told by the page that explains it, or in words.
fn names_secondary_limit(body: &[u8]) -> bool {
    let Some(body) = answer::value(body) else { return false };
    let says = |field: &str, words: &[&str]| {
        let text = body.get(field).and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase();
        words.iter().any(|word| text.contains(word))
    };
    says("documentation_url", &["secondary-rate-limit", "abuse-rate-limit"])
        || says("message", &["secondary rate limit", "abuse detection"])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(fields: &[(&'static str, &str)]) -> HeaderMap {
        fields.iter().map(|(name, value)| (name.parse().expect("a name"), value.parse().expect("a value"))).collect()
    }

    #[test]
    fn a_pause_goes_by_the_servers_clock() {
        // The server's clock is in 2001, ours is not.
        let sent = headers(&[
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-reset", "1000000100"),
            ("date", "Sun, 09 Sep 2001 01:46:40 GMT"),
        ]);
        assert_eq!(refused(StatusCode::FORBIDDEN, &sent, b""), Some(Limit::Primary(Duration::from_secs(100))));
        assert_eq!(used_up(&headers(&[("x-ratelimit-remaining", "1")])), None);
        assert_eq!(used_up(&headers(&[("x-ratelimit-remaining", "0")])), Some(Duration::from_secs(60)));
    }

    #[test]
    fn numbers_that_make_no_sense_make_no_pause_that_does_not_end() {
        let advised = Duration::from_secs(60);
        for (remaining, reset, pause) in [
            ("-5", "-5", Some(Duration::ZERO)),
            ("0", "9223372036854775807", Some(advised)),
            ("0", "99999999999999999999", Some(advised)),
            ("0", "253402207200", Some(http::LONGEST_PAUSE)),
            ("0", "soon", Some(advised)),
            ("99999999999999999999", "0", None),
            ("none", "0", None),
            ("", "", None),
        ] {
            let sent = headers(&[("x-ratelimit-remaining", remaining), ("x-ratelimit-reset", reset)]);
            assert_eq!(used_up(&sent), pause, "{remaining} {reset}");
        }
        for (retry_after, pause) in [
            ("18446744073709551615", Some(http::LONGEST_PAUSE)),
            ("99999999999999999999999", Some(http::LONGEST_PAUSE)),
            ("Mon, 01 Jan 9990 00:00:00 GMT", Some(http::LONGEST_PAUSE)),
            ("Thu, 01 Jan 1970 00:00:00 GMT", Some(Duration::ZERO)),
            ("-1", None),
            ("1.5", None),
            ("later", None),
            ("", None),
        ] {
            assert_eq!(http::retry_after(&headers(&[("retry-after", retry_after)])), pause, "{retry_after}");
        }
    }

    proptest::proptest! {
        #![proptest_config(crate::cases::cases(256))]

        #[test]
        fn no_header_is_too_much(
            numbers in ["[-+0-9]{0,24}", "[-+0-9]{0,24}", "[ -~]{0,40}", "[ -~]{0,40}"],
            status in proptest::sample::select(vec![403_u16, 429, 503]),
        ) {
            let [remaining, reset, retry_after, date] = &numbers;
            let sent = headers(&[
                ("x-ratelimit-remaining", remaining),
                ("x-ratelimit-reset", reset),
                ("retry-after", retry_after),
                ("date", date),
            ]);
            let limit = refused(StatusCode::from_u16(status).expect("a status"), &sent, b"");
            if let Some(Limit::Primary(pause) | Limit::Secondary(Some(pause))) = limit {
                proptest::prop_assert!(pause <= http::LONGEST_PAUSE);
            }
        }
    }

    #[test]
    fn refusals_that_are_no_limits_are_told_apart() {
        let limit = |status: u16, fields: &[(&'static str, &str)], body: &str| {
            refused(StatusCode::from_u16(status).expect("a status"), &headers(fields), body.as_bytes())
        };
        let after = |seconds| Some(Limit::Secondary(Some(Duration::from_secs(seconds))));
        assert_eq!(limit(403, &[("x-ratelimit-remaining", "4999")], r#"{"message": "Must have admin rights"}"#), None);
        assert_eq!(limit(404, &[("retry-after", "9")], ""), None);
        assert_eq!(limit(500, &[], ""), None);
        assert_eq!(limit(403, &[("retry-after", "9"), ("x-ratelimit-remaining", "0")], ""), after(9));
        assert_eq!(limit(429, &[("retry-after", "9")], ""), after(9));
        assert_eq!(limit(503, &[("retry-after", "9")], ""), after(9));
        assert_eq!(limit(429, &[], ""), Some(Limit::Secondary(None)));
        let words = r#"{"message": "You have exceeded a secondary rate limit. Please wait."}"#;
        assert_eq!(limit(403, &[("x-ratelimit-remaining", "4999")], words), Some(Limit::Secondary(None)));
        let page = r#"{"documentation_url": "https://docs.github.com/x#about-secondary-rate-limits"}"#;
        assert_eq!(limit(403, &[], page), Some(Limit::Secondary(None)));
    }
}
