# Short names for plain commands; each works without just as well.

# Format, lints and documentation
check:
    cargo fmt --check
    cargo clippy --workspace --all-targets -- -D warnings
    RUSTDOCFLAGS=-Dwarnings cargo doc --no-deps --workspace

# Everything that must pass before a commit
test:
    ./test.sh

# gitark beside git, in turns: full backup, nothing changed, one commit (needs python3 and GITARK_TEST_BUNDLES)
bench:
    bench/core.py

# The whole story on made-up repositories: no token, no network
demo:
    cargo run -- demo
