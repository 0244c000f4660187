//! What RMS said of an order when it was first seen, or when this shop's own change was last confirmed:
//! the third side of every comparison. It holds amounts, ids, units, rows and states, never a name, an
//! address or a free text (of those only keyed hashes, made by the caller).

use super::ids::{BasketId, ItemId, OrderNumber, RowId, SubStatusId};
use super::money::{Amount, TaxRate, Yen};
use super::order::{Item, Order, Package};
use super::shipment::RowSeen;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Raised when the stored form changes.
pub const BASELINE_FORMAT: u32 = 1;

/// One order as it stood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Baseline {
    pub format: u32,
    pub order: OrderNumber,
    pub state: i64,
    pub sub_status: Option<SubStatusId>,
    /// 支払方法コード.
    pub settlement: Option<i64>,
    pub total_price: Amount,
    pub request_price: Amount,
    pub payment_charge: Amount,
    pub buyers_fee: Amount,
    pub coupons_total: Amount,
    pub points: Yen,
    pub baskets: Vec<BasketBase>,
    pub wrappings: Vec<WrappingBase>,
    pub coupons: Vec<CouponBase>,
    /// Column of an order CSV → keyed hash of what it held, for columns that are not amounts; empty
    /// if the caller made none.
    #[serde(default)]
    pub cells: BTreeMap<String, String>,
    /// What stood here before, newest first, at most [`EARLIER_MOST`]: an order CSV says only what RMS held
    /// when it was made, which may have been before our own last change.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<Baseline>,
}

/// How many earlier looks a baseline remembers.
pub const EARLIER_MOST: usize = 4;

/// One destination.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BasketBase {
    pub basket: BasketId,
    pub postage: Amount,
    pub postage_rate: Option<TaxRate>,
    pub cod_fee: Amount,
    pub cod_rate: Option<TaxRate>,
    pub items: Vec<ItemBase>,
    pub rows: Vec<RowBase>,
}

/// One item line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemBase {
    pub item: ItemId,
    pub price: Yen,
    pub price_with_tax: Yen,
    pub tax_included: bool,
    pub units: i64,
    pub tax_rate: Option<TaxRate>,
}

/// One shipping row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowBase {
    pub row: RowId,
    pub seen: RowSeen,
}

/// One wrapping, by its kind (1 包装紙, 2 リボン).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrappingBase {
    pub title: i64,
    pub price: Option<Yen>,
    pub tax_rate: Option<TaxRate>,
}

/// One coupon's figures; the code itself identifies no person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CouponBase {
    pub code: String,
    pub item: i64,
    pub price: Amount,
    pub units: i64,
    pub total: Amount,
}

impl Baseline {
    /// The figures of an order as read; `None` only if its number is not one.
    pub fn of(order: &Order) -> Option<Baseline> {
        Some(Baseline {
            format: BASELINE_FORMAT,
            order: order.number()?,
            state: order.order_progress,
            sub_status: order.sub_status(),
            settlement: order.settlement_model.as_ref().and_then(|model| model.settlement_method_code),
            total_price: order.total_price,
            request_price: order.request_price,
            payment_charge: order.payment_charge,
            buyers_fee: order.additional_fee_occur_amount_to_user,
            coupons_total: order.coupon_all_total_price,
            points: order.point_model.as_ref().map_or(Yen::ZERO, |model| model.used_point),
            baskets: order.destinations().map(BasketBase::of).collect(),
            wrappings: [&order.wrapping_model1, &order.wrapping_model2]
                .into_iter()
                .flatten()
                .filter(|wrapping| wrapping.delete_wrapping_flag == 0)
                .map(|wrapping| WrappingBase {
                    title: wrapping.title,
                    price: wrapping.price,
                    tax_rate: wrapping.tax_rate,
                })
                .collect(),
            coupons: order
                .coupon_model_list
                .iter()
                .map(|coupon| CouponBase {
                    code: coupon.coupon_code.clone(),
                    item: coupon.item_id,
                    price: coupon.coupon_price,
                    units: coupon.coupon_unit,
                    total: coupon.coupon_total_price,
                })
                .collect(),
            cells: BTreeMap::new(),
            earlier: Vec::new(),
        })
    }

