//! Parquet files: their columns, shown as rows of text so that one set of rules reads both kinds of file.
//!
//! Dates are written `yyyy-mm-dd`, numbers with a decimal point, whatever the format of a text would be; a fault is placed
//! by row and column, both counted from 1.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

use chrono::{Days, NaiveDate};
use csv::ByteRecord;
use parquet::basic::{LogicalType, TimeUnit, Type as Physical};
use parquet::column::reader::ColumnReader;
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::schema::types::ColumnDescriptor;
use sha2::{Digest, Sha256};

use super::row::{Ground, Heading, Row};
use super::stream::{Extent, StreamError, digested, hexadecimal};
use super::{BadRow, DateOrder, DecimalMark, ExportFormat};

/// Rows decoded at a time.
const BATCH: usize = 4096;

/// A Parquet file.
pub(super) struct Columns {
    file: SerializedFileReader<File>,
    bytes: u64,
    sha256: String,
}

/// How the values of a column are written as text.
#[derive(Clone, Copy)]
enum Written {
    Plain,
    /// Days since 1970.
    Day,
    /// So many of the unit make a day.
    Moment(i64),
    /// Digits behind the point.
    Decimal(u32),
}

impl From<ParquetError> for StreamError {
    fn from(error: ParquetError) -> Self {
        Self::Disk(io::Error::other(error))
    }
}

impl Columns {
    pub(super) fn open(
        path: &Path,
        shown: &str,
        format: ExportFormat,
    ) -> Result<(Heading, Self), StreamError> {
        let mut hash = Sha256::new();
        let bytes = digested(&mut File::open(path)?, &mut hash)?;
        let file = SerializedFileReader::new(File::open(path)?)?;
        let schema = file.metadata().file_metadata().schema_descr_ptr();
        let names = schema.columns().iter().map(|column| column.path().string());
        let first: ByteRecord = names.map(String::into_bytes).collect();
        let (dates, decimal) = (DateOrder::YearMonthDay, DecimalMark::Point);
        let heading = Heading::of(shown, ExportFormat { dates, decimal, ..format }, &first);
        for column in schema.columns() {
            if column.max_rep_level() > 0 {
                let name = column.path().string();
                let right = "write one value a row and column";
                return Err(heading.bad_header(&name, "the column holds lists", right).into());
            }
        }
        if file.metadata().file_metadata().num_rows() == 0 {
            return Err(heading.empty().into());
        }
        Ok((heading, Self { file, bytes, sha256: hexadecimal(hash) }))
    }

    pub(super) fn each(
        self,
        heading: &Heading,
        visit: &mut dyn FnMut(Result<Row<'_>, BadRow>),
    ) -> Result<Extent, StreamError> {
        let (mut record, mut rows) = (ByteRecord::new(), 0);
        for group in 0..self.file.num_row_groups() {
            let group = self.file.get_row_group(group)?;
            let mut columns = (0..group.num_columns())
                .map(|column| Ok((group.get_column_reader(column)?, Batch::default())))
                .collect::<Result<Vec<_>, ParquetError>>()?;
            let descriptors = group.metadata().schema_descr().columns().to_vec();
            let mut left = usize::try_from(group.metadata().num_rows()).unwrap_or(0);
            while left > 0 {
                let count = left.min(BATCH);
                for ((reader, batch), descriptor) in columns.iter_mut().zip(&descriptors) {
                    batch.decode(reader, descriptor, count)?;
                    if batch.ends.len() != count {
                        return Err(ParquetError::General("a column ends before the others".into()).into());
                    }
                }
                for row in 0..count {
                    record.clear();
                    columns.iter().for_each(|(_, batch)| record.push_field(batch.cell(row)));
                    rows += 1;
                    visit(Row::new(heading, Ground::Cells { row: rows }, &record));
                }
                left -= count;
            }
        }
        Ok(Extent { bytes: self.bytes, rows, sha256: self.sha256 })
    }
}

/// Some values of a column as text.
#[derive(Default)]
struct Batch {
    text: Vec<u8>,
    /// Where each value ends.
    ends: Vec<usize>,
}

impl Batch {
    fn cell(&self, row: usize) -> &[u8] {
        let start = if row == 0 { 0 } else { self.ends[row - 1] };
        &self.text[start..self.ends[row]]
    }

