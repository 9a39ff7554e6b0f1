//! `sensitivity`: which assumption does the answer hang on?
//!
//! An answer is one metric of the baseline, or the difference of a metric between two variants. It is looked at as a function of
//! the assumptions: each method chooses points, a value for every assumption, and has the experiment run there. All points are
//! run with the same replications of the same seed, so points differ by their assumptions and not by luck.
//!
//! The methods know no simulator. They ask a [`Respond`] for the answers at all their points at once, replication by replication;
//! `points` has the simulator give them.

mod points;
mod screen;
mod shares;
mod tornado;
mod worlds;

pub use points::{Answered, Point, PointFaults, answer};
pub use screen::{Screen, screen};
pub use shares::{Shares, shares};
pub use tornado::{Swing, Tornado, tornado};
pub use worlds::{Decision, Learning, Ranged, Turning, worlds};

use crate::base::stats::{Better, sum};
use crate::experiment::replicate::Chunk;
use crate::language::{AssumptionUse, Count, Text};
use crate::metrics;
use crate::scenario::load::Experiment;
use crate::scenario::sensitivity::{Draw, Method, SAMPLES, SensitivitySettings, TRAJECTORIES, WORLDS};

/// The answer at a point, by replication; [`None`] where there was nothing to measure.
pub type Answer = Vec<Option<f64>>;

/// What runs points, each a value for every factor in their order; it gives an answer for each.
pub type Respond<'a, E> = &'a mut dyn FnMut(&[Vec<f64>]) -> Result<Vec<Answer>, E>;

/// What a method found.
#[derive(Debug, Clone, PartialEq)]
pub enum Finding {
    /// One assumption at a time.
    Tornado(Tornado),
    /// Elementary effects.
    Screen(Screen),
    /// Shares of the spread.
    Shares(Shares),
    /// The decision over many worlds; [`None`] where no replication could be measured in all of them.
    Worlds(Option<Decision>),
}

/// A question ready to be asked.
#[derive(Debug, Clone)]
pub struct Question {
    /// As written.
    pub settings: SensitivitySettings,
    /// The metric, an index into the catalogue.
    pub metric: usize,
    /// The variants that are run, by name, the baseline of the experiment first.
    variants: Vec<String>,
    /// The two that are compared, as indices among those; [`None`]: the baseline alone.
    compared: Option<(usize, usize)>,
    /// The assumptions that are varied.
    pub factors: Vec<AssumptionUse>,
    /// Replications at each point.
    pub replications: u32,
}

impl Question {
    /// Takes the question from a scenario that asks one.
    #[must_use]
    pub fn of(experiment: &Experiment) -> Option<Self> {
        let baseline = &experiment.variants[experiment.baseline];
        let settings = baseline.scenario.file.sensitivity.clone()?;
        let metric = metrics::position(settings.metric.as_str())?;
        let mut variants = vec![baseline.name.clone()];
        let mut place = |name: &str| {
            let at = variants.iter().position(|known| known == name);
            at.unwrap_or_else(|| {
                variants.push(name.to_owned());
                variants.len() - 1
            })
        };
        let compared = settings.variant.as_ref().map(|variant| {
            let other = settings.minus.as_ref().map_or(baseline.name.as_str(), |minus| minus.as_str());
            (place(variant.as_str()), place(other))
        });
        let factors = factors(experiment, &variants, settings.assumptions.as_deref());
        let replications = settings.replications.map_or(experiment.replications, Count::get);
        Some(Self { settings, metric, variants, compared, factors, replications })
    }

    /// Returns the names of the two that are compared, the variant first; [`None`] where the answer is about one.
    #[must_use]
    pub fn names(&self) -> Option<(&str, &str)> {
        self.compared.map(|(variant, other)| (self.variants[variant].as_str(), self.variants[other].as_str()))
    }

    /// Answers the question by its method, with a design that follows from the scenario's `seed`.
    ///
    /// # Errors
    ///
    /// What `respond` could not do.
    pub fn ask<E>(&self, seed: u64, confidence: f64, respond: Respond<'_, E>) -> Result<Finding, E> {
        let (settings, factors) = (&self.settings, &self.factors);
        match settings.method {
            Method::Tornado => tornado(factors, confidence, respond).map(Finding::Tornado),
            Method::Morris => {
                let count = settings.trajectories.map_or(TRAJECTORIES, Count::get);
                screen(factors, count, seed, confidence, respond).map(Finding::Screen)
            }
            Method::Sobol => {
                let count = settings.samples.map_or(SAMPLES, Count::get);
                shares(factors, count, self.draw(), seed, confidence, respond).map(Finding::Shares)
            }
            Method::Worlds => {
                let count = settings.worlds.map_or(WORLDS, Count::get);
                let lower_is_better = metrics::CATALOGUE[self.metric].better == Better::Lower;
                worlds(factors, count, self.draw(), seed, confidence, lower_is_better, respond)
                    .map(Finding::Worlds)
            }
        }
    }

    /// Returns how assumptions are drawn from their ranges.
    #[must_use]
    pub fn draw(&self) -> Draw {
        self.settings.draw.unwrap_or(Draw::Triangular)
    }

    /// Returns the point at which every assumption has its base.
    #[must_use]
    pub fn base(&self) -> Vec<f64> {
        base(&self.factors)
    }

    /// Leaves of an experiment what the question is about, and as many replications as it asks for.
    #[must_use]
    pub fn reduced(&self, experiment: Experiment) -> Experiment {
        let kept = self
            .variants
            .iter()
            .filter_map(|name| experiment.variants.iter().find(|variant| variant.name == *name).cloned());
        Experiment { variants: kept.collect(), baseline: 0, replications: self.replications, ..experiment }
    }

