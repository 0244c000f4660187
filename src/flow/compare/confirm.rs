//! 注文確認: which orders of a file or of an import may be confirmed now, which wait by themselves, which
//! a person should see first. Confirming cannot be undone; saying it twice does no harm. The mall cancels
//! what is not confirmed within 14 days, so from day 10 on each such order is named.

use super::{Compared, Context, Drafted, Waits, by_order, picture::picture, refuse};
use crate::flow::money::total;
use crate::model::change::{Change, Kind, What};
use crate::model::day::Moment;
use crate::model::ids::OrderNumber;
use crate::model::money::{Amount, Yen};
use crate::model::order::{Order, Orders};
use crate::model::pipeline::{Approve, ConfirmHold, ConfirmStage, Shop};
use crate::model::sheet::Source;
use crate::model::wish::ConfirmWish;
use crate::model::words::{Why, comparing, money as words};
use std::collections::BTreeSet;

/// Days after which the mall cancels an unconfirmed order, and from which on it is named.
const DAYS_ALLOWED: i64 = 14;
const DAYS_WARNED: i64 = 10;

/// Compares a stage's confirmations with the orders. `imported` are orders that an import found and that
/// no row asks for: those that may not go yet are simply seen again by the next import.
pub fn confirm<'a>(
    wishes: impl IntoIterator<Item = &'a ConfirmWish>,
    imported: &BTreeSet<OrderNumber>,
    orders: &Orders,
    stage: &ConfirmStage,
    shop: &Shop,
    cx: &Context,
) -> Compared {
    let mut out = Compared::default();
    let mut young = 0_u64;
    let mut asked = by_order(wishes, |wish| &wish.order);
    for number in imported {
        asked.entry(number.clone()).or_default();
    }
    for (number, rows) in asked {
        let waits = |out: &mut Compared, why: Why| {
            out.waiting.extend(rows.iter().map(|wish| Waits::new(&wish.source, &wish.order, why.clone())));
        };
        let Some(order) = orders.get(&number) else {
            waits(&mut out, comparing::ORDER_UNKNOWN.with([("order", number.to_string())]));
            continue;
        };
        let state = order.order_progress;
        let sources: Vec<Source> = rows.iter().map(|wish| wish.source.clone()).collect();
        match state {
            100 => {}
            800 | 900 => {
                let why = words::CONFIRM_CANCELLED.with([("order", number.to_string()), ("state", state.to_string())]);
                out.rejected.extend(sources.iter().map(|source| refuse(source, why.clone())));
                continue;
            }
            // Already confirmed, by whomever: what was asked for is so.
            _ => {
                out.unchanged.extend(sources);
                continue;
            }
        }
        if let Some(why) = open_amounts(order) {
            // No row speaks for an imported order, so it is named.
            if rows.is_empty() {
                let columns = why.values.get("columns").cloned().unwrap_or_default();
                out.notes
                    .push(words::CONFIRM_OPEN_IMPORTED.with([("order", number.to_string()), ("columns", columns)]));
            }
            waits(&mut out, why);
            continue;
        }
        if let Some(why) = too_young(order, stage.min_age_minutes, cx.now) {
            young += u64::from(rows.is_empty());
            waits(&mut out, why);
            continue;
        }
        let mut holds = holds(order, &stage.hold);
        if cx.deliver.approve.contains(&Approve::Confirm) {
            holds.push(comparing::APPROVAL_SETTING.with([("kind", Kind::Confirm.ja().to_owned())]));
        }
        out.entries.push(Drafted {
            change: Change {
                shop: shop.name.clone(),
                order: number.clone(),
                state,
                what: What::Confirm,
                stage: stage.name.clone(),
                sources,
                picture: picture(order, Kind::Confirm, cx.key),
                notes: deadline(order, cx.now).into_iter().collect(),
            },
            holds,
            urgent: false,
        });
    }
    if young > 0 {
        let least = stage.min_age_minutes.to_string();
        out.notes.push(words::CONFIRM_YOUNG_IMPORTED.with([("count", young.to_string()), ("least", least)]));
    }
    // Whatever waits, is held or was asked for by nobody: the mall's clock runs all the same.
    out.notes.extend(orders.values().filter_map(|order| deadline(order, cx.now)));
    out
}

