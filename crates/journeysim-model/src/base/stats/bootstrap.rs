//! The bootstrap: how far a number would wander if the sample were drawn again.
//!
//! A sample is drawn from the sample itself, with replacement, many times; the interval is between the quantiles of what comes
//! out. **Source:** Efron & Tibshirani, *An Introduction to the Bootstrap* (1993), chapter 13 (percentile interval).

use crate::base::random::{Purpose, Streams};

/// The ends of an interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Interval {
    /// Returns the interval that leaves out the same share at either end of `values`; [`None`] of no values.
    ///
    /// # Panics
    ///
    /// If `confidence` does not lie inside (0, 1).
    #[must_use]
    pub fn of_resamples(values: &[f64], confidence: f64) -> Option<Self> {
        assert!(confidence > 0.0 && confidence < 1.0, "invariant: a confidence lies inside (0, 1)");
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let last = sorted.len().checked_sub(1)?;
        let cut = (0.5 * (1.0 - confidence) * last as f64).floor() as usize;
        Some(Self { low: sorted[cut], high: sorted[last - cut] })
    }
}

/// Draws resample `number` of `n` things: `n` indices, with replacement. Things of another `label` are drawn anew.
pub fn resample(seed: u64, number: u32, label: u32, n: usize) -> impl Iterator<Item = usize> {
    let streams = Streams::new(seed, number);
    (0..n).map(move |at| {
        let uniform = streams.draw(Purpose::Design, at as u32, 0, label).uniform(0);
        ((uniform * n as f64) as usize).min(n - 1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::random::label;
    use crate::base::stats::Estimate;

    #[test]
    fn the_interval_leaves_out_the_same_share_at_either_end() {
        let values: Vec<f64> = (0..=1000).rev().map(f64::from).collect();
        assert_eq!(Interval::of_resamples(&values, 0.95), Some(Interval { low: 25.0, high: 975.0 }));
        assert_eq!(Interval::of_resamples(&[3.0], 0.95), Some(Interval { low: 3.0, high: 3.0 }));
        assert_eq!(Interval::of_resamples(&[], 0.95), None);
    }

    /// Of a mean the bootstrap gives what Student's interval gives, for many values.
    #[test]
    fn the_interval_of_a_mean_is_the_usual_one() {
        let sample: Vec<f64> = (0..200_i32).map(|at| f64::from(at * 37 % 101)).collect();
        let mean = |number| {
            let drawn = resample(1, number, label("test"), sample.len()).map(|at| sample[at]);
            drawn.sum::<f64>() / sample.len() as f64
        };
        let means: Vec<f64> = (0..2000).map(mean).collect();
        let found = Interval::of_resamples(&means, 0.95).unwrap();
        let usual = Estimate::of(&sample, 0.95).unwrap();
        let (low, high) = (usual.ci_low.unwrap(), usual.ci_high.unwrap());
        assert!((found.low - low).abs() < 0.05 * (high - low), "{found:?} for {low} to {high}");
        assert!((found.high - high).abs() < 0.05 * (high - low), "{found:?} for {low} to {high}");
    }
}
