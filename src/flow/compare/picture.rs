//! The part of an order that one kind of change rests on, as a keyed hash: if it differs at delivery,
//! someone changed the order since the plan and the change is stale. Keyed, so that nobody can guess an
//! address or a memo from a stored hash. It knows no plans and no ledger.

use crate::model::change::Kind;
use crate::model::order::{Order, Package};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Raised when the parts below change: an older plan is then stale, never silently wrong.
const PICTURE_FORMAT: u32 = 1;

/// The keyed hash of what a change of this kind rests on.
pub fn picture(order: &Order, kind: Kind, key: &[u8]) -> String {
    let part = match kind {
        Kind::Ship | Kind::Cancel => json!({ "state": order.order_progress, "rows": rows(order) }),
        Kind::Amend => json!({ "state": order.order_progress, "money": money(order) }),
        // An amendment of the same night goes before a confirmation; RMS itself refuses one with an open amount.
        Kind::Confirm | Kind::SubStatus => json!({ "state": order.order_progress }),
        // An addition is laid on whatever the memo says by then; a replacement has the memo's hash.
        Kind::Memo => Value::Null,
    };
    keyed_hash(key, &json!([PICTURE_FORMAT, kind.word(), order.order_number, part]).to_string())
}

/// Every shipping row with its destination.
fn rows(order: &Order) -> Value {
    order
        .destinations()
        .map(|package| {
            let rows: Vec<Value> = package
                .shipping_model_list
                .iter()
                .map(|row| {
                    let text = |part: &Option<String>| part.clone().unwrap_or_default();
                    json!([
                        row.shipping_detail_id,
                        text(&row.delivery_company),
                        text(&row.shipping_number),
                        text(&row.shipping_date)
                    ])
                })
                .collect();
            json!([package.basket_id, rows])
        })
        .collect()
}

/// All that takes part in the amount, and the ways of paying it.
fn money(order: &Order) -> Value {
    let packages: Vec<Value> = order
        .destinations()
        .map(|package| {
            let items: Vec<Value> = Package::items(package)
                .map(|item| {
                    json!([
                        item.item_detail_id,
                        item.price,
                        item.units,
                        item.tax_rate,
                        item.include_tax_flag,
                        item.include_postage_flag,
                        item.include_cash_on_delivery_postage_flag,
                        item.price_tax_incl,
                    ])
                })
                .collect();
            json!([
                package.basket_id,
                package.postage_price,
                package.postage_tax_rate,
                package.delivery_price,
                package.delivery_tax_rate,
                items
            ])
        })
        .collect();
    let wrappings: Vec<Value> = [&order.wrapping_model1, &order.wrapping_model2]
        .into_iter()
        .map(|wrapping| {
            wrapping.as_ref().map_or(Value::Null, |one| {
                json!([one.title, one.name, one.price, one.include_tax_flag, one.tax_rate, one.delete_wrapping_flag])
            })
        })
        .collect();
    let coupons: Vec<Value> = order
        .coupon_model_list
        .iter()
        .map(|coupon| {
            json!([coupon.coupon_code, coupon.coupon_price, coupon.coupon_unit, coupon.item_id, coupon.item_detail_id])
        })
        .collect();
    json!({
        "packages": packages,
        "wrappings": wrappings,
        "coupons": coupons,
        "points": order.used_points(),
        "charge": order.payment_charge,
        "fee": order.additional_fee_occur_amount_to_user,
        "coupon_total": order.coupon_all_total_price,
        "request": order.request_price,
        "method": order.settlement_code(),
    })
}

/// HMAC-SHA-256 of a text, in hexadecimal. Written out here because it is ten lines on top of SHA-256.
pub fn keyed_hash(key: &[u8], text: &str) -> String {
    const BLOCK: usize = 64;
    let mut block = [0u8; BLOCK];
    if key.len() > BLOCK {
        for (slot, byte) in block.iter_mut().zip(Sha256::digest(key)) {
            *slot = byte;
        }
    } else {
        for (slot, byte) in block.iter_mut().zip(key) {
            *slot = *byte;
        }
    }
    let inner = Sha256::new().chain_update(block.map(|byte| byte ^ 0x36)).chain_update(text.as_bytes()).finalize();
    let outer = Sha256::new().chain_update(block.map(|byte| byte ^ 0x5c)).chain_update(inner).finalize();
    outer.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::money::made::{basket, item, order};
    use crate::model::money::{Amount, Yen};
    use crate::model::order::ShippingRow;

    /// Which kinds' pictures a change of the order alters.
    fn check(change: impl Fn(&mut Order), expect: &[Kind]) {
        let before = order(300, vec![basket(1, 550, 0, vec![item(1, 1650, 2, 100, true)])]);
        let mut after = before.clone();
        change(&mut after);
        let moved: Vec<Kind> = Kind::ALL
            .into_iter()
            .filter(|kind| picture(&before, *kind, b"key") != picture(&after, *kind, b"key"))
            .collect();
        assert_eq!(moved, expect);
    }

    #[test]
    fn each_kind_rests_on_its_own_part() {
        use Kind::{Amend, Cancel, Confirm, Ship, SubStatus};
        check(|order| order.remarks = Some("x".into()), &[]);
        check(|order| order.memo = Some("x".into()), &[]);
        check(|order| order.order_progress = 500, &[Cancel, Amend, Confirm, Ship, SubStatus]);
        check(|order| order.sub_status_id = Some(4), &[]);
        check(|order| order.package_model_list[0].item_model_list[0].units = 3, &[Amend]);
        check(|order| order.package_model_list[0].postage_price = Amount::NotFixedYet, &[Amend]);
        check(|order| order.request_price = Amount::Fixed(Yen(1)), &[Amend]);
        check(|order| order.package_model_list[0].shipping_model_list.push(ShippingRow::default()), &[Cancel, Ship]);
    }

    #[test]
    fn the_hash_is_the_published_one_and_depends_on_the_key() {
        // RFC 4231, test case 2.
        assert_eq!(
            keyed_hash(b"Jefe", "what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        assert_ne!(keyed_hash(b"a", "x"), keyed_hash(b"b", "x"));
    }
}
