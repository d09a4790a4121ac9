//! See `gitark::fuzzing::vault_files`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| gitark::fuzzing::vault_files(bytes));
