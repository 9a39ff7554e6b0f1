//! Why one variant differs from another: by which path, from when on, for whom, and who could see it in real life.
//!
//! # Paths
//!
//! What a program does reaches revenue by paths. Each is closed in turn, under both variants, on the same luck; what the
//! difference loses is what came by that path:
//!
//! ```text
//! total         = B - A
//! part of path  = (B - A) - (B without it - A without it)
//! the rest      = total - sum of parts
//! ```
//!
//! The rest is what came by no path that can be closed (thresholds move work and dates) and by several together. All of it is
//! made replication by replication, so parts and rest add up to the total exactly.
//!
//! # A real trial
//!
//! Two arms of different customers share no luck. To see a difference of the shares that stay, `p` and `q`, with
//! two-sided error `a` and power `1 - b`, each arm needs
//!
//! ```text
//! n = ((z(1 - a/2) sqrt(2 m (1 - m)) + z(1 - b) sqrt(p (1 - p) + q (1 - q))) / (p - q))^2,   m = (p + q) / 2
//! ```
//!
//! **Source:** Fleiss, Levin and Paik, *Statistical Methods for Rates and Proportions* (2003), section 4.2.1.

use serde::{Deserialize, Serialize};

use crate::base::math::normal_quantile;
use crate::base::stats::{Estimate, bonferroni};
use crate::base::time::Day;
use crate::engine::record::{Record, RenewalRecord};
use crate::experiment::replicate::Chunk;
use crate::language::{Points, Share, choices};
use crate::population::segment::Segment;
use crate::program::stage::Stage;
use crate::program::touchpoint::{Happening, Touchpoint};
use crate::renewal::care::LighthouseSettings;
use crate::scenario::Scenario;
use crate::scenario::file::ScenarioFile;
use crate::scenario::load::{Experiment, Variant};

choices! {
    /// A way on which what a program does reaches revenue.
    pub enum Path {
        /// What touchpoints for Prospect and Onboarding alone leave behind.
        Onboarding = "onboarding",
        /// What touchpoints on health bands and ratings leave behind.
        HealthWork = "health_work",
        /// What all other touchpoints do to adoption and usage, and the decay that contact prevents.
        Adoption = "adoption",
        /// The cut of churn in Lighthouse.
        Lighthouse = "lighthouse",
        /// What all other touchpoints do to the relationship and to the odds at renewal.
        Renewal = "renewal",
        /// Limits of the advisors' time.
        Capacity = "capacity",
    }
}

/// Days of a month in the ramp.
const MONTH: f64 = 365.25 / 12.0;

/// Probability of seeing, in a real trial, a difference that is there.
const POWER: f64 = 0.80;

/// What one replication says of customers who stay, besides its metrics.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Fates {
    /// Accounts of the opening book that have never churned, at the end of each month.
    pub staying: Vec<u32>,
    /// Accounts of the opening book that leave under one of the two, this variant and the baseline, and not under both.
    pub flips: Vec<Flip>,
}

/// A customer who leaves under one of two variants only.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Flip {
    /// The account.
    pub account: u32,
    /// Its segment at the start.
    pub segment: Segment,
    /// The day on which it leaves under the one and not under the other.
    pub day: Day,
    /// It stays under the variant and leaves under the baseline.
    pub saved: bool,
    /// Odds of churn on that day under the baseline; [`None`]: it had no renewal on that day.
    pub baseline_odds: Option<f64>,
    /// The same under the variant.
    pub variant_odds: Option<f64>,
}

