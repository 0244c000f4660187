//! `[[example]]`: rows a pipeline's author wrote, run through the same tidy steps and lifting as a night's
//! files, and held against what the author expects. No shop is needed.

use super::lift::{self, Context};
use super::tidy;
use crate::model::day::Day;
use crate::model::fault::Fault;
use crate::model::layout::Layout;
use crate::model::pipeline::{Example, Pipeline, Shop};
use crate::model::wish::Wish;
use crate::model::words::{Lang, setting};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Runs all examples; gives a fault for each that comes out otherwise.
pub fn run(pipeline: &Pipeline, file: &str, layouts: &BTreeMap<String, Layout>, shops: &[Shop]) -> Vec<Fault> {
    let shop = shops.iter().find(|shop| shop.name == pipeline.shop);
    pipeline
        .examples
        .iter()
        .filter_map(|example| {
            let detail = one(pipeline, layouts, shop?, example).err()?;
            let values = [("name", example.name.clone()), ("line", example.line.to_string()), ("detail", detail)];
            Some(Fault {
                file: file.to_owned(),
                span: None,
                why: setting::EXAMPLE_DIFFERS.with(values),
                suggestion: None,
            })
        })
        .collect()
}

fn one(pipeline: &Pipeline, layouts: &BTreeMap<String, Layout>, shop: &Shop, example: &Example) -> Result<(), String> {
    let read = pipeline.reads.iter().find(|read| read.name == example.read).ok_or("read")?;
    let layout = layouts.get(&read.layout).ok_or("layout")?;
    let name: Arc<str> = example.name.as_str().into();
    let sheet = lift::lift_example(layout, &example.rows);
    let tidied = tidy::apply(sheet, &name, &read.tidy, &BTreeMap::new()).map_err(|why| why.text(Lang::Ja))?;
    let context = Context {
        file: &name,
        layout,
        read,
        shop,
        // Any fixed day will do: an example that depends on today would fail tomorrow.
        business_day: Day::new(2026, 4, 2).ok_or("day")?,
        bridge: None,
        open_orders: None,
        shop_digits: None,
    };
    let mut wishes = Vec::new();
    let mut rejected = Vec::new();
    for stage in pipeline.ships.iter().filter(|stage| stage.from == read.name) {
        let lifted = lift::shipments(&tidied.sheet, &context, stage);
        wishes.extend(lifted.wishes);
        rejected.extend(lifted.rejected);
    }
    for stage in pipeline.amends.iter().filter(|stage| stage.from == read.name) {
        let lifted = lift::corrections(&tidied.sheet, &context, stage);
        wishes.extend(lifted.wishes);
        rejected.extend(lifted.rejected);
    }
    for stage in pipeline.cancels.iter().filter(|stage| stage.from == read.name) {
        let lifted = lift::cancellations(&tidied.sheet, &context, stage);
        wishes.extend(lifted.wishes);
        rejected.extend(lifted.rejected);
    }
    for stage in pipeline.marks.iter().filter(|stage| stage.from == read.name) {
        let lifted = lift::marks(&tidied.sheet, &context, stage);
        wishes.extend(lifted.wishes);
        rejected.extend(lifted.rejected);
    }
    if rejected.len() as u64 != example.rejected {
        let first = rejected.first().map(|one| one.why.text(Lang::Ja)).unwrap_or_default();
        return Err(format!("rejected = {} ({first})", rejected.len()));
    }
    if wishes.len() != example.expect.len() {
        return Err(format!("{} ≠ {}", wishes.len(), example.expect.len()));
    }
    for (wish, expect) in wishes.iter().zip(&example.expect) {
        let got = shown(wish);
        for (key, value) in expect {
            let found = got.get(key.as_str()).cloned().unwrap_or_default();
            if found != *value {
                return Err(format!("{key}: `{found}` ≠ `{value}`"));
            }
        }
    }
    Ok(())
}

/// What an example can speak of.
fn shown(wish: &Wish) -> BTreeMap<&'static str, String> {
    let mut all = BTreeMap::from([("order", wish.order().to_string())]);
    match wish {
        Wish::Ship(ship) => {
            all.insert("number", ship.number.as_ref().map(ToString::to_string).unwrap_or_default());
            all.insert("carrier", ship.carrier.code().to_owned());
            all.insert("date", ship.date.to_string());
            all.insert("destination", ship.basket.map(|basket| basket.to_string()).unwrap_or_default());
        }
        Wish::Amend(amend) => {
            all.insert("postage", amend.postage.map(|amount| amount.to_wire().to_string()).unwrap_or_default());
            all.insert("cod_fee", amend.cod_fee.map(|amount| amount.to_wire().to_string()).unwrap_or_default());
            all.insert("price", amend.price.map(|yen| yen.0.to_string()).unwrap_or_default());
            all.insert("units", amend.units.map(|units| units.to_string()).unwrap_or_default());
            all.insert("reason", amend.reason.map(|reason| reason.0.to_string()).unwrap_or_default());
        }
        Wish::Cancel(cancel) => {
            all.insert("reason", cancel.reason.0.to_string());
        }
        Wish::Confirm(_) => {}
        Wish::Mark(mark) => {
            all.insert("memo", mark.memo.clone().unwrap_or_default());
        }
    }
    all
}
