#!/usr/bin/env bash
# Checks and tests everything. It needs cargo, git and a C compiler, and installs nothing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

say() { printf 'test.sh: %s\n' "$*"; }

# require COMMAND HINT: stops with the hint when the command is missing.
require() {
    if ! command -v "$1" >/dev/null; then
        say "$1 is missing. $2" >&2
        exit 1
    fi
}

debian="On Debian: apt-get install git curl build-essential"
require cargo "Install Rust with rustup, see https://rustup.rs (it needs curl). $debian"
require git "$debian"
require cc "$debian"

# component NAME: whether the part of the Rust toolchain is there.
component() { cargo "$1" --version >/dev/null 2>&1; }

skipped=()

if component fmt; then
    say "cargo fmt"
    cargo fmt --check
else
    skipped+=("cargo fmt (install it with: rustup component add rustfmt)")
fi

if component clippy; then
    say "cargo clippy"
    cargo clippy --workspace --all-targets -- -D warnings
else
    skipped+=("cargo clippy (install it with: rustup component add clippy)")
fi

say "cargo doc"
RUSTDOCFLAGS=-Dwarnings cargo doc --no-deps --workspace

bundles="${GITARK_TEST_BUNDLES:-../shared/repos}"
if ! compgen -G "$bundles/*.bundle" >/dev/null; then
    skipped+=("tests with real repositories (set GITARK_TEST_BUNDLES to a folder of git bundles)")
fi

say "cargo test"
cargo test --workspace

for step in ${skipped[@]+"${skipped[@]}"}; do
    say "skipped: $step"
done
say "all passed"
