//! Yen. The mall writes `-9999` for an amount that is not fixed yet; here that is not a number at
//! all, so nobody can add it up by accident.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::iter::Sum;
use std::ops::{Add, Neg, Sub};

/// Whole yen; the currency has no minor unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Yen(pub i64);

impl Yen {
    pub const ZERO: Yen = Yen(0);

    /// The amount of `units` pieces at this price.
    pub fn times(self, units: i64) -> Yen {
        Yen(self.0 * units)
    }
}

impl fmt::Display for Yen {
    /// With thousands separators and no currency sign: `-12,345`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.unsigned_abs().to_string();
        let mut out = String::with_capacity(digits.len() + digits.len() / 3 + 1);
        if self.0 < 0 {
            out.push('-');
        }
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                out.push(',');
            }
            out.push(digit);
        }
        f.pad(&out)
    }
}

impl Add for Yen {
    type Output = Yen;
    fn add(self, other: Yen) -> Yen {
        Yen(self.0 + other.0)
    }
}

impl Sub for Yen {
    type Output = Yen;
    fn sub(self, other: Yen) -> Yen {
        Yen(self.0 - other.0)
    }
}

impl Neg for Yen {
    type Output = Yen;
    fn neg(self) -> Yen {
        Yen(-self.0)
    }
}

impl Sum for Yen {
    fn sum<I: Iterator<Item = Yen>>(all: I) -> Yen {
        all.fold(Yen::ZERO, Add::add)
    }
}

/// What the API and the CSVs write for "not fixed yet".
pub const NOT_FIXED_YET: i64 = -9999;

/// An amount as RMS holds it: fixed, or still open (`-9999` on the wire).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Amount {
    Fixed(Yen),
    NotFixedYet,
}

impl Amount {
    /// The yen if fixed.
    pub fn fixed(self) -> Option<Yen> {
        match self {
            Amount::Fixed(yen) => Some(yen),
            Amount::NotFixedYet => None,
        }
    }

    /// From the wire's integer.
    pub fn from_wire(raw: i64) -> Amount {
        if raw == NOT_FIXED_YET { Amount::NotFixedYet } else { Amount::Fixed(Yen(raw)) }
    }

    /// The wire's integer.
    pub fn to_wire(self) -> i64 {
        match self {
            Amount::Fixed(Yen(yen)) => yen,
            Amount::NotFixedYet => NOT_FIXED_YET,
        }
    }
}

impl Default for Amount {
    fn default() -> Amount {
        Amount::Fixed(Yen::ZERO)
    }
}

/// A sum is open as soon as one term is.
impl Add for Amount {
    type Output = Amount;
    fn add(self, other: Amount) -> Amount {
        match (self, other) {
            (Amount::Fixed(a), Amount::Fixed(b)) => Amount::Fixed(a + b),
            (Amount::NotFixedYet, _) | (_, Amount::NotFixedYet) => Amount::NotFixedYet,
        }
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Amount::Fixed(yen) => yen.fmt(f),
            Amount::NotFixedYet => f.pad("未確定"),
        }
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_i64(self.to_wire())
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Amount, D::Error> {
        i64::deserialize(from).map(Amount::from_wire)
    }
}

/// A consumption-tax rate in thousandths, so that no float decides money: 10 % is `100`, 8 % is `80`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaxRate(pub u16);

impl TaxRate {
    pub const ZERO: TaxRate = TaxRate(0);
    pub const REDUCED: TaxRate = TaxRate(80);
    pub const STANDARD: TaxRate = TaxRate(100);
}

impl fmt::Display for TaxRate {
    /// As a percentage: `10%`, `8%`, `7.5%`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_multiple_of(10) {
            write!(f, "{}%", self.0 / 10)
        } else {
            write!(f, "{}.{}%", self.0 / 10, self.0 % 10)
        }
    }
}

impl Serialize for TaxRate {
    /// As the API writes it: `0.1`, `0.08`, `0`.
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        // The wire holds a JSON number; the float exists only on this line.
        to.serialize_f64(f64::from(self.0) / 1000.0)
    }
}

impl<'de> Deserialize<'de> for TaxRate {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<TaxRate, D::Error> {
        let raw = f64::deserialize(from)?;
        let thousandths = (raw * 1000.0).round();
        if (0.0..=1000.0).contains(&thousandths) {
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            Ok(TaxRate(thousandths as u16))
        } else {
            Err(serde::de::Error::custom(format!("`{raw}` is not a tax rate")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(yen: i64, shown: &str) {
        assert_eq!(Yen(yen).to_string(), shown);
    }

    #[test]
    fn yen_are_shown_with_separators() {
        check(0, "0");
        check(-12, "-12");
        check(999, "999");
        check(1_000, "1,000");
        check(-1_234_567, "-1,234,567");
    }

    #[test]
    fn an_open_amount_poisons_a_sum_and_survives_the_wire() {
        assert_eq!(Amount::Fixed(Yen(5)) + Amount::NotFixedYet, Amount::NotFixedYet);
        assert_eq!(serde_json::to_string(&Amount::NotFixedYet).unwrap(), "-9999");
        assert_eq!(serde_json::from_str::<Amount>("-9999").unwrap(), Amount::NotFixedYet);
    }

    #[test]
    fn rates_cross_the_wire_exactly() {
        for (rate, wire) in [(TaxRate::STANDARD, "0.1"), (TaxRate::REDUCED, "0.08"), (TaxRate::ZERO, "0.0")] {
            assert_eq!(serde_json::to_string(&rate).unwrap(), wire);
            assert_eq!(serde_json::from_str::<TaxRate>(wire).unwrap(), rate);
        }
    }
}
