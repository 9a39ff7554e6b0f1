//! Single-precision functions for loops over many accounts.
//!
//! They have no branch, no table and no call, so that a loop over them becomes vector code; and no fused
//! multiply-add, so that every vector width, and a scalar loop, gives the same bits.
//!
//! To choose the width when the program runs, hand [`pulp::Arch::dispatch`] a type whose `with_simd` is
//! `#[inline(always)]`. Not a closure: a long one is compiled by itself, for the narrow vectors that every
//! machine of the build's target has.
//!
//! The polynomials are those of the Cephes library (Moshier 1992, files logf.c, expf.c, sinf.c).

use std::f32::consts::{FRAC_PI_2, LOG2_E};

/// ln 2 in two parts: the first has few digits, so that a multiple of it by an exponent is exact.
const LN_2_HIGH: f32 = 355.0 / 512.0;
const LN_2_LOW: f32 = -2.121_944_4e-4;

/// Returns the natural logarithm of `x`, relative error below 2e-7.
///
/// `x` must be a positive normal number; the result for anything else has no meaning.
#[inline(always)]
#[must_use]
pub fn ln_f32(x: f32) -> f32 {
    /// The square root of 1/2, as bits: mantissas are taken from there to twice that, around 1.
    const SQRT_HALF: u32 = 0x3F35_04F3;
    let exponent = (x.to_bits().wrapping_sub(SQRT_HALF) as i32) >> 23;
    let f = f32::from_bits(x.to_bits().wrapping_sub((exponent << 23) as u32)) - 1.0;
    let exponent = exponent as f32;

    let square = f * f;
    let mut sum = 7.037_683_6e-2;
    sum = sum * f - 1.151_461e-1;
    sum = sum * f + 1.167_699_87e-1;
    sum = sum * f - 1.242_014_1e-1;
    sum = sum * f + 1.424_932_3e-1;
    sum = sum * f - 1.666_805_8e-1;
    sum = sum * f + 2.000_071_4e-1;
    sum = sum * f - 2.499_999_4e-1;
    sum = sum * f + 3.333_333e-1;
    let small = sum * f * square + exponent * LN_2_LOW - 0.5 * square;
    f + small + exponent * LN_2_HIGH
}

/// Returns e to the power `x`, relative error below 2e-7.
///
/// `x` is held within \[-87, 88\], where the result is a normal number; NaN stays NaN.
#[inline(always)]
#[must_use]
pub fn exp_f32(x: f32) -> f32 {
    /// Added to a small number, leaves it rounded to a whole one in the low bits.
    const ROUNDER: f32 = 12_582_912.0; // 1.5 * 2^23
    let x = if x < -87.0 { -87.0 } else { x };
    let x = if x > 88.0 { 88.0 } else { x };
    let rounded = x * LOG2_E + ROUNDER;
    let doublings = rounded - ROUNDER;
    let f = x - doublings * LN_2_HIGH - doublings * LN_2_LOW;

    let mut sum = 1.987_569_2e-4;
    sum = sum * f + 1.398_2e-3;
    sum = sum * f + 8.333_452e-3;
    sum = sum * f + 4.166_579_6e-2;
    sum = sum * f + 1.666_666_5e-1;
    sum = sum * f + 0.5;
    let mantissa = sum * (f * f) + f + 1.0;
    // The low bits of `rounded` hold the number of doublings, to be added to an exponent of 0 (biased: 127).
    let scale = f32::from_bits(rounded.to_bits().wrapping_add(127) << 23);
    mantissa * scale
}

/// Returns two independent standard normal numbers from two random words, none beyond 5.77.
///
/// The first word gives the distance from the origin, in 23 bits, the second the direction.
///
/// **Source:** Box and Muller, "A note on the generation of random normal deviates", Annals of
/// Mathematical Statistics 29 (1958) 610-611.
#[inline(always)]
#[must_use]
pub fn box_muller(distance: u32, direction: u32) -> (f32, f32) {
    // An odd multiple of 2^-24: the middle of one of 2^23 cells, never 0 nor 1.
    let uniform = ((distance >> 8) | 1) as i32 as f32 * (1.0 / 16_777_216.0);
    let radius = (-2.0 * ln_f32(uniform)).sqrt();
    let (sin, cos) = turn_sin_cos(direction);
    (radius * cos, radius * sin)
}

