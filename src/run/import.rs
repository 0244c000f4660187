//! 受注の自動取込: what the import stages find. The first sight of an order is its baseline; the first
//! import of a shop looks only. Open states are searched every run over all windows, since an order paid
//! late has an old date; the cursor serves the closed ones.

use super::night::Night;
use super::{Trip, look, money};
use crate::edge::crash;
use crate::edge::files;
use crate::edge::rms::{DateType, Search, ShopRead};
use crate::flow::compare::import::{self, Imported};
use crate::flow::encode::{Unmappable, cp932};
use crate::model::baseline::Baseline;
use crate::model::change::Kind;
use crate::model::day::Day;
use crate::model::exit::{Exit, Stop};
use crate::model::ids::OrderNumber;
use crate::model::order::Orders;
use crate::model::pipeline::Import;
use crate::model::wish::AmendWish;
use crate::model::words::comparing;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// States that can still change into something an import wants.
const OPEN: [i64; 5] = [100, 200, 300, 400, 800];

/// Closed orders are looked for again this far behind the cursor.
const OVERLAP_SECONDS: i64 = 86_400;

pub fn import(trip: &mut Trip, rms: &mut dyn ShopRead, night: &mut Night) -> Result<(), Stop> {
    let now = trip.clock.now();
    let first = trip.ledger.first_import(&trip.shop.name)?.is_none();
    let mut found: BTreeSet<OrderNumber> = BTreeSet::new();
    let stages: Vec<Import> = trip.pipeline.imports.iter().filter(|stage| stage.from.is_none()).cloned().collect();
    if stages.is_empty() {
        return Ok(());
    }
    for stage in &stages {
        for search in searches(trip, stage)? {
            match rms.search(&search) {
                Ok(numbers) => found.extend(numbers),
                Err(error) => return look::unusable(trip, night, error),
            }
        }
    }
    look::read(trip, rms, night, &found)?;
    if night.closed.is_some() {
        return Ok(());
    }
    let orders = read_tonight(night, &found);
    let baselines = money::baselines(trip, &found)?;
    let refresh = stages.iter().any(|stage| stage.refresh);
    let ours = told_by_us(trip, &orders, &baselines)?;
    let Imported { adopted, refreshed, mut differences, .. } =
        import::import(&orders, &baselines, &|number| refresh || ours.contains(number), trip.picture_key);
    differences.retain(|difference| !ours.contains(&difference.order));
    let fresh: BTreeSet<OrderNumber> = adopted.iter().map(|base| base.order.clone()).collect();
    night.adopted += adopted.len() as u64;
    night.warnings.extend(differences.iter().take(DIFFERENCES_SHOWN).map(import::Difference::why));
    if !night.planning {
        money::put_baselines(trip, adopted.iter().chain(&refreshed))?;
        for stage in &stages {
            trip.ledger.set_cursor(&trip.shop.name, &stage.name, now)?;
        }
        export(trip, night, &stages, &orders, &fresh)?;
        if first {
            trip.ledger.set_first_import(&trip.shop.name, now)?;
        }
        crash::point("baseline.after");
    }
    // A shop on this machine is the pretend one; a real shop's first import sends nothing.
    night.adopting = first;
    night.imported = found;
    Ok(())
}

/// Orders that differ from their baseline only in shipping rows and state, and that we told a parcel, an amount or
/// our confirmation ourselves: what we said is no news, and the baseline moves with it.
fn told_by_us(
    trip: &Trip,
    orders: &Orders,
    baselines: &BTreeMap<OrderNumber, Baseline>,
) -> Result<BTreeSet<OrderNumber>, Stop> {
    let mut ours = BTreeSet::new();
    for (number, was) in baselines {
        let Some(now) = orders.get(number).and_then(|order| import::baseline(order, trip.picture_key)) else {
            continue;
        };
        let differences = import::differences(was, &now);
        let shipping = |column: &str| column.starts_with("発送明細") || column == "ステータス";
        if differences.is_empty() || !differences.iter().all(|difference| shipping(&difference.column)) {
            continue;
        }
        let told = trip.ledger.of_order(&trip.shop.name, number)?;
        let moves = [Kind::Ship, Kind::Amend, Kind::Confirm, Kind::Cancel].map(Kind::word);
        if told.iter().any(|intent| moves.contains(&intent.kind.as_str()) && intent.confirmed_at.is_some()) {
            ours.insert(number.clone());
        }
    }
    Ok(ours)
}

