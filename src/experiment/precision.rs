//! Precision: replications are added until an interval is as narrow as asked.
//!
//! The rule is the usual sequential one: after every batch the interval is made from all replications so far, and the
//! run ends when its half-width is small enough. A relative half-width is held against the true mean, which lies up to
//! a half-width away from the mean seen: `half-width / |mean| <= g / (1 + g)`.
//!
//! Where the scenario asks for it, the interval is the one with luck taken out ([`control`]).
//!
//! **Source:** Law, *Simulation Modeling and Analysis* (2015), section 9.4.1, obtaining a specified precision.

use serde::Serialize;

use crate::base::stats::{self, ControlledMean, Estimate, PairedDifference};
use crate::experiment::replicate::Chunk;
use crate::experiment::{compare, control};
use crate::metrics;
use crate::scenario::load::Experiment;
use crate::scenario::precision::PrecisionSettings;

/// An interval held against the width that is asked for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Look {
    /// The metric.
    pub metric: String,
    /// Half-width of the interval, of several the widest; [`None`]: nothing that could have one.
    pub half_width: Option<f64>,
    /// Half-width that is asked for.
    pub asked: Option<f64>,
    /// Replications that would do if the variance stays what it is.
    pub needed: Option<u32>,
    /// Half-width that the largest number of replications would give if the variance stays what it is.
    #[serde(skip)]
    pub reachable: Option<f64>,
    /// Whether the interval is narrow enough.
    pub reached: bool,
    /// Replications behind the plain interval; of several intervals, behind the one that needs most of them to be [enough](Self::n_enough).
    pub n: usize,
    /// How many are enough for that interval to hold the truth about as often as it says; [`None`]: nothing varies.
    pub n_enough: Option<usize>,
    /// Whether it is an interval with luck taken out.
    pub control_variates: bool,
}

/// Looks at the interval that the replications so far give; [`None`] where no precision is asked for.
#[must_use]
pub fn look(experiment: &Experiment, chunk: &Chunk) -> Option<Look> {
    let file = &experiment.variants[experiment.baseline].scenario.file;
    let settings = file.precision.as_ref()?;
    let metric = metrics::position(settings.metric.as_str())?;
    let confidence = file.confidence.get();
    let (variants, baseline) = (experiment.variants.len(), experiment.baseline);
    let (plain, controlled): (Vec<Plain>, Vec<Option<ControlledMean>>) = if variants == 1 {
        let measured: Vec<f64> = chunk.column(baseline, metric).into_iter().flatten().collect();
        let mean = (Estimate::of(&measured, confidence), measured.len(), stats::n_enough(&measured));
        (vec![mean], vec![control::mean(chunk, baseline, metric, confidence)])
    } else {
        let differences = compare::differences(chunk, variants, baseline, confidence);
        let differences = differences.iter().filter(|difference| difference.metric == metric);
        let controlled = control::differences(chunk, variants, baseline, metric, confidence);
        let plain = |paired: &PairedDifference| (paired.estimate(), paired.n, paired.n_enough);
        (differences.map(|difference| plain(&difference.paired)).collect(), controlled)
    };
    let (n, n_enough) = plain
        .iter()
        .map(|&(_, n, n_enough)| (n, n_enough))
        .max_by_key(|&(_, n_enough)| n_enough)
        .unwrap_or_default();
    // Where nothing varies no luck can be taken out either, and the plain interval holds.
    let asked = controlled.iter().map(|mean| mean.as_ref().filter(|_| settings.control_variates));
    let estimates: Vec<Option<Estimate>> =
        asked.zip(plain).map(|(mean, (plain, ..))| mean.map(ControlledMean::estimate).or(plain)).collect();
    let is_adjusted = settings.control_variates && controlled.iter().all(Option::is_some);
    Some(Look { n, n_enough, control_variates: is_adjusted, ..judge(settings, &estimates) })
}

/// An interval, of how many replications it is, and how many are enough.
type Plain = (Option<Estimate>, usize, Option<usize>);

/// Holds the widest of some intervals against the width that is asked for.
fn judge(settings: &PrecisionSettings, estimates: &[Option<Estimate>]) -> Look {
    let mut look = Look {
        metric: settings.metric.as_str().to_owned(),
        half_width: None,
        asked: None,
        needed: None,
        reachable: None,
        reached: !estimates.is_empty(),
        n: 0,
        n_enough: None,
        control_variates: false,
    };
    for estimate in estimates {
        let Some(Estimate { mean, stddev: Some(stddev), ci_low: Some(low), confidence, .. }) = *estimate
        else {
            return Look { half_width: None, needed: None, reached: false, ..look };
        };
        let half_width = mean - low;
        let relative = settings.relative.map(|share| share.get() / (1.0 + share.get()) * mean.abs());
        let asked = settings.half_width.map(crate::language::Margin::get).or(relative).unwrap_or(0.0);
        look.reached &= half_width <= asked;
        if look.half_width.is_none_or(|widest| half_width - asked > widest - look.asked.unwrap_or(0.0)) {
            look.half_width = Some(half_width);
            look.asked = Some(asked);
            look.needed = stats::replications_for(stddev, confidence, asked);
            look.reachable = Some(stats::half_width_with(stddev, confidence, settings.most.get().max(2)));
        }
    }
    look
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::{Count, Margin, Name, Share};

    fn settings(half_width: Option<f64>, relative: Option<f64>) -> PrecisionSettings {
        PrecisionSettings {
            metric: Name::parse("net_value").unwrap(),
            half_width: half_width.map(Margin::of),
            relative: relative.map(Share::of),
            batch: Count::of(1),
            most: Count::of(1_000),
            time_cap: None,
            control_variates: false,
        }
    }

    /// Law's ten replications at 90 %: the half-width is 0.322, 16 replications would do for 0.25, 27 for a tenth.
    #[test]
    fn a_textbook_sample_needs_as_many_replications_as_the_textbook_says() {
        let sample = [1.53, 1.66, 1.24, 2.34, 2.00, 1.69, 2.69, 2.86, 1.70, 2.60];
        let estimate = Estimate::of(&sample, 0.90);
        let absolute = judge(&settings(Some(0.25), None), &[estimate]);
        assert!((absolute.half_width.unwrap() - 0.322).abs() < 5e-4);
        assert_eq!((absolute.needed, absolute.reached), (Some(16), false));
        // With 1,000 replications the quantile is 1.6464, the standard deviation the square root of 0.3091.
        assert!((absolute.reachable.unwrap() - 1.6464 * 0.3091_f64.sqrt() / 1_000_f64.sqrt()).abs() < 1e-5);
        let relative = judge(&settings(None, Some(0.10)), &[estimate]);
        assert_eq!((relative.needed, relative.reached), (Some(27), false));
        assert!(judge(&settings(Some(0.33), None), &[estimate]).reached);
    }

    #[test]
    fn of_several_intervals_the_one_farthest_from_its_width_decides() {
        let narrow = Estimate::of(&[1.0, 1.1, 0.9, 1.0], 0.95);
        let wide = Estimate::of(&[0.0, 5.0, 1.0, 4.0], 0.95);
        let look = judge(&settings(Some(0.5), None), &[narrow, wide]);
        assert_eq!(look, judge(&settings(Some(0.5), None), &[wide]));
        assert!(!look.reached && judge(&settings(Some(0.5), None), &[narrow]).reached);
    }

    #[test]
    fn what_cannot_be_measured_is_never_precise() {
        assert!(!judge(&settings(Some(0.5), None), &[None]).reached);
        assert!(!judge(&settings(Some(0.5), None), &[Estimate::of(&[1.0], 0.95)]).reached);
    }
}
