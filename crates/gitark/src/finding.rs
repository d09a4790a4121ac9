//! What a look at something found, and what to do about it.

use serde::Serialize;

use crate::cause::printable;

/// Whether what was found will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// A backup works, but not all is as it should be.
    Warning,
    /// A backup will fail, or not be safe.
    Problem,
    /// Not looked at.
    Skipped,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at: a word or two that stay the same.
    pub check: String,
    /// Of what: an API, a token, a vault.
    pub of: String,
    /// Whether it will do.
    pub result: Verdict,
    /// What was found; of a check that was skipped, why.
    pub found: String,
    /// What to do about it, where there is something to do.
    pub advice: Option<String>,
}

/// Takes findings as they are made.
pub type Tell<'a> = dyn FnMut(Finding) + Send + 'a;

/// The findings about one thing. All text is made fit for a terminal on the way.
pub(crate) struct About<'a, 'tell> {
    of: String,
    tell: &'a mut Tell<'tell>,
}

impl<'a, 'tell> About<'a, 'tell> {
    pub(crate) fn new(of: impl Into<String>, tell: &'a mut Tell<'tell>) -> Self {
        Self { of: of.into(), tell }
    }

    pub(crate) fn ok(&mut self, check: &str, found: impl AsRef<str>) {
        self.tell(check, Verdict::Ok, found.as_ref(), None);
    }

    pub(crate) fn warning(&mut self, check: &str, found: impl AsRef<str>, advice: impl AsRef<str>) {
        self.tell(check, Verdict::Warning, found.as_ref(), Some(advice.as_ref()));
    }

    pub(crate) fn problem(&mut self, check: &str, found: impl AsRef<str>, advice: impl AsRef<str>) {
        self.tell(check, Verdict::Problem, found.as_ref(), Some(advice.as_ref()));
    }

    pub(crate) fn skipped(&mut self, check: &str, why: impl AsRef<str>, advice: Option<&str>) {
        self.tell(check, Verdict::Skipped, why.as_ref(), advice);
    }

    fn tell(&mut self, check: &str, result: Verdict, found: &str, advice: Option<&str>) {
        (self.tell)(Finding {
            check: check.to_owned(),
            of: printable(&self.of),
            result,
            found: printable(found),
            advice: advice.map(printable),
        });
    }
}
