//! The hash that a cell is held against others with: that of its canonical form, without making that
//! form where the bytes show what it would be. Most cells of order files are digits, codes, dates,
//! amounts or Japanese text, and each of these has a short way; everything else takes the long way
//! through [`write_canonical`], which is also the short ways' slow twin in the tests.
//!
//! A text is hashed as its bytes in UTF-8.

use super::cell::{DATE, Short, own_form, short_figures, write_canonical};
use super::class::{self, SHORT, awkward, equal, outside};
use super::japanese;
use crate::flow::split::Record;
use crate::model::sheet::Encoding;
use std::ops::Range;

const SEEDS: [u64; 4] = [0x9e37_79b9_7f4a_7c15, 0xd1b5_4a32_d192_ed03, 0x8bb8_4b93_962e_acc9, 0x2d35_8dcc_aa6c_78a5];

/// What makes the same cell another thing in another column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seed([u64; 4]);

impl Seed {
    /// The seed of a place, in an order that both files share.
    pub fn of(place: usize) -> Seed {
        let own = (place as u64).wrapping_mul(0x9fb2_1c65_1e98_df25);
        Seed([
            SEEDS[0] ^ own,
            SEEDS[1] ^ own.rotate_left(17),
            SEEDS[2] ^ own.rotate_left(31),
            SEEDS[3] ^ own.rotate_left(47),
        ])
    }

    #[cfg(target_arch = "x86_64")]
    pub fn words(&self) -> &[u64; 4] {
        &self.0
    }
}

#[inline(always)]
fn fold(one: u64, two: u64) -> u64 {
    let product = u128::from(one) * u128::from(two);
    (product as u64) ^ (product >> 64) as u64
}

#[inline(always)]
fn word(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(std::array::from_fn(|index| bytes[at + index]))
}

/// A record's 64-bit hash by folded multiplication, in two strands. Not against people who choose their
/// cells to collide.
#[inline]
pub(super) fn hash_record(bytes: &[u8], seed: &Seed) -> u64 {
    let Seed([a, b, c, d]) = *seed;
    let (mut state, mut other, mut rest) = (a, d, bytes);
    while let Some((block, after)) = rest.split_first_chunk::<32>() {
        state = fold(word(block, 0) ^ b, word(block, 8) ^ state);
        other = fold(word(block, 16) ^ c, word(block, 24) ^ other);
        rest = after;
    }
    let strands = fold(state ^ c, other ^ b);
    fold(hash(rest, 0, rest.len(), seed) ^ a, strands ^ bytes.len() as u64)
}

/// A text's hash: the bytes from `from` on, `length` of them. Keys that meet by chance are told apart when
/// their rows are read again.
#[inline]
fn hash(bytes: &[u8], from: usize, length: usize, seed: &Seed) -> u64 {
    let (mut state, mut at) = (seed.0[1], 0);
    while length - at > SHORT {
        state = step(state, load(bytes, from + at, SHORT), seed);
        at += SHORT;
    }
    finish(state, load(bytes, from + at, length - at), length, seed)
}

#[inline(always)]
fn step(state: u64, [one, two]: [u64; 2], seed: &Seed) -> u64 {
    fold(one ^ seed.0[0], two ^ state)
}

#[inline(always)]
fn finish(state: u64, last: [u64; 2], length: usize, seed: &Seed) -> u64 {
    fold(step(state, last, seed) ^ seed.0[2], length as u64 ^ seed.0[3])
}

/// [`hash`] of at most [`SHORT`] bytes, given as two words with zeros behind the last byte.
#[inline(always)]
fn hash_short(words: [u64; 2], length: usize, seed: &Seed) -> u64 {
    finish(seed.0[1], words, length, seed)
}

/// [`hash`] of bytes that are given as words, with zeros behind the last byte.
fn hash_words(words: &[u64], length: usize, seed: &Seed) -> u64 {
    let blocks = words.as_chunks::<2>().0;
    let last = (length - 1) / SHORT;
    let state = blocks[..last].iter().fold(seed.0[1], |state, block| step(state, *block, seed));
    finish(state, blocks[last], length, seed)
}

