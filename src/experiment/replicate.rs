//! Replications: the one seam between an experiment and whoever runs it.
//!
//! The opening book of a replication is made once, under the baseline, and every variant starts from it. A
//! replication is a function of the experiment and its own index alone, so any part of an experiment can be
//! run anywhere, and parts put together by index are the whole.
//!
//! # Stopping
//!
//! Replications are taken up in the order of their indices and a replication taken up is finished. When
//! somebody asks to stop, what there is are therefore the first so many replications without a gap: the same
//! bits as an experiment of that many replications.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use rayon::{ThreadPoolBuildError, ThreadPoolBuilder};

use serde::{Deserialize, Serialize};

use crate::engine::record::{AccountRecord, Record, Wait, WeekRecord};
use crate::engine::run::{Keep, Opening};
use crate::experiment::ceiling::SharedLuck;
use crate::experiment::cells::{self, Cells, CellsError, Fingerprint};
use crate::experiment::fan::{self, Quarter};
use crate::experiment::slices::{self, SliceOutcome};
use crate::experiment::why::Fates;
use crate::metrics::capacity::hours_by_touchpoint;
use crate::metrics::luck::{self, Controls};
use crate::metrics::{self, Slice, View, Worth};
use crate::scenario::load::Experiment;
use crate::scenario::{Program, Scenario};

/// What one replication of one variant left behind.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Outcome {
    /// The metrics in the order of the catalogue; [`None`] where there was nothing to measure.
    pub metrics: Vec<Option<f64>>,
    /// Accounts under contract at the start.
    pub accounts: u32,
    /// Days that accounts spent under contract.
    pub account_days: u64,
    /// Events handled.
    pub events: u64,
    /// What of the opening book came up for renewal, by calendar quarter.
    pub quarters: Vec<Quarter>,
    /// How much luck at renewals is shared with the baseline at best.
    pub luck: SharedLuck,
    /// The metrics of segments, programs and cohorts, where they were asked for.
    pub slices: Vec<SliceOutcome>,
    /// Advisor hours an account and year by kind of touchpoint, in their order, other work last (hours); where slices were
    /// asked for.
    pub hours: Vec<f64>,
    /// Who stays and who flips, where it was asked for.
    pub fates: Fates,
    /// The weeks, where they were asked for.
    pub weeks: Vec<WeekRecord>,
    /// Waits for an advisor, with the weeks.
    pub waits: Vec<Wait>,
    /// The accounts, where they were asked for.
    pub book: Vec<AccountRecord>,
    /// What luck did beyond what was probable: numbers of zero expectation.
    pub controls: Controls,
}

/// Why replications could not be run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The system refuses to start threads.
    #[error("the threads of the run cannot be started: {0}")]
    Threads(#[from] ThreadPoolBuildError),
    /// Finished cells cannot be kept.
    #[error(transparent)]
    Cells(#[from] CellsError),
}

/// Replications that follow each other.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Chunk {
    /// Index of the first.
    pub first: u32,
    /// By replication, then by variant in the order of the experiment.
    pub replications: Vec<Vec<Outcome>>,
}

/// How replications are run, none of which changes their metrics.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Options {
    /// Number of threads; [`None`]: as many as the machine has cores.
    pub threads: Option<u32>,
    /// Whether to measure segments, programs and cohorts.
    pub slices: bool,
    /// Whether to keep who stays and who flips.
    pub fates: bool,
    /// Whether to keep the weeks.
    pub weeks: bool,
    /// Accounts are kept of these replications.
    pub accounts_of: Range<u32>,
    /// Variants that are run, in this order; [`None`]: all. The opening book is the baseline's in either case.
    pub only: Option<Vec<usize>>,
}

/// The one who waits for replications.
pub struct Watch<'a> {
    /// Called after each replication, by whichever thread finished it.
    pub finished: &'a (dyn Fn() + Sync),
    /// Set to stop before the next replication is taken up.
    pub stop: &'a AtomicBool,
    /// Where finished cells are kept and looked for, if anywhere.
    pub cells: Option<&'a Cells>,
}

