//! Files of any length, a block of rows at a time.
//!
//! A block ends where a row ends, so that a row and the bytes it was read from lie together: what is wrong in it can be
//! placed as in a file held in memory, and memory does not grow with the file.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use csv::ByteRecord;
use sha2::{Digest, Sha256};

use super::row::{Column, Ground, Heading, Row, Start};
use super::{BadRow, ExportFormat};

/// The bytes of a block, unless a row is longer.
const BLOCK: usize = 1 << 20;

/// The longest row: beyond it a quotation mark was left open.
const LONGEST_ROW: usize = 1 << 24;

/// The first bytes of a Parquet file.
const PARQUET: &[u8; 4] = b"PAR1";

/// Why a file cannot be read, or not to its end.
#[derive(Debug, thiserror::Error)]
pub(in crate::population) enum StreamError {
    /// The disk says so.
    #[error("it cannot be read: {0}")]
    Disk(#[from] io::Error),
    /// It is no table.
    #[error("{}; {}", .0.what, .0.right)]
    Form(Box<BadRow>),
}

impl From<BadRow> for StreamError {
    fn from(bad: BadRow) -> Self {
        Self::Form(Box::new(bad))
    }
}

/// A file that is read once, from its first row to its last.
pub(in crate::population) struct Stream {
    heading: Heading,
    source: Source,
}

enum Source {
    Text(Blocks),
    #[cfg(feature = "parquet")]
    Columns(super::columns::Columns),
}

/// What was read of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::population) struct Extent {
    /// Its length.
    pub bytes: u64,
    /// Its rows, wrong ones included.
    pub rows: u64,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
}

impl Stream {
    /// Opens the file at `path`, which faults call `shown`, and reads its header.
    pub(in crate::population) fn open(
        path: &Path,
        shown: &str,
        format: ExportFormat,
    ) -> Result<Self, StreamError> {
        let mut file = File::open(path)?;
        let mut magic = Vec::new();
        (&mut file).take(PARQUET.len() as u64).read_to_end(&mut magic)?;
        if magic == PARQUET {
            #[cfg(feature = "parquet")]
            return super::columns::Columns::open(path, shown, format)
                .map(|(heading, columns)| Self { heading, source: Source::Columns(columns) });
            #[cfg(not(feature = "parquet"))]
            return Err(StreamError::Disk(io::Error::other("this program was built without Parquet")));
        }
        let mut blocks = Blocks::new(File::open(path)?);
        blocks.fill(0)?;
        let mut first = ByteRecord::new();
        let mut reader = blocks.reader(format.delimiter);
        let readable = "invariant: rows of any width and any bytes are read from memory";
        reader.read_byte_record(&mut first).expect(readable);
        let end = reader.position().byte() as usize;
        let heading = Heading::of(shown, format, &first);
        if heading.names.iter().all(String::is_empty) {
            return Err(heading.empty().into());
        }
        blocks.pass(end);
        Ok(Self { heading, source: Source::Text(blocks) })
    }

    /// What stands above the rows.
    pub(in crate::population) fn heading(&self) -> &Heading {
        &self.heading
    }

    /// Shows every row to `visit`, in order; a row with more or fewer cells than the header is a fault.
    pub(in crate::population) fn each(
        self,
        visit: &mut dyn FnMut(Result<Row<'_>, BadRow>),
    ) -> Result<Extent, StreamError> {
        match self.source {
            Source::Text(blocks) => blocks.each(&self.heading, visit),
            #[cfg(feature = "parquet")]
            Source::Columns(columns) => columns.each(&self.heading, visit),
        }
    }

    /// Shows the cells of every row that has as many as the header to `visit`, and counts the others.
    pub(in crate::population) fn each_record(
        self,
        visit: &mut dyn FnMut(&ByteRecord),
    ) -> Result<(Extent, u64), StreamError> {
        let mut uneven = 0;
        let extent = self.each(&mut |row| match row {
            Ok(row) => visit(row.cells()),
            Err(_) => uneven += 1,
        })?;
        Ok((extent, uneven))
    }
}

/// The bytes of a file that have been read and not yet passed.
struct Blocks {
    file: File,
    hash: Sha256,
    bytes: Vec<u8>,
    /// Lines before the first of `bytes`.
    lines: u64,
    /// Bytes read in all.
    read: u64,
    is_at_end: bool,
}

impl Blocks {
    fn new(file: File) -> Self {
        Self { file, hash: Sha256::new(), bytes: Vec::new(), lines: 0, read: 0, is_at_end: false }
    }

