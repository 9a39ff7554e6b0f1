//! The history of subscriptions: many an account, each from a start to an end.
//!
//! A subscription is in force on day D when it started on or before D and has
//! not ended by D: `start <= D < end`, without an end for ever. Trials are read
//! but never count: they carry no recurring revenue.
//!
//! The recurring revenue at a date, and every change between two dates, come out
//! per subscription or per account. What a ledger makes of them is
//! `renewal::replay`.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::export::{BadRow, Column, ExportFormat, OnBadRow, Row, Table};
use crate::base::money::Money;

/// The headers of a history's columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryMapping {
    /// Identifier of the subscription, unlike any other's.
    pub subscription: String,
    /// Identifier of the account that holds it.
    pub account: String,
    /// First day in force.
    pub start: String,
    /// First day no longer in force; blank where it has not ended.
    pub end: String,
    /// Annual recurring revenue.
    pub arr: String,
    /// Whether it is a trial; `None` where the history has no trials.
    pub trial: Option<String>,
}

/// One subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// Identifier, unlike any other's.
    pub id: String,
    /// The account that holds it.
    pub account: String,
    /// First day in force.
    pub start: NaiveDate,
    /// First day no longer in force; not before the start.
    pub end: Option<NaiveDate>,
    /// Annual recurring revenue; not negative (cents).
    pub arr: Money,
    /// A trial, which carries no recurring revenue.
    pub trial: bool,
}

impl Subscription {
    /// Returns whether the subscription counts on `date`.
    #[must_use]
    pub fn in_force(&self, date: NaiveDate) -> bool {
        !self.trial && self.start <= date && self.end.is_none_or(|end| end > date)
    }
}

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
    /// The customer: its place in [`SubscriptionHistory::customers`].
    pub customer: u32,
    /// Recurring revenue from then on; zero when nothing is in force (cents).
    pub arr: Money,
}

/// The subscriptions of a vendor's customers, past and present.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubscriptionHistory {
    subscriptions: Vec<Subscription>,
    skipped: Vec<BadRow>,
}

impl SubscriptionHistory {
    /// Reads a history from the bytes of `file`, whose name only appears in faults.
    ///
    /// # Errors
    ///
    /// Every fault at once, in the order of lines: columns not in the file, a file without rows, and,
    /// unless they are skipped, all wrong rows. A history of which every row would be skipped is
    /// refused with the faults of its rows.
    pub fn read(
        bytes: &[u8],
        file: &str,
        mapping: &HistoryMapping,
        format: ExportFormat,
        on_bad_row: OnBadRow,
    ) -> Result<SubscriptionHistory, Vec<BadRow>> {
        let table = Table::read(bytes, file, format).map_err(|bad| vec![bad])?;
        let columns = Columns::find(&table, mapping)?;
        let (mut subscriptions, mut skipped, mut seen) = (Vec::new(), Vec::new(), BTreeMap::new());
        for row in table.rows() {
            match row.map_err(|bad| vec![bad]).and_then(|row| read_row(row, &columns, &mut seen)) {
                Ok(subscription) => subscriptions.push(subscription),
                Err(wrong) => skipped.extend(wrong),
            }
        }
        if subscriptions.is_empty() || on_bad_row == OnBadRow::Stop && !skipped.is_empty() {
            return Err(skipped);
        }
        Ok(SubscriptionHistory { subscriptions, skipped })
    }

    /// Returns the subscriptions, trials among them, in the order of the file.
    #[must_use]
    pub fn subscriptions(&self) -> &[Subscription] {
        &self.subscriptions
    }

    /// Returns every fault of the rows left out; empty unless wrong rows are skipped.
    #[must_use]
    pub fn skipped(&self) -> &[BadRow] {
        &self.skipped
    }

    /// Returns the identifiers of all customers at `level`, in ascending order.
    #[must_use]
    pub fn customers(&self, level: Level) -> Vec<&str> {
        let all: BTreeSet<&str> = self.subscriptions.iter().map(|held| customer(held, level)).collect();
        all.into_iter().collect()
    }

    /// Returns each customer's recurring revenue in force on `date`, in the order of
    /// [`customers`](Self::customers) (cents).
    #[must_use]
    pub fn book_at(&self, level: Level, date: NaiveDate) -> Vec<Money> {
        let customers = self.customers(level);
        let mut book = vec![Money::ZERO; customers.len()];
        for held in self.subscriptions.iter().filter(|held| held.in_force(date)) {
            book[place(&customers, held, level)] += held.arr;
        }
        book
    }

