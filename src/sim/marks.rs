//! Marks a shop puts on its orders: sub-status, memo and its neighbours, remarks.
//!
//! None of them touches money or state.

use serde_json::{Value, json};

use super::clock::{Moment, parse_date};
use super::get;
use super::names;
use super::value::{Object, put};
use super::wire::{Check, Message, Reply, Sent, Subject};
use super::world::{Entry, World};

const ORDERS_MAX: usize = 100;

pub fn sub_status(world: &mut World, body: &Object, now: Moment) -> Reply {
    const SUBJECT: Subject = "UPDATE_ORDERSUBSTATUS";
    let mut check = Check::new(SUBJECT);
    if !body.contains_key("subStatusId") {
        check.missing("subStatusId");
    }
    let id = check.int(body, "subStatusId").set();
    let numbers = check.need_texts(body, "orderNumberList").unwrap_or_default();
    if numbers.len() > ORDERS_MAX {
        check.fault("SIM_TOO_MANY_ORDERS", format!("（模擬）注文番号は{ORDERS_MAX}件までです。"));
    }
    if !check.is_clean() {
        return Reply::messages(400, &check.messages);
    }
    let mut messages = Vec::with_capacity(numbers.len());
    for number in &numbers {
        let outcome = match world.find(number) {
            None => Err(("SIM_ORDER_NOT_FOUND", "（模擬）この注文番号はありません。")),
            Some(place) if world.progress(place) >= 800 => Err(("101", "（模擬）キャンセルされた注文です。")),
            Some(place) => match id {
                None => Ok((place, Value::Null)),
                Some(id) => match get::sub_status(world, id) {
                    Some((progress, name)) if progress == world.progress(place) => Ok((place, name)),
                    _ => Err(("102", "（模擬）このサブステータスは設定できません。")),
                },
            },
        };
        messages.push(match outcome {
            Err((code, words)) => Message::error(SUBJECT, code, words).order(number),
            Ok((place, name)) => {
                let fields = vec![("subStatusId", id.map_or(Value::Null, Value::from)), ("subStatusName", name)];
                set(world, "updateOrderSubStatus", "sub_status", place, number, fields, now);
                Message::info(SUBJECT, "101", "サブステータスの更新設定が完了しました。").order(number)
            }
        });
    }
    Reply::messages(200, &messages)
}

pub fn memo(world: &mut World, body: &Object, now: Moment) -> Reply {
    const SUBJECT: Subject = "UPDATE_ORDERMEMO";
    let mut check = Check::new(SUBJECT);
    let place = find(world, body, &mut check);
    let mut fields: Vec<(&str, Value)> = Vec::new();
    let mut class = None;

    match check.int(body, "subStatusId") {
        Sent::Missing => {}
        Sent::Empty => fields.extend([("subStatusId", Value::Null), ("subStatusName", Value::Null)]),
        Sent::Set(id) => match (get::sub_status(world, id), place) {
            (Some((progress, name)), Some(place)) if progress == world.progress(place) => {
                fields.extend([("subStatusId", id.into()), ("subStatusName", name)]);
            }
            (_, None) => {}
            _ => check.fault("SIM_SUB_STATUS", "（模擬）このサブステータスは設定できません。"),
        },
    }
    match check.int(body, "deliveryClass") {
        Sent::Missing => {}
        Sent::Empty => class = Some(Value::Null),
        Sent::Set(value) if (0..=8).contains(&value) => class = Some(value.into()),
        Sent::Set(_) => check.format("deliveryClass"),
    }
    match check.text(body, "deliveryDate") {
        Sent::Missing => {}
        Sent::Empty => fields.push(("deliveryDate", Value::Null)),
        Sent::Set(date) if parse_date(&date).is_some() => fields.push(("deliveryDate", date.into())),
        Sent::Set(_) => check.format("deliveryDate"),
    }
    match check.int(body, "shippingTerm") {
        Sent::Missing => {}
        Sent::Empty => fields.push(("shippingTerm", Value::Null)),
        Sent::Set(term) if names::is_shipping_term(term) => fields.push(("shippingTerm", term.into())),
        Sent::Set(_) => check.format("shippingTerm"),
    }
    for (key, limit) in [("memo", 1_000), ("operator", 6), ("mailPlugSentence", 1_024)] {
        match check.text(body, key) {
            Sent::Missing => {}
            Sent::Empty => fields.push((key, Value::Null)),
            Sent::Set(words) => {
                check.length(key, &words, limit);
                refuse_odd_characters(world, key, &words, &mut check);
                fields.push((key, words.into()));
            }
        }
    }
    let (Some(place), true) = (place, check.is_clean()) else {
        return Reply::messages(400, &check.messages);
    };
    let number = super::value::text(body, "orderNumber");
    if let Some(class) = class {
        fields.push(("deliveryClass", class));
    }
    set(world, "updateOrderMemo", "memo", place, &number, fields, now);
    let done = Message::info(SUBJECT, "101", "ひとことメモ、担当者情報等の更新設定が完了しました。").order(&number);
    Reply::messages(200, &[done])
}

