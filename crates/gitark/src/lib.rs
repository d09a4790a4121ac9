//! gitark backs up GitHub accounts into plain git repositories in any object store, and gives them back.
//!
//! The library never touches the terminal, the environment or the home directory: a command, a Lambda function and a
//! web server are thin callers of it. Data goes one way: [`github`] and [`git`] feed [`backup`], which writes a
//! [`vault`]; [`verify`] and [`restore`] read the vault alone. Start at [`backup::run`], [`verify::verify`] and
//! [`restore::restore`]; `docs/format.md` describes what is written.

pub mod backup;
pub mod cause;
pub mod digest;
pub mod git;
pub mod github;
pub mod http;
mod interrupt;
pub mod monitor;
pub mod restore;
pub mod retry;
pub mod vault;
pub mod verify;
