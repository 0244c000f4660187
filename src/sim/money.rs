//! The arithmetic of an order: goods, totals, the amount claimed, and the tax table, all in whole yen.
//!
//! Where the reference is silent on tax-excluded goods, this is the rule: `goodsPrice` is as sold, the tax of
//! such lines stands in `goodsTax`, and `totalPrice` contains both. It knows no states and no requests.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::clock::Moment;
use super::value::{OPEN, Object, as_percent, int, int_maybe, objects, objects_mut, put, rate, text};

/// How the shop rounds the tax of a tax-excluded price.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    #[default]
    Down,
    HalfUp,
    Up,
}

impl Rounding {
    /// `amount` × `numerator` ÷ `denominator`; all three are at least zero.
    fn share(self, amount: i64, numerator: i64, denominator: i64) -> i64 {
        let product = amount * numerator;
        match self {
            Rounding::Down => product / denominator,
            Rounding::HalfUp => (2 * product + denominator) / (2 * denominator),
            Rounding::Up => (product + denominator - 1) / denominator,
        }
    }
}

/// Sums of one tax rate.
#[derive(Clone, Copy, Default)]
struct Shelf {
    goods: i64,
    postage: i64,
    charge: i64,
    fee: i64,
    coupon: i64,
    point: i64,
    postage_open: bool,
}

/// Sums that may still be open.
#[derive(Clone, Copy, Default)]
struct Sum {
    yen: i64,
    open: bool,
}

impl Sum {
    fn add(&mut self, yen: i64) {
        if yen == OPEN {
            self.open = true;
        } else {
            self.yen += yen;
        }
    }

    fn shown(self) -> i64 {
        if self.open { OPEN } else { self.yen }
    }
}

fn percent(map: &Object, key: &str) -> i64 {
    map.get(key).and_then(as_percent).unwrap_or(0)
}

pub fn is_live_package(package: &Object) -> bool {
    int(package, "packageDeleteFlag") == 0
}

pub fn is_live_item(item: &Object) -> bool {
    int(item, "deleteItemFlag") == 0
}

/// Works out every amount that follows from prices, counts, postage, coupons and points.
pub fn recalculate(order: &mut Object, rounding: Rounding) {
    let mut shelves: BTreeMap<i64, Shelf> = BTreeMap::new();
    let (mut goods, mut tax) = (0, 0);
    let (mut postage, mut cod) = (Sum::default(), Sum::default());

    let wrapping = wrappings(order, rounding, &mut shelves);
    let mut wrapping_due = wrapping;
    for package in objects_mut(order, "PackageModelList") {
        let live = is_live_package(package);
        let (mut basket_goods, mut basket_tax) = (0, 0);
        for item in objects_mut(package, "ItemModelList") {
            let (price, units, rate) = (int(item, "price"), int(item, "units"), percent(item, "taxRate"));
            let with_tax =
                if int(item, "includeTaxFlag") == 1 { price } else { price + rounding.share(price.max(0), rate, 100) };
            put(item, "priceTaxIncl", with_tax);
            if live && is_live_item(item) {
                basket_goods += price * units;
                basket_tax += (with_tax - price) * units;
                shelves.entry(rate).or_default().goods += with_tax * units;
            }
        }
        if !live {
            continue;
        }
        // Wrapping belongs to the order; it is shown with the first destination.
        basket_goods += wrapping_due.0;
        basket_tax += wrapping_due.1;
        wrapping_due = (0, 0);
        goods += basket_goods;
        tax += basket_tax;
        let basket_postage = int(package, "postagePrice");
        postage.add(basket_postage);
        cod.add(int(package, "deliveryPrice"));
        let shelf = shelves.entry(percent(package, "postageTaxRate")).or_default();
        if basket_postage == OPEN {
            shelf.postage_open = true;
        } else {
            shelf.postage += basket_postage;
        }
        let fee = int(package, "deliveryPrice");
        if fee != OPEN && fee != 0 {
            shelves.entry(percent(package, "deliveryTaxRate")).or_default().charge += fee;
        }
        put(package, "goodsPrice", basket_goods);
        put(package, "goodsTax", basket_tax);
        put(
            package,
            "totalPrice",
            if basket_postage == OPEN { OPEN } else { basket_goods + basket_tax + basket_postage },
        );
    }
    put(order, "goodsPrice", goods);
    put(order, "goodsTax", tax);
    put(order, "postagePrice", postage.shown());
    put(order, "deliveryPrice", cod.shown());
    let total = if postage.open { OPEN } else { goods + tax + postage.yen };
    put(order, "totalPrice", total);

    let coupons = coupons(order, &mut shelves);
    let charge = int(order, "paymentCharge");
    let fee = int(order, "additionalFeeOccurAmountToUser");
    let points = used_points(order);
    let request = if total == OPEN || cod.open || charge == OPEN || coupons == OPEN {
        OPEN
    } else {
        (total + cod.yen + charge + fee - coupons - points).max(0)
    };
    put(order, "requestPrice", request);

    if charge != OPEN && charge != 0 {
        shelves.entry(percent(order, "paymentChargeTaxRate")).or_default().charge += charge;
    }
    // Fees for 後払い left the tax table on 2023-09-14, points on 2022-04-01.
    if is_before(order, "2023-09-14T00:00:00") && fee != 0 {
        shelves.entry(10).or_default().fee += fee;
    }
    if is_before(order, "2022-04-01T00:00:00") {
        spread(points, &mut shelves, |shelf, share| shelf.point += share);
    }
    let any_open = postage.open || cod.open || charge == OPEN;
    let rows: Vec<Value> = shelves
        .iter()
        .rev()
        .filter(|(_, shelf)| shelf.goods + shelf.postage + shelf.charge + shelf.fee != 0 || shelf.postage_open)
        .map(|(percent, shelf)| tax_row(*percent, *shelf, any_open, cod.open || charge == OPEN))
        .collect();
    put(order, "TaxSummaryModelList", Value::Array(rows));
}

