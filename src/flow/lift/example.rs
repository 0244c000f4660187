//! The examples a pipeline carries: their rows as a sheet, and what came of them as plain text, so that
//! `check` can hold one against the other without a shop.

use super::Lifted;
use crate::flow::layout::{FIELDS, normal_name};
use crate::model::layout::{Field, Layout};
use crate::model::pipeline::Example;
use crate::model::sheet::{Sheet, SheetRow};
use crate::model::wish::{ShipAction, SubStatusWish, Wish};
use std::collections::BTreeMap;

/// A sheet of an example's rows, as if a file of this layout had held them. A column may be named by
/// the layout's name, one of its aliases or the logical word (`number`, `ship_date`); others keep their name.
pub fn lift_example(layout: &Layout, rows: &[BTreeMap<String, String>]) -> Sheet {
    let mut columns: Vec<String> = Vec::new();
    let mut placed: Vec<BTreeMap<usize, &str>> = Vec::with_capacity(rows.len());
    for row in rows {
        let mut cells = BTreeMap::new();
        for (name, cell) in row {
            let name = logical_name(layout, name);
            let place = columns.iter().position(|known| *known == name).unwrap_or_else(|| {
                columns.push(name);
                columns.len() - 1
            });
            cells.insert(place, cell.as_str());
        }
        placed.push(cells);
    }
    let rows = (1u32..)
        .zip(&placed)
        .map(|(record, cells)| SheetRow {
            record,
            line: record + 1,
            cells: (0..columns.len()).map(|place| cells.get(&place).copied().unwrap_or_default()).collect(),
        })
        .collect();
    Sheet { columns, rows }
}

fn logical_name(layout: &Layout, name: &str) -> String {
    let wanted = normal_name(name);
    let word = |field: Field| FIELDS.iter().find(|(_, known)| *known == field).map(|(word, _)| *word);
    layout
        .columns
        .iter()
        .find(|(field, column)| {
            word(**field) == Some(name)
                || std::iter::once(&column.name).chain(&column.aliases).any(|known| normal_name(known) == wanted)
        })
        .map_or_else(|| name.to_owned(), |(_, column)| column.name.clone())
}

/// A wish as text, by the words an example may expect. What is not set is not there.
pub fn told(wish: &Wish) -> BTreeMap<&'static str, String> {
    let mut out = BTreeMap::from([("order", wish.order().to_string())]);
    let mut put = |word: &'static str, text: Option<String>| {
        if let Some(text) = text {
            out.insert(word, text);
        }
    };
    let yes = |flag: bool| flag.then(|| "true".to_owned());
    match wish {
        Wish::Ship(ship) => {
            put("basket", ship.basket.map(|id| id.to_string()));
            put("row", ship.row.map(|id| id.to_string()));
            put("carrier", Some(ship.carrier.code().to_owned()));
            put("number", ship.number.as_ref().map(ToString::to_string));
            put("date", Some(ship.date.to_string()));
            put("several", yes(ship.several_proven));
            let action = match ship.action {
                ShipAction::Decide => None,
                ShipAction::Add => Some("追加"),
                ShipAction::Correct => Some("訂正"),
                ShipAction::Delete => Some("削除"),
            };
            put("action", action.map(str::to_owned));
        }
        Wish::Amend(amend) => {
            put("basket", amend.basket.map(|id| id.to_string()));
            put("item", amend.item.map(|id| id.to_string()));
            let amount = |amount: crate::model::money::Amount| match amount.fixed() {
                Some(yen) => yen.0.to_string(),
                None => "未確定".to_owned(),
            };
            put("postage", amend.postage.map(amount));
            put("cod_fee", amend.cod_fee.map(amount));
            put("price", amend.price.map(|yen| yen.0.to_string()));
            put("units", amend.units.map(|units| units.to_string()));
            put("tax_rate", amend.tax_rate.map(|rate| rate.to_string()));
            put("tax", amend.tax.map(|yen| yen.0.to_string()));
            put("reason", amend.reason.map(|reason| reason.0.to_string()));
        }
        Wish::Cancel(cancel) => {
            put("reason", Some(cancel.reason.0.to_string()));
            put("restock", Some((cancel.restock as u8).to_string()));
            put("returned", yes(cancel.returned));
            put("settle", yes(cancel.settle));
        }
        Wish::Confirm(_) => {}
        Wish::Mark(mark) => {
            put(
                "sub_status",
                mark.sub_status.as_ref().map(|status| match status {
                    SubStatusWish::Id(id) => id.to_string(),
                    SubStatusWish::Name(name) => name.clone(),
                }),
            );
            put("memo", mark.memo.clone());
        }
    }
    out
}

