//! What clap says of a command line: before that is read, nothing else knows how stderr is to be written.

use std::ffi::OsString;

use crate::{
    exit::{Exit, Failure},
    terminal::{self, LogFormat},
};

/// The value of an option on this process' command line, whether or not the rest of it is right.
pub(crate) fn asked(option: &str) -> Option<String> {
    value_of(option, std::env::args_os())
}

fn value_of(option: &str, arguments: impl Iterator<Item = OsString>) -> Option<String> {
    let mut arguments = arguments.skip(1).map(|argument| argument.to_string_lossy().into_owned());
    let mut found = None;
    while let Some(argument) = arguments.next().filter(|argument| argument != "--") {
        match argument.strip_prefix(option) {
            Some("") => found = arguments.next(),
            Some(rest) => found = rest.strip_prefix('=').map(str::to_owned).or(found),
            None => {}
        }
    }
    found
}

/// Says what is wrong with the command line, or the help or version that it asks for.
pub(crate) fn wrong_usage(error: &clap::Error) -> Exit {
    if error.use_stderr() && asked("--log-format").as_deref() == Some("json") {
        super::log::set_format(LogFormat::Json);
        let text = error.render().to_string();
        let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let message = lines.join("; ");
        terminal::failed(&Failure::new(Exit::Usage, message.strip_prefix("error: ").unwrap_or(&message)), None);
        return Exit::Usage;
    }
    // Nobody reads an output that is closed.
    let _ = error.print();
    if error.use_stderr() { Exit::Usage } else { Exit::Done }
}

#[cfg(test)]
mod tests {
    use super::value_of;

    #[test]
    fn an_option_is_found_as_clap_would_find_it() {
        let find = |line: &str| value_of("--color", line.split(' ').map(Into::into));
        assert_eq!(find("gitark list --color never").as_deref(), Some("never"));
        assert_eq!(find("gitark --color=always list").as_deref(), Some("always"));
        assert_eq!(find("gitark list -- --color never"), None);
        assert_eq!(find("gitark list --colors never"), None);
        assert_eq!(find("gitark list --color"), None);
    }
}