    /// Reads on until there is a block beyond the first `kept` bytes, or the file ends.
    fn fill(&mut self, kept: usize) -> io::Result<()> {
        let held = self.bytes.len();
        let wanted = (kept + BLOCK).saturating_sub(held) as u64;
        (&mut self.file).take(wanted).read_to_end(&mut self.bytes)?;
        self.hash.update(&self.bytes[held..]);
        self.read += (self.bytes.len() - held) as u64;
        self.is_at_end = ((self.bytes.len() - held) as u64) < wanted;
        Ok(())
    }

    fn reader(&self, delimiter: u8) -> csv::Reader<&[u8]> {
        let mut builder = csv::ReaderBuilder::new();
        builder.delimiter(delimiter).flexible(true).has_headers(false).from_reader(&self.bytes)
    }

    /// Leaves the rows behind that end at `end`, all but the mark of their end: what begins with a byte order mark in the
    /// middle of a file is then no beginning.
    fn pass(&mut self, end: usize) {
        let is_ended = end > 0 && matches!(self.bytes[end - 1], b'\r' | b'\n');
        let end = if is_ended { end - 1 } else { end };
        self.lines += self.bytes[..end].iter().filter(|&&byte| byte == b'\n').count() as u64;
        self.bytes.drain(..end);
    }

