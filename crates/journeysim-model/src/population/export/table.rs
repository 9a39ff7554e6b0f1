//! Files that are held in memory whole.

use csv::ByteRecord;

use super::row::{Column, Ground, Heading, Row, Start};
use super::{BadRow, ExportFormat};

/// A file: its header and its rows.
pub(in crate::population) struct Table<'a> {
    heading: Heading,
    bytes: &'a [u8],
    /// Each with where it begins.
    rows: Vec<(Start, ByteRecord)>,
}

impl<'a> Table<'a> {
    /// Splits the file into rows; a file without any is a fault.
    pub(in crate::population) fn read(
        bytes: &'a [u8],
        file: &str,
        format: ExportFormat,
    ) -> Result<Table<'a>, BadRow> {
        // The reader passes over a byte order mark by itself.
        let mut reader =
            csv::ReaderBuilder::new().delimiter(format.delimiter).flexible(true).from_reader(bytes);
        let readable = "invariant: rows of any width and any bytes are read from memory";
        let heading = Heading::of(file, format, reader.byte_headers().expect(readable));
        let placed = |row: ByteRecord| (Start::of(&row, bytes, 0), row);
        let rows: Vec<_> = reader.into_byte_records().map(|row| placed(row.expect(readable))).collect();
        if rows.is_empty() {
            return Err(heading.empty());
        }
        Ok(Table { heading, bytes, rows })
    }

    /// The names in the header, in order.
    pub(in crate::population) fn header(&self) -> &[String] {
        &self.heading.names
    }

    /// Finds the column headed `name`, exactly as written there.
    pub(in crate::population) fn column(&self, name: &str) -> Result<Column, BadRow> {
        self.heading.column(name)
    }

    /// Returns the rows in order; a row with more or fewer cells than the header is a fault.
    pub(in crate::population) fn rows(&self) -> impl Iterator<Item = Result<Row<'_>, BadRow>> {
        self.rows.iter().map(|(start, record)| {
            let ground = Ground::Text { bytes: self.bytes, start: *start };
            Row::new(&self.heading, ground, record)
        })
    }
}

impl Heading {
    /// The fault of a file that has nothing but a heading, or not even that.
    pub(super) fn empty(&self) -> BadRow {
        let right = "the first line should name the columns, and rows follow it";
        self.bad_header("", "the file has no rows", right)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Place;
    use super::*;

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
                let Place { line, column } = row.into_faults()[0].cell;
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
        assert!(!row.has_faults());
        assert_eq!(row.text(table.column("name").unwrap()), None);
        let bad = &row.into_faults()[0];
        assert_eq!((bad.column.as_str(), bad.line), ("name", 2));
    }

    #[test]
    fn files_without_rows_are_refused() {
        for text in ["", "\n", "\u{feff}", "id,arr\n"] {
            assert!(Table::read(text.as_bytes(), "f.csv", ExportFormat::default()).is_err(), "{text:?}");
        }
    }
}
