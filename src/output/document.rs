//! The JSON documents: what `--json` prints and `result.json` holds.
//!
//! Their shape is a promise to scripts. A number that was not measured is `null`; there is no `NaN`.

use std::collections::BTreeMap;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::base::stats::{Estimate, holm};
use crate::experiment::compare::{self, Difference};
use crate::experiment::digest;
use crate::experiment::expect::Verdict;
use crate::experiment::fan::{self, Spread};
use crate::experiment::precision::{self, Look};
use crate::experiment::replicate::{self, Outcome};
use crate::experiment::slices;
use crate::experiment::staff::{Answer, Reached};
use crate::language::fault::Faults;
use crate::metrics::{CATALOGUE, Slice, Unit};
use crate::output::adjusted::{self, AdjustedRow};
use crate::output::parts::{SliceDifferenceRow, kind_and_name, slice_differences};
use crate::output::quantiles::Quantiles;
use crate::output::results::{Results, StoppedBy};
use crate::output::selection::SelectionDocument;
use crate::output::staffing;
use crate::output::trials::{self, ChangeRow};
use crate::output::why::{self, WhyRow};
use crate::scenario::book::BookSummary;
use crate::scenario::file::{StaffSettings, Vary};
use crate::scenario::load::Experiment;

/// The version of the documents' shape.
pub const SCHEMA_VERSION: u32 = 1;

/// The version of the program.
pub const TOOL_VERSION: &str = env!("CARGO_PKG_VERSION");

/// What every document begins with. Where a document is about several scenarios, or none was run, what
/// belongs to a run is `null`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Header {
    /// The version of the shape.
    pub schema_version: u32,
    /// The version of the program.
    pub tool_version: &'static str,
    /// The scenario's name.
    pub scenario: Option<String>,
    /// The seed.
    pub seed: Option<u64>,
    /// The number of replications.
    pub replications: Option<u32>,
    /// Days from the first to the horizon.
    pub horizon_days: Option<i32>,
    /// Accounts under contract at the start, a replication's mean under the baseline; written without a fraction
    /// where it has none.
    #[serde(serialize_with = "whole_if_it_is")]
    pub accounts: Option<f64>,
    /// Days of living accounts, a replication's mean under the baseline.
    pub account_days: Option<f64>,
    /// Events handled, a replication's mean under the baseline.
    pub events: Option<f64>,
    /// Why there are no more replications.
    pub stopped_by: Option<StoppedBy>,
    /// How sure the answer is, where a precision is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub precision: Option<Look>,
    /// The digest of all variants.
    pub digest: Option<String>,
    /// The list of real accounts the book opens with: rows read, rows left out, and what was drawn.
    pub book: Option<BookSummary>,
}

impl Header {
    /// Describes a run.
    #[must_use]
    pub fn of(results: &Results<'_>) -> Self {
        let Results { experiment, chunk, stopped_by, .. } = *results;
        let mean = |count: fn(&Outcome) -> u64| Some(chunk.mean_count(experiment.baseline, count));
        Self {
            scenario: Some(experiment.name.clone()),
            seed: Some(experiment.seed),
            replications: Some(chunk.len()),
            horizon_days: Some(results.baseline().scenario.horizon.0),
            accounts: mean(|outcome| u64::from(outcome.accounts)),
            account_days: mean(|outcome| outcome.account_days),
            events: mean(|outcome| outcome.events),
            stopped_by: Some(stopped_by),
            precision: precision::look(experiment, chunk),
            digest: Some(results.digest()),
            book: experiment.book.clone(),
            ..Self::default()
        }
    }
}

impl Default for Header {
    /// Describes what is no single run.
    fn default() -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            tool_version: TOOL_VERSION,
            scenario: None,
            seed: None,
            replications: None,
            horizon_days: None,
            accounts: None,
            account_days: None,
            events: None,
            stopped_by: None,
            precision: None,
            digest: None,
            book: None,
        }
    }
}

