//! Files → rows → wishes. Each file is copied and hashed first; known bytes whose every row came to rest
//! are not read again; the rest is split, decoded, tidied and lifted, and whatever could not be used is
//! put on its pile with the reason.

use super::night::{Night, Pile, ship_row_key};
use super::{Trip, approve, look};
use crate::edge::crash;
use crate::edge::files::{self, Taken, Took};
use crate::edge::ledger::{RowRest, WaitingRow};
use crate::edge::rms::ShopRead;
use crate::flow::lift::{self, Context, Lifted};
use crate::flow::read::{Limits, Raw, ReadSheet, read_sheet};
use crate::flow::side_table;
use crate::flow::{tidy, workbook};
use crate::model::change::Kind;
use crate::model::day::{Day, Moment};
use crate::model::exit::{Exit, Stop};
use crate::model::ids::OrderNumber;
use crate::model::layout::{KeyWay, Layout, Subject};
use crate::model::pipeline::{AmendField, AmendStage, Expect, Pipeline, Read, ReasonFrom, SecondNumber, TaxMode, Tidy};
use crate::model::rejection::{FileRefusal, Rejection, SetAside};
use crate::model::report::{FileLine, FileOutcome};
use crate::model::sheet::{Sheet, Source};
use crate::model::shipment::Shipment;
use crate::model::step::{Stage, Step};
use crate::model::tally::RowTally;
use crate::model::wish::{AmendWish, ShipAction, ShipWish, Wish};
use crate::model::words::{Why, comparing, delivering, reading};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// A file of this run, with what is needed to put it away at the end.
pub struct InFile {
    pub name: Arc<str>,
    pub taken: Taken,
    pub layout: String,
    /// When these bytes were first seen; its day is the file's business day.
    pub first_seen: Moment,
    /// The sheet as read, for the error sheet; `None` if the file was refused or skipped.
    pub read: Option<ReadSheet>,
    /// The CSV that was made of a workbook. Any other file's bytes are in its copy on the disk, whence the few rows that
    /// somebody must see again are fetched.
    pub from_book: Option<Vec<u8>>,
    /// The columns that ship dates of this file are taken from.
    pub dates: Vec<String>,
    pub outcome: FileOutcome,
}

impl InFile {
    /// A record as it stands in the file, if the file was read and has it.
    ///
    /// # Errors
    /// The copy cannot be read any more.
    pub fn raw(&self, record: u32) -> Result<Option<Vec<u8>>, Stop> {
        Ok(match (self.read.as_ref().and_then(|sheet| sheet.raw(record)), &self.from_book) {
            (None, _) => None,
            (Some(Raw::Recoded(bytes)), _) => Some(bytes.to_vec()),
            (Some(Raw::InFile(range)), Some(text)) => {
                text.get(range.start as usize..range.end as usize).map(<[u8]>::to_vec)
            }
            (Some(Raw::InFile(range)), None) => Some(self.taken.part(range)?),
        })
    }

    /// A rejection of a row of this file in the file's own words.
    ///
    /// # Errors
    /// The copy cannot be read any more.
    pub fn in_its_words(&self, rejection: Rejection, dates: &[String]) -> Result<Rejection, Stop> {
        // What blames no column is said already.
        if rejection.column.is_none() {
            return Ok(rejection);
        }
        Ok(match (&self.read, self.raw(rejection.source.record)?) {
            (Some(sheet), Some(raw)) => sheet.in_its_words(&raw, rejection, dates),
            _ => rejection,
        })
    }
}

/// A file taken, not yet read.
pub struct Caught {
    at: usize,
    read: usize,
}

/// Stage name → its wishes, in the files' order; the night keeps them too, by row.
pub type ByStage = BTreeMap<Arc<str>, Vec<Arc<Wish>>>;

/// What all files and earlier waiting rows ask for, stage by stage, and what the downloads say.
#[derive(Default)]
pub struct Wishes {
    pub by_stage: ByStage,
    /// Orders of rows that were rejected before they were compared: a parcel and a cancellation contradict each other
    /// all the same.
    pub refused: BTreeSet<(OrderNumber, Kind)>,
    /// Comparable numbers of rows that were settled earlier, by order; kept only where a stage lets a second number
    /// replace the first.
    pub settled_numbers: BTreeMap<OrderNumber, BTreeSet<String>>,
    /// Rows of orders that this run was not asked for (`--order`): not compared, but an approved change must not be told
    /// against them.
    pub not_asked: Vec<Arc<Wish>>,
    /// `rms-orders` sheets no stage takes wishes from, oldest first: what RMS knew.
    pub order_downloads: Vec<Sheet>,
    /// `rms-shipping` sheets, oldest first.
    pub report_downloads: Vec<Sheet>,
}

