//! Control variates: what luck did to revenue in one replication, beyond what was probable.
//!
//! Each control is a sum of (came - probability) with weights that were known before: see `engine::luck`.
//! **Its expectation is exactly zero** in every scenario and under every variant, so a mean of it that is not
//! zero shows how lucky these replications were, and by how much their other means are off.
//!
//! ```text
//! in cohorts:  sum over windows of  sum over chances of  min(stake, opening) (came - probability) / opening revenue
//! in all:      sum over chances of  stake (came - probability)
//! ```
//!
//! The opening revenue of a window is known when it opens, before any chance in it.
//!
//! # Not here
//!
//! How a mean is adjusted: `base::stats`. Means of the opening book are no controls: it is a book of survivors, whose
//! expectations have no closed form.

use crate::base::stats::sum;
use crate::engine::record::{Chance, ChanceRecord, Record, WindowRecord};

/// A number of zero expectation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Control {
    /// Revenue churned in the cohorts of the windows [parts of the opening revenue].
    CohortChurn,
    /// Revenue downsized there.
    CohortDownsize,
    /// Revenue of accounts there that wanted to expand.
    CohortExpansion,
    /// Customers of the cohorts that churned [parts of the customers at the opening].
    CohortLogos,
    /// Revenue churned (currency units).
    Churn,
    /// Revenue downsized (currency units).
    Downsize,
    /// Revenue of accounts that wanted to expand (currency units).
    Expansion,
    /// Customers that churned.
    Logos,
}

/// The controls of one replication, in the order of [`Control::ALL`].
pub type Controls = [f64; Control::ALL.len()];

impl Control {
    /// All of them, in the order of [`Controls`].
    pub const ALL: [Self; 8] = [
        Self::CohortChurn,
        Self::CohortDownsize,
        Self::CohortExpansion,
        Self::CohortLogos,
        Self::Churn,
        Self::Downsize,
        Self::Expansion,
        Self::Logos,
    ];

    /// Returns the controls of a metric, chosen by what it is made of and before anything is simulated: none
    /// where luck at renewals and expansions is not what moves it.
    #[must_use]
    pub fn of(metric: &str) -> &'static [Self] {
        match metric {
            "gross_revenue_retention" => &[Self::CohortChurn, Self::CohortDownsize],
            "net_revenue_retention" => &[Self::CohortChurn, Self::CohortDownsize, Self::CohortExpansion],
            "logo_retention" => &[Self::CohortLogos],
            "gross_renewal_rate" => &[Self::Churn, Self::Downsize],
            "contract_renewal_rate" => &[Self::Logos],
            "churned_arr" => &[Self::Churn],
            "contraction_arr" => &[Self::Downsize],
            "expansion_arr" => &[Self::Expansion],
            "closing_arr" | "net_value" => &[Self::Churn, Self::Downsize, Self::Expansion],
            _ => &[],
        }
    }

    /// Returns the place among [`Controls`].
    #[must_use]
    pub const fn place(self) -> usize {
        self as usize
    }
}

/// Returns the controls of a replication.
#[must_use]
pub fn controls(record: &Record) -> Controls {
    let openings = Openings::of(record);
    let total = |terms: &dyn Fn(&ChanceRecord) -> Option<f64>| {
        sum(record.chances.iter().filter_map(|chance| {
            let surprise = f64::from(u8::from(chance.came)) - chance.probability;
            terms(chance).map(|weight| weight * surprise)
        }))
    };
    let of = |kind: Chance, weight: &dyn Fn(&ChanceRecord) -> Option<f64>| {
        total(&|chance| (chance.chance == kind).then(|| weight(chance)).flatten())
    };
    let revenue = |chance: &ChanceRecord| openings.share_at_stake(chance);
    let money = |chance: &ChanceRecord| Some(chance.stake.cents() as f64 / 100.0);
    Control::ALL.map(|control| match control {
        Control::CohortChurn => of(Chance::Churn, &revenue),
        Control::CohortDownsize => of(Chance::Downsize, &revenue),
        Control::CohortExpansion => of(Chance::Expansion, &revenue),
        Control::CohortLogos => of(Chance::Churn, &|chance| openings.share_of_customers(chance)),
        Control::Churn => of(Chance::Churn, &money),
        Control::Downsize => of(Chance::Downsize, &money),
        Control::Expansion => of(Chance::Expansion, &money),
        Control::Logos => of(Chance::Churn, &|_| Some(1.0)),
    })
}

