//! How repositories are looked at, and how many at once.

use std::time::Duration;

use clap::{Args, ValueEnum};
use gitark::backup::{self, Options};

use super::{Resources, parse_duration};

/// How repositories are looked at, and how many at once.
#[derive(Args, Clone, Debug)]
pub(crate) struct Looks {
    /// Repositories at once, at most: fewer when the server says that it is too much
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=100))]
    concurrency: u16,
    /// How to look at what may not have changed
    #[arg(long, value_name = "HOW", value_enum, default_value_t = Check::Auto)]
    check: Check,
    /// With --check auto, look at each repository in full at least so often
    #[arg(long, value_name = "TIME", default_value = "7d", value_parser = parse_duration)]
    full_check_every: Duration,
    /// Leave wikis out
    #[arg(long)]
    no_wikis: bool,
    #[command(flatten)]
    resources: Resources,
}

/// How to look at what may not have changed.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Check {
    /// Fast when there are more than 50, each in full from time to time
    Auto,
    /// By what GitHub's API tells of many at once
    Fast,
    /// By all references of each
    Full,
}

impl Looks {
    /// For the listing.
    pub(crate) fn check(&self) -> backup::Check {
        match self.check {
            Check::Auto => backup::Check::Auto,
            Check::Fast => backup::Check::Fast,
            Check::Full => backup::Check::Full,
        }
    }

    /// For the run; the rest as it is by default.
    pub(crate) fn options(&self) -> Options {
        Options {
            concurrency: self.concurrency.into(),
            check: self.check(),
            full_look_every: self.full_check_every,
            wikis: !self.no_wikis,
            resources: self.resources.chosen(),
            max_file_bytes: self.resources.max_file_bytes(),
            ..Options::default()
        }
    }
}
