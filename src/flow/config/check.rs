//! Whether a checked pipeline fits the layouts and shops that are there. The files themselves have
//! been judged already; what the rows will say is not known here.

use super::suggest::nearest;
use super::tree;
use crate::flow::tidy;
use crate::model::fault::Fault;
use crate::model::layout::{Field, Layout, Subject};
use crate::model::pipeline::{Pipeline, Read, ReasonFrom, ShipDate, Shop, Tidy};
use crate::model::words::{Why, setting};
use std::collections::{BTreeMap, BTreeSet};
use unicode_normalization::UnicodeNormalization as _;

/// Columns that sound like a ship date and are, in some carriers' files, the day of arrival.
const ARRIVAL_COLUMNS: [&str; 8] = [
    "お届け予定日",
    "お届け日",
    "お届け指定日",
    "お届け予定（指定）日",
    "配達日",
    "配達予定日",
    "配達指定日",
    "配送日",
];

/// Holds a pipeline against the layouts and shops: `(errors, warnings)`. `text` is the pipeline file's,
/// for the places.
pub fn wiring(
    pipeline: &Pipeline,
    file: &str,
    text: &str,
    layouts: &BTreeMap<String, Layout>,
    shops: &[Shop],
) -> (Vec<Fault>, Vec<Fault>) {
    let mut wiring = Wiring { pipeline, file, text, layouts, errors: Vec::new(), warnings: Vec::new() };
    wiring.shop(shops);
    wiring.layouts();
    wiring.subjects();
    wiring.dates();
    wiring.tidied_columns();
    wiring.reasons();
    wiring.unused();
    wiring.shared_files();
    let Wiring { mut errors, mut warnings, .. } = wiring;
    for list in [&mut errors, &mut warnings] {
        list.sort_by_key(|fault| fault.span.clone().map_or((0, 0), |span| (span.start, span.end)));
    }
    (errors, warnings)
}

/// The layouts that a pipeline with other faults names and that are not there, so that all faults are shown at once.
pub fn layouts_unknown(
    file: &str,
    text: &str,
    env: &dyn Fn(&str) -> Option<String>,
    layouts: &BTreeMap<String, Layout>,
) -> Vec<Fault> {
    let tree = tree::read(text, env, &mut tree::Faults::new(file));
    let reads = tree.root.named("read");
    let named = reads.iter().filter_map(|(name, _, table)| Some((*name, table.text("layout")?)));
    named.filter_map(|(name, layout)| layout_unknown(file, text, &["read", name, "layout"], layout, layouts)).collect()
}

fn layout_unknown(
    file: &str,
    text: &str,
    path: &[&str],
    name: &str,
    layouts: &BTreeMap<String, Layout>,
) -> Option<Fault> {
    if name.is_empty() || layouts.contains_key(name) {
        return None;
    }
    let known = || layouts.keys().map(String::as_str);
    let why = setting::LAYOUT_UNKNOWN.with([("name", name.to_owned()), ("known", super::shape::quoted(known()))]);
    let suggestion = nearest(name, known()).map(str::to_owned);
    Some(Fault { file: file.to_owned(), span: tree::locate(text, path), why, suggestion })
}

struct Wiring<'a> {
    pipeline: &'a Pipeline,
    file: &'a str,
    text: &'a str,
    layouts: &'a BTreeMap<String, Layout>,
    errors: Vec<Fault>,
    warnings: Vec<Fault>,
}

impl<'a> Wiring<'a> {
    fn fault(&self, path: &[&str], why: Why, suggestion: Option<String>) -> Fault {
        Fault { file: self.file.to_owned(), span: tree::locate(self.text, path), why, suggestion }
    }

    fn shop(&mut self, shops: &[Shop]) {
        let name = &self.pipeline.shop.0;
        if shops.iter().any(|shop| shop.name == self.pipeline.shop) {
            return;
        }
        let meant = nearest(name, shops.iter().map(|shop| shop.name.0.as_str())).map(str::to_owned);
        let why = setting::SHOP_UNKNOWN.with([("name", name.clone())]);
        self.errors.push(self.fault(&["shop"], why, meant));
    }

