//! Small readings of JSON as the order API reads it: numbers may be strings, rates are per cents.
//!
//! It knows JSON and nothing of orders. Rates are kept as whole per cents so that no yen ever passes
//! through a binary fraction.

use serde_json::{Map, Value, json};

pub type Object = Map<String, Value>;

/// An amount that is not fixed yet.
pub const OPEN: i64 = -9999;

/// A whole number, also when written as a string or as `3.0`.
pub fn as_int(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => {
            number.as_i64().or_else(|| number.to_string().strip_suffix(".0").and_then(|whole| whole.parse().ok()))
        }
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// A text, also when written as a number.
pub fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Not there in the sense of the API: `null`, `""` or an empty list.
pub fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        _ => false,
    }
}

/// A decimal such as `0.08` in units of 10 to the minus `places`; further digits are an error.
pub fn as_scaled(value: &Value, places: usize) -> Option<i64> {
    let text = as_text(value)?;
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > places || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let whole: i64 = whole.parse().ok()?;
    let scale = 10_i64.pow(places as u32);
    let fraction: i64 = if fraction.is_empty() { 0 } else { format!("{fraction:0<places$}").parse().ok()? };
    // The sign is looked for in the text, because `-0` has lost it.
    (!text.starts_with('-')).then_some(whole * scale + fraction)
}

/// A tax rate in per cent: `0.08` → 8.
pub fn as_percent(value: &Value) -> Option<i64> {
    as_scaled(value, 2)
}

/// The JSON form of a tax rate.
pub fn rate(percent: i64) -> Value {
    match percent {
        0 => json!(0.0),
        8 => json!(0.08),
        10 => json!(0.1),
        other => serde_json::from_str(&format!("0.{other:02}")).unwrap_or(Value::Null),
    }
}

/// The whole number under `key`, 0 where there is none.
pub fn int(map: &Object, key: &str) -> i64 {
    map.get(key).and_then(as_int).unwrap_or(0)
}

pub fn int_maybe(map: &Object, key: &str) -> Option<i64> {
    map.get(key).and_then(as_int)
}

/// The text under `key`, empty where there is none.
pub fn text(map: &Object, key: &str) -> String {
    map.get(key).and_then(as_text).unwrap_or_default()
}

/// The objects of the list under `key`.
pub fn objects<'a>(map: &'a Object, key: &str) -> impl Iterator<Item = &'a Object> + use<'a> {
    map.get(key).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object)
}

pub fn objects_mut<'a>(map: &'a mut Object, key: &str) -> impl Iterator<Item = &'a mut Object> + use<'a> {
    map.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten().filter_map(Value::as_object_mut)
}

/// Puts a value in the place where the key already stands, or at the end.
pub fn put(map: &mut Object, key: &str, value: impl Into<Value>) {
    map.insert(key.to_owned(), value.into());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: Value, expect: Option<i64>) {
        assert_eq!(as_percent(&value), expect, "{value}");
    }

    #[test]
    fn rates() {
        check(json!(0.1), Some(10));
        check(json!(0.08), Some(8));
        check(json!("0.10"), Some(10));
        check(json!(0), Some(0));
        check(json!(0.0), Some(0));
        check(json!(10), Some(1000));
        check(json!(0.085), None);
        check(json!("ten"), None);
        check(json!(-0.1), None);
        for percent in [0, 5, 8, 10] {
            check(rate(percent), Some(percent));
        }
    }

    #[test]
    fn numbers_as_strings() {
        assert_eq!(as_int(&json!("7")), Some(7));
        assert_eq!(as_int(&json!(7.0)), Some(7));
        assert_eq!(as_int(&json!("7x")), None);
        assert_eq!(as_int(&json!(7.5)), None);
    }
}
