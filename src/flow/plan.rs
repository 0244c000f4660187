//! Changes become a plan: put in the order of a night's work, held where two of them contradict each
//! other, where a person must agree, or where there are more of one kind than the brake allows.
//! Pure: the run's id and time are handed in.

use super::compare::Drafted;
use crate::model::change::{Kind, What};
use crate::model::day::Moment;
use crate::model::ids::{OrderNumber, RunId, ShopName};
use crate::model::money::Yen;
use crate::model::pipeline::{Approve, Brake, Deliver};
use crate::model::plan::{Entry, PLAN_FORMAT, Plan, Via};
use crate::model::words::{Why, comparing as words};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What stands at the head of a plan.
#[derive(Clone, Debug)]
pub struct Head {
    pub run: RunId,
    pub shop: ShopName,
    pub pipeline: String,
    pub title: String,
    pub made_at: Moment,
    pub via: Via,
    /// Milliseconds between the starts of two calls.
    pub pace_ms: u64,
    /// Reads already made in this run, so that the bound speaks of the whole run.
    pub reads_made: u64,
}

/// Makes the plan of one shop's run.
pub fn plan(drafts: Vec<Drafted>, head: Head, deliver: &Deliver) -> Plan {
    let mut drafts = drafts;
    contradictions(&mut drafts);
    approvals(&mut drafts, &deliver.approve);
    brake(&mut drafts, deliver.brake);
    if head.via == Via::Review {
        for draft in &mut drafts {
            draft.holds.push(words::REVIEW_ONLY.plain());
        }
    }
    drafts.sort_by(|a, b| {
        let rank = |draft: &Drafted| (!draft.urgent, draft.change.kind(), draft.change.order.clone());
        rank(a).cmp(&rank(b)).then_with(|| a.change.sources.cmp(&b.change.sources))
    });
    let entries: Vec<Arc<Entry>> = drafts
        .into_iter()
        .zip(1u32..)
        .map(|(Drafted { change, holds, urgent }, id)| Arc::new(Entry { id, change, holds, urgent }))
        .collect();
    let calls_bound = head.reads_made + calls_bound(&entries, head.via);
    Plan {
        format: PLAN_FORMAT,
        run: head.run,
        shop: head.shop,
        pipeline: head.pipeline,
        title: head.title,
        made_at: head.made_at,
        via: head.via,
        calls_bound,
        seconds_bound: calls_bound.saturating_mul(head.pace_ms).div_ceil(1000),
        entries,
    }
}

/// A cancel and a shipping row of one order: neither goes, a person decides, at once. And while an
/// increase is not through, reporting the shipment would charge the old amount.
fn contradictions(drafts: &mut [Drafted]) {
    let orders = |kind: Kind, drafts: &[Drafted]| -> BTreeSet<OrderNumber> {
        drafts.iter().filter(|d| d.change.kind() == kind).map(|d| d.change.order.clone()).collect()
    };
    let cancelled = orders(Kind::Cancel, drafts);
    let shipped = orders(Kind::Ship, drafts);
    let increased: BTreeSet<OrderNumber> = drafts
        .iter()
        .filter(|draft| matches!(&draft.change.what, What::Amend(amendment) if amendment.increases()))
        .map(|draft| draft.change.order.clone())
        .collect();
    for draft in drafts {
        let order = &draft.change.order;
        let kind = draft.change.kind();
        if matches!(kind, Kind::Cancel | Kind::Ship) && cancelled.contains(order) && shipped.contains(order) {
            draft.urgent = true;
            let why = words::CANCEL_AND_SHIP.with([("order", order.to_string())]);
            draft.holds.retain(|hold| hold.code() != why.code());
            draft.holds.insert(0, why);
        }
        if kind == Kind::Ship && increased.contains(order) {
            draft.hold(words::INCREASE_WAITS.plain());
        }
    }
}

