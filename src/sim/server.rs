//! The HTTP side: paths, methods, media types, and what a fault file makes of an answer.
//!
//! Asks the gateway's questions in the gateway's order, hands the body to the operation, and breaks the answer
//! where a rule says so. What operations mean is none of its business.

#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "the pretend RMS has a clock of its own")]

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body as AxumBody, Bytes, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use serde_json::{Value, json};

use super::clock::Moment;
use super::faults::{Kind, Met, Strike, Strikes, is_write};
use super::line::{Plan, Valve};
use super::value::{Object, as_text};
use super::wire::{Body, Reply};
use super::world::World;
use super::{cancel, confirm, desk, get, key, marks, orderer, payment, queue, search, sender, shipping};

const BODY_MAX: usize = 64 << 20;
const EXPIRY_PATH: &str = "/es/1.0/license-management/license-key/expiry-date";
const ORDER_PATH: &str = "/es/2.0/order/";

/// The operations that exist. `simulateCouponAmount` does not: nobody outside knows what it says.
const OPERATIONS: [&str; 17] = [
    "searchOrder",
    "getOrder",
    "confirmOrder",
    "updateOrderShipping",
    "updateOrderShippingAsync",
    "getResultUpdateOrderShippingAsync",
    "getSubStatusList",
    "updateOrderSubStatus",
    "updateOrderMemo",
    "updateOrderRemarks",
    "updateOrderSender",
    "updateOrderSenderAfterShipping",
    "cancelOrder",
    "cancelOrderAfterShipping",
    "updateOrderOrderer",
    "updateOrderDelivery",
    "getPayment",
];

pub const MAINTENANCE_PAGE: &str = "<!DOCTYPE html><html lang=\"ja\"><head><meta charset=\"utf-8\"><title>メンテナンス</title></head>\
<body><h1>ただいまメンテナンス中です</h1><p>しばらくお待ちください。</p></body></html>";
const LOGIN_PAGE: &str =
    "<!DOCTYPE html><html><head><title>Sign in</title></head><body><form>user <input></form></body></html>";

/// Shared by all connections.
pub struct Shared {
    world: Mutex<World>,
    last_call: Mutex<Option<Instant>>,
}

impl Shared {
    pub fn new(world: World) -> Shared {
        Shared { world: Mutex::new(world), last_call: Mutex::new(None) }
    }

    fn world(&self) -> MutexGuard<'_, World> {
        // A panic in one call must not take the shop away from all others.
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub fn router(shared: Arc<Shared>) -> Router {
    Router::new().fallback(handle).with_state(shared)
}

/// What a caller sent, already in memory.
struct Call {
    method: Method,
    path: String,
    query: String,
    headers: HeaderMap,
    body: Bytes,
}

async fn handle(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(valve): ConnectInfo<Valve>,
    request: Request,
) -> Response {
    valve.set(Plan::Whole);
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_MAX).await else {
        return respond(&shared, Reply::gateway(400, "ES04-01", "Bad Request"), false, Vec::new());
    };
    let call = Call {
        method: parts.method,
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        body,
    };
    if let Some(place) = call.path.strip_prefix("/_simulator") {
        let reply = {
            let mut world = shared.world();
            let now = world.settle();
            desk::answer(&mut world, call.method.as_str(), place, &call.body, now)
        };
        return respond(&shared, reply, false, Vec::new());
    }
    let answers = Instant::now() + latency(&shared);
    let response = meet(shared, valve, call).await;
    tokio::time::sleep_until(answers.into()).await;
    response
}

/// How long this call takes at least.
fn latency(shared: &Shared) -> Duration {
    let mut world = shared.world();
    let [least, most] = world.switches().latency_ms;
    // No chance is used up where none is asked for, so that the other seeds mean what they meant.
    let ms = if most > 0 { world.dice.between(least, most) } else { 0 };
    Duration::from_millis(ms.unsigned_abs())
}

