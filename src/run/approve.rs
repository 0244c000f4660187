//! Approval sheets that people dropped into `inbox/approved/`: the rows they said yes to go, after another
//! look at every order; all else keeps waiting. A sheet that was edited elsewhere is refused with the cells named.

use super::night::Night;
use super::{Rms, Trip, deliver, export};
use crate::edge::files::{self, Taken, Took};
use crate::edge::workspace;
use crate::flow::paper;
use crate::model::exit::{Exit, Stop};
use crate::model::ids::RunId;
use crate::model::plan::{Approved, Plan, Via};
use crate::model::rejection::FileRefusal;
use crate::model::report::{FileLine, FileOutcome};
use crate::model::tally::RowTally;
use crate::model::words::{Why, delivering};

/// Where approval sheets are dropped.
const SHEETS: [&str; 2] = ["inbox/approved/*.csv", "inbox/approved/*.xlsx"];

pub fn sheets(trip: &mut Trip, rms: &mut dyn Rms, night: &mut Night) -> Result<(), Stop> {
    if !trip.workspace.join("inbox").join("approved").is_dir() {
        return Ok(());
    }
    let patterns: Vec<String> = SHEETS.iter().map(|pattern| (*pattern).to_owned()).collect();
    let found = files::scan(trip.workspace, &patterns)?.found;
    let work = trip.workspace.join("state").join("runs").join(trip.run.as_str());
    for one in &found {
        let Took::File(taken) = files::take(one, &work, files::TAKE_BYTES_MAX)? else { continue };
        match read(trip, &taken) {
            Ok(None) => {}
            Ok(Some(approved)) => {
                let before = std::mem::replace(&mut night.must_look_again, true);
                night.saved_plan = Some(approved.plan().run.clone());
                let sent = match night.way_out(trip, approved.plan().via) {
                    Via::Api => deliver::by_api(trip, rms, night, approved.go()),
                    Via::Csv => export::by_csv(trip, night, approved.go()),
                    Via::Review => Ok(()),
                };
                night.must_look_again = before;
                night.saved_plan = None;
                sent?;
                let unsent = night.changes.iter().any(|line| line.standing == crate::model::receipt::Standing::Planned);
                // A sheet whose changes could not go is the queue itself: it stays for the next run.
                if !unsent {
                    put_away(trip, night, &taken, "archive", None)?;
                }
            }
            Err(why) => put_away(trip, night, &taken, "errors", Some(why))?,
        }
    }
    Ok(())
}

/// The sheet's plan with the rows approved on it. `None` if it is another shop's.
fn read(trip: &Trip, taken: &Taken) -> Result<Option<Approved>, Why> {
    let unreadable =
        |detail: String| delivering::SHEET_UNREADABLE.with([("file", taken.name.clone()), ("detail", detail)]);
    let bytes = taken.bytes().map_err(|error| error.why().clone())?;
    let answers = paper::sheet_read(&bytes, &taken.name)?;
    let run: RunId = paper::sheet_run(&answers).ok_or_else(|| {
        delivering::SHEET_COLUMN_MISSING.with([("file", taken.name.clone()), ("column", "計画ID".to_owned())])
    })?;
    let path = trip.workspace.join("review").join(run.as_str()).join("plan.json");
    let text =
        workspace::read_side_file(&path).map_err(|error| unreadable(format!("review/{run}/plan.json: {error}")))?;
    let plan: Plan = paper::plan_from_json(&String::from_utf8_lossy(&text))?;
    if plan.shop != trip.shop.name {
        return Ok(None);
    }
    let rows = paper::sheet_approve(&plan, &answers)?;
    // A plan made for review is delivered the way the pipeline says once somebody said yes.
    let via = if plan.via == Via::Review { Via::Api } else { plan.via };
    Ok(Some(Plan { via, ..plan }.approve_rows(&rows)))
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
