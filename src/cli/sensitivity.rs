//! `sensitivity`: which assumption does the answer hang on?

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::Context;
use indicatif::ProgressBar;

use crate::cli::console::Console;
use crate::cli::exit::{Exit, Interrupted, WrongInput};
use crate::cli::input;
use crate::cli::options::{Changes, Effort};
use crate::cli::work::Interruption;
use crate::experiment::digest;
use crate::experiment::replicate::{self, Chunk, Options, Watch};
use crate::experiment::sensitivity::{Answer, Question};
use crate::language::Disk;
use crate::output::document::Header;
use crate::output::results::{Results, StoppedBy};
use crate::output::sensitivity::{Asked, SensitivityDocument, text};
use crate::scenario::load::{Experiment, Template};

/// Which assumption does the answer hang on?
///
/// Asks the scenario's [sensitivity] table: one metric, or its difference between two variants, over the plausible ranges of
/// the assumptions. Methods: tornado (one at a time), morris (screening of many), sobol (shares of the spread), worlds (the
/// decision under all of them at once, and what it is worth to learn one first).
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example: does it pay to check in every month, and what would have to be known to be sure?\n  \
    journeysim sensitivity scenarios/what-it-hangs-on.toml"
)]
pub(super) struct Args {
    /// A scenario file with a question about its assumptions
    scenario: String,
    #[command(flatten)]
    changes: Changes,
    #[command(flatten)]
    effort: Effort,
}

pub(super) fn run(args: &Args, console: &Console) -> anyhow::Result<Exit> {
    let overrides = args.changes.overrides();
    let experiment = input::experiment(&args.scenario, &overrides, console)?;
    let Some(question) = Question::of(&experiment) else {
        let words = format!(
            "{} asks nothing about its assumptions: add a [sensitivity] table with at least a `metric`",
            args.scenario
        );
        return Err(WrongInput::Words(words).into());
    };
    let file = &experiment.variants[experiment.baseline].scenario.file;
    let confidence = file.confidence.get();
    let runs = Runs {
        template: Template::new(&args.scenario, &overrides, Box::new(Disk)),
        question: &question,
        options: Options { threads: args.effort.threads, ..Options::default() },
        interruption: Interruption::listen()?,
        progress: console.progress(question.points() * u64::from(question.replications)),
        finished: AtomicU32::new(0),
    };
    // The base is what the document begins with, and every method comes back to it.
    let reduced = question.reduced(experiment);
    let chunk = runs.replicate(&reduced)?;
    let stopped_by = StoppedBy::Count;
    let header =
        Header::of(&Results { experiment: &reduced, chunk: &chunk, stopped_by, why: &[], best: None });
    let mut known = BTreeMap::from([(Vec::new(), question.answer(&chunk))]);
    let mut digests = vec![(String::new(), digest_of(&reduced, &chunk))];
    let finding = question.ask(reduced.seed, confidence, &mut |point| -> anyhow::Result<Answer> {
        let overrides = question.overrides(point);
        if let Some(answer) = known.get(&overrides) {
            runs.progress.inc(question.replications.into());
            return Ok(answer.clone());
        }
        let (answer, digest) = runs.point(&overrides)?;
        digests.push((overrides.join("\n"), digest));
        known.insert(overrides, answer.clone());
        Ok(answer)
    })?;
    runs.progress.finish_and_clear();
    let points = digests.iter().map(|(point, digest)| (point.as_str(), digest.as_str()));
    let header = Header { digest: Some(digest::of_points(points)), ..header };
    let asked = Asked {
        experiment: &reduced,
        question: &question,
        finding: &finding,
        base: &known[&Vec::new()],
        points: digests.len() as u64,
    };
    console.show(&SensitivityDocument::of(header, &asked), |width| text::show(&asked, width))?;
    Ok(Exit::Done)
}

/// Runs the points of a question, each with all its replications.
struct Runs<'a> {
    template: Template,
    question: &'a Question,
    options: Options,
    interruption: Interruption,
    progress: ProgressBar,
    /// Replications finished.
    finished: AtomicU32,
}

impl Runs<'_> {
    /// Runs the scenario with these overrides.
    fn point(&self, overrides: &[String]) -> anyhow::Result<(Answer, String)> {
        let experiment = self.template.at(overrides).map_err(|faults| {
            let point = overrides.join(", ");
            WrongInput::Words(format!(
                "inside the ranges of its assumptions the scenario is at fault: {point}\n{faults}"
            ))
        })?;
        let reduced = self.question.reduced(experiment);
        let chunk = self.replicate(&reduced)?;
        Ok((self.question.answer(&chunk), digest_of(&reduced, &chunk)))
    }

    fn replicate(&self, experiment: &Experiment) -> anyhow::Result<Chunk> {
        let count = || {
            self.finished.fetch_add(1, Ordering::Relaxed);
            self.progress.inc(1);
        };
        let watch = Watch { finished: &count, stop: self.interruption.flag(), cells: None };
        let chunk = replicate::run_range(experiment, 0..experiment.replications, &self.options, &watch)
            .context("the threads of the run cannot be started")?;
        if chunk.len() < experiment.replications {
            self.progress.finish_and_clear();
            let finished = self.finished.load(Ordering::Relaxed);
            let asked = self.question.points() * u64::from(self.question.replications);
            let asked = u32::try_from(asked).unwrap_or(u32::MAX);
            return Err(Interrupted { finished, asked, folder: None }.into());
        }
        Ok(chunk)
    }
}

fn digest_of(experiment: &Experiment, chunk: &Chunk) -> String {
    digest::of_all(chunk, experiment.variants.iter().map(|variant| variant.name.as_str()))
}