/// The warning for an order that the mall will soon cancel; `None` for all others.
pub fn deadline(order: &Order, now: Moment) -> Option<Why> {
    let ordered = order.ordered_on().filter(|_| order.order_progress == 100)?;
    let days = now.day().days_since(ordered);
    (days >= DAYS_WARNED).then(|| {
        words::CONFIRM_DEADLINE.with([
            ("order", order.order_number.clone()),
            ("days", days.to_string()),
            ("last", ordered.plus_days(DAYS_ALLOWED).to_string()),
        ])
    })
}

/// An amount that is not fixed: the call would be refused.
fn open_amounts(order: &Order) -> Option<Why> {
    let mut open: Vec<&str> = Vec::new();
    let mut look = |amount: Amount, column| {
        if amount == Amount::NotFixedYet && !open.contains(&column) {
            open.push(column);
        }
    };
    look(order.postage_price, "送料");
    look(order.delivery_price, "代引料");
    for package in order.destinations() {
        look(package.postage_price, "送料");
        look(package.delivery_price, "代引料");
    }
    look(order.payment_charge, "決済手数料");
    look(order.request_price, "請求金額");
    (!open.is_empty()).then(|| words::CONFIRM_OPEN_AMOUNT.with([("columns", open.join("、"))]))
}

fn too_young(order: &Order, least: i64, now: Moment) -> Option<Why> {
    let ordered = order.order_datetime.as_deref().and_then(Moment::from_api)?;
    let minutes = now.seconds_since(ordered) / 60;
    (minutes < least)
        .then(|| words::CONFIRM_TOO_YOUNG.with([("minutes", minutes.max(0).to_string()), ("least", least.to_string())]))
}

/// What the shop wants to see before an order is confirmed.
fn holds(order: &Order, hold: &ConfirmHold) -> Vec<Why> {
    // `not_fixed` asks for nothing more: an order with an open amount waits by itself.
    let ConfirmHold { remarks, isolated_island, caution, not_fixed: _, total_over } = hold;
    let mut holds = Vec::new();
    if *remarks && order.remarks.as_deref().is_some_and(has_remarks) {
        holds.push(words::CONFIRM_REMARKS.plain());
    }
    let island = order.isolated_island_flag == 1
        || order.destinations().any(|package| package.sender_model.isolated_island_flag == 1);
    if *isolated_island && island {
        holds.push(words::CONFIRM_ISLAND.plain());
    }
    if *caution && order.caution_display_type != 0 {
        holds.push(words::CONFIRM_CAUTION.with([("kind", caution_name(order).to_owned())]));
    }
    if let (Some(limit), Amount::Fixed(total)) = (*total_over, total::before_points(order))
        && total > limit
    {
        holds.push(words::CONFIRM_TOTAL_OVER.with([("total", total.to_string()), ("limit", Yen::to_string(&limit))]));
    }
    holds
}

fn caution_name(order: &Order) -> &'static str {
    match (order.caution_display_type, order.caution_display_detail_type) {
        (_, Some(101)) => "前払い未払い",
        (_, Some(102)) => "受取拒否",
        (_, Some(103)) => "長期不在による受取拒否",
        (_, Some(104)) => "開梱後の返品",
        (_, Some(105)) => "高いサービスレベルの要望",
        (2, _) => "キャンセル確定",
        _ => "注意喚起",
    }
}

