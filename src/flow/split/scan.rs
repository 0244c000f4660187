//! The scan: blocks in, records out, with the bounds of the wanted cells. Clean records cost a few
//! mask operations per block; a record with anything irregular in it is read again by the plain
//! state machine, which alone decides what it means. Knows nothing of encodings or columns' names.

use super::kernel::{Kernel, Scalar};
use super::{Odd, Record, Shape};

/// Which records to find.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    /// Where the first record begins; it must be the beginning of a record.
    pub from: usize,
    /// Records that begin before this are visited.
    pub upto: usize,
    /// The bytes end where the file ends. Otherwise a record that the bytes cut off is [`Stop::Short`].
    pub last: bool,
}

/// How a scan ended. `lines` counts line ends since `Span::from`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// All records of the span were visited; the next one begins here.
    Done { next: usize, lines: u64 },
    /// The record that begins here is not whole in these bytes.
    Short { start: usize, lines: u64 },
    /// A NUL byte: not text.
    Nul { at: usize, lines: u64 },
    /// The quote opened here is never closed.
    Unclosed { at: usize, lines: u64 },
}

/// The kernels there are, by name, the best first.
pub const KERNELS: [&str; 4] = ["avx512", "avx2", "sse2", "scalar"];

/// The kernel that [`scan`] takes on this machine.
pub fn kernel() -> &'static str {
    #[cfg(target_arch = "x86_64")]
    {
        use super::kernel::{Avx2, Avx512};
        let best = if Avx512::available() { 0 } else { 2 - usize::from(Avx2::available()) };
        KERNELS[best]
    }
    #[cfg(not(target_arch = "x86_64"))]
    KERNELS[3]
}

/// Whether [`scan`] takes the kernel for AVX-512 here: what `visit` is given to do may then take those
/// instructions too, byte permutation and AES among them.
#[cfg(target_arch = "x86_64")]
pub fn has_avx512() -> bool {
    super::kernel::Avx512::available()
}

/// Scans with the best kernel this machine has.
pub fn scan<F: FnMut(&Record<'_>)>(bytes: &[u8], span: Span, shape: &Shape, visit: &mut F) -> Stop {
    #[cfg(target_arch = "x86_64")]
    {
        if super::kernel::Avx512::available() {
            // SAFETY: the processor was asked.
            return unsafe { scan_avx512(bytes, span, shape, visit) };
        }
        if super::kernel::Avx2::available() {
            // SAFETY: the processor was asked.
            return unsafe { scan_avx2(bytes, span, shape, visit) };
        }
        // SAFETY: SSE2 is part of x86-64.
        unsafe { run::<super::kernel::Sse2, F>(bytes, span, shape, visit) }
    }
    #[cfg(not(target_arch = "x86_64"))]
    // SAFETY: the scalar kernel needs nothing of the processor.
    unsafe {
        run::<Scalar, F>(bytes, span, shape, visit)
    }
}

