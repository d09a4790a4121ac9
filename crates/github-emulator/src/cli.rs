//! The command line: `github-emulator` serves the repositories of a directory.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Parser;

use crate::github::GitHub;
use crate::server::Emulator;

/// A GitHub to develop and test against: a subset of the REST API, and repositories to clone.
///
/// The repositories are the directories OWNER/NAME.git below the root, wikis are
/// OWNER/NAME.wiki.git. The API answers at the URL printed and below /api/v3. All repositories are
/// public.
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
}

/// Serves until Ctrl-C.
pub async fn run(arguments: Arguments) -> io::Result<()> {
    let github = match arguments.root {
        Some(root) => GitHub::at(root),
        None => GitHub::new(),
    };
    if let (Some(token), Some(login)) = (&arguments.token, &arguments.login) {
        github.set_token(token, login);
    }
    let emulator = Emulator::start_at(github, arguments.listen).await?;
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{}", emulator.url())?;
    stdout.flush()?;
    drop(stdout);
    tokio::signal::ctrl_c().await?;
    emulator.stop().await;
    Ok(())
}
