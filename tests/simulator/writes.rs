//! Confirming, shipping rows, the queue, marks, cancelling, and what time does by itself.

#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "tests wait and read")]

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::client::{Mall, NUMBER, codes, reference_order, shipping, shop, small_order};

const BASKET: i64 = 70000001;

fn reference_with(rows: Value) -> Mall {
    let mut order = reference_order();
    order["PackageModelList"][0]["ShippingModelList"] = rows;
    Mall::with(json!([order]))
}

#[test]
fn confirming_answers_order_by_order() {
    let mut open = small_order("o", 100, 3);
    open["PackageModelList"][0]["postagePrice"] = json!(-9999);
    let mall = Mall::with(json!([
        small_order(NUMBER, 100, 1),
        small_order("555001-20260402-0000000202", 300, 2),
        open,
        small_order("c", 900, 4)
    ]));
    let (status, reply) = mall.call(
        "confirmOrder",
        json!({ "orderNumberList": [NUMBER, "555001-20260402-0000000202", "o", "c", "x", NUMBER] }),
    );
    assert_eq!(status, 200);
    assert_eq!(
        codes(&reply),
        [
            "CONFIRM_ORDER_INFO_101",
            "CONFIRM_ORDER_ERROR_103",
            "CONFIRM_ORDER_ERROR_105",
            "CONFIRM_ORDER_ERROR_102",
            "CONFIRM_ORDER_ERROR_SIM_ORDER_NOT_FOUND",
            "CONFIRM_ORDER_ERROR_103"
        ]
    );
    assert_eq!(
        reply["MessageModelList"][0],
        json!({ "messageType": "INFO", "messageCode": "ORDER_EXT_API_CONFIRM_ORDER_INFO_101",
        "message": "注文確認に成功しました。", "orderNumber": NUMBER })
    );
    let order = mall.order(NUMBER);
    let change = &order["ChangeReasonModelList"][0];
    assert_eq!((&order["orderProgress"], &change["changeType"]), (&json!(200), &json!(8)));
    for key in ["changeApplyDatetime", "changeFixDatetime", "changeCmplDatetime"] {
        assert_eq!(change[key], order["shopOrderCfmDatetime"]);
    }
    let log = mall.log();
    assert_eq!(log.len(), 1);
    assert_eq!(
        (&log[0]["seq"], &log[0]["op"], &log[0]["orderNumber"], &log[0]["action"]),
        (&json!(1), &json!("confirmOrder"), &json!(NUMBER), &json!("confirm"))
    );
    mall.advance("59m");
    assert_eq!(mall.order(NUMBER)["orderProgress"], 200);
    mall.advance("2m");
    let order = mall.order(NUMBER);
    assert_eq!((&order["orderProgress"], &order["orderFixDatetime"]), (&json!(300), &order["shippingInstDatetime"]));
    assert_eq!(mall.call("confirmOrder", json!({ "orderNumberList": vec!["1"; 101] })).0, 400);
    assert_eq!(codes(&mall.call("confirmOrder", json!({})).1), ["CONFIRM_ORDER_ERROR_009"]);
}

