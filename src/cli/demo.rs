//! `denpyo demo`: a workspace with sample files, the pretend RMS inside the process, and the nightly pipeline
//! run twice over it: no account, no server, no network. The second night has nothing to do.

use super::open::{self, Trouble};
use super::{Shared, trip};
use crate::edge::clock::{Clock as _, WallClock};
use crate::edge::{files, workspace};
use crate::flow::encode::{Unmappable, cp932};
use crate::model::day::{Day, Moment};
use crate::model::exit::{Exit, Stop};
use crate::model::report::Report;
use crate::model::words::{Lang, setting};
use crate::{run, sim};
use clap::Args;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

mod samples;

#[derive(Args)]
pub struct Demo {
    /// The folder to make
    #[arg(value_name = "DIR", default_value = "denpyo-demo")]
    folder: PathBuf,
}

/// Where the pretend RMS listens if the port is free, so that the workspace can be used on.
const PORT: u16 = 18_080;

impl Demo {
    pub fn run(self, shared: &Shared) -> Exit {
        match self.demo(shared) {
            Ok(exit) => exit,
            Err(trouble) => trouble.show(shared),
        }
    }

    fn demo(&self, shared: &Shared) -> Result<Exit, Trouble> {
        let dir = shared.path(&self.folder);
        let say = |ja: &str, en: &str| {
            if !shared.json {
                shared.put(if shared.lang() == Lang::Ja { ja } else { en });
            }
        };
        if std::fs::read_dir(&dir).is_ok_and(|mut entries| entries.next().is_some()) {
            let why = setting::DEMO_THERE.with([("dir", dir.display().to_string())]);
            return Err(Stop::new(Exit::CannotCreate, why).into());
        }
        let today = WallClock::new().now().day();
        let running = start(today)?;
        make(&dir, today, running.addr()).map_err(|error| cannot(&dir, &error))?;
        let shown = dir.display();
        say(
            &format!(
                "作業フォルダ {shown} を作り、模擬RMS（http://{}）を起動しました。\n届いたファイル: ヤマト（CP932）、佐川（UTF-8 BOM）、Excelで壊れた一覧、金額の訂正、キャンセル、メモ\n\n■ 1晩目",
                running.addr()
            ),
            &format!(
                "Made the workspace {shown} and started the pretend RMS (http://{}).\nDropped files: Yamato (CP932), Sagawa (UTF-8 with BOM), a list that Excel damaged, corrections, cancellations, marks\n\n== first night",
                running.addr()
            ),
        );
        let inner = Shared { dir: dir.clone(), ..shared.clone() };
        let first = night(&inner)?;
        self.show(shared, &first);
        say("\n■ 2晩目（同じ設定でもう一度）", "\n== second night (the same once more)");
        let second = night(&inner)?;
        self.show(shared, &second);
        keep_shop(&dir, today, running.addr());
        let calm = second.changes.planned == 0 && second.files.read == 0;
        let told = first.changes.confirmed > 0;
        let exit = if calm && told { Exit::Done } else { Exit::Bug };
        if shared.json {
            let runs = [trip::document(&first), trip::document(&second)];
            let document = serde_json::json!({ "exit": exit.code(), "dir": dir.display().to_string(), "runs": runs });
            shared.put(&document.to_string());
        }
        say(
            &format!(
                "\n2晩目は何も送りませんでした。次はここを見てください:\n  {shown}/reports/最新.html        結果の報告（ブラウザで開く）\n  {shown}/errors/                  直して再投入する行（Excelで開く）\n  {shown}/review/                  承認を待つ変更\n  {shown}/pipelines/nightly.toml   何をするかの設定\n続けて試すには、別の画面で模擬RMSを動かします:\n  denpyo simulator --listen {} --shop {shown}/pretend-shop.json",
                running.addr()
            ),
            &format!(
                "\nThe second night told RMS nothing. Now look at:\n  {shown}/reports/最新.html        the report (in a browser)\n  {shown}/errors/                  rows to mend and drop again (in Excel)\n  {shown}/review/                  changes that wait for approval\n  {shown}/pipelines/nightly.toml   what was asked for\nTo go on, run the pretend RMS in another terminal:\n  denpyo simulator --listen {} --shop {shown}/pretend-shop.json",
                running.addr()
            ),
        );
        running.stop();
        Ok(exit)
    }

