//! A yes that came too late: between a plan and its approval other files, plans and nights may have said what stands
//! against it. What is overtaken is held, with the reason; the rest is free to go. Sends nothing.

use super::Trip;
use super::gather::{parcel, waits_for};
use super::night::Night;
use crate::edge::ledger::{IntentMemory, kept_key};
use crate::flow::compare::earlier::has_arrived;
use crate::flow::money::total;
use crate::model::change::{Change, Kind, What};
use crate::model::exit::{Exit, Stop};
use crate::model::ids::{OrderNumber, RunId};
use crate::model::order::Order;
use crate::model::pipeline::SecondNumber;
use crate::model::plan::Entry;
use crate::model::receipt::Standing;
use crate::model::shipment::{RowWrite, Shipment};
use crate::model::wish::Wish;
use crate::model::words::{Why, comparing, delivering};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A yes to a saved plan may come too late: what later rows, plans or files stand against waits on. A night's own changes
/// were compared with all of them already.
pub fn free(trip: &Trip, night: &mut Night, go: &[Arc<Entry>]) -> Result<Vec<Arc<Entry>>, Stop> {
    let free = not_decided(trip, night, go)?;
    let free = not_in_somebodys_hands(trip, night, &free)?;
    let free = not_before_an_increase(trip, night, free)?;
    not_contradicted(trip, night, free)
}

/// A yes to a parcel, and a later plan raised the price of its order: reporting the parcel charges the old amount. Who
/// had the increase in view when saying yes, or says yes to both, means it.
fn not_before_an_increase(trip: &Trip, night: &mut Night, go: Vec<Arc<Entry>>) -> Result<Vec<Arc<Entry>>, Stop> {
    let Some(plan) = night.saved_plan.clone() else { return Ok(go) };
    if !go.iter().any(|entry| entry.change.kind() == Kind::Ship) {
        return Ok(go);
    }
    let going: BTreeSet<String> = go.iter().map(|entry| kept_key(&entry.change.key()).into_owned()).collect();
    let mut dearer: BTreeSet<OrderNumber> = BTreeSet::new();
    for intent in trip.ledger.open(&trip.shop.name)? {
        let later = intent.run.follows(&plan) && !going.contains(&intent.key);
        if later && increase_waits(&intent, night.order(&intent.order)) {
            dearer.insert(intent.order);
        }
    }
    let mut free = Vec::with_capacity(go.len());
    for entry in go {
        let seen = entry.holds.iter().any(|why| why.code() == comparing::INCREASE_WAITS.code);
        if entry.change.kind() == Kind::Ship && !seen && dearer.contains(&entry.change.order) {
            waits_on(trip, night, &entry, comparing::INCREASE_WAITS.plain())?;
        } else {
            free.push(entry);
        }
    }
    Ok(free)
}

/// Whether an increase was not taken by RMS, for whatever reason, and nobody typed it since.
pub fn increase_waits(intent: &IntentMemory, order: Option<&Order>) -> bool {
    let through = matches!(intent.standing, Standing::Confirmed | Standing::Withdrawn | Standing::Planned);
    if through || intent.kind != Kind::Amend.word() {
        return false;
    }
    match intent.change().map(|change| change.what) {
        Some(What::Amend(amendment)) => {
            let there = order.is_some_and(|order| total::before_points(order) == amendment.total.now);
            amendment.increases() && !there
        }
        // Written by another version: it may be one.
        _ => true,
    }
}

/// A yes that is said a second time, or after somebody declined: what a later run told is not told again, whatever
/// became of it in RMS since, and what was withdrawn from its plan is not told at all.
fn not_decided(trip: &Trip, night: &mut Night, go: &[Arc<Entry>]) -> Result<Vec<Arc<Entry>>, Stop> {
    let Some(plan) = night.saved_plan.clone() else { return Ok(go.to_vec()) };
    let mut free = Vec::with_capacity(go.len());
    for entry in go {
        match trip.ledger.standing(&entry.change.key())? {
            Some(known) if known.standing == Standing::Confirmed && known.run.follows(&plan) => {
                let why = comparing::ALREADY_REGISTERED.plain();
                night.stands(entry.clone(), Standing::Confirmed, None, Some(why));
            }
            Some(known) if known.standing == Standing::Withdrawn && known.run == plan => {
                let why = comparing::DECLINED_EARLIER.with([("order", entry.change.order.to_string())]);
                night.to_do.push(why.clone());
                night.stands(entry.clone(), Standing::Withdrawn, None, Some(why));
                night.worsen(Exit::SomeRefused);
            }
            _ => free.push(entry.clone()),
        }
    }
    Ok(free)
}

