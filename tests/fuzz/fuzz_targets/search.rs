//! Any text searched for.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| spl_fuzz::search::check(data));
