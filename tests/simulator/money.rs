//! updateOrderSender before and after shipping, to the yen.

use serde_json::{Value, json};

use super::client::{Mall, NUMBER, codes, reference_order, shop, small_order};

/// The body of the reference: the order of 7.2 with these changes laid over it.
fn body(postage: i64, more: impl Fn(&mut Value)) -> Value {
    let mut body = json!({ "orderNumber": NUMBER,
        "PackageModelList": [ { "basketId": 70000001, "postagePrice": postage, "postageTaxRate": 0.1,
            "deliveryPrice": 0, "deliveryTaxRate": 0.1, "packageDeleteFlag": 0,
            "SenderModel": { "zipCode1": "100", "zipCode2": "0001", "prefecture": "東京都", "city": "千代田区",
                "subAddress": "千代田1-1", "familyName": "見本", "firstName": "花子", "familyNameKana": "ミホン",
                "firstNameKana": "ハナコ", "phoneNumber1": "03", "phoneNumber2": "0000", "phoneNumber3": "0000" },
            "ItemModelList": [ { "itemDetailId": 70000001, "itemName": "見本の湯のみ", "itemNumber": "yunomi-01",
                "price": 1650, "taxRate": 0.1, "units": 2, "includePostageFlag": 0, "includeTaxFlag": 1,
                "includeCashOnDeliveryPostageFlag": 0, "restoreInventoryFlag": 0, "deleteItemFlag": 0,
                "SkuModelList": [ { "variantId": "yunomi-blue", "merchantDefinedSkuId": "Y-01-B", "skuInfo": "色:青" } ] } ] } ],
        "CouponModelList": [ { "couponCode": "AAAA-BBBB-CCCC-DDDD", "couponPrice": 300, "couponUnit": 1, "itemId": 0 } ] });
    more(&mut body);
    body
}

fn item(body: &mut Value) -> &mut Value {
    &mut body["PackageModelList"][0]["ItemModelList"][0]
}

/// goods, postage, total, request, points, then the first tax row's reqPrice and reqPriceTax.
fn sums(order: &Value) -> Value {
    let row = &order["TaxSummaryModelList"][0];
    json!([
        order["goodsPrice"],
        order["postagePrice"],
        order["totalPrice"],
        order["requestPrice"],
        order["PointModel"]["usedPoint"],
        row["reqPrice"],
        row["reqPriceTax"]
    ])
}

fn last_change(order: &Value) -> Value {
    let change = order["ChangeReasonModelList"].as_array().unwrap().last().unwrap().clone();
    json!([change["changeType"], change["changeTypeDetail"], change["changeReason"], change["changeReasonDetail"]])
}

#[test]
fn the_example_of_the_reference() {
    let mall = Mall::with(json!([reference_order()]));
    let (status, reply) = mall.call("updateOrderSender", body(0, |body| body["reductionReason"] = json!(10)));
    assert_eq!(
        (status, reply),
        (
            200,
            json!({ "MessageModelList": [ { "messageType": "INFO", "messageCode": "ORDER_EXT_API_UPDATE_ORDERSENDER_INFO_101",
        "message": "送付先情報の更新設定が完了しました。", "orderNumber": NUMBER } ] })
        )
    );
    let order = mall.order(NUMBER);
    // 3,300 − 300 − 100 points; 3,000 × 10 / 110 = 272.7.
    assert_eq!(sums(&order), json!([3300, 0, 3300, 2900, 100, 3000, 272]));
    assert_eq!((last_change(&order), &order["orderProgress"]), (json!([6, 0, 0, 10]), &json!(300)));
    assert_eq!(order["ChangeReasonModelList"].as_array().unwrap().len(), 2);
    let log = mall.log();
    assert_eq!(
        (log.len(), &log[0]["action"], &log[0]["before"]["requestPrice"], &log[0]["after"]["requestPrice"]),
        (1, &json!("amend"), &json!(3450), &json!(2900))
    );
    assert!(!log[0].to_string().contains("千代田"), "the log holds no addresses");
    // A repeat sets the same again and leaves one more entry.
    mall.call("updateOrderSender", body(0, |_| {}));
    let order = mall.order(NUMBER);
    assert_eq!(
        (sums(&order), last_change(&order)),
        (json!([3300, 0, 3300, 2900, 100, 3000, 272]), json!([6, null, null, null]))
    );
}

