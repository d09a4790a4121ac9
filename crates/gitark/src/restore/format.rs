//! In which form a repository is given back.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::vault::key::Kind;

/// In which form a repository is given back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// A repository with a working copy of `HEAD`.
    #[default]
    Checkout,
    /// A bare repository.
    Bare,
    /// One file with all references and objects (gitformat-bundle(5)), which `git clone` takes.
    Bundle,
    /// The files of one version.
    Tar,
    /// The same, compressed.
    #[serde(rename = "tar.gz")]
    TarGz,
    /// The files of one version.
    Zip,
}

impl Format {
    /// How names of this form end; nothing for a working copy.
    pub fn ending(self) -> &'static str {
        match self {
            Format::Checkout => "",
            Format::Bare => ".git",
            Format::Bundle => ".bundle",
            Format::Tar => ".tar",
            Format::TarGz => ".tar.gz",
            Format::Zip => ".zip",
        }
    }

    /// Whether it is the files of one version, without history.
    pub fn is_archive(self) -> bool {
        matches!(self, Format::Tar | Format::TarGz | Format::Zip)
    }

    /// Whether it is a directory.
    pub fn is_directory(self) -> bool {
        matches!(self, Format::Checkout | Format::Bare)
    }
}

/// Where the wiki or the metadata goes when the code goes to `path`: `hello` -> `hello.wiki`, `hello.git` ->
/// `hello.wiki.git`, `hello.tar.gz` -> `hello.meta.tar.gz`.
pub fn beside_path(path: &Path, kind: Kind) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let endings = [".git", ".bundle", ".tar.gz", ".tgz", ".tar", ".zip"];
    let split = endings.iter().find_map(|ending| Some((name.strip_suffix(ending)?, *ending)));
    let (stem, ending) = split.unwrap_or((&name, ""));
    path.with_file_name(format!("{stem}{}{ending}", kind.infix()))
}
