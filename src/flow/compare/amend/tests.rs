//! Tests of the amend comparison: the three sides, reasons, tax modes, states, holds, edited order CSVs,
//! and laws over generated orders.

use super::super::made::{KEY, Settings, at, number, piles, shop, wish};
use super::*;
use crate::flow::money::made::{any_order, basket, coupon, finish, item, order};
use crate::model::change::Amendment;
use crate::model::money::Yen;
use crate::model::order::Point;
use crate::model::pipeline::{AmendField, Approve, ReasonFrom, TaxRounding};
use proptest::prelude::*;
use std::collections::BTreeSet;

fn stage(tax: TaxMode) -> AmendStage {
    let fields = [AmendField::Postage, AmendField::CodFee, AmendField::Units, AmendField::Price, AmendField::TaxRate];
    AmendStage {
        name: "corrections".into(),
        from: "c".into(),
        fields: fields.into_iter().collect(),
        tax,
        reason: ReasonFrom::Column("減額理由".into()),
    }
}

/// 1,650 × 2 and postage 550 at the import and now: total 3,850.
fn plain() -> Order {
    order(300, vec![basket(1, 550, 0, vec![item(11, 1650, 2, 100, true)])])
}

struct Case {
    now: Order,
    before: Option<Order>,
    stage: AmendStage,
    rounding: Option<TaxRounding>,
    approve: Vec<Approve>,
}

impl Case {
    fn of(now: Order) -> Case {
        let before = Some(now.clone());
        Case { now, before, stage: stage(TaxMode::Included), rounding: None, approve: vec![Approve::Increase] }
    }

    /// The order at the import differed.
    fn before(mut self, change: impl Fn(&mut Order)) -> Case {
        if let Some(order) = &mut self.before {
            change(order);
        }
        self
    }

    fn run(&self, wishes: &[AmendWish]) -> Compared {
        let settings = Settings::new("2026-04-02T21:30:00+0900", &self.approve);
        let orders = [(number(), self.now.clone().into())].into();
        let base = self.before.as_ref().and_then(|order| import::baseline(order, KEY));
        let baselines = base.into_iter().map(|base| (number(), base)).collect();
        let asked = [Asked { stage: &self.stage, wishes: wishes.iter().collect() }];
        amend(&asked, &orders, &baselines, &shop(self.rounding), &settings.context())
    }
}

fn check(case: &Case, wishes: &[AmendWish], expect: &str) {
    assert_eq!(piles(&case.run(wishes)), expect);
}

fn postage(line: u32, yen: i64) -> AmendWish {
    AmendWish { postage: Some(Amount::from_wire(yen)), ..wish(line) }
}

fn because(wish: AmendWish, code: u8) -> AmendWish {
    AmendWish { reason: Some(ReasonCode(code)), ..wish }
}

fn only(out: &Compared) -> &Amendment {
    match &out.entries[..] {
        [Drafted { change: Change { what: What::Amend(amendment), .. }, .. }] => amendment,
        other => panic!("{other:?} {:?}", out.rejected),
    }
}

#[test]
fn the_three_sides() {
    let set = |yen: i64| move |order: &mut Order| order.package_model_list[0].postage_price = Amount::Fixed(Yen(yen));
    // File = RMS.
    check(&Case::of(plain()), &[postage(2, 550)], "2:unchanged");
    // RMS = baseline, the file differs.
    check(&Case::of(plain()), &[because(postage(2, 0), 10)], "2:planned");
    // File = baseline, RMS moved on.
    let left = Case::of(plain()).before(set(700)).run(&[postage(2, 700)]);
    assert_eq!((piles(&left).as_str(), left.notes[0].code()), ("2:unchanged", "file-is-baseline"));
    // All three differ.
    let conflict = Case::of(plain()).before(set(700)).run(&[because(postage(2, 0), 10)]);
    assert_eq!(piles(&conflict), "2:rejected amend-conflict");
    let why = &conflict.rejected[0].why;
    assert_eq!((&*why.values["file"], &*why.values["rms"], &*why.values["baseline"]), ("0", "550", "700"));
    assert_eq!(conflict.rejected[0].column.as_deref(), Some("送料"));
    // Settled by a person, either way.
    let side = |text: &str| AmendWish {
        other_cells: BTreeMap::from([("承認".to_owned(), text.to_owned())]),
        ..because(postage(2, 0), 10)
    };
    check(&Case::of(plain()).before(set(700)), &[side("ファイル")], "2:planned");
    let kept = Case::of(plain()).before(set(700)).run(&[side("ＲＭＳ")]);
    assert_eq!(piles(&kept), "2:unchanged");
    assert_eq!(kept.baselines[&number()].baskets[0].postage, Amount::Fixed(Yen(550)));
    // File = RMS, both moved: nothing to send, the baseline moves.
    let agreed = Case::of(plain()).before(set(700)).run(&[postage(2, 550)]);
    assert_eq!(piles(&agreed), "2:unchanged");
    assert_eq!(agreed.baselines[&number()].baskets[0].postage, Amount::Fixed(Yen(550)));
    // No baseline: two sides, and said so.
    let two_way = Case { before: None, ..Case::of(plain()) }.run(&[because(postage(2, 0), 10)]);
    assert_eq!(piles(&two_way), "2:planned");
    assert!(two_way.entries[0].change.notes.iter().any(|why| why.code() == "no-baseline"));
    assert!(two_way.baselines.is_empty());
}

