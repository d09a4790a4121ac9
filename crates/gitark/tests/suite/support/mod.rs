//! A GitHub to break, a vault to break, and git to judge.

mod canned_s3;
mod cases;
mod faulty_store;
pub(crate) mod git;
mod ground;
pub(crate) mod seaweedfs;
mod static_server;
mod world;

pub(crate) use canned_s3::{Answer, Asked, CannedS3, empty_bucket, error_body};
pub(crate) use cases::cases;
pub(crate) use faulty_store::{Call, FaultyStore, Plan};
pub(crate) use ground::{Ground, Kind};
pub(crate) use seaweedfs::SeaweedFs;
pub(crate) use static_server::StaticServer;
pub(crate) use world::{REPOSITORY, World, copy_tree, row, run, run_of};