    /// Returns the answer that a run of the [`reduced`](Self::reduced) experiment gives.
    #[must_use]
    pub fn answer(&self, chunk: &Chunk) -> Answer {
        let Some((variant, other)) = self.compared else { return chunk.column(0, self.metric) };
        let (left, right) = (chunk.column(variant, self.metric), chunk.column(other, self.metric));
        left.into_iter().zip(right).map(|(left, right)| Some(left? - right?)).collect()
    }

    /// Returns the overrides that make a point: of the assumptions that are not at their base.
    #[must_use]
    pub fn overrides(&self, point: &[f64]) -> Vec<String> {
        let moved = self.factors.iter().zip(point).filter(|(factor, value)| factor.base.value != **value);
        moved.map(|(factor, &value)| factor.set_to(value)).collect()
    }

    /// Returns the question but for how many points and replications it asks for: with more of them it is still the same one.
    #[must_use]
    pub fn without_counts(&self) -> SensitivitySettings {
        SensitivitySettings {
            replications: None,
            trajectories: None,
            samples: None,
            worlds: None,
            ..self.settings.clone()
        }
    }

    /// Returns how many points are run.
    #[must_use]
    pub fn points(&self) -> u64 {
        let factors = self.factors.len() as u64;
        let count = |stated: Option<Count>, usual| u64::from(stated.map_or(usual, Count::get));
        match self.settings.method {
            Method::Tornado => 2 * factors + 1,
            Method::Morris => count(self.settings.trajectories, TRAJECTORIES) * (factors + 1) + 1,
            Method::Sobol => count(self.settings.samples, SAMPLES) * (factors + 2) + 1,
            Method::Worlds => count(self.settings.worlds, WORLDS) + 1,
        }
    }
}

/// The assumptions that are varied: those named, or all with a range, as the variants use them, each once.
fn factors(experiment: &Experiment, variants: &[String], asked: Option<&[Text]>) -> Vec<AssumptionUse> {
    let mut factors: Vec<AssumptionUse> = Vec::new();
    let of_interest = experiment.variants.iter().filter(|variant| variants.contains(&variant.name));
    for used in of_interest.flat_map(|variant| &variant.scenario.assumptions) {
        let is_asked = asked.is_none_or(|names| names.iter().any(|name| name.as_str() == used.title()));
        if is_asked && used.is_ranged() && !factors.iter().any(|known| known.key == used.key) {
            factors.push(used.clone());
        }
    }
    factors
}

/// The base of every factor.
fn base(factors: &[AssumptionUse]) -> Vec<f64> {
    factors.iter().map(|factor| factor.base.value).collect()
}

/// The value of an assumption below which the share `u` of its draws lies, as near as can be written.
fn quantile(factor: &AssumptionUse, draw: Draw, u: f64) -> f64 {
    let (low, base, high) = (factor.low.value, factor.base.value, factor.high.value);
    // A base moved out of its range from outside stands at the nearer end of it.
    let base = base.clamp(low, high);
    factor.nearest(match draw {
        Draw::Uniform => low + u * (high - low),
        Draw::Triangular if u * (high - low) < base - low => low + (u * (high - low) * (base - low)).sqrt(),
        Draw::Triangular => high - ((1.0 - u) * (high - low) * (high - base)).sqrt(),
    })
}

/// Mean over the replications that measured something; [`None`] if none did.
fn mean(answer: &Answer) -> Option<f64> {
    let measured: Vec<f64> = answer.iter().copied().flatten().collect();
    let count = measured.len();
    (count > 0).then(|| sum(measured) / count as f64)
}

#[cfg(test)]
mod tests {
    use super::example::factor;
    use super::*;

    /// A triangle from 2 over 4 to 10 has its tip at a quarter of its area, and mean (2 + 4 + 10) / 3.
    #[test]
    fn draws_keep_to_range_and_shape() {
        let a = factor(2.0, 4.0, 10.0);
        for (u, triangular, uniform) in
            [(0.0, 2.0, 2.0), (0.25, 4.0, 4.0), (0.8125, 7.0, 8.5), (1.0, 10.0, 10.0)]
        {
            assert!((quantile(&a, Draw::Triangular, u) - triangular).abs() < 1e-12, "{u}");
            assert!((quantile(&a, Draw::Uniform, u) - uniform).abs() < 1e-12, "{u}");
        }
        let mean = (0..1000).map(|at| quantile(&a, Draw::Triangular, (f64::from(at) + 0.5) / 1000.0));
        assert!((mean.sum::<f64>() / 1000.0 - 16.0 / 3.0).abs() < 1e-4);
        let (left, right) = (factor(0.0, 0.0, 1.0), factor(0.0, 1.0, 1.0));
        assert!((quantile(&left, Draw::Triangular, 0.75) - 0.5).abs() < 1e-12);
        assert!((quantile(&right, Draw::Triangular, 0.25) - 0.5).abs() < 1e-12);
    }
}

#[cfg(test)]
pub(super) mod example {
    use super::Answer;
    use crate::language::{AssumptionUse, Level};

    /// Points are answered one by one.
    pub fn each(
        mut answer: impl FnMut(&[f64]) -> Answer,
    ) -> impl FnMut(&[Vec<f64>]) -> Result<Vec<Answer>, ()> {
        move |points| Ok(points.iter().map(|point| answer(point)).collect())
    }

    /// An assumption over a range, any number of which can be written.
    pub fn factor(low: f64, base: f64, high: f64) -> AssumptionUse {
        let level = |value: f64| Level { value, written: value.to_string() };
        AssumptionUse {
            name: Some("a".to_owned()),
            path: "some.setting".to_owned(),
            key: "assume.a".to_owned(),
            kind: "number",
            low: level(low),
            base: level(base),
            high: level(high),
            source: "assumption".to_owned(),
        }
    }
}
