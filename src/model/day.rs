//! Days and moments in Japan. The mall, the carriers and the shop all live in JST (+09:00, no
//! summer time), so a moment here is seconds on that one clock. The only file that touches jiff.

use jiff::civil::{Date, DateTime, Time};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A calendar day in Japan.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Day(Date);

impl Day {
    /// A day that exists in the calendar, else `None`.
    pub fn new(year: i16, month: i8, day: i8) -> Option<Day> {
        Date::new(year, month, day).ok().map(Day)
    }

    /// From `YYYY-MM-DD`, the API's only date form.
    pub fn from_iso(text: &str) -> Option<Day> {
        let bytes = text.as_bytes();
        if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
            return None;
        }
        let number = |range: std::ops::Range<usize>| -> Option<i16> {
            let part = text.get(range)?;
            part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse().ok())?
        };
        Day::new(number(0..4)?, i8::try_from(number(5..7)?).ok()?, i8::try_from(number(8..10)?).ok()?)
    }

    pub fn year(self) -> i16 {
        self.0.year()
    }

    pub fn month(self) -> i8 {
        self.0.month()
    }

    pub fn day(self) -> i8 {
        self.0.day()
    }

    /// 0 = Sunday … 6 = Saturday.
    pub fn weekday(self) -> u8 {
        u8::try_from(self.0.weekday().to_sunday_zero_offset()).unwrap_or(0)
    }

    /// Moved by whole days; saturates at the calendar's ends.
    pub fn plus_days(self, days: i64) -> Day {
        Day(self.0.saturating_add(jiff::Span::new().days(days.clamp(-3_000_000, 3_000_000))))
    }

    /// Days from `earlier` to this day; negative if this day is the earlier one.
    pub fn days_since(self, earlier: Day) -> i64 {
        let seconds = Moment::at(self, 0, 0, 0).0 - Moment::at(earlier, 0, 0, 0).0;
        seconds / 86_400
    }
}

impl fmt::Display for Day {
    /// `YYYY-MM-DD`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.0.year(), self.0.month(), self.0.day())
    }
}

impl fmt::Debug for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl TryFrom<String> for Day {
    type Error = String;
    fn try_from(text: String) -> Result<Day, String> {
        Day::from_iso(&text).ok_or_else(|| format!("`{text}` is not a date of the form YYYY-MM-DD"))
    }
}

impl From<Day> for String {
    fn from(day: Day) -> String {
        day.to_string()
    }
}

/// A second on Japan's clock, counted from 1970-01-01T00:00:00 JST.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Moment(i64);

const JST_AHEAD_OF_UTC: i64 = 9 * 3600;

impl Moment {
    /// From seconds since the Unix epoch (UTC).
    pub fn from_unix(seconds: i64) -> Moment {
        Moment(seconds + JST_AHEAD_OF_UTC)
    }

    /// Seconds since the Unix epoch (UTC).
    pub fn unix(self) -> i64 {
        self.0 - JST_AHEAD_OF_UTC
    }

    /// A time of a day in Japan; hours past 23 run into the next days.
    pub fn at(day: Day, hour: i64, minute: i64, second: i64) -> Moment {
        let midnight = day.0.to_datetime(Time::midnight());
        let epoch = Date::constant(1970, 1, 1).to_datetime(Time::midnight());
        Moment(midnight.duration_since(epoch).as_secs() + hour * 3600 + minute * 60 + second)
    }

    pub fn day(self) -> Day {
        Day(self.civil().date())
    }

    pub fn hour(self) -> i8 {
        self.civil().hour()
    }

    pub fn minute(self) -> i8 {
        self.civil().minute()
    }

    pub fn second(self) -> i8 {
        self.civil().second()
    }

    /// Seconds since that day's midnight.
    pub fn second_of_day(self) -> i64 {
        self.0.rem_euclid(86_400)
    }

