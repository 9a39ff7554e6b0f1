//! Probability distributions, as a scenario names them.
//!
//! A [`Distribution`] is given by what its author knows: a mean and a spread of the variable itself, or its
//! range. It is checked once ([`Distribution::check`]) and then sampled by meaning
//! ([`Distribution::sample`]): wherever a quantile function exists, one uniform number makes one value, so
//! that a variant which changes a parameter moves the value and not the luck.
//!
//! # Where things are
//!
//! `check` says what is wrong with parameters, `moments` holds means and variances, `sample` quantiles and
//! sampling. Random bits come from [`random`](super::random).

mod check;
mod moments;
mod sample;

pub use check::DistributionFault;

/// A distribution of one number.
///
/// Parameters are those of the variable, in its own unit; `sd` is its standard deviation.
#[derive(Clone, Debug, PartialEq)]
pub enum Distribution {
    /// Always the same value.
    Constant {
        /// The value.
        value: f64,
    },
    /// Every value of a range, equally likely.
    Uniform {
        /// Where the range begins.
        low: f64,
        /// Where it ends.
        high: f64,
    },
    /// A positive value whose logarithm is uniform: each doubling within the range is equally likely.
    LogUniform {
        /// Where the range begins, above 0.
        low: f64,
        /// Where it ends.
        high: f64,
    },
    /// A range with a most likely value, falling off in straight lines to both ends.
    Triangular {
        /// Where the range begins.
        low: f64,
        /// The most likely value.
        mode: f64,
        /// Where the range ends.
        high: f64,
    },
    /// The normal distribution.
    Normal {
        /// The mean.
        mean: f64,
        /// The standard deviation.
        sd: f64,
    },
    /// A positive value whose logarithm is normal.
    ///
    /// `mean` and `sd` are those of the variable, not of its logarithm. The logarithm then has variance
    /// `s2 = ln(1 + (sd / mean)^2)` and mean `ln(mean) - s2 / 2`.
    LogNormal {
        /// The mean, above 0.
        mean: f64,
        /// The standard deviation.
        sd: f64,
    },
    /// The time to something that is always equally likely to happen next.
    Exponential {
        /// The mean, above 0.
        mean: f64,
    },
    /// The gamma distribution: positive, skewed to the right.
    ///
    /// Its shape is `(mean / sd)^2`, its scale `sd^2 / mean`.
    Gamma {
        /// The mean, above 0.
        mean: f64,
        /// The standard deviation.
        sd: f64,
    },
    /// A fraction between 0 and 1.
    ///
    /// With `n = mean (1 - mean) / sd^2 - 1`, its two shapes are `mean n` and `(1 - mean) n`.
    Beta {
        /// The mean, between 0 and 1.
        mean: f64,
        /// The standard deviation, below `sqrt(mean (1 - mean))`.
        sd: f64,
    },
    /// A lifetime: with a shape below 1 its hazard falls with age, above 1 it rises.
    Weibull {
        /// The shape, above 0.
        shape: f64,
        /// The scale, above 0: 63 % of values are below it.
        scale: f64,
    },
    /// A count of independent rare events.
    Poisson {
        /// The mean, above 0 and at most [`Distribution::POISSON_MEAN_MAX`].
        mean: f64,
    },
    /// One of some values, each with its weight.
    Discrete {
        /// The values, ascending.
        values: Vec<f64>,
        /// Their weights, in the same order; they need not sum to 1.
        weights: Vec<f64>,
    },
    /// One of some observed values, all equally likely.
    Empirical {
        /// The values, ascending; a value observed twice stands twice.
        values: Vec<f64>,
    },
}

/// A distribution whose values are held within limits: a value beyond a limit becomes the limit.
///
/// This is clipping. The limits collect the probability beyond them (a distribution cut off and rescaled
/// would not), so the mean and variance are not those of [`Bounded::of`]. Clipping keeps one uniform to one
/// value and never rejects.
#[derive(Clone, Debug, PartialEq)]
pub struct Bounded {
    /// The distribution before clipping.
    pub of: Distribution,
    /// The lowest value let through, if any.
    pub min: Option<f64>,
    /// The highest value let through, if any.
    pub max: Option<f64>,
}

/// One entry of [`Distribution::NAMES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DistributionName {
    /// The name in a scenario.
    pub name: &'static str,
    /// Its parameters.
    pub parameters: &'static [&'static str],
    /// What it is, in one line.
    pub summary: &'static str,
}

