//! Asking the shop what it knows: each order once a run, in full calls of a hundred. When the API is
//! closed, the shop's own downloads stand in, as far as they go.

use super::Trip;
use super::gather::Wishes;
use super::night::{Night, Seen};
use crate::edge::ledger::Download;
use crate::edge::rms::{DateType, Looked, Search, ShopError, ShopRead};
use crate::flow::known;
use crate::model::exit::{Exit, Stop};
use crate::model::ids::OrderNumber;
use crate::model::message::SubStatusGroup;
use crate::model::order::Orders;
use crate::model::pipeline::Window;
use crate::model::plan::Via;
use crate::model::step::{Stage, Step};
use crate::model::wish::{SubStatusWish, Wish};
use crate::model::words::asking;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What is known of the orders concerned.
#[derive(Default)]
pub struct Known {
    pub orders: Orders,
    pub sub_statuses: Vec<SubStatusGroup>,
    /// The shop's downloads were taken for what RMS knows.
    pub from_downloads: bool,
}

/// Days before its end at which an expiring key is spoken of.
const KEY_WARN_DAYS: [i64; 5] = [21, 14, 7, 3, 1];

/// States that are not final.
const OPEN_STATES: [i64; 5] = [100, 200, 300, 400, 800];

pub fn look(trip: &mut Trip, rms: &mut dyn ShopRead, night: &mut Night, wishes: &Wishes) -> Result<Known, Stop> {
    remember_downloads(trip, night, wishes)?;
    let mut known = Known::default();
    if !maintenance(trip, night) {
        key(trip, rms, night)?;
    }
    let wanted: BTreeSet<OrderNumber> = wishes.by_stage.values().flatten().map(|wish| wish.order().clone()).collect();
    if night.closed.is_none() {
        import(trip, rms, night)?;
        read(trip, rms, night, &wanted)?;
    }
    if night.closed.is_none() {
        super::import::gaps(trip, rms, night)?;
    }
    if night.closed.is_none() && names_a_sub_status(wishes) {
        match rms.sub_statuses() {
            Ok(groups) => known.sub_statuses = groups,
            Err(error) => unusable(trip, night, error)?,
        }
    }
    if night.closed.is_some() {
        let via = trip.via.unwrap_or(trip.pipeline.deliver.via);
        if via == Via::Csv || (night.fallback && trip.pipeline.deliver.fallback_csv) {
            known.orders = downloaded(trip)?;
            known.from_downloads = true;
        }
    }
    let read = night.seen.iter().filter_map(|(number, seen)| Some((number.clone(), Arc::clone(seen.order.as_ref()?))));
    known.orders.extend(read);
    night.calls_made = rms.calls_made();
    if !night.planning && night.closed.is_none() {
        trip.ledger.looked_first(&trip.shop.name)?;
    }
    crate::edge::crash::point("look.done");
    Ok(known)
}

/// Reads the orders that this run has not read yet.
pub fn read(
    trip: &mut Trip,
    rms: &mut dyn ShopRead,
    night: &mut Night,
    wanted: &BTreeSet<OrderNumber>,
) -> Result<(), Stop> {
    let fresh: Vec<OrderNumber> = wanted.iter().filter(|number| !night.seen.contains_key(*number)).cloned().collect();
    if fresh.is_empty() {
        return Ok(());
    }
    reread(trip, rms, night, &fresh)
}

/// Reads these orders, whatever was read before.
pub fn reread(trip: &mut Trip, rms: &mut dyn ShopRead, night: &mut Night, numbers: &[OrderNumber]) -> Result<(), Stop> {
    let at = trip.clock.now();
    let total = numbers.len();
    // One order, read before and after its amounts are sent, is no stage of the night.
    let mut looked = |done| {
        if total > 1 {
            (trip.tell)(Step { stage: Stage::Orders, done, total });
        }
    };
    looked(0);
    match rms.orders(numbers, &mut looked) {
        Ok(Looked { orders, missing: _, unreadable, warnings }) => {
            night.warnings.extend(warnings);
            for (number, detail) in unreadable {
                let why = asking::ORDER_UNREADABLE.with([("order", number.to_string()), ("detail", detail)]);
                night.warnings.push(why);
            }
            night.seen.extend(orders.into_iter().map(|(number, order)| (number, Seen { order: Some(order), at })));
            if !night.planning {
                trip.ledger.key_works(&trip.shop.name, None)?;
            }
            Ok(())
        }
        Err(error) => unusable(trip, night, error),
    }
}

/// Known windows: nothing is asked and nothing is sent inside one.
fn maintenance(trip: &Trip, night: &mut Night) -> bool {
    let now = trip.clock.now();
    let inside = !trip.shop.is_loopback() && trip.shop.maintenance.iter().any(|window: &Window| window.holds(now));
    if inside {
        night.close_api(ShopError::Maintenance);
        night.worsen(Exit::TryLater);
    }
    inside
}

/// The key's end, asked once a run.
fn key(trip: &mut Trip, rms: &mut dyn ShopRead, night: &mut Night) -> Result<(), Stop> {
    match rms.key_expiry() {
        Ok(expires) => {
            if !night.planning {
                trip.ledger.key_works(&trip.shop.name, Some(expires))?;
            }
            night.key_expires = Some(expires);
        }
        // The right to ask for the expiry may be missing; that stops nothing.
        Err(ShopError::NotPermitted { .. } | ShopError::Refused { .. } | ShopError::Garbled { .. }) => {
            night.warnings.push(asking::EXPIRY_UNKNOWN.plain());
            night.key_expires = trip.ledger.key_memory(&trip.shop.name)?.expires;
        }
        Err(error) => unusable(trip, night, error)?,
    }
    if let Some(expires) = night.key_expires {
        let days = expires.day().days_since(trip.clock.now().day());
        if KEY_WARN_DAYS.iter().any(|warn| days <= *warn) {
            let why = asking::KEY_ENDS_SOON.with([("days", days.max(0).to_string()), ("date", expires.for_people())]);
            night.to_do.push(why);
        }
    }
    Ok(())
}

