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

use chrono::{Datelike, NaiveDate};
use csv::ByteRecord;

use crate::base::money::Money;
use crate::language::choices;

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

/// A place in a file, as an editor shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Line, from 1: in a row whose cells hold line breaks not always that on which the row begins.
    pub line: u64,
    /// Column of the line, counted in characters from 1.
    pub column: u64,
}

/// A column of the file that is read: its place in every row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::population) struct Column(usize);

/// A file: its header and its rows.
pub(in crate::population) struct Table<'a> {
    file: &'a str,
    format: ExportFormat,
    header: Vec<String>,
    bytes: &'a [u8],
    /// Each with where it begins.
    rows: Vec<(Start, ByteRecord)>,
}

impl<'a> Table<'a> {
    /// Splits the file into rows; a file without any is a fault.
    pub(in crate::population) fn read(
        bytes: &'a [u8],
        file: &'a str,
        format: ExportFormat,
    ) -> Result<Table<'a>, BadRow> {
        // The reader passes over a byte order mark by itself.
        let mut reader =
            csv::ReaderBuilder::new().delimiter(format.delimiter).flexible(true).from_reader(bytes);
        let readable = "invariant: rows of any width and any bytes are read from memory";
        let names = reader.byte_headers().expect(readable);
        let header = names.iter().map(|name| String::from_utf8_lossy(name).trim().to_owned()).collect();
        let placed = |row: ByteRecord| (Start::of(&row, bytes), row);
        let rows = reader.into_byte_records().map(|row| placed(row.expect(readable))).collect();
        let table = Table { file, format, header, bytes, rows };
        if table.rows.is_empty() {
            let right = "the first line should name the columns, and rows follow it";
            return Err(table.bad_header("", "the file has no rows", right));
        }
        Ok(table)
    }

    /// The names in the header, in order.
    pub(in crate::population) fn header(&self) -> &[String] {
        &self.header
    }

    /// Finds the column headed `name`, exactly as written there.
    pub(in crate::population) fn column(&self, name: &str) -> Result<Column, BadRow> {
        let mut places = (0..self.header.len()).filter(|&place| self.header[place] == name);
        match (places.next(), places.next()) {
            (Some(place), None) => Ok(Column(place)),
            (None, _) => Err(self.bad_header(name, "no such column", &self.nearest(name))),
            _ => Err(self.bad_header(name, "the header names it more than once", "rename all but one")),
        }
    }

    /// Returns the rows in order; a row with more or fewer cells than the header is a fault.
    pub(in crate::population) fn rows(&self) -> impl Iterator<Item = Result<Row<'_>, BadRow>> {
        self.rows.iter().map(|(start, record)| {
            let start = *start;
            let (cells, wanted) = (record.len(), self.header.len());
            if cells == wanted {
                return Ok(Row { table: self, start, record, faults: Vec::new() });
            }
            let column = Column(cells.min(wanted - 1));
            let what = format!("the row has {cells} cells where the header has {wanted}");
            Err(self.bad(start, column, &what, "check the delimiter and the quotation marks"))
        })
    }

    fn nearest(&self, name: &str) -> String {
        let likeness = |header: &str| strsim::jaro_winkler(&header.to_lowercase(), &name.to_lowercase());
        let best = self.header.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
        match best.filter(|header| likeness(header) > 0.75) {
            Some(header) => format!("did you mean `{header}`?"),
            None => format!("the file has {}", self.header.join(", ")),
        }
    }

    fn bad(&self, row: Start, column: Column, what: &str, right: &str) -> BadRow {
        let cell = self.place(row, column.0);
        let [file, column, what, right] =
            [self.file, self.header[column.0].as_str(), what, right].map(str::to_owned);
        BadRow { file, line: row.line, cell, column, what, right }
    }

    fn bad_header(&self, column: &str, what: &str, right: &str) -> BadRow {
        let [file, column, what, right] = [self.file, column, what, right].map(str::to_owned);
        BadRow { file, line: 1, cell: Place { line: 1, column: 1 }, column, what, right }
    }

    /// Finds where a cell of a row begins, or the last cell of a row that has fewer.
    ///
    /// The reader tells where rows begin and not cells, so the cells before this one are passed by its rules: a
    /// quotation mark counts only at the beginning of a cell, and inside quotation marks a double one is a mark of the
    /// text.
    fn place(&self, row: Start, number: usize) -> Place {
        let bytes = &self.bytes[row.byte..];
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
struct Start {
    /// Its line, from 1.
    line: u64,
    /// Its first byte in the file.
    byte: usize,
}

impl Start {
    /// The reader places a row where the one before it ended: before the line end and any blank lines.
    fn of(row: &ByteRecord, bytes: &[u8]) -> Start {
        let position = row.position().expect("invariant: a row that was read has a position");
        let rest = &bytes[position.byte() as usize..];
        let ends = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let lines = rest[..ends].iter().filter(|&&byte| byte == b'\n').count();
        Start { line: position.line() + lines as u64, byte: bytes.len() - rest.len() + ends }
    }
}

/// One row, read cell by cell; what does not read is noted and counts as unknown.
pub(in crate::population) struct Row<'a> {
    table: &'a Table<'a>,
    start: Start,
    record: &'a ByteRecord,
    faults: Vec<BadRow>,
}

