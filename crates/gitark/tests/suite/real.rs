//! Real repositories, when they are at hand: bundles in the folder that GITARK_TEST_BUNDLES names.

use std::path::{Path, PathBuf};

use gitark::vault::lookup::At;

use crate::support::{World, git};

const STEPS: usize = 5;

/// The bundles that are at hand, sorted.
pub(crate) fn bundles() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the workspace");
    let folder = match std::env::var_os("GITARK_TEST_BUNDLES") {
        Some(folder) => PathBuf::from(folder),
        None => root.join("../shared/repos"),
    };
    let Ok(entries) = std::fs::read_dir(&folder) else {
        eprintln!("skipped: no real repositories in {} (set GITARK_TEST_BUNDLES)", folder.display());
        return Vec::new();
    };
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let mut bundles: Vec<_> = paths.filter(|path| path.extension().is_some_and(|end| end == "bundle")).collect();
    bundles.sort();
    bundles
}

#[tokio::test(flavor = "multi_thread")]
async fn real_repositories_backed_up_in_five_steps_come_back_object_by_object() {
    for bundle in bundles() {
        let name = bundle.file_stem().expect("a name").to_string_lossy().into_owned();
        let world = World::new().await;
        let repository = world.upstream.create_repository("octocat/hello");
        repository.import(&bundle);
        let all = repository.refs();
        let head = repository.git(&["symbolic-ref", "HEAD"]);
        // History in steps: the default branch as it was, and the other references that are no newer.
        let trunk: Vec<String> =
            repository.git(&["rev-list", "--first-parent", "--reverse", &head]).lines().map(str::to_owned).collect();
        let dates = repository.git(&["for-each-ref", "--format=%(refname) %(creatordate:unix)"]);
        let mut history = Vec::new();
        for step in 1..=STEPS {
            let tip = &trunk[trunk.len() * step / STEPS - 1];
            let until: i64 = repository.git(&["log", "-1", "--format=%ct", tip]).parse().expect("a date");
            let mut commands = String::new();
            for line in dates.lines() {
                let (name, date) = line.split_once(' ').expect("two words");
                let is_in = step == STEPS || date.parse::<i64>().is_ok_and(|date| date <= until);
                if name != head {
                    commands.push_str(&match is_in {
                        true => format!("update {name} {}\n", all[name]),
                        false => format!("delete {name}\n"),
                    });
                }
            }
            commands.push_str(&format!("update {head} {}\n", if step == STEPS { &all[&head] } else { tip }));
            repository.git_with_input(&["update-ref", "--stdin"], commands.as_bytes());
            world.backup().await;
            history.push(repository.refs());
        }
        let mut wanted = repository.refs();
        wanted.retain(|name, _| !(name.starts_with("refs/pull/") && name.ends_with("/merge")));
        let bare = world.bare();
        assert_eq!(git::upstream_refs(&bare), wanted, "{name}");
        assert!(git::refs(&bare).keys().all(|name| !name.starts_with("refs/gitark/")), "{name}: something was lost");
        git::attempt(&bare, &["fsck", "--full"], b"").expect("whole");
        // Object sets, without the test merges, which are not kept.
        repository.git_with_input(
            &["update-ref", "--stdin"],
            all.keys()
                .filter(|name| name.starts_with("refs/pull/") && name.ends_with("/merge"))
                .map(|name| format!("delete {name}\n"))
                .collect::<String>()
                .as_bytes(),
        );
        assert_eq!(git::objects(&bare), git::objects(&repository.path()), "{name}");
        World::assert_whole(&world.vault).await;
        for (at, refs) in history.iter().enumerate() {
            let mut refs = refs.clone();
            refs.retain(|name, _| !(name.starts_with("refs/pull/") && name.ends_with("/merge")));
            let restored = World::restored_refs_unchecked(&world.vault, At::Number(at as u64 + 1)).await;
            assert_eq!(restored, refs, "{name}, entry {}", at + 1);
        }
    }
}
