//! The ledger: what recurring revenue was, how it moved, what it is.
//!
//! Each account opens with its recurring revenue and every change is one
//! [`Entry`]. At any time, to the cent:
//!
//! ```text
//! opening + new + expansion - contraction - churned = closing
//! ```
//!
//! # Invariants
//!
//! - Amounts of entries are positive; the [`Movement`] carries the sign.
//! - No balance is negative, and it reaches zero by churn only: whoever pays less
//!   and stays has contracted, whoever pays nothing is gone.
//! - Entries of one account never run backwards in time. Across accounts they may,
//!   so that a renewal signed late can be booked on the day it takes effect.
//!
//! # Not here
//!
//! Retention is not a sum of flows: it compares an account's balance at both ends
//! of a window, in `metrics::retention`. Why revenue moves is `renewal::outcome`.

use std::cmp::Ordering;

use crate::base::money::Money;
use crate::base::time::Day;

/// How recurring revenue moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Movement {
    /// An account without revenue signs, for the first time or after it had churned.
    New,
    /// An account pays more.
    Expansion,
    /// An account pays less and stays.
    Contraction,
    /// An account leaves, with all its revenue.
    Churn,
}

/// What part of a contract changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// More or fewer seats.
    Seats = 0,
    /// Another price a seat.
    Price = 1,
    /// Products added or dropped.
    Products = 2,
    /// Seats used beyond a soft cap, billed afterwards.
    TrueUp = 3,
}

/// The signed parts of one change; they add up to it (cents).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parts([Money; 4]);

impl Parts {
    /// No change in any part; also the parts of a change whose reasons are not known.
    pub const NONE: Parts = Parts([Money::ZERO; 4]);

    /// Returns these parts with `amount` added to `part`: positive for more revenue.
    #[must_use]
    pub fn with(mut self, part: Part, amount: Money) -> Parts {
        self.0[part as usize] += amount;
        self
    }

    /// Returns the signed amount of `part`.
    #[must_use]
    pub const fn of(&self, part: Part) -> Money {
        self.0[part as usize]
    }

    /// Returns the signed sum of all parts.
    #[must_use]
    pub fn net(&self) -> Money {
        self.0.iter().copied().sum()
    }
}

/// One movement of one account's recurring revenue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The day it takes effect.
    pub day: Day,
    /// The account.
    pub account: u32,
    /// How the revenue moved.
    pub movement: Movement,
    /// By how much; always positive (cents).
    pub amount: Money,
    /// The parts of an expansion or contraction; none for new business, churn and unknown reasons.
    pub parts: Parts,
}

impl Entry {
    /// Returns the amount with its sign: what it adds to the account's balance (cents).
    #[must_use]
    pub fn signed(&self) -> Money {
        match self.movement {
            Movement::New | Movement::Expansion => self.amount,
            Movement::Contraction | Movement::Churn => -self.amount,
        }
    }
}

/// The movements of a ledger, each summed over accounts and days (cents).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Balance {
    /// Recurring revenue before the first entry.
    pub opening: Money,
    /// Revenue of accounts that signed, first-time or returning.
    pub new: Money,
    /// Increases of accounts that stayed.
    pub expansion: Money,
    /// Decreases of accounts that stayed.
    pub contraction: Money,
    /// Revenue of accounts that left.
    pub churned: Money,
    /// Recurring revenue after the last entry: the sum of the accounts' balances.
    pub closing: Money,
}

impl Balance {
    /// Returns whether the movements explain the closing revenue to the cent.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.opening + self.new + self.expansion - self.contraction - self.churned == self.closing
    }
}

/// An entry that would make the ledger wrong. It is refused and the ledger stays as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// New business needs an account without revenue.
    #[error("account {account} already has {balance} of recurring revenue: book a change, not new business")]
    AlreadyUnderContract {
        /// The account.
        account: u32,
        /// What it pays.
        balance: Money,
    },
    /// Only an account with revenue can change or churn.
    #[error("account {account} has no recurring revenue: only new business can be booked")]
    NotUnderContract {
        /// The account.
        account: u32,
    },
    /// New business and opening revenue are more than nothing.
    #[error("account {account} cannot open with {amount}: recurring revenue must be positive")]
    NotPositive {
        /// The account.
        account: u32,
        /// The amount offered.
        amount: Money,
    },
    /// A change must leave some revenue.
    #[error("a change of {change} leaves account {account} with {left}: book churn if it left")]
    NothingLeft {
        /// The account.
        account: u32,
        /// The signed change.
        change: Money,
        /// What would be left.
        left: Money,
    },
    /// Entries of one account follow one another in time.
    #[error("account {account} was last booked on day {}: day {} comes too late", booked.0, day.0)]
    OutOfOrder {
        /// The account.
        account: u32,
        /// The day of the entry refused.
        day: Day,
        /// The day of the account's last entry.
        booked: Day,
    },
}

