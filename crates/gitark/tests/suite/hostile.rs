//! Hostile and broken answers: a clear error for that repository, nothing stored, nothing built upon.

use gitark::backup::{Reason, report::Outcome};
use github_emulator::{Fault, FaultKind, RequestClass};
use sha1::Digest as _;

use crate::support::{REPOSITORY, World, git, row};

/// An answer to `fetch` that carries `pack`.
fn answer(pack: &[u8]) -> Vec<u8> {
    let mut body = b"000dpackfile\n".to_vec();
    for chunk in pack.chunks(60_000) {
        body.extend_from_slice(format!("{:04x}\x01", chunk.len() + 5).as_bytes());
        body.extend_from_slice(chunk);
    }
    body.extend_from_slice(b"0000");
    body
}

/// A pack with `entries` (type, size, rest) and a right checksum.
fn pack(count: u32, entries: &[u8]) -> Vec<u8> {
    let mut pack = [b"PACK\0\0\0\x02".as_slice(), &count.to_be_bytes(), entries].concat();
    let checksum = sha1::Sha1::digest(&pack);
    pack.extend_from_slice(&checksum);
    pack
}

/// `data` as zlib compresses it.
pub(crate) fn deflate(data: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(data).expect("deflated");
    encoder.finish().expect("deflated")
}

/// The head of a pack's entry: type and size (gitformat-pack).
fn entry_head(kind: u8, mut size: u64) -> Vec<u8> {
    let mut byte = kind << 4 | (size & 15) as u8;
    size >>= 4;
    let mut head = Vec::new();
    while size > 0 {
        head.push(byte | 0x80);
        byte = (size & 0x7f) as u8;
        size >>= 7;
    }
    head.push(byte);
    head
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let byte = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            bytes.push(byte);
            return bytes;
        }
        bytes.push(byte | 0x80);
    }
}

/// A base of a few bytes and a delta on it that says it makes `size` bytes.
fn delta_bomb(size: u64) -> Vec<u8> {
    let base = b"0123456789abcdef";
    let mut entries = [entry_head(3, base.len() as u64), deflate(base)].concat();
    let distance = entries.len() as u8;
    let mut delta = [varint(base.len() as u64), varint(size)].concat();
    for _ in 0..(size / 16).min(100_000) {
        delta.extend_from_slice(&[0b1001_0000, 16]);
    }
    entries.extend(entry_head(6, delta.len() as u64));
    assert!(distance < 128);
    entries.push(distance);
    entries.extend(deflate(&delta));
    pack(2, &entries)
}

#[tokio::test(flavor = "multi_thread")]
async fn i12_hostile_input_ends_in_a_clear_error() {
    let (world, repository) = World::with_repository().await;
    world.backup().await;
    let before = git::refs(&world.bare());
    repository.commit("main", &[("a.txt", "a\n")], "New");
    let bad_hash = {
        let mut pack = pack(1, &[entry_head(3, 5), deflate(b"hello")].concat());
        let last = pack.len() - 1;
        pack[last] ^= 1;
        pack
    };
    let malformed_tree = pack(1, &[entry_head(2, 4), deflate(b"junk")].concat());
    let trailing = [pack(1, &[entry_head(3, 5), deflate(b"hello")].concat()), b"more".to_vec()].concat();
    let cases: Vec<(&str, RequestClass, Vec<u8>)> = vec![
        ("a wrong checksum", RequestClass::Fetch, answer(&bad_hash)),
        ("a malformed tree", RequestClass::Fetch, answer(&malformed_tree)),
        ("bytes behind the pack", RequestClass::Fetch, answer(&trailing)),
        ("no pack at all", RequestClass::Fetch, answer(b"this is no pack")),
        (
            "four billion objects",
            RequestClass::Fetch,
            answer(&pack(u32::MAX, &[entry_head(3, 5), deflate(b"hello")].concat())),
        ),
        (
            "a blob of 4 GB",
            RequestClass::Fetch,
            answer(&pack(1, &[entry_head(3, 4 << 30), deflate(b"hello")].concat())),
        ),
        ("a delta bomb", RequestClass::Fetch, answer(&delta_bomb(8 << 30))),
        ("a delta that lies about its size", RequestClass::Fetch, answer(&delta_bomb(20_000_000))),
        ("channel 3", RequestClass::Fetch, b"000dpackfile\n0010\x03out of love0000".to_vec()),
        ("an ERR line", RequestClass::Fetch, b"0015ERR access denied0000".to_vec()),
        ("a line longer than its length", RequestClass::Fetch, b"fff0short".to_vec()),
        ("a length that is no number", RequestClass::Fetch, b"zzzzpackfile\n".to_vec()),
        ("nothing", RequestClass::Fetch, Vec::new()),
        ("references without a flush", RequestClass::LsRefs, line(&format!("{} refs/heads/main", "1".repeat(40)))),
        ("a path as a reference", RequestClass::LsRefs, listing(&["refs/heads/../../../config"])),
        ("a control character", RequestClass::LsRefs, listing(&["refs/heads/a\x01b"])),
        ("a file and a directory", RequestClass::LsRefs, listing(&["refs/heads/a", "refs/heads/a/b"])),
        ("one reference twice", RequestClass::LsRefs, listing(&["refs/heads/a", "refs/heads/a"])),
        ("no object id", RequestClass::LsRefs, [line("xyz refs/heads/main"), b"0000".to_vec()].concat()),
        (
            "a HEAD outside",
            RequestClass::LsRefs,
            [line(&format!("{} HEAD symref-target:../../etc/passwd", "1".repeat(40))), b"0000".to_vec()].concat(),
        ),
        (
            "a name that is not UTF-8",
            RequestClass::LsRefs,
            [b"003b".as_slice(), "1".repeat(40).as_bytes(), b" refs/heads/\xff\xfe\0", b"0000"].concat(),
        ),
        (
            "SHA-256",
            RequestClass::InfoRefs,
            [
                line("version 2\n"),
                line("ls-refs=unborn\n"),
                line("fetch=shallow\n"),
                line("object-format=sha256\n"),
                b"0000".to_vec(),
            ]
            .concat(),
        ),
        (
            "the old protocol",
            RequestClass::InfoRefs,
            [line(&format!("{} HEAD\0multi_ack", "1".repeat(40))), b"0000".to_vec()].concat(),
        ),
    ];
    for (case, class, body) in cases {
        world.upstream.add_fault(Fault::new(FaultKind::Garbage { body }).on(class));
        let report = world.backup_to(world.storage()).await.expect("a run");
        world.upstream.clear_faults();
        let row = row(&report, REPOSITORY);
        assert_eq!(row.outcome, Outcome::Failed, "{case}");
        let message = row.message.as_deref().unwrap_or_default();
        eprintln!("{case}: {:?}: {message}", row.reason);
        assert!(!message.is_empty() && !message.contains('\n') && message.len() < 600, "{case}: {message}");
        assert_eq!(git::refs(&world.bare()), before, "{case}: something was published");
        assert_eq!(world.repository().await.sequences().await.expect("a listing"), [1], "{case}");
    }
    World::assert_whole(&world.vault).await;
    world.backup().await;
    assert_eq!(git::upstream_refs(&world.bare()), repository.refs());
}

