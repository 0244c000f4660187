//! `run`, `plan`, `apply` and `settle`: one trip each, with the real hands or the pretend RMS behind them.

use super::Shared;
use super::open::{self, Opened, Trouble};
use super::progress::Progress;
use crate::edge::clock::Clock;
use crate::edge::ledger::{self, SqliteLedger};
use crate::edge::rms::{Looked, Search, ShopError, ShopRead, ShopWrite};
use crate::edge::{files, lock, secrets};
use crate::flow::paper;
use crate::model::batch::{Heard, Op};
use crate::model::day::Moment;
use crate::model::exit::{Exit, Stop};
use crate::model::ids::{OrderNumber, RunId};
use crate::model::message::{AsyncResult, SubStatusGroup};
use crate::model::pipeline::{SecretFrom, Shop};
use crate::model::plan::{Plan, Via};
use crate::model::receipt::RequestId;
use crate::model::report::Report;
use crate::model::step::Step;
use crate::model::tally::{CallTally, ChangeTally, FileTally, RowTally};
use crate::model::words::{delivering, setting};
use crate::run::{self, Rms, Trip};
use clap::{Args, ValueEnum};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

#[derive(Clone, Copy, ValueEnum)]
pub enum ViaArg {
    Api,
    Csv,
    Review,
}

impl From<ViaArg> for Via {
    fn from(via: ViaArg) -> Via {
        match via {
            ViaArg::Api => Via::Api,
            ViaArg::Csv => Via::Csv,
            ViaArg::Review => Via::Review,
        }
    }
}

/// What narrows a trip.
#[derive(Args)]
pub struct Narrow {
    /// Only these orders (注文番号)
    #[arg(long, value_name = "ORDER", num_args = 1..)]
    order: Vec<String>,
    /// Only the orders in this file, one a line
    #[arg(long, value_name = "FILE")]
    orders: Option<PathBuf>,
    /// How changes leave, instead of what the pipeline says
    #[arg(long, value_name = "WAY")]
    via: Option<ViaArg>,
    /// Another shop than the pipeline names; several run side by side
    #[arg(long, value_name = "SHOP")]
    shop: Vec<String>,
    /// Every shop of denpyo.toml
    #[arg(long, conflicts_with = "shop")]
    all_shops: bool,
}

impl Narrow {
    fn only(&self, shared: &Shared) -> Result<Option<BTreeSet<OrderNumber>>, Stop> {
        let mut texts: Vec<String> = self.order.clone();
        if let Some(file) = &self.orders {
            let text = std::fs::read_to_string(shared.path(file)).map_err(|error| open::unreadable(file, &error))?;
            texts.extend(
                text.lines().map(|line| line.trim().trim_matches('"').to_owned()).filter(|line| !line.is_empty()),
            );
        } else if texts.is_empty() {
            return Ok(None);
        }
        let mut only = BTreeSet::new();
        for text in texts {
            let number = OrderNumber::parse(&text)
                .ok_or_else(|| Stop::new(Exit::Usage, setting::NOT_AN_ORDER.with([("value", text.clone())])))?;
            only.insert(number);
        }
        Ok(Some(only))
    }

    /// The shops asked for.
    fn shops(&self, opened: &Opened) -> Vec<String> {
        if self.all_shops {
            opened.shops.iter().map(|shop| shop.name.0.clone()).collect()
        } else if self.shop.is_empty() {
            vec![opened.pipeline.shop.0.clone()]
        } else {
            self.shop.clone()
        }
    }
}

#[derive(Args)]
pub struct Run {
    /// The pipeline file
    #[arg(value_name = "PIPELINE")]
    pipeline: PathBuf,
    #[command(flatten)]
    narrow: Narrow,
}

