//! searchOrder: finding order numbers by date, state and the manual's other filters.
//!
//! Works on what reads show at the moment, so a stale picture is searched too. Reads only.

use serde_json::{Value, json};

use super::clock::{DAY, Moment, parse_date};
use super::value::{Object, as_int, int, int_maybe, objects, text};
use super::wire::{Check, Message, Reply, Subject, list};
use super::world::{World, is_too_old, shipping_days};

const SUBJECT: Subject = "SEARCH_ORDER";
const SPAN_DAYS: i64 = 63;
const PAST_DAYS: i64 = 730;
/// Numbers after this one cannot be reached.
const CEILING: usize = 15_000;
const PAGE_MAX: i64 = 1_000;

struct Query {
    date_type: i64,
    start: Moment,
    end: Moment,
    progress: Option<Vec<i64>>,
    sub_status: Option<Vec<i64>>,
    order_types: Option<Vec<i64>>,
    settlement: Option<i64>,
    delivery: Option<String>,
    date_blank: bool,
    number_blank: bool,
    keyword_type: i64,
    keyword: String,
    mail_type: i64,
    mail: Option<String>,
    phone_type: i64,
    phone: Option<String>,
    reserve: Option<String>,
    site: i64,
    flags: Vec<&'static str>,
    overseas: bool,
    per_page: i64,
    page: i64,
    ascending: bool,
}

pub fn search(world: &World, body: &Object, now: Moment) -> Reply {
    let mut check = Check::new(SUBJECT);
    let Some(query) = read(body, now, &mut check).filter(|_| check.is_clean()) else {
        return Reply::json(
            400,
            json!({ "orderNumberList": null, "MessageModelList": list(&check.messages), "PaginationResponseModel": null }),
        );
    };
    let mut found: Vec<(Moment, String)> = (0..world.orders.len())
        .map(|place| (place, world.seen(place, now)))
        .filter(|(_, order)| !is_too_old(order, now))
        .filter(|(place, order)| matches(&query, order, &world.orders[*place].payments))
        .map(|(_, order)| {
            (Moment::parse_kindly(&text(order, "orderDatetime")).unwrap_or(Moment(0)), text(order, "orderNumber"))
        })
        .collect();
    found.sort();
    if !query.ascending {
        found.reverse();
    }
    found.truncate(CEILING);
    let total = found.len();
    let (page, per_page) = (query.page.unsigned_abs() as usize, query.per_page.unsigned_abs() as usize);
    let numbers: Vec<String> =
        found.into_iter().skip((page - 1).saturating_mul(per_page)).take(per_page).map(|(_, number)| number).collect();
    if numbers.is_empty() {
        let message = Message::info(SUBJECT, "102", "（模擬）該当する注文はありませんでした。");
        return Reply::json(
            200,
            json!({ "orderNumberList": [], "MessageModelList": list(&[message]),
                "PaginationResponseModel": { "totalRecordsAmount": null, "totalPages": null, "requestPage": null } }),
        );
    }
    let message = Message::info(SUBJECT, "101", "注文検索に成功しました。");
    Reply::json(
        200,
        json!({ "orderNumberList": numbers, "MessageModelList": list(&[message]),
            "PaginationResponseModel": { "totalRecordsAmount": total, "totalPages": total.div_ceil(per_page), "requestPage": page } }),
    )
}