/// Those of these orders that this run has read.
fn read_tonight(night: &Night, numbers: &BTreeSet<OrderNumber>) -> Orders {
    let one = |number: &OrderNumber| Some((number.clone(), Arc::clone(night.seen.get(number)?.order.as_ref()?)));
    numbers.iter().filter_map(one).collect()
}

/// Reads these orders anew; what differs from their baselines is listed, then the baselines move.
pub fn again(
    trip: &mut Trip,
    rms: &mut dyn ShopRead,
    night: &mut Night,
    orders: &BTreeSet<OrderNumber>,
) -> Result<(), Stop> {
    look::read(trip, rms, night, orders)?;
    night.calls_made = rms.calls_made();
    let read = read_tonight(night, orders);
    let baselines = money::baselines(trip, orders)?;
    let Imported { adopted, refreshed, differences, .. } =
        import::import(&read, &baselines, &|_| true, trip.picture_key);
    night.adopted += adopted.len() as u64;
    night.warnings.extend(differences.iter().map(import::Difference::why));
    money::put_baselines(trip, adopted.iter().chain(&refreshed))?;
    for number in orders.iter().filter(|number| !read.contains_key(*number)) {
        if night.closed.is_none() {
            night.to_do.push(comparing::ORDER_UNKNOWN.with([("order", number.to_string())]));
            night.worsen(Exit::SomeRefused);
        }
    }
    Ok(())
}

/// `[import.X] from = "orders"`: a dropped order CSV moves the baselines of the orders it holds, and says what it changed.
pub fn by_csv(trip: &mut Trip, night: &mut Night, records: &[AmendWish]) -> Result<(), Stop> {
    let orders: BTreeSet<OrderNumber> = records.iter().map(|record| record.order.clone()).collect();
    let baselines = money::baselines(trip, &orders)?;
    let Imported { refreshed, differences, .. } = import::import_csv(records, &baselines);
    night.warnings.extend(differences.iter().take(DIFFERENCES_SHOWN).map(import::Difference::why));
    if !night.planning {
        money::put_baselines(trip, &refreshed)?;
    }
    let state = |record: &AmendWish| record.other_cells.get("ステータス").and_then(|text| import::whole_number(text));
    night.order_files.push(OrderFile {
        states: records.iter().filter_map(|record| Some((record.order.clone(), state(record)?))).collect(),
        orders,
    });
    Ok(())
}

/// What a dropped order CSV holds, for 取込漏れ.
pub struct OrderFile {
    orders: BTreeSet<OrderNumber>,
    /// `orderProgress` as its rows say it.
    states: BTreeMap<OrderNumber, i64>,
}

