//! An order as RMS holds it (`getOrder` version 10), whole and typed, with the API's own names.
//! Money is [`Amount`] where the mall may write `-9999`. Lists the mall writes as `null` are empty here.

use super::day::{Day, Moment};
use super::ids::{BasketId, ItemId, OrderNumber, RowId, SubStatusId};
use super::money::{Amount, TaxRate, Yen};
use super::shipment::{RowSeen, tracking_key};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

fn null_as_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(from: D) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(from)?.unwrap_or_default())
}

/// 注文者 (personal data: never stored, never shown).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Orderer {
    /// 郵便番号
    #[serde(deserialize_with = "null_as_default")]
    pub zip_code1: String,
    /// 郵便番号
    #[serde(deserialize_with = "null_as_default")]
    pub zip_code2: String,
    /// 都道府県
    #[serde(deserialize_with = "null_as_default")]
    pub prefecture: String,
    /// 郡市区
    #[serde(deserialize_with = "null_as_default")]
    pub city: String,
    /// それ以降の住所
    #[serde(deserialize_with = "null_as_default")]
    pub sub_address: String,
    /// 姓
    #[serde(deserialize_with = "null_as_default")]
    pub family_name: String,
    /// 名
    pub first_name: Option<String>,
    /// 姓カナ
    pub family_name_kana: Option<String>,
    /// 名カナ
    pub first_name_kana: Option<String>,
    /// 電話番号
    pub phone_number1: Option<String>,
    /// 電話番号
    pub phone_number2: Option<String>,
    /// 電話番号
    pub phone_number3: Option<String>,
    /// メールアドレス
    pub email_address: Option<String>,
    /// 性別
    pub sex: Option<String>,
    /// 誕生年
    pub birth_year: Option<i64>,
    /// 誕生月
    pub birth_month: Option<i64>,
    /// 誕生日
    pub birth_day: Option<i64>,
    /// Keys this version does not know; kept, so that nothing the mall adds is lost.
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

/// 送付先住所 (personal data).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Sender {
    /// 郵便番号
    #[serde(deserialize_with = "null_as_default")]
    pub zip_code1: String,
    /// 郵便番号
    #[serde(deserialize_with = "null_as_default")]
    pub zip_code2: String,
    /// 都道府県
    #[serde(deserialize_with = "null_as_default")]
    pub prefecture: String,
    /// 郡市区
    #[serde(deserialize_with = "null_as_default")]
    pub city: String,
    /// それ以降の住所
    #[serde(deserialize_with = "null_as_default")]
    pub sub_address: String,
    /// 姓
    #[serde(deserialize_with = "null_as_default")]
    pub family_name: String,
    /// 名
    pub first_name: Option<String>,
    /// 姓カナ
    pub family_name_kana: Option<String>,
    /// 名カナ
    pub first_name_kana: Option<String>,
    /// 電話番号
    pub phone_number1: Option<String>,
    /// 電話番号
    pub phone_number2: Option<String>,
    /// 電話番号
    pub phone_number3: Option<String>,
    /// 離島フラグ
    #[serde(deserialize_with = "null_as_default")]
    pub isolated_island_flag: i64,
    /// Keys this version does not know; kept, so that nothing the mall adds is lost.
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

/// 支払方法.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Settlement {
    /// 支払方法コード
    pub settlement_method_code: Option<i64>,
    /// 支払方法名
    #[serde(deserialize_with = "null_as_default")]
    pub settlement_method: String,
    /// 共通決済手段フラグ
    #[serde(deserialize_with = "null_as_default")]
    pub rpay_settlement_flag: i64,
    /// カード名
    pub card_name: Option<String>,
    /// カード番号 (masked)
    pub card_number: Option<String>,
    /// 名義
    pub card_owner: Option<String>,
    /// 有効期限
    pub card_ym: Option<String>,
    /// 支払い方法
    pub card_pay_type: Option<i64>,
    /// 支払い回数
    pub card_installment_desc: Option<String>,
    /// Keys this version does not know; kept, so that nothing the mall adds is lost.
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

/// 配送方法.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Delivery {
    /// 配送方法
    #[serde(deserialize_with = "null_as_default")]
    pub delivery_name: String,
    /// 配送区分
    pub delivery_class: Option<i64>,
    /// Keys this version does not know; kept, so that nothing the mall adds is lost.
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

