# Short names for plain commands; each works without just as well.

# Format, lints and documentation
check:
    cargo fmt --check
    cargo clippy --workspace --all-targets -- -D warnings
    RUSTDOCFLAGS=-Dwarnings cargo doc --no-deps --workspace

# Everything that must pass before a commit
test:
    ./test.sh

# gitark beside git: times, memory, requests and bytes, each with its target (needs python3; GITARK_TEST_BUNDLES for real ones)
bench *options:
    bench/run.py {{options}}

# The whole story on made-up repositories: no token, no network
demo:
    cargo run -- demo
