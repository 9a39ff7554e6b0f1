//! Who does the work: how much of it there is, and whether there are enough advisors.

use crate::base::stats::{Better, sum};
use crate::engine::record::Record;
use crate::metrics::definition::{MetricDefinition, Theme, Unit};
use crate::metrics::view::{DAYS_A_YEAR, Slice};

pub(super) const ADVISOR_HOURS_PER_ACCOUNT_YEAR: MetricDefinition = MetricDefinition {
    name: "advisor_hours_per_account_year",
    title: "Advisor hours for an account",
    unit: Unit::HoursPerAccountYear,
    better: Better::Lower,
    theme: Theme::Capacity,
    definition: "Hours that advisors worked (touchpoints with preparation and follow-up, assessments, Lighthouse, \
                 watching over accounts) for each year of 365 days of an account under contract. The whole book, and \
                 a program, also carry the upkeep of the automated program, which no segment or cohort causes.",
    compute: |view| view.account_years().map(|years| view.advisor_hours() / years),
};

pub(super) const ADVISOR_UTILIZATION: MetricDefinition = MetricDefinition {
    name: "advisor_utilization",
    title: "Advisor utilization",
    unit: Unit::Fraction,
    better: Better::Neither,
    theme: Theme::Capacity,
    definition: "Busy minutes of the advisors (calls, requests, plans, watching over accounts, upkeep) over the minutes \
                 for customers that they were there. Of all pools together; no segment or cohort has advisors of its own.",
    compute: |view| {
        let pools = view.pools().filter(|_| view.slice() == Slice::All)?;
        let staffed = sum(pools.iter().map(|pool| pool.staffed));
        (staffed > 0.0).then(|| sum(pools.iter().map(|pool| pool.busy)) / staffed)
    },
};

pub(super) const WAIT_HOURS_MEAN: MetricDefinition = MetricDefinition {
    name: "wait_hours_mean",
    title: "Mean wait for an advisor",
    unit: Unit::Hours,
    better: Better::Lower,
    theme: Theme::Capacity,
    definition: "Mean of the working hours of the pool that a call, request or plan waits until an advisor begins; what \
                 is never begun does not count.",
    compute: |view| {
        let waits = view.wait_hours()?;
        (!waits.is_empty()).then(|| sum(waits.iter().copied()) / waits.len() as f64)
    },
};

pub(super) const WAIT_HOURS_P95: MetricDefinition = MetricDefinition {
    name: "wait_hours_p95",
    title: "Wait for an advisor, 95th percentile",
    definition: "Working hours that 95 % of the calls, requests and plans wait for an advisor at most.",
    compute: |view| quantile_95(view.wait_hours()?),
    ..WAIT_HOURS_MEAN
};

pub(super) const RESPONSE_WITHIN_48H: MetricDefinition = MetricDefinition {
    name: "response_within_48h",
    title: "Requests answered within 48 hours",
    unit: Unit::Fraction,
    better: Better::Higher,
    theme: Theme::Capacity,
    definition: "Share of inbound requests answered within 48 hours by the clock, nights and weekends included; a request \
                 that is dropped was not answered, and one that still waits at the end does not count.",
    compute: |view| {
        view.pools()?;
        view.share(|account| account.answered_in_time, |account| account.requests)
    },
};

pub(super) const BACKLOG_HOURS_P95: MetricDefinition = MetricDefinition {
    name: "backlog_hours_p95",
    title: "Backlog, 95th percentile",
    unit: Unit::Hours,
    better: Better::Lower,
    theme: Theme::Capacity,
    definition: "Hours of work that was due and not begun, as it stood on Monday mornings, which 95 % of the weeks do not \
                 exceed. Of all pools together.",
    compute: |view| {
        view.pools().filter(|_| view.slice() == Slice::All)?;
        quantile_95(view.record.weeks.iter().map(|week| week.backlog / 60.0).collect())
    },
};

pub(super) const SAME_ADVISOR_SHARE: MetricDefinition = MetricDefinition {
    name: "same_advisor_share",
    title: "Touches by the same advisor as before",
    unit: Unit::Fraction,
    better: Better::Higher,
    theme: Theme::Capacity,
    definition: "Share of advisors' touches held by the advisor who held the account's previous one; an account's \
                 first touch does not count.",
    compute: |view| {
        view.pools()?;
        view.share(|account| account.same_advisor, |account| account.touches)
    },
};

/// Returns the smallest of `values` that 95 % of them do not exceed.
fn quantile_95(mut values: Vec<f64>) -> Option<f64> {
    let place = (0.95 * values.len() as f64).ceil() as usize;
    (!values.is_empty()).then(|| *values.select_nth_unstable_by(place.max(1) - 1, f64::total_cmp).1)
}

/// Advisor hours of one kind of work.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HoursOf<'a> {
    /// Name of the touchpoint; [`None`]: assessments, Lighthouse, watching and upkeep, which are no touchpoints.
    pub touchpoint: Option<&'a str>,
    /// Hours for each year of 365 days of an account under contract, of the whole book.
    pub hours: f64,
}

