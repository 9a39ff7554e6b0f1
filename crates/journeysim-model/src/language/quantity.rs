//! Quantities as people write them: what they all have in common.
//!
//! A quantity is written as text with a unit (`"35%"`, `"91d"`) or as a number, has one kind, and knows
//! what to say when it is written wrongly. The kinds stand in [`share`](super::share),
//! [`duration`](super::duration), [`rate`](super::rate), [`amount`](super::amount) and
//! [`plain`](super::plain).
//!
//! # Invariants
//!
//! - A quantity is finite and within its limits, and zero is never negative. Parsing never panics.
//! - A decimal is rounded once: `"0.1%"` is the number nearest to 0.001, not a tenth divided by a hundred.
//! - What a quantity displays can be written in a file again and gives the same quantity.

use std::fmt;

use serde::Serialize;
use serde_json::Value as Json;

use super::fault::{
    FaultCode, MALFORMED_NUMBER, MISSING_UNIT, NEGATIVE, NOT_FINITE, OUT_OF_RANGE, WRONG_TYPE,
};
use super::node::{Node, Value, shortened};

/// A value with a kind and a unit, written as one text or number.
pub trait Quantity: Copy + PartialEq + fmt::Debug + fmt::Display + Serialize + Send + Sync + 'static {
    /// What it is called, such as `share`; unique among quantities.
    const KIND: &'static str;

    /// What is right to write, such as `a share such as "35%" or 0.35`.
    const WANTED: &'static str;

    /// Reads it.
    ///
    /// # Errors
    ///
    /// Says what is wrong and what would be right.
    fn parse(written: Written<'_>) -> Result<Self, Complaint>;

    /// The number that is calculated with, in the unit the type states.
    fn value(self) -> f64;

    /// How it can be written, as alternatives of a JSON Schema.
    fn written_as() -> Vec<Json>;

    /// The currency it is written in, if it is money and one is written.
    #[must_use]
    fn currency(_written: Written<'_>) -> Option<String> {
        None
    }
}

/// A text or a number as it stands in a file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Written<'a> {
    /// Text in quotes.
    Text(&'a str),
    /// A whole number.
    Integer(i64),
    /// A number with a point or an exponent.
    Float(f64),
}

impl<'a> Written<'a> {
    /// The text or number of a node; `None` if it is neither.
    #[must_use]
    pub fn of(node: &'a Node) -> Option<Self> {
        match &node.value {
            Value::String(text) => Some(Self::Text(text)),
            Value::Integer(number) => Some(Self::Integer(*number)),
            Value::Float(number) => Some(Self::Float(*number)),
            _ => None,
        }
    }

    /// Takes a text that holds nothing but a number for that number, as it would be without quotes.
    #[must_use]
    pub fn unquoted(self) -> Self {
        let Self::Text(text) = self else { return self };
        let Some(decimal) = Decimal::parse(text.trim()) else { return self };
        let whole = decimal.0.bytes().all(|byte| byte != b'.');
        match decimal.0.parse::<i64>() {
            Ok(number) if whole => Self::Integer(number),
            _ => Self::Float(decimal.times_ten_to(0)),
        }
    }
}

impl fmt::Display for Written<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "{:?}", shortened(text)),
            Self::Integer(number) => number.fmt(f),
            Self::Float(number) => write!(f, "{number:?}"),
        }
    }
}

/// What is wrong with a quantity, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// The kind of fault.
    pub code: FaultCode,
    /// What is wrong, with what was written.
    pub message: String,
    /// What would be right.
    pub help: String,
}

impl Complaint {
    /// A complaint.
    pub fn new(code: FaultCode, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { code, message: message.into(), help: help.into() }
    }

    /// It is not a quantity of this kind at all.
    #[must_use]
    pub fn malformed<Q: Quantity>(written: Written<'_>) -> Self {
        let code = if matches!(written, Written::Text(_)) { MALFORMED_NUMBER } else { WRONG_TYPE };
        let message = format!("{written} is not {}", with_article(Q::KIND));
        Self::new(code, message, with_point::<Q>(written).unwrap_or_else(|| format!("write {}", Q::WANTED)))
    }

    /// It is a bare number, and these would be ways to write it with a unit.
    #[must_use]
    pub fn without_unit<Q: Quantity>(written: Written<'_>, would_be: &str) -> Self {
        Self::new(MISSING_UNIT, format!("{written} has no unit"), format!("write {would_be}"))
    }

    /// It is beyond what it can be.
    #[must_use]
    pub fn out_of_range<Q: Quantity>(written: Written<'_>, limits: &str) -> Self {
        let message = format!("{written} is not a possible {}", Q::KIND);
        Self::new(OUT_OF_RANGE, message, format!("{} is {limits}", with_article(Q::KIND)))
    }

