//! What `book describe` says of somebody's files, as a document and as text.

use std::fmt::Write;

use comfy_table::LineStyle;
use serde::Serialize;

use crate::language::Faults;
use crate::metrics::known::{self, KnownCustomers, KnownRetention};
use crate::output::document::Header;
use crate::output::table::{aligned, grid, unbroken};
use crate::output::words::{counted, digits, wrapped};
use crate::population::export::BadRow;
use crate::population::history::{Contradiction, History, TableRead};
use crate::population::survey::{ColumnSurvey, FileSurvey, Proposal, limits};
use crate::renewal::ledger::LedgerError;

/// Faults of one kind that the text shows.
const SHOWN: usize = 3;

/// The document of `book describe`.
#[derive(Debug, Serialize)]
pub struct DescribeDocument {
    /// What every document begins with.
    #[serde(flatten)]
    pub header: Header,
    /// The files, each with its columns.
    pub files: Vec<FileSurvey>,
    /// The mapping proposed, with its evidence.
    pub mapping: Mapping,
    /// All columns of all files by file and header, with what is proposed that they say.
    pub columns: Vec<ColumnRow>,
    /// The tables as read by the proposed mapping, wrong rows left out.
    pub tables: Vec<TableRead>,
    /// Every wrong row, by file, line and column.
    pub faults: Vec<FaultRow>,
    /// The same by kind, with how many there are.
    pub fault_kinds: Vec<FaultKind>,
    /// What tables say against each other.
    pub contradictions: Vec<Contradiction>,
    /// What the files state by themselves.
    pub known_figures: KnownFigures,
    /// What they cannot support.
    pub cannot: Vec<String>,
}

/// A proposal, and as the text to keep.
#[derive(Debug, Serialize)]
pub struct Mapping {
    /// What is proposed.
    #[serde(flatten)]
    pub proposal: Proposal,
    /// The file to check and to keep.
    pub toml: String,
}

/// One column of one file.
#[derive(Debug, Serialize)]
pub struct ColumnRow {
    /// The file.
    pub file: String,
    /// What it holds.
    #[serde(flatten)]
    pub survey: ColumnSurvey,
    /// What it is proposed to say, such as `subscriptions.start`.
    pub proposed: Option<String>,
}

/// One fault of a row.
#[derive(Debug, Serialize)]
pub struct FaultRow {
    /// The file.
    pub file: String,
    /// The line, or the row of a Parquet file.
    pub line: u64,
    /// Where on the line the cell begins \[characters\], or the column of a Parquet file; from 1.
    pub column: u64,
    /// The header of the column.
    pub header: String,
    /// What is wrong.
    pub message: String,
    /// What would be right.
    pub help: String,
}

/// Faults of one kind.
#[derive(Debug, Serialize)]
pub struct FaultKind {
    /// The file.
    pub file: String,
    /// The header of the column.
    pub header: String,
    /// What would be right.
    pub help: String,
    /// How many there are.
    pub count: usize,
    /// The places of the first of them, each with what is wrong.
    pub examples: Vec<String>,
}

/// What the files state by themselves, by the proposed mapping.
#[derive(Debug, Default, Serialize)]
pub struct KnownFigures {
    /// Of all customers.
    pub customers: KnownCustomers,
    /// Between two dates.
    pub retention: Vec<KnownRetention>,
}

impl DescribeDocument {
    /// Describes `files` by what is proposed for them.
    ///
    /// # Errors
    ///
    /// None for a history that was read.
    pub fn of(
        files: Vec<FileSurvey>,
        proposal: Proposal,
        history: Option<&Result<History, Faults>>,
    ) -> Result<Self, LedgerError> {
        let read = history.and_then(|read| read.as_ref().ok());
        let mut faults: Vec<FaultRow> =
            read.map_or(Vec::new(), |history| history.left_out.iter().map(row).collect());
        if let Some(Err(refused)) = history {
            faults.extend(refused.iter().map(|fault| FaultRow {
                file: fault.file.clone(),
                line: fault.line.into(),
                column: fault.column.into(),
                header: fault.path.clone(),
                message: fault.message.clone(),
                help: fault.help.clone(),
            }));
        }
        faults.sort_by(|a, b| (&a.file, a.line, a.column).cmp(&(&b.file, b.line, b.column)));
        let known_figures = match read {
            Some(history) => {
                KnownFigures { customers: known::customers(history), retention: known::retention(history)? }
            }
            None => KnownFigures::default(),
        };
        let columns = columns(&files, &proposal);
        let toml = proposal.toml(false);
        Ok(Self {
            header: Header::default(),
            columns,
            mapping: Mapping { proposal, toml },
            tables: read.map_or(Vec::new(), |history| history.tables.clone()),
            fault_kinds: kinds(&faults),
            faults,
            contradictions: read.map_or(Vec::new(), History::contradictions),
            known_figures,
            cannot: read.map_or(Vec::new(), limits),
            files,
        })
    }
}

