//! Any bytes read as json.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| spl_fuzz::formats::check("json", spl_fuzz::words::JSON, data));
