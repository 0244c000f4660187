//! From a row of corrections to the single values it asks for, each with its place in the order and in
//! the tax mode RMS holds it in. What is wanted and what is not is judged elsewhere.

use super::super::{refuse, refuse_cell};
use crate::flow::money::tax;
use crate::model::baseline::Baseline;
use crate::model::ids::{BasketId, ItemId};
use crate::model::money::{Amount, TaxRate};
use crate::model::order::{Item, Order, Package};
use crate::model::pipeline::{AmendField, AmendStage, Shop, TaxMode};
use crate::model::rejection::Rejection;
use crate::model::wish::AmendWish;
use crate::model::words::{comparing, money as words};
use std::collections::BTreeMap;

/// One value of an order that an amendment can set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Spot {
    Postage(BasketId),
    CodFee(BasketId),
    Rate(ItemId),
    Price(ItemId),
    Units(ItemId),
}

/// One row's wish for one value, as the wire's integer (rates in thousandths).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    pub row: usize,
    pub spot: Spot,
    pub value: i64,
}

impl Spot {
    pub fn field(self) -> AmendField {
        match self {
            Spot::Postage(_) => AmendField::Postage,
            Spot::CodFee(_) => AmendField::CodFee,
            Spot::Rate(_) => AmendField::TaxRate,
            Spot::Price(_) => AmendField::Price,
            Spot::Units(_) => AmendField::Units,
        }
    }

    /// The column as the kind of file names it.
    pub fn column(self, order_csv: bool) -> &'static str {
        match (self, order_csv) {
            (Spot::Postage(_), false) => "送料",
            (Spot::Postage(_), true) => "送付先送料",
            (Spot::CodFee(_), false) => "代引料",
            (Spot::CodFee(_), true) => "送付先代引料",
            (Spot::Rate(_), false) => "税率",
            (Spot::Rate(_), true) => "商品税率",
            (Spot::Price(_), _) => "単価",
            (Spot::Units(_), _) => "個数",
        }
    }

    /// Whether the value may be open (-9999).
    pub fn may_be_open(self) -> bool {
        matches!(self, Spot::Postage(_) | Spot::CodFee(_))
    }

    /// What RMS holds; `None` if the place is gone or holds nothing (a rate of an old order).
    pub fn in_rms(self, order: &Order) -> Option<i64> {
        match self {
            Spot::Postage(basket) => Some(order.destination(basket)?.postage_price.to_wire()),
            Spot::CodFee(basket) => Some(order.destination(basket)?.delivery_price.to_wire()),
            Spot::Rate(item) => Some(i64::from(line(order, item)?.tax_rate?.0)),
            Spot::Price(item) => Some(line(order, item)?.price.0),
            Spot::Units(item) => Some(line(order, item)?.units),
        }
    }

    /// What the baseline holds.
    pub fn in_baseline(self, baseline: &Baseline) -> Option<i64> {
        match self {
            Spot::Postage(basket) => Some(baseline.basket(basket)?.postage.to_wire()),
            Spot::CodFee(basket) => Some(baseline.basket(basket)?.cod_fee.to_wire()),
            Spot::Rate(item) => Some(i64::from(baseline.item(item)?.tax_rate?.0)),
            Spot::Price(item) => Some(baseline.item(item)?.price.0),
            Spot::Units(item) => Some(baseline.item(item)?.units),
        }
    }

    /// Moves the baseline's value to what RMS holds.
    pub fn move_baseline(self, baseline: &mut Baseline, order: &Order) {
        match self {
            Spot::Postage(id) => {
                if let (Some(base), Some(package)) = (baseline.basket_mut(id), order.destination(id)) {
                    base.postage = package.postage_price;
                }
            }
            Spot::CodFee(id) => {
                if let (Some(base), Some(package)) = (baseline.basket_mut(id), order.destination(id)) {
                    base.cod_fee = package.delivery_price;
                }
            }
            Spot::Rate(id) | Spot::Price(id) | Spot::Units(id) => {
                let (Some(base), Some(item)) = (baseline.item_mut(id), line(order, id)) else { return };
                match self {
                    Spot::Rate(_) => base.tax_rate = item.tax_rate,
                    Spot::Units(_) => base.units = item.units,
                    _ => (base.price, base.price_with_tax) = (item.price, item.price_tax_incl),
                }
            }
        }
    }

    /// A value as people write it.
    pub fn shown(self, value: i64) -> String {
        match self {
            Spot::Postage(_) | Spot::CodFee(_) => Amount::from_wire(value).to_string(),
            Spot::Rate(_) => rate(value).to_string(),
            Spot::Price(_) | Spot::Units(_) => crate::model::money::Yen(value).to_string(),
        }
    }
}

