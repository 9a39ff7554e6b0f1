//! From columns to a mapping, each line of it with its evidence.

use chrono::{Months, NaiveDate};
use serde::Serialize;

use super::synonyms::{file_names, headers, plain};
use super::{ColumnSurvey, FileSurvey};
use crate::language::{Date, Faults, Texts};
use crate::population::export::{DateOrder, DecimalMark, Delimiter};
use crate::population::history::{History, TableKind, Word};
use crate::population::segment::Segment;

/// Of the cells of a column, so many must read as what it is said to be: the rest are faults.
const NEARLY_ALL: f64 = 0.99;

/// Different values of a column that groups accounts.
const MOST_GROUPS: u64 = 50;

/// Words that a file must have before it is said to list accounts.
const ENOUGH_WORDS: usize = 2;

/// One line of a mapping, and why.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Evidence {
    /// What the column tells.
    pub word: Word,
    /// Its header.
    pub header: String,
    /// Why that is proposed.
    pub evidence: String,
}

/// A file as a table of a history.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TableProposal {
    /// The table.
    pub table: TableKind,
    /// The file.
    pub file: String,
    /// Its columns, in the order of the table's words.
    pub columns: Vec<Evidence>,
    /// How it writes dates; `None` where it has none, or where nothing decides.
    pub dates: Option<DateOrder>,
    /// Why.
    pub dates_evidence: String,
    /// How it writes numbers; `None` where it has none, or where it contradicts itself.
    pub decimal: Option<DecimalMark>,
    /// Why.
    pub decimal_evidence: String,
    /// What stands between cells; `None` for a Parquet file.
    pub delimiter: Option<Delimiter>,
    /// Headers that nothing is proposed for.
    pub not_mapped: Vec<String>,
}

/// A mapping to check and to keep.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Proposal {
    /// Always: it is no mapping before somebody has written it down.
    pub proposed: bool,
    /// The tables, in the order of [`TableKind`].
    pub tables: Vec<TableProposal>,
    /// Files that nothing is proposed for.
    pub not_mapped: Vec<String>,
    /// The currency.
    pub currency: &'static str,
    /// Why.
    pub currency_evidence: String,
    /// The last day the files cover; `None` where they tell no day of the past.
    pub through: Option<Date>,
    /// Why.
    pub through_evidence: String,
    /// What must be decided before anything can be read.
    pub undecided: Vec<String>,
}

impl Proposal {
    /// Proposes a mapping of these files.
    #[must_use]
    pub fn of(files: &[FileSurvey]) -> Self {
        let mut tables: Vec<(usize, TableProposal)> = Vec::new();
        let mut not_mapped = Vec::new();
        for file in files {
            let best = TableKind::ALL.iter().filter_map(|&kind| table(file, kind));
            // Of equals the first.
            let best = best.reduce(|best, next| if next.0 > best.0 { next } else { best });
            let Some((score, proposal)) = best else {
                not_mapped.push(file.file.clone());
                continue;
            };
            match tables.iter().position(|(_, other)| other.table == proposal.table) {
                Some(place) if tables[place].0 >= score => not_mapped.push(file.file.clone()),
                Some(place) => {
                    let (_, other) = std::mem::replace(&mut tables[place], (score, proposal));
                    not_mapped.push(other.file);
                }
                None => tables.push((score, proposal)),
            }
        }
        let mut tables: Vec<TableProposal> = tables.into_iter().map(|(_, proposal)| proposal).collect();
        tables.sort_by_key(|proposal| proposal.table);
        let (through, through_evidence) = through(files, &tables);
        let (currency, currency_evidence) = currency(files, &tables);
        let undecided = undecided(&tables);
        Self {
            proposed: true,
            tables,
            not_mapped,
            currency,
            currency_evidence,
            through,
            through_evidence,
            undecided,
        }
    }
}

