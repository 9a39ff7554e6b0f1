//! How long customers stayed, by whatever of it a history tells.
//!
//! A stay is a stretch of ages, counted from 1, at each of which the customer might have left; at the last it did, or nobody
//! knows yet. In this form renewals, subscriptions and a list that only tells "left after five months" are one thing.

use chrono::{Datelike, Days, Months, NaiveDate};
use serde::Serialize;

use super::{Life, Past};
use crate::base::fit::RenewalCount;
use crate::base::money::Money;

/// What an age is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Counted {
    /// Renewals, as the table of renewals tells them.
    Renewals,
    /// Months of subscriptions, where no renewals are told: an end may then be a loss, or only another subscription.
    MonthsOfSubscriptions,
    /// Months of customers, where a list tells how long they have been customers and whether they left.
    MonthsOfCustomers,
}

impl Counted {
    /// Returns the words for many of it.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Renewals => "renewals",
            Self::MonthsOfSubscriptions => "months of subscriptions",
            Self::MonthsOfCustomers => "months of customers",
        }
    }

    /// Returns how many of it are a year.
    #[must_use]
    pub const fn a_year(self) -> u32 {
        match self {
            Self::Renewals => 1,
            Self::MonthsOfSubscriptions | Self::MonthsOfCustomers => 12,
        }
    }
}

/// Ages at which a customer might have left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stay {
    /// The account, by its place in the history.
    pub account: usize,
    /// The first age that was seen.
    pub from: u32,
    /// The last one.
    pub to: u32,
    /// Whether it left at the last.
    pub left: bool,
    /// The day on which the first age began, where that is told.
    pub begins: Option<NaiveDate>,
}

/// All stays of a history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stays {
    /// What an age is.
    pub counted: Counted,
    /// The stays.
    pub stays: Vec<Stay>,
}

impl Stays {
    /// Returns what was known before the day `to`: by renewals where there are any, else by subscriptions, else by the list.
    #[must_use]
    pub fn of(past: &Past, to: NaiveDate) -> Self {
        let by_renewals = Self::of_renewals(past, to);
        if !by_renewals.stays.is_empty() {
            return by_renewals;
        }
        let by_subscriptions = of_subscriptions(past, to);
        if !by_subscriptions.is_empty() {
            return Self { counted: Counted::MonthsOfSubscriptions, stays: by_subscriptions };
        }
        Self { counted: Counted::MonthsOfCustomers, stays: of_list(past) }
    }

    /// Returns the renewals due before the day `to`, over all accounts ever, each by itself.
    #[must_use]
    pub fn of_renewals<'a>(past: &'a Past, to: NaiveDate) -> Self {
        let of = |(account, life): (usize, &'a Life)| {
            life.renewals.iter().filter(move |due| due.day < to).map(move |due| {
                let seen = life.seen(due);
                let left = seen.renewed == Money::ZERO;
                Stay { account, from: seen.year, to: seen.year, left, begins: Some(due.day) }
            })
        };
        Self { counted: Counted::Renewals, stays: past.lives.iter().enumerate().flat_map(of).collect() }
    }

    /// Returns by age how many might have left and how many did.
    #[must_use]
    pub fn counts(&self) -> Vec<RenewalCount> {
        let oldest = self.stays.iter().map(|stay| stay.to).max().unwrap_or(0);
        let mut counts = vec![RenewalCount::default(); oldest as usize];
        for stay in &self.stays {
            for age in stay.from..=stay.to {
                counts[age as usize - 1].due += 1;
            }
            counts[stay.to as usize - 1].lost += u64::from(stay.left);
        }
        counts
    }

    /// Returns the share of customers left after each age, by counting (Kaplan and Meier, *JASA* 53, 1958).
    #[must_use]
    pub fn left_after(&self) -> Vec<f64> {
        let mut left = 1.0;
        let shares = self.counts().into_iter().take_while(|count| count.due > 0).map(|count| {
            left *= 1.0 - count.lost as f64 / count.due as f64;
            left
        });
        shares.collect()
    }
}

