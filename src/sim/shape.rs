//! The shape of an order: which keys each model has, in which versions, in which order, with which defaults.
//!
//! `fill` completes an order as a shop file gives it, `view` cuts it down to what one `getOrder` version shows.
//! Keys that no table knows are kept and shown as they came. Nothing here knows time or other orders.

use serde_json::{Value, json};

use super::clock::{MINUTE, Moment};
use super::money::{self, Rounding};
use super::names;
use super::value::{OPEN, Object, as_int, int, int_maybe, objects_mut, put, text};

/// The first and last `getOrder` versions that are still answered.
pub const VERSIONS: std::ops::RangeInclusive<i64> = 3..=10;

#[derive(Clone, Copy)]
enum Filler {
    Null,
    Zero,
    Int(i64),
    Text(&'static str),
    TenPercent,
    List,
    /// Worked out by `fill`, so never taken from here.
    Derived,
}

use Filler::{Derived, Int, List, Null, TenPercent, Text, Zero};

struct Key(&'static str, Filler, i64, i64);

const fn key(name: &'static str, default: Filler) -> Key {
    Key(name, default, 3, 10)
}

const fn since(name: &'static str, default: Filler, from: i64) -> Key {
    Key(name, default, from, 10)
}

const fn until(name: &'static str, default: Filler, to: i64) -> Key {
    Key(name, default, 3, to)
}

const ORDER: &[Key] = &[
    key("orderNumber", Derived),
    key("orderProgress", Int(300)),
    key("subStatusId", Null),
    key("subStatusName", Null),
    key("orderDatetime", Derived),
    key("shopOrderCfmDatetime", Derived),
    key("orderFixDatetime", Derived),
    key("shippingInstDatetime", Derived),
    key("shippingCmplRptDatetime", Derived),
    key("cancelDueDate", Null),
    key("deliveryDate", Null),
    key("shippingTerm", Zero),
    key("remarks", Null),
    key("giftCheckFlag", Zero),
    since("socialGiftFlag", Zero, 10),
    key("severalSenderFlag", Derived),
    key("equalSenderFlag", Derived),
    key("isolatedIslandFlag", Zero),
    key("rakutenMemberFlag", Int(1)),
    key("carrierCode", Zero),
    key("emailCarrierCode", Zero),
    key("orderType", Int(1)),
    key("reserveNumber", Null),
    key("reserveDeliveryCount", Null),
    key("cautionDisplayType", Zero),
    since("cautionDisplayDetailType", Null, 6),
    key("rakutenConfirmFlag", Zero),
    key("goodsPrice", Derived),
    until("goodsTax", Derived, 7),
    key("postagePrice", Derived),
    key("deliveryPrice", Derived),
    key("paymentCharge", Zero),
    key("paymentChargeTaxRate", TenPercent),
    key("totalPrice", Derived),
    key("requestPrice", Derived),
    key("couponAllTotalPrice", Derived),
    key("couponShopPrice", Derived),
    key("couponOtherPrice", Derived),
    key("additionalFeeOccurAmountToUser", Zero),
    key("additionalFeeOccurAmountToShop", Zero),
    key("asurakuFlag", Zero),
    key("drugFlag", Zero),
    key("dealFlag", Zero),
    key("membershipType", Zero),
    key("memo", Null),
    key("operator", Null),
    key("mailPlugSentence", Null),
    key("modifyFlag", Zero),
    until("isTaxRecalc", Zero, 7),
    since("receiptIssueCount", Zero, 5),
    since("receiptIssueHistoryList", List, 5),
    since("deliveryCertPrgFlag", Zero, 8),
    since("oneDayOperationFlag", Zero, 8),
    key("OrdererModel", Derived),
    key("SettlementModel", Derived),
    key("DeliveryModel", Derived),
    key("PointModel", Derived),
    key("WrappingModel1", Null),
    key("WrappingModel2", Null),
    key("PackageModelList", List),
    key("CouponModelList", List),
    key("ChangeReasonModelList", List),
    key("TaxSummaryModelList", Derived),
    since("DueDateModelList", List, 5),
];

const ORDERER: &[Key] = &[
    key("zipCode1", Text("100")),
    key("zipCode2", Text("0001")),
    key("prefecture", Text("東京都")),
    key("city", Text("千代田区")),
    key("subAddress", Text("千代田1-1")),
    key("familyName", Text("見本")),
    key("firstName", Text("花子")),
    key("familyNameKana", Null),
    key("firstNameKana", Null),
    key("phoneNumber1", Text("03")),
    key("phoneNumber2", Text("0000")),
    key("phoneNumber3", Text("0000")),
    key("emailAddress", Text("0123456789abcdef0123456789abcdefs1@pc.fw.rakuten.ne.jp")),
    key("sex", Null),
    key("birthYear", Null),
    key("birthMonth", Null),
    key("birthDay", Null),
];

const SENDER: &[Key] = &[
    key("zipCode1", Derived),
    key("zipCode2", Derived),
    key("prefecture", Derived),
    key("city", Derived),
    key("subAddress", Derived),
    key("familyName", Derived),
    key("firstName", Derived),
    key("familyNameKana", Derived),
    key("firstNameKana", Derived),
    key("phoneNumber1", Derived),
    key("phoneNumber2", Derived),
    key("phoneNumber3", Derived),
    key("isolatedIslandFlag", Zero),
];

const SETTLEMENT: &[Key] = &[
    key("settlementMethodCode", Int(1)),
    key("settlementMethod", Derived),
    key("rpaySettlementFlag", Derived),
    key("cardName", Null),
    key("cardNumber", Null),
    key("cardOwner", Null),
    key("cardYm", Null),
    key("cardPayType", Null),
    key("cardInstallmentDesc", Null),
];

const DELIVERY: &[Key] = &[key("deliveryName", Text("宅配便")), key("deliveryClass", Null)];

const POINT: &[Key] = &[key("usedPoint", Zero)];

const WRAPPING: &[Key] = &[
    key("title", Int(1)),
    key("name", Text("包装紙")),
    key("price", Zero),
    key("includeTaxFlag", Int(1)),
    key("deleteWrappingFlag", Zero),
    key("taxRate", TenPercent),
    key("taxPrice", Derived),
];

const PACKAGE: &[Key] = &[
    key("basketId", Derived),
    key("postagePrice", Zero),
    key("postageTaxRate", TenPercent),
    key("deliveryPrice", Zero),
    key("deliveryTaxRate", TenPercent),
    until("goodsTax", Derived, 7),
    key("goodsPrice", Derived),
    key("totalPrice", Derived),
    key("noshi", Null),
    key("packageDeleteFlag", Zero),
    since("defaultDeliveryCompanyCode", Text("1001"), 4),
    since("dropOffFlag", Zero, 9),
    since("dropOffLocation", Null, 9),
    key("SenderModel", Derived),
    key("ItemModelList", List),
    key("ShippingModelList", List),
    key("DeliveryCvsModel", Null),
    since("SocialGiftModel", Null, 10),
];

const ITEM: &[Key] = &[
    key("itemDetailId", Derived),
    key("itemName", Text("見本の商品")),
    key("itemId", Int(10_000_001)),
    key("itemNumber", Null),
    key("manageNumber", Text("mihon")),
    key("price", Int(1000)),
    key("units", Int(1)),
    key("includePostageFlag", Zero),
    key("includeTaxFlag", Int(1)),
    key("includeCashOnDeliveryPostageFlag", Zero),
    key("selectedChoice", Null),
    key("pointRate", Int(1)),
    key("pointType", Zero),
    key("inventoryType", Int(1)),
    key("delvdateInfo", Null),
    key("restoreInventoryFlag", Zero),
    key("dealFlag", Zero),
    key("drugFlag", Zero),
    key("deleteItemFlag", Zero),
    key("taxRate", TenPercent),
    key("priceTaxIncl", Derived),
    since("isSingleItemShipping", Zero, 4),
    since("SkuModelList", List, 7),
];

const SKU: &[Key] = &[key("variantId", Text("mihon-1")), key("merchantDefinedSkuId", Null), key("skuInfo", Null)];

const ROW: &[Key] = &[
    key("shippingDetailId", Derived),
    key("shippingNumber", Null),
    key("deliveryCompany", Null),
    key("deliveryCompanyName", Derived),
    key("shippingDate", Null),
];

const COUPON: &[Key] = &[
    key("couponCode", Text("AAAA-BBBB-CCCC-DDDD")),
    key("itemId", Zero),
    key("couponName", Text("見本クーポン")),
    key("couponSummary", Text("定額割引")),
    key("couponCapital", Derived),
    key("couponCapitalCode", Int(1)),
    key("expiryDate", Derived),
    key("couponPrice", Zero),
    key("couponUnit", Int(1)),
    key("couponTotalPrice", Derived),
    key("itemDetailId", Zero),
];

const CHANGE: &[Key] = &[
    key("changeId", Derived),
    key("changeType", Null),
    key("changeTypeDetail", Null),
    key("changeReason", Null),
    key("changeReasonDetail", Null),
    key("changeApplyDatetime", Null),
    key("changeFixDatetime", Null),
    key("changeCmplDatetime", Null),
];

/// Amounts that `fill` works out only where the file gave none.
const AMOUNTS: [&str; 10] = [
    "goodsPrice",
    "goodsTax",
    "postagePrice",
    "deliveryPrice",
    "totalPrice",
    "requestPrice",
    "couponAllTotalPrice",
    "couponShopPrice",
    "couponOtherPrice",
    "TaxSummaryModelList",
];

/// Hands out ids that no order of the shop uses yet.
#[derive(Clone, Debug)]
pub struct Ids {
    pub basket: i64,
    pub item: i64,
    pub row: i64,
    pub change: i64,
}

impl Ids {
    pub fn new() -> Ids {
        Ids { basket: 70_000_000, item: 71_000_000, row: 880_000, change: 90_000_000 }
    }

    /// Steps past every id that stands in this order.
    pub fn pass(&mut self, order: &Object) {
        for package in super::value::objects(order, "PackageModelList") {
            self.basket = self.basket.max(int(package, "basketId"));
            for item in super::value::objects(package, "ItemModelList") {
                self.item = self.item.max(int(item, "itemDetailId"));
            }
            for row in super::value::objects(package, "ShippingModelList") {
                self.row = self.row.max(int(row, "shippingDetailId"));
            }
        }
        for change in super::value::objects(order, "ChangeReasonModelList") {
            self.change = self.change.max(int(change, "changeId"));
        }
    }

    pub fn next_basket(&mut self) -> i64 {
        // The first item of a basket shares its number, so both counters move.
        self.basket = self.basket.max(self.item) + 1;
        self.item = self.basket;
        self.basket
    }

    pub fn next_item(&mut self) -> i64 {
        self.item = self.item.max(self.basket) + 1;
        self.item
    }

    pub fn next_row(&mut self) -> i64 {
        self.row += 1;
        self.row
    }

    pub fn next_change(&mut self) -> i64 {
        self.change += 1;
        self.change
    }
}

/// What `fill` must be told about the shop.
pub struct Ground {
    pub now: Moment,
    pub rounding: Rounding,
    pub fresh_row: bool,
}

/// The known keys in the manual's order with defaults, then whatever else was there.
fn arrange(given: &mut Object, keys: &[Key]) {
    let mut old = std::mem::take(given);
    for Key(name, default, _, _) in keys {
        // Taken rather than removed: removing would shift all that follows, for every key.
        let value = match old.get_mut(*name) {
            Some(value) => value.take(),
            None => match default {
                Null | Derived => Value::Null,
                Zero => json!(0),
                Int(number) => json!(number),
                Text(text) => json!(text),
                TenPercent => json!(0.1),
                List => json!([]),
            },
        };
        given.insert((*name).to_owned(), value);
    }
    for (name, value) in old {
        if !given.contains_key(&name) {
            given.insert(name, value);
        }
    }
}

fn object_at<'a>(map: &'a mut Object, key: &str) -> &'a mut Object {
    let slot = map.entry(key.to_owned()).or_insert_with(|| json!({}));
    if !slot.is_object() {
        *slot = json!({});
    }
    match slot {
        Value::Object(object) => object,
        // Just made an object; the arm exists for the compiler only.
        _ => unreachable!("the slot holds an object"),
    }
}

