//! One pass over a file: for each row the hash of its key, the hash of its values and its place, 24
//! bytes in all. Chunks are read and hashed in parallel; each must begin where the one before it ended,
//! or it is done again, so the result is that of reading from front to back.

use super::Trouble;
use super::hash::{CellHash, Seed, Words, hash_record, here};
use super::source::Source;
#[cfg(target_arch = "x86_64")]
use super::wide::Wide;
use crate::flow::read::Refusal;
use crate::flow::split::{self, Broken, Odd, Shape, Span, Stop};
use rayon::prelude::*;
use std::sync::{Mutex, PoisonError};

/// Bytes of a file one worker takes at a time.
pub(super) const CHUNK_BYTES: u64 = 1 << 20;
/// Bytes read behind a chunk for the record that crosses its end; more is read if that is not enough.
const SLACK_BYTES: u64 = 1 << 16;
/// How far a guess may look for the end of a record before it is given up.
const GUESS_BYTES_MAX: u64 = 1 << 24;
/// Chunks handed out at once, for each thread.
const CHUNKS_A_THREAD: usize = 8;
/// Parts the rows are dealt into by key, each small enough to be sorted inside the cache.
pub(super) const PARTS: usize = 256;

/// What stands for a row's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// The raw bytes of the record.
    Raw,
    /// Each shared cell as it is compared.
    Cells,
}

/// One row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
    pub key: u64,
    pub place: Place,
    pub value: u64,
}

/// Where a row is: its offset (40 bits), and its line inside its chunk (24 bits).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place(u64);

impl Place {
    fn new(offset: u64, line: u64) -> Place {
        Place(offset << 24 | line & 0xff_ffff)
    }

    pub fn offset(self) -> u64 {
        self.0 >> 24
    }
}

/// A row whose form is not right.
#[derive(Clone, Copy, Debug)]
pub(super) struct Misshapen {
    pub place: Place,
    pub cells: u32,
    pub odd: Odd,
}

/// All rows of a file.
pub(super) struct Index {
    pub parts: Vec<Vec<Entry>>,
    pub misshapen: Vec<Misshapen>,
    pub rows: u64,
    pub lines: Lines,
}

/// Line ends before the first record of each chunk.
pub(super) struct Lines {
    begin: u64,
    chunk: u64,
    bases: Vec<u64>,
}

impl Lines {
    /// The physical line a row begins on, from 1.
    pub fn line(&self, place: Place) -> u64 {
        let chunk = (place.offset() - self.begin) / self.chunk;
        self.bases.get(chunk as usize).copied().unwrap_or(0) + (place.0 & 0xff_ffff) + 1
    }
}

struct Part {
    begin: Option<u64>,
    /// Absolute, with line ends since `begin`.
    stop: Option<(Stop, u64)>,
    entries: Vec<Entry>,
    misshapen: Vec<Misshapen>,
}

/// Reads all of a file. `columns` are those whose cells count, in an order that both files share; `chunk`
/// is in bytes and changes nothing but the pace.
pub(super) fn index(
    source: &Source<'_>,
    columns: &[usize],
    value: Value,
    exact: bool,
    chunk: u64,
) -> Result<Index, Trouble> {
    let begin = source.begin;
    let count = usize::try_from((source.size - begin).div_ceil(chunk)).unwrap_or(usize::MAX);
    let hasher = Hasher::new(source, columns, value, exact);
    let mut out = Index {
        parts: vec![Vec::new(); PARTS],
        misshapen: Vec::new(),
        rows: 0,
        lines: Lines { begin, chunk, bases: vec![0; count] },
    };
    let border = |index: usize| (begin + index as u64 * chunk).min(source.size);
    let (mut next, mut lines) = (begin, source.begin_lines);
    // One block for each thread, kept from batch to batch.
    let buffers: Vec<Mutex<Vec<u8>>> = (0..rayon::current_num_threads()).map(|_| Mutex::default()).collect();
    let batch = CHUNKS_A_THREAD * rayon::current_num_threads();
    for first in (0..count).step_by(batch) {
        let parts: Vec<Result<Part, Trouble>> = (first..(first + batch).min(count))
            .into_par_iter()
            .map(|chunk| {
                let known = (chunk == 0).then_some(begin);
                let mine = rayon::current_thread_index().unwrap_or(0) % buffers.len();
                // Nobody else holds it; after a panic elsewhere the bytes are read anew anyway.
                let mut buffer = buffers[mine].lock().unwrap_or_else(PoisonError::into_inner);
                hasher.part(known, border(chunk), border(chunk + 1), &mut buffer)
            })
            .collect();
        for (part, chunk) in parts.into_iter().zip(first..) {
            let end = border(chunk + 1);
            if next >= end {
                continue;
            }
            let mut part = part?;
            if part.begin != Some(next)
                || !matches!(part.stop, Some((Stop::Done { .. } | Stop::Nul { .. } | Stop::Unclosed { .. }, _)))
            {
                part = hasher.part(Some(next), border(chunk), end, &mut Vec::new())?;
            }
            out.lines.bases[chunk] = lines;
            out.rows += part.entries.len() as u64;
            for entry in part.entries {
                out.parts[(entry.key >> 56) as usize].push(entry);
            }
            out.misshapen.extend(part.misshapen);
            let refusal = Refusal { file: &source.file };
            match part.stop {
                Some((Stop::Done { next: after, lines: more }, base)) => {
                    next = after as u64 + base;
                    lines += more;
                }
                Some((Stop::Nul { at, lines: more }, base)) => {
                    let broken = Broken::Nul { at: at as u64 + base, line: lines + more + 1 };
                    return Err(Trouble::Refused(refusal.broken(broken)));
                }
                Some((Stop::Unclosed { at, lines: more }, base)) => {
                    let broken = Broken::Unclosed { at: at as u64 + base, line: lines + more + 1 };
                    return Err(Trouble::Refused(refusal.broken(broken)));
                }
                // A part with a known beginning is read until it is whole.
                Some((Stop::Short { .. }, _)) | None => {}
            }
        }
        // From the rows so far the rest can be foretold; growing by doubling would hold twice as much.
        if first == 0 && count > batch {
            for part in &mut out.parts {
                let whole = part.len() * count.div_ceil(batch);
                part.reserve_exact(whole.saturating_sub(part.len()));
            }
        }
    }
    Ok(out)
}

