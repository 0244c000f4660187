//! `fill = { column = "配送会社", value = "ヤマト運輸" }`: empty cells get a value.

use super::{Table, trimmed};
use crate::model::words::Why;
use polars::prelude::*;

pub(super) fn run(table: Table, column: &str, value: &str) -> Result<Table, Why> {
    let own = table.own(column)?;
    let value = lit(value.to_owned());
    table.work("fill", |frame| {
        let filled = when(trimmed(&own).eq(lit(""))).then(value).otherwise(col(own.as_str()));
        frame.with_column(filled.alias(own.as_str()))
    })
}

#[cfg(test)]
mod tests {
    use crate::flow::tidy::bench;
    use crate::model::pipeline::Tidy;

    fn check(before: &str, expect: &str) {
        bench::check(before, Tidy::Fill { column: "a".into(), value: "v".into() }, expect, &[]);
    }

    #[test]
    fn only_empty_cells_are_filled() {
        check("a|b;|x;　|y;0|", "a|b;1:v|x;2:v|y;3:0|");
        check("b;1", "column-unknown");
    }
}