fn tax_row(percent: i64, shelf: Shelf, any_open: bool, charge_open: bool) -> Value {
    let total = shelf.goods + shelf.postage;
    let request = (total + shelf.charge + shelf.fee - shelf.coupon - shelf.point).max(0);
    let open_or = |open: bool, yen: i64| if open { OPEN } else { yen };
    json!({
        "taxRate": rate(percent),
        "reqPrice": open_or(any_open, request),
        "reqPriceTax": open_or(any_open, request * percent / (100 + percent)),
        "totalPrice": open_or(shelf.postage_open, total),
        "paymentCharge": open_or(charge_open, shelf.charge),
        "couponPrice": shelf.coupon,
        "point": shelf.point,
    })
}

/// Prices and excluded tax of both wrappings; their tax shares go to the shelves.
fn wrappings(order: &mut Object, rounding: Rounding, shelves: &mut BTreeMap<i64, Shelf>) -> (i64, i64) {
    let (mut goods, mut tax) = (0, 0);
    for key in ["WrappingModel1", "WrappingModel2"] {
        let Some(Value::Object(wrapping)) = order.get_mut(key) else {
            continue;
        };
        let (price, rate) = (int(wrapping, "price"), percent(wrapping, "taxRate"));
        let included = int(wrapping, "includeTaxFlag") == 1;
        let own_tax = if included {
            rounding.share(price.max(0), rate, 100 + rate)
        } else {
            rounding.share(price.max(0), rate, 100)
        };
        put(wrapping, "taxPrice", own_tax);
        if int(wrapping, "deleteWrappingFlag") == 1 {
            continue;
        }
        let added = if included { 0 } else { own_tax };
        goods += price;
        tax += added;
        shelves.entry(rate).or_default().goods += price + added;
    }
    (goods, tax)
}

/// The sum of all coupons; their shares go to the shelves.
fn coupons(order: &mut Object, shelves: &mut BTreeMap<i64, Shelf>) -> i64 {
    let items: Vec<(i64, i64, i64)> = objects(order, "PackageModelList")
        .filter(|package| is_live_package(package))
        .flat_map(|package| objects(package, "ItemModelList"))
        .filter(|item| is_live_item(item))
        .map(|item| (int(item, "itemDetailId"), int(item, "itemId"), percent(item, "taxRate")))
        .collect();
    let (mut shop, mut other) = (Sum::default(), Sum::default());
    for coupon in objects_mut(order, "CouponModelList") {
        let total = match (int_maybe(coupon, "couponPrice"), int_maybe(coupon, "couponUnit")) {
            (Some(price), Some(units)) => price * units,
            _ => OPEN,
        };
        put(coupon, "couponTotalPrice", total);
        let purse = if int(coupon, "couponCapitalCode") == 1 { &mut shop } else { &mut other };
        purse.add(total);
        if total == OPEN {
            continue;
        }
        let (line, item) = (int(coupon, "itemDetailId"), int(coupon, "itemId"));
        let bound = items
            .iter()
            .find(|(line_id, _, _)| line != 0 && *line_id == line)
            .or_else(|| items.iter().find(|(_, item_id, _)| item != 0 && *item_id == item));
        match bound {
            Some((_, _, rate)) => shelves.entry(*rate).or_default().coupon += total,
            None => spread(total, shelves, |shelf, share| shelf.coupon += share),
        }
    }
    put(order, "couponShopPrice", shop.shown());
    put(order, "couponOtherPrice", other.shown());
    let all = if shop.open || other.open { OPEN } else { shop.yen + other.yen };
    put(order, "couponAllTotalPrice", all);
    all
}

