//! Tests of reading a sheet: one `check` from bytes and a layout to rows, rejections and refusals.

#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "test bytes are made with it")]

use super::*;
use crate::model::layout::{Hint, KeyWay, NumberCheck, Subject};
use crate::model::words::Lang;

fn layout(header: Header) -> Layout {
    let column = |name: &str, alias: &str, position| Column {
        name: name.to_owned(),
        aliases: vec![alias.to_owned()],
        position: Some(position),
    };
    Layout {
        name: "test".to_owned(),
        title: "試験".to_owned(),
        subject: Subject::Shipments,
        encoding: "auto".to_owned(),
        header,
        counts: vec![4],
        all_columns: ["管理番号", "伝票番号", "予備", "予備"].map(str::to_owned).to_vec(),
        columns: [
            (Field::Key, column("管理番号", "お客様管理番号", 1)),
            (Field::Number, column("伝票番号", "送り状番号", 2)),
        ]
        .into(),
        needed: vec![Field::Number],
        carrier: None,
        key: KeyWay::OrderNumber,
        check: NumberCheck::Off,
        lengths: Vec::new(),
        check_digit: "none".to_owned(),
        date_patterns: Vec::new(),
        several_kinds: Vec::new(),
        not_this: [(
            "取込区分".to_owned(),
            Hint { ja: "これは取込用です".to_owned(), en: "this is for import".to_owned() },
        )]
        .into(),
        completion_suffix: None,
    }
}

fn sjis(text: &str) -> Vec<u8> {
    encoding_rs::SHIFT_JIS.encode(text).0.into_owned()
}

/// Everything that came of a file, one line a thing.
fn told(bytes: &[u8], layout: &Layout, over: &LayoutOver, extra: &[&str]) -> Vec<String> {
    let extra: Vec<String> = extra.iter().map(|name| (*name).to_owned()).collect();
    let limits = Limits { file_bytes_max: 10_000, cell_bytes_max: 100 };
    match read_sheet(bytes, &Arc::from("a.csv"), layout, over, &extra, &limits) {
        Err(refused) => vec![format!(
            "refused {} line {:?} column {:?}",
            refused.why.code(),
            refused.line,
            refused.column.unwrap_or_default()
        )],
        Ok(read) => {
            let mut out = vec![format!("{:?} {}", read.encoding, read.sheet.columns.join("|"))];
            for row in &read.sheet.rows {
                out.push(format!("{}/{} {}", row.record, row.line, row.cells.join("|")));
            }
            for Rejection { source, column, value, why } in &read.rejected {
                let place = format!("{}/{}", source.record, source.line);
                out.push(format!("{place} rejected {} {:?} {:?}", why.code(), column, value));
            }
            for aside in &read.set_aside {
                out.push(format!("{}/{} aside {}", aside.source.record, aside.source.line, aside.why.code()));
            }
            out.extend(read.notes.iter().map(|why| format!("note {}", why.code())));
            out.extend(read.missing.iter().map(|name| format!("missing {name}")));
            let piles = read.sheet.rows.len() + read.rejected.len() + read.set_aside.len();
            assert_eq!(read.rows_read as usize, piles, "{out:?}");
            out
        }
    }
}

/// A record of the file as it stands in it.
fn raw<'a>(read: &'a ReadSheet, bytes: &'a [u8], record: u32) -> &'a [u8] {
    match read.raw(record).unwrap() {
        Raw::InFile(range) => &bytes[range.start as usize..range.end as usize],
        Raw::Recoded(raw) => raw,
    }
}

fn original(read: &ReadSheet, bytes: &[u8], record: u32) -> Vec<String> {
    read.original(raw(read, bytes, record))
}

fn check(bytes: &[u8], header: Header, expect: &[&str]) {
    assert_eq!(told(bytes, &layout(header), &LayoutOver::default(), &[]), expect);
}

