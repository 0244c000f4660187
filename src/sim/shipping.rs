//! 発送完了報告: rows added, changed and deleted under an order's destinations.
//!
//! A missing key keeps, an empty one erases, a row without an id is added every time. Reading a report and
//! carrying it out are two steps, because the asynchronous call does the second later. It knows no HTTP.

use jiff::civil::Date;
use serde_json::{Value, json};

use super::clock::{Moment, parse_date, spread_date};
use super::faults::Switches;
use super::names;
use super::shape;
use super::value::{Object, as_int, as_text, int, int_maybe, is_empty, objects, objects_mut, put, text};
use super::wire::{Check, Message, Reply, Sent, Subject};
use super::world::{Entry, World};

const SUBJECT: Subject = "UPDATE_ORDERSHIPPING";

/// Rows that one destination may have, in a request and in all.
const ROWS_MAX: usize = 20;

/// One order's report, read and found well-formed.
pub struct Report {
    pub order: String,
    rows: Vec<Row>,
}

struct Row {
    data_number: i64,
    basket: i64,
    id: Option<i64>,
    company: Sent<String>,
    number: Sent<String>,
    date: Sent<String>,
    delete: bool,
}

pub fn update(world: &mut World, body: &Object, now: Moment) -> Reply {
    let mut check = Check::new(SUBJECT);
    let report = read(body, world.switches(), &mut check);
    let Some(report) = report.filter(|_| check.is_clean()) else {
        return Reply::messages(400, &check.messages);
    };
    match carry_out(world, "updateOrderShipping", &report, now) {
        Ok(messages) => Reply::messages(200, &messages),
        Err(messages) => Reply::messages(400, &messages),
    }
}

/// Reads the body of one report; every fault goes to `check`.
pub fn read(body: &Object, switches: &Switches, check: &mut Check) -> Option<Report> {
    check.at_row(None, None);
    let order = check.need_text(body, "orderNumber");
    check.about(order.as_deref().unwrap_or_default());
    let baskets = check.need_objects(body, "BasketidModelList").unwrap_or_default();
    let mut rows = Vec::new();
    let mut data_number = 0;
    for basket in baskets {
        check.at_row(None, None);
        let id = check.need_int(basket, "basketId");
        let list = check.need_objects(basket, "ShippingModelList").unwrap_or_default();
        if list.len() > ROWS_MAX {
            check.fault("SIM_TOO_MANY_ROWS", format!("（模擬）発送情報は1つの送付先に{ROWS_MAX}件までです。"));
        }
        for row in list {
            data_number += 1;
            rows.push(read_row(row, id.unwrap_or(0), data_number, switches, check));
        }
    }
    check.at_row(None, None);
    Some(Report { order: order?, rows })
}

fn read_row(row: &Object, basket: i64, data_number: i64, switches: &Switches, check: &mut Check) -> Row {
    let given_id = row.get("shippingDetailId").filter(|value| !is_empty(value));
    check.at_row(Some(data_number), given_id.cloned());
    let id = given_id.and_then(as_int);
    if given_id.is_some() && id.is_none() {
        check.format("shippingDetailId");
    }
    let company = check.text(row, "deliveryCompany");
    match &company {
        // The one row key that must have a value when it is there.
        Sent::Empty => check.empty("deliveryCompany"),
        Sent::Set(code) if names::carrier(code).is_none() => check.format("deliveryCompany"),
        Sent::Set(_) | Sent::Missing => {}
    }
    let number = check.text(row, "shippingNumber");
    if let Sent::Set(number) = &number {
        check.length("shippingNumber", number, 120);
        if switches.reject_machine_characters && number.chars().any(names::is_machine_dependent) {
            check.format("shippingNumber");
        }
    }
    let date = match check.text(row, "shippingDate") {
        Sent::Set(date) if parse_date(&date).is_some() => Sent::Set(date),
        Sent::Set(date) => match spread_date(&date).filter(|_| switches.compact_dates) {
            Some(date) => Sent::Set(date),
            None => {
                check.format("shippingDate");
                Sent::Missing
            }
        },
        other => other,
    };
    let delete = check.int_among(row, "shippingDeleteFlag", &[0, 1]) == Some(1);
    if delete && given_id.is_none() {
        check.missing("shippingDetailId");
    }
    Row { data_number, basket, id, company, number, date, delete }
}