/// Recurring revenue of a population of accounts over one replication.
///
/// Accounts are numbered from 0; posting is a push and a few additions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    opening: Vec<Money>,
    standing: Vec<Standing>,
    entries: Vec<Entry>,
    totals: Balance,
}

/// Where an account is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Standing {
    balance: Money,
    booked: Day,
}

impl Ledger {
    /// Opens a ledger with each account's recurring revenue, zero for accounts without a contract.
    ///
    /// # Errors
    ///
    /// [`LedgerError::NotPositive`] if an account opens with less than nothing.
    pub fn open(opening: Vec<Money>) -> Result<Ledger, LedgerError> {
        for (account, &amount) in (0..).zip(&opening) {
            if amount < Money::ZERO {
                return Err(LedgerError::NotPositive { account, amount });
            }
        }
        let standing = opening.iter().map(|&balance| Standing { balance, ..Standing::NONE }).collect();
        let total = opening.iter().copied().sum();
        let totals = Balance { opening: total, closing: total, ..Balance::default() };
        Ok(Ledger { opening, standing, entries: Vec::new(), totals })
    }

    /// Books new business of an account that has no revenue, known to the ledger or not.
    ///
    /// # Errors
    ///
    /// - [`LedgerError::AlreadyUnderContract`] if it has revenue.
    /// - [`LedgerError::NotPositive`] if `amount` is not more than nothing.
    /// - [`LedgerError::OutOfOrder`] if the account was booked after `day`.
    pub fn sign(&mut self, day: Day, account: u32, amount: Money) -> Result<(), LedgerError> {
        let balance = self.balance_of(account);
        if balance > Money::ZERO {
            return Err(LedgerError::AlreadyUnderContract { account, balance });
        }
        if amount <= Money::ZERO {
            return Err(LedgerError::NotPositive { account, amount });
        }
        self.post(Entry { day, account, movement: Movement::New, amount, parts: Parts::NONE })
    }

    /// Books the net of `parts` once: as expansion, as contraction, or not at all where they cancel.
    ///
    /// # Errors
    ///
    /// - [`LedgerError::NotUnderContract`] if the account has no revenue.
    /// - [`LedgerError::NothingLeft`] if nothing or less would be left.
    /// - [`LedgerError::OutOfOrder`] if the account was booked after `day`.
    pub fn change(&mut self, day: Day, account: u32, parts: Parts) -> Result<(), LedgerError> {
        self.shift(day, account, parts.net(), parts)
    }

    /// Books that the account leaves with all its revenue.
    ///
    /// # Errors
    ///
    /// - [`LedgerError::NotUnderContract`] if the account has no revenue.
    /// - [`LedgerError::OutOfOrder`] if the account was booked after `day`.
    pub fn churn(&mut self, day: Day, account: u32) -> Result<(), LedgerError> {
        let amount = self.under_contract(account)?;
        self.post(Entry { day, account, movement: Movement::Churn, amount, parts: Parts::NONE })
    }

    /// Books whatever movement brings the account to `level`: how a history that states only
    /// levels is replayed. The parts of the change stay unknown; an equal level books nothing.
    ///
    /// # Errors
    ///
    /// - [`LedgerError::NotPositive`] if an account without revenue is to have less than nothing.
    /// - [`LedgerError::NothingLeft`] if an account with revenue is to have less than nothing.
    /// - [`LedgerError::OutOfOrder`] if the account was booked after `day`.
    pub fn settle(&mut self, day: Day, account: u32, level: Money) -> Result<(), LedgerError> {
        let balance = self.balance_of(account);
        match (balance > Money::ZERO, level == Money::ZERO) {
            (false, true) => Ok(()),
            (false, false) => self.sign(day, account, level),
            (true, true) => self.churn(day, account),
            (true, false) => self.shift(day, account, level - balance, Parts::NONE),
        }
    }

    /// Returns the account's recurring revenue after all entries, zero for an account never seen (cents).
    #[must_use]
    pub fn balance_of(&self, account: u32) -> Money {
        self.standing.get(account as usize).map_or(Money::ZERO, |standing| standing.balance)
    }

    /// Returns the totals of all movements.
    #[must_use]
    pub fn balance(&self) -> Balance {
        self.totals
    }

    /// Returns the signed total of `part` over all expansions and contractions (cents).
    #[must_use]
    pub fn total_of(&self, part: Part) -> Money {
        self.entries.iter().map(|entry| entry.parts.of(part)).sum()
    }

    /// Returns all entries in the order they were posted.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Returns each account's recurring revenue when `day` begins, entries of `day` itself not yet
    /// counted (cents).
    #[must_use]
    pub fn book_at(&self, day: Day) -> Vec<Money> {
        let mut book = self.opening.clone();
        book.resize(self.standing.len(), Money::ZERO);
        for entry in self.entries.iter().filter(|entry| entry.day < day) {
            book[entry.account as usize] += entry.signed();
        }
        book
    }

