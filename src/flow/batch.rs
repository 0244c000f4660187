//! From approved changes to calls. Pure: the same changes give the same bodies, and nothing is looked up.
//! On this API a missing key keeps a value and an empty one erases it, so a key is either left out or
//! filled, never empty. Bodies that carry money are built elsewhere; [`alone`] wraps them.

use crate::model::batch::{Addressed, Batch, Op};
use crate::model::change::{Change, What};
use crate::model::ids::{BasketId, OrderNumber, SubStatusId};
use crate::model::plan::Entry;
use crate::model::shipment::{RowWrite, ShipChange, Shipment};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The mall's limit for every call that takes several orders.
pub const ORDERS_PER_CALL: usize = 100;
/// The mall's limit of rows for one destination in one request.
pub const ROWS_PER_BASKET: usize = 20;

/// Shipping rows by asynchronous call, of up to a hundred orders each, no order twice in one call. Rows of one order
/// travel together; more than twenty for one destination are split over later calls. Entries that are not shipping
/// rows are passed over; a change that stands twice goes once. [`ship_call`] makes a call's body.
pub fn ship_calls(entries: &[Arc<Entry>]) -> Vec<Vec<Arc<Entry>>> {
    let mut calls: Vec<(usize, Vec<Arc<Entry>>)> = Vec::new();
    // Calls before this one are full.
    let mut full = 0;
    // Where an order's latest part went: its next part must go into a later call.
    let mut latest: BTreeMap<OrderNumber, usize> = BTreeMap::new();
    let refs: Vec<&Entry> = entries.iter().map(AsRef::as_ref).collect();
    for Part { order, rows } in parts(&refs) {
        let first_free = latest.get(order).map_or(full, |call| full.max(call + 1));
        let place = (first_free..calls.len()).find(|call| calls[*call].0 < ORDERS_PER_CALL).unwrap_or_else(|| {
            calls.push((0, Vec::new()));
            calls.len() - 1
        });
        latest.insert(order.clone(), place);
        calls[place].0 += 1;
        calls[place].1.extend(rows.iter().flat_map(|(_, rows)| rows).map(|row| Arc::clone(&entries[row.place])));
        full += calls[full..].iter().take_while(|(orders, _)| *orders == ORDERS_PER_CALL).count();
    }
    calls.into_iter().map(|(_, entries)| entries).collect()
}

/// One of [`ship_calls`], as it is sent.
pub fn ship_call(entries: &[&Entry]) -> Batch {
    let models: Vec<Model> = models(entries);
    Batch {
        op: Op::UpdateOrderShippingAsync,
        body: json!({ "OrderShippingModelList": models.iter().map(|model| &model.body).collect::<Vec<_>>() }),
        addressed: models.into_iter().flat_map(|model| model.addressed).collect(),
    }
}

/// The same rows as synchronous calls, one order each.
pub fn ship_one(entries: &[&Entry]) -> Vec<Batch> {
    let batch = |model: Model| Batch { op: Op::UpdateOrderShipping, addressed: model.addressed, body: model.body };
    models(entries).into_iter().map(batch).collect()
}

/// Confirmations, up to a hundred orders a call. Other entries are passed over.
pub fn confirm(entries: &[&Entry]) -> Vec<Batch> {
    let wanted = entries.iter().map(|entry| &entry.change).filter(|change| matches!(change.what, What::Confirm));
    listed(Op::ConfirmOrder, wanted, &Map::new())
}

/// Sub-statuses, up to a hundred orders a call and one sub-status each. Other entries are passed over.
pub fn sub_status(entries: &[&Entry]) -> Vec<Batch> {
    let mut by_id: BTreeMap<SubStatusId, Vec<&Change>> = BTreeMap::new();
    for entry in entries {
        if let What::SubStatus { now, .. } = &entry.change.what {
            by_id.entry(*now).or_default().push(&entry.change);
        }
    }
    let calls = by_id.into_iter().flat_map(|(id, changes)| {
        let head = Map::from_iter([("subStatusId".to_owned(), json!(id.0))]);
        listed(Op::UpdateOrderSubStatus, changes.into_iter(), &head)
    });
    calls.collect()
}

/// ひとことメモ: the whole new text, made by the caller from what was just read. Other keys are left out and so
/// kept. An empty text takes the memo away.
pub fn memo(change: &Change, new_text: &str) -> Batch {
    alone(Op::UpdateOrderMemo, change, json!({ "orderNumber": change.order.as_str(), "memo": new_text }))
}

