//! Simulated time: a start, real speed from there on, and leaps when asked.
//!
//! Everything the shop does lazily (clearing, shipping at night, the asynchronous queue) is reckoned on this
//! clock, so that a test can pass a night in a moment. It knows nothing of orders.

#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "the pretend RMS has a clock of its own")]

use std::time::Instant;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;

const JST: Offset = Offset::constant(9);
pub const SECOND: i64 = 1_000;
pub const MINUTE: i64 = 60 * SECOND;
pub const HOUR: i64 = 60 * MINUTE;
pub const DAY: i64 = 24 * HOUR;

/// A point in simulated time, in milliseconds since the epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub i64);

impl Moment {
    /// The machine's own time.
    pub fn real_now() -> Moment {
        Moment(Timestamp::now().as_millisecond())
    }

    /// `YYYY-MM-DDThh:mm:ss+0900` and nothing else, as production insists.
    pub fn parse_api(text: &str) -> Option<Moment> {
        let bare = text.strip_suffix("+0900")?;
        Moment::parse_bare(bare)
    }

    /// `YYYY-MM-DDThh:mm:ss`, taken as JST.
    pub fn parse_bare(text: &str) -> Option<Moment> {
        let (day, time) = text.split_once('T')?;
        let date = parse_date(day)?;
        let mut parts = time.split(':').map(|part| digits(part, 2));
        let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
        if parts.next().is_some() {
            return None;
        }
        let time = Time::new(hour as i8, minute as i8, second as i8, 0).ok()?;
        Moment::from_civil(DateTime::from_parts(date, time))
    }

    /// The forms that a hand-written shop file may use: the API's, the same with `+09:00`, or without a zone.
    pub fn parse_kindly(text: &str) -> Option<Moment> {
        let bare = text.strip_suffix("+0900").or_else(|| text.strip_suffix("+09:00")).unwrap_or(text);
        Moment::parse_bare(bare)
    }

    fn from_civil(civil: DateTime) -> Option<Moment> {
        Some(Moment(JST.to_timestamp(civil).ok()?.as_millisecond()))
    }

    /// Midnight in Japan at the start of that day.
    pub fn midnight(date: Date) -> Moment {
        Moment::from_civil(date.to_datetime(Time::midnight())).unwrap_or(Moment(0))
    }

    fn civil(self, zone: Offset) -> DateTime {
        let stamp = Timestamp::from_millisecond(self.0).unwrap_or(Timestamp::UNIX_EPOCH);
        zone.to_datetime(stamp)
    }

    /// The day in Japan.
    pub fn date(self) -> Date {
        self.civil(JST).date()
    }

    /// The API's own form.
    pub fn api(self) -> String {
        format!("{}+0900", show(self.civil(JST)))
    }

    /// JST without a zone, as the expiry call writes it.
    pub fn bare(self) -> String {
        show(self.civil(JST))
    }

    /// The form of the `Timestamp` header: UTC without a zone.
    pub fn utc(self) -> String {
        show(self.civil(Offset::UTC))
    }

    /// `YYYYMMDDhhmmss` in Japan, the tail of a request id.
    pub fn compact(self) -> String {
        let t = self.civil(JST);
        format!("{:04}{:02}{:02}{:02}{:02}{:02}", t.year(), t.month(), t.day(), t.hour(), t.minute(), t.second())
    }

    pub fn plus(self, milliseconds: i64) -> Moment {
        Moment(self.0.saturating_add(milliseconds))
    }
}

fn show(t: DateTime) -> String {
    format!("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", t.year(), t.month(), t.day(), t.hour(), t.minute(), t.second())
}

