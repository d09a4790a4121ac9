//! `docs/tour.md`: what each command says, on a small world, at 80 columns and without colour.

use std::{
    fs::File,
    io::{Read as _, Seek as _},
    process::Command,
};

use github_emulator::{Fault, FaultKind, RequestClass};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use crate::{
    documents::holds_but_for,
    support::{HELLO, SPOON, World, git},
};

const HEAD: &str = "\
# A tour

What each command says, run one after the other on a small made-up GitHub, on a terminal of 80 columns without colour.
stdout and stderr stand together here, as on a terminal; [terminal.md](terminal.md) says which is which. Sizes and times
are those of one run. [commands.md](commands.md) has every flag. This page is made by a test; write it anew with
`just docs`.
";

/// The days of the tour, as the page calls them.
const DAYS: [&str; 4] = ["2026-11-19", "2026-11-20", "2026-11-21", "2026-11-22"];
/// The time of day at which all backups of the tour begin.
const TIME: &str = "T03:17:";

struct Tour {
    world: World,
    page: String,
    /// The days in this run.
    days: [String; 4],
}

impl Tour {
    async fn start() -> Self {
        let world = World::start().await;
        let now = Timestamp::now();
        let day = |ago: i64| (now - SignedDuration::from_hours(24 * ago)).to_zoned(TimeZone::UTC).date().to_string();
        Self { world, page: HEAD.to_owned(), days: [day(2), day(1), day(0), day(-1)] }
    }

    /// From now on it is this day upstream.
    fn on_day(&self, number: usize) {
        let then: Timestamp = format!("{}{TIME}00Z", self.days[number]).parse().unwrap();
        self.world.github.set_clock_offset(then.as_second() - Timestamp::now().as_second());
    }

    fn section(&mut self, title: &str, text: &str) {
        self.page.push_str(&format!("\n## {title}\n\n{text}\n"));
    }

    fn note(&mut self, text: &str) {
        self.page.push_str(&format!("\n{text}\n"));
    }

    /// Runs a command, which ends with this code, and shows it with what it says.
    #[track_caller]
    fn shows(&mut self, code: i32, arguments: &[&str]) {
        self.shows_of(code, arguments, usize::MAX, |_| {});
    }

    /// The same of a command in another environment, with so many lines at most.
    #[track_caller]
    fn shows_of(&mut self, code: i32, arguments: &[&str], most: usize, set: impl FnOnce(&mut Command)) {
        let actual: Vec<String> = arguments.iter().map(|word| self.of_this_run(word)).collect();
        let mut said = tempfile::tempfile().unwrap();
        let mut command = self.world.command(&actual);
        command.env_remove("GITARK_VAULT").env("COLUMNS", "80").env("GITARK_HOST", "github.com");
        // One after the other, so that their lines are in the same order each time.
        command.env("GITARK_CONCURRENCY", "1").stdout(said.try_clone().unwrap()).stderr(said.try_clone().unwrap());
        set(&mut command);
        let ended = command.status().unwrap().code().unwrap_or(-1);
        let text = self.shown(&mut said);
        assert_eq!(ended, code, "{arguments:?}:\n{text}");
        assert!(!text.contains('\u{1b}'), "colour: {text}");
        let words: Vec<String> = arguments.iter().map(|word| quoted(word)).collect();
        self.page.push_str(&format!("\n```text\n$ gitark {}\n", words.join(" ")));
        let mut lines: Vec<&str> = text.lines().collect();
        if let ([_, "--all", ..], [several @ .., _]) = (arguments, &mut lines[..]) {
            // They are restored side by side.
            several.sort_unstable();
        }
        lines.iter().take(most).for_each(|line| self.page.push_str(&format!("{}\n", line.trim_end())));
        if lines.len() > most {
            self.page.push_str("…\n");
        }
        if code != 0 {
            self.page.push_str(&format!("$ echo $?\n{code}\n"));
        }
        self.page.push_str("```\n");
    }

    /// A word with the days of this run in it.
    fn of_this_run(&self, word: &str) -> String {
        DAYS.iter().zip(&self.days).fold(word.to_owned(), |word, (shown, actual)| word.replace(shown, actual))
    }

    /// What was said, with the page's days, addresses and paths.
    fn shown(&self, said: &mut File) -> String {
        let mut text = String::new();
        said.rewind().unwrap();
        said.read_to_string(&mut text).unwrap();
        text = text.replace(&self.world.emulator.url(), "https://github.com");
        text = text.replace(&format!("{}/", self.world.directory.path().display()), "/home/mona/");
        for (shown, actual) in DAYS.iter().zip(&self.days) {
            text = text.replace(actual, shown);
        }
        at_the_same_time(&text)
    }
}