/// One call of the API from the gateway to the answer.
async fn meet(shared: Arc<Shared>, valve: Valve, call: Call) -> Response {
    let op = operation(&call.path);
    let sent: Option<Object> =
        serde_json::from_slice::<Value>(&call.body).ok().and_then(|body| body.as_object().cloned());
    let orders = sent.as_ref().map(order_numbers).unwrap_or_default();
    let too_fast = is_too_fast(&shared);
    let (number, strikes) = {
        let mut world = shared.world();
        let now = world.settle();
        let seed = world.seed;
        let strikes = match op {
            Some(op) => world.faults.strike(&Met { op, orders: &orders, now, seed }),
            None => Strikes::default(),
        };
        let number = note_call(&mut world, &call, op, &orders, &strikes, now);
        (number, strikes)
    };
    let main = strikes.main.clone();
    let kind = main.as_ref().map(|strike| strike.kind);
    let delay = |strike: &Option<Strike>, default_ms: i64| {
        let ms = strike.as_ref().and_then(|strike| strike.rule.delay).map_or(default_ms, |delay| delay.0);
        Duration::from_millis(ms.max(0).unsigned_abs())
    };
    let commit = main.as_ref().and_then(|strike| strike.rule.commit);

    let work = Work { shared: Arc::clone(&shared), call: Arc::new(call), op, sent, orders, strikes, too_fast };
    let mut extra: Vec<(HeaderName, String)> = Vec::new();
    let reply = match kind {
        Some(Kind::Reset) => {
            finish_call(&shared, number, None, "reset before anything was done");
            valve.set(Plan::Reset);
            return respond(&shared, Reply::empty(500), false, Vec::new());
        }
        Some(Kind::Throttle) => {
            let status = main.as_ref().and_then(|strike| strike.rule.status).unwrap_or(work.throttle_status());
            if let Some(seconds) = main.as_ref().and_then(|strike| strike.rule.retry_after) {
                extra.push((header::RETRY_AFTER, seconds.to_string()));
            }
            Reply::empty(status)
        }
        Some(Kind::Maintenance) => Reply::html(503, MAINTENANCE_PAGE),
        Some(Kind::KeyExpired) => key::unauthorised(&shared.world(), op.unwrap_or_default()),
        Some(Kind::LoginPage) => Reply::html(200, LOGIN_PAGE),
        Some(Kind::Redirect) => {
            if commit == Some(true) {
                work.run();
            }
            let to = main.as_ref().and_then(|strike| strike.rule.location.clone());
            // To itself by default: a client that follows sends its write a second time.
            extra.push((header::LOCATION, to.unwrap_or_else(|| work.call.path.clone())));
            Reply::empty(main.as_ref().and_then(|strike| strike.rule.status).unwrap_or(307))
        }
        Some(Kind::Status) => {
            if commit == Some(true) {
                work.run();
            }
            let status = main.as_ref().and_then(|strike| strike.rule.status).unwrap_or(500);
            match main.as_ref().and_then(|strike| strike.rule.body.as_deref()) {
                Some("html") => {
                    Reply::html(status, "<html><head><title>error</title></head><body><h1>error</h1></body></html>")
                }
                Some("empty") => Reply::empty(status),
                _ => Reply::gateway(status, "ES-SIM-500", "Internal Server Error (simulated)"),
            }
        }
        Some(Kind::LateCommit) => {
            let wait = delay(&main, 60_000);
            // On a task of its own, so that it happens even after the caller has hung up.
            let late = tokio::spawn(async move {
                tokio::time::sleep(wait).await;
                let reply = work.run();
                finish_call(&work.shared, number, Some(&reply), "late");
                reply
            });
            let reply = late.await.unwrap_or_else(|_| Reply::empty(500));
            return respond(&shared, reply, false, extra);
        }
        Some(Kind::LateReply) => {
            let reply = work.run();
            finish_call(&shared, number, Some(&reply), "answered late");
            tokio::time::sleep(delay(&main, 60_000)).await;
            return respond(&shared, reply, false, extra);
        }
        Some(Kind::LostReply) => {
            let reply = work.run();
            finish_call(&shared, number, Some(&reply), "reply lost");
            valve.set(Plan::Close);
            return respond(&shared, reply, false, extra);
        }
        Some(Kind::HalfBody) => {
            let reply = if commit == Some(false) {
                Reply::gateway(500, "ES-SIM-500", "half of this is lost")
            } else {
                work.run()
            };
            let bytes = main.as_ref().and_then(|strike| strike.rule.bytes).unwrap_or_else(|| payload(&reply).len() / 2);
            finish_call(&shared, number, Some(&reply), "half a body");
            valve.set(Plan::Half { left: bytes });
            let chunked = main.as_ref().is_some_and(|strike| strike.rule.chunked);
            return respond(&shared, reply, chunked, extra);
        }
        Some(Kind::Trickle) => {
            let bytes = main.as_ref().and_then(|strike| strike.rule.bytes).unwrap_or(1).max(1);
            let pause = main.as_ref().and_then(|strike| strike.rule.pause).map_or(50, |pause| pause.0);
            valve.set(Plan::Drip { bytes, pause: Duration::from_millis(pause.max(0).unsigned_abs()) });
            work.run()
        }
        Some(Kind::Shuffle) => rearranged(work.run(), |messages| messages.reverse()),
        Some(Kind::DropMessage) => rearranged(work.run(), |messages| drop(messages.pop())),
        Some(Kind::StaleReads | Kind::AsyncNever | Kind::AsyncLate | Kind::Person) | None => work.run(),
    };
    finish_call(&shared, number, Some(&reply), "answered");
    respond(&shared, reply, false, extra)
}

