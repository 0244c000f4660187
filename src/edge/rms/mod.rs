//! The shop's order API over HTTP. Two narrow seams: [`ShopRead`] looks, [`ShopWrite`] sends; who only
//! plans never holds the second. Reads are repeated here when they fail; a write goes out once, and what
//! came back is handed on unjudged. Nothing here knows changes, plans or the ledger.

use crate::model::batch::{Heard, Op};
use crate::model::day::Moment;
use crate::model::ids::{OrderNumber, SubStatusId};
use crate::model::message::{AsyncResult, SubStatusGroup};
use crate::model::order::Orders;
use crate::model::receipt::RequestId;
use crate::model::words::{Lang, Why, asking};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

mod client;
mod envelope;
mod licence;
mod pace;
mod read;

pub use client::{Client, Limits};
pub use pace::Pace;

/// Why the shop could not be asked. Each has been tried as often as it made sense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShopError {
    Maintenance,
    Throttled,
    /// Key or secret were not taken, by any operation. A key just issued looks like this for a while.
    KeyRefused {
        code: String,
        message: String,
    },
    /// The shop has no key set up: it registers CSVs by hand.
    NoKey,
    /// This operation was refused while others pass: 利用機能 is not ticked for it.
    NotPermitted {
        op: &'static str,
        code: String,
        message: String,
    },
    /// No connection, no answer in time, or a server error that lasted.
    Unreachable(String),
    /// An answer that is not what the operation answers.
    Garbled {
        op: &'static str,
        detail: String,
    },
    /// The order service said no to the question.
    Refused {
        op: &'static str,
        code: String,
        message: String,
    },
}

impl ShopError {
    /// The words for it.
    pub fn why(&self) -> Why {
        match self {
            ShopError::Maintenance => asking::MAINTENANCE.plain(),
            ShopError::Throttled => asking::THROTTLED.plain(),
            ShopError::KeyRefused { code, message } => {
                asking::KEY_REFUSED.with([("code", code.clone()), ("message", message.clone())])
            }
            ShopError::NoKey => asking::NO_KEY.plain(),
            ShopError::NotPermitted { op, code, message } => asking::NOT_PERMITTED.with([
                ("op", (*op).to_owned()),
                ("code", code.clone()),
                ("message", message.clone()),
            ]),
            ShopError::Unreachable(detail) => asking::UNREACHABLE.with([("detail", detail.clone())]),
            ShopError::Garbled { op, detail } => {
                asking::GARBLED.with([("op", (*op).to_owned()), ("detail", detail.clone())])
            }
            ShopError::Refused { op, code, message } => asking::ASKING_REFUSED.with([
                ("op", (*op).to_owned()),
                ("code", code.clone()),
                ("message", message.clone()),
            ]),
        }
    }
}

impl fmt::Display for ShopError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why().text(Lang::En))
    }
}

impl std::error::Error for ShopError {}

/// 期間検索種別.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DateType {
    /// 注文日
    Ordered = 1,
    /// 注文確認日
    Confirmed = 2,
    /// 注文確定日
    Fixed = 3,
    /// 発送日
    Shipped = 4,
    /// 発送完了報告日
    Reported = 5,
    /// 決済確定日
    Settled = 6,
}

/// A search. `from` and `to` are both included; a span of more than 63 days is cut into several searches,
/// and a start before what RMS still knows (730 days) is moved up to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    pub by: DateType,
    pub from: Moment,
    pub to: Moment,
    /// `orderProgress` values; empty = any.
    pub progress: Vec<i64>,
    /// Empty = any.
    pub sub_statuses: Vec<SubStatusId>,
}

/// What became of a list of orders asked for. Every number asked about is in exactly one of the three.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Looked {
    pub orders: Orders,
    /// Not in the answer: unknown, another shop's, too old, or not visible yet.
    pub missing: BTreeSet<OrderNumber>,
    /// RMS has them, but what it says could not be read; with the reason.
    pub unreadable: BTreeMap<OrderNumber, String>,
    pub warnings: Vec<Why>,
}

/// Looking. Every call is repeated a few times when it fails in a way that may pass.
pub trait ShopRead {
    /// The numbers found, each once, in RMS's order (oldest first).
    fn search(&mut self, wanted: &Search) -> Result<Vec<OrderNumber>, ShopError>;

    /// Any number of orders, asked for in full calls of a hundred, each number once. After each call `told` hears how
    /// many of the numbers have been asked about.
    fn orders(&mut self, numbers: &[OrderNumber], told: &mut dyn FnMut(usize)) -> Result<Looked, ShopError>;

    fn sub_statuses(&mut self) -> Result<Vec<SubStatusGroup>, ShopError>;

    /// The `OrderModel` of `getPayment` (決済情報), as it came.
    fn payment(&mut self, number: &OrderNumber) -> Result<Value, ShopError>;

    /// When the key in use runs out (JST).
    fn key_expiry(&mut self) -> Result<Moment, ShopError>;

    fn shipping_result(&mut self, request: &RequestId) -> Result<AsyncResult, ShopError>;

    /// Requests that were sent or tried so far, reads and writes and repeats together.
    fn calls_made(&self) -> u64;

    /// The server's time in its last answer.
    fn server_time(&self) -> Option<Moment>;

    /// Odd things seen since the last time this was asked, that stopped nothing.
    fn take_warnings(&mut self) -> Vec<Why> {
        Vec::new()
    }
}

/// Sending. One call, never repeated, never judged here.
pub trait ShopWrite {
    fn write(&mut self, op: Op, body: &Value) -> Heard;
}

#[cfg(test)]
mod tests;
