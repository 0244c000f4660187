//! Approved changes as CSV for a person to register by hand: the RMS upload file for parcels, a worksheet
//! for what RMS takes no CSV for. A change that was exported never goes by the API until it is withdrawn.

use super::night::Night;
use super::{Trip, overtaken};
use crate::edge::{crash, files};
use crate::flow::paper;
use crate::model::change::Kind;
use crate::model::exit::{Exit, Stop};
use crate::model::ids::{OrderNumber, RunId};
use crate::model::plan::Entry;
use crate::model::receipt::Standing;
use crate::model::words::{Why, comparing, delivering};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub fn by_csv(trip: &mut Trip, night: &mut Night, go: &[Arc<Entry>]) -> Result<(), Stop> {
    if go.is_empty() {
        return Ok(());
    }
    let now = trip.clock.now();
    // What is on its way, exported or confirmed already must not stand in a file a second time.
    let go = overtaken::free(trip, night, go)?;
    let go = free(trip, night, &go)?;
    let go = &go[..];
    let ships: Vec<Arc<Entry>> = go.iter().filter(|entry| entry.change.kind() == Kind::Ship).cloned().collect();
    let rules = paper::UploadRules {
        shop: trip.shop.name.to_string(),
        stamp: now.compact(),
        today: now.day(),
        rows_per_file: trip.pipeline.deliver.rows_per_file,
        days_max: UPLOAD_DAYS_MAX,
        several: several(night),
    };
    let upload = paper::upload(&ships, &rules);
    let read_me = paper::upload_readme(&upload);
    let mut sheets: Vec<(String, Vec<u8>)> =
        upload.files.into_iter().map(|file| (format!("{}.csv", file.name_stem), file.bytes)).collect();
    let any_upload = !sheets.is_empty();
    for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::Ship) {
        let of_kind: Vec<Arc<Entry>> = go.iter().filter(|entry| entry.change.kind() == kind).cloned().collect();
        if of_kind.is_empty() {
            continue;
        }
        let sheet = paper::worksheet(kind, &of_kind, &rules.shop, trip.run.as_str(), trip.lang);
        let stem = format!("手作業シート_{}_{}_{}", kind.ja(), rules.shop, rules.stamp);
        sheets.push((format!("{stem}.csv"), sheet.csv));
        sheets.push((format!("{stem}.html"), sheet.html.into_bytes()));
    }
    let refused: BTreeMap<u32, Why> = upload.not_exportable.into_iter().map(|one| (one.entry, one.why)).collect();
    let exported: Vec<&Entry> = go.iter().filter(|entry| !refused.contains_key(&entry.id)).map(AsRef::as_ref).collect();
    if !exported.is_empty() {
        if any_upload {
            sheets.push(("はじめにお読みください.txt".to_owned(), read_me));
        }
        crash::point("export.before");
        // First the memory, then the file: a cut in between leaves a change that is shown as exported and
        // can be withdrawn, never one that goes out twice.
        let taken: BTreeSet<String> =
            trip.ledger.plan(&trip.run, &exported, Standing::Exported, now)?.into_iter().collect();
        if taken.len() != exported.len() {
            // The ledger was changed under us: no file is written for what it did not take.
            return Err(Stop::new(Exit::Bug, delivering::LEDGER_ENTRY.with([("detail", "export".to_owned())])));
        }
        let folder = trip.workspace.join("outbox").join(trip.run.as_str());
        for (name, bytes) in &sheets {
            files::write_new(&folder.join(name), bytes)?;
            night.outputs.push(format!("outbox/{}/{name}", trip.run));
        }
        crash::point("export.after");
        night.to_do.push(delivering::UPLOAD_THIS.with([("folder", format!("outbox/{}", trip.run))]));
        night.worsen(Exit::PersonNeeded);
    }
    for entry in go {
        match refused.get(&entry.id) {
            None => night.stands(entry.clone(), Standing::Exported, None, None),
            Some(why) => {
                night.stands(entry.clone(), Standing::Planned, None, Some(why.clone()));
                night.worsen(Exit::SomeRefused);
            }
        }
    }
    Ok(())
}

/// A run that was cut after its changes were noted as exported and before any file was written exported nothing:
/// no one can have uploaded it, so its changes are free again. If even one file stands, a person decides (`withdraw`).
pub fn take_back_unwritten(trip: &Trip, dead: &[RunId]) -> Result<(), Stop> {
    for run in dead {
        let patterns = [format!("outbox/{run}/*.csv"), format!("outbox/{run}/*.html")];
        let written = files::scan(trip.workspace, &patterns)?.found;
        let ours = |name: &str| name.contains("RMSアップロード用_") || name.contains("手作業シート_");
        if !written.iter().any(|file| ours(&file.name)) {
            trip.ledger.withdraw(&trip.shop.name, run, trip.clock.now())?;
        }
    }
    Ok(())
}

/// The changes that may be exported; what was told, or may have been, is said to stand where it stands.
fn free(trip: &Trip, night: &mut Night, go: &[Arc<Entry>]) -> Result<Vec<Arc<Entry>>, Stop> {
    let mut free = Vec::with_capacity(go.len());
    for entry in go {
        let known = trip.ledger.standing(&entry.change.key())?.map(|known| known.standing);
        match known {
            Some(standing @ (Standing::Confirmed | Standing::Exported)) => {
                night.stands(entry.clone(), standing, None, Some(comparing::TOLD_OUTCOME_OPEN.plain()));
            }
            Some(Standing::Sending | Standing::Queued | Standing::Unknown) => {
                night.stands(entry.clone(), Standing::Unknown, None, Some(comparing::TOLD_OUTCOME_OPEN.plain()));
                night.worsen(Exit::PersonNeeded);
            }
            Some(Standing::Planned | Standing::Refused | Standing::Absent | Standing::Held | Standing::Withdrawn)
            | None => free.push(entry.clone()),
        }
    }
    Ok(free)
}

/// Orders known to have several destinations; their rows go into a file of their own.
fn several(night: &Night) -> BTreeSet<OrderNumber> {
    let read =
        night.seen.iter().filter(|(_, seen)| seen.order.as_ref().is_some_and(|order| order.destinations().count() > 1));
    night.known_several.iter().cloned().chain(read.map(|(number, _)| number.clone())).collect()
}

/// RMS takes uploads for orders up to this many days old.
const UPLOAD_DAYS_MAX: i64 = 180;
