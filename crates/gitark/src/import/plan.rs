//! Which repository each backup is of. Nothing is written.

use tokio_util::sync::CancellationToken;

use super::{
    Content, Error, Form, Plan, Planned, Problem, Source, blocking,
    mirror::Mirror,
    origin::{self, Origin},
    python_github_backup::{Folder, Looked, Output},
    shown,
};
use crate::{
    backup::Reason,
    cause,
    github::{self, GitHub},
    identity::RepositoryId,
    vault::{
        key::{self, Kind},
        log::Identity,
    },
};

/// Looks which repository each of `sources` is a backup of. Nothing is written. `github` is asked for ids that are not
/// given; its host, or `host` when there is one, names the vault's top folder. What cannot be used is noted when there
/// is more.
///
/// # Errors
/// The failure of the only source, a refused token, or a host that cannot be a folder.
pub async fn plan(github: &GitHub, host: Option<&str>, sources: &[Source]) -> Result<Plan, Error> {
    let mut plan = Plan {
        host: key::host_folder(host.unwrap_or(github.host()))?,
        sources: sources.iter().map(|source| shown(&source.directory)).collect(),
        planned: Vec::new(),
        failures: Vec::new(),
        warnings: Vec::new(),
    };
    let planner = Planner { github, host };
    for source in sources {
        let done = match source.form {
            Form::Mirror => planner.mirror(source).await.map(|planned| plan.planned.push(planned)),
            Form::PythonGithubBackup => planner.output(source, &mut plan).await,
        };
        if let Err(error) = done {
            plan.note(source, error, sources.len() < 2)?;
        }
    }
    Ok(plan)
}

impl Plan {
    /// Notes why something cannot be imported, unless it ends the run.
    fn note(&mut self, source: &Source, error: Error, is_only: bool) -> Result<(), Error> {
        if is_only || matches!(error.reason(), Reason::Unauthorized | Reason::Cancelled) {
            return Err(error);
        }
        // The row is called by the directory already.
        let (directory, text) = match &error {
            Error::Mirror { directory, problem } => (directory, cause::chain(problem)),
            error => (&source.directory, cause::chain(error)),
        };
        self.failures.push((shown(directory), error.reason(), text));
        Ok(())
    }
}

/// Finds out what repositories are called, and asks for ids.
struct Planner<'a> {
    github: &'a GitHub,
    host: Option<&'a str>,
}

