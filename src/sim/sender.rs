//! updateOrderSender and its twin after shipping: destinations, items, postage, wrapping, coupons, payment method.
//!
//! The request is laid over a copy of the order, the copy is reckoned anew, and only a copy without faults takes
//! the order's place; so nothing is ever half done. Amounts are set, never added. How totals follow is `money`'s.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::clock::Moment;
use super::faults::{Omitted, Points, Switches};
use super::value::{OPEN, Object, as_percent, int, int_maybe, is_empty, objects, objects_mut, put, rate, text};
use super::wire::{Check, Level, Message, Reply, Sent, Subject};
use super::world::{Entry, World};
use super::{desk, marks, money, names, orderer, payment};

const YEN_MAX: i64 = 999_999_999;
/// Amounts have ten digits; a line beyond that cannot be shown.
const LINE_MAX: i64 = 9_999_999_999;
/// Units of one item in an order with coupons.
const COUPON_UNITS_MAX: i64 = 10_000;
const CASH_ON_DELIVERY: i64 = 2;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    BeforeShipping,
    AfterShipping,
}

impl Phase {
    fn states(self) -> &'static [i64] {
        match self {
            Phase::BeforeShipping => &[100, 200, 300],
            Phase::AfterShipping => &[500, 600, 700],
        }
    }

    /// Not public whether the second call has a subject of its own; one is given so that neither is assumed.
    fn subject(self) -> Subject {
        match self {
            Phase::BeforeShipping => "UPDATE_ORDERSENDER",
            Phase::AfterShipping => "UPDATE_ORDERSENDER_AFTER_SHIPPING",
        }
    }

    fn op(self) -> &'static str {
        match self {
            Phase::BeforeShipping => "updateOrderSender",
            Phase::AfterShipping => "updateOrderSenderAfterShipping",
        }
    }
}

pub fn update(world: &mut World, body: &Object, now: Moment, phase: Phase) -> Reply {
    let mut check = Check::new(phase.subject());
    let place = marks::find(world, body, &mut check);
    let reason = check.int_among(body, "reductionReason", &names::REASONS);
    let packages = check.need_objects(body, "PackageModelList").unwrap_or_default();
    let Some(place) = place else {
        return Reply::messages(400, &check.messages);
    };
    let state = world.progress(place);
    if !phase.states().contains(&state) {
        check.fault("SIM_WRONG_STATE", format!("（模擬）ステータス{state}の注文はこの操作で変更できません。"));
        return Reply::messages(400, &check.messages);
    }

    let switches = world.switches().clone();
    let before = world.orders[place].data.clone();
    let mut after = before.clone();
    let method = payment_change(world, place, body, phase, &mut check);
    let basis = Basis {
        cod: method.unwrap_or_else(|| method_of(&before)) == CASH_ON_DELIVERY,
        to_cod: method == Some(CASH_ON_DELIVERY),
        coupons: objects(&before, "CouponModelList").next().is_some(),
    };
    for (key, stored) in
        [("WrappingModel1", before.get("WrappingModel1")), ("WrappingModel2", before.get("WrappingModel2"))]
    {
        lay_wrapping(&mut after, key, stored, body.get(key), &mut check);
    }
    for sent in &packages {
        lay_package(&mut after, sent, basis, &switches, &mut check);
    }
    mind_omissions(&mut after, &packages, switches.omitted, &mut check);
    lay_coupons(&mut after, body, &mut check);
    if let Some(method) = method {
        lay_method(&mut after, method);
    }
    if switches.repeat_reapplies && world.orders[place].last_sender.as_ref().and_then(Value::as_object) == Some(body) {
        reapply_wrapping(&mut after, body);
    }
    if !objects(&after, "PackageModelList").any(money::is_live_package) {
        check.fault("SIM_NO_PACKAGE", "（模擬）送付先をすべて削除することはできません。");
    }
    if !check.is_clean() {
        return Reply::messages(400, &check.messages);
    }

    money::recalculate(&mut after, switches.tax_rounding);
    if let Some(method) = method.filter(|_| state != 100) {
        mind_frozen_amounts(&before, &after, method, &mut check);
    }
    let clamped = clamp_points(&mut after, &switches, &mut check);
    let (was, is) = (money::grand_total(&before), money::grand_total(&after));
    let fell = matches!((was, is), (Some(was), Some(is)) if is < was);
    let rose = matches!((was, is), (Some(was), Some(is)) if is > was);
    if reason.is_none() && (fell || orderer::is_pay_later_after_shipping(&before)) {
        check.fault("SIM_REDUCTION_REASON", "（模擬）減額する場合は変更理由（reductionReason）が必要です。");
    }
    if !check.is_clean() {
        return Reply::messages(400, &check.messages);
    }

    let number = text(&before, "orderNumber");
    world.orders[place].data = after;
    world.orders[place].last_sender = Some(Value::Object(body.clone()));
    let detail = match (method.is_some(), fell, rose) {
        (true, true, _) => Some(11),
        (true, _, true) => Some(12),
        (true, _, _) => Some(10),
        (false, true, _) => Some(0),
        (false, _, true) => Some(1),
        (false, _, _) => (method_of(&before) == 21).then_some(2),
    };
    let authorised_anew = (rose && switches.increase_waits) || (method.is_some() && state != 100);
    let waits = authorised_anew && (matches!(state, 200 | 300) || (state == 100 && switches.increase_waits_at_100));
    record_change(world, place, detail, reason, waits, now);
    if waits {
        world.orders[place].held_from = Some(state);
        world.move_to(place, 400);
    }
    world.touch(place, now);
    let mut picture = desk::money_picture(&world.orders[place].data);
    if clamped {
        picture["pointsClamped"] = json!(true);
    }
    world.write_log(
        now,
        Entry {
            op: phase.op(),
            order: &number,
            basket: None,
            row: None,
            action: "amend",
            before: desk::money_picture(&before),
            after: picture,
        },
    );
    let mut messages =
        vec![Message::info(phase.subject(), "101", "送付先情報の更新設定が完了しました。").order(&number)];
    if clamped {
        let words = "（模擬）合計金額が利用ポイントを下回ったため、利用ポイントを減らしました。";
        messages.push(Message::new(Level::Warning, phase.subject(), "SIM_POINTS_CLAMPED", words).order(&number));
    }
    Reply::messages(200, &messages)
}