    /// Decodes the next `count` values.
    fn decode(
        &mut self,
        reader: &mut ColumnReader,
        descriptor: &ColumnDescriptor,
        count: usize,
    ) -> Result<(), StreamError> {
        self.text.clear();
        self.ends.clear();
        let written = written(descriptor);
        let present = descriptor.max_def_level();
        macro_rules! decode {
            ($reader:expr, $write:expr) => {{
                let (mut levels, mut values) = (Vec::new(), Vec::new());
                let mut read = 0;
                while read < count {
                    let more = $reader.read_records(count - read, Some(&mut levels), None, &mut values)?.0;
                    if more == 0 {
                        break;
                    }
                    read += more;
                }
                let mut values = values.iter();
                for row in 0..read {
                    if levels.get(row).is_none_or(|&level| level == present)
                        && let Some(value) = values.next()
                    {
                        $write(&mut self.text, value);
                    }
                    self.ends.push(self.text.len());
                }
            }};
        }
        match reader {
            ColumnReader::BoolColumnReader(reader) => decode!(reader, |text, value: &bool| show(text, value)),
            ColumnReader::Int32ColumnReader(reader) => {
                decode!(reader, |text, value: &i32| whole(text, i64::from(*value), written));
            }
            ColumnReader::Int64ColumnReader(reader) => {
                decode!(reader, |text, value: &i64| whole(text, *value, written));
            }
            ColumnReader::FloatColumnReader(reader) => decode!(reader, |text, value: &f32| show(text, value)),
            ColumnReader::DoubleColumnReader(reader) => {
                decode!(reader, |text, value: &f64| show(text, value));
            }
            ColumnReader::ByteArrayColumnReader(reader) => {
                decode!(reader, |text: &mut Vec<u8>, value: &parquet::data_type::ByteArray| {
                    text.extend_from_slice(value.data());
                });
            }
            ColumnReader::Int96ColumnReader(_) | ColumnReader::FixedLenByteArrayColumnReader(_) => {
                let column = descriptor.path().string();
                let what = format!("column `{column}` is of a type that is not read: write text or numbers");
                return Err(StreamError::Disk(io::Error::other(what)));
            }
        }
        Ok(())
    }
}

fn written(descriptor: &ColumnDescriptor) -> Written {
    const SECONDS: i64 = 86_400;
    match descriptor.logical_type_ref() {
        Some(LogicalType::Date) => Written::Day,
        Some(LogicalType::Timestamp(kind)) => Written::Moment(match kind.unit {
            TimeUnit::MILLIS => SECONDS * 1_000,
            TimeUnit::MICROS => SECONDS * 1_000_000,
            TimeUnit::NANOS => SECONDS * 1_000_000_000,
        }),
        Some(LogicalType::Decimal(kind))
            if matches!(descriptor.physical_type(), Physical::INT32 | Physical::INT64) =>
        {
            Written::Decimal(u32::try_from(kind.scale).unwrap_or(0))
        }
        _ => Written::Plain,
    }
}

/// Writes a value that says itself how it is written.
fn show(text: &mut Vec<u8>, value: impl std::fmt::Display) {
    write!(text, "{value}").expect("invariant: memory takes what is written");
}

fn whole(text: &mut Vec<u8>, value: i64, written: Written) {
    let days = match written {
        Written::Plain => return show(text, value),
        Written::Decimal(0) => return show(text, value),
        Written::Decimal(digits) => {
            let unit = 10_u64.pow(digits.min(18));
            let (size, sign) = (value.unsigned_abs(), if value < 0 { "-" } else { "" });
            let width = digits.min(18) as usize;
            return show(text, format_args!("{sign}{}.{:0width$}", size / unit, size % unit));
        }
        Written::Day => value,
        Written::Moment(units) => value.div_euclid(units),
    };
    let epoch = NaiveDate::from_ymd_opt(1970, 1, 1).expect("invariant: 1970 had a first of January");
    let size = Days::new(days.unsigned_abs());
    match if days < 0 { epoch.checked_sub_days(size) } else { epoch.checked_add_days(size) } {
        Some(date) => show(text, date),
        // No day of any calendar: shown as it is, and refused as a date.
        None => show(text, value),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int32Type, Int64Type};
    use parquet::file::properties::WriterProperties;
    use parquet::file::writer::SerializedFileWriter;
    use parquet::schema::parser::parse_message_type;

    use super::super::{ExportFormat, Stream};

    /// Two row groups; a text and a date are missing in the second row.
    fn example(path: &std::path::Path) {
        let schema = "message book { optional binary id (STRING); optional int32 start (DATE);
            required int64 arr (DECIMAL(12,2)); required double share;
            required int64 at (TIMESTAMP(MILLIS,true)); }";
        let schema = Arc::new(parse_message_type(schema).unwrap());
        let file = std::fs::File::create(path).unwrap();
        let mut writer = SerializedFileWriter::new(file, schema, Arc::new(WriterProperties::new())).unwrap();
        for (ids, starts, levels) in
            [(vec!["Ü-1"], vec![19_753, 19_754], vec![1, 0]), (vec!["B"], vec![-1], vec![1])]
        {
            let rows = levels.len();
            let mut group = writer.next_row_group().unwrap();
            let mut column = group.next_column().unwrap().unwrap();
            let ids: Vec<ByteArray> = ids.into_iter().map(ByteArray::from).collect();
            column.typed::<ByteArrayType>().write_batch(&ids, Some(&levels), None).unwrap();
            column.close().unwrap();
            let mut column = group.next_column().unwrap().unwrap();
            column.typed::<Int32Type>().write_batch(&starts, Some(&vec![1; rows]), None).unwrap();
            column.close().unwrap();
            let mut column = group.next_column().unwrap().unwrap();
            column.typed::<Int64Type>().write_batch(&vec![-120_005; rows], None, None).unwrap();
            column.close().unwrap();
            let mut column = group.next_column().unwrap().unwrap();
            column.typed::<DoubleType>().write_batch(&vec![0.25; rows], None, None).unwrap();
            column.close().unwrap();
            let mut column = group.next_column().unwrap().unwrap();
            column
                .typed::<Int64Type>()
                .write_batch(&vec![86_400_000 * 19_754 - 1; rows], None, None)
                .unwrap();
            column.close().unwrap();
            group.close().unwrap();
        }
        writer.close().unwrap();
    }

