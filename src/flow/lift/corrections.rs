//! Rows of corrections, and rows of an order CSV that a person edited.
//!
//! A corrections row says what shall be; an empty cell leaves a value alone. An order CSV says everything
//! it knows, so only the comparison can tell what was edited: each of its records becomes one wish with
//! all values the stage may touch, and the other columns as they stand, for a change outside to be seen.

use super::shipments::id;
use super::{Context, Desk, Lifted, Stop, at, cell, print_of, reason};
use crate::flow::clean::{Cleaned, amounts, unwrap};
use crate::flow::layout::normal_name;
use crate::model::ids::{BasketId, ItemId};
use crate::model::layout::{Field, Layout, Subject};
use crate::model::money::{Amount, Yen};
use crate::model::pipeline::{AmendField, AmendStage, ReasonFrom, TaxMode};
use crate::model::sheet::{Sheet, SheetRow};
use crate::model::wish::{AmendWish, ReasonCode, Wish};
use crate::model::words::Why;
use crate::model::words::lifting as words;
use std::collections::BTreeMap;

/// Order totals of an order CSV that stand for a destination's value if there is only one destination.
const ORDER_POSTAGE: &str = "送料合計";
const ORDER_COD_FEE: &str = "代引料合計";

/// Lifts every row of a corrections file or an edited order CSV.
pub fn corrections(sheet: &Sheet, cx: &Context, stage: &AmendStage) -> Lifted {
    let mut desk = Desk::new(sheet, cx);
    let from_order_csv = cx.layout.subject == Subject::Orders;
    if desk.place(Field::Tax).is_some() && stage.tax == TaxMode::Included && !from_order_csv {
        desk.out.notes.push(words::TAX_IGNORED.plain());
    }
    let others = others(&desk, stage);
    let wanted = Wanted { stage, from_order_csv, others };
    for row in &sheet.rows {
        let outcome = lift(&mut desk, &wanted, row);
        desk.put(row, outcome);
    }
    if from_order_csv {
        // One item line is one record; two that differ leave open which of them is meant.
        desk.hold_contradictions(
            |wish| match wish {
                Wish::Amend(AmendWish { item: Some(item), .. }) => format!("{}|{item}", wish.order()),
                other => format!("#{}", other.source().record),
            },
            |wish| match wish {
                Wish::Amend(amend) => signature(amend),
                _ => String::new(),
            },
        );
        return desk.finish();
    }
    // Two rows that set one value of one thing to different amounts.
    for part in Part::ALL {
        desk.hold_contradictions(
            |wish| match wish {
                Wish::Amend(amend) => part.target(amend).unwrap_or_else(|| format!("#{}", amend.source.record)),
                other => format!("#{}", other.source().record),
            },
            |wish| match wish {
                Wish::Amend(amend) => part.value(amend),
                _ => String::new(),
            },
        );
    }
    desk.finish()
}

/// File columns that this stage reads besides the layout's own, for the reader to keep.
pub fn columns_for_corrections(layout: &Layout, stage: &AmendStage) -> Vec<String> {
    let mut out = vec![SETTLED.to_owned()];
    if let ReasonFrom::Column(name) = &stage.reason {
        out.push(name.clone());
    }
    if layout.subject == Subject::Orders {
        let logical = |name: &str| layout.columns.values().any(|column| column.name == name);
        out.extend(layout.all_columns.iter().filter(|name| !logical(name)).cloned());
    }
    out
}

/// The column in which a person settles a conflict.
const SETTLED: &str = "承認";

struct Wanted<'a> {
    stage: &'a AmendStage,
    from_order_csv: bool,
    /// Columns kept as text: place and name.
    others: Vec<(usize, String)>,
}

/// The kind of value a contradiction is about.
#[derive(Clone, Copy)]
enum Part {
    Postage,
    CodFee,
    Price,
    Units,
    TaxRate,
    Reason,
}

impl Part {
    const ALL: [Part; 6] = [Part::Postage, Part::CodFee, Part::Price, Part::Units, Part::TaxRate, Part::Reason];

    /// What the value belongs to; `None` if the row does not set it.
    fn target(self, wish: &AmendWish) -> Option<String> {
        if self.value(wish) == "None" {
            return None;
        }
        Some(match self {
            Part::Postage | Part::CodFee => format!("{}|{:?}", wish.order, wish.basket),
            Part::Price | Part::Units | Part::TaxRate => format!("{}|{:?}|{:?}", wish.order, wish.basket, wish.item),
            Part::Reason => wish.order.to_string(),
        })
    }

