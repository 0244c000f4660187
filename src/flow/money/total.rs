//! What an order costs: the total with tax before points, the amount claimed, and the sums per tax rate,
//! worked out from prices, quantities, postage, fees, wrapping, coupons and points alone.
//!
//! Where the mall's rule for tax-excluded lines is not published, the order itself is asked: the way of
//! counting that reproduces the amount RMS shows for the order as read is the one used for what it will be.
//! This file knows no edits and no settings other than the shop's rounding.

use super::tax;
use crate::model::money::{Amount, TaxRate, Yen};
use crate::model::order::{Coupon, Item, Order, Package, Wrapping};
use crate::model::pipeline::TaxRounding;
use std::collections::BTreeMap;

/// A sum that may be open, or certain only within bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sum {
    Open,
    /// Lowest and highest; equal when certain.
    Span(Yen, Yen),
}

impl Sum {
    fn of(amount: Amount) -> Sum {
        amount.fixed().map_or(Sum::Open, |yen| Sum::Span(yen, yen))
    }

    fn hull(self, other: Sum) -> Sum {
        match (self, other) {
            (Sum::Span(a, b), Sum::Span(c, d)) => Sum::Span(a.min(c), b.max(d)),
            _ => Sum::Open,
        }
    }

    /// The lowest it can be, as RMS writes amounts.
    pub fn lowest(self) -> Amount {
        match self {
            Sum::Open => Amount::NotFixedYet,
            Sum::Span(low, _) => Amount::Fixed(low),
        }
    }

    /// Lowest and highest, if it is fixed and they differ.
    pub fn range(self) -> Option<(Yen, Yen)> {
        match self {
            Sum::Span(low, high) if low != high => Some((low, high)),
            _ => None,
        }
    }

    /// Whether an amount lies inside; an open sum holds only an open amount.
    pub fn holds(self, amount: Amount) -> bool {
        match (self, amount) {
            (Sum::Open, Amount::NotFixedYet) => true,
            (Sum::Span(low, high), Amount::Fixed(yen)) => low <= yen && yen <= high,
            _ => false,
        }
    }

    pub(super) fn shifted(self, by: Yen) -> Sum {
        match self {
            Sum::Open => Sum::Open,
            Sum::Span(low, high) => Sum::Span(low + by, high + by),
        }
    }

    pub(super) fn less_points(self, points: Yen) -> Sum {
        match self {
            Sum::Open => Sum::Open,
            Sum::Span(low, high) => Sum::Span((low - points).max(Yen::ZERO), (high - points).max(Yen::ZERO)),
        }
    }
}

/// How the tax of tax-excluded lines is counted, likeliest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Formula {
    /// The price of one piece is rounded with its tax, then multiplied: what RMS shows as 商品毎税込価格.
    PerUnit,
    /// Tax on price × quantity of a line.
    PerLine,
    /// Tax on the sum of all excluded lines of one rate.
    PerRate,
    /// Tax does not enter the total.
    Plain,
}

impl Formula {
    pub const ALL: [Formula; 4] = [Formula::PerUnit, Formula::PerLine, Formula::PerRate, Formula::Plain];
}

/// The way an order's own amounts were found to be counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Way {
    pub formula: Formula,
    pub rounding: Option<TaxRounding>,
    /// Whether it reproduces what RMS shows; true also where RMS shows an open amount.
    pub explains: bool,
}

impl Way {
    /// The first formula that gives what RMS shows for the order as read.
    pub fn of(order: &Order, rounding: Option<TaxRounding>) -> Way {
        let Amount::Fixed(shown) = before_points(order) else {
            return Way { formula: Formula::PerUnit, rounding, explains: true };
        };
        // By RMS's own figures of tax first. They may be older than the total, or the wrappings' alone may
        // be, so without them too.
        let (mut without_wrappings, mut without_any) = (order.clone(), order.clone());
        forget_wrapping_tax(&mut without_wrappings);
        forget_tax(&mut without_any);
        let fits = |formula: &Formula| {
            [order, &without_wrappings, &without_any].into_iter().any(|order| {
                let modes = tax::roundings(rounding).iter();
                modes.map(|mode| Counted::of(order, *formula, *mode).total()).any(|total| total == Amount::Fixed(shown))
            })
        };
        let fitting = Formula::ALL.into_iter().find(fits);
        Way { formula: fitting.unwrap_or(Formula::PerUnit), rounding, explains: fitting.is_some() }
    }
}

