//! One issue, pull request, discussion, release, label or milestone.

use std::io::{self, Write};

use gitark::{
    cause::printable,
    metadata::{self, Kept, Said, SaidAs, Thing, date_time, is, login, names, number, reactions, said, text},
    monitor::{bytes, count},
    vault::{Vault, key::Kind, lookup::Found},
};
use serde_json::Value;

use super::Show;
use crate::{
    command::{Outcome, snapshot::some_metadata},
    exit::Exit,
    output::{self, time},
};

/// Columns of a line.
const WIDTH: usize = 80;
/// What texts are indented by.
const INDENT: &str = "  ";

/// Shows one thing as it was at a backup.
pub(super) async fn run(vault: &Vault, named: &(Found, Kind), thing: &Thing, arguments: &Show) -> Outcome {
    let (repository, snapshot) = some_metadata(vault, named, arguments.backup.at).await?;
    let kept = metadata::kept(&repository, &snapshot, thing).await?;
    let out = &mut io::BufWriter::new(io::stdout().lock());
    if arguments.json {
        output::json(out, &kept)?;
    } else {
        show(out, &kept)?;
    }
    out.flush()?;
    Ok(Exit::Done)
}

fn show(out: &mut impl Write, kept: &Kept) -> io::Result<()> {
    let (name, entry, at) = (&kept.repository, kept.entry, time(kept.observed));
    let page = &mut Page { out, backup: format!("{at} (entry {entry} of the metadata)") };
    match kept {
        Kept { release: Some(release), .. } => page.release(name, release),
        Kept { discussion: Some(discussion), .. } => page.discussion(name, discussion, kept),
        Kept { label: Some(label), .. } => page.label(name, label),
        Kept { milestone: Some(milestone), .. } => page.milestone(name, milestone),
        kept => page.conversation(name, kept),
    }
}

/// What is written for people: no byte of what others wrote steers the terminal.
struct Page<'a, W> {
    out: &'a mut W,
    backup: String,
}

