//! Observed values: a column of a CSV file as quantities.

use super::fault::{COLUMN_MISSING, DATA_EMPTY, DATA_MALFORMED};
use super::nearest;
use super::node::Node;
use super::quantity::{Quantity, Written};
use super::setting::Reader;
use super::values::Text;

/// The largest data file \[bytes\].
const LARGEST_DATA: u64 = 64 << 20;

/// How many faults of one data file are reported one by one.
const FIRST_ROWS: usize = 5;

/// Reads the values of a column of a CSV file.
pub(super) fn observed<Q: Quantity>(
    file: &Node,
    heading: Option<&Node>,
    column: &Text,
    reader: &mut Reader<'_>,
) -> Option<Vec<f64>> {
    let bytes = reader.within("file", |reader| reader.file(file, LARGEST_DATA))?;
    let mut rows = csv::Reader::from_reader(bytes.as_slice());
    let headings: Vec<String> = match rows.headers() {
        Ok(headings) => headings.iter().map(|heading| heading.trim().to_owned()).collect(),
        Err(error) => return reader.within("file", |reader| malformed(file, &error.to_string(), reader)),
    };
    let Some(at) = headings.iter().position(|heading| heading == column.as_str()) else {
        let names: Vec<&str> = headings.iter().map(String::as_str).collect();
        let message = format!("{file} has no column `{column}`");
        let help = nearest::hint(column.as_str(), "columns", &names);
        let origin = heading.unwrap_or(file).origin;
        return reader.within("column", |reader| reader.fault(COLUMN_MISSING, origin, message, help));
    };
    let mut values = Vec::new();
    let mut faults = 0;
    for (row, record) in rows.records().enumerate() {
        let value = record.map_err(|error| error.to_string()).and_then(|record| {
            let line = record.position().map_or(row as u64 + 2, csv::Position::line);
            let cell = record.get(at).unwrap_or("");
            Q::parse(Written::Text(cell).unquoted())
                .map_err(|complaint| format!("line {line}: {}; {}", complaint.message, complaint.help))
        });
        match value {
            Ok(value) => values.push(value.value()),
            Err(why) => {
                faults += 1;
                if faults <= FIRST_ROWS {
                    reader.within("file", |reader| malformed::<()>(file, &why, reader));
                }
            }
        }
    }
    if faults > FIRST_ROWS {
        let more = format!("{} further rows cannot be read either", faults - FIRST_ROWS);
        reader.within("file", |reader| malformed::<()>(file, &more, reader));
    }
    if faults > 0 {
        return None;
    }
    if values.is_empty() {
        let message = format!("{file} has no rows");
        return reader.fault(DATA_EMPTY, file.origin, message, "name a file with at least one value");
    }
    Some(values)
}

fn malformed<T>(file: &Node, why: &str, reader: &mut Reader<'_>) -> Option<T> {
    let help = "correct the file: comma-separated, headings in the first line, one value in each row";
    reader.fault(DATA_MALFORMED, file.origin, format!("{file}: {why}"), help)
}
