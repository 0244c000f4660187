//! Tests of the money formulas: a slow twin that counts every single piece on its own, laws over
//! generated orders, and hand-counted orders.

use super::made::{any_order, basket, coupon, finish, item, order};
use super::total::{Formula, Sum, Way, before_points, totals};
use super::*;
use crate::model::change::WasNow;
use crate::model::money::TaxRate;
use crate::model::order::{Point, Settlement, Wrapping};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Every piece counted one by one from the JSON that the API would send, nothing shared with the formula.
fn slow_total(order: &Value, rounding: TaxRounding) -> Option<i64> {
    fn taxed(price: i64, rate: f64, rounding: TaxRounding) -> i64 {
        let percent = (rate * 100.0).round() as i64;
        let mut yen = price;
        let mut hundredths = price * percent;
        while hundredths >= 100 {
            hundredths -= 100;
            yen += 1;
        }
        match rounding {
            TaxRounding::Up if hundredths > 0 => yen + 1,
            TaxRounding::HalfUp if hundredths >= 50 => yen + 1,
            _ => yen,
        }
    }
    let int = |of: &Value, key: &str| of[key].as_i64().unwrap_or(0);
    let mut sum = 0;
    let mut open = false;
    let mut add = |yen: i64| if yen == -9999 { open = true } else { sum += yen };
    for package in order["PackageModelList"].as_array()? {
        if int(package, "packageDeleteFlag") == 1 {
            continue;
        }
        add(int(package, "postagePrice"));
        add(int(package, "deliveryPrice"));
        for line in package["ItemModelList"].as_array()? {
            if int(line, "deleteItemFlag") == 1 {
                continue;
            }
            let rate = line["taxRate"].as_f64().unwrap_or(0.0);
            for _ in 0..int(line, "units") {
                let price = int(line, "price");
                add(if int(line, "includeTaxFlag") == 1 { price } else { taxed(price, rate, rounding) });
            }
        }
    }
    for key in ["WrappingModel1", "WrappingModel2"] {
        let wrapping = &order[key];
        if wrapping.is_object() && int(wrapping, "deleteWrappingFlag") == 0 {
            let price = int(wrapping, "price");
            let rate = wrapping["taxRate"].as_f64().unwrap_or(0.0);
            add(if int(wrapping, "includeTaxFlag") == 1 { price } else { taxed(price, rate, rounding) });
        }
    }
    for coupon in order["CouponModelList"].as_array().into_iter().flatten() {
        for _ in 0..int(coupon, "couponUnit") {
            add(-int(coupon, "couponPrice"));
        }
    }
    add(int(order, "paymentCharge"));
    add(int(order, "additionalFeeOccurAmountToUser"));
    (!open).then_some(sum)
}

fn check(order: &Order, total: i64, request: i64, rates: &[(u16, i64, i64)]) {
    let got = totals(order, Some(TaxRounding::Down));
    assert_eq!(got.total, Sum::Span(Yen(total), Yen(total)));
    assert_eq!(got.request, Sum::Span(Yen(request), Yen(request)));
    let shown: Vec<_> =
        got.rates.iter().map(|row| (row.rate.0, row.claimed.lowest().to_wire(), row.tax.lowest().to_wire())).collect();
    assert_eq!(shown, rates);
}

