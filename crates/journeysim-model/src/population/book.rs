//! A real book of business: the list of accounts a company already has.
//!
//! The list is a delimited file whose headers are mapped to [`BookColumn`]s. Only
//! the account's name in the system ([`BookColumn::Id`]), its recurring revenue
//! and either end of its contract are needed. Whatever else is not in the file,
//! or blank in a row, is `None` here and counted in [`Book::drawn_columns`]: the
//! population draws it, and the user is told so.
//!
//! # Not here
//!
//! How cells are read is [`super::export`]; how listed accounts come into a run is
//! the engine's business; many subscriptions an account are [`super::history`].

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::Products;
use super::export::{BadRow, ExportFormat, OnBadRow};
use super::segment::Segment;
use crate::base::money::Money;
use crate::language::choices;

pub use dates::EARLIEST;
pub use read::{headers, read_book};

mod check;
mod dates;
mod draw;
mod read;

choices! {
    /// What a column of a book can tell about an account.
    pub enum BookColumn {
        /// The account's identifier, unlike any other's.
        Id = "id",
        /// Its name, for people.
        Name = "name",
        /// The segment it belongs to: smb, mid-market, enterprise or strategic.
        Segment = "segment",
        /// Full-time developers it employs.
        Developers = "developers",
        /// Seats it has bought.
        Seats = "seats",
        /// Annual recurring revenue.
        Arr = "arr",
        /// First day as a customer; terms are counted from it.
        Start = "start",
        /// Day on which the running contract ends or renews.
        Renewal = "renewal",
        /// Length of a term in months.
        Term = "term",
        /// Products bought: search, assistant or both, separated by `;`, `|` or `+`.
        Products = "products",
        /// Users active in the last full month.
        Mau = "mau",
        /// Users active on a mean day of the last four weeks.
        Dau = "dau",
        /// Whether somebody runs the instance.
        InstanceAdmin = "instance_admin",
        /// Whether somebody cares for use cases and adoption.
        ProgramContact = "program_contact",
        /// Whether somebody promotes the product inside.
        Champion = "champion",
        /// Whether there is access to the person who signs.
        Buyer = "buyer",
        /// The advisor's own opinion: healthy, concerning or poor.
        Pulse = "pulse",
        /// Defect tickets in the last 90 days.
        DefectTickets = "defect_tickets",
        /// Help tickets in the last 90 days.
        HelpTickets = "help_tickets",
    }
}

/// Which header of the file stands for which column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookMapping(BTreeMap<BookColumn, String>);

/// A mapping that leaves out what every book needs. Nothing is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MappingError {
    /// Accounts are told apart by their identifier.
    #[error("no column is mapped to `id`: name the one that identifies an account")]
    NoId,
    /// Retention is measured in recurring revenue.
    #[error("no column is mapped to `arr`: name the one with annual recurring revenue")]
    NoArr,
    /// A contract is placed in time by its start or its renewal.
    #[error("no column is mapped to `start` or `renewal`: name at least one of them")]
    NoDate,
}

impl BookMapping {
    /// Returns a mapping that has at least `id`, `arr` and one of `start` and `renewal`.
    ///
    /// # Errors
    ///
    /// A [`MappingError`] naming the first of these that is missing.
    pub fn new(headers: BTreeMap<BookColumn, String>) -> Result<BookMapping, MappingError> {
        let has = |column| headers.contains_key(&column);
        if !has(BookColumn::Id) {
            return Err(MappingError::NoId);
        }
        if !has(BookColumn::Arr) {
            return Err(MappingError::NoArr);
        }
        if !has(BookColumn::Start) && !has(BookColumn::Renewal) {
            return Err(MappingError::NoDate);
        }
        Ok(BookMapping(headers))
    }
}

/// Whether more users may be active than seats were bought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SeatCap {
    /// Never: a month with more active users than seats is a fault of the file.
    #[default]
    Hard,
    /// The excess is billed afterwards.
    Soft,
}

