//! The states of an intent, and who may go where. This is where "nothing is told twice" lives: a key
//! leaves `planned` in a durable step before the request does, and a request whose fate is not known never
//! leads back there. What an answer means, how long to wait and what to plan is decided elsewhere; here
//! only impossible steps are refused. Every step leaves a line in the order's story.

use super::story::tell;
use super::{LedgerError, SqliteLedger, moment};
use crate::edge::crash;
use crate::edge::files::hash_bytes;
use crate::model::batch::{Addressed, Batch};
use crate::model::change::{Change, What};
use crate::model::day::Moment;
use crate::model::ids::{OrderNumber, RunId, ShopName};
use crate::model::plan::Entry;
use crate::model::receipt::{Answer, Receipt, RequestId, Standing};
use crate::model::words::Why;
use rusqlite::{Row, Transaction};
use serde_json::{Value, json};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};

/// One intent as remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntentMemory {
    /// [`kept_key`] of the change's key.
    pub key: String,
    pub shop: ShopName,
    pub order: OrderNumber,
    /// [`crate::model::change::Kind::word`].
    pub kind: String,
    pub standing: Standing,
    /// The run that planned it last.
    pub run: RunId,
    /// Since when it stands so.
    pub at: Moment,
    /// When it was planned for the first time.
    pub first_at: Moment,
    /// When the last request may have left.
    pub sent_at: Option<Moment>,
    /// Requests that may have left, all runs together.
    pub attempts: u32,
    /// How often the order was read since then without the change in it.
    pub looks: u32,
    pub last_look: Option<Moment>,
    /// It was confirmed once, whatever came after. A row that is gone from RMS although this is set waits for a person.
    pub confirmed_at: Option<Moment>,
    pub request: Option<RequestId>,
    pub receipt: Option<Receipt>,
    /// The change as planned; the text of a memo is replaced by its hash, an addition's line by line.
    pub change_json: String,
}

impl IntentMemory {
    /// The change, if this version still understands it.
    pub fn change(&self) -> Option<Change> {
        serde_json::from_str(&self.change_json).ok()
    }
}

/// A call that RMS took into its queue and whose result is not known yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueuedRequest {
    pub request: RequestId,
    pub run: RunId,
    pub batch: String,
    pub sent_at: Moment,
    /// Those of the call's changes that still wait for it.
    pub addressed: Vec<Addressed>,
}

/// What a start after a crash found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Requests that may have left: `unknown` now, to be read, never sent again on this word.
    pub unknown: u64,
    /// Planned and never sent: free to be planned anew.
    pub withdrawn: u64,
    /// The same, out of a saved plan: held again, as that plan's.
    pub held: u64,
    /// Runs that never ended.
    pub dead_runs: Vec<RunId>,
}

/// All methods fail only on trouble with the store. Keys may be given as [`Change::key`] makes them.
/// Where keys come back, they are those the step was allowed for; the others stand as they stood.
#[expect(clippy::missing_errors_doc, reason = "said once, above")]
pub trait Intents {
    /// Notes intents as `Planned`, `Held` or `Exported`, in one durable step. Gives the keys taken. Not taken: what is on its
    /// way or exported already, a key met twice, and an added row that was confirmed once, unless it is to be `Held`
    /// or a person has let it pass from there.
    fn plan(&self, run: &RunId, entries: &[&Entry], standing: Standing, at: Moment)
    -> Result<Vec<String>, LedgerError>;

    /// `planned → sending` for the changes this call addresses, durable when it returns: only now may the request leave.
    /// Gives the keys claimed; if one is missing the body must be made again without it and claimed as another batch.
    /// `batch_id` is new within the run. The body is hashed, not kept.
    fn claim(
        &self,
        shop: &ShopName,
        run: &RunId,
        batch_id: &str,
        batch: &Batch,
        at: Moment,
    ) -> Result<Vec<String>, LedgerError>;

    /// Notes what RMS answered; gives what changed and where it stands now. One durable step.
    fn record(&self, run: &RunId, receipts: &[Receipt]) -> Result<Vec<(String, Standing)>, LedgerError>;

