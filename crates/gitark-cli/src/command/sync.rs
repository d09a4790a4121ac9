//! `gitark sync`.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use clap::Args;
use gitark::{
    backup::{
        self, Error, ListOptions, Options, fleet,
        report::{RepositoryReport, Verdict},
    },
    github::Source,
    vault::{self, RunId},
};
use tokio_util::sync::CancellationToken;

use super::Outcome;
use crate::{
    arguments::{GitHubAccess, LargeFiles, Looks, Sources, Talk, Writing, parse_duration, parse_size},
    exit::{Exit, Failure},
    interrupt::{self, Limit},
    output,
    place::Place,
    terminal::Progress,
};

/// Bring one repository up to date, by itself or as a part of a run that many workers share.
///
/// `gitark fleet list` begins a shared run and says which repositories are to be looked at; any number of workers on any
/// machines back them up, one each; `gitark fleet finish` joins what they found. Without --run it is a backup of one
/// repository.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    gitark sync octocat/hello --to s3://my-backups/github\n\n\
    Exit codes: as of gitark backup")]
pub(crate) struct Sync {
    /// The repository; ~gist/ID for a gist
    #[arg(value_name = "OWNER/REPO", value_parser = parse_source)]
    pub(crate) repository: Source,
    /// The shared run that it is a part of, as `gitark fleet list` says it
    #[arg(long, value_name = "RUN")]
    pub(crate) run: Option<String>,
    /// The vault: a directory, s3://BUCKET/PREFIX, gs://… or az://…; may be given again. One of them has the shared run
    #[arg(long = "to", visible_alias = "vault", value_name = "VAULT", env = "GITARK_VAULT", required = true)]
    pub(crate) to: Vec<Place>,
    #[command(flatten)]
    pub(crate) looks: Looks,
    #[command(flatten)]
    pub(crate) large_files: LargeFiles,
    /// Stop after so long; the repository needs a larger worker then
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub(crate) stop_after: Option<Duration>,
    /// Leave the repository to a larger worker if it is new in the vault and larger than this, as GitHub counts it
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub(crate) max_first_fetch: Option<u64>,
    /// Use a store that ignores create-only puts; safe only while no two runs ever overlap
    #[arg(long)]
    pub(crate) allow_overwriting_store: bool,
    #[command(flatten)]
    pub(crate) github: GitHubAccess,
    #[command(flatten)]
    pub(crate) writing: Writing,
    /// Print the rows of the report (JSON), one a line
    #[arg(long)]
    pub(crate) json: bool,
}

/// What became of the repository.
pub(crate) struct Synced {
    /// Its rows.
    pub(crate) rows: Vec<RepositoryReport>,
    /// How it ended.
    pub(crate) verdict: Verdict,
}

/// Reads `OWNER/REPO`, or `~gist/ID` as items have it.
fn parse_source(text: &str) -> Result<Source, String> {
    let source = match text.strip_prefix("~gist/") {
        Some(id) => format!("gist:{id}").parse(),
        None => text.parse::<Source>(),
    };
    match source? {
        source @ (Source::Repository(..) | Source::Gist(_)) => Ok(source),
        _ => Err("OWNER/REPO is expected".into()),
    }
}

/// Brings one repository up to date.
pub(crate) async fn run(mut arguments: Sync, talk: Talk) -> Outcome {
    let cancel = interrupt::cancel_on_interrupt();
    let synced = sync(&mut arguments, talk, &cancel).await?;
    let out = &mut std::io::stdout().lock();
    for row in synced.rows.iter().filter(|_| arguments.json) {
        output::unless_unread(output::json(out, row))?;
    }
    Ok(Exit::from(synced.verdict))
}

/// The same, and what came of it.
pub(crate) async fn sync(arguments: &mut Sync, talk: Talk, cancel: &CancellationToken) -> Result<Synced, Failure> {
    let run = match &arguments.run {
        Some(word) => Some(RunId::of_word(word).ok_or_else(|| bad_run(word))?),
        None => None,
    };
    let limit = Limit::new(arguments.stop_after, cancel);
    sync_within(arguments, run, talk, &limit, cancel).await.map_err(|failure| limit.explain(failure))
}

async fn sync_within(
    arguments: &mut Sync,
    run: Option<RunId>,
    talk: Talk,
    limit: &Limit,
    cancel: &CancellationToken,
) -> Result<Synced, Failure> {
    let deadline = arguments.stop_after.and_then(|time| Instant::now().checked_add(time));
    let progress = Arc::new(Progress::new(talk));
    arguments.github.read_secret(&mut Sources::default(), &mut arguments.to).await?;
    let github = arguments.github.connect(deadline, progress.clone(), &limit.cancel).await?;
    let options = Options {
        host: arguments.github.host.clone(),
        deadline,
        out_of_time: limit.out_of_time.clone(),
        max_first_fetch_bytes: arguments.max_first_fetch.map(|kib| kib.saturating_mul(1024)),
        temporary: arguments.writing.begin(),
        allow_overwriting_store: arguments.allow_overwriting_store,
        ..arguments.large_files.put_into(arguments.looks.options())
    };
    let (mut own, mut rows) = (Vec::new(), Vec::new());
    for place in &arguments.to {
        let monitor = progress.in_vault(place.to_string(), arguments.to.len() > 1);
        let Some(run) = &run else {
            own.push((place.storage_to_write("--to").await?, monitor));
            continue;
        };
        let storage = place.storage_to_write("--to").await?;
        let (source, cancel) = (&arguments.repository, &limit.cancel);
        match fleet::sync(&github, source, storage.clone(), run, &options, monitor.clone(), cancel).await {
            Ok(found) => rows.extend(found),
            // The run is another vault's. This one has what is backed up into it as a run of its own.
            Err(Error::NoSuchRun { .. } | Error::Vault(vault::Error::NotAVault { .. })) if arguments.to.len() > 1 => {
                own.push((storage, monitor));
            }
            Err(error) => return Err(error.into()),
        }
    }
    if let (Some(run), true) = (&run, rows.is_empty()) {
        let location = arguments.to.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        return Err(Error::NoSuchRun { run: run.word(), location }.into());
    }
    if !own.is_empty() {
        let list = ListOptions { check: arguments.looks.check(), ..ListOptions::default() };
        let source = std::slice::from_ref(&arguments.repository);
        let listing = backup::list(&github, source, &list, &*progress).await?;
        for report in backup::run_all(&github, &listing, own, &options, &limit.cancel).await {
            rows.extend(report?.repositories);
        }
    }
    progress.finish();
    let verdict = Verdict::of(&rows, cancel.is_cancelled());
    Ok(Synced { rows, verdict })
}

/// What was said is no run.
pub(crate) fn bad_run(word: &str) -> Failure {
    let word: String = gitark::cause::printable(word).chars().take(100).collect();
    Failure::new(Exit::Usage, format!("{word:?} is no run; `gitark fleet list` says one: 20261121T050000Z-…"))
}