fn row(bad: &BadRow) -> FaultRow {
    FaultRow {
        file: bad.file.clone(),
        line: bad.cell.line,
        column: bad.cell.column,
        header: bad.column.clone(),
        message: bad.what.clone(),
        help: bad.right.clone(),
    }
}

fn columns(files: &[FileSurvey], proposal: &Proposal) -> Vec<ColumnRow> {
    let all = files.iter().flat_map(|file| file.columns.iter().map(move |column| (file, column)));
    all.map(|(file, column)| {
        let table = proposal.tables.iter().find(|table| table.file == file.file);
        let proposed = table.and_then(|table| {
            let named = table.columns.iter().find(|named| named.header == column.name)?;
            Some(format!("{}.{}", table.table, named.word))
        });
        ColumnRow { file: file.file.clone(), survey: column.clone(), proposed }
    })
    .collect()
}

fn kinds(faults: &[FaultRow]) -> Vec<FaultKind> {
    let mut kinds: Vec<FaultKind> = Vec::new();
    for fault in faults {
        let is_such = |kind: &&mut FaultKind| {
            kind.file == fault.file && kind.header == fault.header && kind.help == fault.help
        };
        let example = || format!("{}:{}:{}: {}", fault.file, fault.line, fault.column, fault.message);
        if let Some(kind) = kinds.iter_mut().find(is_such) {
            kind.count += 1;
            if kind.examples.len() < SHOWN {
                kind.examples.push(example());
            }
        } else {
            let [file, header, help] = [&fault.file, &fault.header, &fault.help].map(Clone::clone);
            kinds.push(FaultKind { file, header, help, count: 1, examples: vec![example()] });
        }
    }
    kinds
}

/// Shows a description, `width` characters wide.
#[must_use]
pub fn describe(document: &DescribeDocument, width: u16) -> String {
    let mut text = String::new();
    write(document, width, &mut text).expect("a string can grow");
    text
}

fn write(document: &DescribeDocument, width: u16, text: &mut String) -> std::fmt::Result {
    let whole = |count: u64| digits(count as f64, 0);
    for file in &document.files {
        let uneven = match file.uneven_rows {
            0 => String::new(),
            rows => format!(", {} with more or fewer cells than the header", counted(rows, "row", "rows")),
        };
        writeln!(text, "{}: {}{uneven}", file.file, counted(file.rows, "row", "rows"))?;
        let rows: Vec<Vec<String>> = (document.columns.iter())
            .filter(|column| column.file == file.file)
            .map(|column| {
                let survey = &column.survey;
                let mut different = survey.different.map_or("many".to_owned(), whole);
                if let Some(repeated) =
                    survey.repeated.filter(|&repeated| 0 < repeated && repeated * 10 < survey.filled)
                {
                    different += &format!(", {} repeat", whole(repeated));
                }
                let blank = if survey.blank == 0 { String::new() } else { whole(survey.blank) };
                vec![
                    survey.name.clone(),
                    column.proposed.clone().unwrap_or_default(),
                    different,
                    blank,
                    examples(survey),
                ]
            })
            .collect();
        let mut table = grid(width);
        table.style_mut().row_separator = LineStyle::none();
        table.set_header(["Column", "Proposed as", "Different", "Blank", "Such as"]).add_rows(rows);
        unbroken(&mut table);
        writeln!(text, "{table}\n")?;
    }
    for table in &document.tables {
        let kept = table.rows - table.left_out - table.repeated;
        let mut parts = vec![format!(
            "{}: {} of {} rows read from {}",
            table.table,
            whole(kept),
            whole(table.rows),
            table.file
        )];
        if table.repeated > 0 {
            parts.push(format!("{} told twice count once", counted(table.repeated, "row", "rows")));
        }
        if table.left_out > 0 {
            parts.push(format!(
                "{} wrong and left out of what follows",
                counted(table.left_out, "row is", "rows are")
            ));
        }
        writeln!(text, "{}", parts.join("; "))?;
    }
    if !document.fault_kinds.is_empty() {
        writeln!(text, "\nWhat is wrong (all of it with --json)")?;
        for kind in &document.fault_kinds {
            let count = whole(kind.count as u64);
            paragraph(
                text,
                &format!("{count} x {}, column `{}`: {}", kind.file, kind.header, kind.help),
                width,
                "  ",
            )?;
            for example in &kind.examples {
                paragraph(text, example, width, "      ")?;
            }
        }
    }
    if !document.contradictions.is_empty() {
        writeln!(text, "\nWhat the tables say against each other (nothing is changed)")?;
        for found in &document.contradictions {
            let (count, names) = (whole(found.count), found.examples.join(", "));
            let line = format!("{count} {}, such as {names}; believed: {}", found.what, found.believed);
            paragraph(text, &line, width, "  ")?;
        }
    }
    figures(document, width, text)?;
    if !document.cannot.is_empty() {
        writeln!(text, "\nWhat these files cannot tell")?;
        for line in &document.cannot {
            paragraph(text, line, width, "  ")?;
        }
    }
    writeln!(text, "\nA mapping to check and to keep as book.toml\n\n{}", document.mapping.toml)
}

