//! Means and variances in closed form.

use super::Distribution;
use crate::base::math::{gamma, ln, ln_1p};

impl Distribution {
    /// Returns the mean, from the parameters.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.moments().0
    }

    /// Returns the variance, from the parameters: the square of the standard deviation.
    ///
    /// That of [`Distribution::Empirical`] divides by the number of values, which are the whole population.
    #[must_use]
    pub fn variance(&self) -> f64 {
        self.moments().1
    }

    /// **Source:** Johnson, Kotz and Balakrishnan, "Continuous univariate distributions", 2nd ed. 1994-95.
    fn moments(&self) -> (f64, f64) {
        match *self {
            Self::Constant { value } => (value, 0.0),
            Self::Uniform { low, high } => ((low + high) / 2.0, (high - low) * (high - low) / 12.0),
            Self::LogUniform { low, high } => {
                let width = ln(high / low);
                let mean = (high - low) / width;
                (mean, (high - low) * (high + low) / (2.0 * width) - mean * mean)
            }
            Self::Triangular { low, mode, high } => {
                let (left, right) = (mode - low, high - mode);
                ((low + mode + high) / 3.0, (left * left + left * right + right * right) / 18.0)
            }
            Self::Normal { mean, sd }
            | Self::LogNormal { mean, sd }
            | Self::Gamma { mean, sd }
            | Self::Beta { mean, sd } => (mean, sd * sd),
            Self::Exponential { mean } => (mean, mean * mean),
            Self::Weibull { shape, scale } => {
                let first = gamma(1.0 + 1.0 / shape);
                (scale * first, scale * scale * (gamma(1.0 + 2.0 / shape) - first * first))
            }
            Self::Poisson { mean } => (mean, mean),
            Self::Discrete { ref values, ref weights } => {
                weighted_moments(values.iter().copied().zip(weights.iter().copied()))
            }
            Self::Empirical { ref values } => weighted_moments(values.iter().map(|&value| (value, 1.0))),
        }
    }

    /// Returns mean and standard deviation of the logarithm of a log-normal variable with this mean and sd.
    pub(super) fn log_normal_parameters(mean: f64, sd: f64) -> (f64, f64) {
        let variance = ln_1p((sd / mean) * (sd / mean));
        (ln(mean) - variance / 2.0, variance.sqrt())
    }

    /// Returns shape and scale of a gamma variable with this mean and sd.
    pub(super) fn gamma_parameters(mean: f64, sd: f64) -> (f64, f64) {
        ((mean / sd) * (mean / sd), sd * (sd / mean))
    }

    /// Returns the two shapes of a beta variable with this mean and sd.
    pub(super) fn beta_shapes(mean: f64, sd: f64) -> (f64, f64) {
        let sum = mean * (1.0 - mean) / (sd * sd) - 1.0;
        (mean * sum, (1.0 - mean) * sum)
    }
}

fn weighted_moments(pairs: impl Iterator<Item = (f64, f64)> + Clone) -> (f64, f64) {
    let total: f64 = pairs.clone().map(|(_, weight)| weight).sum();
    let mean = pairs.clone().map(|(value, weight)| value * (weight / total)).sum::<f64>();
    let variance = pairs.map(|(value, weight)| (value - mean) * (value - mean) * (weight / total)).sum();
    (mean, variance)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Worked by hand.
    #[test]
    fn moments_of_hand_worked_distributions() {
        use Distribution as D;
        let e = std::f64::consts::E;
        let coin = D::Discrete { values: vec![0.0, 10.0], weights: vec![2.0, 2.0] };
        let unused = D::Discrete { values: vec![1.0, 9.0], weights: vec![1.0, 0.0] };
        let e_fold = (e - 1.0) * (3.0 - e) / 2.0;
        #[rustfmt::skip]
        let cases = [
            ("a die's range",          D::Uniform { low: 1.0, high: 7.0 },                4.0,     3.0),
            ("one e-fold",             D::LogUniform { low: 1.0, high: e },               e - 1.0, e_fold),
            ("a right triangle",       D::Triangular { low: 0.0, mode: 0.0, high: 3.0 },  1.0,     0.5),
            ("shape 1 is exponential", D::Weibull { shape: 1.0, scale: 3.0 },             3.0,     9.0),
            ("shape 1/2: 2! and 4!-4", D::Weibull { shape: 0.5, scale: 1.0 },             2.0,     20.0),
            ("a coin that pays 10",    coin,                                              5.0,     25.0),
            ("a weight of nothing",    unused,                                            1.0,     0.0),
            ("observed values",        D::Empirical { values: vec![2.0, 4.0, 4.0, 6.0] }, 4.0,     2.0),
        ];
        for (why, distribution, mean, variance) in cases {
            assert!((distribution.mean() - mean).abs() < 1e-12, "{why}: mean {}", distribution.mean());
            assert!((distribution.variance() - variance).abs() < 1e-12, "{why}: {}", distribution.variance());
        }
    }
}
