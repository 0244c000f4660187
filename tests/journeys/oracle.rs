//! What must be true at the end of every journey, whatever it was about: no parcel was told twice, no dropped
//! file is lost, two more nights come to rest, the ledger is sound, and no secret was written down.

use crate::found::{Found, collect};
use crate::night::{KEY, SECRET};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

/// Stands in names and addresses of journeys that are about them.
const CANARY: &str = "カナリア";

/// Rows that RMS was told of more than once.
pub fn twice(log: &[Value]) -> Vec<String> {
    let mut told = BTreeSet::new();
    log.iter()
        .filter(|entry| entry["op"].as_str().is_some_and(|op| op.starts_with("updateOrderShipping")))
        .filter(|entry| entry["action"] == "add" || entry["action"] == "fill")
        .filter_map(|entry| {
            let row = format!("{} {} {}", entry["orderNumber"], entry["basketId"], entry["after"]["shippingNumber"]);
            (!told.insert(row.clone())).then(|| format!("-- told twice: {row}"))
        })
        .collect()
}

/// Dropped files whose bytes are nowhere any more.
pub fn lost(workspace: &Path, dropped: &[(String, Vec<u8>)]) -> Vec<String> {
    let mut there = Found::new();
    for folder in ["inbox", "archive", "errors"] {
        collect(workspace, &workspace.join(folder), &mut there);
    }
    dropped
        .iter()
        .filter(|(_, bytes)| {
            let wanted = dropped.iter().filter(|(_, other)| other == bytes).count();
            there.values().filter(|found| *found == bytes).count() < wanted
        })
        .map(|(name, _)| format!("-- lost: {name}"))
        .collect()
}

/// The ledger as SQLite sees it.
pub fn ledger(workspace: &Path) -> Vec<String> {
    let path = workspace.join("state").join("ledger.db");
    if !path.is_file() {
        return Vec::new();
    }
    let db = rusqlite::Connection::open(path).unwrap();
    let sound: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    (sound != "ok").then(|| format!("-- ledger: {sound}")).into_iter().collect()
}

/// Keys anywhere, and buyers' addresses where nothing of a buyer may be kept.
pub fn leaked(workspace: &Path) -> Vec<String> {
    let mut files = Found::new();
    collect(workspace, workspace, &mut files);
    let holds = |bytes: &[u8], text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    let mut trouble = Vec::new();
    for (name, bytes) in &files {
        if holds(bytes, SECRET) || holds(bytes, KEY) {
            trouble.push(format!("-- a secret stands in {name}"));
        }
        let ours = ["state/", "reports/", "review/"].iter().any(|folder| name.starts_with(folder));
        if ours && holds(bytes, "@pc.fw.rakuten.ne.jp") {
            trouble.push(format!("-- a buyer's address stands in {name}"));
        }
        if ours && holds(bytes, CANARY) {
            trouble.push(format!("-- what only a buyer's address may hold stands in {name}"));
        }
    }
    trouble
}

#[test]
fn each_rule_sees_its_own_trouble() {
    let row = |action: &str| {
        serde_json::json!({ "op": "updateOrderShippingAsync", "action": action, "orderNumber": "1", "basketId": 1,
            "after": { "shippingNumber": "100000001010" } })
    };
    assert_eq!(twice(&[row("add"), row("amend")]), Vec::<String>::new());
    assert_eq!(twice(&[row("add"), row("fill")]).len(), 1);

    let workspace = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(workspace.path().join("archive")).unwrap();
    std::fs::write(workspace.path().join("archive/a.csv"), b"a").unwrap();
    let dropped = |texts: &[&str]| -> Vec<(String, Vec<u8>)> {
        texts.iter().map(|text| ((*text).to_owned(), text.as_bytes().to_vec())).collect()
    };
    assert_eq!(lost(workspace.path(), &dropped(&["a"])), Vec::<String>::new());
    assert_eq!(lost(workspace.path(), &dropped(&["b"])).len(), 1);
    assert_eq!(lost(workspace.path(), &dropped(&["a", "a"])).len(), 2);

    assert_eq!(leaked(workspace.path()), Vec::<String>::new());
    std::fs::write(workspace.path().join("key.txt"), KEY).unwrap();
    assert_eq!(leaked(workspace.path()).len(), 1);
    std::fs::create_dir_all(workspace.path().join("state")).unwrap();
    std::fs::write(workspace.path().join("state/x.json"), CANARY).unwrap();
    assert_eq!(leaked(workspace.path()).len(), 2);
}
