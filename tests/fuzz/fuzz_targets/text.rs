//! Any bytes read as text.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| spl_fuzz::formats::check("text", spl_fuzz::words::TEXT, data));