#[derive(Args)]
pub struct PlanArgs {
    /// The pipeline file
    #[arg(value_name = "PIPELINE")]
    pipeline: PathBuf,
    /// Where the plan is written (default: review/<run>/)
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Exit 2 if there are changes
    #[arg(long)]
    detailed_exitcode: bool,
    #[command(flatten)]
    narrow: Narrow,
}

#[derive(Args)]
pub struct Apply {
    /// A plan.json or the folder it is in: all its rows; a plan.xlsx or plan.csv: the rows marked OK
    #[arg(value_name = "PLAN")]
    plan: PathBuf,
}

#[derive(Args)]
pub struct Import {
    /// Orders to read anew; their baselines move to what RMS says now
    #[arg(long, value_name = "ORDER", num_args = 1.., required = true)]
    again: Vec<String>,
    /// The shop (default: the only one)
    #[arg(long, value_name = "SHOP")]
    shop: Option<String>,
}

impl Import {
    pub fn run(self, shared: &Shared) -> Exit {
        match self.import(shared) {
            Ok(report) => {
                if !shared.json {
                    for why in &report.warnings {
                        shared.put(&why.text(shared.lang()));
                    }
                }
                tell(shared, &report)
            }
            Err(trouble) => shown(shared, &trouble),
        }
    }

    fn import(&self, shared: &Shared) -> Result<Report, Trouble> {
        let (_, shops) = open::shops(shared)?;
        let mut orders = BTreeSet::new();
        for text in &self.again {
            let number = OrderNumber::parse(text.trim())
                .ok_or_else(|| Stop::new(Exit::Usage, setting::NOT_AN_ORDER.with([("value", text.clone())])))?;
            orders.insert(number);
        }
        let shop = match (&self.shop, &shops[..]) {
            (Some(name), _) => {
                shops.iter().find(|shop| shop.name.0 == *name).ok_or_else(|| open::no_shop(name, &shops))?
            }
            (None, [only]) => only,
            (None, _) => return Err(open::no_shop("", &shops).into()),
        };
        let opened = open::for_settle(shared, shop)?;
        Ok(with_trip(shared, &opened, shop, None, None, true, |trip, rms| run::import_again(trip, rms, &orders))?)
    }
}

#[derive(Args)]
pub struct Settle {
    /// Shops (default: all)
    #[arg(value_name = "SHOP")]
    shops: Vec<String>,
}

impl Run {
    pub fn run(self, shared: &Shared) -> Exit {
        each_shop(shared, &self.pipeline, &self.narrow, &|opened, shop, only| {
            let done = with_trip(shared, opened, shop, only, self.narrow.via.map(Via::from), true, run::run);
            notify(shared, opened, shop, &done);
            done
        })
    }
}

impl PlanArgs {
    pub fn run(self, shared: &Shared) -> Exit {
        each_shop(shared, &self.pipeline, &self.narrow, &|opened, shop, only| {
            with_trip(shared, opened, shop, only, self.narrow.via.map(Via::from), false, |trip, rms| {
                let to = match &self.output {
                    Some(dir) => shared.path(dir),
                    None => trip.workspace.join("review").join(trip.run.as_str()),
                };
                let (plan, mut report) = run::plan(trip, rms, &to)?;
                if self.detailed_exitcode && !plan.entries.is_empty() {
                    report.exit = report.exit.max(Exit::Changes.code());
                }
                Ok(report)
            })
        })
    }
}

impl Apply {
    pub fn run(self, shared: &Shared) -> Exit {
        match self.apply(shared) {
            Ok(report) => tell(shared, &report),
            Err(trouble) => shown(shared, &trouble),
        }
    }

