//! `calibrate`: which parameters fit our own history?
//!
//! A fit aims at figures of a history: retention, renewals by age, downsizing. It looks for the values of some assumptions,
//! inside their ranges, under which the figures of simulated histories scatter around those of the real one:
//!
//! 1. *trials*: points spread evenly over all ranges, each run with the same few replications ([`emulator`]);
//! 2. *posterior*: what is likely between the trials, as a sample of points ([`posterior`]);
//! 3. the same again, closer around what was likely;
//! 4. the middle of the sample is run on replications of its own: what it reaches is what the fit has reached.
//!
//! A history that begins with accounts opens every run with these accounts. The end of it is held out: there the fit is tried
//! against what happened ([`backtest`]).
//!
//! # Invariants
//!
//! - What a fit says follows from scenario, history and seed. Threads do not show.
//! - What could not be fitted has reasons ([`Fit::failures`]) and is never written down.
//!
//! # Not here
//!
//! Fits by formula: `base::fit`. Who runs the trials: the command line, through [`run_range`](super::replicate::run_range).

pub mod backtest;
pub mod emulator;
pub mod figure;
pub mod formulas;
pub mod overlay;
pub mod past;
pub mod posterior;
pub mod question;
pub mod seen;

use std::ops::Range;

use crate::base::random::Streams;
use crate::base::stats::{latin_hypercube, sum};
use crate::experiment::calibrate::emulator::{Emulator, Nearness, Trial};
use crate::experiment::calibrate::figure::Figure;
use crate::experiment::calibrate::posterior::Posterior;
use crate::experiment::calibrate::question::{Question, Target};
use crate::language::AssumptionUse;

/// Replications at the middle of the ranges, which tell how much one history scatters, and of the fit at its end.
pub const MIDDLE: u32 = 120;

/// What of the variance of a parameter the data must have taken away for it to count as identified.
pub const IDENTIFIED: f64 = 0.5;

/// By replication the figures of the targets; nothing where there was nothing to measure.
pub type Shown = Vec<Vec<Option<f64>>>;

/// What runs points, a value for each parameter in its own unit, each with the same replications.
pub type Respond<'a, E> = &'a mut dyn FnMut(&[Vec<f64>], Range<u32>) -> Result<Vec<Shown>, E>;

/// Points that are run side by side; more would only be held in memory at once.
const TOGETHER: usize = 16;

/// A fitted parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// The assumption, with the range it was looked for in.
    pub assumption: AssumptionUse,
    /// The mean of what is likely, as it can be written.
    pub estimate: f64,
    /// Ends of the interval that holds the truth with the fit's confidence.
    pub interval: (f64, f64),
    /// Share of the variance beforehand that the data have taken away.
    pub learned: f64,
}

impl Parameter {
    /// Returns whether the data say more about it than its range did: half of the variance is gone.
    #[must_use]
    pub fn is_identified(&self) -> bool {
        self.learned >= IDENTIFIED
    }
}

/// A target and how near the fit came.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reached {
    /// The figure.
    pub figure: Figure,
    /// What happened.
    pub wanted: f64,
    /// The mean over replications of the fit.
    pub reached: Option<f64>,
    /// By how much a single history scatters (a standard deviation).
    pub luck: f64,
    /// How near is near enough.
    pub tolerance: f64,
}

impl Reached {
    /// Returns whether the fit came near enough.
    #[must_use]
    pub fn is_met(&self) -> bool {
        self.reached.is_some_and(|reached| (reached - self.wanted).abs() <= self.tolerance)
    }
}

/// What a fit found.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// The parameters, in the order asked.
    pub parameters: Vec<Parameter>,
    /// The targets, in the order asked.
    pub targets: Vec<Reached>,
    /// Points of the posterior, in the units of the parameters.
    pub likely: Vec<Vec<f64>>,
    /// Replications that were run.
    pub spent: u64,
    /// Why it is no fit; empty where it is one.
    pub failures: Vec<String>,
}

impl Fit {
    /// Returns the estimates.
    #[must_use]
    pub fn point(&self) -> Vec<f64> {
        self.parameters.iter().map(|parameter| parameter.estimate).collect()
    }
}