/// ポイント.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Point {
    /// ポイント利用額
    #[serde(deserialize_with = "null_as_default")]
    pub used_point: Yen,
    /// Keys this version does not know; kept, so that nothing the mall adds is lost.
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

/// ラッピング.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Wrapping {
    /// 1 包装紙, 2 リボン
    #[serde(deserialize_with = "null_as_default")]
    pub title: i64,
    /// ラッピング名
    #[serde(deserialize_with = "null_as_default")]
    pub name: String,
    /// 料金
    pub price: Option<Yen>,
    /// 0 税別, 1 税込
    #[serde(deserialize_with = "null_as_default")]
    pub include_tax_flag: i64,
    /// 削除フラグ
    #[serde(deserialize_with = "null_as_default")]
    pub delete_wrapping_flag: i64,
    /// 税率
    pub tax_rate: Option<TaxRate>,
    /// 税額
    pub tax_price: Option<Yen>,
    /// Keys this version does not know; kept, so that nothing the mall adds is lost.
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

/// SKU.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Sku {
    /// SKU管理番号
    #[serde(deserialize_with = "null_as_default")]
    pub variant_id: String,
    /// システム連携用SKU番号
    pub merchant_defined_sku_id: Option<String>,
    /// SKU情報
    pub sku_info: Option<String>,
    /// Keys this version does not know; kept, so that nothing the mall adds is lost.
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

/// 商品.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Item {
    /// 商品明細ID
    #[serde(deserialize_with = "null_as_default")]
    pub item_detail_id: i64,
    /// 商品名
    #[serde(deserialize_with = "null_as_default")]
    pub item_name: String,
    /// 商品ID
    #[serde(deserialize_with = "null_as_default")]
    pub item_id: i64,
    /// 商品番号
    pub item_number: Option<String>,
    /// 商品管理番号
    #[serde(deserialize_with = "null_as_default")]
    pub manage_number: String,
    /// 単価: tax in or out by `include_tax_flag`
    #[serde(deserialize_with = "null_as_default")]
    pub price: Yen,
    /// 個数
    #[serde(deserialize_with = "null_as_default")]
    pub units: i64,
    /// 送料込別
    #[serde(deserialize_with = "null_as_default")]
    pub include_postage_flag: i64,
    /// 税込別: 0 税別, 1 税込
    #[serde(deserialize_with = "null_as_default")]
    pub include_tax_flag: i64,
    /// 代引手数料込別
    #[serde(deserialize_with = "null_as_default")]
    pub include_cash_on_delivery_postage_flag: i64,
    /// 項目・選択肢
    pub selected_choice: Option<String>,
    /// ポイント倍率
    #[serde(deserialize_with = "null_as_default")]
    pub point_rate: i64,
    /// ポイントタイプ
    #[serde(deserialize_with = "null_as_default")]
    pub point_type: i64,
    /// 在庫タイプ
    #[serde(deserialize_with = "null_as_default")]
    pub inventory_type: i64,
    /// 納期情報
    pub delvdate_info: Option<String>,
    /// 在庫連動オプション
    #[serde(deserialize_with = "null_as_default")]
    pub restore_inventory_flag: i64,
    /// DEAL
    #[serde(deserialize_with = "null_as_default")]
    pub deal_flag: i64,
    /// 医薬品
    #[serde(deserialize_with = "null_as_default")]
    pub drug_flag: i64,
    /// 商品削除フラグ
    #[serde(deserialize_with = "null_as_default")]
    pub delete_item_flag: i64,
    /// 商品税率
    pub tax_rate: Option<TaxRate>,
    /// 商品毎税込価格
    #[serde(deserialize_with = "null_as_default")]
    pub price_tax_incl: Yen,
    /// 単品配送フラグ
    #[serde(deserialize_with = "null_as_default")]
    pub is_single_item_shipping: i64,
    /// SKU
    #[serde(rename = "SkuModelList", deserialize_with = "null_as_default")]
    pub sku_model_list: Vec<Sku>,
    /// Keys this version does not know; kept, so that nothing the mall adds is lost.
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