impl Fates {
    /// Looks at one replication under the baseline and a variant, which may be the same.
    #[must_use]
    pub fn of(baseline: &Record, variant: &Record, horizon: Day) -> Self {
        // A month that ends within a day of the horizon is one of the run: three years without a leap day are 36 months.
        let months = ((f64::from(horizon.0) + 1.0) / MONTH) as i32;
        let opening = || variant.accounts.iter().filter(|account| account.opened);
        let staying = (1..=months).map(|month| {
            let end = Day((f64::from(month) * MONTH).round() as i32);
            opening().filter(|account| account.churned.is_none_or(|day| day >= end)).count() as u32
        });
        let pairs = (0..).zip(baseline.accounts.iter().zip(&variant.accounts));
        let flips = pairs.filter(|(_, (own, _))| own.opened).filter_map(|(account, (without, with))| {
            let (day, saved) = match (without.churned, with.churned) {
                (Some(day), None) => (day, true),
                (None, Some(day)) => (day, false),
                _ => return None,
            };
            let odds = |renewals: &[RenewalRecord]| {
                let on_day = |renewal: &&RenewalRecord| (renewal.account, renewal.day) == (account, day);
                renewals.iter().find(on_day).map(|renewal| renewal.churn_odds)
            };
            let (baseline_odds, variant_odds) = (odds(&baseline.renewals), odds(&variant.renewals));
            Some(Flip { account, segment: without.first_segment, day, saved, baseline_odds, variant_odds })
        });
        Self { staying: staying.collect(), flips: flips.collect() }
    }
}

/// Returns `scenario` with a path closed.
#[must_use]
pub fn without(scenario: &Scenario, path: Path) -> Scenario {
    let (mut file, mut rules) = (scenario.file.clone(), scenario.rules.clone());
    close(&mut file, path);
    for program in &mut rules {
        close_in(&mut program.lighthouse, &mut program.touchpoint, path);
    }
    Scenario::new(file, rules, scenario.assumptions.clone(), scenario.book.clone())
}

fn close(file: &mut ScenarioFile, path: Path) {
    match path {
        Path::Capacity => file.pool.clear(),
        Path::Adoption => file.usage.decay_without_contact = Share::of(0.0),
        Path::Lighthouse | Path::Onboarding | Path::HealthWork | Path::Renewal => {}
    }
    close_in(&mut file.lighthouse, &mut file.touchpoint, path);
    for program in file.portfolio.values_mut() {
        close_in(&mut program.lighthouse, &mut program.touchpoint, path);
    }
}

/// Closes a path in one program.
fn close_in(lighthouse: &mut LighthouseSettings, touchpoints: &mut [Touchpoint], path: Path) {
    if path == Path::Lighthouse {
        lighthouse.churn_cut = Share::of(0.0);
    }
    for touchpoint in touchpoints {
        silence(touchpoint, path);
    }
}

/// Takes away what `touchpoint` leaves behind on `path`.
fn silence(touchpoint: &mut Touchpoint, path: Path) {
    let early = |stage: Stage| matches!(stage, Stage::Prospect | Stage::Onboarding);
    let is_early =
        touchpoint.stages.as_ref().is_some_and(|stages| stages.iter().all(|&stage| early(stage.into())));
    let is_on_health = touchpoint.bands.is_some()
        || touchpoint.ratings.is_some()
        || matches!(touchpoint.on, Some(Happening::BandChange | Happening::Assessment));
    let own = if is_early {
        Some(Path::Onboarding)
    } else if is_on_health {
        Some(Path::HealthWork)
    } else {
        None
    };
    let Some(effect) = &mut touchpoint.effect else { return };
    match own {
        Some(own) if own == path => touchpoint.effect = None,
        Some(_) => {}
        None if path == Path::Adoption => {
            (effect.adoption_speed, effect.adoption_pace, effect.engagement) = (None, None, None);
            effect.adoption_ceiling = effect.adoption_ceiling.map(|_| Points::of(0.0));
            (effect.recovers, effect.recovery) = (None, None);
        }
        None if path == Path::Renewal => (effect.relationship, effect.renewal_odds) = (None, None),
        None => {}
    }
}

