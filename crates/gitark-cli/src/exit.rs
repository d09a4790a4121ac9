//! Exit codes are an API: `docs/exit-codes.md`.

use std::process::ExitCode;

use gitark::{
    backup::{self, Reason, report::Verdict},
    git, github, vault,
};

/// How the command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// 0: all done; for a backup, durably stored.
    Done,
    /// 1: failed.
    Failed,
    /// 2: the command line is wrong.
    Usage,
    /// 3: done in part; the output says which.
    Partial,
    /// 4: damage was found.
    Damage,
    /// 130: interrupted.
    Interrupted,
}

impl Exit {
    /// The number that scripts see.
    pub(crate) fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::Partial => 3,
            Exit::Damage => 4,
            Exit::Interrupted => 130,
        }
    }
}

impl Exit {
    /// The end of several exits, or of work in several vaults: the worst that any of them came to.
    pub(crate) fn of_all(exits: &[Exit]) -> Self {
        let is = |exit: Exit| move |one: &&Exit| **one == exit;
        let count = |exit: Exit| exits.iter().filter(is(exit)).count();
        for one in [Exit::Damage, Exit::Interrupted] {
            if count(one) > 0 {
                return one;
            }
        }
        match (count(Exit::Done), count(Exit::Usage)) {
            (done, _) if done == exits.len() => Exit::Done,
            (_, usage) if usage == exits.len() => Exit::Usage,
            (0, _) if count(Exit::Partial) == 0 => Exit::Failed,
            _ => Exit::Partial,
        }
    }

    /// The end of work on `all` rows, of which `failed` failed, whether by damage or not.
    pub(crate) fn of_rows(damaged: bool, cancelled: bool, failed: usize, all: usize) -> Self {
        match (damaged, cancelled) {
            (true, _) => Exit::Damage,
            (false, true) => Exit::Interrupted,
            _ if failed == 0 => Exit::Done,
            _ if failed == all => Exit::Failed,
            _ => Exit::Partial,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.code().into()
    }
}

impl From<Verdict> for Exit {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Done => Exit::Done,
            Verdict::Failed => Exit::Failed,
            Verdict::Partial => Exit::Partial,
            Verdict::DamageFound => Exit::Damage,
            Verdict::Interrupted => Exit::Interrupted,
        }
    }
}

/// A failure that ends the command: one line for the user, and the exit code.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    pub(crate) message: String,
    /// The word for scripts, where there is one.
    pub(crate) reason: Option<Reason>,
}

impl Failure {
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), reason: None }
    }

    /// With its word for scripts.
    pub(crate) fn because(self, reason: Reason) -> Self {
        Self { reason: Some(reason), ..self }
    }

    /// The signal's own line was said when it came.
    pub(crate) fn interrupted() -> Self {
        Self::new(Exit::Interrupted, "").because(Reason::Cancelled)
    }
}

impl From<vault::Error> for Failure {
    fn from(error: vault::Error) -> Self {
        backup::Error::from(error).into()
    }
}

impl From<backup::Error> for Failure {
    fn from(error: backup::Error) -> Self {
        use backup::Error::{Git, GitHub, Vault};
        let exit = match &error {
            Git(git::Error::Cancelled) | GitHub(github::Error::Cancelled) => return Self::interrupted(),
            GitHub(github::Error::TokenNeeded | github::Error::BadUrl(_)) => Exit::Usage,
            Vault(vault::Error::Damaged(_)) => Exit::Damage,
            Vault(vault::Error::BadName { .. }) => Exit::Usage,
            _ => Exit::Failed,
        };
        Self::new(exit, gitark::cause::chain(&error)).because(error.reason())
    }
}

impl From<gitark::import::Error> for Failure {
    fn from(error: gitark::import::Error) -> Self {
        match error {
            gitark::import::Error::Backup(error) => error.into(),
            error if error.reason() == Reason::Cancelled => Self::interrupted(),
            error => {
                let exit = if error.is_usage() { Exit::Usage } else { Exit::Failed };
                Self::new(exit, gitark::cause::chain(&error)).because(error.reason())
            }
        }
    }
}

impl From<gitark::inspect::Error> for Failure {
    fn from(error: gitark::inspect::Error) -> Self {
        match error {
            gitark::inspect::Error::Vault(error) => error.into(),
            error => Self::new(Exit::Failed, gitark::cause::chain(&error)),
        }
    }
}

impl From<gitark::metadata::Error> for Failure {
    fn from(error: gitark::metadata::Error) -> Self {
        match error {
            gitark::metadata::Error::Inspect(error) => error.into(),
            error => Self::new(Exit::Failed, gitark::cause::chain(&error)),
        }
    }
}

impl From<gitark::restore::Error> for Failure {
    fn from(error: gitark::restore::Error) -> Self {
        match error {
            gitark::restore::Error::Vault(error) => error.into(),
            gitark::restore::Error::Cancelled => Self::interrupted(),
            error => Self::new(Exit::Failed, gitark::cause::chain(&error)),
        }
    }
}

impl From<std::io::Error> for Failure {
    /// For writing to stdout: a reader that went away is no failure of ours.
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::BrokenPipe => Self::new(Exit::Done, ""),
            _ => Self::new(Exit::Failed, format!("cannot write the output: {error}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Exit::{self, *};

    #[test]
    fn jobs_end_with_the_worst_of_all() {
        for (jobs, worst) in [
            (&[Done, Done][..], Done),
            (&[Done, Failed], Partial),
            (&[Done, Usage], Partial),
            (&[Partial, Failed], Partial),
            (&[Failed, Failed], Failed),
            (&[Failed, Usage], Failed),
            (&[Usage, Usage], Usage),
            (&[Failed, Interrupted], Interrupted),
            (&[Interrupted, Damage, Done], Damage),
        ] {
            assert_eq!(Exit::of_all(jobs), worst, "{jobs:?}");
        }
    }
}