#[test]
fn the_shipping_example_of_the_reference() {
    let mall = reference_with(json!([{ "shippingDetailId": 880001 }]));
    let (status, reply) = mall.call("updateOrderShipping", shipping(NUMBER, BASKET, json!([
        { "shippingDetailId": 880001, "deliveryCompany": "1001", "shippingNumber": "400000000011", "shippingDate": "2026-04-02" },
        { "deliveryCompany": "1003", "shippingNumber": "400000000022", "shippingDate": "2026-04-02" }])));
    assert_eq!(
        (status, reply),
        (
            200,
            json!({ "MessageModelList": [
        { "messageType": "INFO", "messageCode": "ORDER_EXT_API_UPDATE_ORDERSHIPPING_INFO_102",
          "message": "発送情報の更新設定が完了しました。", "dataNumber": 1, "shippingDetailId": 880001 },
        { "messageType": "INFO", "messageCode": "ORDER_EXT_API_UPDATE_ORDERSHIPPING_INFO_101",
          "message": "発送情報の追加設定が完了しました。", "dataNumber": 2, "shippingDetailId": 880002 } ] })
        )
    );
    assert_eq!(
        mall.rows(NUMBER),
        json!([
        { "shippingDetailId": 880001, "shippingNumber": "400000000011", "deliveryCompany": "1001", "deliveryCompanyName": "ヤマト運輸", "shippingDate": "2026-04-02" },
        { "shippingDetailId": 880002, "shippingNumber": "400000000022", "deliveryCompany": "1003", "deliveryCompanyName": "日本郵便", "shippingDate": "2026-04-02" }])
    );
    let log = mall.log();
    let told: Vec<Value> = log
        .iter()
        .map(|entry| {
            json!([
                entry["action"],
                entry["basketId"],
                entry["shippingDetailId"],
                entry["before"]["shippingNumber"],
                entry["after"]["shippingNumber"]
            ])
        })
        .collect();
    assert_eq!(
        told,
        [json!(["amend", BASKET, 880001, null, "400000000011"]), json!(["add", BASKET, 880002, null, "400000000022"])]
    );
}

#[test]
fn missing_keeps_empty_erases_and_no_id_adds() {
    let full = json!({ "deliveryCompany": "1001", "shippingNumber": "1", "shippingDate": "2026-04-02" });
    let mall = reference_with(json!([]));
    for _ in 0..2 {
        assert_eq!(
            codes(&mall.call("updateOrderShipping", shipping(NUMBER, BASKET, json!([full.clone()]))).1),
            ["UPDATE_ORDERSHIPPING_INFO_101"]
        );
    }
    let ids: Vec<i64> =
        mall.rows(NUMBER).as_array().unwrap().iter().map(|row| row["shippingDetailId"].as_i64().unwrap()).collect();
    assert_eq!(ids, [880001, 880002]);
    let check = |row: Value, code: &str, expect: Value| {
        let (_, reply) = mall.call("updateOrderShipping", shipping(NUMBER, BASKET, json!([row.clone()])));
        assert_eq!(codes(&reply), [format!("UPDATE_ORDERSHIPPING_{code}")], "{row}");
        let row = &mall.rows(NUMBER)[0];
        assert_eq!(json!([row["deliveryCompany"], row["shippingNumber"], row["shippingDate"]]), expect);
    };
    check(json!({ "shippingDetailId": 880001, "shippingNumber": "9" }), "INFO_102", json!(["1001", "9", "2026-04-02"]));
    check(
        json!({ "shippingDetailId": "880001", "shippingNumber": "" }),
        "INFO_102",
        json!(["1001", null, "2026-04-02"]),
    );
    check(json!({ "shippingDetailId": 880001, "shippingDate": null }), "INFO_102", json!(["1001", null, null]));
    check(json!({ "shippingDetailId": 880001, "deliveryCompany": "" }), "ERROR_010", json!(["1001", null, null]));
    check(json!({ "shippingDetailId": 880001, "deliveryCompany": 1002 }), "INFO_102", json!(["1002", null, null]));
    check(json!({ "shippingDetailId": 777 }), "ERROR_SIM_ROW_NOT_FOUND", json!(["1002", null, null]));
    check(
        json!({ "shippingDetailId": 880001, "shippingDeleteFlag": 1 }),
        "INFO_103",
        json!(["1001", "1", "2026-04-02"]),
    );
    assert_eq!(mall.rows(NUMBER).as_array().unwrap().len(), 1);
}

