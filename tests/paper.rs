//! The papers byte for byte, with made-up shops of every kind of trouble in them. `DENPYO_BLESS=1`
//! writes them anew; read the difference before committing it. And: no name of a person on any of them.

#![allow(clippy::disallowed_methods, clippy::disallowed_macros)]

use denpyo::flow::paper;
use denpyo::model::carrier::Carrier;
use denpyo::model::change::{Amendment, BasketEdit, Cancellation, Change, ItemEdit, Kind, MemoEdit, WasNow, What};
use denpyo::model::day::{Day, Moment};
use denpyo::model::ids::{BasketId, ItemId, OrderNumber, RowId, RunId, ShopName, SubStatusId};
use denpyo::model::money::{Amount, TaxRate, Yen};
use denpyo::model::plan::{Entry, PLAN_FORMAT, Plan, Via};
use denpyo::model::receipt::{Refusal, Standing};
use denpyo::model::rejection::{FileRefusal, Rejection};
use denpyo::model::report::{ChangeLine, FileLine, FileOutcome, OpenLine, Report, WaitingLine};
use denpyo::model::sheet::{Encoding, Source};
use denpyo::model::shipment::{RowSeen, RowWrite, ShipChange, Shipment, TrackingNumber};
use denpyo::model::tally::{CallTally, ChangeTally, FileTally, RowTally};
use denpyo::model::wish::{ReasonCode, Restock};
use denpyo::model::words::{Lang, comparing, delivering};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// What must never stand on a plan, a report or the screen, though the rows at fault hold it.
const CANARIES: [&str; 5] = ["楽天花子", "港区赤坂九丁目", "03-9999-0042", "hanako@example.jp", "1070052"];

fn order(serial: u32) -> OrderNumber {
    OrderNumber::parse(&format!("555001-20261120-{serial:010}")).unwrap()
}

fn moment(text: &str) -> Moment {
    Moment::from_api(text).unwrap()
}

fn run() -> RunId {
    RunId::new(moment("2026-11-24T21:30:00+0900"), 0x3fa9)
}

fn source(file: &str, line: u32) -> Source {
    Source { file: file.into(), record: line - 1, line }
}

fn entry(id: u32, state: i64, what: What, file: &str) -> Entry {
    let change = Change {
        shop: ShopName("demo".into()),
        order: order(id),
        state,
        what,
        stage: "yamato".into(),
        sources: vec![source(file, id + 1)],
        picture: "c0ffee".into(),
        notes: Vec::new(),
    };
    Entry { id, change, holds: Vec::new(), urgent: false }
}

fn ship(write: RowWrite, was: Option<RowSeen>) -> What {
    What::Ship(ShipChange { basket: BasketId(70_000_001), write, was })
}

fn parcel(carrier: &str, number: &str) -> Shipment {
    Shipment {
        carrier: Carrier::from_code(carrier).unwrap(),
        number: TrackingNumber::parse(number),
        date: Day::from_iso("2026-11-24").unwrap(),
    }
}

fn yen(yen: i64) -> Amount {
    Amount::Fixed(Yen(yen))
}

fn amendment(was: i64, now: i64, reason: Option<i64>, after_shipping: bool) -> What {
    let item = ItemEdit {
        item: Some(ItemId(70_000_001)),
        price: Some(WasNow { was: Yen(1980), now: Yen(1780) }),
        units: Some(WasNow { was: 3, now: 2 }),
        tax_rate: Some(WasNow { was: Some(TaxRate::STANDARD), now: Some(TaxRate::REDUCED) }),
    };
    What::Amend(Amendment {
        baskets: vec![
            BasketEdit {
                basket: BasketId(70_000_001),
                postage: Some(WasNow { was: Amount::NotFixedYet, now: yen(550) }),
                cod_fee: None,
                items: vec![item],
            },
            BasketEdit {
                basket: BasketId(70_000_002),
                postage: None,
                cod_fee: Some(WasNow { was: yen(330), now: yen(0) }),
                items: Vec::new(),
            },
        ],
        reason: reason.and_then(ReasonCode::from_code),
        total: WasNow { was: yen(was), now: yen(now) },
        request_price: WasNow { was: yen(was - 300), now: yen(now - 300) },
        request_price_range: Some((Yen(now - 301), Yen(now - 300))),
        after_shipping,
    })
}

