//! A file's bytes and its layout to a sheet of text: judge the encoding, cut the records, find the
//! columns, decode the wanted cells. What cannot be used comes back as data: rows refused one by one,
//! rows put aside, or the file as a whole with one clear reason.
//!
//! Values are kept as the file has them. Knows nothing of what a column means, or where the bytes came from.

use super::clean;
use super::decode::{self, Undecodable};
use super::encode::{Unmappable, cp932};
use super::header::{did_you_mean, normalise_name};
use super::paper::{guard, label};
use super::split::{self, Broken, Rows, Shape, count_lines};
use crate::model::layout::{Column, Field, Header, Layout};
use crate::model::pipeline::LayoutOver;
use crate::model::rejection::{FileRefusal, Rejection, SetAside, UNSAID};
use crate::model::sheet::{Block, Encoding, Sheet, SheetRow, Source};
use crate::model::words::{Lang, Why, reading};
use rayon::prelude::*;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

mod kind;

/// Columns that our own sheets of refused rows carry at the far right; a mended sheet brings them back.
pub const ERROR_COLUMNS: [&str; 5] = ["エラー行", "エラー項目", "エラー値", "エラー理由", "対処方法"];

/// Bytes one worker looks through for marks.
const MARK_CHUNK: usize = 1 << 20;

/// Rows that one worker makes at a time; their cells lie in one piece.
const ROWS_A_BLOCK: usize = 2048;

/// How much is read at all. Beyond it something is wrong with the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub file_bytes_max: u64,
    pub cell_bytes_max: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { file_bytes_max: 2 << 30, cell_bytes_max: 16 << 20 }
    }
}

/// What became of a file.
#[derive(Debug)]
pub struct ReadSheet {
    /// Columns: the layout's name of each logical column found, then the extra names that were found.
    pub sheet: Sheet,
    pub rejected: Vec<Rejection>,
    pub set_aside: Vec<SetAside>,
    /// What a person may like to know about the file as such.
    pub notes: Vec<Why>,
    pub encoding: Encoding,
    /// The file's own names, if it has a header.
    pub header: Option<Vec<String>>,
    pub delimiter: char,
    /// Extra names that the file does not have.
    pub missing: Vec<String>,
    /// Records that are not blank: the sheet's rows, the rejected and those set aside.
    pub rows_read: u64,
    names: Vec<String>,
    called: Vec<Called>,
    /// Where our own columns stand in a sheet of ours that came back.
    ours: Range<usize>,
    /// Where each record begins, and its bytes without the line end.
    records: Vec<(u64, u32)>,
    recoded: Option<Vec<u8>>,
}

/// A record as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Raw<'a> {
    /// It stands here in the file's bytes.
    InFile(Range<u64>),
    /// The file had to be recoded: these are its bytes.
    Recoded(&'a [u8]),
}

impl ReadSheet {
    /// Where a record (1 = the first under the header) can be had, since the file's bytes are not kept.
    pub fn raw(&self, record: u32) -> Option<Raw<'_>> {
        let (start, length) = *self.records.get((record as usize).checked_sub(1)?)?;
        let range = start..start + u64::from(length);
        match &self.recoded {
            Some(text) => text.get(range.start as usize..range.end as usize).map(Raw::Recoded),
            None => Some(Raw::InFile(range)),
        }
    }

    /// All cells of a record as text, for people's eyes: bytes that are no character show as �. Columns of our own error
    /// sheets are left out. `raw` are its bytes ([`ReadSheet::raw`]).
    pub fn original(&self, raw: &[u8]) -> Vec<String> {
        split::cells(raw, self.delimiter as u8)
            .iter()
            .enumerate()
            .filter(|(place, _)| !self.ours.contains(place))
            .map(|(_, cell)| self.without_guard(lossy(cell, self.encoding)))
            .collect()
    }

    /// The names above [`ReadSheet::original`]'s cells: the file's own, or the layout's for a file without header.
    pub fn original_header(&self) -> &[String] {
        &self.names
    }

    /// The refusal for an extra name of [`ReadSheet::missing`] that a stage cannot do without.
    pub fn refuse_missing(&self, file: &str, column: &str) -> FileRefusal {
        let refusal = Refusal { file };
        match &self.header {
            Some(found) => refusal.missing(&[column], found, None),
            None => refusal.place_unknown(column),
        }
    }

    /// A rejection in the file's own words: the name that this file has for the column, and the cell as it
    /// stands there. `dates` are the columns that its ship date is taken from, the first filled one; `raw` are the bytes
    /// of the rejected record.
    pub fn in_its_words(&self, raw: &[u8], mut rejection: Rejection, dates: &[String]) -> Rejection {
        let Some(said) = &rejection.column else { return rejection };
        let field = SPOKEN.iter().find(|(name, _)| name == said).map(|(_, field)| *field);
        let dated = || {
            let named = |name: &String| self.called.iter().find(|called| called.name == *name);
            let filled = |called: &&Called| !self.shown(raw, called.place).trim().is_empty();
            dates.iter().filter_map(named).find(filled)
        };
        let called = match field {
            Some(Field::ShipDate) => dated(),
            _ => None,
        };
        let called = called
            .or_else(|| self.called.iter().find(|called| called.name == *said))
            .or_else(|| self.called.iter().find(|called| field.is_some() && called.field == field));
        if let Some(called) = called {
            let main = rejection.column.replace(called.shown.clone());
            let shown = rejection.why.values.get_mut("column");
            if let Some(shown) = shown.filter(|shown| Some(&**shown) == main.as_ref()) {
                shown.clone_from(&called.shown);
            }
            // What the comparison will not repeat, because it is about a person, is not fetched from the file either.
            if rejection.value.as_deref().is_some_and(|value| value != UNSAID) {
                rejection.value = Some(self.shown(raw, called.place));
            }
        }
        rejection
    }

    /// One cell of a record as a person sees it in the file.
    fn shown(&self, raw: &[u8], place: usize) -> String {
        let cells = split::cells(raw, self.delimiter as u8);
        self.without_guard(cells.get(place).map(|cell| lossy(cell, self.encoding)).unwrap_or_default())
    }

    /// What we put before a cell for a spreadsheet's sake is no part of it.
    fn without_guard(&self, cell: String) -> String {
        if self.ours.is_empty() { cell } else { guard::unguarded(&cell).to_owned() }
    }

    fn empty(encoding: Encoding, delimiter: char, notes: Vec<Why>) -> ReadSheet {
        ReadSheet {
            sheet: Sheet::default(),
            rejected: Vec::new(),
            set_aside: Vec::new(),
            notes,
            encoding,
            header: None,
            delimiter,
            missing: Vec::new(),
            rows_read: 0,
            names: Vec::new(),
            called: Vec::new(),
            ours: 0..0,
            records: Vec::new(),
            recoded: None,
        }
    }
}

