//! Answers: documents as JSON, tables as buffers in Arrow's layout, charts as specifications.

use journeysim::output::charts;
use journeysim::output::finished;
use journeysim::output::sheet::{Column, Sheet, Values};
use pyo3::exceptions::PyOverflowError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// An answered question.
#[pyclass(frozen, module = "journeysim._journeysim")]
pub struct Finished {
    pub run: finished::Finished,
    pub text: String,
    /// What an answer brings beside its document: a fit as a file, a life as a page.
    pub more: Option<String>,
}

/// A column of a table: its name, its kind (`text`, `instant`, `whole` or `number`), how many values are missing, and its
/// buffers: which values are there (eight rows a byte), where texts end, and the values.
type ColumnBuffers<'py> =
    (String, &'static str, usize, Bound<'py, PyBytes>, Option<Bound<'py, PyBytes>>, Bound<'py, PyBytes>);

#[pymethods]
impl Finished {
    /// The document, as JSON.
    #[getter]
    fn result(&self) -> String {
        self.run.result.to_string()
    }

    /// How the run can be made again, as JSON; `null` where nothing was run.
    #[getter]
    fn manifest(&self) -> String {
        self.run.manifest.to_string()
    }

    /// The text that the program prints.
    #[getter]
    fn text(&self) -> &str {
        &self.text
    }

    /// What the answer brings beside its document.
    #[getter]
    fn more(&self) -> Option<&str> {
        self.more.as_deref()
    }

    /// The names of its tables.
    #[getter]
    fn tables(&self) -> Vec<&'static str> {
        self.run.sheets.iter().map(|sheet| sheet.name).collect()
    }

    /// A table: the number of its rows, and its columns.
    fn table<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Option<(usize, Vec<ColumnBuffers<'py>>)>> {
        let Some(sheet) = self.run.sheet(name) else { return Ok(None) };
        Ok(Some((sheet.rows(), buffers(py, sheet)?)))
    }

    /// All charts: their names, what was found, and their specifications as JSON.
    #[getter]
    fn charts(&self) -> Vec<(String, String, String)> {
        if self.run.manifest.is_null() {
            return Vec::new();
        }
        let chart = |chart: charts::Chart| {
            let mut spec = chart.spec();
            spec["config"] = charts::Ink::LIGHT.config();
            (chart.name, chart.finding, spec.to_string())
        };
        charts::all(&self.run).into_iter().map(chart).collect()
    }
}

fn buffers<'py>(py: Python<'py>, sheet: &Sheet) -> PyResult<Vec<ColumnBuffers<'py>>> {
    sheet.columns.iter().map(|column| column_buffers(py, column)).collect()
}

fn column_buffers<'py>(py: Python<'py>, column: &Column) -> PyResult<ColumnBuffers<'py>> {
    let name = column.name.clone();
    Ok(match &column.values {
        Values::Text(values) => {
            let (missing, there) = validity(py, values.len(), |row| !values[row].is_empty());
            let mut end = 0_i32;
            let mut ends = vec![end];
            for value in values {
                let longer = i32::try_from(value.len()).ok().and_then(|length| end.checked_add(length));
                end = longer
                    .ok_or_else(|| PyOverflowError::new_err("a column of texts is longer than 2 GB"))?;
                ends.push(end);
            }
            let ends = packed(py, ends.len(), |at| ends[at].to_ne_bytes())?;
            (name, "text", missing, there, Some(ends), PyBytes::new(py, values.concat().as_bytes()))
        }
        Values::Instant(values) => {
            let (missing, there) = validity(py, values.len(), |_| true);
            let milliseconds =
                packed(py, values.len(), |row| values[row].and_utc().timestamp_millis().to_ne_bytes())?;
            (name, "instant", missing, there, None, milliseconds)
        }
        Values::Whole(values) => {
            let (missing, there) = validity(py, values.len(), |row| values[row].is_some());
            let numbers = packed(py, values.len(), |row| values[row].unwrap_or_default().to_ne_bytes())?;
            (name, "whole", missing, there, None, numbers)
        }
        Values::Number(values) => {
            let (missing, there) = validity(py, values.len(), |row| values[row].is_some());
            let numbers = packed(py, values.len(), |row| values[row].unwrap_or_default().to_ne_bytes())?;
            (name, "number", missing, there, None, numbers)
        }
    })
}

/// Returns how many of so many values are missing, and a bit for each that is there.
fn validity(py: Python<'_>, rows: usize, is_there: impl Fn(usize) -> bool) -> (usize, Bound<'_, PyBytes>) {
    let mut bits = vec![0_u8; rows.div_ceil(8)];
    let mut missing = rows;
    for row in (0..rows).filter(|&row| is_there(row)) {
        bits[row / 8] |= 1 << (row % 8);
        missing -= 1;
    }
    (missing, PyBytes::new(py, &bits))
}

/// Writes numbers where Python will hold them.
fn packed<const WIDTH: usize>(
    py: Python<'_>,
    count: usize,
    number: impl Fn(usize) -> [u8; WIDTH],
) -> PyResult<Bound<'_, PyBytes>> {
    PyBytes::new_with(py, count * WIDTH, |bytes| {
        for (at, place) in bytes.chunks_exact_mut(WIDTH).enumerate() {
            place.copy_from_slice(&number(at));
        }
        Ok(())
    })
}
