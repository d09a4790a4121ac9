//! `gitark show`.

mod thing;

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use clap::{Args, ValueEnum};
use gitark::{
    git::refs::Head,
    identity::RepositoryId,
    inspect::{self, Class, Counts, Shown},
    metadata::{self, Summary, Thing},
    monitor::{also, count},
    vault::key::Kind,
};

use jiff::Timestamp;

use super::{Outcome, snapshot};
use crate::{
    arguments::{AtBackup, OneRepository},
    exit::{Exit, Failure},
    output::{self, bytes, time},
};

/// Show a repository or account at one backup, or an issue, pull request, discussion or release in it
///
/// Of a repository: names, HEAD, references, and how many issues, pull requests and releases are kept. Of an issue, a
/// pull request or a discussion: all that was said, as it was then.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    gitark show octocat/hello                    the newest backup\n  \
    gitark show octocat/hello --at 2026-11-21    at the end of that day (UTC)\n  \
    gitark show octocat/hello --refs lost        old tips that are kept\n  \
    gitark show octocat/hello --json | jq .refs  all references, for scripts\n  \
    gitark show octocat/hello issue 123          an issue with its comments\n  \
    gitark show octocat/hello pull 124 --at 3    as it was at entry 3\n  \
    gitark show octocat/hello release v1.0       by tag or id\n  \
    gitark show octocat/~account                 profile, stars, members, teams …")]
pub(crate) struct Show {
    #[command(flatten)]
    pub(crate) of: OneRepository,
    /// A kind of thing to show instead: issue, pull, discussion, release, label, milestone
    #[arg(value_name = "KIND", requires = "name")]
    pub(crate) kind: Option<String>,
    /// Its number, tag or name
    #[arg(value_name = "NUMBER|NAME")]
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) backup: AtBackup,
    /// Which references to list, several with commas
    #[arg(long, value_name = "SORT", value_enum, value_delimiter = ',', default_value = "branches,tags,other")]
    pub(crate) refs: Vec<Sort>,
    /// Print JSON, with every reference, or all that is kept of a thing
    #[arg(long)]
    pub(crate) json: bool,
}

/// Sorts of references, as people say them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Sort {
    /// Every one of them
    All,
    Branches,
    Tags,
    /// Heads of pull requests
    Pulls,
    /// Notes and whatever else upstream has
    Other,
    /// Old tips that upstream no longer names
    Lost,
    /// Upstream's refs/replace/* and refs/gitark/*
    Parked,
    /// Only what is above them
    None,
}

impl Sort {
    fn holds(self, class: Class) -> bool {
        match self {
            Sort::All => true,
            Sort::Branches => class == Class::Branch,
            Sort::Tags => class == Class::Tag,
            Sort::Pulls => class == Class::Pull,
            Sort::Other => class == Class::Other,
            Sort::Lost => class == Class::Lost,
            Sort::Parked => class == Class::Parked,
            Sort::None => false,
        }
    }
}

/// Shows one backup.
pub(crate) async fn run(arguments: Show) -> Outcome {
    let thing = match (&arguments.kind, &arguments.name) {
        (Some(kind), Some(name)) => Some(Thing::new(kind, name).map_err(|problem| Failure::new(Exit::Usage, problem))?),
        _ => None,
    };
    let (vault, named) = arguments.of.named().await?;
    if let Some(thing) = thing {
        return thing::run(&vault, &named, &thing, &arguments).await;
    }
    let (found, kind) = &named;
    let repository = vault.repository(&found.claim.folder, *kind);
    let shown = inspect::show(found, &repository, arguments.backup.at).await?;
    // The metadata of a repository go with its code, and an account has nothing else.
    let snapshot = match *kind == found.main_kind() {
        true => snapshot::metadata(&vault, &named, arguments.backup.at).await?,
        false => None,
    };
    let around = match (snapshot, &shown.id) {
        (None, _) => None,
        (Some((_, snapshot)), RepositoryId::Number(_)) => Some(Around::Summary(metadata::summary(&snapshot).await?)),
        (Some((_, snapshot)), _) => {
            Some(Around::Contents { at: snapshot.observed(), contents: metadata::contents(&snapshot).await? })
        }
    };
    let out = &mut io::stdout().lock();
    if arguments.json {
        let (metadata, contents) = match around {
            Some(Around::Summary(summary)) => (Some(summary), None),
            Some(Around::Contents { contents, .. }) => (None, Some(contents)),
            None => (None, None),
        };
        output::json(out, &Row { shown: &shown, metadata, contents })?;
    } else {
        facts(out, &shown, around.as_ref())?;
        references(out, &shown, &arguments.refs)?;
    }
    Ok(Exit::Done)
}

/// A repository in JSON.
#[derive(serde::Serialize)]
struct Row<'a> {
    #[serde(flatten)]
    shown: &'a Shown,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<Summary>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contents: Option<BTreeMap<String, u64>>,
}

