//! Wishes held against what is known: each kind by its own comparison, all piles into the night's.

use super::gather::{ByStage, Wishes};
use super::look::Known;
use super::night::{Night, Pile};
use super::overtaken::increase_waits;
use super::{Trip, gather};
use crate::edge::ledger::{IntentMemory, kept_key};
use crate::flow::compare::earlier::{Exported, Replaced};
use crate::flow::compare::picture::picture;
use crate::flow::compare::ship::{Asked, View};
use crate::flow::compare::{Compared, Drafted, Waits, ship};
use crate::model::change::{Kind, What};
use crate::model::day::Moment;
use crate::model::exit::Stop;
use crate::model::ids::OrderNumber;
use crate::model::order::Order;
use crate::model::receipt::Standing;
use crate::model::sheet::Source;
use crate::model::shipment::TrackingNumber;
use crate::model::wish::Wish;
use crate::model::words::{Why, asking, comparing};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub fn compare(trip: &mut Trip, night: &mut Night, wishes: Wishes, known: &Known) -> Result<Vec<Drafted>, Stop> {
    let mut by_stage = wishes.by_stage;
    set_unknown_apart(trip, night, &mut by_stage, known);
    let (mut cancelling, mut shipping) = open_elsewhere(trip)?;
    for (order, kind) in wishes.refused.into_iter().chain(tonight(&by_stage)) {
        match kind {
            Kind::Cancel => cancelling.insert(order),
            Kind::Ship => shipping.insert(order),
            _ => false,
        };
    }
    let mut all = ships(trip, &by_stage, known, &wishes.settled_numbers)?;
    all.join(super::money::others(trip, night, &by_stage, known, &shipping)?);
    for draft in all.entries.iter_mut().filter(|draft| draft.change.kind() == Kind::Ship) {
        if cancelling.contains(&draft.change.order) {
            draft.urgent = true;
            draft.hold(comparing::CANCEL_AND_SHIP.with([("order", draft.change.order.to_string())]));
        }
    }
    behind_open_sheets(trip, &mut all)?;
    if night.adopting {
        adopt_only(night, &mut all);
    }
    let Compared { entries, rejected, unchanged, waiting, set_aside, baselines: _, notes: _ } = all;
    for rejection in rejected {
        // The comparison speaks of RMS's fields; the person has the file in front of them.
        let file = night.files.iter().find(|file| file.name == rejection.source.file);
        let rejection = match file {
            Some(file) => file.in_its_words(rejection, &file.dates)?,
            None => rejection,
        };
        night.reject(rejection);
    }
    for source in &unchanged {
        night.leave_unchanged(source);
    }
    for Waits { source, order, why } in waiting {
        night.wait(source, order, why);
    }
    for aside in set_aside {
        night.put_aside(aside, false);
    }
    for draft in &entries {
        gather::planned(night, &draft.change.sources);
    }
    Ok(entries)
}

/// Rows of orders nobody could be asked about: they wait, and their file stays where it is.
fn set_unknown_apart(trip: &Trip, night: &mut Night, by_stage: &mut ByStage, known: &Known) {
    let Some(closed) = night.closed.clone() else { return };
    let why = if known.from_downloads {
        asking::NOT_IN_DOWNLOADS.with([("hours", trip.pipeline.deliver.max_age_hours.to_string())])
    } else {
        closed.why()
    };
    for wishes in by_stage.values_mut() {
        let (here, apart): (Vec<Arc<Wish>>, Vec<Arc<Wish>>) =
            std::mem::take(wishes).into_iter().partition(|wish| known.orders.contains_key(wish.order()));
        *wishes = here;
        for wish in apart {
            night.stay.insert(wish.source().file.clone());
            night.wait(wish.source().clone(), wish.order().clone(), why.clone());
        }
    }
}

/// The first import of a shop looks only: what would change is left for the next run, with its file.
fn adopt_only(night: &mut Night, all: &mut Compared) {
    for draft in std::mem::take(&mut all.entries) {
        for source in &draft.change.sources {
            night.stay.insert(source.file.clone());
            night.pile(source, Pile::Waiting);
        }
    }
    night.to_do.push(comparing::FIRST_RUN.plain());
}

