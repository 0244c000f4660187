//! One `check` for the comparison of parcels: an order's rows and a file's rows in, one line a pile out.

use super::*;
use crate::model::carrier::Carrier;
use crate::model::ids::RunId;
use crate::model::pipeline::ShipDate;
use crate::model::sheet::Source;
use crate::model::shipment::TrackingNumber;
use serde_json::json;

const ORDER: &str = "555001-20260401-0000000101";

fn order(state: i64, baskets: &[(i64, serde_json::Value)]) -> Order {
    numbered(ORDER, state, baskets)
}

fn numbered(number: &str, state: i64, baskets: &[(i64, serde_json::Value)]) -> Order {
    let packages: Vec<_> =
        baskets.iter().map(|(id, rows)| json!({"basketId": id, "ShippingModelList": rows})).collect();
    serde_json::from_value(json!({
        "orderNumber": number, "orderProgress": state,
        "orderDatetime": "2026-04-01T10:15:00+0900", "PackageModelList": packages,
    }))
    .unwrap()
}

fn row(id: i64, carrier: &str, number: &str, date: &str) -> serde_json::Value {
    json!({"shippingDetailId": id, "deliveryCompany": carrier, "shippingNumber": number, "shippingDate": date})
}

/// `number carrier date [key=value …]`, in the order of the file's lines.
fn wish(line: u32, text: &str) -> ShipWish {
    let mut parts = text.split(' ');
    let number = parts.next().unwrap();
    let carrier = parts.next().unwrap();
    let date = parts.next().unwrap();
    let mut wish = ShipWish {
        source: Source { file: "f.csv".into(), record: line, line },
        order: OrderNumber::parse(ORDER).unwrap(),
        basket: None,
        row: None,
        carrier: Carrier::from_code(carrier).unwrap(),
        number: TrackingNumber::parse(number).filter(|number| number.as_str() != "-"),
        date: Day::from_iso(date).unwrap(),
        action: ShipAction::Decide,
        several_proven: false,
        notes: vec![],
    };
    for part in parts {
        match part.split_once('=').unwrap_or((part, "")) {
            ("basket", id) => wish.basket = BasketId::parse(id),
            ("row", id) => wish.row = RowId::parse(id),
            ("order", number) => wish.order = OrderNumber::parse(number).unwrap(),
            ("delete", _) => wish.action = ShipAction::Delete,
            ("correct", _) => wish.action = ShipAction::Correct,
            ("several", _) => wish.several_proven = true,
            other => panic!("{other:?}"),
        }
    }
    wish
}

