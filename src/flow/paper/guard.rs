//! The formula guard: what a spreadsheet would compute is turned into text before a person opens it.
//! It knows nothing of columns; files for RMS never pass through here.

/// A cell as people may safely open it: control characters are gone (line breaks stay), and a cell
/// that a spreadsheet would take for a formula (`= + - @`, half or full width, TAB or CR in front)
/// gets a leading `'`. [`unguarded`] takes it off again.
pub fn for_people(cell: &str) -> String {
    let risky = is_risky(cell);
    let mut out = String::with_capacity(cell.len() + 1);
    if risky {
        out.push('\'');
    }
    out.extend(cell.chars().filter_map(|c| match c {
        '\n' => Some('\n'),
        '\t' | '\r' => Some(' '),
        c if c.is_control() || is_invisible(c) => None,
        c => Some(c),
    }));
    out
}

/// The same for a CSV that Excel opens by double click: strings of eleven digits and more, or with a
/// leading zero, are written `="…"`, since Excel would round or shorten them.
pub fn for_csv(cell: &str) -> String {
    if is_fragile_number(cell) { format!("=\"{cell}\"") } else { for_people(cell) }
}

/// What [`for_people`] and [`for_csv`] put in front, taken off again: for sheets that come back.
pub fn unguarded(cell: &str) -> &str {
    if let Some(inner) = cell.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"')) {
        return inner;
    }
    match cell.strip_prefix('\'') {
        Some(rest) if is_risky(rest) => rest,
        _ => cell,
    }
}

/// A `'` in front of a risky cell is itself guarded, so that taking the guard off is exact.
fn is_risky(cell: &str) -> bool {
    let bare = cell.trim_start_matches('\'');
    // Invisible characters and blanks in front do not stop every spreadsheet from seeing the formula.
    let shown = bare.trim_start_matches(|c: char| c.is_whitespace() || c.is_control() || is_invisible(c));
    let starts = |text: &str| text.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '−']);
    bare.starts_with(['\t', '\r']) || starts(shown)
}

/// Zero-width and direction marks: they hide text or turn it round.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

fn is_fragile_number(cell: &str) -> bool {
    let digits = cell.chars().count();
    let all = cell.chars().all(|c| c.is_ascii_digit() || ('０'..='９').contains(&c));
    all && (digits >= 11 || (digits >= 2 && cell.starts_with(['0', '０'])))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(cell: &str, people: &str, csv: &str) {
        assert_eq!(for_people(cell), people, "{cell:?}");
        assert_eq!(for_csv(cell), csv, "{cell:?}");
    }

    #[test]
    fn formulas_become_text() {
        check("=1+1", "'=1+1", "'=1+1");
        check("+81-3", "'+81-3", "'+81-3");
        check("-500", "'-500", "'-500");
        check("@SUM(A1)", "'@SUM(A1)", "'@SUM(A1)");
        check("＝cmd", "'＝cmd", "'＝cmd");
        check("＠x", "'＠x", "'＠x");
        check("\t=1", "' =1", "' =1");
        check("\r1", "' 1", "' 1");
        check(" =1", "' =1", "' =1");
        check("\u{200b}=1", "'=1", "'=1");
    }

    #[test]
    fn plain_text_stays() {
        check("", "", "");
        check("ヤマト運輸", "ヤマト運輸", "ヤマト運輸");
        check("it's", "it's", "it's");
        check("555001-20260401-0000000101", "555001-20260401-0000000101", "555001-20260401-0000000101");
        check("一行\n二行", "一行\n二行", "一行\n二行");
        check("a\0b\u{7}", "ab", "ab");
    }

    #[test]
    fn long_and_zero_led_digits_survive_excel() {
        check("490212345678", "490212345678", "=\"490212345678\"");
        check("0312", "0312", "=\"0312\"");
        check("０３１２", "０３１２", "=\"０３１２\"");
        check("0", "0", "0");
        check("1234567890", "1234567890", "1234567890");
    }

    #[test]
    fn the_guard_comes_off_exactly() {
        for cell in ["=1+1", "'=1", "'", "''", "'a", "-9999", "0312", "490212345678", "普通", "＋１", ""] {
            assert_eq!(unguarded(&for_people(cell)), cell);
            assert_eq!(unguarded(&for_csv(cell)), cell);
        }
    }

    proptest::proptest! {
        #[test]
        fn no_cell_starts_a_formula_and_none_is_lost(cell in "[=+@'\t\r０-９0-9a-zあ-ん－＝＠\u{3000} -]{0,14}") {
            let people = for_people(&cell);
            proptest::prop_assert!(!people.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']), "{}", people);
            if !cell.contains(['\t', '\r']) {
                proptest::prop_assert_eq!(unguarded(&people), cell.as_str());
                let csv = for_csv(&cell);
                proptest::prop_assert_eq!(unguarded(&csv), cell.as_str());
            }
        }
    }
}
