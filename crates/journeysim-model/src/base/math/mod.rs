//! Mathematics with the same bits everywhere.
//!
//! The standard library takes `exp`, `ln` and their like from the platform, whose last bits vary. Here
//! they come from the `libm` crate, which is compiled with the program. Everything else is made of plain
//! IEEE operations, which have only one right answer.
//!
//! [`lanes`] holds the single-precision versions for loops over many accounts.

pub mod lanes;

use std::f64::consts::{LOG2_E, SQRT_2};

/// Returns e to the power `x`, to less than one unit in the last place: the bits of [`libm::exp`], which takes three times
/// as long where the result is an ordinary number.
///
/// ```text
/// x = k ln 2 + r,  |r| <= ln(2) / 2        e^x = 2^k e^r        e^r = 1 + r + r c / (2 - c)
/// ```
///
/// **Source:** FreeBSD's libm, `e_exp.c` (Copyright 2004 by Sun Microsystems, Inc.; permission to use, copy, modify and
/// distribute is freely granted, provided that this notice is preserved): its numbers and its order of operations.
#[must_use]
pub fn exp(x: f64) -> f64 {
    const LN_2_HIGH: f64 = 6.931_471_803_691_238e-1;
    const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    /// ln(2) / 2, as the source rounds it.
    const HALF_LN_2: f64 = 0.346_573_591_232_299_8;
    /// Of `c` in powers of `r^2`, highest first.
    const TERMS: [f64; 5] = [
        4.138_136_797_057_238_5e-8,
        -1.653_390_220_546_525_2e-6,
        6.613_756_321_437_934e-5,
        -2.777_777_777_701_559_3e-3,
        1.666_666_666_666_660_2e-1,
    ];
    let size = x.abs();
    // Neither so near 1 that nothing need be reckoned, nor so far that the result is no normal number; nor NaN.
    if !(1e-8..700.0).contains(&size) {
        return libm::exp(x);
    }
    let nearest = (LOG2_E * x + 0.5_f64.copysign(x)) as i32;
    let doublings = if size < HALF_LN_2 { 0 } else { nearest };
    let high = x - f64::from(doublings) * LN_2_HIGH;
    let low = f64::from(doublings) * LN_2_LOW;
    let rest = high - low;
    let square = rest * rest;
    let c = rest - square * TERMS.iter().fold(0.0, |sum, term| sum * square + term);
    let mantissa = 1.0 + (rest * c / (2.0 - c) - low + high);
    let scale = f64::from_bits(((1023 + doublings) as u64) << 52);
    mantissa * scale
}

/// Returns the natural logarithm of `x`; NaN below 0.
#[must_use]
pub fn ln(x: f64) -> f64 {
    libm::log(x)
}

/// Returns `ln(1 + x)`, exact to the last bits also where `x` is small.
#[must_use]
pub fn ln_1p(x: f64) -> f64 {
    libm::log1p(x)
}

/// Returns `base` to the power `exponent`.
#[must_use]
pub fn powf(base: f64, exponent: f64) -> f64 {
    libm::pow(base, exponent)
}

/// Returns the sine and the cosine of `angle` \[radians\].
#[must_use]
pub fn sin_cos(angle: f64) -> (f64, f64) {
    libm::sincos(angle)
}

/// Returns the gamma function of `x`, which is `(x - 1)!` at whole numbers.
#[must_use]
pub fn gamma(x: f64) -> f64 {
    libm::tgamma(x)
}

/// Returns the log-odds of a probability: `ln(p / (1 - p))`; infinite at 0 and 1.
#[must_use]
pub fn logit(probability: f64) -> f64 {
    ln(probability) - ln_1p(-probability)
}

/// Returns the probability with these log-odds: `1 / (1 + exp(-x))`, the inverse of [`logit`].
#[must_use]
pub fn logistic(log_odds: f64) -> f64 {
    // The exponential of a negative number only, so that nothing overflows and small results stay exact.
    let small = exp(-log_odds.abs());
    if log_odds < 0.0 { small / (1.0 + small) } else { 1.0 / (1.0 + small) }
}

/// Returns the share that is left after one day of something that halves every `days` days.
///
/// `days` must be positive; an infinite half-life leaves everything.
#[must_use]
pub fn half_life_factor(days: f64) -> f64 {
    libm::exp2(-1.0 / days)
}

