//! What an import makes of the orders it found: baselines for orders not seen before, differences for
//! those that were, and the two lists of 取込漏れ. The first import adopts and sends nothing. It knows no
//! search windows and no cursor.

use super::cells::{self, cell, same_core};
use super::picture::keyed_hash;
use crate::model::baseline::Baseline;
use crate::model::ids::{BasketId, ItemId, OrderNumber};
use crate::model::money::{Amount, Yen};
use crate::model::order::{Item, Order, Orders, Package, state_name};
use crate::model::rejection::UNSAID;
use crate::model::wish::AmendWish;
use crate::model::words::{Why, money as words};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

pub use super::cells::whole_number;

/// Columns of an order CSV that a person may well edit although no amendment can carry them. Those of the
/// order, of the destination and of the line alike; states and times move by themselves and are not here.
const WATCHED: [&str; 63] = [
    // Read into a value of the wish, and not here, where the stage may change them.
    "送付先送料",
    "送付先代引料",
    "単価",
    "個数",
    "商品税率",
    "支払方法名",
    "配送方法",
    "配送区分",
    "ポイント利用額",
    "クーポン利用総額",
    "店舗発行クーポン利用額",
    "楽天発行クーポン利用額",
    "決済手数料",
    "ラッピング名1",
    "ラッピング料金1",
    "ラッピング税込別1",
    "ラッピング名2",
    "ラッピング料金2",
    "ラッピング税込別2",
    "お届け時間帯",
    "お届け日指定",
    "担当者",
    "ひとことメモ",
    "メール差込文 (お客様へのメッセージ)",
    "ギフト配送希望",
    "コメント",
    "注文者郵便番号1",
    "注文者郵便番号2",
    "注文者住所都道府県",
    "注文者住所郡市区",
    "注文者住所それ以降の住所",
    "注文者姓",
    "注文者名",
    "注文者姓カナ",
    "注文者名カナ",
    "注文者電話番号1",
    "注文者電話番号2",
    "注文者電話番号3",
    "注文者メールアドレス",
    "のし",
    "送付先郵便番号1",
    "送付先郵便番号2",
    "送付先住所都道府県",
    "送付先住所郡市区",
    "送付先住所それ以降の住所",
    "送付先姓",
    "送付先名",
    "送付先姓カナ",
    "送付先名カナ",
    "送付先電話番号1",
    "送付先電話番号2",
    "送付先電話番号3",
    "送付先送料税率",
    "送付先代引料税率",
    "商品名",
    "商品番号",
    "商品管理番号",
    "項目・選択肢",
    "送料込別",
    "税込別",
    "代引手数料込別",
    "SKU管理番号",
    "SKU情報",
];

/// Columns RMS works out from others.
const DERIVED: [&str; 6] =
    ["商品合計金額", "合計金額", "請求金額", "送付先商品合計金額", "送付先合計金額", "商品毎税込価格"];

/// Columns whose text may name or describe a person: a changed one is said without its contents.
fn is_personal(column: &str) -> bool {
    let people = ["注文者", "送付先郵便", "送付先住所", "送付先姓", "送付先名", "送付先電話"];
    people.iter().any(|start| column.starts_with(start))
        || matches!(column, "コメント" | "ひとことメモ" | "のし" | "メール差込文 (お客様へのメッセージ)")
}

/// What one import found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Orders not seen before: these become the baseline.
    pub adopted: Vec<Baseline>,
    /// Orders whose baseline was to be moved, and moved.
    pub refreshed: Vec<Baseline>,
    /// Known orders that still are as they were, or whose differences were only listed.
    pub known: Vec<OrderNumber>,
    pub differences: Vec<Difference>,
}

/// One value that differs from the baseline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    pub order: OrderNumber,
    pub basket: Option<BasketId>,
    pub item: Option<ItemId>,
    /// As an order CSV names it.
    pub column: String,
    pub was: String,
    pub now: String,
}

impl Difference {
    pub fn why(&self) -> Why {
        words::IMPORT_DIFFERENCE.with([
            ("order", self.order.to_string()),
            ("column", self.column.clone()),
            ("was", self.was.clone()),
            ("now", self.now.clone()),
        ])
    }
}

