//! What RMS knows, when its API cannot be asked: the shop's own downloads (受注データ and 発送完了報告データ)
//! stand in for it. Only orders whose state, destinations and shipping rows are all known come out;
//! what is missing from either file must wait, because a row we do not see could be added twice.

use crate::model::ids::OrderNumber;
use crate::model::order::{Order, Orders, Package, ShippingRow};
use crate::model::sheet::{Sheet, SheetRow};
use std::collections::BTreeMap;

/// Columns of the order download that are needed here, beside 注文番号.
pub const ORDER_COLUMNS: [&str; 5] = ["ステータス", "送付先ID", "注文日時", "注文日", "楽天確認中フラグ"];

/// What one order download says, without names or addresses.
pub type BareOrders = BTreeMap<OrderNumber, Order>;

/// What one shipping-report download says: rows by order, each with its 送付先ID if given.
pub type Rows = BTreeMap<OrderNumber, Vec<(Option<i64>, ShippingRow)>>;

/// State and destinations of the orders of one download.
pub fn bare_orders(sheet: &Sheet) -> BareOrders {
    let mut seen = BareOrders::new();
    for row in &sheet.rows {
        read_order(sheet, row, &mut seen);
    }
    seen.retain(|_, order| order.order_progress > 0 && !order.package_model_list.is_empty());
    seen
}

/// Shipping rows of one 発送完了報告 download.
pub fn rows(sheet: &Sheet) -> Rows {
    let mut seen = Rows::new();
    for row in &sheet.rows {
        let Some(order) = OrderNumber::parse(cell(sheet, row, "注文番号").unwrap_or_default()) else { continue };
        let text = |column: &str| cell(sheet, row, column).filter(|text| !text.is_empty()).map(str::to_owned);
        let date = text("発送日").map(|date| date.replace('/', "-"));
        let shipping = ShippingRow {
            shipping_detail_id: text("発送明細ID").and_then(|id| id.parse().ok()).unwrap_or_default(),
            shipping_number: text("お荷物伝票番号"),
            delivery_company: text("配送会社"),
            shipping_date: date,
            ..ShippingRow::default()
        };
        let basket = text("送付先ID").and_then(|id| id.parse().ok());
        let rows = seen.entry(order).or_default();
        // An order named without a word about a parcel has none: there is no row that could be filled.
        if shipping != ShippingRow::default() {
            rows.push((basket, shipping));
        }
    }
    seen
}

/// The orders whose state **and** rows are known, later downloads replacing earlier ones order by order.
/// Without any report nobody knows any row, and nothing comes out.
pub fn join(downloads: impl IntoIterator<Item = BareOrders>, reports: Vec<Rows>) -> Orders {
    if reports.is_empty() {
        return BTreeMap::new();
    }
    let mut all: BTreeMap<OrderNumber, Order> = downloads.into_iter().flatten().collect();
    let rows: Rows = reports.into_iter().flatten().collect();
    for (number, rows) in rows {
        if let Some(order) = all.get_mut(&number) {
            place_rows(order, rows);
        }
    }
    all.into_iter().map(|(number, order)| (number, order.into())).collect()
}

fn read_order(sheet: &Sheet, row: &SheetRow, seen: &mut BTreeMap<OrderNumber, Order>) {
    let text = |column: &str| cell(sheet, row, column).unwrap_or_default();
    let Some(number) = OrderNumber::parse(text("注文番号")) else { return };
    let Ok(basket) = text("送付先ID").parse::<i64>() else { return };
    let order = seen.entry(number.clone()).or_insert_with(|| Order {
        order_number: number.to_string(),
        order_progress: text("ステータス").parse().unwrap_or_default(),
        rakuten_confirm_flag: text("楽天確認中フラグ").parse().unwrap_or_default(),
        order_datetime: ordered_at(text("注文日時"), text("注文日")),
        ..Order::default()
    });
    if order.package_model_list.iter().all(|package| package.basket_id != basket) {
        order.package_model_list.push(Package { basket_id: basket, ..Package::default() });
    }
}

/// `2026-04-01 10:15:00` or a bare day, slashes too, in the API's own form.
fn ordered_at(moment: &str, day: &str) -> Option<String> {
    let text = if moment.is_empty() { day } else { moment }.trim().replace('/', "-");
    let mut parts = text.split_whitespace();
    let day = parts.next().filter(|day| day.len() == 10)?;
    let time = parts.next().filter(|time| time.len() == 8).unwrap_or("00:00:00");
    Some(format!("{day}T{time}+0900"))
}

fn place_rows(order: &mut Order, rows: Vec<(Option<i64>, ShippingRow)>) {
    for (basket, row) in rows {
        let place = match basket {
            Some(basket) => order.package_model_list.iter_mut().find(|package| package.basket_id == basket),
            // A blank 送付先ID means the first destination.
            None => order.package_model_list.first_mut(),
        };
        if let Some(package) = place {
            package.shipping_model_list.push(row);
        }
    }
}

fn cell<'a>(sheet: &'a Sheet, row: &'a SheetRow, column: &str) -> Option<&'a str> {
    Some(row.cells.get(sheet.place(column)?)?.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(columns: &str, rows: &[&str]) -> Sheet {
        Sheet {
            columns: columns.split(',').map(str::to_owned).collect(),
            rows: rows
                .iter()
                .zip(2u32..)
                .map(|(row, line)| SheetRow { record: line - 1, line, cells: row.split(',').collect() })
                .collect(),
        }
    }

    fn check(downloads: &[&str], reports: Option<&[&str]>, expect: &[&str]) {
        let downloads = bare_orders(&sheet("注文番号,ステータス,送付先ID,注文日時", downloads));
        let reports =
            reports.map(|lines| rows(&sheet("注文番号,送付先ID,発送明細ID,お荷物伝票番号,配送会社,発送日", lines)));
        let got: Vec<String> = join([downloads], reports.into_iter().collect())
            .values()
            .map(|order| {
                let baskets: Vec<String> = order
                    .package_model_list
                    .iter()
                    .map(|package| format!("{}x{}", package.basket_id, package.shipping_model_list.len()))
                    .collect();
                format!("{} {} {}", order.order_number, order.order_progress, baskets.join(" "))
            })
            .collect();
        assert_eq!(got, expect);
    }

    #[test]
    fn state_and_rows_must_both_be_known() {
        let order = "555001-20260401-0000000101,300,7,2026-04-01 10:15:00";
        check(&[order, order], Some(&[]), &["555001-20260401-0000000101 300 7x0"]);
        check(&[order], None, &[]);
        check(
            &[order, "555001-20260401-0000000101,300,8,2026-04-01 10:15:00"],
            Some(&["555001-20260401-0000000101,8,88,400000000011,1001,2026/04/02"]),
            &["555001-20260401-0000000101 300 7x0 8x1"],
        );
        check(&[order], Some(&["555001-20260401-0000000101,7,,,,"]), &["555001-20260401-0000000101 300 7x0"]);
        check(&["555001-20260401-0000000101,,7,"], Some(&[]), &[]);
    }
}