impl Wishes {
    /// One more; the night keeps it by its row, in case it must wait.
    fn add(&mut self, night: &mut Night, stage: Arc<str>, wish: Wish) {
        let wish = Arc::new(wish);
        night.asked(Arc::clone(&stage), Arc::clone(&wish));
        self.by_stage.entry(stage).or_default().push(wish);
    }

    /// What the files say of these orders.
    pub fn of(&self, orders: &BTreeSet<&OrderNumber>) -> Tonight {
        let mut tonight = Tonight::default();
        let named = |wish: &&Arc<Wish>| orders.contains(wish.order());
        for wish in self.by_stage.values().flatten().chain(&self.not_asked).filter(named) {
            tonight.wishes.entry(wish.order().clone()).or_default().push(Arc::clone(wish));
        }
        tonight.refused = self.refused.iter().filter(|(order, _)| orders.contains(order)).cloned().collect();
        tonight
    }
}

/// What tonight's files say of some orders, before anything is compared.
#[derive(Default)]
pub struct Tonight {
    pub wishes: BTreeMap<OrderNumber, Vec<Arc<Wish>>>,
    /// Of rejected rows, as in [`Wishes::refused`].
    pub refused: BTreeSet<(OrderNumber, Kind)>,
}

/// The largest file taken, in bytes.
const FILE_BYTES_MAX: u64 = files::TAKE_BYTES_MAX;

/// Finds, waits for, copies and hashes the files of every read.
pub fn files(trip: &mut Trip, night: &mut Night) -> Result<Vec<Caught>, Stop> {
    let mut caught = Vec::new();
    let work = trip.workspace.join("state").join("runs").join(trip.run.as_str());
    for (at, read) in trip.pipeline.reads.iter().enumerate() {
        let scan = files::scan(trip.workspace, &patterns(trip, read))?;
        night.warnings.extend(scan.blind.into_iter().map(|blind| blind.why));
        let mut skipped = scan.skipped;
        let clock = trip.clock;
        let quiet =
            files::wait_quiet(scan.found, Duration::from_secs(read.quiet_seconds), &files::system_now, &mut |pause| {
                clock.sleep(pause)
            });
        skipped.extend(quiet.left);
        for skip in skipped {
            night.file_lines.push(line(&skip.name, &read.layout, FileOutcome::Skipped, vec![skip.why]));
        }
        let mut found_any = false;
        for found in &quiet.ready {
            found_any = true;
            crash::point("file.found");
            match files::take(found, &work, FILE_BYTES_MAX)? {
                Took::Passed { why, refused: true } => refuse(night, &found.name, &read.layout, why),
                Took::Passed { why, refused: false } => {
                    night.file_lines.push(line(&found.name, &read.layout, FileOutcome::Skipped, vec![why]));
                }
                Took::File(taken) => {
                    if let Some(one) = known(trip, night, read, taken)? {
                        caught.push(Caught { at: one, read: at });
                    }
                }
            }
        }
        if !found_any && expected(read.expect, trip.clock.now().day()) {
            night
                .to_do
                .push(reading::FILE_EXPECTED.with([("read", read.name.clone()), ("files", read.files.join(" "))]));
            night.worsen(Exit::SomeRefused);
        }
    }
    not_taken(trip, night)?;
    Ok(caught)
}

/// The most files named one by one as taken by nobody: a folder of photographs is not a night's reading.
const NOT_TAKEN_NAMED_MAX: usize = 50;

