//! A small CSV of the shop's own that a step refers to (a key list, a table to look things up in): read whole,
//! with its header, every column kept. The night's own files go the strict way of [`super::read`].

use super::decode;
use crate::model::sheet::{Encoding, Sheet, SheetRow};
use crate::model::words::{Why, reading};

/// Reads the table. Names of columns are trimmed; cells are as they stand.
///
/// # Errors
/// It cannot be decoded, or a record has another number of cells than the header.
pub fn read(bytes: &[u8], file: &str) -> Result<Sheet, Why> {
    let bad = |detail: String| reading::SIDE_FILE_UNREADABLE.with([("file", file.to_owned()), ("detail", detail)]);
    let encoding = decode::judge(bytes, None).map_err(|trouble| bad(format!("{trouble:?}")))?;
    let bytes = match encoding {
        Encoding::Utf16Le | Encoding::Utf16Be => return Err(bad("UTF-16".to_owned())),
        Encoding::Utf8Bom => bytes.get(3..).unwrap_or_default(),
        Encoding::Ascii | Encoding::Utf8 | Encoding::Cp932 => bytes,
    };
    let mut reader = csv::ReaderBuilder::new().from_reader(bytes);
    let text = |cell: &[u8]| -> Result<String, Why> {
        decode::cell(cell, encoding).map(std::borrow::Cow::into_owned).map_err(|_| bad("文字コード".to_owned()))
    };
    let header = reader.byte_headers().map_err(|error| bad(error.to_string()))?.clone();
    let columns =
        header.iter().map(|cell| text(cell).map(|name| name.trim().to_owned())).collect::<Result<_, Why>>()?;
    let mut rows = Vec::new();
    for (record, found) in (1u32..).zip(reader.byte_records()) {
        let found = found.map_err(|error| bad(error.to_string()))?;
        let cells = found.iter().map(text).collect::<Result<_, Why>>()?;
        // Nobody is shown a line of a side table; the record will do.
        rows.push(SheetRow { record, line: record + 1, cells });
    }
    Ok(Sheet { columns, rows })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], expect: Option<&str>) {
        let got = read(bytes, "keys.csv").ok().map(|sheet| {
            let rows: Vec<String> =
                sheet.rows.iter().map(|row| format!("{}:{}", row.line, row.cells.join("|"))).collect();
            format!("{} / {}", sheet.columns.join("|"), rows.join(" / "))
        });
        assert_eq!(got.as_deref(), expect);
    }

    #[test]
    fn both_encodings_are_read_and_ragged_tables_are_not() {
        check("\u{feff}管理番号,注文番号\r\nA1,0012\r\n".as_bytes(), Some("管理番号|注文番号 / 2:A1|0012"));
        let cp932 = crate::flow::encode::cp932("管理番号,注文番号\r\nA1,0012\r\n", Default::default()).unwrap();
        check(&cp932, Some("管理番号|注文番号 / 2:A1|0012"));
        check(b"a,b\r\n1\r\n", None);
    }
}