/// Returns the paths that `experiment` can close: those whose closing changes one of its variants.
#[must_use]
pub fn paths(experiment: &Experiment) -> Vec<Path> {
    let changes = |path: Path| {
        experiment.variants.iter().any(|variant| {
            let closed = without(&variant.scenario, path);
            (&closed.file, &closed.rules) != (&variant.scenario.file, &variant.scenario.rules)
        })
    };
    Path::ALL.iter().copied().filter(|&path| changes(path)).collect()
}

/// Returns `experiment` with, after its own variants, all of them once more for each path, with the path closed.
#[must_use]
pub fn opened_up(experiment: &Experiment, paths: &[Path]) -> Experiment {
    let closed = paths.iter().flat_map(|&path| {
        experiment.variants.iter().map(move |variant| Variant {
            name: format!("{} without {path}", variant.name),
            scenario: without(&variant.scenario, path),
            ..variant.clone()
        })
    });
    let variants = experiment.variants.iter().cloned().chain(closed).collect();
    Experiment { variants, ..experiment.clone() }
}

/// What of a difference came by one path.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Part {
    /// The path; [`None`]: the rest.
    pub path: Option<Path>,
    /// The part; the intervals of all parts and the total hold together. [`None`]: nothing to measure.
    pub estimate: Option<Estimate>,
}

/// Takes the difference of `variant` from the baseline on a metric apart: its total, and its parts with the rest last.
/// `chunk` is of the experiment [`opened_up`] from one of `variants` variants.
#[must_use]
pub fn parts(
    chunk: &Chunk,
    (variants, baseline): (usize, usize),
    variant: usize,
    metric: usize,
    paths: &[Path],
    confidence: f64,
) -> (Option<Estimate>, Vec<Part>) {
    let column = |number: usize| chunk.column(number, metric);
    let difference = |offset: usize| -> Vec<Option<f64>> {
        let pairs = column(offset + variant).into_iter().zip(column(offset + baseline));
        pairs.map(|(with, without)| Some(with? - without?)).collect()
    };
    let total = difference(0);
    let mut rest = total.clone();
    let each = bonferroni(confidence, paths.len() + 2);
    let estimate = |values: &[Option<f64>]| {
        let measured: Vec<f64> = values.iter().copied().flatten().collect();
        Estimate::of(&measured, each)
    };
    let mut parts = Vec::new();
    for (number, &path) in (1..).zip(paths) {
        let closed = difference(number * variants);
        let part: Vec<Option<f64>> =
            total.iter().zip(closed).map(|(total, closed)| Some((*total)? - closed?)).collect();
        for (rest, part) in rest.iter_mut().zip(&part) {
            *rest = rest.zip(*part).map(|(rest, part)| rest - part);
        }
        parts.push(Part { path: Some(path), estimate: estimate(&part) });
    }
    parts.push(Part { path: None, estimate: estimate(&rest) });
    (estimate(&total), parts)
}

/// Why a variant differs from the baseline.
#[derive(Debug, Clone, PartialEq)]
pub struct Why {
    /// The variant, an index into the experiment's.
    pub variant: usize,
    /// The metric, an index into the catalogue.
    pub metric: usize,
    /// The whole difference.
    pub total: Option<Estimate>,
    /// What came by each path, the rest last.
    pub parts: Vec<Part>,
    /// Who of the opening book stays.
    pub ramp: Vec<Month>,
    /// Who flips, in all and by segment.
    pub flips: Vec<Flips>,
}

/// Says of every variant but the baseline why it differs on a metric; `chunk` is of the experiment [`opened_up`].
#[must_use]
pub fn all(
    experiment: &Experiment,
    chunk: &Chunk,
    metric: usize,
    paths: &[Path],
    confidence: f64,
) -> Vec<Why> {
    let (variants, baseline) = (experiment.variants.len(), experiment.baseline);
    let others = (0..variants).filter(|&variant| variant != baseline);
    others
        .map(|variant| {
            let (total, parts) = parts(chunk, (variants, baseline), variant, metric, paths, confidence);
            let ramp = ramp(chunk, baseline, variant, confidence);
            Why { variant, metric, total, parts, ramp, flips: flips(chunk, variant) }
        })
        .collect()
}