    fn value(self, wish: &AmendWish) -> String {
        match self {
            Part::Postage => format!("{:?}", wish.postage),
            Part::CodFee => format!("{:?}", wish.cod_fee),
            Part::Price => format!("{:?}", wish.price),
            Part::Units => format!("{:?}", wish.units),
            Part::TaxRate => format!("{:?}", wish.tax_rate),
            Part::Reason => format!("{:?}", wish.reason),
        }
    }
}

/// Columns that stay text beside the wish: of an order CSV everything that is not read into a value, of a
/// corrections file the values the stage may not touch.
fn others(desk: &Desk, stage: &AmendStage) -> Vec<(usize, String)> {
    let orders = desk.cx.layout.subject == Subject::Orders;
    // Read into a value of the wish, or not a value of the order at all.
    let read = |field: Field| match field_of(field) {
        Some(part) => stage.fields.contains(&part),
        None => !(orders && matches!(field, Field::DeliveryMethod | Field::SubStatus | Field::Memo)),
    };
    let held: Vec<usize> = desk.places.iter().filter(|(field, _)| read(**field)).map(|(_, place)| *place).collect();
    let known: Vec<String> = desk.cx.layout.all_columns.iter().map(|name| normal_name(name)).collect();
    let reason = match &stage.reason {
        ReasonFrom::Column(name) => desk.named(name),
        _ => None,
    };
    (0..desk.sheet.columns.len())
        .filter(|place| !held.contains(place) && Some(*place) != reason)
        .filter_map(|place| {
            let name = desk.sheet.columns.get(place)?;
            let logical = desk.places.values().any(|own| *own == place);
            let kept = logical || (orders && known.contains(&normal_name(name)));
            kept.then(|| (place, name.clone()))
        })
        .collect()
}

/// The value of an amend stage that a column holds.
fn field_of(field: Field) -> Option<AmendField> {
    match field {
        Field::Postage => Some(AmendField::Postage),
        Field::CodFee => Some(AmendField::CodFee),
        Field::Price | Field::PriceExcluded | Field::PriceIncluded => Some(AmendField::Price),
        Field::Units => Some(AmendField::Units),
        Field::TaxRate => Some(AmendField::TaxRate),
        _ => None,
    }
}

fn lift(desk: &mut Desk, wanted: &Wanted, row: &SheetRow) -> Result<Vec<Wish>, Stop> {
    let order = desk.order(row)?;
    let mut notes = order.notes;
    let stage = wanted.stage;
    let basket = id(desk, row, Field::Basket, BasketId::parse, &words::BASKET_FORM)?;
    let item = id(desk, row, Field::Item, ItemId::parse, &words::ITEM_FORM)?;
    let on = |part: AmendField| stage.fields.contains(&part);
    let (mut postage, mut cod_fee) = (None, None);
    if on(AmendField::Postage) {
        postage = take(amount(desk, wanted, row, Field::Postage)?, &mut notes);
    }
    if on(AmendField::CodFee) {
        cod_fee = take(amount(desk, wanted, row, Field::CodFee)?, &mut notes);
    }
    let price = if on(AmendField::Price) { price(desk, wanted, row, &mut notes)? } else { None };
    let mut units = None;
    if on(AmendField::Units) {
        let read = at(desk.place(Field::Units), amounts::units(desk.field(row, Field::Units)))?;
        units = take(read, &mut notes);
    }
    let mut tax_rate = None;
    if on(AmendField::TaxRate) {
        let read = at(desk.place(Field::TaxRate), amounts::rate(desk.field(row, Field::TaxRate)))?;
        tax_rate = take(read, &mut notes);
    }
    let mut tax = None;
    if stage.tax == TaxMode::Excluded && !wanted.from_order_csv {
        tax = take(at(desk.place(Field::Tax), amounts::yen(desk.field(row, Field::Tax)))?, &mut notes);
    }
    let reason = reason_of(desk, stage, row)?;
    let other_cells = other_cells(wanted, row, &mut notes)?;
    let asks = postage.is_some() || cod_fee.is_some() || price.is_some() || units.is_some() || tax_rate.is_some();
    if !asks && !wanted.from_order_csv {
        // Nothing to do is fine; something that is never done must not pass in silence. A 消費税 that stands
        // alone cannot be set, but it is held against what RMS computes.
        match other_cells.iter().next() {
            None if tax.is_some() => {}
            None => return Err(Stop::Aside(words::NOTHING_ASKED.plain())),
            Some((column, value)) => {
                let why = words::FIELD_OUTSIDE.with([("column", column.clone()), ("value", value.clone())]);
                return Err(Stop::Reject(desk.named(column), why));
            }
        }
    }
    let mut other_cells = other_cells;
    // How a person settled a conflict on a row that came back: `ファイル` or `RMS`.
    let settled = unwrap(cell(row, desk.named(SETTLED)));
    if !settled.is_empty() {
        other_cells.insert(SETTLED.to_owned(), settled.to_owned());
    }
    let wish = AmendWish {
        source: desk.source(row),
        order: order.value,
        basket,
        item,
        postage,
        cod_fee,
        price,
        units,
        tax_rate,
        tax,
        reason,
        from_order_csv: wanted.from_order_csv,
        other_cells,
        notes,
    };
    // Two lines of an order may look alike; without 商品明細ID nothing tells them from a doubled row.
    if !wanted.from_order_csv || item.is_some() {
        desk.once(row, print_of(&signature(&wish)))?;
    }
    Ok(vec![Wish::Amend(wish)])
}

