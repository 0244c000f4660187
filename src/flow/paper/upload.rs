//! The RMS 発送完了報告 upload: six columns, CP932, CRLF, no quotes. A cell is written as it is or
//! its row is not written at all; nothing is mended here, and nothing is guarded.

use super::{label, phrase};
use crate::flow::encode::{Unmappable, cp932};
use crate::model::change::{Kind, What};
use crate::model::day::Day;
use crate::model::ids::{BasketId, OrderNumber};
use crate::model::plan::Entry;
use crate::model::shipment::{RowWrite, ShipChange};
use crate::model::words::{Lang, Why, delivering};
use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};

/// The header, exactly.
pub const HEADER: [&str; 6] = ["注文番号", "送付先ID", "発送明細ID", "お荷物伝票番号", "配送会社", "発送日"];

const README: &str = include_str!("upload_readme.txt");

/// What an upload must fit into.
#[derive(Clone, Debug)]
pub struct UploadRules {
    /// The shop's name as it stands in the file names.
    pub shop: String,
    /// The time in the file names: `YYYYMMDDThhmmss`.
    pub stamp: String,
    /// Today in Japan, for the age of orders.
    pub today: Day,
    /// RMS takes 5,000 rows a file.
    pub rows_per_file: usize,
    /// RMS takes orders up to 180 days old.
    pub days_max: i64,
    /// Orders known to have several destinations, though only one may be in the plan.
    pub several: BTreeSet<OrderNumber>,
}

/// One file to upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadFile {
    /// The name without `.csv`.
    pub name_stem: String,
    pub bytes: Vec<u8>,
    /// Rows without the header.
    pub rows: usize,
    /// 行ID of the changes in it.
    pub entries: Vec<u32>,
}

/// A change that has no place in an upload file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotExportable {
    /// 行ID.
    pub entry: u32,
    pub order: OrderNumber,
    pub why: Why,
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Upload {
    pub files: Vec<UploadFile>,
    pub not_exportable: Vec<NotExportable>,
}

struct Row {
    entry: u32,
    cells: [String; 6],
}

/// Shipping rows as upload files; every entry is in exactly one file or named as not exportable.
/// An order's rows stay together in one file unless they alone exceed the limit.
pub fn upload<E: Borrow<Entry>>(entries: &[E], rules: &UploadRules) -> Upload {
    let mut not_exportable = Vec::new();
    let mut orders: BTreeMap<&OrderNumber, (BTreeSet<BasketId>, Vec<Row>)> = BTreeMap::new();
    for entry in entries.iter().map(Borrow::<Entry>::borrow) {
        match row(entry, rules) {
            Ok((basket, row)) => {
                let (baskets, rows) = orders.entry(&entry.change.order).or_default();
                baskets.insert(basket);
                rows.push(row);
            }
            Err(why) => not_exportable.push(NotExportable { entry: entry.id, order: entry.change.order.clone(), why }),
        }
    }
    let (mut single, mut several) = (Vec::new(), Vec::new());
    for (order, (baskets, mut rows)) in orders {
        rows.sort_by(|a, b| (&a.cells[1], a.entry).cmp(&(&b.cells[1], b.entry)));
        let group = if baskets.len() > 1 || rules.several.contains(order) { &mut several } else { &mut single };
        group.push(rows);
    }
    let mut files = packed(single, rules, "");
    files.extend(packed(several, rules, "_複数送付先"));
    Upload { files, not_exportable }
}

/// `はじめにお読みください.txt`: where to upload, and what not to do. UTF-8 with BOM, CRLF.
pub fn upload_readme(upload: &Upload) -> Vec<u8> {
    let mut text = format!("\u{feff}{README}");
    for file in &upload.files {
        let rows = phrase::count(file.rows as u64);
        let line = label::ROWS_OF.fill(Lang::Ja, &[("name", &file.name_stem), ("n", &rows)]);
        text.push_str(&format!("・{line}\n"));
    }
    // Other kinds have worksheets of their own and need no word here.
    let parcels =
        upload.not_exportable.iter().filter(|refused| refused.why.code() != delivering::UPLOAD_OTHER_KIND.code);
    let lines: Vec<String> = parcels
        .map(|NotExportable { entry: _, order, why }| {
            format!("・{order} {}。{}\n", why.text(Lang::Ja), why.remedy(Lang::Ja))
        })
        .collect();
    if !lines.is_empty() {
        text.push_str(&format!("\n{}\n", label::NOT_IN_CSV.of(Lang::Ja)));
        text.push_str(&lines.concat());
    }
    text.replace('\n', "\r\n").into_bytes()
}