/// Exactly `count` ASCII digits.
fn digits(text: &str, count: usize) -> Option<i64> {
    (text.len() == count && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

/// `YYYY-MM-DD` of a day that exists.
pub fn parse_date(text: &str) -> Option<Date> {
    let mut parts = text.split('-');
    let year = digits(parts.next()?, 4)?;
    let month = digits(parts.next()?, 2)?;
    let day = digits(parts.next()?, 2)?;
    if parts.next().is_some() {
        return None;
    }
    Date::new(year as i16, month as i8, day as i8).ok()
}

/// `YYYYMMDD` turned into `YYYY-MM-DD`, for the switch that lets it pass.
pub fn spread_date(text: &str) -> Option<String> {
    digits(text, 8)?;
    let spread = format!("{}-{}-{}", text.get(0..4)?, text.get(4..6)?, text.get(6..8)?);
    parse_date(&spread).map(|_| spread)
}

/// `90s`, `30m`, `24h`, `2d`, `250ms`, or several in a row (`1h30m`). A bare number counts seconds.
pub fn parse_duration(text: &str) -> Option<i64> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    if let Ok(seconds) = text.parse::<i64>() {
        return seconds.checked_mul(SECOND);
    }
    let mut total: i64 = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, tail) = rest.split_at(end);
        let number: i64 = number.parse().ok()?;
        let unit_end = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, next) = tail.split_at(unit_end);
        let unit = match unit {
            "ms" => 1,
            "s" => SECOND,
            "m" => MINUTE,
            "h" => HOUR,
            "d" => DAY,
            _ => return None,
        };
        total = total.checked_add(number.checked_mul(unit)?)?;
        rest = next;
    }
    Some(total)
}

/// Runs at real speed from wherever it was set.
pub struct Clock {
    base: Moment,
    since: Instant,
}

impl Clock {
    pub fn starting(base: Moment) -> Clock {
        Clock { base, since: Instant::now() }
    }

    pub fn now(&self) -> Moment {
        self.base.plus(i64::try_from(self.since.elapsed().as_millis()).unwrap_or(i64::MAX))
    }

    pub fn advance(&mut self, milliseconds: i64) {
        self.base = self.base.plus(milliseconds);
    }

    pub fn set(&mut self, to: Moment) {
        *self = Clock::starting(to);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &str, expect: Option<&str>) {
        assert_eq!(Moment::parse_api(input).map(Moment::api).as_deref(), expect, "{input}");
    }

    #[test]
    fn only_one_date_time_form_is_taken() {
        check("2026-04-01T10:15:00+0900", Some("2026-04-01T10:15:00+0900"));
        for wrong in [
            "2026-04-01T10:15:00+09:00",
            "2026-04-01T01:15:00Z",
            "2026-04-01T10:15:00",
            "2026-04-01T10:15:00.000+0900",
            "2026-04-01 10:15:00+0900",
            "2026/04/01T10:15:00+0900",
            "2026-04-01T01:15:00+0000",
            "2026-02-30T10:15:00+0900",
            "2026-04-01T24:00:00+0900",
            "",
        ] {
            check(wrong, None);
        }
    }

    #[test]
    fn the_other_forms() {
        let moment = Moment::parse_kindly("2026-04-01T00:15:09+09:00").unwrap();
        assert_eq!(moment.utc(), "2026-03-31T15:15:09");
        assert_eq!(moment.compact(), "20260401001509");
        assert_eq!(moment.date(), parse_date("2026-04-01").unwrap());
    }

    #[test]
    fn durations() {
        assert_eq!(parse_duration("24h"), Some(DAY));
        assert_eq!(parse_duration("1h30m"), Some(90 * MINUTE));
        assert_eq!(parse_duration("250ms"), Some(250));
        assert_eq!(parse_duration("5"), Some(5 * SECOND));
        assert_eq!(parse_duration("5 weeks"), None);
        assert_eq!(parse_duration(""), None);
    }

    #[test]
    fn compact_dates_must_exist() {
        assert_eq!(spread_date("20260402").as_deref(), Some("2026-04-02"));
        assert_eq!(spread_date("20260232"), None);
    }
}
