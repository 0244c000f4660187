//! How a settings file may look, as data: which keys a table has, what each holds, what it is for.
//! The check, the list of keys shown to a person and the JSON Schema all come from it, so they
//! cannot drift apart. What the keys are stands in `keys`; what they mean to the trip in `pipeline` and `shop`.

use super::forms::{self, Form};
use super::suggest::nearest;
use super::tree::{Entry, Faults, Kind, Node, Table, Tree};
use crate::model::words::{Why, setting};

/// What a value may be.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    Text(Form),
    Whole {
        least: i64,
        most: i64,
    },
    /// A number out of a closed set.
    State,
    Flag,
    /// A text out of a closed set.
    Word(&'static [Choice]),
    List {
        of: &'static Shape,
        least: usize,
    },
    /// A table with keys of ours.
    Fixed(&'static Book),
    /// A table whose keys are names the person gives: ASCII, since others refer to them.
    Named(&'static Shape),
    /// A table whose keys are the person's own texts, such as column names.
    Open(&'static Shape),
    /// A table whose keys are out of a closed set.
    Keyed(&'static [Choice], &'static Shape),
    /// Told apart by what TOML says the value is.
    Either(&'static [Shape]),
    /// Where a secret comes from; a text in its place is the secret itself, and is never shown.
    Secret(&'static Book),
}

/// A word that may be chosen, with what a Japanese speaker might write in its place.
#[derive(Clone, Copy, Debug)]
pub struct Choice {
    pub word: &'static str,
    pub ja: &'static str,
}

/// The keys of one table.
#[derive(Debug)]
pub struct Book {
    pub keys: &'static [Key],
    /// Exactly one of the keys is written (`{ env = … }` or `{ file = … }`).
    pub one_of: bool,
}

/// One setting.
#[derive(Debug)]
pub struct Key {
    pub name: &'static str,
    pub shape: Shape,
    pub needed: bool,
    /// As it is written in TOML; empty if there is none.
    pub default: &'static str,
    /// As it is written in TOML.
    pub example: &'static str,
    pub ja: &'static str,
    pub en: &'static str,
}

impl Key {
    pub const fn new(
        name: &'static str,
        shape: Shape,
        example: &'static str,
        ja: &'static str,
        en: &'static str,
    ) -> Key {
        Key { name, shape, needed: false, default: "", example, ja, en }
    }

    pub const fn needed(self) -> Key {
        Key { needed: true, ..self }
    }

    pub const fn or(self, default: &'static str) -> Key {
        Key { default, ..self }
    }
}

impl Book {
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }
}

/// Holds a whole file against its book; every misfit becomes a fault.
pub fn check(tree: &Tree, book: &'static Book, file_word: &'static str, faults: &mut Faults) {
    Check { tree, whole: book, faults }.fixed(&tree.root, None, book, file_word, true);
}

struct Check<'a> {
    tree: &'a Tree,
    whole: &'static Book,
    faults: &'a mut Faults,
}

impl Check<'_> {
    fn value(&mut self, node: &Node, shape: &'static Shape, path: &str, key: &'static Key) {
        if self.tree.is_broken_at(&node.span) && !matches!(node.kind, Kind::Table(_)) {
            return;
        }
        match (shape, &node.kind) {
            (Shape::Text(form), Kind::Text(text)) => {
                if let Err(misfit) = forms::judge(*form, key.name, text) {
                    self.faults.with(&node.span, misfit.why, misfit.suggestion);
                }
            }
            (Shape::Whole { least, most }, Kind::Whole(number)) => {
                if !number.is_some_and(|number| (*least..=*most).contains(&number)) {
                    let why = setting::OUT_OF_RANGE.with([
                        ("key", key.name.to_owned()),
                        ("least", least.to_string()),
                        ("most", most.to_string()),
                        ("value", number.map_or_else(|| "…".to_owned(), |number| number.to_string())),
                    ]);
                    self.faults.at(&node.span, why);
                }
            }
            (Shape::State, Kind::Whole(number)) => {
                if !number.is_some_and(|number| super::keys::STATES.contains(&number)) {
                    let value = number.map_or_else(|| "…".to_owned(), |number| number.to_string());
                    self.faults.at(&node.span, setting::STATE_UNKNOWN.with([("value", value)]));
                }
            }
            (Shape::Flag, Kind::Flag(_)) => {}
            (Shape::Word(choices), Kind::Text(text)) => self.word(node, choices, text, key),
            (Shape::List { of, least }, Kind::List(items)) => {
                if items.len() < *least {
                    self.faults.at(&node.span, setting::LIST_EMPTY.with([("key", key.name.to_owned())]));
                }
                for item in items {
                    self.value(item, of, path, key);
                }
            }
            (Shape::Secret(book), Kind::Table(table)) => {
                if let Some(entry) = table.entries.iter().find(|entry| entry.node.text().is_some_and(looks_like_key)) {
                    let why = setting::SECRET_WRITTEN
                        .with([("key", key.name.to_owned()), ("example", key.example.to_owned())]);
                    self.faults.at(&entry.node.span, why);
                    return;
                }
                self.fixed(table, Some(node), book, path, false);
            }
            (Shape::Fixed(book), Kind::Table(table)) => self.fixed(table, Some(node), book, path, false),
            (Shape::Named(of), Kind::Table(table)) => self.named(node, table, of, path, key),
            (Shape::Open(of), Kind::Table(table)) => {
                for entry in &table.entries {
                    self.value(&entry.node, of, path, key);
                }
            }
            (Shape::Keyed(choices, of), Kind::Table(table)) => {
                for entry in &table.entries {
                    let at = Node { span: entry.key_span.clone(), kind: Kind::Text(entry.key.clone()) };
                    self.word(&at, choices, &entry.key, key);
                    self.value(&entry.node, of, path, key);
                }
            }
            (Shape::Either(shapes), kind) => match shapes.iter().find(|shape| fits(shape, kind)) {
                Some(shape) => self.value(node, shape, path, key),
                None => {
                    let why =
                        setting::WANT_OTHER.with([("key", key.name.to_owned()), ("example", key.example.to_owned())]);
                    self.faults.at(&node.span, why);
                }
            },
            (Shape::Secret(_), Kind::Text(_)) => {
                let why =
                    setting::SECRET_WRITTEN.with([("key", key.name.to_owned()), ("example", key.example.to_owned())]);
                self.faults.at(&node.span, why);
            }
            (Shape::Named(_), _) if path == key.name => {
                self.faults.at(&node.span, setting::STAGE_UNNAMED.with([("stage", path.to_owned())]));
            }
            (wanted, _) => self.wrong_kind(node, wanted, key),
        }
    }

    fn wrong_kind(&mut self, node: &Node, wanted: &Shape, key: &Key) {
        // In a list the example is the list's, which shows the item's form as well.
        let values = || [("key", key.name.to_owned()), ("example", key.example.to_owned())];
        let (why, suggestion): (Why, Option<String>) = match (wanted, &node.kind) {
            (Shape::Text(_) | Shape::Word(_), Kind::Whole(Some(number))) => {
                let unit = matches!(wanted, Shape::Text(Form::Duration { .. }));
                let meant = if unit { format!("\"{number}s\"") } else { format!("\"{number}\"") };
                (setting::WANT_TEXT.with(values()), Some(meant))
            }
            (Shape::Text(_) | Shape::Word(_), _) => (setting::WANT_TEXT.with(values()), None),
            (Shape::Whole { .. } | Shape::State, Kind::Text(text)) => {
                let bare: String = text.chars().filter(|c| *c != ',' && *c != '_').collect();
                let meant = bare.trim().parse::<i64>().ok().map(|number| number.to_string());
                (setting::WANT_WHOLE.with(values()), meant)
            }
            (Shape::Whole { .. } | Shape::State, _) => (setting::WANT_WHOLE.with(values()), None),
            (Shape::Flag, Kind::Text(text)) => {
                let meant = match text.to_lowercase().as_str() {
                    "true" | "yes" | "on" | "はい" | "する" => Some("true"),
                    "false" | "no" | "off" | "いいえ" | "しない" => Some("false"),
                    _ => None,
                };
                (setting::WANT_FLAG.with([("key", key.name.to_owned())]), meant.map(str::to_owned))
            }
            (Shape::Flag, _) => (setting::WANT_FLAG.with([("key", key.name.to_owned())]), None),
            (Shape::List { .. }, Kind::Text(text)) => {
                (setting::WANT_LIST.with(values()), Some(format!("[\"{text}\"]")))
            }
            (Shape::List { .. }, Kind::Whole(Some(number))) => {
                (setting::WANT_LIST.with(values()), Some(format!("[{number}]")))
            }
            (Shape::List { .. }, _) => (setting::WANT_LIST.with(values()), None),
            (Shape::Fixed(_) | Shape::Named(_) | Shape::Open(_) | Shape::Keyed(..) | Shape::Secret(_), _) => {
                (setting::WANT_TABLE.with(values()), None)
            }
            (Shape::Either(_), _) => (setting::WANT_OTHER.with(values()), None),
        };
        self.faults.with(&node.span, why, suggestion);
    }

    fn word(&mut self, node: &Node, choices: &'static [Choice], text: &str, key: &Key) {
        if choices.iter().any(|choice| choice.word == text) {
            return;
        }
        let meant = choices
            .iter()
            .find(|choice| !choice.ja.is_empty() && choice.ja == text.trim())
            .map(|choice| choice.word)
            .or_else(|| nearest(text, choices.iter().map(|choice| choice.word)));
        let why = setting::CHOICE_UNKNOWN.with([
            ("key", key.name.to_owned()),
            ("value", text.to_owned()),
            ("choices", quoted(choices.iter().map(|choice| choice.word))),
        ]);
        self.faults.with(&node.span, why, meant.map(str::to_owned));
    }

    fn named(&mut self, node: &Node, table: &Table, of: &'static Shape, path: &str, key: &'static Key) {
        // `[read]` with settings right below it: the name was forgotten, and one fault says so.
        if let Some(entry) = table.entries.iter().find(|entry| !matches!(entry.node.kind, Kind::Table(_))) {
            let span = if node.span.is_empty() { &entry.key_span } else { &node.span };
            self.faults.at(span, setting::STAGE_UNNAMED.with([("stage", path.to_owned())]));
            return;
        }
        for entry in &table.entries {
            if !is_name(&entry.key) {
                let why = setting::NAME_NOT_ASCII.with([("name", entry.key.clone())]);
                self.faults.at(&entry.key_span, why);
            }
            let path = format!("{path}.{}", entry.key);
            if let (Shape::Fixed(book), Kind::Table(table)) = (of, &entry.node.kind) {
                self.fixed(table, Some(&entry.node), book, &path, false);
            } else {
                self.value(&entry.node, of, &path, key);
            }
        }
    }

    fn fixed(&mut self, table: &Table, node: Option<&Node>, book: &'static Book, path: &str, is_root: bool) {
        for entry in &table.entries {
            match book.key(&entry.key) {
                Some(key) => {
                    let below = if is_root { key.name.to_owned() } else { format!("{path}.{}", key.name) };
                    self.value(&entry.node, &key.shape, &below, key);
                }
                None => self.unknown(entry, book, path, is_root),
            }
        }
        let span = node.map_or(0..0, |node| node.span.clone());
        if self.tree.is_broken_at(&span) {
            return;
        }
        // A slip in a key is said at the slip; saying that the right one is missing would say it twice.
        let unknown = || table.entries.iter().filter(|entry| book.key(&entry.key).is_none());
        if book.one_of {
            if unknown().next().is_some() {
                return;
            }
            let count = book.keys.iter().filter(|key| table.get(key.name).is_some()).count();
            if count != 1 {
                let why = setting::ONE_OF
                    .with([("table", path.to_owned()), ("keys", quoted(book.keys.iter().map(|key| key.name)))]);
                self.faults.at(&span, why);
            }
            return;
        }
        // What cannot be read may be the very key that seems to be missing.
        if !self.tree.is_sound() {
            return;
        }
        for key in book.keys.iter().filter(|key| key.needed && table.get(key.name).is_none()) {
            let why = match key.shape {
                Shape::Named(_) => setting::TABLE_MISSING.with([("table", key.name.to_owned())]),
                _ => setting::KEY_MISSING.with([
                    ("table", path.to_owned()),
                    ("key", key.name.to_owned()),
                    ("example", key.example.to_owned()),
                ]),
            };
            if !unknown().any(|entry| nearest(&entry.key, [key.name]).is_some()) {
                self.faults.at(&span, why);
            }
        }
    }

    fn unknown(&mut self, entry: &Entry, book: &'static Book, path: &str, is_root: bool) {
        if self.tree.is_broken_at(&entry.key_span) {
            return;
        }
        let span = &entry.key_span;
        let is_stage = is_root && matches!(entry.node.kind, Kind::Table(_) | Kind::List(_));
        let names = || book.keys.iter().map(|key| key.name);
        let by_japanese = || book.keys.iter().find(|key| key.ja == entry.key.trim()).map(|key| key.name);
        let meant = nearest(&entry.key, names()).or_else(by_japanese);
        if is_stage {
            let stages = book.keys.iter().filter(|key| is_table(&key.shape)).map(|key| key.name);
            let why = setting::STAGE_UNKNOWN.with([("stage", entry.key.clone()), ("stages", quoted(stages))]);
            self.faults.with(span, why, meant.map(str::to_owned));
            return;
        }
        if meant.is_none()
            && let Some(place) = place_of(self.whole, &entry.key, "")
        {
            let why =
                setting::KEY_ELSEWHERE.with([("key", entry.key.clone()), ("table", path.to_owned()), ("place", place)]);
            self.faults.at(span, why);
            return;
        }
        let why = setting::KEY_UNKNOWN.with([
            ("key", entry.key.clone()),
            ("table", path.to_owned()),
            ("keys", quoted(names())),
        ]);
        self.faults.with(span, why, meant.map(str::to_owned));
    }
}

/// Where in the file a key is at home, for a key that stands in the wrong table.
fn place_of(book: &'static Book, name: &str, path: &str) -> Option<String> {
    for key in book.keys {
        let (below, at) = match key.shape {
            Shape::Fixed(below) => (below, format!("{path}{}", key.name)),
            Shape::Named(Shape::Fixed(below)) => (*below, format!("{path}{}.…", key.name)),
            _ => continue,
        };
        if below.key(name).is_some() {
            return Some(format!("[{at}]"));
        }
        if let Some(place) = place_of(below, name, &format!("{at}.")) {
            return Some(place);
        }
    }
    None
}

fn is_table(shape: &Shape) -> bool {
    match shape {
        Shape::Fixed(_) | Shape::Named(_) | Shape::Open(_) => true,
        Shape::List { of, .. } => is_table(of),
        _ => false,
    }
}

fn fits(shape: &Shape, kind: &Kind) -> bool {
    matches!(
        (shape, kind),
        (Shape::Text(_) | Shape::Word(_), Kind::Text(_))
            | (Shape::Whole { .. } | Shape::State, Kind::Whole(_))
            | (Shape::Flag, Kind::Flag(_))
            | (Shape::List { .. }, Kind::List(_))
            | (
                Shape::Fixed(_) | Shape::Named(_) | Shape::Open(_) | Shape::Keyed(..) | Shape::Secret(_),
                Kind::Table(_)
            )
    )
}

/// `SP` or `SL`, six digits, `_` and more: the mall's keys themselves, written where the name of their place belongs.
pub fn looks_like_key(text: &str) -> bool {
    let digits = text.strip_prefix("SP").or_else(|| text.strip_prefix("SL")).and_then(|rest| rest.split_once('_'));
    digits.is_some_and(|(shop, _)| shop.len() == 6 && shop.bytes().all(|b| b.is_ascii_digit()))
}

/// Names that others refer to, that stand in messages, file names and the ledger.
fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// `` `a` `b` ``
pub fn quoted<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" ")
}