#[test]
fn a_reason_exactly_when_it_is_due() {
    let case = Case::of(plain());
    check(&case, &[postage(2, 0)], "2:rejected amend-reason-missing");
    assert_eq!(only(&case.run(&[because(postage(2, 0), 10)])).reason, Some(ReasonCode(10)));
    let fixed = Case {
        stage: AmendStage { reason: ReasonFrom::Fixed(ReasonCode(8)), ..stage(TaxMode::Included) },
        ..Case::of(plain())
    };
    assert_eq!(only(&fixed.run(&[postage(2, 0)])).reason, Some(ReasonCode(8)));
    // Nothing falls: a reason given is not sent, and that is said.
    let rise = case.run(&[because(postage(2, 600), 10)]);
    assert_eq!((piles(&rise).as_str(), only(&rise).reason), ("2:held increase", None));
    assert!(rise.entries[0].change.notes.iter().any(|why| why.code() == "reason-not-needed"));
    // One part falls, the total rises: sent when given, never demanded, and not by a setting.
    let swap = AmendWish { price: Some(Yen(2000)), ..postage(2, 500) };
    assert_eq!(only(&case.run(std::slice::from_ref(&swap))).reason, None);
    assert_eq!(only(&case.run(&[because(swap.clone(), 6)])).reason, Some(ReasonCode(6)));
    assert_eq!(only(&fixed.run(&[swap])).reason, None);
    // From an open amount nothing falls.
    let open = order(100, vec![basket(1, -9999, 0, vec![item(11, 1650, 2, 100, true)])]);
    let fixed_now = Case::of(open).run(&[postage(2, 300)]);
    assert_eq!((piles(&fixed_now).as_str(), only(&fixed_now).reason), ("2:planned", None));
    assert_eq!(only(&fixed_now).total.now, Amount::Fixed(Yen(3600)));
    // Back to open: nothing to compare.
    let opened = case.run(&[postage(2, -9999)]);
    assert_eq!((piles(&opened).as_str(), only(&opened).total.now), ("2:planned", Amount::NotFixedYet));
    // 後払い after shipping: any change.
    let mut deferred = Order { order_progress: 500, ..plain() };
    deferred.settlement_model.as_mut().unwrap().settlement_method_code = Some(21);
    check(&Case::of(deferred.clone()), &[postage(2, 600)], "2:rejected amend-reason-missing-deferred");
    let sent = Case::of(deferred).run(&[because(postage(2, 600), 10)]);
    assert_eq!((only(&sent).reason, only(&sent).after_shipping), (Some(ReasonCode(10)), true));
}

#[test]
fn rows_of_one_order_are_one_change_or_none() {
    let two = order(300, vec![basket(1, 550, 0, vec![item(11, 100, 2, 100, true), item(12, 200, 1, 80, true)])]);
    let case = Case::of(two);
    let units = |line, id, units| AmendWish { units: Some(units), ..at(wish(line), 0, id) };
    let out = case.run(&[units(2, 11, 3), units(3, 12, 2), units(4, 12, 2), units(5, 11, 2)]);
    // The last row asks for what RMS has, which contradicts the first.
    assert_eq!(
        piles(&out),
        "2:rejected files-disagree 3:rejected sibling-refused 4:rejected sibling-refused 5:rejected files-disagree"
    );
    let out = case.run(&[units(2, 11, 3), units(3, 12, 2), units(4, 12, 2)]);
    assert_eq!(piles(&out), "2:held increase 3:held increase 4:held increase");
    assert_eq!((out.entries.len(), only(&out).total.now), (1, Amount::Fixed(Yen(1250))));
    check(&case, &[units(2, 11, 3), units(3, 99, 1)], "2:rejected sibling-refused 3:rejected item-wrong");
    check(&case, &[AmendWish { units: Some(3), ..wish(2) }], "2:rejected item-unclear");
    check(&case, &[at(postage(2, 100), 9, 0)], "2:rejected destination-wrong");
    let first = because(postage(2, 100), 8);
    check(&case, &[first, because(postage(3, 100), 10)], "2:rejected files-disagree 3:rejected files-disagree");
}