fn read(body: &Object, now: Moment, check: &mut Check) -> Option<Query> {
    let date_type = check.need_int(body, "dateType");
    if date_type.is_some_and(|kind| !(1..=6).contains(&kind)) {
        check.format("dateType");
    }
    let start = moment(body, "startDatetime", check);
    let end = moment(body, "endDatetime", check);
    if let (Some(start), Some(end)) = (start, end) {
        if end < start {
            check.fault("SIM_END_BEFORE_START", "（模擬）期間検索終了日時が開始日時より前です。");
        } else if end.0 - start.0 > SPAN_DAYS * DAY {
            check.fault("SIM_SPAN", format!("（模擬）検索期間は{SPAN_DAYS}日以内です。"));
        }
        if start < now.plus(-PAST_DAYS * DAY) {
            check.fault("SIM_TOO_OLD", format!("（模擬）検索できるのは過去{PAST_DAYS}日以内です。"));
        }
    }
    let states = [100, 200, 300, 400, 500, 600, 700, 800, 900];
    let progress = ints(body, "orderProgressList", Some(&states), check);
    let sub_status = ints(body, "subStatusIdList", None, check);
    if sub_status.as_deref() == Some(&[-1]) && progress.is_none() {
        check.missing("orderProgressList");
    }
    let order_types = ints(body, "orderTypeList", Some(&[1, 4, 5, 6]), check);
    let settlement = check.int(body, "settlementMethod").set();
    let delivery = check.text(body, "deliveryName").set();
    let mut flag = |key| check.int_among(body, key, &[0, 1]) == Some(1);
    let (date_blank, number_blank) = (flag("shippingDateBlankFlag"), flag("shippingNumberBlankFlag"));
    let overseas = flag("overseasFlag");
    let flags = ["asurakuFlag", "couponUseFlag", "drugFlag", "oneDayOperationFlag"]
        .into_iter()
        .filter(|key| flag(key))
        .collect();
    let keyword_type = check.int_among(body, "searchKeywordType", &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]).unwrap_or(0);
    let keyword = check.text(body, "searchKeyword").set().unwrap_or_default().trim().to_owned();
    let limit = match keyword_type {
        1 => 1_024,
        2 => 127,
        3 => 1_000,
        4..=6 => 254,
        7 => 40,
        8 => 96,
        9 => 400,
        _ => 4_000,
    };
    check.length("searchKeyword", &keyword, limit);
    let mail_type = check.int_among(body, "mailSendType", &[0, 1, 2]).unwrap_or(0);
    let mail = check.text(body, "ordererMailAddress").set();
    let phone_type = check.int_among(body, "phoneNumberType", &[1, 2]);
    let phone = check.text(body, "phoneNumber").set();
    if phone.is_some() && !body.contains_key("phoneNumberType") {
        check.missing("phoneNumberType");
    }
    let reserve = check.text(body, "reserveNumber").set();
    let site = check.int_among(body, "purchaseSiteType", &[0, 1, 2, 3, 4]).unwrap_or(0);
    let (mut per_page, mut page, mut ascending) = (30, 1, false);
    if body.get("PaginationRequestModel").is_some_and(|model| !model.is_null())
        && let Some(model) = check.need_object(body, "PaginationRequestModel")
    {
        per_page = check.need_int(model, "requestRecordsAmount").unwrap_or(30);
        page = check.need_int(model, "requestPage").unwrap_or(1);
        if !(1..=PAGE_MAX).contains(&per_page) {
            check.format("requestRecordsAmount");
        }
        if page < 1 {
            check.format("requestPage");
        }
        for sort in objects(model, "SortModelList") {
            if check.need_int(sort, "sortColumn").is_some_and(|column| column != 1) {
                check.format("sortColumn");
            }
            match check.need_int(sort, "sortDirection") {
                Some(1) => ascending = true,
                Some(2) | None => ascending = false,
                Some(_) => check.format("sortDirection"),
            }
        }
    }
    Some(Query {
        date_type: date_type?,
        start: start?,
        end: end?,
        progress,
        sub_status,
        order_types,
        settlement,
        delivery,
        date_blank,
        number_blank,
        keyword_type,
        keyword,
        mail_type,
        mail,
        phone_type: phone_type.unwrap_or(1),
        phone,
        reserve,
        site,
        flags,
        overseas,
        per_page,
        page,
        ascending,
    })
}

fn moment(body: &Object, key: &str, check: &mut Check) -> Option<Moment> {
    let words = check.need(body, key)?;
    let moment = words.as_str().and_then(Moment::parse_api);
    if moment.is_none() {
        check.format(key);
    }
    moment
}

fn ints(body: &Object, key: &str, allowed: Option<&[i64]>, check: &mut Check) -> Option<Vec<i64>> {
    let value = body.get(key).filter(|value| !super::value::is_empty(value))?;
    let Some(entries) = value.as_array() else {
        check.format(key);
        return None;
    };
    let numbers: Vec<i64> = entries.iter().filter_map(as_int).collect();
    let wrong = |number: &i64| allowed.is_some_and(|allowed| !allowed.contains(number));
    if numbers.len() != entries.len() || numbers.iter().any(wrong) {
        check.format(key);
        return None;
    }
    Some(numbers)
}

fn matches(query: &Query, order: &Object, payments: &Option<Vec<Value>>) -> bool {
    in_period(query, order, payments)
        && query.progress.as_ref().is_none_or(|states| states.contains(&int(order, "orderProgress")))
        && query.sub_status.as_ref().is_none_or(|ids| match int_maybe(order, "subStatusId") {
            Some(id) => ids.contains(&id),
            None => ids.contains(&-1),
        })
        && query.order_types.as_ref().is_none_or(|types| types.contains(&int(order, "orderType")))
        && query.settlement.is_none_or(|code| int(part(order, "SettlementModel"), "settlementMethodCode") == code)
        && query.delivery.as_ref().is_none_or(|name| text(part(order, "DeliveryModel"), "deliveryName") == *name)
        && (!query.date_blank || has_blank(order, "shippingDate"))
        && (!query.number_blank || has_blank(order, "shippingNumber"))
        && (query.keyword.is_empty()
            || query.keyword_type == 0
            || has_keyword(order, query.keyword_type, &query.keyword))
        && has_mail(query, order)
        && query.phone.as_ref().is_none_or(|phone| has_phone(order, query.phone_type, phone))
        && query.reserve.as_ref().is_none_or(|number| text(order, "reserveNumber") == *number)
        && is_from_site(query.site, int(order, "carrierCode"))
        && !query.overseas
        && query.flags.iter().all(|flag| match *flag {
            "couponUseFlag" => objects(order, "CouponModelList").next().is_some(),
            other => int(order, other) == 1,
        })
}

