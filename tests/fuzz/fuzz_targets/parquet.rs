//! Edited files read as parquet.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| spl_fuzz::parquet::check(data));
