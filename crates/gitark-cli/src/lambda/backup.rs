//! The handler `backup`: a whole backup in as many invocations as it takes.

use std::time::Instant;

use gitark::backup::report::RunReport;
use serde_json::{Value, json};

use super::{
    another_command, command,
    counts::{Counts, verdict},
    link::lead_to,
    metrics::Metrics,
    time::Time,
};
use crate::{
    arguments::Command,
    command::backup::{self, Ended},
    exit::{Exit, Failure},
    interrupt,
};

/// Backs up what can be begun in this time, and says whether something is left for another invocation.
pub(super) async fn backup(input: &Value, time: Time) -> Result<Value, Failure> {
    let (Command::Backup(mut arguments), talk) = command(&["backup"])? else { return Err(another_command()) };
    let cancel = interrupt::cancel_on_interrupt();
    lead_to(&mut arguments.notifications, input);
    arguments.deadline = Time::within(arguments.deadline, time.to_begin());
    arguments.stop_after = Time::within(arguments.stop_after, time.to_stop());
    let most = || time.first_fetch(&arguments.to, &arguments.writing.temporary());
    arguments.max_first_fetch.get_or_insert_with(most);
    let began = Instant::now();
    let ended = match backup::back_up(&mut arguments, talk, &cancel).await {
        Ok(ended) => ended,
        Err(failure) => {
            backup::tell_failure(&arguments, &failure).await;
            return Err(failure);
        }
    };
    let reports: Vec<(&Ended, &RunReport)> =
        ended.iter().filter_map(|one| Some((one, one.result.as_ref().ok()?))).collect();
    let counts: Vec<Counts> = reports.iter().map(|(_, report)| Counts::of(report)).collect();
    let archives = |report: &RunReport| report.archives.as_ref().map_or(0, |archives| archives.left as usize);
    let left = reports.iter().zip(&counts).map(|((_, report), counts)| counts.left.max(archives(report)));
    let left = left.max().unwrap_or_default();
    for one in &ended {
        one.say(talk, ended.len() > 1, began.elapsed());
    }
    if left == 0 {
        backup::tell(&arguments, &ended, began.elapsed()).await;
        for (one, report) in &reports {
            Metrics::of_run(&one.vault, report, began.elapsed()).write();
        }
    }
    let exit = Exit::of_all(&ended.iter().map(Ended::exit).collect::<Vec<_>>());
    let first = reports.first().map(|(_, report)| *report);
    Ok(json!({
        "done": left == 0,
        "verdict": verdict(exit),
        "left": left,
        "repositories": counts.first().copied().unwrap_or_default(),
        "report": first.map(RunReport::key),
    }))
}
