//! The mapping of a history: which file is which table, and which of its columns says what.
//!
//! ```toml
//! currency = "USD"
//! through = 2024-12-31                 # the last day the files cover
//!
//! [subscriptions]
//! file = "subscriptions.csv"           # delimited text or Parquet, relative to this file
//! dates = "dmy"
//! columns = { id = "subscription_id", account = "account_id", start = "start_date", arr = "arr_amount" }
//! ```

use std::collections::BTreeMap;

use super::History;
use super::read::Reading;
use super::words::{TableKind, Word};
use crate::language::document::Document;
use crate::language::fault::{
    COLUMN_MISSING, DATA_EMPTY, FILE_MISSING, FILE_UNREADABLE, Faults, MISSING_KEY, UNKNOWN_KEY,
};
use crate::language::source::{FileReader, resolve, shown};
use crate::language::{Date, Text, fault_codes, settings};
use crate::population::export::{DateOrder, DecimalMark, Delimiter, ExportFormat, OnBadRow, StreamError};

settings! {
    /// A file of a history.
    pub struct TableSettings {
        /// The file: delimited text with a header, or Parquet, named relative to the file that names it.
        pub file: Text,
        /// Which header of the file is which word.
        pub columns: BTreeMap<Word, Text>,
        /// Of accounts only: numbers that may have to do with who stays, by a name of ours, each with its header.
        pub figures: BTreeMap<Text, Text> = BTreeMap::new(),
        /// What the words of the file mean in ours: segments, products, outcomes, yes and no.
        pub values: BTreeMap<Text, Text> = BTreeMap::new(),
        /// What to do about rows that are wrong.
        pub on_bad_row: OnBadRow = OnBadRow::Stop,
        /// How the file writes dates.
        pub dates: DateOrder = DateOrder::YearMonthDay,
        /// How the file writes numbers.
        pub decimal: DecimalMark = DecimalMark::Point,
        /// What stands between cells.
        pub delimiter: Delimiter = Delimiter::Comma,
    }
}

settings! {
    /// The files of a history, and what their columns say.
    pub struct HistorySettings {
        /// The currency of all amounts.
        pub currency: Text = Text::of("USD"),
        /// The last day the files cover: what is still in force then has not ended, as far as anybody knows.
        pub through: Date,
        /// Who the customers are or were; absent: those that subscriptions name.
        pub accounts: Option<TableSettings>,
        /// What they bought.
        pub subscriptions: Option<TableSettings>,
        /// How they used it.
        pub usage: Option<TableSettings>,
        /// What the vendor did for them.
        pub touchpoints: Option<TableSettings>,
        /// What they asked of the vendor.
        pub tickets: Option<TableSettings>,
        /// What came of each renewal.
        pub renewals: Option<TableSettings>,
        /// Who left, and when.
        pub departures: Option<TableSettings>,
    }
}

impl TableSettings {
    /// How the file writes what it holds.
    #[must_use]
    pub fn format(&self) -> ExportFormat {
        ExportFormat { delimiter: self.delimiter.byte(), dates: self.dates, decimal: self.decimal }
    }
}

impl HistorySettings {
    /// The tables that are named, in the order of [`TableKind`].
    pub fn tables(&self) -> impl Iterator<Item = (TableKind, &TableSettings)> {
        let named = |kind| match kind {
            TableKind::Accounts => &self.accounts,
            TableKind::Subscriptions => &self.subscriptions,
            TableKind::Usage => &self.usage,
            TableKind::Touchpoints => &self.touchpoints,
            TableKind::Tickets => &self.tickets,
            TableKind::Renewals => &self.renewals,
            TableKind::Departures => &self.departures,
        };
        TableKind::ALL.iter().filter_map(move |&kind| Some((kind, named(kind).as_ref()?)))
    }
}

impl History {
    /// Reads the history whose mapping stands in the file `path`.
    ///
    /// [`None`] means that something is wrong, and `faults` say what: in the mapping, or in the files, row by row.
    pub fn load(path: &str, files: &mut dyn FileReader, faults: &mut Faults) -> Option<History> {
        let document = Document::load(path, files, faults);
        let settings = document.read::<HistorySettings>(files, faults).value?;
        Self::read(&settings, &document, faults)
    }

