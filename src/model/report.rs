//! What one run did, for the screen, `report.json` and `index.html`: the same content in all three.

use super::day::Moment;
use super::ids::{OrderNumber, RunId, ShopName};
use super::plan::Entry;
use super::receipt::{Refusal, Standing};
use super::rejection::{FileRefusal, Rejection};
use super::sheet::{Encoding, Source};
use super::tally::{CallTally, ChangeTally, FileTally, RowTally};
use super::words::Why;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What became of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileOutcome {
    Read,
    /// Known bytes whose every row came to rest, or still being written.
    Skipped,
    Refused,
}

/// One file of the run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileLine {
    /// Relative to the workspace.
    pub name: String,
    pub layout: String,
    pub outcome: FileOutcome,
    pub encoding: Option<Encoding>,
    pub rows: RowTally,
    /// Why it was skipped, what was mended.
    pub notes: Vec<Why>,
    /// Where the original is now (archive/… or errors/…), if it was moved.
    pub moved_to: Option<String>,
}

/// A row that only needs time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingLine {
    pub source: Source,
    pub order: OrderNumber,
    pub why: Why,
    pub since: Moment,
}

/// One change and where it stands at the end of the run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeLine {
    pub entry: Arc<Entry>,
    /// `Planned` here means it was not sent in this run (unsent).
    pub standing: Standing,
    pub refusal: Option<Refusal>,
    /// Why it is unknown, unsent …
    pub why: Option<Why>,
}

/// A change of an earlier run that is still open: exported, unknown, queued, held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenLine {
    pub run: RunId,
    pub order: OrderNumber,
    pub what: String,
    pub standing: Standing,
    pub since: Moment,
}

/// The whole report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    pub run: RunId,
    pub shop: ShopName,
    pub pipeline: String,
    pub title: String,
    pub started: Moment,
    pub ended: Moment,
    pub exit: u8,
    pub files: FileTally,
    pub rows: RowTally,
    pub changes: ChangeTally,
    pub calls: CallTally,
    pub file_lines: Vec<FileLine>,
    pub file_refusals: Vec<FileRefusal>,
    pub rejections: Vec<Rejection>,
    pub waiting: Vec<WaitingLine>,
    /// How many rows were put aside for which reason: code → (count, an example).
    pub set_aside: BTreeMap<String, (u64, Why)>,
    /// How many rows RMS already agrees with, in all.
    pub change_lines: Vec<ChangeLine>,
    pub open_lines: Vec<OpenLine>,
    /// Changes of earlier runs that this run saw confirmed (exported by hand, queued, unknown).
    pub settled_earlier: Vec<OpenLine>,
    /// Shown first, marked 【至急】.
    pub urgent: Vec<Why>,
    /// What a person should do now.
    pub to_do: Vec<Why>,
    /// Things that went other than expected and need no one.
    pub warnings: Vec<Why>,
    pub key_expires: Option<Moment>,
    /// The run looked and planned only.
    pub plan_only: bool,
    pub outputs: Vec<String>,
    /// The report's own folder, relative to the workspace.
    pub report: Option<String>,
}
