//! `filter = { column = "…", not_empty = true }`: only rows whose cell passes stay; the others are set
//! aside and counted. Cells are compared without their outer blanks.

use super::{Table, fault, trimmed};
use crate::model::pipeline::FilterTest;
use crate::model::words::Why;
use crate::model::words::lifting as words;
use polars::prelude::*;

pub(super) fn run(mut table: Table, column: &str, test: &FilterTest) -> Result<Table, Why> {
    let own = table.own(column)?;
    let keep = keep(&own, test);
    let gone =
        table.frame.clone().lazy().filter(keep.clone().not()).collect().map_err(|error| fault("filter", &error))?;
    table.let_go("filter", &gone, &words::TIDY_FILTERED.with([("column", column.to_owned())]))?;
    table.work("filter", |frame| frame.filter(keep))
}

fn keep(own: &str, test: &FilterTest) -> Expr {
    let any = |values: &[String]| {
        values.iter().fold(lit(false), |any, value| any.or(trimmed(own).eq(lit(value.trim().to_owned()))))
    };
    match test {
        FilterTest::NotEmpty => trimmed(own).neq(lit("")),
        FilterTest::Empty => trimmed(own).eq(lit("")),
        FilterTest::Equals(values) => any(values),
        FilterTest::NotEquals(values) => any(values).not(),
        // polars' own search for a part hangs on its regex engine; a cell that splits has the part.
        FilterTest::Contains(part) if part.is_empty() => lit(true),
        FilterTest::Contains(part) => col(own).str().split(lit(part.clone())).list().len().gt(lit(1)),
        FilterTest::StartsWith(front) => trimmed(own).str().starts_with(lit(front.clone())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::tidy::bench;
    use crate::model::pipeline::Tidy;

    fn check(test: FilterTest, expect: &str, gone: &[u32]) {
        let gone: Vec<(u32, &str)> = gone.iter().map(|record| (*record, "tidy-filtered")).collect();
        bench::check("a;x1;　;y1;;1x.", Tidy::Filter { column: "a".into(), test }, expect, &gone);
    }

    #[test]
    fn rows_that_fail_are_set_aside() {
        check(FilterTest::NotEmpty, "a;1:x1;3:y1;5:1x.", &[2, 4]);
        check(FilterTest::Empty, "a;2:　;4:", &[1, 3, 5]);
        check(FilterTest::Equals(vec!["x1".into(), " y1".into()]), "a;1:x1;3:y1", &[2, 4, 5]);
        check(FilterTest::NotEquals(vec!["x1".into()]), "a;2:　;3:y1;4:;5:1x.", &[1]);
        check(FilterTest::Contains("1".into()), "a;1:x1;3:y1;5:1x.", &[2, 4]);
        check(FilterTest::Contains(".".into()), "a;5:1x.", &[1, 2, 3, 4]);
        check(FilterTest::StartsWith("x".into()), "a;1:x1", &[2, 3, 4, 5]);
    }
}