/// Returns the probability that a standard normal variable is at most `x`.
///
/// Good to full precision in both tails, being half of the complementary error function of `-x / sqrt(2)`.
#[must_use]
pub fn normal_cdf(x: f64) -> f64 {
    0.5 * libm::erfc(-x / SQRT_2)
}

/// Returns the value that a standard normal variable stays below with this probability.
///
/// The inverse of [`normal_cdf`]. Infinite at 0 and 1, NaN outside. Good to a few units in the last place.
///
/// **Source:** Wichura, "Algorithm AS 241: the percentage points of the normal distribution", Applied
/// Statistics 37 (1988) 477-484, routine PPND16.
#[must_use]
pub fn normal_quantile(probability: f64) -> f64 {
    let from_median = probability - 0.5;
    if from_median.abs() <= 0.425 {
        return from_median * ratio(&CENTRE, 0.180_625 - from_median * from_median);
    }
    let tail = if from_median < 0.0 { probability } else { 1.0 - probability };
    if tail == 0.0 {
        return from_median.signum() * f64::INFINITY;
    }
    let depth = (-ln(tail)).sqrt();
    let size = if depth <= 5.0 { ratio(&TAIL, depth - 1.6) } else { ratio(&FAR_TAIL, depth - 5.0) };
    if from_median < 0.0 { -size } else { size }
}

/// Numerator and denominator of a rational function, highest power first.
type Rational = [[f64; 8]; 2];

fn ratio([numerator, denominator]: &Rational, x: f64) -> f64 {
    let polynomial = |terms: &[f64; 8]| terms.iter().fold(0.0, |sum, term| sum * x + term);
    polynomial(numerator) / polynomial(denominator)
}

/// AS 241, coefficients a and b: probabilities from 0.075 to 0.925.
#[rustfmt::skip]
const CENTRE: Rational = [
    [
        2.509_080_928_730_122_7e3, 3.343_057_558_358_813e4, 6.726_577_092_700_87e4,
        4.592_195_393_154_987e4, 1.373_169_376_550_946e4, 1.971_590_950_306_551_3e3,
        1.331_416_678_917_843_8e2, 3.387_132_872_796_366_5,
    ],
    [
        5.226_495_278_852_854e3, 2.872_908_573_572_194_3e4, 3.930_789_580_009_271e4,
        2.121_379_430_158_659_7e4, 5.394_196_021_424_751e3, 6.871_870_074_920_579e2,
        4.231_333_070_160_091e1, 1.0,
    ],
];

/// AS 241, coefficients c and d: tails down to exp(-25).
#[rustfmt::skip]
const TAIL: Rational = [
    [
        7.745_450_142_783_414e-4, 2.272_384_498_926_918_4e-2, 2.417_807_251_774_506e-1,
        1.270_458_252_452_368_4, 3.647_848_324_763_204_5, 5.769_497_221_460_691,
        4.630_337_846_156_546, 1.423_437_110_749_683_5,
    ],
    [
        1.050_750_071_644_416_9e-9, 5.475_938_084_995_345e-4, 1.519_866_656_361_645_7e-2,
        1.481_039_764_274_800_8e-1, 6.897_673_349_851e-1, 1.676_384_830_183_803_8,
        2.053_191_626_637_759, 1.0,
    ],
];