    fn layouts(&mut self) {
        for read in &self.pipeline.reads {
            if let Some(fault) = self.layout_unknown(&["read", &read.name, "layout"], &read.layout) {
                self.errors.push(fault);
            }
        }
        for import in &self.pipeline.imports {
            if let Some(export) = &import.export {
                let path = ["import", import.name.as_str(), "export", "layout"];
                let found = self.layout_unknown(&path, &export.layout).or_else(|| {
                    let layout = self.layouts.get(&export.layout)?;
                    (layout.subject != Subject::Orders).then(|| {
                        self.subject_wrong(&path, &format!("import.{}.export", import.name), layout, &[Subject::Orders])
                    })
                });
                self.errors.extend(found);
            }
        }
    }

    fn layout_unknown(&self, path: &[&str], name: &str) -> Option<Fault> {
        layout_unknown(self.file, self.text, path, name, self.layouts)
    }

    fn subjects(&mut self) {
        let Pipeline { imports, cancels, amends, confirms, ships, marks, .. } = self.pipeline;
        let mut uses: Vec<(&str, &str, &str, &[Subject])> = Vec::new();
        uses.extend(imports.iter().filter_map(|stage| {
            Some(("import", stage.name.as_str(), stage.from.as_deref()?, [Subject::Orders].as_slice()))
        }));
        uses.extend(
            cancels.iter().map(|s| ("cancel", s.name.as_str(), s.from.as_str(), [Subject::Cancellations].as_slice())),
        );
        uses.extend(
            amends.iter().map(|s| {
                ("amend", s.name.as_str(), s.from.as_str(), [Subject::Orders, Subject::Corrections].as_slice())
            }),
        );
        uses.extend(confirms.iter().map(|s| {
            ("confirm", s.name.as_str(), s.from.as_str(), [Subject::Confirmations, Subject::Orders].as_slice())
        }));
        uses.extend(ships.iter().map(|s| {
            // A shop may fill in the mall's own shipping download and drop it again.
            ("ship", s.name.as_str(), s.from.as_str(), [Subject::Shipments, Subject::ShippingReport].as_slice())
        }));
        uses.extend(marks.iter().map(|s| ("mark", s.name.as_str(), s.from.as_str(), [Subject::Marks].as_slice())));
        for (stage, name, from, wanted) in uses {
            let Some(layout) = self.read(from).and_then(|read| self.layouts.get(&read.layout)) else { continue };
            if !wanted.contains(&layout.subject) {
                let fault = self.subject_wrong(&[stage, name, "from"], &format!("{stage}.{name}"), layout, wanted);
                self.errors.push(fault);
            }
        }
    }

    fn subject_wrong(&self, path: &[&str], stage: &str, layout: &Layout, wanted: &[Subject]) -> Fault {
        let fitting = self.layouts.values().filter(|other| wanted.contains(&other.subject));
        let fitting = super::shape::quoted(fitting.map(|other| other.name.as_str()));
        let why = setting::SUBJECT_WRONG.with([
            ("stage", stage.to_owned()),
            ("layout", layout.name.clone()),
            ("fitting", fitting),
        ]);
        self.fault(path, why, None)
    }

