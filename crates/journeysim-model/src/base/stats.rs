//! What replications say together: means, differences and quantiles with their intervals.
//!
//! Sums run in the order of the slice and carry their rounding error along
//! (Neumaier 1974), so a mean does not depend on who computed it and hardly on
//! how many values there are. Values must be finite.
//!
//! Quantiles of the Student and binomial distributions come from `statrs`, which
//! uses the platform's logarithm: the last bits of an *interval* may differ from
//! one platform to the next. Intervals are printed; they never enter the digest
//! of a run, and nothing simulated depends on them.
//!
//! Formulas are the standard ones of output analysis for terminating systems:
//! Law, *Simulation Modeling and Analysis* (2015), chapters 9 and 10.

use statrs::distribution::{Continuous, ContinuousCDF, StudentsT};

pub use bootstrap::{Interval, resample};
pub use control::ControlledMean;
pub use curve::Curve;
pub use enough::{are_too_few, n_enough};
pub use hypercube::latin_hypercube;
pub use indices::{Index, Indices, saltelli_row};
pub use information::{value_of_knowing, value_of_learning, without_noise, world_means};
pub use multiple::{bonferroni, holm};
pub use paired::{Better, PairedDifference, Welch, welch};
pub use quantile::{QuantileInterval, quantile, quantile_interval};
pub use screening::{Screened, Trajectory};
pub use selection::{kn_h_squared, ocba_shares, two_stage_h, two_stage_size, two_stage_weight};
pub use sequence::{DIMENSIONS, SobolSequence};

mod bootstrap;
mod control;
mod curve;
mod enough;
mod hypercube;
mod indices;
mod information;
mod multiple;
mod paired;
mod quantile;
mod screening;
mod selection;
mod sequence;

/// A mean over replications with its confidence interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// Mean of the values.
    pub mean: f64,
    /// Sample standard deviation (divisor `n - 1`); `None` for a single value.
    pub stddev: Option<f64>,
    /// Lower end of the interval for the true mean; `None` for a single value.
    pub ci_low: Option<f64>,
    /// Upper end of the interval; `None` for a single value.
    pub ci_high: Option<f64>,
    /// Confidence of the interval, a fraction.
    pub confidence: f64,
    /// Number of values.
    pub n: usize,
}

impl Estimate {
    /// Returns the estimate `mean ± t · stddev / sqrt(n)`, or `None` of no values.
    ///
    /// # Panics
    ///
    /// If `confidence` does not lie inside (0, 1).
    #[must_use]
    pub fn of(values: &[f64], confidence: f64) -> Option<Estimate> {
        let moments = Moments::of(values, largest(values))?;
        let half_width = moments.half_width(confidence);
        Some(Estimate {
            mean: moments.mean,
            stddev: moments.variance.map(f64::sqrt),
            ci_low: half_width.map(|half| moments.mean - half),
            ci_high: half_width.map(|half| moments.mean + half),
            confidence,
            n: values.len(),
        })
    }
}

/// Returns the sum of `values` in their order, its rounding error carried along.
///
/// **Source:** Neumaier, "Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen",
/// ZAMM 54 (1974).
#[must_use]
pub fn sum(values: impl IntoIterator<Item = f64>) -> f64 {
    let (mut total, mut lost) = (0.0_f64, 0.0_f64);
    for value in values {
        let next = total + value;
        lost += if total.abs() >= value.abs() { (total - next) + value } else { (value - next) + total };
        total = next;
    }
    total + lost
}

/// Returns the half-width of the interval of the mean of `n` replications, two at least, if the standard deviation is `stddev`.
///
/// # Panics
///
/// If `confidence` does not lie inside (0, 1).
#[must_use]
pub fn half_width_with(stddev: f64, confidence: f64, n: u32) -> f64 {
    student_quantile(0.5 + confidence / 2.0, f64::from(n - 1)) * stddev / f64::from(n).sqrt()
}

/// Returns the least number of replications, from two on, whose interval of the mean has a half-width of at most
/// `half_width`, if the standard deviation stays `stddev`; [`None`] above 2^32.
///
/// # Panics
///
/// If `confidence` does not lie inside (0, 1).
#[must_use]
pub fn replications_for(stddev: f64, confidence: f64, half_width: f64) -> Option<u32> {
    let is_enough = |n: u32| half_width_with(stddev, confidence, n) <= half_width;
    // Doubling finds a number that is enough, halving the least.
    let mut enough = 2;
    while !is_enough(enough) {
        enough = enough.checked_mul(2)?;
    }
    let mut too_few = enough / 2;
    while enough - too_few > 1 {
        let middle = too_few + (enough - too_few) / 2;
        if is_enough(middle) {
            enough = middle;
        } else {
            too_few = middle;
        }
    }
    Some(enough)
}

