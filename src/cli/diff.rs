//! `denpyo diff OLD NEW`: what changed between two CSVs of one kind, cell by cell. Needs no workspace.
//! Findings are written as they are found, so a CSV of any length costs no memory.

use super::Shared;
use super::progress::{self, Tally};
use crate::edge::cut;
use crate::edge::files::{self, Writing};
use crate::flow::diff::{self, CellChange, Diff as Found, Finding, How, KeyColumn, ReadAt, Trouble, show};
use crate::flow::layout;
use crate::model::exit::{Exit, Stop};
use crate::model::ids::OrderNumber;
use crate::model::layout::{Field, Header, Subject};
use crate::model::words::{Lang, delivering, reading, setting};
use clap::Args;
use serde::Serialize;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs::File;
use std::io::{self, BufWriter, Seek as _, Write as _};
use std::path::{Path, PathBuf};

#[derive(Args)]
pub struct Diff {
    /// The older file
    #[arg(value_name = "OLD")]
    old: PathBuf,
    /// The newer file
    #[arg(value_name = "NEW")]
    new: PathBuf,
    /// Kind of file
    #[arg(long, value_name = "NAME", default_value = "rms-orders")]
    layout: String,
    /// Columns that tell rows apart (default: by layout; rms-orders: 注文番号 and 商品明細ID)
    #[arg(long, value_name = "COLUMN,…", value_delimiter = ',')]
    key: Vec<String>,
    /// Only these columns
    #[arg(long, value_name = "COLUMN,…", value_delimiter = ',')]
    columns: Vec<String>,
    /// Texts as they stand: 1,650 and 1650 differ
    #[arg(long)]
    exact: bool,
    /// Every changed cell as CSV for Excel, into this file
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// A page that stands alone, into this file (the first 20,000 findings of each kind)
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

/// Findings of each kind kept for the table and the page; the CSV and JSON hold all.
const KEPT_MAX: usize = 20_000;

/// Lines of the table on the terminal.
const TABLE_ROWS: usize = 40;

/// A file read at places, and how much of it was.
struct OnDisk {
    file: File,
    tally: Tally,
}

impl OnDisk {
    #[cfg(unix)]
    fn read(&self, at: u64, into: &mut [u8]) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(&self.file, into, at)
    }

    #[cfg(windows)]
    fn read(&self, at: u64, into: &mut [u8]) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_read(&self.file, into, at)
    }
}

impl ReadAt for OnDisk {
    fn size(&self) -> u64 {
        self.tally.size()
    }

    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<usize> {
        let count = self.read(at, into)?;
        self.tally.note(at, count);
        Ok(count)
    }
}

impl Diff {
    pub fn run(self, shared: &Shared) -> Exit {
        let mut out = Output::new(shared);
        match self.diff(shared, &mut out) {
            Ok(exit) => exit,
            Err(stop) => out.stopped(&stop),
        }
    }

