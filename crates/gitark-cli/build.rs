//! Tells the command which commit it is built from, and when. Works without git, from a source package too.

use std::{
    env, fs,
    path::PathBuf,
    process::Command,
    time::{SystemTime, UNIX_EPOCH},
};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let commit = commit().unwrap_or_else(|| "unknown".into());
    println!("cargo::rustc-env=GITARK_COMMIT={commit}");
    println!("cargo::rustc-env=GITARK_COMMIT_SHORT={}", commit.get(..12).unwrap_or(&commit));
    // Builds that must come out the same everywhere set this: https://reproducible-builds.org/specs/source-date-epoch
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    println!("cargo::rustc-env=GITARK_BUILT={}", variable("SOURCE_DATE_EPOCH").unwrap_or_else(|| now.to_string()));
    for name in ["PROFILE", "TARGET"] {
        println!("cargo::rustc-env=GITARK_{name}={}", env::var(name).unwrap_or_default());
    }
}

/// What a packager says, else what cargo wrote into a source package, else what git says.
fn commit() -> Option<String> {
    variable("GITARK_COMMIT").or_else(of_package).or_else(of_git)
}

/// The first word of a variable that is not empty.
fn variable(name: &str) -> Option<String> {
    println!("cargo::rerun-if-env-changed={name}");
    env::var(name).ok()?.split_whitespace().next().map(str::to_owned)
}

fn of_package() -> Option<String> {
    let text = fs::read_to_string(folder().join(".cargo_vcs_info.json")).ok()?;
    let (_, rest) = text.split_once("\"sha1\"")?;
    rest.split('"').nth(1).filter(|hash| hash.bytes().all(|byte| byte.is_ascii_hexdigit())).map(str::to_owned)
}

fn of_git() -> Option<String> {
    // A source tree that lies in somebody else's repository is not of its commit.
    git(&["ls-files", "--error-unmatch", "Cargo.toml"])?;
    // The log of HEAD grows with every commit and checkout, and with nothing else.
    let paths = git(&["rev-parse", "--git-path", "HEAD", "--git-path", "logs/HEAD"])?;
    for path in paths.lines().map(|path| folder().join(path)).filter(|path| path.exists()) {
        println!("cargo::rerun-if-changed={}", path.display());
    }
    git(&["rev-parse", "--verify", "HEAD"])
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).current_dir(folder()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

fn folder() -> PathBuf {
    env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default()
}
