//! Which of the listed repositories are meant.

use std::fmt;

use globset::{Glob, GlobSet, GlobSetBuilder};
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use jiff::Timestamp;

use crate::{digest::sha256, github::Repository, identity::RepositoryId};

/// Which of the listed repositories are meant: those that pass all of it. The default takes every one.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Only names (`OWNER/REPO`, in any case) that one of these matches; none means all.
    pub include: Option<Names>,
    /// No names that one of these matches.
    pub exclude: Option<Names>,
    /// Names in the way of a `.gitignore` file: the last line that matches decides, `!` takes back in.
    pub ignore: Option<Ignore>,
    /// Only of these visibilities: `public`, `private`, `internal`, `secret`; none means all.
    pub visibilities: Vec<String>,
    /// What is said of forks.
    pub forks: Kinds,
    /// What is said of archived repositories.
    pub archived: Kinds,
    /// What is said of templates.
    pub templates: Kinds,
    /// Only with one of these main languages, in any case; none means all.
    pub languages: Vec<String>,
    /// Only with one of these topics; none means all.
    pub topics: Vec<String>,
    /// At most so many KiB on GitHub's disks.
    pub maximum_size: Option<u64>,
    /// Only pushed to since then.
    pub pushed_since: Option<Timestamp>,
    /// Part of all: this one, from 0, of so many. The same repositories for ever.
    pub shard: Option<(u64, u64)>,
}

/// Whether repositories of a kind are meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kinds {
    /// Like all others.
    #[default]
    With,
    /// Not.
    Without,
    /// Only they.
    Only,
}

/// Patterns for names, with `*`, `?`, `[…]` and `{…,…}`. One without a `/` is for the name behind the owner's.
#[derive(Clone, Debug)]
pub struct Names {
    set: GlobSet,
    patterns: Vec<String>,
}

impl Names {
    /// Reads patterns.
    ///
    /// # Errors
    /// What is wrong with one.
    pub fn new<'a>(patterns: impl IntoIterator<Item = &'a str>) -> Result<Self, String> {
        let (mut set, mut all) = (GlobSetBuilder::new(), Vec::new());
        for pattern in patterns {
            all.push(pattern.to_owned());
            let whole = if pattern.contains('/') { pattern.to_owned() } else { format!("*/{pattern}") };
            let glob = Glob::new(&whole.to_ascii_lowercase());
            set.add(glob.map_err(|error| format!("{pattern:?} is no pattern: {}", error.kind()))?);
        }
        Ok(Self { set: set.build().map_err(|error| error.to_string())?, patterns: all })
    }

    fn has(&self, name: &str) -> bool {
        self.set.is_match(name.to_ascii_lowercase())
    }
}

/// Names in the way of a `.gitignore` file.
#[derive(Clone, Debug)]
pub struct Ignore {
    lines: Gitignore,
    digest: String,
}

impl Ignore {
    /// Reads the lines of such a file.
    ///
    /// # Errors
    /// The line that is no pattern.
    pub fn new(text: &str) -> Result<Self, String> {
        let mut builder = GitignoreBuilder::new("");
        let built = builder.case_insensitive(true).map_err(|error| error.to_string())?;
        for (number, line) in text.lines().enumerate() {
            built.add_line(None, line).map_err(|error| format!("line {}: {error}", number + 1))?;
        }
        Ok(Self { lines: built.build().map_err(|error| error.to_string())?, digest: sha256(text.as_bytes()) })
    }

    fn has(&self, name: &str) -> bool {
        self.lines.matched_path_or_any_parents(name, false).is_ignore()
    }
}