struct Hasher<'a> {
    source: &'a Source<'a>,
    shape: Shape,
    /// Places in the shape.
    key: Vec<usize>,
    key_seeds: Vec<Seed>,
    /// For each column of the shape the seed of its place in the comparison, if its cells go into the value.
    seeds: Vec<Option<Seed>>,
    record_seed: Seed,
    value: Value,
    exact: bool,
}

impl<'a> Hasher<'a> {
    fn new(source: &'a Source<'a>, columns: &[usize], value: Value, exact: bool) -> Hasher<'a> {
        let mut wanted = source.key.clone();
        if value == Value::Cells {
            wanted.extend_from_slice(columns);
        }
        let shape = Shape::new(source.delimiter, &wanted);
        // The key's columns are in the value through the key.
        let mut seeds = vec![None; shape.columns().len()];
        if value == Value::Cells {
            for (place, column) in columns.iter().enumerate().filter(|(_, column)| !source.key.contains(column)) {
                shape.place(*column).into_iter().for_each(|at| seeds[at] = Some(Seed::of(place + 1)));
            }
        }
        let key: Vec<usize> = source.key.iter().filter_map(|column| shape.place(*column)).collect();
        let key_seeds = (0..key.len()).map(|place| Seed::of(usize::MAX - place)).collect();
        Hasher { source, shape, key, key_seeds, seeds, record_seed: Seed::of(0), value, exact }
    }

    /// The records that begin in `border..end`, the first at `known` or else where one probably begins.
    fn part(&self, known: Option<u64>, border: u64, end: u64, buffer: &mut Vec<u8>) -> Result<Part, Trouble> {
        let mut slack = SLACK_BYTES;
        loop {
            // One byte more in front tells whether a record begins right at the border.
            let from = known.unwrap_or(border.saturating_sub(1));
            let to = (end + slack).min(self.source.size);
            buffer.resize(usize::try_from(to - from).unwrap_or(usize::MAX), 0);
            self.source.read(from, buffer)?;
            let begin = match known {
                Some(_) => Some(0),
                None => split::guess(buffer, 1, buffer.len(), self.source.delimiter),
            };
            let mut part = Part {
                begin: begin.map(|at| at as u64 + from),
                stop: None,
                entries: Vec::new(),
                misshapen: Vec::new(),
            };
            if let Some(begin) = begin {
                let last = to == self.source.size;
                let stop = self.scan(buffer, from, Span { from: begin, upto: (end - from) as usize, last }, &mut part);
                part.stop = Some((stop, from));
                if let Stop::Short { .. } = stop
                    && (known.is_some() || slack < GUESS_BYTES_MAX)
                {
                    slack *= 8;
                    continue;
                }
            }
            return Ok(part);
        }
    }

    fn scan(&self, bytes: &[u8], base: u64, span: Span, part: &mut Part) -> Stop {
        let (encoding, exact) = (self.source.encoding, self.exact);
        #[cfg(target_arch = "x86_64")]
        if let Some(cells) = Wide::new(encoding, exact) {
            return self.scan_with(cells, bytes, base, span, part);
        }
        self.scan_with(Words::new(encoding, exact), bytes, base, span, part)
    }

    fn scan_with<C: CellHash>(&self, mut cells: C, bytes: &[u8], base: u64, span: Span, part: &mut Part) -> Stop {
        let width = self.source.names.len() as u32;
        let Part { entries, misshapen, .. } = part;
        split::scan(bytes, span, &self.shape, &mut |record| {
            let place = Place::new(record.start as u64 + base, record.lines);
            if record.cells != width || record.odd.any() {
                if is_blank(record.bytes, self.source.delimiter) {
                    return;
                }
                misshapen.push(Misshapen { place, cells: record.cells, odd: record.odd });
            }
            let (mut key, mut keys, mut any) = (0u64, C::nothing(), false);
            for (column, seed) in self.key.iter().zip(&self.key_seeds) {
                let cell = record.cell(*column);
                any |= !is_blank(cell, self.source.delimiter);
                let hash = cells.cell(bytes, here(record, *column), seed);
                key = key.rotate_left(29) ^ C::fold(hash);
                keys = C::add(keys, hash);
            }
            if !any && is_blank(record.bytes, self.source.delimiter) {
                return;
            }
            let value = match self.value {
                Value::Raw => hash_record(record.bytes, &self.record_seed),
                Value::Cells => C::fold(cells.record(bytes, record, &self.seeds, keys)),
            };
            entries.push(Entry { key, place, value });
        })
    }
}

