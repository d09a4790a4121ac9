//! Slack's incoming webhooks.
//!
//! Source: <https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/>. The address is the secret.

use std::time::Duration;

use gitark::{
    cause,
    http::{self, Token},
    retry::RetryPolicy,
};
use reqwest::StatusCode;
use serde_json::json;
use tokio_util::sync::CancellationToken;
use url::Url;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// The longest that Slack is waited for when it asks for it.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// How much is shown of what Slack says: its errors are a word.
const SHOWN_CHARACTERS: usize = 100;

/// What went wrong, without the address.
struct Problem {
    text: String,
    may_pass: bool,
    pause: Option<Duration>,
}

/// Sends a text to the webhook.
pub(super) async fn send(webhook: &Token, text: &str) -> Result<(), String> {
    let url = Url::parse(webhook.secret()).ok().filter(|url| matches!(url.scheme(), "https" | "http"));
    let url = url.ok_or("the webhook is no address of the form https://hooks.slack.com/services/…")?;
    let client = http::client(PATIENCE, b"").map_err(|error| cause::chain(&error.without_url()))?;
    let retry = RetryPolicy { retries: 1, ..RetryPolicy::default() };
    let never = CancellationToken::new();
    let sent = retry.run(
        &never,
        |problem: &Problem| problem.may_pass,
        |problem| problem.pause,
        |problem, wait| tracing::info!("Slack: {}, again in {wait:?}", problem.text),
        || post(&client, &url, text),
    );
    sent.await.map_err(|problem| problem.text)
}

async fn post(client: &reqwest::Client, url: &Url, text: &str) -> Result<(), Problem> {
    let request = client.post(url.clone()).header("Content-Type", "application/json");
    let request = request.body(json!({ "text": text }).to_string()).timeout(PATIENCE);
    let answer = request.send().await.map_err(|error| {
        let error = error.without_url();
        // After a silence it is not known whether the message came: two are worse than one.
        Problem { may_pass: error.is_connect(), text: cause::chain(&error), pause: None }
    })?;
    let status = answer.status();
    if status.is_success() {
        return Ok(());
    }
    let asked = http::retry_after(answer.headers());
    let said = answer.text().await.unwrap_or_default();
    let said: String = cause::printable(said.trim()).chars().take(SHOWN_CHARACTERS).collect();
    Err(Problem {
        text: format!("Slack answers {} {said}; check the webhook", status.as_u16()).replace(" ;", ";"),
        may_pass: status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS,
        pause: asked.map(|pause| pause.min(LONGEST_PAUSE)),
    })
}
