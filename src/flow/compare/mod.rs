//! What the files ask for, held against what RMS knows. Each kind of wish has its own file; all give
//! the same piles, and every wish's row is in exactly one of them.

use crate::model::change::Change;
use crate::model::rejection::{Rejection, SetAside};
use crate::model::sheet::Source;
use crate::model::wish::Wish;
use crate::model::words::Why;

pub mod ship;

/// A change that may go into a plan, with what holds it.
#[derive(Clone, Debug, PartialEq)]
pub struct Drafted {
    pub change: Change,
    pub holds: Vec<Why>,
    pub urgent: bool,
}

/// The piles of one comparison.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Compared {
    pub entries: Vec<Drafted>,
    pub rejected: Vec<Rejection>,
    pub unchanged: Vec<Source>,
    pub waiting: Vec<(Wish, Why)>,
    pub set_aside: Vec<SetAside>,
}

impl Compared {
    /// Puts another comparison's piles behind these.
    pub fn join(&mut self, other: Compared) {
        let Compared { entries, rejected, unchanged, waiting, set_aside } = other;
        self.entries.extend(entries);
        self.rejected.extend(rejected);
        self.unchanged.extend(unchanged);
        self.waiting.extend(waiting);
        self.set_aside.extend(set_aside);
    }
}
