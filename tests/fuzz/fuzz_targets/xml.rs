//! Any bytes read as xml.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| spl_fuzz::formats::check("xml", spl_fuzz::words::XML, data));
