//! Tables as comma-separated values: read by everything, typed by nothing.
//!
//! Numbers are written with as many digits as it takes to read back the same bits; a missing value is an
//! empty field.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Write};

use super::sheet::{Column, Format, Sheet, Values};

/// The format.
pub(super) const FORMAT: Format =
    Format { name: "csv", summary: "comma-separated values: opens everywhere", write, read };

fn write(parts: &mut dyn Iterator<Item = Cow<'_, Sheet>>, to: &mut (dyn Write + Send)) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(to);
    for (number, sheet) in parts.enumerate() {
        if number == 0 {
            writer.write_record(sheet.columns.iter().map(|column| column.name.as_str()))?;
        }
        for row in 0..sheet.rows() {
            writer.write_record(sheet.columns.iter().map(|column| field(&column.values, row)))?;
        }
    }
    writer.flush()
}

fn field(values: &Values, row: usize) -> String {
    match values {
        Values::Text(values) => values[row].clone(),
        Values::Instant(values) => values[row].format("%Y-%m-%dT%H:%M:%S").to_string(),
        Values::Whole(values) => values[row].map(|value| value.to_string()).unwrap_or_default(),
        Values::Number(values) => values[row].map(|value| value.to_string()).unwrap_or_default(),
    }
}

/// Reads a table back. A column is of whole numbers where all its values are, else of numbers where all are, else of words.
fn read(name: &'static str, from: File) -> io::Result<Sheet> {
    let mut reader = csv::Reader::from_reader(from);
    let names: Vec<String> = reader.headers()?.iter().map(str::to_owned).collect();
    let mut cells: Vec<Vec<String>> = vec![Vec::new(); names.len()];
    for record in reader.records() {
        for (column, cell) in cells.iter_mut().zip(&record?) {
            column.push(cell.to_owned());
        }
    }
    let columns = names.into_iter().zip(cells).map(|(name, cells)| Column { name, values: typed(cells) });
    Ok(Sheet { name, columns: columns.collect() })
}

fn typed(cells: Vec<String>) -> Values {
    fn all<T: std::str::FromStr>(cells: &[String]) -> Option<Vec<Option<T>>> {
        let one = |cell: &String| if cell.is_empty() { Ok(None) } else { cell.parse().map(Some) };
        cells.iter().map(|cell| one(cell).ok()).collect()
    }
    let whole = all(&cells).map(Values::Whole);
    whole.or_else(|| all(&cells).map(Values::Number)).unwrap_or(Values::Text(cells))
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::io::{Seek, Write};

    use super::super::sheet::{example, noon};

    #[test]
    fn commas_are_quoted_and_gaps_are_empty() {
        let mut written = Vec::new();
        super::write(&mut std::iter::once(Cow::Owned(example())), &mut written).unwrap();
        assert_eq!(String::from_utf8(written).unwrap(), "variant,day,share\n\"a, b\",-3,\nü,,0.1\n");
    }

    #[test]
    fn parts_of_a_table_share_one_header() {
        let mut written = Vec::new();
        super::write(&mut [noon(), noon()].map(Cow::Owned).into_iter(), &mut written).unwrap();
        let row = "2024-02-29T12:00:01,\n";
        assert_eq!(String::from_utf8(written).unwrap(), format!("timestamp,resource\n{row}{row}"));
    }

    #[test]
    fn what_is_written_is_read_back_with_its_gaps() {
        let mut file = tempfile::tempfile().unwrap();
        super::write(&mut std::iter::once(Cow::Owned(example())), &mut file).unwrap();
        file.flush().and_then(|()| file.rewind()).unwrap();
        assert_eq!(super::read("example", file).unwrap(), example());
    }
}