#[test]
fn faults_are_told_together_and_nothing_is_stored() {
    let mut order = small_order(NUMBER, 300, 1);
    order["PackageModelList"].as_array_mut().unwrap().push(json!({ "basketId": 2, "ItemModelList": [{}] }));
    let mall = Mall::with(json!([order, small_order("gone", 900, 3)]));
    let good = json!({ "deliveryCompany": "1001", "shippingNumber": "1", "shippingDate": "2026-04-02" });
    let (status, reply) = mall.call(
        "updateOrderShipping",
        json!({ "orderNumber": NUMBER, "BasketidModelList": [
        { "basketId": 1, "ShippingModelList": [good, { "shippingDate": "2026/04/02" }] },
        { "basketId": 2, "ShippingModelList": [{ "shippingDetailId": "x", "deliveryCompany": "8888" }] } ] }),
    );
    let told: Vec<Value> = reply["MessageModelList"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| json!([message["dataNumber"], message["message"], message["shippingDetailId"]]))
        .collect();
    assert_eq!(
        (status, told),
        (
            400,
            vec![
                json!([2, "shippingDateの書式が不正です。", null]),
                json!([3, "shippingDetailIdの書式が不正です。", "x"]),
                json!([3, "deliveryCompanyの書式が不正です。", "x"])
            ]
        )
    );
    assert!(mall.log().is_empty());
    let check = |body: Value, code: &str| {
        let (status, reply) = mall.call("updateOrderShipping", body);
        assert_eq!((status, codes(&reply)), (400, vec![format!("UPDATE_ORDERSHIPPING_ERROR_{code}")]));
    };
    check(shipping("gone", 3, json!([good])), "102");
    check(shipping("none", 3, json!([good])), "SIM_ORDER_NOT_FOUND");
    check(shipping(NUMBER, 9, json!([good])), "SIM_BASKET_NOT_FOUND");
    check(shipping(NUMBER, 1, json!(vec![good.clone(); 21])), "SIM_TOO_MANY_ROWS");
    check(shipping(NUMBER, 1, json!([])), "010");
    check(json!({ "orderNumber": NUMBER }), "009");
    assert_eq!(mall.call("updateOrderShipping", shipping(NUMBER, 1, json!(vec![good.clone(); 20]))).0, 200);
    check(shipping(NUMBER, 1, json!([good])), "SIM_TOO_MANY_ROWS");
}

#[test]
fn shipped_in_the_night_when_every_row_is_complete() {
    let mall = reference_with(json!([]));
    mall.call(
        "updateOrderShipping",
        shipping(
            NUMBER,
            BASKET,
            json!([{ "deliveryCompany": "1001", "shippingNumber": "1", "shippingDate": "2026-04-03" }]),
        ),
    );
    mall.post("clock", json!({ "set": "2026-04-03T00:04:30+0900" }));
    assert_eq!(mall.order(NUMBER)["orderProgress"], 300);
    mall.post("clock", json!({ "set": "2026-04-03T00:35:01+0900" }));
    let order = mall.order(NUMBER);
    assert_eq!(order["orderProgress"], 500);
    let reported = order["shippingCmplRptDatetime"].as_str().unwrap();
    assert!(("2026-04-03T00:05:00".."2026-04-03T00:35:01").contains(&reported), "{reported}");
    assert_eq!(mall.log().len(), 1, "time's own doing is no accepted change");
    assert_eq!(mall.get("events")[0]["what"], "shipped");

    let half = reference_with(json!([{ "deliveryCompany": "1001", "shippingDate": "2026-04-01" }]));
    half.advance("72h");
    assert_eq!(half.order(NUMBER)["orderProgress"], 300);
    let at_once = Mall::new(
        shop(json!([small_order(NUMBER, 300, 1)])),
        json!({ "switches": { "shipped_at_once": true, "compact_dates": true } }),
        1,
    );
    at_once.call(
        "updateOrderShipping",
        shipping(NUMBER, 1, json!([{ "deliveryCompany": "1001", "shippingNumber": "1", "shippingDate": "20260402" }])),
    );
    assert_eq!(at_once.order(NUMBER)["orderProgress"], 500);
}

