//! Bytes to text, strictly. How a file is encoded is judged over all of its bytes; cells are decoded
//! one by one afterwards. Nothing is ever replaced: a byte that means nothing is named.
//!
//! CP932 is what Windows calls Shift-JIS (and what encoding_rs calls `SHIFT_JIS`). Knows nothing of
//! records or columns.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "the table is built from, and proved against, what it replaces"
)]

mod weigh;

use super::split::count_lines;
use crate::model::sheet::Encoding;
use encoding_rs::SHIFT_JIS;
use rayon::prelude::*;
use std::borrow::Cow;
use std::sync::OnceLock;
use weigh::{line_start, weigh, weigh_cp932, weigh_utf8};

const BOM: &[u8] = b"\xef\xbb\xbf";

/// Why a whole file is not text that can be trusted. `line` counts from 1, `offset` from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undecodable {
    /// Neither UTF-8 nor CP932; the first byte that means nothing.
    Bytes { offset: u64, line: u64, byte: u8 },
    /// UTF-16 that is cut or holds a lone surrogate.
    Utf16 { offset: u64, line: u64 },
    /// UTF-8 that somebody's program read as Shift-JIS and saved again.
    Mojibake,
    /// The setting names an encoding that is not known.
    Setting,
}

impl Undecodable {
    /// The same in a file in which so many bytes and line ends stand before what was judged.
    pub fn behind(self, bytes: u64, lines: u64) -> Undecodable {
        match self {
            Undecodable::Bytes { offset, line, byte } => {
                Undecodable::Bytes { offset: offset + bytes, line: line + lines, byte }
            }
            Undecodable::Utf16 { offset, line } => Undecodable::Utf16 { offset: offset + bytes, line: line + lines },
            Undecodable::Mojibake | Undecodable::Setting => self,
        }
    }
}

/// The bytes of a cell that do not decode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadBytes {
    /// Of the first bad byte, inside the cell.
    pub offset: usize,
    /// That byte, with its neighbour if it began a pair.
    pub bytes: Vec<u8>,
}

impl BadBytes {
    /// As people write bytes: `81 22`.
    pub fn hex(&self) -> String {
        self.bytes.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(" ")
    }
}

/// Judges how a file is encoded. A byte-order mark decides, then the setting (`auto`, `utf-8`,
/// `cp932`, `utf-16`), then strict trial of all bytes: UTF-8 first, since its text often passes as
/// CP932 while the reverse practically never happens.
///
/// A file that is plainly one of the two but for a few damaged places is still named; its damaged
/// cells fail in [`cell`].
pub fn judge(bytes: &[u8], setting: Option<&str>) -> Result<Encoding, Undecodable> {
    let encoding = match bytes {
        [0xef, 0xbb, 0xbf, ..] => Encoding::Utf8Bom,
        [0xff, 0xfe, ..] => Encoding::Utf16Le,
        [0xfe, 0xff, ..] => Encoding::Utf16Be,
        _ => match setting.map(str::to_ascii_lowercase).as_deref() {
            None | Some("auto" | "detect" | "") => return try_both(bytes),
            Some("utf-8" | "utf8") => Encoding::Utf8,
            Some("cp932" | "shift_jis" | "shift-jis" | "sjis" | "windows-31j" | "ms932") => Encoding::Cp932,
            Some("utf-16" | "utf-16le") => Encoding::Utf16Le,
            Some("utf-16be") => Encoding::Utf16Be,
            Some("ascii" | "us-ascii") => Encoding::Ascii,
            Some(_) => return Err(Undecodable::Setting),
        },
    };
    if matches!(encoding, Encoding::Utf8 | Encoding::Utf8Bom) && is_mojibake(bytes, encoding) {
        return Err(Undecodable::Mojibake);
    }
    Ok(encoding)
}

fn try_both(bytes: &[u8]) -> Result<Encoding, Undecodable> {
    let Some(first) = bytes.par_chunks(1 << 20).position_first(|part| !part.is_ascii()) else {
        return Ok(Encoding::Ascii);
    };
    // Whole lines from the first part with anything in it: no line end is half of a character.
    let rest = line_start(bytes, first << 20);
    let utf8 = weigh(bytes, rest, weigh_utf8);
    let encoding = if utf8.first_bad.is_none() || utf8.mostly_good() {
        Encoding::Utf8
    } else {
        let cp932 = weigh(bytes, rest, weigh_cp932);
        if cp932.first_bad.is_some() && !cp932.mostly_good() {
            // The reading that went further is the likelier one, and its trouble the one to show.
            let offset = utf8.first_bad.max(cp932.first_bad).unwrap_or(0);
            return Err(Undecodable::Bytes {
                offset: offset as u64,
                line: count_lines(&bytes[..offset]) + 1,
                byte: bytes[offset],
            });
        }
        Encoding::Cp932
    };
    if is_mojibake(&bytes[rest..], encoding) { Err(Undecodable::Mojibake) } else { Ok(encoding) }
}

