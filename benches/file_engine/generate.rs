//! Test data that is the same on every machine: order files as the mall writes them, a second one with
//! known changes, and a carrier's file. The answers come with the data. Nothing in it is a person's.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a benchmark reads, writes, measures and prints"
)]

use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::Path;

/// Columns of the order file; the first two kinds of names are the ones that matter to a comparison.
pub const COLUMNS: usize = 116;
/// Columns of the carrier's file.
pub const CARRIER_COLUMNS: usize = 95;

/// What a comparison of the generated files must find.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    pub changed_rows: u64,
    pub changed_cells: u64,
    pub added: u64,
    pub removed: u64,
}

/// How a file is written.
#[derive(Clone, Copy)]
pub struct Style {
    pub cp932: bool,
    pub quoted: bool,
    pub backwards: bool,
    /// 1,650 and 2026/4/2 for 1650 and 2026-04-02.
    pub dressed: bool,
}

/// As the mall writes.
pub const MALL: Style = Style { cp932: true, quoted: true, backwards: false, dressed: false };
/// As some other program writes the same data.
pub const OTHER: Style = Style { cp932: false, quoted: false, backwards: true, dressed: true };

/// SplitMix64: small, and the same everywhere.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

const WORDS: [&str; 12] = [
    "東京都千代田区表町",
    "ソーラー能登",
    "株式会社見本",
    "大阪府大阪市",
    "お届け先様",
    "送料無料の商品",
    "カタカナ表示",
    "見本太郎",
    "北海道札幌市",
    "の説明文です",
    "ギフト包装希望",
    "備考なし",
];

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Number,
    Date,
    Text,
    Code,
    Empty,
    Remark,
}

fn kind(column: usize) -> Kind {
    match column {
        40 | 77 => Kind::Remark,
        _ => match column % 12 {
            1 | 6 | 9 => Kind::Number,
            2 => Kind::Date,
            3 | 8 => Kind::Text,
            4 | 7 => Kind::Code,
            _ if column.is_multiple_of(2) => Kind::Empty,
            _ => Kind::Code,
        },
    }
}

fn name(column: usize) -> String {
    match column {
        0 => "注文番号".to_owned(),
        70 => "商品明細ID".to_owned(),
        _ => format!("列名その{column}"),
    }
}

/// The cell of a row; `edition` changes it.
fn cell(row: u64, column: usize, edition: u64, dressed: bool, out: &mut String) {
    out.clear();
    match column {
        0 => {
            let _ = write!(out, "123456-202604{:02}-{:010}", row % 28 + 1, row / 2);
            return;
        }
        70 => {
            let _ = write!(out, "{}", 100_000_000 + row);
            return;
        }
        _ => {}
    }
    let mut chance = Chance(row.wrapping_mul(1 << 16).wrapping_add(column as u64 * 8 + edition));
    match kind(column) {
        Kind::Number => {
            let number = 1_000 + chance.below(90_000) + edition * 100_000;
            let _ =
                if dressed { write!(out, "{},{:03}", number / 1_000, number % 1_000) } else { write!(out, "{number}") };
        }
        Kind::Date => {
            let (month, day) = (chance.below(12) + 1, chance.below(28) + 1);
            let year = 2026 + edition;
            let _ =
                if dressed { write!(out, "{year}/{month}/{day}") } else { write!(out, "{year}-{month:02}-{day:02}") };
        }
        Kind::Text => {
            out.push_str(WORDS[chance.below(12) as usize]);
            if chance.below(3) == 0 {
                out.push_str(WORDS[chance.below(12) as usize]);
            }
            if edition > 0 {
                out.push('改');
            }
        }
        Kind::Code => {
            let _ = write!(out, "{:x}", chance.below(1 << 20) + (edition << 24));
        }
        Kind::Empty => {
            if edition > 0 {
                out.push('1');
            }
        }
        Kind::Remark => {
            // Line breaks in about two rows of a hundred.
            if chance.below(100) == 0 {
                out.push_str("[配送日時指定:]\r\n2026年4月2日\r\n午前, \"急ぎ\"");
            }
            if edition > 0 {
                out.push_str("追記");
            }
        }
    }
}

/// Which cells of a row changed between the two files.
#[derive(Clone, Copy, PartialEq)]
pub enum Changes {
    /// One row of a hundred changed, in two cells; one of a thousand removed, one of a thousand added.
    Few,
    /// Every row changed, in one cell.
    All,
}