    /// Notes that orders were read: is the change there? `true` confirms what was on its way or exported and makes needless
    /// what was only planned or held; `false` counts a look. One durable step.
    fn looked(&self, run: &RunId, seen: &[(&str, bool)], at: Moment) -> Result<Vec<(String, Standing)>, LedgerError>;

    /// `unknown → absent`, for what was looked for at least twice. The caller has seen to the settle time.
    fn thought_absent(&self, run: &RunId, keys: &[&str], at: Moment) -> Result<Vec<String>, LedgerError>;

    /// A later plan needs these no more: `planned`, `held` or `absent` → withdrawn.
    fn needless(&self, run: &RunId, keys: &[&str], at: Moment) -> Result<Vec<String>, LedgerError>;

    /// What a saved plan was to deliver and did not, `planned` or `absent`, is `held` again under the run that made the
    /// plan. Gives the keys; those that no plan ever held stand as they stood.
    fn hold_again(&self, keys: &[&str], at: Moment) -> Result<Vec<String>, LedgerError>;

    /// A held change was approved and waits on all the same: the reason is told in its order's story, in place of those it
    /// was held for, under the run whose plan holds it. Nothing is told of a change that is not held.
    fn held_on(&self, plan: &RunId, key: &str, why: &Why, at: Moment) -> Result<(), LedgerError>;

    /// A person takes an exported file back. Gives the keys withdrawn.
    fn withdraw(&self, shop: &ShopName, exported_by: &RunId, at: Moment) -> Result<Vec<String>, LedgerError>;

    /// A person says no to what a run left `held` or `absent`. Gives the keys withdrawn.
    fn decline(&self, shop: &ShopName, held_by: &RunId, at: Moment) -> Result<Vec<String>, LedgerError>;

    /// At start-up with the shop's lock in hand: what dead runs left in `sending` is `unknown`, what they left in
    /// `planned` is withdrawn. `run` is the one that starts.
    fn recover(&self, shop: &ShopName, run: &RunId, at: Moment) -> Result<Recovered, LedgerError>;

    fn standing(&self, key: &str) -> Result<Option<IntentMemory>, LedgerError>;

    /// The same for many, by the keys as they were given.
    fn standings(&self, keys: &[&str]) -> Result<HashMap<String, IntentMemory>, LedgerError>;

    /// Every intent in sending, queued, unknown, held, exported, absent; by run, order, kind and key.
    fn open(&self, shop: &ShopName) -> Result<Vec<IntentMemory>, LedgerError>;

    /// Every intent of an order, whatever its state.
    fn of_order(&self, shop: &ShopName, order: &OrderNumber) -> Result<Vec<IntentMemory>, LedgerError>;

    /// Calls in RMS's queue, oldest first.
    fn queued(&self, shop: &ShopName) -> Result<Vec<QueuedRequest>, LedgerError>;

    /// Other orders that were told this number (or may have been) since that moment. `tracking_key` as
    /// [`crate::model::shipment::tracking_key`] makes it.
    fn confirmed_number(
        &self,
        shop: &ShopName,
        tracking_key: &str,
        but_not: &OrderNumber,
        since: Moment,
    ) -> Result<Vec<OrderNumber>, LedgerError>;

    /// How many intents that this run planned stand where.
    fn counts(&self, run: &RunId) -> Result<BTreeMap<Standing, u64>, LedgerError>;
}

/// A change's key as the ledger keeps it: the text of a memo, which may name a buyer, becomes its hash.
pub fn kept_key(key: &str) -> Cow<'_, str> {
    const MEMO: &str = "/memo:";
    match key.split_once(MEMO) {
        Some((before, text)) if !text.starts_with('#') => {
            Cow::Owned(format!("{before}{MEMO}#{}", hash_bytes(text.as_bytes())))
        }
        _ => Cow::Borrowed(key),
    }
}

/// What stands in the ledger for a text that may name a buyer.
pub fn veil(text: &str) -> String {
    format!("#{}", hash_bytes(text.as_bytes()))
}

