//! Any bytes unpacked, and packed content that is cut or hit.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| spl_fuzz::packed::check(data));
