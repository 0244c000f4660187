//! Parcels against orders: which row of which destination is filled, added, amended, or already there.
//!
//! Rows are matched by destination, carrier and normalised number, never by position. An empty row is
//! filled before one is added, because a half-filled row left behind keeps an order from being shipped.
//! Knows nothing of how a row is sent, nor of other kinds of changes.

use super::earlier::{Exported, Replaced, comes_back};
use super::{Compared, Drafted, Waits};
use crate::model::change::{Change, What};
use crate::model::day::Day;
use crate::model::ids::{BasketId, OrderNumber, RowId, ShopName};
use crate::model::order::{Order, Orders, Package, ShippingRow};
use crate::model::pipeline::{SecondNumber, ShipStage};
use crate::model::receipt::Standing;
use crate::model::rejection::{Rejection, SetAside};
use crate::model::shipment::{RowWrite, ShipChange, Shipment, tracking_key};
use crate::model::wish::{ShipAction, ShipWish};
use crate::model::words::{Why, Word, comparing as words};
use std::collections::{BTreeMap, BTreeSet};

/// Rows a destination may have at most (the API's limit since 2020-08).
pub const ROWS_MAX: usize = 20;

/// What the comparison may look at besides the wishes.
pub struct View<'a> {
    pub shop: &'a ShopName,
    /// The fresh read.
    pub orders: &'a Orders,
    pub today: Day,
    /// What our memory says of changes told earlier, by [`Change::key`].
    pub told: &'a BTreeMap<String, Standing>,
    /// Orders with a shipping change whose outcome is still open (sending, queued, unknown), by that change's key.
    pub open: &'a BTreeMap<OrderNumber, BTreeSet<String>>,
    /// Parcels that stand in an upload file nobody is known to have uploaded, by order.
    pub exported: &'a BTreeMap<OrderNumber, Vec<Exported>>,
    /// Numbers that changes of ours took away from an order, and RMS took that.
    pub replaced: &'a BTreeMap<OrderNumber, Vec<Replaced>>,
    /// Comparable numbers that rows of tonight's files name and that are not wished for any more, since our memory says
    /// they were told.
    pub settled: &'a BTreeMap<OrderNumber, BTreeSet<String>>,
    /// Other orders that carried a number within the last 180 days: comparable core → orders.
    pub numbers: &'a BTreeMap<String, BTreeSet<OrderNumber>>,
    /// Stages whose source allows joint shipping.
    pub joint: &'a BTreeSet<String>,
    /// Hash of the part of an order that a shipping change rests on.
    pub picture: &'a dyn Fn(&Order) -> String,
}

/// One stage's parcels.
pub struct Asked<'a> {
    pub stage: &'a ShipStage,
    pub wishes: Vec<&'a ShipWish>,
}

/// One wish with the stage it came through.
#[derive(Clone, Copy)]
struct One<'a> {
    wish: &'a ShipWish,
    stage: &'a ShipStage,
}

/// Compares all ship stages of a run at once, so that two files that contradict each other are seen.
pub fn compare(asked: &[Asked], view: &View) -> Compared {
    let mut out = Compared::default();
    let mut by_order: BTreeMap<&OrderNumber, Vec<One>> = BTreeMap::new();
    for Asked { stage, wishes } in asked {
        for wish in wishes {
            by_order.entry(&wish.order).or_default().push(One { wish, stage });
        }
    }
    let shared = numbers_on_two_orders(asked, view);
    for (number, ones) in by_order {
        let clear = drop_shared(ones, &shared, view, &mut out);
        if !clear.is_empty() {
            one_order(number, clear, view, &mut out);
        }
    }
    out
}

