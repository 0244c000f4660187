//! What goes over the wire: messages, envelopes, and the generic checks 009, 010 and 011.
//!
//! Two envelopes exist, the order service's and the gateway's; both are made here and nowhere else.

use serde_json::{Value, json};

use super::value::{Object, as_int, as_text, is_empty};

/// One operation's word in the message codes, for example `CONFIRM_ORDER`.
pub type Subject = &'static str;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Info,
    Warning,
    Error,
}

impl Level {
    fn word(self) -> &'static str {
        match self {
            Level::Info => "INFO",
            Level::Warning => "WARNING",
            Level::Error => "ERROR",
        }
    }
}

/// One entry of `MessageModelList`.
#[derive(Clone, Debug)]
pub struct Message {
    pub level: Level,
    pub subject: Subject,
    /// `101`, or `SIM_…` where the real number is not public.
    pub number: &'static str,
    pub text: String,
    pub order: Option<String>,
    pub data_number: Option<i64>,
    pub row: Option<Value>,
}

impl Message {
    pub fn new(level: Level, subject: Subject, number: &'static str, text: impl Into<String>) -> Message {
        Message { level, subject, number, text: text.into(), order: None, data_number: None, row: None }
    }

    pub fn info(subject: Subject, number: &'static str, text: impl Into<String>) -> Message {
        Message::new(Level::Info, subject, number, text)
    }

    pub fn error(subject: Subject, number: &'static str, text: impl Into<String>) -> Message {
        Message::new(Level::Error, subject, number, text)
    }

    pub fn order(mut self, order: &str) -> Message {
        self.order = (!order.is_empty()).then(|| order.to_owned());
        self
    }

    pub fn data(mut self, data_number: i64, row: Option<Value>) -> Message {
        self.data_number = Some(data_number);
        self.row = row;
        self
    }

    pub fn code(&self) -> String {
        format!("ORDER_EXT_API_{}_{}_{}", self.subject, self.level.word(), self.number)
    }

    pub fn json(&self) -> Value {
        let mut out = Object::new();
        out.insert("messageType".into(), self.level.word().into());
        out.insert("messageCode".into(), self.code().into());
        out.insert("message".into(), self.text.clone().into());
        if let Some(order) = &self.order {
            out.insert("orderNumber".into(), order.clone().into());
        }
        if let Some(number) = self.data_number {
            out.insert("dataNumber".into(), number.into());
        }
        if let Some(row) = &self.row {
            out.insert("shippingDetailId".into(), row.clone());
        }
        Value::Object(out)
    }
}

pub fn list(messages: &[Message]) -> Value {
    Value::Array(messages.iter().map(Message::json).collect())
}

#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    Json(Value),
    Html(String),
    Empty,
}

/// An answer before it is turned into bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    pub status: u16,
    pub body: Body,
    pub headers: Vec<(&'static str, String)>,
}

impl Reply {
    pub fn json(status: u16, body: Value) -> Reply {
        Reply { status, body: Body::Json(body), headers: Vec::new() }
    }

    /// The order service's plain answer: only `MessageModelList`.
    pub fn messages(status: u16, messages: &[Message]) -> Reply {
        Reply::json(status, json!({ "MessageModelList": list(messages) }))
    }

    /// The gateway's answer, given before the order service is reached.
    pub fn gateway(status: u16, code: &str, message: &str) -> Reply {
        Reply::json(status, json!({ "Results": { "errorCode": code, "message": message } }))
    }

    /// The newer gateway's answer.
    pub fn gateway_errors(status: u16, code: &str, message: &str) -> Reply {
        Reply::json(status, json!({ "errors": [ { "code": code, "message": message } ] }))
    }

    pub fn html(status: u16, page: &str) -> Reply {
        Reply { status, body: Body::Html(page.to_owned()), headers: Vec::new() }
    }

    pub fn empty(status: u16) -> Reply {
        Reply { status, body: Body::Empty, headers: Vec::new() }
    }
}

/// What a key said: a missing key keeps, an empty one erases.
#[derive(Clone, Debug, PartialEq)]
pub enum Sent<T> {
    Missing,
    Empty,
    Set(T),
}

impl<T> Sent<T> {
    pub fn set(self) -> Option<T> {
        match self {
            Sent::Set(value) => Some(value),
            Sent::Missing | Sent::Empty => None,
        }
    }
}

/// Gathers every fault of a request, so that all are answered at once.
pub struct Check {
    pub subject: Subject,
    pub messages: Vec<Message>,
    order: String,
    data_number: Option<i64>,
    row: Option<Value>,
}

impl Check {
    pub fn new(subject: Subject) -> Check {
        Check { subject, messages: Vec::new(), order: String::new(), data_number: None, row: None }
    }

    /// The order that the messages from here on name.
    pub fn about(&mut self, order: &str) {
        self.order = order.to_owned();
    }

    /// The row that the messages from here on name.
    pub fn at_row(&mut self, data_number: Option<i64>, row: Option<Value>) {
        self.data_number = data_number;
        self.row = row;
    }