#[test]
fn a_destination_must_be_certain() {
    let two = order(
        300,
        vec![
            basket(1, 550, 0, vec![item(11, 100, 2, 100, true)]),
            basket(2, 300, 0, vec![item(21, 100, 2, 100, true)]),
        ],
    );
    let case = Case::of(two);
    check(&case, &[postage(2, 600)], "2:rejected destination-unclear");
    check(&case, &[at(postage(2, 600), 2, 0)], "2:held increase");
    // A line names its destination.
    let out = case.run(&[at(postage(2, 600), 0, 21)]);
    assert_eq!(only(&out).baskets[0].basket, crate::model::ids::BasketId(2));
}

#[test]
fn states_decide_the_call_or_the_wait() {
    for (state, after) in [(100, false), (200, false), (300, false), (500, true), (600, true), (700, true)] {
        let case = Case::of(Order { order_progress: state, ..plain() });
        assert_eq!(only(&case.run(&[because(postage(2, 0), 10)])).after_shipping, after, "{state}");
    }
    let at_state = |state| Case::of(Order { order_progress: state, ..plain() });
    check(&at_state(400), &[postage(2, 0)], "2:waiting amend-pending");
    check(&at_state(800), &[postage(2, 0)], "2:rejected amend-cancelled");
    check(&at_state(900), &[postage(2, 550)], "2:unchanged");
    let settings = Settings::new("2026-04-02T21:30:00+0900", &[]);
    let none = BTreeMap::new();
    let out = amend(
        &[Asked { stage: &stage(TaxMode::Included), wishes: vec![&postage(2, 0)] }],
        &none,
        &BTreeMap::new(),
        &shop(None),
        &settings.context(),
    );
    assert_eq!(piles(&out), "2:waiting order-unknown");
}

#[test]
fn prices_cross_tax_modes_only_where_it_is_certain() {
    let priced = |yen| AmendWish { price: Some(Yen(yen)), reason: Some(ReasonCode(10)), ..wish(2) };
    // Held without tax at 8 %: 99 shows as 106 with tax.
    let excluded = order(300, vec![basket(1, 0, 0, vec![item(11, 99, 1, 80, false)])]);
    check(&Case::of(excluded.clone()), &[priced(106)], "2:unchanged");
    let exact = Case::of(excluded.clone()).run(&[priced(54)]);
    assert_eq!(only(&exact).baskets[0].items[0].price.as_ref().unwrap().now, Yen(50));
    // 105 is 97 when rounding up or half up, and nothing when rounding down.
    check(&Case::of(excluded.clone()), &[priced(105)], "2:rejected price-ambiguous");
    let up = Case { rounding: Some(TaxRounding::Up), ..Case::of(excluded.clone()) }.run(&[priced(105)]);
    assert_eq!(only(&up).baskets[0].items[0].price.as_ref().unwrap().now, Yen(97));
    // The reverse: a price without tax for a line held with tax.
    let case = Case { stage: stage(TaxMode::Excluded), ..Case::of(plain()) };
    check(&case, &[priced(1500)], "2:unchanged");
    assert_eq!(only(&case.run(&[priced(1000)])).baskets[0].items[0].price.as_ref().unwrap().now, Yen(1100));
    // A new rate counts for the conversion.
    let both = AmendWish { tax_rate: Some(TaxRate::REDUCED), ..priced(1000) };
    assert_eq!(only(&case.run(&[both])).baskets[0].items[0].price.as_ref().unwrap().now, Yen(1080));
    check(&case, &[AmendWish { tax_rate: Some(TaxRate(50)), ..wish(2) }], "2:rejected tax-rate-wrong");
    // An order CSV writes in RMS's own mode.
    let csv = AmendWish { from_order_csv: true, ..at(priced(99), 1, 11) };
    check(&Case::of(excluded), &[csv], "2:unchanged");
}

