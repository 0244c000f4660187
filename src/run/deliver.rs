//! Approved changes to RMS. Each is remembered before it leaves and again when it was heard; nothing is
//! decided here but whether the order is still the one the plan was made for.
//!
//! One request, never repeated: an answer that did not come is `unknown`, and only a later look settles it.

use super::night::{Night, settled_keys};
use super::{Rms, Trip, look, money, overtaken};
use crate::edge::crash;
use crate::edge::ledger::{RowRest, kept_key};
use crate::edge::rms::ShopError;
use crate::flow::compare::mark::{memo_after, memo_hash};
use crate::flow::compare::picture::picture;
use crate::flow::compare::ship::cancelled;
use crate::flow::outcome::{self, Judged, Stop as Halt};
use crate::flow::{batch, settle};
use crate::model::batch::{Addressed, Batch, Heard};
use crate::model::change::{Kind, What};
use crate::model::exit::{Exit, Stop};
use crate::model::ids::OrderNumber;
use crate::model::message::{AsyncResult, GatewayRefusal};
use crate::model::order::Order;
use crate::model::plan::{Approved, Entry};
use crate::model::receipt::{Answer, Receipt, RequestId, Standing};
use crate::model::step::{Stage, Step};
use crate::model::words::{Why, asking, comparing, delivering};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// A read older than this is made again before a row is added.
const READ_FRESH_SECONDS: i64 = 600;

/// A queued batch and whom it speaks of.
struct Waiting {
    request: RequestId,
    addressed: Vec<Addressed>,
}

/// What waits for a person is remembered before anything is sent, so that no kill can lose it.
pub fn remember_held(trip: &mut Trip, night: &mut Night, approved: &Approved) -> Result<(), Stop> {
    let held: Vec<&Entry> = approved.held().iter().map(AsRef::as_ref).collect();
    // What a saved plan held before goes on waiting as that plan's, whose papers people have.
    let run = night.saved_plan.as_ref().unwrap_or(&trip.run);
    trip.ledger.plan(run, &held, Standing::Held, trip.clock.now())?;
    for entry in approved.held() {
        night.stands(entry.clone(), Standing::Held, None, None);
        night.worsen(Exit::PersonNeeded);
        if entry.urgent {
            night.urgent.extend(entry.holds.first().cloned());
        }
    }
    Ok(())
}

pub fn by_api(trip: &mut Trip, rms: &mut dyn Rms, night: &mut Night, go: &[Arc<Entry>]) -> Result<(), Stop> {
    if let Some(why) = not_live(trip, go) {
        for entry in go {
            night.stands(entry.clone(), Standing::Planned, None, Some(why.clone()));
        }
        night.to_do.push(why);
        night.worsen(Exit::PersonNeeded);
        return Ok(());
    }
    let clear = overtaken::free(trip, night, go)?;
    let mut open = intend(trip, night, &clear)?;
    let planned = go;
    let go: Vec<Arc<Entry>> = go.iter().filter(|entry| open.contains_key(&entry.change.key())).cloned().collect();
    let mut queued: Vec<Waiting> = Vec::new();
    let mut touched: BTreeSet<OrderNumber> = BTreeSet::new();
    for kind in Kind::ALL {
        let of_kind: Vec<Arc<Entry>> = go.iter().filter(|entry| entry.change.kind() == kind).cloned().collect();
        match kind {
            Kind::Amend | Kind::Cancel => {
                let total = of_kind.len();
                for (done, entry) in of_kind.into_iter().enumerate() {
                    (trip.tell)(Step { stage: Stage::Send(kind), done, total });
                    money::one(trip, rms, night, &mut open, entry)?;
                }
            }
            Kind::Memo => {
                let total = of_kind.len();
                for (done, entry) in of_kind.into_iter().enumerate() {
                    (trip.tell)(Step { stage: Stage::Send(kind), done, total });
                    memo(trip, rms, night, &mut open, entry)?;
                }
            }
            Kind::Confirm | Kind::Ship | Kind::SubStatus => {
                many(trip, rms, night, &mut open, &mut queued, &touched, kind, of_kind)?;
            }
        }
        // Those that did not go as well: what comes later in the night may rest on them.
        let of_kind = planned.iter().filter(|entry| entry.change.kind() == kind);
        touched.extend(of_kind.map(|entry| entry.change.order.clone()));
    }
    hear_results(trip, rms, night, &mut open, queued)?;
    unsent(trip, night, open)
}

