//! Findings on stdout, as they are made.

use std::{io::Write as _, io::stdout};

use gitark::{
    finding::{Finding, Verdict},
    monitor::count,
};

use crate::{arguments::Talk, output, terminal};

/// Columns of the word for the result, and of what was looked at.
const RESULT: usize = 9;
const CHECK: usize = 16;
/// What is longer is hard to read; what is narrower is left to the terminal.
const WIDEST: usize = 100;
const NARROWEST: usize = 60;

/// Shows findings.
pub(super) struct Show {
    json: bool,
    quiet: bool,
    /// Where lines are broken; never where no terminal is.
    width: Option<usize>,
    of: String,
    counts: [u64; 4],
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Ok => "ok",
        Verdict::Warning => "warning",
        Verdict::Problem => "problem",
        Verdict::Skipped => "skipped",
    }
}

impl Show {
    pub(super) fn new(json: bool, talk: Talk) -> Self {
        // COLUMNS is for those who want lines broken where there is no terminal.
        let columns = std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok());
        let of_terminal = console::Term::stdout().size_checked().map(|(_, width)| usize::from(width));
        let width = of_terminal.or(columns).map(|width| width.clamp(NARROWEST, WIDEST));
        Self { json, quiet: talk.quiet, width, of: String::new(), counts: [0; 4] }
    }

    /// Shows one. Whoever does not read it does not change what it says.
    pub(super) fn show(&mut self, finding: &Finding) {
        self.counts[finding.result as usize] += 1;
        let out = &mut stdout().lock();
        if self.json {
            let _ = output::json(out, finding);
            return;
        }
        if self.quiet && finding.result != Verdict::Problem {
            return;
        }
        let mut text = String::new();
        if self.of != finding.of {
            let gap = if self.of.is_empty() { "" } else { "\n" };
            text.push_str(&format!("{gap}{}\n", finding.of));
            self.of.clone_from(&finding.of);
        }
        let head = format!("{:<RESULT$}{:<CHECK$}", word(finding.result), finding.check);
        text.push_str(&self.broken(&head, &finding.found));
        if let Some(advice) = &finding.advice {
            text.push_str(&self.broken(&format!("{:>width$}", "-> ", width = RESULT + CHECK), advice));
        }
        let _ = out.write_all(text.as_bytes());
    }

    /// `text` behind `head`, on lines that are as long as they may be.
    fn broken(&self, head: &str, text: &str) -> String {
        let mut broken = format!("{head} ").trim_end().to_owned();
        let mut column = head.chars().count();
        broken.push_str(&" ".repeat(column.saturating_sub(broken.chars().count())));
        let mut is_first = true;
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            let length = word.chars().count();
            let is_full = self.width.is_some_and(|width| column + 1 + length > width);
            if is_full && !is_first {
                broken.push_str(&format!("\n{:indent$}", "", indent = RESULT + CHECK));
                column = RESULT + CHECK;
            } else if !is_first {
                broken.push(' ');
                column += 1;
            }
            broken.push_str(word);
            column += length;
            is_first = false;
        }
        broken.push('\n');
        broken
    }

    /// The sum, for people.
    pub(super) fn end(&self) {
        if self.json || self.quiet {
            return;
        }
        let [ok, warnings, problems, skipped] = self.counts;
        let all = self.counts.iter().sum();
        let parts =
            [(ok, "ok".to_owned()), (warnings, noun(warnings, "warning")), (problems, noun(problems, "problem"))];
        let mut parts: Vec<String> = parts
            .into_iter()
            .filter(|(number, _)| *number > 0)
            .map(|(number, noun)| format!("{number} {noun}"))
            .collect();
        if skipped > 0 {
            parts.push(format!("{skipped} skipped"));
        }
        terminal::write_line(&format!("{}: {}", count(all, "check"), parts.join(", ")));
    }

    pub(super) fn has_problem(&self) -> bool {
        self.counts[Verdict::Problem as usize] > 0
    }
}

fn noun(number: u64, noun: &str) -> String {
    if number == 1 { noun.to_owned() } else { format!("{noun}s") }
}
