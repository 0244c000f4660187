//! Rows of a carrier's or warehouse's file to parcels: order, destination, carrier, number, date.
//!
//! A row is complete or it is rejected. Whether the date lies in the allowed window, and whether RMS has
//! the parcel already, is for the comparison.

use super::carriers::Carriers;
use super::{Context, Desk, Lifted, Stop, at, print_of};
use crate::flow::clean::numbers::{Rule, numbers};
use crate::flow::clean::{Cleaned, amounts, bare, dates, unwrap};
use crate::flow::layout::normal_name;
use crate::model::carrier::{Carrier, OTHER};
use crate::model::change::Kind;
use crate::model::day::Day;
use crate::model::ids::{BasketId, OrderNumber, RowId};
use crate::model::layout::{Field, NumberCheck};
use crate::model::pipeline::{ShipDate, ShipStage};
use crate::model::sheet::{Sheet, SheetRow};
use crate::model::shipment::{TrackingNumber, tracking_key};
use crate::model::wish::{ShipAction, ShipWish, Wish};
use crate::model::words::lifting as words;
use rayon::prelude::*;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Lifts every row of a shipments file.
pub fn shipments(sheet: &Sheet, cx: &Context, stage: &ShipStage) -> Lifted {
    let mut desk = Desk::new(sheet, cx);
    let bench = Bench {
        carriers: Carriers::new(cx),
        dates: DateFrom::new(&desk, stage),
        unnumbered: stage.no_number.iter().map(|method| normal_name(method)).collect(),
        rules: Rules::new(&desk),
        sets: sets(&desk),
    };
    // Rows do not look at one another until they are put on their piles, in the file's order.
    let mut lifted: Vec<Result<Parcels, Stop>> = sheet.rows.par_iter().map(|row| lift(&desk, &bench, row)).collect();
    hold_short_files(&desk, &mut lifted);
    desk.out.wishes.reserve(lifted.len());
    desk.seen.reserve(lifted.len());
    for (row, outcome) in sheet.rows.iter().zip(lifted) {
        let outcome = outcome.and_then(|parcels| {
            desk.once(row, parcels.print)?;
            Ok(parcels.wishes)
        });
        // What is wrong with its number or date does not stop a parcel, and a cancellation of its order must know.
        if let (Err(Stop::Reject(..)), Ok(orders)) = (&outcome, desk.orders(row)) {
            desk.out.refused.extend(orders.value.into_iter().map(|(order, _)| (order, Kind::Ship)));
        }
        desk.put(row, outcome);
    }
    desk.finish()
}

/// File columns that this stage reads besides the layout's own, for the reader to keep.
pub fn columns_for_shipments(stage: &ShipStage) -> Vec<String> {
    match &stage.ship_date {
        ShipDate::RunDate => Vec::new(),
        ShipDate::Columns(columns) => columns.clone(),
    }
}

struct Bench {
    carriers: Carriers,
    dates: DateFrom,
    unnumbered: BTreeSet<String>,
    rules: Rules,
    sets: HashMap<String, Set>,
}

/// What one row asks for.
struct Parcels {
    wishes: Vec<Wish>,
    /// Alike for two rows that ask for the same.
    print: u128,
}

/// The rules for numbers of each carrier in this source, worked out once.
struct Rules {
    /// By the carrier's code as a number.
    by_code: HashMap<u16, Rule>,
}

impl Rules {
    fn new(desk: &Desk) -> Rules {
        let layout = desk.cx.layout;
        let check = desk.cx.read.over.check.unwrap_or(layout.check);
        let rule = |carrier: &Carrier| Rule::of_layout(check, &layout.check_digit, &layout.lengths, carrier);
        let known = Carrier::all().filter_map(|(code, _)| Carrier::from_code(code));
        Rules { by_code: known.filter_map(|carrier| Some((carrier.code().parse().ok()?, rule(&carrier)))).collect() }
    }

