//! The one vocabulary of charts: Vega-Lite specifications made from a finished run.
//!
//! The report, the page in the browser and notebooks show the same charts. Every chart has a title that says what was found, a
//! note that says what is drawn and what its interval means, and its numbers as a table for whoever cannot see it. Its
//! width is that of its container; its colours stand on any background, and what is written follows the configuration of
//! the page ([`Ink::config`]).
//!
//! A family is one function that makes as many charts as a run has material for, and one line in [`FAMILIES`].
//!
//! Nothing here computes a result: means and intervals are those of the documents; only weeks and cohorts are put together,
//! from the tables of the run folder.

mod capacity;
mod frontier;
mod interval;
mod journey;
mod lighthouse;
mod line;
mod look;
mod revenue;
mod sensitivity;
mod staffing;
mod survival;
mod trials;
mod variants;
mod why;

use serde_json::{Value, json};

pub use crate::output::charts::frontier::decisions;
pub use crate::output::charts::look::Ink;
use crate::output::finished::{Finished, Variant};

/// The version of Vega-Lite that specifications are written for.
pub const SCHEMA: &str = "https://vega.github.io/schema/vega-lite/v6.json";

/// How many variants get charts of their own.
const DRAWN: usize = 4;

/// A chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// A name that no other chart of the run has: lower-case words joined by `-`.
    pub name: String,
    /// What was found, in a sentence.
    pub finding: String,
    /// What is drawn, its unit, and what the interval means.
    pub note: String,
    /// The numbers behind it.
    pub table: Numbers,
    /// Data, marks and encodings.
    view: Value,
}

/// Numbers as they are read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Numbers {
    /// Headings.
    pub columns: Vec<String>,
    /// Rows, as long as the headings; their first cell says what the row is about.
    pub rows: Vec<Vec<String>>,
}

/// Charts about one thing.
#[derive(Debug, Clone, Copy)]
pub struct Family {
    /// Its name, in lower-case words joined by `-`.
    pub name: &'static str,
    /// Its heading.
    pub title: &'static str,
    /// What it answers.
    pub lead: &'static str,
    /// Makes its charts; none where the run has no material for it.
    pub make: fn(&Finished) -> Vec<Chart>,
}

/// All families, in the order in which they are read.
pub const FAMILIES: &[Family] = &[
    variants::ANSWER,
    why::WHY,
    trials::TRIALS,
    staffing::STAFFING,
    frontier::FRONTIER,
    sensitivity::SENSITIVITY,
    revenue::WATERFALL,
    revenue::RENEWALS,
    survival::SURVIVAL,
    journey::STAGES,
    journey::ADOPTION,
    journey::USAGE,
    journey::HEALTH,
    capacity::LOAD,
    capacity::WAITS,
    capacity::HOURS,
    lighthouse::LIGHTHOUSE,
];

/// Returns all charts of a run.
#[must_use]
pub fn all(finished: &Finished) -> Vec<Chart> {
    FAMILIES.iter().flat_map(|family| (family.make)(finished)).collect()
}

impl Chart {
    /// Returns the whole specification, title included.
    #[must_use]
    pub fn spec(&self) -> Value {
        let mut spec = self.untitled_spec();
        spec["title"] = json!({ "text": lines(&self.finding, 72), "subtitle": lines(&self.note, 90) });
        spec
    }

    /// Returns the specification for a page that writes title and note itself.
    #[must_use]
    pub fn untitled_spec(&self) -> Value {
        let mut spec = self.view.clone();
        spec["$schema"] = json!(SCHEMA);
        spec["description"] = json!(format!("{} {}", self.finding, self.note));
        spec["width"] = json!("container");
        spec
    }
}

impl Numbers {
    fn new<const N: usize>(columns: [&str; N], rows: Vec<[String; N]>) -> Self {
        Self { columns: columns.map(str::to_owned).to_vec(), rows: rows.into_iter().map(Vec::from).collect() }
    }
}

/// Breaks a text into lines of about so many characters.
fn lines(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Returns the title of an axis, in lines that fit below a narrow chart.
fn axis_title(text: &str) -> Value {
    match &lines(text, 30)[..] {
        [line] => json!(line),
        lines => json!(lines),
    }
}

/// Rounds a number that is drawn to five figures, which no eye tells from it and which take less room.
fn drawn(value: f64) -> Value {
    let rounded: f64 = format!("{value:.4e}").parse().unwrap_or(value);
    if rounded.fract() == 0.0 && rounded.abs() < 1e15 { json!(rounded as i64) } else { json!(rounded) }
}

/// Returns the variants that get charts of their own, each with what its sentences begin with: nothing where there is
/// only one.
fn of_variants(finished: &Finished) -> Vec<(Variant<'_>, String)> {
    let variants = finished.drawn(DRAWN);
    let is_one = variants.len() == 1;
    let begin = |variant: Variant<'_>| if is_one { String::new() } else { format!("{}: ", variant.label()) };
    variants.into_iter().map(|variant| (variant, begin(variant))).collect()
}

/// Returns the name of a chart of one variant.
fn named(what: &str, at: usize) -> String {
    if at == 0 { what.to_owned() } else { format!("{what}-{}", at + 1) }
}

/// Puts a sentence behind what it begins with.
fn sentence(begin: &str, text: &str) -> String {
    if begin.is_empty() {
        let mut letters = text.chars();
        letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
    } else {
        format!("{begin}{text}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words() {
        assert_eq!(lines("one two three", 8), ["one two", "three"]);
        assert_eq!(lines("incomprehensible", 4), ["incomprehensible"]);
        assert!(lines("", 4).is_empty());
    }

    #[test]
    fn what_is_drawn_has_five_figures() {
        assert_eq!(drawn(0.123_456_7).to_string(), "0.12346");
        assert_eq!(drawn(33_215_313.4).to_string(), "33215000");
        assert_eq!(drawn(0.0).to_string(), "0");
    }

    #[test]
    fn families_have_names_of_their_own() {
        for (at, family) in FAMILIES.iter().enumerate() {
            assert!(FAMILIES[..at].iter().all(|other| other.name != family.name), "{}", family.name);
            assert!(family.lead.ends_with(['.', '?']), "{}", family.lead);
        }
    }
}
