//! A pipeline file's text to a checked `Pipeline`, or all its faults. Layouts and shops are other
//! files; whether the pipeline fits them is `check`'s question.

use super::forms;
use super::keys;
use super::shape;
use super::tree::{self, Entry, Faults, Kind, Node, Table, Tree};
use crate::model::carrier::Carrier;
use crate::model::fault::Fault;
use crate::model::ids::ShopName;
use crate::model::layout::{Field, Header, KeyWay, NumberCheck};
use crate::model::money::Yen;
use crate::model::pipeline::*;
use crate::model::plan::Via;
use crate::model::wish::ReasonCode;
use crate::model::words::setting;
use std::collections::{BTreeMap, BTreeSet};

/// What `ship_date` says for the file's business day.
pub const RUN_DATE: &str = "run-date";

/// The file patterns of all reads of a pipeline, whatever else is wrong with it.
pub fn files_read(file: &str, text: &str, env: &dyn Fn(&str) -> Option<String>) -> Vec<String> {
    let tree = tree::read(text, env, &mut tree::Faults::new(file));
    tree.root.named("read").iter().flat_map(|(_, _, table)| table.texts("files")).collect()
}

/// Checks a pipeline file. `env` gives the environment's values for `${NAME}`.
///
/// # Errors
/// All faults of the file, in order of place.
pub fn pipeline(file: &str, text: &str, env: &dyn Fn(&str) -> Option<String>) -> Result<Pipeline, Vec<Fault>> {
    let mut faults = Faults::new(file);
    let tree = tree::read(text, env, &mut faults);
    shape::check(&tree, &keys::PIPELINE, "pipeline", &mut faults);
    // Of a file that is not TOML throughout, what stands elsewhere cannot be known: its references are left alone.
    if tree.is_sound() {
        references(&tree, &mut faults);
    }
    let root = &tree.root;
    let name = root.text("name").unwrap_or_default().to_owned();
    if let Some(node) = root.get("name")
        && let Some(text) = node.text()
        && !text.is_empty()
        && !text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    {
        faults.at(&node.span, setting::NAME_NOT_ASCII.with([("name", text.to_owned())]));
    }
    let pipeline = Pipeline {
        title: root.text("title").map_or_else(|| name.clone(), str::to_owned),
        name,
        shop: ShopName(root.text("shop").unwrap_or_default().to_owned()),
        reads: stages(root, "read", &mut faults, read),
        imports: stages(root, "import", &mut faults, import),
        cancels: stages(root, "cancel", &mut faults, |name, table, _| CancelStage { name, from: from(table) }),
        amends: stages(root, "amend", &mut faults, amend),
        confirms: stages(root, "confirm", &mut faults, confirm),
        ships: stages(root, "ship", &mut faults, ship),
        marks: stages(root, "mark", &mut faults, |name, table, _| MarkStage {
            name,
            from: from(table),
            memo_replace: table.text("memo") == Some("replace"),
        }),
        deliver: deliver(root.table("deliver").unwrap_or(&Table::default())),
        notify: root.table("notify").map(|table| table.texts("command")),
        examples: root.tables("example").into_iter().map(|(node, table)| example(text, node, table)).collect(),
    };
    let list = faults.sorted();
    if list.is_empty() { Ok(pipeline) } else { Err(list) }
}

fn stages<T>(root: &Table, word: &str, faults: &mut Faults, make: impl Fn(String, &Table, &mut Faults) -> T) -> Vec<T> {
    root.named(word).into_iter().map(|(name, _, table)| make(name.to_owned(), table, faults)).collect()
}

fn from(table: &Table) -> String {
    table.text("from").unwrap_or_default().to_owned()
}

fn read(name: String, table: &Table, faults: &mut Faults) -> Read {
    Read {
        name,
        files: table.texts("files"),
        layout: table.text("layout").unwrap_or_default().to_owned(),
        quiet_seconds: seconds(table, "quiet", 5),
        tidy: table.tables("tidy").into_iter().filter_map(|(_, step)| tidy(step, faults)).collect(),
        expect: match table.text("expect") {
            Some("daily") => Some(Expect::Daily),
            Some("weekdays") => Some(Expect::Weekdays),
            _ => None,
        },
        over: over(table),
        joint: table.flag("joint").unwrap_or(false),
        split_numbers: table.flag("split_numbers").unwrap_or(false),
        excel_serial_dates: table.flag("excel_serial_dates").unwrap_or(false),
    }
}

