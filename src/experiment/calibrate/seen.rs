//! What a history shows: the same few facts, whether it happened or was simulated.
//!
//! Figures are computed from a [`Seen`] and from nothing else, so what happened and what is simulated are measured by one
//! definition. A history is that of a *cohort*: the accounts under contract when it opens. Who comes later is not in it.

use serde::{Deserialize, Serialize};

use crate::base::money::Money;
use crate::engine::record::{AccountRecord, Record, RenewalRecord};
use crate::metrics::retention::AccountWindow;
use crate::population::segment::Segment;
use crate::scenario::Scenario;

/// An account of the cohort.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeenAccount {
    /// Its segment when the history opens, where that is known.
    pub segment: Option<Segment>,
    /// Recurring revenue at both ends of each window of 12 months; nothing once it has left.
    pub windows: Vec<(Money, Money)>,
    /// Its mean published utilization, where any was published.
    pub utilization: Option<f64>,
}

/// A renewal of the cohort.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeenRenewal {
    /// Segment of the account, where that is known.
    pub segment: Option<Segment>,
    /// Age of the account in whole years, from 1.
    pub year: u32,
    /// Recurring revenue up for renewal.
    pub up: Money,
    /// What of it was renewed, expansion left out; nothing if the account left.
    pub renewed: Money,
}

/// The history of a cohort.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct Seen {
    /// The accounts.
    pub accounts: Vec<SeenAccount>,
    /// Their renewals.
    pub renewals: Vec<SeenRenewal>,
}

impl Seen {
    /// Takes from a replication what a history would show of the accounts it opened with.
    #[must_use]
    pub fn of(record: &Record, scenario: &Scenario) -> Self {
        let account = |account: &AccountRecord| SeenAccount {
            segment: Some(account.first_segment),
            windows: Vec::new(),
            utilization: (account.months > 0).then(|| account.utilization_sum / f64::from(account.months)),
        };
        // By number; nothing of who is not in the cohort.
        let mut accounts: Vec<Option<SeenAccount>> =
            record.accounts.iter().map(|it| it.opened.then(|| account(it))).collect();
        for window in &record.windows {
            if let Some(account) = &mut accounts[window.account as usize] {
                account.windows.resize(usize::from(window.window), (Money::ZERO, Money::ZERO));
                account.windows.push((window.opening, window.closing));
            }
        }
        let renewal = |renewal: &RenewalRecord| {
            let account = &record.accounts[renewal.account as usize];
            let months = scenario.almanac.months_between(account.close, renewal.day);
            account.opened.then(|| SeenRenewal {
                segment: Some(account.first_segment),
                year: years(months),
                up: renewal.up,
                renewed: renewal.renewed,
            })
        };
        let renewals = record.renewals.iter().filter_map(renewal).collect();
        Self { accounts: accounts.into_iter().flatten().collect(), renewals }
    }

    /// Returns what it shows of one segment.
    #[must_use]
    pub fn of_segment(&self, segment: Segment) -> Self {
        let accounts = self.accounts.iter().filter(|account| account.segment == Some(segment));
        let renewals = self.renewals.iter().filter(|renewal| renewal.segment == Some(segment));
        Self { accounts: accounts.cloned().collect(), renewals: renewals.copied().collect() }
    }

    /// Returns its windows of 12 months, each with the accounts that were there when it opened.
    #[must_use]
    pub fn windows(&self) -> Vec<Vec<AccountWindow>> {
        let count = self.accounts.iter().map(|account| account.windows.len()).max().unwrap_or(0);
        let of = |window: usize| {
            let there = self.accounts.iter().filter_map(|account| account.windows.get(window));
            there.map(|&(opening, closing)| AccountWindow { opening, closing }).collect()
        };
        (0..count).map(of).collect()
    }
}

/// Age in whole years at a renewal so many months after close: a term begins some weeks after, so the nearest is meant.
#[must_use]
pub fn years(months: i32) -> u32 {
    ((f64::from(months.max(0)) / 12.0).round() as u32).max(1)
}
