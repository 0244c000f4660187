//! How well bytes fit an encoding, all of them, in parallel: so many characters, so much that is none, and where
//! the first of that stands. Knows nothing of which encoding is wanted.

use super::table;
use rayon::prelude::*;
use std::ops::Range;
use std::sync::OnceLock;

/// One bad sequence in so many good ones, at most, still counts as damage to cells rather than as
/// another encoding: a tool that cut a character in half does it to a few cells.
const GOOD_FOR_ONE_BAD: u64 = 8;

/// How well bytes fit an encoding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Weight {
    /// Characters of more than one byte.
    pub good: u64,
    pub bad: u64,
    pub first_bad: Option<usize>,
}

impl Weight {
    pub fn mostly_good(&self) -> bool {
        self.good >= self.bad * GOOD_FOR_ONE_BAD
    }

    fn note(&mut self, at: usize) {
        self.bad += 1;
        self.first_bad.get_or_insert(at);
    }

    fn join(self, later: Weight) -> Weight {
        Weight {
            good: self.good + later.good,
            bad: self.bad + later.bad,
            first_bad: self.first_bad.or(later.first_bad),
        }
    }
}

pub(super) fn line_start(bytes: &[u8], at: usize) -> usize {
    memchr::memrchr(b'\n', &bytes[..at]).map_or(0, |end| end + 1)
}

/// Weighs `bytes[from..]` in parallel, cut at line feeds, which are no part of any character in
/// either encoding. A line longer than a part is weighed by one worker.
pub(super) fn weigh(bytes: &[u8], from: usize, each: fn(&[u8], usize) -> Weight) -> Weight {
    const PART: usize = 1 << 20;
    let border = |index: usize| {
        let at = from + index * PART;
        if at >= bytes.len() {
            bytes.len()
        } else if index == 0 {
            from
        } else {
            memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |end| at + end + 1)
        }
    };
    let first = each(&bytes[from..border(1)], from);
    // Another encoding shows at once; no need to look at the rest.
    if first.bad > 0 && !first.mostly_good() {
        return first;
    }
    let count = (bytes.len() - from).div_ceil(PART).max(1);
    let rest: Vec<Weight> = (1..count)
        .into_par_iter()
        .map(|index| (border(index), border(index + 1)))
        .map(|(start, end)| if start < end { each(&bytes[start..end], start) } else { Weight::default() })
        .collect();
    rest.into_iter().fold(first, Weight::join)
}

pub(super) fn weigh_utf8(part: &[u8], base: usize) -> Weight {
    let mut weight = Weight::default();
    let mut at = 0;
    loop {
        let (valid, bad) = match std::str::from_utf8(&part[at..]) {
            Ok(_) => (part.len() - at, None),
            Err(error) => (error.valid_up_to(), Some(error.error_len().unwrap_or(usize::MAX))),
        };
        // Lead bytes of valid text, one a character.
        weight.good += part[at..at + valid].iter().filter(|byte| **byte >= 0xc0).count() as u64;
        let Some(length) = bad else { return weight };
        weight.note(base + at + valid);
        at = at.saturating_add(valid).saturating_add(length);
        if at >= part.len() {
            return weight;
        }
    }
}

/// Sixty-four bytes at a time where all of them are characters; where not, one by one.
pub(super) fn weigh_cp932(part: &[u8], base: usize) -> Weight {
    let pairs = valid_pairs();
    let mut weight = Weight::default();
    // Always where a character begins.
    let mut at = 0;
    while let Some(block) = part[at..].first_chunk::<BLOCK>() {
        let Kinds { high, lead, never } = kinds(block);
        if high == 0 {
            at += BLOCK;
            continue;
        }
        let second = seconds(lead);
        // A character that the block's end cuts is the next block's.
        let cut = (lead & !second) >> 63;
        let first = lead & !second & !(1 << 63);
        let (mut bits, mut missing) = (first, 0);
        while bits != 0 {
            // Another one always stands behind it, and the mask keeps the compiler from asking.
            let place = bits.trailing_zeros() as usize;
            missing |= !pairs.bit(block[place], block[(place + 1) % BLOCK]);
            bits &= bits - 1;
        }
        if missing & 1 == 0 && never & !second == 0 {
            weight.good += u64::from(first.count_ones());
            at += BLOCK - cut as usize;
        } else {
            at = one_by_one(part, base, at..at + BLOCK, pairs, &mut weight);
        }
    }
    one_by_one(part, base, at..part.len(), pairs, &mut weight);
    weight
}