#[test]
fn tax_is_checked_and_never_sent() {
    let excluded = order(300, vec![basket(1, 0, 0, vec![item(11, 99, 3, 80, false), item(12, 500, 1, 100, false)])]);
    let case = Case { stage: stage(TaxMode::Excluded), rounding: Some(TaxRounding::Down), ..Case::of(excluded) };
    let taxed = |tax| AmendWish { tax: Some(Yen(tax)), ..at(wish(2), 0, 11) };
    // 7 a piece; the destination: 21 + 50.
    check(&case, &[taxed(21)], "2:unchanged");
    check(&case, &[taxed(71)], "2:unchanged");
    check(&case, &[taxed(23)], "2:rejected tax-differs");
    // With the quantity asked for.
    let more = AmendWish { units: Some(10), ..taxed(70) };
    check(&case, std::slice::from_ref(&more), "2:held increase");
    check(&case, &[AmendWish { tax: Some(Yen(79)), ..more }], "2:rejected tax-differs");
}

#[test]
fn what_a_person_should_see_first() {
    let held = |change: &dyn Fn(&mut Order), wish: AmendWish, expect: &str| {
        let mut one = plain();
        change(&mut one);
        check(&Case::of(one), &[because(wish, 10)], expect);
    };
    held(
        &|order| order.settlement_model.as_mut().unwrap().settlement_method_code = Some(8),
        postage(2, 0),
        "2:held all-points",
    );
    held(&|order| order.receipt_issue_count = 1, postage(2, 0), "2:held receipt-issued");
    held(&|order| order.request_price = Amount::Fixed(Yen(9999)), postage(2, 0), "2:held total-unexplained");
    let points = |order: &mut Order| {
        order.point_model = Some(Point { used_point: Yen(3500), ..Point::default() });
        order.request_price = Amount::Fixed(Yen(350));
    };
    held(&points, postage(2, 0), "2:held points-over");
    let mut bound = plain();
    bound.coupon_model_list = vec![coupon(10, 2, 11)];
    let less = AmendWish { units: Some(1), ..because(wish(2), 10) };
    check(&Case::of(finish(bound)), &[less], "2:held coupon-units");

    let two = order(300, vec![basket(1, 550, 0, vec![item(11, 100, 2, 100, true), item(12, 200, 1, 80, true)])]);
    let none = |line, id| because(AmendWish { units: Some(0), ..at(wish(line), 0, id) }, 8);
    check(&Case::of(two.clone()), &[none(2, 11)], "2:held units-zero");
    check(&Case::of(two), &[none(2, 11), none(3, 12)], "2:rejected units-all-zero 3:rejected units-all-zero");
    check(&Case { approve: vec![], ..Case::of(plain()) }, &[postage(2, 600)], "2:planned");
    let decrease = Case { approve: vec![Approve::Decrease], ..Case::of(plain()) };
    check(&decrease, &[because(postage(2, 0), 10)], "2:held approval-setting");
}

#[test]
fn values_rms_would_refuse_go_back() {
    let case = Case::of(plain());
    let cod = |yen| AmendWish { cod_fee: Some(Amount::from_wire(yen)), ..wish(2) };
    check(&case, &[cod(330)], "2:rejected cod-only");
    check(&case, &[cod(0)], "2:unchanged");
    check(&case, &[AmendWish { units: Some(1_000_000_000), ..wish(2) }], "2:rejected value-out-of-range");
    let mut used = plain();
    used.coupon_model_list = vec![coupon(10, 1, 0)];
    check(&Case::of(finish(used)), &[AmendWish { units: Some(10_001), ..wish(2) }], "2:rejected value-out-of-range");
    let mut old = plain();
    old.package_model_list[0].item_model_list[0].tax_rate = None;
    check(&Case::of(old), &[because(postage(2, 0), 10)], "2:rejected tax-rate-missing");
    let narrow = AmendStage { fields: BTreeSet::from([AmendField::Units]), ..stage(TaxMode::Included) };
    check(&Case { stage: narrow, ..Case::of(plain()) }, &[postage(2, 0)], "2:rejected amend-field-outside");
}

