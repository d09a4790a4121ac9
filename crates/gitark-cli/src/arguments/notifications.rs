//! Who is told of the end of a run.

use clap::Args;

use crate::notify::{self, Message};

/// Who is told of the end of a run.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Notification")]
pub(crate) struct Notifications {
    /// Send a Slack message at the end, by the webhook that is there: ssm:NAME, secretsmanager:NAME#KEY, env:NAME or
    /// file:PATH
    #[arg(long, value_name = "REFERENCE")]
    slack_webhook_from: Option<String>,
    /// A link in the message, to the job that runs this
    #[arg(long, value_name = "URL")]
    pub(crate) execution_url: Option<String>,
}

impl Notifications {
    /// Sends the message that `tell` writes, if anybody wants one.
    pub(crate) async fn send(&self, tell: impl FnOnce(&mut Message)) {
        let Some(reference) = &self.slack_webhook_from else { return };
        let mut message = Message::default();
        tell(&mut message);
        if let Some(url) = &self.execution_url {
            message.link(url);
        }
        notify::slack(reference, &message).await;
    }
}
