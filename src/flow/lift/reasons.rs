//! 減額理由 and キャンセル理由: the mall's reason codes, by code or by name.

use crate::flow::clean::unwrap;
use crate::flow::layout::normal_name;
use crate::model::wish::ReasonCode;
use crate::model::words::Why;
use crate::model::words::lifting as words;

/// The reason a cell names; `None` if it is empty. Taken are the code, the name, the name with its side
/// in brackets, and the code followed by the name.
///
/// # Errors
/// A name that two reasons share (その他), and anything unknown.
pub fn reason(raw: &str) -> Result<Option<ReasonCode>, Why> {
    let written = unwrap(raw);
    if written.is_empty() {
        return Ok(None);
    }
    let key = normal_name(written);
    let digits: String = key.chars().take_while(char::is_ascii_digit).collect();
    let name = key.get(digits.len()..).unwrap_or_default().trim_start_matches([':', '.', '-', '、']);
    let by_code = digits.parse().ok().and_then(ReasonCode::from_code);
    let unknown = || words::REASON_UNKNOWN.with([("value", written.to_owned())]);
    if !digits.is_empty() {
        let code = by_code.ok_or_else(unknown)?;
        return if name.is_empty() || spellings(code).iter().any(|known| known == name) {
            Ok(Some(code))
        } else {
            Err(unknown())
        };
    }
    let found: Vec<ReasonCode> = ReasonCode::ALL
        .iter()
        .map(|(code, ..)| ReasonCode(*code))
        .filter(|code| spellings(*code).iter().any(|known| known == name))
        .collect();
    match found.as_slice() {
        [only] => Ok(Some(*only)),
        [] => Err(unknown()),
        _ => Err(words::REASON_AMBIGUOUS.plain()),
    }
}

fn spellings(code: ReasonCode) -> [String; 5] {
    let (name, side) = (normal_name(code.name()), code.side());
    let long = side.replace("店舗都合", "店舗様都合");
    [format!("{name}({side})"), format!("{side}:{name}"), format!("{side}{name}"), format!("{name}({long})"), name]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(raw: &str, expect: Result<Option<u8>, &str>) {
        let found = reason(raw).map(|reason| reason.map(|code| code.0)).map_err(|why| why.code());
        assert_eq!(found, expect, "{raw}");
    }

    #[test]
    fn reasons_go_by_code_or_name() {
        check("8", Ok(Some(8)));
        check("８", Ok(Some(8)));
        check("欠品", Ok(Some(8)));
        check("8 欠品", Ok(Some(8)));
        check("返品(破損・品間違い)", Ok(Some(15)));
        check("返品（破損・品間違い）", Ok(Some(15)));
        check("その他（お客様都合）", Ok(Some(6)));
        check("その他(店舗都合)", Ok(Some(10)));
        check("10 その他", Ok(Some(10)));
        check("", Ok(None));
    }

    #[test]
    fn what_could_be_two_things_is_refused() {
        check("その他", Err("reason-ambiguous"));
        check("7", Err("reason-unknown"));
        check("16", Err("reason-unknown"));
        check("8 その他", Err("reason-unknown"));
        check("気分", Err("reason-unknown"));
    }
}
