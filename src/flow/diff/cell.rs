//! When two cells say the same: exactly, or after the differences that programs make by themselves
//! (1,650 and 1650, 2026/4/2 and 2026-04-02, full-width digits). Knows nothing of files or rows.

use crate::flow::decode;
use crate::flow::encode::folded;
use crate::flow::split::unquote;
use crate::model::sheet::Encoding;
use std::borrow::Cow;

/// A cell's text as it is compared, written over `out`. A cell that does not decode is compared as
/// its bytes, marked so that it equals no text, nor the same bytes in another encoding: no text holds a NUL.
pub(super) fn write_canonical(raw: &[u8], encoding: Encoding, exact: bool, out: &mut String) {
    out.clear();
    let bytes = unquote(raw);
    if decode::cell_onto(&bytes, encoding, out).is_err() {
        out.clear();
        out.push_str(if encoding == Encoding::Cp932 { "\0" } else { "\0\0" });
        bytes.iter().for_each(|byte| out.push(char::from(*byte)));
    } else if !exact && let Cow::Owned(other) = plain_or_canonical(out, encoding) {
        *out = other;
    }
}

/// The text of a cell without its quotes, if it is plain to see that it is its own canonical form. Made for
/// text that is not all ASCII.
pub(super) fn own_form<'a>(
    text: &'a [u8],
    encoding: Encoding,
    exact: bool,
    scratch: &'a mut String,
) -> Option<&'a str> {
    let decoded = if encoding == Encoding::Cp932 {
        scratch.clear();
        decode::cell_onto(text, encoding, scratch).ok()?;
        scratch.as_str()
    } else {
        std::str::from_utf8(text).ok()?
    };
    let quote_or_return = |letter: char| matches!(letter, '"' | '\r');
    // What has them is unquoted, trimmed or folded, or may be a date: the long way knows how.
    if exact {
        return (!decoded.contains(quote_or_return)).then_some(decoded);
    }
    let (first, last) = (decoded.chars().next()?, decoded.chars().next_back()?);
    if first.is_whitespace() || last.is_whitespace() || first == '=' {
        return None;
    }
    let mut figure = true;
    let folds = |letter| encoding != Encoding::Cp932 && near_folded(letter) && folded(letter) != Some(letter);
    for letter in decoded.chars() {
        if quote_or_return(letter) || letter == DATE || folds(letter) {
            return None;
        }
        figure &= may_stand_in_figure(letter);
    }
    (!(figure && begins_figure(first))).then_some(decoded)
}

/// Whether a character is near those that are folded on their way to CP932.
fn near_folded(letter: char) -> bool {
    matches!(letter, '\u{80}'..='\u{bf}' | '\u{2000}'..='\u{2fff}' | '\u{301c}' | '\u{feff}')
}

/// [`canonical`], but borrowed only if the text is its own canonical form to the last byte.
fn plain_or_canonical(text: &str, encoding: Encoding) -> Cow<'_, str> {
    match canonical(text, encoding) {
        Cow::Borrowed(same) if same.len() == text.len() => Cow::Borrowed(same),
        other => Cow::Owned(other.into_owned()),
    }
}

/// The common form of texts that mean the same.
pub(super) fn canonical(text: &str, encoding: Encoding) -> Cow<'_, str> {
    // Text that came from CP932 already has the folded forms.
    if encoding != Encoding::Cp932 && may_fold(text.as_bytes()) {
        let folded: String = text.chars().filter_map(folded).collect();
        return Cow::Owned(canonical(&folded, Encoding::Cp932).into_owned());
    }
    let inner = match text.as_bytes() {
        // Neither blank nor guard at either end: nearly every text.
        [first, .., last] if !may_trim(*first) && !may_trim(*last) => text,
        _ => {
            let trimmed = text.trim();
            trimmed.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"')).unwrap_or(trimmed)
        }
    };
    if let Some(figures) = figures(inner) {
        if figures.len() > FIGURES_MAX {
            return Cow::Owned(figures);
        }
        let plain = number(&figures).or_else(|| date(&figures)).or_else(|| time(&figures));
        return Cow::Owned(plain.unwrap_or(figures));
    }
    if inner.bytes().any(|byte| byte == b'\r') {
        return Cow::Owned(inner.replace("\r\n", "\n").replace('\r', "\n"));
    }
    if looks_like_a_mark(inner) {
        return Cow::Owned(format!("\0\0\0{inner}"));
    }
    Cow::Borrowed(inner)
}

