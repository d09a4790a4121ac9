//! `gitark lambda`: the same work as AWS Lambda functions. Settings are the variables of the commands (`GITARK_VAULT`,
//! `GITARK_TOKEN_FROM`, …); the function's handler says which work it is. `docs/lambda.md` is for users.

mod backup;
mod counts;
mod fleet;
mod link;
mod metrics;
mod sync;
mod time;
mod verify;

use std::ffi::OsString;

use clap::{Args, ValueEnum};
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde_json::Value;

use self::time::Time;
use crate::{
    arguments::{Command, Talk},
    command::Outcome,
    exit::{Exit, Failure},
    output,
    place::Place,
    settings::{self, Run, Stop},
    terminal,
};

/// The variable by which Lambda says where it is.
const RUNTIME: &str = "AWS_LAMBDA_RUNTIME_API";
/// What Lambda sets for every function, and its library asks for.
const OF_LAMBDA: [&str; 4] =
    [RUNTIME, "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION"];

/// Serve AWS Lambda, which starts it: the function's handler is backup, list, size, sync, finish or verify.
///
/// Settings are variables, as for the commands. A bootstrap that AWS Lambda starts without arguments does this.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    gitark lambda verify                       once, without AWS Lambda")]
pub(crate) struct Lambda {
    /// Do this once, without AWS Lambda, and print the answer: for what no function can reach
    #[arg(value_name = "HANDLER", value_enum)]
    handler: Option<Handler>,
    /// What the handler is given
    #[arg(long, value_name = "JSON", default_value = "{}", value_parser = parse_input)]
    input: Value,
    /// Put the answer there too
    #[arg(long, value_name = "FILE|s3://BUCKET/KEY")]
    output: Option<Place>,
}

fn parse_input(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|error| format!("it is no JSON: {error}"))
}

/// What a function does.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Handler {
    Backup,
    List,
    Size,
    Sync,
    Finish,
    Verify,
}

/// The command line; Lambda starts a function without arguments.
pub(crate) fn words(mut words: Vec<OsString>) -> Vec<OsString> {
    if words.len() == 1 && std::env::var_os(RUNTIME).is_some() {
        words.push("lambda".into());
    }
    words
}

/// Serves invocations until Lambda ends the process, or handles one without Lambda.
pub(crate) async fn run(arguments: Lambda) -> Outcome {
    match arguments.handler {
        Some(handler) => once(handler, arguments).await,
        None => serve().await,
    }
}

/// Handles one input. The exit code says whether there is an answer, the answer how it went.
async fn once(handler: Handler, arguments: Lambda) -> Outcome {
    let answer = handler.handle(arguments.input, Time::unlimited()).await.map_err(|failure| {
        let message = format!("{}: {}", error_type(&failure), failure.message);
        Failure { message, exit: Exit::Failed, ..failure }
    })?;
    if let Some(place) = &arguments.output {
        place.put(answer.to_string().into(), "--output").await?;
    }
    output::json(&mut std::io::stdout().lock(), &answer)?;
    Ok(Exit::Done)
}

async fn serve() -> Outcome {
    let usage = |problem: String| Failure::new(Exit::Usage, problem);
    if let Some(name) = OF_LAMBDA.into_iter().find(|name| std::env::var_os(name).is_none()) {
        return Err(usage(format!("{name} is not set: gitark lambda is for AWS Lambda to start")));
    }
    let name = std::env::var("_HANDLER").unwrap_or_default();
    let handler = Handler::from_str(&name, false).map_err(|_| {
        usage(format!("the function's handler is {name:?}; it is backup, list, size, sync, finish or verify"))
    })?;
    let serve = service_fn(|event: LambdaEvent<Value>| async move {
        let time = Time::until(event.context.deadline());
        let done = handler.handle(event.payload, time).await;
        terminal::end();
        done.map_err(|failure| {
            terminal::failed(&failure, None);
            FunctionError(failure)
        })
    });
    let ended = lambda_runtime::run(serve).await;
    ended
        .map(|()| Exit::Done)
        .map_err(|error| Failure::new(Exit::Failed, format!("AWS Lambda's runtime failed: {error}")))
}

impl Handler {
    async fn handle(self, input: Value, time: Time) -> Result<Value, Failure> {
        match self {
            Self::Backup => backup::backup(&input, time).await,
            Self::List => fleet::list(&input).await,
            Self::Size => sync::size(input).await,
            Self::Sync => sync::sync(&input, time).await,
            Self::Finish => fleet::finish(&input).await,
            Self::Verify => verify::verify(&input, time).await,
        }
    }
}

/// A command with these words and what variables say.
fn command(words: &[&str]) -> Result<(Command, Talk), Failure> {
    let words: Vec<OsString> = std::iter::once("gitark").chain(words.iter().copied()).map(Into::into).collect();
    let invocation = settings::read(&words, &|name| std::env::var_os(name)).map_err(|stop| match stop {
        Stop::Refused { line, .. } => Failure::new(Exit::Usage, line),
        Stop::Shown(_) => Failure::new(Exit::Usage, "the settings are no command"),
    })?;
    let talk = invocation.talk;
    match <[Run; 1]>::try_from(invocation.runs) {
        Ok([run]) => Ok((run.arguments.command, talk)),
        Err(jobs) => Err(Failure::new(Exit::Usage, format!("a function runs one job, not {}", jobs.len()))),
    }
}

/// Only what was asked for can come out of the settings.
fn another_command() -> Failure {
    Failure::new(Exit::Failed, "the settings lead to another command")
}

/// The text of a field of the input.
fn field<'a>(input: &'a Value, name: &str) -> Result<&'a str, Failure> {
    let text = input.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    text.ok_or_else(|| Failure::new(Exit::Usage, format!("the input has no text in {name:?}")))
}

/// A failure as the caller of a function sees it.
struct FunctionError(Failure);

impl std::fmt::Debug for FunctionError {
    /// As Lambda's library logs it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl From<FunctionError> for Diagnostic {
    fn from(FunctionError(failure): FunctionError) -> Self {
        Diagnostic { error_type: error_type(&failure), error_message: failure.message }
    }
}

/// The reason code as one word in capitals: `NeedsLargerWorker`.
fn error_type(failure: &Failure) -> String {
    match (failure.reason, failure.exit) {
        (Some(reason), _) => camel_case(&reason.code()),
        (None, Exit::Usage) => "Usage".into(),
        (None, _) => "Failed".into(),
    }
}

fn camel_case(code: &str) -> String {
    code.split('_').map(|word| format!("{}{}", word[..1].to_ascii_uppercase(), &word[1..])).collect()
}

#[cfg(test)]
mod tests {
    use gitark::backup::Reason;

    use super::*;

    #[test]
    fn the_type_of_an_error_is_the_reason_code() {
        let of = |failure: Failure| Diagnostic::from(FunctionError(failure)).error_type;
        let failure = || Failure::new(Exit::Failed, "words");
        assert_eq!(of(failure().because(Reason::NeedsLargerWorker)), "NeedsLargerWorker");
        assert_eq!(of(failure().because(Reason::Store)), "Store");
        assert_eq!(of(failure()), "Failed");
        assert_eq!(of(Failure::new(Exit::Usage, "words")), "Usage");
    }
}