fn approvals(drafts: &mut [Drafted], approve: &BTreeSet<Approve>) {
    for draft in drafts {
        let asked = match &draft.change.what {
            What::Amend(amendment) if amendment.increases() => approve.contains(&Approve::Increase).then_some("増額"),
            What::Amend(amendment) if amendment.decrease() > Yen::ZERO => {
                approve.contains(&Approve::Decrease).then_some("減額")
            }
            What::Amend(_) => None,
            What::Cancel(_) => approve.contains(&Approve::Cancel).then_some("キャンセル"),
            What::Confirm => approve.contains(&Approve::Confirm).then_some("注文確認"),
            What::Ship(_) => approve.contains(&Approve::Ship).then_some("荷物番号"),
            What::SubStatus { .. } | What::Memo(_) => {
                approve.contains(&Approve::Mark).then_some("サブステータス・メモ")
            }
        };
        // A comparison may have asked for it already.
        let known = draft.holds.iter().any(|hold| hold.code() == words::APPROVAL_SETTING.code);
        if let (Some(kind), false) = (asked, known) {
            draft.holds.push(words::APPROVAL_SETTING.with([("kind", kind.to_owned())]));
        }
    }
}

/// More of one kind than usual holds that kind, never the tracking numbers for another kind's sake.
fn brake(drafts: &mut [Drafted], brake: Brake) {
    let count = |kinds: &[Kind]| drafts.iter().filter(|d| kinds.contains(&d.change.kind())).count() as u64;
    let all_but_ship = [Kind::Cancel, Kind::Amend, Kind::Confirm, Kind::SubStatus, Kind::Memo];
    let decrease: Yen = drafts
        .iter()
        .map(|draft| match &draft.change.what {
            What::Amend(amendment) => amendment.decrease(),
            _ => Yen::ZERO,
        })
        .sum();
    let mut stops: BTreeMap<Kind, Vec<Why>> = BTreeMap::new();
    let numbers = |count: u64, limit: u64| [("count", count.to_string()), ("limit", limit.to_string())];
    let ships = count(&[Kind::Ship]);
    if ships > brake.ship {
        stops.entry(Kind::Ship).or_default().push(words::BRAKE_SHIP.with(numbers(ships, brake.ship)));
    }
    let others = count(&all_but_ship);
    if others > brake.changes {
        for kind in all_but_ship {
            stops.entry(kind).or_default().push(words::BRAKE_CHANGES.with(numbers(others, brake.changes)));
        }
    }
    let cancels = count(&[Kind::Cancel]);
    if cancels > brake.cancels {
        stops.entry(Kind::Cancel).or_default().push(words::BRAKE_CANCELS.with(numbers(cancels, brake.cancels)));
    }
    if decrease > brake.decrease_yen {
        let why =
            words::BRAKE_DECREASE.with([("count", decrease.to_string()), ("limit", brake.decrease_yen.to_string())]);
        stops.entry(Kind::Amend).or_default().push(why);
    }
    for draft in drafts {
        if let Some(whys) = stops.get(&draft.change.kind()) {
            draft.holds.extend(whys.iter().cloned());
        }
    }
}

/// Calls that delivering these entries takes at most: one look at each order that adds a row or moves
/// money, the sends, and the questions for results.
pub fn calls_bound(entries: &[Arc<Entry>], via: Via) -> u64 {
    if via != Via::Api {
        return 0;
    }
    let free = || entries.iter().filter(|entry| entry.holds.is_empty());
    let orders = |kind: Kind| -> u64 {
        free()
            .filter(|entry| entry.change.kind() == kind)
            .map(|entry| &entry.change.order)
            .collect::<BTreeSet<_>>()
            .len() as u64
    };
    let hundreds = |orders: u64| orders.div_ceil(100);
    let ship = hundreds(orders(Kind::Ship));
    let statuses: BTreeMap<i64, BTreeSet<&OrderNumber>> = free().fold(BTreeMap::new(), |mut all, entry| {
        if let What::SubStatus { now, .. } = &entry.change.what {
            all.entry(now.0).or_insert_with(BTreeSet::new).insert(&entry.change.order);
        }
        all
    });
    let marks: u64 = statuses.values().map(|orders| hundreds(orders.len() as u64)).sum();
    // A shipping batch is sent once and asked about a few times.
    ship * (1 + RESULT_LOOKS_PER_BATCH)
        + hundreds(orders(Kind::Confirm))
        + 3 * orders(Kind::Amend)
        + 2 * orders(Kind::Cancel)
        + marks
        + 2 * orders(Kind::Memo)
}

