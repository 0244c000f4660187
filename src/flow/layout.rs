//! Layout files: TOML text to a checked [`Layout`], or every fault of the file at once with its place.
//!
//! The layouts that come with the program are embedded here and go through the same door as a shop's
//! own. It knows nothing of files on disk and nothing of how a CSV is read.

use crate::flow::clean::dates;
use crate::model::carrier::Carrier;
use crate::model::fault::Fault;
use crate::model::layout::{Column, Field, Header, Hint, KeyWay, Layout, NumberCheck, Subject};
use crate::model::words::Why;
use crate::model::words::lifting as words;
use std::collections::BTreeMap;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};
use unicode_normalization::UnicodeNormalization;

macro_rules! embedded {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../layouts/", $name, ".toml")))),*]
    };
}

const BUILT_IN: &[(&str, &str)] = embedded![
    "rms-orders",
    "rms-shipping",
    "yamato-b2",
    "sagawa-ehiden3",
    "sagawa-ehiden2",
    "japanpost-print-r",
    "japanpost-click",
    "fukuyama-istar2",
    "seino-magic2",
    "tempostar-shipped",
    "next-engine-shipped",
    "generic-shipments",
    "generic-corrections",
    "generic-cancellations",
    "generic-confirmations",
    "generic-marks",
];

/// The layouts that come with the program: name and TOML text.
pub fn built_in() -> &'static [(&'static str, &'static str)] {
    BUILT_IN
}

/// One of the embedded layouts, checked. `None` if there is none of that name.
pub fn built_in_named(name: &str) -> Option<Layout> {
    let (_, text) = BUILT_IN.iter().find(|(known, _)| *known == name)?;
    parse(name, text).ok()
}

/// Reads one layout file. Its name is the file's stem.
///
/// # Errors
/// All faults of the file, in the order they stand in it.
pub fn parse(file_name: &str, text: &str) -> Result<Layout, Vec<Fault>> {
    let (root, errors) = DeTable::parse_recoverable(text);
    let mut walk = Walk { file: file_name, faults: Vec::new() };
    for error in &errors {
        walk.fault(error.span(), words::LAYOUT_SYNTAX.with([("detail", error.message().to_owned())]));
    }
    if !errors.is_empty() {
        return Err(walk.faults);
    }
    let layout = walk.layout(root.get_ref());
    let mut faults = walk.faults;
    if faults.is_empty() {
        Ok(layout)
    } else {
        faults.sort_by_key(|fault| fault.span.as_ref().map_or(0, |span| span.start));
        Err(faults)
    }
}

/// A column name as it is compared: NFKC, no byte-order mark, no quotes, no white space, whatever the width.
/// For names only; data is never treated like this.
pub fn normal_name(name: &str) -> String {
    name.nfkc().filter(|c| !c.is_whitespace() && !matches!(c, '\u{feff}' | '\u{200b}' | '"' | '\'')).collect()
}

/// The nearest of the known words, if one is near enough to be a slip of the fingers.
pub fn suggest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    /// Below this likeness a suggestion confuses more than it helps.
    const NEAR: f64 = 0.78;
    known
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(word, candidate), candidate))
        .filter(|(likeness, _)| *likeness >= NEAR)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate.to_owned())
}

/// The words a layout file may use for its logical columns.
pub const FIELDS: [(&str, Field); 26] = [
    ("key", Field::Key),
    ("basket", Field::Basket),
    ("row", Field::Row),
    ("number", Field::Number),
    ("carrier", Field::Carrier),
    ("ship_date", Field::ShipDate),
    ("deleted", Field::Deleted),
    ("action", Field::Action),
    ("several_key", Field::SeveralKey),
    ("slip_kind", Field::SlipKind),
    ("parcels", Field::Parcels),
    ("delivery_method", Field::DeliveryMethod),
    ("item", Field::Item),
    ("postage", Field::Postage),
    ("cod_fee", Field::CodFee),
    ("price", Field::Price),
    ("price_excluded", Field::PriceExcluded),
    ("price_included", Field::PriceIncluded),
    ("units", Field::Units),
    ("tax_rate", Field::TaxRate),
    ("tax", Field::Tax),
    ("reason", Field::Reason),
    ("restock", Field::Restock),
    ("returned", Field::Returned),
    ("sub_status", Field::SubStatus),
    ("memo", Field::Memo),
];