/// How a book is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BookOptions {
    /// How the file writes dates and numbers.
    pub format: ExportFormat,
    /// What to do about rows that are wrong.
    pub on_bad_row: OnBadRow,
    /// Whether seats limit the active users.
    pub seat_cap: SeatCap,
    /// First day of the run that the book opens. Then every row must also be a contract that can be lived from
    /// that day on; without it any list reads.
    pub opens: Option<NaiveDate>,
}

/// The advisor's own opinion of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pulse {
    /// No concern.
    Healthy,
    /// Something to watch.
    Concerning,
    /// In danger.
    Poor,
}

/// One account as the book tells it; `None` is unknown and will be drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookRow {
    /// Line of the file.
    pub line: u64,
    /// Identifier, unlike any other's.
    pub id: String,
    /// Name, for people.
    pub name: Option<String>,
    /// Segment; that of the developers, where both are known.
    pub segment: Option<Segment>,
    /// Full-time developers employed.
    pub developers: Option<u32>,
    /// Seats bought; at least one.
    pub seats: Option<u32>,
    /// Annual recurring revenue; not negative (cents).
    pub arr: Money,
    /// First day as a customer. It or the renewal is known.
    pub start: Option<NaiveDate>,
    /// Day the contract ends or renews; after the start.
    pub renewal: Option<NaiveDate>,
    /// Length of a term (months).
    pub term: Option<u32>,
    /// Products bought.
    pub products: Option<Products>,
    /// Users active in the last full month.
    pub mau: Option<u32>,
    /// Users active on a mean day; at most the month's.
    pub dau: Option<u32>,
    /// Whether somebody runs the instance.
    pub instance_admin: Option<bool>,
    /// Whether somebody cares for use cases and adoption.
    pub program_contact: Option<bool>,
    /// Whether somebody promotes the product inside.
    pub champion: Option<bool>,
    /// Whether there is access to the person who signs.
    pub buyer: Option<bool>,
    /// The advisor's opinion.
    pub pulse: Option<Pulse>,
    /// Defect tickets in the last 90 days.
    pub defect_tickets: Option<u32>,
    /// Help tickets in the last 90 days.
    pub help_tickets: Option<u32>,
}

impl BookRow {
    /// A row that tells nothing: what the tests start from.
    #[cfg(test)]
    pub(crate) fn blank() -> Self {
        BookRow {
            line: 2,
            id: String::new(),
            name: None,
            segment: None,
            developers: None,
            seats: None,
            arr: Money::ZERO,
            start: None,
            renewal: None,
            term: None,
            products: None,
            mau: None,
            dau: None,
            instance_admin: None,
            program_contact: None,
            champion: None,
            buyer: None,
            pulse: None,
            defect_tickets: None,
            help_tickets: None,
        }
    }
}

/// A column the population must draw, wholly or in part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct DrawnColumn {
    /// The column.
    pub column: BookColumn,
    /// Accounts for which it is drawn: all of them where the file has no such column.
    pub accounts: usize,
}

/// A book that can be simulated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Book {
    /// The accounts in the order of the file.
    pub rows: Vec<BookRow>,
    /// Every fault of the rows left out; empty unless wrong rows are to be skipped.
    pub skipped: Vec<BadRow>,
    /// What the file does not tell, in the order of [`BookColumn`].
    pub drawn_columns: Vec<DrawnColumn>,
}

impl Book {
    /// Returns the number of rows left out; a row may have several faults.
    #[must_use]
    pub fn skipped_rows(&self) -> usize {
        let mut lines: Vec<u64> = self.skipped.iter().map(|bad| bad.line).collect();
        lines.dedup();
        lines.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mapping_needs_an_id_revenue_and_a_date() {
        let map = |columns: &[BookColumn]| {
            BookMapping::new(columns.iter().map(|&column| (column, "x".to_owned())).collect()).map(|_| ())
        };
        use BookColumn as Is;
        assert_eq!(map(&[Is::Arr, Is::Start]), Err(MappingError::NoId));
        assert_eq!(map(&[Is::Id, Is::Start]), Err(MappingError::NoArr));
        assert_eq!(map(&[Is::Id, Is::Arr, Is::Seats]), Err(MappingError::NoDate));
        assert_eq!(map(&[Is::Id, Is::Arr, Is::Renewal]), Ok(()));
    }
}
