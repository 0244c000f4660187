//! The gateway, searching, reading, and what each version shows.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::client::{KEY, Mall, NUMBER, SECRET, authorization, codes, reference_order, shop, small_order};

const JSON: (&str, &str) = ("Content-Type", "application/json; charset=utf-8");

#[test]
fn the_gateway_answers_in_its_own_envelope() {
    let mall = Mall::with(json!([reference_order()]));
    let key = authorization(SECRET, KEY);
    let auth = ("Authorization", key.as_str());
    let path = "/es/2.0/order/getOrder/";
    let body = json!({ "orderNumberList": [NUMBER], "version": 10 }).to_string();
    let check = |method: &str, path: &str, headers: &[(&str, &str)], body: &str, status: u16, code: &str| {
        let answer = mall.request(method, path, headers, body).unwrap();
        assert_eq!(
            (answer.status, answer.json()["Results"]["errorCode"].as_str().unwrap_or("")),
            (status, code),
            "{method} {path}"
        );
    };
    check("POST", path, &[auth, JSON], &body, 200, "");
    check("POST", "/es/2.0/order/getOrder", &[auth, JSON], &body, 200, "");
    check("POST", path, &[JSON], &body, 401, "ES01-01");
    check("POST", path, &[("Authorization", &authorization(SECRET, "other")), JSON], &body, 401, "ES01-01");
    check("POST", path, &[auth, ("Content-Type", "application/json")], &body, 415, "ES04-03");
    check("POST", path, &[auth], &body, 415, "ES04-03");
    check("POST", path, &[auth, JSON], "{\"orderNumberList\": [", 400, "ES04-01");
    check("GET", path, &[auth, JSON], "", 405, "ES-SIM-405");
    check("POST", "/es/2.0/order/simulateCouponAmount/", &[auth, JSON], "{}", 404, "ES-SIM-404");
    check("POST", "/es/2.0/order/", &[auth, JSON], "{}", 404, "ES-SIM-404");
    let answer =
        mall.request("POST", path, &[auth, ("Content-Type", "application/json;charset=UTF-8")], &body).unwrap();
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type").map(str::to_lowercase).as_deref(), Some("application/json;charset=utf-8"));
    assert_eq!(answer.header("requestid").map(str::len), Some(36));
    assert!(answer.header("timestamp").unwrap().starts_with("2026-04-02T00:00:"), "{}", answer.head);
}

#[test]
fn switches_of_the_gateway() {
    let mall = |switches: Value| Mall::new(shop(json!([])), json!({ "switches": switches }), 1);
    let plain = [("Authorization", &*authorization(SECRET, KEY)), ("Content-Type", "application/json")];
    let path = "/es/2.0/order/getSubStatusList/";
    assert_eq!(mall(json!({"require_charset": false})).request("POST", path, &plain, "").unwrap().status, 200);
    let wrong = [("Authorization", "ESA x"), JSON];
    let errors = mall(json!({"auth_failure": "errors"})).request("POST", path, &wrong, "{}").unwrap();
    assert_eq!(
        (errors.status, errors.json()),
        (401, json!({"errors": [{"code": "GA0001", "message": "Un-Authorised"}]}))
    );
    let quiet = mall(json!({"auth_failure": "status_200"})).request("POST", path, &wrong, "{}").unwrap();
    assert_eq!((quiet.status, quiet.json()["Results"]["errorCode"].clone()), (200, json!("ES01-01")));
    let off = mall(json!({"disabled": ["getSubStatusList"]})).call("getSubStatusList", json!({}));
    assert_eq!((off.0, off.1["Results"]["errorCode"].clone()), (400, json!("ES04-01")));
    let strict = mall(json!({"reject_unknown_keys": true}))
        .call("getOrder", json!({"orderNumberList": ["1"], "version": 10, "colour": 1}));
    assert_eq!((strict.0, codes(&strict.1)), (400, vec!["SIM_ERROR_SIM_UNKNOWN_KEY".to_owned()]));
}

#[test]
fn a_key_expires_and_is_replaced() {
    let mall = Mall::with(json!([]));
    let path = |key: &str| format!("/es/1.0/license-management/license-key/expiry-date?licenseKey={key}");
    let ask =
        |key: &str| mall.request("GET", &path(key), &[("Authorization", &authorization(SECRET, key))], "").unwrap();
    assert_eq!((ask(KEY).status, ask(KEY).json()), (200, json!({"expiryDate": "2026-06-30T23:59:59"})));
    mall.post("clock", json!({"set": "2026-07-01T00:00:01+0900"}));
    assert_eq!((ask(KEY).status, ask(KEY).json()["errors"][0]["code"].clone()), (401, json!("GA0001")));
    assert_eq!(mall.call("getSubStatusList", json!({})).0, 401);
    mall.post("key", json!({"license_key": "new", "license_expiry": "2026-09-28T23:59:59", "live_after": "20m"}));
    assert_eq!(ask("new").status, 400);
    mall.advance("21m");
    assert_eq!(ask("new").json(), json!({"expiryDate": "2026-09-28T23:59:59"}));
}