/// What there is around the code, or of an account or a gist.
enum Around {
    Summary(Summary),
    Contents { at: Timestamp, contents: BTreeMap<String, u64> },
}

/// What is known of the repository and of this backup, a line each.
fn facts(out: &mut impl Write, shown: &Shown, around: Option<&Around>) -> io::Result<()> {
    let counts = &shown.counts;
    writeln!(out, "{}", shown.kind.label(&shown.repository))?;
    let mut fact = |name: &str, value: &str| writeln!(out, "  {name:<10}{value}");
    if let Some(name) = &shown.name_now {
        fact("now", name)?;
    }
    for name in &shown.former_names {
        fact("formerly", name)?;
    }
    fact("id", &format!("{} on {}", shown.id, shown.host))?;
    fact("path", &shown.path)?;
    let stopped = if shown.partial { ", stopped half way" } else { "" };
    fact("backup", &format!("entry {}, {}{stopped}", shown.entry, time(shown.observed)))?;
    let tip = shown.head_oid.map_or("unborn".into(), output::short);
    match &shown.head {
        Head::Symbolic(branch) => fact("HEAD", &format!("{branch} ({tip})"))?,
        Head::Detached(_) => fact("HEAD", &format!("detached at {tip}"))?,
    }
    fact("refs", &refs(counts))?;
    if counts.lost > 0 {
        fact("kept", &format!("{} that upstream no longer has (--refs lost)", count(counts.lost, "old tip")))?;
    }
    let packs =
        format!("{}, {}, {}", count(counts.packs, "pack"), count(counts.objects, "object"), bytes(counts.pack_bytes));
    fact("stored", &packs)?;
    match around {
        Some(Around::Summary(around)) => {
            fact("metadata", &counted(around))?;
            fact("as of", &time(around.observed))?;
        }
        Some(Around::Contents { at, contents }) => {
            for (number, line) in listed(contents).iter().enumerate() {
                fact(if number == 0 { "holds" } else { "" }, line)?;
            }
            if shown.kind == Kind::Code {
                fact("as of", &time(*at))?;
            }
        }
        None => {}
    }
    if shown.damaged {
        fact("DAMAGED", "a pack is known to be damaged; see `gitark verify --full`")?;
    }
    Ok(())
}

/// `12 issues (3 open), 5 pulls (1 open), 2 releases`.
fn counted(around: &Summary) -> String {
    let open = |open: Option<u64>| open.map_or(String::new(), |open| format!(" ({open} open)"));
    let (issues, pulls) = (count(around.issues, "issue"), count(around.pulls, "pull"));
    let (issues, pulls) = (issues + &open(around.open_issues), pulls + &open(around.open_pulls));
    let discussions = also(around.discussions, "discussion");
    format!("{issues}, {pulls}{discussions}, {}", count(around.releases, "release"))
}

/// `2 comments, 1 gist`, in lines that fit behind the name of a fact.
fn listed(contents: &BTreeMap<String, u64>) -> Vec<String> {
    const WIDTH: usize = 68;
    let words = contents.iter().map(|(name, number)| format!("{number} {name}"));
    let mut lines: Vec<String> = Vec::new();
    for word in words {
        match lines.last_mut() {
            Some(line) if line.len() + word.len() + 2 <= WIDTH => line.push_str(&format!(", {word}")),
            Some(line) => {
                line.push(',');
                lines.push(word);
            }
            None => lines.push(word),
        }
    }
    lines
}

/// `2 branches, 1 tag, 5 pull heads`.
fn refs(counts: &Counts) -> String {
    let branches = if counts.branches == 1 { "1 branch".into() } else { format!("{} branches", counts.branches) };
    let mut parts = vec![branches, count(counts.tags, "tag")];
    let others = [(counts.pulls, "pull head"), (counts.other, "other"), (counts.parked, "parked")];
    for (number, noun) in others.into_iter().filter(|(number, _)| *number > 0) {
        parts.push(if noun == "pull head" { count(number, noun) } else { format!("{number} {noun}") });
    }
    parts.join(", ")
}

/// As `git ls-remote` prints them: an annotated tag has a second line with the commit that it leads to.
fn references(out: &mut impl Write, shown: &Shown, sorts: &[Sort]) -> io::Result<()> {
    let mut is_first = true;
    for shown in shown.refs.iter().filter(|shown| sorts.iter().any(|sort| sort.holds(shown.class))) {
        if std::mem::take(&mut is_first) {
            writeln!(out)?;
        }
        writeln!(out, "{}  {}", shown.value.oid, shown.name)?;
        if let Some(peeled) = shown.value.peeled {
            writeln!(out, "{peeled}  {}^{{}}", shown.name)?;
        }
    }
    Ok(())
}
