//! The report as data. Values of personal columns are veiled here too: a report leaves the house.

use super::veil;
use crate::model::report::Report;

/// Pretty JSON with a line end; `report.json`, and the document of `--json`.
pub fn report_json(report: &Report) -> String {
    let mut report = report.clone();
    for rejection in &mut report.rejections {
        rejection.value = rejection.value.as_deref().map(|value| veil::veiled(rejection.column.as_deref(), value));
    }
    for refusal in &mut report.file_refusals {
        refusal.value = refusal.value.as_deref().map(|value| veil::veiled(refusal.column.as_deref(), value));
    }
    let mut text = serde_json::to_string_pretty(&report).expect("a report holds only text keys");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::super::testing::small_report;
    use super::*;

    fn check(text: &str, key: &str) {
        let value: serde_json::Value = serde_json::from_str(text).unwrap();
        assert!(value.get(key).is_some(), "{key}");
    }

    #[test]
    fn the_promised_keys_are_there_and_it_reads_back() {
        let report = small_report();
        let text = report_json(&report);
        for key in ["run", "exit", "files", "rows", "changes", "calls", "outputs", "report"] {
            check(&text, key);
        }
        let mut back: Report = serde_json::from_str(&text).unwrap();
        assert!(!text.contains("山田"), "{text}");
        back.rejections.clone_from(&report.rejections);
        back.file_refusals.clone_from(&report.file_refusals);
        assert_eq!(back, report);
    }
}