/// 発送: one shipping row.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ShippingRow {
    /// 発送明細ID
    #[serde(deserialize_with = "null_as_default")]
    pub shipping_detail_id: i64,
    /// お荷物伝票番号
    pub shipping_number: Option<String>,
    /// 配送会社
    pub delivery_company: Option<String>,
    /// 配送会社名
    pub delivery_company_name: Option<String>,
    /// 発送日
    pub shipping_date: Option<String>,
    /// Keys this version does not know; kept, so that nothing the mall adds is lost.
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

/// 送付先: one destination.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Package {
    /// 送付先ID
    #[serde(deserialize_with = "null_as_default")]
    pub basket_id: i64,
    /// 送料
    #[serde(deserialize_with = "null_as_default")]
    pub postage_price: Amount,
    /// 送料税率
    pub postage_tax_rate: Option<TaxRate>,
    /// 代引料
    #[serde(deserialize_with = "null_as_default")]
    pub delivery_price: Amount,
    /// 代引料税率
    pub delivery_tax_rate: Option<TaxRate>,
    /// 商品合計金額: items and wrapping
    #[serde(deserialize_with = "null_as_default")]
    pub goods_price: Amount,
    /// 合計金額: items, postage, wrapping; without the COD fee
    #[serde(deserialize_with = "null_as_default")]
    pub total_price: Amount,
    /// のし
    pub noshi: Option<String>,
    /// 送付先モデル削除フラグ
    #[serde(deserialize_with = "null_as_default")]
    pub package_delete_flag: i64,
    /// 送付者
    #[serde(rename = "SenderModel", deserialize_with = "null_as_default")]
    pub sender_model: Sender,
    /// 商品
    #[serde(rename = "ItemModelList", deserialize_with = "null_as_default")]
    pub item_model_list: Vec<Item>,
    /// 発送
    #[serde(rename = "ShippingModelList", deserialize_with = "null_as_default")]
    pub shipping_model_list: Vec<ShippingRow>,
    /// コンビニ配送
    #[serde(rename = "DeliveryCvsModel")]
    pub delivery_cvs_model: Option<Value>,
    /// 購入時配送会社
    pub default_delivery_company_code: Option<String>,
    /// 置き配フラグ
    #[serde(deserialize_with = "null_as_default")]
    pub drop_off_flag: i64,
    /// 置き配場所
    pub drop_off_location: Option<String>,
    /// ソーシャルギフト情報
    #[serde(rename = "SocialGiftModel")]
    pub social_gift_model: Option<Value>,
    /// Keys this version does not know; kept, so that nothing the mall adds is lost.
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

/// クーポン.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Coupon {
    /// クーポンコード
    #[serde(deserialize_with = "null_as_default")]
    pub coupon_code: String,
    /// 対象の商品ID, 0 = not tied
    #[serde(deserialize_with = "null_as_default")]
    pub item_id: i64,
    /// クーポン名
    #[serde(deserialize_with = "null_as_default")]
    pub coupon_name: String,
    /// 効果
    #[serde(deserialize_with = "null_as_default")]
    pub coupon_summary: String,
    /// 原資
    #[serde(deserialize_with = "null_as_default")]
    pub coupon_capital: String,
    /// 原資コード
    #[serde(deserialize_with = "null_as_default")]
    pub coupon_capital_code: i64,
    /// 有効期限
    pub expiry_date: Option<String>,
    /// 割引単価
    #[serde(deserialize_with = "null_as_default")]
    pub coupon_price: Amount,
    /// 利用数
    #[serde(deserialize_with = "null_as_default")]
    pub coupon_unit: i64,
    /// 利用金額
    #[serde(deserialize_with = "null_as_default")]
    pub coupon_total_price: Amount,
    /// 商品明細ID, 0 = not tied
    #[serde(deserialize_with = "null_as_default")]
    pub item_detail_id: i64,
    /// Keys this version does not know; kept, so that nothing the mall adds is lost.
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

/// 変更・キャンセル.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ChangeReason {
    /// 変更ID
    #[serde(deserialize_with = "null_as_default")]
    pub change_id: i64,
    /// 変更種別
    pub change_type: Option<i64>,
    /// 変更種別(詳細)
    pub change_type_detail: Option<i64>,
    /// 0 店舗様都合, 1 お客様都合
    pub change_reason: Option<i64>,
    /// 変更理由(小分類)
    pub change_reason_detail: Option<i64>,
    /// 申請
    pub change_apply_datetime: Option<String>,
    /// 確定
    pub change_fix_datetime: Option<String>,
    /// 完了
    pub change_cmpl_datetime: Option<String>,
    /// Keys this version does not know; kept, so that nothing the mall adds is lost.
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

