//! Tracking numbers: cleaned, measured and checked as their carrier makes them.
//!
//! A number whose check digit is wrong is refused, said, or let through, as the layout sets. One of another
//! length is refused always: no carrier has ranges of other lengths. So are digits that a spreadsheet has
//! thrown away, because nothing can bring them back.

use super::{Cleaned, bare, is_scientific, unwrap, without_zero_tail};
use crate::model::carrier::Carrier;
use crate::model::layout::NumberCheck;
use crate::model::shipment::{TRACKING_CHARS_MAX, TrackingNumber};
use crate::model::words::Why;
use crate::model::words::lifting as words;

/// How the last digit of a number is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digit {
    /// The last digit is the rest of the digits before it, as one number, divided by 7.
    Mod7,
    /// Two letters, nine digits, two letters; the ninth digit by the postal union's S10.
    S10,
    None,
}

/// One kind of number a carrier hands out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Characters.
    pub length: usize,
    pub digit: Digit,
}

/// What a good number looks like, and what happens to one that does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Any of these will do; empty = anything that can be sent.
    pub shapes: Vec<Shape>,
    /// What becomes of a wrong check digit.
    pub check: NumberCheck,
    /// Nothing is held against a number: a wrong one may be just what is to be deleted.
    pub lenient: bool,
    /// 13 digits are a number of 11 and a parcel counter, 15 the same as scanned, or padded with zeros.
    pub parcel_counter: bool,
}

const fn mod7(length: usize) -> Shape {
    Shape { length, digit: Digit::Mod7 }
}

const S10: Shape = Shape { length: 13, digit: Digit::S10 };

/// Zeros that a spreadsheet can have dropped; more missing digits are something else.
const LOST_ZEROS_MAX: usize = 3;

impl Rule {
    /// The rule of a carrier whose numbers are known; the check is `hold` only where a check digit is certain.
    pub fn of_carrier(carrier: &Carrier) -> Rule {
        use NumberCheck::{Hold, Off};
        let (shapes, check) = match carrier.code() {
            "1001" | "1002" => (vec![mod7(12)], Hold),
            // ゆうパック and レターパック, 書留, international mail.
            "1003" => (vec![mod7(12), mod7(11), S10], Hold),
            "1004" => (vec![Shape { length: 10, digit: Digit::None }], Off),
            "1006" => (vec![mod7(11)], Off),
            "1017" => (vec![S10], Off),
            "1030" => (vec![mod7(12)], Off),
            _ => (Vec::new(), Off),
        };
        Rule { shapes, check, lenient: false, parcel_counter: carrier.code() == "1006" }
    }

    /// A layout's rule for a row: its own lengths and digit, or the carrier's. The layout's check counts,
    /// but where only the carrier is known a `hold` never goes beyond what is certain for that carrier.
    pub fn of_layout(check: NumberCheck, check_digit: &str, lengths: &[usize], carrier: &Carrier) -> Rule {
        let own = Rule::of_carrier(carrier);
        let digit = match check_digit {
            "mod7" | "mod7-of-11" => Digit::Mod7,
            "s10" => Digit::S10,
            "none" => Digit::None,
            _ => {
                let shapes = if lengths.is_empty() {
                    own.shapes
                } else {
                    let digit_of =
                        |length| own.shapes.iter().find(|s| s.length == length).map_or(Digit::None, |s| s.digit);
                    lengths.iter().map(|&length| Shape { length, digit: digit_of(length) }).collect()
                };
                let check = match (check, own.check) {
                    (NumberCheck::Hold, certain) => certain,
                    (set, _) => set,
                };
                return Rule { shapes, check, ..own };
            }
        };
        let lengths = match (lengths, check_digit) {
            ([], "mod7") => &[12][..],
            ([], "mod7-of-11") => &[11][..],
            ([], "s10") => &[13][..],
            (given, _) => given,
        };
        let shapes = lengths.iter().map(|&length| Shape { length, digit }).collect();
        Rule { shapes, check, parcel_counter: own.parcel_counter || check_digit == "mod7-of-11", ..own }
    }

    fn fits(&self, text: &str) -> bool {
        self.shapes.iter().any(|shape| shape.fits(text))
    }

    fn has_length(&self, length: usize) -> bool {
        self.shapes.iter().any(|shape| shape.length == length)
    }