/// Day and time that an order number tells (`shop-YYYYMMDD-serial`), for orders that come without one.
fn ordered_at(number: &str) -> Option<Moment> {
    let day = number.split('-').nth(1)?;
    let date = super::clock::parse_date(&super::clock::spread_date(day)?)?;
    Some(Moment::midnight(date).plus(10 * 60 * MINUTE))
}

/// Completes an order in place: every key of version 10 and older, defaults where the file was silent,
/// totals where no amounts were given. Amounts that were given are left alone.
pub fn fill(order: &mut Object, ground: &Ground, ids: &mut Ids) {
    let given = order.clone();
    let had = |key: &str| given.contains_key(key);
    arrange(order, ORDER);
    fill_times(order, &given, ground);
    fill_parties(order, &given);
    let number_of_baskets = order.get("PackageModelList").and_then(Value::as_array).map_or(0, Vec::len);
    let orderer = order.get("OrdererModel").and_then(Value::as_object).cloned().unwrap_or_default();
    let mut same_address = number_of_baskets == 1;
    let mut kept: Vec<Vec<(&str, Value)>> = Vec::new();
    let (order_postage, order_cod) = (given.get("postagePrice").cloned(), given.get("deliveryPrice").cloned());
    for package in objects_mut(order, "PackageModelList") {
        let before = package.clone();
        kept.push(amounts_of(&before, &["goodsPrice", "goodsTax", "totalPrice"]));
        fill_package(package, &orderer, ground, ids);
        // An order that names its postage and has one basket has told that basket's postage too.
        if number_of_baskets == 1 {
            for (key, value) in [("postagePrice", &order_postage), ("deliveryPrice", &order_cod)] {
                if let (false, Some(value)) = (before.contains_key(key), value) {
                    put(package, key, value.clone());
                }
            }
        }
        same_address &= package
            .get("SenderModel")
            .and_then(Value::as_object)
            .is_some_and(|sender| SENDER.iter().take(12).all(|Key(name, ..)| sender.get(*name) == orderer.get(*name)));
    }
    if !had("severalSenderFlag") {
        put(order, "severalSenderFlag", i64::from(number_of_baskets > 1));
    }
    if !had("equalSenderFlag") {
        put(order, "equalSenderFlag", i64::from(same_address));
    }
    for coupon in objects_mut(order, "CouponModelList") {
        fill_coupon(coupon, ground);
    }
    for change in objects_mut(order, "ChangeReasonModelList") {
        let had_id = change.contains_key("changeId");
        arrange(change, CHANGE);
        if !had_id {
            put(change, "changeId", ids.next_change());
        }
    }
    let given_item_prices = item_prices(&given);
    let order_kept = amounts_of(&given, &AMOUNTS);
    money::recalculate(order, ground.rounding);
    for (key, value) in order_kept {
        put(order, key, value);
    }
    for (package, amounts) in objects_mut(order, "PackageModelList").zip(kept) {
        for (key, value) in amounts {
            put(package, key, value);
        }
    }
    for (item, price) in objects_mut(order, "PackageModelList")
        .flat_map(|package| objects_mut(package, "ItemModelList"))
        .zip(given_item_prices)
    {
        if let Some(price) = price {
            put(item, "priceTaxIncl", price);
        }
    }
}