/// A column of the sheet, and what the file calls it.
#[derive(Clone, Debug)]
struct Called {
    field: Option<Field>,
    name: String,
    shown: String,
    place: usize,
}

/// RMS's names for what the comparison speaks of, whatever a file calls it.
const SPOKEN: [(&str, Field); 7] = [
    ("注文番号", Field::Key),
    ("送付先ID", Field::Basket),
    ("発送明細ID", Field::Row),
    ("お荷物伝票番号", Field::Number),
    ("配送会社", Field::Carrier),
    ("発送日", Field::ShipDate),
    ("処理", Field::Action),
];

/// Whether a cell shows by itself that it was not cut: a closing quote, a date with all its digits, a number so long
/// that its own check tells. An empty cell has nothing to cut.
fn is_whole(raw: &[u8]) -> bool {
    let code = raw.len() >= WHOLE_CODE && raw.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'/'));
    raw.iter().all(u8::is_ascii_whitespace) || code || matches!(raw, [b'"', .., b'"'])
}

/// Characters of a full date; order and tracking numbers have as many or more, and their own checks.
const WHOLE_CODE: usize = 10;

fn ends_with_a_line_end(text: &[u8]) -> bool {
    text.strip_suffix(b"\x1a").unwrap_or(text).last().is_none_or(|byte| matches!(byte, b'\n' | b'\r'))
}