#[test]
fn a_value_that_may_be_cut_at_the_files_end_is_asked_about() {
    let last = |cell: &str| {
        let text = format!("管理番号,送り状番号\nK1,123\nK2,{cell}");
        told(text.as_bytes(), &layout(Header::Auto), &LayoutOver::default(), &[]).last().cloned().unwrap_or_default()
    };
    for whole in ["", "\"110\"", "400000000013", "2026/04/02", "110\n", "110\r\n"] {
        assert!(!last(whole).contains("last-cell-open"), "{}", last(whole));
    }
    for open in ["110", "2026/04/1", "送料"] {
        assert!(last(open).contains("last-cell-open"), "{}", last(open));
    }
    // A column that nobody reads may end as it likes, and a file of one line has nothing to be held against.
    check("管理番号,送り状番号,x\nK1,123,y".as_bytes(), Header::Auto, &["Utf8 管理番号|伝票番号", "1/2 K1|123"]);
}

#[test]
fn columns_are_found_by_name_in_any_order_and_encoding() {
    let text = "送り状番号,備考,\"管理番号\"\r\n123,\"a\r\nb\",K1\r\n124,,K2\r\n";
    let rows = ["1/2 K1|123", "2/4 K2|124"];
    let with = |first: &'static str| [&[first][..], &rows[..]].concat();
    check(&sjis(text), Header::Auto, &with("Cp932 管理番号|伝票番号"));
    check(text.as_bytes(), Header::Auto, &with("Utf8 管理番号|伝票番号"));
    let bom = [b"\xef\xbb\xbf", text.as_bytes()].concat();
    check(&bom, Header::Yes, &[&with("Utf8Bom 管理番号|伝票番号")[..], &["note bom-found"]].concat());
    let wide: Vec<u8> =
        format!("\u{feff}{}", text.replace(',', "\t")).encode_utf16().flat_map(u16::to_le_bytes).collect();
    let notes = ["note utf16-found", "note other-delimiter"];
    check(&wide, Header::Auto, &[&with("Utf16Le 管理番号|伝票番号")[..], &notes].concat());
}

#[test]
fn columns_are_found_by_place_without_header() {
    check(b"K1,123,x,y\r\nK2,124,,\r\n", Header::Auto, &["Ascii 管理番号|伝票番号", "1/1 K1|123", "2/2 K2|124"]);
    check(b"K1,123,x\r\nK2,124,\r\n", Header::Auto, &["refused column-count line None column \"\""]);
    // A mended sheet of ours: it has a header, and our columns at the right.
    let mended = "管理番号,伝票番号,予備,予備,エラー行,エラー項目,エラー値,エラー理由,対処方法\r\nK1,123,x,y,4,,,,\r\n";
    check(mended.as_bytes(), Header::No, &["Utf8 管理番号|伝票番号", "1/2 K1|123", "note header-found"]);
}

#[test]
fn extra_columns_come_along_and_missing_ones_are_listed() {
    let text = "管理番号,伝票番号,検索キー１\r\nK1,123,z\r\n";
    let layout = layout(Header::Auto);
    let over = LayoutOver::default();
    let extra = ["検索キー1", "送り状番号", "配送日"];
    let expect = ["Utf8 管理番号|伝票番号|検索キー1|送り状番号", "1/2 K1|123|z|123", "missing 配送日"];
    assert_eq!(told(text.as_bytes(), &layout, &over, &extra), expect);
    let over = LayoutOver { columns: [(Field::Key, "検索キー1".to_owned())].into(), ..LayoutOver::default() };
    assert_eq!(told(text.as_bytes(), &layout, &over, &[]), ["Utf8 管理番号|伝票番号", "1/2 z|123"]);
}