fn line(text: &str) -> Vec<u8> {
    format!("{:04x}{text}", text.len() + 4).into_bytes()
}

fn listing(names: &[&str]) -> Vec<u8> {
    let mut body: Vec<u8> = names.iter().flat_map(|name| line(&format!("{} {name}\n", "1".repeat(40)))).collect();
    body.extend_from_slice(b"0000");
    body
}

#[tokio::test(flavor = "multi_thread")]
async fn i5_nothing_is_published_before_it_is_checked() {
    let (world, repository) = World::with_repository().await;
    let path = repository.path();
    let main = repository.resolve("refs/heads/main").expect("main");
    let ids = git::objects(&path);
    let make = |ids: &[&String]| {
        let input = ids.iter().map(|id| format!("{id}\n")).collect::<String>();
        git::attempt(&path, &["pack-objects", "-q", "--stdout"], input.as_bytes()).expect("a pack")
    };
    // A first backup whose pack lacks one object, each in turn.
    for left_out in &ids {
        let rest: Vec<&String> = ids.iter().filter(|id| *id != left_out).collect();
        world.upstream.add_fault(Fault::new(FaultKind::Garbage { body: answer(&make(&rest)) }).on(RequestClass::Fetch));
        let report = world.backup_to(world.storage()).await.expect("a run");
        world.upstream.clear_faults();
        let row = row(&report, REPOSITORY);
        assert_eq!(row.reason, Some(Reason::DamagedPack), "without {left_out}: {row:?}");
        assert!(row.message.as_deref().unwrap_or_default().contains(left_out.as_str()), "{row:?}");
        assert!(!world.bare().join("gitark").exists() && !world.bare().join("objects/pack").exists());
    }
    world.backup().await;

    // A later pack that lacks what neither it nor the vault has; three ways are tried.
    let new = repository.commit("main", &[("new.txt", "new\n"), ("other.txt", "other\n")], "New");
    let blob = repository.git(&["rev-parse", "main:new.txt"]);
    let range = format!("^{main}\n{new}\n");
    let listed = git::attempt(&path, &["rev-list", "--objects", "--no-object-names", "--stdin"], range.as_bytes());
    let listed = String::from_utf8(listed.expect("a list")).expect("ids");
    let rest: Vec<String> = listed.lines().filter(|id| *id != blob).map(str::to_owned).collect();
    let body = answer(&make(&rest.iter().collect::<Vec<_>>()));
    world.upstream.add_fault(Fault::new(FaultKind::Garbage { body }).on(RequestClass::Fetch));
    let report = world.backup_to(world.storage()).await.expect("a run");
    world.upstream.clear_faults();
    let row = row(&report, REPOSITORY);
    assert_eq!(row.reason, Some(Reason::DamagedPack), "{row:?}");
    assert_eq!(git::refs(&world.bare()).get("refs/heads/main"), Some(&main));
    assert_eq!(world.repository().await.sequences().await.expect("a listing"), [1]);

    // A server that answers well when nothing is promised: the pack without haves is taken.
    let body = answer(&make(&rest.iter().collect::<Vec<_>>()));
    world.upstream.add_fault(Fault::new(FaultKind::Garbage { body }).on(RequestClass::Fetch).times(2));
    world.backup().await;
    assert_eq!(git::refs(&world.bare()).get("refs/heads/main"), Some(&new));
    World::assert_whole(&world.vault).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_that_the_server_says_leads_elsewhere_is_refused() {
    let (world, repository) = World::with_repository().await;
    let topic = repository.resolve("refs/heads/topic").expect("topic");
    let mut body = Vec::new();
    for (name, oid) in repository.refs() {
        let peeled = if name == "refs/tags/v1" { format!(" peeled:{topic}") } else { String::new() };
        body.extend(line(&format!("{oid} {name}{peeled}\n")));
    }
    body.extend_from_slice(b"0000");
    world.upstream.add_fault(Fault::new(FaultKind::Garbage { body }).on(RequestClass::LsRefs));
    let report = world.backup_to(world.storage()).await.expect("a run");
    let row = row(&report, REPOSITORY);
    assert_eq!(row.reason, Some(Reason::Protocol), "{row:?}");
    assert!(row.message.as_deref().unwrap_or_default().contains("refs/tags/v1"));
}
