//! Has what we told the mall arrived? Judged only from a fresh read of the order, for changes whose
//! answer was lost, is late, or was left to a person (an uploaded CSV, a worksheet).

use super::compare::mark::memo_after;
use crate::model::change::{Amendment, Cancellation, Change, What};
use crate::model::order::{Order, ShippingRow};
use crate::model::shipment::{RowWrite, ShipChange, Shipment, TrackingNumber, tracking_key};
use crate::model::wish::{CancelWish, ConfirmWish, MarkWish, ShipAction, ShipWish, SubStatusWish, Wish};

/// What a look at the order shows of one change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// The effect is there.
    There,
    /// The effect is not there (yet).
    NotThere,
}

/// Looks for a change's effect in the order as just read.
pub fn look(change: &Change, order: &Order) -> Sight {
    let there = match &change.what {
        What::Ship(ship) => ship_is_there(ship, order),
        What::Amend(amendment) => amend_is_there(amendment, order),
        What::Confirm => order.order_progress != 100,
        // A request filed before shipping shows as 800; one that settles at once only when it is through.
        What::Cancel(cancellation) if cancellation.after_shipping => order.order_progress == 900,
        What::Cancel(_) => order.is_cancelled(),
        What::SubStatus { now, .. } => order.sub_status() == Some(*now),
        What::Memo(memo) => memo_after(order.memo.as_deref(), memo).is_none(),
    };
    if there { Sight::There } else { Sight::NotThere }
}

/// Whether a 発送完了報告 download shows the parcel; a row without 送付先ID stands for any destination.
pub fn reported(change: &Change, rows: &[(Option<i64>, ShippingRow)]) -> bool {
    let What::Ship(ship) = &change.what else { return false };
    let Some(shipment) = ship.write.shipment() else { return false };
    rows.iter().any(|(basket, row)| basket.is_none_or(|basket| basket == ship.basket.0) && same(row, shipment))
}

/// The row's wish made again from a change that never arrived, so that it can be compared anew. `None` for
/// changes that rest on more than the change itself says; those are for a person.
pub fn wish_again(change: &Change) -> Option<Wish> {
    let source = change.sources.first()?.clone();
    let order = change.order.clone();
    match &change.what {
        What::Ship(ShipChange { basket, write, .. }) => {
            let shipment = write.shipment()?;
            Some(Wish::Ship(ShipWish {
                source,
                order,
                basket: Some(*basket),
                row: match write {
                    RowWrite::Amend(row, _) => Some(*row),
                    RowWrite::Fill(..) | RowWrite::Add(_) | RowWrite::Delete(_) => None,
                },
                carrier: shipment.carrier.clone(),
                number: shipment.number.clone(),
                date: shipment.date,
                action: ShipAction::Decide,
                several_proven: false,
                notes: Vec::new(),
            }))
        }
        What::Confirm => Some(Wish::Confirm(ConfirmWish { source, order })),
        What::SubStatus { now, .. } => Some(Wish::Mark(MarkWish {
            source,
            order,
            sub_status: Some(SubStatusWish::Id(*now)),
            memo: None,
            notes: Vec::new(),
        })),
        What::Cancel(Cancellation { reason, restock, after_shipping }) => Some(Wish::Cancel(CancelWish {
            source,
            order,
            reason: *reason,
            restock: *restock,
            returned: *after_shipping,
            settle: *after_shipping,
            notes: Vec::new(),
        })),
        What::Amend(_) | What::Memo(_) => None,
    }
}

fn same(row: &ShippingRow, shipment: &Shipment) -> bool {
    let number = shipment.number.as_ref().map(TrackingNumber::key).unwrap_or_default();
    row.delivery_company.as_deref().unwrap_or_default() == shipment.carrier.code()
        && tracking_key(row.shipping_number.as_deref().unwrap_or_default()) == number
        && row.shipping_date.as_deref().unwrap_or_default() == shipment.date.to_string()
}

