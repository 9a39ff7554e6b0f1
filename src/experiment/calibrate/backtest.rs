//! How well a fit predicts what it has not seen, against two who know nothing of the program.
//!
//! Every run opens with the accounts that were there when the held-out stretch began, and lives through it. What happened is then
//! held against the interval of what was predicted, for the whole book and by segment. Two rivals predict the same:
//!
//! - *last year's rate*: what happened in the twelve months before happens again;
//! - *the curve*: every account renews at the rate of its age, after the shifted beta-geometric model fitted to all renewals
//!   before; where the rate does not rise with age, at one rate. It knows nothing of downsizing or growth.
//!
//! A model is worth its trouble where it comes nearer than both. It need not.

use chrono::Months;

use crate::base::fit::{BetaGeometric, NoFit};
use crate::base::money::Money;
use crate::base::stats::quantile;
use crate::experiment::calibrate::figure::Figure;
use crate::experiment::calibrate::past::Past;
use crate::experiment::calibrate::question::{Stretch, Told};
use crate::experiment::calibrate::seen::Seen;
use crate::population::segment::Segment;

/// The figures that are predicted.
pub const PREDICTED: [&str; 4] =
    ["gross_revenue_retention", "net_revenue_retention", "logo_retention", "contract_renewal_rate"];

/// Fewer accounts than these make no figure of a segment.
pub const FEWEST: usize = 20;

/// One figure of one part of the book.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prediction {
    /// The segment; nothing: the whole book.
    pub segment: Option<Segment>,
    /// Accounts that there were when the stretch began.
    pub accounts: usize,
    /// The figure.
    pub figure: Figure,
    /// What happened.
    pub happened: f64,
    /// Mean of what was predicted.
    pub predicted: f64,
    /// Ends of the interval of what was predicted.
    pub interval: (f64, f64),
    /// What last year's rate predicts.
    pub last_year: Option<f64>,
    /// What the curve predicts.
    pub curve: Option<f64>,
}

impl Prediction {
    /// Returns whether what happened lies inside what was predicted.
    #[must_use]
    pub fn holds(&self) -> bool {
        (self.interval.0..=self.interval.1).contains(&self.happened)
    }
}

/// The second rival's curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Curve {
    /// The model.
    pub model: BetaGeometric,
    /// Whether customers seem alike, so that it is one rate for all ages.
    pub is_flat: bool,
}

impl Curve {
    fn through(past: &Past, stretch: Stretch) -> Option<Self> {
        let renewals = past.renewal_counts(stretch.from);
        match BetaGeometric::fit(&renewals) {
            Ok(fit) => Some(Self { model: fit.model, is_flat: false }),
            Err(NoFit::Unbounded(_)) => {
                BetaGeometric::of_alike(&renewals).map(|model| Self { model, is_flat: true })
            }
            Err(NoFit::TooFew(_) | NoFit::NotConverged(_)) => None,
        }
    }
}

/// What became of the predictions.
#[derive(Clone, Debug, PartialEq)]
pub struct BackTest {
    /// What was held out.
    pub stretch: Stretch,
    /// Figure by figure, the whole book first.
    pub predictions: Vec<Prediction>,
    /// The curve of the second rival, if there is one.
    pub curve: Option<Curve>,
}

/// How far somebody was off, on the figures that all three predict.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Errors {
    /// Figures compared.
    pub figures: usize,
    /// Mean absolute error of the scenario.
    pub scenario: f64,
    /// Of last year's rate.
    pub last_year: f64,
    /// Of the curve; nothing where there is none.
    pub curve: Option<f64>,
}

