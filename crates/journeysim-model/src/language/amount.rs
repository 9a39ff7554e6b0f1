//! Amounts of money.

use std::fmt;

use serde_json::{Value as Json, json};

use super::fault::UNKNOWN_UNIT;
use super::quantity::{
    Complaint, Decimal, Quantity, Written, finite, serialize_as_written, text_schema, with_article,
};

/// Money \[currency units\], zero or more: `100000`, `"100k"`, `"1.2M"`, `"$100,000"`, `"588 USD"`.
///
/// A currency may be written, and must be the scenario's own (its `currency`, US dollars unless stated).
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Amount(f64);

serialize_as_written!(Amount);

/// Signs that stand before an amount.
const SIGNS: [(char, &str); 4] = [('$', "USD"), ('€', "EUR"), ('£', "GBP"), ('¥', "JPY")];

impl Amount {
    /// The largest amount that can be written \[currency units\].
    pub const MOST: f64 = 1e13;

    /// So many units of the scenario's currency, for use as a default.
    ///
    /// # Panics
    ///
    /// If it could not be written.
    #[must_use]
    pub const fn of(units: f64) -> Self {
        assert!(units >= 0.0 && units <= Self::MOST, "a default must be possible");
        Self(units)
    }

    /// The amount \[currency units\].
    #[must_use]
    pub const fn get(self) -> f64 {
        self.0
    }

    fn checked(units: f64, written: Written<'_>) -> Result<Self, Complaint> {
        let units = finite(units)?;
        if units < 0.0 {
            Err(Complaint::negative::<Self>(written))
        } else if units > Self::MOST {
            Err(Complaint::out_of_range::<Self>(written, "at most ten million million"))
        } else {
            Ok(Self(units))
        }
    }
}

impl Quantity for Amount {
    const KIND: &'static str = "amount of money";
    const WANTED: &'static str = "an amount such as 100000, \"100k\", \"1.2M\", \"$100,000\" or \"588 USD\"";

    fn parse(written: Written<'_>) -> Result<Self, Complaint> {
        let text = match written.unquoted() {
            Written::Integer(number) => return Self::checked(number as f64, written),
            Written::Float(number) => return Self::checked(number, written),
            Written::Text(text) => text.trim(),
        };
        let malformed = || Complaint::malformed::<Self>(written);
        let negative = text.starts_with('-');
        let text = text.trim_start_matches('-');
        let (has_sign, text) = match SIGNS.iter().find_map(|(sign, _)| text.strip_prefix(*sign)) {
            Some(rest) => (true, rest.trim_start()),
            None => (false, text),
        };
        let end = text.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ','))).unwrap_or(text.len());
        let digits = without_separators(&text[..end]).ok_or_else(malformed)?;
        let number = Decimal::parse(&digits).ok_or_else(malformed)?;
        let rest = text[end..].trim_start();
        let (power, rest) = match rest.chars().next() {
            Some('k') => (3, rest[1..].trim_start()),
            Some('M') => (6, rest[1..].trim_start()),
            _ => (0, rest),
        };
        if negative {
            return Err(Complaint::negative::<Self>(written));
        }
        if !(rest.is_empty() || is_code(rest) && !has_sign) {
            let message = format!("`{rest}` in {written} is no unit of {}", with_article(Self::KIND));
            let help = match rest {
                "K" => format!("write \"{digits}k\" for thousands"),
                "m" | "mio" | "mn" => format!("write \"{digits}M\" for millions"),
                _ => format!("write {}", Self::WANTED),
            };
            return Err(Complaint::new(UNKNOWN_UNIT, message, help));
        }
        Self::checked(number.times_ten_to(power), written)
    }

    fn currency(written: Written<'_>) -> Option<String> {
        let Written::Text(text) = written else { return None };
        let text = text.trim();
        let sign = SIGNS.iter().find(|(sign, _)| text.starts_with(*sign)).map(|(_, code)| *code);
        let code = text.len().checked_sub(3).and_then(|start| text.get(start..)).filter(|code| is_code(code));
        sign.or(code).map(str::to_owned)
    }

    fn value(self) -> f64 {
        self.0
    }

    fn written_as() -> Vec<Json> {
        vec![
            json!({ "type": "number", "minimum": 0 }),
            text_schema(r"^[$€£¥]? ?\d+(,\d{3})*(\.\d+)? ?[kM]? ?([A-Z]{3})?$"),
        ]
    }
}

/// Whether a text has the form of a currency's code.
fn is_code(text: &str) -> bool {
    text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// Digits without the commas between groups of three; `None` if a comma stands elsewhere.
fn without_separators(text: &str) -> Option<String> {
    let (whole, part) = text.split_once('.').map_or((text, None), |(whole, part)| (whole, Some(part)));
    let mut groups = whole.split(',');
    let first = groups.next()?;
    let rest: Vec<&str> = groups.collect();
    let grouped = rest.is_empty() || (1..=3).contains(&first.len());
    let valid = grouped && rest.iter().all(|group| group.len() == 3);
    let part = part.map_or(String::new(), |part| format!(".{part}"));
    valid.then(|| format!("{first}{}{part}", rest.concat()))
}

impl fmt::Display for Amount {
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
    fn amounts() {
        reads::<Amount>(&[
            ("100000", 1e5, "100000"), ("100k", 1e5, "100000"), ("1.2M", 1.2e6, "1200000"), ("$100,000", 1e5, "100000"),
            ("588 USD", 588.0, "588"), ("€ 1.5k", 1500.0, "1500"), ("49.5", 49.5, "49.5"), ("0", 0.0, "0"),
            ("1,234,567.89", 1_234_567.89, "1234567.89"), ("100k USD", 1e5, "100000"),
        ]);
        const HELP: &str = "write an amount such as 100000, \"100k\", \"1.2M\", \"$100,000\" or \"588 USD\"";
        refuses::<Amount>(&[
            ("-5", "negative", "-5 is negative", "an amount of money is never below zero"),
            ("-$5", "negative", "\"-$5\" is negative", "an amount of money is never below zero"),
            ("10,00", "malformed-number", "\"10,00\" is not an amount of money", "write \"10.00\": decimals have a point"),
            ("1,00,000", "malformed-number", "\"1,00,000\" is not an amount of money", HELP),
            ("100K", "unknown-unit", "`K` in \"100K\" is no unit of an amount of money", "write \"100k\" for thousands"),
            ("1.2m", "unknown-unit", "`m` in \"1.2m\" is no unit of an amount of money", "write \"1.2M\" for millions"),
            ("$5 USD", "unknown-unit", "`USD` in \"$5 USD\" is no unit of an amount of money", HELP),
            ("much", "malformed-number", "\"much\" is not an amount of money", HELP),
            ("1e308", "out-of-range", "1e308 is not a possible amount of money", "an amount of money is at most ten million million"),
        ]);
    }

    #[test]
    fn a_currency_is_known_by_its_sign_or_code() {
        let currency = |text| Amount::currency(Written::Text(text));
        assert_eq!(currency("$5").as_deref(), Some("USD"));
        assert_eq!(currency("5k CHF").as_deref(), Some("CHF"));
        assert_eq!(currency("5k"), None);
        assert_eq!(currency("€"), Some("EUR".to_owned()));
    }
}
