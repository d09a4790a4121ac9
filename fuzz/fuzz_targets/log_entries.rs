//! See `gitark::fuzzing::log_entries`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| gitark::fuzzing::log_entries(bytes));
