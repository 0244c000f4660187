//! The shop file: whose shop is pretended, its keys, its orders, its sub-statuses.
//!
//! Reading only; orders are completed when the world is set up, because defaults depend on the clock.

use serde_json::Value;

use super::clock::{DAY, Moment, SECOND, parse_date};
use super::value::{Object, as_text};

/// A pretended shop as its file describes it.
#[derive(Clone, Debug)]
pub struct Shop {
    pub(super) service_secret: String,
    pub(super) license_key: String,
    /// End of the key's life; 90 days after the clock's start when the file is silent.
    pub(super) license_expiry: Option<Moment>,
    /// Before this moment the key is not yet known to the gateway.
    pub(super) license_live_from: Option<Moment>,
    pub(super) orders: Vec<Object>,
    pub(super) sub_statuses: Vec<Value>,
    pub(super) delivery_names: Vec<String>,
    pub(super) payments: Object,
    pub(super) clock: Option<Moment>,
}

impl Shop {
    /// Reads a shop file. Only `service_secret` and `license_key` are needed; the error names the first fault found.
    pub fn from_json(text: &str) -> Result<Shop, String> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let value: Value = serde_json::from_str(text).map_err(|error| format!("the shop file is not JSON: {error}"))?;
        let Value::Object(mut file) = value else {
            return Err("the shop file must hold one JSON object".into());
        };
        let moment = |file: &Object, key: &str| match file.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => as_text(value)
                .as_deref()
                .and_then(|text| moment_of(text, key))
                .map(Some)
                .ok_or_else(|| format!("`{key}` must look like 2026-04-01T09:00:00+0900, found `{value}`")),
        };
        let needed = |file: &Object, key: &str| {
            file.get(key)
                .and_then(as_text)
                .filter(|text| !text.is_empty())
                .ok_or_else(|| format!("the shop file needs `{key}`"))
        };
        let sub_statuses = match file.remove("sub_statuses") {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(list)) => list,
            Some(Value::Object(mut reply)) => match reply.remove("StatusModelList") {
                Some(Value::Array(list)) => list,
                _ => return Err("`sub_statuses` must be a list of `{orderProgress, SubStatusModelList}`".into()),
            },
            Some(_) => {
                return Err("`sub_statuses` must be a list of `{orderProgress, SubStatusModelList}`".into());
            }
        };
        let mut orders = Vec::new();
        match file.remove("orders") {
            None | Some(Value::Null) => {}
            Some(Value::Array(list)) => {
                for (place, order) in list.into_iter().enumerate() {
                    let Value::Object(order) = order else {
                        return Err(format!("order {} is not an object", place + 1));
                    };
                    if order.get("orderNumber").and_then(as_text).is_none_or(|number| number.is_empty()) {
                        return Err(format!("order {} has no `orderNumber`", place + 1));
                    }
                    orders.push(order);
                }
            }
            Some(_) => return Err("`orders` must be a list".into()),
        }
        let delivery_names = match file.get("delivery_names") {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(list)) => list.iter().filter_map(as_text).collect(),
            Some(_) => return Err("`delivery_names` must be a list of names".into()),
        };
        let payments = match file.remove("payments") {
            None | Some(Value::Null) => Object::new(),
            Some(Value::Object(payments)) => payments,
            Some(_) => return Err("`payments` must map order numbers to lists of payments".into()),
        };
        Ok(Shop {
            service_secret: needed(&file, "service_secret")?,
            license_key: needed(&file, "license_key")?,
            license_expiry: moment(&file, "license_expiry")?,
            license_live_from: moment(&file, "license_live_from")?,
            clock: moment(&file, "clock")?,
            orders,
            sub_statuses,
            delivery_names,
            payments,
        })
    }
}

/// A moment; an expiry may also be a bare day, which stands for its last second.
fn moment_of(text: &str, key: &str) -> Option<Moment> {
    let end_of_day =
        || parse_date(text).filter(|_| key == "license_expiry").map(|day| Moment::midnight(day).plus(DAY - SECOND));
    Moment::parse_kindly(text).or_else(end_of_day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(file: &str, expect: Result<usize, &str>) {
        let got = Shop::from_json(file).map(|shop| shop.orders.len());
        match expect {
            Ok(orders) => assert_eq!(got, Ok(orders)),
            Err(part) => assert!(got.as_ref().is_err_and(|error| error.contains(part)), "{got:?}"),
        }
    }

    #[test]
    fn shop_files() {
        check(r#"{"service_secret":"s","license_key":"k","orders":[{"orderNumber":"1-20260401-1"}]}"#, Ok(1));
        check("\u{feff}{\"service_secret\":\"s\",\"license_key\":\"k\"}", Ok(0));
        check(r#"{"service_secret":"s"}"#, Err("license_key"));
        check(r#"{"service_secret":"s","license_key":"k","orders":[{}]}"#, Err("order 1 has no"));
        check(r#"{"service_secret":"s","license_key":"k","clock":"tomorrow"}"#, Err("`clock`"));
        check("[]", Err("one JSON object"));
        check("{", Err("not JSON"));
    }
}