#[test]
fn the_queue_answers_after_a_while() {
    let mall = Mall::with(json!([small_order(NUMBER, 300, 1), small_order("gone", 900, 2)]));
    let row = json!([{ "deliveryCompany": "1001", "shippingNumber": "400000000011", "shippingDate": "2026-04-02" }]);
    let (status, reply) = mall.call(
        "updateOrderShippingAsync",
        json!({ "OrderShippingModelList": [shipping(NUMBER, 1, row.clone()), shipping("gone", 2, row.clone())] }),
    );
    let message = &reply["MessageModelList"][0];
    let request = message["requestId"].as_str().unwrap().to_owned();
    assert_eq!(
        (status, message),
        (
            200,
            &json!({ "messageType": "INFO", "messageCode": "ORDER_EXT_API_UPDATE_ORDERSHIPPING_ASYNC_INFO_101",
        "message": "発送情報の更新を受付けました。", "requestId": request, "dataNumber": null, "shippingDetailId": null })
        )
    );
    assert!(request.len() == 36 + 1 + 14 && request.contains("_20260402090"), "{request}");
    let ask = |id: &str| mall.call("getResultUpdateOrderShippingAsync", json!({ "requestId": id }));
    let nothing = json!({ "ResultShippingModelList": [ { "MessageModelList": [ { "messageType": "INFO",
        "messageCode": "ORDER_EXT_API_GET_RESULT_UPDATEORDERSHIPPING_ASYNC_INFO_101",
        "message": "指定されたリクエストIDの処理結果は存在しませんでした。" } ] } ] });
    assert_eq!(ask(&request), (200, nothing.clone()));
    assert_eq!(mall.rows(NUMBER), json!([]));
    assert_eq!(ask("unknown"), (200, nothing.clone()));
    let start = Instant::now();
    while ask(&request).1 == nothing {
        assert!(start.elapsed() < Duration::from_secs(4), "the queue must answer within three seconds");
        std::thread::sleep(Duration::from_millis(50));
    }
    let result = ask(&request).1;
    assert_eq!(
        result["ResultShippingModelList"][0],
        json!({ "orderNumber": NUMBER, "MessageModelList": [
        { "messageType": "INFO", "messageCode": "ORDER_EXT_API_UPDATE_ORDERSHIPPING_INFO_101",
          "message": "発送情報の追加設定が完了しました。", "dataNumber": 1, "shippingDetailId": 880001 } ] })
    );
    assert_eq!(
        (&result["ResultShippingModelList"][1]["orderNumber"], codes(&result["ResultShippingModelList"][1])),
        (&json!("gone"), vec!["UPDATE_ORDERSHIPPING_ERROR_102".to_owned()])
    );
    assert_eq!(mall.log()[0]["op"], "updateOrderShippingAsync");
    mall.advance("31d");
    assert_eq!(ask(&request).1, nothing);
    assert_eq!(
        codes(&mall.call("getResultUpdateOrderShippingAsync", json!({})).1),
        ["GET_RESULT_UPDATEORDERSHIPPING_ASYNC_ERROR_009"]
    );
}

#[test]
fn a_queued_report_with_faults_queues_nothing() {
    let mall = Mall::with(json!([small_order("a", 300, 1), small_order("b", 300, 2)]));
    let good = json!([{ "deliveryCompany": "1001", "shippingNumber": "1", "shippingDate": "2026-04-02" }]);
    let bad = json!([{ "deliveryCompany": "1001" }, { "shippingDetailId": 5, "shippingDate": "x" }]);
    let (status, reply) = mall.call(
        "updateOrderShippingAsync",
        json!({ "OrderShippingModelList": [shipping("a", 1, good.clone()), shipping("b", 2, bad)] }),
    );
    assert_eq!(
        (status, reply),
        (
            200,
            json!({ "MessageModelList": [ { "messageType": "ERROR",
        "messageCode": "ORDER_EXT_API_UPDATE_ORDERSHIPPING_ASYNC_ERROR_011", "message": "shippingDateの書式が不正です。",
        "orderNumber": "b", "dataNumber": 2, "shippingDetailId": 5 } ] })
        )
    );
    let twice = mall.call(
        "updateOrderShippingAsync",
        json!({ "OrderShippingModelList": [shipping("a", 1, good.clone()), shipping("a", 1, good.clone())] }),
    );
    assert_eq!(
        (twice.0, codes(&twice.1)),
        (200, vec!["UPDATE_ORDERSHIPPING_ASYNC_ERROR_SIM_SAME_ORDER_TWICE".to_owned()])
    );
    let many: Vec<Value> = (0..101).map(|i| shipping(&format!("{i}"), 1, good.clone())).collect();
    assert_eq!(
        codes(&mall.call("updateOrderShippingAsync", json!({ "OrderShippingModelList": many })).1),
        ["UPDATE_ORDERSHIPPING_ASYNC_ERROR_SIM_TOO_MANY_ORDERS"]
    );
    mall.advance("1h");
    assert!(mall.log().is_empty());
}

