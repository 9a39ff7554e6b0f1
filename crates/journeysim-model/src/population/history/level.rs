//! Recurring revenue at a date, and every change of it between two dates.

use chrono::NaiveDate;

use super::{History, Subscription};
use crate::base::money::Money;

/// What counts as one customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Every subscription by itself.
    Subscription,
    /// All subscriptions of an account together.
    Account,
}

/// The recurring revenue of one customer from a date on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LevelChange {
    /// The first day of the new level.
    pub date: NaiveDate,
    /// The customer: a place in [`History::accounts`] or [`History::subscriptions`].
    pub customer: u32,
    /// Recurring revenue from then on; zero when nothing is in force (cents).
    pub arr: Money,
}

impl History {
    /// Returns the number of customers, past and present.
    #[must_use]
    pub fn customers(&self, level: Level) -> usize {
        match level {
            Level::Subscription => self.subscriptions.len(),
            Level::Account => self.accounts.len(),
        }
    }

    /// Returns each customer's recurring revenue in force on `date` (cents).
    #[must_use]
    pub fn book_at(&self, level: Level, date: NaiveDate) -> Vec<Money> {
        let mut book = vec![Money::ZERO; self.customers(level)];
        for (place, held) in self.subscriptions.iter().enumerate().filter(|(_, held)| held.in_force(date)) {
            book[customer(level, place, held)] += held.arr;
        }
        book
    }

    /// Returns every new level of every customer after `after` and up to `through`, by date and
    /// then by customer. What begins and ends on one day is one change, and none if it cancels out.
    #[must_use]
    pub fn changes(&self, level: Level, after: NaiveDate, through: NaiveDate) -> Vec<LevelChange> {
        let mut steps: Vec<(NaiveDate, usize, Money)> = Vec::new();
        for (place, held) in self.subscriptions.iter().enumerate().filter(|(_, held)| !held.trial) {
            for (date, step) in [(Some(held.start), held.arr), (held.end, -held.arr)] {
                if let Some(date) = date.filter(|&date| after < date && date <= through) {
                    steps.push((date, customer(level, place, held), step));
                }
            }
        }
        steps.sort_unstable_by_key(|&(date, customer, _)| (date, customer));
        let mut book = self.book_at(level, after);
        let mut changes = Vec::new();
        for step in steps.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            let (date, customer, _) = step[0];
            let net: Money = step.iter().map(|&(_, _, amount)| amount).sum();
            if net != Money::ZERO {
                book[customer] += net;
                changes.push(LevelChange { date, customer: customer as u32, arr: book[customer] });
            }
        }
        changes
    }
}

fn customer(level: Level, place: usize, held: &Subscription) -> usize {
    match level {
        Level::Subscription => place,
        Level::Account => held.account as usize,
    }
}
