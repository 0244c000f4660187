//! A shop with something of every kind to tell: what its people dropped, what RMS must have been told once, and how
//! every order must stand in the end.

use crate::night::{self, Shop};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;

const PIPELINE: &str = r#"
name  = "nightly"
title = "夜間"
shop  = "demo"
[import.new]
progress = [100, 200, 300, 400, 500]
since = "63d"
[read.cancel]
files  = "inbox/cancel/*.csv"
layout = "generic-cancellations"
quiet  = "0s"
[cancel.all]
from = "cancel"
[read.amend]
files  = "inbox/amend/*.csv"
layout = "generic-corrections"
quiet  = "0s"
[amend.all]
from   = "amend"
fields = ["postage", "units", "price"]
tax    = "included"
reduction_reason = { column = "減額理由" }
[read.confirm]
files  = "inbox/confirm/*.csv"
layout = "generic-confirmations"
quiet  = "0s"
[confirm.all]
from = "confirm"
[read.ship]
files  = "inbox/ship/*.csv"
layout = "generic-shipments"
quiet  = "0s"
[ship.ship]
from      = "ship"
ship_date = "発送日"
[read.mark]
files  = "inbox/mark/*.csv"
layout = "generic-marks"
quiet  = "0s"
[mark.all]
from = "mark"
memo = "append"
[deliver]
via     = "api"
wait    = "4s"
settle  = "1s"
approve = []
"#;

/// Serials by what is asked of them.
const SHIPPED: [u32; 5] = [1, 2, 7, 8, 14];
const CONFIRMED: [u32; 2] = [3, 4];

/// Serial → order-level values after the corrections: 送料, 単価, 個数, 総合計.
const AMENDED: [(u32, i64, i64, i64, i64); 5] = [
    (5, 330, 1650, 2, 3630),
    (6, 880, 1650, 2, 4180),
    (7, 550, 1650, 3, 5500),
    (8, 550, 1500, 2, 3550),
    (9, 0, 1650, 2, 3300),
];

fn one(serial: u32, state: i64, more: Value) -> Value {
    let basket = 70_000_000 + serial;
    let row = |number: Value, company: Value, date: Value| json!([{ "shippingDetailId": 880_000 + serial, "shippingNumber": number, "deliveryCompany": company, "shippingDate": date }]);
    let rows = match (serial, state) {
        (_, 500) => row(json!("400000000000"), json!("1001"), json!("2026-04-02")),
        (2, _) => row(Value::Null, Value::Null, Value::Null),
        _ => json!([]),
    };
    let mut order = json!({ "orderNumber": night::order(serial), "orderProgress": state, "orderDatetime": "2026-04-01T10:15:00+0900",
        "PackageModelList": [{ "basketId": basket, "postagePrice": 550, "ShippingModelList": rows,
            "ItemModelList": [{ "itemDetailId": basket, "price": 1650, "units": 2, "taxRate": 0.1, "includeTaxFlag": 1 }] }] });
    for (key, value) in more.as_object().unwrap() {
        order[key] = value.clone();
    }
    order
}

