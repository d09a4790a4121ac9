//! Names of files made of what others chose: none leaves its directory, and no two are one file.

use std::collections::HashSet;

/// The longest name of a file, without its ending: file systems hold 255 bytes.
const LONGEST: usize = 180;

/// Names that are taken, on a disk that takes `A` and `a` for one name, too.
#[derive(Clone, Debug, Default)]
pub(super) struct Names(HashSet<String>);

impl Names {
    /// The name for `wanted`; one that is taken already gets `~` and the id behind it.
    pub(super) fn name(&mut self, directory: &str, wanted: &str, id: &str) -> String {
        let name = safe(wanted);
        let taken = |name: &str| format!("{directory}/{}", name.to_lowercase());
        if name.len() <= LONGEST && self.0.insert(taken(&name)) {
            return name;
        }
        let end = (0..=name.len().min(LONGEST)).rev().find(|end| name.is_char_boundary(*end)).unwrap_or_default();
        let name = format!("{}~{}", &name[..end], safe(id));
        self.0.insert(taken(&name));
        name
    }
}

/// `name` with `__` for each `/`, as python-github-backup has it. What else cannot stand in a file's name everywhere, or
/// begins or ends it in a way that means something, is written as `%` and two hex digits for each byte.
fn safe(name: &str) -> String {
    let mut safe = String::with_capacity(name.len());
    let last = name.chars().count().saturating_sub(1);
    for (at, c) in name.chars().enumerate() {
        match c {
            '/' => safe.push_str("__"),
            '.' if at == 0 => escape(c, &mut safe),
            ' ' if at == 0 || at == last => escape(c, &mut safe),
            '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' => escape(c, &mut safe),
            c if c.is_control() => escape(c, &mut safe),
            c => safe.push(c),
        }
    }
    if safe.is_empty() { "%".into() } else { safe }
}

fn escape(c: char, out: &mut String) {
    let mut bytes = [0; 4];
    for byte in c.encode_utf8(&mut bytes).bytes() {
        out.push_str(&format!("%{byte:02X}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leaves_its_directory_and_no_two_are_one_file() {
        let mut names = Names::default();
        let mut name = |wanted: &str, id: &str| names.name("releases", wanted, id);
        assert_eq!(name("v1.0", "1"), "v1.0");
        assert_eq!(name("V1.0", "2"), "V1.0~2", "one file on Windows and macOS");
        assert_eq!(name("release/1", "3"), "release__1");
        assert_eq!(name("../../etc/passwd", "4"), "%2E.__..__etc__passwd");
        assert_eq!(name("..", "5"), "%2E.");
        assert_eq!(name("", "6"), "%");
        assert_eq!(name("a\0b\\c:d\u{1b}", "7"), "a%00b%5Cc%3Ad%1B");
        let long = name(&"é".repeat(300), "8");
        assert!(long.len() < 200 && long.ends_with("~8"), "{long}");
    }
}