impl Proposal {
    /// Reads the files as proposed, wrong rows left out: for what a description says of them, and for nothing else.
    ///
    /// `None` where something must be decided first.
    #[must_use]
    pub fn read(&self) -> Option<Result<History, Faults>> {
        const MAPPING: &str = "proposed.toml";
        if !self.undecided.is_empty() {
            return None;
        }
        let text = self.toml(true);
        let mut faults = Faults::default();
        let history = History::load(MAPPING, &mut Texts::new([(MAPPING, text.as_str())]), &mut faults);
        Some(history.ok_or(faults))
    }
}

/// The file as a table of this kind, and how well it goes; `None` where a column is missing that the table needs.
fn table(file: &FileSurvey, kind: TableKind) -> Option<(usize, TableProposal)> {
    let mut columns: Vec<Evidence> = Vec::new();
    for &word in kind.words() {
        let is_taken = |header: &str| columns.iter().any(|taken| taken.header == header);
        let says_the_same = |other: &Evidence| {
            kind.either().iter().any(|pair| pair.contains(&word) && pair.contains(&other.word))
        };
        if columns.iter().any(says_the_same) {
            continue;
        }
        let mut names = headers(kind, word).iter();
        let found = names.find_map(|&name| {
            let mut named = file.columns.iter().filter(|column| plain(&column.name) == name);
            named.find(|column| !is_taken(&column.name) && fits(column, word))
        });
        if let Some(column) = found {
            let evidence = why(column, word);
            columns.push(Evidence { word, header: column.name.clone(), evidence });
        }
    }
    let has = |word: &Word| columns.iter().any(|column| column.word == *word);
    let is_whole = kind.needs().iter().all(|needed| needed.iter().any(has));
    if !is_whole || columns.len() < ENOUGH_WORDS {
        return None;
    }
    let stem = file.file.rsplit(['/', '\\']).next().unwrap_or_default().to_lowercase();
    let is_named = file_names(kind).iter().any(|part| stem.contains(part));
    let mapped: Vec<&ColumnSurvey> =
        columns.iter().filter_map(|column| file.column(&column.header)).collect();
    let (dates, dates_evidence) = dates(&mapped);
    let (decimal, decimal_evidence) = decimal(&mapped);
    let not_mapped = file.columns.iter().map(|column| column.name.clone());
    let not_mapped = not_mapped.filter(|name| columns.iter().all(|column| column.header != *name)).collect();
    let score = columns.len() + if is_named { 3 } else { 0 };
    let (file, delimiter) = (file.file.clone(), file.delimiter);
    let proposal = TableProposal {
        table: kind,
        file,
        columns,
        dates,
        dates_evidence,
        decimal,
        decimal_evidence,
        delimiter,
        not_mapped,
    };
    Some((score, proposal))
}

fn is_nearly(count: u64, column: &ColumnSurvey) -> bool {
    column.filled > 0 && count as f64 >= NEARLY_ALL * column.filled as f64
}

/// How many cells read as a date, in the order most of them do.
fn dated(column: &ColumnSurvey) -> u64 {
    column.dates.iso.max(column.dates.dmy).max(column.dates.mdy)
}

fn numeric(column: &ColumnSurvey) -> u64 {
    column.numbers.point.max(column.numbers.comma)
}

/// Whether the cells of a column can be what the word says.
fn fits(column: &ColumnSurvey, word: Word) -> bool {
    match word {
        Word::Id => {
            column.repeated.is_some_and(|repeated| repeated * 10 <= column.filled) && column.filled > 0
        }
        Word::Account | Word::Subscription | Word::Kind | Word::Outcome | Word::Reason | Word::Currency => {
            column.filled > 0
        }
        Word::Segment | Word::Products => {
            let names =
                if word == Word::Segment { Segment::NAMES } else { crate::population::Products::NAMES };
            let is_known = |text: &str| names.iter().any(|name| name.eq_ignore_ascii_case(text));
            column.filled > 0 && column.values.iter().all(|(value, count)| count.is_some() && is_known(value))
        }
        Word::Group => column.different.is_some_and(|different| (2..=MOST_GROUPS).contains(&different)),
        Word::Developers | Word::Seats | Word::Mau | Word::Events | Word::Tenure | Word::Term => {
            is_nearly(column.numbers.whole.max(column.numbers.comma), column)
        }
        Word::Arr
        | Word::Mrr
        | Word::Dau
        | Word::Minutes
        | Word::AnswerMinutes
        | Word::ArrBefore
        | Word::ArrAfter => is_nearly(numeric(column), column),
        Word::Start | Word::End | Word::Renewal | Word::Date | Word::Opened | Word::Closed | Word::Due => {
            is_nearly(dated(column), column)
        }
        Word::Month => is_nearly(dated(column).max(column.dates.month), column),
        Word::Churned | Word::Trial => is_nearly(column.yes_no, column),
    }
}

