//! What a cell holds, for people's eyes, so that no two cells look the same that are not: bytes that are no
//! character and signs that do not show have a form of their own. Knows nothing of rows or files.

use crate::flow::decode;
use crate::model::sheet::Encoding;
use std::borrow::Cow;
use std::fmt::Write as _;

/// A cell's text, and whether it held bytes that are no character: each of those stands as `\x95`.
pub(super) fn text(bytes: &[u8], encoding: Encoding) -> (String, bool) {
    let mut out = String::new();
    let mut rest = bytes;
    let mut whole = true;
    loop {
        match decode::cell(rest, encoding) {
            Ok(text) => {
                out.push_str(&text);
                return (out, !whole);
            }
            Err(bad) => {
                whole = false;
                let (good, after) = rest.split_at(bad.offset);
                // What stands before the first bad byte decodes.
                out.push_str(&decode::cell(good, encoding).unwrap_or_default());
                let (these, after) = after.split_at(bad.bytes.len());
                these.iter().for_each(|byte| _ = write!(out, "\\x{byte:02X}"));
                rest = after;
            }
        }
    }
}

/// Whether a sign does not show, looks like a blank, or turns the line around.
fn is_hidden(letter: char) -> bool {
    letter.is_control()
        || matches!(
            letter,
            '\u{a0}' | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        )
}

/// Signs that do not show, each as a picture of it; those of `kept` stay as they are.
pub(super) fn controls<'a>(text: &'a str, kept: &[char]) -> Cow<'a, str> {
    // Control characters, and the first bytes of the others.
    let may_hide = |byte: u8| matches!(byte, 0..=0x1f | 0x7f | 0xc2 | 0xe2 | 0xef);
    let hidden = |letter: char| is_hidden(letter) && !kept.contains(&letter);
    if !text.bytes().any(may_hide) || !text.contains(hidden) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for letter in text.chars() {
        match letter {
            letter if !hidden(letter) => out.push(letter),
            // U+2400 and on are the pictures of 0 to 1F.
            '\0'..='\u{1f}' => out.extend(char::from_u32(0x2400 + u32::from(letter))),
            '\u{7f}' => out.push('␡'),
            other => _ = write!(out, "\\u{{{:X}}}", u32::from(other)),
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_no_character_are_seen() {
        let check = |bytes: &[u8], encoding, expect: (&str, bool)| {
            assert_eq!(text(bytes, encoding), (expect.0.to_owned(), expect.1), "{bytes:02x?}");
        };
        check(b"", Encoding::Cp932, ("", false));
        check(b"a\x95\x5c", Encoding::Cp932, ("a表", false));
        check(b"a\x95\x5c\x95", Encoding::Cp932, ("a表\\x95", true));
        check(b"\xa0\x95\x5c\x81\xad,\xff", Encoding::Cp932, ("\\xA0表\\x81\\xAD,\\xFF", true));
        check("山\u{1}".as_bytes(), Encoding::Utf8Bom, ("山\u{1}", false));
        check(b"\xe5\xb1\xb1\xe5\xb1z", Encoding::Utf8, ("山\\xE5\\xB1z", true));
    }

    #[test]
    fn signs_that_do_not_show_have_a_picture() {
        let check = |text: &str, kept: &[char], expect: &str| assert_eq!(controls(text, kept), expect);
        check("山 a", &[], "山 a");
        check("a\0b\u{1}\u{1f}\u{7f}", &[], "a␀b␁␟␡");
        check("a\nb\tc", &['\n'], "a\nb␉c");
        check("a\u{85}", &[], "a\\u{85}");
        for letter in (0..=0xffffu32).filter_map(char::from_u32) {
            assert_eq!(
                controls(&format!("山{letter}"), &[]) == format!("山{letter}"),
                !is_hidden(letter),
                "{letter:?}"
            );
        }
        check("1\u{200b}\u{a0}2\u{202e}", &[], "1\\u{200B}\\u{A0}2\\u{202E}");
    }
}