/// A record of an order CSV as downloaded: every value of the line.
fn record(line: u32, of: &Order, basket: usize, item: usize) -> AmendWish {
    let package = &of.package_model_list[basket];
    let one = &package.item_model_list[item];
    AmendWish {
        postage: Some(package.postage_price),
        cod_fee: Some(package.delivery_price),
        price: Some(one.price),
        units: Some(one.units),
        tax_rate: one.tax_rate,
        from_order_csv: true,
        ..at(wish(line), package.basket_id, one.item_detail_id)
    }
}

#[test]
fn an_edited_order_csv_counts_only_where_it_was_edited() {
    let two = order(300, vec![basket(1, 550, 0, vec![item(11, 100, 2, 100, true), item(12, 200, 1, 80, true)])]);
    let case = Case::of(two.clone());
    let lines = || (record(2, &two, 0, 0), record(3, &two, 0, 1));
    let (one, other) = lines();
    check(&case, &[one.clone(), other.clone()], "2:unchanged 3:unchanged");
    // A value of the line.
    let more = AmendWish { units: Some(5), ..one.clone() };
    check(&case, &[more, other.clone()], "2:held increase 3:unchanged");
    // A value of the destination on both lines, and on only one.
    let edit = |wish: &AmendWish| AmendWish { postage: Some(Amount::Fixed(Yen(700))), ..wish.clone() };
    check(&case, &[edit(&one), edit(&other)], "2:held increase 3:held increase");
    let partial = case.run(&[edit(&one), other.clone()]);
    assert_eq!(piles(&partial), "2:rejected edit-partial 3:rejected edit-partial");
    assert_eq!(partial.rejected[0].why.values["lines"], "2, 3");
    // RMS moved after the download: the file's old value is not a wish.
    let moved =
        Case::of(two.clone()).before(|order| order.package_model_list[0].postage_price = Amount::Fixed(Yen(800)));
    let old = |wish: &AmendWish| AmendWish { postage: Some(Amount::Fixed(Yen(800))), ..wish.clone() };
    check(&moved, &[old(&one), old(&other)], "2:unchanged 3:unchanged");
    // 送料合計 stands for the only destination's postage.
    let total = |wish: &AmendWish, yen: &str| {
        let other_cells = BTreeMap::from([("送料合計".to_owned(), yen.to_owned())]);
        AmendWish { other_cells, ..wish.clone() }
    };
    let out = case.run(&[total(&one, "600"), total(&other, "600")]);
    assert_eq!(only(&out).total.now, Amount::Fixed(Yen(1000)));
    let alone = |wish: &AmendWish, yen: &str| AmendWish { postage: None, ..total(wish, yen) };
    check(&case, &[alone(&one, "600"), alone(&other, "600")], "2:held increase 3:held increase");
    check(&case, &[alone(&one, "600"), alone(&other, "550")], "2:rejected edit-partial 3:rejected edit-partial");
    check(&case, &[total(&edit(&one), "600"), other.clone()], "2:rejected order-level-disagrees 3:unchanged");
    // Never open from an order CSV.
    let open = |wish: &AmendWish| AmendWish { postage: Some(Amount::NotFixedYet), ..wish.clone() };
    check(&case, &[open(&one), open(&other)], "2:rejected open-from-csv 3:rejected open-from-csv");
    // A cell no amendment carries.
    let name = |wish: &AmendWish| AmendWish {
        other_cells: BTreeMap::from([("商品名".to_owned(), "別の品".to_owned())]),
        ..wish.clone()
    };
    check(&case, &[name(&one), other.clone()], "2:rejected amend-field-outside 3:unchanged");
    let beside = case.run(&[AmendWish { units: Some(5), ..name(&one) }, other.clone()]);
    assert_eq!(piles(&beside), "2:held increase 3:unchanged");
    assert!(beside.entries[0].change.notes.iter().any(|why| why.code() == "amend-field-outside"));
    // A line that came after the import has nothing to tell an edit by.
    let later = Case::of(two.clone()).before(|order| order.package_model_list[0].item_model_list.truncate(1));
    let more = AmendWish { units: Some(9), ..other.clone() };
    check(&later, &[one.clone(), more], "2:unchanged 3:aside adopted-different");
    // Without a baseline nothing is changed: adopted, and the differences are listed.
    let fresh = Case { before: None, ..Case::of(two) };
    let out = fresh.run(&[AmendWish { units: Some(5), ..one }, other]);
    assert_eq!(piles(&out), "2:aside adopted-different 3:unchanged");
    assert!(out.entries.is_empty() && out.baselines.contains_key(&number()));
}

