//! Dated changes as documents and as a manager reads them: those under a change against the rest, from its day on.

use std::fmt::Write;

use serde::Serialize;

use crate::base::stats::PairedDifference;
use crate::experiment::arms::{self, Trial};
use crate::metrics::CATALOGUE;
use crate::output::document::Metrics;
use crate::output::results::Results;
use crate::output::table::{aligned, grid, percent};
use crate::output::words::{digits, wrapped};

/// One dated change.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChangeRow {
    /// Its name.
    pub change: String,
    /// The day from which on it is in force.
    pub from: String,
    /// Share of the customers concerned to which it is rolled out.
    pub share: f64,
    /// Those under it.
    pub treated: ArmRow,
    /// The rest of those whom it concerns.
    pub not_treated: ArmRow,
    /// Treated minus not treated within each replication, by metric.
    pub differences: Vec<ArmDifferenceRow>,
}

/// One arm.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ArmRow {
    /// Accounts that were under contract since the day of the change, a replication's mean.
    pub accounts: f64,
    /// All metrics, from that day on.
    pub metrics: Metrics,
}

/// One metric's difference between the arms.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ArmDifferenceRow {
    /// The metric.
    pub metric: &'static str,
    /// Mean over replications.
    pub mean: Option<f64>,
    /// Standard deviation over replications: the error of one such trial.
    pub stddev: Option<f64>,
    /// Lower end of the interval of the mean.
    pub ci_low: Option<f64>,
    /// Upper end of the interval of the mean.
    pub ci_high: Option<f64>,
    /// With this confidence the intervals of all changes hold together.
    pub confidence: f64,
    /// Student-t probability that the true mean improves.
    pub p_better: Option<f64>,
    /// Probability that one such trial comes out with the sign of the mean; `null` where neither direction is better.
    pub one_trial_shows_sign: Option<f64>,
    /// Replications in which both arms have something to measure.
    pub n: usize,
    /// Replications in which one of them has not.
    pub n_missing: usize,
}

fn trials(results: &Results<'_>, variant: usize) -> Vec<Trial> {
    let changes = results.experiment.variants[variant].scenario.changes.len();
    arms::trials(results.chunk, variant, changes, results.confidence())
}

/// Describes the dated changes of a variant.
#[must_use]
pub fn rows(results: &Results<'_>, variant: usize) -> Vec<ChangeRow> {
    let scenario = &results.experiment.variants[variant].scenario;
    let row = |trial: Trial| {
        let settings = &scenario.file.change[trial.change];
        let difference = |(metric, it): (usize, &PairedDifference)| ArmDifferenceRow {
            metric: CATALOGUE[metric].name,
            mean: it.mean,
            stddev: it.stddev,
            ci_low: it.ci_low,
            ci_high: it.ci_high,
            confidence: results.confidence(),
            p_better: it.p_better,
            one_trial_shows_sign: trial.shows_its_sign(metric),
            n: it.n,
            n_missing: it.n_missing,
        };
        ChangeRow {
            change: settings.name.to_string(),
            from: scenario.almanac.date(scenario.changes[trial.change].day).to_string(),
            share: settings.share.get(),
            differences: trial.differences.iter().enumerate().map(difference).collect(),
            treated: ArmRow { accounts: trial.treated_accounts, metrics: Metrics(trial.treated) },
            not_treated: ArmRow { accounts: trial.other_accounts, metrics: Metrics(trial.other) },
        }
    };
    trials(results, variant).into_iter().map(row).collect()
}

/// Shows of every dated change of a variant how those under it differ from the rest, `width` characters wide; nothing of a
/// change with an empty arm.
#[must_use]
pub fn show(results: &Results<'_>, variant: usize, width: u16) -> String {
    let of_variant = &results.experiment.variants[variant];
    let scenario = &of_variant.scenario;
    let mut text = String::new();
    for trial in trials(results, variant) {
        if trial.treated_accounts == 0.0 || trial.other_accounts == 0.0 {
            continue;
        }
        let settings = &scenario.file.change[trial.change];
        let mut table = grid(width);
        let confidence = percent(results.confidence());
        let interval = format!("{confidence} interval of the mean");
        let name = settings.name.as_str();
        table.set_header([name, "Without", "With", "Difference", &interval, "Error of one trial"]);
        table.style_mut().row_separator = comfy_table::LineStyle::none();
        for metric in results.headline() {
            table.add_row(cells(results, &trial, metric));
        }
        aligned(&mut table);
        let of = if results.experiment.variants.len() > 1 {
            format!("{}, ", of_variant.name)
        } else {
            String::new()
        };
        let line = format!(
            "{of}\"{name}\" from {} on: {} of {} customers concerned come under it, drawn by lot; both arms are measured \
             from that day on.",
            scenario.almanac.date(scenario.changes[trial.change].day),
            digits(trial.treated_accounts, 1),
            digits(trial.treated_accounts + trial.other_accounts, 1),
        );
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let story = story(results, &trial);
        let end: Vec<String> = story.split(' ').map(str::to_owned).collect();
        writeln!(
            text,
            "{}{table}\n{}",
            wrapped(&words, " ", width.into(), ""),
            wrapped(&end, " ", width.into(), "")
        )
        .expect("a string can grow");
    }
    text
}

/// A metric of both arms, and how they differ.
fn cells(results: &Results<'_>, trial: &Trial, metric: usize) -> [String; 6] {
    let words = results.words(&CATALOGUE[metric]);
    let mean = |arm: &[Option<crate::base::stats::Estimate>]| {
        arm[metric].map_or("nothing to measure".to_owned(), |estimate| words.value(estimate.mean))
    };
    let PairedDifference { mean: difference, ci_low, ci_high, stddev, .. } = trial.differences[metric];
    let interval = ci_low.zip(ci_high);
    [
        CATALOGUE[metric].title.to_owned(),
        mean(&trial.other),
        mean(&trial.treated),
        difference.map_or(String::new(), |difference| words.difference(difference)),
        interval.map_or(String::new(), |(low, high)| words.difference_interval(low, high)),
        stddev.map_or(String::new(), |spread| format!("± {}", words.spread(spread))),
    ]
}

/// Says what somebody who tries it once has to reckon with.
fn story(results: &Results<'_>, trial: &Trial) -> String {
    let told = results.answered().and_then(|metric| Some((metric, trial.shows_its_sign(metric)?)));
    let Some((metric, probability)) = told else {
        return "The error of one trial is the standard deviation of the difference over replications."
            .to_owned();
    };
    format!(
        "The error of one trial is the standard deviation of the difference over replications: in {} % of such trials \
         {} would differ in the direction of the mean.",
        digits(100.0 * probability, 0),
        crate::output::answer::lower_first(CATALOGUE[metric].title)
    )
}
