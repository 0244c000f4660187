//! The tester's desk under `/_simulator`: what was accepted, who called, what an order is, what time it is;
//! and the hands of a person who edits orders in RMS itself.
//!
//! No key is asked for. Nothing done here is written to the log of accepted changes; it goes to the events.

use serde_json::{Value, json};

use super::clock::{Moment, parse_duration};
use super::faults::Faults;
use super::shape;
use super::value::{Object, as_int, as_text, int, put, text};
use super::wire::Reply;
use super::world::World;

/// Answers one request; `place` is the path after `/_simulator`.
pub fn answer(world: &mut World, method: &str, place: &str, body: &[u8], now: Moment) -> Reply {
    let place = place.trim_matches('/');
    let sent: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
    let parts: Vec<&str> = place.split('/').collect();
    match (method, parts.as_slice()) {
        ("GET", ["log"]) => Reply::json(200, Value::Array(world.log.clone())),
        ("GET", ["calls"]) => Reply::json(200, Value::Array(world.calls.clone())),
        ("GET", ["events"]) => Reply::json(200, Value::Array(world.events.clone())),
        ("GET", ["orders"]) => {
            Reply::json(200, world.orders.iter().map(|order| Value::from(text(&order.data, "orderNumber"))).collect())
        }
        ("POST", ["orders"]) => take_in(world, sent, now),
        ("GET", ["orders", number]) => show(world, number),
        ("POST", ["orders", number]) => match (world.find(number), sent.is_object()) {
            (None, _) => not_found(number),
            (_, false) => wrong("send a JSON object to merge into the order"),
            (Some(_), true) => {
                edit(world, number, &sent, now);
                world.settle();
                show(world, number)
            }
        },
        ("POST", ["orders", number, "settle"]) => settle(world, number, &sent, now),
        ("GET", ["clock"]) => clock(world),
        ("POST", ["clock"]) => move_clock(world, &sent),
        ("GET", ["faults"]) => Reply::json(200, json!({ "rules": world.faults.rules.len() })),
        ("POST", ["faults"]) => match Faults::from_json(std::str::from_utf8(body).unwrap_or_default()) {
            Ok(faults) => {
                world.faults = faults;
                Reply::json(200, json!({ "rules": world.faults.rules.len() }))
            }
            Err(fault) => wrong(&fault),
        },
        ("POST", ["key"]) => change_key(world, &sent),
        _ => Reply::json(404, json!({ "error": format!("no {method} /_simulator/{place}") })),
    }
}

fn wrong(why: &str) -> Reply {
    Reply::json(400, json!({ "error": why }))
}

fn not_found(number: &str) -> Reply {
    Reply::json(404, json!({ "error": format!("no order {number}") }))
}

/// An order as `getOrder` version 10 shows it, without any staleness.
fn show(world: &World, number: &str) -> Reply {
    match world.find(number) {
        Some(place) => Reply::json(200, Value::Object(shape::view(&world.orders[place].data, 10))),
        None => not_found(number),
    }
}

fn take_in(world: &mut World, sent: Value, now: Moment) -> Reply {
    let Value::Object(order) = sent else {
        return wrong("send one order as a JSON object");
    };
    let number = text(&order, "orderNumber");
    if number.is_empty() {
        return wrong("the order has no `orderNumber`");
    }
    let before = world.find(&number).map_or(Value::Null, |place| world.progress(place).into());
    let place = world.take_in(order, None, now);
    let after = world.progress(place);
    world.write_event(now, &number, "order came in", before, after.into());
    show(world, &number)
}

/// Merges a person's edit into an order. Totals follow unless the edit names them itself.
pub fn edit(world: &mut World, number: &str, patch: &Value, now: Moment) {
    let Some(place) = world.find(number) else {
        return;
    };
    let before = Value::Object(world.orders[place].data.clone());
    let mut after = before.clone();
    merge(&mut after, patch);
    let Value::Object(data) = after else { return };
    world.orders[place].data = data;
    world.refill(place, now);
    if touches_money(patch) && patch.get("requestPrice").is_none() && patch.get("totalPrice").is_none() {
        world.recalculate(place);
    }
    // A person who moves an order out of a waiting state has settled what it waited for.
    match (int(before.as_object().unwrap_or(&Object::new()), "orderProgress"), world.progress(place)) {
        (400, to) if to != 400 => {
            world.orders[place].held_from = None;
            world.close_change(place, 4, 6, now);
        }
        (800, 900) => world.close_change(place, 0, 2, now),
        _ => {}
    }
    world.touch(place, now);
    let after = Value::Object(world.orders[place].data.clone());
    world.write_event(now, number, "edited by a person", differing(&before, &after), differing(&after, &before));
}

