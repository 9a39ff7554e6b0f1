//! The run folder: which files it holds, and the manifest that says how to make it again.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::ops::Range;
use std::path::Path;

use serde::Serialize;

use crate::experiment::digest;
use crate::experiment::events::{Logged, logs};
use crate::language::AssumptionUse;
use crate::metrics::CATALOGUE;
use crate::output::document::Header;
use crate::output::events::{Wanted, flat, ocel};
use crate::output::finished::Finished;
use crate::output::folder::{FolderError, MANIFEST, Place};
use crate::output::report::{self, REPORT};
use crate::output::results::Results;
use crate::output::sheet::{Format, Sheet};

/// The file with the document that `--json` prints.
pub const RESULT: &str = "result.json";

/// What `manifest.json` holds.
#[derive(Debug, Serialize)]
struct Manifest<'a> {
    #[serde(flatten)]
    header: Header,
    /// The command that was run.
    command: &'a str,
    /// The question, in words.
    question: Option<&'a str>,
    /// The first day.
    start: String,
    /// The currency of all money.
    currency: &'a str,
    /// The confidence of intervals.
    confidence: f64,
    /// Metrics shown first.
    headline: Vec<&'static str>,
    /// Changes made on the command line, as written.
    overrides: &'a [String],
    /// Files read, each with the SHA-256 of its bytes.
    inputs: Vec<Input<'a>>,
    baseline: &'a str,
    variants: Vec<VariantEntry<'a>>,
    /// What the results rest on.
    assumptions: Vec<&'a AssumptionUse>,
    /// The replications whose accounts are in the accounts table.
    accounts_of_replications: Vec<u32>,
    /// The replications whose events are in the event log.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    events_of_replications: Vec<u32>,
    /// Other files of the folder.
    files: Vec<FileEntry>,
    /// The complete scenario, all it extends and all overrides merged, as TOML.
    merged: &'a str,
}

#[derive(Debug, Serialize)]
struct Input<'a> {
    path: &'a str,
    sha256: &'a str,
}

#[derive(Debug, Serialize)]
struct VariantEntry<'a> {
    name: &'a str,
    title: Option<&'a str>,
    changes: &'a [(String, String)],
    digest: String,
}

#[derive(Debug, Serialize)]
struct FileEntry {
    name: String,
    rows: Option<usize>,
}

/// How a run was asked for.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The command.
    pub command: &'a str,
    /// Changes made on the command line, as written.
    pub overrides: &'a [String],
    /// Replications whose accounts were to be kept, and whose events.
    pub accounts_of: &'a Range<u32>,
    /// What is to be written of their events.
    pub events: &'a Wanted,
}

/// What a run folder holds.
#[derive(Debug)]
pub struct Contents<'a, D> {
    /// The run, or of several the one that the document begins with.
    pub results: &'a Results<'a>,
    /// What the document begins with.
    pub header: Header,
    /// The document.
    pub document: &'a D,
    /// The tables.
    pub tables: Vec<Sheet>,
}

/// Writes a run folder into its place: the manifest, the document, and the tables in `format`.
///
/// # Errors
///
/// As [`Place::write`].
pub fn write(
    place: &Place,
    contents: Contents<'_, impl Serialize>,
    asked: Asked<'_>,
    format: &Format,
) -> Result<(), FolderError> {
    let Contents { results, header, document, tables } = contents;
    place.write(|folder| {
        let mut files = vec![FileEntry { name: RESULT.to_owned(), rows: None }];
        json(&folder.join(RESULT), document)?;
        for table in &tables {
            let name = table.file_name(format);
            write_table(&mut std::iter::once(Cow::Borrowed(table)), &folder.join(&name), format)?;
            files.push(FileEntry { name, rows: Some(table.rows()) });
        }
        files.extend(event_log(folder, results, asked, format)?);
        files.push(FileEntry { name: REPORT.to_owned(), rows: None });
        let manifest = serde_json::to_value(manifest(header, results, asked, files))?;
        json(&folder.join(MANIFEST), &manifest)?;
        let finished = Finished { manifest, result: serde_json::to_value(document)?, sheets: tables };
        let mut file = BufWriter::new(File::create(folder.join(REPORT))?);
        report::write(&finished, &mut file)?;
        file.flush()
    })
}