fn amounts_of<'k>(map: &Object, keys: &[&'k str]) -> Vec<(&'k str, Value)> {
    keys.iter().filter_map(|key| map.get(*key).map(|value| (*key, value.clone()))).collect()
}

fn item_prices(order: &Object) -> Vec<Option<Value>> {
    super::value::objects(order, "PackageModelList")
        .flat_map(|package| super::value::objects(package, "ItemModelList"))
        .map(|item| item.get("priceTaxIncl").cloned())
        .collect()
}

fn fill_times(order: &mut Object, given: &Object, ground: &Ground) {
    let progress = int(order, "orderProgress");
    let ordered = Moment::parse_kindly(&text(order, "orderDatetime"))
        .or_else(|| ordered_at(&text(order, "orderNumber")))
        .unwrap_or(ground.now);
    let steps = [
        ("orderDatetime", 0, 0),
        ("shopOrderCfmDatetime", 5, 200),
        ("orderFixDatetime", 10, 300),
        ("shippingInstDatetime", 10, 300),
        ("shippingCmplRptDatetime", 24 * 60, 500),
    ];
    for (key, minutes, from) in steps {
        // A cancelled order may never have been confirmed, so nothing is made up for it.
        if !given.contains_key(key) && (from == 0 || (from..800).contains(&progress)) {
            put(order, key, ordered.plus(minutes * MINUTE).api());
        }
    }
}

