//! The story of one order for `denpyo explain`: what was read, planned, sent and answered, in order of
//! time, and why nothing was sent. It tells what the ledger and the reports recorded; it looks nothing up.

use super::label::{self, Label};
use super::{phrase, rms_screen};
use crate::flow::paper::screen::plain;
use crate::model::change::Change;
use crate::model::day::{Day, Moment};
use crate::model::ids::OrderNumber;
use crate::model::receipt::{Refusal, Standing};
use crate::model::words::{Lang, Why};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One thing that happened to an order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoryEvent {
    pub at: Moment,
    /// The run's id; empty for what happened outside a run.
    pub run: String,
    /// The code of what happened: a standing (`confirmed`, `queued` …), a row's pile (`rejected`,
    /// `waiting` …), or `read`, `looked`, `adopted`, `brake`, `conflict`, `approved`, `not-sent`.
    pub what: String,
    /// What belongs to it. Understood: `file`, `line`, `stage`, `kind`, `op`, `request`, `attempt`,
    /// `state`, `row`, `code`, `message`, `call`, `why` (or a list `whys`) and `change` as their serde
    /// forms, `refusal`; other keys are shown as they are.
    pub detail: Value,
}

/// The time-line as text. Events need not be sorted; those of one second keep their order.
pub fn story(order: &OrderNumber, events: &[StoryEvent], lang: Lang, colour: bool) -> String {
    let bold = |text: &str| if colour { format!("\u{1b}[1m{text}\u{1b}[0m") } else { text.to_owned() };
    let dim = |text: &str| if colour { format!("\u{1b}[2m{text}\u{1b}[0m") } else { text.to_owned() };
    let mut out = bold(&label::STORY.fill(lang, &[("order", order.as_str())]));
    out.push_str(&format!("\n{}\n", dim(&rms_screen(order))));
    if events.is_empty() {
        out.push_str(&format!("\n{}\n", label::STORY_EMPTY.of(lang)));
        return out;
    }
    let mut sorted: Vec<&StoryEvent> = events.iter().collect();
    sorted.sort_by_key(|event| event.at);
    let mut today: Option<(Day, &str)> = None;
    for event in sorted {
        let StoryEvent { at, run, what, detail } = event;
        if today != Some((at.day(), run.as_str())) {
            today = Some((at.day(), run.as_str()));
            out.push_str(&format!("\n{}  {}\n", bold(&at.day().to_string()), dim(&plain(run))));
        }
        let time = format!("{:02}:{:02}:{:02}", at.hour(), at.minute(), at.second());
        let head = name(what, lang).map_or_else(|| plain(what), |name| name.to_owned());
        out.push_str(&format!("  {time}  {}\n", tinted(&head, what, colour)));
        for line in details(detail, lang) {
            out.push_str(&format!("            {}\n", plain(&line)));
        }
    }
    out
}

/// The words of a code.
fn name(what: &str, lang: Lang) -> Option<&'static str> {
    let label = match what {
        "read" => &label::EV_READ,
        "looked" => &label::EV_LOOKED,
        "adopted" => &label::EV_ADOPTED,
        "rejected" => &label::EV_REJECTED,
        "brake" => &label::EV_BRAKE,
        "conflict" => &label::EV_CONFLICT,
        "approved" => &label::EV_APPROVED,
        "not-sent" => &label::EV_NOT_SENT,
        "waiting" => &label::WAITING,
        "unchanged" => &label::UNCHANGED,
        "set-aside" => &label::SET_ASIDE,
        "settled-earlier" => &label::SETTLED_EARLIER,
        "unsent" => &label::UNSENT,
        // Here a change that is planned was just made, not left over.
        "planned" => &label::PLANNED,
        other => return Standing::from_word(other).map(|standing| phrase::standing(standing, lang)),
    };
    Some(label.of(lang))
}

fn tinted(text: &str, what: &str, colour: bool) -> String {
    let escape = match what {
        "confirmed" => "\u{1b}[32m",
        "rejected" | "refused" | "unknown" | "absent" | "conflict" => "\u{1b}[31m",
        "held" | "waiting" | "brake" | "queued" | "exported" | "unsent" => "\u{1b}[33m",
        _ => return text.to_owned(),
    };
    if colour { format!("{escape}{text}\u{1b}[0m") } else { text.to_owned() }
}

