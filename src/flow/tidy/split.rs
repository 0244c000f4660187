//! `split = { column = "伝票番号", separator = "/" }`: one row for each part of a cell. The rows keep
//! their record, so that the file's row still counts once. Empty parts are no rows, but a row stays.

use super::Table;
use crate::model::words::Why;
use polars::prelude::*;

/// Between parts once they are cleaned; stands in no file.
const JOINT: &str = "\u{1f}";

pub(super) fn run(table: Table, column: &str, separator: &str) -> Result<Table, Why> {
    if separator.is_empty() {
        return Ok(table);
    }
    let own = table.own(column)?;
    let clean = |cell: &str| {
        let parts: Vec<&str> = cell.split(separator).map(str::trim).filter(|part| !part.is_empty()).collect();
        parts.join(JOINT)
    };
    table.map("split", &own, clean)?.work("split", |frame| {
        let options = ExplodeOptions { empty_as_null: true, keep_nulls: true };
        frame
            .with_column(col(own.as_str()).str().split(lit(JOINT)))
            .explode(by_name([own.as_str()], true, false), options)
            .with_column(col(own.as_str()).fill_null(lit("")))
    })
}

#[cfg(test)]
mod tests {
    use crate::flow::tidy::bench;
    use crate::model::pipeline::Tidy;

    fn check(before: &str, separator: &str, expect: &str) {
        bench::check(before, Tidy::Split { column: "a".into(), separator: separator.into() }, expect, &[]);
    }

    #[test]
    fn each_part_is_a_row_of_the_same_record() {
        check("a|b;1/2|x;3|y;|z;/ / 4/|w", "/", "a|b;1:1|x;1:2|x;2:3|y;3:|z;4:4|w");
        check("a;1\n2", "\n", "a;1:1;1:2");
        check("a;1、2", "、", "a;1:1;1:2");
        check("a;1.2", ".", "a;1:1;1:2");
        check("a;12", "", "a;1:12");
    }
}
