//! Paths in a `.meta.git`, for those who make them, keep them and read them (`docs/format.md`).

use crate::digest::sha256;

/// The longest name in a path.
const LONGEST_NAME: usize = 200;
/// The longest name of a file without its ending.
const LONGEST_STEM: usize = 180;
/// Hex digits that tell names from each other which are cut.
const DIGEST: usize = 20;

/// The directory in which it is said of a number that it is gone upstream: `gone/7.json`.
pub(crate) const GONE: &str = "gone";

/// The directory of the thing with `number` among `kind`: `issues/012/12345`.
pub(crate) fn directory(kind: &str, number: u64) -> String {
    format!("{kind}/{}/{number}", thousand(number))
}

/// The directory of the thousand to which `number` belongs: `012` for 12345.
pub(crate) fn thousand(number: u64) -> String {
    format!("{:03}", number / 1000)
}

/// What is wrong with one name of a path: none may leave a directory or mean something to git or a disk.
pub(crate) fn problem_of_name(name: &str) -> Option<&'static str> {
    if name.is_empty() || name.starts_with('.') {
        return Some("a name in it is empty or begins with a dot");
    }
    if name.len() > LONGEST_NAME {
        return Some("a name in it is too long");
    }
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.%".contains(&byte));
    (!plain).then_some("only letters, digits, '-', '_', '.' and '%' may stand in it")
}

/// `name` as a file's name: what is no plain letter, digit, `-`, `_` or `.` is written as `%` and two hex digits for each
/// byte, as in URLs (RFC 3986, 2.1), and so is a dot at its beginning. One that would be too long is cut, and ends in the
/// beginning of its SHA-256.
pub(crate) fn file_name(name: &str) -> String {
    let mut safe = String::with_capacity(name.len());
    for (at, byte) in name.bytes().enumerate() {
        match byte {
            b'.' if at == 0 => safe.push_str("%2E"),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => safe.push(byte.into()),
            byte => safe.push_str(&format!("%{byte:02X}")),
        }
    }
    if safe.len() > LONGEST_STEM {
        safe.truncate(LONGEST_STEM - DIGEST - 1);
        safe.push('-');
        safe.extend(sha256(name.as_bytes()).chars().take(DIGEST));
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_file_whatever_it_is() {
        assert_eq!(directory("pulls", 12_345), "pulls/012/12345");
        let names = ["../x", ".git", "a/b c", "a\\b", "\u{e9}", "..", "a\0b", "a%2Fb"];
        let files: Vec<String> = names.iter().map(|name| file_name(name)).collect();
        let (one, other) = (file_name(&"é".repeat(100)), file_name(&format!("{}e", "é".repeat(99))));
        assert!(
            one != other && one.len() == LONGEST_STEM && problem_of_name(&format!("{one}.json")).is_none(),
            "{one}"
        );
        assert_eq!(files, ["%2E.%2Fx", "%2Egit", "a%2Fb%20c", "a%5Cb", "%C3%A9", "%2E.", "a%00b", "a%252Fb"]);
    }
}
