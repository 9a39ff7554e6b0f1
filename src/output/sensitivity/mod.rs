//! The document of `sensitivity`; [`text`] is what people read.

pub mod sheet;
pub mod text;

use serde::Serialize;

use crate::base::stats::{Estimate, Indices, Interval, Screened};
use crate::experiment::sensitivity::{Answered, Finding, Learning, Question, Ranged, Swing};
use crate::language::AssumptionUse;
use crate::metrics::{CATALOGUE, MetricDefinition};
use crate::output::document::{EstimateRow, Header};
use crate::scenario::load::Experiment;

/// A question and what was found.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The question.
    pub question: &'a Question,
    /// The answer.
    pub answered: &'a Answered,
}

impl<'a> Asked<'a> {
    fn metric(&self) -> &'static MetricDefinition {
        &CATALOGUE[self.question.metric]
    }

    /// What was run, with all assumptions at their base.
    fn experiment(&self) -> &'a Experiment {
        &self.answered.experiment
    }

    fn finding(&self) -> &Finding {
        &self.answered.finding
    }

    fn confidence(&self) -> f64 {
        self.experiment().variants[0].scenario.file.confidence.get()
    }

    fn base_estimate(&self) -> Option<Estimate> {
        let measured: Vec<f64> = self.answered.points[0].answer.iter().copied().flatten().collect();
        Estimate::of(&measured, self.confidence())
    }

    /// How much a factor does, as its method measures it; [`None`] where nothing could be measured.
    fn size(&self, at: usize) -> Option<f64> {
        match self.finding() {
            Finding::Tornado(tornado) => tornado.swings[at].effect.mean.map(f64::abs),
            Finding::Screen(screen) => screen.effects[at].map(|effect| effect.mu_star.mean),
            Finding::Shares(shares) => shares.indices.as_ref().map(|indices| indices.total[at].share),
            Finding::Worlds(decision) => decision.as_ref().map(|decision| decision.learning[at].worth.value),
        }
    }

    /// The factors in the order shown, largest first, as indices; those with nothing to measure last.
    fn order(&self) -> Vec<usize> {
        // Many assumptions are worth nothing to learn; of those, what explains more comes first.
        let explains = |at: usize| match self.finding() {
            Finding::Worlds(Some(decision)) => decision.learning[at].explains,
            _ => 0.0,
        };
        let key = |at: usize| (self.size(at).unwrap_or(f64::NEG_INFINITY), explains(at));
        let mut order: Vec<usize> = (0..self.question.factors.len()).collect();
        order.sort_by(|&a, &b| {
            let (a, b) = (key(a), key(b));
            b.0.total_cmp(&a.0).then(b.1.total_cmp(&a.1))
        });
        order
    }
}

/// The document of `sensitivity`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SensitivityDocument {
    /// What every document begins with: of the base, but for the digest, which is of all points.
    #[serde(flatten)]
    pub header: Header,
    /// How the question was answered.
    pub method: &'static str,
    /// The metric.
    pub metric: &'static str,
    /// Its unit, which is that of all effects but Sobol' indices.
    pub unit: &'static str,
    /// The variant that the answer is about; `null`: the metric of the baseline.
    pub variant: Option<String>,
    /// What the variant is compared with.
    pub minus: Option<String>,
    /// The number of different points that were run, the base among them.
    pub points: u64,
    /// The answer with all assumptions at their base.
    pub base: Option<EstimateRow>,
    /// The decision between the two (`worlds`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<DecisionRow>,
    /// Variance of the answer over the ranges, in the unit squared (`sobol`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variance: Option<f64>,
    /// The assumptions, largest first.
    pub factors: Vec<FactorRow>,
}

/// An estimate with its interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RangedRow {
    /// The estimate.
    pub value: f64,
    /// Lower end of its interval.
    pub ci_low: f64,
    /// Upper end of its interval.
    pub ci_high: f64,
}

impl RangedRow {
    fn of(value: f64, interval: Interval) -> Self {
        Self { value, ci_low: interval.low, ci_high: interval.high }
    }
}