/// Divides an amount over the rates by the goods under each; the odd yen goes to the largest.
fn spread(amount: i64, shelves: &mut BTreeMap<i64, Shelf>, mut give: impl FnMut(&mut Shelf, i64)) {
    let whole: i64 = shelves.values().map(|shelf| shelf.goods).sum();
    let Some(largest) = shelves.iter().max_by_key(|(rate, shelf)| (shelf.goods, **rate)).map(|(rate, _)| *rate) else {
        return;
    };
    let mut left = amount;
    if whole > 0 {
        for shelf in shelves.values_mut() {
            // Wider than 64 bits in between: both factors may be large.
            let share = (i128::from(amount) * i128::from(shelf.goods) / i128::from(whole)) as i64;
            give(shelf, share);
            left -= share;
        }
    }
    if let Some(shelf) = shelves.get_mut(&largest) {
        give(shelf, left);
    }
}

fn is_before(order: &Object, day: &str) -> bool {
    match (Moment::parse_kindly(&text(order, "orderDatetime")), Moment::parse_bare(day)) {
        (Some(ordered), Some(day)) => ordered < day,
        _ => false,
    }
}

pub fn used_points(order: &Object) -> i64 {
    order.get("PointModel").and_then(Value::as_object).map_or(0, |point| int(point, "usedPoint"))
}

