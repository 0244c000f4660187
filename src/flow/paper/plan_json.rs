//! The plan as the file that `apply` takes: complete, in a fixed order, with a format number that an
//! older program refuses.

use crate::model::plan::{PLAN_FORMAT, Plan};
use crate::model::words::{Why, delivering};

/// Pretty JSON with a line end; the same plan gives the same bytes.
pub fn plan_json(plan: &Plan) -> String {
    let mut text = serde_json::to_string_pretty(plan).expect("a plan holds only text keys");
    text.push('\n');
    text
}

/// A saved plan. Refused if it is not JSON of ours, or of another format number; the number is
/// looked at first, so that a newer plan is named as such and not as damaged.
pub fn plan_from_json(text: &str) -> Result<Plan, Why> {
    let unreadable = |detail: String| delivering::PLAN_UNREADABLE.with([("detail", detail)]);
    let text = text.trim_start_matches('\u{feff}');
    let value: serde_json::Value = serde_json::from_str(text).map_err(|fault| unreadable(fault.to_string()))?;
    match value.get("format") {
        Some(found) if found.as_u64() == Some(u64::from(PLAN_FORMAT)) => {}
        Some(found) => {
            let values = [("found", found.to_string()), ("known", PLAN_FORMAT.to_string())];
            return Err(delivering::PLAN_FORMAT.with(values));
        }
        None => return Err(unreadable("`format`".to_owned())),
    }
    // Read again from the text, not from the value: only so does a fault carry line and column.
    serde_json::from_str(text).map_err(|fault| unreadable(fault.to_string()))
}

#[cfg(test)]
mod tests {
    use super::super::testing::small_plan;
    use super::*;

    fn check(text: &str, code: &str) {
        assert_eq!(plan_from_json(text).unwrap_err().code(), code, "{text}");
    }

    #[test]
    fn a_plan_comes_back_as_it_was() {
        let plan = small_plan();
        let text = plan_json(&plan);
        assert_eq!(plan_from_json(&text).unwrap(), plan);
        assert_eq!(plan_json(&plan_from_json(&text).unwrap()), text);
    }

    #[test]
    fn what_is_not_our_plan_is_refused() {
        check("", "plan-unreadable");
        check("{}", "plan-unreadable");
        check(r#"{"format":99}"#, "plan-format");
        check(r#"{"format":"1"}"#, "plan-format");
        check(r#"{"format":1}"#, "plan-unreadable");
        let cut = plan_json(&small_plan());
        check(cut.get(..cut.len() / 2).unwrap_or(&cut), "plan-unreadable");
    }
}