/// Which of two words' bytes belong to a text of so many bytes.
const KEEP: [[u64; 2]; SHORT + 1] = {
    let mut keep = [[0u64; 2]; SHORT + 1];
    let mut length = 1;
    while length <= SHORT {
        let low = if length < 8 { length } else { 8 };
        keep[length][0] = u64::MAX >> (64 - 8 * low);
        if length > 8 {
            keep[length][1] = u64::MAX >> (64 - 8 * (length - 8));
        }
        length += 1;
    }
    keep
};

/// At most [`SHORT`] bytes from `from` on as two words, zeros behind them. What stands behind them in `bytes`
/// is read too where there is anything, since that costs no branch.
#[inline(always)]
fn load(bytes: &[u8], from: usize, length: usize) -> [u64; 2] {
    let rest = &bytes[from..];
    let keep = KEEP[length];
    let whole = match rest.first_chunk::<SHORT>() {
        Some(whole) => [word(whole, 0), word(whole, 8)],
        None => load_end(&rest[..length]),
    };
    [whole[0] & keep[0], whole[1] & keep[1]]
}

#[cold]
fn load_end(bytes: &[u8]) -> [u64; 2] {
    let mut whole = [0u8; SHORT];
    whole[..bytes.len()].copy_from_slice(bytes);
    [word(&whole, 0), word(&whole, 8)]
}

/// The canonical form of a short figure, where it shows at once: amounts with one comma, dates, codes
/// with hyphens, decimals. `words` have zeros behind their end, `between` a bit for each byte that is no
/// digit (at least one).
#[inline]
fn short_figure(words: [u64; 2], between: u32, length: usize) -> Option<([u64; 2], usize)> {
    let whole = (u128::from(words[0]) | u128::from(words[1]) << 64).to_le_bytes();
    let byte = |at: usize| whole[at % SHORT];
    let first = between.trailing_zeros() as usize;
    let sign = byte(first);
    let rest = between & (between - 1);
    if rest == 0 {
        let one = byte(usize::from(first == 0));
        return match sign {
            // 1,650
            b',' if (5..=7).contains(&length) && first + 4 == length && one != b'0' => {
                let before = KEEP[first][0];
                Some(([words[0] & before | (words[0] >> 8) & !before, 0], length - 1))
            }
            // -500
            b'-' if first == 0 && length > 1 && one != b'0' => Some((words, length)),
            // 100-0001
            b'-' if first > 0 => Some((words, length)),
            // 0.08
            b'.' => Some((words, length)),
            _ => None,
        };
    }
    let second = rest.trailing_zeros() as usize;
    if first == 4 && rest & (rest - 1) == 0 && byte(second) == sign && matches!(sign, b'-' | b'/') {
        // 2026-04-02 and 2026/4/2
        let pair = |from: usize, to: usize| match to - from {
            1 => Some([b'0', byte(from)]),
            2 => Some([byte(from), byte(from + 1)]),
            _ => None,
        };
        let (month, day) = (pair(5, second)?, pair(second + 1, length)?);
        let value = |[tens, ones]: [u8; 2]| (tens - b'0') * 10 + ones - b'0';
        let fits = (19..=29).contains(&value([byte(0), byte(1)]))
            && (1..=12).contains(&value(month))
            && (1..=31).contains(&value(day));
        let year = words[0] & 0xffff_ffff;
        let rest = u64::from(u32::from_le_bytes([month[0], month[1], day[0], day[1]]));
        return fits.then_some(([year | rest << 32, DATE as u64], 9));
    }
    // 090-1234-5678: hyphens only, and no date.
    let hyphens = equal(words[0], b'-').count_ones() + equal(words[1], b'-').count_ones();
    (first > 0 && first != 4 && hyphens == between.count_ones()).then_some((words, length))
}

/// Makes of each cell of one file a hash of what it says: cells that say the same have the same hash,
/// whatever their files' encodings.
pub(super) trait CellHash: Sized {
    /// A cell's hash, or those of several added up.
    type Sum: Copy;

    /// The hash of an empty cell.
    fn nothing() -> Self::Sum;

    /// The hash of the raw cell at `at`, quotes and all, as it is compared.
    fn cell(&mut self, bytes: &[u8], at: Range<usize>, seed: &Seed) -> Self::Sum;

    /// The hash of a cell that is compared as this text.
    fn text(text: &str, seed: &Seed) -> Self::Sum;