/// 総合計（税込）: what the buyer owes before points. `None` while a part of it is open.
pub fn grand_total(order: &Object) -> Option<i64> {
    let parts = [
        int(order, "totalPrice"),
        int(order, "couponAllTotalPrice"),
        int(order, "deliveryPrice"),
        int(order, "paymentCharge"),
        int(order, "additionalFeeOccurAmountToUser"),
    ];
    if parts.contains(&OPEN) {
        return None;
    }
    let [total, coupons, cod, charge, fee] = parts;
    Some(total - coupons + cod + charge + fee)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Recalculates and shows goods, goodsTax, postage, total, request, then the tax rows as
    /// (rate, reqPrice, reqPriceTax, totalPrice, paymentCharge, couponPrice).
    fn check(order: Value, sums: [i64; 5], rows: &[[i64; 6]]) {
        let mut order = order.as_object().unwrap().clone();
        recalculate(&mut order, Rounding::Down);
        let got = ["goodsPrice", "goodsTax", "postagePrice", "totalPrice", "requestPrice"].map(|key| int(&order, key));
        assert_eq!(got, sums);
        let got: Vec<[i64; 6]> = objects(&order, "TaxSummaryModelList")
            .map(|row| {
                let amount = |key| int(row, key);
                [
                    percent(row, "taxRate"),
                    amount("reqPrice"),
                    amount("reqPriceTax"),
                    amount("totalPrice"),
                    amount("paymentCharge"),
                    amount("couponPrice"),
                ]
            })
            .collect();
        assert_eq!(got, rows);
    }

    fn basket(postage: i64, cod: i64, items: Value) -> Value {
        json!({"postagePrice": postage, "postageTaxRate": 0.1, "deliveryPrice": cod, "deliveryTaxRate": 0.1, "ItemModelList": items})
    }

    #[test]
    fn the_order_of_the_reference() {
        check(
            json!({"PackageModelList": [basket(550, 0, json!([{"price": 1650, "units": 2, "includeTaxFlag": 1, "taxRate": 0.1}]))],
                "CouponModelList": [{"couponPrice": 300, "couponUnit": 1, "couponCapitalCode": 1}], "PointModel": {"usedPoint": 100}}),
            [3300, 0, 550, 3850, 3450],
            &[[10, 3550, 322, 3850, 0, 300]],
        );
    }

    #[test]
    fn two_rates_and_a_shared_coupon() {
        // Goods 1,000 at 10 % and 2,000 at 8 %; a coupon of 100 is split 33 and 66, the odd yen to 8 %.
        check(
            json!({"PackageModelList": [basket(600, 330, json!([
                    {"price": 1000, "units": 1, "includeTaxFlag": 1, "taxRate": 0.1},
                    {"price": 500, "units": 4, "includeTaxFlag": 1, "taxRate": 0.08}]))],
                "CouponModelList": [{"couponPrice": 100, "couponUnit": 1, "couponCapitalCode": 3}]}),
            [3000, 0, 600, 3600, 3830],
            &[[10, 1897, 172, 1600, 330, 33], [8, 1933, 143, 2000, 0, 67]],
        );
    }

    #[test]
    fn tax_excluded_goods_and_wrapping() {
        // 99 + 8 % = 106.92, down to 106; times 3 = 318, of which 21 is tax. Wrapping 150 + 10 % = 165.
        check(
            json!({"WrappingModel1": {"price": 150, "includeTaxFlag": 0, "taxRate": 0.1, "deleteWrappingFlag": 0},
                "PackageModelList": [basket(0, 0, json!([{"price": 99, "units": 3, "includeTaxFlag": 0, "taxRate": 0.08}]))]}),
            [447, 36, 0, 483, 483],
            &[[10, 165, 15, 165, 0, 0], [8, 318, 23, 318, 0, 0]],
        );
    }

    #[test]
    fn open_postage_opens_what_uses_it() {
        check(
            json!({"PackageModelList": [basket(OPEN, 0, json!([{"price": 1000, "units": 1, "includeTaxFlag": 1, "taxRate": 0.08}])),
                basket(500, 0, json!([{"price": 1000, "units": 1, "includeTaxFlag": 1, "taxRate": 0.08}]))]}),
            [2000, 0, OPEN, OPEN, OPEN],
            &[[10, OPEN, OPEN, OPEN, 0, 0], [8, OPEN, OPEN, 2000, 0, 0]],
        );
    }

    #[test]
    fn an_open_cod_fee_leaves_the_total() {
        check(
            json!({"PackageModelList": [basket(500, OPEN, json!([{"price": 1000, "units": 1, "includeTaxFlag": 1, "taxRate": 0.1}]))]}),
            [1000, 0, 500, 1500, OPEN],
            &[[10, OPEN, OPEN, 1500, OPEN, 0]],
        );
    }

    #[test]
    fn deleted_lines_and_baskets_do_not_count() {
        let mut gone = basket(900, 0, json!([{"price": 5000, "units": 1, "includeTaxFlag": 1, "taxRate": 0.1}]));
        gone["packageDeleteFlag"] = json!(1);
        check(
            json!({"PackageModelList": [gone, basket(100, 0, json!([
                {"price": 200, "units": 1, "includeTaxFlag": 1, "taxRate": 0.1},
                {"price": 700, "units": 1, "includeTaxFlag": 1, "taxRate": 0.1, "deleteItemFlag": 1}]))]}),
            [200, 0, 100, 300, 300],
            &[[10, 300, 27, 300, 0, 0]],
        );
    }

    #[test]
    fn rounding_of_excluded_prices() {
        for (rounding, expect) in [(Rounding::Down, 106), (Rounding::HalfUp, 107), (Rounding::Up, 107)] {
            assert_eq!(99 + rounding.share(99, 8, 100), expect, "{rounding:?}");
        }
        assert_eq!(Rounding::HalfUp.share(5, 10, 100), 1);
        assert_eq!(Rounding::Down.share(5, 10, 100), 0);
    }

    #[test]
    fn points_of_old_orders_lower_the_tax_base() {
        check(
            json!({"orderDatetime": "2021-05-01T10:00:00+0900", "PointModel": {"usedPoint": 110},
                "PackageModelList": [basket(0, 0, json!([{"price": 1210, "units": 1, "includeTaxFlag": 1, "taxRate": 0.1}]))]}),
            [1210, 0, 0, 1210, 1100],
            &[[10, 1100, 100, 1210, 0, 0]],
        );
    }
}
