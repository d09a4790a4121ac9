//! An LFS server that lies: each object fails by itself, the code is kept, and the run says 3.

use gitark::{
    backup::{
        Reason,
        report::{Outcome, Verdict},
    },
    git::lfs::Absence,
};
use github_emulator::{Fault, FaultKind, LfsScript, RequestClass, lfs_pointer};

use super::{absence, hello, place, world};
use crate::support::{World, git};

/// Backs up a world in which `script` is wrong with one of two objects, and checks that the other one is there.
async fn backed_up(script: LfsScript, expected: Absence) {
    let (world, repository, [one, two]) = world().await;
    repository.script_lfs_object(&one, script.clone());
    let report = world.backup_to(world.storage()).await.expect("a run");
    let row = hello(&report);
    assert_eq!((row.outcome, absence(&world, &one).await), (Outcome::New, Some(expected)), "{script:?}: {row:?}");
    let (verdict, reason) = match expected.is_failure() {
        true => (Verdict::Partial, Some(Reason::LfsIncomplete)),
        false => (Verdict::Done, None),
    };
    assert_eq!((report.verdict(), row.reason), (verdict, reason), "{script:?}: {row:?}");
    assert!(!place(&world.bare(), &one).exists(), "{script:?}");
    assert!(place(&world.bare(), &two).exists(), "{script:?}");
    assert!(row.work.warnings.iter().all(|warning| !warning.contains('\n')), "{row:?}");
    git::mirror_and_fsck(&world.bare().display().to_string());
    World::assert_whole(&world.vault).await;
    let spool = world.vault.join("cache/spool");
    assert_eq!(std::fs::read_dir(spool).map_or(0, Iterator::count), 0, "{script:?}: something is left in the spool");
    // It is had as soon as the server is honest.
    repository.clear_lfs_scripts(&one);
    world.backup().await;
    assert!(place(&world.bare(), &one).exists(), "{script:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn i12_wrong_bytes_are_never_stored() {
    for wrong in [&b"not the first large f"[..], b"", b"short", b"much longer than the pointer says that it is"] {
        backed_up(LfsScript::WrongBytes(wrong.to_vec()), Absence::Mismatch).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn i12_a_link_to_where_nobody_should_go_is_not_followed() {
    for address in ["http://169.254.169.254/latest/meta-data/", "http://user:password@127.0.0.1/"] {
        backed_up(LfsScript::Href(address.into()), Absence::UnsafeAddress).await;
    }
    let location = "http://169.254.169.254/latest/meta-data/".to_owned();
    backed_up(LfsScript::RedirectTo { status: 307, location }, Absence::UnsafeAddress).await;
    for address in ["file:///etc/passwd", "/relative", "not an address", "ftp://example.com/x", "data:,x"] {
        backed_up(LfsScript::Href(address.into()), Absence::Protocol).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn i12_an_answer_that_makes_no_sense_is_that_objects_failure() {
    let error = |code, message: &str| LfsScript::Error { code, message: message.into() };
    backed_up(error(404, "Object does not exist"), Absence::Gone).await;
    backed_up(error(410, "Removed by its owner"), Absence::Gone).await;
    backed_up(error(422, "Validation error"), Absence::Refused).await;
    backed_up(error(403, "no\nway\u{1b}[31m"), Absence::Forbidden).await;
    backed_up(error(500, "oh"), Absence::Network).await;
    backed_up(LfsScript::LeftOut, Absence::Protocol).await;
    backed_up(LfsScript::WithoutAction, Absence::Protocol).await;
    backed_up(LfsScript::Header("Bad Name".into(), "x".into()), Absence::Protocol).await;
    backed_up(LfsScript::Header("X-Split".into(), "a\r\nHost: evil".into()), Absence::Protocol).await;
    backed_up(LfsScript::Header("X-Long".into(), "x".repeat(1 << 20)), Absence::Protocol).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_that_are_not_the_servers_to_choose_are_left_out() {
    let (world, repository, [one, _]) = world().await;
    for (name, value) in
        [("Host", "evil"), ("Content-Length", "5"), ("Range", "bytes=5-"), ("Transfer-Encoding", "chunked")]
    {
        repository.script_lfs_object(&one, LfsScript::Header(name.into(), value.into()));
    }
    let report = world.backup().await;
    assert_eq!(hello(&report).work.lfs_stored, 2, "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn i12_a_batch_that_is_none_leaves_the_code() {
    let status = |status| FaultKind::Status { status, headers: Vec::new(), body: "<html>no</html>".into() };
    let garbage = |text: &str| FaultKind::Garbage { body: text.as_bytes().to_vec() };
    for (fault, expected) in [
        (status(401), Absence::Forbidden),
        (status(403), Absence::Forbidden),
        (status(404), Absence::Gone),
        (status(501), Absence::Gone),
        (status(500), Absence::Network),
        (status(302), Absence::Network),
        (FaultKind::RedirectLoop, Absence::Protocol),
        (FaultKind::RedirectTo { location: "http://169.254.169.254/".into() }, Absence::UnsafeAddress),
        (garbage("this is no JSON"), Absence::Protocol),
        (garbage("{}"), Absence::Protocol),
        (garbage(r#"{"objects":[]}"#), Absence::Protocol),
        (garbage(r#"{"objects":[1,{"oid":"../../../etc/passwd","size":1},{"oid":7}]}"#), Absence::Protocol),
        (garbage(r#"{"transfer":"tus","objects":[]}"#), Absence::Protocol),
        (garbage(r#"{"hash_algo":"md5","objects":[]}"#), Absence::Protocol),
        (garbage(&format!(r#"{{"objects":[{}1]}}"#, "[],".repeat(6 << 20))), Absence::Protocol),
    ] {
        let (world, _, [one, two]) = world().await;
        world.upstream.add_fault(Fault::new(fault).on(RequestClass::LfsBatch));
        let report = world.backup_to(world.storage()).await.expect("a run");
        assert_eq!(hello(&report).outcome, Outcome::New, "{report:?}");
        for oid in [&one, &two] {
            assert_eq!(absence(&world, oid).await, Some(expected), "{report:?}");
        }
        git::mirror_and_fsck(&world.bare().display().to_string());
        World::assert_whole(&world.vault).await;
        world.upstream.clear_faults();
        world.backup().await;
        assert!(place(&world.bare(), &one).exists());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pointer_that_lies_about_the_size_leads_to_nothing_stored() {
    let (world, repository) = World::with_repository().await;
    let oid = repository.add_lfs_object(b"five!");
    for size in ["4", "6", "9223372036854775807"] {
        let text = lfs_pointer(&oid, 0).replace("size 0", &format!("size {size}"));
        repository.commit("main", &[(&format!("{size}.bin"), &text)], "Lie");
    }
    let report = world.backup_to(world.storage()).await.expect("a run");
    assert_eq!(hello(&report).work.lfs_missing, 1, "three pointers, one object: {report:?}");
    assert!(!place(&world.bare(), &oid).exists());
    // An honest pointer to the same object.
    repository.commit("main", &[("five.bin", &lfs_pointer(&oid, 5))], "Be honest");
    let report = world.backup_to(world.storage()).await.expect("a run");
    assert_eq!((hello(&report).work.lfs_stored, hello(&report).work.lfs_missing), (1, 0), "{report:?}");
    World::assert_whole(&world.vault).await;
}