/// A yes to a cancellation on one sheet and to a parcel of the same order on another: neither is told, as on one sheet.
pub fn not_both(
    trip: &Trip,
    night: &mut Night,
    go: &[Arc<Entry>],
    both: &BTreeSet<OrderNumber>,
) -> Result<Vec<Arc<Entry>>, Stop> {
    let mut free = Vec::with_capacity(go.len());
    for entry in go {
        let order = &entry.change.order;
        if opposite(entry.change.kind()).is_none() || !both.contains(order) {
            free.push(entry.clone());
            continue;
        }
        let why = delivering::APPROVED_BOTH.with([("order", order.to_string())]);
        if !night.urgent.contains(&why) {
            night.urgent.push(why.clone());
            night.to_do.push(why.clone());
        }
        waits_on(trip, night, entry, why)?;
    }
    Ok(free)
}

/// A yes to a saved plan may come after a later night exported a number, an amount or a mark of the same order for a
/// person to register: until that file is uploaded or withdrawn, what was approved stays held. A night's own changes
/// were compared with the exported ones already.
fn not_in_somebodys_hands(trip: &Trip, night: &mut Night, go: &[Arc<Entry>]) -> Result<Vec<Arc<Entry>>, Stop> {
    if !night.must_look_again {
        return Ok(go.to_vec());
    }
    let mut exported = trip.ledger.open(&trip.shop.name)?;
    exported.retain(|intent| intent.standing == Standing::Exported);
    let mut free = Vec::with_capacity(go.len());
    for entry in go {
        let (change, key) = (&entry.change, entry.change.key());
        let own = exported.iter().any(|intent| intent.key == kept_key(&key));
        let other = exported.iter().find(|intent| {
            !own && intent.order == change.order
                && intent.kind == change.kind().word()
                && intent.change().is_none_or(|theirs| undone_by(trip, night, &theirs.what, change))
        });
        let Some(other) = other else {
            free.push(entry.clone());
            continue;
        };
        let why = in_their_hands(other, change);
        waits_on(trip, night, entry, why)?;
    }
    Ok(free)
}

/// What is said of an approved change that waits for an upload file or a worksheet.
fn in_their_hands(other: &IntentMemory, change: &Change) -> Why {
    let run = ("run", other.run.to_string());
    let theirs = other.change().and_then(|theirs| Some(shipment(&theirs.what)?.clone()));
    match (shipment(&change.what), theirs) {
        (Some(ours), Some(theirs)) if same_parcel(ours, &theirs) => comparing::EXPORTED_EARLIER.with([run]),
        (ours, theirs) if change.kind() == Kind::Ship => {
            let shown = |parcel: &Shipment| {
                let number = parcel.number.as_ref().map(ToString::to_string).unwrap_or_default();
                format!("{} {number} {}", parcel.carrier.code(), parcel.date)
            };
            let known = theirs.as_ref().map(shown).unwrap_or_default();
            comparing::EXPORTED_OTHERWISE.with([run, ("known", known), ("number", ours.map(shown).unwrap_or_default())])
        }
        _ => comparing::SHEET_OPEN.with([run, ("kind", change.kind().ja().to_owned())]),
    }
}

/// Approved, and not to go tonight: held as its plan's if it was held, else unsent.
fn waits_on(trip: &Trip, night: &mut Night, entry: &Arc<Entry>, why: Why) -> Result<(), Stop> {
    let known = trip.ledger.standing(&entry.change.key())?;
    let held = known.filter(|known| known.standing == Standing::Held);
    let standing = if held.is_some() { Standing::Held } else { Standing::Planned };
    if let Some(held) = held {
        trip.ledger.held_on(&held.run, &entry.change.key(), &why, trip.clock.now())?;
    }
    night.stands(entry.clone(), standing, None, Some(why));
    night.worsen(Exit::PersonNeeded);
    Ok(())
}

fn shipment(what: &What) -> Option<&Shipment> {
    match what {
        What::Ship(ship) => ship.write.shipment(),
        _ => None,
    }
}

/// One number, or parcels without one by one carrier.
fn same_parcel(one: &Shipment, other: &Shipment) -> bool {
    match (&one.number, &other.number) {
        (Some(one), Some(other)) => one.key() == other.key(),
        (None, None) => one.carrier == other.carrier,
        _ => false,
    }
}

