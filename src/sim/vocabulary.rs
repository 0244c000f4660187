//! The keys that requests may hold, for the switch that refuses all others.
//!
//! By default unknown keys are ignored, as production does.

use serde_json::Value;

use super::value::Object;

fn known(op: &str) -> &'static [&'static str] {
    match op {
        "searchOrder" => &[
            "orderProgressList",
            "subStatusIdList",
            "dateType",
            "startDatetime",
            "endDatetime",
            "orderTypeList",
            "settlementMethod",
            "deliveryName",
            "shippingDateBlankFlag",
            "shippingNumberBlankFlag",
            "searchKeywordType",
            "searchKeyword",
            "mailSendType",
            "ordererMailAddress",
            "phoneNumberType",
            "phoneNumber",
            "reserveNumber",
            "purchaseSiteType",
            "asurakuFlag",
            "couponUseFlag",
            "drugFlag",
            "overseasFlag",
            "oneDayOperationFlag",
            "PaginationRequestModel",
            "requestRecordsAmount",
            "requestPage",
            "SortModelList",
            "sortColumn",
            "sortDirection",
        ],
        "getOrder" => &["orderNumberList", "version"],
        "confirmOrder" => &["orderNumberList"],
        "updateOrderShipping" | "updateOrderShippingAsync" => &[
            "OrderShippingModelList",
            "orderNumber",
            "BasketidModelList",
            "basketId",
            "ShippingModelList",
            "shippingDetailId",
            "deliveryCompany",
            "shippingNumber",
            "shippingDate",
            "shippingDeleteFlag",
        ],
        "getResultUpdateOrderShippingAsync" => &["requestId"],
        "updateOrderSubStatus" => &["subStatusId", "orderNumberList"],
        "updateOrderMemo" => &[
            "orderNumber",
            "subStatusId",
            "deliveryClass",
            "deliveryDate",
            "shippingTerm",
            "memo",
            "operator",
            "mailPlugSentence",
        ],
        "updateOrderRemarks" => &["orderNumber", "giftCheck", "remarks"],
        "updateOrderSender" | "updateOrderSenderAfterShipping" => &[
            "orderNumber",
            "reductionReason",
            "taxRecalcFlag",
            "WrappingModel1",
            "WrappingModel2",
            "title",
            "name",
            "price",
            "taxRate",
            "includeTaxFlag",
            "deleteWrappingFlag",
            "PackageModelList",
            "basketId",
            "postagePrice",
            "postageTaxRate",
            "deliveryPrice",
            "deliveryTaxRate",
            "goodsTax",
            "noshi",
            "packageDeleteFlag",
            "SenderModel",
            "zipCode1",
            "zipCode2",
            "prefecture",
            "city",
            "subAddress",
            "familyName",
            "firstName",
            "familyNameKana",
            "firstNameKana",
            "phoneNumber1",
            "phoneNumber2",
            "phoneNumber3",
            "ItemModelList",
            "itemDetailId",
            "itemName",
            "itemNumber",
            "units",
            "includePostageFlag",
            "includeCashOnDeliveryPostageFlag",
            "selectedChoice",
            "restoreInventoryFlag",
            "deleteItemFlag",
            "SkuModelList",
            "variantId",
            "merchantDefinedSkuId",
            "skuInfo",
            "dropOffLocation",
            "CouponModelList",
            "couponCode",
            "couponPrice",
            "couponUnit",
            "itemId",
            "afterSettlementMethodCode",
        ],
        "cancelOrder" | "cancelOrderAfterShipping" => {
            &["orderNumber", "inventoryRestoreType", "changeReasonDetailApply"]
        }
        "updateOrderOrderer" => &[
            "orderNumber",
            "reductionReason",
            "OrdererModel",
            "zipCode1",
            "zipCode2",
            "prefecture",
            "city",
            "subAddress",
            "familyName",
            "firstName",
            "familyNameKana",
            "firstNameKana",
            "phoneNumber1",
            "phoneNumber2",
            "phoneNumber3",
            "emailAddress",
            "sex",
            "birthYear",
            "birthMonth",
            "birthDay",
        ],
        "updateOrderDelivery" => &["orderNumber", "deliveryName"],
        "getPayment" => &["orderNumber", "version"],
        _ => &[],
    }
}

/// The first key of the request, at any depth, that the operation does not know.
pub fn unknown_key(op: &str, body: &Object) -> Option<String> {
    fn walk(value: &Value, known: &[&str]) -> Option<String> {
        match value {
            Value::Object(map) => {
                map.iter().find_map(
                    |(key, value)| {
                        if known.contains(&key.as_str()) { walk(value, known) } else { Some(key.clone()) }
                    },
                )
            }
            Value::Array(list) => list.iter().find_map(|value| walk(value, known)),
            _ => None,
        }
    }
    let known = known(op);
    body.iter().find_map(
        |(key, value)| {
            if known.contains(&key.as_str()) { walk(value, known) } else { Some(key.clone()) }
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(op: &str, body: Value, expect: Option<&str>) {
        assert_eq!(unknown_key(op, body.as_object().unwrap()).as_deref(), expect);
    }

    #[test]
    fn keys() {
        check("getOrder", serde_json::json!({"orderNumberList": ["1"], "version": 10}), None);
        check("getOrder", serde_json::json!({"orderNumberList": ["1"], "verison": 10}), Some("verison"));
        check(
            "searchOrder",
            serde_json::json!({"PaginationRequestModel": {"sortModelList": []}}),
            Some("sortModelList"),
        );
    }
}