/// Returns `advisor_hours_per_account_year` of the whole book by kind of touchpoint, or [`None`] where no account was
/// under contract.
///
/// `names` are the touchpoints' names by program, in the order of [`Record::touches`]; a name that several programs
/// use is one kind. Kinds come in the order of their first appearance, other work last: together they are the metric, up to rounding.
///
/// # Panics
///
/// If a program or touchpoint of the record has no name.
#[must_use]
pub fn hours_by_touchpoint<'a>(record: &Record, names: &[Vec<&'a str>]) -> Option<Vec<HoursOf<'a>>> {
    let mut kinds: Vec<(&str, f64)> = Vec::new();
    for (program, touches) in record.touches.iter().enumerate() {
        for (plan, touch) in touches.iter().enumerate() {
            let name = names[program][plan];
            match kinds.iter_mut().find(|(known, _)| *known == name) {
                Some((_, minutes)) => *minutes += touch.minutes,
                None => kinds.push((name, touch.minutes)),
            }
        }
    }
    let days: u64 = record.accounts.iter().map(|account| u64::from(account.days)).sum();
    let years = (days > 0).then_some(days as f64 / DAYS_A_YEAR)?;
    let work = record.accounts.iter().map(|account| account.minutes);
    let all = sum(work.chain(record.upkeep_minutes.iter().copied()));
    // Rounding alone must not make this a little less than nothing.
    let other = (all - sum(kinds.iter().map(|&(_, minutes)| minutes))).max(0.0);
    let named = kinds.into_iter().map(|(name, minutes)| (Some(name), minutes));
    let hours = |(touchpoint, minutes)| HoursOf { touchpoint, hours: minutes / 60.0 / years };
    Some(named.chain([(None, other)]).map(hours).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::Day;
    use crate::engine::record::{AccountRecord, PoolRecord, TouchCount, Wait, WaitedFor};
    use crate::metrics::example::{customer, expect, expect_nothing, slice, whole, year};

    /// Three account-years: 18 hours for the account of program 0 in two years, 12 for that of program 1 in one.
    fn thirty_hours() -> Record {
        let first = AccountRecord { days: 730, minutes: 1_080.0, ..customer() };
        let second = AccountRecord { program: 1, minutes: 720.0, ..customer() };
        year(vec![first, second])
    }

    #[test]
    fn hours_are_spread_over_account_years() {
        let record = thirty_hours();
        expect("advisor_hours_per_account_year", &whole(&record), 10.0);
        expect("advisor_hours_per_account_year", &slice(&record, Slice::Program(0)), 9.0);
        expect("advisor_hours_per_account_year", &slice(&record, Slice::Program(1)), 12.0);
        let lost = year(vec![AccountRecord { days: 0, minutes: 30.0, ..customer() }]);
        expect_nothing("advisor_hours_per_account_year", &whole(&lost));
    }

    /// Program 0 is kept up in 3 hours over its two account-years, program 1 in 6 over its one.
    #[test]
    fn upkeep_counts_for_the_book_and_its_program_and_for_no_segment() {
        let mut record = thirty_hours();
        record.upkeep_minutes = vec![180.0, 360.0];
        expect("advisor_hours_per_account_year", &whole(&record), 13.0);
        expect("advisor_hours_per_account_year", &slice(&record, Slice::Program(0)), 10.5);
        expect("advisor_hours_per_account_year", &slice(&record, Slice::Program(1)), 18.0);
        let segment = record.accounts[0].segment;
        expect("advisor_hours_per_account_year", &slice(&record, Slice::Segment(segment)), 10.0);
    }

    #[test]
    fn hours_by_touchpoint_add_up_to_all_hours() {
        let touch = |minutes| TouchCount { minutes, ..TouchCount::default() };
        let mut record = thirty_hours();
        record.touches = vec![vec![touch(360.0), touch(0.0)], vec![touch(540.0), touch(180.0)]];
        record.upkeep_minutes = vec![180.0];
        let names = [vec!["kickoff", "recap"], vec!["review", "kickoff"]];
        let kinds = hours_by_touchpoint(&record, &names).unwrap();
        let found: Vec<_> = kinds.iter().map(|kind| (kind.touchpoint, kind.hours)).collect();
        let expected = [(Some("kickoff"), 3.0), (Some("recap"), 0.0), (Some("review"), 3.0), (None, 5.0)];
        assert_eq!(found, expected);
        expect("advisor_hours_per_account_year", &whole(&record), kinds.iter().map(|kind| kind.hours).sum());
        assert_eq!(hours_by_touchpoint(&Record::default(), &[]), None);
    }

    /// Three waits of one account and one of another; two pools, one of which is busy for half of its time.
    #[test]
    fn waits_and_hours_of_hand_worked_pools() {
        let first =
            AccountRecord { requests: 4, answered_in_time: 3, touches: 10, same_advisor: 4, ..customer() };
        let second = AccountRecord { program: 1, ..customer() };
        let mut record = year(vec![first, second]);
        let wait = |account, hours: u32| Wait {
            account,
            seconds: hours * 3_600,
            day: Day(0),
            kind: WaitedFor::Assessment,
        };
        record.waits = vec![wait(0, 1), wait(0, 2), wait(1, 9), wait(0, 0)];
        let pool = |busy, staffed| PoolRecord { busy, staffed, ..PoolRecord::default() };
        record.pools = vec![pool(3_600.0, 7_200.0), pool(3_600.0, 3_600.0)];
        let all = whole(&record);
        expect("wait_hours_mean", &all, 3.0);
        expect("wait_hours_p95", &all, 9.0);
        expect("wait_hours_mean", &slice(&record, Slice::Program(0)), 1.0);
        expect("advisor_utilization", &all, 2.0 / 3.0);
        expect("response_within_48h", &all, 0.75);
        expect("same_advisor_share", &all, 0.4);
        expect_nothing("response_within_48h", &slice(&record, Slice::Program(1)));
        expect_nothing("advisor_utilization", &slice(&record, Slice::Program(1)));
    }

    #[test]
    fn a_record_without_a_pool_says_nothing_about_queues() {
        let record = thirty_hours();
        let queues = [
            "advisor_utilization",
            "wait_hours_mean",
            "wait_hours_p95",
            "response_within_48h",
            "backlog_hours_p95",
            "same_advisor_share",
        ];
        for name in queues {
            expect_nothing(name, &whole(&record));
        }
    }
}