    pub fn fault(&mut self, number: &'static str, text: impl Into<String>) {
        let mut message = Message::error(self.subject, number, text).order(&self.order);
        message.data_number = self.data_number;
        message.row = self.row.clone();
        self.messages.push(message);
    }

    pub fn missing(&mut self, key: &str) {
        self.fault("009", format!("{key}の項目を指定して下さい。"));
    }

    pub fn empty(&mut self, key: &str) {
        self.fault("010", format!("{key}の値を指定して下さい。"));
    }

    pub fn format(&mut self, key: &str) {
        self.fault("011", format!("{key}の書式が不正です。"));
    }

    pub fn is_clean(&self) -> bool {
        self.messages.is_empty()
    }

    /// A required key with a value.
    pub fn need<'m>(&mut self, map: &'m Object, key: &str) -> Option<&'m Value> {
        match map.get(key) {
            None => {
                self.missing(key);
                None
            }
            Some(value) if is_empty(value) => {
                self.empty(key);
                None
            }
            Some(value) => Some(value),
        }
    }

    pub fn need_int(&mut self, map: &Object, key: &str) -> Option<i64> {
        let value = self.need(map, key)?;
        let number = as_int(value);
        if number.is_none() {
            self.format(key);
        }
        number
    }

    pub fn need_text(&mut self, map: &Object, key: &str) -> Option<String> {
        let value = self.need(map, key)?;
        let text = as_text(value);
        if text.is_none() {
            self.format(key);
        }
        text
    }

    pub fn need_list<'m>(&mut self, map: &'m Object, key: &str) -> Option<&'m Vec<Value>> {
        let value = self.need(map, key)?;
        let list = value.as_array();
        if list.is_none() {
            self.format(key);
        }
        list
    }

    /// A required list whose entries must all be objects.
    pub fn need_objects<'m>(&mut self, map: &'m Object, key: &str) -> Option<Vec<&'m Object>> {
        let list = self.need_list(map, key)?;
        let objects: Vec<&Object> = list.iter().filter_map(Value::as_object).collect();
        if objects.len() != list.len() {
            self.format(key);
            return None;
        }
        Some(objects)
    }

    pub fn need_object<'m>(&mut self, map: &'m Object, key: &str) -> Option<&'m Object> {
        let value = self.need(map, key)?;
        let object = value.as_object();
        if object.is_none() {
            self.format(key);
        }
        object
    }

    /// A required list of texts, for example order numbers.
    pub fn need_texts(&mut self, map: &Object, key: &str) -> Option<Vec<String>> {
        let list = self.need_list(map, key)?;
        let texts: Vec<String> = list.iter().filter_map(as_text).filter(|text| !text.is_empty()).collect();
        if texts.len() != list.len() {
            self.format(key);
            return None;
        }
        Some(texts)
    }

    pub fn int(&mut self, map: &Object, key: &str) -> Sent<i64> {
        match map.get(key) {
            None => Sent::Missing,
            Some(value) if is_empty(value) => Sent::Empty,
            Some(value) => match as_int(value) {
                Some(number) => Sent::Set(number),
                None => {
                    self.format(key);
                    Sent::Missing
                }
            },
        }
    }

    pub fn text(&mut self, map: &Object, key: &str) -> Sent<String> {
        match map.get(key) {
            None => Sent::Missing,
            Some(value) if is_empty(value) => Sent::Empty,
            Some(value) => match as_text(value) {
                Some(text) => Sent::Set(text),
                None => {
                    self.format(key);
                    Sent::Missing
                }
            },
        }
    }

    /// An optional whole number that must be one of a few; anything else is a format fault.
    pub fn int_among(&mut self, map: &Object, key: &str, allowed: &[i64]) -> Option<i64> {
        let number = self.int(map, key).set()?;
        if !allowed.contains(&number) {
            self.format(key);
            return None;
        }
        Some(number)
    }

    /// Lengths count characters, full or half width alike.
    pub fn length(&mut self, key: &str, text: &str, limit: usize) {
        if text.chars().count() > limit {
            self.fault("SIM_TOO_LONG", format!("（模擬）{key}は{limit}文字以内です。"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: Value, expect: &str) {
        let mut check = Check::new("SEARCH_ORDER");
        check.need_int(body.as_object().unwrap(), "dateType");
        let found = check.messages.first().map(|message| format!("{} {}", message.code(), message.text));
        assert_eq!(found.unwrap_or_default(), expect);
    }

    #[test]
    fn missing_empty_and_badly_formed_are_three_things() {
        check(json!({}), "ORDER_EXT_API_SEARCH_ORDER_ERROR_009 dateTypeの項目を指定して下さい。");
        check(json!({"dateType": null}), "ORDER_EXT_API_SEARCH_ORDER_ERROR_010 dateTypeの値を指定して下さい。");
        check(json!({"dateType": ""}), "ORDER_EXT_API_SEARCH_ORDER_ERROR_010 dateTypeの値を指定して下さい。");
        check(json!({"dateType": "x"}), "ORDER_EXT_API_SEARCH_ORDER_ERROR_011 dateTypeの書式が不正です。");
        check(json!({"dateType": "1"}), "");
    }
}