#[test]
fn marks() {
    let mall = Mall::with(json!([reference_order(), small_order("new", 100, 1), small_order("gone", 900, 2)]));
    let check = |op: &str, body: Value, status: u16, expect: Value| {
        let (got, reply) = mall.call(op, body);
        assert_eq!((got, &reply["MessageModelList"]), (status, &expect), "{op}");
    };
    check(
        "updateOrderMemo",
        json!({ "orderNumber": NUMBER, "memo": "入荷待ち 4/5", "deliveryDate": "2026-04-07", "shippingTerm": 1416 }),
        200,
        json!([{ "messageType": "INFO", "messageCode": "ORDER_EXT_API_UPDATE_ORDERMEMO_INFO_101",
            "message": "ひとことメモ、担当者情報等の更新設定が完了しました。", "orderNumber": NUMBER }]),
    );
    check(
        "updateOrderMemo",
        json!({}),
        400,
        json!([{ "messageType": "ERROR", "messageCode": "ORDER_EXT_API_UPDATE_ORDERMEMO_ERROR_009",
        "message": "orderNumberの項目を指定して下さい。" }]),
    );
    check(
        "updateOrderRemarks",
        json!({ "orderNumber": NUMBER, "giftCheck": 1, "remarks": "[備考:]\n平日の配送を希望" }),
        200,
        json!([{ "messageType": "INFO", "messageCode": "ORDER_EXT_API_UPDATE_ORDERREMARKS_INFO_101",
            "message": "備考情報の更新設定が完了しました。", "orderNumber": NUMBER }]),
    );
    check(
        "updateOrderSubStatus",
        json!({ "subStatusId": 15001, "orderNumberList": ["new"] }),
        200,
        json!([{ "messageType": "INFO", "messageCode": "ORDER_EXT_API_UPDATE_ORDERSUBSTATUS_INFO_101",
            "message": "サブステータスの更新設定が完了しました。", "orderNumber": "new" }]),
    );
    let order = mall.order(NUMBER);
    assert_eq!(
        json!([
            order["memo"],
            order["deliveryDate"],
            order["shippingTerm"],
            order["giftCheckFlag"],
            order["remarks"],
            order["operator"]
        ]),
        json!(["入荷待ち 4/5", "2026-04-07", 1416, 1, "[備考:]\n平日の配送を希望", null])
    );
    assert_eq!(mall.order("new")["subStatusName"], "在庫確認中");
    mall.call("updateOrderMemo", json!({ "orderNumber": NUMBER, "memo": null, "deliveryClass": 2 }));
    let order = mall.order(NUMBER);
    assert_eq!(
        (&order["memo"], &order["DeliveryModel"]["deliveryClass"], &order["deliveryDate"]),
        (&Value::Null, &json!(2), &json!("2026-04-07"))
    );
    let codes_of = |op: &str, body: Value| codes(&mall.call(op, body).1);
    assert_eq!(
        codes_of("updateOrderSubStatus", json!({ "subStatusId": 15001, "orderNumberList": [NUMBER, "gone"] })),
        ["UPDATE_ORDERSUBSTATUS_ERROR_102", "UPDATE_ORDERSUBSTATUS_ERROR_101"]
    );
    assert_eq!(
        codes_of("updateOrderSubStatus", json!({ "orderNumberList": ["new"] })),
        ["UPDATE_ORDERSUBSTATUS_ERROR_009"]
    );
    assert_eq!(
        codes_of(
            "updateOrderMemo",
            json!({ "orderNumber": NUMBER, "operator": "七文字の担当者", "shippingTerm": 605, "deliveryDate": "4/7" })
        ),
        ["UPDATE_ORDERMEMO_ERROR_011", "UPDATE_ORDERMEMO_ERROR_011", "UPDATE_ORDERMEMO_ERROR_SIM_TOO_LONG"]
    );
    mall.call("updateOrderSubStatus", json!({ "subStatusId": null, "orderNumberList": ["new"] }));
    assert_eq!(mall.order("new")["subStatusId"], Value::Null);
}