/// The row of an entry, each cell of the one form that RMS is known to take.
fn row(entry: &Entry, rules: &UploadRules) -> Result<(BasketId, Row), Why> {
    let change = &entry.change;
    let What::Ship(ShipChange { basket, write, was: _ }) = &change.what else {
        let kind = phrase::kind(change.kind(), Lang::Ja).to_owned();
        return Err(delivering::UPLOAD_OTHER_KIND.with([("kind", kind)]));
    };
    let shipment = match write {
        RowWrite::Delete(row) => return Err(delivering::UPLOAD_DELETE.with([("row", row.to_string())])),
        RowWrite::Fill(_, shipment) | RowWrite::Add(shipment) | RowWrite::Amend(_, shipment) => shipment,
    };
    let Some(number) = &shipment.number else { return Err(delivering::UPLOAD_NO_NUMBER.plain()) };
    if let Some(ordered) = change.order.day() {
        let days = rules.today.days_since(ordered);
        if days > rules.days_max {
            let values = [("days", days.to_string()), ("most", rules.days_max.to_string())];
            return Err(delivering::UPLOAD_TOO_OLD.with(values));
        }
    }
    let cells = [
        change.order.to_string(),
        basket.to_string(),
        write.row().map(|row| row.to_string()).unwrap_or_default(),
        number.to_string(),
        shipment.carrier.code().to_owned(),
        shipment.date.to_string(),
    ];
    // An empty 発送明細ID means "add a row", so it must be empty for an addition and for nothing else.
    let adds = write.row().is_none();
    let fits = [
        OrderNumber::parse(&cells[0]).is_some(),
        is_id(&cells[1], 10),
        if adds { cells[2].is_empty() } else { is_id(&cells[2], 12) },
        (1..=120).contains(&cells[3].len()) && cells[3].bytes().all(|b| b.is_ascii_alphanumeric()),
        cells[4].len() == 4 && cells[4].bytes().all(|b| b.is_ascii_digit()),
        Day::from_iso(&cells[5]).is_some(),
    ];
    if let Some(column) = fits.iter().position(|fits| !fits) {
        let values = [("column", HEADER[column].to_owned()), ("value", cells[column].clone())];
        return Err(delivering::UPLOAD_CELL.with(values));
    }
    Ok((*basket, Row { entry: entry.id, cells }))
}

/// A positive number of at most so many digits: RMS shows its ids without padding.
fn is_id(text: &str, digits_max: usize) -> bool {
    (1..=digits_max).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0')
}

/// Orders in files of at most the rows allowed.
fn packed(orders: Vec<Vec<Row>>, rules: &UploadRules, part: &str) -> Vec<UploadFile> {
    let most = rules.rows_per_file.max(1);
    let mut files: Vec<Vec<Row>> = Vec::new();
    for rows in orders {
        let fits = files.last().is_some_and(|file| file.len() + rows.len() <= most);
        if fits && let Some(file) = files.last_mut() {
            file.extend(rows);
            continue;
        }
        // An order larger than a whole file has to be cut.
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            files.push(rows.by_ref().take(most).collect());
        }
    }
    let several = files.len() > 1;
    let shop = file_name_part(&rules.shop);
    files
        .into_iter()
        .enumerate()
        .map(|(place, rows)| {
            let number = if several { format!("_{}", place + 1) } else { String::new() };
            UploadFile {
                name_stem: format!(
                    "RMSアップロード用_発送完了報告_{shop}_{}{part}{number}_Excelで開かない",
                    rules.stamp
                ),
                rows: rows.len(),
                entries: rows.iter().map(|row| row.entry).collect(),
                bytes: bytes(&rows),
            }
        })
        .collect()
}

fn bytes(rows: &[Row]) -> Vec<u8> {
    let header = cp932("注文番号,送付先ID,発送明細ID,お荷物伝票番号,配送会社,発送日\r\n", Unmappable::Stop);
    debug_assert!(header.is_ok(), "the header fits CP932");
    let header = header.unwrap_or_default();
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .quote_style(csv::QuoteStyle::Never)
        .has_headers(false)
        .from_writer(header);
    for row in rows {
        writer.write_record(&row.cells).expect("a buffer takes every write");
    }
    writer.into_inner().expect("a buffer takes every write")
}

/// A name as a part of a file name on any system.
fn file_name_part(name: &str) -> String {
    let safe = |c: char| if c.is_control() || r#"\/:*?"<>|"#.contains(c) || c.is_whitespace() { '_' } else { c };
    name.chars().map(safe).take(40).collect()
}

