//! Figures that a history states by itself: retention of the past, before anything is simulated.
//!
//! Revenue between two dates goes through the same ledger and the same retention as a simulated future
//! ([`renewal::replay`](crate::renewal::replay)). Windows are calendar years, and the last twelve months that the files cover
//! where these are no calendar year.

use chrono::{Datelike, Months, NaiveDate};
use serde::Serialize;

use crate::base::money::Money;
use crate::base::time::Day;
use crate::language::Date;
use crate::metrics::retention::{
    AccountWindow, gross_revenue_retention, logo_retention, net_revenue_retention, opening_revenue, windows,
};
use crate::population::history::{History, Level};
use crate::renewal::ledger::LedgerError;
use crate::renewal::replay::{replay, window_end};

/// Retention between two dates of the past.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct KnownRetention {
    /// What counts as one customer: `subscription` or `account`.
    pub per: &'static str,
    /// The day of the opening book.
    pub from: Date,
    /// The day of the closing book.
    pub to: Date,
    /// Customers in the opening book.
    pub customers: usize,
    /// Their recurring revenue on the first day.
    pub opening_arr: f64,
    /// Their recurring revenue on the last day.
    pub closing_arr: f64,
    /// The two books compared: the smaller of closing and opening, over opening.
    pub gross_revenue_retention: Option<f64>,
    /// Closing over opening.
    pub net_revenue_retention: Option<f64>,
    /// Customers of both books, over those of the first.
    pub logo_retention: Option<f64>,
    /// Customers of both books who had left in between, and came back.
    pub returned: usize,
    /// The program's own measure, under which who leaves in between is lost.
    pub gross_revenue_retention_by_definition: Option<f64>,
}

impl KnownRetention {
    /// Names the window: a calendar year, or the twelve months to its end.
    #[must_use]
    pub fn window(&self) -> String {
        let is_end_of_year = |day: Date| (day.get().month(), day.get().day()) == (12, 31);
        if is_end_of_year(self.from) && is_end_of_year(self.to) {
            self.to.get().year().to_string()
        } else {
            format!("12 months to {}", self.to)
        }
    }
}

/// What a list of accounts says of them all.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct KnownCustomers {
    /// Accounts told of.
    pub accounts: usize,
    /// Accounts of which it is told whether they have left.
    pub told: usize,
    /// Those that have.
    pub left: usize,
    /// Their share.
    pub share_left: Option<f64>,
    /// Mean time as a customer, of those of whom it is told \[months\].
    pub mean_tenure_months: Option<f64>,
    /// Subscriptions told of.
    pub subscriptions: usize,
    /// Those that are trials.
    pub trials: usize,
    /// Recurring revenue of what is in force on the last day.
    pub arr: Option<f64>,
}

/// Returns what is known of retention, per subscription and per account.
///
/// # Errors
///
/// None for a history that was read.
pub fn retention(history: &History) -> Result<Vec<KnownRetention>, LedgerError> {
    let mut known = Vec::new();
    for (from, to) in years(history) {
        for (level, per) in [(Level::Subscription, "subscription"), (Level::Account, "account")] {
            known.extend(between(history, level, per, from, to)?);
        }
    }
    Ok(known)
}

/// Returns what is known of the customers.
#[must_use]
pub fn customers(history: &History) -> KnownCustomers {
    let through = history.through;
    let left: Vec<bool> = (history.accounts.iter())
        .filter_map(|account| account.churned.or(account.end.map(|end| end <= through)))
        .collect();
    let gone = left.iter().filter(|&&gone| gone).count();
    let tenures: Vec<f64> =
        history.accounts.iter().filter_map(|account| account.tenure.map(f64::from)).collect();
    let share = |part: usize, all: usize| (all > 0).then(|| part as f64 / all as f64);
    let listed: Money = history.accounts.iter().filter_map(|account| account.arr).sum();
    let arr = if history.subscriptions.is_empty() {
        history.accounts.iter().any(|account| account.arr.is_some()).then_some(listed)
    } else {
        Some(history.book_at(Level::Account, through).into_iter().sum())
    };
    KnownCustomers {
        accounts: history.accounts.len(),
        told: left.len(),
        left: gone,
        share_left: share(gone, left.len()),
        mean_tenure_months: (!tenures.is_empty()).then(|| tenures.iter().sum::<f64>() / tenures.len() as f64),
        subscriptions: history.subscriptions.len(),
        trials: history.subscriptions.iter().filter(|held| held.trial).count(),
        arr: arr.map(units),
    }
}