/// Writes a number that is whole as an integer.
fn whole_if_it_is<S: Serializer>(number: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    match number {
        Some(number) if number.fract() == 0.0 && *number >= 0.0 => serializer.serialize_u64(*number as u64),
        number => number.serialize(serializer),
    }
}

/// The document of `run`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunDocument {
    /// What every document begins with.
    #[serde(flatten)]
    pub header: Header,
    /// All metrics.
    pub metrics: Metrics,
    /// Quantiles of all metrics over replications.
    pub quantiles: Quantiles,
    /// All metrics by segment and by program; only where there are several.
    #[serde(skip_serializing_if = "By::is_empty")]
    pub by: By,
    /// Dated changes: those under each against the rest; only where there are any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<ChangeRow>,
    /// `advisor_hours_per_account_year` by kind of touchpoint.
    pub advisor_hours_by_touchpoint: Vec<HoursRow>,
    /// Retention of the opening book by renewal quarter, over replications.
    pub renewal_quarters: Vec<QuarterRow>,
    /// The means with luck taken out, of metrics of which it can be.
    pub control_variates: Vec<AdjustedRow>,
}

/// Advisor hours of one kind of work.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HoursRow {
    /// The touchpoint; `null`: assessments, Lighthouse, watching over accounts and upkeep.
    pub touchpoint: Option<String>,
    /// Hours for each year of an account under contract.
    #[serde(flatten)]
    pub hours: Option<EstimateRow>,
}

fn hours_rows(results: &Results<'_>, variant: usize) -> Vec<HoursRow> {
    let scenario = &results.experiment.variants[variant].scenario;
    let mut kinds: Vec<Option<String>> = Vec::new();
    for name in replicate::touchpoint_names(scenario).into_iter().flatten() {
        if !kinds.iter().any(|known| known.as_deref() == Some(name)) {
            kinds.push(Some(name.to_owned()));
        }
    }
    kinds.push(None);
    let row = |(at, touchpoint): (usize, Option<String>)| {
        let hours: Vec<f64> =
            results.chunk.of(variant).filter_map(|outcome| outcome.hours.get(at).copied()).collect();
        let estimate = Estimate::of(&hours, results.confidence());
        HoursRow {
            touchpoint,
            hours: estimate.map(|estimate| EstimateRow::of(estimate, Unit::HoursPerAccountYear)),
        }
    };
    kinds.into_iter().enumerate().map(row).collect()
}

/// The document of `staff`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StaffDocument {
    /// What every document begins with: of the run that gave the answer, but for the digest, which is of all sizes tried.
    #[serde(flatten)]
    pub header: Header,
    /// The sizes that were tried, smallest first.
    pub answers: Vec<StaffRow>,
    /// The smallest team that reaches all targets; `null` where none does, or the book is varied.
    pub smallest: Option<u32>,
    /// The largest book that the team carries; `null` where there is none, or the team is varied.
    pub largest: Option<u32>,
}

/// One size of a team, or of a book.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StaffRow {
    /// Advisors at the start.
    pub advisors: u32,
    /// Accounts of the opening book.
    pub accounts: u32,
    /// Accounts for an advisor.
    pub accounts_per_advisor: f64,
    /// Cost of the advisors at the start, a year.
    pub cost_per_year: f64,
    /// All metrics.
    pub metrics: Metrics,
    /// The targets and how far it comes.
    pub targets: Vec<Reached>,
    /// Whether it reaches all of them.
    pub meets: bool,
}

impl StaffDocument {
    /// Describes the answers to a staffing question.
    #[must_use]
    pub fn of(
        header: Header,
        question: &StaffSettings,
        answers: &[Answer],
        found: Option<u32>,
        experiment: &Experiment,
    ) -> Self {
        let scenario = &experiment.variants[experiment.baseline].scenario;
        let row = |answer: &Answer| {
            let advisors = staffing::advisors(experiment, question, answer.size);
            let varies_accounts = question.vary == Vary::Accounts;
            StaffRow {
                advisors,
                accounts: if varies_accounts { answer.size } else { scenario.opening_accounts() },
                accounts_per_advisor: staffing::accounts_per_advisor(experiment, question, answer.size),
                cost_per_year: f64::from(advisors) * scenario.file.value.advisor_cost.get(),
                metrics: Metrics(answer.metrics.clone()),
                targets: answer.targets.clone(),
                meets: answer.meets,
            }
        };
        Self {
            header,
            answers: answers.iter().map(row).collect(),
            smallest: found.filter(|_| question.vary == Vary::Advisors),
            largest: found.filter(|_| question.vary == Vary::Accounts),
        }
    }
}

