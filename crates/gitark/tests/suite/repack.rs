//! Many packs become one: the same objects, smaller, and git has nothing to say against it.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use gitark::git::{
    Error, ObjectId,
    pack::{IndexedPack, PackLimits},
    repack::{RepackInput, RepackOptions, repack},
};
use sha1::Digest as _;
use tokio_util::sync::CancellationToken;

use crate::{hostile::deflate, real, support::git};

/// A bare repository to make packs of, and folders for packs.
struct Fixture {
    directory: tempfile::TempDir,
}

impl Fixture {
    fn new() -> Self {
        let fixture = Self { directory: tempfile::tempdir().expect("a directory") };
        git::git(fixture.directory.path(), &["init", "-q", "--bare", "source.git"]);
        std::fs::create_dir(fixture.path("packs")).expect("a directory");
        fixture
    }

    /// A history of `commits` with files that grow, change, move and go; the commits, oldest first.
    fn with_history(commits: usize) -> (Self, Vec<String>) {
        let fixture = Self::new();
        let mut script = String::new();
        for number in 1..=commits {
            script.push_str(&format!("commit refs/heads/main\nmark :{number}\n"));
            script.push_str(&format!("committer C <c@example.com> {} +0000\n", 1_000_000 + number * 60));
            script.push_str("data 4\nword\n");
            if number > 1 {
                script.push_str(&format!("from :{}\n", number - 1));
            }
            for file in ["readme.md", "src/deep/er/main.rs", "src/lib.rs"] {
                if number % 3 == file.len() % 3 || number == 1 {
                    let text = text(file.len(), number);
                    script.push_str(&format!("M 100644 inline {file}\ndata {}\n{text}\n", text.len()));
                }
            }
            let text = text(1000 + number, 1);
            script.push_str(&format!("M 100644 inline many/file-{number}.txt\ndata {}\n{text}\n", text.len()));
            script.push('\n');
        }
        let loose = "fastimport.unpackLimit=1000000";
        git::attempt(&fixture.source(), &["-c", loose, "fast-import", "--quiet"], script.as_bytes()).expect("imported");
        git::git(&fixture.source(), &["tag", "-a", "-m", "a tag", "v1", "main~1"]);
        let commits = git::git(&fixture.source(), &["rev-list", "--reverse", "main"]);
        (fixture, commits.lines().map(str::to_owned).collect())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn source(&self) -> PathBuf {
        self.path("source.git")
    }

    /// A pack of what these revisions lead to, made by git.
    fn pack(&self, revisions: &str, options: &[&str]) -> (PathBuf, PathBuf) {
        let stem = self.path("packs").join("pack");
        let stem = stem.to_str().expect("a path");
        let arguments = [&["pack-objects", "-q", "--revs", "--threads=1"], options, &[stem]].concat();
        let name = git::attempt(&self.source(), &arguments, revisions.as_bytes()).expect("packed");
        let name = String::from_utf8(name).expect("text");
        let path = PathBuf::from(format!("{stem}-{}.pack", name.trim()));
        (path.clone(), path.with_extension("idx"))
    }

    /// One pack for the first half of `commits`, and one for each commit after it.
    fn increments(&self, commits: &[String]) -> Vec<(PathBuf, PathBuf)> {
        let (first, rest) = commits.split_at(commits.len() / 2);
        let mut known = first.last().expect("commits");
        let mut packs = vec![self.pack(known, &["--delta-base-offset"])];
        for commit in rest {
            packs.push(self.pack(&format!("{commit}\n^{known}\n"), &["--delta-base-offset"]));
            known = commit;
        }
        packs
    }

    async fn repack(&self, input: &RepackInput, options: RepackOptions) -> Result<Option<IndexedPack>, Error> {
        let out = tempfile::tempdir_in(self.directory.path()).expect("a directory").keep();
        repack(input.clone(), &out, options, &CancellationToken::new()).await
    }

    async fn repacked(&self, input: &RepackInput, options: RepackOptions) -> IndexedPack {
        self.repack(input, options).await.expect("repacked").expect("objects")
    }

    /// A bare repository of nothing but `pack`, with the references of the source that it has.
    fn repository_of(&self, pack: &IndexedPack) -> PathBuf {
        let target = tempfile::tempdir_in(self.directory.path()).expect("a directory").keep();
        git::git(&target, &["init", "-q", "--bare", "."]);
        for path in [&pack.pack_path, &pack.index_path] {
            std::fs::copy(path, target.join("objects/pack").join(path.file_name().expect("a name"))).expect("copied");
        }
        for (name, value) in git::refs(&self.source()) {
            git::git(&target, &["update-ref", &name, &value]);
        }
        target
    }
}

/// Lines that look like a file of its own for each `seed`, of which a few differ with each `version`.
fn text(seed: usize, version: usize) -> String {
    (0..150 + version)
        .map(|line| {
            let changes = if line % 37 == version % 37 { version } else { 0 };
            let word = (seed * 7919 + line * 104_729 + changes * 31) as u64;
            format!("line {line} says {:x}\n", word.wrapping_mul(0x9e37_79b9_7f4a_7c15))
        })
        .collect()
}

fn packs(packs: &[(PathBuf, PathBuf)]) -> RepackInput {
    RepackInput { packs: packs.to_vec(), loose: Vec::new() }
}

/// The names in an index, as git reads them.
fn names(index: &Path) -> BTreeSet<String> {
    let bytes = std::fs::read(index).expect("an index");
    let output = git::attempt(Path::new("."), &["show-index"], &bytes).expect("an index");
    let text = String::from_utf8(output).expect("text");
    text.lines().map(|line| line.split(' ').nth(1).expect("a name").to_owned()).collect()
}

fn union(packs: &[(PathBuf, PathBuf)]) -> BTreeSet<String> {
    packs.iter().flat_map(|(_, index)| names(index)).collect()
}

fn bytes(packs: &[(PathBuf, PathBuf)]) -> u64 {
    packs.iter().map(|(pack, _)| pack.metadata().expect("a pack").len()).sum()
}

fn length(pack: &IndexedPack) -> u64 {
    pack.pack_path.metadata().expect("a pack").len()
}

/// The longest chain of deltas, as `git verify-pack -v` tells it.
fn depth(pack: &IndexedPack) -> usize {
    let text = git::git(Path::new("."), &["verify-pack", "-v", pack.pack_path.to_str().expect("a path")]);
    // A delta's line ends in its depth and its base.
    let words = text.lines().map(|line| line.split_ascii_whitespace().collect::<Vec<_>>());
    words.filter(|words| words.len() == 7).map(|words| words[5].parse().expect("a depth")).max().unwrap_or(0)
}

/// git's own indexer finds the same index, and no fault.
fn assert_accepted(pack: &IndexedPack) {
    let bytes = std::fs::read(&pack.pack_path).expect("a pack");
    let directory = tempfile::tempdir().expect("a directory");
    git::git(directory.path(), &["init", "-q", "--bare", "."]);
    git::attempt(directory.path(), &["index-pack", "--strict", "--stdin"], &bytes).expect("accepted");
    let index = directory.path().join(format!("objects/pack/pack-{}.idx", pack.id));
    assert!(std::fs::read(index).expect("an index") == std::fs::read(&pack.index_path).expect("an index"));
    assert_eq!(pack.objects as usize, names(&pack.index_path).len());
}

#[tokio::test(flavor = "multi_thread")]
async fn many_packs_become_one_with_the_same_objects() {
    let (fixture, commits) = Fixture::with_history(60);
    let mut all = fixture.increments(&commits);
    all.push(fixture.pack("v1\n^v1^{}\n", &[]));
    let pack = fixture.repacked(&packs(&all), RepackOptions::default()).await;
    assert_eq!(names(&pack.index_path), union(&all));
    assert_eq!(names(&pack.index_path), git::objects(&fixture.source()));
    assert_accepted(&pack);
    git::fsck(&fixture.repository_of(&pack));
    assert!(depth(&pack) > 1 && depth(&pack) <= 50, "a depth of {}", depth(&pack));
    // What git itself makes of the same objects.
    let oracle = fixture.pack("main\nv1\n", &["--delta-base-offset", "--no-reuse-delta"]);
    assert!(length(&pack) * 100 < bytes(&[oracle]) * 115, "{} bytes", length(&pack));

    let without_largest = fixture.repacked(&packs(&all[1..]), RepackOptions::default()).await;
    assert_eq!(names(&without_largest.index_path), union(&all[1..]));
    assert!(length(&without_largest) * 2 < bytes(&all[1..]), "{} bytes", length(&without_largest));
    // Its trees are not whole, but its deltas need nothing outside.
    git::git(Path::new("."), &["verify-pack", without_largest.pack_path.to_str().expect("a path")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_packed_twice_is_there_once() {
    let (fixture, commits) = Fixture::with_history(20);
    let middle = &commits[10];
    let all = [
        fixture.pack("main\n", &[]),
        fixture.pack(middle, &["--delta-base-offset"]),
        fixture.pack(&format!("main\nv1\n^{}\n", commits[5]), &["--window=0"]),
    ];
    let sum: usize = all.iter().map(|(_, index)| names(index).len()).sum();
    let mut input = packs(&all);
    input.packs.push(all[0].clone());
    let pack = fixture.repacked(&input, RepackOptions::default()).await;
    assert_eq!(names(&pack.index_path), git::objects(&fixture.source()));
    assert!(sum > pack.objects as usize);
    assert_accepted(&pack);
    git::fsck(&fixture.repository_of(&pack));
}

#[tokio::test(flavor = "multi_thread")]
async fn deltas_that_name_their_base_are_taken_over() {
    let (fixture, _) = Fixture::with_history(30);
    let by_offset = fixture.pack("main\nv1\n", &["--delta-base-offset"]);
    let by_offset_bytes = bytes(&[by_offset]);
    // The name of a pack is made of its objects, so this one takes the place of the other.
    let by_name = fixture.pack("main\nv1\n", &[]);
    let by_name_bytes = bytes(std::slice::from_ref(&by_name));
    assert!(by_name_bytes > by_offset_bytes + 500, "git made no REF_DELTA");
    let pack = fixture.repacked(&packs(&[by_name]), RepackOptions::default()).await;
    assert!(length(&pack).abs_diff(by_offset_bytes) < 100, "{} and {by_offset_bytes} bytes", length(&pack));
    assert_accepted(&pack);
}

#[tokio::test(flavor = "multi_thread")]
async fn loose_objects_are_packed() {
    let (fixture, commits) = Fixture::with_history(20);
    let all = git::objects(&fixture.source());
    let objects = fixture.source().join("objects");
    let file = |name: &String| objects.join(&name[..2]).join(&name[2..]);
    let loose = |names: &BTreeSet<String>| -> Vec<(ObjectId, PathBuf)> {
        names.iter().map(|name| (name.parse().expect("a name"), file(name))).collect()
    };
    let input = RepackInput { packs: Vec::new(), loose: loose(&all) };
    let pack = fixture.repacked(&input, RepackOptions::default()).await;
    assert_eq!(names(&pack.index_path), all);
    assert_accepted(&pack);
    git::fsck(&fixture.repository_of(&pack));
    let oracle = bytes(&[fixture.pack("main\nv1\n", &["--delta-base-offset"])]);
    assert!(length(&pack) * 100 < oracle * 110, "{} bytes, {oracle} by git", length(&pack));

    let packed = fixture.pack(&commits[12], &[]);
    let both = RepackInput { packs: vec![packed], loose: loose(&all) };
    let pack = fixture.repacked(&both, RepackOptions::default()).await;
    assert_eq!(names(&pack.index_path), all);
    assert_accepted(&pack);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_nothing_there_is_no_pack() {
    let fixture = Fixture::new();
    let done = fixture.repack(&RepackInput::default(), RepackOptions::default()).await.expect("nothing to do");
    assert_eq!(done, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn equal_inputs_give_equal_bytes() {
    let (fixture, commits) = Fixture::with_history(40);
    let mut all = fixture.increments(&commits);
    let options =
        |threads| RepackOptions { limits: PackLimits { threads, ..PackLimits::default() }, ..RepackOptions::default() };
    let first = fixture.repacked(&packs(&all), options(1)).await;
    all.reverse();
    let second = fixture.repacked(&packs(&all), options(4)).await;
    assert_eq!(first.id, second.id);
    let read = |path| std::fs::read(path).expect("a file");
    assert!(read(&first.pack_path) == read(&second.pack_path) && read(&first.index_path) == read(&second.index_path));
    // And the result of it is left as it is.
    let again = packs(&[(first.pack_path.clone(), first.index_path.clone())]);
    assert_eq!(length(&fixture.repacked(&again, options(1)).await), length(&first));
}

#[tokio::test(flavor = "multi_thread")]
async fn chains_are_not_longer_than_was_asked_for() {
    let (fixture, commits) = Fixture::with_history(32);
    let all = [
        &fixture.increments(&commits)[..],
        &[fixture.pack("main\nv1\n", &["--depth=40", "--window=40", "--no-reuse-delta"])],
    ]
    .concat();
    let mut lengths = Vec::new();
    for depth in [0, 2, 50] {
        for input in [&all[..], &all[..all.len() - 1], &all[1..all.len() - 1], &all[all.len() - 1..]] {
            let options = RepackOptions { depth, ..RepackOptions::default() };
            let pack = fixture.repacked(&packs(input), options).await;
            assert!(self::depth(&pack) <= depth, "{} and not {depth}", self::depth(&pack));
            assert_eq!(names(&pack.index_path), union(input));
            lengths.push(length(&pack));
        }
    }
    assert!(lengths[0] > lengths[4] && lengths[4] > lengths[8], "{lengths:?}");
    let none = RepackOptions { window: 0, ..RepackOptions::default() };
    let pack = fixture.repacked(&packs(&all[..all.len() - 1]), none).await;
    assert!(length(&pack) > lengths[9], "new deltas without a window");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_narrow_window_is_kept() {
    let (fixture, commits) = Fixture::with_history(30);
    let all = fixture.increments(&commits);
    let options = RepackOptions { window_bytes: 1, ..RepackOptions::default() };
    let pack = fixture.repacked(&packs(&all), options).await;
    assert_eq!(names(&pack.index_path), union(&all));
    assert_accepted(&pack);
}

#[tokio::test(flavor = "multi_thread")]
async fn i12_a_damaged_object_is_named() {
    let (fixture, commits) = Fixture::with_history(12);
    let all = fixture.increments(&commits);
    let (pack, index) = &all[0];
    let good = std::fs::read(pack).expect("a pack");
    let index_bytes = std::fs::read(index).expect("an index");
    let listing = git::attempt(Path::new("."), &["show-index"], &index_bytes).expect("an index");
    let listing = String::from_utf8(listing).expect("text");
    std::fs::remove_file(pack).expect("removed");
    for line in listing.lines().step_by(5) {
        let (offset, rest) = line.split_once(' ').expect("an offset");
        let mut bytes = good.clone();
        // Behind the head of the entry, and what a delta has there.
        let at = offset.parse::<usize>().expect("a number") + 26;
        bytes[at] ^= 0x10;
        std::fs::write(pack, bytes).expect("written");
        let error = fixture.repack(&packs(&all), RepackOptions::default()).await.expect_err("damage").to_string();
        let name = rest.split(' ').next().expect("a name");
        assert!(error.contains(name) && error.contains("packs/pack-") && !error.contains('\n'), "{name}: {error}");
    }
    std::fs::write(pack, good).expect("written");

    let (name, other) = (&commits[3], &commits[4]);
    let file = |name: &str| fixture.source().join("objects").join(&name[..2]).join(&name[2..]);
    let read = |name| std::fs::read(file(name)).expect("a loose object");
    let path = fixture.path("loose");
    let input = RepackInput { packs: Vec::new(), loose: vec![(name.parse().expect("a name"), path.clone())] };
    let mut flipped = read(name);
    let last = flipped.len() - 1;
    flipped[last] ^= 1;
    for damaged in [read(name)[..40].to_vec(), read(other), flipped, Vec::new(), b"not zlib".to_vec()] {
        std::fs::write(&path, damaged).expect("written");
        let error = fixture.repack(&input, RepackOptions::default()).await.expect_err("damage").to_string();
        assert!(error.contains(name) && error.contains("loose"), "{error}");
    }
    std::fs::remove_file(&path).expect("removed");
    let error = fixture.repack(&input, RepackOptions::default()).await.expect_err("nothing");
    assert!(matches!(error, Error::Io { .. }), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn i12_flipped_bytes_never_panic_and_never_pass() {
    let (fixture, commits) = Fixture::with_history(3);
    let all = fixture.increments(&commits);
    let expected = union(&all);
    for path in [&all[0].0, &all[0].1] {
        let good = std::fs::read(path).expect("a file");
        for at in (0..good.len()).step_by(41) {
            let mut bytes = good.clone();
            bytes[at] ^= 1 << (at % 8);
            std::fs::remove_file(path).expect("removed");
            std::fs::write(path, bytes).expect("written");
            match fixture.repack(&packs(&all), RepackOptions::default()).await {
                Ok(pack) => assert_eq!(names(&pack.expect("objects").index_path), expected, "byte {at}"),
                Err(error) => {
                    assert!(!error.to_string().contains("panic"), "byte {at}: {error}");
                }
            }
        }
        std::fs::write(path, &good).expect("written");
        for cut in (0..good.len()).step_by(97) {
            std::fs::remove_file(path).expect("removed");
            std::fs::write(path, &good[..cut]).expect("written");
            fixture.repack(&packs(&all), RepackOptions::default()).await.expect_err("cut off");
        }
        std::fs::write(path, good).expect("written");
    }
}

/// A pack with these entries and a right checksum, and an index that says they have these names.
fn forged(directory: &Path, entries: &[([u8; 20], Vec<u8>)]) -> (PathBuf, PathBuf) {
    let mut pack = [b"PACK\0\0\0\x02".as_slice(), &(entries.len() as u32).to_be_bytes()].concat();
    let mut rows = Vec::new();
    for (name, entry) in entries {
        rows.push((*name, pack.len() as u32, entry));
        pack.extend_from_slice(entry);
    }
    pack.extend_from_slice(&sha1::Sha1::digest(&pack));
    rows.sort();
    let mut index = b"\xfftOc\0\0\0\x02".to_vec();
    for first in 0..=255u8 {
        let count = rows.iter().filter(|(name, ..)| name[0] <= first).count() as u32;
        index.extend_from_slice(&count.to_be_bytes());
    }
    rows.iter().for_each(|(name, ..)| index.extend_from_slice(name));
    for (_, _, entry) in &rows {
        let mut sum = flate2::Crc::new();
        sum.update(entry);
        index.extend_from_slice(&sum.sum().to_be_bytes());
    }
    rows.iter().for_each(|(_, offset, _)| index.extend_from_slice(&offset.to_be_bytes()));
    index.extend_from_slice(&pack[pack.len() - 20..]);
    index.extend_from_slice(&sha1::Sha1::digest(&index));
    let path = directory.join("forged.pack");
    std::fs::write(&path, pack).expect("written");
    std::fs::write(path.with_extension("idx"), index).expect("written");
    (path.clone(), path.with_extension("idx"))
}

#[tokio::test(flavor = "multi_thread")]
async fn i12_impossible_deltas_are_refused() {
    let on_name = |base: [u8; 20]| [&[0x70 | 3][..], &base, &deflate(&[1, 1, 0x90])].concat();
    let on_offset = |distance: u8| [&[0x60 | 3, distance][..], &deflate(&[1, 1, 0x90])].concat();
    let (a, b, c) = ([0xaa; 20], [0xbb; 20], [0xcc; 20]);
    let fixture = Fixture::new();
    let whole = [&[0x30 | 1][..], &deflate(b"x")].concat();
    for (what, entries) in [
        ("a circle of two", vec![(a, on_name(b)), (b, on_name(a))]),
        ("itself", vec![(a, on_name(a))]),
        ("a name outside", vec![(a, on_name(c))]),
        ("an offset between entries", vec![(b, whole.clone()), (a, on_offset(3))]),
        ("before the pack", vec![(a, on_offset(100))]),
        ("no distance", vec![(a, on_offset(0))]),
        ("another name", vec![(c, whole.clone())]),
        ("an unknown type", vec![(a, vec![0x50, 1, 2, 3])]),
        ("no entry at all", vec![(a, whole.clone()), (b, Vec::new())]),
        ("a huge size", vec![(a, [&[0xb0, 0xff, 0xff, 0xff, 0xff, 0x7f][..], &deflate(b"x")].concat())]),
    ] {
        let forged = forged(&fixture.path("packs"), &entries);
        let error = fixture.repack(&packs(&[forged]), RepackOptions::default()).await.expect_err(what);
        let is_about_the_pack = matches!(error, Error::BadPack(_) | Error::BadObject { .. });
        assert!(is_about_the_pack && !error.to_string().contains("panic"), "{what}: {error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_repack_leaves_nothing() {
    let (fixture, commits) = Fixture::with_history(10);
    let input = packs(&fixture.increments(&commits));
    let out = tempfile::tempdir().expect("a directory");
    let cancel = CancellationToken::new();
    cancel.cancel();
    let error = repack(input, out.path(), RepackOptions::default(), &cancel).await.expect_err("cancelled");
    assert!(matches!(error, Error::Cancelled), "{error}");
    assert_eq!(std::fs::read_dir(out.path()).expect("a directory").count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_history_in_increments_shrinks_to_what_a_clone_has() {
    const INCREMENTS: usize = 40;
    let Some(bundle) = real::bundles().into_iter().find(|path| path.ends_with("ripgrep.bundle")) else {
        eprintln!("skipped: there is no ripgrep.bundle (set GITARK_TEST_BUNDLES)");
        return;
    };
    let fixture = Fixture::new();
    let bundle = bundle.to_str().expect("a path");
    git::git(&fixture.source(), &["fetch", "-q", "--no-tags", bundle, "HEAD:refs/heads/main"]);
    let trunk = git::git(&fixture.source(), &["rev-list", "--first-parent", "main"]);
    let mut trunk: Vec<&str> = trunk.lines().take(INCREMENTS + 1).collect();
    trunk.reverse();
    let mut all = vec![fixture.pack(trunk[0], &["--delta-base-offset"])];
    for pair in trunk.windows(2) {
        all.push(fixture.pack(&format!("{}\n^{}\n", pair[1], pair[0]), &["--delta-base-offset"]));
    }
    let pack = fixture.repacked(&packs(&all), RepackOptions::default()).await;
    assert!(names(&pack.index_path) == git::objects(&fixture.source()));
    assert_accepted(&pack);
    git::attempt(&fixture.repository_of(&pack), &["fsck", "--full"], b"").expect("whole");
    assert!(depth(&pack) <= 50);
    let clone = fixture.pack("main\n", &["--delta-base-offset"]);
    let (ours, clone, before) = (length(&pack), bytes(&[clone]), bytes(&all));
    assert!(ours * 100 <= clone * 105, "{ours} bytes; a clone has {clone}, the packs had {before}");
}
