//! `denpyo.toml`'s text to checked shops, or all its faults. Secrets are named, never read here.

use super::forms;
use super::keys;
use super::shape;
use super::tree::{self, Faults, Table};
use crate::model::fault::Fault;
use crate::model::ids::ShopName;
use crate::model::pipeline::{SecretFrom, Shop, TaxRounding};
use crate::model::words::setting;

/// Where calls go unless a shop says otherwise.
pub const ENDPOINT: &str = "https://api.rms.rakuten.co.jp";
/// The least pace, in milliseconds, towards anything but this machine: the mall takes one call a second.
const PACE_LEAST_MS: u64 = 1000;

/// Checks `denpyo.toml`. `env` gives the environment's values for `${NAME}`.
///
/// # Errors
/// All faults of the file, in order of place.
pub fn shops(file: &str, text: &str, env: &dyn Fn(&str) -> Option<String>) -> Result<Vec<Shop>, Vec<Fault>> {
    let mut faults = Faults::new(file);
    let tree = tree::read(text, env, &mut faults);
    shape::check(&tree, &keys::SHOPS, "denpyo.toml", &mut faults);
    let shops = tree.root.named("shop").into_iter().map(|(name, _, table)| shop(name, table, &mut faults)).collect();
    let list = faults.sorted();
    if list.is_empty() { Ok(shops) } else { Err(list) }
}

fn shop(name: &str, table: &Table, faults: &mut Faults) -> Shop {
    let milliseconds =
        |key: &str, default: u64| table.text(key).and_then(|text| forms::milliseconds(text).ok()).unwrap_or(default);
    let shop = Shop {
        name: ShopName(name.to_owned()),
        url: table.text("url").unwrap_or_default().to_owned(),
        endpoint: table.text("endpoint").unwrap_or(ENDPOINT).trim_end_matches('/').to_owned(),
        live: table.flag("live").unwrap_or(false),
        pace_ms: milliseconds("pace", PACE_LEAST_MS),
        maintenance: table.texts("maintenance").iter().filter_map(|text| forms::window(text).ok()).collect(),
        carriers: table
            .table("carriers")
            .map(|carriers| {
                let known = |entry: &tree::Entry| {
                    let carrier = forms::carrier(entry.node.text()?).ok()?;
                    Some((entry.key.clone(), carrier))
                };
                carriers.entries.iter().filter_map(known).collect()
            })
            .unwrap_or_default(),
        key_grace_seconds: milliseconds("key_grace", 2 * 3600 * 1000) / 1000,
        service_secret: secret(table, "service_secret").unwrap_or_else(nowhere),
        license_key: secret(table, "license_key").unwrap_or_else(nowhere),
        next_license_key: secret(table, "next_license_key"),
        tax_rounding: match table.text("tax_rounding") {
            Some("down") => Some(TaxRounding::Down),
            Some("half_up") => Some(TaxRounding::HalfUp),
            Some("up") => Some(TaxRounding::Up),
            _ => None,
        },
        day_starts: table.text("day_starts").and_then(|text| forms::clock(text).ok()).unwrap_or((5, 0)),
        order_prefix: table.text("order_prefix").map(str::to_owned),
        ca_file: table.text("ca_file").map(str::to_owned),
        retention_days: table.whole("retention_days").unwrap_or(90),
    };
    if shop.pace_ms < PACE_LEAST_MS
        && !shop.is_loopback()
        && let Some(node) = table.get("pace")
        && let Some(text) = node.text()
    {
        let why = setting::PACE_ZERO.with([("value", text.to_owned())]);
        faults.with(&node.span, why, Some("1s".to_owned()));
    }
    shop
}

/// Stands where a fault has been noted, so that the shop is never handed out.
fn nowhere() -> SecretFrom {
    SecretFrom::Env(String::new())
}

fn secret(table: &Table, key: &str) -> Option<SecretFrom> {
    let from = table.table(key)?;
    if let Some(name) = from.text("env") {
        return Some(SecretFrom::Env(name.to_owned()));
    }
    if let Some(file) = from.text("file") {
        return Some(SecretFrom::File(file.to_owned()));
    }
    from.get("command").map(|command| SecretFrom::Command(command.texts()))
}
