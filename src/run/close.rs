//! The end of a trip: rows that wait are kept, rejected rows are written for people to mend, originals are
//! put away, and the report is written. In this order, so that a cut at any point loses nothing.

use super::night::{Asked, Night};
use super::{Trip, gather};
use crate::edge::ledger::{IntentMemory, RowRest, StoryLine, WaitingRow};
use crate::edge::{crash, files};
use crate::flow::paper::{self, veil::for_ledger};
use crate::model::change::{Change, Kind};
use crate::model::day::Moment;
use crate::model::exit::{Exit, Stop};
use crate::model::ids::OrderNumber;
use crate::model::plan::{Approved, Plan};
use crate::model::receipt::Standing;
use crate::model::rejection::Rejection;
use crate::model::report::{FileOutcome, OpenLine, Report};
use crate::model::sheet::Source;
use crate::model::tally::{CallTally, ChangeTally, FileTally, RowTally};
use crate::model::wish::Wish;
use crate::model::words::{Why, comparing, delivering, money};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The end of `denpyo run`.
pub fn run(trip: &mut Trip, mut night: Night, approved: Approved) -> Result<Report, Stop> {
    keep_waiting(trip, &mut night)?;
    keep_unchanged(trip, &mut night)?;
    tell_stories(trip, &night)?;
    review(trip, &mut night, &approved)?;
    // Before anything is put away: where a row went nowhere, its file must still be there in the morning.
    adds_up(&night)?;
    put_away(trip, &mut night)?;
    finish(trip, night)
}

/// The end of `denpyo apply`: the plan's rows came to rest when the plan was made.
pub fn applied(trip: &mut Trip, night: Night, _: &Approved) -> Result<Report, Stop> {
    finish(trip, night)
}

pub fn settled(trip: &mut Trip, night: Night) -> Result<Report, Stop> {
    finish(trip, night)
}

/// The end of `denpyo plan`: nothing is recorded or moved; the plan is written for people.
pub fn plan(trip: &mut Trip, mut night: Night, plan: Plan, to: &Path) -> Result<(Plan, Report), Stop> {
    night.calls_bound = plan.calls_bound;
    for entry in &plan.entries {
        let standing = if entry.holds.is_empty() { Standing::Planned } else { Standing::Held };
        night.changes.push(crate::model::report::ChangeLine {
            entry: entry.clone(),
            standing,
            refusal: None,
            why: None,
        });
        if standing == Standing::Held {
            night.worsen(Exit::PersonNeeded);
        }
    }
    write_plan(trip, &mut night, &plan, to)?;
    drop_work_copies(trip);
    let report = report(trip, night, true)?;
    Ok((plan, report))
}

/// The plan as JSON for `apply`, and as HTML, CSV and xlsx for people.
fn write_plan(trip: &Trip, night: &mut Night, plan: &Plan, to: &Path) -> Result<(), Stop> {
    let papers = [
        ("plan.json", paper::plan_json(plan).into_bytes()),
        ("plan.html", paper::plan_html(plan, trip.lang).into_bytes()),
        ("plan.csv", paper::plan_csv(plan, trip.lang)),
        ("plan.xlsx", paper::plan_xlsx(plan, trip.lang)),
    ];
    for (name, bytes) in papers {
        let path = to.join(name);
        files::write_new(&path, &bytes)?;
        night.outputs.push(shown(trip, &path));
    }
    Ok(())
}

fn shown(trip: &Trip, path: &Path) -> String {
    path.strip_prefix(trip.workspace).unwrap_or(path).to_string_lossy().replace('\\', "/")
}

/// What waits for a person goes to `review/<run>/`, as a plan of its own.
fn review(trip: &mut Trip, night: &mut Night, approved: &Approved) -> Result<(), Stop> {
    let whole = approved.plan();
    night.calls_bound = whole.calls_bound;
    if approved.held().is_empty() {
        return Ok(());
    }
    let folder = trip.workspace.join("review").join(trip.run.as_str());
    let waiting = Plan { entries: approved.held().to_vec(), ..whole.clone() };
    write_plan(trip, night, &waiting, &folder)?;
    night.to_do.push(
        delivering::REVIEW_THIS
            .with([("count", approved.held().len().to_string()), ("folder", format!("review/{}", trip.run))]),
    );
    Ok(())
}

