//! What is known about a repository beside its name and its contents.

use crate::repository::Repository;

/// Who may see a repository.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Visibility {
    /// Everyone.
    Public,
    /// Those who are let in.
    Private,
    /// The members of an enterprise; private to all others.
    Internal,
}

impl Visibility {
    /// The `visibility` of a repository in REST answers.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Visibility::Public => "public",
            Visibility::Private => "private",
            Visibility::Internal => "internal",
        }
    }
}

/// What is known about a repository beside its name and its contents, as REST and GraphQL show
/// it. Times are seconds since the epoch.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RepositoryAttributes {
    /// Who may see it.
    pub visibility: Visibility,
    /// The text under its name.
    pub description: Option<String>,
    /// Whether it is a fork.
    pub fork: bool,
    /// The full name of the repository it was forked from, shown while that one can be seen.
    pub parent: Option<String>,
    /// Whether it is read-only.
    pub archived: bool,
    /// Whether GitHub has disabled it.
    pub disabled: bool,
    /// Whether it is a template for others.
    pub template: bool,
    /// Whether the wiki feature is on.
    pub has_wiki: bool,
    /// Its primary language.
    pub language: Option<String>,
    /// Its topics.
    pub topics: Vec<String>,
    /// How many have starred it; [`GitHub::star`](crate::GitHub::star) counts here too.
    pub stars: u64,
    /// Its size in KiB, in place of what its object database takes.
    pub size: Option<u64>,
    /// When it was made.
    pub created_at: i64,
    /// When anything about it changed.
    pub updated_at: i64,
    /// When a ref of it was last pushed.
    pub pushed_at: i64,
}

impl RepositoryAttributes {
    /// A public repository made at `now`.
    pub(crate) fn new(now: i64) -> RepositoryAttributes {
        RepositoryAttributes {
            visibility: Visibility::Public,
            description: None,
            fork: false,
            parent: None,
            archived: false,
            disabled: false,
            template: false,
            has_wiki: false,
            language: None,
            topics: Vec::new(),
            stars: 0,
            size: None,
            created_at: now,
            updated_at: now,
            pushed_at: now,
        }
    }
}

impl Repository {
    /// What is known about the repository beside its name and its contents.
    pub fn attributes(&self) -> RepositoryAttributes {
        self.github().state().entry(self.id()).attributes.clone()
    }

    /// Changes what is known about the repository. It counts as an update unless `change` sets
    /// the time of the update itself.
    pub fn set_attributes(&self, change: impl FnOnce(&mut RepositoryAttributes)) {
        self.change(|entry, now| {
            let updated_at = entry.attributes.updated_at;
            change(&mut entry.attributes);
            if entry.attributes.updated_at == updated_at {
                entry.attributes.updated_at = now;
            }
        });
    }

    /// Makes the repository private or public.
    pub fn set_private(&self, private: bool) {
        let visibility = if private { Visibility::Private } else { Visibility::Public };
        self.set_attributes(|attributes| attributes.visibility = visibility);
    }
}