fn fill_parties(order: &mut Object, given: &Object) {
    arrange(object_at(order, "OrdererModel"), ORDERER);
    arrange(object_at(order, "DeliveryModel"), DELIVERY);
    // These two may be null in the manual, so a null that was given stays.
    if !given.get("PointModel").is_some_and(Value::is_null) {
        arrange(object_at(order, "PointModel"), POINT);
    }
    if !given.get("SettlementModel").is_some_and(Value::is_null) {
        let settlement = object_at(order, "SettlementModel");
        let before = settlement.clone();
        arrange(settlement, SETTLEMENT);
        let code = int(settlement, "settlementMethodCode");
        if !before.contains_key("settlementMethod") {
            put(settlement, "settlementMethod", names::payment_method(code));
        }
        if !before.contains_key("rpaySettlementFlag") {
            put(settlement, "rpaySettlementFlag", i64::from(names::is_common_payment(code)));
        }
    }
    for key in ["WrappingModel1", "WrappingModel2"] {
        if let Some(Value::Object(wrapping)) = order.get_mut(key) {
            arrange(wrapping, WRAPPING);
        }
    }
}

fn fill_package(package: &mut Object, orderer: &Object, ground: &Ground, ids: &mut Ids) {
    let before = package.clone();
    arrange(package, PACKAGE);
    if int_maybe(&before, "basketId").is_none() {
        let from_item =
            super::value::objects(&before, "ItemModelList").next().and_then(|item| int_maybe(item, "itemDetailId"));
        put(package, "basketId", from_item.unwrap_or_else(|| ids.next_basket()));
    }
    let basket = int(package, "basketId");
    let sender = object_at(package, "SenderModel");
    let given_sender = sender.clone();
    arrange(sender, SENDER);
    for Key(name, ..) in SENDER.iter().take(12) {
        if !given_sender.contains_key(*name) {
            let value = orderer.get(*name).cloned().unwrap_or(Value::Null);
            sender.insert((*name).to_owned(), value);
        }
    }
    for (place, item) in objects_mut(package, "ItemModelList").enumerate() {
        let had_id = int_maybe(item, "itemDetailId").is_some();
        arrange(item, ITEM);
        if !had_id {
            put(item, "itemDetailId", if place == 0 { basket } else { ids.next_item() });
        }
        for sku in objects_mut(item, "SkuModelList") {
            arrange(sku, SKU);
        }
    }
    if ground.fresh_row && !before.contains_key("ShippingModelList") {
        put(package, "ShippingModelList", json!([{}]));
    }
    for row in objects_mut(package, "ShippingModelList") {
        fill_row(row, ids);
    }
}