    /// A wrong number may be just what is to be deleted, so a deletion checks nothing.
    fn of(&self, desk: &Desk, carrier: &Carrier, action: ShipAction) -> Cow<'_, Rule> {
        let rule = match carrier.code().parse().ok().and_then(|code: u16| self.by_code.get(&code)) {
            Some(rule) => Cow::Borrowed(rule),
            None => {
                let layout = desk.cx.layout;
                Cow::Owned(Rule::of_layout(NumberCheck::Off, &layout.check_digit, &layout.lengths, carrier))
            }
        };
        if action == ShipAction::Delete { Cow::Owned(Rule { lenient: true, ..rule.into_owned() }) } else { rule }
    }
}

/// From this many numbers on, and where at least four of five want a zero, the file as such is in doubt.
const SHORT_LEAST: usize = 3;

/// One number without its zero is a spreadsheet's doing. Where nearly all of a carrier's numbers in a file
/// want one, they may as well be another carrier's, shorter by nature; the check digit cannot tell, since a
/// zero in front does not change the remainder.
fn hold_short_files(desk: &Desk, lifted: &mut [Result<Parcels, Stop>]) {
    let carrier_of = |parcels: &Parcels| match parcels.wishes.first() {
        Some(Wish::Ship(wish)) if wish.number.is_some() => Some(wish.carrier.clone()),
        _ => None,
    };
    let padded = |parcels: &Parcels| match parcels.wishes.first() {
        Some(Wish::Ship(wish)) => wish.notes.iter().any(|why| *why.word == words::NUMBER_ZEROS_ADDED),
        _ => false,
    };
    if !lifted.iter().flatten().any(padded) {
        return;
    }
    let mut counts: BTreeMap<Carrier, (usize, usize)> = BTreeMap::new();
    for parcels in lifted.iter().flatten() {
        if let Some(carrier) = carrier_of(parcels) {
            let (short, all) = counts.entry(carrier).or_default();
            *short += usize::from(padded(parcels));
            *all += 1;
        }
    }
    counts.retain(|_, (short, all)| *short >= SHORT_LEAST && *short * 5 >= *all * 4);
    if counts.is_empty() {
        return;
    }
    for one in lifted {
        let Ok(parcels) = &*one else { continue };
        if let Some((short, all)) = carrier_of(parcels).and_then(|carrier| counts.get(&carrier))
            && padded(parcels)
        {
            let why = words::NUMBERS_ALL_SHORT.with([("short", short.to_string()), ("all", all.to_string())]);
            *one = Err(Stop::Reject(desk.place(Field::Number), why));
        }
    }
}

/// Where ship dates come from.
enum DateFrom {
    BusinessDay,
    Places(Vec<usize>, dates::Patterns),
    /// None of the named columns is there.
    Nowhere(String),
}

impl DateFrom {
    fn new(desk: &Desk, stage: &ShipStage) -> DateFrom {
        let names = match &stage.ship_date {
            ShipDate::RunDate => return DateFrom::BusinessDay,
            ShipDate::Columns(names) => names,
        };
        let mut places: Vec<usize> = names.iter().filter_map(|name| desk.named(name)).collect();
        if names.is_empty() {
            places.extend(desk.place(Field::ShipDate));
        }
        if places.is_empty() {
            let shown = if names.is_empty() { desk.name(Field::ShipDate) } else { names.join(", ") };
            return DateFrom::Nowhere(shown);
        }
        let patterns = desk.cx.read.over.date_patterns.as_ref().unwrap_or(&desk.cx.layout.date_patterns);
        DateFrom::Places(places, dates::Patterns::new(patterns))
    }

    fn of_row(&self, desk: &Desk, row: &SheetRow) -> Result<Cleaned<Day>, Stop> {
        let (places, patterns) = match self {
            DateFrom::BusinessDay => return Ok(Cleaned { value: desk.cx.business_day, notes: Vec::new() }),
            DateFrom::Places(places, patterns) => (places, patterns),
            DateFrom::Nowhere(columns) => {
                let why = words::DATE_COLUMN_MISSING.with([("columns", columns.clone())]);
                return Err(Stop::Reject(None, why));
            }
        };
        for &place in places {
            let cell = row.cells.get(place).map_or("", |cell| cell);
            if let Some(day) = at(Some(place), dates::date(cell, patterns, desk.cx.read.excel_serial_dates))? {
                return Ok(day);
            }
        }
        Err(Stop::Reject(places.first().copied(), words::DATE_EMPTY.plain()))
    }
}

