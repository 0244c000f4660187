//! Error sheets: the rejected rows of a file as they were, with what was wrong at the far right, so
//! that a person mends them in place and drops the sheet again. It does not know why a row was refused,
//! only how to say it.

use super::plan_csv::people_csv;
use super::xlsx::{Looks, book};
use super::{guard, label, veil};
use crate::flow::header::normalise_name;
use crate::flow::layout::ANSWERS;
use crate::model::rejection::{FileRefusal, Rejection};
use crate::model::words::{Lang, Word, reading};
use std::collections::{BTreeMap, BTreeSet};

/// The added columns. Whoever reads a sheet again ignores them.
pub const ADDED: [&str; 5] = ["エラー行", "エラー項目", "エラー値", "エラー理由", "対処方法"];

/// Reasons that speak of the row as such. Here such a row has all its cells, so nothing but a mark tells
/// whoever reads the sheet again whether a person mended it.
static BROKEN: [&Word; 6] = [
    &reading::CELLS_FEWER,
    &reading::CELLS_MORE,
    &reading::TEXT_AFTER_QUOTE,
    &reading::BACKSLASH_QUOTE,
    &reading::STRAY_QUOTE,
    &reading::ROW_UNMENDED,
];

/// One rejection with the row's cells as the file has them. A row with several rejections comes
/// several times and is joined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorRow {
    pub cells: Vec<String>,
    pub rejection: Rejection,
}

/// `<name>_エラー.csv`: UTF-8 with BOM, CRLF, long numbers kept from Excel.
pub fn errors_csv(header: &[String], rows: &[ErrorRow], lang: Lang) -> Vec<u8> {
    let Table { header, rows, .. } = table(header, rows, lang);
    people_csv(std::iter::once(header).chain(rows))
}

/// `<name>_エラー.xlsx`: every cell as text, the cells to blame coloured.
pub fn errors_xlsx(header: &[String], rows: &[ErrorRow], lang: Lang) -> Vec<u8> {
    let Table { header, rows, own, blamed } = table(header, rows, lang);
    let looks = Looks {
        sheet: "エラー".to_owned(),
        marked: (own..header.len()).collect(),
        blamed,
        width_max: 48,
        ..Looks::default()
    };
    book(&header, &rows, &looks)
}

/// The reason file beside a file that was refused whole: Japanese, then English; UTF-8 with BOM and
/// CRLF, so that the oldest editor shows it.
pub fn refusal_note(refusal: &FileRefusal) -> String {
    let FileRefusal { file, line, column, value, why } = refusal;
    let mut out = String::from('\u{feff}');
    for lang in [Lang::Ja, Lang::En] {
        let value = value.as_deref().map(|value| veil::veiled(column.as_deref(), value));
        let parts = [
            (&label::FILE, Some(file.clone())),
            (&label::D_LINE, line.map(|line| line.to_string())),
            (&label::COLUMN, column.clone()),
            (&label::VALUE, value.map(|value| format!("`{value}`"))),
            (&label::REASON, Some(why.text(lang))),
            (&label::REMEDY, Some(why.remedy(lang))),
            (&label::D_CODE, Some(why.code().to_owned())),
        ];
        out.push_str(label::FILE_REFUSED.of(lang));
        out.push_str("\r\n\r\n");
        for (head, text) in parts {
            if let Some(text) = text {
                out.push_str(&format!("{}: {}\r\n", head.of(lang), guard::for_people(&super::phrase::one_line(&text))));
            }
        }
        if lang == Lang::Ja {
            out.push_str("\r\n----\r\n\r\n");
        }
    }
    out
}

/// A row's cells and all that was wrong with it.
type Refused<'a> = (&'a [String], Vec<&'a Rejection>);

struct Table {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
    /// How many columns are the file's own.
    own: usize,
    blamed: BTreeSet<(usize, usize)>,
}

/// A broken row with the mark behind its last cell, under the first missing name or one for surplus cells.
fn marked(row: &ErrorRow, header: &[String], lang: Lang) -> Vec<String> {
    let mut cells = row.cells.clone();
    let is = |text: &str, label: &label::Label| [Lang::Ja, Lang::En].iter().any(|lang| text.trim() == label.of(*lang));
    let broken = BROKEN.contains(&row.rejection.why.word);
    if !broken || cells.iter().any(|cell| is(cell, &label::ROW_TO_MEND)) {
        return cells;
    }
    if cells.len() >= header.len() {
        // Behind what the file itself has no name for, however often the sheet comes back.
        let own = header.iter().position(|name| is(name, &label::SURPLUS)).unwrap_or(header.len());
        let filled = cells.iter().rposition(|cell| !cell.trim().is_empty()).map_or(0, |last| last + 1);
        cells.truncate(own.max(filled));
    }
    cells.push(label::ROW_TO_MEND.of(lang).to_owned());
    cells
}

