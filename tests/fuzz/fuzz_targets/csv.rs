//! Any bytes read as csv.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| spl_fuzz::formats::check("csv", spl_fuzz::words::CSV, data));
