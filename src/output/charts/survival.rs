//! How long customers stay, cohort by cohort.

use std::collections::BTreeMap;

use crate::experiment::survival::curve;
use crate::metrics::Unit;
use crate::output::charts::line::{self, At, Frame, Series};
use crate::output::charts::{Chart, Family, named, of_variants, sentence};
use crate::output::finished::{Finished, Variant};
use crate::output::sheet::Sheet;

pub(super) const SURVIVAL: Family = Family {
    name: "survival",
    title: "How long customers stay",
    lead: "The share of customers that have not left, by months since the start or since they became customers.",
    make,
};

/// Cohorts of more years than this are not told apart.
const COHORTS: usize = 5;

fn make(finished: &Finished) -> Vec<Chart> {
    let Some(sheet) = finished.sheet("survival") else { return Vec::new() };
    let words = finished.words(Unit::Fraction);
    let variants = of_variants(finished);
    let all: Vec<Vec<Series>> = variants.iter().map(|(variant, _)| cohorts(sheet, variant.name)).collect();
    let ends = line::ends(all.iter().flatten()).map(|(low, high)| (low, high.min(1.0)));
    let of = |(at, ((_, begin), series)): (usize, ((Variant<'_>, String), Vec<Series>))| {
        let opening = series.first()?;
        let months = opening.points.iter().filter_map(|at| at.date.parse::<u32>().ok());
        let month = months.max()?.min(12);
        let year = opening.points.iter().find(|at| at.date == month.to_string())?;
        let text = format!(
            "after {month} months {} of the {} are still customers ({}).",
            words.value(year.median()),
            opening.name,
            words.interval(year.points[0], year.points[4])
        );
        let frame = Frame {
            title: "Still customers",
            format: "~%",
            ends,
            is_fan: false,
            is_stepped: true,
            told: line::SPREAD,
        };
        Some(Chart {
            name: named("survival", at),
            finding: sentence(&begin, &text),
            note: format!(
                "Kaplan-Meier estimate from the start for the opening book and from close for others. {}",
                "Line: median over replications; band: 9 of 10 replications lie in it."
            ),
            table: line::numbers(
                &series,
                "Months",
                |value| words.value(value),
                |low, high| words.interval(low, high),
            ),
            view: line::over_numbers(&series, frame, "Months since the start, or since close"),
        })
    };
    variants.into_iter().zip(all).enumerate().filter_map(of).collect()
}

/// Accounts at risk and those of them that left, month by month.
type Months = Vec<(u32, u32)>;

/// The survival curve of each cohort, spread over replications.
fn cohorts(sheet: &Sheet, variant: &str) -> Vec<Series> {
    let columns = ["variant", "replication", "cohort", "month", "at_risk", "left"];
    let [Some(variants), Some(replications), Some(names), Some(months), Some(at_risk), Some(left)] =
        columns.map(|name| sheet.column(name))
    else {
        return Vec::new();
    };
    // By cohort, then by replication: accounts at risk and those that left, month by month.
    let mut cohorts: BTreeMap<&str, BTreeMap<u64, Months>> = BTreeMap::new();
    for row in (0..sheet.rows()).filter(|&row| variants.text(row) == variant) {
        let whole = |number: Option<f64>| number.unwrap_or_default() as u64;
        let months_of = cohorts.entry(names.text(row)).or_default();
        let months_of = months_of.entry(whole(replications.number(row))).or_default();
        if months_of.len() as u64 == whole(months.number(row)) {
            months_of.push((whole(at_risk.number(row)) as u32, whole(left.number(row)) as u32));
        }
    }
    // The opening book comes first, then year after year.
    let mut names: Vec<&str> = cohorts.keys().copied().collect();
    names.sort_by_key(|name| (name.starts_with("closed"), *name));
    names.truncate(COHORTS);
    let series = |(place, name): (usize, &str)| {
        let curves: Vec<Vec<f64>> =
            cohorts[name].values().map(|months| curve(months.iter().copied())).collect();
        // Months that only some replications reach would change who is counted.
        let length = curves.iter().map(Vec::len).min().unwrap_or_default();
        let at = |month: usize| {
            let mut values: Vec<f64> = curves.iter().map(|curve| curve[month]).collect();
            line::at(month.to_string(), &mut values)
        };
        let points: Vec<At> = (0..length).filter_map(at).collect();
        Series { name: name.to_owned(), style: line::style(place), points }
    };
    names.into_iter().enumerate().map(series).filter(|series| series.points.len() > 1).collect()
}
