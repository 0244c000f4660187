//! The plan as a page to read before saying yes: urgent first, then what waits, then the rest, with
//! totals before and after, the calls and the time.

use super::page::page;
use super::phrase::{self, Edit};
use super::{guard, label, plan_table, rms_screen};
use crate::model::change::{Kind, What};
use crate::model::money::{Amount, Yen};
use crate::model::plan::{Entry, Plan, Via};
use crate::model::words::{Lang, Why};
use serde::Serialize;
use std::collections::BTreeSet;

/// A page with more lines than this is no longer read; plan.xlsx has them all.
const LINES_MAX: usize = 3_000;

/// plan.html, self-contained.
pub fn plan_html(plan: &Plan, lang: Lang) -> String {
    page("plan.html", lang, &view(plan, lang))
}

/// A reason with its remedy, for a page.
#[derive(Serialize)]
pub(super) struct WhyView {
    pub text: String,
    pub remedy: String,
    pub code: &'static str,
}

pub(super) fn why_view(why: &Why, lang: Lang) -> WhyView {
    WhyView { text: guard::for_people(&why.text(lang)), remedy: guard::for_people(&why.remedy(lang)), code: why.code() }
}

/// A change, for a page.
#[derive(Serialize)]
pub(super) struct LineView {
    pub id: u32,
    pub urgent: bool,
    pub kind: &'static str,
    pub order: String,
    pub screen: String,
    pub basket: Option<String>,
    pub state: String,
    pub act: String,
    pub edits: Vec<Edit>,
    pub extras: Vec<String>,
    pub notes: Vec<WhyView>,
    pub holds: Vec<WhyView>,
    pub places: String,
}

pub(super) fn line_view(entry: &Entry, lang: Lang) -> LineView {
    let Entry { id, change, holds, urgent } = entry;
    let said = phrase::phrase(change, lang);
    LineView {
        id: *id,
        urgent: *urgent,
        kind: phrase::kind(change.kind(), lang),
        order: change.order.to_string(),
        screen: rms_screen(&change.order),
        basket: phrase::basket(change).map(|basket| basket.to_string()),
        state: phrase::state(change.state, lang),
        act: said.act,
        edits: said.edits,
        extras: said.extras.iter().map(|extra| guard::for_people(extra)).collect(),
        notes: change.notes.iter().map(|why| why_view(why, lang)).collect(),
        holds: holds.iter().map(|why| why_view(why, lang)).collect(),
        places: guard::for_people(&phrase::places(&change.sources, lang)),
    }
}

#[derive(Serialize)]
struct KindView {
    name: &'static str,
    count: String,
}

#[derive(Serialize)]
struct TotalsView {
    was: String,
    now: String,
    difference: String,
    open: Option<String>,
}

#[derive(Serialize)]
struct PlanView {
    title: String,
    name: String,
    shop: String,
    run: String,
    pipeline: String,
    made_at: String,
    via: &'static str,
    count: String,
    orders: String,
    held_count: String,
    free_count: String,
    urgent_count: String,
    held_rest: String,
    free_rest: String,
    calls: String,
    time: String,
    kinds: Vec<KindView>,
    totals: Option<TotalsView>,
    urgent: Vec<LineView>,
    held: Vec<LineView>,
    free: Vec<LineView>,
    more: Option<String>,
}

