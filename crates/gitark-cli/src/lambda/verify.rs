//! The handler `verify`: a sample of the vault, every byte of it, and a restore drill.

use serde_json::{Value, json};

use super::{another_command, command, counts::verdict, link::lead_to, metrics::Metrics, time::Time};
use crate::{arguments::Command, command::drill, exit::Failure, interrupt};

/// Checks as many repositories as there is time for, and gives one of them back.
pub(super) async fn verify(input: &Value, time: Time) -> Result<Value, Failure> {
    let (Command::Drill(mut arguments), talk) = command(&["drill"])? else { return Err(another_command()) };
    let arguments = &mut *arguments;
    lead_to(&mut arguments.notifications, input);
    arguments.deadline = Time::within(arguments.deadline, time.to_begin());
    arguments.stop_after = Time::within(arguments.stop_after, time.to_stop());
    let cancel = interrupt::cancel_on_interrupt();
    let drilled = drill::drill(arguments, talk, &cancel).await?;
    Metrics::of_check(&drilled.vault, drilled.checked, drilled.damaged).write();
    Ok(json!({
        "verdict": verdict(drilled.exit()),
        "checked": drilled.checked,
        "damaged": drilled.damaged,
        "restored": drilled.restored,
    }))
}
