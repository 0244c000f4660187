//! A property over seeds: whatever the pretend RMS does to our calls, after enough nights everything that was
//! dropped is in RMS exactly once, and no file is lost. A failure prints its seed, and that seed alone shows it again.
#![allow(clippy::disallowed_methods, reason = "a test reads what the program left behind")]

#[path = "kills/everything.rs"]
mod everything;
mod night;

use night::Shop;
use serde_json::{Value, json};
use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};

const ORDERS: u32 = 9;
const SEEDS: u64 = 16;
const SEEDS_OF_EVERY_KIND: u64 = 12;

/// Trouble on every kind of call for the first nights, then calm, so that the shop can come to rest.
fn faults(seed: u64) -> Value {
    let mut rules = vec![
        json!({ "op": "updateOrderShippingAsync", "probability": 0.8, "times": 3,
                "kinds": ["lost_reply", "reset", "status", "half_body", "login_page", "redirect", "drop_message", "shuffle"], "commit": true }),
        json!({ "op": "updateOrderShippingAsync", "probability": 0.5, "times": 1, "kinds": ["status", "redirect", "half_body"], "commit": false }),
        json!({ "op": "updateOrderShippingAsync", "probability": 0.4, "times": 1, "kind": "throttle" }),
        json!({ "op": "updateOrderShippingAsync", "probability": 0.3, "times": 1, "kind": "async_never" }),
        json!({ "op": "updateOrderShippingAsync", "probability": 0.4, "times": 2, "kind": "stale_reads", "delay": "500ms" }),
        json!({ "op": "reads", "probability": 0.15, "times": 4, "kinds": ["status", "reset", "half_body", "throttle"] }),
    ];
    if late(seed) {
        rules.insert(0, json!({ "op": "updateOrderShippingAsync", "nth": 1, "kind": "late_commit", "delay": "500ms" }));
    }
    json!({ "switches": { "async_delay_ms": [50, 400] }, "rules": rules })
}

/// Seeds at which the first call is carried out only after nobody waits for its answer any more.
fn late(seed: u64) -> bool {
    seed.is_multiple_of(4)
}

/// The same trouble on the calls of every kind.
fn faults_of_every_kind(seed: u64) -> Value {
    let mut rules = vec![
        json!({ "op": "writes", "probability": 0.5, "times": 5,
                "kinds": ["lost_reply", "reset", "status", "half_body", "login_page", "redirect"], "commit": true }),
        json!({ "op": "writes", "probability": 0.3, "times": 3, "kinds": ["status", "redirect"], "commit": false }),
        json!({ "op": "writes", "probability": 0.3, "times": 3, "kind": "stale_reads", "delay": "500ms" }),
        json!({ "op": "writes", "probability": 0.1, "times": 1, "kind": "throttle" }),
        json!({ "op": "reads", "probability": 0.05, "times": 2, "kinds": ["status", "reset", "half_body"] }),
    ];
    if late(seed) {
        let ops = ["updateOrderSender", "cancelOrder", "updateOrderMemo", "updateOrderSenderAfterShipping"];
        let op = ops[usize::try_from(seed / 4).unwrap() % ops.len()];
        rules.insert(0, json!({ "op": op, "nth": 1, "kind": "late_commit", "delay": "500ms" }));
    }
    json!({ "switches": { "async_delay_ms": [10, 40] }, "rules": rules })
}

fn check(seed: u64) {
    let shop = Shop::new(ORDERS, &faults(seed), seed, "2s");
    shop.drop_list("a.csv", 1..=6);
    shop.drop_list("b.csv", 4..=ORDERS);
    let dropped = ["a.csv", "b.csv"].map(|name| (name, fs::read(shop.path().join("inbox").join(name)).unwrap()));
    if late(seed) {
        shop.night_cut_in("late_commit");
    }
    shop.rest(&format!("seed {seed}"), 1300);
    shop.told_once(1..=ORDERS);
    shop.nothing_dropped_is_lost(&dropped);
    shop.is_sound();
}

fn check_every_kind(seed: u64) {
    let (shop, dropped) = everything::shop(&faults_of_every_kind(seed), seed);
    if late(seed) {
        shop.night_cut_in("late_commit");
    }
    shop.rest(&format!("seed {seed}"), 1300);
    everything::told_once(&shop);
    shop.nothing_dropped_is_lost(&dropped);
    shop.is_sound();
}

/// Seeds 1 to `last`, several at a time: a night spends most of its time waiting.
fn seeds(last: u64, check: fn(u64)) {
    let next = AtomicU64::new(1);
    let failed = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::SeqCst);
                    if seed > last {
                        return;
                    }
                    if std::panic::catch_unwind(|| check(seed)).is_err() {
                        failed.lock().unwrap().push(seed);
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "seeds {failed:?} (above: why)");
}

#[test]
fn whatever_the_seed_every_parcel_is_told_once() {
    seeds(SEEDS, check);
}

#[test]
fn whatever_the_seed_everything_is_told_once() {
    seeds(SEEDS_OF_EVERY_KIND, check_every_kind);
}