fn part<'a>(order: &'a Object, key: &str) -> &'a Object {
    static NOTHING: std::sync::LazyLock<Object> = std::sync::LazyLock::new(Object::new);
    order.get(key).and_then(Value::as_object).unwrap_or(&NOTHING)
}

fn in_period(query: &Query, order: &Object, payments: &Option<Vec<Value>>) -> bool {
    let within = |moment: Moment| query.start <= moment && moment <= query.end;
    let time = |key: &str| Moment::parse_kindly(&text(order, key)).is_some_and(within);
    match query.date_type {
        1 => time("orderDatetime"),
        2 => time("shopOrderCfmDatetime"),
        3 => time("orderFixDatetime"),
        4 => shipping_days(order).any(|day| query.start.date() <= day && day <= query.end.date()),
        5 => time("shippingCmplRptDatetime"),
        _ => super::payment::settled_at(order, payments.as_deref()).is_some_and(within),
    }
}

/// A destination without rows, or a row in which this key is empty.
fn has_blank(order: &Object, key: &str) -> bool {
    objects(order, "PackageModelList").filter(|package| int(package, "packageDeleteFlag") == 0).any(|package| {
        let mut rows = objects(package, "ShippingModelList").peekable();
        let blank = |row: &Object| match key {
            "shippingDate" => parse_date(&text(row, key)).is_none(),
            _ => text(row, key).is_empty(),
        };
        rows.peek().is_none() || rows.any(blank)
    })
}

fn has_keyword(order: &Object, kind: i64, keyword: &str) -> bool {
    let squeeze = |words: String| words.split_whitespace().collect::<String>();
    let wanted = squeeze(keyword.to_owned());
    let holds = |words: String| squeeze(words).contains(&wanted);
    let name = |person: &Object, family: &str, first: &str| text(person, family) + &text(person, first);
    let items = || objects(order, "PackageModelList").flat_map(|package| objects(package, "ItemModelList"));
    let skus = || items().flat_map(|item| objects(item, "SkuModelList"));
    match kind {
        1 => items().any(|item| holds(text(item, "itemName"))),
        2 => items().any(|item| holds(text(item, "itemNumber"))),
        3 => holds(text(order, "memo")),
        4 => holds(name(part(order, "OrdererModel"), "familyName", "firstName")),
        5 => holds(name(part(order, "OrdererModel"), "familyNameKana", "firstNameKana")),
        6 => objects(order, "PackageModelList")
            .any(|package| holds(name(part(package, "SenderModel"), "familyName", "firstName"))),
        7 => skus().any(|sku| text(sku, "variantId") == keyword),
        8 => skus().any(|sku| text(sku, "merchantDefinedSkuId") == keyword),
        _ => skus().any(|sku| holds(text(sku, "skuInfo"))),
    }
}

fn has_mail(query: &Query, order: &Object) -> bool {
    let mobile = int(order, "emailCarrierCode") != 0;
    query.mail.as_ref().is_none_or(|mail| {
        text(part(order, "OrdererModel"), "emailAddress") == *mail
            && match query.mail_type {
                1 => !mobile,
                2 => mobile,
                _ => true,
            }
    })
}

fn has_phone(order: &Object, kind: i64, phone: &str) -> bool {
    let bare = |words: &str| words.chars().filter(char::is_ascii_digit).collect::<String>();
    let wanted = bare(phone);
    let of = |person: &Object| {
        ["phoneNumber1", "phoneNumber2", "phoneNumber3"].iter().map(|key| text(person, key)).collect::<String>()
            == wanted
    };
    match kind {
        1 => of(part(order, "OrdererModel")),
        _ => objects(order, "PackageModelList").any(|package| of(part(package, "SenderModel"))),
    }
}

fn is_from_site(site: i64, carrier: i64) -> bool {
    match site {
        1 => carrier == 0,
        2 => matches!(carrier, 1 | 2 | 3 | 5),
        3 => matches!(carrier, 11 | 12 | 19),
        4 => matches!(carrier, 21 | 22 | 29),
        _ => true,
    }
}
