//! The plan: complete data, nothing left to decide. It can be printed, saved, compared, counted and
//! approved; delivery takes only [`Approved`], which nothing but an approval makes.

use super::change::{Change, Kind};
use super::day::Moment;
use super::ids::{OrderNumber, RunId, ShopName};
use super::words::Why;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Raised when the saved form changes; an older program refuses a newer plan.
pub const PLAN_FORMAT: u32 = 1;

/// One line of the plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// 行ID on the sheet, from 1.
    pub id: u32,
    pub change: Change,
    /// Why it waits for a person; empty = free to go.
    pub holds: Vec<Why>,
    /// Shown first and marked 【至急】.
    pub urgent: bool,
}

/// How this plan's changes leave the house.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Via {
    Api,
    Csv,
    Review,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    pub format: u32,
    pub run: RunId,
    pub shop: ShopName,
    /// The pipeline file's path as given, relative to the workspace.
    pub pipeline: String,
    pub title: String,
    pub made_at: Moment,
    pub via: Via,
    /// Calls this plan needs at most, settling included.
    pub calls_bound: u64,
    /// Seconds those calls need at the shop's pace.
    pub seconds_bound: u64,
    /// Each is shared by all who speak of it on its way to the mall.
    pub entries: Vec<Arc<Entry>>,
}

/// A plan a person or the brake has let pass. Made only by [`Plan::approve_free`], [`Plan::approve_rows`] or [`Plan::approve_all`].
#[derive(Debug)]
pub struct Approved {
    plan: Plan,
    go: Vec<Arc<Entry>>,
    held: Vec<Arc<Entry>>,
    contradicting: BTreeSet<OrderNumber>,
}

impl Plan {
    /// What nothing holds goes; the rest waits.
    pub fn approve_free(self) -> Approved {
        self.approve(|entry| entry.holds.is_empty())
    }

    /// A person said yes to these 行ID; the rest waits.
    pub fn approve_rows(self, rows: &BTreeSet<u32>) -> Approved {
        self.approve(|entry| rows.contains(&entry.id))
    }

    /// `denpyo apply PLAN` is the approval of all of it.
    pub fn approve_all(self) -> Approved {
        self.approve(|_| true)
    }

    /// A yes to a cancellation and to a parcel of the same order is no yes: neither goes, for one of them cannot be
    /// taken back.
    fn approve(self, yes: impl Fn(&Entry) -> bool) -> Approved {
        let orders = |kind: Kind| -> BTreeSet<&OrderNumber> {
            let of_kind = self.entries.iter().filter(|entry| entry.change.kind() == kind && yes(entry));
            of_kind.map(|entry| &entry.change.order).collect()
        };
        let contradicting: BTreeSet<OrderNumber> =
            orders(Kind::Cancel).intersection(&orders(Kind::Ship)).map(|order| (*order).clone()).collect();
        let may = |entry: &Arc<Entry>| {
            yes(entry)
                && !(matches!(entry.change.kind(), Kind::Cancel | Kind::Ship)
                    && contradicting.contains(&entry.change.order))
        };
        let (go, held) = self.entries.iter().cloned().partition(may);
        Approved { plan: self, go, held, contradicting }
    }

    pub fn count(&self, kind: Kind) -> usize {
        self.entries.iter().filter(|entry| entry.change.kind() == kind).count()
    }
}

impl Approved {
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// What goes, in the plan's order.
    pub fn go(&self) -> &[Arc<Entry>] {
        &self.go
    }

    /// Orders whose cancellation and parcel were both approved; they are among what waits.
    pub fn contradicting(&self) -> &BTreeSet<OrderNumber> {
        &self.contradicting
    }

    /// What waits for a person.
    pub fn held(&self) -> &[Arc<Entry>] {
        &self.held
    }
}
