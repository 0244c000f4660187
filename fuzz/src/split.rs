//! The splitter against the plain state machine, and against the `csv` crate where quoting is regular.

use crate::flow::decode::bom_length;
use crate::flow::split::{
    self, KERNELS, Record, Shape, Span, Stop, cells, first_record, kernel, scan, scan_with, unquote,
};
use crate::plain;
use std::ops::Range;

/// Columns that a bit each asks for; some lie further apart than a block is wide in short cells.
const COLUMNS: [usize; 7] = [0, 1, 2, 3, 5, 8, 70];

/// What is said of one record: where it stands, how many cells it has, and the wanted ones.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    bytes: Range<usize>,
    lines: u64,
    cells: u32,
    odd: split::Odd,
    wanted: Vec<Range<usize>>,
}

/// The first four bytes choose the delimiter, the size of a chunk, the wanted columns and a place to cut at;
/// the others are the file.
pub fn split(data: &[u8]) {
    let &[delimiter, chunk, wanted, cut, ref bytes @ ..] = data else { return };
    let delimiter = if matches!(delimiter, 0 | b'"' | b'\r' | b'\n') { b',' } else { delimiter };
    let columns: Vec<usize> = if wanted < 0x80 {
        (0..COLUMNS.len()).filter(|bit| wanted >> bit & 1 == 1).map(|bit| COLUMNS[bit]).collect()
    } else {
        (0..usize::from(wanted & 0x7f)).collect()
    };
    let shape = Shape::new(delimiter, &columns);
    let from = bom_length(bytes);
    let body = &bytes[from..];
    let file = plain::read(body, delimiter);
    let expect: Vec<Seen> = file.records.iter().map(|record| wanted_of(record, &columns)).collect();

    let all = Span { from: 0, upto: body.len(), last: true };
    assert_whole(&file, &expect, scan_seen(body, all, &shape, None));
    for kernel in KERNELS.into_iter().filter(|name| is_here(name)) {
        assert_whole(&file, &expect, scan_seen(body, all, &shape, Some(kernel)));
        stop_and_go_on(body, usize::from(cut), kernel, &shape, &file, &expect);
    }
    in_chunks(bytes, from, usize::from(chunk) + 1, &shape, &file, &expect);
    if let Some(record) = file.records.first() {
        let (found, _) = first_record(body, 0, delimiter).expect("there is one");
        assert_eq!(found, record.bytes);
        let each: Vec<Vec<u8>> = record.cells.iter().map(|cell| unquote(&body[cell.clone()]).into_owned()).collect();
        assert_eq!(cells(&body[found], delimiter), each);
    }
    if file.broken.is_none() && !file.records.iter().any(|record| record.odd.any()) {
        as_the_csv_crate(bytes, body, delimiter, &file);
    }
}

/// Whether this machine has the kernel; that it takes one it has is asked of all inputs.
fn is_here(name: &str) -> bool {
    let here = scan_with(name, b"", Span { from: 0, upto: 0, last: true }, &Shape::new(b',', &[]), &mut |_| ());
    assert!(here.is_some() || name != kernel());
    here.is_some()
}

fn wanted_of(record: &plain::Record, columns: &[usize]) -> Seen {
    let plain::Record { bytes, lines, cells, odd } = record;
    // A column that is not there is empty, at the end.
    let cell = |column: &usize| cells.get(*column).cloned().unwrap_or(bytes.end..bytes.end);
    let wanted = columns.iter().map(cell).collect();
    Seen { bytes: bytes.clone(), lines: *lines, cells: cells.len() as u32, odd: *odd, wanted }
}

/// What a scan tells, places counted in the file; by the kernel that is taken if none is named.
fn scan_seen(bytes: &[u8], span: Span, shape: &Shape, kernel: Option<&str>) -> (Vec<Seen>, Stop) {
    let mut seen = Vec::new();
    let mut visit = |record: &Record<'_>| {
        let placed = |cell: Range<usize>| record.start + cell.start..record.start + cell.end;
        let wanted: Vec<Range<usize>> =
            (0..shape.columns().len()).map(|index| placed(record.cell_range(index))).collect();
        for (index, cell) in wanted.iter().enumerate() {
            assert_eq!(record.cell(index), &bytes[cell.clone()]);
        }
        seen.push(Seen {
            bytes: record.start..record.start + record.bytes.len(),
            lines: record.lines,
            cells: record.cells,
            odd: record.odd,
            wanted,
        });
    };
    let stop = match kernel {
        Some(kernel) => scan_with(kernel, bytes, span, shape, &mut visit).expect("asked for before"),
        None => scan(bytes, span, shape, &mut visit),
    };
    (seen, stop)
}

