//! Amounts to the yen: orders of every sort and lists of corrections, both by chance from fixed seeds. What each order
//! must say afterwards is worked out here, from the order, the list and the published formulas alone; then the
//! list is dropped, the plan made, applied, and the orders are read from the pretend RMS. Whatever no list asked
//! for must be as it was, down to the last key.
#![allow(clippy::disallowed_methods, reason = "a test reads what the program left behind")]

mod night;

use night::Shop;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

const ORDERS: u32 = 130;
const OPEN: i64 = -9999;
const ITEM_RATES: [i64; 3] = [8, 10, 10];

/// A linear congruence is chance enough.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: i64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from(self.0 >> 33).unwrap() % bound
    }

    fn one_in(&mut self, of: i64) -> bool {
        self.below(of) == 0
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[usize::try_from(self.below(i64::try_from(all.len()).unwrap())).unwrap()]
    }
}

fn rate(percent: i64) -> Value {
    json!(f64::from(i32::try_from(percent).unwrap()) / 100.0)
}

fn percent(value: &Value) -> i64 {
    let text = format!("{:.0}", value.as_f64().unwrap() * 100.0);
    text.parse().unwrap()
}

/// An order without its sums, which the pretend RMS works out.
fn order(serial: u32, chance: &mut Chance) -> Value {
    let state = chance.of(&[100, 200, 300, 300, 300, 400, 500, 600, 700]);
    let method = chance.of(&[1, 1, 2, 9, 21]);
    let several = chance.one_in(4);
    let mut id = i64::from(serial) * 100;
    let baskets: Vec<Value> = (0..if several { chance.below(2) + 2 } else { 1 })
        .map(|_| {
            id += 1;
            let basket = id;
            let items: Vec<Value> = (0..=chance.below(3))
                .map(|_| {
                    id += 1;
                    json!({ "itemDetailId": id, "itemId": id + 50_000_000, "itemName": format!("品{id}"), "itemNumber": format!("n-{id}"),
                        "price": chance.below(5_000) + 1, "units": chance.below(9) + 1, "taxRate": rate(chance.of(&ITEM_RATES)),
                        "includeTaxFlag": chance.below(2), "selectedChoice": "色:青" })
                })
                .collect();
            json!({ "basketId": basket, "postagePrice": if chance.one_in(9) { OPEN } else { chance.below(900) }, "postageTaxRate": 0.1,
                "deliveryPrice": if method == 2 { chance.below(500) } else { 0 }, "deliveryTaxRate": 0.1,
                "SenderModel": { "zipCode1": "100", "zipCode2": "0001", "prefecture": "東京都", "city": "千代田区", "subAddress": format!("{serial}-1"),
                    "familyName": "見本", "firstName": format!("花子{serial}"), "familyNameKana": "ミホン", "firstNameKana": "ハナコ",
                    "phoneNumber1": "03", "phoneNumber2": "0000", "phoneNumber3": if chance.one_in(5) { Value::Null } else { json!("0000") } },
                "ItemModelList": items })
        })
        .collect();
    let mut order = json!({ "orderNumber": night::order(serial), "orderProgress": state, "orderDatetime": "2026-04-01T10:15:00+0900",
        "remarks": "[配送日時指定:]\n玄関前", "memo": "電話済", "paymentCharge": if chance.one_in(4) { chance.below(400) } else { 0 }, "paymentChargeTaxRate": 0.1,
        "SettlementModel": { "settlementMethod": "x", "settlementMethodCode": method }, "PackageModelList": baskets });
    let wrapping = |title: i64, chance: &mut Chance| {
        json!({ "title": title, "name": "包装紙", "price": chance.below(400), "includeTaxFlag": chance.below(2), "taxRate": rate(chance.of(&ITEM_RATES)),
            "deleteWrappingFlag": i64::from(chance.one_in(4)) })
    };
    if chance.one_in(3) {
        order["WrappingModel1"] = wrapping(1, chance);
    }
    if chance.one_in(5) {
        order["WrappingModel2"] = wrapping(2, chance);
    }
    if chance.one_in(4) {
        let bound = if chance.one_in(2) { order["PackageModelList"][0]["ItemModelList"][0].clone() } else { json!({}) };
        order["CouponModelList"] = json!([{ "couponCode": format!("C-{serial}"), "couponName": "値引き", "couponCapital": "ショップ", "couponCapitalCode": chance.below(2) + 1,
            "couponPrice": chance.below(60), "couponUnit": 1, "itemId": bound.get("itemId").cloned().unwrap_or(json!(0)),
            "itemDetailId": bound.get("itemDetailId").cloned().unwrap_or(json!(0)) }]);
    }
    if chance.one_in(4) {
        // Some buyers pay with points alone.
        let most = if chance.one_in(3) { 900_000 } else { 2_000 };
        order["PointModel"] = json!({ "usedPoint": chance.below(most) });
    }
    order
}

