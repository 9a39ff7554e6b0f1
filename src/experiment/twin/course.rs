//! What a history tells of how customers come, and for how long they sign.

use std::collections::BTreeMap;

use chrono::{Months, NaiveDate};

use super::{FEWEST, FEWEST_OF_SEGMENT};
use crate::population::history::History;

/// How customers come and sign.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Course {
    /// How long ago the oldest customer came \[months\].
    pub history: Option<u32>,
    /// Customers who came in the last twelve months, of those under contract on the last day; told where the history is a year long.
    pub arrivals: Option<f64>,
    /// Lengths of terms \[months\] with their shares; empty where they are not told.
    pub terms: Vec<(u32, f64)>,
}

impl Course {
    /// Takes it from a history with so many customers under contract on its last day.
    #[must_use]
    pub fn of(history: &History, customers: usize) -> Self {
        let came = came(history);
        let oldest = came.iter().flatten().min().copied();
        let year_ago = history.through.checked_sub_months(Months::new(12));
        let is_whole = oldest.zip(year_ago).is_some_and(|(oldest, year_ago)| oldest <= year_ago);
        let is_new = |day: &&NaiveDate| year_ago.is_some_and(|from| **day > from) && **day <= history.through;
        let new = came.iter().flatten().filter(is_new).count();
        let arrivals = (is_whole && new >= FEWEST).then(|| new as f64 / customers.max(1) as f64);
        Self {
            history: oldest.map(|oldest| years_back(oldest, history.through)),
            arrivals,
            terms: terms(history),
        }
    }
}

/// The day on which each account came, as the list tells it or else its first subscription.
fn came(history: &History) -> Vec<Option<NaiveDate>> {
    let mut first: Vec<Option<NaiveDate>> = vec![None; history.accounts.len()];
    for held in history.subscriptions.iter().filter(|held| !held.trial) {
        let own = &mut first[held.account as usize];
        *own = Some(own.map_or(held.start, |day| day.min(held.start)));
    }
    first.iter().zip(&history.accounts).map(|(first, account)| account.start.or(*first)).collect()
}

/// Whole years between two days, in months; twenty at most.
fn years_back(oldest: NaiveDate, through: NaiveDate) -> u32 {
    let days = through.signed_duration_since(oldest).num_days();
    12 * (days as f64 / 365.25).ceil().clamp(1.0, 20.0) as u32
}

/// Shares of the lengths that [`FEWEST`] accounts or more have, where [`FEWEST_OF_SEGMENT`] tell theirs.
fn terms(history: &History) -> Vec<(u32, f64)> {
    /// The lengths that a scenario can have \[months\].
    const POSSIBLE: std::ops::RangeInclusive<u32> = 6..=120;
    let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
    for term in history.accounts.iter().filter_map(|account| account.term).filter(|it| POSSIBLE.contains(it))
    {
        *counts.entry(term).or_default() += 1;
    }
    counts.retain(|_, count| *count >= FEWEST);
    let all: usize = counts.values().sum();
    if all < FEWEST_OF_SEGMENT {
        return Vec::new();
    }
    counts.into_iter().map(|(term, count)| (term, count as f64 / all as f64)).collect()
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;
    use crate::language::{Disk, Faults};

    fn history(rows: &str) -> History {
        let mapping = "through = 2023-12-31\n[accounts]\nfile = \"a.csv\"\n\
            columns = { id = \"id\", start = \"start\", term = \"term\" }\n";
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("h.toml"), mapping).unwrap();
        std::fs::write(folder.path().join("a.csv"), format!("id,start,term\n{rows}")).unwrap();
        let mut faults = Faults::default();
        let file = folder.path().join("h.toml");
        History::load(file.to_str().unwrap(), &mut Disk, &mut faults).unwrap_or_else(|| panic!("{faults}"))
    }

    /// Thirty customers: six came this year; twenty have a year, six two, and four three, who are too few to be told.
    #[test]
    fn arrivals_and_terms_are_counted() {
        let mut rows = String::new();
        for number in 0..30 {
            let year = if number < 6 { 2023 } else { 2021 };
            let term = [12, 24, 36][usize::from(number >= 20) + usize::from(number >= 26)];
            writeln!(rows, "{number},{year}-06-01,{term}").unwrap();
        }
        let found = Course::of(&history(&rows), 30);
        assert_eq!((found.history, found.arrivals), (Some(36), Some(0.2)));
        assert_eq!(found.terms, [(12, 20.0 / 26.0), (24, 6.0 / 26.0)]);
    }

    #[test]
    fn a_year_that_is_not_whole_tells_no_arrivals() {
        let rows: String = (0..30).map(|number| format!("{number},2023-06-01,\n")).collect();
        assert_eq!(Course::of(&history(&rows), 30), Course { history: Some(12), ..Course::default() });
    }
}
