//! The `gitark` command.

mod arguments;
mod command;
mod demo;
mod exit;
mod interrupt;
mod lambda;
mod notify;
mod output;
mod place;
mod secret;
mod settings;
mod terminal;
mod token;
mod version;

use std::process::ExitCode;

fn main() -> ExitCode {
    let words = lambda::words(std::env::args_os().collect());
    match settings::read(&words, &|name| std::env::var_os(name)) {
        Ok(invocation) => {
            terminal::start_log(invocation.talk);
            command::run(invocation).into()
        }
        Err(stop) => {
            terminal::start_before_command();
            stop.tell().into()
        }
    }
}