/// What lies in the inbox and no read of any pipeline takes: whoever dropped it believes it was told. Nothing failed,
/// so the run's exit is not touched.
fn not_taken(trip: &Trip, night: &mut Night) -> Result<(), Stop> {
    let own = trip.pipeline.reads.iter().flat_map(|read| read_patterns(&read.files, &trip.shop.name.0));
    let all: Vec<String> = own
        .chain(trip.others_read.iter().cloned())
        .chain(approve::SHEETS.iter().map(|sheet| (*sheet).to_owned()))
        .collect();
    let left = files::not_taken(trip.workspace, "inbox", &all)?;
    let reads = || {
        let files: Vec<&str> = trip.pipeline.reads.iter().flat_map(|read| &read.files).map(String::as_str).collect();
        ("files", if files.is_empty() { "-".to_owned() } else { files.join(" ") })
    };
    for one in left.iter().take(NOT_TAKEN_NAMED_MAX) {
        let file = ("file", one.name.clone());
        night.to_do.push(match one.temporary {
            true => delivering::FILE_NOT_TAKEN_YET.with([file]),
            false => delivering::FILE_NOT_TAKEN.with([file, reads()]),
        });
    }
    if left.len() > NOT_TAKEN_NAMED_MAX {
        let count = (left.len() - NOT_TAKEN_NAMED_MAX).to_string();
        night.to_do.push(delivering::FILES_NOT_TAKEN_MORE.with([("count", count), reads()]));
    }
    Ok(())
}

fn patterns(trip: &Trip, read: &Read) -> Vec<String> {
    read_patterns(&read.files, &trip.shop.name.0)
}

/// A read's patterns for a shop (`{shop}` stands for its name), and beside every CSV its workbook: a mended
/// `…_エラー.xlsx` is dropped where its CSV was.
pub fn read_patterns(files: &[String], shop: &str) -> Vec<String> {
    let mut all: Vec<String> = files.iter().map(|pattern| pattern.replace("{shop}", shop)).collect();
    let books: Vec<String> =
        all.iter().filter_map(|pattern| pattern.strip_suffix(".csv").map(|stem| format!("{stem}.xlsx"))).collect();
    all.extend(books);
    all
}

fn expected(expect: Option<Expect>, today: Day) -> bool {
    match expect {
        None => false,
        Some(Expect::Daily) => true,
        Some(Expect::Weekdays) => (1..=5).contains(&today.weekday()),
    }
}

/// Asks the ledger about these bytes; `None` if there is nothing left to do with them.
fn known(trip: &mut Trip, night: &mut Night, read: &Read, taken: Taken) -> Result<Option<usize>, Stop> {
    let now = trip.clock.now();
    let memory = if night.planning {
        trip.ledger.file_known(&trip.shop.name, &taken.hash)?
    } else {
        Some(trip.ledger.file_seen(&trip.shop.name, &taken.hash, &taken.name, now)?)
    };
    let (first_seen, settled) = memory.map_or((now, false), |memory| (memory.first_seen, memory.settled));
    let name: Arc<str> = taken.name.as_str().into();
    // The same bytes twice in one run: one of them is enough.
    let twice = night.files.iter().any(|file| file.taken.hash == taken.hash && file.layout == read.layout);
    let outcome = if settled || twice { FileOutcome::Skipped } else { FileOutcome::Read };
    if outcome == FileOutcome::Skipped {
        let why = delivering::FILE_DONE.with([("first", first_seen.for_people())]);
        night.file_lines.push(line(&taken.name, &read.layout, outcome, vec![why]));
    }
    night.files.push(InFile {
        name,
        taken,
        layout: read.layout.clone(),
        first_seen,
        read: None,
        from_book: None,
        dates: Vec::new(),
        outcome,
    });
    Ok((outcome == FileOutcome::Read).then(|| night.files.len() - 1))
}

fn line(name: &str, layout: &str, outcome: FileOutcome, notes: Vec<Why>) -> FileLine {
    FileLine {
        name: name.to_owned(),
        layout: layout.to_owned(),
        outcome,
        encoding: None,
        rows: RowTally::default(),
        notes,
        moved_to: None,
    }
}

fn refuse(night: &mut Night, name: &str, layout: &str, why: Why) {
    refuse_whole(night, layout, FileRefusal { file: name.to_owned(), line: None, column: None, value: None, why });
}

fn refuse_whole(night: &mut Night, layout: &str, refusal: FileRefusal) {
    night.file_lines.push(line(&refusal.file, layout, FileOutcome::Refused, vec![refusal.why.clone()]));
    night.file_refusals.push(refusal);
    night.worsen(Exit::SomeRefused);
}