    fn apply(&self, shared: &Shared) -> Result<Report, Trouble> {
        let given = shared.path(&self.plan);
        let path = if given.is_dir() { given.join("plan.json") } else { given };
        let bytes = std::fs::read(&path).map_err(|error| open::unreadable(&self.plan, &error))?;
        let usage = |why| Stop::new(Exit::Usage, why);
        let sheet = path
            .extension()
            .is_some_and(|ending| ["xlsx", "csv"].iter().any(|known| ending.eq_ignore_ascii_case(known)));
        let mut said = Vec::new();
        let approved = if sheet {
            let name = self.plan.display().to_string();
            let run::Answered { plan, rows, unclear } =
                run::approval_sheet(&shared.path(Path::new("")), path.parent(), &bytes, &name).map_err(usage)?;
            if let (true, Some(first)) = (rows.is_empty(), unclear.first()) {
                return Err(usage(first.clone()).into());
            }
            if rows.is_empty() {
                return Err(usage(delivering::SHEET_NO_YES.with([("file", name)])).into());
            }
            said = unclear;
            // The other rows go on waiting as they are.
            let entries = plan.entries.iter().filter(|entry| rows.contains(&entry.id)).cloned().collect();
            Plan { entries, ..plan }.approve_all()
        } else {
            let plan = paper::plan_from_json(&String::from_utf8_lossy(&bytes)).map_err(usage)?;
            let via = if plan.via == Via::Review { Via::Api } else { plan.via };
            Plan { via, ..plan }.approve_all()
        };
        // Nobody typed this name.
        let opened = open::pipeline(shared, Path::new(&approved.plan().pipeline)).map_err(Trouble::of_settings)?;
        let shop = opened.shop(Some(&approved.plan().shop.0))?.clone();
        Ok(with_trip(shared, &opened, &shop, None, None, true, |trip, rms| run::apply(trip, rms, &approved, &said))?)
    }
}

impl Settle {
    pub fn run(self, shared: &Shared) -> Exit {
        let (_, shops) = match open::shops(shared) {
            Ok(opened) => opened,
            Err(trouble) => return trouble.show(shared),
        };
        if let Some(stop) = open::unknown(&self.shops, &shops) {
            return stopped(shared, &stop);
        }
        let mut root = None;
        let (mut names, mut results) = (Vec::new(), Vec::new());
        for shop in shops.iter().filter(|shop| self.shops.is_empty() || self.shops.contains(&shop.name.0)) {
            let opened = match open::for_settle(shared, shop) {
                Ok(opened) => opened,
                Err(trouble) => return trouble.show(shared),
            };
            names.push(shop.name.to_string());
            root.get_or_insert_with(|| opened.workspace.root().to_owned());
            results.push(with_trip(shared, &opened, shop, None, None, true, |trip, rms| run::settle_only(trip, rms)));
        }
        ended(shared, root.as_deref(), &names, &results)
    }
}

/// `[notify] command`: told of every end, good or bad; the document on its standard input, the exit in `DENPYO_EXIT`.
fn notify(shared: &Shared, opened: &Opened, shop: &Shop, done: &Result<Report, Stop>) {
    let Some((program, words)) = opened.pipeline.notify.as_deref().and_then(|command| command.split_first()) else {
        return;
    };
    let (exit, document) = match done {
        Ok(report) => (report.exit, document(report)),
        Err(stop) => (
            stop.exit.code(),
            serde_json::json!({ "exit": stop.exit.code(), "error": { "code": stop.why.code(), "text": stop.why.text(shared.lang()) } }),
        ),
    };
    let mut command = std::process::Command::new(program);
    // Whoever is told how a night ended has no need of the shops' keys.
    for shop in &opened.shops {
        let keys = [Some(&shop.service_secret), Some(&shop.license_key), shop.next_license_key.as_ref()];
        for key in keys.into_iter().flatten() {
            if let SecretFrom::Env(name) = key {
                command.env_remove(name);
            }
        }
    }
    let told = command
        .args(words)
        .current_dir(opened.workspace.root())
        .env("DENPYO_EXIT", exit.to_string())
        .env("DENPYO_SHOP", &shop.name.0)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .spawn()
        .and_then(|mut child| {
            if let Some(mut input) = child.stdin.take() {
                use std::io::Write as _;
                // A command that does not read its input is none the worse for it.
                let _ = input.write_all(document.to_string().as_bytes());
            }
            child.wait()
        });
    match told {
        Ok(status) if status.success() => {}
        Ok(status) => shared.say(&format!("notify `{program}`: {status}")),
        Err(error) => shared.say(&format!("notify `{program}`: {error}")),
    }
}

