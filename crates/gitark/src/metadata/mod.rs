//! What is around the code, for people: one issue with all that was said, what changed between two backups, and files in
//! the layouts of others.
//!
//! It reads the JSON files of a `.meta.git` from where they are stored. Fields are looked for as REST and as GraphQL name
//! them, and one that is missing is nothing: files are kept as GitHub sent them, today and years ago.

mod contents;
mod diff;
mod error;
mod export;
mod field;
mod history;
mod said;
mod snapshot;
mod summary;
mod thing;

pub use contents::contents;
pub use diff::{Action, Change, Difference, Kind, diff};
pub use error::Error;
pub use export::{Exported, Layout, Options, export};
pub use field::{date_time, is, login, names, number, text};
pub use said::{Place, Said, SaidAs, reactions, said};
pub use snapshot::Snapshot;
pub use summary::{Summary, summary};
pub use thing::{Kept, Thing, kept};
