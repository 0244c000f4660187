//! The file side against the plainest tools there are: `cat` for how fast bytes can be had at all, `iconv`
//! for what others need before they begin. Figures are ratios to `cat` of the same files in the same
//! run, medians of interleaved rounds; an answer that is not exact ends the run.
//!
//! `cargo bench --bench file_engine -- [--rivals] [ROWS] [ROUNDS] [DIR]` (100,000 rows, 5 rounds). See
//! `benches/README.md`.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a benchmark reads, writes, measures and prints"
)]

mod generate;
mod quick;
mod rivals;

use denpyo::flow::diff::{Finding, How, KeyColumn, ReadAt, Totals, Trouble};
use denpyo::flow::{decode, diff, encode, read, split};
use denpyo::model::layout::{Column, Field, Header, KeyWay, Layout, NumberCheck, Subject};
use denpyo::model::pipeline::LayoutOver;
use denpyo::model::sheet::Encoding;
use generate::{Answer, Changes, MALL, OTHER};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

struct OpenFile {
    file: std::fs::File,
    size: u64,
}

impl OpenFile {
    fn open(path: &Path) -> io::Result<OpenFile> {
        let file = std::fs::File::open(path)?;
        let size = file.metadata()?.len();
        Ok(OpenFile { file, size })
    }
}

impl ReadAt for OpenFile {
    fn size(&self) -> u64 {
        self.size
    }

    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<usize> {
        #[cfg(unix)]
        return std::os::unix::fs::FileExt::read_at(&self.file, into, at);
        #[cfg(windows)]
        return std::os::windows::fs::FileExt::seek_read(&self.file, into, at);
    }
}

fn how() -> How {
    let column = |name: &str| KeyColumn { name: name.to_owned(), aliases: Vec::new() };
    How {
        key: vec![column("注文番号"), column("商品明細ID")],
        files: ["old".to_owned(), "new".to_owned()],
        ..How::default()
    }
}

fn compare(old: &Path, new: &Path) -> Result<Totals, Trouble> {
    let io = |side| move |error| Trouble::Io(side, error);
    let old = OpenFile::open(old).map_err(io(diff::Side::Old))?;
    let new = OpenFile::open(new).map_err(io(diff::Side::New))?;
    // As the command does: each finding becomes a line and is let go.
    let mut out = Vec::new();
    diff::compare(&old, &new, &how(), &mut |finding: Finding| {
        out.clear();
        diff::show::csv_line(&finding, denpyo::model::words::Lang::En, &mut out);
    })
}

fn carrier_layout() -> Layout {
    let column = |name: &str, position| Column { name: name.to_owned(), aliases: Vec::new(), position: Some(position) };
    Layout {
        name: "carrier".to_owned(),
        title: String::new(),
        subject: Subject::Shipments,
        encoding: "auto".to_owned(),
        header: Header::Auto,
        counts: vec![generate::CARRIER_COLUMNS],
        all_columns: Vec::new(),
        columns: [
            (Field::Key, column("お客様管理番号", 1)),
            (Field::Number, column("伝票番号", 4)),
            (Field::ShipDate, column("出荷予定日", 5)),
            (Field::SlipKind, column("送り状種類", 2)),
            (Field::SeveralKey, column("複数口くくりキー", 74)),
        ]
        .into(),
        needed: vec![Field::Number],
        carrier: None,
        key: KeyWay::OrderNumber,
        check: NumberCheck::Off,
        lengths: Vec::new(),
        check_digit: "mod7".to_owned(),
        date_patterns: Vec::new(),
        several_kinds: Vec::new(),
        not_this: Default::default(),
        completion_suffix: None,
    }
}

fn read_carrier(path: &Path) -> io::Result<usize> {
    let bytes = std::fs::read(path)?;
    let file = std::sync::Arc::from("carrier.csv");
    let limits = read::Limits::default();
    let sheet = read::read_sheet(&bytes, &file, &carrier_layout(), &LayoutOver::default(), &[], &limits)
        .map_err(|refused| io::Error::other(refused.why.code()))?;
    Ok(sheet.sheet.rows.len())
}

/// One thing measured: its name and what it does.
type Task<'a> = (&'a str, Box<dyn FnMut() + 'a>);

