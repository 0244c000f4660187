//! Values of columns that speak of a person are not copied into reports and screens: the row is
//! found by its place, and the original stays in the errors file. It judges names of columns only.

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

#[cfg(test)]
mod tests {
    use super::*;

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
