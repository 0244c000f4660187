//! What the report says, in words and in order, for the page and the screen alike: so the two cannot
//! come to differ.

use super::label::{self, Label};
use super::page::relative_link;
use super::plan_html::{LineView, WhyView, line_view, why_view};
use super::{guard, phrase, rms_screen, veil};
use crate::model::change::Kind;
use crate::model::day::{Day, Moment};
use crate::model::receipt::Standing;
use crate::model::report::{ChangeLine, FileLine, FileOutcome, OpenLine, Report};
use crate::model::sheet::Encoding;
use crate::model::words::{Lang, Why, delivering};
use serde::Serialize;

/// Longer lists are cut on the page; report.json has all of it.
const LINES_MAX: usize = 1_000;

/// One term of a sum.
#[derive(Serialize)]
pub(super) struct Term {
    pub name: &'static str,
    pub count: u64,
    pub shown: String,
    /// `done`, `wait`, `bad`, `plan`, `rest`: the colour.
    pub tone: &'static str,
    /// Place and width on a bar of 1000.
    pub from: u64,
    pub width: u64,
}

/// A pile and what it is the sum of.
#[derive(Serialize)]
pub(super) struct Pile {
    pub name: &'static str,
    pub total_name: &'static str,
    pub total: String,
    pub adds_up: bool,
    pub terms: Vec<Term>,
}

