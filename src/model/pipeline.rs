//! A pipeline file and a shop's settings, checked: what `config` compiles and the trip reads.

use super::carrier::Carrier;
use super::ids::ShopName;
use super::money::Yen;
use super::plan::Via;
use super::wish::{ShipAction, ShipWish};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A checked pipeline file.
#[derive(Clone, Debug, PartialEq)]
pub struct Pipeline {
    pub name: String,
    pub title: String,
    pub shop: ShopName,
    pub reads: Vec<Read>,
    pub imports: Vec<Import>,
    pub cancels: Vec<CancelStage>,
    pub amends: Vec<AmendStage>,
    pub confirms: Vec<ConfirmStage>,
    pub ships: Vec<ShipStage>,
    pub marks: Vec<MarkStage>,
    pub deliver: Deliver,
    pub notify: Option<Vec<String>>,
    pub examples: Vec<Example>,
}

impl Pipeline {
    /// No stage takes wishes from this read: its files tell what RMS knows.
    pub fn is_knowledge(&self, read: &str) -> bool {
        let wished = |from: &str| from == read;
        !(self.ships.iter().any(|stage| wished(&stage.from))
            || self.amends.iter().any(|stage| wished(&stage.from))
            || self.cancels.iter().any(|stage| wished(&stage.from))
            || self.confirms.iter().any(|stage| wished(&stage.from))
            || self.marks.iter().any(|stage| wished(&stage.from)))
    }
}

/// `[read.NAME]`: files → rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Read {
    pub name: String,
    /// Glob relative to the workspace.
    pub files: Vec<String>,
    pub layout: String,
    /// Seconds a file must be untouched.
    pub quiet_seconds: u64,
    pub tidy: Vec<Tidy>,
    pub expect: Option<Expect>,
    /// `encoding`, `delimiter`, `header`, `key`, `carrier`, `number_check` of the layout, set anew for this source.
    pub over: LayoutOver,
    /// The same number may stand on several orders.
    pub joint: bool,
    /// One cell may hold several numbers.
    pub split_numbers: bool,
    /// Excel serial numbers are dates.
    pub excel_serial_dates: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LayoutOver {
    pub encoding: Option<String>,
    pub delimiter: Option<char>,
    pub header: Option<super::layout::Header>,
    pub key: Option<super::layout::KeyWay>,
    pub carrier: Option<String>,
    pub check: Option<super::layout::NumberCheck>,
    /// Logical column → the name this shop's file uses.
    pub columns: BTreeMap<super::layout::Field, String>,
    pub date_patterns: Option<Vec<String>>,
    /// A bigger file is refused, in bytes. Default 2 GiB.
    pub file_bytes_max: Option<u64>,
    /// A bigger cell refuses its file, in bytes. Default 16 MiB.
    pub cell_bytes_max: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    Daily,
    Weekdays,
}