const SUBJECTS: [(&str, Subject); 7] = [
    ("shipments", Subject::Shipments),
    ("orders", Subject::Orders),
    ("corrections", Subject::Corrections),
    ("cancellations", Subject::Cancellations),
    ("confirmations", Subject::Confirmations),
    ("marks", Subject::Marks),
    ("shipping-report", Subject::ShippingReport),
];

const HEADERS: [(&str, Header); 3] = [("yes", Header::Yes), ("no", Header::No), ("auto", Header::Auto)];

const CHECKS: [(&str, NumberCheck); 3] =
    [("hold", NumberCheck::Hold), ("warn", NumberCheck::Warn), ("off", NumberCheck::Off)];

const ENCODINGS: [(&str, &str); 4] = [("auto", "auto"), ("utf-8", "utf-8"), ("cp932", "cp932"), ("utf-16", "utf-16")];

/// Ways to check a number's last digit; `by-carrier` takes the row's carrier's own rule.
const DIGITS: [(&str, &str); 5] =
    [("by-carrier", "by-carrier"), ("mod7", "mod7"), ("mod7-of-11", "mod7-of-11"), ("s10", "s10"), ("none", "none")];

const KEYS: [&str; 17] = [
    "title",
    "subject",
    "encoding",
    "header",
    "counts",
    "dates",
    "needed",
    "carrier",
    "key",
    "check",
    "lengths",
    "check_digit",
    "several_kinds",
    "completion",
    "all_columns",
    "columns",
    "not_this",
];

/// Date forms taken unless a layout says otherwise.
pub const DATES: [&str; 3] = ["yyyy/mm/dd", "yyyy-mm-dd", "yyyymmdd"];

struct Walk<'a> {
    file: &'a str,
    faults: Vec<Fault>,
}

type Table<'i> = DeTable<'i>;
type Value<'i> = Spanned<DeValue<'i>>;