    /// The cells of a record added to `sum`, each with the seed of its column; those without one do not count.
    fn record(&mut self, bytes: &[u8], record: &Record<'_>, seeds: &[Option<Seed>], sum: Self::Sum) -> Self::Sum {
        add_cells(self, bytes, record, seeds, sum)
    }

    /// Both in one, whichever came first.
    fn add(one: Self::Sum, other: Self::Sum) -> Self::Sum;

    /// The 64 bits that are kept.
    fn fold(sum: Self::Sum) -> u64;
}

/// [`CellHash::record`]. Not one cell after the other: a sum lets the processor work on several at once.
#[inline(always)]
pub(super) fn add_cells<C: CellHash>(
    hasher: &mut C,
    bytes: &[u8],
    record: &Record<'_>,
    seeds: &[Option<Seed>],
    mut sum: C::Sum,
) -> C::Sum {
    if let Some(ends) = record.ends() {
        let limit = record.start + record.bytes.len();
        let mut from = record.start;
        for (end, seed) in ends.iter().zip(seeds) {
            let to = (record.start + *end as usize).min(limit);
            if let Some(seed) = seed {
                sum = C::add(sum, hasher.cell(bytes, from..to, seed));
            }
            from = (to + 1).min(limit);
        }
    } else {
        for (column, seed) in seeds.iter().enumerate() {
            if let Some(seed) = seed {
                sum = C::add(sum, hasher.cell(bytes, here(record, column), seed));
            }
        }
    }
    sum
}

/// Where a wanted cell stands in the bytes that are scanned.
#[inline(always)]
pub(super) fn here(record: &Record<'_>, column: usize) -> Range<usize> {
    let range = record.cell_range(column);
    record.start + range.start..record.start + range.end
}

/// Hashes by plain arithmetic, on every processor.
pub(super) struct Words {
    encoding: Encoding,
    exact: bool,
    japanese: &'static japanese::Table,
    /// Used again and again, for one cell at a time.
    words: [u64; japanese::WORDS],
    scratch: String,
}

impl Words {
    pub fn new(encoding: Encoding, exact: bool) -> Words {
        Words { encoding, exact, japanese: japanese::table(), words: [0; japanese::WORDS], scratch: String::new() }
    }

    /// Kana and kanji alone, which are always their own canonical form.
    #[inline(never)]
    fn japanese(&mut self, bytes: &[u8], from: usize, length: usize, seed: &Seed) -> Option<u64> {
        if self.encoding == Encoding::Cp932 {
            let length = japanese::from_cp932(self.japanese, bytes, from, length, &mut self.words)?;
            Some(hash_words(&self.words, length, seed))
        } else {
            japanese::is_utf8(bytes, from, length).then(|| hash(bytes, from, length, seed))
        }
    }

    #[inline(never)]
    fn other(&mut self, bytes: &[u8], at: Range<usize>, inner: Range<usize>, seed: &Seed) -> u64 {
        let text = &bytes[inner];
        let short_way = if text.is_ascii() {
            self.ascii(text, seed)
        } else {
            own_form(text, self.encoding, self.exact, &mut self.scratch).map(|form| Self::text(form, seed))
        };
        short_way.unwrap_or_else(|| {
            write_canonical(&bytes[at], self.encoding, self.exact, &mut self.scratch);
            Self::text(&self.scratch, seed)
        })
    }

    /// A short cell of ASCII, if it is plain.
    #[inline(never)]
    fn short(&self, words: [u64; 2], length: usize, seed: &Seed) -> Option<u64> {
        let class = class::of(words);
        let inside = (1u32 << length) - 1;
        if class.awkward & inside != 0 {
            return None;
        }
        let between = class.no_digit & inside;
        if between == 0 || class.no_figure & inside != 0 || self.exact {
            return Some(hash_short(words, length, seed));
        }
        let (words, length) = short_figure(words, between, length)?;
        Some(hash_short(words, length, seed))
    }

