//! `gitark import`.

use std::{sync::Arc, time::Duration};

use gitark::{
    backup::{self, report::RunReport},
    github::GitHub,
    http,
    import::{self, Options, Source},
    retry::RetryPolicy,
};
use tokio_util::sync::CancellationToken;

use super::{Outcome, backup::summary::summary};
use crate::{
    arguments::{Import, ImportFrom, Talk},
    exit::{Exit, Failure},
    interrupt, output,
    terminal::{self, Progress},
    token,
};

/// The longest silence of the API.
const STALL: Duration = Duration::from_secs(120);

/// Imports mirrors.
pub(crate) async fn run(arguments: Import, talk: Talk) -> Outcome {
    let cancel = interrupt::cancel_on_interrupt();
    let ImportFrom::Mirror = arguments.from;
    let is_of_one = arguments.name.is_some() || arguments.id.is_some() || arguments.kind.is_some();
    if arguments.directories.len() > 1 && is_of_one {
        let message = "--name, --id and --kind tell of one DIR; import that one by itself";
        return Err(Failure::new(Exit::Usage, message));
    }
    let report = import(&arguments, talk, &cancel).await?;
    if arguments.json {
        output::unless_unread(output::json(&mut std::io::stdout().lock(), &report))?;
    }
    if !talk.quiet {
        terminal::write_line(&summary(&report));
    }
    Ok(report.verdict().into())
}

async fn import(arguments: &Import, talk: Talk, cancel: &CancellationToken) -> Result<RunReport, Failure> {
    // With an id GitHub is not asked, so that no token is needed either.
    let token = match arguments.id {
        Some(_) => None,
        None => token::find(arguments.token_file.as_deref())?,
    };
    let client = http::client(STALL).map_err(|error| Failure::new(Exit::Failed, gitark::cause::chain(&error)))?;
    let github = GitHub::new(client, &arguments.api_url, token, RetryPolicy::default(), cancel.clone())
        .map_err(backup::Error::GitHub)?;
    let source = |directory: &std::path::PathBuf| Source {
        directory: directory.clone(),
        name: arguments.name.clone(),
        id: arguments.id,
        kind: arguments.kind.map(Into::into),
    };
    let sources: Vec<Source> = arguments.directories.iter().map(source).collect();
    let plan = import::plan(&github, arguments.host.as_deref(), &sources).await?;

    // From here on only the vault and the spool are written.
    super::set_file_mode(arguments.mode);
    let storage = arguments.to.storage_to_write("--to").await?;
    let options =
        Options { temporary: arguments.temp_dir.clone().unwrap_or_else(std::env::temp_dir), ..Options::default() };
    let progress = Arc::new(Progress::new(talk));
    let report = import::import(&plan, storage, &options, progress.clone(), cancel).await;
    progress.finish();
    Ok(report?)
}
