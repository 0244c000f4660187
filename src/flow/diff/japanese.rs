//! Texts of nothing but kana and kanji, as most cells that are not ASCII are: they are their own canonical
//! form. UTF-8 is looked at eight characters at a time; CP932 becomes UTF-8 by a table, without a string
//! between. Blanks and signs between the characters are not among them, nor is what is ever folded.
//! Knows nothing of cells.

use crate::flow::decode;
use std::sync::OnceLock;

/// Characters that are taken: each has three bytes, the first of them from E3 to E9.
fn is_taken(unit: u16) -> bool {
    matches!(unit, 0x3040..0xa000)
}

/// The longest text that is looked at, in words of UTF-8.
pub(super) const WORDS: usize = 48;
/// Its bytes in UTF-8: whole groups of eight characters.
const UTF8_BYTES_MAX: usize = WORDS * 8;

/// UTF-8 bytes by CP932 pair, the first in the lowest byte; 0 for what is not taken.
pub(super) type Table = [u32; 1 << 16];

pub(super) fn table() -> &'static Table {
    static TABLE: OnceLock<Box<Table>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut table: Box<Table> =
            vec![0u32; 1 << 16].into_boxed_slice().try_into().unwrap_or_else(|_| Box::new([0; 1 << 16]));
        for (to, unit) in table.iter_mut().zip(decode::table()) {
            if let Some(letter) = char::from_u32(u32::from(*unit)).filter(|_| is_taken(*unit)) {
                let mut bytes = [0; 4];
                letter.encode_utf8(&mut bytes);
                *to = u32::from_le_bytes(bytes);
            }
        }
        table
    })
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;
/// The bytes of three words that begin a character of three bytes.
const LEADS: [u64; 3] = [0x00ff_0000_ff00_00ff, 0xff00_00ff_0000_ff00, 0x0000_ff00_00ff_0000];
/// あ, eight times over: what stands behind the end of a text.
const FILL: [u64; 3] = [0x81e3_8281_e382_81e3, 0xe382_81e3_8281_e382, 0x8281_e382_81e3_8281];

/// Which bytes of three words belong to a text of so many characters.
const KEEP: [[u64; 3]; 9] = {
    let mut keep = [[0u64; 3]; 9];
    let mut letters = 1;
    while letters <= 8 {
        let mut word = 0;
        while word < 3 {
            let bytes: usize = letters * 3;
            let inside = bytes.saturating_sub(word * 8);
            keep[letters][word] = if inside >= 8 {
                u64::MAX
            } else if inside == 0 {
                0
            } else {
                u64::MAX >> (64 - 8 * inside)
            };
            word += 1;
        }
        letters += 1;
    }
    keep
};

/// Whether the UTF-8 bytes from `from` on, `length` of them (more than none), are a text of nothing else. There is
/// no digit among them, so they are no date either, whatever they begin with.
pub(super) fn is_utf8(bytes: &[u8], from: usize, length: usize) -> bool {
    if !length.is_multiple_of(3) {
        return false;
    }
    let mut bad = 0;
    let mut at = 0;
    while at < length {
        let keep = KEEP[((length - at) / 3).min(8)];
        let rest = &bytes[from + at..];
        let group = match rest.first_chunk::<24>() {
            Some(group) => *group,
            None => {
                let mut group = [0u8; 24];
                group[..rest.len()].copy_from_slice(rest);
                group
            }
        };
        let word = |index: usize| {
            let word = u64::from_le_bytes(std::array::from_fn(|place| group[index * 8 + place]));
            word & keep[index] | FILL[index] & !keep[index]
        };
        let words = [word(0), word(1), word(2)];
        // The byte behind each, so that the second byte of a character stands where its first one does.
        let behind = [words[0] >> 8 | words[1] << 56, words[1] >> 8 | words[2] << 56, words[2] >> 8];
        for ((word, behind), lead) in words.into_iter().zip(behind).zip(LEADS) {
            // All others go on with a character.
            bad |= ((word ^ HIGH) & (ONES * 0xc0)) & !lead;
            // From E3 to E9.
            let kind = (word ^ (ONES * 0xe0)) & lead;
            bad |= kind & (ONES * 0xf0);
            let low = kind & !HIGH;
            bad |= (!(low + ONES * (0x80 - 3)) | (low + ONES * (0x80 - 10))) & HIGH & lead;
            // Not E3 80, which are the blank, the wave dash and signs.
            let sign = ((kind ^ (ONES * 3)) | (behind ^ HIGH)) & lead & (ONES * 0x7f);
            bad |= !(sign + ONES * 0x7f) & HIGH & lead;
        }
        at += 24;
    }
    bad == 0
}