/// Rows that only need time are kept by the ledger, unless their file stays in the inbox and is the queue itself.
fn keep_waiting(trip: &mut Trip, night: &mut Night) -> Result<(), Stop> {
    let mut keep = Vec::new();
    let mut waits: BTreeSet<&Source> = BTreeSet::new();
    for line in &night.waiting {
        waits.insert(&line.source);
        let carried = night.carried.get(&line.source);
        if carried.is_none() && night.stay.contains(&line.source.file) {
            continue;
        }
        for (at, (stage, wish)) in night.wishes.get(&line.source).into_iter().flatten().enumerate() {
            let key = carried.map_or_else(|| waiting_key(wish, at), |(key, _)| key.clone());
            keep.push(WaitingRow {
                key,
                wish_json: gather::carry(stage, wish),
                why: line.why.clone(),
                source: line.source.clone(),
                first_seen: line.since,
            });
        }
    }
    for (source, (stage, wish), at) in wishes_of(night, Standing::Unknown) {
        let carried = night.carried.get(source);
        keep.push(WaitingRow {
            key: carried.map_or_else(|| waiting_key(wish, at), |(key, _)| key.clone()),
            wish_json: gather::carry(stage, wish),
            why: comparing::TOLD_OUTCOME_OPEN.plain(),
            source: source.clone(),
            first_seen: carried.map_or(night.started, |(_, since)| *since),
        });
    }
    for (source, (stage, wish), at) in wishes_of(night, Standing::Held) {
        let row = WaitingRow {
            key: waiting_key(wish, at),
            wish_json: gather::carry(stage, wish),
            why: comparing::TOLD_OUTCOME_OPEN.plain(),
            source: source.clone(),
            first_seen: night.started,
        };
        keep.push(row.behind_a_held_change());
    }
    trip.ledger.put_waiting(&trip.shop.name, &keep)?;
    // A carried row that found its end waits no longer; one whose change could not be sent, or was not heard of, does.
    let mut unsent: BTreeSet<&Source> = night
        .changes
        .iter()
        .filter(|line| line.standing == Standing::Planned)
        .flat_map(|line| &line.entry.change.sources)
        .collect();
    unsent.extend(wishes_of(night, Standing::Unknown).map(|(source, ..)| source));
    let ended: Vec<&str> = night
        .carried
        .iter()
        .filter(|(source, _)| !waits.contains(source) && !unsent.contains(source))
        .map(|(_, (key, _))| key.as_str())
        .collect();
    trip.ledger.drop_waiting(&trip.shop.name, &ended)?;
    drop_rows_behind(trip)?;
    crash::point("rows.after");
    Ok(())
}

/// Rows kept behind held changes that are held no longer.
fn drop_rows_behind(trip: &mut Trip) -> Result<(), Stop> {
    let mut behind = trip.ledger.waiting(&trip.shop.name)?;
    behind.retain(|row| row.is_behind_a_held_change());
    if behind.is_empty() {
        return Ok(());
    }
    let open: Vec<Change> = trip
        .ledger
        .open(&trip.shop.name)?
        .iter()
        .filter_map(|intent| serde_json::from_str(&intent.change_json).ok())
        .collect();
    let sources: BTreeSet<&Source> = open.iter().flat_map(|change| &change.sources).collect();
    let needless: Vec<&str> =
        behind.iter().filter(|row| !sources.contains(&row.source)).map(|row| row.key.as_str()).collect();
    trip.ledger.drop_waiting(&trip.shop.name, &needless)?;
    Ok(())
}

/// Rows whose amendment, cancellation or memo was sent and not heard of, or waits for a yes. Each of them sets: once two
/// looks have not found it there, or once the yes comes too late, it may be planned again, and what a row asks for is
/// more than the change itself remembers.
fn wishes_of(night: &Night, standing: Standing) -> impl Iterator<Item = (&Source, &Asked, usize)> {
    night
        .changes
        .iter()
        .filter(move |line| line.standing == standing)
        .filter(|line| matches!(line.entry.change.kind(), Kind::Amend | Kind::Cancel | Kind::Memo))
        .flat_map(|line| &line.entry.change.sources)
        .flat_map(|source| {
            let wishes = night.wishes.get(source).into_iter().flatten();
            wishes.enumerate().map(move |(at, wish)| (source, wish, at))
        })
}

