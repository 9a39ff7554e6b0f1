//! When a listed contract runs: its term, and the day its terms are counted from.

use chrono::{Months, NaiveDate};

use super::BookRow;
use super::check::TERMS;
use crate::population::TermMix;
use crate::population::generate::pick;

/// The first day of the calendar.
pub const EARLIEST: NaiveDate = NaiveDate::from_ymd_opt(1901, 1, 1).expect("1901 had a first of January");

/// How far an anchor is looked for beyond where it should be (months).
const FARTHEST: u32 = 240;

impl BookRow {
    /// Returns the length of the account's terms \[months\]: as told, or drawn from `mix` by `u` among the lengths
    /// under which the renewal told is the next one from the day the run `opens`.
    #[must_use]
    pub fn term_length(&self, opens: NaiveDate, mix: &[TermMix], u: f64) -> u32 {
        if let Some(term) = self.term {
            return term;
        }
        let among = |fits: &dyn Fn(u32) -> bool| {
            let share = |term: &TermMix| if fits(term.length.get()) { term.share.get() } else { 0.0 };
            let shares: Vec<f64> = mix.iter().map(share).collect();
            let possible = shares.iter().sum::<f64>() > 0.0;
            possible.then(|| mix[pick(u, shares)].length.get())
        };
        let Some(renewal) = self.renewal else {
            return among(&|_| true).expect("invariant: a population has terms");
        };
        let begins = |term: u32| renewal.checked_sub_months(Months::new(term)).unwrap_or(EARLIEST);
        let Some(start) = self.start else {
            let whole_years = 12 * whole_months(opens, renewal).div_ceil(12).max(1);
            return among(&|term| begins(term) <= opens).unwrap_or(whole_years);
        };
        let months = whole_months(start, renewal);
        let is_next = |term: u32| begins(term) <= opens || term >= months;
        among(&|term| months.is_multiple_of(term) && is_next(term))
            .or_else(|| among(&|term| term <= months && is_next(term)))
            .unwrap_or(months.clamp(TERMS.0, TERMS.1))
    }

    /// Returns the day from which terms of `term` months are counted, so that one of them ends on the renewal. Without
    /// a start it lies `terms` terms before the renewal.
    #[must_use]
    pub fn anchor(&self, term: u32, terms: u32) -> NaiveDate {
        let (start, renewal) = match (self.start, self.renewal) {
            (Some(start), None) => return start,
            (start, Some(renewal)) => (start, renewal),
            (None, None) => unreachable!("a row tells its start or its renewal"),
        };
        let Some(start) = start else { return before(renewal, term, terms) };
        let months = whole_months(start, renewal);
        let terms = ((months + term / 2) / term).max(1);
        let is_counted_from_start = start.checked_add_months(Months::new(terms * term)) == Some(renewal);
        if is_counted_from_start { start } else { before(renewal, term, terms) }
    }
}

/// The day `terms` terms before `renewal`, or more where the months are too short to count back and forth: a
/// renewal on 29 February is counted from one.
fn before(renewal: NaiveDate, term: u32, terms: u32) -> NaiveDate {
    let back =
        |terms: u32| renewal.checked_sub_months(Months::new(terms * term)).filter(|day| *day >= EARLIEST);
    let exact = (terms..=terms + FARTHEST / term).find_map(|terms| {
        back(terms).filter(|day| day.checked_add_months(Months::new(terms * term)) == Some(renewal))
    });
    exact.or_else(|| back(terms)).unwrap_or(EARLIEST)
}

/// Months from `from` to `to`, rounded; at least 1.
fn whole_months(from: NaiveDate, to: NaiveDate) -> u32 {
    let days = to.signed_duration_since(from).num_days().max(0) as f64;
    ((days * 12.0 / 365.25).round() as u32).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::{Name, Share, Term};

    fn date(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    fn row(start: &str, renewal: &str, term: Option<u32>) -> BookRow {
        let known = |text: &str| (!text.is_empty()).then(|| date(text));
        BookRow { start: known(start), renewal: known(renewal), term, ..BookRow::blank() }
    }

    fn mix() -> Vec<TermMix> {
        let term = |name: &str, share, months| TermMix {
            name: Name::parse(name).expect("a name"),
            share: Share::of(share),
            length: Term::months(months),
        };
        vec![term("one", 0.5, 12), term("two", 0.3, 24), term("three", 0.2, 36)]
    }

    /// A run that opens on 1 February 2024; lengths drawn low and high in the mix.
    #[rustfmt::skip]
    #[test]
    fn a_term_is_drawn_among_those_that_end_on_the_renewal() {
        let cases = [
            // start      renewal       told      lowest  highest   why
            ("2022-05-01", "",           None,      12, 36, "nothing is told of the end"),
            ("2022-05-01", "",           Some(18),  18, 18, "told"),
            ("2023-05-01", "2024-05-01", None,      12, 12, "one year from the start"),
            ("2023-05-01", "2024-04-30", None,      12, 12, "the last day instead of the next"),
            ("2022-05-01", "2024-05-01", None,      12, 24, "one term of two years, or the second of two"),
            ("2023-05-01", "2025-05-01", None,      24, 24, "a year would end in between"),
            ("2024-06-01", "2026-06-01", None,      24, 24, "the first term of a contract to come"),
            ("2023-03-01", "2024-05-01", None,      12, 12, "fourteen months: a term, after two months"),
            ("2023-12-01", "2024-05-01", None,       6,  6, "shorter than any term"),
            ("2023-08-01", "2027-08-01", None,      48, 48, "longer than any term"),
            ("",           "2024-05-01", None,      12, 36, "the start is drawn with it"),
            ("",           "2025-08-01", None,      24, 36, "it has begun: a year's would not have"),
            ("",           "2027-08-01", None,      48, 48, "longer than any term"),
        ];
        for (start, renewal, told, lowest, highest, why) in cases {
            let row = row(start, renewal, told);
            let drawn = [0.0, 0.999_999].map(|u| row.term_length(date("2024-02-01"), &mix(), u));
            assert_eq!(drawn, [lowest, highest], "{start} to {renewal}: {why}");
        }
    }

    #[rustfmt::skip]
    #[test]
    fn terms_counted_from_the_anchor_end_on_the_renewal() {
        let cases = [
            // start      renewal       term  terms  anchor
            ("2022-05-01", "",           12, 1, "2022-05-01"),
            ("2022-05-01", "2025-05-01", 12, 1, "2022-05-01"),
            ("2022-05-01", "2025-04-30", 12, 1, "2022-04-30"),
            ("2023-03-01", "2024-05-01", 12, 1, "2023-05-01"),
            ("",           "2024-05-01", 12, 3, "2021-05-01"),
            ("",           "2028-02-29", 12, 1, "2024-02-29"),
            ("",           "2024-02-29", 36, 1, "2012-02-29"),
            ("",           "2024-08-31", 18, 1, "2021-08-31"),
        ];
        for (start, renewal, term, terms, anchor) in cases {
            let found = row(start, renewal, None).anchor(term, terms);
            assert_eq!(found, date(anchor), "{start} to {renewal}");
        }
    }
}