fn view(plan: &Plan, lang: Lang) -> PlanView {
    let entries = plan_table::sorted(plan);
    let number = |n: usize| phrase::count(n as u64);
    let orders: BTreeSet<_> = entries.iter().map(|entry| &entry.change.order).collect();
    let held_count = entries.iter().filter(|entry| !entry.holds.is_empty()).count();
    let (urgent, rest): (Vec<&Entry>, Vec<&Entry>) = entries.iter().partition(|entry| entry.urgent);
    let (free, held): (Vec<&Entry>, Vec<&Entry>) = rest.into_iter().partition(|entry| entry.holds.is_empty());
    let mut room = LINES_MAX;
    let mut shown = |list: &[&Entry]| -> Vec<LineView> {
        let taken = list.len().min(room);
        room -= taken;
        list.iter().take(taken).map(|entry| line_view(entry, lang)).collect()
    };
    let more = entries.len().saturating_sub(LINES_MAX);
    PlanView {
        title: format!("{} {} {}", plan.title, label::PLAN.of(lang), plan.made_at.for_people()),
        name: plan.title.clone(),
        shop: plan.shop.to_string(),
        run: plan.run.to_string(),
        pipeline: plan.pipeline.clone(),
        made_at: plan.made_at.for_people(),
        via: via(plan.via, lang),
        count: number(entries.len()),
        orders: number(orders.len()),
        held_count: number(held_count),
        free_count: number(entries.len() - held_count),
        urgent_count: number(urgent.len()),
        held_rest: number(held.len()),
        free_rest: number(free.len()),
        calls: phrase::count(plan.calls_bound),
        time: phrase::duration(plan.seconds_bound, lang),
        kinds: Kind::ALL
            .into_iter()
            .map(|kind| (kind, plan.count(kind)))
            .filter(|(_, count)| *count > 0)
            .map(|(kind, count)| KindView { name: phrase::kind(kind, lang), count: number(count) })
            .collect(),
        totals: totals(&entries, lang),
        urgent: shown(&urgent),
        held: shown(&held),
        free: shown(&free),
        more: (more > 0).then(|| label::MORE_IN_SHEET.fill(lang, &[("n", &number(more))])),
    }
}

fn via(via: Via, lang: Lang) -> &'static str {
    match via {
        Via::Api => &label::VIA_API,
        Via::Csv => &label::VIA_CSV,
        Via::Review => &label::VIA_REVIEW,
    }
    .of(lang)
}

/// Totals of the amended orders before and after; orders with an open amount are counted apart.
fn totals(entries: &[&Entry], lang: Lang) -> Option<TotalsView> {
    let (mut was, mut now, mut open, mut any) = (Yen::ZERO, Yen::ZERO, 0_u64, false);
    for entry in entries {
        if let What::Amend(amendment) = &entry.change.what {
            any = true;
            match (amendment.total.was, amendment.total.now) {
                (Amount::Fixed(before), Amount::Fixed(after)) => {
                    was = was + before;
                    now = now + after;
                }
                _ => open += 1,
            }
        }
    }
    any.then(|| TotalsView {
        was: phrase::yen(was, lang),
        now: phrase::yen(now, lang),
        difference: phrase::difference(was, now, lang),
        open: (open > 0).then(|| label::OPEN_TOTALS.fill(lang, &[("n", &phrase::count(open))])),
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{entry, plan, small_plan};
    use super::*;
    use crate::model::change::MemoEdit;

    fn check(plan: &Plan, holds: &[&str], lacks: &[&str]) {
        for lang in [Lang::Ja, Lang::En] {
            let html = plan_html(plan, lang);
            for text in holds {
                assert!(html.contains(text), "{text} is missing");
            }
            for text in lacks {
                assert!(!html.contains(text), "{text} is in it");
            }
        }
    }

    #[test]
    fn a_plan_shows_totals_links_and_order() {
        let screen = "/init?orderNumber=555001-20261120-0000000003";
        check(&small_plan(), &[screen, "5,500", "3,000", "880001", "Content-Security-Policy"], &["<script", "src="]);
        let html = plan_html(&small_plan(), Lang::Ja);
        let place = |text: &str| html.find(text).unwrap();
        assert!(place("至急の確認が必要な変更") < place("承認待ちの変更"));
        assert!(place("承認待ちの変更") < place("このまま反映できる変更"));
    }

    #[test]
    fn what_files_say_cannot_become_markup() {
        let memo = MemoEdit { was_hash: String::new(), text: "<script>alert(1)</script>".into(), replace: false };
        check(&plan(vec![entry(1, 1, What::Memo(memo))]), &["&lt;script&gt;"], &["<script"]);
    }

    #[test]
    fn an_empty_plan_says_so() {
        assert!(plan_html(&plan(Vec::new()), Lang::Ja).contains("反映する変更はありません"));
    }
}