#[test]
fn amounts_to_the_yen() {
    let check = |change: &dyn Fn(&mut Value), expect: Value| {
        let mall = Mall::with(json!([reference_order()]));
        let (status, reply) = mall.call(
            "updateOrderSender",
            body(550, |body| {
                body["reductionReason"] = json!(8);
                change(body);
            }),
        );
        assert_eq!(status, 200, "{reply}");
        assert_eq!(sums(&mall.order(NUMBER)), expect);
    };
    check(&|body| item(body)["units"] = json!(1), json!([1650, 550, 2200, 1800, 100, 1900, 172]));
    check(&|body| item(body)["price"] = json!("1500"), json!([3000, 550, 3550, 3150, 100, 3250, 295]));
    // Tax excluded at 8 %: 1,500 → 1,620 each, 3,240 in all; coupon 300 falls on the 8 % goods: 2,940 → 217.
    check(
        &|body| {
            item(body)["price"] = json!(1500);
            item(body)["includeTaxFlag"] = json!(0);
            item(body)["taxRate"] = json!(0.08);
        },
        json!([3000, 550, 3790, 3390, 100, 550, 50]),
    );
    check(
        &|body| body["CouponModelList"][0]["couponPrice"] = json!(200),
        json!([3300, 550, 3850, 3550, 100, 3650, 331]),
    );
    check(
        &|body| body["PackageModelList"][0]["postagePrice"] = json!(-9999),
        json!([3300, -9999, -9999, -9999, 100, -9999, -9999]),
    );
    check(
        &|body| {
            body["WrappingModel1"] =
                json!({ "title": 1, "name": "包装紙", "price": 100, "taxRate": 0.1, "includeTaxFlag": 1 })
        },
        json!([3400, 550, 3950, 3550, 100, 3650, 331]),
    );
    // 80 for the goods: 80 + 0 − 0 coupon; 100 points used, so 20 are given back.
    check(
        &|body| {
            item(body)["price"] = json!(40);
            body["PackageModelList"][0]["postagePrice"] = json!(0);
            body["CouponModelList"][0]["couponUnit"] = json!(0);
        },
        json!([80, 0, 80, 0, 80, 80, 7]),
    );
}

#[test]
fn reductions_need_a_reason_and_increases_wait() {
    let mall = Mall::with(json!([reference_order()]));
    let code = |body: Value| {
        let (status, reply) = mall.call("updateOrderSender", body);
        (status, codes(&reply).join(" "))
    };
    assert_eq!(code(body(0, |_| {})), (400, "UPDATE_ORDERSENDER_ERROR_SIM_REDUCTION_REASON".to_owned()));
    assert_eq!(
        code(body(0, |body| body["reductionReason"] = json!(16))),
        (400, "UPDATE_ORDERSENDER_ERROR_011".to_owned())
    );
    assert_eq!(sums(&mall.order(NUMBER)), json!([3300, 550, 3850, 3450, 100, 3550, 322]));
    assert_eq!(code(body(600, |_| {})).0, 200);
    let order = mall.order(NUMBER);
    assert_eq!((last_change(&order), &order["orderProgress"]), (json!([4, 1, null, null]), &json!(400)));
    assert_eq!(
        code(body(550, |body| body["reductionReason"] = json!(8))),
        (400, "UPDATE_ORDERSENDER_ERROR_SIM_WRONG_STATE".to_owned())
    );
    assert_eq!(mall.post(&format!("orders/{NUMBER}/settle"), json!({})).0, 200);
    let order = mall.order(NUMBER);
    assert_eq!(
        (last_change(&order), &order["orderProgress"], &order["requestPrice"]),
        (json!([6, 1, null, null]), &json!(300), &json!(3500))
    );
}

#[test]
fn points_are_clamped_and_flagged_or_refused() {
    let cheap = |body: &mut Value| {
        item(body)["price"] = json!(10);
        body["reductionReason"] = json!(8);
        body["CouponModelList"][0]["couponUnit"] = json!(0);
    };
    let mall = Mall::with(json!([reference_order()]));
    let (status, reply) = mall.call("updateOrderSender", body(0, cheap));
    assert_eq!(
        (status, codes(&reply)),
        (
            200,
            vec!["UPDATE_ORDERSENDER_INFO_101".to_owned(), "UPDATE_ORDERSENDER_WARNING_SIM_POINTS_CLAMPED".to_owned()]
        )
    );
    assert_eq!(sums(&mall.order(NUMBER)), json!([20, 0, 20, 0, 20, 20, 1]));
    assert_eq!(mall.log()[0]["after"]["pointsClamped"], true);
    let strict = Mall::new(shop(json!([reference_order()])), json!({ "switches": { "points": "reject" } }), 1);
    assert_eq!(codes(&strict.call("updateOrderSender", body(0, cheap)).1), ["UPDATE_ORDERSENDER_ERROR_SIM_POINTS"]);
}

