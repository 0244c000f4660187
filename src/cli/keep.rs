//! `denpyo withdraw` takes an exported CSV back; `denpyo purge` deletes what is past its retention.

use super::{Shared, open, trip};
use crate::edge::files;
use crate::edge::ledger::{Intents as _, Ledger as _};
use crate::model::exit::{Exit, Stop};
use crate::model::ids::RunId;
use crate::model::words::{Lang, setting};
use clap::Args;

#[derive(Args)]
pub struct Withdraw {
    /// The run whose CSV was not uploaded and will not be
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
        let mut taken = Vec::new();
        for shop in &shops {
            let clock = open::clock(shop)?;
            let own = open::run_id(&*clock);
            let _lock = trip::take_lock(&state, shop, &own, &*clock)?;
            let ledger = trip::open_ledger(shared, &state, &*clock)?;
            taken.extend(ledger.withdraw(&shop.name, &run, clock.now()).map_err(Stop::from)?);
        }
        if taken.is_empty() {
            return Err(Stop::new(Exit::Usage, setting::NOTHING_EXPORTED.with([("run", run.to_string())])).into());
        }
        if shared.json {
            shared.put(&serde_json::json!({ "exit": 0, "run": run, "withdrawn": taken }).to_string());
        } else {
            let folder = format!("outbox/{run}");
            shared.put(&match shared.lang() {
                Lang::Ja => format!("{} 件を取り消しました。{folder} のCSVはアップロードしないでください。元の行を再投入すると反映されます", taken.len()),
                Lang::En => format!("Took back {} changes. Do not upload the CSVs in {folder}; drop the rows again to send them", taken.len()),
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
        let days = shops.iter().map(|shop| shop.retention_days).max().unwrap_or_default();
        for shop in &shops {
            let clock = open::clock(shop)?;
            let own = open::run_id(&*clock);
            let _lock = trip::take_lock(&state, shop, &own, &*clock)?;
            let before = clock.now().plus_seconds(-shop.retention_days * 86_400);
            if !self.dry_run {
                let ledger = trip::open_ledger(shared, &state, &*clock)?;
                entries += ledger.purge(&shop.name, before).map_err(Stop::from)?;
            }
        }
        // Folders are shared by the shops, so the longest retention counts.
        if let Some(shop) = shops.first() {
            let before = open::clock(shop)?.now().plus_seconds(-days * 86_400);
            for folder in ["archive", "reports", "outbox", "review", "errors"] {
                removed.extend(
                    files::sweep_old(&workspace.root().join(folder), before, self.dry_run).map_err(Stop::from)?,
                );
            }
        }
        if shared.json {
            shared.put(&serde_json::json!({ "exit": 0, "entries": entries, "removed": removed }).to_string());
        } else {
            shared.put(&match shared.lang() {
                Lang::Ja => format!(
                    "保存期間（{days} 日）を過ぎたものを削除しました: ファイル {} 件、台帳 {entries} 件",
                    removed.len()
                ),
                Lang::En => format!(
                    "Past the retention of {days} days: {} files, {entries} entries of the ledger",
                    removed.len()
                ),
            });
            if shared.verbose > 0 {
                removed.iter().for_each(|name| shared.put(name));
            }
        }
        Ok(Exit::Done)
    }
}
