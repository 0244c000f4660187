//! An order as the mall's own order CSV shows it: one record per item line, all 158 columns in the mall's
//! sequence. Used to write orders for other systems and to see which cell of an edited download changed.
//! It knows no files and no quoting.

use crate::flow::money::tax;
use crate::model::day::{Day, Moment};
use crate::model::money::{Amount, TaxRate, Yen};
use crate::model::order::{Item, Order, Package, Sender, Sku, Wrapping};
use crate::model::pipeline::TaxRounding;
use unicode_normalization::UnicodeNormalization as _;

/// The columns of a download with all columns, in order.
pub const COLUMNS: [&str; 158] = [
    "注文番号",
    "ステータス",
    "サブステータスID",
    "サブステータス",
    "注文日時",
    "注文日",
    "注文時間",
    "キャンセル期限日",
    "注文確認日時",
    "注文確定日時",
    "発送指示日時",
    "発送完了報告日時",
    "支払方法名",
    "クレジットカード支払い方法",
    "クレジットカード支払い回数",
    "配送方法",
    "配送区分",
    "注文種別",
    "複数送付先フラグ",
    "送付先一致フラグ",
    "離島フラグ",
    "楽天確認中フラグ",
    "警告表示タイプ",
    "楽天会員フラグ",
    "購入履歴修正有無フラグ",
    "商品合計金額",
    "消費税合計",
    "送料合計",
    "代引料合計",
    "請求金額",
    "合計金額",
    "ポイント利用額",
    "クーポン利用総額",
    "店舗発行クーポン利用額",
    "楽天発行クーポン利用額",
    "注文者郵便番号1",
    "注文者郵便番号2",
    "注文者住所都道府県",
    "注文者住所郡市区",
    "注文者住所それ以降の住所",
    "注文者姓",
    "注文者名",
    "注文者姓カナ",
    "注文者名カナ",
    "注文者電話番号1",
    "注文者電話番号2",
    "注文者電話番号3",
    "注文者メールアドレス",
    "注文者性別",
    "申込番号",
    "申込お届け回数",
    "送付先ID",
    "送付先送料",
    "送付先代引料",
    "送付先消費税合計",
    "送付先商品合計金額",
    "送付先合計金額",
    "のし",
    "送付先郵便番号1",
    "送付先郵便番号2",
    "送付先住所都道府県",
    "送付先住所郡市区",
    "送付先住所それ以降の住所",
    "送付先姓",
    "送付先名",
    "送付先姓カナ",
    "送付先名カナ",
    "送付先電話番号1",
    "送付先電話番号2",
    "送付先電話番号3",
    "商品明細ID",
    "商品ID",
    "商品名",
    "商品番号",
    "商品管理番号",
    "単価",
    "個数",
    "送料込別",
    "税込別",
    "代引手数料込別",
    "項目・選択肢",
    "ポイント倍率",
    "納期情報",
    "在庫タイプ",
    "ラッピングタイトル1",
    "ラッピング名1",
    "ラッピング料金1",
    "ラッピング税込別1",
    "ラッピング種類1",
    "ラッピングタイトル2",
    "ラッピング名2",
    "ラッピング料金2",
    "ラッピング税込別2",
    "ラッピング種類2",
    "お届け時間帯",
    "お届け日指定",
    "担当者",
    "ひとことメモ",
    "メール差込文 (お客様へのメッセージ)",
    "ギフト配送希望",
    "コメント",
    "利用端末",
    "メールキャリアコード",
    "あす楽希望フラグ",
    "医薬品受注フラグ",
    "楽天スーパーDEAL商品受注フラグ",
    "メンバーシッププログラム受注タイプ",
    "決済手数料",
    "注文者負担金合計",
    "店舗負担金合計",
    "外税合計",
    "決済手数料税率",
    "ラッピング税率1",
    "ラッピング税額1",
    "ラッピング税率2",
    "ラッピング税額2",
    "送付先外税合計",
    "送付先送料税率",
    "送付先代引料税率",
    "商品税率",
    "商品毎税込価格",
    "10%税率",
    "10%請求金額",
    "10%請求額に対する税額",
    "10%合計金額",
    "10%決済手数料",
    "10%クーポン割引額",
    "10%利用ポイント数",
    "8%税率",
    "8%請求金額",
    "8%請求額に対する税額",
    "8%合計金額",
    "8%決済手数料",
    "8%クーポン割引額",
    "8%利用ポイント数",
    "0%税率",
    "0%請求金額",
    "0%請求額に対する税額",
    "0%合計金額",
    "0%決済手数料",
    "0%クーポン割引額",
    "0%利用ポイント数",
    "単品配送フラグ",
    "購入時配送会社",
    "領収書発行回数",
    "領収書初回発行日時",
    "領収書最終発行日時",
    "支払い期限日",
    "支払い方法変更期限日",
    "返金手続き期限日",
    "店舗発行クーポンコード",
    "店舗発行クーポン名",
    "楽天発行クーポンコード",
    "楽天発行クーポン名",
    "警告表示タイプ詳細",
    "SKU管理番号",
    "システム連携用SKU番号",
    "SKU情報",
];