/// What the whole request is laid down on.
#[derive(Clone, Copy)]
struct Basis {
    cod: bool,
    to_cod: bool,
    coupons: bool,
}

fn method_of(order: &Object) -> i64 {
    order.get("SettlementModel").and_then(Value::as_object).map_or(0, |model| int(model, "settlementMethodCode"))
}

/// The payment method to change to, if the request names another one and may.
fn payment_change(world: &World, place: usize, body: &Object, phase: Phase, check: &mut Check) -> Option<i64> {
    let to = check.int(body, "afterSettlementMethodCode").set()?;
    let order = &world.orders[place];
    if phase == Phase::AfterShipping {
        check.fault("SIM_PAYMENT_CHANGE", "（模擬）発送後に支払方法は変更できません。");
        return None;
    }
    // 16 is on the list of values and no longer accepted as one.
    if !names::CHANGE_TARGETS.contains(&to) || to == 16 {
        check.fault("SIM_PAYMENT_CHANGE", format!("（模擬）支払方法{to}へは変更できません。"));
        return None;
    }
    if to == method_of(&order.data) {
        return None;
    }
    if int(&order.data, "orderProgress") != 100 {
        let by_increase = objects(&order.data, "ChangeReasonModelList")
            .filter_map(|entry| int_maybe(entry, "changeTypeDetail"))
            .last()
            .is_some_and(|detail| matches!(detail, 1 | 12));
        if payment::status(&order.data, order.payments.as_deref()) != 30400 || by_increase {
            check.fault("SIM_PAYMENT_CHANGE", "（模擬）この注文の支払方法は変更できません。");
            return None;
        }
    }
    Some(to)
}

/// After a refused authorisation a common payment may change no amount, 選択制 only postage and COD fee.
fn mind_frozen_amounts(before: &Object, after: &Object, method: i64, check: &mut Check) {
    let same = |key: &str| before.get(key) == after.get(key);
    let goods = same("goodsPrice") && same("goodsTax") && same("couponAllTotalPrice");
    let frozen =
        if names::is_common_payment(method) { goods && same("postagePrice") && same("deliveryPrice") } else { goods };
    if !frozen {
        check.fault("SIM_PAYMENT_CHANGE", "（模擬）支払方法の変更と同時にこの金額は変更できません。");
    }
}

