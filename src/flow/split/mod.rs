//! Raw bytes to records and cells, undecoded. No second byte of a CP932 character is a quote, a
//! delimiter or a line end, so cutting the raw bytes of CP932 and UTF-8 alike is exact, and only the
//! columns in use are ever looked at. Large inputs are cut in parallel, with the same result as in one go.
//!
//! Knows nothing of encodings, headers or what a cell means.

mod kernel;
mod scan;

use rayon::prelude::*;
use std::borrow::Cow;

#[cfg(target_arch = "x86_64")]
pub use scan::has_avx512;
pub use scan::{KERNELS, Span, Stop, count_lines, kernel, scan, scan_with};

/// Bytes one worker takes at a time.
pub const CHUNK_BYTES: usize = 1 << 20;

/// The delimiter and the columns that are wanted.
#[derive(Clone, Debug)]
pub struct Shape {
    delimiter: u8,
    splat: kernel::Splat,
    /// Wanted columns from 0, ascending, each once.
    columns: Vec<usize>,
    /// The delimiters that bound them, counted from 0, ascending, each once.
    needs: Vec<u32>,
    /// For each wanted column the places in `needs` of the delimiters before and after it.
    bounds: Vec<(Option<usize>, usize)>,
    /// The wanted columns are all those from the first to the last of them.
    every: bool,
}

impl Shape {
    /// `columns` count from 0 and may come in any order; they are kept ascending, each once.
    pub fn new(delimiter: u8, columns: &[usize]) -> Shape {
        let mut columns = columns.to_vec();
        columns.sort_unstable();
        columns.dedup();
        let mut needs: Vec<u32> = columns
            .iter()
            .flat_map(|column| column.checked_sub(1).into_iter().chain([*column]))
            .map(|d| d as u32)
            .collect();
        needs.dedup();
        let find = |delimiter: usize| needs.partition_point(|need| *need < delimiter as u32);
        let bounds = columns.iter().map(|column| (column.checked_sub(1).map(find), find(*column))).collect();
        let every = columns.iter().copied().eq(0..columns.len());
        Shape { delimiter, splat: [delimiter; 32], columns, needs, bounds, every }
    }

    pub fn delimiter(&self) -> u8 {
        self.delimiter
    }

    /// The wanted columns as kept: ascending, each once.
    pub fn columns(&self) -> &[usize] {
        &self.columns
    }

    /// The place of a column (from 0) among the wanted ones.
    pub fn place(&self, column: usize) -> Option<usize> {
        self.columns.binary_search(&column).ok()
    }

    fn range(&self, cuts: &[u32], length: usize, index: usize) -> std::ops::Range<usize> {
        let (before, after) = self.bounds[index];
        let cut = |place: usize| match cuts[place] {
            u32::MAX => None,
            at => Some(at as usize),
        };
        let start = before.map_or(0, |place| cut(place).map_or(length, |at| at + 1));
        start..cut(after).unwrap_or(length)
    }
}

/// What is irregular about a record's quotes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Odd {
    /// A quote inside a cell that does not begin with one. The cell is taken as it stands.
    pub stray_quote: bool,
    /// `"ab"zz`: text between a closing quote and the next delimiter.
    pub text_after_quote: bool,
    /// The text after a closing quote came after `\"`: probably somebody's way to escape.
    pub backslash: bool,
}

impl Odd {
    pub fn any(self) -> bool {
        self.stray_quote || self.text_after_quote
    }
}

/// One record while it is being visited.
pub struct Record<'a> {
    /// The record without its line end.
    pub bytes: &'a [u8],
    /// Where it begins in the bytes that were scanned.
    pub start: usize,
    /// Line ends before it, since the scan's beginning.
    pub lines: u64,
    /// Cells in it.
    pub cells: u32,
    pub odd: Odd,
    cuts: &'a [u32],
    shape: &'a Shape,
}

impl<'a> Record<'a> {
    /// The raw bytes of the wanted column at `index`, quotes and all; empty if the record is too short.
    #[inline]
    pub fn cell(&self, index: usize) -> &'a [u8] {
        &self.bytes[self.shape.range(self.cuts, self.bytes.len(), index)]
    }

    /// Where the wanted cells end, one by one, if they are the record's first ones without a gap, so that
    /// each begins one byte behind the one before it. An end beyond the record's length is its length, and
    /// the cells behind that one are empty.
    #[inline]
    pub fn ends(&self) -> Option<&'a [u32]> {
        self.shape.every.then_some(self.cuts)
    }

    /// Where that cell stands inside the record.
    pub fn cell_range(&self, index: usize) -> std::ops::Range<usize> {
        self.shape.range(self.cuts, self.bytes.len(), index)
    }
}

