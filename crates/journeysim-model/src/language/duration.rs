//! Durations: spans of clock time, terms in calendar months, horizons.
//!
//! A span has a fixed length in seconds, so it knows no months or years; a term counts calendar months, so
//! it knows no days. Only a horizon may be either.

use std::fmt;

use chrono::NaiveDate;
use serde_json::Value as Json;

use super::fault::{NOT_WHOLE, OUT_OF_RANGE, UNKNOWN_UNIT};
use super::quantity::{
    Complaint, Decimal, Quantity, Written, serialize_as_written, text_schema, with_article,
};

/// A length of time \[s\], zero or more: `"91d"`, `"8h"`, `"40m"`, `"1h30m"`, `"2w"`, `"30s"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(i64);

/// A number of calendar months, above 0: `"12mo"`, `"1y"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Term(u32);

/// How long a run lasts, above 0: `"3y"`, `"18mo"`, `"156w"`, `"1095d"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Horizon {
    /// Calendar months.
    Months(u32),
    /// Days.
    Days(u32),
}

serialize_as_written!(Span);
serialize_as_written!(Term);
serialize_as_written!(Horizon);

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const WEEK: i64 = 7 * DAY;

/// Units of a span, longest first. \[s\]
pub(super) const UNITS: [(&str, i64); 5] = [("w", WEEK), ("d", DAY), ("h", HOUR), ("m", MINUTE), ("s", 1)];

/// A hundred years: nothing in a customer's life is longer.
const MOST_MONTHS: u32 = 1200;
const MOST_DAYS: u32 = 36_525;

impl Span {
    /// The longest span. \[s\]
    pub const MOST: i64 = MOST_DAYS as i64 * DAY;

    /// This many seconds, for use as a default like those below.
    ///
    /// # Panics
    ///
    /// If it could not be written.
    #[must_use]
    pub const fn seconds(seconds: i64) -> Self {
        assert!(seconds >= 0 && seconds <= Self::MOST, "a default must be possible");
        Self(seconds)
    }

    /// This many minutes.
    #[must_use]
    pub const fn minutes(minutes: u32) -> Self {
        Self::seconds(minutes as i64 * MINUTE)
    }

    /// This many hours.
    #[must_use]
    pub const fn hours(hours: u32) -> Self {
        Self::seconds(hours as i64 * HOUR)
    }

    /// This many days.
    #[must_use]
    pub const fn days(days: u32) -> Self {
        Self::seconds(days as i64 * DAY)
    }

    /// The length \[s\].
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }

    /// The length in days, with fractions \[d\].
    #[must_use]
    pub fn in_days(self) -> f64 {
        self.0 as f64 / DAY as f64
    }

    fn parts(written: Written<'_>, text: &str) -> Result<Self, Complaint> {
        let mut rest = text.trim();
        let mut total: i64 = 0;
        let mut longest = i64::MAX;
        loop {
            let Some((number, unit, after)) = part(rest) else {
                return Err(Complaint::malformed::<Self>(written));
            };
            if number.is_negative() {
                return Err(Complaint::negative::<Self>(written));
            }
            let Some((_, seconds)) = UNITS.iter().find(|(name, _)| *name == unit) else {
                return Err(not_a_span(written, number, unit));
            };
            if *seconds >= longest || number.is_signed() {
                return Err(Complaint::malformed::<Self>(written));
            }
            longest = *seconds;
            let length = number.times_exactly(*seconds);
            let too_long = number.times_ten_to(0) > 1e12;
            total = match length.and_then(|length| total.checked_add(length)) {
                Some(sum) if sum <= Self::MOST => sum,
                None if !too_long => {
                    let message = format!("{written} is not a whole number of seconds");
                    return Err(Complaint::new(NOT_WHOLE, message, "write whole units, such as \"1h30m\""));
                }
                _ => return Err(Complaint::out_of_range::<Self>(written, "at most 100 years")),
            };
            if after.is_empty() {
                return Ok(Self(total));
            }
            rest = after;
        }
    }
}

impl Quantity for Span {
    const KIND: &'static str = "duration";
    const WANTED: &'static str = "a duration such as \"91d\", \"2w\", \"8h\", \"40m\" or \"1h30m\"";

    fn parse(written: Written<'_>) -> Result<Self, Complaint> {
        match written.unquoted() {
            Written::Integer(number) if number < 0 => Err(Complaint::negative::<Self>(written)),
            Written::Text(text) => Self::parts(written, text),
            number => {
                let units =
                    format!("\"{number}d\" for days, \"{number}h\" for hours or \"{number}m\" for minutes");
                Err(Complaint::without_unit::<Self>(written, &units))
            }
        }
    }