/// Points of a buyer are never more than the order costs.
fn clip_points(order: &mut Value) {
    if let Some(points) = order["PointModel"]["usedPoint"].as_i64() {
        let owed = sums(order).grand.unwrap_or(points);
        order["PointModel"]["usedPoint"] = json!(points.min(owed));
    }
}

fn live<'o>(order: &'o Value, list: &str) -> impl Iterator<Item = &'o Value> {
    order[list].as_array().into_iter().flatten()
}

#[derive(Debug, PartialEq, Eq)]
struct Sums {
    /// 総合計（税込） before points; `None` while a part is open.
    grand: Option<i64>,
    request: Option<i64>,
    points: i64,
}

/// The published formulas, with the tax of a tax-excluded piece rounded down.
fn sums(order: &Value) -> Sums {
    let with_tax =
        |price: i64, included: bool, percent: i64| if included { price } else { price + price * percent / 100 };
    let int = |value: &Value| value.as_i64().unwrap_or(0);
    let (mut sum, mut open) = (0, false);
    let mut add = |yen: i64| if yen == OPEN { open = true } else { sum += yen };
    for basket in live(order, "PackageModelList") {
        for item in live(basket, "ItemModelList") {
            let price = with_tax(int(&item["price"]), item["includeTaxFlag"] == 1, percent(&item["taxRate"]));
            add(price * int(&item["units"]));
        }
        add(int(&basket["postagePrice"]));
        add(int(&basket["deliveryPrice"]));
    }
    for wrapping in [&order["WrappingModel1"], &order["WrappingModel2"]] {
        if wrapping.is_object() && wrapping["deleteWrappingFlag"] != 1 {
            add(with_tax(int(&wrapping["price"]), wrapping["includeTaxFlag"] == 1, percent(&wrapping["taxRate"])));
        }
    }
    add(int(&order["paymentCharge"]));
    let coupons: i64 =
        live(order, "CouponModelList").map(|one| int(&one["couponPrice"]) * int(&one["couponUnit"])).sum();
    let points = int(&order["PointModel"]["usedPoint"]);
    let grand = (!open).then_some(sum - coupons);
    let clamped = grand.map_or(points, |grand| points.min(grand.max(0)));
    Sums { grand, request: grand.map(|grand| (grand - clamped).max(0)), points: clamped }
}

/// What a list asks of one order, and what must come of it.
struct Asked {
    rows: Vec<String>,
    expect: Expect,
}