impl<'a> Row<'a> {
    /// The line on which the row begins.
    pub(in crate::population) fn line(&self) -> u64 {
        self.start.line
    }

    /// Whether nothing stands in the cell.
    pub(in crate::population) fn is_blank(&self, column: Column) -> bool {
        self.record.get(column.0).is_none_or(|cell| cell.trim_ascii().is_empty())
    }

    /// Whether a fault of the cell has been noted.
    pub(in crate::population) fn is_wrong(&self, column: Column) -> bool {
        let header = &self.table.header[column.0];
        self.faults.iter().any(|bad| bad.column == *header)
    }

    /// The faults noted so far.
    pub(in crate::population) fn into_faults(self) -> Vec<BadRow> {
        self.faults
    }

    /// Notes a fault of the row in `column`.
    pub(in crate::population) fn fault(&mut self, column: Column, what: &str, right: &str) {
        self.faults.push(self.table.bad(self.start, column, what, right));
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
        let order = self.table.format.dates;
        let form = match order {
            DateOrder::YearMonthDay => "write dates as yyyy-mm-dd",
            DateOrder::DayMonthYear => "write dates as dd-mm-yyyy",
            DateOrder::MonthDayYear => "write dates as mm-dd-yyyy",
        };
        self.parsed(column, "is not a date of the calendar from 1901 to 2099", form, |text| date(text, order))
    }

    /// Returns an amount of money, exact to the cent.
    pub(in crate::population) fn money(&mut self, column: Column) -> Option<Money> {
        let (mark, right) = self.number_form("a number with at most two decimals");
        self.parsed(column, "is not an amount of up to 100,000 million", &right, |text| money(text, mark))
    }

    /// Returns a whole number that is not negative.
    pub(in crate::population) fn count(&mut self, column: Column) -> Option<u32> {
        let (mark, right) = self.number_form("a whole number, zero or more");
        self.parsed(column, "is not a count", &right, |text| {
            let cents = money(text, mark)?.cents();
            (cents % 100 == 0).then(|| u32::try_from(cents / 100).ok())?
        })
    }

    /// Returns an answer to a yes-or-no question.
    pub(in crate::population) fn yes_no(&mut self, column: Column) -> Option<bool> {
        self.parsed(column, "is neither yes nor no", "write yes or no", yes_no)
    }

    /// Returns one of `words`, whatever its case, as it stands there.
    pub(in crate::population) fn one_of<'w>(&mut self, column: Column, words: &[&'w str]) -> Option<&'w str> {
        let right = format!("write one of {}", words.join(", "));
        self.parsed(column, "is not known", &right, |text| {
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
        let text = self.text(column)?;
        let value = read(text);
        if value.is_none() {
            let shown: String = text.chars().take(40).collect();
            self.fault(column, &format!("`{shown}` {what}"), right);
        }
        value
    }

    fn number_form(&self, what: &str) -> (DecimalMark, String) {
        let mark = self.table.format.decimal;
        let mark_name = match mark {
            DecimalMark::Point => "point",
            DecimalMark::Comma => "comma",
        };
        (mark, format!("write {what}, with a decimal {mark_name} and no currency"))
    }
}

