//! The journey itself: a workspace is made, the pretend RMS started, files dropped, commands run.

use crate::found::{Found, collect};
use crate::mask::Mask;
use crate::oracle;
use denpyo::edge::lock;
use denpyo::model::day::Moment;
use denpyo::model::ids::{RunId, ShopName};
use denpyo::sim;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant, SystemTime};

/// Where a journey's first night begins if `steps` does not say otherwise.
const FIRST_NIGHT: &str = "2026-04-03T21:30:00+0900";
pub const SECRET: &str = "SP555001_pretend";
pub const KEY: &str = "SL555001_pretend";

struct Journey {
    home: PathBuf,
    workspace: tempfile::TempDir,
    rms: String,
    http: reqwest::blocking::Client,
    /// The clock of both sides, and when it was set.
    clock: (Moment, Instant),
    /// The last run's id as it was.
    last_run: String,
    mask: Mask,
    said: Vec<Value>,
    /// Everything that was ever put into the inbox.
    dropped: Vec<(String, Vec<u8>)>,
}

/// Travels one folder and gives what was found at its end, and what must never be but was.
pub fn travel(home: &Path) -> (Found, Vec<String>) {
    // Only the first of several threads installs it; the others find it there.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let shop = shop(home);
    let faults = faults(home);
    let running = sim::start(sim::Config {
        listen: "127.0.0.1:0".parse().unwrap(),
        shop: sim::Shop::from_json(&shop).unwrap(),
        faults: sim::Faults::from_json(&faults).unwrap(),
        seed: 1,
    })
    .unwrap();
    let rms = running.addr().to_string();
    let workspace = tempfile::tempdir().unwrap();
    let mask = Mask::new(vec![
        (rms.clone(), "RMS"),
        (format!("プロセス {}", std::process::id()), "プロセス PID"),
        (workspace.path().to_string_lossy().into_owned(), "WORKSPACE"),
        (workspace.path().canonicalize().unwrap().to_string_lossy().into_owned(), "WORKSPACE"),
    ]);
    let mut journey = Journey {
        home: home.to_owned(),
        workspace,
        rms,
        http: reqwest::blocking::Client::new(),
        clock: (Moment::from_api(FIRST_NIGHT).unwrap(), Instant::now()),
        last_run: String::new(),
        mask,
        said: Vec::new(),
        dropped: Vec::new(),
    };
    journey.furnish();
    for night in 1.. {
        let folder = home.join("nights").join(night.to_string());
        if !folder.is_dir() {
            break;
        }
        if night > 1 {
            let tomorrow = journey.now().plus_seconds(24 * 3600);
            journey.set_clock(tomorrow);
        }
        journey.drop_files(&folder);
        let steps = std::fs::read_to_string(folder.join("steps")).unwrap_or_else(|_| "run nightly".to_owned());
        for step in steps.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            journey.step(step);
        }
    }
    let found = journey.found();
    let broken = journey.broken();
    running.stop();
    if std::env::var_os("DENPYO_KEEP").is_some() {
        eprintln!("{}: {}", home.display(), journey.workspace.keep().display());
    }
    (found, broken)
}

/// The shop file, with the key and the clock all journeys share.
fn shop(home: &Path) -> String {
    let mut shop: Value = serde_json::from_slice(&std::fs::read(home.join("shop.json")).unwrap()).unwrap();
    for (key, value) in [("service_secret", SECRET), ("license_key", KEY), ("clock", FIRST_NIGHT)] {
        if shop.get(key).is_none() {
            shop[key] = json!(value);
        }
    }
    shop.to_string()
}

/// The faults, with a queue that answers at once unless the journey is about its slowness. Always after the same
/// time, so that batches are carried out as they came, however busy the machine is.
fn faults(home: &Path) -> String {
    let mut faults: Value =
        std::fs::read(home.join("faults.json")).map_or(json!({}), |bytes| serde_json::from_slice(&bytes).unwrap());
    if faults["switches"].get("async_delay_ms").is_none() {
        faults["switches"]["async_delay_ms"] = json!([20, 20]);
    }
    faults.to_string()
}

