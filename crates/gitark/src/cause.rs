//! One line from an error and all that caused it.

/// Joins `error` and its sources with `: `, leaving out a source whose text the line already holds.
///
/// Line breaks become spaces, so that one failure stays one line in a log or a report.
pub fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut line = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let text = cause.to_string();
        if !line.contains(&text) {
            line.push_str(": ");
            line.push_str(&text);
        }
        source = cause.source();
    }
    line.replace(['\n', '\r'], " ")
}
