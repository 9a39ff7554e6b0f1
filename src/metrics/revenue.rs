//! Retention, renewals, and the flows of recurring revenue.
//!
//! Rates are `retention`'s; here they meet the record. Flows are the ledger's: for a slice they are summed over its
//! accounts, so that slices add up to the whole and the equation of the ledger holds in each.

use crate::base::money::Money;
use crate::base::stats::Better;
use crate::base::time::Day;
use crate::metrics::definition::{MetricDefinition, Theme, Unit};
use crate::metrics::retention::{self, Renewals, mean_over_windows};
use crate::metrics::view::View;
use crate::renewal::ledger::{Balance, Movement};

pub(super) const GROSS_REVENUE_RETENTION: MetricDefinition = MetricDefinition {
    name: "gross_revenue_retention",
    title: "Gross revenue retention",
    unit: Unit::Fraction,
    better: Better::Higher,
    theme: Theme::Retention,
    definition: "Of the recurring revenue under contract when a window of 12 calendar months opens, the share still \
                 there when it closes: each account counts with the lesser of its closing and its opening revenue, \
                 and with nothing if it churned inside the window, even if it returned. Whole windows from the \
                 start, averaged with their opening revenue as weight; segment and program are those at the opening.",
    compute: |view| mean_over_windows(&view.windows(), retention::gross_revenue_retention),
};

pub(super) const NET_REVENUE_RETENTION: MetricDefinition = MetricDefinition {
    name: "net_revenue_retention",
    title: "Net revenue retention",
    unit: Unit::Fraction,
    better: Better::Higher,
    theme: Theme::Retention,
    definition: "Closing recurring revenue over opening recurring revenue of the accounts under contract when a \
                 window of 12 calendar months opens: expansion and price change count, new business never. Whole \
                 windows from the start, averaged with their opening revenue as weight.",
    compute: |view| mean_over_windows(&view.windows(), retention::net_revenue_retention),
};

pub(super) const LOGO_RETENTION: MetricDefinition = MetricDefinition {
    name: "logo_retention",
    title: "Logo retention",
    unit: Unit::Fraction,
    better: Better::Higher,
    theme: Theme::Retention,
    definition: "Of the accounts under contract when a window of 12 calendar months opens, the share that did not \
                 churn inside it. Whole windows from the start, averaged with their opening revenue as weight.",
    compute: |view| mean_over_windows(&view.windows(), retention::logo_retention),
};

pub(super) const GROSS_RENEWAL_RATE: MetricDefinition = MetricDefinition {
    name: "gross_renewal_rate",
    title: "Gross renewal rate",
    unit: Unit::Fraction,
    better: Better::Higher,
    theme: Theme::Retention,
    definition: "Recurring revenue renewed over recurring revenue up for renewal during the run; of each contract at \
                 most what came up counts as renewed.",
    compute: |view| renewals(view).gross_renewal_rate(),
};

pub(super) const CONTRACT_RENEWAL_RATE: MetricDefinition = MetricDefinition {
    name: "contract_renewal_rate",
    title: "Contract renewal rate",
    unit: Unit::Fraction,
    better: Better::Higher,
    theme: Theme::Retention,
    definition: "Contracts renewed, at whatever revenue, over contracts up for renewal during the run.",
    compute: |view| renewals(view).contract_renewal_rate(),
};

pub(super) const OPENING_ARR: MetricDefinition = MetricDefinition {
    name: "opening_arr",
    title: "Opening recurring revenue",
    unit: Unit::Money,
    better: Better::Neither,
    theme: Theme::Revenue,
    definition: "Annualised recurring revenue under contract when the run starts.",
    compute: |view| flow(view, |balance| balance.opening),
};

pub(super) const CLOSING_ARR: MetricDefinition = MetricDefinition {
    name: "closing_arr",
    title: "Closing recurring revenue",
    unit: Unit::Money,
    better: Better::Higher,
    theme: Theme::Revenue,
    definition: "Annualised recurring revenue under contract at the horizon: opening + new + expansion - contraction \
                 - churned.",
    compute: |view| flow(view, |balance| balance.closing),
};