/// Kinds that have an upload file; the others get a worksheet.
pub fn has_upload(kind: Kind) -> bool {
    match kind {
        Kind::Ship => true,
        Kind::Cancel | Kind::Amend | Kind::Confirm | Kind::SubStatus | Kind::Memo => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{amend_entry, entry, fill_entry, ship, shipment};
    use super::*;
    use crate::model::ids::RowId;
    use crate::model::shipment::TrackingNumber;

    fn rules(rows_per_file: usize) -> UploadRules {
        UploadRules {
            shop: "demo".into(),
            stamp: "20261124T213000".into(),
            today: Day::from_iso("2026-11-24").unwrap(),
            rows_per_file,
            days_max: 180,
            several: BTreeSet::new(),
        }
    }

    fn add(id: u32, serial: u32, basket: i64) -> Entry {
        entry(id, serial, ship(basket, RowWrite::Add(shipment(&format!("49021234567{id}"))), None))
    }

    fn check(entries: &[Entry], rows_per_file: usize, expect: &[&[u32]]) -> Upload {
        let upload = upload(entries, &rules(rows_per_file));
        let found: Vec<&[u32]> = upload.files.iter().map(|file| file.entries.as_slice()).collect();
        assert_eq!(found, expect);
        let all: usize = upload.files.iter().map(|file| file.rows).sum::<usize>() + upload.not_exportable.len();
        assert_eq!(all, entries.len(), "every entry has one place");
        upload
    }

    #[test]
    fn the_bytes_are_what_rms_takes() {
        let upload = check(&[fill_entry(1), add(2, 2, 70_000_002)], 5000, &[&[1, 2]]);
        let file = &upload.files[0];
        assert_eq!(file.name_stem, "RMSアップロード用_発送完了報告_demo_20261124T213000_Excelで開かない");
        let text = encoding_rs::SHIFT_JIS.decode_without_bom_handling_and_without_replacement(&file.bytes).unwrap();
        assert_eq!(
            text,
            "注文番号,送付先ID,発送明細ID,お荷物伝票番号,配送会社,発送日\r\n\
            555001-20261120-0000000001,70000001,880001,490212345678,1001,2026-11-24\r\n\
            555001-20261120-0000000002,70000002,,490212345672,1001,2026-11-24\r\n"
        );
        assert!(file.bytes.starts_with(b"\x92\x8d\x95\xb6\x94\xd4\x8d\x86,"));
    }

    #[test]
    fn an_order_stays_in_one_file_and_several_destinations_go_apart() {
        let entries = [add(1, 1, 7), add(2, 2, 7), add(3, 2, 7), add(4, 3, 7), add(5, 4, 7), add(6, 4, 8)];
        check(&entries, 5000, &[&[1, 2, 3, 4], &[5, 6]]);
        let upload = check(&entries, 2, &[&[1], &[2, 3], &[4], &[5, 6]]);
        assert!(upload.files[0].name_stem.contains("T213000_1_Excel"));
        assert!(upload.files[3].name_stem.contains("T213000_複数送付先_Excel"));
        // Larger than a file: cut, but nothing is lost.
        check(&[add(1, 1, 7), add(2, 1, 7), add(3, 1, 7)], 2, &[&[1, 2], &[3]]);
    }

    #[test]
    fn an_order_known_to_have_several_destinations_goes_apart_too() {
        let mut rules = rules(5000);
        rules.several.insert(super::super::testing::order(2));
        let upload = upload(&[add(1, 1, 7), add(2, 2, 7)], &rules);
        assert_eq!(upload.files.len(), 2);
        assert!(upload.files[1].name_stem.contains("複数送付先"));
    }

    #[test]
    fn what_has_no_form_is_not_exported() {
        let mut no_number = shipment("1");
        no_number.number = None;
        let mut hyphen = shipment("1");
        hyphen.number = TrackingNumber::parse("4902-1234");
        let mut old = add(5, 5, 7);
        old.change.order = OrderNumber::parse("555001-20260101-0000000005").unwrap();
        let entries = [
            amend_entry(1),
            entry(2, 2, ship(7, RowWrite::Delete(RowId(9)), None)),
            entry(3, 3, ship(7, RowWrite::Add(no_number), None)),
            entry(4, 4, ship(7, RowWrite::Add(hyphen), None)),
            old,
            entry(6, 6, ship(12_345_678_901, RowWrite::Add(shipment("1")), None)),
            entry(7, 7, ship(7, RowWrite::Fill(RowId(0), shipment("1")), None)),
        ];
        let upload = check(&entries, 5000, &[]);
        let codes: Vec<&str> = upload.not_exportable.iter().map(|refused| refused.why.code()).collect();
        assert_eq!(
            codes,
            [
                "upload-other-kind",
                "upload-delete",
                "upload-no-number",
                "upload-cell",
                "upload-too-old",
                "upload-cell",
                "upload-cell"
            ]
        );
        let readme = String::from_utf8(upload_readme(&upload)).unwrap();
        assert!(
            readme.contains("・555001-20261120-0000000002 発送明細 `9` の削除はCSVではできません。")
                && readme.contains("\r\n")
                && !readme.contains("\n\n")
        );
    }
}
