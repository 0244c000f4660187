//! `denpyo demo`: two nights of a made-up shop, against the pretend RMS inside this process.
//!
//! It makes a workspace with sample files as carriers, warehouses and Excel leave them, dated today, and
//! runs the nightly pipeline twice over the same road as `denpyo run`. It decides nothing about orders.

use super::trip::{document, screen, with_trip};
use super::{Shared, open};
use crate::edge::clock::{Clock as _, WallClock};
use crate::edge::files;
use crate::edge::workspace;
use crate::flow::encode::{Unmappable, cp932};
use crate::flow::layout::built_in_named;
use crate::model::day::Moment;
use crate::model::exit::{Exit, Stop};
use crate::model::report::Report;
use crate::model::words::setting;
use crate::{run, sim};
use clap::Args;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

mod shop;
mod words;

/// Where `denpyo.toml` of the demo looks for its RMS, unless the port is taken.
const PORT: u16 = 18080;

/// The pretend shop as the second night left it, for `denpyo simulator --shop`.
const SHOP_FILE: &str = "pretend-shop.json";

/// The sample files look as if they had lain there for so long, so that no night waits for them to grow.
const AGE: Duration = Duration::from_secs(600);

#[derive(Args)]
pub struct Demo {
    /// The folder to make
    #[arg(value_name = "DIR", default_value = "denpyo-demo")]
    folder: PathBuf,
}

/// What the demo made and saw.
struct Shown {
    dir: PathBuf,
    endpoint: String,
    nights: [Report; 2],
    seconds: f64,
}

impl Demo {
    pub fn run(self, shared: &Shared) -> Exit {
        // A text on the command line is taken from where `-C` points; what follows happens inside the new folder.
        let dir = if shared.dir == Path::new(".") { self.folder } else { shared.path(&self.folder) };
        let lang = shared.lang();
        if is_own(&dir) {
            if shared.json {
                let document = serde_json::json!({ "exit": 0, "dir": dir.display().to_string(), "runs": [] });
                shared.put(&document.to_string());
            } else {
                shared.put(&words::there_already(&dir, lang));
            }
            return Exit::Done;
        }
        if holds_something(&dir) {
            let why = setting::DEMO_FOLDER_TAKEN.with([("dir", dir.display().to_string())]);
            return shared.stopped(&Stop::new(Exit::CannotCreate, why));
        }
        let shown = match play(&Shared { dir: dir.clone(), ..shared.clone() }) {
            Ok(shown) => shown,
            Err(open::Trouble::Stop(stop)) => return shared.stopped(&stop),
            Err(trouble) => return trouble.show(shared),
        };
        let exit = if as_it_should(&shown.nights) { Exit::Done } else { Exit::Bug };
        if shared.json {
            let runs: Vec<_> = shown.nights.iter().map(document).collect();
            let document = serde_json::json!({
                "exit": exit.code(), "dir": shown.dir.display().to_string(), "endpoint": shown.endpoint, "runs": runs,
            });
            shared.put(&document.to_string());
            return exit;
        }
        let [first, second] = &shown.nights;
        shared.put(&words::before(&shown.dir, &shown.endpoint, lang));
        shared.put(&words::night(1, lang));
        shared.put(&screen(shared, first));
        shared.put(&words::night(2, lang));
        shared.put(&screen(shared, second));
        shared.put(&words::after(&shown, lang));
        exit
    }
}

/// The first night sent all it could and nothing broke; the second had nothing left to send.
fn as_it_should([first, second]: &[Report; 2]) -> bool {
    first.exit < Exit::Usage.code()
        && second.exit < Exit::Usage.code()
        && first.changes.confirmed > 0
        && first.changes.refused + first.changes.unknown + first.changes.unsent == 0
        && second.changes.confirmed == 0
        && second.files.read == 0
}

/// A folder that an earlier demo made.
fn is_own(dir: &Path) -> bool {
    dir.join(SHOP_FILE).is_file() && dir.join(workspace::SHOPS_FILE).is_file()
}

fn holds_something(dir: &Path) -> bool {
    match std::fs::read_dir(dir) {
        Ok(mut entries) => entries.next().is_some(),
        Err(error) => error.kind() != std::io::ErrorKind::NotFound,
    }
}

fn play(shared: &Shared) -> Result<Shown, open::Trouble> {
    let began = Instant::now();
    let now = WallClock::new().now();
    let shop = shop::shop(now);
    let pretend = pretend(&shop)?;
    let endpoint = format!("http://{}", pretend.addr());
    make(&shared.dir, &endpoint, now)?;
    // What a shop does on its first day: learn the orders as they stand, before anything is told to the mall.
    night(shared, "import")?;
    let nights = [night(shared, "nightly")?, night(shared, "nightly")?];
    let after = shop::seen(shop, &endpoint);
    let text = serde_json::to_string_pretty(&after).unwrap_or_default();
    files::write_replace(&shared.dir.join(SHOP_FILE), text.as_bytes()).map_err(Stop::from)?;
    let dir = shared.dir.clone();
    Ok(Shown { dir, endpoint, nights, seconds: began.elapsed().as_secs_f64() })
}

