//! Rows of text to wishes: what each row of a file asks for, or why it cannot be understood.
//!
//! Every row that comes in leaves in exactly one of wishes, rejections and rows set aside; a row that
//! stands for several orders (joint shipping) gives several wishes and still counts once, by its record.
//! Nothing here knows what RMS says: whether an order exists or may be shipped is for the comparison.

mod cancellations;
mod carriers;
mod confirmations;
mod corrections;
mod example;
mod keys;
mod marks;
mod reasons;
mod shipments;

pub use cancellations::cancellations;
pub use confirmations::confirmations;
pub use corrections::{columns_for_corrections, corrections};
pub use example::{Unmet, lift_example, told, unmet};
pub use marks::marks;
pub use reasons::reason;
pub use shipments::{columns_for_shipments, shipments};

use crate::flow::clean::{self, Cleaned};
use crate::flow::layout::normal_name;
use crate::model::change::Kind;
use crate::model::day::Day;
use crate::model::ids::OrderNumber;
use crate::model::layout::{Field, Layout};
use crate::model::pipeline::{Read, Shop};
use crate::model::rejection::{Rejection, SetAside};
use crate::model::sheet::{Sheet, SheetRow, Source};
use crate::model::wish::Wish;
use crate::model::words::Why;
use crate::model::words::comparing::SHIPPED_TWICE_IN_FILE as ROW_DOUBLED;
use crate::model::words::lifting as words;
use keys::{Keys, Target};
use std::collections::hash_map::{Entry, HashMap};
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hasher};
use std::sync::Arc;

/// What is known about a file besides its rows.
pub struct Context<'a> {
    /// The file as a person knows it.
    pub file: &'a Arc<str>,
    pub layout: &'a Layout,
    pub read: &'a Read,
    pub shop: &'a Shop,
    /// The file's business day: what `run-date` means for it.
    pub business_day: Day,
    /// The key list of a layout whose key is a bridge.
    pub bridge: Option<&'a Sheet>,
    /// The shop's open orders, for keys that are only a serial.
    pub open_orders: Option<&'a [OrderNumber]>,
    /// Digits at the front of this shop's order numbers; rows of other shops are rejected.
    pub shop_digits: Option<&'a str>,
}

/// What became of a sheet's rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lifted {
    pub wishes: Vec<Wish>,
    pub rejected: Vec<Rejection>,
    pub set_aside: Vec<SetAside>,
    /// Orders of rejected rows that asked for a parcel or a cancellation, as far as they can be read: what was meant
    /// still stands against the other, whatever is wrong with a number, a date or a reason.
    pub refused: BTreeSet<(OrderNumber, Kind)>,
    /// Things said once about the whole file.
    pub notes: Vec<Why>,
}

/// Why a row yields no wish.
enum Stop {
    /// The column to blame, if it is one.
    Reject(Option<usize>, Why),
    Aside(Why),
}

/// A cell as the file has it; empty if there is no such column.
fn cell(row: &SheetRow, place: Option<usize>) -> &str {
    place.and_then(|place| row.cells.get(place)).map_or("", |cell| cell)
}

/// A 128-bit print of what a row asks for: two hashes with different beginnings, so that two rows of one
/// file that only seem alike are not to be expected, and no text need be kept for each row.
fn print_of(signature: &str) -> u128 {
    let half = |salt: u8| {
        let mut hasher = DefaultHasher::new();
        hasher.write_u8(salt);
        hasher.write(signature.as_bytes());
        u128::from(hasher.finish())
    };
    half(1) << 64 | half(2)
}

/// Blames a column.
fn at<T>(place: Option<usize>, result: Result<T, Why>) -> Result<T, Stop> {
    result.map_err(|why| Stop::Reject(place, why))
}

/// One sheet being lifted: where its columns stand, how its keys are found, what has come out so far.
struct Desk<'a> {
    cx: &'a Context<'a>,
    sheet: &'a Sheet,
    places: BTreeMap<Field, usize>,
    /// Column names as they are compared, by place.
    names: Vec<String>,
    keys: Keys<'a>,
    /// What a row asked for, as a print → the line that asked first.
    seen: HashMap<u128, u32>,
    out: Lifted,
}