impl<W: Write> Page<'_, W> {
    fn conversation(&mut self, repository: &str, kept: &Kept) -> io::Result<()> {
        let nothing = Value::Null;
        let main = kept.issue.as_ref().or(kept.pull.as_ref()).unwrap_or(&nothing);
        let is_pull = kept.pull.is_some() || main.get("pull_request").is_some();
        let noun = if is_pull { "pull request" } else { "issue" };
        let number = number(main, "number").unwrap_or_default();
        self.title(&format!("{repository} {noun} {number}: {}", text(main, &["title"]).unwrap_or("(no title)")))?;
        let pull = kept.pull.as_ref().unwrap_or(&nothing);
        let merged = text(pull, &["merged_at"]).is_some();
        let is_draft = is(pull, "draft");
        let state = text(main, &["state"]).unwrap_or("unknown");
        let reason = text(main, &["state_reason"]).filter(|_| state == "closed").map(|reason| format!(" ({reason})"));
        let state = if merged { "merged" } else { state };
        let draft = if is_draft { ", draft" } else { "" };
        self.fact("state", &format!("{state}{draft}{}", reason.unwrap_or_default().replace('_', " ")))?;
        self.fact("author", login(main))?;
        self.time("opened", main, "created_at")?;
        self.time("updated", main, "updated_at")?;
        self.time("closed", main, "closed_at")?;
        self.time("merged", pull, "merged_at")?;
        self.list("labels", &names(main, "labels", "name"))?;
        self.list("assignees", &names(main, "assignees", "login"))?;
        if let Some(title) = main.get("milestone").and_then(|milestone| text(milestone, &["title"])) {
            self.fact("milestone", title)?;
        }
        let end = |end: &str| pull.get(end).and_then(|end| text(end, &["label", "ref"])).map(str::to_owned);
        if let (Some(head), Some(base)) = (end("head"), end("base")) {
            self.fact("branches", &format!("{head} into {base}"))?;
        }
        self.reactions("reactions", &reactions(main))?;
        self.backup()?;
        self.text(text(main, &["body"]))?;
        self.all_said(kept)
    }

    fn discussion(&mut self, repository: &str, discussion: &Value, kept: &Kept) -> io::Result<()> {
        let its_number = number(discussion, "number").unwrap_or_default();
        let title = text(discussion, &["title"]).unwrap_or("(no title)");
        self.title(&format!("{repository} discussion {its_number}: {title}"))?;
        let state = if is(discussion, "closed") { "closed" } else { "open" };
        self.fact("state", &format!("{state}{}", if is(discussion, "isAnswered") { ", answered" } else { "" }))?;
        if let Some(name) = discussion.get("category").and_then(|category| text(category, &["name"])) {
            self.fact("category", name)?;
        }
        self.fact("author", login(discussion))?;
        self.time("opened", discussion, "createdAt")?;
        self.time("updated", discussion, "updatedAt")?;
        self.time("closed", discussion, "closedAt")?;
        self.list("labels", &names(discussion, "labels", "name"))?;
        if let Some(votes) = number(discussion, "upvoteCount").filter(|votes| *votes > 0) {
            self.fact("upvotes", &votes.to_string())?;
        }
        self.reactions("reactions", &reactions(discussion))?;
        self.backup()?;
        self.text(text(discussion, &["body"]))?;
        if let Some(poll) = discussion.get("poll").filter(|poll| poll.is_object()) {
            writeln!(self.out)?;
            self.fact("poll", text(poll, &["question"]).unwrap_or_default())?;
            let options = poll.pointer("/options/nodes").and_then(Value::as_array);
            for option in options.into_iter().flatten() {
                let votes = number(option, "totalVoteCount").unwrap_or_default();
                let option = text(option, &["option"]).unwrap_or_default();
                self.fact("", &format!("{option}: {}", count(votes, "vote")))?;
            }
        }
        self.all_said(kept)
    }

    fn all_said(&mut self, kept: &Kept) -> io::Result<()> {
        for said in &said(&kept.comments, &kept.reviews, &kept.review_comments) {
            self.said(said)?;
        }
        Ok(())
    }

    fn release(&mut self, repository: &str, release: &Value) -> io::Result<()> {
        let tag = text(release, &["tag_name"]).unwrap_or_default();
        let title = text(release, &["name"]).map(|name| format!(": {name}")).unwrap_or_default();
        self.title(&format!("{repository} release {tag}{title}"))?;
        let state = [("draft", is(release, "draft")), ("prerelease", is(release, "prerelease"))];
        let state = state.iter().find(|(_, is)| *is).map_or("published", |(state, _)| *state);
        self.fact("state", state)?;
        self.fact("author", login(release))?;
        self.time("made", release, "created_at")?;
        self.time("published", release, "published_at")?;
        self.fact("target", text(release, &["target_commitish"]).unwrap_or("-"))?;
        self.reactions("reactions", &reactions(release))?;
        self.backup()?;
        let assets = release.get("assets").and_then(Value::as_array);
        for asset in assets.into_iter().flatten() {
            let size = number(asset, "size").unwrap_or_default();
            self.fact("asset", &format!("{}, {}", text(asset, &["name"]).unwrap_or_default(), bytes(size)))?;
        }
        self.text(text(release, &["body"]))
    }

    fn label(&mut self, repository: &str, label: &Value) -> io::Result<()> {
        self.title(&format!("{repository} label {}", text(label, &["name"]).unwrap_or_default()))?;
        self.fact("colour", text(label, &["color"]).unwrap_or("-"))?;
        self.backup()?;
        self.text(text(label, &["description"]))
    }

    fn milestone(&mut self, repository: &str, milestone: &Value) -> io::Result<()> {
        let count_of = |field: &str| number(milestone, field).unwrap_or_default();
        let title = text(milestone, &["title"]).unwrap_or_default();
        self.title(&format!("{repository} milestone {}: {title}", count_of("number")))?;
        self.fact("state", text(milestone, &["state"]).unwrap_or("unknown"))?;
        self.fact("author", login(milestone))?;
        self.time("made", milestone, "created_at")?;
        self.time("due", milestone, "due_on")?;
        self.time("closed", milestone, "closed_at")?;
        let (open, closed) = (count(count_of("open_issues"), "open issue"), count_of("closed_issues"));
        self.fact("issues", &format!("{open}, {closed} closed"))?;
        self.backup()?;
        self.text(text(milestone, &["description"]))
    }

    fn said(&mut self, said: &Said) -> io::Result<()> {
        let at = said.time.trim_end_matches('Z').replacen('T', " ", 1);
        let edited = if said.is_edited { ", edited" } else { "" };
        let what = match (&said.what, &said.place) {
            (SaidAs::Comment, _) => "comment".to_owned(),
            (SaidAs::Reply, _) => "reply".to_owned(),
            (SaidAs::Review(state), _) => format!("review ({state})"),
            (SaidAs::OnLine, place) => match place {
                Some(place) => match place.line {
                    Some(line) => format!("{}:{line}", place.path),
                    None => place.path.clone(),
                },
                None => "a line".into(),
            },
        };
        writeln!(self.out)?;
        self.title(&format!("{what}, by {}, {at}{edited}", said.author))?;
        self.lines(&said.body)?;
        if said.reactions.is_empty() { Ok(()) } else { self.reactions("reactions", &said.reactions) }
    }

    fn title(&mut self, title: &str) -> io::Result<()> {
        for line in wrapped(&printable(title), WIDTH) {
            writeln!(self.out, "{line}")?;
        }
        Ok(())
    }

    fn fact(&mut self, name: &str, value: &str) -> io::Result<()> {
        for (at, line) in wrapped(&printable(value), WIDTH - 13).iter().enumerate() {
            let name = if at == 0 { name } else { "" };
            writeln!(self.out, "{}", format!("{INDENT}{name:<11}{line}").trim_end())?;
        }
        Ok(())
    }

    fn time(&mut self, name: &str, value: &Value, field: &str) -> io::Result<()> {
        date_time(value, &[field]).map_or(Ok(()), |time| self.fact(name, &time))
    }

    fn list(&mut self, name: &str, items: &[String]) -> io::Result<()> {
        if items.is_empty() { Ok(()) } else { self.fact(name, &items.join(", ")) }
    }

    fn reactions(&mut self, name: &str, reactions: &[(String, u64)]) -> io::Result<()> {
        let reactions: Vec<_> = reactions.iter().map(|(name, count)| format!("{name} {count}")).collect();
        self.list(name, &reactions)
    }

    fn backup(&mut self) -> io::Result<()> {
        let backup = self.backup.clone();
        self.fact("backup", &backup)
    }

    /// A text behind an empty line.
    fn text(&mut self, text: Option<&str>) -> io::Result<()> {
        let Some(text) = text else { return Ok(()) };
        writeln!(self.out)?;
        self.lines(text)
    }

    /// Markdown as it is; lines that are too long are broken at spaces, except code.
    fn lines(&mut self, text: &str) -> io::Result<()> {
        let mut is_code = false;
        for line in text.trim_end().lines() {
            let line = printable(&line.replace('\t', "    "));
            let is_fence = line.trim_start().starts_with("```") || line.trim_start().starts_with("~~~");
            is_code ^= is_fence;
            let is_as_it_is = is_code || is_fence || line.starts_with("    ") || line.starts_with('|');
            let lines = if is_as_it_is { vec![line] } else { wrapped(&line, WIDTH - INDENT.len()) };
            for line in lines {
                writeln!(self.out, "{}", format!("{INDENT}{line}").trim_end())?;
            }
        }
        Ok(())
    }
}

/// `line` in lines of so many characters, broken at spaces. A word that is longer stays whole: it may be an address.
fn wrapped(line: &str, width: usize) -> Vec<String> {
    if line.chars().count() <= width {
        return vec![line.to_owned()];
    }
    let indent = " ".repeat(line.len() - line.trim_start_matches(' ').len());
    let (mut lines, mut current) = (Vec::new(), indent.clone());
    for word in line.trim_start_matches(' ').split(' ') {
        let is_begun = current.len() > indent.len();
        if is_begun && current.chars().count() + 1 + word.chars().count() > width {
            lines.push(std::mem::replace(&mut current, indent.clone()));
        } else if is_begun {
            current.push(' ');
        }
        current.push_str(word);
    }
    lines.push(current);
    lines
}

#[cfg(test)]
mod tests {
    #[test]
    fn long_lines_are_broken_at_spaces_and_stay_indented() {
        assert_eq!(super::wrapped("short", 10), ["short"]);
        assert_eq!(super::wrapped("  - one two three", 10), ["  - one", "  two", "  three"]);
        assert_eq!(super::wrapped("see https://example.com/a/b now", 10), ["see", "https://example.com/a/b", "now"]);
    }
}
