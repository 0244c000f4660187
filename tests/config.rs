//! Settings files that are wrong, and what is then said, byte for byte. A case is a file in
//! `fixtures/config`: `shops-*` is a `denpyo.toml`, `wiring-*` and `warnings-*` are sound pipelines held
//! against layouts and shops, all else is a pipeline. With `DENPYO_BLESS` set, what is said now is written down;
//! read the difference before keeping it.

// Fixtures are read from disk.
#![allow(clippy::disallowed_methods)]

use denpyo::flow::config;
use denpyo::model::fault::Fault;
use denpyo::model::layout::{Column, Field, Header, KeyWay, Layout, NumberCheck, Subject};
use denpyo::model::pipeline::{Approve, SecretFrom, ShipDate, Tidy, Window};
use denpyo::model::words::Lang;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use unicode_width::UnicodeWidthStr as _;

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn env(name: &str) -> Option<String> {
    match name {
        "DEMO_SHOP" => Some("demo".to_owned()),
        "ABSOLUTE" => Some("/etc".to_owned()),
        _ => None,
    }
}

fn layout(name: &str, subject: Subject, ship_date: Option<&str>, all: &[&str]) -> (String, Layout) {
    let column = |name: &str| Column { name: name.to_owned(), aliases: Vec::new(), position: None };
    let columns = ship_date.map(|name| (Field::ShipDate, column(name))).into_iter().collect();
    let layout = Layout {
        name: name.to_owned(),
        title: name.to_owned(),
        subject,
        encoding: "auto".to_owned(),
        header: Header::Auto,
        counts: Vec::new(),
        all_columns: all.iter().map(|name| (*name).to_owned()).collect(),
        columns,
        needed: Vec::new(),
        carrier: None,
        key: KeyWay::OrderNumber,
        check: NumberCheck::Hold,
        lengths: Vec::new(),
        check_digit: "none".to_owned(),
        date_patterns: Vec::new(),
        several_kinds: Vec::new(),
        not_this: BTreeMap::new(),
        completion_suffix: None,
    };
    (name.to_owned(), layout)
}

fn layouts() -> BTreeMap<String, Layout> {
    BTreeMap::from([
        layout("yamato-b2", Subject::Shipments, Some("出荷予定日"), &["お客様管理番号", "伝票番号", "お届け予定日"]),
        layout("generic-cancellations", Subject::Cancellations, None, &[]),
        layout("generic-corrections", Subject::Corrections, None, &["注文番号", "減額理由"]),
        layout("rms-orders", Subject::Orders, None, &[]),
    ])
}

const SHOPS: &str =
    "[shop.demo]\nurl = \"demo-shop\"\nservice_secret = { env = \"A\" }\nlicense_key = { env = \"B\" }\n";

/// What is said about a file: errors, then warnings.
fn faults_of(name: &str, file: &str, text: &str) -> (Vec<Fault>, Vec<Fault>) {
    if name.starts_with("shops-") {
        return (config::shops(file, text, &env).err().unwrap_or_default(), Vec::new());
    }
    match config::pipeline(file, text, &env) {
        Err(faults) => (faults, Vec::new()),
        Ok(pipeline) => {
            let shops = config::shops("denpyo.toml", SHOPS, &env).unwrap();
            config::wiring(&pipeline, file, text, &layouts(), &shops)
        }
    }
}

fn rendered(name: &str, text: &str, lang: Lang) -> String {
    let file = format!("{name}.toml");
    let (errors, warnings) = faults_of(name, &file, text);
    let texts = BTreeMap::from([(file, text.to_owned())]);
    let mut out = config::show(&errors, &texts, lang, false);
    out.push_str(&config::show_warnings(&warnings, &texts, lang, false));
    out
}

/// Compares what is said with what was written down, or writes it down.
fn check(name: &str, text: &str, lang: Lang, expect: &Path) -> Result<(), String> {
    let found = rendered(name, text, lang);
    if std::env::var_os("DENPYO_BLESS").is_some() {
        std::fs::write(expect, &found).unwrap();
    }
    let expected = std::fs::read_to_string(expect).unwrap_or_default();
    if found == expected { Ok(()) } else { Err(format!("{}:\n{found}", expect.display())) }
}

