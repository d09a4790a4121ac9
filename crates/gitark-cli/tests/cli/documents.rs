//! Documents that the command writes itself, so that they cannot drift from it.

use std::path::Path;

use gitark::github::resources::{self, Asked, Pace, Resource, Scope};

use crate::support::{Ran, World};

/// Writes the documents anew instead of comparing them.
const WRITE: &str = "GITARK_WRITE_DOCS";

const HEAD: &str = "\
# Commands

What `gitark COMMAND --help` prints on a terminal of 80 columns. This page is made by a test; write it anew with
`just docs`.
";

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_are_documented_as_they_are() {
    let world = World::start().await;
    let mut text = HEAD.to_owned();
    describe(&world, &[], &mut text);
    holds("docs/commands.md", &text);
}

const COVERAGE: &str = "\
# What is kept around the code, and of accounts

Each row is a resource, by the name that `--only` and `--skip` take; `account` stands for all that only accounts have,
`metadata` for everything. This page is made by a test; write it anew with `just docs`.

A token without the permission leaves the resource out: the report says so, with the permission, and nothing fails. A
classic token needs the scope `repo`, and `admin:repo_hook` (or `read:repo_hook`) for webhooks; for accounts
`admin:org`, `admin:org_hook`, `read:packages` and `user`. *Each* resources are read whenever a repository is looked at;
*full* ones by full checks, once a week unless `--full-check-every` says otherwise, and by each run with `--check full`.

Answers of REST are kept whole, each field as GitHub sends it; those of GraphQL (`POST /graphql`, which needs a token)
are what was asked for. `restore` gives all of it back as files; nothing is brought back
to GitHub yet.

A fast look sees pushes, new and changed issues, pull requests and discussions with what is said under them, new
releases and changes of the newest, and how many labels, milestones, branches and tags there are, as far as the token may
read them. It does not see other edits of releases, labels and milestones, reactions, comments on commits, and settings:
they wait for a look at the repository in full. Up to 50 repositories are always looked at in full.

";

#[test]
fn the_resources_are_documented_as_they_are() {
    let mut text = COVERAGE.to_owned();
    for (title, about, is_of) in SECTIONS {
        text.push_str(&format!("## {title}\n\n{about}\n\n"));
        let all = resources::everything().into_iter();
        describe_resources(all.filter(|(_, scopes)| scopes.iter().any(|scope| is_of(*scope))), is_of, &mut text);
    }
    holds("docs/coverage.md", &format!("{}\n", text.trim_end()));
}

/// A section of the page: its title, what is said of it, and which of those that have resources it is about.
type Section = (&'static str, &'static str, fn(Scope) -> bool);

const SECTIONS: [Section; 3] = [
    ("Of a repository", "In `OWNER/REPO.meta`: `github.com/octocat/hello/hello.meta.git`.", |scope| {
        scope == Scope::Repository
    }),
    (
        "Of an account",
        "In `OWNER/~account`: `github.com/octocat/~account/account.meta.git`. A backup reads it of each user and\n\
         organisation that it is asked for, and of the token's owner where it is asked for all that is theirs;\n\
         `gitark backup OWNER/~account` reads nothing else.",
        Scope::is_account,
    ),
    (
        "Of a gist",
        "In `OWNER/ID.meta`: `gist.github.com/octocat/<id>/<id>.meta.git`. While the listing says the same of a gist, it\n\
         is not asked for between full checks.",
        |scope| scope == Scope::Gist,
    ),
];

