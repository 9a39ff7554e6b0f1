//! The book as it stood on a day of the past, for a run that begins there.

use chrono::NaiveDate;

use super::{History, Level};
use crate::base::money::Money;
use crate::population::book::BookRow;

impl History {
    /// Returns the accounts that paid something on `date`, as a list of accounts of that day would have told them.
    ///
    /// Nothing is told that nobody knew then: a subscription's end is not, for it may be the day the customer left; the
    /// next renewal is the next day on which a term ended. Seats are those in force; users, those of the last month that
    /// had ended. What the files do not date (segments, developers, products, terms) is taken as it is today.
    #[must_use]
    pub fn opening(&self, date: NaiveDate) -> Vec<BookRow> {
        let book = self.book_at(Level::Account, date);
        let mut seats = vec![0_u32; self.accounts.len()];
        let mut start: Vec<Option<NaiveDate>> = self.accounts.iter().map(|account| account.start).collect();
        for held in self.subscriptions.iter().filter(|held| !held.trial && held.start <= date) {
            let account = held.account as usize;
            if held.in_force(date) {
                seats[account] = seats[account].saturating_add(held.seats.unwrap_or(0));
            }
            if self.accounts[account].start.is_none() {
                start[account] = Some(start[account].map_or(held.start, |first| first.min(held.start)));
            }
        }
        let mut due: Vec<Option<NaiveDate>> = vec![None; self.accounts.len()];
        for renewal in self.renewals.iter().filter(|renewal| renewal.due >= date) {
            let next = &mut due[renewal.account as usize];
            *next = Some(next.map_or(renewal.due, |other| other.min(renewal.due)));
        }
        let paying = book.iter().enumerate().filter(|(_, arr)| **arr > Money::ZERO);
        paying
            .map(|(place, &arr)| {
                let account = &self.accounts[place];
                let (mau, dau) = self.users(place as u32, date);
                BookRow {
                    line: place as u64 + 1,
                    id: self.id(place as u32).to_owned(),
                    name: None,
                    segment: account.segment,
                    developers: account.developers,
                    seats: Some(seats[place]).filter(|&seats| seats > 0),
                    arr,
                    start: start[place],
                    renewal: due[place],
                    term: account.term,
                    products: account.products,
                    mau,
                    dau,
                    instance_admin: None,
                    program_contact: None,
                    champion: None,
                    buyer: None,
                    pulse: None,
                    defect_tickets: None,
                    help_tickets: None,
                }
            })
            .collect()
    }

    /// Users active in the last month told that had ended by `date`, if it ended no more than a quarter before.
    fn users(&self, account: u32, date: NaiveDate) -> (Option<u32>, Option<u32>) {
        let first = self.usage.partition_point(|usage| usage.account < account);
        let own = self.usage[first..].iter().take_while(|usage| usage.account == account);
        let ended = own.filter(|usage| {
            let age = date.signed_duration_since(usage.date).num_days();
            (28..=120).contains(&age) && usage.mau().is_some()
        });
        let Some(last) = ended.last() else { return (None, None) };
        (last.mau(), last.dau().map(|dau| dau.round() as u32))
    }
}
