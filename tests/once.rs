//! A property over seeds: whatever the pretend RMS does to our calls, after enough nights every parcel that was
//! dropped is in RMS exactly once, and no file is lost. A failure prints its seed, and that seed alone shows it again.
#![allow(clippy::disallowed_methods, reason = "a test reads what the program left behind")]

mod night;

use night::Shop;
use serde_json::json;
use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};

const ORDERS: u32 = 9;
const SEEDS: u64 = 16;

/// Trouble on every kind of call for the first nights, then calm, so that the shop can come to rest.
fn faults() -> serde_json::Value {
    json!({
        "switches": { "async_delay_ms": [50, 400] },
        "rules": [
            { "op": "updateOrderShippingAsync", "probability": 0.8, "times": 3,
              "kinds": ["lost_reply", "reset", "status", "half_body", "login_page", "redirect", "drop_message", "shuffle"], "commit": true },
            { "op": "updateOrderShippingAsync", "probability": 0.3, "times": 1, "kind": "async_never" },
            { "op": "updateOrderShippingAsync", "probability": 0.4, "times": 2, "kind": "stale_reads", "delay": "1s" },
            { "op": "reads", "probability": 0.15, "times": 4, "kinds": ["status", "reset", "half_body", "throttle"] },
        ]
    })
}

fn check(seed: u64) {
    let shop = Shop::new(ORDERS, &faults(), seed, "2s");
    shop.drop_list("a.csv", 1..=6);
    shop.drop_list("b.csv", 4..=ORDERS);
    let dropped = ["a.csv", "b.csv"].map(|name| (name, fs::read(shop.path().join("inbox").join(name)).unwrap()));
    let told = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        shop.rest(&format!("seed {seed}"), 1300);
        shop.told_once(1..=ORDERS);
        shop.nothing_dropped_is_lost(&dropped);
        shop.is_sound();
    }));
    assert!(told.is_ok(), "seed {seed} (above: why)");
}

#[test]
fn whatever_the_seed_every_parcel_is_told_once() {
    let next = AtomicU64::new(1);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::SeqCst);
                    if seed > SEEDS {
                        return;
                    }
                    check(seed);
                }
            });
        }
    });
}
