//! `schema`: the JSON Schema of scenario files.

use std::io::{self, Write};

use serde_json::Value as Json;

use crate::cli::console::Console;
use crate::cli::exit::Exit;
use crate::language::schema::schema_document;
use crate::scenario::file::ScenarioFile;

/// Print the JSON Schema of scenario files, for editors that complete and check
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example: write it where the first line of a scenario, `#:schema journeysim.schema.json`, \
    finds it\n  journeysim schema > scenarios/journeysim.schema.json"
)]
pub(super) struct Args {}

pub(super) fn run(_: &Args, _: &Console) -> anyhow::Result<Exit> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text().as_bytes())?;
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
