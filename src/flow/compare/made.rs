//! Shops, settings and rows made for tests of the comparisons.

use super::{Compared, Context};
use crate::model::day::Moment;
use crate::model::ids::{BasketId, ItemId, OrderNumber, ShopName};
use crate::model::pipeline::{Approve, Brake, Deliver, SecretFrom, Shop, TaxRounding};
use crate::model::plan::Via;
use crate::model::sheet::Source;
use crate::model::wish::AmendWish;
use std::collections::{BTreeMap, BTreeSet};

pub const KEY: &[u8] = b"test key";

pub fn number() -> OrderNumber {
    OrderNumber::parse(crate::flow::money::made::NUMBER).unwrap()
}

pub fn source(line: u32) -> Source {
    Source { file: "c.csv".into(), record: line - 1, line }
}

pub fn deliver(approve: &[Approve]) -> Deliver {
    Deliver {
        via: Via::Api,
        fallback_csv: true,
        settle_seconds: 1800,
        wait_seconds: 300,
        wait_days: 7,
        approve: approve.iter().copied().collect(),
        brake: Brake::default(),
        resend_absent: false,
        rows_per_file: 5000,
        max_age_hours: 24,
    }
}

pub fn shop(tax_rounding: Option<TaxRounding>) -> Shop {
    Shop {
        name: ShopName("demo".into()),
        url: "demo".into(),
        endpoint: "http://127.0.0.1:1".into(),
        live: true,
        pace_ms: 0,
        maintenance: Vec::new(),
        carriers: BTreeMap::new(),
        key_grace_seconds: 7200,
        service_secret: SecretFrom::Env("A".into()),
        license_key: SecretFrom::Env("B".into()),
        next_license_key: None,
        tax_rounding,
        day_starts: (5, 0),
        order_prefix: None,
        ca_file: None,
        retention_days: 400,
    }
}

/// Settings that outlive a [`Context`].
pub struct Settings {
    pub deliver: Deliver,
    pub now: Moment,
    pub shipping: BTreeSet<OrderNumber>,
    pub states_to_be: BTreeMap<OrderNumber, i64>,
    pub confirming: BTreeSet<OrderNumber>,
}

impl Settings {
    pub fn new(now: &str, approve: &[Approve]) -> Settings {
        Settings {
            deliver: deliver(approve),
            now: Moment::from_api(now).unwrap(),
            shipping: BTreeSet::new(),
            states_to_be: BTreeMap::new(),
            confirming: BTreeSet::new(),
        }
    }

    pub fn context(&self) -> Context<'_> {
        Context {
            deliver: &self.deliver,
            now: self.now,
            key: KEY,
            shipping: &self.shipping,
            states_to_be: &self.states_to_be,
            confirming: &self.confirming,
        }
    }
}

/// A correction that asks for nothing yet.
pub fn wish(line: u32) -> AmendWish {
    AmendWish {
        source: source(line),
        order: number(),
        basket: None,
        item: None,
        postage: None,
        cod_fee: None,
        price: None,
        units: None,
        tax_rate: None,
        tax: None,
        reason: None,
        from_order_csv: false,
        other_cells: BTreeMap::new(),
        notes: Vec::new(),
    }
}

pub fn at(wish: AmendWish, basket: i64, item: i64) -> AmendWish {
    AmendWish { basket: (basket != 0).then_some(BasketId(basket)), item: (item != 0).then_some(ItemId(item)), ..wish }
}

/// The piles in one line: `line:pile code,code` for every row, sorted; held changes are `held`.
pub fn piles(out: &Compared) -> String {
    let mut rows: BTreeMap<u32, String> = BTreeMap::new();
    let mut put = |line: u32, text: String| {
        let cell = rows.entry(line).or_default();
        if !cell.is_empty() {
            cell.push('+');
        }
        cell.push_str(&text);
    };
    for entry in &out.entries {
        let codes: Vec<&str> = entry.holds.iter().map(crate::model::words::Why::code).collect();
        let text = if codes.is_empty() { "planned".to_owned() } else { format!("held {}", codes.join(",")) };
        let text = if entry.urgent { format!("urgent {text}") } else { text };
        for source in &entry.change.sources {
            put(source.line, text.clone());
        }
        if entry.change.sources.is_empty() {
            put(0, text);
        }
    }
    for one in &out.rejected {
        put(one.source.line, format!("rejected {}", one.why.code()));
    }
    for one in &out.unchanged {
        put(one.line, "unchanged".to_owned());
    }
    for one in &out.waiting {
        put(one.source.line, format!("waiting {}", one.why.code()));
    }
    for one in &out.set_aside {
        put(one.source.line, format!("aside {}", one.why.code()));
    }
    rows.into_iter().map(|(line, text)| format!("{line}:{text}")).collect::<Vec<_>>().join(" ")
}