/// The baseline of an order as read, with hashes of the cells an order CSV would show.
pub fn baseline(order: &Order, key: &[u8]) -> Option<Baseline> {
    let mut base = Baseline::of(order)?;
    for package in order.destinations() {
        for item in package.items() {
            for column in WATCHED.iter().chain(&DERIVED) {
                if let Some((place, text)) = placed(order, package, item, column) {
                    base.cells.entry(place).or_insert_with(|| cell_hash(&text, key));
                }
            }
        }
    }
    Some(base)
}

/// What an import makes of the orders. `refresh` names the orders whose baseline moves (all of them with
/// `refresh = true`, or those of `import --again`); without it differences are listed and nothing moves.
pub fn import(
    orders: &Orders,
    baselines: &BTreeMap<OrderNumber, Baseline>,
    refresh: &dyn Fn(&OrderNumber) -> bool,
    key: &[u8],
) -> Imported {
    let mut out = Imported::default();
    for (number, order) in orders {
        let Some(now) = baseline(order, key) else { continue };
        let Some(was) = baselines.get(number) else {
            out.adopted.push(now);
            continue;
        };
        out.differences.extend(differences(was, &now));
        let next = was.clone().followed_by(now);
        if refresh(number) && *was != next {
            out.refreshed.push(next);
        } else {
            out.known.push(number.clone());
        }
    }
    out
}

/// A re-import by order CSV: the baselines of known orders take the file's figures, and what that changed is
/// told. An empty cell leaves a figure alone; an order never seen cannot be made from a file and is left out.
pub fn import_csv(records: &[AmendWish], baselines: &BTreeMap<OrderNumber, Baseline>) -> Imported {
    let mut out = Imported::default();
    for (number, rows) in super::by_order(records, |wish| &wish.order) {
        let Some(was) = baselines.get(&number) else { continue };
        let mut now = was.clone();
        for row in rows {
            take_record(&mut now, row);
        }
        out.differences.extend(differences(was, &now));
        let next = was.clone().followed_by(now);
        if *was == next {
            out.known.push(number);
        } else {
            out.refreshed.push(next);
        }
    }
    out
}

fn take_record(base: &mut Baseline, row: &AmendWish) {
    let figure = |column: &str| row.other_cells.get(column).and_then(|text| whole_number(text));
    if let Some(state) = figure("ステータス").filter(|state| state_name(*state) != "不明") {
        base.state = state;
    }
    if let Some(yen) = figure("請求金額") {
        base.request_price = Amount::from_wire(yen);
    }
    if let Some(yen) = figure("合計金額") {
        base.total_price = Amount::from_wire(yen);
    }
    if let Some(yen) = figure("ポイント利用額") {
        base.points = Yen(yen);
    }
    let item = row.item.filter(|item| base.item(*item).is_some());
    let holder =
        item.and_then(|item| base.baskets.iter().find(|basket| basket.items.iter().any(|one| one.item == item)));
    let basket = row.basket.or_else(|| holder.map(|basket| basket.basket));
    if let Some(basket) = basket.and_then(|basket| base.basket_mut(basket)) {
        basket.postage = row.postage.unwrap_or(basket.postage);
        basket.cod_fee = row.cod_fee.unwrap_or(basket.cod_fee);
    }
    if let Some(line) = item.and_then(|item| base.item_mut(item)) {
        line.price = row.price.unwrap_or(line.price);
        line.units = row.units.unwrap_or(line.units);
        line.tax_rate = row.tax_rate.or(line.tax_rate);
    }
}