#[test]
fn what_is_said_about_wrong_files() {
    let mut cases = 0;
    let mut wrong = Vec::new();
    let mut files: Vec<_> =
        std::fs::read_dir(here("fixtures/config")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in &files {
        let name = file.file_stem().unwrap().to_str().unwrap();
        if file.extension().is_none_or(|extension| extension != "toml") {
            // No rendering without its file.
            let case = name.strip_suffix(".en").unwrap_or(name);
            assert!(file.with_file_name(format!("{case}.toml")).exists(), "{} belongs to nothing", file.display());
            continue;
        }
        let text = std::fs::read_to_string(file).unwrap();
        cases += 1;
        let (errors, warnings) = faults_of(name, "x.toml", &text);
        assert!(!errors.is_empty() || !warnings.is_empty(), "{name} has no fault");
        assert_eq!(errors.is_empty(), name.starts_with("warnings-"), "{name}: errors");
        wrong.extend(check(name, &text, Lang::Ja, &file.with_extension("txt")).err());
        if ["all-at-once", "shops-endpoints"].contains(&name) {
            wrong.extend(check(name, &text, Lang::En, &file.with_extension("en.txt")).err());
        }
    }
    assert!(cases >= 20, "{cases}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The caret's column on screen is the width of what stands before the fault, Japanese counting two.
#[test]
fn the_caret_stands_under_the_fault() {
    let text = "name = \"n\"\nshop = \"demo\"\n[ship.a]\nfrom = \"a\"\nship_date = \"出\"\n[read.a]\nlayout = \"l\"\n\
                files = [\"inbox/表ソ能/*.csv\", \"inbox/ＡＢｶﾅ/*.csv\", \"..\\u002f店舗\"] # 説明\n";
    let out = rendered("caret", text, Lang::Ja);
    let lines: Vec<&str> = out.lines().collect();
    let at = lines.iter().position(|line| line.contains("表ソ能")).unwrap();
    let (source, mark) = (lines[at], lines[at + 1]);
    let fault = source.find("\"..").unwrap();
    let caret = mark.find('^').unwrap();
    assert_eq!(source.get(..fault).unwrap().width(), mark.get(..caret).unwrap().width(), "{out}");
    let marked = mark.chars().filter(|c| *c == '^').count();
    assert_eq!(marked, "\"..\\u002f店舗\"".width(), "{out}");
}

#[test]
fn no_rendering_holds_a_secret() {
    for entry in std::fs::read_dir(here("fixtures/config")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "txt") {
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(!text.contains("123456_abc"), "{}", path.display());
        }
    }
}

/// Whatever slip stands in the key, before or behind it: what was written as a secret is not shown.
#[test]
fn a_slip_beside_a_secret_does_not_show_it() {
    for secret in ["SL123456_abcdefghijkl", "hunter2-hunter2"] {
        for key in ["license_key", "service_secret", "next_license_key"] {
            for at in 0..key.len() {
                for typed in ["", "x", "＝", "日"] {
                    let slip = format!("{}{typed}{}", &key[..at], &key[at + 1..]);
                    for line in [
                        format!("{slip} = \"{secret}\""),
                        format!("{slip} = {secret}"),
                        format!("{slip} ＝ “{secret}”"),
                    ] {
                        let out = rendered("shops-slip", &format!("{SHOPS}{line}\nurl = \"again\"\n"), Lang::Ja);
                        assert!(!out.contains(secret) && !out.is_empty(), "{line}\n{out}");
                    }
                }
            }
        }
    }
}

fn toml_files(folder: &str) -> Vec<PathBuf> {
    let mut files: Vec<_> = std::fs::read_dir(here(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    files.sort();
    files
}

#[test]
fn every_pipeline_of_the_house_loads() {
    let mut files = toml_files("pipelines");
    files.push(here("src/edge/templates/nightly.toml"));
    assert!(files.len() >= 4);
    for path in files {
        let text = std::fs::read_to_string(&path).unwrap();
        if let Err(faults) = config::pipeline("x", &text, &|_| None) {
            let texts = BTreeMap::from([("x".to_owned(), text)]);
            panic!("{}\n{}", path.display(), config::show(&faults, &texts, Lang::Ja, false));
        }
    }
    let shops = std::fs::read_to_string(here("src/edge/templates/denpyo.toml")).unwrap();
    let shops = config::shops("denpyo.toml", &shops, &|_| None).unwrap();
    assert!(shops.iter().all(|shop| !shop.live), "a new workspace must not be live");
}

/// What stands commented out in the templates is meant to be switched on.
#[test]
fn commented_settings_of_the_templates_are_right() {
    for (file, is_shops) in [("denpyo.toml", true), ("nightly.toml", false)] {
        let text = std::fs::read_to_string(here("src/edge/templates").join(file)).unwrap();
        let setting = |line: &str| {
            let rest = line.trim_start().strip_prefix("# ").unwrap_or_default();
            let head = rest.split('#').next().unwrap_or_default().trim();
            let key = head.split_once('=').map(|(key, _)| key.trim()).unwrap_or_default();
            let is_key = !key.is_empty() && key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
            is_key || (head.starts_with('[') && head.ends_with(']'))
        };
        let switched: Vec<&str> = text
            .lines()
            .map(|line| if setting(line) { line.trim_start().strip_prefix("# ").unwrap_or(line) } else { line })
            .collect();
        let switched = switched.join("\n") + "\n";
        assert_ne!(switched, text);
        let faults = if is_shops {
            config::shops(file, &switched, &|_| None).err()
        } else {
            config::pipeline(file, &switched, &|_| None).err()
        };
        let texts = BTreeMap::from([(file.to_owned(), switched.clone())]);
        assert!(faults.is_none(), "{}", config::show(&faults.unwrap_or_default(), &texts, Lang::Ja, false));
    }
}

#[test]
fn every_setting_arrives() {
    let text = r#"
name = "all"
title = "全部"
shop = "demo"
[read.r]
files = ["inbox/a/*.csv", "inbox/b/*.csv"]
layout = "yamato-b2"
quiet = "1500ms"
expect = "weekdays"
encoding = "cp932"
delimiter = "tab"
header = false
key = { bridge = { file = "keys.csv", basket = "送付先ID" } }
carrier = "ヤマト運輸"
number_check = "warn"
columns = { number = "伝票No", ship_date = "日付" }
date_patterns = ["yyyy/mm/dd"]
joint = true
split_numbers = true
excel_serial_dates = true
max_file = "64MiB"
max_cell = "64KiB"
[[read.r.tidy]]
filter = { column = "a", equals = ["1", "2"] }
[[read.r.tidy]]
replace = { column = "a", values = { "x" = "" }, contains = true }
[ship.s]
from = "r"
ship_date = ["出荷確定日", "出荷日"]
second_number = "replace"
no_number = ["定形外郵便"]
days_ahead = 3
[deliver]
via = "review"
fallback = "csv"
settle = "90s"
wait = "0s"
wait_days = 3
approve = []
resend_absent = true
rows_per_file = 100
max_age = "36h"
brake = { cancels = 1 }
[notify]
command = ["say", "done"]
[[example]]
name = "例"
read = "r"
rows = [{ "番号" = 123456789012, "日付" = "2026/04/01" }]
expect = [{ number = "1" }]
rejected = 2
"#;
    let p = config::pipeline("x", text, &|_| None).unwrap();
    let read = &p.reads[0];
    assert_eq!((p.title.as_str(), read.files.len(), read.quiet_seconds), ("全部", 2, 2));
    assert_eq!(read.over.delimiter, Some('\t'));
    assert_eq!(read.over.header, Some(Header::No));
    assert_eq!(read.over.carrier.as_deref(), Some("1001"));
    assert_eq!(read.over.check, Some(NumberCheck::Warn));
    assert_eq!(read.over.columns.get(&Field::ShipDate).map(String::as_str), Some("日付"));
    assert!(matches!(&read.over.key, Some(KeyWay::Bridge { key, basket: Some(_), .. }) if key == "管理番号"));
    assert_eq!((read.over.file_bytes_max, read.over.cell_bytes_max), (Some(64 << 20), Some(64 << 10)));
    assert!(read.joint && read.split_numbers && read.excel_serial_dates);
    assert!(matches!(&read.tidy[1], Tidy::Replace { contains: true, values, .. } if values["x"].is_empty()));
    assert_eq!(p.ships[0].ship_date, ShipDate::Columns(vec!["出荷確定日".to_owned(), "出荷日".to_owned()]));
    assert_eq!((p.deliver.settle_seconds, p.deliver.wait_seconds, p.deliver.max_age_hours), (90, 0, 36));
    assert_eq!(p.deliver.approve, BTreeSet::new());
    assert_eq!((p.deliver.brake.cancels, p.deliver.brake.changes), (1, 5000));
    assert_eq!(p.examples[0].rows[0]["番号"], "123456789012");
    assert_eq!((p.examples[0].line, p.examples[0].rejected), (46, 2));
    assert_eq!(p.notify, Some(vec!["say".to_owned(), "done".to_owned()]));
}

#[test]
fn what_is_not_written_has_its_default() {
    let text = "name = \"n\"\nshop = \"demo\"\n[import.new]\n[confirm.c]\nfrom = \"new\"\n";
    let p = config::pipeline("x", text, &|_| None).unwrap();
    assert_eq!(p.title, "n");
    assert_eq!((p.imports[0].since_days, p.imports[0].open_since_days), (63, 180));
    assert_eq!(p.confirms[0].min_age_minutes, 60);
    assert_eq!(p.deliver.approve, BTreeSet::from([Approve::Increase, Approve::Cancel]));
    assert_eq!((p.deliver.settle_seconds, p.deliver.wait_seconds, p.deliver.wait_days), (1800, 300, 7));
    let shops = config::shops("denpyo.toml", SHOPS, &|_| None).unwrap();
    let shop = &shops[0];
    assert_eq!((shop.pace_ms, shop.key_grace_seconds, shop.day_starts, shop.live), (1000, 7200, (5, 0), false));
    assert_eq!(shop.endpoint, "https://api.rms.rakuten.co.jp");
    assert_eq!(shop.license_key, SecretFrom::Env("B".to_owned()));
    let more =
        format!("{SHOPS}endpoint = \"http://127.0.0.1:1/\"\npace = \"0s\"\nmaintenance = [\"Sun 02:00-09:00\"]\n");
    let shop = config::shops("denpyo.toml", &more, &|_| None).unwrap().remove(0);
    assert_eq!((shop.pace_ms, shop.endpoint.as_str()), (0, "http://127.0.0.1:1"));
    assert_eq!(shop.maintenance, [Window::Weekly { weekday: 0, from: 120, to: 540 }]);
}

/// Tables, keys and stages in another order give the same pipeline.
#[test]
fn the_order_of_writing_does_not_matter() {
    let one = "name = \"n\"\nshop = \"demo\"\n[read.a]\nfiles = \"a\"\nlayout = \"l\"\n[read.b]\nlayout = \"l\"\nfiles = \"b\"\n\
               [ship.x]\nfrom = \"b\"\nship_date = \"run-date\"\n[ship.w]\nfrom = \"a\"\nship_date = \"run-date\"\n[import.i]\n";
    let two = "import = { i = {} }\nshop = \"demo\"\nname = \"n\"\n[ship]\nw = { ship_date = \"run-date\", from = \"a\" }\n\
               x = { from = \"b\", ship_date = \"run-date\" }\n[read.b]\nfiles = \"b\"\nlayout = \"l\"\n[read.a]\nlayout = \"l\"\nfiles = [\"a\"]\n";
    let load = |text| config::pipeline("x", text, &|_| None).unwrap();
    assert_eq!(load(one), load(two));
}

/// Each property that the check knows is in the schema with a description in both languages, and each
/// default in it is one the check takes.
#[test]
fn the_schema_describes_every_setting() {
    fn walk(value: &serde_json::Value, count: &mut usize) {
        match value {
            serde_json::Value::Object(map) => {
                if let Some(serde_json::Value::Object(properties)) = map.get("properties") {
                    for (name, property) in properties {
                        *count += 1;
                        let said = property.get("description").and_then(|text| text.as_str()).unwrap_or_default();
                        let is_column = property.get("description").is_none() && property["type"] == "string";
                        assert!(is_column || said.contains(" / "), "{name}");
                    }
                }
                map.values().for_each(|below| walk(below, count));
            }
            serde_json::Value::Array(items) => items.iter().for_each(|below| walk(below, count)),
            _ => {}
        }
    }
    let mut count = 0;
    let schema = config::schema();
    walk(&schema, &mut count);
    walk(&config::shops_schema(), &mut count);
    assert!(count > 100, "{count}");
    assert_eq!(schema["required"], serde_json::json!(["name", "shop"]));
    assert_eq!(schema["properties"]["deliver"]["properties"]["settle"]["default"], "30m");
    assert_eq!(schema["properties"]["deliver"]["properties"]["approve"]["default"][1], "cancel");
    assert_eq!(schema["properties"]["amend"]["additionalProperties"]["properties"]["tax"]["enum"][0], "included");
}

/// Whatever a file holds: nothing panics, every place lies in the file, and rendering it is possible.
fn survives(text: &str) {
    for is_shops in [false, true] {
        let faults = if is_shops {
            config::shops("x", text, &env).err().unwrap_or_default()
        } else {
            match config::pipeline("x", text, &env) {
                Err(faults) => faults,
                Ok(pipeline) => {
                    let (mut errors, warnings) = config::wiring(&pipeline, "x", text, &layouts(), &[]);
                    errors.extend(warnings);
                    errors
                }
            }
        };
        for fault in &faults {
            if let Some(span) = &fault.span {
                assert!(text.get(span.clone()).is_some(), "{:?} of {text:?}", fault);
            }
        }
        let texts = BTreeMap::from([("x".to_owned(), text.to_owned())]);
        let out = config::show(&faults, &texts, Lang::Ja, true);
        assert_eq!(out.is_empty(), faults.is_empty());
        faults.iter().for_each(|fault| assert!(config::place(fault, &texts).is_some() || fault.span.is_none()));
    }
}

fn sound_and_unsound() -> Vec<String> {
    let mut files = toml_files("fixtures/config");
    files.extend(toml_files("pipelines"));
    files.push(here("src/edge/templates/denpyo.toml"));
    files.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect()
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(300))]

    /// Good and bad files with a piece cut out and a slip typed in.
    #[test]
    fn no_slip_of_the_fingers_is_too_much(
        which in proptest::prelude::any::<proptest::sample::Index>(),
        from in proptest::prelude::any::<proptest::sample::Index>(),
        cut in 0_usize..12,
        typed in "[\\[\\]{}=\"'#.,＝　“”「」表ソa-c\u{feff}\r\n\t\\\\$\u{301}]{0,4}",
    ) {
        let texts = sound_and_unsound();
        let text: Vec<char> = which.get(&texts).chars().collect();
        let at = from.index(text.len() + 1);
        let end = (at + cut).min(text.len());
        let slipped: String = text[..at].iter().copied().chain(typed.chars()).chain(text[end..].iter().copied()).collect();
        survives(&slipped);
    }
}

#[test]
fn odd_files_are_survived() {
    let long = format!("name = \"{}\"", "表".repeat(5000));
    let deep = format!("a = {}", "[".repeat(500));
    for text in [
        "",
        "\n",
        "\u{feff}",
        "\r\n\r\n",
        "\0",
        "[",
        "a",
        "name",
        "[[read]]",
        "read = [1, {}]",
        "=",
        "＝＝＝",
        &long,
        &deep,
    ] {
        survives(text);
    }
    survives(&sound_and_unsound().concat().replace('\n', "\r\n"));
}