#[test]
fn requests_are_checked_whole() {
    let mall = Mall::with(json!([reference_order()]));
    let check = |change: &dyn Fn(&mut Value), expect: &str| {
        let (status, reply) = mall.call("updateOrderSender", body(550, change));
        let told = codes(&reply).join(" ").replace("UPDATE_ORDERSENDER_ERROR_", "");
        assert_eq!((status, told.as_str()), (400, expect), "{reply}");
    };
    let remove = |value: &mut Value, key: &str| drop(value.as_object_mut().unwrap().shift_remove(key));
    check(&|body| remove(body, "PackageModelList"), "009");
    check(&|body| remove(body, "CouponModelList"), "009");
    check(&|body| remove(&mut body["PackageModelList"][0], "SenderModel"), "009");
    check(&|body| remove(&mut body["PackageModelList"][0], "postageTaxRate"), "009");
    check(&|body| body["PackageModelList"][0]["postageTaxRate"] = json!(0.05), "011");
    check(&|body| body["PackageModelList"][0]["SenderModel"]["prefecture"] = json!("東京"), "011");
    check(&|body| body["PackageModelList"][0]["deliveryPrice"] = json!(330), "SIM_NOT_COD");
    check(&|body| body["PackageModelList"][0]["basketId"] = json!(1), "SIM_BASKET_NOT_FOUND");
    check(&|body| body["PackageModelList"][0]["packageDeleteFlag"] = json!(1), "SIM_NO_PACKAGE");
    check(&|body| body["PackageModelList"][0]["dropOffLocation"] = json!("ポスト（郵便受箱）"), "011");
    check(&|body| remove(item(body), "units"), "009");
    check(&|body| item(body)["price"] = json!(-1), "SIM_RANGE");
    check(&|body| item(body)["units"] = json!(10_001), "SIM_RANGE");
    check(&|body| item(body)["itemDetailId"] = json!(9), "SIM_ITEM_NOT_FOUND");
    check(&|body| item(body)["deleteItemFlag"] = json!(1), "SIM_NO_ITEM");
    check(&|body| item(body)["SkuModelList"][0]["variantId"] = json!("red"), "SIM_VARIANT");
    check(&|body| remove(&mut item(body)["SkuModelList"][0], "skuInfo"), "139");
    check(&|body| body["CouponModelList"][0]["couponUnit"] = json!(2), "SIM_COUPON_RAISED");
    check(&|body| body["CouponModelList"][0]["couponCode"] = json!("X"), "SIM_COUPON_NOT_FOUND");
    check(&|body| body["afterSettlementMethodCode"] = json!(9), "SIM_PAYMENT_CHANGE");
    check(
        &|body| {
            remove(item(body), "taxRate");
            item(body)["units"] = json!("");
            item(body)["price"] = json!("many");
        },
        "011 010 009",
    );
    check(
        &|body| {
            item(body)["price"] = json!(999_999_999);
            item(body)["units"] = json!(10_000);
        },
        "SIM_RANGE",
    );
    assert!(mall.log().is_empty());
    assert_eq!(mall.order(NUMBER).to_string(), reference_order().to_string());
}