    /// Returns every new level of every customer after `after` and up to `through`, by date and
    /// then by customer. What begins and ends on one day is one change, and none if it cancels out.
    #[must_use]
    pub fn changes(&self, level: Level, after: NaiveDate, through: NaiveDate) -> Vec<LevelChange> {
        let customers = self.customers(level);
        let mut steps: BTreeMap<(NaiveDate, usize), Money> = BTreeMap::new();
        for held in self.subscriptions.iter().filter(|held| !held.trial) {
            let customer = place(&customers, held, level);
            for (date, step) in [(Some(held.start), held.arr), (held.end, -held.arr)] {
                if let Some(date) = date.filter(|&date| after < date && date <= through) {
                    *steps.entry((date, customer)).or_default() += step;
                }
            }
        }
        let mut book = self.book_at(level, after);
        let mut changes = Vec::new();
        for ((date, customer), step) in steps.into_iter().filter(|&(_, step)| step != Money::ZERO) {
            book[customer] += step;
            changes.push(LevelChange { date, customer: customer as u32, arr: book[customer] });
        }
        changes
    }
}

fn customer(held: &Subscription, level: Level) -> &str {
    match level {
        Level::Subscription => &held.id,
        Level::Account => &held.account,
    }
}

fn place(customers: &[&str], held: &Subscription, level: Level) -> usize {
    let place = customers.binary_search(&customer(held, level));
    place.expect("invariant: every subscription's customer is in the list")
}

struct Columns {
    subscription: Column,
    account: Column,
    start: Column,
    end: Column,
    arr: Column,
    trial: Option<Column>,
}

impl Columns {
    fn find(table: &Table<'_>, mapping: &HistoryMapping) -> Result<Columns, Vec<BadRow>> {
        let mut faults = Vec::new();
        let mut find = |header: &String| table.column(header).map_err(|bad| faults.push(bad)).ok();
        let [subscription, account, start, end, arr] =
            [&mapping.subscription, &mapping.account, &mapping.start, &mapping.end, &mapping.arr]
                .map(&mut find);
        let trial = mapping.trial.as_ref().and_then(find);
        match (subscription, account, start, end, arr) {
            (Some(subscription), Some(account), Some(start), Some(end), Some(arr)) if faults.is_empty() => {
                Ok(Columns { subscription, account, start, end, arr, trial })
            }
            _ => Err(faults),
        }
    }
}

