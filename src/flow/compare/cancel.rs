//! Cancellations held against RMS: which call, which states, and what stands in the way. A cancel and a
//! shipping row for one order contradict each other, wherever the row stands; then a person decides, first
//! thing in the morning. Reason and 在庫連動 come from the row and from nowhere else.

use super::{Compared, Context, Drafted, Waits, by_order, picture::picture, place, refuse};
use crate::model::change::{Cancellation, Change, Kind, What};
use crate::model::ids::OrderNumber;
use crate::model::order::{Order, Orders};
use crate::model::pipeline::{Approve, CancelStage, Shop};
use crate::model::wish::{CancelWish, Restock};
use crate::model::words::{Why, comparing, money as words};

/// Where a cancellation stands, by the order's state.
enum Way {
    Go { after_shipping: bool },
    Done,
    Waits(Why),
    Refused(Why),
}

/// Compares a stage's cancellations with the orders.
pub fn cancel<'a>(
    wishes: impl IntoIterator<Item = &'a CancelWish>,
    orders: &Orders,
    stage: &CancelStage,
    shop: &Shop,
    cx: &Context,
) -> Compared {
    let mut out = Compared::default();
    for (number, rows) in by_order(wishes, |wish| &wish.order) {
        let waits = |out: &mut Compared, why: &Why| {
            out.waiting.extend(rows.iter().map(|wish| Waits::new(&wish.source, &wish.order, why.clone())));
        };
        let Some(order) = orders.get(&number) else {
            waits(&mut out, &comparing::ORDER_UNKNOWN.with([("order", number.to_string())]));
            continue;
        };
        let Some((first, others)) = rows.split_first() else { continue };
        let said = |wish: &CancelWish| (wish.reason, wish.restock, wish.returned, wish.settle);
        if let Some(other) = others.iter().find(|other| said(other) != said(first)) {
            let why = comparing::FILES_DISAGREE.with([("first", told(first)), ("second", told(other))]);
            out.rejected.extend(rows.iter().map(|wish| refuse(&wish.source, why.clone())));
            continue;
        }
        match way(order, &number, first) {
            Way::Done => out.unchanged.extend(rows.iter().map(|wish| wish.source.clone())),
            Way::Waits(why) => waits(&mut out, &why),
            Way::Refused(why) => out.rejected.extend(rows.iter().map(|wish| refuse(&wish.source, why.clone()))),
            Way::Go { after_shipping } => {
                let mut holds = Vec::new();
                let contradicts = cx.shipping.contains(&number);
                if contradicts {
                    holds.push(comparing::CANCEL_AND_SHIP.with([("order", number.to_string())]));
                }
                let blocked = blocking_rows(order);
                if !after_shipping && !blocked.is_empty() {
                    holds.push(
                        words::CANCEL_BLOCKED.with([("order", number.to_string()), ("rows", blocked.join(", "))]),
                    );
                }
                let urgent = !holds.is_empty();
                let mut notes: Vec<Why> = rows.iter().flat_map(|wish| wish.notes.iter().cloned()).collect();
                if after_shipping {
                    notes.push(words::CANCEL_SETTLES.plain());
                }
                if cx.deliver.approve.contains(&Approve::Cancel) {
                    holds.push(comparing::APPROVAL_SETTING.with([("kind", Kind::Cancel.ja().to_owned())]));
                }
                out.entries.push(Drafted {
                    change: Change {
                        shop: shop.name.clone(),
                        order: number.clone(),
                        state: order.order_progress,
                        what: What::Cancel(Cancellation {
                            reason: first.reason,
                            restock: first.restock,
                            after_shipping,
                        }),
                        stage: stage.name.clone(),
                        sources: rows.iter().map(|wish| wish.source.clone()).collect(),
                        picture: picture(order, Kind::Cancel, cx.key),
                        notes,
                    },
                    holds,
                    urgent,
                });
            }
        }
    }
    out
}

fn way(order: &Order, number: &OrderNumber, wish: &CancelWish) -> Way {
    let state = order.order_progress;
    match state {
        100 | 200 | 300 => Way::Go { after_shipping: false },
        400 => Way::Waits(words::CANCEL_PENDING.with([("order", number.to_string())])),
        500 | 600 | 700 if wish.returned => Way::Go { after_shipping: true },
        500 | 600 | 700 => Way::Refused(words::CANCEL_NOT_RETURNED.with([("state", state.to_string())])),
        800 if wish.settle => Way::Go { after_shipping: true },
        800 | 900 => Way::Done,
        _ => Way::Waits(words::AMEND_STATE_UNKNOWN.with([("order", number.to_string()), ("state", state.to_string())])),
    }
}

/// Rows that say a parcel may be on its way: one with a date blocks the call in RMS itself, one with a
/// number says that a label was made.
fn blocking_rows(order: &Order) -> Vec<String> {
    let filled = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.trim().is_empty());
    order
        .destinations()
        .flat_map(|package| &package.shipping_model_list)
        .filter(|row| filled(&row.shipping_date) || filled(&row.shipping_number))
        .map(|row| {
            let part = |text: &Option<String>| text.clone().unwrap_or_default();
            let text = format!("{} {}", part(&row.shipping_number), part(&row.shipping_date));
            format!("{}: {}", row.shipping_detail_id, text.trim())
        })
        .collect()
}

