//! Rows of a cancellations list: the order, why, and what happens to the stock. Nothing of this has a
//! default: a cancellation cannot be taken back.

use super::{Context, Desk, Lifted, Stop, at, print_of, reason};
use crate::flow::clean;
use crate::model::change::Kind;
use crate::model::layout::Field;
use crate::model::pipeline::CancelStage;
use crate::model::sheet::{Sheet, SheetRow};
use crate::model::wish::{CancelWish, Restock, Wish};
use crate::model::words::Why;
use crate::model::words::lifting as words;

/// Lifts every row of a cancellations file. Rows of one order that differ are all rejected.
pub fn cancellations(sheet: &Sheet, cx: &Context, _stage: &CancelStage) -> Lifted {
    let mut desk = Desk::new(sheet, cx);
    for row in &sheet.rows {
        let outcome = lift(&mut desk, row);
        // A reason that is missing does not make the parcel welcome.
        if let (Err(Stop::Reject(..)), Ok(order)) = (&outcome, desk.order(row)) {
            desk.out.refused.insert((order.value, Kind::Cancel));
        }
        desk.put(row, outcome);
    }
    desk.hold_contradictions(|wish| wish.order().to_string(), signature);
    desk.finish()
}

fn lift(desk: &mut Desk, row: &SheetRow) -> Result<Vec<Wish>, Stop> {
    let order = desk.order(row)?;
    let place = desk.place(Field::Reason);
    let reason = at(place, reason(desk.field(row, Field::Reason)))?
        .ok_or_else(|| Stop::Reject(place, words::REASON_MISSING.plain()))?;
    let restock = at(desk.place(Field::Restock), restock(desk.field(row, Field::Restock)))?;
    let returned = at(desk.place(Field::Returned), clean::flag(desk.field(row, Field::Returned)))?;
    let settle = match &*clean::bare(desk.field(row, Field::Action)).text {
        "" => false,
        "確定" => true,
        other => {
            let values = [("value", other.to_owned()), ("known", "確定".to_owned())];
            return Err(Stop::Reject(desk.place(Field::Action), words::ACTION_UNKNOWN.with(values)));
        }
    };
    let wish = Wish::Cancel(CancelWish {
        source: desk.source(row),
        order: order.value,
        reason,
        restock,
        returned,
        settle,
        notes: order.notes,
    });
    desk.once(row, print_of(&signature(&wish)))?;
    Ok(vec![wish])
}

fn signature(wish: &Wish) -> String {
    match wish {
        Wish::Cancel(CancelWish { source: _, order, reason, restock, returned, settle, notes: _ }) => {
            format!("{order}|{}|{restock:?}|{returned}|{settle}", reason.0)
        }
        other => other.order().to_string(),
    }
}

fn restock(raw: &str) -> Result<Restock, Why> {
    let text = clean::bare(raw).text;
    match &*text {
        "" => Err(words::RESTOCK_MISSING.plain()),
        "0" | "商品の設定に従う" => Ok(Restock::AsItem),
        "1" | "連動する" => Ok(Restock::Restore),
        "2" | "連動しない" => Ok(Restock::Keep),
        _ => Err(words::RESTOCK_UNKNOWN.with([("value", text.into_owned())])),
    }
}

#[cfg(test)]
mod tests {
    use super::super::bench::{A, B, Bench, piles, sheet};
    use super::*;

    fn check(rows: &[&str], expect: &[&str]) -> Lifted {
        let stage = CancelStage { name: "x".into(), from: "x".into() };
        let sheet = sheet("注文番号|キャンセル理由|在庫連動|返品済|処理", rows);
        let lifted = Bench::new("generic-cancellations").with(|cx| cancellations(&sheet, cx, &stage));
        assert_eq!(piles(&sheet, &lifted), expect);
        lifted
    }

    #[test]
    fn a_rejected_row_still_names_the_order() {
        let stage = CancelStage { name: "x".into(), from: "x".into() };
        let refused = |rows: &[&str]| {
            let sheet = sheet("注文番号|キャンセル理由|在庫連動|返品済|処理", rows);
            let lifted = Bench::new("generic-cancellations").with(|cx| cancellations(&sheet, cx, &stage));
            lifted.refused.into_iter().map(|(order, kind)| format!("{order} {}", kind.word())).collect::<Vec<_>>()
        };
        assert_eq!(refused(&[&format!("{A}||連動する||")]), [format!("{A} cancel")]);
        assert_eq!(refused(&[&format!("{A}|欠品|連動する||"), &format!("{A}|8|1||")]), Vec::<String>::new());
        let disagree = [&*format!("{A}|欠品|連動する||"), &*format!("{A}|欠品|連動しない||")];
        assert_eq!(refused(&disagree), [format!("{A} cancel")]);
        assert!(refused(&["x|欠品|連動する||"]).is_empty());
    }

    #[test]
    fn reason_and_stock_are_never_assumed() {
        check(
            &[
                &format!("{A}|欠品|連動する||"),
                &format!("{A}|8|1||"),
                &format!("{B}||1||"),
                &format!("{B}|その他|1||"),
                &format!("{B}|8|||"),
                &format!("{B}|8|3||"),
                &format!("{B}|8|1|多分|"),
                &format!("{B}|8|1||取消"),
            ],
            &[
                "wish",
                "row-doubled",
                "reason-missing",
                "reason-ambiguous",
                "restock-missing",
                "restock-unknown",
                "flag-unknown",
                "action-unknown",
            ],
        );
    }

    #[test]
    fn returned_and_settled_are_read() {
        let lifted = check(&[&format!("{A}|受取後の返品|商品の設定に従う|○|確定")], &["wish"]);
        let Some(Wish::Cancel(wish)) = lifted.wishes.first() else { panic!() };
        assert_eq!((wish.reason.0, wish.restock, wish.returned, wish.settle), (2, Restock::AsItem, true, true));
    }

    #[test]
    fn rows_that_contradict_one_another_are_both_rejected() {
        check(
            &[&format!("{A}|8|1||"), &format!("{B}|8|1||"), &format!("{A}|10|1||")],
            &["rows-disagree", "wish", "rows-disagree"],
        );
    }
}