/// May a plan put an intent there? `known`: where it stands and whether it was ever confirmed.
fn may_plan(known: Option<(Standing, bool)>, to: Standing, adds: bool) -> bool {
    let Some((from, confirmed_once)) = known else { return true };
    match from {
        Standing::Sending | Standing::Queued | Standing::Unknown | Standing::Exported => false,
        Standing::Held => true,
        // A second row for a number RMS once had is a person's decision; the only way leads over `held`.
        _ if adds && confirmed_once => to == Standing::Held,
        Standing::Planned | Standing::Confirmed | Standing::Refused | Standing::Absent | Standing::Withdrawn => true,
    }
}

/// Where an answer leads; `None` if it says nothing new.
fn after_answer(from: Standing, answer: &Answer) -> Option<Standing> {
    use Standing::{Absent, Confirmed, Exported, Planned, Queued, Refused, Sending, Unknown};
    match (from, answer) {
        (Sending | Queued | Unknown | Absent | Exported, Answer::Accepted { .. }) => Some(Confirmed),
        (Sending | Queued | Unknown | Absent | Exported, Answer::Refused(_)) => Some(Refused),
        (Sending, Answer::Queued(_)) => Some(Queued),
        // Only while we know that it is this very attempt that did not leave.
        (Sending, Answer::NotSent(_)) => Some(Planned),
        (Sending | Queued, Answer::Unheard(_)) => Some(Unknown),
        _ => None,
    }
}

/// Where a look at the order leads.
fn after_look(from: Standing, present: bool) -> Option<Standing> {
    use Standing::{Absent, Confirmed, Exported, Held, Planned, Queued, Unknown, Withdrawn};
    match (from, present) {
        (Queued | Unknown | Absent | Exported, true) => Some(Confirmed),
        (Held | Planned, true) => Some(Withdrawn),
        _ => None,
    }
}

const COLUMNS: &str = "key, shop, order_no, kind, standing, run, at, first_at, sent_at, attempts, looks, last_look,
     confirmed_at, request, receipt, change";

fn memory(row: &Row<'_>) -> Result<IntentMemory, LedgerError> {
    let time =
        |place: usize| -> Result<Option<Moment>, LedgerError> { Ok(row.get::<_, Option<i64>>(place)?.map(moment)) };
    let (order, standing, run): (String, String, String) = (row.get(2)?, row.get(4)?, row.get(5)?);
    let receipt: Option<String> = row.get(14)?;
    Ok(IntentMemory {
        key: row.get(0)?,
        shop: ShopName(row.get(1)?),
        order: OrderNumber::parse(&order).ok_or_else(|| LedgerError::entry(&order))?,
        kind: row.get(3)?,
        standing: Standing::from_word(&standing).ok_or_else(|| LedgerError::entry(&standing))?,
        run: RunId::parse(&run).ok_or_else(|| LedgerError::entry(&run))?,
        at: moment(row.get(6)?),
        first_at: moment(row.get(7)?),
        sent_at: time(8)?,
        attempts: row.get(9)?,
        looks: row.get(10)?,
        last_look: time(11)?,
        confirmed_at: time(12)?,
        request: row.get::<_, Option<String>>(13)?.map(RequestId),
        receipt: receipt.as_deref().map(serde_json::from_str).transpose().map_err(LedgerError::entry)?,
        change_json: row.get(15)?,
    })
}

/// The part of an intent that a step looks at.
struct Now {
    shop: String,
    order: String,
    kind: String,
    standing: Standing,
    looks: u32,
    confirmed_once: bool,
}

fn now(tx: &Transaction<'_>, key: &str) -> Result<Option<Now>, LedgerError> {
    let sql = "SELECT shop, order_no, kind, standing, looks, confirmed_at IS NOT NULL FROM intents WHERE key = ?1";
    let mut query = tx.prepare_cached(sql)?;
    let mut rows = query.query([key])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let standing: String = row.get(3)?;
    Ok(Some(Now {
        shop: row.get(0)?,
        order: row.get(1)?,
        kind: row.get(2)?,
        standing: Standing::from_word(&standing).ok_or_else(|| LedgerError::entry(&standing))?,
        looks: row.get(4)?,
        confirmed_once: row.get(5)?,
    }))
}

