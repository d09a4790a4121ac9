//! The `gitark` command.

mod arguments;
mod command;
mod demo;
mod exit;
mod interrupt;
mod output;
mod place;
mod terminal;
mod token;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let arguments = arguments::Arguments::parse();
    terminal::start_log(arguments.talk);
    command::run(arguments).into()
}