fn why(column: &ColumnSurvey, word: Word) -> String {
    let filled = column.filled;
    let of = |count: u64, what: &str| match count == filled {
        true => format!("all {filled} cells read as {what}"),
        false => format!("{count} of {filled} cells read as {what}"),
    };
    let seen = match word {
        Word::Id => match column.repeated {
            Some(0) => format!("all {filled} values differ"),
            Some(repeated) => format!("{repeated} of {filled} values stand above them already"),
            None => format!("{filled} values"),
        },
        Word::Start | Word::End | Word::Renewal | Word::Date | Word::Opened | Word::Closed | Word::Due => {
            of(dated(column), "dates")
        }
        Word::Month => of(dated(column).max(column.dates.month), "months"),
        Word::Churned | Word::Trial => of(column.yes_no, "yes or no"),
        Word::Developers | Word::Seats | Word::Mau | Word::Events | Word::Tenure | Word::Term => {
            of(column.numbers.whole.max(column.numbers.comma), "whole numbers")
        }
        Word::Arr
        | Word::Mrr
        | Word::Dau
        | Word::Minutes
        | Word::AnswerMinutes
        | Word::ArrBefore
        | Word::ArrAfter => of(numeric(column), "numbers"),
        _ => match column.different {
            Some(different) => format!("{different} different values"),
            None => format!("{filled} cells"),
        },
    };
    let blank = if column.blank > 0 { format!(", {} blank", column.blank) } else { String::new() };
    format!("the header is a usual name of it; {seen}{blank}")
}

fn dates(mapped: &[&ColumnSurvey]) -> (Option<DateOrder>, String) {
    let dated: Vec<_> = mapped.iter().filter(|column| is_nearly(dated(column), column)).collect();
    let sum = |count: fn(&ColumnSurvey) -> u64| dated.iter().map(|column| count(column)).sum::<u64>();
    let [iso, dmy, mdy] = [sum(|c| c.dates.iso), sum(|c| c.dates.dmy), sum(|c| c.dates.mdy)];
    if iso + dmy + mdy == 0 {
        return (None, "no dates".to_owned());
    }
    if iso >= dmy.max(mdy) {
        return (Some(DateOrder::YearMonthDay), format!("{iso} cells begin with the year"));
    }
    let (more, less, order, form) = if dmy >= mdy {
        (dmy, mdy, DateOrder::DayMonthYear, "dd-mm-yyyy")
    } else {
        (mdy, dmy, DateOrder::MonthDayYear, "mm-dd-yyyy")
    };
    if more == less {
        let words = format!("all {more} dates read both as dd-mm-yyyy and as mm-dd-yyyy: no day is above 12");
        return (None, words);
    }
    let words = format!("{more} cells read as {form}, {} of them as nothing else", more - less);
    (Some(order), words)
}

fn decimal(mapped: &[&ColumnSurvey]) -> (Option<DecimalMark>, String) {
    let numbers: Vec<_> = mapped.iter().filter(|column| is_nearly(numeric(column), column)).collect();
    let point: u64 = numbers.iter().map(|column| column.numbers.point).sum();
    let comma: u64 = numbers.iter().map(|column| column.numbers.comma).sum();
    match point.cmp(&comma) {
        _ if point + comma == 0 => (None, "no numbers".to_owned()),
        std::cmp::Ordering::Equal => {
            (Some(DecimalMark::Point), format!("all {point} numbers read the same with a point and a comma"))
        }
        std::cmp::Ordering::Greater => {
            let words = format!("{point} numbers read with a decimal point, {comma} with a comma");
            (Some(DecimalMark::Point), words)
        }
        std::cmp::Ordering::Less => {
            let words = format!("{comma} numbers read with a decimal comma, {point} with a point");
            (Some(DecimalMark::Comma), words)
        }
    }
}