/// 総合計（税込） before points, as RMS itself shows it for the order as read.
pub fn before_points(order: &Order) -> Amount {
    order.request_price + Amount::Fixed(order.used_points())
}

/// The sums of one tax rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateTotals {
    pub rate: TaxRate,
    /// Items, postage and wrapping, with tax.
    pub goods_and_postage: Sum,
    /// COD fee and payment charge.
    pub charge: Sum,
    /// The coupons' share; a coupon that is tied to no item is divided by the goods under each rate.
    pub coupon: Yen,
    /// 請求金額（税込） of this rate: points are not subtracted.
    pub claimed: Sum,
    /// Tax contained in it.
    pub tax: Sum,
}

/// What an order costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Totals {
    /// 商品合計金額: items and wrapping as sold (tax in or out).
    pub goods: Yen,
    /// 総合計（税込） before points.
    pub total: Sum,
    /// 請求金額.
    pub request: Sum,
    /// Highest rate first.
    pub rates: Vec<RateTotals>,
}

/// What an order costs by its own prices, counted the way its present amount was counted.
pub fn totals(order: &Order, rounding: Option<TaxRounding>) -> Totals {
    totals_by(order, Way::of(order, rounding))
}

/// What an order costs, counted in a given way; for an order with edits laid on, the way of the order as read.
pub fn totals_by(order: &Order, way: Way) -> Totals {
    let counted: Vec<Counted> =
        tax::roundings(way.rounding).iter().map(|mode| Counted::of(order, way.formula, *mode)).collect();
    let total = counted.iter().map(|one| Sum::of(one.total())).reduce(Sum::hull).unwrap_or(Sum::Open);
    let mut rates: BTreeMap<TaxRate, RateTotals> = BTreeMap::new();
    for (rate, row) in counted.iter().flat_map(Counted::rates) {
        rates
            .entry(rate)
            .and_modify(|known| {
                known.goods_and_postage = known.goods_and_postage.hull(row.goods_and_postage);
                known.claimed = known.claimed.hull(row.claimed);
                known.tax = known.tax.hull(row.tax);
            })
            .or_insert(row);
    }
    Totals {
        goods: goods_as_sold(order),
        total,
        request: total.less_points(order.used_points()),
        rates: rates.into_values().rev().collect(),
    }
}

/// 商品合計金額: Σ price × quantity and the wrappings, as sold.
pub fn goods_as_sold(order: &Order) -> Yen {
    let items: Yen = order.destinations().flat_map(Package::items).map(|item| item.price.times(item.units)).sum();
    items + wrappings(order).map(|wrapping| wrapping.price.unwrap_or_default()).sum()
}

/// The tax RMS will count for some item lines, by every rounding that is possible for the shop.
pub fn tax_of(items: &[&Item], way: Way) -> Vec<Yen> {
    let mut found = Vec::new();
    for mode in tax::roundings(way.rounding) {
        let mut excluded: BTreeMap<TaxRate, Yen> = BTreeMap::new();
        let mut sum = Yen::ZERO;
        for item in items {
            let (rate, line) = (item.tax_rate.unwrap_or(TaxRate::ZERO), item.price.times(item.units));
            if item.include_tax_flag == 1 {
                sum = sum + tax::contained(line, rate, *mode);
            } else if way.formula == Formula::PerRate {
                let base = excluded.entry(rate).or_default();
                *base = *base + line;
            } else {
                sum = sum + line_tax(item, way.formula, *mode);
            }
        }
        sum = sum + excluded.into_iter().map(|(rate, base)| tax::on_top(base, rate, *mode)).sum();
        if !found.contains(&sum) {
            found.push(sum);
        }
    }
    found
}

/// Drops RMS's own figures of tax on tax-excluded lines and wrappings, so that they are worked out anew.
pub(super) fn forget_tax(order: &mut Order) {
    for item in order.package_model_list.iter_mut().flat_map(|package| &mut package.item_model_list) {
        if item.include_tax_flag != 1 {
            item.price_tax_incl = Yen::ZERO;
        }
    }
    forget_wrapping_tax(order);
}

