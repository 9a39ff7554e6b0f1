//! Which parameters fit our own history?

use std::ops::Range;
use std::sync::Arc;

use crate::experiment::calibrate::backtest::BackTest;
use crate::experiment::calibrate::formulas::Formulas;
use crate::experiment::calibrate::overlay::overlay;
use crate::experiment::calibrate::past::Past;
use crate::experiment::calibrate::question::{NoQuestion, Question, Stretch, Told};
use crate::experiment::calibrate::seen::Seen;
use crate::experiment::calibrate::{self, Fit};
use crate::experiment::replicate::{Chunk, Job, Options};
use crate::language::Disk;
use crate::language::fault::Faults;
use crate::output::calibration::{self, Calibration, CalibrationDocument, FormulasDocument};
use crate::output::document::{Header, TOOL_VERSION};
use crate::output::results::{Results, StoppedBy};
use crate::population::history::History;
use crate::questions::runs::Runs;
use crate::questions::wrong::WrongInput;
use crate::questions::{Host, Subject};
use crate::scenario::book::Listing;
use crate::scenario::load::{Experiment, Template};

/// The fit did not converge; nothing was written.
#[derive(Debug, thiserror::Error)]
#[error("the fit did not converge, and nothing was written:\n  {}", .0.join("\n  "))]
pub struct NotConverged(Vec<String>);

/// Points of the posterior that predict what is held out, and replications at each.
const PREDICTING: (usize, u32) = (25, 8);

/// Says what can be said of a history by formula alone; `book` is its mapping.
///
/// # Errors
///
/// All faults of the history.
pub fn by_formula(book: &str, host: &impl Host) -> anyhow::Result<()> {
    let history = Arc::new(history(book)?);
    let past = Past::of(Arc::clone(&history), 0);
    let formulas = Formulas::of(&past, past.until());
    let document = FormulasDocument::of(book, &history, formulas);
    host.shown(&document, |width| document.show(width))
}

/// Fits a scenario to the history that `book` maps, or to what its `[calibrate]` table states; `keep` is given the fit as a file
/// that scenarios extend. A mere back-test fits nothing and tries the scenario as it stands.
///
/// # Errors
///
/// [`WrongInput`], [`NotConverged`] once the answer was shown, and those of the work.
pub fn answer(
    subject: &Subject,
    book: Option<&str>,
    is_back_test: bool,
    keep: impl FnOnce(&str) -> anyhow::Result<()>,
    host: &impl Host,
) -> anyhow::Result<()> {
    let (subject, experiment) = subject.experiment_of("calibrate", |file| file.calibrate.is_some(), host)?;
    let wrong = |why: &dyn std::fmt::Display| WrongInput::Words(format!("{}: {why}", subject.file));
    let scenario = &experiment.variants[experiment.baseline].scenario;
    let settings = scenario.file.calibrate.as_ref().ok_or_else(|| wrong(&NoQuestion::NotAsked))?;
    let told = match book {
        Some(book) => {
            let past = Past::of(Arc::new(history(book)?), scenario.file.stages.onboarding_days.get());
            Some(Told::new(past, scenario.file.start.get(), settings).map_err(|why| wrong(&why))?)
        }
        None => None,
    };
    let question = Question::of(&experiment, told).map_err(|why| wrong(&why))?;
    let testing = question.told.as_ref().map_or(0, |_| PREDICTING.0 as u64 * u64::from(PREDICTING.1));
    let fitting = if is_back_test { 0 } else { question.replications_needed() };
    let template = subject.template();
    let (fit, test, last) = host.during(None, fitting + testing, |runs| {
        let mut bench = Bench { template: &template, question: &question, runs, last: None };
        let fit = if is_back_test { None } else { Some(bench.fit(experiment.seed)?) };
        let fit_of = bench.last.take();
        let is_fitted = fit.as_ref().is_none_or(|fit| fit.failures.is_empty());
        let test = if is_fitted { bench.test(fit.as_ref())? } else { None };
        Ok((fit, test, fit_of.or(bench.last)))
    })?;
    let is_fitted = fit.as_ref().is_none_or(|fit| fit.failures.is_empty());
    let (experiment, chunk) = last.unwrap_or((experiment, Chunk::default()));
    let formulas = question.told.as_ref().map(|told| Formulas::of(&told.past, told.fitted.to));
    let shown = Calibration {
        question: &question,
        fit: fit.as_ref(),
        formulas: formulas.as_ref(),
        test: test.as_ref(),
    };
    let results = Results {
        experiment: &experiment,
        chunk: &chunk,
        stopped_by: StoppedBy::Count,
        why: &[],
        best: None,
    };
    if let Some(fit) = fit.as_ref().filter(|_| is_fitted) {
        keep(&overlay(&question, fit, test.as_ref(), &subject.file, TOOL_VERSION))?;
    }
    let document = CalibrationDocument::of(Header::of(&results), &shown);
    host.shown(&document, |width| calibration::show(&experiment.name, &shown, width))?;
    match fit.filter(|fit| !fit.failures.is_empty()) {
        Some(fit) => Err(NotConverged(fit.failures).into()),
        None => Ok(()),
    }
}