fn signature(wish: &AmendWish) -> String {
    let AmendWish {
        source: _,
        order,
        basket,
        item,
        postage,
        cod_fee,
        price,
        units,
        tax_rate,
        tax,
        reason,
        from_order_csv: _,
        other_cells,
        notes: _,
    } = wish;
    format!(
        "{order}|{basket:?}|{item:?}|{postage:?}|{cod_fee:?}|{price:?}|{units:?}|{tax_rate:?}|{tax:?}|{reason:?}|{other_cells:?}"
    )
}

fn take<T>(read: Option<Cleaned<T>>, notes: &mut Vec<Why>) -> Option<T> {
    read.map(|cleaned| {
        notes.extend(cleaned.notes);
        cleaned.value
    })
}

/// A fee. In an order CSV the mall's mark for an open amount says nothing, and 未確定 is not written.
fn amount(desk: &Desk, wanted: &Wanted, row: &SheetRow, field: Field) -> Result<Option<Cleaned<Amount>>, Stop> {
    let (place, raw) = (desk.place(field), desk.field(row, field));
    if !wanted.from_order_csv {
        return at(place, amounts::amount(raw));
    }
    if amounts::is_open_mark(raw) {
        return Ok(None);
    }
    Ok(at(place, amounts::yen(raw))?.map(|cleaned| cleaned.map(Amount::Fixed)))
}

/// 単価, or of 税別単価 and 税込単価 the one the stage's `tax` names. An order CSV has its price in the way
/// RMS holds it, which its 税込別 says.
fn price(desk: &Desk, wanted: &Wanted, row: &SheetRow, notes: &mut Vec<Why>) -> Result<Option<Yen>, Stop> {
    let plain_place = desk.place(Field::Price);
    let raw = desk.field(row, Field::Price);
    if wanted.from_order_csv && amounts::is_open_mark(raw) {
        return Ok(None);
    }
    let plain = take(at(plain_place, amounts::yen(raw))?, notes);
    let picked = match wanted.stage.tax {
        TaxMode::Included => Field::PriceIncluded,
        TaxMode::Excluded => Field::PriceExcluded,
    };
    let place = desk.place(picked);
    let named = take(at(place, amounts::yen(desk.field(row, picked)))?, notes);
    match (plain, named) {
        (Some(plain), Some(named)) if plain != named => {
            let why = words::PRICE_TWICE.with([("first", plain.to_string()), ("second", named.to_string())]);
            Err(Stop::Reject(place, why))
        }
        (plain, named) => Ok(named.or(plain)),
    }
}

fn reason_of(desk: &Desk, stage: &AmendStage, row: &SheetRow) -> Result<Option<ReasonCode>, Stop> {
    let place = match &stage.reason {
        ReasonFrom::Fixed(code) => return Ok(Some(*code)),
        ReasonFrom::Column(name) => desk.named(name),
        // The layout's own 減額理由 is the person's word as well as a column named in the pipeline.
        ReasonFrom::Unset => desk.place(Field::Reason),
    };
    at(place, reason(cell(row, place)))
}

