//! The handlers `list` and `finish`: the two ends of a run that many workers share.

use serde_json::{Value, json};

use super::{
    another_command, command,
    counts::{Counts, verdict},
    field,
    link::lead_to,
    metrics::Metrics,
};
use crate::{
    arguments::Command,
    command::fleet::{self, Finished},
    exit::Failure,
    interrupt,
};

/// Begins a run.
pub(super) async fn list(input: &Value) -> Result<Value, Failure> {
    let (Command::Fleet(arguments), talk) = command(&["fleet", "list"])? else { return Err(another_command()) };
    let mut arguments = arguments.into_list().ok_or_else(another_command)?;
    lead_to(&mut arguments.notifications, input);
    let cancel = interrupt::cancel_on_interrupt();
    let begun = fleet::list(&mut arguments, talk, &cancel).await?;
    Ok(serde_json::to_value(begun).unwrap_or_default())
}

/// Ends a run.
pub(super) async fn finish(input: &Value) -> Result<Value, Failure> {
    let run = field(input, "run")?;
    let (Command::Fleet(arguments), talk) = command(&["fleet", "finish", run])? else {
        return Err(another_command());
    };
    let mut arguments = arguments.into_finish().ok_or_else(another_command)?;
    lead_to(&mut arguments.notifications, input);
    let Finished { report, vault, time } = fleet::finish(&mut arguments, talk).await?;
    Metrics::of_run(&vault, &report, time).write();
    Ok(json!({
        "verdict": verdict(report.verdict().into()),
        "repositories": Counts::of(&report),
        "report": report.key(),
    }))
}
