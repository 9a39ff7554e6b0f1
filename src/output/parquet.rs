//! Tables as Parquet: typed, compressed, and read by data tools without a word about types.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Write};
use std::sync::Arc;

use chrono::DateTime;
use parquet::basic::{Compression, LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::column::reader::get_typed_column_reader;
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::{Type, TypePtr};

use super::sheet::{Column, Format, Sheet, Values};

/// The format.
pub(super) const FORMAT: Format =
    Format { name: "parquet", summary: "typed and compressed columns, for data tools", write, read };

fn write(parts: &mut dyn Iterator<Item = Cow<'_, Sheet>>, to: &mut (dyn Write + Send)) -> io::Result<()> {
    let first = parts.next().ok_or_else(|| io::Error::other("a table has at least one part"))?;
    write_groups(&first, parts, to).map_err(io::Error::other)
}

/// Writes every part as a row group.
fn write_groups(
    first: &Sheet,
    others: &mut dyn Iterator<Item = Cow<'_, Sheet>>,
    to: &mut (dyn Write + Send),
) -> Result<(), ParquetError> {
    let fields = first.columns.iter().map(field).collect::<Result<Vec<TypePtr>, _>>()?;
    let schema = Arc::new(Type::group_type_builder(first.name).with_fields(fields).build()?);
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    let mut file = SerializedFileWriter::new(to, schema, Arc::new(properties))?;
    write_group(first, &mut file)?;
    for sheet in others {
        write_group(&sheet, &mut file)?;
    }
    file.close()?;
    Ok(())
}

fn write_group<W: Write + Send>(
    sheet: &Sheet,
    file: &mut SerializedFileWriter<W>,
) -> Result<(), ParquetError> {
    let mut group = file.next_row_group()?;
    for column in &sheet.columns {
        match &column.values {
            Values::Text(values) => {
                let bytes = |value: &String| (!value.is_empty()).then(|| ByteArray::from(value.as_str()));
                let values: Vec<Option<ByteArray>> = values.iter().map(bytes).collect();
                write_column::<ByteArrayType, _>(&mut group, &values)?;
            }
            Values::Instant(values) => {
                let milliseconds = values.iter().map(|value| Some(value.and_utc().timestamp_millis()));
                write_column::<Int64Type, _>(&mut group, &milliseconds.collect::<Vec<_>>())?;
            }
            Values::Whole(values) => write_column::<Int64Type, _>(&mut group, values)?,
            Values::Number(values) => write_column::<DoubleType, _>(&mut group, values)?,
        }
    }
    group.close()?;
    Ok(())
}

fn field(column: &Column) -> Result<TypePtr, ParquetError> {
    let (physical, logical) = match column.values {
        Values::Text(_) => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        Values::Instant(_) => (Physical::INT64, Some(LogicalType::timestamp(false, TimeUnit::MILLIS))),
        Values::Whole(_) => (Physical::INT64, None),
        Values::Number(_) => (Physical::DOUBLE, None),
    };
    let field = Type::primitive_type_builder(&column.name, physical)
        .with_repetition(Repetition::OPTIONAL)
        .with_logical_type(logical)
        .build()?;
    Ok(Arc::new(field))
}

/// Writes the next column: values that are there, and for each row whether there is one.
fn write_column<D: DataType, W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    values: &[Option<D::T>],
) -> Result<(), ParquetError> {
    let levels: Vec<i16> = values.iter().map(|value| i16::from(value.is_some())).collect();
    let present: Vec<D::T> = values.iter().flatten().cloned().collect();
    let mut column = group.next_column()?.expect("invariant: the schema has this column");
    column.typed::<D>().write_batch(&present, Some(&levels), None)?;
    column.close()
}

fn read(name: &'static str, from: File) -> io::Result<Sheet> {
    read_columns(name, from).map_err(io::Error::other)
}