#[test]
fn files_that_cannot_be_used_say_why() {
    let check = |bytes: &[u8], expect: &str| check(bytes, Header::Auto, &[expect]);
    check(b"PK\x03\x04zip", "refused not-a-csv line None column \"\"");
    check(b"K1,1,2,3\nK2,\0,2,3\n", "refused nul-in-file line Some(2) column \"\"");
    check(b"K1,1,2,3\nK2,\"1,2,3\n", "refused quote-unclosed line Some(2) column \"\"");
    check(b"\"K1,1,2,3\n", "refused quote-unclosed line Some(1) column \"\"");
    check(b"K1,1,2,3\n\xa0\xfd\xff", "refused encoding-unclear line Some(2) column \"\"");
    check("管理番号,荷物\nK1,1\n".as_bytes(), "refused column-missing line Some(1) column \"伝票番号\"");
    check("管理番号,伝票番号,伝票番号\n".as_bytes(), "refused column-twice line Some(1) column \"伝票番号\"");
    check("取込区分,伝票番号\n".as_bytes(), "refused wrong-file line Some(1) column \"取込区分\"");
    check(&vec![b'a'; 10_001], "refused file-too-large line None column \"\"");
}

#[test]
fn the_hint_about_another_file_is_told_in_both_languages() {
    let file = Arc::from("a.csv");
    let text = "取込区分,伝票番号\n".as_bytes();
    let layout = layout(Header::Auto);
    let why = read_sheet(text, &file, &layout, &LayoutOver::default(), &[], &Limits::default()).unwrap_err().why;
    assert_eq!(why.text(Lang::Ja), "別の種類のファイルです（列 `取込区分`）: これは取込用です");
    assert_eq!(why.text(Lang::En), "another kind of file (column `取込区分`): this is for import");
}

#[test]
fn a_missing_column_is_told_with_what_is_there() {
    let text = "管理番号,送り状No\nK1,1\n".as_bytes();
    let file = Arc::from("a.csv");
    let layout = layout(Header::Auto);
    let refused = read_sheet(text, &file, &layout, &LayoutOver::default(), &[], &Limits::default())
        .unwrap_err()
        .why
        .text(Lang::Ja);
    assert_eq!(refused, "必要な列 `伝票番号` がありません。似た列: `送り状No`（ファイルの列: 管理番号, 送り状No）");
}

#[test]
fn rows_that_cannot_be_used_say_why() {
    let mut bytes = sjis("管理番号,伝票番号,名前\r\n");
    for row in [
        "K1,1,a\r\n",
        "K2,2\r\n",
        "K3,3,c,\r\n",
        "K4,4,d,e\r\n",
        "\"K5\"x,5,e\r\n",
        "\"K6\\\"x\",6,f\r\n",
        "K7\",7,g\r\n",
        "K8\",8\r\n",
        "=\"0009\",\"=\"\"0010\"\"\",h\r\n",
    ] {
        bytes.extend_from_slice(row.as_bytes());
    }
    bytes.extend_from_slice(b"K\x95,11,i\r\nK12,12,\x95\r\n");
    bytes.extend_from_slice(format!("K13,{},j\r\n", "1".repeat(101)).as_bytes());
    let expect = [
        "Cp932 管理番号|伝票番号",
        "1/2 K1|1",
        "3/4 K3|3",
        "7/8 K7\"|7",
        "9/10 0009|0010",
        // The broken character stands in a column that nobody asked for.
        "11/12 K12|12",
        "2/3 rejected cells-fewer None None",
        "4/5 rejected cells-more None None",
        "5/6 rejected text-after-quote None None",
        "6/7 rejected backslash-quote None None",
        "8/9 rejected stray-quote None None",
        "10/11 rejected cell-unreadable Some(\"管理番号\") Some(\"95\")",
        "12/13 rejected cell-too-large Some(\"伝票番号\") None",
    ];
    let mut layout = layout(Header::Yes);
    layout.encoding = "cp932".to_owned();
    assert_eq!(told(&bytes, &layout, &LayoutOver::default(), &[]), expect);
}

#[test]
fn lines_that_are_no_rows_are_told_apart() {
    let text = "管理番号,伝票番号,名前\r\nK1,1,a\r\n\r\n,,\r\n　,\" \",\r\n管理番号,伝票番号,名前\r\nK2,2,b\r\n合計,,3\r\n,合計,3\r\n合計 3\r\n,,x\r\n\u{1a}";
    check(
        text.as_bytes(),
        Header::Auto,
        &[
            "Utf8 管理番号|伝票番号",
            "1/2 K1|1",
            "5/7 K2|2",
            "9/11 |",
            "8/10 rejected cells-fewer None None",
            "4/6 aside header-repeated",
            "6/8 aside totals-line",
            "7/9 aside totals-line",
            "note eof-mark",
        ],
    );
}

