//! A settings file as a tree of values, each with its place. Reading goes on after a fault in the
//! writing, and `${NAME}` is filled in here, so that nobody behind this file sees either.
//! It does not know which keys exist; that is `shape`'s business.

use crate::model::fault::Fault;
use crate::model::words::{Why, setting};
use std::borrow::Cow;
use std::ops::Range;
use toml::de::{DeArray, DeTable, DeValue};

/// A value with the bytes it stands on. A `[table]`'s place is its header.
#[derive(Clone, Debug)]
pub struct Node {
    pub span: Range<usize>,
    pub kind: Kind,
}

#[derive(Clone, Debug)]
pub enum Kind {
    Text(String),
    /// `None` where the number does not fit 64 bits.
    Whole(Option<i64>),
    Flag(bool),
    /// A decimal number or a date: nothing of ours is written so.
    Other,
    List(Vec<Node>),
    Table(Table),
}

/// Entries in the order they stand in the file.
#[derive(Clone, Debug, Default)]
pub struct Table {
    pub entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
pub struct Entry {
    pub key: String,
    pub key_span: Range<usize>,
    pub node: Node,
}

impl Table {
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }

    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.node)
    }

    pub fn table(&self, key: &str) -> Option<&Table> {
        self.get(key)?.table()
    }

    pub fn text(&self, key: &str) -> Option<&str> {
        self.get(key)?.text()
    }

    pub fn whole(&self, key: &str) -> Option<i64> {
        match self.get(key)?.kind {
            Kind::Whole(number) => number,
            _ => None,
        }
    }

    pub fn flag(&self, key: &str) -> Option<bool> {
        match self.get(key)?.kind {
            Kind::Flag(flag) => Some(flag),
            _ => None,
        }
    }

    /// The texts of a list, or a lone text as a list of one; empty if there is neither.
    pub fn texts(&self, key: &str) -> Vec<String> {
        self.get(key).map(Node::texts).unwrap_or_default()
    }

    /// The tables of an array of tables.
    pub fn tables(&self, key: &str) -> Vec<(&Node, &Table)> {
        match self.get(key).map(|node| &node.kind) {
            Some(Kind::List(items)) => items.iter().filter_map(|item| Some((item, item.table()?))).collect(),
            _ => Vec::new(),
        }
    }

    /// Named tables below a stage's word, in order of name: the order of writing must not matter.
    pub fn named(&self, stage: &str) -> Vec<(&str, &Entry, &Table)> {
        let Some(table) = self.table(stage) else { return Vec::new() };
        let mut all: Vec<_> =
            table.entries.iter().filter_map(|entry| Some((entry.key.as_str(), entry, entry.node.table()?))).collect();
        all.sort_by_key(|(name, ..)| *name);
        all
    }
}

impl Node {
    pub fn table(&self) -> Option<&Table> {
        match &self.kind {
            Kind::Table(table) => Some(table),
            _ => None,
        }
    }

    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn texts(&self) -> Vec<String> {
        match &self.kind {
            Kind::Text(text) => vec![text.clone()],
            Kind::List(items) => items.iter().filter_map(|item| item.text().map(str::to_owned)).collect(),
            _ => Vec::new(),
        }
    }
}

/// The faults of one file as they are found.
pub struct Faults {
    file: String,
    pub list: Vec<Fault>,
}

impl Faults {
    pub fn new(file: &str) -> Faults {
        Faults { file: file.to_owned(), list: Vec::new() }
    }

    pub fn at(&mut self, span: &Range<usize>, why: Why) {
        self.with(span, why, None);
    }

    pub fn with(&mut self, span: &Range<usize>, why: Why, suggestion: Option<String>) {
        self.list.push(Fault { file: self.file.clone(), span: Some(span.clone()), why, suggestion });
    }

    /// In order of place, each thing said once.
    pub fn sorted(mut self) -> Vec<Fault> {
        let place = |fault: &Fault| fault.span.clone().map_or((0, 0), |span| (span.start, span.end));
        self.list.sort_by_key(place);
        self.list.dedup();
        self.list
    }
}

/// What was read and whether the file was well written.
pub struct Tree {
    pub root: Table,
    /// Lines that hold a fault in the writing: what stands there was guessed, so nothing more is said of them.
    broken: Vec<Range<usize>>,
    /// Texts with a `${…}` that could not be filled in: what they would have been is not known.
    unfilled: Vec<Range<usize>>,
}

impl Tree {
    /// The file is TOML from end to end.
    pub fn is_sound(&self) -> bool {
        self.broken.is_empty()
    }

    /// Whether what stands at a place is a guess; a fault there has been noted already.
    pub fn is_broken_at(&self, span: &Range<usize>) -> bool {
        self.unfilled.contains(span) || self.broken.iter().any(|line| span.start <= line.end && line.start < span.end)
    }
}