/// A call ready to be carried out, now or later.
struct Work {
    shared: Arc<Shared>,
    call: Arc<Call>,
    op: Option<&'static str>,
    sent: Option<Object>,
    orders: Vec<String>,
    strikes: Strikes,
    too_fast: bool,
}

impl Work {
    fn throttle_status(&self) -> u16 {
        self.shared.world().switches().throttle_status
    }

    fn run(&self) -> Reply {
        let mut world = self.shared.world();
        let now = world.settle();
        let world = &mut *world;
        let Some(op) = self.op else {
            return Reply::gateway(404, "ES-SIM-404", "Not Found (simulated)");
        };
        if self.too_fast {
            return Reply::empty(world.switches().throttle_status);
        }
        if let Some(refused) = self.gateway(world, op, now) {
            return refused;
        }
        if op == "license.expiryDate.get" {
            return key::expiry(world, &self.call.query);
        }
        let body = match self.body(world, op) {
            Ok(body) => body,
            Err(refused) => return refused,
        };
        let write = is_write(op);
        self.edit_by_hand(world, write, true, now);
        let stale = self.strikes.companions.iter().find(|strike| strike.kind == Kind::StaleReads);
        let before: Vec<(usize, Object)> = match stale {
            Some(_) if write => self
                .orders
                .iter()
                .filter_map(|number| world.find(number))
                .map(|place| (place, world.orders[place].data.clone()))
                .collect(),
            _ => Vec::new(),
        };
        let reply = perform(world, op, &body, now, &self.strikes.companions);
        for (place, old) in before {
            if world.orders[place].data != old {
                let length = stale.and_then(|strike| strike.rule.delay).map_or(30_000, |delay| delay.0);
                world.show_old(place, old, now.plus(length));
            }
        }
        self.edit_by_hand(world, write, false, now);
        reply
    }

    /// Rules that let a person change an order around this call.
    fn edit_by_hand(&self, world: &mut World, write: bool, before: bool, now: Moment) {
        for strike in self.strikes.companions.iter().filter(|strike| strike.kind == Kind::Person) {
            let early = strike.rule.when.as_deref().map_or(write, |when| when == "before");
            let Some(set) = strike.rule.set.as_ref().filter(|_| early == before) else {
                continue;
            };
            let named = strike.rule.edited_order().map(std::slice::from_ref);
            for number in named.unwrap_or(&self.orders) {
                desk::edit(world, number, set, now);
            }
        }
    }

    /// Method, authentication, media type, rights: `None` when the call may pass.
    fn gateway(&self, world: &World, op: &str, now: Moment) -> Option<Reply> {
        let expected = if op == "license.expiryDate.get" { Method::GET } else { Method::POST };
        if self.call.method != expected {
            let mut reply = Reply::gateway(405, "ES-SIM-405", "Method Not Allowed (simulated)");
            reply.headers.push(("allow", expected.as_str().to_owned()));
            return Some(reply);
        }
        let header = |name| self.call.headers.get(name).and_then(|value| value.to_str().ok());
        if let Some(refused) = key::refuse(world, header(header::AUTHORIZATION), op, now) {
            return Some(refused);
        }
        let content_type = header(header::CONTENT_TYPE).unwrap_or_default();
        (expected == Method::POST && !is_right_type(content_type, world.switches().require_charset))
            .then(|| Reply::gateway(415, "ES04-03", "Unsupported Media Type"))
    }