/// What the rows of one key say together about how many parcels there are.
#[derive(Default)]
struct Set {
    numbers: BTreeSet<String>,
    /// 複数口くくりキー → numbers under it.
    bundles: BTreeMap<String, BTreeSet<String>>,
}

/// One pass over the file: which live rows share a key. Doubled rows count once, since numbers are a set.
fn sets(desk: &Desk) -> HashMap<String, Set> {
    let mut out: HashMap<String, Set> = HashMap::new();
    let telling = [Field::SeveralKey, Field::Parcels].iter().any(|field| desk.place(*field).is_some());
    if !telling {
        return out;
    }
    for row in &desk.sheet.rows {
        let bundle = unwrap(desk.field(row, Field::SeveralKey));
        let parcels = unwrap(desk.field(row, Field::Parcels));
        // Most rows are single parcels and say so; they cannot prove anything.
        if matches!(bundle, "" | "0") && matches!(parcels, "" | "0" | "1") {
            continue;
        }
        let key = unwrap(desk.field(row, Field::Key));
        let number = tracking_key(desk.field(row, Field::Number));
        if key.is_empty() || number.is_empty() || deleted(desk, row) {
            continue;
        }
        let set = out.entry(key.to_owned()).or_default();
        if !matches!(bundle, "" | "0") {
            set.bundles.entry(bundle.to_owned()).or_default().insert(number.clone());
        }
        set.numbers.insert(number);
    }
    out
}

fn deleted(desk: &Desk, row: &SheetRow) -> bool {
    let Some(place) = desk.place(Field::Deleted) else { return false };
    let cell = row.cells.get(place).map_or("", |cell| cell);
    !matches!(&*bare(cell).text, "" | "0")
}

/// Whether the layout proves that this row is one of several parcels.
fn several_proven(desk: &Desk, bench: &Bench, row: &SheetRow, numbers: usize) -> bool {
    let kind = bare(desk.field(row, Field::SlipKind)).text;
    if numbers > 1 || (!kind.is_empty() && desk.cx.layout.several_kinds.iter().any(|several| *several == kind)) {
        return true;
    }
    let Some(set) = bench.sets.get(unwrap(desk.field(row, Field::Key))) else { return false };
    let bundle = unwrap(desk.field(row, Field::SeveralKey));
    let bundled = set.bundles.get(bundle).is_some_and(|numbers| numbers.len() > 1);
    let parcels = amounts::units(desk.field(row, Field::Parcels)).ok().flatten().map_or(0, |count| count.value);
    bundled || (parcels > 1 && usize::try_from(parcels) == Ok(set.numbers.len()))
}

fn lift(desk: &Desk, bench: &Bench, row: &SheetRow) -> Result<Parcels, Stop> {
    if deleted(desk, row) {
        let value = unwrap(desk.field(row, Field::Deleted)).to_owned();
        return Err(Stop::Aside(words::SLIP_DELETED.with([("column", desk.name(Field::Deleted)), ("value", value)])));
    }
    let orders = desk.orders(row)?;
    let mut notes = orders.notes;
    let action = action(desk, row)?;
    let basket = id(desk, row, Field::Basket, BasketId::parse, &words::BASKET_FORM)?;
    let detail = id(desk, row, Field::Row, RowId::parse, &words::ROW_FORM)?;
    let (carrier, numbers) = parcel(desk, bench, row, action)?;
    if numbers.is_empty() && action == ShipAction::Delete && detail.is_none() {
        return Err(Stop::Reject(desk.place(Field::Row), words::DELETE_WHAT.plain()));
    }
    if numbers.len() > 1 && detail.is_some() {
        let value = unwrap(desk.field(row, Field::Number)).to_owned();
        let why = words::NUMBER_SEVERAL.with([("value", value), ("count", numbers.len().to_string())]);
        return Err(Stop::Reject(desk.place(Field::Number), why));
    }
    // A deletion needs no date; the file's day stands in for it.
    let date = match bench.dates.of_row(desk, row) {
        Err(_) if action == ShipAction::Delete => Cleaned { value: desk.cx.business_day, notes: Vec::new() },
        other => other?,
    };
    notes.extend(date.notes);
    let several_proven = several_proven(desk, bench, row, numbers.len());
    let (mut wishes, mut signature) = (Vec::with_capacity(1), String::with_capacity(64));
    let mut add = |order: OrderNumber, listed: Option<BasketId>, number: Option<Cleaned<TrackingNumber>>| {
        let mut notes = notes.clone();
        let number = number.map(|number| {
            notes.extend(number.notes);
            number.value
        });
        let wish = ShipWish {
            source: desk.source(row),
            order,
            basket: basket.or(listed),
            row: detail,
            carrier: carrier.clone(),
            number,
            date: date.value,
            action,
            several_proven,
            notes,
        };
        sign(&mut signature, &wish);
        wishes.push(Wish::Ship(wish));
    };
    let (mut orders, mut numbers) = (orders.value, numbers);
    if let (1, 0 | 1) = (orders.len(), numbers.len()) {
        // By far the most rows: one order, one parcel.
        orders.drain(..).for_each(|(order, listed)| add(order, listed, numbers.pop()));
    } else {
        for (order, listed) in orders {
            if numbers.is_empty() {
                add(order, listed, None);
            } else {
                numbers.iter().for_each(|number| add(order.clone(), listed, Some(number.clone())));
            }
        }
    }
    Ok(Parcels { wishes, print: print_of(&signature) })
}