/// Returns what a run folder would hold, but for the event log.
///
/// # Errors
///
/// If a document has a shape that JSON has not.
pub fn finished(
    contents: Contents<'_, impl Serialize>,
    asked: Asked<'_>,
) -> Result<Finished, serde_json::Error> {
    let Contents { results, header, document, tables } = contents;
    Ok(Finished {
        manifest: serde_json::to_value(manifest(header, results, asked, Vec::new()))?,
        result: serde_json::to_value(document)?,
        sheets: tables,
    })
}

fn write_table(
    parts: &mut dyn Iterator<Item = Cow<'_, Sheet>>,
    path: &Path,
    format: &Format,
) -> io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    (format.write)(parts, &mut file)?;
    file.flush()
}

/// Writes what is wanted of the event log.
fn event_log(
    folder: &Path,
    results: &Results<'_>,
    asked: Asked<'_>,
    format: &Format,
) -> io::Result<Vec<FileEntry>> {
    let Asked { accounts_of, events: wanted, .. } = asked;
    let replications = accounts_of.start..accounts_of.end.min(results.chunk.len());
    if !wanted.is_any() || replications.is_empty() {
        return Ok(Vec::new());
    }
    let (mut files, mut rows, mut failed) = (Vec::new(), 0, None);
    let logged = logs(results.experiment, replications).map_while(|logged| {
        if wanted.ocel {
            let name = format!("ocel-{}-{}.json", logged.variant.name, logged.replication);
            failed = object_centric(&logged, wanted, &folder.join(&name)).err();
            files.push(FileEntry { name, rows: None });
        }
        failed.is_none().then_some(logged)
    });
    let mut table = None;
    if wanted.flat {
        let name = format!("{}.{}", flat::NAME, format.name);
        let parts = logged.flat_map(|logged| flat::Parts::of(logged, wanted));
        let written = write_table(
            &mut parts.inspect(|part| rows += part.rows()).map(Cow::Owned),
            &folder.join(&name),
            format,
        );
        table = Some((name, written));
    } else {
        logged.for_each(drop);
    }
    if let Some(error) = failed {
        return Err(error);
    }
    if let Some((name, written)) = table {
        written?;
        files.push(FileEntry { name, rows: Some(rows) });
    }
    Ok(files)
}

fn object_centric(logged: &Logged<'_>, wanted: &Wanted, path: &Path) -> io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    ocel::write(logged, wanted, &mut file)?;
    file.flush()
}

fn manifest<'a>(
    header: Header,
    results: &Results<'a>,
    asked: Asked<'a>,
    files: Vec<FileEntry>,
) -> Manifest<'a> {
    let Results { experiment, chunk, .. } = *results;
    let file = &results.baseline().scenario.file;
    // Overrides were read like files; here they stand by themselves, as written.
    let files_read = experiment.inputs.iter().filter(|input| input.path != "--set");
    let inputs = files_read.map(|input| Input { path: &input.path, sha256: &input.sha256 });
    let variants = experiment.variants.iter().enumerate().map(|(number, variant)| VariantEntry {
        name: &variant.name,
        title: variant.title.as_deref(),
        changes: &variant.changes,
        digest: digest::of_variant(chunk, number),
    });
    let kept: Vec<u32> = asked.accounts_of.clone().filter(|&kept| kept < chunk.len()).collect();
    Manifest {
        header,
        command: asked.command,
        question: experiment.question.as_deref(),
        start: file.start.to_string(),
        currency: file.currency.as_str(),
        confidence: results.confidence(),
        headline: results.headline().into_iter().map(|metric| CATALOGUE[metric].name).collect(),
        overrides: asked.overrides,
        inputs: inputs.collect(),
        baseline: &results.baseline().name,
        variants: variants.collect(),
        assumptions: results.assumptions(),
        accounts_of_replications: kept.clone(),
        events_of_replications: if asked.events.is_any() { kept } else { Vec::new() },
        files,
        merged: &experiment.merged,
    }
}

fn json(path: &Path, document: &impl Serialize) -> io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    serde_json::to_writer_pretty(&mut file, document)?;
    file.write_all(b"\n")?;
    file.flush()
}
