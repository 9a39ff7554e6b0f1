//! Headings, and rows read cell by cell.

use chrono::NaiveDate;
use csv::ByteRecord;

use super::cells::{date, moment, money, yes_no};
use super::{BadRow, DateOrder, DecimalMark, ExportFormat, Place};
use crate::base::money::Money;

/// A column of the file that is read: its place in every row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::population) struct Column(pub(super) usize);

/// What stands above the rows of a file, and how they are written.
#[derive(Clone, Debug)]
pub(in crate::population) struct Heading {
    /// The file's name, as shown.
    pub(super) file: String,
    /// How it writes what it holds.
    pub(super) format: ExportFormat,
    /// The names of its columns, in order.
    pub(super) names: Vec<String>,
}

impl Heading {
    /// Takes the names from the first row of `file`.
    pub(super) fn of(file: &str, format: ExportFormat, first: &ByteRecord) -> Self {
        let names = first.iter().map(|name| String::from_utf8_lossy(name).trim().to_owned()).collect();
        Self { file: file.to_owned(), format, names }
    }

    /// The names, in order.
    pub(in crate::population) fn names(&self) -> &[String] {
        &self.names
    }

    /// How the file writes what it holds.
    pub(in crate::population) fn format(&self) -> ExportFormat {
        self.format
    }

    /// Finds the column headed `name`, exactly as written there.
    pub(in crate::population) fn column(&self, name: &str) -> Result<Column, BadRow> {
        let mut places = (0..self.names.len()).filter(|&place| self.names[place] == name);
        match (places.next(), places.next()) {
            (Some(place), None) => Ok(Column(place)),
            (None, _) => Err(self.bad_header(name, "no such column", &self.nearest(name))),
            _ => Err(self.bad_header(name, "the header names it more than once", "rename all but one")),
        }
    }

    fn nearest(&self, name: &str) -> String {
        let likeness = |header: &str| strsim::jaro_winkler(&header.to_lowercase(), &name.to_lowercase());
        let best = self.names.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
        match best.filter(|header| likeness(header) > 0.75) {
            Some(header) => format!("did you mean `{header}`?"),
            None => format!("the file has {}", self.names.join(", ")),
        }
    }

    /// A fault of the file as a whole, or of its header.
    pub(super) fn bad_header(&self, column: &str, what: &str, right: &str) -> BadRow {
        let [file, column, what, right] = [&self.file, column, what, right].map(str::to_owned);
        BadRow { file, line: 1, cell: Place { line: 1, column: 1 }, column, what, right }
    }

    pub(super) fn bad(&self, ground: Ground<'_>, column: Column, what: &str, right: &str) -> BadRow {
        let (line, cell) = match ground {
            Ground::Text { bytes, start } => (start.line, self.place(bytes, start, column.0)),
            Ground::Cells { row } => (row, Place { line: row, column: column.0 as u64 + 1 }),
        };
        let name = self.names.get(column.0).map_or("", String::as_str);
        let [file, column, what, right] = [&self.file, name, what, right].map(str::to_owned);
        BadRow { file, line, cell, column, what, right }
    }

    /// Finds where a cell of a row begins, or the last cell of a row that has fewer.
    ///
    /// The reader tells where rows begin and not cells, so the cells before this one are passed by its rules: a
    /// quotation mark counts only at the beginning of a cell, and inside quotation marks a double one is a mark of the
    /// text.
    fn place(&self, bytes: &[u8], row: Start, number: usize) -> Place {
        let bytes = &bytes[row.byte..];
        let (mut begin, mut passed, mut at) = (0, 0, 0);
        while passed < number && at < bytes.len() {
            if at == begin && bytes[at] == b'"' {
                at += 1;
                while at < bytes.len() && (bytes[at] != b'"' || bytes.get(at + 1) == Some(&b'"')) {
                    at += if bytes[at] == b'"' { 2 } else { 1 };
                }
                at += 1;
            }
            match bytes.get(at) {
                Some(b'\r' | b'\n') | None => break,
                Some(&byte) => {
                    at += 1;
                    if byte == self.format.delimiter {
                        (begin, passed) = (at, passed + 1);
                    }
                }
            }
        }
        let before = &bytes[..begin];
        let line = before.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
        let breaks = before.iter().filter(|&&byte| byte == b'\n').count();
        Place {
            line: row.line + breaks as u64,
            column: 1 + String::from_utf8_lossy(&before[line..]).chars().count() as u64,
        }
    }
}

