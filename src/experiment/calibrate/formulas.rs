//! What a history says by formula, without a simulation.

mod sentences;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Serialize, Serializer};

use crate::base::fit::{
    BetaGeometric, Diffusion, Fitted, LogisticFit, NoFit, RenewalCount, diffusion, logistic_regression,
};
use crate::base::math::{exp, ln};
use crate::experiment::calibrate::past::Past;
use crate::experiment::calibrate::past::stays::{Counted, Signs, Stays};

/// Renewals, or years of months, after which the share of customers left is projected.
const PROJECTED: (u32, u32) = (5, 12);
/// Discount of a year in a customer's residual lifetime.
const DISCOUNT: f64 = 0.10;

/// Fits by formula; of each a reason where there is none.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Formulas {
    /// How customers stay: the shifted beta-geometric model.
    #[serde(serialize_with = "or_reason")]
    pub survival: Result<Survival, String>,
    /// The same without a model, where anybody's stay is told.
    pub counted: Option<LeftAfter>,
    /// How utilization grows with age.
    #[serde(serialize_with = "or_reason")]
    pub adoption: Result<Adoption, String>,
    /// What renewal has to do with utilization: logistic regression.
    #[serde(serialize_with = "or_reason")]
    pub renewal_on_utilization: Result<Renewal, String>,
    /// What leaving has to do with figures of the customer: logistic regression; nothing where no such figures are told.
    #[serde(serialize_with = "maybe_or_reason")]
    pub leaving: Option<Result<Leaving, String>>,
}

/// The share of customers left, by counting.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LeftAfter {
    /// What an age is counted in.
    pub age: Counted,
    /// The share left after each age, from 1 on.
    pub left: Vec<f64>,
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
    /// What an age is counted in.
    pub counted: Counted,
    /// How many it was fitted to.
    pub cases: u64,
    /// The age, in that unit, after which the share of customers left is projected.
    pub projected: u32,
    /// That share.
    pub left: f64,
    /// Ends of its 95 % interval.
    pub left_low: f64,
    /// See `left_low`.
    pub left_high: f64,
    /// Discounted expected residual lifetime of a new customer, at 10 % a year (in that unit).
    pub residual_lifetime: f64,
}

/// Log odds of leaving at an age: a level for every age, and so much for every unit of each figure.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Leaving {
    /// What an age is counted in.
    pub counted: Counted,
    /// Cases it was fitted to, a customer at an age.
    pub cases: usize,
    /// Of these, cases in which the customer left.
    pub left: usize,
    /// Stays left out because a figure is not told.
    pub not_told: usize,
    /// One in so many stays was taken.
    pub one_in: usize,
    /// By figure: change of the log odds of leaving with one unit of it.
    pub figures: Vec<Influence>,
}

/// What a figure has to do with leaving.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Influence {
    /// The figure.
    pub figure: String,
    /// Change of the log odds with one unit of it.
    pub log_odds: Fitted,
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
        let stays = Stays::of(past, to);
        let left = stays.left_after();
        Self {
            survival: survival(&stays),
            counted: (!left.is_empty()).then_some(LeftAfter { age: stays.counted, left }),
            adoption: adoption(past, to),
            renewal_on_utilization: renewal(past, to),
            leaving: leaving(past, &stays),
        }
    }
}

fn survival(stays: &Stays) -> Result<Survival, String> {
    const TWO_SIDED_95: f64 = 1.959_964;
    let counts = stays.counts();
    let fit = BetaGeometric::fit(&counts).map_err(|why| match BetaGeometric::of_alike(&counts) {
        Some(alike) => {
            let kept = alike.retention(1) * 100.0;
            match stays.counted {
                Counted::Renewals => format!("{why}; {kept:.1} % of renewals were made, at any age"),
                months => format!("{why}; {kept:.1} % of {} were not the last", months.words()),
            }
        }
        None => why.to_string(),
    })?;
    let a_year = stays.counted.a_year();
    let projected = if a_year == 1 { PROJECTED.0 } else { PROJECTED.1 };
    let left = fit.model.survival(projected);
    let off = exp(TWO_SIDED_95 * fit.ln_survival_error(projected));
    Ok(Survival {
        alpha: fit.alpha,
        beta: fit.beta,
        log_likelihood: fit.log_likelihood,
        counted: stays.counted,
        cases: counts.iter().map(|count| count.due).sum(),
        projected,
        left,
        left_low: left / off,
        left_high: (left * off).min(1.0),
        residual_lifetime: fit.model.residual_lifetime(1, exp(ln(1.0 + DISCOUNT) / f64::from(a_year)) - 1.0),
    })
}