/// The characters that begin in the range, which begins with one. Gives where the next begins.
fn one_by_one(part: &[u8], base: usize, range: Range<usize>, pairs: &Pairs, weight: &mut Weight) -> usize {
    let mut at = range.start;
    while at < range.end {
        let byte = part[at];
        let follower = part.get(at + 1).copied().unwrap_or(0);
        if byte.is_ascii() {
            at += 1;
        } else if pairs.bit(byte, follower) & 1 == 1 {
            weight.good += 1;
            at += 2;
        } else if matches!(byte, 0x80 | 0xa1..=0xdf) {
            at += 1;
        } else {
            weight.note(base + at);
            // As `step` has it: an ASCII byte, or nothing, after a lone lead byte is not part of it.
            let alone = follower.is_ascii() || matches!(byte, 0xa0 | 0xfd..=0xff);
            at += if alone { 1 } else { 2 };
        }
    }
    at
}

/// Bytes that are looked at together.
const BLOCK: usize = 64;

/// A bit for each of a block's bytes, lowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Kinds {
    /// Not ASCII.
    high: u64,
    /// May begin a pair.
    lead: u64,
    /// Means nothing by itself and begins nothing.
    never: u64,
}

#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn kinds(block: &[u8; BLOCK]) -> Kinds {
    // SAFETY: SSE2 is part of x86-64.
    unsafe { kinds_sse2(block) }
}

#[cfg(target_arch = "x86_64")]
#[inline]
#[target_feature(enable = "sse2")]
fn kinds_sse2(block: &[u8; BLOCK]) -> Kinds {
    use std::arch::x86_64::*;
    let mut kinds = Kinds { high: 0, lead: 0, never: 0 };
    for (index, part) in block.as_chunks::<16>().0.iter().enumerate() {
        // SAFETY: sixteen bytes are there, and the load asks for no alignment.
        let text = unsafe { _mm_loadu_si128(part.as_ptr().cast()) };
        let splat = |byte: u8| _mm_set1_epi8(byte.cast_signed());
        // Turned by 20, 81 to 9F and E0 to FC are one span; moved to the least there is, one signed comparison tells.
        let moved = _mm_sub_epi8(_mm_xor_si128(text, splat(0x20)), splat(0xa1 - 0x80));
        let lead = _mm_cmplt_epi8(moved, splat(0x80 + 0x3c));
        let last = _mm_and_si128(_mm_cmpgt_epi8(text, splat(0xfc)), _mm_cmplt_epi8(text, splat(0)));
        let never = _mm_or_si128(last, _mm_cmpeq_epi8(text, splat(0xa0)));
        let bits = |hits| u64::from(_mm_movemask_epi8(hits).cast_unsigned()) << (index * 16);
        kinds.high |= bits(text);
        kinds.lead |= bits(lead);
        kinds.never |= bits(never);
    }
    kinds
}

#[cfg(not(target_arch = "x86_64"))]
use kinds_plain as kinds;

/// The same byte by byte.
#[cfg(any(test, not(target_arch = "x86_64")))]
fn kinds_plain(block: &[u8; BLOCK]) -> Kinds {
    let bits = |find: fn(u8) -> bool| {
        block.iter().enumerate().fold(0u64, |bits, (at, byte)| bits | u64::from(find(*byte)) << at)
    };
    Kinds {
        high: bits(|byte| !byte.is_ascii()),
        lead: bits(|byte| matches!(byte, 0x81..=0x9f | 0xe0..=0xfc)),
        never: bits(|byte| matches!(byte, 0xa0 | 0xfd..=0xff)),
    }
}

