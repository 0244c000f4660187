//! What changed between two files of one kind, cell by cell, however many rows they have. Rows meet by
//! key; 24 bytes of each are kept, and only rows that differ are read a second time. The files may
//! differ in encoding, quoting and order of columns; differences that programs make by themselves
//! do not count unless asked for.
//!
//! Knows nothing of where the bytes come from: the caller hands in something to read from.

mod cell;
mod class;
mod hash;
mod index;
mod japanese;
mod join;
mod pairs;
pub mod show;
mod source;
mod visible;
#[cfg(target_arch = "x86_64")]
mod wide;

use crate::model::rejection::FileRefusal;
use crate::model::words::Why;
use serde::Serialize;
use std::io;
use std::sync::Arc;

/// Bytes that can be read at any place, from several threads at once.
pub trait ReadAt: Sync {
    /// All bytes there are.
    fn size(&self) -> u64;
    /// Reads at most `into.len()` bytes at `at`, fewer only at the end.
    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<usize>;
}

impl ReadAt for [u8] {
    fn size(&self) -> u64 {
        self.len() as u64
    }

    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<usize> {
        let rest = usize::try_from(at).ok().and_then(|at| self.get(at..)).unwrap_or_default();
        let count = rest.len().min(into.len());
        into[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }
}

impl ReadAt for Vec<u8> {
    fn size(&self) -> u64 {
        self.len() as u64
    }

    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<usize> {
        self.as_slice().read_at(at, into)
    }
}

/// A column that rows are told apart by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyColumn {
    pub name: String,
    pub aliases: Vec<String>,
}

/// How to compare.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct How {
    /// The key's columns, in the order they are shown.
    pub key: Vec<KeyColumn>,
    /// Keys to take instead, the best first, where a file lacks a column of that one. Rows that share such
    /// a key are paired in their order.
    pub fallbacks: Vec<Vec<KeyColumn>>,
    /// Compare only these columns; empty = all.
    pub columns: Vec<String>,
    /// Names by position for files without header; empty = a header is needed.
    pub headerless: Vec<String>,
    /// Compare texts as they stand.
    pub exact: bool,
    /// `auto` if `None`.
    pub encoding: Option<String>,
    /// Judged from the first line if `None`.
    pub delimiter: Option<char>,
    /// The files' names for messages, old and new.
    pub files: [String; 2],
}

/// Which of the two files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    Old,
    New,
}

/// One cell that says something else. Lines count from 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CellChange {
    /// The key's cells joined by `/`.
    pub key: String,
    /// The column as the old file names it.
    pub column: Arc<str>,
    pub old: String,
    pub new: String,
    pub old_line: u64,
    pub new_line: u64,
    /// One of the two held bytes that are no character; they stand in it as `\\x95`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub undecodable: bool,
}

/// A row that only one file has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RowAt {
    pub key: String,
    pub line: u64,
}

/// A key that stands on several rows of a file. Such rows are paired in their order, equal ones first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Duplicate {
    pub key: String,
    pub old_lines: Vec<u64>,
    pub new_lines: Vec<u64>,
}

/// A row whose form is not right. It was compared as far as it goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Irregular {
    pub side: Side,
    pub line: u64,
    pub why: Why,
}

/// One thing found. Order: irregular rows, duplicates, cells by the old file's order, removed rows, added rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    Irregular(Irregular),
    Duplicate(Duplicate),
    Cell(CellChange),
    Removed(RowAt),
    Added(RowAt),
}

/// The counts, and what else holds for the files as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    pub old_rows: u64,
    pub new_rows: u64,
    pub changed_rows: u64,
    pub changed_cells: u64,
    pub added: u64,
    pub removed: u64,
    /// Columns that only one file has; they are not compared.
    pub only_old: Vec<String>,
    pub only_new: Vec<String>,
    /// The columns that told rows apart, and the one that was missed if they are not the best.
    pub key: Vec<String>,
    pub key_without: Option<String>,
}

/// Everything found, in memory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Diff {
    pub changed_rows: u64,
    pub changed_cells: u64,
    pub added: u64,
    pub removed: u64,
    pub old_rows: u64,
    pub new_rows: u64,
    /// Of these and of the changes above the lists below may hold fewer.
    pub irregular_rows: u64,
    pub duplicate_keys: u64,
    /// Of the changed cells those that held bytes that are no character.
    pub undecodable_cells: u64,
    pub cells: Vec<CellChange>,
    pub added_rows: Vec<RowAt>,
    pub removed_rows: Vec<RowAt>,
    pub duplicates: Vec<Duplicate>,
    pub irregular: Vec<Irregular>,
    pub only_old: Vec<String>,
    pub only_new: Vec<String>,
    pub key: Vec<String>,
    pub key_without: Option<String>,
}

impl Diff {
    /// Whether nothing changed, as far as can be said: a row that could not be compared in full may hold a change.
    pub fn is_empty(&self) -> bool {
        self.changed_cells == 0 && self.added == 0 && self.removed == 0 && self.irregular_rows == 0
    }

    /// Everything found, also what the lists do not hold.
    pub fn findings(&self) -> u64 {
        self.irregular_rows + self.duplicate_keys + self.changed_cells + self.removed + self.added
    }

