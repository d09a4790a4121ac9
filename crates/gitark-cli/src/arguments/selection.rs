//! What is backed up: the sources, and the filters on what they list.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use gitark::{
    backup::{
        Selection,
        selection::{Ignore, Kinds, Names},
    },
    github::{Affiliation, Source},
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::parse_duration;
use crate::exit::{Exit, Failure};

/// What is listed.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Sources {
    /// Users, organisations, repositories or gist:ID; all of the token's owner when none is named
    #[arg(value_name = "OWNER|OWNER/REPO")]
    pub(crate) sources: Vec<Source>,
    /// Of the token's owner only what they own, collaborate on, or see as member of an organisation
    #[arg(long, value_name = "WAY", value_delimiter = ',', value_enum, help_heading = "Sources")]
    affiliation: Vec<Way>,
    /// Leave the gists of accounts out
    #[arg(long, help_heading = "Sources")]
    no_gists: bool,
    /// Back up what the accounts have starred too
    #[arg(long, help_heading = "Sources")]
    starred: bool,
    /// Back up the gists that the token's owner has starred too
    #[arg(long, help_heading = "Sources")]
    starred_gists: bool,
}

/// Why the token's owner can reach a repository.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Way {
    Owner,
    Collaborator,
    #[value(alias = "organization_member")]
    OrganizationMember,
}

impl Sources {
    /// Of the token's owner only what they own, unless something else was asked for.
    pub(crate) fn only_of_the_owner(&mut self) {
        if self.affiliation.is_empty() {
            self.affiliation.push(Way::Owner);
        }
    }

    /// All that is to be listed.
    pub(crate) fn all(&self) -> Vec<Source> {
        let ways = self.affiliation.iter().map(|way| match way {
            Way::Owner => Affiliation::Owner,
            Way::Collaborator => Affiliation::Collaborator,
            Way::OrganizationMember => Affiliation::OrganizationMember,
        });
        let mut all = self.sources.clone();
        if all.is_empty() {
            all.push(Source::Mine(ways.collect()));
        }
        let accounts = all.iter().filter_map(|source| match source {
            Source::Mine(_) => Some(None),
            Source::Account(login) => Some(Some(login.clone())),
            _ => None,
        });
        let accounts: Vec<Option<String>> = accounts.collect();
        if !self.no_gists {
            all.extend(accounts.iter().cloned().map(Source::Gists));
        }
        if self.starred {
            all.extend(accounts.into_iter().map(Source::Starred));
        }
        if self.starred_gists {
            all.push(Source::StarredGists);
        }
        all
    }
}

/// Filters on what is listed. A repository must pass all of them.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Filters")]
pub(crate) struct Filters {
    /// Only repositories that a pattern matches, e.g. 'octocat/*' or 'lib-*'
    #[arg(long, value_name = "PATTERN")]
    include: Vec<String>,
    /// No repositories that a pattern matches
    #[arg(long, value_name = "PATTERN")]
    exclude: Vec<String>,
    /// No repositories that this file names, in the way of .gitignore
    #[arg(long, value_name = "FILE")]
    exclude_from: Option<PathBuf>,
    /// Only public, private, internal or secret (gists)
    #[arg(long, value_name = "WHICH", value_delimiter = ',', value_parser = ["public", "private", "internal", "secret"])]
    visibility: Vec<String>,
    /// Forks too, none, or only them
    #[arg(long, value_name = "WHICH", value_enum, default_value_t = Which::With)]
    forks: Which,
    /// Archived repositories too, none, or only them
    #[arg(long, value_name = "WHICH", value_enum, default_value_t = Which::With)]
    archived: Which,
    /// Templates too, none, or only them
    #[arg(long, value_name = "WHICH", value_enum, default_value_t = Which::With)]
    templates: Which,
    /// Only with one of these main languages
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    language: Vec<String>,
    /// Only with one of these topics
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    topic: Vec<String>,
    /// Only up to this size as GitHub counts it, e.g. 500M or 2G
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    max_size: Option<u64>,
    /// Only pushed to since a date, a time, or for so long, e.g. 2026-01-31 or 90d
    #[arg(long, value_name = "WHEN", value_parser = parse_since)]
    pushed_since: Option<Timestamp>,
    /// Only part I of N; each repository is always in the same part
    #[arg(long, value_name = "I/N", value_parser = parse_shard)]
    shard: Option<(u64, u64)>,
}

