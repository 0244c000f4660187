//! Reading the outside of an answer to a *question*: is it the operation's own answer, a refusal, or
//! trouble that may pass? Answers to writes do not come through here, their meaning is a decision.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "disk, clock and environment are the hands' own business"
)]

use super::ShopError;
use crate::model::message::{GatewayRefusal, Message};
use serde_json::Value;
use std::time::Duration;

/// An answer as it came off the wire.
#[derive(Clone, Debug)]
pub struct Raw {
    pub status: u16,
    pub content_type: String,
    pub body: Vec<u8>,
    /// From `Retry-After`, if it was a number of seconds.
    pub retry_after: Option<Duration>,
    /// The `RequestId` header.
    pub call: Option<String>,
}

/// What an answer to a question is.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    Good(Value),
    /// May pass: ask again, and if it does not pass this is the error.
    Again(ShopError),
    /// A refusal by the gateway: about the key, or about this operation only? One answer cannot tell.
    Gate(GatewayRefusal),
    Final(ShopError),
}

/// Judges one answer.
pub fn judge(op: &'static str, raw: &Raw) -> Verdict {
    let body = serde_json::from_slice::<Value>(&raw.body).ok();
    let garbled = |detail: String| ShopError::Garbled { op, detail };
    if let Some(refusal) = body.as_ref().and_then(GatewayRefusal::find)
        && raw.status < 500
        && raw.status != 429
    {
        return if refusal.is_about_the_key() || refusal.is_about_rights() || raw.status == 401 {
            Verdict::Gate(refusal)
        } else {
            Verdict::Final(ShopError::Refused { op, code: refusal.code, message: refusal.message })
        };
    }
    match (raw.status, body) {
        (200, Some(body)) => match first_error(&body) {
            // An error beside data is for the caller to see; an error alone is a refusal.
            Some(error) if !holds_data(&body) => {
                Verdict::Final(ShopError::Refused { op, code: error.code, message: error.text })
            }
            _ => Verdict::Good(body),
        },
        (200, None) if says_maintenance(&raw.body) => Verdict::Final(ShopError::Maintenance),
        (200, None) => Verdict::Again(garbled("HTTP 200, not JSON".to_owned())),
        (401, _) => Verdict::Gate(GatewayRefusal { code: "HTTP 401".to_owned(), message: String::new() }),
        (429, _) => Verdict::Again(ShopError::Throttled),
        (503, Some(_)) => Verdict::Again(ShopError::Throttled),
        (503, None) if says_maintenance(&raw.body) => Verdict::Final(ShopError::Maintenance),
        // A page without the word may be either; throttling passes, maintenance does not.
        (503, None) if is_page(raw) => Verdict::Again(ShopError::Maintenance),
        (503, None) => Verdict::Again(ShopError::Throttled),
        (500..=599, _) => Verdict::Again(ShopError::Unreachable(format!("HTTP {}", raw.status))),
        (300..=399, _) => Verdict::Final(ShopError::Unreachable(format!("HTTP {}, a redirect", raw.status))),
        (400..=499, Some(body)) => match first_error(&body) {
            Some(error) => Verdict::Final(ShopError::Refused { op, code: error.code, message: error.text }),
            None => Verdict::Final(garbled(format!("HTTP {}", raw.status))),
        },
        (status, _) => Verdict::Final(garbled(format!("HTTP {status}"))),
    }
}

fn first_error(body: &Value) -> Option<Message> {
    Message::list(body)?.into_iter().find(Message::is_error)
}

/// Anything but messages, nulls and empty lists.
fn holds_data(body: &Value) -> bool {
    body.as_object().is_some_and(|fields| {
        fields.iter().any(|(key, value)| {
            let empty = value.is_null() || value.as_array().is_some_and(Vec::is_empty) || value.is_number();
            key != "MessageModelList" && !empty
        })
    })
}

fn is_page(raw: &Raw) -> bool {
    raw.content_type.to_ascii_lowercase().contains("html")
        || String::from_utf8_lossy(&raw.body[..raw.body.len().min(512)]).to_ascii_lowercase().contains("<html")
}

