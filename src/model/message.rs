//! What the order service says in a reply, as nouns: its messages, and the gateway's refusals that
//! come before it. Both shapes can arrive under any HTTP status. Whether a message is good news
//! for a change is judged elsewhere; here it only becomes a checked thing.

use super::receipt::RequestId;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// `messageType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tone {
    Info,
    /// It took effect and deserves a look.
    Warning,
    Error,
    /// Missing, unheard of, or at odds with the code beside it: says nothing we may rely on.
    Unclear,
}

/// One entry of a `MessageModelList`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    pub tone: Tone,
    /// The whole `messageCode`; empty if there was none.
    pub code: String,
    /// The mall's own words. Never decided upon.
    pub text: String,
    pub order: Option<String>,
    /// Place of the row in the request, from 1, counted across all destinations of its order.
    pub data_number: Option<u32>,
    /// 発送明細ID: the one given, or the one just issued.
    pub row: Option<i64>,
    /// Only when an asynchronous call was accepted.
    pub request: Option<RequestId>,
}

impl Message {
    /// The messages under `MessageModelList`: `None` if there is no such list (a `null` list is empty),
    /// or if something in it is not a message at all.
    pub fn list(holder: &Value) -> Option<Vec<Message>> {
        match holder.as_object()?.get("MessageModelList")? {
            Value::Null => Some(Vec::new()),
            Value::Array(entries) => entries.iter().map(Message::from_entry).collect(),
            _ => None,
        }
    }

    fn from_entry(entry: &Value) -> Option<Message> {
        let fields = entry.as_object()?;
        let text = |key: &str| fields.get(key).and_then(Value::as_str).unwrap_or_default();
        let filled = |key: &str| Some(text(key)).filter(|found| !found.is_empty()).map(str::to_owned);
        let code = text("messageCode");
        Some(Message {
            tone: tone(text("messageType"), code),
            code: code.to_owned(),
            text: text("message").to_owned(),
            order: filled("orderNumber"),
            data_number: integer(fields.get("dataNumber")).and_then(|number| u32::try_from(number).ok()),
            row: integer(fields.get("shippingDetailId")).filter(|row| *row > 0),
            request: filled("requestId").map(RequestId),
        })
    }

    pub fn is_error(&self) -> bool {
        self.tone == Tone::Error
    }

    /// Took effect, with or without a warning.
    pub fn is_good(&self) -> bool {
        matches!(self.tone, Tone::Info | Tone::Warning)
    }

    /// The code ends in this, e.g. `CONFIRM_ORDER_ERROR_103`.
    pub fn is(&self, code: &str) -> bool {
        self.code.strip_prefix("ORDER_EXT_API_").unwrap_or(&self.code) == code
    }

    /// One of the checks made before anything is done: a key missing (009), empty (010) or ill-formed (011).
    pub fn is_form_check(&self) -> bool {
        self.is_error()
            && self
                .code
                .rsplit_once("_ERROR_")
                .and_then(|(_, number)| number.parse::<u32>().ok())
                .is_some_and(|number| number < 100)
    }
}

/// The type and the code must agree; a code without a type word in it leaves the type alone.
fn tone(kind: &str, code: &str) -> Tone {
    let said = match kind {
        "INFO" => Tone::Info,
        "WARNING" => Tone::Warning,
        "ERROR" => Tone::Error,
        _ => return Tone::Unclear,
    };
    let coded = [("_INFO_", Tone::Info), ("_WARNING_", Tone::Warning), ("_ERROR_", Tone::Error)]
        .into_iter()
        .find(|(part, _)| code.contains(part))
        .map(|(_, tone)| tone);
    match coded {
        _ if code.is_empty() => Tone::Unclear,
        Some(coded) if coded != said => Tone::Unclear,
        Some(_) | None => said,
    }
}

