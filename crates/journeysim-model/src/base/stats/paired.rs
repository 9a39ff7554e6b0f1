//! Two variants compared: replication by replication, or as independent samples.

use statrs::distribution::ContinuousCDF;

use super::enough::{n_enough_for, skewness};
use super::{Estimate, Moments, largest, student, student_quantile, sum};

/// Which direction of a metric is an improvement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// More is better, as of retention.
    Higher,
    /// Less is better, as of waiting.
    Lower,
    /// Neither, as of a share of time in a stage.
    Neither,
}

/// A candidate minus the baseline over replications that share their random numbers.
///
/// The interval is that of the mean of the differences, so whatever both sides
/// share cancels out; Law, *Simulation Modeling and Analysis*, comparing two systems.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairedDifference {
    /// Mean of candidate minus baseline; `None` without a complete pair.
    pub mean: Option<f64>,
    /// Sample standard deviation of the differences; `None` below two pairs.
    pub stddev: Option<f64>,
    /// Lower end of the interval for the true mean difference; `None` below two pairs.
    pub ci_low: Option<f64>,
    /// Upper end of the interval; `None` below two pairs.
    pub ci_high: Option<f64>,
    /// Confidence of the interval, a fraction.
    pub confidence: f64,
    /// Student-t probability that the true mean improves; `None` where the differences do not
    /// vary or no direction is better.
    pub p_better: Option<f64>,
    /// Correlation of candidate and baseline, from -1 to 1; `None` where either does not vary.
    pub correlation: Option<f64>,
    /// How many times fewer replications than with independent samples: `(V1 + V2) / Var(Z)`;
    /// `None` where the differences do not vary.
    pub variance_reduction: Option<f64>,
    /// How many pairs are [enough](super::n_enough) for the interval, because two variants that share their luck may differ in
    /// few replications, and then by much; `None` where the differences do not vary.
    pub n_enough: Option<usize>,
    /// Number of complete pairs.
    pub n: usize,
    /// Number of pairs in which at least one side has nothing to measure.
    pub n_missing: usize,
}

impl PairedDifference {
    /// Compares `candidate` with `baseline`, both in the order of their replications.
    ///
    /// # Panics
    ///
    /// If the slices differ in length or `confidence` does not lie inside (0, 1).
    #[must_use]
    pub fn of(
        candidate: &[Option<f64>],
        baseline: &[Option<f64>],
        confidence: f64,
        better: Better,
    ) -> PairedDifference {
        assert_eq!(candidate.len(), baseline.len(), "invariant: every replication has both sides");
        let complete = candidate.iter().zip(baseline).filter_map(|(&c, &b)| c.zip(b));
        let (candidate_values, baseline_values): (Vec<f64>, Vec<f64>) = complete.unzip();
        let n = candidate_values.len();
        let nothing = PairedDifference {
            mean: None,
            stddev: None,
            ci_low: None,
            ci_high: None,
            confidence,
            p_better: None,
            correlation: None,
            variance_reduction: None,
            n_enough: None,
            n,
            n_missing: candidate.len() - n,
        };
        let differences: Vec<f64> =
            candidate_values.iter().zip(&baseline_values).map(|(c, b)| c - b).collect();
        let magnitude = largest(&candidate_values).max(largest(&baseline_values));
        let Some(moments) = Moments::of(&differences, magnitude) else {
            return nothing;
        };
        let half_width = moments.half_width(confidence);
        PairedDifference {
            mean: Some(moments.mean),
            stddev: moments.variance.map(f64::sqrt),
            ci_low: half_width.map(|half| moments.mean - half),
            ci_high: half_width.map(|half| moments.mean + half),
            p_better: probability_of_improvement(&moments, better),
            correlation: correlation(&candidate_values, &baseline_values),
            variance_reduction: variance_reduction(&candidate_values, &baseline_values, &moments),
            n_enough: skewness(&differences, &moments).map(n_enough_for),
            ..nothing
        }
    }
}

impl PairedDifference {
    /// Returns the probability of a mean difference as far from zero as this one, to either side, if there is none;
    /// [`None`] where the differences do not vary.
    ///
    /// **Source:** Student's two-sided test on the differences.
    #[must_use]
    pub fn p_two_sided(&self) -> Option<f64> {
        let error = self.stddev? / (self.n as f64).sqrt();
        let distance = self.mean?.abs() / Some(error).filter(|&error| error > 0.0)?;
        Some(2.0 * student((self.n - 1) as f64).sf(distance))
    }

    /// Returns the mean difference as an estimate; [`None`] without a complete pair.
    #[must_use]
    pub fn estimate(&self) -> Option<Estimate> {
        Some(Estimate {
            mean: self.mean?,
            stddev: self.stddev,
            ci_low: self.ci_low,
            ci_high: self.ci_high,
            confidence: self.confidence,
            n: self.n,
        })
    }
}