impl BackTest {
    /// Holds simulated histories of the held-out stretch against what happened; intervals are of `confidence`.
    #[must_use]
    pub fn of(told: &Told, simulated: &[Seen], confidence: f64) -> Self {
        let stretch = told.held_out;
        let happened = told.past.seen(stretch.from, stretch.to);
        let year_before = stretch.from.checked_sub_months(Months::new(12)).unwrap_or(stretch.from);
        let before = told.past.seen(year_before, stretch.from);
        let curve = Curve::through(&told.past, stretch);
        let mut segments: Vec<Segment> = happened.accounts.iter().filter_map(|it| it.segment).collect();
        segments.sort_unstable();
        segments.dedup();
        let parts = std::iter::once(None).chain(segments.into_iter().map(Some));
        let mut predictions = Vec::new();
        for segment in parts {
            let part = |seen: &Seen| segment.map_or_else(|| seen.clone(), |segment| seen.of_segment(segment));
            let (happened, before) = (part(&happened), part(&before));
            if segment.is_some() && happened.accounts.len() < FEWEST {
                continue;
            }
            let simulated: Vec<Seen> = simulated.iter().map(part).collect();
            for figure in PREDICTED.iter().filter_map(|name| Figure::find(name)) {
                let mut shown: Vec<f64> = simulated.iter().filter_map(|seen| figure.of(seen)).collect();
                shown.sort_by(f64::total_cmp);
                let end = |share: f64| quantile(&shown, share);
                let ends = end(0.5 - confidence / 2.0).zip(end(0.5 + confidence / 2.0));
                let (Some(happened_to), Some(interval)) = (figure.of(&happened), ends) else { continue };
                predictions.push(Prediction {
                    segment,
                    accounts: happened.accounts.len(),
                    figure,
                    happened: happened_to,
                    predicted: shown.iter().sum::<f64>() / shown.len() as f64,
                    interval,
                    last_year: figure.of(&before),
                    curve: curve
                        .and_then(|curve| by_curve(curve.model, figure.name(), &told.past, stretch, segment)),
                });
            }
        }
        Self { stretch, predictions, curve }
    }

    /// Returns how many of the predictions hold, and of how many.
    #[must_use]
    pub fn covered(&self) -> (usize, usize) {
        (self.predictions.iter().filter(|it| it.holds()).count(), self.predictions.len())
    }

    /// Returns how far each was off on average: over the figures that the scenario and last year's rate predict, and where there is
    /// a curve, over those that it predicts too. Nothing if there is no such figure.
    #[must_use]
    pub fn errors(&self) -> Option<Errors> {
        let has_curve = self.predictions.iter().any(|it| it.curve.is_some());
        let compared: Vec<&Prediction> = self
            .predictions
            .iter()
            .filter(|it| it.last_year.is_some() && (!has_curve || it.curve.is_some()))
            .collect();
        let count = compared.len() as f64;
        let mean = |of: &dyn Fn(&Prediction) -> Option<f64>| {
            let errors = compared.iter().filter_map(|it| Some((of(it)? - it.happened).abs()));
            errors.sum::<f64>() / count
        };
        (!compared.is_empty()).then(|| Errors {
            figures: compared.len(),
            scenario: mean(&|it| Some(it.predicted)),
            last_year: mean(&|it| it.last_year),
            curve: has_curve.then(|| mean(&|it| it.curve)),
        })
    }
}

/// What the curve predicts of the accounts in force when the stretch begins: a renewal on every agreed end, and each year after.
fn by_curve(
    model: BetaGeometric,
    figure: &str,
    past: &Past,
    stretch: Stretch,
    segment: Option<Segment>,
) -> Option<f64> {
    let (mut there, mut stay, mut revenue, mut kept, mut due, mut renew) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
    let first_year = stretch.from.checked_add_months(Months::new(12))?.min(stretch.to);
    for life in past.lives.iter().filter(|life| segment.is_none() || life.segment == segment) {
        let arr = life.arr(stretch.from);
        if arr == Money::ZERO {
            continue;
        }
        let since = life.since(stretch.from);
        let (mut survives, mut after_a_year) = (1.0, 1.0);
        let mut day = life.next_renewal(stretch.from);
        while let Some(renewal) = day.filter(|day| *day < stretch.to) {
            let months = renewal.signed_duration_since(since).num_days() as f64 / 30.436_875;
            let rate = model.retention(super::seen::years(months.round() as i32));
            due += survives;
            renew += survives * rate;
            survives *= rate;
            if renewal < first_year {
                after_a_year = survives;
            }
            day = renewal.checked_add_months(Months::new(12));
        }
        let arr = arr.cents() as f64;
        there += 1.0;
        stay += after_a_year;
        revenue += arr;
        kept += arr * after_a_year;
    }
    match figure {
        "gross_revenue_retention" => (revenue > 0.0).then(|| kept / revenue),
        "logo_retention" => (there > 0.0).then(|| stay / there),
        "contract_renewal_rate" => (due > 0.0).then(|| renew / due),
        _ => None,
    }
}
