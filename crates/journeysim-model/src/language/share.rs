//! Parts of a whole, and changes: shares, fractions, percentage points, relative changes, factors.

use std::fmt;

use serde_json::{Value as Json, json};

use super::fault::{MISSING_PERCENT, MISSING_SIGN, OUT_OF_RANGE, UNKNOWN_UNIT};
use super::quantity::{Complaint, Decimal, Quantity, Written, number_quantity, shifted, text_schema};

number_quantity! {
    /// A part of a whole, or a probability \[fraction, 0 to 1\]: `"35%"` or `0.35`.
    Share from 0.0, to 1.0
}

number_quantity! {
    /// A part or a multiple of something \[fraction, 0 or more\]: `"120%"` or `1.2`.
    Fraction from 0.0, to 1e9
}

number_quantity! {
    /// A change of a share, added to it \[fraction\]: `"+2pp"` is two percentage points, 0.02.
    Points from -1.0, to 1.0
}

number_quantity! {
    /// A distance between two values of a metric, in its unit; of shares \[fraction\] also in percentage points:
    /// `"0.25pp"` is 0.0025.
    Margin from 0.0, to 1e15
}

number_quantity! {
    /// A change in proportion \[fraction\]: `"+1.5%"` is 0.015, a hundredth and a half more than before.
    Relative from -1.0, to 1e9
}

number_quantity! {
    /// What something is multiplied by \[-\], above 0: `"x1.1"` or `1.1`.
    Factor from 1e-9, to 1e9
}

impl Quantity for Share {
    const KIND: &'static str = "share";
    const WANTED: &'static str = "a share such as \"35%\" or 0.35";

    fn parse(written: Written<'_>) -> Result<Self, Complaint> {
        const LIMITS: &str = "between 0% and 100%";
        match percentage::<Self>(written)? {
            Percentage::Percent(value) => Self::within(value, written, LIMITS),
            Percentage::Number(value) if value > 1.0 && value <= 100.0 => {
                let message = format!("{written} is not a possible share");
                let help = format!("write \"{}%\" or {}", shifted(value, 0), as_number(value / 100.0));
                Err(Complaint::new(OUT_OF_RANGE, message, help))
            }
            Percentage::Number(value) => Self::within(value, written, LIMITS),
        }
    }

    fn value(self) -> f64 {
        self.0
    }

    fn written_as() -> Vec<Json> {
        vec![percent_schema(""), json!({ "type": "number", "minimum": 0, "maximum": 1 })]
    }
}

impl Quantity for Fraction {
    const KIND: &'static str = "fraction";
    const WANTED: &'static str = "a fraction such as \"120%\" or 1.2";

    fn parse(written: Written<'_>) -> Result<Self, Complaint> {
        let (Percentage::Percent(value) | Percentage::Number(value)) = percentage::<Self>(written)?;
        Self::within(value, written, "at most a thousand million")
    }

    fn value(self) -> f64 {
        self.0
    }

    fn written_as() -> Vec<Json> {
        vec![percent_schema(""), json!({ "type": "number", "minimum": 0 })]
    }
}

impl Quantity for Points {
    const KIND: &'static str = "change in percentage points";
    const WANTED: &'static str = "percentage points with their sign, such as \"+2pp\" or \"-0.5pp\"";

    fn parse(written: Written<'_>) -> Result<Self, Complaint> {
        let change = signed_change::<Self>(written, "pp")?;
        Self::within(change, written, "between -100pp and +100pp")
    }

    fn value(self) -> f64 {
        self.0
    }

    fn written_as() -> Vec<Json> {
        vec![text_schema(r"^([+-]\d+(\.\d+)?|0) ?pp$")]
    }
}

impl Quantity for Margin {
    const KIND: &'static str = "margin";
    const WANTED: &'static str = "a margin such as \"0.25pp\", or a number in the metric's unit";