/// Puts the intents on disk before anything leaves. What is on its way already is not taken: it is not told twice.
pub fn intend(trip: &mut Trip, night: &mut Night, go: &[Arc<Entry>]) -> Result<BTreeMap<String, Arc<Entry>>, Stop> {
    let all: Vec<&Entry> = go.iter().map(AsRef::as_ref).collect();
    let taken: BTreeSet<String> =
        trip.ledger.plan(&trip.run, &all, Standing::Planned, trip.clock.now())?.into_iter().collect();
    let mut open = BTreeMap::new();
    for entry in go {
        let key = entry.change.key();
        if taken.contains(kept_key(&key).as_ref()) || taken.contains(&key) {
            open.insert(key, entry.clone());
        } else if trip.ledger.standing(&key)?.is_some_and(|known| known.standing == Standing::Confirmed) {
            // The same plan applied a second time: it is done, and not said again.
            night.stands(entry.clone(), Standing::Confirmed, None, Some(comparing::ALREADY_REGISTERED.plain()));
        } else {
            night.stands(entry.clone(), Standing::Unknown, None, Some(comparing::TOLD_OUTCOME_OPEN.plain()));
            night.worsen(Exit::PersonNeeded);
        }
    }
    Ok(open)
}

/// A shop that is not live is only planned for, except on this machine.
fn not_live(trip: &Trip, go: &[Arc<Entry>]) -> Option<Why> {
    (!go.is_empty() && !trip.shop.live && !trip.shop.is_loopback()).then(|| comparing::NOT_LIVE.plain())
}

/// Changes that go in batches.
#[allow(clippy::too_many_arguments, reason = "the pieces of one delivery, named")]
fn many(
    trip: &mut Trip,
    rms: &mut dyn Rms,
    night: &mut Night,
    open: &mut BTreeMap<String, Arc<Entry>>,
    queued: &mut Vec<Waiting>,
    touched: &BTreeSet<OrderNumber>,
    kind: Kind,
    entries: Vec<Arc<Entry>>,
) -> Result<(), Stop> {
    let fresh = freshen(trip, rms, night, open, touched, kind, entries)?;
    let total = fresh.len();
    let mut done = 0;
    // A shipping call's body is large: it is made when its turn comes.
    let mut calls: Vec<Call> = match kind {
        Kind::Confirm => batch::confirm(&refs(&fresh)).into_iter().map(Call::Made).collect(),
        Kind::SubStatus => batch::sub_status(&refs(&fresh)).into_iter().map(Call::Made).collect(),
        _ => batch::ship_calls(&fresh).into_iter().map(Call::Ship).collect(),
    };
    drop(fresh);
    calls.reverse();
    while let Some(call) = calls.pop() {
        let call = match call {
            Call::Made(call) => call,
            Call::Ship(entries) => batch::ship_call(&refs(&entries)),
        };
        if closed(trip, night, 1) {
            return Ok(());
        }
        (trip.tell)(Step { stage: Stage::Send(kind), done, total });
        let judged = send(trip, rms, night, open, &call)?;
        done += call.addressed.len().saturating_sub(judged.again.len());
        if let Some(request) = judged.request {
            queued.push(Waiting { request, addressed: call.addressed });
        }
        // Rows the mall did not blame queued nothing: they go again, now without the ones it did blame.
        let again: Vec<Arc<Entry>> = judged.again.iter().filter_map(|key| open.get(key)).cloned().collect();
        match judged.apart {
            true => calls.extend(batch::ship_one(&refs(&again)).into_iter().map(Call::Made)),
            false => calls.extend(batch::ship_calls(&again).into_iter().map(Call::Ship)),
        }
    }
    Ok(())
}

