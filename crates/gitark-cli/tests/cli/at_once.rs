//! Two and three gitark on one vault, one of them killed: nothing is lost, and the next run has it all.
//!
//! `GITARK_ROUNDS=100` tries more, from `GITARK_SEED` on.

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use crate::support::{
    HELLO, Ran, World, git,
    seaweedfs::{BUCKET, KEY, SECRET, SeaweedFs},
};

/// Rounds of each test, unless more are asked for.
const ROUNDS: u64 = 3;
/// Repositories beside those that every world has.
const MORE: usize = 4;

/// Numbers that depend on nothing but the seed (SplitMix64).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut number = self.0;
        number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((number ^ (number >> 31)) % end as u64).unwrap()
    }
}

fn seeds() -> std::ops::Range<u64> {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let first = number("GITARK_SEED").unwrap_or(1);
    first..first + number("GITARK_ROUNDS").unwrap_or(ROUNDS)
}

/// How many run beside the one that is killed: two at first, then one or two.
fn others(round: u64, random: &mut Random) -> usize {
    if round == 0 { 2 } else { 1 + random.below(2) }
}

/// Kills one of some children when something has happened so often.
#[derive(Clone, Default)]
struct Executioner {
    children: Arc<Mutex<Vec<Child>>>,
    seen: Arc<AtomicUsize>,
}

impl Executioner {
    /// The first child does not survive the `last`th time.
    fn count(&self, last: usize) {
        if self.seen.fetch_add(1, Ordering::SeqCst) + 1 == last {
            // It may have come to its end before.
            let _ = self.children.lock().unwrap()[0].kill();
        }
    }

    /// Starts them all, and waits for their ends.
    fn run(&self, commands: Vec<Command>) -> Vec<Ran> {
        let mut started = self.children.lock().unwrap();
        for mut command in commands {
            started.push(command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap());
        }
        // Read while they run, so that no one waits for a reader.
        let ends: Vec<_> = started.iter_mut().map(|child| child.stderr.take().unwrap()).collect();
        drop(started);
        let said: Vec<String> = ends
            .into_iter()
            .map(|mut stderr| {
                let mut text = String::new();
                stderr.read_to_string(&mut text).unwrap();
                text
            })
            .collect();
        let mut ended = std::mem::take(&mut *self.children.lock().unwrap());
        let codes = ended.iter_mut().map(|child| child.wait().unwrap().code().unwrap_or(-1));
        codes.zip(said).map(|(code, stderr)| Ran { code, stdout: String::new(), stderr }).collect()
    }
}

async fn world() -> World {
    let world = World::start().await;
    for number in 0..MORE {
        let repository = world.github.create_repository(&format!("octocat/more{number}"));
        repository.commit("main", &[("a", &number.to_string())], "One");
    }
    world
}

/// Something new everywhere, and something gone: it must stay.
fn change(world: &World, round: u64) -> Vec<String> {
    let mut kept = Vec::new();
    for name in names() {
        let repository = world.repository(&name);
        kept.push(repository.resolve("main").unwrap());
        if round.is_multiple_of(2) {
            repository.commit("main", &[("news.txt", &round.to_string())], "News");
        } else {
            repository.force_push("main", &[("news.txt", &round.to_string())], "Other news");
        }
    }
    kept
}

fn names() -> Vec<String> {
    let more = (0..MORE).map(|number| format!("octocat/more{number}"));
    [HELLO.to_owned()].into_iter().chain(more).collect()
}

/// All others ended well; one was killed, or was faster.
#[track_caller]
fn survivors_are_well(ran: Vec<Ran>, what: &str) {
    for (number, ran) in ran.into_iter().enumerate() {
        assert!(!ran.stderr.contains("panicked"), "{what}: {}", ran.stderr);
        assert!(
            ran.code == 0 || (number == 0 && ran.code == -1),
            "{what}: {number} ended with {}: {}",
            ran.code,
            ran.stderr
        );
    }
}

