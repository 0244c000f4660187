//! A shop in a temporary folder with the pretend RMS in the test's own process, and the real binary as the program.

#![allow(dead_code, reason = "each test that nights are made for needs a part of this")]

use denpyo::model::day::Moment;
use denpyo::sim;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

pub struct Shop {
    pub folder: tempfile::TempDir,
    pub rms: sim::Running,
    /// Each command starts ten minutes after the one before it, by the program's own clock.
    commands: std::cell::Cell<i64>,
}

/// Where the program's clock starts.
pub const CLOCK: &str = "2026-04-03T21:30:00+0900";

pub fn order(serial: u32) -> String {
    format!("555001-20260401-{serial:010}")
}

/// A number that passes the carriers' check.
pub fn number(serial: u32) -> String {
    let head = 41_000_000_000_u64 + u64::from(serial);
    format!("{head}{}", head % 7)
}

/// A parcels' night and nothing else.
pub const PARCELS: &str = "name = \"nightly\"\ntitle = \"夜間\"\nshop = \"demo\"\n[read.list]\nfiles = \"inbox/*.csv\"\nlayout = \"generic-shipments\"\nquiet = \"0s\"\n[ship.list]\nfrom = \"list\"\nship_date = \"発送日\"\n[deliver]\nvia = \"api\"\nwait = \"4s\"\nsettle = \"{settle}\"\n";

impl Shop {
    /// Orders 1 to `orders`, all waiting to be shipped; every third with an empty row already there.
    pub fn new(orders: u32, faults: &Value, seed: u64, settle: &str) -> Shop {
        let orders: Vec<Value> = (1..=orders)
            .map(|serial| {
                let basket = 70_000_000 + serial;
                let rows = if serial % 3 == 0 {
                    json!([{ "shippingDetailId": 880_000 + serial, "shippingNumber": null, "deliveryCompany": null, "shippingDate": null }])
                } else {
                    json!([])
                };
                json!({ "orderNumber": order(serial), "orderProgress": 300, "orderDatetime": "2026-04-01T10:15:00+0900",
                    "PackageModelList": [{ "basketId": basket, "postagePrice": 550, "ShippingModelList": rows,
                        "ItemModelList": [{ "itemDetailId": basket, "price": 1650, "units": 2, "taxRate": 0.1, "includeTaxFlag": 1 }] }] })
            })
            .collect();
        Shop::of(json!(orders), json!([]), faults, seed, &PARCELS.replace("{settle}", settle))
    }