    fn value(self) -> f64 {
        self.0 as f64
    }

    fn written_as() -> Vec<Json> {
        vec![text_schema(r"^(\d+(\.\d+)? ?[wdhms] ?)+$")]
    }
}

impl Term {
    /// This many months, for use as a default.
    ///
    /// # Panics
    ///
    /// If it could not be written.
    #[must_use]
    pub const fn months(months: u32) -> Self {
        assert!(months > 0 && months <= MOST_MONTHS, "a default must be possible");
        Self(months)
    }

    /// The number of months.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl Quantity for Term {
    const KIND: &'static str = "term";
    const WANTED: &'static str = "a term in months or years, such as \"12mo\" or \"1y\"";

    fn parse(written: Written<'_>) -> Result<Self, Complaint> {
        let (number, unit) = single::<Self>(written, "12mo", "1y")?;
        match unit {
            "mo" => bounded::<Self>(written, number.times_exactly(1), MOST_MONTHS).map(Self),
            "y" => bounded::<Self>(written, number.times_exactly(12), MOST_MONTHS).map(Self),
            "m" => {
                let help = format!("\"m\" is minutes; write \"{}mo\"", number.text());
                Err(Complaint::new(UNKNOWN_UNIT, format!("{written} is not a term"), help))
            }
            other => Err(unknown_unit::<Self>(written, number, other, &["mo", "y"])),
        }
    }

    fn value(self) -> f64 {
        self.0.into()
    }

    fn written_as() -> Vec<Json> {
        vec![text_schema(r"^\d+ ?(mo|y)$")]
    }
}

impl Horizon {
    /// The day after the last, for a run that starts on `start`; `None` beyond what a calendar holds.
    #[must_use]
    pub fn end(self, start: NaiveDate) -> Option<NaiveDate> {
        match self {
            Self::Months(months) => start.checked_add_months(chrono::Months::new(months)),
            Self::Days(days) => start.checked_add_days(chrono::Days::new(days.into())),
        }
    }

    /// The number of days from `start` to the day after the last \[d\].
    #[must_use]
    pub fn days_from(self, start: NaiveDate) -> i32 {
        let end = self.end(start).unwrap_or(NaiveDate::MAX);
        i32::try_from((end - start).num_days()).unwrap_or(i32::MAX)
    }
}

impl Quantity for Horizon {
    const KIND: &'static str = "horizon";
    const WANTED: &'static str = "a horizon such as \"3y\", \"18mo\" or \"1095d\"";

    fn parse(written: Written<'_>) -> Result<Self, Complaint> {
        let (number, unit) = single::<Self>(written, "3y", "1095d")?;
        match unit {
            "mo" => bounded::<Self>(written, number.times_exactly(1), MOST_MONTHS).map(Self::Months),
            "y" => bounded::<Self>(written, number.times_exactly(12), MOST_MONTHS).map(Self::Months),
            "d" => bounded::<Self>(written, number.times_exactly(1), MOST_DAYS).map(Self::Days),
            "w" => bounded::<Self>(written, number.times_exactly(7), MOST_DAYS).map(Self::Days),
            other => Err(unknown_unit::<Self>(written, number, other, &["d", "w", "mo", "y"])),
        }
    }

    /// Days, a month counting a twelfth of 365: to compare horizons, not to end them.
    fn value(self) -> f64 {
        match self {
            Self::Months(months) => f64::from(months) * 365.0 / 12.0,
            Self::Days(days) => days.into(),
        }
    }

    fn written_as() -> Vec<Json> {
        vec![text_schema(r"^\d+ ?(d|w|mo|y)$")]
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("0d");
        }
        let mut left = self.0;
        for (unit, seconds) in &UNITS[1..] {
            if left >= *seconds {
                write!(f, "{}{unit}", left / seconds)?;
                left %= seconds;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        months(self.0, f)
    }
}

impl fmt::Display for Horizon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Months(number) => months(*number, f),
            Self::Days(days) => write!(f, "{days}d"),
        }
    }
}

fn months(months: u32, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if months.is_multiple_of(12) { write!(f, "{}y", months / 12) } else { write!(f, "{months}mo") }
}

