//! Colour: asked for, or not there at all.

use github_emulator::{Fault, FaultKind, RequestClass};

use crate::support::{Ran, World};

/// A run in which a repository fails, with these arguments and variables: what it says.
fn failing(world: &World, arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let mut command = world.backup_command(&["octocat"]);
    command.args(arguments).env("TERM", "xterm").envs(variables.iter().copied());
    let ran = Ran::of(&mut command);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    ran.stderr
}

#[tokio::test(flavor = "multi_thread")]
async fn colours_are_there_when_asked_for_and_say_nothing_by_themselves() {
    let world = World::start().await;
    let kind = FaultKind::Status { status: 404, headers: Vec::new(), body: String::new() };
    world.github.add_fault(Fault::new(kind).on(RequestClass::InfoRefs).path("/octocat/hello.git"));
    let red = "octocat/hello: \u{1b}[31m\u{1b}[1mFAILED\u{1b}[0m: ";
    assert!(failing(&world, &["--color", "always"], &[]).contains(red));
    assert!(failing(&world, &[], &[("CLICOLOR_FORCE", "1")]).contains(red));
    for (arguments, variables) in [
        (vec![], vec![]),
        (vec!["--color", "never"], vec![("CLICOLOR_FORCE", "1")]),
        (vec![], vec![("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]),
        (vec!["--color", "always", "--log-format", "json"], vec![]),
    ] {
        let said = failing(&world, &arguments, &variables);
        assert!(!said.contains('\u{1b}'), "{arguments:?} {variables:?}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_help_follows_the_same_choice() {
    let world = World::start().await;
    let of = |arguments: &[&str]| {
        let mut command = world.command(arguments);
        Ran::of(command.env("CLICOLOR_FORCE", "1"))
    };
    assert!(!of(&["backup", "--wrong"]).stderr.contains('\u{1b}'), "what is wrong is told without colour");
    assert!(of(&["--color=always", "help"]).stdout.contains('\u{1b}'));
    assert!(!of(&["--color=never", "help"]).stdout.contains('\u{1b}'));
}
