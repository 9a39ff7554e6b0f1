//! The record of a run as if it had begun on the day of a change: what the arms of a roll-out are measured by.
//!
//! Until that day both arms are under the same rules, which would only water down what the change does. So nothing of it
//! counts: what was counted by then is taken off, windows of 12 months that were open already are left out, the ledger
//! opens with what stands, and days are counted from the day of the change. Retention stays with the program that held
//! the account when the window opened; who comes under a change inside a window is therefore counted from the next.
//!
//! What the pools did is not parted: it is done for both arms.

use crate::base::time::Day;
use crate::engine::record::{
    AccountRecord, Before, LighthouseRecord, Record, RenewalRecord, Wait, WeekRecord, WindowRecord,
};

/// Returns the record since the day of `before`.
#[must_use]
pub fn since(record: &Record, before: &Before) -> Record {
    let from = before.day;
    let shifted = |day: Day| Day(day - from);
    let accounts = record.accounts.iter().zip(&before.accounts);
    let windows = record.windows.iter().filter(|entry| entry.window >= before.windows);
    let renewals = record.renewals.iter().filter(|renewal| renewal.day >= from);
    let stays = record.lighthouse.iter().filter(|stay| stay.end.is_none_or(|(day, _)| day >= from));
    Record {
        horizon: record.horizon - from.0,
        opening_accounts: record.opening_accounts,
        accounts: accounts.map(|(now, then)| rest(now, then, from)).collect(),
        before: Vec::new(),
        windows: windows
            .map(|entry| WindowRecord { window: entry.window - before.windows, ..*entry })
            .collect(),
        window_count: record.window_count - before.windows,
        renewals: renewals.map(|it| RenewalRecord { day: shifted(it.day), ..*it }).collect(),
        ledger: record.ledger.since(from),
        closing: record.closing,
        lighthouse: stays
            .map(|stay| LighthouseRecord {
                from: shifted(stay.from),
                presented: stay.presented.map(shifted),
                led: stay.led.map(|(day, who)| (shifted(day), who)),
                end: stay.end.map(|(day, how)| (shifted(day), how)),
                ..*stay
            })
            .collect(),
        weeks: record
            .weeks
            .iter()
            .filter(|week| week.day >= from)
            .map(|week| WeekRecord { day: shifted(week.day), ..*week })
            .collect(),
        touches: record.touches.clone(),
        upkeep_minutes: record.upkeep_minutes.clone(),
        pools: record.pools.clone(),
        waits: record
            .waits
            .iter()
            .filter(|wait| wait.day >= from)
            .map(|wait| Wait { day: shifted(wait.day), ..*wait })
            .collect(),
        events: record.events,
        // Luck is taken out of means of all customers, not of an arm's.
        chances: Vec::new(),
        log: Vec::new(),
    }
}

