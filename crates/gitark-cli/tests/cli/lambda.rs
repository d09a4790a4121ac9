//! The handlers of the Lambda function, by the real binary.

use std::{io::Write as _, time::Duration};

use github_emulator::{Fault, FaultKind, RequestClass};
use serde_json::{Value, json};

use crate::support::{
    Aws, HELLO, Invoked, Liar, Ran, SPOON, World, answer, flip_a_byte, git, invoke, invoke_with,
    seaweedfs::{self, SeaweedFs},
};

const SECRET: &str = "ghp_TheSecretOfThisTest0123456789abcdef";
const ARN: &str = "arn:aws:states:eu-central-1:123456789012:execution:BatchWorker:nightly";
/// Time that is never over.
const LONG: Duration = Duration::from_secs(900);

/// A world whose token octocat has, and AWS that keeps it; octocat's repositories are private.
async fn world() -> (World, Aws) {
    let world = World::start().await;
    world.github.set_token(SECRET, "octocat");
    for name in [HELLO, SPOON] {
        let repository = world.repository(name);
        repository.set_private(true);
        repository.set_attributes(|attributes| attributes.pushed_at = 1_600_000_000);
    }
    let aws = Aws::start();
    aws.parameter("github-token", SECRET);
    (world, aws)
}

/// Invokes a handler that reads its token from Parameter Store.
fn function(world: &World, aws: &Aws, handler: &str, input: Value, variables: &[(&str, &str)]) -> Invoked {
    let ended = invoke_with(world, handler, &input, LONG, |command| {
        aws.lend(command).env("GITARK_TOKEN_FROM", "ssm:github-token").envs(variables.iter().copied());
    });
    let said = format!("{:?}{}{}", ended.result, ended.stdout, ended.stderr);
    assert!(!said.contains("ghp_"), "{said}");
    ended
}

/// The metrics that were written.
fn metrics(ended: &Invoked) -> Value {
    let line = ended.stdout.lines().find(|line| line.contains("CloudWatchMetrics")).expect("metrics");
    serde_json::from_str(line).unwrap()
}

fn recorder() -> Liar {
    Liar::start(|_, stream| drop(stream.write_all(&answer(200, &[], b"ok"))))
}

#[tokio::test(flavor = "multi_thread")]
async fn backup_backs_up_all_that_the_token_reaches() {
    let (world, aws) = world().await;
    let slack = recorder();
    let hook = format!("{}/hook", slack.url());
    let variables = [("GITARK_SLACK_WEBHOOK_FROM", "env:HOOK"), ("HOOK", &hook)];
    let ended = function(&world, &aws, "backup", json!({"execution": ARN}), &variables);
    let numbers = metrics(&ended);
    assert_eq!((&numbers["RepositoriesNew"], &numbers["RepositoriesFailed"]), (&json!(2), &json!(0)));
    assert_eq!(numbers["Vault"], world.vault().display().to_string());
    let said = ended.answer();
    assert_eq!((&said["done"], &said["verdict"], &said["left"]), (&json!(true), &json!("done"), &json!(0)));
    assert_eq!(said["repositories"], json!({"new": 2, "changed": 0, "unchanged": 0, "failed": 0}));
    assert!(world.vault().join(said["report"].as_str().unwrap()).is_file(), "{said}");
    let told = slack.take_heard();
    let text = told[0].json()["text"].to_string();
    assert!(told.len() == 1 && text.contains("2 new") && text.contains(&format!("details/{ARN}|Execution")), "{text}");
    world.restores(HELLO, &world.repository(HELLO).resolve("main").unwrap());

    // A repository that fails is an answer.
    let fault = Fault::new(FaultKind::Status { status: 451, headers: Vec::new(), body: String::new() });
    world.github.add_fault(fault.on(RequestClass::InfoRefs).path("/octocat/hello.git/info/refs"));
    let said = function(&world, &aws, "backup", json!({}), &[]).answer();
    assert_eq!((&said["done"], &said["verdict"]), (&json!(true), &json!("partial")));
    assert_eq!(said["repositories"], json!({"new": 0, "changed": 0, "unchanged": 1, "failed": 1}));
}