fn over(table: &Table) -> LayoutOver {
    LayoutOver {
        encoding: table.text("encoding").map(str::to_owned),
        delimiter: table.text("delimiter").and_then(|text| forms::delimiter("delimiter", text).ok()),
        header: match (table.flag("header"), table.text("header")) {
            (Some(true), _) | (_, Some("yes")) => Some(Header::Yes),
            (Some(false), _) | (_, Some("no")) => Some(Header::No),
            (_, Some("auto")) => Some(Header::Auto),
            _ => None,
        },
        key: key_way(table),
        carrier: table
            .text("carrier")
            .and_then(|text| forms::carrier(text).ok())
            .map(|carrier: Carrier| carrier.code().to_owned()),
        check: match table.text("number_check") {
            Some("hold") => Some(NumberCheck::Hold),
            Some("warn") => Some(NumberCheck::Warn),
            Some("off") => Some(NumberCheck::Off),
            _ => None,
        },
        columns: table
            .table("columns")
            .map(|columns| {
                let known = |entry: &Entry| Some((field(&entry.key)?, entry.node.text()?.to_owned()));
                columns.entries.iter().filter_map(known).collect()
            })
            .unwrap_or_default(),
        date_patterns: table.get("date_patterns").map(Node::texts),
        file_bytes_max: table.text("max_file").and_then(|text| forms::bytes(text).ok()),
        cell_bytes_max: table.text("max_cell").and_then(|text| forms::bytes(text).ok()),
    }
}

/// By the name serde knows it by, so that files and code share one list.
fn field(name: &str) -> Option<Field> {
    serde_json::from_value(serde_json::Value::String(name.to_owned())).ok()
}

fn key_way(table: &Table) -> Option<KeyWay> {
    match table.text("key") {
        Some("order-number") => return Some(KeyWay::OrderNumber),
        Some("serial") => return Some(KeyWay::Serial),
        _ => {}
    }
    let way = table.table("key")?;
    if let Some(bridge) = way.table("bridge") {
        let text = |key: &str, default: &str| bridge.text(key).unwrap_or(default).to_owned();
        return Some(KeyWay::Bridge {
            file: text("file", ""),
            key: text("key", "管理番号"),
            order: text("order", "注文番号"),
            basket: bridge.text("basket").map(str::to_owned),
        });
    }
    let separators = way.table("branch").map_or_else(|| way.texts("branch"), |branch| branch.texts("separators"));
    Some(KeyWay::Branch { separators })
}

fn tidy(step: &Table, faults: &mut Faults) -> Option<Tidy> {
    let [entry] = step.entries.as_slice() else { return None };
    let table = entry.node.table()?;
    let text = |key: &str| table.text(key).unwrap_or_default().to_owned();
    Some(match entry.key.as_str() {
        "filter" => Tidy::Filter { column: text("column"), test: filter_test(entry, table, faults)? },
        "rename" => Tidy::Rename { columns: pairs(table.table("columns")?) },
        "replace" => Tidy::Replace {
            column: text("column"),
            values: pairs(table.table("values")?),
            contains: table.flag("contains").unwrap_or(false),
        },
        "lookup" => {
            Tidy::Lookup { file: text("file"), column: text("column"), key: text("key"), take: table.texts("take") }
        }
        "split" => {
            if let Some(node) = table.get("separator").filter(|node| node.text() == Some("")) {
                faults.at(&node.span, setting::TEXT_EMPTY.with([("key", "separator".to_owned())]));
            }
            Tidy::Split { column: text("column"), separator: text("separator") }
        }
        "dedupe" => Tidy::Dedupe { columns: table.texts("columns") },
        "fill" => Tidy::Fill { column: text("column"), value: text("value") },
        "trim" => Tidy::Trim { columns: table.texts("columns") },
        _ => return None,
    })
}

