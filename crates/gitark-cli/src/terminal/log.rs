//! The lines of stderr: text for people, or a JSON object on each line for other programs.

use std::sync::OnceLock;

use clap::ValueEnum;
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing_subscriber::{
    EnvFilter,
    fmt::{FmtContext, FormatEvent, FormatFields, format::Writer},
    registry::LookupSpan,
};

use super::{
    colour::{red, yellow},
    screen,
};
use crate::arguments::Talk;

/// The form of what is said on stderr.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people
    #[default]
    Text,
    /// A JSON object on each line, and no progress
    Json,
}

/// How much a line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    Error,
    Warn,
    Info,
    Debug,
}

impl Level {
    fn word(self) -> &'static str {
        match self {
            Level::Error => "error",
            Level::Warn => "warn",
            Level::Info => "info",
            Level::Debug => "debug",
        }
    }
}

static FORMAT: OnceLock<LogFormat> = OnceLock::new();

/// Whether stderr is for other programs.
pub(super) fn is_json() -> bool {
    FORMAT.get() == Some(&LogFormat::Json)
}

/// Decides it, once.
pub(super) fn set_format(format: LogFormat) {
    FORMAT.get_or_init(|| format);
}

/// Something to say.
#[derive(Debug)]
pub(crate) struct Record {
    level: Level,
    event: &'static str,
    fields: Map<String, Value>,
}

impl Record {
    /// Something that happened.
    pub(crate) fn new(level: Level, event: &'static str) -> Self {
        Self { level, event, fields: Map::new() }
    }

    /// The same at another level.
    pub(super) fn at(self, level: Level) -> Self {
        Self { level, ..self }
    }

    /// With a fact for other programs.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.fields.insert(name.to_owned(), value.into());
        self
    }

    /// The same for what may not be known.
    pub(crate) fn with_some(self, name: &str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// Says it: `text` to people, the facts to other programs.
    pub(crate) fn say(self, text: &str) {
        if is_json() {
            screen::write(&format!("{}\n", self.json()));
        } else {
            screen::write(&format!("{text}\n"));
        }
    }

    fn json(self) -> Value {
        let mut all = Map::new();
        all.insert("time".into(), format!("{:.3}", jiff::Timestamp::now()).into());
        all.insert("level".into(), self.level.word().into());
        all.insert("event".into(), self.event.into());
        for (name, value) in self.fields {
            // A field of somebody else's line does not stand for ours.
            all.entry(name).or_insert(value);
        }
        Value::Object(all)
    }
}

/// Starts all that is said on stderr: warnings as a rule, requests with -vv.
pub(crate) fn start_log(talk: Talk) {
    set_format(talk.log_format);
    let colour = talk.color.choose();
    let level = match (talk.quiet, talk.verbose) {
        (true, _) => "error",
        (_, 0) => "warn,aws_config=off",
        (_, 1) => "gitark=info,warn",
        _ => "gitark=debug,reqwest=debug,hyper_util=debug,warn",
    };
    let log = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(level))
        .with_writer(|| screen::Lines)
        .with_ansi(colour && !is_json())
        .with_target(false)
        .log_internal_errors(false);
    if is_json() {
        log.event_format(AsRecord).init();
    } else if talk.verbose > 1 {
        // Requests are read beside the server's log, by their time.
        log.init();
    } else {
        log.event_format(AsLine).init();
    }
}

/// Lines of the log in the form of all others.
struct AsRecord;

impl<S, N> FormatEvent<S, N> for AsRecord
where
    S: tracing::Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &tracing::Event<'_>,
    ) -> std::fmt::Result {
        let level = match *event.metadata().level() {
            tracing::Level::ERROR => Level::Error,
            tracing::Level::WARN => Level::Warn,
            tracing::Level::INFO => Level::Info,
            _ => Level::Debug,
        };
        let mut record = Record::new(level, "log").with("target", event.metadata().target());
        event.record(&mut record);
        writeln!(writer, "{}", record.json())
    }
}

/// Lines of the log as people see all others.
struct AsLine;

impl<S, N> FormatEvent<S, N> for AsLine
where
    S: tracing::Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &tracing::Event<'_>,
    ) -> std::fmt::Result {
        match *event.metadata().level() {
            tracing::Level::ERROR => write!(writer, "{} ", red("error:"))?,
            tracing::Level::WARN => write!(writer, "{} ", yellow("warning:"))?,
            _ => {}
        }
        context.format_fields(writer.by_ref(), event)?;
        writeln!(writer)
    }
}

impl Visit for Record {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.fields.insert(field.name().to_owned(), format!("{value:?}").into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.fields.insert(field.name().to_owned(), value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.fields.insert(field.name().to_owned(), value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.fields.insert(field.name().to_owned(), value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.fields.insert(field.name().to_owned(), value.into());
    }
}