/// Decides what an unusable API means for this run. Waiting cures most of it; a dead key does not.
pub fn unusable(trip: &mut Trip, night: &mut Night, error: ShopError) -> Result<(), Stop> {
    let now = trip.clock.now();
    match &error {
        // Its upload page is down with it, and a file made now would keep the retry in the morning from sending.
        ShopError::Maintenance | ShopError::Throttled => night.worsen(Exit::TryLater),
        ShopError::Unreachable(_) => {
            night.fallback = true;
            night.worsen(Exit::TryLater);
        }
        ShopError::KeyRefused { .. } => {
            let since = if night.planning { now } else { trip.ledger.key_refused(&trip.shop.name, now)? };
            let ended = trip.ledger.key_memory(&trip.shop.name)?.expires.is_some_and(|expires| expires < now);
            let lasting = now.seconds_since(since) >= i64::try_from(trip.shop.key_grace_seconds).unwrap_or(i64::MAX);
            // A key just issued is refused for a while; only one that is surely dead turns the night to CSV.
            night.fallback = ended || lasting;
            night.worsen(if night.fallback { Exit::KeyOrRights } else { Exit::TryLater });
        }
        ShopError::NoKey => night.fallback = true,
        ShopError::NotPermitted { .. } => night.worsen(Exit::KeyOrRights),
        ShopError::Garbled { .. } | ShopError::Refused { .. } => night.worsen(Exit::RmsRefused),
    }
    night.to_do.push(error.why());
    night.close_api(error);
    Ok(())
}

fn names_a_sub_status(wishes: &Wishes) -> bool {
    wishes
        .by_stage
        .values()
        .flatten()
        .any(|wish| matches!(&**wish, Wish::Mark(mark) if matches!(mark.sub_status, Some(SubStatusWish::Name(_) | SubStatusWish::Id(_)))))
}

/// Numbers of all orders that are not final, for keys that need them to be unique.
pub fn open_orders(trip: &mut Trip, rms: &mut dyn ShopRead, night: &mut Night) -> Result<Vec<OrderNumber>, Stop> {
    if let Some(known) = &night.open_orders {
        return Ok(known.clone());
    }
    let now = trip.clock.now();
    let days = trip.pipeline.imports.iter().map(|import| import.open_since_days).max().unwrap_or(OPEN_SINCE_DAYS);
    let search = Search {
        by: DateType::Ordered,
        from: now.plus_seconds(-days * 86_400),
        to: now,
        progress: OPEN_STATES.to_vec(),
        sub_statuses: Vec::new(),
    };
    let found = match rms.search(&search) {
        Ok(found) => found,
        Err(error) => {
            unusable(trip, night, error)?;
            Vec::new()
        }
    };
    night.open_orders = Some(found.clone());
    Ok(found)
}

/// How far back open orders are looked for.
const OPEN_SINCE_DAYS: i64 = 180;

/// 受注の自動取込: finds and reads the orders of the import stages, adopts what was never seen before.
fn import(trip: &mut Trip, rms: &mut dyn ShopRead, night: &mut Night) -> Result<(), Stop> {
    if trip.pipeline.imports.is_empty() {
        return Ok(());
    }
    super::import::import(trip, rms, night)
}

/// Keeps what dropped downloads say, for nights on which the API is closed.
fn remember_downloads(trip: &mut Trip, night: &mut Night, wishes: &Wishes) -> Result<(), Stop> {
    if night.planning || (wishes.order_downloads.is_empty() && wishes.report_downloads.is_empty()) {
        return Ok(());
    }
    let now = trip.clock.now();
    for sheet in &wishes.order_downloads {
        let json = serde_json::to_string(&known::bare_orders(sheet)).unwrap_or_default();
        trip.ledger.put_download(&trip.shop.name, Download::Orders, now, &json)?;
    }
    let mut reported = known::Rows::new();
    for sheet in &wishes.report_downloads {
        let rows = known::rows(sheet);
        let json = serde_json::to_string(&rows).unwrap_or_default();
        trip.ledger.put_download(&trip.shop.name, Download::Report, now, &json)?;
        reported.extend(rows);
    }
    super::settle::by_report(trip, night, &reported)
}

/// Orders as the newest downloads show them, if they are young enough.
fn downloaded(trip: &mut Trip) -> Result<Orders, Stop> {
    let oldest = trip.clock.now().plus_seconds(-trip.pipeline.deliver.max_age_hours * 3600);
    let orders = trip.ledger.downloads(&trip.shop.name, Download::Orders, oldest)?;
    let reports = trip.ledger.downloads(&trip.shop.name, Download::Report, oldest)?;
    let orders: Vec<known::BareOrders> = orders.iter().filter_map(|json| serde_json::from_str(json).ok()).collect();
    let reports: Vec<known::Rows> = reports.iter().filter_map(|json| serde_json::from_str(json).ok()).collect();
    Ok(known::join(orders, reports))
}
