//! `replace = { column = "…", values = { "ヤマト" = "1001" } }`: whole cells, or with `contains = true`
//! the part. Each cell is replaced once, so that values may be swapped and order does not matter.

use super::Table;
use crate::model::words::Why;
use std::collections::BTreeMap;

pub(super) fn run(table: Table, column: &str, values: &BTreeMap<String, String>, contains: bool) -> Result<Table, Why> {
    let own = table.own(column)?;
    if contains {
        table.map("replace", &own, |cell| parts(cell, values))
    } else {
        table.map("replace", &own, |cell| whole(cell, values))
    }
}

fn whole(cell: &str, values: &BTreeMap<String, String>) -> String {
    values.get(cell).or_else(|| values.get(cell.trim())).map_or_else(|| cell.to_owned(), Clone::clone)
}

/// From left to right, at each place the longest text that fits; what was put in is not looked at again.
fn parts(cell: &str, values: &BTreeMap<String, String>) -> String {
    let mut out = String::with_capacity(cell.len());
    let mut rest = cell;
    while let Some(first) = rest.chars().next() {
        let hit = values.iter().filter(|(from, _)| !from.is_empty() && rest.starts_with(from.as_str()));
        match hit.max_by_key(|(from, _)| from.len()) {
            Some((from, to)) => {
                out.push_str(to);
                rest = rest.strip_prefix(from.as_str()).unwrap_or_default();
            }
            None => {
                out.push(first);
                rest = rest.strip_prefix(first).unwrap_or_default();
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use crate::flow::tidy::bench;
    use crate::model::pipeline::Tidy;

    fn check(before: &str, pairs: &[(&str, &str)], contains: bool, expect: &str) {
        let values = pairs.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect();
        let step = Tidy::Replace { column: "a".into(), values, contains };
        bench::check(&format!("a;{before}"), step, &format!("a;1:{expect}"), &[]);
    }

    #[test]
    fn whole_cells() {
        check("ヤマト", &[("ヤマト", "1001")], false, "1001");
        check(" ヤマト　", &[("ヤマト", "1001")], false, "1001");
        check("ヤマト便", &[("ヤマト", "1001")], false, "ヤマト便");
        check("x", &[("x", "y"), ("y", "x")], false, "y");
        check("", &[("", "0")], false, "0");
    }

    #[test]
    fn parts_of_cells() {
        check("受注-1-2", &[("-", "/")], true, "受注/1/2");
        check("abc", &[("a", "b"), ("ab", "x"), ("b", "q")], true, "xc");
        check("a.c", &[(".", "*")], true, "a*c");
        check("abc", &[("", "x")], true, "abc");
    }
}
