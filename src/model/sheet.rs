//! A file's rows as text, before anyone has understood them. Cells are exactly what the file says,
//! decoded but not trimmed, not parsed, not normalised.

use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Where a row stood: the file as a person knows it, the record (1 = first row under the header)
/// and the physical line its first byte is on (1 = first line). The two differ where cells hold line breaks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Source {
    pub file: Arc<str>,
    pub record: u32,
    pub line: u32,
}

/// One record, with the cells of the columns the sheet carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SheetRow {
    pub record: u32,
    pub line: u32,
    pub cells: Vec<Box<str>>,
}

/// A table of text. `columns` are the names that later steps use (the layout's logical names where a
/// column is one of those, else the file's own name); every row has one cell for each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sheet {
    pub columns: Vec<String>,
    pub rows: Vec<SheetRow>,
}

impl Sheet {
    /// The place of a column by its name.
    pub fn place(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|name| name == column)
    }
}

/// How the text of a file was found to be encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    Ascii,
    Utf8,
    Utf8Bom,
    Utf16Le,
    Utf16Be,
    Cp932,
}