/// Reads a file. `extra` names further columns of the file (or the layout) that later steps use; those
/// not found are listed in [`ReadSheet::missing`], since a step may bring them itself.
pub fn read_sheet(
    bytes: &[u8],
    file: &Arc<str>,
    layout: &Layout,
    over: &LayoutOver,
    extra: &[String],
    limits: &Limits,
) -> Result<ReadSheet, FileRefusal> {
    let refusal = Refusal { file };
    if bytes.len() as u64 > limits.file_bytes_max {
        let values = [("size", bytes.len().to_string()), ("limit", limits.file_bytes_max.to_string())];
        return Err(refusal.whole(reading::FILE_TOO_LARGE.with(values)));
    }
    if let Some(why) = no_text(bytes) {
        return Err(refusal.whole(why));
    }
    let setting = over.encoding.as_deref().unwrap_or(&layout.encoding);
    let encoding = decode::judge(bytes, Some(setting)).map_err(|trouble| refusal.undecodable(trouble, setting))?;
    let mut notes = Vec::new();
    let recoded = match encoding {
        Encoding::Utf16Le | Encoding::Utf16Be => {
            notes.push(reading::UTF16_FOUND.plain());
            let text = decode::utf16(bytes, encoding).map_err(|trouble| refusal.undecodable(trouble, setting))?;
            Some(text.into_bytes())
        }
        Encoding::Ascii | Encoding::Utf8 | Encoding::Utf8Bom | Encoding::Cp932 => None,
    };
    let mut text = recoded.as_deref().unwrap_or(bytes);
    if let [whole @ .., 0x1a] = text {
        notes.push(reading::EOF_MARK.plain());
        text = whole;
    }
    let marks = marks(text, &spelt(&label::ROW_TO_MEND, encoding), MARK_CHUNK);
    if let Some(at) = marks.end_of_file {
        let count = memchr::memchr_iter(0x1a, text).count();
        let line = count_lines(&text[..at]) + 1;
        notes.push(reading::EOF_MARK_INSIDE.with([("count", count.to_string()), ("line", line.to_string())]));
    }
    let begin = decode::bom_length(text);
    if encoding == Encoding::Utf8Bom {
        notes.push(reading::BOM_FOUND.plain());
    }
    let delimiter = delimiter(&text[begin..], over.delimiter);
    if halves(delimiter, encoding) {
        return Err(refusal.whole(reading::DELIMITER_HALVES.plain()));
    }
    if delimiter != b',' && over.delimiter.is_none() {
        let shown = if delimiter == b'\t' { "Tab".to_owned() } else { char::from(delimiter).to_string() };
        notes.push(reading::OTHER_DELIMITER.with([("delimiter", shown)]));
    }
    let Some((first, after_first)) = split::first_record(text, begin, delimiter) else {
        // Nothing at all, or broken in its first record: then the cut says how.
        split::split(text, begin, &Shape::new(delimiter, &[]), split::CHUNK_BYTES)
            .map_err(|broken| refusal.broken(broken))?;
        notes.push(reading::NO_ROWS.plain());
        return Ok(ReadSheet::empty(encoding, char::from(delimiter), notes));
    };
    let first_line = count_lines(&text[..first.start]) as u32 + 1;
    let first: Vec<String> = split::cells(&text[first], delimiter).iter().map(|cell| lossy(cell, encoding)).collect();

    let wanted = Wanted { layout, over, extra };
    let header = wanted.header(&first);
    let setting = over.header.unwrap_or(layout.header);
    if header && setting == Header::No {
        notes.push(reading::HEADER_FOUND.plain());
    }
    let header = header.then_some(first);
    let found = match &header {
        Some(names) => wanted.by_name(names, first_line, &refusal, &mut notes)?,
        None => wanted.by_place(&refusal)?,
    };
    let from = if header.is_some() { after_first } else { begin };
    let places: Vec<usize> =
        found.taken.iter().flat_map(|taken| std::iter::once(&taken.place).chain(&taken.also)).copied().collect();
    let rows = split::split(text, from, &Shape::new(delimiter, &places), split::CHUNK_BYTES)
        .map_err(|broken| refusal.broken(broken))?;

    let width = match &header {
        Some(names) => Width {
            least: names.iter().rposition(|name| !name.trim().is_empty()).map_or(names.len(), |last| last + 1),
            most: names.len(),
        },
        None => {
            let count = usual_count(&rows, &layout.counts);
            if !rows.rows().is_empty() && !layout.counts.is_empty() && !layout.counts.contains(&count) {
                let expected = layout.counts.iter().map(usize::to_string).collect::<Vec<_>>().join(" / ");
                let found = ("found", count.to_string());
                let why = match kind::by_count(count, layout) {
                    Some(other) => {
                        let other = ("other", other.title.clone());
                        reading::COLUMN_COUNT_OTHER.with([found, ("expected", expected), other])
                    }
                    None => reading::COLUMN_COUNT.with([found, ("expected", expected)]),
                };
                return Err(refusal.whole(why));
            }
            Width { least: count, most: count }
        }
    };
    if let (None, Some(beyond)) = (&header, found.taken.iter().find(|taken| taken.needed && taken.place >= width.most))
        && !rows.rows().is_empty()
    {
        return Err(refusal.place_unknown(&beyond.shown));
    }
    let ours = header.as_deref().map_or(0..0, our_columns);
    let names = match &header {
        Some(names) if ours.is_empty() => names.clone(),
        Some(names) => without(names, &ours).map(|name| guard::unguarded(name).to_owned()).collect(),
        None => wanted.names_by_place(width.most),
    };
    let named = |place: &usize| header.as_ref().is_some_and(|names| says(&label::SURPLUS, &names[*place]));
    let reader = Reader {
        text,
        file,
        encoding,
        rows: &rows,
        width,
        found: &found,
        limits,
        guarded: !ours.is_empty(),
        marked: marks.wanted,
        surplus: (0..ours.start).filter(named).collect(),
        open_end: !ends_with_a_line_end(text) && memchr::memchr2(b'\n', b'\r', text).is_some(),
    };
    let count = rows.rows().len();
    let blocks: Vec<Made> = (0..count.div_ceil(ROWS_A_BLOCK))
        .into_par_iter()
        .map(|block| reader.block(block * ROWS_A_BLOCK..((block + 1) * ROWS_A_BLOCK).min(count)))
        .collect();
    // A last row without its end, too short: the file was cut, and what else is missing nobody can know.
    if let (Some(last), false) = (blocks.last().and_then(|made| made.rejected.last()), ends_with_a_line_end(text))
        && last.source.record as usize == count
        && last.why.code() == reading::CELLS_FEWER.code
    {
        return Err(FileRefusal {
            file: file.to_string(),
            line: Some(last.source.line),
            column: None,
            value: last.value.clone(),
            why: reading::FILE_CUT.plain(),
        });
    }
    let mut out = ReadSheet::empty(encoding, char::from(delimiter), notes);
    out.sheet.columns = found.taken.iter().map(|taken| taken.name.clone()).collect();
    out.called = found.taken.iter().map(Taken::called).collect();
    out.sheet.rows.reserve(blocks.iter().map(|made| made.rows.len()).sum());
    for Made { rows, rejected, set_aside } in blocks {
        out.rows_read += (rows.len() + rejected.len() + set_aside.len()) as u64;
        out.sheet.rows.extend(rows);
        out.rejected.extend(rejected);
        out.set_aside.extend(set_aside);
    }
    if out.rows_read == 0 {
        out.notes.push(reading::NO_ROWS.plain());
    }
    out.header = header;
    out.missing = found.missing;
    out.names = names;
    out.ours = ours;
    out.records = rows.rows().iter().map(|row| (row.start, row.length)).collect();
    out.recoded = recoded;
    Ok(out)
}

/// Whether a text of ours stands in a cell, in either language.
fn says(label: &label::Label, cell: &str) -> bool {
    [Lang::Ja, Lang::En].iter().any(|lang| cell.trim() == label.of(*lang))
}

/// A text of ours as the bytes of a file, in either language.
fn spelt(label: &label::Label, encoding: Encoding) -> Vec<Vec<u8>> {
    [Lang::Ja, Lang::En]
        .iter()
        .filter_map(|lang| match encoding {
            Encoding::Cp932 => cp932(label.of(*lang), Unmappable::Stop).ok(),
            _ => Some(label.of(*lang).as_bytes().to_vec()),
        })
        .collect()
}

/// What stands in a file's bytes, whatever its cells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Marks {
    /// The first DOS end-of-file mark.
    end_of_file: Option<usize>,
    /// One of the texts that were looked for is there.
    wanted: bool,
}