/// The identity of a waiting row: what it says, not where it stood.
fn waiting_key(wish: &Wish, at: usize) -> String {
    let mut bare = serde_json::to_value(wish).unwrap_or_default();
    if let Some(inner) =
        bare.as_object_mut().and_then(|outer| outer.values_mut().next()).and_then(|v| v.as_object_mut())
    {
        inner.remove("source");
        inner.remove("notes");
    }
    format!("{at}:{}", files::hash_bytes(bare.to_string().as_bytes()))
}

/// Parcels RMS already has are settled for good: the same row costs no call next time.
fn keep_unchanged(trip: &mut Trip, night: &mut Night) -> Result<(), Stop> {
    let keys: Vec<String> = night
        .unchanged
        .iter()
        .flat_map(|source| night.wishes.get(source).into_iter().flatten())
        .flat_map(|(_, wish)| gather::row_keys(wish))
        .collect();
    let rows: Vec<(&str, RowRest)> = keys.iter().map(|key| (key.as_str(), RowRest::Settled)).collect();
    trip.ledger.put_rows(&trip.shop.name, &trip.run, trip.clock.now(), &rows)?;
    Ok(())
}

/// Why nothing was sent, order by order, for `denpyo explain`. What became a change tells its own story.
fn tell_stories(trip: &mut Trip, night: &Night) -> Result<(), Stop> {
    let at = trip.clock.now();
    let mut lines: Vec<(OrderNumber, StoryLine)> = Vec::new();
    let mut add = |source: &Source, what: &str, why: Option<&crate::model::words::Why>| {
        for (stage, wish) in night.wishes.get(source).into_iter().flatten() {
            let detail = serde_json::json!({ "stage": &**stage, "file": source.file, "line": source.line, "why": why.map(for_ledger) });
            let line = StoryLine { at, run: trip.run.clone(), what: what.to_owned(), detail };
            lines.push((wish.order().clone(), line));
        }
    };
    for source in &night.unchanged {
        add(source, "unchanged", None);
    }
    for line in &night.waiting {
        add(&line.source, "waiting", Some(&line.why));
    }
    for rejection in &night.rejections {
        add(&rejection.source, "rejected", Some(&rejection.why));
    }
    // Rows that were refused before they became a wish: the order they name, if they name one.
    for file in &night.files {
        let Some(sheet) = &file.read else { continue };
        let unread = |rejection: &&Rejection| {
            rejection.source.file == file.name && !night.wishes.contains_key(&rejection.source)
        };
        for rejection in night.rejections.iter().filter(unread) {
            let source = &rejection.source;
            let cells = file.raw(source.record)?.map(|raw| sheet.original(&raw)).unwrap_or_default();
            for order in cells.iter().filter_map(|cell| OrderNumber::parse(cell.trim())).collect::<BTreeSet<_>>() {
                let detail =
                    serde_json::json!({ "file": source.file, "line": source.line, "why": for_ledger(&rejection.why) });
                let line = StoryLine { at, run: trip.run.clone(), what: "rejected".to_owned(), detail };
                lines.push((order, line));
            }
        }
    }
    let lines: Vec<(&OrderNumber, StoryLine)> = lines.iter().map(|(number, line)| (number, line.clone())).collect();
    trip.ledger.note(&trip.shop.name, &lines)?;
    Ok(())
}

/// Error sheets are written, then originals move: to `archive/`, or whole to `errors/` with a reason beside them.
fn put_away(trip: &mut Trip, night: &mut Night) -> Result<(), Stop> {
    let day = trip.clock.now().day().to_string();
    let mut rejected: BTreeMap<Arc<str>, Vec<Rejection>> = BTreeMap::new();
    for rejection in &night.rejections {
        rejected.entry(rejection.source.file.clone()).or_default().push(rejection.clone());
    }
    write_errors(trip, night, &rejected)?;
    for at in 0..night.files.len() {
        let file = &night.files[at];
        let (name, outcome, hash) = (file.name.clone(), file.outcome, file.taken.hash.clone());
        if night.stay.contains(&name) {
            continue;
        }
        let folder = match outcome {
            FileOutcome::Refused => trip.workspace.join("errors"),
            FileOutcome::Read | FileOutcome::Skipped => trip.workspace.join("archive").join(&day),
        };
        if outcome == FileOutcome::Refused
            && let Some(refusal) = night.file_refusals.iter().find(|refusal| *refusal.file == *name)
        {
            let note = paper::refusal_note(refusal);
            let stem = files::errors_stem(&name);
            let path = files::write_free(&folder, &format!("{stem}_理由.txt"), note.as_bytes())?;
            night.outputs.push(shown(trip, &path));
        }
        if outcome == FileOutcome::Read && !night.unsettled.contains(&name) {
            trip.ledger.settle_file(&trip.shop.name, &hash, &trip.run, trip.clock.now())?;
        }
        crash::point("shelve.before");
        match files::shelve(&night.files[at].taken, &folder)? {
            files::Shelved::Moved(path) => {
                let moved = shown(trip, &path);
                trip.ledger.file_moved(&trip.shop.name, &hash, &moved)?;
                if let Some(line) = night.file_lines.iter_mut().find(|line| *line.name == *name) {
                    line.moved_to = Some(moved);
                }
            }
            files::Shelved::Left(why) => night.warnings.push(why),
            files::Shelved::Gone => {}
        }
        crash::point("shelve.after");
    }
    drop_work_copies(trip);
    Ok(())
}