fn lay_method(order: &mut Object, method: i64) {
    if let Some(Value::Object(model)) = order.get_mut("SettlementModel") {
        put(model, "settlementMethodCode", method);
        put(model, "settlementMethod", names::payment_method(method));
        put(model, "rpaySettlementFlag", i64::from(names::is_common_payment(method)));
        for key in ["cardName", "cardNumber", "cardOwner", "cardYm", "cardPayType", "cardInstallmentDesc"] {
            put(model, key, Value::Null);
        }
    }
    if method != CASH_ON_DELIVERY {
        for package in objects_mut(order, "PackageModelList") {
            put(package, "deliveryPrice", 0);
        }
    }
}

/// One of the rates 0, 0.08 and 0.1.
fn need_rate(map: &Object, key: &str, check: &mut Check) -> Option<i64> {
    let percent = as_percent(check.need(map, key)?).filter(|percent| matches!(percent, 0 | 8 | 10));
    if percent.is_none() {
        check.format(key);
    }
    percent
}

fn need_flag(map: &Object, key: &str, check: &mut Check) -> Option<i64> {
    let flag = check.need_int(map, key)?;
    if !(0..=1).contains(&flag) {
        check.format(key);
        return None;
    }
    Some(flag)
}

fn in_range(amount: i64, key: &str, check: &mut Check) -> bool {
    let fine = (0..=YEN_MAX).contains(&amount);
    if !fine {
        check.fault("SIM_RANGE", format!("（模擬）{key}は0から{YEN_MAX}までです。"));
    }
    fine
}

fn lay_wrapping(order: &mut Object, key: &str, stored: Option<&Value>, sent: Option<&Value>, check: &mut Check) {
    let has = stored.and_then(Value::as_object).is_some_and(|wrapping| int(wrapping, "deleteWrappingFlag") == 0);
    let Some(sent) = sent.filter(|sent| !sent.is_null()) else {
        if has {
            check.missing(key);
        }
        return;
    };
    let Some(sent) = sent.as_object() else {
        check.format(key);
        return;
    };
    let mut fresh = Object::new();
    if let Some(title) = check.need_int(sent, "title") {
        if !(1..=2).contains(&title) {
            check.format("title");
        }
        put(&mut fresh, "title", title);
    }
    if let Some(name) = check.need_text(sent, "name") {
        check.length("name", &name, 125);
        put(&mut fresh, "name", name);
    }
    let price = check.int(sent, "price").set().unwrap_or(0);
    in_range(price, "price", check);
    put(&mut fresh, "price", price);
    put(&mut fresh, "includeTaxFlag", need_flag(sent, "includeTaxFlag", check).unwrap_or(1));
    put(&mut fresh, "deleteWrappingFlag", check.int_among(sent, "deleteWrappingFlag", &[0, 1]).unwrap_or(0));
    put(&mut fresh, "taxRate", rate(need_rate(sent, "taxRate", check).unwrap_or(10)));
    put(order, key, Value::Object(super::shape::wrapping(&fresh)));
}

fn reapply_wrapping(order: &mut Object, body: &Object) {
    for key in ["WrappingModel1", "WrappingModel2"] {
        let again = body.get(key).and_then(Value::as_object).map_or(0, |sent| int(sent, "price"));
        if let Some(Value::Object(stored)) = order.get_mut(key) {
            let price = int(stored, "price") + again;
            put(stored, "price", price);
        }
    }
}