pub fn remarks(world: &mut World, body: &Object, now: Moment) -> Reply {
    const SUBJECT: Subject = "UPDATE_ORDERREMARKS";
    let mut check = Check::new(SUBJECT);
    let place = find(world, body, &mut check);
    let mut fields: Vec<(&str, Value)> = Vec::new();
    if !body.contains_key("giftCheck") && !body.contains_key("remarks") {
        // At least one is required; the one that may be emptied is named.
        check.missing("remarks");
    }
    match check.int(body, "giftCheck") {
        Sent::Missing => {}
        Sent::Empty => check.empty("giftCheck"),
        Sent::Set(flag) if (0..=1).contains(&flag) => fields.push(("giftCheckFlag", flag.into())),
        Sent::Set(_) => check.format("giftCheck"),
    }
    match check.text(body, "remarks") {
        Sent::Missing => {}
        Sent::Empty => fields.push(("remarks", Value::Null)),
        Sent::Set(words) => {
            check.length("remarks", &words, 4_000);
            refuse_odd_characters(world, "remarks", &words, &mut check);
            fields.push(("remarks", words.into()));
        }
    }
    if place.is_some_and(|place| world.progress(place) >= 800) {
        check.fault("SIM_WRONG_STATE", "（模擬）キャンセルされた注文です。");
    }
    let (Some(place), true) = (place, check.is_clean()) else {
        return Reply::messages(400, &check.messages);
    };
    let number = super::value::text(body, "orderNumber");
    set(world, "updateOrderRemarks", "remarks", place, &number, fields, now);
    Reply::messages(200, &[Message::info(SUBJECT, "101", "備考情報の更新設定が完了しました。").order(&number)])
}

/// The order a one-order call names; faults go to `check`.
pub fn find(world: &World, body: &Object, check: &mut Check) -> Option<usize> {
    let number = check.need_text(body, "orderNumber")?;
    check.about(&number);
    let place = world.find(&number);
    if place.is_none() {
        check.fault("SIM_ORDER_NOT_FOUND", "（模擬）この注文番号はありません。");
    }
    place
}

/// 機種依存文字 are refused where the shop's switch says so.
pub fn refuse_odd_characters(world: &World, key: &str, words: &str, check: &mut Check) {
    if world.switches().reject_machine_characters && words.chars().any(names::is_machine_dependent) {
        check.format(key);
    }
}

fn set(world: &mut World, op: &str, action: &str, place: usize, order: &str, fields: Vec<(&str, Value)>, now: Moment) {
    let data = &mut world.orders[place].data;
    let (mut before, mut after) = (Object::new(), Object::new());
    for (key, value) in fields {
        // 配送区分 is sent beside the memo and stored with the delivery.
        let slot = match key {
            "deliveryClass" => data.get_mut("DeliveryModel").and_then(Value::as_object_mut),
            _ => Some(&mut *data),
        };
        let Some(slot) = slot else { continue };
        put(&mut before, key, slot.get(key).cloned().unwrap_or(Value::Null));
        put(&mut after, key, value.clone());
        put(slot, key, value);
    }
    world.touch(place, now);
    let entry = Entry { op, order, basket: None, row: None, action, before: json!(before), after: json!(after) };
    world.write_log(now, entry);
}