/// The number and unit a text begins with, and the rest.
fn part(text: &str) -> Option<(Decimal<'_>, &str, &str)> {
    let (number, rest) = Decimal::split(text)?;
    let end = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
    (end > 0).then(|| (number, &rest[..end], rest[end..].trim_start()))
}

/// A text of one number above zero and one unit.
fn single<'a, Q: Quantity>(
    written: Written<'a>,
    months: &str,
    other: &str,
) -> Result<(Decimal<'a>, &'a str), Complaint> {
    let Written::Text(text) = written else {
        return Err(Complaint::without_unit::<Q>(
            written,
            &format!("\"{months}\" or \"{other}\", with the unit you mean"),
        ));
    };
    if Decimal::parse(text.trim()).is_some() {
        return single::<Q>(Written::Integer(0), months, other)
            .map_err(|complaint| Complaint { message: format!("{written} has no unit"), ..complaint });
    }
    match part(text.trim()) {
        Some((number, _, _)) if number.is_negative() => Err(Complaint::negative::<Q>(written)),
        Some((number, unit, "")) if !number.is_signed() => Ok((number, unit)),
        _ => Err(Complaint::malformed::<Q>(written)),
    }
}

fn bounded<Q: Quantity>(written: Written<'_>, number: Option<i64>, most: u32) -> Result<u32, Complaint> {
    let whole = number.ok_or_else(|| {
        Complaint::new(NOT_WHOLE, format!("{written} is not whole"), "write a whole number of months or days")
    })?;
    match u32::try_from(whole) {
        Ok(number) if (1..=most).contains(&number) => Ok(number),
        _ => {
            let message = format!("{written} is not a possible {}", Q::KIND);
            Err(Complaint::new(
                OUT_OF_RANGE,
                message,
                format!("{} is above 0 and at most 100 years", with_article(Q::KIND)),
            ))
        }
    }
}

/// The unit somebody spelled out, or wrote as another calendar would.
fn short(unit: &str) -> Option<&'static str> {
    let unit = unit.to_lowercase();
    let spelled: [(&str, &[&str]); 7] = [
        ("s", &["s", "sec", "secs", "second", "seconds"]),
        ("m", &["m", "min", "mins", "minute", "minutes"]),
        ("h", &["h", "hr", "hrs", "hour", "hours"]),
        ("d", &["d", "day", "days"]),
        ("w", &["w", "wk", "wks", "week", "weeks"]),
        ("mo", &["mo", "mon", "mth", "month", "months"]),
        ("y", &["y", "yr", "yrs", "a", "year", "years"]),
    ];
    spelled.iter().find(|(_, words)| words.contains(&unit.as_str())).map(|(short, _)| *short)
}

fn unknown_unit<Q: Quantity>(
    written: Written<'_>,
    number: Decimal<'_>,
    unit: &str,
    units: &[&str],
) -> Complaint {
    let message = format!("`{unit}` in {written} is no unit of {}", with_article(Q::KIND));
    let help = match short(unit).filter(|short| units.contains(short)) {
        Some(short) => format!("write \"{}{short}\"", number.text()),
        None => format!("write {}", Q::WANTED),
    };
    Complaint::new(UNKNOWN_UNIT, message, help)
}

fn not_a_span(written: Written<'_>, number: Decimal<'_>, unit: &str) -> Complaint {
    let days = match short(unit) {
        Some("mo") => Some(("month", 30)),
        Some("y") => Some(("year", 365)),
        _ => None,
    };
    let Some((name, days)) = days else {
        return unknown_unit::<Span>(written, number, unit, &["w", "d", "h", "m", "s"]);
    };
    let message = format!("{written} has no fixed length: a {name} has more or fewer days");
    let help = match number.times_exactly(days) {
        Some(days) => format!("write the days, such as \"{days}d\""),
        None => "write the days".to_owned(),
    };
    Complaint::new(UNKNOWN_UNIT, message, help)
}

#[cfg(test)]
#[rustfmt::skip]
mod tests {
    use super::*;
    use super::super::quantity::testing::{read, reads, refuses};

