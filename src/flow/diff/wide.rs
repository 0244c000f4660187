//! The hash of a cell on processors that have AVX-512 and AES instructions: a cell is one register, its
//! kind a few comparisons, and a comma is taken out of an amount by one instruction. What
//! [`Words`](super::hash::Words) is elsewhere, with other hashes: a hash is only held against others of its own run.
//! The way through [`write_canonical`] is its slow twin in the tests, as there.
//!
//! A text is hashed as its bytes in UTF-8, sixteen at a time, zeros behind the last: each block goes
//! through rounds of AES with a key of its column and its place, and all blocks are added up. No text
//! ends with a NUL, so the length needs no place in it.

use super::cell::{DATE, own_form, write_canonical};
use super::hash::{CellHash, Seed, add_cells};
use super::japanese;
use crate::flow::split::{self, Record};
use crate::model::sheet::Encoding;
use std::arch::x86_64::*;
use std::ops::Range;

/// Bytes of a block.
const BLOCK: usize = 16;
/// The longest text that is looked at in one register.
const REGISTER: usize = 64;
/// CP932 pairs that become UTF-8 at once: three bytes each.
const PAIRS: usize = 16;

/// Where commas stand in an amount of so many bytes: every fourth place from the end, none in front.
const COMMAS: [u16; BLOCK + 1] = {
    let mut commas = [0u16; BLOCK + 1];
    let mut length = 5;
    while length <= BLOCK {
        let mut at = length;
        while at > 4 {
            at -= 4;
            commas[length] |= 1 << at;
        }
        // With a comma in front it is no amount.
        if length % 4 == 0 {
            commas[length] = 0;
        }
        length += 1;
    }
    commas
};

/// The first byte of each character of three bytes.
const LEADS: u64 = 0x9249_2492_4924_9249;

/// Three bytes of every four.
static THREE_OF_FOUR: [u8; REGISTER] = {
    let mut from = [0u8; REGISTER];
    let mut at = 0;
    while at < PAIRS * 3 {
        from[at] = (at / 3 * 4 + at % 3) as u8;
        at += 1;
    }
    from
};

/// Makes hashes of the cells of one file; there is none where the processor lacks what it takes.
pub(super) struct Wide {
    encoding: Encoding,
    exact: bool,
    japanese: &'static japanese::Table,
    /// Used again and again, for one cell at a time.
    words: [u64; japanese::WORDS],
    scratch: String,
}

/// All ones for so many lowest bits, at most 64.
#[inline(always)]
unsafe fn lowest(count: usize) -> u64 {
    // SAFETY: the caller vouches for BMI2.
    unsafe { _bzhi_u64(u64::MAX, count as u32) }
}

/// A block of text under its key.
#[inline(always)]
unsafe fn mix(text: __m128i, key: __m128i) -> __m128i {
    // SAFETY: the caller vouches for AES.
    unsafe {
        let once = _mm_aesenc_si128(_mm_xor_si128(text, key), key);
        let twice = _mm_aesenc_si128(once, key);
        _mm_aesenc_si128(twice, key)
    }
}

/// The key of a column's first block.
#[inline(always)]
unsafe fn key(seed: &Seed) -> __m128i {
    // SAFETY: sixteen bytes are there.
    unsafe { _mm_loadu_si128(seed.words().as_ptr().cast()) }
}

/// The keys of four blocks, the first of them number `block` of its text.
#[inline(always)]
unsafe fn keys(seed: &Seed, block: usize) -> __m512i {
    const STEP: i64 = 0x5851_f42d_4c95_7f2d;
    // SAFETY: the caller vouches for AVX-512.
    unsafe {
        let places = _mm512_set_epi64(3, 3, 2, 2, 1, 1, 0, 0);
        let places = _mm512_add_epi64(places, _mm512_set1_epi64((block as u64).cast_signed()));
        let steps = _mm512_mullo_epi64(places, _mm512_set1_epi64(STEP));
        _mm512_add_epi64(_mm512_broadcast_i32x4(key(seed)), steps)
    }
}

/// At most four blocks of a text under their keys, added up.
#[inline(always)]
unsafe fn mix_register(text: __m512i, length: usize, seed: &Seed, block: usize) -> __m128i {
    // SAFETY: the caller vouches for AVX-512 and VAES.
    unsafe {
        let keys = keys(seed, block);
        let mut mixed = _mm512_xor_si512(text, keys);
        mixed = _mm512_aesenc_epi128(mixed, keys);
        mixed = _mm512_aesenc_epi128(mixed, keys);
        mixed = _mm512_aesenc_epi128(mixed, keys);
        let lanes = lowest(length.div_ceil(BLOCK) * 2) as __mmask8;
        let mixed = _mm512_maskz_mov_epi64(lanes, mixed);
        let half = _mm256_add_epi64(_mm512_castsi512_si256(mixed), _mm512_extracti64x4_epi64(mixed, 1));
        _mm_add_epi64(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1))
    }
}

