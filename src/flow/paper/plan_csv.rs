//! The plan as a CSV that Excel opens by double click: UTF-8 with BOM, CRLF, long numbers as text.

use super::{guard, plan_table};
use crate::model::plan::Plan;
use crate::model::words::Lang;

/// plan.csv; 承認 is empty and waits for a person.
pub fn plan_csv(plan: &Plan, lang: Lang) -> Vec<u8> {
    let header = plan_table::header(lang).into_iter().map(str::to_owned).collect();
    let rows = plan_table::sorted(plan).into_iter().map(|entry| plan_table::cells(entry, &plan.run, lang));
    people_csv(std::iter::once(header).chain(rows))
}

/// Rows as a CSV for people. Every cell is guarded.
pub(super) fn people_csv(rows: impl Iterator<Item = Vec<String>>) -> Vec<u8> {
    let bom = "\u{feff}".as_bytes().to_vec();
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).flexible(true).from_writer(bom);
    for row in rows {
        writer.write_record(row.iter().map(|cell| guard::for_csv(cell))).expect("a buffer takes every write");
    }
    writer.into_inner().expect("a buffer takes every write")
}

#[cfg(test)]
mod tests {
    use super::super::testing::{entry, plan, small_plan};
    use super::*;
    use crate::model::change::{MemoEdit, What};

    fn check(plan: &Plan, line: usize, starts: &str) {
        let text = String::from_utf8(plan_csv(plan, Lang::Ja)).unwrap();
        let line = text.split("\r\n").nth(line).unwrap();
        assert!(line.starts_with(starts), "{line}");
    }

    #[test]
    fn urgent_then_held_then_free() {
        let plan = small_plan();
        check(&plan, 0, "\u{feff}行ID,承認,区分,至急,注文番号,送付先ID,内容,保留理由");
        check(&plan, 1, "3,,キャンセル,【至急】,555001-20261120-0000000003,,");
        check(&plan, 2, "2,,金額の更新,,555001-20261120-0000000002,70000001,");
        check(&plan, 3, "1,,荷物番号,,555001-20261120-0000000001,70000001,");
    }

    #[test]
    fn formulas_in_a_file_stay_text() {
        let memo = MemoEdit { was_hash: String::new(), text: "=HYPERLINK(\"x\")".into(), replace: true };
        let mut entry = entry(1, 1, What::Memo(memo));
        entry.change.sources[0].file = "=cmd.csv".into();
        let bytes = plan_csv(&plan(vec![entry]), Lang::Ja);
        let mut reader = csv::Reader::from_reader(bytes.get(3..).unwrap());
        for cell in reader.records().flat_map(|record| record.unwrap().iter().map(str::to_owned).collect::<Vec<_>>()) {
            assert!(!cell.starts_with(['=', '+', '-', '@']) || cell.starts_with("=\""), "{cell}");
        }
    }
}