/// 税情報: one per rate.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TaxSummary {
    /// 税率
    pub tax_rate: Option<TaxRate>,
    /// 請求金額（税込）
    #[serde(deserialize_with = "null_as_default")]
    pub req_price: Amount,
    /// 税額
    #[serde(deserialize_with = "null_as_default")]
    pub req_price_tax: Amount,
    /// 合計金額
    #[serde(deserialize_with = "null_as_default")]
    pub total_price: Amount,
    /// 決済手数料
    #[serde(deserialize_with = "null_as_default")]
    pub payment_charge: Amount,
    /// クーポン割引額
    #[serde(deserialize_with = "null_as_default")]
    pub coupon_price: Amount,
    /// 利用ポイント数
    #[serde(deserialize_with = "null_as_default")]
    pub point: Amount,
    /// Keys this version does not know; kept, so that nothing the mall adds is lost.
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

/// 期限日.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DueDate {
    /// 種別
    pub due_date_type: Option<i64>,
    /// 期限日
    pub due_date: Option<String>,
    /// Keys this version does not know; kept, so that nothing the mall adds is lost.
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

/// Orders by their numbers, shared by all who look at them. An order takes thousands of bytes and a map's nodes stand half
/// empty, so the map holds them at arm's length.
pub type Orders = BTreeMap<OrderNumber, Arc<Order>>;