/// Why a repository is not meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeftOut {
    /// No pattern of `include` matches.
    NotIncluded,
    /// A pattern of `exclude` matches.
    Excluded,
    /// A line of the ignore file matches.
    Ignored,
    /// Its visibility is another.
    Visibility(String),
    /// It is a fork, or none.
    Fork(bool),
    /// It is archived, or not.
    Archived(bool),
    /// It is a template, or none.
    Template(bool),
    /// Its main language is another, or none is known.
    Language(Option<String>),
    /// It has none of the topics.
    Topics,
    /// It is larger, in KiB.
    Size(u64),
    /// Nothing was pushed since then.
    NotPushed,
    /// It belongs to another part.
    AnotherShard,
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is = |is: bool, what: &str| if is { format!("it is {what}") } else { format!("it is not {what}") };
        f.write_str(&match self {
            LeftOut::NotIncluded => "no --include matches".into(),
            LeftOut::Excluded => "an --exclude matches".into(),
            LeftOut::Ignored => "a line of --exclude-from matches".into(),
            LeftOut::Visibility(visibility) => format!("it is {visibility}"),
            LeftOut::Fork(fork) => is(*fork, "a fork"),
            LeftOut::Archived(archived) => is(*archived, "archived"),
            LeftOut::Template(template) => is(*template, "a template"),
            LeftOut::Language(Some(language)) => format!("its language is {language}"),
            LeftOut::Language(None) => "its language is not known".into(),
            LeftOut::Topics => "it has none of the topics".into(),
            LeftOut::Size(size) => format!("it has {}", crate::monitor::bytes(size.saturating_mul(1024))),
            LeftOut::NotPushed => "nothing was pushed since".into(),
            LeftOut::AnotherShard => "it is of another shard".into(),
        })
    }
}

impl Selection {
    /// The filters, each in words, in the same order each time; none when all is meant. How long ago a push may have been
    /// is not told: it is another time in each run.
    pub fn words(&self) -> Vec<String> {
        let mut words = Vec::new();
        let mut add = |name: &str, values: Vec<String>| {
            words.extend(values.into_iter().map(|value| format!("{name} {value}")));
        };
        let patterns = |names: &Option<Names>| names.as_ref().map_or(Vec::new(), |names| names.patterns.clone());
        let kinds = |kinds: Kinds| match kinds {
            Kinds::With => Vec::new(),
            Kinds::Without => vec!["without".to_owned()],
            Kinds::Only => vec!["only".to_owned()],
        };
        add("include", patterns(&self.include));
        add("exclude", patterns(&self.exclude));
        add("exclude-from", self.ignore.iter().map(|ignore| ignore.digest.clone()).collect());
        add("visibility", self.visibilities.clone());
        add("forks", kinds(self.forks));
        add("archived", kinds(self.archived));
        add("templates", kinds(self.templates));
        add("language", self.languages.clone());
        add("topic", self.topics.clone());
        add("max-size", self.maximum_size.iter().map(|size| format!("{size}K")).collect());
        add("shard", self.shard.iter().map(|(part, parts)| format!("{}/{parts}", part.saturating_add(1))).collect());
        if self.pushed_since.is_some() {
            words.push("pushed-since".into());
        }
        words
    }

    /// Whether it belongs to the part that is meant.
    pub(super) fn is_of_shard(&self, id: &RepositoryId) -> bool {
        self.shard.is_none_or(|(part, parts)| id.part(parts) == part)
    }

