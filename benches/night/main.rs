//! Whole nights of the program beside the pretend RMS with the latency of a real one: how many calls against what
//! cannot be done with fewer, and how long against what the pace alone takes.
//!
//! `cargo bench --bench night -- [PACE_MS] [ORDERS]...` (50 ms; 1,000 and 10,000 orders). See `benches/README.md`.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a benchmark reads, writes, measures and prints"
)]

use denpyo::sim;
use serde_json::{Value, json};
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A call of the real service takes 0.3 to 0.8 s at a pace of one a second; here everything is faster by one factor.
const REAL_PACE_MS: i64 = 1000;
const REAL_LATENCY_MS: [i64; 2] = [300, 800];
const REAL_QUEUE_MS: [i64; 2] = [1000, 3000];

fn order(serial: u64) -> String {
    format!("555001-20260401-{serial:010}")
}

fn parcel(serial: u64) -> String {
    let head = 41_000_000_000 + serial;
    format!("{head}{}", head % 7)
}

fn mall(orders: u64, pace_ms: i64) -> sim::Running {
    let scaled = |span: [i64; 2]| span.map(|ms| ms * pace_ms / REAL_PACE_MS);
    let orders: Vec<Value> = (1..=orders)
        .map(|serial| {
            let basket = 70_000_000 + serial;
            json!({ "orderNumber": order(serial), "orderProgress": 300, "orderDatetime": "2026-04-01T10:15:00+0900",
                "PackageModelList": [{ "basketId": basket, "postagePrice": 550,
                    "ItemModelList": [{ "itemDetailId": basket, "price": 1650, "units": 2, "taxRate": 0.1, "includeTaxFlag": 1 }] }] })
        })
        .collect();
    let shop = json!({ "service_secret": "SP555001_s", "license_key": "SL555001_k", "license_expiry": "2027-11-28T23:59:59",
        "clock": "2026-04-03T12:00:00+0900", "orders": orders, "sub_statuses": [] });
    // Calls that come faster than twice the pace are refused: a busy machine moves their arrivals.
    let faults = json!({ "switches": { "latency_ms": scaled(REAL_LATENCY_MS), "async_delay_ms": scaled(REAL_QUEUE_MS),
        "pace_ms": pace_ms / 2 } });
    let start = || {
        sim::start(sim::Config {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            shop: sim::Shop::from_json(&shop.to_string())?,
            faults: sim::Faults::from_json(&faults.to_string())?,
            seed: 1,
        })
        .map_err(|error| error.to_string())
    };
    start().unwrap_or_else(|error: String| panic!("{error}"))
}

fn workspace(folder: &Path, mall: &sim::Running, orders: u64, pace_ms: i64) -> std::io::Result<()> {
    fs::create_dir_all(folder.join("inbox"))?;
    fs::create_dir_all(folder.join("pipelines"))?;
    fs::write(
        folder.join("denpyo.toml"),
        format!(
            "[shop.demo]\nurl = \"demo-shop\"\nservice_secret = {{ env = \"NIGHT_SECRET\" }}\nlicense_key = {{ env = \"NIGHT_KEY\" }}\nendpoint = \"http://{}\"\npace = \"{pace_ms}ms\"\n",
            mall.addr()
        ),
    )?;
    fs::write(
        folder.join("pipelines/nightly.toml"),
        "name = \"nightly\"\ntitle = \"夜間\"\nshop = \"demo\"\n[read.list]\nfiles = \"inbox/*.csv\"\nlayout = \"generic-shipments\"\nquiet = \"0s\"\n[ship.list]\nfrom = \"list\"\nship_date = \"発送日\"\n[deliver]\nvia = \"api\"\nbrake = { changes = 1000000, ship = 1000000 }\n",
    )?;
    drop_list(folder, "list.csv", orders)
}

fn drop_list(folder: &Path, name: &str, orders: u64) -> std::io::Result<()> {
    let mut text = String::from("注文番号,送付先ID,お荷物伝票番号,配送会社,発送日\r\n");
    for serial in 1..=orders {
        text.push_str(&format!("{},,{},ヤマト運輸,2026-04-02\r\n", order(serial), parcel(serial)));
    }
    fs::write(folder.join("inbox").join(name), text)
}

