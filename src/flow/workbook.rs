//! A workbook in place of a CSV: a clerk mends `…_エラー.xlsx` in Excel and drops that very file. Its first
//! sheet becomes CSV text and goes the same strict way as every file. Cells that Excel keeps as numbers
//! come out in full, so a number typed as a number loses nothing that the workbook still has.

use crate::model::words::{Why, reading};
use calamine::{Data, Reader as _};
use std::io::Cursor;

/// The first sheet as CSV (UTF-8, every cell quoted).
///
/// # Errors
/// The bytes are not a workbook, or it has no sheet.
pub fn to_csv(bytes: &[u8]) -> Result<Vec<u8>, Why> {
    let unreadable = |_| reading::WORKBOOK_UNREADABLE.plain();
    let mut book: calamine::Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes))
        .map_err(|_: calamine::XlsxError| reading::WORKBOOK_UNREADABLE.plain())?;
    let range = book.worksheet_range_at(0).ok_or_else(|| reading::WORKBOOK_UNREADABLE.plain())?.map_err(unreadable)?;
    let mut out = csv::WriterBuilder::new()
        .quote_style(csv::QuoteStyle::Always)
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    for row in range.rows() {
        // Writing to memory cannot fail; all rows of a range are of one width.
        let _ = out.write_record(row.iter().map(text));
    }
    out.into_inner().map_err(|_| reading::WORKBOOK_UNREADABLE.plain())
}

fn text(cell: &Data) -> String {
    match cell {
        Data::Empty | Data::Error(_) => String::new(),
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => text.clone(),
        Data::Int(whole) => whole.to_string(),
        Data::Bool(yes) => if *yes { "1" } else { "0" }.to_owned(),
        // Excel holds 15 digits exactly; `{}` writes a whole number without a point and never in powers of ten.
        Data::Float(number) => number.to_string(),
        Data::DateTime(moment) => moment.as_datetime_text(),
    }
}

/// Excel's serial days as a date that the date patterns know.
trait AsDatetimeText {
    fn as_datetime_text(&self) -> String;
}

impl AsDatetimeText for calamine::ExcelDateTime {
    fn as_datetime_text(&self) -> String {
        let (year, month, day, ..) = self.to_ymd_hms_milli();
        format!("{year:04}-{month:02}-{day:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_dates_and_texts_come_out_whole() {
        let mut book = rust_xlsxwriter::Workbook::new();
        let sheet = book.add_worksheet();
        sheet.write(0, 0, "お荷物伝票番号").unwrap();
        sheet.write(0, 1, "発送日").unwrap();
        sheet.write(1, 0, 123_456_789_013_f64).unwrap();
        let date = rust_xlsxwriter::ExcelDateTime::from_ymd(2026, 4, 2).unwrap();
        let form = rust_xlsxwriter::Format::new().set_num_format("yyyy/m/d");
        sheet.write_with_format(1, 1, &date, &form).unwrap();
        sheet.write(2, 0, "0012").unwrap();
        let csv = to_csv(&book.save_to_buffer().unwrap()).unwrap();
        assert_eq!(
            String::from_utf8(csv).unwrap(),
            "\"お荷物伝票番号\",\"発送日\"\r\n\"123456789013\",\"2026-04-02\"\r\n\"0012\",\"\"\r\n"
        );
        assert_eq!(to_csv(b"PK\x03\x04 not a book").unwrap_err().code(), "workbook-unreadable");
    }
}
