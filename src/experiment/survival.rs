//! How long customers stay, cohort by cohort.
//!
//! A cohort is the opening book, or all that became customers in one calendar year. Accounts are watched from the start or
//! from close until they leave for the first time or the run ends. What is kept of a replication is how many were still
//! watched after so many whole months and how many of them left then, from which [`curve`] makes the
//! survival curve of Kaplan and Meier (1958).

use chrono::Datelike;
use serde::{Deserialize, Serialize};

use crate::base::time::{Almanac, Day};
use crate::engine::record::Record;

/// The accounts of a cohort by whole months since they were first watched.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CohortMonths {
    /// Calendar year of close; [`None`]: the opening book.
    pub year: Option<i32>,
    /// Accounts still under contract and watched after so many months, those that leave then among them.
    pub at_risk: Vec<u32>,
    /// Accounts that left then.
    pub left: Vec<u32>,
}

impl CohortMonths {
    /// Returns the cohort in words: `opening book`, or `closed in 2025`.
    #[must_use]
    pub fn name(&self) -> String {
        self.year.map_or("opening book".to_owned(), |year| format!("closed in {year}"))
    }

    /// Counts an account that was watched for so many whole months, and whether it left then.
    fn count(&mut self, months: usize, has_left: bool) {
        if self.at_risk.len() <= months {
            self.at_risk.resize(months + 1, 0);
            self.left.resize(months + 1, 0);
        }
        self.at_risk[..=months].iter_mut().for_each(|at_risk| *at_risk += 1);
        self.left[months] += u32::from(has_left);
    }
}

/// Returns the share of customers still there after each month: the product of `1 - left / at risk`
/// (Kaplan and Meier 1958), over pairs of accounts at risk and accounts that left.
pub fn curve(months: impl IntoIterator<Item = (u32, u32)>) -> Vec<f64> {
    let step = |stays: &mut f64, (at_risk, left): (u32, u32)| {
        if at_risk > 0 {
            *stays *= 1.0 - f64::from(left) / f64::from(at_risk);
        }
        Some(*stays)
    };
    months.into_iter().scan(1.0, step).collect()
}

/// Returns the cohorts of a replication: the opening book first, then year by year.
#[must_use]
pub fn cohorts(record: &Record, almanac: &Almanac) -> Vec<CohortMonths> {
    let last = Day(record.horizon - 1);
    let mut cohorts: Vec<CohortMonths> = Vec::new();
    // Prospects who never closed were no customers.
    for account in record.accounts.iter().filter(|account| account.opened || account.days > 0) {
        let year = (!account.opened).then(|| almanac.date(account.close).year());
        let from = if account.opened { Day(0) } else { account.close };
        let left = account.churned.filter(|&day| day <= last);
        let months = almanac.months_between(from, left.unwrap_or(last));
        let at = match cohorts.binary_search_by_key(&year, |cohort| cohort.year) {
            Ok(at) => at,
            Err(at) => {
                cohorts.insert(at, CohortMonths { year, ..CohortMonths::default() });
                at
            }
        };
        cohorts[at].count(usize::try_from(months).unwrap_or_default(), left.is_some());
    }
    cohorts
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of ten one leaves after one month and three are seen no longer; of the six left after two months three leave.
    #[test]
    fn who_is_no_longer_watched_counts_as_long_as_it_was() {
        let mut cohort = CohortMonths::default();
        cohort.count(1, true);
        (0..3).for_each(|_| cohort.count(1, false));
        (0..3).for_each(|_| cohort.count(2, true));
        (0..3).for_each(|_| cohort.count(2, false));
        assert_eq!((&cohort.at_risk[..], &cohort.left[..]), (&[10, 10, 6][..], &[0, 1, 3][..]));
        let months = cohort.at_risk.iter().copied().zip(cohort.left.iter().copied());
        assert_eq!(curve(months), [1.0, 0.9, 0.45]);
    }

    #[test]
    fn a_month_without_anybody_changes_nothing() {
        assert_eq!(curve([(4, 1), (0, 0), (2, 1)]), [0.75, 0.75, 0.375]);
    }
}