/// Whether a buyer wrote something: empty headings of the form `[…:]` are the mall's own.
fn has_remarks(text: &str) -> bool {
    let mut rest = text;
    loop {
        rest = rest.trim();
        match rest.strip_prefix('[').and_then(|inner| inner.split_once(":]")) {
            Some((heading, after)) if !heading.contains(['[', '\n']) => rest = after,
            _ => return !rest.is_empty(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::made::{Settings, number, piles, shop, source};
    use super::*;
    use crate::flow::money::made::{basket, item, order};

    fn stage(hold: ConfirmHold) -> ConfirmStage {
        ConfirmStage { name: "new".into(), from: "new".into(), hold, min_age_minutes: 60 }
    }

    fn all_holds() -> ConfirmHold {
        let total_over = Some(Yen(100_000));
        ConfirmHold { remarks: true, isolated_island: true, caution: true, not_fixed: true, total_over }
    }

    fn run(now: &str, hold: ConfirmHold, change: impl Fn(&mut Order)) -> Compared {
        let mut one = order(100, vec![basket(1, 550, 0, vec![item(1, 1650, 2, 100, true)])]);
        change(&mut one);
        let settings = Settings::new(now, &[]);
        let wishes = [ConfirmWish { source: source(2), order: number() }];
        let orders = [(number(), one.into())].into();
        confirm(&wishes, &BTreeSet::new(), &orders, &stage(hold), &shop(None), &settings.context())
    }

    fn check(change: impl Fn(&mut Order), hold: ConfirmHold, expect: &str) {
        assert_eq!(piles(&run("2026-04-02T21:30:00+0900", hold, change)), expect);
    }

    #[test]
    fn states_and_amounts_decide() {
        check(|_| {}, ConfirmHold::default(), "2:planned");
        for state in [200, 300, 400, 500, 700] {
            check(|order| order.order_progress = state, ConfirmHold::default(), "2:unchanged");
        }
        check(|order| order.order_progress = 900, ConfirmHold::default(), "2:rejected confirm-cancelled");
        let open = |order: &mut Order| order.package_model_list[0].postage_price = Amount::NotFixedYet;
        check(open, all_holds(), "2:waiting confirm-open-amount");
        let young = |order: &mut Order| order.order_datetime = Some("2026-04-02T20:31:00+0900".into());
        check(young, ConfirmHold::default(), "2:waiting confirm-too-young");
        let old_enough = |order: &mut Order| order.order_datetime = Some("2026-04-02T20:30:00+0900".into());
        check(old_enough, ConfirmHold::default(), "2:planned");
    }

    #[test]
    fn holds_are_off_unless_set() {
        let full = |order: &mut Order| {
            order.remarks = Some("[配送日時指定:]\n玄関前に".into());
            order.caution_display_type = 1;
            order.caution_display_detail_type = Some(102);
            order.package_model_list[0].sender_model.isolated_island_flag = 1;
            order.request_price = Amount::Fixed(Yen(100_001));
        };
        check(full, ConfirmHold::default(), "2:planned");
        check(full, all_holds(), "2:held confirm-remarks,confirm-island,confirm-caution,confirm-total-over");
        let headings = |order: &mut Order| order.remarks = Some("[配送日時指定:]\n[備考:]\n".into());
        check(headings, all_holds(), "2:planned");
        check(|order| order.request_price = Amount::Fixed(Yen(100_000)), all_holds(), "2:planned");
    }

    #[test]
    fn the_deadline_is_named_from_day_ten_whatever_becomes_of_the_row() {
        let days = |now: &str, change: fn(&mut Order)| run(now, ConfirmHold::default(), change).notes.len();
        assert_eq!(days("2026-04-10T21:30:00+0900", |_| {}), 0);
        assert_eq!(days("2026-04-11T00:10:00+0900", |_| {}), 1);
        assert_eq!(days("2026-04-11T00:10:00+0900", |order| order.request_price = Amount::NotFixedYet), 1);
        assert_eq!(days("2026-04-11T00:10:00+0900", |order| order.order_progress = 200), 0);
    }

    #[test]
    fn an_imported_order_needs_no_row() {
        let one = order(100, vec![basket(1, 550, 0, vec![item(1, 1650, 2, 100, true)])]);
        let settings = Settings::new("2026-04-02T21:30:00+0900", &[Approve::Confirm]);
        let orders: Orders = [(number(), one.into())].into();
        let imported = orders.keys().cloned().collect();
        let made = stage(ConfirmHold::default());
        let out = confirm(&[], &imported, &orders, &made, &shop(None), &settings.context());
        assert_eq!(piles(&out), "0:held approval-setting");
        assert!(out.entries[0].change.sources.is_empty());
    }
}
