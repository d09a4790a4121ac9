//! A file per command.

pub(crate) mod backup;
pub(crate) mod cat;
pub(crate) mod compact;
pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod copy;
pub(crate) mod diff;
pub(crate) mod doctor;
pub(crate) mod drill;
pub(crate) mod export;
pub(crate) mod fleet;
pub(crate) mod import;
pub(crate) mod list;
pub(crate) mod log;
pub(crate) mod ls_files;
pub(crate) mod man;
pub(crate) mod plan;
pub(crate) mod restore;
pub(crate) mod show;
mod snapshot;
pub(crate) mod status;
pub(crate) mod sync;
mod target;
pub(crate) mod verify;

use gitark::monitor::count;

use crate::{
    arguments::{Arguments, Command},
    demo,
    exit::{Exit, Failure},
    interrupt, lambda,
    settings::{Invocation, Run},
    terminal,
};

/// What a command ends with.
pub(crate) type Outcome = Result<Exit, Failure>;

/// Runs what was asked for.
pub(crate) fn run(invocation: Invocation) -> Exit {
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            terminal::say(&format!("cannot start: {error}"));
            return Exit::Failed;
        }
    };
    let exit = runtime.block_on(async {
        match <[Run; 1]>::try_from(invocation.runs) {
            Ok([run]) => told(run_one(run.arguments).await, ""),
            Err(jobs) => run_jobs(jobs, invocation.note.filter(|_| !invocation.talk.quiet)).await,
        }
    });
    // A blocking thread that waits for a silent server must not hold up the end.
    runtime.shutdown_background();
    terminal::end();
    exit
}

/// Runs jobs one after another. One that fails does not stop the others, an interrupt does.
async fn run_jobs(jobs: Vec<Run>, note: Option<String>) -> Exit {
    if let Some(note) = note {
        terminal::say(&note);
    }
    let (mut ends, all) = (Vec::new(), jobs.len());
    for Run { arguments, job } in jobs {
        let job = format!("job {}", job.unwrap_or_default());
        if !arguments.talk.quiet {
            terminal::say(&job);
        }
        ends.push(told(run_one(arguments).await, &format!("{job}: ")));
        if interrupt::cancel_on_interrupt().is_cancelled() {
            break;
        }
    }
    if ends.len() < all {
        terminal::say(&format!("not begun: {}", count((all - ends.len()) as u64, "job")));
    }
    Exit::of_all(&ends)
}

async fn run_one(arguments: Arguments) -> Outcome {
    let (talk, config) = (arguments.talk, arguments.config);
    match arguments.command {
        Command::Backup(arguments) => backup::run(arguments, talk).await,
        Command::Sync(arguments) => sync::run(*arguments, talk).await,
        Command::Fleet(arguments) => fleet::run(arguments, talk).await,
        Command::Drill(arguments) => drill::run(*arguments, talk).await,
        Command::Lambda(arguments) => lambda::run(arguments).await,
        Command::Plan(arguments) => plan::run(arguments, talk).await,
        Command::Doctor(arguments) => doctor::run(arguments, talk).await,
        Command::Import(arguments) => import::run(arguments, talk).await,
        Command::List(arguments) => list::run(arguments).await,
        Command::Log(arguments) => log::run(arguments).await,
        Command::Show(arguments) => show::run(arguments).await,
        Command::Diff(arguments) => diff::run(arguments).await,
        Command::LsFiles(arguments) => ls_files::run(arguments).await,
        Command::Cat(arguments) => cat::run(arguments, talk).await,
        Command::Export(arguments) => export::run(arguments, talk).await,
        Command::Status(arguments) => status::run(arguments, talk).await,
        Command::Verify(arguments) => verify::run(arguments, talk).await,
        Command::Compact(arguments) => compact::run(arguments, talk).await,
        Command::Copy(arguments) => copy::run(arguments, talk).await,
        Command::Restore(arguments) => restore::run(arguments, talk).await,
        Command::Config(arguments) => config::run(arguments, config.as_deref()),
        Command::Completions(arguments) => completions::run(&arguments),
        Command::Man(arguments) => man::run(&arguments),
        Command::Demo(arguments) => demo::run(arguments).await,
    }
}

/// How it ended, after saying what failed, and of what.
fn told(outcome: Outcome, of: &str) -> Exit {
    // The progress goes before what is said at the end.
    terminal::end();
    outcome.unwrap_or_else(|failure| {
        let exit = failure.exit;
        let message = if failure.message.is_empty() { String::new() } else { format!("{of}{}", failure.message) };
        terminal::failed(&Failure { message, ..failure }, None);
        exit
    })
}
