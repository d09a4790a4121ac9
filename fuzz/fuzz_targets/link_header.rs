//! See `gitark::fuzzing::link_header`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| gitark::fuzzing::link_header(bytes));
