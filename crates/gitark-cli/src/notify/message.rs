//! What a message says: names, numbers and reason codes. Nothing of what is in a repository, and no words of servers.

use std::time::Duration;

use gitark::{
    backup::report::{Outcome, RepositoryReport, RunReport, Verdict},
    monitor::bytes,
};

use crate::{
    command::backup::advice,
    exit::{Exit, Failure},
    output,
};

/// Repositories that are named, at most.
const MOST_NAMED: usize = 20;

/// A message about the end of a run, in Slack's own markup.
#[derive(Clone, Debug, Default)]
pub(crate) struct Message {
    lines: Vec<String>,
}

impl Message {
    /// The text.
    pub(crate) fn text(&self) -> String {
        self.lines.join("\n")
    }

    /// Adds a run into `vault` that took so long.
    pub(crate) fn report(&mut self, vault: &str, report: &RunReport, time: Duration) {
        let (sign, how) = match report.verdict() {
            Verdict::Done => (":white_check_mark:", "done"),
            Verdict::Partial => (":warning:", "done in part"),
            Verdict::Failed => (":x:", "FAILED"),
            Verdict::DamageFound => (":rotating_light:", "DAMAGE FOUND"),
            Verdict::Interrupted => (":x:", "interrupted"),
        };
        self.lines.push(format!("{sign} *gitark: backup into {}: {how}*", escaped(vault)));
        let counts = [
            ("new", report.count(Outcome::New)),
            ("changed", report.count(Outcome::Changed)),
            ("unchanged", report.count(Outcome::Unchanged)),
            ("damaged", report.count(Outcome::Damaged)),
            ("failed", report.count(Outcome::Failed)),
        ];
        let counts: Vec<String> =
            counts.iter().filter(|(_, rows)| *rows > 0).map(|(word, rows)| format!("{rows} {word}")).collect();
        let labels: Vec<String> = report.repositories.iter().map(RepositoryReport::label).collect();
        let all = output::repositories(labels.iter().map(String::as_str));
        self.lines.push(if counts.is_empty() { all } else { format!("{all}: {}", counts.join(", ")) });
        let sum = |part: fn(&RepositoryReport) -> u64| bytes(report.repositories.iter().map(part).sum());
        self.lines.push(format!(
            "received {}, stored {}, took {}",
            sum(|row| row.work.received_bytes),
            sum(|row| row.work.stored_bytes),
            output::duration(time)
        ));
        if let Some(archives) = &report.archives {
            let failed =
                if archives.failed.is_empty() { String::new() } else { format!(", {} failed", archives.failed.len()) };
            self.lines
                .push(format!("{} zip archives stored, {} there before{failed}", archives.stored, archives.there));
        }
        let bad: Vec<&RepositoryReport> = report.repositories.iter().filter(|row| !row.is_good()).collect();
        for row in bad.iter().take(MOST_NAMED) {
            let why = row.reason.map(|reason| format!(": `{}`, {}", reason.code(), advice(reason))).unwrap_or_default();
            self.lines.push(format!("• {}{why}", escaped(&row.label())));
        }
        if bad.len() > MOST_NAMED {
            self.lines.push(format!("… and {} more; the report has all", bad.len() - MOST_NAMED));
        }
        let failed = report.archives.iter().flat_map(|archives| &archives.failed);
        for one in failed.take(MOST_NAMED) {
            self.lines.push(format!("• archive of {}: `{}`", escaped(&one.repository), one.reason.code()));
        }
        for one in &report.shrunk {
            self.lines.push(format!("• {} {}", escaped(&one.source), escaped(&one.to_string())));
        }
    }

    /// Adds work that failed as a whole. Its words may be a server's: only the reason is told.
    pub(crate) fn failure(&mut self, what: &str, failure: &Failure) {
        let how = match failure.exit {
            Exit::Interrupted => "was interrupted",
            _ => "FAILED",
        };
        let why = failure.reason.map(|reason| format!(": `{}`, {}", reason.code(), advice(reason)));
        let why = why.unwrap_or_else(|| "; the log says why".into());
        self.lines.push(format!(":x: *gitark: {} {how}*{why}", escaped(what)));
    }

    /// Adds a line as it is.
    pub(crate) fn line(&mut self, text: &str) {
        self.lines.push(escaped(text));
    }

    /// Adds a link to the execution.
    pub(crate) fn link(&mut self, url: &str) {
        self.lines.push(format!("<{}|Execution>", escaped(url)));
    }
}

/// A text that is no markup: names are whatever people gave.
///
/// Source: <https://docs.slack.dev/messaging/formatting-message-text/#escaping>
fn escaped(text: &str) -> String {
    gitark::cause::printable(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use gitark::backup::Reason;

    use super::*;

    #[test]
    fn a_failure_tells_its_reason_and_not_its_words() {
        let mut message = Message::default();
        let failure = Failure::new(Exit::Failed, "a server's <words>").because(Reason::Unauthorized);
        message.failure("backup into <x>&y", &failure);
        message.link("https://example.com/?a=1&b=2");
        let text = message.text();
        assert!(text.starts_with(":x: *gitark: backup into &lt;x&gt;&amp;y FAILED*: `unauthorized`, "), "{text}");
        assert!(text.ends_with("\n<https://example.com/?a=1&amp;b=2|Execution>") && !text.contains("server"), "{text}");
    }
}