/// One record per item line; destinations and lines that were deleted are left out.
pub fn records(order: &Order) -> Vec<Vec<String>> {
    let lines = order.destinations().flat_map(|package| package.items().map(move |item| (package, item)));
    lines
        .map(|(package, item)| {
            COLUMNS.iter().map(|column| cell(order, Some(package), Some(item), column).unwrap_or_default()).collect()
        })
        .collect()
}

/// One cell by its column. `None` if the column is not one of the mall's, or speaks of a destination or a
/// line that was not given.
pub fn cell(order: &Order, package: Option<&Package>, item: Option<&Item>, column: &str) -> Option<String> {
    of_order(order, column)
        .or_else(|| package.and_then(|package| of_package(package, column)))
        .or_else(|| item.and_then(|item| of_item(item, column)))
}

fn text(value: Option<&String>) -> String {
    value.cloned().unwrap_or_default()
}

fn number(value: Option<i64>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn amount(value: Amount) -> String {
    value.to_wire().to_string()
}

fn rate(value: Option<TaxRate>) -> String {
    match value {
        None => String::new(),
        Some(TaxRate(thousandths)) => {
            let digits = format!("{}.{:03}", thousandths / 1000, thousandths % 1000);
            digits.trim_end_matches('0').trim_end_matches('.').to_owned()
        }
    }
}

/// `YYYY-MM-DD hh:mm:ss` from the API's form; what is not in it stays as it is.
fn when(value: Option<&String>) -> String {
    match value.and_then(|text| Moment::from_api(text)) {
        Some(moment) => format!("{} {}", moment.day(), clock(moment)),
        None => text(value),
    }
}

fn clock(moment: Moment) -> String {
    format!("{:02}:{:02}:{:02}", moment.hour(), moment.minute(), moment.second())
}

/// Tax on top of a destination's tax-excluded lines, by RMS's own figure for a piece with tax.
fn tax_outside(package: &Package) -> Yen {
    package
        .items()
        .filter(|item| item.include_tax_flag != 1)
        .map(|item| (item.price_tax_incl - item.price).max(Yen::ZERO).times(item.units))
        .sum()
}

fn wrapping_tax(order: &Order) -> Yen {
    [&order.wrapping_model1, &order.wrapping_model2]
        .into_iter()
        .flatten()
        .filter(|one| one.delete_wrapping_flag == 0 && one.include_tax_flag != 1)
        .map(|one| {
            let price = one.price.unwrap_or_default();
            one.tax_price
                .unwrap_or_else(|| tax::on_top(price, one.tax_rate.unwrap_or(TaxRate::ZERO), TaxRounding::Down))
        })
        .sum()
}

fn of_order(order: &Order, column: &str) -> Option<String> {
    let ordered = || order.order_datetime.as_deref().and_then(Moment::from_api);
    let settlement = order.settlement_model.as_ref();
    let orderer = &order.orderer_model;
    let due = |kind: i64| {
        let last = order.due_date_model_list.iter().rev().find(|due| due.due_date_type == Some(kind));
        text(last.and_then(|due| due.due_date.as_ref()))
    };
    let coupons = |own: bool, part: fn(&crate::model::order::Coupon) -> &String| {
        let mut all: Vec<&str> = Vec::new();
        for coupon in order.coupon_model_list.iter().filter(|coupon| (coupon.coupon_capital_code == 1) == own) {
            if !all.contains(&part(coupon).as_str()) {
                all.push(part(coupon));
            }
        }
        all.join(",")
    };
    Some(match column {
        "注文番号" => order.order_number.clone(),
        "ステータス" => order.order_progress.to_string(),
        "サブステータスID" => number(order.sub_status_id),
        "サブステータス" => text(order.sub_status_name.as_ref()),
        "注文日時" => when(order.order_datetime.as_ref()),
        "注文日" => ordered().map(|at| at.day().to_string()).unwrap_or_default(),
        "注文時間" => ordered().map(clock).unwrap_or_default(),
        "キャンセル期限日" => text(order.cancel_due_date.as_ref()),
        "注文確認日時" => when(order.shop_order_cfm_datetime.as_ref()),
        "注文確定日時" => when(order.order_fix_datetime.as_ref()),
        "発送指示日時" => when(order.shipping_inst_datetime.as_ref()),
        "発送完了報告日時" => when(order.shipping_cmpl_rpt_datetime.as_ref()),
        "支払方法名" => settlement.map(|model| model.settlement_method.clone()).unwrap_or_default(),
        "クレジットカード支払い方法" => number(settlement.and_then(|model| model.card_pay_type)),
        "クレジットカード支払い回数" => {
            text(settlement.and_then(|model| model.card_installment_desc.as_ref()))
        }
        "配送方法" => order.delivery_model.delivery_name.clone(),
        "配送区分" => number(order.delivery_model.delivery_class),
        "注文種別" => order.order_type.to_string(),
        "複数送付先フラグ" => order.several_sender_flag.to_string(),
        "送付先一致フラグ" => order.equal_sender_flag.to_string(),
        "離島フラグ" => order.isolated_island_flag.to_string(),
        "楽天確認中フラグ" => order.rakuten_confirm_flag.to_string(),
        "警告表示タイプ" => order.caution_display_type.to_string(),
        "警告表示タイプ詳細" => number(order.caution_display_detail_type),
        "楽天会員フラグ" => order.rakuten_member_flag.to_string(),
        "購入履歴修正有無フラグ" => order.modify_flag.to_string(),
        "商品合計金額" => amount(order.goods_price),
        "消費税合計" | "外税合計" => {
            let lines: Yen = order.destinations().map(tax_outside).sum();
            (lines + wrapping_tax(order)).0.to_string()
        }
        "送料合計" => amount(order.postage_price),
        "代引料合計" => amount(order.delivery_price),
        "請求金額" => amount(order.request_price),
        "合計金額" => amount(order.total_price),
        "ポイント利用額" => order.used_points().0.to_string(),
        "クーポン利用総額" => amount(order.coupon_all_total_price),
        "店舗発行クーポン利用額" => amount(order.coupon_shop_price),
        "楽天発行クーポン利用額" => amount(order.coupon_other_price),
        "店舗発行クーポンコード" => coupons(true, |coupon| &coupon.coupon_code),
        "店舗発行クーポン名" => coupons(true, |coupon| &coupon.coupon_name),
        "楽天発行クーポンコード" => coupons(false, |coupon| &coupon.coupon_code),
        "楽天発行クーポン名" => coupons(false, |coupon| &coupon.coupon_name),
        "注文者郵便番号1" => orderer.zip_code1.clone(),
        "注文者郵便番号2" => orderer.zip_code2.clone(),
        "注文者住所都道府県" => orderer.prefecture.clone(),
        "注文者住所郡市区" => orderer.city.clone(),
        "注文者住所それ以降の住所" => orderer.sub_address.clone(),
        "注文者姓" => orderer.family_name.clone(),
        "注文者名" => text(orderer.first_name.as_ref()),
        "注文者姓カナ" => text(orderer.family_name_kana.as_ref()),
        "注文者名カナ" => text(orderer.first_name_kana.as_ref()),
        "注文者電話番号1" => text(orderer.phone_number1.as_ref()),
        "注文者電話番号2" => text(orderer.phone_number2.as_ref()),
        "注文者電話番号3" => text(orderer.phone_number3.as_ref()),
        "注文者メールアドレス" => text(orderer.email_address.as_ref()),
        "注文者性別" => text(orderer.sex.as_ref()),
        "申込番号" => text(order.reserve_number.as_ref()),
        "申込お届け回数" => number(order.reserve_delivery_count),
        "お届け時間帯" => number(order.shipping_term),
        "お届け日指定" => text(order.delivery_date.as_ref()),
        "担当者" => text(order.operator.as_ref()),
        "ひとことメモ" => text(order.memo.as_ref()),
        "メール差込文 (お客様へのメッセージ)" => text(order.mail_plug_sentence.as_ref()),
        "ギフト配送希望" => order.gift_check_flag.to_string(),
        "コメント" => text(order.remarks.as_ref()),
        "利用端末" => order.carrier_code.to_string(),
        "メールキャリアコード" => order.email_carrier_code.to_string(),
        "あす楽希望フラグ" => order.asuraku_flag.to_string(),
        "医薬品受注フラグ" => order.drug_flag.to_string(),
        "楽天スーパーDEAL商品受注フラグ" => order.deal_flag.to_string(),
        "メンバーシッププログラム受注タイプ" => order.membership_type.to_string(),
        "決済手数料" => amount(order.payment_charge),
        "注文者負担金合計" => amount(order.additional_fee_occur_amount_to_user),
        "店舗負担金合計" => amount(order.additional_fee_occur_amount_to_shop),
        "決済手数料税率" => rate(order.payment_charge_tax_rate),
        "領収書発行回数" => order.receipt_issue_count.to_string(),
        "領収書初回発行日時" => when(order.receipt_issue_history_list.first()),
        "領収書最終発行日時" => when(order.receipt_issue_history_list.last()),
        "支払い期限日" => due(0),
        "支払い方法変更期限日" => due(1),
        "返金手続き期限日" => due(2),
        _ => return of_wrapping(order, column).or_else(|| of_rate(order, column)),
    })
}

/// The wrapping columns end in 1 or 2, one for each of the two models.
fn of_wrapping(order: &Order, column: &str) -> Option<String> {
    let (name, model) = match column.strip_suffix('1') {
        Some(name) => (name, order.wrapping_model1.as_ref()),
        None => (column.strip_suffix('2')?, order.wrapping_model2.as_ref()),
    };
    let model = model.filter(|model| model.delete_wrapping_flag == 0);
    let of = |part: fn(&Wrapping) -> String| Some(model.map(part).unwrap_or_default());
    match name {
        "ラッピングタイトル" => of(|one| one.title.to_string()),
        "ラッピング名" => of(|one| one.name.clone()),
        "ラッピング料金" => of(|one| number(one.price.map(|yen| yen.0))),
        "ラッピング税込別" => of(|one| one.include_tax_flag.to_string()),
        // The API has no counterpart of this one.
        "ラッピング種類" => Some(String::new()),
        "ラッピング税率" => of(|one| rate(one.tax_rate)),
        "ラッピング税額" => of(|one| number(one.tax_price.map(|yen| yen.0))),
        _ => None,
    }
}

/// The columns of one tax rate start with `10%`, `8%` or `0%`.
fn of_rate(order: &Order, column: &str) -> Option<String> {
    let (percent, name) = column.split_once('%')?;
    let wanted = TaxRate(percent.parse::<u16>().ok()?.checked_mul(10)?);
    let row = order.tax_summary_model_list.iter().find(|row| row.tax_rate == Some(wanted));
    let of = |part: fn(&crate::model::order::TaxSummary) -> Amount| {
        Some(row.map(|row| amount(part(row))).unwrap_or_default())
    };
    match name {
        "税率" => Some(row.map(|row| rate(row.tax_rate)).unwrap_or_default()),
        "請求金額" => of(|row| row.req_price),
        "請求額に対する税額" => of(|row| row.req_price_tax),
        "合計金額" => of(|row| row.total_price),
        "決済手数料" => of(|row| row.payment_charge),
        "クーポン割引額" => of(|row| row.coupon_price),
        "利用ポイント数" => of(|row| row.point),
        _ => None,
    }
}

fn of_package(package: &Package, column: &str) -> Option<String> {
    let to: &Sender = &package.sender_model;
    Some(match column {
        "送付先ID" => package.basket_id.to_string(),
        "送付先送料" => amount(package.postage_price),
        "送付先代引料" => amount(package.delivery_price),
        "送付先消費税合計" | "送付先外税合計" => tax_outside(package).0.to_string(),
        "送付先商品合計金額" => amount(package.goods_price),
        "送付先合計金額" => amount(package.total_price),
        "のし" => text(package.noshi.as_ref()),
        "送付先郵便番号1" => to.zip_code1.clone(),
        "送付先郵便番号2" => to.zip_code2.clone(),
        "送付先住所都道府県" => to.prefecture.clone(),
        "送付先住所郡市区" => to.city.clone(),
        "送付先住所それ以降の住所" => to.sub_address.clone(),
        "送付先姓" => to.family_name.clone(),
        "送付先名" => text(to.first_name.as_ref()),
        "送付先姓カナ" => text(to.family_name_kana.as_ref()),
        "送付先名カナ" => text(to.first_name_kana.as_ref()),
        "送付先電話番号1" => text(to.phone_number1.as_ref()),
        "送付先電話番号2" => text(to.phone_number2.as_ref()),
        "送付先電話番号3" => text(to.phone_number3.as_ref()),
        "送付先送料税率" => rate(package.postage_tax_rate),
        "送付先代引料税率" => rate(package.delivery_tax_rate),
        "購入時配送会社" => text(package.default_delivery_company_code.as_ref()),
        _ => return None,
    })
}

fn of_item(item: &Item, column: &str) -> Option<String> {
    let skus = |part: fn(&Sku) -> String| item.sku_model_list.iter().map(part).collect::<Vec<_>>().join("\n");
    Some(match column {
        "商品明細ID" => item.item_detail_id.to_string(),
        "商品ID" => item.item_id.to_string(),
        "商品名" => item.item_name.clone(),
        "商品番号" => text(item.item_number.as_ref()),
        "商品管理番号" => item.manage_number.clone(),
        "単価" => item.price.0.to_string(),
        "個数" => item.units.to_string(),
        "送料込別" => item.include_postage_flag.to_string(),
        "税込別" => item.include_tax_flag.to_string(),
        "代引手数料込別" => item.include_cash_on_delivery_postage_flag.to_string(),
        "項目・選択肢" => text(item.selected_choice.as_ref()),
        "ポイント倍率" => item.point_rate.to_string(),
        "納期情報" => text(item.delvdate_info.as_ref()),
        "在庫タイプ" => item.inventory_type.to_string(),
        "商品税率" => rate(item.tax_rate),
        "商品毎税込価格" => item.price_tax_incl.0.to_string(),
        "単品配送フラグ" => item.is_single_item_shipping.to_string(),
        "SKU管理番号" => skus(|sku| sku.variant_id.clone()),
        "システム連携用SKU番号" => skus(|sku| text(sku.merchant_defined_sku_id.as_ref())),
        "SKU情報" => skus(|sku| text(sku.sku_info.as_ref())),
        _ => return None,
    })
}

/// A whole number as people and Excel write it: separators, currency signs and full-width digits folded.
pub fn whole_number(text: &str) -> Option<i64> {
    let plain: String = text.nfkc().filter(|c| !c.is_whitespace() && !matches!(c, ',' | '¥' | '円')).collect();
    let plain = plain.strip_suffix(".0").unwrap_or(&plain);
    let digits = plain.strip_prefix('-').unwrap_or(plain);
    let fits = !digits.is_empty() && digits.len() <= 12 && digits.bytes().all(|b| b.is_ascii_digit());
    fits.then(|| plain.parse().ok())?
}

/// What two spellings of one cell have in common, so that a file Excel saved anew is not taken for an edited
/// one: width, blanks and line ends, separators, lost zeros, the way a date is written.
pub fn same_core(text: &str) -> String {
    let plain: String = text.nfkc().filter(|c| !c.is_whitespace()).collect();
    if let Some(number) = whole_number(&plain) {
        return number.to_string();
    }
    let parts: Vec<&str> = plain.split(['/', '-']).collect();
    if let [year, month, day] = parts[..]
        && let (Ok(year), Ok(month), Ok(day)) = (year.parse(), month.parse(), day.parse())
        && let Some(day) = Day::new(year, month, day)
    {
        return day.to_string();
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(a: &str, b: &str, same: bool) {
        assert_eq!(same_core(a) == same_core(b), same, "`{a}` and `{b}`");
    }

    #[test]
    fn what_excel_does_to_a_cell_is_no_edit() {
        check("0001", "1", true);
        check("1,650", "１６５０", true);
        check("2026-04-01", "2026/4/1", true);
        check("色:青\r\nサイズ:M", "色:青\nサイズ:M", true);
        check("ｻﾝﾌﾟﾙ", "サンプル", true);
        check("1650", "1651", false);
        check("2026-04-01", "2026-04-02", false);
    }

    #[test]
    fn the_reference_order_fills_its_columns() {
        let order: Order = serde_json::from_str(include_str!("../money/reference_order.json")).unwrap();
        let records = records(&order);
        assert_eq!(records.len(), 1);
        let at =
            |column: &str| records[0][COLUMNS.iter().position(|known| *known == column).unwrap()].as_str().to_owned();
        for (column, value) in [
            ("注文番号", "555001-20260401-0000000101"),
            ("ステータス", "300"),
            ("注文日時", "2026-04-01 10:15:00"),
            ("注文時間", "10:15:00"),
            ("支払方法名", "クレジットカード"),
            ("送料合計", "550"),
            ("請求金額", "3450"),
            ("ポイント利用額", "100"),
            ("店舗発行クーポンコード", "AAAA-BBBB-CCCC-DDDD"),
            ("送付先ID", "70000001"),
            ("送付先郵便番号2", "0001"),
            ("単価", "1650"),
            ("個数", "2"),
            ("商品税率", "0.1"),
            ("10%請求金額", "3550"),
            ("8%請求金額", ""),
            ("購入時配送会社", "1001"),
            ("SKU情報", "色:青"),
            ("ラッピング名1", ""),
        ] {
            assert_eq!(at(column), value, "{column}");
        }
        // Every column of the mall has its source.
        let (package, item) = (&order.package_model_list[0], &order.package_model_list[0].item_model_list[0]);
        for column in COLUMNS {
            assert!(cell(&order, Some(package), Some(item), column).is_some(), "{column}");
        }
    }
}
