//! Quantities without a unit: counts and numbers.

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::{Value as Json, json};

use super::fault::{MALFORMED_NUMBER, NOT_WHOLE, OUT_OF_RANGE};
use super::quantity::{Complaint, Decimal, Quantity, Written, finite};

/// How many there are of something: `120`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Count(u32);

/// Any number that can be calculated with: `-0.5`, `3`.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Number(f64);

/// A number above zero: `1.5`.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Positive(f64);

impl Count {
    /// The most that can be written.
    pub const MOST: u32 = 100_000_000;

    /// This many, for use as a default.
    ///
    /// # Panics
    ///
    /// If it could not be written.
    #[must_use]
    pub const fn of(value: u32) -> Self {
        assert!(value <= Self::MOST, "a default must be possible");
        Self(value)
    }

    /// How many.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl Number {
    /// This number, for use as a default.
    ///
    /// # Panics
    ///
    /// If it could not be written.
    #[must_use]
    pub const fn of(value: f64) -> Self {
        assert!(value.is_finite(), "a default must be possible");
        Self(value)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> f64 {
        self.0
    }
}

impl Positive {
    /// This number, for use as a default.
    ///
    /// # Panics
    ///
    /// If it could not be written.
    #[must_use]
    pub const fn of(value: f64) -> Self {
        assert!(value.is_finite() && value > 0.0, "a default must be possible");
        Self(value)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> f64 {
        self.0
    }
}

impl Quantity for Count {
    const KIND: &'static str = "count";
    const WANTED: &'static str = "a whole number such as 120";

    fn parse(written: Written<'_>) -> Result<Self, Complaint> {
        match written {
            Written::Integer(number) if number < 0 => Err(Complaint::negative::<Self>(written)),
            Written::Integer(number) => match u32::try_from(number) {
                Ok(count) if count <= Self::MOST => Ok(Self(count)),
                _ => {
                    let message = format!("{written} is not a possible count");
                    let help = format!("a count is at most {}", Self::MOST);
                    Err(Complaint::new(OUT_OF_RANGE, message, help))
                }
            },
            Written::Float(number) => {
                let number = finite(number)?;
                let message = format!("{written} is not a whole number");
                let help = format!("write {} or another whole number", number.max(0.0).round());
                Err(Complaint::new(NOT_WHOLE, message, help))
            }
            Written::Text(_) => Err(quoted::<Self>(written)),
        }
    }

    fn value(self) -> f64 {
        self.0.into()
    }

    fn written_as() -> Vec<Json> {
        vec![json!({ "type": "integer", "minimum": 0, "maximum": Self::MOST })]
    }
}

impl Quantity for Number {
    const KIND: &'static str = "number";
    const WANTED: &'static str = "a number such as 1.5";

    fn parse(written: Written<'_>) -> Result<Self, Complaint> {
        number::<Self>(written).map(Self)
    }

    fn value(self) -> f64 {
        self.0
    }

    fn written_as() -> Vec<Json> {
        vec![json!({ "type": "number" })]
    }
}

impl Quantity for Positive {
    const KIND: &'static str = "positive number";
    const WANTED: &'static str = "a number above 0 such as 1.5";

    fn parse(written: Written<'_>) -> Result<Self, Complaint> {
        let number = number::<Self>(written)?;
        if number > 0.0 { Ok(Self(number)) } else { Err(Complaint::out_of_range::<Self>(written, "above 0")) }
    }

    fn value(self) -> f64 {
        self.0
    }

    fn written_as() -> Vec<Json> {
        vec![json!({ "type": "number", "exclusiveMinimum": 0 })]
    }
}

fn number<Q: Quantity>(written: Written<'_>) -> Result<f64, Complaint> {
    match written {
        Written::Integer(number) => Ok(number as f64),
        Written::Float(number) => finite(number),
        Written::Text(_) => Err(quoted::<Q>(written)),
    }
}

/// A text where a bare number is wanted.
fn quoted<Q: Quantity>(written: Written<'_>) -> Complaint {
    match written.unquoted() {
        Written::Text(text) => {
            let complaint = Complaint::malformed::<Q>(written);
            match percent(text).filter(|share| Q::parse(Written::Float(*share)).is_ok()) {
                Some(share) => {
                    Complaint { help: format!("write {share}: a share is a number here"), ..complaint }
                }
                None => complaint,
            }
        }
        number => {
            let message = format!("{written} is a text");
            Complaint::new(MALFORMED_NUMBER, message, format!("write {number} without quotes"))
        }
    }
}

/// Reads `95%` as 0.95.
fn percent(text: &str) -> Option<f64> {
    Some(Decimal::parse(text.trim().strip_suffix('%')?.trim_end())?.times_ten_to(-2))
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Positive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Count {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(self.0)
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.0)
    }
}

impl Serialize for Positive {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.0)
    }
}

#[cfg(test)]
#[rustfmt::skip]
mod tests {
    use super::*;
    use super::super::quantity::testing::{reads, refuses};

    #[test]
    fn counts() {
        reads::<Count>(&[("120", 120.0, "120"), ("0", 0.0, "0"), ("100000000", 1e8, "100000000")]);
        refuses::<Count>(&[
            ("-1", "negative", "-1 is negative", "a count is never below zero"),
            ("100000001", "out-of-range", "100000001 is not a possible count", "a count is at most 100000000"),
            ("2.6", "not-whole", "2.6 is not a whole number", "write 3 or another whole number"),
            ("\"120\"", "malformed-number", "\"120\" is a text", "write 120 without quotes"),
            ("many", "malformed-number", "\"many\" is not a count", "write a whole number such as 120"),
            ("nan", "not-finite", "NaN is not a number that can be calculated with", "write a finite number"),
        ]);
    }

    #[test]
    fn numbers() {
        reads::<Number>(&[("-0.5", -0.5, "-0.5"), ("3", 3.0, "3"), ("-0.0", 0.0, "0"), ("1e-320", 0.0, "0")]);
        refuses::<Number>(&[
            ("inf", "not-finite", "inf is not a number that can be calculated with", "write a finite number"),
            ("\"3\"", "malformed-number", "\"3\" is a text", "write 3 without quotes"),
            ("95%", "malformed-number", "\"95%\" is not a number", "write 0.95: a share is a number here"),
            ("most", "malformed-number", "\"most\" is not a number", "write a number such as 1.5"),
        ]);
        reads::<Positive>(&[("1.5", 1.5, "1.5"), ("2", 2.0, "2")]);
        refuses::<Positive>(&[
            ("0", "out-of-range", "0 is not a possible positive number", "a positive number is above 0"),
            ("-1.5", "out-of-range", "-1.5 is not a possible positive number", "a positive number is above 0"),
        ]);
    }
}
