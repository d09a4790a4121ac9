//! What happens upstream: one random step after another, done by real git in upstream's own directory.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    path::PathBuf,
};

use github_emulator::Repository;

use super::{commits, mirror::Seen, random::Random};
use crate::support::git;

type Refs = BTreeMap<String, String>;

/// What may happen.
#[derive(Clone, Copy, Debug)]
enum Step {
    Push,
    Merge,
    Reset,
    Rewrite,
    Orphan,
    DeleteBranch,
    CreateAgain,
    RenameBranch,
    Tag,
    MoveTag,
    DeleteTag,
    Head,
    Empty,
    Maintain,
    PullRequest,
    Note,
    Parked,
    OtherName,
    RenameRepository,
}

/// How often.
const STEPS: [(usize, Step); 19] = [
    (16, Step::Push),
    (10, Step::Merge),
    (6, Step::Reset),
    (7, Step::Rewrite),
    (3, Step::Orphan),
    (7, Step::DeleteBranch),
    (9, Step::CreateAgain),
    (5, Step::RenameBranch),
    (10, Step::Tag),
    (10, Step::MoveTag),
    (6, Step::DeleteTag),
    (7, Step::Head),
    (2, Step::Empty),
    (10, Step::Maintain),
    (6, Step::PullRequest),
    (4, Step::Note),
    (5, Step::Parked),
    (3, Step::OtherName),
    (4, Step::RenameRepository),
];

/// Names of branches and tags. Some are directories of others, so they cannot be there at the same time.
const NAMES: [&str; 9] =
    ["main", "topic", "feature", "feature/one", "feature/two/deep", "UPPER", "upper", "ünïcode/🦀", "v1.0"];

/// Tags of what is no commit. `git clone` crashes when `HEAD` is an unborn branch and a tag of that name is none (2.47).
const OBJECT_TAGS: &str = "refs/tags/objects/";

/// Where a commit is made that no reference leads to afterwards.
const WORK: &str = "refs/work";

/// Names of the repository. All lead to it once it had them.
const REPOSITORIES: [&str; 4] = ["octocat/hello", "octocat/greeting", "octocat/Hello", "hubot/hello"];

/// The hosted repository, and what is known of its past.
pub(super) struct Upstream {
    pub(super) repository: Repository,
    pub(super) random: Random,
    /// Whether it may get another name.
    pub(super) may_be_renamed: bool,
    /// Where objects that it has forgotten can be had.
    keeper: PathBuf,
    /// The parents of every commit that a branch ever had.
    parents: HashMap<String, Vec<String>>,
    /// References after the last step, and those that were something else once.
    last: Refs,
    former: Vec<(String, String)>,
}

impl Upstream {
    pub(super) fn new(repository: Repository, random: Random, keeper: PathBuf) -> Self {
        // What is only a test need not survive a power cut.
        let config = repository.path().join("config");
        let text = std::fs::read_to_string(&config).expect("a config") + "[core]\n\tfsync = none\n";
        std::fs::write(&config, text).expect("written");
        let (parents, last, former) = (HashMap::new(), Refs::new(), Vec::new());
        Self { repository, random, may_be_renamed: false, keeper, parents, last, former }
    }

    /// What it shows now.
    pub(super) fn seen(&self) -> Seen {
        Seen::of(&self.repository.path())
    }

    /// A way to ask GitHub for it: by its owner, its name, or a name that it had.
    pub(super) fn source(&mut self) -> String {
        let name = self.repository.full_name();
        match self.random.below(3) {
            0 => name.split('/').next().map(str::to_owned).unwrap_or_default(),
            1 if self.may_be_renamed && name == "octocat/greeting" => "octocat/hello".into(),
            _ => name,
        }
    }

    /// Lets something happen, and says what.
    pub(super) fn step(&mut self) -> String {
        let refs = git::refs(&self.repository.path());
        for (name, oid) in &self.last {
            if refs.get(name) != Some(oid) {
                self.former.push((name.clone(), oid.clone()));
            }
        }
        let done = loop {
            let step = self.random.weighted(&STEPS);
            if let Some(done) = self.apply(step, &refs) {
                break done;
            }
        };
        self.last = refs;
        self.repository.pushed();
        done
    }