/// OrderModel.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Order {
    /// 注文番号
    #[serde(deserialize_with = "null_as_default")]
    pub order_number: String,
    /// ステータス: 100 … 900
    #[serde(deserialize_with = "null_as_default")]
    pub order_progress: i64,
    /// サブステータスID
    pub sub_status_id: Option<i64>,
    /// サブステータス
    pub sub_status_name: Option<String>,
    /// 注文日時
    pub order_datetime: Option<String>,
    /// 注文確認日時
    pub shop_order_cfm_datetime: Option<String>,
    /// 注文確定日時
    pub order_fix_datetime: Option<String>,
    /// 発送指示日時
    pub shipping_inst_datetime: Option<String>,
    /// 発送完了報告日時
    pub shipping_cmpl_rpt_datetime: Option<String>,
    /// キャンセル期限日
    pub cancel_due_date: Option<String>,
    /// お届け日指定
    pub delivery_date: Option<String>,
    /// お届け時間帯
    pub shipping_term: Option<i64>,
    /// コメント
    pub remarks: Option<String>,
    /// ギフト配送希望フラグ
    #[serde(deserialize_with = "null_as_default")]
    pub gift_check_flag: i64,
    /// ソーシャルギフト注文フラグ
    #[serde(deserialize_with = "null_as_default")]
    pub social_gift_flag: i64,
    /// 複数送付先フラグ
    #[serde(deserialize_with = "null_as_default")]
    pub several_sender_flag: i64,
    /// 送付先一致フラグ
    #[serde(deserialize_with = "null_as_default")]
    pub equal_sender_flag: i64,
    /// 離島フラグ
    #[serde(deserialize_with = "null_as_default")]
    pub isolated_island_flag: i64,
    /// 楽天会員フラグ
    #[serde(deserialize_with = "null_as_default")]
    pub rakuten_member_flag: i64,
    /// 利用端末
    #[serde(deserialize_with = "null_as_default")]
    pub carrier_code: i64,
    /// メールキャリアコード
    #[serde(deserialize_with = "null_as_default")]
    pub email_carrier_code: i64,
    /// 注文種別
    #[serde(deserialize_with = "null_as_default")]
    pub order_type: i64,
    /// 申込番号
    pub reserve_number: Option<String>,
    /// 申込お届け回数
    pub reserve_delivery_count: Option<i64>,
    /// 警告表示タイプ
    #[serde(deserialize_with = "null_as_default")]
    pub caution_display_type: i64,
    /// 警告表示タイプ詳細
    pub caution_display_detail_type: Option<i64>,
    /// 楽天確認中フラグ
    #[serde(deserialize_with = "null_as_default")]
    pub rakuten_confirm_flag: i64,
    /// 商品合計金額
    #[serde(deserialize_with = "null_as_default")]
    pub goods_price: Amount,
    /// 送料合計
    #[serde(deserialize_with = "null_as_default")]
    pub postage_price: Amount,
    /// 代引料合計
    #[serde(deserialize_with = "null_as_default")]
    pub delivery_price: Amount,
    /// 決済手数料合計
    #[serde(deserialize_with = "null_as_default")]
    pub payment_charge: Amount,
    /// 決済手続税率
    pub payment_charge_tax_rate: Option<TaxRate>,
    /// 合計金額
    #[serde(deserialize_with = "null_as_default")]
    pub total_price: Amount,
    /// 請求金額
    #[serde(deserialize_with = "null_as_default")]
    pub request_price: Amount,
    /// クーポン利用総額
    #[serde(deserialize_with = "null_as_default")]
    pub coupon_all_total_price: Amount,
    /// 店舗発行クーポン利用額
    #[serde(deserialize_with = "null_as_default")]
    pub coupon_shop_price: Amount,
    /// 楽天発行クーポン利用額
    #[serde(deserialize_with = "null_as_default")]
    pub coupon_other_price: Amount,
    /// 注文者負担金合計
    #[serde(deserialize_with = "null_as_default")]
    pub additional_fee_occur_amount_to_user: Amount,
    /// 店舗負担金合計
    #[serde(deserialize_with = "null_as_default")]
    pub additional_fee_occur_amount_to_shop: Amount,
    /// あす楽
    #[serde(deserialize_with = "null_as_default")]
    pub asuraku_flag: i64,
    /// 医薬品
    #[serde(deserialize_with = "null_as_default")]
    pub drug_flag: i64,
    /// スーパーDEAL
    #[serde(deserialize_with = "null_as_default")]
    pub deal_flag: i64,
    /// メンバーシッププログラム受注タイプ
    #[serde(deserialize_with = "null_as_default")]
    pub membership_type: i64,
    /// ひとことメモ
    pub memo: Option<String>,
    /// 担当者
    pub operator: Option<String>,
    /// メール差込文
    pub mail_plug_sentence: Option<String>,
    /// 購入履歴修正有無フラグ
    #[serde(deserialize_with = "null_as_default")]
    pub modify_flag: i64,
    /// 領収書発行回数
    #[serde(deserialize_with = "null_as_default")]
    pub receipt_issue_count: i64,
    /// 領収書発行履歴リスト
    #[serde(deserialize_with = "null_as_default")]
    pub receipt_issue_history_list: Vec<String>,
    /// 注文者
    #[serde(rename = "OrdererModel", deserialize_with = "null_as_default")]
    pub orderer_model: Orderer,
    /// 支払方法
    #[serde(rename = "SettlementModel")]
    pub settlement_model: Option<Settlement>,
    /// 配送方法
    #[serde(rename = "DeliveryModel", deserialize_with = "null_as_default")]
    pub delivery_model: Delivery,
    /// ポイント
    #[serde(rename = "PointModel")]
    pub point_model: Option<Point>,
    /// ラッピング
    #[serde(rename = "WrappingModel1")]
    pub wrapping_model1: Option<Wrapping>,
    /// ラッピング
    #[serde(rename = "WrappingModel2")]
    pub wrapping_model2: Option<Wrapping>,
    /// 送付先
    #[serde(rename = "PackageModelList", deserialize_with = "null_as_default")]
    pub package_model_list: Vec<Package>,
    /// クーポン
    #[serde(rename = "CouponModelList", deserialize_with = "null_as_default")]
    pub coupon_model_list: Vec<Coupon>,
    /// 変更・キャンセル
    #[serde(rename = "ChangeReasonModelList", deserialize_with = "null_as_default")]
    pub change_reason_model_list: Vec<ChangeReason>,
    /// 税情報
    #[serde(rename = "TaxSummaryModelList", deserialize_with = "null_as_default")]
    pub tax_summary_model_list: Vec<TaxSummary>,
    /// 期限日
    #[serde(rename = "DueDateModelList", deserialize_with = "null_as_default")]
    pub due_date_model_list: Vec<DueDate>,
    /// 最強翌日配送フラグ
    #[serde(deserialize_with = "null_as_default")]
    pub delivery_cert_prg_flag: i64,
    /// 当日出荷フラグ
    #[serde(deserialize_with = "null_as_default")]
    pub one_day_operation_flag: i64,
    /// Keys this version does not know; kept, so that nothing the mall adds is lost.
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

