//! How much of the luck at renewals two variants can share at best.
//!
//! Each renewal is decided by one uniform number that both variants see: it churns where the number lies below
//! the odds. With odds `p` and `q` and revenue `u` and `v` at stake under the two variants, what is lost there has
//!
//! ```text
//! Var X = u² p (1 - p),   Var Y = v² q (1 - q),   Cov(X, Y) = u v (min(p, q) - p q)
//! ```
//!
//! No pair of draws with these odds has a larger covariance: the smaller set of lost renewals lies wholly inside
//! the larger. For `u = v = 1` the difference then has variance `|p - q| (1 - |p - q|)`. Renewals that
//! only one variant sees (the account had left under the other) share nothing. Summed over
//! renewals and replications:
//!
//! ```text
//! variance reduction = (sum Var X + sum Var Y) / (sum Var X + sum Var Y - 2 sum Cov)
//! correlation        = sum Cov / sqrt(sum Var X · sum Var Y)
//! ```
//!
//! This holds for losses by churn given the odds. What else two variants share (the opening book, shocks) can
//! bring retention above it; usage that drifts apart shows in the odds and so in the ceiling itself.
//!
//! **Source:** Whitt, "Bivariate distributions with given marginals", Annals of Statistics 4 (1976): the same
//! uniform maximises the covariance.

use std::cmp::Ordering;
use std::iter::Sum;

use serde::{Deserialize, Serialize};

use crate::base::stats;
use crate::engine::record::RenewalRecord;

/// Variances and covariance of the revenue lost at renewals, given their odds, in cents squared.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct SharedLuck {
    /// Sum of variances under the baseline.
    pub baseline: f64,
    /// Sum of variances under the variant.
    pub variant: f64,
    /// Sum of the covariances that shared uniforms allow.
    pub shared: f64,
}

/// The best that shared uniforms can do.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ceiling {
    /// How many times fewer replications than with independent draws; [`None`]: without bound, as all odds are
    /// equal.
    pub variance_reduction: Option<f64>,
    /// Correlation of what is lost under both.
    pub correlation: f64,
}

impl SharedLuck {
    /// Sums over the renewals of one replication under the baseline and under the variant.
    #[must_use]
    pub fn between(baseline: &[RenewalRecord], variant: &[RenewalRecord]) -> Self {
        let (baseline, variant) = (in_order(baseline), in_order(variant));
        let mut shared = Vec::new();
        let (mut one, mut other) = (baseline.as_slice(), variant.as_slice());
        while let ([x, ..], [y, ..]) = (one, other) {
            let order = key(x).cmp(&key(y));
            if order == Ordering::Equal {
                let (p, q) = (x.churn_odds, y.churn_odds);
                shared.push(at_stake(x) * at_stake(y) * (p.min(q) - p * q));
            }
            one = &one[usize::from(order != Ordering::Greater)..];
            other = &other[usize::from(order != Ordering::Less)..];
        }
        Self {
            baseline: stats::sum(baseline.iter().map(|x| variance(x))),
            variant: stats::sum(variant.iter().map(|x| variance(x))),
            shared: stats::sum(shared),
        }
    }

    /// Returns the ceiling; [`None`] where nothing is left to luck.
    #[must_use]
    pub fn ceiling(self) -> Option<Ceiling> {
        let scale = (self.baseline * self.variant).sqrt();
        (scale > 0.0).then(|| {
            let apart = self.baseline + self.variant;
            let left = apart - 2.0 * self.shared;
            // Sums of equal terms may differ in their last bits; that is no difference.
            let differs = left > 1e-12 * apart;
            Ceiling {
                variance_reduction: differs.then(|| apart / left),
                correlation: (self.shared / scale).min(1.0),
            }
        })
    }
}

impl Sum for SharedLuck {
    fn sum<I: Iterator<Item = Self>>(replications: I) -> Self {
        replications.fold(Self::default(), |sum, next| Self {
            baseline: sum.baseline + next.baseline,
            variant: sum.variant + next.variant,
            shared: sum.shared + next.shared,
        })
    }
}