    /// Some commits to begin with, on up to three branches.
    pub(super) fn first_pushes(&mut self) -> String {
        let pushes: Vec<String> = (0..self.random.between(1, 3)).map(|_| self.push(&self.seen().refs)).collect();
        self.repository.pushed();
        pushes.join(", ")
    }

    /// Does it, if it can be done to a repository with these references.
    fn apply(&mut self, step: Step, refs: &Refs) -> Option<String> {
        match step {
            Step::Push => Some(self.push(refs)),
            Step::Merge => self.merge(refs),
            Step::Reset => {
                let (name, tip) = self.pick(refs, "refs/heads/")?;
                let target = self.random.pick(&self.all_commits(refs)).filter(|target| **target != tip)?.clone();
                self.update(&format!("update {name} {target}\n"));
                Some(format!("reset {name} to {target}"))
            }
            Step::Rewrite => {
                let (name, tip) = self.pick(refs, "refs/heads/")?;
                let history = self.history(&[tip]);
                let base = self.random.pick(history.get(1..)?)?.clone();
                let count = self.random.between(1, 3);
                self.commit(&name, std::slice::from_ref(&base), count);
                Some(format!("rewrite {name}: {count} commits on {base}"))
            }
            Step::Orphan => {
                let (name, _) = self.pick(refs, "refs/heads/")?;
                let count = self.random.between(1, 2);
                self.commit(&name, &[], count);
                Some(format!("replace {name} by {count} commits without a past"))
            }
            Step::DeleteBranch => {
                let (name, _) = self.pick(refs, "refs/heads/")?;
                self.update(&format!("delete {name}\n"));
                Some(format!("delete {name}"))
            }
            Step::CreateAgain => self.create_again(refs),
            Step::RenameBranch => {
                let (name, tip) = self.pick(refs, "refs/heads/")?;
                self.update(&format!("delete {name}\n"));
                let mut others = refs.clone();
                others.remove(&name);
                let new = self.free_name(&others, "refs/heads/");
                self.update(&format!("create {new} {tip}\n"));
                if self.seen().head == format!("ref: {name}") {
                    self.git(&["symbolic-ref", "HEAD", &new], b"");
                }
                Some(format!("rename {name} to {new}"))
            }
            Step::Tag => self.tag(refs),
            Step::MoveTag => {
                let (name, _) = self.pick(refs, "refs/tags/")?;
                let target = self.random.pick(&self.all_commits(refs))?.clone();
                self.update(&format!("update {name} {target}\n"));
                Some(format!("move {name} to {target}"))
            }
            Step::DeleteTag => {
                let (name, _) = self.pick(refs, "refs/tags/")?;
                self.update(&format!("delete {name}\n"));
                Some(format!("delete {name}"))
            }
            Step::Head => self.head(refs),
            Step::Empty => {
                let deletes: String = refs.keys().map(|name| format!("delete {name}\n")).collect();
                self.update(&deletes);
                Some("delete every reference".into())
            }
            Step::Maintain => Some(self.maintain()),
            Step::PullRequest => self.pull_request(refs),
            Step::Note => {
                let target = self.random.pick(&self.all_commits(refs))?.clone();
                let name = self.random.one_of(&["refs/notes/commits", "refs/notes/review/er"]);
                let mut script = Vec::new();
                commits::note(&mut self.random, &mut script, name, refs.get(name), &target);
                self.import(script, 1);
                Some(format!("a note in {name} on {target}"))
            }
            Step::Parked => self.parked(refs),
            Step::OtherName => {
                // Anything: a commit, or the tag, tree or blob that another reference names.
                let (_, target) = self.pick(refs, "refs/")?;
                let name = self.random.one_of(&["refs/reviewable/pr1/r1", "refs/odd", "refs/heads-up/x"]);
                let change = if refs.contains_key(name) && self.random.one_in(2) {
                    format!("delete {name}\n")
                } else {
                    format!("update {name} {target}\n")
                };
                self.update(&change);
                Some(change.trim_end().to_owned())
            }
            Step::RenameRepository => {
                let new = self.random.one_of(&REPOSITORIES);
                if !self.may_be_renamed || self.repository.full_name() == new {
                    return None;
                }
                self.repository.rename(new);
                Some(format!("rename the repository to {new}"))
            }
        }
    }