    /// It is below zero and cannot be.
    #[must_use]
    pub fn negative<Q: Quantity>(written: Written<'_>) -> Self {
        let message = format!("{written} is negative");
        Self::new(NEGATIVE, message, format!("{} is never below zero", with_article(Q::KIND)))
    }
}

/// Advice for a text that would be right with a point in place of its comma.
fn with_point<Q: Quantity>(written: Written<'_>) -> Option<String> {
    let Written::Text(text) = written else { return None };
    let pointed = text.contains(',').then(|| text.replacen(',', ".", 1))?;
    Q::parse(Written::Text(&pointed)).ok()?;
    Some(format!("write {pointed:?}: decimals have a point"))
}

/// `a share`, `an amount`.
pub(super) fn with_article(noun: &str) -> String {
    let article = if noun.starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" };
    format!("{article} {noun}")
}

/// Returns a number that can be calculated with: finite, zero without a sign, nothing too small to be exact.
pub(super) fn finite(number: f64) -> Result<f64, Complaint> {
    if !number.is_finite() {
        let message = format!("{number} is not a number that can be calculated with");
        return Err(Complaint::new(NOT_FINITE, message, "write a finite number"));
    }
    Ok(if number.is_normal() { number } else { 0.0 })
}

/// A decimal number as digits: an optional sign, digits, at most one point with digits after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Decimal<'a>(&'a str);

impl<'a> Decimal<'a> {
    /// The text as a decimal, if it is nothing else.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        // The smallest number written out has some 330 digits.
        const LONGEST: usize = 400;
        let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
        let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
        let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        (text.len() <= LONGEST && are_digits(whole) && are_digits(part)).then_some(Self(text))
    }

    /// The number at the start of `text`, and what follows it.
    pub(super) fn split(text: &'a str) -> Option<(Self, &'a str)> {
        let sign = usize::from(text.starts_with(['+', '-']));
        let in_number = |c: char| c.is_ascii_digit() || c == '.';
        let end = text[sign..].find(|c| !in_number(c)).map_or(text.len(), |end| sign + end);
        Some((Self::parse(&text[..end])?, text[end..].trim_start()))
    }

    /// The number as written.
    pub(super) fn text(self) -> &'a str {
        self.0
    }

    /// Whether a sign is written.
    pub(super) fn is_signed(self) -> bool {
        self.0.starts_with(['+', '-'])
    }

    /// Whether it is below zero as written, `-0` included.
    pub(super) fn is_negative(self) -> bool {
        self.0.starts_with('-')
    }

    /// The number times a power of ten, rounded once.
    pub(super) fn times_ten_to(self, power: i32) -> f64 {
        let number = format!("{}e{power}", self.0).parse().expect("a decimal with an exponent is a number");
        if f64::is_normal(number) { number } else { 0.0 }
    }

    /// The number times `factor`, if that is whole and not too large.
    pub(super) fn times_exactly(self, factor: i64) -> Option<i64> {
        let digits = self.0.trim_start_matches(['+', '-']);
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        let part = part.trim_end_matches('0');
        let all: i128 = format!("{whole}{part}").parse().ok()?;
        let scale = 10_i128.checked_pow(u32::try_from(part.len()).ok()?)?;
        let product = all.checked_mul(factor.into())?;
        let result = i64::try_from(product / scale).ok().filter(|_| product % scale == 0)?;
        Some(if self.is_negative() { -result } else { result })
    }
}

/// Writes `number` times a power of ten with the fewest digits that give the same number again.
pub(super) fn shifted(number: f64, power: usize) -> String {
    let text = format!("{number}");
    let (sign, digits) = text.strip_prefix('-').map_or(("", text.as_str()), |digits| ("-", digits));
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let part = format!("{part:0<power$}");
    let (moved, rest) = part.split_at(power);
    let whole = format!("{whole}{moved}");
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    if rest.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{rest}") }
}

/// Defines a quantity that is one number between two limits.
macro_rules! number_quantity {
    ($(#[$doc:meta])* $name:ident from $low:expr, to $high:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
        pub struct $name(f64);

        impl $name {
            /// The least that can be written.
            pub const LEAST: f64 = $low;

            /// The most that can be written.
            pub const MOST: f64 = $high;

            /// The quantity with this value, for use as a default.
            ///
            /// # Panics
            ///
            /// If it could not be written.
            #[must_use]
            pub const fn of(value: f64) -> Self {
                assert!(value >= Self::LEAST && value <= Self::MOST, "a default must be possible");
                Self(value)
            }

            /// The value.
            #[must_use]
            pub const fn get(self) -> f64 {
                self.0
            }

            /// The quantity with the value that was written, if it is possible.
            fn within(
                value: f64,
                written: $crate::language::quantity::Written<'_>,
                limits: &str,
            ) -> Result<Self, $crate::language::quantity::Complaint> {
                use $crate::language::quantity::{Complaint, finite};
                let value = finite(value)?;
                if (Self::LEAST..=Self::MOST).contains(&value) {
                    Ok(Self(value))
                } else if value < 0.0 && Self::LEAST >= 0.0 {
                    Err(Complaint::negative::<Self>(written))
                } else {
                    Err(Complaint::out_of_range::<Self>(written, limits))
                }
            }
        }

        $crate::language::quantity::serialize_as_written!($name);
    };
}
pub(super) use number_quantity;

/// Serializes a quantity as the text a person would write.
macro_rules! serialize_as_written {
    ($name:ident) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
    };
}
pub(super) use serialize_as_written;