fn filter_test(entry: &Entry, table: &Table, faults: &mut Faults) -> Option<FilterTest> {
    let tests: Vec<_> = keys::FILTER_TESTS.into_iter().filter(|test| table.get(test).is_some()).collect();
    let [test] = tests.as_slice() else {
        let names = shape::quoted(keys::FILTER_TESTS.into_iter());
        let why = setting::ONE_OF.with([("table", "filter".to_owned()), ("keys", names)]);
        faults.at(&entry.node.span, why);
        return None;
    };
    Some(match *test {
        // `not_empty = false` is the other test; both ways of saying it are understood.
        "not_empty" if table.flag("not_empty") == Some(false) => FilterTest::Empty,
        "not_empty" => FilterTest::NotEmpty,
        "empty" if table.flag("empty") == Some(false) => FilterTest::NotEmpty,
        "empty" => FilterTest::Empty,
        "equals" => FilterTest::Equals(table.texts("equals")),
        "not_equals" => FilterTest::NotEquals(table.texts("not_equals")),
        "contains" => FilterTest::Contains(table.text("contains")?.to_owned()),
        _ => FilterTest::StartsWith(table.text("starts_with")?.to_owned()),
    })
}

fn pairs(table: &Table) -> BTreeMap<String, String> {
    table.entries.iter().filter_map(|entry| Some((entry.key.clone(), entry.node.text()?.to_owned()))).collect()
}

fn import(name: String, table: &Table, _: &mut Faults) -> Import {
    let progress = match table.get("progress").map(|node| &node.kind) {
        Some(Kind::List(items)) => items
            .iter()
            .filter_map(|item| match item.kind {
                Kind::Whole(number) => number,
                _ => None,
            })
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect(),
        _ => vec![100, 200, 300, 400, 800],
    };
    Import {
        name,
        progress,
        since_days: days(table, "since", 63),
        open_since_days: days(table, "open_since", 180),
        refresh: table.flag("refresh").unwrap_or(false),
        from: table.text("from").map(str::to_owned),
        export: table.table("export").map(|export| Export {
            layout: export.text("layout").unwrap_or_default().to_owned(),
            encoding: export.text("encoding").unwrap_or("cp932").to_owned(),
        }),
    }
}

fn amend(name: String, table: &Table, faults: &mut Faults) -> AmendStage {
    let fields = table.texts("fields").iter().filter_map(|text| amend_field(text)).collect();
    AmendStage {
        name,
        from: from(table),
        fields,
        tax: if table.text("tax") == Some("excluded") { TaxMode::Excluded } else { TaxMode::Included },
        reason: table.get("reduction_reason").map_or(ReasonFrom::Unset, |node| reason(node, faults)),
    }
}

fn amend_field(text: &str) -> Option<AmendField> {
    serde_json::from_value(serde_json::Value::String(text.to_owned())).ok()
}

fn reason(node: &Node, faults: &mut Faults) -> ReasonFrom {
    let mut by_code = |at: &Node, code: i64| match ReasonCode::from_code(code) {
        Some(code) => ReasonFrom::Fixed(code),
        None => {
            // Below 1 and above 15 the shape has spoken already.
            if (1..=15).contains(&code) {
                faults.at(&at.span, setting::REASON_UNKNOWN.with([("value", code.to_string())]));
            }
            ReasonFrom::Unset
        }
    };
    match &node.kind {
        Kind::Text(text) => forms::reason(text).map_or(ReasonFrom::Unset, ReasonFrom::Fixed),
        Kind::Whole(Some(code)) => by_code(node, *code),
        Kind::Table(table) => match (table.text("column"), table.get("code")) {
            (Some(column), _) => ReasonFrom::Column(column.to_owned()),
            (None, Some(at)) => table.whole("code").map_or(ReasonFrom::Unset, |code| by_code(at, code)),
            (None, None) => ReasonFrom::Unset,
        },
        _ => ReasonFrom::Unset,
    }
}

