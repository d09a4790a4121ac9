//! What goes wrong with bytes on their way into the vault: where they come from, or here.

use crate::{git::lfs, github::download, vault};

/// A failure there, which is that one file's or object's, or here, which is the vault's.
#[derive(Debug)]
pub(super) enum Failure<E> {
    There(E),
    Here(vault::Error),
}

impl<E> Failure<E> {
    pub(super) fn there(&self) -> Option<&E> {
        match self {
            Failure::There(error) => Some(error),
            Failure::Here(_) => None,
        }
    }
}

impl<E> From<vault::Error> for Failure<E> {
    fn from(error: vault::Error) -> Self {
        Failure::Here(error)
    }
}

impl From<download::Error> for Failure<download::Error> {
    fn from(error: download::Error) -> Self {
        Failure::There(error)
    }
}

impl From<lfs::Error> for Failure<lfs::Error> {
    fn from(error: lfs::Error) -> Self {
        Failure::There(error)
    }
}