#[test]
fn payment_methods_change_at_100() {
    let mut order = reference_order();
    order["orderProgress"] = json!(100);
    let mall = Mall::with(json!([order]));
    let to_cod = |fee: Value| {
        body(550, |body| {
            body["afterSettlementMethodCode"] = json!(2);
            body["PackageModelList"][0]["deliveryPrice"] = fee.clone();
        })
    };
    assert_eq!(codes(&mall.call("updateOrderSender", to_cod(json!(-9999))).1), ["UPDATE_ORDERSENDER_ERROR_136"]);
    assert_eq!(codes(&mall.call("updateOrderSender", to_cod(Value::Null)).1), ["UPDATE_ORDERSENDER_ERROR_136"]);
    assert_eq!(mall.call("updateOrderSender", to_cod(json!(330))).0, 200);
    let order = mall.order(NUMBER);
    // The COD fee is in the amount claimed and in the tax table, not in the total.
    assert_eq!(sums(&order), json!([3300, 550, 3850, 3780, 100, 3880, 352]));
    assert_eq!(
        json!([
            order["deliveryPrice"],
            order["TaxSummaryModelList"][0]["paymentCharge"],
            order["SettlementModel"]["settlementMethod"],
            order["SettlementModel"]["cardName"]
        ]),
        json!([330, 330, "代金引換", null])
    );
    assert_eq!((last_change(&order), &order["orderProgress"]), (json!([6, 12, null, null]), &json!(100)));
    let back = body(550, |body| {
        body["afterSettlementMethodCode"] = json!(9);
        body["reductionReason"] = json!(6);
    });
    assert_eq!(mall.call("updateOrderSender", back).0, 200);
    assert_eq!(sums(&mall.order(NUMBER)), json!([3300, 550, 3850, 3450, 100, 3550, 322]));
}

#[test]
fn after_shipping_and_two_destinations() {
    let mut order = small_order(NUMBER, 500, 1);
    order["PackageModelList"]
        .as_array_mut()
        .unwrap()
        .push(json!({ "basketId": 2, "postagePrice": 400, "ItemModelList": [
        { "itemDetailId": 2, "price": 540, "taxRate": 0.08 }, { "itemDetailId": 3, "price": 300 } ] }));
    let mall = Mall::with(json!([order.clone()]));
    let stored = mall.order(NUMBER);
    // 2,000 + 540 + 300 + 400.
    assert_eq!(
        json!([stored["goodsPrice"], stored["totalPrice"], stored["requestPrice"], stored["severalSenderFlag"]]),
        json!([2840, 3240, 3240, 1])
    );
    let send = |mall: &Mall, op: &str, change: &dyn Fn(&mut Value)| {
        // The whole picture as read, posted back with its read-only keys.
        let read =
            mall.call("getOrder", json!({ "orderNumberList": [NUMBER], "version": 10 })).1["OrderModelList"][0].clone();
        let mut body =
            json!({ "orderNumber": NUMBER, "reductionReason": 2, "PackageModelList": read["PackageModelList"] });
        change(&mut body);
        let (status, reply) = mall.call(op, body);
        (status, codes(&reply).join(" "))
    };
    assert_eq!(send(&mall, "updateOrderSender", &|_| {}), (400, "UPDATE_ORDERSENDER_ERROR_SIM_WRONG_STATE".to_owned()));
    let delete_line = |body: &mut Value| body["PackageModelList"][1]["ItemModelList"][1]["deleteItemFlag"] = json!(1);
    assert_eq!(
        send(&mall, "updateOrderSenderAfterShipping", &delete_line),
        (200, "UPDATE_ORDERSENDER_AFTER_SHIPPING_INFO_101".to_owned())
    );
    let after = mall.order(NUMBER);
    assert_eq!(json!([after["goodsPrice"], after["totalPrice"], after["orderProgress"]]), json!([2540, 2940, 500]));
    assert_eq!(
        after["TaxSummaryModelList"],
        json!([
        { "taxRate": 0.1, "reqPrice": 2400, "reqPriceTax": 218, "totalPrice": 2400, "paymentCharge": 0, "couponPrice": 0, "point": 0 },
        { "taxRate": 0.08, "reqPrice": 540, "reqPriceTax": 40, "totalPrice": 540, "paymentCharge": 0, "couponPrice": 0, "point": 0 }])
    );
    let omit = |body: &mut Value| drop(body["PackageModelList"].as_array_mut().unwrap().remove(1));
    assert_eq!(send(&mall, "updateOrderSenderAfterShipping", &omit).0, 200);
    assert_eq!(mall.order(NUMBER)["totalPrice"], 2940);
    let switched = |word: &str| Mall::new(shop(json!([order.clone()])), json!({ "switches": { "omitted": word } }), 1);
    assert_eq!(
        send(&switched("reject"), "updateOrderSenderAfterShipping", &omit),
        (400, "UPDATE_ORDERSENDER_AFTER_SHIPPING_ERROR_SIM_OMITTED".to_owned())
    );
    let deleting = switched("delete");
    assert_eq!(send(&deleting, "updateOrderSenderAfterShipping", &omit).0, 200);
    assert_eq!(deleting.order(NUMBER)["totalPrice"], 2000);
}