    fn diff(&self, shared: &Shared, out: &mut Output) -> Result<Exit, Stop> {
        let (old, new) = (open(shared, &self.old)?, open(shared, &self.new)?);
        let how = self.how()?;
        self.outputs_apart(shared)?;
        let begin = |path: &Option<PathBuf>| path.as_ref().map(|path| Writing::begin(&shared.path(path))).transpose();
        // Both are begun before anything is compared: a folder that cannot be written to is known at once.
        let (mut sheet, page) = (begin(&self.csv)?, begin(&self.html)?);
        leave_nothing_unfinished(sheet.iter().chain(&page));
        let mut kept = Found::default();
        let mut failed: Option<io::Error> = None;
        let mut line = show::csv_head(shared.lang());
        let compare = || {
            let pair = diff::open(&old, &new, &how)?;
            let item = layout::normal_name("商品明細ID");
            out.by_item = pair.key().get(1).is_some_and(|name| layout::normal_name(name) == item);
            pair.compare(&how, &mut |finding: Finding| {
                if let Some(sheet) = &mut sheet {
                    show::csv_line(&finding, shared.lang(), &mut line);
                    if let Err(error) = sheet.write_all(&line) {
                        failed.get_or_insert(error);
                    }
                    line.clear();
                }
                out.finding(&finding);
                kept.take(finding, KEPT_MAX);
            })
        };
        let totals = progress::while_reading(shared, [&old.tally, &new.tally], compare)
            .map_err(|trouble| self.trouble(trouble, shared.lang()))?;
        kept.count(totals);
        if let Some(mut sheet) = sheet {
            // The titles too, if nothing was found.
            failed
                .map_or_else(|| sheet.write_all(&line), Err)
                .map_err(|error| files::DiskError::touching(sheet.path(), error))?;
            sheet.name()?;
        }
        if let Some(mut page) = page {
            let names = [self.old.display().to_string(), self.new.display().to_string()];
            let html = show::html(&kept, &names, shared.lang());
            page.write_all(html.as_bytes()).map_err(|error| files::DiskError::touching(page.path(), error))?;
            page.name()?;
        }
        for path in self.csv.iter().chain(&self.html) {
            shared.say(&shared.path(path).display().to_string());
        }
        let exit = if kept.is_empty() { Exit::Done } else { Exit::Changes };
        if shared.json {
            out.end(&kept, exit);
        } else if !shared.quiet {
            out.write(&show::table(&kept, shared.lang(), TABLE_ROWS));
            let flushed = out.out.flush();
            out.note(flushed);
        }
        match out.lost.take() {
            None => Ok(exit),
            Some(error) => {
                let stop = cannot_read(Path::new("stdout"), &error);
                shared.say_stop(&stop);
                Ok(stop.exit)
            }
        }
    }

    /// No output may be one of the files compared, nor both outputs one file.
    fn outputs_apart(&self, shared: &Shared) -> Result<(), Stop> {
        let mut taken = vec![&self.old, &self.new];
        for path in self.csv.iter().chain(&self.html) {
            if taken.iter().any(|other| files::one_file(&shared.path(path), &shared.path(other))) {
                let values = [("path", path.display().to_string())];
                return Err(Stop::new(Exit::Usage, setting::OUTPUT_IS_INPUT.with(values)));
            }
            taken.push(path);
        }
        Ok(())
    }

    /// The key by what was asked for, else by the layout.
    fn how(&self) -> Result<How, Stop> {
        let known = layout::built_in_named(&self.layout);
        let Some(known) = known else {
            if self.key.is_empty() {
                let names: Vec<&str> = layout::built_in().iter().map(|(name, _)| *name).collect();
                let values = [("layout", self.layout.clone()), ("known", names.join(", "))];
                return Err(Stop::new(Exit::Usage, setting::DIFF_LAYOUT.with(values)));
            }
            return Ok(self.plain(Vec::new(), vec![self.asked()]));
        };
        let column = |field: Field| {
            known
                .columns
                .get(&field)
                .map(|column| KeyColumn { name: column.name.clone(), aliases: column.aliases.clone() })
        };
        let key = |fields: &[Field]| fields.iter().copied().filter_map(column).collect::<Vec<_>>();
        // An export may leave columns out; what is left of these tells its rows apart less well, and that is said.
        let keys = if !self.key.is_empty() {
            vec![self.asked()]
        } else if known.subject == Subject::Orders {
            vec![key(&[Field::Key, Field::Item]), key(&[Field::Key, Field::Basket]), key(&[Field::Key])]
        } else {
            // One order may have several parcels, lines or destinations.
            let whole = key(&[Field::Key, Field::Basket, Field::Row, Field::Item, Field::Number]);
            vec![whole, key(&[Field::Key, Field::Number]), key(&[Field::Key, Field::Basket]), key(&[Field::Key])]
        };
        let headerless = if known.header == Header::Yes { Vec::new() } else { known.all_columns.clone() };
        Ok(self.plain(headerless, keys))
    }

