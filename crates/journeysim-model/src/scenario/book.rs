//! The book of a scenario: a list of real accounts, instead of generated ones or beside them.
//!
//! ```toml
//! [book]
//! file = "accounts.csv"                                   # relative to the file that says it
//! columns = { id = "Account ID", arr = "ARR", renewal = "Renewal date" }
//! ```
//!
//! # Not here
//!
//! How cells are read and checked is [`population::book`](crate::population::book); how the accounts come
//! into a run is `engine::listing`.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use chrono::NaiveDate;
use serde::{Serialize, Serializer};
use serde_json::{Value as Json, json};

use crate::language::document::Document;
use crate::language::fault::{COLUMN_MISSING, DATA_EMPTY, Fault, Faults, MISSING_KEY};
use crate::language::schema::Definitions;
use crate::language::source::{resolve, shown};
use crate::language::{Node, Reader, Setting, Text, fault_codes, nearest, settings};
use crate::population::book::{
    Book, BookColumn, BookMapping, BookOptions, BookRow, DrawnColumn, SeatCap, headers, read_book,
};
use crate::population::export::{DateOrder, DecimalMark, Delimiter, ExportFormat, OnBadRow};
use crate::scenario::load::InputFile;

/// The largest list of accounts (bytes).
const LARGEST_BOOK: u64 = 64 << 20;

settings! {
    /// A list of real accounts.
    pub struct BookSettings {
        /// The list: delimited text with a header, named relative to the file that names it.
        pub file: DataFile,
        /// Which header of the list is which column; absent: headers are our own words.
        pub columns: BTreeMap<BookColumn, Text> = BTreeMap::new(),
        /// What to do about rows that are wrong.
        pub on_bad_row: OnBadRow = OnBadRow::Stop,
        /// How the list writes dates.
        pub dates: DateOrder = DateOrder::YearMonthDay,
        /// How the list writes numbers.
        pub decimal: DecimalMark = DecimalMark::Point,
        /// What stands between cells.
        pub delimiter: Delimiter = Delimiter::Comma,
        /// Whether accounts are generated as well; otherwise the book holds the listed ones alone.
        pub beside: bool = false,
    }
}

/// A file that a scenario names, with what stands in it.
#[derive(Debug, Clone, PartialEq)]
pub struct DataFile {
    /// As written.
    pub name: String,
    /// Its bytes; copies share them.
    pub bytes: Arc<[u8]>,
}

impl fmt::Display for DataFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl Serialize for DataFile {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.name)
    }
}

impl Setting for DataFile {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let bytes = reader.file(node, LARGEST_BOOK)?.into();
        node.as_text().map(|name| Self { name: name.to_owned(), bytes })
    }

    fn schema(_: &mut Definitions) -> Json {
        json!({ "type": "string", "minLength": 1 })
    }

    fn wanted() -> String {
        "the name of a file such as \"accounts.csv\"".to_owned()
    }
}

/// The accounts of a list, read and checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Listing {
    /// The list as an input of the run.
    pub input: InputFile,
    /// Accounts in the order of the list: the account numbered `n` of every replication is row `n`.
    pub rows: Vec<BookRow>,
    /// Rows left out because they are wrong.
    pub skipped: usize,
    /// What the list does not tell.
    pub drawn: Vec<DrawnColumn>,
    /// Whether accounts are generated as well.
    pub beside: bool,
}

/// What was read of a list of real accounts, for reports and manifests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BookSummary {
    /// The list.
    pub file: String,
    /// Accounts read.
    pub rows: usize,
    /// Rows left out because they are wrong.
    pub skipped: usize,
    /// Columns drawn from the population, wholly or in part.
    pub drawn: Vec<DrawnColumn>,
}

impl Listing {
    /// Returns what there is to report of the list.
    #[must_use]
    pub fn summary(&self) -> BookSummary {
        let (rows, skipped, drawn) = (self.rows.len(), self.skipped, self.drawn.clone());
        BookSummary { file: self.input.path.clone(), rows, skipped, drawn }
    }
}

/// What the scenario around a book says that its reading depends on.
#[derive(Debug, Clone, Copy)]
pub struct Around {
    /// First day of the run.
    pub opens: NaiveDate,
    /// Whether some licences may be exceeded.
    pub soft_caps: bool,
}