/// The run whose saved plan an intent came from, if nothing came of it since.
fn held_by(tx: &Transaction<'_>, now: &Now, key: &str) -> Result<Option<RunId>, LedgerError> {
    let sql = "SELECT what, run FROM story WHERE shop = ?1 AND order_no = ?2 AND json_extract(detail, '$.key') = ?3
            AND what IN ('held', 'exported', 'confirmed', 'refused', 'withdrawn') ORDER BY id DESC LIMIT 1";
    let mut query = tx.prepare_cached(sql)?;
    let mut rows = query.query((&now.shop, &now.order, key))?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let (what, run): (String, String) = (row.get(0)?, row.get(1)?);
    Ok(if what == "held" { RunId::parse(&run) } else { None })
}

impl Now {
    /// Where an intent goes that is not wanted any more: a row RMS once had must be remembered as such.
    fn given_up(&self) -> Standing {
        if self.kind == "ship" && self.confirmed_once { Standing::Confirmed } else { Standing::Withdrawn }
    }

    fn step(
        &self,
        tx: &Transaction<'_>,
        key: &str,
        to: Standing,
        run: &RunId,
        at: Moment,
        detail: Value,
    ) -> Result<(), LedgerError> {
        let sql = "UPDATE intents SET standing = ?2, at = ?3,
                confirmed_at = CASE WHEN ?2 = 'confirmed' THEN coalesce(confirmed_at, ?3) ELSE confirmed_at END
             WHERE key = ?1";
        tx.prepare_cached(sql)?.execute((key, to.word(), at.unix()))?;
        self.tell(tx, key, to.word(), run, at, detail)
    }

    fn tell(
        &self,
        tx: &Transaction<'_>,
        key: &str,
        what: &str,
        run: &RunId,
        at: Moment,
        mut detail: Value,
    ) -> Result<(), LedgerError> {
        if let Some(detail) = detail.as_object_mut() {
            detail.insert("key".to_owned(), Value::from(key));
        }
        tell(tx, &self.shop, &self.order, at, run.as_str(), what, &detail)
    }
}

fn change_json(change: &Change) -> Result<String, LedgerError> {
    let mut change = Cow::Borrowed(change);
    if matches!(change.what, What::Memo(_))
        && let What::Memo(memo) = &mut change.to_mut().what
    {
        let veiled =
            if memo.replace { veil(&memo.text) } else { memo.text.lines().map(veil).collect::<Vec<_>>().join("\n") };
        memo.text = veiled;
    }
    serde_json::to_string(&*change).map_err(LedgerError::entry)
}

fn tracking(change: &Change) -> Option<String> {
    match &change.what {
        What::Ship(ship) => ship.write.shipment()?.number.as_ref().map(|number| number.key()),
        _ => None,
    }
}

impl Intents for SqliteLedger {
    fn plan(
        &self,
        run: &RunId,
        entries: &[&Entry],
        standing: Standing,
        at: Moment,
    ) -> Result<Vec<String>, LedgerError> {
        if !matches!(standing, Standing::Planned | Standing::Held | Standing::Exported) {
            return Err(LedgerError::entry(format!("`{}` is not where a plan puts things", standing.word())));
        }
        if entries.is_empty() {
            return Ok(Vec::new());
        }
        crash::point("plan.before");
        let taken = self.write(|tx| {
            let sql = "INSERT INTO intents(key, shop, order_no, kind, tracking, change, run, standing, at, first_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9)
                 ON CONFLICT(key) DO UPDATE SET change = excluded.change, tracking = excluded.tracking,
                    run = excluded.run, standing = excluded.standing, at = excluded.at,
                    looks = 0, last_look = NULL, request = NULL, receipt = NULL, batch = NULL, body_hash = NULL";
            let mut put = tx.prepare_cached(sql)?;
            let mut met = HashSet::with_capacity(entries.len());
            let mut taken = Vec::with_capacity(entries.len());
            for entry in entries {
                let change = &entry.change;
                let key = kept_key(&change.key()).into_owned();
                let known = now(tx, &key)?.map(|now| (now.standing, now.confirmed_once));
                if !met.insert(key.clone()) || !may_plan(known, standing, change.adds()) {
                    continue;
                }
                put.execute((
                    &key,
                    &change.shop.0,
                    change.order.as_str(),
                    change.kind().word(),
                    tracking(change),
                    change_json(change)?,
                    run.as_str(),
                    standing.word(),
                    at.unix(),
                ))?;
                let detail = json!({
                    "key": key,
                    "row": entry.id,
                    "stage": change.stage,
                    "sources": change.sources,
                    "holds": entry.holds,
                });
                tell(tx, &change.shop.0, change.order.as_str(), at, run.as_str(), standing.word(), &detail)?;
                taken.push(key);
            }
            crash::point("plan.inside");
            Ok(taken)
        })?;
        crash::point("plan.after");
        Ok(taken)
    }

