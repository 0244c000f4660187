//! Of the comparison only what makes of a cell a hash: its readers of files know too much of the rest.

#[path = "../../../../src/flow/diff/cell.rs"]
mod cell;
#[path = "../../../../src/flow/diff/class.rs"]
mod class;
#[path = "../../../../src/flow/diff/hash.rs"]
mod hash;
#[path = "../../../../src/flow/diff/japanese.rs"]
mod japanese;

use crate::model::sheet::Encoding;
use std::ops::Range;

/// The hash of the raw cell at `at` among other bytes, by its short ways. `before` is a cell hashed just before.
pub fn hash(bytes: &[u8], at: Range<usize>, before: &[u8], encoding: Encoding, exact: bool, place: usize) -> u64 {
    let mut hasher = hash::CellHasher::new(encoding, exact);
    let seed = hash::Seed::of(place);
    hasher.cell(before, 0..before.len(), &seed);
    hasher.cell(bytes, at, &seed)
}

/// The text that a raw cell is compared as.
pub fn canonical(raw: &[u8], encoding: Encoding, exact: bool) -> String {
    let mut out = String::new();
    cell::write_canonical(raw, encoding, exact, &mut out);
    out
}
