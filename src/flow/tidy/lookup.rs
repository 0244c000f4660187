//! `lookup = { file = "…", column = "管理番号", key = "管理番号", take = ["注文番号"] }`: columns from
//! another table, by a key. A row without an answer gets empty cells; a key with two different answers
//! stops the file if any row asks for it, since picking one would be guessing.

use super::{Table, fault, normal_name, trimmed, unknown};
use crate::model::sheet::Sheet;
use crate::model::words::Why;
use crate::model::words::lifting as words;
use polars::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// Hidden columns of the join.
const ASKED: &str = "asked";
const KEY: &str = "key";

pub(super) fn run(
    mut table: Table,
    file: &str,
    column: &str,
    key: &str,
    take: &[String],
    lookups: &BTreeMap<String, Sheet>,
) -> Result<Table, Why> {
    let own = table.own(column)?;
    let other = lookups.get(file).ok_or_else(|| words::LOOKUP_MISSING.with([("file", file.to_owned())]))?;
    let answers = answers(other, key, take)?;
    let twice: BTreeSet<&str> = answers.iter().filter(|(_, all)| all.len() > 1).map(|(asked, _)| *asked).collect();
    if !twice.is_empty() {
        let broken = |error: PolarsError| fault("lookup", &error);
        let cells = table.frame.column(&own).map_err(broken)?.str().map_err(broken)?;
        if let Some(asked) = cells.iter().flatten().map(str::trim).find(|cell| twice.contains(cell)) {
            return Err(words::LOOKUP_AMBIGUOUS.with([("file", file.to_owned()), ("key", asked.to_owned())]));
        }
    }
    let single: Vec<(&str, &Vec<&str>)> =
        answers.iter().filter_map(|(asked, all)| Some((*asked, all.iter().next()?))).collect();
    let mut right: Vec<Column> =
        vec![Column::new(KEY.into(), single.iter().map(|(asked, _)| *asked).collect::<Vec<_>>())];
    let mut added = Vec::with_capacity(take.len());
    for (place, name) in take.iter().enumerate() {
        let own = table.add(name)?;
        let cells: Vec<&str> = single.iter().map(|(_, cells)| cells.get(place).copied().unwrap_or_default()).collect();
        right.push(Column::new(own.as_str().into(), cells));
        added.push(own);
    }
    let right = DataFrame::new(single.len(), right).map_err(|error| fault("lookup", &error))?;
    table.work("lookup", |frame| {
        let mut how = JoinArgs::new(JoinType::Left);
        how.maintain_order = MaintainOrderJoin::Left;
        let filled: Vec<Expr> = added.iter().map(|own| col(own.as_str()).fill_null(lit(""))).collect();
        frame
            .with_column(trimmed(&own).alias(ASKED))
            .join(right.lazy(), [col(ASKED)], [col(KEY)], how)
            .with_columns(filled)
            .drop(by_name([ASKED], true, false))
    })
}

/// Key → its different answers. Rows without a key say nothing.
fn answers<'a>(other: &'a Sheet, key: &str, take: &[String]) -> Result<BTreeMap<&'a str, BTreeSet<Vec<&'a str>>>, Why> {
    let place = |name: &str| {
        let wanted = normal_name(name);
        other
            .columns
            .iter()
            .position(|known| normal_name(known) == wanted)
            .ok_or_else(|| unknown(name, &other.columns.iter().map(String::as_str).collect::<Vec<_>>()))
    };
    let key = place(key)?;
    let places = take.iter().map(|name| place(name)).collect::<Result<Vec<_>, _>>()?;
    let mut out: BTreeMap<&str, BTreeSet<Vec<&str>>> = BTreeMap::new();
    for row in &other.rows {
        let cell = |place: usize| row.cells.get(place).map_or("", |cell| cell.trim());
        if !cell(key).is_empty() {
            out.entry(cell(key)).or_default().insert(places.iter().map(|place| cell(*place)).collect());
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use crate::flow::tidy::bench;
    use crate::model::pipeline::Tidy;

    fn check(before: &str, other: &str, take: &[&str], expect: &str) {
        let take = take.iter().map(|&name| name.to_owned()).collect();
        let step = Tidy::Lookup { file: "l.csv".into(), column: "a".into(), key: "k".into(), take };
        bench::check_with(before, &[step], &[("l.csv", other)], expect, &[]);
    }

    #[test]
    fn columns_come_from_another_table() {
        check(
            "a|b;1|x; 3 |y;9|z;|w",
            "k|v|w;3|三|t;1|一|o;|空|e",
            &["v", "w"],
            "a|b|v|w;1:1|x|一|o;2: 3 |y|三|t;3:9|z||;4:|w||",
        );
        check("a;1;1", "k|v;1|一;1|一", &["v"], "a|v;1:1|一;2:1|一");
        check("a;001", "k|v;1|x", &["v"], "a|v;1:001|");
    }

    #[test]
    fn two_answers_are_no_answer() {
        check("a;1", "k|v;1|一;1|二", &["v"], "lookup-ambiguous");
        check("a;2", "k|v;1|一;1|二;2|三", &["v"], "a|v;1:2|三");
    }

    #[test]
    fn what_is_not_there_is_said() {
        check("a;1", "k|v;1|一", &["w"], "column-unknown");
        check("a|v;1|1", "k|v;1|一", &["v"], "column-taken");
        let step = Tidy::Lookup { file: "x.csv".into(), column: "a".into(), key: "k".into(), take: vec![] };
        bench::check("a;1", step, "lookup-missing", &[]);
    }
}