fn read_row(
    mut row: Row<'_>,
    columns: &Columns,
    seen: &mut BTreeMap<String, u64>,
) -> Result<Subscription, Vec<BadRow>> {
    let id = row.needed(columns.subscription, Row::text);
    let account = row.needed(columns.account, Row::text);
    let start = row.needed(columns.start, Row::date);
    let end = row.date(columns.end);
    let arr = row.needed(columns.arr, Row::money);
    let trial = columns.trial.map(|column| row.needed(column, Row::yes_no));

    if let Some(id) = id
        && let Some(first) = seen.insert(id.to_owned(), row.line())
    {
        let what = format!("`{id}` stands on line {first} already");
        row.fault(columns.subscription, &what, "every subscription needs an identifier of its own");
    }
    if let (Some(start), Some(end)) = (start, end)
        && end < start
    {
        let what = format!("the end, {end}, is before the start, {start}");
        row.fault(columns.end, &what, "check both dates and the date order");
    }
    if let Some(arr) = arr.filter(|&arr| arr < Money::ZERO) {
        let what = format!("recurring revenue of {arr} is negative");
        row.fault(columns.arr, &what, "book credits elsewhere; revenue is zero or more");
    }
    let faults = row.into_faults();
    match (id, account, start, arr, trial.unwrap_or(Some(false))) {
        (Some(id), Some(account), Some(start), Some(arr), Some(trial)) if faults.is_empty() => {
            Ok(Subscription { id: id.to_owned(), account: account.to_owned(), start, end, arr, trial })
        }
        _ => Err(faults),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mapping() -> HistoryMapping {
        let [subscription, account, start, end, arr, trial] =
            ["id", "account", "start", "end", "arr", "trial"].map(str::to_owned);
        HistoryMapping { subscription, account, start, end, arr, trial: Some(trial) }
    }

    fn read(rows: &str, on_bad_row: OnBadRow) -> Result<SubscriptionHistory, Vec<BadRow>> {
        let text = format!("id,account,start,end,arr,trial\n{rows}");
        SubscriptionHistory::read(text.as_bytes(), "h.csv", &mapping(), ExportFormat::default(), on_bad_row)
    }

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// Two subscriptions of one account hand over on one day; a third account has a trial only.
    const HANDOVER: &str = "S-1,A-1,2024-01-01,2024-03-01,100,no\n\
                            S-2,A-1,2024-03-01,,100,no\n\
                            S-3,A-2,2024-02-01,2024-02-01,70,no\n\
                            S-4,A-2,2024-02-10,2024-04-01,70,no\n\
                            S-5,A-3,2024-01-01,,900,yes\n";

    #[test]
    fn a_subscription_counts_from_its_start_to_the_day_before_its_end() {
        let history = read(HANDOVER, OnBadRow::Stop).unwrap();
        let on =
            |level, text| history.book_at(level, date(text)).iter().map(|arr| arr.cents() / 100).collect();
        let cases: [(&str, [i64; 5], [i64; 3]); 5] = [
            ("2023-12-31", [0, 0, 0, 0, 0], [0, 0, 0]),
            ("2024-02-01", [100, 0, 0, 0, 0], [100, 0, 0]),
            ("2024-02-29", [100, 0, 0, 70, 0], [100, 70, 0]),
            ("2024-03-01", [0, 100, 0, 70, 0], [100, 70, 0]),
            ("2024-04-01", [0, 100, 0, 0, 0], [100, 0, 0]),
        ];
        for (text, subscriptions, accounts) in cases {
            let found: [Vec<i64>; 2] = [Level::Subscription, Level::Account].map(|level| on(level, text));
            assert_eq!(found, [subscriptions.to_vec(), accounts.to_vec()], "{text}");
        }
    }

    #[test]
    fn changes_lead_from_one_book_to_the_other_and_net_within_a_day() {
        let history = read(HANDOVER, OnBadRow::Stop).unwrap();
        let (after, through) = (date("2024-01-01"), date("2024-04-01"));
        let found = |level| {
            let changes = history.changes(level, after, through);
            changes.iter().map(|c| (c.date.to_string(), c.customer, c.arr.cents() / 100)).collect::<Vec<_>>()
        };
        let expect = |rows: &[(&str, u32, i64)]| -> Vec<_> {
            rows.iter().map(|&(date, customer, arr)| (date.to_owned(), customer, arr)).collect()
        };
        // Neither the hand-over of A-1 nor the subscription that ended as it began moves anything.
        let accounts = expect(&[("2024-02-10", 1, 70), ("2024-04-01", 1, 0)]);
        assert_eq!(found(Level::Account), accounts);
        let subscriptions = expect(&[
            ("2024-02-10", 3, 70),
            ("2024-03-01", 0, 0),
            ("2024-03-01", 1, 100),
            ("2024-04-01", 3, 0),
        ]);
        assert_eq!(found(Level::Subscription), subscriptions);
    }

    #[test]
    fn every_wrong_cell_is_named_and_may_be_skipped() {
        let rows = "S-1,A-1,2024-01-01,,100,no\n\
                    S-1,A-1,2024-01-01,,100,no\n\
                    S-2,,2024-01-01,2023-12-31,-5,no\n\
                    S-3,A-1,2024-13-01,,,maybe\n";
        let faults = read(rows, OnBadRow::Stop).unwrap_err();
        let places: Vec<_> = faults.iter().map(|bad| (bad.line, bad.column.as_str())).collect();
        let expected =
            [(3, "id"), (4, "account"), (4, "end"), (4, "arr"), (5, "start"), (5, "arr"), (5, "trial")];
        assert_eq!(places, expected);
        let history = read(rows, OnBadRow::Skip).unwrap();
        assert_eq!((history.subscriptions().len(), history.skipped()), (1, faults.as_slice()));

        let text = "id,account,begin,end,arr\nS-1,A-1,2024-01-01,,100\n";
        let format = ExportFormat::default();
        let missing = SubscriptionHistory::read(text.as_bytes(), "h.csv", &mapping(), format, OnBadRow::Skip);
        let columns: Vec<_> = missing.unwrap_err().into_iter().map(|bad| bad.column).collect();
        assert_eq!(columns, ["start", "trial"]);
    }
}