impl From<Ranged> for RangedRow {
    fn from(ranged: Ranged) -> Self {
        Self::of(ranged.value, ranged.interval)
    }
}

/// A decision over many worlds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DecisionRow {
    /// The one that is better on average over the worlds.
    pub choice: String,
    /// Worlds.
    pub worlds: usize,
    /// Replications measured in every world.
    pub replications: usize,
    /// Replications in which some world had nothing to measure.
    pub n_missing: usize,
    /// The variant minus the other, mean over the worlds.
    pub difference: RangedRow,
    /// Share of the worlds in which the variant is better.
    pub better_share: RangedRow,
    /// Expected value of perfect information: what it is worth to know all assumptions before deciding.
    pub evpi: RangedRow,
}

/// One assumption.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FactorRow {
    /// What an override changes to try another value.
    pub path: String,
    /// The kind of quantity, such as `share`.
    pub kind: &'static str,
    /// The lowest value, as a number: durations in seconds, rates a day, shares as fractions.
    pub low: f64,
    /// The value used.
    pub base: f64,
    /// The highest value.
    pub high: f64,
    /// All three as written.
    pub written: [String; 3],
    /// What it does, as the method measures it: the high end minus the low end (`tornado`), the mean elementary effect
    /// (`morris`), the total index (`sobol`), what it is worth to learn it before deciding (`worlds`).
    pub effect: Option<f64>,
    /// Lower end of its interval.
    pub ci_low: Option<f64>,
    /// Upper end of its interval.
    pub ci_high: Option<f64>,
    /// What else the method says.
    #[serde(flatten)]
    pub more: More,
}

/// What a method says of an assumption besides its effect.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum More {
    /// One assumption at a time.
    Swing {
        /// The answer at the low end.
        at_low: Option<EstimateRow>,
        /// The answer at the high end.
        at_high: Option<EstimateRow>,
        /// Replications in which either end had nothing to measure.
        n_missing: usize,
    },
    /// Elementary effects.
    Screened {
        /// Mean size of the elementary effects.
        mu_star: Option<f64>,
        /// Lower end of its interval.
        mu_star_ci_low: Option<f64>,
        /// Upper end of its interval.
        mu_star_ci_high: Option<f64>,
        /// Standard deviation of the elementary effects.
        sigma: Option<f64>,
        /// Elementary effects measured.
        n: usize,
    },
    /// Sobol' indices; the effect is the total one.
    Share {
        /// Share of the variance owed to it alone.
        first: Option<f64>,
        /// Lower end of its interval.
        first_ci_low: Option<f64>,
        /// Upper end of its interval.
        first_ci_high: Option<f64>,
        /// Share of the variance owed to it alone and together with others.
        total: Option<f64>,
        /// Samples used.
        n: usize,
    },
    /// Learning it before deciding; the effect is the expected value of partial perfect information.
    Learning {
        /// Share of the spread between worlds that follows it alone.
        explains: Option<f64>,
        /// The value at which the call turns; `null`: it does not, inside the range.
        turns_at: Option<RangedRow>,
        /// That value as written.
        turns_at_written: Option<String>,
        /// On which side of it the variant is better: `above` or `below`.
        better: Option<&'static str>,
    },
}

impl SensitivityDocument {
    /// Describes what was found.
    #[must_use]
    pub fn of(header: Header, asked: &Asked<'_>) -> Self {
        let question = asked.question;
        let names = question.names();
        let metric = asked.metric();
        Self {
            header,
            method: question.settings.method.name(),
            metric: metric.name,
            unit: metric.unit.name(),
            variant: names.map(|(variant, _)| variant.to_owned()),
            minus: names.map(|(_, minus)| minus.to_owned()),
            points: asked.answered.points.len() as u64,
            base: asked.base_estimate().map(|estimate| EstimateRow::of(estimate, metric.unit)),
            decision: decision(asked),
            variance: match asked.finding() {
                Finding::Shares(shares) => shares.indices.as_ref().map(|indices| indices.variance),
                _ => None,
            },
            factors: asked.order().into_iter().map(|at| row(asked, at)).collect(),
        }
    }
}

