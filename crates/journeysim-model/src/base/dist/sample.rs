//! Quantiles, and sampling by meaning.

use rand_distr::Distribution as _;

use super::{Bounded, Distribution};
use crate::base::math::{exp, ln, ln_1p, normal_cdf, normal_quantile, powf};
use crate::base::random::{Purpose, Streams, Substream};

impl Distribution {
    /// Returns the value of the decision with this meaning (see [`Streams::draw`]).
    ///
    /// One uniform number becomes the value through [`Distribution::quantile`]: the draw's number 0. Gamma
    /// and beta have no quantile here and reject until they accept, from a substream of the same meaning
    /// (Marsaglia and Tsang 2000; Cheng 1978; crate `rand_distr`). These two take `ln` and `exp` from the
    /// platform, so their last bits are the same in every build but may differ between platforms.
    ///
    /// # Panics
    ///
    /// May panic if [`Distribution::check`] finds a fault.
    #[must_use]
    pub fn sample(
        &self,
        streams: &Streams,
        purpose: Purpose,
        subject: u32,
        occurrence: u32,
        label: u32,
    ) -> f64 {
        match *self {
            Self::Gamma { mean, sd } => {
                sample_gamma(mean, sd, &mut streams.substream(purpose, subject, occurrence, label))
            }
            Self::Beta { mean, sd } => {
                sample_beta(mean, sd, &mut streams.substream(purpose, subject, occurrence, label))
            }
            Self::Constant { value } => value,
            Self::Uniform { .. }
            | Self::LogUniform { .. }
            | Self::Triangular { .. }
            | Self::Normal { .. }
            | Self::LogNormal { .. }
            | Self::Exponential { .. }
            | Self::Weibull { .. }
            | Self::Poisson { .. }
            | Self::Discrete { .. }
            | Self::Empirical { .. } => self
                .quantile(streams.draw(purpose, subject, occurrence, label).uniform(0))
                .expect("every distribution but gamma and beta has a quantile"),
        }
    }

    /// Returns the smallest value that the variable is at most with probability `p` or more; `p` is strictly
    /// between 0 and 1.
    ///
    /// `None` for gamma and beta, which have no such formula.
    ///
    /// # Panics
    ///
    /// May panic if [`Distribution::check`] finds a fault.
    #[must_use]
    pub fn quantile(&self, p: f64) -> Option<f64> {
        Some(match *self {
            Self::Constant { value } => value,
            Self::Uniform { low, high } => low + (high - low) * p,
            Self::LogUniform { low, high } => (low * exp(p * ln(high / low))).clamp(low, high),
            Self::Triangular { low, mode, high } => {
                let (width, left, right) = (high - low, mode - low, high - mode);
                if p * width < left {
                    low + (p * width * left).sqrt()
                } else {
                    high - ((1.0 - p) * width * right).sqrt()
                }
            }
            Self::Normal { mean, sd } => mean + sd * normal_quantile(p),
            Self::LogNormal { mean, sd } => {
                let (mu, sigma) = Self::log_normal_parameters(mean, sd);
                exp(mu + sigma * normal_quantile(p))
            }
            Self::Exponential { mean } => -mean * ln_1p(-p),
            Self::Gamma { .. } | Self::Beta { .. } => return None,
            Self::Weibull { shape, scale } => scale * powf(-ln_1p(-p), 1.0 / shape),
            Self::Poisson { mean } => poisson_quantile(mean, p),
            Self::Discrete { ref values, ref weights } => discrete_quantile(values, weights, p),
            Self::Empirical { ref values } => {
                let rank = (p * values.len() as f64).ceil() as usize;
                values[rank.clamp(1, values.len()) - 1]
            }
        })
    }
}

