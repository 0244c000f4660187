//! Opens what a command works on: the workspace, a pipeline with its layouts, a shop and the way to its RMS.
//! Faults are shown here, all at once, so that the commands only go on with what is sound.

use super::Shared;
use crate::edge::clock::{Clock, ShiftedClock, WallClock};
use crate::edge::rms::{Client, Limits, Pace, ShopRead as _};
use crate::edge::workspace::{self, SettingFile, Workspace};
use crate::edge::{files, secrets};
use crate::flow::{config, layout};
use crate::model::day::Moment;
use crate::model::exit::{Exit, Stop};
use crate::model::fault::Fault;
use crate::model::ids::RunId;
use crate::model::layout::Layout;
use crate::model::pipeline::{Pipeline, Shop};
use crate::model::words::{Why, setting};
use secrecy::ExposeSecret as _;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// A pipeline ready to run.
pub struct Opened {
    pub workspace: Workspace,
    pub pipeline_file: SettingFile,
    pub pipeline: Pipeline,
    pub shops: Vec<Shop>,
    pub layouts: BTreeMap<String, Layout>,
    /// Faults that do not stop it.
    pub warnings: Vec<Fault>,
    pub texts: BTreeMap<String, String>,
}

impl Opened {
    /// The shop the pipeline names, or the one asked for.
    pub fn shop(&self, asked: Option<&str>) -> Result<&Shop, Stop> {
        let name = asked.unwrap_or(&self.pipeline.shop.0);
        self.shops.iter().find(|shop| shop.name.0 == name).ok_or_else(|| no_shop(name, &self.shops))
    }

    /// What every pipeline of the workspace reads, for every shop. A pipeline with faults still says what it reads.
    pub fn everyone_reads(&self) -> Vec<String> {
        let pipelines = self.workspace.pipelines().unwrap_or_default();
        let mut all = Vec::new();
        for file in pipelines.iter().chain([&self.pipeline_file]) {
            let files = config::files_read(&file.name, &file.text, &env);
            all.extend(self.shops.iter().flat_map(|shop| crate::run::read_patterns(&files, &shop.name.0)));
        }
        all.sort();
        all.dedup();
        all
    }
}

pub fn no_shop(name: &str, shops: &[Shop]) -> Stop {
    let known: Vec<&str> = shops.iter().map(|shop| shop.name.0.as_str()).collect();
    Stop::new(
        Exit::Configuration,
        setting::SHOP_NOT_THERE.with([("shop", name.to_owned()), ("known", known.join(", "))]),
    )
}

/// The first shop asked for that there is not.
pub fn unknown(asked: &[String], shops: &[Shop]) -> Option<Stop> {
    let unknown = asked.iter().find(|name| shops.iter().all(|shop| shop.name.0 != **name))?;
    Some(no_shop(unknown, shops))
}

/// What stands in the way, with all its faults.
pub enum Trouble {
    Stop(Stop),
    Faults { faults: Vec<Fault>, texts: BTreeMap<String, String> },
}

impl From<Stop> for Trouble {
    fn from(stop: Stop) -> Trouble {
        Trouble::Stop(stop)
    }
}

impl From<Why> for Trouble {
    fn from(why: Why) -> Trouble {
        Trouble::Stop(Stop::new(Exit::Configuration, why))
    }
}

impl Trouble {
    /// Wrong usage, where it was not the person's word but the settings'.
    pub fn of_settings(self) -> Trouble {
        match self {
            Trouble::Stop(stop) if stop.exit == Exit::Usage => Stop::new(Exit::Configuration, stop.why).into(),
            other => other,
        }
    }

    /// Shows it and gives the exit.
    pub fn show(&self, shared: &Shared) -> Exit {
        match self {
            Trouble::Stop(stop) => shared.stopped(stop),
            Trouble::Faults { faults, texts } => {
                eprint!("{}", config::show(faults, texts, shared.lang(), shared.colour_stderr()));
                if shared.json {
                    shared.put(&fault_json(faults, texts, shared).to_string());
                }
                Exit::Configuration
            }
        }
    }
}

/// Faults as data.
pub fn fault_json(faults: &[Fault], texts: &BTreeMap<String, String>, shared: &Shared) -> serde_json::Value {
    let lang = shared.lang();
    let list: Vec<serde_json::Value> = faults
        .iter()
        .map(|fault| {
            let place = config::place(fault, texts);
            serde_json::json!({
                "file": fault.file, "line": place.map(|(line, _)| line), "column": place.map(|(_, column)| column),
                "code": fault.why.code(), "text": fault.why.text(lang), "remedy": fault.why.remedy(lang),
                "suggestion": fault.suggestion,
            })
        })
        .collect();
    serde_json::json!({ "exit": Exit::Configuration.code(), "faults": list })
}