fn entries() -> Vec<Entry> {
    let yamato = "inbox/yamato/shukka_1124.csv";
    let corrections = "inbox/corrections/訂正 1124.csv";
    let seen = RowSeen { carrier: Some("1000".into()), number: None, date: None };
    let typed =
        RowSeen { carrier: Some("1002".into()), number: Some("400000000011".into()), date: Some("2026-11-23".into()) };
    let cancel = |reason, after_shipping| {
        What::Cancel(Cancellation {
            reason: ReasonCode::from_code(reason).unwrap(),
            restock: Restock::Restore,
            after_shipping,
        })
    };
    let mut urgent = entry(1, 300, cancel(1, false), "inbox/cancel/キャンセル.csv");
    urgent.urgent = true;
    urgent.holds = vec![comparing::CANCEL_AND_SHIP.with([("order", order(1).to_string())])];
    let mut second = entry(2, 300, ship(RowWrite::Add(parcel("1001", "490212345671")), None), yamato);
    second.holds =
        vec![comparing::SECOND_NUMBER.with([("known", "490212345660".into()), ("number", "490212345671".into())])];
    let mut decrease = entry(3, 300, amendment(12_340, 9_870, Some(8), false), corrections);
    decrease.holds = vec![comparing::BRAKE_DECREASE.with([("limit", "300,000".into()), ("count", "412,900".into())])];
    let mut increase = entry(4, 500, amendment(9_000, 9_550, None, true), corrections);
    increase.holds = vec![comparing::APPROVAL_SETTING.with([("kind", "増額".into())])];
    increase.change.notes =
        vec![comparing::STATE_NOT_YET.with([("order", order(4).to_string()), ("state", "400".into())])];
    let mut out = vec![
        urgent,
        second,
        decrease,
        increase,
        entry(5, 300, ship(RowWrite::Fill(RowId(880_005), parcel("1001", "490212345682")), Some(seen)), yamato),
        entry(6, 300, ship(RowWrite::Add(parcel("1003", "EM123456785JP")), None), yamato),
        entry(
            7,
            500,
            ship(RowWrite::Amend(RowId(880_007), parcel("1001", "490212345693")), Some(typed.clone())),
            yamato,
        ),
        entry(8, 500, ship(RowWrite::Delete(RowId(880_008)), Some(typed)), "inbox/generic/発送.csv"),
        entry(9, 100, What::Confirm, "inbox/confirm/確認.csv"),
        entry(10, 700, cancel(2, true), "inbox/cancel/キャンセル.csv"),
        entry(
            11,
            300,
            What::SubStatus { was: Some(SubStatusId(1001)), now: SubStatusId(1002), name: "梱包済み".into() },
            "inbox/marks/印.csv",
        ),
        entry(
            12,
            300,
            What::Memo(MemoEdit {
                was_hash: "00".into(),
                text: "=ギフト包装、のし無し\n代引→銀行".into(),
                replace: false,
            }),
            "inbox/marks/印.csv",
        ),
    ];
    // One order with two destinations, several rows.
    for (id, basket) in [(13, 70_000_013), (14, 70_000_014)] {
        let mut more = entry(id, 300, ship(RowWrite::Add(parcel("1002", &format!("40000000{id}22"))), None), yamato);
        more.change.order = order(13);
        if let What::Ship(change) = &mut more.change.what {
            change.basket = BasketId(basket);
        }
        out.push(more);
    }
    out
}

fn plan() -> Plan {
    Plan {
        format: PLAN_FORMAT,
        run: run(),
        shop: ShopName("demo".into()),
        pipeline: "pipelines/nightly.toml".into(),
        title: "夜間バッチ".into(),
        made_at: moment("2026-11-24T21:30:00+0900"),
        via: Via::Api,
        calls_bound: 214,
        seconds_bound: 214,
        entries: entries().into_iter().map(Into::into).collect(),
    }
}

