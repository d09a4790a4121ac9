//! Scripted history: commits, merges and annotated tags with fixed dates.

use std::fmt::Write;

use crate::git::IDENTITY;
use crate::repository::Repository;

impl Repository {
    /// Commits files on top of a branch, which begins with this commit when it does not exist:
    /// the commit's oid.
    pub fn commit(&self, branch: &str, files: &[(&str, &str)], message: &str) -> String {
        let parent = self.resolve(&format!("refs/heads/{branch}"));
        let parents = Vec::from_iter(parent);
        self.write_commit(branch, &parents, &inline_files(files), message)
    }

    /// Merges one branch into another with a true merge commit, whose files are those of both,
    /// the merged branch's before the other's: the commit's oid.
    pub fn merge(&self, into: &str, from: &str) -> String {
        let parents = [into, from].map(|branch| self.existing(&format!("refs/heads/{branch}")));
        let files: String = self
            .run(&["ls-tree", "-r", "--full-tree", &parents[1]], &[])
            .lines()
            .filter_map(|line| {
                // <mode> <type> <oid>\t<path>
                let (object, path) = line.split_once('\t')?;
                let mut fields = object.split(' ');
                let mode = fields.next()?;
                let oid = fields.nth(1)?;
                Some(format!("M {mode} {oid} {path}\n"))
            })
            .collect();
        let message = format!("Merge branch '{from}' into {into}");
        self.write_commit(into, &parents, &files, &message)
    }

    /// Replaces the tip of a branch by a commit with these files on top of the tip's parent, or
    /// without a parent if the tip has none: the commit's oid.
    pub fn force_push(&self, branch: &str, files: &[(&str, &str)], message: &str) -> String {
        let parent = self.resolve(&format!("refs/heads/{branch}^"));
        let parents = Vec::from_iter(parent);
        self.write_commit(branch, &parents, &inline_files(files), message)
    }

    /// Makes the annotated tag `refs/tags/<name>` of any object: the tag's oid.
    pub fn create_annotated_tag(&self, name: &str, target: &str, message: &str) -> String {
        let target = self.existing(target);
        let kind = self.run(&["cat-file", "-t", &target], &[]);
        let tagger = signature(self.next_date());
        let tag = format!("object {target}\ntype {kind}\ntag {name}\ntagger {tagger}\n\n{message}\n");
        let oid = self.run(&["mktag"], tag.as_bytes());
        self.create_tag(name, &oid);
        oid
    }

    /// Writes a commit with `git fast-import` and lets the branch point to it.
    fn write_commit(&self, branch: &str, parents: &[String], files: &str, message: &str) -> String {
        let signature = signature(self.next_date());
        let mut script = format!("commit refs/heads/{branch}\nmark :1\nauthor {signature}\ncommitter {signature}\n");
        push_data(&mut script, &format!("{message}\n"));
        for (parent, command) in parents.iter().zip(["from", "merge"]) {
            push_line(&mut script, format_args!("{command} {parent}"));
        }
        script.push_str(files);
        script.push_str("\nget-mark :1\ndone\n");
        let oid = self.run(&["fast-import", "--quiet", "--force", "--done"], script.as_bytes());
        self.pushed();
        oid
    }
}

/// An author, committer or tagger with a date.
pub(crate) fn signature(date: i64) -> String {
    let (name, email) = IDENTITY;
    format!("{name} <{email}> {date} +0000")
}

/// The commands of `git fast-import` which write files.
fn inline_files(files: &[(&str, &str)]) -> String {
    let mut commands = String::new();
    for (path, content) in files {
        push_line(&mut commands, format_args!("M 100644 inline {}", quote(path)));
        push_data(&mut commands, content);
    }
    commands
}

fn push_data(script: &mut String, data: &str) {
    push_line(script, format_args!("data {}", data.len()));
    script.push_str(data);
    script.push('\n');
}

fn push_line(script: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(script, "{line}").expect("writing to a string");
}

/// A path as git quotes it.
fn quote(path: &str) -> String {
    let escaped = path.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("\"{escaped}\"")
}
