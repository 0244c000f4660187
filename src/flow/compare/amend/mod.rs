//! Corrections held against RMS and the baseline: which values of which orders change. An order is
//! amended as a whole, by one change, or not at all. The three sides are the file, RMS now, and RMS at
//! the import: what only the file moved is wanted, what only RMS moved stays, what both moved is a
//! conflict that a person settles.

use super::{Compared, Context, Drafted, Waits, by_order, import, picture::picture, place, refuse, refuse_cell};
use crate::flow::money::{self, total};
use crate::model::baseline::Baseline;
use crate::model::change::{Change, Kind, What};
use crate::model::ids::{ItemId, OrderNumber};
use crate::model::money::{Amount, TaxRate};
use crate::model::order::{Item, Order, Orders, Package};
use crate::model::pipeline::{AmendStage, ReasonFrom, Shop, TaxMode};
use crate::model::rejection::{Rejection, SetAside};
use crate::model::sheet::Source;
use crate::model::wish::{AmendWish, ReasonCode};
use crate::model::words::{Why, comparing, money as words};
use ask::{Ask, Spot, Target};
use std::collections::{BTreeMap, BTreeSet};

mod ask;
mod draft;
#[cfg(test)]
mod tests;

/// The largest price and quantity the call takes, and the quantity where coupons were used.
const VALUE_MOST: i64 = 999_999_999;
const UNITS_WITH_COUPON_MOST: i64 = 10_000;

/// One stage's corrections.
pub struct Asked<'a> {
    pub stage: &'a AmendStage,
    pub wishes: Vec<&'a AmendWish>,
}

/// Compares the corrections of all stages with the orders and their baselines: what two stages want of one order
/// is one change, or a contradiction.
pub fn amend(
    asked: &[Asked],
    orders: &Orders,
    baselines: &BTreeMap<OrderNumber, Baseline>,
    shop: &Shop,
    cx: &Context,
) -> Compared {
    let mut out = Compared::default();
    let all: Vec<Row> =
        asked.iter().flat_map(|asked| asked.wishes.iter().map(|wish| Row { wish, stage: asked.stage })).collect();
    for (number, rows) in by_order(&all, |row| &row.wish.order) {
        match orders.get(&number) {
            None => {
                let why = comparing::ORDER_UNKNOWN.with([("order", number.to_string())]);
                out.waiting.extend(rows.iter().map(|row| Waits::new(&row.wish.source, &number, why.clone())));
            }
            Some(order) => {
                let stages = rows.iter().map(|row| row.stage).collect();
                let wishes: Vec<&AmendWish> = rows.iter().map(|row| row.wish).collect();
                let judged = Judged::new(&wishes, stages, order, baselines.get(&number), shop, cx);
                judged.into_piles(&number, shop, cx, &mut out);
            }
        }
    }
    out
}

struct Row<'a> {
    wish: &'a AmendWish,
    stage: &'a AmendStage,
}

/// A change of a column that this stage may not touch.
struct Outside {
    personal: bool,
    /// RMS works it out from other values: worth a word only where none of those changed.
    derived: bool,
    column: String,
    was: String,
    now: String,
}

impl Outside {
    fn why(&self) -> Why {
        let Outside { column, was, now, .. } = self;
        if self.personal {
            return words::PERSONAL_OUTSIDE.with([("column", column.clone())]);
        }
        words::FIELD_OUTSIDE.with([("column", column.clone()), ("was", was.clone()), ("now", now.clone())])
    }
}

/// One order's rows, judged value by value.
struct Judged<'a> {
    rows: &'a [&'a AmendWish],
    /// The stage of each row.
    stages: Vec<&'a AmendStage>,
    order: &'a Order,
    baseline: Option<&'a Baseline>,
    /// For each row the look its values are held against: an order CSV's is the one it was made from.
    before: Vec<Option<&'a Baseline>>,
    /// Other looks an order CSV may have been made from, by row.
    rivals: Vec<Vec<&'a Baseline>>,
    targets: Vec<Option<Target>>,
    /// What is wanted, and by which rows.
    wanted: BTreeMap<Spot, i64>,
    wanting: BTreeSet<usize>,
    rejected: BTreeMap<usize, Vec<Rejection>>,
    outside: BTreeMap<usize, Vec<Outside>>,
    /// Differences of rows whose order had no baseline.
    adopted: BTreeMap<usize, Vec<String>>,
    moved: Option<Baseline>,
    /// Values that were asked for and that RMS has moved away from since the import.
    stale: Vec<Why>,
    /// Values of order CSVs that may only be old.
    perhaps_old: Vec<Why>,
    two_way: bool,
}