/// A text that matches a pattern, as an alternative of a JSON Schema.
pub(super) fn text_schema(pattern: &str) -> Json {
    serde_json::json!({ "type": "string", "pattern": pattern })
}

#[cfg(test)]
pub(super) mod testing {
    use super::{Complaint, Decimal, Quantity, Written, finite, shifted};

    /// What `text` reads as, either as TOML number or as text.
    pub(in super::super) fn read<Q: Quantity>(text: &str) -> Result<Q, Complaint> {
        match text.parse::<toml::Value>() {
            Ok(toml::Value::Integer(number)) => Q::parse(Written::Integer(number)),
            Ok(toml::Value::Float(number)) => Q::parse(Written::Float(number)),
            Ok(toml::Value::String(text)) => Q::parse(Written::Text(&text)),
            _ => Q::parse(Written::Text(text)),
        }
    }

    /// Asserts what can be written, and that what is displayed reads as the same.
    pub(in super::super) fn reads<Q: Quantity>(cases: &[(&str, f64, &str)]) {
        for (text, value, shown) in cases {
            let quantity = read::<Q>(text).unwrap_or_else(|complaint| panic!("{text}: {complaint:?}"));
            assert_eq!(quantity.value(), *value, "{text}");
            assert!(quantity.value() != 0.0 || quantity.value().is_sign_positive(), "{text}");
            assert_eq!(quantity.to_string(), *shown, "{text}");
            assert_eq!(read::<Q>(shown), Ok(quantity), "{text} as displayed");
        }
    }

    /// Asserts what is said about what cannot be written.
    pub(in super::super) fn refuses<Q: Quantity>(cases: &[(&str, &str, &str, &str)]) {
        for (text, code, message, help) in cases {
            let complaint = read::<Q>(text).expect_err(text);
            let said = (complaint.code.code, complaint.message.as_str(), complaint.help.as_str());
            assert_eq!(said, (*code, *message, *help), "{text}");
        }
    }

    #[test]
    fn decimals_are_rounded_once() {
        let times = |text, power| Decimal::parse(text).map(|decimal| decimal.times_ten_to(power));
        assert_eq!(times("0.1", -2), Some(0.001));
        assert_eq!(times("2.675", 3), Some(2675.0));
        assert_eq!(times("-0", 0).map(f64::is_sign_positive), Some(true));
        for text in ["", "+", ".", "1.", ".5", "1e5", "nan", "inf", "0x1", "1_0", "--1", "1.2.3", "٣"] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
    }

    #[test]
    fn exact_products_are_whole_or_nothing() {
        let times = |text, factor| Decimal::parse(text)?.times_exactly(factor);
        assert_eq!(times("1.5", 3600), Some(5400));
        assert_eq!(times("0.1", 3600), Some(360));
        assert_eq!(times("-1.50", 2), Some(-3));
        assert_eq!(times("0.0001", 3600), None);
        assert_eq!(times("9999999999999999999", 86_400), None);
        assert_eq!(times("0.0000000000000000000000000000000000000", 1), Some(0));
        assert_eq!(times("0.00000000000000000000000000000000000001", 1), None);
    }

    #[test]
    fn shifting_the_point_keeps_the_digits() {
        for (number, power, shown) in [
            (0.07, 2, "7"),
            (0.155, 2, "15.5"),
            (1.0, 2, "100"),
            (-0.005, 2, "-0.5"),
            (0.0, 2, "0"),
            (12.5, 0, "12.5"),
        ] {
            assert_eq!(shifted(number, power), shown);
        }
    }

    #[test]
    fn what_cannot_be_calculated_with_is_refused_or_becomes_zero() {
        for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(finite(number).map_err(|complaint| complaint.code.code), Err("not-finite"));
        }
        for number in [-0.0, 5e-324, -1e-310] {
            assert!(finite(number).is_ok_and(|zero| zero == 0.0 && zero.is_sign_positive()));
        }
        assert_eq!(finite(1e308), Ok(1e308));
    }
}
