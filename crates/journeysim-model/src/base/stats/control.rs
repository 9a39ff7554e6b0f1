//! Control variates: a mean made surer by what is known of other means.

use super::{Estimate, Moments, largest, student_quantile, sum};

/// A mean adjusted by control variates.
///
/// A control is measured in the same replications and its expectation is known. How far its mean is off tells, by
/// regression, how far the mean of interest is off:
///
/// ```text
/// adjusted  = mean y - b' (mean c - known c),   b from the regression of y on c
/// interval  = adjusted ± t(n - p - 1) s sqrt(1/n + (mean c - known c)' S^-1 (mean c - known c))
/// gain      = S²(y) / (s² (n - 2) / (n - p - 2))
/// ```
///
/// `s²` is the variance of the residuals with `n - p - 1` degrees of freedom, `S` the sums of squares and products of
/// the controls around their means. The factor `(n - 2) / (n - p - 2)` is the price of estimating `b`. Where
/// y and c are jointly normal the interval is exact and the adjusted mean unbiased; else both hold for many
/// replications, with a bias of order 1/n.
///
/// **Source:** Lavenberg & Welch, "A perspective on the use of control variables to increase the efficiency of Monte
/// Carlo simulations", Management Science 27 (1981), equations for one set of controls.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ControlledMean {
    /// The adjusted mean.
    pub mean: f64,
    /// Lower end of the interval for the true mean.
    pub ci_low: f64,
    /// Upper end of the interval.
    pub ci_high: f64,
    /// Confidence of the interval, a fraction.
    pub confidence: f64,
    /// Standard deviation of one replication that would make the mean as sure without controls.
    pub stddev: f64,
    /// How many times fewer replications than without controls; [`None`] where the controls leave nothing to chance.
    /// Below 1 the controls cost more than they bring.
    pub gain: Option<f64>,
    /// Number of replications.
    pub n: usize,
    /// Number of controls that vary, and not only with those before them.
    pub controls: usize,
}

impl ControlledMean {
    /// Adjusts the mean of `values` by `controls`, each a column in the order of `values` with **known mean zero**.
    ///
    /// [`None`] where the values do not vary, no control varies, or there are too few replications: fewer than
    /// three more than controls.
    ///
    /// # Panics
    ///
    /// If columns differ in length or `confidence` does not lie inside (0, 1).
    #[must_use]
    pub fn of(values: &[f64], controls: &[Vec<f64>], confidence: f64) -> Option<Self> {
        let raw = Moments::of(values, largest(values))?;
        let raw_variance = raw.variance.filter(|&variance| variance > 0.0)?;
        let orthogonal = orthogonal(controls);
        let (n, p) = (values.len(), orthogonal.len());
        if p == 0 || n < p + 3 {
            return None;
        }
        let mut residuals: Vec<f64> = values.iter().map(|value| value - raw.mean).collect();
        let (mut mean, mut spread) = (raw.mean, 1.0 / n as f64);
        for Direction { off, column, square } in &orthogonal {
            let slope = product(&residuals, column) / square;
            for (residual, at) in residuals.iter_mut().zip(column) {
                *residual -= slope * at;
            }
            mean -= slope * off;
            spread += off * off / square;
        }
        let variance = product(&residuals, &residuals) / (n - p - 1) as f64;
        let half = student_quantile(0.5 + confidence / 2.0, (n - p - 1) as f64) * (variance * spread).sqrt();
        let paid = variance * (n - 2) as f64 / (n - p - 2) as f64;
        // Residuals of the size of rounding are none.
        let varies = paid > 1e-20 * raw_variance;
        Some(Self {
            mean,
            ci_low: mean - half,
            ci_high: mean + half,
            confidence,
            stddev: paid.sqrt(),
            gain: varies.then(|| raw_variance / paid),
            n,
            controls: p,
        })
    }
}

impl ControlledMean {
    /// Returns the adjusted mean as an estimate.
    #[must_use]
    pub fn estimate(&self) -> Estimate {
        let Self { mean, ci_low, ci_high, confidence, stddev, n, .. } = *self;
        let (ci_low, ci_high) = (Some(ci_low), Some(ci_high));
        Estimate { mean, stddev: Some(stddev), ci_low, ci_high, confidence, n }
    }
}

/// A control, cleared of what those before it say.
struct Direction {
    /// How far its mean is off.
    off: f64,
    /// Its values around that mean.
    column: Vec<f64>,
    /// The sum of their squares.
    square: f64,
}

/// Clears each control of those before it (Gram-Schmidt); what does not vary by itself is left out.
fn orthogonal(controls: &[Vec<f64>]) -> Vec<Direction> {
    let mut directions: Vec<Direction> = Vec::new();
    for control in controls {
        let Some(moments) = Moments::of(control, largest(control)) else { continue };
        let mut column: Vec<f64> = control.iter().map(|value| value - moments.mean).collect();
        let (mut off, whole) = (moments.mean, product(&column, &column));
        for earlier in &directions {
            let part = product(&column, &earlier.column) / earlier.square;
            for (value, at) in column.iter_mut().zip(&earlier.column) {
                *value -= part * at;
            }
            off -= part * earlier.off;
        }
        let square = product(&column, &column);
        if moments.variance.is_some_and(|variance| variance > 0.0) && square > 1e-12 * whole {
            directions.push(Direction { off, column, square });
        }
    }
    directions
}

