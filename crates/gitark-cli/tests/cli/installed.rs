//! What an installed command brings along: its version, completions and manual pages.

use std::process::{Command, Stdio};

use crate::support::{Ran, World};

#[tokio::test(flavor = "multi_thread")]
async fn the_version_names_the_build() {
    let world = World::start().await;
    let short = world.run(&["-V"]).exits(0).stdout;
    let start = format!("gitark {} (", env!("CARGO_PKG_VERSION"));
    assert!(short.starts_with(&start) && short.lines().count() == 1, "{short}");
    let long = world.run(&["--version"]).exits(0).stdout;
    let names: Vec<_> = long.lines().map(|line| line.split([' ', ':']).next().unwrap()).collect();
    assert_eq!(names, ["gitark", "commit", "built"], "{long}");
    let commit = long.lines().nth(1).unwrap().strip_prefix("commit: ").unwrap();
    assert!(commit.starts_with(short.trim().strip_prefix(&start).unwrap().trim_end_matches(')')), "{short}{long}");
}

#[tokio::test(flavor = "multi_thread")]
async fn completions_are_scripts_that_know_every_flag() {
    let world = World::start().await;
    // A broken settings file is in the way of none of these.
    std::fs::write(world.path("gitark.toml"), "no such key\n").unwrap();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = world.run(&["completions", shell]).exits(0).stdout;
        assert!(script.contains("allow-overwriting-store"), "{shell}");
    }
    world.run(&["completions", "cshell"]).exits(2).says(&["'cshell'", "bash, elvish, fish, powershell, zsh"]);

    let script = world.run(&["completions", "bash"]).exits(0).stdout;
    std::fs::write(world.path("gitark.bash"), script).unwrap();
    let asks = "source ./gitark.bash; COMP_WORDS=(gitark backup --conc); COMP_CWORD=2; \
        _gitark gitark --conc backup; echo \"${COMPREPLY[@]}\"";
    let mut bash = Command::new("bash");
    bash.args(["--norc", "-c", asks]).current_dir(world.directory.path()).stdin(Stdio::null());
    let ran = Ran::of(&mut bash).exits(0);
    assert_eq!(ran.stdout.trim(), "--concurrency", "{}", ran.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn there_is_a_manual_page_for_every_command() {
    let world = World::start().await;
    world.run(&["man", "share/man1"]).exits(0);
    for name in ["gitark", "gitark-backup", "gitark-config-show", "gitark-verify"] {
        let page = std::fs::read_to_string(world.path(&format!("share/man1/{name}.1"))).unwrap();
        assert!(page.contains(&format!(".TH {name} 1")), "{page}");
    }
    assert!(world.run(&["man"]).exits(0).stdout.contains(".TH gitark 1"));
    std::fs::write(world.path("file"), "").unwrap();
    world.run(&["man", "file/man1"]).exits(1).says(&["cannot write manual pages", "file/man1"]);
}