/// Completes one row of 発送情報; a row without an id is given one.
pub fn fill_row(row: &mut Object, ids: &mut Ids) {
    let before = row.clone();
    arrange(row, ROW);
    if int_maybe(&before, "shippingDetailId").is_none() {
        put(row, "shippingDetailId", ids.next_row());
    }
    if !before.contains_key("deliveryCompanyName") {
        name_carrier(row);
    }
}

/// Writes the carrier's name beside its code.
pub fn name_carrier(row: &mut Object) {
    let name = names::carrier(&text(row, "deliveryCompany"));
    put(row, "deliveryCompanyName", name.map_or(Value::Null, Value::from));
}

fn fill_coupon(coupon: &mut Object, ground: &Ground) {
    let before = coupon.clone();
    arrange(coupon, COUPON);
    if !before.contains_key("couponCapital") {
        let name = match int(coupon, "couponCapitalCode") {
            1 => "ショップ",
            2 => "メーカー",
            _ => "サービス",
        };
        put(coupon, "couponCapital", name);
    }
    if !before.contains_key("expiryDate") {
        put(coupon, "expiryDate", ground.now.plus(30 * super::clock::DAY).date().to_string());
    }
}

/// A new entry of the change history, with every key in its place.
pub fn change_entry(fields: Value) -> Object {
    let mut entry = fields.as_object().cloned().unwrap_or_default();
    arrange(&mut entry, CHANGE);
    entry
}

/// A new wrapping with every key in its place.
pub fn wrapping(fields: &Object) -> Object {
    let mut wrapping = fields.clone();
    arrange(&mut wrapping, WRAPPING);
    wrapping
}