/// The columns kept as text. Of a corrections file each filled one is also said in the notes, so that
/// nobody believes it was done.
fn other_cells(wanted: &Wanted, row: &SheetRow, notes: &mut Vec<Why>) -> Result<BTreeMap<String, String>, Stop> {
    let mut out = BTreeMap::new();
    for (place, name) in &wanted.others {
        let text = unwrap(cell(row, Some(*place)));
        let total = match name.as_str() {
            ORDER_POSTAGE => wanted.stage.fields.contains(&AmendField::Postage),
            ORDER_COD_FEE => wanted.stage.fields.contains(&AmendField::CodFee),
            _ => false,
        };
        if total {
            // These may become a destination's value, so they are held to the same form.
            if amounts::is_open_mark(text) {
                continue;
            }
            let read = at(Some(*place), amounts::yen(text))?;
            if let Some(yen) = take(read, notes) {
                out.insert(name.clone(), yen.0.to_string());
            }
            continue;
        }
        if text.is_empty() && !wanted.from_order_csv {
            continue;
        }
        if !wanted.from_order_csv {
            notes.push(words::FIELD_OUTSIDE.with([("column", name.clone()), ("value", text.to_owned())]));
        }
        out.insert(name.clone(), text.to_owned());
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::super::bench::{A, B, Bench, piles, sheet};
    use super::*;

    fn stage(fields: &[AmendField], tax: TaxMode) -> AmendStage {
        let fields = fields.iter().copied().collect();
        AmendStage {
            name: "x".into(), from: "x".into(), fields, tax, reason: ReasonFrom::Column("減額理由".into())
        }
    }

    const ALL: [AmendField; 5] =
        [AmendField::Postage, AmendField::CodFee, AmendField::Units, AmendField::Price, AmendField::TaxRate];

    fn lifted(layout: &str, stage: &AmendStage, columns: &str, rows: &[&str]) -> (Vec<String>, Lifted) {
        let sheet = sheet(columns, rows);
        let lifted = Bench::new(layout).with(|cx| corrections(&sheet, cx, stage));
        (piles(&sheet, &lifted), lifted)
    }

    fn check(rows: &[(&str, &str)]) -> Vec<AmendWish> {
        let columns = "注文番号|送付先ID|商品明細ID|送料|代引料|単価|個数|税率|消費税|減額理由";
        let texts: Vec<&str> = rows.iter().map(|(row, _)| *row).collect();
        let (found, lifted) = lifted("generic-corrections", &stage(&ALL, TaxMode::Included), columns, &texts);
        assert_eq!(found, rows.iter().map(|(_, pile)| *pile).collect::<Vec<_>>());
        let amend = |wish| match wish {
            Wish::Amend(wish) => wish,
            _ => panic!(),
        };
        lifted.wishes.into_iter().map(amend).collect()
    }

    #[test]
    fn cells_become_values_and_empty_ones_leave_things_alone() {
        let wishes = check(&[
            (&format!("{A}|1000000001|16000001|￥1,100||1,650|２|10%||欠品"), "wish"),
            (&format!("{B}|||未確定||||||"), "wish"),
        ]);
        let first = &wishes[0];
        assert_eq!((first.basket, first.item), (Some(BasketId(1_000_000_001)), Some(ItemId(16_000_001))));
        assert_eq!((first.postage, first.cod_fee), (Some(Amount::Fixed(Yen(1100))), None));
        assert_eq!((first.price, first.units), (Some(Yen(1650)), Some(2)));
        assert_eq!((first.reason, first.from_order_csv), (Some(ReasonCode(8)), false));
        assert_eq!(wishes[1].postage, Some(Amount::NotFixedYet));
    }

    #[test]
    fn what_cannot_be_meant_is_rejected() {
        check(&[
            (&format!("{A}|||-9999||||||"), "amount-open-mark"),
            (&format!("{A}|||-100||||||"), "amount-negative"),
            (&format!("{A}||x|100||||||"), "item-form"),
            (&format!("{A}||||||1.5|||"), "units-form"),
            (&format!("{A}|||||||0.8||"), "rate-form"),
            (&format!("{A}|||100|||||| その他"), "reason-ambiguous"),
            (&format!("{A}|||||||||欠品"), "nothing-asked"),
            (&format!("{B}|||100||||||"), "wish"),
            (&format!("{B}|||100||||||"), "row-doubled"),
        ]);
    }

    #[test]
    fn rows_that_set_one_value_twice_are_both_rejected() {
        check(&[
            (&format!("{A}|1000000001||100||||||"), "rows-disagree"),
            (&format!("{A}|1000000001||200||||||"), "rows-disagree"),
            (&format!("{B}|1000000001||100||||||"), "wish"),
            (&format!("{B}|1000000001|1||||1|||"), "wish"),
            (&format!("{B}|1000000002||200||||||"), "wish"),
        ]);
    }

    #[test]
    fn of_two_price_columns_the_tax_mode_picks_one() {
        let row = format!("{A}|1|1000|1100");
        for (tax, price) in [(TaxMode::Included, 1100), (TaxMode::Excluded, 1000)] {
            let columns = "注文番号|商品明細ID|税別単価|税込単価";
            let (_, lifted) = lifted("generic-corrections", &stage(&ALL, tax), columns, &[&row]);
            let Wish::Amend(wish) = &lifted.wishes[0] else { panic!() };
            assert_eq!(wish.price, Some(Yen(price)));
        }
        let row = format!("{A}|1|900|1100");
        let (found, _) = lifted(
            "generic-corrections",
            &stage(&ALL, TaxMode::Included),
            "注文番号|商品明細ID|単価|税込単価",
            &[&row],
        );
        assert_eq!(found, ["price-twice"]);
    }

    #[test]
    fn a_tax_that_stands_alone_is_still_looked_at() {
        let row = format!("{A}|1000000001|150");
        let run = |tax| {
            let (found, mut lifted) =
                lifted("generic-corrections", &stage(&ALL, tax), "注文番号|送付先ID|消費税", &[&row]);
            (found, lifted.wishes.pop())
        };
        let (found, wish) = run(TaxMode::Excluded);
        assert_eq!(found, ["wish"]);
        assert!(matches!(wish, Some(Wish::Amend(AmendWish { tax: Some(Yen(150)), .. }))));
        assert_eq!(run(TaxMode::Included).0, ["nothing-asked"]);
    }

    #[test]
    fn an_item_line_of_an_order_csv_stands_once() {
        let rows = [
            format!("{A}|11|1650"),
            format!("{A}|11|1650"),
            format!("{A}|12|1650"),
            format!("{A}|12|1700"),
            format!("{A}||1650"),
            format!("{A}||1650"),
        ];
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        let (found, _) = lifted("rms-orders", &stage(&ALL, TaxMode::Included), "注文番号|商品明細ID|単価", &rows);
        assert_eq!(found, ["wish", "row-doubled", "rows-disagree", "rows-disagree", "wish", "wish"]);
    }

    #[test]
    fn a_column_outside_the_fields_is_never_silent() {
        let only = stage(&[AmendField::Postage], TaxMode::Included);
        let rows = [format!("{A}|100|1650"), format!("{B}||1650")];
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        let (found, lifted) = lifted("generic-corrections", &only, "注文番号|送料|単価", &rows);
        assert_eq!(found, ["wish", "field-outside"]);
        let Wish::Amend(wish) = &lifted.wishes[0] else { panic!() };
        assert_eq!((wish.price, wish.other_cells["単価"].as_str()), (None, "1650"));
        assert_eq!(wish.notes[0].code(), "field-outside");
    }

    #[test]
    fn an_order_csv_keeps_what_the_comparison_needs_and_nothing_personal_leaves_the_memory() {
        let columns = "注文番号|送付先ID|商品明細ID|送付先送料|送料合計|単価|個数|商品名|注文者姓|税込別|減額理由";
        let rows = [
            format!("{A}|1000000001|11|-9999|-9999|1650|1|茶|canary|1|"),
            format!("{A}|1000000001|12|500|500|1,650|1|茶|canary|1|8"),
            format!("{A}|1000000001|13|-500|500|1650|1|茶|canary|1|"),
        ];
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        let edit = stage(&[AmendField::Postage, AmendField::Price], TaxMode::Included);
        let (found, lifted) = lifted("rms-orders", &edit, columns, &rows);
        assert_eq!(found, ["wish", "wish", "amount-negative"]);
        let Wish::Amend(open) = &lifted.wishes[0] else { panic!() };
        assert_eq!((open.postage, open.price, open.from_order_csv), (None, Some(Yen(1650)), true));
        assert!(!open.other_cells.contains_key("送料合計"));
        let Wish::Amend(fixed) = &lifted.wishes[1] else { panic!() };
        assert_eq!((fixed.postage, fixed.reason), (Some(Amount::Fixed(Yen(500))), Some(ReasonCode(8))));
        let kept: Vec<(&str, &str)> = fixed.other_cells.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(
            kept,
            [("個数", "1"), ("商品名", "茶"), ("注文者姓", "canary"), ("税込別", "1"), ("送料合計", "500")]
        );
        let stored = serde_json::to_string(&lifted.wishes[1]).unwrap();
        assert!(stored.contains("商品名") && !stored.contains("canary"), "{stored}");
        let columns = columns_for_corrections(&crate::flow::layout::built_in_named("rms-orders").unwrap(), &edit);
        assert!(["送料合計", "減額理由", "税込別"].iter().all(|name| columns.contains(&(*name).to_owned())));
    }
}