fn describe_resources(
    found: impl Iterator<Item = (&'static Resource, Vec<Scope>)>,
    is_of: fn(Scope) -> bool,
    text: &mut String,
) {
    // Whose it is needs no words where it is always the same.
    let has_several = Scope::ALL.into_iter().filter(|scope| is_of(*scope)).count() > 1;
    let (of, line) = if has_several { (" of |", " --- |") } else { ("", "") };
    text.push_str(&format!(
        "| resource | what |{of} endpoint | permission | requests | found to have changed by | read | files |\n"
    ));
    text.push_str(&format!("| --- | --- |{line} --- | --- | --- | --- | --- | --- |\n"));
    for (resource, scopes) in found {
        let of: Vec<&str> = scopes.into_iter().filter(|scope| is_of(*scope)).map(Scope::noun).collect();
        let of = if has_several { format!(" {} |", of.join(", ")) } else { String::new() };
        let asked = match resource.asked {
            Asked::Once => "one",
            Asked::InBulk => "one for a hundred",
            Asked::InBatches => "one for 25 to 50",
            Asked::OneByOne => "one for each",
        };
        let pace = match resource.pace {
            Pace::EachPass => "each",
            Pace::FullPass => "full",
        };
        let files: Vec<String> = resource.files.split(", ").map(|file| format!("`{file}`")).collect();
        text.push_str(&format!(
            "| `{}` | {} |{of} `{}` | {} | {asked} | {} | {pace} | {} |\n",
            resource.name,
            resource.what,
            resource.endpoint.replace(", GET", "`, `GET"),
            resource.permission,
            resource.changes,
            files.join(", "),
        ));
    }
    text.push('\n');
}

#[tokio::test(flavor = "multi_thread")]
async fn the_example_of_a_settings_file_is_documented_as_it_is() {
    let world = World::start().await;
    holds("docs/gitark.toml.example", &world.run(&["config", "example"]).exits(0).stdout);
}

/// Adds the help of a command, and of those below it.
fn describe(world: &World, path: &[&str], text: &mut String) {
    let mut command = world.command(&[path, &["--help"]].concat());
    command.env("COLUMNS", "80");
    let help = Ran::of(&mut command).exits(0).stdout;
    for line in help.lines() {
        assert!(line.chars().count() <= 80, "wider than 80 columns: {line}");
    }
    assert!(!help.contains('\u{1b}'), "no colour without a terminal");
    let name = [&["gitark"], path].concat().join(" ");
    let lines: Vec<_> = help.trim_end().lines().map(str::trim_end).collect();
    text.push_str(&format!("\n## {name}\n\n```text\n{}\n```\n", lines.join("\n")));
    for below in commands(&help) {
        describe(world, &[path, &[below]].concat(), text);
    }
}

/// The commands that a help lists.
fn commands(help: &str) -> Vec<&str> {
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    // What goes on in the next line is indented further.
    let names = listed.filter_map(|line| line.strip_prefix("  ").filter(|rest| !rest.starts_with(' ')));
    names.filter_map(|line| line.split(' ').next()).filter(|name| *name != "help").collect()
}

/// Asserts that a document of the repository holds this text, or makes it so.
#[track_caller]
fn holds(name: &str, text: &str) {
    holds_but_for(name, text, str::to_owned);
}

/// The same where only what `mask` leaves of it must be the same.
#[track_caller]
pub(crate) fn holds_but_for(name: &str, text: &str, mask: impl Fn(&str) -> String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(name);
    let written = std::fs::read_to_string(&path).unwrap_or_default().replace('\r', "");
    if std::env::var_os(WRITE).is_some() {
        // What differs only in what is masked stays.
        if mask(&written) == mask(text) {
            return;
        }
        std::fs::write(&path, text).unwrap();
        return;
    }
    let (written, text) = (mask(&written), mask(text));
    let differs =
        |(line, (is, should)): (usize, (&str, &str))| (is != should).then(|| format!("{}: {should}", line + 1));
    let first = written.lines().zip(text.lines()).enumerate().find_map(differs);
    let first = first.unwrap_or_else(|| "its length".into());
    let write = format!("{WRITE}=1 cargo test -p gitark-cli --test cli documents");
    assert!(written == text, "{name} is not what the command says, first in line {first}\nwrite it anew: {write}");
}
