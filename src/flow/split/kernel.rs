//! Sixty-four bytes at a time: where the quotes, delimiters, line ends and NULs of a block stand, as
//! bit masks. One kernel per kind of processor, chosen at run time, each giving the same masks as the
//! scalar one. Knows nothing of records or cells.

/// The bits of one block of 64 bytes, lowest bit first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Masks {
    pub quote: u64,
    pub delimiter: u64,
    pub line_feed: u64,
    pub carriage_return: u64,
    pub nul: u64,
}

/// The delimiter in every byte of a wide register, made once: built inside the loop, compilers have been
/// seen to compare it byte by byte.
pub(super) type Splat = [u8; 32];

/// The work that differs between processors.
pub(super) trait Kernel {
    /// # Safety
    /// `block` must be readable for 64 bytes, and the processor must have what the kernel needs.
    unsafe fn masks(block: *const u8, delimiter: &Splat) -> Masks;

    /// Bit `i` of the answer is the parity of the bits `0..=i`.
    ///
    /// # Safety
    /// The processor must have what the kernel needs.
    unsafe fn parity(bits: u64) -> u64;

    /// The place of the bit number `n` (from 0) among the set bits; there must be that many.
    ///
    /// # Safety
    /// The processor must have what the kernel needs.
    unsafe fn place(bits: u64, n: u32) -> u32;

    /// The places of all set bits, `base` added to each, at the front of `out`. What stands behind them is
    /// anything.
    ///
    /// # Safety
    /// The processor must have what the kernel needs.
    #[inline(always)]
    unsafe fn places(mut bits: u64, base: u32, out: &mut [u32; 64]) {
        // Eight at a time, without asking how many there are.
        for eight in out.as_chunks_mut::<8>().0 {
            for place in eight {
                *place = base.wrapping_add(bits.trailing_zeros());
                bits &= bits.wrapping_sub(1);
            }
            if bits == 0 {
                break;
            }
        }
    }
}

/// Plain arithmetic; runs everywhere.
pub(super) struct Scalar;