impl Journey {
    fn path(&self, name: &str) -> PathBuf {
        self.workspace.path().join(name)
    }

    fn now(&self) -> Moment {
        self.clock.0.plus_seconds(self.clock.1.elapsed().as_secs() as i64)
    }

    fn set_clock(&mut self, to: Moment) {
        self.clock = (to, Instant::now());
        self.ask("POST", "/_simulator/clock", Some(json!({ "set": to.to_api() })));
    }

    fn ask(&self, method: &str, path: &str, body: Option<Value>) -> Value {
        let url = format!("http://{}{path}", self.rms);
        let mut request = self.http.request(method.parse().unwrap(), url);
        if let Some(body) = body {
            request = request.header("content-type", "application/json; charset=utf-8").body(body.to_string());
        }
        let answer = request.send().unwrap();
        assert!(answer.status().is_success(), "{method} {path}: {}", answer.status());
        serde_json::from_str(&answer.text().unwrap()).unwrap_or(Value::Null)
    }

    fn write(&mut self, name: &str, bytes: &[u8]) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        age(&path);
        if name.starts_with("inbox/") {
            self.dropped.push((name.to_owned(), bytes.to_vec()));
        }
    }

    /// Settings: the journey's own or those all share; and whatever else stands in `workspace/`.
    fn furnish(&mut self) {
        let own = self.home.join("denpyo.toml");
        let settings = std::fs::read_to_string(if own.is_file() { own } else { crate::folder().join("denpyo.toml") });
        self.write("denpyo.toml", settings.unwrap().replace("{rms}", &format!("http://{}", self.rms)).as_bytes());
        let pipeline = std::fs::read(self.home.join("pipeline.toml")).unwrap();
        self.write("pipelines/nightly.toml", &pipeline);
        let mut more = Found::new();
        collect(&self.home.join("workspace"), &self.home.join("workspace"), &mut more);
        for (name, bytes) in more {
            self.write(&name, &bytes);
        }
        for folder in ["inbox", "state"] {
            std::fs::create_dir_all(self.path(folder)).unwrap();
        }
    }

    fn drop_files(&mut self, night: &Path) {
        let marks = std::fs::read_to_string(night.join("saved-as")).unwrap_or_default();
        let mut files = Found::new();
        collect(night, &night.join("inbox"), &mut files);
        for (name, bytes) in files {
            let how = marks.lines().find_map(|line| line.strip_prefix(&name)?.strip_prefix(' ')).unwrap_or("");
            self.write(&name, &saved_as(bytes, how));
        }
    }

    fn step(&mut self, step: &str) {
        let (word, rest) = step.split_once(' ').unwrap_or((step, ""));
        match word {
            "clock" => self.set_clock(Moment::from_api(rest).unwrap()),
            "sim" => {
                let (method, rest) = rest.split_once(' ').unwrap();
                let (path, body) = rest.split_once(' ').map_or((rest, None), |(path, body)| (path, Some(body)));
                self.ask(method, path, body.map(|body| serde_json::from_str(body).unwrap()));
            }
            "copy" => {
                let (from, to) = rest.split_once(" -> ").unwrap();
                let bytes = std::fs::read(self.path(&self.named(from))).unwrap();
                self.write(to, &bytes);
            }
            // mend FILE -> FILE: OLD => NEW
            "mend" => {
                let (files, words) = rest.split_once(": ").unwrap();
                let (from, to) = files.split_once(" -> ").unwrap();
                let (old, new) = words.split_once(" => ").unwrap();
                let text = std::fs::read_to_string(self.path(&self.named(from))).unwrap();
                assert!(text.contains(old), "{from} does not hold {old}: {text}");
                self.write(to, text.replace(old, new).as_bytes());
            }
            // shows FILE: WORDS
            "shows" => {
                let (file, words) = rest.split_once(": ").unwrap();
                let text = std::fs::read_to_string(self.path(&self.named(file))).unwrap();
                assert!(text.contains(words), "{file} does not hold {words}: {text}");
            }
            "gone" => {
                std::fs::remove_file(self.path(rest)).unwrap();
                self.dropped.retain(|(name, _)| name != rest);
            }
            // growing FILE COMMAND…: something writes to the file as long as the command runs
            "growing" => {
                let (file, command) = rest.split_once(' ').unwrap();
                let path = self.path(file);
                self.dropped.retain(|(name, _)| name != file);
                let done = std::sync::atomic::AtomicBool::new(false);
                std::thread::scope(|scope| {
                    scope.spawn(|| {
                        use std::io::Write as _;
                        let mut file = std::fs::OpenOptions::new().append(true).open(&path).unwrap();
                        while !done.load(std::sync::atomic::Ordering::Relaxed) {
                            file.write_all(b"5").unwrap();
                            std::thread::sleep(Duration::from_millis(50));
                        }
                    });
                    // Also when the command's own check panics: a test that fails must not wait for ever.
                    let _stop = Stop(&done);
                    self.command(command);
                });
            }
            // held COMMAND…: another run holds the shop as long as the command runs
            "held" => {
                let run = RunId::parse("20260403T212900-0000").unwrap();
                let state = self.path("state");
                let held = lock::lock(&state, &ShopName("demo".to_owned()), &run, self.now()).unwrap();
                self.command(rest);
                drop(held);
            }
            _ => self.command(step),
        }
    }

    /// `LAST` is the last run's id.
    fn named(&self, text: &str) -> String {
        text.replace("LAST", &self.last_run)
    }

    fn denpyo(&self, line: &str) -> std::process::Output {
        let words: Vec<String> = line.split(' ').map(|word| self.named(word)).collect();
        Command::new(env!("CARGO_BIN_EXE_denpyo"))
            .arg("-C")
            .arg(self.workspace.path())
            .args(&words)
            .args(["--json", "--lang", "ja"])
            .env("DENPYO_CLOCK", self.now().to_api())
            .env("DENPYO_SERVICE_SECRET", SECRET)
            .env("DENPYO_LICENSE_KEY", KEY)
            .env_remove("DENPYO_CRASH_AT")
            .output()
            .unwrap()
    }

    fn command(&mut self, line: &str) {
        let out = self.denpyo(line);
        let text = String::from_utf8(out.stdout).unwrap();
        let document: Value = serde_json::from_str(&text).unwrap_or_else(|_| json!({ "not_json": text }));
        if let Some(run) = document["run"].as_str() {
            self.last_run = run.to_owned();
        }
        let mut document: Value = serde_json::from_str(&self.mask.text(&document.to_string())).unwrap();
        // How often a result is asked for depends on the machine; the calls are kept below, without those.
        if let Some(calls) = document.get_mut("calls") {
            calls["made"] = json!("counted below");
            calls["bound"] = json!("counted below");
        }
        self.said.push(json!({ "command": line, "exit": out.status.code(), "document": document }));
    }

    fn found(&mut self) -> Found {
        let mut found = Found::new();
        let pretty = |value: &Value| format!("{}\n", serde_json::to_string_pretty(value).unwrap()).into_bytes();
        for (at, said) in self.said.iter().enumerate() {
            found.insert(format!("said-{}.json", at + 1), pretty(said));
        }
        let log: Vec<String> = self.list("/_simulator/log", |entry| {
            let mut entry = entry.clone();
            entry.as_object_mut().unwrap().remove("at");
            Some(entry.to_string())
        });
        let log: Vec<String> = log.iter().map(|line| self.mask.text(line)).collect();
        found.insert("accepted.txt".to_owned(), lines(&log));
        let calls = self.list("/_simulator/calls", |call| {
            let op = call["op"].as_str().unwrap_or("?");
            let polled = op.contains("Result");
            (!polled).then(|| {
                let orders: Vec<&str> =
                    call["orderNumbers"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
                format!("{op} {} {} {}", call["status"], call["outcome"], orders.join(" "))
            })
        });
        // Shops of one command go side by side.
        let side_by_side = self.said.iter().any(|said| said["command"].to_string().contains("--all-shops"));
        let mut calls = calls;
        if side_by_side {
            calls.sort();
        }
        found.insert("calls.txt".to_owned(), lines(&calls));
        let mut tree = Vec::new();
        for folder in ["inbox", "archive", "errors", "outbox", "review"] {
            let mut files = Found::new();
            collect(self.workspace.path(), &self.path(folder), &mut files);
            for (name, bytes) in files {
                let masked = self.mask.text(&name);
                if (folder == "errors" || folder == "outbox") && (name.ends_with(".csv") || name.ends_with(".txt")) {
                    let bytes = self.mask.bytes(&bytes);
                    found.insert(format!("left/{masked}"), bytes);
                }
                tree.push(masked);
            }
        }
        found.insert("tree.txt".to_owned(), lines(&tree));
        found
    }

    /// The rules that hold for every journey. Two more nights without faults follow, and the second must tell nothing.
    fn broken(&mut self) -> Vec<String> {
        let mut trouble = oracle::lost(self.workspace.path(), &self.dropped);
        self.ask("POST", "/_simulator/faults", Some(json!({ "switches": { "async_delay_ms": [10, 40] } })));
        let mut told = Vec::new();
        for _ in 0..2 {
            let tomorrow = self.now().plus_seconds(24 * 3600);
            self.set_clock(tomorrow);
            let out = self.denpyo("run nightly");
            if out.status.code() == Some(70) {
                trouble.push(format!("-- one more night ends with 70: {}", String::from_utf8_lossy(&out.stderr)));
            }
            told.push(self.ask("GET", "/_simulator/log", None).as_array().cloned().unwrap_or_default());
        }
        if told[0].len() != told[1].len() {
            trouble.push(format!("-- does not come to rest: {:?}", &told[1][told[0].len()..]));
        }
        trouble.extend(oracle::twice(&told[1]));
        trouble.extend(oracle::lost(self.workspace.path(), &self.dropped));
        trouble.extend(oracle::ledger(self.workspace.path()));
        trouble.extend(oracle::leaked(self.workspace.path()));
        trouble
    }

    fn list(&self, path: &str, one: impl Fn(&Value) -> Option<String>) -> Vec<String> {
        let whole = self.ask("GET", path, None);
        let list = whole.as_array().cloned().or_else(|| {
            whole.as_object().and_then(|object| object.values().find_map(|value| value.as_array().cloned()))
        });
        list.unwrap_or_default().iter().filter_map(one).collect()
    }
}