impl<'a> Desk<'a> {
    fn new(sheet: &'a Sheet, cx: &'a Context<'a>) -> Desk<'a> {
        let names: Vec<String> = sheet.columns.iter().map(|name| normal_name(name)).collect();
        let find = |name: &str| {
            let wanted = normal_name(name);
            names.iter().position(|known| *known == wanted)
        };
        // A tidy step may have made the column under its main name, the source's own name or an alias.
        let places = cx
            .layout
            .columns
            .iter()
            .filter_map(|(field, column)| {
                let own = cx.read.over.columns.get(field).map(String::as_str);
                std::iter::once(column.name.as_str())
                    .chain(own)
                    .chain(column.aliases.iter().map(String::as_str))
                    .find_map(find)
                    .map(|place| (*field, place))
            })
            .collect();
        Desk { cx, sheet, places, names, keys: Keys::new(cx), seen: HashMap::new(), out: Lifted::default() }
    }

    fn place(&self, field: Field) -> Option<usize> {
        self.places.get(&field).copied()
    }

    /// A column by a name that a person wrote: as it stands in the sheet, else as a name of a logical column.
    fn named(&self, name: &str) -> Option<usize> {
        let wanted = normal_name(name);
        self.names.iter().position(|known| *known == wanted).or_else(|| {
            let field = self.cx.layout.columns.iter().find(|(field, column)| {
                let own = self.cx.read.over.columns.get(field);
                std::iter::once(&column.name)
                    .chain(own)
                    .chain(&column.aliases)
                    .any(|known| normal_name(known) == wanted)
            });
            field.and_then(|(field, _)| self.place(*field))
        })
    }

    /// A logical column's cell as the file has it; empty if the sheet lacks the column.
    fn field<'r>(&self, row: &'r SheetRow, field: Field) -> &'r str {
        cell(row, self.place(field))
    }

    /// The name of a logical column for messages, there or not.
    fn name(&self, field: Field) -> String {
        self.cx.layout.columns.get(&field).map(|column| column.name.clone()).unwrap_or_default()
    }

    fn source(&self, row: &SheetRow) -> Source {
        Source { file: Arc::clone(self.cx.file), record: row.record, line: row.line }
    }

    /// The orders a row speaks of, with destinations where the key list gives them.
    fn orders(&self, row: &SheetRow) -> Result<Cleaned<Vec<Target>>, Stop> {
        let place = self.place(Field::Key);
        let raw = cell(row, place);
        if clean::bare(raw).text.is_empty() {
            return Err(Stop::Reject(place, words::KEY_EMPTY.with([("column", self.name(Field::Key))])));
        }
        at(place, self.keys.find(raw))
    }

    /// The one order of a row; a key that stands for several is no use here.
    fn order(&self, row: &SheetRow) -> Result<Cleaned<OrderNumber>, Stop> {
        let mut found = self.orders(row)?;
        match (found.value.pop(), found.value.is_empty()) {
            (Some((order, _)), true) => Ok(Cleaned { value: order, notes: found.notes }),
            _ => {
                let value = clean::unwrap(self.field(row, Field::Key)).to_owned();
                Err(Stop::Reject(self.place(Field::Key), words::KEY_FORM.with([("value", value)])))
            }
        }
    }

    /// Sets a row aside if an earlier one asked for exactly the same.
    fn once(&mut self, row: &SheetRow, print: u128) -> Result<(), Stop> {
        match self.seen.entry(print) {
            Entry::Vacant(free) => {
                free.insert(row.line);
                Ok(())
            }
            Entry::Occupied(taken) => {
                let first = format!("{}:{}", self.cx.file, taken.get());
                Err(Stop::Aside(ROW_DOUBLED.with([("first", first)])))
            }
        }
    }

    /// Puts a row on its pile.
    fn put(&mut self, row: &SheetRow, outcome: Result<Vec<Wish>, Stop>) {
        match outcome {
            Ok(wishes) => self.out.wishes.extend(wishes),
            Err(Stop::Aside(why)) => self.out.set_aside.push(SetAside { source: self.source(row), why }),
            Err(Stop::Reject(place, why)) => {
                let column = place.and_then(|place| self.sheet.columns.get(place)).cloned();
                let value = place.and_then(|place| row.cells.get(place)).map(|cell| cell.to_string());
                self.out.rejected.push(Rejection { source: self.source(row), column, value, why });
            }
        }
    }

    /// Takes wishes back whose rows contradict one another: each row is rejected with the line of the
    /// other. `same` groups the wishes, `content` is what must agree within a group.
    fn hold_contradictions(&mut self, same: impl Fn(&Wish) -> String, content: impl Fn(&Wish) -> String) {
        let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (place, wish) in self.out.wishes.iter().enumerate() {
            groups.entry(same(wish)).or_default().push(place);
        }
        let mut against: BTreeMap<u32, u32> = BTreeMap::new();
        for places in groups.values() {
            let Some((&head, rest)) = places.split_first() else { continue };
            let first = &self.out.wishes[head];
            for other in rest.iter().map(|&place| &self.out.wishes[place]) {
                if content(first) != content(other) && first.source().record != other.source().record {
                    against.entry(first.source().record).or_insert(other.source().line);
                    against.insert(other.source().record, first.source().line);
                }
            }
        }
        if against.is_empty() {
            return;
        }
        let file = Arc::clone(self.cx.file);
        let mut done = BTreeSet::new();
        let wishes = std::mem::take(&mut self.out.wishes);
        for wish in wishes {
            match against.get(&wish.source().record) {
                None => self.out.wishes.push(wish),
                Some(line) if done.insert(wish.source().record) => {
                    self.out.refused.insert((wish.order().clone(), Kind::asked_by(&wish)));
                    let why = words::ROWS_DISAGREE.with([("first", format!("{file}:{line}"))]);
                    let source = wish.source().clone();
                    self.out.rejected.push(Rejection { source, column: None, value: None, why });
                }
                Some(_) => {}
            }
        }
    }

    fn finish(mut self) -> Lifted {
        self.out.rejected.sort_by_key(|rejection| rejection.source.record);
        // Only a tidy `split` makes several rows of one record.
        if self.sheet.rows.windows(2).any(|pair| matches!(pair, [one, two] if one.record == two.record)) {
            self.settle_records();
        }
        self.out
    }

    /// One pile for each record of the file: a record with a bad part is rejected as a whole, since the
    /// person mends and drops it as a whole; a part put aside counts only if no other part asks for anything.
    fn settle_records(&mut self) {
        let Lifted { wishes, rejected, set_aside, refused, notes: _ } = &mut self.out;
        rejected.dedup_by_key(|rejection| rejection.source.record);
        let bad: BTreeSet<u32> = rejected.iter().map(|rejection| rejection.source.record).collect();
        wishes.retain(|wish| {
            let kept = !bad.contains(&wish.source().record);
            if !kept {
                refused.insert((wish.order().clone(), Kind::asked_by(wish)));
            }
            kept
        });
        let mut told: BTreeSet<u32> = wishes.iter().map(|wish| wish.source().record).chain(bad).collect();
        set_aside.retain(|aside| told.insert(aside.source.record));
    }
}

