//! What kinds of bytes stand in a short text, sixteen at a time: the question that decides whether a cell
//! is its own canonical form. Plain arithmetic on words, and the same with SSE2, which every 64-bit x86
//! processor has. Knows nothing of cells.

/// Bytes that are looked at together, as two little-endian words.
pub(super) const SHORT: usize = 16;

/// A bit for each of the sixteen bytes, lowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Classes {
    /// Blanks, control characters, quotes, `=`, DEL and what is not ASCII: may be trimmed, doubled, a guard
    /// or half of a character.
    pub awkward: u32,
    pub no_digit: u32,
    /// No digit, nor one of `+,-./:` that stand between digits.
    pub no_figure: u32,
}

#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub(super) fn of(words: [u64; 2]) -> Classes {
    // SAFETY: SSE2 is part of x86-64, and no pointer is touched.
    unsafe { of_sse2(words) }
}

#[cfg(target_arch = "x86_64")]
#[inline]
#[target_feature(enable = "sse2")]
fn of_sse2(words: [u64; 2]) -> Classes {
    use std::arch::x86_64::*;
    // Macros, not closures: those would be functions without the feature.
    macro_rules! splat {
        ($byte:expr) => {
            _mm_set1_epi8(($byte as u8).cast_signed())
        };
    }
    let text = _mm_set_epi64x(words[1].cast_signed(), words[0].cast_signed());
    // Moved so that the first of the span is the least there is; then one signed comparison tells.
    macro_rules! outside {
        ($from:expr, $count:expr) => {{
            let moved = _mm_add_epi8(text, splat!(0x80u8.wrapping_sub($from)));
            _mm_movemask_epi8(_mm_cmpgt_epi8(moved, splat!(0x80u8 + $count - 1))).cast_unsigned()
        }};
    }
    // Bytes beyond ASCII are negative and so below the blank too.
    let low = _mm_cmplt_epi8(text, splat!(b'!'));
    let signs = _mm_or_si128(_mm_cmpeq_epi8(text, splat!(b'"')), _mm_cmpeq_epi8(text, splat!(b'=')));
    let odd = _mm_or_si128(_mm_or_si128(low, _mm_cmpeq_epi8(text, splat!(0x7f))), signs);
    Classes {
        awkward: _mm_movemask_epi8(odd).cast_unsigned(),
        no_digit: outside!(b'0', 10),
        no_figure: outside!(b'+', 16),
    }
}

/// A bit for each of the sixteen bytes that is neither a digit nor between `A` and `~`. The bits above are
/// anything.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub(super) fn no_letter_or_digit(words: [u64; 2]) -> u32 {
    // SAFETY: SSE2 is part of x86-64, and no pointer is touched.
    unsafe { no_letter_or_digit_sse2(words) }
}

#[cfg(target_arch = "x86_64")]
#[inline]
#[target_feature(enable = "sse2")]
fn no_letter_or_digit_sse2(words: [u64; 2]) -> u32 {
    use std::arch::x86_64::*;
    macro_rules! inside {
        ($text:expr, $from:expr, $count:expr) => {{
            let moved = _mm_add_epi8($text, _mm_set1_epi8(0x80u8.wrapping_sub($from).cast_signed()));
            _mm_cmplt_epi8(moved, _mm_set1_epi8((0x80u8 + $count).cast_signed()))
        }};
    }
    let text = _mm_set_epi64x(words[1].cast_signed(), words[0].cast_signed());
    let hits = _mm_or_si128(inside!(text, b'0', 10), inside!(text, b'A', 62));
    !_mm_movemask_epi8(hits).cast_unsigned()
}

#[cfg(not(target_arch = "x86_64"))]
pub(super) use {no_letter_or_digit_words as no_letter_or_digit, of_words as of};

/// The same by arithmetic on words.
#[cfg(any(test, not(target_arch = "x86_64")))]
pub(super) fn no_letter_or_digit_words(words: [u64; 2]) -> u32 {
    let bits = |word: u64| {
        let low = word & !HIGH;
        let none = word & HIGH | outside(low, b'0', b'9') & outside(low, b'A', b'~');
        (none >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
    };
    (bits(words[0]) | bits(words[1]) << 8) as u32
}

/// The same by arithmetic on words.
#[cfg(any(test, not(target_arch = "x86_64")))]
pub(super) fn of_words(words: [u64; 2]) -> Classes {
    let gather = |find: &dyn Fn(u64) -> u64| {
        let bits = |word: u64| (find(word) >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        (bits(words[0]) | bits(words[1]) << 8) as u32
    };
    Classes {
        awkward: gather(&|word| word & HIGH | awkward(word & !HIGH)),
        no_digit: gather(&|word| word & HIGH | outside(word & !HIGH, b'0', b'9')),
        no_figure: gather(&|word| word & HIGH | outside(word & !HIGH, b'+', b':')),
    }
}

/// The high bit of each byte.
pub(super) const HIGH: u64 = 0x8080_8080_8080_8080;
const ONES: u64 = 0x0101_0101_0101_0101;

/// The high bit of each byte that is below `from` or above `to`. All bytes and bounds are ASCII.
#[inline(always)]
pub(super) fn outside(word: u64, from: u8, to: u8) -> u64 {
    (!(word + ONES * u64::from(0x80 - from)) | (word + ONES * u64::from(0x7f - to))) & HIGH
}

/// The high bit of each byte that is this one. All bytes are ASCII.
#[inline(always)]
pub(super) fn equal(word: u64, byte: u8) -> u64 {
    !((word ^ (ONES * u64::from(byte))) + ONES * 0x7f) & HIGH
}

/// The high bit of each byte that is a blank, a control character, a quote or `=`. All bytes are ASCII.
#[inline(always)]
pub(super) fn awkward(word: u64) -> u64 {
    outside(word, b'!', 0x7e) | equal(word, b'"') | equal(word, b'=')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Byte by byte.
    fn slow(bytes: [u8; SHORT]) -> Classes {
        let bits = |find: fn(u8) -> bool| {
            bytes.iter().enumerate().fold(0u32, |bits, (at, byte)| bits | u32::from(find(*byte)) << at)
        };
        Classes {
            awkward: bits(|byte| matches!(byte, 0..=b' ' | b'"' | b'=' | 0x7f..)),
            no_digit: bits(|byte| !byte.is_ascii_digit()),
            no_figure: bits(|byte| !matches!(byte, b'+'..=b':')),
        }
    }

    fn check(bytes: [u8; SHORT]) {
        let whole = u128::from_le_bytes(bytes);
        let words = [whole as u64, (whole >> 64) as u64];
        assert_eq!(of(words), slow(bytes), "{bytes:02x?}");
        assert_eq!(of_words(words), slow(bytes), "{bytes:02x?}");
        let plain = |byte: &u8| matches!(byte, b'0'..=b'9' | b'A'..=b'~');
        let none = bytes.iter().enumerate().fold(0u32, |bits, (at, byte)| bits | u32::from(!plain(byte)) << at);
        assert_eq!(no_letter_or_digit(words) & 0xffff, none, "{bytes:02x?}");
        assert_eq!(no_letter_or_digit_words(words) & 0xffff, none, "{bytes:02x?}");
    }

    #[test]
    fn every_byte_has_its_classes_at_every_place() {
        for byte in 0..=u8::MAX {
            check([byte; SHORT]);
            for at in 0..SHORT {
                for other in [b'0', b'a', 0, 0xff] {
                    let mut bytes = [other; SHORT];
                    bytes[at] = byte;
                    check(bytes);
                }
            }
        }
    }
}