fn confirm(name: String, table: &Table, _: &mut Faults) -> ConfirmStage {
    let hold = table.table("hold").map_or_else(ConfirmHold::default, |hold| {
        let flag = |key: &str| hold.flag(key).unwrap_or(false);
        ConfirmHold {
            remarks: flag("remarks"),
            isolated_island: flag("isolated_island"),
            caution: flag("caution"),
            not_fixed: flag("not_fixed"),
            total_over: hold.whole("total_over").map(Yen),
        }
    });
    let minutes = i64::try_from(seconds(table, "min_age", 3600).div_ceil(60)).unwrap_or(60);
    ConfirmStage { name, from: from(table), hold, min_age_minutes: minutes }
}

fn ship(name: String, table: &Table, faults: &mut Faults) -> ShipStage {
    let columns = table.texts("ship_date");
    let ship_date = match columns.as_slice() {
        [only] if only == RUN_DATE => ShipDate::RunDate,
        _ => {
            if columns.iter().any(|column| column == RUN_DATE)
                && let Some(node) = table.get("ship_date")
            {
                faults.at(&node.span, setting::DATE_MIXED.plain());
            }
            ShipDate::Columns(columns)
        }
    };
    ShipStage {
        name,
        from: from(table),
        ship_date,
        second_number: match table.text("second_number") {
            Some("add") => SecondNumber::Add,
            Some("replace") => SecondNumber::Replace,
            _ => SecondNumber::Hold,
        },
        no_number: table.texts("no_number").into_iter().collect(),
        days_ahead: table.whole("days_ahead").unwrap_or(7),
    }
}

fn deliver(table: &Table) -> Deliver {
    let approve = match table.get("approve") {
        Some(node) => node.texts().iter().filter_map(|text| approve_of(text)).collect(),
        None => BTreeSet::from([Approve::Increase, Approve::Cancel]),
    };
    let default = Brake::default();
    let brake = table.table("brake").map_or(default, |brake| {
        let count =
            |key: &str, default: u64| brake.whole(key).and_then(|number| u64::try_from(number).ok()).unwrap_or(default);
        Brake {
            changes: count("changes", default.changes),
            ship: count("ship", default.ship),
            decrease_yen: brake.whole("decrease_yen").map_or(default.decrease_yen, Yen),
            cancels: count("cancels", default.cancels),
        }
    });
    Deliver {
        via: match table.text("via") {
            Some("csv") => Via::Csv,
            Some("review") => Via::Review,
            _ => Via::Api,
        },
        fallback_csv: table.text("fallback") == Some("csv"),
        settle_seconds: seconds(table, "settle", 30 * 60),
        wait_seconds: seconds(table, "wait", 5 * 60),
        wait_days: table.whole("wait_days").unwrap_or(7),
        approve,
        brake,
        resend_absent: table.flag("resend_absent").unwrap_or(false),
        rows_per_file: table.whole("rows_per_file").and_then(|rows| usize::try_from(rows).ok()).unwrap_or(5000),
        max_age_hours: i64::try_from(seconds(table, "max_age", 24 * 3600) / 3600).unwrap_or(24),
    }
}

fn approve_of(text: &str) -> Option<Approve> {
    Some(match text {
        "increase" => Approve::Increase,
        "decrease" => Approve::Decrease,
        "cancel" => Approve::Cancel,
        "confirm" => Approve::Confirm,
        "ship" => Approve::Ship,
        "mark" => Approve::Mark,
        _ => return None,
    })
}

fn example(text: &str, node: &Node, table: &Table) -> Example {
    let cells = |key: &str| -> Vec<BTreeMap<String, String>> {
        table.tables(key).into_iter().map(|(_, row)| row.entries.iter().filter_map(cell).collect()).collect()
    };
    let head = text.get(..node.span.start).unwrap_or_default();
    Example {
        name: table.text("name").unwrap_or_default().to_owned(),
        read: table.text("read").unwrap_or_default().to_owned(),
        rows: cells("rows"),
        expect: cells("expect"),
        rejected: table.whole("rejected").and_then(|count| u64::try_from(count).ok()).unwrap_or(0),
        line: head.bytes().filter(|byte| *byte == b'\n').count() + 1,
    }
}

