//! Rows of a marks list: a sub-status, a memo, or both. An empty cell leaves things as they are.

use super::{Context, Desk, Lifted, Stop, print_of};
use crate::flow::clean;
use crate::model::ids::SubStatusId;
use crate::model::layout::Field;
use crate::model::pipeline::MarkStage;
use crate::model::sheet::{Sheet, SheetRow};
use crate::model::wish::{MarkWish, SubStatusWish, Wish};
use crate::model::words::lifting as words;

/// The memo's limit in RMS, characters.
const MEMO_CHARS_MAX: usize = 1_000;

/// Lifts every row of a marks file. Rows that name two sub-statuses for one order are all rejected.
pub fn marks(sheet: &Sheet, cx: &Context, _stage: &MarkStage) -> Lifted {
    let mut desk = Desk::new(sheet, cx);
    for row in &sheet.rows {
        let outcome = lift(&mut desk, row);
        desk.put(row, outcome);
    }
    // Several memos of one order follow one another; two sub-statuses cannot both hold.
    desk.hold_contradictions(
        |wish| match wish {
            Wish::Mark(MarkWish { sub_status: None, source, .. }) => format!("{}#{}", wish.order(), source.record),
            other => other.order().to_string(),
        },
        |wish| match wish {
            Wish::Mark(mark) => format!("{:?}", mark.sub_status),
            _ => String::new(),
        },
    );
    desk.finish()
}

fn lift(desk: &mut Desk, row: &SheetRow) -> Result<Vec<Wish>, Stop> {
    let order = desk.order(row)?;
    let written = clean::unwrap(desk.field(row, Field::SubStatus));
    let number = clean::narrow(written);
    let sub_status = match (written, SubStatusId::parse(&number)) {
        ("", _) => None,
        (_, Some(id)) => Some(SubStatusWish::Id(id)),
        (name, None) => Some(SubStatusWish::Name(name.to_owned())),
    };
    let memo = desk.field(row, Field::Memo).trim();
    let count = memo.chars().count();
    if count > MEMO_CHARS_MAX {
        let values = [("limit", MEMO_CHARS_MAX.to_string()), ("count", count.to_string())];
        return Err(Stop::Reject(desk.place(Field::Memo), words::MEMO_LONG.with(values)));
    }
    let memo = (!memo.is_empty()).then(|| memo.to_owned());
    if sub_status.is_none() && memo.is_none() {
        return Err(Stop::Aside(words::NOTHING_ASKED.plain()));
    }
    desk.once(row, print_of(&format!("{}|{sub_status:?}|{memo:?}", order.value)))?;
    let (source, order, notes) = (desk.source(row), order.value, order.notes);
    Ok(vec![Wish::Mark(MarkWish { source, order, sub_status, memo, notes })])
}

#[cfg(test)]
mod tests {
    use super::super::bench::{A, B, Bench, piles, sheet};
    use super::*;

    fn check(rows: &[&str], expect: &[&str]) -> Lifted {
        let stage = MarkStage { name: "x".into(), from: "x".into(), memo_replace: false };
        let sheet = sheet("注文番号|サブステータス|ひとことメモ", rows);
        let lifted = Bench::new("generic-marks").with(|cx| marks(&sheet, cx, &stage));
        assert_eq!(piles(&sheet, &lifted), expect);
        lifted
    }

    #[test]
    fn a_mark_is_a_sub_status_a_memo_or_both() {
        let long = "あ".repeat(1001);
        let lifted = check(
            &[
                &format!("{A}|入荷待ち|4/5入荷"),
                &format!("{A}|入荷待ち|4/5入荷"),
                &format!("{B}|１２|"),
                &format!("{B}||電話済み"),
                &format!("{B}||"),
                &format!("{B}||{long}"),
            ],
            &["wish", "row-doubled", "wish", "wish", "nothing-asked", "memo-long"],
        );
        let Some(Wish::Mark(mark)) = lifted.wishes.get(1) else { panic!() };
        assert_eq!(mark.sub_status, Some(SubStatusWish::Id(SubStatusId(12))));
    }

    #[test]
    fn two_sub_statuses_for_one_order_are_refused() {
        check(
            &[&format!("{A}|x|"), &format!("{A}|y|"), &format!("{A}||memo")],
            &["rows-disagree", "rows-disagree", "wish"],
        );
    }
}
