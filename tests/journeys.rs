//! Whole nights with the real binary against the pretend RMS: one folder of `fixtures/journeys/` each.
//! What every command said, what RMS accepted and which files were left is compared byte for byte;
//! `DENPYO_BLESS=1` rewrites, `DENPYO_JOURNEY=name` picks. `fixtures/journeys/README.md` tells the forms.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods, clippy::disallowed_macros, missing_docs)]

#[path = "journeys/found.rs"]
mod found;
#[path = "journeys/mask.rs"]
mod mask;
#[path = "journeys/night.rs"]
mod night;
#[path = "journeys/oracle.rs"]
mod oracle;

use std::path::{Path, PathBuf};
use std::sync::Mutex;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join("journeys")
}

#[test]
fn every_journey_ends_as_written_down() {
    let wanted = std::env::var("DENPYO_JOURNEY").ok();
    let mut journeys: Vec<PathBuf> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("shop.json").is_file())
        .filter(|path| wanted.as_ref().is_none_or(|name| path.file_name().unwrap().to_string_lossy().contains(name)))
        .collect();
    journeys.sort();
    assert!(!journeys.is_empty(), "no journey of that name");
    let left = Mutex::new(journeys);
    let failed = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let Some(journey) = left.lock().unwrap().pop() else { return };
                    let outcome = std::panic::catch_unwind(|| {
                        let (found, broken) = night::travel(&journey);
                        let mut trouble = found::compare(&journey, &found);
                        trouble.extend(broken);
                        trouble
                    });
                    let trouble = match outcome {
                        Ok(trouble) => trouble,
                        Err(panic) => {
                            let said = panic.downcast_ref::<String>().cloned().unwrap_or_else(|| "panicked".to_owned());
                            vec![said]
                        }
                    };
                    if !trouble.is_empty() {
                        let name = journey.file_name().unwrap().to_string_lossy().into_owned();
                        failed.lock().unwrap().push(format!("== {name}\n{}", trouble.join("\n")));
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "{} journeys ended otherwise:\n{}", failed.len(), failed.join("\n\n"));
}
