//! Whether and up to which size the content of Git LFS is backed up.

use clap::Args;
use gitark::backup::Options;

/// Whether and up to which size the content of Git LFS is backed up.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct LargeFiles {
    /// Leave the content of Git LFS out; its pointers are kept, and a later run without this gets it
    #[arg(long)]
    no_lfs: bool,
    /// Leave LFS objects out that are larger, e.g. 500M or 2G
    #[arg(long, value_name = "SIZE", value_parser = parse_bytes)]
    max_lfs_size: Option<u64>,
}

impl LargeFiles {
    /// `options` with what was said here.
    pub(crate) fn put_into(self, options: Options) -> Options {
        Options { lfs: !self.no_lfs, max_lfs_bytes: self.max_lfs_size, ..options }
    }
}

/// Reads a number of bytes: `500M`, `2GiB`, `4096`.
fn parse_bytes(text: &str) -> Result<u64, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let shift = match text[digits..].to_ascii_lowercase().as_str() {
        "" | "b" => Some(0),
        "k" | "kb" | "kib" => Some(10),
        "m" | "mb" | "mib" => Some(20),
        "g" | "gb" | "gib" => Some(30),
        "t" | "tb" | "tib" => Some(40),
        _ => None,
    };
    let size = shift.and_then(|shift| text[..digits].parse::<u64>().ok()?.checked_mul(1 << shift));
    size.ok_or_else(|| "a size such as 500K, 100M or 2G is expected".into())
}

#[cfg(test)]
mod tests {
    use super::parse_bytes;

    #[test]
    fn sizes_are_powers_of_1024() {
        for (text, bytes) in [("0", 0), ("4096", 4096), ("3k", 3072), ("2GiB", 2 << 30), ("1T", 1 << 40), ("7b", 7)] {
            assert_eq!(parse_bytes(text), Ok(bytes), "{text}");
        }
        for text in ["", "G", "1X", "-1", "1.5G", "99999999999T", "ß"] {
            assert!(parse_bytes(text).is_err(), "{text}");
        }
    }
}