#[test]
fn orders_counted_by_hand() {
    // The example of the API's reference: 3,300 + 550 − 300 coupon, 100 points.
    let mut one = order(300, vec![basket(1, 550, 0, vec![item(1, 1650, 2, 100, true)])]);
    one.coupon_model_list = vec![coupon(300, 1, 0)];
    one.point_model = Some(Point { used_point: Yen(100), ..Point::default() });
    check(&finish(one), 3550, 3450, &[(100, 3550, 322)]);

    // 99 without tax at 8 % is 106 a piece; wrapping 150 without tax at 10 % is 165.
    let mut two = order(300, vec![basket(1, 0, 0, vec![item(1, 99, 3, 80, false)])]);
    two.wrapping_model1 =
        Some(Wrapping { title: 1, price: Some(Yen(150)), tax_rate: Some(TaxRate::STANDARD), ..Wrapping::default() });
    check(&finish(two), 483, 483, &[(100, 165, 15), (80, 318, 23)]);

    // Two destinations, COD, a coupon bound to the 8 % item.
    let mut three = order(
        300,
        vec![
            basket(1, 600, 330, vec![item(1, 1000, 1, 100, true)]),
            basket(2, 400, 0, vec![item(2, 500, 4, 80, true)]),
        ],
    );
    three.settlement_model = Some(Settlement { settlement_method_code: Some(2), ..Settlement::default() });
    three.coupon_model_list = vec![coupon(50, 2, 2)];
    check(&finish(three), 4230, 4230, &[(100, 2330, 211), (80, 1900, 140)]);
}

#[test]
fn an_open_part_opens_the_total_and_rounding_unset_gives_a_range() {
    let open = order(100, vec![basket(1, -9999, 0, vec![item(1, 1000, 1, 100, true)])]);
    assert_eq!(totals(&open, None).total, Sum::Open);

    let excluded = order(100, vec![basket(1, 0, 0, vec![item(1, 99, 10, 80, false)])]);
    // The price as read is certain by RMS's own figure; a new one is not.
    assert_eq!(totals(&excluded, None).total, Sum::Span(Yen(1060), Yen(1060)));
    let edit = [BasketEdit {
        basket: crate::model::ids::BasketId(1),
        postage: None,
        cod_fee: None,
        items: vec![ItemEdit {
            item: Some(crate::model::ids::ItemId(1)),
            price: Some(WasNow { was: Yen(99), now: Yen(88) }),
            ..ItemEdit::default()
        }],
    }];
    // 88 × 1.08 = 95.04: down and half-up 95, up 96.
    assert_eq!(forecast(&excluded, &edit, None).now, Sum::Span(Yen(950), Yen(960)));
    assert_eq!(forecast(&excluded, &edit, Some(TaxRounding::Up)).now, Sum::Span(Yen(960), Yen(960)));
}

#[test]
fn another_way_of_counting_is_recognised_by_the_amount_shown() {
    for (formula, total) in
        [(Formula::PerUnit, 1060), (Formula::PerLine, 1069), (Formula::Plain, 990), (Formula::PerRate, 1069)]
    {
        let made = order(300, vec![basket(1, 0, 0, vec![item(1, 99, 10, 80, false)])]);
        let made = made::finish_by(made, formula, TaxRounding::Down);
        assert_eq!(before_points(&made), Amount::Fixed(Yen(total)), "{formula:?}");
        assert!(Way::of(&made, Some(TaxRounding::Down)).explains);
        assert_eq!(totals(&made, Some(TaxRounding::Down)).total, Sum::Span(Yen(total), Yen(total)));
    }
    let mut odd = order(300, vec![basket(1, 0, 0, vec![item(1, 1000, 1, 100, true)])]);
    odd.request_price = Amount::Fixed(Yen(1234));
    assert!(!Way::of(&odd, None).explains);
    let edit = [BasketEdit {
        basket: crate::model::ids::BasketId(1),
        postage: Some(WasNow { was: Amount::default(), now: Amount::Fixed(Yen(100)) }),
        cod_fee: None,
        items: Vec::new(),
    }];
    assert_eq!(forecast(&odd, &edit, None).now, Sum::Span(Yen(1334), Yen(1334)));
}