pub(super) const NEW_ARR: MetricDefinition = MetricDefinition {
    name: "new_arr",
    title: "New recurring revenue",
    unit: Unit::Money,
    better: Better::Higher,
    theme: Theme::Revenue,
    definition: "Annualised recurring revenue of accounts that signed during the run, first-time or returning.",
    compute: |view| flow(view, |balance| balance.new),
};

pub(super) const EXPANSION_ARR: MetricDefinition = MetricDefinition {
    name: "expansion_arr",
    title: "Expansion",
    unit: Unit::Money,
    better: Better::Higher,
    theme: Theme::Revenue,
    definition: "Sum of the increases in annualised recurring revenue of accounts that stayed; at a renewal only the \
                 net change of the account counts.",
    compute: |view| flow(view, |balance| balance.expansion),
};

pub(super) const CONTRACTION_ARR: MetricDefinition = MetricDefinition {
    name: "contraction_arr",
    title: "Contraction",
    unit: Unit::Money,
    better: Better::Lower,
    theme: Theme::Revenue,
    definition: "Sum of the decreases in annualised recurring revenue of accounts that stayed; at a renewal only the \
                 net change of the account counts.",
    compute: |view| flow(view, |balance| balance.contraction),
};

pub(super) const CHURNED_ARR: MetricDefinition = MetricDefinition {
    name: "churned_arr",
    title: "Churned recurring revenue",
    unit: Unit::Money,
    better: Better::Lower,
    theme: Theme::Revenue,
    definition: "Annualised recurring revenue that left with the accounts that churned during the run.",
    compute: |view| flow(view, |balance| balance.churned),
};

fn renewals(view: &View) -> Renewals {
    let mut renewals = Renewals::default();
    for renewal in view.renewals() {
        renewals.count(renewal.up, (renewal.renewed > Money::ZERO).then_some(renewal.renewed));
    }
    renewals
}

fn flow(view: &View, which: fn(&Balance) -> Money) -> Option<f64> {
    balance(view).map(|balance| which(&balance).cents() as f64 / 100.0)
}