/// All in one look, part by part: each is asked for everything while it is in the cache. `chunk` changes nothing
/// but the pace.
fn marks(text: &[u8], wanted: &[Vec<u8>], chunk: usize) -> Marks {
    let finders: Vec<memchr::memmem::Finder> = wanted.iter().map(memchr::memmem::Finder::new).collect();
    // What crosses the end of a part is found in it.
    let longest = wanted.iter().map(Vec::len).max().unwrap_or(0).saturating_sub(1);
    (0..text.len().div_ceil(chunk))
        .into_par_iter()
        .map(|part| {
            let from = part * chunk;
            let rest = &text[from..];
            let end_of_file = memchr::memchr(0x1a, &rest[..chunk.min(rest.len())]).map(|at| from + at);
            let part = &rest[..(chunk + longest).min(rest.len())];
            Marks { end_of_file, wanted: finders.iter().any(|finder| finder.find(part).is_some()) }
        })
        .reduce(Marks::default, |before, after| Marks {
            end_of_file: before.end_of_file.or(after.end_of_file),
            wanted: before.wanted || after.wanted,
        })
}

/// Where a header has our error columns; a person may have added one of theirs to the right of them.
fn our_columns(names: &[String]) -> Range<usize> {
    let is = |at: usize, wanted: &str| names.get(at).is_some_and(|name| normalise_name(name) == wanted);
    (0..names.len())
        .find(|start| ERROR_COLUMNS.iter().enumerate().all(|(index, wanted)| is(start + index, wanted)))
        .map_or(0..0, |start| start..start + ERROR_COLUMNS.len())
}

/// A header's names, or a row's cells, that are the file's own.
fn without<'a, T>(all: &'a [T], ours: &Range<usize>) -> impl Iterator<Item = &'a T> {
    let ours = ours.clone();
    all.iter().enumerate().filter(move |(place, _)| !ours.contains(place)).map(|(_, one)| one)
}

/// Text for people's eyes; the only place where bytes may turn into replacement characters.
pub(super) fn lossy(bytes: &[u8], encoding: Encoding) -> String {
    match decode::cell(bytes, encoding) {
        Ok(text) => text.into_owned(),
        Err(_) if encoding == Encoding::Cp932 => {
            encoding_rs::SHIFT_JIS.decode_without_bom_handling(bytes).0.into_owned()
        }
        Err(_) => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// Files of other kinds that end up with the name of a CSV.
pub(super) fn no_text(bytes: &[u8]) -> Option<Why> {
    // Workbooks of today (a zip) and of old.
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"\xd0\xcf\x11\xe0") {
        return Some(reading::NOT_A_CSV.plain());
    }
    bytes.starts_with(b"\x1f\x8b").then(|| reading::COMPRESSED.plain())
}

/// Whether a delimiter may be half of a character: `|` is the second byte of ポ and － in CP932.
pub(super) fn halves(delimiter: u8, encoding: Encoding) -> bool {
    encoding == Encoding::Cp932 && matches!(delimiter, 0x40..=0x7e | 0x80..)
}

/// The delimiter: as set, else the one that the first line has most of, the comma before the others.
pub(super) fn delimiter(text: &[u8], set: Option<char>) -> u8 {
    if let Some(set) = set.and_then(|set| u8::try_from(set).ok()) {
        return set;
    }
    let mut counts = [(b',', 0usize), (b'\t', 0), (b';', 0)];
    let mut quoted = false;
    for &byte in text.iter().skip_while(|byte| matches!(byte, b'\r' | b'\n')) {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted => break,
            _ if quoted => {}
            _ => counts.iter_mut().filter(|(known, _)| *known == byte).for_each(|(_, count)| *count += 1),
        }
    }
    let [comma, rest @ ..] = counts;
    rest.into_iter().fold(comma, |best, other| if other.1 > best.1 { other } else { best }).0
}

/// Cells that a row may have.
#[derive(Clone, Copy)]
struct Width {
    least: usize,
    most: usize,
}

/// The count of cells that most records have; among equals one that is allowed, then the larger.
fn usual_count(rows: &Rows, allowed: &[usize]) -> usize {
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    for row in rows.rows() {
        *counts.entry(row.cells as usize).or_default() += 1;
    }
    counts
        .into_iter()
        .max_by_key(|(count, rows)| (*rows, allowed.contains(count), *count))
        .map_or(0, |(count, _)| count)
}

/// A column of the file that goes into the sheet.
struct Taken {
    field: Option<Field>,
    /// The sheet's name for it.
    name: String,
    /// The file's name for it, for messages.
    shown: String,
    /// From 0.
    place: usize,
    /// Further columns that say the same thing; a row where they disagree is refused.
    also: Vec<usize>,
    needed: bool,
    /// Texts that this cell holds in a repeated header.
    header: Vec<String>,
}

impl Taken {
    fn called(&self) -> Called {
        Called { field: self.field, name: self.name.clone(), shown: self.shown.clone(), place: self.place }
    }
}

/// Money, and why it falls. Under whatever of its names such a column stands, a second one says the same or
/// contradicts it; elsewhere a column of another name is only the next best (出荷日 where there is no 発送日).
const MONEY: [Field; 9] = [
    Field::Postage,
    Field::CodFee,
    Field::Price,
    Field::PriceExcluded,
    Field::PriceIncluded,
    Field::Units,
    Field::TaxRate,
    Field::Tax,
    Field::Reason,
];

struct Found {
    taken: Vec<Taken>,
    missing: Vec<String>,
    /// The order key's place in `taken`.
    key: Option<usize>,
}

/// What is looked for.
struct Wanted<'a> {
    layout: &'a Layout,
    over: &'a LayoutOver,
    extra: &'a [String],
}