/// A call to come.
enum Call {
    Made(Batch),
    /// The entries of one shipping call.
    Ship(Vec<Arc<Entry>>),
}

fn refs(entries: &[Arc<Entry>]) -> Vec<&Entry> {
    entries.iter().map(AsRef::as_ref).collect()
}

/// Whether nothing more may be sent: the API closed, or a maintenance window would begin before these calls end.
pub fn closed(trip: &Trip, night: &mut Night, calls: usize) -> bool {
    if night.closed.is_some() {
        return true;
    }
    if trip.shop.is_loopback() {
        return false;
    }
    let now = trip.clock.now();
    let next = trip.shop.maintenance.iter().map(|window| window.seconds_until(now)).min().unwrap_or(i64::MAX);
    let need = i64::try_from(calls as u64 * trip.shop.pace_ms / 1000).unwrap_or(0) + CALL_SECONDS;
    if next < need {
        night.close_api(ShopError::Maintenance);
        night.to_do.push(asking::MAINTENANCE.plain());
        night.worsen(Exit::TryLater);
        return true;
    }
    false
}

/// Time set aside for one call to end before a maintenance window.
const CALL_SECONDS: i64 = 60;

/// Reads again the orders whose read is too old for what is about to be said, and takes out what changed since.
fn freshen(
    trip: &mut Trip,
    rms: &mut dyn Rms,
    night: &mut Night,
    open: &mut BTreeMap<String, Arc<Entry>>,
    touched: &BTreeSet<OrderNumber>,
    kind: Kind,
    entries: Vec<Arc<Entry>>,
) -> Result<Vec<Arc<Entry>>, Stop> {
    if night.closed.is_some() {
        return Ok(Vec::new());
    }
    let now = trip.clock.now();
    let again: BTreeSet<OrderNumber> = entries
        .iter()
        .filter(|entry| {
            let order = &entry.change.order;
            night.must_look_again
                || touched.contains(order)
                || night
                    .seen
                    .get(order)
                    .is_none_or(|seen| entry.change.adds() && now.seconds_since(seen.at) > READ_FRESH_SECONDS)
        })
        .map(|entry| entry.change.order.clone())
        .collect();
    if !again.is_empty() {
        let numbers: Vec<OrderNumber> = again.iter().cloned().collect();
        for number in &numbers {
            night.seen.remove(number);
        }
        look::reread(trip, rms, night, &numbers)?;
        if night.closed.is_some() {
            return Ok(Vec::new());
        }
    }
    let mut fresh = Vec::with_capacity(entries.len());
    for entry in entries {
        if !again.contains(&entry.change.order) || still_true(trip, night, open, &entry, kind)? {
            fresh.push(entry);
        }
    }
    Ok(fresh)
}

/// Whether the order is as the plan saw it. If the effect is there already the change is done; if the order
/// changed otherwise the change is stale and does not go.
pub fn still_true(
    trip: &mut Trip,
    night: &mut Night,
    open: &mut BTreeMap<String, Arc<Entry>>,
    entry: &Entry,
    kind: Kind,
) -> Result<bool, Stop> {
    let key = entry.change.key();
    let Some(order) = night.order(&entry.change.order) else {
        stale(trip, night, open, &key)?;
        return Ok(false);
    };
    // Asked first: a plan applied a second time may find its order in the state it was made for.
    if settle::look(&entry.change, order) == settle::Sight::There {
        confirm(trip, night, open, &key, None)?;
        return Ok(false);
    }
    if picture(order, kind, trip.picture_key) == entry.change.picture {
        return Ok(true);
    }
    // Approved before the buyer cancelled: the parcel may already be on its way.
    let urgent = (kind == Kind::Ship).then(|| cancelled(order, &entry.change.order)).flatten();
    night.urgent.extend(urgent);
    stale(trip, night, open, &key)?;
    Ok(false)
}