    /// ASCII of any length that is its own canonical form, or a figure with a short way.
    fn ascii(&self, text: &[u8], seed: &Seed) -> Option<u64> {
        let (mut letters, mut odd_ones, mut returns) = (0, 0, 0);
        let mut look = |word: u64| {
            let odd = awkward(word);
            odd_ones |= odd;
            letters |= outside(word, b'+', b':') & !odd;
            returns |= equal(word, b'"') | equal(word, b'\r');
        };
        let (words, rest) = text.as_chunks::<8>();
        words.iter().for_each(|word| look(u64::from_le_bytes(*word)));
        let mut last = [b'0'; 8];
        last[..rest.len()].copy_from_slice(rest);
        look(u64::from_le_bytes(last));
        if returns != 0 {
            return None;
        }
        if self.exact {
            return Some(hash(text, 0, text.len(), seed));
        }
        let [first, .., end] = text else { return None };
        if letters == 0 && odd_ones == 0 {
            return match short_figures(text) {
                Short::Same => Some(hash(text, 0, text.len(), seed)),
                Short::Other(buffer, length) => Some(hash(&buffer, 0, length, seed)),
                Short::Unclear => None,
            };
        }
        // With a letter in it, blanks inside change nothing.
        let same = letters != 0 && first.is_ascii_graphic() && end.is_ascii_graphic() && *first != b'=';
        same.then(|| hash(text, 0, text.len(), seed))
    }
}

impl CellHash for Words {
    type Sum = u64;

    #[inline(always)]
    fn nothing() -> u64 {
        0
    }

    #[inline(always)]
    fn cell(&mut self, bytes: &[u8], at: Range<usize>, seed: &Seed) -> u64 {
        let raw = &bytes[at.clone()];
        let quoted = usize::from(matches!(raw, [b'"', .., b'"']));
        let (from, length) = (at.start + quoted, raw.len() - 2 * quoted);
        // 1 to 16.
        if length.wrapping_sub(1) < SHORT {
            let words = load(bytes, from, length);
            // Letters and digits alone are never trimmed, folded or taken for a date.
            if class::no_letter_or_digit(words) & ((1 << length) - 1) == 0 {
                return hash_short(words, length, seed);
            }
            if words[0] & 0x80 == 0
                && let Some(hash) = self.short(words, length, seed)
            {
                return hash;
            }
        } else if length == 0 {
            return 0;
        }
        let short_way = if bytes[from].is_ascii() { None } else { self.japanese(bytes, from, length, seed) };
        short_way.unwrap_or_else(|| self.other(bytes, at, from..from + length, seed))
    }

    fn text(text: &str, seed: &Seed) -> u64 {
        if text.is_empty() { 0 } else { hash(text.as_bytes(), 0, text.len(), seed) }
    }

    #[inline(always)]
    fn add(one: u64, other: u64) -> u64 {
        one.wrapping_add(other)
    }

