//! Whether a sample is large enough for Student's interval of its mean, in spite of its skewness.

use super::{Moments, largest, sum};

/// How many values a skewed sample must have, for each unit of its squared skewness.
const FOR_EACH: usize = 25;

/// Skewness that is more than luck is three times its standard error, of which the square is six over the number of values.
const MORE_THAN_LUCK: usize = 54;

/// Returns how many values are enough for the interval of their mean to hold the truth about as often as it says; [`None`]
/// where they do not vary.
///
/// Of few values that differ from the others Student's interval holds the truth too rarely.
///
/// **Source:** Cochran, *Sampling Techniques* (1977), section 2.15: with 25 times the squared skewness an interval
/// of 95 % holds the truth in 94 % of samples at least.
#[must_use]
pub fn n_enough(values: &[f64]) -> Option<usize> {
    Some(n_enough_for(skewness(values, &Moments::of(values, largest(values))?)?))
}

/// Returns whether `n` values are fewer than are [enough](n_enough), where their skewness is more than luck: three times its
/// standard error.
#[must_use]
pub fn are_too_few(n: usize, enough: usize) -> bool {
    n < enough && n.saturating_mul(enough) > MORE_THAN_LUCK * FOR_EACH
}

pub(super) fn n_enough_for(skewness: f64) -> usize {
    (FOR_EACH as f64 * skewness * skewness).ceil() as usize
}

/// Returns the skewness; [`None`] of values that do not vary.
pub(super) fn skewness(values: &[f64], moments: &Moments) -> Option<f64> {
    let deviation = moments.variance.filter(|&variance| variance > 0.0)?.sqrt();
    let cube = |value: &f64| {
        let distance = (value - moments.mean) / deviation;
        distance * distance * distance
    };
    Some(sum(values.iter().map(cube)) / values.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nineteen zeros and a one: mean and variance are 1/20, and the mean cube (19 * (-1/20)^3 + (19/20)^3) / 20 = 0.04275. Over
    /// (1/20)^1.5 that is 3.8237, and 25 of its squares are 365.5. Of many in which one of twenty is a one, 4.13, and 426.3.
    #[test]
    fn a_mean_that_hangs_on_few_values_says_how_many_are_enough() {
        let of = |n: usize, is_one: &dyn Fn(usize) -> bool| -> Option<(usize, bool)> {
            let values: Vec<f64> = (0..n).map(|at| f64::from(u8::from(is_one(at)))).collect();
            n_enough(&values).map(|enough| (enough, are_too_few(n, enough)))
        };
        assert_eq!(of(20, &|at| at < 1), Some((366, true)));
        assert_eq!(of(20, &|at| at < 7).map(|(_, few)| few), Some(false));
        assert_eq!(of(20, &|_| false), None);
        assert_eq!(of(440, &|at| at % 20 == 0).map(|(_, few)| few), Some(false));
        // Of five values nobody knows how skewed they are.
        let (enough, few) = of(5, &|at| at < 1).unwrap();
        assert!(enough > 5 && !few);
    }
}