/// The order is not the one the plan was made for. A saved plan's row is compared anew by the next run, because its file
/// may be put away; in a run the row's file stays and is simply looked at again next time.
fn stale(trip: &mut Trip, night: &mut Night, open: &mut BTreeMap<String, Arc<Entry>>, key: &str) -> Result<(), Stop> {
    let Some(entry) = open.remove(key) else { return Ok(()) };
    trip.ledger.needless(&trip.run, &[key], trip.clock.now())?;
    let passing = night.order(&entry.change.order).and_then(|order| not_yet(&entry, order));
    let named = [("order", entry.change.order.to_string())];
    let mut why = passing.clone().unwrap_or_else(|| comparing::ORDER_STALE.with(named.clone()));
    if night.must_look_again && !super::settle::put_back(trip, key, &entry.change, why.clone())? {
        why = comparing::ORDER_STALE_GONE.with(named);
    }
    if passing.is_none() {
        night.to_do.push(why.clone());
    }
    night.stands(entry, Standing::Planned, None, Some(why));
    if passing.is_none() {
        night.worsen(Exit::SomeRefused);
    }
    Ok(())
}

/// A parcel of an order that is not to be shipped just now, as after an increase that the buyer's card has to bear:
/// it needs nothing but time.
fn not_yet(entry: &Entry, order: &Order) -> Option<Why> {
    let passing = entry.change.kind() == Kind::Ship && matches!(order.order_progress, 100 | 200 | 400);
    let values = || {
        [
            ("order", entry.change.order.to_string()),
            ("state", format!("{} {}", order.order_progress, order.state_name())),
        ]
    };
    passing.then(|| comparing::STATE_NOT_YET.with(values()))
}

/// One call: claimed, sent, judged, remembered.
pub fn send(
    trip: &mut Trip,
    rms: &mut dyn Rms,
    night: &mut Night,
    open: &mut BTreeMap<String, Arc<Entry>>,
    call: &Batch,
) -> Result<Judged, Stop> {
    night.batches += 1;
    let name = format!("{:05}", night.batches);
    let claimed = trip.ledger.claim(&trip.shop.name, &trip.run, &name, call, trip.clock.now())?;
    if claimed.len() != call.addressed.len() {
        // A call is all or nothing. With the shop's lock in hand this means the ledger was changed under us.
        let back: Vec<Receipt> = claimed.iter().map(|key| receipt(trip, key, Answer::NotSent(String::new()))).collect();
        trip.ledger.record(&trip.run, &back)?;
        return Ok(Judged::default());
    }
    crash::point("send.before");
    let heard = rms.write(call.op, &call.body);
    crash::point("send.after");
    let judged = outcome::judge(call, &heard);
    let id = match &heard {
        Heard::Reply { call, .. } => call.clone(),
        Heard::NotSent(_) | Heard::Silence(_) => None,
    };
    let receipts: Vec<Receipt> = judged
        .answers
        .iter()
        .map(|(key, answer)| Receipt { call: id.clone(), ..receipt(trip, key, answer.clone()) })
        .collect();
    trip.ledger.record(&trip.run, &receipts)?;
    crash::point("record.after");
    for (key, answer) in judged.answers.clone() {
        stand(trip, night, open, &key, &answer)?;
    }
    if let Some(halt) = &judged.stop {
        halted(trip, night, halt, judged.gateway.as_ref())?;
    }
    night.calls_made = rms.calls_made();
    Ok(judged)
}

