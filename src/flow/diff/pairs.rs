//! The rows that differ, read again: keys and cells held against each other as text. Here a changed
//! cell gets its words; whatever two hashes made look alike or different by chance is put right.

use super::cell::write_canonical;
use super::index::{Entry, Lines, Misshapen, Place};
use super::join::Joined;
use super::source::{Columns, Source};
use super::visible;
use super::{CellChange, Duplicate, Finding, How, Irregular, RowAt, Side, Totals, Trouble};
use crate::flow::split::{self, Odd, Shape, Span};
use crate::model::words::{Why, reading};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::ops::{Range, RangeInclusive};
use std::sync::Arc;

/// Pairs compared while the findings of as many before them are told: a row may have changed in every cell,
/// and all of that is held.
const PAIRS_AT_ONCE: usize = 1 << 11;
/// Pairs whose rows one worker reads together.
const PAIRS_A_WORKER: usize = 1 << 7;
/// Bytes read for a row at first: twice the usual row, within these bounds; more if it is longer.
const ROW_BYTES: RangeInclusive<u64> = 1 << 9..=1 << 14;
/// Bytes between two rows that are rather read along than asked for twice.
const GAP_BYTES: u64 = 1 << 13;
/// Bytes read at once, at most, but for a single row.
const RUN_BYTES: u64 = 1 << 20;

/// One file with the shape that bounds its shared columns and keys.
struct Half<'a> {
    source: &'a Source<'a>,
    shape: Shape,
    lines: &'a Lines,
    /// Places in the shape.
    key: Vec<usize>,
    shared: Vec<usize>,
    row_bytes: u64,
}

/// A row in memory.
#[derive(Clone, Copy)]
struct Row<'r> {
    bytes: &'r [u8],
    /// Bounds of the shape's columns.
    cells: &'r [Range<usize>],
}

/// Where one row is read to, again and again.
#[derive(Default)]
struct Reading {
    bytes: Vec<u8>,
    cells: Vec<Range<usize>>,
}

/// Rows read together.
#[derive(Default)]
struct Batch {
    bytes: Vec<u8>,
    /// For each row what of `bytes` it begins, and whether the file ends with that.
    rows: Vec<(Range<usize>, bool)>,
    /// The rows' indexes by where they stand in the file.
    order: Vec<usize>,
}

