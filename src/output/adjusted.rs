//! Luck at renewals and expansions taken out: the adjusted means beside the plain ones, and what that gains.

use serde::Serialize;

use crate::base::stats::ControlledMean;
use crate::experiment::control;
use crate::metrics::CATALOGUE;
use crate::metrics::luck::Control;
use crate::output::answer::lower_first;
use crate::output::results::Results;
use crate::output::words::{Words, digits};

/// From what on a gain is worth a word: fewer replications by this factor.
const WORTH_SAYING: f64 = 1.05;

/// A mean, or a mean difference from the baseline, with luck taken out by control variates.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AdjustedRow {
    /// The variant.
    pub variant: String,
    /// The variant it is compared with; `null`: the mean itself.
    pub minus: Option<String>,
    /// The metric.
    pub metric: &'static str,
    /// The adjusted mean.
    pub mean: f64,
    /// Lower end of its interval.
    pub ci_low: f64,
    /// Upper end of its interval.
    pub ci_high: f64,
    /// Confidence of the interval; those of all variants' differences hold together.
    pub confidence: f64,
    /// How many times fewer replications than without controls; below 1 they cost more than they bring,
    /// `null`: nothing is left to chance.
    pub gain: Option<f64>,
    /// Number of controls that vary.
    pub controls: usize,
    /// Replications.
    pub n: usize,
}

/// Returns the adjusted means of all variants, then the differences from the baseline, of every metric that
/// has controls.
#[must_use]
pub fn rows(results: &Results<'_>) -> Vec<AdjustedRow> {
    let Results { experiment, chunk, .. } = *results;
    let name = |variant: usize| experiment.variants[variant].name.clone();
    let mut rows = Vec::new();
    let mut add = |variant, minus: Option<usize>, metric: usize, mean: Option<ControlledMean>| {
        rows.extend(mean.map(|mean| AdjustedRow {
            variant: name(variant),
            minus: minus.map(name),
            metric: CATALOGUE[metric].name,
            mean: mean.mean,
            ci_low: mean.ci_low,
            ci_high: mean.ci_high,
            confidence: results.confidence(),
            gain: mean.gain,
            controls: mean.controls,
            n: mean.n,
        }));
    };
    let metrics: Vec<usize> = (0..CATALOGUE.len()).filter(|&metric| has_controls(metric)).collect();
    for variant in 0..experiment.variants.len() {
        for &metric in &metrics {
            add(variant, None, metric, control::mean(chunk, variant, metric, results.confidence()));
        }
    }
    let baseline = experiment.baseline;
    let differences = |metric| {
        control::differences(chunk, experiment.variants.len(), baseline, metric, results.confidence())
    };
    for &metric in &metrics {
        let others = (0..experiment.variants.len()).filter(|&variant| variant != baseline);
        for (variant, mean) in others.zip(differences(metric)) {
            add(variant, Some(baseline), metric, mean);
        }
    }
    rows
}

/// Shows the adjusted means of the baseline's metrics shown first, beneath the plain ones.
#[must_use]
pub fn run(results: &Results<'_>) -> String {
    let mut lines = String::new();
    for metric in results.headline().into_iter().filter(|&metric| has_controls(metric)) {
        let baseline = results.experiment.baseline;
        let Some(mean) = control::mean(results.chunk, baseline, metric, results.confidence()) else {
            continue;
        };
        let words = results.words(&CATALOGUE[metric]);
        let title = lower_first(CATALOGUE[metric].title);
        let found = match gained(&mean) {
            Some(gained) => {
                format!(
                    "{} ({}), {gained}",
                    words.value(mean.mean),
                    words.interval(mean.ci_low, mean.ci_high)
                )
            }
            None => "no surer".to_owned(),
        };
        lines.push_str(&format!("  {title}: {found}\n"));
    }
    if lines.is_empty() {
        return lines;
    }
    format!("With the luck of renewals and expansions taken out (control variates):\n{lines}\n")
}

/// Says what a difference on `metric` is with luck taken out, where anything can be; `mean` is what control variates
/// make of it.
#[must_use]
pub(super) fn sentence(metric: usize, words: Words<'_>, mean: Option<&ControlledMean>) -> String {
    let Some(mean) = mean.filter(|_| has_controls(metric)) else { return String::new() };
    match gained(mean) {
        None => " Taking the luck of renewals out makes it no surer.".to_owned(),
        Some(gained) => format!(
            " With the luck of renewals taken out: {} ({}), {gained}.",
            words.difference(mean.mean),
            words.difference_interval(mean.ci_low, mean.ci_high),
        ),
    }
}

fn has_controls(metric: usize) -> bool {
    !Control::of(CATALOGUE[metric].name).is_empty()
}

/// Says what the controls gain; [`None`]: nothing worth a word.
fn gained(mean: &ControlledMean) -> Option<String> {
    match mean.gain {
        None => Some("nothing left to chance".to_owned()),
        Some(gain) if gain < WORTH_SAYING => None,
        Some(gain) => {
            let decimals = usize::from(gain < 10.0);
            Some(format!("as sure as with {} times the replications", digits(gain, decimals)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{Unit, position};

    fn mean(gain: Option<f64>) -> ControlledMean {
        let (mean, ci_low, ci_high) = (0.012, 0.008, 0.016);
        ControlledMean { mean, ci_low, ci_high, confidence: 0.95, stddev: 0.02, gain, n: 100, controls: 2 }
    }

    #[test]
    fn what_control_variates_gain_is_said_and_so_is_that_they_do_not() {
        let gross = position("gross_revenue_retention").unwrap();
        let words = Words { unit: Unit::Fraction, currency: "USD" };
        let said = |gain| sentence(gross, words, Some(&mean(gain)));
        assert_eq!(
            said(Some(4.04)),
            " With the luck of renewals taken out: +1.2 points (+0.8 to +1.6 points), as sure as with 4.0 times the \
             replications."
        );
        assert!(said(Some(0.98)).ends_with("makes it no surer."), "{}", said(Some(0.98)));
        assert!(said(None).contains("nothing left to chance"));
        assert_eq!(sentence(position("utilization_mean").unwrap(), words, None), "");
    }
}
