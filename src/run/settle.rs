//! What earlier runs left open: results not yet heard, sends never answered, files a person uploads.
//! Only asks and looks; sends nothing.

use super::night::{Night, settled_keys};
use super::{Trip, look};
use crate::edge::ledger::{IntentMemory, RowRest, WaitingRow, veil};
use crate::edge::rms::ShopRead;
use crate::flow::compare::ship::cancelled;
use crate::flow::known;
use crate::flow::outcome;
use crate::flow::settle::{self as sight, Sight};
use crate::model::change::{Change, Kind, What};
use crate::model::exit::{Exit, Stop};
use crate::model::ids::OrderNumber;
use crate::model::order::Order;
use crate::model::receipt::{Answer, Receipt, Standing};
use crate::model::report::OpenLine;
use crate::model::words::{Why, delivering};
use std::collections::BTreeSet;

/// An unheard change must be missing in this many looks, beside the settle time, before it counts as absent.
const LOOKS_MIN: u32 = 2;

pub fn settle(trip: &mut Trip, rms: &mut dyn ShopRead, night: &mut Night) -> Result<(), Stop> {
    results(trip, rms, night)?;
    let open: Vec<(IntentMemory, Change)> = trip
        .ledger
        .open(&trip.shop.name)?
        .into_iter()
        .filter(|intent| must_look(trip, intent))
        // A saved plan looks at its own orders anyway, just before it is delivered.
        .filter(|intent| !(night.must_look_again && intent.standing == Standing::Held))
        .filter_map(|intent| serde_json::from_str(&intent.change_json).ok().map(|change| (intent, change)))
        .collect();
    let orders: BTreeSet<OrderNumber> = open.iter().map(|(_, change)| change.order.clone()).collect();
    if night.closed.is_none() {
        look::read(trip, rms, night, &orders)?;
    }
    for (intent, change) in open {
        one(trip, night, &intent, &change)?;
    }
    Ok(())
}

/// Exported parcels that RMS's own 発送完了報告 download shows: somebody uploaded the file.
pub fn by_report(trip: &mut Trip, night: &mut Night, rows: &known::Rows) -> Result<(), Stop> {
    if rows.is_empty() {
        return Ok(());
    }
    for intent in trip.ledger.open(&trip.shop.name)? {
        let (Standing::Exported, Some(rows)) = (intent.standing, rows.get(&intent.order)) else { continue };
        let Ok(change) = serde_json::from_str::<Change>(&intent.change_json) else { continue };
        if sight::reported(&change, rows) {
            trip.ledger.looked(&trip.run, &[(&intent.key, true)], trip.clock.now())?;
            done(trip, night, &intent, &change, Standing::Confirmed)?;
        }
    }
    Ok(())
}

/// What a fresh read of the order can tell something about. A queued change has its own question; only when
/// that stays unanswered past the settle time is the order itself looked at.
fn must_look(trip: &Trip, intent: &IntentMemory) -> bool {
    match intent.standing {
        // What waits for a person may have been done by hand meanwhile.
        Standing::Unknown | Standing::Exported | Standing::Absent | Standing::Held => true,
        Standing::Queued => trip.clock.now().seconds_since(intent.at) >= settle_seconds(trip),
        _ => false,
    }
}

fn settle_seconds(trip: &Trip) -> i64 {
    i64::try_from(trip.pipeline.deliver.settle_seconds).unwrap_or(i64::MAX)
}

/// Asks for the results of the calls in RMS's queue.
fn results(trip: &mut Trip, rms: &mut dyn ShopRead, night: &mut Night) -> Result<(), Stop> {
    for queued in trip.ledger.queued(&trip.shop.name)? {
        if night.closed.is_some() {
            return Ok(());
        }
        let result = match rms.shipping_result(&queued.request) {
            Ok(result) => result,
            Err(error) => {
                look::unusable(trip, night, error)?;
                return Ok(());
            }
        };
        let now = trip.clock.now();
        let receipts: Vec<Receipt> = outcome::judge_async(&queued.addressed, &result)
            .into_iter()
            .map(|(change, answer)| Receipt { change, answer, at: now, call: None })
            .collect();
        if receipts.is_empty() {
            continue;
        }
        trip.ledger.record(&trip.run, &receipts)?;
        for receipt in receipts {
            let Some(intent) = trip.ledger.standing(&receipt.change)? else { continue };
            let Ok(change) = serde_json::from_str::<Change>(&intent.change_json) else { continue };
            match receipt.answer {
                Answer::Accepted { .. } => done(trip, night, &intent, &change, Standing::Confirmed)?,
                Answer::Refused(refusal) => {
                    done(trip, night, &intent, &change, Standing::Refused)?;
                    let values =
                        [("order", change.order.to_string()), ("code", refusal.code), ("message", refusal.message)];
                    night.to_do.push(delivering::REFUSED_LATER.with(values));
                    night.worsen(Exit::SomeRefused);
                }
                Answer::Queued(_) | Answer::NotSent(_) | Answer::Unheard(_) => {}
            }
        }
    }
    Ok(())
}

