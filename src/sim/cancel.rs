//! cancelOrder files a request (800); cancelOrderAfterShipping goes through to 900.
//!
//! A shipping date on any row blocks the first, because the parcel may already be on its way.

use serde_json::{Value, json};

use super::clock::Moment;
use super::marks;
use super::names;
use super::value::{Object, text};
use super::wire::{Check, Message, Reply, Subject};
use super::world::{Entry, World, shipping_days};

pub fn before_shipping(world: &mut World, body: &Object, now: Moment) -> Reply {
    const SUBJECT: Subject = "CANCEL_ORDER";
    let mut check = Check::new(SUBJECT);
    let asked = read(world, body, &mut check, &[100, 200, 300]);
    if let Some((place, _)) = asked
        && shipping_days(&world.orders[place].data).next().is_some()
    {
        check.fault("SIM_SHIPPING_DATE", "（模擬）発送日が登録されているため、キャンセルできません。");
    }
    let (Some((place, reason)), true) = (asked, check.is_clean()) else {
        return Reply::messages(400, &check.messages);
    };
    let to = if world.switches().cancel_at_once { 900 } else { 800 };
    let number = cancel(world, "cancelOrder", place, reason, to, now);
    Reply::messages(200, &[Message::info(SUBJECT, "101", "キャンセル申請に成功しました。").order(&number)])
}

pub fn after_shipping(world: &mut World, body: &Object, now: Moment) -> Reply {
    // Not public whether this call has a subject of its own.
    const SUBJECT: Subject = "CANCEL_ORDER_AFTER_SHIPPING";
    let mut check = Check::new(SUBJECT);
    let asked = read(world, body, &mut check, &[500, 600, 700, 800]);
    let (Some((place, reason)), true) = (asked, check.is_clean()) else {
        return Reply::messages(400, &check.messages);
    };
    let number = cancel(world, "cancelOrderAfterShipping", place, reason, 900, now);
    Reply::messages(200, &[Message::info(SUBJECT, "101", "（模擬）キャンセル確定に成功しました。").order(&number)])
}

/// The order and the reason, if the request is well-formed and the state allows it.
fn read(world: &World, body: &Object, check: &mut Check, states: &[i64]) -> Option<(usize, i64)> {
    let place = marks::find(world, body, check);
    if check.need_int(body, "inventoryRestoreType").is_some_and(|kind| !(0..=2).contains(&kind)) {
        check.format("inventoryRestoreType");
    }
    let reason = check.need_int(body, "changeReasonDetailApply");
    if reason.is_some_and(|reason| !names::REASONS.contains(&reason)) {
        check.format("changeReasonDetailApply");
    }
    let state = place.map(|place| world.progress(place));
    if let Some(state) = state.filter(|state| !states.contains(state)) {
        check.fault("SIM_WRONG_STATE", format!("（模擬）ステータス{state}の注文はこの操作でキャンセルできません。"));
    }
    Some((place?, reason?))
}

fn cancel(world: &mut World, op: &str, place: usize, reason: i64, to: i64, now: Moment) -> String {
    let number = text(&world.orders[place].data, "orderNumber");
    let before = world.progress(place);
    let stamp = now.api();
    let done = to == 900;
    world.move_to(place, to);
    if done && before == 800 {
        // The request that was open is the one that is now settled.
        world.close_change(place, 0, 2, now);
    }
    world.add_change(
        place,
        json!({
            "changeType": if done { 2 } else { 0 },
            "changeReason": names::reason_side(reason),
            "changeReasonDetail": reason,
            "changeApplyDatetime": stamp,
            "changeFixDatetime": done.then_some(&stamp),
            "changeCmplDatetime": done.then_some(&stamp),
        }),
    );
    world.touch(place, now);
    world.write_log(
        now,
        Entry {
            op,
            order: &number,
            basket: None,
            row: None,
            action: "cancel",
            before: json!({ "orderProgress": before }),
            after: json!({ "orderProgress": to, "changeReasonDetail": Value::from(reason) }),
        },
    );
    number
}