    fn claim(
        &self,
        shop: &ShopName,
        run: &RunId,
        batch_id: &str,
        batch: &Batch,
        at: Moment,
    ) -> Result<Vec<String>, LedgerError> {
        let body = serde_json::to_vec(&batch.body).map_err(LedgerError::entry)?;
        let body_hash = hash_bytes(&body);
        crash::point("claim.before");
        let claimed = self.write(|tx| {
            let sql = "UPDATE intents SET standing = 'sending', at = ?4, sent_at = ?4, attempts = attempts + 1,
                    epoch = ?5, batch = ?6, body_hash = ?7, looks = 0, last_look = NULL
                 WHERE key = ?1 AND shop = ?2 AND run = ?3 AND standing = 'planned'";
            let mut take = tx.prepare_cached(sql)?;
            let mut claimed: Vec<String> = Vec::with_capacity(batch.addressed.len());
            let mut kept = Vec::with_capacity(batch.addressed.len());
            for addressed in &batch.addressed {
                let key = kept_key(&addressed.change).into_owned();
                let values = (&key, &shop.0, run.as_str(), at.unix(), self.epoch(), batch_id, &body_hash);
                if take.execute(values)? == 1 {
                    let detail = json!({
                        "key": key, "batch": batch_id, "op": batch.op.path(), "body_hash": body_hash,
                        "data_number": addressed.data_number,
                    });
                    tell(tx, &shop.0, addressed.order.as_str(), at, run.as_str(), "sent", &detail)?;
                    kept.push(Addressed { change: key.clone(), ..addressed.clone() });
                    claimed.push(key);
                }
            }
            if !claimed.is_empty() {
                let sql = "INSERT INTO batches(run, batch, shop, op, body_hash, addressed, sent_at)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
                let kept = serde_json::to_string(&kept).map_err(LedgerError::entry)?;
                let values = (run.as_str(), batch_id, &shop.0, batch.op.path(), &body_hash, kept, at.unix());
                tx.prepare_cached(sql)?.execute(values)?;
            }
            crash::point("claim.inside");
            Ok(claimed)
        })?;
        crash::point("claim.after");
        Ok(claimed)
    }

    fn record(&self, run: &RunId, receipts: &[Receipt]) -> Result<Vec<(String, Standing)>, LedgerError> {
        if receipts.is_empty() {
            return Ok(Vec::new());
        }
        let done = self.write(|tx| {
            let sql = "UPDATE intents SET receipt = ?2, request = coalesce(?3, request) WHERE key = ?1";
            let mut put = tx.prepare_cached(sql)?;
            let mut done = Vec::with_capacity(receipts.len());
            for receipt in receipts {
                let key = kept_key(&receipt.change);
                let Some(now) = now(tx, &key)? else { continue };
                let Some(to) = after_answer(now.standing, &receipt.answer) else { continue };
                let request = match &receipt.answer {
                    Answer::Queued(RequestId(request)) => Some(request),
                    _ => None,
                };
                let kept = Receipt { change: key.to_string(), ..receipt.clone() };
                put.execute((&*key, serde_json::to_string(&kept).map_err(LedgerError::entry)?, request))?;
                let detail = json!({"answer": receipt.answer, "call": receipt.call});
                if to == Standing::Planned {
                    // Told as what happened; "planned" would read as if someone had planned it anew.
                    let sql = "UPDATE intents SET standing = 'planned', at = ?2, attempts = max(attempts - 1, 0)
                         WHERE key = ?1";
                    tx.prepare_cached(sql)?.execute((&*key, receipt.at.unix()))?;
                    now.tell(tx, &key, "not-sent", run, receipt.at, detail)?;
                } else {
                    now.step(tx, &key, to, run, receipt.at, detail)?;
                }
                done.push((key.into_owned(), to));
            }
            crash::point("record.inside");
            Ok(done)
        })?;
        crash::point("record.after");
        Ok(done)
    }