/// Characters that UTF-8 text turns into in plenty when it is read as Shift-JIS: 縺 繧 繝 譁 蜷 莠.
const TELLTALES: [char; 6] = ['縺', '繧', '繝', '譁', '蜷', '莠'];
/// Bytes looked at for mojibake; a header and some rows are enough.
const MOJIBAKE_SAMPLE: usize = 1 << 16;
/// Of so many non-ASCII characters at least one tell-tale, and at least so many of them.
const MOJIBAKE_ONE_IN: usize = 6;
const MOJIBAKE_AT_LEAST: usize = 6;

fn is_mojibake(bytes: &[u8], encoding: Encoding) -> bool {
    let sample = &bytes[..bytes.len().min(MOJIBAKE_SAMPLE)];
    let text = match encoding {
        Encoding::Cp932 => SHIFT_JIS.decode_without_bom_handling(sample).0,
        _ => String::from_utf8_lossy(sample),
    };
    let (mut all, mut telling) = (0usize, 0usize);
    for letter in text.chars().filter(|letter| !letter.is_ascii()) {
        all += 1;
        telling += usize::from(TELLTALES.contains(&letter));
    }
    telling >= MOJIBAKE_AT_LEAST && telling * MOJIBAKE_ONE_IN >= all
}

/// UTF-16 to UTF-8, its byte-order mark dropped. The error is the offset of the first bad unit.
pub fn utf16(bytes: &[u8], encoding: Encoding) -> Result<String, Undecodable> {
    let body = bytes.strip_prefix(b"\xff\xfe").or_else(|| bytes.strip_prefix(b"\xfe\xff")).unwrap_or(bytes);
    let skipped = bytes.len() - body.len();
    let unit = |pair: &[u8; 2]| match encoding {
        Encoding::Utf16Be => u16::from_be_bytes(*pair),
        _ => u16::from_le_bytes(*pair),
    };
    let (pairs, odd) = body.as_chunks::<2>();
    let mut out = String::with_capacity(body.len());
    let bad = |units: usize, so_far: &str| Undecodable::Utf16 {
        offset: (skipped + units * 2) as u64,
        line: count_lines(so_far.as_bytes()) + 1,
    };
    let mut units = 0;
    for letter in char::decode_utf16(pairs.iter().map(unit)) {
        match letter {
            Ok(letter) => {
                out.push(letter);
                units += letter.len_utf16();
            }
            Err(_) => return Err(bad(units, &out)),
        }
    }
    if odd.is_empty() { Ok(out) } else { Err(bad(units, &out)) }
}

/// The byte-order mark's length at the front of a file read as UTF-8.
pub fn bom_length(bytes: &[u8]) -> usize {
    if bytes.starts_with(BOM) { BOM.len() } else { 0 }
}

/// Decodes one cell strictly. ASCII and UTF-8 cells are borrowed.
pub fn cell(bytes: &[u8], encoding: Encoding) -> Result<Cow<'_, str>, BadBytes> {
    match encoding {
        Encoding::Cp932 => cp932(bytes),
        Encoding::Ascii | Encoding::Utf8 | Encoding::Utf8Bom | Encoding::Utf16Le | Encoding::Utf16Be => {
            std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|error| {
                let offset = error.valid_up_to();
                let end = error.error_len().map_or(bytes.len(), |length| offset + length);
                BadBytes { offset, bytes: bytes[offset..end].to_vec() }
            })
        }
    }
}

/// [`cell`], appended to a string that is used again and again.
pub fn cell_onto(bytes: &[u8], encoding: Encoding, out: &mut String) -> Result<(), BadBytes> {
    if encoding == Encoding::Cp932 {
        return cp932_onto(bytes, out);
    }
    out.push_str(&cell(bytes, encoding)?);
    Ok(())
}

fn cp932(bytes: &[u8]) -> Result<Cow<'_, str>, BadBytes> {
    if ascii_prefix(bytes) == bytes.len() {
        // Checked a line above, and cheaper than a second look.
        return Ok(String::from_utf8_lossy(bytes));
    }
    // Two bytes become three at most; a half-width kana becomes three from one.
    let mut out = String::with_capacity(bytes.len() * 3 / 2 + 8);
    cp932_onto(bytes, &mut out)?;
    Ok(Cow::Owned(out))
}