/// Returns the sine and the cosine of an angle of `turn / 2^32` of a full turn, absolute error below 1.5e-7.
#[inline(always)]
fn turn_sin_cos(turn: u32) -> (f32, f32) {
    /// A quarter turn in radians over a quarter of the word's range.
    const RADIANS: f32 = FRAC_PI_2 / (1_u32 << 30) as f32;
    // The nearest quarter turn, and the rest: an eighth of a turn at most, to either side.
    let quarter = turn.wrapping_add(1 << 29) >> 30;
    let rest = turn.wrapping_sub(quarter << 30) as i32 as f32 * RADIANS;
    let square = rest * rest;

    let mut sum = -1.951_529_6e-4;
    sum = sum * square + 8.332_161e-3;
    sum = sum * square - 1.666_665_5e-1;
    let near_zero = sum * square * rest + rest;
    let mut sum = 2.443_315_7e-5;
    sum = sum * square - 1.388_731_6e-3;
    sum = sum * square + 4.166_664_6e-2;
    let near_one = sum * square * square - 0.5 * square + 1.0;

    let swap = quarter & 1 == 1;
    let (sin, cos) = if swap { (near_one, near_zero) } else { (near_zero, near_one) };
    // The sine is negative in quarters 2 and 3, the cosine in quarters 1 and 2: flip the sign bit.
    let sin_sign = (quarter & 2) << 30;
    let cos_sign = (quarter.wrapping_add(1) & 2) << 30;
    (f32::from_bits(sin.to_bits() ^ sin_sign), f32::from_bits(cos.to_bits() ^ cos_sign))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::math::normal_cdf;
    use crate::base::random::{Purpose, Streams, philox};

    #[test]
    fn ln_is_within_two_parts_in_ten_million_of_libm() {
        let near_one = (0..20_000).map(|i| 0.5 + i as f32 / 20_000.0);
        let everywhere = (0..40_000).map(|i| f32::from_bits(0x0080_0000 + i * 53_000));
        for x in near_one.chain(everywhere).filter(|&x| x != 1.0) {
            let exact = libm::log(f64::from(x));
            let error = (f64::from(ln_f32(x)) - exact) / exact;
            assert!(error.abs() < 2e-7, "ln {x}: relative error {error:e}");
        }
        assert_eq!(ln_f32(1.0), 0.0);
    }

    #[test]
    fn exp_is_within_two_parts_in_ten_million_of_libm() {
        for i in 0..=100_000 {
            let x = -87.0 + i as f32 * (175.0 / 100_000.0);
            let exact = libm::exp(f64::from(x));
            let error = (f64::from(exp_f32(x)) - exact) / exact;
            assert!(error.abs() < 2e-7, "exp {x}: relative error {error:e}");
        }
        assert_eq!(exp_f32(0.0), 1.0);
    }

    #[test]
    fn exp_is_held_where_its_result_is_a_normal_number() {
        assert_eq!((exp_f32(-1e6), exp_f32(f32::NEG_INFINITY)), (exp_f32(-87.0), exp_f32(-87.0)));
        assert_eq!((exp_f32(1e6), exp_f32(f32::INFINITY)), (exp_f32(88.0), exp_f32(88.0)));
        assert!(exp_f32(-87.0).is_normal() && exp_f32(88.0).is_normal());
        assert!(exp_f32(f32::NAN).is_nan());
    }

    #[test]
    fn sine_and_cosine_are_within_one_and_a_half_parts_in_ten_million_of_libm() {
        for i in 0..100_003_u32 {
            let turn = i.wrapping_mul(42_949);
            let angle = f64::from(turn) / 4_294_967_296.0 * std::f64::consts::TAU;
            let (exact_sin, exact_cos) = libm::sincos(angle);
            let (sin, cos) = turn_sin_cos(turn);
            let error = (f64::from(sin) - exact_sin).abs().max((f64::from(cos) - exact_cos).abs());
            assert!(error < 1.5e-7, "turn {turn}: error {error:e}");
        }
        assert_eq!(turn_sin_cos(0), (0.0, 1.0));
        assert_eq!(turn_sin_cos(1 << 30), (1.0, 0.0));
    }

    /// Each mean is compared with its exact standard error; 5.5 of them are exceeded by chance with
    /// probability 4e-8, and 18 means are looked at.
    #[test]
    fn box_muller_gives_independent_standard_normals() {
        const DRAWS: u32 = 500_000; // a pair each: a million normals
        let key = Streams::new(31, 0).key();
        let pairs: Vec<(f64, f64)> = (0..DRAWS)
            .map(|i| {
                let [w0, w1, _, _] = philox([i, 0, 0, Purpose::DailyUsage.word()], key);
                let (x, y) = box_muller(w0, w1);
                (f64::from(x), f64::from(y))
            })
            .collect();
        let judge = |what: &str, expected: f64, variance: f64, value: &dyn Fn(f64, f64) -> f64| {
            let mean = pairs.iter().map(|&(x, y)| value(x, y)).sum::<f64>() / f64::from(DRAWS);
            let errors = (mean - expected) / (variance / f64::from(DRAWS)).sqrt();
            assert!(errors.abs() < 5.5, "{what}: {mean} is {errors:.1} standard errors from {expected}");
        };
        // Moments 1 to 8 of a standard normal are 0, 1, 0, 3, 0, 15, 0, 105.
        for (order, expected, variance) in [(1, 0.0, 1.0), (2, 1.0, 2.0), (3, 0.0, 15.0), (4, 3.0, 96.0)] {
            judge("first, moment", expected, variance, &|x, _| x.powi(order));
            judge("second, moment", expected, variance, &|_, y| y.powi(order));
        }
        judge("product", 0.0, 1.0, &|x, y| x * y);
        judge("product of squares", 1.0, 8.0, &|x, y| x * x * y * y);
        for bound in [-3.0, -1.5, -0.5, 0.8] {
            let share = normal_cdf(bound);
            let below = |z: f64| f64::from(u8::from(z < bound));
            judge("first, share", share, share * (1.0 - share), &|x, _| below(x));
            judge("second, share", share, share * (1.0 - share), &|_, y| below(y));
        }
    }

    #[test]
    fn the_extreme_words_give_finite_normals() {
        assert_eq!(box_muller(0, 0).1, 0.0);
        assert!((box_muller(0, 0).0 - 5.768).abs() < 1e-3, "the square root of 2 ln 2^24");
        let (x, y) = box_muller(u32::MAX, u32::MAX);
        assert!(x.abs() < 1e-3 && y.abs() < 1e-3);
    }

    /// The kernel's work in small: random words, two normals, a logarithm and an exponential an account.
    #[inline(always)]
    fn fill(key: [u32; 2], out: &mut [f32]) {
        for (subject, out) in out.iter_mut().enumerate() {
            let [w0, w1, w2, _] = philox([subject as u32, 9, 0, Purpose::DailyUsage.word()], key);
            let (x, y) = box_muller(w0, w1);
            *out = exp_f32(x * 3.0) + y * ln_f32((w2 >> 8) as f32 + 1.0);
        }
    }

    struct Fill<'a>([u32; 2], &'a mut [f32]);

    impl pulp::WithSimd for Fill<'_> {
        type Output = ();

        #[inline(always)]
        fn with_simd<S: pulp::Simd>(self, _: S) {
            fill(self.0, self.1);
        }
    }

    #[test]
    fn every_vector_width_gives_the_bits_of_a_scalar_loop() {
        let key = Streams::new(8, 1).key();
        let mut scalar = vec![0.0; 10_007];
        for (subject, out) in scalar.iter_mut().enumerate() {
            // One account at a time, hidden from the optimiser, so that this loop stays scalar.
            let [w0, w1, w2, _] =
                std::hint::black_box(philox([subject as u32, 9, 0, Purpose::DailyUsage.word()], key));
            let (x, y) = box_muller(w0, w1);
            *out = std::hint::black_box(exp_f32(x * 3.0)) + y * ln_f32((w2 >> 8) as f32 + 1.0);
        }
        let bits = |values: &[f32]| values.iter().map(|v| v.to_bits()).collect::<Vec<u32>>();

        let mut widest = vec![0.0; 10_007];
        pulp::Arch::new().dispatch(Fill(key, &mut widest));
        assert!(bits(&widest) == bits(&scalar), "the machine's widest vectors");
        let mut ordinary = vec![0.0; 10_007];
        fill(key, &mut ordinary);
        assert!(bits(&ordinary) == bits(&scalar), "the build's own vectors");
    }
}
