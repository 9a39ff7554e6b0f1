//! `test`: do these scenarios still say what we rely on.

use std::fs;
use std::path::PathBuf;

use anyhow::Context;

use crate::cli::console::Console;
use crate::cli::exit::Exit;
use crate::cli::input::{self, Found};
use crate::cli::options::{Changes, Effort, refuse_unwritable};
use crate::cli::work::during;
use crate::experiment::expect;
use crate::language::fault::Faults;
use crate::output::document::{BookRow, ExpectationRow, Header, TestDocument};
use crate::output::results::Results;
use crate::output::verdicts;
use crate::questions::wrong::WrongInput;
use crate::scenario::load::Experiment;

/// Do these scenarios still say what we rely on?
///
/// Runs every scenario that has [[expect]] tables of its own and holds what it says against them.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: all expectations of a folder, with few replications\n  \
    journeysim test scenarios --replications 20")]
pub(super) struct Args {
    /// Scenario files, or folders of them
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    changes: Changes,
    #[command(flatten)]
    effort: Effort,
    /// Write what holds and what fails as JUnit XML, for whoever watches tests
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
}

pub(super) fn run(args: &Args, console: &Console) -> anyhow::Result<Exit> {
    refuse_unwritable(args.junit.as_deref())?;
    let experiments = experiments(args, console)?;
    let mut headers = Vec::new();
    let (mut expectations, mut books) = (Vec::new(), Vec::new());
    let replications = experiments.iter().map(|(_, experiment)| u64::from(experiment.replications)).sum();
    during(args.effort, None, replications, console, |runs| {
        for (file, experiment) in &experiments {
            let (chunk, stopped_by) = runs.replicate(experiment)?;
            headers.push(Header::of(&Results {
                experiment,
                chunk: &chunk,
                stopped_by,
                why: &[],
                best: None,
            }));
            let rows = expect::judge(experiment, &chunk).into_iter();
            expectations.extend(rows.map(|verdict| ExpectationRow { file: file.clone(), verdict }));
            let book = experiment.book.clone();
            books.extend(book.map(|book| BookRow { scenario_file: file.clone(), book }));
        }
        Ok(())
    })?;
    let header = if let [only] = headers.as_slice() { only.clone() } else { Header::default() };
    let failed = expectations.iter().filter(|row| !row.verdict.ok).count();
    let document = TestDocument { header, passed: expectations.len() - failed, failed, expectations, books };
    if let Some(path) = &args.junit {
        let wrong = || format!("{} cannot be written", path.display());
        let mut file = fs::File::create(path).with_context(wrong)?;
        verdicts::junit(&document.expectations, &mut file).with_context(wrong)?;
    }
    console.show(&document, |_| verdicts::show(&document.expectations, &document.books))?;
    Ok(if failed == 0 { Exit::Done } else { Exit::Failed })
}

/// Reads all scenarios before the first one is run, so that nobody waits for a fault.
fn experiments(args: &Args, console: &Console) -> Result<Vec<(String, Experiment)>, anyhow::Error> {
    let overrides = args.changes.overrides();
    let mut faults = Faults::default();
    let mut experiments = Vec::new();
    for Found { path, is_named } in input::files(&args.paths)? {
        // What a file is relied on to say need not hold for another that extends it and says something else.
        let expects = input::has_own(&path, "expect");
        if !is_named && !expects {
            continue;
        }
        match input::read(&path, &overrides) {
            Ok(experiment) if expects => experiments.push((path, experiment)),
            Ok(_) => console.note(format!("{path} expects nothing of its own, and is not run")),
            Err(more) => faults.append(more),
        }
    }
    if !faults.is_empty() {
        return Err(WrongInput::Faults { faults }.into());
    }
    let expects =
        |experiment: &Experiment| !experiment.variants[experiment.baseline].scenario.file.expect.is_empty();
    if !experiments.iter().any(|(_, experiment)| expects(experiment)) {
        let words = "nothing is expected here: add [[expect]] tables with `metric`, `relation` and `value`";
        return Err(WrongInput::Words(words.to_owned()).into());
    }
    for (_, experiment) in &experiments {
        for note in &experiment.notes {
            console.note(note);
        }
    }
    Ok(experiments)
}