    /// `newer` in this one's place, with this one among those before it. What says the same is not kept twice.
    #[must_use]
    pub fn followed_by(mut self, mut newer: Baseline) -> Baseline {
        newer.earlier = std::mem::take(&mut self.earlier);
        if newer != (Baseline { earlier: newer.earlier.clone(), ..self.clone() }) {
            newer.earlier.insert(0, self);
            newer.earlier.truncate(EARLIER_MOST);
        }
        newer
    }

    pub fn basket(&self, basket: BasketId) -> Option<&BasketBase> {
        self.baskets.iter().find(|base| base.basket == basket)
    }

    pub fn basket_mut(&mut self, basket: BasketId) -> Option<&mut BasketBase> {
        self.baskets.iter_mut().find(|base| base.basket == basket)
    }

    pub fn item(&self, item: ItemId) -> Option<&ItemBase> {
        self.baskets.iter().flat_map(|base| &base.items).find(|base| base.item == item)
    }

    pub fn item_mut(&mut self, item: ItemId) -> Option<&mut ItemBase> {
        self.baskets.iter_mut().flat_map(|base| &mut base.items).find(|base| base.item == item)
    }
}

impl BasketBase {
    fn of(package: &Package) -> BasketBase {
        BasketBase {
            basket: package.basket(),
            postage: package.postage_price,
            postage_rate: package.postage_tax_rate,
            cod_fee: package.delivery_price,
            cod_rate: package.delivery_tax_rate,
            items: package.items().map(ItemBase::of).collect(),
            rows: package.shipping_model_list.iter().map(|row| RowBase { row: row.id(), seen: row.seen() }).collect(),
        }
    }
}

impl ItemBase {
    fn of(item: &Item) -> ItemBase {
        ItemBase {
            item: item.id(),
            price: item.price,
            price_with_tax: item.price_tax_incl,
            tax_included: item.include_tax_flag == 1,
            units: item.units,
            tax_rate: item.tax_rate,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn figures_are_kept_and_people_are_not() {
        let order: Order = serde_json::from_value(json!({
            "orderNumber": "555001-20260401-0000000101", "orderProgress": 300, "requestPrice": 3450,
            "memo": "CANARY-MEMO", "remarks": "CANARY-REMARKS",
            "OrdererModel": { "familyName": "CANARY-NAME" }, "PointModel": { "usedPoint": 100 },
            "PackageModelList": [
                { "basketId": 7, "postagePrice": -9999, "SenderModel": { "city": "CANARY-CITY" },
                  "ItemModelList": [{ "itemDetailId": 8, "price": 1650, "units": 2, "deleteItemFlag": 0 },
                                    { "itemDetailId": 9, "price": 1, "units": 1, "deleteItemFlag": 1 }] },
                { "basketId": 10, "packageDeleteFlag": 1 }]
        }))
        .unwrap();
        let mut base = Baseline::of(&order).unwrap();
        assert_eq!(base.basket(BasketId(7)).unwrap().postage, Amount::NotFixedYet);
        assert_eq!((base.baskets.len(), base.baskets[0].items.len()), (1, 1));
        base.item_mut(ItemId(8)).unwrap().units = 3;
        assert_eq!(base.item(ItemId(8)).unwrap().units, 3);
        let text = serde_json::to_string(&base).unwrap();
        assert!(!text.contains("CANARY"), "{text}");
        assert_eq!(serde_json::from_str::<Baseline>(&text).unwrap(), base);

        // Looks are kept newest first, each once, and not for ever.
        let mut line = base.clone().followed_by(base.clone());
        assert!(line.earlier.is_empty());
        for units in 4..=9 {
            let mut newer = base.clone();
            newer.item_mut(ItemId(8)).unwrap().units = units;
            line = line.followed_by(newer);
        }
        let kept: Vec<i64> = line.earlier.iter().map(|one| one.item(ItemId(8)).unwrap().units).collect();
        assert_eq!(kept, [8, 7, 6, 5]);
        assert!(line.earlier.iter().all(|one| one.earlier.is_empty()));
    }
}
