//! Amounts of money.

use std::fmt;

use serde_json::{Value as Json, json};

use super::fault::UNKNOWN_UNIT;
use super::quantity::{
    Complaint, Decimal, Quantity, Written, finite, serialize_as_written, text_schema, with_article,
};

/// Money [currency units], zero or more: `100000`, `"100k"`, `"1.2M"`, `"$100,000"`, `"588 USD"`.
///
/// A currency that is written is kept, for whoever reads the scenario's own currency to compare.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Amount {
    units: f64,
    currency: Option<Currency>,
}

/// A currency by its three letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Currency([u8; 3]);

serialize_as_written!(Amount);

/// Signs that stand before an amount.
const SIGNS: [(char, &[u8; 3]); 4] = [('$', b"USD"), ('€', b"EUR"), ('£', b"GBP"), ('¥', b"JPY")];

impl Amount {
    /// The largest amount. [currency units]
    pub const MOST: f64 = 1e13;

    /// So many units of the scenario's currency, for use as a default.
    ///
    /// # Panics
    ///
    /// If negative, not finite or beyond [`Amount::MOST`].
    #[must_use]
    pub const fn of(units: f64) -> Self {
        assert!(units >= 0.0 && units <= Self::MOST, "a default must be possible");
        Self { units, currency: None }
    }

    /// The amount. [currency units]
    #[must_use]
    pub const fn get(self) -> f64 {
        self.units
    }

    /// The currency, if one was written.
    #[must_use]
    pub const fn currency(self) -> Option<Currency> {
        self.currency
    }

    fn checked(units: f64, currency: Option<Currency>, written: Written<'_>) -> Result<Self, Complaint> {
        let units = finite(units)?;
        if units < 0.0 {
            Err(Complaint::negative::<Self>(written))
        } else if units > Self::MOST {
            Err(Complaint::out_of_range::<Self>(written, "at most ten million million"))
        } else {
            Ok(Self { units, currency })
        }
    }
}

impl Currency {
    /// The currency with these three capital letters.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let letters: [u8; 3] = text.as_bytes().try_into().ok()?;
        letters.iter().all(u8::is_ascii_uppercase).then_some(Self(letters))
    }
}

impl Quantity for Amount {
    const KIND: &'static str = "amount of money";
    const WANTED: &'static str = "an amount such as 100000, \"100k\", \"1.2M\", \"$100,000\" or \"588 USD\"";

    fn parse(written: Written<'_>) -> Result<Self, Complaint> {
        let text = match written.unquoted() {
            #[expect(clippy::cast_precision_loss, reason = "exact up to the largest amount")]
            Written::Integer(number) => return Self::checked(number as f64, None, written),
            Written::Float(number) => return Self::checked(number, None, written),
            Written::Text(text) => text.trim(),
        };
        let malformed = || Complaint::malformed::<Self>(written);
        let negative = text.starts_with('-');
        let text = text.trim_start_matches('-');
        let (before, text) =
            match SIGNS.iter().find_map(|(sign, code)| Some((code, text.strip_prefix(*sign)?))) {
                Some((code, rest)) => (Some(Currency(**code)), rest.trim_start()),
                None => (None, text),
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
        let currency = match (before, Currency::parse(rest)) {
            (before, None) if rest.is_empty() => before,
            (None, Some(after)) => Some(after),
            _ => {
                let message = format!("`{rest}` in {written} is no unit of {}", with_article(Self::KIND));
                let help = match rest {
                    "K" => format!("write \"{digits}k\" for thousands"),
                    "m" | "mio" | "mn" => format!("write \"{digits}M\" for millions"),
                    _ => format!("write {}", Self::WANTED),
                };
                return Err(Complaint::new(UNKNOWN_UNIT, message, help));
            }
        };
        Self::checked(number.times_ten_to(power), currency, written)
    }

    fn value(self) -> f64 {
        self.units
    }

    fn written_as() -> Vec<Json> {
        vec![
            json!({ "type": "number", "minimum": 0 }),
            text_schema(r"^[$€£¥]? ?\d+(,\d{3})*(\.\d+)? ?[kM]? ?([A-Z]{3})?$"),
        ]
    }
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
        write!(f, "{}", self.units)?;
        self.currency.map_or(Ok(()), |currency| write!(f, " {currency}"))
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|letter| write!(f, "{}", char::from(*letter)))
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
            ("100000", 1e5, "100000"), ("100k", 1e5, "100000"), ("1.2M", 1.2e6, "1200000"), ("$100,000", 1e5, "100000 USD"),
            ("588 USD", 588.0, "588 USD"), ("€ 1.5k", 1500.0, "1500 EUR"), ("49.5", 49.5, "49.5"), ("0", 0.0, "0"),
            ("1,234,567.89", 1_234_567.89, "1234567.89"), ("100k USD", 1e5, "100000 USD"),
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
    fn a_currency_is_kept() {
        let currency = |text| Amount::parse(Written::Text(text)).ok()?.currency().map(|currency| currency.to_string());
        assert_eq!(currency("$5").as_deref(), Some("USD"));
        assert_eq!(currency("5k CHF").as_deref(), Some("CHF"));
        assert_eq!(currency("5k"), None);
    }
}