impl Distribution {
    /// Highest mean of a Poisson distribution: beyond it the probability of 0, where inversion starts, is
    /// too close to the smallest number there is.
    pub const POISSON_MEAN_MAX: f64 = 700.0;

    /// Every distribution by name, in the order of the variants.
    #[rustfmt::skip]
    pub const NAMES: &'static [DistributionName] = &[
        entry("constant", &["value"], "always the same value"),
        entry("uniform", &["low", "high"], "every value of a range, equally likely"),
        entry("log_uniform", &["low", "high"], "a positive range, each doubling in it equally likely"),
        entry("triangular", &["low", "mode", "high"], "a range with a most likely value"),
        entry("normal", &["mean", "sd"], "the bell curve"),
        entry("log_normal", &["mean", "sd"], "positive, skewed; mean and sd of the value itself"),
        entry("exponential", &["mean"], "waiting time for what is always equally likely to happen next"),
        entry("gamma", &["mean", "sd"], "positive, skewed, with a lighter tail than log_normal"),
        entry("beta", &["mean", "sd"], "a fraction between 0 and 1"),
        entry("weibull", &["shape", "scale"], "a lifetime: shape < 1 falling hazard, > 1 rising"),
        entry("poisson", &["mean"], "a count of independent rare events; mean at most 700"),
        entry("discrete", &["values", "weights"], "one of some values, each with its weight"),
        entry("empirical", &["values"], "one of some observed values, all equally likely"),
    ];

    /// Returns the name under which [`Distribution::NAMES`] lists this kind of distribution.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Constant { .. } => "constant",
            Self::Uniform { .. } => "uniform",
            Self::LogUniform { .. } => "log_uniform",
            Self::Triangular { .. } => "triangular",
            Self::Normal { .. } => "normal",
            Self::LogNormal { .. } => "log_normal",
            Self::Exponential { .. } => "exponential",
            Self::Gamma { .. } => "gamma",
            Self::Beta { .. } => "beta",
            Self::Weibull { .. } => "weibull",
            Self::Poisson { .. } => "poisson",
            Self::Discrete { .. } => "discrete",
            Self::Empirical { .. } => "empirical",
        }
    }
}

const fn entry(
    name: &'static str,
    parameters: &'static [&'static str],
    summary: &'static str,
) -> DistributionName {
    DistributionName { name, parameters, summary }
}

/// One well-formed distribution of every kind, in the order of [`Distribution::NAMES`], for tests.
#[cfg(test)]
fn one_of_each() -> Vec<Distribution> {
    vec![
        Distribution::Constant { value: 4.5 },
        Distribution::Uniform { low: -2.0, high: 6.0 },
        Distribution::LogUniform { low: 10.0, high: 300.0 },
        Distribution::Triangular { low: 1.0, mode: 2.0, high: 6.0 },
        Distribution::Normal { mean: 3.0, sd: 2.0 },
        Distribution::LogNormal { mean: 120.0, sd: 60.0 },
        Distribution::Exponential { mean: 14.0 },
        Distribution::Gamma { mean: 3.0, sd: 2.0 },
        Distribution::Beta { mean: 0.3, sd: 0.15 },
        Distribution::Weibull { shape: 1.5, scale: 20.0 },
        Distribution::Poisson { mean: 3.2 },
        Distribution::Discrete { values: vec![12.0, 24.0, 36.0], weights: vec![6.0, 1.0, 3.0] },
        Distribution::Empirical { values: vec![1.0, 2.0, 2.0, 7.0, 30.0] },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_stands_in_the_list_of_names_once_with_its_parameters() {
        let listed: Vec<&str> = Distribution::NAMES.iter().map(|entry| entry.name).collect();
        let named: Vec<&str> = one_of_each().iter().map(Distribution::name).collect();
        assert_eq!(listed, named);
        for (entry, distribution) in Distribution::NAMES.iter().zip(one_of_each()) {
            let written = format!("{distribution:?}");
            for parameter in entry.parameters {
                assert!(written.contains(&format!("{parameter}: ")), "{}: no {parameter}", entry.name);
            }
            assert_eq!(written.matches(": ").count(), entry.parameters.len(), "{}", entry.name);
        }
    }
}