/// Trials left out. A subscription that ends inside its third month has left at age 3; one in force on the last day that is
/// known has been seen for the months that were whole by then.
fn of_subscriptions(past: &Past, to: NaiveDate) -> Vec<Stay> {
    let held = past.history.subscriptions.iter().filter(|held| !held.trial && held.start < to);
    let stays = held.map(|held| {
        let ended = held.end.filter(|end| *end < to);
        let months = whole_months(held.start, ended.unwrap_or(to));
        let is_whole =
            ended.is_some_and(|end| held.start.checked_add_months(Months::new(months)) == Some(end));
        let age = if ended.is_some() && !(is_whole && months > 0) { months + 1 } else { months };
        Stay {
            account: held.account as usize,
            from: 1,
            to: age,
            left: ended.is_some(),
            begins: Some(held.start),
        }
    });
    stays.filter(|stay| stay.to > 0).collect()
}

/// Those of whom the list tells how long they have been customers, and whether they left.
fn of_list(past: &Past) -> Vec<Stay> {
    let accounts = past.history.accounts.iter().enumerate();
    let stays = accounts.filter_map(|(account, it)| {
        let (months, left) = it.tenure.zip(it.churned)?;
        // Who left within the first month left at age 1.
        let to = if left { months.max(1) } else { months };
        Some(Stay { account, from: 1, to, left, begins: it.start })
    });
    stays.filter(|stay| stay.to > 0).collect()
}

/// Whole calendar months between two days.
fn whole_months(from: NaiveDate, to: NaiveDate) -> u32 {
    let months = (to.year() - from.year()) * 12 + to.month() as i32 - from.month() as i32;
    let is_whole = |months: u32| from.checked_add_months(Months::new(months)).is_some_and(|day| day <= to);
    let months = u32::try_from(months).unwrap_or(0);
    if is_whole(months) { months } else { months.saturating_sub(1) }
}

impl Stay {
    /// Returns the day on which an age began, where that is told.
    #[must_use]
    pub fn day(&self, age: u32) -> Option<NaiveDate> {
        self.begins?.checked_add_months(Months::new(age - self.from))
    }
}

/// How far back of an age its tickets and uses are counted (days).
const BEFORE: Days = Days::new(90);

/// What might have to do with leaving, by case: an account at an age.
#[derive(Debug)]
pub struct Signs<'a> {
    past: &'a Past,
    /// By account, in order: when tickets were opened, and when and how often it used the product.
    tickets: Option<Vec<Vec<NaiveDate>>>,
    uses: Option<Vec<Vec<(NaiveDate, u32)>>>,
}

impl<'a> Signs<'a> {
    /// Collects what a history tells: figures of accounts, tickets and uses; the last two where stays are dated.
    #[must_use]
    pub fn of(past: &'a Past, stays: &Stays) -> Self {
        let is_dated = stays.stays.iter().all(|stay| stay.begins.is_some());
        let history = &past.history;
        let tickets = (is_dated && !history.tickets.is_empty()).then(|| {
            let mut by_account = vec![Vec::new(); past.lives.len()];
            for ticket in &history.tickets {
                by_account[ticket.account as usize].push(ticket.opened);
            }
            by_account.iter_mut().for_each(|days| days.sort_unstable());
            by_account
        });
        let counts_uses = history.usage.iter().any(|usage| usage.events().is_some());
        let uses = (is_dated && counts_uses).then(|| {
            let mut by_account = vec![Vec::new(); past.lives.len()];
            for usage in &history.usage {
                by_account[usage.account as usize].extend(usage.events().map(|events| (usage.date, events)));
            }
            by_account
        });
        Self { past, tickets, uses }
    }