    fn asked(&self) -> Vec<KeyColumn> {
        self.key.iter().map(|name| KeyColumn { name: name.clone(), aliases: Vec::new() }).collect()
    }

    /// `keys`: the best first.
    fn plain(&self, headerless: Vec<String>, keys: Vec<Vec<KeyColumn>>) -> How {
        let mut keys = keys.into_iter().filter(|key| !key.is_empty());
        How {
            key: keys.next().unwrap_or_default(),
            fallbacks: keys.collect(),
            columns: self.columns.clone(),
            headerless,
            exact: self.exact,
            encoding: None,
            delimiter: None,
            files: [self.old.display().to_string(), self.new.display().to_string()],
        }
    }

    fn trouble(&self, trouble: Trouble, lang: Lang) -> Stop {
        match trouble {
            Trouble::Refused(refusal) => {
                let place = refusal.line.map(|line| format!(":{line}")).unwrap_or_default();
                let detail = show::on_one_line(&refusal.why.text(lang));
                let values = [("file", format!("{}{place}", refusal.file)), ("detail", detail)];
                Stop::new(Exit::NoUsableInput, reading::DIFF_REFUSED.with(values))
            }
            Trouble::Io(side, error) => {
                let path = if side == diff::Side::Old { &self.old } else { &self.new };
                cannot_read(path, &error)
            }
        }
    }
}

/// Whoever stops a long comparison finds no half-written file beside the last one.
fn leave_nothing_unfinished<'a>(outputs: impl Iterator<Item = &'a Writing>) {
    let unfinished: Vec<PathBuf> = outputs.filter_map(Writing::unfinished).map(Path::to_owned).collect();
    if !unfinished.is_empty() {
        cut::on_signal(move |_| unfinished.iter().for_each(|path| _ = std::fs::remove_file(path)));
    }
}

fn open(shared: &Shared, given: &Path) -> Result<OnDisk, Stop> {
    let path = shared.path(given);
    // Looked at first: a pipe that nobody writes to would hold whoever opens it.
    let about = std::fs::metadata(&path).map_err(|error| cannot_read(given, &error))?;
    if !can_be_read_at_places(&about) {
        let values = [("path", given.display().to_string())];
        return Err(Stop::new(Exit::NoUsableInput, reading::DIFF_NO_FILE.with(values)));
    }
    let file = File::open(&path).map_err(|error| cannot_read(given, &error))?;
    let size = file.metadata().map_err(|error| cannot_read(given, &error))?.len();
    Ok(OnDisk { file, tally: Tally::of(size) })
}

/// A pipe says it has no bytes, and would be taken for an empty file.
fn can_be_read_at_places(about: &std::fs::Metadata) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        let kind = about.file_type();
        !(kind.is_fifo() || kind.is_socket() || kind.is_dir() || kind.is_char_device())
    }
    #[cfg(not(unix))]
    about.is_file()
}

fn cannot_read(path: &Path, error: &io::Error) -> Stop {
    let shown = ("path", path.display().to_string());
    if error.kind() == io::ErrorKind::NotFound {
        return Stop::new(Exit::Io, reading::DIFF_NOT_THERE.with([shown]));
    }
    Stop::new(Exit::Io, delivering::DISK_IO.with([shown, ("detail", error.to_string())]))
}

/// The JSON document, its list of cells written while they are found, the other lists put by on the disk until then. It
/// begins with the first of them, when all
/// that can be wrong with the files is known; what fails later is told in the same document.
struct Output<'a> {
    shared: &'a Shared,
    out: BufWriter<io::Stdout>,
    begun: bool,
    /// Whether the key is an order and its line, which people look for.
    by_item: bool,
    /// The other lists by name: files without a name of their own, gone with the program.
    lists: BTreeMap<&'static str, BufWriter<File>>,
    /// Why not all of it could be written.
    lost: Option<io::Error>,
}

