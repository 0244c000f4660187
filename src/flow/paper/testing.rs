//! Small made-up plans and entries for the tests of this folder.

use crate::model::carrier::Carrier;
use crate::model::change::{Amendment, BasketEdit, Cancellation, Change, ItemEdit, WasNow, What};
use crate::model::day::{Day, Moment};
use crate::model::ids::{BasketId, ItemId, OrderNumber, RowId, RunId, ShopName};
use crate::model::money::{Amount, Yen};
use crate::model::plan::{Entry, PLAN_FORMAT, Plan, Via};
use crate::model::receipt::{Refusal, Standing};
use crate::model::rejection::{FileRefusal, Rejection};
use crate::model::report::{ChangeLine, FileLine, FileOutcome, OpenLine, Report, WaitingLine};
use crate::model::sheet::{Encoding, Source};
use crate::model::shipment::{RowSeen, RowWrite, ShipChange, Shipment, TrackingNumber};
use crate::model::tally::{CallTally, ChangeTally, FileTally, RowTally};
use crate::model::wish::{ReasonCode, Restock};
use crate::model::words::comparing;
use std::collections::BTreeMap;

pub fn order(serial: u32) -> OrderNumber {
    OrderNumber::parse(&format!("555001-20261120-{serial:010}")).unwrap()
}

pub fn moment(text: &str) -> Moment {
    Moment::from_api(text).unwrap()
}

pub fn shipment(number: &str) -> Shipment {
    Shipment {
        carrier: Carrier::from_code("1001").unwrap(),
        number: TrackingNumber::parse(number),
        date: Day::from_iso("2026-11-24").unwrap(),
    }
}

pub fn entry(id: u32, serial: u32, what: What) -> Entry {
    let change = Change {
        shop: ShopName("demo".into()),
        order: order(serial),
        state: 300,
        what,
        stage: "yamato".into(),
        sources: vec![Source { file: "inbox/yamato/1124.csv".into(), record: id, line: id + 1 }],
        picture: "0f".into(),
        notes: Vec::new(),
    };
    Entry { id, change, holds: Vec::new(), urgent: false }
}

pub fn ship(basket: i64, write: RowWrite, was: Option<RowSeen>) -> What {
    What::Ship(ShipChange { basket: BasketId(basket), write, was })
}

pub fn fill_entry(id: u32) -> Entry {
    let seen = RowSeen { carrier: Some("1000".into()), number: Some(String::new()), date: None };
    entry(id, id, ship(70_000_001, RowWrite::Fill(RowId(880_001), shipment("490212345678")), Some(seen)))
}

pub fn amend_entry(id: u32) -> Entry {
    let item =
        ItemEdit { item: Some(ItemId(70_000_001)), units: Some(WasNow { was: 2, now: 1 }), ..ItemEdit::default() };
    let fixed = |yen| Amount::Fixed(Yen(yen));
    let baskets = vec![BasketEdit {
        basket: BasketId(70_000_001),
        postage: Some(WasNow { was: fixed(550), now: fixed(0) }),
        cod_fee: None,
        items: vec![item],
    }];
    let amendment = Amendment {
        baskets,
        reason: ReasonCode::from_code(8),
        total: WasNow { was: fixed(5500), now: fixed(3000) },
        request_price: WasNow { was: fixed(5000), now: fixed(2500) },
        request_price_range: None,
        after_shipping: false,
    };
    entry(id, id, What::Amend(amendment))
}

pub fn cancel_entry(id: u32) -> Entry {
    let cancellation =
        Cancellation { reason: ReasonCode::from_code(1).unwrap(), restock: Restock::AsItem, after_shipping: false };
    let mut entry = entry(id, id, What::Cancel(cancellation));
    entry.holds = vec![comparing::APPROVAL_SETTING.with([("kind", "cancel".into())])];
    entry.urgent = true;
    entry
}

pub fn plan(entries: Vec<Entry>) -> Plan {
    let made_at = moment("2026-11-24T21:30:00+0900");
    Plan {
        format: PLAN_FORMAT,
        run: RunId::new(made_at, 0xab),
        shop: ShopName("demo".into()),
        pipeline: "pipelines/nightly.toml".into(),
        title: "夜間バッチ".into(),
        made_at,
        via: Via::Api,
        calls_bound: 214,
        seconds_bound: 214,
        entries: entries.into_iter().map(Into::into).collect(),
    }
}

