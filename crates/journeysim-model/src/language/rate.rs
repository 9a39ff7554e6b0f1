//! Rates: how much, or how often, in a stretch of time.

use std::fmt;

use serde_json::Value as Json;

use super::duration::Span;
use super::fault::{MISSING_UNIT, UNKNOWN_UNIT};
use super::quantity::{Complaint, Decimal, Quantity, Written, finite, serialize_as_written, text_schema};

/// An amount in a stretch of time, zero or more \[1/d\]: `"15% per year"`, `"0.8 per month"`, `"5 per 90d"`.
///
/// A year counts 365 days, a quarter a fourth and a month a twelfth of that, whatever the calendar says:
/// a rate is an average.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Rate(f64);

serialize_as_written!(Rate);

/// The named stretches. \[d\]
const NAMED: [(&str, f64); 6] = [
    ("year", YEAR),
    ("quarter", YEAR / 4.0),
    ("month", YEAR / 12.0),
    ("week", 7.0),
    ("day", 1.0),
    ("hour", 1.0 / 24.0),
];

const YEAR: f64 = 365.0;

impl Rate {
    /// The most that can be written \[1/d\].
    pub const MOST: f64 = 1e9;

    /// So much a year, for use as a default.
    ///
    /// # Panics
    ///
    /// If it could not be written.
    #[must_use]
    pub const fn per_year(amount: f64) -> Self {
        assert!(amount >= 0.0 && amount <= Self::MOST, "a default must be possible");
        Self(amount / YEAR)
    }

    /// So much a day \[1/d\].
    #[must_use]
    pub const fn per_day(self) -> f64 {
        self.0
    }
}

impl Quantity for Rate {
    const KIND: &'static str = "rate";
    const WANTED: &'static str = "a rate such as \"15% per year\", \"0.8 per month\" or \"5 per 90d\"";

    fn parse(written: Written<'_>) -> Result<Self, Complaint> {
        let text = match written.unquoted() {
            Written::Text(text) => text,
            Written::Float(number) if !number.is_finite() => return finite(number).map(Self),
            number => {
                let units = format!("\"{number} per year\", \"{number} per month\" or \"{number} per 90d\"");
                return Err(Complaint::without_unit::<Self>(written, &units));
            }
        };
        let malformed = || Complaint::malformed::<Self>(written);
        let (number, rest) = Decimal::split(text.trim()).ok_or_else(malformed)?;
        let (power, rest) = rest.strip_prefix('%').map_or((0, rest), |rest| (-2, rest.trim_start()));
        if number.is_negative() {
            return Err(Complaint::negative::<Self>(written));
        }
        if rest.is_empty() {
            let message = format!("{written} does not say in what time");
            return Err(Complaint::new(MISSING_UNIT, message, format!("write \"{} per year\"", text.trim())));
        }
        let Some(period) = rest.strip_prefix("per ").map(str::trim) else {
            let period = rest.trim_start_matches(['/', ' ']).trim_start_matches("a ").trim_end_matches("ly");
            let Some((name, _)) = NAMED.iter().find(|(name, _)| *name == period) else {
                return Err(malformed());
            };
            let amount = text[..text.len() - rest.len()].trim();
            let message = format!("{written} is not a rate");
            return Err(Complaint::new(UNKNOWN_UNIT, message, format!("write \"{amount} per {name}\"")));
        };
        let days = match NAMED.iter().find(|(name, _)| *name == period) {
            Some((_, days)) => *days,
            None => match Span::parse(Written::Text(period)) {
                Ok(span) if span.get() > 0 => span.in_days(),
                _ => {
                    let message = format!("`{period}` in {written} is no stretch of time");
                    let help =
                        "write per hour, day, week, month, quarter or year, or per so many days: per 90d";
                    return Err(Complaint::new(UNKNOWN_UNIT, message, help));
                }
            },
        };
        let per_day = finite(number.times_ten_to(power) / days)?;
        if per_day > Self::MOST {
            return Err(Complaint::out_of_range::<Self>(written, "at most a thousand million a day"));
        }
        Ok(Self(per_day))
    }

    fn value(self) -> f64 {
        self.0
    }

    fn written_as() -> Vec<Json> {
        vec![text_schema(
            r"^\d+(\.\d+)? ?%? per (hour|day|week|month|quarter|year|(\d+(\.\d+)? ?[wdhms] ?)+)$",
        )]
    }
}

impl fmt::Display for Rate {
    /// Writes the rate for the stretch of time that takes the fewest digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ways = NAMED.iter().flat_map(|(name, days)| {
            let amount = self.0 * days;
            // The amount that was written is lost in the last digits, and found again by rounding.
            let rounded = format!("{amount:.9}").parse().unwrap_or(amount);
            [rounded, amount].map(|amount: f64| (amount, *days, name))
        });
        let same = ways.filter(|(amount, days, _)| amount / days == self.0);
        match same.min_by_key(|(amount, ..)| amount.to_string().len()) {
            Some((amount, _, name)) => write!(f, "{amount} per {name}"),
            None => write!(f, "{} per day", self.0),
        }
    }
}

#[cfg(test)]
#[rustfmt::skip]
mod tests {
    use super::*;
    use super::super::quantity::testing::{reads, refuses};

    #[test]
    fn rates() {
        reads::<Rate>(&[
            ("15% per year", 0.15 / 365.0, "0.15 per year"), ("0.8 per month", 0.8 / (365.0 / 12.0), "0.8 per month"),
            ("5 per 90d", 5.0 / 90.0, "1.6898148148148149 per month"), ("12 per year", 12.0 / 365.0, "3 per quarter"),
            ("1 per week", 1.0 / 7.0, "1 per week"), ("3 per 12h", 6.0, "6 per day"), ("0 per day", 0.0, "0 per year"),
        ]);
        refuses::<Rate>(&[
            ("12", "missing-unit", "12 has no unit", "write \"12 per year\", \"12 per month\" or \"12 per 90d\""),
            ("15%", "missing-unit", "\"15%\" does not say in what time", "write \"15% per year\""),
            ("15% a year", "unknown-unit", "\"15% a year\" is not a rate", "write \"15% per year\""),
            ("2/week", "unknown-unit", "\"2/week\" is not a rate", "write \"2 per week\""),
            ("2 per fortnight", "unknown-unit", "`fortnight` in \"2 per fortnight\" is no stretch of time",
                "write per hour, day, week, month, quarter or year, or per so many days: per 90d"),
            ("2 per 0d", "unknown-unit", "`0d` in \"2 per 0d\" is no stretch of time",
                "write per hour, day, week, month, quarter or year, or per so many days: per 90d"),
            ("-2 per day", "negative", "\"-2 per day\" is negative", "a rate is never below zero"),
            ("often", "malformed-number", "\"often\" is not a rate", "write a rate such as \"15% per year\", \"0.8 per month\" or \"5 per 90d\""),
            ("nan", "not-finite", "NaN is not a number that can be calculated with", "write a finite number"),
        ]);
    }
}
