//! Evenly spaced values between two that are written: `"30d"`, `"45d"`, `"60d"`.
//!
//! Whoever writes two ends writes them as the setting takes them, with a unit. Between them lies what is written in the
//! same way with other digits; so nothing need be known about the setting. Digits are counted, never rounded: every value
//! is an exact decimal, and the text of one is the same on every machine.

use super::node::{Node, Value};
use super::quantity::Decimal;
use super::source::Origin;

/// Values from a low to a high end at equal steps.
#[derive(Debug, Clone, PartialEq)]
pub struct Scale {
    /// What stands before the digits, such as `x`.
    before: String,
    /// What stands after them, such as `d`.
    after: String,
    form: Form,
    /// Whether values above zero have a plus sign.
    signed: bool,
    /// Digits after the point.
    decimals: usize,
    /// The low end and the step, in units of the last digit.
    low: i64,
    step: i64,
    count: usize,
    origin: Origin,
}

/// How the values stand in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Text,
    Integer,
    Float,
}

impl Scale {
    /// Returns the values from `low` to at most `high`. Without a `step` numbers written without a point stay whole, and
    /// others have steps of at most a thousandth of the range.
    ///
    /// # Errors
    ///
    /// Says what is wrong with the ends or the step.
    pub fn between(low: &Node, high: &Node, step: Option<&Node>) -> Result<Self, String> {
        let (first, last) = (Parts::of(low)?, Parts::of(high)?);
        let pace = step.map(Parts::of).transpose()?;
        for other in std::iter::once(&last).chain(&pace) {
            if (&other.before, &other.after) != (&first.before, &first.after) {
                return Err(format!("{low} and {} are not written in the same unit", other.node));
            }
        }
        let written = [Some(&first), Some(&last), pace.as_ref()].into_iter().flatten();
        let mut decimals = written.map(|parts| parts.decimals).max().unwrap_or(0);
        let mut form = first.form;
        if decimals > 0 && form == Form::Integer || last.form == Form::Float {
            form = Form::Float;
        }
        let at = |decimals: usize| Some((first.scaled(decimals)?, last.scaled(decimals)?));
        let too_fine = || format!("{low} to {high} has too many digits");
        let (mut from, mut to) = at(decimals).ok_or_else(too_fine)?;
        if from >= to {
            return Err(format!("{high} is not above {low}"));
        }
        if pace.is_none() && decimals > 0 {
            while to - from < 1000 {
                decimals += 1;
                (from, to) = at(decimals).ok_or_else(too_fine)?;
            }
        }
        let step = match &pace {
            None => 1,
            Some(pace) => pace.scaled(decimals).ok_or_else(too_fine)?,
        };
        if step <= 0 || step > to - from {
            let written = pace.map_or_else(String::new, |pace| pace.node);
            return Err(format!("with steps of {written} there is nothing between {low} and {high}"));
        }
        let count = usize::try_from((to - from) / step).map_err(|_| too_fine())? + 1;
        let Parts { before, after, .. } = first;
        let signed = first.is_plus || last.is_plus;
        Ok(Self { before, after, form, signed, decimals, low: from, step, count, origin: low.origin })
    }

    /// Returns how many values there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Returns whether there is none, which cannot be.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Returns the value at `index`, counted from the low end.
    #[must_use]
    pub fn at(&self, index: usize) -> Node {
        let scaled = self.low + self.step * index as i64;
        let digits = format!("{:0>width$}", scaled.unsigned_abs(), width = self.decimals + 1);
        let (whole, part) = digits.split_at(digits.len() - self.decimals);
        let part = part.trim_end_matches('0');
        let point = if part.is_empty() { "" } else { "." };
        let sign = match scaled.signum() {
            -1 => "-",
            1 if self.signed => "+",
            _ => "",
        };
        let number = format!("{sign}{whole}{point}{part}");
        let value = match self.form {
            Form::Text => Value::String(format!("{}{number}{}", self.before, self.after)),
            Form::Integer => Value::Integer(scaled),
            Form::Float => Value::Float(number.parse().expect("invariant: a decimal is a number")),
        };
        Node::new(value, self.origin)
    }
}

/// A written value taken apart.
struct Parts {
    before: String,
    digits: String,
    after: String,
    form: Form,
    is_plus: bool,
    decimals: usize,
    /// The value as it was written.
    node: String,
}