    /// All digits: letters in such a number are a mistake.
    fn digits_only(&self) -> bool {
        !self.shapes.is_empty() && self.shapes.iter().all(|shape| shape.digit != Digit::S10)
    }

    fn lengths(&self) -> String {
        self.shapes.iter().map(|shape| shape.length.to_string()).collect::<Vec<_>>().join(" / ")
    }
}

impl Shape {
    fn fits(self, text: &str) -> bool {
        text.len() == self.length
            && match self.digit {
                Digit::Mod7 => mod7_holds(text),
                Digit::S10 => s10_holds(text),
                Digit::None => text.bytes().all(|b| b.is_ascii_digit()),
            }
    }
}

/// Whether the last digit is the remainder of the ones before it. Folded digit by digit, so that any
/// length will do without overflow.
pub fn mod7_holds(text: &str) -> bool {
    let Some((last, body)) = text.as_bytes().split_last() else { return false };
    let digits = text.len() >= 2 && text.bytes().all(|b| b.is_ascii_digit());
    digits && body.iter().fold(0, |rest, b| (rest * 10 + u32::from(b - b'0')) % 7) == u32::from(last - b'0')
}

/// Two letters, eight digits, the check digit, two letters, by the postal union's S10.
pub fn s10_holds(text: &str) -> bool {
    const WEIGHTS: [u32; 8] = [8, 6, 4, 2, 3, 5, 9, 7];
    let bytes = text.as_bytes();
    let letters = |part: &[u8]| part.iter().all(u8::is_ascii_uppercase);
    let [a, b, digits @ .., y, z] = bytes else { return false };
    if digits.len() != 9 || !letters(&[*a, *b, *y, *z]) || !digits.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let sum: u32 = WEIGHTS.iter().zip(digits).map(|(weight, digit)| weight * u32::from(digit - b'0')).sum();
    let expect = match 11 - sum % 11 {
        10 => 0,
        11 => 5,
        other => other,
    };
    u32::from(digits[8] - b'0') == expect
}

/// The numbers of one cell; none if it is empty.
///
/// # Errors
/// A number that is damaged, that cannot be sent, or that fails a check that holds; several numbers
/// where `several` does not allow them.
pub fn numbers(raw: &str, rule: &Rule, several: bool) -> Result<Vec<Cleaned<TrackingNumber>>, Why> {
    // Nearly every cell is just a good number; nothing below would change it.
    if raw.bytes().all(|b| b.is_ascii_digit()) && rule.fits(raw) && raw.bytes().any(|b| b != b'0') {
        let number = TrackingNumber::parse(raw).ok_or_else(|| words::NUMBER_SHAPE.with([("value", raw.to_owned())]))?;
        return Ok(vec![Cleaned { value: number, notes: Vec::new() }]);
    }
    if bare(raw).text.is_empty() {
        return Ok(Vec::new());
    }
    let parts = parts(raw, rule);
    if parts.len() > 1 && !several {
        return Err(words::NUMBER_SEVERAL.with([("value", one_line(raw)), ("count", parts.len().to_string())]));
    }
    let mut out: Vec<Cleaned<TrackingNumber>> = Vec::with_capacity(parts.len());
    for part in parts {
        let number = one(&part, rule)?;
        // The same number twice in a cell is one parcel.
        if !out.iter().any(|known| known.value == number.value) {
            out.push(number);
        }
    }
    Ok(out)
}