    fn show(&self, shared: &Shared, report: &Report) {
        if !shared.json {
            trip::tell(&Shared { quiet: false, ..shared.clone() }, report);
        }
    }
}

/// The pretend RMS, on its usual port or any free one.
fn start(today: Day) -> Result<sim::Running, Stop> {
    let shop = samples::shop(today);
    let begin = |port: u16| -> io::Result<sim::Running> {
        let shop = sim::Shop::from_json(&shop).map_err(io::Error::other)?;
        let listen = SocketAddr::from(([127, 0, 0, 1], port));
        sim::start(sim::Config { listen, shop, faults: sim::Faults::none(), seed: 1 })
    };
    begin(PORT).or_else(|_| begin(0)).map_err(|error| cannot(Path::new("127.0.0.1"), &error))
}

fn cannot(path: &Path, error: &io::Error) -> Stop {
    let values = [("path", path.display().to_string()), ("detail", error.to_string())];
    Stop::new(Exit::CannotCreate, crate::model::words::delivering::CANNOT_CREATE.with(values))
}

/// The workspace: an ordinary one, with a shop on this machine and files in its inbox.
fn make(dir: &Path, today: Day, rms: SocketAddr) -> io::Result<()> {
    workspace::init(dir).map_err(|why| io::Error::other(why.text(Lang::En)))?;
    let disk = |error: files::DiskError| io::Error::other(error.why().text(Lang::En));
    for folder in ["inbox/excel", "inbox/marks", "inbox/confirmations"] {
        files::make_folder(&dir.join(folder)).map_err(disk)?;
    }
    files::write_private(&dir.join("secrets/service_secret"), samples::SECRET.as_bytes()).map_err(disk)?;
    files::write_private(&dir.join("secrets/license_key"), samples::KEY.as_bytes()).map_err(disk)?;
    files::write_replace(&dir.join("denpyo.toml"), samples::shops(rms).as_bytes()).map_err(disk)?;
    files::write_replace(&dir.join("pipelines/nightly.toml"), samples::PIPELINE.as_bytes()).map_err(disk)?;
    files::write_new(&dir.join("pretend-shop.json"), samples::shop(today).as_bytes()).map_err(disk)?;
    for (name, text, encoding) in samples::files(today) {
        let bytes = match encoding {
            samples::Saved::Cp932 => {
                cp932(&text, Unmappable::Stop).map_err(|bad| io::Error::other(bad.char.to_string()))?
            }
            samples::Saved::Utf8Bom => [b"\xef\xbb\xbf", text.as_bytes()].concat(),
        };
        files::write_new(&dir.join("inbox").join(name), &bytes).map_err(disk)?;
    }
    Ok(())
}

/// Saves the pretend shop as the two nights left it, so that `denpyo simulator` goes on from there. The file of the
/// morning stays if the pretend RMS does not answer.
fn keep_shop(dir: &Path, today: Day, rms: SocketAddr) {
    let Ok(mut shop) = serde_json::from_str::<serde_json::Value>(&samples::shop(today)) else { return };
    let Some(orders) = shop.get_mut("orders").and_then(serde_json::Value::as_array_mut) else { return };
    for order in orders.iter_mut() {
        let number = order["orderNumber"].as_str().unwrap_or_default();
        let url = format!("http://{rms}/_simulator/orders/{number}");
        let Ok(now) = reqwest::blocking::get(url).and_then(reqwest::blocking::Response::json::<serde_json::Value>)
        else {
            return;
        };
        *order = now;
    }
    let text = serde_json::to_string_pretty(&shop).unwrap_or_default();
    let _ = files::write_replace(&dir.join("pretend-shop.json"), text.as_bytes());
}

/// One night, by the same way as `denpyo run`.
fn night(shared: &Shared) -> Result<Report, Trouble> {
    let opened = open::pipeline(shared, Path::new("nightly"))?;
    let shop = opened.shop(None)?.clone();
    Ok(trip::with_trip(shared, &opened, &shop, None, None, true, run::run)?)
}

/// A moment some hours before now, so that the samples look like this morning's.
fn ago(day: Day, days: i64, hour: i64) -> Moment {
    Moment::at(day.plus_days(-days), hour, 15, 0)
}
