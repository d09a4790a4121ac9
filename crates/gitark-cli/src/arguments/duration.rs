//! Lengths of time as people write them.

/// Reads `30m`, `24h`, `7d` or `0s`.
pub(crate) fn parse_duration(text: &str) -> Result<jiff::SignedDuration, String> {
    let span = text.parse::<jiff::Span>().ok();
    match span.and_then(|span| span.to_duration(jiff::SpanRelativeTo::days_are_24_hours()).ok()) {
        Some(duration) if !duration.is_negative() => Ok(duration),
        _ => Err("a time such as 30m, 24h, 7d or 0s is expected".into()),
    }
}