/// Medians of interleaved rounds.
fn measure(rounds: usize, tasks: &mut [Task<'_>]) -> Vec<Duration> {
    let mut times: Vec<Vec<Duration>> = vec![Vec::new(); tasks.len()];
    for _ in 0..rounds {
        for ((_, task), times) in tasks.iter_mut().zip(&mut times) {
            let begin = Instant::now();
            task();
            times.push(begin.elapsed());
        }
    }
    times
        .into_iter()
        .map(|mut times| {
            times.sort();
            times[times.len() / 2]
        })
        .collect()
}

/// Prints each task with its ratio to the first one.
fn report(title: &str, rounds: usize, mut tasks: Vec<Task<'_>>) {
    let medians = measure(rounds, &mut tasks);
    println!("\n{title}");
    for ((name, _), median) in tasks.iter().zip(&medians) {
        let ratio = median.as_secs_f64() / medians[0].as_secs_f64();
        println!("  {name:<44} {:>9.1} ms  {ratio:>6.2} ×", median.as_secs_f64() * 1e3);
    }
}

fn tool(program: &str, arguments: &[&str], files: &[&Path]) {
    let status = Command::new(program).args(arguments).args(files).stdout(Stdio::null()).stderr(Stdio::null()).status();
    assert!(status.is_ok_and(|status| status.success()), "{program} failed");
}

/// The most memory this process ever held, in MB.
fn peak_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.trim().trim_end_matches("kB").trim().parse::<u64>().unwrap_or(0) / 1024
}

fn counts(old: &Path, new: &Path) -> Answer {
    let totals = compare(old, new).unwrap_or_else(|trouble| panic!("{trouble:?}"));
    Answer {
        changed_rows: totals.changed_rows,
        changed_cells: totals.changed_cells,
        added: totals.added,
        removed: totals.removed,
    }
}

fn check(old: &Path, new: &Path, expect: Answer) {
    assert_eq!(counts(old, new), expect, "{} and {}", old.display(), new.display());
}

/// A child of this program that does one comparison, so that its memory is its own: what it found, and its peak
/// in MB.
fn one(old: &Path, new: &Path) -> (Answer, u64) {
    let program = std::env::current_exe().unwrap_or_else(|error| panic!("{error}"));
    let output = Command::new(program).arg("--one").args([old, new]).output().unwrap_or_else(|error| panic!("{error}"));
    let text = String::from_utf8_lossy(&output.stdout);
    found(&text).unwrap_or_else(|| panic!("{text} {}", String::from_utf8_lossy(&output.stderr)))
}

/// What such a child prints.
fn found(text: &str) -> Option<(Answer, u64)> {
    let numbers: Vec<u64> = text.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    let [changed_rows, changed_cells, added, removed, peak] = *numbers.as_slice() else { return None };
    Some((Answer { changed_rows, changed_cells, added, removed }, peak))
}

/// The generated files, and what must be found in them.
struct Files {
    old: PathBuf,
    few: (PathBuf, Answer),
    other: (PathBuf, Answer),
    all: (PathBuf, Answer),
}

impl Files {
    fn make(folder: &Path, rows: u64) -> Files {
        let path = |name: &str| folder.join(format!("{name}-{rows}.csv"));
        let made = |result: io::Result<Answer>| result.unwrap_or_else(|error| panic!("{error}"));
        let new = |name: &str, style, changes| {
            let path = path(name);
            let answer = made(generate::new_orders(&path, rows, style, changes));
            (path, answer)
        };
        let old = path("old");
        made(generate::old_orders(&old, rows, MALL).map(|()| Answer::default()));
        let files = Files {
            few: new("few", MALL, Some(Changes::Few)),
            other: new("other", OTHER, None),
            all: new("all", MALL, Some(Changes::All)),
            old,
        };
        let answers = format!("few {:?}\nother {:?}\nall {:?}\n", files.few.1, files.other.1, files.all.1);
        std::fs::write(folder.join(format!("answers-{rows}.txt")), &answers).unwrap_or_else(|error| panic!("{error}"));
        files
    }

    /// One producer, two producers, every row changed: the second file and the answer.
    fn pairs(&self) -> [(&Path, Answer); 3] {
        [&self.few, &self.other, &self.all].map(|(path, answer)| (path.as_path(), *answer))
    }
}

