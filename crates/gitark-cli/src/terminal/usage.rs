//! How stderr is to be written before a command line is understood.

use std::ffi::OsString;

use clap::{ColorChoice, ValueEnum as _};

use super::{Colour, LogFormat};

/// The value of an option on this process' command line, whether or not the rest of it is right.
fn asked(option: &str) -> Option<String> {
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

/// Prepares stderr for what is wrong with a command line, as far as that says how it is to be written.
pub(crate) fn start_before_command() {
    let said = |option, variable| asked(option).or_else(|| std::env::var(variable).ok()).unwrap_or_default();
    super::log::set_format(LogFormat::from_str(&said("--log-format", "GITARK_LOG_FORMAT"), true).unwrap_or_default());
    Colour::from_str(&said("--color", "GITARK_COLOR"), true).unwrap_or_default().choose();
}

/// What `--color` says of the help.
pub(crate) fn help_colour() -> ColorChoice {
    asked("--color").and_then(|when| ColorChoice::from_str(&when, true).ok()).unwrap_or(ColorChoice::Auto)
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
