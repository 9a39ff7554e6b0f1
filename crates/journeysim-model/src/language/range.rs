//! Values between the ends of an assumption, as a file would write them.
//!
//! Counts and terms are whole, and a duration keeps to the unit in which all three of its levels can be said: who writes
//! 4 to 12 weeks means whole weeks. So not every number of a range can be tried, and [`AssumptionUse::nearest`] says which
//! one is tried in its place.

use super::assumption::AssumptionUse;
use super::duration::{Horizon, Span, Term, UNITS};
use super::plain::Count;
use super::quantity::{Quantity, shifted};
use super::rate::Rate;
use super::share::{Fraction, Points, Relative, Share};
use super::{Amount, Factor};

impl AssumptionUse {
    /// Returns the name of the assumption, or the setting it stands in where it has none.
    #[must_use]
    pub fn title(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.path)
    }

    /// Returns whether more than one value is thought possible.
    #[must_use]
    pub fn is_ranged(&self) -> bool {
        self.low.value < self.high.value
    }

    /// Returns the value inside the range nearest to `value` that can be written.
    #[must_use]
    pub fn nearest(&self, value: f64) -> f64 {
        let grain = self.grain();
        let (low, high) = (self.low.value, self.high.value);
        let reachable = if grain > 0.0 { low + ((value - low) / grain).round() * grain } else { value };
        reachable.clamp(low, high)
    }

    /// Returns the text by which an override gives the assumption `value`: `assume.call-accepted=42%`.
    #[must_use]
    pub fn set_to(&self, value: f64) -> String {
        format!("{}={}", self.key, self.written(value))
    }

    /// Writes `value` as a file would: `42%`, `6w`.
    #[must_use]
    pub fn written(&self, value: f64) -> String {
        let sign = if value > 0.0 { "+" } else { "" };
        match self.kind {
            Share::KIND | Fraction::KIND => format!("{}%", shifted(value, 2)),
            Points::KIND => format!("{sign}{}pp", shifted(value, 2)),
            Relative::KIND => format!("{sign}{}%", shifted(value, 2)),
            Factor::KIND => format!("x{value}"),
            Rate::KIND => format!("{value} per day"),
            Span::KIND => self.span(value),
            Term::KIND => format!("{value}mo"),
            Horizon::KIND => format!("{value}d"),
            Count::KIND | Amount::KIND => format!("{value}"),
            _ => format!("{value:?}"),
        }
    }

    /// Writes `value` for people: rounded to a hundredth of the range or finer, and in the words of the levels.
    #[must_use]
    pub fn shown(&self, value: f64) -> String {
        let range = self.high.value - self.low.value;
        if self.kind != Rate::KIND {
            return self.written(self.nearest(rounded(value, range)));
        }
        // A rate is said for the stretch of time for which its high end was.
        let high = &self.high.written;
        let end = high.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(high.len());
        let unit = high[..end].parse::<f64>().unwrap_or(1.0) / self.high.value;
        format!("{}{}", rounded(value * unit, range * unit), &high[end..])
    }

    /// Returns `value` rounded as [`shown`](Self::shown) rounds it, inside the range.
    #[must_use]
    pub fn rounded(&self, value: f64) -> f64 {
        self.nearest(rounded(value, self.high.value - self.low.value))
    }

    /// A duration in the unit of its levels.
    fn span(&self, seconds: f64) -> String {
        let unit = UNITS.iter().find(|&&(_, unit)| unit as f64 == self.grain());
        unit.map_or_else(|| format!("{seconds}s"), |(name, unit)| format!("{}{name}", seconds / *unit as f64))
    }

    /// The step from one value that can be written to the next; 0 where any number can.
    fn grain(&self) -> f64 {
        let levels = [self.low.value, self.base.value, self.high.value];
        match self.kind {
            Count::KIND | Term::KIND | Horizon::KIND => 1.0,
            Span::KIND => {
                let divides = |unit: f64| levels.iter().all(|level| level % unit == 0.0);
                UNITS.iter().map(|&(_, unit)| unit as f64).find(|&unit| divides(unit)).unwrap_or(1.0)
            }
            _ => 0.0,
        }
    }
}

/// Rounds to the decimals that tell a hundredth of `range`.
fn rounded(value: f64, range: f64) -> f64 {
    let mut places = 1.0;
    while places * range < 100.0 && places < 1e12 {
        places *= 10.0;
    }
    (value * places).round() / places
}

#[cfg(test)]
mod tests {
    use super::super::assumption::Level;
    use super::super::quantity::Written;
    use super::*;

