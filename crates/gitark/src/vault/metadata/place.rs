//! Where a file of a `.meta.git` belongs: its shelf, and the part of the shelf.
//!
//! Files whose path is `issues/012/12345/…` stand on the shelf `issues/012`, in a part for each hundred numbers. Other
//! files in a directory stand on the directory's shelf, which has one part. Files at the top stand on no shelf.

use crate::{
    metadata_path::{problem_of_name, thousand},
    vault::Error,
};

/// Numbers of one part of a shelf.
const NUMBERS_OF_A_PART: u64 = 100;
/// Longest path.
const MAXIMUM_PATH_BYTES: usize = 1000;

/// Where a file belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place<'a> {
    /// Its shelf; none for a file at the top.
    pub(super) shelf: Option<&'a str>,
    /// The part of the shelf; empty where the shelf has one.
    pub(super) part: String,
    /// The path below the shelf.
    pub(super) rest: &'a str,
}

/// The place of the file at `path`.
///
/// # Errors
/// [`Error::BadName`] for a path that git or a disk could not hold.
pub(super) fn place(path: &str) -> Result<Place<'_>, Error> {
    let bad = |problem| Error::BadName { name: path.chars().take(80).collect(), problem };
    if path.len() > MAXIMUM_PATH_BYTES {
        return Err(bad("it is too long"));
    }
    if let Some(problem) = path.split('/').find_map(problem_of_name) {
        return Err(bad(problem));
    }
    let Some((directory, below)) = path.split_once('/') else {
        return Ok(Place { shelf: None, part: String::new(), rest: path });
    };
    if let Some((folder, rest)) = below.split_once('/')
        && let Some((number, _)) = rest.split_once('/')
        && let Ok(number) = number.parse::<u64>()
        && folder == thousand(number)
    {
        let shelf = path.get(..directory.len() + 1 + folder.len());
        return Ok(Place { shelf, part: (number / NUMBERS_OF_A_PART).to_string(), rest });
    }
    Ok(Place { shelf: Some(directory), part: String::new(), rest: below })
}

/// Whether a shelf has a part for each hundred numbers.
pub(super) fn is_numbered(shelf: &str) -> bool {
    shelf.contains('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_share_a_shelf_by_the_thousand_and_a_part_by_the_hundred() {
        let found = place("issues/012/12345/comments/9.json").expect("a place");
        assert_eq!(
            (found.shelf, found.part.as_str(), found.rest),
            (Some("issues/012"), "123", "12345/comments/9.json")
        );
        let found = place("issues/1234/1234567/issue.json").expect("a place");
        assert_eq!((found.shelf, found.part.as_str()), (Some("issues/1234"), "12345"));
        let found = place("releases/7/release.json").expect("a place");
        assert_eq!((found.shelf, found.part.as_str(), found.rest), (Some("releases"), "", "7/release.json"));
        assert_eq!(place("labels.json").expect("a place").shelf, None);
    }

    #[test]
    fn paths_that_would_leave_the_tree_are_refused() {
        for path in ["../x", "a//b", "/a", "a/", ".git/config", "a/.git", "a b", "a\\b", "a:b", "é", &"x".repeat(300)]
        {
            assert!(place(path).is_err(), "{path:?}");
        }
    }
}
