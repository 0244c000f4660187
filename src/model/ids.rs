//! Names of things: orders, destinations, rows, runs. Each is checked once, on the way in.

use super::day::{Day, Moment};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// An RMS order number: `shop-yyyymmdd-serial`, half-width digits, three parts. The serial has 8 or
/// 10 digits today; other lengths are taken, since the mall has changed it before.
///
/// Copies share one text: a night holds each number in a dozen places.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OrderNumber(Arc<str>);

impl OrderNumber {
    /// The only way in: the exact text, nothing before or after it.
    pub fn parse(text: &str) -> Option<OrderNumber> {
        let mut parts = text.split('-');
        let (shop, day, serial) = (parts.next()?, parts.next()?, parts.next()?);
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        let fits = parts.next().is_none()
            && digits(shop)
            && (4..=10).contains(&shop.len())
            && digits(day)
            && day.len() == 8
            && digits(serial)
            && (6..=12).contains(&serial.len());
        fits.then(|| OrderNumber(Arc::from(text)))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The shop's own digits at the front (six so far).
    pub fn shop_digits(&self) -> &str {
        self.0.split('-').next().unwrap_or_default()
    }

    /// The serial part at the end.
    pub fn serial(&self) -> &str {
        self.0.rsplit('-').next().unwrap_or_default()
    }

    /// The day in the number (the day of purchase), if it is one.
    pub fn day(&self) -> Option<Day> {
        let part = self.0.split('-').nth(1)?;
        Day::new(part.get(0..4)?.parse().ok()?, part.get(4..6)?.parse().ok()?, part.get(6..8)?.parse().ok()?)
    }
}

impl fmt::Display for OrderNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl TryFrom<String> for OrderNumber {
    type Error = String;
    fn try_from(text: String) -> Result<OrderNumber, String> {
        OrderNumber::parse(&text).ok_or_else(|| format!("`{text}` is not an RMS order number"))
    }
}

impl From<OrderNumber> for String {
    fn from(number: OrderNumber) -> String {
        number.0.as_ref().to_owned()
    }
}

macro_rules! numeric_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl $name {
            /// Half-width digits only, 1 to 18 of them.
            pub fn parse(text: &str) -> Option<$name> {
                let digits = (1..=18).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
                digits.then(|| text.parse().ok().map($name))?
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

numeric_id!(
    /// 送付先ID: one destination of an order (`basketId`).
    BasketId
);
numeric_id!(
    /// 発送明細ID: one shipping row (`shippingDetailId`).
    RowId
);
numeric_id!(
    /// 商品明細ID: one item line (`itemDetailId`).
    ItemId
);
numeric_id!(
    /// サブステータスID.
    SubStatusId
);

/// The name of a shop's table in `denpyo.toml`: `[shop.NAME]`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ShopName(pub String);

impl fmt::Display for ShopName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// `YYYYMMDDThhmmss-xxxx` in JST, the last part four hexadecimal digits of chance.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RunId(String);

impl RunId {
    pub fn new(at: Moment, chance: u16) -> RunId {
        RunId(format!("{}-{chance:04x}", at.compact()))
    }

    /// Only the exact form, so that a run id can be a folder's name.
    pub fn parse(text: &str) -> Option<RunId> {
        let bytes = text.as_bytes();
        let fits = bytes.len() == 20
            && bytes.iter().enumerate().all(|(place, byte)| match place {
                8 => *byte == b'T',
                15 => *byte == b'-',
                16.. => byte.is_ascii_hexdigit(),
                _ => byte.is_ascii_digit(),
            });
        fits.then(|| RunId(text.to_owned()))
    }

    /// Whether this run began after another, or in the same second, within which runs have no order.
    pub fn follows(&self, other: &RunId) -> bool {
        let second = |run: &RunId| run.0.split('-').next().map(str::to_owned);
        self != other && second(self) >= second(other)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl TryFrom<String> for RunId {
    type Error = String;
    fn try_from(text: String) -> Result<RunId, String> {
        RunId::parse(&text).ok_or_else(|| format!("`{text}` is not a run id"))
    }
}

impl From<RunId> for String {
    fn from(run: RunId) -> String {
        run.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: bool) {
        assert_eq!(OrderNumber::parse(text).is_some(), expect, "{text}");
    }

    #[test]
    fn order_numbers_are_exact() {
        check("555001-20260401-0000000101", true);
        check("555001-20260401-00000101", true);
        check("555001-20260401-0000000101_1", false);
        check(" 555001-20260401-0000000101", false);
        check("555001-20260401", false);
        check("555001-2026041-0000000101", false);
        check("５55001-20260401-0000000101", false);
    }

    #[test]
    fn runs_of_one_second_follow_each_other() {
        let run = |text: &str| RunId::parse(text).unwrap();
        let one = run("20260401T101500-00ab");
        for (other, follows) in [
            ("20260401T101500-00aa", true),
            ("20260401T101500-00ac", true),
            ("20260401T101501-0000", true),
            ("20260401T101459-ffff", false),
            ("20260401T101500-00ab", false),
        ] {
            assert_eq!(run(other).follows(&one), follows, "{other}");
        }
    }

    #[test]
    fn run_ids_are_folder_names() {
        let run = RunId::new(Moment::from_api("2026-04-01T10:15:00+0900").unwrap(), 0xab);
        assert_eq!(run.as_str(), "20260401T101500-00ab");
        assert_eq!(RunId::parse(run.as_str()), Some(run));
        assert_eq!(RunId::parse("../../../../../etc/pw"), None);
    }
}
