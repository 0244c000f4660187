//! The requests that move money, complete: updateOrderSender (before and after shipping) and the cancel
//! calls. An amendment is laid on the order as read just now and the whole picture is said again: every
//! destination, item, coupon and wrapping, with nothing but the wanted values changed. Only the keys that
//! the call documents are written; those RMS reads as "erase" when empty are left out when empty.

use super::lay;
use crate::model::batch::Op;
use crate::model::change::{Amendment, Cancellation};
use crate::model::money::TaxRate;
use crate::model::order::{Coupon, Item, Order, Package, Sender, Sku, Wrapping};
use crate::model::wish::Restock;
use serde_json::{Map, Value, json};

/// Which call carries an amendment.
pub fn sender_op(amendment: &Amendment) -> Op {
    if amendment.after_shipping { Op::UpdateOrderSenderAfterShipping } else { Op::UpdateOrderSender }
}

/// Which call carries a cancellation.
pub fn cancel_op(cancellation: &Cancellation) -> Op {
    if cancellation.after_shipping { Op::CancelOrderAfterShipping } else { Op::CancelOrder }
}

/// The body of updateOrderSender / updateOrderSenderAfterShipping.
pub fn sender(order: &Order, amendment: &Amendment) -> Value {
    let laid = lay(order, amendment);
    let mut body = Map::new();
    body.insert("orderNumber".into(), json!(laid.order_number));
    if let Some(reason) = amendment.reason {
        body.insert("reductionReason".into(), json!(reason.0));
    }
    for (key, model) in [("WrappingModel1", &laid.wrapping_model1), ("WrappingModel2", &laid.wrapping_model2)] {
        if let Some(model) = model.as_ref().filter(|model| model.delete_wrapping_flag == 0) {
            body.insert(key.into(), wrapping(model));
        }
    }
    body.insert("PackageModelList".into(), laid.destinations().map(package).collect());
    if !laid.coupon_model_list.is_empty() {
        body.insert("CouponModelList".into(), laid.coupon_model_list.iter().map(coupon).collect());
    }
    Value::Object(body)
}

/// The body of cancelOrder / cancelOrderAfterShipping.
pub fn cancel(order: &Order, cancellation: &Cancellation) -> Value {
    let restock = match cancellation.restock {
        Restock::AsItem => 0,
        Restock::Restore => 1,
        Restock::Keep => 2,
    };
    json!({
        "orderNumber": order.order_number,
        "inventoryRestoreType": restock,
        "changeReasonDetailApply": cancellation.reason.0,
    })
}

/// A rate as the call lists it: whole numbers without a fraction.
fn rate(rate: TaxRate) -> Value {
    if rate == TaxRate::ZERO { json!(0) } else { json!(rate) }
}

/// Puts a text that is there and not empty; an empty one would erase.
fn put_text(into: &mut Map<String, Value>, key: &str, text: Option<&String>) {
    if let Some(text) = text.filter(|text| !text.is_empty()) {
        into.insert(key.into(), json!(text));
    }
}

fn put_rate(into: &mut Map<String, Value>, key: &str, known: Option<TaxRate>) {
    if let Some(known) = known {
        into.insert(key.into(), rate(known));
    }
}

fn wrapping(model: &Wrapping) -> Value {
    let mut out = Map::new();
    out.insert("title".into(), json!(model.title));
    out.insert("name".into(), json!(model.name));
    out.insert("price".into(), json!(model.price.unwrap_or_default()));
    put_rate(&mut out, "taxRate", model.tax_rate);
    out.insert("includeTaxFlag".into(), json!(model.include_tax_flag));
    out.insert("deleteWrappingFlag".into(), json!(0));
    Value::Object(out)
}

fn package(model: &Package) -> Value {
    let mut out = Map::new();
    out.insert("basketId".into(), json!(model.basket_id));
    out.insert("postagePrice".into(), json!(model.postage_price));
    put_rate(&mut out, "postageTaxRate", model.postage_tax_rate);
    out.insert("deliveryPrice".into(), json!(model.delivery_price));
    put_rate(&mut out, "deliveryTaxRate", model.delivery_tax_rate);
    put_text(&mut out, "noshi", model.noshi.as_ref());
    out.insert("packageDeleteFlag".into(), json!(0));
    out.insert("SenderModel".into(), address(&model.sender_model));
    out.insert("ItemModelList".into(), model.items().map(item).collect());
    Value::Object(out)
}

fn address(model: &Sender) -> Value {
    let mut out = Map::new();
    for (key, text) in [
        ("zipCode1", &model.zip_code1),
        ("zipCode2", &model.zip_code2),
        ("prefecture", &model.prefecture),
        ("city", &model.city),
        ("subAddress", &model.sub_address),
        ("familyName", &model.family_name),
    ] {
        out.insert(key.into(), json!(text));
    }
    put_text(&mut out, "firstName", model.first_name.as_ref());
    put_text(&mut out, "familyNameKana", model.family_name_kana.as_ref());
    put_text(&mut out, "firstNameKana", model.first_name_kana.as_ref());
    for (key, text) in [
        ("phoneNumber1", &model.phone_number1),
        ("phoneNumber2", &model.phone_number2),
        ("phoneNumber3", &model.phone_number3),
    ] {
        // The keys are needed even where RMS holds one of the three as null.
        out.insert(key.into(), json!(text.clone().unwrap_or_default()));
    }
    Value::Object(out)
}

fn item(model: &Item) -> Value {
    let mut out = Map::new();
    out.insert("itemDetailId".into(), json!(model.item_detail_id));
    out.insert("itemName".into(), json!(model.item_name));
    put_text(&mut out, "itemNumber", model.item_number.as_ref());
    out.insert("price".into(), json!(model.price));
    put_rate(&mut out, "taxRate", model.tax_rate);
    out.insert("units".into(), json!(model.units));
    out.insert("includePostageFlag".into(), json!(model.include_postage_flag));
    out.insert("includeTaxFlag".into(), json!(model.include_tax_flag));
    out.insert("includeCashOnDeliveryPostageFlag".into(), json!(model.include_cash_on_delivery_postage_flag));
    put_text(&mut out, "selectedChoice", model.selected_choice.as_ref());
    out.insert("restoreInventoryFlag".into(), json!(model.restore_inventory_flag));
    out.insert("deleteItemFlag".into(), json!(0));
    if !model.sku_model_list.is_empty() {
        out.insert("SkuModelList".into(), model.sku_model_list.iter().map(sku).collect());
    }
    Value::Object(out)
}

fn sku(model: &Sku) -> Value {
    let mut out = Map::new();
    out.insert("variantId".into(), json!(model.variant_id));
    put_text(&mut out, "merchantDefinedSkuId", model.merchant_defined_sku_id.as_ref());
    put_text(&mut out, "skuInfo", model.sku_info.as_ref());
    Value::Object(out)
}

fn coupon(model: &Coupon) -> Value {
    json!({
        "couponCode": model.coupon_code,
        "couponPrice": model.coupon_price,
        "couponUnit": model.coupon_unit,
        "itemId": model.item_id,
    })
}