/// A row's place and what it asks for.
fn told(wish: &CancelWish) -> String {
    let restock = match wish.restock {
        Restock::AsItem => "商品の設定に従う",
        Restock::Restore => "連動する",
        Restock::Keep => "連動しない",
    };
    let flag = |on: bool, text: &str| if on { format!(" {text}") } else { String::new() };
    format!(
        "{} `{} {} {restock}{}{}`",
        place(&wish.source),
        wish.reason.0,
        wish.reason.name(),
        flag(wish.returned, "返品済"),
        flag(wish.settle, "確定")
    )
}

#[cfg(test)]
mod tests {
    use super::super::made::{Settings, number, piles, shop, source};
    use super::*;
    use crate::flow::money::body;
    use crate::flow::money::made::{basket, item, order};
    use crate::model::order::ShippingRow;
    use crate::model::wish::ReasonCode;

    fn wish(line: u32, returned: bool, settle: bool) -> CancelWish {
        CancelWish {
            source: source(line),
            order: number(),
            reason: ReasonCode(8),
            restock: Restock::Restore,
            returned,
            settle,
            notes: Vec::new(),
        }
    }

    fn run(
        state: i64,
        wishes: &[CancelWish],
        row: Option<ShippingRow>,
        shipping: bool,
        approve: &[Approve],
    ) -> Compared {
        let mut order = order(state, vec![basket(1, 550, 0, vec![item(1, 1650, 2, 100, true)])]);
        order.package_model_list[0].shipping_model_list.extend(row);
        let mut settings = Settings::new("2026-04-02T21:30:00+0900", approve);
        if shipping {
            settings.shipping.insert(number());
        }
        let stage = CancelStage { name: "requests".into(), from: "c".into() };
        cancel(wishes, &[(number(), order.into())].into(), &stage, &shop(None), &settings.context())
    }

    fn check(state: i64, wishes: &[CancelWish], expect: &str) {
        assert_eq!(piles(&run(state, wishes, None, false, &[Approve::Cancel])), expect, "state {state}");
    }

    #[test]
    fn each_state_has_its_call_or_its_reason() {
        for state in [100, 200, 300] {
            check(state, &[wish(2, false, false)], "2:held approval-setting");
        }
        check(400, &[wish(2, false, false)], "2:waiting cancel-pending");
        for state in [500, 600, 700] {
            check(state, &[wish(2, false, false)], "2:rejected cancel-not-returned");
            check(state, &[wish(2, true, false)], "2:held approval-setting");
        }
        check(800, &[wish(2, false, false)], "2:unchanged");
        check(800, &[wish(2, false, true)], "2:held approval-setting");
        check(900, &[wish(2, true, true)], "2:unchanged");
    }

    #[test]
    fn the_call_follows_the_state_and_the_body_says_what_the_row_said() {
        for (state, after) in [(300, false), (700, true), (800, true)] {
            let out = run(state, &[wish(2, true, true)], None, false, &[]);
            let What::Cancel(cancellation) = &out.entries[0].change.what else { panic!() };
            assert_eq!(cancellation.after_shipping, after, "{state}");
            let body = body::cancel(&order(state, Vec::new()), cancellation);
            assert_eq!(
                body,
                serde_json::json!({ "orderNumber": number(), "inventoryRestoreType": 1, "changeReasonDetailApply": 8 })
            );
        }
    }

    #[test]
    fn a_shipping_row_anywhere_makes_it_urgent() {
        let dated = ShippingRow { shipping_date: Some("2026-04-02".into()), ..ShippingRow::default() };
        let out = run(300, &[wish(2, false, false)], Some(dated.clone()), false, &[]);
        assert_eq!(piles(&out), "2:urgent held cancel-blocked");
        let out = run(300, &[wish(2, false, false)], None, true, &[]);
        assert_eq!(piles(&out), "2:urgent held cancel-and-ship");
        // After shipping a row is what is to be expected.
        let out = run(500, &[wish(2, true, false)], Some(dated), false, &[]);
        assert_eq!(piles(&out), "2:planned");
        let out = run(300, &[wish(2, false, false)], Some(ShippingRow::default()), false, &[]);
        assert_eq!(piles(&out), "2:planned");
    }

    #[test]
    fn rows_that_agree_are_one_cancel_and_rows_that_do_not_are_none() {
        check(300, &[wish(2, false, false), wish(3, false, false)], "2:held approval-setting 3:held approval-setting");
        let other = CancelWish { reason: ReasonCode(1), ..wish(3, false, false) };
        check(300, &[wish(2, false, false), other], "2:rejected files-disagree 3:rejected files-disagree");
        let settings = Settings::new("2026-04-02T21:30:00+0900", &[]);
        let stage = CancelStage { name: "requests".into(), from: "c".into() };
        let out = cancel(&[wish(2, false, false)], &Orders::new(), &stage, &shop(None), &settings.context());
        assert_eq!(piles(&out), "2:waiting order-unknown");
    }
}
