//! What is done for customers at risk, and whether it helps.
//!
//! The save rate flatters: accounts enter when they look worst, and many would have recovered or renewed by
//! themselves (regression to the mean). The causal saves hold the run against the same replication without
//! Lighthouse, in which every customer has the same luck.

use crate::base::money::Money;
use crate::base::stats::Better;
use crate::engine::record::{LighthouseEnd, LighthouseRecord};
use crate::metrics::definition::{MetricDefinition, Theme, Unit};
use crate::metrics::view::{View, share};

pub(super) const LIGHTHOUSE_ENTRIES: MetricDefinition = MetricDefinition {
    name: "lighthouse_entries",
    title: "Entries into Lighthouse",
    unit: Unit::Count,
    better: Better::Neither,
    theme: Theme::Care,
    definition: "Stays in Lighthouse that began during the run; an account may enter more than once.",
    compute: |view| view.account_years().map(|_| entries(view) as f64),
};

pub(super) const LIGHTHOUSE_CONCURRENT_MEAN: MetricDefinition = MetricDefinition {
    name: "lighthouse_concurrent_mean",
    title: "Accounts in Lighthouse at a time",
    unit: Unit::Count,
    better: Better::Neither,
    theme: Theme::Care,
    definition: "Mean number of accounts in Lighthouse over the days of the run.",
    compute: |view| {
        view.account_years()?;
        share(view.stays().map(|stay| days(stay, 0, view.record.horizon)).sum(), view.record.horizon as u64)
    },
};

pub(super) const LIGHTHOUSE_WEEKS_MEAN: MetricDefinition = MetricDefinition {
    name: "lighthouse_weeks_mean",
    title: "Weeks in Lighthouse",
    unit: Unit::Weeks,
    better: Better::Neither,
    theme: Theme::Care,
    definition: "Mean length of the stays in Lighthouse that ended during the run; stays still going on at the \
                 horizon do not count.",
    compute: |view| {
        let ended = || view.stays().filter(|stay| stay.end.is_some());
        let total = ended().map(|stay| days(stay, i32::MIN, view.record.horizon)).sum();
        share(total, 7 * ended().count() as u64)
    },
};

pub(super) const LIGHTHOUSE_SAVE_RATE: MetricDefinition = MetricDefinition {
    name: "lighthouse_save_rate",
    title: "Lighthouse save rate",
    unit: Unit::Fraction,
    better: Better::Higher,
    theme: Theme::Care,
    definition: "Of the stays in Lighthouse that ended during the run, the share that ended healthy or with a \
                 renewal. It flatters, since many would have recovered without: see lighthouse_causal_saves.",
    compute: |view| {
        let ends = || view.stays().filter_map(|stay| stay.end).map(|(_, end)| end);
        share(ends().filter(|&end| saved(end)).count() as u64, ends().count() as u64)
    },
};

pub(super) const LIGHTHOUSE_CAUSAL_SAVES: MetricDefinition = MetricDefinition {
    name: "lighthouse_causal_saves",
    title: "Accounts truly saved by Lighthouse",
    unit: Unit::PerHundredEntries,
    better: Better::Higher,
    theme: Theme::Care,
    definition: "Accounts that renew on the very day on which, in the same replication without Lighthouse, they first \
                 churn, for each 100 entries. Needs the run without Lighthouse.",
    compute: |view| {
        let without = view.counterfactual?;
        let churned = |account: u32| without.accounts.get(account as usize).and_then(|entry| entry.churned);
        let saves = view
            .renewals()
            .filter(|renewal| renewal.renewed > Money::ZERO && churned(renewal.account) == Some(renewal.day));
        share(100 * saves.count() as u64, entries(view))
    },
};

fn saved(end: LighthouseEnd) -> bool {
    match end {
        LighthouseEnd::Healthy | LighthouseEnd::Renewed => true,
        LighthouseEnd::Churned | LighthouseEnd::Expired => false,
    }
}

/// Returns the number of stays that began during the run.
fn entries(view: &View) -> u64 {
    view.stays().filter(|stay| stay.from.0 >= 0).count() as u64
}

