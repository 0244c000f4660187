//! Tidy steps: table to table, in the order the pipeline writes them.
//!
//! The work is done by polars on frames of text columns; nothing is ever guessed to be a number or a
//! date. Every row keeps its record and its line through all steps, and a record that is gone at the end
//! comes back as set aside, with the step that let it go. A step that queries with SQL was left out:
//! polars' SQL would add much to every first build for what `filter` and `lookup` already do.

mod dedupe;
mod fill;
mod filter;
mod lookup;
mod rename;
mod replace;
mod split;
mod trim;

use crate::flow::layout::{normal_name, suggest};
use crate::model::pipeline::Tidy;
use crate::model::rejection::SetAside;
use crate::model::sheet::{Block, Sheet, Source};
use crate::model::words::Why;
use crate::model::words::lifting as words;
use polars::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A sheet after its tidy steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tidied {
    pub sheet: Sheet,
    pub set_aside: Vec<SetAside>,
}

/// Runs the steps in order. `lookups` holds the tables that `lookup` steps name, by the path they write.
///
/// # Errors
/// A column or a lookup file that is not there, a name that is taken, a key that a lookup table answers twice.
pub fn apply(sheet: Sheet, file: &Arc<str>, steps: &[Tidy], lookups: &BTreeMap<String, Sheet>) -> Result<Tidied, Why> {
    if steps.is_empty() {
        return Ok(Tidied { sheet, set_aside: Vec::new() });
    }
    let before: Vec<(u32, u32)> = sheet.rows.iter().map(|row| (row.record, row.line)).collect();
    let mut table = Table::new(&sheet)?;
    drop(sheet);
    for step in steps {
        table = match step {
            Tidy::Filter { column, test } => filter::run(table, column, test),
            Tidy::Rename { columns } => rename::run(table, columns),
            Tidy::Replace { column, values, contains } => replace::run(table, column, values, *contains),
            Tidy::Lookup { file, column, key, take } => lookup::run(table, file, column, key, take, lookups),
            Tidy::Split { column, separator } => split::run(table, column, separator),
            Tidy::Dedupe { columns } => dedupe::run(table, columns),
            Tidy::Fill { column, value } => fill::run(table, column, value),
            Tidy::Trim { columns } => trim::run(table, columns),
        }?;
    }
    let dropped = std::mem::take(&mut table.dropped);
    let sheet = table.into_sheet()?;
    let left: BTreeSet<u32> = sheet.rows.iter().map(|row| row.record).collect();
    let set_aside = before
        .into_iter()
        .filter(|(record, _)| !left.contains(record))
        .filter_map(|(record, line)| {
            let why = dropped.get(&record)?.clone();
            Some(SetAside { source: Source { file: Arc::clone(file), record, line }, why })
        })
        .collect();
    Ok(Tidied { sheet, set_aside })
}

/// The file columns that steps name and that no earlier step has made, for the reader to keep.
pub fn columns_named(steps: &[Tidy]) -> Vec<String> {
    let mut made: BTreeSet<String> = BTreeSet::new();
    let mut out: Vec<String> = Vec::new();
    for step in steps {
        let named: Vec<&String> = match step {
            Tidy::Filter { column, .. }
            | Tidy::Replace { column, .. }
            | Tidy::Lookup { column, .. }
            | Tidy::Split { column, .. }
            | Tidy::Fill { column, .. } => vec![column],
            Tidy::Rename { columns } => columns.keys().collect(),
            Tidy::Dedupe { columns } | Tidy::Trim { columns } => columns.iter().collect(),
        };
        for name in named {
            if !made.contains(&normal_name(name)) && !out.contains(name) {
                out.push(name.clone());
            }
        }
        match step {
            Tidy::Rename { columns } => made.extend(columns.values().map(|name| normal_name(name))),
            Tidy::Lookup { take, .. } => made.extend(take.iter().map(|name| normal_name(name))),
            _ => {}
        }
    }
    out
}

/// Hidden columns of every frame.
const RECORD: &str = "record";
const LINE: &str = "line";
/// Rows whose cells lie in one piece.
const ROWS_A_BLOCK: usize = 4096;

