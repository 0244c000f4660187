//! What else people compare two CSV files with: qsv, DuckDB, Polars, each after `iconv`, since none of them
//! takes CP932 as the mall writes it. A tool that is not installed is said to be missing; one whose counts
//! are wrong is refused.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a benchmark reads, writes, measures and prints"
)]

use crate::generate::{Answer, COLUMNS};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A tool that is installed, and two files that it can read.
pub struct Rival {
    pub name: &'static str,
    files: [PathBuf; 2],
    raw: [PathBuf; 2],
}

/// The python that has the packages, if it is not the first one in the path.
fn python() -> String {
    std::env::var("DENPYO_BENCH_PYTHON").unwrap_or_else(|_| "python3".to_owned())
}

fn runs(program: &str, arguments: &[&str]) -> bool {
    let status = Command::new(program).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

/// qsv under the name it is installed by: its small build, which has `diff` too, is called `qsvlite`.
fn qsv() -> Option<&'static str> {
    ["qsv", "qsvlite"].into_iter().find(|program| runs(program, &["--version"]))
}

/// `iconv` of both at once, into these files, or nowhere.
pub fn iconv(from: [&Path; 2], to: Option<&[PathBuf; 2]>) {
    let begin = |index: usize| {
        let out = to.and_then(|to| std::fs::File::create(&to[index]).ok()).map_or_else(Stdio::null, Stdio::from);
        Command::new("iconv").args(["-f", "CP932", "-t", "UTF-8"]).arg(from[index]).stdout(out).spawn()
    };
    for child in [begin(0), begin(1)] {
        assert!(child.and_then(|mut child| child.wait()).is_ok_and(|status| status.success()), "iconv failed");
    }
}

/// Those that are installed and give the right answer for these two CP932 files.
pub fn installed(old: &Path, new: &Path, folder: &Path, answer: Answer) -> Vec<Rival> {
    let mut out = Vec::new();
    for name in ["qsv", "duckdb", "polars"] {
        let present = match name {
            "qsv" => qsv().is_some(),
            _ => runs(&python(), &["-c", &format!("import {name}")]),
        };
        if !present || !runs("iconv", &["--version"]) {
            println!("{name} is not installed");
            continue;
        }
        let rival = Rival {
            name,
            files: ["old", "new"].map(|side| folder.join(format!("rival-{side}.csv"))),
            raw: [old.to_owned(), new.to_owned()],
        };
        match rival.run() {
            Some(found) if found == answer => out.push(rival),
            found => println!("{name} is refused: it found {found:?}"),
        }
    }
    out
}

impl Rival {
    /// Converts both files and compares them.
    pub fn run(&self) -> Option<Answer> {
        iconv(self.raw.each_ref().map(PathBuf::as_path), Some(&self.files));
        let [old, new] = &self.files;
        let output = if self.name == "qsv" {
            Command::new(qsv()?).args(["diff", "--key", "0,70"]).arg(old).arg(new).stderr(Stdio::null()).output()
        } else {
            let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/file_engine/rivals.py");
            Command::new(python()).arg(script).args([self.name]).arg(old).arg(new).stderr(Stdio::inherit()).output()
        };
        let output = output.ok().filter(|output| output.status.success())?.stdout;
        if self.name == "qsv" { from_rows(&output) } else { from_counts(&String::from_utf8(output).ok()?) }
    }
}

/// Four numbers.
fn from_counts(text: &str) -> Option<Answer> {
    let numbers: Vec<u64> = text.split_whitespace().map(|number| number.parse().ok()).collect::<Option<_>>()?;
    let [changed_rows, changed_cells, added, removed] = *numbers.as_slice() else { return None };
    Some(Answer { changed_rows, changed_cells, added, removed })
}

/// A row before and after.
type Sides = [Option<csv::ByteRecord>; 2];

/// Rows with `+` or `-` before them, as qsv prints them: a changed one stands there twice.
fn from_rows(text: &[u8]) -> Option<Answer> {
    let mut keys: BTreeMap<[Vec<u8>; 2], Sides> = BTreeMap::new();
    for record in csv::Reader::from_reader(text).into_byte_records() {
        let record = record.ok().filter(|record| record.len() == COLUMNS + 1)?;
        let side = usize::from(&record[0] == b"+");
        let key = [record[1].to_vec(), record[71].to_vec()];
        keys.entry(key).or_default()[side] = Some(record);
    }
    let mut answer = Answer::default();
    for sides in keys.into_values() {
        match sides {
            [Some(old), Some(new)] => {
                answer.changed_rows += 1;
                answer.changed_cells += old.iter().zip(&new).skip(1).filter(|(old, new)| old != new).count() as u64;
            }
            [Some(_), None] => answer.removed += 1,
            [None, _] => answer.added += 1,
        }
    }
    Some(answer)
}
