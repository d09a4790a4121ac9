//! Names that may be meant by one that is not there.

/// How many are named.
const MOST: usize = 3;
/// How alike two names are at least, by Jaro and Winkler.
const ALIKE: f64 = 0.8;

/// The names most like `wanted`, best first.
pub(super) fn near(wanted: &str, names: impl Iterator<Item = String>) -> Vec<String> {
    let wanted = wanted.to_lowercase();
    let score = |name: &str| match name.to_lowercase() {
        name if name == wanted => 2.0,
        name if name.contains(&wanted) => 1.0,
        name => strsim::jaro_winkler(&name, &wanted),
    };
    let mut found: Vec<(f64, String)> =
        names.map(|name| (score(&name), name)).filter(|(score, _)| *score >= ALIKE).collect();
    found.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    found.into_iter().take(MOST).map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_is_most_alike_comes_first() {
        let names = || ["readme.md", "README.md", "main.rs", "LICENSE"].into_iter().map(str::to_owned);
        assert_eq!(super::near("README.MD", names()), ["README.md", "readme.md"]);
        assert_eq!(super::near("REDME.md", names()), ["README.md", "readme.md"]);
        assert_eq!(super::near("main", names()), ["main.rs"]);
        assert!(super::near("zebra", names()).is_empty());
    }
}
