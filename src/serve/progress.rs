//! What is known of a run so far: the means shown first, and how sure they are.

use serde::Serialize;

use crate::base::stats::Better;
use crate::experiment::compare;
use crate::experiment::replicate::Chunk;
use crate::metrics::CATALOGUE;
use crate::output::answer;
use crate::output::results::{Results, StoppedBy};
use crate::scenario::load::Experiment;

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum State {
    /// Others go first.
    Waiting,
    /// Its replications are being run.
    Running,
    /// All replications are finished.
    Finished,
    /// Somebody stopped it, or its page is gone; what was finished is kept.
    Stopped,
    /// It could not go on.
    Failed,
}

impl State {
    /// Whether nothing more will happen.
    pub(super) fn is_over(self) -> bool {
        matches!(self, Self::Finished | Self::Stopped | Self::Failed)
    }
}

/// What is known of a run at one moment.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Progress {
    /// Its number.
    pub(super) run: u64,
    /// How far it is.
    pub(super) state: State,
    /// Replications finished.
    pub(super) done: u32,
    /// Replications asked for.
    pub(super) target: u32,
    /// Whether it ends after a few replications.
    pub(super) rough: bool,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) failure: Option<String>,
    /// The means so far.
    #[serde(flatten)]
    pub(super) means: Means,
}

/// The means of a run.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct Means {
    /// Confidence of the intervals.
    confidence: f64,
    /// The metrics shown first.
    pub(super) headline: Vec<Row>,
    /// What the means say, in sentences.
    pub(super) answers: Vec<String>,
}

/// One metric under all ways.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Row {
    metric: &'static str,
    title: &'static str,
    definition: &'static str,
    better: &'static str,
    ways: Vec<Cell>,
}

/// One metric under one way.
#[derive(Debug, Clone, Serialize)]
struct Cell {
    way: String,
    mean: Option<f64>,
    ci_low: Option<f64>,
    ci_high: Option<f64>,
    /// The mean in words; absent where there was nothing to measure.
    value: Option<String>,
    /// Its interval in words; absent for a single replication.
    interval: Option<String>,
    /// What it is more than the first way; absent for that one.
    difference: Option<Difference>,
}

/// A way minus the first one, replication by replication.
#[derive(Debug, Clone, Serialize)]
struct Difference {
    mean: Option<f64>,
    ci_low: Option<f64>,
    ci_high: Option<f64>,
    value: Option<String>,
    interval: Option<String>,
    /// `better`, `worse`, `higher`, `lower`; `unclear` where the interval holds no difference at all; `same`.
    verdict: &'static str,
}

impl Means {
    /// Estimates the metrics shown first from the replications there are.
    pub(super) fn of(experiment: &Experiment, chunk: &Chunk) -> Self {
        if chunk.is_empty() {
            return Self::default();
        }
        let results = Results { experiment, chunk, stopped_by: StoppedBy::Count, why: &[], best: None };
        let (count, baseline) = (experiment.variants.len(), experiment.baseline);
        let estimates: Vec<_> =
            (0..count).map(|variant| compare::estimates(chunk, variant, results.confidence())).collect();
        let differences = compare::differences(chunk, count, baseline, results.confidence());
        let row = |metric: usize| {
            let (definition, words) = (&CATALOGUE[metric], results.words(&CATALOGUE[metric]));
            let cell = |variant: usize| {
                let estimate = estimates[variant][metric];
                let ends = estimate.and_then(|estimate| estimate.ci_low.zip(estimate.ci_high));
                let difference = differences
                    .iter()
                    .find(|one| one.variant == variant && one.metric == metric)
                    .map(|one| {
                        let paired = &one.paired;
                        let ends = paired.ci_low.zip(paired.ci_high);
                        Difference {
                            mean: paired.mean,
                            ci_low: paired.ci_low,
                            ci_high: paired.ci_high,
                            value: paired.mean.map(|mean| words.difference(mean)),
                            interval: ends.map(|(low, high)| words.difference_interval(low, high)),
                            verdict: verdict(definition.better, paired.mean, ends),
                        }
                    });
                Cell {
                    way: experiment.variants[variant].name.clone(),
                    mean: estimate.map(|estimate| estimate.mean),
                    ci_low: ends.map(|(low, _)| low),
                    ci_high: ends.map(|(_, high)| high),
                    value: estimate.map(|estimate| words.value(estimate.mean)),
                    interval: ends.map(|(low, high)| words.interval(low, high)),
                    difference,
                }
            };
            Row {
                metric: definition.name,
                title: definition.title,
                definition: definition.definition,
                better: match definition.better {
                    Better::Higher => "higher",
                    Better::Lower => "lower",
                    Better::Neither => "neither",
                },
                ways: (0..count).map(cell).collect(),
            }
        };
        Self {
            confidence: results.confidence(),
            headline: results.headline().into_iter().map(row).collect(),
            answers: answer::answers(&results),
        }
    }
}

/// Says in a word what an interval means.
fn verdict(better: Better, mean: Option<f64>, ends: Option<(f64, f64)>) -> &'static str {
    let (Some(mean), Some((low, high))) = (mean, ends) else { return "unclear" };
    match better {
        _ if low == 0.0 && high == 0.0 => "same",
        _ if low <= 0.0 && high >= 0.0 => "unclear",
        Better::Higher if mean > 0.0 => "better",
        Better::Lower if mean < 0.0 => "better",
        Better::Higher | Better::Lower => "worse",
        Better::Neither if mean > 0.0 => "higher",
        Better::Neither => "lower",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_has_a_verdict_only_where_its_interval_leaves_out_nothing() {
        for (better, low, high, expected) in [
            (Better::Higher, 0.1, 0.3, "better"),
            (Better::Higher, -0.3, -0.1, "worse"),
            (Better::Lower, -0.3, -0.1, "better"),
            (Better::Lower, 0.1, 0.3, "worse"),
            (Better::Neither, 0.1, 0.3, "higher"),
            (Better::Higher, -0.1, 0.3, "unclear"),
            (Better::Higher, 0.0, 0.0, "same"),
        ] {
            assert_eq!(verdict(better, Some(f64::midpoint(low, high)), Some((low, high))), expected);
        }
        assert_eq!(verdict(Better::Higher, Some(1.0), None), "unclear");
    }
}