    fn read(&self, name: &str) -> Option<&'a Read> {
        self.pipeline.reads.iter().find(|read| read.name == name)
    }

    fn dates(&mut self) {
        for stage in &self.pipeline.ships {
            let ShipDate::Columns(columns) = &stage.ship_date else { continue };
            let Some(read) = self.read(&stage.from) else { continue };
            let layout = self.layouts.get(&read.layout);
            for column in columns {
                let path = ["ship", stage.name.as_str(), "ship_date", column.as_str()];
                if is_arrival(column) {
                    let why = setting::ARRIVAL_DAY.with([("column", column.clone())]);
                    self.warnings.push(self.fault(&path, why, layout.and_then(ship_date_column)));
                }
                self.column_there(layout, read, column, &path);
            }
        }
    }

    /// A column that is not among the layout's own: a shop may have added it, but more often it is misspelt.
    fn column_there(&mut self, layout: Option<&'a Layout>, read: &'a Read, column: &str, path: &[&str]) {
        let Some((layout, known)) = layout.and_then(|layout| Some((layout, columns_known(layout, read)?))) else {
            return;
        };
        if !known.iter().any(|name| alike(name) == alike(column)) {
            let why = setting::COLUMN_UNKNOWN.with([("layout", layout.name.clone()), ("column", column.to_owned())]);
            let meant = nearest(column, known.iter().copied()).map(str::to_owned);
            self.warnings.push(self.fault(path, why, meant));
        }
    }

    fn tidied_columns(&mut self) {
        for read in &self.pipeline.reads {
            let layout = self.layouts.get(&read.layout);
            let named = |steps: usize| tidy::columns_named(read.tidy.get(..steps).unwrap_or_default());
            for at in 0..read.tidy.len() {
                for column in named(at + 1).into_iter().skip(named(at).len()) {
                    self.column_there(layout, read, &column, &["read", &read.name, "tidy", &at.to_string()]);
                }
            }
        }
    }

    fn reasons(&mut self) {
        for stage in &self.pipeline.amends {
            let ReasonFrom::Column(column) = &stage.reason else { continue };
            let Some(read) = self.read(&stage.from) else { continue };
            // The mall's own download has no such column: people add one, whatever they call it.
            let layout = self.layouts.get(&read.layout).filter(|layout| layout.subject != Subject::Orders);
            self.column_there(layout, read, column, &["amend", &stage.name, "reduction_reason"]);
        }
    }

    fn unused(&mut self) {
        let Pipeline { imports, cancels, amends, confirms, ships, marks, .. } = self.pipeline;
        let used: BTreeSet<&str> = imports
            .iter()
            .filter_map(|stage| stage.from.as_deref())
            .chain(cancels.iter().map(|stage| stage.from.as_str()))
            .chain(amends.iter().map(|stage| stage.from.as_str()))
            .chain(confirms.iter().map(|stage| stage.from.as_str()))
            .chain(ships.iter().map(|stage| stage.from.as_str()))
            .chain(marks.iter().map(|stage| stage.from.as_str()))
            .collect();
        for read in &self.pipeline.reads {
            // The mall's own downloads are what is known without the API: no stage needs to name them.
            let speaks_for_itself = self
                .layouts
                .get(&read.layout)
                .is_none_or(|layout| matches!(layout.subject, Subject::Orders | Subject::ShippingReport));
            if !used.contains(read.name.as_str()) && !speaks_for_itself {
                let why = setting::READ_UNUSED.with([("name", read.name.clone())]);
                self.warnings.push(self.fault(&["read", &read.name], why, None));
            }
        }
    }

    fn shared_files(&mut self) {
        let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
        for read in &self.pipeline.reads {
            for files in &read.files {
                if let Some(first) = seen.insert(files, &read.name)
                    && first != read.name
                {
                    let why = setting::FILES_SHARED.with([
                        ("first", first.to_owned()),
                        ("second", read.name.clone()),
                        ("files", files.clone()),
                    ]);
                    self.warnings.push(self.fault(&["read", &read.name, "files", files], why, None));
                }
            }
        }
    }
}

fn is_arrival(column: &str) -> bool {
    ARRIVAL_COLUMNS.iter().any(|known| alike(known) == alike(column))
}

/// What two spellings of one column name have in common: files and settings are compared by it.
fn alike(name: &str) -> String {
    name.nfkc().filter(|c| !c.is_whitespace() && *c != '\u{200b}').collect()
}

fn ship_date_column(layout: &Layout) -> Option<String> {
    let name = &layout.columns.get(&Field::ShipDate)?.name;
    (!is_arrival(name)).then(|| name.clone())
}

/// All names a file of this read can have, if the layout lists every column.
fn columns_known<'a>(layout: &'a Layout, read: &'a Read) -> Option<BTreeSet<&'a str>> {
    if layout.all_columns.is_empty() {
        return None;
    }
    let mut known: BTreeSet<&str> = layout.all_columns.iter().map(String::as_str).collect();
    for column in layout.columns.values() {
        known.insert(&column.name);
        known.extend(column.aliases.iter().map(String::as_str));
    }
    known.extend(read.over.columns.values().map(String::as_str));
    known.extend(super::keys::FIELDS.iter().map(|field| field.word));
    for step in &read.tidy {
        match step {
            Tidy::Rename { columns } => known.extend(columns.values().map(String::as_str)),
            Tidy::Lookup { take, .. } => known.extend(take.iter().map(String::as_str)),
            Tidy::Filter { .. }
            | Tidy::Replace { .. }
            | Tidy::Split { .. }
            | Tidy::Dedupe { .. }
            | Tidy::Fill { .. }
            | Tidy::Trim { .. } => {}
        }
    }
    Some(known)
}