/// The shop with its orders known (its first import is over), and everything dropped.
pub fn shop(faults: &Value, seed: u64) -> (Shop, Vec<(&'static str, Vec<u8>)>) {
    let orders: Vec<Value> = (1..=15)
        .map(|serial| match serial {
            3 | 4 => one(serial, 100, json!({})),
            9 | 11 => one(serial, 500, json!({})),
            13 => one(serial, 300, json!({ "memo": "電話済" })),
            _ => one(serial, 300, json!({})),
        })
        .collect();
    let sub_statuses = json!([
        { "orderProgress": 200, "SubStatusModelList": [{ "subStatusId": 14001, "subStatusName": "確認済み", "orderby": 1 }] },
        { "orderProgress": 300, "SubStatusModelList": [{ "subStatusId": 15001, "subStatusName": "入荷待ち", "orderby": 1 }] },
    ]);
    let calm = json!({ "switches": { "async_delay_ms": [10, 40] } });
    let shop = Shop::of(json!(orders), sub_statuses, &calm, seed, PIPELINE);
    let (code, document) = shop.night();
    assert_eq!(code, Some(0), "the first import: {document}");
    shop.desk("POST", "/_simulator/faults", &faults.to_string());

    let n = night::order;
    let mut ship = "注文番号,送付先ID,お荷物伝票番号,配送会社,発送日\n".to_owned();
    for serial in SHIPPED {
        ship.push_str(&format!("{},,{},ヤマト運輸,2026-04-02\n", n(serial), night::number(serial)));
    }
    // A row to mend, so that error sheets are written too.
    ship.push_str(&format!("{},,4.1E+11,ヤマト運輸,2026-04-02\n", n(12)));
    let files: Vec<(&'static str, String)> = vec![
        ("ship/parcels.csv", ship),
        (
            "amend/figures.csv",
            format!(
                "注文番号,送料,単価,個数,減額理由\n{},330,,,欠品\n{},880,,,\n{},,,3,\n{},,1500,,欠品\n{},0,,,欠品\n",
                n(5),
                n(6),
                n(7),
                n(8),
                n(9)
            ),
        ),
        (
            "cancel/stops.csv",
            format!(
                "注文番号,キャンセル理由,在庫連動,返品済,処理\n{},欠品,連動する,,\n{},欠品,連動する,○,\n",
                n(10),
                n(11)
            ),
        ),
        ("confirm/yes.csv", format!("注文番号\n{}\n{}\n", n(3), n(4))),
        (
            "mark/marks.csv",
            format!(
                "注文番号,サブステータス,ひとことメモ\n{},確認済み,\n{},入荷待ち,\n{},,4/5入荷予定\n{},入荷待ち,4/6発送\n",
                n(4),
                n(12),
                n(13),
                n(14)
            ),
        ),
    ];
    for (name, text) in &files {
        let path = shop.path().join("inbox").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    (shop, files.into_iter().map(|(name, text)| (name, text.into_bytes())).collect())
}

/// What RMS must have accepted, and how often.
fn expected() -> BTreeMap<String, usize> {
    let mut all = Vec::new();
    all.extend(SHIPPED.map(|serial| format!("{serial} row {}", night::number(serial))));
    all.extend(CONFIRMED.map(|serial| format!("{serial} confirm")));
    all.extend(AMENDED.map(|(serial, _, _, _, total)| format!("{serial} amend {total}")));
    all.extend([10, 11].map(|serial| format!("{serial} cancel")));
    all.extend([(4, 14001), (12, 15001), (14, 15001)].map(|(serial, id)| format!("{serial} sub_status {id}")));
    all.extend([(13, "電話済\n4/5入荷予定"), (14, "4/6発送")].map(|(serial, memo)| format!("{serial} memo {memo}")));
    all.into_iter().map(|one| (one, 1)).collect()
}

/// Everything was told once and nothing else was, and each order stands as its rows asked for.
pub fn told_once(shop: &Shop) {
    let mut told: BTreeMap<String, usize> = BTreeMap::new();
    for entry in shop.log() {
        let serial: u32 = entry["orderNumber"].as_str().unwrap()[16..].parse().unwrap();
        let after = &entry["after"];
        let said = match entry["op"].as_str().unwrap() {
            "updateOrderShippingAsync" | "updateOrderShipping" => {
                format!("row {}", after["shippingNumber"].as_str().unwrap())
            }
            "updateOrderSender" | "updateOrderSenderAfterShipping" => format!("amend {}", after["totalPrice"]),
            "updateOrderSubStatus" => format!("sub_status {}", after["subStatusId"]),
            "updateOrderMemo" => format!("memo {}", after["memo"].as_str().unwrap()),
            "confirmOrder" => "confirm".to_owned(),
            "cancelOrder" | "cancelOrderAfterShipping" => "cancel".to_owned(),
            other => other.to_owned(),
        };
        *told.entry(format!("{serial} {said}")).or_default() += 1;
    }
    assert_eq!(told, expected());
    for serial in 1..=15 {
        let order = shop.order(&night::order(serial));
        let state = match serial {
            3 | 4 => 200,
            9 => 500,
            10 => 800,
            11 => 900,
            _ => 300,
        };
        assert_eq!(order["orderProgress"], state, "order {serial}");
        let package = &order["PackageModelList"][0];
        let item = &package["ItemModelList"][0];
        let (_, postage, price, units, total) =
            AMENDED.into_iter().find(|amended| amended.0 == serial).unwrap_or((serial, 550, 1650, 2, 3850));
        assert_eq!(
            [&package["postagePrice"], &item["price"], &item["units"], &order["totalPrice"]],
            [&json!(postage), &json!(price), &json!(units), &json!(total)],
            "order {serial}"
        );
        let memo = match serial {
            13 => json!("電話済\n4/5入荷予定"),
            14 => json!("4/6発送"),
            _ => Value::Null,
        };
        assert_eq!(order["memo"], memo, "order {serial}");
        let sub_status = match serial {
            4 => json!(14001),
            12 | 14 => json!(15001),
            _ => Value::Null,
        };
        assert_eq!(order["subStatusId"], sub_status, "order {serial}");
    }
}
