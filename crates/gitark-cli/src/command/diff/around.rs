//! What changed around the code.

use std::io::{self, Write};

use gitark::{
    cause::printable,
    metadata::{Action, Change, Difference, Kind},
    monitor::count,
};

/// Changes of a kind that are named.
const NAMED: usize = 10;
/// Columns of a line.
const WIDTH: usize = 80;

/// Counts of each kind, and the first few.
pub(super) fn show(out: &mut impl Write, difference: &Difference) -> io::Result<()> {
    let kinds = [
        (Kind::Issue, "issue"),
        (Kind::Pull, "pull request"),
        (Kind::Discussion, "discussion"),
        (Kind::Comment, "comment"),
        (Kind::Label, "label"),
        (Kind::Milestone, "milestone"),
        (Kind::Release, "release"),
        (Kind::Setting, "setting"),
    ];
    for (kind, noun) in kinds {
        let changes: Vec<&Change> = difference.of(kind).collect();
        if changes.is_empty() {
            continue;
        }
        let number = |action| changes.iter().filter(|change| change.action == action).count();
        let words = [(Action::Added, "new"), (Action::Changed, "changed"), (Action::Removed, "removed")];
        let parts = words.into_iter().map(|(action, word)| (number(action), word)).filter(|(count, _)| *count > 0);
        let parts: Vec<_> = parts.map(|(count, word)| format!("{count} {word}")).collect();
        writeln!(out, "{}: {}", count(changes.len() as u64, noun), parts.join(", "))?;
        for change in changes.iter().take(NAMED) {
            writeln!(out, "{}", line(kind, change))?;
        }
        if let more @ 1.. = changes.len().saturating_sub(NAMED) {
            writeln!(out, "  … and {more} more (--json has all)")?;
        }
    }
    Ok(())
}

/// `  changed  #7  Title (open -> closed, labels)`, cut where the line would be too wide.
fn line(kind: Kind, change: &Change) -> String {
    let word = match change.action {
        Action::Added => "new",
        Action::Changed => "changed",
        Action::Removed => "removed",
    };
    let is_number = change.name.parse::<u64>().is_ok();
    let is_numbered = is_number && matches!(kind, Kind::Issue | Kind::Pull | Kind::Discussion | Kind::Comment);
    let name = if is_numbered { format!("#{}", change.name) } else { change.name.clone() };
    let title = change.title.as_deref().map(|title| format!("  {title}")).unwrap_or_default();
    let fields = match &change.fields[..] {
        [] => String::new(),
        fields if kind != Kind::Comment => format!(" ({})", fields.join(", ")),
        _ => String::new(),
    };
    let (head, title, fields) = (printable(&format!("  {word:<8} {name}")), printable(&title), printable(&fields));
    let room = WIDTH.saturating_sub(head.chars().count() + fields.chars().count());
    let title = if title.chars().count() > room {
        title.chars().take(room.saturating_sub(1)).chain(['…']).collect()
    } else {
        title
    };
    let line: String = format!("{head}{title}{fields}");
    if line.chars().count() > WIDTH { line.chars().take(WIDTH - 1).chain(['…']).collect() } else { line }
}
