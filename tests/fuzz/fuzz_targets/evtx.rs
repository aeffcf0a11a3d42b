//! Edited files read as evtx.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| spl_fuzz::evtx::check(data));