/// Windows in which revenue is known on both days, the earliest first.
fn years(history: &History) -> Vec<(NaiveDate, NaiveDate)> {
    let Some(first) = history.subscriptions.iter().filter(|held| !held.trial).map(|held| held.start).min()
    else {
        return Vec::new();
    };
    let through = history.through;
    let end = |year| NaiveDate::from_ymd_opt(year, 12, 31);
    let ends = (first.year()..=through.year()).filter_map(end).filter(|&end| end <= through);
    let ends: Vec<NaiveDate> = ends.filter(|&end| end >= first).collect();
    let mut years: Vec<_> = ends.windows(2).map(|pair| (pair[0], pair[1])).collect();
    let last_year = through.checked_sub_months(Months::new(12)).filter(|&day| day >= first);
    if let Some(from) = last_year.filter(|_| end(through.year()) != Some(through)) {
        years.push((from, through));
    }
    years
}

fn between(
    history: &History,
    level: Level,
    per: &'static str,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Option<KnownRetention>, LedgerError> {
    let ledger = replay(history, level, from, to)?;
    let end = window_end(from, to);
    let pair = |(opening, closing)| AccountWindow { opening, closing };
    let books: Vec<AccountWindow> =
        ledger.book_at(Day(0)).into_iter().zip(ledger.book_at(end)).map(pair).collect();
    let lived = windows(&ledger, Day(0), end);
    let is_back = |(book, lived): &(&AccountWindow, &AccountWindow)| {
        book.opening > Money::ZERO && book.closing > Money::ZERO && lived.closing == Money::ZERO
    };
    let cohort: Vec<&AccountWindow> = books.iter().filter(|book| book.opening > Money::ZERO).collect();
    Ok((!cohort.is_empty()).then(|| KnownRetention {
        per,
        from: from.into(),
        to: to.into(),
        customers: cohort.len(),
        opening_arr: units(opening_revenue(&books)),
        closing_arr: units(cohort.iter().map(|book| book.closing).sum()),
        gross_revenue_retention: gross_revenue_retention(&books),
        net_revenue_retention: net_revenue_retention(&books),
        logo_retention: logo_retention(&books),
        returned: books.iter().zip(&lived).filter(is_back).count(),
        gross_revenue_retention_by_definition: gross_revenue_retention(&lived),
    }))
}

fn units(money: Money) -> f64 {
    money.cents() as f64 / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::{Disk, Faults};

    /// Two customers at 100 and 50 a year: one grows by half and one leaves for a month; a third comes too late to count.
    #[test]
    fn retention_of_a_book_worked_by_hand() {
        let mapping = "through = 2024-06-30\n[subscriptions]\nfile = \"s.csv\"\n\
                       columns = { id = \"id\", account = \"a\", start = \"from\", end = \"to\", arr = \"arr\" }";
        let rows = "id,a,from,to,arr\n1,A,2022-05-01,,100\n2,A,2023-11-01,,50\n\
                    3,B,2022-05-01,2023-09-01,50\n4,B,2023-10-01,,50\n5,C,2023-08-01,,70\n";
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("book.toml");
        std::fs::write(&path, mapping).unwrap();
        std::fs::write(folder.path().join("s.csv"), rows).unwrap();
        let history =
            History::load(path.to_str().unwrap(), &mut Disk, &mut Faults::default()).expect("a history");
        let known = retention(&history).unwrap();
        let days: Vec<_> = known.iter().map(|k| (k.per, k.from.to_string(), k.to.to_string())).collect();
        let day = str::to_owned;
        let (first, second) =
            ((day("2022-12-31"), day("2023-12-31")), (day("2023-06-30"), day("2024-06-30")));
        let both = |(from, to): (String, String)| {
            [("subscription", from.clone(), to.clone()), ("account", from, to)]
        };
        assert_eq!(days, [both(first), both(second)].concat());

        let accounts = &known[1];
        assert_eq!((accounts.customers, accounts.opening_arr, accounts.closing_arr), (2, 150.0, 200.0));
        assert_eq!(accounts.gross_revenue_retention, Some(1.0));
        assert_eq!(accounts.net_revenue_retention, Some(200.0 / 150.0));
        assert_eq!((accounts.logo_retention, accounts.returned), (Some(1.0), 1));
        assert_eq!(accounts.gross_revenue_retention_by_definition, Some(100.0 / 150.0));
        // The subscription that ended is another than the one that followed it.
        assert_eq!(known[0].gross_revenue_retention, Some(100.0 / 150.0));
        assert_eq!(customers(&history).arr, Some(270.0));
    }
}
