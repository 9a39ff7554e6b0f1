//! `book`: what is in our export, and a population that resembles it.

use std::fs;
use std::path::{Component, Path, PathBuf};

use anyhow::Context;
use clap::Subcommand;

use crate::cli::console::Console;
use crate::cli::exit::Exit;
use crate::cli::input;
use crate::cli::options::refuse_unwritable;
use crate::experiment::read;
use crate::experiment::twin::{self, Course, Fit, Frame};
use crate::language::Faults;
use crate::language::source::{Disk, FileReader, ReadError, resolve};
use crate::output::book::{self, DescribeDocument};
use crate::output::document::Header;
use crate::output::twin::{self as output, TwinDocument};
use crate::population::history::History;
use crate::population::survey::{FileSurvey, Proposal};
use crate::questions::wrong::WrongInput;

/// What is in our export?
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: what do these files hold, and how would they be read?\n  \
    journeysim book describe accounts.csv subscriptions.csv usage.parquet")]
pub(super) struct Args {
    #[command(subcommand)]
    question: Question,
}

#[derive(Debug, Subcommand)]
enum Question {
    Describe(DescribeArgs),
    Twin(TwinArgs),
}

/// Count what every column holds, propose a mapping, and list what is wrong
///
/// Nothing is believed: the mapping is a text with its evidence, to be checked and kept, and other commands read by no
/// other. What is counted, wrong or known is so by the proposed mapping.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: every fault of two files, for a program\n  \
    journeysim book describe accounts.csv subscriptions.csv --json")]
struct DescribeArgs {
    /// Delimited text in UTF-8, or Parquet
    #[arg(required = true)]
    files: Vec<String>,
}

/// Write a scenario whose generated customers resemble those of a book, with nobody of the book in it
///
/// Shares, developers, seats and revenue are fitted segment by segment, with their correlations; utilization and usage, how many
/// customers come in a year and for how long they sign are those of the whole book. What the book does not tell is the
/// program's own. What runs of the twin open with is shown beside the book.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: customers like ours, for somebody who must not see ours\n  \
    journeysim book twin book.toml --extends scenarios/programs/pooled-ta.toml --out twin.toml")]
struct TwinArgs {
    /// A mapping of the book's files, as `book describe` proposes one
    book: String,
    /// The program that serves the customers, and what the book does not tell of them
    #[arg(long, value_name = "FILE")]
    extends: String,
    /// The scenario to write
    #[arg(long, value_name = "FILE")]
    out: String,
    /// Replace the scenario if it exists
    #[arg(long)]
    force: bool,
}

pub(super) fn run(args: &Args, console: &Console) -> anyhow::Result<Exit> {
    match &args.question {
        Question::Describe(args) => describe(args, console),
        Question::Twin(args) => twin(args, console),
    }
}

/// Times that the points are moved towards the book, and replications that are looked at each time.
const ROUNDS: u32 = 3;

/// Customers that are enough to compare.
const ENOUGH: usize = 2_000;

fn twin(args: &TwinArgs, console: &Console) -> anyhow::Result<Exit> {
    if Path::new(&args.out).exists() && !args.force {
        let words = format!("{} exists: choose another name, or replace it with --force", args.out);
        return Err(WrongInput::Words(words).into());
    }
    refuse_unwritable(Some(Path::new(&args.out)))?;
    let mut faults = Faults::default();
    let history = History::load(&args.book, &mut Disk, &mut faults).ok_or(WrongInput::Faults { faults })?;
    let book =
        twin::customers(&history).map_err(|error| WrongInput::Words(format!("{}: {error}", args.book)))?;
    let groups = input::names_in_population(&args.extends, "group")?;
    let terms = input::names_in_population(&args.extends, "term")?;
    let start = history.through.succ_opt().unwrap_or(history.through);
    let folder = Path::new(&args.out).parent().unwrap_or(Path::new(""));
    let frame = Frame {
        name: "A twin of our book",
        extends: &beside(folder, &args.extends)?,
        start: start.into(),
        currency: &history.currency,
        groups: &groups,
        terms: &terms,
    };
    let mut fit = Fit::of(&book, Course::of(&history, book.len()));
    let mut opened = Vec::new();
    for _ in 0..=ROUNDS {
        if !opened.is_empty() {
            fit.adjust(&opened);
        }
        let text = fit.scenario(&frame);
        let overrides =
            if book.len() > ENOUGH { vec![format!("population.accounts={ENOUGH}")] } else { Vec::new() };
        let mut files = Draft { path: resolve(Path::new(""), &args.out), text };
        let experiment = read::experiment(&args.out, &overrides, &mut files)
            .map_err(|faults| WrongInput::Faults { faults })?;
        let scenario = &experiment.variants[experiment.baseline].scenario;
        opened = (0..ROUNDS).flat_map(|replication| twin::opened(scenario, replication)).collect();
    }
    let document = TwinDocument {
        header: Header::default(),
        book: args.book.clone(),
        twin: args.out.clone(),
        customers: book.len(),
        segments: output::segments(&book, &opened),
        compared: opened.len(),
        found_again: twin::found_again(&book, &opened),
        of_the_program: output::of_the_program(&book, &fit.course),
    };
    fs::write(&args.out, fit.scenario(&frame)).with_context(|| format!("{} cannot be written", args.out))?;
    console.show(&document, |width| output::show(&document, width))?;
    Ok(Exit::Done)
}

/// The files of this computer, and a scenario that is not written yet.
struct Draft {
    path: PathBuf,
    text: String,
}

impl FileReader for Draft {
    fn read(&mut self, path: &Path, limit: u64) -> Result<Vec<u8>, ReadError> {
        if path == self.path { Ok(self.text.clone().into_bytes()) } else { Disk.read(path, limit) }
    }

    fn names(&mut self, folder: &Path) -> Vec<String> {
        Disk.names(folder)
    }
}

/// Returns the name of `file` as a file in `folder` names it.
fn beside(folder: &Path, file: &str) -> anyhow::Result<String> {
    let absolute =
        |path: &Path| std::path::absolute(path).with_context(|| format!("{} has no place", path.display()));
    let (from, to) = (absolute(folder)?, absolute(Path::new(file))?);
    let (from, to) = (resolve(&from, "."), resolve(&to, "."));
    let shared = from.components().zip(to.components()).take_while(|(a, b)| a == b).count();
    let up = from.components().skip(shared).map(|_| Component::ParentDir);
    let name: PathBuf = up.chain(to.components().skip(shared)).collect();
    Ok(name.to_string_lossy().replace('\\', "/"))
}

fn describe(args: &DescribeArgs, console: &Console) -> anyhow::Result<Exit> {
    let mut files = Vec::new();
    let mut wrong = Vec::new();
    for file in &args.files {
        match FileSurvey::of(file) {
            Ok(survey) => files.push(survey),
            Err(error) => wrong.push(error.to_string()),
        }
    }
    if !wrong.is_empty() {
        return Err(WrongInput::Words(wrong.join("\n")).into());
    }
    let proposal = Proposal::of(&files);
    let history = proposal.read();
    let document = DescribeDocument::of(files, proposal, history.as_ref())?;
    console.show(&document, |width| book::describe(&document, width))?;
    Ok(Exit::Done)
}
