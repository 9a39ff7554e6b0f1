//! What stands in somebody's export: columns counted, a mapping proposed, nothing believed.
//!
//! A survey looks at every cell of every file once ([`FileSurvey`]), and proposes which file is which table of a history
//! and which column says what, each with its evidence ([`Proposal`]). A proposal is a text to check and to keep: nothing
//! but the survey itself ever reads by it.
//!
//! # Not here
//!
//! What the figures of a history amount to is `metrics::known`.

use std::io;
use std::path::Path;

use serde::Serialize;

use super::export::{Delimiter, ExportFormat, Stream, StreamError};

pub use column::{ColumnSurvey, Dates, Numbers};
pub use limits::limits;
pub use propose::{Evidence, Proposal, TableProposal};

mod column;
mod limits;
mod propose;
mod synonyms;
mod text;

/// What a file holds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FileSurvey {
    /// The file, as named.
    pub file: String,
    /// Its length \[bytes\].
    pub bytes: u64,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// Its rows.
    pub rows: u64,
    /// Rows with more or fewer cells than the header.
    pub uneven_rows: u64,
    /// What stands between its cells; `None` for a Parquet file.
    pub delimiter: Option<Delimiter>,
    /// Its columns, in order.
    pub columns: Vec<ColumnSurvey>,
}

/// A file that cannot be surveyed.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {why}")]
pub struct SurveyError {
    /// The file, as named.
    pub file: String,
    /// Why not, and what would be right.
    pub why: String,
}

impl FileSurvey {
    /// Looks at every cell of `file`.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or holds no rows.
    pub fn of(file: &str) -> Result<Self, SurveyError> {
        let failed = |why: StreamError| SurveyError { file: file.to_owned(), why: why.to_string() };
        let path = Path::new(file);
        let delimiter = delimiter(path).map_err(|error| failed(error.into()))?;
        let format = ExportFormat {
            delimiter: delimiter.unwrap_or(Delimiter::Comma).byte(),
            ..ExportFormat::default()
        };
        let stream = Stream::open(path, file, format).map_err(failed)?;
        let names = stream.heading().names().to_vec();
        let mut tallies: Vec<column::Tally> = names.iter().map(|_| column::Tally::default()).collect();
        let (extent, uneven_rows) = stream
            .each_record(&mut |record| {
                for (tally, cell) in tallies.iter_mut().zip(record) {
                    tally.look(cell);
                }
            })
            .map_err(failed)?;
        let columns = names.into_iter().zip(tallies).map(|(name, tally)| tally.finish(name)).collect();
        Ok(Self {
            file: file.to_owned(),
            bytes: extent.bytes,
            sha256: extent.sha256,
            rows: extent.rows,
            uneven_rows,
            delimiter,
            columns,
        })
    }

    /// The column with this header.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&ColumnSurvey> {
        self.columns.iter().find(|column| column.name == name)
    }
}

/// What stands most often in the first line, outside quotation marks; `None` for a Parquet file.
fn delimiter(path: &Path) -> io::Result<Option<Delimiter>> {
    use std::io::Read;
    let mut start = Vec::new();
    std::fs::File::open(path)?.take(1 << 16).read_to_end(&mut start)?;
    if start.starts_with(b"PAR1") {
        return Ok(None);
    }
    let line =
        start.split(|&byte| byte == b'\n').find(|line| !line.trim_ascii().is_empty()).unwrap_or_default();
    let count = |delimiter: Delimiter| {
        let mut quoted = false;
        let outside = line.iter().filter(|&&byte| {
            quoted ^= byte == b'"';
            byte == delimiter.byte() && !quoted
        });
        outside.count()
    };
    let most = Delimiter::ALL.iter().copied().rev().max_by_key(|&delimiter| count(delimiter));
    Ok(Some(most.unwrap_or(Delimiter::Comma)))
}