    #[inline(always)]
    fn fold(sum: u64) -> u64 {
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "x86_64")]
    use crate::flow::diff::wide::Wide;
    use crate::flow::encode::{self, Unmappable};
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    /// The cell through its short ways and the long one, alone and with other bytes around it.
    fn check(raw: &[u8], encoding: Encoding, exact: bool) {
        let mut long = String::new();
        write_canonical(raw, encoding, exact, &mut long);
        check_with(Words::new(encoding, exact), raw, encoding, exact, &long);
        #[cfg(target_arch = "x86_64")]
        if let Some(wide) = Wide::new(encoding, exact) {
            check_with(wide, raw, encoding, exact, &long);
        }
    }

    fn check_with<C: CellHash>(mut hasher: C, raw: &[u8], encoding: Encoding, exact: bool, long: &str) {
        let seed = Seed::of(3);
        let expect = C::fold(C::text(long, &seed));
        // Nothing of a cell before it is left.
        let before = [0x93, 0x5c].repeat(120);
        hasher.cell(&before, 0..before.len(), &seed);
        let shown = || format!("{encoding:?} {exact} {raw:02x?} {:?}", String::from_utf8_lossy(raw));
        assert_eq!(C::fold(hasher.cell(raw, 0..raw.len(), &seed)), expect, "{}", shown());
        let around = [b",9\x95", raw, b"\"7,abc\xe3\x81\x80\x81 ,\r\n"].concat();
        assert_eq!(C::fold(hasher.cell(&around, 3..3 + raw.len(), &seed)), expect, "among others: {}", shown());
    }

    /// A text, quoted and bare, in both encodings where it fits.
    fn check_text(text: &str, exact: bool) {
        let quoted = format!("\"{}\"", text.replace('"', "\"\""));
        for raw in [&quoted, text] {
            check(raw.as_bytes(), Encoding::Utf8, exact);
            if let Ok(bytes) = encode::cp932(raw, Unmappable::Stop) {
                check(&bytes, Encoding::Cp932, exact);
            }
        }
    }

    #[test]
    fn every_short_way_is_the_long_one() {
        for text in [
            "",
            "0",
            "1650",
            "1,650",
            "12,345",
            "123,456",
            "1,234,567",
            "5555,559",
            "12345,678",
            "123456,789",
            "1234567,890",
            "1,234567,890",
            "0,650",
            "1,65",
            ",650",
            "16,50",
            "-500",
            "-0",
            "-050",
            "-",
            "-1,650",
            "+5",
            "0.08",
            "0.10",
            "00.5",
            "1.",
            ".5",
            "12.5",
            "12.50",
            "1.2.3",
            "2026-04-02",
            "2026/4/2",
            "2026/12/31",
            "2026/12/32",
            "2026/13/1",
            "1899/1/1",
            "3000/1/1",
            "2026-4-02",
            "2026/4-2",
            "2026/4/",
            "2026//4",
            "2026/4/123",
            "2026-04-02-1",
            "100-0001",
            "1234-5678",
            "1234-5678-9",
            "090-1234-5678",
            "--",
            "9:05",
            "09:05:00",
            "2026-04-02 09:30:00",
            "123456-20260402-0000000001",
            "a",
            "3fa21",
            " a",
            "a ",
            "a b",
            "1 2",
            "a=b",
            "=a",
            "=\"01\"",
            "a\rb",
            "a\nb",
            "a\"b",
            "表",
            "表 ソ",
            " 表",
            "表　",
            "　表",
            "表a",
            "a表",
            "ｱｲｳ",
            "1丁目",
            "１丁目",
            "１２",
            "日本",
            "5月",
            "5月3日",
            "2026年4月2日",
            "〜",
            "山〜",
            "−1",
            "¥500",
            "\u{feff}a",
            "①㈱髙",
            "𠮷野",
            "表\r\n能",
            "表\"能",
            "山田　太郎",
            "＝",
            "é",
            "a\u{a0}",
            "20260402\u{1}",
            "20260402\u{1}09:05:00",
            "2026040\u{1}1",
            "a\u{1}",
            "\u{1}é",
            "1,650\u{200b}",
            "2026月4年2日",
            "2026年4月2日9:05",
        ] {
            check_text(text, false);
            check_text(text, true);
        }
        // Bytes that are no text, and pairs that only look like it.
        for raw in [
            &b"\x95"[..],
            b"a\x95",
            b"\x95\"",
            b"\"\x95\"",
            b"\x81\x00",
            b"\xff\xfe",
            b"\xe3\x81",
            b"\xe0\x80\x80",
            b"\xed\xa0\x80",
            b"\xb1\xb2",
            b"\x80",
            b"\xa0",
            b"\"",
            b"\"\"\"",
            b"x\"y\"",
        ] {
            for encoding in [Encoding::Utf8, Encoding::Cp932] {
                check(raw, encoding, false);
                check(raw, encoding, true);
            }
        }
    }

    #[test]
    fn every_pair_is_hashed_as_its_text() {
        for pair in 0..=u16::MAX {
            let pair = pair.to_be_bytes();
            check(&pair, Encoding::Cp932, false);
            check(&[pair, [0x95, 0x5c], pair].concat(), Encoding::Cp932, false);
        }
    }

    #[test]
    fn every_character_is_hashed_as_it_is_compared() {
        for letter in (0..=0xffffu32).filter_map(char::from_u32) {
            let mut text = String::from(letter);
            check(text.as_bytes(), Encoding::Utf8, false);
            text.insert(0, '表');
            text.push('能');
            check(text.as_bytes(), Encoding::Utf8, false);
        }
    }

    #[test]
    fn the_hash_tells_every_length_and_place_apart() {
        let mut seen = BTreeSet::new();
        let base: Vec<u8> = (0..100u8).collect();
        for length in 0..=base.len() {
            assert!(seen.insert(hash(&base, 0, length, &Seed::of(7))));
            for at in 0..length {
                let mut other = base[..length].to_vec();
                other[at] ^= 0x40;
                assert!(seen.insert(hash(&other, 0, length, &Seed::of(7))), "{length} {at}");
            }
        }
        // Every column has its seed: a cell that moved is another one.
        for length in 0..=base.len() {
            let all: BTreeSet<u64> = (0..1_000).map(|place| hash(&base, 0, length, &Seed::of(place))).collect();
            assert_eq!(all.len(), 1_000, "{length}");
        }
        assert_ne!(hash(b"\0\0", 0, 1, &Seed::of(1)), hash(b"\0\0", 0, 2, &Seed::of(1)));
        let mut records = BTreeSet::new();
        for length in 0..=base.len() {
            assert!(records.insert(hash_record(&base[..length], &Seed::of(0))));
            for at in 0..length {
                let mut other = base[..length].to_vec();
                other[at] ^= 0x40;
                assert!(records.insert(hash_record(&other, &Seed::of(0))), "{length} {at}");
            }
        }
    }

    #[test]
    fn every_hasher_tells_texts_columns_and_records_apart() {
        texts_are_told_apart::<Words>();
        #[cfg(target_arch = "x86_64")]
        if Wide::new(Encoding::Utf8, false).is_some() {
            texts_are_told_apart::<Wide>();
        }
    }

    fn texts_are_told_apart<C: CellHash>() {
        let of = |text: &str, place: usize| C::fold(C::text(text, &Seed::of(place)));
        let mut seen = BTreeSet::new();
        for length in 1..60 {
            for at in 0..length {
                let text: String = (0..length).map(|place| if place == at { '能' } else { '表' }).collect();
                assert!(seen.insert(of(&text, 7)), "{length} {at}");
            }
        }
        // As long as a block, twice, three times: the place counts, not only what stands there.
        for [one, two] in [["0123456789abcdef", "fedcba9876543210"], ["0000000000000000", "0000000000000001"]] {
            for places in 1..7u32 {
                for pick in 0..1u32 << places {
                    let text: String = (0..places).map(|at| if pick >> at & 1 == 0 { one } else { two }).collect();
                    assert!(seen.insert(of(&text, 7)), "{text}");
                }
            }
        }
        // Amounts are many and alike.
        for number in 0..300_000 {
            assert!(seen.insert(of(&number.to_string(), 7)), "{number}");
        }
        for place in (0..2_000).filter(|place| *place != 7) {
            for text in
                ["0", "1650", "表", "123456-20260402-0000000001", "東京都港区見本町１丁目２番地見本荘一〇三号室"]
            {
                assert!(seen.insert(of(text, place)), "{text} {place}");
            }
        }
        // What one record has in one column, another has in the next.
        let mut sums = BTreeSet::new();
        for (one, other) in (0..400).flat_map(|one| (0..400).map(move |other| (one, other))) {
            let cell = |text: i32, place| C::text(&text.to_string(), &Seed::of(place));
            assert!(sums.insert(C::fold(C::add(cell(one, 1), cell(other, 2)))), "{one} {other}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]
        #[test]
        fn generated_cells_have_one_hash_both_ways(
            text in "[0-9,./:+\"= a-c日０-２\u{1}-]{0,18}|[0-9]{8}\u{1}[0-9:]{0,9}|[12][0-9]{3}[-/][01]?[0-9][-/][0-3]?[0-9]|-?[0-9]{1,3}(,[0-9]{3}){1,7}|[0-9]{1,4}[.-][0-9]{1,4}|[ 　\u{a0}\u{85}]?(山|〜|¥|=|\"|１|２月|\u{feff}){0,3}[ 　\u{a0}\u{2003}]?|(表|能|ｱ|0|a| |\r|①){1,40}|[ -~]{0,40}",
            exact in any::<bool>()
        ) {
            check_text(&text, exact);
        }

        #[test]
        fn any_bytes_have_one_hash_both_ways(
            raw in proptest::collection::vec(prop_oneof![3 => 0x81u8..0xa0, 3 => 0x40u8..0xfd, 2 => 0x20u8..0x7f, 1 => 0u8..=255], 0..40),
            exact in any::<bool>(), cp932 in any::<bool>()
        ) {
            check(&raw, if cp932 { Encoding::Cp932 } else { Encoding::Utf8 }, exact);
        }
    }
}