fn probability_of_improvement(differences: &Moments, better: Better) -> Option<f64> {
    let sign = match better {
        Better::Higher => 1.0,
        Better::Lower => -1.0,
        Better::Neither => return None,
    };
    let error = differences.standard_error().filter(|&error| error > 0.0)?;
    Some(student((differences.n - 1) as f64).cdf(sign * differences.mean / error))
}

fn correlation(left: &[f64], right: &[f64]) -> Option<f64> {
    let (l, r) = (Moments::of(left, largest(left))?, Moments::of(right, largest(right))?);
    let scale = (l.variance? * r.variance?).sqrt();
    let products = left.iter().zip(right).map(|(x, y)| (x - l.mean) * (y - r.mean));
    let covariance = sum(products) / (left.len() - 1) as f64;
    (scale > 0.0).then(|| (covariance / scale).clamp(-1.0, 1.0))
}

fn variance_reduction(left: &[f64], right: &[f64], differences: &Moments) -> Option<f64> {
    let apart = Moments::of(left, largest(left))?.variance? + Moments::of(right, largest(right))?.variance?;
    let together = differences.variance.filter(|&variance| variance > 0.0)?;
    Some(apart / together)
}

/// The difference of two independent samples of unequal variance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Welch {
    /// Mean of the candidate minus mean of the baseline.
    pub mean: f64,
    /// Lower end of the interval for the true difference.
    pub ci_low: f64,
    /// Upper end of the interval.
    pub ci_high: f64,
    /// Degrees of freedom after Welch and Satterthwaite, rarely whole.
    pub freedom: f64,
}