/// The bytes behind a byte that begins a pair, where the block begins with a character. In a row of bytes that may all
/// begin one, every other does: an addition carries through a row and shows at which place it ends, odd or even.
#[inline(always)]
fn seconds(lead: u64) -> u64 {
    const EVEN: u64 = 0x5555_5555_5555_5555;
    let follows = lead << 1;
    let odd_starts = lead & !EVEN & !follows;
    let ends = odd_starts.wrapping_add(lead);
    (EVEN ^ ends << 1) & follows
}

/// One bit a pair: small enough for the innermost cache, where the table is not.
struct Pairs([[u64; 4]; 256]);

impl Pairs {
    /// Whether a pair is a character: the lowest bit. The others are anything.
    #[inline(always)]
    fn bit(&self, first: u8, second: u8) -> u64 {
        self.0[usize::from(first)][usize::from(second >> 6)] >> (second & 63)
    }
}

fn valid_pairs() -> &'static Pairs {
    static PAIRS: OnceLock<Box<Pairs>> = OnceLock::new();
    PAIRS.get_or_init(|| {
        let mut pairs = Box::new(Pairs([[0u64; 4]; 256]));
        for (pair, unit) in table().iter().enumerate() {
            pairs.0[pair >> 8][pair >> 6 & 3] |= u64::from(*unit != 0) << (pair & 63);
        }
        pairs
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::decode::cell;
    use crate::model::sheet::Encoding;
    use proptest::prelude::*;

    /// The bytes in blocks and one by one, with so much before them that they lie across a block's end.
    fn check(bytes: &[u8]) {
        for before in [0, 1, 60, 61, 62, 63, 64] {
            for ahead in [b'a', 0xb1] {
                let mut long = vec![ahead; before];
                long.extend_from_slice(bytes);
                long.extend_from_slice(&[b'z'; BLOCK]);
                let mut slow = Weight::default();
                one_by_one(&long, 10, 0..long.len(), valid_pairs(), &mut slow);
                assert_eq!(weigh_cp932(&long, 10), slow, "{before} {bytes:02x?}");
            }
        }
        let first_bad = cell(bytes, Encoding::Cp932).err().map(|bad| bad.offset + 10);
        assert_eq!(weigh_cp932(bytes, 10).first_bad, first_bad, "{bytes:02x?}");
    }

    #[test]
    fn weighing_finds_what_decoding_finds() {
        for pair in 0..=u16::MAX {
            check(&pair.to_be_bytes());
        }
        for length in 0..200 {
            for byte in [0x81, 0x95, 0xe0, 0xfc, 0xa0, 0xb1, 0x80, 0x5c] {
                check(&vec![byte; length]);
                check(&[vec![0x95; length], vec![byte], vec![0x5c; 3]].concat());
            }
        }
        for byte in 0..=u8::MAX {
            let mut block = [b'a'; BLOCK];
            for at in 0..BLOCK {
                block[at] = byte;
                assert_eq!(kinds(&block), kinds_plain(&block));
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(5_000))]
        #[test]
        fn blocks_weigh_what_single_characters_do(bytes in proptest::collection::vec(
            prop_oneof![6 => 0x81u8..0xa0, 4 => 0x40u8..0x7f, 2 => 0xe0u8..0xfd, 1 => 0u8..=255], 0..300)
        ) {
            check(&bytes);
        }

        #[test]
        fn texts_with_some_damage_weigh_the_same(
            text in proptest::collection::vec(prop_oneof![
                20 => (0x88u8..0x98, 0x40u8..0xfd).prop_map(|(one, two)| vec![one, two]),
                10 => Just(b",".to_vec()), 5 => Just(b"abc".to_vec()), 3 => Just(vec![0xb1]),
                1 => Just(vec![0x95]), 1 => Just(vec![0xa0]),
            ], 0..150)
        ) {
            check(&text.concat());
        }
    }
}
