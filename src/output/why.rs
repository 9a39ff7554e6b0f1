//! Why one variant differs from another, as a document and as a manager reads it.

use std::fmt::Write;

use serde::Serialize;

use crate::base::stats::Estimate;
use crate::experiment::why::{Flips, Month, Part, Path, Why, visible_from};
use crate::metrics::CATALOGUE;
use crate::output::results::Results;
use crate::output::table::{aligned, grid};
use crate::output::words::{counted, digits, wrapped};

/// Why a variant differs from the baseline on a metric.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WhyRow {
    /// The variant.
    pub variant: String,
    /// The metric.
    pub metric: &'static str,
    /// The whole difference.
    pub total: Option<PartRow>,
    /// What came by each path, the rest last (`null`); they add up to the total.
    pub parts: Vec<PartRow>,
    /// Month from which on the difference stays visible; `null`: none.
    pub visible_from_month: Option<u32>,
    /// Who of the opening book stays, month by month, and what a real trial of that length would need.
    pub ramp: Vec<Month>,
    /// How many customers flip, in all and by segment.
    pub flips: Vec<Flips>,
}

/// A part of a difference.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PartRow {
    /// The path; `null`: the rest, or the whole.
    pub path: Option<Path>,
    /// Its mean.
    pub mean: f64,
    /// Lower end of its interval; all of them hold together.
    pub ci_low: Option<f64>,
    /// Upper end of its interval.
    pub ci_high: Option<f64>,
}

impl PartRow {
    fn of(path: Option<Path>, estimate: Estimate) -> Self {
        Self { path, mean: estimate.mean, ci_low: estimate.ci_low, ci_high: estimate.ci_high }
    }
}

/// Describes why variants differ.
#[must_use]
pub fn rows(results: &Results<'_>) -> Vec<WhyRow> {
    let row = |why: &Why| WhyRow {
        variant: results.experiment.variants[why.variant].name.clone(),
        metric: CATALOGUE[why.metric].name,
        total: why.total.map(|total| PartRow::of(None, total)),
        parts: why.parts.iter().filter_map(|part| Some(PartRow::of(part.path, part.estimate?))).collect(),
        visible_from_month: visible_from(&why.ramp),
        ramp: why.ramp.clone(),
        flips: why.flips.clone(),
    };
    results.why.iter().map(row).collect()
}

/// Shows by which path each variant's difference came, from when on it shows, and who flips, `width` characters wide.
#[must_use]
pub fn show(results: &Results<'_>, width: u16) -> String {
    let Some(first) = results.why.first() else { return String::new() };
    let words = results.words(&CATALOGUE[first.metric]);
    let mut table = grid(width);
    let mut header = vec![format!("{}, by path", CATALOGUE[first.metric].title)];
    header.extend(results.why.iter().map(|why| results.experiment.variants[why.variant].name.clone()));
    table.set_header(header);
    let cell = |estimate: Option<Estimate>| {
        let Some(estimate) = estimate else { return "nothing to measure".to_owned() };
        let interval = estimate.ci_low.zip(estimate.ci_high).filter(|&ends| ends != (0.0, 0.0));
        let interval = interval.map(|(low, high)| format!("\n{}", words.bare_difference_interval(low, high)));
        format!("{}{}", words.difference(estimate.mean), interval.unwrap_or_default())
    };
    for (number, &Part { path, .. }) in first.parts.iter().enumerate() {
        let mut row = vec![title(path).to_owned()];
        row.extend(results.why.iter().map(|why| cell(why.parts[number].estimate)));
        table.add_row(row);
    }
    let mut row = vec!["All".to_owned()];
    row.extend(results.why.iter().map(|why| cell(why.total)));
    table.add_row(row);
    aligned(&mut table);
    let mut text = format!("{table}\nParts and rest add up to all, and their intervals hold together.\n\n");
    for why in results.why {
        let line = format!("{}: {}", results.experiment.variants[why.variant].name, story(why));
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        text.push_str(&wrapped(&words, " ", width.into(), ""));
    }
    writeln!(text).expect("a string can grow");
    text
}

/// Returns what a path is called; [`None`]: the rest.
pub(super) fn title(path: Option<Path>) -> &'static str {
    match path {
        Some(Path::Onboarding) => "Onboarding touchpoints",
        Some(Path::HealthWork) => "Work on health and ratings",
        Some(Path::Adoption) => "Adoption and contact",
        Some(Path::Lighthouse) => "Lighthouse",
        Some(Path::Renewal) => "Relationship and renewal",
        Some(Path::Capacity) => "Limits of advisors' time",
        None => "The rest, and several together",
    }
}

/// Says from when on the difference shows, how large a real trial would be, and who flips.
fn story(why: &Why) -> String {
    let mut text = match visible_from(&why.ramp) {
        Some(month) => {
            let more = why.ramp.last().is_some_and(|last| last.variant > last.baseline);
            format!("{} customers stay, visibly from month {month} on.", if more { "more" } else { "fewer" })
        }
        None => "the number of customers who stay never differs clearly.".to_owned(),
    };
    let Some(last) = why.ramp.last() else { return text };
    let months = counted(last.month.into(), "month", "months");
    match last.trial {
        Some(customers) => write!(
            text,
            " A trial in real life, over {months} with customers of either kind who share no luck, would need {} in \
             each arm (80 % power).",
            digits(customers as f64, 0)
        ),
        None => write!(text, " Over {months} there is nothing a trial in real life could see."),
    }
    .expect("a string can grow");
    if let Some(flips) = why.flips.first() {
        write!(
            text,
            " In a replication {} customers stay only with it, {} only without it",
            digits(flips.saved, 2),
            digits(flips.lost, 2)
        )
        .expect("a string can grow");
        if let Some((without, with)) = flips.baseline_odds.zip(flips.variant_odds) {
            write!(
                text,
                "; at those renewals the odds of churn are {} % without and {} % with it",
                digits(without * 100.0, 0),
                digits(with * 100.0, 0)
            )
            .expect("a string can grow");
        }
        text.push('.');
    }
    text
}
