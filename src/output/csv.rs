//! Tables as comma-separated values: read by everything, typed by nothing.
//!
//! Numbers are written with as many digits as it takes to read back the same bits; a missing value is an
//! empty field.

use std::io::{self, Write};

use super::sheet::{Format, Sheet, Values};

/// The format.
pub(super) const FORMAT: Format =
    Format { name: "csv", summary: "comma-separated values: opens everywhere", write };

fn write(parts: &mut dyn Iterator<Item = Sheet>, to: &mut (dyn Write + Send)) -> io::Result<()> {
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
        Values::Text(values) => values[row].clone().unwrap_or_default(),
        Values::Instant(values) => values[row].format("%Y-%m-%dT%H:%M:%S").to_string(),
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
        super::write(&mut [example(), example()].into_iter(), &mut written).unwrap();
        let rows = "\"a, b\",,2024-02-29T12:00:01,-3,\nü,pool/1,2024-02-29T12:00:01,,0.1\n";
        let expected = format!("variant,resource,timestamp,day,share\n{rows}{rows}");
        assert_eq!(String::from_utf8(written).unwrap(), expected);
    }
}
