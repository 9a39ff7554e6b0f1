//! Expectations: what a scenario is relied on to say, held against what it says.

use serde::Serialize;

use crate::experiment::compare::{difference, estimates};
use crate::experiment::digest;
use crate::experiment::replicate::Chunk;
use crate::language::Number;
use crate::metrics;
use crate::scenario::file::{Expectation, Relation};
use crate::scenario::load::Experiment;

/// A number, or the text of a digest.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Figure {
    /// In the metric's unit.
    Number(f64),
    /// A digest.
    Text(String),
}

/// One expectation and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verdict {
    /// The metric, or `digest`.
    pub metric: String,
    /// The variant it was observed in.
    pub variant: String,
    /// The variant that was taken off, replication by replication.
    pub minus: Option<String>,
    /// How the observed is held against the value.
    pub relation: Relation,
    /// What was expected.
    pub value: Figure,
    /// How far from the value is still within it.
    pub tolerance: Option<f64>,
    /// What was observed: the mean over replications; [`None`] where there was nothing to measure.
    pub observed: Option<Figure>,
    /// Whether the expectation holds.
    pub ok: bool,
    /// Why it is relied on.
    pub because: Option<String>,
}

/// A relation's equality allows for this share of the value: numbers in a file are rounded.
const EQUAL_WITHIN: f64 = 1e-6;

/// Judges all expectations of `experiment` by the replications in `chunk`, in the order of the file.
///
/// An expectation that says neither what to observe nor what to hold it against is refused when the
/// scenario is checked, and passed over here.
#[must_use]
pub fn judge(experiment: &Experiment, chunk: &Chunk) -> Vec<Verdict> {
    let baseline = &experiment.variants[experiment.baseline];
    let expectations = baseline.scenario.file.expect.iter();
    expectations.filter_map(|expectation| judge_one(experiment, chunk, expectation)).collect()
}

fn judge_one(experiment: &Experiment, chunk: &Chunk, expectation: &Expectation) -> Option<Verdict> {
    let number = |name: &str| experiment.variants.iter().position(|variant| variant.name == name);
    let variant = match &expectation.variant {
        None => experiment.baseline,
        Some(name) => number(name.as_str())?,
    };
    let verdict = Verdict {
        metric: "digest".to_owned(),
        variant: experiment.variants[variant].name.clone(),
        minus: expectation.minus.as_ref().map(|name| name.as_str().to_owned()),
        relation: Relation::Equal,
        value: Figure::Number(0.0),
        tolerance: expectation.tolerance.map(Number::get),
        observed: None,
        ok: false,
        because: expectation.because.as_ref().map(|text| text.as_str().to_owned()),
    };
    if let Some(expected) = &expectation.digest {
        let observed = digest::of_variant(chunk, variant);
        return Some(Verdict {
            ok: observed == expected.as_str(),
            value: Figure::Text(expected.as_str().to_owned()),
            observed: Some(Figure::Text(observed)),
            ..verdict
        });
    }
    let (name, relation, value) =
        (expectation.metric.as_ref()?, expectation.relation?, expectation.value?.get());
    let metric = metrics::position(name.as_str())?;
    let confidence = experiment.variants[variant].scenario.file.confidence.get();
    let observed = match &expectation.minus {
        None => estimates(chunk, variant, confidence)[metric].map(|estimate| estimate.mean),
        Some(other) => difference(chunk, variant, number(other.as_str())?, metric, confidence).mean,
    };
    Some(Verdict {
        metric: name.as_str().to_owned(),
        relation,
        value: Figure::Number(value),
        ok: observed.is_some_and(|observed| holds(observed, relation, value, verdict.tolerance)),
        observed: observed.map(Figure::Number),
        ..verdict
    })
}

/// Returns whether `observed` stands in `relation` to `value`.
#[must_use]
pub fn holds(observed: f64, relation: Relation, value: f64, tolerance: Option<f64>) -> bool {
    match relation {
        Relation::AtLeast => observed >= value,
        Relation::AtMost => observed <= value,
        Relation::Above => observed > value,
        Relation::Below => observed < value,
        Relation::Equal => (observed - value).abs() <= EQUAL_WITHIN * value.abs(),
        Relation::Within => (observed - value).abs() <= tolerance.unwrap_or(0.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relations_hold_at_their_edges_as_they_say() {
        use Relation::{Above, AtLeast, AtMost, Below, Equal, Within};
        #[rustfmt::skip]
        let cases = [
            // observed, relation, value, tolerance, holds
            (0.85,      AtLeast,  0.85,  None,       true),
            (0.85,      Above,    0.85,  None,       false),
            (0.85,      AtMost,   0.85,  None,       true),
            (0.85,      Below,    0.85,  None,       false),
            (0.8499,    AtLeast,  0.85,  None,       false),
            (0.8501,    AtMost,   0.85,  None,       false),
            (1000.0009, Equal,    1000.0, None,      true),
            (1000.002,  Equal,    1000.0, None,      false),
            (0.0,       Equal,    0.0,   None,       true),
            (1e-9,      Equal,    0.0,   None,       false),
            (-3.0,      Within,   -2.5,  Some(0.5),  true),
            (-3.1,      Within,   -2.5,  Some(0.5),  false),
        ];
        for (observed, relation, value, tolerance, expected) in cases {
            assert_eq!(
                holds(observed, relation, value, tolerance),
                expected,
                "{observed} {relation} {value} {tolerance:?}"
            );
        }
    }
}
