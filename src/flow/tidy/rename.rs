//! `rename = { "旧" = "新" }`: other names for columns, all at once, so that two can be swapped.

use super::{Table, normal_name};
use crate::model::words::Why;
use crate::model::words::lifting as words;
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn run(mut table: Table, columns: &BTreeMap<String, String>) -> Result<Table, Why> {
    let mut places = BTreeMap::new();
    for (from, to) in columns {
        let own = table.own(from)?;
        places.insert(own, to.clone());
    }
    let kept: BTreeSet<String> = table
        .columns
        .iter()
        .filter(|(_, own)| !places.contains_key(own))
        .map(|(shown, _)| normal_name(shown))
        .collect();
    let mut new = BTreeSet::new();
    for to in places.values() {
        let name = normal_name(to);
        if kept.contains(&name) || !new.insert(name) {
            return Err(words::COLUMN_TAKEN.with([("column", to.clone())]));
        }
    }
    for (shown, own) in &mut table.columns {
        if let Some(to) = places.remove(own) {
            *shown = to;
        }
    }
    Ok(table)
}

#[cfg(test)]
mod tests {
    use crate::flow::tidy::bench;
    use crate::model::pipeline::Tidy;

    fn check(pairs: &[(&str, &str)], expect: &str) {
        let columns = pairs.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect();
        bench::check("a|b;1|2", Tidy::Rename { columns }, expect, &[]);
    }

    #[test]
    fn names_change_and_cells_stay() {
        check(&[("a", "注文番号")], "注文番号|b;1:1|2");
        check(&[("a", "b"), ("b", "a")], "b|a;1:1|2");
        check(&[("a", "b")], "column-taken");
        check(&[("a", "c"), ("b", "c")], "column-taken");
        check(&[("x", "c")], "column-unknown");
    }
}
