//! See `gitark::fuzzing::packet_lines`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| gitark::fuzzing::packet_lines(bytes));
