//! Runs that pages ask for: a bounded queue, a worker each for rough and for full runs, and whoever watches.
//!
//! A run is made of batches of replications. After each batch its means are published and the next run has its turn, so
//! that several pages go on side by side, and a rough answer never waits for a long run.
//!
//! # Invariants
//!
//! - At most [`MOST_UNFINISHED`] runs are unfinished, and of these at most [`MOST_OPEN`] a worker hold replications in memory.
//! - A run that nobody watches is stopped after a while, unless somebody asked to keep it.
//! - The replications of a run are the first so many, as on the command line.

use std::collections::{BTreeMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::experiment::precision;
use crate::experiment::replicate::{self, Chunk, Options, Watch};
use crate::output::results::StoppedBy;
use crate::serve::ask::{MOST_CELLS, Plan};
use crate::serve::progress::{Means, Progress, State};
use crate::serve::remains::Remains;

/// The most runs that wait or are being run.
pub(super) const MOST_UNFINISHED: usize = 32;

/// The most runs of one worker that take turns; others wait until one of them is finished.
const MOST_OPEN: usize = 3;

/// The most runs that are remembered; beyond that the oldest that nobody asked to keep is forgotten.
const MOST_KNOWN: usize = 96;

/// The most rough runs that are remembered where others have to go for them: each page moves on from one to the next, but has to
/// have seen how it ended.
const MOST_ROUGH: usize = 48;

/// The most runs that are kept.
const MOST_KEPT: usize = 32;

/// The replications of a rough run.
const ROUGH: u32 = 16;

/// How long a batch should take: long enough to be worth its start, short enough to take turns.
const BATCH: Duration = Duration::from_millis(150);

/// Which worker does a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lane {
    Rough,
    Full,
}

/// A run.
pub(super) struct Job {
    /// Its number.
    pub(super) id: u64,
    /// What is run.
    pub(super) plan: Plan,
    lane: Lane,
    stop: AtomicBool,
    keep: AtomicBool,
    /// How long it goes on when nobody watches.
    grace: Duration,
    /// How many watch, and since when nobody does.
    watchers: Mutex<(u32, Instant)>,
    progress: watch::Sender<Progress>,
    work: Mutex<Work>,
    remains: OnceLock<Remains>,
}

/// What a worker has of a run between two batches.
struct Work {
    chunk: Chunk,
    /// Replications of the next batch.
    batch: u32,
    begun: Option<Instant>,
}

/// Somebody who watches a run; the run is told when they are gone.
pub(super) struct Watching {
    job: Arc<Job>,
    /// What is known of the run.
    pub(super) progress: watch::Receiver<Progress>,
}

impl Drop for Watching {
    fn drop(&mut self) {
        let mut watchers = locked(&self.job.watchers);
        *watchers = (watchers.0 - 1, now());
    }
}

/// All runs.
pub(super) struct Jobs {
    shared: Arc<Shared>,
    workers: Mutex<Vec<JoinHandle<()>>>,
}

struct Shared {
    queue: Mutex<Queue>,
    wake: Condvar,
    threads: Option<u32>,
    grace: Duration,
    out: Option<PathBuf>,
}

#[derive(Default)]
struct Queue {
    last: u64,
    known: BTreeMap<u64, Arc<Job>>,
    rough: VecDeque<Arc<Job>>,
    full: VecDeque<Arc<Job>>,
    closing: bool,
}

/// Why a run is not taken.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(super) enum Full {
    /// Too many are unfinished.
    #[error("{MOST_UNFINISHED} runs are unfinished: wait until one of them is, or stop one")]
    Unfinished,
    /// Too many are kept.
    #[error("{MOST_KEPT} runs are kept: let go of one first")]
    Kept,
    /// The server ends.
    #[error("the server is shutting down")]
    Closing,
}

impl Jobs {
    /// Starts the workers. Runs have so many `threads` (all cores if absent) and outlive their page by `grace`; kept ones are
    /// written into `out`.
    ///
    /// # Errors
    ///
    /// If the system refuses to start a thread.
    pub(super) fn start(
        threads: Option<u32>,
        grace: Duration,
        out: Option<PathBuf>,
    ) -> std::io::Result<Self> {
        let shared = Arc::new(Shared { queue: Mutex::default(), wake: Condvar::new(), threads, grace, out });
        let mut workers = Vec::new();
        for lane in [Lane::Rough, Lane::Full] {
            let shared = Arc::clone(&shared);
            let name = if lane == Lane::Rough { "rough runs" } else { "runs" };
            workers.push(thread::Builder::new().name(name.to_owned()).spawn(move || shared.work(lane))?);
        }
        Ok(Self { shared, workers: Mutex::new(workers) })
    }