    pub fn plus_seconds(self, seconds: i64) -> Moment {
        Moment(self.0.saturating_add(seconds))
    }

    /// Seconds from `earlier` to this moment; negative if this one is earlier.
    pub fn seconds_since(self, earlier: Moment) -> i64 {
        self.0 - earlier.0
    }

    /// The API's only date-time form: `YYYY-MM-DDThh:mm:ss+0900`.
    pub fn to_api(self) -> String {
        format!("{}T{:02}:{:02}:{:02}+0900", self.day(), self.hour(), self.minute(), self.second())
    }

    /// From the API's form, or the same without a zone (the licence call; JST is meant).
    pub fn from_api(text: &str) -> Option<Moment> {
        let text = text.strip_suffix("+0900").unwrap_or(text);
        let (day, time) = text.split_once('T')?;
        let day = Day::from_iso(day)?;
        let bytes = time.as_bytes();
        if bytes.len() != 8 || bytes[2] != b':' || bytes[5] != b':' {
            return None;
        }
        let two = |range: std::ops::Range<usize>, most: i64| -> Option<i64> {
            let part = time.get(range)?;
            let value = part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse().ok())??;
            (value <= most).then_some(value)
        };
        Some(Moment::at(day, two(0..2, 23)?, two(3..5, 59)?, two(6..8, 59)?))
    }

    /// For file names and run ids: `YYYYMMDDThhmmss`.
    pub fn compact(self) -> String {
        let day = self.day();
        format!(
            "{:04}{:02}{:02}T{:02}{:02}{:02}",
            day.year(),
            day.month(),
            day.day(),
            self.hour(),
            self.minute(),
            self.second()
        )
    }

    /// For people: `YYYY-MM-DD hh:mm`.
    pub fn for_people(self) -> String {
        format!("{} {:02}:{:02}", self.day(), self.hour(), self.minute())
    }

    fn civil(self) -> DateTime {
        let epoch = Date::constant(1970, 1, 1).to_datetime(Time::midnight());
        epoch.saturating_add(jiff::SignedDuration::from_secs(self.0))
    }
}

impl fmt::Debug for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_api())
    }
}

impl TryFrom<String> for Moment {
    type Error = String;
    fn try_from(text: String) -> Result<Moment, String> {
        Moment::from_api(&text).ok_or_else(|| format!("`{text}` is not a time of the form YYYY-MM-DDThh:mm:ss+0900"))
    }
}

impl From<Moment> for String {
    fn from(moment: Moment) -> String {
        moment.to_api()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: Option<&str>) {
        assert_eq!(Moment::from_api(text).map(Moment::to_api).as_deref(), expect, "{text}");
    }

    #[test]
    fn only_the_apis_own_forms_are_moments() {
        check("2026-04-01T10:15:00+0900", Some("2026-04-01T10:15:00+0900"));
        check("2026-11-28T23:59:59", Some("2026-11-28T23:59:59+0900"));
        check("2026-04-01T10:15:00+09:00", None);
        check("2026-04-01T10:15:00Z", None);
        check("2026-02-29T00:00:00+0900", None);
        check("2026-04-01T24:00:00+0900", None);
    }

    #[test]
    fn days_count_across_month_and_leap_ends() {
        let day = Day::from_iso("2028-02-28").unwrap();
        assert_eq!(day.plus_days(1).to_string(), "2028-02-29");
        assert_eq!(day.plus_days(2).days_since(day), 2);
        assert_eq!(day.plus_days(-365).to_string(), "2027-02-28");
        assert_eq!(Day::from_iso("2026-12-06").unwrap().weekday(), 0);
    }

    #[test]
    fn the_unix_clock_is_nine_hours_behind() {
        assert_eq!(Moment::from_unix(0).to_api(), "1970-01-01T09:00:00+0900");
        assert_eq!(Moment::from_api("1970-01-01T09:00:00+0900").unwrap().unix(), 0);
    }
}