macro_rules! splat {
    ($byte:expr) => {
        _mm_set1_epi8(($byte as u8).cast_signed())
    };
}

impl Wide {
    /// None if the processor cannot.
    pub fn new(encoding: Encoding, exact: bool) -> Option<Wide> {
        split::has_avx512().then(|| Wide {
            encoding,
            exact,
            japanese: japanese::table(),
            words: [0; japanese::WORDS],
            scratch: String::new(),
        })
    }

    /// A function with the features, so that what is done for each cell needs no call.
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vbmi,avx512vbmi2,aes,vaes,bmi2")]
    fn cells(&mut self, bytes: &[u8], record: &Record<'_>, seeds: &[Option<Seed>], sum: __m128i) -> __m128i {
        add_cells(self, bytes, record, seeds, sum)
    }

    /// ASCII of up to sixteen bytes that is not only letters and digits. `digits` has a bit for each digit.
    #[inline(always)]
    unsafe fn short(&self, text: __m128i, keep: u16, digits: u16) -> Option<__m128i> {
        // SAFETY: the caller vouches for AVX-512.
        unsafe {
            let figure = _mm_mask_cmplt_epu8_mask(keep, _mm_sub_epi8(text, splat!(b'+')), splat!(16));
            if figure != keep || self.exact {
                let awkward = _mm_mask_cmplt_epu8_mask(keep, text, splat!(b'!'))
                    | _mm_mask_cmpgt_epu8_mask(keep, text, splat!(0x7e))
                    | _mm_mask_cmpeq_epi8_mask(keep, text, splat!(b'"'))
                    | _mm_mask_cmpeq_epi8_mask(keep, text, splat!(b'='));
                return (awkward == 0).then_some(text);
            }
            let between = keep & !digits;
            let length = keep.count_ones() as usize;
            let first_two = _mm_cvtsi128_si32(text).cast_unsigned();
            let zero_first = first_two & 0xff == u32::from(b'0');
            let commas = _mm_mask_cmpeq_epi8_mask(keep, text, splat!(b','));
            if commas == between {
                // 1,650
                let fits = commas == COMMAS[length] && !zero_first;
                return fits.then(|| _mm_maskz_compress_epi8(digits, text));
            }
            let hyphens = _mm_mask_cmpeq_epi8_mask(keep, text, splat!(b'-'));
            let first = between.trailing_zeros();
            let rest = between & (between - 1);
            if rest == 0 {
                let same = if hyphens == between {
                    // 100-0001 and -500, but not -0
                    first > 0 || length > 1 && first_two >> 8 & 0xff != u32::from(b'0')
                } else {
                    // 0.08
                    _mm_mask_cmpeq_epi8_mask(keep, text, splat!(b'.')) == between
                };
                return same.then_some(text);
            }
            if first != 4 {
                // 090-1234-5678: hyphens only, and no date.
                return (hyphens == between && first > 0).then_some(text);
            }
            let slashes = _mm_mask_cmpeq_epi8_mask(keep, text, splat!(b'/'));
            if hyphens != between && slashes != between {
                return None;
            }
            // 2026-04-02 and 2026/4/2
            let second = rest.trailing_zeros() as usize;
            let (month, day) = (second.wrapping_sub(5), length.wrapping_sub(second + 1));
            if rest & (rest - 1) != 0 || !(1..=2).contains(&month) || !(1..=2).contains(&day) {
                return None;
            }
            let places = 0b1010_1111 | u16::from(month == 2) << 4 | u16::from(day == 2) << 6;
            let zeros = _mm_set_epi64x(DATE as i64, 0x3030_3030_3030_3030);
            let date = _mm_mask_expand_epi8(zeros, places, _mm_maskz_compress_epi8(digits, text));
            let figures = _mm_cvtsi128_si64(date).cast_unsigned() & 0x0f0f_0f0f_0f0f_0f0f;
            let value = |at: u32| (figures >> (at * 8) & 0xf) * 10 + (figures >> (at * 8 + 8) & 0xf);
            let fits = (19..=29).contains(&value(0)) && (1..=12).contains(&value(4)) && (1..=31).contains(&value(6));
            fits.then_some(date)
        }
    }