/// One record as kept by [`split`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// First byte in the file.
    pub start: u64,
    /// Bytes without the line end.
    pub length: u32,
    /// Line ends before it.
    pub lines: u32,
    pub cells: u32,
    pub odd: Odd,
}

/// All records of a file, with the bounds of the wanted cells.
#[derive(Debug)]
pub struct Rows {
    shape: Shape,
    rows: Vec<Row>,
    cuts: Vec<u32>,
}

impl Rows {
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// The raw record, without its line end.
    pub fn record<'b>(&self, bytes: &'b [u8], row: usize) -> &'b [u8] {
        let Row { start, length, .. } = self.rows[row];
        &bytes[start as usize..start as usize + length as usize]
    }

    /// The raw cell of the wanted column at `index`.
    pub fn cell<'b>(&self, bytes: &'b [u8], row: usize, index: usize) -> &'b [u8] {
        let record = self.record(bytes, row);
        let width = self.shape.needs.len();
        &record[self.shape.range(&self.cuts[row * width..(row + 1) * width], record.len(), index)]
    }
}

/// Why a file cannot be cut into records at all. `line` counts from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    Nul { at: u64, line: u64 },
    Unclosed { at: u64, line: u64 },
}

/// Cuts everything from `from` (the beginning of a record) into records, in parallel where it pays.
/// Line ends before `from` are counted into the rows. The result does not depend on `chunk` (bytes).
pub fn split(bytes: &[u8], from: usize, shape: &Shape, chunk: usize) -> Result<Rows, Broken> {
    let chunk = chunk.max(1);
    let count = bytes.len().saturating_sub(from).div_ceil(chunk);
    let border = |index: usize| (from + index * chunk).min(bytes.len());
    let parts: Vec<Part> = if count <= 1 {
        Vec::new()
    } else {
        (0..count)
            .into_par_iter()
            .map(|index| {
                let begin = if index == 0 {
                    Some(from)
                } else {
                    guess(bytes, border(index), border(index + 2), shape.delimiter)
                };
                begin.map_or_else(Part::unknown, |begin| {
                    Part::scan(bytes, begin, border(index + 1), border(index + 2), shape)
                })
            })
            .collect()
    };
    let mut out = Rows { shape: shape.clone(), rows: Vec::new(), cuts: Vec::new() };
    let mut next = from;
    let mut lines = count_lines(&bytes[..from]);
    for index in 0..count {
        let end = border(index + 1);
        if next >= end {
            continue;
        }
        let again;
        let part = match parts.get(index) {
            // The guess was right: the part begins where the one before it ended.
            Some(part) if part.begin == Some(next) && !matches!(part.stop, Some(Stop::Short { .. })) => part,
            _ => {
                again = Part::scan(bytes, next, end, bytes.len(), shape);
                &again
            }
        };
        let base = lines;
        out.rows.extend(part.rows.iter().map(|row| Row { lines: row.lines + base as u32, ..*row }));
        out.cuts.extend_from_slice(&part.cuts);
        match part.stop {
            Some(Stop::Done { next: after, lines: more }) => {
                next = after;
                lines += more;
            }
            Some(Stop::Nul { at, lines }) => return Err(Broken::Nul { at: at as u64, line: base + lines + 1 }),
            Some(Stop::Unclosed { at, lines }) => {
                return Err(Broken::Unclosed { at: at as u64, line: base + lines + 1 });
            }
            // A scan to the end of the file is never short.
            Some(Stop::Short { start, lines: more }) => {
                next = start.max(end);
                lines += more;
            }
            None => {}
        }
    }
    Ok(out)
}

/// What one worker found, line ends counted from its own beginning.
struct Part {
    begin: Option<usize>,
    rows: Vec<Row>,
    cuts: Vec<u32>,
    stop: Option<Stop>,
}

impl Part {
    fn unknown() -> Part {
        Part { begin: None, rows: Vec::new(), cuts: Vec::new(), stop: None }
    }

