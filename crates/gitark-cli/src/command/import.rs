//! `gitark import`.

use std::{path::PathBuf, sync::Arc, time::Instant};

use clap::{Args, ValueEnum};
use gitark::{
    backup::report::RunReport,
    import::{self, Form, Options, Source},
    vault::key::Kind,
};
use tokio_util::sync::CancellationToken;

use super::{Outcome, backup::summary::Summary};
use crate::{
    arguments::{GitHubAccess, Talk, Writing},
    exit::{Exit, Failure},
    interrupt, output,
    place::Place,
    terminal::Progress,
};

/// Bring mirrors that you have, or backups of another tool, into a vault, without fetching them again.
///
/// Each becomes the first backup of its repository, checked object by object. The next `gitark backup` fetches only
/// what is new. What is imported is only read; let no fetch or gc run in it meanwhile.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    gitark import hello.git --to ./vault             its origin says what it is of\n  \
    gitark import /srv/mirrors/*.git --to ./vault    many, wikis among them\n  \
    gitark import hello.git --to ./vault --id 1296269    gone from GitHub\n  \
    gitark import /srv/github --from python-github-backup --to ./vault")]
pub(crate) struct Import {
    /// What `git clone --mirror` made, or the output directory of another tool
    #[arg(value_name = "DIR", required = true)]
    pub(crate) directories: Vec<PathBuf>,
    /// What DIR is
    #[arg(long, value_enum, value_name = "FORM", default_value_t = ImportFrom::Mirror)]
    pub(crate) from: ImportFrom,
    /// The vault: a directory (made when it is not there), s3://BUCKET/PREFIX, gs://… or az://…
    #[arg(long = "to", visible_alias = "vault", value_name = "VAULT", env = "GITARK_VAULT")]
    pub(crate) to: Place,
    /// Which repository it is (OWNER/REPO.wiki for a wiki), instead of what its origin says
    #[arg(long, value_name = "OWNER/REPO")]
    pub(crate) name: Option<String>,
    /// GitHub's id of the repository; GitHub is not asked then
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) id: Option<u64>,
    /// Whether it is the code or the wiki, instead of what the name says
    #[arg(long, value_enum)]
    pub(crate) kind: Option<ImportKind>,
    #[command(flatten)]
    pub(crate) github: GitHubAccess,
    #[command(flatten)]
    pub(crate) writing: Writing,
    /// Print the report (JSON) on stdout
    #[arg(long)]
    pub(crate) json: bool,
}

/// What can be imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ImportFrom {
    /// A bare repository, made with `git clone --mirror`
    Mirror,
    /// The output directory of python-github-backup (PyPI `github-backup`), or one repository's folder in it
    PythonGithubBackup,
}

impl From<ImportFrom> for Form {
    fn from(from: ImportFrom) -> Self {
        match from {
            ImportFrom::Mirror => Form::Mirror,
            ImportFrom::PythonGithubBackup => Form::PythonGithubBackup,
        }
    }
}

/// What a mirror is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ImportKind {
    Code,
    Wiki,
}

impl From<ImportKind> for Kind {
    fn from(kind: ImportKind) -> Self {
        match kind {
            ImportKind::Code => Kind::Code,
            ImportKind::Wiki => Kind::Wiki,
        }
    }
}

/// Imports what others made.
pub(crate) async fn run(arguments: Import, talk: Talk) -> Outcome {
    let cancel = interrupt::cancel_on_interrupt();
    let began = Instant::now();
    let is_of_one = arguments.name.is_some() || arguments.id.is_some() || arguments.kind.is_some();
    if arguments.directories.len() > 1 && is_of_one {
        let message = "--name, --id and --kind tell of one DIR; import that one by itself";
        return Err(Failure::new(Exit::Usage, message));
    }
    if arguments.kind.is_some() && arguments.from != ImportFrom::Mirror {
        let message = "--kind tells of a mirror; python-github-backup has code and wiki in folders of their own";
        return Err(Failure::new(Exit::Usage, message));
    }
    let report = import(&arguments, talk, &cancel).await?;
    if arguments.json {
        output::unless_unread(output::json(&mut std::io::stdout().lock(), &report))?;
    }
    let vault = arguments.to.to_string();
    Summary { report: &report, time: began.elapsed(), vault: Some(&vault), of_several: false }.say(talk);
    Ok(report.verdict().into())
}

async fn import(arguments: &Import, talk: Talk, cancel: &CancellationToken) -> Result<RunReport, Failure> {
    let progress = Arc::new(Progress::new(talk));
    progress.phase("looking at what is there");
    progress.count_wikis();
    // With an id GitHub is not asked, so that no token is needed either.
    let github = match arguments.id {
        Some(_) => arguments.github.connect_without_token(progress.clone(), cancel)?,
        None => arguments.github.connect(None, progress.clone(), cancel).await?,
    };
    let source = |directory: &std::path::PathBuf| Source {
        directory: directory.clone(),
        form: arguments.from.into(),
        name: arguments.name.clone(),
        id: arguments.id,
        kind: arguments.kind.map(Into::into),
    };
    let sources: Vec<Source> = arguments.directories.iter().map(source).collect();
    let plan = import::plan(&github, arguments.github.host.as_deref(), &sources).await?;

    // From here on only the vault and the spool are written.
    let options = Options { temporary: arguments.writing.begin(), ..Options::default() };
    let storage = arguments.to.storage_to_write("--to").await?;
    let report = import::import(&plan, storage, &options, progress.clone(), cancel).await;
    progress.finish();
    Ok(report?)
}