/// Compares two samples that share no random numbers.
///
/// `None` where a side has fewer than two values or neither varies.
/// **Source:** Welch, "The significance of the difference between two means when the population
/// variances are unequal", Biometrika 29 (1938).
///
/// # Panics
///
/// If `confidence` does not lie inside (0, 1).
#[must_use]
pub fn welch(candidate: &[f64], baseline: &[f64], confidence: f64) -> Option<Welch> {
    let (c, b) = (Moments::of(candidate, largest(candidate))?, Moments::of(baseline, largest(baseline))?);
    let (c_error, b_error) = (c.variance? / c.n as f64, b.variance? / b.n as f64);
    let both = c_error + b_error;
    if both == 0.0 {
        return None;
    }
    let freedom = both * both / (c_error * c_error / (c.n - 1) as f64 + b_error * b_error / (b.n - 1) as f64);
    let half_width = student_quantile(0.5 + confidence / 2.0, freedom) * both.sqrt();
    let mean = c.mean - b.mean;
    Some(Welch { mean, ci_low: mean - half_width, ci_high: mean + half_width, freedom })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(values: &[f64]) -> Vec<Option<f64>> {
        values.iter().copied().map(Some).collect()
    }

    fn close(found: Option<f64>, expected: f64, tolerance: f64) {
        let found = found.unwrap();
        assert!((found - expected).abs() <= tolerance, "{found} for {expected}");
    }

    /// Law, comparing two systems: five replications of each, at 90 %.
    #[test]
    fn paired_and_welch_intervals_are_the_textbooks() {
        let first = [126.97, 124.31, 126.68, 122.66, 127.23];
        let second = [118.21, 120.22, 122.45, 122.68, 119.40];
        let paired = PairedDifference::of(&all(&first), &all(&second), 0.90, Better::Lower);
        close(paired.mean, 4.978, 1e-9);
        close(paired.stddev.map(|s| s * s / 5.0), 2.438, 1e-3);
        close(paired.ci_low, 1.65, 5e-3);
        close(paired.ci_high, 8.31, 5e-3);

        let apart = welch(&first, &second, 0.90).unwrap();
        close(Some(apart.freedom), 7.992, 1e-3);
        close(Some(apart.ci_low), 2.66, 5e-3);
        close(Some(apart.ci_high), 7.30, 5e-3);
        assert!((apart.mean - 4.978).abs() < 1e-9);
    }

    #[test]
    fn differences_against_nothing_give_the_textbooks_half_width() {
        let differences = [7.0, 6.0, 4.0, 1.0, 2.0, 3.0, -1.0, 2.0, -2.0, 5.0];
        let paired = PairedDifference::of(&all(&differences), &all(&[0.0; 10]), 0.95, Better::Higher);
        close(paired.mean, 2.7, 1e-12);
        close(paired.ci_high, 2.7 + 2.08, 5e-3);
        close(paired.ci_low, 2.7 - 2.08, 5e-3);
        assert_eq!(paired.correlation, None, "a baseline that never varies");
    }

    /// Average time in system [min] of two designs, the second once with its own and once with the
    /// first's random numbers: numbers of a course handout (IE 305/404, spring 2008, chapter 10),
    /// intervals computed from them independently.
    #[test]
    fn common_random_numbers_narrow_the_interval_of_a_handouts_example() {
        let first = [15.19, 12.13, 17.13, 17.5, 16.88, 11.97, 16.83, 18.44, 14.9, 15.15];
        let apart = [15.65, 14.22, 16.17, 13.43, 15.52, 16.16, 12.67, 16.97, 11.83, 10.35];
        let common = [16.29, 12.58, 19.35, 18.4, 18.38, 12.84, 18.0, 19.18, 16.03, 16.03];

        let shared = PairedDifference::of(&all(&first), &all(&common), 0.95, Better::Lower);
        close(shared.mean, -1.096, 1e-9);
        close(shared.stddev, 0.485, 5e-4);
        close(shared.ci_low, -1.442_654, 1e-6);
        close(shared.ci_high, -0.749_346, 1e-6);
        close(shared.correlation, 0.98371, 5e-6);
        // The handout's standard deviations: (2.192^2 + 2.438^2) / 0.485^2, about 45.7.
        close(shared.variance_reduction, 45.7, 0.2);
        assert!(shared.p_better.unwrap() > 0.999_9);

        let unshared = PairedDifference::of(&all(&first), &all(&apart), 0.95, Better::Lower);
        close(unshared.ci_low, -0.765_297, 1e-6);
        close(unshared.ci_high, 3.395_297, 1e-6);
        let ratio = unshared.stddev.unwrap() / shared.stddev.unwrap();
        let ratio = ratio * ratio;
        assert!((ratio - 36.0).abs() < 0.05, "variance cut {ratio} times");

        let independent = welch(&first, &apart, 0.95).unwrap();
        close(Some(independent.freedom), 17.998_71, 1e-5);
        close(Some(independent.ci_low), -0.735_902, 1e-6);
        close(Some(independent.ci_high), 3.365_902, 1e-6);
    }

    /// With two pairs Student's distribution is Cauchy's, 1/2 + atan(t)/pi: t = 1 gives 3/4.
    #[test]
    fn the_chance_of_improvement_follows_the_direction_that_is_better() {
        let (candidate, baseline) = (all(&[2.0, 4.0]), all(&[2.0, 2.0]));
        let chance = |better| PairedDifference::of(&candidate, &baseline, 0.95, better).p_better;
        close(chance(Better::Higher), 0.75, 1e-12);
        close(chance(Better::Lower), 0.25, 1e-12);
        assert_eq!(chance(Better::Neither), None);
    }

    #[test]
    fn where_nothing_varies_there_is_no_chance_and_no_correlation() {
        let baseline: Vec<f64> = (1..=20).map(|i| f64::from(i) / 7.0).collect();
        let shifted: Vec<f64> = baseline.iter().map(|value| value + 0.1).collect();
        let same = PairedDifference::of(&all(&baseline), &all(&baseline), 0.95, Better::Higher);
        assert_eq!((same.mean, same.stddev, same.ci_low), (Some(0.0), Some(0.0), Some(0.0)));
        assert_eq!((same.p_better, same.variance_reduction), (None, None));
        close(same.correlation, 1.0, 1e-12);
        let constant = PairedDifference::of(&all(&shifted), &all(&baseline), 0.95, Better::Higher);
        assert_eq!((constant.p_better, constant.stddev), (None, Some(0.0)), "differs by rounding alone");
        let flat = PairedDifference::of(&all(&[0.1; 3]), &all(&[0.3; 3]), 0.95, Better::Higher);
        assert_eq!((flat.p_better, flat.correlation), (None, None));
    }

    #[test]
    fn pairs_with_a_side_missing_are_counted_not_dropped() {
        let candidate = [Some(3.0), None, Some(5.0), None, Some(9.0)];
        let baseline = [Some(1.0), Some(1.0), None, None, Some(3.0)];
        let paired = PairedDifference::of(&candidate, &baseline, 0.95, Better::Higher);
        assert_eq!((paired.mean, paired.n, paired.n_missing), (Some(4.0), 2, 3));
        let none = PairedDifference::of(&candidate[1..2], &baseline[1..2], 0.95, Better::Higher);
        assert_eq!((none.mean, none.ci_low, none.n, none.n_missing), (None, None, 0, 1));
        let one = PairedDifference::of(&candidate[..1], &baseline[..1], 0.95, Better::Higher);
        assert_eq!((one.mean, one.stddev, one.ci_low, one.p_better), (Some(2.0), None, None, None));
    }

    #[test]
    fn welch_needs_two_values_a_side_and_some_spread() {
        assert_eq!(welch(&[1.0], &[1.0, 2.0], 0.95), None);
        assert_eq!(welch(&[1.0, 1.0], &[2.0, 2.0], 0.95), None);
        assert_eq!(welch(&[], &[2.0, 2.0], 0.95), None);
    }
}
