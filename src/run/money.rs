//! Amounts, cancellations, confirmations and marks: compared with what is known, and, where money moves,
//! sent one order at a time with a read just before and just after.

use super::compare::own;
use super::deliver::{closed, send, still_true};
use super::gather::ByStage;
use super::look::Known;
use super::night::Night;
use super::{Rms, Trip, look};
use crate::flow::batch;
use crate::flow::compare::{self, Compared, Context, Drafted, Waits, import};
use crate::flow::money::{body, drift};
use crate::model::baseline::Baseline;
use crate::model::change::{Kind, What};
use crate::model::exit::Stop;
use crate::model::ids::OrderNumber;
use crate::model::money::Amount;
use crate::model::order::Order;
use crate::model::plan::Entry;
use crate::model::receipt::Standing;
use crate::model::wish::Wish;
use crate::model::words::money as words;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Unexplained differences after which the remaining amendments wait.
const DRIFTS_MAX: u32 = 3;

/// The wishes of all stages but shipping.
pub fn others(
    trip: &mut Trip,
    night: &mut Night,
    by_stage: &ByStage,
    known: &Known,
    shipping: &BTreeSet<OrderNumber>,
) -> Result<Compared, Stop> {
    // Parcels are told whatever a baseline says.
    let others = by_stage.values().flatten().filter(|wish| !matches!(&***wish, Wish::Ship(_)));
    let concerned: BTreeSet<OrderNumber> = others.map(|wish| wish.order().clone()).collect();
    let baselines = baselines(trip, &concerned)?;
    let mut states_to_be: BTreeMap<OrderNumber, i64> = BTreeMap::new();
    let open = trip.ledger.open(&trip.shop.name)?.into_iter();
    let mut confirming: BTreeSet<OrderNumber> =
        open.filter(|intent| intent.kind == Kind::Confirm.word()).map(|intent| intent.order).collect();
    let now = trip.clock.now();
    let mut all = Compared::default();
    let (deliver, key) = (&trip.pipeline.deliver, trip.picture_key);
    // Made anew for each kind, because the states to be grow with the night.
    macro_rules! cx {
        () => {
            Context { deliver, now, key, shipping, states_to_be: &states_to_be, confirming: &confirming }
        };
    }
    for stage in &trip.pipeline.cancels {
        let wishes = own!(by_stage, stage.name.as_str(), Cancel);
        all.join(compare::cancel::cancel(wishes, &known.orders, stage, trip.shop, &cx!()));
    }
    let asked: Vec<compare::amend::Asked> = trip
        .pipeline
        .amends
        .iter()
        .map(|stage| compare::amend::Asked { stage, wishes: own!(by_stage, stage.name.as_str(), Amend).collect() })
        .collect();
    all.join(compare::amend::amend(&asked, &known.orders, &baselines, trip.shop, &cx!()));
    for stage in &trip.pipeline.confirms {
        let wishes = own!(by_stage, stage.name.as_str(), Confirm);
        let imported = if stage_is_import(trip, &stage.from) { night.imported.clone() } else { BTreeSet::new() };
        let mut confirmed = compare::confirm::confirm(wishes, &imported, &known.orders, stage, trip.shop, &cx!());
        for Waits { source: _, order, why } in &mut confirmed.waiting {
            let amended = || all.entries.iter().any(|draft| fixes_tonight(draft, order));
            if why.code() == words::CONFIRM_OPEN_AMOUNT.code && amended() {
                *why = words::CONFIRM_AFTER_AMEND.plain();
            }
        }
        let going = confirmed.entries.iter().filter(|draft| draft.holds.is_empty());
        states_to_be.extend(going.map(|draft| (draft.change.order.clone(), 200)));
        let held = confirmed.entries.iter().filter(|draft| !draft.holds.is_empty());
        confirming.extend(held.map(|draft| draft.change.order.clone()));
        confirming.extend(confirmed.waiting.iter().map(|waits| waits.order.clone()));
        all.join(confirmed);
    }
    let statuses = known
        .sub_statuses
        .iter()
        .map(|group| (group.state, group.sub_statuses.iter().map(|one| (one.id, one.name.clone())).collect()))
        .collect();
    for stage in &trip.pipeline.marks {
        let wishes = own!(by_stage, stage.name.as_str(), Mark);
        all.join(compare::mark::mark(wishes, &known.orders, &statuses, stage, trip.shop, &cx!()));
    }
    night.warnings.append(&mut all.notes);
    if !night.planning {
        put_baselines(trip, all.baselines.values())?;
    }
    Ok(all)
}