/// Where a row begins.
#[derive(Clone, Copy)]
pub(super) struct Start {
    /// Its line, from 1.
    line: u64,
    /// Its first byte among those given.
    byte: usize,
}

impl Start {
    /// The first of `bytes`, before which there are `lines`.
    pub(super) fn of_bytes(bytes: &[u8], lines: u64) -> Start {
        let ends = bytes.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let passed = bytes[..ends].iter().filter(|&&byte| byte == b'\n').count();
        Start { line: lines + passed as u64 + 1, byte: ends }
    }

    /// The reader places a row where the one before it ended: before the line end and any blank lines. `lines` lie
    /// before the first of `bytes`.
    pub(super) fn of(row: &ByteRecord, bytes: &[u8], lines: u64) -> Start {
        let position = row.position().expect("invariant: a row that was read has a position");
        let rest = &bytes[position.byte() as usize..];
        let ends = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let passed = rest[..ends].iter().filter(|&&byte| byte == b'\n').count();
        Start { line: lines + position.line() + passed as u64, byte: bytes.len() - rest.len() + ends }
    }
}

/// What a row was read from.
#[derive(Clone, Copy)]
pub(super) enum Ground<'a> {
    /// Text: some of the file's bytes, and where among them the row begins.
    Text {
        /// The bytes.
        bytes: &'a [u8],
        /// The beginning of the row.
        start: Start,
    },
    /// Columns: a fault stands in the row and column counted from 1.
    #[cfg_attr(not(feature = "parquet"), expect(dead_code, reason = "only Parquet files hold columns"))]
    Cells {
        /// The row's number.
        row: u64,
    },
}

/// One row, read cell by cell; what does not read is noted and counts as unknown.
pub(in crate::population) struct Row<'a> {
    heading: &'a Heading,
    ground: Ground<'a>,
    record: &'a ByteRecord,
    faults: Vec<BadRow>,
}

impl<'a> Row<'a> {
    /// Takes a row that has as many cells as the heading.
    pub(super) fn new(
        heading: &'a Heading,
        ground: Ground<'a>,
        record: &'a ByteRecord,
    ) -> Result<Self, BadRow> {
        let (cells, wanted) = (record.len(), heading.names.len());
        if cells == wanted {
            return Ok(Row { heading, ground, record, faults: Vec::new() });
        }
        let column = Column(cells.min(wanted - 1));
        let what = format!("the row has {cells} cells where the header has {wanted}");
        Err(heading.bad(ground, column, &what, "check the delimiter and the quotation marks"))
    }

    /// The line on which the row begins, or its number.
    pub(in crate::population) fn line(&self) -> u64 {
        match self.ground {
            Ground::Text { start, .. } => start.line,
            Ground::Cells { row } => row,
        }
    }