/// Runs `replications` of all variants.
///
/// The chunk is shorter than the range if [`Watch::stop`] was set meanwhile.
///
/// # Errors
///
/// If the system refuses to start the threads, or finished cells cannot be kept.
pub fn run_range(
    experiment: &Experiment,
    replications: Range<u32>,
    options: &Options,
    watch: &Watch<'_>,
) -> Result<Chunk, RunError> {
    let pool = ThreadPoolBuilder::new().num_threads(options.threads.map_or(0, |n| n as usize)).build()?;
    let all = (0..experiment.variants.len()).collect();
    let variants: &Vec<usize> = options.only.as_ref().unwrap_or(&all);
    let counterfactuals: Vec<Option<Scenario>> =
        variants.iter().map(|&variant| without_lighthouse(&experiment.variants[variant].scenario)).collect();
    let keeping = watch.cells.filter(|_| options.only.is_none()).map(|cells| {
        (cells, [false, true].map(|keeps_accounts| cells::fingerprints(experiment, options, keeps_accounts)))
    });
    let next = AtomicU32::new(replications.start);
    let shares = pool.broadcast(|_| {
        let mut done = Vec::new();
        while !watch.stop.load(Ordering::Relaxed) {
            let replication = next.fetch_add(1, Ordering::Relaxed);
            if replication >= replications.end {
                break;
            }
            let run = |known| run_one(experiment, variants, &counterfactuals, replication, options, known);
            let outcomes = match &keeping {
                None => run(Vec::new()),
                Some((cells, fingerprints)) => {
                    let keeps_accounts = options.accounts_of.contains(&replication);
                    run_unless_kept(cells, &fingerprints[usize::from(keeps_accounts)], replication, run)?
                }
            };
            done.push((replication, outcomes));
            (watch.finished)();
        }
        Ok(done)
    });
    let shares: Vec<Vec<(u32, Vec<Outcome>)>> = shares.into_iter().collect::<Result<_, CellsError>>()?;
    let mut done: Vec<(u32, Vec<Outcome>)> = shares.into_iter().flatten().collect();
    done.sort_by_key(|&(replication, _)| replication);
    Ok(Chunk {
        first: replications.start,
        replications: done.into_iter().map(|(_, outcomes)| outcomes).collect(),
    })
}

impl Chunk {
    /// Returns the same replications of the first so many variants.
    #[must_use]
    pub fn first_variants(&self, count: usize) -> Self {
        let replications = self.replications.iter().map(|outcomes| outcomes[..count].to_vec()).collect();
        Self { first: self.first, replications }
    }

    /// Returns the number of replications.
    #[must_use]
    pub fn len(&self) -> u32 {
        u32::try_from(self.replications.len()).expect("invariant: replications are counted in 32 bits")
    }

    /// Returns whether it holds no replication.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.replications.is_empty()
    }

    /// Returns the outcomes of `variant` in the order of replications.
    #[must_use]
    pub fn of(&self, variant: usize) -> impl ExactSizeIterator<Item = &Outcome> {
        self.replications.iter().map(move |outcomes| &outcomes[variant])
    }

    /// Returns one metric of `variant` in the order of replications; `metric` counts in the catalogue.
    #[must_use]
    pub fn column(&self, variant: usize, metric: usize) -> Vec<Option<f64>> {
        self.of(variant).map(|outcome| outcome.metrics[metric]).collect()
    }

    /// Returns a replication's mean of a whole number counted in every outcome of `variant`; 0 of none.
    #[must_use]
    pub fn mean_count(&self, variant: usize, count: impl Fn(&Outcome) -> u64) -> f64 {
        let total: u64 = self.of(variant).map(count).sum();
        if self.is_empty() { 0.0 } else { total as f64 / f64::from(self.len()) }
    }
}

/// Runs a replication, but for the cells of it that are kept, and keeps what was run.
fn run_unless_kept(
    cells: &Cells,
    fingerprints: &[Fingerprint],
    replication: u32,
    run: impl FnOnce(Vec<Option<Outcome>>) -> Vec<Outcome>,
) -> Result<Vec<Outcome>, CellsError> {
    let known: Vec<Option<Outcome>> = fingerprints
        .iter()
        .map(|fingerprint| cells.find(fingerprint, replication))
        .collect::<Result<_, _>>()?;
    let is_new: Vec<bool> = known.iter().map(Option::is_none).collect();
    if !is_new.contains(&true) {
        return Ok(known.into_iter().flatten().collect());
    }
    let outcomes = run(known);
    let new = fingerprints.iter().zip(&outcomes).zip(is_new).filter(|&(_, is_new)| is_new);
    cells.keep(replication, &new.map(|(cell, _)| cell).collect::<Vec<_>>())?;
    Ok(outcomes)
}