/// Returns how long the stay lasted between `first` and `horizon` (days).
fn days(stay: &LighthouseRecord, first: i32, horizon: i32) -> u64 {
    let last = stay.end.map_or(horizon, |(day, _)| day.0);
    u64::try_from(last - stay.from.0.max(first)).expect("invariant: a stay ends after it began")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::Day;
    use crate::engine::record::{AccountRecord, Record};
    use crate::metrics::example::{customer, expect, expect_nothing, renewal, slice, stay, whole, year};
    use crate::metrics::view::Slice;

    /// Four stays that ended after 70, 70, 35 and 105 days, and one of 85 days at the horizon.
    fn five_stays() -> Record {
        let second = AccountRecord { program: 1, ..customer() };
        let lighthouse = vec![
            stay(0, 0, Some((70, LighthouseEnd::Healthy))),
            stay(0, 100, Some((170, LighthouseEnd::Renewed))),
            stay(1, 10, Some((45, LighthouseEnd::Churned))),
            stay(0, 175, Some((280, LighthouseEnd::Expired))),
            stay(0, 280, None),
        ];
        Record { lighthouse, ..year(vec![customer(), second]) }
    }

    #[test]
    fn stays_are_counted_and_measured() {
        let record = five_stays();
        expect("lighthouse_entries", &whole(&record), 5.0);
        expect("lighthouse_concurrent_mean", &whole(&record), 1.0);
        expect("lighthouse_weeks_mean", &whole(&record), 10.0);
        expect("lighthouse_save_rate", &whole(&record), 0.5);
        expect("lighthouse_entries", &slice(&record, Slice::Program(1)), 1.0);
        expect("lighthouse_weeks_mean", &slice(&record, Slice::Program(1)), 5.0);
        expect("lighthouse_save_rate", &slice(&record, Slice::Program(1)), 0.0);
    }

    #[test]
    fn a_stay_that_began_before_the_start_is_no_entry_but_counts_from_day_0() {
        let record = Record {
            lighthouse: vec![stay(0, -70, Some((73, LighthouseEnd::Renewed)))],
            ..year(vec![customer()])
        };
        expect("lighthouse_entries", &whole(&record), 0.0);
        expect("lighthouse_concurrent_mean", &whole(&record), 0.2);
        expect("lighthouse_weeks_mean", &whole(&record), 143.0 / 7.0);
        expect("lighthouse_save_rate", &whole(&record), 1.0);
    }

    /// Without Lighthouse accounts 0, 1 and 2 churn on days 100, 200 and 300. With it account 0 renews that day,
    /// account 1 churns all the same, and account 2 renews on another day only, having churned and come back.
    /// Account 3 renews either way, whatever Lighthouse did for it.
    #[test]
    fn only_accounts_lost_without_and_kept_with_are_saved() {
        let churned = |day| AccountRecord { churned: Some(Day(day)), ..customer() };
        let without = year(vec![churned(100), churned(200), churned(300), customer()]);
        let mut with = year(vec![customer(), churned(200), churned(300), customer()]);
        with.renewals = vec![
            renewal(0, 100, 500, 400),
            renewal(1, 200, 500, 0),
            renewal(2, 300, 500, 0),
            renewal(2, 350, 500, 500),
            renewal(3, 250, 500, 500),
        ];
        let members = [0, 1, 2, 3].map(|account| stay(account, 50, Some((90, LighthouseEnd::Healthy))));
        with.lighthouse = members.to_vec();
        let both = View { counterfactual: Some(&without), ..whole(&with) };
        expect("lighthouse_causal_saves", &both, 25.0);
        expect("lighthouse_save_rate", &both, 1.0);
    }

    #[test]
    fn causal_saves_need_the_other_run_and_entries() {
        expect_nothing("lighthouse_causal_saves", &whole(&five_stays()));
        let (with, without) = (year(vec![customer()]), year(vec![customer()]));
        expect_nothing("lighthouse_causal_saves", &View { counterfactual: Some(&without), ..whole(&with) });
    }

    #[test]
    fn nobody_leaving_means_no_rate() {
        let record = Record { lighthouse: vec![stay(0, 300, None)], ..year(vec![customer()]) };
        expect("lighthouse_entries", &whole(&record), 1.0);
        expect_nothing("lighthouse_save_rate", &whole(&record));
        expect_nothing("lighthouse_weeks_mean", &whole(&record));
    }
}
