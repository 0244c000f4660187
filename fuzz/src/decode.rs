//! The decoder's table against encoding_rs, and what is written against what is read.

use crate::flow::decode::{self, Undecodable, judge};
use crate::flow::encode::{self, Unmappable, folded};
use crate::model::sheet::Encoding;
use encoding_rs::SHIFT_JIS;

/// All bytes are a cell, a file, and, where they are UTF-8, a text to write.
pub fn decode(bytes: &[u8]) {
    cp932(bytes);
    file(bytes);
    utf16(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        assert_eq!(decode::cell(bytes, Encoding::Utf8).as_deref(), Ok(text));
        write(text);
    }
}

fn slow(bytes: &[u8]) -> Option<String> {
    SHIFT_JIS.decode_without_bom_handling_and_without_replacement(bytes).map(|text| text.into_owned())
}

fn cp932(bytes: &[u8]) {
    let mut onto = String::from("before");
    let whole = decode::cell_onto(bytes, Encoding::Cp932, &mut onto);
    match decode::cell(bytes, Encoding::Cp932) {
        Ok(text) => {
            assert_eq!(slow(bytes).as_deref(), Some(&*text));
            assert!(whole.is_ok());
            assert_eq!(onto.strip_prefix("before"), Some(&*text));
            // It can be written again but for users' own characters, which no other machine would know, and
            // reads the same then, though the bytes may be another of a character's two pairs.
            match encode::cp932(&text, Unmappable::Stop) {
                Ok(again) => assert_eq!(decode::cell(&again, Encoding::Cp932).as_deref(), Ok(&*text)),
                Err(bad) => assert!(('\u{e000}'..='\u{f8ff}').contains(&bad.char)),
            }
        }
        Err(bad) => {
            assert_eq!(slow(bytes), None);
            assert_eq!(whole.as_ref(), Err(&bad));
            let end = bad.offset + bad.bytes.len();
            assert_eq!(bytes[bad.offset..end], bad.bytes);
            assert!(slow(&bytes[..bad.offset]).is_some() && slow(&bytes[..end]).is_none());
        }
    }
}

/// A file is ASCII if it is, and what is wrong with it is there.
fn file(bytes: &[u8]) {
    match judge(bytes, None) {
        Ok(encoding) => {
            assert_eq!(encoding == Encoding::Ascii, bytes.is_ascii());
            if encoding == Encoding::Cp932 {
                assert!(std::str::from_utf8(bytes).is_err());
            }
        }
        Err(Undecodable::Bytes { offset, line, byte }) => {
            let before = &bytes[..offset as usize];
            assert_eq!(bytes[offset as usize], byte);
            assert!(std::str::from_utf8(bytes).is_err() && slow(bytes).is_none());
            let feeds = before.iter().filter(|byte| **byte == b'\n').count();
            let lone =
                before.iter().enumerate().filter(|(at, byte)| **byte == b'\r' && before.get(at + 1) != Some(&b'\n'));
            assert_eq!(line as usize, feeds + lone.count() + 1);
        }
        Err(Undecodable::Mojibake) => assert!(!bytes.is_ascii()),
        Err(other) => panic!("{other:?}"),
    }
}

fn utf16(bytes: &[u8]) {
    let body = bytes.strip_prefix(b"\xff\xfe").or_else(|| bytes.strip_prefix(b"\xfe\xff")).unwrap_or(bytes);
    for (encoding, unit) in
        [(Encoding::Utf16Le, u16::from_le_bytes as fn([u8; 2]) -> u16), (Encoding::Utf16Be, u16::from_be_bytes)]
    {
        let (pairs, odd) = body.as_chunks::<2>();
        let units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
        let slow = String::from_utf16(&units).ok().filter(|_| odd.is_empty());
        assert_eq!(decode::utf16(bytes, encoding).ok(), slow);
    }
}

fn write(text: &str) {
    let strict = encode::cp932(text, Unmappable::Stop);
    let lenient = [Unmappable::Common, Unmappable::Geta].map(|unmappable| encode::cp932(text, unmappable));
    if let Err(bad) = strict {
        assert!(text.contains(bad.char) || text.chars().any(is_mark));
    }
    let [common, geta] = &lenient;
    assert!(geta.is_ok());
    for written in lenient.iter().flatten().chain(&strict) {
        assert!(decode::cell(written, Encoding::Cp932).is_ok());
    }
    let Ok(strict) = strict else { return };
    // What can be written strictly is written the same by all.
    assert_eq!((common.as_ref(), geta.as_ref()), (Ok(&strict), Ok(&strict)));
    if !text.chars().any(is_mark) {
        let expect: String = text.chars().filter_map(folded).collect();
        assert_eq!(decode::cell(&strict, Encoding::Cp932).as_deref(), Ok(expect.as_str()));
    }
}

/// Marks that may join the character before them, so that what is read is another text.
fn is_mark(letter: char) -> bool {
    matches!(letter, '\u{0300}'..='\u{036f}' | '\u{3099}' | '\u{309a}')
}