fn one(trip: &mut Trip, night: &mut Night, intent: &IntentMemory, change: &Change) -> Result<(), Stop> {
    let now = trip.clock.now();
    let Some(order) = night.order(&change.order) else { return Ok(()) };
    let there = sight::look(&unveiled(change, order), order) == Sight::There;
    trip.ledger.looked(&trip.run, &[(&intent.key, there)], now)?;
    if there {
        return done(trip, night, intent, change, Standing::Confirmed);
    }
    if let Some(why) = parcel_to_stop(intent.standing, change, order) {
        // Said first every morning, until somebody stops the parcel and takes the change back.
        if !night.urgent.contains(&why) {
            night.urgent.push(why);
        }
        night.worsen(Exit::PersonNeeded);
    }
    let waited = now.seconds_since(intent.sent_at.unwrap_or(intent.at)) >= settle_seconds(trip);
    if matches!(intent.standing, Standing::Unknown | Standing::Queued) && waited && intent.looks + 1 >= LOOKS_MIN {
        if intent.standing == Standing::Queued {
            let lost = Receipt {
                change: intent.key.clone(),
                answer: Answer::Unheard("no result".to_owned()),
                at: now,
                call: None,
            };
            trip.ledger.record(&trip.run, &[lost])?;
        }
        if !trip.ledger.thought_absent(&trip.run, &[&intent.key], now)?.is_empty() {
            // What only sets may go again; a row that would be added waits for a person, because a late one
            // might still come.
            let why = delivering::NEVER_ARRIVED.with([("order", change.order.to_string())]);
            let again = kept(trip, change)? || put_back(trip, &intent.key, change, why.clone())?;
            // Out of a saved plan it waits there again, for the person who approved it.
            if !again && trip.ledger.hold_again(&[&intent.key], now)?.is_empty() {
                night.to_do.push(why);
            }
            return done(trip, night, intent, change, Standing::Absent);
        }
    }
    Ok(())
}

/// A parcel that waits for a person or for an upload, of an order cancelled meanwhile: it may be on its way.
fn parcel_to_stop(standing: Standing, change: &Change, order: &Order) -> Option<Why> {
    let waits = matches!(standing, Standing::Held | Standing::Exported);
    (waits && change.kind() == Kind::Ship).then(|| cancelled(order, &change.order)).flatten()
}

/// A memo as it was told. The ledger keeps its lines as hashes, for they may name a buyer; those that the order's
/// memo holds are known again by them.
fn unveiled(change: &Change, order: &Order) -> Change {
    let mut change = change.clone();
    if let What::Memo(edit) = &mut change.what {
        let memo = order.memo.as_deref().unwrap_or_default();
        let there: Vec<&str> = if edit.replace { vec![memo] } else { memo.lines().map(str::trim).collect() };
        let open = |line: &str| there.iter().find(|known| veil(known) == line).map_or(line, |known| known).to_owned();
        edit.text = edit.text.lines().map(open).collect::<Vec<_>>().join("\n");
    }
    change
}

/// Whether the row is one that asked for the change. Tomorrow's file may have today's name, so the order counts too.
fn asked_for(change: &Change, row: &WaitingRow) -> bool {
    change.sources.contains(&row.source) && row.wish_json.contains(change.order.as_str())
}

/// Its row waits already, and is compared anew by itself.
fn kept(trip: &Trip, change: &Change) -> Result<bool, Stop> {
    let waiting = trip.ledger.waiting(&trip.shop.name)?;
    Ok(waiting.iter().any(|row| !row.is_behind_a_held_change() && asked_for(change, row)))
}

/// A change that did not go: its row is compared again in the next look, this run's own if that is still to come.
/// What rests on more than the change itself says cannot be made again; then nothing is kept and the answer is no.
pub fn put_back(trip: &mut Trip, key: &str, change: &Change, why: Why) -> Result<bool, Stop> {
    let Some(wish) = sight::wish_again(change) else { return rows_behind(trip, change, why) };
    let row = WaitingRow {
        key: key.to_owned(),
        wish_json: super::gather::carry(&change.stage, &wish),
        why,
        source: wish.source().clone(),
        first_seen: trip.clock.now(),
    };
    trip.ledger.put_waiting(&trip.shop.name, &[row])?;
    Ok(true)
}

/// The rows that were kept because their change waited for a yes: they wait for the next look.
fn rows_behind(trip: &mut Trip, change: &Change, why: Why) -> Result<bool, Stop> {
    let mut behind = trip.ledger.waiting(&trip.shop.name)?;
    behind.retain(|row| row.is_behind_a_held_change() && asked_for(change, row));
    let keys: Vec<&str> = behind.iter().map(|row| row.key.as_str()).collect();
    let free: Vec<WaitingRow> = behind.iter().map(|row| row.clone().set_free(why.clone())).collect();
    trip.ledger.put_waiting(&trip.shop.name, &free)?;
    trip.ledger.drop_waiting(&trip.shop.name, &keys)?;
    Ok(!free.is_empty())
}

fn done(
    trip: &mut Trip,
    night: &mut Night,
    intent: &IntentMemory,
    change: &Change,
    standing: Standing,
) -> Result<(), Stop> {
    if standing == Standing::Confirmed {
        let keys = settled_keys(change);
        let rows: Vec<(&str, RowRest)> = keys.iter().map(|key| (key.as_str(), RowRest::Settled)).collect();
        trip.ledger.put_rows(&trip.shop.name, &trip.run, trip.clock.now(), &rows)?;
    }
    night.settled_earlier.push(OpenLine {
        run: intent.run.clone(),
        order: change.order.clone(),
        what: change.kind().ja().to_owned(),
        standing,
        since: intent.at,
    });
    Ok(())
}