fn date(text: &str, order: DateOrder) -> Option<NaiveDate> {
    let parts: Vec<&str> = text.split(['-', '/', '.']).collect();
    let &[first, second, third] = parts.as_slice() else {
        return None;
    };
    let (year, month, day) = match order {
        DateOrder::YearMonthDay => (first, second, third),
        DateOrder::DayMonthYear => (third, second, first),
        DateOrder::MonthDayYear => (third, first, second),
    };
    let digits = |text: &str, most| text.len() <= most && text.bytes().all(|byte| byte.is_ascii_digit());
    if year.len() != 4 || !digits(year, 4) || !digits(month, 2) || !digits(day, 2) {
        return None;
    }
    let date = NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)?;
    (1901..=2099).contains(&date.year()).then_some(date)
}

/// More than any account pays, and far too little to overflow a sum over all of them (cents).
const LARGEST_AMOUNT: i64 = 10_000_000_000_000;

/// At most two decimals, so that a file whose points group thousands (`1.200`) is refused rather
/// than read a thousand times too small.
fn money(text: &str, mark: DecimalMark) -> Option<Money> {
    let (point, group) = match mark {
        DecimalMark::Point => ('.', ','),
        DecimalMark::Comma => (',', '.'),
    };
    let (negative, size) = text.strip_prefix('-').map_or((false, text), |size| (true, size));
    let (units, decimals) = size.split_once(point).unwrap_or((size, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let groups: Vec<&str> = units.split(group).collect();
    let grouped = groups.len() == 1 || groups[0].len() <= 3 && groups[1..].iter().all(|g| g.len() == 3);
    if !grouped || !groups.iter().all(|group| digits(group)) || !digits(decimals) || decimals.len() > 2 {
        return None;
    }
    let cents: i64 = format!("{}{decimals:0<2}", groups.concat()).parse().ok()?;
    (cents <= LARGEST_AMOUNT).then_some(Money::from_cents(if negative { -cents } else { cents }))
}

fn yes_no(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "yes" | "y" | "true" | "1" => Some(true),
        "no" | "n" | "false" | "0" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_the_order_stated_and_no_other() {
        use DateOrder::{DayMonthYear, MonthDayYear, YearMonthDay};
        #[rustfmt::skip]
        let cases = [
            ("2024-02-29",  YearMonthDay, Some((2024, 2, 29))),
            ("2023-02-29",  YearMonthDay, None),
            ("29-02-2024",  DayMonthYear, Some((2024, 2, 29))),
            ("31/12/2023",  DayMonthYear, Some((2023, 12, 31))),
            ("31.4.2023",   DayMonthYear, None),
            ("12/31/2023",  MonthDayYear, Some((2023, 12, 31))),
            ("31/12/2023",  MonthDayYear, None),
            ("31-12-2023",  YearMonthDay, None),
            ("31-12-23",    DayMonthYear, None),
            ("2024-01-+1",  YearMonthDay, None),
            ("1900-12-31",  YearMonthDay, None),
            ("2099-12-31",  YearMonthDay, Some((2099, 12, 31))),
            ("2024-01",     YearMonthDay, None),
        ];
        for (text, order, expected) in cases {
            let expected = expected.and_then(|(year, month, day)| NaiveDate::from_ymd_opt(year, month, day));
            assert_eq!(date(text, order), expected, "{text} as {order:?}");
        }
    }

    #[test]
    fn money_is_read_to_the_cent_or_not_at_all() {
        use DecimalMark::{Comma, Point};
        #[rustfmt::skip]
        let cases = [
            ("1200",         Point, Some(120_000)),
            ("1,200.5",      Point, Some(120_050)),
            ("1.200,50",     Comma, Some(120_050)),
            ("-0.05",        Point, Some(-5)),
            ("12,345,678",   Point, Some(1_234_567_800)),
            ("1.200",        Point, None), // thousands, in the other convention
            ("1,200",        Comma, None),
            ("1,20.00",      Point, None),
            ("1234,567",     Point, None),
            ("12.345",       Point, None),
            ("$12",          Point, None),
            ("1e6",          Point, None),
            ("NaN",          Point, None),
            ("1.",           Point, None),
            (".5",           Point, None),
            ("--1",          Point, None),
            ("100,000,000,000", Point, Some(10_000_000_000_000)),
            ("100,000,000,000.01", Point, None),
            ("99999999999999999999", Point, None),
        ];
        for (text, mark, cents) in cases {
            assert_eq!(money(text, mark).map(Money::cents), cents, "{text} with a decimal {mark:?}");
        }
    }

    /// Every kind of line end, a blank line and a quoted line break before the row asked about.
    #[test]
    fn lines_are_numbered_as_an_editor_numbers_them() {
        for (end, byte_order_mark) in [("\n", ""), ("\r\n", "\u{feff}"), ("\n", "\u{feff}")] {
            let lines = ["id,note", "a,one", "", "b,\"two\nlines\"", "c,x", "d"];
            let text = format!("{byte_order_mark}{}", lines.join(end));
            let table = Table::read(text.as_bytes(), "f.csv", ExportFormat::default()).unwrap();
            assert!(table.column("id").is_ok(), "the byte order mark is no part of the header");
            let lines: Vec<u64> =
                table.rows().map(|row| row.map_or_else(|bad| bad.line, |row| row.line())).collect();
            assert_eq!(lines, [2, 4, 6, 7], "lines that end in {end:?}");
        }
    }

    /// A blank line, delimiters, marks and line breaks inside quotation marks, and letters of more than one byte stand
    /// before the cell asked about.
    #[test]
    fn a_fault_stands_where_its_cell_begins() {
        let lines = [
            "id,note,arr",
            "a,one,x",
            "",
            "b,\"two, or \"\"three\"\"\",x",
            "Ü-1,Zoë,\"x\"",
            "c,\"two",
            "lines\",x",
            "d,\"\",x",
            "e,6\" long,x",
            ",,x",
        ];
        for (end, byte_order_mark) in [("\n", ""), ("\r\n", "\u{feff}")] {
            let text = format!("{byte_order_mark}{}", lines.join(end));
            let table = Table::read(text.as_bytes(), "f.csv", ExportFormat::default()).unwrap();
            let arr = table.column("arr").unwrap();
            let found = table.rows().map(|row| {
                let mut row = row.unwrap();
                row.money(arr);
                let Place { line, column } = row.faults[0].cell;
                (line, column)
            });
            let expected = [(2, 7), (4, 23), (5, 9), (7, 8), (8, 6), (9, 11), (10, 3)];
            assert_eq!(found.collect::<Vec<_>>(), expected, "lines that end in {end:?}");
        }
        let short = Table::read(b"id,note,arr\na,one\n", "f.csv", ExportFormat::default()).unwrap();
        let bad = short.rows().next().unwrap().err().unwrap();
        assert_eq!(bad.cell, Place { line: 2, column: 3 }, "the last cell there is");
    }

    #[test]
    fn a_cell_that_is_not_utf_8_matters_only_where_it_is_read() {
        let bytes = b"id,name\nA-1,M\xFCller\n";
        let table = Table::read(bytes, "f.csv", ExportFormat::default()).unwrap();
        let mut row = table.rows().next().unwrap().unwrap();
        assert_eq!(row.text(table.column("id").unwrap()), Some("A-1"));
        assert!(row.faults.is_empty());
        assert_eq!(row.text(table.column("name").unwrap()), None);
        assert_eq!((row.faults[0].column.as_str(), row.faults[0].line), ("name", 2));
    }

    #[test]
    fn files_without_rows_are_refused() {
        for text in ["", "\n", "\u{feff}", "id,arr\n"] {
            assert!(Table::read(text.as_bytes(), "f.csv", ExportFormat::default()).is_err(), "{text:?}");
        }
    }
}