/// Orders with a cancellation, and with a parcel, that an earlier run left open (held, exported, unheard).
fn open_elsewhere(trip: &Trip) -> Result<(BTreeSet<OrderNumber>, BTreeSet<OrderNumber>), Stop> {
    let (mut cancelling, mut shipping) = (BTreeSet::new(), BTreeSet::new());
    for intent in trip.ledger.open(&trip.shop.name)? {
        if intent.kind == Kind::Cancel.word() {
            cancelling.insert(intent.order);
        } else if intent.kind == Kind::Ship.word() {
            shipping.insert(intent.order);
        }
    }
    Ok((cancelling, shipping))
}

/// Another amount or mark for an order whose amount or mark a person has on a worksheet waits: the old sheet, typed
/// after the new one was told, would undo it, or say a line of the memo twice.
fn behind_open_sheets(trip: &Trip, all: &mut Compared) -> Result<(), Stop> {
    let guarded = [Kind::Amend, Kind::SubStatus, Kind::Memo];
    let sheets: Vec<IntentMemory> = trip
        .ledger
        .open(&trip.shop.name)?
        .into_iter()
        .filter(|intent| intent.standing == Standing::Exported)
        .filter(|intent| guarded.iter().any(|kind| kind.word() == intent.kind))
        .collect();
    if sheets.is_empty() {
        return Ok(());
    }
    let behind = |draft: &Drafted| -> Option<Why> {
        let (kind, key) = (draft.change.kind(), draft.change.key());
        let other = |sheet: &&IntentMemory| {
            sheet.kind == kind.word() && sheet.order == draft.change.order && sheet.key != kept_key(&key)
        };
        let sheet = sheets.iter().find(other)?;
        Some(comparing::SHEET_OPEN.with([("run", sheet.run.to_string()), ("kind", kind.ja().to_owned())]))
    };
    // A row is in one pile: what else it asks for waits with it.
    let mut waits: BTreeMap<Source, Why> = BTreeMap::new();
    for draft in &all.entries {
        if let Some(why) = behind(draft) {
            waits.extend(draft.change.sources.iter().map(|source| (source.clone(), why.clone())));
        }
    }
    let mut dearer: BTreeSet<OrderNumber> = BTreeSet::new();
    let mut told: BTreeSet<Source> = BTreeSet::new();
    for draft in std::mem::take(&mut all.entries) {
        let guards = guarded.contains(&draft.change.kind());
        let Some(why) = draft.change.sources.iter().find_map(|source| waits.get(source)).filter(|_| guards).cloned()
        else {
            all.entries.push(draft);
            continue;
        };
        if let What::Amend(amendment) = &draft.change.what
            && amendment.increases()
        {
            dearer.insert(draft.change.order.clone());
        }
        let order = &draft.change.order;
        for source in draft.change.sources {
            if told.insert(source.clone()) {
                all.waiting.push(Waits { source, order: order.clone(), why: why.clone() });
            }
        }
    }
    // As with an increase that waits for a yes: reporting the parcel would charge the old amount.
    let parcels = all.entries.iter_mut().filter(|draft| draft.change.kind() == Kind::Ship);
    for draft in parcels.filter(|draft| dearer.contains(&draft.change.order)) {
        draft.hold(comparing::INCREASE_WAITS.plain());
    }
    Ok(())
}

/// What tonight's rows ask for, whatever becomes of them.
fn tonight(by_stage: &ByStage) -> impl Iterator<Item = (OrderNumber, Kind)> {
    by_stage.values().flatten().map(|wish| (wish.order().clone(), Kind::asked_by(wish)))
}

/// A stage's wishes. Stages of different kinds may share a name: only wishes of this kind are its own.
macro_rules! own {
    ($by_stage:expr, $name:expr, $kind:ident) => {
        $by_stage.get($name).into_iter().flatten().filter_map(|wish| match &**wish {
            Wish::$kind(wish) => Some(wish),
            _ => None,
        })
    };
}
pub(super) use own;