fn report() -> Report {
    let standings = [
        Standing::Held,
        Standing::Held,
        Standing::Held,
        Standing::Refused,
        Standing::Confirmed,
        Standing::Queued,
        Standing::Confirmed,
        Standing::Unknown,
        Standing::Confirmed,
        Standing::Planned,
        Standing::Confirmed,
        Standing::Confirmed,
        Standing::Exported,
        Standing::Exported,
    ];
    let change_lines = entries()
        .into_iter()
        .zip(standings)
        .map(|(mut entry, standing)| {
            let refusal = (standing == Standing::Refused).then(|| Refusal {
                code: "UPDATE_ORDERSENDERAFTERSHIPPING_ERROR_107".into(),
                message: "指定された注文は変更できないステータスです。".into(),
            });
            if standing != Standing::Held {
                entry.holds.clear();
            }
            let why = match standing {
                Standing::Unknown => Some(comparing::ORDER_BUSY.plain()),
                Standing::Planned => Some(comparing::ORDER_STALE.plain()),
                _ => None,
            };
            ChangeLine { entry: entry.into(), standing, refusal, why }
        })
        .collect();
    let rejected = |line, column: &str, value: &str, why| Rejection {
        source: source("inbox/yamato/shukka_1124.csv", line),
        column: Some(column.into()),
        value: Some(value.into()),
        why,
    };
    let rows = RowTally { read: 1_248, unchanged: 1_204, planned: 14, rejected: 5, set_aside: 22, waiting: 3 };
    let file = |name: &str, layout: &str, outcome, encoding, rows, moved_to: Option<&str>| FileLine {
        name: name.into(),
        layout: layout.into(),
        outcome,
        encoding,
        rows,
        notes: Vec::new(),
        moved_to: moved_to.map(str::to_owned),
    };
    let open = |serial, what: &str, standing| OpenLine {
        run: RunId::new(moment("2026-11-21T21:30:00+0900"), 1),
        order: order(serial),
        what: what.into(),
        standing,
        since: moment("2026-11-21T21:31:00+0900"),
    };
    let waits = |serial: u32, line, state: &str| WaitingLine {
        source: source("inbox/yamato/shukka_1124.csv", line),
        order: order(serial),
        why: comparing::STATE_NOT_YET.with([("order", order(serial).to_string()), ("state", state.into())]),
        since: moment("2026-11-23T21:30:00+0900"),
    };
    Report {
        run: run(),
        shop: ShopName("demo".into()),
        pipeline: "pipelines/nightly.toml".into(),
        title: "夜間バッチ".into(),
        started: moment("2026-11-24T21:30:00+0900"),
        ended: moment("2026-11-24T21:34:12+0900"),
        exit: 4,
        files: FileTally { read: 3, skipped: 1, refused: 1 },
        rows,
        changes: ChangeTally {
            planned: 14,
            confirmed: 5,
            queued: 1,
            refused: 1,
            unknown: 1,
            held: 3,
            exported: 2,
            unsent: 1,
        },
        calls: CallTally { made: 188, bound: 214 },
        file_lines: vec![
            file(
                "inbox/yamato/shukka_1124.csv",
                "yamato-b2",
                FileOutcome::Read,
                Some(Encoding::Cp932),
                RowTally { read: 1_240, unchanged: 1_204, planned: 9, rejected: 3, set_aside: 21, waiting: 3 },
                Some("archive/2026-11-24/shukka_1124.csv"),
            ),
            file(
                "inbox/corrections/訂正 1124.csv",
                "generic-corrections",
                FileOutcome::Read,
                Some(Encoding::Utf8Bom),
                RowTally { read: 8, unchanged: 0, planned: 5, rejected: 2, set_aside: 1, waiting: 0 },
                Some("archive/2026-11-24/訂正 1124.csv"),
            ),
            file("inbox/yamato/shukka_1123.csv", "yamato-b2", FileOutcome::Skipped, None, RowTally::default(), None),
        ],
        file_refusals: vec![FileRefusal {
            file: "inbox/sagawa/途中で切れた.csv".into(),
            line: Some(318),
            column: Some("お届け先住所１".into()),
            value: Some(CANARIES[1].into()),
            why: comparing::ORDER_STALE.plain(),
        }],
        rejections: vec![
            rejected(
                18,
                "お客様管理番号",
                "555001-20261120-000000099",
                comparing::ORDER_UNKNOWN.with([("order", "555001-20261120-000000099".into())]),
            ),
            rejected(
                44,
                "お客様管理番号",
                "555001-20261118-0000000031",
                comparing::DESTINATION_UNCLEAR.with([("baskets", "70000031, 70000032".into())]),
            ),
            rejected(
                97,
                "お客様管理番号",
                "555001-20261101-0000000002",
                comparing::ORDER_CANCELLED
                    .with([("order", "555001-20261101-0000000002".into()), ("state", "900".into())]),
            ),
            rejected(120, "お届け先名", CANARIES[0], comparing::ADDRESS_PENDING.plain()),
            rejected(121, "お届け先電話番号", CANARIES[2], comparing::ADDRESS_PENDING.plain()),
        ],
        waiting: vec![waits(31, 200, "200"), waits(32, 201, "400"), waits(33, 202, "100")],
        set_aside: BTreeMap::from([
            (
                "row-doubled".to_owned(),
                (21, comparing::SHIPPED_TWICE_IN_FILE.with([("first", "shukka_1124.csv:5".into())])),
            ),
            ("already-registered".to_owned(), (1, comparing::ALREADY_REGISTERED.plain())),
        ]),
        change_lines,
        open_lines: vec![open(41, "荷物番号", Standing::Exported), open(42, "金額の更新", Standing::Unknown)],
        settled_earlier: vec![open(43, "荷物番号", Standing::Confirmed)],
        urgent: vec![
            comparing::ORDER_CANCELLED.with([("order", "555001-20261101-0000000002".into()), ("state", "900".into())]),
        ],
        to_do: vec![delivering::UPLOAD_NO_NUMBER.plain()],
        warnings: vec![comparing::HELD_EARLIER.with([("run", "20261121T213000-0001".into())])],
        key_expires: Some(moment("2026-12-06T23:59:59+0900")),
        plan_only: false,
        outputs: vec![
            format!("review/{}/plan.xlsx", run()),
            "errors/shukka_1124_エラー.xlsx".into(),
            format!("outbox/{}/RMSアップロード用_発送完了報告_demo_20261124T213000_Excelで開かない.csv", run()),
            format!("outbox/{}/はじめにお読みください.txt", run()),
            format!("reports/{}/report.json", run()),
        ],
        report: Some(format!("reports/{}", run())),
    }
}

