//! The fixed vocabularies of the order API: carriers, payment methods, reasons, prefectures.
//!
//! Tables only; nothing here knows what an order is.

const CARRIERS: [&str; 32] = [
    "その他",
    "ヤマト運輸",
    "佐川急便",
    "日本郵便",
    "西濃運輸",
    "セイノースーパーエクスプレス",
    "福山通運",
    "名鉄運輸",
    "トナミ運輸",
    "第一貨物",
    "新潟運輸",
    "中越運送",
    "岡山県貨物運送",
    "久留米運送",
    "山陽自動車運送",
    "NXトランスポート",
    "エコ配",
    "EMS",
    "DHL",
    "FedEx",
    "UPS",
    "日本通運",
    "TNT",
    "OCS",
    "USPS",
    "SFエクスプレス",
    "Aramex",
    "SGHグローバル・ジャパン",
    "Rakuten EXPRESS",
    "日本郵便 楽天倉庫出荷",
    "ヤマト運輸 クロネコゆうパケット",
    "名鉄NX運輸",
];

/// The name of a carrier code (`1000` to `1031`).
pub fn carrier(code: &str) -> Option<&'static str> {
    let place: usize = code.parse::<usize>().ok()?.checked_sub(1000)?;
    (code.len() == 4).then(|| CARRIERS.get(place).copied()).flatten()
}

/// The Japanese name of a payment method.
pub fn payment_method(code: i64) -> &'static str {
    match code {
        1 => "クレジットカード",
        2 => "代金引換",
        3 => "後払い",
        4 => "ショッピングクレジット／ローン",
        5 => "オートローン",
        6 => "リース",
        7 => "請求書払い",
        8 => "ポイント",
        9 => "銀行振込",
        12 => "Apple Pay",
        13 => "セブンイレブン（前払）",
        14 => "ファミリーマート、ローソン等（前払）",
        16 => "Alipay",
        17 => "PayPal",
        21 => "後払い決済",
        27 => "Alipay（支付宝）",
        _ => "その他",
    }
}

/// Whether the mall settles this method itself (共通決済), as opposed to 選択制決済.
pub fn is_common_payment(code: i64) -> bool {
    !(2..=7).contains(&code)
}

/// Reasons that may be sent as 減額理由 or キャンセル理由.
pub const REASONS: [i64; 11] = [1, 2, 3, 4, 5, 6, 8, 10, 13, 14, 15];

/// Whose side a reason stands for: 1 the customer's, 0 the shop's.
pub fn reason_side(reason: i64) -> i64 {
    i64::from((1..=6).contains(&reason))
}

/// Payment methods an order can be changed to.
pub const CHANGE_TARGETS: [i64; 10] = [2, 4, 5, 6, 7, 9, 13, 14, 16, 27];

/// 置き配場所 that an update may name.
pub const DROP_OFF_PLACES: [&str; 6] = ["宅配ボックス", "玄関前", "玄関前鍵付容器", "メーターボックス", "物置", "車庫"];

/// 配送方法 a shop has when its file names none.
pub const DELIVERY_NAMES: [&str; 11] = [
    "宅配便",
    "小型宅配便",
    "大型宅配便",
    "クール便",
    "メール便",
    "国際配送",
    "コンビニ受取",
    "ロッカー受取",
    "店頭受取",
    "発送を伴わない",
    "郵便局受取",
];

const PREFECTURES: [&str; 48] = [
    "北海道",
    "青森県",
    "岩手県",
    "宮城県",
    "秋田県",
    "山形県",
    "福島県",
    "茨城県",
    "栃木県",
    "群馬県",
    "埼玉県",
    "千葉県",
    "東京都",
    "神奈川県",
    "新潟県",
    "富山県",
    "石川県",
    "福井県",
    "山梨県",
    "長野県",
    "岐阜県",
    "静岡県",
    "愛知県",
    "三重県",
    "滋賀県",
    "京都府",
    "大阪府",
    "兵庫県",
    "奈良県",
    "和歌山県",
    "鳥取県",
    "島根県",
    "岡山県",
    "広島県",
    "山口県",
    "徳島県",
    "香川県",
    "愛媛県",
    "高知県",
    "福岡県",
    "佐賀県",
    "長崎県",
    "熊本県",
    "大分県",
    "宮崎県",
    "鹿児島県",
    "沖縄県",
    "国外",
];

/// One of the 47, or `国外`.
pub fn is_prefecture(name: &str) -> bool {
    PREFECTURES.contains(&name)
}

/// お届け時間帯: 0, 1, 2, 9, or start hour 7–24 followed by a two-digit end hour 07–24.
pub fn is_shipping_term(term: i64) -> bool {
    matches!(term, 0 | 1 | 2 | 9) || ((7..=24).contains(&(term / 100)) && (7..=24).contains(&(term % 100)))
}

/// 機種依存文字: circled and Roman numerals, squared units, bracketed abbreviations and their like.
pub fn is_machine_dependent(c: char) -> bool {
    matches!(c,
        '\u{2116}' | '\u{2121}' | '\u{2160}'..='\u{217B}' | '\u{221F}' | '\u{22BF}' | '\u{2211}' | '\u{222E}'
        | '\u{2460}'..='\u{2473}' | '\u{301D}' | '\u{301F}' | '\u{3231}' | '\u{3232}' | '\u{3239}'
        | '\u{32A4}'..='\u{32A8}' | '\u{3300}'..='\u{33FF}' | '\u{E000}'..='\u{F8FF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(code: &str, expect: Option<&str>) {
        assert_eq!(carrier(code), expect, "{code}");
    }

    #[test]
    fn carriers_by_code() {
        check("1000", Some("その他"));
        check("1003", Some("日本郵便"));
        check("1015", Some("NXトランスポート"));
        check("1021", Some("日本通運"));
        check("1028", Some("Rakuten EXPRESS"));
        check("1031", Some("名鉄NX運輸"));
        check("1032", None);
        check("999", None);
        check("+1001", None);
        check("ヤマト", None);
    }

    #[test]
    fn terms() {
        for (term, fine) in
            [(0, true), (1, true), (708, true), (1416, true), (2324, true), (3, false), (605, false), (1425, false)]
        {
            assert_eq!(is_shipping_term(term), fine, "{term}");
        }
    }
}
