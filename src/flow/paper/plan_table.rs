//! The plan as a table of text: the one content behind plan.csv and plan.xlsx, and what a sheet that
//! came back is held against.

use super::{label, phrase, rms_screen};
use crate::model::change::What;
use crate::model::ids::RunId;
use crate::model::plan::{Entry, Plan};
use crate::model::words::Lang;

/// Places of the columns that are read back.
pub const ROW_ID: usize = 0;
pub const APPROVAL: usize = 1;

/// Names of the columns in order.
pub fn header(lang: Lang) -> Vec<&'static str> {
    [
        &label::ROW_ID,
        &label::APPROVAL,
        &label::KIND,
        &label::URGENT,
        &label::ORDER,
        &label::BASKET,
        &label::CONTENT,
        &label::HOLD_REASON,
        &label::REMEDY,
        &label::PLACES,
        &label::TOTAL_WAS,
        &label::TOTAL_NOW,
        &label::STATE,
        &label::NOTES,
        &label::SCREEN,
        &label::PLAN_RUN,
    ]
    .map(|label| label.of(lang))
    .to_vec()
}

/// One row's cells, not yet guarded. 承認 is always empty: a yes is a person's to write.
pub fn cells(entry: &Entry, run: &RunId, lang: Lang) -> Vec<String> {
    let Entry { id, change, holds, urgent } = entry;
    let (was, now) = match &change.what {
        What::Amend(amendment) => (phrase::amount(amendment.total.was, lang), phrase::total_now(amendment, lang)),
        _ => (String::new(), String::new()),
    };
    vec![
        id.to_string(),
        String::new(),
        phrase::kind(change.kind(), lang).to_owned(),
        if *urgent { label::URGENT_MARK.of(lang).to_owned() } else { String::new() },
        change.order.to_string(),
        phrase::basket(change).map(|basket| basket.to_string()).unwrap_or_default(),
        phrase::phrase(change, lang).line(lang),
        phrase::reasons(holds, lang),
        phrase::remedies(holds, lang),
        phrase::places(&change.sources, lang),
        was,
        now,
        phrase::state(change.state, lang),
        phrase::reasons(&change.notes, lang),
        rms_screen(&change.order),
        run.to_string(),
    ]
}

/// Urgent first, then what waits for a person, then the rest; else as planned.
pub fn sorted(plan: &Plan) -> Vec<&Entry> {
    let mut entries: Vec<&Entry> = plan.entries.iter().map(AsRef::as_ref).collect();
    entries.sort_by_key(|entry| (!entry.urgent, entry.holds.is_empty(), entry.id));
    entries
}