/// One night: its document, how long it took, and the memory it needed in MB.
fn night(folder: &Path) -> (Value, Duration, u64) {
    let begin = Instant::now();
    let said = folder.join("said.json");
    let out = fs::File::create(&said).unwrap_or_else(|error| panic!("{error}"));
    let mut child = Command::new(env!("CARGO_BIN_EXE_denpyo"))
        .args(["run", "nightly", "--json", "--quiet", "-C"])
        .arg(folder)
        .env("NIGHT_SECRET", "SP555001_s")
        .env("NIGHT_KEY", "SL555001_k")
        .env("DENPYO_CLOCK", "2026-04-03T21:30:00+0900")
        .stdin(Stdio::null())
        .stdout(out)
        .spawn()
        .unwrap_or_else(|error| panic!("{error}"));
    let mut peak = 0;
    while child.try_wait().is_ok_and(|ended| ended.is_none()) {
        peak = peak_mb(child.id()).max(peak);
        std::thread::sleep(Duration::from_millis(10));
    }
    let wall = begin.elapsed();
    let text = fs::read_to_string(&said).unwrap_or_default();
    let document = serde_json::from_str(&text).unwrap_or_else(|error| panic!("no document ({error}): {text}"));
    (document, wall, peak)
}

/// How the pretend RMS answered, by status.
fn statuses(mall: &sim::Running) -> Vec<i64> {
    let mut text = String::new();
    let read = TcpStream::connect(mall.addr()).and_then(|mut stream| {
        stream.write_all(b"GET /_simulator/calls HTTP/1.0\r\nHost: x\r\n\r\n")?;
        stream.read_to_string(&mut text)
    });
    read.unwrap_or_else(|error| panic!("{error}"));
    let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    let calls: Value = serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}"));
    let list = calls.as_array().or_else(|| calls["calls"].as_array()).cloned().unwrap_or_default();
    list.iter().map(|call| call["status"].as_i64().unwrap_or(0)).collect()
}

/// The most memory a process held so far, in MB; 0 where the system does not tell.
fn peak_mb(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.trim().trim_end_matches("kB").trim().parse::<u64>().unwrap_or(0) / 1024
}

fn main() {
    let arguments: Vec<i64> = std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    let pace_ms = arguments.first().copied().unwrap_or(50);
    let sizes = arguments.get(1..).filter(|sizes| !sizes.is_empty()).unwrap_or(&[1_000, 10_000]);
    println!("pace {pace_ms} ms, latency and queue faster than real by {}", REAL_PACE_MS / pace_ms);
    println!("  orders   calls  formula      ×   wall s  calls·pace      ×  refused   MB   again: calls  wall s");
    for &orders in sizes {
        let orders = orders.unsigned_abs();
        let mall = mall(orders, pace_ms);
        let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
        workspace(folder.path(), &mall, orders, pace_ms).unwrap_or_else(|error| panic!("{error}"));
        let (document, wall, memory) = night(folder.path());
        assert_eq!(document["changes"]["confirmed"], orders, "{}", document["changes"]);
        let statuses = statuses(&mall);
        let refused = statuses.iter().filter(|status| **status != 200).count();
        let calls = statuses.len() as u64;
        assert_eq!(document["calls"]["made"], calls, "the program counts its calls otherwise than the mall");
        // The key's end, every order read once, every order told once, every batch asked about once.
        let formula = 1 + 3 * orders.div_ceil(100);
        let by_pace = Duration::from_millis(pace_ms.unsigned_abs()).as_secs_f64() * calls as f64;
        drop_list(folder.path(), "again.csv", orders).unwrap_or_else(|error| panic!("{error}"));
        let (again, again_wall, _) = night(folder.path());
        assert_eq!(again["changes"]["planned"], 0);
        println!(
            "{orders:>8} {calls:>7} {formula:>8} {:>6.3} {:>8.2} {by_pace:>11.2} {:>6.3} {refused:>8} {memory:>4} {:>14} {:>7.2}",
            calls as f64 / formula as f64,
            wall.as_secs_f64(),
            wall.as_secs_f64() / by_pace,
            again["calls"]["made"],
            again_wall.as_secs_f64(),
        );
    }
}