    #[test]
    fn spans() {
        reads::<Span>(&[
            ("91d", 91.0 * 86_400.0, "91d"), ("40m", 2400.0, "40m"), ("8h", 28_800.0, "8h"), ("2w", 1_209_600.0, "14d"),
            ("30s", 30.0, "30s"), ("1h30m", 5400.0, "1h30m"), ("1.5h", 5400.0, "1h30m"), ("1h 30m", 5400.0, "1h30m"),
            ("36h", 129_600.0, "1d12h"), ("0d", 0.0, "0d"), ("0m", 0.0, "0d"), (" 91 d ", 91.0 * 86_400.0, "91d"),
        ]);
        refuses::<Span>(&[
            ("91", "missing-unit", "91 has no unit", "write \"91d\" for days, \"91h\" for hours or \"91m\" for minutes"),
            ("\"91\"", "missing-unit", "\"91\" has no unit", "write \"91d\" for days, \"91h\" for hours or \"91m\" for minutes"),
            ("91 days", "unknown-unit", "`days` in \"91 days\" is no unit of a duration", "write \"91d\""),
            ("8H", "unknown-unit", "`H` in \"8H\" is no unit of a duration", "write \"8h\""),
            ("3mo", "unknown-unit", "\"3mo\" has no fixed length: a month has more or fewer days", "write the days, such as \"90d\""),
            ("1y", "unknown-unit", "\"1y\" has no fixed length: a year has more or fewer days", "write the days, such as \"365d\""),
            ("3 moons", "unknown-unit", "`moons` in \"3 moons\" is no unit of a duration", "write a duration such as \"91d\", \"2w\", \"8h\", \"40m\" or \"1h30m\""),
            ("-5d", "negative", "\"-5d\" is negative", "a duration is never below zero"),
            ("-5", "negative", "-5 is negative", "a duration is never below zero"),
            ("30m1h", "malformed-number", "\"30m1h\" is not a duration", "write a duration such as \"91d\", \"2w\", \"8h\", \"40m\" or \"1h30m\""),
            ("d", "malformed-number", "\"d\" is not a duration", "write a duration such as \"91d\", \"2w\", \"8h\", \"40m\" or \"1h30m\""),
            ("0.0001d", "not-whole", "\"0.0001d\" is not a whole number of seconds", "write whole units, such as \"1h30m\""),
            ("999999999999999999999d", "out-of-range", "\"999999999999999999999d\" is not a possible duration", "a duration is at most 100 years"),
            ("101y", "unknown-unit", "\"101y\" has no fixed length: a year has more or fewer days", "write the days, such as \"36865d\""),
        ]);
    }

    #[test]
    fn terms() {
        reads::<Term>(&[("12mo", 12.0, "1y"), ("1y", 12.0, "1y"), ("18mo", 18.0, "18mo"), ("1.5y", 18.0, "18mo")]);
        refuses::<Term>(&[
            ("12", "missing-unit", "12 has no unit", "write \"12mo\" or \"1y\", with the unit you mean"),
            ("12m", "unknown-unit", "\"12m\" is not a term", "\"m\" is minutes; write \"12mo\""),
            ("12 months", "unknown-unit", "`months` in \"12 months\" is no unit of a term", "write \"12mo\""),
            ("365d", "unknown-unit", "`d` in \"365d\" is no unit of a term", "write a term in months or years, such as \"12mo\" or \"1y\""),
            ("0mo", "out-of-range", "\"0mo\" is not a possible term", "a term is above 0 and at most 100 years"),
            ("-1y", "negative", "\"-1y\" is negative", "a term is never below zero"),
            ("0.3y", "not-whole", "\"0.3y\" is not whole", "write a whole number of months or days"),
        ]);
    }

    #[test]
    fn horizons() {
        reads::<Horizon>(&[("3y", 1095.0, "3y"), ("18mo", 547.5, "18mo"), ("1095d", 1095.0, "1095d"), ("2w", 14.0, "14d")]);
        refuses::<Horizon>(&[
            ("3", "missing-unit", "3 has no unit", "write \"3y\" or \"1095d\", with the unit you mean"),
            ("3 years", "unknown-unit", "`years` in \"3 years\" is no unit of a horizon", "write \"3y\""),
            ("200y", "out-of-range", "\"200y\" is not a possible horizon", "a horizon is above 0 and at most 100 years"),
        ]);
    }

    #[test]
    fn a_horizon_in_months_follows_the_calendar() {
        let day = |text: &str| text.parse::<NaiveDate>().expect("a date");
        let horizon = |text| read::<Horizon>(text).expect("a horizon");
        assert_eq!(horizon("1y").end(day("2024-02-29")), Some(day("2025-02-28")));
        assert_eq!(horizon("365d").end(day("2024-02-29")), Some(day("2025-02-28")));
        assert_eq!(horizon("1mo").end(day("2024-01-31")), Some(day("2024-02-29")));
        assert_eq!(horizon("1y").days_from(day("2024-01-01")), 366);
    }
}
