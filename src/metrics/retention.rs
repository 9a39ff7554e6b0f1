//! Retention: how much of what was there when a window opened is still there when it closes.
//!
//! A *cohort* is the accounts under contract when the window opens, `[from, to)`.
//! It is fixed there: later arrivals never enter, and an account that leaves
//! inside the window closes at zero even if it comes back. All rates are
//! fractions; `0.85` is 85 %. `None` means there was nothing to measure.
//!
//! # Not here
//!
//! The flows of a window (new, expansion, contraction, churned) are the ledger's
//! [`Balance`](crate::renewal::ledger::Balance); no rate here is made of them.

use crate::base::money::Money;
use crate::base::stats::sum;
use crate::base::time::Day;
use crate::renewal::ledger::{Ledger, Movement};

/// One account's recurring revenue at both ends of a window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AccountWindow {
    /// When the window opens; zero for an account outside the cohort (cents).
    pub opening: Money,
    /// When it closes; zero for an account that left inside it (cents).
    pub closing: Money,
}

/// Returns every account's window `[from, to)` in the order of account numbers.
///
/// An account that churned inside the window closes at zero, though it may have returned.
#[must_use]
pub fn windows(ledger: &Ledger, from: Day, to: Day) -> Vec<AccountWindow> {
    let (opening, closing) = (ledger.book_at(from), ledger.book_at(to));
    let pair = |(opening, closing)| AccountWindow { opening, closing };
    let mut windows: Vec<AccountWindow> = opening.into_iter().zip(closing).map(pair).collect();
    for entry in ledger.entries() {
        if entry.movement == Movement::Churn && from <= entry.day && entry.day < to {
            windows[entry.account as usize].closing = Money::ZERO;
        }
    }
    windows
}

/// Returns gross revenue retention: the share of the cohort's opening revenue that is left,
/// growth ignored.
///
/// ```text
/// GRR = sum of min(closing, opening) / sum of opening
/// ```
///
/// Each account counts by itself, so one account's growth hides no other's loss, and giving up
/// growth gained inside the window costs nothing. A fraction in `[0, 1]`; `None` if the cohort
/// opened with no revenue.
/// **Source:** SaaS Metrics Standards Board, "Gross Revenue Retention".
///
/// ```
/// # use journeysim::{base::money::Money, metrics::retention::{AccountWindow, gross_revenue_retention}};
/// let grown = AccountWindow { opening: Money::from_units(400), closing: Money::from_units(900) };
/// let shrunk = AccountWindow { opening: Money::from_units(600), closing: Money::from_units(450) };
/// assert_eq!(gross_revenue_retention(&[grown, shrunk]), Some(0.85));
/// ```
#[must_use]
pub fn gross_revenue_retention(windows: &[AccountWindow]) -> Option<f64> {
    let kept = cohort(windows).map(|account| account.closing.min(account.opening)).sum();
    share(kept, opening_revenue(windows))
}

/// Returns net revenue retention: the cohort's closing revenue over its opening revenue, growth
/// and price change counted, new business never.
///
/// ```text
/// NRR = sum of closing / sum of opening
/// ```
///
/// A fraction that may exceed 1; `None` if the cohort opened with no revenue.
/// **Source:** SaaS Metrics Standards Board, "Net Revenue Retention".
#[must_use]
pub fn net_revenue_retention(windows: &[AccountWindow]) -> Option<f64> {
    share(cohort(windows).map(|account| account.closing).sum(), opening_revenue(windows))
}

/// Returns logo retention: the share of the cohort's accounts that still pay when the window
/// closes, however much.
///
/// A fraction in `[0, 1]`; `None` if the cohort is empty.
#[must_use]
pub fn logo_retention(windows: &[AccountWindow]) -> Option<f64> {
    let left = cohort(windows).filter(|account| account.closing > Money::ZERO).count();
    count_share(left as u64, cohort(windows).count() as u64)
}

/// Returns the sum of the cohort's revenue when the window opens: its weight among windows (cents).
#[must_use]
pub fn opening_revenue(windows: &[AccountWindow]) -> Money {
    windows.iter().map(|account| account.opening).sum()
}

/// Returns the mean of `rate` over successive windows, each weighted by its opening revenue.
///
/// Windows in which there was nothing to measure do not count; `None` if that is all of them.
///
/// ```
/// # use journeysim::{base::money::Money, metrics::retention::*};
/// let account = |opening, closing| AccountWindow {
///     opening: Money::from_units(opening),
///     closing: Money::from_units(closing),
/// };
/// let years = [vec![account(300, 300)], vec![account(100, 60)]];
/// assert_eq!(mean_over_windows(&years, gross_revenue_retention), Some(0.9));
/// ```
#[must_use]
pub fn mean_over_windows(
    windows: &[Vec<AccountWindow>],
    rate: impl Fn(&[AccountWindow]) -> Option<f64>,
) -> Option<f64> {
    let measured =
        windows.iter().filter_map(|window| rate(window).map(|rate| (rate, opening_revenue(window))));
    let (rates, weights): (Vec<f64>, Vec<Money>) = measured.unzip();
    let total: Money = weights.iter().copied().sum();
    if total == Money::ZERO {
        return None;
    }
    let weighted = rates.iter().zip(&weights).map(|(rate, weight)| rate * weight.cents() as f64);
    Some(sum(weighted) / total.cents() as f64)
}

/// What came up for renewal in a window and what of it renewed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Renewals {
    /// Revenue of contracts that came up (cents).
    pub revenue_up: Money,
    /// Revenue renewed, of each contract at most what came up (cents).
    pub revenue_renewed: Money,
    /// Contracts that came up.
    pub contracts_up: u64,
    /// Contracts that renewed, at whatever revenue.
    pub contracts_renewed: u64,
}