fn figures(document: &DescribeDocument, width: u16, text: &mut String) -> std::fmt::Result {
    let KnownFigures { customers, retention } = &document.known_figures;
    let money = |amount: f64| digits(amount, if amount.fract() == 0.0 { 0 } else { 2 });
    let percent =
        |share: Option<f64>| share.map_or(String::new(), |share| format!("{} %", digits(share * 100.0, 3)));
    let mut lines = Vec::new();
    if customers.accounts > 0 {
        lines.push(counted(customers.accounts as u64, "account", "accounts"));
    }
    if customers.subscriptions > 0 {
        let trials = digits(customers.trials as f64, 0);
        lines.push(format!(
            "{} ({trials} trials)",
            counted(customers.subscriptions as u64, "subscription", "subscriptions")
        ));
    }
    if let Some(arr) = customers.arr {
        let currency = document.mapping.proposal.currency;
        lines.push(format!("recurring revenue of {currency} {} on the last day", money(arr)));
    }
    if customers.told > 0 {
        let (left, told) = (digits(customers.left as f64, 0), digits(customers.told as f64, 0));
        lines.push(format!("{left} of {told} are said to have left ({})", percent(customers.share_left)));
    }
    if let Some(mean) = customers.mean_tenure_months {
        lines.push(format!("{} months as a customer on average", digits(mean, 2)));
    }
    if lines.is_empty() {
        return Ok(());
    }
    writeln!(text, "\nKnown figures, by the proposed mapping")?;
    paragraph(text, &lines.join("; "), width, "  ")?;
    if retention.is_empty() {
        return Ok(());
    }
    let mut table = grid(width);
    table.style_mut().row_separator = LineStyle::none();
    table.set_header(["", "Customers", "Opening", "Closing", "Gross", "Net", "Logos", "Gross*"]);
    for known in retention {
        table.add_row([
            format!("{}, per {}", known.window(), known.per),
            digits(known.customers as f64, 0),
            money(known.opening_arr),
            money(known.closing_arr),
            percent(known.gross_revenue_retention),
            percent(known.net_revenue_retention),
            percent(known.logo_retention),
            percent(known.gross_revenue_retention_by_definition),
        ]);
    }
    unbroken(&mut table);
    aligned(&mut table);
    writeln!(text, "{table}")?;
    let returned: usize = retention.iter().map(|known| known.returned).sum();
    let note = format!(
        "Retention compares the books of two days. Gross* is this program's own measure, under which who leaves in between \
         is lost, even who came back: {} did.",
        digits(returned as f64, 0)
    );
    paragraph(text, &note, width, "")
}

/// The first values of a column.
fn examples(survey: &ColumnSurvey) -> String {
    let mut shown = String::new();
    for (value, _) in &survey.values {
        if shown.len() + value.len() > 36 && !shown.is_empty() {
            break;
        }
        let comma = if shown.is_empty() { "" } else { ", " };
        shown = format!("{shown}{comma}{value}");
    }
    shown
}

fn paragraph(text: &mut String, words: &str, width: u16, indent: &str) -> std::fmt::Result {
    let words: Vec<String> = words.split(' ').map(str::to_owned).collect();
    text.push_str(&wrapped(&words, " ", width.into(), indent));
    Ok(())
}