impl Wanted<'_> {
    fn is_needed(&self, field: Field) -> bool {
        field == Field::Key || self.layout.needed.contains(&field)
    }

    /// Names under which a field may stand in a header, the likeliest first.
    fn names<'b>(&'b self, field: Field, column: &'b Column) -> Vec<&'b str> {
        match self.over.columns.get(&field) {
            Some(name) => vec![name],
            None => std::iter::once(&column.name).chain(&column.aliases).map(String::as_str).collect(),
        }
    }

    /// Whether the first record is a header.
    fn header(&self, first: &[String]) -> bool {
        let setting = self.over.header.unwrap_or(self.layout.header);
        if setting == Header::Yes {
            return true;
        }
        let (mut needed, mut known) = (BTreeSet::new(), BTreeSet::new());
        for (field, column) in &self.layout.columns {
            let names = self.names(*field, column).into_iter().map(normalise_name);
            if self.is_needed(*field) { needed.extend(names) } else { known.extend(names) }
        }
        known.extend(self.layout.all_columns.iter().chain(self.extra).map(|name| normalise_name(name)));
        let cells: Vec<String> =
            first.iter().map(|cell| normalise_name(cell)).filter(|cell| !cell.is_empty()).collect();
        if cells.iter().any(|cell| needed.contains(cell)) {
            return true;
        }
        let wrong: BTreeSet<String> = self.layout.not_this.keys().map(|name| normalise_name(name)).collect();
        let hits = cells.iter().filter(|cell| known.contains(*cell) || wrong.contains(*cell)).count();
        if hits >= 2 && hits * 2 >= cells.len() || cells.iter().any(|cell| wrong.contains(cell)) {
            return true;
        }
        if kind::another(&cells, self.layout).is_some() {
            return true;
        }
        // Without any known place, a file can only be read by names.
        setting == Header::Auto && self.layout.columns.values().all(|column| column.position.is_none())
    }

    fn by_name(
        &self,
        names: &[String],
        line: u32,
        refusal: &Refusal<'_>,
        notes: &mut Vec<Why>,
    ) -> Result<Found, FileRefusal> {
        let ours = our_columns(names);
        let own: Vec<String> = without(names, &ours).cloned().collect();
        let normal: Vec<String> = (0..names.len())
            .map(|place| if ours.contains(&place) { String::new() } else { normalise_name(&names[place]) })
            .collect();
        for (wrong, hint) in &self.layout.not_this {
            let wrong_name = normalise_name(wrong);
            if normal.contains(&wrong_name) {
                let why = reading::WRONG_FILE.with([
                    ("column", wrong.clone()),
                    ("hint_ja", hint.ja.clone()),
                    ("hint_en", hint.en.clone()),
                ]);
                return Err(refusal.at(why, Some(line), Some(wrong.clone())));
            }
        }
        let places = |wanted: &str| -> Vec<usize> {
            let wanted = normalise_name(wanted);
            (0..normal.len()).filter(|place| normal[*place] == wanted).collect()
        };
        let take = |field: Option<Field>, name: &str, place: usize, needed: bool| Taken {
            field,
            name: name.to_owned(),
            shown: names[place].trim().to_owned(),
            place,
            also: Vec::new(),
            needed,
            header: vec![names[place].clone()],
        };
        let mut found = Found { taken: Vec::new(), missing: Vec::new(), key: None };
        let mut absent: Vec<(String, Vec<&str>)> = Vec::new();
        for (field, column) in &self.layout.columns {
            let wanted = self.names(*field, column);
            let needed = self.is_needed(*field);
            let mut hits = wanted.iter().map(|name| places(name)).filter(|places| !places.is_empty());
            let mut hit = hits.next();
            if let Some(places) = &mut hit
                && MONEY.contains(field)
            {
                places.extend(hits.flatten());
            }
            match hit.as_deref() {
                None if needed => {
                    absent.push((wanted.first().copied().unwrap_or_default().to_owned(), wanted.clone()));
                }
                None => {}
                Some([place]) => {
                    if *field == Field::Key {
                        found.key = Some(found.taken.len());
                    }
                    found.taken.push(take(Some(*field), &column.name, *place, needed));
                }
                Some([first, also @ ..]) if !needed => {
                    let shown: Vec<&str> =
                        std::iter::once(first).chain(also).map(|place| names[*place].trim()).collect();
                    notes.push(reading::COLUMNS_COMPARED.with([("columns", shown.join("`, `"))]));
                    found.taken.push(Taken { also: also.to_vec(), ..take(Some(*field), &column.name, *first, false) });
                }
                Some(places) => return Err(refusal.twice(names, places, line)),
            }
        }
        let other = match absent.is_empty() {
            true => kind::another_carriers(&normal, self.layout, self.over),
            false => kind::another(&normal, self.layout),
        };
        if let Some(kind::Other { layout, telling }) = other {
            let spelt = |name: &String| normal.iter().position(|known| known == name).map(|at| names[at].trim());
            let telling: Vec<&str> = telling.iter().filter_map(spelt).collect();
            let why = reading::OTHER_KIND.with([
                ("own", self.layout.title.clone()),
                ("other", layout.title.clone()),
                ("layout", layout.name.clone()),
                ("columns", telling.join("`, `")),
            ]);
            return Err(refusal.at(why, Some(line), telling.first().map(|name| (*name).to_owned())));
        }
        if let Some((name, wanted)) = absent.first() {
            let mut refused = refusal.missing(wanted, &own, Some(line));
            if absent.len() > 1 {
                let all = absent.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join("`, `");
                refused.why.values.insert("column", all);
            }
            refused.column = Some(name.clone());
            return Err(refused);
        }
        for name in self.extra {
            if found.taken.iter().any(|taken| taken.name == *name) {
                continue;
            }
            match places(name).as_slice() {
                [] => match self.logical(name, &found) {
                    Some(place) => found.taken.push(take(None, name, place, false)),
                    None => found.missing.push(name.clone()),
                },
                [place] => found.taken.push(take(None, name, *place, true)),
                several => return Err(refusal.twice(names, several, line)),
            }
        }
        Ok(found)
    }

    /// The place of the column that a name means through its field: a pipeline may say 出荷予定日 where
    /// this file's header says 出荷日.
    fn logical(&self, name: &str, found: &Found) -> Option<usize> {
        let name = normalise_name(name);
        let (_, column) = self.layout.columns.iter().find(|(_, column)| {
            std::iter::once(&column.name).chain(&column.aliases).any(|known| normalise_name(known) == name)
        })?;
        found.taken.iter().find(|taken| taken.name == column.name).map(|taken| taken.place)
    }

    fn by_place(&self, refusal: &Refusal<'_>) -> Result<Found, FileRefusal> {
        let all: Vec<String> = self.layout.all_columns.iter().map(|name| normalise_name(name)).collect();
        let place_of = |name: &str| {
            let name = normalise_name(name);
            all.iter().position(|known| *known == name)
        };
        let mut found = Found { taken: Vec::new(), missing: Vec::new(), key: None };
        for (field, column) in &self.layout.columns {
            let needed = self.is_needed(*field);
            let own = column.position.and_then(|position| position.checked_sub(1)).or_else(|| place_of(&column.name));
            let place = match self.over.columns.get(field) {
                // A shop may name another column, or its number.
                Some(name) => place_of(name)
                    .or_else(|| name.trim().parse::<usize>().ok()?.checked_sub(1))
                    .or(if normalise_name(name) == normalise_name(&column.name) { own } else { None }),
                None => own,
            };
            let Some(place) = place else {
                if needed {
                    let shown = self.over.columns.get(field).unwrap_or(&column.name);
                    return Err(refusal.place_unknown(shown));
                }
                continue;
            };
            if *field == Field::Key {
                found.key = Some(found.taken.len());
            }
            let header = std::iter::once(&column.name).chain(&column.aliases).cloned().collect();
            let shown = column.name.clone();
            let (field, name) = (Some(*field), column.name.clone());
            found.taken.push(Taken { field, name, shown, place, also: Vec::new(), needed, header });
        }
        for name in self.extra {
            if found.taken.iter().any(|taken| taken.name == *name) {
                continue;
            }
            match place_of(name).or_else(|| self.logical(name, &found)) {
                Some(place) => found.taken.push(Taken {
                    field: None,
                    name: name.clone(),
                    shown: name.clone(),
                    place,
                    also: Vec::new(),
                    needed: false,
                    header: vec![name.clone()],
                }),
                None => found.missing.push(name.clone()),
            }
        }
        Ok(found)
    }

    /// Names for the columns of a file without header, as far as they are known.
    fn names_by_place(&self, width: usize) -> Vec<String> {
        (0..width)
            .map(|place| {
                let logical = || self.layout.columns.values().find(|column| column.position == Some(place + 1));
                self.layout
                    .all_columns
                    .get(place)
                    .or_else(|| logical().map(|column| &column.name))
                    .cloned()
                    .unwrap_or_else(|| format!("列{}", place + 1))
            })
            .collect()
    }
}