impl Renewals {
    /// Counts a contract that came up with revenue `up` and renewed at `renewed`, or not at all.
    pub fn count(&mut self, up: Money, renewed: Option<Money>) {
        self.revenue_up += up;
        self.contracts_up += 1;
        if let Some(renewed) = renewed {
            self.revenue_renewed += renewed.min(up);
            self.contracts_renewed += 1;
        }
    }

    /// Returns revenue renewed over revenue up for renewal, growth left out.
    ///
    /// A fraction in `[0, 1]`; `None` if no revenue came up.
    #[must_use]
    pub fn gross_renewal_rate(&self) -> Option<f64> {
        share(self.revenue_renewed, self.revenue_up)
    }

    /// Returns contracts renewed over contracts up for renewal.
    ///
    /// A fraction in `[0, 1]`; `None` if no contract came up.
    #[must_use]
    pub fn contract_renewal_rate(&self) -> Option<f64> {
        count_share(self.contracts_renewed, self.contracts_up)
    }
}

fn cohort(windows: &[AccountWindow]) -> impl Iterator<Item = &AccountWindow> {
    windows.iter().filter(|account| account.opening > Money::ZERO)
}

fn share(part: Money, whole: Money) -> Option<f64> {
    (whole > Money::ZERO).then(|| part.ratio_to(whole))
}

fn count_share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window((opening, closing): (i64, i64)) -> AccountWindow {
        AccountWindow { opening: Money::from_units(opening), closing: Money::from_units(closing) }
    }

    /// Worked by hand; opening and closing revenue of each account, in currency units.
    #[test]
    fn retention_of_hand_worked_cohorts() {
        type Case = (&'static str, &'static [(i64, i64)], [Option<f64>; 3]);
        #[rustfmt::skip]
        let cases: [Case; 8] = [
            // why                                (opening, closing) ...          gross, net, logo
            ("nothing moved",                     &[(200, 200), (300, 300)],      [1.0, 1.0, 1.0].map(Some)),
            ("growth lifts net alone",            &[(200, 250), (200, 200)],      [1.0, 1.125, 1.0].map(Some)),
            ("growth hides no other's loss",      &[(400, 700), (400, 100)],      [0.625, 1.0, 1.0].map(Some)),
            ("a departure costs all three",       &[(600, 600), (200, 0)],        [0.75, 0.75, 0.5].map(Some)),
            ("a late arrival is no cohort's",     &[(800, 600), (0, 5_000)],      [0.75, 0.75, 1.0].map(Some)),
            ("all left",                          &[(100, 0), (900, 0)],          [0.0, 0.0, 0.0].map(Some)),
            ("only arrivals",                     &[(0, 100)],                    [None; 3]),
            ("nobody at all",                     &[],                            [None; 3]),
        ];
        for (why, accounts, [grr, nrr, logo]) in cases {
            let cohort: Vec<_> = accounts.iter().copied().map(window).collect();
            assert_eq!(gross_revenue_retention(&cohort), grr, "gross: {why}");
            assert_eq!(net_revenue_retention(&cohort), nrr, "net: {why}");
            assert_eq!(logo_retention(&cohort), logo, "logo: {why}");
        }
    }

    #[test]
    fn windows_out_of_a_ledger_are_half_open_and_returns_count_as_gone() {
        let opening = [1_000, 1_000, 1_000, 0].map(Money::from_units).to_vec();
        let mut ledger = Ledger::open(opening).unwrap();
        ledger.settle(Day(9), 0, Money::from_units(1_200)).unwrap();
        ledger.settle(Day(10), 0, Money::from_units(900)).unwrap();
        ledger.settle(Day(15), 1, Money::ZERO).unwrap();
        ledger.settle(Day(16), 1, Money::from_units(4_000)).unwrap();
        ledger.settle(Day(17), 3, Money::from_units(700)).unwrap();
        ledger.settle(Day(20), 2, Money::ZERO).unwrap();
        let found = windows(&ledger, Day(10), Day(20));
        // Account 0's cut on the first day is inside, account 2's departure on the day after is not.
        assert_eq!(found, [(1_200, 900), (1_000, 0), (1_000, 1_000), (0, 700)].map(window));
        let after = windows(&ledger, Day(20), Day(30));
        assert_eq!(after, [(900, 900), (4_000, 4_000), (1_000, 0), (700, 700)].map(window));
    }

    #[test]
    fn windows_weigh_by_their_opening_revenue() {
        let years = [vec![window((900, 900))], vec![], vec![window((0, 10))], vec![window((300, 100))]];
        // 1.0 weighs 900 and 1/3 weighs 300; the two empty windows weigh nothing.
        let mean = mean_over_windows(&years, gross_revenue_retention).unwrap();
        assert!((mean - 1_000.0 / 1_200.0).abs() < 1e-15);
        assert_eq!(mean_over_windows(&years[1..3], gross_revenue_retention), None);
    }

    #[test]
    fn renewal_rates_leave_growth_out() {
        let mut renewals = Renewals::default();
        assert_eq!((renewals.gross_renewal_rate(), renewals.contract_renewal_rate()), (None, None));
        for (up, renewed) in [(400, Some(600)), (400, Some(200)), (200, None), (600, Some(600))] {
            renewals.count(Money::from_units(up), renewed.map(Money::from_units));
        }
        assert_eq!(renewals.gross_renewal_rate(), Some(0.75), "1,200 of 1,600");
        assert_eq!(renewals.contract_renewal_rate(), Some(0.75), "3 of 4");
    }
}
