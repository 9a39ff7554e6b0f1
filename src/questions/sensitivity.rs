//! Which assumption does the answer hang on?

use crate::experiment::cells;
use crate::experiment::replicate::{Chunk, Job, Options};
use crate::experiment::sensitivity::{self, PointFaults, Question};
use crate::output::document::Header;
use crate::output::manifest::Contents;
use crate::output::results::{Results, StoppedBy};
use crate::output::sensitivity::{Asked, SensitivityDocument, sheet, text};
use crate::output::sheets;
use crate::questions::wrong::WrongInput;
use crate::questions::{Host, Subject};
use crate::scenario::file::ScenarioFile;
use crate::scenario::load::Experiment;

/// Asks the scenario's `[sensitivity]` table: one metric, or its difference between two variants, over the plausible ranges of
/// the assumptions.
///
/// # Errors
///
/// [`WrongInput`], and those of the work.
pub fn answer(subject: &Subject, host: &impl Host) -> anyhow::Result<()> {
    let has_own =
        |file: &ScenarioFile| file.sensitivity.as_ref().is_some_and(|own| own.replications.is_some());
    let (subject, experiment) = subject.experiment_of("sensitivity", has_own, host)?;
    let Some(question) = Question::of(&experiment) else {
        let words = format!(
            "{} asks nothing about its assumptions: add a [sensitivity] table with at least a `metric`",
            subject.file
        );
        return Err(WrongInput::Words(words).into());
    };
    let template = subject.template();
    let plan = cells::plan(&experiment, &format!("sensitivity {:?}", question.without_counts()));
    let each = u64::from(question.replications);
    let answered = host.during(Some(plan), question.points() * each, |runs| {
        let mut run = |experiments: &[Experiment], further: usize| -> anyhow::Result<Vec<Chunk>> {
            runs.expect((experiments.len() + further) as u64 * each);
            let job = |experiment| Job { experiment, replications: 0..question.replications };
            let jobs: Vec<Job<'_>> = experiments.iter().map(job).collect();
            runs.all(&jobs, &Options::default())
        };
        sensitivity::answer(&question, experiment, &template, &mut run).map_err(|error: anyhow::Error| {
            match error.downcast::<PointFaults>() {
                Ok(faults) => WrongInput::Words(faults.to_string()).into(),
                Err(error) => error,
            }
        })
    })?;
    let stopped_by = StoppedBy::Count;
    let results = Results {
        experiment: &answered.experiment,
        chunk: &answered.chunk,
        stopped_by,
        why: &[],
        best: None,
    };
    let header = Header { digest: Some(answered.digest.clone()), ..Header::of(&results) };
    let asked = Asked { question: &question, answered: &answered };
    let document = SensitivityDocument::of(header.clone(), &asked);
    let tables = vec![sheets::replications(&results), sheet::points(&asked)];
    let contents = Contents { results: &results, header, document: &document, tables };
    host.answered(contents, subject.asked("sensitivity"), |width| text::show(&asked, width))
}
