//! Every example in a command's help can be typed as it stands there.

use clap::{Command, CommandFactory as _};

use super::Arguments;
use crate::settings::{Stop, Tree, command_line};

#[test]
fn every_example_in_the_help_is_a_command_line() {
    let mut seen = 0;
    check(&Arguments::command(), &mut seen);
    assert!(seen > 10, "only {seen} examples were found");
}

fn check(command: &Command, seen: &mut usize) {
    let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    for line in help.lines() {
        let Some(words) = words(line) else { continue };
        assert!(line.chars().count() <= 80, "wider than 80 columns: {line}");
        *seen += 1;
        if let Err(error) = command_line().try_get_matches_from(&words) {
            let text = error.render().to_string();
            match Stop::of_clap(error, &words, &Tree::new()) {
                // What names a job has its vault in the file.
                Stop::Refused { line, .. } if line == "no vault is given" => {}
                _ => panic!("this example cannot be typed:\n{line}\n{text}"),
            }
        }
    }
    command.get_subcommands().for_each(|command| check(command, seen));
}

/// The words of an example: an indented line that runs gitark, up to a gap before what it is for, or to what a shell
/// does with the output.
fn words(line: &str) -> Option<Vec<std::ffi::OsString>> {
    let example = line.strip_prefix("  ")?.split("  ").next()?;
    let example = [" > ", " | ", " && "].iter().fold(example, |text, end| text.split(end).next().unwrap_or(text));
    let words = shlex::split(example).unwrap_or_else(|| panic!("no words for a shell: {line}"));
    let is_assignment = |word: &&String| word.split('=').next().is_some_and(|name| name.to_uppercase() == name);
    let words: Vec<_> = words.iter().skip_while(is_assignment).map(Into::into).collect();
    (words.first().is_some_and(|word| word == "gitark")).then_some(words)
}