impl<'a> Half<'a> {
    fn new(source: &'a Source<'a>, columns: &[usize], lines: &'a Lines, rows: u64) -> Half<'a> {
        let shape = Shape::new(source.delimiter, &[source.key.as_slice(), columns].concat());
        let places = |columns: &[usize]| columns.iter().filter_map(|column| shape.place(*column)).collect();
        let (key, shared) = (places(&source.key), places(columns));
        let usual = 2 * source.size / rows.max(1);
        let row_bytes = usual.clamp(*ROW_BYTES.start(), *ROW_BYTES.end());
        Half { source, shape, lines, key, shared, row_bytes }
    }

    /// The row at the front of these bytes; `None` if it is not whole in them.
    fn cut<'r>(&self, bytes: &'r [u8], last: bool, cells: &'r mut Vec<Range<usize>>) -> Option<Row<'r>> {
        cells.clear();
        let mut length = 0;
        split::scan(bytes, Span { from: 0, upto: 1, last }, &self.shape, &mut |record| {
            length = record.bytes.len();
            cells.extend((0..self.shape.columns().len()).map(|index| record.cell_range(index)));
        });
        if cells.is_empty() && !last {
            return None;
        }
        // A record always has cells; without any, compare it as empty.
        cells.resize(self.shape.columns().len(), 0..0);
        Some(Row { bytes: &bytes[..length], cells })
    }

    fn row<'r>(&self, place: Place, reading: &'r mut Reading) -> Result<Row<'r>, Trouble> {
        let Reading { bytes, cells } = reading;
        let mut want = usize::try_from(self.row_bytes).unwrap_or(usize::MAX);
        loop {
            bytes.resize(want, 0);
            let count = self.source.read(place.offset(), bytes)?;
            bytes.truncate(count);
            let last = place.offset() + count as u64 >= self.source.size;
            if last || self.cut(bytes, false, cells).is_some() {
                // Cut again: the compiler does not see that a row which is given back ends the loop.
                return Ok(self.cut(bytes, true, cells).unwrap_or(Row { bytes: &[], cells: &[] }));
            }
            want *= 8;
        }
    }

    /// Reads the rows at these offsets, neighbours in one go.
    fn gather(&self, offsets: &[u64], batch: &mut Batch) -> Result<(), Trouble> {
        let Batch { bytes, rows, order } = batch;
        bytes.clear();
        rows.clear();
        rows.resize(offsets.len(), (0..0, false));
        order.clear();
        order.extend(0..offsets.len());
        order.sort_unstable_by_key(|index| offsets[*index]);
        let mut rest = order.as_slice();
        while let Some(first) = rest.first() {
            let start = offsets[*first];
            let mut end = start + self.row_bytes;
            let near = |index: &&usize| {
                let next = offsets[**index];
                let joins = next <= end + GAP_BYTES && next + self.row_bytes <= start + RUN_BYTES;
                if joins {
                    end = next + self.row_bytes;
                }
                joins
            };
            let more = rest[1..].iter().take_while(near).count();
            let (run, after) = rest.split_at(1 + more);
            let base = bytes.len();
            bytes.resize(base + usize::try_from(end - start).unwrap_or(usize::MAX), 0);
            let count = self.source.read(start, &mut bytes[base..])?;
            bytes.truncate(base + count);
            let last = start + count as u64 >= self.source.size;
            for index in run {
                let from = usize::try_from(offsets[*index] - start).unwrap_or(usize::MAX).min(count);
                rows[*index] = (base + from..base + count, last);
            }
            rest = after;
        }
        Ok(())
    }

    fn cell<'r>(&self, row: Row<'r>, index: usize) -> &'r [u8] {
        &row.bytes[row.cells[index].clone()]
    }

    /// A cell as people see it, and whether it held bytes that are no character.
    fn text(&self, row: Row<'_>, index: usize) -> (String, bool) {
        visible::text(&split::unquote(self.cell(row, index)), self.source.encoding)
    }

    /// The key as people see it.
    fn key_text(&self, row: Row<'_>) -> String {
        let mut key = String::new();
        for (index, place) in self.key.iter().enumerate() {
            if index > 0 {
                key.push('/');
            }
            key.push_str(self.text(row, *place).0.trim());
        }
        key
    }

    /// The key as it is compared.
    fn key_form(&self, row: Row<'_>, exact: bool) -> String {
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
        let mut reading = Reading::default();
        Ok(RowAt { key: self.key_text(self.row(place, &mut reading)?), line: self.lines.line(place) })
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

/// What one worker needs, kept from pair to pair.
#[derive(Default)]
struct Work {
    old: Reading,
    new: Reading,
    offsets: Vec<u64>,
    batches: [Batch; 2],
    one: String,
    other: String,
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

    /// All these pairs, in parallel.
    fn pairs(&self, pairs: &[(Place, Place)]) -> Vec<Result<Vec<Compared>, Trouble>> {
        pairs
            .par_chunks(PAIRS_A_WORKER)
            .map_init(Work::default, |work, pairs| {
                let Work { old, new, offsets, batches: [olds, news], one, other } = work;
                offsets.clear();
                offsets.extend(pairs.iter().map(|(place, _)| place.offset()));
                self.old.gather(offsets, olds)?;
                offsets.clear();
                offsets.extend(pairs.iter().map(|(_, place)| place.offset()));
                self.new.gather(offsets, news)?;
                let compare = |(index, place): (usize, &(Place, Place))| {
                    let [(a, a_last), (b, b_last)] = [&olds.rows[index], &news.rows[index]];
                    // A row that is longer than was thought is read by itself.
                    let a = match self.old.cut(&olds.bytes[a.clone()], *a_last, &mut old.cells) {
                        Some(row) => row,
                        None => self.old.row(place.0, old)?,
                    };
                    let b = match self.new.cut(&news.bytes[b.clone()], *b_last, &mut new.cells) {
                        Some(row) => row,
                        None => self.new.row(place.1, new)?,
                    };
                    Ok(self.pair(*place, [a, b], [&mut *one, &mut *other]))
                };
                pairs.iter().enumerate().map(compare).collect()
            })
            .collect()
    }

    fn pair(&self, place: (Place, Place), [old, new]: [Row<'_>; 2], [one, other]: [&mut String; 2]) -> Compared {
        let mut same = |a: &[u8], b: &[u8]| {
            if a == b && self.same_bytes {
                return true;
            }
            write_canonical(a, self.old.source.encoding, self.exact, one);
            write_canonical(b, self.new.source.encoding, self.exact, other);
            one == other
        };
        for (a, b) in self.old.key.iter().zip(&self.new.key) {
            if !same(self.old.cell(old, *a), self.new.cell(new, *b)) {
                return Compared::Strangers;
            }
        }
        let alike = Alike::of(old.bytes, new.bytes);
        let mut changes = Vec::new();
        for ((a, b), name) in self.old.shared.iter().zip(&self.new.shared).zip(&self.names) {
            if self.same_bytes && alike.holds(&old.cells[*a], &new.cells[*b])
                || same(self.old.cell(old, *a), self.new.cell(new, *b))
            {
                continue;
            }
            let ((was, bad), (is, bad_too)) = (self.old.text(old, *a), self.new.text(new, *b));
            changes.push(CellChange {
                key: self.old.key_text(old),
                column: Arc::clone(name),
                old: was,
                new: is,
                old_line: self.old.lines.line(place.0),
                new_line: self.new.lines.line(place.1),
                undecodable: bad || bad_too,
            });
        }
        Compared::Changes(changes)
    }
}

/// How many bytes two rows have in common at their beginnings and at their ends: most cells of a changed row
/// lie in one of them and need no look of their own.
struct Alike {
    lengths: [usize; 2],
    front: usize,
    back: usize,
}

impl Alike {
    fn of(old: &[u8], new: &[u8]) -> Alike {
        Alike { lengths: [old.len(), new.len()], front: common_front(old, new), back: common_back(old, new) }
    }

    /// Whether these ranges surely hold the same bytes.
    fn holds(&self, old: &Range<usize>, new: &Range<usize>) -> bool {
        let in_front = old == new && old.end <= self.front;
        let [one, other] = self.lengths;
        let behind = (one - old.start, one - old.end) == (other - new.start, other - new.end);
        in_front || behind && one - old.start <= self.back
    }
}

fn common_back(one: &[u8], other: &[u8]) -> usize {
    let words = one.as_rchunks::<8>().1.iter().rev().zip(other.as_rchunks::<8>().1.iter().rev());
    let whole = words.take_while(|(a, b)| a == b).count() * 8;
    let (one, other) = (&one[..one.len() - whole], &other[..other.len() - whole]);
    whole + one.iter().rev().zip(other.iter().rev()).take_while(|(a, b)| a == b).count()
}

fn common_front(one: &[u8], other: &[u8]) -> usize {
    let words = one.as_chunks::<8>().0.iter().zip(other.as_chunks::<8>().0);
    let whole = words.take_while(|(a, b)| a == b).count() * 8;
    whole + one[whole..].iter().zip(&other[whole..]).take_while(|(a, b)| a == b).count()
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
    let step = (joined.pairs.len() / SAMPLE).max(1);
    let sample: Vec<(Place, Place)> = joined.pairs.iter().copied().step_by(step).collect();
    let mut changed = 0;
    for part in work.pairs(&sample) {
        changed +=
            part?.iter().filter(|compared| !matches!(compared, Compared::Changes(cells) if cells.is_empty())).count();
    }
    Ok(changed * 2 >= sample.len())
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
    let mut slabs = pairs.chunks(PAIRS_AT_ONCE);
    let mut ready = slabs.next().map(|slab| (slab, work.pairs(slab)));
    while let Some((slab, compared)) = ready {
        let next = slabs.next();
        let mut coming = Vec::new();
        // While the findings of one slab are told, the next one is compared.
        rayon::in_place_scope(|scope| -> Result<(), Trouble> {
            if let Some(next) = next {
                scope.spawn(|_| coming = work.pairs(next));
            }
            for (compared, places) in compared.into_iter().zip(slab.chunks(PAIRS_A_WORKER)) {
                for (compared, (one, other)) in compared?.into_iter().zip(places) {
                    match compared {
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
            Ok(())
        })?;
        ready = next.map(|next| (next, coming));
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
    let mut reading = Reading::default();
    for entry in these {
        let row = work.old.row(entry.place, &mut reading)?;
        let group = groups.entry(work.old.key_form(row, work.exact)).or_default();
        group.0 = work.old.key_text(row);
        group.1.push(*entry);
    }
    for entry in those {
        let row = work.new.row(entry.place, &mut reading)?;
        let group = groups.entry(work.new.key_form(row, work.exact)).or_default();
        if group.0.is_empty() {
            group.0 = work.new.key_text(row);
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

/// Cells behind the last column that are looked at: a row may end with empty ones.
const EXTRA_CELLS_MAX: usize = 10_000;

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
        // So many empty cells are no carelessness.
        _ if count > width + EXTRA_CELLS_MAX => Some(reading::CELLS_MORE.with(values)),
        _ if count > width => {
            let extra: Vec<usize> = (width..count).collect();
            let beyond =
                Half { shape: Shape::new(half.source.delimiter, &extra), key: Vec::new(), shared: Vec::new(), ..*half };
            let mut reading = Reading::default();
            let row = beyond.row(place, &mut reading)?;
            let empty = (0..extra.len())
                .all(|index| split::unquote(beyond.cell(row, index)).iter().all(u8::is_ascii_whitespace));
            (!empty).then(|| reading::CELLS_MORE.with(values))
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(5_000))]
        #[test]
        fn what_is_held_alike_is_the_same(
            one in "[ab]{0,40}", other in "[ab]{0,3}", at in 0usize..40, cut in 0usize..4, ranges in any::<[u8; 2]>()
        ) {
            // The second text is the first with something in it replaced.
            let at = at.min(one.len());
            let new = [&one[..at], &other, &one[(at + cut).min(one.len())..]].concat();
            let (old, new) = (one.as_bytes(), new.as_bytes());
            let alike = Alike::of(old, new);
            let slow = old.iter().zip(new).take_while(|(a, b)| a == b).count();
            prop_assert_eq!(alike.front, slow);
            let slow = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count();
            prop_assert_eq!(alike.back, slow);
            let start = usize::from(ranges[0]) % (old.len() + 1);
            let end = start + usize::from(ranges[1]) % (old.len() + 1 - start);
            for shift in 0..new.len() + 1 {
                let there = shift..shift + end - start;
                if there.end <= new.len() && alike.holds(&(start..end), &there) {
                    prop_assert_eq!(&old[start..end], &new[there]);
                }
            }
        }
    }
}
