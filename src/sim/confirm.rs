//! confirmOrder: 100 → 200, one message per order.
//!
//! What follows (200 → 300) is time's doing and lives with the world.

use serde_json::{Value, json};

use super::clock::Moment;
use super::shape;
use super::value::{Object, put};
use super::wire::{Check, Message, Reply, Subject};
use super::world::{Entry, World};

const SUBJECT: Subject = "CONFIRM_ORDER";
const ORDERS_MAX: usize = 100;

pub fn confirm(world: &mut World, body: &Object, now: Moment) -> Reply {
    let mut check = Check::new(SUBJECT);
    let numbers = check.need_texts(body, "orderNumberList").unwrap_or_default();
    if numbers.len() > ORDERS_MAX {
        check.fault("SIM_TOO_MANY_ORDERS", format!("（模擬）注文番号は{ORDERS_MAX}件までです。"));
    }
    if !check.is_clean() {
        return Reply::messages(400, &check.messages);
    }
    let messages: Vec<Message> = numbers.iter().map(|number| confirm_one(world, number, now).order(number)).collect();
    Reply::messages(200, &messages)
}

fn confirm_one(world: &mut World, number: &str, now: Moment) -> Message {
    let Some(place) = world.find(number) else {
        return Message::error(SUBJECT, "SIM_ORDER_NOT_FOUND", "（模擬）この注文番号はありません。");
    };
    let before = world.progress(place);
    if before >= 800 {
        return Message::error(SUBJECT, "102", "（模擬）キャンセルされた注文です。");
    }
    if before != 100 {
        return Message::error(SUBJECT, "103", "（模擬）すでに注文確認待ちではありません。");
    }
    if shape::has_open_amount(&world.orders[place].data) {
        return Message::error(SUBJECT, "105", "（模擬）金額が確定していません。");
    }
    let stamp = now.api();
    world.move_to(place, 200);
    put(&mut world.orders[place].data, "shopOrderCfmDatetime", stamp.clone());
    world.add_change(
        place,
        json!({ "changeType": 8, "changeApplyDatetime": stamp, "changeFixDatetime": stamp, "changeCmplDatetime": stamp }),
    );
    world.touch(place, now);
    world.write_log(
        now,
        Entry {
            op: "confirmOrder",
            order: number,
            basket: None,
            row: None,
            action: "confirm",
            before: json!({ "orderProgress": before }),
            after: json!({ "orderProgress": 200, "shopOrderCfmDatetime": Value::from(stamp) }),
        },
    );
    Message::info(SUBJECT, "101", "注文確認に成功しました。")
}