    /// The body as an object. Nothing, and `null`, are an empty one.
    fn body(&self, world: &World, op: &str) -> Result<Object, Reply> {
        let bad = || Reply::gateway(400, "ES04-01", "Bad Request");
        let switches = world.switches();
        if switches.reject_escaped_japanese && has_escapes(&self.call.body) {
            return Err(bad());
        }
        let bare = self.call.body.trim_ascii();
        let body =
            if bare.is_empty() || bare == b"null" { Object::new() } else { self.sent.clone().ok_or_else(bad)? };
        if switches.reject_unknown_keys
            && let Some(unknown) = super::vocabulary::unknown_key(op, &body)
        {
            return Err(Reply::json(
                400,
                json!({ "MessageModelList": [ { "messageType": "ERROR", "messageCode": "ORDER_EXT_API_SIM_ERROR_SIM_UNKNOWN_KEY",
                    "message": format!("（模擬）{unknown}という項目はありません。") } ] }),
            ));
        }
        Ok(body)
    }
}

fn perform(world: &mut World, op: &str, body: &Object, now: Moment, companions: &[Strike]) -> Reply {
    match op {
        "searchOrder" => search::search(world, body, now),
        "getOrder" => get::orders(world, body, now),
        "confirmOrder" => confirm::confirm(world, body, now),
        "updateOrderShipping" => shipping::update(world, body, now),
        "updateOrderShippingAsync" => queue::accept(world, body, now, companions),
        "getResultUpdateOrderShippingAsync" => queue::result(world, body, now),
        "getSubStatusList" => get::sub_statuses(world),
        "updateOrderSubStatus" => marks::sub_status(world, body, now),
        "updateOrderMemo" => marks::memo(world, body, now),
        "updateOrderRemarks" => marks::remarks(world, body, now),
        "updateOrderSender" => sender::update(world, body, now, sender::Phase::BeforeShipping),
        "updateOrderSenderAfterShipping" => sender::update(world, body, now, sender::Phase::AfterShipping),
        "cancelOrder" => cancel::before_shipping(world, body, now),
        "cancelOrderAfterShipping" => cancel::after_shipping(world, body, now),
        "updateOrderOrderer" => orderer::orderer(world, body, now),
        "updateOrderDelivery" => orderer::delivery(world, body, now),
        "getPayment" => payment::get(world, body),
        _ => Reply::gateway(404, "ES-SIM-404", "Not Found (simulated)"),
    }
}

/// The operation a path names, with or without the closing slash.
fn operation(path: &str) -> Option<&'static str> {
    let path = path.strip_suffix('/').unwrap_or(path);
    if path == EXPIRY_PATH {
        return Some("license.expiryDate.get");
    }
    let name = path.strip_prefix(ORDER_PATH)?;
    OPERATIONS.into_iter().find(|op| *op == name)
}

fn is_right_type(content_type: &str, require_charset: bool) -> bool {
    let mut parts = content_type.split(';').map(str::trim);
    let json = parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case("application/json"));
    let utf8 = parts.any(|parameter| {
        parameter.split_once('=').is_some_and(|(name, value)| {
            name.trim().eq_ignore_ascii_case("charset") && value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
        })
    });
    json && (utf8 || !require_charset)
}

/// An escape (`\u` and four digits) that stands for anything beyond ASCII.
fn has_escapes(body: &[u8]) -> bool {
    let mut at = 0;
    while let Some(byte) = body.get(at) {
        if *byte == b'\\' {
            if body.get(at + 1) == Some(&b'u') && body.get(at + 2..at + 4).is_some_and(|high| high != b"00") {
                return true;
            }
            at += 1;
        }
        at += 1;
    }
    false
}

/// Every order that a request names.
fn order_numbers(body: &Object) -> Vec<String> {
    let mut numbers = Vec::new();
    let many = body.get("OrderShippingModelList").and_then(Value::as_array).into_iter().flatten();
    let one = body.get("orderNumber").into_iter().chain(many.filter_map(|model| model.get("orderNumber")));
    let list = body.get("orderNumberList").and_then(Value::as_array).into_iter().flatten();
    for number in one.chain(list).filter_map(as_text) {
        if !numbers.contains(&number) {
            numbers.push(number);
        }
    }
    numbers
}

fn rearranged(mut reply: Reply, change: impl Fn(&mut Vec<Value>)) -> Reply {
    if let Body::Json(body) = &mut reply.body {
        for key in ["MessageModelList", "ResultShippingModelList", "OrderModelList"] {
            if let Some(Value::Array(entries)) = body.get_mut(key) {
                change(entries);
            }
        }
    }
    reply
}