    fn each(
        mut self,
        heading: &Heading,
        visit: &mut dyn FnMut(Result<Row<'_>, BadRow>),
    ) -> Result<Extent, StreamError> {
        let readable = "invariant: rows of any width and any bytes are read from memory";
        let (mut record, mut rows) = (ByteRecord::new(), 0);
        loop {
            let mut end = 0;
            let mut reader = self.reader(heading.format.delimiter);
            while reader.read_byte_record(&mut record).expect(readable) {
                let after = reader.position().byte() as usize;
                // The last row of a block may go on in the next one.
                if after == self.bytes.len() && !self.is_at_end {
                    break;
                }
                let start = Start::of(&record, &self.bytes, self.lines);
                let ground = Ground::Text { bytes: &self.bytes, start };
                visit(Row::new(heading, ground, &record));
                (end, rows) = (after, rows + 1);
            }
            if self.is_at_end {
                break;
            }
            self.pass(end);
            if self.bytes.len() > LONGEST_ROW {
                let start = Start::of_bytes(&self.bytes, self.lines);
                let ground = Ground::Text { bytes: &self.bytes, start };
                let what = "the row goes on for more than 16 million characters";
                let right = "look for a quotation mark that is never closed";
                visit(Err(heading.bad(ground, Column(0), what, right)));
                rows += 1;
                break;
            }
            let kept = self.bytes.len();
            self.fill(kept)?;
        }
        // What was given up is still part of the file.
        self.read += digested(&mut self.file, &mut self.hash)?;
        if rows == 0 {
            return Err(heading.empty().into());
        }
        Ok(Extent { bytes: self.read, rows, sha256: hexadecimal(self.hash) })
    }
}

/// Adds the rest of a file to its digest; returns its length.
pub(super) fn digested(file: &mut File, hash: &mut Sha256) -> io::Result<u64> {
    let (mut bytes, mut total) = (vec![0; BLOCK], 0);
    loop {
        let length = file.read(&mut bytes)?;
        if length == 0 {
            return Ok(total);
        }
        hash.update(&bytes[..length]);
        total += length as u64;
    }
}

/// The digest in hexadecimal.
pub(super) fn hexadecimal(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use proptest::prelude::{ProptestConfig, Strategy, any, prop, prop_assert_eq, proptest};

    use super::super::Table;
    use super::*;

    fn file(bytes: &[u8]) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    /// The line and cells of a row, or the places of its fault.
    type SeenRow = Result<(u64, Vec<Vec<u8>>), (u64, u64, u64)>;

    type Seen = Vec<SeenRow>;

    fn seen(row: Result<Row<'_>, BadRow>) -> SeenRow {
        row.map(|row| (row.line(), row.cells().iter().map(<[u8]>::to_vec).collect()))
            .map_err(|bad| (bad.line, bad.cell.line, bad.cell.column))
    }

    fn streamed(bytes: &[u8]) -> Result<(Seen, Extent), StreamError> {
        let file = file(bytes);
        let mut rows = Vec::new();
        let stream = Stream::open(file.path(), "f.csv", ExportFormat::default())?;
        let extent = stream.each(&mut |row| rows.push(seen(row)))?;
        Ok((rows, extent))
    }

    /// Three megabytes of rows of many lengths, a few of them with quoted line breaks and a few too short.
    #[test]
    fn a_file_in_blocks_reads_as_a_file_in_memory() {
        let mut text = "\u{feff}id,note,arr\r\n".to_owned();
        for row in 0..60_000_u64 {
            let note = "n".repeat((row * 7919 % 83) as usize);
            match row % 1_000 {
                0 => text += &format!("A-{row},\"two\nlines, {note}\",{row}\r\n"),
                1 => text += &format!("A-{row},{note}\r\n"),
                2 => text += "\r\n",
                _ => text += &format!("A-{row},{note},{row}\r\n"),
            }
        }
        let (rows, extent) = streamed(text.as_bytes()).unwrap();
        let table = Table::read(text.as_bytes(), "f.csv", ExportFormat::default()).unwrap();
        let whole: Seen = table.rows().map(seen).collect();
        assert!(rows == whole, "the rows differ");
        assert_eq!((extent.bytes, extent.rows), (text.len() as u64, rows.len() as u64));
    }

    #[test]
    fn a_row_longer_than_a_block_is_whole_and_an_open_quotation_mark_is_found() {
        let long = "x".repeat(3 * BLOCK);
        let (rows, _) = streamed(format!("id,arr\n{long},1\nb,2\n").as_bytes()).unwrap();
        assert_eq!(rows.len(), 2);
        assert!(rows[0].as_ref().is_ok_and(|(line, cells)| *line == 2 && cells[0].len() == long.len()));

        let open = format!("id,arr\na,1\n\"b,2\n{}", "c,3\n".repeat(LONGEST_ROW / 2));
        let (rows, extent) = streamed(open.as_bytes()).unwrap();
        assert_eq!((rows.len(), &rows[1]), (2, &Err((3, 3, 1))));
        assert_eq!(extent.bytes, open.len() as u64);
    }

    #[test]
    fn a_header_without_rows_is_refused() {
        for text in ["", "abc", "abc\n", "\n", "\u{feff}", "abc\r\n\r\n"] {
            assert!(streamed(text.as_bytes()).is_err(), "{text:?}");
        }
    }

    #[test]
    fn the_digest_is_that_of_the_bytes() {
        let (_, extent) = streamed(b"a\nb\n").unwrap();
        assert_eq!(extent.sha256, hexadecimal(Sha256::new_with_prefix(b"a\nb\n")));
    }

    const SEPARATORS: &[&[u8]] = &[b",", b"\n", b"\r\n", b"\"", b"a,b\n", b"\xEF\xBB\xBF"];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        /// Any bytes at all, rich in what separates.
        #[test]
        fn no_bytes_make_a_reader_panic_and_both_readers_agree(
            pieces in prop::collection::vec(
                proptest::prop_oneof![
                    prop::collection::vec(any::<u8>(), 0..4),
                    proptest::sample::select(SEPARATORS).prop_map(<[u8]>::to_vec),
                ],
                0..40,
            )
        ) {
            let bytes = pieces.concat();
            let table = Table::read(&bytes, "f.csv", ExportFormat::default());
            if let (Ok((rows, _)), Ok(table)) = (streamed(&bytes), table) {
                let whole: Seen = table.rows().map(seen).collect();
                prop_assert_eq!(rows, whole);
            }
        }
    }
}