    /// Why `repository` is not meant; none when it is.
    pub fn leaves_out(&self, repository: &Repository) -> Option<LeftOut> {
        let name = &repository.full_name;
        let one_of = |wanted: &[String], has: &[&str]| {
            wanted.is_empty() || wanted.iter().any(|wanted| has.iter().any(|has| has.eq_ignore_ascii_case(wanted)))
        };
        let is_wanted = |kinds: Kinds, is: bool| match kinds {
            Kinds::With => true,
            Kinds::Without => !is,
            Kinds::Only => is,
        };
        let topics: Vec<&str> = repository.topics.iter().map(String::as_str).collect();
        let language: Vec<&str> = repository.language.as_deref().into_iter().collect();
        // The shard last: what else is left out is so in every part.
        if self.include.as_ref().is_some_and(|names| !names.has(name)) {
            Some(LeftOut::NotIncluded)
        } else if self.exclude.as_ref().is_some_and(|names| names.has(name)) {
            Some(LeftOut::Excluded)
        } else if self.ignore.as_ref().is_some_and(|ignore| ignore.has(name)) {
            Some(LeftOut::Ignored)
        } else if !one_of(&self.visibilities, &[&repository.visibility]) {
            Some(LeftOut::Visibility(repository.visibility.clone()))
        } else if !is_wanted(self.forks, repository.fork) {
            Some(LeftOut::Fork(repository.fork))
        } else if !is_wanted(self.archived, repository.archived) {
            Some(LeftOut::Archived(repository.archived))
        } else if !is_wanted(self.templates, repository.is_template) {
            Some(LeftOut::Template(repository.is_template))
        } else if !one_of(&self.languages, &language) {
            Some(LeftOut::Language(repository.language.clone()))
        } else if !one_of(&self.topics, &topics) {
            Some(LeftOut::Topics)
        } else if self.maximum_size.is_some_and(|maximum| repository.size > maximum) {
            Some(LeftOut::Size(repository.size))
        } else if self.pushed_since.is_some_and(|since| repository.pushed_at.is_none_or(|pushed| pushed < since)) {
            Some(LeftOut::NotPushed)
        } else if !self.is_of_shard(&repository.id) {
            Some(LeftOut::AnotherShard)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str) -> Repository {
        Repository::new(7, name)
    }

    #[test]
    fn patterns_are_for_whole_names_or_for_what_is_behind_the_owner() {
        let names = Names::new(["octocat/*", "tmp-*", "*/{a,b}"]).expect("patterns");
        for name in ["octocat/x", "OctoCat/X", "other/tmp-1", "other/A"] {
            assert!(names.has(name), "{name}");
        }
        for name in ["other/x", "tmp-1/x", "other/ab"] {
            assert!(!names.has(name), "{name}");
        }
        assert!(Names::new(["a["]).is_err());
    }

    #[test]
    fn an_ignore_file_is_read_as_git_reads_one() {
        let ignore = Ignore::new("# comment\n*-fork\noctocat/\n!octocat/keep\nplaground?\n").expect("lines");
        for (name, is_ignored) in [
            ("other/x-fork", true),
            ("octocat/x", true),
            // As git: what a folder's line ignores cannot be taken back below it.
            ("other/x", false),
            ("other/plagrounds", true),
        ] {
            assert_eq!(ignore.has(name), is_ignored, "{name}");
        }
    }

    #[test]
    fn filters_are_told_in_words_that_stay_the_same() {
        assert_eq!(Selection::default().words(), [""; 0]);
        let selection = Selection {
            include: Some(Names::new(["octocat/*", "lib-*"]).expect("patterns")),
            archived: Kinds::Without,
            maximum_size: Some(2048),
            pushed_since: Some(Timestamp::now()),
            shard: Some((0, 4)),
            ..Selection::default()
        };
        let words = ["include octocat/*", "include lib-*", "archived without", "max-size 2048K", "shard 1/4"];
        assert_eq!(selection.words(), [&words[..], &["pushed-since"]].concat());
        let with = |lines| Selection { ignore: Ignore::new(lines).ok(), ..Selection::default() }.words();
        assert_ne!(with("a\n"), with("b\n"));
    }

    #[test]
    fn each_filter_says_why() {
        let with = |change: fn(&mut Selection)| {
            let mut selection = Selection::default();
            change(&mut selection);
            selection
        };
        let mut fork = of("octocat/x");
        (fork.fork, fork.language, fork.size) = (true, Some("Rust".into()), 2048);
        fork.topics = vec!["cli".into()];
        assert_eq!(Selection::default().leaves_out(&fork), None);
        assert_eq!(with(|s| s.forks = Kinds::Without).leaves_out(&fork), Some(LeftOut::Fork(true)));
        assert_eq!(with(|s| s.forks = Kinds::Only).leaves_out(&fork), None);
        assert_eq!(with(|s| s.archived = Kinds::Only).leaves_out(&fork), Some(LeftOut::Archived(false)));
        assert_eq!(with(|s| s.languages = vec!["rust".into()]).leaves_out(&fork), None);
        assert_eq!(with(|s| s.topics = vec!["web".into()]).leaves_out(&fork), Some(LeftOut::Topics));
        let small = with(|s| s.maximum_size = Some(1024)).leaves_out(&fork).map(|why| why.to_string());
        assert_eq!(small.as_deref(), Some("it has 2.0 MiB"));
        assert_eq!(with(|s| s.shard = Some((1, 2))).leaves_out(&fork), None);
        assert_eq!(with(|s| s.shard = Some((0, 2))).leaves_out(&fork), Some(LeftOut::AnotherShard));
    }
}