/// Where the plain machine ends, in the words of a scan that began at the file's beginning.
fn stop_of(file: &plain::File, size: usize) -> Stop {
    match file.broken {
        None => Stop::Done { next: size, lines: file.lines },
        Some(plain::Broken::Nul { at, lines }) => Stop::Nul { at, lines },
        Some(plain::Broken::Unclosed { at, lines }) => Stop::Unclosed { at, lines },
    }
}

/// Where the file ends by what is known of it.
fn size(file: &plain::File, stop: Stop) -> usize {
    match (file.broken, stop) {
        (None, Stop::Done { next, .. }) => next,
        _ => 0,
    }
}

fn assert_whole(file: &plain::File, expect: &[Seen], (seen, stop): (Vec<Seen>, Stop)) {
    assert_eq!(seen, expect);
    assert_eq!(stop, stop_of(file, size(file, stop)));
}

/// A scan that ends early, for want of bytes or because no more was asked for, goes on where it says.
fn stop_and_go_on(bytes: &[u8], cut: usize, kernel: &str, shape: &Shape, file: &plain::File, expect: &[Seen]) {
    let cut = cut.min(bytes.len());
    let ends = [
        scan_seen(&bytes[..cut], Span { from: 0, upto: usize::MAX, last: false }, shape, Some(kernel)),
        scan_seen(bytes, Span { from: 0, upto: cut, last: true }, shape, Some(kernel)),
    ];
    for (way, (mut seen, stop)) in ends.into_iter().enumerate() {
        let (start, before) = match stop {
            Stop::Short { start, lines } if way == 0 => (start, lines),
            Stop::Done { next, lines } if way == 1 => (next, lines),
            stop => {
                assert_eq!(stop, stop_of(file, bytes.len()));
                assert_eq!(seen, expect);
                continue;
            }
        };
        if way == 1 {
            assert!(seen.iter().all(|record| record.bytes.start < cut) && start >= cut);
        }
        let rest = Span { from: start, upto: bytes.len(), last: true };
        let (more, stop) = scan_seen(bytes, rest, shape, Some(kernel));
        // Nothing is held back that was there: at most a return that may belong to a line feed.
        assert!(way == 1 || more.first().is_none_or(|record| record.bytes.end + 1 >= cut));
        seen.extend(more.into_iter().map(|record| Seen { lines: record.lines + before, ..record }));
        assert_eq!(seen, expect);
        let stop = match stop {
            Stop::Done { next, lines } => Stop::Done { next, lines: lines + before },
            Stop::Short { start, lines } => Stop::Short { start, lines: lines + before },
            Stop::Nul { at, lines } => Stop::Nul { at, lines: lines + before },
            Stop::Unclosed { at, lines } => Stop::Unclosed { at, lines: lines + before },
        };
        assert_eq!(stop, stop_of(file, bytes.len()));
    }
}

/// Cut by several workers, each beginning in the middle of something.
fn in_chunks(bytes: &[u8], from: usize, chunk: usize, shape: &Shape, file: &plain::File, expect: &[Seen]) {
    let rows = match (split::split(bytes, from, shape, chunk), file.broken) {
        (Ok(rows), None) => rows,
        (Err(found), Some(broken)) => {
            let expect = match broken {
                plain::Broken::Nul { at, lines } => split::Broken::Nul { at: (from + at) as u64, line: lines + 1 },
                plain::Broken::Unclosed { at, lines } => {
                    split::Broken::Unclosed { at: (from + at) as u64, line: lines + 1 }
                }
            };
            assert_eq!(found, expect);
            return;
        }
        (found, expect) => panic!("{found:?} where {expect:?} is right"),
    };
    assert_eq!(rows.rows().len(), expect.len());
    for (index, (row, expect)) in rows.rows().iter().zip(expect).enumerate() {
        let start = row.start as usize - from;
        assert_eq!(start..start + row.length as usize, expect.bytes);
        assert_eq!((u64::from(row.lines), row.cells, row.odd), (expect.lines, expect.cells, expect.odd));
        assert_eq!(rows.record(bytes, index), &bytes[from..][expect.bytes.clone()]);
        for (place, cell) in expect.wanted.iter().enumerate() {
            assert_eq!(rows.cell(bytes, index, place), &bytes[from..][cell.clone()]);
        }
    }
}

fn as_the_csv_crate(bytes: &[u8], body: &[u8], delimiter: u8, file: &plain::File) {
    let reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(bytes);
    let mut records = reader.into_byte_records();
    for ours in &file.records {
        let theirs = records.next().and_then(Result::ok).expect("a record for each of ours");
        assert_eq!(theirs.len(), ours.cells.len());
        for (theirs, ours) in theirs.iter().zip(&ours.cells) {
            assert_eq!(unquote(&body[ours.clone()]), theirs);
        }
    }
    assert!(records.next().is_none());
}