fn ships(
    trip: &mut Trip,
    by_stage: &ByStage,
    known: &Known,
    settled: &BTreeMap<OrderNumber, BTreeSet<String>>,
) -> Result<Compared, Stop> {
    let mut asked: Vec<Asked> = Vec::new();
    for stage in &trip.pipeline.ships {
        asked.push(Asked { stage, wishes: own!(by_stage, stage.name.as_str(), Ship).collect() });
    }
    let orders: BTreeSet<OrderNumber> =
        asked.iter().flat_map(|asked| &asked.wishes).map(|wish| wish.order.clone()).collect();
    if orders.is_empty() {
        return Ok(Compared::default());
    }
    let mut open: BTreeMap<OrderNumber, BTreeSet<String>> = BTreeMap::new();
    let mut told: BTreeMap<String, Standing> = BTreeMap::new();
    let mut exported: BTreeMap<OrderNumber, Vec<Exported>> = BTreeMap::new();
    let mut replaced: BTreeMap<OrderNumber, Vec<Replaced>> = BTreeMap::new();
    let (mut dearer, mut refused): (BTreeSet<OrderNumber>, BTreeSet<OrderNumber>) = Default::default();
    for number in &orders {
        for intent in trip.ledger.of_order(&trip.shop.name, number)? {
            let unsure = matches!(intent.standing, Standing::Sending | Standing::Queued | Standing::Unknown);
            if unsure && intent.kind == Kind::Ship.word() {
                open.entry(number.clone()).or_default().insert(intent.key.clone());
            }
            if intent.standing == Standing::Exported && intent.kind == Kind::Ship.word() {
                let ship = match intent.change().map(|change| change.what) {
                    Some(What::Ship(ship)) => Some(ship),
                    _ => None,
                };
                exported.entry(number.clone()).or_default().push(Exported { run: intent.run.clone(), ship });
            }
            if increase_waits(&intent, known.orders.get(number).map(|order| &**order)) {
                match intent.standing {
                    Standing::Refused => refused.insert(number.clone()),
                    _ => dearer.insert(number.clone()),
                };
            } else if intent.kind == Kind::Amend.word() && intent.confirmed_at.is_some() {
                // What RMS took later stands in the place of what it refused, not of what still waits for somebody.
                refused.remove(number);
            }
            if intent.confirmed_at.is_some()
                && intent.kind == Kind::Ship.word()
                && let Some(What::Ship(ship)) = intent.change().map(|change| change.what)
                && let Some(gone) = Replaced::of(&intent.run, &ship)
            {
                replaced.entry(number.clone()).or_default().push(gone);
            }
            // Confirmed once is confirmed, whatever a later plan made of it.
            let settled = intent.confirmed_at.is_some()
                && matches!(intent.standing, Standing::Planned | Standing::Withdrawn | Standing::Refused);
            told.insert(intent.key, if settled { Standing::Confirmed } else { intent.standing });
        }
    }
    let since = trip.clock.now().plus_seconds(-NUMBER_MEMORY_DAYS * 86_400);
    let numbers = numbers_used(trip, &asked, since)?;
    let joint: BTreeSet<String> = trip
        .pipeline
        .ships
        .iter()
        .filter(|stage| trip.pipeline.reads.iter().any(|read| read.name == stage.from && read.joint))
        .map(|stage| stage.name.clone())
        .collect();
    let key = trip.picture_key;
    let view = View {
        shop: &trip.shop.name,
        orders: &known.orders,
        today: trip.clock.now().day(),
        told: &told,
        open: &open,
        exported: &exported,
        replaced: &replaced,
        settled,
        numbers: &numbers,
        joint: &joint,
        picture: &|order: &Order| picture(order, Kind::Ship, key),
    };
    let mut out = ship::compare(&asked, &view);
    dearer.extend(refused);
    for draft in out.entries.iter_mut().filter(|draft| dearer.contains(&draft.change.order)) {
        draft.hold(comparing::INCREASE_WAITS.plain());
    }
    Ok(out)
}

/// Numbers are used again by carriers after a while.
const NUMBER_MEMORY_DAYS: i64 = 180;

/// Other orders that were told one of these numbers since then.
fn numbers_used(trip: &Trip, asked: &[Asked], since: Moment) -> Result<BTreeMap<String, BTreeSet<OrderNumber>>, Stop> {
    let mut used: BTreeMap<String, BTreeSet<OrderNumber>> = BTreeMap::new();
    for wish in asked.iter().flat_map(|asked| &asked.wishes) {
        let Some(number) = wish.number.as_ref().map(TrackingNumber::key) else { continue };
        let others = trip.ledger.confirmed_number(&trip.shop.name, &number, &wish.order, since)?;
        if !others.is_empty() {
            used.entry(number).or_default().extend(others);
        }
    }
    Ok(used)
}