/// The detail in words: what we know by name first, then the rest as it is.
fn details(detail: &Value, lang: Lang) -> Vec<String> {
    let Value::Object(map) = detail else {
        return match detail {
            Value::Null => Vec::new(),
            other => vec![flat(other)],
        };
    };
    let mut lines = Vec::new();
    let known: [(&str, &Label); 12] = [
        ("stage", &label::D_STAGE),
        ("kind", &label::D_KIND),
        ("state", &label::D_STATE),
        ("row", &label::D_ROW),
        ("op", &label::D_OP),
        ("attempt", &label::D_ATTEMPT),
        ("request", &label::D_REQUEST),
        ("code", &label::D_CODE),
        ("message", &label::D_MESSAGE),
        ("content", &label::D_CONTENT),
        ("call", &label::D_CALL),
        ("line", &label::D_LINE),
    ];
    match (map.get("file"), map.get("line")) {
        (Some(file), Some(line)) => {
            lines.push(label::PLACE.fill(lang, &[("file", &flat(file)), ("line", &flat(line))]));
        }
        (Some(file), None) => lines.push(format!("{}: {}", label::D_FILE.of(lang), flat(file))),
        (None, _) => {}
    }
    let has_place = map.contains_key("file");
    let mut said = vec!["file"];
    if let Some(change) = map.get("change").and_then(|value| Change::deserialize(value).ok()) {
        lines.push(phrase::phrase(&change, lang).line(lang));
        said.push("change");
    }
    for (key, label) in known {
        if key == "line" && has_place {
            said.push(key);
            continue;
        }
        if let Some(value) = map.get(key) {
            let shown = match (key, value.as_i64()) {
                ("state", Some(code)) => phrase::state(code, lang),
                _ => flat(value),
            };
            lines.push(format!("{}: {shown}", label.of(lang)));
            said.push(key);
        }
    }
    if let Some(refusal) = map.get("refusal").and_then(|value| Refusal::deserialize(value).ok()) {
        lines.push(format!("{}: {} {}", label::ANSWER.of(lang), refusal.code, refusal.message));
        said.push("refusal");
    }
    let mut whys: Vec<Why> = map.get("why").and_then(|value| Why::deserialize(value).ok()).into_iter().collect();
    whys.extend(map.get("whys").and_then(|value| Vec::<Why>::deserialize(value).ok()).unwrap_or_default());
    for why in &whys {
        lines.push(why.text(lang));
        lines.push(format!("→ {}", why.remedy(lang)));
    }
    if !whys.is_empty() {
        said.extend(["why", "whys"]);
    }
    lines.extend(
        map.iter()
            .filter(|(key, _)| !said.contains(&key.as_str()))
            .map(|(key, value)| format!("{key}: {}", flat(value))),
    );
    lines
}

fn flat(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fill_entry, moment, order};
    use super::*;
    use crate::model::words::comparing;
    use serde_json::json;

    fn check(events: &[StoryEvent], lang: Lang, expect: &str) {
        assert_eq!(story(&order(1), events, lang, false), expect);
    }

    fn event(at: &str, what: &str, detail: Value) -> StoryEvent {
        let at = moment(&format!("2026-11-24T{at}+0900"));
        StoryEvent { at, run: "20261124T213000-00ab".into(), what: what.into(), detail }
    }

    #[test]
    fn an_order_without_a_past_says_so() {
        let head = "注文 555001-20261120-0000000001 の経過\nhttps://order-rp.rms.rakuten.co.jp/order-rb/individual-order-detail-sc/init?orderNumber=555001-20261120-0000000001\n";
        check(&[], Lang::Ja, &format!("{head}\nこの注文の記録はありません\n"));
        let why = comparing::ORDER_BUSY.plain();
        check(
            &[
                event("21:30:05", "held", json!({ "why": why })),
                event("21:30:01", "read", json!({ "file": "inbox/a.csv", "line": 3 })),
                event("21:30:02", "planned", json!({ "change": fill_entry(1).change })),
                event("21:30:09", "odd\u{1b}[31m", json!({ "x": [1] })),
            ],
            Lang::Ja,
            &format!(
                "{head}\n2026-11-24  20261124T213000-00ab\n  \
                21:30:01  ファイルを読み込み\n            inbox/a.csv 3行目\n  \
                21:30:02  反映予定\n            発送明細 880001 に記入: お荷物伝票番号: なし → 490212345678、配送会社: 1000 その他 → 1001 ヤマト運輸、発送日: なし → 2026-11-24\n  \
                21:30:05  承認待ち\n            この注文には結果未確認の変更があります\n            → 操作は不要です。結果が分かり次第、自動で再開します\n  \
                21:30:09  odd [31m\n            x: [1]\n"
            ),
        );
    }
}