/// Fits the parameters of `question`, which must know what was wanted of every target.
///
/// # Errors
///
/// What `respond` could not do.
pub fn fit<E>(question: &Question, seed: u64, respond: Respond<'_, E>) -> Result<Fit, E> {
    let wanted: Vec<f64> = question.targets.iter().map(|target| target.wanted).collect();
    let mut region = Region::whole(&question.parameters);
    let mut search = Search { question, respond, spent: 0 };
    let mut found = None;
    for round in 0..question.rounds {
        let design = key(seed, round);
        let emulator = match search.surface(&region, design)? {
            Ok(emulator) => emulator,
            Err(failure) => return Ok(search.failed(failure)),
        };
        let posterior = Posterior::sample(&emulator, &wanted, question.parameters.len(), design);
        let next = region.around(&posterior);
        found = Some((emulator, posterior, std::mem::replace(&mut region, next)));
    }
    let (emulator, posterior, region) = found.expect("checked: a fit has a round");
    let parameters: Vec<Parameter> =
        (0..question.parameters.len()).map(|at| question.parameter(at, &posterior, &region)).collect();
    let estimates: Vec<f64> = parameters.iter().map(|parameter| parameter.estimate).collect();
    let fresh = MIDDLE.max(question.replications);
    let confirmed = search.run_one(estimates, &(fresh..fresh + MIDDLE))?;
    let targets: Vec<Reached> = (question.targets.iter().enumerate())
        .map(|(at, target)| target.reached(&confirmed, at, emulator.spread[at]))
        .collect();
    let mut failures = Vec::new();
    if !posterior.has_arrived() {
        let worst = posterior.reduction.iter().copied().fold(0.0, f64::max);
        failures.push(format!(
            "the walk through the likely values has not settled (its chains differ by a factor of {worst:.2})"
        ));
    }
    let nearest =
        posterior.points.iter().map(|point| emulator.distance(point, &wanted)).fold(f64::INFINITY, f64::min);
    if nearest > unlikely(wanted.len()) {
        failures.push(format!(
            "nowhere inside the ranges are these figures likely together: at the nearest point they lie {nearest:.0} squared \
             standard deviations off, where about {} are luck",
            wanted.len()
        ));
    }
    for target in targets.iter().filter(|target| !target.is_met()) {
        let Reached { figure, wanted, reached, tolerance, .. } = target;
        failures.push(match reached {
            Some(reached) => {
                format!("{figure} comes to {reached:.4}, not within {tolerance:.4} of {wanted:.4}")
            }
            None => format!("{figure} has nothing to measure in the fitted scenario"),
        });
    }
    let likely = posterior.points.iter().map(|point| region.values(&question.parameters, point)).collect();
    Ok(Fit { parameters, targets, likely, spent: search.spent, failures })
}

/// What is under way.
struct Search<'a, E> {
    question: &'a Question,
    respond: Respond<'a, E>,
    spent: u64,
}

impl<E> Search<'_, E> {
    fn run(&mut self, points: &[Vec<f64>], range: &Range<u32>) -> Result<Vec<Shown>, E> {
        self.spent += u64::from(range.end - range.start) * points.len() as u64;
        let mut shown = Vec::with_capacity(points.len());
        for together in points.chunks(TOGETHER) {
            shown.extend((self.respond)(together, range.clone())?);
        }
        Ok(shown)
    }

    fn run_one(&mut self, values: Vec<f64>, range: &Range<u32>) -> Result<Shown, E> {
        Ok(self.run(&[values], range)?.pop().unwrap_or_default())
    }

    /// Runs the trials of a round and puts a surface through them.
    fn surface(&mut self, region: &Region, design: u64) -> Result<Result<Emulator, String>, E> {
        let Question { parameters, targets, trials, replications, .. } = self.question;
        let whole = |shown: Shown| -> Result<Vec<Vec<f64>>, String> {
            let row = |row: Vec<Option<f64>>| {
                let missing = row.iter().position(Option::is_none);
                match missing {
                    None => Ok(row.into_iter().flatten().collect()),
                    Some(at) => Err(format!(
                        "{} has nothing to measure in some trials: too few accounts, or too short a time",
                        targets[at].figure
                    )),
                }
            };
            shown.into_iter().map(row).collect()
        };
        let design = latin_hypercube(design, *trials, parameters.len());
        let points: Vec<Vec<f64>> = design.iter().map(|point| region.values(parameters, point)).collect();
        let mut run = Vec::new();
        for (values, shown) in points.iter().zip(self.run(&points, &(0..*replications))?) {
            match whole(shown) {
                Ok(shown) => run.push(Trial { point: region.place(values), shown }),
                Err(failure) => return Ok(Err(failure)),
            }
        }
        let values = region.values(parameters, &vec![0.5; parameters.len()]);
        let middle = match whole(self.run_one(values, &(0..MIDDLE.max(*replications)))?) {
            Ok(shown) => shown,
            Err(failure) => return Ok(Err(failure)),
        };
        let nearness: Vec<Nearness> = targets.iter().map(Target::nearness).collect();
        Ok(Emulator::through(&run, &middle, &nearness).map_err(|why| why.to_string()))
    }

    fn failed(self, failure: String) -> Fit {
        let (parameters, targets, likely) = (Vec::new(), Vec::new(), Vec::new());
        Fit { parameters, targets, likely, spent: self.spent, failures: vec![failure] }
    }
}