#[test]
fn order_totals_cannot_be_placed_with_several_destinations() {
    let two = order(
        300,
        vec![
            basket(1, 550, 0, vec![item(11, 100, 2, 100, true)]),
            basket(2, 300, 0, vec![item(21, 100, 2, 100, true)]),
        ],
    );
    let total = |yen: &str| AmendWish {
        other_cells: BTreeMap::from([("送料合計".to_owned(), yen.to_owned())]),
        ..record(2, &two, 0, 0)
    };
    let other = record(3, &two, 1, 0);
    check(&Case::of(two.clone()), &[total("850"), other.clone()], "2:unchanged 3:unchanged");
    check(&Case::of(two.clone()), &[total("900"), other], "2:rejected order-level-several 3:unchanged");
}

#[test]
fn a_line_taken_out_of_an_order_csv_is_not_overlooked() {
    let two = order(300, vec![basket(1, 550, 0, vec![item(11, 100, 2, 100, true), item(12, 200, 1, 80, true)])]);
    let case = Case::of(two.clone());
    check(&case, &[record(2, &two, 0, 1)], "2:rejected lines-gone");
    let edited = AmendWish { units: Some(5), ..record(2, &two, 0, 0) };
    check(&case, &[edited], "2:rejected lines-gone");
    // A line that came after the file, and a file that names no lines, are no removal.
    let later = Case::of(two.clone()).before(|order| order.package_model_list[0].item_model_list.truncate(1));
    check(&later, &[record(2, &two, 0, 0)], "2:unchanged");
    check(&case, &[AmendWish { item: None, ..record(2, &two, 0, 1) }], "2:unchanged");
}

#[test]
fn an_order_csv_from_before_our_own_change_does_not_take_it_back() {
    let first = plain();
    let changed = |postage: i64, price: i64| {
        let mut one = plain();
        one.package_model_list[0].postage_price = Amount::Fixed(Yen(postage));
        one.package_model_list[0].item_model_list[0].price = Yen(price);
        finish(one)
    };
    let now = changed(300, 1650);
    let base = |of: &Order| import::baseline(of, KEY).unwrap();
    let run = |wish: AmendWish, earlier: &Order| {
        let settings = Settings::new("2026-04-02T21:30:00+0900", &[]);
        let baselines = [(number(), base(earlier).followed_by(base(&now)))].into();
        let stage = stage(TaxMode::Included);
        let asked = [Asked { stage: &stage, wishes: vec![&wish] }];
        amend(&asked, &[(number(), now.clone().into())].into(), &baselines, &shop(None), &settings.context())
    };
    let with_total = |of: &Order, wish: AmendWish| AmendWish {
        other_cells: BTreeMap::from([("合計金額".to_owned(), of.total_price.to_wire().to_string())]),
        ..wish
    };
    // Its own totals tell when it was made: only its price was edited, the postage is merely old.
    let old = because(AmendWish { price: Some(Yen(1500)), ..record(2, &first, 0, 0) }, 6);
    let out = run(with_total(&first, old.clone()), &first);
    let edits = &only(&out).baskets[0];
    assert_eq!((edits.postage.is_none(), edits.items[0].price.as_ref().unwrap().now), (true, Yen(1500)));
    // Wholly untouched: nothing, and its old totals are no edit either.
    assert_eq!(piles(&run(with_total(&first, record(2, &first, 0, 0)), &first)), "2:unchanged");
    // Made after our change: the old value is a wish.
    let back = AmendWish { postage: Some(Amount::Fixed(Yen(550))), ..record(2, &now, 0, 0) };
    let out = run(with_total(&now, back.clone()), &first);
    assert_eq!(
        (piles(&out).as_str(), only(&out).baskets[0].postage.as_ref().unwrap().now),
        ("2:planned", Amount::Fixed(Yen(550)))
    );
    // No totals in the file: a person is asked.
    assert_eq!(piles(&run(back, &first)), "2:held old-file");
    // What we changed and the old file changed otherwise: three values, and a person.
    let twice = because(AmendWish { postage: Some(Amount::Fixed(Yen(0))), ..record(2, &first, 0, 0) }, 6);
    assert_eq!(piles(&run(with_total(&first, twice), &first)), "2:rejected amend-conflict");
}