/// One bit for each byte of `word` that equals `wanted`. Exact: no carry runs from byte to byte.
#[inline(always)]
fn equal_bytes(word: u64, wanted: u8) -> u64 {
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    let differs = word ^ (u64::from(wanted) * 0x0101_0101_0101_0101);
    let zero = !(((differs & LOW) + LOW) | differs | LOW);
    (zero >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

impl Kernel for Scalar {
    #[inline(always)]
    unsafe fn masks(block: *const u8, delimiter: &Splat) -> Masks {
        let mut masks = Masks { quote: 0, delimiter: 0, line_feed: 0, carriage_return: 0, nul: 0 };
        for part in 0..8 {
            // SAFETY: the caller vouches for 64 readable bytes; `read_unaligned` needs no alignment.
            let word = u64::from_le(unsafe { block.add(part * 8).cast::<u64>().read_unaligned() });
            let shift = part * 8;
            masks.quote |= equal_bytes(word, b'"') << shift;
            masks.delimiter |= equal_bytes(word, delimiter[0]) << shift;
            masks.line_feed |= equal_bytes(word, b'\n') << shift;
            masks.carriage_return |= equal_bytes(word, b'\r') << shift;
            masks.nul |= equal_bytes(word, 0) << shift;
        }
        masks
    }

    #[inline(always)]
    unsafe fn parity(mut bits: u64) -> u64 {
        for step in [1, 2, 4, 8, 16, 32] {
            bits ^= bits << step;
        }
        bits
    }

    #[inline(always)]
    unsafe fn place(mut bits: u64, n: u32) -> u32 {
        for _ in 0..n {
            bits &= bits - 1;
        }
        bits.trailing_zeros()
    }
}

#[cfg(target_arch = "x86_64")]
pub(super) use x86::{Avx2, Avx512, Sse2};

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::{Kernel, Masks, Scalar, Splat};
    use std::arch::x86_64::*;

    /// Every 64-bit x86 processor has this much.
    pub(in super::super) struct Sse2;

    impl Kernel for Sse2 {
        #[inline(always)]
        unsafe fn masks(block: *const u8, delimiter: &Splat) -> Masks {
            // SAFETY: SSE2 is part of x86-64; the caller vouches for 64 readable bytes.
            unsafe {
                let parts = [0, 16, 32, 48].map(|at| _mm_loadu_si128(block.add(at).cast()));
                let find = |wanted: __m128i| {
                    parts.iter().enumerate().fold(0u64, |found, (index, part)| {
                        let hits = _mm_movemask_epi8(_mm_cmpeq_epi8(*part, wanted));
                        found | (u64::from(hits.cast_unsigned()) << (index * 16))
                    })
                };
                Masks {
                    quote: find(_mm_set1_epi8(34)),
                    delimiter: find(_mm_loadu_si128(delimiter.as_ptr().cast())),
                    line_feed: find(_mm_set1_epi8(10)),
                    carriage_return: find(_mm_set1_epi8(13)),
                    nul: find(_mm_setzero_si128()),
                }
            }
        }

        #[inline(always)]
        unsafe fn parity(bits: u64) -> u64 {
            // SAFETY: the scalar kernel needs nothing.
            unsafe { Scalar::parity(bits) }
        }

        #[inline(always)]
        unsafe fn place(bits: u64, n: u32) -> u32 {
            // SAFETY: the scalar kernel needs nothing.
            unsafe { Scalar::place(bits, n) }
        }
    }

    /// AVX2 with carry-less multiply, BMI and POPCNT.
    pub(in super::super) struct Avx2;

    impl Avx2 {
        /// Whether this machine has all that the kernel uses.
        pub(in super::super) fn available() -> bool {
            is_x86_feature_detected!("avx2")
                && is_x86_feature_detected!("pclmulqdq")
                && is_x86_feature_detected!("bmi1")
                && is_x86_feature_detected!("bmi2")
                && is_x86_feature_detected!("popcnt")
        }
    }

    impl Kernel for Avx2 {
        #[inline(always)]
        unsafe fn masks(block: *const u8, delimiter: &Splat) -> Masks {
            // SAFETY: only reached after `available`; the caller vouches for 64 readable bytes.
            unsafe {
                let low = _mm256_loadu_si256(block.cast());
                let high = _mm256_loadu_si256(block.add(32).cast());
                // A macro, not a closure: a closure would be a function without the features, and
                // every instruction in it a call.
                macro_rules! find {
                    ($wanted:expr) => {{
                        let wanted = $wanted;
                        let a = _mm256_movemask_epi8(_mm256_cmpeq_epi8(low, wanted)).cast_unsigned();
                        let b = _mm256_movemask_epi8(_mm256_cmpeq_epi8(high, wanted)).cast_unsigned();
                        u64::from(a) | (u64::from(b) << 32)
                    }};
                }
                // A NUL is so rare that both halves are asked at once.
                let least = _mm256_min_epu8(low, high);
                let any = _mm256_movemask_epi8(_mm256_cmpeq_epi8(least, _mm256_setzero_si256()));
                Masks {
                    quote: find!(_mm256_set1_epi8(34)),
                    delimiter: find!(_mm256_loadu_si256(delimiter.as_ptr().cast())),
                    line_feed: find!(_mm256_set1_epi8(10)),
                    carriage_return: find!(_mm256_set1_epi8(13)),
                    nul: if any == 0 { 0 } else { find!(_mm256_setzero_si256()) },
                }
            }
        }

        #[inline(always)]
        unsafe fn parity(bits: u64) -> u64 {
            // SAFETY: only reached after `available`.
            unsafe {
                let product = _mm_clmulepi64_si128(_mm_set_epi64x(0, bits.cast_signed()), _mm_set1_epi8(-1), 0);
                _mm_cvtsi128_si64(product).cast_unsigned()
            }
        }

        #[inline(always)]
        unsafe fn place(bits: u64, n: u32) -> u32 {
            // SAFETY: only reached after `available`.
            unsafe { _pdep_u64(1 << n, bits).trailing_zeros() }
        }
    }

    /// AVX-512 with byte masks and byte compression, and what [`Avx2`] has: a block is one register, a comparison
    /// gives its mask at once, and the places of the bits come by sixteens.
    pub(in super::super) struct Avx512;

    impl Avx512 {
        /// Whether this machine has all that the kernel uses.
        pub(in super::super) fn available() -> bool {
            Avx2::available()
                && is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512vl")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512vbmi")
                && is_x86_feature_detected!("avx512vbmi2")
                && is_x86_feature_detected!("aes")
                && is_x86_feature_detected!("vaes")
        }
    }

    /// 0 to 63.
    static COUNTING: [u8; 64] = {
        let mut counting = [0u8; 64];
        let mut at = 0;
        while at < 64 {
            counting[at] = at as u8;
            at += 1;
        }
        counting
    };

    impl Kernel for Avx512 {
        #[inline(always)]
        unsafe fn masks(block: *const u8, delimiter: &Splat) -> Masks {
            // SAFETY: only reached after `available`; the caller vouches for 64 readable bytes.
            unsafe {
                let block = _mm512_loadu_si512(block.cast());
                let delimiter = _mm512_broadcast_i64x4(_mm256_loadu_si256(delimiter.as_ptr().cast()));
                Masks {
                    quote: _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8(34)),
                    delimiter: _mm512_cmpeq_epi8_mask(block, delimiter),
                    line_feed: _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8(10)),
                    carriage_return: _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8(13)),
                    nul: _mm512_testn_epi8_mask(block, block),
                }
            }
        }

        #[inline(always)]
        unsafe fn parity(bits: u64) -> u64 {
            // SAFETY: only reached after `available`, which asks for all of that kernel's needs.
            unsafe { Avx2::parity(bits) }
        }

        #[inline(always)]
        unsafe fn place(bits: u64, n: u32) -> u32 {
            // SAFETY: as above.
            unsafe { Avx2::place(bits, n) }
        }

        #[inline(always)]
        unsafe fn places(bits: u64, base: u32, out: &mut [u32; 64]) {
            // SAFETY: only reached after `available`; 64 places are there to write to, 64 bytes to read.
            unsafe {
                let counting = _mm512_loadu_si512(COUNTING.as_ptr().cast());
                let mut left = _mm512_maskz_compress_epi8(bits, counting);
                let base = _mm512_set1_epi32(base.cast_signed());
                let mut count = bits.count_ones();
                for sixteen in out.as_chunks_mut::<16>().0 {
                    let places = _mm512_cvtepu8_epi32(_mm512_castsi512_si128(left));
                    _mm512_storeu_si512(sixteen.as_mut_ptr().cast(), _mm512_add_epi32(places, base));
                    if count <= 16 {
                        break;
                    }
                    count -= 16;
                    left = _mm512_shuffle_i64x2(left, left, 0b11_11_10_01);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Byte by byte, nothing clever.
    fn slow(block: &[u8; 64], delimiter: u8) -> Masks {
        let find = |wanted: u8| {
            block.iter().enumerate().fold(0u64, |bits, (at, byte)| bits | (u64::from(*byte == wanted) << at))
        };
        Masks {
            quote: find(b'"'),
            delimiter: find(delimiter),
            line_feed: find(b'\n'),
            carriage_return: find(b'\r'),
            nul: find(0),
        }
    }

    fn check<K: Kernel>(block: &[u8; 64], delimiter: u8) {
        // SAFETY: 64 bytes are there; callers ask for the processor first.
        unsafe {
            let masks = K::masks(block.as_ptr(), &[delimiter; 32]);
            assert_eq!(masks, slow(block, delimiter));
            let bits = masks.quote | masks.delimiter.rotate_left(17);
            let mut parity = 0u64;
            for at in 0..64 {
                let ones = (bits & (u64::MAX >> (63 - at))).count_ones();
                parity |= u64::from(ones % 2 == 1) << at;
            }
            assert_eq!(K::parity(bits), parity);
            for n in 0..bits.count_ones() {
                let place = (0..64).filter(|at| bits >> at & 1 == 1).nth(n as usize).unwrap();
                assert_eq!(K::place(bits, n), place);
            }
            for bits in [bits, 0, u64::MAX, bits & masks.quote] {
                let mut out = [7; 64];
                K::places(bits, 1000, &mut out);
                let expect: Vec<u32> = (0..64).filter(|at| bits >> at & 1 == 1).map(|at| at + 1000).collect();
                assert_eq!(out[..expect.len()], expect);
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn every_kernel_sees_what_the_slow_one_sees(
            picks in proptest::collection::vec(0usize..12, 64), delimiter in prop_oneof![Just(b','), Just(b'\t'), Just(b';')]
        ) {
            const BYTES: [u8; 12] = [b'"', b',', b'\n', b'\r', 0, b'\t', b';', 1, 0x80, 0xff, 0xa2, b'a'];
            let block: [u8; 64] = std::array::from_fn(|at| BYTES[picks[at]]);
            check::<Scalar>(&block, delimiter);
            #[cfg(target_arch = "x86_64")]
            {
                check::<Sse2>(&block, delimiter);
                if Avx2::available() {
                    check::<Avx2>(&block, delimiter);
                }
                if Avx512::available() {
                    check::<Avx512>(&block, delimiter);
                }
            }
        }
    }
}
