//! Messages about the end of a run. One that cannot be sent is told and changes nothing: the backup is what counts.

mod message;
mod slack;

pub(crate) use message::Message;

use crate::{secret, terminal};

/// Sends `message` by the webhook that `reference` leads to.
pub(crate) async fn slack(reference: &str, message: &Message) {
    if let Err(problem) = try_slack(reference, message).await {
        terminal::say(&format!("warning: the Slack message was not sent: {problem}"));
    }
}

async fn try_slack(reference: &str, message: &Message) -> Result<(), String> {
    let webhook = secret::read(reference, "--slack-webhook-from").await.map_err(|failure| failure.message)?;
    slack::send(&webhook, &message.text()).await
}
