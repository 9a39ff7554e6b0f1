//! Tables of a run folder: named columns of equal length, and the formats they can be written in.
//!
//! A format is one file beside this one and one line in [`FORMATS`]; the command line, `list` and the run
//! folder take it from there.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Write};

use chrono::NaiveDateTime;

use super::csv;
#[cfg(feature = "parquet")]
use super::parquet;

/// A table to be written to a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    /// The file's name without its extension.
    pub name: &'static str,
    /// Columns of equal length.
    pub columns: Vec<Column>,
}

/// A column.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Its heading.
    pub name: String,
    /// Its values, from the first row to the last.
    pub values: Values,
}

/// The values of a column.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// Words, which are empty where there are none.
    Text(Vec<String>),
    /// Instants, in no time zone.
    Instant(Vec<NaiveDateTime>),
    /// Whole numbers; [`None`] where there is none.
    Whole(Vec<Option<i64>>),
    /// Numbers; [`None`] where there was nothing to measure.
    Number(Vec<Option<f64>>),
}

/// A file format for tables.
#[derive(Debug, Clone, Copy)]
pub struct Format {
    /// Its name, which is also the extension of its files.
    pub name: &'static str,
    /// What it is good for.
    pub summary: &'static str,
    /// Writes a table that comes in parts with the same columns, of which there is at least one.
    pub write: fn(&mut dyn Iterator<Item = Cow<'_, Sheet>>, &mut (dyn Write + Send)) -> io::Result<()>,
    /// Reads the table of this name back.
    pub read: fn(&'static str, File) -> io::Result<Sheet>,
}

/// All formats; the first is used where none is asked for.
pub const FORMATS: &[Format] = &[
    #[cfg(feature = "parquet")]
    parquet::FORMAT,
    csv::FORMAT,
];

impl Sheet {
    /// Returns the number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, |column| column.values.len())
    }

    /// Returns a column.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Values> {
        self.columns.iter().find(|column| column.name == name).map(|column| &column.values)
    }

    /// Returns the name of its file in `format`.
    #[must_use]
    pub fn file_name(&self, format: &Format) -> String {
        format!("{}.{}", self.name, format.name)
    }
}

impl Column {
    /// Makes a column of words.
    pub fn text(name: &str, values: impl Iterator<Item = String>) -> Self {
        Self { name: name.to_owned(), values: Values::Text(values.collect()) }
    }

    /// Makes a column of words that may be missing.
    pub fn maybe_text(name: &str, values: impl Iterator<Item = Option<String>>) -> Self {
        Self::text(name, values.map(Option::unwrap_or_default))
    }

    /// Makes a column of instants.
    pub fn instant(name: &str, values: impl Iterator<Item = NaiveDateTime>) -> Self {
        Self { name: name.to_owned(), values: Values::Instant(values.collect()) }
    }

    /// Makes a column of whole numbers.
    pub fn whole(name: &str, values: impl Iterator<Item = i64>) -> Self {
        Self { name: name.to_owned(), values: Values::Whole(values.map(Some).collect()) }
    }

    /// Makes a column of whole numbers that may be missing.
    pub fn maybe_whole(name: &str, values: impl Iterator<Item = Option<i64>>) -> Self {
        Self { name: name.to_owned(), values: Values::Whole(values.collect()) }
    }

    /// Makes a column of numbers.
    pub fn number(name: &str, values: impl Iterator<Item = Option<f64>>) -> Self {
        Self { name: name.to_owned(), values: Values::Number(values.collect()) }
    }
}

impl Values {
    /// Returns the number of values.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Text(values) => values.len(),
            Self::Instant(values) => values.len(),
            Self::Whole(values) => values.len(),
            Self::Number(values) => values.len(),
        }
    }

    /// Returns the number in a row; [`None`] where there is none.
    #[must_use]
    pub fn number(&self, row: usize) -> Option<f64> {
        match self {
            Self::Text(_) | Self::Instant(_) => None,
            Self::Whole(values) => values[row].map(|value| value as f64),
            Self::Number(values) => values[row],
        }
    }

    /// Returns the words in a row, which are empty where it holds none.
    #[must_use]
    pub fn text(&self, row: usize) -> &str {
        match self {
            Self::Text(values) => &values[row],
            _ => "",
        }
    }

    /// Returns whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A small table with a gap, for the tests of formats.
#[cfg(test)]
pub(super) fn example() -> Sheet {
    Sheet {
        name: "example",
        columns: vec![
            Column::text("variant", ["a, b".to_owned(), "ü".to_owned()].into_iter()),
            Column::maybe_whole("day", [Some(-3), None].into_iter()),
            Column::number("share", [None, Some(0.1)].into_iter()),
        ],
    }
}

/// One row that a result has none of: an instant, and a word that is missing.
#[cfg(test)]
pub(super) fn noon() -> Sheet {
    let noon = chrono::NaiveDate::from_ymd_opt(2024, 2, 29).and_then(|date| date.and_hms_opt(12, 0, 1));
    let columns = vec![
        Column::instant("timestamp", noon.into_iter()),
        Column::maybe_text("resource", std::iter::once(None)),
    ];
    Sheet { name: "noon", columns }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_known_by_different_names() {
        for (at, format) in FORMATS.iter().enumerate() {
            assert!(FORMATS[..at].iter().all(|other| other.name != format.name));
            assert_eq!(example().file_name(format), format!("example.{}", format.name));
        }
    }
}
