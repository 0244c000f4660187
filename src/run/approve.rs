//! Approval sheets that people dropped into `inbox/approved/`: the rows they said yes to go, after another
//! look at every order; all else keeps waiting. A sheet that was edited elsewhere is refused with the cells named.

use super::gather::{Tonight, Wishes};
use super::night::Night;
use super::{Rms, Trip, deliver, export, overtaken};
use crate::edge::files::{self, Taken, Took};
use crate::edge::workspace;
use crate::flow::paper;
use crate::model::change::Kind;
use crate::model::exit::{Exit, Stop};
use crate::model::ids::{OrderNumber, RunId};
use crate::model::plan::{Approved, Plan, Via};
use crate::model::rejection::FileRefusal;
use crate::model::report::{FileLine, FileOutcome};
use crate::model::tally::RowTally;
use crate::model::words::{Why, delivering};
use std::collections::BTreeSet;
use std::path::Path;

/// Where approval sheets are dropped: they are no pipeline's and taken all the same.
pub const SHEETS: [&str; 2] = ["inbox/approved/*.csv", "inbox/approved/*.xlsx"];

/// `wishes`: what tonight's files ask for; who approved a sheet could not know of it.
pub fn sheets(trip: &mut Trip, rms: &mut dyn Rms, night: &mut Night, wishes: &Wishes) -> Result<(), Stop> {
    if !trip.workspace.join("inbox").join("approved").is_dir() {
        return Ok(());
    }
    let patterns: Vec<String> = SHEETS.iter().map(|pattern| (*pattern).to_owned()).collect();
    let found = files::scan(trip.workspace, &patterns)?.found;
    let work = trip.workspace.join("state").join("runs").join(trip.run.as_str());
    let mut answers = Vec::new();
    for one in &found {
        let Took::File(taken) = files::take(one, &work, files::TAKE_BYTES_MAX)? else { continue };
        let answer = read(trip, &taken);
        answers.push((taken, answer));
    }
    let approved = |kind: Kind| -> BTreeSet<OrderNumber> {
        let sheets = answers.iter().filter_map(|(_, answer)| answer.as_ref().ok()?.as_ref());
        let entries = sheets.flat_map(|(approved, _)| approved.go());
        entries.filter(|entry| entry.change.kind() == kind).map(|entry| entry.change.order.clone()).collect()
    };
    let both: BTreeSet<OrderNumber> = approved(Kind::Cancel).intersection(&approved(Kind::Ship)).cloned().collect();
    for (taken, answer) in answers {
        match answer {
            Ok(None) => {}
            Ok(Some((approved, unclear))) => {
                tell_unclear(night, &unclear);
                let before = std::mem::replace(&mut night.must_look_again, true);
                night.saved_plan = Some(approved.plan().run.clone());
                tell_contradictions(night, &approved);
                let orders: BTreeSet<&OrderNumber> = approved.go().iter().map(|entry| &entry.change.order).collect();
                night.tonight = wishes.of(&orders);
                let go = overtaken::not_both(trip, night, approved.go(), &both)?;
                let sent = match night.way_out(trip, approved.plan().via) {
                    Via::Api => deliver::by_api(trip, rms, night, &go),
                    Via::Csv => export::by_csv(trip, night, &go),
                    Via::Review => Ok(()),
                };
                night.must_look_again = before;
                night.saved_plan = None;
                night.tonight = Tonight::default();
                // They are not what was read any more: tonight's rows are held against what the sheet made of them.
                night.seen.retain(|number, _| !orders.contains(number));
                sent?;
                // A sheet whose changes could not go is the queue itself: it stays for the next run.
                if night.closed.is_none() && (trip.shop.live || trip.shop.is_loopback()) {
                    put_away(trip, night, &taken, "archive", None)?;
                }
            }
            Err(why) => put_away(trip, night, &taken, "errors", Some(why))?,
        }
    }
    Ok(())
}

/// The sheet's plan with the rows approved on it, and what was written there that nobody can read. `None` if it is
/// another shop's.
fn read(trip: &Trip, taken: &Taken) -> Result<Option<(Approved, Vec<Why>)>, Why> {
    let bytes = taken.bytes().map_err(|error| error.why().clone())?;
    let Answered { plan, rows, unclear } = sheet(trip.workspace, None, &bytes, &taken.name)?;
    Ok((plan.shop == trip.shop.name).then(|| (plan.approve_rows(&rows), unclear)))
}

