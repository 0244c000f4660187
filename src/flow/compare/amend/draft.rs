//! From the wanted values of one order to a complete amendment: the edits in the order's own sequence,
//! the totals old and new, the reason exactly when it is due, and what makes a person look first.

use super::Given;
use super::ask::{self, Spot, line};
use crate::flow::money::{self, Forecast, total};
use crate::model::change::{Amendment, BasketEdit, ItemEdit, WasNow};
use crate::model::money::{Amount, TaxRate, Yen};
use crate::model::order::{Order, Package};
use crate::model::pipeline::{Approve, Deliver, Shop};
use crate::model::wish::ReasonCode;
use crate::model::words::{Why, comparing, money as words};
use std::collections::BTreeMap;

/// 後払い決済: a reason is due for any change after shipping.
const DEFERRED: i64 = 21;
/// ポイント: the order is paid by points alone.
const BY_POINTS: i64 = 8;

/// An amendment with what is to be said of it.
pub struct Draft {
    pub amendment: Amendment,
    pub holds: Vec<Why>,
    pub notes: Vec<Why>,
}

/// The wanted values as edits, destinations and lines in the order's own sequence.
pub fn edits(order: &Order, wanted: &BTreeMap<Spot, i64>) -> Vec<BasketEdit> {
    let of_basket = |package: &Package| {
        let id = package.basket();
        let amount =
            |spot: Spot, was: Amount| wanted.get(&spot).map(|value| WasNow { was, now: Amount::from_wire(*value) });
        let items: Vec<ItemEdit> = package
            .items()
            .map(|item| ItemEdit {
                item: Some(item.id()),
                price: wanted.get(&Spot::Price(item.id())).map(|now| WasNow { was: item.price, now: Yen(*now) }),
                units: wanted.get(&Spot::Units(item.id())).map(|now| WasNow { was: item.units, now: *now }),
                tax_rate: wanted
                    .get(&Spot::Rate(item.id()))
                    .map(|now| WasNow { was: item.tax_rate, now: Some(ask::rate(*now)) }),
            })
            .filter(|edit| edit.price.is_some() || edit.units.is_some() || edit.tax_rate.is_some())
            .collect();
        BasketEdit {
            basket: id,
            postage: amount(Spot::Postage(id), package.postage_price),
            cod_fee: amount(Spot::CodFee(id), package.delivery_price),
            items,
        }
    };
    order
        .destinations()
        .map(of_basket)
        .filter(|edit| edit.postage.is_some() || edit.cod_fee.is_some() || !edit.items.is_empty())
        .collect()
}

/// Makes the amendment.
///
/// # Errors
/// Why no amendment can be made: a due reason is missing or cannot be decided, nothing would be left of
/// the order, or a line has no tax rate.
pub fn draft(
    order: &Order,
    wanted: &BTreeMap<Spot, i64>,
    given: Given,
    (shop, deliver): (&Shop, &Deliver),
) -> Result<Draft, Why> {
    let baskets = edits(order, wanted);
    let mut laid = order.clone();
    money::lay_edits(&mut laid, &baskets);
    let lines = || laid.destinations().flat_map(Package::items);
    if let Some(item) = lines().find(|item| item.tax_rate.is_none()) {
        return Err(words::TAX_RATE_MISSING.with([("item", item.item_detail_id.to_string())]));
    }
    let zero = |spot: &Spot| matches!(spot, Spot::Units(_)) && wanted.get(spot) == Some(&0);
    if wanted.keys().any(&zero) && lines().all(|item| item.units == 0) {
        return Err(words::UNITS_ALL_ZERO.with([("order", order.order_number.clone())]));
    }

    let after_shipping = matches!(order.order_progress, 500 | 600 | 700);
    let foretold = money::forecast(order, &baskets, shop.tax_rounding);
    let mut notes = Vec::new();
    let deferred = after_shipping && order.settlement_code() == Some(DEFERRED);
    let reason = reason(&foretold, deferred.then_some(order), part_falls(wanted, order), given, &mut notes)?;
    let amendment = Amendment {
        baskets,
        reason,
        total: WasNow { was: foretold.was, now: foretold.now.lowest() },
        request_price: WasNow { was: foretold.request_was, now: foretold.request_now.lowest() },
        request_price_range: foretold.request_now.range(),
        after_shipping,
    };
    if let Some((low, high)) = amendment.request_price_range {
        notes.push(words::ROUNDING_UNSET.with([("low", low.to_string()), ("high", high.to_string())]));
    }
    let mut holds = holds(order, &laid, &foretold, &amendment, deliver);
    for spot in wanted.keys().filter(|spot| zero(spot)) {
        if let Spot::Units(item) = spot {
            holds.push(words::UNITS_ZERO.with([("item", item.to_string())]));
        }
    }
    Ok(Draft { amendment, holds, notes })
}