/// `errors/<name>_エラー.xlsx` and `.csv`: the rejected rows with all their cells, to be mended and dropped again.
fn write_errors(trip: &mut Trip, night: &mut Night, rejected: &BTreeMap<Arc<str>, Vec<Rejection>>) -> Result<(), Stop> {
    let folder = trip.workspace.join("errors");
    for at in 0..night.files.len() {
        let file = &night.files[at];
        let (Some(rejections), Some(sheet)) = (rejected.get(&file.name), &file.read) else { continue };
        let rows: Vec<paper::ErrorRow> = rejections
            .iter()
            .map(|rejection| {
                let raw = file.raw(rejection.source.record)?;
                let cells = raw.map(|raw| sheet.original(&raw)).unwrap_or_default();
                Ok(paper::ErrorRow { cells, rejection: rejection.clone() })
            })
            .collect::<Result<_, Stop>>()?;
        let header = sheet.original_header().to_vec();
        // A file that stays in the inbox is read again; the same errors are written once, whatever people did with them.
        let key = format!("errors:{}", files::hash_bytes(&paper::errors_csv(&header, &rows, trip.lang)));
        if night.stay.contains(&file.name) && !trip.ledger.rows_known(&trip.shop.name, &[&key])?.is_empty() {
            continue;
        }
        let stem = files::errors_stem(&file.name);
        let paths = error_sheets(&folder, &stem, &header, &rows, trip.lang)?;
        night.outputs.extend(paths.iter().map(|path| shown(trip, path)));
        trip.ledger.put_rows(&trip.shop.name, &trip.run, trip.clock.now(), &[(&key, RowRest::Rejected)])?;
    }
    // Rows of files that are put away already: those of earlier nights that waited.
    let here: BTreeSet<&str> = night.files.iter().map(|file| &*file.name).collect();
    let carried: Vec<&Wish> = rejected
        .values()
        .flatten()
        .map(|rejection| &rejection.source)
        .filter(|source| night.carried.contains_key(source) || !here.contains(&*source.file))
        .collect::<BTreeSet<_>>()
        .into_iter()
        .flat_map(|source| night.wishes.get(source).into_iter().flatten().map(|(_, wish)| &**wish))
        .collect();
    let mut written = Vec::new();
    for sheet in paper::carried_sheets(&carried, &night.rejections) {
        written.extend(error_sheets(&folder, &sheet.stem, &sheet.header, &sheet.rows, trip.lang)?);
    }
    night.outputs.extend(written.iter().map(|path| shown(trip, path)));
    Ok(())
}

fn error_sheets(
    folder: &Path,
    stem: &str,
    header: &[String],
    rows: &[paper::ErrorRow],
    lang: crate::model::words::Lang,
) -> Result<[PathBuf; 2], Stop> {
    let xlsx = files::write_free(folder, &format!("{stem}.xlsx"), &paper::errors_xlsx(header, rows, lang))?;
    let csv = files::write_free(folder, &format!("{stem}.csv"), &paper::errors_csv(header, rows, lang))?;
    Ok([xlsx, csv])
}

/// Work copies hold what buyers wrote; the originals are kept elsewhere. One that cannot go is left to `purge`.
fn drop_work_copies(trip: &Trip) {
    let _ = files::clear_work(&trip.workspace.join("state").join("runs").join(trip.run.as_str()));
}