/// A record of nothing but delimiters, quotes and blanks.
fn is_blank(record: &[u8], delimiter: u8) -> bool {
    record.iter().all(|byte| *byte == delimiter || matches!(byte, b'"' | b' ' | b'\t'))
}

#[cfg(test)]
#[cfg(target_arch = "x86_64")]
mod tests {
    use super::super::source;
    use super::super::{How, KeyColumn, Side};
    use super::*;
    use crate::flow::encode::{self, Unmappable};
    use std::collections::BTreeMap;

    /// The rows of both files by one hasher: where they are, and what their keys and values are.
    fn rows<C: CellHash>(files: &[Vec<u8>; 2], make: impl Fn(&Source<'_>) -> C) -> Vec<(Place, [u64; 2])> {
        let key = vec![KeyColumn { name: "注文番号".to_owned(), aliases: Vec::new() }];
        let how = How { key, files: ["old.csv".to_owned(), "new.csv".to_owned()], ..How::default() };
        let mut old = source::open(Side::Old, &files[0], &how).unwrap();
        let mut new = source::open(Side::New, &files[1], &how).unwrap();
        source::settle_key(&mut old, &mut new, &how).unwrap();
        let columns = source::Columns::of(&old, &new);
        let mut out = Vec::new();
        for (source, bytes, columns) in [(&old, &files[0], columns.in_old()), (&new, &files[1], columns.in_new())] {
            let hasher = Hasher::new(source, &columns, Value::Cells, how.exact);
            let mut part = Part { begin: None, stop: None, entries: Vec::new(), misshapen: Vec::new() };
            let span = Span { from: source.begin as usize, upto: bytes.len(), last: true };
            hasher.scan_with(make(source), bytes, 0, span, &mut part);
            out.extend(part.entries.iter().map(|entry| (entry.place, [entry.key, entry.value])));
        }
        out
    }

    #[test]
    fn both_hashers_find_the_same_rows_alike() {
        let cells =
            ["", "1,650", "1650", "2026/4/2", "2026-04-02", "0812", "812", "見本", "東京都 1-2", "a b", "=\"7\""];
        let (mut old, mut new) = ("注文番号,金額,備考\n".to_owned(), "備考,注文番号,金額\n".to_owned());
        for (number, (one, other)) in cells.iter().flat_map(|one| cells.map(|other| (*one, other))).enumerate() {
            let [one, other] = [one, other].map(|cell| format!("\"{}\"", cell.replace('"', "\"\"")));
            old.push_str(&format!("\"n-{number}\",{one},{other}\n"));
            new.push_str(&format!("{one},n-{number},{one}\r\n"));
        }
        let files = [encode::cp932(&old, Unmappable::Stop).unwrap(), new.into_bytes()];
        let plain = rows(&files, |source| Words::new(source.encoding, false));
        let count = cells.len() * cells.len();
        assert_eq!(plain.len(), count * 2);
        let matched = |rows: &[(Place, [u64; 2])]| (0..count).filter(|row| rows[*row].1 == rows[row + count].1).count();
        // A cell beside itself, or beside what says the same: two amounts, two dates.
        assert_eq!(matched(&plain), cells.len() + 4);
        if Wide::new(crate::model::sheet::Encoding::Utf8, false).is_none() {
            return;
        }
        let wide = rows(&files, |source| Wide::new(source.encoding, false).unwrap());
        assert_eq!(matched(&wide), matched(&plain));
        for column in [0, 1] {
            let mut meet = BTreeMap::new();
            for (one, other) in plain.iter().zip(&wide) {
                assert_eq!(one.0, other.0);
                assert_eq!(*meet.entry(one.1[column]).or_insert(other.1[column]), other.1[column]);
            }
            let images: std::collections::BTreeSet<u64> = meet.values().copied().collect();
            assert_eq!(images.len(), meet.len());
        }
    }
}