    /// 19,753 days after the first of January 1970 is 31 January 2024, and a millisecond before the next day is still it.
    #[test]
    fn a_parquet_file_reads_as_rows_of_text() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("book.parquet");
        example(&path);
        let stream = Stream::open(&path, "book.parquet", ExportFormat::default()).unwrap();
        assert_eq!(stream.heading().names(), ["id", "start", "arr", "share", "at"]);
        let start = stream.heading().column("start").unwrap();
        let mut rows = Vec::new();
        let extent = stream.each(&mut |row| {
            let mut row = row.unwrap();
            let cells: Vec<String> =
                row.cells().iter().map(|cell| String::from_utf8(cell.to_vec()).unwrap()).collect();
            let line = row.line();
            assert!(row.count(start).is_none());
            let bad = &row.into_faults()[0];
            rows.push((line, cells.join(" "), (bad.cell.line, bad.cell.column)));
        });
        let expected = [
            (1, "Ü-1 2024-01-31 -1200.05 0.25 2024-01-31", (1, 2)),
            (2, " 2024-02-01 -1200.05 0.25 2024-01-31", (2, 2)),
            (3, "B 1969-12-31 -1200.05 0.25 2024-01-31", (3, 2)),
        ];
        assert_eq!(rows, expected.map(|(row, text, place)| (row, text.to_owned(), place)));
        let extent = extent.unwrap();
        assert_eq!((extent.rows, extent.bytes), (3, std::fs::metadata(&path).unwrap().len()));
    }

    #[test]
    fn a_broken_parquet_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("book.parquet");
        example(&path);
        let whole = std::fs::read(&path).unwrap();
        for length in [4, 5, whole.len() / 2, whole.len() - 1] {
            std::fs::write(&path, &whole[..length]).unwrap();
            assert!(Stream::open(&path, "book.parquet", ExportFormat::default()).is_err(), "{length} bytes");
        }
    }
}
