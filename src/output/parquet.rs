//! Tables as Parquet: typed, compressed, and read by data tools without a word about types.

use std::io::{self, Write};
use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, TimeUnit, TimestampType, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::{Type, TypePtr};

use super::sheet::{Column, Format, Sheet, Values};

/// The format.
pub(super) const FORMAT: Format =
    Format { name: "parquet", summary: "typed and compressed columns, for data tools", write };

fn write(parts: &mut dyn Iterator<Item = Sheet>, to: &mut (dyn Write + Send)) -> io::Result<()> {
    let first = parts.next().ok_or_else(|| io::Error::other("a table has at least one part"))?;
    write_groups(&first, parts, to).map_err(io::Error::other)
}

/// Writes every part as a row group.
fn write_groups(
    first: &Sheet,
    others: &mut dyn Iterator<Item = Sheet>,
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
                let bytes = |value: &Option<String>| value.as_deref().map(ByteArray::from);
                let values: Vec<Option<ByteArray>> = values.iter().map(bytes).collect();
                write_column::<ByteArrayType, _>(&mut group, &values)?;
            }
            Values::Instant(values) => {
                let values: Vec<Option<i64>> =
                    values.iter().map(|value| Some(value.and_utc().timestamp_millis())).collect();
                write_column::<Int64Type, _>(&mut group, &values)?;
            }
            Values::Whole(values) => write_column::<Int64Type, _>(&mut group, values)?,
            Values::Number(values) => write_column::<DoubleType, _>(&mut group, values)?,
        }
    }
    group.close()?;
    Ok(())
}

/// Instants by the scenario's clock, which is in no time zone.
const MILLISECONDS: LogicalType =
    LogicalType::Timestamp(TimestampType { is_adjusted_to_u_t_c: false, unit: TimeUnit::MILLIS });

fn field(column: &Column) -> Result<TypePtr, ParquetError> {
    let (physical, logical) = match column.values {
        Values::Text(_) => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        Values::Instant(_) => (Physical::INT64, Some(MILLISECONDS)),
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

#[cfg(test)]
mod tests {
    use parquet::file::reader::{FileReader, SerializedFileReader};

    use super::super::sheet::example;

    #[test]
    fn what_is_written_is_read_back_with_its_gaps() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("example.parquet");
        super::write(&mut [example(), example()].into_iter(), &mut std::fs::File::create(&path).unwrap())
            .unwrap();
        let reader = SerializedFileReader::new(std::fs::File::open(&path).unwrap()).unwrap();
        let rows: Vec<String> =
            reader.get_row_iter(None).unwrap().map(|row| row.unwrap().to_string()).collect();
        let at = "timestamp: 2024-02-29 12:00:01 +00:00";
        let part = [
            format!("{{variant: \"a, b\", resource: null, {at}, day: -3, share: null}}"),
            format!("{{variant: \"ü\", resource: \"pool/1\", {at}, day: null, share: 0.1}}"),
        ];
        assert_eq!(rows, [part.clone(), part].concat());
    }
}