    /// Queues a run and returns it.
    ///
    /// # Errors
    ///
    /// If there are too many, or the server ends.
    pub(super) fn add(&self, plan: Plan, rough: bool, keep: bool) -> Result<Arc<Job>, Full> {
        let lane = if rough { Lane::Rough } else { Lane::Full };
        let mut queue = locked(&self.shared.queue);
        if queue.closing {
            return Err(Full::Closing);
        }
        if queue.unfinished() >= MOST_UNFINISHED {
            return Err(Full::Unfinished);
        }
        if keep && queue.kept() >= MOST_KEPT {
            return Err(Full::Kept);
        }
        queue.last += 1;
        let job = Arc::new(Job::new(queue.last, plan, lane, keep, self.shared.grace));
        queue.known.insert(job.id, Arc::clone(&job));
        queue.forget();
        // Whoever has no result yet goes before those who have one.
        let waiting = queue.lane(lane);
        let fresh = waiting.iter().take_while(|other| !other.is_begun()).count();
        waiting.insert(fresh, Arc::clone(&job));
        drop(queue);
        self.shared.wake.notify_all();
        Ok(job)
    }

    /// Returns the run with this number, if it is remembered.
    pub(super) fn find(&self, id: u64) -> Option<Arc<Job>> {
        locked(&self.shared.queue).known.get(&id).cloned()
    }

    /// Returns all runs that are remembered, oldest first.
    pub(super) fn all(&self) -> Vec<Arc<Job>> {
        locked(&self.shared.queue).known.values().cloned().collect()
    }

    /// Keeps a run whatever becomes of its page, or lets go of it.
    ///
    /// # Errors
    ///
    /// If too many are kept; words where its folder cannot be written.
    pub(super) fn keep(&self, job: &Job, keep: bool) -> Result<(), String> {
        if keep && !job.keep.load(Ordering::Relaxed) && locked(&self.shared.queue).kept() >= MOST_KEPT {
            return Err(Full::Kept.to_string());
        }
        job.keep.store(keep, Ordering::Relaxed);
        match (&self.shared.out, job.remains.get()) {
            (Some(out), Some(finished)) if keep => finished.keep(out),
            _ => Ok(()),
        }
    }

    /// Stops all runs and waits until they have ended; kept ones keep what is finished.
    pub(super) fn close(&self) {
        let mut queue = locked(&self.shared.queue);
        queue.closing = true;
        for job in queue.known.values() {
            job.stop();
        }
        drop(queue);
        self.shared.wake.notify_all();
        for worker in locked(&self.workers).drain(..) {
            // A worker does not panic: what is run in it may, and is caught there.
            let _ = worker.join();
        }
    }
}

impl Drop for Jobs {
    fn drop(&mut self) {
        self.close();
    }
}

impl Queue {
    fn lane(&mut self, lane: Lane) -> &mut VecDeque<Arc<Job>> {
        match lane {
            Lane::Rough => &mut self.rough,
            Lane::Full => &mut self.full,
        }
    }

    fn unfinished(&self) -> usize {
        self.known.values().filter(|job| !job.state().is_over()).count()
    }

    fn kept(&self) -> usize {
        self.known.values().filter(|job| job.keep.load(Ordering::Relaxed)).count()
    }

    /// Forgets runs that are over and not kept.
    fn forget(&mut self) {
        while self.known.len() > MOST_KNOWN {
            let is_old = |job: &&Arc<Job>| job.state().is_over() && !job.keep.load(Ordering::Relaxed);
            let old: Vec<(u64, Lane)> =
                self.known.values().filter(is_old).map(|job| (job.id, job.lane)).collect();
            let Some(id) = first_to_go(&old) else { return };
            self.known.remove(&id);
        }
    }

    /// Takes the run whose turn it is.
    fn next(&mut self, lane: Lane) -> Option<Arc<Job>> {
        let waiting = self.lane(lane);
        let open = waiting.iter().filter(|job| job.is_begun()).count();
        let at = waiting.iter().position(|job| job.is_begun() || open < MOST_OPEN || job.is_unwanted())?;
        waiting.remove(at)
    }
}