/// Reads a file's text. Faults of writing and of `${NAME}` go to `faults`; the tree holds what could be read.
pub fn read(text: &str, env: &dyn Fn(&str) -> Option<String>, faults: &mut Faults) -> Tree {
    let readable = half_width(text, faults);
    let (table, errors) = DeTable::parse_recoverable(&readable);
    let mut broken = Vec::new();
    for error in &errors {
        let span = on_characters(text, error.span().unwrap_or(0..0));
        let line = line_around(text, &span);
        // One slip often brings several complaints on its line; the first says enough.
        if !broken.contains(&line) {
            let (span, why) = syntax(text, span, error.message());
            faults.at(&span, why);
            broken.push(line);
        }
    }
    let mut filler = Filler { text, env, faults, unfilled: Vec::new() };
    let root = filler.table(table.get_ref());
    Tree { root, broken, unfilled: filler.unfilled }
}

/// The place of a value (or of a table's header) by its path, without judging the file. A last step into a
/// list is the text of one of its items, or the place of one that is a table, from 0.
pub fn locate(text: &str, path: &[&str]) -> Option<Range<usize>> {
    let (table, _) = DeTable::parse_recoverable(text);
    let mut here = table.get_ref().clone();
    let mut list = None;
    let mut found: Option<Range<usize>> = None;
    for (depth, step) in path.iter().enumerate() {
        if let Some(items) = &list {
            let items: &DeArray<'_> = items;
            // One of a list of tables, by its place from 0.
            let table = step.parse().ok().and_then(|at: usize| items.get(at));
            if let Some(DeValue::Table(_)) = table.map(|table| table.get_ref()) {
                return table.map(|table| on_characters(text, table.span())).or(found);
            }
            let item = items.iter().find(|item| item.get_ref().as_str() == Some(step));
            return item.map(|item| on_characters(text, item.span())).or(found);
        }
        let (key, value) = here.iter().find(|(key, _)| key.get_ref().as_ref() == *step)?;
        found = Some(place_of(text, &key.span(), value.get_ref(), value.span()));
        if depth + 1 < path.len() {
            match value.get_ref() {
                DeValue::Table(table) => here = table.clone(),
                DeValue::Array(items) => list = Some(items.clone()),
                // A lone text where a list may stand.
                _ => return found,
            }
        }
    }
    found
}

/// Tables made by a header point at the header; dotted or implied ones at their key.
fn place_of(text: &str, key: &Range<usize>, value: &DeValue<'_>, span: Range<usize>) -> Range<usize> {
    let span = on_characters(text, span);
    match value {
        DeValue::Table(_) if span.is_empty() => on_characters(text, key.clone()),
        _ => span,
    }
}

struct Filler<'a> {
    text: &'a str,
    env: &'a dyn Fn(&str) -> Option<String>,
    faults: &'a mut Faults,
    unfilled: Vec<Range<usize>>,
}

impl Filler<'_> {
    fn table(&mut self, table: &DeTable<'_>) -> Table {
        let mut entries: Vec<Entry> = table
            .iter()
            .map(|(key, value)| {
                let key_span = on_characters(self.text, key.span());
                let span = place_of(self.text, &key_span, value.get_ref(), value.span());
                let node = self.node(value.get_ref(), span);
                Entry { key: key.get_ref().to_string(), key_span, node }
            })
            .collect();
        entries.sort_by_key(|entry| entry.key_span.start);
        Table { entries }
    }

    fn node(&mut self, value: &DeValue<'_>, span: Range<usize>) -> Node {
        let kind = match value {
            DeValue::String(text) => Kind::Text(self.fill(text, &span)),
            DeValue::Integer(number) => Kind::Whole(i64::from_str_radix(number.as_str(), number.radix()).ok()),
            DeValue::Boolean(flag) => Kind::Flag(*flag),
            DeValue::Float(_) | DeValue::Datetime(_) => Kind::Other,
            DeValue::Array(items) => Kind::List(
                items.iter().map(|item| self.node(item.get_ref(), on_characters(self.text, item.span()))).collect(),
            ),
            DeValue::Table(table) => Kind::Table(self.table(table)),
        };
        Node { span, kind }
    }

    /// Puts the environment's values in; `$${` stands for `${` itself.
    fn fill(&mut self, raw: &str, span: &Range<usize>) -> String {
        let mut out = String::with_capacity(raw.len());
        let mut rest = raw;
        // Where in the file the next `${` is looked for; escapes may make the text differ from its source.
        let mut from = span.start;
        while let Some((before, after)) = rest.split_once("${") {
            if let Some(before) = before.strip_suffix('$') {
                out.push_str(before);
                out.push_str("${");
                rest = after;
                continue;
            }
            out.push_str(before);
            let written = after.split_once('}').filter(|(name, _)| is_env_name(name));
            let Some((name, tail)) = written else {
                let place = self.find("${", from, span);
                self.unfilled.push(span.clone());
                self.faults.at(&place, setting::ENV_FORM.with([("example", "${NAME}".to_owned())]));
                rest = after;
                from = place.end;
                continue;
            };
            let place = self.find(&format!("${{{name}}}"), from, span);
            from = if place == *span { from } else { place.end };
            match (self.env)(name) {
                Some(value) => out.push_str(&value),
                None => {
                    self.unfilled.push(span.clone());
                    self.faults.at(&place, setting::ENV_UNDEFINED.with([("name", name.to_owned())]));
                }
            }
            rest = tail;
        }
        out.push_str(rest);
        out
    }

    fn find(&self, needle: &str, from: usize, span: &Range<usize>) -> Range<usize> {
        let found = self.text.get(from..span.end).and_then(|slice| slice.find(needle));
        found.map_or_else(|| span.clone(), |at| from + at..from + at + needle.len())
    }
}