fn lines(list: &[String]) -> Vec<u8> {
    list.iter().flat_map(|line| [line.as_bytes(), b"\n"].concat()).collect()
}

/// Dropped an hour ago, so that nobody waits for it to be quiet.
fn age(path: &Path) {
    let file = std::fs::File::options().write(true).open(path).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(3600)).unwrap();
}

/// `crlf`, `cp932`, `utf16` and `bom`, in any number; `cut=N` drops the last N bytes.
fn saved_as(bytes: Vec<u8>, how: &str) -> Vec<u8> {
    let mut bytes = bytes;
    for word in how.split(' ').filter(|word| !word.is_empty()) {
        let text = || String::from_utf8(bytes.clone()).unwrap();
        bytes = match word {
            "crlf" => text().replace('\n', "\r\n").into_bytes(),
            "cp932" => {
                let text = text();
                let (encoded, _, lost) = encoding_rs::SHIFT_JIS.encode(&text);
                assert!(!lost, "not in CP932");
                encoded.into_owned()
            }
            "utf16" => [0xfeff_u16].into_iter().chain(text().encode_utf16()).flat_map(u16::to_le_bytes).collect(),
            "bom" => [b"\xef\xbb\xbf", &bytes[..]].concat(),
            other => {
                let cut: usize = other.strip_prefix("cut=").expect("a known word").parse().unwrap();
                bytes[..bytes.len() - cut].to_vec()
            }
        };
    }
    bytes
}

/// Sets its flag when it goes.
struct Stop<'a>(&'a std::sync::atomic::AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, std::sync::atomic::Ordering::Relaxed);
    }
}