/// A word as a shell wants it.
fn quoted(word: &str) -> String {
    if word.contains(['*', ' ', '>']) { format!("'{word}'") } else { word.to_owned() }
}

/// The text with the tour's time of day instead of this machine's.
fn at_the_same_time(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('T') {
        shown.push_str(before);
        let is_time =
            before.as_bytes().last().is_some_and(u8::is_ascii_digit) && after.as_bytes().get(8) == Some(&b'Z');
        let time = after.get(..8).filter(|_| is_time).and_then(|time| time.rsplit_once(':'));
        match time {
            Some((_, seconds)) => shown.push_str(&format!("{TIME}{seconds}")),
            None => shown.push('T'),
        }
        rest = if time.is_some() { &after[8..] } else { after };
    }
    shown + rest
}

/// What must be the same each time: no digits of sizes, times and ids, and no spaces that make up for them.
fn mask(text: &str) -> String {
    let mut masked = String::new();
    for line in text.lines() {
        let words: Vec<String> = line.split_whitespace().map(masked_word).collect();
        masked.push_str(&words.join(" "));
        masked.push('\n');
    }
    // A size is a number and its unit.
    let units = ["B", "KiB", "MiB"];
    units.iter().fold(masked, |text, unit| text.replace(&format!("# {unit}"), "# bytes"))
}