fn receipt(trip: &Trip, key: &str, answer: Answer) -> Receipt {
    Receipt { change: key.to_owned(), answer, at: trip.clock.now(), call: None }
}

/// What an answer means for the change's line in the report.
fn stand(
    trip: &mut Trip,
    night: &mut Night,
    open: &mut BTreeMap<String, Arc<Entry>>,
    key: &str,
    answer: &Answer,
) -> Result<(), Stop> {
    match answer {
        Answer::Accepted { .. } => confirm(trip, night, open, key, Some(()))?,
        Answer::Refused(refusal) => {
            if let Some(entry) = open.remove(key) {
                night.stands(entry, Standing::Refused, Some(refusal.clone()), None);
                night.worsen(Exit::SomeRefused);
            }
        }
        Answer::Unheard(detail) => {
            if let Some(entry) = open.remove(key) {
                let why = delivering::UNHEARD.with([("detail", detail.clone())]);
                night.stands(entry, Standing::Unknown, None, Some(why));
                night.worsen(Exit::PersonNeeded);
            }
        }
        // Queued: its result is asked for below. Not sent: it stays open and ends as unsent.
        Answer::Queued(_) | Answer::NotSent(_) => {}
    }
    Ok(())
}

/// A change is done: its rows are settled for good.
fn confirm(
    trip: &mut Trip,
    night: &mut Night,
    open: &mut BTreeMap<String, Arc<Entry>>,
    key: &str,
    heard: Option<()>,
) -> Result<(), Stop> {
    let Some(entry) = open.remove(key) else { return Ok(()) };
    let now = trip.clock.now();
    if heard.is_none() {
        trip.ledger.looked(&trip.run, &[(key, true)], now)?;
    }
    let keys = settled_keys(&entry.change);
    let rows: Vec<(&str, RowRest)> = keys.iter().map(|key| (key.as_str(), RowRest::Settled)).collect();
    trip.ledger.put_rows(&trip.shop.name, &trip.run, now, &rows)?;
    night.stands(entry, Standing::Confirmed, None, None);
    Ok(())
}

/// The mall told us to stop.
fn halted(trip: &mut Trip, night: &mut Night, halt: &Halt, said: Option<&GatewayRefusal>) -> Result<(), Stop> {
    let (code, message) = said.map(|said| (said.code.clone(), said.message.clone())).unwrap_or_default();
    let error = match halt {
        Halt::Maintenance => ShopError::Maintenance,
        Halt::Throttled => ShopError::Throttled,
        Halt::KeyRefused => ShopError::KeyRefused { code, message },
        Halt::NotPermitted(op) => ShopError::NotPermitted { op: op.path(), code, message },
    };
    look::unusable(trip, night, error)
}

/// ひとことメモ: laid on what is there now, so that nothing a person typed since is lost.
fn memo(
    trip: &mut Trip,
    rms: &mut dyn Rms,
    night: &mut Night,
    open: &mut BTreeMap<String, Arc<Entry>>,
    entry: Arc<Entry>,
) -> Result<(), Stop> {
    if closed(trip, night, 2) {
        return Ok(());
    }
    let number = entry.change.order.clone();
    night.seen.remove(&number);
    look::reread(trip, rms, night, std::slice::from_ref(&number))?;
    if night.closed.is_some() {
        return Ok(());
    }
    let key = entry.change.key();
    let Some(order) = night.order(&number) else { return stale(trip, night, open, &key) };
    if settle::look(&entry.change, order) == settle::Sight::There {
        return confirm(trip, night, open, &key, None);
    }
    let What::Memo(edit) = &entry.change.what else { return Ok(()) };
    let replaced = edit.replace && memo_hash(order.memo.as_deref(), trip.picture_key) != edit.was_hash;
    match memo_after(order.memo.as_deref(), edit).filter(|_| !replaced) {
        Some(text) => {
            let call = batch::memo(&entry.change, &text);
            send(trip, rms, night, open, &call)?;
            Ok(())
        }
        // Replacing would lose what was typed since the plan.
        None => stale(trip, night, open, &key),
    }
}