/// A box of values that is looked through.
struct Region {
    /// By parameter: the ends, in its own unit.
    ends: Vec<(f64, f64)>,
    /// By parameter: the whole width, which nothing is known inside beforehand.
    widths: Vec<f64>,
}

impl Region {
    fn whole(parameters: &[AssumptionUse]) -> Self {
        let ends: Vec<(f64, f64)> = parameters.iter().map(|it| (it.low.value, it.high.value)).collect();
        Self { widths: ends.iter().map(|(low, high)| high - low).collect(), ends }
    }

    /// Returns the values at a point of the unit cube, as near as they can be written.
    fn values(&self, parameters: &[AssumptionUse], point: &[f64]) -> Vec<f64> {
        let places = self.ends.iter().zip(point).map(|((low, high), at)| low + at * (high - low));
        parameters.iter().zip(places).map(|(parameter, value)| parameter.nearest(value)).collect()
    }

    /// Returns where values lie in the unit cube.
    fn place(&self, values: &[f64]) -> Vec<f64> {
        self.ends.iter().zip(values).map(|((low, high), value)| (value - low) / (high - low)).collect()
    }

    /// Returns the box around nearly all of a sample, with some room.
    fn around(&self, posterior: &Posterior) -> Self {
        const NEARLY_ALL: f64 = 0.998;
        const ROOM: f64 = 0.1;
        let end = |(at, (low, high)): (usize, &(f64, f64))| {
            let width = high - low;
            let (from, to) = posterior.interval(at, NEARLY_ALL);
            let room = ROOM * (to - from) + 0.02;
            (low + (from - room).max(0.0) * width, low + (to + room).min(1.0) * width)
        };
        Self { ends: self.ends.iter().enumerate().map(end).collect(), widths: self.widths.clone() }
    }
}

impl Question {
    fn parameter(&self, at: usize, posterior: &Posterior, region: &Region) -> Parameter {
        let assumption = self.parameters[at].clone();
        let ((low, high), width) = (region.ends[at], region.widths[at]);
        let value = |place: f64| low + place * (high - low);
        let (mean, variance) = posterior.moments(at);
        let (from, to) = posterior.interval(at, self.confidence);
        let share = (high - low) / width;
        Parameter {
            estimate: assumption.rounded(value(mean)),
            interval: (value(from), value(to)),
            // Anywhere inside the whole range is a variance of a twelfth of its square.
            learned: (1.0 - 12.0 * variance * share * share).max(0.0),
            assumption,
        }
    }
}

impl Target {
    /// A figure of a history scatters. One that is stated with a tolerance is what all histories are to show on average.
    fn nearness(&self) -> Nearness {
        Nearness {
            scatters: self.is_told || self.tolerance.is_none(),
            discrepancy: 0.5 * self.tolerance.unwrap_or(0.0),
        }
    }

    fn reached(&self, shown: &Shown, at: usize, luck: f64) -> Reached {
        let measured: Vec<f64> = shown.iter().filter_map(|row| row[at]).collect();
        let count = measured.len();
        Reached {
            figure: self.figure,
            wanted: self.wanted,
            reached: (count > 0).then(|| sum(measured) / count as f64),
            luck,
            tolerance: self.tolerance.unwrap_or(3.0 * luck),
        }
    }
}

/// A seed of its own for each round.
fn key(seed: u64, round: u32) -> u64 {
    let [low, high] = Streams::new(seed, round).key();
    u64::from(high) << 32 | u64::from(low)
}

/// The squared distance of so many figures that luck passes once in a thousand times (Wilson & Hilferty 1931).
fn unlikely(figures: usize) -> f64 {
    const ONCE_IN_A_THOUSAND: f64 = 3.090_232;
    let count = figures as f64;
    let part = 2.0 / (9.0 * count);
    let root = 1.0 - part + ONCE_IN_A_THOUSAND * part.sqrt();
    count * root * root * root
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Chi-squared tables, upper 0.1 %: 10.828, 20.515, 29.588.
    #[test]
    fn a_thousandth_of_chi_squared() {
        for (figures, expected) in [(1, 10.828), (5, 20.515), (10, 29.588)] {
            assert!((unlikely(figures) - expected).abs() < 0.35, "{figures}: {}", unlikely(figures));
        }
    }
}
