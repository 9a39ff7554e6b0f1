//! What happened: accounts and their terms, as a vendor's books tell them.
//!
//! A row of the history is a subscription in force from its start up to its end. A row that ends comes up for renewal on that
//! day; what the account pays from then on says what became of it. Everything is taken by account: what one subscription
//! loses on a day and another gains is no loss.

use std::collections::BTreeMap;

use chrono::{Datelike, Months, NaiveDate};

use crate::base::fit::RenewalCount;
use crate::base::money::Money;
use crate::experiment::calibrate::seen::{Seen, SeenAccount, SeenRenewal, years};
use crate::population::book::BookRow;
use crate::population::history::SubscriptionHistory;
use crate::population::segment::Segment;

/// An account and its terms.
#[derive(Clone, Debug, PartialEq)]
pub struct Life {
    /// Its identifier.
    pub id: String,
    /// Its segment, where that is known.
    pub segment: Option<Segment>,
    /// Terms by their start.
    terms: Vec<Term>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Term {
    start: NaiveDate,
    end: Option<NaiveDate>,
    arr: Money,
}

/// What happened to all accounts.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Past {
    /// The accounts by their identifiers.
    pub lives: Vec<Life>,
}

impl Past {
    /// Takes the subscriptions of a history, trials left out.
    #[must_use]
    pub fn of(history: &SubscriptionHistory) -> Self {
        let mut lives: BTreeMap<&str, Vec<Term>> = BTreeMap::new();
        for held in history.subscriptions().iter().filter(|held| !held.trial) {
            let term = Term { start: held.start, end: held.end, arr: held.arr };
            lives.entry(&held.account).or_default().push(term);
        }
        let lives = lives.into_iter().map(|(id, mut terms)| {
            terms.sort_by_key(|term| term.start);
            Life { id: id.to_owned(), segment: None, terms }
        });
        Self { lives: lives.collect() }
    }

    /// Returns the first day of the first term, if there is any.
    #[must_use]
    pub fn begins(&self) -> Option<NaiveDate> {
        self.lives.iter().filter_map(|life| life.terms.first()).map(|term| term.start).min()
    }

    /// Returns what is seen of the accounts in force on the day `from`, up to and without the day `to`.
    #[must_use]
    pub fn seen(&self, from: NaiveDate, to: NaiveDate) -> Seen {
        let mut seen = Seen::default();
        for life in self.lives.iter().filter(|life| life.listed(from)) {
            let mut windows = Vec::new();
            let mut opens = from;
            while let Some(closes) = opens.checked_add_months(Months::new(12)).filter(|day| *day <= to) {
                let opening = life.arr(opens);
                let closing = if life.left_between(opens, closes) { Money::ZERO } else { life.arr(closes) };
                windows.push((opening, closing));
                opens = closes;
            }
            seen.accounts.push(SeenAccount { segment: life.segment, windows, utilization: None });
            seen.renewals.extend(life.renewals(from, to));
        }
        seen
    }

    /// Returns how many renewals of each number were due before the day `to`, and how many were lost, over all accounts ever.
    #[must_use]
    pub fn renewal_counts(&self, to: NaiveDate) -> Vec<RenewalCount> {
        let mut counts: Vec<RenewalCount> = Vec::new();
        let all = self.lives.iter().flat_map(|life| life.renewals(NaiveDate::MIN, to));
        for renewal in all {
            let at = renewal.year as usize - 1;
            if counts.len() <= at {
                counts.resize(at + 1, RenewalCount::default());
            }
            counts[at].due += 1;
            counts[at].lost += u64::from(renewal.renewed == Money::ZERO);
        }
        counts
    }

    /// Returns the accounts in force on a day as a list that a scenario can open with, one row in the place of each line.
    #[must_use]
    pub fn book_on(&self, date: NaiveDate) -> Vec<BookRow> {
        let there = self.lives.iter().filter(|life| life.listed(date));
        let row = |(line, life): (u64, &Life)| BookRow {
            id: life.id.clone(),
            segment: life.segment,
            arr: life.arr(date),
            start: Some(life.since(date)),
            renewal: life.next_renewal(date),
            ..BookRow::unknown(line)
        };
        (1..).zip(there).map(row).collect()
    }

    /// Returns the share of accounts in force on `date` that have no agreed end, and so no renewal.
    #[must_use]
    pub fn open_ended(&self, date: NaiveDate) -> usize {
        self.lives.iter().filter(|life| life.listed(date) && life.next_renewal(date).is_none()).count()
    }
}

impl Life {
    /// Recurring revenue in force on a day.
    #[must_use]
    pub fn arr(&self, date: NaiveDate) -> Money {
        self.terms.iter().filter(|term| term.covers(date)).map(|term| term.arr).sum()
    }

    /// Whether it was a customer before a day and still is on it.
    fn listed(&self, date: NaiveDate) -> bool {
        self.arr(date) > Money::ZERO && self.since(date) < date
    }

    /// First day since which it is a customer without a gap.
    #[must_use]
    pub fn since(&self, date: NaiveDate) -> NaiveDate {
        let mut since = date;
        let before = |day: NaiveDate| {
            let reaching =
                self.terms.iter().filter(|term| term.start < day && term.end.is_none_or(|end| end >= day));
            reaching.filter(|term| term.arr > Money::ZERO).map(|term| term.start).min()
        };
        while let Some(earlier) = before(since) {
            since = earlier;
        }
        since
    }

