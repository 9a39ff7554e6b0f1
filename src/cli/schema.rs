//! `schema`: the JSON Schemas of scenario files and of the mappings of a book.

use std::io::{self, Write};

use serde_json::Value as Json;

use crate::cli::console::Console;
use crate::cli::exit::Exit;
use crate::language::schema::schema_document;
use crate::population::history::HistorySettings;
use crate::scenario::file::ScenarioFile;

/// Print the JSON Schema of scenario files, or of the mappings of a book, for editors that complete and check
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example: write it where the first line of a scenario, `#:schema journeysim.schema.json`, \
    finds it\n  journeysim schema > scenarios/journeysim.schema.json"
)]
pub(super) struct Args {
    /// What the files are
    #[arg(value_enum, default_value_t = Kind::Scenario)]
    of: Kind,
}

/// What a schema is of.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Kind {
    /// Scenario files
    Scenario,
    /// Mappings of a book and its history, such as book.toml
    Book,
}

pub(super) fn run(args: &Args, _: &Console) -> anyhow::Result<Exit> {
    let text = match args.of {
        Kind::Scenario => text(),
        Kind::Book => format!("{:#}\n", schema_document::<HistorySettings>("journeysim book")),
    };
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()?;
    Ok(Exit::Done)
}

/// Returns the schema.
pub(super) fn document() -> Json {
    schema_document::<ScenarioFile>("journeysim scenario")
}

/// Returns the schema as it stands in a file.
pub(super) fn text() -> String {
    format!("{:#}\n", document())
}
