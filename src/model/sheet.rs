//! A file's rows as text, before anyone has understood them. Cells are exactly what the file says,
//! decoded but not trimmed, not parsed, not normalised.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::{Index, Range};
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
    pub cells: Cells,
}

/// The cells of one record. Records that are read together lie in one block of text, so that a file of hundreds of
/// thousands of rows is some hundreds of pieces of memory, not millions.
#[derive(Clone)]
pub struct Cells {
    block: Arc<Block>,
    cells: Range<usize>,
}

impl Cells {
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    pub fn get(&self, place: usize) -> Option<&str> {
        (place < self.cells.len()).then(|| self.block.cell(self.cells.start + place))
    }

    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.cells.clone().map(|at| self.block.cell(at))
    }

    /// All cells in one text.
    pub fn join(&self, between: &str) -> String {
        self.iter().collect::<Vec<_>>().join(between)
    }
}

impl Index<usize> for Cells {
    type Output = str;

    fn index(&self, place: usize) -> &str {
        assert!(place < self.cells.len(), "a row of {} cells has no cell {place}", self.cells.len());
        self.block.cell(self.cells.start + place)
    }
}

impl<S: AsRef<str>> FromIterator<S> for Cells {
    fn from_iter<I: IntoIterator<Item = S>>(cells: I) -> Cells {
        let mut block = Block::default();
        for cell in cells {
            block.push(|text| text.push_str(cell.as_ref()));
        }
        let cells = 0..block.len();
        Cells { block: Arc::new(block), cells }
    }
}

impl PartialEq for Cells {
    fn eq(&self, other: &Cells) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Cells {}

impl fmt::Debug for Cells {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// Cells one behind the other, while rows are made of them.
#[derive(Debug, Default)]
pub struct Block {
    text: String,
    /// Where each cell ends.
    ends: Vec<usize>,
}

impl Block {
    /// Cells so far.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// One more cell: what `write` puts at the end of the text.
    pub fn push<T>(&mut self, write: impl FnOnce(&mut String) -> T) -> T {
        let done = write(&mut self.text);
        self.ends.push(self.text.len());
        done
    }

    pub fn cell(&self, at: usize) -> &str {
        let from = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[from..self.ends[at]]
    }

    /// Takes cells back until there are so many.
    pub fn truncate(&mut self, cells: usize) {
        self.ends.truncate(cells);
        self.text.truncate(self.ends.last().copied().unwrap_or(0));
    }

    /// Takes one cell out; those behind it move up.
    pub fn remove(&mut self, at: usize) {
        let from = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        let end = self.ends.remove(at);
        self.text.replace_range(from..end, "");
        self.ends[at..].iter_mut().for_each(|known| *known -= end - from);
    }

    /// The rows: `(record, line, first cell)` each, in the order of their cells, which reach to where the next row's begin.
    pub fn into_rows(mut self, rows: &[(u32, u32, usize)]) -> Vec<SheetRow> {
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
        let block = Arc::new(self);
        let ends = rows.iter().skip(1).map(|(.., first)| *first).chain([block.len()]);
        let row = |(&(record, line, first), end): (&(u32, u32, usize), usize)| SheetRow {
            record,
            line,
            cells: Cells { block: Arc::clone(&block), cells: first..end },
        };
        rows.iter().zip(ends).map(row).collect()
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_one_block_have_their_own_cells() {
        let mut block = Block::default();
        for cell in ["a", "", "bc", "gone", "山", "x", "y"] {
            block.push(|text| text.push_str(cell));
        }
        block.remove(3);
        block.truncate(5);
        block.push(|text| text.push('z'));
        assert_eq!((0..block.len()).map(|at| block.cell(at)).collect::<Vec<_>>(), ["a", "", "bc", "山", "x", "z"]);
        let rows = block.into_rows(&[(1, 2, 0), (2, 3, 2), (4, 9, 4)]);
        let told: Vec<String> =
            rows.iter().map(|row| format!("{}/{} {}", row.record, row.line, row.cells.join("|"))).collect();
        assert_eq!(told, ["1/2 a|", "2/3 bc|山", "4/9 x|z"]);
        assert_eq!(rows[1].cells, ["bc", "山"].into_iter().collect::<Cells>());
        assert_ne!(rows[1].cells, ["bc山", ""].into_iter().collect::<Cells>());
        assert_eq!((rows[0].cells.get(1), rows[0].cells.get(2), &rows[2].cells[0]), (Some(""), None, "x"));
        assert!(Block::default().into_rows(&[]).is_empty());
    }
}