    /// Kana and kanji alone, which are always their own canonical form.
    #[inline(never)]
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vbmi,avx512vbmi2,aes,vaes,bmi2")]
    fn japanese(&mut self, bytes: &[u8], from: usize, length: usize, seed: &Seed) -> Option<__m128i> {
        let text = &bytes[from..from + length];
        if self.encoding == Encoding::Cp932 {
            if length > PAIRS * 2 {
                let utf8 = japanese::from_cp932(self.japanese, bytes, from, length, &mut self.words)?;
                // SAFETY: words are plain bytes, and on these processors their first byte is their lowest.
                let bytes: &[u8; japanese::WORDS * 8] = unsafe { &*self.words.as_ptr().cast() };
                return Some(hash(&bytes[..utf8], seed));
            }
            if !length.is_multiple_of(2) {
                return None;
            }
            // SAFETY: masked reads stay inside the text; every pair is a place of the table.
            unsafe {
                let pairs = _mm256_maskz_loadu_epi8(lowest(length) as __mmask32, text.as_ptr().cast());
                let swap = _mm256_set1_epi16(8);
                let pairs = _mm256_or_si256(_mm256_sllv_epi16(pairs, swap), _mm256_srlv_epi16(pairs, swap));
                let lanes = lowest(length / 2) as __mmask16;
                let places = _mm512_cvtepu16_epi32(pairs);
                let zero = _mm512_setzero_si512();
                let letters = _mm512_mask_i32gather_epi32::<4>(zero, lanes, places, self.japanese.as_ptr().cast());
                if _mm512_mask_testn_epi32_mask(lanes, letters, letters) != 0 {
                    return None;
                }
                let pick = _mm512_loadu_si512(THREE_OF_FOUR.as_ptr().cast());
                let utf8 = length / 2 * 3;
                let packed = _mm512_maskz_permutexvar_epi8(lowest(utf8), pick, letters);
                Some(mix_register(packed, utf8, seed, 0))
            }
        } else {
            if length > REGISTER {
                return japanese::is_utf8(bytes, from, length).then(|| hash(text, seed));
            }
            if !length.is_multiple_of(3) {
                return None;
            }
            // SAFETY: masked reads stay inside the text.
            unsafe {
                let keep = lowest(length);
                let text = _mm512_maskz_loadu_epi8(keep, text.as_ptr().cast());
                let lead = LEADS & keep;
                let from_e3 = _mm512_sub_epi8(text, _mm512_set1_epi8(0xe3u8.cast_signed()));
                let leads = _mm512_mask_cmplt_epu8_mask(lead, from_e3, _mm512_set1_epi8(7));
                let trails = _mm512_mask_cmplt_epi8_mask(keep & !lead, text, _mm512_set1_epi8(0xc0u8.cast_signed()));
                // Not E3 80, which are the blank, the wave dash and signs.
                let e3 = _mm512_mask_testn_epi8_mask(lead, from_e3, from_e3);
                let signs = _mm512_mask_cmpeq_epi8_mask(e3 << 1, text, _mm512_set1_epi8(0x80u8.cast_signed()));
                (leads | trails == keep && signs == 0).then(|| mix_register(text, length, seed, 0))
            }
        }
    }

    /// ASCII of up to 64 bytes that is its own canonical form.
    #[inline(always)]
    unsafe fn ascii(&self, text: &[u8], seed: &Seed) -> Option<__m128i> {
        // SAFETY: masked reads stay inside the text; the caller vouches for AVX-512.
        unsafe {
            let keep = lowest(text.len());
            let wide = _mm512_maskz_loadu_epi8(keep, text.as_ptr().cast());
            let is = |byte: u8| _mm512_mask_cmpeq_epi8_mask(keep, wide, _mm512_set1_epi8(byte.cast_signed()));
            if _mm512_movepi8_mask(wide) | is(b'"') | is(b'\r') != 0 {
                return None;
            }
            if !self.exact {
                let from_plus = _mm512_sub_epi8(wide, _mm512_set1_epi8(b'+'.cast_signed()));
                let figure = _mm512_mask_cmplt_epu8_mask(keep, from_plus, _mm512_set1_epi8(16));
                if figure == keep {
                    // Longer ones are codes.
                    if text.len() <= super::cell::FIGURES_MAX {
                        return None;
                    }
                } else {
                    // With a letter in it, blanks inside change nothing.
                    let odd = _mm512_mask_cmplt_epu8_mask(keep, wide, _mm512_set1_epi8(b'!'.cast_signed()))
                        | is(0x7f)
                        | is(b'=');
                    let ends = keep & 1 | keep ^ keep >> 1;
                    if figure | odd == keep || odd & ends != 0 {
                        return None;
                    }
                }
            }
            Some(mix_register(wide, text.len(), seed, 0))
        }
    }

