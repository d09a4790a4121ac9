//! What stands on a terminal while a run goes on, and after it. A terminal of the test's own reads what gitark writes.

use std::{
    fs::File,
    io::Read as _,
    process::{Child, Command},
    time::Duration,
};

use github_emulator::{Fault, FaultKind, RequestClass};
use rustix::{
    process::{Pid, Signal, kill_process},
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{Winsize, tcsetwinsize},
};

use crate::support::World;

/// A command on a terminal of this size.
struct Terminal {
    child: Child,
    side: File,
    screen: vt100::Parser,
    written: Vec<u8>,
}

impl Terminal {
    fn run(command: &mut Command, rows: u16, columns: u16) -> Self {
        let side = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&side).unwrap();
        unlockpt(&side).unwrap();
        tcsetwinsize(&side, Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
        let name = ptsname(&side, Vec::new()).unwrap().into_string().unwrap();
        let other = || File::options().read(true).write(true).open(&name).unwrap();
        command.stdin(other()).stdout(other()).stderr(other());
        let child = command.spawn().unwrap();
        // Ours would keep the end from coming.
        command.stdin(std::process::Stdio::null()).stdout(std::process::Stdio::null());
        command.stderr(std::process::Stdio::null());
        Self { child, side: side.into(), screen: vt100::Parser::new(rows, columns, 200), written: Vec::new() }
    }

    /// Reads some more; false at the end.
    fn read(&mut self) -> bool {
        let mut buffer = [0; 4096];
        // When the last one at the other side has gone, Linux answers with an error.
        let Ok(read @ 1..) = self.side.read(&mut buffer) else { return false };
        self.written.extend_from_slice(&buffer[..read]);
        self.screen.process(&buffer[..read]);
        true
    }

    fn lines(&self) -> Vec<String> {
        let lines = self.screen.screen().contents();
        lines.lines().map(str::to_owned).collect()
    }

    /// Reads until the terminal shows all of these.
    #[track_caller]
    fn shows(&mut self, words: &[&str]) {
        while !words.iter().all(|word| self.lines().iter().any(|line| line.contains(word))) {
            assert!(self.read(), "{words:?} never stood in {:#?}", self.lines());
        }
    }

    /// Reads to the end: the exit code, and what stands on the terminal.
    fn ends(&mut self) -> (i32, Vec<String>) {
        while self.read() {}
        (self.child.wait().unwrap().code().unwrap(), self.lines())
    }
}

/// A GitHub where the pack of octocat/spoon never comes.
async fn standing_still() -> World {
    let world = World::start().await;
    let hang = Fault::new(FaultKind::Hang { after_bytes: 0 });
    world.github.add_fault(hang.on(RequestClass::Fetch).path("/octocat/spoon.git"));
    world
}

fn backup(world: &World) -> Command {
    let mut command = world.backup_command(&["octocat", "--concurrency", "1"]);
    command.env("TERM", "xterm");
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn progress_stands_on_the_terminal_and_is_gone_at_the_end() {
    for (rows, columns) in [(24, 80), (12, 40), (8, 20)] {
        let world = standing_still().await;
        let mut terminal = Terminal::run(&mut backup(&world), rows, columns);
        let whole = if columns == 80 { "] 1/2 repositories" } else { "1/2" };
        terminal.shows(&[whole, "  octocat/spoon"]);
        kill_process(Pid::from_child(&terminal.child), Signal::INT).unwrap();
        let (code, left) = terminal.ends();
        assert_eq!(code, 130);
        assert!(!left.iter().any(|line| line.contains("1/2") || line.starts_with("  octocat/spoon")), "{left:#?}");
        assert!(String::from_utf8_lossy(&terminal.written).contains("  not done          1"), "{left:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn before_the_listing_it_says_so_and_a_wait_counts_down() {
    let world = World::start().await;
    world.github.set_rate_limit(1, Duration::from_secs(3));
    let mut command = world.command(&["backup", "octocat", "--max-wait", "1m"]);
    let mut terminal = Terminal::run(command.env("TERM", "xterm"), 24, 80);
    terminal.shows(&["listing octocat", "s for GitHub's rate limit, until "]);
    let (code, left) = terminal.ends();
    assert_eq!(code, 0);
    assert!(!left.iter().any(|line| line.contains("waiting") || line.contains("listing")), "{left:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn colour_and_progress_are_left_out_where_they_are_not_wanted() {
    let world = World::start().await;
    let kind = FaultKind::Status { status: 404, headers: Vec::new(), body: String::new() };
    world.github.add_fault(Fault::new(kind).on(RequestClass::InfoRefs).path("/octocat/hello.git"));
    let red = "\u{1b}[31m";
    let written = |set: &dyn Fn(&mut Command)| {
        let mut command = backup(&world);
        set(&mut command);
        let mut terminal = Terminal::run(&mut command, 24, 80);
        let (code, left) = terminal.ends();
        assert_eq!(code, 3, "{left:#?}");
        String::from_utf8(terminal.written).unwrap()
    };
    assert!(written(&|_| {}).contains(red));
    assert!(!written(&|command| _ = command.env("NO_COLOR", "1")).contains(red));
    assert!(!written(&|command| _ = command.env("TERM", "dumb")).contains('\u{1b}'));
    assert!(!written(&|command| _ = command.args(["--log-format", "json"])).contains('\u{1b}'));
}