/// Runs the variants of a replication that are not `known`.
fn run_one(
    experiment: &Experiment,
    variants: &[usize],
    counterfactuals: &[Option<Scenario>],
    replication: u32,
    options: &Options,
    mut known: Vec<Option<Outcome>>,
) -> Vec<Outcome> {
    known.resize(variants.len(), None);
    let opening = Opening::new(&experiment.variants[experiment.baseline].scenario, replication);
    let compared = variants.contains(&experiment.baseline);
    let baseline =
        compared.then(|| opening.run(&experiment.variants[experiment.baseline].scenario, Keep::default()));
    let keeps = options.accounts_of.contains(&replication);
    let outcome = |at: usize| {
        if let Some(outcome) = known[at].take() {
            return outcome;
        }
        let variant = variants[at];
        let scenario = &experiment.variants[variant].scenario;
        let without = counterfactuals[at].as_ref().map(|other| opening.run(other, Keep::default()));
        let own = (variant != experiment.baseline).then(|| opening.run(scenario, Keep::default()));
        let record =
            own.as_ref().or(baseline.as_ref()).expect("invariant: the baseline is run where it is asked for");
        let whole = View {
            record,
            counterfactual: without.as_ref(),
            worth: Worth::from(&scenario.file.value),
            slice: Slice::All,
        };
        Outcome {
            metrics: metrics::values(&whole),
            slices: if options.slices { slices::outcomes(&whole) } else { Vec::new() },
            hours: if options.slices { hours(record, scenario) } else { Vec::new() },
            accounts: record.opening_accounts,
            account_days: record.accounts.iter().map(|account| u64::from(account.days)).sum(),
            events: record.events,
            quarters: fan::quarters(record, scenario),
            luck: baseline.as_ref().map_or_else(SharedLuck::default, |baseline| {
                SharedLuck::between(&baseline.renewals, &record.renewals)
            }),
            fates: match &baseline {
                Some(baseline) if options.fates => Fates::of(baseline, record, scenario.horizon),
                _ => Fates::default(),
            },
            weeks: if options.weeks { record.weeks.clone() } else { Vec::new() },
            waits: if options.weeks { record.waits.clone() } else { Vec::new() },
            controls: luck::controls(record),
            book: if keeps { record.accounts.clone() } else { Vec::new() },
        }
    };
    (0..variants.len()).map(outcome).collect()
}

fn hours(record: &Record, scenario: &Scenario) -> Vec<f64> {
    let kinds = hours_by_touchpoint(record, &touchpoint_names(scenario)).unwrap_or_default();
    kinds.into_iter().map(|kind| kind.hours).collect()
}

/// Returns the names of the touchpoints of each program, in the order of [`Record::touches`].
#[must_use]
pub fn touchpoint_names(scenario: &Scenario) -> Vec<Vec<&str>> {
    fn names(program: &Program) -> Vec<&str> {
        program.plans.iter().map(|plan| plan.touchpoint.name.as_str()).collect()
    }
    scenario.programs.iter().map(names).collect()
}

