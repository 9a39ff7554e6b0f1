//! Numbers in words: with the digits a reader needs, separators and units.

use crate::metrics::Unit;
use crate::scenario::book::BookSummary;

/// Writes numbers of one unit.
#[derive(Debug, Clone, Copy)]
pub struct Words<'a> {
    /// The unit.
    pub unit: Unit,
    /// The scenario's currency, such as `USD`.
    pub currency: &'a str,
}

impl Words<'_> {
    /// Writes a value: `85.3 %`, `$1,204,000`, `12.4 hours`.
    #[must_use]
    pub fn value(self, value: f64) -> String {
        format!("{}{}", self.bare(value), self.suffix())
    }

    /// Writes a difference with its sign: `+1.3 points`, `-$20,000`.
    #[must_use]
    pub fn difference(self, value: f64) -> String {
        let number = self.signed(value, self.difference_decimals(value));
        self.dress(&number, self.difference_suffix())
    }

    /// Writes a spread between replications: `1.3 points`.
    #[must_use]
    pub fn spread(self, value: f64) -> String {
        let number = digits(value * self.scale(), self.difference_decimals(value));
        self.dress(&number, self.difference_suffix())
    }

    /// Writes an interval of a value: `84.1 to 86.5 %`.
    #[must_use]
    pub fn interval(self, low: f64, high: f64) -> String {
        format!("{}{}", self.bare_interval(low, high), self.suffix())
    }

    /// Writes an interval of a difference: `+0.4 to +2.2 points`.
    #[must_use]
    pub fn difference_interval(self, low: f64, high: f64) -> String {
        format!("{}{}", self.bare_difference_interval(low, high), self.difference_suffix())
    }

    /// Writes an interval of a difference where the unit is said beside it: `+0.4 to +2.2`.
    #[must_use]
    pub fn bare_difference_interval(self, low: f64, high: f64) -> String {
        let decimals = self.difference_decimals(low.abs().max(high.abs()));
        let [low, high] = [low, high].map(|end| self.money(&self.signed(end, decimals)));
        format!("{low} to {high}")
    }

    /// Writes a value where the unit is said beside it.
    #[must_use]
    pub fn bare(self, value: f64) -> String {
        self.money(&digits(value * self.scale(), self.decimals(value)))
    }

    /// Writes an interval of a value where the unit is said beside it.
    #[must_use]
    pub fn bare_interval(self, low: f64, high: f64) -> String {
        let decimals = self.decimals(low.abs().max(high.abs()));
        let [low, high] = [low, high].map(|end| self.money(&digits(end * self.scale(), decimals)));
        format!("{low} to {high}")
    }

    /// Writes a difference where the unit is said beside it.
    #[must_use]
    pub fn bare_difference(self, value: f64) -> String {
        self.money(&self.signed(value, self.difference_decimals(value)))
    }

    /// Writes a title with the unit of its values, where they have one of their own.
    #[must_use]
    pub fn titled(self, title: &str) -> String {
        Self::with_unit(title, self.suffix())
    }

    /// Writes a title with the unit of its differences, where they have one of their own.
    #[must_use]
    pub fn titled_difference(self, title: &str) -> String {
        Self::with_unit(title, self.difference_suffix())
    }

    fn with_unit(title: &str, suffix: &str) -> String {
        if suffix.is_empty() { title.to_owned() } else { format!("{title} ({})", suffix.trim()) }
    }

    fn signed(self, value: f64, decimals: usize) -> String {
        let number = digits(value * self.scale(), decimals);
        let is_zero = number.chars().all(|c| matches!(c, '0' | '.'));
        if value > 0.0 && !is_zero { format!("+{number}") } else { number }
    }

    fn dress(self, number: &str, suffix: &str) -> String {
        format!("{}{suffix}", self.money(number))
    }

    /// Puts the currency before the digits and behind the sign.
    fn money(self, number: &str) -> String {
        if !matches!(self.unit, Unit::Money | Unit::MoneyPerHour) {
            return number.to_owned();
        }
        let (sign, number) = match number.chars().next() {
            Some(sign @ ('+' | '-')) => (sign.to_string(), &number[1..]),
            _ => (String::new(), number),
        };
        match self.currency {
            "USD" => format!("{sign}${number}"),
            "EUR" => format!("{sign}€{number}"),
            "GBP" => format!("{sign}£{number}"),
            other => format!("{sign}{other} {number}"),
        }
    }

    fn scale(self) -> f64 {
        if self.unit == Unit::Fraction { 100.0 } else { 1.0 }
    }

    /// Percent have one decimal, money none, other numbers three figures at least.
    fn decimals(self, value: f64) -> usize {
        match self.unit {
            Unit::Fraction => 1,
            Unit::Money | Unit::MoneyPerHour => 0,
            _ if value.abs() >= 100.0 => 0,
            _ if value.abs() >= 10.0 => 1,
            _ => 2,
        }
    }

    /// Below a point of percentage a second decimal is needed to tell something from nothing.
    fn difference_decimals(self, value: f64) -> usize {
        if self.unit == Unit::Fraction && value.abs() < 0.01 { 2 } else { self.decimals(value) }
    }

    fn suffix(self) -> &'static str {
        match self.unit {
            Unit::Fraction => " %",
            Unit::Money | Unit::Count => "",
            Unit::MoneyPerHour => " an hour",
            Unit::Days => " days",
            Unit::Weeks => " weeks",
            Unit::Hours => " hours",
            Unit::HoursPerAccountYear => " hours a year",
            Unit::PerAccountYear => " a year",
            Unit::PerHundredEntries => " per 100",
        }
    }

    fn difference_suffix(self) -> &'static str {
        if self.unit == Unit::Fraction { " points" } else { self.suffix() }
    }
}

