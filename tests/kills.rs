//! The real program killed at every named point and at random moments of a night, then started again until it is at
//! rest. Whatever the moment: each parcel is told once, nothing dropped is lost, the ledger is sound.
#![allow(clippy::disallowed_methods, reason = "a test reads what the program left behind")]

#[path = "kills/everything.rs"]
mod everything;
mod night;

use denpyo::edge::crash::POINTS;
use night::Shop;
use serde_json::{Value, json};
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
    shop.rest(case, 20);
    shop.told_once(1..=ORDERS);
    shop.nothing_dropped_is_lost(dropped);
    shop.is_sound();
}

/// Runs cases side by side; a night spends much of its time waiting for RMS's queue.
fn side_by_side<T: Sync + std::fmt::Debug>(cases: &[T], run: impl Fn(&T) + Sync) {
    let next = std::sync::atomic::AtomicUsize::new(0);
    let failed = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, std::sync::atomic::Ordering::SeqCst)) {
                    if std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| run(case))).is_err() {
                        failed.lock().unwrap().push(format!("{case:?}"));
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "{} of {} cases failed (above: why): {failed:?}", failed.len(), cases.len());
}

#[test]
fn killed_at_every_named_point() {
    let passed = std::sync::Mutex::new(Vec::new());
    side_by_side(POINTS, |point| {
        let (shop, dropped) = shop("1s");
        if cut(&shop, point) {
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
    side_by_side(&moments(8, 900), |after| {
        let (shop, dropped) = shop("1s");
        kill_after(&shop, *after);
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
        assert!(cut(&shop, point), "{point} is on this way");
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

/// What no answer was lost to: every call is heard, results come at once.
fn calm() -> Value {
    json!({ "switches": { "async_delay_ms": [10, 40] } })
}

/// Nights in which something of every kind goes, cut before, between and after each of their calls, and at each
/// pass of the seams that are passed for several files or orders. `send.before` follows `claim.after` and
/// `record.inside` follows `send.after` with nothing durable between them.
#[test]
fn a_night_of_every_kind_killed_at_every_pass() {
    let mut cases = Vec::new();
    for call in CALLS {
        cases.push(format!("claim.after:{call}"));
        cases.push(format!("send.after:{call}"));
    }
    let others: [(&str, &[usize]); 9] = [
        ("record.after", &[2, 7, 13]),
        ("baseline.after", &[3]),
        ("rows.inside", &[1]),
        ("rows.after", &[2]),
        ("settle.file", &[2]),
        ("shelve.before", &[5]),
        ("shelve.named", &[1]),
        ("write.named", &[3]),
        ("run.ended", &[1]),
    ];
    for (point, passes) in others {
        cases.extend(passes.iter().map(|pass| format!("{point}:{pass}")));
    }
    side_by_side(&cases, |point| {
        let (shop, dropped) = everything::shop(&calm(), 7);
        assert!(cut(&shop, point), "no night passes {point}");
        check_everything(&shop, &dropped, point);
    });
}

/// The calls of such a night that change something are thirteen: two cancellations, five amendments, the confirmations,
/// the parcels, a sub-status of either state, two memos. These are cut; of calls that are alike only the first.
const CALLS: [usize; 8] = [1, 2, 3, 7, 8, 9, 10, 12];

/// RMS carries a call out, or does not, and its answer is lost; the program is cut at that same moment or later.
#[test]
fn an_answer_lost_and_the_program_killed() {
    let ops = [
        "cancelOrder",
        "cancelOrderAfterShipping",
        "updateOrderSender",
        "updateOrderSenderAfterShipping",
        "confirmOrder",
        "updateOrderShippingAsync",
        "updateOrderSubStatus",
        "updateOrderMemo",
    ];
    let mut cases = Vec::new();
    for (at, op) in ops.into_iter().enumerate() {
        // The cut falls on the lost call itself or somewhere behind it, and each kind of loss is met by each call.
        cases.push((op, "lost_reply", format!("record.after:{}", 1 + at)));
        cases.push((op, "reset", format!("send.after:{}", 13 - at)));
    }
    side_by_side(&cases, |(op, kind, point)| {
        let faults =
            json!({ "switches": { "async_delay_ms": [10, 40] }, "rules": [{ "op": op, "kind": kind, "times": 1 }] });
        let (shop, dropped) = everything::shop(&faults, 7);
        let case = format!("{op} {kind} {point}");
        assert!(cut(&shop, point), "no night passes {case}");
        check_everything(&shop, &dropped, &case);
    });
}

/// The program dies while it waits for an answer, and RMS carries the call out only after that.
#[test]
fn killed_before_the_call_was_carried_out() {
    let ops = ["cancelOrder", "updateOrderSender", "updateOrderSenderAfterShipping", "confirmOrder", "updateOrderMemo"];
    side_by_side(&ops, |op| {
        let rule = json!({ "op": op, "nth": 1, "kind": "late_commit", "delay": "1s" });
        let faults = json!({ "switches": { "async_delay_ms": [10, 40] }, "rules": [rule] });
        let (shop, dropped) = everything::shop(&faults, 7);
        assert!(shop.night_cut_in("late_commit"), "{op} was called");
        shop.rest(op, 1300);
        everything::told_once(&shop);
        shop.nothing_dropped_is_lost(&dropped);
        shop.is_sound();
    });
}

/// Everything waited for approval and was approved; the delivery of the saved plan is cut. The files are in the
/// archive by then, so what was not told must still wait where the morning's report names it.
#[test]
fn killed_while_applying() {
    let mut cases = vec!["plan.inside:1".to_owned(), "plan.after:1".to_owned(), "run.ended:1".to_owned()];
    cases.extend([1, 3, 8, 9].map(|call| format!("claim.after:{call}")));
    cases.extend([2, 7, 11, 12].map(|call| format!("send.after:{call}")));
    side_by_side(&cases, |point| {
        let (shop, dropped, plan) = approved();
        let status = shop
            .command(&["apply", &format!("{plan}/plan.json")])
            .env("DENPYO_CRASH_AT", point)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .unwrap();
        assert_eq!(status.signal(), Some(9), "{point} is on this way");
        check_everything(&shop, &dropped, point);
    });
}

/// The same, approved by the sheet: it lies in the inbox until its plan was delivered.
#[test]
fn killed_while_an_approval_sheet_is_delivered() {
    let points = ["claim.after:2", "send.after:5", "claim.after:9", "send.after:11", "run.ended:1"];
    side_by_side(&points, |point| {
        let (shop, dropped, plan) = approved();
        let sheet = fs::read_to_string(shop.path().join(&plan).join("plan.csv")).unwrap();
        let yes = |(at, line): (usize, &str)| if at == 0 { line.to_owned() } else { line.replacen(",,", ",OK,", 1) };
        let text: Vec<String> = sheet.lines().enumerate().map(yes).collect();
        fs::create_dir_all(shop.path().join("inbox/approved")).unwrap();
        fs::write(shop.path().join("inbox/approved/plan.csv"), text.join("\r\n") + "\r\n").unwrap();
        assert!(cut(&shop, point), "no night passes {point}");
        check_everything(&shop, &dropped, point);
    });
}

/// A shop whose every change waits for approval, and the folder of the plan.
fn approved() -> (Shop, Vec<(&'static str, Vec<u8>)>, String) {
    let (shop, dropped) = everything::shop(&calm(), 7);
    let pipeline = shop.path().join("pipelines/nightly.toml");
    let text = fs::read_to_string(&pipeline).unwrap().replace("via     = \"api\"", "via     = \"review\"");
    fs::write(&pipeline, text).unwrap();
    let (_, document) = shop.night();
    let plan = format!("review/{}", document["run"].as_str().unwrap());
    (shop, dropped, plan)
}

#[test]
fn a_night_of_every_kind_killed_at_random_moments() {
    side_by_side(&moments(8, 2_600), |after| {
        let (shop, dropped) = everything::shop(&calm(), 7);
        kill_after(&shop, *after);
        check_everything(&shop, &dropped, &format!("killed after {after} ms"));
    });
}

fn check_everything(shop: &Shop, dropped: &[(&str, Vec<u8>)], case: &str) {
    shop.rest(case, 20);
    everything::told_once(shop);
    shop.nothing_dropped_is_lost(dropped);
    shop.is_sound();
}

/// One night cut at a point; whether it came that far.
fn cut(shop: &Shop, point: &str) -> bool {
    let status = shop
        .command(&["run", "nightly"])
        .env("DENPYO_CRASH_AT", point)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    status.signal() == Some(9)
}

fn kill_after(shop: &Shop, milliseconds: u64) {
    let mut child = shop.command(&["run", "nightly"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(milliseconds));
    child.kill().unwrap();
    child.wait().unwrap();
}

/// A linear congruence is chance enough, and a failing case names its milliseconds.
fn moments(count: u64, below: u64) -> Vec<u64> {
    let of = |seed: u64| {
        (seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407) >> 33) % below
    };
    (0..count).map(of).collect()
}