/// The top-level keys of `one` that are different in `other`.
fn differing(one: &Value, other: &Value) -> Value {
    let Some(map) = one.as_object() else {
        return Value::Null;
    };
    map.iter()
        .filter(|(key, value)| other.get(key.as_str()) != Some(value))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect::<Object>()
        .into()
}

/// Objects are merged key by key, lists of things with ids entry by entry, all else is replaced.
fn merge(target: &mut Value, patch: &Value) {
    match (target, patch) {
        (Value::Object(target), Value::Object(patch)) => {
            for (key, value) in patch {
                merge(target.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (Value::Array(target), Value::Array(patch)) if patch.iter().all(Value::is_object) && !patch.is_empty() => {
            for entry in patch {
                let found = id_of(entry).and_then(|(key, id)| {
                    target.iter_mut().find(|old| old.get(key).and_then(as_text).as_deref() == Some(id.as_str()))
                });
                match found {
                    Some(old) => merge(old, entry),
                    None => target.push(entry.clone()),
                }
            }
        }
        (target, patch) => *target = patch.clone(),
    }
}

fn id_of(entry: &Value) -> Option<(&'static str, String)> {
    ["basketId", "itemDetailId", "shippingDetailId", "couponCode", "changeId"]
        .into_iter()
        .find_map(|key| Some((key, entry.get(key).and_then(as_text)?)))
}

fn touches_money(patch: &Value) -> bool {
    const KEYS: [&str; 16] = [
        "price",
        "units",
        "taxRate",
        "includeTaxFlag",
        "deleteItemFlag",
        "postagePrice",
        "postageTaxRate",
        "deliveryPrice",
        "deliveryTaxRate",
        "packageDeleteFlag",
        "couponPrice",
        "couponUnit",
        "usedPoint",
        "paymentCharge",
        "deleteWrappingFlag",
        "additionalFeeOccurAmountToUser",
    ];
    match patch {
        Value::Object(map) => map.iter().any(|(key, value)| KEYS.contains(&key.as_str()) || touches_money(value)),
        Value::Array(list) => list.iter().any(touches_money),
        _ => false,
    }
}

/// Ends what waits: 400 goes back with the change done (or, with `"result": "ng"`, refused by the card company),
/// 800 goes to 900, 500 to 600 and 600 to 700.
fn settle(world: &mut World, number: &str, sent: &Value, now: Moment) -> Reply {
    let Some(place) = world.find(number) else {
        return not_found(number);
    };
    let before = world.progress(place);
    let refused = sent.get("result").and_then(Value::as_str) == Some("ng");
    let after = match before {
        400 => world.orders[place].held_from.take().unwrap_or(300),
        500 => 600,
        600 => 700,
        800 => 900,
        other => return wrong(&format!("nothing waits at {other}")),
    };
    world.move_to(place, after);
    match before {
        400 if refused => {
            let payment = super::payment::failed(&world.orders[place].data);
            world.orders[place].payments = Some(vec![payment]);
            world.close_change(place, 4, 6, now);
        }
        400 => world.close_change(place, 4, 6, now),
        800 => world.close_change(place, 0, 2, now),
        _ => {}
    }
    world.write_event(now, number, "settled", before.into(), after.into());
    world.touch(place, now);
    show(world, number)
}

fn clock(world: &World) -> Reply {
    Reply::json(200, json!({ "now": world.clock.now().api() }))
}

fn move_clock(world: &mut World, sent: &Value) -> Reply {
    if let Some(length) = sent.get("advance") {
        let Some(ms) = as_text(length).as_deref().and_then(parse_duration) else {
            return wrong("`advance` must be a length of time such as \"24h\" or \"90s\"");
        };
        world.clock.advance(ms);
    } else if let Some(moment) = sent.get("set") {
        let Some(moment) = as_text(moment).as_deref().and_then(Moment::parse_kindly) else {
            return wrong("`set` must look like 2026-04-01T09:00:00+0900");
        };
        world.clock.set(moment);
    } else {
        return wrong("send {\"advance\": \"24h\"} or {\"set\": \"2026-04-01T09:00:00+0900\"}");
    }
    world.settle();
    clock(world)
}

/// A new key is issued: the old one stops at once, the new one may take a while.
fn change_key(world: &mut World, sent: &Value) -> Reply {
    if let Some(license) = sent.get("license_key").and_then(as_text) {
        world.key.license = license;
    }
    for key in ["license_expiry", "live_from"] {
        let Some(value) = sent.get(key) else { continue };
        let moment = as_text(value).as_deref().and_then(Moment::parse_kindly);
        match (key, moment) {
            (_, None) if !value.is_null() => {
                return wrong("moments look like 2026-04-01T09:00:00+0900");
            }
            ("license_expiry", Some(moment)) => world.key.expiry = moment,
            ("license_expiry", None) => {}
            (_, moment) => world.key.live_from = moment,
        }
    }
    if let Some(after) = sent.get("live_after") {
        let Some(ms) = as_text(after).as_deref().and_then(parse_duration) else {
            return wrong("`live_after` must be a length of time such as \"20m\"");
        };
        world.key.live_from = Some(world.clock.now().plus(ms));
    }
    Reply::json(
        200,
        json!({ "license_expiry": world.key.expiry.bare(), "live_from": world.key.live_from.map(Moment::api) }),
    )
}

/// A short picture of an order's money for the log, without names or addresses.
pub fn money_picture(order: &Object) -> Value {
    let mut picture = Object::new();
    for key in [
        "orderProgress",
        "goodsPrice",
        "postagePrice",
        "deliveryPrice",
        "couponAllTotalPrice",
        "totalPrice",
        "requestPrice",
    ] {
        put(&mut picture, key, int(order, key));
    }
    put(&mut picture, "usedPoint", super::money::used_points(order));
    let method = order.get("SettlementModel").and_then(|model| model.get("settlementMethodCode")).and_then(as_int);
    put(&mut picture, "settlementMethodCode", method.map_or(Value::Null, Value::from));
    let baskets: Vec<Value> = super::value::objects(order, "PackageModelList")
        .map(|package| {
            let items: Vec<Value> = super::value::objects(package, "ItemModelList")
                .map(|item| {
                    json!({ "itemDetailId": int(item, "itemDetailId"), "price": int(item, "price"), "units": int(item, "units"),
                        "taxRate": item.get("taxRate"), "deleteItemFlag": int(item, "deleteItemFlag") })
                })
                .collect();
            json!({ "basketId": int(package, "basketId"), "postagePrice": int(package, "postagePrice"),
                "deliveryPrice": int(package, "deliveryPrice"), "packageDeleteFlag": int(package, "packageDeleteFlag"),
                "ItemModelList": items })
        })
        .collect();
    put(&mut picture, "PackageModelList", Value::Array(baskets));
    Value::Object(picture)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(target: Value, patch: Value, expect: Value) {
        let mut merged = target;
        merge(&mut merged, &patch);
        assert_eq!(merged, expect);
    }

    #[test]
    fn edits_are_merged() {
        check(json!({"a": 1, "b": {"c": 2}}), json!({"b": {"d": null}}), json!({"a": 1, "b": {"c": 2, "d": null}}));
        check(
            json!({"L": [{"basketId": 1, "x": 1}, {"basketId": 2}]}),
            json!({"L": [{"basketId": 1, "x": 9}, {"basketId": 3}]}),
            json!({"L": [{"basketId": 1, "x": 9}, {"basketId": 2}, {"basketId": 3}]}),
        );
        check(json!({"L": [1, 2]}), json!({"L": [3]}), json!({"L": [3]}));
        check(json!({"L": [{"basketId": 1}]}), json!({"L": []}), json!({"L": []}));
        check(json!({"L": null}), json!({"L": [{"basketId": 1}]}), json!({"L": [{"basketId": 1}]}));
    }
}