#[test]
fn what_two_stages_want_of_one_order_is_one_change() {
    let now = plain();
    let settings = Settings::new("2026-04-02T21:30:00+0900", &[]);
    let baselines: BTreeMap<OrderNumber, Baseline> = [(number(), import::baseline(&now, KEY).unwrap())].into();
    let (mut csv, lists) = (stage(TaxMode::Included), stage(TaxMode::Excluded));
    csv.name = "orders".into();
    let run = |record: AmendWish, mut list: AmendWish| {
        list.source.file = "list.csv".into();
        let asked = [Asked { stage: &csv, wishes: vec![&record] }, Asked { stage: &lists, wishes: vec![&list] }];
        amend(&asked, &[(number(), now.clone().into())].into(), &baselines, &shop(None), &settings.context())
    };
    let priced = |yen: i64| because(AmendWish { price: Some(Yen(yen)), ..record(2, &now, 0, 0) }, 6);
    let out = run(priced(1500), postage(3, 300));
    assert_eq!(piles(&out), "2:planned 3:planned");
    assert_eq!(
        (only(&out).total.now, out.entries[0].change.stage.as_str()),
        (Amount::Fixed(Yen(3300)), "orders、corrections")
    );
    // The same thing wanted twice is one wish; two different ones are nobody's to choose.
    let units = |units: i64| because(AmendWish { units: Some(units), ..at(wish(3), 1, 11) }, 6);
    let counted = |units: i64| because(AmendWish { units: Some(units), ..record(2, &now, 0, 0) }, 6);
    assert_eq!(piles(&run(counted(1), units(1))), "2:planned 3:planned");
    assert_eq!(piles(&run(counted(1), units(0))), "2:rejected files-disagree 3:rejected files-disagree");
}

/// Records of a whole order with every amount moved by a seed.
fn edited(of: &Order, seed: i64) -> Vec<AmendWish> {
    let mut all = Vec::new();
    for (place, package) in of.destinations().enumerate() {
        let turn = seed + i64::try_from(place).unwrap_or(0);
        let postage = match package.postage_price {
            Amount::Fixed(_) if turn % 3 == 0 => Some(Amount::Fixed(Yen(turn % 900))),
            _ => None,
        };
        for item in package.items() {
            let line = u32::try_from(all.len()).unwrap_or(0) + 2;
            all.push(AmendWish {
                postage,
                price: (turn % 2 == 0).then_some(Yen(item.price.0 + turn % 5)),
                units: Some(1 + (item.units + turn) % 7),
                reason: Some(ReasonCode(10)),
                from_order_csv: true,
                ..at(wish(line), package.basket_id, item.item_detail_id)
            });
        }
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// File = RMS: nothing, whatever the order. And what was applied is not asked for again.
    #[test]
    fn applied_once_there_is_nothing_left(order in any_order(), seed in 0i64..1000) {
        let mut same = edited(&order, seed);
        for one in &mut same {
            let of = ask::line(&order, one.item.unwrap()).unwrap();
            (one.price, one.units, one.tax_rate) = (Some(of.price), Some(of.units), of.tax_rate);
            one.postage = one.basket.and_then(|id| order.destination(id)).map(|package| package.postage_price);
        }
        let case = Case::of(order.clone());
        let out = case.run(&same);
        prop_assert!(out.entries.is_empty() && out.rejected.is_empty(), "{:?}", out.rejected);
        prop_assert_eq!(out.unchanged.len(), same.len());

        let wishes = edited(&order, seed);
        let out = case.run(&wishes);
        let counted = out.entries.iter().map(|one| one.change.sources.len()).sum::<usize>() + out.unchanged.len();
        prop_assert_eq!(counted, wishes.len(), "{:?}", out.rejected);
        if let [Drafted { change: Change { what: What::Amend(amendment), .. }, .. }] = &out.entries[..] {
            let now = money::lay(&order, amendment);
            for before in [Some(order), Some(now.clone()), None] {
                let again = Case { before, ..Case::of(now.clone()) }.run(&wishes);
                prop_assert!(again.entries.is_empty() && again.rejected.is_empty(), "{:?}", again.rejected);
                prop_assert_eq!(again.unchanged.len(), wishes.len());
            }
            // Applied through the JSON that goes out, every asked value is there and nothing else moved.
            let mut swapped = wishes.clone();
            swapped.reverse();
            prop_assert_eq!(case.run(&swapped).entries.first().map(|one| one.change.key()), Some(out.entries[0].change.key()));
        }
    }
}
