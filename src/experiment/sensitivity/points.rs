//! The points of a question, run by the simulator.
//!
//! Points that differ are run side by side, so that no thread waits for the end of one; a point that comes again is not run
//! again. Which of them ran together cannot show: each is a run of its own scenario.

use std::collections::BTreeMap;

use super::{Answer, Finding, Question};
use crate::experiment::digest;
use crate::experiment::replicate::Chunk;
use crate::language::fault::Faults;
use crate::scenario::load::{Experiment, Template};

/// How many points are read before they are run: enough for all threads, and few enough for their scenarios to fit in memory.
const TOGETHER: usize = 64;

/// The scenario is at fault somewhere inside the ranges of its assumptions.
#[derive(Debug, thiserror::Error)]
#[error("inside the ranges of its assumptions the scenario is at fault: {point}\n{faults}")]
pub struct PointFaults {
    /// The overrides that make the point.
    point: String,
    faults: Faults,
}

/// A point that was run.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// The value of every factor, in their order.
    pub values: Vec<f64>,
    /// The answer there.
    pub answer: Answer,
}

/// An answered question.
#[derive(Debug)]
pub struct Answered {
    /// What its method found.
    pub finding: Finding,
    /// What was run, all assumptions at their base.
    pub experiment: Experiment,
    /// The replications at the base.
    pub chunk: Chunk,
    /// All different points in the order run, the base first.
    pub points: Vec<Point>,
    /// The digest of all points.
    pub digest: String,
}

/// Runs some experiments, each with all its replications; the number is how many more are still to come.
pub type Run<'r, E> = dyn FnMut(&[Experiment], usize) -> Result<Vec<Chunk>, E> + 'r;

/// Asks `question` of `experiment`, which `template` gives at other points.
///
/// # Errors
///
/// What `run` could not do, or that the scenario is at fault at a point.
pub fn answer<E: From<PointFaults>>(
    question: &Question,
    experiment: Experiment,
    template: &Template,
    run: &mut Run<'_, E>,
) -> Result<Answered, E> {
    let confidence = experiment.variants[experiment.baseline].scenario.file.confidence.get();
    // The base is what a document begins with, and every method comes back to it.
    let base = question.reduced(experiment);
    let further = usize::try_from(question.points()).unwrap_or(usize::MAX).saturating_sub(1);
    let mut chunks = run(std::slice::from_ref(&base), further)?;
    let chunk = chunks.pop().unwrap_or_default();
    let mut points = vec![Point { values: question.base(), answer: question.answer(&chunk) }];
    let mut digests = vec![(String::new(), digest_of(&base, &chunk))];
    let mut known = BTreeMap::from([(Vec::new(), 0)]);
    let finding =
        question.ask(base.seed, confidence, &mut |asked: &[Vec<f64>]| -> Result<Vec<Answer>, E> {
            let overrides: Vec<Vec<String>> = asked.iter().map(|point| question.overrides(point)).collect();
            let mut new: Vec<(&Vec<String>, &Vec<f64>)> = Vec::new();
            for (overrides, values) in overrides.iter().zip(asked) {
                if !known.contains_key(overrides) {
                    known.insert(overrides.clone(), points.len() + new.len());
                    new.push((overrides, values));
                }
            }
            let mut left = new.len();
            for group in new.chunks(TOGETHER) {
                let experiments: Vec<Experiment> = group
                    .iter()
                    .map(|(overrides, _)| at(question, template, overrides))
                    .collect::<Result<_, _>>()?;
                left -= group.len();
                for (((overrides, values), experiment), chunk) in
                    group.iter().zip(&experiments).zip(run(&experiments, left)?)
                {
                    points.push(Point { values: (*values).clone(), answer: question.answer(&chunk) });
                    digests.push((overrides.join("\n"), digest_of(experiment, &chunk)));
                }
            }
            Ok(overrides.iter().map(|overrides| points[known[overrides]].answer.clone()).collect())
        })?;
    let digest = digest::of_points(digests.iter().map(|(point, digest)| (point.as_str(), digest.as_str())));
    Ok(Answered { finding, experiment: base, chunk, points, digest })
}

/// The scenario with these overrides.
fn at(question: &Question, template: &Template, overrides: &[String]) -> Result<Experiment, PointFaults> {
    let read =
        template.at(overrides).map_err(|faults| PointFaults { point: overrides.join(", "), faults })?;
    Ok(question.reduced(read))
}

fn digest_of(experiment: &Experiment, chunk: &Chunk) -> String {
    digest::of_all(chunk, experiment.variants.iter().map(|variant| variant.name.as_str()))
}