/// Returns which of these runs, oldest first, is to be forgotten: the oldest, or of many rough ones the oldest of them.
fn first_to_go(old: &[(u64, Lane)]) -> Option<u64> {
    let rough = || old.iter().filter(|(_, lane)| *lane == Lane::Rough);
    let first = if rough().count() > MOST_ROUGH { rough().next() } else { old.first() };
    first.map(|&(id, _)| id)
}

impl Shared {
    /// Takes turns until the server ends.
    fn work(&self, lane: Lane) {
        while let Some(job) = self.wait(lane) {
            let step = catch_unwind(AssertUnwindSafe(|| self.step(&job)));
            let over = step.unwrap_or_else(|_| {
                job.fail("the run broke off: this is a fault of the program, not of the scenario".to_owned());
                true
            });
            if !over {
                locked(&self.queue).lane(lane).push_back(job);
            }
        }
    }

    /// Waits for a run; [`None`] when the server has ended all of them.
    fn wait(&self, lane: Lane) -> Option<Arc<Job>> {
        let mut queue = locked(&self.queue);
        loop {
            if let Some(job) = queue.next(lane) {
                return Some(job);
            }
            if queue.closing {
                return None;
            }
            queue = self.wake.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Runs one batch, and returns whether the run is over.
    fn step(&self, job: &Job) -> bool {
        let mut work = locked(&job.work);
        let begun = *work.begun.get_or_insert_with(now);
        if job.is_unwanted() {
            self.finish(job, &work.take(), StoppedBy::Interruption);
            return true;
        }
        let experiment = &job.plan.experiment;
        let full = job.lane == Lane::Full;
        let options = Options {
            threads: self.threads,
            slices: full,
            weeks: full,
            accounts_of: if full { 0..1 } else { 0..0 },
            ..Options::default()
        };
        let from = work.chunk.len();
        let target = job.progress.borrow().target;
        let watch = Watch { finished: &|| (), stop: &job.stop, cells: None };
        let started = now();
        let batch = replicate::run_range(experiment, from..target.min(from + work.batch), &options, &watch);
        match batch {
            Ok(mut batch) => work.chunk.replications.append(&mut batch.replications),
            Err(error) => {
                job.fail(error.to_string());
                return true;
            }
        }
        work.pace(started.elapsed());
        let means = Means::of(experiment, &work.chunk);
        let done = work.chunk.len();
        job.progress.send_modify(|progress| {
            *progress = Progress { state: State::Running, done, means, ..progress.clone() };
        });
        match job.ended(&work.chunk, target, begun) {
            Some(stopped_by) => {
                self.finish(job, &work.take(), stopped_by);
                true
            }
            None => false,
        }
    }

    /// Keeps what there is of a run and tells whoever watches.
    fn finish(&self, job: &Job, chunk: &Chunk, stopped_by: StoppedBy) {
        let state = if stopped_by == StoppedBy::Interruption { State::Stopped } else { State::Finished };
        let mut failure = None;
        if job.lane == Lane::Full && !chunk.is_empty() {
            match Remains::of(&job.plan, chunk, stopped_by) {
                Ok(finished) => {
                    let kept = self.out.as_ref().filter(|_| job.keep.load(Ordering::Relaxed));
                    failure = kept.and_then(|out| finished.keep(out).err());
                    // Nobody else finishes a run.
                    let _ = job.remains.set(finished);
                }
                Err(error) => failure = Some(format!("the results cannot be kept: {error}")),
            }
        }
        let done = chunk.len();
        let state = if failure.is_some() { State::Failed } else { state };
        job.progress.send_modify(|progress| {
            *progress = Progress { state, done, failure, ..progress.clone() };
        });
    }
}

impl Work {
    /// Chooses the size of the next batch from how long this one took.
    fn pace(&mut self, took: Duration) {
        if took < BATCH / 2 {
            self.batch = self.batch.saturating_mul(2);
        } else if took > BATCH * 2 {
            self.batch = (self.batch / 2).max(1);
        }
    }

    fn take(&mut self) -> Chunk {
        std::mem::take(&mut self.chunk)
    }
}

impl Job {
    fn new(id: u64, plan: Plan, lane: Lane, keep: bool, grace: Duration) -> Self {
        let rough = lane == Lane::Rough;
        let asked = plan.experiment.replications;
        let progress = Progress {
            run: id,
            state: State::Waiting,
            done: 0,
            target: if rough { asked.min(ROUGH) } else { asked },
            rough,
            failure: None,
            means: Means::default(),
        };
        // An interval needs two replications, and every core one.
        let cores = thread::available_parallelism().map_or(2, |cores| cores.get() as u32);
        Self {
            id,
            plan,
            lane,
            stop: AtomicBool::new(false),
            keep: AtomicBool::new(keep),
            grace,
            watchers: Mutex::new((0, now())),
            progress: watch::Sender::new(progress),
            work: Mutex::new(Work { chunk: Chunk::default(), batch: cores.max(2), begun: None }),
            remains: OnceLock::new(),
        }
    }

    /// Returns what is known of it.
    pub(super) fn progress(&self) -> Progress {
        self.progress.borrow().clone()
    }

    /// Returns its results, once it is over and there are any.
    pub(super) fn remains(&self) -> Option<&Remains> {
        self.remains.get()
    }

    /// Whether it is kept when its page is gone.
    pub(super) fn is_kept(&self) -> bool {
        self.keep.load(Ordering::Relaxed)
    }

    /// Stops it before its next replication.
    pub(super) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Watches it from now on.
    pub(super) fn watch(self: &Arc<Self>) -> Watching {
        let mut progress = self.progress.subscribe();
        // What is known now is news to whoever begins to watch.
        progress.mark_changed();
        let mut watchers = locked(&self.watchers);
        watchers.0 += 1;
        Watching { job: Arc::clone(self), progress }
    }

    fn state(&self) -> State {
        self.progress.borrow().state
    }

    fn is_begun(&self) -> bool {
        self.state() != State::Waiting
    }

    /// Whether somebody stopped it, or nobody watches and nobody asked to keep it.
    fn is_unwanted(&self) -> bool {
        let (watchers, since) = *locked(&self.watchers);
        let abandoned = watchers == 0 && since.elapsed() > self.grace && !self.is_kept();
        self.stop.load(Ordering::Relaxed) || abandoned
    }

    fn fail(&self, words: String) {
        self.progress.send_modify(|progress| {
            *progress = Progress { state: State::Failed, failure: Some(words), ..progress.clone() };
        });
    }

    /// Says whether it has ended, and why; where it asks for a precision, adds replications until that is reached.
    fn ended(&self, chunk: &Chunk, target: u32, begun: Instant) -> Option<StoppedBy> {
        if self.stop.load(Ordering::Relaxed) && chunk.len() < target {
            return Some(StoppedBy::Interruption);
        }
        if chunk.len() < target {
            return None;
        }
        let experiment = &self.plan.experiment;
        let settings = experiment.variants[experiment.baseline].scenario.file.precision.as_ref();
        let Some(settings) = settings.filter(|_| self.lane == Lane::Full) else {
            return Some(StoppedBy::Count);
        };
        if precision::look(experiment, chunk).is_none_or(|look| look.reached) {
            return Some(StoppedBy::Precision);
        }
        let most = settings.most.get().min(MOST_CELLS / experiment.variants.len() as u32);
        if target >= most {
            return Some(StoppedBy::Count);
        }
        if settings.time_cap.is_some_and(|cap| begun.elapsed().as_secs_f64() >= cap.in_days() * 86_400.0) {
            return Some(StoppedBy::Time);
        }
        let more = target.saturating_add(settings.batch.get()).min(most);
        self.progress.send_modify(|progress| progress.target = more);
        None
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long people and batches take decides what is run, not what comes of it"
)]
fn now() -> Instant {
    Instant::now()
}

/// A panic while it was held leaves nothing half done in any of these.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever has moved a slider a moment ago is still to be told the answer, however many full runs are remembered.
    #[test]
    fn many_rough_runs_go_before_full_ones_but_never_the_latest() {
        let full = |id: u64| (id, Lane::Full);
        let rough = |id: u64| (id, Lane::Rough);
        let most = MOST_ROUGH as u64;
        let of = |runs: &[(u64, Lane)]| first_to_go(runs);
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[full(1), full(2), rough(3)]), Some(1), "the latest rough run stays");
        let few: Vec<_> = [full(1)].into_iter().chain((2..2 + most).map(rough)).collect();
        assert_eq!(of(&few), Some(1));
        let many: Vec<_> = [full(1)].into_iter().chain((2..3 + most).map(rough)).collect();
        assert_eq!(of(&many), Some(2), "rough runs crowd out no more full ones");
    }
}