/// A rate from the integer of an [`Ask`].
pub fn rate(value: i64) -> TaxRate {
    TaxRate(u16::try_from(value).unwrap_or(u16::MAX))
}

/// An item line that is not deleted, in a destination that is not.
pub fn line(order: &Order, item: ItemId) -> Option<&Item> {
    order.destinations().flat_map(Package::items).find(|one| one.id() == item)
}

/// Where in the order a row points to, as far as it needs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Target {
    pub basket: Option<BasketId>,
    pub item: Option<ItemId>,
}

/// Finds the destination and the line a row speaks of.
///
/// # Errors
/// The row's rejection, with the ids to choose from, if the order has no such place or several that fit.
pub fn target(wish: &AmendWish, order: &Order) -> Result<Target, Rejection> {
    let baskets = || list(order.destinations().map(|package| package.basket_id));
    if let Some(basket) = wish.basket
        && order.destination(basket).is_none()
    {
        let why = comparing::DESTINATION_WRONG.with([("basket", basket.to_string()), ("baskets", baskets())]);
        return Err(refuse_cell(&wish.source, "送付先ID", basket.to_string(), why));
    }
    let in_scope =
        || order.destinations().filter(|package| wish.basket.is_none_or(|basket| package.basket() == basket));
    let items = || list(in_scope().flat_map(Package::items).map(|item| item.item_detail_id));
    let holder = |item: ItemId| in_scope().find(|package| package.items().any(|one| one.id() == item));
    if let Some(item) = wish.item
        && holder(item).is_none()
    {
        let why = words::ITEM_WRONG.with([("item", item.to_string()), ("items", items())]);
        return Err(refuse_cell(&wish.source, "商品明細ID", item.to_string(), why));
    }

    let mut found = Target { basket: wish.basket, item: wish.item };
    if found.item.is_none() && (wish.price.is_some() || wish.units.is_some() || wish.tax_rate.is_some()) {
        let mut lines = in_scope().flat_map(Package::items);
        match (lines.next(), lines.next()) {
            (Some(only), None) => found.item = Some(only.id()),
            _ => {
                let why = words::ITEM_UNCLEAR.with([("items", items())]);
                return Err(refuse_cell(&wish.source, "商品明細ID", String::new(), why));
            }
        }
    }
    if found.basket.is_none() {
        let mut all = order.destinations();
        found.basket = match (found.item.and_then(holder), all.next(), all.next()) {
            (Some(package), ..) => Some(package.basket()),
            (None, Some(only), None) => Some(only.basket()),
            _ => None,
        };
        if found.basket.is_none() && (wish.postage.is_some() || wish.cod_fee.is_some()) {
            let why = comparing::DESTINATION_UNCLEAR.with([("baskets", baskets())]);
            return Err(refuse_cell(&wish.source, "送付先ID", String::new(), why));
        }
    }
    Ok(found)
}