/// The CP932 bytes from `from` on, `length` of them, as words of UTF-8, if they are a text of nothing else:
/// zeros behind the end, and an even number of words. Gives the length in UTF-8.
pub(super) fn from_cp932(
    table: &Table,
    bytes: &[u8],
    from: usize,
    length: usize,
    out: &mut [u64; WORDS],
) -> Option<usize> {
    let utf8 = length / 2 * 3;
    if !length.is_multiple_of(2) || length == 0 || utf8 > UTF8_BYTES_MAX {
        return None;
    }
    let mut missing = 0;
    for (index, words) in out.as_chunks_mut::<3>().0.iter_mut().enumerate() {
        let at = index * 16;
        if at >= length {
            break;
        }
        let pairs = ((length - at) / 2).min(8);
        let rest = &bytes[from + at..];
        let group = match rest.first_chunk::<16>() {
            Some(group) => *group,
            None => {
                let mut group = [0u8; 16];
                group[..rest.len()].copy_from_slice(rest);
                group
            }
        };
        // Whatever stands behind the end is cut off below.
        let letter =
            |pair: usize| u64::from(table[usize::from(group[pair * 2]) << 8 | usize::from(group[pair * 2 + 1])]);
        let (c, f) = (letter(2), letter(5));
        let keep = KEEP[pairs];
        words[0] = (letter(0) | letter(1) << 24 | c << 48) & keep[0];
        words[1] = (c >> 16 | letter(3) << 8 | letter(4) << 32 | f << 56) & keep[1];
        words[2] = (f >> 8 | letter(6) << 16 | letter(7) << 40) & keep[2];
        // Every byte of these characters has its high bit set.
        missing |= (!words[0] & keep[0] | !words[1] & keep[1] | !words[2] & keep[2]) & HIGH;
    }
    // Words are hashed by twos; one of another text may still stand behind the last of this one.
    if let Some(behind) = out.get_mut(length.div_ceil(16) * 3) {
        *behind = 0;
    }
    (missing == 0).then_some(utf8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn taken(text: &str) -> bool {
        text.chars().all(|letter| ('\u{3040}'..'\u{a000}').contains(&letter))
    }

    fn check(text: &str) {
        for around in [&b""[..], b"\x80\xe3abc,\"\xff\x95\x5c,,,,,,,,,,,,,,,,,,,,,"] {
            let bytes = [around, text.as_bytes(), around].concat();
            assert_eq!(is_utf8(&bytes, around.len(), text.len()), taken(text), "{text}");
            let Ok(raw) = crate::flow::encode::cp932(text, crate::flow::encode::Unmappable::Stop) else { return };
            let bytes = [around, &raw, around].concat();
            let mut words = [1; WORDS];
            let length = from_cp932(table(), &bytes, around.len(), raw.len(), &mut words);
            // What CP932 has under another code point is folded on the way there.
            let there = decode::cell(&raw, crate::model::sheet::Encoding::Cp932).unwrap().into_owned();
            let fits = !there.is_empty() && taken(&there) && there.len() <= UTF8_BYTES_MAX;
            assert_eq!(length, fits.then_some(there.len()), "{text}");
            if fits {
                let mut utf8: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
                utf8.truncate(there.len().next_multiple_of(16));
                assert_eq!(utf8.iter().rposition(|byte| *byte != 0), Some(there.len() - 1));
                utf8.truncate(there.len());
                assert_eq!(utf8, there.as_bytes());
            }
        }
    }

    #[test]
    fn every_character_is_taken_or_not_at_every_place() {
        for letter in (0..=0xffffu32).filter_map(char::from_u32).chain(['𠮷']) {
            check(&format!("{letter}"));
            check(&format!("表{letter}能"));
        }
        for at in 0..40 {
            for letter in ['〜', '　', 'a', '①', '年', '。', 'ー'] {
                let text: String = (0..40).map(|place| if place == at { letter } else { '表' }).collect();
                check(&text);
                check(&text.chars().take(at + 1).collect::<String>());
            }
        }
        check(&"表".repeat(WORDS * 8 / 3));
        check(&"表".repeat(WORDS * 8 / 3 + 1));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]
        #[test]
        fn no_other_bytes_are_taken(bytes in proptest::collection::vec(prop_oneof![
            4 => 0xe2u8..0xeb, 6 => 0x80u8..0xc0, 1 => 0u8..=255
        ], 1..30)) {
            let expect = std::str::from_utf8(&bytes).is_ok_and(taken);
            prop_assert_eq!(is_utf8(&bytes, 0, bytes.len()), expect);
        }
    }
}