/// A frame and the names people use for its columns. Inside, columns have names of our own (`c0`, `c1` …),
/// so that no file's heading can collide with another or with a hidden column.
struct Table {
    /// Shown name and the frame's own.
    columns: Vec<(String, String)>,
    frame: DataFrame,
    /// Records that lost a row, with the last reason.
    dropped: BTreeMap<u32, Why>,
    made: usize,
}

impl Table {
    fn new(sheet: &Sheet) -> Result<Table, Why> {
        let columns: Vec<(String, String)> =
            sheet.columns.iter().enumerate().map(|(place, name)| (name.clone(), format!("c{place}"))).collect();
        let mut frame: Vec<Column> = vec![
            Column::new(RECORD.into(), sheet.rows.iter().map(|row| row.record).collect::<Vec<u32>>()),
            Column::new(LINE.into(), sheet.rows.iter().map(|row| row.line).collect::<Vec<u32>>()),
        ];
        for (place, (_, own)) in columns.iter().enumerate() {
            let cells: Vec<&str> = sheet.rows.iter().map(|row| row.cells.get(place).map_or("", |cell| cell)).collect();
            frame.push(Column::new(own.as_str().into(), cells));
        }
        let frame = DataFrame::new(sheet.rows.len(), frame).map_err(|error| fault("table", &error))?;
        Ok(Table { made: columns.len(), columns, frame, dropped: BTreeMap::new() })
    }

    fn into_sheet(self) -> Result<Sheet, Why> {
        let broken = |error: PolarsError| fault("table", &error);
        // Steps keep their order among equals; the file's order is restored whatever they did.
        let order = SortMultipleOptions::default().with_maintain_order(true);
        let frame = self.frame.lazy().sort([RECORD], order).collect().map_err(broken)?;
        let numbers = |name: &str| -> Result<Vec<u32>, Why> {
            let column = frame.column(name).map_err(broken)?.u32().map_err(broken)?;
            Ok(column.iter().map(Option::unwrap_or_default).collect())
        };
        let (records, lines) = (numbers(RECORD)?, numbers(LINE)?);
        let mut columns = Vec::with_capacity(self.columns.len());
        for (_, own) in &self.columns {
            columns.push(frame.column(own).map_err(broken)?.str().map_err(broken)?.iter());
        }
        let mut rows = Vec::with_capacity(records.len());
        let numbers: Vec<(u32, u32)> = records.into_iter().zip(lines).collect();
        for some in numbers.chunks(ROWS_A_BLOCK) {
            let mut block = Block::default();
            let mut made = Vec::with_capacity(some.len());
            for (record, line) in some {
                made.push((*record, *line, block.len()));
                for column in &mut columns {
                    block.push(|text| text.push_str(column.next().flatten().unwrap_or_default()));
                }
            }
            rows.extend(block.into_rows(&made));
        }
        Ok(Sheet { columns: self.columns.into_iter().map(|(shown, _)| shown).collect(), rows })
    }

    /// The frame's name for a column a person named.
    fn own(&self, name: &str) -> Result<String, Why> {
        self.place(name)
            .map(|place| self.columns[place].1.clone())
            .ok_or_else(|| unknown(name, &self.columns.iter().map(|(shown, _)| shown.as_str()).collect::<Vec<_>>()))
    }

    fn place(&self, name: &str) -> Option<usize> {
        let wanted = normal_name(name);
        self.columns.iter().position(|(shown, _)| normal_name(shown) == wanted)
    }

    /// A fresh column of the frame under this shown name.
    fn add(&mut self, shown: &str) -> Result<String, Why> {
        if self.place(shown).is_some() {
            return Err(words::COLUMN_TAKEN.with([("column", shown.to_owned())]));
        }
        let own = format!("c{}", self.made);
        self.made += 1;
        self.columns.push((shown.to_owned(), own.clone()));
        Ok(own)
    }

    /// Works on the frame lazily and takes the result.
    fn work(mut self, step: &str, f: impl FnOnce(LazyFrame) -> LazyFrame) -> Result<Table, Why> {
        let frame = std::mem::take(&mut self.frame);
        self.frame = f(frame.lazy()).collect().map_err(|error| fault(step, &error))?;
        Ok(self)
    }

    /// Maps every cell of one column.
    fn map(mut self, step: &str, own: &str, f: impl Fn(&str) -> String) -> Result<Table, Why> {
        let broken = |error: PolarsError| fault(step, &error);
        let cells = self.frame.column(own).map_err(broken)?.str().map_err(broken)?;
        let mapped = cells.apply_values(|cell| f(cell).into());
        self.frame.with_column(mapped.into_series().into_column()).map_err(broken)?;
        Ok(self)
    }

