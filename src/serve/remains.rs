//! What is kept of a run that is over: its document, its accounts, and its run folder on the disk.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use rawzip::ZipArchiveWriter;
use rawzip::time::UtcDateTime;
use serde::Serialize;
use serde_json::{Value as Json, json};
use tempfile::TempDir;

use crate::experiment::replicate::Chunk;
use crate::output::charts::{Chart, FAMILIES, Family, Ink};
use crate::output::document::{CompareDocument, Header, RunDocument};
use crate::output::events::Wanted;
use crate::output::finished::{Finished, ReadError};
use crate::output::folder::{Place, Standing};
use crate::output::manifest::{self, Asked, Contents};
use crate::output::results::{Results, StoppedBy};
use crate::output::sheet::{FORMATS, Sheet, Values};
use crate::output::sheets;
use crate::serve::ask::Plan;

/// A run that is over.
pub(super) struct Remains {
    /// The document that `--json` prints.
    pub(super) document: Json,
    accounts: Sheet,
    /// Name of the run folder.
    name: String,
    folder: TempDir,
}

/// The most accounts that are handed out at once.
pub(super) const MOST_ROWS: usize = 5_000;

impl Remains {
    /// Writes the run folder to the disk, and keeps what pages ask for.
    ///
    /// # Errors
    ///
    /// If the disk refuses.
    pub(super) fn of(plan: &Plan, chunk: &Chunk, stopped_by: StoppedBy) -> io::Result<Self> {
        let Plan { experiment, overlay, overlay_name, laid_over, .. } = plan;
        let results = Results { experiment, chunk, stopped_by, why: &[], best: None };
        let folder = TempDir::with_prefix("journeysim-")?;
        let run = folder.path().join("run");
        let place = Place::new(&run, Standing::Stays).map_err(io::Error::other)?;
        let document = if experiment.variants.len() > 1 {
            written(&place, &results, "compare", &CompareDocument::of(&results))
        } else {
            written(&place, &results, "run", &RunDocument::of(&results))
        }?;
        let inputs = run.join("inputs");
        for (path, bytes) in laid_over.iter().filter(|(path, _)| !path.ends_with(overlay_name)) {
            // Their paths lead nowhere but below: that was checked when they were asked for.
            let target = inputs.join(path);
            fs::create_dir_all(target.parent().unwrap_or(&inputs))?;
            fs::write(target, bytes)?;
        }
        fs::write(run.join(overlay_name), overlay)?;
        let name = overlay_name.trim_end_matches(".toml").to_owned();
        Ok(Self { document, accounts: sheets::accounts(&results), name, folder })
    }

    /// Returns the accounts of `variant` in the first replication: columns, and rows of so many cells.
    pub(super) fn accounts(&self, variant: &str) -> Json {
        let columns = &self.accounts.columns;
        let is_wanted = |row: &usize| match columns.first().map(|column| &column.values) {
            Some(Values::Text(names)) => names[*row] == variant,
            _ => false,
        };
        // Variant and replication are the same in every row.
        let shown = &columns[2..];
        let cells = |row: usize| shown.iter().map(|column| cell(&column.values, row)).collect::<Vec<Json>>();
        let rows = (0..self.accounts.rows()).filter(is_wanted).take(MOST_ROWS);
        json!({
            "columns": shown.iter().map(|column| column.name.as_str()).collect::<Vec<_>>(),
            "rows": rows.map(cells).collect::<Vec<_>>(),
        })
    }

    /// Returns the charts of the run, by family, and how they are drawn on the page.
    ///
    /// # Errors
    ///
    /// If the disk refuses.
    pub(super) fn charts(&self) -> Result<Json, ReadError> {
        let finished = Finished::read(&self.folder.path().join("run"))?;
        let drawn = |chart: &Chart| {
            json!({
                "finding": chart.finding,
                "note": chart.note,
                "table": { "columns": chart.table.columns, "rows": chart.table.rows },
                "spec": chart.untitled_spec(),
            })
        };
        let family = |family: &Family| {
            let charts: Vec<Json> = (family.make)(&finished).iter().map(drawn).collect();
            (!charts.is_empty())
                .then(|| json!({ "title": family.title, "lead": family.lead, "charts": charts }))
        };
        let families: Vec<Json> = FAMILIES.iter().filter_map(family).collect();
        Ok(json!({ "families": families, "config": Ink::OF_THE_PAGE.config() }))
    }

    /// Returns the run folder as one file.
    ///
    /// # Errors
    ///
    /// If the disk refuses.
    pub(super) fn zipped(&self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut archive = ZipArchiveWriter::new(&mut bytes);
        add(&mut archive, &self.folder.path().join("run"), &self.name)?;
        archive.finish().map_err(io::Error::other)?;
        Ok(bytes)
    }

    /// Returns the name of that file.
    pub(super) fn zip_name(&self) -> String {
        format!("{}.zip", self.name)
    }

    /// Copies the run folder into `out`, under a name that is free.
    ///
    /// # Errors
    ///
    /// Words, if that cannot be done.
    pub(super) fn keep(&self, out: &Path) -> Result<(), String> {
        let kept = |number: usize| {
            let name = if number == 1 { self.name.clone() } else { format!("{}-{number}", self.name) };
            Place::new(&out.join(name), Standing::Stays)
        };
        let place = (1..10_000).find_map(|number| kept(number).ok());
        let place =
            place.ok_or_else(|| format!("{} holds too many runs called {}", out.display(), self.name))?;
        place
            .write(|target| copy(&self.folder.path().join("run"), target))
            .map_err(|error| format!("{error}"))
    }
}

/// Writes the run folder, and returns the document.
fn written(
    place: &Place,
    results: &Results<'_>,
    command: &str,
    document: &impl Serialize,
) -> io::Result<Json> {
    let contents = Contents { results, header: Header::of(results), document, tables: sheets::all(results) };
    let asked = Asked { command, overrides: &[], accounts_of: &(0..1), events: &Wanted::default() };
    manifest::write(place, contents, asked, &FORMATS[0]).map_err(io::Error::other)?;
    Ok(serde_json::to_value(document)?)
}

fn cell(values: &Values, row: usize) -> Json {
    match values {
        Values::Text(values) => json!(values[row]),
        Values::Instant(values) => json!(values[row].to_string()),
        Values::Whole(values) => json!(values[row]),
        Values::Number(values) => json!(values[row]),
    }
}

/// 1980-01-01, the first day that an archive can tell; without one it tells the day 0 of the month 0. \[s\]
const FIRST_DAY_OF_ZIP: i64 = 315_532_800;

/// Adds a folder to an archive, in the order of names. Tables are packed and pages small, so nothing is packed again.
fn add(archive: &mut ZipArchiveWriter<&mut Vec<u8>>, folder: &Path, name: &str) -> io::Result<()> {
    for entry in entries(folder)? {
        let inner = format!("{name}/{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            add(archive, &entry.path(), &inner)?;
        } else {
            let file = archive.new_file(&inner).last_modified(UtcDateTime::from_unix(FIRST_DAY_OF_ZIP));
            let (mut file, config) = file.start().map_err(io::Error::other)?;
            let mut writer = config.wrap(&mut file);
            io::copy(&mut File::open(entry.path())?, &mut writer)?;
            let (_, descriptor) = writer.finish().map_err(io::Error::other)?;
            file.finish(descriptor).map_err(io::Error::other)?;
        }
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in entries(from)? {
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

fn entries(folder: &Path) -> io::Result<Vec<fs::DirEntry>> {
    let mut entries: Vec<fs::DirEntry> = fs::read_dir(folder)?.collect::<io::Result<_>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    Ok(entries)
}
