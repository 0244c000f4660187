//! An approval sheet that came back, from Excel or an editor, in whatever encoding it was saved. Only
//! 行ID and 承認 count; the other cells are merely held against the plan, so that someone who edited
//! a number there learns that it would not be sent.

use super::{label, plan_table};
use crate::flow::decode;
use crate::flow::encode::{Unmappable, cp932};
use crate::model::ids::RunId;
use crate::model::plan::Plan;
use crate::model::sheet::Encoding;
use crate::model::words::{Lang, Why, delivering};
use calamine::{Data, Reader};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;
use unicode_normalization::UnicodeNormalization;

/// How a conflict was settled on the sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// 承認 = `ファイル`
    File,
    /// 承認 = `RMS`
    Rms,
}

/// One row of the sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SheetAnswer {
    /// 行ID.
    pub row: u32,
    /// The row of the sheet it stands on, the header being 1.
    pub line: u32,
    pub approved: bool,
    pub choice: Option<Choice>,
    /// What stands in 承認, as it is.
    pub mark: String,
    /// The other cells: name of the column, text.
    pub cells: Vec<(String, String)>,
}

/// Sheets larger than this are not approval sheets.
const SHEET_BYTES_MAX: usize = 64 << 20;

/// The rows of plan.csv or plan.xlsx as `name` (for its ending and for messages). Rows without 行ID
/// whose other cells are empty too are skipped.
///
/// Refused: what is no such file, a missing column, a 行ID that is no number, one row twice with
/// different approvals.
pub fn sheet_read(bytes: &[u8], name: &str) -> Result<Vec<SheetAnswer>, Why> {
    let unreadable =
        |detail: &str| delivering::SHEET_UNREADABLE.with([("file", name.to_owned()), ("detail", detail.to_owned())]);
    if bytes.len() > SHEET_BYTES_MAX {
        return Err(unreadable("> 64 MiB"));
    }
    let table = if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"\xd0\xcf\x11\xe0") {
        from_book(bytes).map_err(|detail| unreadable(&detail))?
    } else {
        from_text(bytes).map_err(|detail| unreadable(&detail))?
    };
    let mut rows = table.into_iter().enumerate();
    let is_header = |row: &Vec<String>| find(row, plan_table::ROW_ID).is_some();
    let Some((_, header)) = rows.by_ref().take(10).find(|(_, row)| is_header(row)) else {
        return Err(missing(name, plan_table::ROW_ID));
    };
    let row_id = find(&header, plan_table::ROW_ID).ok_or_else(|| missing(name, plan_table::ROW_ID))?;
    let approval = find(&header, plan_table::APPROVAL).ok_or_else(|| missing(name, plan_table::APPROVAL))?;
    let mut answers: BTreeMap<u32, SheetAnswer> = BTreeMap::new();
    for (place, row) in rows {
        let line = u32::try_from(place + 1).unwrap_or(u32::MAX);
        if row.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let id_text = row.get(row_id).map(String::as_str).unwrap_or_default();
        let Some(id) = row_number(id_text) else {
            let values = [("line", line.to_string()), ("value", id_text.to_owned())];
            return Err(delivering::SHEET_ROW_BAD.with(values));
        };
        let written = row.get(approval).cloned().unwrap_or_default();
        let mark = plain(&written);
        let choice = match mark.as_str() {
            "ファイル" | "file" => Some(Choice::File),
            "rms" => Some(Choice::Rms),
            _ => None,
        };
        let cells = header
            .iter()
            .zip(row.iter().chain(std::iter::repeat(&String::new())))
            .enumerate()
            .filter(|(column, _)| *column != row_id && *column != approval)
            .map(|(_, (name, cell))| (name.clone(), cell.clone()))
            .collect();
        let answer = SheetAnswer { row: id, line, approved: is_yes(&mark), choice, mark: written, cells };
        match answers.get(&id) {
            Some(known) if (known.approved, known.choice) != (answer.approved, answer.choice) => {
                return Err(delivering::SHEET_ROW_TWICE.with([("row", id.to_string())]));
            }
            Some(_) => {}
            None => {
                answers.insert(id, answer);
            }
        }
    }
    Ok(answers.into_values().collect())
}

