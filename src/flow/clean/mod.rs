//! Cells that people, carriers' tools and Excel have touched, made into values: tracking numbers,
//! dates, amounts, rates, flags. Each gives the value and what was mended on the way, or why not.
//!
//! It looks at one cell at a time and knows nothing of orders, files or what RMS says.

pub mod amounts;
pub mod dates;
pub mod numbers;

use crate::model::words::Why;
use crate::model::words::lifting as words;
use std::borrow::Cow;

/// A value with what was mended to get it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cleaned<T> {
    pub value: T,
    pub notes: Vec<Why>,
}

impl<T> Cleaned<T> {
    /// Another value with the same notes.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Cleaned<U> {
        Cleaned { value: f(self.value), notes: self.notes }
    }
}

/// A cell as a value is read from it: outer white space (also full-width), a leading `'` and an
/// `="…"` guard gone; half-width; what spreadsheets write for "nothing" is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bare<'a> {
    pub text: Cow<'a, str>,
    pub notes: Vec<Why>,
}

/// Takes the wrapping off a cell that holds a number, a date, a code or a flag. Not for names or remarks.
pub fn bare(raw: &str) -> Bare<'_> {
    let inner = unwrap(raw);
    if matches!(inner.len(), 3 | 4) && NOTHING.iter().any(|word| inner.eq_ignore_ascii_case(word)) {
        let notes = vec![words::CELL_NAN.with([("value", inner.to_owned())])];
        return Bare { text: Cow::Borrowed(""), notes };
    }
    let text = narrow(inner);
    let mut notes = Vec::new();
    if text != inner && inner.chars().any(|c| matches!(c, '\u{ff10}'..='\u{ff19}' | '\u{ff21}'..='\u{ff5a}')) {
        notes.push(words::WIDTH_FOLDED.with([("value", inner.to_owned()), ("taken", text.clone().into_owned())]));
    }
    Bare { text, notes }
}

/// What spreadsheets and data frames write for an empty cell.
const NOTHING: [&str; 4] = ["nan", "#n/a", "null", "none"];

/// Without outer blanks, a text guard `'` and a formula guard `="…"`; the inside is left as it is.
pub fn unwrap(raw: &str) -> &str {
    // Most cells begin and end with a letter or digit and have nothing to take off.
    match raw.as_bytes() {
        [] => return raw,
        [first, .., last] if first.is_ascii_alphanumeric() && last.is_ascii_alphanumeric() => return raw,
        _ => {}
    }
    let blank = |c: char| c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}');
    let mut text = raw.trim_matches(blank);
    if let Some(inner) = text.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"')) {
        text = inner.trim_matches(blank);
    }
    text.strip_prefix('\'').unwrap_or(text).trim_matches(blank)
}

/// Full-width letters, digits and signs made half-width; everything else as it is.
pub fn narrow(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let half = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{3000}' => ' ',
        '\u{2212}' => '-',
        c => c,
    };
    Cow::Owned(text.chars().map(half).collect())
}

/// `1.23457E+11`: a spreadsheet has thrown digits away.
pub fn is_scientific(text: &str) -> bool {
    let Some((head, tail)) = text.split_once(['E', 'e']) else { return false };
    let exponent = tail.strip_prefix(['+', '-']).unwrap_or(tail);
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let mantissa = match head.split_once('.') {
        Some((whole, part)) => digits(whole) && digits(part),
        // `12E5` could be a code; with a sign after the E it is not.
        None => digits(head) && tail.starts_with('+'),
    };
    mantissa && digits(exponent) && exponent.len() <= 3
}

/// The digits before a `.0` that a spreadsheet or a data frame has hung on; `None` if there is none.
pub fn without_zero_tail(text: &str) -> Option<&str> {
    let (whole, tail) = text.split_once('.')?;
    let zeros = !tail.is_empty() && tail.bytes().all(|b| b == b'0');
    let digits = !whole.is_empty() && whole.bytes().all(|b| b.is_ascii_digit());
    (zeros && digits).then_some(whole)
}

/// A yes or no as people write it: `○`, `済`, `はい`, `1` … An empty cell is no.
///
/// # Errors
/// A text that is neither.
pub fn flag(raw: &str) -> Result<bool, Why> {
    const YES: [&str; 22] = [
        "○",
        "〇",
        "◯",
        "●",
        "◎",
        "✓",
        "✔",
        "レ",
        "済",
        "済み",
        "返品済",
        "返品済み",
        "はい",
        "有",
        "有り",
        "あり",
        "1",
        "y",
        "yes",
        "true",
        "on",
        "o",
    ];
    const NO: [&str; 15] = ["", "×", "✕", "✖", "x", "未", "いいえ", "無", "無し", "なし", "0", "n", "no", "false", "-"];
    let text = bare(raw).text.to_lowercase();
    if YES.contains(&text.as_str()) {
        Ok(true)
    } else if NO.contains(&text.as_str()) {
        Ok(false)
    } else {
        Err(words::FLAG_UNKNOWN.with([("value", raw.trim().to_owned())]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(raw: &str, expect: &str) {
        assert_eq!(bare(raw).text, expect, "{raw}");
    }

    #[test]
    fn wrapping_comes_off() {
        check("　１２３　", "123");
        check("'0123", "0123");
        check("=\"0123\"", "0123");
        check("=\" 0123 \"", "0123");
        check("\t12 34\t", "12 34");
        check("NaN", "");
        check("", "");
    }

    #[test]
    fn folding_is_said_and_plain_cells_are_silent() {
        assert_eq!(bare("１２３").notes.len(), 1);
        assert!(bare("　123").notes.is_empty());
        assert_eq!(bare("nan").notes[0].code(), "cell-nan");
    }

    #[test]
    fn lost_digits_are_seen() {
        for text in ["1.23457E+11", "1E+11", "4.2e12", "1.2E-5"] {
            assert!(is_scientific(text), "{text}");
        }
        for text in ["12E5", "E+11", "1.E+1", "123456789013", "1.5", "AE+1"] {
            assert!(!is_scientific(text), "{text}");
        }
        assert_eq!(without_zero_tail("123.0"), Some("123"));
        assert_eq!(without_zero_tail("123.5"), None);
    }

    #[test]
    fn flags_are_read_as_people_write_them() {
        for yes in ["○", "〇", "済", "１", "ＹＥＳ", " ◯ "] {
            assert_eq!(flag(yes), Ok(true), "{yes}");
        }
        for no in ["", "　", "×", "0", "未"] {
            assert_eq!(flag(no), Ok(false), "{no}");
        }
        assert_eq!(flag("たぶん").unwrap_err().code(), "flag-unknown");
    }
}