#[test]
fn empty_files_are_no_trouble() {
    check(b"", Header::Auto, &["Ascii ", "note no-rows"]);
    check(b"\r\n\r\n", Header::Auto, &["Ascii ", "note no-rows"]);
    check(b"\x1a", Header::Auto, &["Ascii ", "note eof-mark", "note no-rows"]);
    check("管理番号,伝票番号\r\n".as_bytes(), Header::Auto, &["Utf8 管理番号|伝票番号", "note no-rows"]);
    check(
        "管理番号,伝票番号\rK1,1\rK2,2\r".as_bytes(),
        Header::Auto,
        &["Utf8 管理番号|伝票番号", "1/2 K1|1", "2/3 K2|2"],
    );
}

#[test]
fn a_record_can_be_shown_whole() {
    let file: Arc<str> = Arc::from("a.csv");
    let read = |bytes: &[u8], header| {
        read_sheet(bytes, &file, &layout(header), &LayoutOver::default(), &[], &Limits::default()).unwrap()
    };
    let bytes = sjis("K1,1,\"表,\r\n\"\"x\",y\r\nK2,2,ソ,z\r\n");
    let sheet = read(&bytes, Header::No);
    assert_eq!(sheet.original_header(), ["管理番号", "伝票番号", "予備", "予備"]);
    assert_eq!(original(&sheet, &bytes, 1), ["K1", "1", "表,\r\n\"x", "y"]);
    assert_eq!(original(&sheet, &bytes, 2), ["K2", "2", "ソ", "z"]);
    assert_eq!((sheet.raw(0), sheet.raw(3)), (None, None));
    let mended = "管理番号,伝票番号,エラー行,エラー項目,エラー値,エラー理由,対処方法\r\nK1,1,2,a,b,c,d\r\n".as_bytes();
    let sheet = read(mended, Header::Auto);
    assert_eq!(sheet.original_header(), ["管理番号", "伝票番号"]);
    assert_eq!(original(&sheet, mended, 1), ["K1", "1"]);
}

#[test]
fn a_guard_of_ours_comes_off_and_a_customers_own_sign_stays() {
    let head = "管理番号,伝票番号,備考";
    let ours = "エラー行,エラー項目,エラー値,エラー理由,対処方法";
    let rows = ["K1,1,'-要確認", "K2,2,''=A1", "K3,\"=\"\"0012\"\"\",'quoted", "K4,'=\"0012\",x"];
    let with = |tail: &str| rows.map(|row| format!("{row}{tail}\r\n")).concat();
    let extra = ["備考"];
    let (layout, over) = (layout(Header::Auto), LayoutOver::default());
    let mended = format!("{head},{ours}\r\n{}", with(",2,備考,'-要確認,a,b"));
    let expect =
        ["Utf8 管理番号|伝票番号|備考", "1/2 K1|1|-要確認", "2/3 K2|2|'=A1", "3/4 K3|0012|'quoted", "4/5 K4|0012|x"];
    assert_eq!(told(mended.as_bytes(), &layout, &over, &extra), expect);
    let foreign = format!("{head}\r\n{}", with(""));
    let expect = [
        "Utf8 管理番号|伝票番号|備考",
        "1/2 K1|1|'-要確認",
        "2/3 K2|2|''=A1",
        "3/4 K3|0012|'quoted",
        "4/5 K4|'=\"0012\"|x",
    ];
    assert_eq!(told(foreign.as_bytes(), &layout, &over, &extra), expect);
    // What a next error sheet shows does not grow.
    let file: Arc<str> = Arc::from("a.csv");
    let read = read_sheet(mended.as_bytes(), &file, &layout, &over, &[], &Limits::default()).unwrap();
    assert_eq!(original(&read, mended.as_bytes(), 1), ["K1", "1", "-要確認"]);
    assert_eq!(original(&read, mended.as_bytes(), 3), ["K3", "0012", "'quoted"]);
}

