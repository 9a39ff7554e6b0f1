//! Fits by formula in words.

use super::{DISCOUNT, Formulas, Influence, Leaving, LeftAfter};
use crate::base::fit::Fitted;

impl Formulas {
    /// Says it in sentences.
    #[must_use]
    pub fn sentences(&self) -> Vec<String> {
        let error = |it: Fitted| format!("{:.3} (standard error {:.3})", it.estimate, it.standard_error);
        let survival = match &self.survival {
            Ok(it) => format!(
                "Survival over {} {}, shifted beta-geometric: alpha {}, beta {}; {:.1} % are left after {} of them \
                 ({:.1} to {:.1} %), and a new one is worth {:.2} of them, discounted at {:.0} % a year.",
                it.cases,
                it.counted.words(),
                error(it.alpha),
                error(it.beta),
                it.left * 100.0,
                it.projected,
                it.left_low * 100.0,
                it.left_high * 100.0,
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
        let counted = self.counted.iter().map(LeftAfter::sentence);
        let leaving = self.leaving.iter().map(|found| match found {
            Ok(it) => it.sentence(),
            Err(why) => format!("Leaving: {why}."),
        });
        std::iter::once(survival).chain(counted).chain([adoption, renewal]).chain(leaving).collect()
    }
}
impl LeftAfter {
    fn sentence(&self) -> String {
        const AGES: [usize; 8] = [1, 2, 3, 4, 5, 6, 12, 24];
        let told = AGES.iter().filter_map(|&age| Some((age, self.left.get(age - 1)?)));
        let (ages, shares): (Vec<String>, Vec<String>) =
            told.map(|(age, left)| (age.to_string(), format!("{:.1}", left * 100.0))).unzip();
        format!(
            "Counted (Kaplan and Meier): {} % are left after {} {}.",
            listed(&shares),
            listed(&ages),
            self.age.words()
        )
    }
}

impl Leaving {
    fn sentence(&self) -> String {
        let one = |it: &Influence| {
            format!("{} {:+.3} ({:.3})", it.figure, it.log_odds.estimate, it.log_odds.standard_error)
        };
        let figures: Vec<String> = self.figures.iter().map(one).collect();
        let taken = if self.one_in > 1 { format!(", one stay in {}", self.one_in) } else { String::new() };
        let blank = match self.not_told {
            0 => String::new(),
            stays => format!("; {stays} stays are left out, of which a figure is not told"),
        };
        format!(
            "Leaving over {} {}{taken}, {} of them the last, logistic regression with a level for every age: with one more the \
             log odds of leaving change by (standard error) {}{blank}.",
            self.cases,
            self.counted.words(),
            self.left,
            listed(&figures)
        )
    }
}

/// Words one after the other, the last after an "and".
fn listed(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
