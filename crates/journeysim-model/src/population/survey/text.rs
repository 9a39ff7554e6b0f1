//! The proposed mapping as a text to check and to keep.

use std::fmt::Write;

use super::Proposal;
use crate::population::export::{DateOrder, DecimalMark, Delimiter};

impl Proposal {
    /// Writes the mapping as TOML, each line with its evidence; `skips` leaves wrong rows out instead of stopping.
    #[must_use]
    pub fn toml(&self, skips: bool) -> String {
        let mut text =
            "# Proposed, not known: check every line, correct it, and keep the file.\n\n".to_owned();
        self.write(&mut text, skips).expect("a string can grow");
        text
    }

    fn write(&self, text: &mut String, skips: bool) -> std::fmt::Result {
        for open in &self.undecided {
            writeln!(text, "# To decide: {}.", one_line(open))?;
        }
        line(text, &format!("currency = \"{}\"", self.currency), &self.currency_evidence)?;
        match self.through {
            Some(day) => line(text, &format!("through = {day}"), &self.through_evidence)?,
            // Nothing can be after a day that is not known.
            None if skips => line(text, "through = 2099-12-31", &self.through_evidence)?,
            None => line(
                text,
                "# through = 2024-12-31",
                &format!("the day of the export: {}", self.through_evidence),
            )?,
        }
        for table in &self.tables {
            writeln!(text, "\n[{}]\nfile = {}", table.table, quoted(&table.file))?;
            if let Some(delimiter) = table.delimiter.filter(|&delimiter| delimiter != Delimiter::Comma) {
                line(
                    text,
                    &format!("delimiter = \"{delimiter}\""),
                    "what stands most often in the first line",
                )?;
            }
            match table.dates {
                Some(DateOrder::YearMonthDay) => {}
                Some(dates) => line(text, &format!("dates = \"{dates}\""), &table.dates_evidence)?,
                None if table.dates_evidence == "no dates" => {}
                None => line(text, "# dates = \"dmy\" or \"mdy\"", &table.dates_evidence)?,
            }
            if let Some(decimal) = table.decimal.filter(|&decimal| decimal != DecimalMark::Point) {
                line(text, &format!("decimal = \"{decimal}\""), &table.decimal_evidence)?;
            }
            if skips {
                writeln!(text, "on_bad_row = \"skip\"")?;
            }
            writeln!(text, "\n[{}.columns]", table.table)?;
            for column in &table.columns {
                line(text, &format!("{} = {}", column.word, quoted(&column.header)), &column.evidence)?;
            }
            if !table.not_mapped.is_empty() {
                writeln!(text, "# Not mapped, and not read: {}", one_line(&table.not_mapped.join(", ")))?;
            }
        }
        for file in &self.not_mapped {
            writeln!(text, "\n# Not mapped, and not read: {}", one_line(file))?;
        }
        Ok(())
    }
}

fn line(text: &mut String, setting: &str, evidence: &str) -> std::fmt::Result {
    writeln!(text, "{setting:<36} # {}", one_line(evidence))
}

/// A text without the line breaks that would end a comment.
fn one_line(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

/// A text in quotation marks, as TOML writes it.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