/// Writes down what makes two rows ask for the same parcel. By hand rather than with `format!`, which
/// took a fifth of the time of a large file.
fn sign(out: &mut String, wish: &ShipWish) {
    let ShipWish { source: _, order, basket, row, carrier, number, date, action, several_proven: _, notes: _ } = wish;
    out.push_str(order.as_str());
    for id in [basket.map(|id| id.0), row.map(|id| id.0)] {
        out.push('|');
        if let Some(id) = id {
            out.push_str(&id.to_string());
        }
    }
    out.push('|');
    out.push_str(carrier.code());
    out.push('|');
    let core = number.as_ref().map_or("", TrackingNumber::as_str).chars().filter(char::is_ascii_alphanumeric);
    out.extend(core.map(|c| c.to_ascii_uppercase()));
    // One sign each is enough to tell days of a file and actions apart.
    let day = i64::from(date.year()) * 512 + i64::from(date.month()) * 32 + i64::from(date.day());
    out.extend(u32::try_from(day).ok().and_then(|day| char::from_u32(0x10000 + day % 0x8_0000)));
    out.push(match action {
        ShipAction::Decide => ';',
        ShipAction::Add => '+',
        ShipAction::Correct => '*',
        ShipAction::Delete => '-',
    });
}

/// Carrier and numbers. No number is fine for a deletion and for deliveries the shop named as having none.
fn parcel(
    desk: &Desk,
    bench: &Bench,
    row: &SheetRow,
    action: ShipAction,
) -> Result<(Carrier, Vec<Cleaned<TrackingNumber>>), Stop> {
    let column = desk.field(row, Field::Carrier);
    let method = desk.field(row, Field::DeliveryMethod);
    let carrier = match bench.carriers.of_row(column, method) {
        Err(_) if action == ShipAction::Delete => bench
            .carriers
            .fixed()
            .cloned()
            .or_else(|| Carrier::from_code(OTHER))
            .ok_or_else(|| Stop::Reject(None, words::CARRIER_MISSING.plain()))?,
        other => {
            let places = [desk.place(Field::Carrier), desk.place(Field::DeliveryMethod)];
            let blamed =
                if column.trim().is_empty() && !method.trim().is_empty() { places[1] } else { places[0].or(places[1]) };
            at(blamed, other)?
        }
    };
    let rule = bench.rules.of(desk, &carrier, action);
    let place = desk.place(Field::Number);
    let numbers = at(place, numbers(desk.field(row, Field::Number), &rule, desk.cx.read.split_numbers))?;
    let unnumbered = || [method, column].iter().any(|text| bench.unnumbered.contains(&normal_name(unwrap(text))));
    if numbers.is_empty() && action != ShipAction::Delete && !unnumbered() {
        return Err(Stop::Reject(place, words::NUMBER_EMPTY.plain()));
    }
    Ok((carrier, numbers))
}

