//! Tests of the splitter: the scalar twin, the `csv` crate as the slow one, and edges moved over every byte.

use super::*;
use proptest::prelude::*;

type Cells = Vec<Vec<Vec<u8>>>;

/// Every cell of every record through the fast path, with the given chunk size.
fn fast(bytes: &[u8], delimiter: u8, chunk: usize) -> Result<Cells, Broken> {
    let widest = slow(bytes, delimiter).iter().map(Vec::len).max().unwrap_or(0);
    let shape = Shape::new(delimiter, &(0..widest).collect::<Vec<_>>());
    let rows = split(bytes, crate::flow::decode::bom_length(bytes), &shape, chunk)?;
    let row = |(at, row): (usize, &Row)| {
        (0..row.cells as usize).map(|index| unquote_as_csv_does(rows.cell(bytes, at, index))).collect()
    };
    Ok(rows.rows().iter().enumerate().map(row).collect())
}

/// The slow twin.
fn slow(bytes: &[u8], delimiter: u8) -> Cells {
    csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(bytes)
        .byte_records()
        .map(|record| record.unwrap().iter().map(<[u8]>::to_vec).collect())
        .collect()
}

/// Text after a closing quote is refused by us, but the csv crate joins it; to compare, so do we.
fn unquote_as_csv_does(cell: &[u8]) -> Vec<u8> {
    let Some(inner) = cell.strip_prefix(b"\"") else { return cell.to_vec() };
    let mut out = Vec::new();
    let mut rest = inner.iter().copied().peekable();
    while let Some(byte) = rest.next() {
        if byte != b'"' {
            out.push(byte);
        } else if rest.peek() == Some(&b'"') {
            rest.next();
            out.push(b'"');
        } else {
            out.extend(rest);
            break;
        }
    }
    out
}

/// Whether a quote stays open to the end, told by the plainest machine there is.
fn ends_inside_quotes(bytes: &[u8], delimiter: u8) -> bool {
    let (mut begin, mut inside, mut closed) = (true, false, false);
    for &byte in &bytes[crate::flow::decode::bom_length(bytes)..] {
        let edge = byte == delimiter || byte == b'\n' || byte == b'\r';
        if inside {
            (inside, closed) = (byte != b'"', byte == b'"');
        } else if closed && byte == b'"' {
            (inside, closed) = (true, false);
        } else {
            inside = begin && byte == b'"';
            closed = false;
            begin = edge;
            continue;
        }
        begin = false;
    }
    inside
}

fn check(bytes: &[u8], delimiter: u8) {
    let expect = if ends_inside_quotes(bytes, delimiter) { None } else { Some(slow(bytes, delimiter)) };
    let text = String::from_utf8_lossy(bytes);
    for chunk in [5, 64, usize::MAX / 4] {
        let found = fast(bytes, delimiter, chunk).ok();
        assert_eq!(found, expect, "chunk {chunk}: {text:?}");
    }
    // Every kernel of this machine, in one go, and the one that is taken.
    let shape = Shape::new(delimiter, &[0, 2]);
    let all = Span { from: 0, upto: bytes.len(), last: true };
    let with = |kernel: Option<&str>| {
        let mut seen = Vec::new();
        let mut visit = |record: &Record<'_>| {
            seen.push((record.start, record.lines, record.cells, record.odd, record.cell(1).to_vec()))
        };
        let stop = match kernel {
            Some(kernel) => scan_with(kernel, bytes, all, &shape, &mut visit),
            None => Some(scan(bytes, all, &shape, &mut visit)),
        };
        stop.map(|stop| (seen, stop))
    };
    let taken = with(None);
    for kernel in KERNELS {
        let other = with(Some(kernel));
        assert!(other.is_none() || other == taken, "{kernel}: {text:?}");
    }
}