/// A month of the ramp.
#[derive(Debug, Clone, PartialEq, Serialize, serde::Deserialize)]
pub struct Month {
    /// The month, counted from 1.
    pub month: u32,
    /// Share of the opening book that has never churned by its end under the baseline.
    pub baseline: f64,
    /// The same under the variant.
    pub variant: f64,
    /// Ends of the interval of the difference; the intervals of all months hold together.
    pub ci_low: Option<f64>,
    /// See `ci_low`.
    pub ci_high: Option<f64>,
    /// Customers each arm of a real trial of this length would need; [`None`]: there is no difference to see.
    pub trial: Option<u64>,
}

/// Returns how the share of the opening book that stays comes apart, month by month.
#[must_use]
pub fn ramp(chunk: &Chunk, baseline: usize, variant: usize, confidence: f64) -> Vec<Month> {
    let months = chunk.of(variant).map(|outcome| outcome.fates.staying.len()).min().unwrap_or(0);
    let each = bonferroni(confidence, months.max(1));
    let share = |number: usize, month: usize| -> Vec<f64> {
        let of = |outcome: &super::replicate::Outcome| {
            f64::from(outcome.fates.staying[month]) / f64::from(outcome.accounts.max(1))
        };
        chunk.of(number).map(of).collect()
    };
    let mean = |values: &[f64]| crate::base::stats::sum(values.iter().copied()) / values.len().max(1) as f64;
    (0..months)
        .map(|month| {
            let (without, with) = (share(baseline, month), share(variant, month));
            let differences: Vec<f64> =
                with.iter().zip(&without).map(|(with, without)| with - without).collect();
            let estimate = Estimate::of(&differences, each);
            let (p, q) = (mean(&without), mean(&with));
            Month {
                month: month as u32 + 1,
                baseline: p,
                variant: q,
                ci_low: estimate.and_then(|it| it.ci_low),
                ci_high: estimate.and_then(|it| it.ci_high),
                trial: trial(p, q, confidence),
            }
        })
        .collect()
}

/// Returns the first month from which on no interval of the ramp holds zero; [`None`]: it never stays so.
#[must_use]
pub fn visible_from(ramp: &[Month]) -> Option<u32> {
    let is_clear =
        |month: &&Month| month.ci_low.zip(month.ci_high).is_some_and(|(low, high)| low > 0.0 || high < 0.0);
    let clear = ramp.iter().rev().take_while(is_clear).last();
    clear.map(|month| month.month)
}

/// Returns how many customers each arm of a real trial needs to see shares `p` and `q` apart; [`None`] if they are equal.
fn trial(p: f64, q: f64, confidence: f64) -> Option<u64> {
    let apart = (p - q).abs();
    let both = f64::midpoint(p, q);
    let spread = |share: f64| share * (1.0 - share);
    let root = normal_quantile(0.5 + confidence / 2.0) * (2.0 * spread(both)).sqrt()
        + normal_quantile(POWER) * (spread(p) + spread(q)).sqrt();
    let customers = (root / apart) * (root / apart);
    (apart > 0.0 && customers < 1e15).then(|| customers.ceil() as u64)
}

/// How many customers flip in a replication, in the mean.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Flips {
    /// Segment; [`None`]: all.
    pub segment: Option<Segment>,
    /// Customers who stay under the variant only.
    pub saved: f64,
    /// Customers who stay under the baseline only.
    pub lost: f64,
    /// Mean odds of churn at those renewals under the baseline; [`None`]: there were none.
    pub baseline_odds: Option<f64>,
    /// The same under the variant.
    pub variant_odds: Option<f64>,
}

