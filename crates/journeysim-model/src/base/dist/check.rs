//! What can be wrong with a distribution's parameters.

use super::{Bounded, Distribution};

/// Why a distribution cannot be sampled: what is wrong, and what would be right.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum DistributionFault {
    /// A parameter is infinite or not a number.
    #[error("{parameter} is {value}; it must be a finite number")]
    NotFinite {
        /// Which parameter.
        parameter: &'static str,
        /// What it is.
        value: f64,
    },
    /// A parameter that must be positive is not.
    #[error("{parameter} is {value}; it must be above 0")]
    NotPositive {
        /// Which parameter.
        parameter: &'static str,
        /// What it is.
        value: f64,
    },
    /// A spread is 0, or so small beside the mean that it is lost in rounding.
    #[error("sd is {sd}, which is no spread around {mean}; use constant with value {mean}")]
    NoSpread {
        /// The mean.
        mean: f64,
        /// The standard deviation.
        sd: f64,
    },
    /// A range has no width.
    #[error("low is {low} and high is {high}; low must be below high (constant has a single value)")]
    NoRange {
        /// Where the range begins.
        low: f64,
        /// Where it ends.
        high: f64,
    },
    /// The most likely value is outside the range.
    #[error("mode is {mode}; it must be within {low} and {high}")]
    ModeOutside {
        /// The most likely value.
        mode: f64,
        /// Where the range begins.
        low: f64,
        /// Where it ends.
        high: f64,
    },
    /// The mean of a fraction is not between 0 and 1.
    #[error("mean is {mean}; the mean of a fraction must be above 0 and below 1")]
    NotAFraction {
        /// The mean.
        mean: f64,
    },
    /// A fraction with this mean cannot vary so much.
    #[error("sd is {sd}; a fraction with mean {mean} has an sd below {limit}")]
    SpreadTooWide {
        /// The mean.
        mean: f64,
        /// The standard deviation.
        sd: f64,
        /// What it must stay below.
        limit: f64,
    },
    /// The count is too large to be found by inversion.
    #[error("mean is {mean}; a poisson mean is at most {}: use normal with this mean and sd {:.1}",
        Distribution::POISSON_MEAN_MAX, mean.sqrt())]
    CountTooLarge {
        /// The mean.
        mean: f64,
    },
    /// There is no value to choose from.
    #[error("values is empty; give at least one")]
    NoValues,
    /// Values and weights do not pair up.
    #[error("there are {values} values and {weights} weights; each value needs one weight")]
    Unpaired {
        /// How many values.
        values: usize,
        /// How many weights.
        weights: usize,
    },
    /// A weight is negative, or all are 0.
    #[error("the weights {weights:?} share nothing out; none may be below 0 and one must be above it")]
    NoWeight {
        /// The weights.
        weights: Vec<f64>,
    },
    /// Values are not in ascending order.
    #[error("values has {earlier} before {later}; list them in ascending order")]
    NotAscending {
        /// The value that stands first.
        earlier: f64,
        /// The lower one after it.
        later: f64,
    },
    /// The limits leave no room.
    #[error("min is {min} and max is {max}; min must not be above max")]
    LimitsCrossed {
        /// The lower limit.
        min: f64,
        /// The upper limit.
        max: f64,
    },
    /// The parameters are each allowed, but what follows from them is beyond what a number can hold.
    #[error("the parameters of {name} are too extreme together to compute with; bring them nearer to 1")]
    Extreme {
        /// The distribution's name.
        name: &'static str,
    },
}

use DistributionFault as Fault;

