//! The shifted beta-geometric model of contractual retention, fitted to renewals.
//!
//! Every customer leaves at each renewal with a probability of its own, which never changes; over customers it is
//! beta distributed. Those who leave easily leave first, so the rate of renewal rises with age although nobody changes:
//!
//! ```text
//! r(t) = (beta + t - 1) / (alpha + beta + t - 1)          rate of the t-th renewal
//! S(t) = r(1) r(2) ... r(t)                                share still there after it
//! ```
//!
//! **Sources:** Fader & Hardie, "How to project customer retention", Journal of Interactive Marketing 21 (2007); the same,
//! "Fitting the sBG model to multi-cohort data" (2007); "Customer-base valuation in a contractual setting",
//! Marketing Science 29 (2010), for the lifetime.

use super::{Fitted, NoFit, Symmetric};
use crate::base::math::{exp, ln};

/// What became of the renewals with one number, of all cohorts together.
///
/// The likelihood of any number of cohorts is a product over renewals that only needs these sums. A customer who is first seen
/// late, or last seen while still there, counts at the renewals that were seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RenewalCount {
    /// Customers whose renewal came up.
    pub due: u64,
    /// Of these, customers who left.
    pub lost: u64,
}

/// The model with its two parameters, both above zero.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BetaGeometric {
    /// First parameter of the beta distribution of the probability to leave.
    pub alpha: f64,
    /// Second parameter.
    pub beta: f64,
}

/// A fitted model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BetaGeometricFit {
    /// The model.
    pub model: BetaGeometric,
    /// The first parameter with its standard error.
    pub alpha: Fitted,
    /// The second one.
    pub beta: Fitted,
    /// Covariance of the logarithms of the two.
    ln_covariance: [[f64; 2]; 2],
    /// Logarithm of the likelihood at the maximum.
    pub log_likelihood: f64,
}

/// Returns what the survivors of one cohort say about its renewals: of 1,000, 631 and 468 were left.
///
/// Numbers must not rise; the first is the size of the cohort.
#[must_use]
pub fn renewals_of_survivors(survivors: &[u64]) -> Vec<RenewalCount> {
    let pairs = survivors.windows(2);
    pairs.map(|pair| RenewalCount { due: pair[0], lost: pair[0].saturating_sub(pair[1]) }).collect()
}

impl BetaGeometric {
    /// Returns the rate of the `t`-th renewal, from 1 on.
    #[must_use]
    pub fn retention(self, t: u32) -> f64 {
        let age = f64::from(t) - 1.0;
        (self.beta + age) / (self.alpha + self.beta + age)
    }

    /// Returns the share of a cohort that is left after `t` renewals.
    #[must_use]
    pub fn survival(self, t: u32) -> f64 {
        (1..=t).map(|t| self.retention(t)).product()
    }

    /// Returns the discounted expected residual lifetime of a customer just before the `t`-th renewal: the renewals to come,
    /// each worth 1, discounted by `discount` a renewal.
    ///
    /// ```text
    /// DERL(t) = sum over s >= t of S(s) / S(t-1) / (1 + d)^(s-t)
    /// ```
    ///
    /// Equal to the closed form `r(t) 2F1(1, beta + t; alpha + beta + t; 1 / (1 + d))` of the source, whose series this is.
    ///
    /// # Panics
    ///
    /// If `discount` is not above zero: the sum may then have no end.
    #[must_use]
    pub fn residual_lifetime(self, t: u32, discount: f64) -> f64 {
        assert!(discount > 0.0, "invariant: a lifetime is discounted");
        let (mut total, mut term, mut renewal) = (0.0, 1.0, t);
        loop {
            term *= self.retention(renewal);
            total += term;
            term /= 1.0 + discount;
            renewal += 1;
            // What is left is less than the next term over and over.
            if term / discount < 1e-12 * total {
                return total;
            }
        }
    }

    /// Returns the logarithm of the likelihood of renewals, the first renewal first.
    #[must_use]
    pub fn log_likelihood(self, renewals: &[RenewalCount]) -> f64 {
        let part = |(t, count): (u32, &RenewalCount)| {
            let kept = (count.due - count.lost) as f64;
            let rate = self.retention(t);
            kept * ln(rate) + count.lost as f64 * ln(1.0 - rate)
        };
        (1..).zip(renewals).map(part).sum()
    }

