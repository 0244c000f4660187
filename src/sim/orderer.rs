//! updateOrderOrderer and updateOrderDelivery: who ordered, and by which method it travels.
//!
//! Neither touches an amount.

use serde_json::{Value, json};

use super::clock::Moment;
use super::marks;
use super::names;
use super::value::{Object, as_text, int, objects, put, text};
use super::wire::{Check, Message, Reply, Sent, Subject};
use super::world::{Entry, World};

/// Texts of the orderer that must not be emptied.
const NEEDED: [&str; 6] = ["zipCode1", "zipCode2", "prefecture", "city", "subAddress", "familyName"];
const OPTIONAL: [&str; 8] = [
    "firstName",
    "familyNameKana",
    "firstNameKana",
    "phoneNumber1",
    "phoneNumber2",
    "phoneNumber3",
    "emailAddress",
    "sex",
];
const NUMBERS: [&str; 3] = ["birthYear", "birthMonth", "birthDay"];
const LENGTH_MAX: usize = 127;
const MASK_TAIL: &str = "s1@pc.fw.rakuten.ne.jp";

pub fn orderer(world: &mut World, body: &Object, now: Moment) -> Reply {
    const SUBJECT: Subject = "UPDATE_ORDERORDERER";
    let mut check = Check::new(SUBJECT);
    let place = marks::find(world, body, &mut check);
    let reason = check.int_among(body, "reductionReason", &names::REASONS);
    let mut fields: Vec<(&str, Value)> = Vec::new();
    if let Some(model) = check.need_object(body, "OrdererModel") {
        for key in NEEDED.into_iter().chain(OPTIONAL) {
            match check.text(model, key) {
                Sent::Missing => {}
                Sent::Empty if NEEDED.contains(&key) => check.empty(key),
                Sent::Empty => fields.push((key, Value::Null)),
                Sent::Set(words) => {
                    check.length(key, &words, LENGTH_MAX);
                    marks::refuse_odd_characters(world, key, &words, &mut check);
                    if key == "prefecture" && !names::is_prefecture(&words) {
                        check.format(key);
                    }
                    // The mask that getOrder shows is no address; the true one behind it stays.
                    if key != "emailAddress" || !words.ends_with(MASK_TAIL) {
                        fields.push((key, words.into()));
                    }
                }
            }
        }
        for key in NUMBERS {
            match check.int(model, key) {
                Sent::Missing => {}
                Sent::Empty => fields.push((key, Value::Null)),
                Sent::Set(number) => fields.push((key, number.into())),
            }
        }
    }
    refuse_state(world, place, &mut check);
    let pay_later = place.is_some_and(|place| is_pay_later_after_shipping(&world.orders[place].data));
    if pay_later && reason.is_none() {
        check.fault("SIM_REDUCTION_REASON", "（模擬）後払い決済の発送後の変更には変更理由が必要です。");
    }
    let (Some(place), true) = (place, check.is_clean()) else {
        return Reply::messages(400, &check.messages);
    };
    let number = text(body, "orderNumber");
    let names_of = |fields: &[(&str, Value)]| fields.iter().map(|(key, _)| Value::from(*key)).collect::<Vec<_>>();
    let changed = names_of(&fields);
    if let Some(Value::Object(model)) = world.orders[place].data.get_mut("OrdererModel") {
        for (key, value) in fields {
            put(model, key, value);
        }
    }
    if pay_later {
        let stamp = now.api();
        let reason = reason.unwrap_or(0);
        world.add_change(
            place,
            json!({ "changeType": 6, "changeTypeDetail": 2, "changeReason": names::reason_side(reason), "changeReasonDetail": reason,
                "changeApplyDatetime": stamp, "changeFixDatetime": stamp, "changeCmplDatetime": stamp }),
        );
    }
    world.touch(place, now);
    // Only the names of the keys: the log must be fit to be kept, and a person's address is not.
    let after = json!({ "OrdererModel": changed });
    let entry = Entry {
        op: "updateOrderOrderer",
        order: &number,
        basket: None,
        row: None,
        action: "orderer",
        before: Value::Null,
        after,
    };
    world.write_log(now, entry);
    Reply::messages(
        200,
        &[Message::info(SUBJECT, "101", "（模擬）注文者情報の更新設定が完了しました。").order(&number)],
    )
}

pub fn delivery(world: &mut World, body: &Object, now: Moment) -> Reply {
    const SUBJECT: Subject = "UPDATE_ORDERDELIVERY";
    let mut check = Check::new(SUBJECT);
    let place = marks::find(world, body, &mut check);
    let name = check.need(body, "deliveryName").and_then(as_text);
    if let Some(name) = name.as_ref().filter(|name| !is_set_up(world, name)) {
        check.fault("SIM_DELIVERY_NAME", format!("（模擬）配送方法「{name}」は設定されていません。"));
    }
    refuse_state(world, place, &mut check);
    let (Some(place), Some(name), true) = (place, name, check.is_clean()) else {
        return Reply::messages(400, &check.messages);
    };
    let number = text(body, "orderNumber");
    let mut before = Value::Null;
    if let Some(Value::Object(model)) = world.orders[place].data.get_mut("DeliveryModel") {
        before = json!({ "deliveryName": model.get("deliveryName") });
        put(model, "deliveryName", name.clone());
    }
    world.touch(place, now);
    let after = json!({ "deliveryName": name });
    let entry =
        Entry { op: "updateOrderDelivery", order: &number, basket: None, row: None, action: "delivery", before, after };
    world.write_log(now, entry);
    Reply::messages(200, &[Message::info(SUBJECT, "101", "（模擬）配送方法の更新設定が完了しました。").order(&number)])
}

fn is_set_up(world: &World, name: &str) -> bool {
    if !world.delivery_names.is_empty() {
        return world.delivery_names.iter().any(|known| known == name);
    }
    let in_use = |order: &Object| {
        order.get("DeliveryModel").and_then(|model| model.get("deliveryName")).and_then(Value::as_str) == Some(name)
    };
    names::DELIVERY_NAMES.contains(&name) || world.orders.iter().any(|order| in_use(&order.data))
}

fn refuse_state(world: &World, place: Option<usize>, check: &mut Check) {
    if let Some(state) = place.map(|place| world.progress(place)).filter(|state| matches!(state, 400 | 800 | 900)) {
        check.fault("SIM_WRONG_STATE", format!("（模擬）ステータス{state}の注文は変更できません。"));
    }
}

/// The mall's common 後払い after the shipping report: any change needs its reason.
pub fn is_pay_later_after_shipping(order: &Object) -> bool {
    let method =
        order.get("SettlementModel").and_then(Value::as_object).map_or(0, |model| int(model, "settlementMethodCode"));
    method == 21 && int(order, "orderProgress") >= 500 && objects(order, "PackageModelList").next().is_some()
}
