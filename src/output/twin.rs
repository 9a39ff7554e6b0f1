//! What `book twin` says: book and twin side by side.

use comfy_table::LineStyle;
use serde::Serialize;

use crate::experiment::twin::{Course, Customer, Measured, Portrait, portrait};
use crate::output::document::Header;
use crate::output::table::{aligned, grid};
use crate::output::words::{counted, digits, wrapped};
use crate::population::segment::Segment;

/// The document of `book twin`.
#[derive(Debug, Serialize)]
pub struct TwinDocument {
    /// What every document begins with.
    #[serde(flatten)]
    pub header: Header,
    /// The book.
    pub book: String,
    /// The scenario written.
    pub twin: String,
    /// Customers of the book under contract on its last day.
    pub customers: usize,
    /// Segment by segment, what the book and what runs of the twin open with.
    pub segments: Vec<SegmentRow>,
    /// Generated customers that were compared with the book.
    pub compared: usize,
    /// Those that equal a customer of the book in everything told: segment, developers, seats and revenue to the cent.
    pub found_again: usize,
    /// What the book does not tell, and the twin takes from the program.
    pub of_the_program: Vec<&'static str>,
}

/// A segment in book and twin.
#[derive(Debug, Serialize)]
pub struct SegmentRow {
    /// The segment.
    pub segment: Segment,
    /// In the book.
    pub book: Option<Portrait>,
    /// In the twin.
    pub twin: Option<Portrait>,
}

/// Describes the segments of `book` beside those of `twin`.
#[must_use]
pub fn segments(book: &[Customer], twin: &[Customer]) -> Vec<SegmentRow> {
    let row = |&segment| SegmentRow { segment, book: portrait(book, segment), twin: portrait(twin, segment) };
    Segment::ALL.iter().map(row).filter(|row| row.book.is_some() || row.twin.is_some()).collect()
}

/// Returns what `book` and its `course` do not tell.
#[must_use]
pub fn of_the_program(book: &[Customer], course: &Course) -> Vec<&'static str> {
    let is_told = |of: fn(&Customer) -> bool| book.iter().any(of);
    let mut missing = Vec::new();
    let measures: [Told; 5] = [
        ("developers", |customer| customer.developers.is_some()),
        ("seats", |customer| customer.seats.is_some()),
        ("recurring revenue", |customer| customer.arr.is_some()),
        ("utilization", |customer| customer.utilization.is_some()),
        ("usage", |customer| customer.usage.is_some()),
    ];
    missing.extend(measures.into_iter().filter(|(_, of)| !is_told(*of)).map(|(name, _)| name));
    missing.push("products");
    missing.extend(course.terms.is_empty().then_some("terms"));
    missing.extend(course.arrivals.is_none().then_some("arrivals"));
    missing.extend(["contacts", "tickets", "odds at renewal"]);
    missing
}

/// A measure, and whether a customer tells it.
type Told = (&'static str, fn(&Customer) -> bool);

/// A measure as it is shown: its name, what it is multiplied by, its decimals, and where it stands.
type Line = (&'static str, f64, usize, fn(&Portrait) -> Option<Measured>);

/// A correlation as it is shown: its name, and where it stands.
type Pair = (&'static str, fn(&Portrait) -> Option<f64>);

/// Shows book and twin side by side, `width` characters wide.
#[must_use]
pub fn show(document: &TwinDocument, width: u16) -> String {
    let mut table = grid(width);
    table.style_mut().row_separator = LineStyle::none();
    table.set_header(["", "", "Mean", "Lowest tenth", "Middle", "Highest tenth"]);
    for SegmentRow { segment, book, twin } in &document.segments {
        let share = |portrait: &Option<Portrait>| portrait.as_ref().map(|portrait| portrait.share);
        let plain = |name: &str, of: &str, value: Option<String>| {
            [
                name.to_owned(),
                of.to_owned(),
                value.unwrap_or("not told".to_owned()),
                String::new(),
                String::new(),
                String::new(),
            ]
        };
        let percent = |share: f64| format!("{} %", digits(share * 100.0, 1));
        table.add_row(plain(&format!("{segment}: share"), "book", share(book).map(percent)));
        table.add_row(plain("", "twin", share(twin).map(percent)));
        let measures: [Line; 5] = [
            ("developers", 1.0, 0, |portrait| portrait.developers),
            ("seats", 1.0, 0, |portrait| portrait.seats),
            ("revenue a year", 1.0, 0, |portrait| portrait.arr),
            ("utilization, %", 100.0, 1, |portrait| portrait.utilization),
            ("usage, %", 100.0, 1, |portrait| portrait.usage),
        ];
        for (name, scale, decimals, of) in measures {
            let Some(told) = book.as_ref().and_then(of) else { continue };
            let cells = |name: &str, of: &str, seen: Measured| {
                let number = |value: f64| digits(value * scale, decimals);
                let Measured { mean, p10, median, p90, .. } = seen;
                [name.to_owned(), of.to_owned(), number(mean), number(p10), number(median), number(p90)]
            };
            table.add_row(cells(name, "book", told));
            if let Some(seen) = twin.as_ref().and_then(of) {
                table.add_row(cells("", "twin", seen));
            }
        }
        let pairs: [Pair; 2] = [
            ("correlation of seats and revenue", |portrait| portrait.seats_arr),
            ("correlation of developers and seats", |portrait| portrait.developers_seats),
        ];
        for (name, of) in pairs {
            let Some(told) = book.as_ref().and_then(of) else { continue };
            let number = |value: f64| digits(value, 2);
            table.add_row(plain(name, "book", Some(number(told))));
            table.add_row(plain("", "twin", twin.as_ref().and_then(of).map(number)));
        }
    }
    aligned(&mut table);
    let customers = counted(document.customers as u64, "customer", "customers");
    let mut text = format!(
        "{}: {customers} under contract on its last day; the twin is {}\n\n{table}\n",
        document.book, document.twin
    );
    let compared = counted(document.compared as u64, "generated customer", "generated customers");
    let found = match document.found_again {
        0 => format!("Of {compared} none equals one of the book in all that is told."),
        again => format!(
            "Of {compared} {} equal one of the book in all that is told: few things are told of each, and they coincide by chance.",
            digits(again as f64, 0)
        ),
    };
    let taken = format!("Taken from the program, not from the book: {}.", document.of_the_program.join(", "));
    for line in [found, taken] {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        text.push_str(&wrapped(&words, " ", width.into(), ""));
    }
    text
}
