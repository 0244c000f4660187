//! After an amendment: does the order cost, to the yen, what was foretold, and did anything else move?
//! What did is a row of the 手修正リスト, with what to change in the other system.

use super::{lay, total};
use crate::model::change::Amendment;
use crate::model::ids::{BasketId, ItemId};
use crate::model::money::{Amount, Yen};
use crate::model::order::{Item, Order, Package};
use crate::model::words::{Why, money as words};
use serde::{Deserialize, Serialize};

/// So many unexplained drifts in one run hold the amendments that are still to go.
pub const UNEXPLAINED_MOST: usize = 3;

/// One line of the 手修正リスト.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DriftRow {
    pub order: String,
    pub basket: Option<BasketId>,
    pub item: Option<ItemId>,
    /// The column as an order CSV names it.
    pub column: String,
    pub expected: String,
    pub found: String,
    /// What moved, with the remedy: what to change where.
    pub why: Why,
}

/// What moved other than foretold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drift {
    pub rows: Vec<DriftRow>,
    /// Something other than points and coupons moved; three of these in a run stop the rest.
    pub unexplained: bool,
    /// The order is 変更確定待ち and still shows its old amounts: look again later.
    pub pending: bool,
}

impl Drift {
    /// Everything is as foretold.
    pub fn is_none(&self) -> bool {
        self.rows.is_empty() && !self.pending
    }
}

/// Compares the order read after the send with what the amendment foretold.
pub fn after(before: &Order, amendment: &Amendment, found: &Order) -> Drift {
    let laid = lay(before, amendment);
    if found.order_progress == 400 && figures(found) == figures(before) && figures(&laid) != figures(before) {
        return Drift { rows: Vec::new(), unexplained: false, pending: true };
    }
    let mut rows = Vec::new();
    let row = |basket, item, column: &str, expected: String, found: String| DriftRow {
        order: laid.order_number.clone(),
        basket,
        item,
        column: column.to_owned(),
        why: words::DRIFT_VALUE.with([
            ("column", column.to_owned()),
            ("expected", expected.clone()),
            ("found", found.clone()),
        ]),
        expected,
        found,
    };

    let (wanted, there) = (figures(&laid), figures(found));
    let absent = || "-".to_owned();
    for figure in &wanted {
        let other = there.iter().find(|other| other.place() == figure.place());
        if other.is_none_or(|other| other.value != figure.value) {
            let seen = other.map_or_else(absent, |other| other.value.clone());
            rows.push(row(figure.basket, figure.item, figure.column, figure.value.clone(), seen));
        }
    }
    for figure in there.iter().filter(|figure| wanted.iter().all(|other| other.place() != figure.place())) {
        rows.push(row(figure.basket, figure.item, figure.column, absent(), figure.value.clone()));
    }

    let coupons = (before.coupon_all_total_price, found.coupon_all_total_price);
    let expected = expected_total(amendment, coupons);
    let shown = total::before_points(found);
    let mut unexplained = !rows.is_empty();
    if !expected.holds(shown) {
        unexplained = true;
        let foretold = match expected {
            total::Sum::Span(low, high) if low != high => format!("{low}〜{high}"),
            sum => sum.lowest().to_string(),
        };
        rows.push(DriftRow {
            order: laid.order_number.clone(),
            basket: None,
            item: None,
            column: "総合計".to_owned(),
            why: words::DRIFT_TOTAL.with([("expected", foretold.clone()), ("found", shown.to_string())]),
            expected: foretold,
            found: shown.to_string(),
        });
    }
    let mut moved = |column: &str, word: &'static crate::model::words::Word, was: String, now: String| {
        if was != now {
            rows.push(DriftRow {
                order: laid.order_number.clone(),
                basket: None,
                item: None,
                column: column.to_owned(),
                why: word.with([
                    ("was", was.clone()),
                    ("now", now.clone()),
                    ("request", found.request_price.to_string()),
                ]),
                expected: was,
                found: now,
            });
        }
    };
    let (was, now) = (before.used_points(), found.used_points());
    moved("ポイント利用額", &words::DRIFT_POINTS, was.to_string(), now.to_string());
    moved("クーポン利用総額", &words::DRIFT_COUPONS, coupons.0.to_string(), coupons.1.to_string());
    Drift { rows, unexplained, pending: false }
}

/// The total foretold, less what the coupons grew by: a coupon's own move has a row of its own.
fn expected_total(amendment: &Amendment, coupons: (Amount, Amount)) -> total::Sum {
    let Amount::Fixed(low) = amendment.total.now else { return total::Sum::Open };
    let width = amendment.request_price_range.map_or(Yen::ZERO, |(low, high)| high - low);
    let grown = match coupons {
        (Amount::Fixed(was), Amount::Fixed(now)) => now - was,
        _ => Yen::ZERO,
    };
    total::Sum::Span(low - grown, low + width - grown)
}

/// One figure with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Figure {
    basket: Option<BasketId>,
    item: Option<ItemId>,
    column: &'static str,
    value: String,
}

impl Figure {
    fn place(&self) -> (Option<BasketId>, Option<ItemId>, &'static str) {
        (self.basket, self.item, self.column)
    }
}

/// The figures that a shop sets, and that nothing but an edit may move.
fn figures(order: &Order) -> Vec<Figure> {
    let mut all = Vec::new();
    for package in order.destinations() {
        let basket = Some(package.basket());
        for (column, amount) in [("送付先送料", package.postage_price), ("送付先代引料", package.delivery_price)]
        {
            all.push(Figure { basket, item: None, column, value: amount.to_string() });
        }
        all.extend(Package::items(package).flat_map(|item| line_figures(basket, item)));
    }
    for (column, wrapping) in [("ラッピング料金1", &order.wrapping_model1), ("ラッピング料金2", &order.wrapping_model2)]
    {
        if let Some(wrapping) = wrapping.as_ref().filter(|wrapping| wrapping.delete_wrapping_flag == 0) {
            let value = wrapping.price.unwrap_or_default().to_string();
            all.push(Figure { basket: None, item: None, column, value });
        }
    }
    all
}

fn line_figures(basket: Option<BasketId>, item: &Item) -> [Figure; 3] {
    let figure = |column, value| Figure { basket, item: Some(item.id()), column, value };
    [
        figure("単価", item.price.to_string()),
        figure("個数", item.units.to_string()),
        figure("商品税率", item.tax_rate.map(|rate| rate.to_string()).unwrap_or_default()),
    ]
}