    fn assumption<Q: Quantity>(levels: [&str; 3]) -> AssumptionUse {
        let level = |text: &str| {
            let quantity =
                Q::parse(Written::Text(text).unquoted()).or_else(|_| Q::parse(Written::Text(text)));
            Level { value: quantity.unwrap().value(), written: text.to_owned() }
        };
        AssumptionUse {
            name: Some("a".to_owned()),
            path: "some.setting".to_owned(),
            key: "assume.a".to_owned(),
            kind: Q::KIND,
            low: level(levels[0]),
            base: level(levels[1]),
            high: level(levels[2]),
            source: "assumption".to_owned(),
        }
    }

    /// Whatever is written is read as the value it was written for.
    fn comes_back<Q: Quantity>(levels: [&str; 3]) {
        let assumption = assumption::<Q>(levels);
        for step in 0..=16 {
            let share = f64::from(step) / 16.0;
            let (low, high) = (assumption.low.value, assumption.high.value);
            let value = assumption.nearest(low + share * (high - low));
            assert!((low..=high).contains(&value), "{}: {value}", Q::KIND);
            let written = assumption.written(value);
            let number = written.parse::<i64>().map(Written::Integer);
            let number = number.or_else(|_| written.parse::<f64>().map(Written::Float));
            let read = Q::parse(number.unwrap_or(Written::Text(&written)));
            let read = read.unwrap_or_else(|complaint| panic!("{written}: {}", complaint.message)).value();
            assert!((read - value).abs() <= 1e-12 * value.abs(), "{written} is {read}, not {value}");
        }
    }

    #[test]
    fn every_kind_of_quantity_is_written_so_that_it_can_be_read() {
        comes_back::<Share>(["0%", "35%", "100%"]);
        comes_back::<Fraction>(["50%", "1.2", "170%"]);
        comes_back::<Points>(["-3pp", "+2pp", "+5pp"]);
        comes_back::<Relative>(["-10%", "+0%", "+33%"]);
        comes_back::<Factor>(["x0.5", "x1.1", "x2"]);
        comes_back::<Rate>(["0 per day", "15% per year", "2 per week"]);
        comes_back::<Span>(["4w", "8w", "12w"]);
        comes_back::<Span>(["40m", "1h", "1h30m"]);
        comes_back::<Span>(["0d", "1s", "100y".replace("100y", "52w").as_str()]);
        comes_back::<Term>(["9mo", "18mo", "3y"]);
        comes_back::<Horizon>(["100d", "2y", "1000d"]);
        comes_back::<Amount>(["0", "588", "1234567"]);
        comes_back::<Count>(["2", "4", "9"]);
        comes_back::<super::super::Number>(["-0.5", "-0.2", "1000000000000000000000"]);
        comes_back::<super::super::Positive>(["0.3", "0.6", "1.2"]);
    }

    #[test]
    fn durations_keep_to_the_unit_of_their_levels() {
        let weeks = assumption::<Span>(["4w", "8w", "12w"]);
        assert_eq!(weeks.set_to(weeks.nearest(5.4 * 7.0 * 86_400.0)), "assume.a=5w");
        let minutes = assumption::<Span>(["40m", "1h", "90m"]);
        assert_eq!(minutes.written(minutes.nearest(3_333.0)), "56m");
        let days = assumption::<Span>(["1d", "5d", "20d"]);
        assert_eq!(days.written(days.nearest(1e9)), "20d");
    }

    #[test]
    fn people_are_shown_no_more_digits_than_a_range_deserves() {
        let lift = assumption::<Points>(["+0pp", "+2pp", "+5pp"]);
        assert_eq!(lift.shown(0.009_436_12), "+0.94pp");
        let rate = assumption::<Rate>(["2 per 90d", "5 per 90d", "12 per 90d"]);
        assert_eq!(rate.shown(rate.base.value), "5 per 90d");
        let yearly = assumption::<Rate>(["8% per year", "15% per year", "25% per year"]);
        assert_eq!(yearly.shown(0.123_37 / 365.0), "12.3% per year");
        let price = assumption::<Amount>(["228", "560", "1000"]);
        assert_eq!(price.shown(561.234), "561");
        assert_eq!(assumption::<Span>(["40m", "60m", "120m"]).shown(3_990.0), "67m");
    }

    #[test]
    fn a_range_needs_two_ends() {
        assert!(assumption::<Share>(["10%", "10%", "11%"]).is_ranged());
        assert!(!assumption::<Share>(["10%", "10%", "10%"]).is_ranged());
    }
}
