//! `denpyo withdraw` takes an exported CSV back, and says no to what waits for a yes; `denpyo purge` deletes what is past its retention.

use super::{Shared, open, trip};
use crate::edge::files;
use crate::edge::ledger::{Intents as _, Ledger as _};
use crate::flow::paper;
use crate::model::exit::{Exit, Stop};
use crate::model::ids::RunId;
use crate::model::words::{Lang, setting};
use clap::Args;
use std::collections::BTreeSet;

#[derive(Args)]
pub struct Withdraw {
    /// The run whose CSV will not be uploaded, or whose held changes are not wanted
    #[arg(value_name = "RUN")]
    run: String,
}

impl Withdraw {
    pub fn run(self, shared: &Shared) -> Exit {
        match self.withdraw(shared) {
            Ok(exit) => exit,
            Err(trouble) => trouble.show(shared),
        }
    }

    fn withdraw(&self, shared: &Shared) -> Result<Exit, open::Trouble> {
        let run = RunId::parse(&self.run)
            .ok_or_else(|| Stop::new(Exit::Usage, setting::NOT_A_RUN.with([("value", self.run.clone())])))?;
        let (workspace, shops) = open::shops(shared)?;
        let state = workspace.root().join("state");
        let (mut taken, mut declined) = (Vec::new(), Vec::new());
        for shop in &shops {
            let clock = open::clock(shop)?;
            let own = open::run_id(&*clock);
            let _lock = trip::take_lock(&state, shop, &own, &*clock)?;
            let ledger = trip::open_ledger(shared, &state, &*clock)?;
            taken.extend(ledger.withdraw(&shop.name, &run, clock.now()).map_err(Stop::from)?);
            declined.extend(ledger.decline(&shop.name, &run, clock.now()).map_err(Stop::from)?);
        }
        if taken.is_empty() && declined.is_empty() {
            return Err(Stop::new(Exit::Usage, setting::NOTHING_EXPORTED.with([("run", run.to_string())])).into());
        }
        if shared.json {
            let all: Vec<&String> = taken.iter().chain(&declined).collect();
            shared.put(&serde_json::json!({ "exit": 0, "run": run, "withdrawn": all }).to_string());
            return Ok(Exit::Done);
        }
        let folder = format!("outbox/{run}");
        if !taken.is_empty() {
            shared.put(&match shared.lang() {
                Lang::Ja => format!("{} 件を取り消しました。{folder} のCSVはアップロードしないでください。元の行を再投入すると反映されます", taken.len()),
                Lang::En => format!("Took back {} changes. Do not upload the CSVs in {folder}; drop the rows again to send them", taken.len()),
            });
        }
        if !declined.is_empty() {
            shared.put(&match shared.lang() {
                Lang::Ja => format!(
                    "承認待ちの {} 件を取り下げました。RMSには送信しません。元の行を再投入すると、もう一度計画されます",
                    declined.len()
                ),
                Lang::En => format!(
                    "Declined {} changes that waited; they are not sent. Drop the rows again to plan them anew",
                    declined.len()
                ),
            });
        }
        Ok(Exit::Done)
    }
}

#[derive(Args)]
pub struct Purge {
    /// Only say what would go
    #[arg(long)]
    dry_run: bool,
}

impl Purge {
    pub fn run(self, shared: &Shared) -> Exit {
        match self.purge(shared) {
            Ok(exit) => exit,
            Err(trouble) => trouble.show(shared),
        }
    }

    fn purge(&self, shared: &Shared) -> Result<Exit, open::Trouble> {
        let (workspace, shops) = open::shops(shared)?;
        let state = workspace.root().join("state");
        let mut entries = 0;
        let mut removed = Vec::new();
        let mut open_runs = BTreeSet::new();
        let days = shops.iter().map(|shop| shop.retention_days).max().unwrap_or_default();
        for shop in &shops {
            let clock = open::clock(shop)?;
            let own = open::run_id(&*clock);
            let _lock = trip::take_lock(&state, shop, &own, &*clock)?;
            let before = clock.now().plus_seconds(-shop.retention_days * 86_400);
            let ledger = trip::open_ledger(shared, &state, &*clock)?;
            open_runs.extend(ledger.open(&shop.name).map_err(Stop::from)?.into_iter().map(|intent| intent.run));
            if !self.dry_run {
                entries += ledger.purge(&shop.name, before).map_err(Stop::from)?;
            }
        }
        // Folders are shared by the shops, so the longest retention counts.
        if let Some(shop) = shops.first() {
            let before = open::clock(shop)?.now().plus_seconds(-days * 86_400);
            // A plan that waits for a person, an export not yet uploaded, the report of either, the newest report.
            let needed = |name: &str| {
                let run = name.split_once('/').and_then(|(_, rest)| RunId::parse(rest));
                name.strip_prefix("reports/") == Some(paper::NEWEST) || run.is_some_and(|run| open_runs.contains(&run))
            };
            for folder in ["archive", "reports", "outbox", "review"] {
                let folder = workspace.root().join(folder);
                removed.extend(files::sweep_old(&folder, before, self.dry_run, &needed).map_err(Stop::from)?);
            }
        }
        // Rows that nobody mended stand nowhere else once the original is gone from the archive, and whether a
        // sheet was mended is not known. People clear this folder themselves.
        let errors = std::fs::read_dir(workspace.root().join("errors")).map_or(0, Iterator::count);
        if shared.json {
            shared.put(
                &serde_json::json!({ "exit": 0, "entries": entries, "removed": removed, "dry_run": self.dry_run,
                "kept_runs": open_runs, "kept_errors": errors })
                .to_string(),
            );
        } else {
            shared.put(&match shared.lang() {
                Lang::Ja => format!(
                    "保存期間（{days} 日）を過ぎたもの{}: ファイル {} 件、台帳 {entries} 件",
                    if self.dry_run { "（まだ削除していません）" } else { "を削除しました" },
                    removed.len()
                ),
                Lang::En => format!(
                    "Past the retention of {days} days{}: {} files, {entries} entries of the ledger",
                    if self.dry_run { ", not removed yet" } else { "" },
                    removed.len()
                ),
            });
            if !open_runs.is_empty() || errors > 0 {
                let runs = open_runs.len();
                shared.put(&match shared.lang() {
                    Lang::Ja => format!("残したもの: 未完了の変更がある実行 {runs} 件、errors/ の {errors} 件（直し終えたものは手で消してください）"),
                    Lang::En => format!("Kept: {runs} runs with changes still open, {errors} files in errors/ (remove those that are mended yourself)"),
                });
            }
            if shared.verbose > 0 {
                removed.iter().for_each(|name| shared.put(name));
            }
        }
        Ok(Exit::Done)
    }
}