    /// The first end of a term in force.
    #[must_use]
    pub fn next_renewal(&self, date: NaiveDate) -> Option<NaiveDate> {
        self.terms.iter().filter(|term| term.covers(date)).filter_map(|term| term.end).min()
    }

    /// Whether it paid nothing on some day after `from` and before `to`.
    fn left_between(&self, from: NaiveDate, to: NaiveDate) -> bool {
        let ends = self.terms.iter().filter_map(|term| term.end);
        ends.filter(|end| (from..to).contains(end)).any(|end| self.arr(end) == Money::ZERO)
    }

    /// The renewals due from one day up to another.
    fn renewals(&self, from: NaiveDate, to: NaiveDate) -> Vec<SeenRenewal> {
        let mut days: Vec<NaiveDate> =
            self.terms.iter().filter_map(|term| term.end).filter(|end| (from..to).contains(end)).collect();
        days.sort_unstable();
        days.dedup();
        let renewal = |day: NaiveDate| {
            let eve = day.pred_opt()?;
            let up: Money = self.terms.iter().filter(|term| term.end == Some(day)).map(|term| term.arr).sum();
            let (before, after) = (self.arr(eve), self.arr(day));
            let given_up = if before > after { before - after } else { Money::ZERO };
            let renewed = if after == Money::ZERO || given_up > up { Money::ZERO } else { up - given_up };
            let since = self.since(eve);
            let months = (day.year() - since.year()) * 12 + day.month() as i32 - since.month() as i32;
            (up > Money::ZERO).then_some(SeenRenewal {
                segment: self.segment,
                year: years(months),
                up,
                renewed,
            })
        };
        days.into_iter().filter_map(renewal).collect()
    }
}

impl Term {
    fn covers(&self, date: NaiveDate) -> bool {
        self.start <= date && self.end.is_none_or(|end| end > date)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::calibrate::figure::Figure;
    use crate::population::export::{ExportFormat, OnBadRow};
    use crate::population::history::HistoryMapping;

    fn past(rows: &str) -> Past {
        let [subscription, account, start, end, arr] =
            ["id", "account", "start", "end", "arr"].map(str::to_owned);
        let mapping = HistoryMapping { subscription, account, start, end, arr, trial: None };
        let text = format!("id,account,start,end,arr\n{rows}");
        let format = ExportFormat::default();
        Past::of(
            &SubscriptionHistory::read(text.as_bytes(), "h.csv", &mapping, format, OnBadRow::Stop).unwrap(),
        )
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// One renews and grows, one renews smaller, one leaves, one begins too late to count, one has left before.
    const ROWS: &str = "\
        1,Ash,2021-03-01,2022-03-01,100\n2,Ash,2022-03-01,2023-03-01,150\n\
        3,Elm,2021-06-01,2022-06-01,200\n4,Elm,2022-06-01,2023-06-01,120\n\
        5,Fir,2020-09-01,2021-09-01,300\n6,Fir,2021-09-01,2022-09-01,300\n\
        7,Oak,2022-02-01,2023-02-01,999\n8,Yew,2019-01-01,2021-01-01,50\n";

    #[test]
    fn a_history_is_seen_as_by_hand() {
        let seen = past(ROWS).seen(day("2022-01-01"), day("2023-01-01"));
        assert_eq!(seen.accounts.len(), 3);
        let figure = |name: &str| Figure::find(name).unwrap().of(&seen);
        assert_eq!(figure("gross_revenue_retention"), Some(220.0 / 600.0));
        assert_eq!(figure("net_revenue_retention"), Some(270.0 / 600.0));
        assert_eq!(figure("logo_retention"), Some(2.0 / 3.0));
        assert_eq!(figure("renewal_rate_year_1"), Some(1.0));
        assert_eq!(figure("renewal_rate_year_2"), Some(0.0));
        assert_eq!(figure("downsize_share"), Some(0.5));
        assert_eq!(figure("downsize_depth"), Some(0.4));
    }

    #[test]
    fn the_book_of_a_day_tells_age_revenue_and_next_renewal() {
        let rows = past(ROWS).book_on(day("2022-07-01"));
        let told: Vec<_> = rows
            .iter()
            .map(|row| (row.id.as_str(), row.arr.cents() / 100, row.start.unwrap(), row.renewal.unwrap()))
            .collect();
        assert_eq!(
            told,
            [
                ("Ash", 150, day("2021-03-01"), day("2023-03-01")),
                ("Elm", 120, day("2021-06-01"), day("2023-06-01")),
                ("Fir", 300, day("2020-09-01"), day("2022-09-01")),
                ("Oak", 999, day("2022-02-01"), day("2023-02-01")),
            ]
        );
    }

    #[test]
    fn renewals_are_counted_by_age_over_all_cohorts() {
        let counts = past(ROWS).renewal_counts(day("2023-01-01"));
        let pairs: Vec<(u64, u64)> = counts.iter().map(|count| (count.due, count.lost)).collect();
        // First renewals of Ash, Elm and Fir; second ones of Fir and, after a term of two years, of Yew.
        assert_eq!(pairs, [(3, 0), (2, 2)]);
    }

    /// A gap ends a customer's life: who comes back is new.
    #[test]
    fn who_comes_back_left_all_the_same() {
        let past = past("1,Ash,2021-01-01,2022-05-01,100\n2,Ash,2022-08-01,2023-08-01,100\n");
        let seen = past.seen(day("2022-01-01"), day("2023-01-01"));
        assert_eq!(Figure::find("logo_retention").unwrap().of(&seen), Some(0.0));
        assert_eq!(past.lives[0].since(day("2022-09-01")), day("2022-08-01"));
    }
}