    /// Remembers the rows of a frame as let go.
    fn let_go(&mut self, step: &str, gone: &DataFrame, why: &Why) -> Result<(), Why> {
        let broken = |error: PolarsError| fault(step, &error);
        let records = gone.column(RECORD).map_err(broken)?.u32().map_err(broken)?;
        self.dropped.extend(records.iter().flatten().map(|record| (record, why.clone())));
        Ok(())
    }
}

/// A column's cells without outer blanks.
fn trimmed(own: &str) -> Expr {
    col(own).str().strip_chars(lit(Null {}))
}

fn fault(step: &str, error: &PolarsError) -> Why {
    words::TABLE_FAULT.with([("step", step.to_owned()), ("detail", error.to_string())])
}

fn unknown(name: &str, columns: &[&str]) -> Why {
    let column = ("column", name.to_owned());
    let there = ("columns", columns.join(", "));
    match suggest(name, columns.iter().copied()) {
        Some(near) => words::COLUMN_UNKNOWN_NEAR.with([column, there, ("near", near)]),
        None => words::COLUMN_UNKNOWN.with([column, there]),
    }
}

#[cfg(test)]
pub(super) mod bench {
    //! Small sheets as text for the tests of this folder.

    use super::*;
    use crate::model::sheet::SheetRow;

    pub fn sheet(text: &str) -> Sheet {
        let mut lines = text.split(';');
        let cells = |line: &str| line.split('|').map(|cell| cell.replace('~', ";")).collect::<Vec<_>>();
        Sheet {
            columns: cells(lines.next().unwrap()),
            rows: (1u32..)
                .zip(lines)
                .map(|(record, line)| SheetRow { record, line: record + 1, cells: cells(line).into_iter().collect() })
                .collect(),
        }
    }

    fn text(sheet: &Sheet) -> String {
        let row = |row: &SheetRow| format!("{}:{}", row.record, row.cells.join("|"));
        std::iter::once(sheet.columns.join("|")).chain(sheet.rows.iter().map(row)).collect::<Vec<_>>().join(";")
    }

    pub fn run(before: &str, steps: &[Tidy], lookups: &[(&str, &str)]) -> Result<Tidied, Why> {
        let lookups = lookups.iter().map(|(file, text)| ((*file).to_owned(), sheet(text))).collect();
        apply(sheet(before), &"a.csv".into(), steps, &lookups)
    }

    /// What a sheet becomes (rows with their record), then what was let go; or the code of a fault.
    pub fn check_with(before: &str, steps: &[Tidy], lookups: &[(&str, &str)], expect: &str, gone: &[(u32, &str)]) {
        match run(before, steps, lookups) {
            Ok(tidied) => {
                assert_eq!(text(&tidied.sheet), expect);
                let set: Vec<_> = tidied.set_aside.iter().map(|s| (s.source.record, s.why.code())).collect();
                assert_eq!(set, gone);
            }
            Err(why) => assert_eq!(why.code(), expect),
        }
    }