/// Regresses leaving on what is told of customers, with a level for every age: ages at which fewer than ten left share theirs
/// with the next ones. So figures are compared between customers of one age.
fn leaving(past: &Past, stays: &Stays) -> Option<Result<Leaving, String>> {
    /// Cases beyond which only some of the stays are taken; the standard errors are small by then.
    const ENOUGH: u64 = 300_000;
    let signs = Signs::of(past, stays);
    let names = signs.names();
    if names.is_empty() || stays.stays.is_empty() {
        return None;
    }
    let counts = stays.counts();
    let levels = levels(&counts);
    let cases: u64 = counts.iter().map(|count| count.due).sum();
    let one_in = cases.div_ceil(ENOUGH).max(1) as usize;
    let last = levels.last().copied().unwrap_or(0);
    let mut inputs = vec![Vec::new(); names.len() + last];
    let (mut left, mut not_told) = (Vec::new(), 0);
    for stay in stays.stays.iter().step_by(one_in) {
        let told: Option<Vec<_>> = (stay.from..=stay.to).map(|age| signs.at(stay, age)).collect();
        let Some(told) = told else {
            not_told += 1;
            continue;
        };
        for (age, signs) in (stay.from..).zip(told) {
            let own = levels[age as usize - 1];
            let of_age = (1..=last).map(|level| f64::from(u8::from(level == own)));
            inputs
                .iter_mut()
                .zip(signs.into_iter().chain(of_age))
                .for_each(|(input, value)| input.push(value));
            left.push(stay.left && age == stay.to);
        }
    }
    let fitted = logistic_regression(&inputs, &left).map_err(words).map(|fit| Leaving {
        counted: stays.counted,
        cases: left.len(),
        left: left.iter().filter(|&&left| left).count(),
        not_told,
        one_in,
        figures: (names.into_iter().zip(&fit.coefficients[1..]))
            .map(|(figure, &log_odds)| Influence { figure, log_odds })
            .collect(),
    });
    Some(fitted)
}

/// The level of each age, from 0: a new one begins when ten have left under the one before and ten more will.
fn levels(counts: &[RenewalCount]) -> Vec<usize> {
    const ENOUGH: u64 = 10;
    let mut to_come: u64 = counts.iter().map(|count| count.lost).sum();
    let (mut level, mut lost) = (0, 0);
    let of_age = |count: &RenewalCount| {
        if lost >= ENOUGH && to_come >= ENOUGH {
            (level, lost) = (level + 1, 0);
        }
        (lost, to_come) = (lost + count.lost, to_come - count.lost);
        level
    };
    counts.iter().map(of_age).collect()
}

fn adoption(past: &Past, to: NaiveDate) -> Result<Adoption, String> {
    let (ages, by_age) = past.utilization_by_age(to);
    if ages.is_empty() {
        return Err("of no age are users of months and seats told by ten customers".to_owned());
    }
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
    if renewals == 0 {
        return Err("no renewal is told together with the use before it".to_owned());
    }
    let LogisticFit { coefficients, .. } = logistic_regression(&[utilization], &stayed).map_err(words)?;
    Ok(Renewal { intercept: coefficients[0], slope: coefficients[1], renewals })
}

/// Writes a fit, a reason, or nothing.
fn maybe_or_reason<T: Serialize, S: Serializer>(
    fit: &Option<Result<T, String>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match fit {
        Some(fit) => or_reason(fit, serializer),
        None => serializer.serialize_none(),
    }
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

#[cfg(test)]
mod tests {
    use super::super::past::tests::load;
    use super::*;

    /// Of forty with the sign twenty leave, of forty without it ten: the odds are three to one, with Woolf's error.
    #[test]
    fn leaving_on_one_sign_has_the_odds_ratio_of_a_table_of_four() {
        let mapping = "through = 2023-12-31\n[accounts]\nfile = \"a.csv\"\n\
            columns = { tenure = \"months\", churned = \"left\" }\nfigures = { sign = \"sign\" }\n";
        let mut rows = "months,left,sign\n".to_owned();
        for (count, left, sign) in [(20, 1, 1), (20, 0, 1), (10, 1, 0), (30, 0, 0)] {
            rows.push_str(&format!("1,{left},{sign}\n").repeat(count));
        }
        let past = load(&[("h.toml", mapping), ("a.csv", &rows)]);
        let found = Formulas::of(&past, past.until()).leaving.unwrap().unwrap();
        assert_eq!((found.cases, found.left, found.not_told), (80, 30, 0));
        let Fitted { estimate, standard_error } = found.figures[0].log_odds;
        assert!((estimate - ln(3.0)).abs() < 1e-9, "{estimate}");
        let woolf: f64 = 1.0 / 20.0 + 1.0 / 20.0 + 1.0 / 10.0 + 1.0 / 30.0;
        assert!((standard_error - woolf.sqrt()).abs() < 1e-9, "{standard_error}");
    }

    #[test]
    fn ages_share_a_level_until_ten_have_left() {
        let counts = [12, 4, 7, 0, 10, 3].map(|lost| RenewalCount { due: 100, lost });
        assert_eq!(levels(&counts), [0, 1, 1, 2, 2, 2]);
        let counts = [12, 4, 5].map(|lost| RenewalCount { due: 100, lost });
        assert_eq!(levels(&counts), [0, 0, 0], "nine are too few for a level of their own");
    }
}
