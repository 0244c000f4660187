//! Names of columns: how they are compared, how a near miss is found. For names only; the same folding
//! over data would change people's names and addresses. Knows nothing of files.

use unicode_normalization::UnicodeNormalization;

/// A column name as it is compared: byte-order mark, surrounding quotes and all white space gone,
/// widths unified (NFKC), so that `検索キー１` is `検索キー1` and `ｺﾚｸﾄ` is `コレクト`.
pub fn normalise_name(name: &str) -> String {
    let edge = |letter: char| letter.is_whitespace() || matches!(letter, '"' | '\u{feff}' | '\u{200b}' | '\'');
    name.trim_matches(edge).nfkc().filter(|letter| !letter.is_whitespace()).collect()
}

/// How alike two names must be, from 0 to 1, for one to be offered instead of the other.
const ALIKE_AT_LEAST: f64 = 0.6;

/// The name among `found` most like one of `wanted`, as `found` has it.
pub fn did_you_mean<'a>(wanted: &[&str], found: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let wanted: Vec<String> = wanted.iter().map(|name| normalise_name(name)).filter(|name| !name.is_empty()).collect();
    let likeness = |name: &str| {
        let name = normalise_name(name);
        wanted
            .iter()
            .map(|wanted| {
                let held = name.chars().count() >= 2 && (wanted.contains(&name) || name.contains(wanted.as_str()));
                let alike = strsim::normalized_damerau_levenshtein(wanted, &name);
                if held { alike.max(ALIKE_AT_LEAST) } else { alike }
            })
            .fold(0.0, f64::max)
    };
    let mut best: Option<(f64, &str)> = None;
    for name in found.filter(|name| !name.trim().is_empty()) {
        let alike = likeness(name);
        // The first of equals stays, so that the same file gets the same hint.
        if alike >= ALIKE_AT_LEAST && best.is_none_or(|(so_far, _)| alike > so_far) {
            best = Some((alike, name));
        }
    }
    best.map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_without_width_and_white_space() {
        let check = |one: &str, other: &str| assert_eq!(normalise_name(one), normalise_name(other));
        check("\u{feff}\"注文番号\"", "注文番号");
        check("検索キー１", "検索キー1");
        check("ｺﾚｸﾄ代金引換額（税込)", "コレクト代金引換額(税込)");
        check("問い合せ№", "問い合せNo");
        check("メール差込文 (お客様へのメッセージ)", "メール差込文（お客様へのメッセージ）");
        check("\t　伝票　番号 ", "伝票番号");
        assert_ne!(normalise_name("伝票番号"), normalise_name("送り状番号"));
    }

    #[test]
    fn the_likeliest_name_is_offered() {
        let found = ["出荷予定日", "送り状No", "お客様番号"];
        let check = |wanted: &str, expect| assert_eq!(did_you_mean(&[wanted], found.into_iter()), expect);
        check("お客様管理番号", Some("お客様番号"));
        check("出荷日", Some("出荷予定日"));
        check("送り状No.", Some("送り状No"));
        check("伝票", None);
    }
}
