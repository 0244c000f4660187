//! The licence call: when the key runs out. It lives on another path than the orders, takes the key in
//! the query, and answers with a time without a zone, which is Japan's.

use crate::model::day::Moment;
use serde_json::Value;

/// Path of the call; the key follows in the query.
pub const PATH: &str = "/es/1.0/license-management/license-key/expiry-date";

/// Its name in errors, as RMS's list of 利用機能 has it.
pub const OP: &str = "license.expiryDate.get";

/// The moment in the answer.
pub fn expiry(body: &Value) -> Option<Moment> {
    Moment::from_api(body.get("expiryDate")?.as_str()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(body: Value, expect: Option<&str>) {
        assert_eq!(expiry(&body).map(Moment::to_api).as_deref(), expect, "{body}");
    }

    #[test]
    fn the_expiry_is_japans_time() {
        check(json!({"expiryDate": "2026-11-28T23:59:59"}), Some("2026-11-28T23:59:59+0900"));
        check(json!({"expiryDate": "2026-11-28"}), None);
        check(json!({"expiryDate": null}), None);
        check(json!({"errors": []}), None);
    }
}
