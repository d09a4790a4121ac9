//! Exit codes are an API: `docs/exit-codes.md`.

use std::process::ExitCode;

use gitark::{backup::report::Verdict, vault};

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

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(match exit {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::Partial => 3,
            Exit::Damage => 4,
            Exit::Interrupted => 130,
        })
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
}

impl Failure {
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into() }
    }
}

impl From<vault::Error> for Failure {
    fn from(error: vault::Error) -> Self {
        let exit = match &error {
            vault::Error::Damaged(_) => Exit::Damage,
            vault::Error::BadName { .. } => Exit::Usage,
            _ => Exit::Failed,
        };
        Self::new(exit, gitark::cause::chain(&error))
    }
}

impl From<gitark::backup::Error> for Failure {
    fn from(error: gitark::backup::Error) -> Self {
        use gitark::{backup::Error, git, github};
        match error {
            Error::Vault(error) => error.into(),
            Error::Git(git::Error::Cancelled) | Error::GitHub(github::Error::Cancelled) => {
                Self::new(Exit::Interrupted, "interrupted")
            }
            Error::GitHub(error @ (github::Error::TokenNeeded | github::Error::BadUrl(_))) => {
                Self::new(Exit::Usage, gitark::cause::chain(&error))
            }
            error => Self::new(Exit::Failed, gitark::cause::chain(&error)),
        }
    }
}

impl From<gitark::restore::Error> for Failure {
    fn from(error: gitark::restore::Error) -> Self {
        match error {
            gitark::restore::Error::Vault(error) => error.into(),
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