/// Comparable number → the orders that want it or had it, where there is more than one.
fn numbers_on_two_orders(asked: &[Asked], view: &View) -> BTreeMap<String, BTreeSet<OrderNumber>> {
    let mut all: Vec<(String, &OrderNumber)> = Vec::new();
    for wish in asked.iter().flat_map(|asked| &asked.wishes) {
        if let (Some(number), false) = (&wish.number, wish.action == ShipAction::Delete) {
            all.push((number.key(), &wish.order));
        }
    }
    all.sort_unstable();
    let mut shared = BTreeMap::new();
    for same in all.chunk_by(|one, other| one.0 == other.0) {
        let Some((number, _)) = same.first() else { continue };
        let earlier = view.numbers.get(number);
        // Nearly every number stands on one order: a set is made where there may be two.
        if same.len() > 1 || earlier.is_some() {
            let orders: BTreeSet<OrderNumber> =
                same.iter().map(|(_, order)| *order).chain(earlier.into_iter().flatten()).cloned().collect();
            if orders.len() > 1 {
                shared.insert(number.clone(), orders);
            }
        }
    }
    shared
}

/// Rejects wishes whose number stands on another order too, unless the source allows joint shipping or
/// buyer and address are the same.
fn drop_shared<'a>(
    ones: Vec<One<'a>>,
    shared: &BTreeMap<String, BTreeSet<OrderNumber>>,
    view: &View,
    out: &mut Compared,
) -> Vec<One<'a>> {
    let mut clear = Vec::with_capacity(ones.len());
    for one in ones {
        let others = one.wish.number.as_ref().and_then(|number| shared.get(&number.key()));
        match others {
            Some(orders)
                if one.wish.action != ShipAction::Delete
                    && !view.joint.contains(&one.stage.name)
                    && !same_household(orders, view)
                    && !already_there(one.wish, view) =>
            {
                let others: Vec<&str> =
                    orders.iter().filter(|order| **order != one.wish.order).map(OrderNumber::as_str).collect();
                let why = words::NUMBER_ON_TWO_ORDERS
                    .with([("number", one.wish.number_shown()), ("other", others.join(", "))]);
                out.rejected.push(reject(one.wish, Some("お荷物伝票番号"), Some(one.wish.number_shown()), why));
            }
            _ => clear.push(one),
        }
    }
    clear
}

/// RMS itself already holds this very number on this order: whatever else is true, there is nothing to tell.
fn already_there(wish: &ShipWish, view: &View) -> bool {
    let (Some(order), Some(number)) = (view.orders.get(&wish.order), &wish.number) else { return false };
    order.destinations().flat_map(|package| &package.shipping_model_list).any(|row| row.carries(&number.key()))
}

/// All orders were read and have one buyer and one address.
fn same_household(orders: &BTreeSet<OrderNumber>, view: &View) -> bool {
    let homes: Option<Vec<(String, String)>> = orders
        .iter()
        .map(|number| {
            let order = view.orders.get(number)?;
            let package = order.destinations().next()?;
            if order.destinations().count() != 1 {
                return None;
            }
            let (buyer, sender) = (&order.orderer_model, &package.sender_model);
            let text = |part: &Option<String>| part.clone().unwrap_or_default();
            let buyer = format!(
                "{}|{}|{}|{}",
                buyer.family_name,
                text(&buyer.first_name),
                text(&buyer.phone_number1),
                text(&buyer.phone_number3)
            );
            let home = format!(
                "{}{}|{}|{}|{}|{}|{}",
                sender.zip_code1,
                sender.zip_code2,
                sender.prefecture,
                sender.city,
                sender.sub_address,
                sender.family_name,
                text(&sender.first_name)
            );
            (!sender.zip_code1.is_empty()).then_some((buyer, home))
        })
        .collect();
    homes.is_some_and(|homes| homes.windows(2).all(|pair| pair[0] == pair[1]))
}

fn one_order(number: &OrderNumber, ones: Vec<One>, view: &View, out: &mut Compared) {
    let Some(order) = view.orders.get(number) else {
        for one in ones {
            let why = words::ORDER_UNKNOWN.with([("order", number.to_string())]);
            out.waiting.push(Waits::new(&one.wish.source, number, why));
        }
        return;
    };
    let mut by_basket: BTreeMap<BasketId, Vec<One>> = BTreeMap::new();
    for one in ones {
        match destination(order, one.wish) {
            Ok(basket) => by_basket.entry(basket).or_default().push(one),
            Err(rejection) => out.rejected.push(*rejection),
        }
    }
    for (basket, ones) in by_basket {
        if let Some(package) = order.destination(basket) {
            one_destination(order, package, ones, view, out);
        }
    }
}