fn lay_package(order: &mut Object, sent: &Object, basis: Basis, switches: &Switches, check: &mut Check) {
    let id = check.need_int(sent, "basketId");
    let postage_rate = need_rate(sent, "postageTaxRate", check);
    let postage = amount_or_open(sent, "postagePrice", check);
    let cod_rate = match basis.cod {
        true => need_rate(sent, "deliveryTaxRate", check),
        false => None,
    };
    let cod = cod_fee(sent, basis, check);
    let noshi = check.text(sent, "noshi");
    let delete = check.int_among(sent, "packageDeleteFlag", &[0, 1]);
    let drop_off = check.text(sent, "dropOffLocation");
    let sender = check.need_object(sent, "SenderModel").map(|sender| read_sender(sender, switches, check));
    let items = check.need_objects(sent, "ItemModelList").unwrap_or_default();
    let Some(id) = id else { return };
    let Some(package) = objects_mut(order, "PackageModelList").find(|package| int(package, "basketId") == id) else {
        check.fault("SIM_BASKET_NOT_FOUND", format!("（模擬）送付先ID {id} はこの注文にありません。"));
        return;
    };
    if let Some(percent) = postage_rate {
        put(package, "postageTaxRate", rate(percent));
    }
    if let Some(postage) = postage {
        put(package, "postagePrice", postage);
    }
    if let Some(percent) = cod_rate {
        put(package, "deliveryTaxRate", rate(percent));
    }
    match cod {
        Some(fee) if basis.cod => put(package, "deliveryPrice", fee),
        Some(fee) if fee != 0 && fee != int(package, "deliveryPrice") => {
            check.fault("SIM_NOT_COD", "（模擬）代引料は代金引換の注文でのみ変更できます。");
        }
        _ => {}
    }
    match noshi {
        Sent::Missing => {}
        Sent::Empty => put(package, "noshi", Value::Null),
        Sent::Set(words) => put(package, "noshi", words),
    }
    if let Some(delete) = delete {
        put(package, "packageDeleteFlag", delete);
    }
    lay_drop_off(package, drop_off, check);
    if let (Some(sender), Some(Value::Object(stored))) = (sender, package.get_mut("SenderModel")) {
        for (key, value) in sender {
            put(stored, key, value);
        }
    }
    for item in items {
        lay_item(package, item, basis, check);
    }
    if money::is_live_package(package) && !objects(package, "ItemModelList").any(money::is_live_item) {
        check.fault("SIM_NO_ITEM", format!("（模擬）送付先ID {id} の商品をすべて削除することはできません。"));
    }
}

/// A price of at least 0, or -9999 for "not fixed".
fn amount_or_open(sent: &Object, key: &str, check: &mut Check) -> Option<i64> {
    match check.int(sent, key) {
        Sent::Missing => None,
        Sent::Empty => {
            check.empty(key);
            None
        }
        Sent::Set(amount) => (amount == OPEN || in_range(amount, key, check)).then_some(amount),
    }
}

fn cod_fee(sent: &Object, basis: Basis, check: &mut Check) -> Option<i64> {
    const KEY: &str = "deliveryPrice";
    if basis.to_cod {
        let fee = check.int(sent, KEY).set().filter(|fee| *fee != OPEN);
        if fee.is_none() {
            check.fault("136", "（模擬）代金引換へ変更する場合は代引料を指定して下さい。");
        }
        return fee;
    }
    if basis.cod {
        check.need(sent, KEY)?;
    } else if sent.get(KEY).is_none_or(is_empty) {
        return None;
    }
    amount_or_open(sent, KEY, check)
}

fn lay_drop_off(package: &mut Object, sent: Sent<String>, check: &mut Check) {
    match sent {
        Sent::Missing => return,
        // What getOrder shows may always be sent back, ポスト（郵便受箱） included.
        Sent::Set(words) if words == text(package, "dropOffLocation") => return,
        Sent::Set(words) if names::DROP_OFF_PLACES.contains(&words.as_str()) => {
            put(package, "dropOffLocation", words);
            put(package, "dropOffFlag", 1);
            return;
        }
        Sent::Set(words) if words != "利用しない" => {
            check.format("dropOffLocation");
            return;
        }
        Sent::Empty | Sent::Set(_) => {}
    }
    put(package, "dropOffLocation", Value::Null);
    put(package, "dropOffFlag", 0);
}

