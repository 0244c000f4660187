//! The plain state machine: one byte at a time, nothing clever, and nothing of the splitter's in it. What it
//! says of a file is what every kernel, whole or in chunks, has to say.

use crate::flow::split::Odd;
use std::ops::Range;

/// One record, places counted in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Without the line end.
    pub bytes: Range<usize>,
    /// Line ends before it.
    pub lines: u64,
    /// Every cell, quotes and all.
    pub cells: Vec<Range<usize>>,
    pub odd: Odd,
}

/// What makes a file no CSV. `lines` are the line ends before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    Nul { at: usize, lines: u64 },
    Unclosed { at: usize, lines: u64 },
}

/// All records that are not empty, up to what breaks the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    pub records: Vec<Record>,
    pub broken: Option<Broken>,
    /// Line ends in all.
    pub lines: u64,
}

/// Where in a cell we are.
#[derive(Clone, Copy, PartialEq)]
enum Cell {
    Begins,
    /// In text without quotes, or behind the closing one in text that should not be there.
    Bare,
    Quoted,
    /// The last byte was a quote inside quotes: the closing one, unless another follows.
    QuoteSeen,
}

/// Reads a whole file.
pub fn read(bytes: &[u8], delimiter: u8) -> File {
    let mut file = File { records: Vec::new(), broken: None, lines: 0 };
    let (mut state, mut odd, mut cells) = (Cell::Begins, Odd::default(), Vec::new());
    let (mut record, mut record_lines, mut cell) = (0, 0, 0);
    let mut opened = (0, 0);
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        let line_end = match (byte, bytes.get(at + 1)) {
            (b'\r', Some(b'\n')) => 2,
            (b'\r' | b'\n', _) => 1,
            _ => 0,
        };
        if byte == 0 {
            file.broken = Some(Broken::Nul { at, lines: file.lines });
            return file;
        }
        if state == Cell::Quoted {
            if byte == b'"' {
                state = Cell::QuoteSeen;
            }
        } else if state == Cell::QuoteSeen && byte == b'"' {
            state = Cell::Quoted;
        } else if byte == delimiter {
            cells.push(cell..at);
            cell = at + 1;
            state = Cell::Begins;
        } else if line_end > 0 {
            if at > record {
                cells.push(cell..at);
                file.records.push(Record { bytes: record..at, lines: record_lines, cells, odd });
            }
            (record, record_lines, cell) = (at + line_end, file.lines + 1, at + line_end);
            (state, odd, cells) = (Cell::Begins, Odd::default(), Vec::new());
        } else if state == Cell::Begins && byte == b'"' {
            opened = (at, file.lines);
            state = Cell::Quoted;
        } else {
            if state == Cell::QuoteSeen {
                odd.text_after_quote = true;
                odd.backslash |= at - record >= 2 && bytes[at - 2] == b'\\';
            }
            odd.stray_quote |= byte == b'"';
            state = Cell::Bare;
        }
        if line_end > 0 {
            file.lines += 1;
        }
        at += line_end.max(1);
    }
    if state == Cell::Quoted {
        let (at, lines) = opened;
        file.broken = Some(Broken::Unclosed { at, lines });
    } else if at > record {
        cells.push(cell..at);
        file.records.push(Record { bytes: record..at, lines: record_lines, cells, odd });
    }
    file
}