/// Retention of the opening book in one calendar quarter.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct QuarterRow {
    /// The quarter, such as `2024 Q1`.
    pub quarter: String,
    /// Recurring revenue up for renewal, a replication's mean.
    pub up: f64,
    /// The share renewed: the 10 % point over replications.
    pub p10: f64,
    /// The median over replications.
    pub p50: f64,
    /// The 90 % point over replications.
    pub p90: f64,
    /// Replications in which something came up.
    pub n: usize,
}

fn quarter_rows(results: &Results<'_>, variant: usize) -> Vec<QuarterRow> {
    let row = |Spread { number, up, low, median, high, n }| {
        let quarter = fan::name(number);
        QuarterRow { quarter, up, p10: low, p50: median, p90: high, n }
    };
    fan::fan(results.chunk, variant).into_iter().map(row).collect()
}

/// Estimates of all metrics in the order of the catalogue, written as an object from name to estimate.
#[derive(Debug, Clone, PartialEq)]
pub struct Metrics(pub Vec<Option<Estimate>>);

impl Serialize for Metrics {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (metric, estimate) in CATALOGUE.iter().zip(&self.0) {
            map.serialize_entry(
                metric.name,
                &estimate.map(|estimate| EstimateRow::of(estimate, metric.unit)),
            )?;
        }
        map.end()
    }
}

/// An estimate and its unit.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EstimateRow {
    mean: f64,
    stddev: Option<f64>,
    ci_low: Option<f64>,
    ci_high: Option<f64>,
    confidence: f64,
    n: usize,
    unit: &'static str,
}

impl EstimateRow {
    /// Describes an estimate of a metric counted in `unit`.
    #[must_use]
    pub fn of(estimate: Estimate, unit: Unit) -> Self {
        let Estimate { mean, stddev, ci_low, ci_high, confidence, n } = estimate;
        Self { mean, stddev, ci_low, ci_high, confidence, n, unit: unit.name() }
    }
}

/// From the kind of slice to its slices by name: `segment` and `program`, each only where there are several.
pub type By = BTreeMap<&'static str, BTreeMap<String, SliceRow>>;

/// One segment or program.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SliceRow {
    /// All metrics.
    pub metrics: Metrics,
    /// How often its accounts moved to another program or team.
    pub transfers: Option<EstimateRow>,
}

/// Cohorts are many, so they stand in the table of slices alone.
fn by(results: &Results<'_>, variant: usize) -> By {
    let scenario = &results.experiment.variants[variant].scenario;
    let mut by = By::new();
    for one in slices::estimates(results.chunk, variant, results.confidence()) {
        if matches!(one.slice, Slice::Segment(_) | Slice::Program(_)) {
            let (kind, name) = kind_and_name(one.slice, scenario);
            let transfers = one.transfers.map(|estimate| EstimateRow::of(estimate, Unit::Count));
            let row = SliceRow { metrics: Metrics(one.metrics), transfers };
            by.entry(kind).or_default().insert(name, row);
        }
    }
    by.retain(|_, slices| slices.len() > 1);
    by
}

