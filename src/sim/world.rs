//! The pretended shop's memory: orders, the log of what was accepted, the queue, and what time does by itself.
//!
//! Time acts lazily: before each call everything that has fallen due is carried out in the order of its due
//! times. Operations live in their own files and change orders only through this one. It knows no HTTP.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Value, json};

use super::clock::{Clock, DAY, MINUTE, Moment, parse_date};
use super::faults::{Dice, Faults, Switches, scramble};
use super::queue::{Job, Outcome};
use super::shape::{self, Ground, Ids};
use super::shop::Shop;
use super::value::{Object, int, int_maybe, objects, objects_mut, put, text};
use super::{money, shipping};

/// An order and what only the simulator knows of it.
pub struct Order {
    pub data: Object,
    pub payments: Option<Vec<Value>>,
    /// The state that 400 returns to.
    pub held_from: Option<i64>,
    /// The last accepted `updateOrderSender` body, for the switch that re-applies repeats.
    pub last_sender: Option<Value>,
    /// When a call or a person last changed it.
    touched: Moment,
    due: Option<Moment>,
    /// What reads show until the moment beside it.
    old: Option<(Object, Moment)>,
}

/// The licence key of the moment.
pub struct Key {
    pub secret: String,
    pub license: String,
    pub expiry: Moment,
    pub live_from: Option<Moment>,
}

pub struct World {
    pub key: Key,
    pub faults: Faults,
    pub clock: Clock,
    pub seed: u64,
    /// Chance of the queue: ids and delays.
    pub dice: Dice,
    /// Chance of the reply headers, apart so that polling changes nothing else.
    pub stamps: Dice,
    pub ids: Ids,
    pub sub_statuses: Vec<Value>,
    pub delivery_names: Vec<String>,
    pub orders: Vec<Order>,
    index: HashMap<String, usize>,
    due: BTreeSet<(Moment, usize)>,
    /// Asynchronous reports that wait, by due time and arrival.
    pub queue: BTreeMap<(Moment, u64), Job>,
    pub results: HashMap<String, Outcome>,
    pub log: Vec<Value>,
    pub events: Vec<Value>,
    pub calls: Vec<Value>,
    start: Moment,
    arrivals: u64,
}

/// Who accepted what, for one entry of the log.
pub struct Entry<'a> {
    pub op: &'a str,
    pub order: &'a str,
    pub basket: Option<i64>,
    pub row: Option<i64>,
    pub action: &'a str,
    pub before: Value,
    pub after: Value,
}

impl World {
    pub fn new(shop: Shop, faults: Faults, seed: u64) -> World {
        let start = shop.clock.unwrap_or_else(Moment::real_now);
        let expiry = shop.license_expiry.unwrap_or_else(|| Moment::midnight(start.plus(91 * DAY).date()).plus(-1000));
        let mut world = World {
            key: Key {
                secret: shop.service_secret,
                license: shop.license_key,
                expiry,
                live_from: shop.license_live_from,
            },
            clock: Clock::starting(start),
            seed,
            dice: Dice::new(seed),
            stamps: Dice::new(!seed),
            ids: Ids::new(),
            sub_statuses: shop.sub_statuses,
            delivery_names: shop.delivery_names,
            orders: Vec::with_capacity(shop.orders.len()),
            index: HashMap::new(),
            due: BTreeSet::new(),
            queue: BTreeMap::new(),
            results: HashMap::new(),
            log: Vec::new(),
            events: Vec::new(),
            calls: Vec::new(),
            faults,
            start,
            arrivals: 0,
        };
        for order in &shop.orders {
            world.ids.pass(order);
        }
        let mut payments = shop.payments;
        for order in shop.orders {
            let number = text(&order, "orderNumber");
            let given = payments.remove(&number);
            world.take_in(order, given, start);
        }
        world
    }

    pub fn switches(&self) -> &Switches {
        &self.faults.switches
    }

    fn ground(&self, now: Moment) -> Ground {
        Ground { now, rounding: self.switches().tax_rounding, fresh_row: self.switches().fresh_row }
    }

