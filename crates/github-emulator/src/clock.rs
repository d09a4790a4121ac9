//! What time it is on the emulated GitHub.

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;

use crate::github::GitHub;

impl GitHub {
    /// Lets the clock be off by these seconds: that of the `Date` header, of rate limits, and of
    /// what expires. Times of repositories are not affected.
    pub fn set_clock_offset(&self, seconds: i64) {
        self.state().clock_offset = seconds;
    }

    /// Now, in milliseconds since the epoch.
    pub(crate) fn now_in_milliseconds(&self) -> i64 {
        Timestamp::now().as_millisecond() + self.state().clock_offset * 1000
    }

    /// Now, in seconds since the epoch.
    pub(crate) fn now(&self) -> i64 {
        self.now_in_milliseconds() / 1000
    }

    /// Now, as the `Date` header has it.
    pub(crate) fn date(&self) -> Option<String> {
        let now = Timestamp::from_second(self.now()).ok()?;
        DateTimePrinter::new().timestamp_to_rfc9110_string(&now).ok()
    }
}