impl Parts {
    fn of(node: &Node) -> Result<Self, String> {
        let (text, form) = match &node.value {
            Value::String(text) => (text.trim().to_owned(), Form::Text),
            Value::Integer(number) => (number.to_string(), Form::Integer),
            Value::Float(number) if number.is_finite() => (number.to_string(), Form::Float),
            _ => return Err(format!("{node} is {}, between which and another nothing lies", node.kind())),
        };
        let start = text.find(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-')).unwrap_or(text.len());
        let (before, rest) = text.split_at(start);
        let parts = Decimal::split(rest).filter(|(_, after)| !after.contains(|c: char| c.is_ascii_digit()));
        let Some((number, _)) = parts else {
            return Err(format!("{node} is not one number with one unit"));
        };
        let digits = number.text();
        Ok(Self {
            before: before.to_owned(),
            digits: digits.to_owned(),
            after: rest[digits.len()..].to_owned(),
            form,
            is_plus: digits.starts_with('+'),
            decimals: digits.split_once('.').map_or(0, |(_, part)| part.len()),
            node: node.to_string(),
        })
    }

    /// The number in units of the last of so many digits after the point.
    fn scaled(&self, decimals: usize) -> Option<i64> {
        let factor = 10_i64.checked_pow(u32::try_from(decimals).ok()?)?;
        Decimal::parse(&self.digits)?.times_exactly(factor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(toml: &str) -> Node {
        let table: toml::Table = format!("x = {toml}").parse().unwrap();
        let value = match &table["x"] {
            toml::Value::String(text) => Value::String(text.clone()),
            toml::Value::Integer(number) => Value::Integer(*number),
            toml::Value::Float(number) => Value::Float(*number),
            _ => Value::Boolean(true),
        };
        Node::new(value, Origin::default())
    }

    fn scale(low: &str, high: &str, step: &str) -> Result<Scale, String> {
        Scale::between(&node(low), &node(high), (!step.is_empty()).then(|| node(step)).as_ref())
    }

    fn all(low: &str, high: &str, step: &str) -> Vec<String> {
        let scale = scale(low, high, step).unwrap();
        (0..scale.len()).map(|index| scale.at(index).to_string()).collect()
    }

    #[test]
    #[rustfmt::skip]
    fn values_between_two_are_written_like_them() {
        assert_eq!(all("\"30d\"", "\"90d\"", "\"20d\""), ["\"30d\"", "\"50d\"", "\"70d\"", "\"90d\""]);
        assert_eq!(all("\"70%\"", "\"75%\"", "\"2.5%\""), ["\"70%\"", "\"72.5%\"", "\"75%\""]);
        assert_eq!(all("\"-1pp\"", "\"+1pp\"", "\"1pp\""), ["\"-1pp\"", "\"0pp\"", "\"+1pp\""]);
        assert_eq!(all("\"x0.9\"", "\"x1.1\"", "\"x0.1\""), ["\"x0.9\"", "\"x1\"", "\"x1.1\""]);
        assert_eq!(all("\"5% per year\"", "\"7% per year\"", ""), ["\"5% per year\"", "\"6% per year\"", "\"7% per year\""]);
        assert_eq!(all("2", "8", "3"), ["2", "5", "8"]);
        assert_eq!(all("0.1", "0.35", "0.1"), ["0.1", "0.2", "0.3"]);
    }

    #[test]
    fn without_a_step_whole_numbers_stay_whole_and_others_are_fine() {
        assert_eq!(all("2", "4", ""), ["2", "3", "4"]);
        let fine = scale("0.2", "0.3", "").unwrap();
        assert_eq!((fine.len(), fine.at(123).to_string().as_str()), (1001, "0.2123"));
    }

    #[test]
    fn ends_with_nothing_between_them_are_refused() {
        for (low, high, step, why) in [
            ("\"30d\"", "\"2w\"", "", "\"30d\" and \"2w\" are not written in the same unit"),
            ("\"30d\"", "90", "", "\"30d\" and 90 are not written in the same unit"),
            ("\"90d\"", "\"30d\"", "", "\"30d\" is not above \"90d\""),
            ("\"1d12h\"", "\"2d12h\"", "", "\"1d12h\" is not one number with one unit"),
            ("true", "2", "", "true is true or false, between which and another nothing lies"),
            ("2", "8", "0", "with steps of 0 there is nothing between 2 and 8"),
            ("2", "8", "7", "with steps of 7 there is nothing between 2 and 8"),
        ] {
            assert_eq!(scale(low, high, step).unwrap_err(), why);
        }
    }
}
