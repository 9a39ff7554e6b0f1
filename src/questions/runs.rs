//! Running replications while somebody waits: the one way in which every question runs them.
//!
//! Whatever is asked, finished cells are kept and found again here, and what is finished is counted here.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use crate::experiment::cells::Cells;
use crate::experiment::precision::{self, Look};
use crate::experiment::replicate::{self, Chunk, Job, Options, Watch};
use crate::metrics;
use crate::output::results::StoppedBy;
use crate::output::words::{Words, counted, digits};
use crate::questions::wrong::{Interrupted, OutOfTime, WrongInput};
use crate::scenario::load::Experiment;
use crate::scenario::precision::PrecisionSettings;

/// A question's replications, which somebody may stop.
pub struct Runs<'a> {
    threads: Option<u32>,
    stop: &'a AtomicBool,
    /// Where finished cells are kept, and the run folder that they are in.
    kept: Option<(Cells, PathBuf)>,
    tell: &'a (dyn Fn(u64, u64) + Sync),
    finished: AtomicU64,
    expected: AtomicU64,
}

impl<'a> Runs<'a> {
    /// Prepares to run about so many replications with so many `threads` (all cores if absent), until `stop` is set; `tell` hears
    /// how many are finished, and of how many, after each. Finished cells are kept and looked for where a place is given, which is
    /// in a run folder.
    pub fn new(
        threads: Option<u32>,
        stop: &'a AtomicBool,
        kept: Option<(Cells, PathBuf)>,
        replications: u64,
        tell: &'a (dyn Fn(u64, u64) + Sync),
    ) -> Self {
        let (finished, expected) = (AtomicU64::new(0), AtomicU64::new(replications));
        Self { threads, stop, kept, tell, finished, expected }
    }

    /// Runs every one of these replications, or says that somebody interrupted them.
    ///
    /// # Errors
    ///
    /// [`Interrupted`], and as [`replicate::run_all`].
    pub fn all(&self, jobs: &[Job<'_>], options: &Options) -> anyhow::Result<Vec<Chunk>> {
        let weight = options.only.as_ref().map_or(1, Vec::len) as u64;
        let chunks = self.run(jobs, options, weight)?;
        let is_whole = |(job, chunk): (&Job<'_>, &Chunk)| chunk.len() as usize == job.replications.len();
        if jobs.iter().zip(&chunks).all(is_whole) { Ok(chunks) } else { Err(self.interrupted().into()) }
    }

    /// Says that about so many replications are still to come.
    pub fn expect(&self, replications: u64) {
        let finished = self.finished.load(Ordering::Relaxed);
        self.expected.store(finished + replications, Ordering::Relaxed);
        (self.tell)(finished, finished + replications);
    }

    /// Runs the replications of `experiment`, and where it asks for a precision more of them, batch by batch, until it is reached;
    /// or says that it was interrupted, or met its time cap.
    ///
    /// # Errors
    ///
    /// [`Interrupted`], [`OutOfTime`], [`WrongInput`] for a precision that is out of reach, and as [`replicate::run_all`].
    pub fn replicate(&self, experiment: &Experiment) -> anyhow::Result<(Chunk, StoppedBy)> {
        let (chunk, stopped_by) = self.replicate_all(experiment, experiment, &Options::default())?;
        self.refuse_part(stopped_by, chunk.len())?;
        Ok((chunk, stopped_by))
    }

    /// Runs `whole`, which has further variants after those of `experiment`, whose precision is held; as far as time and
    /// interruptions let it.
    ///
    /// # Errors
    ///
    /// [`WrongInput`] for a precision that is out of reach, and as [`replicate::run_all`].
    pub fn replicate_all(
        &self,
        experiment: &Experiment,
        whole: &Experiment,
        options: &Options,
    ) -> anyhow::Result<(Chunk, StoppedBy)> {
        let file = &experiment.variants[experiment.baseline].scenario.file;
        let precision = file.precision.as_ref();
        #[expect(
            clippy::disallowed_methods,
            reason = "a time cap decides how many replications are run, which is said"
        )]
        let begun = Instant::now();
        let mut chunk = Chunk::default();
        let mut target = experiment.replications;
        let stopped_by = loop {
            let job = Job { experiment: whole, replications: chunk.len()..target };
            for batch in self.run(&[job], options, 1)? {
                chunk.replications.extend(batch.replications);
            }
            if chunk.len() < target {
                break StoppedBy::Interruption;
            }
            let Some((settings, look)) = precision.zip(precision::look(experiment, &chunk)) else {
                break StoppedBy::Count;
            };
            if look.reached {
                break StoppedBy::Precision;
            }
            if chunk.len() == experiment.replications {
                within_reach(&look, settings, file.currency.as_str())?;
            }
            if chunk.len() >= settings.most.get() {
                break StoppedBy::Count;
            }
            if settings.time_cap.is_some_and(|cap| begun.elapsed().as_secs_f64() >= cap.in_days() * 86_400.0)
            {
                break StoppedBy::Time;
            }
            target = chunk.len().saturating_add(settings.batch.get()).min(settings.most.get());
            let expected = look.needed.unwrap_or(settings.most.get()).clamp(target, settings.most.get());
            self.expect((expected - chunk.len()).into());
        };
        Ok((chunk, stopped_by))
    }