fn write_row(row: Option<u64>, edition: impl Fn(usize) -> u64, style: Style, text: &mut String, scratch: &mut String) {
    for index in 0..COLUMNS {
        let column = if style.backwards { COLUMNS - 1 - index } else { index };
        if index > 0 {
            text.push(',');
        }
        match row {
            Some(row) => cell(row, column, edition(column), style.dressed, scratch),
            None => *scratch = name(column),
        }
        push_cell(scratch, style.quoted, text);
    }
    text.push_str("\r\n");
}

fn push_cell(cell: &str, quoted: bool, text: &mut String) {
    if quoted || cell.contains(['"', ',', '\r', '\n']) {
        text.push('"');
        text.push_str(&cell.replace('"', "\"\""));
        text.push('"');
    } else {
        text.push_str(cell);
    }
}

fn flush(text: &mut String, cp932: bool, out: &mut impl Write) -> io::Result<()> {
    if cp932 {
        let bytes = denpyo::flow::encode::cp932(text, denpyo::flow::encode::Unmappable::Stop)
            .map_err(|bad| io::Error::other(format!("{} does not fit", bad.char)))?;
        out.write_all(&bytes)?;
    } else {
        out.write_all(text.as_bytes())?;
    }
    text.clear();
    Ok(())
}

/// The first order file.
pub fn old_orders(path: &Path, rows: u64, style: Style) -> io::Result<()> {
    let mut out = io::BufWriter::with_capacity(1 << 20, std::fs::File::create(path)?);
    let (mut text, mut scratch) = (String::new(), String::new());
    write_row(None, |_| 0, style, &mut text, &mut scratch);
    for row in 0..rows {
        write_row(Some(row), |_| 0, style, &mut text, &mut scratch);
        if row % 64 == 0 {
            flush(&mut text, style.cp932, &mut out)?;
        }
    }
    flush(&mut text, style.cp932, &mut out)?;
    out.flush()
}

/// The second one, rows shuffled within windows of 256, and what changed.
pub fn new_orders(path: &Path, rows: u64, style: Style, changes: Option<Changes>) -> io::Result<Answer> {
    let mut out = io::BufWriter::with_capacity(1 << 20, std::fs::File::create(path)?);
    let (mut text, mut scratch) = (String::new(), String::new());
    let mut answer = Answer::default();
    let mut chance = Chance(7);
    write_row(None, |_| 0, style, &mut text, &mut scratch);
    for start in (0..rows).step_by(256) {
        let mut window: Vec<u64> = (start..(start + 256).min(rows)).collect();
        for at in (1..window.len()).rev() {
            window.swap(at, chance.below(at as u64 + 1) as usize);
        }
        for row in window {
            let few = changes == Some(Changes::Few);
            if few && row % 1_000 == 17 {
                answer.removed += 1;
                continue;
            }
            if few && row % 1_000 == 18 {
                answer.added += 1;
                write_row(Some(row + 10_000_000), |_| 0, style, &mut text, &mut scratch);
            }
            let touched: &[usize] = match changes {
                Some(Changes::Few) if row % 100 == 5 => &[30, 87],
                Some(Changes::All) => &[30],
                _ => &[],
            };
            answer.changed_rows += u64::from(!touched.is_empty());
            answer.changed_cells += touched.len() as u64;
            write_row(Some(row), |column| u64::from(touched.contains(&column)), style, &mut text, &mut scratch);
        }
        flush(&mut text, style.cp932, &mut out)?;
    }
    out.flush()?;
    Ok(answer)
}

/// A carrier's file without header, 95 columns, unquoted, CP932.
pub fn carrier(path: &Path, rows: u64) -> io::Result<()> {
    let mut out = io::BufWriter::with_capacity(1 << 20, std::fs::File::create(path)?);
    let mut text = String::new();
    for row in 0..rows {
        let number = 10_000_000_000 + row * 37;
        let _ = write!(text, "{:010},0,0,{number}{},2026/04/02", row, number % 7);
        for column in 5..CARRIER_COLUMNS {
            text.push(',');
            match column % 9 {
                0 | 4 => text.push_str(WORDS[(row as usize + column) % 12]),
                1 => {
                    let _ = write!(text, "{}", row * column as u64 % 100_000);
                }
                _ => {}
            }
        }
        text.push_str("\r\n");
        if row % 64 == 0 {
            flush(&mut text, true, &mut out)?;
        }
    }
    flush(&mut text, true, &mut out)?;
    out.flush()
}