    #[inline(never)]
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vbmi,avx512vbmi2,aes,vaes,bmi2")]
    fn other(&mut self, bytes: &[u8], at: Range<usize>, inner: Range<usize>, seed: &Seed) -> __m128i {
        let text = &bytes[inner];
        if text.len() <= REGISTER
            // SAFETY: a [`Wide`] is made only where the features are.
            && let Some(hash) = unsafe { self.ascii(text, seed) }
        {
            return hash;
        }
        if let Some(form) = own_form(text, self.encoding, self.exact, &mut self.scratch) {
            return hash(form.as_bytes(), seed);
        }
        write_canonical(&bytes[at], self.encoding, self.exact, &mut self.scratch);
        hash(self.scratch.as_bytes(), seed)
    }
}

/// The hash of a canonical text of any length.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vbmi,avx512vbmi2,aes,vaes,bmi2")]
fn hash(text: &[u8], seed: &Seed) -> __m128i {
    let mut sum = _mm_setzero_si128();
    for (part, block) in text.chunks(REGISTER).zip((0..).step_by(REGISTER / BLOCK)) {
        // SAFETY: masked reads stay inside the part.
        unsafe {
            let wide = _mm512_maskz_loadu_epi8(lowest(part.len()), part.as_ptr().cast());
            sum = _mm_add_epi64(sum, mix_register(wide, part.len(), seed, block));
        }
    }
    sum
}

impl CellHash for Wide {
    type Sum = __m128i;

    #[inline(always)]
    fn nothing() -> __m128i {
        // SAFETY: SSE2 is part of x86-64.
        unsafe { _mm_setzero_si128() }
    }

    #[inline(always)]
    fn cell(&mut self, bytes: &[u8], at: Range<usize>, seed: &Seed) -> __m128i {
        let raw = &bytes[at.clone()];
        let quoted = usize::from(matches!(raw, [b'"', .., b'"']));
        let (from, length) = (at.start + quoted, raw.len() - 2 * quoted);
        // SAFETY: a [`Wide`] is made only where the features are; masked reads stay inside the cell.
        unsafe {
            // 1 to 16.
            if length.wrapping_sub(1) < BLOCK {
                let keep = lowest(length) as __mmask16;
                let text = _mm_maskz_loadu_epi8(keep, bytes.as_ptr().add(from).cast());
                let digits = _mm_mask_cmplt_epu8_mask(keep, _mm_sub_epi8(text, splat!(b'0')), splat!(10));
                let letters = _mm_mask_cmplt_epu8_mask(keep, _mm_sub_epi8(text, splat!(b'A')), splat!(62));
                // Letters and digits alone are never trimmed, folded or taken for a date.
                if digits | letters == keep {
                    return mix(text, key(seed));
                }
                if bytes[from].is_ascii()
                    && let Some(form) = self.short(text, keep, digits)
                {
                    return mix(form, key(seed));
                }
            } else if length == 0 {
                return Self::nothing();
            }
            if !bytes[from].is_ascii()
                && let Some(hash) = self.japanese(bytes, from, length, seed)
            {
                return hash;
            }
            self.other(bytes, at, from..from + length, seed)
        }
    }

    fn record(&mut self, bytes: &[u8], record: &Record<'_>, seeds: &[Option<Seed>], sum: __m128i) -> __m128i {
        // SAFETY: a [`Wide`] is made only where the features are.
        unsafe { self.cells(bytes, record, seeds, sum) }
    }

    fn text(text: &str, seed: &Seed) -> __m128i {
        // SAFETY: a [`Wide`] is made only where the features are.
        unsafe { hash(text.as_bytes(), seed) }
    }

    #[inline(always)]
    fn add(one: __m128i, other: __m128i) -> __m128i {
        // SAFETY: SSE2 is part of x86-64.
        unsafe { _mm_add_epi64(one, other) }
    }

    #[inline(always)]
    fn fold(sum: __m128i) -> u64 {
        // SAFETY: a [`Wide`] is made only where SSE4.1 is.
        unsafe {
            let (low, high) = (_mm_cvtsi128_si64(sum).cast_unsigned(), _mm_extract_epi64::<1>(sum).cast_unsigned());
            low ^ high.rotate_left(32)
        }
    }
}