/// What one version of `getOrder` shows of an order.
pub fn view(order: &Object, version: i64) -> Object {
    let mut seen = cut(order, ORDER, version);
    for package in objects_mut(&mut seen, "PackageModelList") {
        let mut cut_package = cut(package, PACKAGE, version);
        for item in objects_mut(&mut cut_package, "ItemModelList") {
            *item = cut(item, ITEM, version);
        }
        *package = cut_package;
    }
    seen
}

fn cut(map: &Object, keys: &[Key], version: i64) -> Object {
    map.iter()
        .filter(|(name, _)| {
            keys.iter()
                .find(|Key(known, ..)| known == name)
                .is_none_or(|Key(_, _, from, to)| (*from..=*to).contains(&version))
        })
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// Whether any amount of this order is still open.
pub fn has_open_amount(order: &Object) -> bool {
    let open = |map: &Object, keys: &[&str]| keys.iter().any(|key| map.get(*key).and_then(as_int) == Some(OPEN));
    open(order, &["postagePrice", "deliveryPrice", "paymentCharge", "totalPrice", "requestPrice"])
        || super::value::objects(order, "PackageModelList")
            .filter(|package| int(package, "packageDeleteFlag") == 0)
            .any(|package| open(package, &["postagePrice", "deliveryPrice"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(order: Value) -> Object {
        let mut order = order.as_object().unwrap().clone();
        let ground = Ground {
            now: Moment::parse_bare("2026-04-02T09:00:00").unwrap(),
            rounding: Rounding::Down,
            fresh_row: false,
        };
        fill(&mut order, &ground, &mut Ids::new());
        order
    }

    fn check(version: i64, has: &[&str], lacks: &[&str]) {
        let order =
            filled(json!({"orderNumber": "555001-20260401-0000000101", "PackageModelList": [{"ItemModelList": [{}]}]}));
        let seen = Value::Object(view(&order, version));
        for path in has {
            assert!(seen.pointer(path).is_some(), "version {version} should show {path}");
        }
        for path in lacks {
            assert!(seen.pointer(path).is_none(), "version {version} should not show {path}");
        }
    }

    #[test]
    fn each_version_has_its_keys() {
        let (basket, item) = ("/PackageModelList/0", "/PackageModelList/0/ItemModelList/0");
        let code = format!("{basket}/defaultDeliveryCompanyCode");
        let tax = format!("{basket}/goodsTax");
        let place = format!("{basket}/dropOffLocation");
        let gift = format!("{basket}/SocialGiftModel");
        let single = format!("{item}/isSingleItemShipping");
        let sku = format!("{item}/SkuModelList");
        check(3, &["/goodsTax", "/isTaxRecalc", &tax], &[&code, &single, "/DueDateModelList", &sku]);
        check(4, &[&code, &single], &["/receiptIssueCount", "/receiptIssueHistoryList"]);
        check(5, &["/receiptIssueCount", "/DueDateModelList"], &["/cautionDisplayDetailType"]);
        check(6, &["/cautionDisplayDetailType"], &[&sku]);
        check(7, &[&sku, "/goodsTax"], &["/deliveryCertPrgFlag", "/oneDayOperationFlag"]);
        check(8, &["/deliveryCertPrgFlag", "/oneDayOperationFlag"], &["/goodsTax", &tax, "/isTaxRecalc", &place]);
        check(9, &[&place], &["/socialGiftFlag", &gift]);
        check(10, &["/socialGiftFlag", &gift, &place, &sku], &["/goodsTax", "/isTaxRecalc"]);
    }

    #[test]
    fn unknown_keys_survive_and_given_amounts_stand() {
        let order = filled(json!({"orderNumber": "1-20260401-1", "requestPrice": 1, "shopNote": {"a": 1},
            "PackageModelList": [{"basketId": 5, "ItemModelList": [{"price": 300, "units": 2, "colour": "red"}]}]}));
        let seen = Value::Object(view(&order, 10));
        assert_eq!(seen["shopNote"], json!({"a": 1}));
        assert_eq!(seen["PackageModelList"][0]["ItemModelList"][0]["colour"], "red");
        assert_eq!((&seen["requestPrice"], &seen["totalPrice"]), (&json!(1), &json!(600)));
        assert_eq!(seen["PackageModelList"][0]["ItemModelList"][0]["itemDetailId"], 5);
        assert_eq!(seen["orderDatetime"], "2026-04-01T10:00:00+0900");
    }
}
