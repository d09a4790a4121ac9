//! What is running: the version, and the build that it came from.

use std::sync::LazyLock;

/// `-V`: the version and the commit.
pub(crate) const SHORT: &str = concat!(env!("CARGO_PKG_VERSION"), " (", env!("GITARK_COMMIT_SHORT"), ")");

/// `--version`: with all that a report of an error should hold.
pub(crate) fn long() -> &'static str {
    static LONG: LazyLock<String> = LazyLock::new(|| {
        let built = env!("GITARK_BUILT").parse().ok().and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
        format!(
            "{}\ncommit: {}\nbuilt: {}, {}, {}",
            env!("CARGO_PKG_VERSION"),
            env!("GITARK_COMMIT"),
            built.map_or_else(|| "unknown".into(), |time| time.strftime("%Y-%m-%d").to_string()),
            env!("GITARK_PROFILE"),
            env!("GITARK_TARGET"),
        )
    });
    &LONG
}
