//! Which of the things around the code.

use clap::Args;
use gitark::github::resources::{self, Resource};

use super::selection::parse_size;
use crate::settings::nearest;

/// The word for everything that is around the code.
const ALL: &str = "metadata";

/// Which of the things around the code.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Resources {
    /// Of what is around the code, only this: issues, pulls … (docs/coverage.md), or metadata for all of it
    #[arg(long, value_name = "RESOURCE", value_delimiter = ',', value_parser = resource)]
    only: Vec<String>,
    /// All but this
    #[arg(long, value_name = "RESOURCE", value_delimiter = ',', value_parser = resource)]
    skip: Vec<String>,
    /// Leave release assets and attachments out that are larger, e.g. 500M or 2G
    #[arg(long, value_name = "SIZE", value_parser = parse_bytes)]
    max_file_size: Option<u64>,
}

/// Reads a size; [`parse_size`] gives KiB.
fn parse_bytes(text: &str) -> Result<u64, String> {
    let size = parse_size(text)?;
    size.checked_mul(1 << 10).ok_or_else(|| "it is too large".into())
}

impl Resources {
    /// The largest release asset or attachment, in bytes.
    pub(crate) fn max_file_bytes(&self) -> Option<u64> {
        self.max_file_size
    }

    /// The chosen ones.
    pub(crate) fn chosen(&self) -> Vec<&'static Resource> {
        let names = |names: &[String], name: &str| names.iter().any(|known| known == name || known == ALL);
        let is_chosen = |resource: &&Resource| {
            (self.only.is_empty() || names(&self.only, resource.name)) && !names(&self.skip, resource.name)
        };
        resources::ALL.iter().copied().filter(is_chosen).collect()
    }
}

/// A resource's name.
fn resource(name: &str) -> Result<String, String> {
    if name == ALL || resources::find(name).is_some() {
        return Ok(name.to_owned());
    }
    let names = resources::ALL.iter().map(|resource| resource.name).chain([ALL]);
    Err(match nearest(name, names) {
        Some(nearest) => format!("there is no such resource; did you mean {nearest}?"),
        None => "there is no such resource; docs/coverage.md has all".into(),
    })
}