/// The fields of a destination that are to be set.
fn read_sender(sent: &Object, switches: &Switches, check: &mut Check) -> Vec<(&'static str, Value)> {
    const NEEDED: [&str; 6] = ["zipCode1", "zipCode2", "prefecture", "city", "subAddress", "familyName"];
    const PHONES: [&str; 3] = ["phoneNumber1", "phoneNumber2", "phoneNumber3"];
    const OPTIONAL: [&str; 3] = ["firstName", "familyNameKana", "firstNameKana"];
    let mut fields: Vec<(&'static str, Value)> = Vec::new();
    // The data model lets one part of a telephone number be empty.
    let may_be_empty = |key: &str| {
        OPTIONAL.contains(&key)
            || (PHONES.contains(&key)
                && PHONES.iter().filter(|phone| sent.get(**phone).is_some_and(is_empty)).count() < 2)
    };
    for key in NEEDED.into_iter().chain(PHONES).chain(OPTIONAL) {
        match check.text(sent, key) {
            Sent::Missing if OPTIONAL.contains(&key) => {}
            Sent::Missing if sent.contains_key(key) => {}
            Sent::Missing => check.missing(key),
            Sent::Empty if may_be_empty(key) => fields.push((key, Value::Null)),
            Sent::Empty => check.empty(key),
            Sent::Set(words) => {
                check.length(key, &words, 127);
                let odd = switches.reject_machine_characters && words.chars().any(names::is_machine_dependent);
                if odd || (key == "prefecture" && !names::is_prefecture(&words)) {
                    check.format(key);
                }
                fields.push((key, words.into()));
            }
        }
    }
    let bytes = |keys: &[&str]| keys.iter().map(|key| text(sent, key).len()).sum::<usize>();
    if bytes(&["zipCode1", "zipCode2"]) > 20 {
        check.fault("SIM_TOO_LONG", "（模擬）郵便番号は合わせて20バイト以内です。");
    }
    if bytes(&PHONES) > 32 {
        check.fault("SIM_TOO_LONG", "（模擬）電話番号は合わせて32バイト以内です。");
    }
    fields
}

fn lay_item(package: &mut Object, sent: &Object, basis: Basis, check: &mut Check) {
    let mut fields: Vec<(&'static str, Value)> = Vec::new();
    let id = check.need_int(sent, "itemDetailId");
    if let Some(name) = check.need_text(sent, "itemName") {
        check.length("itemName", &name, 1_000);
        fields.push(("itemName", name.into()));
    }
    for (key, limit) in [("itemNumber", 125), ("selectedChoice", 4_000)] {
        match check.text(sent, key) {
            Sent::Missing => {}
            Sent::Empty => fields.push((key, Value::Null)),
            Sent::Set(words) => {
                check.length(key, &words, limit);
                fields.push((key, words.into()));
            }
        }
    }
    for key in ["price", "units"] {
        if let Some(amount) = check.need_int(sent, key)
            && in_range(amount, key, check)
        {
            fields.push((key, amount.into()));
        }
    }
    if int(sent, "price").saturating_mul(int(sent, "units")) > LINE_MAX {
        check.fault("SIM_RANGE", format!("（模擬）単価×個数は{LINE_MAX}までです。"));
    }
    if basis.coupons && int(sent, "units") > COUPON_UNITS_MAX {
        check.fault("SIM_RANGE", format!("（模擬）クーポン利用注文の個数は{COUPON_UNITS_MAX}までです。"));
    }
    if let Some(percent) = need_rate(sent, "taxRate", check) {
        fields.push(("taxRate", rate(percent)));
    }
    for key in ["includePostageFlag", "includeTaxFlag", "includeCashOnDeliveryPostageFlag"] {
        if let Some(flag) = need_flag(sent, key, check) {
            fields.push((key, flag.into()));
        }
    }
    fields
        .push(("restoreInventoryFlag", check.int_among(sent, "restoreInventoryFlag", &[0, 1, 2]).unwrap_or(0).into()));
    if let Some(delete) = check.int_among(sent, "deleteItemFlag", &[0, 1]) {
        fields.push(("deleteItemFlag", delete.into()));
    }
    let Some(id) = id else { return };
    let Some(item) = objects_mut(package, "ItemModelList").find(|item| int(item, "itemDetailId") == id) else {
        check.fault("SIM_ITEM_NOT_FOUND", format!("（模擬）商品明細ID {id} はこの送付先にありません。"));
        return;
    };
    for (key, value) in fields {
        put(item, key, value);
    }
    for sku in objects(sent, "SkuModelList") {
        lay_sku(item, sku, check);
    }
}

fn lay_sku(item: &mut Object, sent: &Object, check: &mut Check) {
    let Some(variant) = check.need_text(sent, "variantId") else {
        return;
    };
    let Some(stored) = objects_mut(item, "SkuModelList").find(|sku| text(sku, "variantId") == variant) else {
        check.fault("SIM_VARIANT", format!("（模擬）SKU管理番号{variant}は変更できません。"));
        return;
    };
    let multi = !text(stored, "skuInfo").is_empty();
    if multi && sent.get("skuInfo").is_none_or(is_empty) {
        check.fault("139", "（模擬）複数SKUの商品にはSKU情報を指定して下さい。");
    }
    for key in ["merchantDefinedSkuId", "skuInfo"] {
        match check.text(sent, key) {
            Sent::Missing => {}
            Sent::Empty => put(stored, key, Value::Null),
            Sent::Set(words) => put(stored, key, words),
        }
    }
}

/// Destinations and items that the request leaves out: kept, refused or deleted by the shop's switch.
fn mind_omissions(order: &mut Object, sent: &[&Object], omitted: Omitted, check: &mut Check) {
    if omitted == Omitted::Keep {
        return;
    }
    let baskets: BTreeSet<i64> = sent.iter().map(|package| int(package, "basketId")).collect();
    let items: BTreeSet<i64> = sent
        .iter()
        .flat_map(|package| objects(package, "ItemModelList"))
        .map(|item| int(item, "itemDetailId"))
        .collect();
    let mut refuse =
        |what: &str, id: i64| check.fault("SIM_OMITTED", format!("（模擬）{what} {id} が指定されていません。"));
    for package in objects_mut(order, "PackageModelList").filter(|package| money::is_live_package(package)) {
        let basket = int(package, "basketId");
        if !baskets.contains(&basket) {
            match omitted {
                Omitted::Delete => put(package, "packageDeleteFlag", 1),
                Omitted::Reject | Omitted::Keep => refuse("送付先ID", basket),
            }
            continue;
        }
        for item in objects_mut(package, "ItemModelList").filter(|item| money::is_live_item(item)) {
            let id = int(item, "itemDetailId");
            if !items.contains(&id) {
                match omitted {
                    Omitted::Delete => put(item, "deleteItemFlag", 1),
                    Omitted::Reject | Omitted::Keep => refuse("商品明細ID", id),
                }
            }
        }
    }
}

fn lay_coupons(order: &mut Object, body: &Object, check: &mut Check) {
    const KEY: &str = "CouponModelList";
    let used = objects(order, KEY).next().is_some();
    let sent = match body.get(KEY) {
        None if used => {
            check.missing(KEY);
            return;
        }
        Some(value) if is_empty(value) && used => {
            check.empty(KEY);
            return;
        }
        None => return,
        Some(value) if is_empty(value) => return,
        Some(_) => check.need_objects(body, KEY).unwrap_or_default(),
    };
    let mut taken: BTreeSet<usize> = BTreeSet::new();
    for coupon in sent {
        let code = check.need_text(coupon, "couponCode");
        let price = check.need_int(coupon, "couponPrice");
        let units = check.need_int(coupon, "couponUnit");
        let item = check.need_int(coupon, "itemId");
        let (Some(code), Some(price), Some(units), Some(item)) = (code, price, units, item) else {
            continue;
        };
        let found = objects_mut(order, KEY).enumerate().find(|(place, stored)| {
            !taken.contains(place) && text(stored, "couponCode") == code && int(stored, "itemId") == item
        });
        let Some((place, stored)) = found else {
            check.fault("SIM_COUPON_NOT_FOUND", format!("（模擬）クーポン{code}はこの注文で利用されていません。"));
            continue;
        };
        taken.insert(place);
        if price < 0 || units < 0 {
            check.format(if price < 0 { "couponPrice" } else { "couponUnit" });
        } else if price > int(stored, "couponPrice") || units > int(stored, "couponUnit") {
            check.fault("SIM_COUPON_RAISED", format!("（模擬）クーポン{code}の割引単価と利用数は増やせません。"));
        } else {
            put(stored, "couponPrice", price);
            put(stored, "couponUnit", units);
        }
    }
}

/// Keeps the points used within what is owed; true when some were given back.
fn clamp_points(order: &mut Object, switches: &Switches, check: &mut Check) -> bool {
    let Some(owed) = money::grand_total(order).map(|owed| owed.max(0)) else {
        return false;
    };
    if money::used_points(order) <= owed {
        return false;
    }
    if switches.points == Points::Reject {
        check.fault("SIM_POINTS", "（模擬）合計金額が利用ポイントを下回ります。");
        return false;
    }
    if let Some(Value::Object(point)) = order.get_mut("PointModel") {
        put(point, "usedPoint", owed);
    }
    money::recalculate(order, switches.tax_rounding);
    true
}

fn record_change(world: &mut World, place: usize, detail: Option<i64>, reason: Option<i64>, waits: bool, now: Moment) {
    let stamp = now.api();
    let done = (!waits).then_some(&stamp);
    let fields = json!({
        "changeType": if waits { 4 } else { 6 },
        "changeTypeDetail": detail,
        "changeReason": reason.map(names::reason_side),
        "changeReasonDetail": reason,
        "changeApplyDatetime": stamp,
        "changeFixDatetime": done,
        "changeCmplDatetime": done,
    });
    world.add_change(place, fields);
}