enum Expect {
    /// The order as it must stand; the sums aside.
    Amended(Value),
    /// Nothing may move: the list's rows go back, or wait, or say what RMS says already.
    Untouched(&'static str),
}

/// Prices that are certain: exactly one price in the line's own tax mode stands behind the one on the list.
fn price_in_rms(given: i64, list_excluded: bool, item: &Value, percent: i64) -> Option<i64> {
    let line_excluded = item["includeTaxFlag"] != 1;
    match (list_excluded, line_excluded) {
        (true, true) | (false, false) => Some(given),
        (true, false) => Some(given + given * percent / 100),
        (false, true) => (0..=given).find(|price| price + price * percent / 100 == given),
    }
}

fn ask(before: &Value, excluded: bool, chance: &mut Chance) -> Asked {
    let number = before["orderNumber"].as_str().unwrap();
    let mut after = before.clone();
    let mut rows = Vec::new();
    let mut refused = None;
    let reason = if chance.one_in(8) { "" } else { "欠品" };
    for (at, basket) in live(before, "PackageModelList").enumerate() {
        let id = &basket["basketId"];
        let cod_order = before["SettlementModel"]["settlementMethodCode"] == 2;
        let postage = if at == 0 || chance.one_in(3) {
            Some(if chance.one_in(12) { OPEN } else { chance.below(900) })
        } else {
            None
        };
        let cod = if chance.one_in(if cod_order { 2 } else { 40 }) { Some(chance.below(600)) } else { None };
        if postage.is_some() || cod.is_some() {
            let shown = |yen: Option<i64>| {
                yen.map_or(String::new(), |yen| if yen == OPEN { "未確定".to_owned() } else { yen.to_string() })
            };
            rows.push(format!("{number},{id},,{},{},,,,{reason}", shown(postage), shown(cod)));
            let basket = &mut after["PackageModelList"][at];
            if let Some(postage) = postage {
                basket["postagePrice"] = json!(postage);
            }
            if let Some(cod) = cod {
                if !cod_order && cod != 0 {
                    refused = Some("代引料 of an order that is not 代引");
                }
                basket["deliveryPrice"] = json!(cod);
            }
        }
        for (line, item) in live(basket, "ItemModelList").enumerate() {
            let price = chance.one_in(2).then(|| chance.below(5_000) + 1);
            let units = chance.one_in(3).then(|| chance.below(9) + 1);
            let new_rate = chance.one_in(10).then(|| chance.of(&ITEM_RATES));
            if price.is_none() && units.is_none() && new_rate.is_none() {
                continue;
            }
            let shown = |value: Option<i64>| value.map_or(String::new(), |value| value.to_string());
            rows.push(format!(
                "{number},{id},{},,,{},{},{},{reason}",
                item["itemDetailId"],
                shown(price),
                shown(units),
                new_rate.map_or(String::new(), |rate| format!("{rate}%"))
            ));
            let percent = new_rate.unwrap_or_else(|| percent(&item["taxRate"]));
            let item_after = &mut after["PackageModelList"][at]["ItemModelList"][line];
            item_after["taxRate"] = rate(percent);
            if let Some(units) = units {
                item_after["units"] = json!(units);
            }
            if let Some(price) = price {
                match price_in_rms(price, excluded, item, percent) {
                    Some(price) => item_after["price"] = json!(price),
                    None => refused = Some("a price with tax that no price without tax gives"),
                }
            }
        }
    }
    let (was, now) = (sums(before), sums(&after));
    let state = before["orderProgress"].as_i64().unwrap();
    let falls = matches!((was.grand, now.grand), (Some(was), Some(now)) if now < was);
    let deferred = matches!(state, 500 | 600 | 700) && before["SettlementModel"]["settlementMethodCode"] == 21;
    let expect = if state == 400 {
        Expect::Untouched("変更確定待ち")
    } else if let Some(why) = refused {
        Expect::Untouched(why)
    } else if after == *before {
        Expect::Untouched("RMS says so already")
    } else if reason.is_empty() && (falls || deferred) {
        Expect::Untouched("減額理由 is missing")
    } else {
        let rises = matches!((was.grand, now.grand), (Some(was), Some(now)) if now > was);
        if rises && matches!(state, 200 | 300) {
            after["orderProgress"] = json!(400);
        }
        if after["PointModel"].is_object() {
            after["PointModel"]["usedPoint"] = json!(now.points);
        }
        Expect::Amended(after)
    };
    Asked { rows, expect }
}

/// Sums and histories, which follow from what was asked for and are checked on their own.
const FOLLOWS: [&str; 9] = [
    "goodsPrice",
    "goodsTax",
    "totalPrice",
    "requestPrice",
    "TaxSummaryModelList",
    "ChangeReasonModelList",
    "priceTaxIncl",
    "isTaxRecalc",
    "updateTimestamp",
];

/// Where two orders differ, the followers aside.
fn differences(path: &str, wanted: &Value, found: &Value, out: &mut Vec<String>) {
    match (wanted, found) {
        (Value::Object(a), Value::Object(b)) => {
            let keys: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            for key in keys.into_iter().filter(|key| !FOLLOWS.contains(&key.as_str())) {
                // The order's own postage and COD fee are sums of its destinations'.
                let sum = path.is_empty() && matches!(key.as_str(), "postagePrice" | "deliveryPrice");
                if !sum {
                    differences(
                        &format!("{path}/{key}"),
                        a.get(key).unwrap_or(&Value::Null),
                        b.get(key).unwrap_or(&Value::Null),
                        out,
                    );
                }
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (at, (one, other)) in a.iter().zip(b).enumerate() {
                differences(&format!("{path}/{at}"), one, other, out);
            }
        }
        (a, b) if a == b => {}
        (a, b) if a.as_f64().is_some() && a.as_f64() == b.as_f64() => {}
        (a, b) => out.push(format!("{path}: wanted {a}, found {b}")),
    }
}

fn pipeline(tax: &str) -> String {
    format!(
        r#"
name  = "nightly"
title = "夜間"
shop  = "demo"
[import.new]
progress = [100, 200, 300, 400, 500, 600, 700]
since = "63d"
[read.amend]
files  = "inbox/*.csv"
layout = "generic-corrections"
quiet  = "0s"
[amend.all]
from   = "amend"
fields = ["postage", "cod_fee", "units", "price", "tax_rate"]
tax    = "{tax}"
reduction_reason = {{ column = "減額理由" }}
[deliver]
via     = "api"
approve = []
[deliver.brake]
decrease_yen = 900000000
"#
    )
}

/// Entries of a plan: order → the change, and what holds it.
fn planned(shop: &Shop, path: &std::path::Path) -> BTreeMap<String, (Value, Vec<String>)> {
    let out = shop.command(&["plan", "nightly", "-o", path.to_str().unwrap(), "--json"]).output().unwrap();
    assert_ne!(out.status.code(), Some(70), "{}", String::from_utf8_lossy(&out.stdout));
    let plan: Value = serde_json::from_slice(&fs::read(path.join("plan.json")).unwrap()).unwrap();
    let entries = plan["entries"].as_array().unwrap().iter();
    entries
        .map(|entry| {
            let holds = entry["holds"].as_array().unwrap().iter().map(|hold| hold[0].as_str().unwrap().to_owned());
            let change = &entry["change"];
            (change["order"].as_str().unwrap().to_owned(), (change["what"]["amend"].clone(), holds.collect()))
        })
        .collect()
}

fn fixed(value: Option<i64>) -> i64 {
    value.unwrap_or(OPEN)
}

fn travel(seed: u64, excluded: bool) -> [usize; 4] {
    let chance = &mut Chance(seed);
    let mut orders: Vec<Value> = (1..=ORDERS).map(|serial| order(serial, chance)).collect();
    orders.iter_mut().for_each(clip_points);
    let calm = json!({ "switches": { "async_delay_ms": [10, 40] } });
    let shop =
        Shop::of(json!(orders), json!([]), &calm, seed, &pipeline(if excluded { "excluded" } else { "included" }));
    let settings = shop.path().join("denpyo.toml");
    let text = fs::read_to_string(&settings).unwrap() + "tax_rounding = \"down\"\n";
    fs::write(&settings, text).unwrap();
    let (code, document) = shop.night();
    assert_eq!(code, Some(0), "the first import: {document}");

    let before: BTreeMap<String, Value> =
        (1..=ORDERS).map(|serial| (night::order(serial), shop.order(&night::order(serial)))).collect();
    let asked: BTreeMap<String, Asked> =
        before.iter().map(|(number, order)| (number.clone(), ask(order, excluded, chance))).collect();
    let header = "注文番号,送付先ID,商品明細ID,送料,代引料,単価,個数,税率,減額理由\n";
    let list: String = asked.values().flat_map(|asked| &asked.rows).map(|row| format!("{row}\n")).collect();
    let rows = list.lines().count();
    fs::write(shop.path().join("inbox/a.csv"), format!("{header}{list}")).unwrap();

    let plan = planned(&shop, &shop.path().join("review/before"));
    let (_, document) = shop.night();
    assert_eq!(document["rows"]["read"], rows, "{document}");
    if document["changes"]["held"] != 0 {
        let review = format!("review/{}/plan.json", document["run"].as_str().unwrap());
        let out = shop.command(&["apply", &review, "--json"]).output().unwrap();
        assert_ne!(out.status.code(), Some(70));
    }

    let mut moved_points = BTreeSet::new();
    let (mut amended, mut untouched) = (0, 0);
    for (number, asked) in &asked {
        let (was, found) = (&before[number], shop.order(number));
        let state = &was["orderProgress"];
        let mut out = Vec::new();
        let wanted = match &asked.expect {
            Expect::Untouched(why) => {
                untouched += 1;
                assert!(!plan.contains_key(number), "seed {seed} {number} ({state}): planned although {why}");
                assert_eq!(found["requestPrice"], was["requestPrice"], "seed {seed} {number}: {why}");
                assert_eq!(found["ChangeReasonModelList"], was["ChangeReasonModelList"], "seed {seed} {number}: {why}");
                was
            }
            Expect::Amended(wanted) => {
                amended += 1;
                let (amendment, holds) = plan
                    .get(number)
                    .unwrap_or_else(|| panic!("seed {seed} {number} ({state}): not planned: {:?}", asked.rows));
                let sums = sums(wanted);
                assert_eq!(found["requestPrice"], fixed(sums.request), "seed {seed} {number}: 請求金額");
                assert_eq!(
                    amendment["total"]["now"],
                    json!(fixed(sums.grand)),
                    "seed {seed} {number}: the plan's total"
                );
                let plan_request = &amendment["request_price"]["now"];
                assert_eq!(*plan_request, fixed(sums.request), "seed {seed} {number}: the plan's 請求金額");
                assert_eq!(amendment["request_price_range"], Value::Null, "seed {seed} {number}: rounding is set");
                if found["PointModel"]["usedPoint"] != was["PointModel"]["usedPoint"] {
                    let said = holds.iter().any(|hold| hold == "points-over" || hold == "all-points");
                    assert!(said, "seed {seed} {number}: points moved unannounced: {holds:?}");
                    moved_points.insert(number.clone());
                }
                wanted
            }
        };
        differences("", wanted, &found, &mut out);
        assert!(out.is_empty(), "seed {seed} {number} ({state}): {out:?}\n{:?}", asked.rows);
    }

    // The list of what to mend by hand names just the orders whose points moved, and nothing else.
    let listed: String = shop
        .files("outbox")
        .iter()
        .filter(|path| path.to_string_lossy().contains("手修正リスト"))
        .flat_map(|path| {
            fs::read_to_string(path).unwrap().lines().skip(1).map(|line| format!("{line}\n")).collect::<Vec<_>>()
        })
        .collect();
    for number in &moved_points {
        assert!(listed.contains(number.as_str()), "seed {seed} {number}: points moved and nobody was told: {listed}");
    }
    assert_eq!(listed.lines().count(), moved_points.len(), "seed {seed}: {listed}");

    // The same figures once more: nothing is left to do but what waits for its turn or was refused.
    fs::write(shop.path().join("inbox/b.csv"), format!("{header}{list}\n")).unwrap();
    let sent = shop.log().len();
    let (_, document) = shop.night();
    assert_eq!(document["changes"]["planned"], 0, "seed {seed}: {document}");
    assert_eq!(shop.log().len(), sent, "seed {seed}: told again");
    assert_eq!(sent, amended, "seed {seed}: one call for each amended order");
    [amended, untouched, moved_points.len(), rows]
}

#[test]
fn every_order_costs_what_its_list_asked_for() {
    let cases = [(11, false), (12, true), (13, false), (14, true)];
    let told: Vec<[usize; 4]> = std::thread::scope(|scope| {
        let running: Vec<_> =
            cases.map(|(seed, excluded)| scope.spawn(move || travel(seed, excluded))).into_iter().collect();
        running.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let sum = |at: usize| told.iter().map(|one| one[at]).sum::<usize>();
    // Chance must have met every side of it.
    assert!(sum(0) > 350 && sum(1) > 80 && sum(2) > 8, "{told:?}");
}