fn ship_is_there(ship: &ShipChange, order: &Order) -> bool {
    let Some(package) = order.destination(ship.basket) else { return false };
    match &ship.write {
        RowWrite::Fill(_, shipment) | RowWrite::Add(shipment) => {
            package.shipping_model_list.iter().any(|row| same(row, shipment))
        }
        RowWrite::Amend(id, shipment) => {
            package.shipping_model_list.iter().any(|row| row.id() == *id && same(row, shipment))
        }
        RowWrite::Delete(id) => package.shipping_model_list.iter().all(|row| row.id() != *id),
    }
}

fn amend_is_there(amendment: &Amendment, order: &Order) -> bool {
    amendment.baskets.iter().all(|edit| {
        let Some(package) = order.destination(edit.basket) else { return false };
        edit.postage.as_ref().is_none_or(|postage| postage.now == package.postage_price)
            && edit.cod_fee.as_ref().is_none_or(|fee| fee.now == package.delivery_price)
            && edit.items.iter().all(|item_edit| {
                let Some(item) = package.item_model_list.iter().find(|item| Some(item.id()) == item_edit.item) else {
                    return false;
                };
                item_edit.price.as_ref().is_none_or(|price| price.now == item.price)
                    && item_edit.units.as_ref().is_none_or(|units| units.now == item.units)
                    && item_edit.tax_rate.as_ref().is_none_or(|rate| rate.now == item.tax_rate)
            })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::carrier::Carrier;
    use crate::model::change::MemoEdit;
    use crate::model::day::Day;
    use crate::model::ids::{BasketId, OrderNumber, RowId, ShopName, SubStatusId};
    use serde_json::json;

    fn check(what: What, order: serde_json::Value, expect: Sight) {
        let change = Change {
            shop: ShopName("demo".into()),
            order: OrderNumber::parse("555001-20260401-0000000101").unwrap(),
            state: 300,
            what,
            stage: "s".into(),
            sources: vec![],
            picture: String::new(),
            notes: vec![],
        };
        assert_eq!(look(&change, &serde_json::from_value(order).unwrap()), expect);
    }

    fn parcel() -> Shipment {
        Shipment {
            carrier: Carrier::from_code("1001").unwrap(),
            number: TrackingNumber::parse("400000000011"),
            date: Day::from_iso("2026-04-02").unwrap(),
        }
    }

    fn with_row(number: &str, date: &str) -> serde_json::Value {
        json!({"PackageModelList": [{"basketId": 7, "ShippingModelList": [
            {"shippingDetailId": 88, "deliveryCompany": "1001", "shippingNumber": number, "shippingDate": date}]}]})
    }

    #[test]
    fn a_row_is_there_by_its_content_or_by_its_id() {
        let add = || What::Ship(ShipChange { basket: BasketId(7), write: RowWrite::Add(parcel()), was: None });
        check(add(), with_row("4000-0000-0011", "2026-04-02"), Sight::There);
        check(add(), with_row("400000000011", "2026-04-03"), Sight::NotThere);
        check(add(), json!({"PackageModelList": [{"basketId": 8}]}), Sight::NotThere);
        let ship = |write| What::Ship(ShipChange { basket: BasketId(7), write, was: None });
        check(ship(RowWrite::Amend(RowId(99), parcel())), with_row("400000000011", "2026-04-02"), Sight::NotThere);
        check(ship(RowWrite::Delete(RowId(88))), with_row("400000000011", "2026-04-02"), Sight::NotThere);
        check(ship(RowWrite::Delete(RowId(99))), with_row("400000000011", "2026-04-02"), Sight::There);
    }

    #[test]
    fn states_and_marks_are_read_back() {
        check(What::Confirm, json!({"orderProgress": 100}), Sight::NotThere);
        check(What::Confirm, json!({"orderProgress": 200}), Sight::There);
        let status = || What::SubStatus { was: None, now: SubStatusId(5), name: "x".into() };
        check(status(), json!({"subStatusId": 5}), Sight::There);
        check(status(), json!({"subStatusId": null}), Sight::NotThere);
        let memo = || What::Memo(MemoEdit { was_hash: String::new(), text: "入荷待ち".into(), replace: false });
        check(memo(), json!({"memo": "電話済\n入荷待ち"}), Sight::There);
        check(memo(), json!({"memo": null}), Sight::NotThere);
    }
}