fn pile(name: &Label, total_name: &Label, total: u64, terms: &[(&Label, u64, &'static str)], lang: Lang) -> Pile {
    let sum: u64 = terms.iter().map(|(_, count, _)| count).sum();
    let whole = sum.max(1);
    let mut before = 0;
    let terms = terms
        .iter()
        .map(|(name, count, tone)| {
            let from = before * 1000 / whole;
            before += count;
            let width = before * 1000 / whole - from;
            Term { name: name.of(lang), count: *count, shown: phrase::count(*count), tone, from, width }
        })
        .collect();
    Pile {
        name: name.of(lang),
        total_name: total_name.of(lang),
        total: phrase::count(total),
        adds_up: sum == total,
        terms,
    }
}

/// Rows and changes with their sums.
pub(super) fn piles(report: &Report, lang: Lang) -> [Pile; 3] {
    let (files, rows, changes) = (report.files, report.rows, report.changes);
    let found = files.read + files.skipped + files.refused;
    [
        pile(
            &label::ROWS,
            &label::READ,
            rows.read,
            &[
                (&label::UNCHANGED, rows.unchanged, "rest"),
                (&label::PLANNED, rows.planned, "plan"),
                (&label::WAITING, rows.waiting, "wait"),
                (&label::REJECTED, rows.rejected, "bad"),
                (&label::SET_ASIDE, rows.set_aside, "rest"),
            ],
            lang,
        ),
        pile(
            &label::CHANGES,
            &label::PLANNED,
            changes.planned,
            &[
                (&label::CONFIRMED, changes.confirmed, "done"),
                (&label::QUEUED, changes.queued, "plan"),
                (&label::EXPORTED, changes.exported, "plan"),
                (&label::HELD, changes.held, "wait"),
                (if report.plan_only { &label::FREE } else { &label::UNSENT }, changes.unsent, "wait"),
                (&label::UNKNOWN, changes.unknown, "bad"),
                (&label::REFUSED, changes.refused, "bad"),
            ],
            lang,
        ),
        pile(
            &label::FILES,
            &label::FILES,
            found,
            &[
                (&label::READ, files.read, "done"),
                (&label::SKIPPED, files.skipped, "rest"),
                (&label::FILES_REFUSED, files.refused, "bad"),
            ],
            lang,
        ),
    ]
}

/// What the exit code says to a person, and the banner's tone.
pub(super) fn outcome(report: &Report, lang: Lang) -> (String, &'static str) {
    let nothing = report.changes.planned == 0 && report.exit == 0;
    let only_planned = report.plan_only && !nothing;
    match report.exit {
        0 if nothing => (label::EXIT_NOTHING.of(lang).to_owned(), "done"),
        0 if only_planned => (label::EXIT_CHANGES.of(lang).to_owned(), "done"),
        exit => exit_words(exit, lang),
    }
}

/// What an exit code means, with a tone.
pub(super) fn exit_words(exit: u8, lang: Lang) -> (String, &'static str) {
    let (label, tone) = match exit {
        0 => (&label::EXIT_DONE, "done"),
        2 => (&label::EXIT_CHANGES, "done"),
        3 => (&label::EXIT_REFUSED, "wait"),
        4 => (&label::EXIT_HELD, "wait"),
        65 => (&label::EXIT_NO_INPUT, "bad"),
        69 => (&label::EXIT_RMS, "bad"),
        70 => (&label::EXIT_BUG, "bad"),
        73 | 74 => (&label::EXIT_FILES, "bad"),
        75 => (&label::EXIT_LATER, "wait"),
        77 => (&label::EXIT_KEY, "bad"),
        78 => (&label::EXIT_SETTINGS, "bad"),
        _ => (&label::EXIT_OTHER, "bad"),
    };
    (label.fill(lang, &[("n", &exit.to_string())]), tone)
}

/// The key's last day, in words, with a tone: `late` from three days, `soon` from three weeks.
pub(super) fn key(report: &Report, lang: Lang) -> Option<(String, &'static str)> {
    let expires = report.key_expires?;
    let left = expires.day().days_since(report.ended.day());
    let said = if expires < report.ended {
        label::EXPIRED.of(lang).to_owned()
    } else {
        label::DAYS_LEFT.fill(lang, &[("n", &left.to_string())])
    };
    let tone = match left {
        ..=3 => "late",
        4..=21 => "soon",
        _ => "",
    };
    Some((format!("{} ({said})", expires.for_people()), tone))
}

/// One thing the numbers ask of a person, and the part of the page that shows it.
#[derive(Serialize)]
pub(super) struct Ask {
    pub text: String,
    anchor: &'static str,
}

/// What the numbers themselves ask of a person; said after what the run put on its own list.
pub(super) fn asks(report: &Report, lang: Lang) -> Vec<Ask> {
    let (rows, changes, files) = (report.rows, report.changes, report.files);
    let said = |code: &str| report.to_do.iter().any(|why| why.code() == code);
    // Where the run named the folder itself, the bare count adds nothing.
    let left = |count: u64, code: &str| if said(code) { 0 } else { count };
    [
        (&label::APPROVE_THESE, left(changes.held, delivering::REVIEW_THIS.code), "held"),
        (&label::SEE_REFUSED, changes.refused, "trouble"),
        (&label::MEND_THESE, rows.rejected, "rejected"),
        (&label::MEND_FILES, files.refused, "refused_files"),
        (&label::UPLOAD_THESE, left(changes.exported, delivering::UPLOAD_THIS.code), "outputs"),
    ]
    .into_iter()
    .filter(|(_, count, _)| *count > 0)
    .map(|(label, count, anchor)| Ask { text: label.fill(lang, &[("n", &phrase::count(count))]), anchor })
    .collect()
}

/// An urgent reason as it stands under the heading that already says so.
pub(super) fn without_mark(text: &str) -> &str {
    text.trim_start_matches("【至急】").trim_start_matches("urgent: ")
}

#[derive(Serialize)]
pub(super) struct StandingView {
    #[serde(flatten)]
    pub line: LineView,
    pub standing: &'static str,
    pub tone: &'static str,
    pub answer: Option<String>,
    pub why: Option<WhyView>,
}

#[derive(Serialize)]
struct RejectedView {
    place: String,
    column: Option<String>,
    value: Option<String>,
    why: WhyView,
}

#[derive(Serialize)]
struct WaitingView {
    place: String,
    order: String,
    screen: String,
    why: WhyView,
    since: String,
}

#[derive(Serialize)]
struct OpenView {
    run: String,
    order: String,
    screen: String,
    what: String,
    standing: &'static str,
    tone: &'static str,
    since: String,
    age: String,
}

#[derive(Serialize)]
struct FileView {
    name: String,
    layout: String,
    outcome: &'static str,
    tone: &'static str,
    encoding: &'static str,
    read: String,
    unchanged: String,
    planned: String,
    waiting: String,
    rejected: String,
    set_aside: String,
    notes: Vec<WhyView>,
    moved_to: Option<String>,
    link: Option<String>,
}

#[derive(Serialize)]
struct AsideView {
    why: WhyView,
    count: String,
}

#[derive(Serialize)]
struct OutputView {
    path: String,
    link: String,
}

/// A list with how many it stands for.
#[derive(Serialize)]
pub(super) struct Listed<T: Serialize> {
    pub lines: Vec<T>,
    pub count: String,
    pub more: Option<String>,
}

fn listed<S, T: Serialize>(all: &[S], lang: Lang, view: impl Fn(&S) -> T) -> Listed<T> {
    let more = all.len().saturating_sub(LINES_MAX);
    Listed {
        lines: all.iter().take(LINES_MAX).map(view).collect(),
        count: phrase::count(all.len() as u64),
        more: (more > 0).then(|| label::MORE_IN_JSON.fill(lang, &[("n", &phrase::count(more as u64))])),
    }
}

#[derive(Serialize)]
pub(super) struct ReportView {
    title: String,
    name: String,
    shop: String,
    run: String,
    pipeline: String,
    when: String,
    plan_only: bool,
    outcome: String,
    outcome_tone: &'static str,
    urgent: Vec<WhyView>,
    urgent_changes: Listed<StandingView>,
    to_do: Vec<WhyView>,
    asks: Vec<Ask>,
    piles: [Pile; 3],
    calls: String,
    key: Option<String>,
    key_tone: &'static str,
    held: Listed<StandingView>,
    trouble: Listed<StandingView>,
    done_name: &'static str,
    done: Listed<StandingView>,
    rejected: Listed<RejectedView>,
    refused_files: Listed<RejectedView>,
    waiting: Listed<WaitingView>,
    set_aside: Vec<AsideView>,
    open: Listed<OpenView>,
    settled: Listed<OpenView>,
    files: Listed<FileView>,
    warnings: Vec<WhyView>,
    outputs: Vec<OutputView>,
}

/// `up` leads from the page's folder to the workspace: `../../` for `reports/<run>/`.
pub(super) fn view(report: &Report, lang: Lang, up: &str) -> ReportView {
    let whys = |list: &[_]| list.iter().map(|why| why_view(why, lang)).collect::<Vec<_>>();
    let pick = |wanted: &dyn Fn(&ChangeLine) -> bool| -> Listed<StandingView> {
        let lines: Vec<&ChangeLine> = report.change_lines.iter().filter(|line| wanted(line)).collect();
        listed(&lines, lang, |line| standing_view(line, report.plan_only, lang))
    };
    // Where only a plan was wanted, a change that was not sent is no trouble.
    let trouble = |standing: Standing| is_trouble(standing) && !(report.plan_only && standing == Standing::Planned);
    let (outcome, outcome_tone) = outcome(report, lang);
    let key = key(report, lang);
    ReportView {
        title: format!("{} {} {}", report.title, label::REPORT.of(lang), report.started.for_people()),
        name: report.title.clone(),
        shop: report.shop.to_string(),
        run: report.run.to_string(),
        pipeline: report.pipeline.clone(),
        when: when(report.started, report.ended, lang),
        plan_only: report.plan_only,
        outcome,
        outcome_tone,
        urgent: report.urgent.iter().map(|why| urgent_view(why, lang)).collect(),
        urgent_changes: pick(&|line| line.entry.urgent),
        to_do: whys(&report.to_do),
        asks: asks(report, lang),
        piles: piles(report, lang),
        calls: label::MADE_OF_BOUND
            .fill(lang, &[("made", &phrase::count(report.calls.made)), ("bound", &phrase::count(report.calls.bound))]),
        key_tone: key.as_ref().map_or("", |(_, tone)| tone),
        key: key.map(|(said, _)| said),
        held: pick(&|line| !line.entry.urgent && line.standing == Standing::Held),
        done_name: if report.plan_only { &label::FREE_CHANGES } else { &label::DONE_CHANGES }.of(lang),
        trouble: pick(&|line| !line.entry.urgent && trouble(line.standing)),
        done: pick(&|line| !line.entry.urgent && line.standing != Standing::Held && !trouble(line.standing)),
        rejected: listed(&report.rejections, lang, |rejection| RejectedView {
            place: guard::for_people(&phrase::place(&rejection.source, lang)),
            column: rejection.column.as_deref().map(guard::for_people),
            value: rejection.value.as_deref().map(|value| shown_value(rejection.column.as_deref(), value)),
            why: why_view(&rejection.why, lang),
        }),
        refused_files: listed(&report.file_refusals, lang, |refusal| RejectedView {
            place: guard::for_people(&match refusal.line {
                Some(line) => label::PLACE.fill(lang, &[("file", &refusal.file), ("line", &line.to_string())]),
                None => refusal.file.clone(),
            }),
            column: refusal.column.as_deref().map(guard::for_people),
            value: refusal.value.as_deref().map(|value| shown_value(refusal.column.as_deref(), value)),
            why: why_view(&refusal.why, lang),
        }),
        waiting: listed(&report.waiting, lang, |line| WaitingView {
            place: guard::for_people(&phrase::place(&line.source, lang)),
            order: line.order.to_string(),
            screen: rms_screen(&line.order),
            why: why_view(&line.why, lang),
            since: line.since.for_people(),
        }),
        set_aside: report
            .set_aside
            .values()
            .map(|(count, why)| AsideView { why: why_view(why, lang), count: phrase::count(*count) })
            .collect(),
        open: listed(&report.open_lines, lang, |line| open_view(line, report.ended.day(), lang)),
        settled: listed(&report.settled_earlier, lang, |line| open_view(line, report.ended.day(), lang)),
        files: listed(&report.file_lines, lang, |line| file_view(line, lang, up)),
        warnings: whys(&report.warnings),
        outputs: report
            .outputs
            .iter()
            .map(|path| OutputView { path: path.clone(), link: relative_link(up, path) })
            .collect(),
    }
}

pub(super) fn urgent_view(why: &Why, lang: Lang) -> WhyView {
    let view = why_view(why, lang);
    WhyView { text: without_mark(&view.text).to_owned(), ..view }
}

/// Refused, unheard, or not sent: what did not get through.
fn is_trouble(standing: Standing) -> bool {
    match standing {
        Standing::Refused | Standing::Unknown | Standing::Absent | Standing::Planned | Standing::Sending => true,
        Standing::Queued | Standing::Confirmed | Standing::Held | Standing::Exported | Standing::Withdrawn => false,
    }
}

fn tone(standing: Standing) -> &'static str {
    match standing {
        Standing::Confirmed => "done",
        Standing::Queued | Standing::Exported | Standing::Withdrawn => "",
        Standing::Held | Standing::Planned | Standing::Sending => "wait",
        Standing::Refused | Standing::Unknown | Standing::Absent => "bad",
    }
}

fn standing_view(line: &ChangeLine, plan_only: bool, lang: Lang) -> StandingView {
    let ChangeLine { entry, standing, refusal, why } = line;
    let (name, tone) = match standing {
        Standing::Planned if plan_only => (label::FREE.of(lang), ""),
        _ => (phrase::standing(*standing, lang), tone(*standing)),
    };
    StandingView {
        line: line_view(entry, lang),
        standing: name,
        tone,
        answer: refusal.as_ref().map(|refusal| guard::for_people(&format!("{} {}", refusal.code, refusal.message))),
        why: why.as_ref().map(|why| why_view(why, lang)),
    }
}

fn open_view(line: &OpenLine, today: Day, lang: Lang) -> OpenView {
    let OpenLine { run, order, what, standing, since } = line;
    let days = today.days_since(since.day()).max(0).to_string();
    // The report keeps the Japanese name of the kind.
    let what =
        Kind::ALL.into_iter().find(|kind| kind.ja() == what).map_or(what.as_str(), |kind| phrase::kind(kind, lang));
    let age = if *standing == Standing::Exported { &label::NOT_UPLOADED } else { &label::DAYS };
    OpenView {
        run: run.to_string(),
        order: order.to_string(),
        screen: rms_screen(order),
        what: guard::for_people(what),
        standing: phrase::standing(*standing, lang),
        tone: tone(*standing),
        since: since.for_people(),
        age: age.fill(lang, &[("n", &days)]),
    }
}

fn file_view(line: &FileLine, lang: Lang, up: &str) -> FileView {
    let FileLine { name, layout, outcome, encoding, rows, notes, moved_to } = line;
    let (outcome, tone) = match outcome {
        FileOutcome::Read => (&label::OUTCOME_READ, "done"),
        FileOutcome::Skipped => (&label::OUTCOME_SKIPPED, ""),
        FileOutcome::Refused => (&label::OUTCOME_REFUSED, "bad"),
    };
    FileView {
        name: guard::for_people(name),
        layout: layout.clone(),
        outcome: outcome.of(lang),
        tone,
        encoding: encoding.map_or("", encoding_name),
        read: phrase::count(rows.read),
        unchanged: phrase::count(rows.unchanged),
        planned: phrase::count(rows.planned),
        waiting: phrase::count(rows.waiting),
        rejected: phrase::count(rows.rejected),
        set_aside: phrase::count(rows.set_aside),
        notes: notes.iter().map(|why| why_view(why, lang)).collect(),
        link: moved_to.as_deref().map(|path| relative_link(up, path)),
        moved_to: moved_to.clone(),
    }
}

fn encoding_name(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::Ascii => "ASCII",
        Encoding::Utf8 => "UTF-8",
        Encoding::Utf8Bom => "UTF-8 (BOM)",
        Encoding::Utf16Le | Encoding::Utf16Be => "UTF-16",
        Encoding::Cp932 => "Shift_JIS (CP932)",
    }
}

fn shown_value(column: Option<&str>, value: &str) -> String {
    guard::for_people(&veil::veiled(column, value))
}

/// Start and end; the day is said once if it is the same.
pub(super) fn when(started: Moment, ended: Moment, lang: Lang) -> String {
    let to = if started.day() == ended.day() {
        format!("{:02}:{:02}", ended.hour(), ended.minute())
    } else {
        ended.for_people()
    };
    label::STARTED_ENDED.fill(lang, &[("from", &started.for_people()), ("to", &to)])
}