    /// Returns their names.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let mut names = self.past.history.figures.clone();
        names.extend(self.tickets.iter().map(|_| "tickets of the 90 days before".to_owned()));
        names.extend(self.uses.iter().map(|_| "uses of the 90 days before".to_owned()));
        names
    }

    /// Returns those of a stay at an age; [`None`] where one of them is not told.
    #[must_use]
    pub fn at(&self, stay: &Stay, age: u32) -> Option<Vec<f64>> {
        let mut signs: Vec<f64> =
            self.past.history.accounts[stay.account].figures.iter().copied().collect::<Option<_>>()?;
        if self.tickets.is_none() && self.uses.is_none() {
            return Some(signs);
        }
        let day = stay.day(age)?;
        let from = day.checked_sub_days(BEFORE)?;
        if let Some(tickets) = &self.tickets {
            let own = &tickets[stay.account];
            let before = |day: NaiveDate| own.partition_point(|opened| *opened < day);
            signs.push((before(day) - before(from)) as f64);
        }
        if let Some(uses) = &self.uses {
            let own = uses[stay.account].iter().filter(|(date, _)| (from..day).contains(date));
            signs.push(own.map(|(_, events)| f64::from(*events)).sum());
        }
        Some(signs)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::load;
    use super::*;

    const SUBSCRIPTIONS: &str = "through = 2023-12-31\n[subscriptions]\nfile = \"s.csv\"\n\
        columns = { id = \"id\", account = \"account\", start = \"start\", end = \"end\", arr = \"arr\", trial = \"trial\" }\n\
        [tickets]\nfile = \"t.csv\"\ncolumns = { account = \"account\", opened = \"opened\" }\n";

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// One ends with its second month, one inside its third, one on its first day; one runs on, and a trial does not count.
    fn by_subscriptions() -> Past {
        let rows = "1,Ash,2023-01-31,2023-03-31,10,no\n2,Elm,2023-02-01,2023-04-20,10,no\n3,Fir,2023-05-05,2023-05-05,10,no\n\
                    4,Oak,2023-10-15,,10,no\n5,Yew,2023-01-01,2023-02-01,0,yes\n";
        let tickets = "Oak,2023-09-01\nOak,2023-10-20\nOak,2023-11-14\nElm,2022-01-01\n";
        load(&[
            ("h.toml", SUBSCRIPTIONS),
            ("s.csv", &format!("id,account,start,end,arr,trial\n{rows}")),
            ("t.csv", &format!("account,opened\n{tickets}")),
        ])
    }

    #[test]
    fn subscriptions_are_stays_in_months() {
        let past = by_subscriptions();
        let stays = Stays::of(&past, day("2024-01-01"));
        assert_eq!(stays.counted, Counted::MonthsOfSubscriptions);
        let told: Vec<_> = stays.stays.iter().map(|stay| (stay.account, stay.to, stay.left)).collect();
        assert_eq!(told, [(0, 2, true), (1, 3, true), (2, 1, true), (3, 2, false)]);
        let left = stays.left_after();
        // One of four leaves in the first month, one of three in the second, the one that is left in the third.
        assert_eq!(left, [0.75, 0.75 * (1.0 - 1.0 / 3.0), 0.0]);
        let before = Stays::of(&past, day("2023-03-15"));
        let told: Vec<_> = before.stays.iter().map(|stay| (stay.account, stay.to, stay.left)).collect();
        assert_eq!(told, [(0, 1, false), (1, 1, false)], "what came later was not known");
    }

    #[test]
    fn tickets_count_in_the_ninety_days_before_an_age() {
        let past = by_subscriptions();
        let stays = Stays::of(&past, day("2024-01-01"));
        let signs = Signs::of(&past, &stays);
        assert_eq!(signs.names(), ["tickets of the 90 days before"]);
        let oak = stays.stays[3];
        // From 17 July to 15 October, and from 17 August to 15 November.
        assert_eq!(signs.at(&oak, 1), Some(vec![1.0]));
        assert_eq!(signs.at(&oak, 2), Some(vec![3.0]));
        assert_eq!(signs.at(&stays.stays[1], 1), Some(vec![0.0]));
    }

    #[test]
    fn a_list_tells_stays_where_it_tells_how_long_and_whether() {
        let mapping = "through = 2023-12-31\n[accounts]\nfile = \"a.csv\"\n\
            columns = { tenure = \"months\", churned = \"left\" }\nfigures = { score = \"score\" }\n";
        let rows = "months,left,score\n3,no,1\n0,no,2\n0,yes,3\n2,yes,\n4,,5\n";
        let past = load(&[("h.toml", mapping), ("a.csv", rows)]);
        let stays = Stays::of(&past, day("2024-01-01"));
        assert_eq!(stays.counted, Counted::MonthsOfCustomers);
        let told: Vec<_> = stays.stays.iter().map(|stay| (stay.account, stay.to, stay.left)).collect();
        assert_eq!(told, [(0, 3, false), (2, 1, true), (3, 2, true)]);
        let signs = Signs::of(&past, &stays);
        assert_eq!(signs.at(&stays.stays[0], 2), Some(vec![1.0]));
        assert_eq!(signs.at(&stays.stays[2], 1), None, "a figure that is not told is not made up");
    }
}