impl Distribution {
    /// Checks that the parameters make a distribution; nothing else here looks at them again.
    ///
    /// # Errors
    ///
    /// The first [`DistributionFault`], in the order of the parameters.
    pub fn check(&self) -> Result<(), DistributionFault> {
        let extreme = || Fault::Extreme { name: self.name() };
        match *self {
            Self::Constant { value } => finite("value", value)?,
            Self::Uniform { low, high } => range(low, high)?,
            Self::LogUniform { low, high } => {
                positive("low", low)?;
                range(low, high)?;
            }
            Self::Triangular { low, mode, high } => {
                range(low, high)?;
                finite("mode", mode)?;
                require(low <= mode && mode <= high, || Fault::ModeOutside { mode, low, high })?;
            }
            Self::Normal { mean, sd } => {
                finite("mean", mean)?;
                spread(mean, sd)?;
            }
            Self::LogNormal { mean, sd } | Self::Gamma { mean, sd } => {
                positive("mean", mean)?;
                spread(mean, sd)?;
                // Both depend on the coefficient of variation squared, which is 1 over the gamma's shape.
                let (shape, scale) = Self::gamma_parameters(mean, sd);
                require(shape.is_finite(), || Fault::NoSpread { mean, sd })?;
                require(shape.is_normal() && scale.is_normal(), extreme)?;
            }
            Self::Exponential { mean } => positive("mean", mean)?,
            Self::Beta { mean, sd } => {
                finite("mean", mean)?;
                require(0.0 < mean && mean < 1.0, || Fault::NotAFraction { mean })?;
                spread(mean, sd)?;
                let limit = (mean * (1.0 - mean)).sqrt();
                let (a, b) = Self::beta_shapes(mean, sd);
                require(a > 0.0 && b > 0.0, || Fault::SpreadTooWide { mean, sd, limit })?;
                require(a.is_finite() && b.is_finite(), || Fault::NoSpread { mean, sd })?;
            }
            Self::Weibull { shape, scale } => {
                positive("shape", shape)?;
                positive("scale", scale)?;
            }
            Self::Poisson { mean } => {
                positive("mean", mean)?;
                require(mean <= Self::POISSON_MEAN_MAX, || Fault::CountTooLarge { mean })?;
            }
            Self::Discrete { ref values, ref weights } => {
                ascending(values)?;
                let unpaired = || Fault::Unpaired { values: values.len(), weights: weights.len() };
                require(values.len() == weights.len(), unpaired)?;
                weights.iter().try_for_each(|&weight| finite("weights", weight))?;
                let shared = weights.iter().all(|&w| w >= 0.0) && weights.iter().any(|&w| w > 0.0);
                require(shared, || Fault::NoWeight { weights: weights.clone() })?;
                require(weights.iter().sum::<f64>().is_finite(), extreme)?;
            }
            Self::Empirical { ref values } => ascending(values)?,
        }
        require(self.mean().is_finite() && self.variance().is_finite(), extreme)
    }
}

impl Bounded {
    /// Checks the distribution and its limits.
    ///
    /// # Errors
    ///
    /// The first [`DistributionFault`]: of the distribution, then of the limits.
    pub fn check(&self) -> Result<(), DistributionFault> {
        self.of.check()?;
        self.min.map_or(Ok(()), |min| finite("min", min))?;
        self.max.map_or(Ok(()), |max| finite("max", max))?;
        match (self.min, self.max) {
            (Some(min), Some(max)) => require(min <= max, || Fault::LimitsCrossed { min, max }),
            _ => Ok(()),
        }
    }
}

fn require(holds: bool, fault: impl FnOnce() -> Fault) -> Result<(), Fault> {
    if holds { Ok(()) } else { Err(fault()) }
}

fn finite(parameter: &'static str, value: f64) -> Result<(), Fault> {
    require(value.is_finite(), || Fault::NotFinite { parameter, value })
}

fn positive(parameter: &'static str, value: f64) -> Result<(), Fault> {
    finite(parameter, value)?;
    require(value > 0.0, || Fault::NotPositive { parameter, value })
}

fn spread(mean: f64, sd: f64) -> Result<(), Fault> {
    finite("sd", sd)?;
    require(sd != 0.0, || Fault::NoSpread { mean, sd })?;
    positive("sd", sd)
}

fn range(low: f64, high: f64) -> Result<(), Fault> {
    finite("low", low)?;
    finite("high", high)?;
    require(low < high, || Fault::NoRange { low, high })
}