/// Reads what was taken.
pub fn wishes(trip: &mut Trip, rms: &mut dyn ShopRead, night: &mut Night, caught: Vec<Caught>) -> Result<Wishes, Stop> {
    let mut wishes = Wishes::default();
    let total = caught.len();
    for (done, Caught { at, read }) in caught.into_iter().enumerate() {
        (trip.tell)(Step { stage: Stage::Files, done, total });
        let read = &trip.pipeline.reads[read];
        one_file(trip, rms, night, at, read, &mut wishes)?;
    }
    Ok(wishes)
}

fn one_file(
    trip: &mut Trip,
    rms: &mut dyn ShopRead,
    night: &mut Night,
    at: usize,
    read: &Read,
    wishes: &mut Wishes,
) -> Result<(), Stop> {
    let layout = trip
        .layouts
        .get(&read.layout)
        .ok_or_else(|| Stop::new(Exit::Configuration, reading::LAYOUT_GONE.with([("layout", read.layout.clone())])))?;
    let name = night.files[at].name.clone();
    let mut bytes = night.files[at].taken.bytes()?;
    let from_book = name.ends_with(".xlsx");
    if from_book {
        bytes = match workbook::to_csv(&bytes) {
            Ok(bytes) => bytes,
            Err(why) => {
                night.files[at].outcome = FileOutcome::Refused;
                refuse(night, &name, &read.layout, why);
                return Ok(());
            }
        };
    }
    let limits = Limits {
        file_bytes_max: read.over.file_bytes_max.unwrap_or(Limits::default().file_bytes_max),
        cell_bytes_max: read.over.cell_bytes_max.map_or(Limits::default().cell_bytes_max, |most| most as _),
    };
    let mut sheet =
        match read_sheet(&bytes, &name, layout, &read.over, &columns_named(trip.pipeline, read, layout), &limits) {
            Ok(sheet) => sheet,
            Err(refusal) => {
                night.files[at].outcome = FileOutcome::Refused;
                refuse_whole(night, &read.layout, refusal);
                return Ok(());
            }
        };
    let lookups = match lookups(trip, read) {
        Ok(lookups) => lookups,
        Err(why) => {
            night.files[at].outcome = FileOutcome::Refused;
            refuse(night, &name, &read.layout, why);
            return Ok(());
        }
    };
    let tidied = match tidy::apply(std::mem::take(&mut sheet.sheet), &name, &read.tidy, &lookups) {
        Ok(tidied) => tidied,
        Err(why) => {
            night.files[at].outcome = FileOutcome::Refused;
            refuse(night, &name, &read.layout, why);
            return Ok(());
        }
    };
    let mut notes = sheet.notes.clone();
    if from_book {
        notes.push(reading::READ_FROM_WORKBOOK.plain());
    }
    for rejection in std::mem::take(&mut sheet.rejected) {
        night.reject(rejection);
    }
    for aside in std::mem::take(&mut sheet.set_aside).into_iter().chain(tidied.set_aside) {
        night.put_aside(aside, true);
    }
    let encoding = sheet.encoding;
    night.files[at].from_book = from_book.then_some(bytes);
    night.files[at].read = Some(sheet);
    let business_day = business_day(night.files[at].first_seen, trip.shop.day_starts);
    let bridge = bridge(trip, read, layout)?;
    let open_orders = serial_orders(trip, rms, night, read, layout)?;
    let context = Context {
        file: &name,
        layout,
        read,
        shop: trip.shop,
        business_day,
        bridge: bridge.as_ref(),
        open_orders: open_orders.as_deref(),
        shop_digits: trip.shop_digits.as_deref(),
    };
    let mut used = false;
    for (stage, lifted) in lift_all(trip.pipeline, read, &tidied.sheet, &context) {
        used = true;
        let stage: Arc<str> = stage.into();
        let Lifted { wishes: lifted, rejected, set_aside, refused, notes: said } = lifted;
        wishes.refused.extend(refused);
        notes.extend(said);
        for rejection in rejected {
            let rejection = night.files[at].in_its_words(rejection, &[])?;
            night.reject(rejection);
        }
        for aside in set_aside {
            night.put_aside(aside, true);
        }
        for wish in still_wanted(trip, night, lifted, wishes)? {
            wishes.add(night, Arc::clone(&stage), wish);
        }
    }
    if !used && trip.pipeline.imports.iter().any(|stage| stage.from.as_deref() == Some(read.name.as_str())) {
        // Lifted as an amendment of nothing: the figures of the file, not a wish to change RMS.
        let stage = AmendStage {
            name: read.name.clone(),
            from: read.name.clone(),
            fields: AmendField::ALL.into(),
            tax: TaxMode::Included,
            reason: ReasonFrom::Unset,
        };
        let lifted = lift::corrections(&tidied.sheet, &context, &stage);
        let records: Vec<AmendWish> = lifted
            .wishes
            .into_iter()
            .filter_map(|wish| if let Wish::Amend(wish) = wish { Some(wish) } else { None })
            .collect();
        super::import::by_csv(trip, night, &records)?;
    }
    if !used {
        // Nobody asks for changes from this file: it tells what RMS knows.
        for row in &tidied.sheet.rows {
            let source = Source { file: name.clone(), record: row.record, line: row.line };
            night.put_aside(SetAside { source, why: reading::ROW_IS_KNOWLEDGE.plain() }, true);
        }
        match layout.subject {
            Subject::Orders => wishes.order_downloads.push(tidied.sheet),
            Subject::ShippingReport => wishes.report_downloads.push(tidied.sheet),
            _ => {}
        }
    }
    let mut about = line(&name, &read.layout, FileOutcome::Read, notes);
    about.encoding = Some(encoding);
    night.file_lines.push(about);
    let ships = trip.pipeline.ships.iter().filter(|stage| stage.from == read.name);
    night.files[at].dates = ships.flat_map(lift::columns_for_shipments).collect();
    Ok(())
}