/// Returns the value below which a Student variable of `freedom` degrees of freedom (not
/// necessarily whole) falls with probability `p`.
///
/// # Panics
///
/// If `p` does not lie inside (0, 1) or `freedom` is not positive.
#[must_use]
pub fn student_quantile(p: f64, freedom: f64) -> f64 {
    assert!(p > 0.0 && p < 1.0, "invariant: a quantile is asked for inside (0, 1)");
    let student = student(freedom);
    let tail = p.min(1.0 - p);
    // The inversion of `statrs` loses digits from 10^5 degrees of freedom and does not end for very
    // many, but its tail and density hold. The upper tail falls ever more slowly to the right of
    // zero, so Newton's steps from zero climb to the quantile and never pass it, save by rounding.
    let mut t = 0.0;
    for _ in 0..NEWTON_STEPS {
        let step = (student.sf(t) - tail) / student.pdf(t);
        t += step;
        if step <= f64::EPSILON * t {
            break;
        }
    }
    if p < 0.5 { -t } else { t }
}

/// Enough for a tail of 1e-15 at one degree of freedom, where each step doubles `t`.
const NEWTON_STEPS: usize = 100;

fn student(freedom: f64) -> StudentsT {
    StudentsT::new(0.0, 1.0, freedom).expect("invariant: degrees of freedom are positive")
}

/// Mean and spread of a sample.
#[derive(Clone, Copy)]
struct Moments {
    n: usize,
    mean: f64,
    /// `None` for a single value.
    variance: Option<f64>,
}

impl Moments {
    /// Two passes: the mean first, then the squares around it.
    ///
    /// Values that differ by no more than the rounding of numbers as large as `magnitude` have
    /// variance exactly zero, so that "nothing varies" is a question with a clear answer.
    fn of(values: &[f64], magnitude: f64) -> Option<Moments> {
        let (&first, n) = (values.first()?, values.len());
        let low = values.iter().copied().fold(first, f64::min);
        let high = values.iter().copied().fold(first, f64::max);
        if high - low <= 4.0 * f64::EPSILON * magnitude {
            return Some(Moments { n, mean: first, variance: (n > 1).then_some(0.0) });
        }
        let mean = sum(values.iter().copied()) / n as f64;
        let squares = sum(values.iter().map(|value| (value - mean) * (value - mean)));
        let variance = squares / (n - 1) as f64;
        Some(Moments { n, mean, variance: Some(variance) })
    }

    fn standard_error(&self) -> Option<f64> {
        self.variance.map(|variance| (variance / self.n as f64).sqrt())
    }

    fn half_width(&self, confidence: f64) -> Option<f64> {
        assert!(confidence > 0.0 && confidence < 1.0, "invariant: a confidence lies inside (0, 1)");
        let quantile = |freedom| student_quantile(0.5 + confidence / 2.0, freedom);
        self.standard_error().map(|error| quantile((self.n - 1) as f64) * error)
    }
}