impl Walk<'_> {
    fn fault(&mut self, span: Option<Range<usize>>, why: Why) {
        self.faults.push(Fault { file: self.file.to_owned(), span, why, suggestion: None });
    }

    fn layout(&mut self, root: &Table) -> Layout {
        self.known("", root, &KEYS);
        let subject = self.word(root, "subject", &SUBJECTS);
        if subject.is_none() && root.get("subject").is_none() {
            self.missing(None, "subject");
        }
        let columns = match root.get("columns") {
            None => {
                self.missing(None, "columns");
                BTreeMap::new()
            }
            Some(value) => self.columns(value),
        };
        let subject = subject.unwrap_or(Subject::Shipments);
        let columns = with_answers(columns, subject);
        let needed = self.needed(root, &columns);
        let carrier = self.carrier(root);
        let dates = self.dates(root);
        let key = root.get("key").map(|value| self.key(value)).unwrap_or_default();
        let stem = self.file.rsplit(['/', '\\']).next().unwrap_or(self.file);
        let name = stem.strip_suffix(".toml").unwrap_or(stem).to_owned();
        Layout {
            title: self.string(root, "title").unwrap_or_else(|| name.clone()),
            name,
            subject,
            encoding: self.word(root, "encoding", &ENCODINGS).unwrap_or("auto").to_owned(),
            header: self.word(root, "header", &HEADERS).unwrap_or_default(),
            counts: self.counts(root, "counts"),
            all_columns: self.strings(root, "all_columns").into_iter().map(Spanned::into_inner).collect(),
            columns,
            needed,
            carrier,
            key,
            check: self.word(root, "check", &CHECKS).unwrap_or(NumberCheck::Hold),
            lengths: self.counts(root, "lengths"),
            check_digit: self.word(root, "check_digit", &DIGITS).unwrap_or("by-carrier").to_owned(),
            date_patterns: dates,
            several_kinds: self.strings(root, "several_kinds").into_iter().map(Spanned::into_inner).collect(),
            not_this: self.not_this(root),
            completion_suffix: self.completion(root),
        }
    }

    /// Keys nobody knows, each with the nearest known one.
    fn known(&mut self, place: &str, table: &Table, known: &[&str]) {
        for key in table.keys() {
            let name = key.get_ref().as_ref();
            if !known.contains(&name) {
                let shown = if place.is_empty() { name.to_owned() } else { format!("{place}.{name}") };
                self.faults.push(Fault {
                    file: self.file.to_owned(),
                    span: Some(key.span()),
                    why: words::LAYOUT_KEY_UNKNOWN.with([("key", shown), ("known", known.join(", "))]),
                    suggestion: suggest(name, known.iter().copied()),
                });
            }
        }
    }

    fn missing(&mut self, span: Option<Range<usize>>, key: &str) {
        self.fault(span, words::LAYOUT_KEY_MISSING.with([("key", key.to_owned())]));
    }

    fn wrong_type(&mut self, value: &Value, key: &str, expected: &str) {
        let why = words::LAYOUT_TYPE.with([
            ("key", key.to_owned()),
            ("expected", expected.to_owned()),
            ("found", value.get_ref().type_str().to_owned()),
        ]);
        self.fault(Some(value.span()), why);
    }

    fn wrong_value(&mut self, span: Range<usize>, key: &str, value: &str, known: &[&str]) {
        self.faults.push(Fault {
            file: self.file.to_owned(),
            span: Some(span),
            why: words::LAYOUT_VALUE.with([
                ("key", key.to_owned()),
                ("value", value.to_owned()),
                ("known", known.join(", ")),
            ]),
            suggestion: suggest(value, known.iter().copied()),
        });
    }

    fn string(&mut self, table: &Table, key: &str) -> Option<String> {
        let value = table.get(key)?;
        let text = value.get_ref().as_str().map(str::to_owned);
        if text.is_none() {
            self.wrong_type(value, key, "string");
        }
        text
    }

    fn word<T: Copy>(&mut self, table: &Table, key: &str, known: &[(&str, T)]) -> Option<T> {
        let text = self.string(table, key)?;
        let found = known.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning);
        if found.is_none() {
            let names: Vec<&str> = known.iter().map(|(word, _)| *word).collect();
            let span = table.get(key).map_or(0..0, Spanned::span);
            self.wrong_value(span, key, &text, &names);
        }
        found
    }

    fn strings(&mut self, table: &Table, key: &str) -> Vec<Spanned<String>> {
        let Some(value) = table.get(key) else { return Vec::new() };
        let Some(items) = value.get_ref().as_array() else {
            self.wrong_type(value, key, "array of strings");
            return Vec::new();
        };
        let mut out = Vec::new();
        for item in items.iter() {
            match item.get_ref().as_str() {
                Some(text) => out.push(Spanned::new(item.span(), text.to_owned())),
                None => self.wrong_type(item, key, "string"),
            }
        }
        out
    }

    /// A whole number from 1 up.
    fn place(&mut self, value: &Value, key: &str) -> Option<usize> {
        let number = value.get_ref().as_integer().and_then(|raw| raw.as_str().parse::<usize>().ok());
        match number {
            Some(number) if number >= 1 => Some(number),
            _ => {
                self.wrong_type(value, key, "whole number from 1");
                None
            }
        }
    }

    fn counts(&mut self, table: &Table, key: &str) -> Vec<usize> {
        let Some(value) = table.get(key) else { return Vec::new() };
        let Some(items) = value.get_ref().as_array() else {
            self.wrong_type(value, key, "array of whole numbers");
            return Vec::new();
        };
        let mut out = Vec::new();
        for item in items.iter() {
            out.extend(self.place(item, key));
        }
        out
    }

    fn columns(&mut self, value: &Value) -> BTreeMap<Field, Column> {
        let Some(table) = value.get_ref().as_table() else {
            self.wrong_type(value, "columns", "table");
            return BTreeMap::new();
        };
        let known: Vec<&str> = FIELDS.iter().map(|(word, _)| *word).collect();
        self.known("columns", table, &known);
        let mut columns = BTreeMap::new();
        let mut names: BTreeMap<String, String> = BTreeMap::new();
        let mut places: BTreeMap<usize, String> = BTreeMap::new();
        for (key, value) in table {
            let word = key.get_ref().as_ref();
            let Some((_, field)) = FIELDS.iter().find(|(known, _)| *known == word) else { continue };
            let Some(column) = self.column(word, value) else { continue };
            for name in std::iter::once(&column.name).chain(&column.aliases) {
                if let Some(other) = names.insert(normal_name(name), word.to_owned()) {
                    let why = words::LAYOUT_NAME_TWICE.with([
                        ("name", name.clone()),
                        ("first", other),
                        ("second", word.to_owned()),
                    ]);
                    self.fault(Some(value.span()), why);
                }
            }
            if let Some(place) = column.position
                && let Some(other) = places.insert(place, word.to_owned())
            {
                let why = words::LAYOUT_PLACE_TWICE.with([
                    ("place", place.to_string()),
                    ("first", other),
                    ("second", word.to_owned()),
                ]);
                self.fault(Some(value.span()), why);
            }
            columns.insert(*field, column);
        }
        if !columns.contains_key(&Field::Key) && !table.contains_key("key") {
            self.missing(Some(value.span()), "columns.key");
        }
        columns
    }

    fn column(&mut self, word: &str, value: &Value) -> Option<Column> {
        if let Some(name) = value.get_ref().as_str() {
            return Some(Column { name: name.to_owned(), aliases: Vec::new(), position: None });
        }
        let Some(table) = value.get_ref().as_table() else {
            self.wrong_type(value, &format!("columns.{word}"), "string or table");
            return None;
        };
        self.known(&format!("columns.{word}"), table, &["name", "aliases", "position"]);
        let name = self.string(table, "name");
        if name.is_none() && table.get("name").is_none() {
            self.missing(Some(value.span()), &format!("columns.{word}.name"));
        }
        let aliases = self.strings(table, "aliases").into_iter().map(Spanned::into_inner).collect();
        let position = table.get("position").and_then(|place| self.place(place, "position"));
        Some(Column { name: name?, aliases, position })
    }

    fn needed(&mut self, root: &Table, columns: &BTreeMap<Field, Column>) -> Vec<Field> {
        let mut out = Vec::new();
        for word in self.strings(root, "needed") {
            match FIELDS.iter().find(|(known, _)| known == word.get_ref()) {
                Some((_, field)) if columns.contains_key(field) => out.push(*field),
                Some(_) => {
                    let why = words::LAYOUT_NEEDED.with([("field", word.get_ref().clone())]);
                    self.fault(Some(word.span()), why);
                }
                None => {
                    let known: Vec<&str> = FIELDS.iter().map(|(known, _)| *known).collect();
                    self.wrong_value(word.span(), "needed", word.get_ref(), &known);
                }
            }
        }
        out
    }

    fn carrier(&mut self, root: &Table) -> Option<String> {
        let text = self.string(root, "carrier")?;
        let known = Carrier::from_code(&text).filter(|carrier| carrier.name().is_some());
        if known.is_none() {
            let codes: Vec<&str> = Carrier::all().map(|(code, _)| code).collect();
            let span = root.get("carrier").map_or(0..0, Spanned::span);
            // A name instead of a code is the likeliest slip, so its code is what to suggest.
            let suggestion = Carrier::from_name(&text).map(|carrier| carrier.code().to_owned());
            self.wrong_value(span, "carrier", &text, &codes);
            if let (Some(fault), Some(code)) = (self.faults.last_mut(), suggestion) {
                fault.suggestion = Some(code);
            }
        }
        known.map(|carrier| carrier.code().to_owned())
    }

    fn dates(&mut self, root: &Table) -> Vec<String> {
        let given = self.strings(root, "dates");
        if given.is_empty() {
            return DATES.iter().map(|&pattern| pattern.to_owned()).collect();
        }
        for pattern in &given {
            if !dates::pattern_is_whole(pattern.get_ref()) {
                self.wrong_value(pattern.span(), "dates", pattern.get_ref(), &DATES);
            }
        }
        given.into_iter().map(Spanned::into_inner).collect()
    }

    fn key(&mut self, value: &Value) -> KeyWay {
        const WAYS: [&str; 2] = ["order-number", "serial"];
        if let Some(word) = value.get_ref().as_str() {
            match word {
                "order-number" => return KeyWay::OrderNumber,
                "serial" => return KeyWay::Serial,
                other => self.wrong_value(value.span(), "key", other, &WAYS),
            }
            return KeyWay::default();
        }
        let Some(table) = value.get_ref().as_table() else {
            self.wrong_type(value, "key", "string or table");
            return KeyWay::default();
        };
        self.known("key", table, &["branch", "bridge"]);
        if table.contains_key("branch") {
            let separators: Vec<String> =
                self.strings(table, "branch").into_iter().map(Spanned::into_inner).filter(|s| !s.is_empty()).collect();
            if separators.is_empty() {
                self.missing(Some(value.span()), "key.branch");
            }
            return KeyWay::Branch { separators };
        }
        let Some(bridge) = table.get("bridge") else {
            if table.is_empty() {
                self.missing(Some(value.span()), "key.branch");
            }
            return KeyWay::default();
        };
        let Some(inner) = bridge.get_ref().as_table() else {
            self.wrong_type(bridge, "key.bridge", "table");
            return KeyWay::default();
        };
        self.known("key.bridge", inner, &["file", "key", "order", "basket"]);
        let file = self.string(inner, "file");
        match &file {
            None if inner.get("file").is_none() => self.missing(Some(bridge.span()), "key.bridge.file"),
            Some(path) if leaves_the_workspace(path) => {
                let span = inner.get("file").map(Spanned::span);
                self.fault(span, words::LAYOUT_PATH.with([("path", path.clone())]));
            }
            _ => {}
        }
        KeyWay::Bridge {
            file: file.unwrap_or_default(),
            key: self.string(inner, "key").unwrap_or_else(|| "管理番号".to_owned()),
            order: self.string(inner, "order").unwrap_or_else(|| "注文番号".to_owned()),
            basket: self.string(inner, "basket"),
        }
    }

    fn not_this(&mut self, root: &Table) -> BTreeMap<String, Hint> {
        let Some(value) = root.get("not_this") else { return BTreeMap::new() };
        let Some(table) = value.get_ref().as_table() else {
            self.wrong_type(value, "not_this", "table");
            return BTreeMap::new();
        };
        let mut out = BTreeMap::new();
        for (name, hint) in table {
            // A shop writes for its own people and needs one language only.
            let both = if let Some(text) = hint.get_ref().as_str() {
                Some(Hint { ja: text.to_owned(), en: text.to_owned() })
            } else if let Some(table) = hint.get_ref().as_table() {
                self.known("not_this", table, &["ja", "en"]);
                let (ja, en) = (self.string(table, "ja"), self.string(table, "en"));
                if ja.is_none() && en.is_none() {
                    self.missing(Some(hint.span()), "not_this.ja");
                }
                ja.clone().or(en.clone()).zip(en.or(ja)).map(|(ja, en)| Hint { ja, en })
            } else {
                self.wrong_type(hint, "not_this", "string or table");
                None
            };
            if let Some(both) = both {
                out.insert(normal_name(name.get_ref()), both);
            }
        }
        out
    }

    fn completion(&mut self, root: &Table) -> Option<String> {
        let text = self.string(root, "completion")?;
        if !text.starts_with('.') || text.len() < 2 || text.contains(['/', '\\']) {
            let span = root.get("completion").map_or(0..0, Spanned::span);
            self.wrong_value(span, "completion", &text, &[".lock"]);
        }
        Some(text)
    }
}

