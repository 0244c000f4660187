//! getPayment: an order's payments, those of the shop file or one derived from the order's state.
//!
//! Reads only.

use serde_json::{Value, json};

use super::clock::Moment;
use super::value::{Object, int, int_maybe, text};
use super::wire::{Check, Message, Reply, Subject, list};
use super::world::World;

const SUBJECT: Subject = "GET_PAYMENT";

/// Every key of a payment, in the manual's order.
const KEYS: [&str; 26] = [
    "orderPaymentNumber",
    "paymentMethod",
    "paymentAmount",
    "paymentCharge",
    "paymentStatus",
    "paymentProcReqDatetime",
    "paymentProcNgDatetime",
    "paymentProcCmplDatetime",
    "paymentProcCancelNgDate",
    "paymentProcCancelCmplDatetime",
    "paymentReqDatetime",
    "paymentNgDatetime",
    "paymentFixDatetime",
    "paymentCancelNgDatetime",
    "paymentCancelCmplDatetime",
    "paymentCancelFixDatetime",
    "payExpectDate",
    "minusPayExpectDate",
    "paymentOrganizationLinkageNumberList",
    "PaymentCardModel",
    "PaymentMultiModel",
    "PaymentBankModel",
    "PaymentPayAfterModel",
    "PaymentPaypalModel",
    "RefundModelList",
    "AdditionalFeeModelList",
];

pub fn get(world: &World, body: &Object) -> Reply {
    let mut check = Check::new(SUBJECT);
    let number = check.need_text(body, "orderNumber");
    let version = check.need_int(body, "version");
    if version.is_some_and(|version| !(3..=4).contains(&version)) {
        check.fault("SIM_VERSION", "（模擬）このバージョン番号は利用できません。");
    }
    let place = number.as_deref().and_then(|number| world.find(number));
    if let (Some(number), None) = (&number, place) {
        check.about(number);
        check.fault("SIM_ORDER_NOT_FOUND", "（模擬）この注文番号はありません。");
    }
    let (Some(number), Some(place), true) = (number, place, check.is_clean()) else {
        return Reply::json(400, json!({ "MessageModelList": list(&check.messages), "OrderModel": null }));
    };
    let order = &world.orders[place];
    let payments: Vec<Value> = match &order.payments {
        Some(given) => given.iter().filter_map(Value::as_object).cloned().map(complete).collect(),
        None => vec![complete(derive(&order.data))],
    };
    let message = Message::info(SUBJECT, "101", "（模擬）決済情報の取得に成功しました。");
    Reply::json(
        200,
        json!({ "MessageModelList": list(&[message]), "OrderModel": { "orderNumber": number, "PaymentModelList": payments } }),
    )
}

fn complete(mut payment: Object) -> Value {
    let mut whole = Object::new();
    for key in KEYS {
        whole.insert(key.to_owned(), payment.shift_remove(key).unwrap_or(Value::Null));
    }
    whole.extend(payment);
    Value::Object(whole)
}

/// 決済ステータス of the order's (last) payment.
pub fn status(order: &Object, given: Option<&[Value]>) -> i64 {
    if let Some(last) = given.and_then(<[Value]>::last).and_then(Value::as_object) {
        return int(last, "paymentStatus");
    }
    match int(order, "orderProgress") {
        100 => 30100,
        200 => 30200,
        500 | 600 => 30500,
        700 => 30600,
        800 => 31100,
        900 => 31200,
        _ => 30300,
    }
}

/// 決済確定日, where there is one.
pub fn settled_at(order: &Object, given: Option<&[Value]>) -> Option<Moment> {
    match given {
        Some(list) => list
            .iter()
            .filter_map(Value::as_object)
            .find_map(|pay| Moment::parse_kindly(&text(pay, "paymentFixDatetime"))),
        None if int(order, "orderProgress") == 700 => Moment::parse_kindly(&text(order, "shippingCmplRptDatetime")),
        None => None,
    }
}

fn derive(order: &Object) -> Object {
    let settlement = order.get("SettlementModel").and_then(Value::as_object).cloned().unwrap_or_default();
    let method = int_maybe(&settlement, "settlementMethodCode").unwrap_or(1);
    let time = |key: &str| order.get(key).cloned().unwrap_or(Value::Null);
    let card = matches!(method, 1 | 12).then(|| {
        let keys = ["cardName", "cardYm", "cardOwner", "cardNumber", "cardPayType", "cardInstallmentDesc"];
        keys.iter()
            .map(|key| ((*key).to_owned(), settlement.get(*key).cloned().unwrap_or(Value::Null)))
            .collect::<Object>()
    });
    let fixed = settled_at(order, None).map(Moment::api);
    let fields = json!({
        "orderPaymentNumber": format!("{}-1", text(order, "orderNumber")),
        "paymentMethod": method,
        "paymentAmount": int(order, "requestPrice"),
        "paymentCharge": int(order, "paymentCharge"),
        "paymentStatus": status(order, None),
        "paymentProcReqDatetime": time("shopOrderCfmDatetime"),
        "paymentProcCmplDatetime": time("orderFixDatetime"),
        "paymentReqDatetime": time("shippingCmplRptDatetime"),
        "paymentFixDatetime": fixed,
        "PaymentCardModel": card,
    });
    fields.as_object().cloned().unwrap_or_default()
}

/// The order's payment after an authorisation was refused (決済手続きNG).
pub fn failed(order: &Object) -> Value {
    let mut payment = derive(order);
    super::value::put(&mut payment, "paymentStatus", 30400);
    complete(payment)
}
