//! What a command said and how it ended.

use std::process::{Command, Output};

use serde_json::Value;

/// A command that ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    pub(crate) fn of(command: &mut Command) -> Self {
        Self::from(command.output().unwrap())
    }

    /// Asserts the exit code, and that nothing was said that no user should see.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}stderr:\n{}", self.stdout, self.stderr);
        for word in ["panicked", "stack backtrace", "\u{1b}"] {
            assert!(!self.stderr.contains(word), "{word:?} in {}", self.stderr);
        }
        self
    }

    /// Asserts that no value was printed as programmers see it.
    #[track_caller]
    pub(crate) fn shows_no_value(self) -> Self {
        for word in ["Error {", "Message {", "Some(", "kind:", "Os {"] {
            assert!(!self.stderr.contains(word), "{word:?} in {}", self.stderr);
        }
        self
    }

    /// Asserts that exactly one line says what failed, and that it holds these words.
    #[track_caller]
    pub(crate) fn says(self, words: &[&str]) -> Self {
        let lines = self.failures();
        let [line] = lines[..] else {
            panic!("one line about the failure was expected:\n{}", self.stderr);
        };
        for word in words {
            assert!(line.contains(word), "{word:?} is not in {line:?}");
        }
        assert!(line.chars().count() < 500, "too long: {line}");
        eprintln!("    {line}");
        self
    }

    /// The lines that tell of a failure: one of the run's, or one of a repository's.
    pub(crate) fn failures(&self) -> Vec<&str> {
        let is_failure = |line: &&str| {
            let of_the_run = ["gitark: ", "error: "].iter().any(|start| line.starts_with(start));
            of_the_run || [": FAILED: ", ": DAMAGED: "].iter().any(|word| line.contains(word))
        };
        self.stderr.lines().filter(is_failure).collect()
    }

    /// Asserts that the summary has these rows, with these values.
    #[track_caller]
    pub(crate) fn sums(self, rows: &[(&str, &str)]) -> Self {
        for (label, value) in rows {
            let has = |line: &str| {
                let rest = line.strip_prefix("  ").and_then(|line| line.strip_prefix(label));
                rest.is_some_and(|rest| rest.trim() == *value || rest.trim().starts_with(&format!("{value}  ")))
            };
            assert!(self.stderr.lines().any(has), "no row {label:?} with {value:?}:\n{}", self.stderr);
        }
        self
    }

    /// Every line of stderr as JSON.
    #[track_caller]
    pub(crate) fn log(&self) -> Vec<Value> {
        self.stderr.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
    }

    /// Every line of stdout as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Vec<Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let code = output.status.code().unwrap_or(-1);
        Self { code, stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}