#[test]
fn an_order_comes_back_exactly_as_the_reference_shows_it() {
    let mall = Mall::with(json!([reference_order()]));
    let (status, reply) =
        mall.call("getOrder", json!({ "orderNumberList": [NUMBER, "555001-20260401-9999999999"], "version": "10" }));
    assert_eq!(status, 200);
    assert_eq!(
        reply["MessageModelList"],
        json!([ { "messageType": "INFO", "messageCode": "ORDER_EXT_API_GET_ORDER_INFO_101",
        "message": "受注情報取得に成功しました。(取得件数1件)" } ])
    );
    assert_eq!(reply["version"], 10);
    // Not only equal: the text is the same, keys in the manual's order and nothing besides.
    let mut shown = reply["OrderModelList"][0].clone();
    for key in ["goodsTax", "isTaxRecalc"] {
        assert!(shown.as_object_mut().unwrap().shift_remove(key).is_none());
    }
    assert_eq!(shown.to_string(), reference_order().to_string());
}

#[test]
fn versions_differ_by_exactly_the_keys_of_the_table() {
    let mall = Mall::with(json!([small_order("1-20260401-1", 300, 5)]));
    let keys = |version: i64| -> BTreeSet<String> {
        let (_, reply) = mall.call("getOrder", json!({ "orderNumberList": ["1-20260401-1"], "version": version }));
        assert_eq!(reply.get("version").is_some(), version >= 6);
        let order = &reply["OrderModelList"][0];
        let name = |prefix: &str, value: &Value| {
            value.as_object().unwrap().keys().map(|key| format!("{prefix}{key}")).collect::<Vec<_>>()
        };
        let package = &order["PackageModelList"][0];
        [name("", order), name("basket.", package), name("item.", &package["ItemModelList"][0])]
            .concat()
            .into_iter()
            .collect()
    };
    let check = |version: i64, added: &[&str], dropped: &[&str]| {
        let (old, new) = (keys(version - 1), keys(version));
        assert_eq!(
            new.difference(&old).map(String::as_str).collect::<BTreeSet<_>>(),
            added.iter().copied().collect(),
            "{version}"
        );
        assert_eq!(
            old.difference(&new).map(String::as_str).collect::<BTreeSet<_>>(),
            dropped.iter().copied().collect(),
            "{version}"
        );
    };
    check(4, &["basket.defaultDeliveryCompanyCode", "item.isSingleItemShipping"], &[]);
    check(5, &["receiptIssueCount", "receiptIssueHistoryList", "DueDateModelList"], &[]);
    check(6, &["cautionDisplayDetailType"], &[]);
    check(7, &["item.SkuModelList"], &[]);
    check(8, &["deliveryCertPrgFlag", "oneDayOperationFlag"], &["goodsTax", "isTaxRecalc", "basket.goodsTax"]);
    check(9, &["basket.dropOffFlag", "basket.dropOffLocation"], &[]);
    check(10, &["socialGiftFlag", "basket.SocialGiftModel"], &[]);
    for (body, code) in [
        (json!({ "orderNumberList": ["1"] }), "GET_ORDER_ERROR_009"),
        (json!({ "orderNumberList": [], "version": 10 }), "GET_ORDER_ERROR_010"),
        (json!({ "orderNumberList": ["1"], "version": "ten" }), "GET_ORDER_ERROR_011"),
        (json!({ "orderNumberList": ["1"], "version": 2 }), "GET_ORDER_ERROR_SIM_VERSION"),
        (json!({ "orderNumberList": vec!["1"; 101], "version": 10 }), "GET_ORDER_ERROR_SIM_TOO_MANY_ORDERS"),
    ] {
        let (status, reply) = mall.call("getOrder", body);
        assert_eq!((status, codes(&reply)), (400, vec![code.to_owned()]));
    }
}

fn period(from: &str, to: &str) -> Value {
    json!({ "dateType": 1, "startDatetime": format!("{from}T00:00:00+0900"), "endDatetime": format!("{to}T23:59:59+0900") })
}