/// The destination a wish speaks of, if that is certain.
fn destination(order: &Order, wish: &ShipWish) -> Result<BasketId, Box<Rejection>> {
    let all: Vec<BasketId> = order.destinations().map(Package::basket).collect();
    let list = || all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    if let Some(basket) = wish.basket {
        if all.contains(&basket) {
            return Ok(basket);
        }
        let why = words::DESTINATION_WRONG.with([("basket", basket.to_string()), ("baskets", list())]);
        return Err(Box::new(reject(wish, Some("送付先ID"), Some(basket.to_string()), why)));
    }
    if let [only] = all[..] {
        return Ok(only);
    }
    // The row names no destination, but it may name a row or a number that only one of them has.
    let by_row: Vec<BasketId> = order
        .destinations()
        .filter(|package| {
            package.shipping_model_list.iter().any(|row| {
                wish.row == Some(row.id()) || wish.number.as_ref().is_some_and(|number| row.carries(&number.key()))
            })
        })
        .map(Package::basket)
        .collect();
    if let [only] = by_row[..] {
        return Ok(only);
    }
    let why = words::DESTINATION_UNCLEAR.with([("baskets", list())]);
    Err(Box::new(reject(wish, Some("送付先ID"), None, why)))
}

/// Wishes that say the same become one; their rows share its fate.
struct Parcel<'a> {
    first: One<'a>,
    rows: Vec<&'a ShipWish>,
}

fn merge<'a>(ones: Vec<One<'a>>, out: &mut Compared) -> Vec<Parcel<'a>> {
    let mut parcels: Vec<Parcel> = Vec::new();
    for one in ones {
        let same = parcels.iter_mut().find(|parcel| {
            let (a, b) = (parcel.first.wish, one.wish);
            let dates_agree = a.date == b.date || (parcel.first.stage.is_by_run_date() && one.stage.is_by_run_date());
            key_of(a) == key_of(b) && a.carrier == b.carrier && dates_agree && a.action == b.action && a.row == b.row
        });
        match same {
            Some(parcel) => {
                parcel.rows.push(one.wish);
                // The day a parcel was first seen is its day, however often its row came after.
                if one.wish.date < parcel.first.wish.date {
                    parcel.first = one;
                }
            }
            None => parcels.push(Parcel { first: one, rows: vec![one.wish] }),
        }
    }
    // One number with two dates or two carriers: the files contradict each other, both stay out.
    let mut bad = BTreeSet::new();
    for (a, first) in parcels.iter().enumerate() {
        for (b, second) in parcels.iter().enumerate().skip(a + 1) {
            let key = key_of(first.first.wish);
            let same_row = first.first.wish.row.is_some() && first.first.wish.row == second.first.wish.row;
            if same_row || (key.is_some() && key == key_of(second.first.wish)) {
                bad.insert(a);
                bad.insert(b);
            }
        }
    }
    if bad.is_empty() {
        return parcels;
    }
    let places: Vec<String> = bad.iter().map(|at| place(parcels[*at].first.wish)).collect();
    let mut clear = Vec::new();
    for (at, parcel) in parcels.into_iter().enumerate() {
        if !bad.contains(&at) {
            clear.push(parcel);
            continue;
        }
        for wish in parcel.rows {
            let here = place(wish);
            let other = places.iter().find(|known| **known != here).cloned().unwrap_or_default();
            let why = words::FILES_DISAGREE.with([("first", here), ("second", other)]);
            out.rejected.push(reject(wish, None, Some(wish.number_shown()), why));
        }
    }
    clear
}

fn key_of(wish: &ShipWish) -> Option<String> {
    wish.number.as_ref().map(crate::model::shipment::TrackingNumber::key)
}

