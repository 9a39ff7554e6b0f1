//! Retention of the opening book by renewal quarter: a fan over replications.
//!
//! One replication gives one number a quarter: what was renewed of the opening book's recurring revenue that came
//! up in it. Over replications these numbers spread, and the spread is what a program owner should expect of one
//! future: the fan shows its 10 %, 50 % and 90 % points. (An interval of the mean would be far narrower.)

use serde::{Deserialize, Serialize};

use crate::base::money::Money;
use crate::base::stats::quantile;
use crate::engine::record::Record;
use crate::experiment::replicate::Chunk;
use crate::scenario::Scenario;

/// What came up for renewal in a calendar quarter, and what of it was renewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quarter {
    /// Calendar quarter, counted from the first of the year 0.
    pub number: i32,
    /// Recurring revenue up for renewal.
    pub up: Money,
    /// Recurring revenue renewed, expansion left out.
    pub renewed: Money,
}

/// One quarter of the fan.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// Calendar quarter, counted from the first of the year 0.
    pub number: i32,
    /// Recurring revenue up for renewal, a replication's mean in currency units.
    pub up: f64,
    /// The share renewed in the worst tenth of replications.
    pub low: f64,
    /// The share renewed in the middle one.
    pub median: f64,
    /// The share renewed in the best tenth.
    pub high: f64,
    /// Replications in which something came up.
    pub n: usize,
}

/// Returns the quarters in which accounts of the opening book came up for renewal, in order.
#[must_use]
pub fn quarters(record: &Record, scenario: &Scenario) -> Vec<Quarter> {
    let mut quarters: Vec<Quarter> = Vec::new();
    for renewal in &record.renewals {
        if !record.accounts[renewal.account as usize].opened {
            continue;
        }
        let number = scenario.almanac.quarter(renewal.day);
        if quarters.last().is_none_or(|last| last.number != number) {
            quarters.push(Quarter { number, up: Money::ZERO, renewed: Money::ZERO });
        }
        let last = quarters.last_mut().expect("invariant: one was just pushed");
        last.up += renewal.up;
        last.renewed += renewal.renewed;
    }
    quarters
}

/// Returns the fan of a variant, quarter by quarter.
#[must_use]
pub fn fan(chunk: &Chunk, variant: usize) -> Vec<Spread> {
    let all = || chunk.of(variant).flat_map(|outcome| &outcome.quarters);
    let mut numbers: Vec<i32> = all().map(|quarter| quarter.number).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let spread = |number: i32| {
        let of_it = || all().filter(|quarter| quarter.number == number && quarter.up > Money::ZERO);
        let mut shares: Vec<f64> = of_it().map(|quarter| quarter.renewed.ratio_to(quarter.up)).collect();
        shares.sort_unstable_by(f64::total_cmp);
        let up: Money = of_it().map(|quarter| quarter.up).sum();
        let at = |p| quantile(&shares, p);
        Some(Spread {
            number,
            up: up.cents() as f64 / 100.0 / f64::from(chunk.len()),
            low: at(0.1)?,
            median: at(0.5)?,
            high: at(0.9)?,
            n: shares.len(),
        })
    };
    numbers.into_iter().filter_map(spread).collect()
}

/// Returns a calendar quarter in words, such as `2024 Q1`.
#[must_use]
pub fn name(number: i32) -> String {
    format!("{} Q{}", number.div_euclid(4), number.rem_euclid(4) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::replicate::Outcome;

    fn outcome(up: i64, renewed: i64) -> Outcome {
        let quarter =
            Quarter { number: 2024 * 4, up: Money::from_units(up), renewed: Money::from_units(renewed) };
        Outcome { quarters: vec![quarter], ..Outcome::default() }
    }

    #[test]
    fn the_fan_spreads_from_the_worst_to_the_best_tenth_of_futures() {
        // Shares renewed: 0, 10 %, ..., 100 %; nothing up in the last replication.
        let mut replications: Vec<Vec<Outcome>> = (0..=10).map(|tenths| vec![outcome(10, tenths)]).collect();
        replications.push(vec![outcome(0, 0)]);
        let fan = fan(&Chunk { first: 0, replications }, 0);
        assert_eq!(fan.len(), 1);
        let Spread { low, median, high, n, .. } = fan[0];
        assert_eq!((low, median, high, n), (0.1, 0.5, 0.9, 11));
        assert!((fan[0].up - 110.0 / 12.0).abs() < 1e-12, "the mean counts the empty replication");
    }

    #[test]
    fn quarters_are_named_by_their_calendar_year() {
        assert_eq!((name(2024 * 4), name(2024 * 4 + 3)), ("2024 Q1".to_owned(), "2024 Q4".to_owned()));
    }
}