#[test]
fn cells_as_rfc_4180_has_them() {
    for text in [
        "",
        "\n",
        "\r\n\r\n",
        "a",
        "a,b\r\nc,d\r\n",
        "a,b\nc,d",
        "a,b\rc,d\r",
        "\"a\",\"b\"\r\n\"c\",\"d\"\r\n",
        "\"a\r\nb\",c\r\nd,e\r\n",
        "\"a\"\"b\",\"\"\"\"\r\n",
        "\"\",\"\"\r\n,\r\n",
        "a\"b,c\r\nd,e\r\n",
        "\"ab\"zz,c\r\nd,e\r\n",
        "\"a\\\"b\",c\r\nd,e\r\n",
        "a,\"b",
        "\"a",
        "a\tb\n\"c\td\"\te\n",
        "\"a\"\r\"b\"\r",
        "a,\"\"b\"\"\nc",
        "\"a,\"b,c\"\n\"d\"\n",
        "0\"x\"\r\n\r\n\r\n1",
        "\"\r\",\"\n\"\r\n1,2",
    ] {
        check(text.as_bytes(), b',');
        check(text.as_bytes(), b'\t');
    }
}

#[test]
fn the_kernels_go_by_their_names() {
    let all = Span { from: 0, upto: 3, last: true };
    let scan = |kernel| scan_with(kernel, b"a,b", all, &Shape::new(b',', &[0]), &mut |_| ()).is_some();
    assert!(scan(kernel()), "the one that is taken must be there");
    assert!(scan("scalar") && !scan("neon"));
    assert_eq!(scan("sse2"), cfg!(target_arch = "x86_64"));
}

#[test]
fn a_chunk_edge_may_fall_on_any_byte() {
    let mut text = String::new();
    for row in 0..40 {
        text.push_str(&format!("\"{row}\",\"name, with \"\"quotes\"\"\r\nand, lines\",x{row}\r\n"));
        text.push_str(&format!("{row},plain,\"\"\n"));
    }
    let bytes = text.as_bytes();
    let shape = Shape::new(b',', &[0, 1, 2]);
    let whole = split(bytes, 0, &shape, usize::MAX / 4).unwrap();
    for chunk in 1..bytes.len() {
        let parts = split(bytes, 0, &shape, chunk).unwrap();
        assert_eq!(parts.rows, whole.rows, "chunk {chunk}");
        assert_eq!(parts.cuts, whole.cuts, "chunk {chunk}");
    }
}

#[test]
fn anything_may_stand_on_a_block_edge() {
    let tail = b"\"b\"\"c\",\"\r\n\",\"\"\r\n\r\nd\x95,\"\x95\",e\n\"f\r\ng\"\rh,\"\"\"\"\x1a,i\xef\xbb\xbf";
    for shift in 0..=130 {
        let bytes = [&vec![b'a'; shift], &b","[..], &tail[..]].concat();
        check(&bytes, b',');
        let bytes = [&b"\""[..], &vec![b'\n'; shift], &b"\","[..], &tail[..], &b"\r\n"[..]].concat();
        check(&bytes, b',');
    }
}

#[test]
fn one_cell_may_be_longer_than_any_chunk() {
    let inner = "x,\"\"y\"\",\r\n0123456789".repeat(600_000);
    assert!(inner.len() > 10_000_000);
    let text = format!("a,b,c\r\n1,\"{inner}\",3\r\n4,5,6");
    let bytes = text.as_bytes();
    let shape = Shape::new(b',', &[0, 1, 2]);
    let whole = split(bytes, 0, &shape, usize::MAX / 4).unwrap();
    let cell = unquote(whole.cell(bytes, 1, 1)).into_owned();
    assert_eq!(cell, slow(bytes, b',')[1][1]);
    assert_eq!((whole.rows().len(), whole.cell(bytes, 2, 2)), (3, &b"6"[..]));
    for chunk in [1 << 16, CHUNK_BYTES, 3_000_001] {
        let parts = split(bytes, 0, &shape, chunk).unwrap();
        assert_eq!((&parts.rows, &parts.cuts), (&whole.rows, &whole.cuts), "chunk {chunk}");
    }
}

#[test]
fn lines_and_records_are_counted_apart() {
    let bytes = b"h1,h2\r\n\"a\r\nb\rc\",1\r\n\r\nd,2\re,3\n";
    let shape = Shape::new(b',', &[0]);
    for chunk in [1, 5, 1 << 20] {
        let rows = split(bytes, 0, &shape, chunk).unwrap();
        let lines: Vec<u32> = rows.rows().iter().map(|row| row.lines + 1).collect();
        assert_eq!(lines, [1, 2, 6, 7], "chunk {chunk}");
    }
}

