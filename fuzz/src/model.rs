//! The one noun that the sources in `flow` know.

#[allow(dead_code, reason = "the program uses more of it")]
#[path = "../../src/model/sheet.rs"]
pub mod sheet;