fn action(desk: &Desk, row: &SheetRow) -> Result<ShipAction, Stop> {
    let place = desk.place(Field::Action);
    match &*bare(desk.field(row, Field::Action)).text {
        "" => Ok(ShipAction::Decide),
        "追加" => Ok(ShipAction::Add),
        "訂正" => Ok(ShipAction::Correct),
        "削除" => Ok(ShipAction::Delete),
        other => {
            let known = "追加, 訂正, 削除".to_owned();
            Err(Stop::Reject(place, words::ACTION_UNKNOWN.with([("value", other.to_owned()), ("known", known)])))
        }
    }
}

/// An optional id column; what stands there must be one.
pub(super) fn id<T>(
    desk: &Desk,
    row: &SheetRow,
    field: Field,
    parse: impl Fn(&str) -> Option<T>,
    word: &'static crate::model::words::Word,
) -> Result<Option<T>, Stop> {
    let text = bare(desk.field(row, field)).text;
    if text.is_empty() {
        return Ok(None);
    }
    // A spreadsheet's `.0` hides no digit of an id that has at most 12.
    let digits = crate::flow::clean::without_zero_tail(&text).unwrap_or(&text);
    match parse(digits) {
        Some(id) => Ok(Some(id)),
        None => Err(Stop::Reject(desk.place(field), word.with([("value", text.into_owned())]))),
    }
}

#[cfg(test)]
mod tests {
    use super::super::bench::{A, B, Bench, piles, sheet};
    use super::*;
    use crate::model::pipeline::SecondNumber;

    fn stage(dates: &[&str]) -> ShipStage {
        let ship_date = if dates == ["run-date"] {
            ShipDate::RunDate
        } else {
            ShipDate::Columns(dates.iter().map(|&name| name.to_owned()).collect())
        };
        ShipStage {
            name: "x".into(),
            from: "x".into(),
            ship_date,
            second_number: SecondNumber::Hold,
            no_number: ["定形外郵便".to_owned()].into(),
            days_ahead: 7,
        }
    }

    fn lifted(bench: &Bench, stage: &ShipStage, columns: &str, rows: &[&str]) -> (Vec<String>, Lifted) {
        let sheet = sheet(columns, rows);
        let lifted = bench.with(|cx| shipments(&sheet, cx, stage));
        (piles(&sheet, &lifted), lifted)
    }

    /// Each row of a generic shipments file ends on this pile.
    fn check(rows: &[(&str, &str)]) {
        let columns = "注文番号|送付先ID|お荷物伝票番号|配送会社|発送日|発送明細ID|処理|配送方法";
        let texts: Vec<&str> = rows.iter().map(|(row, _)| *row).collect();
        let (found, _) = lifted(&Bench::new("generic-shipments"), &stage(&["発送日"]), columns, &texts);
        assert_eq!(found, rows.iter().map(|(_, pile)| *pile).collect::<Vec<_>>());
    }

    #[test]
    fn every_row_ends_on_one_pile() {
        let other = "999999-20260401-0000000101";
        check(&[
            (&format!("{A}||123456789013|1001|2026/4/2||| "), "wish"),
            (&format!("{A}||1234-5678-9013|ヤマト運輸|2026-04-02|||"), "row-doubled"),
            (&format!("{A}||123456789014|1001|2026/4/2|||"), "number-digit"),
            (&format!("{A}||1.23E+11|1001|2026/4/2|||"), "number-scientific"),
            (&format!("{A}||123456789013|1001||||"), "date-empty"),
            (&format!("{A}||123456789013|1001|4月2日|||"), "date-no-year"),
            (&format!("{A}||123456789013||2026/4/2|||"), "carrier-missing"),
            (&format!("{A}||123456789013|飛脚|2026/4/2|||"), "carrier-unknown"),
            (&format!("{A}||123456789013|1002|2026/4/2|||宅配便"), "carrier-disagree"),
            (&format!("{A}|1000000001x|123456789013|1001|2026/4/2|||"), "basket-form"),
            (&format!("{A}|||1001|2026/4/2|||宅配便"), "number-empty"),
            (&format!("{A}|||1003|2026/4/2|||定形外郵便"), "wish"),
            (&format!("{A}||123456789013|1001|2026/4/2||取消|"), "action-unknown"),
            (&format!("{A}|||||120000000001|削除|"), "wish"),
            (&format!("{A}||||||削除|"), "delete-what"),
            (&format!("{other}||123456789013|1001|2026/4/2|||"), "order-other-shop"),
            ("||123456789013|1001|2026/4/2|||", "key-empty"),
        ]);
    }