fn read_columns(name: &'static str, from: File) -> Result<Sheet, ParquetError> {
    let reader = SerializedFileReader::new(from)?;
    let mut columns: Vec<Column> = Vec::new();
    for field in reader.metadata().file_metadata().schema_descr().columns() {
        let values = match field.physical_type() {
            Physical::BYTE_ARRAY => Values::Text(Vec::new()),
            Physical::INT64 if field.logical_type_ref().is_some() => Values::Instant(Vec::new()),
            Physical::INT64 => Values::Whole(Vec::new()),
            Physical::DOUBLE => Values::Number(Vec::new()),
            other => return Err(ParquetError::General(format!("{} is of type {other}", field.name()))),
        };
        columns.push(Column { name: field.name().to_owned(), values });
    }
    for group in 0..reader.num_row_groups() {
        let group = reader.get_row_group(group)?;
        for (at, column) in columns.iter_mut().enumerate() {
            match &mut column.values {
                Values::Text(values) => {
                    for value in read_column::<ByteArrayType>(&*group, at)? {
                        let text = value.map(|value| value.as_utf8().map(str::to_owned)).transpose()?;
                        values.push(text.unwrap_or_default());
                    }
                }
                Values::Instant(values) => {
                    let milliseconds = read_column::<Int64Type>(&*group, at)?.into_iter().flatten();
                    let instants = milliseconds.filter_map(DateTime::from_timestamp_millis);
                    values.extend(instants.map(|instant| instant.naive_utc()));
                }
                Values::Whole(values) => values.extend(read_column::<Int64Type>(&*group, at)?),
                Values::Number(values) => values.extend(read_column::<DoubleType>(&*group, at)?),
            }
        }
    }
    let rows = reader.metadata().file_metadata().num_rows();
    if let Some(column) = columns.iter().find(|column| i64::try_from(column.values.len()) != Ok(rows)) {
        let (name, values) = (&column.name, column.values.len());
        let words = format!("column {name} holds {values} values in {rows} rows, of which each has one");
        return Err(ParquetError::General(words));
    }
    Ok(Sheet { name, columns })
}

/// Reads a column: for each row the value, if there is one.
fn read_column<D: DataType>(
    group: &dyn RowGroupReader,
    at: usize,
) -> Result<Vec<Option<D::T>>, ParquetError> {
    let rows = usize::try_from(group.metadata().num_rows()).unwrap_or_default();
    let mut column = get_typed_column_reader::<D>(group.get_column_reader(at)?);
    let (mut levels, mut present) = (Vec::new(), Vec::new());
    column.read_records(rows, Some(&mut levels), None, &mut present)?;
    let mut present = present.into_iter();
    Ok(levels.into_iter().map(|level| if level > 0 { present.next() } else { None }).collect())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use parquet::data_type::{DoubleType, Int64Type};
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::file::writer::SerializedFileWriter;
    use parquet::schema::parser::parse_message_type;

    use super::super::sheet::{Sheet, example, noon};
    use super::{Cow, File};

    fn write(parts: &[Sheet], path: &std::path::Path) {
        let mut parts = parts.iter().map(Cow::Borrowed);
        super::write(&mut parts, &mut File::create(path).unwrap()).unwrap();
    }

    #[test]
    fn what_is_written_is_read_back_with_its_gaps() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("example.parquet");
        write(&[example()], &path);
        let reader = SerializedFileReader::new(File::open(&path).unwrap()).unwrap();
        let rows: Vec<String> =
            reader.get_row_iter(None).unwrap().map(|row| row.unwrap().to_string()).collect();
        assert_eq!(
            rows,
            ["{variant: \"a, b\", day: -3, share: null}", "{variant: \"ü\", day: null, share: 0.1}",]
        );
    }

    #[test]
    fn parts_of_a_table_follow_each_other_with_their_instants() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("noon.parquet");
        write(&[noon(), noon()], &path);
        let read = super::read("noon", File::open(&path).unwrap()).unwrap();
        assert_eq!(read.rows(), 2);
        let reader = SerializedFileReader::new(File::open(&path).unwrap()).unwrap();
        let rows = reader.get_row_iter(None).unwrap().map(|row| row.unwrap().to_string());
        let row = "{timestamp: 2024-02-29 12:00:01.000 +00:00, resource: null}";
        assert_eq!(rows.collect::<Vec<_>>(), [row, row]);
    }

    #[test]
    fn a_table_comes_back_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("example.parquet");
        write(&[example()], &path);
        assert_eq!(super::read("example", File::open(&path).unwrap()).unwrap(), example());
    }

    /// An instant is missing beside two numbers.
    #[test]
    fn a_table_whose_columns_are_not_equally_long_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("uneven.parquet");
        let schema = "message uneven { optional int64 at (TIMESTAMP(MILLIS,false)); required double share; }";
        let schema = Arc::new(parse_message_type(schema).unwrap());
        let to = File::create(&path).unwrap();
        let mut file = SerializedFileWriter::new(to, schema, Arc::default()).unwrap();
        let mut group = file.next_row_group().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<Int64Type>().write_batch(&[1], Some(&[1, 0]), None).unwrap();
        column.close().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<DoubleType>().write_batch(&[0.5, 0.25], None, None).unwrap();
        column.close().unwrap();
        group.close().unwrap();
        file.close().unwrap();
        let refused = super::read("uneven", File::open(&path).unwrap()).unwrap_err();
        assert!(refused.to_string().contains("column at holds 1 values in 2 rows"), "{refused}");
    }
}