    /// Fits the model to renewals, the first renewal first, by maximum likelihood.
    ///
    /// # Errors
    ///
    /// [`NoFit::TooFew`] where fewer than two renewals were due or nobody left, or nobody stayed; [`NoFit::Unbounded`] where the rate
    /// of renewal does not rise with age, so that customers do not seem to differ;
    /// [`NoFit::NotConverged`] if the search does not arrive.
    pub fn fit(renewals: &[RenewalCount]) -> Result<BetaGeometricFit, NoFit> {
        const STEPS: u32 = 200;
        /// Beyond this sum of parameters customers differ by less than could ever be seen.
        const ALIKE: f64 = 1e6;
        let due = renewals.iter().filter(|count| count.due > 0).count();
        let (lost, kept) =
            renewals.iter().fold((0, 0), |(lost, kept), it| (lost + it.lost, kept + it.due - it.lost));
        if due < 2 {
            return Err(NoFit::TooFew("two renewals, one after the other, are the least that tell"));
        }
        if lost == 0 || kept == 0 {
            return Err(NoFit::TooFew("at no renewal did some leave and others stay"));
        }
        let mut at = [0.0, ln(kept as f64 / lost as f64).clamp(-3.0, 3.0)];
        let mut damping = 1e-3;
        let mut value = Self::at(at).log_likelihood(renewals);
        for _ in 0..STEPS {
            let (slope, information) = Self::at(at).slopes(renewals);
            let step = damped(information, damping)
                .map_or([slope[0], slope[1]], |matrix| [0, 1].map(|row| matrix.solve(&slope)[row]));
            // Three times as much or as little at most, so that a far start does not throw it out.
            let next = [0, 1].map(|row| at[row] + step[row].clamp(-1.0, 1.0));
            let there = Self::at(next).log_likelihood(renewals);
            if there >= value {
                let moved = (next[0] - at[0]).abs().max((next[1] - at[1]).abs());
                (at, value, damping) = (next, there, damping * 0.1);
                let model = Self::at(at);
                if model.alpha + model.beta > ALIKE {
                    return Err(NoFit::Unbounded(
                        "the rate of renewal does not rise with age, so customers seem alike",
                    ));
                }
                if moved < 1e-10 {
                    return model.fitted(renewals).ok_or(NoFit::NotConverged(STEPS));
                }
            } else {
                damping = (damping * 10.0).max(1e-6);
                if damping > 1e12 {
                    return Self::at(at).fitted(renewals).ok_or(NoFit::NotConverged(STEPS));
                }
            }
        }
        Err(NoFit::NotConverged(STEPS))
    }

    /// Returns the limit of the model in which all customers are alike: one rate for every renewal, that of all renewals together;
    /// [`None`] where none was due, or nobody left, or nobody stayed.
    ///
    /// It is what is left of the model where the rate does not rise with age ([`NoFit::Unbounded`]).
    #[must_use]
    pub fn of_alike(renewals: &[RenewalCount]) -> Option<Self> {
        /// So large that the rate of the hundredth renewal is that of the first to six digits.
        const ALIKE: f64 = 1e9;
        let (due, lost) = renewals.iter().fold((0, 0), |(due, lost), it| (due + it.due, lost + it.lost));
        let share = lost as f64 / due as f64;
        (0 < lost && lost < due).then_some(Self { alpha: share * ALIKE, beta: (1.0 - share) * ALIKE })
    }

    fn at(ln_parameters: [f64; 2]) -> Self {
        Self { alpha: exp(ln_parameters[0]), beta: exp(ln_parameters[1]) }
    }

    fn fitted(self, renewals: &[RenewalCount]) -> Option<BetaGeometricFit> {
        let (_, information) = self.slopes(renewals);
        let inverse = Symmetric::of(&information.map(Vec::from))?.inverse();
        let ln_covariance = [[inverse[0][0], inverse[0][1]], [inverse[1][0], inverse[1][1]]];
        // The error of a parameter is that of its logarithm times the parameter.
        let fitted = |estimate: f64, at: usize| Fitted {
            estimate,
            standard_error: estimate * ln_covariance[at][at].sqrt(),
        };
        Some(BetaGeometricFit {
            model: self,
            alpha: fitted(self.alpha, 0),
            beta: fitted(self.beta, 1),
            ln_covariance,
            log_likelihood: self.log_likelihood(renewals),
        })
    }