/// An amendment of this night that leaves nothing of the order's total open.
fn fixes_tonight(draft: &Drafted, order: &OrderNumber) -> bool {
    let fixed = matches!(&draft.change.what, What::Amend(amendment) if amendment.total.now != Amount::NotFixedYet);
    fixed && draft.holds.is_empty() && draft.change.order == *order
}

fn stage_is_import(trip: &Trip, name: &str) -> bool {
    trip.pipeline.imports.iter().any(|import| import.name == name)
}

/// The baselines of these orders, as far as there are any.
pub fn baselines(trip: &Trip, orders: &BTreeSet<OrderNumber>) -> Result<BTreeMap<OrderNumber, Baseline>, Stop> {
    let numbers: Vec<&OrderNumber> = orders.iter().collect();
    let kept = trip.ledger.baselines(&trip.shop.name, &numbers)?;
    Ok(kept
        .into_iter()
        .filter_map(|(number, kept)| serde_json::from_str(&kept.picture_json).ok().map(|base| (number, base)))
        .collect())
}

/// Sets or moves baselines.
pub fn put_baselines<'b>(trip: &Trip, baselines: impl IntoIterator<Item = &'b Baseline>) -> Result<(), Stop> {
    let texts: Vec<(&OrderNumber, String)> = baselines
        .into_iter()
        .filter_map(|base| serde_json::to_string(base).ok().map(|text| (&base.order, text)))
        .collect();
    let pictures: Vec<(&OrderNumber, &str)> = texts.iter().map(|(number, text)| (*number, text.as_str())).collect();
    if !pictures.is_empty() {
        trip.ledger.put_baselines(&trip.shop.name, trip.clock.now(), &pictures)?;
    }
    Ok(())
}

/// One amendment or cancellation: looked at, sent, looked at again.
pub fn one(
    trip: &mut Trip,
    rms: &mut dyn Rms,
    night: &mut Night,
    open: &mut BTreeMap<String, Arc<Entry>>,
    entry: Arc<Entry>,
) -> Result<(), Stop> {
    let kind = entry.change.kind();
    if closed(trip, night, 3) {
        return Ok(());
    }
    let key = entry.change.key();
    if kind == Kind::Amend && night.drifts >= DRIFTS_MAX {
        let why = words::DRIFT_STOP.with([("count", night.drifts.to_string())]);
        trip.ledger.needless(&trip.run, &[&key], trip.clock.now())?;
        if let Some(entry) = open.remove(&key) {
            night.stands(entry, Standing::Planned, None, Some(why));
        }
        return Ok(());
    }
    let number = entry.change.order.clone();
    let Some(before) = fresh(trip, rms, night, &number)? else { return Ok(()) };
    if !still_true(trip, night, open, &entry, kind)? {
        return Ok(());
    }
    let (op, content) = match &entry.change.what {
        What::Amend(amendment) => (body::sender_op(amendment), body::sender(&before, amendment)),
        What::Cancel(cancellation) => (body::cancel_op(cancellation), body::cancel(&before, cancellation)),
        What::Ship(_) | What::Confirm | What::SubStatus { .. } | What::Memo(_) => return Ok(()),
    };
    let call = batch::alone(op, &entry.change, content);
    send(trip, rms, night, open, &call)?;
    let told = night.changes.iter().any(|line| line.standing == Standing::Confirmed && line.entry.change.key() == key);
    if !told || night.closed.is_some() {
        return Ok(());
    }
    let Some(after) = fresh(trip, rms, night, &number)? else { return Ok(()) };
    if let What::Amend(amendment) = &entry.change.what {
        let drift = drift::after(&before, amendment, &after);
        if drift.unexplained {
            night.drifts += 1;
        }
        if drift.pending {
            night.warnings.push(words::AMEND_PENDING.with([("order", number.to_string())]));
        }
        night.drift_rows.extend(drift.rows);
    }
    // After every confirmed change the baseline is what was read back.
    if let Some(base) = import::baseline(&after, trip.picture_key) {
        let base = match baselines(trip, &[number.clone()].into())?.remove(&number) {
            Some(was) => was.followed_by(base),
            None => base,
        };
        put_baselines(trip, [&base])?;
    }
    Ok(())
}

/// The order as it is at this moment; `None` if the API closed on the way or does not show it.
fn fresh(trip: &mut Trip, rms: &mut dyn Rms, night: &mut Night, number: &OrderNumber) -> Result<Option<Order>, Stop> {
    night.seen.remove(number);
    look::reread(trip, rms, night, std::slice::from_ref(number))?;
    Ok(night.order(number).cloned())
}
