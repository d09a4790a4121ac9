# Short names for plain commands; each works without just as well.

# Format, lints and documentation
check:
    cargo fmt --check
    cargo clippy --workspace --all-targets -- -D warnings
    RUSTDOCFLAGS=-Dwarnings cargo doc --no-deps --workspace

# Everything that must pass before a commit
test:
    ./test.sh

# Benchmarks, optimised
bench:
    cargo bench --workspace

# The whole story on made-up repositories: no token, no network
demo:
    cargo run --release -p gitark-cli -- demo
