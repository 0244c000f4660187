//! Orders made for tests: from a few numbers, complete and with the amounts RMS would show.

use super::total::{self, Formula, Way};
use crate::model::money::{Amount, TaxRate, Yen};
use crate::model::order::{Coupon, Item, Order, Package, Point, Settlement, Wrapping};
use crate::model::pipeline::TaxRounding;
use proptest::prelude::*;

pub const NUMBER: &str = "555001-20260401-0000000101";

pub fn item(id: i64, price: i64, units: i64, rate: u16, included: bool) -> Item {
    Item {
        item_detail_id: id,
        item_id: id + 1000,
        item_name: format!("品{id}"),
        price: Yen(price),
        units,
        tax_rate: Some(TaxRate(rate)),
        include_tax_flag: i64::from(included),
        ..Item::default()
    }
}

pub fn basket(id: i64, postage: i64, cod: i64, items: Vec<Item>) -> Package {
    Package {
        basket_id: id,
        postage_price: Amount::from_wire(postage),
        postage_tax_rate: Some(TaxRate::STANDARD),
        delivery_price: Amount::from_wire(cod),
        delivery_tax_rate: Some(TaxRate::STANDARD),
        item_model_list: items,
        ..Package::default()
    }
}

pub fn coupon(price: i64, units: i64, item: i64) -> Coupon {
    Coupon {
        coupon_code: format!("CODE-{price}-{item}"),
        coupon_price: Amount::Fixed(Yen(price)),
        coupon_unit: units,
        coupon_total_price: Amount::Fixed(Yen(price * units)),
        coupon_capital_code: 1,
        item_detail_id: item,
        item_id: if item == 0 { 0 } else { item + 1000 },
        ..Coupon::default()
    }
}

/// An order in a state, with its sums filled in as RMS would.
pub fn order(state: i64, baskets: Vec<Package>) -> Order {
    finish(Order {
        order_number: NUMBER.to_owned(),
        order_progress: state,
        order_datetime: Some("2026-04-01T10:15:00+0900".to_owned()),
        settlement_model: Some(Settlement { settlement_method_code: Some(1), ..Settlement::default() }),
        package_model_list: baskets,
        ..Order::default()
    })
}

/// Fills in the sums, with the tax of one piece rounded down.
pub fn finish(order: Order) -> Order {
    finish_by(order, Formula::PerUnit, TaxRounding::Down)
}

pub fn finish_by(mut order: Order, formula: Formula, rounding: TaxRounding) -> Order {
    for item in order.package_model_list.iter_mut().flat_map(|package| &mut package.item_model_list) {
        let rate = item.tax_rate.unwrap_or(TaxRate::ZERO);
        item.price_tax_incl =
            if item.include_tax_flag == 1 { item.price } else { super::tax::with_tax(item.price, rate, rounding) };
    }
    for wrapping in [&mut order.wrapping_model1, &mut order.wrapping_model2].into_iter().flatten() {
        let (price, rate) = (wrapping.price.unwrap_or_default(), wrapping.tax_rate.unwrap_or(TaxRate::ZERO));
        wrapping.tax_price = Some(match wrapping.include_tax_flag {
            1 => super::tax::contained(price, rate, rounding),
            _ => super::tax::on_top(price, rate, rounding),
        });
    }
    order.coupon_all_total_price =
        order.coupon_model_list.iter().fold(Amount::default(), |sum, coupon| sum + coupon.coupon_total_price);
    order.postage_price = order.destinations().fold(Amount::default(), |sum, package| sum + package.postage_price);
    order.delivery_price = order.destinations().fold(Amount::default(), |sum, package| sum + package.delivery_price);
    order.goods_price = Amount::Fixed(total::goods_as_sold(&order));
    let way = Way { formula, rounding: Some(rounding), explains: true };
    let totals = total::totals_by(&order, way);
    order.request_price = totals.request.lowest();
    order.total_price = order.goods_price + order.postage_price;
    order
}

/// Orders of every sort: rates, tax modes, destinations, wrapping, coupons, points, COD, open amounts.
pub fn any_order() -> impl Strategy<Value = Order> {
    let rate = || prop::sample::select(vec![0u16, 80, 100]);
    let amount = || prop_oneof![1 => Just(-9999i64), 12 => 0i64..2000];
    let line = (1i64..20_000, 1i64..30, rate(), any::<bool>(), 0u8..12);
    let baskets = prop::collection::vec((amount(), amount(), prop::collection::vec(line, 1..5)), 1..4);
    let wrapping = || prop::option::of((0i64..500, rate(), any::<bool>(), 0u8..4));
    let extras = (
        prop::collection::vec((0i64..200, 1i64..3, any::<bool>()), 0..3),
        0i64..300,
        0i64..300,
        prop::sample::select(vec![1i64, 2, 9, 21]),
        prop::sample::select(vec![100i64, 200, 300, 500, 600, 700]),
        prop::sample::select(vec![TaxRounding::Down, TaxRounding::HalfUp, TaxRounding::Up]),
    );
    (baskets, wrapping(), wrapping(), extras).prop_map(|(baskets, paper, ribbon, extras)| {
        let (coupons, points, charge, method, state, rounding) = extras;
        let mut id = 100;
        let packages = baskets
            .into_iter()
            .map(|(postage, cod, lines)| {
                let first = id;
                let items = lines
                    .into_iter()
                    .map(|(price, units, rate, included, gone)| {
                        id += 1;
                        // The first line of a destination is never a deleted one.
                        let deleted = i64::from(gone == 0 && id > first + 1);
                        Item { delete_item_flag: deleted, ..item(id, price, units, rate, included) }
                    })
                    .collect();
                id += 1;
                basket(first, postage, if method == 2 { cod } else { 0 }, items)
            })
            .collect();
        let wrap = |title: i64, made: Option<(i64, u16, bool, u8)>| {
            made.map(|(price, rate, included, gone)| Wrapping {
                title,
                name: "包装".to_owned(),
                price: Some(Yen(price)),
                tax_rate: Some(TaxRate(rate)),
                include_tax_flag: i64::from(included),
                delete_wrapping_flag: i64::from(gone == 0),
                ..Wrapping::default()
            })
        };
        let mut made = order(state, packages);
        made.wrapping_model1 = wrap(1, paper);
        made.wrapping_model2 = wrap(2, ribbon);
        made.coupon_model_list = coupons
            .into_iter()
            .map(|(price, units, bound)| coupon(price, units, if bound { 101 } else { 0 }))
            .collect();
        made.point_model = Some(Point { used_point: Yen(points), ..Point::default() });
        made.payment_charge = Amount::Fixed(Yen(charge));
        made.payment_charge_tax_rate = Some(TaxRate::STANDARD);
        if let Some(model) = &mut made.settlement_model {
            model.settlement_method_code = Some(method);
        }
        let made = finish_by(made, Formula::PerUnit, rounding);
        // Points never exceed what is owed.
        let owed = made.request_price.fixed().map_or(Yen(points), |request| request + Yen(points));
        let used = Yen(points).min(owed);
        let point_model = Some(Point { used_point: used, ..Point::default() });
        finish_by(Order { point_model, ..made }, Formula::PerUnit, rounding)
    })
}
