//! AWS Lambda, as far as a function sees it: an invocation, and what the function answers.
//!
//! Source: <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::{
    io::Write as _,
    process::{Command, Stdio},
    sync::{Mutex, mpsc},
    time::{Duration, SystemTime},
};

use serde_json::Value;

use super::{Liar, World, answer};

/// What an invocation came to.
#[derive(Debug)]
pub(crate) struct Invoked {
    /// The answer, or the error with `errorType` and `errorMessage`.
    pub(crate) result: Result<Value, Value>,
    /// What the function said, on both its streams.
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Invoked {
    /// The answer.
    #[track_caller]
    pub(crate) fn answer(self) -> Value {
        self.result.unwrap_or_else(|error| panic!("{error}\n{}", self.stderr))
    }

    /// The type of the error.
    #[track_caller]
    pub(crate) fn error_type(&self) -> &str {
        match &self.result {
            Ok(answer) => panic!("an error was expected: {answer}"),
            Err(error) => error["errorType"].as_str().unwrap(),
        }
    }
}

/// Starts the function with this handler and invokes it once, with so much time.
pub(crate) fn invoke(world: &World, handler: &str, input: &Value, time: Duration) -> Invoked {
    invoke_with(world, handler, input, time, |_| {})
}

/// The same with other variables.
pub(crate) fn invoke_with(
    world: &World,
    handler: &str,
    input: &Value,
    time: Duration,
    configure: impl FnOnce(&mut Command),
) -> Invoked {
    let (send, results) = mpsc::channel();
    let (event, send) = (Mutex::new(Some(input.to_string())), Mutex::new(send));
    let runtime = Liar::start(move |request, stream| {
        let target = request.target();
        if target.ends_with("/invocation/next") {
            let Some(event) = event.lock().unwrap().take() else {
                // There is no other one: Lambda freezes the function.
                loop {
                    std::thread::park();
                }
            };
            let end = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap() + time;
            let end = format!("Lambda-Runtime-Deadline-Ms: {}", end.as_millis());
            let headers = [
                "Lambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-2dfe598c3fcd",
                "Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:123456789012:function:gitark",
                &end,
            ];
            drop(stream.write_all(&answer(200, &headers, event.as_bytes())));
        } else {
            let ended = if target.ends_with("/response") { Ok(request.json()) } else { Err(request.json()) };
            drop(stream.write_all(&answer(202, &[], b"{}")));
            drop(send.lock().unwrap().send(ended));
        }
    });
    let mut command = world.command(&[] as &[&str]);
    command
        .env("AWS_LAMBDA_RUNTIME_API", runtime.url().trim_start_matches("http://"))
        .env("AWS_LAMBDA_FUNCTION_NAME", "gitark")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
        .env("AWS_LAMBDA_LOG_STREAM_NAME", "stream")
        .env("AWS_LAMBDA_LOG_GROUP_NAME", "group")
        .env("_HANDLER", handler)
        .env("GITARK_RETRIES", "0")
        .env("GITARK_MAX_WAIT", "0s")
        .env("GITARK_SKIP", "metadata")
        .env("GITARK_NO_GISTS", "true");
    configure(&mut command);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // Far longer than any invocation here: only a function that hangs is met by it.
    let result = results.recv_timeout(Duration::from_secs(120));
    child.kill().unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let (stdout, stderr) = (text(output.stdout), text(output.stderr));
    let result = result.unwrap_or_else(|_| panic!("the function gave no answer:\n{stdout}{stderr}"));
    Invoked { result, stdout, stderr }
}
