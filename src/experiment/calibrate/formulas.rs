//! What a history says by formula, without a simulation.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Serialize, Serializer};

use crate::base::fit::{
    BetaGeometric, Diffusion, Fitted, LogisticFit, NoFit, diffusion, logistic_regression,
};
use crate::base::math::exp;
use crate::experiment::calibrate::past::Past;

/// Renewals after which the share of customers left is projected.
const PROJECTED: u32 = 5;
/// Discount of a year in a customer's residual lifetime.
const DISCOUNT: f64 = 0.10;

/// Fits by formula; of each a reason where there is none.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Formulas {
    /// How customers stay: the shifted beta-geometric model.
    #[serde(serialize_with = "or_reason")]
    pub survival: Result<Survival, String>,
    /// How utilization grows with age.
    #[serde(serialize_with = "or_reason")]
    pub adoption: Result<Adoption, String>,
    /// What renewal has to do with utilization: logistic regression.
    #[serde(serialize_with = "or_reason")]
    pub renewal_on_utilization: Result<Renewal, String>,
}

/// The shifted beta-geometric model.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Survival {
    /// First parameter.
    pub alpha: Fitted,
    /// Second parameter.
    pub beta: Fitted,
    /// Logarithm of the likelihood.
    pub log_likelihood: f64,
    /// Renewals it was fitted to.
    pub renewals: u64,
    /// Share of customers left after five renewals.
    pub after_five: f64,
    /// Ends of its 95 % interval.
    pub after_five_low: f64,
    /// See `after_five_low`.
    pub after_five_high: f64,
    /// Discounted expected residual lifetime of a customer before its first renewal, at 10 % a year (renewals).
    pub residual_lifetime: f64,
}

/// Utilization by age in months: the curve that comes nearest of three.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Adoption {
    /// `logistic`, `gompertz` or `bass`.
    pub curve: &'static str,
    /// Where it ends.
    pub ceiling: Fitted,
    /// Its other two numbers: `lag` and `pace` \[a month\], or `innovation` and `imitation` \[a month\].
    pub coefficients: BTreeMap<&'static str, Fitted>,
    /// Residual standard error.
    pub residual_error: f64,
}

/// The curves that are tried, with the names of their coefficients.
const CURVES: [(Diffusion, &str, [&str; 2]); 3] = [
    (Diffusion::Logistic, "logistic", ["lag", "pace"]),
    (Diffusion::Gompertz, "gompertz", ["lag", "pace"]),
    (Diffusion::BassTotal, "bass", ["innovation", "imitation"]),
];

/// Log odds of renewal, `intercept + slope * utilization`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Renewal {
    /// Log odds without use.
    pub intercept: Fitted,
    /// Log odds between no use and full use.
    pub slope: Fitted,
    /// Renewals it was fitted to.
    pub renewals: usize,
}

impl Formulas {
    /// Fits what was known before a day.
    #[must_use]
    pub fn of(past: &Past, to: NaiveDate) -> Self {
        Self {
            survival: survival(past, to),
            adoption: adoption(past, to),
            renewal_on_utilization: renewal(past, to),
        }
    }

    /// Says it in sentences.
    #[must_use]
    pub fn sentences(&self) -> Vec<String> {
        let error = |it: Fitted| format!("{:.3} (standard error {:.3})", it.estimate, it.standard_error);
        let survival = match &self.survival {
            Ok(it) => format!(
                "Survival over {} renewals, shifted beta-geometric: alpha {}, beta {}; {:.1} % are left after {PROJECTED} \
                 renewals ({:.1} to {:.1} %), and a new customer is worth {:.2} renewals, discounted at {:.0} % each.",
                it.renewals,
                error(it.alpha),
                error(it.beta),
                it.after_five * 100.0,
                it.after_five_low * 100.0,
                it.after_five_high * 100.0,
                it.residual_lifetime,
                DISCOUNT * 100.0
            ),
            Err(why) => format!("Survival: {why}."),
        };
        let adoption = match &self.adoption {
            Ok(it) => {
                let numbers = it.coefficients.iter().map(|(name, value)| format!("{name} {}", error(*value)));
                let numbers: Vec<String> = numbers.collect();
                let ceiling = error(it.ceiling);
                format!(
                    "Adoption by age, {}: utilization ends at {ceiling}; {}.",
                    it.curve,
                    numbers.join(", ")
                )
            }
            Err(why) => format!("Adoption by age: {why}."),
        };
        let renewal = match &self.renewal_on_utilization {
            Ok(it) => format!(
                "Renewal on utilization over {} renewals, logistic regression: log odds {} and {} from no use to full use.",
                it.renewals,
                error(it.intercept),
                error(it.slope)
            ),
            Err(why) => format!("Renewal on utilization: {why}."),
        };
        vec![survival, adoption, renewal]
    }
}

fn survival(past: &Past, to: NaiveDate) -> Result<Survival, String> {
    const TWO_SIDED_95: f64 = 1.959_964;
    let counts = past.renewal_counts(to);
    let fit = BetaGeometric::fit(&counts).map_err(|why| match BetaGeometric::of_alike(&counts) {
        Some(alike) => {
            format!("{why}; {:.1} % of renewals were made, at any age", alike.retention(1) * 100.0)
        }
        None => why.to_string(),
    })?;
    let after_five = fit.model.survival(PROJECTED);
    let off = exp(TWO_SIDED_95 * fit.ln_survival_error(PROJECTED));
    Ok(Survival {
        alpha: fit.alpha,
        beta: fit.beta,
        log_likelihood: fit.log_likelihood,
        renewals: counts.iter().map(|count| count.due).sum(),
        after_five,
        after_five_low: after_five / off,
        after_five_high: (after_five * off).min(1.0),
        residual_lifetime: fit.model.residual_lifetime(1, DISCOUNT),
    })
}

fn adoption(past: &Past, to: NaiveDate) -> Result<Adoption, String> {
    let (ages, by_age) = past.utilization_by_age(to);
    let fits = CURVES.map(|(curve, name, names)| (diffusion(curve, &ages, &by_age), name, names));
    let why = fits[0].0.as_ref().err().copied();
    let found = fits.into_iter().filter_map(|(fit, name, names)| Some((fit.ok()?, name, names)));
    let nearest = found.min_by(|one, other| one.0.residual_error.total_cmp(&other.0.residual_error));
    let Some((fit, curve, names)) = nearest else {
        return Err(why.map_or_else(String::new, words));
    };
    let [ceiling, first, second] = fit.parameters;
    let coefficients = names.into_iter().zip([first, second]).collect();
    Ok(Adoption { curve, ceiling, coefficients, residual_error: fit.residual_error })
}

fn renewal(past: &Past, to: NaiveDate) -> Result<Renewal, String> {
    let (utilization, stayed) = past.stayed_by_utilization(to);
    let renewals = stayed.len();
    let LogisticFit { coefficients, .. } = logistic_regression(&[utilization], &stayed).map_err(words)?;
    Ok(Renewal { intercept: coefficients[0], slope: coefficients[1], renewals })
}

/// Writes a fit, or `{ "why_not": "..." }`.
fn or_reason<T: Serialize, S: Serializer>(fit: &Result<T, String>, serializer: S) -> Result<S::Ok, S::Error> {
    match fit {
        Ok(fit) => fit.serialize(serializer),
        Err(why) => BTreeMap::from([("why_not", why)]).serialize(serializer),
    }
}

fn words(why: NoFit) -> String {
    why.to_string()
}
