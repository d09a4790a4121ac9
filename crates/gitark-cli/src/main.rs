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

fn main() -> ExitCode {
    let arguments = match arguments::Arguments::read() {
        Ok(arguments) => arguments,
        Err(error) => return terminal::wrong_usage(&error).into(),
    };
    terminal::start_log(arguments.talk);
    command::run(arguments).into()
}