fn env(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The workspace and its shops.
pub fn shops(shared: &Shared) -> Result<(Workspace, Vec<Shop>), Trouble> {
    let workspace = workspace::open(&shared.dir)?;
    let file = workspace.shops();
    match config::shops(&file.name, &file.text, &env) {
        Ok(shops) => Ok((workspace, shops)),
        Err(faults) => Err(Trouble::Faults { faults, texts: [(file.name.clone(), file.text.clone())].into() }),
    }
}

/// All layouts: the built-in ones, and the shop's own in their place or beside them.
pub fn layouts(
    workspace: &Workspace,
    texts: &mut BTreeMap<String, String>,
) -> Result<(BTreeMap<String, Layout>, Vec<Fault>), Trouble> {
    let mut all = BTreeMap::new();
    let mut faults = Vec::new();
    for (name, text) in layout::built_in() {
        match layout::parse(name, text) {
            Ok(layout) => {
                all.insert((*name).to_owned(), layout);
            }
            Err(found) => faults.extend(found),
        }
    }
    for (stem, file) in workspace.layouts().map_err(first)? {
        texts.insert(file.name.clone(), file.text.clone());
        match layout::parse(&file.name, &file.text) {
            Ok(mut layout) => {
                layout.name.clone_from(&stem);
                all.insert(stem, layout);
            }
            Err(found) => faults.extend(found),
        }
    }
    Ok((all, faults))
}

fn first(whys: Vec<Why>) -> Trouble {
    match whys.into_iter().next() {
        Some(why) => why.into(),
        None => Stop::new(Exit::Bug, setting::NOTHING_SAID.plain()).into(),
    }
}

/// A pipeline with everything it refers to, checked.
pub fn pipeline(shared: &Shared, given: &Path) -> Result<Opened, Trouble> {
    let workspace = workspace::open(&shared.dir)?;
    if !workspace.has_pipeline(given) {
        return Err(no_pipeline(&workspace, given).into());
    }
    let file = workspace.pipeline(given).map_err(first)?;
    open(workspace, file)
}

/// A name that leads nowhere is wrong usage; a file that is there and wrong is configuration.
fn no_pipeline(workspace: &Workspace, given: &Path) -> Stop {
    let names = workspace.pipeline_names();
    let given = given.display().to_string();
    let meant = config::nearest(given.trim_end_matches(".toml"), names.iter().map(String::as_str));
    let values = |known: String| [("name", given.clone()), ("known", known)];
    Stop::new(
        Exit::Usage,
        match meant {
            Some(meant) => setting::PIPELINE_NOT_THERE_LIKE.with([
                ("name", given.clone()),
                ("like", meant.to_owned()),
                ("known", names.join(", ")),
            ]),
            None if names.is_empty() => setting::PIPELINE_NOT_THERE.with(values("-".to_owned())),
            None => setting::PIPELINE_NOT_THERE.with(values(names.join(", "))),
        },
    )
}

/// A file named on the command line that cannot be read: not there is wrong usage, all else the disk's trouble.
pub fn unreadable(given: &Path, error: &std::io::Error) -> Stop {
    let file = given.display().to_string();
    if error.kind() == std::io::ErrorKind::NotFound {
        return Stop::new(Exit::Usage, setting::FILE_NOT_THERE.with([("file", file)]));
    }
    let values = [("file", file), ("cause", error.to_string())];
    Stop::new(Exit::Io, setting::SETTING_FILE_UNREADABLE.with(values))
}

/// The same for a pipeline file already read.
pub fn open(workspace: Workspace, file: SettingFile) -> Result<Opened, Trouble> {
    let shops_file = workspace.shops().clone();
    let mut texts: BTreeMap<String, String> =
        [(file.name.clone(), file.text.clone()), (shops_file.name.clone(), shops_file.text.clone())].into();
    let mut faults = Vec::new();
    let shops = config::shops(&shops_file.name, &shops_file.text, &env);
    let (layouts, found) = layouts(&workspace, &mut texts)?;
    faults.extend(found);
    // What a broken file would have declared is not called unknown as well; that says nothing new.
    let shops_known = shops.is_ok();
    let layouts_known = faults.is_empty();
    let says_something = |fault: &Fault| {
        (shops_known || fault.why.code() != setting::SHOP_UNKNOWN.code)
            && (layouts_known || fault.why.code() != setting::LAYOUT_UNKNOWN.code)
    };
    let shops = shops.unwrap_or_else(|found| {
        faults.extend(found);
        Vec::new()
    });
    let pipeline = match config::pipeline(&file.name, &file.text, &env) {
        Ok(pipeline) => pipeline,
        Err(found) => {
            faults.extend(found);
            let unknown = config::layouts_unknown(&file.name, &file.text, &env, &layouts);
            faults.extend(unknown.into_iter().filter(says_something));
            return Err(Trouble::Faults { faults, texts });
        }
    };
    let (wrong, warnings) = config::wiring(&pipeline, &file.name, &file.text, &layouts, &shops);
    faults.extend(wrong.into_iter().filter(says_something));
    if !faults.is_empty() {
        return Err(Trouble::Faults { faults, texts });
    }
    Ok(Opened { workspace, pipeline_file: file, pipeline, shops, layouts, warnings, texts })
}

/// What `settle` needs of a pipeline: the first one of that shop, or the plain settings if there is none.
pub fn for_settle(shared: &Shared, shop: &Shop) -> Result<Opened, Trouble> {
    let workspace = workspace::open(&shared.dir)?;
    let mut files = workspace.pipelines().map_err(first)?;
    files
        .retain(|file| config::pipeline(&file.name, &file.text, &env).is_ok_and(|pipeline| pipeline.shop == shop.name));
    if let Some(file) = files.into_iter().next() {
        return open(workspace, file);
    }
    // A pipeline has to have a stage; this one is taken away again, since settling has nothing to import.
    let text = format!("name = \"settle\"\nshop = \"{}\"\n[import.none]\n[deliver]\nvia = \"api\"\n", shop.name);
    let mut opened = open(workspace, SettingFile { name: "settle".to_owned(), text })?;
    opened.pipeline.imports.clear();
    Ok(opened)
}

/// The clock of this run. `DENPYO_CLOCK` lets it start elsewhere, for trials against the pretend RMS only.
pub fn clock(shop: &Shop) -> Result<Arc<dyn Clock>, Stop> {
    match env("DENPYO_CLOCK") {
        None => Ok(Arc::new(WallClock::new())),
        Some(text) => match Moment::from_api(&text) {
            Some(start) if shop.is_loopback() => Ok(Arc::new(ShiftedClock::starting(start))),
            _ => Err(Stop::new(Exit::Configuration, setting::CLOCK_ONLY_FOR_TRIALS.with([("value", text)]))),
        },
    }
}

/// A fresh run id.
pub fn run_id(clock: &dyn Clock) -> RunId {
    RunId::new(clock.now(), files::chance16())
}

/// The way to a shop's RMS.
pub struct Way {
    pub client: Client,
    /// The six digits in the licence key or in the settings.
    pub shop_digits: Option<String>,
}

/// Connects: the next licence key first, if there is one and it works already.
pub fn connect(workspace: &Path, shop: &Shop, clock: &Arc<dyn Clock>) -> Result<Way, Stop> {
    connect_within(workspace, shop, clock, Limits::default())
}

/// The same with other bounds on each call than a night's.
pub fn connect_within(workspace: &Path, shop: &Shop, clock: &Arc<dyn Clock>, limits: Limits) -> Result<Way, Stop> {
    let stop = |why| Stop::new(Exit::Configuration, why);
    let secret = || secrets::resolve(&shop.service_secret, workspace).map_err(stop);
    let make = |key: secrecy::SecretString| -> Result<Client, Stop> {
        let ca_file = shop.ca_file.as_ref().map(|file| workspace.join(file));
        let pace = Pace::new(std::time::Duration::from_millis(shop.pace_ms));
        Client::with_limits(&shop.endpoint, secret()?, key, pace, clock.clone(), ca_file, limits).map_err(stop)
    };
    if let Some(next) = &shop.next_license_key
        && let Ok(key) = secrets::resolve(next, workspace)
    {
        let digits = digits(shop, &key);
        let mut client = make(key)?;
        if client.key_expiry().is_ok() {
            return Ok(Way { client, shop_digits: digits });
        }
    }
    let key = secrets::resolve(&shop.license_key, workspace).map_err(stop)?;
    let shop_digits = digits(shop, &key);
    Ok(Way { client: make(key)?, shop_digits })
}

/// `SL123456_…` names the shop; another shop's orders are then known as such.
fn digits(shop: &Shop, key: &secrecy::SecretString) -> Option<String> {
    if shop.order_prefix.is_some() {
        return shop.order_prefix.clone();
    }
    let key = key.expose_secret();
    let digits = key.strip_prefix("SL")?.split('_').next()?;
    (digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| digits.to_owned())
}