#[test]
fn a_column_that_a_person_added_at_the_right_of_ours_is_read() {
    let mended = "管理番号,伝票番号,エラー行,エラー項目,エラー値,エラー理由,対処方法,送付先\r\nK1,1,2,a,b,c,d,B1\r\n";
    let (layout, over) = (layout(Header::Auto), LayoutOver::default());
    let expect = ["Utf8 管理番号|伝票番号|送付先", "1/2 K1|1|B1"];
    assert_eq!(told(mended.as_bytes(), &layout, &over, &["送付先"]), expect);
    let file: Arc<str> = Arc::from("a.csv");
    let read = read_sheet(mended.as_bytes(), &file, &layout, &over, &[], &Limits::default()).unwrap();
    assert_eq!(read.original_header(), ["管理番号", "伝票番号", "送付先"]);
    assert_eq!(original(&read, mended.as_bytes(), 1), ["K1", "1", "B1"]);
}

#[test]
fn a_broken_row_of_our_sheet_is_refused_until_somebody_mended_it() {
    let layout = layout(Header::Auto);
    let read = |text: &[u8], encoding: &str| {
        let layout = Layout { encoding: encoding.to_owned(), ..layout.clone() };
        told(text, &layout, &LayoutOver::default(), &[])[1..].to_vec()
    };
    let head = "管理番号,伝票番号,備考,はみ出し,はみ出し,エラー行,エラー項目,エラー値,エラー理由,対処方法\r\n";
    let ja = label::ROW_TO_MEND.of(Lang::Ja);
    let en = label::ROW_TO_MEND.of(Lang::En);
    let text = format!(
        "{head}K1,1,{ja},,,2,,,,\r\nK2,2, {en} ,,,3,,,,\r\nK3,3,x,y,,4,,,,\r\nK4,4,x,,,5,,,,\r\nK5,5,{ja}だった,,,6,,,,\r\nK\u{fffd},6,,,,7,,,,\r\n"
    );
    let expect = [
        "4/5 K4|4",
        "5/6 K5|5",
        "1/2 rejected row-unmended None None",
        "2/3 rejected row-unmended None None",
        "3/4 rejected cells-more None None",
        "6/7 rejected cell-unreadable Some(\"管理番号\") Some(\"K\u{fffd}\")",
    ];
    assert_eq!(read(text.as_bytes(), "auto"), expect);
    // Saved by Excel in CP932, and with our columns taken off: the mark still counts.
    let bare = format!("管理番号,伝票番号,備考\r\nK1,1,{ja}\r\nK2,2,x\r\n");
    assert_eq!(read(&sjis(&bare), "cp932"), ["2/3 K2|2", "1/2 rejected row-unmended None None"]);
}

#[test]
fn a_value_that_stands_twice_must_agree() {
    let layout = crate::flow::layout::built_in_named("generic-corrections").unwrap();
    let check = |text: &str, expect: &[&str]| {
        assert_eq!(told(text.as_bytes(), &layout, &LayoutOver::default(), &[])[1..], *expect, "{text}");
    };
    let note = "note columns-compared";
    check(
        "注文番号,送料,送料\r\nK1,500,500\r\nK2,500,600\r\nK3,,700\r\nK4,800,\r\nK5,,\r\nK6,５００,500\r\n",
        &[
            "1/2 K1|500",
            "3/4 K3|700",
            "4/5 K4|800",
            "5/6 K5|",
            "6/7 K6|５００",
            "2/3 rejected columns-disagree Some(\"送料\") Some(\"500\")",
            note,
        ],
    );
    // Under its other name it is the same value.
    check(
        "注文番号,配送料,送料\r\nK1,500,600\r\n",
        &["1/2 rejected columns-disagree Some(\"送料\") Some(\"600\")", note],
    );
    // What a stage does not set has a first choice and a next best.
    let shipments = crate::flow::layout::built_in_named("generic-shipments").unwrap();
    let text = "注文番号,荷物番号,伝票番号,出荷日,発送日\r\nK1,1,2,a,b\r\n";
    assert_eq!(told(text.as_bytes(), &shipments, &LayoutOver::default(), &[])[1..], ["1/2 K1|1|b"]);
}

