//! `github-emulator`: a GitHub to develop and test against.

use clap::Parser;
use github_emulator::cli::{Arguments, run};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    run(Arguments::parse()).await
}
