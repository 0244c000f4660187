//! The hash of a cell by its short ways and by the long one.
#![no_main]
#![allow(clippy::disallowed_methods, reason = "the macro writes a file where it is asked to")]

libfuzzer_sys::fuzz_target!(|data: &[u8]| denpyo_fuzz::cell(data));