/// 取込漏れ: orders of tonight's order CSVs that RMS does not have, and orders of RMS that should be in such a file. A file
/// is asked only for what it can hold: states that it has rows of, and days between its first and its last, because
/// nobody knows at what hours it begins and ends. RMS is asked only about orders in states that an import looks for: a
/// download of old orders costs no call.
pub fn gaps(trip: &mut Trip, rms: &mut dyn ShopRead, night: &mut Night) -> Result<(), Stop> {
    for file in std::mem::take(&mut night.order_files) {
        let baselines = money::baselines(trip, &file.orders)?;
        let progress: BTreeSet<i64> = trip.pipeline.imports.iter().flat_map(|stage| stage.progress.clone()).collect();
        let looked_for = |number: &&OrderNumber| {
            file.states.get(*number).is_none_or(|state| progress.contains(state)) && !baselines.contains_key(*number)
        };
        let unseen: BTreeSet<OrderNumber> = file.orders.iter().filter(looked_for).cloned().collect();
        look::read(trip, rms, night, &unseen)?;
        if night.closed.is_some() {
            return Ok(());
        }
        let gone = |number: &&OrderNumber| unseen.contains(*number) && !night.seen.contains_key(*number);
        let held_states: BTreeSet<i64> = file.states.values().copied().collect();
        let days: Vec<Day> = file.orders.iter().filter_map(OrderNumber::day).collect();
        let (first, last) = (days.iter().min().copied(), days.iter().max().copied());
        let held = |number: &OrderNumber| {
            let state = night.order(number).map(|order| order.order_progress);
            let day = number.day();
            state.is_some_and(|state| held_states.contains(&state)) && first < day && day < last
        };
        let expected = night.imported.iter().filter(|number| held(number)).cloned();
        let due: BTreeSet<OrderNumber> =
            file.orders.iter().filter(|number| !gone(number)).cloned().chain(expected).collect();
        let found = import::gaps(&due, &file.orders);
        night.warnings.extend(found.into_iter().take(DIFFERENCES_SHOWN));
    }
    Ok(())
}

/// So many differences are spelt out; the rest is in the report's count.
const DIFFERENCES_SHOWN: usize = 50;

/// What a stage must ask: all its open states over every window, its closed states since the cursor.
fn searches(trip: &Trip, stage: &Import) -> Result<Vec<Search>, Stop> {
    let now = trip.clock.now();
    let cursor = trip.ledger.cursor(&trip.shop.name, &stage.name)?;
    let (open, closed): (Vec<i64>, Vec<i64>) = stage.progress.iter().partition(|state| OPEN.contains(state));
    let back = |days: i64| now.plus_seconds(-days * 86_400);
    let mut all = Vec::new();
    let mut ask = |progress: Vec<i64>, from| {
        if !progress.is_empty() {
            all.push(Search { by: DateType::Ordered, from, to: now, progress, sub_statuses: Vec::new() });
        }
    };
    // The first run reaches back as far as it was told; later ones as far as an open order can be old.
    let open_from =
        if cursor.is_none() { back(stage.since_days) } else { back(stage.open_since_days.max(stage.since_days)) };
    ask(open, open_from);
    let closed_from = cursor.map_or(back(stage.since_days), |at| at.plus_seconds(-OVERLAP_SECONDS));
    ask(closed, closed_from);
    Ok(all)
}

/// A CSV of the orders seen for the first time, for other systems.
fn export(
    trip: &Trip,
    night: &mut Night,
    stages: &[Import],
    orders: &Orders,
    fresh: &BTreeSet<OrderNumber>,
) -> Result<(), Stop> {
    for stage in stages {
        let Some(wanted) = &stage.export else { continue };
        let new: Orders =
            orders.iter().filter(|(number, _)| fresh.contains(*number)).map(|(n, o)| (n.clone(), o.clone())).collect();
        if new.is_empty() {
            continue;
        }
        let (header, records) = import::export(&new);
        let text = crate::flow::paper::order_csv(&header, &records);
        let bytes = if wanted.encoding == "cp932" {
            cp932(&text, Unmappable::Geta).unwrap_or_else(|_| text.into_bytes())
        } else {
            let mut bytes = b"\xef\xbb\xbf".to_vec();
            bytes.extend_from_slice(text.as_bytes());
            bytes
        };
        let name = format!("受注_{}_{}_{}.csv", stage.name, trip.shop.name, trip.clock.now().compact());
        files::write_new(&trip.workspace.join("outbox").join(trip.run.as_str()).join(&name), &bytes)?;
        night.outputs.push(format!("outbox/{}/{name}", trip.run));
    }
    Ok(())
}
