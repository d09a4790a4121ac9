//! `gitark fleet`.

mod finish;
mod list;

use clap::{Args, Subcommand};

pub(crate) use self::{
    finish::{Finish, Finished, finish},
    list::{List, list},
};
use super::Outcome;
use crate::arguments::Talk;

/// Begin and end a run that many workers share, each on a machine of its own.
///
/// list asks GitHub what moved and says which repositories a worker must look at, in the vault and on stdout. Workers
/// run `gitark sync OWNER/REPO --run RUN`, as many at once as you like. finish joins what they found into the report of
/// one run; a repository without a result has failed with the reason worker_lost. It is what the AWS state machines do;
/// any scheduler will do.
#[derive(Args, Debug)]
pub(crate) struct Fleet {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    List(Box<List>),
    Finish(Box<Finish>),
}

/// Begins or ends a shared run.
pub(crate) async fn run(arguments: Fleet, talk: Talk) -> Outcome {
    match arguments.what {
        What::List(arguments) => list::run(*arguments, talk).await,
        What::Finish(arguments) => finish::run(*arguments, talk).await,
    }
}

impl Fleet {
    /// The arguments of `fleet list`, where that is what was said.
    pub(crate) fn into_list(self) -> Option<List> {
        match self.what {
            What::List(arguments) => Some(*arguments),
            What::Finish(_) => None,
        }
    }

    /// The arguments of `fleet finish`, where that is what was said.
    pub(crate) fn into_finish(self) -> Option<Finish> {
        match self.what {
            What::Finish(arguments) => Some(*arguments),
            What::List(_) => None,
        }
    }
}
