//! Rows that could not be used, as data: where, what was found, why, and what mends it.

use super::sheet::Source;
use super::words::Why;
use serde::{Deserialize, Serialize};

/// One row that was refused. Every rejection has a place, a reason and a remedy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejection {
    pub source: Source,
    /// The column as the file names it, if one column is to blame.
    pub column: Option<String>,
    /// The value found there, as the file has it.
    pub value: Option<String>,
    pub why: Why,
}

/// Stands for a value that is about a person and is not repeated anywhere.
pub const UNSAID: &str = "…";

/// A row that was put aside on purpose: filtered, doubled in its file, or settled earlier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetAside {
    pub source: Source,
    pub why: Why,
}

/// A file that could not be read at all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRefusal {
    pub file: String,
    /// Physical line, from 1, where the trouble is; `None` if it is the file as such.
    pub line: Option<u32>,
    pub column: Option<String>,
    pub value: Option<String>,
    pub why: Why,
}