/// AS 241, coefficients e and f: tails beyond exp(-25).
#[rustfmt::skip]
const FAR_TAIL: Rational = [
    [
        2.010_334_399_292_288_1e-7, 2.711_555_568_743_487_6e-5, 1.242_660_947_388_078_4e-3,
        2.653_218_952_657_612_4e-2, 2.965_605_718_285_048_7e-1, 1.784_826_539_917_291_3,
        5.463_784_911_164_114, 6.657_904_643_501_103,
    ],
    [
        2.044_263_103_389_939_8e-15, 1.421_511_758_316_446e-7, 1.846_318_317_510_054_8e-5,
        7.868_691_311_456_133e-4, 1.487_536_129_085_061_5e-2, 1.369_298_809_227_358e-1,
        5.998_322_065_558_88e-1, 1.0,
    ],
];

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_close(value: f64, expected: f64, relative: f64, why: &str) {
        let error = (value - expected).abs() / expected.abs();
        assert!(error <= relative, "{why}: {value:e} is not {expected:e} (relative error {error:e})");
    }

    /// The first three are the checks printed with AS 241; the others are in every table of the distribution.
    #[test]
    fn normal_quantiles_are_the_published_ones() {
        let cases = [
            (0.25, -0.674_489_750_196_081_7),
            (0.001, -3.090_232_306_167_813_5),
            (1e-20, -9.262_340_089_798_408),
            (0.9, 1.281_551_565_544_600_4),
            (0.95, 1.644_853_626_951_472_2),
            (0.975, 1.959_963_984_540_054),
            (0.995, 2.575_829_303_548_900_4),
        ];
        for (probability, quantile) in cases {
            assert_close(normal_quantile(probability), quantile, 1e-15, &format!("at {probability}"));
        }
        assert_eq!(normal_quantile(0.5), 0.0);
        assert_eq!(normal_quantile(0.0), f64::NEG_INFINITY);
        assert_eq!(normal_quantile(1.0), f64::INFINITY);
        assert!(normal_quantile(-0.1).is_nan() && normal_quantile(1.1).is_nan());
    }

    /// Abramowitz and Stegun 1964, tables 26.1 and 26.2.
    #[test]
    fn normal_probabilities_are_the_published_ones() {
        assert_eq!(normal_cdf(0.0), 0.5);
        assert_close(normal_cdf(1.0), 0.841_344_746_068_543, 1e-14, "at 1");
        assert_close(normal_cdf(2.0), 0.977_249_868_051_821, 1e-14, "at 2");
        assert_close(normal_cdf(-3.0), 1.349_898_031_630_095e-3, 1e-14, "at -3");
    }

    /// A relative error in `x` moves the tail by `x^2` times as much; a few last places are allowed.
    #[test]
    fn a_quantiles_probability_is_the_one_asked_for() {
        let mut probability = 1e-300;
        while probability < 0.5 {
            let x = normal_quantile(probability);
            assert_close(normal_cdf(x), probability, 8e-16 * (4.0 + x * x), &format!("at {probability:e}"));
            let mirrored = normal_quantile(1.0 - probability);
            if probability > 1e-3 {
                assert_close(mirrored, -x, 1e-12, "the other side");
            }
            probability *= 1.37;
        }
    }

    #[test]
    fn logistic_undoes_logit_and_never_overflows() {
        for probability in [1e-300, 1e-9, 0.02, 0.5, 0.731, 0.999] {
            assert_close(logistic(logit(probability)), probability, 1e-13, "round trip");
        }
        assert_close(logit(0.75), 1.098_612_288_668_109_8, 1e-15, "odds of 3 to 1: ln 3");
        assert_eq!((logistic(0.0), logistic(-1e4), logistic(1e4)), (0.5, 0.0, 1.0));
    }

    #[test]
    fn half_is_left_after_the_half_life() {
        for days in [1.0, 7.0, 30.0, 365.0] {
            assert_close(powf(half_life_factor(days), days), 0.5, 1e-13, "half-life");
        }
        assert_eq!(half_life_factor(1.0), 0.5);
        assert_eq!(half_life_factor(f64::INFINITY), 1.0);
    }

    /// Over all magnitudes, and beside the places where the reckoning changes.
    #[test]
    fn exponentials_have_the_bits_of_the_library() {
        let changes = [0.346_573_59, 0.346_573_591_232_299_8, 1.039_720_77, 1e-8, 700.0, 708.4, 745.2];
        let sizes = (0..200_000).map(|step| 1e-9 * 1.000_14_f64.powi(step));
        let beside =
            changes.iter().flat_map(|&x: &f64| (-3..=3).map(move |ulps| x + x * 1e-16 * f64::from(ulps)));
        for size in sizes.chain(beside).chain([0.0, f64::INFINITY, f64::NAN]) {
            for x in [size, -size] {
                assert_eq!(exp(x).to_bits(), libm::exp(x).to_bits(), "exp({x:e})");
            }
        }
    }

    #[test]
    fn the_library_functions_are_the_ones_their_names_say() {
        assert_close(exp(1.0), std::f64::consts::E, 1e-15, "e");
        assert_close(ln(10.0), std::f64::consts::LN_10, 1e-15, "ln 10");
        assert_close(ln_1p(1e-12), 1e-12 - 5e-25, 1e-15, "ln near 1");
        assert_close(powf(2.0, 0.5), SQRT_2, 1e-15, "root of 2");
        assert_close(gamma(6.0), 120.0, 1e-15, "5!");
        let (sin, cos) = sin_cos(std::f64::consts::FRAC_PI_6);
        assert_close(sin, 0.5, 1e-15, "sine of 30 degrees");
        assert_close(cos, 0.75_f64.sqrt(), 1e-15, "cosine of 30 degrees");
    }
}
