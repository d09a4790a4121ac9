//! Random commits, in the words of `git fast-import`.

use super::random::Random;

/// Paths that collide: some are files below what others are.
const PATHS: [&str; 14] = [
    "README.md",
    "src",
    "src/lib.rs",
    "src/deep/er/and/deeper.txt",
    "src/deep/twin.txt",
    "docs/a.md",
    "docs/b.md",
    "docs/a.md.orig",
    "with space.txt",
    "ünïcode/🦀.txt",
    "empty",
    "UPPER",
    "vendor/library",
    "build.sh",
];

/// Few texts, so that equal content meets in many places.
const TEXTS: [&str; 7] = ["one\n", "two\n", "", "no newline", "a\r\nb\r\n", "$Id$\n", "the same in all places\n"];

/// Before git was made, when it was, now, and far from now.
const DATES: [u64; 6] = [0, 1, 1_112_911_993, 1_700_000_000, 1_800_000_000, 4_102_444_800];

/// Appends bytes with their length, as `data` wants them.
fn data(script: &mut Vec<u8>, bytes: &[u8]) {
    script.extend(format!("data {}\n", bytes.len()).as_bytes());
    script.extend(bytes);
    script.push(b'\n');
}

fn line(script: &mut Vec<u8>, text: &str) {
    script.extend(text.as_bytes());
    script.push(b'\n');
}

/// A name, an address and a date.
pub(super) fn signature(random: &mut Random) -> String {
    let name = random.one_of(&["Mona Lisa", "Ünïcode 🦀", "O'Neil \"quoted\"", "x"]);
    let zone = random.one_of(&["+0000", "+0000", "-0730", "+1400"]);
    let date = random.one_of(&DATES) + random.below(1000) as u64;
    format!("{name} <{}@example.com> {date} {zone}", random.below(3))
}

/// What a file holds.
fn content(random: &mut Random) -> Vec<u8> {
    match random.below(60) {
        // One mebibyte that does not compress, and one that does.
        0 => random.bytes(1 << 20),
        1 => vec![b'z'; 1 << 20],
        2..8 => {
            let length = random.between(1, 300);
            random.bytes(length)
        }
        8..20 => format!("fn number_{}() {{}}\n", random.below(1 << 20)).into_bytes(),
        // Long enough for git to make deltas of.
        20..30 => {
            let mut lines: Vec<String> = (0..80).map(|number| format!("line {number} of a longer text\n")).collect();
            let changed = random.below(lines.len());
            lines[changed] = format!("changed to {}\n", random.below(1 << 20));
            lines.concat().into_bytes()
        }
        _ => random.one_of(&TEXTS).as_bytes().to_owned(),
    }
}

/// One change of one file.
fn file(random: &mut Random, script: &mut Vec<u8>) {
    let path = random.one_of(&PATHS);
    match random.below(16) {
        0..3 => line(script, &format!("D {path}")),
        // A submodule: its commit is in another repository.
        3 => {
            let commit: String = random.bytes(20).iter().map(|byte| format!("{byte:02x}")).collect();
            line(script, &format!("M 160000 {commit} {path}"));
        }
        kind => {
            let mode = match kind {
                4 => "120000",
                5 => "100755",
                _ => "100644",
            };
            line(script, &format!("M {mode} inline {path}"));
            // Nobody can check out a link to a text of many lines, or to nothing.
            let content = if mode == "120000" { b"somewhere/else".to_vec() } else { content(random) };
            data(script, &content);
        }
    }
}

/// A commit of `reference`, with this mark, on top of `parents`; without any it goes on from the one before it.
pub(super) fn commit(random: &mut Random, script: &mut Vec<u8>, reference: &str, mark: usize, parents: &[String]) {
    line(script, &format!("commit {reference}\nmark :{mark}"));
    line(script, &format!("author {}", signature(random)));
    line(script, &format!("committer {}", signature(random)));
    if random.one_in(20) {
        line(script, "encoding ISO-8859-1");
    }
    let message = match random.below(12) {
        0 => b"".to_vec(),
        1 => b"caf\xe9, not UTF-8\n".to_vec(),
        2 => "no newline, ünïcode 🦀".into(),
        _ => format!("Commit {}\n\nWith a body.\n", random.below(1000)).into_bytes(),
    };
    data(script, &message);
    for (at, parent) in parents.iter().enumerate() {
        line(script, &format!("{} {parent}", if at == 0 { "from" } else { "merge" }));
    }
    if random.one_in(15) {
        line(script, "deleteall");
    }
    // None at all is an empty commit.
    for _ in 0..random.below(6) {
        file(random, script);
    }
}

/// A note on `commit`, on top of the notes that there are.
pub(super) fn note(random: &mut Random, script: &mut Vec<u8>, reference: &str, parent: Option<&String>, commit: &str) {
    line(script, &format!("commit {reference}\nmark :1\ncommitter {}", signature(random)));
    data(script, b"Notes added\n");
    if let Some(parent) = parent {
        line(script, &format!("from {parent}"));
    }
    line(script, &format!("N inline {commit}"));
    data(script, random.one_of(&TEXTS).as_bytes());
}

/// The annotated tag `reference` of any object, with this mark.
pub(super) fn tag(random: &mut Random, script: &mut Vec<u8>, reference: &str, mark: usize, target: &str) {
    let name = reference.trim_start_matches("refs/tags/");
    line(script, &format!("tag {name}\nmark :{mark}\nfrom {target}\ntagger {}", signature(random)));
    data(script, random.one_of(&["A tag\n", "", "Ünïcode 🦀\n"]).as_bytes());
}

/// A blob that no tree needs to name.
pub(super) fn blob(random: &mut Random, script: &mut Vec<u8>, mark: usize) {
    line(script, &format!("blob\nmark :{mark}"));
    data(script, &content(random));
}
