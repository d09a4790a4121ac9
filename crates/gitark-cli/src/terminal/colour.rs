//! Colour, sparingly: no line means anything by its colour alone.

use std::{ffi::OsString, io::IsTerminal as _, sync::OnceLock};

use clap::ValueEnum;
use console::Style;

/// When stderr has colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Colour {
    /// On a terminal, unless NO_COLOR is set or TERM is dumb; with CLICOLOR_FORCE anywhere
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

static IS_ON: OnceLock<bool> = OnceLock::new();

impl Colour {
    /// Decides for this process; whether there are colours.
    pub(super) fn choose(self) -> bool {
        *IS_ON.get_or_init(|| self.is_on(std::io::stderr().is_terminal(), &|name| std::env::var_os(name)))
    }

    /// See <https://no-color.org> and <https://bixense.com/clicolors>. Variables that are empty are as good as unset.
    fn is_on(self, is_terminal: bool, variable: &dyn Fn(&str) -> Option<OsString>) -> bool {
        let set = |name| variable(name).filter(|value| !value.is_empty());
        match self {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto if set("NO_COLOR").is_some() => false,
            Colour::Auto if set("CLICOLOR_FORCE").is_some_and(|value| value != "0") => true,
            Colour::Auto => is_terminal && set("TERM").is_some_and(|value| value != "dumb"),
        }
    }
}

/// A failure's word.
pub(crate) fn red(word: &str) -> String {
    paint(word, Style::new().red().bold())
}

/// A warning's word.
pub(super) fn yellow(word: &str) -> String {
    paint(word, Style::new().yellow())
}

fn paint(word: &str, style: Style) -> String {
    style.force_styling(IS_ON.get().copied().unwrap_or(false)).apply_to(word).to_string()
}

#[cfg(test)]
mod tests {
    use super::Colour;

    fn with(colour: Colour, is_terminal: bool, variables: &[(&str, &str)]) -> bool {
        let find = |name: &str| variables.iter().find(|(found, _)| *found == name).map(|(_, value)| (*value).into());
        colour.is_on(is_terminal, &find)
    }

    #[test]
    fn colours_are_for_terminals_that_want_them() {
        let term = ("TERM", "xterm");
        assert!(with(Colour::Auto, true, &[term]));
        assert!(!with(Colour::Auto, false, &[term]));
        assert!(!with(Colour::Auto, true, &[("TERM", "dumb")]));
        assert!(!with(Colour::Auto, true, &[]));
        assert!(!with(Colour::Auto, true, &[term, ("NO_COLOR", "1")]));
        assert!(with(Colour::Auto, true, &[term, ("NO_COLOR", "")]), "empty is unset");
        assert!(with(Colour::Auto, false, &[("CLICOLOR_FORCE", "1")]));
        assert!(!with(Colour::Auto, false, &[("CLICOLOR_FORCE", "0")]));
        assert!(!with(Colour::Auto, false, &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    }

    #[test]
    fn the_flag_stands_above_the_environment() {
        assert!(with(Colour::Always, false, &[("NO_COLOR", "1")]));
        assert!(!with(Colour::Never, true, &[("TERM", "xterm"), ("CLICOLOR_FORCE", "1")]));
    }
}
