//! Any text expanded, parsed, printed and parsed again.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| spl_fuzz::syntax::check(data));