/// The 行ID a person said yes to. Refused: a 行ID that is not in the plan, and cells of approved rows
/// that were edited (named, so that the person finds them). Re-formatting by Excel is no edit.
pub fn sheet_approve(plan: &Plan, answers: &[SheetAnswer]) -> Result<BTreeSet<u32>, Why> {
    let entries: BTreeMap<u32, _> = plan.entries.iter().map(|entry| (entry.id, entry)).collect();
    let mut edited = Vec::new();
    let mut yes = BTreeSet::new();
    for answer in answers {
        let Some(entry) = entries.get(&answer.row) else {
            return Err(delivering::SHEET_ROW_UNKNOWN.with([("row", answer.row.to_string())]));
        };
        if !answer.approved {
            continue;
        }
        yes.insert(answer.row);
        // The sheet is in the language it was made in: the one whose columns it has.
        let lang = if answer.cells.iter().any(|(name, _)| plain(name) == plain(plan_table::header(Lang::Ja)[2])) {
            Lang::Ja
        } else {
            Lang::En
        };
        let ours: BTreeMap<String, String> =
            plan_table::header(lang).into_iter().map(plain).zip(plan_table::cells(entry, &plan.run, lang)).collect();
        for (name, cell) in &answer.cells {
            if let Some(known) = ours.get(&plain(name))
                && !same(known, cell)
            {
                edited.push(format!("{}-{name} `{cell}`", answer.row));
            }
        }
    }
    if edited.is_empty() { Ok(yes) } else { Err(delivering::SHEET_EDITED.with([("cells", edited.join(", "))])) }
}

/// The plan a sheet belongs to, by its 計画ID column; `None` if the sheet names none, or several.
pub fn sheet_run(answers: &[SheetAnswer]) -> Option<RunId> {
    let names = [Lang::Ja, Lang::En].map(|lang| plain(label::PLAN_RUN.of(lang)));
    let mut runs = answers.iter().flat_map(|answer| &answer.cells).filter(|(name, _)| names.contains(&plain(name)));
    let first = runs.next()?.1.trim().to_owned();
    runs.all(|(_, cell)| cell.trim() == first).then(|| RunId::parse(&first))?
}

/// Marks that are neither a yes nor a plain no: not approved, and worth telling the person. `ファイル` and `RMS` settle a
/// conflict on an error sheet; a plan's row is no conflict, so there they say nothing either.
pub fn unclear_marks(answers: &[SheetAnswer], name: &str) -> Vec<Why> {
    let unclear = answers.iter().filter(|answer| !answer.approved && !is_no(&plain(&answer.mark)));
    unclear
        .map(|answer| {
            delivering::SHEET_MARK_UNCLEAR.with([
                ("file", name.to_owned()),
                ("line", answer.line.to_string()),
                ("row", answer.row.to_string()),
                ("value", answer.mark.trim().to_owned()),
            ])
        })
        .collect()
}

fn is_no(mark: &str) -> bool {
    matches!(mark, "" | "ng" | "no" | "x" | "×" | "✕" | "✖" | "-" | "ー" | "保留" | "否認" | "却下" | "不可" | "いいえ")
}

fn missing(name: &str, column: usize) -> Why {
    let column = plan_table::header(Lang::Ja)[column].to_owned();
    delivering::SHEET_COLUMN_MISSING.with([("file", name.to_owned()), ("column", column)])
}

/// A column by its name in either language.
fn find(header: &[String], column: usize) -> Option<usize> {
    let names = [Lang::Ja, Lang::En].map(|lang| plain(plan_table::header(lang)[column]));
    header.iter().position(|cell| names.contains(&plain(cell)))
}

