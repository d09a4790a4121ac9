//! The command line: `github-emulator` serves the repositories of a directory.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;

use crate::github::GitHub;
use crate::server::Emulator;
use crate::tracker::Fill;

/// The time for which a rate limit counts, as on GitHub.
const RATE_LIMIT_WINDOW: Duration = Duration::from_secs(3600);

/// A GitHub to develop and test against: a subset of its REST and GraphQL APIs, and repositories to
/// clone.
///
/// The repositories are the directories OWNER/NAME.git below the root, wikis are
/// OWNER/NAME.wiki.git. The API answers at the URL printed and below /api/v3, GraphQL at /graphql and
/// /api/graphql. All repositories are public.
#[derive(Debug, Parser)]
#[command(name = "github-emulator", version)]
pub struct Arguments {
    /// The address to listen on; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,

    /// The directory with the repositories, created if missing. Without it GitHub is empty.
    #[arg(long, value_name = "DIR")]
    pub root: Option<PathBuf>,

    /// A token which is accepted; all others are refused then.
    #[arg(long, requires = "login")]
    pub token: Option<String>,

    /// The user the token belongs to.
    #[arg(long, requires = "token")]
    pub login: Option<String>,

    /// The REST requests, and as many GraphQL requests, of each token in an hour.
    #[arg(long, value_name = "N")]
    pub rate_limit: Option<u64>,

    /// The milliseconds before each answer.
    #[arg(long, value_name = "MS", default_value_t = 0)]
    pub latency: u64,

    /// The issues which each repository gets.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub issues: u64,

    /// The pull requests which each repository gets, with a commit each.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub pull_requests: u64,

    /// The comments in the issues and pull requests of each repository.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub comments: u64,

    /// The comments on lines of the pull requests of each repository.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub review_comments: u64,

    /// The bytes of an asset in a release which each repository gets; they are made while they are sent.
    #[arg(long, value_name = "BYTES")]
    pub asset_bytes: Option<u64>,

    /// Give every repository and account an example of everything that can be set.
    #[arg(long)]
    pub settings: bool,
}

impl Arguments {
    /// What each repository's tracker is filled with.
    fn fill(&self) -> Result<Fill, &'static str> {
        let Arguments { issues, pull_requests, comments, review_comments, .. } = *self;
        if comments > 0 && issues + pull_requests == 0 {
            return Err("--comments needs --issues or --pull-requests");
        }
        if review_comments > 0 && pull_requests == 0 {
            return Err("--review-comments needs --pull-requests");
        }
        Ok(Fill { issues, pull_requests, comments, review_comments })
    }
}

/// Serves until Ctrl-C.
pub async fn run(arguments: Arguments) -> io::Result<()> {
    let fill = arguments.fill().map_err(|message| io::Error::new(io::ErrorKind::InvalidInput, message))?;
    let github = match arguments.root {
        Some(root) => GitHub::at(root),
        None => GitHub::new(),
    };
    if let (Some(token), Some(login)) = (&arguments.token, &arguments.login) {
        github.set_token(token, login);
    }
    if let Some(requests) = arguments.rate_limit {
        github.set_rate_limit(requests, RATE_LIMIT_WINDOW);
    }
    if fill != Fill::default() {
        github.repositories().iter().for_each(|repository| repository.fill_tracker(fill));
    }
    for (repository, bytes) in github.repositories().iter().zip(arguments.asset_bytes.into_iter().cycle()) {
        let release = repository.create_release("v1.0");
        let asset = repository.upload_large_asset(release, "image.iso", bytes);
        // To find it takes longer than to send the bytes.
        repository.hide_asset_digest(asset);
    }
    if arguments.settings {
        github.fill_settings();
    }
    github.set_latency(Duration::from_millis(arguments.latency));
    let emulator = Emulator::start_at(github, arguments.listen).await?;
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{}", emulator.url())?;
    stdout.flush()?;
    drop(stdout);
    tokio::signal::ctrl_c().await?;
    emulator.stop().await;
    Ok(())
}
