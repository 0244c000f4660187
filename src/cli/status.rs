//! `denpyo status`: runs, what waits, what is unknown, the key's expiry. Reads the memory only; no network.

use super::{Shared, open, trip};
use crate::edge::ledger::{Baselines as _, IntentMemory, Intents as _, Rows as _, Runs as _};
use crate::model::change::Kind;
use crate::model::exit::{Exit, Stop};
use crate::model::pipeline::Shop;
use crate::model::receipt::Standing;
use crate::model::words::{Lang, Why, delivering};
use clap::Args;
use std::collections::BTreeMap;

#[derive(Args)]
pub struct Status {
    /// Shops (default: all)
    #[arg(value_name = "SHOP")]
    shops: Vec<String>,
}

const RUNS_SHOWN: usize = 10;

impl Status {
    pub fn run(self, shared: &Shared) -> Exit {
        let (workspace, shops) = match open::shops(shared) {
            Ok(opened) => opened,
            Err(trouble) => return trouble.show(shared),
        };
        if let Some(stop) = open::unknown(&self.shops, &shops) {
            return shared.stopped(&stop);
        }
        let mut documents = Vec::new();
        let mut exit = Exit::Done;
        for shop in shops.iter().filter(|shop| self.shops.is_empty() || self.shops.contains(&shop.name.0)) {
            match one(shared, &workspace.root().join("state"), shop) {
                Ok((document, text, waits)) => {
                    if waits {
                        exit = exit.worse(Exit::PersonNeeded);
                    }
                    documents.push(document);
                    if !shared.json {
                        shared.put(&text);
                    }
                }
                Err(stop) => {
                    exit = exit.worse(stop.exit);
                    shared.say_stop(&stop);
                    documents.push(shared.stopped_shop(&shop.name, &stop));
                }
            }
        }
        if shared.json {
            shared.put(&serde_json::json!({ "exit": exit.code(), "shops": documents }).to_string());
        }
        exit
    }
}

fn one(shared: &Shared, state: &std::path::Path, shop: &Shop) -> Result<(serde_json::Value, String, bool), Stop> {
    let clock = open::clock(shop)?;
    let ledger = trip::open_ledger(shared, state, &*clock)?;
    let runs = ledger.runs(&shop.name, RUNS_SHOWN)?;
    let open: Vec<IntentMemory> = ledger.open(&shop.name)?;
    let mut waiting = ledger.waiting(&shop.name)?;
    waiting.retain(|row| !row.is_behind_a_held_change());
    let key = ledger.key_memory(&shop.name)?;
    let mut standings: BTreeMap<Standing, u64> = BTreeMap::new();
    for intent in &open {
        *standings.entry(intent.standing).or_default() += 1;
    }
    let waits = open.iter().any(|intent| {
        matches!(intent.standing, Standing::Held | Standing::Unknown | Standing::Absent | Standing::Exported)
    });
    let document = serde_json::json!({
        "shop": shop.name.0,
        "runs": runs.iter().map(|run| serde_json::json!({
            "run": run.run, "pipeline": run.pipeline, "began": run.began, "ended": run.ended, "exit": run.exit,
        })).collect::<Vec<_>>(),
        "open": open.iter().map(|intent| serde_json::json!({
            "order": intent.order, "kind": intent.kind, "standing": intent.standing, "run": intent.run, "since": intent.at,
            "why": absent(intent),
        })).collect::<Vec<_>>(),
        "waiting_rows": waiting.len(),
        "key_expires": key.expires,
        "key_refused_since": key.refused_since,
    });
    let ja = shared.lang() == Lang::Ja;
    let mut text = format!("{}\n", shop.name);
    let mut line = |ja_text: String, en_text: String| {
        text.push_str("  ");
        text.push_str(if ja { &ja_text } else { &en_text });
        text.push('\n');
    };
    for run in &runs {
        let end = run.exit.map_or_else(
            || if ja { "実行中または中断".to_owned() } else { "at work or cut down".to_owned() },
            |exit| format!("exit {exit}"),
        );
        let shown = format!("{}  {}  {}  {end}", run.run, run.began.for_people(), run.pipeline);
        line(shown.clone(), shown);
    }
    if runs.is_empty() {
        line("まだ実行していません".to_owned(), "no runs yet".to_owned());
    }
    for (standing, count) in &standings {
        line(format!("{}: {count} 件", word_ja(*standing)), format!("{}: {count}", standing.word()));
    }
    for intent in open.iter().filter(|intent| intent.standing == Standing::Exported).take(RUNS_SHOWN) {
        let days = clock.now().day().days_since(intent.at.day());
        line(
            format!("  未アップロード {days} 日: {} （{}）", intent.order, intent.run),
            format!("  not uploaded for {days} days: {} ({})", intent.order, intent.run),
        );
    }
    for why in open.iter().filter_map(absent).take(RUNS_SHOWN) {
        let say = |lang| format!("  {}: {}", why.text(lang), why.remedy(lang));
        line(say(Lang::Ja), say(Lang::En));
    }
    if !waiting.is_empty() {
        line(format!("自動待ちの行: {}", waiting.len()), format!("rows waiting by themselves: {}", waiting.len()));
    }
    if let Some(expires) = key.expires {
        let days = expires.day().days_since(clock.now().day());
        line(
            format!("ライセンスキー: {} まで（あと {days} 日）", expires.for_people()),
            format!("licence key: until {} ({days} days)", expires.for_people()),
        );
    }
    Ok((document, text, waits))
}

/// What never reached RMS stays open until a person decides: said with its order, its run and what to do.
fn absent(intent: &IntentMemory) -> Option<Why> {
    let kind = Kind::ALL.into_iter().find(|kind| kind.word() == intent.kind);
    (intent.standing == Standing::Absent).then(|| {
        delivering::ABSENT_STILL.with([
            ("order", intent.order.to_string()),
            ("kind", kind.map_or(intent.kind.clone(), |kind| kind.ja().to_owned())),
            ("run", intent.run.to_string()),
        ])
    })
}

fn word_ja(standing: Standing) -> &'static str {
    match standing {
        Standing::Planned => "反映予定",
        Standing::Sending => "送信中",
        Standing::Queued => "受付済・結果待ち",
        Standing::Confirmed => "反映済み",
        Standing::Refused => "RMSエラー",
        Standing::Unknown => "結果未確認（再送しません）",
        Standing::Absent => "未反映（要確認）",
        Standing::Held => "承認待ち",
        Standing::Exported => "CSV出力済・未アップロード",
        Standing::Withdrawn => "取消済み",
    }
}
