//! Expectations: what a scenario is relied on to say, held against what it says.

use serde::Serialize;

use crate::base::stats::{Estimate, student_quantile};
use crate::experiment::arms;
use crate::experiment::compare::{difference, estimates};
use crate::experiment::digest;
use crate::experiment::replicate::Chunk;
use crate::language::{Number, Share};
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
    /// The dated change, the customers under which were compared with the rest.
    pub change: Option<String>,
    /// How the observed is held against the value.
    pub relation: Relation,
    /// What was expected.
    pub value: Figure,
    /// How far from the value is still within it.
    pub tolerance: Option<f64>,
    /// Probability, at most, that it fails although it is true; [`None`]: what was observed is all that counts.
    pub false_alarm: Option<f64>,
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
        change: expectation.change.as_ref().map(|name| name.as_str().to_owned()),
        relation: Relation::Equal,
        value: Figure::Number(0.0),
        tolerance: expectation.tolerance.map(Number::get),
        false_alarm: expectation.false_alarm.map(Share::get),
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
    let observed = match (&expectation.minus, &expectation.change) {
        (None, None) => estimates(chunk, variant, confidence)[metric],
        (None, Some(name)) => {
            let changes = &experiment.variants[variant].scenario.file.change;
            let number = changes.iter().position(|change| change.name == *name)?;
            arms::trials(chunk, variant, changes.len(), confidence)[number].differences[metric].estimate()
        }
        (Some(other), _) => {
            difference(chunk, variant, number(other.as_str())?, metric, confidence).estimate()
        }
    };
    let margin = verdict.tolerance.unwrap_or(0.0);
    Some(Verdict {
        metric: name.as_str().to_owned(),
        relation,
        value: Figure::Number(value),
        ok: observed.is_some_and(|observed| match verdict.false_alarm {
            None => holds(observed.mean, relation, value, verdict.tolerance),
            Some(rate) => !contradicts(&observed, relation, (value, margin), rate),
        }),
        observed: observed.map(|observed| Figure::Number(observed.mean)),
        ..verdict
    })
}

/// Returns whether the replications speak so clearly against a relation to a value, or to a margin around it, that a
/// true one is called false with a probability of at most `rate`.
///
/// One replication contradicts nothing. Of the two sides of `within` only the one that is missed can be called false
/// wrongly, so each is held with the whole rate.
///
/// **Source:** Student's one-sided test; Law, *Simulation Modeling and Analysis* (2015), section 4.5.
fn contradicts(observed: &Estimate, relation: Relation, (value, margin): (f64, f64), rate: f64) -> bool {
    let Some(stddev) = observed.stddev else { return false };
    let error = stddev / (observed.n as f64).sqrt();
    let slack = student_quantile(1.0 - rate, (observed.n - 1) as f64) * error;
    let margin = if relation == Relation::Equal { EQUAL_WITHIN * value.abs() } else { margin };
    let too_low = observed.mean + slack < value - margin;
    let too_high = observed.mean - slack > value + margin;
    match relation {
        Relation::AtLeast | Relation::Above => observed.mean + slack < value,
        Relation::AtMost | Relation::Below => observed.mean - slack > value,
        Relation::Equal | Relation::Within => too_low || too_high,
    }
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
    use crate::base::math::normal_quantile;
    use crate::base::random::{Purpose, Streams};

    /// Means of ten normal draws whose true mean is the value, or the edge of the margin: the hardest case of what is
    /// true. At 2 % false alarms, 4,000 tries fail 80 times in the mean, and with probability 0.999 between 53 and 111
    /// times (binomial).
    #[test]
    fn what_is_true_is_called_false_as_rarely_as_stated() {
        use Relation::{Above, AtLeast, AtMost, Below, Within};
        let streams = Streams::new(17, 0);
        let sample = |at: u32, mean: f64| -> Vec<f64> {
            let draw = |number| streams.draw(Purpose::Arrival, at, number, 0).uniform(0);
            (0..10).map(|number| mean + normal_quantile(draw(number))).collect()
        };
        for (relation, mean) in
            [(AtLeast, 1.0), (Above, 1.0), (AtMost, 1.0), (Below, 1.0), (Within, 3.0), (Within, -1.0)]
        {
            let fails = |at: &u32| {
                let estimate = Estimate::of(&sample(*at, mean), 0.95).unwrap();
                contradicts(&estimate, relation, (1.0, 2.0), 0.02)
            };
            let count = (0..4_000).filter(fails).count();
            assert!((53..=111).contains(&count), "{relation}: {count}");
        }
    }

    #[test]
    fn what_is_clearly_false_fails_and_one_replication_contradicts_nothing() {
        let estimate = Estimate::of(&[0.80, 0.81, 0.79, 0.80], 0.95).unwrap();
        assert!(contradicts(&estimate, Relation::AtLeast, (0.85, 0.0), 0.001));
        assert!(!contradicts(&estimate, Relation::AtLeast, (0.805, 0.0), 0.001));
        let single = Estimate::of(&[0.8], 0.95).unwrap();
        assert!(!contradicts(&single, Relation::AtLeast, (0.9, 0.0), 0.01));
    }

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