/// What some records became, in their order.
struct Made {
    rows: Vec<SheetRow>,
    rejected: Vec<Rejection>,
    set_aside: Vec<SetAside>,
}

enum Outcome {
    /// Its cells are the last ones of the block.
    Row,
    Rejected(Box<Rejection>),
    Aside(Box<SetAside>),
    Blank,
}

/// Texts that stand in the key's place on a totals line.
const TOTALS: [&str; 6] = ["合計", "総合計", "小計", "総計", "計", "合計行"];

struct Reader<'a> {
    text: &'a [u8],
    file: &'a Arc<str>,
    encoding: Encoding,
    rows: &'a Rows,
    width: Width,
    found: &'a Found,
    limits: &'a Limits,
    /// A sheet that we wrote: what we put in front of a cell for a spreadsheet's sake comes off.
    guarded: bool,
    /// Somewhere stands our request to mend a row: rows that still carry it are not mended.
    marked: bool,
    /// Columns of our sheets for cells that a row had too many.
    surplus: Vec<usize>,
    /// Lines of this file end with a line end, and the last one does not: its last cell may be cut.
    open_end: bool,
}

impl Reader<'_> {
    fn block(&self, records: Range<usize>) -> Made {
        let mut block = Block::default();
        let mut rows = Vec::with_capacity(records.len());
        let (mut rejected, mut set_aside) = (Vec::new(), Vec::new());
        for index in records {
            let first = block.len();
            let outcome = self.row(index, &mut block);
            if !matches!(outcome, Outcome::Row) {
                block.truncate(first);
            }
            match outcome {
                Outcome::Row => rows.push((index as u32 + 1, self.rows.rows()[index].lines + 1, first)),
                Outcome::Rejected(rejection) => rejected.push(*rejection),
                Outcome::Aside(aside) => set_aside.push(*aside),
                Outcome::Blank => {}
            }
        }
        Made { rows: block.into_rows(&rows), rejected, set_aside }
    }

    fn row(&self, index: usize, block: &mut Block) -> Outcome {
        let row = self.rows.rows()[index];
        let record = self.rows.record(self.text, index);
        let delimiter = self.rows.shape().delimiter();
        if record.iter().all(|byte| *byte == delimiter || matches!(byte, b'"' | b' ' | b'\t' | b'\r' | b'\n')) {
            return Outcome::Blank;
        }
        let source = || Source { file: Arc::clone(self.file), record: index as u32 + 1, line: row.lines + 1 };
        let reject = |column: Option<&Taken>, value: Option<String>, why: Why| {
            let column = column.map(|taken| taken.shown.clone());
            Outcome::Rejected(Box::new(Rejection { source: source(), column, value, why }))
        };
        if row.odd.text_after_quote {
            let word = if row.odd.backslash { &reading::BACKSLASH_QUOTE } else { &reading::TEXT_AFTER_QUOTE };
            return reject(None, None, word.plain());
        }
        if (self.marked || !self.surplus.is_empty())
            && let Some(why) = self.unmended(record, delimiter)
        {
            return reject(None, None, why);
        }
        let count = row.cells as usize;
        let surplus = count.saturating_sub(self.width.most);
        if count < self.width.least || (surplus > 0 && !ends_empty(record, delimiter, surplus)) {
            if self.is_totals(record, delimiter) {
                return Outcome::Aside(Box::new(SetAside { source: source(), why: reading::TOTALS_LINE.plain() }));
            }
            let word = match (row.odd.stray_quote, surplus > 0) {
                (true, _) => &reading::STRAY_QUOTE,
                (false, true) => &reading::CELLS_MORE,
                (false, false) => &reading::CELLS_FEWER,
            };
            let values = [("found", count.to_string()), ("expected", self.width.most.to_string())];
            return reject(None, None, word.with(values));
        }
        let first = block.len();
        for taken in &self.found.taken {
            let here = block.len();
            if let Err((value, why)) = self.cell(index, taken.place, block) {
                return reject(Some(taken), value, why);
            }
            for place in &taken.also {
                if let Err((value, why)) = self.cell(index, *place, block) {
                    return reject(Some(taken), value, why);
                }
                let (one, two) = (clean::bare(block.cell(here)).text, clean::bare(block.cell(here + 1)).text);
                if !one.is_empty() && !two.is_empty() && one != two {
                    let why = reading::COLUMNS_DISAGREE.with([
                        ("column", taken.shown.clone()),
                        ("first", one.into_owned()),
                        ("second", two.into_owned()),
                    ]);
                    return reject(Some(taken), Some(block.cell(here).to_owned()), why);
                }
                let needless = if one.is_empty() { here } else { here + 1 };
                block.remove(needless);
            }
        }
        let cells = |place: usize| block.cell(first + place);
        if let Some(why) = self.not_a_row(&cells, record, delimiter) {
            return why.map_or(Outcome::Blank, |why| Outcome::Aside(Box::new(SetAside { source: source(), why })));
        }
        if let Some((taken, value)) = self.open_cell(index, count) {
            return reject(Some(taken), Some(value.clone()), reading::LAST_CELL_OPEN.with([("value", value)]));
        }
        Outcome::Row
    }

    /// A row of our own error sheet whose shape was broken and that nobody mended: in the sheet every row has
    /// its cells, so the count alone would let it through.
    fn unmended(&self, record: &[u8], delimiter: u8) -> Option<Why> {
        let cells = split::cells(record, delimiter);
        let cells: Vec<String> = cells.iter().map(|cell| lossy(cell, self.encoding)).collect();
        if self.marked && cells.iter().any(|cell| says(&label::ROW_TO_MEND, cell)) {
            return Some(reading::ROW_UNMENDED.plain());
        }
        let last =
            self.surplus.iter().rev().find(|place| cells.get(**place).is_some_and(|cell| !cell.trim().is_empty()))?;
        let own = self.surplus.first()?;
        Some(reading::CELLS_MORE.with([("found", (last + 1).to_string()), ("expected", own.to_string())]))
    }

    /// The last cell of a file whose last line has no end, if its column is used and nothing shows that the
    /// cell is whole: `110` may be what a broken copy left of `1100`.
    fn open_cell(&self, row: usize, count: usize) -> Option<(&Taken, String)> {
        if !self.open_end || row + 1 != self.rows.rows().len() {
            return None;
        }
        let last = count.checked_sub(1)?;
        let taken = self.found.taken.iter().find(|taken| taken.place == last || taken.also.contains(&last))?;
        let raw = self.rows.cell(self.text, row, self.rows.shape().place(last)?);
        (!is_whole(raw)).then(|| (taken, lossy(raw, self.encoding)))
    }

    /// Puts a cell's text into the block, or says what is wrong with it and how to show it.
    fn cell(&self, row: usize, place: usize, block: &mut Block) -> Result<(), (Option<String>, Why)> {
        // The shape holds every place that was taken.
        let raw = self.rows.cell(self.text, row, self.rows.shape().place(place).unwrap_or(0));
        if raw.len() > self.limits.cell_bytes_max {
            let values = [("size", raw.len().to_string()), ("limit", self.limits.cell_bytes_max.to_string())];
            return Err((None, reading::CELL_TOO_LARGE.with(values)));
        }
        let bytes = split::unquote(raw);
        let text = decode::cell(&bytes, self.encoding).map_err(|bad| {
            let hex = bad.hex();
            (Some(hex.clone()), reading::CELL_UNREADABLE.with([("bytes", hex)]))
        })?;
        if !self.guarded {
            block.push(|cells| cells.push_str(&unguarded(&text)));
            return Ok(());
        }
        // What was unreadable once is shown like this, and is no text that anybody wrote.
        if text.contains(char::REPLACEMENT_CHARACTER) {
            let why = reading::CELL_UNREADABLE.with([("bytes", char::REPLACEMENT_CHARACTER.to_string())]);
            return Err((Some(text.into_owned()), why));
        }
        block.push(|cells| cells.push_str(&unguarded(guard::unguarded(&text))));
        Ok(())
    }

    /// `Some(None)` for a blank record, `Some(Some(why))` for one that speaks of others, `None` for a row.
    fn not_a_row<'b>(&self, cell: &impl Fn(usize) -> &'b str, record: &[u8], delimiter: u8) -> Option<Option<Why>> {
        let taken = &self.found.taken;
        let key = self.found.key.map(|key| cell(key).trim());
        if key.is_some_and(|key| !key.is_empty()) || self.found.key.is_none() && !taken.is_empty() {
            let same =
                |(place, taken): (usize, &Taken)| taken.header.iter().any(|name| name.trim() == cell(place).trim());
            if taken.iter().enumerate().all(same) {
                return Some(Some(reading::HEADER_REPEATED.plain()));
            }
            return key.is_some_and(is_total).then(|| Some(reading::TOTALS_LINE.plain()));
        }
        if self.is_totals(record, delimiter) {
            return Some(Some(reading::TOTALS_LINE.plain()));
        }
        let blank = (0..taken.len()).all(|place| cell(place).trim().is_empty())
            && split::cells(record, delimiter).iter().all(|cell| lossy(cell, self.encoding).trim().is_empty());
        blank.then_some(None)
    }

    /// Whether the first cell with anything in it says 合計.
    fn is_totals(&self, record: &[u8], delimiter: u8) -> bool {
        split::cells(record, delimiter)
            .iter()
            .map(|cell| lossy(cell, self.encoding))
            .find(|cell| !cell.trim().is_empty())
            .is_some_and(|cell| is_total(cell.trim()))
    }
}

