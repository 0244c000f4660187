//! The program's own sources, those that need nothing of the rest of it.
#![allow(dead_code, reason = "the program uses more of them")]

#[path = "../../../src/flow/decode/mod.rs"]
pub mod decode;
pub mod diff;
#[path = "../../../src/flow/encode.rs"]
pub mod encode;
#[path = "../../../src/flow/split/mod.rs"]
pub mod split;
