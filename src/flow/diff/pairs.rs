//! The rows that differ, read again: keys and cells held against each other as text. Here a changed
//! cell gets its words; whatever two hashes made look alike or different by chance is put right.

use super::cell::write_canonical;
use super::index::{Entry, Lines, Misshapen, Place};
use super::join::Joined;
use super::source::{Columns, Source};
use super::{CellChange, Duplicate, Finding, How, Irregular, RowAt, Side, Totals, Trouble};
use crate::flow::read::lossy;
use crate::flow::split::{self, Odd, Shape, Span};
use crate::model::words::{Why, reading};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Pairs compared before their findings are told.
const PAIRS_AT_ONCE: usize = 1 << 14;
/// Bytes read for a row at first: twice the usual row, within these bounds; more if it is longer.
const ROW_BYTES: std::ops::RangeInclusive<u64> = 1 << 9..=1 << 14;

/// One file with the shape that bounds its shared columns and keys.
struct Half<'a> {
    source: &'a Source<'a>,
    shape: Shape,
    lines: &'a Lines,
    /// Places in the shape.
    key: Vec<usize>,
    shared: Vec<usize>,
    row_bytes: usize,
}

/// A row in memory.
struct Row {
    bytes: Vec<u8>,
    /// Bounds of the shape's columns.
    cells: Vec<std::ops::Range<usize>>,
}

impl<'a> Half<'a> {
    fn new(source: &'a Source<'a>, columns: &[usize], lines: &'a Lines, rows: u64) -> Half<'a> {
        let shape = Shape::new(source.delimiter, &[source.key.as_slice(), columns].concat());
        let places = |columns: &[usize]| columns.iter().filter_map(|column| shape.place(*column)).collect();
        let (key, shared) = (places(&source.key), places(columns));
        let usual = 2 * source.size / rows.max(1);
        let row_bytes = usual.clamp(*ROW_BYTES.start(), *ROW_BYTES.end()) as usize;
        Half { source, shape, lines, key, shared, row_bytes }
    }

    fn row(&self, place: Place) -> Result<Row, Trouble> {
        let mut row = Row { bytes: Vec::new(), cells: Vec::new() };
        self.fill(place, &mut row)?;
        Ok(row)
    }

    fn fill(&self, place: Place, row: &mut Row) -> Result<(), Trouble> {
        let mut want = self.row_bytes;
        loop {
            row.bytes.resize(want, 0);
            let count = self.source.read(place.offset(), &mut row.bytes)?;
            row.bytes.truncate(count);
            row.cells.clear();
            let last = place.offset() + count as u64 >= self.source.size;
            let Row { bytes, cells } = row;
            split::scan(bytes, Span { from: 0, upto: 1, last }, &self.shape, &mut |record| {
                cells.extend((0..self.shape.columns().len()).map(|index| record.cell_range(index)));
            });
            if !row.cells.is_empty() || last {
                // A record always has cells; without any, compare it as empty.
                row.cells.resize(self.shape.columns().len(), 0..0);
                return Ok(());
            }
            want *= 8;
        }
    }

    fn cell<'r>(&self, row: &'r Row, index: usize) -> &'r [u8] {
        &row.bytes[row.cells[index].clone()]
    }

    fn text(&self, row: &Row, index: usize) -> String {
        lossy(&split::unquote(self.cell(row, index)), self.source.encoding)
    }

    /// The key as people see it.
    fn key_text(&self, row: &Row) -> String {
        self.key
            .iter()
            .map(|place| self.text(row, *place))
            .map(|text| text.trim().to_owned())
            .collect::<Vec<_>>()
            .join("/")
    }

    /// The key as it is compared.
    fn key_form(&self, row: &Row, exact: bool) -> String {
        let mut form = String::new();
        let mut scratch = String::new();
        for place in &self.key {
            write_canonical(self.cell(row, *place), self.source.encoding, exact, &mut scratch);
            form.push_str(&scratch);
            form.push('\u{1f}');
        }
        form
    }

    fn at(&self, place: Place) -> Result<RowAt, Trouble> {
        Ok(RowAt { key: self.key_text(&self.row(place)?), line: self.lines.line(place) })
    }
}

/// What became of one pair.
enum Compared {
    Changes(Vec<CellChange>),
    /// Two keys that only had one hash.
    Strangers,
}

struct Comparing<'a> {
    old: Half<'a>,
    new: Half<'a>,
    names: Vec<Arc<str>>,
    exact: bool,
    /// Equal bytes are equal text.
    same_bytes: bool,
}

