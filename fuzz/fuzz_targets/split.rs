//! Raw bytes to records and cells: every kernel, whole, cut off and in chunks.
#![no_main]
#![allow(clippy::disallowed_methods, reason = "the macro writes a file where it is asked to")]

libfuzzer_sys::fuzz_target!(|data: &[u8]| denpyo_fuzz::split(data));
