//! Messages about the end of a run.

use std::io::Write as _;

use github_emulator::{Fault, FaultKind, RequestClass};

use crate::support::{Aws, HELLO, Liar, Ran, World, answer};

/// The path of a webhook is its secret.
const PATH: &str = "/services/T000/B000/TheSecretOfThisTest";

/// A Slack that answers so.
fn slack(status: u16, body: &'static str) -> Liar {
    Liar::start(move |_, stream| drop(stream.write_all(&answer(status, &[], body.as_bytes()))))
}

fn backup(world: &World, slack: &str, arguments: &[&str]) -> Ran {
    let mut command = world.backup_command(&[arguments, &["octocat", "--slack-webhook-from", "env:HOOK"]].concat());
    let ran = Ran::of(command.env("HOOK", format!("{slack}{PATH}")));
    assert!(!ran.stderr.contains("TheSecret") && !ran.stdout.contains("TheSecret"), "{ran:?}");
    ran
}

/// The text of the only message.
#[track_caller]
fn text(slack: &Liar) -> String {
    let heard = slack.take_heard();
    let [request] = &heard[..] else { panic!("one message was expected: {heard:?}") };
    assert_eq!(request.target(), PATH);
    request.json()["text"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_run_is_told_in_slack() {
    let world = World::start().await;
    let slack = slack(200, "ok");
    backup(&world, slack.url(), &["--execution-url", "https://ci.example/1?a=b&c"]).exits(0);
    let told = text(&slack);
    for words in ["done*", "2 repositories: 2 new", "received ", "took ", "<https://ci.example/1?a=b&amp;c|Execution>"]
    {
        assert!(told.contains(words), "{words:?} is not in {told}");
    }

    let fault = Fault::new(FaultKind::Status { status: 451, headers: Vec::new(), body: "private words".into() });
    world.github.add_fault(fault.on(RequestClass::InfoRefs).path("/octocat/hello.git/info/refs"));
    world.push("octocat/spoon");
    backup(&world, slack.url(), &[]).exits(3);
    let told = text(&slack);
    for words in ["done in part", "1 changed, 1 failed", "• octocat/hello: `legal_block`, "] {
        assert!(told.contains(words), "{words:?} is not in {told}");
    }
    assert!(!told.contains("private words"), "{told}");

    // What fails as a whole is told too.
    world.github.clear_faults();
    let mut command = world.backup_command(&["octocat", "--slack-webhook-from", "env:HOOK"]);
    command.env("HOOK", format!("{}{PATH}", slack.url())).env("GITHUB_TOKEN", "ghp_wrong");
    Ran::of(&mut command).exits(1);
    let told = text(&slack);
    assert!(told.contains("FAILED*: `unauthorized`") && !told.contains("ghp_wrong"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_webhook_is_read_from_parameter_store() {
    let (world, aws, slack) = (World::start().await, Aws::start(), slack(200, "ok"));
    aws.parameter("slack-webhook-url", &format!("{}{PATH}", slack.url()));
    let mut command = world.backup_command(&["octocat", "--slack-webhook-from", "ssm:slack-webhook-url"]);
    Ran::of(aws.lend(&mut command)).exits(0);
    text(&slack);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slack_that_fails_is_told_and_fails_nothing() {
    let world = World::start().await;
    let gone = slack(404, "no_service");
    let ran = backup(&world, gone.url(), &[]).exits(0);
    assert!(ran.stderr.contains("warning: the Slack message was not sent: Slack answers 404 no_service"), "{ran:?}");
    let ran = backup(&world, "http://127.0.0.1:9", &[]).exits(0);
    assert!(ran.stderr.contains("the Slack message was not sent"), "{ran:?}");
    let ran = backup(&world, "no address", &[]).exits(0);
    assert!(ran.stderr.contains("the webhook is no address"), "{ran:?}");
    let ran = world.backup(&[HELLO, "--slack-webhook-from", "env:NONE"]).exits(0);
    assert!(ran.stderr.contains("NONE is not set"), "{ran:?}");
    // It was down for a moment.
    let flaky = Liar::start({
        let asked = std::sync::atomic::AtomicUsize::new(0);
        move |_, stream| {
            let first = asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0;
            drop(stream.write_all(&answer(if first { 503 } else { 200 }, &["Retry-After: 0"], b"")));
        }
    });
    let ran = backup(&world, flaky.url(), &[]).exits(0);
    assert!(!ran.stderr.contains("warning"), "{ran:?}");
    assert_eq!(flaky.take_heard().len(), 2);
}
