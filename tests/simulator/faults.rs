//! Every kind of trouble a fault file can make, seen from the caller's side.

#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "tests wait and read")]

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::client::{Mall, codes, shipping, shop, small_order};

const OP: &str = "updateOrderShipping";

fn mall(rule: Value) -> Mall {
    Mall::new(shop(json!([small_order("a", 300, 1), small_order("b", 300, 2)])), json!({ "rules": [rule] }), 7)
}

fn row() -> Value {
    shipping("a", 1, json!([{ "deliveryCompany": "1001", "shippingNumber": "1", "shippingDate": "2026-04-02" }]))
}

fn rows(mall: &Mall) -> usize {
    mall.rows("a").as_array().unwrap().len()
}

#[test]
fn nothing_comes_back() {
    for (kind, committed, outcome) in [("lost_reply", 1, "reply lost"), ("reset", 0, "reset before anything was done")]
    {
        let mall = mall(json!({ "op": OP, "kind": kind, "nth": 1 }));
        assert!(mall.try_call(OP, &row()).is_err(), "{kind}");
        assert_eq!(rows(&mall), committed, "{kind}");
        assert_eq!(
            (&mall.get("calls")[0]["outcome"], &mall.get("calls")[0]["faults"]),
            (&json!(outcome), &json!([kind]))
        );
        assert_eq!(mall.call(OP, row()).0, 200, "only the first call is met");
    }
}

#[test]
fn a_status_with_and_without_having_accepted() {
    for (commit, body, expect) in [(true, "html", 1), (false, "json", 0), (true, "empty", 1)] {
        let mall = mall(json!({ "op": OP, "kind": "status", "status": 502, "commit": commit, "body": body }));
        let answer = mall.try_call(OP, &row()).unwrap();
        assert_eq!((answer.status, rows(&mall)), (502, expect));
        assert_eq!(answer.body.is_empty(), body == "empty");
    }
}

#[test]
fn a_body_stops_half_way() {
    for chunked in [false, true] {
        let mall = mall(json!({ "op": OP, "kind": "half_body", "chunked": chunked }));
        let answer = mall.try_call(OP, &row()).unwrap();
        assert_eq!((answer.status, rows(&mall)), (200, 1));
        match answer.header("content-length") {
            Some(length) => assert!(answer.body.len() < length.parse().unwrap() && !answer.body.is_empty() && !chunked),
            None => assert!(chunked && !answer.body.ends_with(b"0\r\n\r\n")),
        }
    }
}

#[test]
fn late_commits_happen_even_when_nobody_waits() {
    let mall = mall(json!({ "op": OP, "kind": "late_commit", "delay": "600ms", "nth": 1 }));
    let body = row().to_string();
    let request = format!(
        "POST /es/2.0/order/{OP}/ HTTP/1.1\r\nHost: x\r\nAuthorization: {}\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: {}\r\n\r\n{body}",
        super::client::authorization(super::client::SECRET, super::client::KEY),
        body.len()
    );
    assert!(super::client::exchange(mall.addr(), request.as_bytes(), Duration::from_millis(150)).is_err());
    assert_eq!(rows(&mall), 0);
    std::thread::sleep(Duration::from_millis(900));
    assert_eq!(rows(&mall), 1);
}

#[test]
fn late_and_dripping_replies() {
    for rule in
        [json!({ "kind": "late_reply", "delay": "300ms" }), json!({ "kind": "trickle", "bytes": 40, "pause": "20ms" })]
    {
        let mall = mall(rule.clone());
        let start = Instant::now();
        assert_eq!((mall.call(OP, row()).0, rows(&mall)), (200, 1));
        assert!(start.elapsed() >= Duration::from_millis(200), "{rule}: {:?}", start.elapsed());
    }
}

#[test]
fn throttling_maintenance_and_dead_keys() {
    let check = |rule: Value, status: u16, holds: &str| {
        let mall = mall(rule);
        let answer = mall.try_call(OP, &row()).unwrap();
        assert_eq!((answer.status, rows(&mall)), (status, 0));
        assert!(String::from_utf8_lossy(&answer.body).contains(holds) && (!answer.body.is_empty() || holds.is_empty()));
    };
    check(json!({ "kind": "throttle" }), 503, "");
    check(json!({ "kind": "throttle", "status": 429, "retry_after": 3 }), 429, "");
    check(
        json!({ "kind": "maintenance", "after": "2026-04-02T09:00:00+0900", "before": "2026-04-02T10:00:00+0900" }),
        503,
        "メンテナンス",
    );
    check(json!({ "kind": "key_expired", "from": 1 }), 401, "ES01-01");
    check(json!({ "kind": "login_page" }), 200, "<form>");
    let window = mall(
        json!({ "kind": "maintenance", "after": "2026-04-02T10:00:00+0900", "before": "2026-04-02T11:00:00+0900" }),
    );
    assert_eq!(window.try_call(OP, &row()).unwrap().status, 200);
    window.advance("90m");
    assert_eq!(window.try_call(OP, &row()).unwrap().status, 503);
    window.advance("1h");
    assert_eq!(window.try_call(OP, &row()).unwrap().status, 200);
}

