//! Dates by the patterns a layout allows. A date that could be read two ways, or whose year is gone,
//! is refused and named; a time behind the date is dropped.

use super::{Cleaned, bare};
use crate::model::day::Day;
use crate::model::words::Why;
use crate::model::words::lifting as words;

/// Years outside these are typing errors, not ship dates.
const YEARS: std::ops::RangeInclusive<i16> = 2000..=2100;

/// Spreadsheet serials of the same years; 36526 is 2000-01-01.
const SERIALS: std::ops::RangeInclusive<i64> = 36_526..=73_415;

/// One piece of a pattern.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Piece {
    Year,
    Month,
    Day,
    Literal(char),
}

fn pieces(pattern: &str) -> Vec<Piece> {
    let mut out = Vec::new();
    let mut rest = pattern;
    while let Some(first) = rest.chars().next() {
        let (piece, length) = [("yyyy", Piece::Year), ("mm", Piece::Month), ("dd", Piece::Day)]
            .into_iter()
            .find(|(word, _)| rest.starts_with(word))
            .map_or((Piece::Literal(first), first.len_utf8()), |(word, piece)| (piece, word.len()));
        out.push(piece);
        rest = rest.get(length..).unwrap_or_default();
    }
    out
}

/// Whether a pattern names a year first, then a month, then a day, and nothing that only looks like one.
pub fn pattern_is_whole(pattern: &str) -> bool {
    let pieces = pieces(pattern);
    let order: Vec<Piece> = pieces.iter().copied().filter(|piece| !matches!(piece, Piece::Literal(_))).collect();
    let stray = |piece: &Piece| matches!(piece, Piece::Literal(c) if c.is_ascii_alphanumeric());
    order == [Piece::Year, Piece::Month, Piece::Day] && !pieces.iter().any(stray)
}

/// Date patterns taken apart, for many cells.
pub struct Patterns {
    pieces: Vec<Vec<Piece>>,
    /// As written, for messages.
    shown: String,
}

impl Patterns {
    pub fn new(patterns: &[String]) -> Patterns {
        Patterns { pieces: patterns.iter().map(|pattern| pieces(pattern)).collect(), shown: patterns.join(", ") }
    }
}

/// The day a cell names; `None` if it is empty.
///
/// # Errors
/// A text that fits no pattern, with the likely mishap named; a day that is not in the calendar; a
/// spreadsheet's serial number unless `serials` allows it.
pub fn date(raw: &str, patterns: &Patterns, serials: bool) -> Result<Option<Cleaned<Day>>, Why> {
    let bare = bare(raw);
    let mut notes = bare.notes;
    let text = &*bare.text;
    if text.is_empty() {
        return Ok(None);
    }
    let value = || ("value", raw.trim().to_owned());
    for pattern in &patterns.pieces {
        match fit(text, pattern) {
            Some((Some(day), rest)) if is_time(rest) => return Ok(Some(Cleaned { value: day, notes })),
            Some((None, rest)) if is_time(rest) => return Err(words::DATE_IMPOSSIBLE.with([value()])),
            _ => {}
        }
    }
    if let Some(serial) = serial(text) {
        if !serials {
            return Err(words::DATE_SERIAL.with([value()]));
        }
        let day = epoch().plus_days(serial);
        notes.push(words::DATE_SERIAL_TAKEN.with([value(), ("taken", day.to_string())]));
        return Ok(Some(Cleaned { value: day, notes }));
    }
    Err(match mishap(text) {
        Mishap::NoYear => words::DATE_NO_YEAR.with([value()]),
        Mishap::DayFirst => words::DATE_DAY_FIRST.with([value()]),
        Mishap::Other => words::DATE_FORM.with([value(), ("patterns", patterns.shown.clone())]),
    })
}

/// The day before serial 1 as spreadsheets count from March 1900 on (they believe in 1900-02-29).
fn epoch() -> Day {
    Day::new(1899, 12, 30).unwrap_or_else(|| unreachable!("a day of the calendar"))
}

/// A whole-number serial, or one with a time as its fraction.
fn serial(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    if whole.len() != 5 || fraction.is_empty() || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    whole.parse().ok().filter(|number| SERIALS.contains(number))
}

/// Lays a pattern on the front of a text: the day (`None` if it is not in the calendar) and what is left.
/// Month and day may lack their leading zero where a sign follows them.
fn fit<'t>(text: &'t str, pieces: &[Piece]) -> Option<(Option<Day>, &'t str)> {
    let mut rest = text;
    let (mut year, mut month, mut day) = (0i16, 0i8, 0i8);
    for (place, piece) in pieces.iter().enumerate() {
        let packed = pieces.len() == 3;
        match piece {
            Piece::Literal(sign) => rest = rest.strip_prefix(*sign)?,
            Piece::Year => {
                let digits = leading_digits(rest, 4);
                (year, rest) = (digits.parse().ok().filter(|_| digits.len() == 4)?, rest.get(4..)?);
            }
            Piece::Month | Piece::Day => {
                let digits = leading_digits(rest, 2);
                if digits.is_empty() || (packed && digits.len() != 2) {
                    return None;
                }
                let number = digits.parse().ok()?;
                if *piece == Piece::Month {
                    month = number
                } else {
                    day = number
                }
                rest = rest.get(digits.len()..)?;
                // `2026/1/512` is no day 51 with a rest.
                let more = rest.starts_with(|c: char| c.is_ascii_digit());
                if more && place + 1 == pieces.len() && !packed {
                    return None;
                }
            }
        }
    }
    Some((Day::new(year, month, day).filter(|_| YEARS.contains(&year)), rest))
}

