//! A worksheet for what RMS takes no CSV for: each order with its screen, the value before and after,
//! and a place to tick it off.

use super::page::page;
use super::plan_csv::people_csv;
use super::{guard, label, phrase, rms_screen};
use crate::model::change::Kind;
use crate::model::plan::Entry;
use crate::model::words::Lang;
use serde::Serialize;
use std::borrow::Borrow;

/// The same lines twice: for Excel and for the browser or paper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worksheet {
    pub csv: Vec<u8>,
    pub html: String,
    /// 行ID of the changes on it.
    pub entries: Vec<u32>,
}

#[derive(Serialize)]
struct Line {
    order: String,
    screen: String,
    field: String,
    was: String,
    now: String,
    /// Something to enter, and so to tick off.
    tick: bool,
    /// The first and not the last line of its change.
    first: bool,
    goes_on: bool,
}

#[derive(Serialize)]
struct View {
    title: String,
    kind: &'static str,
    shop: String,
    run: String,
    count: String,
    lines: Vec<Line>,
}

/// The entries of this kind as a worksheet; `shop` and `run` only label the page.
pub fn worksheet<E: Borrow<Entry>>(kind: Kind, entries: &[E], shop: &str, run: &str, lang: Lang) -> Worksheet {
    let mut mine: Vec<&Entry> =
        entries.iter().map(Borrow::borrow).filter(|entry: &&Entry| entry.change.kind() == kind).collect();
    mine.sort_by(|a, b| (&a.change.order, a.id).cmp(&(&b.change.order, b.id)));
    let lines: Vec<Line> = mine.iter().flat_map(|entry| lines(entry, lang)).collect();
    let header = [&label::CHECKED, &label::ORDER, &label::FIELD, &label::WAS, &label::NOW, &label::SCREEN];
    let header = header.map(|label| label.of(lang).to_owned()).to_vec();
    let rows = lines.iter().map(|line| {
        let Line { order, screen, field, was, now, .. } = line;
        vec![String::new(), order.clone(), field.clone(), was.clone(), now.clone(), screen.clone()]
    });
    let csv = people_csv(std::iter::once(header).chain(rows));
    let view = View {
        title: format!("{} {}", phrase::kind(kind, lang), label::WORKSHEET.of(lang)),
        kind: phrase::kind(kind, lang),
        shop: shop.to_owned(),
        run: run.to_owned(),
        count: phrase::count(mine.len() as u64),
        lines: lines.into_iter().map(guarded).collect(),
    };
    Worksheet { csv, html: page("worksheet.html", lang, &view), entries: mine.iter().map(|entry| entry.id).collect() }
}

/// One line a value, then what goes with it; a change without values before and after is one line
/// of what is done.
fn lines(entry: &Entry, lang: Lang) -> Vec<Line> {
    let said = phrase::phrase(&entry.change, lang);
    let extras = said.extras.join(label::JOIN.of(lang));
    let line = |field: String, was: String, now: String, tick: bool| Line {
        order: entry.change.order.to_string(),
        screen: rms_screen(&entry.change.order),
        field,
        was,
        now,
        tick,
        first: false,
        goes_on: true,
    };
    let mut out: Vec<Line> = said.edits.into_iter().map(|edit| line(edit.field, edit.was, edit.now, true)).collect();
    if out.is_empty() {
        out.push(line(said.act, String::new(), extras, true));
    } else if !extras.is_empty() {
        out.push(line(label::NOTES.of(lang).to_owned(), String::new(), extras, false));
    }
    if let Some(first) = out.first_mut() {
        first.first = true;
    }
    if let Some(last) = out.last_mut() {
        last.goes_on = false;
    }
    out
}

fn guarded(line: Line) -> Line {
    let safe = |text: &str| guard::for_people(text);
    Line { field: safe(&line.field), was: safe(&line.was), now: safe(&line.now), ..line }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{amend_entry, cancel_entry, fill_entry};
    use super::*;

    fn check(kind: Kind, entries: Vec<u32>, holds: &str) {
        let sheet = worksheet(kind, &[cancel_entry(3), amend_entry(2), fill_entry(1)], "demo", "r", Lang::Ja);
        assert_eq!(sheet.entries, entries);
        let csv = String::from_utf8(sheet.csv).unwrap();
        assert!(csv.contains(holds), "{csv}");
        assert!(sheet.html.contains("<th>済</th>"));
    }

    #[test]
    fn each_value_has_its_line() {
        check(Kind::Amend, vec![2], ",555001-20261120-0000000002,送料,550円,0円,https://");
        check(
            Kind::Cancel,
            vec![3],
            "注文をキャンセルする,,キャンセル理由: キャンセル（お客様都合）、在庫連動: 商品の設定に従う",
        );
        check(Kind::Memo, vec![], "済,注文番号,項目,変更前,変更後");
    }
}
