//! "Did you mean": the nearest of some known words. It knows nothing of what the words stand for.

/// The option that is close enough to what was found to be worth showing; the first of equals.
///
/// Case, `-` against `_`, and full-width letters do not count as differences.
pub fn nearest<'a>(found: &str, options: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let found = plain(found);
    let found_chars = found.chars().count();
    let mut best: Option<(usize, &str)> = None;
    for option in options {
        let known = plain(option);
        let distance = strsim::damerau_levenshtein(&found, &known);
        // A third of the longer word may differ: `postge` is a slip, `rows` is not `read`.
        let longest = found_chars.max(known.chars().count());
        let bound = if longest <= 2 { 0 } else { (longest / 3).max(1) };
        if distance <= bound && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, option));
        }
    }
    best.map(|(_, option)| option)
}

/// Lower case, half-width, `_` for `-` and blanks.
fn plain(text: &str) -> String {
    text.trim()
        .chars()
        .map(|c| match c {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
            c => c,
        })
        .map(|c| match c {
            '-' | ' ' | '\u{3000}' => '_',
            c => c,
        })
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(found: &str, expect: Option<&str>) {
        let options =
            ["read", "import", "ship", "amend", "cancel", "confirm", "ship_date", "reduction_reason", "お届け予定日"];
        assert_eq!(nearest(found, options), expect, "{found}");
    }

    #[test]
    fn slips_lead_to_the_word_meant_and_other_words_to_nothing() {
        check("shipp", Some("ship"));
        check("Ship-Date", Some("ship_date"));
        check("ｒｅａｄ", Some("read"));
        check("reduction_resaon", Some("reduction_reason"));
        check("お届予定日", Some("お届け予定日"));
        check("rows", None);
        check("x", None);
        check("comfirm", Some("confirm"));
    }
}