fn product(left: &[f64], right: &[f64]) -> f64 {
    assert_eq!(left.len(), right.len(), "invariant: every replication has all controls");
    sum(left.iter().zip(right).map(|(x, y)| x * y))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::math::normal_quantile;
    use crate::base::random::{Purpose, Streams};

    /// By hand: c = -1 0 1 3 (mean 3/4, sum of squares 8.75), y = 2 3 7 8 (mean 5); products around the means
    /// 14, so b = 1.6, the adjusted mean 5 - 1.2 = 3.8, residuals -0.2 -0.8 1.6 -0.6, their squares 3.6 over
    /// two degrees of freedom.
    #[test]
    fn one_control_gives_the_regression_worked_by_hand() {
        let found = ControlledMean::of(&[2.0, 3.0, 7.0, 8.0], &[vec![-1.0, 0.0, 1.0, 3.0]], 0.95).unwrap();
        assert!((found.mean - 3.8).abs() < 1e-12, "{found:?}");
        let half = 4.302_652_729_7 * (1.8 * (0.25 + 0.5625 / 8.75_f64)).sqrt();
        assert!((found.ci_high - 3.8 - half).abs() < 1e-8 && (3.8 - found.ci_low - half).abs() < 1e-8);
        // S² = 26/3; (n - 2) / (n - p - 2) = 2.
        assert!((found.gain.unwrap() - 26.0 / 3.0 / 3.6).abs() < 1e-12);
    }

    #[test]
    fn the_order_and_the_units_of_controls_do_not_matter() {
        let values = [2.0, 3.0, 7.0, 8.0, 1.0, 4.0];
        let (one, other) = (vec![-1.0, 0.0, 1.0, 3.0, -2.0, 0.5], vec![0.3, -0.2, 0.1, 0.4, 0.2, -0.6]);
        let hundredfold: Vec<f64> = one.iter().map(|value| 100.0 * value).collect();
        let twice: Vec<f64> = one.iter().zip(&other).map(|(x, y)| 2.0 * x - y).collect();
        let usual = ControlledMean::of(&values, &[one.clone(), other.clone()], 0.9).unwrap();
        for controls in
            [vec![other.clone(), one.clone()], vec![hundredfold, other.clone()], vec![one, other, twice]]
        {
            let found = ControlledMean::of(&values, &controls, 0.9).unwrap();
            let near = |x: f64, y: f64| (x - y).abs() < 1e-9;
            assert!(
                near(found.mean, usual.mean) && near(found.ci_low, usual.ci_low),
                "{found:?} for {usual:?}"
            );
            assert_eq!(found.controls, 2);
        }
    }

    #[test]
    fn without_enough_replications_or_anything_that_varies_there_is_no_adjusted_mean() {
        let control = vec![0.1, -0.2, 0.3];
        assert_eq!(ControlledMean::of(&[1.0, 2.0, 4.0], &[control], 0.95), None);
        assert_eq!(ControlledMean::of(&[1.0, 2.0, 4.0, 3.0], &[vec![0.0; 4]], 0.95), None);
        assert_eq!(ControlledMean::of(&[1.0; 5], &[vec![0.1, 0.2, 0.3, 0.2, 0.4]], 0.95), None);
        assert_eq!(ControlledMean::of(&[], &[], 0.95), None);
    }

    #[test]
    fn what_the_controls_explain_wholly_is_known_exactly() {
        let control: Vec<f64> = (0..8).map(|at| f64::from(at) - 2.0).collect();
        let values: Vec<f64> = control.iter().map(|value| 7.0 + 3.0 * value).collect();
        let found = ControlledMean::of(&values, &[control], 0.95).unwrap();
        assert!((found.mean - 7.0).abs() < 1e-9 && found.ci_high - found.ci_low < 1e-9);
        assert_eq!(found.gain, None);
    }

    /// Ten thousand samples of ten with y = 5 + 2 c + e, c and e standard normal: the interval covers its 90
    /// %, the mean is unbiased, and the variance of the mean falls from 0.5 to 0.1 (10 - 2) / (10 - 3), which
    /// is the factor stated. Each at 4 standard errors or more.
    #[test]
    fn intervals_cover_and_the_factor_stated_is_the_one_gained() {
        let streams = Streams::new(11, 0);
        let normal = |sample: u32, at: u32, label: u32| {
            normal_quantile(streams.draw(Purpose::Segment, sample, at, label).uniform(0))
        };
        let samples = 10_000;
        let (mut covered, mut sum, mut squares, mut raw, mut stated) = (0, 0.0, 0.0, 0.0, 0.0);
        for sample in 0..samples {
            let control: Vec<f64> = (0..10).map(|at| normal(sample, at, 0)).collect();
            let values: Vec<f64> =
                control.iter().zip(0..).map(|(c, at)| 5.0 + 2.0 * c + normal(sample, at, 1)).collect();
            let found = ControlledMean::of(&values, &[control], 0.90).unwrap();
            covered += u32::from(found.ci_low <= 5.0 && 5.0 <= found.ci_high);
            let error = found.mean - 5.0;
            let raw_error = Estimate::of(&values, 0.90).unwrap().mean - 5.0;
            (sum, squares, raw) = (sum + error, squares + error * error, raw + raw_error * raw_error);
            stated += found.stddev * found.stddev / 10.0;
        }
        let n = f64::from(samples);
        assert!((f64::from(covered) / n - 0.90).abs() < 0.013, "{covered} of {samples} cover");
        assert!((sum / n).abs() < 4.0 * (0.115 / n).sqrt(), "off by {}", sum / n);
        let variance = 0.1 * 8.0 / 7.0;
        assert!((squares / n / variance - 1.0).abs() < 0.08, "variance {}", squares / n);
        assert!((stated / n / variance - 1.0).abs() < 0.03, "stated {}", stated / n);
        assert!((raw / n / 0.5 - 1.0).abs() < 0.06, "raw variance {}", raw / n);
    }
}