struct Setup {
    orders: Vec<Order>,
    second: SecondNumber,
    told: Vec<(&'static str, Standing)>,
    /// Changes in an upload file: the row they fill, or none for one more, and the parcel.
    exported: Vec<(Option<i64>, &'static str)>,
    /// Changes RMS took: the number that stood in row 88 of destination 7, and the parcel written there, if any.
    replaced: Vec<(&'static str, Option<&'static str>)>,
    /// Numbers of tonight's rows that were settled earlier.
    settled: Vec<&'static str>,
    /// The date is the day the file came.
    run_date: bool,
    joint: bool,
}

fn setup(orders: Vec<Order>) -> Setup {
    Setup {
        orders,
        second: SecondNumber::Hold,
        told: vec![],
        exported: vec![],
        replaced: vec![],
        settled: vec![],
        run_date: false,
        joint: false,
    }
}

fn check(setup: Setup, wishes: &[&str], expect: &[&str]) {
    let stage = ShipStage {
        name: "yamato".into(),
        from: "yamato".into(),
        ship_date: if setup.run_date { ShipDate::RunDate } else { ShipDate::Columns(vec!["発送日".into()]) },
        second_number: setup.second,
        no_number: BTreeSet::new(),
        days_ahead: 7,
    };
    let orders: Orders = setup.orders.into_iter().map(|order| (order.number().unwrap(), order.into())).collect();
    let told = setup.told.iter().map(|(key, standing)| ((*key).to_owned(), *standing)).collect();
    let exported = setup.exported.iter().map(|(row, text)| {
        let parcel = shipment_of(&wish(1, text));
        let write = row.map_or(RowWrite::Add(parcel.clone()), |row| RowWrite::Fill(RowId(row), parcel));
        let ship = Some(ShipChange { basket: BasketId(7), write, was: None });
        Exported { run: RunId::parse("20260402T213000-00ab").unwrap(), ship }
    });
    let exported = BTreeMap::from([(OrderNumber::parse(ORDER).unwrap(), exported.collect())]);
    let replaced = setup.replaced.iter().filter_map(|(was, by)| {
        let write = match by {
            Some(text) => RowWrite::Amend(RowId(88), shipment_of(&wish(1, text))),
            None => RowWrite::Delete(RowId(88)),
        };
        let was = crate::model::shipment::RowSeen { carrier: None, number: Some((*was).to_owned()), date: None };
        let ship = ShipChange { basket: BasketId(7), write, was: Some(was) };
        Replaced::of(&RunId::parse("20260402T213000-00ab").unwrap(), &ship)
    });
    let replaced = BTreeMap::from([(OrderNumber::parse(ORDER).unwrap(), replaced.collect())]);
    let settled = setup.settled.iter().map(|number| tracking_key(number)).collect();
    let settled = BTreeMap::from([(OrderNumber::parse(ORDER).unwrap(), settled)]);
    let mut joint = BTreeSet::new();
    if setup.joint {
        joint.insert("yamato".to_owned());
    }
    let view = View {
        shop: &ShopName("demo".into()),
        orders: &orders,
        today: Day::from_iso("2026-04-03").unwrap(),
        told: &told,
        open: &BTreeMap::new(),
        exported: &exported,
        replaced: &replaced,
        settled: &settled,
        numbers: &BTreeMap::new(),
        joint: &joint,
        picture: &|_| "p".into(),
    };
    let wishes: Vec<ShipWish> = wishes.iter().zip(2u32..).map(|(text, line)| wish(line, text)).collect();
    let read = wishes.len();
    let out = compare(&[Asked { stage: &stage, wishes: wishes.iter().collect() }], &view);
    let rows = out.entries.iter().map(|draft| draft.change.sources.len()).sum::<usize>()
        + out.rejected.len()
        + out.unchanged.len()
        + out.waiting.len()
        + out.set_aside.len();
    assert_eq!(rows, read, "every row is in exactly one pile: {out:?}");
    let mut got = Vec::new();
    for Drafted { change, holds, .. } in &out.entries {
        let What::Ship(ShipChange { basket, write, .. }) = &change.what else { panic!() };
        let (verb, shipment) = match write {
            RowWrite::Fill(row, s) => (format!("fill {row}"), Some(s)),
            RowWrite::Add(s) => ("add".into(), Some(s)),
            RowWrite::Amend(row, s) => (format!("amend {row}"), Some(s)),
            RowWrite::Delete(row) => (format!("delete {row}"), None),
        };
        let number = shipment.and_then(|s| s.number.as_ref()).map(ToString::to_string).unwrap_or_default();
        let holds: Vec<&str> = holds.iter().map(Why::code).collect();
        got.push(format!("{verb} in {basket} {number} [{}] x{}", holds.join(","), change.sources.len()));
    }
    got.extend(out.rejected.iter().map(|r| format!("line {} rejected {}", r.source.line, r.why.code())));
    got.extend(out.unchanged.iter().map(|s| format!("line {} unchanged", s.line)));
    got.extend(out.waiting.iter().map(|one| format!("line {} waiting {}", one.source.line, one.why.code())));
    got.extend(out.set_aside.iter().map(|s| format!("line {} aside {}", s.source.line, s.why.code())));
    assert_eq!(got, expect);
}

#[test]
fn an_empty_row_is_filled_before_one_is_added() {
    check(
        setup(vec![order(300, &[(7, json!([row(88, "", "", "")]))])]),
        &["400000000011 1001 2026-04-02"],
        &["fill 88 in 7 400000000011 [] x1"],
    );
    check(
        setup(vec![order(300, &[(7, json!([row(88, "1000", "", "")]))])]),
        &["400000000011 1001 2026-04-02"],
        &["fill 88 in 7 400000000011 [] x1"],
    );
    check(
        setup(vec![order(300, &[(7, json!(null))])]),
        &["400000000011 1001 2026-04-02"],
        &["add in 7 400000000011 [] x1"],
    );
}

#[test]
fn what_is_there_is_left_alone_however_it_is_spelt() {
    check(
        setup(vec![order(300, &[(7, json!([row(88, "1001", "4000-0000-0011", "2026-04-02")]))])]),
        &["400000000011 1001 2026-04-02"],
        &["line 2 unchanged"],
    );
    // Shipped orders too: yesterday's file dropped again says nothing new.
    check(
        setup(vec![order(700, &[(7, json!([row(88, "1001", "400000000011", "2026-04-02")]))])]),
        &["400000000011 1001 2026-04-02"],
        &["line 2 unchanged"],
    );
}

#[test]
fn another_date_for_a_known_number_is_an_amendment_by_id() {
    check(
        setup(vec![order(300, &[(7, json!([row(88, "1001", "400000000011", "2026-04-01")]))])]),
        &["400000000011 1001 2026-04-02"],
        &["amend 88 in 7 400000000011 [] x1"],
    );
}

#[test]
fn a_second_number_waits_unless_it_is_proven_or_allowed() {
    let known = || vec![order(300, &[(7, json!([row(88, "1001", "400000000011", "2026-04-02")]))])];
    check(setup(known()), &["400000000022 1001 2026-04-02"], &["add in 7 400000000022 [second-number] x1"]);
    check(setup(known()), &["400000000022 1001 2026-04-02 several"], &["add in 7 400000000022 [] x1"]);
    let replace = Setup { second: SecondNumber::Replace, ..setup(known()) };
    check(replace, &["400000000022 1001 2026-04-02"], &["amend 88 in 7 400000000022 [] x1"]);
    check(setup(known()), &["400000000022 1001 2026-04-02 correct"], &["amend 88 in 7 400000000022 [] x1"]);
    let fresh = || vec![order(300, &[(7, json!([]))])];
    check(
        setup(fresh()),
        &["400000000011 1001 2026-04-02", "400000000022 1001 2026-04-02"],
        &["add in 7 400000000011 [second-number-tonight] x1", "add in 7 400000000022 [second-number-tonight] x1"],
    );
    check(
        setup(fresh()),
        &["400000000011 1001 2026-04-02 several", "400000000022 1001 2026-04-02 several"],
        &["add in 7 400000000011 [] x1", "add in 7 400000000022 [] x1"],
    );
}

#[test]
fn a_number_that_gave_way_does_not_come_back_by_itself() {
    let now = |rows| vec![order(300, &[(7, rows), (8, json!([row(89, "1001", "400000000033", "2026-04-02")]))])];
    let new = || now(json!([row(88, "1001", "400000000022", "2026-04-02")]));
    let gave_way = |orders| Setup {
        second: SecondNumber::Replace,
        replaced: vec![("4000-0000-0011", Some("400000000022 1001 2026-04-02"))],
        ..setup(orders)
    };
    let old = ["400000000011 1001 2026-04-02 basket=7"];
    check(gave_way(new()), &old, &["amend 88 in 7 400000000011 [number-replaced] x1"]);
    // Whatever the settings make of a second number.
    let add = Setup { second: SecondNumber::Add, ..gave_way(new()) };
    check(add, &old, &["add in 7 400000000011 [number-replaced] x1"]);
    let hold = Setup { second: SecondNumber::Hold, ..gave_way(new()) };
    check(hold, &old, &["add in 7 400000000011 [second-number,number-replaced] x1"]);
    // A person says so, another destination is meant, or the number is back already.
    check(gave_way(new()), &["400000000011 1001 2026-04-02 basket=7 correct"], &["amend 88 in 7 400000000011 [] x1"]);
    check(gave_way(new()), &["400000000011 1001 2026-04-02 basket=8"], &["amend 89 in 8 400000000011 [] x1"]);
    let back = now(json!([row(88, "1001", "400000000011", "2026-04-01")]));
    check(gave_way(back), &old, &["amend 88 in 7 400000000011 [] x1"]);
    // What was deleted, and what only changed its date.
    let removed = Setup { replaced: vec![("400000000011", None)], ..gave_way(now(json!([row(88, "", "", "")]))) };
    check(removed, &old, &["fill 88 in 7 400000000011 [number-removed] x1"]);
    let dated = Setup { replaced: vec![("400000000011", Some("400000000011 1001 2026-04-02"))], ..gave_way(new()) };
    check(dated, &old, &["amend 88 in 7 400000000011 [] x1"]);
}

#[test]
fn two_numbers_of_one_night_are_not_settled_by_what_is_remembered() {
    let known = || vec![order(300, &[(7, json!([row(88, "1001", "400000000011", "2026-04-02")]))])];
    let replace = || Setup { second: SecondNumber::Replace, ..setup(known()) };
    let new = "400000000022 1001 2026-04-02";
    let both = ["400000000011 1001 2026-04-02", new];
    check(replace(), &both, &["add in 7 400000000022 [second-number] x1", "line 2 unchanged"]);
    let remembered = Setup { settled: vec!["4000-0000-0011"], ..replace() };
    check(remembered, &[new], &["add in 7 400000000022 [second-number] x1"]);
    let remembered = Setup { settled: vec!["4000-0000-0011"], ..replace() };
    check(remembered, &[&format!("{new} correct")], &["amend 88 in 7 400000000022 [] x1"]);
    let elsewhere = Setup { settled: vec!["400000000044"], ..replace() };
    check(elsewhere, &[new], &["amend 88 in 7 400000000022 [] x1"]);
}

#[test]
fn a_row_typed_as_other_waits_for_a_person() {
    check(
        setup(vec![order(300, &[(7, json!([row(88, "1000", "", "2026-04-01")]))])]),
        &["400000000011 1001 2026-04-02"],
        &["fill 88 in 7 400000000011 [other-row-typed] x1"],
    );
    check(
        setup(vec![order(300, &[(7, json!([row(88, "1000", "400000000011", "2026-04-02")]))])]),
        &["400000000011 1001 2026-04-02"],
        &["amend 88 in 7 400000000011 [other-row-typed] x1"],
    );
}

#[test]
fn states_decide_whether_a_row_goes_waits_or_alarms() {
    for state in [100, 200, 400] {
        check(
            setup(vec![order(state, &[(7, json!([]))])]),
            &["400000000011 1001 2026-04-02"],
            &["line 2 waiting state-not-yet"],
        );
    }
    for state in [800, 900] {
        check(
            setup(vec![order(state, &[(7, json!([]))])]),
            &["400000000011 1001 2026-04-02"],
            &["line 2 rejected order-cancelled"],
        );
    }
    check(
        setup(vec![order(500, &[(7, json!([]))])]),
        &["400000000011 1001 2026-04-02"],
        &["add in 7 400000000011 [add-after-shipping] x1"],
    );
    check(setup(vec![]), &["400000000011 1001 2026-04-02"], &["line 2 waiting order-unknown"]);
}

#[test]
fn destinations_must_be_certain() {
    let two = || vec![order(300, &[(7, json!([])), (8, json!([row(89, "1001", "400000000022", "2026-04-02")]))])];
    check(setup(two()), &["400000000011 1001 2026-04-02"], &["line 2 rejected destination-unclear"]);
    check(setup(two()), &["400000000011 1001 2026-04-02 basket=7"], &["add in 7 400000000011 [] x1"]);
    check(setup(two()), &["400000000022 1001 2026-04-02"], &["line 2 unchanged"]);
    check(setup(two()), &["400000000011 1001 2026-04-02 basket=9"], &["line 2 rejected destination-wrong"]);
}

#[test]
fn rows_that_repeat_merge_and_rows_that_disagree_stay_out() {
    let fresh = || vec![order(300, &[(7, json!([]))])];
    check(
        setup(fresh()),
        &["400000000011 1001 2026-04-02", "400000000011 1001 2026-04-02"],
        &["add in 7 400000000011 [] x2"],
    );
    check(
        setup(fresh()),
        &["400000000011 1001 2026-04-02", "400000000011 1001 2026-04-03"],
        &["line 2 rejected files-disagree", "line 3 rejected files-disagree"],
    );
}

#[test]
fn dates_outside_the_window_are_rejected() {
    let fresh = || vec![order(300, &[(7, json!([]))])];
    check(setup(fresh()), &["400000000011 1001 2026-03-31"], &["line 2 rejected date-too-early"]);
    check(setup(fresh()), &["400000000011 1001 2026-04-11"], &["line 2 rejected date-too-late"]);
    check(setup(fresh()), &["400000000011 1001 2026-04-10"], &["add in 7 400000000011 [] x1"]);
}

#[test]
fn one_number_on_two_orders_is_joint_shipping_or_a_mistake() {
    const OTHER_ORDER: &str = "555001-20260401-0000000102";
    let both = || vec![order(300, &[(7, json!([]))]), numbered(OTHER_ORDER, 300, &[(9, json!([]))])];
    let rows = ["400000000011 1001 2026-04-02", "400000000011 1001 2026-04-02 order=555001-20260401-0000000102"];
    check(setup(both()), &rows, &["line 2 rejected number-on-two-orders", "line 3 rejected number-on-two-orders"]);
    check(
        Setup { joint: true, ..setup(both()) },
        &rows,
        &["add in 7 400000000011 [] x1", "add in 9 400000000011 [] x1"],
    );
}

#[test]
fn memory_holds_back_what_was_said() {
    let key = "demo/555001-20260401-0000000101/ship:7:1001:400000000011:2026-04-02";
    let fresh = || vec![order(300, &[(7, json!([]))])];
    let told = |standing| Setup { told: vec![(key, standing)], ..setup(fresh()) };
    let row = ["400000000011 1001 2026-04-02"];
    check(told(Standing::Unknown), &row, &["line 2 aside told-outcome-open"]);
    check(told(Standing::Queued), &row, &["line 2 aside told-outcome-open"]);
    check(told(Standing::Confirmed), &row, &["add in 7 400000000011 [row-vanished] x1"]);
    check(told(Standing::Absent), &row, &["add in 7 400000000011 [unheard-and-absent] x1"]);
    check(told(Standing::Refused), &row, &["add in 7 400000000011 [] x1"]);
}

#[test]
fn twenty_rows_are_the_most() {
    let rows: Vec<_> = (0..20).map(|n| row(n, "1001", &format!("4000000{n:05}"), "2026-04-02")).collect();
    check(
        setup(vec![order(300, &[(7, json!(rows))])]),
        &["499999999911 1001 2026-04-02 several"],
        &["line 2 rejected rows-full"],
    );
}

#[test]
fn deleting_needs_a_row_and_says_nothing_twice() {
    let known = || vec![order(300, &[(7, json!([row(88, "1001", "400000000011", "2026-04-02")]))])];
    check(setup(known()), &["400000000011 1001 2026-04-02 delete"], &["delete 88 in 7  [] x1"]);
    check(setup(known()), &["400000000022 1001 2026-04-02 delete"], &["line 2 unchanged"]);
    check(setup(known()), &["400000000033 1001 2026-04-02 row=99"], &["line 2 rejected row-unknown"]);
}

#[test]
fn what_stands_in_an_upload_file_goes_by_no_other_road() {
    let fresh = || vec![order(300, &[(7, json!([row(88, "", "", "")]))])];
    let told = |row, orders| Setup { exported: vec![(row, "400000000011 1001 2026-04-02")], ..setup(orders) };
    for row in [None, Some(88)] {
        check(told(row, fresh()), &["400000000011 1001 2026-04-02"], &["line 2 aside exported-earlier"]);
        check(told(row, fresh()), &["400000000011 1001 2026-04-03"], &["line 2 waiting exported-otherwise"]);
        check(told(row, fresh()), &["400000000011 1002 2026-04-02"], &["line 2 waiting exported-otherwise"]);
        check(told(row, fresh()), &["400000000022 1001 2026-04-02"], &["line 2 waiting exported-otherwise"]);
        check(told(row, fresh()), &["400000000011 1001 2026-04-02 delete"], &["line 2 waiting exported-otherwise"]);
    }
    let by_run = Setup { run_date: true, ..told(None, fresh()) };
    check(by_run, &["400000000011 1001 2026-04-03"], &["line 2 aside exported-earlier"]);
    // One parcel more, proven: it leaves the row alone that the file will fill.
    let further = ["400000000022 1001 2026-04-02 several"];
    check(told(Some(88), fresh()), &further, &["add in 7 400000000022 [] x1"]);
    // Registered by hand with another day: the file is no longer what stands in the way.
    let typed = || vec![order(300, &[(7, json!([row(88, "1001", "400000000011", "2026-04-01")]))])];
    check(told(None, typed()), &["400000000022 1001 2026-04-02"], &["add in 7 400000000022 [second-number] x1"]);
    check(
        told(None, vec![order(900, &[(7, json!([]))])]),
        &["400000000011 1001 2026-04-02"],
        &["line 2 rejected order-cancelled"],
    );
}

#[test]
fn the_day_a_file_came_changes_no_date_that_was_told() {
    let run = |rows| Setup { run_date: true, ..setup(vec![order(300, &[(7, rows)])]) };
    let known = |date| json!([row(88, "1001", "400000000011", date)]);
    check(run(known("2026-04-01")), &["400000000011 1001 2026-04-02"], &["line 2 unchanged"]);
    check(run(known("")), &["400000000011 1001 2026-04-02"], &["amend 88 in 7 400000000011 [] x1"]);
    check(
        run(known("2026-04-01")),
        &["400000000011 1002 2026-04-02"],
        &["amend 88 in 7 400000000011 [second-number] x1"],
    );
    // Without a number the carrier is what tells a parcel that is there.
    check(run(json!([row(88, "1001", "", "2026-04-01")])), &["- 1001 2026-04-02"], &["line 2 unchanged"]);
    // A row that waited since yesterday and today's row for the same parcel are one, with yesterday's day.
    check(
        run(json!([])),
        &["400000000011 1001 2026-04-03", "400000000011 1001 2026-04-02"],
        &["add in 7 400000000011 [] x2"],
    );
    let told = vec![("demo/555001-20260401-0000000101/ship:7:1001:400000000011:2026-04-01", Standing::Confirmed)];
    check(
        Setup { told, ..run(json!([])) },
        &["400000000011 1001 2026-04-02"],
        &["add in 7 400000000011 [row-vanished] x1"],
    );
}