fn is_too_fast(shared: &Shared) -> bool {
    let pace = shared.world().switches().pace_ms;
    let mut last = shared.last_call.lock().unwrap_or_else(PoisonError::into_inner);
    let now = Instant::now();
    let since = last.replace(now).map(|last| now.duration_since(last));
    pace > 0 && since.is_some_and(|since| since < Duration::from_millis(pace.unsigned_abs()))
}

fn note_call(
    world: &mut World,
    call: &Call,
    op: Option<&str>,
    orders: &[String],
    strikes: &Strikes,
    now: Moment,
) -> usize {
    let kinds: Vec<&str> = strikes.main.iter().chain(&strikes.companions).map(|strike| strike.kind.word()).collect();
    let seq = world.calls.len() + 1;
    world.calls.push(json!({
        "seq": seq, "at": now.api(), "atMs": now.0, "method": call.method.as_str(), "path": call.path, "op": op,
        "orderNumbers": orders, "bytes": call.body.len(), "faults": kinds,
        "outcome": "pending", "status": null, "messageCodes": [],
    }));
    seq - 1
}

fn finish_call(shared: &Shared, number: usize, reply: Option<&Reply>, outcome: &str) {
    let mut world = shared.world();
    let Some(call) = world.calls.get_mut(number) else {
        return;
    };
    call["outcome"] = outcome.into();
    if let Some(reply) = reply {
        call["status"] = reply.status.into();
        if let Body::Json(body) = &reply.body {
            let mut codes: Vec<&str> = body["MessageModelList"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|message| message["messageCode"].as_str())
                .collect();
            codes.dedup();
            call["messageCodes"] = json!(codes);
        }
    }
}

fn payload(reply: &Reply) -> Vec<u8> {
    match &reply.body {
        Body::Json(body) => body.to_string().into_bytes(),
        Body::Html(page) => page.clone().into_bytes(),
        Body::Empty => Vec::new(),
    }
}

fn respond(shared: &Shared, reply: Reply, chunked: bool, extra: Vec<(HeaderName, String)>) -> Response {
    let (request_id, stamp, keep_alive) = {
        let mut world = shared.world();
        (world.stamps.uuid(), world.clock.now().utc(), world.switches().keep_alive)
    };
    let whole = AxumBody::from(payload(&reply));
    // A stream has no known length, so it is sent in chunks.
    let body = if chunked { AxumBody::from_stream(whole.into_data_stream()) } else { whole };
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    match reply.body {
        Body::Json(_) => {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json;charset=UTF-8"))
        }
        Body::Html(_) => headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        Body::Empty => None,
    };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache,no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::SERVER, HeaderValue::from_static("openresty"));
    if !keep_alive {
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    let own = reply.headers.into_iter().map(|(name, value)| (HeaderName::from_static(name), value));
    let ids = [(HeaderName::from_static("requestid"), request_id), (HeaderName::from_static("timestamp"), stamp)];
    for (name, value) in ids.into_iter().chain(own).chain(extra) {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(content_type: &str, expect: bool) {
        assert_eq!(is_right_type(content_type, true), expect, "{content_type}");
    }

    #[test]
    fn media_types() {
        check("application/json; charset=utf-8", true);
        check("application/json;charset=UTF-8", true);
        check("Application/JSON; charset=\"utf-8\"", true);
        check("application/json", false);
        check("application/json; charset=shift_jis", false);
        check("text/plain; charset=utf-8", false);
        check("", false);
        assert!(is_right_type("application/json", false));
    }

    #[test]
    fn paths() {
        assert_eq!(operation("/es/2.0/order/getOrder/"), Some("getOrder"));
        assert_eq!(operation("/es/2.0/order/getOrder"), Some("getOrder"));
        assert_eq!(operation("/es/2.0/order/getorder/"), None);
        assert_eq!(operation("/es/2.0/order/simulateCouponAmount/"), None);
        assert_eq!(operation("/es/1.0/license-management/license-key/expiry-date"), Some("license.expiryDate.get"));
        assert_eq!(operation("/"), None);
    }

    #[test]
    fn escapes_are_found_only_where_they_hide_japanese() {
        assert!(has_escapes(br#"{"memo":"\u5165\u8377"}"#));
        assert!(!has_escapes(br#"{"memo":"\u0041\\u5165"}"#));
        assert!(!has_escapes("{\"memo\":\"入荷\"}".as_bytes()));
    }
}
