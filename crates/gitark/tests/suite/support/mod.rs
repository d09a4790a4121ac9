//! A GitHub to break, a vault to break, and git to judge.

mod faulty_store;
pub(crate) mod git;
mod static_server;
mod world;

pub(crate) use faulty_store::{Call, FaultyStore, Plan};
pub(crate) use static_server::StaticServer;
pub(crate) use world::{REPOSITORY, World, copy_tree, row};