fn table(header: &[String], rows: &[ErrorRow], lang: Lang) -> Table {
    let rows: Vec<ErrorRow> = rows
        .iter()
        .map(|row| ErrorRow { cells: marked(row, header, lang), rejection: row.rejection.clone() })
        .collect();
    let widest = rows.iter().map(|row| row.cells.len()).max().unwrap_or(0);
    let mut header = header.to_vec();
    header.resize(header.len().max(widest), label::SURPLUS.of(lang).to_owned());
    // Where the remedy is to fill in a column that a carrier's file does not have, it stands ready.
    for (_, name) in ANSWERS {
        let asked = rows.iter().any(|row| row.rejection.column.as_deref() == Some(name));
        if asked && !header.iter().any(|known| normalise_name(known) == normalise_name(name)) {
            header.push(name.to_owned());
        }
    }
    // A mended sheet that failed again still carries our columns; they are written anew, not doubled.
    let kept: Vec<usize> = (0..header.len()).filter(|column| !ADDED.contains(&header[*column].trim())).collect();
    let pick = |cells: &[String]| -> Vec<String> {
        kept.iter().map(|column| cells.get(*column).cloned().unwrap_or_default()).collect()
    };
    let own = kept.len();
    let mut out_header = pick(&header);
    out_header.extend(ADDED.map(str::to_owned));
    // In the file's order, whatever the order they were found in.
    let mut joined: BTreeMap<(&str, u32, u32), Refused<'_>> = BTreeMap::new();
    for ErrorRow { cells, rejection } in &rows {
        let source = &rejection.source;
        joined.entry((&source.file, source.line, source.record)).or_insert((cells, Vec::new())).1.push(rejection);
    }
    let mut out = Vec::with_capacity(joined.len());
    let mut blamed = BTreeSet::new();
    for (place, ((_, line, _), (cells, rejections))) in joined.into_iter().enumerate() {
        let mut row = pick(cells);
        let each = |said: &dyn Fn(&Rejection) -> String| {
            let mut parts: Vec<String> = Vec::new();
            for text in rejections.iter().map(|rejection| said(rejection)).filter(|text| !text.is_empty()) {
                if !parts.contains(&text) {
                    parts.push(text);
                }
            }
            parts.join(" / ")
        };
        row.push(line.to_string());
        row.push(each(&|rejection| rejection.column.clone().unwrap_or_default()));
        row.push(each(&|rejection| rejection.value.clone().unwrap_or_default()));
        row.push(each(&|rejection| rejection.why.text(lang)));
        row.push(each(&|rejection| rejection.why.remedy(lang)));
        for name in rejections.iter().filter_map(|rejection| rejection.column.as_deref()) {
            if let Some(column) = out_header.iter().take(own).position(|known| known.trim() == name.trim()) {
                blamed.insert((place, column));
            }
        }
        out.push(row);
    }
    Table { header: out_header, rows: out, own, blamed }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sheet::Source;
    use crate::model::words::comparing;
    use calamine::{Reader, Xlsx};
    use std::io::Cursor;

    fn row(line: u32, cells: &[&str], column: Option<&str>) -> ErrorRow {
        let why = comparing::ORDER_UNKNOWN.with([("order", "x".to_owned())]);
        let source = Source { file: "a.csv".into(), record: line - 1, line };
        let value = column.map(|_| cells[1].to_owned());
        let rejection = Rejection { source, column: column.map(str::to_owned), value, why };
        ErrorRow { cells: cells.iter().map(|cell| (*cell).to_owned()).collect(), rejection }
    }

    /// Reads both forms back and holds them against each other and against `expect`.
    fn check(header: &[&str], rows: &[ErrorRow], expect: &[&[&str]]) {
        let header: Vec<String> = header.iter().map(|name| (*name).to_owned()).collect();
        let csv = errors_csv(&header, rows, Lang::Ja);
        let mut reader =
            csv::ReaderBuilder::new().has_headers(false).from_reader(csv.strip_prefix(b"\xef\xbb\xbf").unwrap());
        let from_csv: Vec<Vec<String>> = reader
            .records()
            .map(|record| record.unwrap().iter().map(|cell| guard::unguarded(cell).to_owned()).collect())
            .collect();
        let mut book: Xlsx<_> =
            calamine::open_workbook_from_rs(Cursor::new(errors_xlsx(&header, rows, Lang::Ja))).unwrap();
        let range = book.worksheet_range_at(0).unwrap().unwrap();
        let from_book: Vec<Vec<String>> = range
            .rows()
            .map(|row| row.iter().map(|cell| guard::unguarded(&cell.to_string()).to_owned()).collect())
            .collect();
        assert_eq!(from_csv, from_book);
        assert_eq!(from_csv.len(), expect.len());
        for (found, expect) in from_csv.iter().zip(expect) {
            assert_eq!(found.get(..expect.len()).unwrap(), *expect);
        }
    }

    #[test]
    fn cells_come_back_as_they_were() {
        check(
            &["注文番号", "伝票番号", "郵便番号", "備考"],
            &[
                row(9, &["b", "=1+1", "0600000", "一行目\n二行目"], None),
                row(3, &["a", "490212345678", "１０", "-9999"], Some("伝票番号")),
            ],
            &[
                &[
                    "注文番号",
                    "伝票番号",
                    "郵便番号",
                    "備考",
                    "エラー行",
                    "エラー項目",
                    "エラー値",
                    "エラー理由",
                    "対処方法",
                ],
                &[
                    "a",
                    "490212345678",
                    "１０",
                    "-9999",
                    "3",
                    "伝票番号",
                    "490212345678",
                    "注文番号 `x` がRMSに見つかりません",
                ],
                &["b", "=1+1", "0600000", "一行目\n二行目", "9", "", "", "注文番号 `x` がRMSに見つかりません"],
            ],
        );
    }

    #[test]
    fn several_rejections_of_a_row_are_one_row() {
        let mut second = row(3, &["a", "9"], Some("注文番号"));
        second.rejection.why = comparing::ADDRESS_PENDING.plain();
        check(
            &["注文番号", "伝票番号"],
            &[row(3, &["a", "9"], Some("伝票番号")), second],
            &[
                &["注文番号"],
                &[
                    "a",
                    "9",
                    "3",
                    "伝票番号 / 注文番号",
                    "9",
                    "注文番号 `x` がRMSに見つかりません / ソーシャルギフトの送付先が未入力です",
                ],
            ],
        );
    }

    #[test]
    fn a_sheet_that_fails_again_has_our_columns_once_and_uneven_rows_fit() {
        check(
            &["注文番号", "エラー行", "エラー項目", "エラー値", "エラー理由", "対処方法"],
            &[row(2, &["a", "7", "old", "old", "old", "old", "extra"], None)],
            &[&["注文番号", "はみ出し", "エラー行"], &["a", "extra", "2"]],
        );
    }

    #[test]
    fn a_broken_row_carries_a_mark_until_somebody_takes_it_off() {
        let broken = |cells: &[&str], word: &'static Word| {
            let mut row = row(2, cells, None);
            row.rejection.why = word.plain();
            row
        };
        let mark = label::ROW_TO_MEND.of(Lang::Ja);
        let head = ["a", "b", "c"];
        check(&head, &[broken(&["1"], &reading::CELLS_FEWER)], &[&["a", "b", "c", "エラー行"], &["1", mark, "", "2"]]);
        let wide: &[&[&str]] =
            &[&["a", "b", "c", "はみ出し", "はみ出し", "エラー行"], &["1", "2", "3", "4", mark, "2"]];
        check(&head, &[broken(&["1", "2", "3", "4"], &reading::CELLS_MORE)], wide);
        // Dropped again as it was, and with only the mark taken off: one mark, and no more columns.
        let head = ["a", "b", "c", "はみ出し", "はみ出し"];
        check(&head, &[broken(&["1", "2", "3", "4", mark], &reading::ROW_UNMENDED)], wide);
        check(&head, &[broken(&["1", "2", "3", "4", ""], &reading::CELLS_MORE)], wide);
        check(
            &["a", "b"],
            &[broken(&["1", "2"], &reading::TEXT_AFTER_QUOTE)],
            &[&["a", "b", "はみ出し", "エラー行"], &["1", "2", mark, "2"]],
        );
    }

    #[test]
    fn a_column_for_the_answer_stands_ready() {
        check(
            &["a", "b"],
            &[row(2, &["1", "2"], Some("送付先ID"))],
            &[&["a", "b", "送付先ID", "エラー行"], &["1", "2", "", "2"]],
        );
        check(
            &["送付先ＩＤ", "b"],
            &[row(2, &["1", "2"], Some("送付先ID"))],
            &[&["送付先ＩＤ", "b", "エラー行"], &["1", "2", "2"]],
        );
    }

    #[test]
    fn a_refused_file_gets_a_note_in_both_languages() {
        let refusal = FileRefusal {
            file: "inbox/a.csv".into(),
            line: Some(7),
            column: Some("お届け先名".into()),
            value: Some("山田太郎".into()),
            why: comparing::ADDRESS_PENDING.plain(),
        };
        let note = refusal_note(&refusal);
        assert!(note.starts_with("\u{feff}ファイルを読み込めませんでした\r\n"), "{note}");
        assert!(note.contains("行: 7\r\n") && note.contains("line: 7\r\n"), "{note}");
        assert!(!note.contains("山田"), "{note}");
    }
}