    /// First derivatives of the log-likelihood by the logarithms of both parameters, and the second ones with their sign turned.
    ///
    /// With `l` lost and `k` kept at renewal `t`, it is `l ln a + k ln(b + t - 1) - (l + k) ln(a + b + t - 1)`.
    fn slopes(self, renewals: &[RenewalCount]) -> ([f64; 2], [[f64; 2]; 2]) {
        let Self { alpha: a, beta: b } = self;
        let (mut slope, mut curve) = ([0.0; 2], [[0.0; 2]; 2]);
        for (age, count) in renewals.iter().enumerate() {
            let (due, lost) = (count.due as f64, count.lost as f64);
            let (kept, both, own) = (due - lost, a + b + age as f64, b + age as f64);
            slope[0] += lost / a - due / both;
            slope[1] += kept / own - due / both;
            let shared = due / (both * both);
            curve[0][0] += shared - lost / (a * a);
            curve[0][1] += shared;
            curve[1][1] += shared - kept / (own * own);
        }
        let by_ln = [slope[0] * a, slope[1] * b];
        let cross = -curve[0][1] * a * b;
        let information =
            [[-curve[0][0] * a * a - by_ln[0], cross], [cross, -curve[1][1] * b * b - by_ln[1]]];
        (by_ln, information)
    }
}

impl BetaGeometricFit {
    /// Returns the standard error of the logarithm of the survival after `t` renewals, by the delta method.
    #[must_use]
    pub fn ln_survival_error(&self, t: u32) -> f64 {
        let BetaGeometric { alpha: a, beta: b } = self.model;
        let ages = (0..t).map(f64::from);
        let slope = ages.fold([0.0; 2], |[by_a, by_b], age| {
            let both = a + b + age;
            [by_a - a / both, by_b + b * (1.0 / (b + age) - 1.0 / both)]
        });
        let [[aa, ab], [_, bb]] = self.ln_covariance;
        (slope[0] * slope[0] * aa + 2.0 * slope[0] * slope[1] * ab + slope[1] * slope[1] * bb).sqrt()
    }
}