/// Every stage that takes its rows from this read, lifted.
fn lift_all(pipeline: &Pipeline, read: &Read, sheet: &Sheet, context: &Context) -> Vec<(String, Lifted)> {
    let mut all = Vec::new();
    let from = |from: &str| from == read.name;
    for stage in pipeline.cancels.iter().filter(|stage| from(&stage.from)) {
        all.push((stage.name.clone(), lift::cancellations(sheet, context, stage)));
    }
    for stage in pipeline.amends.iter().filter(|stage| from(&stage.from)) {
        all.push((stage.name.clone(), lift::corrections(sheet, context, stage)));
    }
    for stage in pipeline.confirms.iter().filter(|stage| from(&stage.from)) {
        all.push((stage.name.clone(), lift::confirmations(sheet, context, stage)));
    }
    for stage in pipeline.ships.iter().filter(|stage| from(&stage.from)) {
        all.push((stage.name.clone(), lift::shipments(sheet, context, stage)));
    }
    for stage in pipeline.marks.iter().filter(|stage| from(&stage.from)) {
        all.push((stage.name.clone(), lift::marks(sheet, context, stage)));
    }
    all
}

/// Columns that tidy steps and stages name, beside the layout's own.
fn columns_named(pipeline: &Pipeline, read: &Read, layout: &Layout) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    names.extend(tidy::columns_named(&read.tidy));
    for stage in pipeline.ships.iter().filter(|stage| stage.from == read.name) {
        names.extend(lift::columns_for_shipments(stage));
    }
    for stage in pipeline.amends.iter().filter(|stage| stage.from == read.name) {
        names.extend(lift::columns_for_corrections(layout, stage));
    }
    if layout.subject == Subject::Orders {
        names.extend(crate::flow::compare::cells::COLUMNS.iter().map(|name| (*name).to_owned()));
    }
    if pipeline.is_knowledge(&read.name) {
        names.extend(crate::flow::known::ORDER_COLUMNS.iter().map(|name| (*name).to_owned()));
    }
    names.sort();
    names.dedup();
    names
}

/// The day these bytes were first seen; a shop's day may start in the small hours.
fn business_day(first_seen: Moment, (hour, minute): (i8, i8)) -> Day {
    let starts = i64::from(hour) * 3600 + i64::from(minute) * 60;
    first_seen.plus_seconds(-starts).day()
}

