//! The piles of a run. Every row read and every change made is in exactly one; the sums are checked
//! before anything is said.

use serde::{Deserialize, Serialize};

/// Files found in this run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileTally {
    pub read: u64,
    pub skipped: u64,
    pub refused: u64,
}

/// Rows: `read` is the sum of the other five.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowTally {
    pub read: u64,
    pub unchanged: u64,
    pub planned: u64,
    pub rejected: u64,
    pub set_aside: u64,
    pub waiting: u64,
}

impl RowTally {
    pub fn adds_up(&self) -> bool {
        let RowTally { read, unchanged, planned, rejected, set_aside, waiting } = *self;
        read == unchanged + planned + rejected + set_aside + waiting
    }
}

/// Changes: `planned` is the sum of the other seven.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeTally {
    pub planned: u64,
    pub confirmed: u64,
    pub queued: u64,
    pub refused: u64,
    pub unknown: u64,
    pub held: u64,
    pub exported: u64,
    pub unsent: u64,
}

impl ChangeTally {
    pub fn adds_up(&self) -> bool {
        let ChangeTally { planned, confirmed, queued, refused, unknown, held, exported, unsent } = *self;
        planned == confirmed + queued + refused + unknown + held + exported + unsent
    }
}

/// Calls made, and how many were planned at most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallTally {
    pub made: u64,
    pub bound: u64,
}