impl Distribution {
    /// Returns the probability that the variable stays below `x`; [`None`] for gamma and beta, which have no such
    /// formula.
    ///
    /// # Panics
    ///
    /// May panic if [`Distribution::check`] finds a fault.
    #[must_use]
    pub fn probability_below(&self, x: f64) -> Option<f64> {
        let step = |value: f64| f64::from(value < x);
        Some(match *self {
            Self::Constant { value } => step(value),
            Self::Uniform { low, high } => ((x - low) / (high - low)).clamp(0.0, 1.0),
            Self::LogUniform { low, high } => {
                if x <= low {
                    0.0
                } else {
                    (ln(x / low) / ln(high / low)).min(1.0)
                }
            }
            Self::Triangular { low, mode, high } => {
                let width = high - low;
                if x <= low {
                    0.0
                } else if x < mode {
                    (x - low) * (x - low) / (width * (mode - low))
                } else if x < high {
                    1.0 - (high - x) * (high - x) / (width * (high - mode))
                } else {
                    1.0
                }
            }
            Self::Normal { mean, sd } => normal_cdf((x - mean) / sd),
            Self::LogNormal { mean, sd } => {
                let (mu, sigma) = Self::log_normal_parameters(mean, sd);
                if x <= 0.0 { 0.0 } else { normal_cdf((ln(x) - mu) / sigma) }
            }
            Self::Exponential { mean } => 1.0 - exp(-x.max(0.0) / mean),
            Self::Gamma { .. } | Self::Beta { .. } => return None,
            Self::Weibull { shape, scale } => 1.0 - exp(-powf(x.max(0.0) / scale, shape)),
            Self::Poisson { mean } => {
                let (mut probability, mut below, mut count) = (exp(-mean), 0.0, 0.0);
                while count < x && probability > 0.0 {
                    below += probability;
                    count += 1.0;
                    probability *= mean / count;
                }
                below
            }
            Self::Discrete { ref values, ref weights } => {
                let below: f64 =
                    values.iter().zip(weights).map(|(&value, weight)| step(value) * weight).sum();
                below / weights.iter().sum::<f64>()
            }
            Self::Empirical { ref values } => {
                values.partition_point(|&value| value < x) as f64 / values.len() as f64
            }
        })
    }
}

impl Bounded {
    /// Returns the probability that the variable, held within the limits, stays below `x` (see
    /// [`Distribution::probability_below`]).
    ///
    /// # Panics
    ///
    /// May panic if [`Bounded::check`] finds a fault.
    #[must_use]
    pub fn probability_below(&self, x: f64) -> Option<f64> {
        if self.min.is_some_and(|min| x <= min) {
            return Some(0.0);
        }
        if self.max.is_some_and(|max| x > max) {
            return Some(1.0);
        }
        self.of.probability_below(x)
    }

    /// Returns the value of the decision with this meaning, held within the limits.
    ///
    /// See [`Distribution::sample`].
    ///
    /// # Panics
    ///
    /// May panic if [`Bounded::check`] finds a fault.
    #[must_use]
    pub fn sample(
        &self,
        streams: &Streams,
        purpose: Purpose,
        subject: u32,
        occurrence: u32,
        label: u32,
    ) -> f64 {
        self.clip(self.of.sample(streams, purpose, subject, occurrence, label))
    }

    /// Returns the quantile, held within the limits (see [`Distribution::quantile`]).
    ///
    /// # Panics
    ///
    /// May panic if [`Bounded::check`] finds a fault.
    #[must_use]
    pub fn quantile(&self, p: f64) -> Option<f64> {
        self.of.quantile(p).map(|value| self.clip(value))
    }

    fn clip(&self, value: f64) -> f64 {
        let value = self.min.map_or(value, |min| value.max(min));
        self.max.map_or(value, |max| value.min(max))
    }
}

/// Adds up probabilities from 0 on until they reach `p`.
fn poisson_quantile(mean: f64, p: f64) -> f64 {
    let mut count = 0.0;
    let mut probability = exp(-mean);
    let mut cumulative = probability;
    while cumulative < p {
        count += 1.0;
        probability *= mean / count;
        let next = cumulative + probability;
        // Far in the tail the sum stands still; rounding may have stopped it just short of `p`.
        if next == cumulative {
            break;
        }
        cumulative = next;
    }
    count
}