    pub fn check(before: &str, step: Tidy, expect: &str, gone: &[(u32, &str)]) {
        check_with(before, &[step], &[], expect, gone);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::pipeline::FilterTest;
    use crate::model::sheet::SheetRow;
    use bench::{check, check_with, run};
    use proptest::prelude::*;

    fn trim(column: &str) -> Tidy {
        Tidy::Trim { columns: vec![column.to_owned()] }
    }

    #[test]
    fn no_steps_change_nothing() {
        let before = bench::sheet("a|a;1|2;3|4");
        let tidied = apply(before.clone(), &"a.csv".into(), &[], &BTreeMap::new()).unwrap();
        assert_eq!(tidied.sheet, before);
    }

    #[test]
    fn columns_are_found_whatever_their_width_and_slips_are_named() {
        check("検索キー１|b; x |y", trim("検索キー1"), "検索キー１|b;1:x|y", &[]);
        let why = run("お荷物伝票番号|b;x|y", &[trim("お荷物伝票番")], &[]).unwrap_err();
        assert_eq!((why.code(), why.values["near"].as_str()), ("column-unknown-near", "お荷物伝票番号"));
        check("a|b;x|y", trim("注文番号"), "column-unknown", &[]);
    }

    #[test]
    fn repeated_headings_are_legal() {
        check("予備|予備|a;1|2| 3", trim("a"), "予備|予備|a;1:1|2|3", &[]);
    }

    #[test]
    fn values_are_never_taken_for_numbers() {
        check("a|b; 00123 |1.0;1e5|TRUE", trim("a"), "a|b;1:00123|1.0;2:1e5|TRUE", &[]);
    }

    #[test]
    fn a_record_counts_as_gone_only_when_its_last_row_is() {
        let steps = [
            Tidy::Split { column: "a".into(), separator: "/".into() },
            Tidy::Filter { column: "a".into(), test: FilterTest::NotEquals(vec!["x".into()]) },
        ];
        check_with("a|b;x/y|1;x|2;z|3", &steps, &[], "a|b;1:y|1;3:z|3", &[(2, "tidy-filtered")]);
    }

    #[test]
    fn needed_columns_are_those_no_step_makes() {
        let steps = [
            Tidy::Rename { columns: [("旧".to_owned(), "新".to_owned())].into() },
            trim("新"),
            Tidy::Lookup { file: "l.csv".into(), column: "鍵".into(), key: "k".into(), take: vec!["値".into()] },
            Tidy::Fill { column: "値".into(), value: "0".into() },
        ];
        assert_eq!(columns_named(&steps), ["旧", "鍵"]);
    }

    /// Split, filter and dedupe by plain loops.
    fn slowly(before: &Sheet) -> Vec<(u32, String)> {
        let mut out: Vec<(u32, String)> = Vec::new();
        for row in &before.rows {
            let mut parts: Vec<&str> = row.cells[0].split('/').map(str::trim).filter(|part| !part.is_empty()).collect();
            if parts.is_empty() {
                parts.push("");
            }
            for part in parts {
                let seen = out.iter().any(|(_, known)| known == part);
                if !part.contains('b') && (part.is_empty() || !seen) {
                    out.push((row.record, part.to_owned()));
                }
            }
        }
        out
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn polars_agrees_with_plain_loops_and_no_record_is_lost(cells in prop::collection::vec("[ab/ ]{0,6}", 0..40)) {
            let before = Sheet {
                columns: vec!["a".into()],
                rows: (1u32..).zip(&cells).map(|(record, cell)| SheetRow {
                    record, line: record * 2, cells: [cell].into_iter().collect(),
                }).collect(),
            };
            let steps = [
                Tidy::Split { column: "a".into(), separator: "/".into() },
                Tidy::Filter { column: "a".into(), test: FilterTest::Contains("b".into()) },
            ];
            let keep = [
                Tidy::Split { column: "a".into(), separator: "/".into() },
                Tidy::Replace { column: "a".into(), values: [("b".to_owned(), "#".to_owned())].into(), contains: true },
                Tidy::Filter { column: "a".into(), test: FilterTest::NotEquals(vec!["#".into()]) },
            ];
            for steps in [&steps[..], &keep[..]] {
                let tidied = apply(before.clone(), &"a.csv".into(), steps, &BTreeMap::new()).unwrap();
                let mut records: Vec<u32> = tidied.sheet.rows.iter().map(|row| row.record).collect();
                records.dedup();
                records.extend(tidied.set_aside.iter().map(|set| set.source.record));
                records.sort_unstable();
                prop_assert_eq!(records, (1..=before.rows.len() as u32).collect::<Vec<_>>());
                prop_assert!(tidied.sheet.rows.iter().all(|row| row.line == row.record * 2));
            }
            let without_b = Sheet {
                rows: before.rows.iter().filter(|row| !row.cells[0].contains('b')).cloned().collect(),
                ..before.clone()
            };
            let steps = [
                Tidy::Split { column: "a".into(), separator: "/".into() },
                Tidy::Dedupe { columns: vec!["a".into()] },
            ];
            let tidied = apply(without_b.clone(), &"a.csv".into(), &steps, &BTreeMap::new()).unwrap();
            let found: Vec<(u32, String)> =
                tidied.sheet.rows.iter().map(|row| (row.record, row.cells[0].to_string())).collect();
            prop_assert_eq!(found, slowly(&without_b));
        }
    }
}