#[test]
fn orderer_and_delivery() {
    let mall = Mall::with(json!([reference_order()]));
    let orderer = json!({ "zipCode1": "100", "zipCode2": "0001", "prefecture": "東京都", "city": "千代田区", "subAddress": "千代田1-2",
        "familyName": "見本", "firstName": "花子", "familyNameKana": "ミホン", "firstNameKana": "ハナコ", "phoneNumber1": "03",
        "phoneNumber2": "0000", "phoneNumber3": "0001", "emailAddress": "hanako@example.com", "sex": "女", "birthYear": 1990, "birthMonth": 1, "birthDay": 1 });
    let (status, reply) = mall.call("updateOrderOrderer", json!({ "orderNumber": NUMBER, "OrdererModel": orderer }));
    assert_eq!((status, codes(&reply)), (200, vec!["UPDATE_ORDERORDERER_INFO_101".to_owned()]));
    assert_eq!(mall.order(NUMBER)["OrdererModel"], orderer);
    assert!(!mall.get("log").to_string().contains("千代田"), "the log holds no addresses");
    let (status, reply) =
        mall.call("updateOrderDelivery", json!({ "orderNumber": NUMBER, "deliveryName": "メール便" }));
    assert_eq!((status, codes(&reply)), (200, vec!["UPDATE_ORDERDELIVERY_INFO_101".to_owned()]));
    assert_eq!(
        codes(&mall.call("updateOrderDelivery", json!({ "orderNumber": NUMBER, "deliveryName": "伝書鳩" })).1),
        ["UPDATE_ORDERDELIVERY_ERROR_SIM_DELIVERY_NAME"]
    );
}

#[test]
fn cancelling_before_and_after_shipping() {
    let body = |number: &str, reason: i64| json!({ "orderNumber": number, "inventoryRestoreType": 0, "changeReasonDetailApply": reason });
    let mut dated = small_order("dated", 300, 3);
    dated["PackageModelList"][0]["ShippingModelList"] =
        json!([{ "shippingDetailId": 5, "deliveryCompany": "1000", "shippingDate": "2026-04-02" }]);
    let mall = Mall::with(json!([reference_order(), small_order("sent", 500, 2), dated]));
    let (status, reply) = mall.call("cancelOrder", body(NUMBER, 8));
    assert_eq!(
        (status, &reply["MessageModelList"]),
        (
            200,
            &json!([{ "messageType": "INFO", "messageCode": "ORDER_EXT_API_CANCEL_ORDER_INFO_101",
        "message": "キャンセル申請に成功しました。", "orderNumber": NUMBER }])
        )
    );
    let order = mall.order(NUMBER);
    let changes = order["ChangeReasonModelList"].as_array().unwrap();
    assert_eq!((changes.len(), &order["orderProgress"]), (2, &json!(800)));
    assert_eq!(
        json!([
            changes[1]["changeType"],
            changes[1]["changeReason"],
            changes[1]["changeReasonDetail"],
            changes[1]["changeFixDatetime"]
        ]),
        json!([0, 0, 8, null])
    );
    let code = |op: &str, body: Value| codes(&mall.call(op, body).1).join(" ");
    assert_eq!(code("cancelOrder", body(NUMBER, 8)), "CANCEL_ORDER_ERROR_SIM_WRONG_STATE");
    assert_eq!(code("cancelOrder", body("sent", 8)), "CANCEL_ORDER_ERROR_SIM_WRONG_STATE");
    assert_eq!(code("cancelOrder", body("dated", 8)), "CANCEL_ORDER_ERROR_SIM_SHIPPING_DATE");
    assert_eq!(code("cancelOrder", body("dated", 16)), "CANCEL_ORDER_ERROR_011 CANCEL_ORDER_ERROR_SIM_SHIPPING_DATE");
    mall.call("updateOrderShipping", shipping("dated", 3, json!([{ "shippingDetailId": 5, "shippingDate": "" }])));
    assert_eq!(code("cancelOrder", body("dated", 1)), "CANCEL_ORDER_INFO_101");
    assert_eq!(mall.order("dated")["ChangeReasonModelList"][0]["changeReason"], 1);
    assert_eq!(code("cancelOrderAfterShipping", body("sent", 2)), "CANCEL_ORDER_AFTER_SHIPPING_INFO_101");
    assert_eq!(mall.order("sent")["orderProgress"], 900);
    mall.advance("61m");
    let order = mall.order(NUMBER);
    assert_eq!((&order["orderProgress"], &order["ChangeReasonModelList"][1]["changeType"]), (&json!(900), &json!(2)));
}