#[cfg(test)]
pub(super) mod bench {
    //! A shop, a source and a sheet for the tests of this folder.

    use super::*;
    use crate::flow::layout::built_in_named;
    use crate::model::carrier::Carrier;
    use crate::model::ids::ShopName;
    use crate::model::pipeline::{LayoutOver, SecretFrom};

    pub struct Bench {
        pub layout: Layout,
        pub read: Read,
        pub shop: Shop,
        pub file: Arc<str>,
        pub bridge: Option<Sheet>,
        pub open: Option<Vec<OrderNumber>>,
    }

    pub const A: &str = "555001-20260401-0000000101";
    pub const B: &str = "555001-20260401-0000000102";

    impl Bench {
        pub fn new(layout: &str) -> Bench {
            let layout = built_in_named(layout).unwrap();
            Bench {
                read: Read {
                    name: "x".into(),
                    files: vec!["inbox/*.csv".into()],
                    layout: layout.name.clone(),
                    quiet_seconds: 5,
                    tidy: Vec::new(),
                    expect: None,
                    over: LayoutOver::default(),
                    joint: false,
                    split_numbers: false,
                    excel_serial_dates: false,
                },
                layout,
                shop: Shop {
                    name: ShopName("demo".into()),
                    url: "demo-shop".into(),
                    endpoint: "http://127.0.0.1:1".into(),
                    live: false,
                    pace_ms: 0,
                    maintenance: Vec::new(),
                    carriers: [("宅配便", "1001"), ("5", "1002"), ("自社便", "1000")]
                        .into_iter()
                        .map(|(name, code)| (name.to_owned(), Carrier::from_code(code).unwrap()))
                        .collect(),
                    key_grace_seconds: 7200,
                    service_secret: SecretFrom::Env("A".into()),
                    license_key: SecretFrom::Env("B".into()),
                    next_license_key: None,
                    tax_rounding: None,
                    day_starts: (5, 0),
                    order_prefix: None,
                    ca_file: None,
                    retention_days: 400,
                },
                file: "inbox/a.csv".into(),
                bridge: None,
                open: None,
            }
        }

        pub fn with<T>(&self, f: impl FnOnce(&Context) -> T) -> T {
            f(&Context {
                file: &self.file,
                layout: &self.layout,
                read: &self.read,
                shop: &self.shop,
                business_day: Day::new(2026, 4, 3).unwrap(),
                bridge: self.bridge.as_ref(),
                open_orders: self.open.as_deref(),
                shop_digits: Some("555001"),
            })
        }
    }