fn masked_word(word: &str) -> String {
    let plain = word.trim_matches(|c: char| "(),;".contains(c));
    let is_number = !plain.is_empty() && plain.bytes().all(|byte| byte.is_ascii_digit() || b".s".contains(&byte));
    let is_decimal = is_number && plain.contains('.');
    let is_time = plain.contains(TIME);
    let is_id = plain.contains("/pack-") || (plain.len() >= 7 && plain.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let is_size = is_number && plain.len() >= 2;
    if is_decimal || is_time || is_id || is_size { word.replace(plain, "#") } else { word.to_owned() }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tour_documents_what_each_command_says() {
    let mut tour = Tour::start().await;
    let hello = tour.world.repository(HELLO);
    hello.commit("main", &[("src/lib.rs", "pub fn hello() -> &'static str {\n    \"Hello\"\n}\n")], "A library");
    let tip = hello.commit("topic", &[("topic.txt", "An idea\n")], "An idea");
    hello.create_annotated_tag("v1.0", &tip, "Version 1.0");
    hello.create_wiki().commit("master", &[("Home.md", "# Home\n")], "Home");
    tour.world.github.create_repository("octocat/tmp-1").commit("main", &[("a", "a\n")], "One");

    tour.section("Before the first backup", "What would be done, and why something is left out:");
    tour.on_day(0);
    tour.shows(0, &["plan", "octocat", "--exclude", "tmp-*", "--to", "vault"]);
    tour.note("[doctor.md](doctor.md) shows what `gitark doctor` says.");

    tour.section("Back up", "The first time, and again when nothing has changed:");
    let backup = ["backup", "octocat", "--exclude", "tmp-*", "--to", "vault"];
    tour.shows(0, &backup);
    tour.on_day(1);
    tour.shows(0, &backup);
    tour.note("A branch was rewritten, another one is new, and one repository cannot be reached:");
    hello.force_push("topic", &[("topic.txt", "A better idea\n")], "A better idea");
    hello.commit("fix", &[("README.md", "# Hello, world\n")], "Fix");
    for class in [RequestClass::InfoRefs, RequestClass::LsRefs] {
        let kind = FaultKind::Status { status: 404, headers: Vec::new(), body: String::new() };
        tour.world.github.add_fault(Fault::new(kind).on(class).path("/octocat/spoon.git"));
    }
    tour.shows(3, &backup);
    tour.world.github.clear_faults();

    tour.section("What is in the vault", "All of it, and the backups of one repository:");
    tour.shows(0, &["list", "--vault", "vault"]);
    tour.shows(0, &["log", HELLO, "--refs", "--vault", "vault"]);
    tour.shows(0, &["show", HELLO, "--vault", "vault"]);
    tour.shows(0, &["show", HELLO, "--refs", "lost", "--vault", "vault"]);
    tour.shows(0, &["diff", HELLO, "1", "latest", "--vault", "vault"]);
    tour.note("Its files, of any day:");
    tour.shows(0, &["ls-files", HELLO, "--long", "--vault", "vault"]);
    tour.shows(0, &["cat", HELLO, "src/lib.rs", "--at", "2026-11-19", "--vault", "vault"]);
    tour.note("What is not there:");
    tour.shows(1, &["cat", HELLO, "src/lib.r", "--vault", "vault"]);
    tour.shows(1, &["log", "octocat/nothing", "--vault", "vault"]);

    tour.section("Is all well?", "Whether backups go on, with the failure from above:");
    tour.shows(3, &["status", "--vault", "vault"]);
    tour.note("A day later it was reached again, and one was deleted upstream. It stays in the vault:");
    tour.on_day(2);
    tour.world.github.create_repository("octocat/old").commit("main", &[("a", "a\n")], "One");
    tour.world.backup_quietly("octocat/old", "vault");
    tour.shows(0, &backup);
    tour.world.repository("octocat/old").vanish();
    hello.commit("main", &[("news.txt", "News\n")], "News");
    tour.shows(0, &backup);
    tour.shows(0, &["status", "--vault", "vault"]);
    tour.note("Whether the vault holds what its logs say:");
    tour.shows(0, &["verify", "--vault", "vault"]);
    tour.shows(0, &["verify", "--full", "--vault", "vault"]);

    tour.section("Get it back", "As a repository with files, bare, or in one file; then everything:");
    tour.shows(0, &["restore", HELLO, "hello", "--vault", "vault"]);
    tour.shows(0, &["restore", HELLO, "hello.git", "--bare", "--at", "2026-11-19", "--vault", "vault"]);
    tour.shows(0, &["restore", HELLO, "hello.bundle", "--format", "bundle", "--vault", "vault"]);
    for format in ["tar", "tar.gz", "zip"] {
        let file = format!("v1.0.{format}");
        tour.shows(0, &["restore", HELLO, &file, "--format", format, "--ref", "v1.0", "--vault", "vault"]);
    }
    tour.shows(0, &["restore", "--all", "everything", "--vault", "vault"]);
    tour.note("Nothing is overwritten:");
    tour.shows(1, &["restore", HELLO, "hello", "--vault", "vault"]);

    tour.section("Look after it", "Join the small packs of many backups, and copy the vault:");
    tour.shows(0, &["compact", "--vault", "vault"]);
    tour.shows(0, &["compact", "--grace", "0s", "--vault", "vault"]);
    tour.shows(0, &["copy", "vault", "copy"]);
    tour.shows(0, &["copy", "vault", "copy"]);
    tour.note("A mirror that is there already becomes a first backup:");
    let url = format!("{}/{SPOON}.git", tour.world.emulator.url());
    git(tour.world.directory.path(), &["clone", "-q", "--mirror", &url, "spoon.git"]);
    tour.shows(0, &["import", "spoon.git", "--to", "another"]);

    tour.section("Damage", "A flipped bit is found, and mended from upstream:");
    let bare = tour.world.path("vault/github.com/octocat/spoon/spoon.git");
    crate::support::flip_a_byte(&bare);
    tour.shows(4, &["verify", "--full", "--vault", "vault"]);
    tour.shows(0, &["backup", SPOON, "--to", "vault", "--refetch"]);

    tour.section("Settings, and the rest", "What is in force, and where it comes from:");
    std::fs::write(tour.world.path("gitark.toml"), "vault = \"vault\"\n\n[jobs.nightly]\nsources = [\"octocat\"]\n")
        .unwrap();
    let alone = |command: &mut Command| {
        command.env_remove("GITARK_HOST").env_remove("GITHUB_API_URL").env_remove("GITARK_CONCURRENCY");
    };
    tour.shows_of(0, &["config", "show"], usize::MAX, alone);
    tour.note("`gitark config example` prints [this file](gitark.toml.example). A setting that is none is refused:");
    std::fs::write(tour.world.path("wrong.toml"), "concurency = 8\n").unwrap();
    tour.shows_of(2, &["backup", "octocat", "--config", "wrong.toml"], usize::MAX, alone);
    tour.note("Completions and manual pages:");
    tour.shows_of(0, &["completions", "bash"], 1, |_| {});
    tour.shows(0, &["man", "man1"]);
    tour.note("`gitark demo` tells the whole story on made-up repositories, without a token and without network.");
    holds_but_for("docs/tour.md", &tour.page, mask);
}

impl World {
    /// A backup that is no part of what is shown.
    fn backup_quietly(&self, source: &str, vault: &str) {
        let mut command = self.backup_command(&[source, "--to", vault]);
        crate::support::Ran::of(command.env("GITARK_HOST", "github.com")).exits(0);
    }
}