    fn looked(&self, run: &RunId, seen: &[(&str, bool)], at: Moment) -> Result<Vec<(String, Standing)>, LedgerError> {
        if seen.is_empty() {
            return Ok(Vec::new());
        }
        let done = self.write(|tx| {
            let mut done = Vec::new();
            for (key, present) in seen {
                let key = kept_key(key);
                let Some(now) = now(tx, &key)? else { continue };
                match after_look(now.standing, *present) {
                    Some(to) => {
                        let to = if to == Standing::Withdrawn { now.given_up() } else { to };
                        now.step(tx, &key, to, run, at, json!({"seen": true}))?;
                        done.push((key.into_owned(), to));
                    }
                    None if !present && matches!(now.standing, Standing::Unknown | Standing::Exported) => {
                        let sql = "UPDATE intents SET looks = looks + 1, last_look = ?2 WHERE key = ?1";
                        tx.prepare_cached(sql)?.execute((&*key, at.unix()))?;
                        if now.standing == Standing::Unknown {
                            now.tell(tx, &key, "not-seen", run, at, json!({"looks": now.looks + 1}))?;
                        }
                    }
                    None => {}
                }
            }
            crash::point("looked.inside");
            Ok(done)
        })?;
        crash::point("looked.after");
        Ok(done)
    }

    fn thought_absent(&self, run: &RunId, keys: &[&str], at: Moment) -> Result<Vec<String>, LedgerError> {
        self.step_all(run, keys, at, |now| {
            (now.standing == Standing::Unknown && now.looks >= 2).then_some(Standing::Absent)
        })
    }

    fn needless(&self, run: &RunId, keys: &[&str], at: Moment) -> Result<Vec<String>, LedgerError> {
        self.step_all(run, keys, at, |now| {
            matches!(now.standing, Standing::Planned | Standing::Held | Standing::Absent).then(|| now.given_up())
        })
    }