/// Writes a number with this many decimals and separators between thousands; never a negative zero.
#[must_use]
pub fn digits(value: f64, decimals: usize) -> String {
    let plain = format!("{:.decimals$}", value.abs());
    let (whole, fraction) = plain.split_once('.').map_or((plain.as_str(), ""), |(whole, rest)| (whole, rest));
    let mut text = String::new();
    if value < 0.0 && plain.chars().any(|c| matches!(c, '1'..='9')) {
        text.push('-');
    }
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if !fraction.is_empty() {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

/// Writes a probability in percent, saying so where rounding would make it a certainty.
#[must_use]
pub fn probability(p: f64) -> String {
    if p > 0.999 {
        "> 99.9 %".to_owned()
    } else if p < 0.001 {
        "< 0.1 %".to_owned()
    } else {
        format!("{} %", digits(100.0 * p, 1))
    }
}

/// Writes a number with its noun, in the singular for one.
#[must_use]
pub fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", digits(number as f64, 0), if number == 1 { one } else { many })
}

/// Writes how many accounts there are at the start, the mean over replications.
#[must_use]
pub fn at_the_start(accounts: f64) -> String {
    let number = digits(accounts, 0);
    format!("{number} {} at the start", if number == "1" { "account" } else { "accounts" })
}

/// Says of how many replications an estimate is, where some had nothing to measure: `3 of 60 measured`.
#[must_use]
pub fn partly(measured: usize, asked: usize) -> Option<String> {
    (measured < asked)
        .then(|| format!("{} of {} measured", digits(measured as f64, 0), digits(asked as f64, 0)))
}

/// Writes a duration with its units in full: `1d12h` is `1 day 12 hours`; anything else stays as it is.
#[must_use]
pub fn spoken(text: &str) -> String {
    duration(text).unwrap_or_else(|| text.to_owned())
}

fn duration(text: &str) -> Option<String> {
    let units = [
        ("s", "second"),
        ("m", "minute"),
        ("h", "hour"),
        ("d", "day"),
        ("w", "week"),
        ("mo", "month"),
        ("y", "year"),
    ];
    let mut words = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (number, after) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit())?);
        let (unit, after) = after.split_at(after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len()));
        let (_, word) = units.iter().find(|(short, _)| *short == unit)?;
        words.push(counted(number.parse().ok()?, word, &format!("{word}s")));
        rest = after;
    }
    (!words.is_empty()).then(|| words.join(" "))
}

/// Says what was read of a list of accounts, what was left out, and what is drawn.
#[must_use]
pub fn book_read(book: &BookSummary) -> String {
    let mut text = format!("{}: {}", book.file, counted(book.rows as u64, "account", "accounts"));
    if book.skipped > 0 {
        let verb = if book.skipped == 1 { "it is" } else { "they are" };
        let rows = counted(book.skipped as u64, "row", "rows");
        text.push_str(&format!(", {rows} left out because {verb} wrong"));
    }
    let drawn: Vec<String> = book
        .drawn
        .iter()
        .map(|drawn| format!("{} of {}", drawn.column, digits(drawn.accounts as f64, 0)))
        .collect();
    if !drawn.is_empty() {
        text.push_str(&format!("; drawn: {}", drawn.join(", ")));
    }
    text
}