/// Whether repositories of a kind are meant.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Which {
    With,
    Without,
    Only,
}

impl From<Which> for Kinds {
    fn from(which: Which) -> Self {
        match which {
            Which::With => Kinds::With,
            Which::Without => Kinds::Without,
            Which::Only => Kinds::Only,
        }
    }
}

impl Filters {
    /// What the filters let through.
    pub(crate) fn selection(&self) -> Result<Selection, Failure> {
        let usage = |name: &str, problem: String| Failure::new(Exit::Usage, format!("{name}: {problem}"));
        let names = |name: &str, patterns: &[String]| match patterns {
            [] => Ok(None),
            patterns => Names::new(patterns.iter().map(String::as_str)).map(Some).map_err(|error| usage(name, error)),
        };
        let ignore = self.exclude_from.as_ref().map(|file| {
            let text = std::fs::read_to_string(file).map_err(|error| error.to_string());
            let ignore = text.and_then(|text| Ignore::new(&text));
            ignore.map_err(|error| usage("--exclude-from", format!("{}: {error}", file.display())))
        });
        Ok(Selection {
            include: names("--include", &self.include)?,
            exclude: names("--exclude", &self.exclude)?,
            ignore: ignore.transpose()?,
            visibilities: self.visibility.clone(),
            forks: self.forks.into(),
            archived: self.archived.into(),
            templates: self.templates.into(),
            languages: self.language.clone(),
            topics: self.topic.clone(),
            maximum_size: self.max_size,
            pushed_since: self.pushed_since,
            shard: self.shard,
        })
    }
}

/// Reads `500M` as KiB. GitHub counts in KiB.
pub(crate) fn parse_size(text: &str) -> Result<u64, String> {
    let text = text.trim_end_matches(['B', 'b']).trim_end_matches('i');
    let (number, factor) = match text.char_indices().last() {
        Some((at, 'K' | 'k')) => (&text[..at], 1),
        Some((at, 'M' | 'm')) => (&text[..at], 1 << 10),
        Some((at, 'G' | 'g')) => (&text[..at], 1 << 20),
        _ => ("", 0),
    };
    let size = number.parse::<u64>().ok().and_then(|number| number.checked_mul(factor));
    size.ok_or_else(|| "a size such as 500K, 100M or 2G is expected".into())
}

fn parse_since(text: &str) -> Result<Timestamp, String> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Ok(time);
    }
    if let Some(day) = text.parse::<Date>().ok().and_then(|date| date.to_zoned(TimeZone::UTC).ok()) {
        return Ok(day.timestamp());
    }
    let ago = parse_duration(text).ok().and_then(|ago| Timestamp::now().checked_sub(ago).ok());
    ago.ok_or_else(|| "a date (2026-01-31), a time, or a length of time (90d) is expected".into())
}

/// Reads `1/4` to `4/4` as 0 to 3 of 4.
fn parse_shard(text: &str) -> Result<(u64, u64), String> {
    let numbers = text.split_once('/').and_then(|(part, parts)| Some((part.parse().ok()?, parts.parse().ok()?)));
    match numbers {
        Some((part, parts)) if (1..=parts).contains(&part) => Ok((part - 1, parts)),
        _ => Err("I/N is expected, from 1/N to N/N".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_times_and_parts_are_read_as_people_write_them() {
        for (text, size) in [("500K", 500), ("1M", 1024), ("2GiB", 2 << 20), ("2gb", 2 << 20)] {
            assert_eq!(parse_size(text), Ok(size), "{text}");
        }
        for bad in ["", "5", "M", "-1M", "1T", "99999999999999999G", "é"] {
            assert!(parse_size(bad).is_err(), "{bad}");
        }
        assert_eq!(parse_shard("1/4"), Ok((0, 4)));
        assert_eq!(parse_shard("4/4"), Ok((3, 4)));
        for bad in ["0/4", "5/4", "1", "a/b", "1/0", "/"] {
            assert!(parse_shard(bad).is_err(), "{bad}");
        }
        let since = |text: &str| parse_since(text).map(|time| time.to_string());
        assert_eq!(since("2026-01-31").as_deref(), Ok("2026-01-31T00:00:00Z"));
        assert!(parse_since("90d").is_ok() && parse_since("soon").is_err());
    }
}
