//! What has to hold on every machine, however busy: the answers, the memory, the number of instructions.
//! No seconds.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a benchmark reads, writes, measures and prints"
)]

use crate::generate::Answer;
use crate::{Files, one};
use denpyo::flow::split;
use std::path::Path;
use std::process::Command;

/// Rows of the two sizes whose memory is compared; kept small, since this runs unoptimised.
const ROWS: [u64; 2] = [2_000, 8_000];
/// What every row may cost in each file: 24 bytes, held in vectors that may have grown to twice as much.
const BYTES_A_ROW: u64 = 2 * 2 * 24;
/// What the larger size may need beyond that: blocks that the smaller one does not fill.
const SLACK_MB: u64 = 24;
/// Peaks that hold for any number of rows: 1 % changed, two producers, every row changed.
const PEAKS_MB: [u64; 3] = [150, 150, 250];
/// Rows whose instructions are counted.
const COUNTED_ROWS: u64 = 1_000;
/// Of the committed figure, how far off the count may be.
const PERCENT: u64 = 5;

/// Where the counts stand: one line for each, with the compiler and the kernel they were counted with.
fn committed() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/instructions.txt")
}

/// Answers and memory, then instructions.
pub fn run(folder: &Path, bless: bool) {
    let sizes = ROWS.map(|rows| Files::make(folder, rows));
    for (at, name) in ["1 % changed", "two producers", "every row changed"].into_iter().enumerate() {
        let peaks = sizes.each_ref().map(|files| {
            let (new, answer) = files.pairs()[at];
            let (found, peak) = one(&files.old, new);
            assert_eq!(found, answer, "{name}");
            peak
        });
        let more = (ROWS[1] - ROWS[0]) * BYTES_A_ROW / (1 << 20) + SLACK_MB;
        assert!(peaks[1] <= PEAKS_MB[at], "{name}: {} MB", peaks[1]);
        assert!(peaks[1] <= peaks[0] + more, "{name}: memory grows with the rows: {peaks:?} MB");
        println!("{name}: exact; {} MB for {} rows, {} MB for {}", peaks[0], ROWS[0], peaks[1], ROWS[1]);
    }
    count(folder, bless);
}

/// Instructions of three small comparisons on one thread, held against the committed figures.
fn count(folder: &Path, bless: bool) {
    if !Command::new("valgrind").arg("--version").output().is_ok_and(|output| output.status.success()) {
        println!("instructions: skipped, valgrind is not installed");
        return;
    }
    let files = Files::make(folder, COUNTED_ROWS);
    let compiler = Command::new("rustc").arg("--version").output().map(|output| output.stdout).unwrap_or_default();
    let mut compiler = String::from_utf8_lossy(&compiler).trim().to_owned();
    // An optimised binary has another count.
    compiler.push_str(if cfg!(debug_assertions) { ", unoptimised" } else { ", optimised" });
    let known = std::fs::read_to_string(committed()).unwrap_or_default();
    let mut lines = Vec::new();
    for (at, name) in ["1 % changed", "two producers", "every row changed"].into_iter().enumerate() {
        let (new, answer) = files.pairs()[at];
        let (instructions, kernel) = instructions(&files.old, new, answer);
        let like = format!("{name} | {compiler} | {kernel} | ");
        let before =
            known.lines().find_map(|line| line.strip_prefix(&like)).and_then(|count| count.parse::<u64>().ok());
        lines.push(format!("{like}{instructions}"));
        match before {
            None => println!("instructions: {name}: {instructions}, not compared: no figure for {compiler}, {kernel}"),
            Some(before) => {
                let off = instructions.abs_diff(before) * 100;
                println!("instructions: {name}: {instructions}, committed {before}");
                assert!(
                    bless || off <= before * PERCENT,
                    "{name}: {instructions} instructions, {before} committed: more than {PERCENT} % off. If that is \
                     meant, `cargo test --bench file_engine -- --quick --bless` writes the new figure"
                );
            }
        }
    }
    if bless {
        let text = format!("{}\n", lines.join("\n"));
        std::fs::write(committed(), text).unwrap_or_else(|error| panic!("{error}"));
    }
}

/// Counted by valgrind; it also tells which kernel cuts the records there.
fn instructions(old: &Path, new: &Path, answer: Answer) -> (u64, &'static str) {
    let program = std::env::current_exe().unwrap_or_else(|error| panic!("{error}"));
    let output = Command::new("valgrind")
        .args(["--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null", "--read-inline-info=no"])
        .arg(program)
        .arg("--one")
        .args([old, new])
        .env("RAYON_NUM_THREADS", "1")
        .output()
        .unwrap_or_else(|error| panic!("{error}"));
    let (told, text) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(crate::found(&told).map(|(found, _)| found), Some(answer), "{told} {text}");
    let count = text.lines().find_map(|line| line.split_once("refs:")).map(|(_, count)| count.trim().replace(',', ""));
    let count = count.and_then(|count| count.parse().ok()).unwrap_or_else(|| panic!("no count in {text}"));
    let kernel =
        split::KERNELS.into_iter().find(|kernel| told.trim_end().ends_with(kernel)).unwrap_or("unknown kernel");
    (count, kernel)
}