#[test]
fn redirects() {
    for commit in [false, true] {
        let mall = mall(json!({ "op": "writes", "kind": "redirect", "commit": commit, "location": "/elsewhere" }));
        let answer = mall.try_call(OP, &row()).unwrap();
        assert_eq!(
            (answer.status, answer.header("location"), rows(&mall)),
            (307, Some("/elsewhere"), usize::from(commit))
        );
    }
}

#[test]
fn reads_lag_behind_writes() {
    let mall = mall(json!({ "op": "writes", "kind": "stale_reads", "delay": "30s" }));
    let seen = || {
        mall.call(
            "getOrder",
            json!({ "orderNumberList": ["a"], "version": 10 }),
        )
        .1["OrderModelList"][0]["PackageModelList"][0]["ShippingModelList"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!(mall.call(OP, row()).0, 200);
    assert_eq!((seen(), rows(&mall)), (0, 1));
    mall.advance("31s");
    assert_eq!(seen(), 1);
    let queued = mall.call("updateOrderShippingAsync", json!({ "OrderShippingModelList": [row()] })).1;
    assert_eq!(codes(&queued), ["UPDATE_ORDERSHIPPING_ASYNC_INFO_101"]);
    mall.advance("4s");
    assert_eq!((seen(), rows(&mall)), (1, 2));
    mall.advance("31s");
    assert_eq!(seen(), 2);
}

#[test]
fn asynchronous_results_never_or_late() {
    let ask = |rule: Value, after: &str| {
        let mall = mall(rule);
        let reply = mall.call("updateOrderShippingAsync", json!({ "OrderShippingModelList": [row()] })).1;
        mall.advance(after);
        let request = reply["MessageModelList"][0]["requestId"].clone();
        let result = mall.call("getResultUpdateOrderShippingAsync", json!({ "requestId": request })).1;
        (result["ResultShippingModelList"][0].get("orderNumber").is_some(), rows(&mall))
    };
    assert_eq!(ask(json!({ "kind": "async_never" }), "1h"), (false, 1));
    assert_eq!(ask(json!({ "kind": "async_never", "commit": false }), "1h"), (false, 0));
    assert_eq!(ask(json!({ "kind": "async_late", "delay": "2h" }), "1h"), (false, 0));
    assert_eq!(ask(json!({ "kind": "async_late", "delay": "2h" }), "3h"), (true, 1));
}

#[test]
fn a_person_gets_in_between() {
    let set = json!({ "PackageModelList": [ { "basketId": 1, "ShippingModelList": [ { "deliveryCompany": "1002", "shippingNumber": "by hand" } ] } ] });
    let mall = mall(json!({ "op": "getOrder", "kind": "person", "order": "a", "nth": 1, "set": set }));
    let reply = mall.call("getOrder", json!({ "orderNumberList": ["a"], "version": 10 })).1;
    assert_eq!(reply["OrderModelList"][0]["PackageModelList"][0]["ShippingModelList"], json!([]));
    assert_eq!(mall.rows("a")[0]["shippingNumber"], "by hand");
}

#[test]
fn answers_in_another_order_or_short_of_one() {
    let both = json!({ "orderNumberList": ["a", "b"], "subStatusId": null });
    let numbers = |kind: &str| {
        let reply = mall(json!({ "kind": kind })).call("updateOrderSubStatus", both.clone()).1;
        reply["MessageModelList"]
            .as_array()
            .unwrap()
            .iter()
            .map(|message| message["orderNumber"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(numbers("shuffle"), ["b", "a"]);
    assert_eq!(numbers("drop_message"), ["a"]);
}

#[test]
fn a_real_pace_limit() {
    let mall = Mall::new(shop(json!([])), json!({ "switches": { "pace_ms": 400, "throttle_status": 429 } }), 1);
    let status = || mall.try_call("getSubStatusList", &json!({})).unwrap().status;
    assert_eq!((status(), status()), (200, 429));
    std::thread::sleep(Duration::from_millis(450));
    assert_eq!(status(), 200);
}

#[test]
fn answers_take_their_time() {
    let mall = Mall::new(shop(json!([])), json!({ "switches": { "latency_ms": [150, 160] } }), 1);
    let begin = std::time::Instant::now();
    assert_eq!(mall.try_call("getSubStatusList", &json!({})).unwrap().status, 200);
    assert!(begin.elapsed() >= Duration::from_millis(150));
    assert!(denpyo::sim::Faults::from_json(r#"{ "switches": { "latency_ms": [2, 1] } }"#).is_err());
}

#[test]
fn faults_change_at_run_time_and_replay_by_seed() {
    let faults = json!({ "rules": [ { "op": "reads", "kinds": ["status", "throttle"], "probability": 0.5 } ] });
    let run = |seed: u64| {
        let mall = Mall::new(shop(json!([])), json!({}), seed);
        assert_eq!(mall.post("faults", faults.clone()).0, 200);
        let statuses: Vec<u16> =
            (0..24).map(|_| mall.try_call("getSubStatusList", &json!({})).unwrap().status).collect();
        assert_eq!(mall.post("faults", json!({ "rules": [ { "kind": "flood" } ] })).0, 400);
        statuses
    };
    assert_eq!(run(3), run(3));
    assert_ne!(run(3), run(4));
    assert!(run(3).contains(&200) && run(3).contains(&500));
}