fn ascending(values: &[f64]) -> Result<(), Fault> {
    require(!values.is_empty(), || Fault::NoValues)?;
    values.iter().try_for_each(|&value| finite("values", value))?;
    match values.windows(2).find(|pair| pair[0] > pair[1]) {
        Some(pair) => Err(Fault::NotAscending { earlier: pair[0], later: pair[1] }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::dist::one_of_each;

    #[test]
    fn well_formed_distributions_pass() {
        for distribution in one_of_each() {
            assert_eq!(distribution.check(), Ok(()), "{distribution:?}");
        }
        let at_the_edge = Distribution::Triangular { low: 0.0, mode: 0.0, high: 1.0 };
        assert_eq!(at_the_edge.check(), Ok(()));
        assert_eq!(Distribution::Poisson { mean: 700.0 }.check(), Ok(()));
    }

    #[test]
    fn a_fault_says_what_is_wrong_and_what_would_be_right() {
        use Distribution as D;
        #[rustfmt::skip]
        let cases = [
            (D::Constant { value: f64::NAN }, "value is NaN; it must be a finite number"),
            (D::Uniform { low: 3.0, high: 3.0 },
                "low is 3 and high is 3; low must be below high (constant has a single value)"),
            (D::LogUniform { low: 0.0, high: 3.0 }, "low is 0; it must be above 0"),
            (D::Triangular { low: 0.0, mode: 7.0, high: 5.0 },
                "mode is 7; it must be within 0 and 5"),
            (D::Normal { mean: 3.0, sd: -1.0 }, "sd is -1; it must be above 0"),
            (D::Normal { mean: 3.0, sd: 0.0 },
                "sd is 0, which is no spread around 3; use constant with value 3"),
            (D::LogNormal { mean: -2.0, sd: 1.0 }, "mean is -2; it must be above 0"),
            (D::Exponential { mean: f64::INFINITY }, "mean is inf; it must be a finite number"),
            (D::Gamma { mean: 3.0, sd: 1e-200 },
                &format!("sd is {}, which is no spread around 3; use constant with value 3", 1e-200)),
            (D::Beta { mean: 1.2, sd: 0.1 },
                "mean is 1.2; the mean of a fraction must be above 0 and below 1"),
            (D::Beta { mean: 0.5, sd: 0.5 }, "sd is 0.5; a fraction with mean 0.5 has an sd below 0.5"),
            (D::Weibull { shape: 0.0, scale: 1.0 }, "shape is 0; it must be above 0"),
            (D::Poisson { mean: 2500.0 },
                "mean is 2500; a poisson mean is at most 700: use normal with this mean and sd 50.0"),
            (D::Discrete { values: vec![], weights: vec![] }, "values is empty; give at least one"),
            (D::Discrete { values: vec![1.0, 2.0], weights: vec![1.0] },
                "there are 2 values and 1 weights; each value needs one weight"),
            (D::Discrete { values: vec![1.0, 2.0], weights: vec![3.0, -1.0] },
                "the weights [3.0, -1.0] share nothing out; none may be below 0 and one must be above it"),
            (D::Discrete { values: vec![1.0], weights: vec![0.0] },
                "the weights [0.0] share nothing out; none may be below 0 and one must be above it"),
            (D::Empirical { values: vec![1.0, 5.0, 4.0] },
                "values has 5 before 4; list them in ascending order"),
        ];
        for (distribution, message) in cases {
            let fault = distribution.check().expect_err(message);
            assert_eq!(fault.to_string(), message, "{distribution:?}");
        }
    }

    /// Each of these would otherwise sample infinity, NaN or nothing at all.
    #[test]
    fn parameters_beyond_what_a_number_can_hold_are_refused() {
        let cases = [
            Distribution::Uniform { low: -1e308, high: 1e308 },
            Distribution::LogNormal { mean: 1e-200, sd: 1.0 },
            Distribution::Exponential { mean: 1e200 },
            Distribution::Gamma { mean: 1e-200, sd: 1.0 },
            Distribution::Gamma { mean: 1e-150, sd: 1e-250 },
            Distribution::Weibull { shape: 0.01, scale: 1.0 },
            Distribution::Discrete { values: vec![1.0, 2.0], weights: vec![1e308, 1e308] },
        ];
        for distribution in cases {
            assert_eq!(distribution.check(), Err(Fault::Extreme { name: distribution.name() }));
        }
    }

    #[test]
    fn limits_may_meet_but_not_cross() {
        let bounded = |min, max| Bounded { of: Distribution::Exponential { mean: 1.0 }, min, max }.check();
        assert_eq!(bounded(None, None), Ok(()));
        assert_eq!(bounded(Some(2.0), Some(2.0)), Ok(()));
        assert_eq!(bounded(Some(3.0), Some(2.0)), Err(Fault::LimitsCrossed { min: 3.0, max: 2.0 }));
        assert!(matches!(bounded(None, Some(f64::NAN)), Err(Fault::NotFinite { parameter: "max", .. })));
        let broken = Bounded { of: Distribution::Exponential { mean: 0.0 }, min: None, max: None };
        assert_eq!(broken.check(), Err(Fault::NotPositive { parameter: "mean", value: 0.0 }));
    }
}
