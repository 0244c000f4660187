//! A parcel as the mall wants to hear of it, and the ways to say it.

use super::carrier::Carrier;
use super::day::Day;
use super::ids::{BasketId, RowId};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A tracking number after cleaning: no blanks, no hyphens, half-width. At most 120 characters (the API's limit).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TrackingNumber(String);

/// The API's limit in characters.
pub const TRACKING_CHARS_MAX: usize = 120;

impl TrackingNumber {
    /// Printable ASCII letters, digits and inner `-`/`_` only: what an upload file can carry without quoting.
    pub fn parse(clean: &str) -> Option<TrackingNumber> {
        let fits = !clean.is_empty()
            && clean.len() <= TRACKING_CHARS_MAX
            && clean.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        fits.then(|| TrackingNumber(clean.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What two spellings of one number have in common: letters in upper case, digits, nothing else.
    pub fn key(&self) -> String {
        tracking_key(&self.0)
    }
}

/// The comparable core of a number however RMS or a person wrote it: full-width folded, hyphens and
/// blanks dropped, letters in upper case.
pub fn tracking_key(raw: &str) -> String {
    raw.chars()
        .map(|c| match c {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
            c => c,
        })
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_uppercase())
        .collect()
}

impl fmt::Display for TrackingNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A complete shipping row: carrier, number, date. `number` is `None` only for deliveries that have
/// none (定形外 and the like) and that the shop named as such; the number key is then left out of the call.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Shipment {
    pub carrier: Carrier,
    pub number: Option<TrackingNumber>,
    pub date: Day,
}

/// One row's write. A row is filled, added, amended or deleted, never just "written".
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RowWrite {
    /// An empty or その他 row that was there already.
    Fill(RowId, Shipment),
    /// A new row. Saying this twice makes two rows.
    Add(Shipment),
    /// A row that already has content of ours or another's, corrected by its id.
    Amend(RowId, Shipment),
    Delete(RowId),
}

impl RowWrite {
    pub fn row(&self) -> Option<RowId> {
        match self {
            RowWrite::Fill(row, _) | RowWrite::Amend(row, _) | RowWrite::Delete(row) => Some(*row),
            RowWrite::Add(_) => None,
        }
    }

    pub fn shipment(&self) -> Option<&Shipment> {
        match self {
            RowWrite::Fill(_, shipment) | RowWrite::Amend(_, shipment) | RowWrite::Add(shipment) => Some(shipment),
            RowWrite::Delete(_) => None,
        }
    }
}

/// A row as RMS holds it now; each part may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowSeen {
    pub carrier: Option<String>,
    pub number: Option<String>,
    pub date: Option<String>,
}

/// One shipping change: which destination, what is written, what stood there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShipChange {
    pub basket: BasketId,
    pub write: RowWrite,
    /// The row before, for Fill, Amend and Delete.
    pub was: Option<RowSeen>,
}