    /// Refuses to draw conclusions from `finished` replications that were to be more.
    ///
    /// # Errors
    ///
    /// [`Interrupted`] or [`OutOfTime`].
    pub fn refuse_part(&self, stopped_by: StoppedBy, finished: u32) -> anyhow::Result<()> {
        match stopped_by {
            StoppedBy::Count | StoppedBy::Precision => Ok(()),
            StoppedBy::Interruption => Err(self.interrupted().into()),
            StoppedBy::Time => Err(OutOfTime { finished, folder: self.folder() }.into()),
        }
    }

    fn run(&self, jobs: &[Job<'_>], options: &Options, weight: u64) -> anyhow::Result<Vec<Chunk>> {
        let cells = self.kept.as_ref().map(|(cells, _)| cells);
        let watch = Watch { finished: &|| self.count(weight), stop: self.stop, cells };
        let options = Options { threads: self.threads, ..options.clone() };
        Ok(replicate::run_all(jobs, &options, &watch)?)
    }

    fn count(&self, replications: u64) {
        let finished = self.finished.fetch_add(replications, Ordering::Relaxed) + replications;
        (self.tell)(finished, self.expected.load(Ordering::Relaxed));
    }

    fn interrupted(&self) -> Interrupted {
        let [finished, asked] = [&self.finished, &self.expected].map(|count| count.load(Ordering::Relaxed));
        Interrupted { finished, asked, folder: self.folder() }
    }

    fn folder(&self) -> Option<PathBuf> {
        self.kept.as_ref().map(|(_, folder)| folder.clone())
    }
}

/// Refuses a precision that the largest number of replications would miss by far: half as many again would not do.
fn within_reach(look: &Look, settings: &PrecisionSettings, currency: &str) -> Result<(), WrongInput> {
    let most = settings.most.get();
    let Some((reachable, metric)) = look.reachable.zip(metrics::find(&look.metric)) else {
        let words = format!("precision.metric: {} has no interval in this scenario", look.metric);
        return Err(WrongInput::Words(words));
    };
    if look.needed.is_some_and(|needed| needed <= most.saturating_add(most / 2)) {
        return Ok(());
    }
    let needs = match look.needed {
        Some(needed) => format!("would need about {}", counted(needed.into(), "replication", "replications")),
        None => "would need more replications than can be counted".to_owned(),
    };
    let widest = Words { unit: metric.unit, currency }.spread(reachable);
    Err(WrongInput::Words(format!(
        "precision: an interval of {} this narrow {needs}, and most = {}, with which it would be about {widest} to either side; \
         ask for a wider one, or allow more",
        look.metric,
        digits(most.into(), 0),
    )))
}