fn is_env_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// A range that begins and ends between characters.
fn on_characters(text: &str, span: Range<usize>) -> Range<usize> {
    let start = text.floor_char_boundary(span.start.min(text.len()));
    let end = text.ceil_char_boundary(span.end.min(text.len())).max(start);
    start..end
}

fn line_around(text: &str, span: &Range<usize>) -> Range<usize> {
    let start = text.get(..span.start).and_then(|head| head.rfind('\n')).map_or(0, |at| at + 1);
    let end = text.get(span.start..).and_then(|tail| tail.find('\n')).map_or(text.len(), |at| span.start + at);
    start..end.max(start + 1)
}

/// Signs that a Japanese keyboard gives in full width, and what TOML wants.
const FULL_WIDTH: [(char, &str); 17] = [
    ('＝', "="),
    ('　', " "),
    ('“', "\""),
    ('”', "\""),
    ('＂', "\""),
    ('‘', "'"),
    ('’', "'"),
    ('［', "["),
    ('］', "]"),
    ('｛', "{"),
    ('｝', "}"),
    ('，', ","),
    ('、', ","),
    ('＃', "#"),
    ('．', "."),
    ('「', "\""),
    ('」', "\""),
];

/// Lines mended in one file at most; a file with more full-width signs than that is not TOML at all.
const MENDED_LINES_MAX: usize = 200;

/// Names each full-width sign that TOML trips over, and gives the text with those signs as they were
/// meant, so that what else is wrong can be seen too. Every byte keeps its place.
fn half_width<'a>(text: &'a str, faults: &mut Faults) -> Cow<'a, str> {
    let mut readable = Cow::Borrowed(text);
    for _ in 0..MENDED_LINES_MAX {
        let (_, errors) = DeTable::parse_recoverable(&readable);
        // Only where the parser stops: elsewhere such a sign may stand in a string of several lines.
        let found = errors.iter().find_map(|error| {
            let line = line_around(&readable, &on_characters(&readable, error.span().unwrap_or(0..0)));
            full_width_outside_quotes(&readable, &line)
        });
        let Some((at, sign, instead)) = found else { break };
        let span = at..at + sign.len_utf8();
        let why = setting::TOML_FULL_WIDTH.with([("found", sign.to_string()), ("instead", instead.to_owned())]);
        faults.at(&span, why);
        let before = readable.get(..at).unwrap_or_default().trim_end_matches(' ');
        let opens = before.ends_with(['=', '[', ',', '{']);
        let width = sign.len_utf8();
        let mended = if opens { format!("{instead:>width$}") } else { format!("{instead:<width$}") };
        // The other end of a quote goes with it, before the parser takes it for the text's own.
        let line = line_around(&readable, &span);
        let rest = readable.get(span.end..line.end).unwrap_or_default();
        let ends: &[char] = match instead {
            "\"" => &['”', '“', '＂', '」'],
            "'" => &['’', '‘'],
            _ => &[],
        };
        let close = rest.char_indices().find(|(_, c)| ends.contains(c)).map(|(place, c)| {
            let start = span.end + place;
            start..start + c.len_utf8()
        });
        let text = readable.to_mut();
        if let Some(close) = close {
            let width = close.len();
            text.replace_range(close, &format!("{instead:<width$}"));
        }
        text.replace_range(span, &mended);
    }
    readable
}