    /// Takes in an order, or replaces the one of that number.
    pub fn take_in(&mut self, mut data: Object, payments: Option<Value>, now: Moment) -> usize {
        let own_payments = data.shift_remove("PaymentModelList").or(payments);
        self.ids.pass(&data);
        let ground = self.ground(now);
        shape::fill(&mut data, &ground, &mut self.ids);
        let number = text(&data, "orderNumber");
        let delivery = data.get("DeliveryModel").and_then(Value::as_object).map(|model| text(model, "deliveryName"));
        if let Some(name) =
            delivery.filter(|name| !self.delivery_names.is_empty() && !self.delivery_names.contains(name))
        {
            self.delivery_names.push(name);
        }
        let order = Order {
            data,
            payments: own_payments.and_then(|list| list.as_array().cloned()),
            held_from: None,
            last_sender: None,
            touched: now,
            due: None,
            old: None,
        };
        let place = match self.index.get(&number) {
            Some(place) => {
                let place = *place;
                if let Some(due) = self.orders[place].due {
                    self.due.remove(&(due, place));
                }
                self.orders[place] = order;
                place
            }
            None => {
                self.orders.push(order);
                self.index.insert(number, self.orders.len() - 1);
                self.orders.len() - 1
            }
        };
        self.schedule(place);
        place
    }

    pub fn find(&self, number: &str) -> Option<usize> {
        self.index.get(number).copied()
    }

    pub fn progress(&self, place: usize) -> i64 {
        int(&self.orders[place].data, "orderProgress")
    }

    /// The order as reads show it now, which a fault may have made an old picture.
    pub fn seen(&self, place: usize, now: Moment) -> &Object {
        let order = &self.orders[place];
        match &order.old {
            Some((old, until)) if now < *until => old,
            _ => &order.data,
        }
    }

    /// Makes reads show `old` until that moment.
    pub fn show_old(&mut self, place: usize, old: Object, until: Moment) {
        self.orders[place].old = Some((old, until));
    }

    /// To be called after each change of an order.
    pub fn touch(&mut self, place: usize, at: Moment) {
        self.orders[place].touched = at;
        self.schedule(place);
    }

    pub fn write_log(&mut self, at: Moment, entry: Entry<'_>) {
        let seq = self.log.len() + 1;
        self.log.push(json!({
            "seq": seq, "at": at.api(), "op": entry.op, "orderNumber": entry.order, "basketId": entry.basket,
            "shippingDetailId": entry.row, "action": entry.action, "before": entry.before, "after": entry.after,
        }));
    }

    /// Notes what happened without a call: time passing, or a person.
    pub fn write_event(&mut self, at: Moment, order: &str, what: &str, before: Value, after: Value) {
        let seq = self.events.len() + 1;
        self.events.push(json!({
            "seq": seq, "at": at.api(), "orderNumber": order, "what": what, "before": before, "after": after,
        }));
    }

    pub fn next_arrival(&mut self) -> u64 {
        self.arrivals += 1;
        self.arrivals
    }

    /// Moves an order to another state. The sub-status belongs to the old one, so it goes.
    pub fn move_to(&mut self, place: usize, progress: i64) {
        let data = &mut self.orders[place].data;
        put(data, "orderProgress", progress);
        put(data, "subStatusId", Value::Null);
        put(data, "subStatusName", Value::Null);
    }

    /// Appends one entry to the change history.
    pub fn add_change(&mut self, place: usize, fields: Value) {
        let id = self.ids.next_change();
        let mut entry = shape::change_entry(fields);
        put(&mut entry, "changeId", id);
        let data = &mut self.orders[place].data;
        match data.get_mut("ChangeReasonModelList") {
            Some(Value::Array(list)) => list.push(Value::Object(entry)),
            _ => put(data, "ChangeReasonModelList", json!([entry])),
        }
    }

    /// Gives an open request of the change history its end: `open` becomes `done` with both times.
    pub fn close_change(&mut self, place: usize, open: i64, done: i64, at: Moment) {
        let data = &mut self.orders[place].data;
        let last = objects_mut(data, "ChangeReasonModelList")
            .filter(|entry| int_maybe(entry, "changeType") == Some(open))
            .last();
        if let Some(entry) = last {
            put(entry, "changeType", done);
            put(entry, "changeFixDatetime", at.api());
            put(entry, "changeCmplDatetime", at.api());
        }
    }

    pub fn recalculate(&mut self, place: usize) {
        let rounding = self.switches().tax_rounding;
        money::recalculate(&mut self.orders[place].data, rounding);
    }

    /// Completes an order after a hand's edit, keeping amounts that are there.
    pub fn refill(&mut self, place: usize, now: Moment) {
        let ground = self.ground(now);
        let mut data = std::mem::take(&mut self.orders[place].data);
        self.ids.pass(&data);
        shape::fill(&mut data, &ground, &mut self.ids);
        self.orders[place].data = data;
    }