    fn hold_again(&self, keys: &[&str], at: Moment) -> Result<Vec<String>, LedgerError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        self.write(|tx| {
            let mut done = Vec::new();
            for key in keys {
                let key = kept_key(key);
                let Some(now) = now(tx, &key)? else { continue };
                if !matches!(now.standing, Standing::Planned | Standing::Absent) {
                    continue;
                }
                let Some(plan) = held_by(tx, &now, &key)? else { continue };
                tx.prepare_cached("UPDATE intents SET run = ?2 WHERE key = ?1")?.execute((&*key, plan.as_str()))?;
                now.step(tx, &key, Standing::Held, &plan, at, json!({"was": now.standing.word()}))?;
                done.push(key.into_owned());
            }
            Ok(done)
        })
    }

    fn held_on(&self, plan: &RunId, key: &str, why: &Why, at: Moment) -> Result<(), LedgerError> {
        let key = kept_key(key);
        self.write(|tx| match now(tx, &key)? {
            Some(now) if now.standing == Standing::Held => {
                now.tell(tx, &key, Standing::Held.word(), plan, at, json!({ "holds": [why] }))
            }
            _ => Ok(()),
        })
    }

    fn withdraw(&self, shop: &ShopName, exported_by: &RunId, at: Moment) -> Result<Vec<String>, LedgerError> {
        let keys = self.keys_where(
            "SELECT key FROM intents WHERE shop = ?1 AND run = ?2 AND standing = 'exported' ORDER BY key",
            (&shop.0, exported_by.as_str()),
        )?;
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        self.step_all(exported_by, &keys, at, |now| (now.standing == Standing::Exported).then(|| now.given_up()))
    }

    fn decline(&self, shop: &ShopName, held_by: &RunId, at: Moment) -> Result<Vec<String>, LedgerError> {
        let keys = self.keys_where(
            "SELECT key FROM intents WHERE shop = ?1 AND run = ?2 AND standing IN ('held', 'absent') ORDER BY key",
            (&shop.0, held_by.as_str()),
        )?;
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let open = |now: &Now| matches!(now.standing, Standing::Held | Standing::Absent);
        self.step_all(held_by, &keys, at, |now| open(now).then(|| now.given_up()))
    }

    fn recover(&self, shop: &ShopName, run: &RunId, at: Moment) -> Result<Recovered, LedgerError> {
        let dead_runs: Vec<RunId> = super::Runs::unfinished_runs(self, shop)?
            .into_iter()
            .map(|memory| memory.run)
            .filter(|dead| dead != run)
            .collect();
        // Another run's or, after a resumed process, this one's own: nothing can be on its way before the start.
        let sending = self.keys_where(
            "SELECT key FROM intents WHERE shop = ?1 AND standing = ?2 ORDER BY key",
            (&shop.0, Standing::Sending.word()),
        )?;
        let planned = self.keys_where(
            "SELECT key FROM intents WHERE shop = ?1 AND standing = 'planned' AND run <> ?2 ORDER BY key",
            (&shop.0, run.as_str()),
        )?;
        let sent: Vec<&str> = sending.iter().map(String::as_str).collect();
        let unknown = self.step_all(run, &sent, at, |_| Some(Standing::Unknown))?.len() as u64;
        let planned: Vec<&str> = planned.iter().map(String::as_str).collect();
        // What somebody had approved is nobody's file any more: it waits again where people have its papers.
        let held = self.hold_again(&planned, at)?;
        let free: Vec<&str> = planned.into_iter().filter(|key| !held.iter().any(|one| one == key)).collect();
        let withdrawn = self.step_all(run, &free, at, |now| Some(now.given_up()))?.len() as u64;
        Ok(Recovered { unknown, withdrawn, held: held.len() as u64, dead_runs })
    }

    fn standing(&self, key: &str) -> Result<Option<IntentMemory>, LedgerError> {
        Ok(self.standings(&[key])?.remove(key))
    }

    fn standings(&self, keys: &[&str]) -> Result<HashMap<String, IntentMemory>, LedgerError> {
        self.read(|conn| {
            let mut query = conn.prepare_cached(&format!("SELECT {COLUMNS} FROM intents WHERE key = ?1"))?;
            let mut out = HashMap::new();
            for key in keys {
                let mut rows = query.query([kept_key(key)])?;
                if let Some(row) = rows.next()? {
                    out.insert((*key).to_owned(), memory(row)?);
                }
            }
            Ok(out)
        })
    }

    fn open(&self, shop: &ShopName) -> Result<Vec<IntentMemory>, LedgerError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM intents WHERE shop = ?1
                AND standing NOT IN ('confirmed', 'refused', 'withdrawn') AND standing <> 'planned' ORDER BY run, order_no, kind, key"
        );
        self.list(&sql, [&shop.0])
    }

    fn of_order(&self, shop: &ShopName, order: &OrderNumber) -> Result<Vec<IntentMemory>, LedgerError> {
        let sql = format!("SELECT {COLUMNS} FROM intents WHERE shop = ?1 AND order_no = ?2 ORDER BY first_at, key");
        self.list(&sql, [shop.0.as_str(), order.as_str()])
    }

    fn queued(&self, shop: &ShopName) -> Result<Vec<QueuedRequest>, LedgerError> {
        self.read(|conn| {
            let sql = "SELECT i.key, i.request, i.run, i.batch, b.addressed, b.sent_at
                 FROM intents i JOIN batches b ON b.run = i.run AND b.batch = i.batch
                 WHERE i.shop = ?1 AND i.standing = 'queued' ORDER BY b.sent_at, i.run, i.batch, i.key";
            let mut query = conn.prepare_cached(sql)?;
            let mut rows = query.query([&shop.0])?;
            let mut out: Vec<QueuedRequest> = Vec::new();
            let mut waiting: Vec<HashSet<String>> = Vec::new();
            while let Some(row) = rows.next()? {
                let (key, request, run, batch): (String, String, String, String) =
                    (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
                let same = out.last().is_some_and(|last| last.run.as_str() == run && last.batch == batch);
                if !same {
                    let addressed: String = row.get(4)?;
                    out.push(QueuedRequest {
                        request: RequestId(request),
                        run: RunId::parse(&run).ok_or_else(|| LedgerError::entry(&run))?,
                        batch,
                        sent_at: moment(row.get(5)?),
                        addressed: serde_json::from_str(&addressed).map_err(LedgerError::entry)?,
                    });
                    waiting.push(HashSet::new());
                }
                if let Some(waiting) = waiting.last_mut() {
                    waiting.insert(key);
                }
            }
            for (request, waiting) in out.iter_mut().zip(&waiting) {
                request.addressed.retain(|addressed| waiting.contains(&addressed.change));
            }
            Ok(out)
        })
    }

    fn confirmed_number(
        &self,
        shop: &ShopName,
        tracking_key: &str,
        but_not: &OrderNumber,
        since: Moment,
    ) -> Result<Vec<OrderNumber>, LedgerError> {
        self.read(|conn| {
            let sql = "SELECT DISTINCT order_no FROM intents WHERE shop = ?1 AND tracking = ?2 AND order_no <> ?3
                    AND at >= ?4 AND (standing IN ('sending', 'queued', 'confirmed', 'unknown', 'exported')
                                      OR confirmed_at IS NOT NULL) ORDER BY order_no";
            let mut query = conn.prepare_cached(sql)?;
            let mut rows = query.query((&shop.0, tracking_key, but_not.as_str(), since.unix()))?;
            let mut out = Vec::new();
            while let Some(row) = rows.next()? {
                let text: String = row.get(0)?;
                out.push(OrderNumber::parse(&text).ok_or_else(|| LedgerError::entry(&text))?);
            }
            Ok(out)
        })
    }

    fn counts(&self, run: &RunId) -> Result<BTreeMap<Standing, u64>, LedgerError> {
        self.read(|conn| {
            let sql = "SELECT standing, count(*) FROM intents WHERE run = ?1 GROUP BY standing";
            let mut query = conn.prepare_cached(sql)?;
            let mut rows = query.query([run.as_str()])?;
            let mut out = BTreeMap::new();
            while let Some(row) = rows.next()? {
                let (word, count): (String, i64) = (row.get(0)?, row.get(1)?);
                let standing = Standing::from_word(&word).ok_or_else(|| LedgerError::entry(&word))?;
                out.insert(standing, count.unsigned_abs());
            }
            Ok(out)
        })
    }
}

