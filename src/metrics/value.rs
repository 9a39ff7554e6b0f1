//! What it is worth: recurring revenue against the advisors' time.

use crate::base::money::Money;
use crate::base::stats::{Better, sum};
use crate::base::time::Day;
use crate::metrics::definition::{MetricDefinition, Theme, Unit};
use crate::metrics::retention::windows;
use crate::metrics::view::{DAYS_A_YEAR, Slice, View};

pub(super) const NET_VALUE: MetricDefinition = MetricDefinition {
    name: "net_value",
    title: "Margin less the cost of advisors",
    unit: Unit::Money,
    better: Better::Higher,
    theme: Theme::Value,
    definition: "Margin on the recurring revenue earned day by day over the run (a year has 365 days) minus the cost of \
                 advisors: of the time they are employed where there are pools, else, and for every slice of the book, \
                 of the hours they worked; margin, cost and yearly hours of an advisor are the scenario's. \
                 First-time business is the same under every variant, so a difference is what was retained and \
                 expanded.",
    compute: |view| {
        view.account_years()?;
        let staff = view.pools().filter(|_| view.slice() == Slice::All);
        let cost = match staff {
            Some(pools) => {
                sum(pools.iter().map(|pool| pool.advisor_days)) / DAYS_A_YEAR * view.worth.advisor_cost
            }
            None => view.advisor_hours() * view.worth.cost_of_an_hour(),
        };
        Some(view.worth.margin * earned(view) - cost)
    },
};

pub(super) const NET_REVENUE_PER_ADVISOR_HOUR: MetricDefinition = MetricDefinition {
    name: "net_revenue_per_advisor_hour",
    title: "Net recurring revenue for an advisor hour",
    unit: Unit::MoneyPerHour,
    better: Better::Higher,
    theme: Theme::Value,
    definition: "Closing minus opening recurring revenue, over the whole run, of the accounts under contract at its \
                 start, divided by the hours advisors worked for them; an account that churned closes with nothing, \
                 even if it returned. A difference between variants is what it is for.",
    compute: |view| {
        let record = view.record;
        let change = (0..).zip(windows(&record.ledger, Day(0), Day(record.horizon)));
        let cohort: Vec<(Money, f64)> = change
            .filter(|&(account, window)| view.includes(account) && window.opening > Money::ZERO)
            .map(|(account, window)| {
                (window.closing - window.opening, record.accounts[account as usize].minutes)
            })
            .collect();
        let change: Money = cohort.iter().map(|&(change, _)| change).sum();
        let hours = sum(cohort.iter().map(|&(_, minutes)| minutes)) / 60.0;
        (hours > 0.0).then(|| change.cents() as f64 / 100.0 / hours)
    },
};

/// Returns the recurring revenue earned between the start and the horizon [currency units].
///
/// What an account brings in a year is earned in equal parts on each day from the one it takes effect on.
fn earned(view: &View) -> f64 {
    let ledger = &view.record.ledger;
    let horizon = Day(view.record.horizon);
    let cent_days = |arr: Money, from: Day| i128::from(arr.cents()) * i128::from(horizon - from);
    let opening = (0..).zip(ledger.book_at(Day(0))).filter(|&(account, _)| view.includes(account));
    let entries = ledger.entries().iter().filter(|entry| view.includes(entry.account) && entry.day < horizon);
    let total = opening.map(|(_, arr)| cent_days(arr, Day(0))).sum::<i128>()
        + entries.map(|entry| cent_days(entry.signed(), entry.day)).sum::<i128>();
    total as f64 / 100.0 / DAYS_A_YEAR
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::record::{AccountRecord, Record};
    use crate::metrics::example::{customer, expect, expect_nothing, ledger, slice, whole, year};
    use crate::metrics::view::Slice;

    /// Two accounts at 3,650 a year, 10 a day. Account 0 doubles 100 days before the horizon, account 1, of another
    /// program, leaves 200 days before it. An hour was worked for the first and three for the second.
    fn two_accounts() -> Record {
        let first = AccountRecord { minutes: 60.0, ..customer() };
        let second = AccountRecord { minutes: 180.0, program: 1, churned: Some(Day(165)), ..customer() };
        let mut record = year(vec![first, second]);
        record.ledger = ledger([3_650, 3_650]);
        record.ledger.settle(Day(265), 0, Money::from_units(7_300)).unwrap();
        record.ledger.settle(Day(165), 1, Money::ZERO).unwrap();
        record
    }

    /// At a margin of 80 % and 200 an hour: 0.8 · (3,650 + 1,000 + 3,650 - 2,000) - 4 · 200.
    #[test]
    fn what_is_earned_day_by_day_pays_for_the_advisors() {
        let record = two_accounts();
        expect("net_value", &whole(&record), 0.8 * 6_300.0 - 800.0);
        expect("net_value", &slice(&record, Slice::Program(0)), 0.8 * 4_650.0 - 200.0);
        expect("net_value", &slice(&record, Slice::Program(1)), 0.8 * 1_650.0 - 600.0);
    }

    #[test]
    fn a_movement_booked_for_a_day_after_the_horizon_has_earned_nothing() {
        let mut record = year(vec![customer()]);
        record.ledger = ledger([1_000]);
        record.ledger.settle(Day(380), 0, Money::ZERO).unwrap();
        expect("net_value", &whole(&record), 800.0);
    }

    /// Account 0 gains 3,650 in an hour, account 1 loses as much in three; new business and its hours do not count.
    #[test]
    fn revenue_per_hour_is_that_of_the_accounts_under_contract_at_the_start() {
        let mut record = two_accounts();
        record.accounts.push(AccountRecord { minutes: 600.0, ..customer() });
        record.ledger.settle(Day(10), 2, Money::from_units(5_000)).unwrap();
        expect("net_revenue_per_advisor_hour", &whole(&record), 0.0);
        expect("net_revenue_per_advisor_hour", &slice(&record, Slice::Program(1)), -3_650.0 / 3.0);
        expect("net_revenue_per_advisor_hour", &slice(&record, Slice::Program(0)), 3_650.0);
    }

    #[test]
    fn an_account_that_returned_closes_with_nothing() {
        let mut record = two_accounts();
        record.ledger.settle(Day(300), 1, Money::from_units(9_000)).unwrap();
        expect("net_revenue_per_advisor_hour", &slice(&record, Slice::Program(1)), -3_650.0 / 3.0);
    }

    #[test]
    fn without_work_there_is_no_revenue_for_an_hour() {
        let mut record = year(vec![customer()]);
        record.ledger = ledger([1_000]);
        expect_nothing("net_revenue_per_advisor_hour", &whole(&record));
    }
}