    fn parse(written: Written<'_>) -> Result<Self, Complaint> {
        const LIMITS: &str = "at most 1e15";
        match written.unquoted() {
            Written::Integer(number) => Self::within(number as f64, written, LIMITS),
            Written::Float(number) => Self::within(number, written, LIMITS),
            Written::Text(text) => match Decimal::split(text.trim()) {
                Some((decimal, "pp")) => Self::within(decimal.times_ten_to(-2), written, LIMITS),
                Some((decimal, "%")) => {
                    let message = format!("{written} may be a share of the value or percentage points");
                    Err(Complaint::new(UNKNOWN_UNIT, message, format!("write \"{}pp\"", decimal.text())))
                }
                _ => Err(Complaint::malformed::<Self>(written)),
            },
        }
    }

    fn value(self) -> f64 {
        self.0
    }

    fn written_as() -> Vec<Json> {
        vec![text_schema(r"^\d+(\.\d+)? ?pp$"), json!({ "type": "number", "minimum": 0 })]
    }
}

impl Quantity for Relative {
    const KIND: &'static str = "relative change";
    const WANTED: &'static str = "a relative change with its sign, such as \"+1.5%\" or \"-3%\"";

    fn parse(written: Written<'_>) -> Result<Self, Complaint> {
        let change = signed_change::<Self>(written, "%")?;
        Self::within(change, written, "-100% or more")
    }

    fn value(self) -> f64 {
        self.0
    }

    fn written_as() -> Vec<Json> {
        vec![text_schema(r"^([+-]\d+(\.\d+)?|0) ?%$")]
    }
}

impl Quantity for Factor {
    const KIND: &'static str = "factor";
    const WANTED: &'static str = "a factor such as \"x1.1\" or 1.1";

    fn parse(written: Written<'_>) -> Result<Self, Complaint> {
        const LIMITS: &str = "above 0; \"x1\" changes nothing";
        match written.unquoted() {
            Written::Integer(number) => Self::within(number as f64, written, LIMITS),
            Written::Float(number) => Self::within(number, written, LIMITS),
            Written::Text(text) => {
                if let Some(number) = text.trim().strip_prefix('x').map(str::trim) {
                    let decimal = Decimal::parse(number).filter(|decimal| !decimal.is_signed());
                    let decimal = decimal.ok_or_else(|| Complaint::malformed::<Self>(written))?;
                    return Self::within(decimal.times_ten_to(0), written, LIMITS);
                }
                Err(match Decimal::split(text.trim()) {
                    Some((decimal, "x" | "×")) => would_be::<Self>(written, decimal.times_ten_to(0)),
                    Some((decimal, "%")) if decimal.is_signed() => {
                        would_be::<Self>(written, 1.0 + decimal.times_ten_to(-2))
                    }
                    Some((decimal, "%")) => would_be::<Self>(written, decimal.times_ten_to(-2)),
                    _ => Complaint::malformed::<Self>(written),
                })
            }
        }
    }

    fn value(self) -> f64 {
        self.0
    }

    fn written_as() -> Vec<Json> {
        vec![text_schema(r"^x ?\d+(\.\d+)?$"), json!({ "type": "number", "exclusiveMinimum": 0 })]
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", shifted(self.0, 2))
    }
}

impl fmt::Display for Fraction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", shifted(self.0, 2))
    }
}

impl fmt::Display for Points {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}pp", plus(self.0), shifted(self.0, 2))
    }
}

impl fmt::Display for Margin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl fmt::Display for Relative {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}%", plus(self.0), shifted(self.0, 2))
    }
}

impl fmt::Display for Factor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "x{}", self.0)
    }
}

fn plus(change: f64) -> &'static str {
    if change > 0.0 { "+" } else { "" }
}

fn percent_schema(sign: &str) -> Json {
    text_schema(&format!(r"^{sign}\d+(\.\d+)? ?%$"))
}

fn would_be<Q: Quantity>(written: Written<'_>, factor: f64) -> Complaint {
    Complaint::new(
        UNKNOWN_UNIT,
        format!("{written} is not a {}", Q::KIND),
        format!("write \"x{factor}\" or {}", as_number(factor)),
    )
}

/// A number as TOML writes one that is not whole by type: with a point.
fn as_number(number: f64) -> String {
    format!("{number:?}")
}

/// How a percentage was written: the value is that of the fraction.
enum Percentage {
    Percent(f64),
    Number(f64),
}