/// Registered by hand after ours was told, theirs would double the parcel, give the door a second number nobody meant,
/// or put the old amount or mark back. As in a night's own comparison, a stage that adds further numbers for one door
/// (`second_number = "add"`) means them.
fn undone_by(trip: &Trip, night: &Night, theirs: &What, ours: &Change) -> bool {
    match (theirs, &ours.what) {
        (What::Ship(theirs), What::Ship(write)) => {
            let stage = trip.pipeline.ships.iter().find(|stage| stage.name == ours.stage);
            let several = stage.is_some_and(|stage| stage.second_number == SecondNumber::Add);
            let arrived = night.order(&ours.order).is_some_and(|order| has_arrived(theirs, order));
            let same_row = write.write.row().is_some() && write.write.row() == theirs.write.row();
            let same = theirs
                .write
                .shipment()
                .zip(write.write.shipment())
                .is_some_and(|(theirs, ours)| same_parcel(theirs, ours));
            let new = matches!(write.write, RowWrite::Fill(..) | RowWrite::Add(_));
            let second = new && write.basket == theirs.basket && theirs.write.shipment().is_some() && !several;
            !arrived && (same || same_row || second)
        }
        (What::Amend(_), What::Amend(_))
        | (What::SubStatus { .. }, What::SubStatus { .. })
        | (What::Memo(_), What::Memo(_)) => true,
        _ => false,
    }
}

/// A cancellation against a parcel, or a parcel against a cancellation, that came after the plan: who said yes could not
/// know of it, and a cancellation cannot be taken back. Neither is told; what was approved waits on as its plan's.
fn not_contradicted(trip: &Trip, night: &mut Night, go: Vec<Arc<Entry>>) -> Result<Vec<Arc<Entry>>, Stop> {
    let Some(plan) = night.saved_plan.clone() else { return Ok(go) };
    if !go.iter().any(|entry| opposite(entry.change.kind()).is_some()) {
        return Ok(go);
    }
    let mut open: BTreeMap<OrderNumber, Vec<IntentMemory>> = BTreeMap::new();
    for intent in trip.ledger.open(&trip.shop.name)? {
        if [Kind::Cancel, Kind::Ship].iter().any(|kind| kind.word() == intent.kind) {
            open.entry(intent.order.clone()).or_default().push(intent);
        }
    }
    let waiting: BTreeSet<(OrderNumber, Kind)> = trip
        .ledger
        .waiting(&trip.shop.name)?
        .iter()
        .filter_map(waits_for)
        .map(|wish| (wish.order().clone(), Kind::asked_by(&wish)))
        .collect();
    let newer = |run: &RunId| *run != plan && run.as_str() > plan.as_str();
    let mut free = Vec::with_capacity(go.len());
    for entry in go {
        let order = &entry.change.order;
        let Some(against) = opposite(entry.change.kind()) else {
            free.push(entry);
            continue;
        };
        let of_kind = open.get(order).into_iter().flatten().filter(|intent| intent.kind == against.word());
        let (later, before): (Vec<&IntentMemory>, Vec<&IntentMemory>) = of_kind.partition(|intent| newer(&intent.run));
        // Whoever said yes to a change that was held for this very reason had the other in view.
        let seen = entry.holds.iter().any(|why| why.code() == comparing::CANCEL_AND_SHIP.code);
        let before = if seen { before } else { Vec::new() };
        let waits = !seen && waiting.contains(&(order.clone(), against));
        if later.is_empty() && !waits && !comes_tonight(night, order, against, &before) {
            free.push(entry);
            continue;
        }
        let why = comparing::CANCEL_AND_SHIP.with([("order", order.to_string())]);
        if let Some(held) = later.iter().find(|intent| intent.standing == Standing::Held) {
            night.to_do.push(comparing::HELD_EARLIER.with([("run", held.run.to_string())]));
        }
        night.urgent.push(why.clone());
        waits_on(trip, night, &entry, why)?;
    }
    Ok(free)
}

/// Whether tonight's files ask for what contradicts an approved change. `known`: what whoever approved it had in
/// view; a file that only says it again is no news. A row that could not be read has no number that anybody could know.
fn comes_tonight(night: &Night, order: &OrderNumber, against: Kind, known: &[&IntentMemory]) -> bool {
    let mut asked = night.tonight.wishes.get(order).into_iter().flatten();
    let refused = night.tonight.refused.contains(&(order.clone(), against));
    match against {
        Kind::Ship => {
            let parcels: Vec<Change> = known.iter().filter_map(|intent| intent.change()).collect();
            let is_known = |one: &Shipment| {
                parcels.iter().filter_map(|known| shipment(&known.what)).any(|known| same_parcel(known, one))
            };
            refused || asked.any(|wish| matches!(&**wish, Wish::Ship(ship) if !is_known(&parcel(ship))))
        }
        _ => known.is_empty() && (refused || asked.any(|wish| Kind::asked_by(wish) == against)),
    }
}

/// The kind that contradicts a change of this kind.
fn opposite(kind: Kind) -> Option<Kind> {
    match kind {
        Kind::Cancel => Some(Kind::Ship),
        Kind::Ship => Some(Kind::Cancel),
        Kind::Amend | Kind::Confirm | Kind::SubStatus | Kind::Memo => None,
    }
}