fn one_line(raw: &str) -> String {
    raw.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The cell's numbers as written. A comma, semicolon, slash or line break divides; a blank only where
/// both sides could be numbers of their own, since 4-4-4 with blanks is one number.
fn parts(raw: &str, rule: &Rule) -> Vec<String> {
    let whole = unwrap(raw);
    let mut out = Vec::new();
    for part in whole.split([',', ';', '/', '\n', '\r', '、', '，', '；', '／']) {
        let pieces: Vec<&str> = part.split_whitespace().collect();
        let digits = |text: &str| text.chars().filter(|c| c.is_ascii_digit() || ('０'..='９').contains(c)).count();
        let stands_alone = |piece: &&str| {
            let count = digits(piece);
            if rule.shapes.is_empty() { count >= 8 } else { rule.has_length(count) }
        };
        if pieces.len() > 1 && pieces.iter().all(stands_alone) {
            out.extend(pieces.into_iter().map(str::to_owned));
        } else if !pieces.is_empty() {
            out.push(pieces.join(" "));
        }
    }
    out
}

fn one(raw: &str, rule: &Rule) -> Result<Cleaned<TrackingNumber>, Why> {
    let bare = bare(raw);
    let mut notes = bare.notes;
    let mut text = bare.text.into_owned();
    let value = || ("value", raw.to_owned());
    if is_scientific(&text) {
        return Err(words::NUMBER_SCIENTIFIC.with([value()]));
    }
    if let Some(whole) = without_zero_tail(&text).map(str::to_owned) {
        if !rule.fits(&whole) {
            return Err(words::NUMBER_FLOAT.with([value()]));
        }
        notes.push(words::NUMBER_TAIL_CUT.with([value(), ("taken", whole.clone())]));
        text = whole;
    }
    text = without_marks(&text);
    if text.len() > 3 && text.starts_with("UMN") {
        return Err(words::NUMBER_UNISSUED.with([value()]));
    }
    if rule.parcel_counter
        && let Some(core) = without_counter(&text)
    {
        notes.push(words::NUMBER_COUNTER_CUT.with([value(), ("taken", core.to_owned())]));
        text = core.to_owned();
    }
    if let Some(padded) = with_lost_zeros(&text, rule) {
        notes.push(words::NUMBER_ZEROS_ADDED.with([value(), ("taken", padded.clone())]));
        text = padded;
    }
    if !text.is_empty() && text.bytes().all(|b| b == b'0') {
        return Err(words::NUMBER_PLACEHOLDER.with([value()]));
    }
    if text.chars().count() > TRACKING_CHARS_MAX {
        return Err(words::NUMBER_LONG.with([value(), ("limit", TRACKING_CHARS_MAX.to_string())]));
    }
    let Some(number) = TrackingNumber::parse(&text) else {
        return Err(words::NUMBER_SHAPE.with([value()]));
    };
    if let Some(fault) = fault(number.as_str(), raw, rule)
        && !rule.lenient
    {
        let digit = *fault.word == words::NUMBER_DIGIT;
        match rule.check {
            NumberCheck::Warn if digit => notes.push(fault),
            NumberCheck::Off if digit => {}
            NumberCheck::Hold | NumberCheck::Warn | NumberCheck::Off => return Err(fault),
        }
    }
    Ok(Cleaned { value: number, notes })
}

/// Hyphens and blanks are for the eye: they go if only digits (or letters, digits, letters) remain.
fn without_marks(text: &str) -> String {
    let mark = |c: char| {
        c.is_whitespace()
            || matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{30fc}' | '\u{ff70}' | '\u{2500}')
    };
    let core: String = text.chars().filter(|c| !mark(*c)).map(|c| c.to_ascii_uppercase()).collect();
    let digits = !core.is_empty() && core.bytes().all(|b| b.is_ascii_digit());
    let framed = core.len() == 13 && core.is_ascii() && {
        let (front, rest) = core.as_bytes().split_at(2);
        let (middle, back) = rest.split_at(9);
        front.iter().chain(back).all(u8::is_ascii_uppercase) && middle.iter().all(u8::is_ascii_digit)
    };
    let scanned = core.len() == 15
        && core.starts_with('A')
        && core.ends_with('A')
        && core.bytes().filter(u8::is_ascii_digit).count() == 13;
    if digits || framed || scanned || core.starts_with("UMN") { core } else { text.to_owned() }
}

/// The 11 digits of a number that carries a two-digit parcel counter, or that was padded to 15.
fn without_counter(text: &str) -> Option<&str> {
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    match text.len() {
        13 if digits(text) => text.get(..11),
        15 => match text.strip_prefix('A').and_then(|rest| rest.strip_suffix('A')) {
            Some(inner) if digits(inner) => inner.get(..11),
            _ if digits(text) && text.starts_with("0000") => text.get(4..),
            _ => None,
        },
        _ => None,
    }
}

/// With leading zeros put back, where length and check digit then fit; `None` if nothing is missing, nothing
/// fits, or it is not certain. A zero in front does not change a remainder, so a number that fits one length
/// fits every longer one; and where the check digit is not looked at, it proves nothing.
fn with_lost_zeros(text: &str, rule: &Rule) -> Option<String> {
    if text.is_empty() || rule.has_length(text.len()) || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    if rule.check == NumberCheck::Off {
        return None;
    }
    let longer = |shape: &&Shape| shape.length > text.len() && shape.length - text.len() <= LOST_ZEROS_MAX;
    let mut shapes = rule.shapes.iter().filter(|shape| shape.digit == Digit::Mod7).filter(longer);
    let (Some(shape), None) = (shapes.next(), shapes.next()) else { return None };
    Some(format!("{text:0>width$}", width = shape.length)).filter(|padded| rule.fits(padded))
}

fn fault(text: &str, raw: &str, rule: &Rule) -> Option<Why> {
    let value = || ("value", raw.to_owned());
    if rule.shapes.is_empty() || rule.fits(text) {
        return None;
    }
    if rule.digits_only() && !text.bytes().all(|b| b.is_ascii_digit()) {
        return Some(words::NUMBER_LETTERS.with([value()]));
    }
    if !rule.has_length(text.len()) {
        return Some(words::NUMBER_LENGTH.with([
            value(),
            ("found", text.len().to_string()),
            ("expected", rule.lengths()),
        ]));
    }
    Some(words::NUMBER_DIGIT.with([value()]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rule(carrier: &str) -> Rule {
        Rule::of_carrier(&Carrier::from_code(carrier).unwrap())
    }

    /// A cell of this carrier gives this number, or fails with this code.
    fn check(carrier: &str, raw: &str, expect: &str) {
        let found = match numbers(raw, &rule(carrier), false) {
            Ok(all) => all.iter().map(|one| one.value.to_string()).collect::<Vec<_>>().join("+"),
            Err(why) => why.code().to_owned(),
        };
        assert_eq!(found, expect, "{carrier} {raw}");
    }

    #[test]
    fn numbers_are_cleaned() {
        check("1001", "123456789013", "123456789013");
        check("1001", "1234-5678-9013", "123456789013");
        check("1001", "１２３４－５６７８－９０１３", "123456789013");
        check("1001", "1234 5678 9013", "123456789013");
        check("1001", "1234ー5678‐9013", "123456789013");
        check("1001", "=\"123456789013\"", "123456789013");
        check("1001", "'123456789013", "123456789013");
        check("1001", "", "");
        check("1001", "　", "");
        check("1001", "nan", "");
        check("1003", "RR 123456785 JP", "RR123456785JP");
        check("1000", "AB-123", "AB-123");
    }

    #[test]
    fn numbers_are_checked() {
        check("1001", "123456789014", "number-digit");
        check("1002", "123456789018", "number-digit");
        check("1001", "12345678901", "number-length");
        check("1001", "1234567890133", "number-length");
        check("1001", "12345678901A", "number-letters");
        check("1001", "UMN1234567890", "number-unissued");
        check("1001", "000000000000", "number-placeholder");
        check("1003", "RR123456784JP", "number-digit");
        check("1004", "123", "number-length");
        check("1004", "1234567890", "1234567890");
        check("1004", "123456789", "number-length");
        check("1004", "123456789013", "number-length");
        check("1006", "999999999999", "number-length");
        check("1006", "12345678909", "12345678909");
        check("1004", "12345678-A", "number-letters");
        check("1000", "123", "123");
        check("1000", "伝票", "number-shape");
    }

    #[test]
    fn digits_that_are_gone_are_refused_and_zeros_come_back_only_if_they_fit() {
        check("1001", "1.23457E+11", "number-scientific");
        check("1000", "1.23457E+11", "number-scientific");
        check("1001", "123456789013.0", "123456789013");
        check("1001", "123456789014.0", "number-float");
        check("1000", "123456789013.0", "number-float");
        check("1001", "12345678903", "012345678903");
        check("1001", "12345678904", "number-length");
        check("1001", "4", "number-length");
        // Ten digits could be eleven or twelve; eleven are a kind of their own.
        check("1003", "1234567891", "number-length");
        check("1003", "12345678903", "12345678903");
        // Where the check digit is not looked at it proves nothing.
        check("1006", "1234567891", "number-length");
        let notes = &numbers("12345678903", &rule("1001"), false).unwrap()[0].notes;
        assert_eq!(notes.iter().map(Why::code).collect::<Vec<_>>(), ["number-zeros-added"]);
    }

    #[test]
    fn several_numbers_need_leave() {
        check("1001", "123456789013,123456789024", "number-several");
        check("1001", "123456789013 123456789024", "number-several");
        let split = numbers("123456789013\n123456789024、123456789013", &rule("1001"), true).unwrap();
        assert_eq!(split.iter().map(|n| n.value.as_str()).collect::<Vec<_>>(), ["123456789013", "123456789024"]);
    }

    #[test]
    fn fukuyama_numbers_lose_their_counter() {
        check("1006", "12345678903", "12345678903");
        check("1006", "1234567890301", "12345678903");
        check("1006", "1234567890901", "12345678909");
        check("1006", "A1234567890301A", "12345678903");
        check("1006", "000012345678903", "12345678903");
    }

    #[test]
    fn a_check_can_warn_or_be_off() {
        let warn = Rule { check: NumberCheck::Warn, ..rule("1001") };
        let cleaned = &numbers("123456789014", &warn, false).unwrap()[0];
        assert_eq!((cleaned.value.as_str(), cleaned.notes[0].code()), ("123456789014", "number-digit"));
        let off = Rule { check: NumberCheck::Off, ..rule("1001") };
        assert!(numbers("123456789014", &off, false).unwrap()[0].notes.is_empty());
        // Only the check digit: another length is another thing.
        for rule in [warn, off.clone()] {
            assert_eq!(numbers("12345678901", &rule, false).unwrap_err().code(), "number-length");
        }
        let lenient = Rule { lenient: true, ..rule("1001") };
        assert_eq!(numbers("123", &lenient, false).unwrap()[0].value.as_str(), "123");
        assert_eq!(numbers("123456789014", &lenient, false).unwrap()[0].value.as_str(), "123456789014");
    }

    #[test]
    fn a_layout_sets_its_own_rule_or_leaves_it_to_the_carrier() {
        let yamato = Carrier::from_code("1001").unwrap();
        let seino = Carrier::from_code("1004").unwrap();
        assert_eq!(Rule::of_layout(NumberCheck::Hold, "by-carrier", &[], &yamato), rule("1001"));
        assert_eq!(Rule::of_layout(NumberCheck::Hold, "by-carrier", &[], &seino).check, NumberCheck::Off);
        assert_eq!(Rule::of_layout(NumberCheck::Warn, "mod7", &[], &seino).shapes, [mod7(12)]);
        assert_eq!(Rule::of_layout(NumberCheck::Off, "by-carrier", &[], &yamato).check, NumberCheck::Off);
    }

    /// The remainder by plain arithmetic on one integer.
    fn mod7_slow(text: &str) -> bool {
        let value: u64 = text.parse().unwrap();
        (value / 10) % 7 == value % 10
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn mod7_agrees_with_its_slow_twin(text in "[0-9]{2,18}") {
            prop_assert_eq!(mod7_holds(&text), mod7_slow(&text));
        }

        #[test]
        fn exactly_one_last_digit_passes(body in "[A-Z]{2}[0-9]{8}") {
            let passes = (0..10).filter(|digit| s10_holds(&format!("{body}{digit}JP"))).count();
            prop_assert_eq!(passes, 1);
        }

        #[test]
        fn hyphens_blanks_and_width_never_change_a_number(body in 0u64..100_000_000_000, style in 0usize..4) {
            let digits = format!("{body:011}{}", body % 7);
            prop_assume!(body > 0);
            let (a, b, c) = (&digits[..4], &digits[4..8], &digits[8..]);
            let written = match style {
                0 => format!("{a}-{b}-{c}"),
                1 => format!(" {a} {b} {c}　"),
                2 => digits.chars().map(|d| char::from_u32(u32::from(d) + 0xfee0).unwrap()).collect(),
                _ => format!("=\"{digits}\""),
            };
            let found = numbers(&written, &rule("1001"), false).unwrap();
            prop_assert_eq!(found[0].value.as_str(), digits.as_str());
        }

        #[test]
        fn anything_at_all_gives_a_number_or_a_reason(raw in ".{0,40}") {
            let _ = numbers(&raw, &rule("1003"), true);
        }
    }
}
