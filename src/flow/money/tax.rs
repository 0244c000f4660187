//! Consumption tax of a price: with tax, without tax, and from one to the other where that is certain.
//! It knows rates and the shop's rounding, no orders. All arithmetic is in whole yen; no float takes part.

use crate::model::money::{TaxRate, Yen};
use crate::model::pipeline::{TaxMode, TaxRounding};

/// `amount` × `numerator` ÷ `denominator`, rounded as told. Amounts below zero are rounded by their size.
pub fn share(amount: i64, numerator: i64, denominator: i64, rounding: TaxRounding) -> i64 {
    let denominator = i128::from(denominator.max(1));
    let product = i128::from(amount) * i128::from(numerator);
    let (size, sign) = (product.abs(), product.signum());
    let rounded = match rounding {
        TaxRounding::Down => size / denominator,
        TaxRounding::HalfUp => (2 * size + denominator) / (2 * denominator),
        TaxRounding::Up => (size + denominator - 1) / denominator,
    };
    i64::try_from(rounded * sign).unwrap_or(i64::MAX)
}

/// The roundings that are possible: the shop's own, or all three if it set none.
pub fn roundings(set: Option<TaxRounding>) -> &'static [TaxRounding] {
    match set {
        Some(TaxRounding::Down) => &[TaxRounding::Down],
        Some(TaxRounding::HalfUp) => &[TaxRounding::HalfUp],
        Some(TaxRounding::Up) => &[TaxRounding::Up],
        None => &[TaxRounding::Down, TaxRounding::HalfUp, TaxRounding::Up],
    }
}

/// The tax on top of a price without tax.
pub fn on_top(price: Yen, rate: TaxRate, rounding: TaxRounding) -> Yen {
    Yen(share(price.0, i64::from(rate.0), 1000, rounding))
}

/// The tax contained in an amount with tax.
pub fn contained(amount: Yen, rate: TaxRate, rounding: TaxRounding) -> Yen {
    Yen(share(amount.0, i64::from(rate.0), 1000 + i64::from(rate.0), rounding))
}

/// A price without tax → with tax.
pub fn with_tax(price: Yen, rate: TaxRate, rounding: TaxRounding) -> Yen {
    price + on_top(price, rate, rounding)
}

/// A price with tax → the one price without tax that gives it under this rounding; `None` if no whole
/// yen does. There is never more than one, since a step of one yen moves the result by at least one.
pub fn without_tax(price: Yen, rate: TaxRate, rounding: TaxRounding) -> Option<Yen> {
    let near = share(price.0, 1000, 1000 + i64::from(rate.0), TaxRounding::Down);
    (near - 1..=near + 1).map(Yen).find(|candidate| with_tax(*candidate, rate, rounding) == price)
}

/// A price from one tax mode into the other. `Err` holds what the possible roundings would give (none,
/// or several different ones): then it is not this program's to choose.
///
/// # Errors
/// When the roundings that are possible for the shop do not lead to one and the same whole yen.
pub fn convert(
    price: Yen,
    rate: TaxRate,
    from: TaxMode,
    to: TaxMode,
    set: Option<TaxRounding>,
) -> Result<Yen, Vec<Yen>> {
    let mut found: Vec<Yen> = Vec::new();
    let mut missing = false;
    for rounding in roundings(set) {
        let one = match (from, to) {
            (TaxMode::Included, TaxMode::Included) | (TaxMode::Excluded, TaxMode::Excluded) => Some(price),
            (TaxMode::Excluded, TaxMode::Included) => Some(with_tax(price, rate, *rounding)),
            (TaxMode::Included, TaxMode::Excluded) => without_tax(price, rate, *rounding),
        };
        match one {
            Some(yen) if !found.contains(&yen) => found.push(yen),
            Some(_) => {}
            None => missing = true,
        }
    }
    match (found.as_slice(), missing) {
        ([one], false) => Ok(*one),
        _ => Err(found),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use TaxMode::{Excluded, Included};
    use proptest::prelude::*;

    fn check(price: i64, rate: u16, from: TaxMode, set: Option<TaxRounding>, expect: Result<i64, &[i64]>) {
        let to = if from == Included { Excluded } else { Included };
        let got = convert(Yen(price), TaxRate(rate), from, to, set);
        let expect = expect.map(Yen).map_err(|list| list.iter().map(|yen| Yen(*yen)).collect::<Vec<_>>());
        assert_eq!(got, expect, "{price} at {rate} from {from:?} rounded {set:?}");
    }

    #[test]
    fn a_price_is_converted_only_where_it_is_certain() {
        check(1650, 100, Included, None, Ok(1500));
        check(1500, 100, Excluded, None, Ok(1650));
        check(99, 80, Excluded, Some(TaxRounding::Down), Ok(106));
        check(99, 80, Excluded, Some(TaxRounding::HalfUp), Ok(107));
        check(99, 80, Excluded, None, Err(&[106, 107]));
        check(106, 80, Included, Some(TaxRounding::Down), Ok(99));
        check(107, 80, Included, Some(TaxRounding::Down), Err(&[]));
        check(107, 80, Included, Some(TaxRounding::Up), Ok(99));
        check(0, 100, Included, None, Ok(0));
        check(777, 0, Included, None, Ok(777));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        /// Against a search over every candidate, and against fractions compared by cross-multiplication.
        #[test]
        fn the_slow_twin_agrees(price in 0i64..3000, rate in prop::sample::select(vec![0u16, 80, 100]), mode in 0usize..3) {
            let rounding = roundings(None)[mode];
            let exact = price * (1000 + i64::from(rate));
            let got = with_tax(Yen(price), TaxRate(rate), rounding).0;
            let fits = match rounding {
                TaxRounding::Down => got * 1000 <= exact && exact < (got + 1) * 1000,
                TaxRounding::Up => (got - 1) * 1000 < exact && exact <= got * 1000,
                TaxRounding::HalfUp => (2 * got - 1) * 1000 <= 2 * exact && 2 * exact < (2 * got + 1) * 1000,
            };
            prop_assert!(fits, "{price} → {got}");
            let all: Vec<i64> = (0..=price).filter(|one| with_tax(Yen(*one), TaxRate(rate), rounding).0 == price).collect();
            prop_assert!(all.len() <= 1);
            prop_assert_eq!(without_tax(Yen(price), TaxRate(rate), rounding).map(|yen| yen.0), all.first().copied());
        }
    }
}