/// Asks for the results of queued batches, with growing pauses, until they are there or the wait is over. The mall
/// works them off one after the other: behind one that is not ready the others are hardly ready either, so that
/// round ends, and the late one goes to the back. Before the wait is over each is asked for once more.
fn hear_results(
    trip: &mut Trip,
    rms: &mut dyn Rms,
    night: &mut Night,
    open: &mut BTreeMap<String, Arc<Entry>>,
    mut queued: Vec<Waiting>,
) -> Result<(), Stop> {
    let until =
        trip.clock.now().plus_seconds(i64::try_from(trip.pipeline.deliver.wait_seconds).unwrap_or(i64::MAX / 4));
    let mut pause = Duration::from_secs(1);
    let total = queued.len();
    while !queued.is_empty() {
        (trip.tell)(Step { stage: Stage::Results, done: total - queued.len(), total });
        trip.clock.sleep(pause);
        let last_round = trip.clock.now() >= until;
        let mut still = Vec::new();
        let mut pending = Vec::new();
        let mut lost = None;
        let queued_before = queued.len();
        for (place, waiting) in queued.into_iter().enumerate() {
            if lost.is_some() || !(pending.is_empty() || last_round) {
                still.push(waiting);
                continue;
            }
            (trip.tell)(Step { stage: Stage::Results, done: total - queued_before + place, total });
            match rms.shipping_result(&waiting.request) {
                Ok(AsyncResult::Pending) => pending.push(waiting),
                Ok(result @ AsyncResult::Done(_)) => {
                    let answers = outcome::judge_async(&waiting.addressed, &result);
                    let receipts: Vec<Receipt> =
                        answers.iter().map(|(key, answer)| receipt(trip, key, answer.clone())).collect();
                    trip.ledger.record(&trip.run, &receipts)?;
                    for (key, answer) in answers {
                        stand(trip, night, open, &key, &answer)?;
                    }
                    crash::point("record.after");
                }
                // The result can be asked for later; the batch stays queued.
                Err(error) => {
                    still.push(waiting);
                    lost = Some(error);
                }
            }
        }
        still.append(&mut pending);
        if still.len() == queued_before {
            pause = (pause * 2).min(RESULT_PAUSE_MAX);
        }
        queued = still;
        if let Some(error) = lost {
            look::unusable(trip, night, error)?;
            break;
        }
        night.calls_made = rms.calls_made();
        if last_round {
            break;
        }
    }
    for waiting in queued {
        for one in waiting.addressed {
            if let Some(entry) = open.remove(&one.change) {
                night.stands(entry, Standing::Queued, None, None);
            }
        }
    }
    Ok(())
}

/// The longest pause between two questions for a result.
const RESULT_PAUSE_MAX: Duration = Duration::from_secs(60);

/// What is left did not go; the next run plans it anew.
fn unsent(trip: &mut Trip, night: &mut Night, open: BTreeMap<String, Arc<Entry>>) -> Result<(), Stop> {
    let why = night.closed.as_ref().map_or_else(|| delivering::NOT_SENT.plain(), ShopError::why);
    let now = trip.clock.now();
    match &night.saved_plan {
        // Its rows are put away and somebody said yes already: it waits on, and every morning says so.
        Some(plan) => {
            let back: Vec<&Entry> = open.values().map(AsRef::as_ref).collect();
            trip.ledger.plan(plan, &back, Standing::Held, now)?;
        }
        None => {
            let keys: Vec<&str> = open.keys().map(String::as_str).collect();
            trip.ledger.needless(&trip.run, &keys, now)?;
        }
    }
    for entry in open.into_values() {
        night.stands(entry, Standing::Planned, None, Some(why.clone()));
        night.worsen(Exit::TryLater);
    }
    Ok(())
}