fn upload() -> paper::Upload {
    let rules = paper::UploadRules {
        shop: "demo".into(),
        stamp: "20261124T213000".into(),
        today: Day::from_iso("2026-11-24").unwrap(),
        rows_per_file: 5_000,
        days_max: 180,
        several: BTreeSet::new(),
    };
    paper::upload(&entries(), &rules)
}

fn error_rows() -> (Vec<String>, Vec<paper::ErrorRow>) {
    let header = ["注文番号", "伝票番号", "お届け先名", "郵便番号", "備考"].map(str::to_owned).to_vec();
    let cells = |order: &str, number: &str, note: &str| {
        [order, number, CANARIES[0], "0600042", note].map(str::to_owned).to_vec()
    };
    let reports = report().rejections;
    let rows = vec![
        paper::ErrorRow {
            cells: cells("555001-20261120-000000099", "490212345678", "一行目\n二行目"),
            rejection: reports[0].clone(),
        },
        paper::ErrorRow {
            cells: cells("555001-20261118-0000000031", "4.90212E+11", "=1+1"),
            rejection: reports[1].clone(),
        },
    ];
    (header, rows)
}

fn golden(name: &str, found: &[u8]) {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests", "golden", "paper", name].iter().collect();
    if std::env::var_os("DENPYO_BLESS").is_some() {
        std::fs::write(&path, found).unwrap();
        return;
    }
    let expect = std::fs::read(&path).unwrap_or_default();
    let (found_text, expect_text) = (String::from_utf8_lossy(found), String::from_utf8_lossy(&expect));
    for (line, (found, expect)) in found_text.lines().zip(expect_text.lines()).enumerate() {
        assert_eq!(found, expect, "{name}, line {}", line + 1);
    }
    assert!(found == expect, "{name} differs in length or bytes; DENPYO_BLESS=1 writes it anew");
}