    /// The cells as they stand there.
    pub(in crate::population) fn cells(&self) -> &'a ByteRecord {
        self.record
    }

    /// Whether nothing stands in the cell.
    pub(in crate::population) fn is_blank(&self, column: Column) -> bool {
        self.record.get(column.0).is_none_or(|cell| cell.trim_ascii().is_empty())
    }

    /// Whether a fault of the cell has been noted.
    pub(in crate::population) fn is_wrong(&self, column: Column) -> bool {
        let header = &self.heading.names[column.0];
        self.faults.iter().any(|bad| bad.column == *header)
    }

    /// Whether any fault has been noted.
    pub(in crate::population) fn has_faults(&self) -> bool {
        !self.faults.is_empty()
    }

    /// The faults noted so far.
    pub(in crate::population) fn into_faults(self) -> Vec<BadRow> {
        self.faults
    }

    /// Notes a fault of the row in `column`.
    pub(in crate::population) fn fault(&mut self, column: Column, what: &str, right: &str) {
        self.faults.push(self.heading.bad(self.ground, column, what, right));
    }

    /// Returns the cell without the space around it.
    pub(in crate::population) fn text(&mut self, column: Column) -> Option<&'a str> {
        let bytes = self.record.get(column.0)?;
        let Ok(text) = std::str::from_utf8(bytes) else {
            self.fault(column, "the cell is not UTF-8", "save the file in the UTF-8 encoding");
            return None;
        };
        Some(text.trim()).filter(|text| !text.is_empty())
    }

    /// Returns a cell that may not be blank, as `read` reads it.
    pub(in crate::population) fn needed<T>(
        &mut self,
        column: Column,
        read: impl Fn(&mut Row<'a>, Column) -> Option<T>,
    ) -> Option<T> {
        let noted = self.faults.len();
        let value = read(self, column);
        if value.is_none() && self.faults.len() == noted {
            self.fault(column, "the cell is blank", "every row needs a value here");
        }
        value
    }

    /// Returns a date from 1901 to 2099.
    pub(in crate::population) fn date(&mut self, column: Column) -> Option<NaiveDate> {
        let order = self.heading.format.dates;
        self.parsed(column, NO_DATE, order.form(), |text| date(text, order))
    }

    /// Returns the day of a date from 1901 to 2099, behind which a time of day may stand.
    pub(in crate::population) fn day(&mut self, column: Column) -> Option<NaiveDate> {
        let order = self.heading.format.dates;
        self.parsed(column, NO_DATE, order.form(), |text| moment(text, order))
    }

    /// Returns an amount of money, exact to the cent.
    pub(in crate::population) fn money(&mut self, column: Column) -> Option<Money> {
        let mark = self.heading.format.decimal;
        let right = || mark.form("a number with at most two decimals");
        self.checked(column, "is not an amount of up to 100,000 million", right, |text| money(text, mark))
    }

    /// Returns a whole number that is not negative.
    pub(in crate::population) fn count(&mut self, column: Column) -> Option<u32> {
        let mark = self.heading.format.decimal;
        let right = || "write a whole number, zero or more".to_owned();
        self.checked(column, "is not a count", right, |text| {
            let cents = money(text, mark)?.cents();
            (cents % 100 == 0).then(|| u32::try_from(cents / 100).ok())?
        })
    }

    /// Returns a number of any sign and size; yes is one and no is zero.
    pub(in crate::population) fn figure(&mut self, column: Column) -> Option<f64> {
        let mark = self.heading.format.decimal;
        self.checked(
            column,
            "is not a number",
            || mark.form("a number"),
            |text| {
                if let Some(yes) = yes_no(text) {
                    return Some(f64::from(u8::from(yes)));
                }
                let own = match mark {
                    DecimalMark::Point => '.',
                    DecimalMark::Comma => ',',
                };
                let is_plain = text.chars().all(|it| it.is_ascii_digit() || it == '-' || it == own);
                if is_plain { text.replace(own, ".").parse().ok() } else { None }
            },
        )
    }

    /// Returns a number with at most two decimals that is not negative.
    pub(in crate::population) fn number(&mut self, column: Column) -> Option<f64> {
        let mark = self.heading.format.decimal;
        let right = || mark.form("a number with at most two decimals, zero or more");
        self.checked(column, "is not a number of something", right, |text| {
            let cents = money(text, mark)?.cents();
            (cents >= 0).then_some(cents as f64 / 100.0)
        })
    }

    /// Returns an answer to a yes-or-no question.
    pub(in crate::population) fn yes_no(&mut self, column: Column) -> Option<bool> {
        self.parsed(column, "is neither yes nor no", "write yes or no", yes_no)
    }

    /// Returns one of `words`, whatever its case, as it stands there.
    pub(in crate::population) fn one_of<'w>(&mut self, column: Column, words: &[&'w str]) -> Option<&'w str> {
        let right = || format!("write one of {}", words.join(", "));
        self.checked(column, "is not known", right, |text| {
            words.iter().copied().find(|word| word.eq_ignore_ascii_case(text))
        })
    }

    /// Reads the cell with `read`, noting what it refuses.
    pub(in crate::population) fn parsed<T>(
        &mut self,
        column: Column,
        what: &str,
        right: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        self.checked(column, what, || right.to_owned(), read)
    }

    /// Reads the cell with `read`; what would be right is only put into words where something is not.
    pub(in crate::population) fn checked<T>(
        &mut self,
        column: Column,
        what: &str,
        right: impl Fn() -> String,
        read: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.text(column)?;
        let value = read(text);
        if value.is_none() {
            let shown: String = text.chars().take(40).collect();
            self.fault(column, &format!("`{shown}` {what}"), &right());
        }
        value
    }
}

const NO_DATE: &str = "is not a date of the calendar from 1901 to 2099";

impl DateOrder {
    fn form(self) -> &'static str {
        match self {
            DateOrder::YearMonthDay => "write dates as yyyy-mm-dd",
            DateOrder::DayMonthYear => "write dates as dd-mm-yyyy",
            DateOrder::MonthDayYear => "write dates as mm-dd-yyyy",
        }
    }
}

impl DecimalMark {
    fn form(self, what: &str) -> String {
        let mark = match self {
            DecimalMark::Point => "point",
            DecimalMark::Comma => "comma",
        };
        format!("write {what}, with a decimal {mark} and no currency")
    }
}
