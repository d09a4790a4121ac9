//! One line from an error and all that caused it.

/// Joins `error` and its sources with `: `, leaving out a source whose text the line already holds.
///
/// Control characters become spaces: one failure stays one line, and a server's words cannot steer a terminal.
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
    printable(&line)
}

/// `text` with a space for each character that steers a terminal: controls, and those that turn the direction of text.
pub fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || turns_text(c) { ' ' } else { c }).collect()
}

/// Marks, embeddings, overrides and isolates of the Unicode Bidirectional Algorithm (UAX #9), and the separators of
/// lines and paragraphs.
fn turns_text(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
