//! Wishes held against what RMS says now, and against what it said when the order was first seen. Out
//! come changes, and for every row that asked for something the pile it ends in. Each kind of wish has
//! a file of its own; none knows how a change is sent.

use crate::model::baseline::Baseline;
use crate::model::change::Change;
use crate::model::day::Moment;
use crate::model::ids::OrderNumber;
use crate::model::pipeline::Deliver;
use crate::model::rejection::{Rejection, SetAside};
use crate::model::sheet::Source;
use crate::model::words::Why;
use std::collections::{BTreeMap, BTreeSet};

pub mod amend;
pub mod cancel;
pub mod cells;
pub mod confirm;
pub mod earlier;
pub mod import;
pub mod mark;
pub mod picture;
pub mod ship;

/// A change with what holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drafted {
    pub change: Change,
    /// Why it waits for a person; empty = free to go.
    pub holds: Vec<Why>,
    /// Shown first and marked 【至急】.
    pub urgent: bool,
}

impl Drafted {
    /// One reason more to wait, if it is not among them yet.
    pub fn hold(&mut self, why: Why) {
        if !self.holds.contains(&why) {
            self.holds.push(why);
        }
    }
}

/// What became of one stage's wishes. Every row is in exactly one of the piles: the sources of
/// `entries`, `rejected` (several reasons for one row are possible), `unchanged`, `waiting`, `set_aside`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compared {
    pub entries: Vec<Drafted>,
    pub rejected: Vec<Rejection>,
    pub unchanged: Vec<Source>,
    pub waiting: Vec<Waits>,
    pub set_aside: Vec<SetAside>,
    /// Baselines to store although nothing is sent: adopted, or moved because file and RMS agree.
    pub baselines: BTreeMap<OrderNumber, Baseline>,
    /// Worth saying once in the report.
    pub notes: Vec<Why>,
}

/// A row that only needs time. What it asks for is kept by whoever asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waits {
    pub source: Source,
    pub order: OrderNumber,
    pub why: Why,
}

impl Waits {
    fn new(source: &Source, order: &OrderNumber, why: Why) -> Waits {
        Waits { source: source.clone(), order: order.clone(), why }
    }
}

impl Compared {
    /// Puts another comparison's piles behind these.
    pub fn join(&mut self, other: Compared) {
        let Compared { entries, rejected, unchanged, waiting, set_aside, baselines, notes } = other;
        self.entries.extend(entries);
        self.rejected.extend(rejected);
        self.unchanged.extend(unchanged);
        self.waiting.extend(waiting);
        self.set_aside.extend(set_aside);
        self.baselines.extend(baselines);
        self.notes.extend(notes);
    }
}

/// What every comparison needs besides the wishes and the orders.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    pub deliver: &'a Deliver,
    pub now: Moment,
    /// The key of the hashes in pictures, baselines and memos.
    pub key: &'a [u8],
    /// Orders with a shipping row in this night's files, or in a plan that is still open: a cancel contradicts it.
    pub shipping: &'a BTreeSet<OrderNumber>,
    /// Orders whose state moves before a later kind's turn comes tonight (a confirm: 100 → 200).
    pub states_to_be: &'a BTreeMap<OrderNumber, i64>,
    /// Orders whose confirmation was asked for and is not through: unheard, held, or waiting.
    pub confirming: &'a BTreeSet<OrderNumber>,
}

/// Wishes by order, each with its place in the list, so that what goes in in any order comes out in one.
fn by_order<'a, T: 'a>(
    wishes: impl IntoIterator<Item = &'a T>,
    order: impl Fn(&T) -> &OrderNumber,
) -> BTreeMap<OrderNumber, Vec<&'a T>> {
    let mut groups: BTreeMap<OrderNumber, Vec<&T>> = BTreeMap::new();
    for wish in wishes {
        groups.entry(order(wish).clone()).or_default().push(wish);
    }
    groups
}

/// Where a row stands, for people: file and physical line.
fn place(source: &Source) -> String {
    format!("{}:{}", source.file, source.line)
}

/// A refusal of a row as a whole.
fn refuse(source: &Source, why: Why) -> Rejection {
    Rejection { source: source.clone(), column: None, value: None, why }
}

/// A refusal of one cell.
fn refuse_cell(source: &Source, column: &str, value: String, why: Why) -> Rejection {
    Rejection { source: source.clone(), column: Some(column.to_owned()), value: Some(value), why }
}

#[cfg(test)]
pub mod made;