/// What differs between two looks at one order, in figures.
pub fn differences(was: &Baseline, now: &Baseline) -> Vec<Difference> {
    type Place = (Option<BasketId>, Option<ItemId>, String);
    fn figures(base: &Baseline) -> BTreeMap<Place, String> {
        let mut all = BTreeMap::new();
        let mut put = |basket: Option<BasketId>, item: Option<ItemId>, column: &str, value: String| {
            all.insert((basket, item, column.to_owned()), value);
        };
        put(None, None, "ステータス", format!("{} {}", base.state, state_name(base.state)));
        put(None, None, "請求金額", base.request_price.to_string());
        put(None, None, "合計金額", base.total_price.to_string());
        put(None, None, "決済手数料", base.payment_charge.to_string());
        put(None, None, "注文者負担金合計", base.buyers_fee.to_string());
        put(None, None, "クーポン利用総額", base.coupons_total.to_string());
        put(None, None, "ポイント利用額", base.points.to_string());
        for wrapping in &base.wrappings {
            let column = format!("ラッピング料金{}", wrapping.title);
            put(None, None, &column, wrapping.price.unwrap_or_default().to_string());
        }
        for basket in &base.baskets {
            let id = Some(basket.basket);
            put(id, None, "送付先送料", basket.postage.to_string());
            put(id, None, "送付先代引料", basket.cod_fee.to_string());
            for item in &basket.items {
                put(id, Some(item.item), "単価", item.price.to_string());
                put(id, Some(item.item), "個数", item.units.to_string());
                let rate = item.tax_rate.map(|rate| rate.to_string()).unwrap_or_default();
                put(id, Some(item.item), "商品税率", rate);
            }
            for row in &basket.rows {
                let part = |text: &Option<String>| text.clone().unwrap_or_default();
                let seen = [part(&row.seen.carrier), part(&row.seen.number), part(&row.seen.date)].join(" ");
                put(id, None, &format!("発送明細 {}", row.row), seen);
            }
        }
        all
    }
    let (before, after) = (figures(was), figures(now));
    let places: BTreeSet<&Place> = before.keys().chain(after.keys()).collect();
    places
        .into_iter()
        .filter_map(|place| {
            let (was_value, now_value) = (before.get(place), after.get(place));
            let (basket, item, column) = place;
            let shown = |value: Option<&String>| value.cloned().unwrap_or_else(|| "-".to_owned());
            (was_value != now_value).then(|| Difference {
                order: now.order.clone(),
                basket: *basket,
                item: *item,
                column: column.clone(),
                was: shown(was_value),
                now: shown(now_value),
            })
        })
        .collect()
}

/// 取込漏れ: orders RMS has and no file names, and the reverse.
pub fn gaps(in_rms: &BTreeSet<OrderNumber>, in_files: &BTreeSet<OrderNumber>) -> Vec<Why> {
    let only_in_rms =
        in_rms.difference(in_files).map(|number| words::IMPORT_ONLY_IN_RMS.with([("order", number.to_string())]));
    let only_in_file =
        in_files.difference(in_rms).map(|number| words::IMPORT_ONLY_IN_FILE.with([("order", number.to_string())]));
    only_in_rms.chain(only_in_file).collect()
}

/// The header and the records of an export with all columns of the mall's order CSV.
pub fn export(orders: &Orders) -> (Vec<&'static str>, Vec<Vec<String>>) {
    (cells::COLUMNS.to_vec(), orders.values().flat_map(|order| cells::records(order)).collect())
}

/// A cell of an edited order CSV that someone changed and that no amendment carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedCell {
    pub column: String,
    /// What RMS holds; not told of a personal column.
    pub was: String,
    /// What the file says; not told of a personal column.
    pub now: String,
    /// RMS works it out from other values.
    pub derived: bool,
    /// A name, an address, what a person wrote: said by its column alone.
    pub personal: bool,
}

/// The look at the order that an order CSV's record was made from, judged by the columns RMS works out itself and
/// nobody edits on purpose; and others it may as well have been made from.
pub fn made_from<'b>(
    wish: &AmendWish,
    order: &Order,
    baseline: &'b Baseline,
    key: &[u8],
) -> (&'b Baseline, Vec<&'b Baseline>) {
    if baseline.earlier.is_empty() {
        return (baseline, Vec::new());
    }
    let (package, item) = place_in(wish, order);
    let told: Vec<(String, String)> = DERIVED
        .iter()
        .filter_map(|column| {
            let text = wish.other_cells.get(*column).filter(|text| !text.trim().is_empty())?;
            Some((place_of(package, item, column, order), cell_hash(text, key)))
        })
        .collect();
    let fits = |base: &&Baseline| told.iter().all(|(place, hash)| base.cells.get(place).is_none_or(|own| own == hash));
    let all = || std::iter::once(baseline).chain(&baseline.earlier);
    let mut fitting = all().filter(fits);
    match fitting.next() {
        Some(first) => (first, fitting.collect()),
        // The totals were edited too: it may be any.
        None => (baseline, baseline.earlier.iter().collect()),
    }
}

