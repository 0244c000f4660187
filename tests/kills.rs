//! The real program killed at every named point and at random moments of a night, then started again until it is at
//! rest. Whatever the moment: each parcel is told once, nothing dropped is lost, the ledger is sound.
#![allow(clippy::disallowed_methods, reason = "a test reads what the program left behind")]

mod night;

use denpyo::edge::crash::POINTS;
use night::Shop;
use serde_json::json;
use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::process::Stdio;
use std::time::Duration;

const ORDERS: u32 = 12;

/// Points that no night of this kind passes, and why.
const NOT_ON_THIS_WAY: [(&str, &str); 8] = [
    ("ledger.migrating", "there is only one form of the ledger so far"),
    ("looked.inside", "an order is looked for only after an answer was lost"),
    ("looked.after", "an order is looked for only after an answer was lost"),
    ("baseline.inside", "no import stage"),
    ("baseline.after", "no import stage"),
    ("export.before", "the API is open"),
    ("export.after", "the API is open"),
    ("shelve.copied", "the archive is on the inbox's own disk"),
];

fn dropped(shop: &Shop) -> Vec<(&'static str, Vec<u8>)> {
    ["a.csv", "b.csv", "c.csv"].map(|name| (name, fs::read(shop.path().join("inbox").join(name)).unwrap())).to_vec()
}

fn shop(settle: &str) -> (Shop, Vec<(&'static str, Vec<u8>)>) {
    let shop = Shop::new(ORDERS, &json!({ "switches": { "async_delay_ms": [100, 300] } }), 7, settle);
    shop.drop_list("a.csv", 1..=5);
    shop.drop_list("b.csv", 4..=9);
    shop.drop_list("c.csv", 10..=ORDERS);
    // A row to mend, so that error sheets are written too.
    let list = shop.path().join("inbox/c.csv");
    let mut text = fs::read_to_string(&list).unwrap();
    text.push_str("555001-20260401-0000000012,,4.1E+11,ヤマト運輸,2026-04-02\r\n");
    fs::write(&list, text).unwrap();
    let dropped = dropped(&shop);
    (shop, dropped)
}

fn check(shop: &Shop, dropped: &[(&str, Vec<u8>)], case: &str) {
    shop.rest(case);
    shop.told_once(1..=ORDERS);
    shop.nothing_dropped_is_lost(dropped);
    shop.is_sound();
}

/// Runs cases on two threads: the machine has two cores.
fn side_by_side<T: Sync>(cases: &[T], run: impl Fn(&T) + Sync) {
    let next = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, std::sync::atomic::Ordering::SeqCst)) {
                    run(case);
                }
            });
        }
    });
}

#[test]
fn killed_at_every_named_point() {
    let passed = std::sync::Mutex::new(Vec::new());
    side_by_side(POINTS, |point| {
        let (shop, dropped) = shop("1s");
        let status = shop
            .command(&["run", "nightly"])
            .env("DENPYO_CRASH_AT", point)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .unwrap();
        let killed = status.signal() == Some(9);
        if killed {
            passed.lock().unwrap().push(*point);
        }
        check(&shop, &dropped, point);
    });
    let passed = passed.into_inner().unwrap();
    let missed: Vec<&&str> = POINTS
        .iter()
        .filter(|point| !passed.contains(point) && !NOT_ON_THIS_WAY.iter().any(|(name, _)| name == *point))
        .collect();
    assert!(missed.is_empty(), "no night passes these points: {missed:?}");
}

#[test]
fn killed_at_random_moments() {
    // A linear congruence is chance enough, and a failing case names its milliseconds.
    let moments: Vec<u64> = (0..20_u64)
        .map(|seed| (seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407) >> 33) % 900)
        .collect();
    side_by_side(&moments, |after| {
        let (shop, dropped) = shop("1s");
        let mut child = shop.command(&["run", "nightly"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(*after));
        child.kill().unwrap();
        child.wait().unwrap();
        check(&shop, &dropped, &format!("killed after {after} ms"));
    });
}

/// Cut while it writes the upload CSV: every parcel ends in exactly one file, and what counts as exported has one.
#[test]
fn killed_while_exporting() {
    let points = [
        "plan.before",
        "plan.inside",
        "plan.after",
        "export.before",
        "write.before",
        "write.written",
        "write.named",
        "export.after",
        "shelve.before",
    ];
    side_by_side(&points, |point| {
        let (shop, dropped) = shop("1s");
        let pipeline = shop.path().join("pipelines/nightly.toml");
        let text = fs::read_to_string(&pipeline).unwrap().replace("via = \"api\"", "via = \"csv\"");
        fs::write(&pipeline, text).unwrap();
        let status = shop
            .command(&["run", "nightly"])
            .env("DENPYO_CRASH_AT", point)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .unwrap();
        assert_eq!(status.signal(), Some(9), "{point} is on this way");
        for _ in 0..3 {
            let (code, document) = shop.night();
            assert!(matches!(code, Some(0 | 3 | 4)), "{point}: {document}");
        }
        let mut rows: Vec<String> = shop
            .files("outbox")
            .iter()
            .filter(|path| path.to_string_lossy().ends_with(".csv"))
            .flat_map(|path| {
                let bytes = fs::read(path).unwrap();
                let text = String::from_utf8_lossy(&bytes).into_owned();
                text.lines().skip(1).map(str::to_owned).collect::<Vec<_>>()
            })
            .collect();
        rows.sort();
        let told: Vec<bool> = (1..=ORDERS)
            .map(|serial| {
                let (order, number) = (night::order(serial), night::number(serial));
                rows.iter().filter(|row| row.contains(&order) && row.contains(&number)).count() == 1
            })
            .collect();
        assert_eq!(rows.len(), ORDERS as usize, "{point}: {rows:?}");
        assert!(told.iter().all(|once| *once), "{point}: {rows:?}");
        assert!(shop.log().is_empty(), "{point}: nothing goes by the API");
        shop.nothing_dropped_is_lost(&dropped);
        shop.is_sound();
    });
}