/// Puts aside what was settled earlier or was not asked for; gives back what is still wanted.
fn still_wanted(trip: &Trip, night: &mut Night, lifted: Vec<Wish>, wishes: &mut Wishes) -> Result<Vec<Wish>, Stop> {
    let keys: Vec<Option<String>> = lifted.iter().map(own_row_key).collect();
    let replacing = trip.pipeline.ships.iter().any(|stage| stage.second_number == SecondNumber::Replace);
    let asked: Vec<&str> = keys.iter().flatten().map(String::as_str).collect();
    let known = trip.ledger.rows_known(&trip.shop.name, &asked)?;
    let mut kept = Vec::with_capacity(lifted.len());
    for (wish, key) in lifted.into_iter().zip(keys) {
        let source = wish.source().clone();
        let settled = key.and_then(|key| known.get(&key).map(|memory| memory.rest)) == Some(RowRest::Settled);
        if trip.only.as_ref().is_some_and(|only| !only.contains(wish.order())) {
            if !settled {
                wishes.not_asked.push(Arc::new(wish));
            }
            night.stay.insert(source.file.clone());
            night.put_aside(SetAside { source, why: reading::ROW_NOT_ASKED.plain() }, false);
        } else if settled {
            if let (true, Wish::Ship(ShipWish { order, number: Some(number), .. })) = (replacing, &wish) {
                wishes.settled_numbers.entry(order.clone()).or_default().insert(number.key());
            }
            night.put_aside(SetAside { source, why: comparing::SETTLED_EARLIER.plain() }, true);
        } else {
            kept.push(wish);
        }
    }
    Ok(kept)
}

/// The key under which a parcel's row is remembered; other wishes, and rows named by id, are always looked at.
fn own_row_key(wish: &Wish) -> Option<String> {
    match wish {
        Wish::Ship(ship) if matches!(ship.action, ShipAction::Decide | ShipAction::Add) && ship.row.is_none() => {
            Some(ship_row_key(&ship.order, ship.basket.map(|basket| basket.0), &parcel(ship)))
        }
        _ => None,
    }
}

/// The keys a parcel's row settles when RMS already has it.
pub fn row_keys(wish: &Wish) -> Vec<String> {
    own_row_key(wish).into_iter().collect()
}

/// A waiting row as the ledger keeps it.
#[derive(Serialize, Deserialize)]
struct Carried {
    stage: String,
    wish: Wish,
}

/// A wish with its stage, for the ledger.
pub fn carry(stage: &str, wish: &Wish) -> String {
    serde_json::to_string(&Carried { stage: stage.to_owned(), wish: wish.clone() }).unwrap_or_default()
}

/// What a row that waits by itself asks for.
pub fn waits_for(row: &WaitingRow) -> Option<Wish> {
    if row.is_behind_a_held_change() {
        return None;
    }
    serde_json::from_str::<Carried>(&row.wish_json).ok().map(|carried| carried.wish)
}

/// The parcel that a shipping row speaks of.
pub fn parcel(wish: &ShipWish) -> Shipment {
    Shipment { carrier: wish.carrier.clone(), number: wish.number.clone(), date: wish.date }
}

/// Rows that waited: tried again by themselves, until they have waited too long.
pub fn carried(trip: &mut Trip, night: &mut Night, wishes: &mut Wishes) -> Result<(), Stop> {
    let now = trip.clock.now();
    let most = trip.pipeline.deliver.wait_days;
    for row in trip.ledger.waiting(&trip.shop.name)?.into_iter().filter(|row| !row.is_behind_a_held_change()) {
        let Ok(Carried { stage, mut wish }) = serde_json::from_str::<Carried>(&row.wish_json) else { continue };
        if trip.only.as_ref().is_some_and(|only| !only.contains(wish.order())) || !has_stage(trip.pipeline, &stage) {
            continue;
        }
        let source = own_source(night, &row);
        *wish.source_mut() = source.clone();
        // Dropped again meanwhile: the fresh row speaks for both.
        let again = wishes.by_stage.get(&*stage).is_some_and(|all| all.iter().any(|other| same_wish(other, &wish)));
        if again {
            if !night.planning {
                trip.ledger.drop_waiting(&trip.shop.name, &[&row.key])?;
            }
            continue;
        }
        if now.day().days_since(row.first_seen.day()) > most {
            let reason = row.why.text(trip.lang);
            let why = comparing::WAITED_TOO_LONG.with([("days", most.to_string()), ("reason", reason)]);
            night.reject(Rejection { source, column: None, value: Some(wish.order().to_string()), why });
            wishes.refused.insert((wish.order().clone(), Kind::asked_by(&wish)));
            night.asked(stage.into(), Arc::new(wish));
            if !night.planning {
                trip.ledger.drop_waiting(&trip.shop.name, &[&row.key])?;
            }
            continue;
        }
        night.carried.insert(source, (row.key, row.first_seen));
        wishes.add(night, stage.into(), wish);
    }
    crash::point("read.done");
    Ok(())
}