    /// Carries out everything that has fallen due, and tells the time.
    pub fn settle(&mut self) -> Moment {
        let now = self.clock.now();
        loop {
            let order = self.due.first().copied().filter(|(due, _)| *due <= now);
            let job = self.queue.keys().next().copied().filter(|(due, _)| *due <= now);
            match (order, job) {
                (Some((due, _)), Some((job_due, _))) if job_due < due => self.run_job(job_due),
                (Some((due, place)), _) => {
                    self.due.remove(&(due, place));
                    self.orders[place].due = None;
                    self.come_due(place, due);
                }
                (None, Some((job_due, _))) => self.run_job(job_due),
                (None, None) => return now,
            }
        }
    }

    fn run_job(&mut self, due: Moment) {
        if let Some((_, job)) = self.queue.pop_first() {
            super::queue::carry_out(self, job, due);
        }
    }

    fn schedule(&mut self, place: usize) {
        if let Some(due) = self.orders[place].due.take() {
            self.due.remove(&(due, place));
        }
        if let Some(due) = self.next_due(place) {
            self.orders[place].due = Some(due);
            self.due.insert((due, place));
        }
    }

    /// When time will next act on this order by itself.
    fn next_due(&self, place: usize) -> Option<Moment> {
        let order = &self.orders[place];
        let switches = self.switches();
        let time = |key: &str| Moment::parse_kindly(&text(&order.data, key));
        match int(&order.data, "orderProgress") {
            100 if switches.auto_cancel => {
                // An order that the file shows waiting past its fortnight is left waiting.
                time("orderDatetime").map(|ordered| ordered.plus(14 * DAY)).filter(|due| *due > self.start)
            }
            200 => {
                // Likewise one that should have been cleared long ago waits from the start on: its money is late.
                let cleared = time("shopOrderCfmDatetime").unwrap_or(order.touched).plus(switches.clear_delay.0);
                Some(if cleared <= self.start { self.start.plus(switches.clear_delay.0) } else { cleared })
            }
            300 => {
                let complete =
                    shipping::complete_from(&order.data).map(|day| order.touched.max(Moment::midnight(day)))?;
                Some(if switches.shipped_at_once { complete } else { self.next_slot(&order.data, complete) })
            }
            800 => {
                let filed = objects(&order.data, "ChangeReasonModelList")
                    .filter(|entry| int_maybe(entry, "changeType") == Some(0))
                    .last()
                    .and_then(|entry| Moment::parse_kindly(&text(entry, "changeApplyDatetime")))?;
                // One that the file shows at 800 stays there until someone moves it.
                (filed >= self.start).then(|| filed.plus(switches.cancel_delay.0))
            }
            _ => None,
        }
    }

    /// The night round of this order: some minute between 00:05 and 00:35, the first after `from`.
    fn next_slot(&self, order: &Object, from: Moment) -> Moment {
        let mut mixed = self.seed;
        for byte in text(order, "orderNumber").bytes() {
            mixed = scramble(mixed ^ u64::from(byte));
        }
        let offset = 5 * MINUTE + (mixed % 1_800) as i64 * 1_000;
        let tonight = Moment::midnight(from.date()).plus(offset);
        if tonight > from { tonight } else { Moment::midnight(from.plus(DAY).date()).plus(offset) }
    }

    fn come_due(&mut self, place: usize, at: Moment) {
        let number = text(&self.orders[place].data, "orderNumber");
        let before = self.progress(place);
        let stamp = at.api();
        let (after, what) = match before {
            100 => (900, "cancelled: not confirmed in fourteen days"),
            200 => (300, "cleared"),
            300 => (500, "shipped"),
            800 => (900, "cancellation settled"),
            _ => return,
        };
        self.move_to(place, after);
        let data = &mut self.orders[place].data;
        match before {
            200 => {
                put(data, "orderFixDatetime", stamp.clone());
                put(data, "shippingInstDatetime", stamp);
            }
            300 => put(data, "shippingCmplRptDatetime", stamp),
            800 => self.close_change(place, 0, 2, at),
            _ => {}
        }
        self.write_event(at, &number, what, before.into(), after.into());
        self.touch(place, at);
    }
}

/// Whether the order is older than the 730 days that reads reach back.
pub fn is_too_old(order: &Object, now: Moment) -> bool {
    Moment::parse_kindly(&text(order, "orderDatetime")).is_some_and(|ordered| ordered < now.plus(-730 * DAY))
}

/// The days on which rows of this order ship.
pub fn shipping_days(order: &Object) -> impl Iterator<Item = jiff::civil::Date> + use<'_> {
    objects(order, "PackageModelList")
        .flat_map(|package| objects(package, "ShippingModelList"))
        .filter_map(|row| parse_date(&text(row, "shippingDate")))
}