    /// Returns the ledger of a run that begins on `day`: it opens with what stands when that day begins, and counts days
    /// from it.
    #[must_use]
    pub fn since(&self, day: Day) -> Ledger {
        let mut ledger = Ledger::open(self.book_at(day)).expect("invariant: no balance is negative");
        for entry in self.entries.iter().filter(|entry| entry.day >= day) {
            let entry = Entry { day: Day(entry.day - day), ..*entry };
            ledger.post(entry).expect("invariant: entries of one account keep their order");
        }
        ledger
    }

    fn under_contract(&self, account: u32) -> Result<Money, LedgerError> {
        let balance = self.balance_of(account);
        if balance > Money::ZERO { Ok(balance) } else { Err(LedgerError::NotUnderContract { account }) }
    }

    fn shift(&mut self, day: Day, account: u32, change: Money, parts: Parts) -> Result<(), LedgerError> {
        let left = self.under_contract(account)? + change;
        if left <= Money::ZERO {
            return Err(LedgerError::NothingLeft { account, change, left });
        }
        let (movement, amount) = match change.cmp(&Money::ZERO) {
            Ordering::Greater => (Movement::Expansion, change),
            Ordering::Less => (Movement::Contraction, -change),
            Ordering::Equal => return Ok(()),
        };
        self.post(Entry { day, account, movement, amount, parts })
    }

    fn post(&mut self, entry: Entry) -> Result<(), LedgerError> {
        let place = entry.account as usize;
        if place >= self.standing.len() {
            self.standing.resize(place + 1, Standing::NONE);
        }
        let standing = &mut self.standing[place];
        if entry.day < standing.booked {
            let (account, day, booked) = (entry.account, entry.day, standing.booked);
            return Err(LedgerError::OutOfOrder { account, day, booked });
        }
        *standing = Standing { balance: standing.balance + entry.signed(), booked: entry.day };
        match entry.movement {
            Movement::New => self.totals.new += entry.amount,
            Movement::Expansion => self.totals.expansion += entry.amount,
            Movement::Contraction => self.totals.contraction += entry.amount,
            Movement::Churn => self.totals.churned += entry.amount,
        }
        self.totals.closing += entry.signed();
        self.entries.push(entry);
        Ok(())
    }
}

impl Standing {
    /// An account without revenue and never booked.
    const NONE: Standing = Standing { balance: Money::ZERO, booked: Day(i32::MIN) };
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn units(amount: i64) -> Money {
        Money::from_units(amount)
    }

    fn opened(amounts: &[i64]) -> Ledger {
        Ledger::open(amounts.iter().copied().map(units).collect()).unwrap()
    }

    /// Worked by hand: four accounts, one of each movement, and a return after churn.
    #[test]
    fn a_hand_worked_year_balances() {
        let mut ledger = opened(&[10_000, 20_000, 5_000]);
        ledger.change(Day(10), 0, Parts::NONE.with(Part::Seats, units(2_500))).unwrap();
        ledger.change(Day(20), 1, Parts::NONE.with(Part::Seats, units(-4_000))).unwrap();
        ledger.churn(Day(30), 2).unwrap();
        ledger.sign(Day(40), 3, units(8_000)).unwrap();
        ledger.sign(Day(50), 2, units(1_000)).unwrap();
        let expected = Balance {
            opening: units(35_000),
            new: units(9_000),
            expansion: units(2_500),
            contraction: units(4_000),
            churned: units(5_000),
            closing: units(37_500),
        };
        assert_eq!(ledger.balance(), expected);
        assert!(ledger.balance().holds());
        assert_eq!(
            ledger.book_at(Day(30)),
            [12_500, 16_000, 5_000, 0].map(units),
            "a day begins before its entries"
        );
        assert_eq!(ledger.book_at(Day(31)), [12_500, 16_000, 0, 0].map(units));
        assert_eq!(ledger.book_at(Day(99)), [12_500, 16_000, 1_000, 8_000].map(units));
    }

    #[test]
    fn a_renewal_is_booked_once_with_its_parts() {
        let mut ledger = opened(&[10_000]);
        let parts = Parts::NONE
            .with(Part::Seats, units(-1_500))
            .with(Part::Price, units(500))
            .with(Part::TrueUp, units(200));
        ledger.change(Day(365), 0, parts).unwrap();
        let entry = ledger.entries()[0];
        assert_eq!((entry.movement, entry.amount), (Movement::Contraction, units(800)));
        assert_eq!(entry.parts.net(), entry.signed());
        assert_eq!(ledger.total_of(Part::Seats), units(-1_500));
        assert_eq!(ledger.total_of(Part::TrueUp), units(200));
        assert_eq!(ledger.total_of(Part::Products), Money::ZERO);

        let cancelling = Parts::NONE.with(Part::Seats, units(-500)).with(Part::Price, units(500));
        ledger.change(Day(730), 0, cancelling).unwrap();
        assert_eq!(ledger.entries().len(), 1, "a net of zero moves nothing");
    }