/// How often a queued batch is asked about at most: the pauses double from one second to a minute over five minutes.
const RESULT_LOOKS_PER_BATCH: u64 = 10;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::change::{Amendment, Cancellation, Change, WasNow};
    use crate::model::money::Amount;
    use crate::model::wish::{ReasonCode, Restock};

    fn change(order: u32, what: What) -> Drafted {
        let number = OrderNumber::parse(&format!("555001-20260401-{order:010}")).unwrap();
        Drafted {
            change: Change {
                shop: ShopName("demo".into()),
                order: number,
                state: 300,
                what,
                stage: "s".into(),
                sources: vec![],
                picture: String::new(),
                notes: vec![],
            },
            holds: vec![],
            urgent: false,
        }
    }

    fn amend(order: u32, was: i64, now: i64) -> Drafted {
        let amount = |yen| Amount::Fixed(Yen(yen));
        change(
            order,
            What::Amend(Amendment {
                baskets: vec![],
                reason: None,
                total: WasNow { was: amount(was), now: amount(now) },
                request_price: WasNow { was: amount(was), now: amount(now) },
                request_price_range: None,
                after_shipping: false,
            }),
        )
    }

    fn cancel(order: u32) -> Drafted {
        change(
            order,
            What::Cancel(Cancellation { reason: ReasonCode(8), restock: Restock::Keep, after_shipping: false }),
        )
    }

    fn ship(order: u32) -> Drafted {
        use crate::model::carrier::Carrier;
        use crate::model::day::Day;
        use crate::model::ids::BasketId;
        use crate::model::shipment::{RowWrite, ShipChange, Shipment, TrackingNumber};
        change(
            order,
            What::Ship(ShipChange {
                basket: BasketId(1),
                write: RowWrite::Add(Shipment {
                    carrier: Carrier::from_code("1001").unwrap(),
                    number: TrackingNumber::parse(&format!("{order:012}")),
                    date: Day::from_iso("2026-04-02").unwrap(),
                }),
                was: None,
            }),
        )
    }

    /// Codes of what holds each entry, in the plan's order.
    fn check(drafts: Vec<Drafted>, brake: Brake, expect: &[(&str, &[&str])]) {
        let deliver = Deliver {
            via: Via::Api,
            fallback_csv: true,
            settle_seconds: 1800,
            wait_seconds: 300,
            wait_days: 7,
            approve: [Approve::Increase, Approve::Cancel].into(),
            brake,
            resend_absent: false,
            rows_per_file: 5000,
            max_age_hours: 24,
        };
        let head = Head {
            run: RunId::parse("20260401T101500-00ab").unwrap(),
            shop: ShopName("demo".into()),
            pipeline: "p".into(),
            title: "t".into(),
            made_at: Moment::from_unix(0),
            via: Via::Api,
            pace_ms: 1000,
            reads_made: 0,
        };
        let plan = plan(drafts, head, &deliver);
        let got: Vec<(&str, Vec<&str>)> = plan
            .entries
            .iter()
            .map(|entry| (entry.change.kind().word(), entry.holds.iter().map(Why::code).collect()))
            .collect();
        let expect: Vec<(&str, Vec<&str>)> = expect.iter().map(|(kind, codes)| (*kind, codes.to_vec())).collect();
        assert_eq!(got, expect);
    }

    #[test]
    fn a_night_has_its_order_and_a_cancel_against_a_parcel_waits_first() {
        check(
            vec![ship(1), cancel(1), ship(2), amend(3, 1000, 900)],
            Brake::default(),
            &[
                ("cancel", &["cancel-and-ship", "approval-setting"]),
                ("ship", &["cancel-and-ship"]),
                ("amend", &[]),
                ("ship", &[]),
            ],
        );
    }

    #[test]
    fn an_increase_waits_and_its_parcel_with_it() {
        check(
            vec![ship(1), amend(1, 1000, 1200)],
            Brake::default(),
            &[("amend", &["approval-setting"]), ("ship", &["increase-waits"])],
        );
    }

    #[test]
    fn the_brake_holds_one_kind_only() {
        let brake = Brake { decrease_yen: Yen(50), ..Brake::default() };
        check(vec![ship(1), amend(2, 1000, 900)], brake, &[("amend", &["brake-decrease"]), ("ship", &[])]);
        let brake = Brake { ship: 1, ..Brake::default() };
        check(
            vec![ship(1), ship(2), amend(3, 9, 8)],
            brake,
            &[("amend", &[]), ("ship", &["brake-ship"]), ("ship", &["brake-ship"])],
        );
    }
}