fn cp932_onto(bytes: &[u8], out: &mut String) -> Result<(), BadBytes> {
    let table = table();
    // SAFETY: only whole UTF-8 sequences are pushed below, and the table holds no surrogates (a test walks it).
    let out = unsafe { out.as_mut_vec() };
    let mut at = 0;
    loop {
        let ascii = ascii_prefix(&bytes[at..]);
        out.extend_from_slice(&bytes[at..at + ascii]);
        at += ascii;
        // Text that is not ASCII mostly comes in runs.
        while let Some(&byte) = bytes.get(at) {
            if byte.is_ascii() {
                break;
            }
            let unit = match step(table, byte, bytes.get(at + 1).copied()) {
                Step::One(unit) => {
                    at += 1;
                    unit
                }
                Step::Two(unit) => {
                    at += 2;
                    unit
                }
                Step::Bad(length) => return Err(BadBytes { offset: at, bytes: bytes[at..at + length].to_vec() }),
            };
            if unit < 0x80 {
                out.push(unit as u8);
            } else if unit < 0x800 {
                out.extend_from_slice(&[0xc0 | (unit >> 6) as u8, 0x80 | (unit & 0x3f) as u8]);
            } else {
                out.extend_from_slice(&[
                    0xe0 | (unit >> 12) as u8,
                    0x80 | (unit >> 6 & 0x3f) as u8,
                    0x80 | (unit & 0x3f) as u8,
                ]);
            }
        }
        if at >= bytes.len() {
            return Ok(());
        }
    }
}

/// Bytes below 0x80 at the front, eight at a time.
#[inline]
pub(super) fn ascii_prefix(bytes: &[u8]) -> usize {
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let (words, _) = bytes.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let high = u64::from_le_bytes(*word) & HIGH;
        if high != 0 {
            return index * 8 + (high.trailing_zeros() / 8) as usize;
        }
    }
    let tail = words.len() * 8;
    tail + bytes[tail..].iter().take_while(|byte| byte.is_ascii()).count()
}

enum Step {
    One(u16),
    Two(u16),
    /// So many bytes mean nothing.
    Bad(usize),
}

#[inline(always)]
fn step(table: &Table, byte: u8, follower: Option<u8>) -> Step {
    match byte {
        0x00..=0x80 => Step::One(u16::from(byte)),
        0xa1..=0xdf => Step::One(0xff61 + u16::from(byte - 0xa1)),
        0x81..=0x9f | 0xe0..=0xfc => match follower {
            None => Step::Bad(1),
            Some(second) => match table[usize::from(byte) << 8 | usize::from(second)] {
                // An ASCII byte after a lone lead byte is itself again.
                0 => Step::Bad(if second.is_ascii() { 1 } else { 2 }),
                unit => Step::Two(unit),
            },
        },
        0xa0 | 0xfd..=0xff => Step::Bad(1),
    }
}

/// UTF-16 unit by byte pair, 0 where the pair means nothing.
pub(super) type Table = [u16; 1 << 16];

