//! The asynchronous shipping report: taken in at once, carried out later, its result read by request id.
//!
//! A queued report keeps its orders exactly as they were read. Results that are pending, unknown or over thirty
//! days old all look the same from outside, as they do in production.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::clock::{DAY, Moment};
use super::faults::{Kind, Strike};
use super::shipping::{self, Report};
use super::value::{Object, as_text};
use super::wire::{Check, Message, Reply, Subject, list};
use super::world::World;

const SUBJECT: Subject = "UPDATE_ORDERSHIPPING_ASYNC";
const ORDERS_MAX: usize = 100;
const RESULT_DAYS: i64 = 30;

/// An accepted report that waits for its turn.
pub struct Job {
    request: String,
    reports: Vec<Report>,
    /// Carried out, but its result is never shown.
    mute: bool,
    /// How long reads show the old orders afterwards, in milliseconds.
    stale_ms: Option<i64>,
}

/// What came of a report, and when.
pub struct Outcome {
    at: Moment,
    results: Value,
}

pub fn accept(world: &mut World, body: &Object, now: Moment, strikes: &[Strike]) -> Reply {
    let mut check = Check::new(SUBJECT);
    let mut reports = Vec::new();
    let models = check.need_objects(body, "OrderShippingModelList").unwrap_or_default();
    if models.len() > ORDERS_MAX {
        check.fault("SIM_TOO_MANY_ORDERS", format!("（模擬）1回に{ORDERS_MAX}件までです。"));
    }
    let mut seen = BTreeSet::new();
    for model in models {
        check.about("");
        if let Some(report) = shipping::read(model, world.switches(), &mut check) {
            if !seen.insert(report.order.clone()) {
                check.fault("SIM_SAME_ORDER_TWICE", "（模擬）同じ注文番号が2回指定されています。");
            }
            reports.push(report);
        }
    }
    if !check.is_clean() {
        return Reply::messages(world.switches().async_failure_status, &check.messages);
    }
    let struck = |kind| strikes.iter().find(|strike| strike.kind == kind);
    let [least, most] = world.switches().async_delay_ms;
    let delay = match struck(Kind::AsyncLate) {
        Some(late) => late.rule.delay.map_or(10 * 60 * 1000, |delay| delay.0),
        None => world.dice.between(least, most),
    };
    let request = format!("{}_{}", world.dice.uuid(), now.compact());
    let never = struck(Kind::AsyncNever);
    let lost = never.is_some_and(|never| never.rule.commit == Some(false));
    if !lost {
        let stale_ms = struck(Kind::StaleReads).map(|stale| stale.rule.delay.map_or(30_000, |delay| delay.0));
        let arrival = world.next_arrival();
        let job = Job { request: request.clone(), reports, mute: never.is_some(), stale_ms };
        world.queue.insert((now.plus(delay), arrival), job);
    }
    Reply::json(
        200,
        json!({ "MessageModelList": [ {
            "messageType": "INFO",
            "messageCode": Message::info(SUBJECT, "101", "").code(),
            "message": "発送情報の更新を受付けました。",
            "requestId": request,
            "dataNumber": null,
            "shippingDetailId": null,
        } ] }),
    )
}

/// Carries a report out order by order; one order's refusal does not stop the next.
pub fn carry_out(world: &mut World, job: Job, at: Moment) {
    let mut results = Vec::with_capacity(job.reports.len());
    for report in &job.reports {
        let old = world
            .find(&report.order)
            .map(|place| (place, world.orders[place].data.clone()))
            .filter(|_| job.stale_ms.is_some());
        let messages =
            shipping::carry_out(world, "updateOrderShippingAsync", report, at).unwrap_or_else(|refused| refused);
        if let (Some((place, old)), Some(stale)) = (old, job.stale_ms) {
            world.show_old(place, old, at.plus(stale));
        }
        results.push(json!({ "orderNumber": report.order, "MessageModelList": list(&messages) }));
    }
    if !job.mute {
        world.results.insert(job.request, Outcome { at, results: Value::Array(results) });
    }
}

pub fn result(world: &mut World, body: &Object, now: Moment) -> Reply {
    const SUBJECT: Subject = "GET_RESULT_UPDATEORDERSHIPPING_ASYNC";
    let mut check = Check::new(SUBJECT);
    let request = check.need(body, "requestId").and_then(as_text);
    let Some(request) = request else {
        if check.is_clean() {
            check.format("requestId");
        }
        return Reply::messages(400, &check.messages);
    };
    let found = world.results.get(&request).filter(|outcome| now <= outcome.at.plus(RESULT_DAYS * DAY));
    let results = match found {
        Some(outcome) => outcome.results.clone(),
        None => {
            let none = Message::info(SUBJECT, "101", "指定されたリクエストIDの処理結果は存在しませんでした。");
            json!([ { "MessageModelList": list(&[none]) } ])
        }
    };
    Reply::json(200, json!({ "ResultShippingModelList": results }))
}