/// Columns in which a person answers what a parcel's row left open. A carrier's tool has none of them, but a
/// row sent back with a question comes back with its answer, whatever the layout.
pub const ANSWERS: [(Field, &str); 3] =
    [(Field::Basket, "送付先ID"), (Field::Row, "発送明細ID"), (Field::Action, "処理")];

fn with_answers(mut columns: BTreeMap<Field, Column>, subject: Subject) -> BTreeMap<Field, Column> {
    for (field, name) in ANSWERS {
        let mut names = columns.values().flat_map(|column| std::iter::once(&column.name).chain(&column.aliases));
        let taken = names.any(|known| normal_name(known) == normal_name(name));
        if subject == Subject::Shipments && !taken {
            let column = Column { name: name.to_owned(), aliases: Vec::new(), position: None };
            columns.entry(field).or_insert(column);
        }
    }
    columns
}

/// Absolute, with a drive, or climbing out: not a path inside the workspace.
fn leaves_the_workspace(path: &str) -> bool {
    path.is_empty()
        || path.starts_with(['/', '\\'])
        || path.chars().nth(1) == Some(':')
        || path.split(['/', '\\']).any(|part| part == "..")
}

/// A JSON Schema of a layout file, for editors.
pub fn describe_schema() -> serde_json::Value {
    let words = |list: &[&str]| serde_json::json!({ "enum": list });
    let strings = || serde_json::json!({ "type": "array", "items": { "type": "string" } });
    let counts = || serde_json::json!({ "type": "array", "items": { "type": "integer", "minimum": 1 } });
    let names = |pairs: &mut dyn Iterator<Item = &'static str>| pairs.collect::<Vec<_>>();
    let column = serde_json::json!({
        "anyOf": [
            { "type": "string" },
            {
                "type": "object",
                "properties": {
                    "name": { "type": "string" },
                    "aliases": strings(),
                    "position": { "type": "integer", "minimum": 1 },
                },
                "required": ["name"],
                "additionalProperties": false,
            },
        ],
    });
    let columns: serde_json::Map<String, serde_json::Value> =
        FIELDS.iter().map(|(word, _)| ((*word).to_owned(), column.clone())).collect();
    let fields = names(&mut FIELDS.iter().map(|(word, _)| *word));
    let carriers = names(&mut Carrier::all().map(|(code, _)| code));
    serde_json::json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "denpyo layout",
        "type": "object",
        "properties": {
            "title": { "type": "string" },
            "subject": words(&names(&mut SUBJECTS.iter().map(|(word, _)| *word))),
            "encoding": words(&names(&mut ENCODINGS.iter().map(|(word, _)| *word))),
            "header": words(&names(&mut HEADERS.iter().map(|(word, _)| *word))),
            "counts": counts(),
            "dates": strings(),
            "needed": { "type": "array", "items": { "enum": fields } },
            "carrier": words(&carriers),
            "key": {
                "anyOf": [
                    { "enum": ["order-number", "serial"] },
                    {
                        "type": "object",
                        "properties": { "branch": strings() },
                        "required": ["branch"],
                        "additionalProperties": false,
                    },
                    {
                        "type": "object",
                        "properties": {
                            "bridge": {
                                "type": "object",
                                "properties": {
                                    "file": { "type": "string" },
                                    "key": { "type": "string" },
                                    "order": { "type": "string" },
                                    "basket": { "type": "string" },
                                },
                                "required": ["file"],
                                "additionalProperties": false,
                            },
                        },
                        "required": ["bridge"],
                        "additionalProperties": false,
                    },
                ],
            },
            "check": words(&names(&mut CHECKS.iter().map(|(word, _)| *word))),
            "lengths": counts(),
            "check_digit": words(&names(&mut DIGITS.iter().map(|(word, _)| *word))),
            "several_kinds": strings(),
            "completion": { "type": "string", "pattern": "^\\.[^/\\\\]+$" },
            "all_columns": strings(),
            "columns": {
                "type": "object",
                "properties": columns,
                "required": ["key"],
                "additionalProperties": false,
            },
            "not_this": {
                "type": "object",
                "additionalProperties": {
                    "anyOf": [
                        { "type": "string" },
                        {
                            "type": "object",
                            "properties": { "ja": { "type": "string" }, "en": { "type": "string" } },
                            "additionalProperties": false,
                        },
                    ],
                },
            },
        },
        "required": ["subject", "columns"],
        "additionalProperties": false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A faulty file gives exactly these codes, each pointing at this text.
    fn check(text: &str, expect: &[(&str, &str)]) {
        let faults = parse("layouts/test.toml", text).err().unwrap_or_default();
        let found: Vec<(&str, &str)> = faults
            .iter()
            .map(|fault| {
                let span = fault.span.clone().unwrap_or(0..0);
                (fault.why.code(), text.get(span).unwrap_or("?"))
            })
            .collect();
        assert_eq!(found, expect, "{text}");
    }

    const COLUMNS: &str = "[columns]\nkey = \"注文番号\"\n";

    #[test]
    fn every_built_in_layout_is_whole() {
        assert_eq!(built_in().len(), 16);
        for (name, text) in built_in() {
            let layout = parse(name, text).unwrap_or_else(|faults| panic!("{name}: {faults:?}"));
            assert_eq!(&layout.name, name);
            for column in layout.columns.values() {
                if let Some(place) = column.position {
                    let there = layout.all_columns.get(place - 1).unwrap_or_else(|| panic!("{name}: {}", column.name));
                    let mut names = std::iter::once(&column.name).chain(&column.aliases);
                    assert!(names.any(|own| normal_name(own) == normal_name(there)), "{name}: {there}");
                }
            }
            for (hint, text) in &layout.not_this {
                assert_ne!(text.ja, text.en, "{name}: `{hint}` is told in one language only");
                let own = layout.all_columns.iter().any(|column| normal_name(column) == *hint);
                assert!(!own, "{name}: `{hint}` is a column of the right file");
            }
        }
    }

    #[test]
    fn a_parcels_row_can_carry_a_persons_answer_in_every_layout() {
        for (name, _) in built_in() {
            let layout = built_in_named(name).unwrap();
            let there = ANSWERS.iter().filter(|(field, _)| layout.columns.contains_key(field)).count();
            assert!(layout.subject != Subject::Shipments || there == 3, "{name}");
        }
        // A name that the layout uses for something else stays what the layout says.
        let own = parse("a", "subject = \"shipments\"\n[columns]\nkey = \"処理\"\nbasket = \"届け先\"").unwrap();
        assert_eq!(own.columns.get(&Field::Action), None);
        assert_eq!(own.columns[&Field::Basket].name, "届け先");
        assert_eq!(own.columns[&Field::Row].name, "発送明細ID");
    }

    #[test]
    fn the_order_download_has_its_columns_in_order() {
        let layout = built_in_named("rms-orders").unwrap();
        assert_eq!(layout.all_columns.len(), 158);
        for (place, name) in
            [(1, "注文番号"), (52, "送付先ID"), (71, "商品明細ID"), (110, "店舗負担金合計"), (158, "SKU情報")]
        {
            assert_eq!(layout.all_columns[place - 1], name);
        }
        let b2 = built_in_named("yamato-b2").unwrap();
        assert_eq!((b2.all_columns.len(), b2.all_columns[75].as_str()), (98, "検索キー1"));
        let e3 = built_in_named("sagawa-ehiden3").unwrap();
        assert_eq!((e3.all_columns.len(), e3.all_columns[83].as_str()), (91, "削除区分"));
    }

    #[test]
    fn all_faults_come_at_once_and_point_at_their_place() {
        check(
            "titel = \"x\"\nsubject = \"shipment\"\n[columns]\nkey = { nama = \"注文番号\" }",
            &[
                ("layout-key-unknown", "titel"),
                ("layout-value", "\"shipment\""),
                ("layout-key-missing", "{ nama = \"注文番号\" }"),
                ("layout-key-unknown", "nama"),
            ],
        );
        check("subject = 3", &[("layout-key-missing", ""), ("layout-type", "3")]);
        check(
            &format!("subject = \"marks\"\ncarrier = \"ヤマト運輸\"\n{COLUMNS}"),
            &[("layout-value", "\"ヤマト運輸\"")],
        );
        check(&format!("subject = \"marks\"\ndates = [\"yyyy/mm\"]\n{COLUMNS}"), &[("layout-value", "\"yyyy/mm\"")]);
        check(&format!("subject = \"marks\"\nneeded = [\"number\"]\n{COLUMNS}"), &[("layout-needed", "\"number\"")]);
        check(
            &format!("subject = \"marks\"\n{COLUMNS}number = {{ name = \"注文 番号\" }}"),
            &[("layout-name-twice", "{ name = \"注文 番号\" }")],
        );
        check(
            &format!("subject = \"marks\"\nkey = {{ bridge = {{ file = \"../x.csv\" }} }}\n{COLUMNS}"),
            &[("layout-path", "\"../x.csv\"")],
        );
        check(
            &format!(
                "subject = \"marks\"\n{COLUMNS}[not_this]\na = 1\nb = {{}}\nc = {{ fr = \"x\", en = \"y\" }}\nd = \"z\""
            ),
            &[("layout-type", "1"), ("layout-key-missing", "{}"), ("layout-key-unknown", "fr")],
        );
        check("subject = ", &[("layout-syntax", "")]);
    }

    #[test]
    fn a_slip_gets_a_suggestion() {
        let faults = parse("a.toml", &format!("subjct = \"marks\"\n{COLUMNS}")).unwrap_err();
        assert_eq!(faults.iter().find_map(|fault| fault.suggestion.clone()).as_deref(), Some("subject"));
        let faults = parse("a.toml", &format!("subject = \"marks\"\ncarrier = \"佐川急便\"\n{COLUMNS}")).unwrap_err();
        assert_eq!(faults[0].suggestion.as_deref(), Some("1002"));
    }

    #[test]
    fn names_are_compared_whatever_their_width() {
        for (a, b) in [
            ("\u{feff}\"注文番号\"", "注文番号"),
            ("検索キー１", "検索キー1"),
            ("ｺﾚｸﾄ代金引換額（税込)", "コレクト代金引換額（税込）"),
            ("問い合せ№", "問い合せNo"),
            ("メール差込文 (お客様へのメッセージ)", "メール差込文（お客様へのメッセージ）"),
        ] {
            assert_eq!(normal_name(a), normal_name(b));
        }
        assert_ne!(normal_name("送付先送料"), normal_name("送料"));
    }

    #[test]
    fn the_schema_knows_every_key() {
        let schema = describe_schema();
        for key in KEYS {
            assert!(schema["properties"].get(key).is_some(), "{key}");
        }
    }
}
