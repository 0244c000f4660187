//! Tests of the comparison: every answer against a slow twin that holds both files in maps.

#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "test bytes are made with it")]

use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

fn how(exact: bool) -> How {
    let column = |name: &str| KeyColumn { name: name.to_owned(), aliases: vec![format!("{name}ID")] };
    How {
        key: vec![column("注文番号"), column("商品明細")],
        exact,
        files: ["old.csv".to_owned(), "new.csv".to_owned()],
        ..How::default()
    }
}

fn sjis(text: &str) -> Vec<u8> {
    encoding_rs::SHIFT_JIS.encode(text).0.into_owned()
}

/// Everything found, one line a thing.
fn told(old: &[u8], new: &[u8], exact: bool) -> Vec<String> {
    match diff(&old.to_vec(), &new.to_vec(), &how(exact)) {
        Err(Trouble::Refused(refused)) => {
            vec![format!("refused {} {:?} {}", refused.file, refused.line, refused.why.code())]
        }
        Err(Trouble::Io(side, error)) => vec![format!("{side:?} {error}")],
        Ok(found) => {
            assert_eq!(found.changed_cells as usize, found.cells.len());
            assert_eq!(found.added as usize, found.added_rows.len());
            assert_eq!(found.removed as usize, found.removed_rows.len());
            let mut out = Vec::new();
            let cell = |change: &CellChange| {
                let CellChange { key, column, old, new, old_line, new_line, .. } = change;
                format!("{key} {column}: {old} > {new} ({old_line}, {new_line})")
            };
            out.extend(found.cells.iter().map(cell));
            out.extend(found.removed_rows.iter().map(|row| format!("- {} {}", row.key, row.line)));
            out.extend(found.added_rows.iter().map(|row| format!("+ {} {}", row.key, row.line)));
            let double = |double: &Duplicate| format!("= {} {:?} {:?}", double.key, double.old_lines, double.new_lines);
            out.extend(found.duplicates.iter().map(double));
            let form = |row: &Irregular| format!("! {:?} {} {}", row.side, row.line, row.why.code());
            out.extend(found.irregular.iter().map(form));
            out
        }
    }
}

fn check(old: &str, new: &str, expect: &[&str]) {
    assert_eq!(told(old.as_bytes(), new.as_bytes(), false), expect);
    // The same in the other encoding, and across both.
    assert_eq!(told(&sjis(old), &sjis(new), false), expect);
    assert_eq!(told(&sjis(old), new.as_bytes(), false), expect);
    assert_eq!(told(old.as_bytes(), &sjis(new), false), expect);
}

#[test]
fn every_changed_cell_is_told_with_its_lines() {
    check(
        "注文番号,商品明細,名前,額\n1,a,\"山\r\n田\",100\n2,a,鈴木,200\n3,a,佐藤,300\n",
        "注文番号,商品明細,名前,額\n3,a,佐藤,300\n1,a,\"山\r\n川\",101\n4,a,高橋,400\n",
        &["1/a 名前: 山\r\n田 > 山\r\n川 (2, 3)", "1/a 額: 100 > 101 (2, 3)", "- 2/a 4", "+ 4/a 5"],
    );
    check("注文番号,商品明細,額\n1,a,1\n", "注文番号,商品明細,額\n1,a,1\n", &[]);
}

#[test]
fn what_programs_change_by_themselves_does_not_count() {
    let old = "注文番号,商品明細ID,額,日,名前\r\n\"1\",\"a\",\"1,650\",2026/4/2,～山\r\n2,a,５,2026/4/2,\r\n";
    let new = "日,名前,額,商品明細,注文番号\n2026-04-02,～山,1650,a,1\n\"2026-04-02 00:00:00\",\"\",5,\"a\",\"2\"\n";
    check(old, new, &[]);
    assert_eq!(told(old.as_bytes(), new.as_bytes(), true).len(), 4);
}

