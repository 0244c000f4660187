//! Rows of a confirmations list: order numbers, each once.

use super::{Context, Desk, Lifted, Stop, print_of};
use crate::model::pipeline::ConfirmStage;
use crate::model::sheet::{Sheet, SheetRow};
use crate::model::wish::{ConfirmWish, Wish};

/// Lifts every row of a confirmations file. An order named twice is asked for once.
pub fn confirmations(sheet: &Sheet, cx: &Context, _stage: &ConfirmStage) -> Lifted {
    let mut desk = Desk::new(sheet, cx);
    for row in &sheet.rows {
        let outcome = lift(&mut desk, row);
        desk.put(row, outcome);
    }
    desk.finish()
}

fn lift(desk: &mut Desk, row: &SheetRow) -> Result<Vec<Wish>, Stop> {
    let order = desk.order(row)?.value;
    desk.once(row, print_of(order.as_str()))?;
    Ok(vec![Wish::Confirm(ConfirmWish { source: desk.source(row), order })])
}

#[cfg(test)]
mod tests {
    use super::super::bench::{A, B, Bench, piles, sheet};
    use super::*;
    use crate::model::pipeline::ConfirmHold;

    fn check(rows: &[&str], expect: &[&str]) {
        let stage =
            ConfirmStage { name: "x".into(), from: "x".into(), hold: ConfirmHold::default(), min_age_minutes: 60 };
        let sheet = sheet("注文番号", rows);
        let lifted = Bench::new("generic-confirmations").with(|cx| confirmations(&sheet, cx, &stage));
        assert_eq!(piles(&sheet, &lifted), expect);
    }

    #[test]
    fn an_order_is_confirmed_once() {
        check(&[A, B, A, "", "x"], &["wish", "wish", "row-doubled", "key-empty", "key-form"]);
    }
}