/// A text that would be taken for the form of a date: figures with [`DATE`] among them, which no program writes.
fn looks_like_a_mark(text: &str) -> bool {
    text.as_bytes().get(8) == Some(&(DATE as u8))
        && text.chars().all(|letter| letter.is_ascii_digit() || matches!(letter, ':' | DATE))
}

/// Bytes that a blank or a guard may begin or end with: ASCII blanks, `=`, quotes, and those of the
/// blanks beyond ASCII (U+0085, U+00A0, U+1680, U+2000 to U+205F, U+3000).
fn may_trim(byte: u8) -> bool {
    matches!(byte, 0..=b' ' | b'=' | b'"' | 0x80..=0x8a | 0x9f | 0xa0 | 0xa8 | 0xa9 | 0xaf | 0xc2 | 0xe1..=0xe3)
}

/// Longer texts of digits are codes, whatever separates them.
pub(super) const FIGURES_MAX: usize = 24;

fn begins_figure(letter: char) -> bool {
    matches!(letter, '0'..='9' | '-' | '+' | '.' | ',' | '/' | ':')
        || matches!(letter, '０'..='９' | '－' | '−' | '‐' | '，' | '．' | '／' | '：' | '年' | '月' | '日')
}

/// Whether a character may stand in a number, a date or a time at all, as [`figures`] has it.
fn may_stand_in_figure(letter: char) -> bool {
    begins_figure(letter) || matches!(letter, ' ' | '\u{3000}')
}