/// Whether any single value falls; an open one neither falls nor is fallen from.
fn part_falls(wanted: &BTreeMap<Spot, i64>, order: &Order) -> bool {
    wanted.iter().any(|(spot, now)| {
        spot.in_rms(order).is_some_and(|was| {
            let open = spot.may_be_open()
                && (Amount::from_wire(was) == Amount::NotFixedYet || Amount::from_wire(*now) == Amount::NotFixedYet);
            !open && *now < was
        })
    })
}

/// The reason, exactly when it is due, or given where some part falls.
fn reason(
    foretold: &Forecast,
    deferred: Option<&Order>,
    part_falls: bool,
    Given { own: given, or_fixed }: Given,
    notes: &mut Vec<Why>,
) -> Result<Option<ReasonCode>, Why> {
    let (was, now) = (foretold.was.to_string(), foretold.now.lowest().to_string());
    if foretold.falls() {
        return or_fixed.map(Some).ok_or_else(|| words::REASON_MISSING.with([("was", was), ("now", now)]));
    }
    if let Some(order) = deferred {
        let why = || words::REASON_MISSING_DEFERRED.with([("order", order.order_number.clone())]);
        return or_fixed.map(Some).ok_or_else(why);
    }
    if foretold.may_fall() {
        return or_fixed.map(Some).ok_or_else(|| {
            let high = foretold.now.range().map_or(now.clone(), |(_, high)| high.to_string());
            words::REASON_UNSURE.with([("was", was), ("low", now), ("high", high)])
        });
    }
    if part_falls {
        return Ok(given);
    }
    if let Some(code) = given {
        notes.push(words::REASON_NOT_NEEDED.with([("reason", format!("{} {}", code.0, code.name()))]));
    }
    Ok(None)
}

/// What makes a person look before this goes.
fn holds(order: &Order, laid: &Order, foretold: &Forecast, amendment: &Amendment, deliver: &Deliver) -> Vec<Why> {
    let mut holds = Vec::new();
    if foretold.may_rise() && deliver.approve.contains(&Approve::Increase) {
        let now = match foretold.now.range() {
            Some((low, high)) => format!("{low}〜{high}"),
            None => foretold.now.lowest().to_string(),
        };
        holds.push(words::INCREASE.with([("was", foretold.was.to_string()), ("now", now)]));
    }
    if amendment.decrease() > Yen::ZERO && deliver.approve.contains(&Approve::Decrease) {
        holds.push(comparing::APPROVAL_SETTING.with([("kind", "減額".to_owned())]));
    }
    if order.settlement_code() == Some(BY_POINTS) || order.request_price == Amount::Fixed(Yen::ZERO) {
        holds.push(words::ALL_POINTS.plain());
    } else if foretold.points_over > Yen::ZERO {
        holds.push(words::POINTS_OVER.with([("points", foretold.points_over.to_string())]));
    }
    if order.receipt_issue_count > 0 {
        holds.push(words::RECEIPT_ISSUED.with([("count", order.receipt_issue_count.to_string())]));
    }
    for coupon in &order.coupon_model_list {
        let Some(item) = total::bound_item(laid, coupon).filter(|item| item.units < coupon.coupon_unit) else {
            continue;
        };
        // A line that had too few pieces all along is not this amendment's doing.
        if line(order, item.id()).is_some_and(|before| before.units > item.units) {
            holds.push(words::COUPON_UNITS.with([
                ("item", item.item_detail_id.to_string()),
                ("units", item.units.to_string()),
                ("coupon", coupon.coupon_unit.to_string()),
            ]));
        }
    }
    if !foretold.explains {
        let way = total::Way::of(order, None);
        let counted = total::totals_by(order, way).total.lowest();
        holds
            .push(words::TOTAL_UNEXPLAINED.with([("rms", foretold.was.to_string()), ("counted", counted.to_string())]));
    }
    holds
}

/// The rates RMS takes.
pub const RATES: [TaxRate; 3] = [TaxRate::ZERO, TaxRate::REDUCED, TaxRate::STANDARD];