    /// Takes a finding in; each list holds at most `most`, the counts have all. Cells, rows removed and rows
    /// added are counted by [`Diff::count`].
    pub fn take(&mut self, finding: Finding, most: usize) {
        fn push<T>(list: &mut Vec<T>, one: T, most: usize) {
            if list.len() < most {
                list.push(one);
            }
        }
        match finding {
            Finding::Irregular(one) => {
                self.irregular_rows += 1;
                push(&mut self.irregular, one, most);
            }
            Finding::Duplicate(one) => {
                self.duplicate_keys += 1;
                push(&mut self.duplicates, one, most);
            }
            Finding::Cell(one) => {
                self.undecodable_cells += u64::from(one.undecodable);
                push(&mut self.cells, one, most);
            }
            Finding::Removed(one) => push(&mut self.removed_rows, one, most),
            Finding::Added(one) => push(&mut self.added_rows, one, most),
        }
    }

    /// Takes the counts over.
    pub fn count(&mut self, totals: Totals) {
        let Totals {
            old_rows,
            new_rows,
            changed_rows,
            changed_cells,
            added,
            removed,
            only_old,
            only_new,
            key,
            key_without,
        } = totals;
        self.old_rows = old_rows;
        self.new_rows = new_rows;
        self.changed_rows = changed_rows;
        self.changed_cells = changed_cells;
        self.added = added;
        self.removed = removed;
        self.only_old = only_old;
        self.only_new = only_new;
        self.key = key;
        self.key_without = key_without;
    }
}

/// Why two files could not be compared.
#[derive(Debug)]
pub enum Trouble {
    /// A file cannot be used as it is.
    Refused(FileRefusal),
    /// Reading failed.
    Io(Side, io::Error),
}

/// Compares and keeps everything found.
pub fn diff(old: &dyn ReadAt, new: &dyn ReadAt, how: &How) -> Result<Diff, Trouble> {
    diff_in_chunks(old, new, how, index::CHUNK_BYTES)
}

fn diff_in_chunks(old: &dyn ReadAt, new: &dyn ReadAt, how: &How, chunk: u64) -> Result<Diff, Trouble> {
    let mut out = Diff::default();
    let mut tell = |finding| out.take(finding, usize::MAX);
    let totals = compare_in_chunks(old, new, how, &mut tell, chunk)?;
    out.count(totals);
    Ok(out)
}

/// Of so many pairs of rows one may differ in its raw bytes before it is asked whether they really say
/// something else: another producer quotes otherwise, and then it is cheaper to hash the cells
/// themselves than to read every row a second time.
const DIFFERENT_ONE_IN: u64 = 8;

/// Two files whose headers were looked at: what they are compared by is settled.
pub struct Opened<'a> {
    old: source::Source<'a>,
    new: source::Source<'a>,
    columns: source::Columns,
    key: source::Key,
}

/// Looks at both headers. Whatever is wrong with them, the key or the columns asked for is known here.
pub fn open<'a>(old: &'a dyn ReadAt, new: &'a dyn ReadAt, how: &How) -> Result<Opened<'a>, Trouble> {
    let mut old = source::open(Side::Old, old, how)?;
    let mut new = source::open(Side::New, new, how)?;
    let key = source::settle_key(&mut old, &mut new, how)?;
    let columns = source::Columns::of(&old, &new);
    columns.some_beside_the_key(&old, &new)?;
    let columns = columns.only(&how.columns, &old, &new)?;
    Ok(Opened { old, new, columns, key })
}

impl Opened<'_> {
    /// The columns that tell rows apart, as they were asked for.
    pub fn key(&self) -> &[String] {
        &self.key.names
    }

    /// Compares and tells each thing as it is found, so that memory stays flat however much differs.
    pub fn compare(&self, how: &How, tell: &mut dyn FnMut(Finding)) -> Result<Totals, Trouble> {
        self.in_chunks(how, tell, index::CHUNK_BYTES)
    }
}

/// Opens and compares.
pub fn compare(
    old: &dyn ReadAt,
    new: &dyn ReadAt,
    how: &How,
    tell: &mut dyn FnMut(Finding),
) -> Result<Totals, Trouble> {
    open(old, new, how)?.compare(how, tell)
}

fn compare_in_chunks(
    old: &dyn ReadAt,
    new: &dyn ReadAt,
    how: &How,
    tell: &mut dyn FnMut(Finding),
    chunk: u64,
) -> Result<Totals, Trouble> {
    open(old, new, how)?.in_chunks(how, tell, chunk)
}

impl Opened<'_> {
    fn in_chunks(&self, how: &How, tell: &mut dyn FnMut(Finding), chunk: u64) -> Result<Totals, Trouble> {
        let Opened { old, new, columns, key } = self;
        // Both files at once: while one hands its rows on, the other is read.
        let both = |value| {
            let (one, other) = rayon::join(
                || index::index(old, &columns.in_old(), value, how.exact, chunk),
                || index::index(new, &columns.in_new(), value, how.exact, chunk),
            );
            Ok::<_, Trouble>(join::join(one?, other?))
        };
        let mut found = None;
        let alike =
            old.encoding_class() == new.encoding_class() && old.names == new.names && old.delimiter == new.delimiter;
        // Equal rows under one key must meet whatever else stands in them, and however they are quoted.
        if alike && how.columns.is_empty() && key.without.is_none() {
            let joined = both(index::Value::Raw)?;
            let few = joined.unequal * DIFFERENT_ONE_IN <= joined.matched;
            if joined.several.is_empty() && (few || pairs::mostly_changed(old, new, columns, &joined, how)?) {
                found = Some(joined);
            }
        }
        let joined = match found {
            Some(joined) => joined,
            None => both(index::Value::Cells)?,
        };
        let totals = pairs::tell(old, new, columns, joined, how, tell)?;
        Ok(Totals { key: key.names.clone(), key_without: key.without.clone(), ..totals })
    }
}

#[cfg(test)]
mod tests;