/// Returns what an account did between the day `from`, by which it had done `then`, and the horizon.
fn rest(now: &AccountRecord, then: &AccountRecord, from: Day) -> AccountRecord {
    let shifted = |day: Day| Day(day - from);
    let still_to_come = |day: Option<Day>| day.filter(|&day| day >= from).map(shifted);
    AccountRecord {
        minutes: now.minutes - then.minutes,
        due: now.due - then.due,
        done: now.done - then.done,
        late: now.late - then.late,
        dropped: now.dropped - then.dropped,
        degraded: now.degraded - then.degraded,
        rescheduled: now.rescheduled - then.rescheduled,
        surveys: now.surveys - then.surveys,
        answers: now.answers - then.answers,
        help_asked: now.help_asked - then.help_asked,
        requests: now.requests - then.requests,
        answered_in_time: now.answered_in_time - then.answered_in_time,
        touches: now.touches - then.touches,
        same_advisor: now.same_advisor - then.same_advisor,
        first_segment: now.first_segment,
        segment: now.segment,
        program: now.program,
        concerned: now.concerned,
        treated: now.treated,
        opened: now.opened,
        cohort: now.cohort,
        close: shifted(now.close),
        stage_days: std::array::from_fn(|stage| now.stage_days[stage] - then.stage_days[stage]),
        band_days: std::array::from_fn(|band| now.band_days[band] - then.band_days[band]),
        days: now.days - then.days,
        months: now.months - then.months,
        months_utilization_healthy: now.months_utilization_healthy - then.months_utilization_healthy,
        usage_months: now.usage_months - then.usage_months,
        months_usage_healthy: now.months_usage_healthy - then.months_usage_healthy,
        utilization_sum: now.utilization_sum - then.utilization_sum,
        usage_sum: now.usage_sum - then.usage_sum,
        goal: now.goal.filter(|_| then.goal.is_none()),
        nurturing: still_to_come(now.nurturing),
        churned: still_to_come(now.churned),
        transfers: now.transfers - then.transfers,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::money::Money;
    use crate::metrics::example::{customer, expect, expect_nothing, ledger, renewal, whole, window, year};
    use crate::metrics::view::View;
    use crate::renewal::ledger::Ledger;

    /// A run of two years that changes on day 365. One customer pays 100 all the time; one grew from 300 to 400 before
    /// that day and leaves after it; one signs for 50 after it.
    fn two_years() -> Record {
        let counted = |days, due| AccountRecord { days, due, close: Day(-30), ..customer() };
        let mut ledger: Ledger = ledger([100, 300]);
        for (day, account, level) in [(200, 1, 400), (500, 1, 0), (600, 2, 50)] {
            ledger.settle(Day(day), account, Money::from_units(level)).unwrap();
        }
        Record {
            horizon: 730,
            before: vec![Before {
                day: Day(365),
                windows: 1,
                accounts: vec![counted(365, 10), counted(365, 4), AccountRecord { days: 0, ..customer() }],
            }],
            windows: vec![
                window(0, 0, 100, 100),
                window(1, 0, 300, 400),
                window(0, 1, 100, 100),
                window(1, 1, 400, 0),
            ],
            window_count: 2,
            renewals: vec![renewal(1, 200, 300, 300), renewal(1, 500, 400, 0)],
            ledger,
            accounts: vec![
                counted(730, 12),
                AccountRecord { churned: Some(Day(500)), ..counted(500, 4) },
                AccountRecord { close: Day(600), days: 130, ..customer() },
            ],
            ..year(Vec::new())
        }
    }

    #[test]
    fn what_was_before_the_change_is_taken_off() {
        let whole_run = two_years();
        let since = since(&whole_run, &whole_run.before[0]);
        let view: View<'_> = whole(&since);
        expect("opening_arr", &view, 500.0);
        expect("new_arr", &view, 50.0);
        expect("expansion_arr", &view, 0.0);
        expect("churned_arr", &view, 400.0);
        expect("closing_arr", &view, 150.0);
        expect("gross_revenue_retention", &view, 0.2);
        expect("gross_renewal_rate", &view, 0.0);
        expect("touchpoints_due", &view, 2.0 / (365.0 + 135.0 + 130.0) * 365.0);
        assert_eq!((since.horizon, since.accounts[1].churned), (365, Some(Day(135))));
        assert_eq!(since.accounts[0].close, Day(-395));
    }

    #[test]
    fn without_a_whole_window_there_is_no_retention() {
        let record = two_years();
        let late = Before { day: Day(366), windows: 2, ..record.before[0].clone() };
        expect_nothing("gross_revenue_retention", &whole(&since(&record, &late)));
    }

    #[test]
    fn a_change_on_the_first_day_leaves_the_record_as_it_is() {
        let record = two_years();
        let nothing = AccountRecord { days: 0, ..customer() };
        let before = Before { day: Day(0), windows: 0, accounts: vec![nothing; 3] };
        let since = since(&record, &before);
        assert_eq!(
            (since.accounts, since.windows, since.renewals),
            (record.accounts, record.windows, record.renewals)
        );
        assert_eq!(since.ledger.entries(), record.ledger.entries());
        assert_eq!(since.ledger.balance(), record.ledger.balance());
    }
}
