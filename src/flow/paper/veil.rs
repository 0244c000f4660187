//! Values of columns that speak of a person are not copied into reports and screens: the row is
//! found by its place, and the original stays in the errors file. It judges names of columns only.

use crate::model::words::Why;

/// Parts of column names (RMS, carriers, order systems) whose values may be a person's.
const PERSONAL: [&str; 24] = [
    "姓",
    "氏名",
    "お名前",
    "名前",
    "宛名",
    "カナ",
    "住所",
    "都道府県",
    "郡市区",
    "市区町村",
    "番地",
    "建物",
    "電話",
    "TEL",
    "郵便番号",
    "メール",
    "mail",
    "コメント",
    "メモ",
    "メッセージ",
    "備考",
    "性別",
    "担当者",
    "お届け先",
];

/// Columns that hold one of the parts and yet no one's data.
const HARMLESS: [&str; 4] = ["お届け先ID", "メールキャリアコード", "お届け先コード", "送付先ID"];

/// Whether a column's values may tell who someone is.
pub fn is_personal(column: &str) -> bool {
    let personal = PERSONAL.iter().any(|part| column.contains(part))
        || ["注文者名", "送付先名", "届け先名", "依頼主名", "荷受人"].iter().any(|part| column.contains(part));
    personal && !HARMLESS.contains(&column)
}

/// The value as a report may show it: itself, or how long it was.
pub fn veiled(column: Option<&str>, value: &str) -> String {
    match column {
        Some(column) if is_personal(column) && !value.is_empty() => format!("***({})", value.chars().count()),
        _ => value.to_owned(),
    }
}

/// Values of a reason that may have come out of a cell.
const FROM_CELLS: [&str; 3] = ["value", "first", "second"];

/// A reason as the ledger may keep it, where there is no column to judge by, and where cells may stand in the wrong
/// one: what came out of a cell stays only if it looks like a code, a number or a date.
pub fn for_ledger(why: &Why) -> Why {
    let mut why = why.clone();
    for name in FROM_CELLS {
        if let Some(value) = why.values.get_mut(name)
            && !value.is_empty()
            && !(value.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'@')
                && value.bytes().any(|byte| byte.is_ascii_digit()))
        {
            *value = format!("***({})", value.chars().count());
        }
    }
    why
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::words::{Lang, lifting};

    #[test]
    fn the_ledger_keeps_codes_and_nobody() {
        let check = |value: &str, expect: &str| {
            let why = for_ledger(&lifting::BASKET_FORM.with([("value", value.to_owned())]));
            assert_eq!(why.text(Lang::En), format!("`{expect}` is not a 送付先ID"));
        };
        check("山田花子", "***(4)");
        check("港区見本町1-2-3", "***(10)");
        check("Yamada Hanako", "***(13)");
        check("hanako1@example.com", "***(19)");
        check("4000-0000-0013", "4000-0000-0013");
        check("4.00E+11", "4.00E+11");
        check("2026/13/02", "2026/13/02");
    }

    fn check(column: &str, expect: &str) {
        assert_eq!(veiled(Some(column), "山田"), expect, "{column}");
    }

    #[test]
    fn names_and_addresses_are_veiled_and_keys_are_not() {
        check("送付先姓", "***(2)");
        check("送付先名", "***(2)");
        check("お届け先電話番号", "***(2)");
        check("住所１", "***(2)");
        check("送付先ID", "山田");
        check("商品名", "山田");
        check("伝票番号", "山田");
    }
}