fn discrete_quantile(values: &[f64], weights: &[f64], p: f64) -> f64 {
    let target = p * weights.iter().sum::<f64>();
    let mut cumulative = 0.0;
    let chosen = weights.iter().position(|weight| {
        cumulative += weight;
        cumulative >= target
    });
    values[chosen.expect("the last sum is the total, which p below 1 cannot exceed")]
}

fn sample_gamma(mean: f64, sd: f64, substream: &mut Substream) -> f64 {
    let (shape, scale) = Distribution::gamma_parameters(mean, sd);
    rand_distr::Gamma::new(shape, scale).expect("check makes shape and scale positive").sample(substream)
}

fn sample_beta(mean: f64, sd: f64, substream: &mut Substream) -> f64 {
    let (a, b) = Distribution::beta_shapes(mean, sd);
    rand_distr::Beta::new(a, b).expect("check makes both shapes positive").sample(substream)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::dist::one_of_each;
    use sha2::{Digest, Sha256};
    use std::f64::consts::LN_2;

    #[test]
    fn the_probability_below_a_quantile_is_the_one_asked_for() {
        for distribution in one_of_each() {
            let (Some(quantile), steps) = (distribution.quantile(0.3), [0.1, 0.3, 0.9]) else { continue };
            let is_stepped = distribution.probability_below(quantile) != Some(0.3)
                && distribution.quantile(0.301) == Some(quantile);
            for p in steps {
                let value = distribution.quantile(p).unwrap();
                let below = distribution.probability_below(value).unwrap();
                let at_most = distribution.probability_below(value + 1e-9 * value.abs().max(1.0)).unwrap();
                if is_stepped {
                    assert!(
                        below <= p && p <= at_most + 1e-12,
                        "{distribution:?} at {p}: {below} to {at_most}"
                    );
                } else {
                    assert!((below - p).abs() < 1e-9, "{distribution:?} at {p}: {below}");
                }
            }
        }
    }

    fn samples(distribution: &Distribution, count: u32) -> impl Iterator<Item = f64> {
        let streams = Streams::new(12, 0);
        (0..count).map(move |subject| distribution.sample(&streams, Purpose::Service, subject, 0, 0))
    }

    /// The sample's mean and variance are compared with the closed forms in standard errors, that of the
    /// variance from the sample's own fourth moment. 6 of them are exceeded by chance with probability
    /// 2e-9, and 40 numbers are looked at.
    #[test]
    fn samples_have_the_mean_and_variance_of_the_closed_form() {
        const DRAWS: u32 = 100_000;
        let n = f64::from(DRAWS);
        let other_regimes = [
            Distribution::Triangular { low: 0.0, mode: 5.0, high: 5.0 },
            Distribution::Gamma { mean: 2.0, sd: 3.0 },
            Distribution::Gamma { mean: 2.0, sd: 2.0 },
            Distribution::Beta { mean: 0.9, sd: 0.2 },
            Distribution::Weibull { shape: 0.8, scale: 2.0 },
            Distribution::Poisson { mean: 0.02 },
            Distribution::Poisson { mean: 640.0 },
        ];
        for distribution in one_of_each().into_iter().chain(other_regimes) {
            let values: Vec<f64> = samples(&distribution, DRAWS).collect();
            let (mean, variance) = (distribution.mean(), distribution.variance());
            let moment = |power| values.iter().map(|v| (v - mean).powi(power)).sum::<f64>() / n;
            let (first, second, fourth) = (moment(1), moment(2), moment(4));

            let mean_error = (variance / n).sqrt();
            assert!(first.abs() <= 6.0 * mean_error, "{distribution:?}: mean off by {first:e}");
            let variance_error = ((fourth - second * second) / n).sqrt();
            let off = second - variance;
            assert!(off.abs() <= 6.0 * variance_error, "{distribution:?}: variance off by {off:e}");
        }
    }

    /// Kolmogorov and Smirnov: the largest distance between the share of the samples up to a value and its probability, by
    /// formulas that stand here. 2.5 / sqrt(n) is exceeded by chance with probability 2 exp(-2 x 2.5^2) = 7e-6 (less where
    /// values come in steps), and 13 distributions are looked at.
    #[test]
    fn samples_are_spread_as_their_distributions_say() {
        use Distribution as D;
        type Probability = Box<dyn Fn(f64) -> f64>;
        const DRAWS: u32 = 20_000;
        let n = f64::from(DRAWS);
        let triangle =
            |x: f64| if x < 2.0 { (x - 1.0).powi(2) / 4.0 } else { 1.0 - (5.0 - x).powi(2) / 12.0 };
        let rises = |steps: &'static [(f64, f64)]| -> Probability {
            Box::new(|x| {
                steps.iter().rev().find(|(value, _)| *value <= x).map_or(0.0, |(_, at_most)| *at_most)
            })
        };
        let cases: Vec<(Distribution, Probability)> = vec![
            (D::Uniform { low: 2.0, high: 10.0 }, Box::new(|x| (x - 2.0) / 8.0)),
            (D::LogUniform { low: 1.0, high: 100.0 }, Box::new(|x| ln(x) / ln(100.0))),
            (D::Triangular { low: 1.0, mode: 2.0, high: 5.0 }, Box::new(triangle)),
            (D::Normal { mean: 10.0, sd: 2.0 }, Box::new(|x| normal_cdf((x - 10.0) / 2.0))),
            // A mean and a standard deviation of 1 are those of exp(sqrt(ln 2) z - ln 2 / 2).
            (
                D::LogNormal { mean: 1.0, sd: 1.0 },
                Box::new(|x| normal_cdf((ln(x) + LN_2 / 2.0) / LN_2.sqrt())),
            ),
            (D::Exponential { mean: 3.0 }, Box::new(|x| 1.0 - exp(-x / 3.0))),
            (D::Weibull { shape: 2.5, scale: 7.0 }, Box::new(|x| 1.0 - exp(-powf(x / 7.0, 2.5)))),
            // Shape 4 and scale 1/2; shape 1/4 and scale 4; shapes 2 and 3.
            (D::Gamma { mean: 2.0, sd: 1.0 }, integral(|x| x.powi(3) * exp(-2.0 * x), 20.0)),
            // In the fourth root of the value, in which the density has no pole.
            (D::Gamma { mean: 1.0, sd: 2.0 }, {
                let of_root = integral(|root| exp(-root.powi(4) / 4.0), 4.0);
                Box::new(move |x: f64| of_root(powf(x, 0.25)))
            }),
            (D::Beta { mean: 0.4, sd: 0.2 }, integral(|x| x * (1.0 - x).powi(2), 1.0)),
            (D::Poisson { mean: 1.0 }, Box::new(at_most_under_a_mean_of_1)),
            (
                D::Discrete { values: vec![12.0, 24.0, 36.0], weights: vec![2.0, 1.0, 5.0] },
                rises(&[(12.0, 0.25), (24.0, 0.375), (36.0, 1.0)]),
            ),
            (
                D::Empirical { values: vec![1.0, 2.0, 2.0, 7.0] },
                rises(&[(1.0, 0.25), (2.0, 0.75), (7.0, 1.0)]),
            ),
        ];
        for (distribution, probability) in cases {
            let mut values: Vec<f64> = samples(&distribution, DRAWS).collect();
            values.sort_by(f64::total_cmp);
            let mut furthest: f64 = 0.0;
            let mut below = 0;
            for same in values.chunk_by(|one, other| one == other) {
                let up_to = below + same.len();
                let distances = [
                    up_to as f64 / n - probability(same[0]),
                    below as f64 / n - probability(same[0].next_down()),
                ];
                furthest = distances.iter().fold(furthest, |most, distance| most.max(distance.abs()));
                below = up_to;
            }
            assert!(furthest * n.sqrt() < 2.5, "{distribution:?}: {}", furthest * n.sqrt());
        }
    }

    /// The probability of a Poisson number of at most `x` whose mean is 1: the sum of 1 / (e k!).
    fn at_most_under_a_mean_of_1(x: f64) -> f64 {
        let mut term = exp(-1.0);
        let mut sum = 0.0;
        let mut k = 0.0;
        while k <= x {
            sum += term;
            k += 1.0;
            term /= k;
        }
        sum
    }

    /// The share of the area under `density` from 0 to `most` that lies below a value, by the trapezoidal rule.
    fn integral(density: impl Fn(f64) -> f64, most: f64) -> Box<dyn Fn(f64) -> f64> {
        const STEPS: usize = 20_000;
        let step = most / STEPS as f64;
        let mut areas = vec![0.0];
        for at in 0..STEPS {
            let (from, to) = (density(at as f64 * step), density((at + 1) as f64 * step));
            areas.push(areas[at] + 0.5 * (from + to) * step);
        }
        Box::new(move |x| areas[((x / step).round() as usize).min(STEPS)] / areas[STEPS])
    }

    /// Medians and quartiles that follow from the definitions.
    #[test]
    fn quantiles_of_hand_worked_distributions() {
        use Distribution as D;
        let symmetric = || D::Triangular { low: 0.0, mode: 1.0, high: 2.0 };
        let terms = || D::Discrete { values: vec![12.0, 24.0, 36.0], weights: vec![2.0, 0.0, 6.0] };
        let seen = || D::Empirical { values: vec![1.0, 2.0, 2.0, 7.0] };
        let root_50 = 50.0_f64.sqrt();
        #[rustfmt::skip]
        let cases = [
            ("a quarter of the way",  D::Uniform { low: 2.0, high: 10.0 },     0.25,            4.0),
            ("the geometric mean",    D::LogUniform { low: 4.0, high: 100.0 }, 0.5,             20.0),
            ("a symmetric triangle",  symmetric(),                             0.5,             1.0),
            ("left of the mode",      symmetric(),                             0.125,           0.5),
            ("right of the mode",     symmetric(),                             0.875,           1.5),
            ("one sd above the mean", D::Normal { mean: 10.0, sd: 2.0 },       normal_cdf(1.0), 12.0),
            ("mean / sqrt(1 + cv^2)", D::LogNormal { mean: 10.0, sd: 10.0 },   0.5,             root_50),
            ("mean times ln 2",       D::Exponential { mean: 3.0 },            0.5,             3.0 * LN_2),
            ("63 % below the scale",  D::Weibull { shape: 2.5, scale: 7.0 },   1.0 - exp(-1.0), 7.0),
            ("P(0) = 0.37 at mean 1", D::Poisson { mean: 1.0 },                0.36,            0.0),
            ("just above it",         D::Poisson { mean: 1.0 },                0.37,            1.0),
            ("the end of a weight",   terms(),                                 0.25,            12.0),
            ("weight 0 never chosen", terms(),                                 0.2501,          36.0),
            ("the first of four",     seen(),                                  0.25,            1.0),
            ("the third of four",     seen(),                                  0.75,            2.0),
            ("the last of four",      seen(),                                  0.7501,          7.0),
        ];
        for (why, distribution, p, expected) in cases {
            let quantile = distribution.quantile(p).expect(why);
            assert!((quantile - expected).abs() < 1e-12 * expected.abs().max(1.0), "{why}: {quantile}");
        }
    }

    #[test]
    fn a_higher_probability_never_gives_a_lower_quantile_and_the_extremes_are_finite() {
        let tiny = 0.5_f64.powi(53);
        for distribution in one_of_each() {
            let Some(mut last) = distribution.quantile(tiny) else {
                assert!(matches!(distribution.name(), "gamma" | "beta"), "{distribution:?}");
                continue;
            };
            assert!(last.is_finite(), "{distribution:?}");
            for p in (1..1000).map(|i| f64::from(i) / 1000.0).chain([1.0 - tiny]) {
                let quantile = distribution.quantile(p).expect("it had one a moment ago");
                assert!(quantile >= last && quantile.is_finite(), "{distribution:?} at {p}");
                last = quantile;
            }
        }
        let largest = Distribution::Poisson { mean: 700.0 };
        assert!(largest.quantile(1.0 - tiny).is_some_and(|count| (900.0..1000.0).contains(&count)));
    }

    /// A normal variable cut at its mean: half the values sit on the limit.
    #[test]
    fn values_beyond_a_limit_become_the_limit() {
        let streams = Streams::new(3, 0);
        let normal = Distribution::Normal { mean: 0.0, sd: 1.0 };
        let floored = Bounded { of: normal.clone(), min: Some(0.0), max: None };
        let n = 100_000;
        let values: Vec<f64> = (0..n).map(|i| floored.sample(&streams, Purpose::Price, i, 0, 0)).collect();

        // The mean of max(Z, 0) is 1 / sqrt(2 pi), its variance 1/2 - 1 / (2 pi).
        let mean = values.iter().sum::<f64>() / f64::from(n);
        let (expected, variance) = (0.398_942_280_401_432_7, 0.5 - 0.159_154_943_091_895_35);
        assert!((mean - expected).abs() < 6.0 * (variance / f64::from(n)).sqrt(), "mean {mean}");
        let at_limit = values.iter().filter(|&&v| v == 0.0).count() as f64 / f64::from(n);
        assert!((at_limit - normal_cdf(0.0)).abs() < 6.0 * (0.25 / f64::from(n)).sqrt(), "{at_limit}");

        let both = Bounded { of: normal, min: Some(-1.0), max: Some(0.5) };
        assert_eq!((both.quantile(0.01), both.quantile(0.99)), (Some(-1.0), Some(0.5)));
        assert_eq!(both.quantile(0.5), Some(0.0));
    }

    #[test]
    fn rounding_does_not_carry_a_value_out_of_its_range() {
        let tiny = 0.5_f64.powi(53);
        for i in 1..5000 {
            let (low, high) = (f64::from(i) / 7.0, f64::from(i) / 7.0 + f64::from(i % 13 + 1) / 11.0);
            for distribution in [
                Distribution::Uniform { low, high },
                Distribution::LogUniform { low, high },
                Distribution::Triangular { low, mode: low, high },
                Distribution::Triangular { low, mode: high, high },
            ] {
                for p in [tiny, 1.0 - tiny] {
                    let value = distribution.quantile(p).expect("a range has quantiles");
                    assert!(low <= value && value <= high, "{distribution:?} at {p}: {value}");
                }
            }
        }
    }

    /// SHA-256 over the bits of 1,000 samples of each distribution that is inverted.
    ///
    /// The bits of samples decide every result, and a library can change them without moving any mean:
    /// another version of it, or a feature that some other dependency turns on (`num-traits` changes its
    /// `ln` and `exp` that way). No published value exists, so these are the only numbers kept from our own
    /// output. They must be the same in debug and release builds and with every feature set; a change to
    /// them changes results and must be announced as such.
    const INVERTED: &str = "95c83eead3ab427b050ab57368aa8305cb793cb5b133dd5f11d99c5631871d23";

    /// The same for gamma and beta, apart because these alone take `ln` and `exp` from the platform.
    const REJECTED: &str = "057b0dcc834dffe540bbff010afd69fbb1b8d8c461287ae54afb1bae7a3314cc";

    #[test]
    fn the_bits_of_samples_are_those_of_every_other_build() {
        let (inverted, rejected): (Vec<_>, Vec<_>) =
            one_of_each().into_iter().partition(|distribution| distribution.quantile(0.5).is_some());
        for (distributions, expected) in [(inverted, INVERTED), (rejected, REJECTED)] {
            let mut digest = Sha256::new();
            for value in distributions.iter().flat_map(|distribution| samples(distribution, 1000)) {
                digest.update(value.to_bits().to_le_bytes());
            }
            let digest: String = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(digest, expected, "{distributions:?}");
        }
    }
}