fn leading_digits(text: &str, most: usize) -> &str {
    let count = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    text.get(..count).unwrap_or_default()
}

/// What may stand behind a date: nothing, or a time of day (`0:00`, `T09:30:00+09:00`, `093000`, `午前 9:00`).
fn is_time(rest: &str) -> bool {
    let rest = rest.trim();
    if rest.is_empty() {
        return true;
    }
    let plain: String = rest.replace("午前", "").replace("午後", "").replace(['T', 't', 'Z'], " ");
    let plain = plain.trim().trim_end_matches("AM").trim_end_matches("PM").trim();
    let body = plain.split(['+', '.']).next().unwrap_or(plain);
    let digits = body.bytes().filter(u8::is_ascii_digit).count();
    let signs = body.bytes().all(|b| b.is_ascii_digit() || b == b':');
    let packed = !body.contains(':') && matches!(digits, 4 | 6);
    signs && (packed || (body.contains(':') && (3..=6).contains(&digits)))
}

enum Mishap {
    NoYear,
    DayFirst,
    Other,
}

fn mishap(text: &str) -> Mishap {
    let date = text.split_whitespace().next().unwrap_or(text);
    let parts: Vec<&str> = date.split(['/', '-', '.', '月', '日']).filter(|part| !part.is_empty()).collect();
    let number = |part: &&str| part.bytes().all(|b| b.is_ascii_digit());
    let word = |part: &&str| part.bytes().all(|b| b.is_ascii_alphabetic());
    let short = |part: &&str| number(part) && part.len() <= 2;
    match parts.as_slice() {
        [month, day] if (short(month) || word(month)) && (short(day) || word(day)) => Mishap::NoYear,
        [day, middle, _] if short(day) && (short(middle) || word(middle)) => Mishap::DayFirst,
        [month, day, year] if word(month) && short(day) && number(year) => Mishap::DayFirst,
        _ => Mishap::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::layout::DATES;

    fn patterns() -> Patterns {
        Patterns::new(&DATES.map(str::to_owned))
    }

    fn check(raw: &str, expect: &str) {
        let found = match date(raw, &patterns(), false) {
            Ok(Some(day)) => day.value.to_string(),
            Ok(None) => String::new(),
            Err(why) => why.code().to_owned(),
        };
        assert_eq!(found, expect, "{raw}");
    }

    #[test]
    fn dates_of_the_usual_forms_are_taken() {
        for raw in [
            "2026/01/05",
            "2026/1/5",
            "2026-01-05",
            "2026-1-5",
            "20260105",
            "2026/1/5 0:00",
            "2026/01/05 23:59:59",
            "2026-01-05T10:00:00+0900",
            "20260105 09:30",
            "20260105093000",
            "２０２６／１／５",
            "=\"2026/01/05\"",
            "2026/1/5　10:00",
        ] {
            check(raw, "2026-01-05");
        }
        check("", "");
        check("　", "");
    }

    #[test]
    fn dates_that_could_be_something_else_are_refused_by_name() {
        check("1月5日", "date-no-year");
        check("1/5", "date-no-year");
        check("5-Jan", "date-no-year");
        check("05-Jan-26", "date-day-first");
        check("5/1/2026", "date-day-first");
        check("46027", "date-serial");
        check("2026/2/30", "date-impossible");
        check("20261301", "date-impossible");
        check("1026/1/5", "date-impossible");
        check("令和8年1月5日", "date-form");
        check("2026/1/512", "date-form");
        check("2026/1/5 頃", "date-form");
        check("2026015", "date-form");
    }

    #[test]
    fn a_serial_is_a_date_only_with_leave() {
        let taken = date("46027", &patterns(), true).unwrap().unwrap();
        assert_eq!((taken.value.to_string().as_str(), taken.notes.len()), ("2026-01-05", 1));
        assert_eq!(date("46027.5", &patterns(), true).unwrap().unwrap().value.to_string(), "2026-01-05");
    }

    #[test]
    fn only_allowed_patterns_count() {
        let packed = Patterns::new(&["yyyymmdd".to_owned()]);
        assert!(date("2026/01/05", &packed, false).is_err());
        let japanese = Patterns::new(&["yyyy年mm月dd日".to_owned()]);
        assert_eq!(date("2026年1月5日", &japanese, false).unwrap().unwrap().value.to_string(), "2026-01-05");
        assert!(pattern_is_whole("yyyy年mm月dd日") && !pattern_is_whole("dd/mm/yyyy") && !pattern_is_whole("yyyy/mm"));
    }

    /// Every day of five years, written every way, comes back as itself.
    #[test]
    fn each_day_comes_back_however_it_was_written() {
        let start = Day::new(2024, 1, 1).unwrap();
        for offset in 0..1827 {
            let day = start.plus_days(offset);
            let (y, m, d) = (day.year(), day.month(), day.day());
            for written in [
                format!("{y}/{m}/{d}"),
                format!("{y}/{m:02}/{d:02}"),
                format!("{y}-{m:02}-{d:02}"),
                format!("{y}{m:02}{d:02}"),
                format!("{y}{m:02}{d:02}120000"),
            ] {
                let found = date(&written, &patterns(), false).unwrap().unwrap().value;
                assert_eq!(found, day, "{written}");
            }
        }
    }
}