#[test]
fn two_byte_forms_of_one_character_are_one_text() {
    let head = sjis("注文番号,商品明細,名\n");
    let one = [&head[..], b"1,a,\xee\xe0\xed\x40\n"].concat();
    let other = [&head[..], b"1,a,\xfb\xfc\xfa\x5c\n"].concat();
    assert_eq!(told(&one, &other, true), [""; 0]);
    let third = [&head[..], b"1,a,\xfb\xfc\xfa\x5d\n"].concat();
    assert_eq!(told(&one, &third, true), ["1/a 名: 髙纊 > 髙褜 (2, 2)"]);
}

#[test]
fn keys_that_stand_twice_are_named_and_paired_in_order() {
    check(
        "注文番号,商品明細,額\n1,a,1\n1,a,2\n1,a,3\n2,a,1\n",
        "注文番号,商品明細,額\n1,a,3\n1,a,9\n2,a,1\n",
        &["1/a 額: 1 > 9 (2, 3)", "- 1/a 3", "= 1/a [2, 3, 4] [2, 3]"],
    );
}

#[test]
fn rows_of_a_wrong_form_are_named() {
    check(
        "注文番号,商品明細,額\n1,a,1\n2,a\n3,a,1,,\n\"4\"x,a,1\n\n,,\n",
        "注文番号,商品明細,額\n1,a,1\n2,a,\n3,a,1\n5,a,1,2\n",
        &["- \"4\"x/a 5", "+ 5/a 5", "! Old 3 cells-fewer", "! Old 5 text-after-quote", "! New 5 cells-more"],
    );
}

#[test]
fn files_that_cannot_be_compared_say_why() {
    let good = "注文番号,商品明細,額\n1,a,1\n".as_bytes();
    let check = |bytes: &[u8], expect: &str| assert_eq!(told(good, bytes, false), [expect]);
    check("注文番号,額\n1,1\n".as_bytes(), "refused new.csv Some(1) column-missing");
    check("注文番号,商品明細,額\n1,a,\"1\n".as_bytes(), "refused new.csv Some(2) quote-unclosed");
    check("注文番号,商品明細,額\n1,a,\0\n".as_bytes(), "refused new.csv Some(2) nul-in-file");
    check(b"PK\x03\x04", "refused new.csv None not-a-csv");
    check(b"\x1f\x8b\x08", "refused new.csv None compressed");
    check("注文番号,商品明細,額,注文番号\n1,a,1,2\n".as_bytes(), "refused new.csv Some(1) column-twice");
    check("\n注文番号,商品明細,額,商品明細 \n1,a,1,2\n".as_bytes(), "refused new.csv Some(2) column-twice");
    check("注文番号,商品明細,gaku\n1,a,1\n".as_bytes(), "refused new.csv Some(1) diff-nothing-shared");
}

#[test]
fn bytes_that_are_no_character_are_never_the_same_in_silence() {
    let head = |encode: fn(&str) -> Vec<u8>| encode("注文番号,商品明細,名\n");
    let utf8: fn(&str) -> Vec<u8> = |text| text.as_bytes().to_vec();
    let old = [head(sjis), sjis("1,a,表"), b"\x95\n2,b,x\n".to_vec()].concat();
    let new = [head(sjis), sjis("1,a,表"), b"\x96\n2,b,x\n".to_vec()].concat();
    assert_eq!(told(&old, &new, false), ["1/a 名: 表\\x95 > 表\\x96 (2, 2)"]);
    assert_eq!(told(&old, &old, false), [""; 0]);
    // The same bytes in another encoding say nothing about each other.
    let other = [head(utf8), utf8("1,a,表"), b"\x95\n2,b,x\n".to_vec()].concat();
    let more = utf8(&"3,c,見本太郎株式会社見本\n".repeat(9));
    let found = told(&old, &[other.as_slice(), more.as_slice()].concat(), false);
    assert_eq!(found[0], "1/a 名: 表\\x95 > 表\\x95 (2, 2)");
    let whole = diff(&old, &new, &how(false)).ok().unwrap();
    assert_eq!((whole.undecodable_cells, whole.cells[0].undecodable), (1, true));
}