fn forget_wrapping_tax(order: &mut Order) {
    for wrapping in [&mut order.wrapping_model1, &mut order.wrapping_model2].into_iter().flatten() {
        if wrapping.include_tax_flag != 1 {
            wrapping.tax_price = None;
        }
    }
}

/// The order's wrappings that are not deleted.
fn wrappings(order: &Order) -> impl Iterator<Item = &Wrapping> {
    [&order.wrapping_model1, &order.wrapping_model2]
        .into_iter()
        .flatten()
        .filter(|wrapping| wrapping.delete_wrapping_flag == 0)
}

/// Tax on top of a tax-excluded line (`Plain` shows it although it does not count it).
fn line_tax(item: &Item, formula: Formula, rounding: TaxRounding) -> Yen {
    let rate = item.tax_rate.unwrap_or(TaxRate::ZERO);
    match formula {
        Formula::PerUnit | Formula::Plain => (unit_with_tax(item, rate, rounding) - item.price).times(item.units),
        Formula::PerLine | Formula::PerRate => tax::on_top(item.price.times(item.units), rate, rounding),
    }
}

/// RMS's own figure for one piece with tax where it is a possible one, so that the amount of an order as
/// read is certain whatever the shop's rounding; else worked out.
fn unit_with_tax(item: &Item, rate: TaxRate, rounding: TaxRounding) -> Yen {
    let lowest = tax::with_tax(item.price, rate, TaxRounding::Down);
    let highest = tax::with_tax(item.price, rate, TaxRounding::Up);
    if item.price_tax_incl != Yen::ZERO && (lowest..=highest).contains(&item.price_tax_incl) {
        item.price_tax_incl
    } else {
        tax::with_tax(item.price, rate, rounding)
    }
}

/// The sums of one rate while they are being counted.
#[derive(Clone, Copy, Default)]
struct Shelf {
    goods: Yen,
    excluded: Yen,
    postage: Amount,
    charge: Amount,
    coupon: Yen,
}

/// One way of counting, carried out with one rounding.
struct Counted {
    shelves: BTreeMap<TaxRate, Shelf>,
    coupons: Amount,
    buyers_fee: Amount,
    rounding: TaxRounding,
}

impl Counted {
    fn of(order: &Order, formula: Formula, rounding: TaxRounding) -> Counted {
        let mut shelves: BTreeMap<TaxRate, Shelf> = BTreeMap::new();
        let mut shelf = |rate: Option<TaxRate>, change: &mut dyn FnMut(&mut Shelf)| {
            change(shelves.entry(rate.unwrap_or(TaxRate::ZERO)).or_default());
        };
        for item in order.destinations().flat_map(Package::items) {
            let line = item.price.times(item.units);
            let added = match (item.include_tax_flag == 1, formula) {
                (true, _) | (false, Formula::PerRate | Formula::Plain) => Yen::ZERO,
                (false, Formula::PerUnit | Formula::PerLine) => line_tax(item, formula, rounding),
            };
            let taxed_later = item.include_tax_flag != 1 && formula == Formula::PerRate;
            shelf(item.tax_rate, &mut |shelf| {
                shelf.goods = shelf.goods + line + added;
                if taxed_later {
                    shelf.excluded = shelf.excluded + line;
                }
            });
        }
        for wrapping in wrappings(order) {
            let (price, rate) = (wrapping.price.unwrap_or_default(), wrapping.tax_rate.unwrap_or(TaxRate::ZERO));
            let taxed = wrapping.include_tax_flag != 1;
            let added = if taxed && matches!(formula, Formula::PerUnit | Formula::PerLine) {
                let lowest = tax::on_top(price, rate, TaxRounding::Down);
                let highest = tax::on_top(price, rate, TaxRounding::Up);
                let told = wrapping.tax_price.filter(|told| (lowest..=highest).contains(told));
                told.unwrap_or_else(|| tax::on_top(price, rate, rounding))
            } else {
                Yen::ZERO
            };
            shelf(Some(rate), &mut |shelf| {
                shelf.goods = shelf.goods + price + added;
                if taxed && formula == Formula::PerRate {
                    shelf.excluded = shelf.excluded + price;
                }
            });
        }
        for package in order.destinations() {
            shelf(package.postage_tax_rate, &mut |shelf| shelf.postage = shelf.postage + package.postage_price);
            if package.delivery_price != Amount::default() {
                shelf(package.delivery_tax_rate, &mut |shelf| shelf.charge = shelf.charge + package.delivery_price);
            }
        }
        if order.payment_charge != Amount::default() {
            shelf(order.payment_charge_tax_rate, &mut |shelf| shelf.charge = shelf.charge + order.payment_charge);
        }
        for (rate, shelf) in &mut shelves {
            shelf.goods = shelf.goods + tax::on_top(shelf.excluded, *rate, rounding);
        }
        let coupons = take_coupons(order, &mut shelves);
        Counted { shelves, coupons, buyers_fee: order.additional_fee_occur_amount_to_user, rounding }
    }

