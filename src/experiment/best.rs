//! The best variant of an experiment: a question of selection asked of the simulator.
//!
//! Replications that the comparison has run anyway are used first; what a procedure needs beyond them is run for the variants
//! that need it.

use std::ops::Range;

use crate::base::stats::Better;
use crate::experiment::replicate::Chunk;
use crate::experiment::select::{Method, Question, Selection, select};
use crate::language::Count;
use crate::metrics::{self, CATALOGUE};
use crate::scenario::load::Experiment;
use crate::scenario::selection::SelectionSettings;

/// A replication that a selection needs has nothing to measure.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "there is nothing to measure of {metric} in replication {replication} of {variant}: select by a metric that every \
     replication measures"
)]
pub struct Unmeasured {
    /// The metric.
    pub metric: &'static str,
    /// The variant.
    pub variant: String,
    /// The replication, counted from 0.
    pub replication: u32,
}

/// The answer to a question of selection, in the metric's own direction.
#[derive(Debug, Clone, PartialEq)]
pub struct BestVariant {
    /// The metric, an index into the catalogue.
    pub metric: usize,
    /// What was asked.
    pub question: Question,
    /// What was found; means and differences as the metric counts them.
    pub selection: Selection,
}

/// Runs some variants over some replications.
pub type Run<'r, E> = dyn FnMut(&[usize], Range<u32>) -> Result<Chunk, E> + 'r;

/// Selects the best variant of `experiment`, of which `chunk` has been run already; `run` runs some variants over some
/// replications.
///
/// # Errors
///
/// What `run` could not do, or that a replication has nothing to measure.
///
/// # Panics
///
/// If the metric is unknown or there is one variant, which a checked scenario and a comparison exclude.
pub fn best_variant<E: From<Unmeasured>>(
    experiment: &Experiment,
    settings: &SelectionSettings,
    chunk: &Chunk,
    run: &mut Run<'_, E>,
) -> Result<BestVariant, E> {
    let metric =
        metrics::position(settings.metric.as_str()).expect("checked: the metric is in the catalogue");
    let question = question(experiment, settings);
    let sign = if CATALOGUE[metric].better == Better::Lower { -1.0 } else { 1.0 };
    let unmeasured = |variant: usize, replication: u32| Unmeasured {
        metric: CATALOGUE[metric].name,
        variant: experiment.variants[variant].name.clone(),
        replication,
    };
    let mut draw = |variants: &[usize], range: Range<u32>| -> Result<Vec<Vec<f64>>, E> {
        let mut columns = vec![Vec::new(); variants.len()];
        let have = chunk.len().clamp(range.start, range.end);
        for (column, &variant) in columns.iter_mut().zip(variants) {
            for replication in range.start..have {
                let outcome = &chunk.replications[replication as usize][variant];
                let value = outcome.metrics[metric].ok_or_else(|| unmeasured(variant, replication))?;
                column.push(sign * value);
            }
        }
        if have < range.end {
            let further = run(variants, have..range.end)?;
            for (at, column) in columns.iter_mut().enumerate() {
                for (replication, outcome) in (have..).zip(further.of(at)) {
                    let value =
                        outcome.metrics[metric].ok_or_else(|| unmeasured(variants[at], replication))?;
                    column.push(sign * value);
                }
            }
        }
        Ok(columns)
    };
    let mut selection = select(experiment.variants.len(), &question, &mut draw)?;
    if sign < 0.0 {
        for candidate in &mut selection.candidates {
            candidate.mean = -candidate.mean;
            candidate.behind = candidate.behind.map(|behind| -behind);
            let ends = (candidate.ci_high.map(|end| -end), candidate.ci_low.map(|end| -end));
            (candidate.ci_low, candidate.ci_high) = ends;
        }
    }
    Ok(BestVariant { metric, question, selection })
}

fn question(experiment: &Experiment, settings: &SelectionSettings) -> Question {
    let file = &experiment.variants[experiment.baseline].scenario.file;
    let plain = experiment.replications.saturating_mul(experiment.variants.len() as u32);
    let usual = if settings.method == Method::Ocba { plain } else { plain.saturating_mul(10) };
    let first_stage = settings.first_stage.get();
    let least = first_stage.saturating_mul(experiment.variants.len() as u32);
    Question {
        method: settings.method,
        indifference: settings.indifference.get(),
        confidence: settings.confidence.unwrap_or(file.confidence).get(),
        first_stage,
        budget: settings.budget.map_or(usual.max(least), Count::get),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::example::small;
    use crate::experiment::replicate::{Options, Watch, run_range};
    use std::sync::atomic::AtomicBool;

    const THREE: &str = "variant = [{ name = \"none\" }, \
        { name = \"monthly\", set = { \"touchpoint.check-in.enabled\" = true, \"touchpoint.check-in.every\" = \"30d\" } }, \
        { name = \"yearly\", set = { \"touchpoint.check-in.enabled\" = true, \"touchpoint.check-in.every\" = \"360d\" } }]\n";

    fn run(experiment: &Experiment, variants: Option<Vec<usize>>, range: Range<u32>) -> Chunk {
        let watch = Watch { finished: &|| (), stop: &AtomicBool::new(false), cells: None };
        let options = Options { only: variants, ..Options::default() };
        run_range(experiment, range, &options, &watch).unwrap()
    }

    fn asked(experiment: &Experiment, metric: &str, chunk: &Chunk) -> BestVariant {
        let file = &experiment.variants[0].scenario.file;
        let settings = file.selection.clone().expect("the scenario asks");
        assert_eq!(settings.metric.as_str(), metric);
        let mut more = |variants: &[usize], range: Range<u32>| -> Result<Chunk, Unmeasured> {
            Ok(run(experiment, Some(variants.to_vec()), range))
        };
        best_variant(experiment, &settings, chunk, &mut more).unwrap()
    }

    /// Check-ins cost advisors' hours, of which fewer are better; what the comparison ran before changes nothing.
    #[test]
    fn the_cheapest_variant_is_selected_whatever_was_run_before() {
        let text = format!(
            "{THREE}[selection]\nmetric = \"advisor_hours_per_account_year\"\nindifference = 0.5\nfirst_stage = 4\n"
        );
        let experiment = small(&text);
        let metric = "advisor_hours_per_account_year";
        let none = asked(&experiment, metric, &Chunk::default());
        assert_eq!(none.selection.best, 0);
        let monthly = none.selection.candidates[1];
        assert!(monthly.behind.is_some_and(|behind| behind < -0.5), "{monthly:?}");
        assert!(monthly.ci_low < monthly.ci_high && !monthly.is_close);
        assert_eq!(none, asked(&experiment, metric, &run(&experiment, None, 0..2)));
    }

    #[test]
    fn a_replication_without_anything_to_measure_ends_the_selection() {
        let text = format!("{THREE}[selection]\nmetric = \"lighthouse_causal_saves\"\nindifference = 1\n");
        let experiment = small(&text);
        let settings = experiment.variants[0].scenario.file.selection.clone().unwrap();
        let mut more = |variants: &[usize], range: Range<u32>| -> Result<Chunk, Unmeasured> {
            Ok(run(&experiment, Some(variants.to_vec()), range.start..range.start + 2))
        };
        let found = best_variant(&experiment, &settings, &Chunk::default(), &mut more).unwrap_err();
        assert_eq!((found.variant.as_str(), found.replication), ("none", 0));
    }
}