impl<'a> Judged<'a> {
    fn new(
        rows: &'a [&'a AmendWish],
        stages: Vec<&'a AmendStage>,
        order: &'a Order,
        baseline: Option<&'a Baseline>,
        shop: &Shop,
        cx: &Context,
    ) -> Judged<'a> {
        let (before, rivals) = rows
            .iter()
            .map(|wish| match baseline.filter(|_| wish.from_order_csv) {
                Some(base) => {
                    let (from, rivals) = import::made_from(wish, order, base, cx.key);
                    (Some(from), rivals)
                }
                None => (baseline, Vec::new()),
            })
            .unzip();
        let mut judged = Judged {
            rows,
            stages,
            order,
            baseline,
            before,
            rivals,
            targets: Vec::new(),
            wanted: BTreeMap::new(),
            wanting: BTreeSet::new(),
            rejected: BTreeMap::new(),
            outside: BTreeMap::new(),
            adopted: BTreeMap::new(),
            moved: None,
            stale: Vec::new(),
            perhaps_old: Vec::new(),
            two_way: false,
        };
        let mut by_spot: BTreeMap<Spot, Vec<Ask>> = BTreeMap::new();
        for ask in judged.ask(shop) {
            by_spot.entry(ask.spot).or_default().push(ask);
        }
        for (spot, asks) in by_spot {
            judged.judge(spot, &asks);
        }
        for (row, wish) in rows.iter().enumerate().filter(|(_, wish)| wish.from_order_csv) {
            let changed = import::changed_cells(wish, order, judged.before_of(row), cx.key);
            let changed = changed.into_iter().map(|cell| {
                let import::ChangedCell { column, was, now, derived, personal } = cell;
                Outside { personal, derived, column, was, now }
            });
            judged.outside.entry(row).or_default().extend(changed);
        }
        judged
    }

    fn before_of(&self, row: usize) -> Option<&'a Baseline> {
        self.before.get(row).copied().flatten()
    }

    fn reject(&mut self, row: usize, rejection: Rejection) {
        self.rejected.entry(row).or_default().push(rejection);
    }

    /// All rows' asks; rows that point nowhere are rejected here.
    fn ask(&mut self, shop: &Shop) -> Vec<Ask> {
        let mut rates: BTreeMap<ItemId, TaxRate> = BTreeMap::new();
        for (row, wish) in self.rows.iter().enumerate() {
            let target = match ask::target(wish, self.order) {
                Ok(target) => {
                    if let (Some(item), Some(rate)) = (target.item, wish.tax_rate) {
                        rates.insert(item, rate);
                    }
                    Some(target)
                }
                // A download without the id columns is harmless as long as nobody changed its values.
                Err(_) if wish.from_order_csv && self.says_nothing_new(row, wish) => Some(Target::default()),
                Err(rejection) => {
                    self.reject(row, rejection);
                    None
                }
            };
            self.targets.push(target);
        }
        let mut all = Vec::new();
        for (row, wish) in self.rows.iter().enumerate() {
            let Some(target) = self.targets.get(row).copied().flatten() else { continue };
            let Some(stage) = self.stages.get(row) else { continue };
            let asked = ask::asks(row, wish, target, self.order, (stage, shop), &rates).and_then(|mut asks| {
                if wish.from_order_csv {
                    ask::order_level(row, wish, self.order, self.before_of(row), &mut asks)?;
                }
                Ok(asks)
            });
            match asked {
                Ok(asks) => all.extend(asks),
                Err(rejection) => self.reject(row, rejection),
            }
        }
        all
    }

    /// Some destination and some line hold just what the row says, in RMS or in the baseline.
    fn says_nothing_new(&self, row: usize, wish: &AmendWish) -> bool {
        let line = |price, units, rate: Option<TaxRate>| {
            wish.price.is_none_or(|one| one == price)
                && wish.units.is_none_or(|one| one == units)
                && wish.tax_rate.is_none_or(|one| Some(one) == rate)
        };
        let basket = |postage: Amount, cod: Amount| {
            wish.postage.is_none_or(|one| one == postage) && wish.cod_fee.is_none_or(|one| one == cod)
        };
        let in_rms = self.order.destinations().any(|package| {
            basket(package.postage_price, package.delivery_price)
                && Package::items(package).any(|item| line(item.price, item.units, item.tax_rate))
        });
        let before = self.before_of(row).is_some_and(|base| {
            base.baskets.iter().any(|one| {
                basket(one.postage, one.cod_fee)
                    && one.items.iter().any(|item| line(item.price, item.units, item.tax_rate))
            })
        });
        in_rms || before
    }

    /// One value: what the files ask for, what RMS holds, what it held at the import.
    fn judge(&mut self, spot: Spot, asks: &[Ask]) {
        let in_rms = spot.in_rms(self.order);
        let mut by_file: BTreeMap<&str, Vec<&Ask>> = BTreeMap::new();
        for ask in asks {
            if let Some(wish) = self.rows.get(ask.row) {
                by_file.entry(&wish.source.file).or_default().push(ask);
            }
        }
        let mut changes: Vec<&Ask> = Vec::new();
        for asks in by_file.values() {
            let order_csv = asks.iter().all(|ask| self.rows.get(ask.row).is_some_and(|wish| wish.from_order_csv));
            let adopting = order_csv && self.baseline.is_none();
            let values: BTreeSet<i64> = asks.iter().map(|ask| ask.value).collect();
            if values.len() > 1 && !adopting {
                let before = |ask: &Ask| self.before_of(ask.row).and_then(|base| spot.in_baseline(base));
                let still = |ask: &&Ask| Some(ask.value) == in_rms || Some(ask.value) == before(ask);
                if order_csv && asks.iter().all(still) {
                    continue;
                }
                self.refuse_split(spot, asks, order_csv);
                continue;
            }
            for ask in asks {
                if self.verdict(spot, ask, in_rms, order_csv) {
                    changes.push(ask);
                }
            }
        }
        let values: BTreeSet<i64> = changes.iter().map(|ask| ask.value).collect();
        let [value] = values.iter().copied().collect::<Vec<_>>()[..] else {
            if !values.is_empty() {
                self.refuse_split(spot, &changes, false);
            }
            return;
        };
        let may = |ask: &&Ask| self.stages.get(ask.row).is_some_and(|stage| stage.fields.contains(&spot.field()));
        let (changes, outside): (Vec<&Ask>, Vec<&Ask>) = changes.into_iter().partition(may);
        // Beside a stage that may, one that may not asks for nothing else.
        if changes.is_empty() {
            for ask in outside {
                let csv = self.rows.get(ask.row).is_some_and(|wish| wish.from_order_csv);
                let was = in_rms.map(|was| spot.shown(was)).unwrap_or_default();
                let one = Outside {
                    personal: false,
                    derived: false,
                    column: spot.column(csv).to_owned(),
                    was,
                    now: spot.shown(value),
                };
                self.outside.entry(ask.row).or_default().push(one);
            }
            return;
        }
        if let Some(why) = self.impossible(spot, value) {
            for ask in changes {
                self.reject_cell(spot, ask, why.clone());
            }
            return;
        }
        self.wanted.insert(spot, value);
        self.wanting.extend(changes.iter().map(|ask| ask.row));
    }

    /// Whether an ask is a change; what is none leaves its trace (a moved baseline, a conflict, a difference).
    fn verdict(&mut self, spot: Spot, ask: &Ask, in_rms: Option<i64>, order_csv: bool) -> bool {
        let file = Some(ask.value);
        let before = self.before_of(ask.row).and_then(|base| spot.in_baseline(base));
        let open = spot.may_be_open() && Amount::from_wire(ask.value) == Amount::NotFixedYet;
        if file == in_rms {
            if let Some(baseline) = self.baseline
                && let Some(known) = spot.in_baseline(baseline)
                && Some(known) != in_rms
            {
                spot.move_baseline(self.moved.get_or_insert_with(|| baseline.clone()), self.order);
            }
            return false;
        }
        if file == before {
            // A list of corrections asks on purpose; that RMS has moved on meanwhile is worth a word.
            if !order_csv {
                self.stale.push(words::FILE_IS_BASELINE.with([
                    ("order", self.order.order_number.clone()),
                    ("column", spot.column(false).to_owned()),
                    ("file", spot.shown(ask.value)),
                    ("rms", in_rms.map(|now| spot.shown(now)).unwrap_or_default()),
                ]));
            }
            return false;
        }
        // An order CSV without a baseline, or a line that came after it: nothing to tell an edit by.
        if order_csv && before.is_none() {
            let was = in_rms.map(|was| spot.shown(was)).unwrap_or_default();
            let text = format!("{} {} → {}", spot.column(true), was, spot.shown(ask.value));
            self.adopted.entry(ask.row).or_default().push(text);
            return false;
        }
        if order_csv && open {
            let why = words::OPEN_FROM_CSV.with([("column", spot.column(true).to_owned())]);
            self.reject_cell(spot, ask, why);
            return false;
        }
        match before {
            None => {
                self.two_way = self.two_way || self.baseline.is_none();
                true
            }
            Some(_) if before == in_rms => {
                let rivals = self.rivals.get(ask.row).map(Vec::as_slice).unwrap_or_default();
                if rivals.iter().any(|base| spot.in_baseline(base) == file) {
                    self.perhaps_old.push(words::OLD_FILE.with([
                        ("order", self.order.order_number.clone()),
                        ("column", spot.column(order_csv).to_owned()),
                        ("file", spot.shown(ask.value)),
                        ("now", in_rms.map(|now| spot.shown(now)).unwrap_or_default()),
                    ]));
                }
                true
            }
            Some(_) if self.settled(ask.row) == Some("ファイル") => true,
            Some(_) if self.settled(ask.row) == Some("RMS") => {
                if let Some(baseline) = self.baseline {
                    spot.move_baseline(self.moved.get_or_insert_with(|| baseline.clone()), self.order);
                }
                false
            }
            Some(at_import) => {
                let why = words::AMEND_CONFLICT.with([
                    ("column", spot.column(order_csv).to_owned()),
                    ("file", spot.shown(ask.value)),
                    ("rms", in_rms.map(|now| spot.shown(now)).unwrap_or_default()),
                    ("baseline", spot.shown(at_import)),
                    ("order", self.order.order_number.clone()),
                ]);
                self.reject_cell(spot, ask, why);
                false
            }
        }
    }

    /// How a person settled a conflict, in a column 承認 of the row that came back: the file's side or RMS's.
    fn settled(&self, row: usize) -> Option<&'static str> {
        let said = super::cells::same_core(self.rows.get(row)?.other_cells.get("承認")?);
        ["ファイル", "RMS"].into_iter().find(|side| said.eq_ignore_ascii_case(side))
    }

    fn reject_cell(&mut self, spot: Spot, ask: &Ask, why: Why) {
        let Some(wish) = self.rows.get(ask.row) else { return };
        let rejection = refuse_cell(&wish.source, spot.column(wish.from_order_csv), spot.shown(ask.value), why);
        self.reject(ask.row, rejection);
    }

    /// Rows that want different values for one place: all of them go back, each named to the others.
    fn refuse_split(&mut self, spot: Spot, asks: &[&Ask], order_csv: bool) {
        let sources: Vec<&Source> =
            asks.iter().filter_map(|ask| self.rows.get(ask.row)).map(|wish| &wish.source).collect();
        let why = if order_csv {
            let lines = ask::list(sources.iter().map(|source| source.line));
            words::EDIT_PARTIAL.with([("column", spot.column(true).to_owned()), ("lines", lines)])
        } else {
            let first = asks.first().map_or(0, |ask| ask.value);
            let other = asks.iter().position(|ask| ask.value != first).unwrap_or(0);
            let at = |place_in: usize| {
                let value = asks.get(place_in).map(|ask| spot.shown(ask.value)).unwrap_or_default();
                let source = sources.get(place_in).map(|source| place(source)).unwrap_or_default();
                format!("{source} `{value}`")
            };
            comparing::FILES_DISAGREE.with([("first", at(0)), ("second", at(other))])
        };
        for ask in asks {
            self.reject_cell(spot, ask, why.clone());
        }
    }

    /// A value RMS would not take, whoever wants it.
    fn impossible(&self, spot: Spot, value: i64) -> Option<Why> {
        let (low, high) = match spot {
            Spot::Units(_) if !self.order.coupon_model_list.is_empty() => (0, UNITS_WITH_COUPON_MOST),
            _ => (0, VALUE_MOST),
        };
        let open = spot.may_be_open() && Amount::from_wire(value) == Amount::NotFixedYet;
        match spot {
            Spot::CodFee(_) if !self.order.is_cod() => Some(words::COD_ONLY.plain()),
            Spot::Rate(_) if !draft::RATES.contains(&ask::rate(value)) => {
                Some(words::TAX_RATE_WRONG.with([("rate", spot.shown(value))]))
            }
            _ if !open && !(low..=high).contains(&value) => Some(words::VALUE_OUT_OF_RANGE.with([
                ("column", spot.column(false).to_owned()),
                ("value", spot.shown(value)),
                ("low", low.to_string()),
                ("high", high.to_string()),
            ])),
            _ => None,
        }
    }

    /// Each row into its pile.
    fn into_piles(mut self, number: &OrderNumber, shop: &Shop, cx: &Context, out: &mut Compared) {
        self.check_tax(shop);
        self.refuse_gone(number);
        let sent = if self.wanting.is_empty() { None } else { self.send(number, shop, cx, out) };
        self.refuse_outside();
        out.notes.append(&mut self.stale);
        match (&self.baseline, self.moved.take()) {
            (Some(_), Some(moved)) => {
                out.baselines.insert(number.clone(), moved);
            }
            // A first look through an order CSV adopts; a list of corrections alone does not.
            (None, _) if self.rows.iter().any(|wish| wish.from_order_csv) => {
                out.baselines.extend(import::baseline(self.order, cx.key).map(|base| (number.clone(), base)));
            }
            _ => {}
        }
        for (row, wish) in self.rows.iter().enumerate() {
            if let Some(rejections) = self.rejected.remove(&row) {
                out.rejected.extend(rejections);
            } else if self.wanting.contains(&row) {
                if let Some(Sent::Waits(why)) = &sent {
                    out.waiting.push(Waits::new(&wish.source, &wish.order, why.clone()));
                }
            } else if let Some(differences) = self.adopted.remove(&row) {
                let why = words::ADOPTED_DIFFERENT.with([("differences", differences.join("、"))]);
                out.set_aside.push(SetAside { source: wish.source.clone(), why });
            } else {
                out.unchanged.push(wish.source.clone());
            }
        }
    }

    /// Changes outside the stage's fields: beside a wanted change a note, alone a refusal of the row.
    fn refuse_outside(&mut self) {
        let consequences = !self.wanting.is_empty();
        for (row, all) in std::mem::take(&mut self.outside) {
            let all: Vec<Outside> = all.into_iter().filter(|one| !(one.derived && consequences)).collect();
            let Some(wish) = self.rows.get(row).filter(|_| !self.wanting.contains(&row) && !all.is_empty()) else {
                continue;
            };
            if self.baseline.is_none() && wish.from_order_csv {
                let texts = all.iter().map(|one| format!("{} {} → {}", one.column, one.was, one.now));
                self.adopted.entry(row).or_default().extend(texts);
                continue;
            }
            let source = wish.source.clone();
            for one in all {
                self.reject(row, refuse_cell(&source, &one.column, one.now.clone(), one.why()));
            }
        }
    }

    /// An order CSV shows every line of its orders: one that shows some and not others asks for their removal, which
    /// cannot be done. Lines that came after the file was made are none of its business.
    fn refuse_gone(&mut self, number: &OrderNumber) {
        let mut files: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (row, wish) in self.rows.iter().enumerate().filter(|(_, wish)| wish.from_order_csv) {
            files.entry(&wish.source.file).or_default().push(row);
        }
        let mut refused = Vec::new();
        for rows in files.values() {
            let shown: Vec<ItemId> =
                rows.iter().filter_map(|row| self.targets.get(*row).copied().flatten()?.item).collect();
            let Some(base) = rows.first().and_then(|row| self.before_of(*row)) else { continue };
            // A record that names no line may speak of any.
            if shown.len() < rows.len() {
                continue;
            }
            let known = base.baskets.iter().flat_map(|basket| &basket.items).map(|item| item.item);
            let gone: Vec<ItemId> =
                known.filter(|item| !shown.contains(item) && ask::line(self.order, *item).is_some()).collect();
            if !gone.is_empty() {
                let why = words::LINES_GONE.with([("order", number.to_string()), ("items", ask::list(gone.iter()))]);
                refused.extend(rows.iter().map(|row| (*row, why.clone())));
            }
        }
        for (row, why) in refused {
            if let Some(wish) = self.rows.get(row) {
                let rejection = refuse(&wish.source, why);
                self.reject(row, rejection);
            }
        }
    }

    /// 消費税 cannot be set. Where the file lists prices without tax, a given figure is held against what RMS
    /// will work out: for the row's line, or for its destination.
    fn check_tax(&mut self, shop: &Shop) {
        let mut laid = self.order.clone();
        money::lay_edits(&mut laid, &draft::edits(self.order, &self.wanted));
        let way = total::Way::of(self.order, shop.tax_rounding);
        let mut refused = Vec::new();
        let excluded = |row: usize| self.stages.get(row).is_some_and(|stage| stage.tax == TaxMode::Excluded);
        let rows = self.rows.iter().enumerate();
        for (row, wish) in rows.filter(|(row, wish)| !wish.from_order_csv && excluded(*row)) {
            let (Some(tax), Some(target)) = (wish.tax, self.targets.get(row).copied().flatten()) else { continue };
            let line = target.item.and_then(|item| ask::line(&laid, item));
            let basket: Vec<&Item> = match target.basket.and_then(|basket| laid.destination(basket)) {
                Some(package) => Package::items(package).collect(),
                None => laid.destinations().flat_map(Package::items).collect(),
            };
            let outside: Vec<&Item> = basket.iter().copied().filter(|item| item.include_tax_flag != 1).collect();
            let of_line = line.map(|item| total::tax_of(&[item], way)).unwrap_or_default();
            let of_basket = [total::tax_of(&basket, way), total::tax_of(&outside, way)].concat();
            if of_line.contains(&tax) || of_basket.contains(&tax) {
                continue;
            }
            let expected = if of_line.is_empty() { of_basket } else { of_line };
            let rms = ask::list(expected.iter().collect::<BTreeSet<_>>().into_iter());
            let why = words::TAX_DIFFERS.with([("file", tax.to_string()), ("rms", rms)]);
            refused.push((row, refuse_cell(&wish.source, "消費税", tax.to_string(), why)));
        }
        for (row, rejection) in refused {
            self.reject(row, rejection);
        }
    }

    /// Makes the order's one change, or says why there is none.
    fn send(&mut self, number: &OrderNumber, shop: &Shop, cx: &Context, out: &mut Compared) -> Option<Sent> {
        let state = self.order.order_progress;
        let named = || [("order", number.to_string()), ("state", state.to_string())];
        match state {
            100 | 200 | 300 | 500 | 600 | 700 => {}
            400 => return Some(Sent::Waits(words::AMEND_PENDING.with([("order", number.to_string())]))),
            800 | 900 => {
                self.refuse_wanting(&words::AMEND_CANCELLED.with(named()));
                return None;
            }
            _ => return Some(Sent::Waits(words::AMEND_STATE_UNKNOWN.with(named()))),
        }
        if let Some(first) = self.rejected.values().flatten().next() {
            let why = words::SIBLING_REFUSED.with([("line", place(&first.source))]);
            self.refuse_wanting(&why);
            return None;
        }
        let given = match self.reason() {
            Ok(given) => given,
            Err(why) => {
                self.refuse_wanting(&why);
                return None;
            }
        };
        let made = match draft::draft(self.order, &self.wanted, given, (shop, cx.deliver)) {
            Ok(made) => made,
            Err(why) => {
                self.refuse_wanting(&why);
                return None;
            }
        };
        let rows: Vec<&AmendWish> = self.wanting.iter().filter_map(|row| self.rows.get(*row)).copied().collect();
        let mut notes: Vec<Why> = rows.iter().flat_map(|wish| wish.notes.iter().cloned()).collect();
        notes.extend(made.notes);
        let mut stages: Vec<&str> = Vec::new();
        for stage in self.wanting.iter().filter_map(|row| self.stages.get(*row)) {
            if !stages.contains(&stage.name.as_str()) {
                stages.push(&stage.name);
            }
        }
        let mut holds = made.holds;
        holds.append(&mut self.perhaps_old);
        if self.two_way {
            notes.push(words::NO_BASELINE.plain());
        }
        for (row, all) in self.outside.iter().filter(|(row, _)| self.wanting.contains(row)) {
            let Some(source) = self.rows.get(*row).map(|wish| place(&wish.source)) else { continue };
            for one in all.iter().filter(|one| !one.derived) {
                notes.push(one.why());
                // The row goes, so nothing of it comes back: the report must say what of it does not.
                out.notes.push(words::OUTSIDE_BESIDE.with([
                    ("place", source.clone()),
                    ("column", one.column.clone()),
                    ("order", number.to_string()),
                ]));
            }
        }
        out.entries.push(Drafted {
            change: Change {
                shop: shop.name.clone(),
                order: number.clone(),
                state,
                what: What::Amend(made.amendment),
                stage: stages.join("、"),
                sources: rows.iter().map(|wish| wish.source.clone()).collect(),
                picture: picture(self.order, Kind::Amend, cx.key),
                notes,
            },
            holds,
            urgent: false,
        });
        Some(Sent::Drafted)
    }

    /// Every row that wants something goes back for one reason, unless it has a reason of its own.
    fn refuse_wanting(&mut self, why: &Why) {
        for row in self.wanting.clone() {
            if let Some(wish) = self.rows.get(row)
                && !self.rejected.contains_key(&row)
            {
                let rejection = refuse(&wish.source, why.clone());
                self.reject(row, rejection);
            }
        }
    }

    /// The one reason the rows give; two different ones are not ours to choose from. One fixed in the settings stands
    /// in where one is due; it is nobody's word on a single order.
    fn reason(&self) -> Result<Given, Why> {
        let fixed: BTreeSet<ReasonCode> = self
            .wanting
            .iter()
            .filter_map(|row| match self.stages.get(*row)?.reason {
                ReasonFrom::Fixed(code) => Some(code),
                ReasonFrom::Unset | ReasonFrom::Column(_) => None,
            })
            .collect();
        let or_fixed = |given: Option<ReasonCode>| Given {
            own: given,
            or_fixed: given.or_else(|| fixed.first().copied().filter(|_| fixed.len() == 1)),
        };
        let of = |rows: &mut dyn Iterator<Item = usize>| {
            let mut found: Vec<(ReasonCode, String)> = Vec::new();
            for wish in rows.filter_map(|row| self.rows.get(row)) {
                if let Some(code) = wish.reason
                    && found.iter().all(|(known, _)| *known != code)
                {
                    found.push((code, format!("{} 減額理由 `{}`", place(&wish.source), code.0)));
                }
            }
            found
        };
        let mut found = of(&mut self.wanting.iter().copied());
        if found.is_empty() {
            found = of(&mut (0..self.rows.len()));
        }
        match found.as_slice() {
            [] => Ok(or_fixed(None)),
            [(code, _)] => Ok(or_fixed(Some(*code))),
            [(_, first), (_, second), ..] => {
                Err(comparing::FILES_DISAGREE.with([("first", first.clone()), ("second", second.clone())]))
            }
        }
    }
}

/// A 減額理由: what the rows say, and what stands where they say nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Given {
    own: Option<ReasonCode>,
    or_fixed: Option<ReasonCode>,
}

enum Sent {
    Drafted,
    Waits(Why),
}
