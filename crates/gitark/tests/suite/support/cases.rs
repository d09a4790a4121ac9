//! Random inputs that are the same on each run.

use proptest::test_runner::{Config, RngSeed};

/// What random inputs grow from, unless `PROPTEST_RNG_SEED` says otherwise.
const SEED: u64 = 20_261_121;

/// For so many inputs, unless `PROPTEST_CASES` says otherwise. The seed stands in what the test prints, which is shown
/// when it fails.
#[expect(clippy::print_stdout, reason = "a test that fails shows it")]
pub(crate) fn cases(cases: u32) -> Config {
    let environment = Config::default();
    let seed = match environment.rng_seed {
        RngSeed::Fixed(seed) => seed,
        RngSeed::Random => SEED,
    };
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok());
    println!("the same inputs again: PROPTEST_RNG_SEED={seed}");
    // What fuzzing finds becomes a named test, so nothing is written beside the sources.
    Config { cases: asked.unwrap_or(cases), rng_seed: RngSeed::Fixed(seed), failure_persistence: None, ..environment }
}
