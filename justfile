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

# Write the documents anew that are made from the command: docs/commands.md, docs/tour.md and docs/gitark.toml.example
docs:
    GITARK_WRITE_DOCS=1 cargo test -p gitark-cli --test cli documents
