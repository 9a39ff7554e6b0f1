//! What happened: accounts, their terms and their use, as a vendor's books tell them.
//!
//! Revenue is that of subscriptions, by account: what one subscription loses on a day and another gains is no loss. Renewals are
//! those of the table of renewals and no others: a subscription's end may be a renewal, or only the day a customer left.

mod nurturing;
pub mod stays;

use std::sync::Arc;

use chrono::{Datelike, Months, NaiveDate};

use crate::base::fit::RenewalCount;
use crate::base::money::Money;
use crate::experiment::calibrate::past::stays::Stays;
use crate::experiment::calibrate::seen::{Seen, SeenAccount, SeenRenewal, years};
use crate::population::book::BookRow;
use crate::population::history::{History, Outcome};
use crate::population::segment::Segment;

/// An account and what it had.
#[derive(Clone, Debug, PartialEq)]
pub struct Life {
    /// Its segment, where that is known.
    pub segment: Option<Segment>,
    /// First day as a customer, where the list of accounts tells it.
    first: Option<NaiveDate>,
    /// By their start.
    terms: Vec<Term>,
    /// Ends of terms and what came of them.
    renewals: Vec<Due>,
    /// Use by month, where users and seats are told.
    months: Vec<Month>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Term {
    start: NaiveDate,
    end: Option<NaiveDate>,
    arr: Money,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Month {
    /// Its first day, or the day its figures are told of.
    date: NaiveDate,
    utilization: f64,
    /// Daily over monthly users, where both are told.
    usage: Option<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Due {
    day: NaiveDate,
    up: Money,
    renewed: Money,
}

/// What happened to all accounts.
#[derive(Clone, Debug)]
pub struct Past {
    /// The history behind it.
    pub history: Arc<History>,
    /// The accounts in the history's order.
    pub lives: Vec<Life>,
    /// How long a customer settles in, during which its use does not count (days).
    pub onboarding_days: u32,
}

impl Past {
    /// Takes what a history tells, trials left out; a customer settles in for `onboarding_days`.
    #[must_use]
    pub fn of(history: Arc<History>, onboarding_days: u32) -> Self {
        let life = |account: &crate::population::history::Account| Life {
            segment: account.segment,
            first: account.start,
            terms: Vec::new(),
            renewals: Vec::new(),
            months: Vec::new(),
        };
        let mut lives: Vec<Life> = history.accounts.iter().map(life).collect();
        let mut seats: Vec<Vec<(NaiveDate, Option<NaiveDate>, u32)>> = vec![Vec::new(); lives.len()];
        for held in history.subscriptions.iter().filter(|held| !held.trial) {
            let account = held.account as usize;
            lives[account].terms.push(Term { start: held.start, end: held.end, arr: held.arr });
            if let Some(count) = held.seats {
                seats[account].push((held.start, held.end, count));
            }
        }
        for renewal in &history.renewals {
            let life = &mut lives[renewal.account as usize];
            let eve = renewal.due.pred_opt().unwrap_or(renewal.due);
            let up = renewal.before.unwrap_or_else(|| life.arr(eve));
            let after = renewal.after.unwrap_or_else(|| life.arr(renewal.due));
            let renewed = if renewal.outcome == Some(Outcome::Churned) { Money::ZERO } else { after.min(up) };
            if up > Money::ZERO {
                life.renewals.push(Due { day: renewal.due, up, renewed });
            }
        }
        for usage in &history.usage {
            let account = usage.account as usize;
            let in_force = seats[account]
                .iter()
                .filter(|(start, end, _)| *start <= usage.date && end.is_none_or(|end| end > usage.date));
            let bought: u32 = in_force.map(|(.., count)| count).sum();
            let bought = if bought > 0 { Some(bought) } else { history.accounts[account].seats };
            if let Some((mau, seats)) = usage.mau().zip(bought.filter(|&seats| seats > 0)) {
                lives[account].months.push(Month {
                    date: usage.date,
                    utilization: f64::from(mau) / f64::from(seats),
                    usage: usage.dau().filter(|_| mau > 0).map(|dau| dau / f64::from(mau)),
                });
            }
        }
        for life in &mut lives {
            life.terms.sort_by_key(|term| term.start);
        }
        Self { history, lives, onboarding_days }
    }

    /// Returns the first day that the history does not show any more.
    #[must_use]
    pub fn until(&self) -> NaiveDate {
        self.history.through.succ_opt().unwrap_or(self.history.through)
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
            let utilization = life.utilization(from, to, self.onboarding_days);
            seen.accounts.push(SeenAccount { segment: life.segment, windows, utilization });
            seen.renewals.extend(life.renewals(from, to));
        }
        seen
    }

    /// Returns how many renewals of each number were due before the day `to`, and how many were lost, over all accounts ever.
    #[must_use]
    pub fn renewal_counts(&self, to: NaiveDate) -> Vec<RenewalCount> {
        Stays::of_renewals(self, to).counts()
    }

    /// Returns utilization before each renewal and whether the account stayed: its mean over the six months before.
    #[must_use]
    pub fn stayed_by_utilization(&self, to: NaiveDate) -> (Vec<f64>, Vec<bool>) {
        let before = |life: &Life, day: NaiveDate| {
            let from = day.checked_sub_months(Months::new(6))?;
            life.utilization(from, day, 0)
        };
        let mut found = (Vec::new(), Vec::new());
        for life in &self.lives {
            for due in life.renewals.iter().filter(|due| due.day < to) {
                if let Some(utilization) = before(life, due.day) {
                    found.0.push(utilization);
                    found.1.push(due.renewed > Money::ZERO);
                }
            }
        }
        found
    }

    /// Returns ages in months, from the first whole month on, and mean utilization at each, where at least ten accounts tell it.
    #[must_use]
    pub fn utilization_by_age(&self, to: NaiveDate) -> (Vec<f64>, Vec<f64>) {
        const OLDEST: usize = 24;
        let mut sums = vec![(0.0, 0_u32); OLDEST];
        for life in &self.lives {
            for &Month { date, utilization, .. } in life.months.iter().filter(|month| month.date < to) {
                let since = life.since(date);
                let age = (date.year() - since.year()) * 12 + date.month() as i32 - since.month() as i32;
                if let Some(sum) = usize::try_from(age - 1).ok().and_then(|at| sums.get_mut(at)) {
                    *sum = (sum.0 + utilization, sum.1 + 1);
                }
            }
        }
        let told = (1..).zip(&sums).filter(|(_, (_, count))| *count >= 10);
        told.map(|(age, (sum, count))| (f64::from(age), sum / f64::from(*count))).unzip()
    }

    /// Returns the share of tickets, asked on `from` or after and before `to`, that were answered within 48 hours; of those of
    /// which it is told.
    #[must_use]
    pub fn answered_within_48h(&self, from: NaiveDate, to: NaiveDate) -> Option<f64> {
        const MINUTES: f64 = 48.0 * 60.0;
        let tickets = self.history.tickets.iter().filter(|ticket| (from..to).contains(&ticket.opened));
        let waits: Vec<f64> = tickets.filter_map(|ticket| ticket.answer_minutes).collect();
        let in_time = waits.iter().filter(|&&minutes| minutes <= MINUTES).count();
        (!waits.is_empty()).then(|| in_time as f64 / waits.len() as f64)
    }

    /// Returns the accounts in force on a day as a list that a scenario can open with.
    #[must_use]
    pub fn book_on(&self, date: NaiveDate) -> Vec<BookRow> {
        let rows = self.history.opening(date);
        rows.into_iter().filter(|row| row.start.is_some_and(|start| start < date)).collect()
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

    /// First day since which it is a customer without a gap; as told by the list of accounts, where that is before `date`.
    #[must_use]
    pub fn since(&self, date: NaiveDate) -> NaiveDate {
        if let Some(first) = self.first.filter(|first| *first <= date) {
            return first;
        }
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

    /// The first renewal due on a day or after it.
    #[must_use]
    pub fn next_renewal(&self, date: NaiveDate) -> Option<NaiveDate> {
        self.renewals.iter().map(|due| due.day).filter(|day| *day >= date).min()
    }

    /// Mean utilization of months after the first `settling` days.
    fn utilization(&self, from: NaiveDate, to: NaiveDate, settling: u32) -> Option<f64> {
        let counts = |month: NaiveDate| {
            let age = month.signed_duration_since(self.since(month)).num_days();
            (from..to).contains(&month) && age >= i64::from(settling)
        };
        let (sum, count) = self
            .months
            .iter()
            .filter(|month| counts(month.date))
            .fold((0.0, 0_u32), |(sum, count), month| (sum + month.utilization, count + 1));
        (count > 0).then(|| sum / f64::from(count))
    }

    /// Whether it paid nothing on some day after `from` and before `to`.
    fn left_between(&self, from: NaiveDate, to: NaiveDate) -> bool {
        let ends = self.terms.iter().filter_map(|term| term.end);
        ends.filter(|end| (from..to).contains(end)).any(|end| self.arr(end) == Money::ZERO)
    }

    /// The renewals due from one day up to another, with the age of the account.
    fn renewals(&self, from: NaiveDate, to: NaiveDate) -> Vec<SeenRenewal> {
        let due = self.renewals.iter().filter(|due| (from..to).contains(&due.day));
        due.map(|due| self.seen(due)).collect()
    }

    /// A renewal, with the age of the account.
    fn seen(&self, due: &Due) -> SeenRenewal {
        let since = self.since(due.day.pred_opt().unwrap_or(due.day));
        let months = (due.day.year() - since.year()) * 12 + due.day.month() as i32 - since.month() as i32;
        SeenRenewal { segment: self.segment, year: years(months), up: due.up, renewed: due.renewed }
    }
}

impl Term {
    fn covers(&self, date: NaiveDate) -> bool {
        self.start <= date && self.end.is_none_or(|end| end > date)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::experiment::calibrate::figure::Figure;
    use crate::language::Disk;
    use crate::language::fault::Faults;

    fn past(rows: &str, months: &str) -> Past {
        let mapping = "through = 2023-12-31\n[subscriptions]\nfile = \"s.csv\"\ncolumns = { id = \"id\", \
            account = \"account\", start = \"start\", end = \"end\", arr = \"arr\", seats = \"seats\" }\n";
        let usage = "[usage]\nfile = \"u.csv\"\ncolumns = { account = \"account\", month = \"month\", mau = \"mau\" }\n";
        let renewals = "[renewals]\nfile = \"r.csv\"\ncolumns = { account = \"account\", due = \"due\", \
            outcome = \"outcome\", arr_before = \"before\", arr_after = \"after\" }\n";
        let more = if months.is_empty() { String::new() } else { format!("{usage}{renewals}") };
        let files = [
            ("h.toml", format!("{mapping}{more}")),
            ("s.csv", format!("id,account,start,end,arr,seats\n{rows}")),
            ("u.csv", format!("account,month,mau\n{months}")),
            ("r.csv", format!("account,due,outcome,before,after\n{RENEWALS}")),
        ];
        load(&files.each_ref().map(|(name, text)| (*name, text.as_str())))
    }

    /// Reads a history from files by name, of which `h.toml` is the mapping.
    pub(in crate::experiment::calibrate) fn load(files: &[(&str, &str)]) -> Past {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let mapping = folder.path().join("h.toml");
        let mut faults = Faults::default();
        let history = History::load(mapping.to_str().unwrap(), &mut Disk, &mut faults);
        Past::of(Arc::new(history.unwrap_or_else(|| panic!("{faults}"))), 60)
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// One renews and grows, one renews smaller, one leaves, one begins too late to count, one has left before.
    const ROWS: &str = "\
        1,Ash,2021-03-01,2022-03-01,100,10\n2,Ash,2022-03-01,2023-03-01,150,15\n\
        3,Elm,2021-06-01,2022-06-01,200,20\n4,Elm,2022-06-01,2023-06-01,120,12\n\
        5,Fir,2020-09-01,2021-09-01,300,30\n6,Fir,2021-09-01,2022-09-01,300,30\n\
        7,Oak,2022-02-01,2023-02-01,999,99\n8,Yew,2019-01-01,2021-01-01,50,5\n";

    const RENEWALS: &str = "\
        Ash,2022-03-01,expanded,100,150\nElm,2022-06-01,downsized,200,120\nFir,2021-09-01,renewed,300,300\n\
        Fir,2022-09-01,churned,300,0\nYew,2021-01-01,churned,50,0\nAsh,2023-03-01,churned,150,0\n";
    const MONTHS: &str = "Ash,2022-01,5\nAsh,2022-06,9\nElm,2022-07,12\nFir,2021-12,1\nOak,2022-07,9\n";

    #[test]
    fn a_history_is_seen_as_by_hand() {
        let seen = past(ROWS, MONTHS).seen(day("2022-01-01"), day("2023-01-01"));
        assert_eq!(seen.accounts.len(), 3);
        let figure = |name: &str| Figure::find(name).unwrap().of(&seen);
        assert_eq!(figure("gross_revenue_retention"), Some(220.0 / 600.0));
        assert_eq!(figure("net_revenue_retention"), Some(270.0 / 600.0));
        assert_eq!(figure("logo_retention"), Some(2.0 / 3.0));
        assert_eq!(figure("renewal_rate_year_1"), Some(1.0));
        assert_eq!(figure("renewal_rate_year_2"), Some(0.0));
        assert_eq!(figure("downsize_share"), Some(0.5));
        assert_eq!(figure("downsize_depth"), Some(0.4));
        // Ash: 5 of 10 and 9 of 15; Elm: 12 of 12. Fir's month is before, Oak was no customer on the first day.
        assert_eq!(figure("utilization_mean"), Some((0.55 + 1.0) / 2.0));
    }

    /// Of the four asked in the year one is blank; of the others two were answered in 48 hours, one of them just so.
    #[test]
    fn answers_within_48_hours_are_counted_of_tickets_that_tell() {
        let tickets = "[tickets]\nfile = \"t.csv\"\n\
            columns = { account = \"account\", opened = \"opened\", answer_minutes = \"answered\" }\n";
        let mapping = "through = 2023-12-31\n[subscriptions]\nfile = \"s.csv\"\ncolumns = { id = \"id\", \
            account = \"account\", start = \"start\", arr = \"arr\" }\n";
        let rows = "account,opened,answered\nAsh,2023-01-01,2880\nAsh,2023-02-01,2881\nAsh,2023-12-31,12.5\n\
            Ash,2023-03-01,\nAsh,2022-12-31,5\n";
        let subscriptions = "id,account,start,arr\n1,Ash,2022-01-01,9\n";
        let history = format!("{mapping}{tickets}");
        let past = load(&[("h.toml", &history), ("s.csv", subscriptions), ("t.csv", rows)]);
        let answered = |from: &str, to: &str| past.answered_within_48h(day(from), day(to));
        assert_eq!(answered("2023-01-01", "2024-01-01"), Some(2.0 / 3.0));
        assert_eq!(answered("2023-03-01", "2023-12-31"), None);
    }

    #[test]
    fn the_book_of_a_day_tells_age_and_revenue() {
        let rows = past(ROWS, "").book_on(day("2022-07-01"));
        let told: Vec<_> =
            rows.iter().map(|row| (row.id.as_str(), row.arr.cents() / 100, row.start.unwrap())).collect();
        let expected = [
            ("Ash", 150, day("2021-03-01")),
            ("Elm", 120, day("2021-06-01")),
            ("Fir", 300, day("2020-09-01")),
            ("Oak", 999, day("2022-02-01")),
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn renewals_are_counted_by_age_over_all_cohorts() {
        let counts = past(ROWS, MONTHS).renewal_counts(day("2023-01-01"));
        let pairs: Vec<(u64, u64)> = counts.iter().map(|count| (count.due, count.lost)).collect();
        // First renewals of Ash, Elm and Fir; second ones of Fir and, after a term of two years, of Yew.
        assert_eq!(pairs, [(3, 0), (2, 2)]);
        let past = past(ROWS, MONTHS);
        assert_eq!(past.lives[0].next_renewal(day("2022-04-01")), Some(day("2023-03-01")));
    }

    /// A gap ends a customer's life: who comes back is new.
    #[test]
    fn who_comes_back_left_all_the_same() {
        let past = past("1,Ash,2021-01-01,2022-05-01,100,\n2,Ash,2022-08-01,2023-08-01,100,\n", "");
        let seen = past.seen(day("2022-01-01"), day("2023-01-01"));
        assert_eq!(Figure::find("logo_retention").unwrap().of(&seen), Some(0.0));
        assert_eq!(past.lives[0].since(day("2022-09-01")), day("2022-08-01"));
    }
}