/// The destination and the line that a record speaks of.
fn place_in<'o>(wish: &AmendWish, order: &'o Order) -> (Option<&'o Package>, Option<&'o Item>) {
    let package = match wish.basket {
        Some(basket) => order.destination(basket),
        None => order.destinations().next().filter(|_| order.destinations().count() == 1),
    };
    let item = wish.item.and_then(|id| order.destinations().flat_map(Package::items).find(|item| item.id() == id));
    let holder =
        item.and_then(|item| order.destinations().find(|one| one.items().any(|other| other.id() == item.id())));
    (package.or(holder), item)
}

/// The changed cells of one record. An empty cell says nothing; a cell that is as RMS has it, or as it was
/// at the import, was not changed by the person who sent the file.
pub fn changed_cells(wish: &AmendWish, order: &Order, baseline: Option<&Baseline>, key: &[u8]) -> Vec<ChangedCell> {
    let (package, item) = place_in(wish, order);
    let mut changed = Vec::new();
    for (column, derived) in
        WATCHED.iter().map(|column| (*column, false)).chain(DERIVED.iter().map(|column| (*column, true)))
    {
        let Some(text) = wish.other_cells.get(column).filter(|text| !text.trim().is_empty()) else { continue };
        let Some(now) = cell(order, package, item, column) else { continue };
        if same_core(text) == same_core(&now) || same_rate(column, text, &now) {
            continue;
        }
        let place = place_of(package, item, column, order);
        if baseline.is_some_and(|base| base.cells.get(&place) == Some(&cell_hash(text, key))) {
            continue;
        }
        let personal = is_personal(column);
        let told = |text: &str| if personal { UNSAID.to_owned() } else { text.to_owned() };
        changed.push(ChangedCell { column: column.to_owned(), was: told(&now), now: told(text), derived, personal });
    }
    changed
}

/// Rates come as `0.1`, `10` or `10%`.
fn same_rate(column: &str, one: &str, other: &str) -> bool {
    let thousandths = |text: &str| -> Option<u32> {
        let plain = same_core(text);
        let (plain, percent) = match plain.strip_suffix('%') {
            Some(rest) => (rest.to_owned(), true),
            None => (plain, false),
        };
        let (whole, part) = plain.split_once('.').unwrap_or((&plain, ""));
        let digits: String = part.chars().chain("000".chars()).take(3).collect();
        let value = whole.parse::<u32>().ok()?.checked_mul(1000)?.checked_add(digits.parse().ok()?)?;
        Some(if percent || value >= 1000 { value / 100 } else { value })
    };
    column.ends_with("税率") && thousandths(one).is_some() && thousandths(one) == thousandths(other)
}

fn cell_hash(text: &str, key: &[u8]) -> String {
    // Sixteen hexadecimal digits are enough to tell an edit, and keep a baseline small.
    keyed_hash(key, &same_core(text)).chars().take(16).collect()
}

/// A column with the destination or line it speaks of, and its text.
fn placed(order: &Order, package: &Package, item: &Item, column: &str) -> Option<(String, String)> {
    let text = cell(order, Some(package), Some(item), column)?;
    Some((place_of(Some(package), Some(item), column, order), text))
}

fn place_of(package: Option<&Package>, item: Option<&Item>, column: &str, order: &Order) -> String {
    if cell(order, None, None, column).is_some() {
        column.to_owned()
    } else if cell(order, package, None, column).is_some() {
        format!("{column}@{}", package.map_or(0, |package| package.basket_id))
    } else {
        format!("{column}@@{}", item.map_or(0, |item| item.item_detail_id))
    }
}

#[cfg(test)]
mod tests {
    use super::super::made::{KEY, at, number, wish};
    use super::*;
    use crate::flow::money::made::{basket, item, order};

    fn one() -> Order {
        let mut one = order(300, vec![basket(1, 550, 0, vec![item(1, 1650, 2, 100, true)])]);
        one.memo = Some("CANARY".into());
        one.package_model_list[0].sender_model.city = "CANARY-CITY".into();
        one.package_model_list[0].sender_model.zip_code2 = "0012".into();
        one
    }

