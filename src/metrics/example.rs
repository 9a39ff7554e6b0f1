//! Small records made by hand, for the tests of metrics.

use crate::base::money::Money;
use crate::base::time::Day;
use crate::engine::record::{
    AccountRecord, LighthouseEnd, LighthouseRecord, Record, RenewalRecord, WindowRecord,
};
use crate::metrics::view::{Members, Slice, View, Worth};
use crate::population::segment::Segment;
use crate::program::touchpoint::Color;
use crate::renewal::ledger::Ledger;

/// A currency unit earns 80 cents; an advisor's hour costs 200.
pub const WORTH: Worth = Worth { margin: 0.8, advisor_cost: 200_000.0, advisor_hours: 1_000.0 };

/// A customer of program 0 since day 0, one year under contract, to whom nothing happened.
pub fn customer() -> AccountRecord {
    AccountRecord {
        first_segment: Segment::Smb,
        segment: Segment::Smb,
        program: 0,
        concerned: 0,
        treated: 0,
        opened: false,
        cohort: 8_096,
        close: Day(0),
        stage_days: [0; 5],
        band_days: [0; 3],
        days: 365,
        months: 0,
        months_utilization_healthy: 0,
        usage_months: 0,
        months_usage_healthy: 0,
        utilization_sum: 0.0,
        usage_sum: 0.0,
        goal: None,
        nurturing: None,
        churned: None,
        minutes: 0.0,
        due: 0,
        done: 0,
        late: 0,
        dropped: 0,
        degraded: 0,
        surveys: 0,
        rescheduled: 0,
        answers: 0,
        help_asked: 0,
        transfers: 0,
        requests: 0,
        answered_in_time: 0,
        touches: 0,
        same_advisor: 0,
    }
}

/// A year of these accounts.
pub fn year(accounts: Vec<AccountRecord>) -> Record {
    Record { horizon: 365, accounts, ..Record::default() }
}

/// A ledger that opens with these amounts, in currency units.
pub fn ledger<const N: usize>(amounts: [i64; N]) -> Ledger {
    Ledger::open(amounts.map(Money::from_units).to_vec()).unwrap()
}

/// A renewal in currency units; nothing renewed is churn.
pub fn renewal(account: u32, day: i32, up: i64, renewed: i64) -> RenewalRecord {
    RenewalRecord {
        account,
        day: Day(day),
        up: Money::from_units(up),
        renewed: Money::from_units(renewed),
        band: Color::Green,
        rating: None,
        lighthouse: false,
        churn_odds: 0.1,
    }
}

/// An account of program 0 at both ends of a window, in currency units.
pub fn window(account: u32, window: u16, opening: i64, closing: i64) -> WindowRecord {
    WindowRecord {
        account,
        window,
        program: 0,
        segment: Segment::Smb,
        opening: Money::from_units(opening),
        closing: Money::from_units(closing),
    }
}

/// A stay in Lighthouse, still going on if it has no end.
pub fn stay(account: u32, from: i32, end: Option<(i32, LighthouseEnd)>) -> LighthouseRecord {
    let stay = LighthouseRecord::new(account, Day(from));
    LighthouseRecord { end: end.map(|(day, end)| (Day(day), end)), ..stay }
}

/// The whole of `record`.
pub fn whole(record: &Record) -> View<'_> {
    View { record, counterfactual: None, worth: WORTH, members: None }
}

/// A slice of `record`; its members live as long as the test.
pub fn slice(record: &Record, slice: Slice) -> View<'_> {
    View { members: Some(Box::leak(Box::new(Members::of(slice, record)))), ..whole(record) }
}

/// The metric named `name` of `view`.
pub fn metric(name: &str, view: &View) -> Option<f64> {
    (super::find(name).unwrap_or_else(|| panic!("no metric is called {name}")).compute)(view)
}

/// Asserts that the metric named `name` of `view` is `expected`, up to rounding.
#[track_caller]
pub fn expect(name: &str, view: &View, expected: f64) {
    let found = metric(name, view);
    let near = |found: f64| (found - expected).abs() <= 1e-12 * expected.abs().max(1.0);
    assert!(found.is_some_and(near), "{name} is {found:?} instead of {expected}");
}

/// Asserts that the metric named `name` has nothing to measure in `view`.
#[track_caller]
pub fn expect_nothing(name: &str, view: &View) {
    assert_eq!(metric(name, view), None, "{name}");
}