/// The document of `compare`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CompareDocument {
    /// What every document begins with.
    #[serde(flatten)]
    pub header: Header,
    /// The name of the variant the others are compared with.
    pub baseline: String,
    /// All variants in the order of the file.
    pub variants: Vec<VariantRow>,
    /// Every variant minus the baseline, by variant, then by metric.
    pub differences: Vec<DifferenceRow>,
    /// The same for segments, programs and cohorts on the metrics shown first, where there are several of a kind.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub slice_differences: Vec<SliceDifferenceRow>,
    /// Means and differences with luck taken out, of metrics of which it can be.
    pub control_variates: Vec<AdjustedRow>,
    /// How much luck at renewals each variant can share with the baseline at best.
    pub ceilings: Vec<CeilingRow>,
    /// Which variant is best; only where the scenario asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selection: Option<SelectionDocument>,
    /// Why they differ; only where it was asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub why: Vec<WhyRow>,
}

/// One variant.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VariantRow {
    /// Its name.
    pub name: String,
    /// Its own digest, whatever other variants there are.
    pub digest: String,
    /// All metrics.
    pub metrics: Metrics,
    /// Quantiles of all metrics over replications.
    pub quantiles: Quantiles,
    /// All metrics by segment and by program; only where there are several.
    #[serde(skip_serializing_if = "By::is_empty")]
    pub by: By,
    /// Dated changes: those under each against the rest; only where there are any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<ChangeRow>,
    /// Retention of the opening book by renewal quarter, over replications.
    pub renewal_quarters: Vec<QuarterRow>,
}

/// One metric's difference of one variant from the baseline.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DifferenceRow {
    /// The variant.
    pub variant: String,
    /// The metric.
    pub metric: &'static str,
    /// Mean of variant minus baseline.
    pub mean: Option<f64>,
    /// Lower end of its interval.
    pub ci_low: Option<f64>,
    /// Upper end of its interval.
    pub ci_high: Option<f64>,
    /// With this confidence the intervals of all variants hold together.
    pub confidence: f64,
    /// Student-t probability that the true mean improves.
    pub p_better: Option<f64>,
    /// Student-t probability of a difference as large as this one if there is none.
    pub p: Option<f64>,
    /// The same, adjusted for all variants and all metrics shown first being tested together (Holm); `null` for others.
    pub p_holm: Option<f64>,
    /// Correlation of variant and baseline over replications.
    pub correlation: Option<f64>,
    /// How many times fewer replications than with independent draws.
    pub variance_reduction: Option<f64>,
    /// Complete pairs.
    pub n: usize,
    /// How many pairs are enough for the interval to hold the truth about as often as it says; `null` where nothing varies.
    pub n_enough: Option<usize>,
    /// Pairs in which a side has nothing to measure.
    pub n_missing: usize,
}

/// The best that one shared uniform a renewal can do for losses by churn.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CeilingRow {
    /// The variant.
    pub variant: String,
    /// How many times fewer replications at best; `null` without bound.
    pub variance_reduction: Option<f64>,
    /// The highest correlation; `null` where no renewal was left to luck.
    pub correlation: Option<f64>,
}

/// The document of `test`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TestDocument {
    /// What every document begins with.
    #[serde(flatten)]
    pub header: Header,
    /// How many expectations hold.
    pub passed: usize,
    /// How many do not.
    pub failed: usize,
    /// All of them, by file, then in the order of the file.
    pub expectations: Vec<ExpectationRow>,
    /// The lists of real accounts that scenarios open with.
    pub books: Vec<BookRow>,
}

/// The list of real accounts that one scenario opens with.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BookRow {
    /// The scenario's file.
    pub scenario_file: String,
    /// What was read of the list.
    #[serde(flatten)]
    pub book: BookSummary,
}

/// One expectation of one file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExpectationRow {
    /// The file.
    pub file: String,
    /// What became of it.
    #[serde(flatten)]
    pub verdict: Verdict,
}

/// The document of `check`.
#[derive(Debug, Clone, Serialize)]
pub struct CheckDocument {
    /// What every document begins with.
    #[serde(flatten)]
    pub header: Header,
    /// How many files were looked at.
    pub files: usize,
    /// All faults, by file and place.
    pub faults: Faults,
    /// The lists of real accounts that scenarios without a fault open with.
    pub books: Vec<BookRow>,
}