fn one_destination(order: &Order, package: &Package, ones: Vec<One>, view: &View, out: &mut Compared) {
    let parcels = merge(ones, out);
    let rows = &package.shipping_model_list;
    let mut taken: BTreeSet<RowId> = BTreeSet::new();
    let mut drafts: Vec<(Parcel, RowWrite, Option<RowId>, Vec<Why>)> = Vec::new();
    let mut fresh: Vec<Parcel> = Vec::new();

    // First what is there already or named by id, so that no such row is taken for an empty one.
    for parcel in parcels {
        let wish = parcel.first.wish;
        let found = match wish.row {
            Some(id) => match rows.iter().find(|row| row.id() == id) {
                Some(row) => Some(row),
                None => {
                    let why = words::ROW_UNKNOWN.with([("row", id.to_string())]);
                    reject_all(&parcel, Some("発送明細ID"), Some(id.to_string()), &why, out);
                    continue;
                }
            },
            None => {
                let key = key_of(wish);
                // A row with our carrier first: the same number may stand in a row someone typed as その他.
                let by = |same_carrier: bool| {
                    rows.iter().find(|row| {
                        !taken.contains(&row.id())
                            && key.as_ref().is_some_and(|key| row.carries(key))
                            && (!same_carrier || carrier_of(row) == wish.carrier.code())
                    })
                };
                by(true).or_else(|| by(false)).or_else(|| {
                    // A parcel without a number is there if a row with its carrier and date is.
                    rows.iter().find(|row| {
                        key.is_none()
                            && wish.action != ShipAction::Delete
                            && !taken.contains(&row.id())
                            && number_of(row).is_empty()
                            && carrier_of(row) == wish.carrier.code()
                            && (date_of(row) == wish.date.to_string()
                                || (parcel.first.stage.is_by_run_date() && !date_of(row).is_empty()))
                    })
                })
            }
        };
        match (found, wish.action) {
            (None, ShipAction::Delete) => {
                // Not in RMS yet, but on its way there in somebody's hands.
                if let Some(one) = exported(wish, view).find(|one| one.same_number(wish)) {
                    wait_all(&parcel, &one.why(wish), out);
                    continue;
                }
                // Nothing to delete: what was asked for is so.
                out.unchanged.extend(parcel.rows.iter().map(|wish| wish.source.clone()));
            }
            (Some(row), ShipAction::Delete) => {
                taken.insert(row.id());
                drafts.push((parcel, RowWrite::Delete(row.id()), Some(row.id()), Vec::new()));
            }
            (None, _) => fresh.push(parcel),
            (Some(row), _) => {
                taken.insert(row.id());
                existing(parcel, row, view, out, &mut drafts);
            }
        }
    }
    let proven =
        fresh.iter().all(|parcel| parcel.first.wish.several_proven || parcel.first.wish.action == ShipAction::Add);
    let several_new = fresh.len() > 1 && !proven;
    let mut count = rows.len();
    for parcel in fresh {
        let (wish, stage) = (parcel.first.wish, parcel.first.stage);
        let shipment = shipment_of(wish);
        let mut holds = Vec::new();
        if several_new && stage.second_number != SecondNumber::Add {
            // Two new numbers for one door and no proof of two parcels: one may be a voided label.
            holds.push(words::SECOND_NUMBER_TONIGHT.with([("number", wish.number_shown())]));
        }
        let known: Vec<&ShippingRow> = rows.iter().filter(|row| !is_empty(row) && !number_of(row).is_empty()).collect();
        let certain = stage.means_one_more(wish);
        let replace = wish.action == ShipAction::Correct || stage.second_number == SecondNumber::Replace;
        // A number that another row of tonight names too is not the one to give way: the rows' order says nothing.
        let named = |row: &ShippingRow| {
            let settled = view.settled.get(&wish.order);
            wish.action != ShipAction::Correct
                && settled.is_some_and(|numbers| numbers.contains(&tracking_key(&number_of(row))))
        };
        let replaceable: Vec<&&ShippingRow> =
            known.iter().filter(|row| !taken.contains(&row.id()) && !named(row)).collect();
        if !known.is_empty() && !certain {
            if let (true, [row]) = (replace, &replaceable[..]) {
                taken.insert(row.id());
                let write = RowWrite::Amend(row.id(), shipment);
                let id = row.id();
                drafts.push((parcel, write, Some(id), holds));
                continue;
            }
            let numbers: Vec<String> = known.iter().map(|row| number_of(row)).collect();
            holds.push(words::SECOND_NUMBER.with([("known", numbers.join(", ")), ("number", wish.number_shown())]));
        }
        // A row that an upload file fills is as good as full for a further parcel.
        let spoken_for = |row: &ShippingRow| {
            certain && exported(wish, view).any(|one| one.row() == Some(row.id()) && !one.same_number(wish))
        };
        let empty = rows.iter().find(|row| !taken.contains(&row.id()) && is_empty(row) && !spoken_for(row));
        let typed_other = rows.iter().find(|row| {
            !taken.contains(&row.id())
                && !spoken_for(row)
                && carrier_of(row) == crate::model::carrier::OTHER
                && !is_empty(row)
        });
        if let Some(row) = empty {
            taken.insert(row.id());
            let id = row.id();
            drafts.push((parcel, RowWrite::Fill(id, shipment), Some(id), holds));
        } else if let (Some(row), true) = (typed_other, number_of_opt(typed_other).is_empty()) {
            taken.insert(row.id());
            let id = row.id();
            holds.push(words::OTHER_ROW_TYPED.with([("row", id.to_string())]));
            drafts.push((parcel, RowWrite::Fill(id, shipment), Some(id), holds));
        } else {
            if count >= ROWS_MAX {
                let why = words::ROWS_FULL.with([("basket", package.basket().to_string())]);
                reject_all(&parcel, None, None, &why, out);
                continue;
            }
            count += 1;
            drafts.push((parcel, RowWrite::Add(shipment), None, holds));
        }
    }
    for (parcel, write, row, holds) in drafts {
        let was = row.and_then(|id| rows.iter().find(|row| row.id() == id)).map(ShippingRow::seen);
        draft(order, package, parcel, ShipChange { basket: package.basket(), write, was }, holds, view, out);
    }
}