fn largest(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |largest, value| value.abs().max(largest))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cumulative probability, degrees of freedom, quantile: computed in double precision with
    /// SciPy, printed to ten decimals.
    #[rustfmt::skip]
    const STUDENT: [(f64, [f64; 4]); 10] = [
        // df          p = 0.9       0.95          0.975          0.995
        (1.0,     [3.0776835372, 6.3137515147, 12.7062047362, 63.6567411629]),
        (2.0,     [1.8856180832, 2.9199855804,  4.3026527297,  9.9248432009]),
        (4.0,     [1.5332062741, 2.1318467863,  2.7764451052,  4.6040948713]),
        (9.0,     [1.3830287384, 1.8331129327,  2.2621571628,  3.2498355416]),
        (17.9987, [1.3303946049, 1.7340703919,  2.1009329172,  2.8784646263]),
        (19.0,    [1.3277282090, 1.7291328115,  2.0930240544,  2.8609346065]),
        (29.0,    [1.3114336473, 1.6991270265,  2.0452296421,  2.7563859037]),
        (49.0,    [1.2990687847, 1.6765508926,  2.0095752371,  2.6799519736]),
        (99.0,    [1.2901614420, 1.6603911560,  1.9842169516,  2.6264054573]),
        (f64::INFINITY, [1.2815515655, 1.6448536270, 1.9599639845, 2.5758293035]), // the normal limit
    ];

    #[test]
    fn student_quantiles_agree_with_the_tables() {
        for (freedom, row) in STUDENT {
            for (p, expected) in [0.9, 0.95, 0.975, 0.995].into_iter().zip(row) {
                let found = student_quantile(p, freedom);
                assert!((found - expected).abs() < 1e-9, "df {freedom}, p {p}: {found} for {expected}");
                assert!(
                    (student_quantile(1.0 - p, freedom) + expected).abs() < 1e-9,
                    "df {freedom}, {p} below"
                );
            }
        }
    }

    /// With two degrees of freedom the quantile has a closed form: (2p - 1) / sqrt(2 p (1 - p)).
    #[test]
    fn student_quantiles_hold_far_out_where_many_comparisons_push_them() {
        for p in [0.5_f64, 0.500_001, 0.999, 0.999_99, 0.999_999_9] {
            let exact = (2.0 * p - 1.0) / (2.0 * p * (1.0 - p)).sqrt();
            let found = student_quantile(p, 2.0);
            assert!((found - exact).abs() <= 1e-9 * exact.max(1.0), "p {p}: {found} for {exact}");
        }
    }

    /// With one degree of freedom it is tan(pi (p - 1/2)), here of 15, 45, 60 and 75 degrees; for many it
    /// nears the normal's as z + (z^3 + z) / (4 df) + (5 z^5 + 16 z^3 + 3 z) / (96 df^2) (Abramowitz &
    /// Stegun 26.7.5).
    #[test]
    fn student_quantiles_hold_for_one_degree_of_freedom_and_for_many() {
        let root = 3.0_f64.sqrt();
        for (twelfths, tangent) in [(7.0, 2.0 - root), (9.0, 1.0), (10.0, root), (11.0, 2.0 + root)] {
            let found = student_quantile(twelfths / 12.0, 1.0);
            assert!((found - tangent).abs() < 1e-9, "p = {twelfths}/12: {found} for {tangent}");
        }
        let z = 1.959_963_984_540_054;
        let (z3, z5) = (z * z * z, z * z * z * z * z);
        for freedom in [1e3, 1e4, 1e5, 1e6] {
            let expected = z
                + (z3 + z) / (4.0 * freedom)
                + (5.0 * z5 + 16.0 * z3 + 3.0 * z) / (96.0 * freedom * freedom);
            let found = student_quantile(0.975, freedom);
            assert!((found - expected).abs() < 5e-9, "df {freedom}: {found} for {expected}");
        }
    }

    /// Law, *Simulation Modeling and Analysis*: ten values, interval at 90 %.
    #[test]
    fn the_interval_of_a_mean_is_the_textbooks() {
        let values = [1.53, 1.66, 1.24, 2.34, 2.00, 1.69, 2.69, 2.86, 1.70, 2.60];
        let estimate = Estimate::of(&values, 0.90).unwrap();
        assert!((estimate.mean - 2.031).abs() < 1e-12);
        assert!((estimate.stddev.map(|s| s * s).unwrap() - 0.3091).abs() < 5e-5);
        assert!((estimate.ci_high.unwrap() - 2.031 - 0.322).abs() < 5e-4);
        assert!((2.031 - estimate.ci_low.unwrap() - 0.322).abs() < 5e-4);
        assert_eq!((estimate.n, estimate.confidence), (10, 0.90));
    }

    #[test]
    fn a_single_value_has_a_mean_and_no_interval_and_no_value_has_nothing() {
        let single = Estimate::of(&[0.85], 0.95).unwrap();
        assert_eq!((single.mean, single.n), (0.85, 1));
        assert_eq!((single.stddev, single.ci_low, single.ci_high), (None, None, None));
        assert_eq!(Estimate::of(&[], 0.95), None);
    }

    #[test]
    fn equal_values_have_their_own_mean_and_no_spread() {
        for n in [2, 3, 7, 49, 1000] {
            let estimate = Estimate::of(&vec![0.1; n], 0.95).unwrap();
            assert_eq!(
                (estimate.mean, estimate.stddev, estimate.ci_low),
                (0.1, Some(0.0), Some(0.1)),
                "n = {n}"
            );
        }
    }

    #[test]
    fn a_small_spread_survives_a_large_offset() {
        let values = [1e9 + 4.0, 1e9 + 7.0, 1e9 + 13.0, 1e9 + 16.0]; // variance 30 by hand
        let estimate = Estimate::of(&values, 0.95).unwrap();
        assert_eq!((estimate.mean, estimate.stddev), (1e9 + 10.0, Some(30.0_f64.sqrt())));
    }

    #[test]
    fn sums_keep_what_a_large_term_would_swallow() {
        assert_eq!(sum([1.0, 1e100, 1.0, -1e100]), 2.0);
        assert_eq!(sum(std::iter::repeat_n(0.1, 10)), 1.0);
        assert_eq!(sum([]), 0.0);
    }

    #[test]
    #[should_panic(expected = "confidence lies inside (0, 1)")]
    fn certainty_has_no_interval() {
        let _ = Estimate::of(&[1.0, 2.0], 1.0);
    }
}