fn is_yes(mark: &str) -> bool {
    matches!(mark, "ok" | "○" | "〇" | "◯" | "承認")
}

fn row_number(text: &str) -> Option<u32> {
    let text = plain(text);
    text.strip_suffix(".0").unwrap_or(&text).parse().ok()
}

/// What two spellings have in common: width, case, blanks, guards aside.
fn plain(cell: &str) -> String {
    super::guard::unguarded(cell.trim().trim_start_matches('\u{feff}'))
        .nfkc()
        .filter(|c| !c.is_whitespace() && *c != '\u{feff}')
        .flat_map(char::to_lowercase)
        .collect()
}

/// Whether a cell says what ours says, after all that Excel does to a cell on the way.
fn same(ours: &str, theirs: &str) -> bool {
    let (known, found) = (plain(ours), plain(theirs));
    known == found || core(&known) == core(&found) || is_rounded(&known, &found)
}

/// Separators of dates and thousands, zeros in front of a number, a time of midnight, and characters
/// that CP932 lacks (Excel writes `?`) do not count.
fn core(cell: &str) -> String {
    let cell = cell.strip_suffix("0:00:00").or_else(|| cell.strip_suffix("0:00")).unwrap_or(cell);
    let mut out = String::with_capacity(cell.len());
    let mut in_number = false;
    let mut buffer = [0_u8; 4];
    for c in cell.chars() {
        let text = &*c.encode_utf8(&mut buffer);
        // What our own encoder folds (〜 → ～) Excel would have lost.
        let comes_back = |bytes: Vec<u8>| decode::cell(&bytes, Encoding::Cp932).is_ok_and(|back| back == text);
        let fits = c.is_ascii() || cp932(text, Unmappable::Stop).is_ok_and(comes_back);
        if !fits || matches!(c, ',' | '"' | '\'' | '?' | '¥' | '\\') {
            continue;
        }
        if c == '0' && !in_number {
            continue;
        }
        let c = if c == '/' { '-' } else { c };
        in_number = c.is_ascii_digit() || (in_number && c == '.');
        out.push(c);
    }
    out
}

/// `1.23457e+11` where we wrote twelve digits: Excel's doing, not an edit.
fn is_rounded(known: &str, found: &str) -> bool {
    let Some((mantissa, exponent)) = found.split_once("e+") else { return false };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.len() != 1 || !all_digits(whole) || !all_digits(fraction) || known.is_empty() || !all_digits(known) {
        return false;
    }
    let Ok(exponent) = exponent.parse::<usize>() else { return false };
    let Some(cut) = exponent.checked_sub(fraction.len()).and_then(|cut| u32::try_from(cut).ok()) else { return false };
    // Whole numbers throughout: the digits that are left, and the unit of the last of them.
    let numbers = (known.parse::<u128>(), format!("{whole}{fraction}").parse::<u128>(), 10_u128.checked_pow(cut));
    let (Ok(known), Ok(digits), Some(unit)) = numbers else { return false };
    digits.checked_mul(unit).is_some_and(|shown| shown.abs_diff(known) <= unit)
}

fn from_book(bytes: &[u8]) -> Result<Vec<Vec<String>>, String> {
    let mut book = calamine::open_workbook_auto_from_rs(Cursor::new(bytes)).map_err(|fault| fault.to_string())?;
    let range = book.worksheet_range_at(0).ok_or("0 sheets")?.map_err(|fault| fault.to_string())?;
    // Rows above and left of the first cell in use are no part of the range.
    let above = range.start().map_or(0, |(row, _)| row as usize);
    let rows = range.rows().map(|row| row.iter().map(shown).collect());
    Ok(std::iter::repeat_n(Vec::new(), above).chain(rows).collect())
}