/// 手修正リスト: what came out otherwise than foretold, and what to change in the other system.
fn drifts(trip: &Trip, night: &mut Night) -> Result<(), Stop> {
    if night.drift_rows.is_empty() {
        return Ok(());
    }
    let name = format!("手修正リスト_{}_{}.csv", trip.shop.name, trip.clock.now().compact());
    let bytes = paper::drift_csv(&night.drift_rows, trip.lang);
    files::write_new(&trip.workspace.join("outbox").join(trip.run.as_str()).join(&name), &bytes)?;
    let shown = format!("outbox/{}/{name}", trip.run);
    night
        .to_do
        .push(delivering::DRIFT_LIST.with([("count", night.drift_rows.len().to_string()), ("file", shown.clone())]));
    night.outputs.push(shown);
    night.worsen(Exit::PersonNeeded);
    Ok(())
}

/// The report of the run, on paper and in the ledger.
fn finish(trip: &mut Trip, mut night: Night) -> Result<Report, Stop> {
    drifts(trip, &mut night)?;
    let mut report = report(trip, night, false)?;
    let folder = trip.workspace.join("reports").join(trip.run.as_str());
    report.report = Some(shown(trip, &folder));
    crash::point("report.before");
    files::write_new(&folder.join("report.json"), paper::report_json(&report).as_bytes())?;
    let html = paper::report_html(&report, trip.lang);
    files::write_new(&folder.join("index.html"), html.as_bytes())?;
    let newest = paper::report_html_from(&report, trip.lang, "../");
    files::write_replace(&trip.workspace.join("reports").join(paper::NEWEST), newest.as_bytes())?;
    crash::point("report.after");
    let summary = serde_json::json!({
        "files": report.files, "rows": report.rows, "changes": report.changes, "calls": report.calls, "outputs": report.outputs,
        "report": report.report,
    });
    trip.ledger.end_run(&trip.run, report.exit, &summary.to_string(), trip.clock.now())?;
    crash::point("run.ended");
    Ok(report)
}

/// Every row and every change is in one pile, or it is a bug of ours.
fn adds_up(night: &Night) -> Result<(RowTally, ChangeTally), Stop> {
    let (rows, changes) = (night.rows(), night.change_tally());
    let whole = night.files.iter().all(|file| match &file.read {
        Some(sheet) => night.rows_of(&file.name).read == sheet.rows_read,
        None => true,
    });
    if rows.adds_up() && changes.adds_up() && whole {
        return Ok((rows, changes));
    }
    let values = [("rows", format!("{rows:?}")), ("changes", format!("{changes:?}"))];
    Err(Stop::new(Exit::Bug, delivering::PILES_DO_NOT_ADD_UP.with(values)))
}