    #[test]
    fn a_wrong_entry_is_refused_and_changes_nothing() {
        let mut ledger = opened(&[10_000, 0]);
        ledger.change(Day(10), 0, Parts::NONE.with(Part::Price, units(100))).unwrap();
        let before = ledger.clone();
        let down = |amount: i64| Parts::NONE.with(Part::Seats, units(-amount));
        let refusals = [
            ledger.sign(Day(11), 0, units(1)),
            ledger.sign(Day(11), 1, units(0)),
            ledger.sign(Day(11), 7, units(-1)),
            ledger.churn(Day(11), 1),
            ledger.churn(Day(11), 7),
            ledger.change(Day(11), 1, down(1)),
            ledger.change(Day(11), 0, down(10_100)),
            ledger.change(Day(11), 0, down(10_101)),
            ledger.settle(Day(11), 0, units(-1)),
            ledger.change(Day(9), 0, down(1)),
        ];
        for (row, refusal) in refusals.iter().enumerate() {
            assert!(refusal.is_err(), "row {row}");
        }
        assert_eq!(ledger, before);
        assert!(Ledger::open(vec![units(-1)]).is_err());
    }

    #[test]
    fn settling_books_the_movement_that_leads_to_the_level() {
        let mut ledger = opened(&[100]);
        for (day, level) in [(1, 150), (2, 150), (3, 90), (4, 0), (5, 0), (6, 40)] {
            ledger.settle(Day(day), 0, units(level)).unwrap();
        }
        let booked: Vec<_> = ledger.entries().iter().map(|entry| (entry.day.0, entry.movement)).collect();
        let expected =
            [(1, Movement::Expansion), (3, Movement::Contraction), (4, Movement::Churn), (6, Movement::New)];
        assert_eq!(booked, expected);
    }

    #[test]
    fn two_changes_on_one_day_are_booked_one_after_the_other() {
        let mut ledger = opened(&[100]);
        ledger.settle(Day(7), 0, units(150)).unwrap();
        ledger.settle(Day(7), 0, units(90)).unwrap();
        let booked: Vec<_> = ledger.entries().iter().map(Entry::signed).collect();
        assert_eq!(booked, [units(50), units(-60)]);
    }

    #[test]
    fn books_that_do_not_add_up_do_not_hold() {
        let right = Balance { opening: units(10), new: units(2), closing: units(12), ..Balance::default() };
        assert!(right.holds());
        assert!(!Balance { closing: units(11), ..right }.holds());
    }

    #[test]
    fn a_ledger_since_a_day_opens_with_what_stood_and_counts_from_there() {
        let mut ledger = opened(&[100, 200]);
        ledger.settle(Day(10), 0, units(150)).unwrap();
        ledger.settle(Day(20), 1, units(180)).unwrap();
        ledger.churn(Day(30), 0).unwrap();
        let since = ledger.since(Day(20));
        let mut expected = opened(&[150, 200]);
        expected.settle(Day(0), 1, units(180)).unwrap();
        expected.churn(Day(10), 0).unwrap();
        assert_eq!(since, expected);
    }

    proptest! {
        /// Whatever is offered, accepted or refused, the books balance and agree with each other.
        #[test]
        fn every_sequence_of_entries_balances(
            opening in prop::collection::vec(0_i64..1_000_000, 0..5),
            moves in prop::collection::vec((0_i32..40, 0_u32..8, 0_u8..4, -500_000_i64..500_000), 0..200),
        ) {
            let mut ledger = Ledger::open(opening.into_iter().map(Money::from_cents).collect()).unwrap();
            for (day, account, kind, cents) in moves {
                let amount = Money::from_cents(cents);
                // A refusal is as welcome as an entry here.
                let _ = match kind {
                    0 => ledger.sign(Day(day), account, amount),
                    1 => ledger.change(Day(day), account, Parts::NONE.with(Part::Seats, amount)),
                    2 => ledger.churn(Day(day), account),
                    _ => ledger.settle(Day(day), account, amount),
                };
            }
            prop_assert!(ledger.balance().holds());
            for day in 0..=40 {
                prop_assert!(ledger.book_at(Day(day)).iter().all(|&balance| balance >= Money::ZERO));
            }
            prop_assert_eq!(ledger.book_at(Day(40)).into_iter().sum::<Money>(), ledger.balance().closing);
            prop_assert!(ledger.entries().iter().all(|entry| entry.amount > Money::ZERO));
        }
    }
}