/// The pairs as encoding_rs has them, taken once: 128 KiB that decode three times as fast as going
/// through it cell by cell.
pub(super) fn table() -> &'static Table {
    static TABLE: OnceLock<Box<Table>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut table: Box<Table> =
            vec![0u16; 1 << 16].into_boxed_slice().try_into().unwrap_or_else(|_| Box::new([0; 1 << 16]));
        for lead in (0x81..=0x9fu8).chain(0xe0..=0xfc) {
            for trail in (0x40..=0x7eu8).chain(0x80..=0xfc) {
                let pair = [lead, trail];
                if let Some(text) = SHIFT_JIS.decode_without_bom_handling_and_without_replacement(&pair) {
                    let mut units = text.encode_utf16();
                    if let (Some(unit), None) = (units.next(), units.next()) {
                        table[usize::from(lead) << 8 | usize::from(trail)] = unit;
                    }
                }
            }
        }
        table
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn slow(bytes: &[u8]) -> Option<String> {
        SHIFT_JIS.decode_without_bom_handling_and_without_replacement(bytes).map(Cow::into_owned)
    }

    fn check(bytes: &[u8]) {
        assert_eq!(cell(bytes, Encoding::Cp932).ok().map(Cow::into_owned), slow(bytes), "{bytes:02x?}");
    }

    #[test]
    fn all_pairs_and_all_truncations_are_as_encoding_rs_has_them() {
        for pair in 0..=u16::MAX {
            let [one, two] = pair.to_be_bytes();
            check(&[one, two]);
            check(&[b'a', one, two, b'b']);
        }
        for one in 0..=u8::MAX {
            check(&[one]);
            check(&[0x95, 0x5c, one]);
        }
        assert!(table().iter().all(|unit| !(0xd800..0xe000).contains(unit)));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn any_bytes_are_as_encoding_rs_has_them(bytes in proptest::collection::vec(
            prop_oneof![3 => 0x81u8..0xa0, 3 => 0x40u8..0xfd, 2 => 0x20u8..0x7f, 1 => 0u8..=255], 0..40)
        ) {
            check(&bytes);
        }
    }

    #[test]
    fn files_are_judged_whole() {
        let sjis = |text: &str| SHIFT_JIS.encode(text).0.into_owned();
        let judged = |bytes: &[u8]| judge(bytes, None);
        assert_eq!(judged(b""), Ok(Encoding::Ascii));
        assert_eq!(judged(b"a,b\r\n"), Ok(Encoding::Ascii));
        assert_eq!(judged("注文番号,髙\r\n".as_bytes()), Ok(Encoding::Utf8));
        assert_eq!(judged("\u{feff}注文番号\r\n".as_bytes()), Ok(Encoding::Utf8Bom));
        assert_eq!(judged(&sjis("注文番号,髙\r\n")), Ok(Encoding::Cp932));
        assert_eq!(judged(b"\xff\xfea\0"), Ok(Encoding::Utf16Le));
        assert_eq!(judge("東京都".as_bytes(), Some("cp932")), Ok(Encoding::Cp932));
        assert_eq!(judge(b"a", Some("latin")), Err(Undecodable::Setting));
        assert_eq!(judged(b"a\nb\n\xa0\xfd\xff"), Err(Undecodable::Bytes { offset: 4, line: 3, byte: 0xa0 }));
        // One character cut in half among many leaves the file what it is.
        let mut cut = sjis(&"注文番号と送り状番号\r\n".repeat(10));
        cut.extend_from_slice(b"\x95\r\n");
        assert_eq!(judged(&cut), Ok(Encoding::Cp932));
        let mut cut = "注文番号と送り状番号\r\n".repeat(10).into_bytes();
        cut.extend_from_slice(b"\xe6\x96\r\n");
        assert_eq!(judged(&cut), Ok(Encoding::Utf8));
    }

    #[test]
    fn late_text_and_long_files_are_judged_the_same() {
        let mut bytes = b"0123456789,abcdef\r\n".repeat(200_000);
        assert_eq!(judge(&bytes, None), Ok(Encoding::Ascii));
        let ascii = bytes.len();
        bytes.extend_from_slice(b"\x95\x5c,\x83\x5c\r\n");
        assert_eq!(judge(&bytes, None), Ok(Encoding::Cp932));
        bytes.truncate(ascii);
        bytes.extend_from_slice("表,ソ\r\n".as_bytes());
        assert_eq!(judge(&bytes, None), Ok(Encoding::Utf8));
    }

    #[test]
    fn utf8_once_read_as_shift_jis_is_recognised() {
        let text = "お届け先の名前とご注文者の名前について、ありがとうございます。\r\n".repeat(5);
        let (ruined, _, _) = SHIFT_JIS.decode(text.as_bytes());
        assert_eq!(judge(ruined.as_bytes(), None), Err(Undecodable::Mojibake));
        assert_eq!(judge(text.as_bytes(), None), Ok(Encoding::Utf8));
    }

    #[test]
    fn utf16_is_read_or_named() {
        let le = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        assert_eq!(utf16(&le("\u{feff}注文\t𠮷"), Encoding::Utf16Le).as_deref(), Ok("注文\t𠮷"));
        let mut cut = le("\u{feff}a\nb");
        cut.push(0x30);
        assert_eq!(utf16(&cut, Encoding::Utf16Le), Err(Undecodable::Utf16 { offset: 8, line: 2 }));
        assert_eq!(utf16(&[0xff, 0xfe, 0x00, 0xd8], Encoding::Utf16Le), Err(Undecodable::Utf16 { offset: 2, line: 1 }));
    }

    #[test]
    fn a_bad_byte_is_shown() {
        let bad = |bytes: &[u8], encoding| cell(bytes, encoding).unwrap_err();
        assert_eq!(bad(b"ab\x95", Encoding::Cp932).hex(), "95");
        assert_eq!(bad(b"ab\x81\xad\x41", Encoding::Cp932), BadBytes { offset: 2, bytes: vec![0x81, 0xad] });
        assert_eq!(bad(b"\xe6\x96", Encoding::Utf8).hex(), "E6 96");
    }
}