    /// `a|b` heads, then rows of the same form.
    pub fn sheet(columns: &str, rows: &[&str]) -> Sheet {
        Sheet {
            columns: columns.split('|').map(str::to_owned).collect(),
            rows: (1u32..)
                .zip(rows)
                .map(|(record, row)| SheetRow { record, line: record + 1, cells: row.split('|').collect() })
                .collect(),
        }
    }

    /// Rows of cells drawn from a pool, as a sheet.
    pub fn drawn(columns: &str, pool: &[&str], draws: &[Vec<usize>]) -> Sheet {
        let rows: Vec<String> = draws
            .iter()
            .map(|row| row.iter().map(|draw| pool[draw % pool.len()]).collect::<Vec<_>>().join("|"))
            .collect();
        sheet(columns, &rows.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// Every record is on exactly one pile; gives back `record: pile` with codes, in order of record.
    pub fn piles(sheet: &Sheet, lifted: &Lifted) -> Vec<String> {
        sheet
            .rows
            .iter()
            .map(|row| {
                let wished = lifted.wishes.iter().any(|wish| wish.source().record == row.record);
                let rejected: Vec<&str> =
                    lifted.rejected.iter().filter(|r| r.source.record == row.record).map(|r| r.why.code()).collect();
                let aside: Vec<&str> =
                    lifted.set_aside.iter().filter(|r| r.source.record == row.record).map(|r| r.why.code()).collect();
                let count = usize::from(wished) + rejected.len() + aside.len();
                assert_eq!(count, 1, "record {} is on {count} piles", row.record);
                if wished { "wish".to_owned() } else { rejected.into_iter().chain(aside).collect() }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::bench::{A, B, Bench, drawn, piles};
    use super::*;
    use crate::model::pipeline::{
        AmendField, AmendStage, CancelStage, MarkStage, ReasonFrom, SecondNumber, ShipDate, ShipStage, TaxMode,
    };
    use proptest::prelude::*;

    /// Cells that every column might meet, right or wrong.
    const POOL: [&str; 20] = [
        A,
        B,
        A,
        "",
        "",
        "123456789013",
        "1234-5678-9024",
        "1.23E+11",
        "1001",
        "ヤマト運輸",
        "2026/4/2",
        "4月2日",
        "追加",
        "削除",
        "8",
        "1",
        "その他",
        "1,650",
        "未確定",
        "nan",
    ];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        /// Whatever the cells hold, each record comes to rest on one pile ([`piles`] sees to it).
        #[test]
        fn no_row_is_lost_or_counted_twice(draws in prop::collection::vec(prop::collection::vec(0usize..20, 8), 0..12)) {
            let (name, from) = (|| "x".to_owned(), || "x".to_owned());
            let ship = ShipStage {
                name: name(),
                from: from(),
                ship_date: ShipDate::Columns(Vec::new()),
                second_number: SecondNumber::Hold,
                no_number: ["ヤマト運輸".to_owned()].into(),
                days_ahead: 7,
            };
            let sheet = drawn("注文番号|送付先ID|お荷物伝票番号|配送会社|発送日|発送明細ID|処理|配送方法", &POOL, &draws);
            piles(&sheet, &Bench::new("generic-shipments").with(|cx| shipments(&sheet, cx, &ship)));
            let amend = AmendStage {
                name: name(),
                from: from(),
                fields: [AmendField::Postage, AmendField::Units, AmendField::Price].into(),
                tax: TaxMode::Included,
                reason: ReasonFrom::Unset,
            };
            let sheet = drawn("注文番号|送付先ID|商品明細ID|送料|代引料|単価|個数|減額理由", &POOL, &draws);
            piles(&sheet, &Bench::new("generic-corrections").with(|cx| corrections(&sheet, cx, &amend)));
            let sheet = drawn("注文番号|送付先ID|商品明細ID|送付先送料|送料合計|単価|個数|減額理由", &POOL, &draws);
            piles(&sheet, &Bench::new("rms-orders").with(|cx| corrections(&sheet, cx, &amend)));
            let cancel = CancelStage { name: name(), from: from() };
            let sheet = drawn("注文番号|キャンセル理由|在庫連動|返品済|処理|a|b|c", &POOL, &draws);
            piles(&sheet, &Bench::new("generic-cancellations").with(|cx| cancellations(&sheet, cx, &cancel)));
            let mark = MarkStage { name: name(), from: from(), memo_replace: false };
            let sheet = drawn("注文番号|サブステータス|ひとことメモ|a|b|c|d|e", &POOL, &draws);
            piles(&sheet, &Bench::new("generic-marks").with(|cx| marks(&sheet, cx, &mark)));
        }
    }
}
