//! Tables as comma-separated values: read by everything, typed by nothing.
//!
//! Numbers are written with as many digits as it takes to read back the same bits; a missing value is an
//! empty field.

use std::io::{self, Write};

use super::sheet::{Format, Sheet, Values};

/// The format.
pub(super) const FORMAT: Format =
    Format { name: "csv", summary: "comma-separated values: opens everywhere", write };

fn write(sheet: &Sheet, to: &mut (dyn Write + Send)) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(to);
    writer.write_record(sheet.columns.iter().map(|column| column.name.as_str()))?;
    for row in 0..sheet.rows() {
        writer.write_record(sheet.columns.iter().map(|column| field(&column.values, row)))?;
    }
    writer.flush()
}

fn field(values: &Values, row: usize) -> String {
    match values {
        Values::Text(values) => values[row].clone(),
        Values::Whole(values) => values[row].map(|value| value.to_string()).unwrap_or_default(),
        Values::Number(values) => values[row].map(|value| value.to_string()).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::sheet::example;

    #[test]
    fn commas_are_quoted_and_gaps_are_empty() {
        let mut written = Vec::new();
        super::write(&example(), &mut written).unwrap();
        assert_eq!(String::from_utf8(written).unwrap(), "variant,day,share\n\"a, b\",-3,\nü,,0.1\n");
    }
}