#[test]
fn a_rejection_is_told_in_the_files_own_words() {
    let layout = crate::flow::layout::built_in_named("yamato-b2").unwrap();
    let file: Arc<str> = Arc::from("a.csv");
    let check = |text: &str, said: (&str, Option<&str>), expect: (&str, Option<&str>)| {
        let dates = ["出荷確定日".to_owned(), "出荷予定日".to_owned()];
        let read =
            read_sheet(text.as_bytes(), &file, &layout, &LayoutOver::default(), &dates, &Limits::default()).unwrap();
        let rejection = Rejection {
            source: Source { file: Arc::clone(&file), record: 1, line: 2 },
            column: Some(said.0.to_owned()),
            value: said.1.map(str::to_owned),
            why: crate::model::words::lifting::KEY_EMPTY.with([("column", said.0.to_owned())]),
        };
        let told = read.in_its_words(raw(&read, text.as_bytes(), rejection.source.record), rejection, &dates);
        assert_eq!((told.column.as_deref(), told.value.as_deref()), (Some(expect.0), expect.1));
        assert_eq!(told.why.values["column"], expect.0);
    };
    let text = "お客様管理番号,送り状番号,出荷予定日\r\nK1,12-3,2026/1/5\r\n";
    check(text, ("発送日", Some("2026-01-05")), ("出荷予定日", Some("2026/1/5")));
    check(text, ("伝票番号", Some("123")), ("送り状番号", Some("12-3")));
    check(text, ("お荷物伝票番号", Some("123")), ("送り状番号", Some("12-3")));
    check(text, ("注文番号", Some("K1")), ("お客様管理番号", Some("K1")));
    check(text, ("送付先ID", None), ("送付先ID", None));
    let ours =
        "お客様管理番号,伝票番号,エラー行,エラー項目,エラー値,エラー理由,対処方法,出荷日\r\nK1,1,,,,,,20260105\r\n";
    check(ours, ("発送日", Some("2026-01-05")), ("出荷日", Some("20260105")));
}

#[test]
fn a_text_is_found_wherever_parts_are_cut() {
    let wanted = [b"abc".to_vec(), b"xy".to_vec()];
    for chunk in 1..9 {
        assert!(marks(b"......abc", &wanted, chunk).wanted, "{chunk}");
        assert!(marks(b"xy.......", &wanted, chunk).wanted, "{chunk}");
        assert!(!marks(b"ab.cx.yab", &wanted, chunk).wanted, "{chunk}");
        assert_eq!(marks(b"", &wanted, chunk), Marks::default(), "{chunk}");
        let both = Marks { end_of_file: Some(3), wanted: true };
        assert_eq!(marks(b"a,b\x1ac\x1axy", &wanted, chunk), both, "{chunk}");
    }
}

#[test]
fn a_delimiter_that_is_half_of_a_character_is_refused() {
    let text = "管理番号|伝票番号|備考|予備\nK1|123|ポ－|x\n";
    let told = |bytes: &[u8], delimiter| {
        let over = LayoutOver { delimiter: Some(delimiter), ..LayoutOver::default() };
        told(bytes, &layout(Header::Yes), &over, &["備考"])
    };
    assert_eq!(told(&sjis(text), '|'), ["refused delimiter-halves line None column \"\""]);
    // Where it is no half of anything, the cells are whole.
    let rows = told(text.as_bytes(), '|')[1..].to_vec();
    assert!(rows.iter().any(|row| row.contains("ポ－")), "{rows:?}");
    assert_eq!(told(&sjis(&text.replace('|', ";")), ';')[1..], rows);
}
