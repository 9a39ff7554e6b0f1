//! Scenario files, found and read.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::cli::console::Console;
use crate::experiment::read;
use crate::language::document::Document;
use crate::language::fault::Faults;
use crate::language::node::{Node, Value};
use crate::language::source::Disk;
use crate::questions::wrong::WrongInput;
use crate::scenario::load::Experiment;

/// Reads an experiment; what is no fault and worth knowing is said.
pub(super) fn experiment(
    file: &str,
    overrides: &[String],
    console: &Console,
) -> Result<Experiment, WrongInput> {
    let experiment = read(file, overrides).map_err(|faults| WrongInput::Faults { faults })?;
    for note in &experiment.notes {
        console.note(note);
    }
    Ok(experiment)
}

/// Reads an experiment, or finds all its faults.
pub(super) fn read(file: &str, overrides: &[String]) -> Result<Experiment, Faults> {
    read::experiment(file, overrides, &mut Disk)
}

/// Returns the names in a list of the population, such as its groups, in a part of scenarios or in all that it extends.
pub(super) fn names_in_population(file: &str, list: &str) -> Result<Vec<String>, WrongInput> {
    let mut faults = Faults::default();
    let document = Document::load(file, &mut Disk, &mut faults);
    if !faults.is_empty() {
        return Err(WrongInput::Faults { faults });
    }
    let population = document.root.as_table().and_then(|table| table.get("population")?.as_table());
    let groups = population.and_then(|table| match &table.get(list)?.value {
        Value::Array(groups) => Some(groups),
        _ => None,
    });
    Ok(groups.into_iter().flatten().filter_map(Node::name).map(str::to_owned).collect())
}

/// A file that was named, or found in a folder that was named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// Its path.
    pub(super) path: String,
    /// Whether it was named itself.
    pub(super) is_named: bool,
}

/// Returns the files among `paths`, and all TOML files of the folders among them, hidden ones excepted, in
/// the order of their names.
pub(super) fn files(paths: &[PathBuf]) -> anyhow::Result<Vec<Found>> {
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() {
            let mut inside = Vec::new();
            search(path, &mut inside)
                .with_context(|| format!("the folder {} cannot be read", path.display()))?;
            inside.sort();
            found.extend(inside.into_iter().map(|path| Found { path, is_named: false }));
        } else {
            found.push(Found { path: name(path)?, is_named: true });
        }
    }
    Ok(found)
}

fn search(folder: &Path, found: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        // Links to folders are not followed: they may lead in a circle.
        if entry.file_type()?.is_dir() {
            search(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            found.push(name(&path).map_err(io::Error::other)?);
        }
    }
    Ok(())
}

fn name(path: &Path) -> Result<String, WrongInput> {
    let words = || format!("{} is not a name in UTF-8, which a scenario's files have", path.display());
    path.to_str().map(str::to_owned).ok_or_else(|| WrongInput::Words(words()))
}

/// Whether the file itself, whatever it extends, has `key` at its top. A text that is not TOML may have it.
pub(super) fn has_own(file: &str, key: &str) -> bool {
    let Ok(text) = fs::read_to_string(file) else { return true };
    text.parse::<toml::Table>().map_or(true, |table| table.contains_key(key))
}