#[test]
fn a_column_asked_for_is_there_or_refused() {
    let old = "注文番号,商品明細,単価,名\n1,a,10,x\n1,a,20,y\n2,a,5,z\n".as_bytes().to_vec();
    let new = "注文番号,商品明細,単価,名\n1,a,20,p\n1,a,10,q\n2,a,6,w\n".as_bytes().to_vec();
    let check = |columns: &[&str], new: &[u8], expect: &str| {
        let how = How { columns: columns.iter().map(|name| (*name).to_owned()).collect(), ..how(false) };
        let found = match diff(&old, &new.to_vec(), &how) {
            Ok(found) => found.cells.iter().map(|cell| format!("{}:{} ", cell.column, cell.new)).collect(),
            Err(Trouble::Refused(refused)) => {
                format!("{} {}", refused.file, refused.why.text(crate::model::words::Lang::En))
            }
            Err(Trouble::Io(_, error)) => error.to_string(),
        };
        assert!(found.starts_with(expect), "{columns:?}: {found}");
    };
    check(&["単価"], &new, "単価:6 ");
    check(&["名"], &new, "名:p 名:q 名:w ");
    check(&["単"], &new, "old.csv the needed column `単` is not there; did you mean `単価`?");
    check(&["単価", "なし"], &new, "old.csv the needed column `なし` is not there (");
    check(&["名"], "注文番号,商品明細,単価\n1,a,20\n".as_bytes(), "new.csv the needed column `名` is not there");
    check(&["名"], b"", "");
}

#[test]
fn without_the_best_key_the_next_tells_rows_apart_and_that_is_said() {
    let key = |names: &[&str]| -> Vec<KeyColumn> {
        names.iter().map(|name| KeyColumn { name: (*name).to_owned(), aliases: Vec::new() }).collect()
    };
    let how = How {
        key: key(&["注文番号", "商品明細ID"]),
        fallbacks: vec![key(&["注文番号", "送付先ID"]), key(&["注文番号"])],
        files: ["old.csv".to_owned(), "new.csv".to_owned()],
        ..How::default()
    };
    let check = |old: &str, new: &str, key: &[&str], without: Option<&str>, expect: &[&str]| {
        let found = diff(&old.as_bytes().to_vec(), &new.as_bytes().to_vec(), &how).ok().unwrap();
        let cells: Vec<String> =
            found.cells.iter().map(|cell| format!("{} {} > {}", cell.key, cell.old, cell.new)).collect();
        assert_eq!(
            (found.key.iter().map(String::as_str).collect(), found.key_without.as_deref()),
            (key.to_vec(), without)
        );
        assert_eq!(cells, expect, "{old}");
    };
    let both = ["注文番号", "商品明細ID"];
    check("注文番号,商品明細ID,単価\nA,1,1\n", "注文番号,商品明細ID,単価\nA,1,2\n", &both, None, &["A/1 1 > 2"]);
    // Lines of one order are paired in their order, equal ones first, however they are quoted.
    let lines = "注文番号,単価\nA,1\nA,2\nB,3\n";
    check(lines, lines, &["注文番号"], Some("商品明細ID"), &[]);
    check(lines, "注文番号,単価\n\"A\",\"2\"\nA,1\nB,4\n", &["注文番号"], Some("商品明細ID"), &["B 3 > 4"]);
    let one = "注文番号,送付先ID,単価\nA,7,1\nA,8,2\n";
    let other = "注文番号,送付先ID,商品明細ID,単価\nA,8,1,3\nA,7,2,1\n";
    check(one, other, &["注文番号", "送付先ID"], Some("商品明細ID"), &["A/8 2 > 3"]);
    check(lines, "", &["注文番号"], Some("商品明細ID"), &[]);
}

#[test]
fn a_header_that_lacks_the_key_is_no_row() {
    let names = ["注文番号", "商品名", "商品明細"].map(str::to_owned).to_vec();
    let by_place = How { headerless: names, ..how(false) };
    let check = |text: &str, expect: Option<&str>| {
        let refused = match diff(&text.as_bytes().to_vec(), &text.as_bytes().to_vec(), &by_place) {
            Err(Trouble::Refused(refused)) => refused.column,
            _ => None,
        };
        assert_eq!(refused.as_deref(), expect, "{text}");
    };
    check("1,a,x\n", None);
    // The place of the key is beyond what the file has.
    check("1,a\n", Some("商品明細"));
    check("注文番号,商品名,単価\n1,a,2\n", Some("商品明細"));
}