/// What the windows opened with.
struct Openings<'a> {
    /// By window, then by account.
    entries: &'a [WindowRecord],
    /// Revenue (cents) and customers of each window.
    totals: Vec<(f64, f64)>,
}

impl<'a> Openings<'a> {
    fn of(record: &'a Record) -> Self {
        let mut totals = vec![(0.0, 0.0); usize::from(record.window_count)];
        for entry in &record.windows {
            let (revenue, customers) = &mut totals[usize::from(entry.window)];
            *revenue += entry.opening.cents() as f64;
            *customers += 1.0;
        }
        Self { entries: &record.windows, totals }
    }

    /// The account's entry in the window that was open, and what that window opened with.
    fn find(&self, chance: &ChanceRecord) -> Option<(&WindowRecord, (f64, f64))> {
        let window = chance.window?;
        let key = (window, chance.account);
        let place = self.entries.binary_search_by_key(&key, |entry| (entry.window, entry.account)).ok()?;
        Some((&self.entries[place], self.totals[usize::from(window)]))
    }

    /// What the account can lose of what it opened with, as a part of the opening revenue.
    fn share_at_stake(&self, chance: &ChanceRecord) -> Option<f64> {
        let (entry, (revenue, _)) = self.find(chance)?;
        let lost = chance.stake.min(entry.opening).cents() as f64;
        (revenue > 0.0).then(|| lost / revenue)
    }

    fn share_of_customers(&self, chance: &ChanceRecord) -> Option<f64> {
        self.find(chance).map(|(_, (_, customers))| 1.0 / customers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::money::Money;
    use crate::metrics::example::{window, year};
    use crate::metrics::{CATALOGUE, find};

    fn chance(account: u32, chance: Chance, stake: i64, probability: f64, came: bool) -> ChanceRecord {
        ChanceRecord { account, chance, stake: Money::from_units(stake), window: Some(0), probability, came }
    }

    /// Of 1,000 that open, account 0 has grown from 600 to 800 and churns at odds of 0.1; account 1 downsizes
    /// at 0.25; account 2 came later.
    #[test]
    fn controls_weigh_what_came_beyond_what_was_probable() {
        let mut record = year(Vec::new());
        record.window_count = 1;
        record.windows = vec![window(0, 0, 600, 0), window(1, 0, 400, 300)];
        record.chances = vec![
            chance(0, Chance::Churn, 800, 0.1, true),
            chance(1, Chance::Churn, 400, 0.2, false),
            chance(1, Chance::Downsize, 400, 0.25, true),
            chance(2, Chance::Churn, 100, 0.3, false),
            chance(2, Chance::Expansion, 100, 0.4, true),
        ];
        let found = controls(&record);
        let expected = [
            (Control::CohortChurn, 0.6 * 0.9 - 0.4 * 0.2),
            (Control::CohortDownsize, 0.4 * 0.75),
            (Control::CohortExpansion, 0.0),
            (Control::CohortLogos, 0.5 * 0.9 - 0.5 * 0.2),
            (Control::Churn, 800.0 * 0.9 - 400.0 * 0.2 - 100.0 * 0.3),
            (Control::Downsize, 400.0 * 0.75),
            (Control::Expansion, 100.0 * 0.6),
            (Control::Logos, 0.9 - 0.2 - 0.3),
        ];
        for (control, expected) in expected {
            assert!(
                (found[control.place()] - expected).abs() < 1e-12,
                "{control:?}: {}",
                found[control.place()]
            );
        }
    }

    #[test]
    fn controls_stand_at_their_places() {
        for (place, control) in Control::ALL.into_iter().enumerate() {
            assert_eq!(control.place(), place);
        }
    }

    /// A name written wrong would silently leave its metric without controls.
    #[test]
    fn ten_metrics_have_controls() {
        let controlled: Vec<&str> =
            CATALOGUE.iter().map(|metric| metric.name).filter(|name| !Control::of(name).is_empty()).collect();
        assert_eq!(controlled.len(), 10, "{controlled:?}");
        assert!(controlled.iter().all(|name| find(name).is_some()));
    }
}
