//! `denpyo init`: an empty workspace with a commented pipeline.

use super::Shared;
use crate::edge::workspace;
use crate::model::exit::{Exit, Stop};
use crate::model::words::Lang;
use clap::Args;
use std::path::PathBuf;

#[derive(Args)]
pub struct Init {
    /// The folder to make (default: here)
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
}

impl Init {
    pub fn run(self, shared: &Shared) -> Exit {
        let dir = self.folder.as_ref().map_or_else(|| shared.dir.clone(), |dir| shared.path(dir));
        let made = match workspace::init(&dir) {
            Ok(made) => made,
            Err(why) => return shared.stopped(&Stop::new(Exit::CannotCreate, why)),
        };
        if shared.json {
            shared.put(&serde_json::json!({ "exit": 0, "dir": dir.display().to_string(), "made": made }).to_string());
            return Exit::Done;
        }
        let shown = dir.display();
        shared.put(&match shared.lang() {
            Lang::Ja => format!(
                "作業フォルダを作りました: {shown}\n  1. denpyo.toml に店舗URLとキーの場所を書く\n  2. denpyo check -C {shown}     設定の確認（通信しません）\n  3. denpyo connect -C {shown}   接続確認\n  4. inbox/ にCSVを置いて denpyo plan nightly -C {shown}"
            ),
            Lang::En => format!(
                "Made a workspace: {shown}\n  1. put the shop's URL and where its keys are in denpyo.toml\n  2. denpyo check -C {shown}     checks the settings, no network\n  3. denpyo connect -C {shown}   tries the keys\n  4. drop CSVs in inbox/, then: denpyo plan nightly -C {shown}"
            ),
        });
        Exit::Done
    }
}
