//! Of the comparison only what makes of a cell a hash: its readers of files know too much of the rest.

#[path = "../../../../src/flow/diff/cell.rs"]
mod cell;
#[path = "../../../../src/flow/diff/class.rs"]
mod class;
#[path = "../../../../src/flow/diff/hash.rs"]
mod hash;
#[path = "../../../../src/flow/diff/japanese.rs"]
mod japanese;
#[cfg(target_arch = "x86_64")]
#[path = "../../../../src/flow/diff/wide.rs"]
mod wide;

use crate::model::sheet::Encoding;
use hash::CellHash;
use std::ops::Range;

/// What the hashers of this machine find for a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hashes {
    pub words: u64,
    /// None where the processor has no AVX-512.
    pub wide: Option<u64>,
}

/// The hashes of the raw cell at `at` among other bytes, by their short ways. `before` is a cell hashed just before.
pub fn hash(bytes: &[u8], at: Range<usize>, before: &[u8], encoding: Encoding, exact: bool, place: usize) -> Hashes {
    fn of<C: CellHash>(mut hasher: C, bytes: &[u8], at: Range<usize>, before: &[u8], place: usize) -> u64 {
        let seed = hash::Seed::of(place);
        hasher.cell(before, 0..before.len(), &seed);
        C::fold(hasher.cell(bytes, at, &seed))
    }
    let words = of(hash::Words::new(encoding, exact), bytes, at.clone(), before, place);
    #[cfg(target_arch = "x86_64")]
    let wide = wide::Wide::new(encoding, exact).map(|hasher| of(hasher, bytes, at, before, place));
    #[cfg(not(target_arch = "x86_64"))]
    let wide = None;
    Hashes { words, wide }
}

/// The text that a raw cell is compared as.
pub fn canonical(raw: &[u8], encoding: Encoding, exact: bool) -> String {
    let mut out = String::new();
    cell::write_canonical(raw, encoding, exact, &mut out);
    out
}
