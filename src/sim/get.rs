//! getOrder and getSubStatusList: showing orders in the version asked for.
//!
//! Numbers that are not the shop's, or older than 730 days, are left out without a word, as the service is
//! presumed to do. Reads only.

use serde_json::{Value, json};

use super::clock::Moment;
use super::shape;
use super::value::{Object, int, objects};
use super::wire::{Check, Message, Reply, Subject, list};
use super::world::{World, is_too_old};

const ORDERS_MAX: usize = 100;

pub fn orders(world: &World, body: &Object, now: Moment) -> Reply {
    const SUBJECT: Subject = "GET_ORDER";
    let mut check = Check::new(SUBJECT);
    let numbers = check.need_texts(body, "orderNumberList");
    let version = check.need_int(body, "version");
    if numbers.as_ref().is_some_and(|numbers| numbers.len() > ORDERS_MAX) {
        check.fault("SIM_TOO_MANY_ORDERS", format!("（模擬）注文番号は{ORDERS_MAX}件までです。"));
    }
    if version.is_some_and(|version| !shape::VERSIONS.contains(&version)) {
        check.fault("SIM_VERSION", "（模擬）このバージョン番号は利用できません。");
    }
    let (Some(numbers), Some(version), true) = (numbers, version, check.is_clean()) else {
        return Reply::json(400, json!({ "MessageModelList": list(&check.messages), "OrderModelList": null }));
    };
    let mut shown: Vec<Value> = Vec::with_capacity(numbers.len());
    let mut taken = std::collections::BTreeSet::new();
    let asked = numbers.iter().collect::<std::collections::BTreeSet<_>>().len();
    for number in &numbers {
        let Some(place) = world.find(number) else {
            continue;
        };
        let order = world.seen(place, now);
        if taken.insert(place) && !is_too_old(order, now) {
            shown.push(Value::Object(shape::view(order, version)));
        }
    }
    let words = format!("受注情報取得に成功しました。(取得件数{}件)", shown.len());
    let message = if world.switches().warn_unknown_order && shown.len() < asked {
        Message::new(super::wire::Level::Warning, SUBJECT, "101", "（模擬）取得できない注文番号があります。")
    } else {
        Message::info(SUBJECT, "101", words)
    };
    let mut reply = json!({ "MessageModelList": list(&[message]), "OrderModelList": shown });
    if version >= 6 {
        reply["version"] = json!(version);
    }
    Reply::json(200, reply)
}

pub fn sub_statuses(world: &World) -> Reply {
    let message = Message::info("GET_SUBSTATUSLIST", "101", "（模擬）サブステータス情報の取得に成功しました。");
    Reply::json(200, json!({ "MessageModelList": list(&[message]), "StatusModelList": world.sub_statuses }))
}

/// A sub-status of the shop: the state it belongs to and its name.
pub fn sub_status(world: &World, id: i64) -> Option<(i64, Value)> {
    world.sub_statuses.iter().filter_map(Value::as_object).find_map(|status| {
        let found = objects(status, "SubStatusModelList").find(|sub| int(sub, "subStatusId") == id)?;
        Some((int(status, "orderProgress"), found.get("subStatusName").cloned().unwrap_or(Value::Null)))
    })
}
