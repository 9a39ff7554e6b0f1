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
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use rayon::{ThreadPoolBuildError, ThreadPoolBuilder};

use serde::{Deserialize, Serialize};

use crate::engine::record::{AccountRecord, Wait, WeekRecord};
use crate::experiment::calibrate::seen::Seen;
use crate::experiment::ceiling::SharedLuck;
use crate::experiment::cells::{Cells, CellsError};
use crate::experiment::fan::Quarter;
use crate::experiment::replication::Ready;
use crate::experiment::slices::SliceOutcome;
use crate::experiment::survival::CohortMonths;
use crate::experiment::why::Fates;
use crate::metrics::luck::Controls;
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
    /// The metrics of the arms of dated changes.
    pub arms: Vec<SliceOutcome>,
    /// Advisor hours an account and year by kind of touchpoint, in their order, other work last (hours); where slices were
    /// asked for.
    pub hours: Vec<f64>,
    /// Who stays and who flips, where it was asked for.
    pub fates: Fates,
    /// The weeks, where they were asked for.
    pub weeks: Vec<WeekRecord>,
    /// Waits for an advisor, with the weeks.
    pub waits: Vec<Wait>,
    /// How long customers stay, by cohort, with the weeks.
    pub survival: Vec<CohortMonths>,
    /// The accounts, where they were asked for.
    pub book: Vec<AccountRecord>,
    /// What luck did beyond what was probable: numbers of zero expectation.
    pub controls: Controls,
    /// What a history would show of the opening book, where it was asked for.
    pub seen: Seen,
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
    /// Whether to keep what a history would show.
    pub seen: bool,
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

/// Replications of an experiment that are asked for.
#[derive(Debug, Clone)]
pub struct Job<'a> {
    /// What is run.
    pub experiment: &'a Experiment,
    /// Which of its replications.
    pub replications: Range<u32>,
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
    let mut chunks = run_all(&[Job { experiment, replications }], options, watch)?;
    Ok(chunks.pop().unwrap_or_default())
}

/// Runs several experiments, each as [`run_range`] does, so that no thread waits for the end of one of them; one chunk an
/// experiment.
///
/// Replications are taken up in the order of the experiments. If [`Watch::stop`] was set meanwhile, one chunk is shorter than was asked for
/// and all behind it are empty, but for those that other threads had taken up.
///
/// # Errors
///
/// As [`run_range`].
pub fn run_all(jobs: &[Job<'_>], options: &Options, watch: &Watch<'_>) -> Result<Vec<Chunk>, RunError> {
    let pool = ThreadPoolBuilder::new().num_threads(options.threads.map_or(0, |n| n as usize)).build()?;
    let ready: Vec<Ready<'_>> =
        pool.install(|| jobs.par_iter().map(|job| Ready::new(job, options, watch)).collect());
    let queue = Queue::new(jobs);
    let shares = pool.broadcast(|_| {
        let mut done = Vec::new();
        while !watch.stop.load(Ordering::Relaxed) {
            let Some((at, replication)) = queue.next() else { break };
            done.push((at, replication, ready[at].run(replication, options)?));
            (watch.finished)();
        }
        Ok(done)
    });
    let shares: Vec<Vec<(usize, u32, Vec<Outcome>)>> =
        shares.into_iter().collect::<Result<_, CellsError>>()?;
    let mut done: Vec<(usize, u32, Vec<Outcome>)> = shares.into_iter().flatten().collect();
    done.sort_by_key(|&(at, replication, _)| (at, replication));
    let mut chunks: Vec<Chunk> =
        jobs.iter().map(|job| Chunk { first: job.replications.start, replications: Vec::new() }).collect();
    for (at, _, outcomes) in done {
        chunks[at].replications.push(outcomes);
    }
    Ok(chunks)
}

/// The replications of several experiments, one behind the other.
struct Queue {
    /// Of each experiment its first replication, and how many there are up to its end.
    ends: Vec<(u32, u64)>,
    taken: AtomicU64,
}

impl Queue {
    fn new(jobs: &[Job<'_>]) -> Self {
        let ends = jobs.iter().scan(0, |end, Job { replications, .. }| {
            *end += u64::from(replications.end.saturating_sub(replications.start));
            Some((replications.start, *end))
        });
        Self { ends: ends.collect(), taken: AtomicU64::new(0) }
    }

    /// Takes up the next replication: which experiment's, and which; [`None`] if there is none left.
    fn next(&self) -> Option<(usize, u32)> {
        let next = self.taken.fetch_add(1, Ordering::Relaxed);
        let at = self.ends.partition_point(|&(_, end)| end <= next);
        let (first, _) = *self.ends.get(at)?;
        let before = if at == 0 { 0 } else { self.ends[at - 1].1 };
        Some((
            at,
            first + u32::try_from(next - before).expect("invariant: replications are counted in 32 bits"),
        ))
    }
}

impl Options {
    /// Returns the variants of `experiment` that are run, in their order.
    #[must_use]
    pub fn variants_of(&self, experiment: &Experiment) -> Vec<usize> {
        self.only.clone().unwrap_or_else(|| (0..experiment.variants.len()).collect())
    }
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

/// Returns the names of the touchpoints of each program, in the order of `Record::touches`.
#[must_use]
pub fn touchpoint_names(scenario: &Scenario) -> Vec<Vec<&str>> {
    fn names(program: &Program) -> Vec<&str> {
        program.plans.iter().map(|plan| plan.touchpoint.name.as_str()).collect()
    }
    scenario.programs.iter().map(names).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::example::small;
    use crate::metrics;
    use std::sync::atomic::AtomicU32;

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
            seen: true,
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

    /// Parts of experiments that have nothing to do with each other, one of them empty.
    #[test]
    fn experiments_run_side_by_side_do_what_they_do_alone() {
        let experiments = [small(""), small("seed = 5"), small("seed = 9")];
        let ranges = [0..2, 3..3, 1..4];
        let jobs: Vec<Job<'_>> = experiments
            .iter()
            .zip(&ranges)
            .map(|(experiment, range)| Job { experiment, replications: range.clone() })
            .collect();
        let watch = Watch { finished: &|| (), stop: &AtomicBool::new(false), cells: None };
        for threads in [1, 3] {
            let options = Options { threads: Some(threads), ..Options::default() };
            let chunks = run_all(&jobs, &options, &watch).unwrap();
            for ((experiment, range), chunk) in experiments.iter().zip(&ranges).zip(chunks) {
                assert!(chunk == run(experiment, range.clone(), &Options::default()), "{range:?}");
            }
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