/// One tidy step, in order: table → table.
#[derive(Clone, Debug, PartialEq)]
pub enum Tidy {
    Filter {
        column: String,
        test: FilterTest,
    },
    Rename {
        columns: BTreeMap<String, String>,
    },
    Replace {
        column: String,
        values: BTreeMap<String, String>,
        contains: bool,
    },
    /// Adds columns from another CSV (path relative to the workspace) by a key.
    Lookup {
        file: String,
        column: String,
        key: String,
        take: Vec<String>,
    },
    /// One row per part of a cell.
    Split {
        column: String,
        separator: String,
    },
    /// The first of rows equal in these columns stays.
    Dedupe {
        columns: Vec<String>,
    },
    /// Empty cells get a value.
    Fill {
        column: String,
        value: String,
    },
    Trim {
        columns: Vec<String>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FilterTest {
    NotEmpty,
    Empty,
    Equals(Vec<String>),
    NotEquals(Vec<String>),
    Contains(String),
    StartsWith(String),
}

/// `[import.NAME]`
#[derive(Clone, Debug, PartialEq)]
pub struct Import {
    pub name: String,
    pub progress: Vec<i64>,
    pub since_days: i64,
    pub open_since_days: i64,
    pub refresh: bool,
    /// `from`: re-import by an order CSV read.
    pub from: Option<String>,
    pub export: Option<Export>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    pub layout: String,
    pub encoding: String,
}

/// `[ship.NAME]`
#[derive(Clone, Debug, PartialEq)]
pub struct ShipStage {
    pub name: String,
    pub from: String,
    /// Columns tried in order, first non-empty wins; or the file's business day.
    pub ship_date: ShipDate,
    pub second_number: SecondNumber,
    /// 配送方法 whose parcels have no number.
    pub no_number: BTreeSet<String>,
    /// Days after the run a ship date may lie.
    pub days_ahead: i64,
}

impl ShipStage {
    /// The file says nothing of a date: it is the day the file came, and no reason to change one that was told.
    pub fn is_by_run_date(&self) -> bool {
        self.ship_date == ShipDate::RunDate
    }

    /// Several parcels for one door are meant: the layout proves it, or a person or the settings say so.
    pub fn means_one_more(&self, wish: &ShipWish) -> bool {
        wish.several_proven || wish.action == ShipAction::Add || self.second_number == SecondNumber::Add
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShipDate {
    RunDate,
    Columns(Vec<String>),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SecondNumber {
    #[default]
    Hold,
    Add,
    Replace,
}

/// Which values of an order an amend stage may touch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AmendField {
    Postage,
    CodFee,
    Units,
    Price,
    TaxRate,
}

impl AmendField {
    pub const ALL: [AmendField; 5] =
        [AmendField::Postage, AmendField::CodFee, AmendField::Units, AmendField::Price, AmendField::TaxRate];
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TaxMode {
    /// 税込
    Included,
    /// 税別
    Excluded,
}

/// `[amend.NAME]`
#[derive(Clone, Debug, PartialEq)]
pub struct AmendStage {
    pub name: String,
    pub from: String,
    pub fields: BTreeSet<AmendField>,
    pub tax: TaxMode,
    pub reason: ReasonFrom,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReasonFrom {
    /// Nothing set: a due reason is missing and the row is rejected.
    Unset,
    Column(String),
    /// A fixed code or name.
    Fixed(super::wish::ReasonCode),
}

/// `[confirm.NAME]`; all holds are off unless set.
#[derive(Clone, Debug, PartialEq)]
pub struct ConfirmStage {
    pub name: String,
    pub from: String,
    pub hold: ConfirmHold,
    /// Orders younger than this wait (buyers may still cancel). Default 60.
    pub min_age_minutes: i64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConfirmHold {
    pub remarks: bool,
    pub isolated_island: bool,
    pub caution: bool,
    pub not_fixed: bool,
    pub total_over: Option<Yen>,
}

/// `[cancel.NAME]`
#[derive(Clone, Debug, PartialEq)]
pub struct CancelStage {
    pub name: String,
    pub from: String,
}

/// `[mark.NAME]`
#[derive(Clone, Debug, PartialEq)]
pub struct MarkStage {
    pub name: String,
    pub from: String,
    pub memo_replace: bool,
}

/// `[deliver]`
#[derive(Clone, Debug, PartialEq)]
pub struct Deliver {
    pub via: Via,
    /// Write CSV when the API cannot be used tonight.
    pub fallback_csv: bool,
    pub settle_seconds: u64,
    pub wait_seconds: u64,
    /// Days a row whose reason time cures is tried again.
    pub wait_days: i64,
    pub approve: BTreeSet<Approve>,
    pub brake: Brake,
    /// An absent added row may be planned again without a person.
    pub resend_absent: bool,
    pub rows_per_file: usize,
    /// Hours that dropped RMS downloads stand for what RMS knows, without the API.
    pub max_age_hours: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Approve {
    Increase,
    Decrease,
    Cancel,
    Confirm,
    Ship,
    Mark,
}

/// More of one kind than this holds that kind for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Brake {
    pub changes: u64,
    pub ship: u64,
    pub decrease_yen: Yen,
    pub cancels: u64,
}

impl Default for Brake {
    fn default() -> Brake {
        Brake { changes: 5000, ship: 20_000, decrease_yen: Yen(300_000), cancels: 20 }
    }
}

/// `[[example]]`: rows in, what must come out; run by `check` without a shop.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    pub name: String,
    pub read: String,
    /// Column → cell; one row each.
    pub rows: Vec<BTreeMap<String, String>>,
    /// Expected parcels or wishes: order, number, carrier, date … as text; only named keys are compared.
    pub expect: Vec<BTreeMap<String, String>>,
    /// Expected number of rejected rows.
    pub rejected: u64,
    /// Line of the example in the pipeline file.
    pub line: usize,
}

/// `[shop.NAME]` of `denpyo.toml`, without the secrets' values.
#[derive(Clone, Debug, PartialEq)]
pub struct Shop {
    pub name: ShopName,
    /// 店舗URL, the id part.
    pub url: String,
    pub endpoint: String,
    pub live: bool,
    pub pace_ms: u64,
    pub maintenance: Vec<Window>,
    /// 配送方法 (name or 配送方法コード) → carrier.
    pub carriers: BTreeMap<String, Carrier>,
    pub key_grace_seconds: u64,
    pub service_secret: SecretFrom,
    pub license_key: SecretFrom,
    pub next_license_key: Option<SecretFrom>,
    pub tax_rounding: Option<TaxRounding>,
    /// Hour and minute a business day starts at, JST.
    pub day_starts: (i8, i8),
    /// Digits at the front of this shop's order numbers, if set; else taken from the licence key.
    pub order_prefix: Option<String>,
    /// Extra CA bundle (PEM), relative to the workspace.
    pub ca_file: Option<String>,
    pub retention_days: i64,
}

impl Shop {
    /// The endpoint is on this machine: pace 0 is allowed, maintenance does not apply, `live` is not needed.
    pub fn is_loopback(&self) -> bool {
        Shop::is_loopback_endpoint(&self.endpoint)
    }

    /// The same question of an address alone, which `config` asks before there is a shop.
    pub fn is_loopback_endpoint(endpoint: &str) -> bool {
        let host = endpoint.split("://").nth(1).unwrap_or(endpoint);
        let host = host.split('/').next().unwrap_or(host);
        let name = if let Some(rest) = host.strip_prefix('[') {
            rest.split(']').next().unwrap_or(rest)
        } else {
            host.split(':').next().unwrap_or(host)
        };
        if name == "localhost" || name == "::1" {
            return true;
        }
        let parts: Vec<&str> = name.split('.').collect();
        parts.len() == 4 && parts.first() == Some(&"127") && parts.iter().all(|part| part.parse::<u8>().is_ok())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaxRounding {
    Down,
    HalfUp,
    Up,
}

/// Where a secret comes from; never its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretFrom {
    Env(String),
    File(String),
    Command(Vec<String>),
}

/// A maintenance window, JST.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// Weekday (0 = Sunday), start and end in minutes of the day; an end before the start runs past midnight.
    Weekly {
        weekday: u8,
        from: u16,
        to: u16,
    },
    Dated {
        from: super::day::Moment,
        to: super::day::Moment,
    },
}

impl Window {
    /// Whether a moment lies inside (start included, end not).
    pub fn holds(&self, at: super::day::Moment) -> bool {
        match *self {
            Window::Dated { from, to } => from <= at && at < to,
            Window::Weekly { weekday, from, to } => {
                let minute = u16::try_from(at.second_of_day() / 60).unwrap_or(0);
                let today = at.day().weekday() == weekday;
                let day_after = at.day().plus_days(-1).weekday() == weekday;
                if from <= to {
                    today && (from..to).contains(&minute)
                } else {
                    (today && minute >= from) || (day_after && minute < to)
                }
            }
        }
    }

    /// Seconds until it starts again; 0 inside.
    pub fn seconds_until(&self, at: super::day::Moment) -> i64 {
        if self.holds(at) {
            return 0;
        }
        match *self {
            Window::Dated { from, .. } => {
                let ahead = from.seconds_since(at);
                if ahead < 0 { i64::MAX } else { ahead }
            }
            Window::Weekly { weekday, from, .. } => (0..=7)
                .map(|days| super::day::Moment::at(at.day().plus_days(days), 0, i64::from(from), 0))
                .filter(|start| start.day().weekday() == weekday && *start > at)
                .map(|start| start.seconds_since(at))
                .min()
                .unwrap_or(i64::MAX),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::day::Moment;

    fn check(at: &str, inside: bool) {
        let sunday = Window::Weekly { weekday: 0, from: 120, to: 540 };
        assert_eq!(sunday.holds(Moment::from_api(at).unwrap()), inside, "{at}");
    }

    #[test]
    fn sunday_mornings_are_maintenance() {
        check("2026-12-06T01:59:59+0900", false);
        check("2026-12-06T02:00:00+0900", true);
        check("2026-12-06T08:59:59+0900", true);
        check("2026-12-06T09:00:00+0900", false);
        check("2026-12-07T03:00:00+0900", false);
    }

    #[test]
    fn a_window_may_run_past_midnight() {
        let late = Window::Weekly { weekday: 6, from: 1380, to: 60 };
        assert!(late.holds(Moment::from_api("2026-12-06T00:30:00+0900").unwrap()));
        assert!(!late.holds(Moment::from_api("2026-12-05T00:30:00+0900").unwrap()));
        assert_eq!(late.seconds_until(Moment::from_api("2026-12-05T22:00:00+0900").unwrap()), 3600);
    }
}