/// A row of RMS that carries the parcel already: nothing to do, or its other parts are corrected by its id.
fn existing<'a>(
    parcel: Parcel<'a>,
    row: &ShippingRow,
    view: &View,
    out: &mut Compared,
    drafts: &mut Vec<(Parcel<'a>, RowWrite, Option<RowId>, Vec<Why>)>,
) {
    let (wish, stage) = (parcel.first.wish, parcel.first.stage);
    let same_carrier = carrier_of(row) == wish.carrier.code();
    let same_date = date_of(row) == wish.date.to_string();
    let key = key_of(wish);
    let number_same = key.as_ref().is_none_or(|key| row.carries(key));
    let date_told = same_date || (stage.is_by_run_date() && !date_of(row).is_empty());
    if same_carrier && date_told && number_same {
        out.unchanged.extend(parcel.rows.iter().map(|wish| wish.source.clone()));
        return;
    }
    let shipment = shipment_of(wish);
    if is_empty(row) {
        drafts.push((parcel, RowWrite::Fill(row.id(), shipment), Some(row.id()), Vec::new()));
        return;
    }
    let mut holds = Vec::new();
    let asked = wish.action == ShipAction::Correct || stage.second_number == SecondNumber::Replace;
    if carrier_of(row) == crate::model::carrier::OTHER && !asked {
        holds.push(words::OTHER_ROW_TYPED.with([("row", row.id().to_string())]));
    } else if !asked && !number_of(row).is_empty() && (!number_same || (!same_carrier && !carrier_of(row).is_empty())) {
        // Another number or another carrier over one that stands there: a correction only if somebody says so.
        holds.push(words::SECOND_NUMBER.with([
            ("known", format!("{} {}", carrier_of(row), number_of(row))),
            ("number", format!("{} {}", wish.carrier.code(), wish.number_shown())),
        ]));
    }
    let _ = view;
    drafts.push((parcel, RowWrite::Amend(row.id(), shipment), Some(row.id()), holds));
}

