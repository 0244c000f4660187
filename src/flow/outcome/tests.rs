//! One table of replies and what they mean, and the law that no cut answer is ever a success.

use super::*;
use crate::model::ids::OrderNumber;
use crate::model::message::AsyncOrder;
use proptest::prelude::*;
use serde_json::{Value, json};

const A: &str = "555001-20260401-0000000101";
const B: &str = "555001-20260402-0000000202";
const C: &str = "555001-20260402-0000000303";

fn told(order: &str, data_number: Option<u32>) -> Addressed {
    let place = data_number.map_or_else(String::new, |number| format!("#{number}"));
    let name = [(A, "A"), (B, "B"), (C, "C")].iter().find(|(known, _)| *known == order).unwrap().1;
    Addressed { change: format!("{name}{place}"), order: OrderNumber::parse(order).unwrap(), data_number }
}

fn batch(op: Op, rows: &[(&str, Option<u32>)]) -> Batch {
    Batch { op, addressed: rows.iter().map(|(order, number)| told(order, *number)).collect(), body: json!({}) }
}

fn confirm() -> Batch {
    batch(Op::ConfirmOrder, &[(A, None), (B, None)])
}

fn marks() -> Batch {
    batch(Op::UpdateOrderSubStatus, &[(A, None), (B, None)])
}

fn memo() -> Batch {
    batch(Op::UpdateOrderMemo, &[(A, None)])
}

fn sync_one() -> Batch {
    batch(Op::UpdateOrderShipping, &[(A, Some(1))])
}

fn sync_two() -> Batch {
    batch(Op::UpdateOrderShipping, &[(A, Some(1)), (A, Some(2))])
}

fn queue() -> Batch {
    batch(Op::UpdateOrderShippingAsync, &[(A, Some(1)), (A, Some(2)), (B, Some(1)), (C, Some(1))])
}

/// `INFO code order dataNumber row`, `-` for what is left out.
fn message(line: &str) -> Value {
    let words: Vec<&str> = line.split(' ').collect();
    let mut message = json!({ "messageType": words[0], "message": "文" });
    if words[1] != "-" {
        message["messageCode"] = json!(format!("ORDER_EXT_API_{}", words[1]));
    }
    let order =
        |word: &str| [("A", A), ("B", B), ("C", C)].iter().find(|(name, _)| *name == word).map(|(_, order)| *order);
    match words.get(2) {
        Some(&"-") | None => {}
        Some(&"null") => message["orderNumber"] = Value::Null,
        Some(word) => message["orderNumber"] = json!(order(word).unwrap_or(word)),
    }
    for (place, key) in [(3, "dataNumber"), (4, "shippingDetailId")] {
        if let Some(word) = words.get(place).filter(|word| **word != "-") {
            message[key] = json!(word.parse::<i64>().unwrap());
        }
    }
    if let Some(request) = words.get(5) {
        message["requestId"] = json!(request);
    }
    message
}

fn reply(status: u16, lines: &[&str]) -> Heard {
    let body = json!({ "MessageModelList": lines.iter().map(|line| message(line)).collect::<Vec<_>>() });
    Heard::Reply { status, body: Some(body), call: None }
}

fn raw(status: u16, body: &str) -> Heard {
    Heard::Reply { status, body: serde_json::from_str(body).ok(), call: None }
}

fn short(answer: &Answer) -> String {
    match answer {
        Answer::Accepted { row: None } => "yes".to_owned(),
        Answer::Accepted { row: Some(row) } => format!("yes:{row}"),
        Answer::Refused(Refusal { code, .. }) => {
            format!("no:{}", code.rsplit_once("ERROR_").map_or(code.as_str(), |(_, number)| number))
        }
        Answer::Queued(request) => format!("queued:{}", request.0),
        Answer::NotSent(_) => "unsent".to_owned(),
        Answer::Unheard(_) => "open".to_owned(),
    }
}

/// `A=yes B=no:102 | stop | again A#1 | apart`, in that order, as far as there is something to say.
fn check(batch: &Batch, heard: &Heard, expect: &str) {
    let judged = judge(batch, heard);
    let mut parts = vec![
        judged.answers.iter().map(|(key, answer)| format!("{key}={}", short(answer))).collect::<Vec<_>>().join(" "),
    ];
    assert_eq!(judged.answers.len(), batch.addressed.len(), "every change has an answer: {heard:?}");
    if let Some(stop) = judged.stop {
        parts.push(match stop {
            Stop::NotPermitted(op) => format!("not permitted {}", op.path()),
            stop => format!("{stop:?}").to_lowercase(),
        });
        assert!(judged.why().is_some());
    }
    if !judged.again.is_empty() {
        parts.push(format!("again {}", judged.again.join(" ")));
    }
    if judged.apart {
        parts.push("apart".to_owned());
    }
    if let Some(request) = &judged.request {
        parts.push(format!("request {}", request.0));
    }
    assert_eq!(parts.join(" | "), expect, "{heard:?}");
}