/// A call for one change whose body was built elsewhere (amounts, cancellations).
pub fn alone(op: Op, change: &Change, body: Value) -> Batch {
    Batch { op, addressed: vec![addressed(change, None)], body }
}

/// How many calls so many orders take, when none is split.
pub fn calls_for(orders: usize) -> usize {
    orders.div_ceil(ORDERS_PER_CALL)
}

fn addressed(change: &Change, data_number: Option<u32>) -> Addressed {
    Addressed { change: change.key(), order: change.order.clone(), data_number }
}

fn listed<'a>(op: Op, changes: impl Iterator<Item = &'a Change>, head: &Map<String, Value>) -> Vec<Batch> {
    let mut seen = BTreeSet::new();
    let once: Vec<&Change> = changes.filter(|change| seen.insert(&change.order)).collect();
    let batch = |some: &[&Change]| {
        let mut body = head.clone();
        body.insert("orderNumberList".to_owned(), some.iter().map(|change| change.order.as_str()).collect());
        let addressed = some.iter().map(|change| addressed(change, None)).collect();
        Batch { op, addressed, body: Value::Object(body) }
    };
    once.chunks(ORDERS_PER_CALL).map(batch).collect()
}

/// One order's part of a shipping call.
struct Model {
    addressed: Vec<Addressed>,
    body: Value,
}

/// One row to write, and where its entry stands in the list.
#[derive(Clone, Copy)]
struct Row<'a> {
    place: usize,
    change: &'a Change,
    write: &'a RowWrite,
}

type Rows<'a> = Vec<Row<'a>>;

/// One order's rows that go together: at most twenty for each destination.
struct Part<'a> {
    order: &'a OrderNumber,
    rows: Vec<(BasketId, Rows<'a>)>,
}

/// Orders and destinations in the order they first appear, rows as they stand; first parts of all orders before any second part.
fn parts<'a>(entries: &[&'a Entry]) -> Vec<Part<'a>> {
    let mut orders: Vec<(&OrderNumber, Vec<(BasketId, Rows)>)> = Vec::new();
    let mut place: BTreeMap<&OrderNumber, usize> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for (at, &entry) in entries.iter().enumerate() {
        let What::Ship(ShipChange { basket, write, .. }) = &entry.change.what else { continue };
        if !seen.insert(entry.change.key()) {
            continue;
        }
        let order = *place.entry(&entry.change.order).or_insert_with(|| {
            orders.push((&entry.change.order, Vec::new()));
            orders.len() - 1
        });
        let baskets = &mut orders[order].1;
        let row = Row { place: at, change: &entry.change, write };
        match baskets.iter_mut().find(|(known, _)| known == basket) {
            Some((_, rows)) => rows.push(row),
            None => baskets.push((*basket, vec![row])),
        }
    }
    let depth = |baskets: &[(BasketId, Rows)]| {
        baskets.iter().map(|(_, rows)| rows.len().div_ceil(ROWS_PER_BASKET)).max().unwrap_or(0)
    };
    let deepest = orders.iter().map(|(_, baskets)| depth(baskets)).max().unwrap_or(0);
    let mut parts = Vec::new();
    for part in 0..deepest {
        for (order, baskets) in orders.iter().filter(|(_, baskets)| part < depth(baskets)) {
            let of_basket = |(basket, rows): &(BasketId, Rows<'a>)| {
                let rows = rows.chunks(ROWS_PER_BASKET).nth(part)?;
                Some((*basket, rows.to_vec()))
            };
            parts.push(Part { order, rows: baskets.iter().filter_map(of_basket).collect() });
        }
    }
    parts
}

fn models(entries: &[&Entry]) -> Vec<Model> {
    parts(entries).iter().map(model).collect()
}

fn model(part: &Part) -> Model {
    let mut told = Vec::new();
    let mut list = Vec::new();
    let mut data_number = 0;
    for (basket, rows) in &part.rows {
        for Row { change, .. } in rows {
            data_number += 1;
            told.push(addressed(change, Some(data_number)));
        }
        let bodies: Vec<Value> = rows.iter().map(|one| row(one.write)).collect();
        list.push(json!({ "basketId": basket.0, "ShippingModelList": bodies }));
    }
    let body = json!({ "orderNumber": part.order.as_str(), "BasketidModelList": list });
    Model { addressed: told, body }
}

