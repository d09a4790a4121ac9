//! What people said under an issue, a pull request or a discussion.

use serde_json::Value;

use super::field::{login, number, reply_to, text};

/// One thing that somebody said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// As what.
    pub what: SaidAs,
    /// GitHub's id; 0 when it is not known.
    pub id: u64,
    /// Who, by login.
    pub author: String,
    /// When, as GitHub wrote it.
    pub time: String,
    /// Whether it was edited since.
    pub is_edited: bool,
    /// The text, Markdown.
    pub body: String,
    /// Of which line of which file.
    pub place: Option<Place>,
    /// How many of each reaction.
    pub reactions: Vec<(String, u64)>,
}

/// As what something was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SaidAs {
    /// A comment.
    Comment,
    /// A reply to the comment of a discussion before it.
    Reply,
    /// A review, with its state in small letters.
    Review(String),
    /// A comment on a line.
    OnLine,
}

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file.
    pub path: String,
    /// The line, where GitHub still knows one.
    pub line: Option<u64>,
}

/// Comments and reviews in the order of time, replies behind what they reply to, then what was said of lines by file, line
/// and time.
pub fn said(comments: &[Value], reviews: &[Value], on_lines: &[Value]) -> Vec<Said> {
    let (replies, comments): (Vec<&Value>, Vec<&Value>) = comments.iter().partition(|it| reply_to(it).is_some());
    let comments = comments.into_iter().map(|comment| one(comment, SaidAs::Comment));
    let reviews = reviews.iter().map(|review| {
        let state = text(review, &["state"]).unwrap_or("commented").to_lowercase().replace('_', " ");
        one(review, SaidAs::Review(state))
    });
    let mut all: Vec<Said> = comments.chain(reviews).collect();
    let by_time = |a: &Said, b: &Said| (&a.time, a.id).cmp(&(&b.time, b.id));
    all.sort_by(by_time);
    let mut replies: Vec<(Option<u64>, Said)> =
        replies.into_iter().map(|reply| (reply_to(reply), one(reply, SaidAs::Reply))).collect();
    replies.sort_by(|(_, a), (_, b)| by_time(b, a));
    // From the last to the first, each directly behind what it replies to; to what is gone, at the end.
    for (to, reply) in replies {
        let at = all.iter().position(|said| Some(said.id) == to).map_or(all.len(), |at| at + 1);
        all.insert(at, reply);
    }
    let mut on_lines: Vec<Said> = on_lines.iter().map(|comment| one(comment, SaidAs::OnLine)).collect();
    on_lines.sort_by(|a, b| (&a.place, &a.time, a.id).cmp(&(&b.place, &b.time, b.id)));
    all.extend(on_lines);
    all
}

fn one(value: &Value, what: SaidAs) -> Said {
    let place = (what == SaidAs::OnLine).then(|| Place {
        path: text(value, &["path"]).unwrap_or_default().to_owned(),
        line: ["line", "original_line", "originalLine"].iter().find_map(|field| number(value, field)),
    });
    let made = text(value, &["created_at", "submitted_at", "createdAt", "submittedAt"]).unwrap_or_default();
    let edited = text(value, &["updated_at", "lastEditedAt"]);
    Said {
        is_edited: edited.is_some_and(|edited| edited > made),
        id: number(value, "id").or_else(|| number(value, "databaseId")).unwrap_or_default(),
        author: login(value).to_owned(),
        time: made.to_owned(),
        body: text(value, &["body"]).unwrap_or_default().to_owned(),
        reactions: reactions(value),
        place,
        what,
    }
}

/// How many of each reaction, by GitHub's names (`+1`, `heart`), those that nobody chose left out.
pub fn reactions(value: &Value) -> Vec<(String, u64)> {
    let counted = value.get("reactions").and_then(Value::as_object);
    let plain = counted.into_iter().flatten().filter_map(|(name, count)| Some((name.clone(), count.as_u64()?)));
    let groups = value.get("reactionGroups").and_then(Value::as_array);
    let grouped = groups.into_iter().flatten().filter_map(|group| {
        let total = ["reactors", "users"].iter().find_map(|field| group.get(field)?.get("totalCount")?.as_u64())?;
        Some((text(group, &["content"])?.to_lowercase(), total))
    });
    plain.chain(grouped).filter(|(name, count)| name != "total_count" && *count > 0).collect()
}