/// A vault on a disk as plain git sees it.
fn is_whole(vault: &std::path::Path, kept: &[String], what: &str) {
    for (name, old) in names().iter().zip(kept) {
        let bare = vault.join("127.0.0.1").join(name).join(format!("{}.git", name.rsplit('/').next().unwrap()));
        git(&bare, &["fsck", "--strict", "--full"]);
        assert!(git(&bare, &["rev-list", "--all"]).contains(old), "{what}: {name} lost {old}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn i8_gitark_killed_beside_others_on_a_disk_loses_nothing() {
    for seed in seeds() {
        let mut random = Random(seed);
        let world = world().await;
        world.backup(&["octocat"]).exits(0);
        for round in 0..3 {
            let (others, last) = (others(round, &mut random), 1 + random.below(30));
            let what = format!("seed {seed}, round {round}: {others} beside it, killed at request {last}");
            eprintln!("{what}");
            let kept = change(&world, round);
            let executioner = Executioner::default();
            let counts = executioner.clone();
            world.github.on_request(Some(Arc::new(move |_, _| counts.count(last))));
            let commands = (0..=others).map(|_| world.backup_command(&["octocat"])).collect();
            let ran = executioner.run(commands);
            world.github.on_request(None);
            survivors_are_well(ran, &what);
            is_whole(&world.vault(), &kept, &what);
            world.run(&["verify", "--full"]).exits(0);
            world.backup(&["octocat"]).exits(0);
            assert!(world.backup(&["octocat"]).exits(0).stderr.contains("6 unchanged"), "{what}");
            for name in names() {
                let bare = world.bare(&name);
                git(&bare, &["fsck", "--strict", "--full"]);
                assert_eq!(
                    git(&bare, &["rev-parse", "refs/heads/main"]),
                    world.repository(&name).resolve("main").unwrap()
                );
            }
        }
    }
}

/// A server in front of `server` that tells `each` of every piece that a client sends. Its address.
fn counting(server: &str, each: impl Fn() + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (server, each) = (server.trim_start_matches("http://").to_owned(), Arc::new(each));
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let (mut client, mut server) = (client.unwrap(), TcpStream::connect(&server).unwrap());
            let (mut to_client, mut from_server) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            std::thread::spawn(move || {
                let _ = std::io::copy(&mut from_server, &mut to_client);
                let _ = to_client.shutdown(std::net::Shutdown::Both);
            });
            let each = each.clone();
            std::thread::spawn(move || {
                let mut bytes = [0; 65_536];
                while let Ok(count @ 1..) = client.read(&mut bytes) {
                    each();
                    if server.write_all(&bytes[..count]).is_err() {
                        break;
                    }
                }
                let _ = server.shutdown(std::net::Shutdown::Both);
            });
        }
    });
    url
}

#[tokio::test(flavor = "multi_thread")]
async fn i8_gitark_killed_beside_others_on_a_bucket_loses_nothing() {
    let Some(server) = SeaweedFs::shared() else { return };
    for seed in seeds() {
        let mut random = Random(seed);
        let world = world().await;
        let prefix = SeaweedFs::prefix();
        let place = |endpoint: &str| format!("s3://{BUCKET}/{prefix}?endpoint={endpoint}");
        let with = |endpoint: &str, arguments: &[&str]| {
            let mut command = world.command(arguments);
            command.envs([("AWS_ACCESS_KEY_ID", KEY), ("AWS_SECRET_ACCESS_KEY", SECRET)]);
            command.env("AWS_EC2_METADATA_DISABLED", "true").env("GITARK_VAULT", place(endpoint));
            command
        };
        let run = |arguments: &[&str]| Ran::of(&mut with(server.endpoint(), arguments));
        run(&["backup", "octocat"]).exits(0);
        for round in 0..2 {
            // Of some two hundred requests to the store.
            let (others, last) = (others(round, &mut random), 1 + random.below(150));
            let what = format!("seed {seed}, round {round}: {others} beside it, killed at piece {last} to the store");
            eprintln!("{what}");
            let kept = change(&world, round);
            let executioner = Executioner::default();
            let counts = executioner.clone();
            let endpoint = counting(server.endpoint(), move || counts.count(last));
            let commands = (0..=others).map(|_| with(&endpoint, &["backup", "octocat"])).collect();
            survivors_are_well(executioner.run(commands), &what);
            run(&["verify", "--full"]).exits(0);
            run(&["backup", "octocat"]).exits(0);
            assert!(run(&["backup", "octocat"]).exits(0).stderr.contains("6 unchanged"), "{what}");
            let copy = world.path(&format!("copy-{round}"));
            run(&["copy", &place(server.endpoint()), copy.to_str().unwrap()]).exits(0);
            is_whole(&copy, &kept, &what);
            for name in names() {
                let bare = copy.join("127.0.0.1").join(&name).join(format!("{}.git", name.rsplit('/').next().unwrap()));
                assert_eq!(
                    git(&bare, &["rev-parse", "refs/heads/main"]),
                    world.repository(&name).resolve("main").unwrap()
                );
            }
        }
    }
}