/// Returns the balance of the slice's accounts, or [`None`] where no account of it ever brought in revenue.
fn balance(view: &View) -> Option<Balance> {
    let ledger = &view.record.ledger;
    let opening: Money = (0..)
        .zip(ledger.book_at(Day(0)))
        .filter(|&(account, _)| view.includes(account))
        .map(|(_, arr)| arr)
        .sum();
    let mut balance = Balance { opening, closing: opening, ..Balance::default() };
    for entry in ledger.entries().iter().filter(|entry| view.includes(entry.account)) {
        balance.closing += entry.signed();
        match entry.movement {
            Movement::New => balance.new += entry.amount,
            Movement::Expansion => balance.expansion += entry.amount,
            Movement::Contraction => balance.contraction += entry.amount,
            Movement::Churn => balance.churned += entry.amount,
        }
    }
    (balance.opening + balance.new > Money::ZERO).then_some(balance)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::record::{AccountRecord, Record, WindowRecord};
    use crate::metrics::example::{
        customer, expect, expect_nothing, ledger, metric, renewal, slice, whole, window, year,
    };
    use crate::metrics::view::Slice;
    use crate::population::segment::Segment;

    const FLOWS: [&str; 6] =
        ["opening_arr", "new_arr", "expansion_arr", "contraction_arr", "churned_arr", "closing_arr"];

    /// Account 0 grows from 300 to 400; account 1, of program 1, leaves with its 100 and comes back with 60; account
    /// 2, of another quarter, signs for 50 and cuts it to 40.
    fn a_year_of_three() -> Record {
        let second = AccountRecord { program: 1, ..customer() };
        let third = AccountRecord { cohort: 8_097, ..customer() };
        let mut record = year(vec![customer(), second, third]);
        record.ledger = ledger([300, 100]);
        let moves = [(100, 0, 400), (30, 1, 0), (90, 1, 60), (20, 2, 50), (300, 2, 40)];
        for (day, account, level) in moves {
            record.ledger.settle(Day(day), account, Money::from_units(level)).unwrap();
        }
        record
    }

    #[test]
    fn flows_add_up_to_the_closing_revenue_in_the_whole_and_in_every_slice() {
        let record = a_year_of_three();
        #[rustfmt::skip]
        let cases = [
            // slice                           opening   new  expansion contraction churned closing
            (Slice::All,                       [400.0, 110.0,    100.0,       10.0,  100.0,  500.0]),
            (Slice::Program(0),                [300.0,  50.0,    100.0,       10.0,    0.0,  440.0]),
            (Slice::Program(1),                [100.0,  60.0,      0.0,        0.0,  100.0,   60.0]),
            (Slice::Cohort(8_097),             [  0.0,  50.0,      0.0,       10.0,    0.0,   40.0]),
            (Slice::Segment(Segment::Smb),     [400.0, 110.0,    100.0,       10.0,  100.0,  500.0]),
        ];
        for (part, expected) in cases {
            let found = FLOWS.map(|name| metric(name, &slice(&record, part)));
            assert_eq!(found, expected.map(Some), "{part:?}");
        }
        expect_nothing("opening_arr", &slice(&record, Slice::Segment(Segment::MidMarket)));
    }

    #[test]
    fn cents_are_kept() {
        let mut record = year(vec![customer()]);
        record.ledger = crate::renewal::ledger::Ledger::open(vec![Money::from_cents(123_456)]).unwrap();
        expect("opening_arr", &whole(&record), 1_234.56);
    }

    /// First window: 900 of 1,000 stay, 1,100 with growth, and one of two accounts. Second: all of 3,000.
    fn two_windows() -> Record {
        let windows = vec![
            window(0, 0, 800, 1_100),
            WindowRecord { program: 1, segment: Segment::MidMarket, ..window(1, 0, 200, 0) },
            window(0, 1, 1_000, 1_000),
            window(2, 1, 2_000, 2_000),
        ];
        let third = AccountRecord { cohort: 8_097, ..customer() };
        let accounts = vec![customer(), customer(), third];
        Record { horizon: 731, windows, window_count: 2, ..year(accounts) }
    }

    #[test]
    fn windows_weigh_by_opening_revenue() {
        let record = two_windows();
        let book = whole(&record);
        expect("gross_revenue_retention", &book, (1_000.0 * 0.8 + 3_000.0) / 4_000.0);
        expect("net_revenue_retention", &book, (1_000.0 * 1.1 + 3_000.0) / 4_000.0);
        expect("logo_retention", &book, (1_000.0 * 0.5 + 3_000.0) / 4_000.0);
    }

    /// Account 1 has since moved to program 0: its loss stays with program 1, which held it.
    #[test]
    fn retention_stays_with_the_program_that_held_the_account_when_the_window_opened() {
        let record = two_windows();
        expect("gross_revenue_retention", &slice(&record, Slice::Program(0)), 1.0);
        expect("gross_revenue_retention", &slice(&record, Slice::Program(1)), 0.0);
        expect("logo_retention", &slice(&record, Slice::Segment(Segment::MidMarket)), 0.0);
        expect("logo_retention", &slice(&record, Slice::Cohort(8_097)), 1.0);
        expect_nothing("logo_retention", &slice(&record, Slice::Program(2)));
    }

    #[test]
    fn a_run_shorter_than_a_window_has_no_retention() {
        let mut record = two_windows();
        (record.windows, record.window_count) = (Vec::new(), 0);
        for name in ["gross_revenue_retention", "net_revenue_retention", "logo_retention"] {
            expect_nothing(name, &whole(&record));
        }
    }

    #[test]
    fn renewal_rates_follow_the_account() {
        let mut record = year(vec![customer(), AccountRecord { program: 1, ..customer() }]);
        record.renewals = vec![renewal(0, 10, 500, 500), renewal(1, 20, 300, 0), renewal(1, 300, 200, 100)];
        expect("gross_renewal_rate", &whole(&record), 0.6);
        expect("contract_renewal_rate", &whole(&record), 2.0 / 3.0);
        expect("gross_renewal_rate", &slice(&record, Slice::Program(1)), 0.2);
        expect("contract_renewal_rate", &slice(&record, Slice::Program(1)), 0.5);
    }
}