/// The text in half-width if it holds only digits and what stands between them, with at least one digit.
fn figures(text: &str) -> Option<String> {
    // Most texts show with their first character that they are none.
    if !text.starts_with(begins_figure) {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    let mut digits = false;
    // 年, 月 and 日 met so far; in another order they are text.
    let mut named = 0;
    for letter in text.chars() {
        match letter {
            '0'..='9' => {
                digits = true;
                out.push(letter);
            }
            '０'..='９' => {
                digits = true;
                out.push(char::from(b'0' + (letter as u32 - '０' as u32) as u8));
            }
            ',' | '.' | '-' | '/' | ':' | ' ' | '+' => out.push(letter),
            '，' => out.push(','),
            '．' => out.push('.'),
            '－' | '−' | '‐' => out.push('-'),
            '／' => out.push('/'),
            '：' => out.push(':'),
            '\u{3000}' => out.push(' '),
            '年' | '月' | '日' if ['年', '月', '日'].get(named) == Some(&letter) => {
                named += 1;
                out.push(if letter == '日' { ' ' } else { '/' });
            }
            _ => return None,
        }
    }
    // 5月 alone is text, not a figure, and so is 2026年4/2.
    (digits && (named == 0 || named > 1 && date(&out).is_some())).then_some(out)
}

/// `1,650` → `1650`. Leading zeros are kept from being numbers, and decimals stay as they are: both tell codes
/// (`1.10` is another article than `1.1`).
fn number(text: &str) -> Option<String> {
    let (sign, body) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let (whole, fraction) = body.split_once('.').map_or((body, None), |(whole, fraction)| (whole, Some(fraction)));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let whole = if whole.contains(',') {
        let mut groups = whole.split(',');
        let first = groups.next()?;
        if !all_digits(first) || first.len() > 3 || !groups.all(|group| group.len() == 3 && all_digits(group)) {
            return None;
        }
        whole.replace(',', "")
    } else if all_digits(whole) {
        whole.to_owned()
    } else {
        return None;
    };
    if whole.len() > 1 && whole.starts_with('0') {
        return None;
    }
    let fraction = match fraction {
        None => "",
        Some(fraction) if all_digits(fraction) => fraction,
        Some(_) => return None,
    };
    Some(match (fraction, whole.as_str()) {
        ("", "0") => "0".to_owned(),
        ("", _) => format!("{sign}{whole}"),
        _ => format!("{sign}{whole}.{fraction}"),
    })
}

/// Behind the digits of a date, so that it equals no code of eight digits.
pub(super) const DATE: char = '\u{1}';

/// A date, with or without time, in one form; midnight says no more than the date. Eight bare digits are a code.
fn date(text: &str) -> Option<String> {
    let text = text.trim();
    let (day, rest) = text.split_once(' ').map_or((text, None), |(day, rest)| (day, Some(rest.trim())));
    let separator = if day.contains('/') { '/' } else { '-' };
    let mut parts = day.split(separator);
    let mut part = |least: usize, most: usize, values: std::ops::RangeInclusive<u32>| {
        let part = parts.next()?;
        let fits = (least..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse::<u32>().ok().filter(|value| fits && values.contains(value))
    };
    let (year, month, day) = (part(4, 4, 1900..=2999)?, part(1, 2, 1..=12)?, part(1, 2, 1..=31)?);
    if parts.next().is_some() {
        return None;
    }
    let time = match rest {
        None => None,
        Some(rest) => Some(time(rest)?).filter(|time| time != "00:00:00"),
    };
    Some(match time {
        None => format!("{year}{month:02}{day:02}{DATE}"),
        Some(time) => format!("{year}{month:02}{day:02}{DATE}{time}"),
    })
}

/// `9:05`, `09:05:00` → `09:05:00`.
fn time(text: &str) -> Option<String> {
    let mut parts = text.split(':');
    let mut part = |most: u32| {
        let part = parts.next()?;
        let fits = (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse::<u32>().ok().filter(|value| fits && *value <= most)
    };
    let (hour, minute) = (part(24)?, part(59)?);
    let second = if text.matches(':').count() == 2 { part(59)? } else { 0 };
    if parts.next().is_some() {
        return None;
    }
    Some(format!("{hour:02}:{minute:02}:{second:02}"))
}

/// Whether UTF-8 text may hold a character that is folded on its way to CP932: they begin with C2,
/// E2, EF BB or are 〜.
fn may_fold(bytes: &[u8]) -> bool {
    let mut before = [0u8; 2];
    bytes.iter().any(|&byte| {
        let hit =
            byte == 0xc2 || byte == 0xe2 || byte == 0x9c && before == [0xe3, 0x80] || byte == 0xbb && before[1] == 0xef;
        before = [before[1], byte];
        hit
    })
}

/// What became of figures in the short way.
pub(super) enum Short {
    Same,
    Other([u8; FIGURES_MAX], usize),
    /// The long way has to tell.
    Unclear,
}

/// The canonical form of ASCII digits and what stands between them, for the forms that fill order
/// files: codes with hyphens, dates, amounts with commas. The long way is its slow twin.
#[inline]
pub(super) fn short_figures(text: &[u8]) -> Short {
    if text.len() > FIGURES_MAX {
        return Short::Same;
    }
    let digit = |at: usize| text[at].is_ascii_digit();
    let mut out = [0u8; FIGURES_MAX];
    match text {
        // 2026-04-02
        [_, _, _, _, b'-', _, _, b'-', _, _] if [0, 1, 2, 3, 5, 6, 8, 9].into_iter().all(digit) => {
            let value = |at: usize| (text[at] - b'0') * 10 + text[at + 1] - b'0';
            if !(1..=12).contains(&value(5)) || !(1..=31).contains(&value(8)) || !(19..=29).contains(&value(0)) {
                return Short::Unclear;
            }
            out[..4].copy_from_slice(&text[..4]);
            out[4..6].copy_from_slice(&text[5..7]);
            out[6..8].copy_from_slice(&text[8..]);
            out[8] = DATE as u8;
            Short::Other(out, 9)
        }
        // 2026/4/2
        [_, _, _, _, b'/', rest @ ..]
            if (0..4).all(digit) && (19..30).contains(&((text[0] - b'0') * 10 + text[1] - b'0')) =>
        {
            let (month, day) = match rest {
                [m, b'/', d] => ([b'0', *m], [b'0', *d]),
                [m, b'/', d, e] => ([b'0', *m], [*d, *e]),
                [m, n, b'/', d] => ([*m, *n], [b'0', *d]),
                [m, n, b'/', d, e] => ([*m, *n], [*d, *e]),
                _ => return Short::Unclear,
            };
            let value = |two: [u8; 2]| {
                let digits = two.iter().all(u8::is_ascii_digit);
                digits.then(|| (two[0] - b'0') * 10 + two[1] - b'0')
            };
            if !value(month).is_some_and(|month| (1..=12).contains(&month))
                || !value(day).is_some_and(|day| (1..=31).contains(&day))
            {
                return Short::Unclear;
            }
            out[..4].copy_from_slice(&text[..4]);
            out[4..6].copy_from_slice(&month);
            out[6..8].copy_from_slice(&day);
            out[8] = DATE as u8;
            Short::Other(out, 9)
        }
        // 1,650. With a length of four, eight or twelve a comma would have to stand in front: 5555,559 is no amount.
        [first @ b'1'..=b'9', .., b',', _, _, _] if !text.len().is_multiple_of(4) => {
            let length = text.len();
            let mut count = 0;
            out[0] = *first;
            count += 1;
            for (at, byte) in text.iter().enumerate().skip(1) {
                // Counted from the end, every fourth place is a comma.
                match ((length - at).is_multiple_of(4), byte) {
                    (true, b',') => {}
                    (false, b'0'..=b'9') => {
                        out[count] = *byte;
                        count += 1;
                    }
                    _ => return Short::Unclear,
                }
            }
            Short::Other(out, count)
        }
        _ => Short::Unclear,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_programs_change_by_themselves_is_the_same() {
        let check = |one: &str, other: &str| {
            assert_eq!(canonical(one, Encoding::Utf8), canonical(other, Encoding::Utf8), "{one} {other}");
        };
        check("1,650", "1650");
        check("１，６５０", "1650");
        check("1,650.50", " 1650.50 ");
        check("-9,999", "－9999");
        check("-0", "0");
        check("2026/4/2", "2026-04-02");
        check("2026年4月2日", "2026/04/02");
        check("2026/4/2 0:00", "2026-04-02");
        check("2026/4/2 9:05", "2026-04-02 09:05:00");
        check("9:05", "09:05:00");
        check("=\"0123\"", "0123");
        check("a\r\nb", "a\nb");
        check("〜−", "～－");
        check("1,650\u{200b}", "1650");
        check("2026年4月2日 9:05", "2026/4/2 9:05:00");
        check("2026年4月2日9:05", "2026/4/2 9:05:00");
        check("０９０－１２３４", "090-1234");
    }

    #[test]
    fn what_means_something_else_is_not() {
        let check = |one: &str, other: &str| {
            assert_ne!(canonical(one, Encoding::Utf8), canonical(other, Encoding::Utf8), "{one} {other}");
        };
        check("0600000", "600000");
        check("1,65", "165");
        check("16,50", "1650");
        check("5555,559", "5555559");
        check("55555,555,559", "55555555559");
        check("1.5", "15");
        check("2026/4/2", "2026/2/4");
        check("2026/4/2 9:05", "2026/4/2");
        check("１丁目", "1丁目");
        check("090-1234", "0901234");
        check("5月", "5/");
        check("", "0");
        check("2026/13/2", "20261302");
        check("2026月4年2日", "2026/4/2");
        check("2026年4月2日0", "2026/4/20");
        check("2026年4/2", "2026/4/2");
        // A sign of ours among a file's own.
        check("20260402\u{1}", "2026/4/2");
        check("20260402\u{1}09:05:00", "2026/4/2 9:05");
        // Codes.
        check("20260402", "2026-04-02");
        check("1.10", "1.1");
        check("10.0", "10");
        check("1650.00", "1650");
    }
}