impl<'a> Comparing<'a> {
    fn new(
        old: &'a Source<'a>,
        new: &'a Source<'a>,
        columns: &Columns,
        lines: &'a [Lines; 2],
        rows: [u64; 2],
        how: &How,
    ) -> Comparing<'a> {
        Comparing {
            old: Half::new(old, &columns.in_old(), &lines[0], rows[0]),
            new: Half::new(new, &columns.in_new(), &lines[1], rows[1]),
            names: columns.shared.iter().map(|(place, _)| Arc::from(old.names[*place].as_str())).collect(),
            exact: how.exact,
            same_bytes: old.encoding_class() == new.encoding_class(),
        }
    }

    fn pair(&self, place: (Place, Place), work: &mut Work) -> Result<Compared, Trouble> {
        self.old.fill(place.0, &mut work.old)?;
        self.new.fill(place.1, &mut work.new)?;
        let Work { old, new, one, other } = work;
        let same = |a: &[u8], b: &[u8], one: &mut String, other: &mut String| {
            if a == b && self.same_bytes {
                return true;
            }
            write_canonical(a, self.old.source.encoding, self.exact, one);
            write_canonical(b, self.new.source.encoding, self.exact, other);
            one == other
        };
        for (a, b) in self.old.key.iter().zip(&self.new.key) {
            if !same(self.old.cell(old, *a), self.new.cell(new, *b), one, other) {
                return Ok(Compared::Strangers);
            }
        }
        let mut changes = Vec::new();
        for ((a, b), name) in self.old.shared.iter().zip(&self.new.shared).zip(&self.names) {
            if same(self.old.cell(old, *a), self.new.cell(new, *b), one, other) {
                continue;
            }
            changes.push(CellChange {
                key: self.old.key_text(old),
                column: Arc::clone(name),
                old: self.old.text(old, *a),
                new: self.new.text(new, *b),
                old_line: self.old.lines.line(place.0),
                new_line: self.new.lines.line(place.1),
            });
        }
        Ok(Compared::Changes(changes))
    }
}

struct Work {
    old: Row,
    new: Row,
    one: String,
    other: String,
}

impl Work {
    fn new() -> Work {
        let row = || Row { bytes: Vec::new(), cells: Vec::new() };
        Work { old: row(), new: row(), one: String::new(), other: String::new() }
    }
}

/// Pairs looked at to tell another way of writing from another content.
const SAMPLE: usize = 64;

/// Whether rows that differ in bytes mostly differ in what they say too, by a sample of them.
pub(super) fn mostly_changed(
    old: &Source<'_>,
    new: &Source<'_>,
    columns: &Columns,
    joined: &Joined,
    how: &How,
) -> Result<bool, Trouble> {
    let work = Comparing::new(old, new, columns, &joined.lines, joined.rows, how);
    let (mut seen, mut changed) = (0, 0);
    let step = (joined.pairs.len() / SAMPLE).max(1);
    let mut scratch = Work::new();
    for place in joined.pairs.iter().step_by(step) {
        seen += 1;
        changed += match work.pair(*place, &mut scratch)? {
            Compared::Changes(changes) => usize::from(!changes.is_empty()),
            Compared::Strangers => 1,
        };
    }
    Ok(changed * 2 >= seen)
}

/// Tells everything that the join found, in the order that [`Finding`] promises.
pub(super) fn tell(
    old: &Source<'_>,
    new: &Source<'_>,
    columns: &Columns,
    joined: Joined,
    how: &How,
    tell: &mut dyn FnMut(Finding),
) -> Result<Totals, Trouble> {
    let Joined { mut pairs, mut removed, mut added, several, rows, lines, misshapen, matched: _, unequal: _ } = joined;
    let names_of =
        |places: &[usize], source: &Source<'_>| places.iter().map(|place| source.names[*place].clone()).collect();
    let mut totals = Totals {
        old_rows: rows[0],
        new_rows: rows[1],
        only_old: names_of(&columns.only_old, old),
        only_new: names_of(&columns.only_new, new),
        ..Totals::default()
    };
    let work = Comparing::new(old, new, columns, &lines, rows, how);
    for (half, side, found) in [(&work.old, Side::Old, &misshapen[0]), (&work.new, Side::New, &misshapen[1])] {
        for row in found {
            if let Some(why) = irregular(half, row)? {
                tell(Finding::Irregular(Irregular { side, line: half.lines.line(row.place), why }));
            }
        }
    }
    let mut duplicates = Vec::new();
    for (these, those) in several {
        untangle(&work, &these, &those, &mut pairs, &mut removed, &mut added, &mut duplicates)?;
    }
    duplicates.sort_by_key(|duplicate: &Duplicate| {
        (duplicate.old_lines.first().copied(), duplicate.new_lines.first().copied())
    });
    duplicates.into_iter().for_each(|duplicate| tell(Finding::Duplicate(duplicate)));
    pairs.par_sort_unstable();
    for slab in pairs.chunks(PAIRS_AT_ONCE) {
        let compared: Vec<Result<Compared, Trouble>> =
            slab.par_iter().with_min_len(64).map_init(Work::new, |scratch, place| work.pair(*place, scratch)).collect();
        for (compared, (one, other)) in compared.into_iter().zip(slab) {
            match compared? {
                Compared::Changes(changes) => {
                    totals.changed_rows += u64::from(!changes.is_empty());
                    totals.changed_cells += changes.len() as u64;
                    changes.into_iter().for_each(|change| tell(Finding::Cell(change)));
                }
                Compared::Strangers => {
                    removed.push(*one);
                    added.push(*other);
                }
            }
        }
    }
    removed.sort_unstable();
    added.sort_unstable();
    totals.removed = removed.len() as u64;
    totals.added = added.len() as u64;
    for slab in removed.chunks(PAIRS_AT_ONCE) {
        let rows: Vec<_> = slab.par_iter().map(|place| work.old.at(*place)).collect();
        for row in rows {
            tell(Finding::Removed(row?));
        }
    }
    for slab in added.chunks(PAIRS_AT_ONCE) {
        let rows: Vec<_> = slab.par_iter().map(|place| work.new.at(*place)).collect();
        for row in rows {
            tell(Finding::Added(row?));
        }
    }
    Ok(totals)
}