#[tokio::test(flavor = "multi_thread")]
async fn i9_backup_that_runs_out_of_time_says_what_is_left_and_the_next_one_goes_on() {
    let (world, aws) = world().await;
    let slack = recorder();
    let hook = format!("{}/hook", slack.url());
    let variables = [("GITARK_SLACK_WEBHOOK_FROM", "env:HOOK"), ("HOOK", &*hook)];
    // The time to begin anything is over at once.
    let over = [&variables[..], &[("GITARK_DEADLINE", "0s")]].concat();
    let said = function(&world, &aws, "backup", json!({}), &over).answer();
    assert_eq!((&said["done"], &said["left"], &said["verdict"]), (&json!(false), &json!(2), &json!("partial")));
    assert!(slack.take_heard().is_empty(), "nobody is told of a part");
    let said = function(&world, &aws, "backup", json!({}), &variables).answer();
    assert_eq!((&said["done"], &said["left"], &said["verdict"]), (&json!(true), &json!(0), &json!("done")));
    assert_eq!(slack.take_heard().len(), 1);
    // What Lambda gives counts too: in no time nothing is even listed.
    world.push(HELLO);
    let ended = invoke_with(&world, "backup", &json!({}), Duration::ZERO, |command| {
        aws.lend(command).env("GITARK_TOKEN_FROM", "ssm:github-token").env("GITARK_CHECK", "full");
    });
    assert_eq!(ended.error_type(), "Deadline");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_fails_with_the_reason_as_its_type() {
    let (world, aws) = world().await;
    let slack = recorder();
    let hook = format!("{}/hook", slack.url());
    let fails = |handler: &str, variables: &[(&str, &str)]| {
        let all = [&[("GITARK_SLACK_WEBHOOK_FROM", "env:HOOK"), ("HOOK", &*hook)], variables].concat();
        let ended = function(&world, &aws, handler, json!({"run": "20261121T050000Z-x"}), &all);
        (ended.error_type().to_owned(), slack.take_heard().len())
    };
    assert_eq!(fails("backup", &[("GITARK_TOKEN_FROM", "ssm:none")]), ("BadSecret".into(), 1));
    aws.parameter("revoked", "ghp_revoked");
    for handler in ["backup", "list"] {
        assert_eq!(fails(handler, &[("GITARK_TOKEN_FROM", "ssm:revoked")]), ("Unauthorized".into(), 1), "{handler}");
        let nowhere = [("GITARK_VAULT", "/proc/nowhere")];
        assert_eq!(fails(handler, &nowhere), ("Store".into(), 1), "{handler}");
    }
    assert_eq!(fails("finish", &[]).0, "Usage");
    assert_eq!(fails("backup", &[("GITARK_CONCURRENCY", "many")]), ("Usage".into(), 0));
    aws.secret("prod/github-backup", json!({"TOKEN_GITHUB": SECRET}));
    let secret = [("GITARK_TOKEN_FROM", ""), ("GITARK_SECRET", "prod/github-backup")];
    assert_eq!(fails("backup", &secret), ("BadSecret".into(), 1));
    // Who starts it elsewhere, or with another handler, is told.
    world.run(&["lambda"]).exits(2).says(&["AWS_LAMBDA_RUNTIME_API", "AWS Lambda"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn list_sync_and_finish_are_one_run_in_a_bucket() {
    let Some(server) = SeaweedFs::shared() else { return };
    let (world, aws) = world().await;
    for (name, size) in [("octocat/large", 3 << 20), ("octocat/broken", 1)] {
        let repository = world.github.create_repository(name);
        repository.commit("main", &[("a", "a\n")], "One");
        repository.set_attributes(|attributes| {
            attributes.size = Some(size);
            attributes.pushed_at = 1_600_000_000;
        });
    }
    let fault = Fault::new(FaultKind::Status { status: 451, headers: Vec::new(), body: String::new() });
    world.github.add_fault(fault.on(RequestClass::InfoRefs).path("/octocat/broken.git/info/refs"));
    let prefix = SeaweedFs::prefix();
    let vault = format!("s3://{}/{prefix}", seaweedfs::BUCKET);
    let slack = recorder();
    let hook = format!("{}/hook", slack.url());
    let variables = [
        ("AWS_ENDPOINT_URL_S3", server.endpoint()),
        ("AWS_ACCESS_KEY_ID", seaweedfs::KEY),
        ("AWS_SECRET_ACCESS_KEY", seaweedfs::SECRET),
        ("GITARK_VAULT", &vault),
        ("GITARK_WORKERS", "40"),
        ("GITARK_SLACK_WEBHOOK_FROM", "env:HOOK"),
        ("HOOK", &hook),
    ];
    let call = |handler: &str, input: Value| function(&world, &aws, handler, input, &variables);

    let begun = call("list", json!({"execution": ARN})).answer();
    assert_eq!((&begun["items"], &begun["unchanged"]), (&json!(4), &json!(0)));
    let object = |begun: &Value| {
        let place = format!("s3://{}/{}", begun["bucket"].as_str().unwrap(), begun["key"].as_str().unwrap());
        serde_json::from_str::<Vec<Value>>(&server.aws(&["s3", "cp", &place, "-"]).unwrap()).unwrap()
    };
    let items = object(&begun);
    let item = |name: &str| items.iter().find(|item| item["repo"] == name).unwrap().clone();
    assert_eq!((&item("large")["size_kb"], &item("large")["points_per_minute"]), (&json!(3 << 20), &json!(22)));
    assert_eq!(item("hello")["run"], begun["run"]);

    let synced = call("sync", item("hello")).answer();
    assert_eq!(synced, json!({"owner": "octocat", "repo": "hello", "outcome": "new", "reason": null}));
    let synced = call("sync", item("broken")).answer();
    assert_eq!((&synced["outcome"], &synced["reason"]), (&json!("failed"), &json!("legal_block")));
    // 3 GiB are more than there is time for in so short an invocation; the container task has more.
    let ended = invoke_with(&world, "sync", &item("large"), Duration::from_secs(60), |command| {
        aws.lend(command).env("GITARK_TOKEN_FROM", "ssm:github-token").envs(variables);
    });
    assert_eq!(ended.error_type(), "NeedsLargerWorker");
    let mut task = world.command(&["sync", "--run", begun["run"].as_str().unwrap(), "octocat/large"]);
    aws.lend(&mut task).env("GITARK_TOKEN_FROM", "ssm:github-token").envs(variables).env("GITARK_SKIP", "metadata");
    Ran::of(&mut task).exits(0);

    let input = json!({"run": begun["run"], "bucket": begun["bucket"], "key": begun["key"], "execution": ARN});
    let ended = call("finish", input.clone());
    let numbers = metrics(&ended);
    assert_eq!((&numbers["RepositoriesNew"], &numbers["RepositoriesFailed"]), (&json!(2), &json!(2)));
    let said = ended.answer();
    assert_eq!(said["verdict"], "partial");
    assert_eq!(said["repositories"], json!({"new": 2, "changed": 0, "unchanged": 0, "failed": 2}));
    let told = slack.take_heard();
    let text = told[0].json()["text"].as_str().unwrap().to_owned();
    for words in ["octocat/broken: `legal_block`", "octocat/spoon: `worker_lost`", "2 new", ARN] {
        assert!(text.contains(words), "{words:?} is not in {text}");
    }
    assert_eq!(told.len(), 1);

    // The next run has what is left.
    world.github.clear_faults();
    let begun = call("list", json!({})).answer();
    assert_eq!((&begun["items"], &begun["unchanged"]), (&json!(2), &json!(2)));
    for item in object(&begun) {
        assert_eq!(call("sync", item).answer()["outcome"], "new");
    }
    let said = call("finish", json!({"run": begun["run"]})).answer();
    assert_eq!((&said["verdict"], &said["repositories"]["unchanged"]), (&json!("done"), &json!(2)));
    let begun = call("list", json!({})).answer();
    assert_eq!((&begun["items"], object(&begun).len()), (&json!(0), 0));
    assert_eq!(call("finish", json!({"run": begun["run"]})).answer()["verdict"], "done");

    // The vault is whole, and `status` knows of it.
    let run = |arguments: &[&str]| {
        let mut command = world.command(arguments);
        Ran::of(aws.lend(&mut command).envs(variables))
    };
    run(&["verify", "--full"]).exits(0);
    run(&["status"]).exits(0);
    run(&["restore", HELLO, "hello"]).exits(0);
    assert_eq!(git(&world.path("hello"), &["rev-parse", "HEAD"]), world.repository(HELLO).resolve("main").unwrap());
    let said = call("verify", json!({})).answer();
    assert_eq!((&said["verdict"], &said["checked"], &said["damaged"]), (&json!("done"), &json!(4), &json!(0)));
    assert!(said["restored"].as_str().unwrap().starts_with("octocat/"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_repository_is_brought_up_to_date_by_itself() {
    let (world, aws) = world().await;
    world.repository(HELLO).set_attributes(|attributes| attributes.size = Some(77));
    let input = json!({"owner": "octocat", "repo": "hello", "run": null});
    let sized = function(&world, &aws, "size", input.clone(), &[("GITARK_VAULT", "")]).answer();
    assert_eq!(sized, json!({"owner": "octocat", "repo": "hello", "run": null, "size_kb": 77}));
    // What is known is not asked.
    world.github.clear_requests();
    assert_eq!(function(&world, &aws, "size", sized.clone(), &[]).answer(), sized);
    assert!(world.github.requests().is_empty());
    assert_eq!(function(&world, &aws, "sync", sized, &[]).answer()["outcome"], "new");
    assert_eq!(function(&world, &aws, "sync", input, &[]).answer()["outcome"], "unchanged");
    world.run(&["status"]).exits(0);
    let none = json!({"owner": "octocat", "repo": "none"});
    for handler in ["size", "sync"] {
        assert_eq!(function(&world, &aws, handler, none.clone(), &[]).error_type(), "GoneOrForbidden", "{handler}");
    }
    for bad in [json!({}), json!({"owner": "octocat", "repo": "a/b"}), json!({"owner": "--to=/x", "repo": "hello"})] {
        assert_eq!(function(&world, &aws, "sync", bad.clone(), &[]).error_type(), "Usage", "{bad}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_function_reaches_is_handled_once_without_lambda() {
    let (world, aws) = world().await;
    let run = |arguments: &[&str]| {
        let mut command = world.command(arguments);
        aws.lend(&mut command).env("GITARK_TOKEN_FROM", "ssm:github-token").env("GITARK_SKIP", "metadata");
        command.env("GITARK_ITEMS", world.path("items")).env("GITARK_NO_GISTS", "true");
        Ran::of(&mut command)
    };
    let begun = run(&["lambda", "list", "--output", "list.json"]).exits(0).json().pop().unwrap();
    assert_eq!(std::fs::read(world.path("list.json")).unwrap(), begun.to_string().into_bytes());
    let items = std::fs::read(begun["key"].as_str().unwrap()).unwrap();
    let items: Vec<Value> = serde_json::from_slice(&items).unwrap();
    assert_eq!(items.len(), 2);
    assert!(begun["key"].as_str().unwrap().starts_with(world.path("items").to_str().unwrap()), "{begun}");

    // A second vault that knows nothing of the run is brought up to date beside it.
    let shared = begun["run"].as_str().unwrap();
    for item in items {
        let name = format!("octocat/{}", item["repo"].as_str().unwrap());
        run(&["sync", &name, "--run", shared, "--to", "vault", "--to", "second"]).exits(0);
    }
    for vault in ["vault", "second"] {
        run(&["verify", "--full", "--vault", vault]).exits(0);
        run(&["restore", HELLO, &format!("{vault}-hello"), "--vault", vault]).exits(0);
    }
    run(&["status", "--vault", "second"]).exits(0);
    run(&["sync", HELLO, "--run", shared, "--to", "third", "--to", "fourth"]).exits(1).says(&["no run", shared]);
    let input = json!({"run": shared}).to_string();
    let said = run(&["lambda", "finish", "--input", &input]).exits(0).json().pop().unwrap();
    assert_eq!((&said["verdict"], &said["repositories"]["new"]), (&json!("done"), &json!(2)));
    assert_eq!(run(&["lambda", "verify"]).exits(0).json().pop().unwrap()["verdict"], "done");

    run(&["lambda", "finish", "--input", "{\"run\": \"x\"}"]).exits(1).says(&["Usage: ", "is no run"]);
    run(&["lambda", "finish", "--input", "x"]).exits(2);
    aws.parameter("github-token", "");
    run(&["lambda", "size", "--input", "{\"owner\": \"octocat\", \"repo\": \"hello\"}"])
        .exits(1)
        .says(&["BadSecret: "]);
}

#[tokio::test(flavor = "multi_thread")]
async fn verify_finds_damage_and_tells_of_it() {
    let (world, aws) = world().await;
    function(&world, &aws, "backup", json!({}), &[]).answer();
    let slack = recorder();
    let hook = format!("{}/hook", slack.url());
    let variables = [("GITARK_SLACK_WEBHOOK_FROM", "env:HOOK"), ("HOOK", &*hook)];
    let said = function(&world, &aws, "verify", json!({}), &variables).answer();
    assert_eq!((&said["verdict"], &said["checked"]), (&json!("done"), &json!(2)));
    assert!(slack.take_heard().is_empty(), "all is well");
    flip_a_byte(&world.bare(HELLO));
    let ended = function(&world, &aws, "verify", json!({"execution": ARN}), &variables);
    assert_eq!(metrics(&ended)["VerifyDamaged"], 1);
    let said = ended.answer();
    assert_eq!((&said["verdict"], &said["damaged"]), (&json!("damage"), &json!(1)));
    assert!(slack.take_heard()[0].json()["text"].as_str().unwrap().contains("DAMAGE FOUND"));
    // A plain invocation without a token needs none.
    assert_eq!(invoke(&world, "verify", &json!({}), LONG).answer()["verdict"], "damage");
}
