//! Two indexes to pairs of rows: those whose values differ, those that only one file has, those whose
//! key stands more than once. Each part is sorted and merged inside the cache. Knows only hashes and places.

use super::index::{Entry, Index, Lines, Misshapen, Place};
use rayon::prelude::*;

/// What the indexes tell.
pub(super) struct Joined {
    /// Old and new place of rows with one key and different values, by old place.
    pub pairs: Vec<(Place, Place)>,
    pub removed: Vec<Place>,
    pub added: Vec<Place>,
    /// Rows whose key (or its hash) stands more than once in a file.
    pub several: Vec<(Vec<Entry>, Vec<Entry>)>,
    /// Keys that both files have, and how many of them with other values.
    pub matched: u64,
    pub unequal: u64,
    pub rows: [u64; 2],
    pub lines: [Lines; 2],
    pub misshapen: [Vec<Misshapen>; 2],
}

#[derive(Default)]
struct Part {
    pairs: Vec<(Place, Place)>,
    removed: Vec<Place>,
    added: Vec<Place>,
    several: Vec<(Vec<Entry>, Vec<Entry>)>,
    matched: u64,
}

pub(super) fn join(old: Index, new: Index) -> Joined {
    let mut out = Joined {
        pairs: Vec::new(),
        removed: Vec::new(),
        added: Vec::new(),
        several: Vec::new(),
        matched: 0,
        unequal: 0,
        rows: [old.rows, new.rows],
        lines: [old.lines, new.lines],
        misshapen: [old.misshapen, new.misshapen],
    };
    let parts: Vec<Part> = old.parts.into_par_iter().zip(new.parts).map(|(old, new)| merge(old, new)).collect();
    for part in parts {
        let Part { pairs, removed, added, several, matched } = part;
        out.unequal += pairs.len() as u64;
        out.matched += matched;
        out.pairs.extend(pairs);
        out.removed.extend(removed);
        out.added.extend(added);
        out.several.extend(several);
    }
    out.pairs.par_sort_unstable();
    out.removed.par_sort_unstable();
    out.added.par_sort_unstable();
    out
}

fn merge(mut old: Vec<Entry>, mut new: Vec<Entry>) -> Part {
    old.sort_unstable();
    new.sort_unstable();
    let mut out = Part::default();
    let (mut old, mut new) = (old.as_slice(), new.as_slice());
    while !old.is_empty() || !new.is_empty() {
        let key = old.first().into_iter().chain(new.first()).map(|entry| entry.key).min().unwrap_or_default();
        let these = take(&mut old, key);
        let those = take(&mut new, key);
        match (these, those) {
            ([one], [other]) => {
                out.matched += 1;
                if one.value != other.value {
                    out.pairs.push((one.place, other.place));
                }
            }
            ([one], []) => out.removed.push(one.place),
            ([], [other]) => out.added.push(other.place),
            _ => {
                out.matched += these.len().min(those.len()) as u64;
                out.several.push((these.to_vec(), those.to_vec()));
            }
        }
    }
    out
}

/// The entries at the front that have this key.
fn take<'a>(from: &mut &'a [Entry], key: u64) -> &'a [Entry] {
    let count = from.iter().take_while(|entry| entry.key == key).count();
    let (these, rest) = from.split_at(count);
    *from = rest;
    these
}