/// A row without an id is a new row; the id is what makes it this one.
fn row(write: &RowWrite) -> Value {
    let (id, shipment) = match write {
        RowWrite::Add(shipment) => (None, shipment),
        RowWrite::Fill(row, shipment) | RowWrite::Amend(row, shipment) => (Some(row.0), shipment),
        RowWrite::Delete(row) => return json!({ "shippingDetailId": row.0, "shippingDeleteFlag": 1 }),
    };
    let Shipment { carrier, number, date } = shipment;
    let mut body = Map::new();
    if let Some(id) = id {
        body.insert("shippingDetailId".to_owned(), json!(id));
    }
    body.insert("deliveryCompany".to_owned(), json!(carrier.code()));
    if let Some(number) = number {
        body.insert("shippingNumber".to_owned(), json!(number.as_str()));
    }
    body.insert("shippingDate".to_owned(), json!(date.to_string()));
    Value::Object(body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::carrier::Carrier;
    use crate::model::day::Day;
    use crate::model::ids::{RowId, ShopName};
    use crate::model::shipment::TrackingNumber;
    use proptest::prelude::*;

    fn order(serial: u32) -> OrderNumber {
        OrderNumber::parse(&format!("555001-20260401-{serial:010}")).unwrap()
    }

    fn entry(serial: u32, what: What) -> Entry {
        let change = Change {
            shop: ShopName("demo".to_owned()),
            order: order(serial),
            state: 300,
            what,
            stage: "x".to_owned(),
            sources: Vec::new(),
            picture: String::new(),
            notes: Vec::new(),
        };
        Entry { id: 1, change, holds: Vec::new(), urgent: false }
    }

    fn shipment(number: Option<u32>) -> Shipment {
        Shipment {
            carrier: Carrier::from_code("1001").unwrap(),
            number: number.map(|number| TrackingNumber::parse(&format!("{number:012}")).unwrap()),
            date: Day::from_iso("2026-04-02").unwrap(),
        }
    }

    fn shipping(serial: u32, basket: i64, write: RowWrite) -> Entry {
        entry(serial, What::Ship(ShipChange { basket: BasketId(basket), write, was: None }))
    }

    fn ship(entries: &[&Entry]) -> Vec<Batch> {
        let shared: Vec<Arc<Entry>> = entries.iter().map(|entry| Arc::new(Entry::clone(entry))).collect();
        let call = |entries: &Vec<Arc<Entry>>| ship_call(&entries.iter().map(AsRef::as_ref).collect::<Vec<_>>());
        ship_calls(&shared).iter().map(call).collect()
    }

    fn check(entries: &[Entry], build: fn(&[&Entry]) -> Vec<Batch>, expect: &[Value]) -> Vec<Batch> {
        let calls = build(&entries.iter().collect::<Vec<_>>());
        assert_eq!(calls.iter().map(|call| call.body.clone()).collect::<Vec<_>>(), expect);
        calls
    }

    #[test]
    fn rows_of_one_order_travel_together_and_are_counted_across_destinations() {
        let entries = [
            shipping(1, 70, RowWrite::Fill(RowId(88), shipment(Some(11)))),
            shipping(2, 80, RowWrite::Delete(RowId(5))),
            shipping(1, 71, RowWrite::Add(shipment(Some(12)))),
            shipping(1, 70, RowWrite::Add(shipment(None))),
            entry(3, What::Confirm),
        ];
        let first = json!({ "orderNumber": order(1).as_str(), "BasketidModelList": [
            { "basketId": 70, "ShippingModelList": [
                { "shippingDetailId": 88, "deliveryCompany": "1001", "shippingNumber": "000000000011", "shippingDate": "2026-04-02" },
                { "deliveryCompany": "1001", "shippingDate": "2026-04-02" } ] },
            { "basketId": 71, "ShippingModelList": [
                { "deliveryCompany": "1001", "shippingNumber": "000000000012", "shippingDate": "2026-04-02" } ] } ] });
        let second = json!({ "orderNumber": order(2).as_str(), "BasketidModelList": [
            { "basketId": 80, "ShippingModelList": [ { "shippingDetailId": 5, "shippingDeleteFlag": 1 } ] } ] });
        let calls = check(&entries, ship, &[json!({ "OrderShippingModelList": [first, second] })]);
        let told: Vec<_> = calls[0].addressed.iter().map(|told| (told.change.clone(), told.data_number)).collect();
        let key = |place: usize| entries[place].change.key();
        assert_eq!(told, [(key(0), Some(1)), (key(3), Some(2)), (key(2), Some(3)), (key(1), Some(1))]);
        check(&entries, ship_one, &[first, second]);
    }

    #[test]
    fn orders_are_listed_a_hundred_at_a_time() {
        let many: Vec<Entry> = (0..201).map(|serial| entry(serial, What::Confirm)).collect();
        let calls = confirm(&many.iter().collect::<Vec<_>>());
        assert_eq!(calls.iter().map(|call| call.addressed.len()).collect::<Vec<_>>(), [100, 100, 1]);
        // The mall's bound for the list in a request.
        assert!(calls.iter().all(|call| call.body["orderNumberList"].to_string().len() <= 4096));
        assert_eq!(calls[2].body, json!({ "orderNumberList": [order(200).as_str()] }));
        let mark = |serial, id| entry(serial, What::SubStatus { was: None, now: SubStatusId(id), name: String::new() });
        check(
            &[mark(1, 9), mark(2, 8), mark(3, 9)],
            sub_status,
            &[
                json!({ "subStatusId": 8, "orderNumberList": [order(2).as_str()] }),
                json!({ "subStatusId": 9, "orderNumberList": [order(1).as_str(), order(3).as_str()] }),
            ],
        );
    }

    #[test]
    fn more_rows_than_one_destination_may_have_go_in_later_calls() {
        let mut entries: Vec<Entry> =
            (0..45).map(|number| shipping(1, 70, RowWrite::Add(shipment(Some(number))))).collect();
        entries.extend((2..=100).map(|serial| shipping(serial, 70, RowWrite::Add(shipment(Some(serial))))));
        // Said twice, sent once.
        entries.push(entries[0].clone());
        let calls = ship(&entries.iter().collect::<Vec<_>>());
        assert_eq!(calls.iter().map(|call| call.addressed.len()).collect::<Vec<_>>(), [119, 20, 5]);
        assert_eq!(calls[1].addressed[0].data_number, Some(1));
        assert_eq!(ship_one(&entries.iter().collect::<Vec<_>>()).len(), 102);
    }

    #[test]
    fn a_memo_says_nothing_else() {
        let entry = entry(1, What::Confirm);
        let call = memo(&entry.change, "入荷待ち");
        assert_eq!(call.body, json!({ "orderNumber": order(1).as_str(), "memo": "入荷待ち" }));
    }

    proptest! {
        /// Whatever the mix: every row goes exactly once, limits hold, and no order stands twice in a call.
        #[test]
        fn all_rows_go_once_within_the_limits(rows in prop::collection::vec((0_u32..150, 0_i64..3), 0..600)) {
            let entries: Vec<Entry> = rows.iter().zip(0_u32..).map(|((serial, basket), number)| {
                shipping(*serial, *basket, RowWrite::Add(shipment(Some(number))))
            }).collect();
            let calls = ship(&entries.iter().collect::<Vec<_>>());
            let mut sent: Vec<String> = Vec::new();
            for call in &calls {
                let models = call.body["OrderShippingModelList"].as_array().unwrap();
                prop_assert!((1..=ORDERS_PER_CALL).contains(&models.len()));
                let orders: BTreeSet<&str> = models.iter().map(|model| model["orderNumber"].as_str().unwrap()).collect();
                prop_assert_eq!(orders.len(), models.len());
                let mut places = call.addressed.iter();
                for model in models {
                    let mut counted = 0;
                    for basket in model["BasketidModelList"].as_array().unwrap() {
                        let rows = basket["ShippingModelList"].as_array().unwrap();
                        prop_assert!((1..=ROWS_PER_BASKET).contains(&rows.len()));
                        for row in rows {
                            counted += 1;
                            let told = places.next().unwrap();
                            prop_assert_eq!(told.order.as_str(), model["orderNumber"].as_str().unwrap());
                            prop_assert_eq!(told.data_number, Some(counted));
                            prop_assert!(told.change.contains(row["shippingNumber"].as_str().unwrap()));
                        }
                    }
                }
                prop_assert!(places.next().is_none());
                sent.extend(call.addressed.iter().map(|told| told.change.clone()));
            }
            let orders: BTreeSet<&OrderNumber> = entries.iter().map(|entry| &entry.change.order).collect();
            prop_assert_eq!(calls.len(), calls_for(orders.len()), "no call goes half empty");
            let mut wanted: Vec<String> = entries.iter().map(|entry| entry.change.key()).collect();
            wanted.sort();
            sent.sort();
            prop_assert_eq!(sent, wanted);
        }
    }
}