/// The word in the page, in English or in one of the encodings a Japanese page may have.
fn says_maintenance(body: &[u8]) -> bool {
    // A notice stands at the top; more than this is not a notice.
    const LOOKED_AT_BYTES: usize = 64 * 1024;
    let start = &body[..body.len().min(LOOKED_AT_BYTES)];
    if String::from_utf8_lossy(start).to_ascii_lowercase().contains("maintenance") {
        return true;
    }
    [encoding_rs::UTF_8, encoding_rs::SHIFT_JIS, encoding_rs::EUC_JP]
        .iter()
        .any(|encoding| encoding.decode_without_bom_handling(start).0.contains("メンテナンス"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(status: u16, content_type: &str, body: &[u8], expect: &str) {
        let raw =
            Raw { status, content_type: content_type.to_owned(), body: body.to_vec(), retry_after: None, call: None };
        let verdict = match judge("getOrder", &raw) {
            Verdict::Good(_) => "good".to_owned(),
            Verdict::Again(error) => format!("again {}", error.why().code()),
            Verdict::Gate(refusal) => format!("gate {}", refusal.code),
            Verdict::Final(error) => format!("final {}", error.why().code()),
        };
        assert_eq!(verdict, expect, "{status} {}", String::from_utf8_lossy(body));
    }

    const JSON: &str = "application/json;charset=UTF-8";
    const HTML: &str = "text/html";

    #[test]
    fn answers_are_told_apart() {
        let error = br#"{"MessageModelList":[{"messageType":"ERROR","messageCode":"ORDER_EXT_API_GET_ORDER_ERROR_009","message":"x"}],"OrderModelList":null,"version":10}"#;
        check(200, JSON, br#"{"MessageModelList":null,"OrderModelList":[]}"#, "good");
        check(200, JSON, error, "final rms-refused-asking");
        check(400, JSON, error, "final rms-refused-asking");
        check(200, JSON, br#"{"OrderModelList":["#, "again rms-garbled");
        check(200, HTML, b"<html>login</html>", "again rms-garbled");
        check(200, HTML, "<html>ただいまメンテナンス中です</html>".as_bytes(), "final rms-maintenance");
        check(503, HTML, b"<html>Under Maintenance</html>", "final rms-maintenance");
        check(503, HTML, &encoding_rs::SHIFT_JIS.encode("<html>メンテナンス").0, "final rms-maintenance");
        check(503, HTML, &encoding_rs::EUC_JP.encode("<html>メンテナンス").0, "final rms-maintenance");
        check(503, HTML, b"<html>Service Unavailable</html>", "again rms-maintenance");
        check(503, "", b"", "again rms-throttled");
        check(503, JSON, b"{}", "again rms-throttled");
        check(429, JSON, br#"{"errors":[{"code":"GA0009","message":"x"}]}"#, "again rms-throttled");
        check(500, JSON, br#"{"Results":{"errorCode":"ES01-01","message":"x"}}"#, "again rms-unreachable");
        check(502, HTML, b"<html></html>", "again rms-unreachable");
        check(302, HTML, b"", "final rms-unreachable");
        check(404, HTML, b"", "final rms-garbled");
        check(400, JSON, b"{}", "final rms-garbled");
    }

    #[test]
    fn gateway_refusals_are_seen_at_any_status() {
        for status in [200, 400, 401, 403] {
            check(status, JSON, br#"{"Results":{"errorCode":"ES01-01","message":"x"}}"#, "gate ES01-01");
            check(status, JSON, br#"{"errors":[{"code":"GA0001","message":"x"}]}"#, "gate GA0001");
            check(status, JSON, br#"{"Results":{"errorCode":"ES04-01","errorMessage":"x"}}"#, "gate ES04-01");
        }
        check(401, HTML, b"<html>", "gate HTTP 401");
        check(415, JSON, br#"{"Results":{"errorCode":"ES04-03","message":"x"}}"#, "final rms-refused-asking");
    }
}