fn stages(path: &Path, rounds: usize) {
    let bytes = std::fs::read(path).unwrap_or_default();
    let text: String = bytes.split_inclusive(|byte| *byte == b'\n').fold(String::new(), |mut text, line| {
        text.push_str(&decode::cell(line, Encoding::Cp932).unwrap_or_default());
        text
    });
    let mut buffer = vec![0u8; 1 << 20];
    let scan = |columns: &[usize]| {
        let shape = split::Shape::new(b',', columns);
        let mut sum = 0usize;
        let span = split::Span { from: 0, upto: bytes.len(), last: true };
        split::scan(&bytes, span, &shape, &mut |record| {
            sum += (0..columns.len()).map(|at| record.cell(at).len()).sum::<usize>()
        });
        std::hint::black_box(sum);
    };
    let twelve: Vec<usize> = (0..12).map(|at| at * 9).collect();
    let every: Vec<usize> = (0..generate::COLUMNS).collect();
    report(
        "one thread, stages, against read()",
        rounds,
        vec![
            (
                "read() in 1 MiB blocks",
                Box::new(|| {
                    use io::Read;
                    let mut file = std::fs::File::open(path).unwrap_or_else(|error| panic!("{error}"));
                    while file.read(&mut buffer).unwrap_or(0) > 0 {}
                }),
            ),
            ("scan, rows only", Box::new(|| scan(&[]))),
            ("scan, bounds of 2 columns", Box::new(|| scan(&[0, 70]))),
            ("scan, bounds of 12 columns", Box::new(|| scan(&twelve))),
            ("scan, bounds of every column", Box::new(|| scan(&every))),
            (
                "judge the encoding (all threads)",
                Box::new(|| {
                    assert_eq!(decode::judge(&bytes, None), Ok(Encoding::Cp932));
                }),
            ),
            (
                "decode everything",
                Box::new(|| {
                    for part in bytes.chunk_by(|byte, _| *byte != b'\n') {
                        std::hint::black_box(decode::cell(part, Encoding::Cp932).is_ok());
                    }
                }),
            ),
            (
                "encode everything",
                Box::new(|| {
                    for part in text.split_inclusive('\n') {
                        std::hint::black_box(encode::cp932(part, encode::Unmappable::Stop).is_ok());
                    }
                }),
            ),
        ],
    );
}

fn main() {
    // Cargo hands a `--bench` of its own.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let [one, old, new] = arguments.as_slice()
        && one == "--one"
    {
        let Answer { changed_rows, changed_cells, added, removed } = counts(Path::new(old), Path::new(new));
        let (peak, kernel) = (peak_mb(), split::kernel());
        println!("{changed_rows} rows {changed_cells} cells {added} added {removed} removed {peak} MB {kernel}");
        return;
    }
    let has = |wanted: &str| arguments.iter().any(|argument| argument == wanted);
    let plain: Vec<&String> = arguments.iter().filter(|argument| !argument.starts_with("--")).collect();
    if has("--quick") {
        let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
        quick::run(folder.path(), has("--bless"));
        return;
    }
    let rows: u64 = plain.first().and_then(|rows| rows.parse().ok()).unwrap_or(100_000);
    let rounds: usize = plain.get(1).and_then(|rounds| rounds.parse().ok()).unwrap_or(5);
    let folder = plain.get(2).map_or_else(|| std::env::temp_dir().join("denpyo-bench"), PathBuf::from);
    std::fs::create_dir_all(&folder).unwrap_or_else(|error| panic!("{error}"));
    let files = Files::make(&folder, rows);
    let carrier = folder.join(format!("carrier-{rows}.csv"));
    generate::carrier(&carrier, rows.min(300_000)).unwrap_or_else(|error| panic!("{error}"));
    let old = files.old.as_path();
    let [(few, few_answer), (other, other_answer), (all, all_answer)] = files.pairs();
    files.pairs().into_iter().for_each(|(new, answer)| check(old, new, answer));
    assert_eq!(read_carrier(&carrier).ok(), Some(rows.min(300_000) as usize));
    println!("{rows} rows, {rounds} rounds; answers exact");

    let rivals = if has("--rivals") { rivals::installed(old, few, &folder, few_answer) } else { Vec::new() };
    let names: Vec<String> = rivals.iter().map(|rival| format!("iconv of both at once, then {}", rival.name)).collect();
    let mut tasks: Vec<Task<'_>> = vec![
        ("cat", Box::new(|| tool("cat", &[], &[old, few]))),
        ("denpyo diff", Box::new(|| check(old, few, few_answer))),
        ("iconv of both at once", Box::new(|| rivals::iconv([old, few], None))),
    ];
    for (rival, name) in rivals.iter().zip(&names) {
        tasks.push((name, Box::new(|| assert_eq!(rival.run(), Some(few_answer), "{}", rival.name))));
    }
    report("one producer, 1 % of rows changed, against cat of both", rounds, tasks);
    report(
        "two producers, nothing changed, against cat of both",
        rounds,
        vec![
            ("cat", Box::new(|| tool("cat", &[], &[old, other]))),
            ("denpyo diff", Box::new(|| check(old, other, other_answer))),
        ],
    );
    report(
        "every row changed, against cat of both",
        rounds,
        vec![
            ("cat", Box::new(|| tool("cat", &[], &[old, all]))),
            ("denpyo diff", Box::new(|| check(old, all, all_answer))),
        ],
    );
    report(
        "a carrier's file to rows, against cat",
        rounds,
        vec![
            ("cat", Box::new(|| tool("cat", &[], &[&carrier]))),
            ("read_sheet", Box::new(|| assert!(read_carrier(&carrier).is_ok()))),
        ],
    );
    println!("\npeak memory");
    for (name, new) in [("1 % changed", few), ("two producers", other), ("every row changed", all)] {
        println!("  {name:<44} {:>9} MB", one(old, new).1);
    }
    stages(old, rounds);
}
