//! What one run has gathered so far: its files, where each row ended, what became of each change, what
//! there is to say. Filled by the steps of the trip, read by its end.

use super::{Trip, export, gather::InFile, gather::Tonight, import::OrderFile};
use crate::edge::rms::{ShopError, ShopRead};
use crate::flow::money::drift::DriftRow;
use crate::flow::plan::Head;
use crate::model::change::Change;
use crate::model::day::Moment;
use crate::model::exit::{Exit, Stop};
use crate::model::ids::{OrderNumber, RunId};
use crate::model::order::Order;
use crate::model::plan::{self, Via};
use crate::model::receipt::{Refusal, Standing};
use crate::model::rejection::{FileRefusal, Rejection, SetAside};
use crate::model::report::{ChangeLine, FileLine, OpenLine, WaitingLine};
use crate::model::sheet::Source;
use crate::model::tally::{ChangeTally, RowTally};
use crate::model::wish::Wish;
use crate::model::words::Why;
use std::collections::BTreeSet;
use std::collections::btree_map::{BTreeMap, Entry};
use std::sync::Arc;

/// Where a row ended. A row with several wishes (joint shipping) ends in the pile that needs most attention.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pile {
    SetAside,
    Unchanged,
    Waiting,
    Planned,
    Rejected,
}

/// What a row asked for, and the stage it asked.
pub type Asked = (Arc<str>, Arc<Wish>);

/// One order as read in this run, and when.
pub struct Seen {
    /// `None` once the night's comparison is over ([`Night::let_orders_go`]).
    pub order: Option<Arc<Order>>,
    pub at: Moment,
}

pub struct Night {
    /// Only planning: nothing is recorded, moved or sent.
    pub planning: bool,
    pub started: Moment,
    /// A saved plan is delivered: every order is read again first.
    pub must_look_again: bool,
    /// The run that made the saved plan: what cannot go now waits on as that plan's, whose papers people have.
    pub saved_plan: Option<RunId>,
    /// What tonight's files say of the orders on an approval sheet, while that sheet is delivered; else empty.
    pub tonight: Tonight,
    /// The first import of this shop: look only.
    pub adopting: bool,
    pub files: Vec<InFile>,
    pub file_lines: Vec<FileLine>,
    pub file_refusals: Vec<FileRefusal>,
    /// Files left where they are: rows of theirs did not come to rest.
    pub stay: BTreeSet<Arc<str>>,
    /// Files with rows that a later drop of the same bytes must look at again.
    pub unsettled: BTreeSet<Arc<str>>,
    pub rejections: Vec<Rejection>,
    pub waiting: Vec<WaitingLine>,
    pub set_aside: BTreeMap<String, (u64, Why)>,
    pub changes: Vec<ChangeLine>,
    pub settled_earlier: Vec<OpenLine>,
    pub urgent: Vec<Why>,
    pub to_do: Vec<Why>,
    pub warnings: Vec<Why>,
    pub outputs: Vec<String>,
    pub key_expires: Option<Moment>,
    pub calls_bound: u64,
    pub calls_made: u64,
    /// Orders read in this run.
    pub seen: BTreeMap<OrderNumber, Seen>,
    /// What each row asked for, by stage, to keep it if it must wait.
    pub wishes: BTreeMap<Source, Vec<Asked>>,
    /// Rows RMS already agrees with.
    pub unchanged: Vec<Source>,
    /// Rows carried over from earlier runs: source → (key in the ledger, first seen).
    pub carried: BTreeMap<Source, (String, Moment)>,
    /// Why the API cannot be used (any more) in this run.
    pub closed: Option<ShopError>,
    /// What closed it lets the night turn to CSV.
    pub fallback: bool,
    /// Numbers of all open orders, if some source's keys needed them.
    pub open_orders: Option<Vec<OrderNumber>>,
    /// Orders known to have several destinations.
    pub known_several: BTreeSet<OrderNumber>,
    /// Orders the import stages found in this run.
    pub imported: BTreeSet<OrderNumber>,
    /// The order CSVs of this run that an import takes its orders from.
    pub order_files: Vec<OrderFile>,
    /// Orders seen for the first time.
    pub adopted: u64,
    /// Amendments that ended other than foretold.
    pub drifts: u32,
    /// The 手修正リスト.
    pub drift_rows: Vec<DriftRow>,
    /// Calls that wrote, so that each has a name of its own in the ledger.
    pub batches: u32,
    /// The worst thing so far.
    pub exit: Exit,
    piles: BTreeMap<Arc<str>, Vec<Option<Pile>>>,
}