type OneShop<'a> = dyn Fn(&Opened, &Shop, Option<BTreeSet<OrderNumber>>) -> Result<Report, Stop> + Sync + 'a;

/// Runs a trip for each shop asked for, side by side; one shop's dead key does not touch the others.
fn each_shop(shared: &Shared, pipeline: &Path, narrow: &Narrow, one: &OneShop) -> Exit {
    let opened = match open::pipeline(shared, pipeline) {
        Ok(opened) => opened,
        Err(trouble) => return shown(shared, &trouble),
    };
    if !opened.warnings.is_empty() {
        let shown =
            crate::flow::config::show_warnings(&opened.warnings, &opened.texts, shared.lang(), shared.colour_stderr());
        shared.say(shown.trim_end());
    }
    let only = match narrow.only(shared) {
        Ok(only) => only,
        Err(stop) => return stopped(shared, &stop),
    };
    let names = narrow.shops(&opened);
    let results: Vec<Result<Report, Stop>> = std::thread::scope(|scope| {
        let threads: Vec<_> = names
            .iter()
            .map(|name| {
                let (opened, only) = (&opened, only.clone());
                scope.spawn(move || opened.shop(Some(name)).cloned().and_then(|shop| one(opened, &shop, only)))
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|_| Err(Stop::new(Exit::Bug, setting::NOTHING_SAID.plain()))))
            .collect()
    });
    ended(shared, Some(opened.workspace.root()), &names, &results)
}

/// The ends of the trips: one shop's own, or all of them.
fn ended(shared: &Shared, root: Option<&Path>, names: &[String], results: &[Result<Report, Stop>]) -> Exit {
    match results {
        [Ok(report)] => tell(shared, report),
        [Err(stop)] => stopped(shared, stop),
        _ => {
            if let Some(root) = root {
                newest_of_all(shared, root, names, results);
            }
            several(shared, names, results)
        }
    }
}

/// Each shop's run laid its own page down as the newest; of several shops, all are on it. A plan lays none down.
fn newest_of_all(shared: &Shared, root: &Path, names: &[String], results: &[Result<Report, Stop>]) {
    if !results.iter().flatten().any(|report| report.report.is_some()) {
        return;
    }
    let ends: Vec<(&str, &Result<Report, Stop>)> = names.iter().map(String::as_str).zip(results).collect();
    let page = paper::shops_html(&ends, shared.lang());
    if let Err(stop) = files::write_replace(&root.join("reports").join(paper::NEWEST), page.as_bytes()) {
        shared.stopped(&stop.into());
    }
}

/// Several shops: each one's screen, or one JSON document with a list; the worst exit wins.
fn several(shared: &Shared, names: &[String], results: &[Result<Report, Stop>]) -> Exit {
    let mut worst = 0;
    let mut list = Vec::new();
    for (name, result) in names.iter().zip(results) {
        let exit = match result {
            Ok(report) => report.exit,
            Err(stop) => stop.exit.code(),
        };
        worst = worst.max(exit);
        if shared.json {
            list.push(match result {
                Ok(report) => document(report),
                Err(stop) => serde_json::json!({
                    "shop": name, "exit": exit,
                    "error": shared.stop_json(stop),
                }),
            });
        } else {
            match result {
                Ok(report) => {
                    tell(shared, report);
                }
                Err(stop) => {
                    shared.stopped(stop);
                }
            }
        }
    }
    if shared.json {
        shared.put(&serde_json::json!({ "exit": worst, "shops": list }).to_string());
    }
    Exit::from_code(worst)
}

