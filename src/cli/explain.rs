//! `denpyo explain ORDER`: one order's time-line. Reads the memory only.

use super::{Shared, open, trip};
use crate::edge::clock::WallClock;
use crate::edge::ledger::{IntentMemory, Intents as _, Rows as _, Story as _};
use crate::flow::paper::{self, StoryEvent};
use crate::model::exit::{Exit, Stop};
use crate::model::ids::OrderNumber;
use crate::model::words::setting;
use clap::Args;

#[derive(Args)]
pub struct Explain {
    /// 注文番号
    #[arg(value_name = "ORDER")]
    order: String,
}

impl Explain {
    pub fn run(self, shared: &Shared) -> Exit {
        let Some(order) = OrderNumber::parse(self.order.trim()) else {
            return shared.stopped(&Stop::new(Exit::Usage, setting::NOT_AN_ORDER.with([("value", self.order)])));
        };
        let (workspace, shops) = match open::shops(shared) {
            Ok(opened) => opened,
            Err(trouble) => return trouble.show(shared),
        };
        let clock = WallClock::new();
        let ledger = match trip::open_ledger(shared, &workspace.root().join("state"), &clock) {
            Ok(ledger) => ledger,
            Err(stop) => return shared.stopped(&stop),
        };
        let mut events = Vec::new();
        let mut intents = Vec::new();
        for shop in &shops {
            let told = || -> Result<_, Stop> {
                let story = ledger.story(&shop.name, &order)?;
                let mut waiting = ledger.waiting(&shop.name)?;
                waiting.retain(|row| !row.is_behind_a_held_change());
                Ok((story, waiting, ledger.of_order(&shop.name, &order)?))
            };
            let (story, waiting, of_order) = match told() {
                Ok(told) => told,
                Err(stop) => return shared.stopped(&stop),
            };
            events.extend(story.into_iter().map(|line| StoryEvent {
                at: line.at,
                run: line.run.to_string(),
                what: if line.what == "sent" { "sending".to_owned() } else { line.what },
                detail: if shared.json { line.detail } else { spoken(line.detail, &of_order) },
            }));
            events.extend(waiting.into_iter().filter(|row| row.wish_json.contains(order.as_str())).map(|row| {
                StoryEvent {
                    at: row.first_seen,
                    run: String::new(),
                    what: "waiting".to_owned(),
                    detail: serde_json::json!({ "why": row.why, "file": row.source.file, "line": row.source.line }),
                }
            }));
            intents.extend(of_order);
        }
        if shared.json {
            let list: Vec<serde_json::Value> = events
                .iter()
                .map(|event| serde_json::json!({ "at": event.at, "run": event.run, "what": event.what, "detail": event.detail }))
                .collect();
            let stands: Vec<serde_json::Value> = intents
                .iter()
                .map(|intent| serde_json::json!({ "key": intent.key, "kind": intent.kind, "standing": intent.standing, "since": intent.at, "run": intent.run }))
                .collect();
            shared
                .put(&serde_json::json!({ "exit": 0, "order": order, "events": list, "changes": stands }).to_string());
        } else {
            shared.put(&paper::story(&order, &events, shared.lang(), shared.colour()));
        }
        Exit::Done
    }
}

/// The ledger's own detail in the keys the story puts into words; hashes and keys are for `--json`.
fn spoken(detail: serde_json::Value, intents: &[IntentMemory]) -> serde_json::Value {
    let serde_json::Value::Object(mut map) = detail else { return detail };
    let key = map.get("key").and_then(serde_json::Value::as_str);
    let change = key.and_then(|key| intents.iter().find(|intent| intent.key == key));
    if let Some(change) = change.and_then(|intent| serde_json::from_str(&intent.change_json).ok()) {
        map.insert("change".to_owned(), change);
    }
    for inner in ["key", "batch", "body_hash", "data_number", "row", "tracking", "epoch"] {
        map.remove(inner);
    }
    if let Some(holds) = map.remove("holds") {
        map.insert("whys".to_owned(), holds);
    }
    if let Some(serde_json::Value::Array(sources)) = map.remove("sources")
        && let Some(first) = sources.into_iter().next()
    {
        for key in ["file", "line"] {
            if let Some(value) = first.get(key) {
                map.insert(key.to_owned(), value.clone());
            }
        }
    }
    if let Some(answer) = map.remove("answer") {
        if let Some(refusal) = answer.get("refused") {
            map.insert("refusal".to_owned(), refusal.clone());
        } else if let Some(row) = answer.pointer("/accepted/row").filter(|row| !row.is_null()) {
            map.insert("row".to_owned(), row.clone());
        } else if let Some(detail) = answer.get("unheard").or_else(|| answer.get("not-sent")) {
            map.insert("message".to_owned(), detail.clone());
        } else if let Some(request) = answer.get("queued") {
            map.insert("request".to_owned(), request.clone());
        }
    }
    map.retain(|_, value| !value.is_null() && value.as_array().is_none_or(|list| !list.is_empty()));
    serde_json::Value::Object(map)
}