    /// Records that begin in `begin..end`; nothing behind `limit` is looked at.
    fn scan(bytes: &[u8], begin: usize, end: usize, limit: usize, shape: &Shape) -> Part {
        let mut part = Part::unknown();
        part.begin = Some(begin);
        let span = Span { from: begin, upto: end, last: limit >= bytes.len() };
        let Part { rows, cuts, .. } = &mut part;
        let stop = scan(&bytes[..limit], span, shape, &mut |record| {
            rows.push(Row {
                start: record.start as u64,
                length: record.bytes.len() as u32,
                lines: record.lines as u32,
                cells: record.cells,
                odd: record.odd,
            });
            cuts.extend_from_slice(record.cuts);
        });
        part.stop = Some(stop);
        part
    }
}

/// Where the first record at or behind `at` probably begins. Wrong guesses cost time, never truth:
/// [`split`] holds each against where the part before it ended.
pub(crate) fn guess(bytes: &[u8], at: usize, limit: usize, delimiter: u8) -> Option<usize> {
    let edge = |byte: u8| byte == delimiter || byte == b'\n' || byte == b'\r';
    let from = at.checked_sub(1)?;
    let window = &bytes[from..limit];
    // The first quote whose neighbours leave no doubt tells whether we stand inside quotes.
    let mut inside = false;
    for (passed, place) in memchr::memchr_iter(b'"', window).take(64).enumerate() {
        let before = (from + place).checked_sub(1).map(|at| bytes[at]);
        let after = window.get(place + 1).copied();
        let (Some(before), Some(after)) = (before, after) else { continue };
        let opens = edge(before) && !edge(after) && after != b'"';
        let closes = !edge(before) && before != b'"' && edge(after);
        if opens || closes {
            inside = closes ^ (passed % 2 == 1);
            break;
        }
    }
    for (place, byte) in window.iter().enumerate() {
        match byte {
            b'"' => inside = !inside,
            b'\n' if !inside => return Some(from + place + 1),
            b'\r' if !inside && bytes.get(from + place + 1) != Some(&b'\n') => return Some(from + place + 1),
            _ => {}
        }
    }
    None
}

/// A raw cell without its quotes, `""` made one. A cell that does not begin and end with a quote is as it stands.
pub fn unquote(cell: &[u8]) -> Cow<'_, [u8]> {
    let [b'"', inner @ .., b'"'] = cell else { return Cow::Borrowed(cell) };
    match memchr::memchr(b'"', inner) {
        None => Cow::Borrowed(inner),
        Some(first) => {
            let mut out = Vec::with_capacity(inner.len());
            let mut rest = inner;
            let mut quote = Some(first);
            while let Some(at) = quote {
                out.extend_from_slice(&rest[..=at]);
                rest = &rest[at + 1..];
                rest = rest.strip_prefix(b"\"").unwrap_or(rest);
                quote = memchr::memchr(b'"', rest);
            }
            out.extend_from_slice(rest);
            Cow::Owned(out)
        }
    }
}

/// All cells of one record, raw, without their quotes. For the few rows that people get to see whole.
pub fn cells(record: &[u8], delimiter: u8) -> Vec<Vec<u8>> {
    let delimiters = memchr::memchr_iter(delimiter, record).count();
    let shape = Shape::new(delimiter, &(0..=delimiters).collect::<Vec<_>>());
    let mut cuts = vec![u32::MAX; shape.needs.len()];
    let count = match scan::plain_record(record, 0, true, &shape, &mut cuts) {
        scan::Plain::Record { cells, .. } => cells as usize,
        _ => 1,
    };
    (0..count).map(|index| unquote(&record[shape.range(&cuts, record.len(), index)]).into_owned()).collect()
}

/// The first record from `from` on that is not an empty line: its bytes and where the next begins.
/// `None` at the end of the file or if the record is broken (then [`split`] says how).
pub fn first_record(bytes: &[u8], from: usize, delimiter: u8) -> Option<(std::ops::Range<usize>, usize)> {
    let shape = Shape::new(delimiter, &[]);
    let mut start = from;
    while start < bytes.len() {
        match scan::plain_record(bytes, start, true, &shape, &mut []) {
            scan::Plain::Record { content, next, .. } if content == start => start = next,
            scan::Plain::Record { content, next, .. } => return Some((start..content, next)),
            _ => return None,
        }
    }
    None
}

#[cfg(test)]
mod tests;