#[test]
fn other_forms_of_files_are_taken() {
    let good = "注文番号,商品明細,額\n1,a,1\n2,a,山\n";
    let expect = ["1/a 額: 1 > 2 (2, 2)"];
    let wide = |text: &str| format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let new = good.replace("a,1", "a,2");
    assert_eq!(told(good.as_bytes(), &wide(&new.replace(',', "\t")), false), expect);
    assert_eq!(told(good.as_bytes(), format!("\u{feff}{new}\u{1a}").as_bytes(), false), expect);
    assert_eq!(told(good.as_bytes(), new.replace('\n', "\r").as_bytes(), false), expect);
    assert_eq!(told(b"", b"", false), [""; 0]);
    let mut by_place = how(false);
    by_place.headerless = ["注文番号", "商品明細", "額"].map(str::to_owned).to_vec();
    let found = diff(&b"1,a,1\n2,a,2,x\n".to_vec(), &b"1,a,3\n2,a,2,x\n".to_vec(), &by_place).ok().unwrap();
    assert_eq!((found.changed_cells, found.cells[0].old_line), (1, 1));
}

type Table = Vec<(u32, Vec<String>)>;

/// A file of a table: quoting, encoding and order of columns as told.
fn file(table: &Table, quoted: bool, cp932: bool, backwards: bool) -> Vec<u8> {
    let mut out = String::new();
    let mut line = |cells: Vec<&str>| {
        let cells = cells.into_iter().map(|cell| {
            let must = cell.contains(['"', ',', '\n', '\r']);
            if quoted || must { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.to_owned() }
        });
        let mut cells: Vec<String> = cells.collect();
        if backwards {
            cells.reverse();
        }
        out.push_str(&cells.join(","));
        out.push_str("\r\n");
    };
    line(vec!["注文番号", "商品明細", "一", "二"]);
    for (key, cells) in table {
        let key = key.to_string();
        line(vec![&key, "x", &cells[0], &cells[1]]);
    }
    if cp932 { sjis(&out) } else { out.into_bytes() }
}

/// The slow twin: two maps.
fn slow(old: &Table, new: &Table) -> (Vec<(u32, usize)>, Vec<u32>, Vec<u32>) {
    let map = |table: &Table| table.iter().cloned().collect::<BTreeMap<_, _>>();
    let (old, new) = (map(old), map(new));
    let mut cells = Vec::new();
    for (key, was) in &old {
        for (at, text) in was.iter().enumerate() {
            cells.extend(new.get(key).filter(|now| now[at] != *text).map(|_| (*key, at)));
        }
    }
    let only = |one: &BTreeMap<u32, Vec<String>>, other: &BTreeMap<u32, Vec<String>>| {
        one.keys().filter(|key| !other.contains_key(key)).copied().collect()
    };
    (cells, only(&old, &new), only(&new, &old))
}

fn found(diff: &Diff) -> (Vec<(u32, usize)>, Vec<u32>, Vec<u32>) {
    let key = |key: &str| key.split('/').next().unwrap().parse::<u32>().unwrap();
    let mut cells: Vec<_> =
        diff.cells.iter().map(|cell| (key(&cell.key), usize::from(&*cell.column == "二"))).collect();
    cells.sort_unstable();
    let sorted = |rows: &[RowAt]| {
        let mut keys: Vec<u32> = rows.iter().map(|row| key(&row.key)).collect();
        keys.sort_unstable();
        keys
    };
    (cells, sorted(&diff.removed_rows), sorted(&diff.added_rows))
}

fn table() -> impl Strategy<Value = Table> {
    let cell = "(a|b|表|ソ|\"|,|\r\n){0,3}";
    let cells = (cell, cell).prop_map(|(one, two)| vec![one, two]);
    proptest::collection::btree_map(0u32..40, cells, 0..30).prop_map(|map| map.into_iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]
    #[test]
    fn two_maps_say_the_same(old in table(), mut new in table(), forms in any::<[bool; 6]>(), turn in any::<bool>(), chunk in 1u64..200) {
        if turn {
            new.reverse();
        }
        let old_file = file(&old, forms[0], forms[1], forms[2]);
        let new_file = file(&new, forms[3], forms[4], forms[5]);
        let diff = diff_in_chunks(&old_file, &new_file, &how(true), chunk).ok().unwrap();
        prop_assert_eq!(found(&diff), slow(&old, &new));
        prop_assert!(diff.duplicates.is_empty() && diff.irregular.is_empty());
    }
}