impl Night {
    pub fn begin(trip: &mut Trip, planning: bool) -> Result<Night, Stop> {
        let started = trip.clock.now();
        if !planning {
            let recovered = trip.ledger.recover(&trip.shop.name, &trip.run, started)?;
            export::take_back_unwritten(trip, &recovered.dead_runs)?;
            trip.ledger.begin_run(&trip.run, &trip.shop.name, trip.pipeline_file, started)?;
        }
        Ok(Night {
            planning,
            started,
            must_look_again: false,
            saved_plan: None,
            tonight: Tonight::default(),
            adopting: false,
            files: Vec::new(),
            file_lines: Vec::new(),
            file_refusals: Vec::new(),
            stay: BTreeSet::new(),
            unsettled: BTreeSet::new(),
            rejections: Vec::new(),
            waiting: Vec::new(),
            set_aside: BTreeMap::new(),
            changes: Vec::new(),
            settled_earlier: Vec::new(),
            urgent: Vec::new(),
            to_do: Vec::new(),
            warnings: Vec::new(),
            outputs: Vec::new(),
            key_expires: None,
            calls_bound: 0,
            calls_made: 0,
            seen: BTreeMap::new(),
            wishes: BTreeMap::new(),
            unchanged: Vec::new(),
            carried: BTreeMap::new(),
            closed: None,
            fallback: false,
            open_orders: None,
            known_several: BTreeSet::new(),
            imported: BTreeSet::new(),
            order_files: Vec::new(),
            adopted: 0,
            drifts: 0,
            drift_rows: Vec::new(),
            batches: 0,
            exit: Exit::Done,
            piles: BTreeMap::new(),
        })
    }

    /// Remembers the worst exit so far.
    pub fn worsen(&mut self, exit: Exit) {
        self.exit = self.exit.worse(exit);
    }

    /// Puts a row on a pile; of two piles the one that needs more attention stays.
    pub fn pile(&mut self, source: &Source, pile: Pile) {
        let rows = self.piles.entry(source.file.clone()).or_default();
        let at = source.record as usize;
        if rows.len() <= at {
            rows.resize(at + 1, None);
        }
        if rows[at].is_none_or(|known| known < pile) {
            rows[at] = Some(pile);
        }
    }

    pub fn reject(&mut self, rejection: Rejection) {
        self.pile(&rejection.source, Pile::Rejected);
        self.unsettled.insert(rejection.source.file.clone());
        if crate::flow::compare::ship::is_urgent(rejection.why.word) {
            self.urgent.push(rejection.why.clone());
        }
        self.rejections.push(rejection);
    }

    /// Puts a row aside; `for_good` if nothing will ever come of it.
    pub fn put_aside(&mut self, aside: SetAside, for_good: bool) {
        self.pile(&aside.source, Pile::SetAside);
        if !for_good {
            self.unsettled.insert(aside.source.file.clone());
        }
        let line = self.set_aside.entry(aside.why.code().to_owned()).or_insert((0, aside.why));
        line.0 += 1;
    }

    pub fn leave_unchanged(&mut self, source: &Source) {
        self.pile(source, Pile::Unchanged);
        self.unchanged.push(source.clone());
    }

    /// Keeps what a row asked for. Most rows ask for one thing.
    pub fn asked(&mut self, stage: Arc<str>, wish: Arc<Wish>) {
        match self.wishes.entry(wish.source().clone()) {
            Entry::Vacant(none) => {
                none.insert(vec![(stage, wish)]);
            }
            Entry::Occupied(mut all) => all.get_mut().push((stage, wish)),
        }
    }

    pub fn wait(&mut self, source: Source, order: OrderNumber, why: Why) {
        self.pile(&source, Pile::Waiting);
        self.unsettled.insert(source.file.clone());
        let since = self.carried.get(&source).map_or(self.started, |(_, since)| *since);
        self.waiting.push(WaitingLine { order, source, why, since });
    }

    /// Says what became of a change.
    pub fn stands(&mut self, entry: Arc<plan::Entry>, standing: Standing, refusal: Option<Refusal>, why: Option<Why>) {
        if standing != Standing::Confirmed {
            self.unsettled.extend(entry.change.sources.iter().map(|source| source.file.clone()));
        }
        if standing == Standing::Planned && self.saved_plan.is_none() {
            // Not sent: the file is the queue, so it stays where it is. A saved plan's rows came from files of another
            // night, whose names may have come again.
            self.stay.extend(entry.change.sources.iter().map(|source| source.file.clone()));
        }
        self.changes.push(ChangeLine { entry, standing, refusal, why });
    }