impl RunDocument {
    /// Makes the document of the baseline, which is the whole experiment of a `run`.
    #[must_use]
    pub fn of(results: &Results<'_>) -> Self {
        let estimates = compare::estimates(results.chunk, results.experiment.baseline, results.confidence());
        let renewal_quarters = quarter_rows(results, results.experiment.baseline);
        let by = by(results, results.experiment.baseline);
        let advisor_hours_by_touchpoint = hours_rows(results, results.experiment.baseline);
        Self {
            header: Header::of(results),
            metrics: Metrics(estimates),
            quantiles: Quantiles::of(results, results.experiment.baseline),
            by,
            changes: trials::rows(results, results.experiment.baseline),
            advisor_hours_by_touchpoint,
            renewal_quarters,
            control_variates: adjusted::rows(results),
        }
    }
}

/// Returns Holm's adjusted p of each difference on one of `metrics`; all of them are tested together.
fn adjusted(differences: &[Difference], metrics: &[usize]) -> Vec<Option<f64>> {
    let is_tested = |difference: &Difference| metrics.contains(&difference.metric);
    let p = |difference: &Difference| difference.paired.p_two_sided().filter(|_| is_tested(difference));
    let tested: Vec<Option<f64>> = differences.iter().map(p).collect();
    let mut adjusted = holm(&tested.iter().copied().flatten().collect::<Vec<_>>()).into_iter();
    tested.into_iter().map(|p| p.and_then(|_| adjusted.next())).collect()
}

impl CompareDocument {
    /// Makes the document of all variants.
    #[must_use]
    pub fn of(results: &Results<'_>) -> Self {
        let Results { experiment, chunk, .. } = *results;
        let (count, baseline, confidence) =
            (experiment.variants.len(), experiment.baseline, results.confidence());
        let name = |variant: usize| experiment.variants[variant].name.clone();
        let variants = (0..count).map(|variant| VariantRow {
            name: name(variant),
            digest: digest::of_variant(chunk, variant),
            metrics: Metrics(compare::estimates(chunk, variant, confidence)),
            quantiles: Quantiles::of(results, variant),
            by: by(results, variant),
            changes: trials::rows(results, variant),
            renewal_quarters: quarter_rows(results, variant),
        });
        let differences = compare::differences(chunk, count, baseline, confidence);
        let adjusted = adjusted(&differences, &results.headline());
        let differences = differences.into_iter().zip(adjusted);
        let differences = differences.map(|(difference, p_holm)| DifferenceRow {
            variant: name(difference.variant),
            metric: CATALOGUE[difference.metric].name,
            mean: difference.paired.mean,
            ci_low: difference.paired.ci_low,
            ci_high: difference.paired.ci_high,
            confidence,
            p_better: difference.paired.p_better,
            p: difference.paired.p_two_sided(),
            p_holm,
            correlation: difference.paired.correlation,
            variance_reduction: difference.paired.variance_reduction,
            n: difference.paired.n,
            n_enough: difference.paired.n_enough,
            n_missing: difference.paired.n_missing,
        });
        let ceilings = compare::ceilings(chunk, count, baseline).into_iter().map(|row| CeilingRow {
            variant: name(row.variant),
            variance_reduction: row.ceiling.and_then(|ceiling| ceiling.variance_reduction),
            correlation: row.ceiling.map(|ceiling| ceiling.correlation),
        });
        Self {
            header: Header::of(results),
            baseline: name(baseline),
            variants: variants.collect(),
            differences: differences.collect(),
            slice_differences: slice_differences(results),
            control_variates: adjusted::rows(results),
            ceilings: ceilings.collect(),
            selection: SelectionDocument::of(results),
            why: why::rows(results),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_an_integer_when_they_are_whole() {
        let written = |accounts| {
            let header = Header { accounts, ..Header::default() };
            serde_json::to_value(header).unwrap()["accounts"].to_string()
        };
        assert_eq!(written(Some(120.0)), "120");
        assert_eq!(written(Some(119.5)), "119.5");
        assert_eq!(written(None), "null");
    }
}