/// The lists of the JSON document beside the cells.
const LISTS: [&str; 4] = ["added_rows", "removed_rows", "duplicates", "irregular"];

impl<'a> Output<'a> {
    fn new(shared: &'a Shared) -> Output<'a> {
        let out = BufWriter::new(io::stdout());
        Output { shared, out, begun: false, by_item: false, lists: BTreeMap::new(), lost: None }
    }

    fn put_by<T: Serialize>(&mut self, list: &'static str, one: &T) {
        let written = (|| {
            let file = match self.lists.entry(list) {
                Entry::Occupied(begun) => {
                    let file = begun.into_mut();
                    file.write_all(b",")?;
                    file
                }
                Entry::Vacant(new) => new.insert(BufWriter::new(tempfile::tempfile()?)),
            };
            Ok(serde_json::to_writer(file, one)?)
        })();
        self.note(written);
    }

    /// Another list of the document, with its comma.
    fn list(&mut self, name: &str) {
        self.write(&format!("\"{name}\":["));
        if let Some(file) = self.lists.remove(name) {
            let copied = file.into_inner().map_err(io::IntoInnerError::into_error).and_then(|mut file| {
                file.rewind()?;
                io::copy(&mut file, &mut self.out).map(drop)
            });
            self.note(copied);
        }
        self.write("],");
    }

    /// A closed pipe is the reader's choice, not an error; a full disk is one.
    fn write(&mut self, text: &str) {
        let written = self.out.write_all(text.as_bytes());
        self.note(written);
    }

    fn note(&mut self, written: io::Result<()>) {
        if let Err(error) = written
            && error.kind() != io::ErrorKind::BrokenPipe
        {
            self.lost.get_or_insert(error);
        }
    }

    fn finding(&mut self, finding: &Finding) {
        if !self.shared.json {
            return;
        }
        match finding {
            Finding::Irregular(one) => self.put_by("irregular", one),
            Finding::Duplicate(one) => self.put_by("duplicates", one),
            Finding::Removed(one) => self.put_by("removed_rows", one),
            Finding::Added(one) => self.put_by("added_rows", one),
            Finding::Cell(change) => self.cell(change),
        }
    }

    fn cell(&mut self, change: &CellChange) {
        self.write(if self.begun { "," } else { "{\"cells\":[" });
        self.begun = true;
        let (order, item) = change.key.split_once('/').unwrap_or((&change.key, ""));
        let mut cell = serde_json::to_value(change).unwrap_or_default();
        if OrderNumber::parse(order).is_some() {
            cell["order"] = order.into();
            if self.by_item {
                cell["item"] = item.into();
            }
        }
        self.write(&cell.to_string());
    }

    /// Closes the list and says the rest.
    fn close(&mut self, rest: &serde_json::Value) {
        if !self.begun {
            self.write("{\"cells\":[");
        }
        let text = rest.to_string();
        self.write("],");
        LISTS.iter().for_each(|name| self.list(name));
        self.write(text.strip_prefix('{').unwrap_or(&text));
        self.write("\n");
        let flushed = self.out.flush();
        self.note(flushed);
    }

    fn end(&mut self, kept: &Found, exit: Exit) {
        let mut rest = serde_json::to_value(kept).unwrap_or_default();
        if let Some(fields) = rest.as_object_mut() {
            fields.retain(|name, _| name != "cells" && !LISTS.contains(&name.as_str()));
            fields.insert("exit".to_owned(), exit.code().into());
        }
        self.close(&rest);
    }

    fn stopped(mut self, stop: &Stop) -> Exit {
        if !self.begun {
            return self.shared.stopped(stop);
        }
        self.close(&serde_json::json!({ "exit": stop.exit.code(), "error": self.shared.stop_json(stop) }));
        self.shared.say_stop(stop);
        stop.exit
    }
}