    /// A shop of these orders and sub-statuses, with this pipeline.
    pub fn of(orders: Value, sub_statuses: Value, faults: &Value, seed: u64, pipeline: &str) -> Shop {
        let shop = json!({ "service_secret": "SP555001_s", "license_key": "SL555001_k", "license_expiry": "2027-11-28T23:59:59",
            "clock": "2026-04-03T12:00:00+0900", "orders": orders, "sub_statuses": sub_statuses });
        let rms = sim::start(sim::Config {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            shop: sim::Shop::from_json(&shop.to_string()).unwrap(),
            faults: sim::Faults::from_json(&faults.to_string()).unwrap(),
            seed,
        })
        .unwrap();
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        for inner in ["inbox", "pipelines"] {
            fs::create_dir_all(at.join(inner)).unwrap();
        }
        fs::write(
            at.join("denpyo.toml"),
            format!(
                "[shop.demo]\nurl = \"demo-shop\"\nservice_secret = {{ env = \"NIGHT_SECRET\" }}\nlicense_key = {{ env = \"NIGHT_KEY\" }}\nendpoint = \"http://{}\"\npace = \"0s\"\n",
                rms.addr()
            ),
        )
        .unwrap();
        fs::write(at.join("pipelines/nightly.toml"), pipeline).unwrap();
        Shop { folder, rms, commands: std::cell::Cell::new(0) }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Drops a list of parcels: one row for each serial.
    pub fn drop_list(&self, name: &str, serials: impl IntoIterator<Item = u32>) {
        let mut text = String::from("注文番号,送付先ID,お荷物伝票番号,配送会社,発送日\r\n");
        for serial in serials {
            text.push_str(&format!("{},,{},ヤマト運輸,2026-04-02\r\n", order(serial), number(serial)));
        }
        fs::write(self.path().join("inbox").join(name), text).unwrap();
    }

    pub fn command(&self, words: &[&str]) -> Command {
        self.commands.set(self.commands.get() + 1);
        let clock = Moment::from_api(CLOCK).unwrap().plus_seconds(self.commands.get() * 600);
        let mut command = Command::new(env!("CARGO_BIN_EXE_denpyo"));
        command
            .args(words)
            .arg("-C")
            .arg(self.path())
            .stdin(Stdio::null())
            .env("NIGHT_SECRET", "SP555001_s")
            .env("NIGHT_KEY", "SL555001_k")
            .env("DENPYO_CLOCK", clock.to_api());
        command
    }

    /// A night that is killed while this fault of the mall has hold of a call; whether it came to that.
    pub fn night_cut_in(&self, fault: &str) -> bool {
        let mut child = self.command(&["run", "nightly"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let struck = || {
            let calls = self.desk("GET", "/_simulator/calls", "");
            calls.as_array().into_iter().flatten().any(|call| call["faults"].to_string().contains(fault))
        };
        // Another fault may have ended the night before.
        let met = (0..500).any(|_| {
            std::thread::sleep(std::time::Duration::from_millis(20));
            struck() || child.try_wait().unwrap().is_some()
        });
        let _ = child.kill();
        child.wait().unwrap();
        met && struck()
    }

    /// One whole night; its document.
    pub fn night(&self) -> (Option<i32>, Value) {
        let out: Output = self.command(&["run", "nightly", "--json"]).output().unwrap();
        let text = String::from_utf8_lossy(&out.stdout);
        let document = serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("no document ({error}): {text}\n{}", String::from_utf8_lossy(&out.stderr)));
        (out.status.code(), document)
    }

    /// What the pretend RMS accepted.
    pub fn log(&self) -> Vec<Value> {
        self.desk("GET", "/_simulator/log", "").as_array().cloned().unwrap_or_default()
    }

    /// An order as the pretend RMS holds it.
    pub fn order(&self, number: &str) -> Value {
        self.desk("GET", &format!("/_simulator/orders/{number}"), "")
    }

    /// Asks at the tester's desk.
    pub fn desk(&self, method: &str, path: &str, body: &str) -> Value {
        let mut stream = TcpStream::connect(self.rms.addr()).unwrap();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        let mut text = Vec::new();
        stream.read_to_end(&mut text).unwrap();
        let text = String::from_utf8_lossy(&text).into_owned();
        let body = text.split_once("\r\n\r\n").unwrap().1;
        let (Some(from), Some(to)) = (body.find(['[', '{']), body.rfind([']', '}'])) else { return Value::Null };
        serde_json::from_str(&body[from..=to]).unwrap_or_else(|error| panic!("{path}: {error}: {body}"))
    }

    /// Each parcel was told exactly once, and nothing else was.
    pub fn told_once(&self, serials: impl IntoIterator<Item = u32>) {
        let mut rows: BTreeMap<(String, String), usize> = BTreeMap::new();
        for entry in self.log() {
            let order = entry["orderNumber"].as_str().unwrap().to_owned();
            let number = entry["after"]["shippingNumber"].as_str().unwrap_or_default().to_owned();
            *rows.entry((order, number)).or_default() += 1;
        }
        let expect: BTreeMap<(String, String), usize> =
            serials.into_iter().map(|serial| ((order(serial), number(serial)), 1)).collect();
        assert_eq!(rows, expect);
    }

    /// Files below a folder of the workspace.
    pub fn files(&self, folder: &str) -> Vec<PathBuf> {
        let mut all = Vec::new();
        let mut open = vec![self.path().join(folder)];
        while let Some(next) = open.pop() {
            for entry in fs::read_dir(&next).into_iter().flatten() {
                let path = entry.unwrap().path();
                if path.is_dir() { open.push(path) } else { all.push(path) }
            }
        }
        all.sort();
        all
    }

    /// The files people dropped: each is still there, somewhere, once, whole.
    pub fn nothing_dropped_is_lost(&self, dropped: &[(&str, Vec<u8>)]) {
        let mut kept: Vec<Vec<u8>> = Vec::new();
        for folder in ["inbox", "archive", "errors"] {
            kept.extend(self.files(folder).iter().map(|path| fs::read(path).unwrap()));
        }
        for (name, bytes) in dropped {
            let copies = kept.iter().filter(|kept| *kept == bytes).count();
            assert_eq!(copies, 1, "{name} stands {copies} times");
        }
    }

    /// The ledger finds no fault in itself, and no passing file stands under a final name.
    pub fn is_sound(&self) {
        let ledger = self.path().join("state/ledger.db");
        let now = Moment::from_api(CLOCK).unwrap();
        let (ledger, _) = denpyo::edge::ledger::open(&ledger, now).unwrap();
        let faults = denpyo::edge::ledger::Ledger::integrity(&ledger).unwrap();
        assert!(faults.is_empty(), "{faults:?}");
        for path in self.files("reports") {
            let text = fs::read(&path).unwrap();
            let name = path.to_string_lossy().into_owned();
            if name.ends_with(".json") {
                serde_json::from_slice::<Value>(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
            } else if name.ends_with(".html") {
                assert!(text.trim_ascii_end().ends_with(b"</html>"), "{name} is cut");
            }
        }
    }

    /// Nights until two in a row have nothing to do. A row that was sent, never heard of and is not in RMS waits for a
    /// person; here that person has looked and says yes.
    ///
    /// The program's clock goes ten minutes on from night to night, past the settle time; the pretend RMS's goes at real
    /// speed, and in `pause` milliseconds must have had time for what it does late. By day the buyers' cards bear what
    /// was increased.
    pub fn rest(&self, case: &str, pause: u64) {
        let mut calm = 0;
        for night in 0..14 {
            let (code, document) = self.night();
            assert_ne!(code, Some(70), "{case}, night {night}: {document}");
            let open = document["open_lines"].as_array().map_or(0, Vec::len);
            let waits = document["waiting"].as_array().map_or(0, Vec::len);
            let idle = document["changes"]["planned"] == 0 && document["files"]["read"] == 0 && open == 0 && waits == 0;
            calm = if idle { calm + 1 } else { 0 };
            if calm == 2 {
                return;
            }
            if night == 13 {
                panic!("{case}: not at rest after fourteen nights: {document}");
            }
            // Plans of this night, and of earlier ones whose folder the morning's report names.
            let outputs = document["outputs"].as_array().cloned().unwrap_or_default();
            let new = outputs.iter().filter_map(Value::as_str).filter(|path| path.ends_with("plan.json"));
            let open_lines = document["open_lines"].as_array().cloned().unwrap_or_default();
            let old = open_lines.iter().filter(|line| line["standing"] == "held");
            let old = old.map(|line| format!("review/{}/plan.json", line["run"].as_str().unwrap()));
            let plans: std::collections::BTreeSet<String> = new.map(str::to_owned).chain(old).collect();
            std::thread::sleep(std::time::Duration::from_millis(if idle { 200.min(pause) } else { pause }));
            for plan in plans {
                let out = self.command(&["apply", &plan, "--json"]).output().unwrap();
                assert_ne!(out.status.code(), Some(70), "{case}, night {night}, apply");
            }
            self.bear_increases();
        }
    }

    /// 400 → back, for every order that waits for its buyer's card.
    fn bear_increases(&self) {
        let numbers = self.desk("GET", "/_simulator/orders", "");
        for number in numbers.as_array().into_iter().flatten().filter_map(Value::as_str) {
            if self.order(number)["orderProgress"] == 400 {
                self.desk("POST", &format!("/_simulator/orders/{number}/settle"), "{}");
            }
        }
    }
}