fn row(asked: &Asked<'_>, at: usize) -> FactorRow {
    let factor = &asked.question.factors[at];
    match asked.finding() {
        Finding::Tornado(tornado) => swing(asked, factor, &tornado.swings[at]),
        Finding::Screen(screen) => screened(factor, screen.effects[at]),
        Finding::Shares(shares) => share(factor, shares.indices.as_ref(), at),
        Finding::Worlds(decision) => learning(factor, decision.as_ref().map(|it| it.learning[at])),
    }
}

fn decision(asked: &Asked<'_>) -> Option<DecisionRow> {
    let Finding::Worlds(Some(decision)) = asked.finding() else { return None };
    let (variant, minus) = asked.question.names()?;
    Some(DecisionRow {
        choice: if decision.is_chosen { variant } else { minus }.to_owned(),
        worlds: decision.worlds,
        replications: decision.replications,
        n_missing: decision.n_missing,
        difference: decision.difference.into(),
        better_share: decision.better.into(),
        evpi: decision.worth.into(),
    })
}

fn share(factor: &AssumptionUse, indices: Option<&Indices>, at: usize) -> FactorRow {
    let first = indices.map(|indices| indices.first[at]);
    let total = indices.map(|indices| indices.total[at]);
    let more = More::Share {
        first: first.map(|it| it.share),
        first_ci_low: first.map(|it| it.interval.low),
        first_ci_high: first.map(|it| it.interval.high),
        total: total.map(|it| it.share),
        n: indices.map_or(0, |indices| indices.n),
    };
    let ends = [total.map(|it| it.share), total.map(|it| it.interval.low), total.map(|it| it.interval.high)];
    factor_row(factor, ends, more)
}

fn learning(factor: &AssumptionUse, learning: Option<Learning>) -> FactorRow {
    let turning = learning.and_then(|it| it.turning);
    let more = More::Learning {
        explains: learning.map(|it| it.explains),
        turns_at: turning.map(|it| RangedRow::of(it.at, it.interval)),
        turns_at_written: turning.map(|it| factor.shown(it.at)),
        better: turning.map(|it| if it.better_above { "above" } else { "below" }),
    };
    let worth = learning.map(|it| it.worth);
    let ends = [worth.map(|it| it.value), worth.map(|it| it.interval.low), worth.map(|it| it.interval.high)];
    factor_row(factor, ends, more)
}

fn swing(asked: &Asked<'_>, factor: &AssumptionUse, swing: &Swing) -> FactorRow {
    let end = |estimate: Option<Estimate>| estimate.map(|it| EstimateRow::of(it, asked.metric().unit));
    let (at_low, at_high, n_missing) = (end(swing.at_low), end(swing.at_high), swing.effect.n_missing);
    let effect = [swing.effect.mean, swing.effect.ci_low, swing.effect.ci_high];
    factor_row(factor, effect, More::Swing { at_low, at_high, n_missing })
}

fn screened(factor: &AssumptionUse, effect: Option<Screened>) -> FactorRow {
    let mu = effect.map(|it| it.mu);
    let mu_star = effect.map(|it| it.mu_star);
    let more = More::Screened {
        mu_star: mu_star.map(|it| it.mean),
        mu_star_ci_low: mu_star.and_then(|it| it.ci_low),
        mu_star_ci_high: mu_star.and_then(|it| it.ci_high),
        sigma: mu.and_then(|it| it.stddev),
        n: mu.map_or(0, |it| it.n),
    };
    let effect = [mu.map(|it| it.mean), mu.and_then(|it| it.ci_low), mu.and_then(|it| it.ci_high)];
    factor_row(factor, effect, more)
}

fn factor_row(factor: &AssumptionUse, [effect, ci_low, ci_high]: [Option<f64>; 3], more: More) -> FactorRow {
    let levels = [&factor.low, &factor.base, &factor.high];
    let [low, base, high] = levels.map(|level| level.value);
    let written = levels.map(|level| level.written.clone());
    FactorRow {
        path: factor.key.clone(),
        kind: factor.kind,
        low,
        base,
        high,
        written,
        effect,
        ci_low,
        ci_high,
        more,
    }
}