/// Edits of every value of every destination and line, from a seed.
fn edits_of(order: &Order, seed: i64) -> Vec<BasketEdit> {
    order
        .destinations()
        .enumerate()
        .map(|(place, package)| {
            let place = i64::try_from(place).unwrap_or(0);
            BasketEdit {
                basket: package.basket(),
                postage: ((seed + place) % 2 == 0)
                    .then_some(WasNow { was: package.postage_price, now: Amount::Fixed(Yen(seed % 900)) }),
                cod_fee: None,
                items: package
                    .items()
                    .map(|item| ItemEdit {
                        item: Some(item.id()),
                        price: (seed % 3 != 0).then(|| WasNow { was: item.price, now: Yen(item.price.0 + seed % 7) }),
                        units: (seed % 5 != 0).then(|| WasNow { was: item.units, now: 1 + (item.units + seed) % 9 }),
                        tax_rate: None,
                    })
                    .collect(),
            }
        })
        .collect()
}

fn amendment_of(order: &Order, edits: Vec<BasketEdit>, rounding: Option<TaxRounding>) -> Amendment {
    let foretold = forecast(order, &edits, rounding);
    Amendment {
        baskets: edits,
        reason: None,
        total: WasNow { was: foretold.was, now: foretold.now.lowest() },
        request_price: WasNow { was: foretold.request_was, now: foretold.request_now.lowest() },
        request_price_range: foretold.request_now.range(),
        after_shipping: false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn the_slow_twin_counts_the_same(order in any_order(), mode in 0usize..3, seed in 0i64..1000) {
        let rounding = tax::roundings(None)[mode];
        // As read: RMS's own figures with tax are blanked, so that both count by the same rounding.
        let mut blank = order.clone();
        for item in blank.package_model_list.iter_mut().flat_map(|package| &mut package.item_model_list) {
            item.price_tax_incl = Yen::ZERO;
        }
        for wrapping in [&mut blank.wrapping_model1, &mut blank.wrapping_model2].into_iter().flatten() {
            wrapping.tax_price = None;
        }
        let way = Way { formula: Formula::PerUnit, rounding: Some(rounding), explains: true };
        let fast = total::totals_by(&blank, way);
        let slow = slow_total(&serde_json::to_value(&blank).unwrap(), rounding);
        prop_assert_eq!(fast.total.lowest().fixed().map(|yen| yen.0), slow);

        // With edits laid on.
        lay_edits(&mut blank, &edits_of(&order, seed));
        let fast = total::totals_by(&blank, way);
        let slow = slow_total(&serde_json::to_value(&blank).unwrap(), rounding);
        prop_assert_eq!(fast.total.lowest().fixed().map(|yen| yen.0), slow);

        // The rates together claim the total, but for the buyer's fee, which has left the table.
        if let Sum::Span(total, _) = fast.total {
            let claimed: i64 = fast.rates.iter().map(|row| row.claimed.lowest().to_wire()).sum();
            let below_zero = fast.rates.iter().any(|row| row.claimed.lowest() == Amount::Fixed(Yen::ZERO));
            prop_assert!(claimed == total.0 || below_zero);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn laying_twice_is_laying_once_and_the_forecast_comes_true(order in any_order(), seed in 0i64..1000) {
        let amendment = amendment_of(&order, edits_of(&order, seed), None);
        let once = lay(&order, &amendment);
        prop_assert_eq!(&lay(&once, &amendment), &once);
        prop_assert_eq!(body::sender(&order, &amendment), body::sender(&once, &amendment));
        for rounding in tax::roundings(None) {
            // Whatever the mall's rounding, the outcome lies in the range that was foretold without knowing it.
            let mut real = lay(&order, &amendment);
            total::forget_tax(&mut real);
            let way = Way { formula: Formula::PerUnit, rounding: Some(*rounding), explains: true };
            let sums = total::totals_by(&real, way);
            if let Sum::Span(total, _) = sums.total {
                prop_assume!(total >= order.used_points());
            }
            real.request_price = sums.request.lowest();
            let drift = drift::after(&order, &amendment, &real);
            prop_assert!(drift.is_none(), "{drift:?}");
        }
    }
}

#[test]
fn the_body_is_the_whole_picture_with_one_value_changed() {
    let mut one: Order = serde_json::from_str(include_str!("reference_order.json")).unwrap();
    one.package_model_list[0].noshi = Some(String::new());
    let edit = BasketEdit {
        basket: crate::model::ids::BasketId(70_000_001),
        postage: Some(WasNow { was: Amount::Fixed(Yen(550)), now: Amount::Fixed(Yen::ZERO) }),
        cod_fee: None,
        items: Vec::new(),
    };
    let mut amendment = amendment_of(&one, vec![edit], None);
    amendment.reason = crate::model::wish::ReasonCode::from_code(10);
    assert_eq!(amendment.total, WasNow { was: Amount::Fixed(Yen(3550)), now: Amount::Fixed(Yen(3000)) });
    let expect = json!({ "orderNumber": "555001-20260401-0000000101", "reductionReason": 10,
      "PackageModelList": [ { "basketId": 70000001, "postagePrice": 0, "postageTaxRate": 0.1,
        "deliveryPrice": 0, "deliveryTaxRate": 0.1, "packageDeleteFlag": 0,
        "SenderModel": { "zipCode1": "100", "zipCode2": "0001", "prefecture": "東京都", "city": "千代田区",
          "subAddress": "千代田1-1", "familyName": "見本", "firstName": "花子", "familyNameKana": "ミホン",
          "firstNameKana": "ハナコ", "phoneNumber1": "03", "phoneNumber2": "0000", "phoneNumber3": "0000" },
        "ItemModelList": [ { "itemDetailId": 70000001, "itemName": "見本の湯のみ", "itemNumber": "yunomi-01",
          "price": 1650, "taxRate": 0.1, "units": 2, "includePostageFlag": 0, "includeTaxFlag": 1,
          "includeCashOnDeliveryPostageFlag": 0, "restoreInventoryFlag": 0, "deleteItemFlag": 0,
          "SkuModelList": [ { "variantId": "yunomi-blue", "merchantDefinedSkuId": "Y-01-B", "skuInfo": "色:青" } ] } ] } ],
      "CouponModelList": [ { "couponCode": "AAAA-BBBB-CCCC-DDDD", "couponPrice": 300, "couponUnit": 1, "itemId": 0 } ] });
    assert_eq!(body::sender(&one, &amendment), expect);
    assert_eq!(body::sender_op(&amendment).path(), "updateOrderSender");
}

#[test]
fn points_clamped_by_rms_are_a_row_to_mend_and_a_wrong_total_is_unexplained() {
    let mut before = order(300, vec![basket(1, 500, 0, vec![item(1, 1000, 1, 100, true)])]);
    before.point_model = Some(Point { used_point: Yen(1400), ..Point::default() });
    let before = finish(before);
    let edit = BasketEdit {
        basket: crate::model::ids::BasketId(1),
        postage: Some(WasNow { was: Amount::Fixed(Yen(500)), now: Amount::Fixed(Yen::ZERO) }),
        cod_fee: None,
        items: Vec::new(),
    };
    let foretold = forecast(&before, std::slice::from_ref(&edit), None);
    assert_eq!(foretold.points_over, Yen(400));
    let amendment = amendment_of(&before, vec![edit], None);
    let mut found = lay(&before, &amendment);
    found.point_model = Some(Point { used_point: Yen(1000), ..Point::default() });
    found.request_price = Amount::Fixed(Yen::ZERO);
    let drift = drift::after(&before, &amendment, &found);
    assert_eq!((drift.rows.len(), drift.unexplained), (1, false), "{drift:?}");
    assert_eq!(drift.rows[0].column, "ポイント利用額");

    found.point_model = None;
    found.request_price = Amount::Fixed(Yen(999));
    assert!(drift::after(&before, &amendment, &found).unexplained);

    let pending = Order { order_progress: 400, ..before.clone() };
    assert!(drift::after(&before, &amendment, &pending).pending);
}
