//! The results of a run: what was run and what its replications left behind.

use serde::Serialize;

use crate::base::stats::Better;
use crate::experiment::best::BestVariant;
use crate::experiment::digest;
use crate::experiment::replicate::Chunk;
use crate::experiment::why::Why;
use crate::language::AssumptionUse;
use crate::metrics::{self, CATALOGUE, MetricDefinition};
use crate::output::words::Words;
use crate::scenario::load::{Experiment, Variant};

/// Why no further replication was run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StoppedBy {
    /// The number of replications was reached.
    Count,
    /// The interval was as narrow as asked.
    Precision,
    /// The time cap was met.
    Time,
    /// Somebody interrupted the run.
    Interruption,
}

/// An experiment and its replications.
#[derive(Debug, Clone, Copy)]
pub struct Results<'a> {
    /// What was run.
    pub experiment: &'a Experiment,
    /// All replications, from the first.
    pub chunk: &'a Chunk,
    /// Why there are no more.
    pub stopped_by: StoppedBy,
    /// Why the variants differ, where it was asked for.
    pub why: &'a [Why],
    /// The best variant, where the scenario asks for it and `compare` found it.
    pub best: Option<&'a BestVariant>,
}

/// Metrics shown first where a scenario names none.
const HEADLINE: [&str; 6] = [
    "gross_revenue_retention",
    "net_revenue_retention",
    "logo_retention",
    "utilization_mean",
    "advisor_hours_per_account_year",
    "lighthouse_entries",
];

impl<'a> Results<'a> {
    /// Returns the variant the others are compared with.
    #[must_use]
    pub fn baseline(&self) -> &'a Variant {
        &self.experiment.variants[self.experiment.baseline]
    }

    /// Returns the confidence of intervals.
    #[must_use]
    pub fn confidence(&self) -> f64 {
        self.baseline().scenario.file.confidence.get()
    }

    /// Returns how numbers of `metric` are written.
    #[must_use]
    pub fn words(&self, metric: &MetricDefinition) -> Words<'a> {
        Words { unit: metric.unit, currency: self.baseline().scenario.file.currency.as_str() }
    }

    /// Returns the metrics shown first, as indices into the catalogue.
    #[must_use]
    pub fn headline(&self) -> Vec<usize> {
        let named = &self.baseline().scenario.file.headline;
        if named.is_empty() {
            HEADLINE.into_iter().filter_map(metrics::position).collect()
        } else {
            named.iter().filter_map(|name| metrics::position(name.as_str())).collect()
        }
    }

    /// Returns the metric that the answer is about: the first one shown that can be better or worse.
    #[must_use]
    pub fn answered(&self) -> Option<usize> {
        let headline = self.headline();
        let has_direction = |&&metric: &&usize| CATALOGUE[metric].better != Better::Neither;
        headline.iter().find(has_direction).or(headline.first()).copied()
    }

    /// Returns the assumptions that were used, each once, in the order of variants and of their use.
    #[must_use]
    pub fn assumptions(&self) -> Vec<&'a AssumptionUse> {
        let mut uses: Vec<&AssumptionUse> = Vec::new();
        for used in self.experiment.variants.iter().flat_map(|variant| &variant.scenario.assumptions) {
            if !uses.contains(&used) {
                uses.push(used);
            }
        }
        uses
    }

    /// Returns the digest of all variants.
    #[must_use]
    pub fn digest(&self) -> String {
        digest::of_all(self.chunk, self.experiment.variants.iter().map(|variant| variant.name.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_metrics_shown_first_are_in_the_catalogue() {
        assert!(HEADLINE.into_iter().all(|name| metrics::find(name).is_some()));
    }
}