/// Carries a report out whole, or not at all. The answers come in the order of the rows.
pub fn carry_out(world: &mut World, op: &str, report: &Report, now: Moment) -> Result<Vec<Message>, Vec<Message>> {
    let refuse = |number, words: &str| Message::error(SUBJECT, number, words).order(&report.order);
    let Some(place) = world.find(&report.order) else {
        return Err(vec![refuse("SIM_ORDER_NOT_FOUND", "（模擬）この注文番号はありません。")]);
    };
    if world.progress(place) >= 800 {
        return Err(vec![refuse("102", "（模擬）キャンセルされた注文のため、発送完了報告はできません。")]);
    }
    let faults = business_faults(&world.orders[place].data, report);
    if !faults.is_empty() {
        return Err(faults);
    }
    let mut messages = Vec::with_capacity(report.rows.len());
    for row in &report.rows {
        messages.push(write_row(world, op, place, &report.order, row, now));
    }
    world.touch(place, now);
    Ok(messages)
}

fn business_faults(order: &Object, report: &Report) -> Vec<Message> {
    let mut faults = Vec::new();
    let mut refuse = |row: &Row, number, words: String| {
        faults.push(
            Message::error(SUBJECT, number, words).order(&report.order).data(row.data_number, row.id.map(Value::from)),
        );
    };
    for row in &report.rows {
        let Some(basket) = live_basket(order, row.basket) else {
            refuse(row, "SIM_BASKET_NOT_FOUND", format!("（模擬）送付先ID {} はこの注文にありません。", row.basket));
            continue;
        };
        let there = |id: i64| {
            objects(basket, "ShippingModelList").any(|stored| int_maybe(stored, "shippingDetailId") == Some(id))
        };
        if let Some(id) = row.id.filter(|id| !there(*id)) {
            refuse(row, "SIM_ROW_NOT_FOUND", format!("（模擬）発送明細ID {id} はこの送付先にありません。"));
        }
    }
    for basket in objects(order, "PackageModelList") {
        let id = int(basket, "basketId");
        let stored = objects(basket, "ShippingModelList").count();
        let of_basket = || report.rows.iter().filter(|row| row.basket == id);
        let (added, deleted) =
            (of_basket().filter(|row| row.id.is_none()).count(), of_basket().filter(|row| row.delete).count());
        if added > 0
            && stored + added > ROWS_MAX + deleted
            && let Some(row) = of_basket().next()
        {
            refuse(row, "SIM_TOO_MANY_ROWS", format!("（模擬）送付先ID {id} の発送情報は{ROWS_MAX}件までです。"));
        }
    }
    faults
}

fn live_basket(order: &Object, id: i64) -> Option<&Object> {
    objects(order, "PackageModelList")
        .find(|package| int(package, "basketId") == id && int(package, "packageDeleteFlag") == 0)
}

fn write_row(world: &mut World, op: &str, place: usize, order: &str, row: &Row, now: Moment) -> Message {
    let id = row.id.unwrap_or_else(|| world.ids.next_row());
    let Some(list) = objects_mut(&mut world.orders[place].data, "PackageModelList")
        .find(|package| int(package, "basketId") == row.basket)
        .map(|package| package.entry("ShippingModelList").or_insert_with(|| json!([])))
    else {
        // `business_faults` has seen the basket; this keeps a wrong belief from passing for a change.
        return Message::error(SUBJECT, "SIM_BASKET_NOT_FOUND", "（模擬）送付先IDがありません。").order(order);
    };
    if !list.is_array() {
        *list = json!([]);
    }
    let Some(rows) = list.as_array_mut() else {
        return Message::error(SUBJECT, "SIM_BASKET_NOT_FOUND", "（模擬）発送情報の一覧がありません。").order(order);
    };
    let at = rows.iter().position(|stored| stored.get("shippingDetailId").and_then(as_int) == Some(id));
    let (action, number, words, before, after) = match (at, row.delete) {
        (Some(at), true) => ("delete", "103", "発送情報の削除設定が完了しました。", rows.remove(at), Value::Null),
        (Some(at), false) => {
            let before = rows[at].clone();
            if let Some(stored) = rows[at].as_object_mut() {
                apply(stored, row);
            }
            ("amend", "102", "発送情報の更新設定が完了しました。", before, rows[at].clone())
        }
        (None, _) => {
            let mut fresh = Object::new();
            put(&mut fresh, "shippingDetailId", id);
            apply(&mut fresh, row);
            shape::fill_row(&mut fresh, &mut world.ids);
            rows.push(Value::Object(fresh.clone()));
            ("add", "101", "発送情報の追加設定が完了しました。", Value::Null, Value::Object(fresh))
        }
    };
    world.write_log(now, Entry { op, order, basket: Some(row.basket), row: Some(id), action, before, after });
    Message::info(SUBJECT, number, words).data(row.data_number, Some(id.into()))
}