/// Where a row of an earlier night stood. A file of tonight may have its file's name, and its row's number: then the day
/// tells them apart.
fn own_source(night: &Night, row: &WaitingRow) -> Source {
    let mut source = row.source.clone();
    let taken = |source: &Source| {
        night.carried.contains_key(source)
            || night.wishes.contains_key(source)
            || night.files.iter().any(|file| file.name == source.file)
    };
    for copy in 1.. {
        if !taken(&source) {
            break;
        }
        let (file, day) = (&row.source.file, row.first_seen.day());
        source.file =
            if copy == 1 { format!("{file} ({day})").into() } else { format!("{file} ({day} {copy})").into() };
    }
    source
}

fn has_stage(pipeline: &Pipeline, name: &str) -> bool {
    pipeline.ships.iter().any(|stage| stage.name == name)
        || pipeline.amends.iter().any(|stage| stage.name == name)
        || pipeline.cancels.iter().any(|stage| stage.name == name)
        || pipeline.confirms.iter().any(|stage| stage.name == name)
        || pipeline.marks.iter().any(|stage| stage.name == name)
}

/// The same request from another row.
fn same_wish(a: &Wish, b: &Wish) -> bool {
    match (a, b) {
        (Wish::Ship(a), Wish::Ship(b)) => {
            a.order == b.order
                && a.basket == b.basket
                && a.number == b.number
                && a.carrier == b.carrier
                && a.date == b.date
                && a.action == b.action
        }
        (Wish::Confirm(a), Wish::Confirm(b)) => a.order == b.order,
        (Wish::Cancel(a), Wish::Cancel(b)) => a.order == b.order,
        (Wish::Mark(a), Wish::Mark(b)) => a.order == b.order && a.sub_status == b.sub_status && a.memo == b.memo,
        (Wish::Amend(a), Wish::Amend(b)) => {
            let mut b = b.clone();
            b.source = a.source.clone();
            *a == b
        }
        _ => false,
    }
}

/// Tables that tidy steps look things up in.
fn lookups(trip: &Trip, read: &Read) -> Result<BTreeMap<String, Sheet>, Why> {
    let mut all = BTreeMap::new();
    for step in &read.tidy {
        if let Tidy::Lookup { file, .. } = step
            && !all.contains_key(file)
        {
            all.insert(file.clone(), side_table(trip, file)?);
        }
    }
    Ok(all)
}

/// The key list written when the labels were made, if this source's keys need one.
fn bridge(trip: &Trip, read: &Read, layout: &Layout) -> Result<Option<Sheet>, Stop> {
    match read.over.key.as_ref().unwrap_or(&layout.key) {
        KeyWay::Bridge { file, .. } => {
            side_table(trip, file).map(Some).map_err(|why| Stop::new(Exit::Configuration, why))
        }
        KeyWay::OrderNumber | KeyWay::Branch { .. } | KeyWay::Serial => Ok(None),
    }
}

/// A small CSV of the shop's own beside the pipeline, whole.
fn side_table(trip: &Trip, file: &str) -> Result<Sheet, Why> {
    let path = trip.workspace.join(file);
    let bytes = crate::edge::workspace::read_side_file(&path).map_err(|error| {
        reading::SIDE_FILE_UNREADABLE.with([("file", file.to_owned()), ("detail", error.to_string())])
    })?;
    side_table::read(&bytes, file)
}

/// Open orders of the shop, for sources whose key is the serial alone.
fn serial_orders(
    trip: &mut Trip,
    rms: &mut dyn ShopRead,
    night: &mut Night,
    read: &Read,
    layout: &Layout,
) -> Result<Option<Vec<OrderNumber>>, Stop> {
    match read.over.key.as_ref().unwrap_or(&layout.key) {
        KeyWay::Serial => look::open_orders(trip, rms, night).map(Some),
        KeyWay::OrderNumber | KeyWay::Branch { .. } | KeyWay::Bridge { .. } => Ok(None),
    }
}

/// Marks a row's pile for wishes that need no comparison; kept here so that piles are filled in one folder.
pub fn planned(night: &mut Night, sources: &[Source]) {
    for source in sources {
        night.pile(source, Pile::Planned);
    }
}