/// The values one row asks for. `rates` are those asked for by all rows of the order: a price is
/// converted with the rate its line will have.
///
/// # Errors
/// The row's rejection, if a price has no certain counterpart in the tax mode RMS holds.
pub fn asks(
    row: usize,
    wish: &AmendWish,
    at: Target,
    order: &Order,
    (stage, shop): (&AmendStage, &Shop),
    rates: &BTreeMap<ItemId, TaxRate>,
) -> Result<Vec<Ask>, Rejection> {
    let mut all = Vec::new();
    let mut push = |spot: Option<Spot>, value: Option<i64>| {
        if let (Some(spot), Some(value)) = (spot, value) {
            all.push(Ask { row, spot, value });
        }
    };
    push(at.basket.map(Spot::Postage), wish.postage.map(Amount::to_wire));
    push(at.basket.map(Spot::CodFee), wish.cod_fee.map(Amount::to_wire));
    push(at.item.map(Spot::Units), wish.units);
    push(at.item.map(Spot::Rate), wish.tax_rate.map(|rate| i64::from(rate.0)));
    if let (Some(id), Some(price)) = (at.item, wish.price)
        && let Some(item) = line(order, id)
    {
        let held = if item.include_tax_flag == 1 { TaxMode::Included } else { TaxMode::Excluded };
        // An order CSV is RMS's own writing: its 単価 is in the line's own tax mode already.
        let given = if wish.from_order_csv { held } else { stage.tax };
        let rate = rates.get(&id).copied().or(item.tax_rate);
        let value = match (given, held, rate) {
            // The figure with tax that RMS shows today stands for the price it shows today.
            (TaxMode::Included, TaxMode::Excluded, rate)
                if price == item.price_tax_incl && rate == item.tax_rate && price.0 != 0 =>
            {
                item.price
            }
            (given, held, _) if given == held => price,
            (_, _, None) => {
                let why = words::TAX_RATE_MISSING.with([("item", id.to_string())]);
                return Err(refuse_cell(&wish.source, "単価", price.to_string(), why));
            }
            (given, held, Some(rate)) => {
                tax::convert(price, rate, given, held, shop.tax_rounding).map_err(|candidates| {
                    let mode = if held == TaxMode::Included { "税込" } else { "税別" };
                    let shown = list(candidates.iter());
                    let why = words::PRICE_AMBIGUOUS.with([
                        ("price", price.to_string()),
                        ("mode", mode.to_owned()),
                        ("rate", rate.to_string()),
                        ("candidates", if shown.is_empty() { "-".to_owned() } else { shown }),
                    ]);
                    refuse_cell(&wish.source, "単価", price.to_string(), why)
                })?
            }
        };
        push(Some(Spot::Price(id)), Some(value.0));
    }
    Ok(all)
}

/// An order CSV's 送料合計 and 代引料合計, which stand for the destination's own value if there is one
/// destination. Only a value that someone changed counts.
///
/// # Errors
/// The row's rejection: several destinations, or a total and an own value that were both changed and disagree.
pub fn order_level(
    row: usize,
    wish: &AmendWish,
    order: &Order,
    baseline: Option<&Baseline>,
    asks: &mut Vec<Ask>,
) -> Result<(), Rejection> {
    for (column, kind) in [("送料合計", AmendField::Postage), ("代引料合計", AmendField::CodFee)] {
        let Some(value) = wish.other_cells.get(column).and_then(|text| super::super::import::whole_number(text)) else {
            continue;
        };
        let of = |package: &Package| {
            if kind == AmendField::Postage { package.postage_price } else { package.delivery_price }
        };
        let in_rms = order.destinations().fold(Amount::default(), |sum, package| sum + of(package));
        let before = baseline.map(|base| {
            base.baskets.iter().fold(Amount::default(), |sum, basket| {
                sum + if kind == AmendField::Postage { basket.postage } else { basket.cod_fee }
            })
        });
        let value = Amount::from_wire(value);
        if value == Amount::NotFixedYet {
            continue;
        }
        let edited = value != in_rms && Some(value) != before;
        let mut destinations = order.destinations();
        let (Some(only), None) = (destinations.next(), destinations.next()) else {
            if !edited {
                continue;
            }
            let why = words::ORDER_LEVEL_SEVERAL.with([("column", column.to_owned()), ("value", value.to_string())]);
            return Err(refuse_cell(&wish.source, column, value.to_string(), why));
        };
        let spot = if kind == AmendField::Postage { Spot::Postage(only.basket()) } else { Spot::CodFee(only.basket()) };
        match asks.iter_mut().find(|ask| ask.spot == spot) {
            // An untouched total is an ask too: beside an edited one it shows that only some lines were edited.
            None => asks.push(Ask { row, spot, value: value.to_wire() }),
            Some(_) if !edited => {}
            Some(own) => {
                let untouched = Some(own.value) == spot.in_rms(order)
                    || baseline.and_then(|base| spot.in_baseline(base)) == Some(own.value);
                if untouched {
                    own.value = value.to_wire();
                } else if own.value != value.to_wire() {
                    let why = words::ORDER_LEVEL_DISAGREES.with([
                        ("column", column.to_owned()),
                        ("value", value.to_string()),
                        ("own", spot.shown(own.value)),
                    ]);
                    return Err(refuse(&wish.source, why));
                }
            }
        }
    }
    Ok(())
}

/// Things in a row, for people.
pub fn list<T: ToString>(all: impl Iterator<Item = T>) -> String {
    all.map(|one| one.to_string()).collect::<Vec<_>>().join(", ")
}