    /// The changed columns of a record with these other cells, against an order that moved since the import.
    fn check(cells: &[(&str, &str)], later: impl Fn(&mut Order), expect: &[&str]) {
        let base = baseline(&one(), KEY).unwrap();
        let mut now = one();
        later(&mut now);
        let mut record = at(wish(2), 1, 1);
        record.other_cells = cells.iter().map(|(column, text)| ((*column).to_owned(), (*text).to_owned())).collect();
        let changed = changed_cells(&record, &now, Some(&base), KEY);
        let columns: Vec<&str> = changed.iter().map(|cell| cell.column.as_str()).collect();
        assert_eq!(columns, expect);
        assert!(changed.iter().all(|cell| !cell.was.contains("CANARY")));
    }

    #[test]
    fn only_what_the_person_changed_is_seen() {
        check(&[("商品名", "品１"), ("送付先郵便番号2", "12"), ("コメント", ""), ("未知の列", "x")], |_| {}, &[]);
        check(&[("商品名", "品2"), ("送付先住所郡市区", "別")], |_| {}, &["送付先住所郡市区", "商品名"]);
        check(&[("ひとことメモ", "CANARY")], |order| order.memo = Some("新しい".into()), &[]);
        check(&[("ひとことメモ", "手で")], |order| order.memo = Some("新しい".into()), &["ひとことメモ"]);
        check(&[("請求金額", "3,850")], |_| {}, &[]);
        check(&[("請求金額", "1")], |_| {}, &["請求金額"]);
        check(&[("送付先送料税率", "10%")], |_| {}, &[]);
        check(&[("送付先送料税率", "8")], |_| {}, &["送付先送料税率"]);
    }

    #[test]
    fn a_baseline_holds_no_text_of_a_person() {
        let text = serde_json::to_string(&baseline(&one(), KEY).unwrap()).unwrap();
        assert!(!text.contains("CANARY") && !text.contains("0012"), "{text}");
    }

    #[test]
    fn the_first_import_adopts_and_later_ones_tell_what_moved() {
        let orders: Orders = [(number(), one().into())].into();
        let first = import(&orders, &BTreeMap::new(), &|_| false, KEY);
        assert_eq!((first.adopted.len(), first.differences.len()), (1, 0));
        let known: BTreeMap<OrderNumber, Baseline> =
            first.adopted.into_iter().map(|base| (base.order.clone(), base)).collect();
        let again = import(&orders, &known, &|_| true, KEY);
        assert_eq!((again.known.len(), again.refreshed.len(), again.differences.len()), (1, 0, 0));

        let mut moved = one();
        moved.package_model_list[0].postage_price = Amount::Fixed(Yen(0));
        moved.package_model_list[0].item_model_list[0].units = 3;
        let moved = [(number(), moved.into())].into();
        let listed = import(&moved, &known, &|_| false, KEY);
        let columns: Vec<&str> = listed.differences.iter().map(|one| one.column.as_str()).collect();
        assert_eq!((columns, listed.refreshed.len()), (vec!["送付先送料", "個数"], 0));
        assert_eq!(import(&moved, &known, &|_| true, KEY).refreshed.len(), 1);
    }

    #[test]
    fn an_order_csv_refreshes_what_it_shows_and_no_more() {
        let known: BTreeMap<OrderNumber, Baseline> = [(number(), baseline(&one(), KEY).unwrap())].into();
        let record = |units: Option<i64>| AmendWish { units, from_order_csv: true, ..at(wish(2), 1, 1) };
        assert_eq!(import_csv(&[record(None)], &known).known, [number()]);
        let moved = import_csv(&[AmendWish { postage: Some(Amount::Fixed(Yen(0))), ..record(Some(5)) }], &known);
        let columns: Vec<&str> = moved.differences.iter().map(|one| one.column.as_str()).collect();
        assert_eq!(columns, ["送付先送料", "個数"]);
        assert_eq!(moved.refreshed[0].baskets[0].items[0].price, Yen(1650));
        assert_eq!(import_csv(&[record(Some(5))], &BTreeMap::new()), Imported::default());
    }

    #[test]
    fn both_kinds_of_gaps_are_listed() {
        let other = OrderNumber::parse("555001-20260401-0000000999").unwrap();
        let gaps = gaps(&[number()].into(), &[other].into());
        let codes: Vec<&str> = gaps.iter().map(Why::code).collect();
        assert_eq!(codes, ["import-only-in-rms", "import-only-in-file"]);
    }
}