#[test]
fn wrapping_must_be_restated_and_may_be_reapplied() {
    let mut order = reference_order();
    order["WrappingModel1"] = json!({ "title": 1, "name": "包装紙", "price": 110, "includeTaxFlag": 1, "deleteWrappingFlag": 0, "taxRate": 0.1 });
    for key in ["goodsPrice", "totalPrice", "requestPrice", "TaxSummaryModelList"] {
        order.as_object_mut().unwrap().shift_remove(key);
    }
    let wrapped = || {
        body(
            550,
            |body| body["WrappingModel1"] = json!({ "title": 1, "name": "包装紙", "price": 110, "taxRate": "0.1", "includeTaxFlag": 1, "deleteWrappingFlag": 0 }),
        )
    };
    let mall = Mall::with(json!([order.clone()]));
    assert_eq!(sums(&mall.order(NUMBER)), json!([3410, 550, 3960, 3560, 100, 3660, 332]));
    assert_eq!(codes(&mall.call("updateOrderSender", body(550, |_| {})).1), ["UPDATE_ORDERSENDER_ERROR_009"]);
    for _ in 0..2 {
        assert_eq!(mall.call("updateOrderSender", wrapped()).0, 200);
    }
    assert_eq!(mall.order(NUMBER)["requestPrice"], 3560);
    let eager = Mall::new(
        shop(json!([order])),
        json!({ "switches": { "repeat_reapplies": true, "increase_waits": false } }),
        1,
    );
    for expect in [3560, 3670] {
        assert_eq!(eager.call("updateOrderSender", wrapped()).0, 200);
        assert_eq!(eager.order(NUMBER)["requestPrice"], expect);
    }
}

#[test]
fn after_a_refused_authorisation_only_the_method_changes() {
    let mut order = reference_order();
    order["orderProgress"] = json!(200);
    let mut file = shop(json!([order]));
    file["payments"] = json!({ NUMBER: [ { "orderPaymentNumber": format!("{NUMBER}-1"), "paymentMethod": 1, "paymentStatus": 30400 } ] });
    let check = |to: i64, change: &dyn Fn(&mut Value), expect: &str| {
        let mall = Mall::new(file.clone(), json!({}), 1);
        let (_, reply) = mall.call(
            "updateOrderSender",
            body(550, |body| {
                body["afterSettlementMethodCode"] = json!(to);
                change(body);
            }),
        );
        assert_eq!(codes(&reply).join(" ").replace("UPDATE_ORDERSENDER_", ""), expect, "{to}");
        let order = mall.order(NUMBER);
        json!([order["orderProgress"], order["SettlementModel"]["settlementMethodCode"], order["requestPrice"]])
    };
    assert_eq!(check(9, &|_| {}, "INFO_101"), json!([400, 9, 3450]));
    assert_eq!(check(16, &|_| {}, "ERROR_SIM_PAYMENT_CHANGE"), json!([200, 1, 3450]));
    let fee = |body: &mut Value| body["PackageModelList"][0]["deliveryPrice"] = json!(330);
    assert_eq!(check(2, &fee, "INFO_101"), json!([400, 2, 3780]));
    let dearer = |body: &mut Value| item(body)["price"] = json!(1700);
    assert_eq!(check(9, &dearer, "ERROR_SIM_PAYMENT_CHANGE"), json!([200, 1, 3450]));
    assert_eq!(check(7, &dearer, "ERROR_SIM_PAYMENT_CHANGE"), json!([200, 1, 3450]));

    // An authorisation refused because of an increase is not mended by another method.
    let mall = Mall::with(json!([reference_order()]));
    assert_eq!(mall.call("updateOrderSender", body(600, |_| {})).0, 200);
    mall.post(&format!("orders/{NUMBER}/settle"), json!({ "result": "ng" }));
    assert_eq!(
        mall.call("getPayment", json!({ "orderNumber": NUMBER, "version": 4 })).1["OrderModel"]["PaymentModelList"][0]
            ["paymentStatus"],
        30400
    );
    let (_, reply) = mall.call("updateOrderSender", body(600, |body| body["afterSettlementMethodCode"] = json!(9)));
    assert_eq!(codes(&reply), ["UPDATE_ORDERSENDER_ERROR_SIM_PAYMENT_CHANGE"]);
}