/// The parser's complaint in words for people, with a narrower place where one is plain.
fn syntax(text: &str, span: Range<usize>, detail: &str) -> (Range<usize>, Why) {
    let here = text.get(span.clone()).unwrap_or_default().trim_end_matches(['\r', '\n']);
    // The parser marks the character before which it stopped; an empty mark would put no caret anywhere.
    let span = if here.is_empty() { span } else { span.start..span.start + here.len() };
    if detail.contains("duplicate key") {
        return (span, setting::TOML_TWICE.with([("key", here.to_owned())]));
    }
    if detail.contains("invalid unquoted key") && !here.is_ascii() {
        return (span, setting::KEY_NOT_ASCII.with([("key", here.to_owned())]));
    }
    if here.is_empty() && detail.contains("must be quoted") {
        return (span, setting::TOML_NO_VALUE.plain());
    }
    if detail.contains("string values must be quoted") {
        return (span, setting::TOML_UNQUOTED.plain());
    }
    if detail.contains("unclosed")
        || detail.contains("invalid basic string")
        || detail.contains("invalid literal string")
    {
        return (span, setting::TOML_UNCLOSED.with([("detail", detail.to_owned())]));
    }
    (span, setting::TOML_SYNTAX.with([("detail", detail.to_owned())]))
}

/// The first full-width sign of a line that stands neither in a string nor in a comment.
fn full_width_outside_quotes(text: &str, line: &Range<usize>) -> Option<(usize, char, &'static str)> {
    let mut quote: Option<char> = None;
    let mut escaped = false;
    for (at, c) in text.get(line.clone())?.char_indices() {
        match quote {
            Some(_) if escaped => escaped = false,
            Some('"') if c == '\\' => escaped = true,
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if c == '"' || c == '\'' => quote = Some(c),
            None if c == '#' => return None,
            None => {
                if let Some((sign, instead)) = FULL_WIDTH.iter().find(|(sign, _)| *sign == c) {
                    return Some((line.start + at, *sign, instead));
                }
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text of a key after `${…}` was filled in, and the codes and places of faults.
    fn check(text: &str, value: Option<&str>, expect: &[(&str, &str)]) {
        let env = |name: &str| (name == "HOME_SHOP").then(|| "demo".to_owned());
        let mut faults = Faults::new("x.toml");
        let tree = read(text, &env, &mut faults);
        let said: Vec<_> = faults
            .sorted()
            .iter()
            .map(|fault| (fault.why.code(), text.get(fault.span.clone().unwrap()).unwrap().to_owned()))
            .collect();
        let said: Vec<_> = said.iter().map(|(code, at)| (*code, at.as_str())).collect();
        assert_eq!(said, expect, "{text}");
        assert_eq!(tree.root.text("a"), value, "{text}");
    }

    #[test]
    fn the_environment_is_filled_in_with_its_place() {
        check("a = \"x-${HOME_SHOP}-y\"", Some("x-demo-y"), &[]);
        check("a = \"表$${HOME_SHOP}\"", Some("表${HOME_SHOP}"), &[]);
        check("a = \"日本${NO}語${HOME_SHOP}\"", Some("日本語demo"), &[("env-undefined", "${NO}")]);
        check("a = \"${1X}\"", Some("1X}"), &[("env-form", "${")]);
        check("a = \"${NO}${NO}\"", Some(""), &[("env-undefined", "${NO}"), ("env-undefined", "${NO}")]);
    }

    #[test]
    fn faults_of_writing_are_all_found_and_named() {
        check("b ＝ \"x\"\na = \"y\"", Some("y"), &[("toml-full-width", "＝")]);
        check("a = \"y\"\na = \"z\"", Some("y"), &[("toml-twice", "a")]);
        check("列 = \"x\"\na = \"y\"", Some("y"), &[("key-not-ascii", "列")]);
        check("b = \"　＝\" # ＝\na = \"y\"", Some("y"), &[]);
        check("b = x\nc ＝ 1\na = \"y\"", Some("y"), &[("toml-unquoted", "x"), ("toml-full-width", "＝")]);
        let typed = [("toml-full-width", "＝"), ("toml-full-width", "“")];
        check("a ＝ “y”", Some("y"), &typed);
        check("a = \"\"\"\n＝\n\"\"\"\nb = x", Some("＝\n"), &[("toml-unquoted", "x")]);
    }

    #[test]
    fn a_byte_order_mark_moves_no_place() {
        check("\u{feff}a = \"${NO}\"", Some(""), &[("env-undefined", "${NO}")]);
    }

    #[test]
    fn places_are_found_by_path() {
        let text = "[read.x]\nfiles = \"表\"\n";
        assert_eq!(locate(text, &["read", "x", "files"]).and_then(|span| text.get(span)), Some("\"表\""));
        assert_eq!(locate(text, &["read", "x"]).and_then(|span| text.get(span)), Some("[read.x]"));
        assert_eq!(locate(text, &["read", "y"]), None);
    }
}
