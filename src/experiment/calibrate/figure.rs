//! Figures of a history that a fit can aim at.

use std::fmt;

use crate::base::money::Money;
use crate::base::stats::{quantile, sum};
use crate::experiment::calibrate::seen::{Seen, SeenRenewal};
use crate::metrics::retention::{
    gross_revenue_retention, logo_retention, mean_over_windows, net_revenue_retention,
};
use crate::metrics::{self, CATALOGUE};

/// A figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Figure {
    /// A figure that a history shows, by its place in [`SHOWN`].
    Shown(usize),
    /// A metric of the catalogue: what happened is stated, or one of those [`TOLD`].
    Metric(usize),
}

/// How a figure is read off a history; nothing where there is nothing to measure.
type Read = fn(&Seen) -> Option<f64>;

/// What a history shows: name, meaning, and how it is read off. All are fractions.
pub const SHOWN: [(&str, &str, Read); 14] = [
    ("gross_revenue_retention", "revenue kept over 12 months, growth left out", |seen| {
        mean_over_windows(&seen.windows(), gross_revenue_retention)
    }),
    ("net_revenue_retention", "revenue kept over 12 months, growth counted", |seen| {
        mean_over_windows(&seen.windows(), net_revenue_retention)
    }),
    ("logo_retention", "accounts kept over 12 months", |seen| {
        mean_over_windows(&seen.windows(), logo_retention)
    }),
    ("contract_renewal_rate", "renewals due at which the account stayed", |seen| kept(seen, |_| true)),
    ("renewal_rate_year_1", "the same, of accounts one year old", |seen| kept(seen, |it| it.year == 1)),
    ("renewal_rate_year_2", "the same, two years old", |seen| kept(seen, |it| it.year == 2)),
    ("renewal_rate_year_3", "the same, three years old", |seen| kept(seen, |it| it.year == 3)),
    ("renewal_rate_later", "the same, four years old and more", |seen| kept(seen, |it| it.year > 3)),
    ("downsize_share", "accounts that stayed and paid less, of those that stayed", |seen| {
        let stayed = seen.renewals.iter().filter(|it| it.renewed > Money::ZERO);
        mean(stayed.map(|it| f64::from(u8::from(it.renewed < it.up))))
    }),
    ("downsize_depth", "revenue given up by those that stayed and paid less, of what was up", |seen| {
        let down = || seen.renewals.iter().filter(|it| it.renewed > Money::ZERO && it.renewed < it.up);
        let (up, left): (Money, Money) = (down().map(|it| it.up).sum(), down().map(|it| it.renewed).sum());
        (up > Money::ZERO).then(|| 1.0 - left.ratio_to(up))
    }),
    ("utilization_mean", "users of a month over seats, mean of accounts", |seen| {
        mean(seen.accounts.iter().filter_map(|account| account.utilization))
    }),
    ("utilization_p25", "a quarter of accounts lies below", |seen| utilization(seen, 0.25)),
    ("utilization_p50", "half of all accounts lie below", |seen| utilization(seen, 0.5)),
    ("utilization_p75", "three quarters of accounts lie below", |seen| utilization(seen, 0.75)),
];

/// Metrics that a history may tell as well: of the others what happened is stated.
pub const TOLD: [&str; 2] = ["days_to_nurturing_median", "response_within_48h"];

impl Figure {
    /// Finds a figure by its name: one that a history shows, or else a metric of the catalogue.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        let shown = SHOWN.iter().position(|(shown, ..)| *shown == name).map(Self::Shown);
        shown.or_else(|| metrics::position(name).map(Self::Metric))
    }

    /// Returns its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Shown(at) => SHOWN[at].0,
            Self::Metric(at) => CATALOGUE[at].name,
        }
    }

    /// Reads the figure off a history, which shows no metric; nothing where there is nothing to measure.
    #[must_use]
    pub fn of(self, seen: &Seen) -> Option<f64> {
        match self {
            Self::Shown(at) => SHOWN[at].2(seen),
            Self::Metric(_) => None,
        }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

fn kept(seen: &Seen, counts: impl Fn(&SeenRenewal) -> bool) -> Option<f64> {
    let due = seen.renewals.iter().filter(|it| counts(it));
    mean(due.map(|it| f64::from(u8::from(it.renewed > Money::ZERO))))
}

fn utilization(seen: &Seen, share: f64) -> Option<f64> {
    let mut sorted: Vec<f64> = seen.accounts.iter().filter_map(|account| account.utilization).collect();
    sorted.sort_by(f64::total_cmp);
    quantile(&sorted, share)
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let values: Vec<f64> = values.collect();
    let count = values.len();
    (count > 0).then(|| sum(values) / count as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::calibrate::seen::SeenAccount;

    /// By hand: four accounts of 100 each; one leaves in its second year, one gives up 40 in its first, one grows to 150.
    #[test]
    fn the_figures_of_four_accounts() {
        let money = Money::from_units;
        let account = |windows: &[(i64, i64)], utilization| SeenAccount {
            segment: None,
            windows: windows.iter().map(|&(opening, closing)| (money(opening), money(closing))).collect(),
            utilization,
        };
        let renewal =
            |year, renewed| SeenRenewal { segment: None, year, up: money(100), renewed: money(renewed) };
        let seen = Seen {
            accounts: vec![
                account(&[(100, 100)], Some(0.2)),
                account(&[(100, 0)], Some(0.4)),
                account(&[(100, 60)], Some(0.9)),
                account(&[(100, 150)], None),
            ],
            renewals: vec![renewal(1, 60), renewal(1, 100), renewal(2, 0), renewal(6, 100)],
        };
        for (name, expected) in [
            ("gross_revenue_retention", Some(260.0 / 400.0)),
            ("net_revenue_retention", Some(310.0 / 400.0)),
            ("logo_retention", Some(0.75)),
            ("contract_renewal_rate", Some(0.75)),
            ("renewal_rate_year_1", Some(1.0)),
            ("renewal_rate_year_2", Some(0.0)),
            ("renewal_rate_year_3", None),
            ("renewal_rate_later", Some(1.0)),
            ("downsize_share", Some(1.0 / 3.0)),
            ("downsize_depth", Some(0.4)),
            ("utilization_mean", Some(0.5)),
            ("utilization_p50", Some(0.4)),
        ] {
            let found = Figure::find(name).unwrap().of(&seen);
            let is_equal = match (found, expected) {
                (Some(found), Some(expected)) => (found - expected).abs() < 1e-12,
                (found, expected) => found == expected,
            };
            assert!(is_equal, "{name}: {found:?}");
        }
        assert_eq!(Figure::find("wait_hours_mean").unwrap().of(&seen), None, "a history shows no waits");
        assert_eq!(Figure::find("happiness"), None);
    }
}
