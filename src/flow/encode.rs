//! Text to CP932, strictly. What Windows' code page lacks only by a hair's breadth (the wave dash, the
//! minus sign) is folded to its twin that is there; what it lacks altogether is named, replaced from
//! a small table or shown as 〓, as the shop wishes. An HTML entity or a question mark is never written.

#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "proved against what it replaces")]

use super::decode::{self, ascii_prefix};
use encoding_rs::SHIFT_JIS;
use std::sync::OnceLock;
use unicode_normalization::char::compose;

/// What becomes of a character that CP932 has no place for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unmappable {
    /// The text is refused, naming the character.
    #[default]
    Stop,
    /// A common form is written where one is known (鷗 → 鴎); any other is refused.
    Common,
    /// A common form where one is known, else 〓.
    Geta,
}

/// The character that CP932 cannot hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadChar {
    pub char: char,
}

/// Characters that CP932 holds under another code point, or that mean the same in text.
const FOLDED: [(char, char); 12] = [
    ('\u{301c}', '～'),
    ('\u{2212}', '－'),
    ('\u{2016}', '∥'),
    ('\u{2014}', '―'),
    ('\u{00a2}', '￠'),
    ('\u{00a3}', '￡'),
    ('\u{00ac}', '￢'),
    ('\u{00a5}', '￥'),
    ('\u{203e}', '￣'),
    ('\u{00a0}', ' '),
    ('\u{202f}', ' '),
    ('\u{2007}', ' '),
];

/// Invisible characters that say nothing: dropped.
const DROPPED: [char; 6] = ['\u{200b}', '\u{200c}', '\u{200d}', '\u{2060}', '\u{feff}', '\u{00ad}'];

/// Common forms of characters that CP932 lacks, as other systems of the trade replace them.
const COMMON: [(char, char); 22] = [
    ('鷗', '鴎'),
    ('俠', '侠'),
    ('𠮷', '吉'),
    ('𠮟', '叱'),
    ('剝', '剥'),
    ('瘦', '痩'),
    ('頰', '頬'),
    ('塡', '填'),
    ('搔', '掻'),
    ('蟬', '蝉'),
    ('蠟', '蝋'),
    ('囊', '嚢'),
    ('繫', '繋'),
    ('麵', '麺'),
    ('萊', '莱'),
    ('禱', '祷'),
    ('醬', '醤'),
    ('屢', '屡'),
    ('姸', '妍'),
    ('噓', '嘘'),
    ('啞', '唖'),
    ('–', '－'),
];

/// Encodes text as CP932, folding first. Decomposed kana (か + ゙) are composed; single characters are
/// left as they are, since a full NFC would change 﨑's like in names.
pub fn cp932(text: &str, unmappable: Unmappable) -> Result<Vec<u8>, BadChar> {
    if text.is_ascii() {
        return Ok(text.as_bytes().to_vec());
    }
    let table = table();
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    // Where the last character's bytes begin in `out`, should a mark join it.
    let mut last: Option<(char, usize)> = None;
    let mut at = 0;
    while at < bytes.len() {
        let ascii = ascii_prefix(&bytes[at..]);
        if ascii > 0 {
            out.extend_from_slice(&bytes[at..at + ascii]);
            at += ascii;
            last = Some((char::from(bytes[at - 1]), out.len() - 1));
        }
        // Text that is not ASCII mostly comes in runs.
        while let Some(&lead) = bytes.get(at) {
            if lead.is_ascii() {
                break;
            }
            let mut letter = match (lead, bytes.get(at + 1), bytes.get(at + 2)) {
                // Three bytes: kana and kanji, taken apart by hand.
                (0xe0..=0xef, Some(second), Some(third)) => {
                    at += 3;
                    let code = u32::from(lead & 0xf) << 12 | u32::from(second & 0x3f) << 6 | u32::from(third & 0x3f);
                    char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
                }
                _ => {
                    let letter = text[at..].chars().next().unwrap_or(char::REPLACEMENT_CHARACTER);
                    at += letter.len_utf8();
                    letter
                }
            };
            if is_mark(letter)
                && let Some((base, begin)) = last
                && let Some(whole) = compose(base, letter)
            {
                letter = whole;
                out.truncate(begin);
            }
            last = Some((letter, out.len()));
            if !put(table, letter, &mut out) {
                put_instead(table, letter, unmappable, &mut out)?;
            }
        }
    }
    Ok(out)
}

#[cold]
fn put_instead(table: &[u16; 1 << 16], letter: char, unmappable: Unmappable, out: &mut Vec<u8>) -> Result<(), BadChar> {
    let common = COMMON.iter().find(|(rare, _)| *rare == letter).map(|(_, common)| *common);
    let instead = match unmappable {
        Unmappable::Stop => None,
        Unmappable::Common => common,
        Unmappable::Geta => Some(common.unwrap_or('〓')),
    };
    if instead.is_some_and(|instead| put(table, instead, out)) { Ok(()) } else { Err(BadChar { char: letter }) }
}

/// A character's folded form, `None` if it is dropped: what [`cp932`] writes, without writing it.
pub fn folded(letter: char) -> Option<char> {
    if DROPPED.contains(&letter) {
        return None;
    }
    Some(FOLDED.iter().find(|(from, _)| *from == letter).map_or(letter, |(_, to)| *to))
}

/// Marks that join the character before them: Latin accents and the kana's voicing marks.
fn is_mark(letter: char) -> bool {
    matches!(letter, '\u{0300}'..='\u{036f}' | '\u{3099}' | '\u{309a}')
}