impl SqliteLedger {
    fn step_all(
        &self,
        run: &RunId,
        keys: &[&str],
        at: Moment,
        to: impl Fn(&Now) -> Option<Standing>,
    ) -> Result<Vec<String>, LedgerError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        self.write(|tx| {
            let mut done = Vec::new();
            for key in keys {
                let key = kept_key(key);
                let Some(now) = now(tx, &key)? else { continue };
                let Some(to) = to(&now) else { continue };
                now.step(tx, &key, to, run, at, json!({"was": now.standing.word()}))?;
                done.push(key.into_owned());
            }
            Ok(done)
        })
    }

    fn keys_where(&self, sql: &str, values: (&str, &str)) -> Result<Vec<String>, LedgerError> {
        self.read(|conn| {
            let mut query = conn.prepare_cached(sql)?;
            let keys = query.query_map(values, |row| row.get(0))?.collect::<Result<_, _>>()?;
            Ok(keys)
        })
    }

    fn list(&self, sql: &str, values: impl rusqlite::Params) -> Result<Vec<IntentMemory>, LedgerError> {
        self.read(|conn| {
            let mut query = conn.prepare_cached(sql)?;
            let mut rows = query.query(values)?;
            let mut out = Vec::new();
            while let Some(row) = rows.next()? {
                out.push(memory(row)?);
            }
            Ok(out)
        })
    }
}