fn history(file: &str) -> Result<History, WrongInput> {
    let mut faults = Faults::default();
    let history = History::load(file, &mut Disk, &mut faults);
    history.filter(|_| faults.is_empty()).ok_or(WrongInput::Faults { faults })
}

/// Runs points of the question.
struct Bench<'a> {
    template: &'a Template,
    question: &'a Question,
    runs: &'a Runs<'a>,
    /// What was run last.
    last: Option<(Experiment, Chunk)>,
}

/// Where runs begin and end, and the accounts that they open with.
type Opened = (Stretch, Arc<Listing>);

impl Bench<'_> {
    fn fit(&mut self, seed: u64) -> anyhow::Result<Fit> {
        let question = self.question;
        let opened = question.told.as_ref().map(|told| (told.fitted, told.opening(told.fitted)));
        calibrate::fit(question, seed, &mut |points, range| {
            let asked: Vec<_> = points.iter().map(|values| (values.as_slice(), range.clone())).collect();
            let chunks = self.run(&asked, opened.as_ref())?;
            Ok(chunks.iter().map(|chunk| question.shown(chunk.of(0))).collect())
        })
    }

    /// Lets likely points predict what is held out; without a fit the scenario as it stands.
    fn test(&mut self, fit: Option<&Fit>) -> anyhow::Result<Option<BackTest>> {
        let (points, replications) = PREDICTING;
        let question = self.question;
        let Some(told) = &question.told else { return Ok(None) };
        let opened = (told.held_out, told.opening(told.held_out));
        let bases: Vec<f64> = question.parameters.iter().map(|parameter| parameter.base.value).collect();
        let point = |at: usize| {
            let values = fit.map_or(&bases, |fit| &fit.likely[at * fit.likely.len() / points]);
            let first = at as u32 * replications;
            (values.as_slice(), first..first + replications)
        };
        let asked: Vec<_> = (0..points).map(point).collect();
        let chunks = self.run(&asked, Some(&opened))?;
        let simulated: Vec<Seen> =
            chunks.iter().flat_map(|chunk| chunk.of(0).map(|outcome| outcome.seen.clone())).collect();
        Ok(Some(BackTest::of(told, &simulated, question.confidence)))
    }

    /// Runs points, each with replications of its own.
    fn run(&mut self, asked: &[(&[f64], Range<u32>)], opened: Option<&Opened>) -> anyhow::Result<Vec<Chunk>> {
        let experiments: Vec<Experiment> =
            asked.iter().map(|(values, _)| self.at(values, opened)).collect::<anyhow::Result<_>>()?;
        let pairs = experiments.iter().zip(asked);
        let jobs: Vec<Job<'_>> =
            pairs.map(|(experiment, (_, range))| Job { experiment, replications: range.clone() }).collect();
        let chunks = self.runs.all(&jobs, &Options { seen: true, ..Options::default() })?;
        self.last = experiments.last().cloned().zip(chunks.last().cloned());
        Ok(chunks)
    }

    fn at(&self, values: &[f64], opened: Option<&Opened>) -> anyhow::Result<Experiment> {
        let mut overrides = self.question.overrides(values);
        overrides.extend(opened.iter().flat_map(|(stretch, _)| stretch.overrides()));
        let experiment = self.template.at(&overrides).map_err(|faults| {
            let point = overrides.join(", ");
            WrongInput::Words(format!(
                "inside the ranges of its assumptions the scenario is at fault: {point}\n{faults}"
            ))
        })?;
        Ok(Stretch::prepare(experiment, opened.map(|(_, opening)| opening)))
    }
}
