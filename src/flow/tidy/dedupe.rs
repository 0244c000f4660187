//! `dedupe = { columns = ["注文番号", "伝票番号"] }`: of rows equal in these columns the first stays.
//! Rows that are empty in all of them are no doubles of one another and all stay.

use super::{Table, fault, trimmed};
use crate::model::words::Why;
use crate::model::words::lifting as words;
use polars::prelude::*;

/// Hidden columns while it works.
const INDEX: &str = "index";

pub(super) fn run(mut table: Table, columns: &[String]) -> Result<Table, Why> {
    if columns.is_empty() {
        return Ok(table);
    }
    let own: Vec<String> = columns.iter().map(|name| table.own(name)).collect::<Result<_, _>>()?;
    let filled = own.iter().fold(lit(false), |any, own| any.or(trimmed(own).neq(lit(""))));
    let keys: Vec<String> = (0..own.len()).map(|place| format!("key{place}")).collect();
    let trimmed: Vec<Expr> = own.iter().zip(&keys).map(|(own, key)| trimmed(own).alias(key.as_str())).collect();
    let broken = |error: PolarsError| fault("dedupe", &error);
    let all = table.frame.clone().lazy().with_row_index(INDEX, None).with_columns(trimmed);
    let subset = by_name(keys.iter().map(String::as_str), true, false);
    let firsts =
        all.clone().filter(filled.clone()).unique_stable(Some(subset), UniqueKeepStrategy::First).select([col(INDEX)]);
    let gone = all.filter(filled).anti_join(firsts, col(INDEX), col(INDEX)).collect().map_err(broken)?;
    table.let_go("dedupe", &gone, &words::TIDY_DOUBLED.with([("columns", columns.join(", "))]))?;
    let gone = gone.lazy().select([col(INDEX)]);
    table.work("dedupe", |frame| {
        let order = SortMultipleOptions::default().with_maintain_order(true);
        frame.with_row_index(INDEX, None).anti_join(gone, col(INDEX), col(INDEX)).sort([INDEX], order).drop(by_name(
            [INDEX],
            true,
            false,
        ))
    })
}

#[cfg(test)]
mod tests {
    use crate::flow::tidy::bench;
    use crate::model::pipeline::Tidy;

    fn check(before: &str, columns: &[&str], expect: &str, gone: &[u32]) {
        let gone: Vec<(u32, &str)> = gone.iter().map(|record| (*record, "tidy-doubled")).collect();
        let columns = columns.iter().map(|&name| name.to_owned()).collect();
        bench::check(before, Tidy::Dedupe { columns }, expect, &gone);
    }

    #[test]
    fn the_first_of_equals_stays() {
        check("a|b;1|x;2|y;1|z; 1 |w", &["a"], "a|b;1:1|x;2:2|y", &[3, 4]);
        check("a|b;1|x;1|y;1|x", &["a", "b"], "a|b;1:1|x;2:1|y", &[3]);
        check("a|b;|x;|y;1|", &["a"], "a|b;1:|x;2:|y;3:1|", &[]);
        check("a|b;1|x", &[], "a|b;1:1|x", &[]);
        check("a|b;1|x", &["c"], "column-unknown", &[]);
    }
}
