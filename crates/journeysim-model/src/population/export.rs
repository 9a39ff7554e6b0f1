//! Reading what other systems export: delimited text, cell by cell, every fault noted.
//!
//! A file has one header line and then one record a line. A byte order mark and
//! either kind of line end are accepted, and cells need to be UTF-8 only in the
//! columns that are read. Nothing is guessed or rounded: a cell that does not
//! read exactly is a [`BadRow`] that says where it stands and what would be right.
//! A blank cell is an unknown value, not a fault.
//!
//! # Not here
//!
//! What the columns mean: [`super::book`] and [`super::history`].

use crate::language::choices;
use crate::language::fault::{Fault, FaultCode};

pub(in crate::population) use row::{Column, Heading, Row};
pub(in crate::population) use stream::{Stream, StreamError};
pub(in crate::population) use table::Table;

pub(in crate::population) mod cells;
#[cfg(feature = "parquet")]
mod columns;
mod row;
mod stream;
mod table;

choices! {
    /// The order in which dates are written, with `-`, `/` or `.` between the numbers.
    pub enum DateOrder {
        /// `2024-01-31`.
        YearMonthDay = "iso",
        /// `31-01-2024`.
        DayMonthYear = "dmy",
        /// `01/31/2024`.
        MonthDayYear = "mdy",
    }
}

choices! {
    /// The decimal mark of numbers; the other one may group thousands.
    pub enum DecimalMark {
        /// `1,234.50`.
        Point = "point",
        /// `1.234,50`.
        Comma = "comma",
    }
}

choices! {
    /// What stands between the cells of a row.
    pub enum Delimiter {
        /// `,`.
        Comma = "comma",
        /// `;`, as spreadsheets write it where the comma is the decimal mark.
        Semicolon = "semicolon",
        /// A tab.
        Tab = "tab",
    }
}

impl Delimiter {
    /// The character itself.
    #[must_use]
    pub const fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
        }
    }
}

/// How a file writes what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExportFormat {
    /// The character between cells.
    pub delimiter: u8,
    /// How dates are written.
    pub dates: DateOrder,
    /// How numbers are written.
    pub decimal: DecimalMark,
}

/// Commas between cells, ISO dates, decimal points.
impl Default for ExportFormat {
    fn default() -> ExportFormat {
        ExportFormat { delimiter: b',', dates: DateOrder::YearMonthDay, decimal: DecimalMark::Point }
    }
}

choices! {
    /// What to do about rows that are wrong.
    pub enum OnBadRow {
        /// Refuse the file, naming all of them.
        Stop = "stop",
        /// Leave them out, naming all of them.
        Skip = "skip",
    }
}

/// Refuses the file: nothing is left out unless somebody says so.
impl Default for OnBadRow {
    fn default() -> OnBadRow {
        OnBadRow::Stop
    }
}

/// One fault of a file: a cell that is wrong, or a column that is not there (on line 1).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}, line {line}, column `{column}`: {what}; {right}")]
pub struct BadRow {
    /// Name of the file.
    pub file: String,
    /// Line on which the row begins, from 1.
    pub line: u64,
    /// Where the cell begins, its opening quotation mark included.
    pub cell: Place,
    /// Header of the column.
    pub column: String,
    /// What is wrong.
    pub what: String,
    /// What would be right.
    pub right: String,
}

impl BadRow {
    /// Returns it as a fault where its cell begins; `of` says of what the column is, if the file alone does not.
    pub(crate) fn fault(&self, code: FaultCode, of: &str) -> Fault {
        let message = format!("{of}column `{}`: {}", self.column, self.what);
        let mut fault = Fault::of_file(code, &self.file, message, &self.right);
        fault.line = u32::try_from(self.cell.line).unwrap_or(u32::MAX);
        fault.column = u32::try_from(self.cell.column).unwrap_or(u32::MAX);
        fault
    }
}

/// A place in a file, as an editor shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Line, from 1: in a row whose cells hold line breaks not always that on which the row begins.
    pub line: u64,
    /// Column of the line, counted in characters from 1.
    pub column: u64,
}
