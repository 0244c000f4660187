//! The command line: one file a command. The only place that prints, reads the environment, and picks
//! the real shop or the pretend one.

#![allow(clippy::disallowed_macros, clippy::disallowed_methods)]

use crate::model::exit::{Exit, Stop};
use crate::model::ids::ShopName;
use crate::model::words::{Lang, delivering};
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use std::io::{IsTerminal, Write as _};
use std::path::{Path, PathBuf};

mod check;
mod connect;
mod demo;
mod diff;
mod explain;
mod init;
mod keep;
mod open;
mod progress;
mod simulator;
mod status;
mod trip;

/// 楽天市場の店舗のための夜間バッチ: CSVを読み、RMSと比べ、違いだけを一度だけ反映します。
/// A nightly batch for shops on Rakuten Ichiba: reads CSVs, compares them with RMS, tells it the differences once.
#[derive(Parser)]
#[command(name = "denpyo", version, propagate_version = true, disable_help_subcommand = true)]
pub struct Cli {
    #[command(flatten)]
    pub shared: Shared,
    #[command(subcommand)]
    pub command: Command,
}

/// What all commands take, before or after the command's name.
#[derive(Args, Clone)]
pub struct Shared {
    /// The workspace (作業フォルダ)
    #[arg(short = 'C', value_name = "DIR", global = true, default_value = ".", hide_default_value = true)]
    pub dir: PathBuf,
    /// One JSON document on stdout
    #[arg(long, global = true)]
    pub json: bool,
    /// Only errors
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Say more (twice: everything)
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Language (default: by locale)
    #[arg(long, global = true, value_name = "ja|en")]
    pub lang: Option<LangArg>,
    /// Colour
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", hide_default_value = true)]
    pub color: ColorArg,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum LangArg {
    Ja,
    En,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum ColorArg {
    Auto,
    Always,
    Never,
}

#[derive(Subcommand)]
pub enum Command {
    /// See it work: sample files, the pretend RMS inside, two nights (体験)
    Demo(demo::Demo),
    /// An empty workspace with a commented pipeline (作業フォルダを作る)
    Init(init::Init),
    /// Check settings, wiring, layouts, examples, folders; no network (設定の確認)
    Check(check::Check),
    /// 接続確認: key, expiry, rights, shop, clock
    Connect(connect::Connect),
    /// Plan and apply in one, under the brake (毎晩の実行)
    Run(trip::Run),
    /// Everything up to the plan; sends nothing, moves nothing (計画だけ)
    Plan(trip::PlanArgs),
    /// Deliver a saved plan; this is its approval (承認して反映)
    Apply(trip::Apply),
    /// Read results of earlier runs, sending nothing (結果の確認)
    Settle(trip::Settle),
    /// Read orders anew and move their baselines (再取込)
    Import(trip::Import),
    /// Take back an exported CSV that will not be uploaded, or decline what waits for approval (取消・取り下げ)
    Withdraw(keep::Withdraw),
    /// Delete what is past its retention (保存期間を過ぎたものを削除)
    Purge(keep::Purge),
    /// Runs, what waits, what is unknown, key expiry (状況)
    Status(status::Status),
    /// What changed between two CSVs of one kind, cell by cell (差分)
    Diff(diff::Diff),
    /// One order's time-line (注文の経緯)
    Explain(explain::Explain),
    /// JSON Schema of the pipeline file, for editors
    Schema {
        /// Of denpyo.toml instead
        #[arg(long)]
        shops: bool,
    },
    /// The pretend RMS on loopback (模擬RMS)
    Simulator(simulator::Simulator),
    /// Completions for a shell
    Completions { shell: clap_complete::Shell },
    /// The manual page
    Man,
}

impl Shared {
    pub fn lang(&self) -> Lang {
        match self.lang {
            Some(LangArg::Ja) => Lang::Ja,
            Some(LangArg::En) => Lang::En,
            None => {
                let set = ["LC_ALL", "LC_MESSAGES", "LANG"]
                    .iter()
                    .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
                if set.is_some_and(|locale| locale.starts_with("ja")) { Lang::Ja } else { Lang::En }
            }
        }
    }

    /// Whether what goes to stdout may be coloured.
    pub fn colour(&self) -> bool {
        match self.color {
            ColorArg::Always => true,
            ColorArg::Never => false,
            ColorArg::Auto => {
                std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
            }
        }
    }

    /// Whether what goes to stderr may be coloured.
    pub fn colour_stderr(&self) -> bool {
        match self.color {
            ColorArg::Always => true,
            ColorArg::Never => false,
            ColorArg::Auto => {
                std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
            }
        }
    }

    /// Says that nothing is lost when the run is stopped from outside.
    pub fn last_words(&self) {
        let shared = self.clone();
        crate::edge::cut::on_signal(move |signal| {
            let why = delivering::CUT_SHORT.with([("signal", signal.to_owned())]);
            let lang = shared.lang();
            let mut err = std::io::stderr();
            let _ = writeln!(err, "denpyo: {}: {} [{}]", why.text(lang), why.remedy(lang), why.code());
        });
    }

    /// A path from the command line: relative ones are taken from the workspace.
    pub fn path(&self, given: &Path) -> PathBuf {
        if given.is_absolute() { given.to_owned() } else { self.dir.join(given) }
    }

    /// Says something beside the data: to stderr, unless `-q`.
    pub fn say(&self, text: &str) {
        if !self.quiet {
            let _ = writeln!(std::io::stderr(), "{text}");
        }
    }

    /// Puts data on stdout. A closed pipe is the reader's choice, not an error.
    pub fn put(&self, text: &str) {
        let mut out = std::io::stdout().lock();
        let _ = out.write_all(text.as_bytes());
        if !text.ends_with('\n') {
            let _ = out.write_all(b"\n");
        }
        let _ = out.flush();
    }

    /// Tells why a command could not go on.
    pub fn stopped(&self, stop: &Stop) -> Exit {
        if self.json {
            let document = serde_json::json!({ "exit": stop.exit.code(), "error": self.stop_json(stop) });
            self.put(&document.to_string());
        }
        self.say_stop(stop);
        stop.exit
    }

    /// The same as data, for a document of the command's own.
    pub fn stop_json(&self, stop: &Stop) -> serde_json::Value {
        let lang = self.lang();
        serde_json::json!({
            "code": stop.why.code(), "text": stop.why.text(lang), "remedy": stop.why.remedy(lang),
        })
    }

    /// A shop that stopped, among others in one document.
    pub fn stopped_shop(&self, shop: &ShopName, stop: &Stop) -> serde_json::Value {
        serde_json::json!({ "shop": shop, "exit": stop.exit.code(), "error": self.stop_json(stop) })
    }

    /// The same in words only.
    pub fn say_stop(&self, stop: &Stop) {
        let lang = self.lang();
        let _ = writeln!(std::io::stderr(), "denpyo: {} [{}]", stop.why.text(lang), stop.why.code());
        let _ = writeln!(std::io::stderr(), "  → {}", stop.why.remedy(lang));
    }
}

/// Parses the arguments, runs the command, gives the exit code.
pub fn main() -> Exit {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            let exit = match error.kind() {
                clap::error::ErrorKind::DisplayHelp | clap::error::ErrorKind::DisplayVersion => Exit::Done,
                _ => Exit::Usage,
            };
            // A caller that asked for JSON gets JSON, whatever else was wrong with its words.
            if exit == Exit::Usage && std::env::args().any(|arg| arg == "--json") {
                println!(
                    "{}",
                    serde_json::json!({ "exit": exit.code(), "error": { "code": "usage", "text": error.to_string() } })
                );
            }
            return exit;
        }
    };
    let shared = cli.shared;
    if matches!(cli.command, Command::Run(_) | Command::Apply(_) | Command::Settle(_) | Command::Import(_)) {
        shared.last_words();
    }
    match cli.command {
        Command::Demo(command) => command.run(&shared),
        Command::Init(command) => command.run(&shared),
        Command::Check(command) => command.run(&shared),
        Command::Connect(command) => command.run(&shared),
        Command::Import(command) => command.run(&shared),
        Command::Withdraw(command) => command.run(&shared),
        Command::Purge(command) => command.run(&shared),
        Command::Status(command) => command.run(&shared),
        Command::Diff(command) => command.run(&shared),
        Command::Explain(command) => command.run(&shared),
        Command::Schema { shops } => {
            let schema = if shops { crate::flow::config::shops_schema() } else { crate::flow::config::schema() };
            shared.put(&serde_json::to_string_pretty(&schema).unwrap_or_default());
            Exit::Done
        }
        Command::Run(command) => command.run(&shared),
        Command::Plan(command) => command.run(&shared),
        Command::Apply(command) => command.run(&shared),
        Command::Settle(command) => command.run(&shared),
        Command::Simulator(command) => command.run(&shared),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "denpyo", &mut script);
            shared.put(&String::from_utf8_lossy(&script));
            Exit::Done
        }
        Command::Man => {
            let mut page = Vec::new();
            match clap_mangen::Man::new(Cli::command()).render(&mut page) {
                Ok(()) => {
                    shared.put(&String::from_utf8_lossy(&page));
                    Exit::Done
                }
                Err(_) => Exit::Io,
            }
        }
    }
}