/// Counts who flips, in all and by segment.
#[must_use]
pub fn flips(chunk: &Chunk, variant: usize) -> Vec<Flips> {
    let all: Vec<&Flip> = chunk.of(variant).flat_map(|outcome| &outcome.fates.flips).collect();
    let n = f64::from(chunk.len().max(1));
    let row = |segment: Option<Segment>| {
        let own: Vec<&&Flip> =
            all.iter().filter(|flip| segment.is_none_or(|segment| flip.segment == segment)).collect();
        let saved = own.iter().filter(|flip| flip.saved).count() as f64;
        let mean = |odds: fn(&Flip) -> Option<f64>| {
            let known: Vec<f64> = own.iter().filter_map(|flip| odds(flip)).collect();
            Estimate::of(&known, 0.95).map(|estimate| estimate.mean)
        };
        Flips {
            segment,
            saved: saved / n,
            lost: (own.len() as f64 - saved) / n,
            baseline_odds: mean(|flip| flip.baseline_odds),
            variant_odds: mean(|flip| flip.variant_odds),
        }
    };
    let segments = Segment::ALL.iter().map(|&segment| row(Some(segment)));
    std::iter::once(row(None)).chain(segments.filter(|row| row.saved + row.lost > 0.0)).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::*;
    use crate::experiment::example::small;
    use crate::experiment::replicate::{Options, Watch, run_range};
    use crate::metrics;

    fn run(experiment: &Experiment) -> Chunk {
        let watch = Watch { finished: &|| (), stop: &AtomicBool::new(false), cells: None };
        let options = Options { fates: true, weeks: true, ..Options::default() };
        run_range(experiment, 0..3, &options, &watch).unwrap()
    }

    /// Fleiss's worked size for 60 % against 70 % at 5 % and 80 % power, without continuity correction: 356.
    #[test]
    fn a_trial_needs_as_many_customers_as_the_textbook_says() {
        assert_eq!(trial(0.60, 0.70, 0.95), Some(356));
        assert_eq!(trial(0.70, 0.60, 0.95), Some(356));
        assert_eq!(trial(0.8, 0.8, 0.95), None);
        assert!(trial(0.80, 0.801, 0.95) > trial(0.80, 0.81, 0.95));
    }

    /// A variant that only ends the cut of churn in Lighthouse differs by that path and by no other.
    #[test]
    fn a_difference_by_one_path_is_all_on_that_path() {
        let experiment = small(
            "variant = [{ name = \"a\" }, { name = \"b\", set = { \"lighthouse.churn_cut\" = \"0%\" } }]\n\
             lighthouse = { churn_cut = \"90%\", full_after = \"1d\", entry = \"yellow_or_red\" }",
        );
        let paths = paths(&experiment);
        assert!(paths.contains(&Path::Lighthouse) && !paths.contains(&Path::Capacity));
        let chunk = run(&opened_up(&experiment, &paths));
        let metric = metrics::position("churned_arr").unwrap();
        let (total, parts) = parts(&chunk, (2, 0), 1, metric, &paths, 0.95);
        let total = total.unwrap().mean;
        assert!(total > 0.0, "{total}");
        let part = |path| parts.iter().find(|part| part.path == path).unwrap().estimate.unwrap().mean;
        assert_eq!(part(Some(Path::Lighthouse)), total);
        let sum: f64 = parts.iter().map(|part| part.estimate.unwrap().mean).sum();
        assert!((sum - total).abs() < 1e-9 * total, "{sum} {total}");
    }

    /// With every path closed a program does nothing that revenue could feel.
    #[test]
    fn with_all_paths_closed_a_cadence_changes_no_revenue() {
        let mut experiment = small(
            "variant = [{ name = \"a\" }, { name = \"b\", set = { \"touchpoint.check-in.enabled\" = true, \
             \"touchpoint.check-in.every\" = \"30d\" } }]\nresponses = { fatigue = false, request_weight = 0.0 }",
        );
        for variant in &mut experiment.variants {
            for &path in Path::ALL {
                variant.scenario = without(&variant.scenario, path);
            }
        }
        let chunk = run(&experiment);
        let column = |name: &str, variant| chunk.column(variant, metrics::position(name).unwrap());
        assert_ne!(column("touchpoints_done", 0), column("touchpoints_done", 1));
        assert_eq!(column("closing_arr", 0), column("closing_arr", 1));
    }

    #[test]
    fn who_stays_is_counted_from_the_opening_book_and_flips_add_up() {
        let chunk = run(&small(
            "variant = [{ name = \"a\" }, { name = \"b\", set = { \"lighthouse.churn_cut\" = \"0%\" } }]\n\
             lighthouse = { churn_cut = \"90%\", full_after = \"1d\", entry = \"yellow_or_red\" }",
        ));
        for replication in &chunk.replications {
            let [baseline, variant] = &replication[..] else { panic!("two variants") };
            assert_eq!(variant.fates.staying.len(), 24);
            assert!(variant.fates.staying.is_sorted_by(|earlier, later| earlier >= later));
            assert!(variant.fates.staying[0] <= variant.accounts && baseline.fates.flips.is_empty());
            let saved = variant.fates.flips.iter().filter(|flip| flip.saved).count() as i64;
            let lost = variant.fates.flips.len() as i64 - saved;
            let apart = i64::from(variant.fates.staying[23]) - i64::from(baseline.fates.staying[23]);
            assert_eq!(saved - lost, apart);
            // The cut only lowers odds, and one shared number decides: without it nobody is saved.
            assert_eq!(saved, 0);
        }
        let all = flips(&chunk, 1)[0];
        assert!(all.lost > 0.0 && all.variant_odds > all.baseline_odds);
    }

    #[test]
    fn whole_years_have_all_their_months_with_leap_days_and_without() {
        let months = |days| Fates::of(&Record::default(), &Record::default(), Day(days)).staying.len();
        assert_eq!([365, 366, 730, 731, 1095, 1096, 1461].map(months), [12, 12, 24, 24, 36, 36, 48]);
        assert_eq!([0, 29, 364, 1093].map(months), [0, 0, 11, 35]);
    }

    /// All of a book that closes on the first day are its opening book, and those who never became customers are not.
    #[test]
    fn the_opening_book_is_whoever_is_under_contract_at_the_start() {
        let chunk = run(&small(
            "population.mid_life = false\npopulation.close_probability = \"50%\"\nstages.prospect_days = 30\n\
             variant = [{ name = \"a\" }, { name = \"b\", set = { \"lighthouse.churn_cut\" = \"0%\" } }]\n\
             lighthouse = { churn_cut = \"90%\", full_after = \"1d\", entry = \"yellow_or_red\" }",
        ));
        for outcome in chunk.of(1) {
            assert_eq!((outcome.accounts, outcome.fates.staying[0]), (12, 12));
            let opening = &outcome.survival[0];
            assert_eq!((opening.year, opening.at_risk[0]), (None, 12));
        }
        let all = || chunk.of(1);
        assert!(all().any(|outcome| outcome.survival.len() > 1), "nobody came");
        assert!(all().any(|outcome| !outcome.fates.flips.is_empty()), "nobody flips");
        assert!(all().any(|outcome| !outcome.quarters.is_empty()), "nothing came up for renewal");
    }

    #[test]
    fn a_difference_is_visible_from_where_it_stays_clear() {
        let month = |month, ci_low, ci_high| Month {
            month,
            baseline: 0.9,
            variant: 0.9,
            ci_low: Some(ci_low),
            ci_high: Some(ci_high),
            trial: None,
        };
        let ramp = [month(1, 0.1, 0.2), month(2, -0.1, 0.2), month(3, 0.1, 0.2), month(4, 0.1, 0.3)];
        assert_eq!(visible_from(&ramp), Some(3));
        assert_eq!(visible_from(&ramp[..2]), None);
        assert_eq!(visible_from(&[]), None);
    }
}