pub fn small_plan() -> Plan {
    let mut held = amend_entry(2);
    held.holds = vec![comparing::BRAKE_DECREASE.with([("limit", "2000".into()), ("count", "2500".into())])];
    plan(vec![fill_entry(1), held, cancel_entry(3)])
}

pub fn small_report() -> Report {
    let source = |line| Source { file: "inbox/yamato/1124.csv".into(), record: line - 1, line };
    let line = |entry: Entry, standing| ChangeLine { entry: entry.into(), standing, refusal: None, why: None };
    let mut refused = line(amend_entry(2), Standing::Refused);
    refused.refusal =
        Some(Refusal { code: "UPDATE_ORDERSENDER_ERROR_001".into(), message: "更新できません".into() });
    let open = |standing| OpenLine {
        run: RunId::new(moment("2026-11-21T21:30:00+0900"), 1),
        order: order(9),
        what: "荷物番号".into(),
        standing,
        since: moment("2026-11-21T21:31:00+0900"),
    };
    let waits = comparing::STATE_NOT_YET.with([("order", order(7).to_string()), ("state", "200".into())]);
    let rows = RowTally { read: 8, unchanged: 1, planned: 3, rejected: 2, set_aside: 1, waiting: 1 };
    Report {
        run: RunId::new(moment("2026-11-24T21:30:00+0900"), 0xab),
        shop: ShopName("demo".into()),
        pipeline: "pipelines/nightly.toml".into(),
        title: "夜間バッチ".into(),
        started: moment("2026-11-24T21:30:00+0900"),
        ended: moment("2026-11-24T21:34:10+0900"),
        exit: 4,
        files: FileTally { read: 1, skipped: 0, refused: 1 },
        rows,
        changes: ChangeTally { planned: 3, confirmed: 1, refused: 1, held: 1, ..ChangeTally::default() },
        calls: CallTally { made: 12, bound: 14 },
        file_lines: vec![FileLine {
            name: "inbox/yamato/1124.csv".into(),
            layout: "yamato-b2".into(),
            outcome: FileOutcome::Read,
            encoding: Some(Encoding::Cp932),
            rows,
            notes: Vec::new(),
            moved_to: Some("archive/2026-11-24/1124.csv".into()),
        }],
        file_refusals: vec![FileRefusal {
            file: "inbox/yamato/cut.csv".into(),
            line: Some(3),
            column: Some("住所".into()),
            value: Some("山田".into()),
            why: comparing::ADDRESS_PENDING.plain(),
        }],
        rejections: vec![
            Rejection {
                source: source(7),
                column: Some("お客様管理番号".into()),
                value: Some("555001-20261120-9".into()),
                why: comparing::ORDER_UNKNOWN.with([("order", "555001-20261120-9".into())]),
            },
            Rejection {
                source: source(8),
                column: Some("お届け先名".into()),
                value: Some("山田太郎".into()),
                why: comparing::ADDRESS_PENDING.plain(),
            },
        ],
        waiting: vec![WaitingLine {
            source: source(5),
            order: order(7),
            why: waits,
            since: moment("2026-11-23T21:30:00+0900"),
        }],
        set_aside: BTreeMap::from([(
            "row-doubled".to_owned(),
            (1, comparing::SHIPPED_TWICE_IN_FILE.with([("first", "1124.csv:2".into())])),
        )]),
        change_lines: vec![line(fill_entry(1), Standing::Confirmed), refused, line(cancel_entry(3), Standing::Held)],
        open_lines: vec![open(Standing::Exported)],
        settled_earlier: vec![open(Standing::Confirmed)],
        urgent: vec![comparing::CANCEL_AND_SHIP.with([("order", order(3).to_string())])],
        to_do: vec![comparing::NOT_LIVE.plain()],
        warnings: vec![comparing::FIRST_RUN.plain()],
        key_expires: Some(moment("2026-12-06T23:59:59+0900")),
        plan_only: false,
        outputs: vec!["outbox/20261124T213000-00ab/出荷.csv".into(), "reports/20261124T213000-00ab/report.json".into()],
        report: Some("reports/20261124T213000-00ab".into()),
    }
}