/// Returns the scenario without Lighthouse, if any of its programs asks what would happen then.
fn without_lighthouse(scenario: &Scenario) -> Option<Scenario> {
    let asked = scenario.programs.iter().any(|program| program.lighthouse.counterfactual);
    asked.then(|| {
        let mut other = scenario.clone();
        for program in &mut other.programs {
            program.lighthouse.enabled = false;
        }
        other
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::example::small;

    fn run(experiment: &Experiment, replications: Range<u32>, options: &Options) -> Chunk {
        let watch = Watch { finished: &|| (), stop: &AtomicBool::new(false), cells: None };
        run_range(experiment, replications, options, &watch).unwrap()
    }

    fn metric(chunk: &Chunk, variant: usize, name: &str) -> Vec<Option<f64>> {
        chunk.column(variant, metrics::position(name).unwrap())
    }

    #[test]
    fn a_part_of_an_experiment_is_a_part_of_its_results() {
        let experiment = small("");
        let options = |threads| Options {
            threads: Some(threads),
            slices: true,
            fates: true,
            weeks: true,
            accounts_of: 1..3,
            only: None,
        };
        let whole = run(&experiment, 0..4, &options(3));
        let part = run(&experiment, 2..4, &options(1));
        assert_eq!((part.first, part.len()), (2, 2));
        assert!(part.replications == whole.replications[2..], "the part differs from the whole");
        let kept: Vec<bool> = whole.of(0).map(|outcome| !outcome.book.is_empty()).collect();
        assert_eq!(kept, [false, true, true, false]);
    }

    #[test]
    fn some_variants_alone_do_what_they_do_among_all() {
        let set = "set = { \"touchpoint.check-in.enabled\" = true, \"touchpoint.check-in.every\"";
        let text = format!(
            "variant = [{{ name = \"a\" }}, {{ name = \"b\", {set} = \"30d\" }} }}, {{ name = \"c\", {set} = \"60d\" }} }}]"
        );
        let experiment = small(&text);
        let all = run(&experiment, 0..2, &Options::default());
        let some = run(&experiment, 0..2, &Options { only: Some(vec![2, 0]), ..Options::default() });
        for (at, variant) in [(0, 2), (1, 0)] {
            let metrics =
                |chunk: &Chunk, of: usize| chunk.of(of).map(|it| it.metrics.clone()).collect::<Vec<_>>();
            assert_eq!(metrics(&some, at), metrics(&all, variant));
        }
    }

    #[test]
    fn replications_differ_and_variants_share_their_opening_book() {
        let text = "variant = [{ name = \"a\" }, { name = \"b\", set = { \"touchpoint.check-in.enabled\" = true } }]";
        let chunk = run(&small(text), 0..3, &Options::default());
        let opening = metric(&chunk, 0, "opening_arr");
        assert_eq!(opening, metric(&chunk, 1, "opening_arr"));
        assert_ne!(opening[0], opening[1]);
        let hours = "advisor_hours_per_account_year";
        assert_ne!(metric(&chunk, 0, hours), metric(&chunk, 1, hours));
    }

    #[test]
    fn whoever_asks_to_stop_gets_the_first_replications_without_a_gap() {
        let experiment = small("");
        let whole = run(&experiment, 0..4, &Options::default());
        for after in 0..3 {
            let (stop, finished) = (AtomicBool::new(after == 0), AtomicU32::new(0));
            let count = || {
                if finished.fetch_add(1, Ordering::Relaxed) + 1 >= after {
                    stop.store(true, Ordering::Relaxed);
                }
            };
            let watch = Watch { finished: &count, stop: &stop, cells: None };
            let options = Options { threads: Some(2), ..Options::default() };
            let chunk = run_range(&experiment, 0..4, &options, &watch).unwrap();
            assert!(chunk.len() >= after && chunk.len() <= after + 1, "{} after {after}", chunk.len());
            assert!(chunk.replications == whole.replications[..chunk.replications.len()]);
        }
    }

    /// With a cut of all churn, who would have left without Lighthouse stays with it; with none, nobody.
    #[test]
    fn the_counterfactual_is_the_same_replication_without_lighthouse() {
        let saves = |counterfactual: bool, cut: &str| {
            let text = format!(
                "lighthouse = {{ counterfactual = {counterfactual}, churn_cut = \"{cut}\", full_after = \"1d\", \
                 entry = \"yellow_or_red\" }}\nassessment = {{ risk_missed = \"0%\" }}"
            );
            metric(&run(&small(&text), 0..4, &Options::default()), 0, "lighthouse_causal_saves")
        };
        assert_eq!(saves(false, "100%"), [None; 4]);
        let total = |saves: Vec<Option<f64>>| saves.into_iter().flatten().sum::<f64>();
        assert_eq!(total(saves(true, "0%")), 0.0);
        assert!(total(saves(true, "100%")) > 0.0);
    }
}