fn integer(value: Option<&Value>) -> Option<i64> {
    match value? {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// A refusal by the gateway, raised before the order service saw the call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GatewayRefusal {
    /// `ES01-01`, `ES04-01`, `GA0001`, …
    pub code: String,
    pub message: String,
}

impl GatewayRefusal {
    /// From either of the gateway's two shapes: `Results` (older) or `errors` (newer).
    pub fn find(body: &Value) -> Option<GatewayRefusal> {
        let fields = body.as_object()?;
        let text = |holder: &Value, keys: &[&str]| {
            keys.iter().find_map(|key| holder.get(key).and_then(Value::as_str)).map(str::to_owned)
        };
        if let Some(results) = fields.get("Results") {
            let code = text(results, &["errorCode"])?;
            return Some(GatewayRefusal {
                code,
                message: text(results, &["message", "errorMessage"]).unwrap_or_default(),
            });
        }
        let first = fields.get("errors")?.as_array()?.first()?;
        let code = text(first, &["code", "errorCode"])?;
        Some(GatewayRefusal { code, message: text(first, &["message", "errorMessage"]).unwrap_or_default() })
    }

    /// The key or the secret was not taken.
    pub fn is_about_the_key(&self) -> bool {
        self.code.starts_with("ES01") || self.code == "GA0001"
    }

    /// The operation is not ticked for the key (or the key is so new that the gateway does not know it yet).
    pub fn is_about_rights(&self) -> bool {
        self.code == "ES04-01"
    }
}

/// What became of an asynchronous shipping call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AsyncResult {
    /// Not finished, never known or forgotten after 30 days: the mall says the same of all three.
    Pending,
    Done(Vec<AsyncOrder>),
}

/// One order's part of an asynchronous result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AsyncOrder {
    pub order: Option<String>,
    pub messages: Vec<Message>,
}

/// The sub-statuses a shop has set up for one `orderProgress`, in the shop's order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubStatusGroup {
    pub state: i64,
    pub sub_statuses: Vec<SubStatus>,
}

/// One sub-status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubStatus {
    pub id: super::ids::SubStatusId,
    pub name: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(kind: &str, code: &str, expect: Tone) {
        let body = json!({ "MessageModelList": [{ "messageType": kind, "messageCode": code }] });
        assert_eq!(Message::list(&body).unwrap()[0].tone, expect, "{kind} {code}");
    }

    #[test]
    fn type_and_code_must_agree() {
        check("INFO", "ORDER_EXT_API_CONFIRM_ORDER_INFO_101", Tone::Info);
        check("WARNING", "ORDER_EXT_API_GET_ORDER_WARNING_101", Tone::Warning);
        check("ERROR", "ORDER_EXT_API_CONFIRM_ORDER_ERROR_SIM_WRONG_STATE", Tone::Error);
        check("INFO", "ORDER_EXT_API_CONFIRM_ORDER_ERROR_102", Tone::Unclear);
        check("info", "ORDER_EXT_API_CONFIRM_ORDER_INFO_101", Tone::Unclear);
        check("INFO", "", Tone::Unclear);
        check("", "ORDER_EXT_API_CONFIRM_ORDER_INFO_101", Tone::Unclear);
    }

    #[test]
    fn both_gateway_shapes_are_seen_and_nothing_else() {
        let code = |body: Value| GatewayRefusal::find(&body).map(|refusal| refusal.code);
        assert_eq!(code(json!({"Results": {"errorCode": "ES01-01", "message": "x"}})).as_deref(), Some("ES01-01"));
        assert_eq!(code(json!({"Results": {"errorCode": "ES04-01", "errorMessage": "x"}})).as_deref(), Some("ES04-01"));
        assert_eq!(code(json!({"errors": [{"code": "GA0001", "message": "x"}]})).as_deref(), Some("GA0001"));
        assert_eq!(code(json!({"errors": []})), None);
        assert_eq!(code(json!({"MessageModelList": []})), None);
        assert_eq!(code(json!(null)), None);
    }

    #[test]
    fn a_null_list_is_empty_and_a_list_of_other_things_is_none() {
        assert_eq!(Message::list(&json!({"MessageModelList": null})), Some(Vec::new()));
        assert_eq!(Message::list(&json!({"MessageModelList": ["x"]})), None);
        assert_eq!(Message::list(&json!({"MessageModelList": {}})), None);
        assert_eq!(Message::list(&json!({})), None);
    }
}