/// Rows under one key hash: by their real keys, equal ones first, the others paired in their order.
fn untangle(
    work: &Comparing<'_>,
    these: &[Entry],
    those: &[Entry],
    pairs: &mut Vec<(Place, Place)>,
    removed: &mut Vec<Place>,
    added: &mut Vec<Place>,
    duplicates: &mut Vec<Duplicate>,
) -> Result<(), Trouble> {
    let mut groups: BTreeMap<String, (String, Vec<Entry>, Vec<Entry>)> = BTreeMap::new();
    for entry in these {
        let row = work.old.row(entry.place)?;
        let group = groups.entry(work.old.key_form(&row, work.exact)).or_default();
        group.0 = work.old.key_text(&row);
        group.1.push(*entry);
    }
    for entry in those {
        let row = work.new.row(entry.place)?;
        let group = groups.entry(work.new.key_form(&row, work.exact)).or_default();
        if group.0.is_empty() {
            group.0 = work.new.key_text(&row);
        }
        group.2.push(*entry);
    }
    for (key, mut these, mut those) in groups.into_values() {
        if these.len() > 1 || those.len() > 1 {
            duplicates.push(Duplicate {
                key,
                old_lines: these.iter().map(|entry| work.old.lines.line(entry.place)).collect(),
                new_lines: those.iter().map(|entry| work.new.lines.line(entry.place)).collect(),
            });
        }
        // Equal rows meet first, whatever their order; values are held in a map so that many doubles stay cheap.
        let mut values: BTreeMap<u64, usize> = BTreeMap::new();
        those.iter().for_each(|entry| *values.entry(entry.value).or_default() += 1);
        let mut met: BTreeMap<u64, usize> = BTreeMap::new();
        these.retain(|entry| {
            let left = values.get_mut(&entry.value).filter(|left| **left > 0);
            let meets = left.is_some();
            if let Some(left) = left {
                *left -= 1;
                *met.entry(entry.value).or_default() += 1;
            }
            !meets
        });
        those.retain(|entry| match met.get_mut(&entry.value) {
            Some(count) if *count > 0 => {
                *count -= 1;
                false
            }
            _ => true,
        });
        let paired = these.len().min(those.len());
        pairs.extend(these.iter().zip(&those).map(|(one, other)| (one.place, other.place)));
        removed.extend(these[paired..].iter().map(|entry| entry.place));
        added.extend(those[paired..].iter().map(|entry| entry.place));
    }
    Ok(())
}

/// What is wrong with a row's form; `None` if only empty cells were added at its end.
fn irregular(half: &Half<'_>, row: &Misshapen) -> Result<Option<Why>, Trouble> {
    let Misshapen { place, cells, odd } = *row;
    let width = half.source.names.len();
    let values = [("found", cells.to_string()), ("expected", width.to_string())];
    let count = cells as usize;
    Ok(match odd {
        Odd { text_after_quote: true, backslash: true, .. } => Some(reading::BACKSLASH_QUOTE.plain()),
        Odd { text_after_quote: true, .. } => Some(reading::TEXT_AFTER_QUOTE.plain()),
        Odd { stray_quote: true, .. } if count != width => Some(reading::STRAY_QUOTE.with(values)),
        _ if count < width => Some(reading::CELLS_FEWER.with(values)),
        _ if count > width => {
            let extra: Vec<usize> = (width..count).collect();
            let beyond =
                Half { shape: Shape::new(half.source.delimiter, &extra), key: Vec::new(), shared: Vec::new(), ..*half };
            let row = beyond.row(place)?;
            let empty = (0..extra.len())
                .all(|index| split::unquote(beyond.cell(&row, index)).iter().all(u8::is_ascii_whitespace));
            (!empty).then(|| reading::CELLS_MORE.with(values))
        }
        _ => None,
    })
}