/// Words in the 承認 column that are neither a yes nor a no: their rows wait on, and the person is told.
pub fn tell_unclear(night: &mut Night, unclear: &[Why]) {
    if !unclear.is_empty() {
        night.to_do.extend(unclear.iter().cloned());
        night.worsen(Exit::SomeRefused);
    }
}

/// What an approval sheet says.
pub struct Answered {
    /// The plan it belongs to.
    pub plan: Plan,
    /// The 行ID a person said yes to.
    pub rows: BTreeSet<u32>,
    /// Marks that are neither a yes nor a no.
    pub unclear: Vec<Why>,
}

/// The plan that an approval sheet belongs to, and what a person said on it. `beside` is the folder the
/// sheet lies in, if a plan may lie there too.
///
/// # Errors
/// What is wrong with the sheet: unreadable, edited elsewhere, or its plan is gone.
pub fn sheet(workspace: &Path, beside: Option<&Path>, bytes: &[u8], name: &str) -> Result<Answered, Why> {
    let answers = paper::sheet_read(bytes, name)?;
    let run: RunId = paper::sheet_run(&answers).ok_or_else(|| {
        delivering::SHEET_COLUMN_MISSING.with([("file", name.to_owned()), ("column", "計画ID".to_owned())])
    })?;
    let own = |path: &Path| -> Option<Plan> {
        let text = workspace::read_side_file(path).ok()?;
        paper::plan_from_json(&String::from_utf8_lossy(&text)).ok().filter(|plan| plan.run == run)
    };
    let plan = beside
        .and_then(|folder| own(&folder.join("plan.json")))
        .or_else(|| own(&workspace.join("review").join(run.as_str()).join("plan.json")))
        .ok_or_else(|| delivering::SHEET_PLAN_GONE.with([("file", name.to_owned()), ("run", run.to_string())]))?;
    let rows = paper::sheet_approve(&plan, &answers)?;
    // A plan made for review is delivered the way the pipeline says once somebody said yes.
    let via = if plan.via == Via::Review { Via::Api } else { plan.via };
    Ok(Answered { plan: Plan { via, ..plan }, rows, unclear: paper::unclear_marks(&answers, name) })
}

/// An approval that says yes to two things of which only one can be meant.
pub fn tell_contradictions(night: &mut Night, approved: &Approved) {
    for order in approved.contradicting() {
        let why = delivering::APPROVED_BOTH.with([("order", order.to_string())]);
        night.urgent.push(why.clone());
        night.to_do.push(why);
        night.worsen(Exit::PersonNeeded);
    }
}

fn put_away(trip: &Trip, night: &mut Night, taken: &Taken, folder: &str, refused: Option<Why>) -> Result<(), Stop> {
    let day = trip.clock.now().day().to_string();
    let to = if refused.is_some() { trip.workspace.join(folder) } else { trip.workspace.join(folder).join(day) };
    if let Some(why) = &refused {
        let refusal = FileRefusal { file: taken.name.clone(), line: None, column: None, value: None, why: why.clone() };
        let stem = files::errors_stem(&taken.name);
        files::write_free(&to, &format!("{stem}_理由.txt"), paper::refusal_note(&refusal).as_bytes())?;
        night.file_refusals.push(refusal);
        night.worsen(Exit::SomeRefused);
    }
    let moved = match files::shelve(taken, &to)? {
        files::Shelved::Moved(path) => {
            path.strip_prefix(trip.workspace).ok().map(|path| path.to_string_lossy().into_owned())
        }
        files::Shelved::Left(why) => {
            night.warnings.push(why);
            None
        }
        files::Shelved::Gone => None,
    };
    night.file_lines.push(FileLine {
        name: taken.name.clone(),
        layout: "承認シート".to_owned(),
        outcome: if refused.is_some() { FileOutcome::Refused } else { FileOutcome::Read },
        encoding: None,
        rows: RowTally::default(),
        notes: refused.into_iter().collect(),
        moved_to: moved,
    });
    Ok(())
}
