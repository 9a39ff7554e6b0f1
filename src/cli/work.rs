//! Running experiments while somebody watches: the one way in which every command runs its replications.
//!
//! Whatever is asked, finished cells are kept and found again here, an interruption is heard here, and the progress that is
//! shown is counted here.

use std::path::PathBuf;
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use anyhow::Context;
use indicatif::ProgressBar;

use crate::cli::console::Console;
use crate::cli::exit::{Exit, Interrupted, OutOfTime, WrongInput};
use crate::cli::options::Effort;
use crate::experiment::cells::{Cells, Fingerprint};
use crate::experiment::precision::{self, Look};
use crate::experiment::replicate::{self, Chunk, Job, Options, Watch};
use crate::metrics;
use crate::output::folder::Place;
use crate::output::results::StoppedBy;
use crate::output::words::{Words, counted, digits};
use crate::scenario::load::Experiment;
use crate::scenario::precision::PrecisionSettings;

/// A command's replications, which somebody may stop.
pub(super) struct Runs {
    threads: Option<u32>,
    stop: Arc<AtomicBool>,
    /// Where finished cells are kept, and the run folder that they are in.
    kept: Option<(Cells, PathBuf)>,
    progress: ProgressBar,
}

/// Does `work`, which is to run about so many replications. Where a place and a plan are given, what is finished is kept there and
/// found again; if `work` then refuses the input, nothing stays behind.
pub(super) fn during<T>(
    effort: Effort,
    kept: Option<(&Place, Fingerprint)>,
    replications: u64,
    console: &Console,
    work: impl FnOnce(&Runs) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let stop = listen()?;
    let place = kept.map(|(place, _)| place);
    let cells = kept.map(|(place, plan)| -> anyhow::Result<(Cells, PathBuf)> {
        let cells = Cells::open(&place.begin()?)?;
        cells.belong_to(&plan)?;
        let finished = cells.count()?;
        if finished > 0 {
            let kept = counted(finished, "finished cell", "finished cells");
            console.note(format!("{} goes on with {kept}", place.target().display()));
        }
        Ok((cells, place.target().to_owned()))
    });
    let progress = console.progress(replications);
    let runs = Runs { threads: effort.threads, stop, kept: cells.transpose()?, progress };
    let done = work(&runs);
    runs.progress.finish_and_clear();
    // The file is closed before its folder moves, or goes.
    drop(runs);
    if let Some((place, error)) = place.zip(done.as_ref().err())
        && error.is::<WrongInput>()
    {
        place.abandon();
    }
    done
}

/// Listens for interruptions from now on: the first stops before the next replication, the second at once.
fn listen() -> anyhow::Result<Arc<AtomicBool>> {
    let asked = Arc::new(AtomicBool::new(false));
    let heard = Arc::clone(&asked);
    let stop = move || {
        if heard.swap(true, Ordering::Relaxed) {
            process::exit(Exit::Interrupted.code().into());
        }
    };
    ctrlc::set_handler(stop).context("the system does not tell about interruptions")?;
    Ok(asked)
}

impl Runs {
    /// Runs every one of these replications, or says that somebody interrupted them.
    pub(super) fn all(&self, jobs: &[Job<'_>], options: &Options) -> anyhow::Result<Vec<Chunk>> {
        let weight = options.only.as_ref().map_or(1, Vec::len) as u64;
        let chunks = self.run(jobs, options, weight)?;
        let is_whole = |(job, chunk): (&Job<'_>, &Chunk)| chunk.len() as usize == job.replications.len();
        if jobs.iter().zip(&chunks).all(is_whole) { Ok(chunks) } else { Err(self.interrupted().into()) }
    }

    /// Says that about so many replications are still to come.
    pub(super) fn expect(&self, replications: u64) {
        self.progress.set_length(self.progress.position() + replications);
    }

    /// Runs the replications of `experiment`, and where it asks for a precision more of them, batch by batch, until it is reached;
    /// or says that it was interrupted, or met its time cap.
    pub(super) fn replicate(&self, experiment: &Experiment) -> anyhow::Result<(Chunk, StoppedBy)> {
        let (chunk, stopped_by) = self.replicate_all(experiment, experiment, &Options::default())?;
        self.refuse_part(stopped_by, chunk.len())?;
        Ok((chunk, stopped_by))
    }

    /// Runs `whole`, which has further variants after those of `experiment`, whose precision is held; as far as time and
    /// interruptions let it.
    pub(super) fn replicate_all(
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
    pub(super) fn refuse_part(&self, stopped_by: StoppedBy, finished: u32) -> anyhow::Result<()> {
        match stopped_by {
            StoppedBy::Count | StoppedBy::Precision => Ok(()),
            StoppedBy::Interruption => Err(self.interrupted().into()),
            StoppedBy::Time => Err(OutOfTime { finished, folder: self.folder() }.into()),
        }
    }

    fn run(&self, jobs: &[Job<'_>], options: &Options, weight: u64) -> anyhow::Result<Vec<Chunk>> {
        let cells = self.kept.as_ref().map(|(cells, _)| cells);
        let watch = Watch { finished: &|| self.progress.inc(weight), stop: &self.stop, cells };
        let options = Options { threads: self.threads, ..options.clone() };
        Ok(replicate::run_all(jobs, &options, &watch)?)
    }

    fn interrupted(&self) -> Interrupted {
        let asked = self.progress.length().unwrap_or_default();
        Interrupted { finished: self.progress.position(), asked, folder: self.folder() }
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