    /// The API cannot be used any more; the first reason is the one that counts.
    pub fn close_api(&mut self, error: ShopError) {
        if self.closed.is_none() {
            self.closed = Some(error);
        }
    }

    /// How approved changes leave: as planned, or by CSV if the API is closed and the pipeline says so.
    pub fn way_out(&self, trip: &Trip, planned: Via) -> Via {
        match (planned, &self.closed) {
            (Via::Api, Some(_)) if self.fallback && trip.pipeline.deliver.fallback_csv => Via::Csv,
            (planned, _) => planned,
        }
    }

    pub fn head(&mut self, trip: &Trip, rms: &mut dyn ShopRead) -> Head {
        self.calls_made = rms.calls_made();
        Head {
            run: trip.run.clone(),
            shop: trip.shop.name.clone(),
            pipeline: trip.pipeline_file.to_owned(),
            title: trip.pipeline.title.clone(),
            made_at: trip.clock.now(),
            via: trip.via.unwrap_or(trip.pipeline.deliver.via),
            pace_ms: trip.shop.pace_ms,
            reads_made: self.calls_made,
        }
    }

    /// The order as this run read it.
    pub fn order(&self, number: &OrderNumber) -> Option<&Order> {
        self.seen.get(number)?.order.as_deref()
    }

    /// The comparison is over. Whoever decides anything about an order from here on reads it again first, so the orders
    /// need not be held while a hundred thousand of them are told; when they were read is remembered.
    pub fn let_orders_go(&mut self) {
        for (number, seen) in &mut self.seen {
            if seen.order.take().is_some_and(|order| order.destinations().count() > 1) {
                self.known_several.insert(number.clone());
            }
        }
    }

    /// Rows of one file by pile.
    pub fn rows_of(&self, file: &str) -> RowTally {
        let mut tally = RowTally::default();
        for pile in self.piles.get(file).into_iter().flatten().flatten() {
            tally.read += 1;
            match pile {
                Pile::SetAside => tally.set_aside += 1,
                Pile::Unchanged => tally.unchanged += 1,
                Pile::Waiting => tally.waiting += 1,
                Pile::Planned => tally.planned += 1,
                Pile::Rejected => tally.rejected += 1,
            }
        }
        tally
    }

    /// All rows by pile.
    pub fn rows(&self) -> RowTally {
        self.piles.keys().fold(RowTally::default(), |mut all, file| {
            let one = self.rows_of(file);
            all.read += one.read;
            all.unchanged += one.unchanged;
            all.planned += one.planned;
            all.rejected += one.rejected;
            all.set_aside += one.set_aside;
            all.waiting += one.waiting;
            all
        })
    }

    /// All changes by where they stand.
    pub fn change_tally(&self) -> ChangeTally {
        let mut tally = ChangeTally { planned: self.changes.len() as u64, ..ChangeTally::default() };
        for line in &self.changes {
            match line.standing {
                Standing::Confirmed => tally.confirmed += 1,
                Standing::Queued => tally.queued += 1,
                Standing::Refused => tally.refused += 1,
                Standing::Unknown | Standing::Sending | Standing::Absent => tally.unknown += 1,
                Standing::Held => tally.held += 1,
                Standing::Exported => tally.exported += 1,
                Standing::Planned | Standing::Withdrawn => tally.unsent += 1,
            }
        }
        tally
    }
}

/// The row's identity by what it says, with the destination as written (`*` if it names none).
pub fn ship_row_key(order: &OrderNumber, basket: Option<i64>, shipment: &crate::model::shipment::Shipment) -> String {
    let number = shipment.number.as_ref().map(crate::model::shipment::TrackingNumber::key).unwrap_or_default();
    let basket = basket.map_or_else(|| "*".to_owned(), |id| id.to_string());
    format!("ship/{order}/{basket}/{}/{number}/{}", shipment.carrier.code(), shipment.date)
}

/// The keys under which a told parcel settles rows: with its destination, and for rows that name none.
pub fn settled_keys(change: &Change) -> Vec<String> {
    use crate::model::change::What;
    use crate::model::shipment::{RowWrite, ShipChange};
    match &change.what {
        What::Ship(ShipChange {
            basket,
            write: RowWrite::Fill(_, shipment) | RowWrite::Add(shipment) | RowWrite::Amend(_, shipment),
            ..
        }) => {
            vec![ship_row_key(&change.order, Some(basket.0), shipment), ship_row_key(&change.order, None, shipment)]
        }
        _ => Vec::new(),
    }
}