fn cell(entry: &Entry) -> Option<(String, String)> {
    match &entry.node.kind {
        Kind::Text(text) => Some((entry.key.clone(), text.clone())),
        Kind::Whole(Some(number)) => Some((entry.key.clone(), number.to_string())),
        _ => None,
    }
}

/// A length of time in whole seconds; a part of a second counts as one.
fn seconds(table: &Table, key: &str, default: u64) -> u64 {
    table.text(key).and_then(|text| forms::milliseconds(text).ok()).map_or(default, |found| found.div_ceil(1000))
}

fn days(table: &Table, key: &str, default: i64) -> i64 {
    let found = table.text(key).and_then(|text| forms::milliseconds(text).ok());
    found.and_then(|found| i64::try_from(found.div_ceil(forms::DAY)).ok()).unwrap_or(default)
}

/// Stages that work on rows or orders, with whether an import may be their source.
const WORKING: [(&str, bool); 6] =
    [("import", false), ("cancel", false), ("amend", false), ("confirm", true), ("ship", false), ("mark", false)];

/// Names that stand for other tables of the same file.
fn references(tree: &Tree, faults: &mut Faults) {
    let root = &tree.root;
    // Where a `[read]` itself was not understood, nothing can be said of the names that lead to it.
    let reads_known =
        root.table("read").is_none_or(|reads| reads.entries.iter().all(|entry| entry.node.table().is_some()))
            && !root.entries.iter().any(|entry| {
                keys::PIPELINE.key(&entry.key).is_none()
                    && super::suggest::nearest(&entry.key, ["read", "import"]).is_some()
            });
    let names = |stage: &str| root.named(stage).into_iter().map(|(name, ..)| name).collect::<BTreeSet<_>>();
    let reads = names("read");
    let imports = names("import");
    let mut works = false;
    for (stage, takes_imports) in WORKING {
        // Two stages of one kind on the same rows would ask for everything twice.
        let mut taken: BTreeMap<&str, &str> = BTreeMap::new();
        for (name, _, table) in root.named(stage) {
            works = true;
            let Some(node) = table.get("from").filter(|node| !tree.is_broken_at(&node.span)) else { continue };
            let Some(from) = node.text().filter(|from| !from.trim().is_empty()) else { continue };
            let is_read = reads.contains(from);
            let is_import = takes_imports && imports.contains(from);
            if is_read && is_import {
                faults.at(&node.span, setting::FROM_TWO.with([("name", from.to_owned())]));
            } else if !is_read && !is_import && reads_known {
                let known = reads.iter().chain(imports.iter().filter(|_| takes_imports)).copied();
                let meant = super::suggest::nearest(from, known).map(str::to_owned);
                let word = if takes_imports { &setting::FROM_UNKNOWN_ORDERS } else { &setting::FROM_UNKNOWN };
                faults.with(&node.span, word.with([("name", from.to_owned())]), meant);
            }
            if let Some(first) = taken.insert(from, name) {
                let why = setting::STAGE_TWICE.with([
                    ("first", format!("{stage}.{first}")),
                    ("second", format!("{stage}.{name}")),
                    ("from", from.to_owned()),
                ]);
                faults.at(&node.span, why);
            }
        }
        // A stage that could not be understood is no reason to say that there is none.
        works |= root.get(stage).is_some();
    }
    if !works && !root.entries.iter().any(|entry| keys::PIPELINE.key(&entry.key).is_none()) {
        faults.at(&(0..0), setting::NOTHING_TO_DO.plain());
    }
    let mut seen = BTreeSet::new();
    for (_, table) in root.tables("example") {
        if let Some(node) = table.get("name")
            && let Some(name) = node.text()
            && !seen.insert(name)
        {
            faults.at(&node.span, setting::EXAMPLE_TWICE.with([("name", name.to_owned())]));
        }
        if let Some(node) = table.get("read")
            && let Some(read) = node.text().filter(|read| !read.is_empty() && reads_known && !reads.contains(read))
        {
            let meant = super::suggest::nearest(read, reads.iter().copied()).map(str::to_owned);
            faults.with(&node.span, setting::FROM_UNKNOWN.with([("name", read.to_owned())]), meant);
        }
    }
}
