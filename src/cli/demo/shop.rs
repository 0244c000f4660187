//! The demo's shop: its keys, its orders of yesterday, and how they look after the nights.
//!
//! Made up from a line per order; the pretend RMS fills in the rest. It knows nothing of the sample
//! files beyond the order numbers they share.

use crate::model::day::Moment;
use serde_json::{Value, json};

/// Not secret: it opens nothing but the pretend RMS.
pub const SECRET: &str = "SP555001_demo";
pub const KEY: &str = "SL555001_demo";

/// The shop's digits, as order numbers begin with them.
const DIGITS: &str = "555001";

/// First and last order of the shop, as the sample files name them.
const ORDERS: std::ops::RangeInclusive<i64> = 101..=117;

/// Puts today's dates into a template: `{order}` begins an order number, the rest is today as tools write it.
pub fn dated(template: &str, now: Moment) -> String {
    let today = now.day();
    let slash = format!("{:04}/{:02}/{:02}", today.year(), today.month(), today.day());
    // Excel shows and saves dates without the zeros.
    let short = format!("{}/{}/{}", today.year(), today.month(), today.day());
    template
        .replace("{order}", &before_serial(now))
        .replace("{slash}", &slash)
        .replace("{short}", &short)
        .replace("{day}", &today.to_string())
}

/// All of an order number but the last three digits. The orders are of yesterday.
fn before_serial(now: Moment) -> String {
    let day = now.day().plus_days(-1);
    format!("{DIGITS}-{:04}{:02}{:02}-0000000", day.year(), day.month(), day.day())
}

/// The shop file of the pretend RMS.
pub fn shop(now: Moment) -> Value {
    let orders: Vec<Value> = ORDERS.map(|serial| order(serial, now)).collect();
    json!({
        "service_secret": SECRET,
        "license_key": KEY,
        "orders": orders,
        "sub_statuses": [
            { "orderProgress": 300, "SubStatusModelList": [
                { "subStatusId": 15003, "subStatusName": "出荷準備", "orderby": 1 },
                { "subStatusId": 15004, "subStatusName": "入荷待ち", "orderby": 2 },
            ] },
        ],
    })
}

fn order(serial: i64, now: Moment) -> Value {
    let ordered = Moment::at(now.day().plus_days(-1), 10, serial % 60, 0);
    let (item, price) = match serial % 3 {
        0 => ("番茶 100g", 1080),
        1 => ("能登の塩", 880),
        _ => ("湯呑", 1650),
    };
    // One parcel was typed into RMS by hand in the daytime; the carrier's file repeats it at night.
    let rows = match serial {
        104 => json!([{
            "shippingDetailId": 80000104, "shippingNumber": "300000000042", "deliveryCompany": "1001",
            "deliveryCompanyName": "ヤマト運輸", "shippingDate": now.day().to_string(),
        }]),
        _ => json!([]),
    };
    let progress = if serial == 116 { 100 } else { 300 };
    json!({
        "orderNumber": format!("{}{serial}", before_serial(now)),
        "orderProgress": progress,
        "orderDatetime": ordered.to_api(),
        "PackageModelList": [{
            "basketId": 70000000 + serial,
            "postagePrice": 550,
            "ItemModelList": [{ "itemDetailId": 71000000 + serial, "itemName": item, "price": price, "units": 2, "taxRate": 0.1 }],
            "ShippingModelList": rows,
        }],
    })
}

/// The same shop with its orders as the pretend RMS shows them now. An order that cannot be seen stays as it was.
pub fn seen(mut shop: Value, endpoint: &str) -> Value {
    let Some(orders) = shop.get_mut("orders").and_then(Value::as_array_mut) else { return shop };
    for order in orders {
        let number = order.get("orderNumber").and_then(Value::as_str).unwrap_or_default();
        let reply = reqwest::blocking::get(format!("{endpoint}/_simulator/orders/{number}"));
        if let Ok(now) = reply.and_then(reqwest::blocking::Response::error_for_status).and_then(|reply| reply.json()) {
            *order = now;
        }
    }
    shop
}