/// The information with its diagonal made larger, where it has a root.
fn damped(information: [[f64; 2]; 2], damping: f64) -> Option<Symmetric> {
    let mut rows = information.map(Vec::from);
    for (at, row) in rows.iter_mut().enumerate() {
        row[at] += damping * row[at].abs().max(1e-9);
    }
    Symmetric::of(&rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Survivors of 1,000 customers, segment "Regular" of Fader & Hardie (2007), Table 1, years 0 to 7.
    const REGULAR: [u64; 8] = [1000, 631, 468, 382, 326, 289, 262, 241];

    /// Maximum likelihood of the same seven years by another program; the paper prints 0.704 and 1.182.
    #[test]
    fn the_regular_segment_is_fitted_as_published() {
        let fit = BetaGeometric::fit(&renewals_of_survivors(&REGULAR)).unwrap();
        assert!((fit.model.alpha - 0.7041).abs() < 0.001, "{fit:?}");
        assert!((fit.model.beta - 1.1820).abs() < 0.001, "{fit:?}");
        assert!((fit.log_likelihood - -1680.265).abs() < 0.01, "{fit:?}");
        assert!((fit.model.survival(12) - 0.1701).abs() < 0.0002, "{}", fit.model.survival(12));
    }

    /// Closed forms at the published parameters, computed outside this project: year, survival, retention, lifetime at 10 % a year.
    #[test]
    fn survival_retention_and_lifetime_of_the_regular_segment() {
        let model = BetaGeometric { alpha: 0.704, beta: 1.182 };
        for (t, survival, retention, lifetime) in [
            (1, 0.626_723_2, 0.626_723_223_754, 2.964_662_146_13),
            (2, 0.473_842_7, 0.756_063_756_064, 4.103_458_619_6),
            (7, 0.239_050_6, 0.910_727_872_179, 6.575_966_186_34),
            (12, 0.170_062_6, 0.945_367_065_032, 7.622_707_439_16),
        ] {
            assert!((model.survival(t) - survival).abs() < 1e-7, "year {t}: {}", model.survival(t));
            assert!((model.retention(t) - retention).abs() < 1e-11);
            assert!((model.residual_lifetime(t, 0.1) - lifetime).abs() < 1e-9);
        }
    }

    /// Two cohorts of one history, the younger seen for fewer years, say what a cohort of both together says.
    #[test]
    fn cohorts_are_fitted_together_by_adding_their_renewals() {
        let mut both = renewals_of_survivors(&REGULAR);
        for (sum, young) in both.iter_mut().zip(renewals_of_survivors(&REGULAR[..4])) {
            *sum = RenewalCount { due: sum.due + young.due, lost: sum.lost + young.lost };
        }
        let alone = BetaGeometric::fit(&renewals_of_survivors(&REGULAR)).unwrap();
        let fit = BetaGeometric::fit(&both).unwrap();
        assert!((fit.model.survival(7) - alone.model.survival(7)).abs() < 0.01);
        assert!(fit.alpha.standard_error < alone.alpha.standard_error);
    }

    /// The slope is zero at the maximum, and standard errors shrink with the root of the number of customers.
    #[test]
    fn four_times_the_customers_halve_the_standard_errors() {
        let few = BetaGeometric::fit(&renewals_of_survivors(&REGULAR)).unwrap();
        let many = BetaGeometric::fit(&renewals_of_survivors(&REGULAR.map(|count| 4 * count))).unwrap();
        for (few, many) in [(few.alpha, many.alpha), (few.beta, many.beta)] {
            assert!((few.estimate - many.estimate).abs() < 1e-6);
            assert!((few.standard_error / many.standard_error - 2.0).abs() < 1e-5);
        }
        assert!((few.ln_survival_error(7) / many.ln_survival_error(7) - 2.0).abs() < 1e-5);
    }

    /// 95 % intervals of survival after ten years hold the truth in about 95 of 100 cohorts drawn from the model.
    #[test]
    fn intervals_of_projected_survival_hold_the_truth() {
        use crate::base::random::{Purpose, Streams};
        let truth = BetaGeometric { alpha: 0.9, beta: 4.0 };
        let mut held = 0;
        for cohort in 0..300 {
            let streams = Streams::new(11, cohort);
            let mut survivors = vec![2_000_u64];
            for t in 1..=6 {
                let before = *survivors.last().unwrap();
                let stays = |at: &u64| {
                    streams.draw(Purpose::RenewalOutcome, *at as u32, t, 0).uniform(0) < truth.retention(t)
                };
                survivors.push((0..before).filter(stays).count() as u64);
            }
            let fit = BetaGeometric::fit(&renewals_of_survivors(&survivors)).unwrap();
            let off = ln(fit.model.survival(10) / truth.survival(10)).abs();
            held += u32::from(off < 1.96 * fit.ln_survival_error(10));
        }
        // Three standard deviations of a count of 300 at 95 % are 11.
        assert!((274..=296).contains(&held), "{held} of 300");
    }

    #[test]
    fn what_cannot_be_fitted_is_said() {
        let counts = |pairs: &[(u64, u64)]| {
            pairs.iter().map(|&(due, lost)| RenewalCount { due, lost }).collect::<Vec<_>>()
        };
        assert!(matches!(BetaGeometric::fit(&counts(&[(100, 20)])), Err(NoFit::TooFew(_))));
        assert!(matches!(BetaGeometric::fit(&counts(&[(100, 0), (100, 0)])), Err(NoFit::TooFew(_))));
        assert!(matches!(BetaGeometric::fit(&counts(&[(100, 100), (0, 0)])), Err(NoFit::TooFew(_))));
        let falling = counts(&[(1000, 100), (900, 180), (720, 216)]);
        assert!(matches!(BetaGeometric::fit(&falling), Err(NoFit::Unbounded(_))));
        // Of 2,620 renewals 496 were lost.
        let alike = BetaGeometric::of_alike(&falling).unwrap();
        assert!((1..50).all(|t| (alike.retention(t) - 2124.0 / 2620.0).abs() < 1e-6));
    }
}
