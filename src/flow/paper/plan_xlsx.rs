//! The plan as the Excel book a person approves in: text cells, a frozen header, and a coloured
//! 承認 column with a drop-down.

use super::xlsx::{Looks, book};
use super::{label, plan_table};
use crate::model::plan::Plan;
use crate::model::words::Lang;
use std::collections::BTreeSet;

/// plan.xlsx. It holds the rows of plan.csv in the same order.
pub fn plan_xlsx(plan: &Plan, lang: Lang) -> Vec<u8> {
    let entries = plan_table::sorted(plan);
    let header: Vec<String> = plan_table::header(lang).into_iter().map(str::to_owned).collect();
    let rows: Vec<Vec<String>> = entries.iter().map(|entry| plan_table::cells(entry, &plan.run, lang)).collect();
    let choice = (
        plan_table::APPROVAL,
        vec!["OK".to_owned()],
        label::INPUT_TITLE.of(lang).to_owned(),
        label::INPUT_MESSAGE.of(lang).to_owned(),
    );
    let looks = Looks {
        sheet: label::PLAN_SHEET.of(lang).to_owned(),
        marked: BTreeSet::from([plan_table::APPROVAL]),
        choice: Some(choice),
        urgent: entries.iter().enumerate().filter(|(_, entry)| entry.urgent).map(|(place, _)| place).collect(),
        width_max: 36,
        // The link and the plan's id are for the screen and for the program.
        printed: Some(header.len().saturating_sub(2)),
        at: Some(plan.made_at),
        ..Looks::default()
    };
    book(&header, &rows, &looks)
}

#[cfg(test)]
mod tests {
    use super::super::testing::small_plan;
    use super::*;
    use calamine::{Data, Reader, Xlsx};
    use std::io::Cursor;

    fn check(row: usize, column: usize, expect: &str) {
        let bytes = plan_xlsx(&small_plan(), Lang::Ja);
        let mut book: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes)).unwrap();
        let range = book.worksheet_range_at(0).unwrap().unwrap();
        let found = range.get((row, column)).cloned().unwrap_or_default();
        let expect = if expect.is_empty() { Data::Empty } else { Data::String(expect.to_owned()) };
        assert!(found == expect || (expect == Data::Empty && found == Data::String(String::new())), "{found:?}");
    }

    #[test]
    fn every_cell_is_text_and_in_order() {
        check(0, 0, "行ID");
        check(0, 1, "承認");
        check(1, 0, "3");
        check(1, 3, "【至急】");
        check(1, 1, "");
        check(3, 4, "555001-20261120-0000000001");
        check(3, 5, "70000001");
    }

    #[test]
    fn the_same_plan_gives_the_same_bytes() {
        assert_eq!(plan_xlsx(&small_plan(), Lang::Ja), plan_xlsx(&small_plan(), Lang::Ja));
    }
}
