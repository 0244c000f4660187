//! The sample files in `fixtures/samples/`, one for each built-in layout, in the bytes the real tools
//! write (CP932 or UTF-8, CRLF, their quoting, with or without header). They are made here, hold no
//! person's data, and must lift into what the table says. `BLESS=1 cargo test --test samples` writes them anew.

#![allow(clippy::disallowed_methods)]

use denpyo::flow::layout::{built_in, built_in_named};
use denpyo::flow::lift::{self, Context, Lifted, lift_example};
use denpyo::model::carrier::Carrier;
use denpyo::model::day::Day;
use denpyo::model::ids::ShopName;
use denpyo::model::layout::{Layout, Subject};
use denpyo::model::pipeline::{
    AmendField, AmendStage, CancelStage, ConfirmHold, ConfirmStage, LayoutOver, MarkStage, Read, ReasonFrom,
    SecondNumber, SecretFrom, ShipDate, ShipStage, Shop, TaxMode,
};
use denpyo::model::sheet::Sheet;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

const A: &str = "555001-20260401-0000000101";
const B: &str = "555001-20260401-0000000102";
const C: &str = "555001-20260401-0000000103";

/// How a tool writes its file.
#[derive(Clone, Copy)]
enum Text {
    Cp932,
    Utf8Bom,
    Utf8,
}