/// Starts the pretend RMS: on its usual port, or on any if that is taken.
fn pretend(shop: &serde_json::Value) -> Result<sim::Running, Stop> {
    let odd = |cause: String| Stop::new(Exit::CannotCreate, setting::DEMO_RMS_NOT_STARTED.with([("cause", cause)]));
    let mut last = String::new();
    for port in [PORT, 0] {
        let listen = SocketAddr::from(([127, 0, 0, 1], port));
        let shop = sim::Shop::from_json(&shop.to_string()).map_err(odd)?;
        match sim::start(sim::Config { listen, shop, faults: sim::Faults::none(), seed: 1 }) {
            Ok(running) => return Ok(running),
            Err(error) => last = error.to_string(),
        }
    }
    Err(odd(last))
}

/// One night, over the same road as `denpyo run`.
fn night(shared: &Shared, pipeline: &str) -> Result<Report, open::Trouble> {
    let opened = open::pipeline(shared, Path::new(pipeline))?;
    let shop = opened.shop(None)?.clone();
    Ok(with_trip(shared, &opened, &shop, None, None, true, |trip, rms| run::run(trip, rms))?)
}

/// How a sample file is written by the tool it stands for.
enum Form {
    /// Shift_JIS, the layout's first so many columns in their places, no header.
    Bare(&'static str, usize),
    /// UTF-8 with a byte-order mark, all the layout's columns, all cells quoted.
    Full(&'static str),
    /// Shift_JIS, the columns as they stand in the template.
    Plain,
}

const SAMPLES: [(&str, Form, &str); 7] = [
    ("inbox/yamato/発行済データ.csv", Form::Bare("yamato-b2", 95), include_str!("demo/yamato.csv")),
    ("inbox/sagawa/出荷履歴.csv", Form::Full("sagawa-ehiden3"), include_str!("demo/sagawa.csv")),
    ("inbox/shipments/倉庫の出荷一覧.csv", Form::Plain, include_str!("demo/shipments.csv")),
    ("inbox/corrections/金額の訂正.csv", Form::Plain, include_str!("demo/corrections.csv")),
    ("inbox/cancellations/キャンセル.csv", Form::Plain, include_str!("demo/cancellations.csv")),
    ("inbox/confirmations/注文確認.csv", Form::Plain, include_str!("demo/confirmations.csv")),
    ("inbox/marks/メモ.csv", Form::Plain, include_str!("demo/marks.csv")),
];

/// The workspace with its settings, secrets and sample files.
fn make(dir: &Path, endpoint: &str, now: Moment) -> Result<(), Stop> {
    workspace::init(dir).map_err(|why| Stop::new(Exit::CannotCreate, why))?;
    let put = |name: &str, bytes: &[u8]| -> Result<(), Stop> {
        let path = dir.join(name);
        if let Some(folder) = path.parent() {
            files::make_folder(folder)?;
        }
        Ok(files::write_replace(&path, bytes)?)
    };
    put(workspace::SHOPS_FILE, include_str!("demo/denpyo.toml").replace("{endpoint}", endpoint).as_bytes())?;
    put("pipelines/nightly.toml", include_bytes!("demo/nightly.toml"))?;
    put("pipelines/import.toml", include_bytes!("demo/import.toml"))?;
    files::make_folder(&dir.join("secrets"))?;
    files::write_private(&dir.join("secrets/service_secret"), shop::SECRET.as_bytes())?;
    files::write_private(&dir.join("secrets/license_key"), shop::KEY.as_bytes())?;
    for (name, form, template) in &SAMPLES {
        put(name, &written(form, &shop::dated(template, now)))?;
        age(&dir.join(name));
    }
    Ok(())
}

/// A template in the form and the bytes of its tool. The templates hold neither quotes nor commas in cells.
fn written(form: &Form, text: &str) -> Vec<u8> {
    let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let header = lines.next().unwrap_or_default();
    let spread = |layout: &str, first: usize, row: &[&str], quote: &str| -> String {
        let columns = built_in_named(layout).map(|layout| layout.all_columns).unwrap_or_default();
        let cells = columns.iter().take(first).map(|column| {
            let cell = header.iter().position(|name| name == column).and_then(|place| row.get(place));
            format!("{quote}{}{quote}", cell.unwrap_or(&""))
        });
        cells.collect::<Vec<_>>().join(",") + "\r\n"
    };
    let narrow = |text: String| cp932(&text, Unmappable::Geta).unwrap_or_else(|_| text.into_bytes());
    match form {
        Form::Bare(layout, first) => narrow(lines.map(|row| spread(layout, *first, &row, "")).collect()),
        Form::Full(layout) => {
            let names = built_in_named(layout).map(|layout| layout.all_columns).unwrap_or_default();
            let top = names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(",");
            let rows: String = lines.map(|row| spread(layout, usize::MAX, &row, "\"")).collect();
            format!("\u{feff}{top}\r\n{rows}").into_bytes()
        }
        Form::Plain => narrow(text.lines().map(|line| format!("{line}\r\n")).collect()),
    }
}

/// A file that could not be aged is only waited for, as any other fresh file.
fn age(path: &Path) {
    if let Ok(file) = std::fs::File::options().write(true).open(path) {
        let _ = file.set_modified(files::system_now() - AGE);
    }
}