fn is_total(text: &str) -> bool {
    TOTALS.contains(&text.trim_end_matches([':', '：']).trim())
}

/// Whether the last `surplus` cells of a record are empty.
fn ends_empty(record: &[u8], delimiter: u8, surplus: usize) -> bool {
    let tail = &record[record.len().saturating_sub(surplus)..];
    if tail.len() == surplus && tail.iter().all(|byte| *byte == delimiter) {
        return true;
    }
    let cells = split::cells(record, delimiter);
    cells.iter().rev().take(surplus).all(|cell| cell.iter().all(u8::is_ascii_whitespace))
}

/// `="0123"` keeps a spreadsheet from eating the zero; the value is what stands inside.
fn unguarded(text: &str) -> Cow<'_, str> {
    let inner = text.trim().strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"'));
    match inner {
        Some(inner) if inner.contains('"') => Cow::Owned(inner.replace("\"\"", "\"")),
        Some(inner) => Cow::Borrowed(inner),
        None => Cow::Borrowed(text),
    }
}

/// Refusals of one file.
pub(super) struct Refusal<'a> {
    pub(super) file: &'a str,
}

/// Names shown when a column is missing; a message with 158 names helps nobody.
const NAMES_SHOWN: usize = 40;

impl Refusal<'_> {
    fn at(&self, why: Why, line: Option<u32>, column: Option<String>) -> FileRefusal {
        FileRefusal { file: self.file.to_owned(), line, column, value: None, why }
    }

    pub(super) fn whole(&self, why: Why) -> FileRefusal {
        self.at(why, None, None)
    }

    pub(super) fn broken(&self, broken: Broken) -> FileRefusal {
        match broken {
            Broken::Nul { at, line } => {
                self.at(reading::NUL_IN_FILE.with([("offset", at.to_string())]), Some(line as u32), None)
            }
            Broken::Unclosed { line, .. } => {
                self.at(reading::QUOTE_UNCLOSED.with([("line", line.to_string())]), Some(line as u32), None)
            }
        }
    }

    pub(super) fn undecodable(&self, trouble: Undecodable, setting: &str) -> FileRefusal {
        match trouble {
            Undecodable::Bytes { offset, line, byte } => {
                let values = [("offset", offset.to_string()), ("byte", format!("{byte:02X}"))];
                self.at(reading::ENCODING_UNCLEAR.with(values), Some(line as u32), None)
            }
            Undecodable::Utf16 { offset, line } => {
                self.at(reading::UTF16_BROKEN.with([("offset", offset.to_string())]), Some(line as u32), None)
            }
            Undecodable::Mojibake => self.whole(reading::MOJIBAKE.plain()),
            Undecodable::Setting => self.whole(reading::ENCODING_SETTING.with([("setting", setting.to_owned())])),
        }
    }

    pub(super) fn twice(&self, names: &[String], places: &[usize], line: u32) -> FileRefusal {
        let name = places.first().map(|place| names[*place].trim().to_owned()).unwrap_or_default();
        let places = places.iter().map(|place| (place + 1).to_string()).collect::<Vec<_>>().join(", ");
        let why = reading::COLUMN_TWICE.with([("column", name.clone()), ("places", places)]);
        self.at(why, Some(line), Some(name))
    }

    pub(super) fn missing(&self, wanted: &[&str], found: &[String], line: Option<u32>) -> FileRefusal {
        let column = wanted.first().copied().unwrap_or_default().to_owned();
        let mut shown = found.iter().take(NAMES_SHOWN).map(|name| name.trim()).collect::<Vec<_>>().join(", ");
        if found.len() > NAMES_SHOWN {
            shown.push_str(", …");
        }
        let why = match did_you_mean(wanted, found.iter().map(String::as_str)) {
            Some(like) => reading::COLUMN_MISSING_LIKE.with([
                ("column", column.clone()),
                ("found", shown),
                ("like", like.trim().to_owned()),
            ]),
            None => reading::COLUMN_MISSING.with([("column", column.clone()), ("found", shown)]),
        };
        self.at(why, line, Some(column))
    }

    fn place_unknown(&self, column: &str) -> FileRefusal {
        self.at(reading::COLUMN_PLACE_UNKNOWN.with([("column", column.to_owned())]), None, Some(column.to_owned()))
    }
}

#[cfg(test)]
mod tests;
