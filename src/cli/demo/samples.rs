//! What the demo's shop has and what is dropped into its inbox. Orders, names and numbers are made up; dates are
//! counted back from today, so that the samples are always this week's.

use super::ago;
use crate::model::day::Day;
use serde_json::{Value, json};
use std::net::SocketAddr;

pub const SECRET: &str = "SP555001_pretend";
pub const KEY: &str = "SL555001_pretend";

/// How a file was saved.
pub enum Saved {
    Cp932,
    Utf8Bom,
}

/// The demo's `denpyo.toml`.
pub fn shops(rms: SocketAddr) -> String {
    format!(
        r#"# デモの店舗: このPCの中の模擬RMSにだけつながります
# The demo's shop: talks only to the pretend RMS on this machine

[shop.demo]
url            = "demo-shop"
service_secret = {{ file = "secrets/service_secret" }}
license_key    = {{ file = "secrets/license_key" }}
endpoint       = "http://{rms}"
pace           = "0s"
"#
    )
}

/// The demo's pipeline.
pub const PIPELINE: &str = include_str!("nightly.toml");

fn order_number(day: Day, serial: u32) -> String {
    format!("555001-{:04}{:02}{:02}-{serial:010}", day.year(), day.month(), day.day())
}

/// Orders of the pretend shop: day before yesterday's, most of them waiting to be shipped.
pub fn shop(today: Day) -> String {
    let day = today.plus_days(-2);
    let item = |id: i64, name: &str, price: i64, units: i64, rate: f64| {
        json!({ "itemDetailId": id, "itemName": name, "itemId": id, "itemNumber": "sample", "manageNumber": "sample",
                "price": price, "units": units, "includeTaxFlag": 1, "taxRate": rate, "priceTaxIncl": price })
    };
    let order = |serial: u32, state: i64, packages: Value| {
        json!({ "orderNumber": order_number(day, serial), "orderProgress": state,
                "orderDatetime": ago(today, 2, 10).to_api(),
                "shopOrderCfmDatetime": if state >= 200 { json!(ago(today, 2, 11).to_api()) } else { Value::Null },
                "PackageModelList": packages })
    };
    let one = |serial: u32, price: i64| {
        json!([{ "basketId": 70_000_000 + i64::from(serial), "postagePrice": 550, "postageTaxRate": 0.1,
                 "ItemModelList": [item(70_000_000 + i64::from(serial), "見本の湯のみ", price, 2, 0.1)] }])
    };
    let mut orders: Vec<Value> = (101..=112).map(|serial| order(serial, 300, one(serial, 1650))).collect();
    // Two destinations: the file must say which.
    orders.push(order(
        113,
        300,
        json!([
            { "basketId": 70_000_113, "postagePrice": 550, "ItemModelList": [item(70_000_113, "見本の皿", 980, 1, 0.1)] },
            { "basketId": 70_000_114, "postagePrice": 550, "ItemModelList": [item(70_000_114, "見本の茶", 540, 3, 0.08)] }
        ]),
    ));
    orders.push(order(121, 900, one(121, 1650)));
    orders.push(order(122, 200, one(122, 1650)));
    orders.push(order(123, 300, one(123, 2200)));
    orders.push(order(124, 300, one(124, 2200)));
    orders.push(order(125, 100, one(125, 3300)));
    let shop = json!({
        "service_secret": SECRET, "license_key": KEY,
        "license_expiry": format!("{}T23:59:59", today.plus_days(60)),
        "orders": orders,
        "sub_statuses": [{ "orderProgress": 300, "SubStatusModelList": [
            { "subStatusId": 15_001, "subStatusName": "入荷待ち", "orderby": 1 } ] }],
        "clock": ago(today, 0, 0).to_api(),
    });
    serde_json::to_string_pretty(&shop).unwrap_or_default()
}

/// A twelve-digit number that passes the carriers' check: the last digit is the rest by seven.
fn number(head: u64) -> String {
    format!("{head:011}{}", head % 7)
}

fn slashed(day: Day) -> String {
    format!("{:04}/{:02}/{:02}", day.year(), day.month(), day.day())
}

/// The dropped files: name below `inbox/`, text, how it was saved.
pub fn files(today: Day) -> Vec<(&'static str, String, Saved)> {
    let day = today.plus_days(-2);
    let order = |serial: u32| order_number(day, serial);
    let date = slashed(today);
    // ヤマト: as the tool writes it, 95 columns without a header.
    let yamato = |serial: u32, head: u64| {
        let mut cells = vec![String::new(); 95];
        cells[0] = order(serial);
        cells[1] = "0".into();
        cells[3] = number(head);
        cells[4].clone_from(&date);
        cells[15] = "見本　花子".into();
        cells.iter().map(|cell| format!("\"{cell}\"")).collect::<Vec<_>>().join(",") + "\r\n"
    };
    let yamato: String = [
        (101, 41_000_000_001),
        (102, 41_000_000_002),
        (103, 41_000_000_003),
        (104, 41_000_000_004),
        (121, 41_000_000_021),
        (122, 41_000_000_022),
    ]
    .iter()
    .map(|(serial, head)| yamato(*serial, *head))
    .collect();
    let sagawa = |serial: u32, head: u64| format!("\"{}\",\"{date}\",\"{}\"\r\n", number(head), order(serial));
    let sagawa = String::from("\"お問い合せ送り状No.\",\"出荷日\",\"お客様管理番号\"\r\n")
        + &sagawa(105, 42_000_000_005)
        + &sagawa(106, 42_000_000_006);
    // A list kept by hand and saved by Excel: full-width digits are mended aloud, lost digits cannot be.
    let wide: String = number(43_000_000_107).chars().map(|c| char::from_u32(c as u32 + 0xfee0).unwrap_or(c)).collect();
    // The last digit mistyped: the carriers' check digit finds it.
    let mistyped = format!("{:011}9", 43_000_000_109_u64);
    let excel = format!(
        "注文番号,送付先ID,お荷物伝票番号,配送会社,発送日\r\n{},,{wide},ヤマト運輸,{}/{}/{}\r\n{},,4.3E+11,ヤマト運輸,{date}\r\n{},,{},ヤマト運輸,{date}\r\n{},,{},黒猫,{date}\r\n{},,{},佐川急便,{date}\r\n{},70000113,{},日本郵便,{date}\r\n",
        order(107),
        today.year(),
        today.month(),
        today.day(),
        order(108),
        order(109),
        mistyped,
        order(110),
        number(43_000_000_110),
        order(113),
        number(43_000_000_113),
        order(113),
        number(43_000_000_114),
    );
    let corrections =
        format!("注文番号,送料,減額理由\r\n{},330,欠品\r\n{},880,\r\n{},300,\r\n", order(123), order(124), order(111));
    let cancellations = format!("注文番号,キャンセル理由,在庫連動\r\n{},欠品,連動する\r\n", order(112));
    let marks = format!("注文番号,サブステータス,ひとことメモ\r\n{},入荷待ち,仕入先に確認中\r\n", order(111));
    let confirmations = format!("注文番号\r\n{}\r\n", order(125));
    vec![
        ("yamato/shipped.csv", yamato, Saved::Cp932),
        ("sagawa/shukka_rireki.csv", sagawa, Saved::Utf8Bom),
        ("excel/発送一覧.csv", excel, Saved::Cp932),
        ("corrections/訂正.csv", corrections, Saved::Cp932),
        ("cancellations/キャンセル.csv", cancellations, Saved::Cp932),
        ("marks/メモ.csv", marks, Saved::Utf8Bom),
        ("confirmations/確認.csv", confirmations, Saved::Cp932),
    ]
}