/// The last questions before a write becomes a change: dates, states, memory.
fn draft(
    order: &Order,
    package: &Package,
    parcel: Parcel,
    ship: ShipChange,
    mut holds: Vec<Why>,
    view: &View,
    out: &mut Compared,
) {
    let (wish, stage) = (parcel.first.wish, parcel.first.stage);
    let change = Change {
        shop: view.shop.clone(),
        order: wish.order.clone(),
        state: order.order_progress,
        stage: stage.name.clone(),
        sources: parcel.rows.iter().map(|wish| wish.source.clone()).collect(),
        picture: (view.picture)(order),
        notes: parcel.rows.iter().flat_map(|wish| wish.notes.clone()).collect(),
        what: What::Ship(ship),
    };
    let key = change.key();
    let told = view.told.get(&key).copied().or_else(|| told_with_another_date(&change, &key, view));

    if let Some(why) = cancelled(order, &wish.order) {
        if told == Some(Standing::Confirmed) {
            set_aside_all(&parcel, &words::ALREADY_REGISTERED.plain(), out);
            return;
        }
        reject_all(&parcel, Some("注文番号"), Some(wish.order.to_string()), &why, out);
        return;
    }
    if wish.action != ShipAction::Delete
        && let Some(rejection) = date_window(order, wish, stage, view.today)
    {
        let (value, why) = rejection;
        reject_all(&parcel, Some("発送日"), Some(value), &why, out);
        return;
    }
    if let Some(one) = exported(wish, view).find(|one| one.is_in_the_way(&change, wish, stage, order)) {
        if one.says_the_same(&change, wish, stage) {
            set_aside_all(&parcel, &words::EXPORTED_EARLIER.with([("run", one.run.to_string())]), out);
        } else {
            wait_all(&parcel, &one.why(wish), out);
        }
        return;
    }
    match told {
        Some(Standing::Queued | Standing::Unknown | Standing::Sending | Standing::Exported) => {
            set_aside_all(&parcel, &words::TOLD_OUTCOME_OPEN.plain(), out);
            return;
        }
        _ if let Some(why) = comes_back(&change, wish, package, taken_away(wish, view)) => holds.push(why),
        // Told, heard, and gone from RMS since: someone took it away, or a list runs late. A person looks.
        Some(Standing::Confirmed) if change.adds() => {
            holds.push(words::ROW_VANISHED.with([("number", wish.number_shown())]));
        }
        Some(Standing::Absent) if change.adds() => {
            holds.push(words::UNHEARD_AND_ABSENT.with([("number", wish.number_shown())]));
        }
        Some(
            Standing::Confirmed
            | Standing::Absent
            | Standing::Planned
            | Standing::Refused
            | Standing::Held
            | Standing::Withdrawn,
        )
        | None => {}
    }
    if view.open.get(&wish.order).is_some_and(|keys| keys.iter().any(|open| *open != key)) {
        wait_all(&parcel, &words::ORDER_BUSY.plain(), out);
        return;
    }
    if package.address_pending() {
        wait_all(&parcel, &words::ADDRESS_PENDING.plain(), out);
        return;
    }
    match order.order_progress {
        300 if order.rakuten_confirm_flag == 1 => {
            wait_all(&parcel, &words::RMS_CHECKING.with([("order", wish.order.to_string())]), out);
            return;
        }
        300 => {}
        500 | 600 | 700 => {
            if change.adds() {
                holds.push(words::ADD_AFTER_SHIPPING.with([("state", state(order))]));
            }
        }
        // 100, 200, 400 and any state the mall may add: time, or a newer version, will tell.
        _ => {
            let why = words::STATE_NOT_YET.with([("order", wish.order.to_string()), ("state", state(order))]);
            wait_all(&parcel, &why, out);
            return;
        }
    }
    out.entries.push(Drafted { change, holds, urgent: false });
}

fn taken_away<'a>(wish: &ShipWish, view: &View<'a>) -> &'a [Replaced] {
    view.replaced.get(&wish.order).map_or(&[], Vec::as_slice)
}

fn exported<'a>(wish: &ShipWish, view: &View<'a>) -> impl Iterator<Item = &'a Exported> {
    let all: &'a BTreeMap<OrderNumber, Vec<Exported>> = view.exported;
    all.get(&wish.order).into_iter().flatten()
}