#[test]
fn orders_wait_as_their_file_says() {
    let mut old = small_order("1-20260101-1", 100, 1);
    old["orderDatetime"] = json!("2026-01-01T10:00:00+0900");
    let mut recent = small_order("1-20260325-1", 100, 2);
    recent["orderDatetime"] = json!("2026-03-25T10:00:00+0900");
    let mut waiting = small_order("1-20260320-1", 200, 3);
    waiting["shopOrderCfmDatetime"] = json!("2026-03-20T10:00:00+0900");
    let mall = Mall::with(json!([old, recent, waiting]));
    assert_eq!(mall.order("1-20260320-1")["orderProgress"], 200);
    mall.advance("61m");
    assert_eq!(mall.order("1-20260320-1")["orderProgress"], 300);
    mall.advance("7d");
    assert_eq!(
        (mall.order("1-20260325-1")["orderProgress"].clone(), mall.order("1-20260101-1")["orderProgress"].clone()),
        (json!(900), json!(100))
    );
}

#[test]
fn a_person_edits_and_orders_come_in() {
    let mall = Mall::with(json!([reference_order()]));
    let (status, order) = mall.post(
        &format!("orders/{NUMBER}"),
        json!({ "memo": "電話あり", "PackageModelList": [ { "basketId": BASKET, "postagePrice": 0,
        "ShippingModelList": [ { "deliveryCompany": "1002", "shippingNumber": "7" } ] } ] }),
    );
    assert_eq!(
        (status, &order["memo"], &order["totalPrice"], &order["requestPrice"]),
        (200, &json!("電話あり"), &json!(3300), &json!(2900))
    );
    assert_eq!(order["PackageModelList"][0]["ShippingModelList"][0]["deliveryCompanyName"], "佐川急便");
    assert_eq!(order["PackageModelList"][0]["ShippingModelList"][0]["shippingDetailId"], 880001);
    assert!(mall.log().is_empty());
    assert_eq!(mall.get("events")[0]["what"], "edited by a person");
    assert_eq!(mall.post("orders", small_order("late", 100, 1)).0, 200);
    assert_eq!(mall.get("orders"), json!([NUMBER, "late"]));
    assert_eq!(mall.post("orders/none", json!({})).0, 404);
    let calls = mall.get("calls");
    assert_eq!(calls, json!([]), "the desk is not a caller");
}

#[test]
fn it_stops_and_shops_are_apart() {
    let mall = Mall::with(json!([small_order("a", 300, 1)]));
    let other = Mall::with(json!([]));
    assert_ne!(mall.addr(), other.addr());
    assert_eq!(other.get("orders"), json!([]));
    let (addr, taken) = (mall.addr(), other.addr());
    let shop = denpyo::sim::Shop::from_json(&shop(json!([])).to_string()).unwrap();
    let config = denpyo::sim::Config { listen: taken, shop, faults: denpyo::sim::Faults::none(), seed: 0 };
    assert!(denpyo::sim::start(config).is_err(), "the port is taken");
    drop(mall);
    assert!(std::net::TcpStream::connect(addr).is_err(), "nobody listens any more");
}
