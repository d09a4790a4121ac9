//! A Markdown file for each issue, pull request, discussion and release, with front matter (YAML).

use serde_json::Value;

use super::{Group, writer::Writer};
use crate::{
    metadata::{
        Kept, Said, SaidAs,
        field::{date_time, is, login, names, number, state, text},
        said,
    },
    restore,
};

/// An issue, a pull request or a discussion with all that was said.
pub(super) fn conversation(kept: &Kept, number: u64) -> String {
    let nothing = Value::Null;
    let main = kept.issue.as_ref().or(kept.pull.as_ref()).or(kept.discussion.as_ref()).unwrap_or(&nothing);
    let pull = kept.pull.as_ref();
    let mut page = Page::default();
    page.field("number", number);
    page.text("title", text(main, &["title"]));
    let is_pull = kept.pull.is_some() || main.get("pull_request").is_some();
    let kind = if kept.discussion.is_some() {
        "discussion"
    } else if is_pull {
        "pull"
    } else {
        "issue"
    };
    page.field("kind", kind);
    page.field("state", state(pull.unwrap_or(main)));
    page.text("category", main.get("category").and_then(|category| text(category, &["name"])));
    page.text("state_reason", text(main, &["state_reason"]));
    page.text("author", Some(login(main)));
    page.times(main, &["created_at", "updated_at", "closed_at", "createdAt", "updatedAt", "closedAt"]);
    page.times(pull.unwrap_or(&nothing), &["merged_at"]);
    page.list("labels", &names(main, "labels", "name"));
    page.list("assignees", &names(main, "assignees", "login"));
    page.text("milestone", main.get("milestone").and_then(|milestone| text(milestone, &["title"])));
    for end in ["base", "head"] {
        page.text(end, pull.and_then(|pull| text(pull.get(end)?, &["label", "ref"])));
    }
    page.text("url", text(main, &["html_url", "url"]));
    page.begin(text(main, &["title"]).unwrap_or_default(), text(main, &["body"]));
    for said in said(&kept.comments, &kept.reviews, &kept.review_comments) {
        page.said(&said);
    }
    page.0
}

/// A release. Other files have no page.
pub(super) fn file(writer: &mut Writer, group: &Group, values: Vec<Value>) -> Result<(), restore::Error> {
    let (Some((path, _)), Some(release)) = (group.files.first(), values.into_iter().next()) else { return Ok(()) };
    let Some(tag) = text(&release, &["tag_name"]).filter(|_| path.starts_with("releases/")) else { return Ok(()) };
    let id = number(&release, "id").unwrap_or_default();
    let mut page = Page::default();
    page.text("tag", Some(tag));
    page.text("title", text(&release, &["name"]));
    page.field("kind", "release");
    page.field("id", id);
    page.field("draft", is(&release, "draft"));
    page.field("prerelease", is(&release, "prerelease"));
    page.text("author", Some(login(&release)));
    page.times(&release, &["created_at", "published_at"]);
    page.text("target", text(&release, &["target_commitish"]));
    page.list("assets", &names(&release, "assets", "name"));
    page.text("url", text(&release, &["html_url"]));
    page.begin(text(&release, &["name"]).unwrap_or(tag), text(&release, &["body"]));
    let name = writer.names.name("releases", tag, &id.to_string());
    writer.put(&format!("releases/{name}.md"), page.0.as_bytes())
}

/// A page under construction.
struct Page(String);

impl Default for Page {
    fn default() -> Self {
        Self("---\n".into())
    }
}

impl Page {
    fn field(&mut self, name: &str, value: impl std::fmt::Display) {
        self.0.push_str(&format!("{name}: {value}\n"));
    }

    /// A text as YAML takes it: a JSON string is one.
    fn text(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.field(name, Value::from(value));
        }
    }

    fn times(&mut self, value: &Value, fields: &[&str]) {
        for field in fields {
            self.text(field, text(value, &[field]));
        }
    }

    fn list(&mut self, name: &str, items: &[String]) {
        if !items.is_empty() {
            self.field(name, Value::from(items));
        }
    }

    /// Ends the front matter.
    fn begin(&mut self, title: &str, body: Option<&str>) {
        let title = title.replace(['\n', '\r'], " ");
        self.0.push_str(&format!("---\n\n# {title}\n"));
        self.body(body.unwrap_or_default());
    }

    fn body(&mut self, body: &str) {
        let body = body.replace("\r\n", "\n");
        let body = body.trim_end();
        if !body.is_empty() {
            self.0.push_str(&format!("\n{body}\n"));
        }
    }

    fn said(&mut self, said: &Said) {
        let time = date_time(&Value::from_iter([("at", said.time.as_str())]), &["at"]).unwrap_or_default();
        let what = match (&said.what, &said.place) {
            (SaidAs::Comment, _) => "commented".to_owned(),
            (SaidAs::Reply, _) => "replied".to_owned(),
            (SaidAs::Review(state), _) => format!("reviewed: {state}"),
            (SaidAs::OnLine, Some(place)) => match place.line {
                Some(line) => format!("on {}:{line}", place.path),
                None => format!("on {}", place.path),
            },
            (SaidAs::OnLine, None) => "on a line".to_owned(),
        };
        let edited = if said.is_edited { ", edited" } else { "" };
        self.0.push_str(&format!("\n---\n\n**{}** {what} ({time}{edited})\n", said.author));
        self.body(&said.body);
    }
}
