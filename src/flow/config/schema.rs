//! The settings as a JSON Schema, so that an editor completes and marks them while they are typed.
//! Made from the same books that the check reads; it knows nothing that they do not.

use super::forms::{self, Form};
use super::keys;
use super::shape::{Book, Choice, Key, Shape};
use serde_json::{Map, Value, json};

/// The JSON Schema (draft 2020-12) of a pipeline file.
pub fn schema() -> Value {
    whole(&keys::PIPELINE, "denpyo pipeline")
}

/// The JSON Schema (draft 2020-12) of `denpyo.toml`.
pub fn shops_schema() -> Value {
    whole(&keys::SHOPS, "denpyo.toml")
}

fn whole(root: &'static Book, title: &str) -> Value {
    let mut out = Map::new();
    out.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
    out.insert("title".to_owned(), json!(title));
    if let Value::Object(below) = book(root) {
        out.extend(below);
    }
    Value::Object(out)
}

fn book(book: &'static Book) -> Value {
    let properties: Map<String, Value> = book.keys.iter().map(|key| (key.name.to_owned(), property(key))).collect();
    let needed: Vec<&str> = book.keys.iter().filter(|key| key.needed).map(|key| key.name).collect();
    let mut out = json!({ "type": "object", "properties": properties, "additionalProperties": false });
    if let Value::Object(out) = &mut out {
        if !needed.is_empty() {
            out.insert("required".to_owned(), json!(needed));
        }
        if book.one_of {
            out.insert("minProperties".to_owned(), json!(1));
            out.insert("maxProperties".to_owned(), json!(1));
        }
    }
    out
}

fn property(key: &'static Key) -> Value {
    let mut out = Map::new();
    out.insert("description".to_owned(), json!(format!("{} / {}", key.ja, key.en)));
    if let Value::Object(below) = shape(&key.shape) {
        out.extend(below);
    }
    if let Some(default) = value(key.default) {
        out.insert("default".to_owned(), default);
    }
    if let Some(example) = value(key.example) {
        out.insert("examples".to_owned(), json!([example]));
    }
    Value::Object(out)
}

/// A default or example as it is written in TOML, as JSON.
fn value(toml: &str) -> Option<Value> {
    if toml.is_empty() {
        return None;
    }
    let table: toml::Table = format!("value = {toml}").parse().ok()?;
    serde_json::to_value(table.get("value")?).ok()
}

fn shape(of: &'static Shape) -> Value {
    match of {
        Shape::Text(form) => text(*form),
        Shape::Whole { least, most } => json!({ "type": "integer", "minimum": least, "maximum": most }),
        Shape::State => json!({ "type": "integer", "enum": keys::STATES }),
        Shape::Flag => json!({ "type": "boolean" }),
        Shape::Word(choices) => json!({ "type": "string", "enum": words(choices) }),
        Shape::List { of, least } => json!({ "type": "array", "items": shape(of), "minItems": least }),
        Shape::Fixed(below) | Shape::Secret(below) => book(below),
        Shape::Named(of) => json!({
            "type": "object",
            "propertyNames": { "pattern": "^[A-Za-z0-9_-]+$" },
            "additionalProperties": shape(of),
        }),
        Shape::Open(of) => json!({ "type": "object", "additionalProperties": shape(of) }),
        Shape::Keyed(choices, of) => {
            let properties: Map<String, Value> =
                choices.iter().map(|choice| (choice.word.to_owned(), shape(of))).collect();
            json!({ "type": "object", "properties": properties, "additionalProperties": false })
        }
        Shape::Either(shapes) => json!({ "anyOf": shapes.iter().map(shape).collect::<Vec<_>>() }),
    }
}

fn words(choices: &[Choice]) -> Vec<&'static str> {
    choices.iter().map(|choice| choice.word).collect()
}

fn text(form: Form) -> Value {
    if let Form::Encoding(choices) = form {
        return json!({ "type": "string", "enum": choices });
    }
    match forms::pattern(form) {
        Some(pattern) => json!({ "type": "string", "pattern": pattern }),
        None => json!({ "type": "string" }),
    }
}