struct Sample {
    layout: &'static str,
    text: Text,
    header: bool,
    quoted: bool,
    /// The file's columns; empty takes the layout's own list.
    columns: Vec<String>,
    /// Column → cell; what is not named is empty.
    rows: Vec<Vec<(&'static str, String)>>,
    /// Wishes, rejections, rows set aside.
    expect: (usize, usize, usize),
}

/// A made-up number whose last digit is right: the remainder of the others divided by 7.
fn number(body: u64) -> String {
    format!("{body:011}{}", body % 7)
}

fn row<const N: usize>(cells: [(&'static str, &str); N]) -> Vec<(&'static str, String)> {
    cells.into_iter().map(|(column, cell)| (column, cell.to_owned())).collect()
}

fn samples() -> Vec<Sample> {
    let names = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let [one, two, three] = [10_000_000_001, 10_000_000_002, 10_000_000_003].map(number);
    let sample = |layout, rows: Vec<Vec<(&'static str, String)>>, expect| Sample {
        layout,
        text: Text::Cp932,
        header: true,
        quoted: false,
        columns: Vec::new(),
        rows,
        expect,
    };
    let item = |order: &str, line: &str, title: &str, price: &str, units: &str| {
        row([
            ("注文番号", order),
            ("ステータス", "300"),
            ("注文日時", "2026-04-01 10:15:00"),
            ("注文日", "2026-04-01"),
            ("支払方法名", "クレジットカード"),
            ("配送方法", "宅配便"),
            ("送料合計", "550"),
            ("代引料合計", "0"),
            ("送付先ID", "1000000001"),
            ("送付先送料", "550"),
            ("送付先代引料", "0"),
            ("商品明細ID", line),
            ("商品名", title),
            ("単価", price),
            ("個数", units),
            ("税込別", "1"),
            ("商品税率", "0.1"),
            ("項目・選択肢", "色:赤\nサイズ:M"),
        ])
    };
    vec![
        Sample {
            quoted: true,
            ..sample(
                "rms-orders",
                vec![
                    item(A, "16000001", "①番茶　100ｇ", "1650", "1"),
                    item(A, "16000002", "急須～黒～", "3300", "2"),
                    item(B, "16000003", "湯呑（表面ソフト仕上げ）", "880", "1"),
                ],
                (3, 0, 0),
            )
        },
        sample(
            "rms-shipping",
            vec![row([
                ("注文番号", A),
                ("送付先ID", "1000000001"),
                ("発送明細ID", "120000000001"),
                ("お荷物伝票番号", &one),
                ("配送会社", "1001"),
                ("発送日", "2026-04-02"),
            ])],
            (1, 0, 0),
        ),
        Sample {
            header: false,
            columns: built_in_named("yamato-b2").map(|layout| layout.all_columns[..95].to_vec()).unwrap_or_default(),
            ..sample(
                "yamato-b2",
                vec![
                    row([
                        ("お客様管理番号", A),
                        ("品名１", "能登の塩（表面加工）①"),
                        ("送り状種類", "0"),
                        ("伝票番号", &one),
                        ("出荷予定日", "2026/04/02"),
                    ]),
                    row([
                        ("お客様管理番号", B),
                        ("品名１", "ソース　髙級"),
                        ("送り状種類", "8"),
                        ("伝票番号", &two),
                        ("出荷予定日", "2026/04/02"),
                    ]),
                    row([
                        ("お客様管理番号", C),
                        ("品名１", "湯呑"),
                        ("送り状種類", "0"),
                        ("伝票番号", "UMN0000000001"),
                        ("出荷予定日", "2026/04/02"),
                    ]),
                ],
                (2, 1, 0),
            )
        },
        Sample {
            text: Text::Utf8Bom,
            quoted: true,
            ..sample(
                "sagawa-ehiden3",
                vec![
                    row([
                        ("お問い合せ送り状No.", &one),
                        ("出荷日", "2026/04/02"),
                        ("お客様管理番号", A),
                        ("出荷個数", "2"),
                    ]),
                    row([
                        ("お問い合せ送り状No.", &two),
                        ("出荷日", "2026/04/02"),
                        ("お客様管理番号", A),
                        ("出荷個数", "2"),
                    ]),
                    row([
                        ("お問い合せ送り状No.", &three),
                        ("出荷日", "2026/04/02"),
                        ("お客様管理番号", B),
                        ("出荷個数", "1"),
                        ("削除区分", "1"),
                        ("削除日", "2026/04/02"),
                    ]),
                ],
                (2, 0, 1),
            )
        },
        Sample {
            columns: names(
                "住所録コード お届け先電話番号 お客様管理ナンバー 指定シール① 指定シール② 出荷日 お問い合せ送り状No.",
            ),
            ..sample(
                "sagawa-ehiden2",
                vec![row([("お客様管理ナンバー", A), ("出荷日", "20260402"), ("お問い合せ送り状No.", &one)])],
                (1, 0, 0),
            )
        },
        Sample {
            header: false,
            ..sample(
                "japanpost-print-r",
                vec![
                    row([("お客様側管理番号", A), ("お問い合わせ番号", &one), ("仮引受確定作業年月日", "20260402")]),
                    row([
                        ("お客様側管理番号", B),
                        ("お問い合わせ番号", "RR123456785JP"),
                        ("仮引受確定作業年月日", "20260402"),
                    ]),
                ],
                (2, 0, 0),
            )
        },
        Sample {
            columns: names("注文番号 内容品 お問い合わせ番号 発送日"),
            ..sample(
                "japanpost-click",
                vec![row([
                    ("注文番号", A),
                    ("内容品", "茶葉"),
                    ("お問い合わせ番号", &number(62_000_000_001)),
                    ("発送日", "2026/04/02"),
                ])],
                (1, 0, 0),
            )
        },
        Sample {
            quoted: true,
            ..sample(
                "fukuyama-istar2",
                vec![row([
                    ("登録日", "20260402"),
                    ("出荷日", "20260402"),
                    ("送り状番号", "1234567890301"),
                    ("個数", "1"),
                    ("お客様管理番号", A),
                ])],
                (1, 0, 0),
            )
        },
        sample(
            "seino-magic2",
            vec![row([("出荷日", "20260402"), ("取込番号", A), ("送り状番号", "1234567890"), ("個数", "1")])],
            (1, 0, 0),
        ),
        Sample {
            text: Text::Utf8,
            quoted: true,
            ..sample(
                "tempostar-shipped",
                vec![row([
                    ("システム受注番号", &format!("{A}_1")),
                    ("配送方法コード", "1"),
                    ("出荷日", "2026/04/02"),
                    ("出荷確定日", "2026/04/02 03:15:00"),
                    ("荷物番号", &one),
                ])],
                (1, 0, 0),
            )
        },
        Sample {
            quoted: true,
            ..sample(
                "next-engine-shipped",
                vec![
                    row([("伝票番号", "7001"), ("発送伝票番号", &one), ("出荷予定日", "2026/04/02")]),
                    row([("伝票番号", "7009"), ("発送伝票番号", &two), ("出荷予定日", "2026/04/02")]),
                ],
                (2, 1, 0),
            )
        },
        sample(
            "generic-shipments",
            vec![
                row([("注文番号", A), ("お荷物伝票番号", &one), ("配送会社", "ヤマト運輸"), ("発送日", "2026/04/02")]),
                row([
                    ("注文番号", B),
                    ("お荷物伝票番号", "１０００－００００－００２６"),
                    ("配送会社", "1002"),
                    ("発送日", "2026-04-02"),
                ]),
                row([
                    ("注文番号", C),
                    ("お荷物伝票番号", "1.00000E+11"),
                    ("配送会社", "1001"),
                    ("発送日", "2026/04/02"),
                ]),
            ],
            (2, 1, 0),
        ),
        sample(
            "generic-corrections",
            vec![
                row([("注文番号", A), ("送付先ID", "1000000001"), ("送料", "￥1,100")]),
                row([("注文番号", B), ("商品明細ID", "16000003"), ("単価", "770"), ("減額理由", "欠品")]),
                row([("注文番号", C), ("送料", "未確定")]),
                row([("注文番号", C)]),
            ],
            (3, 0, 1),
        ),
        sample(
            "generic-cancellations",
            vec![
                row([("注文番号", A), ("キャンセル理由", "欠品"), ("在庫連動", "連動する")]),
                row([
                    ("注文番号", B),
                    ("キャンセル理由", "その他（お客様都合）"),
                    ("在庫連動", "商品の設定に従う"),
                    ("返品済", "○"),
                ]),
                row([("注文番号", C), ("キャンセル理由", "その他"), ("在庫連動", "連動しない")]),
            ],
            (2, 1, 0),
        ),
        sample("generic-confirmations", vec![row([("注文番号", A)]), row([("注文番号", B)])], (2, 0, 0)),
        sample(
            "generic-marks",
            vec![
                row([("注文番号", A), ("サブステータス", "入荷待ち"), ("ひとことメモ", "4/5入荷予定")]),
                row([("注文番号", B), ("サブステータス", "12")]),
            ],
            (2, 0, 0),
        ),
    ]
}

impl Sample {
    fn columns(&self, layout: &Layout) -> Vec<String> {
        if self.columns.is_empty() { layout.all_columns.clone() } else { self.columns.clone() }
    }

    fn bytes(&self, layout: &Layout) -> Vec<u8> {
        let columns = self.columns(layout);
        let style = if self.quoted { csv::QuoteStyle::Always } else { csv::QuoteStyle::Necessary };
        let mut writer =
            csv::WriterBuilder::new().quote_style(style).terminator(csv::Terminator::CRLF).from_writer(Vec::new());
        if self.header {
            writer.write_record(&columns).unwrap();
        }
        for row in &self.rows {
            for (column, _) in row {
                assert!(columns.iter().any(|known| known == column), "{}: no column {column}", self.layout);
            }
            let cell = |name: &String| row.iter().find(|(column, _)| column == name).map_or("", |(_, cell)| cell);
            writer.write_record(columns.iter().map(cell)).unwrap();
        }
        let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
        match self.text {
            Text::Utf8 => text.into_bytes(),
            Text::Utf8Bom => format!("\u{feff}{text}").into_bytes(),
            Text::Cp932 => {
                let (bytes, _, lossy) = encoding_rs::SHIFT_JIS.encode(&text);
                assert!(!lossy, "{}: a character does not fit", self.layout);
                bytes.into_owned()
            }
        }
    }
}

fn place(layout: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "fixtures", "samples", &format!("{layout}.csv")].iter().collect()
}

#[test]
fn every_layout_has_its_sample_and_the_bytes_are_the_tools_own() {
    let samples = samples();
    let named: Vec<&str> = samples.iter().map(|sample| sample.layout).collect();
    assert_eq!(named, built_in().iter().map(|(name, _)| *name).collect::<Vec<_>>());
    let bless = std::env::var_os("BLESS").is_some();
    for sample in &samples {
        let bytes = sample.bytes(&built_in_named(sample.layout).unwrap());
        let path = place(sample.layout);
        if bless {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &bytes).unwrap();
        }
        let kept = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(kept == bytes, "{} is not what is generated; BLESS=1 writes it anew", path.display());
    }
}

/// Reads a sample plainly, as a twin of the real reader: decode all, then the csv crate.
fn sheet(sample: &Sample, layout: &Layout) -> Sheet {
    let bytes = std::fs::read(place(sample.layout)).unwrap();
    let text = match sample.text {
        Text::Cp932 => encoding_rs::SHIFT_JIS.decode(&bytes).0.into_owned(),
        _ => String::from_utf8(bytes).unwrap().trim_start_matches('\u{feff}').to_owned(),
    };
    let columns = sample.columns(layout);
    let mut reader = csv::ReaderBuilder::new().has_headers(sample.header).from_reader(text.as_bytes());
    let rows: Vec<BTreeMap<String, String>> = reader
        .records()
        .map(|record| {
            let record = record.unwrap();
            columns.iter().cloned().zip(record.iter().map(str::to_owned)).collect()
        })
        .collect();
    lift_example(layout, &rows)
}

fn lifted(sample: &Sample, layout: &Layout) -> Lifted {
    let over = LayoutOver {
        // These two say nothing of who carries; a shop sets it.
        carrier: matches!(sample.layout, "tempostar-shipped" | "next-engine-shipped").then(|| "1001".to_owned()),
        ..LayoutOver::default()
    };
    let read = Read {
        name: "sample".into(),
        files: Vec::new(),
        layout: layout.name.clone(),
        quiet_seconds: 0,
        tidy: Vec::new(),
        expect: None,
        over,
        joint: false,
        split_numbers: false,
        excel_serial_dates: false,
    };
    let shop = Shop {
        name: ShopName("demo".into()),
        url: "demo-shop".into(),
        endpoint: "http://127.0.0.1:1".into(),
        live: false,
        pace_ms: 0,
        maintenance: Vec::new(),
        carriers: [("1".to_owned(), Carrier::from_code("1001").unwrap())].into(),
        key_grace_seconds: 0,
        service_secret: SecretFrom::Env("A".into()),
        license_key: SecretFrom::Env("B".into()),
        next_license_key: None,
        tax_rounding: None,
        day_starts: (5, 0),
        order_prefix: None,
        ca_file: None,
        retention_days: 400,
    };
    // One label of 7001 stands for two orders.
    let list: Vec<BTreeMap<String, String>> = [("7001", A), ("7001", B)]
        .into_iter()
        .map(|(key, order)| BTreeMap::from([("伝票番号".into(), key.into()), ("店舗伝票番号".into(), order.into())]))
        .collect();
    let bridge = lift_example(layout, &list);
    let file: Arc<str> = format!("inbox/{}.csv", sample.layout).into();
    let cx = Context {
        file: &file,
        layout,
        read: &read,
        shop: &shop,
        business_day: Day::new(2026, 4, 2).unwrap(),
        bridge: Some(&bridge),
        open_orders: None,
        shop_digits: Some("555001"),
    };
    let sheet = sheet(sample, layout);
    let (name, from) = ("x".to_owned(), "sample".to_owned());
    match layout.subject {
        Subject::Shipments | Subject::ShippingReport => lift::shipments(
            &sheet,
            &cx,
            &ShipStage {
                name,
                from,
                ship_date: ShipDate::Columns(Vec::new()),
                second_number: SecondNumber::Hold,
                no_number: [].into(),
                days_ahead: 7,
            },
        ),
        Subject::Orders | Subject::Corrections => lift::corrections(
            &sheet,
            &cx,
            &AmendStage {
                name,
                from,
                fields: [AmendField::Postage, AmendField::CodFee, AmendField::Units, AmendField::Price].into(),
                tax: TaxMode::Included,
                reason: ReasonFrom::Unset,
            },
        ),
        Subject::Cancellations => lift::cancellations(&sheet, &cx, &CancelStage { name, from }),
        Subject::Confirmations => lift::confirmations(
            &sheet,
            &cx,
            &ConfirmStage { name, from, hold: ConfirmHold::default(), min_age_minutes: 60 },
        ),
        Subject::Marks => lift::marks(&sheet, &cx, &MarkStage { name, from, memo_replace: false }),
    }
}

#[test]
fn every_sample_lifts_as_its_table_says() {
    for sample in samples() {
        let layout = built_in_named(sample.layout).unwrap();
        let Lifted { wishes, rejected, set_aside, .. } = lifted(&sample, &layout);
        let found = (wishes.len(), rejected.len(), set_aside.len());
        assert_eq!(found, sample.expect, "{}: {rejected:?} {set_aside:?}", sample.layout);
    }
}
