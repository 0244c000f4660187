//! `trim = { columns = ["注文番号"] }`: outer white space goes, also full-width.

use super::{Table, trimmed};
use crate::model::words::Why;
use polars::prelude::*;

pub(super) fn run(table: Table, columns: &[String]) -> Result<Table, Why> {
    let own: Vec<String> = columns.iter().map(|name| table.own(name)).collect::<Result<_, _>>()?;
    table.work("trim", |frame| {
        let trimmed: Vec<Expr> = own.iter().map(|own| trimmed(own).alias(own.as_str())).collect();
        frame.with_columns(trimmed)
    })
}

#[cfg(test)]
mod tests {
    use crate::flow::tidy::bench;
    use crate::model::pipeline::Tidy;

    fn check(before: &str, columns: &[&str], expect: &str) {
        let columns = columns.iter().map(|&name| name.to_owned()).collect();
        bench::check(before, Tidy::Trim { columns }, expect, &[]);
    }

    #[test]
    fn outer_blanks_go_and_inner_ones_stay() {
        check("a|b; x y\t| z ", &["a"], "a|b;1:x y| z ");
        check("a|b;　x　| z ", &["a", "b"], "a|b;1:x|z");
    }
}