/// Where an example and what came of it part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unmet {
    /// Expected and found numbers of wishes.
    Count(usize, usize),
    /// Expected and found numbers of rejected rows.
    Rejected(u64, u64),
    /// Place of the wish (from 1), the word, expected and found text.
    Value(usize, String, String, Option<String>),
}

/// All places where an example is not met. Wishes are compared in the order of the rows, and only by the
/// words the example names; with no expectation at all only the rejected rows are counted.
pub fn unmet(example: &Example, lifted: &Lifted) -> Vec<Unmet> {
    let mut out = Vec::new();
    let rejected = lifted.rejected.len() as u64;
    if rejected != example.rejected {
        out.push(Unmet::Rejected(example.rejected, rejected));
    }
    if example.expect.is_empty() {
        return out;
    }
    if example.expect.len() != lifted.wishes.len() {
        out.push(Unmet::Count(example.expect.len(), lifted.wishes.len()));
    }
    for (place, (expect, wish)) in example.expect.iter().zip(&lifted.wishes).enumerate() {
        let found = told(wish);
        for (word, text) in expect {
            let there = found.get(word.as_str());
            if there.map_or("", String::as_str) != text {
                out.push(Unmet::Value(place + 1, word.clone(), text.clone(), there.cloned()));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::layout::built_in_named;

    #[test]
    fn an_example_may_name_its_columns_any_way() {
        let layout = built_in_named("yamato-b2").unwrap();
        let row = |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let rows = [row(&[("key", "1"), ("送り状番号", "2")]), row(&[("お客様管理番号", "3"), ("備考", "4")])];
        let sheet = lift_example(&layout, &rows);
        let cell = |row: usize, name: &str| &sheet.rows[row].cells[sheet.place(name).unwrap()];
        assert_eq!(cell(0, "お客様管理番号"), "1");
        assert_eq!(cell(0, "伝票番号"), "2");
        assert_eq!(cell(1, "お客様管理番号"), "3");
        assert_eq!(cell(1, "伝票番号"), "");
        assert_eq!(cell(1, "備考"), "4");
        assert_eq!((sheet.rows[1].record, sheet.rows[1].line), (2, 3));
    }

    #[test]
    fn an_example_is_met_or_says_where_not() {
        use super::super::bench::{A, Bench, sheet};
        use crate::model::pipeline::{SecondNumber, ShipDate, ShipStage};
        let stage = ShipStage {
            name: "x".into(),
            from: "x".into(),
            ship_date: ShipDate::RunDate,
            second_number: SecondNumber::Hold,
            no_number: [].into(),
            days_ahead: 7,
        };
        let rows = sheet("お客様管理番号|伝票番号", &[&format!("{A}|1234-5678-9013"), "x|1"]);
        let lifted = Bench::new("yamato-b2").with(|cx| super::super::shipments(&rows, cx, &stage));
        let example = |pairs: &[(&str, &str)], rejected| Example {
            name: "x".into(),
            read: "x".into(),
            rows: Vec::new(),
            expect: vec![pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()],
            rejected,
            line: 1,
        };
        let right =
            [("order", A), ("number", "123456789013"), ("carrier", "1001"), ("date", "2026-04-03"), ("row", "")];
        assert_eq!(unmet(&example(&right, 1), &lifted), []);
        let wrong = unmet(&example(&[("number", "1"), ("nmber", "2")], 0), &lifted);
        assert_eq!(
            wrong,
            [
                Unmet::Rejected(0, 1),
                Unmet::Value(1, "nmber".into(), "2".into(), None),
                Unmet::Value(1, "number".into(), "1".into(), Some("123456789013".into())),
            ]
        );
    }
}