fn percentage<Q: Quantity>(written: Written<'_>) -> Result<Percentage, Complaint> {
    match written.unquoted() {
        Written::Integer(0) => Ok(Percentage::Number(0.0)),
        Written::Integer(number) if number < 0 => Err(Complaint::negative::<Q>(written)),
        Written::Integer(1) => {
            let help = "write \"100%\" or 1.0 for the whole, \"1%\" or 0.01 for a hundredth";
            Err(Complaint::new(MISSING_PERCENT, format!("{written} may mean 1% or 100%"), help))
        }
        Written::Integer(number) => {
            let message = format!("{written} has no percent sign");
            let help = format!("write \"{number}%\" or {}", as_number(number as f64 / 100.0));
            Err(Complaint::new(MISSING_PERCENT, message, help))
        }
        Written::Float(number) => Ok(Percentage::Number(number)),
        Written::Text(text) => match Decimal::split(text.trim()) {
            Some((decimal, "%")) => Ok(Percentage::Percent(decimal.times_ten_to(-2))),
            Some((decimal, "pp")) => {
                let message = format!("{written} is in percentage points, which measure a change");
                Err(Complaint::new(UNKNOWN_UNIT, message, format!("write \"{}%\"", decimal.text())))
            }
            _ => Err(Complaint::malformed::<Q>(written)),
        },
    }
}

/// A change with a sign and the unit `%` or `pp`, as a fraction.
fn signed_change<Q: Quantity>(written: Written<'_>, unit: &str) -> Result<f64, Complaint> {
    let signed = |number: &str| {
        let sign = if number.starts_with(['+', '-']) { "" } else { "+" };
        format!("\"{sign}{number}{unit}\"")
    };
    match written.unquoted() {
        Written::Integer(number) => Err(Complaint::without_unit::<Q>(written, &signed(&number.to_string()))),
        Written::Float(number) => {
            let as_change = if number.abs() <= 1.0 { shifted(number, 2) } else { shifted(number, 0) };
            super::quantity::finite(number)?;
            Err(Complaint::without_unit::<Q>(written, &signed(&as_change)))
        }
        Written::Text(text) => match Decimal::split(text.trim()) {
            Some((decimal, found)) if found == unit => {
                let change = decimal.times_ten_to(-2);
                if decimal.is_signed() || change == 0.0 {
                    return Ok(change);
                }
                let message = format!("{written} has no sign, and is a change");
                let less = format!("\"-{}{unit}\"", decimal.text());
                let help = format!("write {} for more, {less} for less", signed(decimal.text()));
                Err(Complaint::new(MISSING_SIGN, message, help))
            }
            Some((decimal, "%" | "pp")) => {
                let message = format!("{written} is not {}", super::quantity::with_article(Q::KIND));
                Err(Complaint::new(UNKNOWN_UNIT, message, format!("write {}", signed(decimal.text()))))
            }
            _ => Err(Complaint::malformed::<Q>(written)),
        },
    }
}

#[cfg(test)]
#[rustfmt::skip]
mod tests {
    use super::*;
    use super::super::quantity::testing::{reads, refuses};

