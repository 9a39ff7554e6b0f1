//! The interval of a quantile, from order statistics alone.

use statrs::distribution::{Binomial, DiscreteCDF};

/// Two order statistics that enclose a quantile, whatever the distribution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct QuantileInterval {
    /// The value at `low_rank`.
    pub low: f64,
    /// The value at `high_rank`.
    pub high: f64,
    /// Rank of the lower end among the sorted values, from 1.
    pub low_rank: usize,
    /// Rank of the upper end, from 1.
    pub high_rank: usize,
    /// Probability that the two enclose the true quantile: at least the confidence asked for.
    pub coverage: f64,
}

/// Returns the quantile `p` of ascending values by linear interpolation (Hyndman & Fan 1996, definition 7).
#[must_use]
pub fn quantile(sorted: &[f64], p: f64) -> Option<f64> {
    let place = p * (sorted.len().checked_sub(1)? as f64);
    let below = place.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    Some(sorted[below] + (place - place.floor()) * (sorted[above] - sorted[below]))
}

/// Encloses the `p`-quantile of the distribution that `sorted` was drawn from.
///
/// The ends are the order statistics of ranks `l < u` with the narrowest equal tails:
///
/// ```text
/// P(Bin(n, p) <= l - 1) <= (1 - confidence) / 2,   l as large as that allows
/// P(Bin(n, p) >= u)     <= (1 - confidence) / 2,   u as small as that allows
/// coverage = P(l <= Bin(n, p) <= u - 1)
/// ```
///
/// `None` where there are too few values for so rare a quantile or so high a confidence.
/// **Source:** David & Nagaraja, *Order Statistics* (2003), section 7.1.
///
/// # Panics
///
/// If `p` or `confidence` does not lie inside (0, 1), or `sorted` does not ascend.
#[must_use]
pub fn quantile_interval(sorted: &[f64], p: f64, confidence: f64) -> Option<QuantileInterval> {
    assert!(p > 0.0 && p < 1.0, "invariant: a quantile is asked for inside (0, 1)");
    assert!(confidence > 0.0 && confidence < 1.0, "invariant: a confidence lies inside (0, 1)");
    assert!(sorted.is_sorted(), "invariant: order statistics are taken from ascending values");
    let binomial = Binomial::new(p, sorted.len() as u64).expect("invariant: p is a probability");
    let tail = (1.0 - confidence) / 2.0;
    let at_most = |count: usize| binomial.cdf(count as u64);
    let at_least = |count: usize| binomial.sf(count as u64 - 1);

    let low_rank = (1..=sorted.len()).take_while(|&rank| at_most(rank - 1) <= tail).last()?;
    let high_rank = (1..=sorted.len()).rev().take_while(|&rank| at_least(rank) <= tail).last()?;
    Some(QuantileInterval {
        low: sorted[low_rank - 1],
        high: sorted[high_rank - 1],
        low_rank,
        high_rank,
        coverage: 1.0 - at_most(low_rank - 1) - at_least(high_rank),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one_to(n: i32) -> Vec<f64> {
        (1..=n).map(f64::from).collect()
    }

    /// Ranks and coverage of the textbook tables; of the values 1, 2, ... each is its own rank.
    #[test]
    fn quantiles_are_enclosed_by_the_tabulated_ranks() {
        let median = quantile_interval(&one_to(10), 0.5, 0.95).unwrap();
        assert_eq!((median.low_rank, median.high_rank, median.low, median.high), (2, 9, 2.0, 9.0));
        assert!((median.coverage - 0.978_52).abs() < 5e-6);

        let tail = quantile_interval(&one_to(100), 0.9, 0.95).unwrap();
        assert_eq!((tail.low_rank, tail.high_rank), (84, 96));
        assert!((tail.coverage - 0.9557).abs() < 5e-5);
    }

    /// Of five values even the extremes miss the median with probability 2 / 2^5, which is over 5 %.
    #[test]
    fn too_few_values_enclose_nothing() {
        assert_eq!(quantile_interval(&one_to(5), 0.5, 0.95), None);
        let six = quantile_interval(&one_to(6), 0.5, 0.95).unwrap();
        assert_eq!((six.low_rank, six.high_rank), (1, 6));
        assert!((six.coverage - (1.0 - 2.0 / 64.0)).abs() < 1e-12);
        assert_eq!(quantile_interval(&one_to(20), 0.99, 0.95), None);
        assert_eq!(quantile_interval(&[], 0.5, 0.95), None);
    }

    #[test]
    #[should_panic(expected = "ascending")]
    fn unsorted_values_are_refused() {
        let _ = quantile_interval(&[2.0, 1.0], 0.5, 0.95);
    }
}