/// Breaks `parts` into lines of at most `width` characters, each indented by `indent`.
#[must_use]
pub fn wrapped(parts: &[String], separator: &str, width: usize, indent: &str) -> String {
    let mut lines = String::new();
    let mut line = String::new();
    for (at, part) in parts.iter().enumerate() {
        let end = if at + 1 == parts.len() { "" } else { separator.trim_end() };
        let piece = format!("{part}{end}");
        let length = indent.len() + line.chars().count() + 1 + piece.chars().count();
        if !line.is_empty() && length > width {
            lines.push_str(&format!("{indent}{line}\n"));
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&piece);
    }
    if !line.is_empty() {
        lines.push_str(&format!("{indent}{line}\n"));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::population::book::{BookColumn, DrawnColumn};

    fn words(unit: Unit) -> Words<'static> {
        Words { unit, currency: "USD" }
    }

    #[test]
    fn numbers_are_written_as_people_write_them() {
        assert_eq!(words(Unit::Fraction).value(0.8534), "85.3 %");
        assert_eq!(words(Unit::Money).value(1_234_567.4), "$1,234,567");
        assert_eq!(words(Unit::Hours).value(12.34), "12.3 hours");
        assert_eq!(words(Unit::Count).value(123.4), "123");
        assert_eq!(Words { unit: Unit::Money, currency: "CHF" }.value(-1000.0), "-CHF 1,000");
        assert_eq!(words(Unit::Fraction).interval(0.841, 0.865), "84.1 to 86.5 %");
        assert_eq!(words(Unit::Fraction).bare_interval(0.841, 0.865), "84.1 to 86.5");
        assert_eq!(words(Unit::Money).bare_difference(20.0), "+$20");
        assert_eq!(words(Unit::Fraction).titled_difference("Retention"), "Retention (points)");
        assert_eq!(words(Unit::Money).titled("Opening"), "Opening");
    }

    #[test]
    fn one_is_no_plural() {
        assert_eq!(counted(1, "day", "days"), "1 day");
        assert_eq!(
            [1.0, 1.4, 1.6, 0.0, 1200.0].map(at_the_start),
            [
                "1 account at the start",
                "1 account at the start",
                "2 accounts at the start",
                "0 accounts at the start",
                "1,200 accounts at the start"
            ]
        );
    }

    #[test]
    fn differences_show_their_sign_and_zero_has_none() {
        assert_eq!(words(Unit::Fraction).difference(0.0131), "+1.3 points");
        assert_eq!(words(Unit::Fraction).difference(-0.00001), "0.00 points");
        assert_eq!(words(Unit::Fraction).difference(0.00001), "0.00 points");
        assert_eq!(words(Unit::Fraction).difference(0.0004), "+0.04 points");
        assert_eq!(words(Unit::Fraction).spread(0.031), "3.1 points");
        assert_eq!(words(Unit::Money).difference(-20_000.0), "-$20,000");
        assert_eq!(words(Unit::Money).difference_interval(-5.0, 1_000.0), "-$5 to +$1,000");
    }

    #[test]
    fn thousands_are_separated_and_rounding_makes_no_negative_zero() {
        for (value, decimals, expected) in [
            (0.0, 0, "0"),
            (999.0, 0, "999"),
            (1000.0, 0, "1,000"),
            (123_456.0, 1, "123,456.0"),
            (-1_234_567.891, 2, "-1,234,567.89"),
            (-0.04, 1, "0.0"),
        ] {
            assert_eq!(digits(value, decimals), expected);
        }
    }

    #[test]
    fn a_list_of_accounts_says_what_it_lacks() {
        let column = |column, accounts| DrawnColumn { column, accounts };
        let drawn = vec![column(BookColumn::Segment, 1_200), column(BookColumn::Mau, 3)];
        let book = |rows, skipped, drawn| BookSummary { file: "a.csv".to_owned(), rows, skipped, drawn };
        assert_eq!(book_read(&book(1, 0, Vec::new())), "a.csv: 1 account");
        assert_eq!(
            book_read(&book(2, 1, Vec::new())),
            "a.csv: 2 accounts, 1 row left out because it is wrong"
        );
        assert_eq!(
            book_read(&book(1_200, 13, drawn)),
            "a.csv: 1,200 accounts, 13 rows left out because they are wrong; drawn: segment of 1,200, mau of 3"
        );
    }

    #[test]
    fn almost_sure_is_not_written_as_sure() {
        assert_eq!(probability(0.99995), "> 99.9 %");
        assert_eq!(probability(0.975), "97.5 %");
        assert_eq!(probability(0.0), "< 0.1 %");
    }

    #[test]
    fn lines_break_between_parts_and_keep_to_the_width() {
        let parts = ["one two".to_owned(), "three".to_owned(), "four".to_owned()];
        assert_eq!(wrapped(&parts, "; ", 20, "  "), "  one two; three;\n  four\n");
        assert_eq!(wrapped(&[], "; ", 20, "  "), "");
    }

    #[test]
    fn only_durations_are_read_as_durations() {
        for (text, words) in [
            ("1d12h", Some("1 day 12 hours")),
            ("3y", Some("3 years")),
            ("18mo", Some("18 months")),
            ("80%", None),
            ("x1.1", None),
            ("d", None),
            ("", None),
            ("2024-02-01", None),
        ] {
            assert_eq!(duration(text).as_deref(), words, "{text}");
        }
    }
}