#[test]
fn papers_are_what_they_were() {
    let (plan, report) = (plan(), report());
    golden("plan.json", paper::plan_json(&plan).as_bytes());
    golden("plan.csv", &paper::plan_csv(&plan, Lang::Ja));
    golden("plan.html", paper::plan_html(&plan, Lang::Ja).as_bytes());
    golden("plan_en.html", paper::plan_html(&plan, Lang::En).as_bytes());
    golden("report.json", paper::report_json(&report).as_bytes());
    golden("report.html", paper::report_html(&report, Lang::Ja).as_bytes());
    golden("report_en.html", paper::report_html(&report, Lang::En).as_bytes());
    golden("screen.txt", paper::screen(&report, Lang::Ja, false, 100).as_bytes());
    golden("screen_en.txt", paper::screen(&report, Lang::En, false, 80).as_bytes());
    let upload = upload();
    for (place, file) in upload.files.iter().enumerate() {
        golden(&format!("upload_{place}.csv"), &file.bytes);
    }
    golden("upload_readme.txt", &paper::upload_readme(&upload));
    let sheet = paper::worksheet(Kind::Amend, &plan.entries, "demo", run().as_str(), Lang::Ja);
    golden("worksheet.csv", &sheet.csv);
    golden("worksheet.html", sheet.html.as_bytes());
    let (header, rows) = error_rows();
    golden("errors.csv", &paper::errors_csv(&header, &rows, Lang::Ja));
    golden("refusal.txt", paper::refusal_note(&report.file_refusals[0]).as_bytes());
}

#[test]
fn no_person_stands_on_any_paper_but_the_error_sheet() {
    let (plan, report) = (plan(), report());
    let upload = upload();
    let mut papers = vec![
        paper::plan_json(&plan).into_bytes(),
        paper::plan_csv(&plan, Lang::Ja),
        paper::plan_html(&plan, Lang::Ja).into_bytes(),
        paper::report_json(&report).into_bytes(),
        paper::report_html(&report, Lang::Ja).into_bytes(),
        paper::screen(&report, Lang::Ja, true, 200).into_bytes(),
        paper::upload_readme(&upload),
        paper::refusal_note(&report.file_refusals[0]).into_bytes(),
    ];
    papers.extend(upload.files.into_iter().map(|file| file.bytes));
    for paper in &papers {
        let text = String::from_utf8_lossy(paper);
        for canary in CANARIES {
            assert!(!text.contains(canary), "{canary} stands in {text}");
        }
    }
    // The test itself must be able to see one.
    let (header, rows) = error_rows();
    let sheet = paper::errors_csv(&header, &rows, Lang::Ja);
    assert!(String::from_utf8_lossy(&sheet).contains(CANARIES[0]));
}

#[test]
fn pages_name_no_place_but_rms_and_run_nothing() {
    let pages = [
        paper::plan_html(&plan(), Lang::Ja),
        paper::report_html(&report(), Lang::Ja),
        paper::worksheet(Kind::Amend, &entries(), "demo", "r", Lang::Ja).html,
    ];
    for page in pages {
        assert_eq!(page.matches("://").count(), page.matches("https://order-rp.rms.rakuten.co.jp/").count());
        for word in ["<script", "javascript:", "<iframe", "<img", "@import", "url(", " style=", " onclick"] {
            assert!(!page.contains(word), "{word}");
        }
        assert!(page.contains("default-src 'none'"));
    }
}