/// Opens memory, lock, clock and RMS, makes the trip, and hands it over.
#[allow(clippy::too_many_arguments, reason = "the pieces of one trip, named")]
pub fn with_trip(
    shared: &Shared,
    opened: &Opened,
    shop: &Shop,
    only: Option<BTreeSet<OrderNumber>>,
    via: Option<Via>,
    writes: bool,
    work: impl FnOnce(&mut Trip, &mut dyn Rms) -> Result<Report, Stop>,
) -> Result<Report, Stop> {
    let clock = open::clock(shop)?;
    let run = open::run_id(&*clock);
    let root = opened.workspace.root();
    let state = root.join("state");
    let _lock = if writes { Some(take_lock(&state, shop, &run, &*clock)?) } else { None };
    let ledger = open_ledger(shared, &state, &*clock)?;
    let picture_key = secrets::picture_key(&state)?;
    let csv_wanted = via.unwrap_or(opened.pipeline.deliver.via) == Via::Csv;
    let mut shop_digits = shop.order_prefix.clone();
    let mut rms: Box<dyn Rms> = match open::connect(root, shop, &clock) {
        Ok(way) => {
            shop_digits = way.shop_digits;
            Box::new(way.client)
        }
        // A shop that only registers CSVs by hand may have no key at all.
        Err(_) if csv_wanted => Box::new(NoKey),
        Err(stop) => return Err(stop),
    };
    let progress = Progress::new(shared, &shop.name);
    let tell = |step: Step| progress.tell(step);
    let others_read = opened.everyone_reads();
    let mut trip = Trip {
        workspace: root,
        pipeline: &opened.pipeline,
        pipeline_file: &opened.pipeline_file.name,
        shop,
        layouts: &opened.layouts,
        ledger: &ledger,
        clock: &*clock,
        run,
        picture_key: &picture_key,
        shop_digits,
        only,
        others_read: &others_read,
        via,
        lang: shared.lang(),
        tell: &tell,
    };
    let done = work(&mut trip, &mut *rms);
    progress.end();
    done
}

pub fn take_lock(state: &Path, shop: &Shop, run: &RunId, clock: &dyn Clock) -> Result<lock::ShopLock, Stop> {
    lock::lock(state, &shop.name, run, clock.now()).map_err(|error| match error {
        lock::LockError::Held(why) => Stop::new(Exit::TryLater, why),
        lock::LockError::Disk(error) => error.into(),
    })
}

/// Opens the ledger and says what is odd about it.
pub fn open_ledger(shared: &Shared, state: &Path, clock: &dyn Clock) -> Result<SqliteLedger, Stop> {
    let (ledger, opened) = ledger::open(&state.join("ledger.db"), clock.now())?;
    if let (Some(why), true) = (&opened.why, shared.verbose > 0 || !opened.fresh) {
        shared.say(&why.text(shared.lang()));
    }
    Ok(ledger)
}

/// Shows a report and gives its exit.
pub fn tell(shared: &Shared, report: &Report) -> Exit {
    if shared.json {
        shared.put(&document(report).to_string());
    } else if !shared.quiet || report.exit != 0 {
        shared.put(&paper::screen(report, shared.lang(), shared.colour(), width()));
    }
    Exit::from_code(report.exit)
}

/// Columns of the terminal, or a plain page's width.
fn width() -> usize {
    std::env::var("COLUMNS")
        .ok()
        .and_then(|text| text.parse().ok())
        .filter(|width| (40..400).contains(width))
        .unwrap_or(96)
}

/// Lists on standard output end here; `report.json` has them whole.
const LISTED_MAX: usize = 10_000;