impl Planner<'_> {
    /// Opens a mirror and finds out whose it is.
    async fn mirror(&self, source: &Source) -> Result<Planned, Error> {
        let directory = source.directory.clone();
        let cancel = CancellationToken::new();
        let mirror = blocking(&source.directory, &cancel, move |_| Mirror::open(&directory)).await?;
        let origin = mirror.origin.as_deref().and_then(Origin::parse);
        let (name, kind) = match (&source.name, &origin) {
            (Some(name), origin) => {
                let (plain, is_wiki) = match name.strip_suffix(Kind::Wiki.infix()) {
                    Some(plain) => (plain.to_owned(), true),
                    None => (name.clone(), origin.as_ref().is_some_and(|origin| origin.kind == Kind::Wiki)),
                };
                (plain, if is_wiki { Kind::Wiki } else { Kind::Code })
            }
            (None, Some(origin)) => (self.name(source, origin)?, origin.kind),
            (None, None) => {
                let problem = Problem::NoName(mirror.origin.as_deref().map(origin::shown));
                return Err(Error::of(&source.directory, problem));
            }
        };
        let (id, name) = self.identity(&name, source.id).await?;
        let identity = Identity { id, name, kind: source.kind.unwrap_or(kind) };
        Ok(Planned { content: Content::Mirror(mirror), identity })
    }

    /// Looks what there is in an output directory of python-github-backup. A repository that cannot be used is noted when
    /// there are others.
    async fn output(&self, source: &Source, plan: &mut Plan) -> Result<(), Error> {
        let directory = source.directory.clone();
        let cancel = CancellationToken::new();
        let found = blocking(&source.directory, &cancel, move |_| Output::list(&directory)).await?;
        if found.folders.len() > 1 && (source.name.is_some() || source.id.is_some()) {
            return Err(Error::of(&source.directory, Problem::Several(found.folders.len())));
        }
        let is_only = plan.sources.len() < 2 && found.failures.is_empty() && found.folders.len() < 2;
        for (directory, problem) in found.failures {
            plan.note(source, Error::of(&directory, problem), false)?;
        }
        for directory in found.left_out {
            plan.warnings.push((shown(&directory), "it is not imported; `gitark backup` asks GitHub for it".into()));
        }
        for folder in found.folders {
            let source = Source { directory: folder.named.clone(), ..source.clone() };
            if let Err(error) = self.folder(&source, folder, plan).await {
                plan.note(&source, error, is_only)?;
            }
        }
        Ok(())
    }

    /// Finds out of which repository a folder is, and what of it can be imported.
    async fn folder(&self, source: &Source, folder: Folder, plan: &mut Plan) -> Result<(), Error> {
        let cancel = CancellationToken::new();
        let look = folder.clone();
        let looked = blocking(&source.directory, &cancel, move |_| Ok(look.look())).await?;
        for (directory, problem) in &looked.failures {
            plan.failures.push((shown(directory), problem.reason(), cause::chain(problem)));
        }
        if looked.clones.is_empty() && !looked.has_metadata {
            return Ok(());
        }
        let name = match (&source.name, &looked.origin) {
            (Some(name), _) => name.clone(),
            (None, Some(origin)) => self.name(source, origin)?,
            (None, None) => return Err(Error::of(&source.directory, Problem::NoName(None))),
        };
        let (id, name) = match self.identity(&name, source.id).await {
            Err(error @ Error::Gone { .. }) => {
                let Some((id, name)) = known(&looked, &name) else { return Err(error) };
                let text = "GitHub does not show it any more; the files say which id it had";
                plan.warnings.push((name.clone(), text.into()));
                (id, name)
            }
            found => found?,
        };
        let identity = |kind| Identity { id: id.clone(), name: name.clone(), kind };
        let clones = looked.clones.into_iter();
        plan.planned.extend(
            clones.map(|(mirror, kind)| Planned { content: Content::Mirror(mirror), identity: identity(kind) }),
        );
        if looked.has_metadata {
            plan.planned.push(Planned { content: Content::Metadata(folder), identity: identity(Kind::Meta) });
        }
        Ok(())
    }

    /// The name that an origin gives, which must be on the host that is asked.
    fn name(&self, source: &Source, origin: &Origin) -> Result<String, Error> {
        let hosts = self.host.into_iter().chain([self.github.host()]);
        if hosts.into_iter().any(|host| origin.is_on(host)) {
            return Ok(origin.name.clone());
        }
        let (found, expected) = (origin.host.clone(), self.github.host().to_owned());
        Err(Error::of(&source.directory, Problem::AnotherHost { found, expected }))
    }

    /// The id and the name of the repository called `name`. GitHub is asked when the id is not known.
    async fn identity(&self, name: &str, id: Option<u64>) -> Result<(RepositoryId, String), Error> {
        let (owner, repository) = key::split_full_name(name)?;
        let (id, name) = match id {
            Some(id) => (RepositoryId::from(id), name.to_owned()),
            None => {
                let asked = github::Source::Repository(owner.to_owned(), repository.to_owned());
                let found = self.github.repositories(&asked).await.map_err(|error| match error {
                    source @ github::Error::GoneOrForbidden { .. } => Error::Gone { source },
                    error => crate::backup::Error::from(error).into(),
                })?;
                let found = found.found.into_iter().next().ok_or(crate::backup::Error::Empty)?;
                (found.id, found.full_name)
            }
        };
        key::split_full_name(&name)?;
        Ok((id, name))
    }
}

/// The id that the files of a folder tell of the repository called `name`.
fn known(looked: &Looked, name: &str) -> Option<(RepositoryId, String)> {
    let (id, said) = looked.identity.as_ref()?;
    said.eq_ignore_ascii_case(name).then(|| (RepositoryId::from(*id), said.clone()))
}
