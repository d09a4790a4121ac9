//! Whatever stands in a settings file, reading it ends in settings or in one line.
//!
//! `GITARK_SETTINGS_SEED=7` tries one file again, `GITARK_SETTINGS_FILES=100000` more of them.

use std::{
    ffi::OsString,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

use super::{file::File, in_force, read, sections::Sections, tree::Tree};

/// Pieces that files are made of: what gitark knows, what TOML knows, and what neither does.
const PIECES: [&str; 48] = [
    "vault",
    "to",
    "sources",
    "concurrency",
    "jobs",
    "verify",
    "full",
    "schedule",
    "json",
    "verbose",
    "no_wikis",
    "token",
    "report",
    "grace",
    "vault-mode",
    "quiet",
    "compact",
    "nightly",
    "\n",
    "\n",
    "\n",
    " = ",
    " = ",
    " = ",
    ".",
    "[",
    "]",
    "[[",
    "]]",
    "{",
    "}",
    ",",
    "\"",
    "'",
    "'''",
    "\"\"\"",
    "true",
    "false",
    "4",
    "-1",
    "1e99",
    "0x7f",
    "99999999999999999999",
    "2026-11-21",
    "\"octocat\"",
    "[\"a/b\", 'c']",
    "'s3://b/x?region=y'",
    "'ghp_x'",
];

/// SplitMix64: the same seed gives the same numbers on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }
}

/// A file: pieces, lines that could stand in one, or bytes of any kind.
fn random_file(random: &mut Random) -> Vec<u8> {
    let mut bytes = Vec::new();
    let kind = random.below(3);
    for _ in 0..random.below(40) {
        let mut piece = || PIECES[random.below(PIECES.len())];
        match kind {
            0 => bytes.extend(piece().as_bytes()),
            1 => {
                let line = match piece() {
                    key @ ("verify" | "compact" | "jobs") => format!("[{key}.{}]\n", piece()),
                    key => format!("{key} = {}\n", piece()),
                };
                bytes.extend(line.as_bytes());
            }
            _ => bytes.push(random.next() as u8),
        }
    }
    bytes
}

#[test]
fn any_file_ends_in_settings_or_in_one_line() {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().expect("a number"));
    let seeds = match number("GITARK_SETTINGS_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("GITARK_SETTINGS_FILES").unwrap_or(3_000),
    };
    let tree = Tree::new();
    let (mut good, mut parsed) = (0, 0);
    for seed in seeds {
        let bytes = random_file(&mut Random(seed));
        let read = catch_unwind(AssertUnwindSafe(|| {
            let file = File::parse(Path::new("gitark.toml"), &bytes)?;
            Ok((Sections::of(&file, &tree), file))
        }));
        let read = read.unwrap_or_else(|_| panic!("GITARK_SETTINGS_SEED={seed} panics:\n{}", bytes.escape_ascii()));
        let line = match read {
            Err(line) => Some(line),
            Ok((sections, _)) => {
                parsed += 1;
                sections.err()
            }
        };
        match line {
            None => good += 1,
            Some(line) => {
                let is_one = !line.chars().any(char::is_control) && line.starts_with("gitark.toml:");
                assert!(is_one, "GITARK_SETTINGS_SEED={seed}: {line:?}\n{}", bytes.escape_ascii());
            }
        }
    }
    assert!(good > 0 || std::env::var_os("GITARK_SETTINGS_SEED").is_some(), "{parsed} files were TOML, none was good");
}

/// From bytes to what runs, with the file on a disk.
#[test]
fn any_file_ends_a_backup_in_words() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("gitark.toml");
    for seed in 0..60 {
        std::fs::write(&path, random_file(&mut Random(seed))).expect("a file");
        let config = path.clone().into_os_string();
        let words = ["gitark", "backup", "--to", "vault"].map(OsString::from);
        let environment = |name: &str| (name == "GITARK_CONFIG").then(|| config.clone());
        let result = catch_unwind(AssertUnwindSafe(|| {
            let shown = in_force(&words, &environment, &Tree::new()).is_ok();
            (shown, read(&words, &environment).is_ok())
        }));
        let (shown, runs) = result.unwrap_or_else(|_| panic!("seed {seed} panics"));
        assert!(shown || !runs, "seed {seed}");
    }
}