#[test]
fn what_did_not_arrive_is_told_from_what_may_have() {
    check(&memo(), &Heard::NotSent("refused".to_owned()), "A=unsent");
    check(&confirm(), &Heard::NotSent("dns".to_owned()), "A=unsent B=unsent");
    check(&memo(), &Heard::Silence("time-out".to_owned()), "A=open");
    check(&queue(), &Heard::Silence("reset".to_owned()), "A#1=open A#2=open B#1=open C#1=open");
}

#[test]
fn statuses_without_an_envelope() {
    for status in [200, 201, 204, 301, 302, 307, 308, 400, 403, 404, 405, 408, 415, 500, 502, 504] {
        check(&memo(), &raw(status, "<html>"), "A=open");
        check(&memo(), &raw(status, "{}"), "A=open");
    }
    check(&memo(), &raw(503, "<html>"), "A=open | maintenance");
    check(&memo(), &raw(503, "{}"), "A=open | throttled");
    check(&memo(), &raw(429, ""), "A=open | throttled");
    check(&memo(), &raw(401, ""), "A=unsent | keyrefused");
}

#[test]
fn good_news_under_a_bad_status_is_no_news() {
    let good = ["INFO UPDATE_ORDERMEMO_INFO_101 A"];
    for status in [201, 202, 302, 307, 400, 404, 408, 409, 500, 502] {
        check(&memo(), &reply(status, &good), "A=open");
    }
    check(&memo(), &reply(503, &good), "A=open | throttled");
    check(&memo(), &reply(429, &good), "A=open | throttled");
    check(&memo(), &reply(401, &good), "A=open | keyrefused");
    check(&memo(), &reply(500, &["ERROR UPDATE_ORDERMEMO_ERROR_107 A"]), "A=open");
}

