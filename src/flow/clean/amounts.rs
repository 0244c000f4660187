//! Yen, counts and tax rates as people write them. No floating point: digits are read as digits.
//!
//! `-9999`, the mall's mark for an open amount, is not an amount here; a person who means it writes 未確定.

use super::{Bare, Cleaned, bare, is_scientific, without_zero_tail};
use crate::model::money::{Amount, TaxRate, Yen};
use crate::model::words::Why;
use crate::model::words::lifting as words;

/// More digits than any order of this mall has.
const YEN_DIGITS_MAX: usize = 9;

/// Units of one line; the mall takes up to five digits.
const UNIT_DIGITS_MAX: usize = 5;

/// Rates above this (in thousandths) are a slip: `0.8` for 8 %.
const RATE_MAX: u32 = 300;

/// Whether a cell holds one of the marks that mean "not fixed yet" in the mall's own CSVs.
pub fn is_open_mark(raw: &str) -> bool {
    matches!(&*bare(raw).text, "-9999" | "-99999")
}

/// A price or fee in yen; `None` if the cell is empty.
///
/// # Errors
/// A text that is no whole, non-negative amount.
pub fn yen(raw: &str) -> Result<Option<Cleaned<Yen>>, Why> {
    let Bare { text, notes } = bare(raw);
    if text.is_empty() {
        return Ok(None);
    }
    let value = || ("value", raw.trim().to_owned());
    if is_scientific(&text) {
        return Err(words::AMOUNT_FORM.with([value()]));
    }
    let body = text.trim_start_matches(['¥', '\\', '￥']).trim_end_matches('円').trim();
    if body.starts_with(['-', '△', '▲']) {
        let word = if is_open_mark(raw) { &words::AMOUNT_OPEN_MARK } else { &words::AMOUNT_NEGATIVE };
        return Err(word.with([value()]));
    }
    let body = without_zero_tail(body).unwrap_or(body);
    let digits = grouped(body).ok_or_else(|| words::AMOUNT_FORM.with([value()]))?;
    if digits.len() > YEN_DIGITS_MAX {
        return Err(words::AMOUNT_LARGE.with([value()]));
    }
    let amount = digits.parse().map_err(|_| words::AMOUNT_FORM.with([value()]))?;
    Ok(Some(Cleaned { value: Yen(amount), notes }))
}

/// Digits without their separators, if those stand where thousands end: `1,650`, not `1,65`.
fn grouped(text: &str) -> Option<String> {
    let parts: Vec<&str> = text.split(',').collect();
    let digits = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let sized = match parts.as_slice() {
        [_] => true,
        [first, rest @ ..] => first.len() <= 3 && rest.iter().all(|part| part.len() == 3),
        [] => false,
    };
    (sized && parts.iter().all(digits)).then(|| parts.concat())
}

/// A correction's amount: yen, or 未確定 for an amount that shall be open again.
///
/// # Errors
/// As [`yen`].
pub fn amount(raw: &str) -> Result<Option<Cleaned<Amount>>, Why> {
    if bare(raw).text == "未確定" {
        return Ok(Some(Cleaned { value: Amount::NotFixedYet, notes: Vec::new() }));
    }
    Ok(yen(raw)?.map(|cleaned| cleaned.map(Amount::Fixed)))
}

/// A count of pieces, 0 up; `None` if the cell is empty.
///
/// # Errors
/// A text that is no whole, non-negative number of at most five digits.
pub fn units(raw: &str) -> Result<Option<Cleaned<i64>>, Why> {
    let Bare { text, notes } = bare(raw);
    if text.is_empty() {
        return Ok(None);
    }
    let fault = || words::UNITS_FORM.with([("value", raw.trim().to_owned())]);
    let body = text.trim_end_matches(['個', '点', 'コ', 'ヶ']).trim();
    let body = without_zero_tail(body).unwrap_or(body);
    let digits = grouped(body).filter(|digits| digits.len() <= UNIT_DIGITS_MAX).ok_or_else(fault)?;
    let count = digits.parse().map_err(|_| fault())?;
    Ok(Some(Cleaned { value: count, notes }))
}