/// Adds up, and refuses to speak if a row or a change is in no pile or in two.
fn report(trip: &mut Trip, mut night: Night, plan_only: bool) -> Result<Report, Stop> {
    let mut files = FileTally::default();
    let mut any_read = false;
    for at in 0..night.file_lines.len() {
        let line = &night.file_lines[at];
        match line.outcome {
            FileOutcome::Read => {
                files.read += 1;
                any_read = true;
                let rows = night.rows_of(&line.name);
                night.file_lines[at].rows = rows;
            }
            FileOutcome::Skipped => files.skipped += 1,
            FileOutcome::Refused => files.refused += 1,
        }
    }
    if !any_read && files.refused > 0 && files.skipped == 0 {
        night.worsen(Exit::NoUsableInput);
    }
    if !night.rejections.is_empty() {
        night.worsen(Exit::SomeRefused);
    }
    let (rows, changes) = adds_up(&night)?;
    let open_lines = if plan_only { Vec::new() } else { open_lines(trip)? };
    if open_lines.iter().any(|line| matches!(line.standing, Standing::Unknown | Standing::Absent)) {
        night.worsen(Exit::PersonNeeded);
    }
    // Nothing tries these again by itself, and a mended row is another change: a person closes them.
    for line in open_lines.iter().filter(|line| line.standing == Standing::Absent) {
        let (order, kind) = (("order", line.order.to_string()), ("kind", line.what.clone()));
        night.to_do.push(delivering::ABSENT_STILL.with([order, kind, ("run", line.run.to_string())]));
    }
    // What waits since earlier nights is said every morning, until somebody decides or uploads.
    let mut still: BTreeMap<(&str, Standing), (u64, Moment)> = BTreeMap::new();
    for line in open_lines.iter().filter(|line| matches!(line.standing, Standing::Held | Standing::Exported)) {
        let (count, since) = still.entry((line.run.as_str(), line.standing)).or_insert((0, line.since));
        *count += 1;
        *since = line.since.min(*since);
    }
    for ((run, standing), (count, since)) in still {
        let count = ("count", count.to_string());
        let days = ("days", trip.clock.now().day().days_since(since.day()).max(0).to_string());
        night.to_do.push(match standing {
            Standing::Held => {
                delivering::REVIEW_STILL.with([count, ("folder", format!("review/{run}")), ("run", run.to_owned())])
            }
            _ => delivering::UPLOAD_STILL.with([count, days, ("run", run.to_owned())]),
        });
        night.exit = night.exit.worse(Exit::PersonNeeded);
    }
    if !plan_only {
        for why in still_urgent(trip)? {
            if !night.urgent.contains(&why) {
                night.urgent.push(why);
            }
        }
    }
    night.urgent.dedup();
    night.to_do.dedup();
    Ok(Report {
        run: trip.run.clone(),
        shop: trip.shop.name.clone(),
        pipeline: trip.pipeline_file.to_owned(),
        title: trip.pipeline.title.clone(),
        started: night.started,
        ended: trip.clock.now(),
        exit: night.exit.code(),
        files,
        rows,
        changes,
        calls: CallTally { made: night.calls_made, bound: night.calls_bound.max(night.calls_made) },
        file_lines: night.file_lines,
        file_refusals: night.file_refusals,
        rejections: night.rejections,
        waiting: night.waiting,
        set_aside: night.set_aside,
        change_lines: night.changes,
        open_lines,
        settled_earlier: night.settled_earlier,
        urgent: night.urgent,
        to_do: night.to_do,
        warnings: night.warnings,
        key_expires: night.key_expires,
        plan_only,
        outputs: night.outputs,
        report: None,
    })
}

/// Cancellations and parcels that wait since earlier nights because of each other: said first every morning, until
/// somebody decides.
fn still_urgent(trip: &Trip) -> Result<Vec<Why>, Stop> {
    let mut urgent = Vec::new();
    let opposed = [Kind::Cancel, Kind::Ship].map(Kind::word);
    let held = |intent: &IntentMemory| intent.standing == Standing::Held && opposed.contains(&intent.kind.as_str());
    for intent in trip.ledger.open(&trip.shop.name)?.into_iter().filter(held) {
        // Somebody who saw both decided: the cancellation was told.
        let decided = |other: &IntentMemory| other.kind == Kind::Cancel.word() && other.standing == Standing::Confirmed;
        if trip.ledger.of_order(&trip.shop.name, &intent.order)?.iter().any(decided) {
            continue;
        }
        let story = trip.ledger.story(&trip.shop.name, &intent.order)?;
        let mine = |line: &&StoryLine| line.what == Standing::Held.word() && line.detail["key"] == intent.key;
        let holds = story
            .iter()
            .rev()
            .filter(mine)
            .find_map(|line| serde_json::from_value::<Vec<Why>>(line.detail["holds"].clone()).ok());
        let urgent_ones = [comparing::CANCEL_AND_SHIP.code, money::CANCEL_BLOCKED.code, delivering::APPROVED_BOTH.code];
        let parcel = |why: &Why| urgent_ones.contains(&why.code());
        for why in holds.into_iter().flatten().filter(parcel) {
            if !urgent.contains(&why) {
                urgent.push(why);
            }
        }
    }
    Ok(urgent)
}

/// Changes of this shop that are still open, those of this run left out.
fn open_lines(trip: &Trip) -> Result<Vec<OpenLine>, Stop> {
    let mut lines: Vec<OpenLine> = trip
        .ledger
        .open(&trip.shop.name)?
        .into_iter()
        .filter(|intent| intent.run != trip.run)
        .map(|intent| OpenLine {
            run: intent.run,
            order: intent.order,
            what: Kind::ALL
                .into_iter()
                .find(|kind| kind.word() == intent.kind)
                .map_or(intent.kind.clone(), |kind| kind.ja().to_owned()),
            standing: intent.standing,
            since: intent.at,
        })
        .collect();
    // By run and order, as people look for them; two seconds of one night are no order.
    lines.sort_by_cached_key(|line| (line.run.to_string(), line.order.clone(), line.what.clone()));
    Ok(lines)
}