#[test]
fn files_of_many_chunks_are_compared_as_one() {
    // With long quoted cells full of what looks like rows, so that guesses go wrong.
    let rows = |changed: bool| -> Table {
        let text = |key: u32| match key % 7 {
            0 => "x,y\r\n\"a\",\"b\"\r\n".repeat(40),
            1 => "表ソ".repeat(key as usize % 50),
            _ => key.to_string(),
        };
        let keys = (0..6_000u32).filter(|key| !changed || key % 1_000 != 3).chain((6_000..6_010).filter(|_| changed));
        keys.map(|key| {
            (key, vec![text(key), if changed && key % 100 == 5 { "new".to_owned() } else { "old".to_owned() }])
        })
        .collect()
    };
    let (old, mut new) = (rows(false), rows(true));
    for block in new.chunks_mut(256) {
        block.reverse();
    }
    let expect = slow(&old, &new);
    assert_eq!((expect.0.len(), expect.1.len(), expect.2.len()), (60, 6, 10));
    for (quoted, cp932) in [(true, true), (false, true), (true, false)] {
        let (one, other) = (file(&old, true, true, false), file(&new, quoted, cp932, false));
        let diff = diff_in_chunks(&one, &other, &how(true), 5_000).ok().unwrap();
        assert_eq!(found(&diff), expect);
        // Lines, counted the plain way.
        let line = |bytes: &[u8], place: usize| bytes[..place].iter().filter(|byte| **byte == b'\n').count() as u64 + 1;
        let find = |bytes: &[u8], key: &str| {
            let text = if bytes[0] == b'"' { format!("\n\"{key}\",") } else { format!("\n{key},") };
            memchr::memmem::find(bytes, text.as_bytes()).unwrap() + 1
        };
        for change in [&diff.cells[0], &diff.cells[59]] {
            let key = change.key.split('/').next().unwrap();
            assert_eq!(change.old_line, line(&one, find(&one, key)));
            assert_eq!(change.new_line, line(&other, find(&other, key)));
        }
    }
}

#[test]
fn every_row_may_have_changed() {
    let text = |edition: usize| {
        let columns: Vec<String> = (0..40).map(|at| format!("列{at}")).collect();
        let mut text = format!("注文番号,商品明細,{}\n", columns.join(","));
        for row in 0..3_000 {
            let word = |at: usize| (row * at + usize::from(at == 30) * edition).to_string();
            // Cells of all lengths, before and after the one that changes.
            let cells: Vec<String> = (0..40).map(|at| word(at) + &"z".repeat(at % 37)).collect();
            text.push_str(&format!("{row},x,{}\n", cells.join(",")));
        }
        text
    };
    let found = diff(&text(0).into_bytes(), &text(7).into_bytes(), &how(false)).ok().unwrap();
    assert_eq!((found.changed_rows, found.changed_cells), (3_000, 3_000));
}

#[test]
fn rows_far_apart_and_long_ones_are_read_right() {
    let text = |row: usize, edition: usize| {
        let long = if row % 500 == 7 { "長い".repeat(20_000) } else { "z".repeat(row % 90) };
        format!("{row},x,{long},{}\n", row * 2 + edition)
    };
    let file = |rows: &mut dyn Iterator<Item = usize>, edition: usize| {
        let body: String = rows.map(|row| text(row, edition)).collect();
        sjis(&format!("注文番号,商品明細,長,額\n{body}"))
    };
    let old = file(&mut (0..5_000), 0);
    // From back to front, and dealt out by thirteens: neighbours in one file are far apart in the other.
    for new in [file(&mut (0..5_000).rev(), 1), file(&mut (0..5_000).map(|row| row * 13 % 5_000), 1)] {
        let found = diff(&old, &new, &how(false)).ok().unwrap();
        assert_eq!((found.changed_rows, found.changed_cells, found.added, found.removed), (5_000, 5_000, 0, 0));
        for (row, change) in found.cells.iter().enumerate() {
            let CellChange { key, column, old, new, old_line, .. } = change;
            assert_eq!((key.as_str(), &**column, *old_line), (format!("{row}/x").as_str(), "額", row as u64 + 2));
            assert_eq!((old.clone(), new.clone()), ((row * 2).to_string(), (row * 2 + 1).to_string()));
        }
    }
}