    fn push(&mut self, refs: &Refs) -> String {
        let count = self.random.between(1, 5);
        let existing = self.pick(refs, "refs/heads/").filter(|_| self.random.one_in(2));
        let (name, base) = match existing {
            Some((name, tip)) => (name, Some(tip)),
            None => {
                let name = if refs.is_empty() && self.random.one_in(2) {
                    "refs/heads/main".to_owned()
                } else {
                    self.free_name(refs, "refs/heads/")
                };
                let base = self.random.pick(&self.all_commits(refs)).cloned();
                (name, base.filter(|_| !self.random.one_in(4)))
            }
        };
        self.commit(&name, base.as_slice(), count);
        format!("push {count} commits to {name} on {base:?}")
    }

    fn merge(&mut self, refs: &Refs) -> Option<String> {
        let (name, tip) = self.pick(refs, "refs/heads/")?;
        let others: Vec<String> = self.all_commits(refs).into_iter().filter(|other| *other != tip).collect();
        let others_tips: Vec<String> =
            others.iter().filter(|other| refs.values().any(|tip| tip == *other)).cloned().collect();
        let other = self.random.pick(if others_tips.is_empty() { &others } else { &others_tips })?.clone();
        if self.history(std::slice::from_ref(&other)).contains(&tip) && self.random.one_in(2) {
            self.update(&format!("update {name} {other}\n"));
            return Some(format!("forward {name} to {other}"));
        }
        let mut parents = vec![tip, other];
        let third = self.random.pick(&self.all_commits(refs)).cloned();
        parents.extend(third.filter(|third| !parents.contains(third) && self.random.one_in(3)));
        self.commit(&name, &parents, 1);
        Some(format!("merge {:?} into {name}", &parents[1..]))
    }

    /// A reference that is gone comes back, as it was or elsewhere.
    fn create_again(&mut self, refs: &Refs) -> Option<String> {
        let gone: Vec<(String, String)> = self.former.iter().filter(|(name, _)| is_free(refs, name)).cloned().collect();
        let (name, old) = self.random.pick(&gone)?.clone();
        let tip = if self.random.one_in(4) { self.random.pick(&self.all_commits(refs))?.clone() } else { old };
        // Objects may be there in part, after a repack.
        let is_there = |upstream: &Self| {
            let walk = ["--no-replace-objects", "rev-list", "--objects", "--quiet", &tip];
            git::attempt(&upstream.repository.path(), &walk, b"").is_ok()
        };
        if !is_there(self) {
            // Somebody had a clone; but what was never backed up is in none.
            let keeper = self.keeper.display().to_string();
            let fetch = ["fetch", "-q", "--no-tags", "--no-write-fetch-head", "--no-auto-gc", &keeper, &tip];
            git::attempt(&self.repository.path(), &fetch, b"").ok()?;
            assert!(is_there(self), "git fetched {tip} in part");
        }
        self.update(&format!("create {name} {tip}\n"));
        Some(format!("create {name} again at {tip}"))
    }

