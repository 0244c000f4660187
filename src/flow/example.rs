//! `[[example]]`: rows a pipeline's author wrote, run through the same tidy steps and lifting as a night's
//! files, and held against what the author expects. No shop is needed.

use super::lift::{self, Context, Lifted, Unmet};
use super::tidy;
use crate::model::day::Day;
use crate::model::fault::Fault;
use crate::model::layout::Layout;
use crate::model::pipeline::{Example, Pipeline, Shop};
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
    let mut all = Lifted::default();
    let mut take = |lifted: Lifted| {
        all.wishes.extend(lifted.wishes);
        all.rejected.extend(lifted.rejected);
    };
    for stage in pipeline.ships.iter().filter(|stage| stage.from == read.name) {
        take(lift::shipments(&tidied.sheet, &context, stage));
    }
    for stage in pipeline.amends.iter().filter(|stage| stage.from == read.name) {
        take(lift::corrections(&tidied.sheet, &context, stage));
    }
    for stage in pipeline.cancels.iter().filter(|stage| stage.from == read.name) {
        take(lift::cancellations(&tidied.sheet, &context, stage));
    }
    for stage in pipeline.confirms.iter().filter(|stage| stage.from == read.name) {
        take(lift::confirmations(&tidied.sheet, &context, stage));
    }
    for stage in pipeline.marks.iter().filter(|stage| stage.from == read.name) {
        take(lift::marks(&tidied.sheet, &context, stage));
    }
    match lift::unmet(example, &all).into_iter().next() {
        None => Ok(()),
        Some(Unmet::Count(wanted, found)) => Err(format!("expect: {wanted} ≠ {found}")),
        Some(Unmet::Rejected(wanted, found)) => {
            let first = all.rejected.first().map(|one| one.why.text(Lang::Ja)).unwrap_or_default();
            Err(format!("rejected: {wanted} ≠ {found} {first}"))
        }
        Some(Unmet::Value(place, word, wanted, found)) => {
            Err(format!("expect {place} {word}: `{wanted}` ≠ `{}`", found.unwrap_or_default()))
        }
    }
}
