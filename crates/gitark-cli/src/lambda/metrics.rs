//! Metrics in CloudWatch's embedded metric format: a line of the log that CloudWatch counts.
//!
//! Source: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>

use std::{io::Write as _, time::Duration};

use gitark::backup::report::{RunReport, Verdict};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::counts::Counts;

const NAMESPACE: &str = "gitark";

/// Numbers about one vault.
pub(super) struct Metrics<'a> {
    vault: &'a str,
    /// Name, unit and value.
    values: Vec<(&'static str, &'static str, u64)>,
}

impl<'a> Metrics<'a> {
    /// Of a run that took so long.
    pub(super) fn of_run(vault: &'a str, report: &RunReport, time: Duration) -> Self {
        let counts = Counts::of(report);
        let sum = |part: fn(&gitark::backup::report::Work) -> u64| {
            report.repositories.iter().map(|row| part(&row.work)).sum::<u64>()
        };
        let damage = report.verdict() == Verdict::DamageFound;
        let values = vec![
            ("RepositoriesFailed", "Count", (counts.failed + counts.damaged) as u64),
            ("RepositoriesNew", "Count", counts.new as u64),
            ("RepositoriesChanged", "Count", counts.changed as u64),
            ("RepositoriesUnchanged", "Count", counts.unchanged as u64),
            ("ReceivedBytes", "Bytes", sum(|work| work.received_bytes)),
            ("StoredBytes", "Bytes", sum(|work| work.stored_bytes)),
            ("DurationSeconds", "Seconds", time.as_secs()),
            ("DamageFound", "Count", damage.into()),
        ];
        Self { vault, values }
    }

    /// Of a check of so many repositories, of which so many are damaged.
    pub(super) fn of_check(vault: &'a str, checked: usize, damaged: usize) -> Self {
        let values = vec![("VerifyChecked", "Count", checked as u64), ("VerifyDamaged", "Count", damaged as u64)];
        Self { vault, values }
    }

    /// The line.
    fn line(&self, now: Timestamp) -> Value {
        let metrics: Vec<Value> =
            self.values.iter().map(|(name, unit, _)| json!({"Name": name, "Unit": unit})).collect();
        let mut line = Map::new();
        line.insert(
            "_aws".into(),
            json!({
                "Timestamp": now.as_millisecond(),
                "CloudWatchMetrics": [{"Namespace": NAMESPACE, "Dimensions": [["Vault"]], "Metrics": metrics}],
            }),
        );
        line.insert("Vault".into(), self.vault.into());
        line.extend(self.values.iter().map(|(name, _, value)| ((*name).to_owned(), (*value).into())));
        line.into()
    }

    /// Writes it to stdout. A log that is gone changes nothing about the run.
    pub(super) fn write(&self) {
        let _ = writeln!(std::io::stdout().lock(), "{}", self.line(Timestamp::now()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_each_number_by_the_name_that_it_declares() {
        let line = Metrics::of_check("s3://b/p", 7, 2).line(Timestamp::UNIX_EPOCH);
        let directive = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!((&directive["Namespace"], &line["_aws"]["Timestamp"]), (&json!("gitark"), &json!(0)));
        assert_eq!(directive["Dimensions"], json!([["Vault"]]));
        assert_eq!(line["Vault"], "s3://b/p");
        let names: Vec<_> =
            directive["Metrics"].as_array().expect("metrics").iter().map(|one| one["Name"].clone()).collect();
        assert_eq!(names, ["VerifyChecked", "VerifyDamaged"]);
        assert_eq!((&line["VerifyChecked"], &line["VerifyDamaged"]), (&json!(7), &json!(2)));
    }
}