    fn tag(&mut self, refs: &Refs) -> Option<String> {
        let commits = self.all_commits(refs);
        let target = self.random.pick(&commits)?.clone();
        let mut script = Vec::new();
        let name = match self.random.below(8) {
            0..2 => {
                let name = self.free_name(refs, "refs/tags/");
                self.update(&format!("create {name} {target}\n"));
                name
            }
            2..4 => {
                let name = self.free_name(refs, "refs/tags/");
                commits::tag(&mut self.random, &mut script, &name, 1, &target);
                self.import(script, 1);
                name
            }
            4 => {
                let (other, target) = self.pick(refs, "refs/tags/").unwrap_or((String::new(), target));
                let is_object = other.starts_with(OBJECT_TAGS);
                let name = self.free_name(refs, if is_object { OBJECT_TAGS } else { "refs/tags/" });
                commits::tag(&mut self.random, &mut script, &name, 1, &target);
                self.import(script, 1);
                name
            }
            // Of a blob that nothing else names, or of a tree.
            5 => {
                let name = self.free_name(refs, OBJECT_TAGS);
                commits::blob(&mut self.random, &mut script, 1);
                let blob = self.import(script, 1)[0].clone();
                self.update(&format!("create {name} {blob}\n"));
                name
            }
            6 => {
                let name = self.free_name(refs, OBJECT_TAGS);
                let tree = self.git(&["rev-parse", &format!("{target}^{{tree}}")], b"");
                self.update(&format!("create {name} {tree}\n"));
                name
            }
            _ => {
                let name = self.free_name(refs, OBJECT_TAGS);
                commits::blob(&mut self.random, &mut script, 1);
                commits::tag(&mut self.random, &mut script, &name, 2, ":1");
                self.import(script, 2);
                name
            }
        };
        Some(format!("tag {name}"))
    }

    fn head(&mut self, refs: &Refs) -> Option<String> {
        let target = match self.random.below(5) {
            0 => "refs/heads/not/yet/born".to_owned(),
            // Detached, at a commit that is there or at one that no reference leads to.
            kind @ 1..3 => {
                let mut commit = self.random.pick(&self.all_commits(refs))?.clone();
                if kind == 1 {
                    commit = self.commit(WORK, &[commit], 1);
                }
                self.git(&["update-ref", "--no-deref", "HEAD", &commit], b"");
                self.update(&format!("delete {WORK}\n"));
                return Some(format!("detach HEAD at {commit}"));
            }
            _ => self.pick(refs, "refs/heads/")?.0,
        };
        self.git(&["symbolic-ref", "HEAD", &target], b"");
        Some(format!("HEAD is {target}"))
    }

    /// What git does from time to time. Afterwards it has forgotten what no reference names.
    fn maintain(&mut self) -> String {
        let commands: &[&[&str]] = match self.random.below(5) {
            0 => &[&["gc", "-q", "--prune=now"]],
            1 => &[&["repack", "-dq"]],
            2 => &[&["pack-refs", "--all"]],
            _ => &[&["repack", "-adq"], &["prune", "--expire=now"]],
        };
        for command in commands {
            self.git(command, b"");
        }
        format!("maintenance: {commands:?}")
    }

    fn pull_request(&mut self, refs: &Refs) -> Option<String> {
        let all = self.all_commits(refs);
        let base = self.random.pick(&all)?.clone();
        let (number, head) = {
            let number = self.random.between(1, 3);
            (number, format!("refs/pull/{number}/head"))
        };
        if refs.contains_key(&head) && self.random.one_in(5) {
            self.update(&format!("delete {head}\n"));
            return Some(format!("delete {head}"));
        }
        // The author pushes on, or again, or to a commit that is there.
        let tip = match (refs.get(&head).cloned(), self.random.below(4)) {
            (Some(tip), 0) => self.commit(&head, &[tip], 1),
            (_, 1) => {
                self.update(&format!("update {head} {base}\n"));
                base.clone()
            }
            _ => self.commit(&head, std::slice::from_ref(&base), 1),
        };
        if self.random.one_in(2) {
            let merge = format!("refs/pull/{number}/merge");
            let parents = if tip == base { vec![base] } else { vec![base, tip] };
            self.commit(&merge, &parents, 1);
        }
        Some(format!("pull request {number}"))
    }