/// Scans with the kernel of that name, one of [`KERNELS`]; `None` if this machine lacks it. Each is the others'
/// twin: only time may tell them apart.
pub fn scan_with<F: FnMut(&Record<'_>)>(
    kernel: &str,
    bytes: &[u8],
    span: Span,
    shape: &Shape,
    visit: &mut F,
) -> Option<Stop> {
    match kernel {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the processor is asked first.
        "avx512" => super::kernel::Avx512::available().then(|| unsafe { scan_avx512(bytes, span, shape, visit) }),
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the processor is asked first.
        "avx2" => super::kernel::Avx2::available().then(|| unsafe { scan_avx2(bytes, span, shape, visit) }),
        #[cfg(target_arch = "x86_64")]
        // SAFETY: SSE2 is part of x86-64.
        "sse2" => Some(unsafe { run::<super::kernel::Sse2, F>(bytes, span, shape, visit) }),
        // SAFETY: the scalar kernel needs nothing of the processor.
        "scalar" => Some(unsafe { run::<Scalar, F>(bytes, span, shape, visit) }),
        _ => None,
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(
    enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vbmi,avx512vbmi2,aes,vaes,pclmulqdq,bmi1,bmi2,popcnt"
)]
unsafe fn scan_avx512<F: FnMut(&Record<'_>)>(bytes: &[u8], span: Span, shape: &Shape, visit: &mut F) -> Stop {
    // SAFETY: the features are enabled here and were asked for by the caller.
    unsafe { run::<super::kernel::Avx512, F>(bytes, span, shape, visit) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,pclmulqdq,bmi1,bmi2,popcnt")]
unsafe fn scan_avx2<F: FnMut(&Record<'_>)>(bytes: &[u8], span: Span, shape: &Shape, visit: &mut F) -> Stop {
    // SAFETY: the features are enabled here and were asked for by the caller.
    unsafe { run::<super::kernel::Avx2, F>(bytes, span, shape, visit) }
}

/// A block has no more delimiters; so many places are written at once.
const PLACES: usize = 64;

#[inline(always)]
unsafe fn run<K: Kernel, F: FnMut(&Record<'_>)>(bytes: &[u8], span: Span, shape: &Shape, visit: &mut F) -> Stop {
    // A carriage return at a cut may or may not belong to a line feed that is not here yet.
    let bytes = match bytes {
        [whole @ .., b'\r'] if !span.last => whole,
        whole => whole,
    };
    let mut start = span.from;
    let mut start_lines = 0u64;
    if start >= span.upto {
        return Stop::Done { next: start, lines: 0 };
    }
    let needs = shape.needs.as_slice();
    // Room behind them for what is written beyond the last one.
    let mut cuts = vec![u32::MAX; needs.len() + PLACES];
    let (mut at, mut lines) = (start, 0u64);
    // Of the record so far: delimiters passed, cuts filled.
    let (mut passed, mut filled) = (0u32, 0usize);
    // Of the byte before the block: inside quotes; a cell may begin after it; it closed a quote.
    let (mut inside, mut may_open, mut closed) = (0u64, 1u64, 0u64);
    let mut tail;
    while at < bytes.len() {
        let left = bytes.len() - at;
        // One call for both cases: with two, the compiler carries the masks between them bit by bit.
        let (block, valid) = if left >= 64 {
            (bytes[at..].as_ptr(), u64::MAX)
        } else {
            // Behind the end stands nothing that a cell could end at.
            tail = [if shape.delimiter == b' ' { b'a' } else { b' ' }; 64];
            tail[..left].copy_from_slice(&bytes[at..]);
            (tail.as_ptr(), (1u64 << left) - 1)
        };
        // SAFETY: 64 bytes are there; the caller vouches for the processor.
        let masks = unsafe { K::masks(block, &shape.splat) };
        let feed_follows = (masks.line_feed >> 1) | (u64::from(left > 64 && bytes[at + 64] == b'\n') << 63);
        let line_ends = masks.line_feed | (masks.carriage_return & !feed_follows);
        // SAFETY: the caller vouches for the processor.
        let quoted = unsafe { K::parity(masks.quote) } ^ inside;
        let (opening, closing) = (masks.quote & quoted, masks.quote & !quoted);
        let edges = masks.delimiter | masks.line_feed | masks.carriage_return;
        let cell_ends = (edges & !quoted) | closing;
        let stray = opening & !((cell_ends << 1) | may_open);
        let tailed = ((closing << 1) | closed) & !(edges | masks.quote);
        let odd = (stray | tailed | masks.nul) & valid;

        // What lies before the first odd byte can be trusted.
        let trusted = if odd == 0 { u64::MAX } else { (odd & odd.wrapping_neg()) - 1 };
        let mut delimiters = masks.delimiter & !quoted & trusted;
        let mut terminators = line_ends & !quoted & trusted;
        if odd | terminators == 0 {
            // Nearly every block: nothing ends in it, and no wanted bound is there.
            let count = delimiters.count_ones();
            if filled == needs.len() || passed + count <= needs[filled] {
                passed += count;
                lines += u64::from(line_ends.count_ones());
                inside = (quoted.cast_signed() >> 63).cast_unsigned();
                may_open = cell_ends >> 63;
                closed = closing >> 63;
                at += 64;
                continue;
            }
        }
        loop {
            let through = terminators ^ terminators.wrapping_sub(1);
            let here = if terminators == 0 { delimiters } else { delimiters & through };
            let count = here.count_ones();
            if shape.every {
                // Every delimiter is a bound. What is written beyond those that are here is overwritten.
                if let Some(places) = cuts[filled..].first_chunk_mut::<PLACES>() {
                    // SAFETY: the caller vouches for the processor.
                    unsafe { K::places(here, (at as u32).wrapping_sub(start as u32), places) };
                }
                filled = needs.len().min((passed + count) as usize);
            }
            while filled < needs.len() && needs[filled] < passed + count {
                // SAFETY: that many bits are set; the caller vouches for the processor.
                let place = unsafe { K::place(here, needs[filled] - passed) };
                cuts[filled] = (at + place as usize - start) as u32;
                filled += 1;
            }
            passed += count;
            if terminators == 0 {
                break;
            }
            let end = at + terminators.trailing_zeros() as usize;
            let crlf = bytes[end] == b'\n' && end > start && bytes[end - 1] == b'\r';
            let content = &bytes[start..if crlf { end - 1 } else { end }];
            if !content.is_empty() {
                cuts[filled..needs.len()].fill(u32::MAX);
                visit(&Record {
                    bytes: content,
                    start,
                    lines: start_lines,
                    cells: passed + 1,
                    odd: Odd::default(),
                    cuts: &cuts[..needs.len()],
                    shape,
                });
            }
            start = end + 1;
            start_lines = lines + u64::from((line_ends & through).count_ones());
            (passed, filled) = (0, 0);
            if start >= span.upto {
                return Stop::Done { next: start, lines: start_lines };
            }
            delimiters &= !through;
            terminators &= !through;
        }
        if odd != 0 {
            match plain_record(bytes, start, span.last, shape, &mut cuts[..needs.len()]) {
                Plain::Record { content, next, lines: more, cells, odd } => {
                    let content = &bytes[start..content];
                    if !content.is_empty() {
                        visit(&Record {
                            bytes: content,
                            start,
                            lines: start_lines,
                            cells,
                            odd,
                            cuts: &cuts[..needs.len()],
                            shape,
                        });
                    }
                    start = next;
                    start_lines += more;
                }
                Plain::Short => return Stop::Short { start, lines: start_lines },
                Plain::Nul { at, lines } => return Stop::Nul { at, lines: start_lines + lines },
                Plain::Unclosed { at, lines } => return Stop::Unclosed { at, lines: start_lines + lines },
            }
            if start >= span.upto {
                return Stop::Done { next: start, lines: start_lines };
            }
            (at, lines, passed, filled) = (start, start_lines, 0, 0);
            (inside, may_open, closed) = (0, 1, 0);
            continue;
        }
        lines += u64::from(line_ends.count_ones());
        inside = (quoted.cast_signed() >> 63).cast_unsigned();
        may_open = cell_ends >> 63;
        closed = closing >> 63;
        at += 64;
    }
    if start >= bytes.len() && span.last {
        return Stop::Done { next: start, lines };
    }
    if !span.last {
        return Stop::Short { start, lines: start_lines };
    }
    if inside != 0 {
        return match plain_record(bytes, start, true, shape, &mut cuts[..needs.len()]) {
            Plain::Unclosed { at, lines } => Stop::Unclosed { at, lines: start_lines + lines },
            // Not reached: both readings agree on where a clean record's quotes are.
            _ => Stop::Unclosed { at: start, lines: start_lines },
        };
    }
    cuts[filled..needs.len()].fill(u32::MAX);
    visit(&Record {
        bytes: &bytes[start..],
        start,
        lines: start_lines,
        cells: passed + 1,
        odd: Odd::default(),
        cuts: &cuts[..needs.len()],
        shape,
    });
    Stop::Done { next: bytes.len(), lines }
}

/// What the plain state machine made of one record.
pub(super) enum Plain {
    Record { content: usize, next: usize, lines: u64, cells: u32, odd: Odd },
    Short,
    Nul { at: usize, lines: u64 },
    Unclosed { at: usize, lines: u64 },
}

/// One record, byte by byte, as RFC 4180 readers with a lenient hand take it: a quote inside an
/// unquoted cell is text, text after a closing quote goes on as text. Both are noted in [`Odd`].
pub(super) fn plain_record(bytes: &[u8], start: usize, last: bool, shape: &Shape, cuts: &mut [u32]) -> Plain {
    #[derive(Clone, Copy, PartialEq)]
    enum State {
        Begin,
        Text,
        Quoted,
        Closed,
    }
    cuts.fill(u32::MAX);
    let (mut state, mut odd, mut lines, mut passed, mut filled, mut opened) =
        (State::Begin, Odd::default(), 0u64, 0u32, 0usize, start);
    let mut at = start;
    while at < bytes.len() {
        let byte = bytes[at];
        if byte == 0 {
            return Plain::Nul { at, lines };
        }
        let ends_line = byte == b'\n' || (byte == b'\r' && bytes.get(at + 1) != Some(&b'\n'));
        lines += u64::from(ends_line);
        match state {
            State::Quoted => {
                if byte == b'"' {
                    state = State::Closed;
                }
            }
            State::Closed if byte == b'"' => state = State::Quoted,
            _ => {
                if byte == shape.delimiter {
                    if shape.needs.get(filled) == Some(&passed) {
                        cuts[filled] = (at - start) as u32;
                        filled += 1;
                    }
                    passed += 1;
                    state = State::Begin;
                } else if byte == b'\n' || byte == b'\r' {
                    let next = if byte == b'\r' && bytes.get(at + 1) == Some(&b'\n') {
                        lines += 1;
                        at + 2
                    } else {
                        at + 1
                    };
                    return Plain::Record { content: at, next, lines, cells: passed + 1, odd };
                } else if byte == b'"' && state == State::Begin {
                    opened = at;
                    state = State::Quoted;
                } else {
                    if state == State::Closed {
                        odd.text_after_quote = true;
                        // The byte before the closing quote; in CP932 it may be half of a character, so this is a hint only.
                        odd.backslash |= at >= start + 2 && bytes[at - 2] == b'\\';
                    }
                    odd.stray_quote |= byte == b'"';
                    state = State::Text;
                }
            }
        }
        at += 1;
    }
    if !last {
        Plain::Short
    } else if state == State::Quoted {
        // Lines up to the opening quote, not to the end of the file.
        Plain::Unclosed { at: opened, lines: count_lines(&bytes[start..opened]) }
    } else {
        Plain::Record { content: bytes.len(), next: bytes.len(), lines, cells: passed + 1, odd }
    }
}

/// Line ends in these bytes: LF, CRLF and lone CR count one each.
pub fn count_lines(bytes: &[u8]) -> u64 {
    memchr::memchr2_iter(b'\n', b'\r', bytes)
        .filter(|at| bytes[*at] == b'\n' || bytes.get(at + 1) != Some(&b'\n'))
        .count() as u64
}