    /// Reads the history that `settings` name, which stand in `document`.
    pub fn read(settings: &HistorySettings, document: &Document, faults: &mut Faults) -> Option<History> {
        let before = faults.len();
        if settings.tables().next().is_none() {
            let help = "add [accounts] or [subscriptions] at least";
            faults.report(document.fault(MISSING_KEY, "accounts", "no table is named", help));
        }
        for (kind, table) in settings.tables() {
            check(kind, table, settings, document, faults);
        }
        if faults.len() > before {
            return None;
        }
        let mut reading = Reading::new(settings);
        for (kind, table) in settings.tables() {
            let folder = document.sources.folder(document.origin(&format!("{kind}.file")));
            let file = resolve(&folder, table.file.as_str());
            let shown = shown(&file);
            match reading.table(kind, table, &file, &shown) {
                Err(StreamError::Form(bad)) if bad.column.is_empty() => {
                    let message = format!("{shown}: {}", bad.what);
                    faults.report(document.fault(DATA_EMPTY, &format!("{kind}.file"), message, &*bad.right));
                }
                Err(StreamError::Form(bad)) => {
                    let is_it = |header: &Text| header.as_str() == bad.column;
                    let word = table.columns.iter().find(|(_, header)| is_it(header));
                    let figure = table.figures.iter().find(|(_, header)| is_it(header));
                    let path = match (word, figure) {
                        (Some((word, _)), _) => format!("{kind}.columns.{word}"),
                        (None, Some((name, _))) => format!("{kind}.figures.{name}"),
                        (None, None) => format!("{kind}.columns"),
                    };
                    let message = format!("{shown}, column `{}`: {}", bad.column, bad.what);
                    faults.report(document.fault(COLUMN_MISSING, &path, message, &*bad.right));
                }
                Err(StreamError::Disk(error)) => {
                    let is_missing = error.kind() == std::io::ErrorKind::NotFound;
                    let code = if is_missing { FILE_MISSING } else { FILE_UNREADABLE };
                    let message = if is_missing {
                        format!("{shown} does not exist")
                    } else {
                        format!("{shown}: {error}")
                    };
                    let help = "check the name, which is relative to the file that names it";
                    faults.report(document.fault(code, &format!("{kind}.file"), message, help));
                }
                Ok(()) => {}
            }
        }
        let stopping = |kind: TableKind| {
            settings.tables().any(|(named, table)| named == kind && table.on_bad_row == OnBadRow::Stop)
        };
        for (kind, bad) in reading.faults().filter(|(kind, _)| stopping(*kind)) {
            faults.report(bad.fault(HISTORY_ROW, &format!("{kind}, ")));
        }
        (faults.len() == before).then(|| reading.finish())
    }
}

/// Reports what contradicts itself in the mapping of one table.
fn check(
    kind: TableKind,
    table: &TableSettings,
    settings: &HistorySettings,
    document: &Document,
    faults: &mut Faults,
) {
    let has = |word: &Word| table.columns.contains_key(word);
    for word in table.columns.keys().filter(|word| !kind.words().contains(word)) {
        let known: Vec<&str> = kind.words().iter().map(|word| word.name()).collect();
        let message = format!("{kind} have no `{word}`");
        let help = format!("their words are {}", known.join(", "));
        faults.report(document.fault(UNKNOWN_KEY, &format!("{kind}.columns.{word}"), message, help));
    }
    if kind != TableKind::Accounts && !table.figures.is_empty() {
        let message = format!("{kind} have no figures");
        let help = "figures are those of accounts: put them into [accounts.figures]";
        faults.report(document.fault(UNKNOWN_KEY, &format!("{kind}.figures"), message, help));
    }
    let path = format!("{kind}.columns");
    for needed in kind.needs().iter().filter(|needed| !needed.iter().any(has)) {
        let words: Vec<&str> = needed.iter().map(|word| word.name()).collect();
        let message = format!("no column of {kind} is mapped to {}", words.join(" or "));
        let help = format!("add {} = \"...\", the header of that column", words[0]);
        faults.report(document.fault(MISSING_KEY, &path, message, help));
    }
    for [one, other] in kind.either().iter().filter(|pair| pair.iter().all(has)) {
        let message = format!("`{one}` and `{other}` say the same thing");
        faults.report(document.fault(UNKNOWN_KEY, &format!("{path}.{other}"), message, "map one of them"));
    }
    let is_alone = settings.tables().count() == 1;
    if kind == TableKind::Accounts && !has(&Word::Id) && !is_alone {
        let message = "no column of accounts is mapped to id, by which the other tables name them";
        faults.report(document.fault(MISSING_KEY, &path, message, "add id = \"...\""));
    }
    if kind == TableKind::Usage && has(&Word::Subscription) && settings.subscriptions.is_none() {
        let message = "usage names subscriptions, and there is no table of them";
        faults.report(document.fault(MISSING_KEY, &path, message, "add [subscriptions]"));
    }
    if kind != TableKind::Accounts
        && kind != TableKind::Subscriptions
        && settings.accounts.is_none()
        && settings.subscriptions.is_none()
    {
        let message = format!("{kind} name accounts, and there is no table of them");
        faults.report(document.fault(MISSING_KEY, &path, message, "add [accounts] or [subscriptions]"));
    }
}

fault_codes! {
    /// Every kind of fault of a history.
    HISTORY_ROW = "history-row": "A row of a history that cannot be read, or cannot be true.";
}