fn in_order(renewals: &[RenewalRecord]) -> Vec<&RenewalRecord> {
    let mut ordered: Vec<&RenewalRecord> = renewals.iter().collect();
    ordered.sort_by_key(|renewal| key(renewal));
    ordered
}

/// A renewal is the same under two variants if the same account's term ends on the same day.
fn key(renewal: &RenewalRecord) -> (u32, i32) {
    (renewal.account, renewal.day.0)
}

fn at_stake(renewal: &RenewalRecord) -> f64 {
    renewal.up.cents() as f64
}

fn variance(renewal: &RenewalRecord) -> f64 {
    let stake = at_stake(renewal);
    stake * stake * renewal.churn_odds * (1.0 - renewal.churn_odds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::money::Money;
    use crate::base::time::Day;
    use crate::program::touchpoint::Color;

    fn renewal(account: u32, day: i32, churn_odds: f64) -> RenewalRecord {
        let up = Money::from_units(10);
        let (band, rating, lighthouse) = (Color::Green, None, false);
        RenewalRecord { account, day: Day(day), up, renewed: up, band, rating, lighthouse, churn_odds }
    }

    /// Odds of 0.3 and 0.1: independent draws 0.21 + 0.09 = 0.30, shared 0.2 × 0.8 = 0.16.
    #[test]
    fn one_pair_of_odds_gives_the_reduction_worked_by_hand() {
        let luck = SharedLuck::between(&[renewal(0, 400, 0.3)], &[renewal(0, 400, 0.1)]);
        let ceiling = luck.ceiling().unwrap();
        assert!((ceiling.variance_reduction.unwrap() - 0.30 / 0.16).abs() < 1e-12);
        assert!((ceiling.correlation - 0.07 / (0.21_f64 * 0.09).sqrt()).abs() < 1e-12);
    }

    #[test]
    fn equal_odds_share_all_luck_and_certainty_leaves_none() {
        let same = [renewal(0, 400, 0.3), renewal(1, 20, 0.123)];
        let ceiling = SharedLuck::between(&same, &same).ceiling().unwrap();
        assert_eq!(ceiling.variance_reduction, None);
        assert!((ceiling.correlation - 1.0).abs() < 1e-12);

        let certain = [renewal(0, 400, 0.0), renewal(1, 20, 1.0)];
        assert_eq!(SharedLuck::between(&certain, &certain).ceiling(), None);
    }

    /// Whatever the order in which they were decided, only the renewal on day 400 is in both.
    #[test]
    fn renewals_that_only_one_variant_sees_share_nothing() {
        let baseline = [renewal(1, 30, 0.5), renewal(0, 400, 0.5)];
        let variant = [renewal(0, 400, 0.5), renewal(1, 31, 0.5), renewal(2, 30, 0.5)];
        let luck = SharedLuck::between(&baseline, &variant);
        let each = 1000.0 * 1000.0 * 0.25;
        assert_eq!((luck.baseline, luck.variant, luck.shared), (2.0 * each, 3.0 * each, each));
    }

    /// A hundred thousand shared uniforms lose what the formula says, within 4 standard errors.
    #[test]
    fn draws_with_a_shared_uniform_reach_the_covariance() {
        use crate::base::random::{Purpose, Streams};
        let streams = Streams::new(7, 0);
        let (p, q) = (0.2, 0.35);
        let draws = 100_000;
        let (mut both, mut one, mut other) = (0.0, 0.0, 0.0);
        for account in 0..draws {
            let u = streams.draw(Purpose::Segment, account, 0, 0).uniform(0);
            let (x, y) = (f64::from(u8::from(u < p)), f64::from(u8::from(u < q)));
            (both, one, other) = (both + x * y, one + x, other + y);
        }
        let n = f64::from(draws);
        let covariance = both / n - one / n * (other / n);
        let luck = SharedLuck::between(&[renewal(0, 1, p)], &[renewal(0, 1, q)]);
        assert!((covariance - luck.shared / 1e6).abs() < 4.0 * 0.5 / n.sqrt(), "{covariance}");
    }
}