fn apply(stored: &mut Object, row: &Row) {
    for (key, sent) in [("shippingNumber", &row.number), ("deliveryCompany", &row.company), ("shippingDate", &row.date)]
    {
        match sent {
            Sent::Missing => {}
            Sent::Empty => put(stored, key, Value::Null),
            Sent::Set(value) => put(stored, key, value.clone()),
        }
    }
    shape::name_carrier(stored);
}

/// The day from which an order counts as shipped: every destination has rows, every row is complete,
/// and the last of their dates has come.
pub fn complete_from(order: &Object) -> Option<Date> {
    let mut last: Option<Date> = None;
    for package in objects(order, "PackageModelList").filter(|package| int(package, "packageDeleteFlag") == 0) {
        let mut rows = 0;
        for row in objects(package, "ShippingModelList") {
            rows += 1;
            let filled = |key: &str| row.get(key).and_then(as_text).is_some_and(|value| !value.is_empty());
            if !filled("deliveryCompany") || !filled("shippingNumber") {
                return None;
            }
            let date = parse_date(&text(row, "shippingDate"))?;
            last = last.max(Some(date));
        }
        if rows == 0 {
            return None;
        }
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(packages: Value, expect: Option<&str>) {
        let order = json!({"PackageModelList": packages});
        let day = complete_from(order.as_object().unwrap()).map(|day| day.to_string());
        assert_eq!(day.as_deref(), expect, "{packages}");
    }

    #[test]
    fn an_order_is_complete_when_every_row_is() {
        let row = |number: &str, date: Option<&str>| json!({"deliveryCompany": "1001", "shippingNumber": number, "shippingDate": date});
        check(json!([]), None);
        check(json!([{"ShippingModelList": []}]), None);
        check(json!([{"ShippingModelList": [row("1", Some("2026-04-02"))]}]), Some("2026-04-02"));
        check(json!([{"ShippingModelList": [row("1", Some("2026-04-02")), row("", Some("2026-04-02"))]}]), None);
        check(json!([{"ShippingModelList": [row("1", Some("2026-04-02")), row("2", None)]}]), None);
        check(json!([{"ShippingModelList": [row("1", Some("2026-04-02"))]}, {"ShippingModelList": []}]), None);
        check(
            json!([{"ShippingModelList": [row("1", Some("2026-04-05"))]}, {"ShippingModelList": [row("2", Some("2026-04-03"))]},
                {"packageDeleteFlag": 1, "ShippingModelList": []}]),
            Some("2026-04-05"),
        );
    }

    fn codes(row: Value) -> Vec<&'static str> {
        let body = json!({"orderNumber": "1", "BasketidModelList": [{"basketId": 1, "ShippingModelList": [row]}]});
        let mut check = Check::new(SUBJECT);
        read(body.as_object().unwrap(), &Switches::default(), &mut check);
        check.messages.iter().map(|message| message.number).collect()
    }

    #[test]
    fn rows_are_checked_key_by_key() {
        assert_eq!(codes(json!({"deliveryCompany": "1001", "shippingNumber": "", "shippingDate": null})), [""; 0]);
        assert_eq!(codes(json!({"shippingDetailId": null})), [""; 0]);
        assert_eq!(codes(json!({"shippingDetailId": "880001"})), [""; 0]);
        assert_eq!(codes(json!({"deliveryCompany": ""})), ["010"]);
        assert_eq!(codes(json!({"deliveryCompany": "9999"})), ["011"]);
        assert_eq!(codes(json!({"shippingDate": "2026/04/02"})), ["011"]);
        assert_eq!(codes(json!({"shippingDate": "20260402"})), ["011"]);
        assert_eq!(
            codes(json!({"shippingDetailId": "x", "deliveryCompany": "ヤマト", "shippingDate": "4/2"})),
            ["011", "011", "011"]
        );
        assert_eq!(codes(json!({"shippingDeleteFlag": 1})), ["009"]);
        assert_eq!(codes(json!({"shippingNumber": "9".repeat(121)})), ["SIM_TOO_LONG"]);
    }
}