fn shown(cell: &Data) -> String {
    match cell {
        Data::Empty => String::new(),
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => text.clone(),
        Data::Int(number) => number.to_string(),
        Data::Float(number) => number.to_string(),
        Data::Bool(yes) => yes.to_string(),
        Data::DateTime(at) => {
            let (year, month, day, ..) = at.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
        Data::Error(error) => error.to_string(),
    }
}

fn from_text(bytes: &[u8]) -> Result<Vec<Vec<String>>, String> {
    let utf8 = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let utf16 = bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff");
    let decoded = if utf16 {
        let encoding = if bytes.starts_with(b"\xff\xfe") { encoding_rs::UTF_16LE } else { encoding_rs::UTF_16BE };
        encoding.decode_without_bom_handling_and_without_replacement(bytes.get(2..).unwrap_or_default())
    } else {
        std::str::from_utf8(utf8)
            .ok()
            .map(Into::into)
            .or_else(|| encoding_rs::SHIFT_JIS.decode_without_bom_handling_and_without_replacement(bytes))
    };
    let text = decoded.ok_or("UTF-8, UTF-16, CP932: ?")?;
    let first = text.lines().next().unwrap_or_default();
    let separator = [b',', b'\t', b';']
        .into_iter()
        .max_by_key(|separator| (first.bytes().filter(|b| b == separator).count(), *separator == b','))
        .unwrap_or(b',');
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(separator).from_reader(text.as_bytes());
    let rows = reader.records().map(|record| {
        record.map(|record| record.iter().map(str::to_owned).collect()).map_err(|fault| fault.to_string())
    });
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::small_plan;
    use super::super::{plan_csv, plan_xlsx};
    use super::*;
    use crate::flow::paper::xlsx::{Looks, book};

    fn check(text: &str, expect: Result<&[u32], &str>) {
        let yes = sheet_read(text.as_bytes(), "plan.csv").and_then(|answers| sheet_approve(&small_plan(), &answers));
        match (yes, expect) {
            (Ok(yes), Ok(expect)) => assert_eq!(yes.into_iter().collect::<Vec<_>>(), expect, "{text}"),
            (Err(why), Err(code)) => assert_eq!(why.code(), code, "{text}"),
            (found, _) => panic!("{text}: {found:?}"),
        }
    }

    #[test]
    fn only_row_and_approval_count() {
        check("行ID,承認\r\n1,OK\r\n2,ＯＫ\r\n3,ok\r\n", Ok(&[1, 2, 3]));
        check("行ID,承認\r\n1,○\r\n2, 承認 \r\n3,\r\n", Ok(&[1, 2]));
        check("承認,行ID\nNG,1\n保留,2\nok ,３\n", Ok(&[3]));
        check("行ID\t承認\r\n1\tOK\r\n", Ok(&[1]));
        check("行ID,承認\r\n1,OK\r\n,\r\n", Ok(&[1]));
        check("Row ID,Approval\n2,ok\n", Ok(&[2]));
        check("行ID,承認\r\n1,\r\n1,\r\n", Ok(&[]));
    }

    #[test]
    fn a_mark_nobody_can_read_is_named_and_is_no_yes() {
        let sheet = "行ID,承認\r\n1,OKです\r\n2,保留\r\n3,ファイル\r\n";
        let answers = sheet_read(sheet.as_bytes(), "plan.csv").unwrap();
        assert!(sheet_approve(&small_plan(), &answers).unwrap().is_empty());
        let said: Vec<String> = unclear_marks(&answers, "plan.csv").iter().map(|why| why.text(Lang::Ja)).collect();
        let unclear = |line: u32, row: u32, mark: &str| {
            format!("承認シート `plan.csv` {line}行目（行ID `{row}`）の「承認」列 `{mark}` は承認として扱いません")
        };
        assert_eq!(said, [unclear(2, 1, "OKです"), unclear(4, 3, "ファイル")]);
        assert_eq!(answers[2].choice, Some(Choice::File));
    }

    #[test]
    fn broken_sheets_are_named() {
        check("", Err("sheet-column-missing"));
        check("行ID\r\n1\r\n", Err("sheet-column-missing"));
        check("行ID,承認\r\nx,OK\r\n", Err("sheet-row-bad"));
        check("行ID,承認\r\n9,OK\r\n", Err("sheet-row-unknown"));
        check("行ID,承認\r\n1,OK\r\n1,\r\n", Err("sheet-row-twice"));
        check("行ID,承認,区分,送付先ID\r\n1,OK,荷物番号,70000002\r\n", Err("sheet-edited"));
        // Where nothing is approved, an edit does no harm.
        check("行ID,承認,区分,送付先ID\r\n1,,荷物番号,70000002\r\n", Ok(&[]));
    }

    #[test]
    fn our_own_sheets_come_back_in_every_dress_excel_gives_them() {
        let plan = small_plan();
        let marked = |text: &str| text.replace("\n3,,", "\n3,OK,");
        let csv = String::from_utf8(plan_csv(&plan, Lang::Ja)).unwrap();
        let cp932 = cp932(marked(&csv).trim_start_matches('\u{feff}'), Unmappable::Stop).unwrap();
        let utf16: Vec<u8> = std::iter::once(0xfeff)
            .chain(marked(&csv).trim_start_matches('\u{feff}').replace(',', "\t").encode_utf16())
            .flat_map(u16::to_le_bytes)
            .collect();
        for bytes in [marked(&csv).into_bytes(), cp932, utf16] {
            let answers = sheet_read(&bytes, "plan.csv").unwrap();
            assert_eq!(answers.len(), 3);
            assert_eq!(sheet_approve(&plan, &answers).unwrap(), BTreeSet::from([3]));
        }
        let answers = sheet_read(&plan_xlsx(&plan, Lang::En), "plan.xlsx").unwrap();
        assert_eq!((answers.len(), sheet_approve(&plan, &answers).unwrap().len()), (3, 0));
    }

    #[test]
    fn a_marked_book_is_read() {
        let header = ["行ID", "承認", "区分"].map(str::to_owned);
        let rows = vec![vec!["2".to_owned(), "ＯＫ".to_owned(), "金額の更新".to_owned()]];
        let bytes = book(&header, &rows, &Looks { sheet: "x".into(), ..Looks::default() });
        let answers = sheet_read(&bytes, "plan.xlsx").unwrap();
        assert_eq!(sheet_approve(&small_plan(), &answers).unwrap(), BTreeSet::from([2]));
        assert_eq!(sheet_read(b"PK\x03\x04rubbish", "plan.xlsx").unwrap_err().code(), "sheet-unreadable");
    }

    #[test]
    fn excels_reformatting_is_no_edit() {
        for (ours, theirs) in [
            ("2026-11-24", "2026/11/24"),
            ("2026-11-04", "2026/11/4 0:00"),
            ("5,500円", "5500円"),
            ("490212345678", "4.90212E+11"),
            ("0312", "312"),
            ("髙𠮷商店", "髙??商店"),
            ("ヤマト運輸", "ﾔﾏﾄ運輸"),
            ("'-500", "-500"),
        ] {
            assert!(same(ours, theirs), "{ours} {theirs}");
        }
        for (ours, theirs) in [("5,500円", "5,600円"), ("490212345678", "5.90212E+11"), ("10", "1"), ("a", "")] {
            assert!(!same(ours, theirs), "{ours} {theirs}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_stumble(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            let _ = sheet_read(&bytes, "x");
            let _ = sheet_read(&[b"PK\x03\x04".as_slice(), bytes.as_slice()].concat(), "x");
        }

        #[test]
        fn a_cell_is_the_same_as_itself(cell in "\\PC{0,20}", id in 1_u32..9_999) {
            proptest::prop_assert!(same(&cell, &cell));
            let digits = format!("49{id:010}");
            let rounded = format!("{:.5e}", digits.parse::<f64>().unwrap()).replace('e', "E+");
            proptest::prop_assert!(same(&digits, &rounded));
        }
    }
}