#[test]
fn what_breaks_a_file_is_named_with_its_line() {
    let shape = Shape::new(b',', &[0]);
    let broken = |bytes: &[u8]| [1, 4, 1 << 20].map(|chunk| split(bytes, 0, &shape, chunk).err());
    let unclosed = Some(Broken::Unclosed { at: 6, line: 3 });
    assert_eq!(broken(b"a,b\nc\n\"d,e\nf,g\n"), [Some(Broken::Unclosed { at: 6, line: 3 }); 3]);
    assert_eq!(broken(b"a,b\nc\n\"d,e\nf,g\n\"\"h"), [unclosed; 3]);
    assert_eq!(broken(b"a,b\nc,\0\n"), [Some(Broken::Nul { at: 6, line: 2 }); 3]);
    assert_eq!(broken(b"a,b\n\"c\n\0\",d\n"), [Some(Broken::Nul { at: 7, line: 3 }); 3]);
}

#[test]
fn irregular_quotes_are_noted() {
    let shape = Shape::new(b',', &[0]);
    let odd = |bytes: &[u8]| split(bytes, 0, &shape, 1 << 20).unwrap().rows()[0].odd;
    assert_eq!(odd(b"a,b\n"), Odd::default());
    assert_eq!(odd(b"a\"b,c\n"), Odd { stray_quote: true, ..Odd::default() });
    assert_eq!(odd(b"\"ab\"zz,c\n"), Odd { text_after_quote: true, ..Odd::default() });
    assert_eq!(odd(b"\"ab\\\"zz\",c\n"), Odd { text_after_quote: true, backslash: true, stray_quote: true });
}

#[test]
fn a_wanted_column_beyond_the_record_is_empty() {
    let shape = Shape::new(b',', &[0, 3]);
    let rows = split(b"a,b\nc,d,e,f,g\n", 0, &shape, 1 << 20).unwrap();
    assert_eq!(rows.cell(b"a,b\nc,d,e,f,g\n", 0, 1), b"");
    assert_eq!(rows.cell(b"a,b\nc,d,e,f,g\n", 1, 1), b"f");
}

#[test]
fn a_blank_may_be_the_delimiter() {
    for text in ["a", "a b", "a b c\nd e", "\"a b\" c", "a  b ", " "] {
        check(text.as_bytes(), b' ');
    }
}

#[test]
fn cells_of_one_record() {
    assert_eq!(cells(b"a,\"b,\"\"c\"\"\r\nd\",", b','), [b"a".to_vec(), b"b,\"c\"\r\nd".to_vec(), b"".to_vec()]);
}

#[test]
fn bytes_that_end_early_are_short_and_go_on() {
    let bytes = b"a,b\r\n\"c\r\nd\",e\r\nf,g\r\n";
    let shape = Shape::new(b',', &[0, 1]);
    for cut in 0..bytes.len() {
        let mut starts = Vec::new();
        let stop = scan(&bytes[..cut], Span { from: 0, upto: usize::MAX, last: false }, &shape, &mut |record| {
            starts.push(record.start)
        });
        let Stop::Short { start, .. } = stop else { panic!("cut {cut}: {stop:?}") };
        scan(bytes, Span { from: start, upto: usize::MAX, last: true }, &shape, &mut |record| {
            starts.push(record.start)
        });
        assert_eq!(starts, [0, 5, 15], "cut {cut}");
    }
}

/// What generated files are made of, and how often; a character cut in half, a byte-order mark and an
/// end-of-file mark among it.
const PIECES: [(usize, &[u8]); 14] = [
    (6, b"a"),
    (4, b"\""),
    (4, b","),
    (2, b"\n"),
    (2, b"\r\n"),
    (1, b"\r"),
    (3, b"\",\""),
    (2, b"\"\""),
    (1, b"\"\r\n\""),
    (1, b"0123456789abcdefghijklmnopqrstuvwxyz"),
    (1, b"\x95\x5c"),
    (1, b"\x95"),
    (1, b"\xef\xbb\xbf"),
    (1, b"\x1a"),
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]
    #[test]
    fn the_fast_path_agrees_with_the_csv_crate(picks in proptest::collection::vec(0usize..30, 0..60)) {
        let pieces: Vec<&[u8]> = PIECES.iter().flat_map(|(often, piece)| std::iter::repeat_n(*piece, *often)).collect();
        let bytes: Vec<u8> = picks.into_iter().flat_map(|pick| pieces[pick]).copied().collect();
        check(&bytes, b',');
    }
}