impl Order {
    /// The order number as the checked type; `None` only if RMS sent something that is not one.
    pub fn number(&self) -> Option<OrderNumber> {
        OrderNumber::parse(&self.order_number)
    }

    /// Day of purchase.
    pub fn ordered_on(&self) -> Option<Day> {
        Moment::from_api(self.order_datetime.as_deref()?).map(Moment::day)
    }

    pub fn sub_status(&self) -> Option<SubStatusId> {
        self.sub_status_id.map(SubStatusId)
    }

    /// Destinations that are not deleted.
    pub fn destinations(&self) -> impl Iterator<Item = &Package> {
        self.package_model_list.iter().filter(|package| package.package_delete_flag == 0)
    }

    pub fn destination(&self, basket: BasketId) -> Option<&Package> {
        self.destinations().find(|package| package.basket() == basket)
    }

    /// ポイント利用額, zero if none were used.
    pub fn used_points(&self) -> Yen {
        self.point_model.as_ref().map_or(Yen::ZERO, |model| model.used_point)
    }

    /// 支払方法コード, if RMS told one.
    pub fn settlement_code(&self) -> Option<i64> {
        self.settlement_model.as_ref().and_then(|model| model.settlement_method_code)
    }

    /// 代金引換: the only way of paying whose 代引料 can be set.
    pub fn is_cod(&self) -> bool {
        self.settlement_code() == Some(2)
    }

    /// 800 or 900.
    pub fn is_cancelled(&self) -> bool {
        self.order_progress == 800 || self.order_progress == 900
    }

    /// The Japanese name of the state.
    pub fn state_name(&self) -> &'static str {
        state_name(self.order_progress)
    }
}

/// The Japanese name of an `orderProgress` value; unknown codes have none.
pub fn state_name(progress: i64) -> &'static str {
    match progress {
        100 => "注文確認待ち",
        200 => "楽天処理中",
        300 => "発送待ち",
        400 => "変更確定待ち",
        500 => "発送済",
        600 => "支払手続き中",
        700 => "支払手続き済",
        800 => "キャンセル確定待ち",
        900 => "キャンセル確定",
        _ => "不明",
    }
}

impl Package {
    pub fn basket(&self) -> BasketId {
        BasketId(self.basket_id)
    }

    /// Item lines that are not deleted.
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        self.item_model_list.iter().filter(|item| item.delete_item_flag == 0)
    }

    /// A social gift whose receiver has not filled in the address yet (dummy zip 999-9999).
    pub fn address_pending(&self) -> bool {
        self.sender_model.zip_code1 == "999" && self.sender_model.zip_code2 == "9999"
    }
}

impl Item {
    pub fn id(&self) -> ItemId {
        ItemId(self.item_detail_id)
    }
}

impl ShippingRow {
    pub fn id(&self) -> RowId {
        RowId(self.shipping_detail_id)
    }

    /// Whether it has the number with this comparable core ([`tracking_key`]), however it is spelt.
    pub fn carries(&self, key: &str) -> bool {
        !key.is_empty() && self.shipping_number.as_deref().is_some_and(|number| tracking_key(number) == key)
    }

    pub fn seen(&self) -> RowSeen {
        RowSeen {
            carrier: self.delivery_company.clone(),
            number: self.shipping_number.clone(),
            date: self.shipping_date.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_keys_and_nulls_survive() {
        let text = r#"{"orderNumber":"555001-20260401-0000000101","orderProgress":300,"CouponModelList":null,
            "postagePrice":-9999,"newFlag":7,"PackageModelList":[{"basketId":1,"ShippingModelList":null,"postageTaxRate":0.08}]}"#;
        let order: Order = serde_json::from_str(text).unwrap();
        assert_eq!(order.postage_price, Amount::NotFixedYet);
        assert_eq!(order.unknown["newFlag"], 7);
        assert_eq!(order.package_model_list[0].postage_tax_rate, Some(TaxRate::REDUCED));
        assert!(order.package_model_list[0].shipping_model_list.is_empty());
    }
}