/// The JSON document of a run: the promised keys first, then what people ask next.
pub fn document(report: &Report) -> serde_json::Value {
    fn listed<T: serde::Serialize>(list: &[T]) -> serde_json::Value {
        serde_json::to_value(list.get(..LISTED_MAX).unwrap_or(list)).unwrap_or_default()
    }
    serde_json::json!({
        "run": report.run,
        "shop": report.shop,
        "exit": report.exit,
        "files": report.files,
        "rows": report.rows,
        "changes": report.changes,
        "calls": report.calls,
        "outputs": report.outputs,
        "report": report.report.as_ref().map(|folder| format!("{folder}/index.html")),
        "urgent": listed(&report.urgent),
        "to_do": listed(&report.to_do),
        "warnings": listed(&report.warnings),
        "waiting": listed(&report.waiting),
        "rejections": listed(&report.rejections),
        "file_refusals": listed(&report.file_refusals),
        "open_lines": listed(&report.open_lines),
        "settled_earlier": listed(&report.settled_earlier),
        "key_expires": report.key_expires,
        "plan_only": report.plan_only,
    })
}

/// A trip that stopped, as the same document with its promised keys and the reason.
fn stopped(shared: &Shared, stop: &Stop) -> Exit {
    if !shared.json {
        return shared.stopped(stop);
    }
    let mut document = serde_json::json!({
        "run": null,
        "exit": stop.exit.code(),
        "files": FileTally::default(),
        "rows": RowTally::default(),
        "changes": ChangeTally::default(),
        "calls": CallTally::default(),
        "outputs": [],
        "report": null,
    });
    document["error"] = shared.stop_json(stop);
    shared.put(&document.to_string());
    shared.say_stop(stop);
    stop.exit
}

/// Faults of the settings, in the same form.
fn shown(shared: &Shared, trouble: &Trouble) -> Exit {
    match trouble {
        Trouble::Stop(stop) => stopped(shared, stop),
        Trouble::Faults { faults, texts } if shared.json => {
            let stop = Stop::new(Exit::Configuration, setting::FAULTS.with([("count", faults.len().to_string())]));
            let lang = shared.lang();
            eprint!("{}", crate::flow::config::show(faults, texts, lang, shared.colour_stderr()));
            let list = open::fault_json(faults, texts, shared);
            let mut document = serde_json::json!({
                "run": null, "exit": stop.exit.code(), "files": FileTally::default(), "rows": RowTally::default(),
                "changes": ChangeTally::default(), "calls": CallTally::default(), "outputs": [], "report": null,
            });
            document["faults"] = list["faults"].clone();
            document["error"] = shared.stop_json(&stop);
            shared.put(&document.to_string());
            stop.exit
        }
        Trouble::Faults { .. } => trouble.show(shared),
    }
}

/// No key was given: every question is answered by "refused", and the shop's downloads must do.
struct NoKey;

impl NoKey {
    fn error<T>() -> Result<T, ShopError> {
        Err(ShopError::NoKey)
    }
}

impl ShopRead for NoKey {
    fn search(&mut self, _: &Search) -> Result<Vec<OrderNumber>, ShopError> {
        NoKey::error()
    }
    fn orders(&mut self, _: &[OrderNumber], _: &mut dyn FnMut(usize)) -> Result<Looked, ShopError> {
        NoKey::error()
    }
    fn sub_statuses(&mut self) -> Result<Vec<SubStatusGroup>, ShopError> {
        NoKey::error()
    }
    fn payment(&mut self, _: &OrderNumber) -> Result<serde_json::Value, ShopError> {
        NoKey::error()
    }
    fn key_expiry(&mut self) -> Result<Moment, ShopError> {
        NoKey::error()
    }
    fn shipping_result(&mut self, _: &RequestId) -> Result<AsyncResult, ShopError> {
        NoKey::error()
    }
    fn calls_made(&self) -> u64 {
        0
    }
    fn server_time(&self) -> Option<Moment> {
        None
    }
}

impl ShopWrite for NoKey {
    fn write(&mut self, _: Op, _: &serde_json::Value) -> Heard {
        Heard::NotSent("no key".to_owned())
    }
}