/// The last day of the past that any table tells.
fn through(files: &[FileSurvey], tables: &[TableProposal]) -> (Option<Date>, String) {
    const OF_THE_PAST: [Word; 5] = [Word::Start, Word::Date, Word::Month, Word::Opened, Word::Closed];
    let mut latest: Option<(NaiveDate, String)> = None;
    for table in tables {
        let Some(file) = files.iter().find(|file| file.file == table.file) else { continue };
        let order = table.dates.unwrap_or(DateOrder::YearMonthDay) as usize;
        for named in table.columns.iter().filter(|named| OF_THE_PAST.contains(&named.word)) {
            let dates = file.column(&named.header).map(|column| &column.dates);
            let month = dates.and_then(|dates| dates.last_month).filter(|_| named.word == Word::Month);
            let day = dates.and_then(|dates| dates.ends[order]).map(|(_, last)| last);
            let Some(last) = day.max(month) else { continue };
            let last = if named.word == Word::Month { end_of_month(last) } else { last };
            if latest.as_ref().is_none_or(|(day, _)| last > *day) {
                latest = Some((
                    last,
                    format!("the latest day told of the past, in {} `{}`", table.file, named.header),
                ));
            }
        }
    }
    latest.map_or_else(
        || (None, "no file tells a day of the past".to_owned()),
        |(day, why)| (Some(day.into()), why),
    )
}

fn end_of_month(day: NaiveDate) -> NaiveDate {
    use chrono::Datelike;
    let next = day.with_day(1).and_then(|first| first.checked_add_months(Months::new(1)));
    next.and_then(|next| next.pred_opt()).unwrap_or(day)
}

fn currency(files: &[FileSurvey], tables: &[TableProposal]) -> (&'static str, String) {
    let money = [Word::Arr, Word::Mrr, Word::ArrBefore, Word::ArrAfter];
    let columns = tables.iter().flat_map(|table| {
        let file = files.iter().find(|file| file.file == table.file);
        let named = table.columns.iter().filter(|named| money.contains(&named.word));
        named.filter_map(move |named| file?.column(&named.header))
    });
    let sign = columns.filter_map(|column| Some((column.numbers.sign?, &column.name))).next();
    match sign {
        Some(('€', name)) => ("EUR", format!("`{name}` has amounts with €")),
        Some(('£', name)) => ("GBP", format!("`{name}` has amounts with £")),
        Some((_, name)) => ("USD", format!("`{name}` has amounts with $")),
        None => ("USD", "nothing tells; the currency of scenarios unless they say otherwise".to_owned()),
    }
}

fn undecided(tables: &[TableProposal]) -> Vec<String> {
    let mut open: Vec<String> = Vec::new();
    let has = |kind: TableKind| tables.iter().any(|table| table.table == kind);
    if tables.is_empty() {
        open.push("no file has the columns of any table".to_owned());
    } else if !has(TableKind::Accounts) && !has(TableKind::Subscriptions) {
        open.push("no file lists accounts or subscriptions, which the others are about".to_owned());
    }
    for table in tables {
        if table.dates.is_none() && table.dates_evidence != "no dates" {
            open.push(format!("{}: {}", table.file, table.dates_evidence));
        }
        let has_id = table.columns.iter().any(|column| column.word == Word::Id);
        if table.table == TableKind::Accounts && !has_id && tables.len() > 1 {
            open.push(format!(
                "{}: no column identifies an account, and other tables name accounts",
                table.file
            ));
        }
        let by_subscription = table.columns.iter().any(|column| column.word == Word::Subscription);
        if by_subscription && !has(TableKind::Subscriptions) {
            open.push(format!("{}: it names subscriptions, and no file lists them", table.file));
        }
    }
    open
}