#[test]
fn the_gateway_refuses_before_anything_happens() {
    let old = |code: &str| format!(r#"{{"Results":{{"errorCode":"{code}","message":"x"}}}}"#);
    let new = |code: &str| format!(r#"{{"errors":[{{"code":"{code}","message":"x"}}]}}"#);
    for status in [200, 400, 401, 403] {
        check(&confirm(), &raw(status, &old("ES01-01")), "A=unsent B=unsent | keyrefused");
        check(&confirm(), &raw(status, &new("GA0001")), "A=unsent B=unsent | keyrefused");
    }
    check(&confirm(), &raw(400, &old("ES04-01")), "A=unsent B=unsent | not permitted confirmOrder");
    check(&memo(), &raw(400, &new("ES04-01")), "A=unsent | not permitted updateOrderMemo");
    check(&memo(), &raw(401, &old("ES04-01")), "A=unsent | keyrefused");
    check(&memo(), &raw(415, &old("ES04-03")), "A=no:ES04-03");
    check(&memo(), &raw(400, &old("ES99-99")), "A=open");
    check(&memo(), &raw(500, &old("ES01-01")), "A=open");
    check(&memo(), &raw(502, &new("GA0001")), "A=open");
    let both = format!(
        r#"{{"Results":{{"errorCode":"ES01-01"}},"MessageModelList":[{}]}}"#,
        message("INFO UPDATE_ORDERMEMO_INFO_101 A")
    );
    check(&memo(), &raw(200, &both), "A=open");
}

#[test]
fn confirmations_are_judged_order_by_order() {
    let yes = "INFO CONFIRM_ORDER_INFO_101";
    check(&confirm(), &reply(200, &[&format!("{yes} A"), &format!("{yes} B")]), "A=yes B=yes");
    check(&confirm(), &reply(200, &[&format!("{yes} B"), &format!("{yes} A")]), "A=yes B=yes");
    check(&confirm(), &reply(200, &[&format!("{yes} A"), "ERROR CONFIRM_ORDER_ERROR_102 B"]), "A=yes B=no:102");
    check(&confirm(), &reply(200, &[&format!("{yes} A"), "ERROR CONFIRM_ORDER_ERROR_103 B"]), "A=yes B=yes");
    check(&confirm(), &reply(400, &[&format!("{yes} A"), "ERROR CONFIRM_ORDER_ERROR_105 B"]), "A=yes B=no:105");
    check(
        &confirm(),
        &reply(200, &["ERROR CONFIRM_ORDER_ERROR_103 A", "ERROR CONFIRM_ORDER_ERROR_105 B"]),
        "A=yes B=no:105",
    );
    check(&confirm(), &reply(400, &["ERROR CONFIRM_ORDER_ERROR_103 A"]), "A=yes B=open");
    check(&confirm(), &reply(200, &["ERROR CONFIRM_ORDER_ERROR_SIM_X A"]), "A=no:SIM_X B=open");
    check(&confirm(), &reply(200, &["WARNING CONFIRM_ORDER_WARNING_101 A"]), "A=yes B=open");
    check(&confirm(), &reply(200, &[&format!("{yes} A")]), "A=yes B=open");
    check(&confirm(), &reply(200, &[&format!("{yes} C")]), "A=open B=open");
    check(&confirm(), &reply(200, &[yes]), "A=open B=open");
    check(&confirm(), &reply(200, &[&format!("{yes} null")]), "A=open B=open");
    check(&confirm(), &reply(200, &[]), "A=open B=open");
    check(&confirm(), &raw(200, r#"{"MessageModelList":null}"#), "A=open B=open");
    check(&confirm(), &reply(200, &[&format!("{yes} A"), "ERROR CONFIRM_ORDER_ERROR_102 A"]), "A=open B=open");
    check(&confirm(), &reply(200, &["INFO CONFIRM_ORDER_ERROR_102 A"]), "A=open B=open");
    check(&confirm(), &reply(200, &["INFO - A"]), "A=open B=open");
    check(&confirm(), &reply(200, &["SUCCESS CONFIRM_ORDER_INFO_101 A"]), "A=open B=open");
    // One number a prefix of another is not the same order.
    check(&confirm(), &reply(200, &[&format!("{yes} {A}0")]), "A=open B=open");
}

#[test]
fn a_call_refused_as_a_whole_refuses_every_order_in_it() {
    check(&confirm(), &reply(400, &["ERROR CONFIRM_ORDER_ERROR_009"]), "A=no:009 B=no:009");
    check(&marks(), &reply(200, &["ERROR UPDATE_ORDERSUBSTATUS_ERROR_011"]), "A=no:011 B=no:011");
    check(
        &marks(),
        &reply(400, &["ERROR UPDATE_ORDERSUBSTATUS_ERROR_SIM_TOO_MANY"]),
        "A=no:SIM_TOO_MANY B=no:SIM_TOO_MANY",
    );
    check(&marks(), &reply(200, &["ERROR UPDATE_ORDERSUBSTATUS_ERROR_102"]), "A=open B=open");
    check(
        &marks(),
        &reply(400, &["ERROR UPDATE_ORDERSUBSTATUS_ERROR_009", "ERROR UPDATE_ORDERSUBSTATUS_ERROR_010 A"]),
        "A=no:010 B=open",
    );
    check(
        &marks(),
        &reply(200, &["ERROR UPDATE_ORDERSUBSTATUS_ERROR_101 A", "ERROR UPDATE_ORDERSUBSTATUS_ERROR_102 B"]),
        "A=no:101 B=no:102",
    );
    let one = batch(Op::UpdateOrderSubStatus, &[(A, None)]);
    check(&one, &reply(200, &["ERROR UPDATE_ORDERSUBSTATUS_ERROR_102"]), "A=no:102");
}

#[test]
fn one_order_calls() {
    check(&memo(), &reply(200, &["INFO UPDATE_ORDERMEMO_INFO_101 A"]), "A=yes");
    check(&memo(), &reply(200, &["WARNING UPDATE_ORDERMEMO_WARNING_101 A"]), "A=yes");
    check(&memo(), &reply(200, &["INFO UPDATE_ORDERMEMO_INFO_101"]), "A=open");
    check(&memo(), &reply(200, &["INFO UPDATE_ORDERMEMO_INFO_101 B"]), "A=open");
    check(&memo(), &reply(400, &["ERROR UPDATE_ORDERMEMO_ERROR_009"]), "A=no:009");
    check(&memo(), &reply(400, &["ERROR UPDATE_ORDERMEMO_ERROR_107 A"]), "A=no:107");
    check(&memo(), &reply(200, &["ERROR UPDATE_ORDERMEMO_ERROR_107 A"]), "A=no:107");
    check(&memo(), &reply(404, &["ERROR UPDATE_ORDERMEMO_ERROR_107 A"]), "A=no:107");
    check(&memo(), &reply(200, &["INFO UPDATE_ORDERMEMO_INFO_101 A", "ERROR UPDATE_ORDERMEMO_ERROR_107"]), "A=open");
    check(&memo(), &reply(400, &["ERROR UPDATE_ORDERMEMO_ERROR_107 B"]), "A=open");
    let sender = batch(Op::UpdateOrderSender, &[(A, None)]);
    check(&sender, &reply(200, &["INFO UPDATE_ORDERSENDER_INFO_101 A"]), "A=yes");
    check(&sender, &reply(400, &["ERROR UPDATE_ORDERSENDER_ERROR_136 A"]), "A=no:136");
    check(&sender, &reply(500, &["ERROR UPDATE_ORDERSENDER_ERROR_136 A"]), "A=open");
    let cancel = batch(Op::CancelOrder, &[(A, None)]);
    check(&cancel, &reply(200, &["INFO CANCEL_ORDER_INFO_101 A"]), "A=yes");
    check(&cancel, &reply(400, &["ERROR CANCEL_ORDER_ERROR_SIM_WRONG_STATE A"]), "A=no:SIM_WRONG_STATE");
}

#[test]
fn rows_of_one_order() {
    let added = "INFO UPDATE_ORDERSHIPPING_INFO_101";
    let amended = "INFO UPDATE_ORDERSHIPPING_INFO_102";
    check(
        &sync_two(),
        &reply(200, &[&format!("{amended} - 1 880001"), &format!("{added} - 2 880002")]),
        "A#1=yes:880001 A#2=yes:880002",
    );
    check(
        &sync_two(),
        &reply(200, &[&format!("{amended} A 1 880001"), &format!("{added} A 2 880002")]),
        "A#1=yes:880001 A#2=yes:880002",
    );
    check(
        &sync_two(),
        &reply(200, &[&format!("{added} - 2 880002"), &format!("{amended} - 1 880001")]),
        "A#1=yes:880001 A#2=yes:880002",
    );
    // Without the order's number an answer that leaves a row out is about something else.
    check(&sync_two(), &reply(200, &[&format!("{amended} - 1 880001")]), "A#1=open A#2=open");
    check(&sync_two(), &reply(200, &[&format!("{amended} A 1 880001")]), "A#1=yes:880001 A#2=open");
    check(
        &sync_two(),
        &reply(200, &[&format!("{amended} B 1 880001"), &format!("{added} B 2 880002")]),
        "A#1=open A#2=open",
    );
    check(&sync_two(), &reply(200, &[&format!("{added} A")]), "A#1=open A#2=open");
    check(&sync_one(), &reply(200, &[&format!("{added} A")]), "A#1=yes");
    check(&sync_one(), &reply(200, &[added]), "A#1=open");
    check(&sync_one(), &reply(200, &[&format!("{added} - 1 880001")]), "A#1=yes:880001");
    check(&sync_one(), &reply(200, &[&format!("{added} - 2 880001")]), "A#1=open");
    check(
        &sync_two(),
        &reply(200, &[&format!("{added} - 1 880001"), "ERROR UPDATE_ORDERSHIPPING_ERROR_101 - 2"]),
        "A#1=yes:880001 A#2=no:101",
    );
    check(
        &sync_two(),
        &reply(200, &["WARNING UPDATE_ORDERSHIPPING_WARNING_101 - 1 7", &format!("{added} - 2 8")]),
        "A#1=yes:7 A#2=yes:8",
    );
    check(&sync_two(), &reply(400, &["ERROR UPDATE_ORDERSHIPPING_ERROR_011 - 2"]), "A#1=open A#2=no:011");
    check(&sync_two(), &reply(400, &["ERROR UPDATE_ORDERSHIPPING_ERROR_102"]), "A#1=no:102 A#2=no:102");
    check(&sync_two(), &reply(200, &["ERROR UPDATE_ORDERSHIPPING_ERROR_102 A"]), "A#1=no:102 A#2=no:102");
    check(
        &sync_two(),
        &reply(400, &[&format!("{added} - 1 7"), "ERROR UPDATE_ORDERSHIPPING_ERROR_011 - 2"]),
        "A#1=open A#2=no:011",
    );
    check(
        &sync_two(),
        &reply(200, &[&format!("{added} - 1 7"), "ERROR UPDATE_ORDERSHIPPING_ERROR_102 A"]),
        "A#1=open A#2=open",
    );
    check(
        &sync_two(),
        &reply(
            200,
            &[&format!("{added} - 1 7"), "ERROR UPDATE_ORDERSHIPPING_ERROR_011 - 1", &format!("{added} - 2 8")],
        ),
        "A#1=open A#2=yes:8",
    );
}

#[test]
fn the_queues_door() {
    let accepted = "INFO UPDATE_ORDERSHIPPING_ASYNC_INFO_101 - - - r_1";
    let bad = "ERROR UPDATE_ORDERSHIPPING_ASYNC_ERROR_011";
    check(
        &queue(),
        &reply(200, &[accepted]),
        "A#1=queued:r_1 A#2=queued:r_1 B#1=queued:r_1 C#1=queued:r_1 | request r_1",
    );
    check(
        &queue(),
        &reply(200, &[accepted, &format!("{bad} B 1")]),
        "A#1=queued:r_1 A#2=queued:r_1 B#1=queued:r_1 C#1=queued:r_1 | request r_1",
    );
    check(&queue(), &reply(200, &["INFO UPDATE_ORDERSHIPPING_ASYNC_INFO_101"]), "A#1=open A#2=open B#1=open C#1=open");
    check(
        &queue(),
        &reply(200, &[accepted, "INFO UPDATE_ORDERSHIPPING_ASYNC_INFO_101 - - - r_2"]),
        "A#1=open A#2=open B#1=open C#1=open",
    );
    check(
        &queue(),
        &reply(200, &[&format!("{bad} B 1")]),
        "A#1=unsent A#2=unsent B#1=no:011 C#1=unsent | again A#1 A#2 C#1",
    );
    check(
        &queue(),
        &reply(400, &[&format!("{bad} A 2")]),
        "A#1=no:011 A#2=no:011 B#1=unsent C#1=unsent | again B#1 C#1",
    );
    check(
        &queue(),
        &reply(200, &[&format!("{bad} A 2"), &format!("{bad} B 1")]),
        "A#1=no:011 A#2=no:011 B#1=no:011 C#1=unsent | again C#1",
    );
    check(
        &queue(),
        &reply(200, &[&format!("{bad} - 1")]),
        "A#1=unsent A#2=unsent B#1=unsent C#1=unsent | again A#1 A#2 B#1 C#1 | apart",
    );
    check(
        &queue(),
        &reply(200, &[&format!("{bad} B 1"), "INFO UPDATE_ORDERSHIPPING_ASYNC_INFO_101"]),
        "A#1=open A#2=open B#1=open C#1=open",
    );
    check(&queue(), &reply(500, &[accepted]), "A#1=open A#2=open B#1=open C#1=open");
    check(&queue(), &reply(200, &[]), "A#1=open A#2=open B#1=open C#1=open");
    let one = batch(Op::UpdateOrderShippingAsync, &[(A, Some(1))]);
    check(&one, &reply(200, &[bad]), "A#1=no:011");
}

fn check_async(entries: &[(Option<&str>, &[&str])], expect: &str) {
    let order = |entry: &(Option<&str>, &[&str])| AsyncOrder {
        order: entry.0.map(str::to_owned),
        messages: Message::list(
            &json!({ "MessageModelList": entry.1.iter().map(|line| message(line)).collect::<Vec<_>>() }),
        )
        .unwrap(),
    };
    let result = AsyncResult::Done(entries.iter().map(order).collect());
    let answers = judge_async(&queue().addressed, &result);
    let said: Vec<String> = answers.iter().map(|(key, answer)| format!("{key}={}", short(answer))).collect();
    assert_eq!(said.join(" "), expect, "{entries:?}");
}

#[test]
fn the_queues_results() {
    let added = "INFO UPDATE_ORDERSHIPPING_INFO_101 -";
    assert!(judge_async(&queue().addressed, &AsyncResult::Pending).is_empty());
    check_async(
        &[
            (Some(A), &[&format!("{added} 1 7"), &format!("{added} 2 8")]),
            (Some(B), &["ERROR UPDATE_ORDERSHIPPING_ERROR_102"]),
            (Some(C), &[&format!("{added} 1 9")]),
        ],
        "A#1=yes:7 A#2=yes:8 B#1=no:102 C#1=yes:9",
    );
    check_async(
        &[(Some(C), &[&format!("{added} 1 9")]), (Some(A), &[&format!("{added} 2 8")])],
        "A#1=open A#2=yes:8 B#1=open C#1=yes:9",
    );
    check_async(&[(Some(A), &["INFO UPDATE_ORDERSHIPPING_INFO_101 B 1 7"])], "A#1=open A#2=open B#1=open C#1=open");
    check_async(&[(None, &[&format!("{added} 1 7")])], "A#1=open A#2=open B#1=open C#1=open");
    check_async(
        &[(Some(A), &[]), (Some(B), &["INFO UPDATE_ORDERSHIPPING_INFO_101"])],
        "A#1=open A#2=open B#1=yes C#1=open",
    );
}

/// The answers that would be a success if they arrived whole.
fn good_answers() -> Vec<(Batch, String)> {
    let text = |heard: Heard| match heard {
        Heard::Reply { body: Some(body), .. } => body.to_string(),
        _ => String::new(),
    };
    vec![
        (confirm(), text(reply(200, &["INFO CONFIRM_ORDER_INFO_101 A", "INFO CONFIRM_ORDER_INFO_101 B"]))),
        (memo(), text(reply(200, &["INFO UPDATE_ORDERMEMO_INFO_101 A"]))),
        (
            sync_two(),
            text(reply(200, &["INFO UPDATE_ORDERSHIPPING_INFO_101 - 1 7", "INFO UPDATE_ORDERSHIPPING_INFO_101 - 2 8"])),
        ),
        (queue(), text(reply(200, &["INFO UPDATE_ORDERSHIPPING_ASYNC_INFO_101 - - - r_1"]))),
    ]
}

fn good(answer: &Answer) -> bool {
    matches!(answer, Answer::Accepted { .. } | Answer::Queued(_))
}

#[test]
fn no_answer_cut_anywhere_is_a_success() {
    for (batch, whole) in good_answers() {
        assert!(judge(&batch, &raw(200, &whole)).answers.values().all(good));
        for cut in 0..whole.len() {
            let body = serde_json::from_slice::<Value>(&whole.as_bytes()[..cut]).ok();
            let judged = judge(&batch, &Heard::Reply { status: 200, body, call: None });
            assert!(
                judged.answers.values().all(|answer| matches!(answer, Answer::Unheard(_))),
                "cut at {cut}: {whole}"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Whatever arrives: each change has one answer, and a success is never read out of an answer that is not 200 or 400
    /// or does not carry the order's number (or all its rows, or the queue's id).
    #[test]
    fn success_needs_a_whole_answer_that_names_the_order(
        status in prop::sample::select(vec![200_u16, 201, 302, 400, 401, 403, 404, 429, 500, 502, 503]),
        lines in prop::collection::vec((
            prop::sample::select(vec!["INFO", "WARNING", "ERROR", "X"]),
            prop::sample::select(vec!["UPDATE_ORDERSHIPPING_INFO_101", "UPDATE_ORDERSHIPPING_WARNING_101", "UPDATE_ORDERSHIPPING_ERROR_011", "CONFIRM_ORDER_ERROR_103", "-"]),
            prop::sample::select(vec!["-", "A", "B", "C", "null"]),
            prop::sample::select(vec!["-", "1", "2", "3"]),
        ), 0..5),
        kind in 0_usize..6,
    ) {
        let batch = [confirm(), marks(), memo(), sync_one(), sync_two(), queue()][kind].clone();
        let lines: Vec<String> = lines.iter().map(|(tone, code, order, number)| format!("{tone} {code} {order} {number}")).collect();
        let heard = reply(status, &lines.iter().map(String::as_str).collect::<Vec<_>>());
        let judged = judge(&batch, &heard);
        prop_assert_eq!(judged.answers.len(), batch.addressed.len());
        for told in &batch.addressed {
            let answer = &judged.answers[&told.change];
            prop_assert!(!matches!(answer, Answer::Queued(_)), "no id was given");
            if good(answer) {
                prop_assert!(status == 200 || status == 400 || status == 403 || status == 404);
                let name = told.change.split('#').next().unwrap();
                let rows: Vec<&String> = lines.iter().filter(|line| told.data_number.is_some_and(|number| line.ends_with(&format!(" {number}")))).collect();
                let named = lines.iter().any(|line| line.split(' ').nth(2) == Some(name));
                prop_assert!(named || !rows.is_empty(), "{:?}", lines);
            }
            prop_assert_eq!(judged.again.contains(&told.change), batch.op == Op::UpdateOrderShippingAsync && matches!(answer, Answer::NotSent(_)));
        }
    }
}