    #[test]
    fn a_rejected_row_still_names_the_order_of_a_parcel() {
        let named = |row: &str| {
            let columns = "注文番号|お荷物伝票番号|配送会社|発送日";
            let (_, lifted) = lifted(&Bench::new("generic-shipments"), &stage(&["発送日"]), columns, &[row]);
            lifted.refused.into_iter().map(|(order, _)| order.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(named(&format!("{A}|4.00E+11|1001|2026/4/2")), [A]);
        assert_eq!(named(&format!("{A}|123456789014|1001|2026/4/2")), [A]);
        assert_eq!(named(&format!("{A}|123456789013|飛脚|2026/4/2")), [A]);
        assert_eq!(named(&format!("{A}|123456789013|1001|")), [A]);
        // A row that goes its way is a wish; one whose order cannot be read names nobody.
        assert!(named(&format!("{A}|123456789013|1001|2026/4/2")).is_empty());
        assert!(named("x|4.00E+11|1001|2026/4/2").is_empty());
    }

    #[test]
    fn the_first_date_that_is_there_wins() {
        let bench = Bench::new("tempostar-shipped");
        let columns = "システム受注番号|配送方法コード|出荷日|出荷確定日|荷物番号";
        let row = |day: &str, fixed: &str| format!("{A}_1|宅配便|{day}|{fixed}|123456789013");
        let dated = |dates: &[&str], row: &str| {
            let (_, lifted) = lifted(&bench, &stage(dates), columns, &[row]);
            match lifted.wishes.first() {
                Some(Wish::Ship(wish)) => wish.date.to_string(),
                _ => lifted.rejected[0].why.code().to_owned(),
            }
        };
        let both = ["出荷確定日", "出荷日"];
        assert_eq!(dated(&both, &row("2026/04/02 1:00", "2026/04/01 12:30:00")), "2026-04-01");
        assert_eq!(dated(&both, &row("2026/04/02", "")), "2026-04-02");
        assert_eq!(dated(&["run-date"], &row("", "")), "2026-04-03");
        assert_eq!(dated(&[], &row("2026/04/02", "2026/04/01")), "2026-04-01");
        assert_eq!(dated(&["配達日"], &row("2026/04/02", "")), "date-column-missing");
    }

    #[test]
    fn several_parcels_must_be_proven() {
        let proven = |layout: &str, columns: &str, rows: &[&str]| -> Vec<bool> {
            let (_, lifted) = lifted(&Bench::new(layout), &stage(&["run-date"]), columns, rows);
            let ship = |wish: &Wish| matches!(wish, Wish::Ship(wish) if wish.several_proven);
            lifted.wishes.iter().map(ship).collect()
        };
        let b2 = "お客様管理番号|送り状種類|伝票番号|複数口くくりキー";
        let (one, two) = ("123456789013", "123456789024");
        let rows = |kind: &str, bundle: &str| [one, two].map(|n| format!("{A}|{kind}|{n}|{bundle}"));
        let run = |rows: &[String]| proven("yamato-b2", b2, &rows.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(run(&rows("0", "")), [false, false]);
        assert_eq!(run(&rows("6", "")), [true, true]);
        assert_eq!(run(&rows("0", "K1")), [true, true]);
        assert_eq!(run(&rows("0", "K1")[..1]), [false]);
        let e3 = "お客様管理番号|お問い合せ送り状No.|出荷個数|削除区分";
        let rows = [format!("{A}|{one}|2|"), format!("{A}|{two}|2|"), format!("{B}|{one}|2|")];
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        assert_eq!(proven("sagawa-ehiden3", e3, &rows), [true, true, false]);
    }

    #[test]
    fn deleted_slips_are_set_aside() {
        let bench = Bench::new("sagawa-ehiden3");
        let columns = "お客様管理番号|お問い合せ送り状No.|出荷日|削除区分";
        let rows = [format!("{A}|123456789013|20260402|1"), format!("{A}|123456789024|20260402|0")];
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        let (found, _) = lifted(&bench, &stage(&["出荷日"]), columns, &rows);
        assert_eq!(found, ["slip-deleted", "wish"]);
    }

    #[test]
    fn joint_shipping_gives_a_wish_for_each_order_and_counts_once() {
        let mut bench = Bench::new("next-engine-shipped");
        bench.read.over.carrier = Some("1001".into());
        let list = [format!("7001|{A}"), format!("7001|{B}")];
        let list: Vec<&str> = list.iter().map(String::as_str).collect();
        bench.bridge = Some(sheet("伝票番号|店舗伝票番号", &list));
        let rows = ["7001|123456789013|2026/4/2", "7001|123456789013|2026/4/2"];
        let (found, lifted) = lifted(&bench, &stage(&["出荷予定日"]), "伝票番号|発送伝票番号|出荷予定日", &rows);
        assert_eq!(found, ["wish", "row-doubled"]);
        assert_eq!(lifted.wishes.iter().map(|wish| wish.order().as_str()).collect::<Vec<_>>(), [A, B]);
    }

    #[test]
    fn a_cell_of_several_numbers_gives_several_parcels_with_leave() {
        let mut bench = Bench::new("generic-shipments");
        let columns = "注文番号|お荷物伝票番号|配送会社|発送日";
        let row = format!("{A}|123456789013/123456789024|1001|2026/4/2");
        let stage = stage(&["発送日"]);
        assert_eq!(lifted(&bench, &stage, columns, &[&row]).0, ["number-several"]);
        bench.read.split_numbers = true;
        let (found, lifted) = lifted(&bench, &stage, columns, &[&row]);
        assert_eq!((found, lifted.wishes.len()), (vec!["wish".to_owned()], 2));
    }

    #[test]
    fn one_lost_zero_comes_back_and_a_file_of_them_is_in_doubt() {
        let columns = "注文番号|お荷物伝票番号|配送会社|発送日";
        let run = |numbers: &[(&str, &str)]| {
            let rows: Vec<String> =
                numbers.iter().map(|(number, carrier)| format!("{A}|{number}|{carrier}|2026/4/2")).collect();
            let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
            lifted(&Bench::new("generic-shipments"), &stage(&["発送日"]), columns, &rows).0
        };
        let [a, b, c] = ["12345678903", "12345678914", "12345678925"].map(|number| (number, "1001"));
        assert_eq!(run(&[a, b]), ["wish", "wish"]);
        assert_eq!(run(&[a, b, c]), ["numbers-all-short"; 3]);
        assert_eq!(run(&[a, b, c, ("123456789013", "1002")])[3], "wish");
        assert_eq!(run(&[a, b, c, ("123456789013", "1001")]), ["wish"; 4]);
    }

    #[test]
    fn a_record_that_was_split_is_on_one_pile() {
        let columns = "注文番号|お荷物伝票番号|配送会社|発送日";
        let row = |number: &str| format!("{A}|{number}|1001|2026/4/2");
        let split = |numbers: &[&str]| {
            let texts: Vec<String> = numbers.iter().map(|number| row(number)).collect();
            let mut sheet = sheet(columns, &texts.iter().map(String::as_str).collect::<Vec<_>>());
            sheet.rows.iter_mut().for_each(|row| (row.record, row.line) = (1, 2));
            let lifted = Bench::new("generic-shipments").with(|cx| shipments(&sheet, cx, &stage(&["発送日"])));
            (lifted.wishes.len(), lifted.rejected.len(), lifted.set_aside.len())
        };
        let (one, two) = ("123456789013", "123456789024");
        assert_eq!(split(&[one, two]), (2, 0, 0));
        assert_eq!(split(&[one, one]), (1, 0, 0));
        assert_eq!(split(&[one, "1", "2"]), (0, 1, 0));
    }
}