/// A tax rate written as a fraction (`0.1`), a number of per cent (`10`) or with its sign (`10%`).
///
/// # Errors
/// Anything else, and a rate no law has had (`0.8`, `1`).
pub fn rate(raw: &str) -> Result<Option<Cleaned<TaxRate>>, Why> {
    let Bare { text, notes } = bare(raw);
    if text.is_empty() {
        return Ok(None);
    }
    let fault = || words::RATE_FORM.with([("value", raw.trim().to_owned())]);
    let (body, signed) = match text.strip_suffix(['%', '％']) {
        Some(body) => (body.trim(), true),
        None => (&*text, false),
    };
    let (whole, part) = body.split_once('.').unwrap_or((body, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || whole.len() > 3 || part.len() > 6 || !digits(whole) || !digits(part) {
        return Err(fault());
    }
    // Millionths of the number as written, so that `0.08` and `7.5` are both whole.
    let millionths = format!("{whole}{part:0<6}").parse::<u32>().map_err(|_| fault())?;
    let fraction = !signed && millionths < 1_000_000;
    let per_thousand = if fraction { 1_000 } else { 100_000 };
    if !millionths.is_multiple_of(per_thousand) || (!signed && millionths == 1_000_000) {
        return Err(fault());
    }
    let thousandths = millionths / per_thousand;
    if thousandths > RATE_MAX {
        return Err(fault());
    }
    let rate = u16::try_from(thousandths).map_err(|_| fault())?;
    Ok(Some(Cleaned { value: TaxRate(rate), notes }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(raw: &str, expect: &str) {
        let found = match amount(raw) {
            Ok(Some(cleaned)) => cleaned.value.to_string(),
            Ok(None) => String::new(),
            Err(why) => why.code().to_owned(),
        };
        assert_eq!(found, expect, "{raw}");
    }

    #[test]
    fn yen_are_read_as_people_write_them() {
        check("1650", "1,650");
        check("1,650", "1,650");
        check("￥1,650", "1,650");
        check("¥1650", "1,650");
        check("１，６５０円", "1,650");
        check("1650.0", "1,650");
        check("0", "0");
        check("", "");
        check("未確定", "未確定");
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        check("1,65", "amount-form");
        check("16.5", "amount-form");
        check("無料", "amount-form");
        check("1.65E+03", "amount-form");
        check("-500", "amount-negative");
        check("▲500", "amount-negative");
        check("-9999", "amount-open-mark");
        check("12345678901", "amount-large");
    }

    #[test]
    fn counts_are_whole() {
        for (raw, expect) in [("2", Some(2)), ("２個", Some(2)), ("2.0", Some(2)), ("0", Some(0)), ("", None)] {
            assert_eq!(units(raw).unwrap().map(|count| count.value), expect, "{raw}");
        }
        for raw in ["-1", "1.5", "二", "123456"] {
            assert_eq!(units(raw).unwrap_err().code(), "units-form", "{raw}");
        }
    }

    #[test]
    fn rates_are_taken_in_three_notations() {
        for (raw, expect) in
            [("0.1", 100), ("10", 100), ("10%", 100), ("１０％", 100), ("0.08", 80), ("8", 80), ("0", 0), ("7.5%", 75)]
        {
            assert_eq!(rate(raw).unwrap().unwrap().value, TaxRate(expect), "{raw}");
        }
        for raw in ["0.8", "1", "80", "軽減", "0.1%%", "."] {
            assert_eq!(rate(raw).unwrap_err().code(), "rate-form", "{raw}");
        }
        assert!(rate("").unwrap().is_none());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        /// What the house itself shows is read back, with or without signs.
        #[test]
        fn shown_yen_come_back(raw in 0i64..1_000_000_000) {
            for written in [Yen(raw).to_string(), format!("￥{}", Yen(raw)), format!("{raw}円")] {
                prop_assert_eq!(yen(&written).unwrap().unwrap().value, Yen(raw));
            }
        }

        #[test]
        fn anything_at_all_gives_a_value_or_a_reason(raw in ".{0,20}") {
            let _ = (amount(&raw), units(&raw), rate(&raw));
        }
    }
}
