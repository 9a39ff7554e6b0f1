//! `check`: is this file right.

use std::path::PathBuf;

use crate::cli::console::Console;
use crate::cli::exit::Exit;
use crate::cli::input::{self, Found};
use crate::language::document::Document;
use crate::language::fault::Faults;
use crate::language::source::Disk;
use crate::output::document::{BookRow, CheckDocument, Header};
use crate::output::words::{book_read, counted};

/// Is this file right? Nothing is run
///
/// Reports every fault in one pass. In a folder, a file without a `name` is a part of scenarios: its form is
/// checked here, and what it says through the scenarios that extend it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: all scenarios of a folder\n  journeysim check scenarios")]
pub(super) struct Args {
    /// Scenario files, or folders of them
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Override any scenario value, such as touchpoint.check-in.every=30d (repeatable)
    #[arg(long, value_name = "PATH=VALUE")]
    set: Vec<String>,
}

pub(super) fn run(args: &Args, console: &Console) -> anyhow::Result<Exit> {
    let found = input::files(&args.paths)?;
    let (mut faults, mut books) = (Faults::default(), Vec::new());
    for Found { path, is_named } in &found {
        if *is_named || input::has_own(path, "name") {
            match input::read(path, &args.set) {
                Ok(experiment) => {
                    experiment.notes.iter().for_each(|note| console.note(note));
                    let row = |book| BookRow { scenario_file: path.clone(), book };
                    books.extend(experiment.book.map(row));
                }
                Err(more) => faults.append(more),
            }
        } else {
            Document::load(path, &mut Disk, &mut faults);
        }
    }
    let document = CheckDocument { header: Header::default(), files: found.len(), faults, books };
    console.show(&document, |_| text(&document))?;
    Ok(if document.faults.is_empty() { Exit::Done } else { Exit::Failed })
}

fn text(document: &CheckDocument) -> String {
    let files = counted(document.files as u64, "file", "files");
    let books: String = document
        .books
        .iter()
        .map(|row| format!("{} opens with {}\n", row.scenario_file, book_read(&row.book)))
        .collect();
    if document.faults.is_empty() {
        return format!("{books}{files}: no faults\n");
    }
    let faults = counted(document.faults.len() as u64, "fault", "faults");
    format!("{}\n\n{books}{files}: {faults}\n", document.faults)
}