    /// 総合計（税込） before points.
    fn total(&self) -> Amount {
        let parts = self
            .shelves
            .values()
            .fold(self.buyers_fee, |sum, shelf| sum + Amount::Fixed(shelf.goods) + shelf.postage + shelf.charge);
        match (parts, self.coupons) {
            (Amount::Fixed(sum), Amount::Fixed(coupons)) => Amount::Fixed(sum - coupons),
            _ => Amount::NotFixedYet,
        }
    }

    fn rates(&self) -> Vec<(TaxRate, RateTotals)> {
        // One open part anywhere opens what is claimed under every rate.
        let open = self.total() == Amount::NotFixedYet;
        let row = |(rate, shelf): (&TaxRate, &Shelf)| {
            let goods_and_postage = Amount::Fixed(shelf.goods) + shelf.postage;
            let claimed = match goods_and_postage + shelf.charge {
                Amount::Fixed(sum) if !open => Amount::Fixed((sum - shelf.coupon).max(Yen::ZERO)),
                _ => Amount::NotFixedYet,
            };
            let tax = claimed
                .fixed()
                .map_or(Amount::NotFixedYet, |yen| Amount::Fixed(tax::contained(yen, *rate, self.rounding)));
            let row = RateTotals {
                rate: *rate,
                goods_and_postage: Sum::of(goods_and_postage),
                charge: Sum::of(shelf.charge),
                coupon: shelf.coupon,
                claimed: Sum::of(claimed),
                tax: Sum::of(tax),
            };
            (*rate, row)
        };
        self.shelves.iter().map(row).collect()
    }
}

/// The sum of all coupons; each one's share goes to its item's rate, or is divided over the rates.
fn take_coupons(order: &Order, shelves: &mut BTreeMap<TaxRate, Shelf>) -> Amount {
    if order.coupon_model_list.is_empty() {
        if let Amount::Fixed(yen) = order.coupon_all_total_price {
            divide(yen, shelves);
        }
        return order.coupon_all_total_price;
    }
    let mut sum = Amount::default();
    for coupon in &order.coupon_model_list {
        let total = coupon
            .coupon_price
            .fixed()
            .map_or(Amount::NotFixedYet, |price| Amount::Fixed(price.times(coupon.coupon_unit)));
        sum = sum + total;
        let Amount::Fixed(yen) = total else { continue };
        match bound_item(order, coupon).and_then(|item| item.tax_rate) {
            Some(rate) => {
                let shelf = shelves.entry(rate).or_default();
                shelf.coupon = shelf.coupon + yen;
            }
            None => divide(yen, shelves),
        }
    }
    sum
}

/// The item line a coupon is tied to, if it is tied to one that is still there.
pub fn bound_item<'a>(order: &'a Order, coupon: &Coupon) -> Option<&'a Item> {
    let mut items = order.destinations().flat_map(Package::items);
    match (coupon.item_detail_id, coupon.item_id) {
        (0, 0) => None,
        (0, product) => items.find(|item| item.item_id == product),
        (line, _) => items.find(|item| item.item_detail_id == line),
    }
}

fn divide(amount: Yen, shelves: &mut BTreeMap<TaxRate, Shelf>) {
    let whole: i64 = shelves.values().map(|shelf| shelf.goods.0).sum();
    let mut left = amount;
    if whole > 0 {
        for shelf in shelves.values_mut() {
            let part = Yen(tax::share(amount.0, shelf.goods.0, whole, TaxRounding::Down));
            shelf.coupon = shelf.coupon + part;
            left = left - part;
        }
    }
    // The odd yen goes where most of the goods are.
    if let Some(largest) = shelves.values_mut().max_by_key(|shelf| shelf.goods) {
        largest.coupon = largest.coupon + left;
    }
}
