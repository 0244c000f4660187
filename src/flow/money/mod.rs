//! Money: what an order costs, what it will cost with edits laid on, the request that says so, and
//! whether the order read afterwards costs what was foretold. It decides nothing about which edits are
//! wanted; `compare` does.

use crate::model::change::{Amendment, BasketEdit, ItemEdit};
use crate::model::money::{Amount, Yen};
use crate::model::order::{Order, Package};
use crate::model::pipeline::TaxRounding;

pub mod body;
pub mod drift;
#[cfg(test)]
pub mod made;
pub mod tax;
pub mod total;
#[cfg(test)]
mod twin;

use total::{Sum, Way};

/// What an order costs now and will cost with edits laid on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forecast {
    /// 総合計（税込） before points, as RMS shows it now.
    pub was: Amount,
    /// The same afterwards.
    pub now: Sum,
    /// 請求金額 now, as RMS shows it.
    pub request_was: Amount,
    /// 請求金額 afterwards.
    pub request_now: Sum,
    /// Points that would not fit under the new total: what RMS does with them is not known beforehand.
    pub points_over: Yen,
    /// Whether the amount RMS shows now could be reproduced; if not, the forecast keeps the difference.
    pub explains: bool,
}

impl Forecast {
    /// The total falls, whatever the rounding.
    pub fn falls(&self) -> bool {
        matches!((self.was, self.now), (Amount::Fixed(was), Sum::Span(_, high)) if high < was)
    }

    /// The total may fall, depending on a rounding that is not known.
    pub fn may_fall(&self) -> bool {
        matches!((self.was, self.now), (Amount::Fixed(was), Sum::Span(low, _)) if low < was)
    }

    /// The total may rise.
    pub fn may_rise(&self) -> bool {
        matches!((self.was, self.now), (Amount::Fixed(was), Sum::Span(_, high)) if high > was)
    }
}

/// The edits of an amendment laid on the order as read just now. Everything else stays as it is; sums that
/// follow from the edits follow.
pub fn lay(order: &Order, amendment: &Amendment) -> Order {
    let mut laid = order.clone();
    lay_edits(&mut laid, &amendment.baskets);
    laid.request_price = amendment.request_price.now;
    laid
}

/// As [`lay`], before there is a whole amendment: the edits alone, the amount claimed untouched.
pub fn lay_edits(order: &mut Order, edits: &[BasketEdit]) {
    for BasketEdit { basket, postage, cod_fee, items } in edits {
        let live = |package: &&mut Package| package.package_delete_flag == 0 && package.basket() == *basket;
        let Some(package) = order.package_model_list.iter_mut().find(live) else { continue };
        if let Some(edit) = postage {
            package.postage_price = edit.now;
        }
        if let Some(edit) = cod_fee {
            package.delivery_price = edit.now;
        }
        for ItemEdit { item: id, price, units, tax_rate } in items {
            let Some(item) =
                package.item_model_list.iter_mut().find(|item| item.delete_item_flag == 0 && Some(item.id()) == *id)
            else {
                continue;
            };
            if let Some(edit) = units {
                item.units = edit.now;
            }
            if let Some(edit) = price {
                item.price = edit.now;
            }
            if let Some(edit) = tax_rate {
                item.tax_rate = edit.now;
            }
            if price.is_some() || tax_rate.is_some() {
                // RMS's own figure with tax belongs to the old price; a tax-excluded one is worked out anew.
                item.price_tax_incl = if item.include_tax_flag == 1 { item.price } else { Yen::ZERO };
            }
        }
    }
    settle_sums(order);
}

/// Sums that are certain: postage, COD fees, goods as sold.
fn settle_sums(order: &mut Order) {
    order.postage_price = order.destinations().fold(Amount::default(), |sum, package| sum + package.postage_price);
    order.delivery_price = order.destinations().fold(Amount::default(), |sum, package| sum + package.delivery_price);
    order.goods_price = Amount::Fixed(total::goods_as_sold(order));
}

/// What the order will cost with the edits.
pub fn forecast(order: &Order, edits: &[BasketEdit], rounding: Option<TaxRounding>) -> Forecast {
    let way = Way::of(order, rounding);
    let mut laid = order.clone();
    lay_edits(&mut laid, edits);
    // Whatever is changed, RMS reckons the whole order anew, by the rounding the shop has set by then.
    total::forget_tax(&mut laid);
    let was = total::before_points(order);
    let mut now = total::totals_by(&laid, way).total;
    if !way.explains {
        // Something RMS counts in is not understood: what is known of it is the difference it makes today.
        if let (Amount::Fixed(shown), Amount::Fixed(counted)) = (was, total::totals_by(order, way).total.lowest()) {
            now = now.shifted(shown - counted);
        }
    }
    let points = order.used_points();
    let points_over = match now {
        Sum::Span(low, _) => (points - low).max(Yen::ZERO),
        Sum::Open => Yen::ZERO,
    };
    Forecast {
        was,
        now,
        request_was: order.request_price,
        request_now: now.less_points(points),
        points_over,
        explains: way.explains,
    }
}
