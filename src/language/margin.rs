//! Margins: how small a difference of a metric is too small to matter.

use std::fmt;

use serde_json::{Value as Json, json};

use super::fault::UNKNOWN_UNIT;
use super::quantity::{Complaint, Decimal, Quantity, Written, number_quantity, text_schema};

number_quantity! {
    /// A difference of a metric, in its unit and above zero: `"0.2pp"` of one that is a fraction, which is 0.002, or a
    /// number of any other.
    Margin from 1e-9, to 1e15
}

impl Quantity for Margin {
    const KIND: &'static str = "margin";
    const WANTED: &'static str =
        "a margin in percentage points such as \"0.2pp\", or a number in the metric's unit";

    fn parse(written: Written<'_>) -> Result<Self, Complaint> {
        const LIMITS: &str = "above 0";
        let value = match written.unquoted() {
            Written::Integer(number) => number as f64,
            Written::Float(number) => number,
            Written::Text(text) => match Decimal::split(text.trim()) {
                Some((number, "pp")) => number.times_ten_to(-2),
                Some((number, unit)) => {
                    let message = format!("{written} is not a margin: there is no unit `{unit}`");
                    let help = format!("write \"{}pp\" for percentage points, or a number", number.text());
                    return Err(Complaint::new(UNKNOWN_UNIT, message, help));
                }
                None => return Err(Complaint::malformed::<Self>(written)),
            },
        };
        Self::within(value, written, LIMITS)
    }

    fn value(self) -> f64 {
        self.0
    }

    fn written_as() -> Vec<Json> {
        vec![text_schema(r"^\d+(\.\d+)? ?pp$"), json!({ "type": "number", "exclusiveMinimum": 0 })]
    }
}

impl fmt::Display for Margin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
#[rustfmt::skip]
mod tests {
    use super::*;
    use super::super::quantity::testing::{reads, refuses};

    #[test]
    fn margins() {
        reads::<Margin>(&[("\"0.2pp\"", 0.002, "0.002"), ("0.5", 0.5, "0.5"), ("10000", 10000.0, "10000")]);
        refuses::<Margin>(&[
            ("0", "out-of-range", "0 is not a possible margin", "a margin is above 0"),
            ("-1", "negative", "-1 is negative", "a margin is never below zero"),
            ("\"2%\"", "unknown-unit", "\"2%\" is not a margin: there is no unit `%`", "write \"2pp\" for percentage points, or a number"),
            ("\"small\"", "malformed-number", "\"small\" is not a margin", "write a margin in percentage points such as \"0.2pp\", or a number in the metric's unit"),
        ]);
    }
}