/// A row that RMS once had, or that went unheard, is not a new one because its date is another.
fn told_with_another_date(change: &Change, key: &str, view: &View) -> Option<Standing> {
    if !change.adds() {
        return None;
    }
    let bare = &key[..=key.rfind(':')?];
    view.told
        .range(bare.to_owned()..)
        .take_while(|(told, _)| told.starts_with(bare))
        .map(|(_, standing)| *standing)
        .find(|standing| matches!(standing, Standing::Confirmed | Standing::Absent))
}

/// The date must lie between the order and a few days from now.
fn date_window(order: &Order, wish: &ShipWish, stage: &ShipStage, today: Day) -> Option<(String, Why)> {
    let date = wish.date.to_string();
    if let Some(ordered) = order.ordered_on()
        && wish.date < ordered
    {
        let why = words::DATE_TOO_EARLY.with([("date", date.clone()), ("ordered", ordered.to_string())]);
        return Some((date, why));
    }
    let latest = today.plus_days(stage.days_ahead);
    (wish.date > latest).then(|| {
        let why = words::DATE_TOO_LATE.with([("date", date.clone()), ("latest", latest.to_string())]);
        (date, why)
    })
}

fn shipment_of(wish: &ShipWish) -> Shipment {
    Shipment { carrier: wish.carrier.clone(), number: wish.number.clone(), date: wish.date }
}

fn place(wish: &ShipWish) -> String {
    format!("{}:{}", wish.source.file, wish.source.line)
}

fn text(part: Option<&String>) -> String {
    part.map(|part| part.trim().to_owned()).unwrap_or_default()
}

fn carrier_of(row: &ShippingRow) -> String {
    text(row.delivery_company.as_ref())
}

fn number_of(row: &ShippingRow) -> String {
    text(row.shipping_number.as_ref())
}

fn number_of_opt(row: Option<&ShippingRow>) -> String {
    row.map(number_of).unwrap_or_default()
}

fn date_of(row: &ShippingRow) -> String {
    text(row.shipping_date.as_ref())
}

/// Nothing a person or a carrier wrote: no number, and, where the carrier is その他, no date either.
fn is_empty(row: &ShippingRow) -> bool {
    let carrier = carrier_of(row);
    number_of(row).is_empty() && (date_of(row).is_empty() || carrier != crate::model::carrier::OTHER)
}

fn reject(wish: &ShipWish, column: Option<&str>, value: Option<String>, why: Why) -> Rejection {
    Rejection { source: wish.source.clone(), column: column.map(str::to_owned), value, why }
}

fn reject_all(parcel: &Parcel, column: Option<&str>, value: Option<String>, why: &Why, out: &mut Compared) {
    for wish in &parcel.rows {
        out.rejected.push(reject(wish, column, value.clone(), why.clone()));
    }
}

fn wait_all(parcel: &Parcel, why: &Why, out: &mut Compared) {
    out.waiting.extend(parcel.rows.iter().map(|wish| Waits::new(&wish.source, &wish.order, why.clone())));
}

fn set_aside_all(parcel: &Parcel, why: &Why, out: &mut Compared) {
    out.set_aside.extend(parcel.rows.iter().map(|wish| SetAside { source: wish.source.clone(), why: why.clone() }));
}

/// What is said of a parcel whose order was cancelled, in whichever step that is found.
pub fn cancelled(order: &Order, number: &OrderNumber) -> Option<Why> {
    let values = || [("order", number.to_string()), ("state", state(order))];
    order.is_cancelled().then(|| words::ORDER_CANCELLED.with(values()))
}

fn state(order: &Order) -> String {
    format!("{} {}", order.order_progress, order.state_name())
}

/// Whether a reason makes a rejection urgent (parcels that must be stopped).
pub fn is_urgent(word: &Word) -> bool {
    word.code == words::ORDER_CANCELLED.code || word.code == words::CANCEL_AND_SHIP.code
}

#[cfg(test)]
#[path = "ship_tests.rs"]
mod tests;