/// Writes one character if the table has it; `false` if not.
#[inline(always)]
fn put(table: &[u16; 1 << 16], letter: char, out: &mut Vec<u8>) -> bool {
    let code = u32::from(letter);
    match table.get(code as usize).copied().unwrap_or(ABSENT) {
        ABSENT => return false,
        NOTHING => {}
        pair if pair > 0xff => out.extend_from_slice(&pair.to_be_bytes()),
        one => out.push(one as u8),
    }
    true
}

/// No CP932 bytes. (A NUL byte encodes as ASCII and is never looked up.)
const ABSENT: u16 = 0;
/// The character is dropped. No CP932 pair begins with FF.
const NOTHING: u16 = 0xffff;

/// CP932 bytes by code point of the basic plane, foldings included; the forms chosen among doubles
/// are encoding_rs's.
fn table() -> &'static [u16; 1 << 16] {
    static TABLE: OnceLock<Box<[u16; 1 << 16]>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut table: Box<[u16; 1 << 16]> =
            vec![ABSENT; 1 << 16].into_boxed_slice().try_into().unwrap_or_else(|_| Box::new([ABSENT; 1 << 16]));
        let singles = (0x00..=0x80u16).chain(0xff61..=0xff9f);
        for unit in decode::table().iter().copied().filter(|unit| *unit != 0).chain(singles) {
            if let Some(bytes) = char::from_u32(u32::from(unit)).and_then(strict) {
                table[usize::from(unit)] = bytes;
            }
        }
        for (from, to) in FOLDED {
            table[from as usize] = table[to as usize];
        }
        for letter in DROPPED {
            table[letter as usize] = NOTHING;
        }
        table
    })
}

/// One character through encoding_rs, without its replacements.
fn strict(letter: char) -> Option<u16> {
    let mut text = [0u8; 4];
    let mut bytes = [0u8; 8];
    let (result, _, written) =
        SHIFT_JIS.new_encoder().encode_from_utf8_without_replacement(letter.encode_utf8(&mut text), &mut bytes, true);
    match (result, &bytes[..written]) {
        (encoding_rs::EncoderResult::InputEmpty, [one]) => Some(u16::from(*one)),
        (encoding_rs::EncoderResult::InputEmpty, [one, two]) => Some(u16::from_be_bytes([*one, *two])),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sheet::Encoding;
    use proptest::prelude::*;

    fn check(text: &str, unmappable: Unmappable, expect: Result<&[u8], char>) {
        assert_eq!(cp932(text, unmappable), expect.map(<[u8]>::to_vec).map_err(|char| BadChar { char }), "{text:?}");
    }

    #[test]
    fn near_misses_are_folded() {
        check("abc", Unmappable::Stop, Ok(b"abc"));
        check("表ソ", Unmappable::Stop, Ok(b"\x95\x5c\x83\x5c"));
        check("〜−‖—", Unmappable::Stop, Ok(b"\x81\x60\x81\x7c\x81\x61\x81\x5c"));
        check("¢£¬¥‾", Unmappable::Stop, Ok(b"\x81\x91\x81\x92\x81\xca\x81\x8f\x81\x50"));
        check("a\u{a0}\u{200b}b\u{feff}", Unmappable::Stop, Ok(b"a b"));
        check("か\u{3099}は\u{309a}", Unmappable::Stop, Ok(b"\x82\xaa\x82\xcf"));
        check("ｶﾞ髙①㈱", Unmappable::Stop, Ok(b"\xb6\xde\xfb\xfc\x87\x40\x87\x8a"));
        // U+FA10 would become 塚 under NFC; the customer writes it this way.
        check("\u{fa10}", Unmappable::Stop, Ok(b"\xfa\x9c"));
    }

    #[test]
    fn what_does_not_fit_is_named_or_replaced() {
        check("鷗", Unmappable::Stop, Err('鷗'));
        check("鷗", Unmappable::Common, Ok(b"\x89\xa8"));
        check("a😀", Unmappable::Common, Err('😀'));
        check("a😀", Unmappable::Geta, Ok(b"a\x81\xac"));
        check("é", Unmappable::Stop, Err('é'));
        check("e\u{301}", Unmappable::Stop, Err('é'));
        check("\u{e000}", Unmappable::Stop, Err('\u{e000}'));
        for (rare, common) in COMMON {
            assert_eq!(strict(rare), None, "{rare} fits as it is");
            assert!(cp932(&common.to_string(), Unmappable::Stop).is_ok(), "{common}");
        }
    }

    #[test]
    fn what_was_decoded_encodes_to_the_same_text() {
        for pair in 0..=u16::MAX {
            let bytes = pair.to_be_bytes();
            for bytes in [&bytes[..], &bytes[1..]] {
                let Ok(text) = decode::cell(bytes, Encoding::Cp932) else { continue };
                // A shop's own glyphs decode to private code points and have no way back.
                if text.chars().any(|letter| ('\u{e000}'..='\u{f8ff}').contains(&letter)) {
                    continue;
                }
                let again = cp932(&text, Unmappable::Stop).unwrap_or_else(|bad| panic!("{bytes:02x?} {}", bad.char));
                assert_eq!(decode::cell(&again, Encoding::Cp932).unwrap(), text, "{bytes:02x?}");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn all_else_is_as_encoding_rs_has_it(text in "[ -~あ-んァ-ヶ一-龠０-９、。]{0,20}|\\PC{0,20}") {
            let special = |letter: char| {
                FOLDED.iter().any(|(from, _)| *from == letter) || DROPPED.contains(&letter) || is_mark(letter)
            };
            prop_assume!(!text.chars().any(special));
            let (bytes, _, failed) = SHIFT_JIS.encode(&text);
            let expect = if failed { None } else { Some(bytes.into_owned()) };
            prop_assert_eq!(cp932(&text, Unmappable::Stop).ok(), expect);
        }
    }
}
