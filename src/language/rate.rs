//! Rates: how much, or how often, in a stretch of time.

use std::fmt;

use serde_json::Value as Json;

use super::duration::Span;
use super::fault::{MISSING_UNIT, UNKNOWN_UNIT};
use super::quantity::{Complaint, Decimal, Quantity, Written, finite, serialize_as_written, text_schema};

/// An amount in a stretch of time, zero or more: `"15% per year"`, `"0.8 per month"`, `"5 per 90d"`.
///
/// A year counts 365 days, a quarter a fourth and a month a twelfth of that, whatever the calendar says:
/// a rate is an average.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    amount: f64,
    period: Period,
}

/// The stretch of time a rate is stated for.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Period {
    Named(usize),
    Of(Span),
}

serialize_as_written!(Rate);

/// The named stretches. [d]
const NAMED: [(&str, f64); 6] = [
    ("hour", 1.0 / 24.0),
    ("day", 1.0),
    ("week", 7.0),
    ("month", 365.0 / 12.0),
    ("quarter", 365.0 / 4.0),
    ("year", YEAR),
];

const YEAR: f64 = 365.0;

impl Rate {
    /// So much a year.
    ///
    /// # Panics
    ///
    /// If negative or not finite: defaults must be possible.
    #[must_use]
    pub const fn per_year(amount: f64) -> Self {
        assert!(amount >= 0.0 && amount <= 1e9, "a default must be possible");
        Self { amount, period: Period::Named(5) }
    }

    /// So much a day. [1/d]
    #[must_use]
    pub fn per_day(self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a span of a hundred years is exact")]
        let days = match self.period {
            Period::Named(at) => NAMED[at].1,
            Period::Of(span) => span.get() as f64 / 86_400.0,
        };
        self.amount / days
    }
}

impl Quantity for Rate {
    const KIND: &'static str = "rate";
    const WANTED: &'static str = "a rate such as \"15% per year\", \"0.8 per month\" or \"5 per 90d\"";

    fn parse(written: Written<'_>) -> Result<Self, Complaint> {
        let text = match written.unquoted() {
            Written::Text(text) => text,
            Written::Float(number) if !number.is_finite() => return finite(number).map(Self::per_year),
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
        let period = match NAMED.iter().position(|(name, _)| *name == period) {
            Some(at) => Period::Named(at),
            None => match Span::parse(Written::Text(period)) {
                Ok(span) if span.get() > 0 => Period::Of(span),
                _ => {
                    let message = format!("`{period}` in {written} is no stretch of time");
                    let help =
                        "write per hour, day, week, month, quarter or year, or per so many days: per 90d";
                    return Err(Complaint::new(UNKNOWN_UNIT, message, help));
                }
            },
        };
        let rate = Self { amount: number.times_ten_to(power), period };
        if rate.amount > 1e9 {
            return Err(Complaint::out_of_range::<Self>(written, "at most a thousand million"));
        }
        Ok(rate)
    }

    /// So much a day. [1/d]
    fn value(self) -> f64 {
        self.per_day()
    }

    fn written_as() -> Vec<Json> {
        vec![text_schema(
            r"^\d+(\.\d+)? ?%? per (hour|day|week|month|quarter|year|(\d+(\.\d+)? ?[wdhms] ?)+)$",
        )]
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.period {
            Period::Named(at) => write!(f, "{} per {}", self.amount, NAMED[at].0),
            Period::Of(span) => write!(f, "{} per {span}", self.amount),
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
            ("5 per 90d", 5.0 / 90.0, "5 per 90d"), ("12 per year", 12.0 / 365.0, "12 per year"),
            ("1 per week", 1.0 / 7.0, "1 per week"), ("3 per 12h", 6.0, "3 per 12h"), ("0 per day", 0.0, "0 per day"),
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
