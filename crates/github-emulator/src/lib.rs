//! A GitHub to develop and test against: a subset of its REST and GraphQL APIs, smart HTTP through
//! real `git upload-pack`, scripted changes, scripted faults and a record of every request.
//!
//! [`GitHub`] is what is hosted, [`Repository`] and [`Gist`] are handles on what changes, and
//! [`Emulator`] is a server which answers for a [`GitHub`] on a local port. Limits, tokens which
//! may not do everything, memberships and apps are there once they are set; until then everything
//! is free, and the holder of a token belongs everywhere.
//!
//! ```no_run
//! # async fn example() -> std::io::Result<()> {
//! use github_emulator::{Emulator, GitHub};
//!
//! let github = GitHub::new();
//! let repository = github.create_repository("octocat/hello");
//! repository.commit("main", &[("README.md", "Hello\n")], "Say hello");
//! let emulator = Emulator::start(github).await?;
//! // git clone {emulator.url()}/octocat/hello.git
//! emulator.stop().await;
//! # Ok(())
//! # }
//! ```
#![recursion_limit = "256"] // for the many fields of a repository in `json!`
#![expect(clippy::expect_used, reason = "a test double: a broken fixture should stop the test")]

mod access;
mod account;
mod app;
mod archive;
mod attachment;
mod attributes;
mod caller;
mod clock;
mod content;
mod copies;
mod entry;
mod fault;
mod files;
mod flight;
mod gist;
mod git;
mod git_http;
mod github;
mod graphql;
mod history;
mod jwt;
mod lfs;
mod limits;
mod link;
mod listing;
mod membership;
mod pkt_line;
mod project;
mod record;
mod references;
mod release;
mod repository;
mod repository_urls;
mod representation;
mod rest;
mod server;
mod settings;
mod star;
mod star_list;
mod state;
mod token;
mod tracker;

pub mod cli;

pub use app::{EXAMPLE_PRIVATE_KEY, EXAMPLE_PUBLIC_KEY};
pub use attributes::{RepositoryAttributes, Visibility};
pub use fault::{Fault, FaultKind};
pub use flight::InFlight;
pub use gist::Gist;
pub use github::{GitHub, RequestHook};
pub use lfs::{LfsQuota, LfsScript, lfs_pointer};
pub use limits::SecondaryLimit;
pub use record::{Request, RequestClass};
pub use release::ReleaseAttributes;
pub use repository::Repository;
pub use server::Emulator;
pub use token::Token;
pub use tracker::{
    Comment, CommitComment, Discussion, DiscussionComment, EventDetail, Fill, Issue, IssueState, Label, Milestone,
    PageCaps, Poll, PullRequest, Reaction, ReactionSubject, Review, ReviewComment, ReviewState,
};