/// Reads the list that `settings` name. Wrong rows that are skipped become notes.
///
/// [`None`] means that something is wrong, and `faults` say what: of the table in the scenario, or of the list,
/// row by row.
pub fn listing(
    settings: &BookSettings,
    around: Around,
    document: &Document,
    faults: &mut Faults,
    notes: &mut Vec<Fault>,
) -> Option<Listing> {
    let folder = document.sources.folder(document.origin("book.file"));
    let file = shown(&resolve(&folder, &settings.file.name));
    let bytes = &settings.file.bytes;
    let delimiter = settings.delimiter.byte();
    let format = ExportFormat { delimiter, dates: settings.dates, decimal: settings.decimal };
    let names = match headers(bytes, &file, format) {
        Ok(names) => names,
        Err(bad) => {
            faults.report(document.fault(
                DATA_EMPTY,
                "book.file",
                format!("{file}: {}", bad.what),
                bad.right,
            ));
            return None;
        }
    };
    let before = faults.len();
    let mapping = mapping(settings, &names, &file, document, faults);
    let mapping = BookMapping::new(mapping).ok().filter(|_| faults.len() == before)?;
    let options = BookOptions {
        format,
        on_bad_row: settings.on_bad_row,
        seat_cap: if around.soft_caps { SeatCap::Soft } else { SeatCap::Hard },
        opens: Some(around.opens),
    };
    match read_book(bytes, &file, &mapping, &options) {
        Ok(book) => {
            notes.extend(book.skipped.iter().map(|bad| bad.fault(BOOK_ROW_SKIPPED, "")));
            let skipped = book.skipped_rows();
            let Book { rows, drawn_columns: drawn, .. } = book;
            Some(Listing { input: InputFile::of(file, bytes), rows, skipped, drawn, beside: settings.beside })
        }
        Err(wrong) => {
            for bad in &wrong {
                faults.report(bad.fault(BOOK_ROW, ""));
            }
            None
        }
    }
}

/// Returns which header is which column, with a fault for every column that is not there, or not there once.
fn mapping(
    settings: &BookSettings,
    names: &[String],
    file: &str,
    document: &Document,
    faults: &mut Faults,
) -> BTreeMap<BookColumn, String> {
    let named: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut mapping = BTreeMap::new();
    if settings.columns.is_empty() {
        let own = BookColumn::ALL.iter().filter(|column| named.contains(&column.name()));
        mapping.extend(own.map(|&column| (column, column.name().to_owned())));
    }
    for (&column, header) in &settings.columns {
        let header = header.as_str();
        let mut report = |code, message: String, help: String| {
            faults.report(document.fault(code, &format!("book.columns.{column}"), message, help));
        };
        if let Some((other, _)) = mapping.iter().find(|(_, taken)| taken.as_str() == header) {
            let message = format!("`{header}` is mapped to {other} already");
            report(BOOK_HEADER_TAKEN, message, "map each header once".to_owned());
        } else if !named.contains(&header) {
            let help = nearest::hint(header, "columns", &named);
            report(COLUMN_MISSING, format!("{file} has no column `{header}`"), help);
        }
        mapping.insert(column, header.to_owned());
    }
    for (column, header) in &mapping {
        if named.iter().filter(|name| *name == header).count() > 1 {
            let path = format!("book.columns.{column}");
            let message = format!("{file} has more than one column `{header}`");
            faults.report(document.fault(
                BOOK_HEADER_TWICE,
                &path,
                message,
                "rename all but one in the list",
            ));
        }
    }
    let mut need = |columns: &[BookColumn], help: &str| {
        if !columns.iter().any(|column| mapping.contains_key(column)) {
            let words: Vec<&str> = columns.iter().map(|column| column.name()).collect();
            let message = format!("no column is mapped to {}", words.join(" or "));
            faults.report(document.fault(MISSING_KEY, "book.columns", message, help));
        }
    };
    need(&[BookColumn::Id], "add id = \"...\", the header of what identifies an account");
    need(&[BookColumn::Arr], "add arr = \"...\", the header of annual recurring revenue");
    need(
        &[BookColumn::Start, BookColumn::Renewal],
        "add start = \"...\" or renewal = \"...\", the header of a date",
    );
    mapping
}

fault_codes! {
    /// Every kind of fault of a book.
    BOOK_HEADER_TAKEN = "book-header-taken": "One header of a list of accounts is mapped to two columns.";
    BOOK_HEADER_TWICE = "book-header-twice": "A list of accounts has two columns of one name, and it is mapped.";
    BOOK_ROW = "book-row": "A row of a list of accounts that cannot be read, or cannot be true.";
    BOOK_ROW_SKIPPED = "book-row-skipped": "A note: a wrong row of a list of accounts was left out.";
    BOOK_IN_VARIANT = "book-in-variant": "A variant changes the list of accounts, which all variants share.";
}