    fn parked(&mut self, refs: &Refs) -> Option<String> {
        let parked = self.pick(refs, "refs/replace/").or_else(|| self.pick(refs, "refs/gitark/"));
        if let Some((name, _)) = parked
            && self.random.one_in(3)
        {
            self.update(&format!("delete {name}\n"));
            return Some(format!("delete {name}"));
        }
        let all = self.all_commits(refs);
        let (one, other) = (self.random.pick(&all)?.clone(), self.random.pick(&all)?.clone());
        let name = match self.random.below(4) {
            0 => "refs/gitark/lost/1/heads/main".to_owned(),
            1 => "refs/gitark/upstream/heads/main".to_owned(),
            _ => format!("refs/replace/{one}"),
        };
        if name.ends_with(&other) {
            return None;
        }
        self.update(&format!("update {name} {other}\n"));
        Some(format!("set {name} to {other}"))
    }

    /// Commits on `reference`, the first with these parents; the last one.
    fn commit(&mut self, reference: &str, parents: &[String], count: usize) -> String {
        let mut script = Vec::new();
        for mark in 1..=count {
            let parents = if mark == 1 { parents } else { &[] };
            commits::commit(&mut self.random, &mut script, reference, mark, parents);
        }
        let made = self.import(script, count);
        let mut before = parents.to_vec();
        for commit in &made {
            self.parents.insert(commit.clone(), std::mem::replace(&mut before, vec![commit.clone()]));
        }
        before.remove(0)
    }

    /// Runs `git fast-import`; the objects with the marks 1 to `marks`.
    fn import(&mut self, mut script: Vec<u8>, marks: usize) -> Vec<String> {
        for mark in 1..=marks {
            script.extend(format!("get-mark :{mark}\n").as_bytes());
        }
        script.extend(b"done\n");
        let output = self.git(&["fast-import", "--quiet", "--force", "--done"], &script);
        output.lines().map(str::to_owned).collect()
    }

    fn update(&self, changes: &str) {
        self.git(&["update-ref", "--no-deref", "--stdin"], changes.as_bytes());
    }

    fn git(&self, arguments: &[&str], input: &[u8]) -> String {
        let output = git::attempt(&self.repository.path(), &[&["--no-replace-objects"], arguments].concat(), input);
        let output = output.unwrap_or_else(|error| panic!("{error}"));
        String::from_utf8_lossy(&output).trim_end().to_owned()
    }

    /// A reference whose name begins so.
    fn pick(&mut self, refs: &Refs, prefix: &str) -> Option<(String, String)> {
        let found: Vec<_> = refs.iter().filter(|(name, _)| name.starts_with(prefix)).collect();
        self.random.pick(&found).map(|(name, oid)| ((*name).clone(), (*oid).clone()))
    }

    /// The commits that `tips` lead to, in a fixed order that begins with them.
    fn history(&self, tips: &[String]) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        let mut seen = HashSet::new();
        let mut next = tips.to_vec();
        while let Some(commit) = next.pop() {
            if let Some(parents) = self.parents.get(&commit)
                && seen.insert(commit.clone())
            {
                found.push(commit);
                next.extend(parents.iter().cloned());
            }
        }
        found
    }

    /// Every commit that a reference leads to.
    fn all_commits(&self, refs: &Refs) -> Vec<String> {
        self.history(&refs.values().cloned().collect::<Vec<_>>())
    }

    /// A name that can be made.
    fn free_name(&mut self, refs: &Refs, prefix: &str) -> String {
        let all = NAMES.iter().map(|name| format!("{prefix}{name}"));
        let free: Vec<String> = all.filter(|name| is_free(refs, name)).collect();
        self.random.pick(&free).cloned().unwrap_or_else(|| format!("{prefix}another-{}", self.random.next()))
    }
}

/// Whether git can hold `name` beside `refs`.
fn is_free(refs: &Refs, name: &str) -> bool {
    let is_below = |longer: &str, shorter: &str| {
        longer.strip_prefix(shorter).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    !refs.keys().any(|other| is_below(other, name) || is_below(name, other))
}