    #[test]
    fn shares() {
        reads::<Share>(&[
            ("35%", 0.35, "35%"), ("0.35", 0.35, "35%"), (" 35 % ", 0.35, "35%"), ("0.1%", 0.001, "0.1%"),
            ("0", 0.0, "0%"), ("-0%", 0.0, "0%"), ("1.0", 1.0, "100%"), ("100%", 1.0, "100%"), ("5e-324", 0.0, "0%"),
        ]);
        refuses::<Share>(&[
            ("35", "missing-percent", "35 has no percent sign", "write \"35%\" or 0.35"),
            ("\"35\"", "missing-percent", "\"35\" has no percent sign", "write \"35%\" or 0.35"),
            ("1", "missing-percent", "1 may mean 1% or 100%", "write \"100%\" or 1.0 for the whole, \"1%\" or 0.01 for a hundredth"),
            ("35.5", "out-of-range", "35.5 is not a possible share", "write \"35.5%\" or 0.355"),
            ("120%", "out-of-range", "\"120%\" is not a possible share", "a share is between 0% and 100%"),
            ("-5%", "negative", "\"-5%\" is negative", "a share is never below zero"),
            ("-5", "negative", "-5 is negative", "a share is never below zero"),
            ("2pp", "unknown-unit", "\"2pp\" is in percentage points, which measure a change", "write \"2%\""),
            ("nan", "not-finite", "NaN is not a number that can be calculated with", "write a finite number"),
            ("inf", "not-finite", "inf is not a number that can be calculated with", "write a finite number"),
            ("a third", "malformed-number", "\"a third\" is not a share", "write a share such as \"35%\" or 0.35"),
            ("1,5%", "malformed-number", "\"1,5%\" is not a share", "write \"1.5%\": decimals have a point"),
            ("", "malformed-number", "\"\" is not a share", "write a share such as \"35%\" or 0.35"),
        ]);
    }

    #[test]
    fn fractions() {
        reads::<Fraction>(&[("120%", 1.2, "120%"), ("1.2", 1.2, "120%"), ("0", 0.0, "0%"), ("35.5", 35.5, "3550%")]);
        refuses::<Fraction>(&[
            ("2", "missing-percent", "2 has no percent sign", "write \"2%\" or 0.02"),
            ("1e308", "out-of-range", "1e308 is not a possible fraction", "a fraction is at most a thousand million"),
        ]);
    }

    #[test]
    fn percentage_points() {
        reads::<Points>(&[("+2pp", 0.02, "+2pp"), ("-0.5pp", -0.005, "-0.5pp"), ("0pp", 0.0, "0pp"), ("+2 pp", 0.02, "+2pp")]);
        refuses::<Points>(&[
            ("2pp", "missing-sign", "\"2pp\" has no sign, and is a change", "write \"+2pp\" for more, \"-2pp\" for less"),
            ("2", "missing-unit", "2 has no unit", "write \"+2pp\""),
            ("0.02", "missing-unit", "0.02 has no unit", "write \"+2pp\""),
            ("+2%", "unknown-unit", "\"+2%\" is not a change in percentage points", "write \"+2pp\""),
            ("+200pp", "out-of-range", "\"+200pp\" is not a possible change in percentage points", "a change in percentage points is between -100pp and +100pp"),
        ]);
    }

    #[test]
    fn relative_changes() {
        reads::<Relative>(&[("+1.5%", 0.015, "+1.5%"), ("-3%", -0.03, "-3%"), ("0%", 0.0, "0%"), ("+300%", 3.0, "+300%")]);
        refuses::<Relative>(&[
            ("1.5%", "missing-sign", "\"1.5%\" has no sign, and is a change", "write \"+1.5%\" for more, \"-1.5%\" for less"),
            ("-3", "missing-unit", "-3 has no unit", "write \"-3%\""),
            ("+2pp", "unknown-unit", "\"+2pp\" is not a relative change", "write \"+2%\""),
            ("-101%", "out-of-range", "\"-101%\" is not a possible relative change", "a relative change is -100% or more"),
        ]);
    }

    #[test]
    fn factors() {
        reads::<Factor>(&[("x1.1", 1.1, "x1.1"), ("1.1", 1.1, "x1.1"), ("2", 2.0, "x2"), ("x 0.5", 0.5, "x0.5")]);
        refuses::<Factor>(&[
            ("x0", "out-of-range", "\"x0\" is not a possible factor", "a factor is above 0; \"x1\" changes nothing"),
            ("-2", "negative", "-2 is negative", "a factor is never below zero"),
            ("1.1x", "unknown-unit", "\"1.1x\" is not a factor", "write \"x1.1\" or 1.1"),
            ("+50%", "unknown-unit", "\"+50%\" is not a factor", "write \"x1.5\" or 1.5"),
            ("110%", "unknown-unit", "\"110%\" is not a factor", "write \"x1.1\" or 1.1"),
            ("x-1", "malformed-number", "\"x-1\" is not a factor", "write a factor such as \"x1.1\" or 1.1"),
        ]);
    }
}