#[test]
fn another_way_of_writing_everything_changes_nothing() {
    let table: Table = (0..2_000).map(|key| (key, vec![format!("表{key}"), "x".to_owned()])).collect();
    let mut other = table.clone();
    other[77].1[1] = "y".to_owned();
    let (one, two) = (file(&table, true, true, false), file(&other, false, true, false));
    let found = diff_in_chunks(&one, &two, &how(false), 4_000).ok().unwrap();
    assert_eq!((found.changed_cells, found.added, found.removed), (1, 0, 0));
    assert_eq!(found.cells[0].new, "y");
}

#[test]
fn signs_of_our_own_in_a_file_are_not_taken_for_ours() {
    let head = "注文番号,商品明細,x\n";
    check(
        &format!("{head}1,2,20260402\u{1}\n"),
        &format!("{head}1,2,2026/4/2\n"),
        &["1/2 x: 20260402\u{1} > 2026/4/2 (2, 2)"],
    );
    let bad = [head.as_bytes(), b"1,2,\xe9\n"].concat();
    let text = format!("{head}1,2,\u{1}é\n");
    assert_eq!(told(&bad, text.as_bytes(), false).len(), 1);
}

#[test]
fn rows_of_blanks_are_no_rows_whatever_stands_in_their_key() {
    let head = "注文番号,商品明細,x\n1,2,3\n";
    for blank in [",,", " , , ", "\" \",\" ,\",\"\"", "\t,\t,"] {
        check(head, &format!("{head}{blank}\n"), &[]);
    }
}

#[test]
fn a_block_that_ends_in_a_character_is_judged_behind_it() {
    let head = "注文番号,商品明細,x\n";
    for length in (1 << 20) - 12..(1 << 20) + 4 {
        let long = format!("1,2,{}表", "a".repeat(length - head.len()));
        let (one, other) = (format!("{head}{long}\n2,2,東京都見本区\n"), format!("{head}2,2,東京都見本区\n{long}\n"));
        assert_eq!(told(one.as_bytes(), other.as_bytes(), false), Vec::<String>::new(), "{length}");
        assert_eq!(told(&sjis(&one), other.as_bytes(), false), Vec::<String>::new(), "{length}");
    }
    // Lone carriage returns end lines too.
    let rows: String = (0..60_000).map(|row| format!("{row},2,aaaaaaaaaaaaaaaaaaaa\n")).collect();
    let one = format!("{head}{rows}x,2,東京都見本区\n");
    assert_eq!(told(one.as_bytes(), one.replace('\n', "\r").as_bytes(), false), Vec::<String>::new());
    // A header in ASCII tells nothing of the encoding.
    let bad = [b"k,x\n", rows.as_bytes(), b"8,\xa0\xfd\xff\n"].concat();
    let key = vec![KeyColumn { name: "k".to_owned(), aliases: Vec::new() }];
    let Err(Trouble::Refused(refused)) = diff(&bad, &bad, &How { key, ..how(false) }) else { panic!("not refused") };
    assert_eq!((refused.why.code(), refused.line), ("encoding-unclear", Some(60_002)));
    assert!(refused.why.text(crate::model::words::Lang::En).contains(&(bad.len() - 4).to_string()));
}

#[test]
fn a_header_of_any_length_is_read_whole() {
    let names: String = (0..150_000).map(|place| format!(",列{place}")).collect();
    let cells = |last: &str| format!("{}{last}", ",".repeat(150_000));
    let file = |last: &str| format!("注文番号,商品明細{names}\n1,2{}\n", cells(last));
    assert_eq!(told(file("5").as_bytes(), file("6").as_bytes(), false), ["1/2 列149999: 5 > 6 (2, 2)"]);
}