fn with(mut body: Value, more: Value) -> Value {
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

#[test]
fn searching_as_the_reference_does() {
    let mut second = small_order("555001-20260402-0000000202", 100, 9);
    second["orderDatetime"] = json!("2026-04-02T08:00:00+0900");
    let mall = Mall::with(json!([reference_order(), second]));
    let body = json!({ "dateType": 1, "startDatetime": "2026-04-01T00:00:00+0900", "endDatetime": "2026-04-02T23:59:59+0900",
        "orderProgressList": [100, 300], "PaginationRequestModel": { "requestRecordsAmount": 1000, "requestPage": 1,
            "SortModelList": [ { "sortColumn": 1, "sortDirection": 1 } ] } });
    let (status, reply) = mall.call("searchOrder", body);
    assert_eq!(
        (status, reply),
        (
            200,
            json!({ "orderNumberList": [NUMBER, "555001-20260402-0000000202"],
        "MessageModelList": [ { "messageType": "INFO", "messageCode": "ORDER_EXT_API_SEARCH_ORDER_INFO_101", "message": "注文検索に成功しました。" } ],
        "PaginationResponseModel": { "totalRecordsAmount": 2, "totalPages": 1, "requestPage": 1 } })
        )
    );

    let (status, reply) = mall.call("searchOrder", period("2026-03-01", "2026-03-02"));
    assert_eq!((status, codes(&reply)), (200, vec!["SEARCH_ORDER_INFO_102".to_owned()]));
    assert_eq!(reply["orderNumberList"], json!([]));
    assert_eq!(
        reply["PaginationResponseModel"],
        json!({ "totalRecordsAmount": null, "totalPages": null, "requestPage": null })
    );

    let (status, reply) = mall.call(
        "searchOrder",
        json!({ "dateType": 1, "startDatetime": "2026-04-01T00:00:00+0900", "endDatetime": "2026-04-02" }),
    );
    assert_eq!(
        (status, reply),
        (
            400,
            json!({ "orderNumberList": null,
        "MessageModelList": [ { "messageType": "ERROR", "messageCode": "ORDER_EXT_API_SEARCH_ORDER_ERROR_011", "message": "endDatetimeの書式が不正です。" } ],
        "PaginationResponseModel": null })
        )
    );
}

#[test]
fn search_limits() {
    let mall = Mall::with(json!([reference_order()]));
    let check = |body: Value, expect: &[&str]| assert_eq!(codes(&mall.call("searchOrder", body).1), expect);
    check(json!({}), &["SEARCH_ORDER_ERROR_009"; 3]);
    check(period("2026-02-01", "2026-04-05"), &["SEARCH_ORDER_ERROR_SIM_SPAN"]);
    check(
        json!({ "dateType": "1", "startDatetime": "2026-02-01T00:00:00+0900", "endDatetime": "2026-04-05T00:00:00+0900" }),
        &["SEARCH_ORDER_INFO_101"],
    );
    check(period("2024-03-01", "2024-04-05"), &["SEARCH_ORDER_ERROR_SIM_TOO_OLD"]);
    check(period("2026-04-02", "2026-04-01"), &["SEARCH_ORDER_ERROR_SIM_END_BEFORE_START"]);
    check(with(period("2026-04-01", "2026-04-02"), json!({ "subStatusIdList": [-1] })), &["SEARCH_ORDER_ERROR_009"]);
    check(
        with(
            period("2026-04-01", "2026-04-02"),
            json!({ "PaginationRequestModel": { "requestRecordsAmount": 1001, "requestPage": 0 } }),
        ),
        &["SEARCH_ORDER_ERROR_011", "SEARCH_ORDER_ERROR_011"],
    );
}

#[test]
fn search_filters() {
    let mut plain = small_order("1-20260401-0000000001", 300, 10);
    plain["subStatusId"] = json!(15003);
    plain["memo"] = json!("至急 確認");
    let mut shipped = small_order("1-20260401-0000000002", 500, 20);
    shipped["shippingCmplRptDatetime"] = json!("2026-03-20T00:11:00+0900");
    shipped["SettlementModel"] = json!({ "settlementMethodCode": 2 });
    shipped["carrierCode"] = json!(11);
    shipped["asurakuFlag"] = json!(1);
    shipped["PackageModelList"][0]["ShippingModelList"] =
        json!([{ "deliveryCompany": "1001", "shippingNumber": "1", "shippingDate": "2026-03-19" }]);
    let mall = Mall::with(json!([plain, shipped]));
    let check = |more: Value, expect: &[i64]| {
        let (status, reply) = mall.call("searchOrder", with(period("2026-03-01", "2026-04-02"), more.clone()));
        assert_eq!(status, 200, "{reply}");
        let found: Vec<i64> = reply["orderNumberList"]
            .as_array()
            .unwrap()
            .iter()
            .map(|number| number.as_str().unwrap().rsplit('-').next().unwrap().parse().unwrap())
            .collect();
        assert_eq!(found, expect, "{more}");
    };
    check(json!({}), &[2, 1]);
    check(json!({ "orderProgressList": [500] }), &[2]);
    check(json!({ "subStatusIdList": [15003] }), &[1]);
    check(json!({ "subStatusIdList": [-1], "orderProgressList": [300, 500] }), &[2]);
    check(json!({ "dateType": 4 }), &[2]);
    check(json!({ "dateType": 5 }), &[2]);
    check(json!({ "dateType": 6 }), &[]);
    check(json!({ "settlementMethod": 2 }), &[2]);
    check(json!({ "deliveryName": "宅配便" }), &[2, 1]);
    check(json!({ "deliveryName": "メール便" }), &[]);
    check(json!({ "shippingDateBlankFlag": 1 }), &[1]);
    check(json!({ "shippingNumberBlankFlag": "1" }), &[1]);
    check(json!({ "searchKeywordType": 3, "searchKeyword": " 至急 " }), &[1]);
    check(json!({ "searchKeywordType": 4, "searchKeyword": "見本 花子" }), &[2, 1]);
    check(json!({ "phoneNumberType": 2, "phoneNumber": "03-0000-0000" }), &[2, 1]);
    check(json!({ "purchaseSiteType": 3 }), &[2]);
    check(json!({ "asurakuFlag": 1 }), &[2]);
    check(json!({ "couponUseFlag": 1 }), &[]);
    check(json!({ "overseasFlag": 1 }), &[]);
    check(json!({ "orderTypeList": [4, 5] }), &[]);
}

#[test]
fn paging_and_the_ceiling() {
    let orders: Vec<Value> = (0..15_005)
        .map(|i| json!({ "orderNumber": format!("1-20260401-{i:010}"), "orderDatetime": format!("2026-04-01T{:02}:{:02}:{:02}+0900", i / 3600, i / 60 % 60, i % 60) }))
        .collect();
    let mall = Mall::with(json!(orders));
    let page = |amount: i64, page: i64, direction: i64| {
        let paging = json!({ "PaginationRequestModel": { "requestRecordsAmount": amount, "requestPage": page,
            "SortModelList": [ { "sortColumn": 1, "sortDirection": direction } ] } });
        mall.call("searchOrder", with(period("2026-04-01", "2026-04-01"), paging)).1
    };
    let numbers = |reply: &Value| reply["orderNumberList"].as_array().unwrap().len();
    let first = page(1000, 1, 1);
    assert_eq!(
        first["PaginationResponseModel"],
        json!({ "totalRecordsAmount": 15_000, "totalPages": 15, "requestPage": 1 })
    );
    assert_eq!((numbers(&first), first["orderNumberList"][0].clone()), (1000, json!("1-20260401-0000000000")));
    assert_eq!(page(1000, 15, 1)["orderNumberList"][999], "1-20260401-0000014999");
    assert_eq!(numbers(&page(1000, 16, 1)), 0);
    assert_eq!(page(7, 2, 2)["orderNumberList"][0], "1-20260401-0000014997");
    let unpaged = mall.call("searchOrder", period("2026-04-01", "2026-04-01")).1;
    assert_eq!((numbers(&unpaged), unpaged["orderNumberList"][0].clone()), (30, json!("1-20260401-0000015004")));
}

#[test]
fn sub_statuses_and_payments() {
    let mall = Mall::with(json!([reference_order()]));
    for body in ["", "null", "{}"] {
        let headers = [("Authorization", &*authorization(SECRET, KEY)), JSON];
        let reply = mall.request("POST", "/es/2.0/order/getSubStatusList/", &headers, body).unwrap().json();
        assert_eq!(
            reply["StatusModelList"][0]["SubStatusModelList"][0],
            json!({ "subStatusId": 15001, "subStatusName": "在庫確認中", "orderby": 1 })
        );
    }
    let (status, reply) = mall.call("getPayment", json!({ "orderNumber": NUMBER, "version": 4 }));
    assert_eq!((status, codes(&reply)), (200, vec!["GET_PAYMENT_INFO_101".to_owned()]));
    let payment = &reply["OrderModel"]["PaymentModelList"][0];
    for (key, value) in [
        ("orderPaymentNumber", json!(format!("{NUMBER}-1"))),
        ("paymentMethod", json!(1)),
        ("paymentAmount", json!(3450)),
        ("paymentCharge", json!(0)),
        ("paymentStatus", json!(30300)),
        ("paymentProcCmplDatetime", json!("2026-04-01T10:25:00+0900")),
        ("RefundModelList", Value::Null),
    ] {
        assert_eq!(payment[key], value, "{key}");
    }
    assert_eq!(mall.call("getPayment", json!({ "orderNumber": NUMBER })).0, 400);
}
